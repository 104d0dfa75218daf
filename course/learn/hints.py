"""`make hint-09`: the next hint for the first task that has not passed."""

from __future__ import annotations

import re

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course.catalog import Lesson, Task
from course.grade.screen import WIDTH
from course.learn.progress import Progress, verdicts_or_screen
from course.wording import command, place


def run(lesson: Lesson, task: str | None = None) -> int:
    """Show the hints for a task so far, and one more.

    Args:
        lesson: the lesson.
        task: the name of a task; None for the first one that has not passed.

    Returns:
        The exit status: 0, or 2 if the exercise cannot be graded.

    Raises:
        CourseError: if there is no such task.
    """
    progress = Progress()
    chosen: Task | None
    if task is not None:
        chosen = lesson.task(task)
    else:
        verdicts = verdicts_or_screen(lesson, progress)
        if verdicts is None:
            return 2
        chosen = next((each for each in lesson.tasks if verdicts[each.name] != "passed"), None)
    console = Console(highlight=False)
    if chosen is None:
        console.print(f"All tasks of lesson {lesson.number} are done: you need no hint.")
        console.print(f"Compare with the reference: {command('solution', lesson.number)}")
        return 0
    shown = min(progress.hints(lesson, chosen) + 1, len(chosen.hints))
    _show(lesson, chosen, shown, console)
    console.print()
    if shown < len(chosen.hints):
        again = command("hint", lesson.number, task and chosen.name)
        console.print(f"One more: {again}", soft_wrap=True)
    else:
        _show_what_else_helps(lesson, chosen, console)
    progress.keep_hints(lesson, chosen, shown)
    return 0


def _show(lesson: Lesson, task: Task, shown: int, console: Console) -> None:
    console.print(
        Text(task.name, "bold")
        + Text(f"  task {task.number} of {len(lesson.tasks)}, hint {shown} of {len(task.hints)}")
    )
    console.print(Text(task.goal, "dim"), width=min(console.width, WIDTH))
    console.print()
    hints = Table.grid(padding=(0, 2, 1, 0))
    for number, hint in enumerate(task.hints[:shown], start=1):
        style = "dim" if number < shown else "none"
        hints.add_row(Text(f"  {number}", "bold cyan"), Text(hint, style))
    console.print(hints, width=min(console.width, WIDTH))


def _show_what_else_helps(lesson: Lesson, task: Task, console: Console) -> None:
    _, concepts, _ = lesson.texts
    console.print(f"That is the last hint for {task.name}.")
    sections = sections_about(task, concepts.read_text(encoding="utf-8"))
    for title, line in sections:
        console.print(f"Read again: {title}, {place(concepts, line)}", soft_wrap=True)
    if not sections:
        console.print(f"Read again: {place(concepts)}", soft_wrap=True)
    solution = command("solution", lesson.number)
    console.print(f"If that does not help, it is fine to look: {solution}", soft_wrap=True)


def sections_about(task: Task, concepts: str) -> list[tuple[str, int]]:
    """Return the headings that the table in CONCEPTS.md names for a task, with their lines."""
    lines = concepts.splitlines()
    row = next((line for line in lines if line.startswith(f"| `{task.name}` |")), "")
    headings = {
        line.lstrip("# "): number for number, line in enumerate(lines, 1) if line[:1] == "#"
    }
    titles = re.findall(r"\[([^\]]+)\]\(#", row)
    return [(title, headings[title]) for title in titles if title in headings]
