"""Whose functions run: the learner's once they pass, the reference's until then."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from course import catalog
from course.catalog import CourseError, Lesson
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.answers import load
from course.grade.grader import Grader
from course.wording import command, place

SECONDS_TO_IMPORT = 10.0
"""A graded file is imported in no time. Only one that waits outside of functions takes longer."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Choice:
    """Functions of one lesson, each the learner's or the reference's.

    Attributes:
        lesson: the lesson.
        file: the learner's file, as it is named to the learner.
        functions: the functions, by name. The bare ones: the recording ones keep each call for the
            messages of failed tests.
        reasons: of the functions that are the reference's, why, in a sentence.
    """

    lesson: Lesson
    file: str
    functions: Mapping[str, Any]
    reasons: Mapping[str, str]

    @property
    def advice(self) -> str:
        """Why not all functions are the learner's, and what to do about it; "" if they are."""
        if not self.reasons:
            return ""
        first = next(iter(self.reasons.values()))
        return f"{first} To work on it: {command('watch', self.lesson.number)}"


class Chooser(Generic[Made]):
    """Grades functions when the learner's file has changed, and chooses.

    Args:
        number: the number of the lesson.
        names: the functions, which are tasks of that lesson.
        exercises: the folder with the learner's file.
        make: makes of a choice what is wanted.
        importing: held while a file is imported. Files of answers share one module name, so they
            are imported one at a time.
    """

    def __init__(
        self,
        number: str,
        names: Sequence[str],
        exercises: Path,
        make: Callable[[Choice], Made],
        importing: asyncio.Lock,
    ) -> None:
        self._lesson = catalog.find(number)
        self._names = names
        self._exercise = exercises / self._lesson.exercise.name
        self._make = make
        self._importing = importing
        self._grader = Grader(self._lesson)
        self._lock = asyncio.Lock()
        self._file: AnswerFile | CannotLoad | None = None
        self._made: Made | None = None

    async def current(self) -> Made:
        """Return what is made of the choice. If the learner's file has changed, grade it first."""
        async with self._lock:
            file = self._read()
            if self._made is None or file != self._file:
                self._made = self._make(await self._choose(file))
                self._file = file
            return self._made

    async def close(self) -> None:
        """Stop the grader, once it has finished what it is doing."""
        async with self._lock:
            self._grader.close()

    def _read(self) -> AnswerFile | CannotLoad:
        try:
            return AnswerFile.read(self._exercise)
        except CannotLoad as error:
            return error

    async def _choose(self, file: AnswerFile | CannotLoad) -> Choice:
        where = place(self._exercise)
        functions, reasons = dict(self._references), {}
        try:
            if isinstance(file, CannotLoad):
                raise file
            reasons = await asyncio.to_thread(self._grade, file)
            if passed := [name for name in self._names if name not in reasons]:
                mine = await self._import(file)
                functions.update({name: getattr(mine, name) for name in passed})
        except CannotLoad as error:
            reasons = self._all(f"{where} cannot be loaded: {error.problem}")
        except (CourseError, RuntimeError, OSError) as error:
            reasons = self._all(f"{where} could not be graded: {error}.")
        return Choice(self._lesson, where, functions, reasons)

    @cached_property
    def _references(self) -> dict[str, Any]:
        module = load(self._lesson.solution, self._lesson).module
        return {name: getattr(module, name) for name in self._names}

    def _all(self, reason: str) -> dict[str, str]:
        return dict.fromkeys(self._names, reason)

    def _grade(self, file: AnswerFile) -> dict[str, str]:
        """Return the functions that do not pass, and why.

        Raises:
            CannotLoad: if nothing can be graded.
        """
        reasons = {}
        for name in self._names:
            task = self._grader.grade(file, only=name, until_wrong=True).tasks[0]
            if task.verdict == "not_started":
                reasons[name] = f"You have not started {name} yet."
            elif task.verdict != "passed":
                problem = task.feedback.problem if task.feedback else "it is wrong"
                reasons[name] = f"Your {name} does not pass yet: {problem}."
        return reasons

    async def _import(self, file: AnswerFile) -> ModuleType:
        """Import a file that was graded. What waits in it does not stop the page.

        While it was graded, time was virtual, and nobody was there to be asked.

        Raises:
            CannotLoad: if it cannot be run, or waits too long.
        """
        imported: Future[ModuleType] = Future()

        def run() -> None:
            try:
                imported.set_result(load(file, self._lesson).module)
            except BaseException as error:
                imported.set_exception(error)

        async with self._importing:
            threading.Thread(target=run, daemon=True).start()
            waiting = asyncio.wrap_future(imported)
            done, _ = await asyncio.wait({waiting}, timeout=SECONDS_TO_IMPORT)
        if not done:
            raise CannotLoad(f"importing it takes more than {SECONDS_TO_IMPORT:g} seconds.")
        return waiting.result()
