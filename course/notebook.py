"""What the notebooks import: the reference, the mistakes, and grading of what is pasted."""

from __future__ import annotations

import ast
import atexit
import importlib.util
import io
import re
import shlex
import sys
import textwrap
import time
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType

from IPython import get_ipython
from IPython.display import Code, Markdown, display
from rich.console import Console
from rich.text import Text

from course import catalog
from course.author import golden
from course.catalog import CourseError, Lesson
from course.grade import SEED, screen
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome
from course.lesson import stubs
from course.lesson.variants import Variant, mistakes
from course.temporary import TemporaryFolder
from course.wording import place

Arrivals = list[tuple[float, str]]
"""`(seconds, token)`, in the order in which the tokens came."""


def arrivals(tokens: Iterable[str]) -> Arrivals:
    """Read a stream to its end, and note when each token came, from the first pull on."""
    start = time.monotonic()
    return [(time.monotonic() - start, token) for token in tokens]


@lru_cache
def open_lesson(number: str) -> LessonNotebook:
    """Return what a notebook needs from a lesson; in Jupyter, also register `%%grade`.

    Raises:
        UnknownLesson: if there is no such lesson.
    """
    opened = LessonNotebook(catalog.find(number))
    shell = get_ipython()
    if shell is not None:
        shell.register_magic_function(_grade_cell, "cell", "grade")
    return opened


class LessonNotebook:
    """A lesson as its notebook sees it.

    The first verdict takes a second; from then on the grader is warm.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson

    @cached_property
    def reference(self) -> ModuleType:
        """The reference solution, as a module."""
        path = self.lesson.solution
        spec = importlib.util.spec_from_file_location(f"reference_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up there
        spec.loader.exec_module(module)
        return module

    def show_mistake(self, name: str) -> None:
        """Show a common mistake: the belief behind it, the code, and what the grader says.

        Args:
            name: the mistake's name, such as "buffer_stream__loses_the_tail".

        Raises:
            CourseError: if the lesson has no such mistake.
        """
        known = {mistake.name: mistake for mistake in self._mistakes}
        if name not in known:
            raise CourseError(
                f"There is no mistake called {name!r} in {place(self.lesson.mistakes)}"
            )
        mistake = known[name]
        told = golden.explanation(self._grader, mistake)
        for shown in (
            Markdown(f"**What the learner believes:** {mistake.note}"),  # type: ignore[no-untyped-call]
            Code(mistake.function, language="python"),  # type: ignore[no-untyped-call]
            Markdown("**What the grader says:**"),  # type: ignore[no-untyped-call]
        ):
            display(shown)  # type: ignore[no-untyped-call]
        print(told, end="")

    def grade(self, pasted: str, verbose: bool = False) -> None:
        """Grade what was pasted into a cell, and print the screen that a learner would see.

        Args:
            pasted: one or more of the lesson's functions, or a whole file of answers. Functions
                alone can use everything that the stub gives: imports, exceptions, helpers.
            verbose: explain every wrong task, not just the first.
        """
        pasted = pasted.encode("utf-8", "replace").decode("utf-8-sig")  # half characters happen
        path = self._folder / "pasted.py"
        names = [task.name for task in self.lesson.tasks]
        found = _functions(pasted)
        tasks = [name for name in names if found is None or name in found]
        if not tasks:
            note = f"This cell contains none of the tasks. They are: {', '.join(names)}."
            print(textwrap.fill(note, screen.WIDTH))
            return
        # The first line takes the place of the magic, so line numbers are those of the cell.
        first = "" if found is None or _is_whole_file(pasted) else self._given
        try:
            file = AnswerFile.of_text(f"{first}\n{pasted}", path)
            graded = [self._grader.grade(file, only=name).tasks[0] for name in tasks]
        except CannotLoad as error:
            _print(screen.cannot_load(self.lesson, path, error), path)
            return
        outcome = LessonOutcome(self.lesson, tuple(graded), SEED)
        lines = screen.verdict(outcome, path, verbose)
        last = max(number for number, line in enumerate(lines) if not line.plain)
        rest = [name for name in names if name not in tasks]
        if rest:
            note = f"Not in this cell, so not graded: {', '.join(rest)}"
            lines[last + 1 :] = [Text(line) for line in textwrap.wrap(note, screen.WIDTH)]
        _print(lines, path)

    @cached_property
    def _mistakes(self) -> tuple[Variant, ...]:
        return mistakes(self.lesson)

    @cached_property
    def _grader(self) -> Grader:
        grader = Grader(self.lesson)
        atexit.register(grader.close)
        return grader

    @cached_property
    def _folder(self) -> Path:
        folder = TemporaryFolder()
        atexit.register(folder.close)
        return folder.path

    @cached_property
    def _given(self) -> str:
        """One line of code that gives everything in the stub except the tasks."""
        tasks = ", ".join(task.name for task in self.lesson.tasks)
        return (
            "from __future__ import annotations; "
            f"exec(compile({stubs.stub(self.lesson)!r}, 'stub', 'exec', dont_inherit=True)); "
            f"del {tasks}"
        )


def _grade_cell(line: str, cell: str) -> None:
    """`%%grade 09`: grade the functions in this cell. `-v` explains every wrong one."""
    words = shlex.split(line)
    verbose = "-v" in words
    try:
        open_lesson(" ".join(word for word in words if word != "-v")).grade(cell, verbose)
    except CourseError as error:
        print(error)


def _functions(source: str) -> set[str] | None:
    """The names that `source` defines or assigns at its top level; None if it does not parse."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    assigned = {
        node.id
        for statement in body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return assigned | {node.name for node in body if isinstance(node, defined)}


def _is_whole_file(source: str) -> bool:
    """Whether it begins as every stub does, with an import from `__future__`."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for node in ast.parse(source).body
    )


def _print(lines: list[Text], path: Path) -> None:
    """Print a screen in color that names the cell instead of the graded file."""
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, force_jupyter=False, highlight=False, soft_wrap=True
    )
    screen.show(lines, console)
    where = re.escape(place(path))
    named = re.sub(rf"{where}:(\d+)", r"line \1 of this cell", out.getvalue())
    print(re.sub(where, "this cell", named), end="")
