"""A grader that does what submissions tell it to do. It imports little: workers start often.

A submission is lines of `word=value`: `passed=7` tasks are passed, `seconds=2.5` is how long it
is said to take, `log=FILE` gets a line when grading ends.
`die=FILE` kills the grader and `hang=FILE` keeps it busy for ever, unless FILE is there; they
make it, with the number of the process that has started the grader. `kill_parent=1` kills that.
`busy=1` finds the machine too busy. `raise=TEXT`, `flag=REASON` and `cannot_load=PROBLEM`, for a
`suspicious=REASON`, do what they say.
"""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course import catalog
from course.catalog import Lesson
from course.files import write_atomically
from course.grade import SEED
from course.grade.answer_file import AnswerFile, CannotLoad, read
from course.grade.grader import TooBusy
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome, TestOutcome
from course.official.marking import Flag, OfficialGrader, OfficialOutcome

if TYPE_CHECKING:
    from course.cohort.results.known_mistakes import Headline
    from course.lesson.variants import Variant


@dataclass(frozen=True)
class FakeOutcome:
    """What the fake says about one submission."""

    outcome: LessonOutcome
    flags: tuple[Flag, ...]
    seconds: float


class FakeGrader:
    """Grades without running anything."""

    level = "bubblewrap"

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson

    def __enter__(self) -> FakeGrader:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def grade(self, answers: AnswerFile, seed: int) -> FakeOutcome:
        """Do what the answers say."""
        wanted = _wanted(answers)
        _harm_once(wanted)
        if "die_always" in wanted:
            _die()
        if "kill_parent" in wanted:
            os.kill(os.getppid(), signal.SIGKILL)
            _hang()
        if "busy" in wanted:
            raise TooBusy
        if "raise" in wanted:
            raise OSError(28, wanted["raise"])
        if "cannot_load" in wanted:
            suspicious = wanted.get("suspicious", "")
            first = answers.line(1)
            raise CannotLoad(wanted["cannot_load"], line=1, suspicious=suspicious, text=first)
        passed = int(wanted.get("passed", "0"))
        outcome = outcome_of(self.lesson, passed, wanted.get("problem", "wrong"), seed)
        flags = (Flag(self.lesson.tasks[0].name, wanted["flag"]),) if "flag" in wanted else ()
        if "log" in wanted:
            with Path(wanted["log"]).open("a", encoding="utf-8") as log:
                log.write(f"{wanted['who']}\n")
        return FakeOutcome(outcome, flags, float(wanted.get("seconds", "1")))


class HeldGrader(OfficialGrader):
    """The official one, which dies or hangs first where a comment of the answers says so."""

    def grade(self, answers: Path | AnswerFile, seed: int = SEED) -> OfficialOutcome:
        """Grade answers, unless the comment has been obeyed by another one."""
        file = read(answers)
        _harm_once(_wanted(file))
        return super().grade(file, seed)


class WeakGrader(FakeGrader):
    """One that contains nothing."""

    level = "limits"


class BrokenGrader(FakeGrader):
    """One that does not start."""

    def __init__(self, lesson: Lesson) -> None:
        raise RuntimeError("no such sandbox")


def outcome_of(lesson: Lesson, passed: int, problem: str, seed: int) -> LessonOutcome:
    """Return an outcome in which the first tasks are passed and the next one is wrong."""

    def test(number: int, task: catalog.Task) -> TestOutcome:
        name = f"{task.test_class}::test_it"
        if number < passed:
            return TestOutcome(name, task.name, "passed")
        if number > passed:
            return TestOutcome(name, task.name, "not_started")
        feedback = Feedback(problem, (("wanted", f"{seed}"),), "Think again.", 3, name)
        return TestOutcome(name, task.name, "wrong", feedback)

    tasks = (TaskOutcome(task, (test(n, task),)) for n, task in enumerate(lesson.tasks))
    return LessonOutcome(lesson, tuple(tasks), seed)


def _wanted(answers: AnswerFile) -> dict[str, str]:
    """Return what answers ask of a grader, in lines of their own or in comments."""
    lines = answers.source.splitlines()
    return dict(line.removeprefix("# ").partition("=")[::2] for line in lines)


def _harm_once(wanted: dict[str, str]) -> None:
    for word, harm in (("die", _die), ("hang", _hang)):
        if word in wanted and not Path(wanted[word]).exists():
            write_atomically(Path(wanted[word]), f"{os.getppid()}")
            harm()


def _die() -> None:
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(9)


def _hang() -> None:
    threading.Event().wait()


def nothing_is_known(*_: object) -> dict[Headline, list[Variant]]:
    """Say that no mistake is known, in place of grading all of them."""
    return {}
