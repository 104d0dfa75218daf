"""Parametrizations of what is combinatorial: all of it, with a mark on what is not in the sample.

Whoever runs a file or `-k name` gets all that they name. `make test` passes `--sample`, and then
what has the mark is left out; `course/author/sampling.py` says which part that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet

from course import catalog
from course.author.sampling import ROOMS, sample
from course.catalog import Lesson
from course.lesson.variants import Variant, rounds

NOT_IN_SAMPLE = pytest.mark.not_in_sample

Params = list[ParameterSet]
Value = TypeVar("Value")
Variants = Callable[[Lesson], Sequence[Variant]]


def each_variant(variants: Variants, purpose: str, seeds: Sequence[int] = ()) -> Params:
    """Parametrize with lessons and variants, and with seeds if there are any.

    The sample has one for each task of every lesson, under one of the seeds.
    """
    made = []
    for lesson in catalog.lessons():
        every = variants(lesson)
        drawn = sample().of_each_task(lesson, every, purpose)
        whole = lesson.slug in sample().whole
        for variant in every:
            name = f"{lesson.slug}-{variant.name}"
            first = sample().shuffled(map(str, seeds), f"{purpose} {name}")[:1]
            for seed in seeds:
                in_sample = variant.name in drawn and (whole or str(seed) in first)
                made.append(_param(lesson, variant, seed, name=f"{name}-{seed}", drawn=in_sample))
            if not seeds:
                made.append(_param(lesson, variant, name=name, drawn=variant.name in drawn))
    return made


def each_round(variants: Variants, purpose: str, several: int = 1) -> Params:
    """Parametrize with lessons and rounds of variants, dealt anew when something changes.

    The sample has the first round, in which there is a variant for each task, of one lesson in so
    many, and all rounds of those that run whole.
    """
    with_one = sample().part((lesson.slug for lesson in catalog.lessons()), purpose, several)
    return [
        _param(
            lesson,
            dealt,
            name=f"{lesson.slug}-{dealt[0].name} and {len(dealt) - 1} more",
            drawn=lesson.slug in sample().whole or (number == 0 and lesson.slug in with_one),
        )
        for lesson in catalog.lessons()
        for number, dealt in enumerate(rounds(sample().dealt_anew(variants(lesson), purpose)))
    ]


def each_lesson(several: int, purpose: str) -> Params:
    """Parametrize with lessons. The sample has those that run whole, and one in so many."""
    drawn = sample().part((lesson.slug for lesson in catalog.lessons()), purpose, several)
    return [
        _param(lesson, name=lesson.slug, drawn=lesson.slug in drawn | sample().whole)
        for lesson in catalog.lessons()
    ]


def one_lesson(purpose: str) -> Params:
    """Parametrize with lessons. The sample has one: one that runs whole, if there is any."""
    drawn = sample().shuffled((lesson.slug for lesson in catalog.lessons()), purpose)
    first = next((slug for slug in drawn if slug in sample().whole), drawn[0])
    return [
        _param(lesson, name=lesson.slug, drawn=lesson.slug == first) for lesson in catalog.lessons()
    ]


def each_part(parts: Iterable[int], several: int, purpose: str = "") -> Params:
    """Parametrize with lessons and the numbers of parts, or of seeds.

    The sample has all parts of a lesson that runs whole, and one in so many of the rest.
    """
    parts = [*parts]
    every = {f"{one.slug}-{part}": (one, part) for one in catalog.lessons() for part in parts}
    drawn = sample().part(every, purpose, several)
    return [
        _param(lesson, part, name=name, drawn=name in drawn or lesson.slug in sample().whole)
        for name, (lesson, part) in every.items()
    ]


def one_in(
    values: Iterable[Value], several: int, purpose: str, name: Callable[[Value], str] = str
) -> Params:
    """Parametrize with values of which one in so many is in the sample."""
    named = {name(value): value for value in values}
    drawn = sample().part(named, purpose, several)
    return [_param(value, name=key, drawn=key in drawn) for key, value in named.items()]


def of_room(name: str, several: int = 3) -> pytest.MarkDecorator:
    """Mark the tests of a room. The sample has all of them if it has changed, or one in so many."""
    assert name in ROOMS
    one_in = 1 if name in sample().changed_rooms else several
    return pytest.mark.sampled(f"tests of the {name}", one_in=one_in)


def _param(*values: object, name: str, drawn: bool) -> ParameterSet:
    return pytest.param(*values, id=name, marks=() if drawn else NOT_IN_SAMPLE)
