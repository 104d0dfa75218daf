"""The blocking source behaves as a generator in a thread does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from waiting import SECONDS_FOR_A_HANG

from course.fakes.blocking import BlockingSource
from course.fakes.clock import VirtualClock, virtual_time
from course.fakes.script import Pause


def generator() -> Iterator[str]:
    for token in ("a", "b"):
        time.sleep(1)
        yield token


@pytest.mark.parametrize("make", [generator, lambda: BlockingSource([Pause(1), "a"])])
def test_it_cannot_be_closed_while_a_thread_pulls_it(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeps, wakes = threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        sleeps.set()
        assert wakes.wait(SECONDS_FOR_A_HANG)

    monkeypatch.setattr(time, "sleep", sleep)

    async def run() -> None:
        source = make()
        pull = asyncio.ensure_future(asyncio.to_thread(next, source))
        assert await asyncio.to_thread(sleeps.wait, SECONDS_FOR_A_HANG)
        with pytest.raises(ValueError, match="generator already executing"):
            source.close()
        wakes.set()
        assert await pull == "a"
        source.close()
        assert next(source, "over") == "over"

    asyncio.run(run())


def test_nor_in_virtual_time() -> None:
    async def run() -> None:
        source = BlockingSource([Pause(3), "a", Pause(3), "b"], closing=2)
        pull = asyncio.ensure_future(asyncio.to_thread(next, source))
        await asyncio.sleep(1)
        with pytest.raises(ValueError, match="generator already executing"):
            source.close()
        assert await pull == "a"
        assert not source.closed
        assert clock.elapsed == 3
        await asyncio.to_thread(source.close)
        assert source.closed
        assert (clock.elapsed, clock.blocked) == (5, 0)
        source.close()
        assert clock.blocked == 0

    with virtual_time(VirtualClock()) as clock:
        clock.run(run())


def test_closing_it_blocks_whoever_does_it() -> None:
    async def run() -> None:
        BlockingSource(["a"], closing=2).close()

    with virtual_time(VirtualClock()) as clock:
        clock.run(run())
        assert clock.blocked == 2
