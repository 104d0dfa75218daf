"""Whose `stream_rag_response` answers: the learner's once it passes, the reference until then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from course import catalog
from course.catalog import Lesson
from course.grade.answer_file import CannotLoad
from course.grade.answers import load
from course.grade.grader import Grader
from course.web.handbook import Generate, Retrieve
from course.wording import command, place

LESSON = "09"
TASK = "stream_rag_response"

StreamRagResponse: TypeAlias = Callable[[str, Retrieve, Generate], AsyncIterator[dict[str, Any]]]


@dataclass(frozen=True)
class Answerer:
    """A `stream_rag_response`, and who wrote it.

    Attributes:
        owner: "learner" or "reference".
        label: the same in words for the learner: "your code" or "the reference".
        note: why that one answers, in one or two sentences.
        stream: the function.
    """

    owner: Literal["learner", "reference"]
    label: str
    note: str
    stream: StreamRagResponse

    def as_data(self) -> dict[str, str]:
        """What the page is told."""
        return {"owner": self.owner, "label": self.label, "note": self.note}


class AnswererChoice:
    """Grades the learner's file when it has changed, and says who answers.

    Args:
        exercise: the learner's file; None means the exercise of the lesson.
    """

    def __init__(self, exercise: Path | None = None) -> None:
        self._lesson: Lesson = catalog.find(LESSON)
        self._exercise = exercise or self._lesson.exercise
        self._grader = Grader(self._lesson)
        self._lock = asyncio.Lock()
        self._content: bytes | None = None
        self._answerer: Answerer | None = None

    async def current(self) -> Answerer:
        """Return who answers now. If the learner's file has changed, grade it first."""
        async with self._lock:
            content = self._read()
            if self._answerer is None or content != self._content:
                self._answerer = await self._choose()
                # If it was saved again in the meantime, the loaded code may not be what was graded.
                while (now := self._read()) != content:
                    content = now
                    self._answerer = await self._choose()
                self._content = content
            return self._answerer

    async def close(self) -> None:
        """Stop the grader, once it has finished what it is doing."""
        async with self._lock:
            self._grader.close()

    def _read(self) -> bytes | None:
        try:
            return self._exercise.read_bytes()
        except OSError:
            return None

    async def _choose(self) -> Answerer:
        file = place(self._exercise)
        try:
            outcome = await asyncio.to_thread(self._grader.grade, self._exercise, only=TASK)
            task = outcome.tasks[0]
            if task.verdict == "passed":
                return Answerer("learner", "your code", f"{file} passes {TASK}.", self._learners())
        except CannotLoad as error:
            why = f"{file} cannot be loaded: {error.problem}"
        except (RuntimeError, OSError) as error:
            why = f"Your {TASK} could not be graded: {error}."
        else:
            if task.verdict == "not_started":
                why = f"You have not started {TASK} yet."
            else:
                problem = task.feedback.problem if task.feedback else "it is wrong"
                why = f"Your {TASK} does not pass yet: {problem}."
        note = f"{why} To work on it: {command('watch', LESSON)}"
        return Answerer("reference", "the reference", note, self._references())

    def _learners(self) -> StreamRagResponse:
        return self._load(self._exercise)

    def _references(self) -> StreamRagResponse:
        return self._load(self._lesson.solution)

    def _load(self, path: Path) -> StreamRagResponse:
        # The bare function: the recording one keeps each call for the messages of failed tests.
        function: StreamRagResponse = getattr(load(path, self._lesson).module, TASK)
        return function
