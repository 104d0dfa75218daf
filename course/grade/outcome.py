"""The outcome of grading, for a test, a task, and a lesson."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from course.catalog import Lesson, Task
from course.grade.said import bounded
from course.lesson.contract import PromiseState, promise_states

Verdict = Literal["passed", "wrong", "not_started"]

PRINTED = (
    "print() shows a value to a person. Its caller gets only what the function hands out, with "
    "return or yield."
)


NONE = "None"

NAMES_ERROR = re.compile(r"\w+(Error|Exception|Interrupted|Timeout)$")
"""What is said of an error that is wanted: the name of its class."""


def next_open(verdicts: Mapping[str, Verdict]) -> str | None:
    """Return the task to work on next: the first wrong one, or else the first to be written.

    Args:
        verdicts: those on the tasks, in teaching order. None is returned if all have passed.
    """
    for wanted in ("wrong", "not_started"):
        for name, verdict in verdicts.items():
            if verdict == wanted:
                return name
    return None


MOST_ROWS = 20
"""The most rows of values in what a learner is told."""


@dataclass(frozen=True)
class Feedback:
    """What a learner is told about one wrong task. All fields are plain text of limited length.

    Attributes:
        problem: the misconception in a few words.
        rows: `(label, value)` pairs such as `("returned", "['Hello wor']")`.
        why: what to understand or to try.
        line: the line in the learner's file, or None.
        test: the test that failed.
    """

    problem: str
    rows: tuple[tuple[str, str], ...]
    why: str
    line: int | None = None
    test: str = ""

    def __post_init__(self) -> None:
        _bound(self, "problem", "why", "test")
        rows = tuple((bounded(label), bounded(value)) for label, value in self.rows[:MOST_ROWS])
        object.__setattr__(self, "rows", rows)

    def as_data(self) -> dict[str, Any]:
        return {
            "problem": self.problem,
            "rows": [list(row) for row in self.rows],
            "why": self.why,
            "line": self.line,
            "test": self.test,
        }

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Feedback:
        return Feedback(**{**data, "rows": tuple(data["rows"])})


@dataclass(frozen=True)
class TestOutcome:
    """The outcome of one test.

    Attributes:
        test: the test's name.
        task: the name of the task that it grades.
        verdict: "passed", "wrong" or "not_started".
        feedback: what to tell the learner, if it is wrong.
        printed: the beginning of what was printed while it ran.
    """

    __test__ = False  # the name is not meant for pytest

    test: str
    task: str
    verdict: Verdict
    feedback: Feedback | None = None
    printed: str = ""

    def __post_init__(self) -> None:
        _bound(self, "test", "task", "printed")

    def as_data(self) -> dict[str, Any]:
        return {**self.__dict__, "feedback": self.feedback.as_data() if self.feedback else None}

    def with_printed(self, printed: str) -> TestOutcome:
        """Return it with what was printed. Where nothing else came, that is what is wrong."""
        feedback = self.feedback
        if feedback and printed.strip():
            rows = dict(feedback.rows)
            wanted = rows.get("wanted", NONE)
            if feedback.problem.startswith("it returns None, not") or (
                rows.get("returned") == NONE != wanted and not NAMES_ERROR.match(wanted)
            ):
                problem = "it prints its result instead of returning it"
                feedback = replace(feedback, problem=problem, why=PRINTED)
            elif rows.get("yielded") == "[]" != wanted and not NAMES_ERROR.match(wanted):
                problem = "it prints what it should yield"
                feedback = replace(feedback, problem=problem, why=PRINTED)
        return replace(self, printed=printed, feedback=feedback)

    def as_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.as_data())

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> TestOutcome:
        feedback = Feedback.from_data(data["feedback"]) if data["feedback"] else None
        return TestOutcome(**{**data, "feedback": feedback})


def _bound(record: object, *names: str) -> None:
    """Limit the length of the texts in a frozen record that is being created."""
    for name in names:
        object.__setattr__(record, name, bounded(getattr(record, name)))


@dataclass(frozen=True)
class TaskOutcome:
    """The outcome of one task.

    The task has passed if it has tests and all of them passed. It is not started if its tests get
    no further than the stub's NotImplementedError. Otherwise it is wrong, and the first test that
    failed says why.
    """

    task: Task
    tests: tuple[TestOutcome, ...]

    @property
    def verdict(self) -> Verdict:
        verdicts = {test.verdict for test in self.tests}
        if verdicts == {"passed"}:
            return "passed"
        return "not_started" if verdicts == {"not_started"} else "wrong"

    @property
    def feedback(self) -> Feedback | None:
        """What to tell the learner about a wrong task."""
        if self.verdict != "wrong":
            return None
        for test in self.tests:
            if test.feedback is not None:
                return test.feedback
        if not self.tests:
            return Feedback(
                "its tests did not run", (), "This is a bug in the course. Please report it."
            )
        return Feedback(
            "part of it still raises NotImplementedError",
            (),
            "Some of its tests already pass. Replace the line that raises.",
        )

    @property
    def printed(self) -> str:
        """The output of the test that the feedback is about, or of the first one with output."""
        about = self.feedback.test if self.feedback else ""
        texts = [test.printed for test in self.tests if test.test == about or not about]
        return next((text for text in texts if text), "")


@dataclass(frozen=True)
class LessonOutcome:
    """The outcomes of all tasks of a lesson, in teaching order."""

    lesson: Lesson
    tasks: tuple[TaskOutcome, ...]
    seed: int

    @property
    def passed(self) -> int:
        """How many tasks have passed."""
        return sum(task.verdict == "passed" for task in self.tasks)

    @property
    def all_passed(self) -> bool:
        return self.passed == len(self.tasks)

    @property
    def is_whole(self) -> bool:
        """Whether every task of the lesson was graded."""
        return len(self.tasks) == len(self.lesson.tasks)

    def promises(self, task: TaskOutcome) -> tuple[PromiseState, ...]:
        """Return which promises of one of its tasks are kept, if its contract names any."""
        problems = {
            test.test: None if test.verdict == "passed" else _problem(test) for test in task.tests
        }
        found = promise_states(self.lesson, task.task, problems)
        return found if len(found) > 1 else ()

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict on each task, by name."""
        return {task.task.name: task.verdict for task in self.tasks}

    def as_data(self) -> dict[str, Any]:
        """What `--json` writes, for programs."""
        tasks: list[dict[str, Any]] = []
        for outcome in self.tasks:
            entry: dict[str, Any] = {"name": outcome.task.name, "outcome": outcome.verdict}
            if outcome.feedback:
                rows = [f"{label}: {value}" for label, value in outcome.feedback.rows]
                lines = [outcome.feedback.problem, *rows, outcome.feedback.why]
                entry["message"] = "\n".join(lines)
                entry["line"] = outcome.feedback.line
            if outcome.verdict == "wrong":
                promises = self.promises(outcome)
                entry["promises"] = [{"text": one.text, "state": one.state} for one in promises]
            tasks.append(entry)
        return {
            "lesson": self.lesson.number,
            "passed": self.passed,
            "of": len(self.tasks),
            "seed": self.seed,
            "tasks": tasks,
        }


def _problem(test: TestOutcome) -> str:
    return test.feedback.problem if test.feedback else test.verdict
