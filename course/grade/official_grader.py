"""Official grading of one file of answers after another: a verdict for marks, and what is odd."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from course.catalog import Lesson
from course.grade import SEED
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome
from course.grade.sandbox import Level, Sandbox


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


class OfficialGrader:
    """Grades files of answers that may be hostile. Warm after the first. To be used with `with`.

    Args:
        lesson: the lesson.
        sandbox_level: how answers are contained; None is the strongest way that works here.

    Raises:
        CannotContain: if that level does not work on this machine.
    """

    def __init__(self, lesson: Lesson, *, sandbox_level: Level | None = None) -> None:
        self.level: Level = Sandbox(sandbox_level).level
        self._grader = Grader(lesson, contained=self.level)

    def __enter__(self) -> OfficialGrader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        self._grader.close()

    def grade(self, answers: Path, seed: int = SEED) -> OfficialOutcome:
        """Grade one file of answers.

        Raises:
            CannotLoad: if it cannot be read, parsed or imported.
        """
        start = time.perf_counter()
        outcome = self._grader.grade(answers, seed)
        flags = tuple(dict.fromkeys(Flag(task, reason) for task, reason in self._grader.flags))
        return OfficialOutcome(outcome, flags, time.perf_counter() - start)
