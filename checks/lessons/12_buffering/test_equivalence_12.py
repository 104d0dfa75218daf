"""Lesson 12's `debounce` groups as pydantic-ai's debounce does, except for what is listed.

Known deviations of pydantic-ai (`_utils.group_by_temporal`, behind `stream_text(debounce_by=...)`):

* an error from the source discards the group that had come before it;
* the limit is soft: while items are ready immediately, the group keeps growing, however long it
  takes.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from pydantic_ai._utils import group_by_temporal

from course import catalog
from course.fakes.clock import virtual_time
from course.fakes.script import Pause
from course.fakes.sources import AsyncSource
from course.lesson.variants import reference

INTERVAL = 1.0
SCHEDULES = 60

Groups = list[tuple[float, list[Any]]]
"""When each group came, and what was in it."""

answers = reference(catalog.find("12"))


def schedule(seed: int) -> list[Any]:
    """Items with pauses between them, with no two moments a whole number of intervals apart."""
    pick = random.Random(seed)
    items: list[Any] = []
    for number in range(pick.randrange(12)):
        tenths = pick.choice((0, 0, 1, 2, 3, 7, 15, 30))
        items += [Pause(tenths / 10 + pick.randrange(1, 1_000) / 1e6), number]
    return items


async def with_times(groups: AsyncIterator[list[Any]], clock: Any) -> Groups:
    return [(round(clock.elapsed, 6), group) async for group in groups]


def ours(items: list[Any]) -> Groups:
    with virtual_time() as clock:
        return clock.run(with_times(answers.debounce(AsyncSource(items), INTERVAL), clock))


def theirs(items: list[Any]) -> Groups:
    async def read() -> Groups:
        async with group_by_temporal(AsyncSource(items), INTERVAL) as groups:
            return await with_times(aiter(groups), clock)

    with virtual_time() as clock:
        return clock.run(read())


def test_the_groups_are_the_same_and_come_at_the_same_time() -> None:
    schedules = [schedule(seed) for seed in range(SCHEDULES)]
    assert {len(ours(items)) for items in schedules} >= {0, 1, 2, 3, 4, 5}
    assert [items for items in schedules if ours(items) != theirs(items)] == []


def test_an_error_takes_their_group_with_it() -> None:
    def source() -> AsyncSource:
        return AsyncSource(["a", ConnectionError()])

    async def read() -> tuple[list[Any], list[Any]]:
        mine, other = [], []
        with suppress(ConnectionError):
            async for group in answers.debounce(source(), INTERVAL):
                mine.append(group)
        with suppress(ConnectionError):
            async with group_by_temporal(source(), INTERVAL) as groups:
                async for group in groups:
                    other.append(group)
        return mine, other

    with virtual_time() as clock:
        assert clock.run(read()) == ([["a"]], [])


def test_their_limit_is_soft() -> None:
    async def busy() -> AsyncIterator[int]:
        for number in range(8):
            time.sleep(0.3)  # works, and never waits
            yield number

    async def read() -> tuple[list[Any], list[Any]]:
        mine = [group async for group in answers.debounce(busy(), INTERVAL)]
        async with group_by_temporal(busy(), INTERVAL) as groups:
            return mine, [group async for group in groups]

    with virtual_time() as clock:
        assert clock.run(read()) == ([[0, 1, 2, 3, 4], [5, 6, 7]], [[*range(8)]])


def test_nothing_is_left_running() -> None:
    async def read() -> int:
        groups = answers.debounce(AsyncSource(["a", Pause(9), "b"]), INTERVAL)
        await anext(groups)
        await groups.aclose()
        return len(asyncio.all_tasks())

    with virtual_time() as clock:
        assert clock.run(read()) == 1
