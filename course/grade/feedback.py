"""From a failed test to what the learner is told: what is wrong, where, and what to try."""

from __future__ import annotations

import ast
import difflib
import re
import traceback
from collections.abc import Sequence
from pathlib import Path

from course.catalog import Function
from course.fakes.clock import Stuck
from course.grade import at_a_glance
from course.grade.answers import ANOTHER_FILE, ONE_FILE, YIELDS_NOTHING, Answers, Call
from course.grade.describe import describe
from course.grade.died import ContainedDied
from course.grade.expect import NOTHING, Words, WrongAnswer
from course.grade.frames import top_level_name
from course.grade.importing import DebuggerLeftIn
from course.grade.misuse import is_raised
from course.grade.outcome import Feedback
from course.grade.said import text_of
from course.grade.slips import (
    Slip,
    Unawaited,
    a_or_an,
    hidden_by_except,
    in_the_code,
    in_the_result,
    key_missing,
    never_awaited,
    never_emptied,
    of_another_type,
    same_object_twice,
    stream_not_returned,
)
from course.grade.wrap import LITERAL
from course.wording import command

SLIPS = (TypeError, NameError, AttributeError, LookupError, AssertionError)
"""Errors that nobody raises on purpose."""

WIDEST = 300
"""Values longer than that many characters are shortened in the middle."""


def is_not_started(error: BaseException, answers: Answers, task: str) -> bool:
    """Whether `error` is the stub's own NotImplementedError of this task.

    One that a library raises, or that comes from another task, does not count.
    """
    return _unwritten(error, answers) == task


def _frames(error: BaseException, path: Path) -> tuple[list[tuple[int, str]], bool]:
    """The learner's frames, the innermost first, and whether the error was raised in the first.

    Answers that run in another process have sent them along.
    """
    sent = getattr(error, "contained_frames", None)
    if sent:
        return [(line, name) for _, line, name in sent][::-1], error.contained_own  # type: ignore[attr-defined]
    found = list(traceback.walk_tb(error.__traceback__))[::-1]
    own = [(n, top_level_name(f)) for f, n in found if f.f_code.co_filename == str(path)]
    return own, bool(own) and found[0][0].f_code.co_filename == str(path)


def _unwritten(error: BaseException, answers: Answers) -> str | None:
    """Return the name of the task that is not written yet and was called."""
    frames, raised_there = _frames(error, answers.path)
    if isinstance(error, NotImplementedError) and raised_there:
        return frames[0][1]
    return None


def explain(
    error: BaseException,
    answers: Answers,
    task: str,
    test: str,
    unawaited: Sequence[Unawaited] = (),
) -> Feedback:
    """Say what `error`, with which a test of `task` has failed, means for the learner.

    Args:
        error: what the test has raised.
        answers: what was graded.
        task: the task.
        test: the test.
        unawaited: the coroutines that were thrown away while it ran.
    """
    error = _slip_in_group(error, answers)
    call = next((call for call in reversed(answers.calls) if call.task == task), None)
    if call and isinstance(error, WrongAnswer):
        error = _slip_in_call(error, call, answers) or error
    rows = [("called", shorten(_how_called(task, answers)))] if call else []
    own = _own_lines(error, answers)
    if isinstance(error, WrongAnswer) and error.__context__ and not own:
        own = _own_lines(error.__context__, answers)
    if isinstance(error.__cause__, StopIteration | StopAsyncIteration):
        own = _own_lines(error.__cause__, answers) or own
    line = own[0] if own else None
    if _other_task(error, answers, task):
        line = next(n for n, name in _frames(error, answers.path)[0] if name == task)
    if isinstance(error, WrongAnswer):
        rows += _got_and_wanted(error, call)
        problem, why = error.problem, error.why
        named = [number for name, number in error.lines if name == str(answers.path)]
        line = (named or own or [None])[0]  # type: ignore[list-item]
    elif isinstance(error, Stuck):
        rows += _outcome(call)
        problem, why = "it never ends", f"{str(error).capitalize()}. What should end it?"
        waiting = [number for name, number in error.lines if name == str(answers.path)]
        line = waiting[0] if waiting else line
    elif isinstance(error, ContainedDied):
        rows += _outcome(call)
        death = error.death
        problem, why, line = death.problem, death.why, death.line
    elif debugger := _debugger_in(error):
        problem = "a debugger is left in it"
        steps = command("debug", answers.lesson.number, task)
        why = f"Remove {debugger}: nobody is there to answer it. To go step by step: {steps}"
    elif other := _unwritten(error, answers):
        problem = f"it needs {other}, which is not written yet"
        why = f"Write {other} first, or do without it here."
    elif call is None:
        rows.append(("raised", shorten(_one_line(error))))
        problem, why = "the test itself failed", "This is a bug in the course: please report it."
    else:
        rows += [*_outcome(call), ("raised", shorten(_one_line(error)))]
        problem, why = _meaning_here(error, answers)
        if _stumbled(error, answers):
            rows[-1] = ("the test", rows[-1][1])
            problem, why = CANNOT_BE_USED
        if other := _other_task(error, answers, task):
            problem = f"its call of {other} fails"
            why = f"Look at what it hands over in this line. If that is right, {other} is wrong."
        if cause := _slip_behind(error, answers):
            rows.append(("cause", shorten(_one_line(cause))))
            problem, why = _meaning_here(cause, answers)
            line = _own_lines(cause, answers)[0]
    tree = answers.file.tree_of(task)
    if before := _got_none_before(error, call, answers):
        rows = [("called", shorten(before.text)), *_outcome(before)]
        slip = at_a_glance.nothing_used(tree, answers) or of_another_type(before, answers)
        line = None
    elif "NoneType" in text_of(error) and not isinstance(error, WrongAnswer):
        slip = at_a_glance.nothing_used(tree, answers) or _slip(error, call, answers, unawaited)
    else:
        slip = _slip(error, call, answers, unawaited)
    if slip:
        problem, why, line = slip.problem, slip.why, slip.line or line
        if slip.problem.startswith("it yields ") and getattr(error, "got", NOTHING) is not NOTHING:
            rows = [row for row in rows if row[0] not in ("got", "wanted")] + _outcome(call)
    unused = [one for one in answers.hidden if not one.is_used]
    is_told = slip and slip.problem != at_a_glance.HIDES
    if unused and not is_told and isinstance(error, WrongAnswer):
        hidden = unused[-1]
        rows.append(("hidden", f"{shorten(hidden.error)}, in line {hidden.line}"))
    rows = _unlike(rows)
    left = answers.file.line_left_from_stub(task)
    if left:
        problem, line = "the last line of the stub is still in it", left
        why = "This yield only made the stub a generator. Delete the line."
    return Feedback(problem, tuple(rows), why, line or answers.file.line_of(task), test)


def unfinished(answers: Answers, task: str, test: str) -> Feedback | None:
    """Say that there is code below the stub's `raise`, if there is."""
    line = answers.file.line_above_code(task)
    if line is None:
        return None
    why = "Python never gets to the code below it. Delete the line."
    return Feedback("the raise of the stub is still above its code", (), why, line, test)


def _slip(
    error: BaseException, call: Call | None, answers: Answers, unawaited: Sequence[Unawaited]
) -> Slip | None:
    """Return what is wrong before the contract matters, if the error is not about another slip."""
    task = call.task if call else ""
    frames, raised_there = _frames(error, answers.path)
    if isinstance(error, ContainedDied):
        return at_a_glance.seen_in(task, answers)
    if not isinstance(error, WrongAnswer | Stuck) and raised_there:  # it speaks for itself
        on_purpose = not isinstance(error, SLIPS) and _is_raise(answers, frames[0])
        return at_a_glance.seen_in(task, answers) if on_purpose else None
    if found := never_awaited(unawaited, answers):
        return found
    if isinstance(error, Stuck):
        return at_a_glance.seen_in(task, answers)
    if found := hidden_by_except(answers):
        return found
    if not isinstance(error, WrongAnswer):  # it may have been raised in what reads the result
        return None if frames else of_another_type(call, answers) or key_missing(call, error)
    if error.problem == YIELDS_NOTHING and (found := stream_not_returned(task, answers)):
        return found
    if error.wants_error:
        return in_the_code(task, answers) or at_a_glance.seen_in(task, answers)
    is_none = call is not None and call.has_returned and call.returned is None
    tree = answers.file.tree_of(task)
    return (
        (at_a_glance.nothing_used(tree, answers) if is_none else None)
        or of_another_type(call, answers)
        or in_the_result(call, error.got, error.wanted, task, answers)
        or in_the_code(task, answers)
        or at_a_glance.seen_in(task, answers)
        or same_object_twice(call, answers)
        or never_emptied(call, error.wanted)
        or (None if _came(error, call) else at_a_glance.hidden_in(task, answers))
    )


def _came(error: WrongAnswer, call: Call | None) -> bool:
    """Whether anything came at all."""
    if error.got is not NOTHING:
        return bool(error.got)
    return bool(call and (call.items if call.items is not None else call.returned))


def _got_none_before(error: BaseException, call: Call | None, answers: Answers) -> Call | None:
    """Return the earlier call that has returned None against the stub.

    A test may have handed that on, so that the error is only what followed.
    """
    if not isinstance(error, SLIPS) or isinstance(error, WrongAnswer):
        return None
    for one in answers.calls:
        returned_none = one.has_returned and one.returned is None and one is not call
        if call and one.task == call.task and returned_none and of_another_type(one, answers):
            return one
    return None


CANNOT_BE_USED = (
    "what it hands out cannot be used",
    "Your code ran, and what it returns, yields or changes has another form than its reader "
    "expects. Compare it with the docstring: what is inside of what?",
)


def _stumbled(error: BaseException, answers: Answers) -> bool:
    """Whether a test has met something in a result that it cannot even read."""
    places = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    in_test = bool(places) and places[-1] == str(answers.lesson.tests)
    return in_test and isinstance(error, SLIPS) and not _frames(error, answers.path)[0]


def _slip_in_call(error: WrongAnswer, call: Call, answers: Answers) -> BaseException | None:
    """Return the slip with which a call has ended, if the test does not tell about it itself."""
    slip = call.slip
    if slip is None or _on_purpose(slip, answers):
        return None
    caught = error.__context__  # by a test that asks for just this
    is_caught = (
        caught is not None and type(caught) is type(slip) and text_of(caught) == text_of(slip)
    )
    is_shown = isinstance(error.got, str) and text_of(slip) in error.got
    return None if is_caught or is_shown else slip


def _on_purpose(error: BaseException, answers: Answers) -> bool:
    """Whether a statement of the answers raises an error, and does not fail with it."""
    frames, raised_there = _frames(error, answers.path)
    line, name = frames[0]
    return raised_there and is_raised(answers.file.tree_of(name), line, error)


def _slip_behind(error: BaseException, answers: Answers) -> BaseException | None:
    """Return the error in the learner's own code that they have turned into this one."""
    cause = error.__cause__
    is_own = cause is not None and _frames(error, answers.path)[1]
    if is_own and isinstance(cause, SLIPS) and _frames(cause, answers.path)[1]:
        return cause
    return None


def _meaning_here(error: BaseException, answers: Answers) -> tuple[str, str]:
    """Return what an error means, with what only these answers can tell."""
    text = text_of(error)
    missing = re.search(r"'(\w+)' object has no attribute '(\w+)'", text)
    if isinstance(error, AttributeError) and missing:
        owner, name = missing.groups()
        kind = vars(answers.module).get(owner)
        if any(task.name == owner for task in answers.lesson.tasks):
            if said := _own_attribute(owner, name, answers):
                return said
            return (
                f"it uses self.{name} before it has a value",
                f"Give it its first value in __init__: self.{name} = ...",
            )
        if isinstance(kind, type) and owner in answers.lesson.signatures:
            has = {*vars(kind), *getattr(kind, "__annotations__", ())}
            public = ", ".join(sorted(one for one in has if not one.startswith("_")))
            return "it asks for an attribute that is not there", f"{owner} has these: {public}."
        if name in ("close", "aclose"):
            if owner not in ("list", "tuple", "str", "dict", "set", "NoneType"):
                return (
                    f"it closes something that has no {name}",
                    "Close the stream that it reads: what the call has returned, not what has made "
                    "it.",
                )
            given = f"{'a' if name == 'aclose' else ''}close_source"
            instead = f"use {given}(...)" if given in answers.lesson.signatures else "look first"
            return (
                f"it closes something that has no {name}",
                f"A list cannot be closed, and a generator can. Only some sources can: {instead}.",
            )
    stop = error.__cause__
    stopped = _frames(stop, answers.path) if isinstance(stop, StopIteration) else ([], False)
    if stopped[1] and answers.file.line(stopped[0][0][0]).strip().startswith("raise StopIteration"):
        return (
            "it ends with raise StopIteration",
            "That is not how a generator ends. Write return, and its reader's loop is over.",
        )
    frames, raised_there = _frames(error, answers.path)
    problem, why = meaning(error)
    if why.startswith(COROUTINE) and frames and not _awaits(*frames[0], answers):
        return problem, f"{COROUTINE} and a plain function cannot await it. {PLAINLY}"
    if frames and (found := _slip_in_line(error, *frames[0], raised_there, answers)):
        return found
    if not frames and re.search(r"'(coroutine|NoneType)' object is not an (async )?iterator", text):
        return (
            "its body never yields",
            "What is done inside of 'with' runs at the yield of a context manager: write one, "
            "between what comes before it and what comes after.",
        )
    if isinstance(error, KeyError) and frames and not raised_there:
        return (
            "something that it calls misses a key",
            "The error names the key. Look at what you hand over in this line.",
        )
    if isinstance(error, UnboundLocalError) and (outer := _of_outer(error, answers)):
        return (
            f"it assigns to {outer} of the function around it",
            f"Without more, an assignment makes a new local {outer}. Give what you assign another "
            f"name; or, if {outer} itself is to change, write nonlocal {outer} first.",
        )
    line = answers.file.line(frames[0][0]) if frames else ""
    if isinstance(error, TypeError) and "sum(" in line and "for +: 'int' and" in text:
        return (
            "it adds something with sum() that is not a number",
            "sum() begins with the number 0. Text is joined with join(), and other things are "
            "added in a loop that begins with the first one.",
        )
    if isinstance(error, TypeError) and (owner := _class_called(error, answers)):
        return (
            f"it calls a method of the class {owner}, not of an object",
            "The method needs an object to work on. Make one, or use what you were given.",
        )
    unknown = re.search(r"^(\w+)\(\) got an unexpected keyword argument '(\w+)'", text)
    if unknown and unknown[1] in answers.lesson.signatures:
        return (
            f"it does not take {unknown[2]}",
            "Callers rely on the parameters of the stub. Restore its first line.",
        )
    if isinstance(error, KeyError) and ".remove(" in line:
        return (
            "it removes something that is not there",
            "remove() fails then. discard() does not, and `in` says whether something is there.",
        )
    absent = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
    if "." in absent and not absent.startswith("course."):
        return (
            f"it imports {absent}, which is not there",
            "Old tutorials import from places that are gone. What the task needs is imported at "
            "the top of the stub.",
        )
    on_purpose = raised_there and not isinstance(error, SLIPS) and _is_raise(answers, frames[0])
    if on_purpose and not hasattr(error, "wanted_instead"):
        return (
            f"it raises {a_or_an(type(error).__name__)}",
            "If an error is right in this case, the docstring names its class. If none is, find "
            "out why this line is reached.",
        )
    lacks = re.search(r"^(\w+)\(\) missing .*: '(\w+)'", text)
    if lacks and isinstance(error, TypeError) and lacks[1] in answers.lesson.signatures:
        return (
            f"its parameter {lacks[2]} has no default value",
            "The stub gives it one, and callers rely on it. Restore the first line of the stub.",
        )
    if isinstance(error, AssertionError):
        return (
            "its own assert fails",
            "assert is for what cannot happen. For what a caller may do wrong, raise the error "
            "that the docstring names.",
        )
    return problem, why


def _awaits(line: int, task: str, answers: Answers) -> bool:
    """Whether a line of a task is in a function that may await."""
    around = [
        node
        for node in ast.walk(answers.file.tree_of(task))
        if isinstance(node, Function) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(around, key=lambda node: node.lineno, default=None)
    return innermost is None or isinstance(innermost, ast.AsyncFunctionDef)


def _is_raise(answers: Answers, frame: tuple[int, str]) -> bool:
    """Whether a line of a task is a raise of something new."""
    line, task = frame
    nodes = ast.walk(answers.file.tree_of(task))
    return any(isinstance(one, ast.Raise) and one.exc and one.lineno == line for one in nodes)


def _class_called(error: TypeError, answers: Answers) -> str:
    """Return the name of the class whose method is called without an object, or ""."""
    lacks = re.search(r"^(\w+)\.(\w+)\(\) missing 1 required", text_of(error))
    frames, _ = _frames(error, answers.path)
    if not lacks or not frames:
        return ""
    line, task = frames[0]
    for call in ast.walk(answers.file.tree_of(task)):
        if isinstance(call, ast.Call) and call.lineno == line and call.args:
            function = call.func
            if isinstance(function, ast.Attribute) and function.attr == lacks[2]:
                owner = ast.unparse(function.value)
                if isinstance(vars(answers.module).get(owner), type):
                    return owner
    return ""


def _own_attribute(owner: str, name: str, answers: Answers) -> tuple[str, str] | None:
    """Say that an attribute of a task is there under another name, or as a local variable."""
    tree = answers.file.tree_of(owner)
    makers = [one for one in getattr(tree, "body", []) if getattr(one, "name", "") == "__init__"]
    local = {
        node.id
        for maker in makers
        for node in ast.walk(maker)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if name in local:
        return (
            f"it sets {name} and asks for self.{name}",
            f"{name} is a variable of one function, and gone at its end. Write self.{name} = ...",
        )
    stored = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    if close := difflib.get_close_matches(name, sorted(stored - {name}), n=1, cutoff=0.7):
        return (
            f"it asks for self.{name}, which was never set",
            f"There is self.{close[0]}: is that the one you mean?",
        )
    return None


def _slip_in_line(
    error: BaseException, line: int, task: str, raised_there: bool, answers: Answers
) -> tuple[str, str] | None:
    """Return what the code in and around a line says about its error."""
    text, code = text_of(error), answers.file.line(line)
    tree = answers.file.tree_of(task)
    if "bad operand type for unary +" in text and (
        slip := at_a_glance.plus_assigned(tree, answers)
    ):
        return slip.problem, slip.why
    if "is not callable" in text and not raised_there:
        return (
            "it hands over a value where a function is wanted",
            "Somebody else calls the function later. Hand it over without parentheses, and what "
            "it needs after it.",
        )
    if "unhashable type: 'list'" in text and "gather(" in code:
        return (
            "it hands a list to gather",
            "asyncio.gather takes what it waits for one by one: gather(*many).",
        )
    called = re.search(r"\.(\w+)\(\)", code)
    if "is not callable" in text and called and _is_property(called[1], answers):
        return (
            f"it calls {called[1]}, which is a property",
            "It is a value: leave out the parentheses.",
        )
    local = re.search(r"variable '(\w+)'", text)
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    if local and local[1] in [one.name for one in handlers if (one.end_lineno or line) < line]:
        return (
            f"it uses {local[1]} after the end of its except",
            f"There, Python deletes the name {local[1]}. Give the error another name inside of "
            "the except, and use that one.",
        )
    is_method = local and isinstance(tree, ast.ClassDef)
    if local and is_method and f"self.{local[1]}" in ast.unparse(tree):
        return f"it leaves out self before {local[1]}", f"Write self.{local[1]}."
    return None


def _is_property(name: str, answers: Answers) -> bool:
    """Whether a class of the answers has a property of this name."""
    kinds = [one for one in vars(answers.module).values() if isinstance(one, type)]
    return any(isinstance(vars(kind).get(name), property) for kind in kinds)


def _of_outer(error: UnboundLocalError, answers: Answers) -> str | None:
    """Return the name that has no value, if a function around the one that uses it assigns it."""
    named = re.search(r"'(\w+)'", text_of(error))
    frames, _ = _frames(error, answers.path)
    if not named or not frames:
        return None
    line, task = frames[0]
    around = [
        node
        for node in ast.walk(answers.file.tree_of(task))
        if isinstance(node, Function) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(around, key=lambda node: node.lineno, default=None)
    for node in around:
        if node is not innermost:
            own = [one for one in node.body if not isinstance(one, Function)]
            stored = {
                one.id
                for statement in own
                for one in ast.walk(statement)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
            if named[1] in stored | {one.arg for one in node.args.args}:
                return named[1]
    return None


def _unlike(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out what came and what was wanted if both look the same."""
    shown = dict(rows)
    if "wanted" not in shown:
        return rows
    same = [name for name in ("got", "returned", "yielded") if shown.get(name) == shown["wanted"]]
    return [row for row in rows if row[0] not in (*same, "wanted")] if same else rows


def _slip_in_group(error: BaseException, answers: Answers) -> BaseException:
    """Return the first error in a group, if the learner's own code has led to it there.

    Then the slip is what to fix, not the group.
    """
    inner = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    frames, raised_there = _frames(inner, answers.path)
    return inner if raised_there or (frames and isinstance(inner, SLIPS)) else error


def _debugger_in(error: BaseException | None) -> str:
    """Return which call of a debugger an error, or what led to it, is about, or ""."""
    seen: set[int] = set()
    left = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if type(one).__name__ == DebuggerLeftIn.__name__:  # another class if it has crossed
            return str(one)
        left += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
    return ""


def _how_called(task: str, answers: Answers) -> str:
    """The last call; of a class, how it was made and all that was called after that."""
    texts = [call.text for call in answers.calls if call.task == task]
    made = [number for number, text in enumerate(texts) if not text.startswith(".")]
    return "; ".join(texts[made[-1] :]) if made else texts[-1]


def _own_lines(error: BaseException, answers: Answers) -> list[int]:
    """The learner's lines in a traceback, the innermost first, without those of given code."""
    tasks = {task.name for task in answers.lesson.tasks}
    given = answers.lesson.signatures.keys() - tasks
    return [line for line, name in _frames(error, answers.path)[0] if name not in given]


def _other_task(error: BaseException, answers: Answers, task: str) -> str | None:
    """Return the name of another task that was called by this one and has raised the error."""
    names = [name for _, name in _frames(error, answers.path)[0]]
    tasks = {one.name for one in answers.lesson.tasks}
    return names[0] if task in names and names[0] != task and names[0] in tasks else None


def _got_and_wanted(error: WrongAnswer, call: Call | None) -> list[tuple[str, str]]:
    rows = []
    if error.got is not NOTHING:
        rows.append(("got", shorten(_shown(error.got))))
    else:
        rows += _outcome(call)
    if error.wanted is not NOTHING:
        rows.append(("wanted", shorten(_shown(error.wanted))))
    return rows


def _outcome(call: Call | None) -> list[tuple[str, str]]:
    if call is None:
        return []
    if call.items is not None:
        return [("yielded", shorten(describe(call.items)))]
    if call.has_returned:
        return [("returned", shorten(_shown(call.returned)))]
    return []


def _shown(value: object) -> str:
    shown = str(value) if isinstance(value, Words) else describe(value)
    return _without_addresses(shown)


def _one_line(error: BaseException) -> str:
    text = "" if error.args == (None,) else " ".join(text_of(error).split())
    text = re.sub(r" For further information visit \S+", "", text)  # of pydantic
    text = _without_addresses(text)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _without_addresses(text: str) -> str:
    """Leave out where objects are in memory: it is another place each time."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def shorten(text: str, most: int = WIDEST) -> str:
    """Return `text` with its middle left out if it is longer than `most` characters.

    It is cut after a comma that is not inside quotes, if there is one.
    """
    if len(text) <= most:
        return text
    head, tail = most * 2 // 3, len(text) - most // 3 + 5
    hidden = LITERAL.sub(lambda found: "\0" * len(found[0]), text)
    head = hidden.rfind(", ", head // 2, head) + 2 if ", " in hidden[head // 2 : head] else head
    tail = hidden.find(", ", tail, -most // 6) + 2 if ", " in hidden[tail : -most // 6] else tail
    return f"{text[:head].rstrip()} ... {text[tail:]}"


COROUTINE = "The call has only made a coroutine,"
PLAINLY = "Call what does its work at once: invoke for ainvoke, batch for abatch."

USUALLY: tuple[tuple[str, str, str], ...] = (
    (
        r"(unsupported operand|not supported between).*'(builtin_)?(function|method)"
        r"|'(builtin_)?(function|method)(_or_method)?' object is not (iterable|subscriptable)"
        r"|can't convert type 'function'",
        "it takes a function for its result",
        "Without parentheses it is the function itself. Call it: name().",
    ),
    (
        r"'async for' requires an object with __aiter__ method, got (function|method)",
        "it loops over a function",
        "The call makes the stream. Write the parentheses: name(...).",
    ),
    (
        r"a coroutine was expected, got <?(function|bound method)",
        "it makes a task of a function",
        "A task runs a coroutine, which the call makes. Write the parentheses: name(...).",
    ),
    (
        r"a coroutine was expected, got|An asyncio.Future, a coroutine or an awaitable is required",
        "it makes a task of something that is no coroutine",
        "create_task() and gather() run coroutines, which calls of async functions make. A stream "
        "is none: write an async function that reads it with async for.",
    ),
    (
        r"Expected a Runnable, callable or dict.*coroutine",
        "it calls a function that it should hand over",
        "Here the function itself is wanted, which is then called for each step. Leave out the "
        "parentheses.",
    ),
    (
        r"asyncio.run\(\) cannot be called from a running event loop",
        "it starts a second event loop",
        "An async function already runs in one. Await a coroutine there, and read a stream with "
        "async for.",
    ),
    (
        r"exceptions must derive from BaseException",
        "it raises something that is not an error",
        "Neither a text nor None can be raised. Raise an error, which may hold a text: "
        'raise ValueError("...").',
    ),
    (
        r"'AIMessage(Chunk)?' object is not subscriptable",
        "it takes a message for a dict",
        "What it holds are attributes, such as x.text and x.content.",
    ),
    (
        r"object of type '(Source|AsyncSource|\w*generator|\w*iterator|map|filter|zip)' has no len"
        r"|'(Source|AsyncSource|\w*generator|\w*iterator|map|filter|zip)' object is not "
        r"subscriptable",
        "it takes a stream for a list",
        "A stream has no length, and no items by number: they come one after the other. Read it "
        "with a loop.",
    ),
    (
        r"can't concat int to bytes|a bytes-like object is required, not 'int'",
        "it takes a number for bytes",
        "A loop over bytes gives numbers, and so does b[0]. A slice gives bytes: b[0:1].",
    ),
    (
        r"can only concatenate str \(not \"bytes\"\)|can't concat str to bytes"
        r"|a bytes-like object is required, not 'str'|must be str, not bytes",
        "it mixes bytes and text",
        "decode() makes text of bytes, and encode() bytes of text. Join only things of one kind.",
    ),
    (
        r"can only concatenate str \(not \"(int|float)\"\)",
        "it joins a text and a number",
        'str(...) makes text of a number, and so does f"{...}".',
    ),
    (
        r"(concatenate str|unsupported operand|must be str|expected str).*AIMessageChunk",
        "it treats a chunk as if it were text",
        "model.stream() gives AIMessageChunk objects. The text of one is chunk.text.",
    ),
    (
        r"can only concatenate str \(not \"list\"\)|sequence item \d+: expected str instance, list",
        "it assumes that content is a string",
        "chunk.content may be a list of blocks. chunk.text is always the text.",
    ),
    (
        r"'(coroutine|\w*asend)' object (has no attribute|is not subscriptable|does not support)"
        r"|unsupported operand.*'coroutine'|cannot unpack non-iterable coroutine",
        "it takes a coroutine for its result",
        f"{COROUTINE} and nothing in it has run. Write await before it.",
    ),
    (
        r"'async for' requires an object with __aiter__ method, got coroutine",
        "it loops over a coroutine",
        "A coroutine has one result, which await returns. Only something that yields can be read "
        "with async for.",
    ),
    (
        r"'async for' requires an object with __aiter__",
        "it reads an ordinary stream with 'async for'",
        "Read it with for. If there is an asynchronous one, such as model.astream(...), take that.",
    ),
    (
        r"'coroutine' object is not iterable",
        "it reads a coroutine with 'for'",
        f"{COROUTINE} whose one result await returns.",
    ),
    (
        r"'(async_generator|\w*Async\w*)' object is not (iterable|an iterator)",
        "it reads an asynchronous stream with 'for'",
        "An asynchronous stream is read with async for, in an async function.",
    ),
    (
        r"object (async_generator|AsyncSource) can't be used in 'await' expression"
        r"|'(async_generator|AsyncSource)' object can't be awaited",  # from Python 3.14 on
        "it awaits a stream",
        "A stream has many results, not one. Read it with async for.",
    ),
    (
        r"object \w+ can't be used in 'await' expression|'\w+' object can't be awaited",
        "it awaits something that is already there",
        "Only something that is still to come can be awaited: a coroutine, a task, a future.",
    ),
    (
        r"asynchronous generator is already running|generator already executing",
        "it uses a source while something is still waiting for its next token",
        "Only one reader at a time. Cancel the waiting task and await it; then close the source.",
    ),
    (
        r"asynchronous generator ignored GeneratorExit|generator ignored GeneratorExit",
        "it yields while it is being closed",
        "After close() nobody is listening. Remove any yield in finally or after catching "
        "GeneratorExit.",
    ),
    (
        r"generator raised StopIteration|generator raised StopAsyncIteration",
        "it lets the end of the source escape as an error",
        "At the end, next() raises StopIteration and anext() raises StopAsyncIteration. Catch it, "
        "or let a for loop do so.",
    ),
    (
        r"object is not an iterator|object is not an async iterator",
        "it calls next() on something that is not an iterator",
        "A for loop reads anything iterable, even a list. next() needs an iterator: make one with "
        "iter(...).",
    ),
    (
        r"ExceptionGroup: unhandled errors in a TaskGroup",
        "its TaskGroup wraps the error in a group",
        "The caller expects the error itself and cannot catch it in a group. Catch it in the task "
        "and hand it over, or use tasks that you end yourself in finally.",
    ),
    (ANOTHER_FILE, "it needs another file", ONE_FILE),
    (
        r"string indices must be integers",
        "it takes a text for something else",
        "A loop over a str gives its characters. Look at the type first: isinstance(x, str).",
    ),
    (
        r"Calling \.text\(\) as a method is deprecated",
        "it calls the text of a message",
        "The text is an attribute, not a method: leave out the parentheses.",
    ),
    (
        r"'(bool|str|int|float|list|dict|property)' object is not callable",
        "it calls something that is not a function",
        "It is a value: leave out the parentheses.",
    ),
    (
        r"(NotImplementedError|TypeError|ValueError|ValidationError).*\bcoroutine\b",
        "it takes a coroutine for its result",
        f"{COROUTINE} and nothing in it has run. Write await before it.",
    ),
    (
        r"'\w*Model' object is not callable",
        "it calls a model as if it were a function",
        "A model is an object with methods: model.invoke(question) asks it.",
    ),
    (
        r"'\w*Tool' object is not callable",
        "it calls a tool as if it were a function",
        "A tool is an object with methods: tool.invoke(...) runs it, with a dict of its arguments.",
    ),
    (
        r"Function must have a docstring if description not provided",
        "it makes a tool without a description",
        "The description that the model reads is the docstring of the function: a text in quotes, "
        "as the first thing in it. A comment is none.",
    ),
    (
        r"Cannot instantiate typing\.\w+|Type Annotated cannot be instantiated",
        "it calls a type",
        "Types such as Literal and Annotated take what belongs to them in square brackets.",
    ),
    (
        r"unsupported operand type\(s\) for \|: 'str' and 'str'",
        "it takes a text for a type",
        "Only types can stand side by side with a bar. If the values of a parameter are texts: "
        'Literal["one", "two"].',
    ),
    (
        r"'(?!NoneType|module)\w+' object is not callable",
        "it calls something that is not a function",
        "Only functions, methods and classes can be called. Print it, and its type.",
    ),
    (
        r"OpenAIError.*credentials",
        "it makes a model of its own",
        "The model to ask is handed in, so that it can be any model: one that needs no key, too.",
    ),
    (
        r"^FrozenInstanceError",
        "it changes a record that is frozen",
        "Its fields get their values when it is made, and keep them. Find all values first, and "
        "then make it.",
    ),
    (
        r"catching classes that do not inherit from BaseException",
        "its except names something that is no class of errors",
        "After except comes a class of errors, or a tuple of them: (KeyError, ValueError).",
    ),
    (
        r"'\w+(Error|Exception)' object has no attribute '(message|msg|content)'",
        "it looks for the text of an exception in an attribute",
        "The text of an exception is str(error).",
    ),
    (
        r"await wasn't used with future",
        "it reads a future without awaiting it",
        "A future is a result that is still to come. Write await in front of it, and then use "
        "what that gives.",
    ),
    (
        r"'\w+(Error|Exception)' object has no attribute",
        "it takes an exception for a result",
        "What stands here is an exception. If it may be one, look first: isinstance(x, Exception).",
    ),
    (
        r"'module' object is not callable",
        "it calls a module",
        "A module only holds functions. Call one of them: module.function(...).",
    ),
    (
        r"Message as a sequence must be",
        "it has a list among its messages",
        "Each item has to be a message. A star takes the items out of a list: [*messages, one].",
    ),
    (
        r"Unsupported message type: <class '.*ModelMetaclass'>",
        "it has a class among its messages",
        "A class is not a message. Calling it makes one: HumanMessage(...), with the text inside.",
    ),
    (
        r"validation errors? for \w*Message\s+content\b",
        "it makes a message of what is no content",
        "A message takes one text, or one list of blocks: as its first argument, or as content=.",
    ),
    (
        r"NoneType",
        "it does not expect None",
        "A value in this line is None. Find out which one, and where it comes from: print it.",
    ),
    (
        r"expected str instance, \w+ found",
        "it joins something that is no text",
        "join() takes texts only: str(x) makes one of each item.",
    ),
    (
        r"unsupported operand type\(s\) for \+=?: 'dict' and 'dict'",
        "it adds two dicts",
        "Dicts are joined with |, or in a new one: {**a, **b}.",
    ),
    (
        r"not supported between instances of '(int|str)' and '(int|str)'",
        "it compares a text with a number",
        "They have no order. int() makes a number of digits, and ord() gives the number of a "
        "character.",
    ),
    (
        r"unsupported operand type\(s\) for -=?: 'str' and 'str'",
        "it subtracts a text from a text",
        "Text knows no minus. A slice such as text[3:] takes a part of it.",
    ),
    (
        r"can only concatenate list \(not",
        "it adds something to a list that is not a list",
        "Brackets make a list of one thing: things + [thing].",
    ),
    (
        r"unsupported operand type|can only concatenate|not supported between instances of",
        "its operator does not go with these types",
        "The error names them. Turn one into what you need first, or do it in another way.",
    ),
    (
        r"not enough values to unpack|too many values to unpack|cannot unpack non-iterable",
        "it unpacks something that has another number of parts",
        "Print what comes. A loop over a dict gives only its keys, and items() gives pairs; with "
        "enumerate() come pairs, too.",
    ),
    (
        r"^JSONDecodeError: Extra data",
        "it reads two JSON texts as one",
        "There is more after the end of a whole value. Hand over one value only: is the text that "
        "was read before still in it?",
    ),
    (
        r"^JSONDecodeError",
        "it reads as JSON what is not JSON",
        "json.loads reads whole texts only, and raises this error for any other, an empty one "
        "too. Print the text in this line.",
    ),
    (
        r"does not support the (asynchronous )?context manager protocol",
        "it uses the wrong kind of 'with'",
        "Some things need async with, such as asyncio.timeout, Semaphore and Lock; others, such "
        "as files, need with.",
    ),
    (
        r"Passing coroutines is forbidden",
        "it hands over a coroutine where a task is wanted",
        "asyncio.ensure_future(...) makes a task of it.",
    ),
    (
        r"expect a list of futures, not",
        "it hands over one task where several are wanted",
        "Put it into a list or a set: [task].",
    ),
    (
        r"unhashable type: '(list|dict|set)'",
        "it uses a list, a dict or a set where it has to find it again by its value",
        "A key of a dict and an item of a set must never change, so it cannot be one of these.",
    ),
    (
        r"^ZeroDivisionError",
        "it divides by zero",
        "Look at what it divides by in this line, and decide what comes out when that is 0.",
    ),
    (
        r"(empty (sequence|iterable|data|range)|iterable argument is empty"
        r"|at least (one|two) data points?|pop from (an )?empty)",
        "it has not expected that there is so little",
        "There may be nothing here, or only one. Ask for that before this line.",
    ),
    (
        r"can't multiply sequence by non-int",
        "it repeats a text a fraction of times",
        "Make a whole number of it first: round(...), int(...) or math.ceil(...).",
    ),
    (
        r"^EOFError: EOF when reading",
        "it asks with input()",
        "Nobody is at the keyboard while it is graded. If you were given a function that asks, "
        "call that one.",
    ),
    (
        r"'(int|float|bool)' object is not (iterable|subscriptable)",
        "it takes a number for many values",
        "A number cannot be looped over, and has no positions. range(n) counts up to n.",
    ),
    (
        r"object is not iterable",
        "it goes through the items of something that has none",
        "Print its type. (To add one thing to a list, use append: += and extend loop over it.)",
    ),
    (
        r"object is not subscriptable",
        "it looks into something with [...] that is no list and no dict",
        'Print its type. What an object has is found with a dot: x.name, and not x["name"].',
    ),
    (
        r"has no len\(\)",
        "it asks for the length of something that has none",
        "Only what is all there has a length: a list, a dict, a text. A stream has none, and no "
        "positions: read it with a loop.",
    ),
    (
        r"does not support sync invocation",
        "it calls a tool in the ordinary way",
        "This tool works only asynchronously: in an async function, await its ainvoke(...).",
    ),
    (
        r"^IndexError",
        "it asks for an item that is not there",
        "What it looks in is shorter than it thinks, perhaps empty. Check that first.",
    ),
    (
        r"changed size during iteration",
        "it changes what its loop reads",
        "Nothing may be added or removed meanwhile. Loop over a copy: list(...).",
    ),
    (
        r"unexpected keyword argument",
        "it calls a function with a name that it does not know",
        "The error says which one. Look up what its parameters are called.",
    ),
    (
        r"TypedDict does not support instance and class checks",
        "it asks whether something is a TypedDict",
        "While it runs, that is an ordinary dict, and nothing says which one. Look at what is in "
        "it.",
    ),
    (
        r"\bReceived (ABCMeta|type|ModelMetaclass)\b",
        "it gives a class where an object is wanted",
        "Make one: write parentheses after the name of the class.",
    ),
    (
        r"arg 2 must be a type|first arg must be str|requires string as left operand"
        r"|must be str or None, not|must be str, not|must be \w+, not \w+$",
        "it gives something of a wrong type",
        "The error says what is wanted, and what came.",
    ),
    (
        r"^UnicodeEncodeError.*surrogates not allowed",
        "it encodes half a character",
        "A surrogate alone has no bytes. Look for it first, or say with errors= what to do.",
    ),
    (
        r"^ImportError: cannot import name",
        "it imports a name that is not there",
        "It may have moved in a newer version. What the task needs is imported at the top of the "
        "stub.",
    ),
    (
        r"object has no attribute '__name__'",
        "it asks an object for the name of its class",
        "Only the class has it: type(x).__name__.",
    ),
    (
        r"'dict' object has no attribute '(add|append)'",
        "it takes a dict for another collection",
        "{} is an empty dict. An empty set is set(), and an empty list is [].",
    ),
    (
        r"'list' object has no attribute 'join'",
        "it joins with a method of the list",
        'join is a method of the text that comes between the items: "".join(items).',
    ),
    (
        r"'list' object has no attribute '(add)'",
        "it takes a list for another collection",
        "A list has append(), and a set has add().",
    ),
    (
        r"'str' object has no attribute '(append|extend|add|insert)'",
        "it takes a text for a list",
        "A str never changes. += makes a longer one.",
    ),
    (
        r"'bytes' object has no attribute 'encode'|'str' object has no attribute 'decode'",
        "it mixes up encode and decode",
        "decode() makes text of bytes, and encode() makes bytes of text.",
    ),
    (
        r"'(function|method|builtin_function_or_method)' object has no attribute",
        "it takes a function for an object",
        "A function is called: name(...). Does its result have what you look for?",
    ),
    (
        r"'list' object has no attribute '(lower|upper|strip|split|startswith|endswith|replace"
        r"|encode|join|casefold|removeprefix|removesuffix|isdigit|splitlines|partition)'",
        "it treats a list as if it were text",
        "Only a text has this method. Call it for each item of the list, or join the list first.",
    ),
    (
        r"'(list|tuple)' object has no attribute",
        "it asks a collection for an attribute that it does not have",
        "Does an item of it have it? Take one out first: with a loop, by its number, or by "
        "unpacking.",
    ),
    (
        r"'str' object has no attribute",
        "it takes a text for another object",
        "Where does it come from? A loop over a dict gives its keys: what it holds comes from "
        "values(), and pairs from items().",
    ),
    (
        r"'dict' object has no attribute",
        "it asks a dict for an attribute",
        'What a dict holds are keys: x["name"], or x.get("name") where it may be missing.',
    ),
    (
        r"^KeyError",
        "it asks for a key that is not there",
        "Print the dict to see which keys it has, and how they are written. Where a key may be "
        "missing, use get().",
    ),
    (
        r"^AttributeError",
        "it asks for an attribute that is not there",
        "It is another object than you think, the name is another one, or only some objects have "
        "it: getattr(x, name, None). Print it, and its type.",
    ),
    (
        r"^GraphRecursionError",
        "the limit of its agent strikes",
        "recursion_limit counts steps: to ask the model is one, to run its tools another. When it "
        "strikes, LangGraph raises GraphRecursionError. Catch it if that may happen.",
    ),
    (
        r"^InvalidUpdateError: Expected dict",
        "it asks an agent with something that is no dict",
        'An agent is asked with a dict, such as {"messages": [HumanMessage(...)]}.',
    ),
    (
        r"Unsupported function\s+\w+\s+Functions must be passed in",
        "it binds something that is no tool",
        "bind_tools takes a list of tools. To loop over a dict gives only its keys: the tools are "
        "list(tools.values()).",
    ),
    (
        r"^UnboundLocalError",
        "it uses a variable that has no value yet",
        "The line that gives it a value did not run in this case. Give it a value before the try "
        "or the loop.",
    ),
    (
        r"^NameError",
        "it uses a name that does not exist",
        "Look for a typo or a missing import.",
    ),
    (
        r"\w+\.(?!__init__)\w+\(\) missing 1 required positional argument",
        "it calls a function with the wrong arguments",
        "Compare the call in this line with what the function expects. And is what stands before "
        "the dot an object, or only its class?",
    ),
    (
        r"missing \d+ required (positional|keyword-only) argument|takes .*positional arguments? but"
        r"|is an invalid keyword argument|got multiple values for argument",
        "it calls a function with the wrong arguments",
        "Compare the call in this line with what the function expects.",
    ),
    (
        r"QueueFull|QueueEmpty",
        "it does not wait for the queue",
        "put_nowait() and get_nowait() fail where put() and get() wait. Await those instead.",
    ),
    (
        r"InvalidStateError|Result is not set",
        "it asks a task for its result too early",
        "A task that is still running has no result. Await it, or check done() first.",
    ),
)
"""Patterns of error texts: what the learner most likely did, and what to do about it."""


def meaning(error: BaseException) -> tuple[str, str]:
    """Return what the learner most likely did, and what to do about it."""
    text = f"{type(error).__name__}: {text_of(error)}"
    for pattern, problem, why in USUALLY:
        if re.search(pattern, text):
            return problem, why
    if isinstance(error, SystemExit):
        return "it ends the program", "Let it return; the caller decides when to exit."
    if isinstance(error, RecursionError):
        return "it calls itself forever", "Look for a function that calls itself: use a loop."
    if isinstance(error, MemoryError):
        return "it needs more and more memory", "Something keeps growing: look at your loops."
    if isinstance(error, NotImplementedError):
        return (
            "it uses something that does not exist",
            "A library raised this: it does not support what is called in this line.",
        )
    wanted = getattr(error, "wanted_instead", None)
    why = (
        f"What is wanted is {a_or_an(wanted)}."
        if wanted
        else "No error is wanted in this case. Look at the values in this line: print them."
    )
    return f"it raises {a_or_an(type(error).__name__)}", why
