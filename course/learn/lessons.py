"""`make lessons`: what there is to learn."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course import catalog
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
    headings = ["", "lesson", "level", "minutes", "tasks"]
    if console.width >= WIDE:
        headings.append("what to know first")
    for part, lessons in groupby(known, key=lambda lesson: lesson.part):
        table = Table(
            *headings,
            title=Text(part, "bold"), title_justify="left", box=None, pad_edge=False,
            padding=(0, 2, 0, 0), header_style="dim",
        )  # fmt: skip
        table.columns[1].no_wrap = True
        table.columns[3].justify = table.columns[4].justify = "right"
        for lesson in lessons:
            row: list[str | Text] = [
                lesson.number,
                Text(lesson.title, "bold"),
                lesson.level,
                str(lesson.minutes),
                str(len(lesson.tasks)),
                Text(", ".join(lesson.prerequisites)),
            ]
            table.add_row(*row[: len(headings)])
        console.print(table)
        console.print()
    console.print(f"To start one: {command('test', known[0].number)}")
    return 0
