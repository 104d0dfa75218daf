"""Which lesson submissions are for, if nobody says so: told from their files and definitions.

Nothing in them is run or parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from course import catalog
from course.catalog import CourseError, Lesson, UnknownLesson
from course.cohort.intake.safe_reading import Unreadable
from course.cohort.intake.submissions import Submission, python_files, read

DEFINITION = re.compile(rb"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE | re.ASCII)

NAME_ONE = "Name it with --lesson or LESSON=, for example: make grade SUBMISSIONS=folder LESSON=09"


def lesson_of(submissions: Iterable[Submission]) -> Lesson:
    """Return the lesson that all submissions can be for.

    A submission that tells nothing, such as a broken zip, leaves it to the others. So does a
    checkout with the exercises of all lessons.

    Raises:
        UnknownLesson: if there is no such lesson, or more than one.
    """
    told = {one.entry: found for one in submissions if (found := lessons_in(one))}
    shared = set.intersection(*map(set, told.values())) if told else set()
    if len(shared) == 1:
        return catalog.find(shared.pop())
    if shared or not told:
        raise UnknownLesson(f"Which lesson? The submissions do not say. {NAME_ONE}")
    by_lesson = {min(found): entry for entry, found in reversed(told.items())}
    shown = ", ".join(f"{number} ({by_lesson[number]})" for number in sorted(by_lesson))
    raise UnknownLesson(f"Which lesson? The submissions are for several: {shown}. {NAME_ONE}")


def lessons_in(submission: Submission) -> set[str]:
    """Return the numbers of the lessons that a submission may be for.

    These are the lessons whose exercises it has by name. If there are none, it is the lesson whose
    tasks its only file defines the most of.
    """
    lessons = catalog.lessons()
    try:
        names = python_files(submission)
        if by_name := {one.number for one in lessons if one.exercise.name in names}:
            return by_name
        defined = {*map(bytes.decode, DEFINITION.findall(read(submission, lessons[0])))}
    except (Unreadable, CourseError):
        return set()
    counts = {one.number: len(defined & {task.name for task in one.tasks}) for one in lessons}
    most = max(counts.values())
    return {number for number, count in counts.items() if count == most} if most else set()


def lesson_graded(numbers: Iterable[set[str]]) -> Lesson:
    """Return the only lesson that the gradebooks have marks for.

    Args:
        numbers: the numbers of the lessons in each.

    Raises:
        UnknownLesson: if there is none, or more than one.
    """
    found = sorted(set().union(*numbers))
    if len(found) == 1:
        return catalog.find(found[0])
    shown = f"have several: {', '.join(found)}" if found else "do not say"
    raise UnknownLesson(f"Which lesson? The gradebooks {shown}. Name it with --lesson.")
