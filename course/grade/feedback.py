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
from course.grade.answers import YIELDS_NOTHING, Answers, Call
from course.grade.describe import describe
from course.grade.died import ContainedDied
from course.grade.expect import NOTHING, Words, WrongAnswer
from course.grade.frames import top_level_name
from course.grade.importing import DebuggerLeftIn
from course.grade.meanings import COROUTINE, PLAINLY, meaning
from course.grade.misuse import is_raised, not_quite_init
from course.grade.outcome import Feedback
from course.grade.said import text_of
from course.grade.slips import (
    Slip,
    Unawaited,
    a_or_an,
    error_returned,
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
        seen = at_a_glance.seen_in(task, answers)
        return seen if on_purpose or _explains(seen, error, frames[0][0], answers) else None
    if found := never_awaited(unawaited, answers):
        return found
    if isinstance(error, Stuck):
        return at_a_glance.seen_in(task, answers)
    if found := hidden_by_except(answers):
        return found
    if not isinstance(error, WrongAnswer) and frames:
        seen = at_a_glance.seen_in(task, answers)
        return seen if _explains(seen, None, frames[0][0], answers) else None
    if not isinstance(error, WrongAnswer):  # it may have been raised in what reads the result
        return of_another_type(call, answers) or key_missing(call, error)
    if error.problem == YIELDS_NOTHING and (found := stream_not_returned(task, answers)):
        return found
    if error.wants_error:
        return in_the_code(task, answers) or at_a_glance.seen_in(task, answers)
    is_none = call is not None and call.has_returned and call.returned is None
    returned = call.returned if call is not None else None
    kind = returned if isinstance(returned, type) else type(returned)
    is_error = issubclass(kind, BaseException)
    tree = answers.file.tree_of(task)
    return (
        (at_a_glance.nothing_used(tree, answers) if is_none else None)
        or (error_returned(tree, answers) if is_error else None)
        or of_another_type(call, answers)
        or in_the_result(call, error.got, error.wanted, task, answers)
        or in_the_code(task, answers)
        or at_a_glance.seen_in(task, answers)
        or same_object_twice(call, answers)
        or never_emptied(call, error.wanted)
        or (None if _came(error, call) else at_a_glance.hidden_in(task, answers))
    )


def _explains(seen: Slip | None, error: BaseException | None, line: int, answers: Answers) -> bool:
    """Whether a slip stands where an error came out, or at the head of the loop around it.

    An AttributeError that was raised in this line, `error`, says more than a slip does.
    """
    if seen is None or seen.line is None:
        return False
    heads = [
        node
        for task in answers.lesson.tasks
        for node in ast.walk(answers.file.tree_of(task.name))
        if isinstance(node, ast.For | ast.AsyncFor) and node.lineno == seen.line
    ]
    is_inside = any(node.lineno < line <= (node.end_lineno or 0) for node in heads)
    return is_inside or (seen.line == line and not isinstance(error, AttributeError))


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
    if slip := not_quite_init(tree):
        return slip.problem, slip.why
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
    if ".format(" in code and isinstance(error, KeyError | IndexError | ValueError):
        return (
            "it fills in the braces of a text",
            "For format, braces are places that it has to fill in. To change the braces of a text, "
            "use replace.",
        )
    local = re.search(r"variable '(\w+)'", text)
    if local and local[1] == task:
        return (
            f"a variable of it is called {task}, like itself",
            "So the function can no longer be seen inside. Give the variable another name.",
        )
    if local and _hides_its_decorator(local[1], tree):
        return (
            f"its function {local[1]} hides the decorator {local[1]}",
            "Both have the same name. Give the function another one.",
        )
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    if local and local[1] in [one.name for one in handlers if (one.end_lineno or line) < line]:
        return (
            f"it uses {local[1]} after the end of its except",
            f"There, Python deletes the name {local[1]}. Give the error another name inside of "
            "the except, and use that one.",
        )
    unset = local or re.search(r"^name '(\w+)' is not defined", text)
    if unset and isinstance(tree, ast.ClassDef) and f"self.{unset[1]}" in ast.unparse(tree):
        return f"it leaves out self before {unset[1]}", f"Write self.{unset[1]}."
    return None


def _hides_its_decorator(name: str, tree: ast.AST) -> bool:
    """Whether a function in a tree has the name of its own decorator."""
    return any(
        name in ast.unparse(decorator)
        for node in ast.walk(tree)
        if isinstance(node, Function) and node.name == name
        for decorator in node.decorator_list
    )


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
