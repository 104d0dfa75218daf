"""The graders accept what is right, reject what is wrong, and say what is wrong with it.

Each lesson has known mistakes and alternatives; `course/lesson/variants.py` says what these are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Graders
from sampled import each_part, each_variant

from course import catalog
from course.author import golden
from course.catalog import Lesson, Task
from course.grade import SEED
from course.lesson.variants import (
    FEWEST_ALTERNATIVES,
    FEWEST_MISTAKES,
    Variant,
    alternatives,
    mistakes,
    resting_on,
)

OTHER_SEEDS = (1, 2, 3)

LESSONS = catalog.lessons()
TASKS = [(lesson, task) for lesson in LESSONS for task in lesson.tasks]
MISTAKES = [(lesson, mistake) for lesson in LESSONS for mistake in mistakes(lesson)]
ALTERNATIVES = [(lesson, right) for lesson in LESSONS for right in alternatives(lesson)]


def name(value: object) -> str:
    """Return how a parameter is called in the name of a test."""
    return value.slug if isinstance(value, Lesson) else value.name  # type: ignore[attr-defined]


def test_there_are_lessons() -> None:
    assert LESSONS


def test_what_rests_on_a_task() -> None:
    lesson = catalog.find("04")
    assert resting_on(lesson, "run_calls") == {"agent_turn", "run_agent", "agent_steps"}
    assert resting_on(lesson, "final_answer") == {"ask_ready_made"}
    assert resting_on(lesson, "ask_ready_made") == set()


@pytest.mark.sampled("references under one of four seeds")
@pytest.mark.parametrize(
    ("lesson", "seed"), [*each_part([SEED], 1), *each_part(OTHER_SEEDS, 3, "references")]
)
def test_the_reference_passes(lesson: Lesson, seed: int, graders: Graders) -> None:
    outcome = graders(lesson).grade(lesson.solution, seed)
    failed = [test for task in outcome.tasks for test in task.tests if test.verdict != "passed"]
    assert failed == []
    assert outcome.all_passed
    assert len(outcome.tasks) == len(lesson.tasks)


@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_the_stub_is_not_started(lesson: Lesson, graders: Graders) -> None:
    """Each test calls its task: none passes on an empty one, and none fails otherwise."""
    tests = [test for task in graders(lesson).grade(lesson.exercise).tasks for test in task.tests]
    assert tests
    assert [test.test for test in tests if test.verdict != "not_started"] == []


@pytest.mark.parametrize(("lesson", "task"), TASKS, ids=name)
def test_a_task_has_mistakes_and_alternatives(lesson: Lesson, task: Task) -> None:
    wrong = [mistake for of, mistake in MISTAKES if (of, mistake.task) == (lesson, task.name)]
    right = [other for of, other in ALTERNATIVES if (of, other.task) == (lesson, task.name)]
    assert len(wrong) >= FEWEST_MISTAKES
    assert len(right) >= FEWEST_ALTERNATIVES


@pytest.mark.sampled("mistakes")
@pytest.mark.parametrize(("lesson", "mistake"), each_variant(mistakes, "explained"))
def test_a_mistake_is_explained(
    lesson: Lesson, mistake: Variant, graders: Graders, write: Callable[[str], Path]
) -> None:
    """That no other task is wrong is looked at in test_official.py, for several at once."""
    outcome = graders(lesson).grade(write(mistake.answers), only=mistake.task)
    feedback = outcome.tasks[0].feedback
    assert feedback is not None
    assert feedback.test.endswith(f"::{mistake.caught_by}"), feedback.problem
    own = range(*_lines_of(mistake))
    assert feedback.line in own, "the line is one of the learner's function"
    kept = golden.golden_file(lesson, lesson.task(mistake.task)).read_text(encoding="utf-8")
    assert golden.section_of(mistake, outcome) in kept, "make golden"


@pytest.mark.sampled("mistakes under another seed")
@pytest.mark.parametrize(("lesson", "mistake"), each_variant(mistakes, "another seed"))
def test_a_mistake_is_rejected_under_another_seed(
    lesson: Lesson, mistake: Variant, graders: Graders, write: Callable[[str], Path]
) -> None:
    outcome = graders(lesson).grade(write(mistake.answers), OTHER_SEEDS[0], only=mistake.task)
    feedback = outcome.tasks[0].feedback
    assert feedback is not None
    assert feedback.test.endswith(f"::{mistake.caught_by}"), feedback.problem


@pytest.mark.sampled("alternatives under one of four seeds")
@pytest.mark.parametrize(
    ("lesson", "alternative", "seed"), each_variant(alternatives, "accepted", (SEED, *OTHER_SEEDS))
)
def test_an_alternative_is_accepted(
    lesson: Lesson,
    alternative: Variant,
    seed: int,
    graders: Graders,
    write: Callable[[str], Path],
) -> None:
    outcome = graders(lesson).grade(write(alternative.answers), seed, only=alternative.task)
    assert [task.feedback for task in outcome.tasks if task.feedback] == []
    assert outcome.all_passed


@pytest.mark.parametrize(("lesson", "task"), TASKS, ids=name)
def test_the_golden_text_has_each_mistake_once(lesson: Lesson, task: Task) -> None:
    """What is said of each is looked at above, where it is graded."""
    path = golden.golden_file(lesson, task)
    assert path.exists(), "run: make golden"
    told = golden.told_in(path.read_text(encoding="utf-8"))
    wrong = [mistake.name for of, mistake in MISTAKES if (of, mistake.task) == (lesson, task.name)]
    assert told == wrong, "make golden"


@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_no_golden_text_is_left_over(lesson: Lesson) -> None:
    assert golden.unknown_files(lesson) == []


def _lines_of(variant: Variant) -> tuple[int, int]:
    """Where the exchanged function stands in the whole file, from and to (exclusive)."""
    signature = catalog.declared(variant.answers, Path(variant.name))[variant.task]
    return signature.line, signature.end_line + 1
