"""`make test-09`: grade one lesson and show the verdict."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from course import current_lesson
from course.catalog import CourseError, Lesson
from course.files import write_atomically
from course.grade import RUNGS, SEED, screen
from course.grade.answer_file import CannotLoad, read
from course.grade.grader import Grader
from course.wording import command, place


def run(
    lesson: Lesson,
    answers: Path | None = None,
    verbose: bool = False,
    json_file: Path | None = None,
    seed: int | None = None,
    task: str | None = None,
    rung: str | None = None,
) -> int:
    """Grade a lesson and print the screen.

    Args:
        lesson: the lesson.
        answers: the file to grade; by default, the exercise.
        verbose: explain every wrong task.
        json_file: where to write the outcome as JSON; "-" is standard output, and replaces the
            screen.
        seed: varies the words and durations in the tests.
        task: grade only this task.
        rung: where the models are: "process", or "wire" for ChatOpenAI and a local server.

    Returns:
        The exit status: 0 all passed, 1 not all passed, 2 could not be graded.

    Raises:
        CourseError: if there is no such task or file of answers, or the JSON cannot be written.
    """
    only = lesson.task(task).name if task else None
    path = answers or lesson.exercise
    console = screen.here()
    width = screen.width_of(console)
    if answers is None:
        current_lesson.note(lesson)
    if answers is None and not path.exists():
        screen.show(screen.missing(lesson, width), console)
        return 2
    if not path.is_file():
        there = "not an ordinary file" if path.exists() else "not there"
        what = "a folder, not a file" if path.is_dir() else there
        raise CourseError(
            f"{place(path)} is {what}. Name a file of answers, "
            f"for example: --answers {place(lesson.exercise)}"
        )
    if json_file is not None:
        _refuse_no_place(json_file, path)
    rung = rung or RUNGS[0]
    if rung not in RUNGS:
        raise CourseError(f"There is no rung {rung!r}. Choose one of: {', '.join(RUNGS)}.")
    seconds = 5.0 if rung == RUNGS[0] else 20.0  # over a network, time is real
    with Grader(lesson, seconds, rung) as grader:
        try:
            file = read(path)
            outcome = grader.grade(file, SEED if seed is None else seed, only)
        except CannotLoad as error:
            screen.show(screen.cannot_load(lesson, path, error, width), console)
            return 2
    if json_file is not None:
        _write_json(json.dumps(outcome.as_data(), indent=2) + "\n", json_file)
    if str(json_file) != "-":
        screen.show(screen.verdict(outcome, file, verbose, width=width), console)
        if answers is None and set(outcome.verdicts.values()) == {"not_started"}:
            _show_the_beginning(lesson)
    return 0 if outcome.all_passed else 1


def _show_the_beginning(lesson: Lesson) -> None:
    """Say where the course begins, to somebody who is new and has not begun there."""
    if first := current_lesson.beginning(lesson):
        print(f"\nNew here? {command('test', first.number)}  {first.title}: it assumes nothing.")


def _refuse_no_place(path: Path, answers: Path) -> None:
    """Before anything is graded, refuse a file that cannot be written, or would be lost."""
    if str(path) == "-":
        return
    why = ""
    if not path.parent.is_dir():
        why = f"there is no folder {place(path.parent)}"
    elif path.is_dir():
        why = "it is a folder"
    elif path.exists() and not path.is_file():
        why = "it is not an ordinary file"
    elif path.exists() and path.samefile(answers):
        why = "these are the answers"
    if why:
        raise CourseError(
            f"{path} cannot be written: {why}. Name a file in a folder that exists, "
            "for example: --json outcome.json or JSON=outcome.json"
        )


def _write_json(text: str, path: Path) -> None:
    if str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        write_atomically(path, text)
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror or error}.") from error
