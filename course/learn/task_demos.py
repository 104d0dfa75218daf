"""`make demo-12`: the demos of a lesson's notebook, in the terminal, with the learner's functions.

The demos are the functions in the lesson's `demo.py` that are named after a task.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from course.catalog import Lesson, Task, text_of
from course.grade.frames import lines_in
from course.wording import place


def run(lesson: Lesson, answers: ModuleType, path: Path) -> int:
    """Show what each of the learner's tasks does.

    Args:
        lesson: the lesson.
        answers: the learner's functions.
        path: the file that they are in.

    Returns:
        The exit status: 0, or 1 if one of them is not written yet or failed.
    """
    console = Console(highlight=False)
    console.print(f"The functions are those of [bold]{place(path)}[/bold].")
    demos = _demos(lesson, answers)
    shown = [_show(console, task, demos[task.demo], path) for task in lesson.tasks]
    return 0 if all(shown) else 1


def _demos(lesson: Lesson, answers: ModuleType) -> dict[str, Any]:
    """Return what the lesson's `demo.py` defines, with the learner's functions in it."""
    source = text_of(lesson, lesson.demo)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, str(lesson.demo), "exec"), names)
    names["reference"] = answers
    return names


def _show(console: Console, task: Task, demo: Callable[[], Any], path: Path) -> bool:
    """Run one demo; if it fails, say why in one line."""
    console.print()
    console.rule(f"[bold]{task.name}[/bold]: {task.goal}", align="left")
    console.print(Markdown(inspect.getdoc(demo) or ""), style="dim")
    try:
        result = demo()
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except Exception as error:
        tell_failure(console, error, path)
        return False
    return True


def tell_failure(console: Console, error: Exception, path: Path | None = None) -> None:
    """Say why a demo failed, and where in the file `path`, if the error passed through it."""
    if isinstance(error, NotImplementedError):
        console.print(Text(f"Not written yet: {error}", "dim"))
        return
    console.print(Text(f"{type(error).__name__}: {error}", "red"))
    if path and (lines := lines_in(error, str(path))):
        console.print(Text(place(path, lines[-1])))
