"""`make play-09`: a Python prompt with the lesson's functions, and something to try them on."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from course.catalog import CourseError, Lesson
from course.fakes import stage
from course.learn.filled_answers import OWN, REFERENCE, FilledAnswers
from course.learn.prompt import Prompt, line_editing
from course.learn.show import EDGE, Show
from course.lesson import play_file
from course.wording import place

WIDTH = 79


def run(lesson: Lesson, *, answers: Path | None = None) -> int:
    """Open the prompt, until the learner leaves it.

    Args:
        lesson: the lesson.
        answers: the file to play with; by default, the exercise.

    Returns:
        The exit status: 0.

    Raises:
        CourseError: if the exercise cannot be loaded.
    """
    with asyncio.Runner() as runner:
        table = Table(lesson, runner.run, answers or lesson.exercise)
        table.greet()
        prompt = Prompt(table.names, runner.run, table.refresh)
        with line_editing(table.names), contextlib.suppress(SystemExit):
            prompt.interact(banner="", exitmsg="")
    return 0


class Table:
    """What lies on the table: the learner's functions, the reference's, and things to try them on.

    Attributes:
        names: all of it, by name, as the prompt uses it.
    """

    def __init__(self, lesson: Lesson, run: Callable[[Any], Any], path: Path) -> None:
        self._lesson = lesson
        self._file = play_file.read(lesson)
        self._answers = FilledAnswers(lesson, path)
        self._path = path
        self._read = path.read_bytes()
        self.names: dict[str, Any] = {
            "__name__": "__main__",
            **self._answers.names(),
            **stage.OFFERED,
            **self._file.names,
            "show": Show(run),
            "tasks": Tasks(self.tell),
        }

    def greet(self) -> None:
        """Say what is there, and how to use it."""
        lesson, out = self._lesson, _console()
        out.print(Text(f"Lesson {lesson.number}  {lesson.title}", "bold"))
        print()
        self.tell()
        print()
        there = [*dict.fromkeys([*stage.OFFERED, *self._file.defined, "show(...)", "tasks()"])]
        _wrapped(f"Also here: {', '.join(there)}")
        _wrapped(
            f"show(...) plays any stream, with {EDGE} after each piece. await works. "
            f"{place(self._path)} is read again when you save it. exit() ends."
        )

    def tell(self) -> None:
        """Print the table of the tasks: whose function it is, and a line to try it."""
        out = _console()
        for task in self._lesson.tasks:
            whose = self._answers.whose(task.name)
            line = Text(f"  {whose:<11}", "green" if whose == OWN else "dim")
            out.print(line + Text(self._file.lines[task.name], "default"))

    def refresh(self) -> None:
        """Read the exercise again if it has been saved; what cannot be loaded changes nothing."""
        path, lesson = self._path, self._lesson
        try:
            read = path.read_bytes()
        except OSError:
            return
        if read == self._read:
            return
        self._read = read
        before = {task.name: self._answers.whose(task.name) for task in lesson.tasks}
        try:
            self._answers = FilledAnswers(lesson, path)
        except CourseError as error:
            _wrapped(f"{error} Until then, the functions are those from before.", "red")
            return
        self.names.update(self._answers.names())
        self.names.update(self._file.names)
        changed = {
            whose: [name for name in before if before[name] != whose == self._answers.whose(name)]
            for whose in (OWN, REFERENCE)
        }
        said = f"{place(path)} was read again."
        if changed[OWN]:
            said += f" Now yours: {', '.join(changed[OWN])}."
        if changed[REFERENCE]:
            said += f" Now the reference's: {', '.join(changed[REFERENCE])}."
        _wrapped(said, "dim")


class Tasks:
    """`tasks()` at the prompt, which also understands `tasks`."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    def __call__(self) -> None:
        """Print the table of the tasks again."""
        self._tell()

    def __repr__(self) -> str:
        return "tasks(): show the table of the tasks again"


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _wrapped(text: str, style: str = "") -> None:
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    _console().print(Text("\n".join(lines), style))
