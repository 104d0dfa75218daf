"""`make status`: how far the learner is in each lesson."""

from __future__ import annotations

import contextlib

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course import catalog, current_lesson
from course.catalog import IncompleteLesson, Lesson
from course.grade.answer_file import CannotLoad
from course.grade.outcome import next_open
from course.learn.progress import Progress, verdicts
from course.wording import command, place

BAR = 10
"""The length of a bar, in characters."""


def run() -> int:
    """Show all lessons, each with a bar. Exercises saved since last time are graded first.

    Returns:
        The exit status: 0.
    """
    console = Console(highlight=False)
    progress = Progress()
    table = Table.grid(padding=(0, 2, 0, 0))
    following: Lesson | None = None
    last = current_lesson.meant().lesson
    for lesson in catalog.lessons():
        with _spinner(console, lesson):
            bar, done, note, complete = _row(lesson, progress)
        table.add_row(lesson.number, lesson.title, bar, done, note)
        if not complete and (following is None or lesson == last):
            following = lesson
    console.print(table)
    console.print()
    if following:
        console.print(f"Next: {command('watch', following.number)}")
    else:
        console.print(Text("All lessons are done.", "bold green"))
    return 0


def _row(lesson: Lesson, progress: Progress) -> tuple[Text, str, Text, bool]:
    """The bar, the numbers, what to know, and whether the lesson is complete."""
    if not lesson.exercise.exists():
        back = command("reset", lesson.number)
        return Text(), "", Text(f"{place(lesson.exercise)} is missing. {back}", "red"), False
    try:
        found = verdicts(lesson, progress)
    except IncompleteLesson as error:  # somebody is writing it
        return Text(), "", Text(f"{place(error.path)} {error.problem}", "red"), True
    except CannotLoad as error:
        where = place(lesson.exercise, error.line)
        return Text(), "", Text(f"{where}: {error.problem}", "red"), False
    passed = sum(verdict == "passed" for verdict in found.values())
    hints = sum(progress.hints(lesson, task) for task in lesson.tasks)
    notes = []
    open_task = next_open(found)
    if open_task:
        notes.append(f"next: {open_task}")
    if hints:
        notes.append("1 hint" if hints == 1 else f"{hints} hints")
    filled = BAR * passed // len(found)
    bar = Text("━" * filled, "green") + Text("─" * (BAR - filled), "dim")
    done = f"{passed} of {len(found)}"
    return bar, done, Text(", ".join(notes), "dim"), open_task is None


def _spinner(console: Console, lesson: Lesson) -> contextlib.AbstractContextManager[object]:
    if not console.is_terminal:
        return contextlib.nullcontext()
    return console.status(f"Grading lesson {lesson.number} ...", spinner="line")
