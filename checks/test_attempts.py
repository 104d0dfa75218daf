"""What beginners write first is wrong, and the screen names just what went wrong.

`checks/lessons/NN_slug/attempts.py` has them, with what each learner believes; `attempts.txt` has
what they are told. Whether the one names the other is for a reader to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Graders
from sampled import each_round, each_variant

from course import catalog
from course.author import golden
from course.catalog import Lesson
from course.grade.screen import WIDTH
from course.lesson.variants import (
    Variant,
    attempts,
    fewest_attempts,
    may_be_wrong,
    mistakes,
    together,
)

LESSONS = catalog.lessons()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_has_enough(lesson: Lesson) -> None:
    assert len(attempts(lesson)) >= fewest_attempts(lesson)
    without = {task.name for task in lesson.tasks} - {one.task for one in attempts(lesson)}
    assert without == set(), "each task has one"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_each_is_new_and_says_what_its_author_believes(lesson: Lesson) -> None:
    known = {one.function for one in mistakes(lesson)}
    assert [one.name for one in attempts(lesson) if one.function in known] == []
    assert [one.name for one in attempts(lesson) if not one.note.endswith(".")] == []


@pytest.mark.sampled("beginners' attempts")
@pytest.mark.parametrize(("lesson", "attempt"), each_variant(attempts, "attempted"))
def test_an_attempt_is_told_what_went_wrong(
    lesson: Lesson, attempt: Variant, graders: Graders, write: Callable[[str], Path]
) -> None:
    outcome = graders(lesson).grade(write(attempt.answers), only=attempt.task)
    assert outcome.tasks[0].verdict != "passed"
    kept = lesson.told_of_attempts.read_text(encoding="utf-8")
    assert golden.section_of(attempt, outcome) in kept, "make golden"


@pytest.mark.sampled("beginners' attempts together")
@pytest.mark.parametrize(("lesson", "dealt"), each_round(attempts, "attempted together"))
def test_no_other_task_is_wrong(
    lesson: Lesson, dealt: tuple[Variant, ...], graders: Graders, write: Callable[[str], Path]
) -> None:
    """One for each task, in one file."""
    outcome = graders(lesson).grade(write(together(lesson, dealt)))
    wrong = {task.task.name for task in outcome.tasks if task.verdict != "passed"}
    assert {attempt.task for attempt in dealt} <= wrong <= may_be_wrong(lesson, dealt)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_the_golden_text_has_each_once(lesson: Lesson) -> None:
    told = lesson.told_of_attempts.read_text(encoding="utf-8")
    assert golden.told_in(told) == [one.name for one in attempts(lesson)], "make golden"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_what_is_told_fits(lesson: Lesson) -> None:
    lines = lesson.told_of_attempts.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []
