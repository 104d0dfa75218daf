"""Checks that the tests of many lessons need: times, arrival, closing, cancellation, leftovers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from course.fakes.clock import VirtualClock
from course.grade.expect import Words, check

LAZY = "A stream costs nothing until somebody reads it. Do the work after the first next()."
ONE_BY_ONE = "Ask for one, hand it out, and only then ask for the next: a stream cannot read ahead."
CLOSE = (
    "The source does not know that you have stopped, and goes on producing: that costs money. "
    "Close it in a finally block around your loop."
)
ASKED_AGAIN = (
    "What was handed out cannot be taken back, and a second answer repeats it. "
    "Let the error pass through: the caller decides what to do."
)
SAME_ERROR = "Only the caller can know what to do about this error. Do not hide or replace it."


def joined(items: Iterable[object]) -> str:
    """All strings among the items, joined."""
    return "".join(item for item in items if isinstance(item, str))


def same(left: Any, right: Any) -> bool:
    """Whether two times, or two lists of times, are equal up to rounding."""
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left is not None and abs(left - right) < 1e-6


def seconds(moments: Iterable[float]) -> Words:
    """A list of times, to be shown."""
    return Words(", ".join(f"{moment:g} s" for moment in moments) or "never")


async def with_arrival(
    stream: AsyncIterable[Any], clock: VirtualClock
) -> tuple[list[Any], list[float]]:
    """Read a stream; return what came, and when."""
    items: list[Any] = []
    moments: list[float] = []
    async for item in stream:
        items.append(item)
        moments.append(clock.elapsed)
    return items, moments


@asynccontextmanager
async def not_for_ever(problem: str, why: str, wanted: object) -> AsyncIterator[None]:
    """Fail with these words if the block takes more than a minute."""
    minute = asyncio.timeout(60)
    try:
        async with minute:
            yield
    except TimeoutError:
        check(not minute.expired(), problem, why=why, wanted=wanted)
        raise


async def take(stream: AsyncIterator[Any], count: int) -> list[Any]:
    """Read the first `count` items of an asynchronous stream."""
    return [await anext(stream) for _ in range(count)]


async def cancel_while_it_waits(stream: AsyncIterable[Any]) -> None:
    """Read a stream in a task, cancel it two seconds later, and let it end."""

    async def read() -> None:
        async for _ in stream:
            pass

    reader = asyncio.create_task(read())
    await asyncio.sleep(2)
    reader.cancel()
    await asyncio.wait([reader])
    error = None if reader.cancelled() else reader.exception()
    check(
        not isinstance(error, TimeoutError),
        "a cancellation is taken for a timeout",
        why="Somebody pressed stop; no limit was passed. Clean up in finally, and let "
        "asyncio.CancelledError pass.",
        wanted=Words("CancelledError for whoever cancels"),
        got=Words(type(error).__name__),
    )
    if error is not None:
        raise error
    check(
        reader.cancelled(),
        "it swallows its cancellation",
        why="asyncio.CancelledError is how a task is told to stop. Clean up in finally, "
        "and let it pass.",
        wanted=Words("CancelledError for whoever cancels"),
        got=Words("an ordinary end"),
    )


async def close(stream: AsyncGenerator[Any, None], when: str, why: str) -> None:
    """Close a stream, and say it in better words if it closes its source during a pull."""
    try:
        await stream.aclose()
    except RuntimeError as error:
        check(
            "already running" not in str(error),
            f"closing it fails {when}",
            why=why,
            wanted=Words("the stream closed at once"),
            got=Words(f"RuntimeError: {error}"),
        )
        raise


def ended(call: Any) -> bool:
    """Whether a call of a model has ended; a server may take a moment to notice."""
    for _ in range(getattr(call, "patience", 0)):
        if call.closed:
            break
        time.sleep(0.01)
    return bool(call.closed)


async def aended(call: Any) -> bool:
    """The same, without blocking the event loop."""
    for _ in range(getattr(call, "patience", 0)):
        if call.closed:
            break
        await asyncio.sleep(0.01)
    return bool(call.closed)


def check_nothing_runs_on(answers: Any) -> None:
    """Pass if the test itself is the only task of the event loop."""
    left = answers.tasks_left()
    check(
        not left,
        "it leaves a task running",
        why="Whoever starts a task has to end it: cancel it and await it in finally.",
        wanted=Words("no task left"),
        got=Words(f"{left} still running"),
    )
