"""`make hint-09`: the next hint for the task that is to be worked on."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course import current_lesson
from course.catalog import Lesson, Task
from course.grade.outcome import next_open
from course.grade.screen import WIDTH
from course.learn.progress import Progress, verdicts_or_screen
from course.lesson.reading import sections_for
from course.wording import command, place


def run(lesson: Lesson, task: str | None = None) -> int:
    """Show the hints for a task so far, and one more.

    Args:
        lesson: the lesson.
        task: the name of a task; None for the one that grading explains, or else for the first one
            that is not written.

    Returns:
        The exit status: 0, or 2 if the exercise cannot be graded.

    Raises:
        CourseError: if there is no such task.
    """
    progress = Progress()
    current_lesson.note(lesson)
    console = Console(highlight=False)
    if task is None:
        verdicts = verdicts_or_screen(lesson, progress)
        if verdicts is None:
            return 2
        chosen = next_open(verdicts)
        if chosen is None:
            console.print(f"All tasks of lesson {lesson.number} are done: you need no hint.")
            console.print(f"Compare with the reference: {command('solution', lesson.number)}")
            return 0
    else:
        chosen = task
    again = command("hint", lesson.number, task and chosen)
    show_one_more(lesson, lesson.task(chosen), progress, console, again)
    return 0


def show_one_more(
    lesson: Lesson, task: Task, progress: Progress, console: Console, again: str
) -> None:
    """Show the hints for a task so far, and one more, and remember it.

    Args:
        lesson: the lesson.
        task: one of its tasks.
        progress: knows how many hints have been shown.
        console: where to show them.
        again: what to do for one more.
    """
    shown = min(progress.hints(lesson, task) + 1, len(task.hints))
    _show(lesson, task, shown, console)
    console.print()
    if shown < len(task.hints):
        console.print(f"One more: {again}", soft_wrap=True)
    else:
        _show_what_else_helps(lesson, task, console)
    progress.keep_hints(lesson, task, shown)


def _show(lesson: Lesson, task: Task, shown: int, console: Console) -> None:
    width = min(console.width, WIDTH)
    console.print(
        Text(task.name, "bold")
        + Text(f"  task {task.number} of {len(lesson.tasks)}, hint {shown} of {len(task.hints)}")
    )
    console.print(Text(task.goal, "dim"), width=width, soft_wrap=False)
    console.print()
    hints = Table.grid(padding=(0, 2, 1, 0))
    for number, hint in enumerate(task.hints[:shown], start=1):
        style = "dim" if number < shown else "none"
        hints.add_row(Text(f"  {number}", "bold cyan"), Text(hint, style))
    console.print(hints, width=width, soft_wrap=False)


def _show_what_else_helps(lesson: Lesson, task: Task, console: Console) -> None:
    _, concepts, _ = lesson.texts
    console.print(f"That is the last hint for {task.name}. Read again:")
    places = [f"{place(concepts, one.line)}  {one.title}" for one in sections_for(lesson, task)]
    for where in places or [place(concepts)]:
        console.print(f"  {where}", soft_wrap=True)
    solution = command("solution", lesson.number, task.name)
    console.print(f"If that does not help, it is fine to look: {solution}", soft_wrap=True)
