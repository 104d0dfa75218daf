"""Official grading, one file of answers after another: a verdict for marks, and what is odd."""

from __future__ import annotations

import ast
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course import start
from course.catalog import Function, Lesson
from course.grade import SEED, died
from course.grade.answer_file import AnswerFile, read
from course.grade.died import Death
from course.grade.grader import Grader
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome, TestOutcome
from course.grade.patience import Budget
from course.grade.said import bounded
from course.sandbox.levels import Level
from course.sandbox.sandbox import Sandbox


@dataclass(frozen=True)
class Flag:
    """Why a person should look at a submission.

    Attributes:
        task: the task in which it was seen, or None.
        reason: what was seen.
    """

    task: str | None
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", bounded(self.reason))


@dataclass(frozen=True)
class OfficialOutcome:
    """A verdict for marks.

    Attributes:
        outcome: the verdict for each task.
        flags: what is suspicious. The tasks concerned are wrong.
        seconds: how long it took.
    """

    outcome: LessonOutcome
    flags: tuple[Flag, ...]
    seconds: float


class _CountingGrader(Grader):
    """Notes which tests have reported, and how often."""

    worker = start.words("course.official.worker")

    def __init__(self, lesson: Lesson, seconds_per_test: float, level: Level) -> None:
        super().__init__(lesson, seconds_per_test, contained=level)
        self.reported: Counter[str] = Counter()
        self.left_over: Death | None = None
        self._kept: list[str] | None = None
        self.scout_flags: list[tuple[str | None, str]] = []

    def begin(self, budget: Budget) -> None:
        """Begin a new submission, with a budget for all its tests together."""
        self.reported.clear()
        self.left_over = None
        self._kept = None
        self.scout_flags.clear()
        self._budget = budget

    def _death(self, file: AnswerFile, status: int, finding: str) -> Death:
        death = super()._death(file, status, finding)
        loops_here = death.problem == died.LOOPS and not finding  # the answers loop elsewhere
        return died.COSTLY if loops_here else death

    def _note_left_over(self, death: Death) -> None:
        self.left_over = death
        self.flags.append((None, death.suspicious))

    def _events(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if self._kept is None:
            self._scout(request)
        for event in super()._events({**request, "scout": False, "kept": self._kept}):
            if event["event"] == "test":
                self.reported[event["test"]] += 1
            yield event

    def _scout(self, request: dict[str, Any]) -> None:
        """Note which searches are kept, and what is suspicious, once for a submission.

        What ends a process there may come to light only in the next search. So no task is blamed.
        """
        self._kept = []
        for event in super()._events({**request, "scout": True}):
            if event["event"] == "kept":
                self._kept.append(event["test"])
            elif event["event"] == "flag":
                self.scout_flags.append((None, event["reason"]))


class OfficialGrader:
    """Grades files of answers that may be hostile. Warm after the first. To be used with `with`.

    Attributes:
        lesson: the lesson, with those tasks that carry a mark.
        level: how answers are contained.

    Args:
        lesson: the lesson.
        sandbox_level: how answers are contained; None means the strongest way that works here.
        seconds_per_test: seconds of CPU time after which a test counts as an endless loop.

    Raises:
        CannotContain: if that level does not work on this machine.
    """

    def __init__(
        self,
        lesson: Lesson,
        *,
        sandbox_level: Level | None = None,
        seconds_per_test: float = 5.0,
    ) -> None:
        self.lesson = lesson.for_marks
        self.level: Level = Sandbox(sandbox_level).level
        self._expected = expected_tests(self.lesson)
        self._grader = _CountingGrader(self.lesson, seconds_per_test, self.level)

    def __enter__(self) -> OfficialGrader:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        self._grader.close()

    def grade(self, answers: Path | AnswerFile, seed: int = SEED) -> OfficialOutcome:
        """Grade one file of answers.

        Raises:
            CannotLoad: if it cannot be read, parsed or imported.
            TooBusy: if this machine is too busy, again and again.
        """
        start = time.perf_counter()
        file = read(answers)
        self._grader.begin(Budget())
        outcome = self._grader.grade(file, seed)
        seen = self._grader.flags or self._grader.scout_flags
        flags = [Flag(task, reason) for task, reason in seen]
        if self._grader.left_over is not None:
            outcome = _left_over(outcome, self._expected, self._grader.left_over)
        outcome = counted(outcome, self._expected, self._grader.reported)
        return OfficialOutcome(outcome, tuple(dict.fromkeys(flags)), time.perf_counter() - start)


def _left_over(
    outcome: LessonOutcome, expected: Mapping[str, frozenset[str]], death: Death
) -> LessonOutcome:
    """Return an outcome in which each task is wrong unless all of its tests have run."""
    feedback = Feedback(death.problem, (), death.why)

    def with_reason(one: TaskOutcome) -> TaskOutcome:
        ran = {test.test.partition("[")[0] for test in one.tests}
        if ran >= expected[one.task.name] or any(test.verdict == "wrong" for test in one.tests):
            return one
        return replace(one, tests=(*one.tests, TestOutcome("", one.task.name, "wrong", feedback)))

    return replace(outcome, tasks=tuple(map(with_reason, outcome.tasks)))


def expected_tests(lesson: Lesson) -> dict[str, frozenset[str]]:
    """Return the names of the tests of each task, as they stand in the file of tests."""
    tree = ast.parse(lesson.tests.read_bytes(), str(lesson.tests))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return {
        task.name: frozenset(
            f"{task.test_class}::{node.name}"
            for node in classes[task.test_class].body
            if isinstance(node, Function) and node.name.startswith("test_")
        )
        for task in lesson.tasks
    }


def counted(
    outcome: LessonOutcome, expected: Mapping[str, frozenset[str]], reported: Mapping[str, int]
) -> LessonOutcome:
    """Return an outcome in which a task is passed only if each of its tests was, once.

    Args:
        outcome: what the tests that ran reported.
        expected: the names of the tests of each task.
        reported: how often each test reported.
    """
    return replace(
        outcome, tasks=tuple(_counted(task, expected, reported) for task in outcome.tasks)
    )


def _counted(
    task: TaskOutcome, expected: Mapping[str, frozenset[str]], reported: Mapping[str, int]
) -> TaskOutcome:
    names = {test.test.partition("[")[0] for test in task.tests}  # one may have parameters
    doubled = [test.test for test in task.tests if reported.get(test.test, 0) != 1]
    if task.verdict != "passed" or (names == expected[task.task.name] and names and not doubled):
        return task
    why = "This is a bug in the course. Please report it."
    feedback = Feedback("not all of its tests ran exactly once", (), why)
    return replace(task, tests=(TestOutcome("", task.task.name, "wrong", feedback), *task.tests))
