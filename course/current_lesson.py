"""Which lesson somebody works on: what a command means where no lesson is named.

Standard library only. It is the lesson that was worked on last: its exercise was saved, or a
command was about it. Such commands leave its name in `.streamlings/lesson`.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

from course import catalog
from course.backups import folder
from course.catalog import CourseError, Lesson
from course.files import write_atomically
from course.lesson.stubs import stub


class Meant(NamedTuple):
    """The lesson that is meant.

    Attributes:
        lesson: it.
        why: why it is the one, read after its name.
    """

    lesson: Lesson
    why: str

    def __str__(self) -> str:
        return f"Lesson {self.lesson.number}, {self.lesson.title}: {self.why}."


def note(lesson: Lesson) -> None:
    """Remember that somebody works on a lesson. Where nothing can be written, nothing is lost."""
    with contextlib.suppress(OSError):
        write_atomically(_file(), f"{lesson.slug}\n")


def meant(task: str | None = None) -> Meant:
    """Return the lesson that somebody means who names none.

    Args:
        task: the name of a task that they do name; if only one lesson has it, that is the one.

    Raises:
        UnknownLesson: if there are no lessons.
    """
    known = catalog.lessons()
    last = _worked_on_last(known)
    having = [lesson for lesson in known if any(one.name == task for one in lesson.tasks)]
    if len(having) == 1 and having[0] != last:
        return Meant(having[0], f"the one with the task {task}")
    if last is not None:
        return Meant(last, "you worked on it last")
    if not known:
        catalog.find(None)
    return Meant(known[0], "the first one, because you have not begun any")


def beginning(lesson: Lesson) -> Lesson | None:
    """Return where the course begins, for somebody who has changed no exercise yet.

    None is returned if that is `lesson`, or if they have begun.
    """
    first, *_ = known = catalog.lessons()
    begun = lesson == first or any(_has_changed(one) for one in known)
    return None if begun else first


def _file() -> Path:
    return folder() / "lesson"


def _worked_on_last(known: tuple[Lesson, ...]) -> Lesson | None:
    """The lesson that was noted last, or the one of which the exercise was saved after that."""
    noted, since = _noted(known)
    saved = [(time, lesson) for lesson in known if (time := _time(lesson.exercise)) > since]
    for _, lesson in sorted(saved, key=lambda pair: pair[0], reverse=True):
        if _has_changed(lesson):
            return lesson
    return noted


def _noted(known: tuple[Lesson, ...]) -> tuple[Lesson | None, int]:
    """The lesson in the file, and when that was written. 0 is before all times."""
    try:
        slug = _file().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None, 0
    noted = next((lesson for lesson in known if lesson.slug == slug), None)
    return noted, _time(_file()) if noted else 0


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _has_changed(lesson: Lesson) -> bool:
    """Whether an exercise is something else than its stub. The ends of lines do not count."""
    try:
        text = lesson.exercise.read_text(encoding="utf-8", errors="replace")
        return text.removeprefix("\ufeff").splitlines() != stub(lesson).splitlines()
    except (OSError, CourseError):
        return False
