"""The golden texts: what the grader tells a learner about each known mistake.

One file for each task, `checks/lessons/NN_slug/golden/TASK.txt`, and `attempts.txt` for what
beginners write first: to be read as prose by those who write the tests.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from course import catalog
from course.author import screens
from course.author.freshness import Made
from course.catalog import IncompleteLesson, Lesson, Task
from course.grade.answer_file import AnswerFile
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome
from course.grade.screen import WIDTH, as_plain, verdict
from course.lesson.variants import Variant, attempts, mistakes
from course.wording import as_from_make


def run(name: str | None, check: bool) -> int:
    """Write the golden texts and screens; with `check`, only say which ones are stale.

    Args:
        name: names the one lesson, as for `catalog.find`; None for all, and for the screens.
        check: whether to write nothing.

    Returns:
        The exit status: 0, or 1 if something is stale.

    Raises:
        UnknownLesson: if there is no such lesson.
        IncompleteLesson: if a lesson lacks what the texts are made from.
    """
    lessons = catalog.lessons() if name is None else (catalog.find(name),)
    made = Made("make golden" if name is None else f"make golden-{lessons[0].number}", check)
    for lesson in lessons:
        _refuse_incomplete(lesson)  # before minutes are spent on the others
    for lesson in lessons:
        put(lesson, made)
    if name is None:
        screens.put(made)
    return made.tell()


def _refuse_incomplete(lesson: Lesson) -> None:
    for path in (lesson.solution, lesson.tests, lesson.mistakes):
        catalog.text_of(lesson, path)
    having = {variant.task for variant in mistakes(lesson)}
    for task in lesson.tasks:
        if task.name not in having:
            raise IncompleteLesson(lesson.number, lesson.mistakes, f"has none of {task.name}")


def put(lesson: Lesson, made: Made) -> None:
    """Write the golden texts of one lesson, or look whether they are fresh."""
    with Grader(lesson) as grader:
        for task in lesson.tasks:
            made.put(golden_file(lesson, task), text(grader, task))
        made.put(lesson.told_of_attempts, _sections(grader, attempts(lesson)))
    for path in unknown_files(lesson):
        made.remove(path)


def golden_file(lesson: Lesson, task: Task) -> Path:
    """Return where the golden text of a task is kept."""
    return lesson.golden / f"{task.name}.txt"


def unknown_files(lesson: Lesson) -> list[Path]:
    """Return the golden files that belong to no task, such as a renamed one."""
    known = {golden_file(lesson, task) for task in lesson.tasks}
    return sorted(path for path in lesson.golden.glob("*.txt") if path not in known)


def told_in(content: str) -> list[str]:
    """Return the names of the mistakes that a golden text is about."""
    return re.findall(r"^(\w+)\n=+$", content, re.MULTILINE)


def text(grader: Grader, task: Task) -> str:
    """Return what `grader` says about each mistake of a task.

    Raises:
        IncompleteLesson: if it accepts one.
    """
    return _sections(grader, [one for one in mistakes(grader.lesson) if one.task == task.name])


def _sections(grader: Grader, variants: Iterable[Variant]) -> str:
    return "\n\n".join(section(variant, explanation(grader, variant)) for variant in variants)


def explanation(grader: Grader, variant: Variant) -> str:
    """Return the part of the screen that tells a learner what is wrong with `variant`.

    Raises:
        IncompleteLesson: if nothing is wrong.
    """
    answers = AnswerFile.of_text(variant.answers, grader.lesson.exercise)
    with as_from_make():
        return _told(variant, grader.grade(answers, only=variant.task))


def section(variant: Variant, told: str) -> str:
    """Return the part of a golden text that is about one mistake."""
    head = [variant.name, "=" * len(variant.name), *textwrap.wrap(variant.note, WIDTH)]
    return "\n".join(head) + f"\n\n{told}"


def section_of(variant: Variant, outcome: LessonOutcome) -> str:
    """Return the same from the outcome of all tasks of the lesson."""
    own = tuple(task for task in outcome.tasks if task.task.name == variant.task)
    with as_from_make():
        return section(variant, _told(variant, replace(outcome, tasks=own)))


WORDS_OF_OTHER_PYTHONS = (
    (r"'(\w+)' object can't be awaited", r"object \1 can't be used in 'await' expression"),  # 3.14
    (
        r"cannot\s+use\s+'(\w+)'\s+as\s+a\s+(?:dict\s+key|set\s+element)\s+\(unhashable\s+type:\s+'\w+'\)",
        r"unhashable type: '\1'",
    ),  # 3.14
    (
        r"category\(\):\s+argument\s+must\s+be\s+a\s+unicode\s+character,\s+not\s+a\s+string\s+of\s+length\s+\d+",
        "category() argument must be a unicode character, not str",
    ),  # 3.14
    (r"float division by zero", "division by zero"),  # all before 3.14
    (r"\b(max|min)\(\) iterable argument is empty", r"\1() arg is an empty sequence"),  # 3.12
    (r"(unexpected\s+keyword\s+argument\s+'\w+')\.\s+Did\s+you\s+mean\s+'\w+'\?", r"\1"),  # 3.13
)
"""What some Pythons say -> what the texts quote."""


def _told(variant: Variant, outcome: LessonOutcome) -> str:
    """Return the part of the screen that explains the task."""
    if outcome.all_passed:
        lesson = outcome.lesson
        said = f"notices nothing wrong in {variant.name}"
        raise IncompleteLesson(lesson.number, lesson.tests, said)
    shown = as_plain(verdict(outcome, outcome.lesson.exercise))
    _, told, _ = shown.split("\n\n")  # the list of tasks, the explanation, what to do next
    for here, quoted in WORDS_OF_OTHER_PYTHONS:
        told = re.sub(here, quoted, told)
    return f"{told}\n"
