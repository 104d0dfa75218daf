"""`make reset-09`: start an exercise over, without losing what was written."""

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
        yes: whether to skip the question.

    Returns:
        The exit status: 0, even if the learner says no.

    Raises:
        CourseError: if there is nobody to ask, or a file cannot be written. Then the exercise is
            unchanged.
    """
    exercise = lesson.exercise
    if is_untouched(lesson):
        print(f"{place(exercise)} has not been changed. There is nothing to reset.")
        return 0
    if exercise.exists():
        question = f"Start {place(exercise)} over?"
        if not confirmed(
            "Your answers will be backed up first.", question, yes, f"reset {lesson.number}"
        ):
            print("Nothing was changed.")
            return 0
        print(f"Your answers are saved in {place(back_up(exercise))}")
    try:
        write_atomically(exercise, stub(lesson))
    except OSError as error:
        raise failed(exercise, "written", error) from error
    print(f"{place(exercise)} is the stub again.")
    return 0


def confirmed(state: str, question: str, yes: bool, arguments: str) -> bool:
    """Ask, and return whether the answer is yes.

    Args:
        state: what to know before answering.
        question: what to ask.
        yes: whether the answer is already known.
        arguments: how the command was called, to suggest the same call with `--yes`.

    Raises:
        CourseError: if there is nobody to answer.
    """
    if yes:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise CourseError(
            "This command asks before it continues, and nobody can answer here. "
            f"To say yes in advance: {PROGRAM} {arguments} --yes"
        )
    print(state)
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False
