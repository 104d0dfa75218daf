"""Which of a lesson's known mistakes a learner made, judging by what the grader says.

Each known mistake is graded once for each version of the lesson. The gradebook keeps what the
grader says about it: the headline, and the test that found it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from course.catalog import Lesson
from course.cohort.intake.identity import version_of
from course.cohort.progress_bar import shown
from course.cohort.results.gradebook import Gradebook
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.grader import Grader
from course.lesson.variants import Variant, mistakes

Headline = tuple[str, str]
"""The test that failed, and what the grader said."""

KnownMistakes = Callable[[Gradebook, Lesson, Iterable[str]], dict[Headline, list[Variant]]]
"""Such as `known_by_headline`."""


def known_by_headline(
    gradebook: Gradebook, lesson: Lesson, tasks: Iterable[str]
) -> dict[Headline, list[Variant]]:
    """Return the known mistakes of some tasks by what the grader says about them."""
    tasks = list(tasks)
    variants = {variant.name: variant for variant in mistakes(lesson)}
    version = _version(lesson)
    found: dict[Headline, list[Variant]] = {}
    missing = [task for task in tasks if not gradebook.known_mistakes(version, task)]
    if missing:
        _learn(gradebook, lesson, version, missing, variants.values())
    for task in tasks:
        for name, test, problem in gradebook.known_mistakes(version, task):
            found.setdefault((test, problem), []).append(variants[name])
    return found


def _learn(
    gradebook: Gradebook,
    lesson: Lesson,
    version: str,
    tasks: list[str],
    variants: Iterable[Variant],
) -> None:
    by_task: dict[str, list[Variant]] = {task: [] for task in tasks}
    for variant in variants:
        if variant.task in by_task:
            by_task[variant.task].append(variant)
    with Grader(lesson) as grader:
        for task in shown(tasks, "Grading the known mistakes, once per lesson: tasks"):
            wrong = by_task[task]
            rows = [(v.name, *headline) for v in wrong for headline in _headlines(grader, v)]
            gradebook.learn_mistakes(version, task, rows)


def _headlines(grader: Grader, variant: Variant) -> list[Headline]:
    try:
        answers = AnswerFile.of_text(variant.answers, grader.lesson.exercise)
        outcome = grader.grade(answers, only=variant.task)
    except CannotLoad:  # the checks report this; a report can do without
        return []
    told = [task.feedback for task in outcome.tasks if task.feedback]
    return [(feedback.test, feedback.problem) for feedback in told]


def _version(lesson: Lesson) -> str:
    text = lesson.mistakes.read_bytes() if lesson.mistakes.exists() else b""
    return hashlib.sha256(version_of(lesson).encode() + text).hexdigest()
