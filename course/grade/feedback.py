"""From a failed test to what the learner is told: what is wrong, where, and what to try."""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Sequence

from course.fakes.clock import Stuck
from course.grade.answers import OURS, YIELDS_NOTHING, Answers, Call
from course.grade.describe import describe
from course.grade.died import ContainedDied
from course.grade.expect import NOTHING, Words, WrongAnswer
from course.grade.explain import at_a_glance, effects, excepts
from course.grade.explain.another_type import of_another_type
from course.grade.explain.meaning_here import SLIPS, is_raise, meaning_here
from course.grade.explain.nodes import every, line_of_only_call
from course.grade.explain.slips import (
    Slip,
    a_or_an,
    error_returned,
    in_the_code,
    in_the_result,
    key_missing,
    never_emptied,
    same_object_twice,
    stream_not_returned,
)
from course.grade.explain.unawaited import Unawaited, never_awaited
from course.grade.frames import frames_of, is_raised_in, raises_on_purpose
from course.grade.importing import DebuggerLeftIn
from course.grade.outcome import Feedback
from course.grade.said import text_of
from course.grade.wrap import LITERAL
from course.wording import command

WIDEST = 300
"""Values longer than that many characters are shortened in the middle."""


def is_not_started(error: BaseException, answers: Answers, task: str) -> bool:
    """Whether `error` is the stub's own NotImplementedError of this task.

    One that a library raises, or that comes from another task, does not count.
    """
    return _unwritten(error, answers) == task


def _unwritten(error: BaseException, answers: Answers) -> str | None:
    """Return the name of the task that is not written yet and was called."""
    frames, raised_there = frames_of(error, answers.path)
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
    error = _before_cleaning_up(_slip_in_group(error, answers), answers)
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
        line = next(n for n, name in frames_of(error, answers.path)[0] if name == task)
    if isinstance(error, WrongAnswer):
        rows += _got_and_wanted(error, call) + _raised(error, answers)
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
        problem, why = _when_stopped(error) or meaning_here(error, answers)
        if _stumbled(error, answers):
            rows[-1] = ("the test", rows[-1][1])
            problem, why = _cannot_be_used(error)
        if other := _other_task(error, answers, task):
            problem = f"its call of {other} fails"
            why = f"Look at what it hands over in this line. If that is right, {other} is wrong."
        if cause := _slip_behind(error, answers):
            rows.append(("cause", shorten(_one_line(cause))))
            problem, why = meaning_here(cause, answers)
            line = _own_lines(cause, answers)[0]
    tree = answers.file.tree_of(task)
    if before := _got_none_before(error, call, answers):
        rows = [("called", shorten(before.text)), *_outcome(before)]
        slip = next(effects.nothing_used(tree, answers), None) or of_another_type(before, answers)
        line = None
    elif "NoneType" in text_of(error) and not isinstance(error, WrongAnswer):
        slip = next(effects.nothing_used(tree, answers), None) or _slip(
            error, call, answers, unawaited
        )
    else:
        slip = _slip(error, call, answers, unawaited)
    if slip:
        problem, why, line = slip.problem, slip.why, slip.line or line
        if slip.problem.startswith("it yields ") and getattr(error, "got", NOTHING) is not NOTHING:
            rows = [row for row in rows if row[0] not in ("got", "wanted")] + _outcome(call)
    unused = [one for one in answers.hidden if not one.is_used]
    is_told = slip and slip.problem != excepts.HIDES
    if unused and not is_told and isinstance(error, WrongAnswer):
        hidden = unused[-1]
        rows.append(("hidden", f"{shorten(hidden.error)}, in line {hidden.line}"))
    rows = _unlike(rows)
    left = answers.file.line_left_from_stub(task)
    if left:
        problem, line = "the last line of the stub is still in it", left
        why = "This yield only made the stub a generator. Delete the line."
    if line is None and call and _came_out(rows, call):
        is_empty = not call.items and call.returned is None
        printed = line_of_only_call(tree, "print") if is_empty else None
        line = printed or answers.file.line_that_hands_out(task)
    return Feedback(problem, tuple(rows), why, line or answers.file.line_of(task), test)


def _came_out(rows: list[tuple[str, str]], call: Call) -> bool:
    """Whether what is shown is what the call has returned or yielded."""
    shown, came = dict(rows), [text for _, text in _outcome(call)]
    return "raised" not in shown and any(
        shown.get(name) in came for name in ("returned", "yielded", "got")
    )


def _when_stopped(error: BaseException) -> tuple[str, str] | None:
    """Say that a stream raised an error while its caller closed it, before its end."""
    if not isinstance(error.__context__, GeneratorExit):
        return None
    return (
        "it raises an error when the caller stops early",
        "`finally` runs then, too, and so does what stands below an `except` of everything. What "
        "is for the end of the source belongs right below the loop.",
    )


def _before_cleaning_up(error: BaseException, answers: Answers) -> BaseException:
    """Return the error of the same kind after which the `finally` of the answers fails again.

    What they raise on purpose, and what comes from a source, are no mistakes.
    """
    first = error.__context__
    if first is None or error.__suppress_context__ or type(first) is not type(error):
        return error
    if isinstance(error, (WrongAnswer, StopIteration, StopAsyncIteration, GeneratorExit)):
        return error
    own, (frames, _) = _own_lines(error, answers), frames_of(first, answers.path)
    if not own or not frames or is_raise(answers, frames[0]):
        return error
    blocks = (
        node.finalbody
        for task in answers.lesson.tasks
        for node in every(answers.file.tree_of(task.name), ast.Try)
    )
    cleans_up = any(block[0].lineno <= own[0] <= block[-1].end_lineno for block in blocks if block)
    return first if cleans_up else error


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
    frames, raised_there = frames_of(error, answers.path)
    if isinstance(error, ContainedDied):
        return at_a_glance.seen_in(task, answers)
    if not isinstance(error, WrongAnswer | Stuck) and raised_there:  # it speaks for itself
        if not isinstance(error, SLIPS) and is_raise(answers, frames[0]):  # on purpose
            return at_a_glance.seen_in(task, answers)
        return _slip_behind_error(error, error, frames[0][0], task, answers)
    if found := never_awaited(unawaited, answers):
        return found
    if isinstance(error, Stuck):
        return at_a_glance.seen_in(task, answers)
    if found := excepts.hidden_by_except(task, answers):
        return found
    if not isinstance(error, WrongAnswer) and frames:
        return _slip_behind_error(error, None, frames[0][0], task, answers)
    if not isinstance(error, WrongAnswer):  # it may have been raised in what reads the result
        return of_another_type(call, answers) or key_missing(call, error)
    if error.problem == YIELDS_NOTHING and (found := stream_not_returned(task, answers)):
        return found
    if error.problem.startswith("it returns a finished "):
        return in_the_code(task, answers)
    if error.wants_error:
        if found := excepts.own_raise_caught(task, answers):
            return found
        return in_the_code(task, answers) or at_a_glance.seen_in(task, answers)
    is_none = call is not None and call.has_returned and call.returned is None
    returned = call.returned if call is not None else None
    kind = returned if isinstance(returned, type) else type(returned)
    is_error = issubclass(kind, BaseException)
    odd = of_another_type(call, answers)
    tree = answers.file.tree_of(task)
    return (
        (next(effects.nothing_used(tree, answers), None) if is_none else None)
        or (excepts.hidden_in(task, answers, only_pass=True) if is_none and odd else None)
        or (at_a_glance.seen_in(task, answers) if is_none and odd else None)
        or (error_returned(tree, answers) if is_error else None)
        or odd
        or in_the_result(call, error.got, error.wanted, task, answers)
        or in_the_code(task, answers)
        or at_a_glance.seen_in(task, answers)
        or same_object_twice(call, answers)
        or never_emptied(call, error.wanted)
        or (None if _came(error, call) else excepts.hidden_in(task, answers))
    )


WRONG_TYPE = re.compile(
    r"string indices|has no attribute|not subscriptable|not iterable|unsupported operand"
    r"|can only concatenate|expected str|must be|has no len|index out of range|missing \d+ required"
)
"""What is said of values that are of another type than the code takes them for."""


def _slip_behind_error(
    error: BaseException, raised: BaseException | None, line: int, task: str, answers: Answers
) -> Slip | None:
    """Return the slip that an error in a line comes from, if the code shows it."""
    slips = at_a_glance.every_slip(task, answers)
    if found := next((one for one in slips if _explains(one, raised, line, answers)), None):
        return found
    if isinstance(error, TypeError | AttributeError | IndexError) and WRONG_TYPE.search(
        text_of(error)
    ):
        return at_a_glance.misleading(task, line, answers)
    return None


def _explains(seen: Slip, error: BaseException | None, line: int, answers: Answers) -> bool:
    """Whether a slip stands where an error came out, or at the head of the loop around it.

    An AttributeError that was raised in this line, `error`, says more than a slip does.
    """
    if seen.line is None:
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


CANNOT_BE_USED = "what it hands out cannot be used"

ITS_READER = (
    "Your code ran. But what it returns, yields, changes or hands to a function has another form "
    "than its reader expects. Compare it with the docstring: what is inside of what?"
)


def _cannot_be_used(error: BaseException) -> tuple[str, str]:
    """Say what the reader of a result has found there, as far as the error tells."""
    text = text_of(error)
    if kind := re.match(r"type object '(\w+)' has no attribute '(\w+)'", text):
        return (
            f"it hands out the class {kind[1]}, not an object",
            f"Its reader looks for {kind[2]}, which only objects have. The class makes one when it "
            f"is called: {kind[1]}(...), with the values between the parentheses.",
        )
    if found := re.match(r"'(\w+)' object has no attribute '(\w+)'", text):
        came = "None" if found[1] == "NoneType" else a_or_an(found[1])
        return f"it hands out {came} where something with {found[2]} is wanted", ITS_READER
    return CANNOT_BE_USED, ITS_READER


def _stumbled(error: BaseException, answers: Answers) -> bool:
    """Whether a test has met something in a result that it cannot even read."""
    places = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    in_test = bool(places) and places[-1] == str(answers.lesson.tests)
    return in_test and isinstance(error, SLIPS) and not frames_of(error, answers.path)[0]


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
    frames, raised_there = frames_of(error, answers.path)
    line, name = frames[0]
    return raised_there and raises_on_purpose(answers.file.tree_of(name), line, error)


def _slip_behind(error: BaseException, answers: Answers) -> BaseException | None:
    """Return the error in the learner's own code that they have turned into this one."""
    cause = error.__cause__
    is_own = cause is not None and frames_of(error, answers.path)[1]
    if is_own and isinstance(cause, SLIPS) and frames_of(cause, answers.path)[1]:
        return cause
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
    frames, raised_there = frames_of(inner, answers.path)
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
    return [line for line, name in frames_of(error, answers.path)[0] if name not in given]


def _other_task(error: BaseException, answers: Answers, task: str) -> str | None:
    """Return the name of another task that was called by this one and has raised the error."""
    names = [name for _, name in frames_of(error, answers.path)[0]]
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


def _raised(error: WrongAnswer, answers: Answers) -> list[tuple[str, str]]:
    """What an error of the answers has said, if a test tells only its class."""
    caught, got = error.__context__, error.got if isinstance(error.got, str) else ""
    if caught is None or not re.search(rf"\b{type(caught).__name__}\b", got):
        return []
    frames, raised_there = frames_of(caught, answers.path)
    on_purpose = is_raised_in(caught, OURS) or (raised_there and is_raise(answers, frames[0]))
    is_told = not text_of(caught) or f"{type(caught).__name__}: " in got
    if not frames or on_purpose or is_told:
        return []
    return [("raised", shorten(_one_line(caught)))]


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
