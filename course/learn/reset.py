"""`make reset-09`: start an exercise afresh, without losing what was written."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from course.author.stubs import stub
from course.catalog import CourseError, Lesson
from course.environment import PROGRAM
from course.files import write_atomically
from course.learn.progress import folder, is_untouched, next_name
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
        print(f"Your answers are kept in {place(_back_up(lesson))}")
    try:
        write_atomically(exercise, stub(lesson))
    except OSError as error:
        raise _failed(exercise, "written", error) from error
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


def _back_up(lesson: Lesson) -> Path:
    """Copy the exercise to a file that was not there before, and return its path."""
    backups = folder() / "backups"
    try:
        content = lesson.exercise.read_bytes()
    except OSError as error:
        raise _failed(lesson.exercise, "read", error) from error
    try:
        backups.mkdir(parents=True, exist_ok=True)
        while True:
            backup = next_name(backups, lesson.slug, ".py")
            with contextlib.suppress(FileExistsError):
                _write_new(backup, content)
                return backup
    except OSError as error:
        raise _failed(backups, "written", error) from error


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _failed(path: Path, what: str, error: OSError) -> CourseError:
    reason = error.strerror or error
    return CourseError(f"{place(path)} cannot be {what}: {reason}. Nothing was changed.")
