"""Official grading of one file of answers after another: a verdict for marks, and what is odd."""

from __future__ import annotations

import ast
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course.catalog import Function, Lesson
from course.grade import SEED
from course.grade.answer_file import AnswerFile, read
from course.grade.grader import Grader
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome, TestOutcome
from course.official.one_process import OneProcessGrader, Verdict
from course.official.sandbox import Level, Sandbox


@dataclass(frozen=True)
class Flag:
    """Why a person should look at a submission.

    Attributes:
        task: the task in which it was seen, or None.
        reason: what was seen.
    """

    task: str | None
    reason: str


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

    worker = ("-m", "course.official.worker")

    def __init__(self, lesson: Lesson, seconds_per_test: float, level: Level) -> None:
        left_out = frozenset(task.name for task in lesson.tasks if task.one_process)
        super().__init__(lesson, seconds_per_test, contained=level, left_out=left_out)
        self.reported: Counter[str] = Counter()

    def _events(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for event in super()._events(request):
            if event["event"] == "test":
                self.reported[event["test"]] += 1
            yield event


class OfficialGrader:
    """Grades files of answers that may be hostile. Warm after the first. To be used with `with`.

    Attributes:
        lesson: the lesson.
        level: how answers are contained.
        containment: the same in words, with the tasks that are in one process with their tests.

    Args:
        lesson: the lesson.
        sandbox_level: how answers are contained; None is the strongest way that works here.
        seconds_per_test: seconds of CPU time after which a test is taken for an endless loop.

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
        self.lesson = lesson
        self.level: Level = Sandbox(sandbox_level).level
        self.containment = containment(self.level, lesson)
        self._expected = expected_tests(lesson)
        self._grader = _CountingGrader(lesson, seconds_per_test, self.level)
        self._one_process: OneProcessGrader | None = None
        if any(task.one_process for task in lesson.tasks):
            self._one_process = OneProcessGrader(
                lesson, self.level, seconds_per_test, self._expected
            )

    def __enter__(self) -> OfficialGrader:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        self._grader.close()
        if self._one_process is not None:
            self._one_process.close()

    def grade(self, answers: Path | AnswerFile, seed: int = SEED) -> OfficialOutcome:
        """Grade one file of answers.

        Raises:
            CannotLoad: if it cannot be read, parsed or imported.
            TooBusy: if this machine is too busy, time and again.
        """
        start = time.perf_counter()
        file = read(answers)
        self._grader.reported.clear()
        outcome = self._grader.grade(file, seed)
        reported = self._grader.reported
        flags = [Flag(task, reason) for task, reason in self._grader.flags]
        if self._one_process is not None:
            apart = self._one_process.grade(file, seed)
            outcome = _joined(outcome, apart)
            reported.update(test.test for verdict in apart.values() for test in verdict.tests)
            flags += [Flag(name, v.suspicious) for name, v in apart.items() if v.suspicious]
        outcome = counted(outcome, self._expected, reported)
        return OfficialOutcome(outcome, tuple(dict.fromkeys(flags)), time.perf_counter() - start)


def containment(level: str, lesson: Lesson) -> str:
    """Say how answers are contained, with the tasks that are in one process with their tests."""
    names = [task.name for task in lesson.tasks if task.one_process]
    return f"{level}; in one process with their tests: {', '.join(names)}" if names else level


def _joined(outcome: LessonOutcome, apart: Mapping[str, Verdict]) -> LessonOutcome:
    """Return an outcome with the tasks that were graded apart in their places."""
    tasks = [
        TaskOutcome(one.task, apart[one.task.name].tests) if one.task.name in apart else one
        for one in outcome.tasks
    ]
    return replace(outcome, tasks=tuple(tasks))


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
        outcome: what the tests that ran have said.
        expected: the names of the tests of each task.
        reported: how often each test has said something.
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
    why = "This is a fault of the course: report it."
    feedback = Feedback("not each of its tests ran once", (), why)
    return replace(task, tests=(TestOutcome("", task.task.name, "wrong", feedback), *task.tests))
