"""Carries what a learner wrote from one version of an exercise into another, piece by piece.

Three texts take part: the learner's file, the course's file that it was made from, and the
course's new file. A piece that only one side has changed is taken from that side. If both have
changed a task, the new signature and the new docstring stand above the learner's body.

Where the learner has changed nothing the result is the new file, and where the course has changed
nothing it is the learner's file, to the last blank.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from course.catalog import Function
from course.learn.update.imports import with_imports
from course.learn.update.pieces import (
    Block,
    Key,
    Lines,
    Parts,
    Piece,
    block_of,
    block_of_class,
    is_empty_task,
    is_written,
    names_in,
    parts_of,
)
from course.learn.update.renaming import renamed

MARK = "# CHANGED by make update: {what}. Check your code, then delete this line."
NO_TASK = "# No longer a task of this lesson. make update has kept it."
_MARKED = MARK.partition("{")[0]
_RAISES = re.compile(r'raise NotImplementedError\("Task .*"\)$')


class CannotCarry(Exception):
    """A file cannot be carried over. The text says why, read after its name.

    Attributes:
        line: where in the learner's file, or None.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Change:
    """A task that asks for something else than it did when its answer was written.

    Attributes:
        name: the task; a method with its class: "ReplayLog.append".
        before: the signature then, or "" if it has not changed.
        after: the signature now.
        docstring: the lines that went, with "- ", and the ones that came, with "+ ".
    """

    name: str
    before: str = ""
    after: str = ""
    docstring: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What is new, in a few words."""
        if self.before and self.docstring:
            return "the signature and the docstring are new"
        if self.docstring:
            return "the docstring is new"
        return "the signature is new" if self.before else "it is declared in another way"


@dataclass
class Carried:
    """What came of a file.

    Attributes:
        text: the whole file.
        answers: the tasks with an answer in it.
        changed: tasks whose contract has changed below their answer.
        renamed: old names of tasks and their new ones.
        new: tasks that were not there.
        gone: answers to what is no longer a task. They are still in the file.
        given: given code that learner and course have both changed. The course's is in the file.
        markers: whether git had left conflict markers in it.
    """

    text: str
    answers: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    markers: bool = False


def carry(
    mine: str, before: str, new: str, tasks: Collection[str], was: Mapping[str, str]
) -> Carried:
    """Carry a learner's file into a new version of the exercise.

    Args:
        mine: the learner's file.
        before: the course's file that it was made from.
        new: the course's new file.
        tasks: the names of the new file's tasks.
        was: the new name of each task that had another.

    Raises:
        CannotCarry: if one of the files cannot be read.
    """
    mine_now, moved = _renamed(mine, was, "it")
    before_now, _ = _renamed(before, was, "the stub that it was made from")
    carrying = _Carrying(tasks)
    yours, theirs, course = block_of(mine_now), block_of(before_now), _block_of_course(new)
    if before == new:
        text = mine
    elif mine == before:
        text = new
    else:
        text = "\n".join(carrying.block(yours, theirs, course, "", False))
        text = with_imports(text, yours, theirs, course)
    _make_sure(text)
    found = carrying.found
    there = {one.name: one for one in block_of(text).pieces}
    found.text = text
    found.answers = [name for name in tasks if name in there and is_written(there[name])]
    found.renamed = {old: name for old, name in moved.items() if name in found.answers}
    old_names = {one.name for one in (*theirs.pieces, *yours.pieces)}
    found.new = [name for name in tasks if name in there and name not in old_names]
    return found


def _renamed(source: str, was: Mapping[str, str], whose: str) -> tuple[str, dict[str, str]]:
    try:
        return renamed(source, was)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error) or "it is nested too deeply"
        raise CannotCarry(f"{whose} does not parse: {reason}", _line_of(error)) from error


def _line_of(error: BaseException) -> int | None:
    line: int | None = getattr(error, "lineno", None)
    return line


def _block_of_course(new: str) -> Block:
    try:
        return block_of(new)
    except (SyntaxError, ValueError) as error:
        raise CannotCarry("the course's new version of it does not parse") from error


def _make_sure(text: str) -> None:
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise CannotCarry(f"your code does not fit into the new version: {error.msg}") from error


class _Carrying:
    """One file on its way. `found` collects what there is to say."""

    def __init__(self, tasks: Collection[str]) -> None:
        self.found = Carried("")
        self._tasks = tasks

    def block(self, mine: Block, before: Block, new: Block, owner: str, in_task: bool) -> list[str]:
        """Return the lines of a file, or of what is in a class.

        Args:
            mine: the learner's.
            before: what it was made from.
            new: the course's.
            owner: the name of the class; "" for a file.
            in_task: whether it is a class that the learner writes.
        """
        out: dict[Key, list[str]] = {}
        for piece in new.pieces:
            task = in_task or (not owner and piece.name in self._tasks)
            found, old = mine.find(piece.key), before.find(piece.key)
            if piece.is_guard and found is None and old is not None:
                continue  # deleted, as its comment says, to run code below
            lead = _lead(found, old, piece)
            name = f"{owner}.{piece.name}" if owner else piece.name
            out[piece.key] = [*lead, *self._piece(found, old, piece, name, task)]
        ordered = [*out.items()]
        self._add(ordered, mine, before, new, owner)
        lines = [line for _, part in ordered for line in part]
        tail = mine.tail if mine.tail != before.tail else new.tail
        return [*lines, *tail]

    def _piece(
        self, mine: Piece | None, before: Piece | None, new: Piece, name: str, task: bool
    ) -> Lines:
        if mine is None or new.is_import or mine.says_the_same_as(new):
            return new.lines
        if before is not None and mine.says_the_same_as(before):
            return new.lines
        if before is not None and new.says_the_same_as(before):
            return mine.lines
        if isinstance(new.node, Function) and isinstance(mine.node, Function) and task:
            return self._function(mine, before, new, name)
        if isinstance(new.node, ast.ClassDef) and isinstance(mine.node, ast.ClassDef):
            lines = self._class(mine, before, new, name, task)
            if lines:
                return lines
        if task and new.key != ("docstring",):
            if not is_written(mine):
                return new.lines
            change = Change(name)
            self.found.changed.append(change)
            return (f"{' ' * new.node.col_offset}{MARK.format(what=change.what)}", *mine.lines)
        if new.name:
            self.found.given.append(name)
        return new.lines

    def _class(self, mine: Piece, before: Piece | None, new: Piece, name: str, task: bool) -> Lines:
        assert isinstance(mine.node, ast.ClassDef)
        assert isinstance(new.node, ast.ClassDef)
        yours, course = block_of_class(mine, mine.node), block_of_class(new, new.node)
        old: Block | None = Block((), (), ())
        if before is not None and isinstance(before.node, ast.ClassDef):
            old = block_of_class(before, before.node)
        if yours is None or course is None or old is None:
            return ()
        if task and not is_written(mine):
            only_stub = all(old.find(one.key) for one in yours.pieces)
            if only_stub:
                return new.lines
        head = yours.head if old.head == course.head else course.head
        lines = self.block(yours, old, course, name, task)
        said, said_now = _docstring(old), _docstring(course)
        if task and old.pieces and said != said_now:
            change = Change(name, docstring=_difference(said, said_now))
            self.found.changed.append(change)
            at = len(course.pieces[0].lines) if said_now else 0
            indent = " " * course.pieces[0].node.col_offset
            mark = f"{indent}{MARK.format(what=change.what)}"
            if mark not in lines:
                lines[at:at] = [mark]
        return (*head, *lines)

    def _function(self, mine: Piece, before: Piece | None, new: Piece, name: str) -> Lines:
        assert isinstance(mine.node, Function)
        assert isinstance(new.node, Function)
        yours, course = parts_of(mine, mine.node), parts_of(new, new.node)
        old = yours
        if before is not None and isinstance(before.node, Function):
            old = parts_of(before, before.node)
        if not yours.written:
            return new.lines
        body = _renumbered(yours, course)
        if _asks_the_same(yours, course):
            return (*_indented(course, yours), *body)
        if before is not None and _asks_the_same(old, course):
            return (*yours.head, *body)
        change = Change(
            name,
            old.signature if old.signature != course.signature else "",
            course.signature,
            _difference(old.docstring, course.docstring),
        )
        self.found.changed.append(change)
        mark = f"{yours.indent}{MARK.format(what=change.what)}"
        body = tuple(line for line in body if not line.strip().startswith(_MARKED))
        return (*_indented(course, yours), mark, *body)

    def _add(
        self,
        out: list[tuple[Key, list[str]]],
        mine: Block,
        before: Block,
        new: Block,
        owner: str,
    ) -> None:
        """Put what the new version does not have below what it stands below in the learner's."""
        at = _end_of_imports(out, new)
        used = {name for one in mine.pieces for name in _uses(one, before)}
        for piece in mine.pieces:
            places = [number for number, (key, _) in enumerate(out) if key == piece.key]
            counts = mine.find(piece.key) is piece
            if places and counts:
                at = max(_end_of_imports(out, new), places[0] + 1)
                continue
            if piece.is_import and not owner:
                continue
            old = before.find(piece.key)
            as_it_was = old is not None and piece.says_the_same_as(old)
            if (as_it_was and piece.name not in used) or is_empty_task(piece):
                continue
            lines = [*_lead_of_added(piece, owner), *piece.lines]
            if counts and not owner and old is not None and is_empty_task(old):
                self.found.gone.append(piece.name)
                if NO_TASK not in lines:
                    lines[len(lines) - len(piece.lines) :] = [NO_TASK, *piece.lines]
            place = places[0] if places else at
            out.insert(place, (("added", *piece.key), lines))
            at = place + 1


def _lead(mine: Piece | None, before: Piece | None, new: Piece) -> Lines:
    """Return the blank lines and comments above a piece."""
    if mine is None or mine.lead == (before.lead if before else new.lead):
        return new.lead
    if before is not None and before.lead == new.lead:
        return mine.lead
    known = {*new.lead, *(before.lead if before else ())}
    return (*new.lead, *(line for line in mine.lead if line.strip() and line not in known))


def _lead_of_added(piece: Piece, owner: str) -> Lines:
    """Return what is above an addition, with the blank lines that a definition needs."""
    wanted = 1 if owner else 2
    blank = 0
    while blank < len(piece.lead) and not piece.lead[blank].strip():
        blank += 1
    defines = isinstance(piece.node, Function | ast.ClassDef)
    return (*[""] * max(0, wanted - blank if defines else 0), *piece.lead)


def _end_of_imports(out: list[tuple[Key, list[str]]], new: Block) -> int:
    """Return how many pieces there are up to the last import at the top."""
    imports = {one.key for one in new.pieces if one.is_import or one.key == ("docstring",)}
    return max((n for n, (key, _) in enumerate(out, start=1) if key in imports), default=0)


def _uses(piece: Piece, before: Block) -> set[str]:
    """Return the names that a piece uses, if the learner has written into it."""
    old = before.find(piece.key)
    if old is not None and piece.says_the_same_as(old):
        return set()
    return names_in(piece.node)


def _asks_the_same(one: Parts, other: Parts) -> bool:
    return (one.signature, one.docstring) == (other.signature, other.docstring)


def _renumbered(yours: Parts, course: Parts) -> Lines:
    """Return the learner's body; where it still raises as the stub, with the task's number now."""
    raises = next((found[0] for line in course.body if (found := _RAISES.search(line))), "")
    return tuple(_RAISES.sub(lambda old: raises or old[0], line) for line in yours.body)


def _indented(course: Parts, yours: Parts) -> Lines:
    """Return the course's head, with its docstring indented as the learner's body is."""
    if course.indent == yours.indent or not course.docstring:
        return course.head
    opens = next(
        number
        for number, line in enumerate(course.head)
        if line.startswith(course.indent) and line.lstrip().startswith(('"""', 'r"""'))
    )
    head = [*course.head]
    head[opens] = yours.indent + head[opens].lstrip()
    return tuple(head)


def _docstring(block: Block) -> str:
    first = block.pieces[0].node if block.pieces else None
    is_one = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return "\n".join(line.strip() for line in block.pieces[0].lines).strip('"') if is_one else ""


def _difference(before: str, after: str) -> tuple[str, ...]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return tuple(line for line in lines if line[:2] in ("- ", "+ ") and line[2:].strip())
