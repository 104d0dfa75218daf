"""`make lessons`: what there is to learn."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course import catalog, current_lesson
from course.catalog import Lesson
from course.wording import command

WIDE = 110
"""With this many columns or more, there is room for what to know first."""


def run() -> int:
    """Show all lessons, part by part.

    Returns:
        The exit status: 0.
    """
    console = Console(highlight=False)
    known = catalog.lessons()
    headings = ["", "lesson", "builds on", "level", "minutes", "tasks"]
    if console.width >= WIDE:
        headings.append("what to know first")
    for part, lessons in groupby(known, key=lambda lesson: lesson.part):
        table = Table(
            *headings,
            title=Text(part, "bold"), title_justify="left", box=None, pad_edge=False,
            padding=(0, 2, 0, 0), header_style="dim",
        )  # fmt: skip
        table.columns[1].no_wrap = True
        table.columns[4].justify = table.columns[5].justify = "right"
        for lesson in lessons:
            row: list[str | Text] = [
                lesson.number,
                Text(lesson.title, "bold"),
                " ".join(lesson.builds_on),
                lesson.level,
                str(lesson.minutes),
                str(len(lesson.tasks)),
                Text(", ".join(lesson.prerequisites)),
            ]
            table.add_row(*row[: len(headings)])
        console.print(table)
        console.print()
    console.print(_next(known[0]))
    return 0


def _next(first: Lesson) -> str:
    """Where to begin, or to go on."""
    at = current_lesson.meant().lesson
    if at == first or current_lesson.beginning(at):
        return f"New here? {command('test', first.number)}"
    return f"You are at lesson {at.number}: {command('test', at.number)}"
