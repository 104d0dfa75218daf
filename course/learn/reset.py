"""`make reset-09`: start an exercise afresh, without losing what was written."""

from __future__ import annotations

import sys

from course.backups import back_up, failed
from course.catalog import CourseError, Lesson
from course.environment import PROGRAM
from course.files import write_atomically
from course.learn.progress import is_untouched
from course.lesson.stubs import stub
from course.wording import place


def run(lesson: Lesson, yes: bool = False) -> int:
    """Back up the exercise of a lesson, then put the stub in its place.

    Args:
        lesson: the lesson.
        yes: do not ask.

    Returns:
        The exit status: 0, also when the learner says no.

    Raises:
        CourseError: if nobody can be asked, or something cannot be written. The exercise is as
            it was then.
    """
    exercise = lesson.exercise
    if is_untouched(lesson):
        print(f"{place(exercise)} is as it was in the beginning. There is nothing to reset.")
        return 0
    if exercise.exists():
        question = f"Start {place(exercise)} afresh?"
        if not confirmed(
            "Your answers will be backed up first.", question, yes, f"reset {lesson.number}"
        ):
            print("Nothing was changed.")
            return 0
        print(f"Your answers are kept in {place(back_up(exercise))}")
    try:
        write_atomically(exercise, stub(lesson))
    except OSError as error:
        raise failed(exercise, "written", error) from error
    print(f"{place(exercise)} is the stub again.")
    return 0


def confirmed(state: str, question: str, yes: bool, arguments: str) -> bool:
    """Ask, and return whether the answer is yes.

    Args:
        state: what to know for the answer.
        question: what to ask.
        yes: the answer is known already.
        arguments: how the command was called, for whoever has to call it with `--yes`.

    Raises:
        CourseError: if nobody is there to answer.
    """
    if yes:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise CourseError(
            "This command asks before it goes on, and nobody can answer here. "
            f"To say yes beforehand: {PROGRAM} {arguments} --yes"
        )
    print(state)
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False
