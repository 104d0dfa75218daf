"""`make demo-12`: the demos of a lesson's notebook, in the terminal, with the learner's functions.

The demos are the functions in the lesson's `demo.py` that are named after a task.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from course.catalog import Task
from course.learn.filled_answers import OWN, REFERENCE, FilledAnswers
from course.lesson.demo_file import ANSWERS, demos_of_tasks
from course.wording import place


def run(filled: FilledAnswers) -> int:
    """Show what each of the learner's tasks does.

    Args:
        filled: their functions, and the reference's where they are not written yet.

    Returns:
        The exit status: 0, or 1 if one of the learner's functions failed.
    """
    console = Console(highlight=False)
    where = place(filled.path)
    console.print(f"The functions are those of [bold]{where}[/bold], where they are written.")
    demos = _demos(filled)
    shown = [_show(console, filled, task, demos[task.demo]) for task in filled.lesson.tasks]
    return 0 if all(shown) else 1


def _demos(filled: FilledAnswers) -> dict[str, Any]:
    """Return the demos of the tasks, with the learner's functions in them."""
    tree = demos_of_tasks(filled.lesson)
    names: dict[str, Any] = {"__name__": "__main__", ANSWERS: filled.module}
    exec(compile(tree, str(filled.lesson.demo), "exec"), names)
    return names


def _show(console: Console, filled: FilledAnswers, task: Task, demo: Callable[[], Any]) -> bool:
    """Run one demo; return whether none of the learner's functions failed in it."""
    console.print()
    console.rule(f"[bold]{task.name}[/bold]: {task.goal}", align="left")
    mark(console, filled, [task])
    console.print(Markdown(inspect.getdoc(demo) or ""), style="dim")
    return shown_to_the_end(console, filled, [task], lambda: _run(demo))


def _run(demo: Callable[[], Any]) -> None:
    made = demo()
    if inspect.iscoroutine(made):
        asyncio.run(made)


def mark(console: Console, filled: FilledAnswers, tasks: Sequence[Task]) -> None:
    """Say which of these tasks are the reference's, if any are."""
    names = [task.name for task in tasks if filled.whose(task.name) == REFERENCE]
    if names:
        said = ", ".join(f"{name} ({filled.why(name)})" for name in names)
        console.print(Text(f"The reference's: {said}", "magenta"))


def shown_to_the_end(
    console: Console, filled: FilledAnswers, tasks: Sequence[Task], show: Callable[[], None]
) -> bool:
    """Run something; while one of the learner's functions fails in it, once more without that one.

    Args:
        console: where to say so.
        filled: their functions.
        tasks: those that it is about.
        show: what to run.

    Returns:
        Whether none failed.
    """
    failed = False
    while True:
        try:
            show()
        except Exception as error:
            console.print()
            names = _in_place_of(filled, tasks, error, console)
            if not names:  # it is not theirs
                return False
            failed = True
            for name in names:
                filled.use_reference(name, "yours failed above")
            said = f"Once more, with the reference in place of yours: {', '.join(names)}"
            console.print(Text(said, "magenta"))
            continue
        return not failed


def _in_place_of(
    filled: FilledAnswers, tasks: Sequence[Task], error: Exception, console: Console
) -> list[str]:
    """Say what went wrong, and return the learner's tasks that may have done it."""
    found = filled.place_of(error)
    if found and isinstance(error, NotImplementedError):
        console.print(Text(f"Not written yet: {error}", "dim"))
    else:
        console.print(Text(f"{type(error).__name__}: {error}", "red"))
    if found:
        name, line = found
        console.print(Text(place(filled.path, line)))
        return [name]
    return [task.name for task in tasks if filled.whose(task.name) == OWN]
