"""One exercise: what the learner has in it, and what becomes of it in the newest course."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from course.catalog import described
from course.grade import conflict_markers
from course.grade.answer_file import NAMED_ENCODING, AnswerFile, CannotLoad
from course.learn.update.carrying import CannotCarry, Carried, carry
from course.learn.update.pieces import Block, Lines, block_of, is_empty_task, is_written

_STASHED = "Stashed changes"
"""What `git stash pop` calls the learner's side, which is the lower one then."""

_NEITHER_SIDE = "git has left conflict markers in it, and none of the two sides parses"


@dataclass(frozen=True)
class Tasks:
    """The tasks of a lesson.

    Attributes:
        names: what they are called.
        was: the new name of each that was called otherwise.
    """

    names: tuple[str, ...]
    was: Mapping[str, str]

    @classmethod
    def of(cls, slug: str, toml: bytes, stub: str) -> Tasks:
        """Read them from a `lesson.toml`, or else find what the stub leaves open."""
        try:
            tasks = described(slug, toml.decode("utf-8")).tasks
            was = {old: task.name for task in tasks for old in task.was}
            return cls(tuple(task.name for task in tasks), was)
        except (ValueError, TypeError, AttributeError):
            pieces = block_of(stub).pieces
            return cls(tuple(one.name for one in pieces if is_empty_task(one)), {})


def decoded(content: bytes, path: Path) -> str:
    """Return the text of a file of answers.

    Raises:
        CannotCarry: if it is no text.
    """
    try:
        return AnswerFile.of(content, path).source
    except CannotLoad as error:
        raise CannotCarry(error.problem.rstrip("."), error.line) from error


def encoded(text: str, like: bytes) -> bytes:
    """Return a text as UTF-8, with the ends of lines that the file has had."""
    first, *rest = text.split("\n", 2)
    lines = [line for line in (first, *rest[:1]) if not _names_encoding(line)]
    content = "\n".join([*lines, *rest[1:]]).encode("utf-8")
    return content.replace(b"\n", b"\r\n") if b"\r\n" in like else content


def _names_encoding(line: str) -> bool:
    found = NAMED_ENCODING.match(line.encode("utf-8"))
    return bool(found) and b"utf" not in found[1].lower()  # type: ignore[index]


def carried(mine: str, course: str, versions: Iterable[str], tasks: Tasks) -> Carried:
    """Carry a learner's file into the newest version of the exercise.

    Args:
        mine: the learner's file. Of conflict markers, the learner's side is taken.
        course: the newest version.
        versions: older versions, the likeliest first. The learner's file was made from the one
            that is most like it.
        tasks: the tasks of the newest version.

    Raises:
        CannotCarry: if it cannot be read.
    """
    own = without_markers(mine)
    before = max((*versions, course), key=lambda one: _likeness(own, one))
    try:
        found = carry(own, before, course, tasks.names, tasks.was)
    except CannotCarry as error:
        if line := conflict_markers.first_line(own):
            raise CannotCarry(_NEITHER_SIDE, line) from error
        raise
    found.markers = own != mine
    return found


def _likeness(mine: str, version: str) -> int:
    """Return how many lines both have, less those that are not in the learner's file."""
    own, its = {*_lines(mine)}, {*_lines(version)}
    return len(own & its) - len(its - own)


def _lines(text: str) -> Iterable[str]:
    return (line.strip() for line in text.split("\n") if line.strip())


def without_markers(text: str) -> str:
    """Return the learner's side of a file in which git has left conflict markers.

    That is the side with more answers in it. An answer that only the other one has is kept, too.
    """
    if not (found := conflict_markers.sides(text)):
        return text
    both = [one for one in (found.upper, found.lower) if _parses(one)]
    if found.lower_label == _STASHED:
        both.reverse()
    if not both:
        return text
    mine, *others = sorted(both, key=lambda one: -len(_written(block_of(one))))
    return _completed(mine, others[0]) if others else mine


def _completed(mine: str, other: str) -> str:
    """Return a file with the answers of another one where it has none."""
    yours = block_of(mine)
    theirs = _written(block_of(other))
    lines: list[str] = []
    for piece in yours.pieces:
        fills = is_empty_task(piece) and piece.name in theirs
        lines += [*piece.lead, *(theirs[piece.name] if fills else piece.lines)]
    return "\n".join([*lines, *yours.tail])


def _written(block: Block) -> dict[str, Lines]:
    """Return what functions and classes with something in them look like, by name."""
    return {
        one.name: one.lines
        for one in block.pieces
        if one.name and not is_empty_task(one) and is_written(one)
    }


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
