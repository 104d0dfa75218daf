"""The benchmarks measure the tasks of every lesson, and still run."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import PARTS, _parts_of
from benchmarks.streaming import benchmark
from course.catalog import Lesson, lessons
from course.lesson.variants import reference

FEW = 40
"""Tokens. Enough to see that nothing fails; nothing is timed here."""

LESSONS = [pytest.param(lesson, id=lesson.slug) for lesson in lessons()]


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_is_measured_runs(lesson: Lesson) -> None:
    runs = benchmark(lesson).runs(reference(lesson))
    assert runs
    for run in runs.values():
        run(FEW)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_task_is_measured_or_is_no_stream(lesson: Lesson) -> None:
    module = benchmark(lesson)
    measured = [*module.runs(reference(lesson))]
    left_out = getattr(module, "NO_STREAM", ())
    assert sorted([*measured, *left_out]) == sorted(task.name for task in lesson.tasks)


@pytest.mark.parametrize("lesson", LESSONS)
def test_memory_is_measured_where_it_is_promised(lesson: Lesson) -> None:
    module = benchmark(lesson)
    runs = module.runs(reference(lesson))
    assert runs.keys() >= {*module.PASS_THROUGH}
    assert runs.keys() >= getattr(module, "BARE", {}).keys()


def test_each_lesson_is_a_part() -> None:
    names = [f"streaming_{lesson.number}" for lesson in lessons()]
    assert _parts_of("streaming") == names
    assert [*PARTS] == ["grading", *names, "wire", "cohort", "containment"]
    assert _parts_of("stream") == []
