"""Checks that the tests of many lessons need: times, arrival, closing, cancellation, leftovers."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Iterable,
    Iterator,
)
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from course.fakes.clock import VirtualClock
from course.grade.expect import NOTHING, Caught, Words, WrongAnswer, check, raises

LAZY = "A stream costs nothing until somebody reads it. Start the work at the first next()."
ONE_BY_ONE = (
    "Ask for one item, hand it out, and only then ask for the next: a stream must not read ahead."
)
CLOSE = (
    "The source does not know that you have stopped, and keeps producing: that costs money. Close "
    "it in a finally block around your loop."
)
ASKED_AGAIN = (
    "What was handed out cannot be taken back, and a second answer would repeat it. Let the error "
    "pass through: the caller decides what to do."
)
END_FIRST = (
    "A source that is still being pulled cannot be closed. In finally: first end the tasks and "
    "await them, then close the source."
)
FINITE = (
    "Closing must not wait for anything that may never come: a pull of a silent source, or room in "
    "a queue that nobody reads."
)
UNNOTICED = "An error in a task stays there until its result is asked for. Hand it to the reader."
EARLIER_CALL = "an earlier call changes what this one does"
WHY_EARLIER_CALL = (
    "In a program that has only just started, this call is right. Look for what outlives a call: a "
    "default value such as [], a global variable, an attribute of the function."
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
        why="Somebody pressed stop; no time limit was exceeded. Clean up in finally, and let "
        "asyncio.CancelledError pass.",
        wanted=Words("CancelledError for the one who cancels"),
        got=Words(type(error).__name__),
    )
    if error is not None:
        raise error
    check(
        reader.cancelled(),
        "it swallows its cancellation",
        why="asyncio.CancelledError is how a task is told to stop. Clean up in finally, "
        "and let it pass.",
        wanted=Words("CancelledError for the one who cancels"),
        got=Words("a normal end"),
    )


async def cancelled_while_it_waits(awaitable: Awaitable[Any]) -> bool:
    """Cancel what is awaited a second later, and return whether it lets the cancellation pass."""
    running = asyncio.ensure_future(awaitable)
    await asyncio.sleep(1)
    running.cancel()
    await asyncio.wait([running])
    error = None if running.cancelled() else running.exception()
    if isinstance(error, NotImplementedError):
        raise error
    return running.cancelled()


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


def check_lazy(source: Any, problem: str = "it reads before anybody asks for an item") -> None:
    """Pass if nothing has been asked of a source yet."""
    check(
        source.asked == 0,
        problem,
        why=LAZY,
        wanted=Words("nothing pulled yet"),
        got=Words(f"{source.asked} asked for"),
    )


def check_not_ahead(pulled: int, handed_out: int, why: str = ONE_BY_ONE) -> None:
    """Pass if as much was pulled from a source, or asked of it, as was handed out."""
    check(
        pulled == handed_out,
        "it reads ahead of its caller",
        why=why,
        wanted=Words(f"{handed_out} pulled for {handed_out} handed out"),
        got=Words(f"{pulled} pulled"),
    )


def check_closed(source: Any, when: str = "when the caller stops", why: str = CLOSE) -> None:
    """Pass if a source is closed."""
    check(
        source.closed,
        f"its source stays open {when}",
        why=why,
        wanted=Words("the source closed"),
        got=Words("still open"),
    )


def check_closes(stream: Any, source: Any, after: int = 1, why: str = CLOSE) -> None:
    """Pass if closing a stream, after so many items, closes its source."""
    for _ in range(after):
        next(stream)
    stream.close()
    check_closed(source, why=why)


@contextmanager
def passes_on(error: BaseException, of: str = "the source") -> Iterator[Caught]:
    """Pass if the block raises this very error; `of` says whose it is."""
    replaced = f"an error of {of} is replaced"
    with raises(type(error), f"an error of {of} is hidden", why=SAME_ERROR) as caught:
        try:
            yield caught
        except Exception as other:
            wanted, got = Words(type(error).__name__), Words(type(other).__name__)
            is_another = error in (other.__cause__, other.__context__)
            check(not is_another, replaced, why=SAME_ERROR, wanted=wanted, got=got)
            raise
    check(caught.error is error, replaced, why=SAME_ERROR)


def check_passes_on(stream: Iterable[Any], error: BaseException, before: object = NOTHING) -> None:
    """Pass if a stream hands out `before`, if that is given, and then raises this very error."""
    got: list[Any] = []
    with passes_on(error):
        for item in stream:
            got.append(item)
    _check_before(got, before)


async def acheck_passes_on(
    stream: AsyncIterable[Any], error: BaseException, before: object = NOTHING
) -> None:
    """The same for an asynchronous stream, which must not wait for ever either."""
    got: list[Any] = []
    with passes_on(error):
        async with not_for_ever(
            "nobody notices the error of the source, and the caller waits forever",
            UNNOTICED,
            Words(type(error).__name__),
        ):
            async for item in stream:
                got.append(item)
    _check_before(got, before)


def _check_before(got: list[Any], before: object) -> None:
    check(
        not isinstance(before, list) or got[: len(before)] != before or got == before,
        "something comes before an error that should not",
        why="What came before it is right. Look at what the code does when the error comes.",
        got=got,
        wanted=before,
    )
    check(
        before is NOTHING or got == before,
        "items before an error are lost",
        why="What came before the error is good. Hand it out first.",
        got=got,
        wanted=before,
    )


async def check_stops(
    answers: Any, stream: AsyncGenerator[Any, None], source: Any, when: str, why: str = CLOSE
) -> None:
    """Pass if closing a stream is over at once, and leaves nothing running and nothing open."""
    async with not_for_ever(
        f"closing it never ends {when}", FINITE, Words("the stream closed at once")
    ):
        await close(stream, when, f"The caller has stopped. {END_FIRST}")
    check_nothing_runs_on(answers)
    check_closed(source, when, why)


def check_not_blocked(clock: VirtualClock) -> None:
    """Pass if nothing has slept while an event loop was running."""
    if clock.blocked:
        raise WrongAnswer(
            "it blocks the event loop",
            f"For {clock.blocked:g} seconds nothing else could run: no other answer, no stop "
            "button. In async code, wait with await and async for: asyncio.sleep, "
            "model.ainvoke, model.astream.",
            lines=clock.blocked_lines,
        )


def check_nothing_runs_on(answers: Any) -> None:
    """Pass if the test itself is the only task of the event loop."""
    left = answers.tasks_left()
    check(
        not left,
        "it leaves a task running",
        why="If you start a task, you have to end it: cancel it and await it in finally.",
        wanted=Words("no task left"),
        got=Words(f"{left} still running"),
    )
