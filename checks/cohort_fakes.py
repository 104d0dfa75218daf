"""A grader that does what submissions tell it to do, and a run of it that can be killed.

A submission is lines of `word=value`: `passed=7` tasks are passed, `seconds=2.5` is how long it
is said to take, `busy=0.01` is how long it really takes, `log=FILE` gets a line when grading ends.
`die=FILE` kills the grader and `hang=FILE` keeps it busy for ever, unless FILE is there; they
make it, with the number of the process that has started the grader. `kill_parent=1` kills that.
`raise=TEXT`, `flag=REASON` and `cannot_load=PROBLEM`, for a `suspicious=REASON`, do what they say.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from course import catalog
from course.author.variants import Variant
from course.catalog import Lesson
from course.cohort import command, grading
from course.cohort.known_mistakes import Headline
from course.cohort.worker import GraderFactory
from course.grade.answer_file import CannotLoad
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome, TestOutcome
from course.official.grader import Flag, OfficialGrader


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

    def grade(self, answers: Path, seed: int) -> FakeOutcome:
        """Do what the answers say."""
        lines = answers.read_text(encoding="utf-8").splitlines()
        wanted = dict(line.partition("=")[::2] for line in lines)
        if "busy" in wanted:
            end = time.monotonic() + float(wanted["busy"])
            while time.monotonic() < end:
                pass
        for word, harm in (("die", _die), ("hang", _hang)):
            if word in wanted and not Path(wanted[word]).exists():
                Path(wanted[word]).write_text(f"{os.getppid()}", "utf-8")
                harm()
        if "die_always" in wanted:
            _die()
        if "kill_parent" in wanted:
            os.kill(os.getppid(), signal.SIGKILL)
            _hang()
        if "raise" in wanted:
            raise OSError(28, wanted["raise"])
        if "cannot_load" in wanted:
            suspicious = wanted.get("suspicious", "")
            raise CannotLoad(wanted["cannot_load"], line=1, suspicious=suspicious)
        passed = int(wanted.get("passed", "0"))
        outcome = outcome_of(self.lesson, passed, wanted.get("problem", "wrong"), seed)
        flags = (Flag(self.lesson.tasks[0].name, wanted["flag"]),) if "flag" in wanted else ()
        if "log" in wanted:
            with Path(wanted["log"]).open("a", encoding="utf-8") as log:
                log.write(f"{wanted['who']}\n")
        return FakeOutcome(outcome, flags, float(wanted.get("seconds", "1")))


class QuickGrader(OfficialGrader):
    """The official one, which waits less for what is endless."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson, seconds_per_test=2.0)


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


def _die() -> None:
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(9)


def _hang() -> None:
    threading.Event().wait()


def nothing_is_known(*_: object) -> dict[Headline, list[Variant]]:
    """Say that no mistake is known, in place of grading all of them."""
    return {}


def main(submissions: str, out: str, kind: str, where: str) -> int:
    """Grade a cohort as `make grade` does: with this grader, or with the official one.

    `where` is the number of workers, or the address of a scheduler.
    """
    if kind not in ("official", "quick"):  # the code that it does without may be edited meanwhile
        grading.version_of = lambda _: "version"
    makes: dict[str, GraderFactory] = {
        "fake": FakeGrader,
        "official": OfficialGrader,
        "quick": QuickGrader,
        "weak": WeakGrader,
        "broken": BrokenGrader,
    }
    lesson = catalog.find("09")
    return command.run(
        Path(submissions),
        lesson,
        Path(out),
        workers=int(where) if where.isdigit() else None,
        scheduler=None if where.isdigit() else where,
        seed=5,
        make=makes[kind],
        known=nothing_is_known,
    )


if __name__ == "__main__":
    import cohort_fakes  # its graders have names that a cluster can import

    sys.exit(cohort_fakes.main(*sys.argv[1:]))
