"""A learner's functions, with the reference in place of what is not written yet.

So that one finished task can be seen at work together with all others.
"""

from __future__ import annotations

import ast
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from course.catalog import CourseError, Lesson, declared, text_of, tree_of
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.answers import load
from course.lesson.stubs import unwritten
from course.lesson.variants import as_module
from course.wording import command, place

OWN, REFERENCE = "yours", "reference"
"""Whose function it is."""


class FilledAnswers:
    """The functions of one file, all of which can be called.

    What the file gives, such as its exceptions, is the same for the learner's functions and for
    the reference's. A learner's function that calls another task gets the one that is used here.

    Attributes:
        lesson: the lesson.
        path: the file.
        module: the functions, by their names.
    """

    def __init__(self, lesson: Lesson, path: Path) -> None:
        """Load a file.

        Raises:
            CourseError: if it is not there, or cannot be loaded.
        """
        if not path.exists():
            stub = command("reset", lesson.number)
            raise CourseError(f"{place(path)} is not there. To get the stub back: {stub}")
        try:
            file = AnswerFile.read(path)
            self.module: Any = load(file, lesson).module
        except CannotLoad as error:
            why = "" if isinstance(error.__cause__, SyntaxError) else f" {error.why}"
            said = f"{place(path, error.line)}: {error.problem}{why}"
            raise CourseError(said.rstrip()) from error
        self.lesson = lesson
        self.path = path
        self._lines = declared(file.source, path)
        self._tasks = {task.name for task in lesson.tasks}
        there = {name for name in self._tasks if callable(vars(self.module).get(name))}
        self._reference = _reference(lesson, self.module)
        self._why: dict[str, str] = {}
        for name in (self._tasks - there) | {*unwritten(file.source, lesson)}:
            self.use_reference(name, "not written yet")

    def whose(self, task: str) -> str:
        """Return whose function is used: `OWN` or `REFERENCE`."""
        return REFERENCE if task in self._why else OWN

    def why(self, task: str) -> str:
        """Return why it is the reference's, or ""."""
        return self._why.get(task, "")

    def use_reference(self, task: str, why: str) -> None:
        """Use the reference's function from now on."""
        self._why[task] = why
        vars(self.module)[task] = vars(self._reference)[task]

    def place_of(self, error: BaseException) -> tuple[str, int] | None:
        """Return the learner's task in which an error was raised, and the line, if it was in one.

        It is the innermost: the others only called it.
        """
        frames = [
            (frame.f_code.co_qualname.partition(".")[0], line)
            for frame, line in traceback.walk_tb(error.__traceback__)
            if frame.f_code.co_filename == str(self.path)
        ]
        for name, line in reversed(frames):
            if name in self._lines and name in self._tasks and self.whose(name) == OWN:
                return name, line
        return None

    def names(self) -> dict[str, Any]:
        """Return everything that the file offers to those who call it."""
        return {name: value for name, value in vars(self.module).items() if name[:1] != "_"}


def _reference(lesson: Lesson, module: ModuleType) -> ModuleType:
    """Return the reference solution, which raises and returns the classes that `module` gives."""
    solution = lesson.solution
    reference = as_module(text_of(lesson, solution), REFERENCE, str(solution))
    tasks = {task.name for task in lesson.tasks}
    for node in tree_of(lesson, lesson.solution).body:
        if isinstance(node, ast.ClassDef) and node.name not in tasks:
            given = vars(module).get(node.name)
            if isinstance(given, type) or callable(given):
                vars(reference)[node.name] = given
    for name, value in vars(reference).items():
        vars(module).setdefault(name, value)
    return reference
