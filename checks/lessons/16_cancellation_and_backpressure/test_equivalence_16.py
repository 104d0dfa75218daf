"""`iterate_in_thread` of lesson 16 gives what Starlette's `iterate_in_threadpool` gives.

Known deviation of Starlette (`concurrency.py`, behind `StreamingResponse` of an ordinary
generator): it never closes what it reads, neither when its reader stops nor when that is
cancelled.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from starlette.concurrency import iterate_in_threadpool

from course import catalog
from course.lesson.variants import reference

Reader = Callable[[Any], AsyncIterator[Any]]

STREAMS = 100

answers = reference(catalog.find("16"))


def stream(seed: int) -> Iterator[Any]:
    """Some items of several kinds; one in three streams breaks."""
    pick = random.Random(seed)
    for number in range(pick.randrange(8)):
        yield pick.choice((number, None, "", f"token {number}", []))
    if seed % 3 == 0:
        raise ConnectionError(seed)


async def read(reader: Reader, items: Any) -> list[Any]:
    """All that comes; an error is the last."""
    got = []
    try:
        async for item in reader(items):
            got.append(item)
    except ConnectionError as error:
        got.append(repr(error))
    return got


def test_both_give_the_same() -> None:
    async def both(items: Callable[[], Any]) -> bool:
        ours = await read(answers.iterate_in_thread, items())
        return ours == await read(iterate_in_threadpool, items())

    async def run() -> list[int]:
        return [seed for seed in range(STREAMS) if not await both(lambda: stream(seed))]  # noqa: B023

    assert asyncio.run(run()) == []
    lengths = {len(asyncio.run(read(answers.iterate_in_thread, stream(seed)))) for seed in range(9)}
    assert len(lengths) > 3


@pytest.mark.parametrize(
    ("reader", "closes"), [(answers.iterate_in_thread, True), (iterate_in_threadpool, False)]
)
def test_only_ours_closes(reader: Reader, closes: bool) -> None:
    closed = []

    def items() -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            closed.append(True)

    async def run() -> None:
        source: Any = items()
        reading: Any = reader(source)
        await anext(reading)
        await reading.aclose()
        assert bool(closed) == closes
        source.close()

    asyncio.run(run())
