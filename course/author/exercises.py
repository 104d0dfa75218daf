"""`make stubs`: writes the stub of each lesson into its exercise."""

from __future__ import annotations

import sys
from pathlib import Path

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
        path, text = lesson.exercise, stub(lesson)
        if path.exists() and not _is_untouched_file(path, lesson):
            answered.append(path)
        else:
            made.put(path, text)
    for path in answered:
        said = "has answers in it, and was left alone. make reset backs them up."
        print(f"{place(path)} {said}", file=sys.stderr)
    return max(made.tell(), 1 if answered else 0)


def _is_untouched_file(path: Path, lesson: Lesson) -> bool:
    try:
        return is_untouched(read(path).source, lesson)
    except CannotLoad:
        return False
