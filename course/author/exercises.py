"""`make stubs`: writes the stub of each lesson into its exercise."""

from __future__ import annotations

import sys

from course import catalog
from course.author.freshness import Made
from course.catalog import Lesson
from course.grade.answer_file import CannotLoad, read
from course.lesson.stubs import is_untouched, stub
from course.wording import place


def run(check: bool) -> int:
    """Write the stub of every lesson; with `check`, only say which ones are stale.

    An exercise with answers in it is left alone: it may be someone's only copy.

    Returns:
        The exit status: 0, or 1 if something is stale.
    """
    made, answered = Made("make stubs", check), []
    for lesson in catalog.lessons():
        if has_answers(lesson):
            answered.append(lesson.exercise)
        else:
            put(lesson, made)
    for path in answered:
        said = "has answers in it, and was left alone. make reset backs them up."
        print(f"{place(path)} {said}", file=sys.stderr)
    return max(made.tell(), 1 if answered else 0)


def put(lesson: Lesson, made: Made) -> None:
    """Write the stub of one lesson, or look whether it is fresh."""
    made.put(lesson.exercise, stub(lesson))


def has_answers(lesson: Lesson) -> bool:
    """Whether somebody has begun to write into the exercise of a lesson."""
    try:
        untouched = is_untouched(read(lesson.exercise).source, lesson)
    except CannotLoad:
        untouched = False
    return lesson.exercise.exists() and not untouched
