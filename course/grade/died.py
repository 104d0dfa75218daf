"""What is said of answers that end the process in which they run, or have to be ended.

This is the only place in which such an end is explained, for all ways of grading.
"""

from __future__ import annotations

import ast
import re
import signal
from dataclasses import dataclass, replace
from functools import lru_cache

from course.grade.answer_file import CannotLoad
from course.grade.patience import Finding, Limits
from course.grade.watchdog import AT_WORK, STATUS, WAITING

LOOPS = "it loops forever, or takes far too long"
LOOPS_WHY = (
    "It ran for seconds where a right answer takes milliseconds. What ends the loop? If something "
    "does: is everything done again for each token?"
)
WAITS = "it waits for something that never comes"
WAITS_WHY = (
    "It blocks: nothing else can run in the meantime, so what it waits for can never happen. Wait "
    "with await, or let it end."
)
ENDS = "it ended the whole program"
ENDS_WHY = "Let it return or raise an exception; a task must not end the process."

TOO_BUSY = "this machine is too busy to grade it"
TOO_BUSY_WHY = "This says nothing about the answers. Grade again when less is running."


SPENT = "the submission used up {}"
SPENT_WHY = (
    "That is for all of its tasks together, and right answers need a small part of it. Look for "
    "what loops, waits or does everything again: the rest could not be tried."
)


@dataclass(frozen=True)
class Death:
    """Why a process has ended, for the learner and for the grader.

    Attributes:
        problem: what happened.
        why: what the learner should try.
        line: the learner's line where it happened, or None.
        suspicious: why a person should look at it, or "".
        is_busy: whether the machine is to blame, and nothing is known of the answers.
        is_last: whether nothing else of the submission is tried after it.
    """

    problem: str
    why: str
    line: int | None = None
    suspicious: str = ""
    is_busy: bool = False
    is_last: bool = False


FOUND: dict[str, Death] = {
    "loops": Death(LOOPS, LOOPS_WHY),
    "waits": Death(WAITS, WAITS_WHY),
    "busy": Death(TOO_BUSY, TOO_BUSY_WHY, is_busy=True),
}
"""What a `Finding` means, of a process that could not say where it was."""


COSTLY = Death(
    "what it hands out takes too long to read",
    "Its test ran for seconds where others take milliseconds. Hand out less, and only what the "
    "task asks for.",
    suspicious="what it hands out takes its test too long",
)


def spent(finding: Finding, limits: Limits) -> Death:
    """Say that a submission has used up what all its tests may take together."""
    if finding == "busy":
        return replace(FOUND["busy"], is_last=True)
    what = {
        "loops": f"its {limits.cpu:g} s of CPU time",
        "waits": f"the {limits.asleep:g} s in which it may sleep",
    }[finding]
    said = SPENT.format(what)
    return Death(said, SPENT_WHY, suspicious=f"{said}: what was left is wrong", is_last=True)


def of(status: int, trace: str, file: str, source: str) -> Death:
    """Say why a process has ended that should not have.

    Args:
        status: its exit status, or the negative number of a signal.
        trace: what its watchdog has written, or "".
        file: how tracebacks name the file of answers.
        source: the answers.
    """
    lines = [int(n) for n in re.findall(rf'File "{re.escape(file)}", line (\d{{1,6}})\b', trace)]
    first = trace.partition("\n")[0]
    if status == STATUS and first == WAITING:
        return Death(WAITS, WAITS_WHY, lines[0] if lines else None)
    if (
        (status == STATUS and first == AT_WORK)
        or status == -getattr(signal, "SIGXCPU", 24)
        or (status == 1 and first.startswith("Timeout ("))
    ):
        return Death(LOOPS, LOOPS_WHY, loop_line(source, lines))
    cause = cause_of(status)
    return Death(f"{ENDS} ({cause})", ENDS_WHY, suspicious=f"it ended its process with {cause}")


def while_loading(death: Death) -> CannotLoad:
    """Say the same of answers that were about to be imported."""
    if death.problem == LOOPS and not death.suspicious:
        return CannotLoad(
            "it never finishes being imported.",
            "A loop outside of a function runs at once, before anything can be graded.",
            death.line,
        )
    reason = f"{death.suspicious or death.problem}, while it is imported"
    suspicious = reason if death.suspicious else ""
    return CannotLoad(f"{reason}.", death.why, death.line, suspicious=suspicious)


def cause_of(status: int) -> str:
    """Return an exit status, or the negative number of a signal, in words."""
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def loop_line(source: str, lines: list[int]) -> int | None:
    """Return the line of the loop that is likely not to end.

    At which line inside of a loop its time runs out is chance; where the loop begins is not.

    Args:
        source: the answers.
        lines: where they were, the innermost call first.

    Returns:
        The first line of a loop in the outermost call that is in one, an outer `while` before a
        `for`; without any loop, the line of the outermost call; None if there are no lines.
    """
    for line in reversed(lines):
        around = [one for one in _loops(source) if one.lineno <= line <= (one.end_lineno or line)]
        if around:
            return min(around, key=lambda one: (not isinstance(one, ast.While), one.lineno)).lineno
    return lines[-1] if lines else None


@lru_cache(maxsize=8)
def _loops(source: str) -> list[ast.While | ast.For | ast.AsyncFor]:
    """Return all loops in a source. It is read once: some sources take seconds."""
    try:
        nodes = [*ast.walk(ast.parse(source))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [one for one in nodes if isinstance(one, ast.While | ast.For | ast.AsyncFor)]


class ContainedDied(BaseException):  # no Exception: no test may take it for an answer
    """The contained process has ended in the middle of a test, or is of no more use."""

    def __init__(self, death: Death) -> None:
        super().__init__(death.problem)
        self.death = death
