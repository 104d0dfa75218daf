"""Lesson 16: Cancellation & Backpressure.

Eight tasks that end a stream early, keep it alive, or hold it back. Each docstring is the contract:
what it promises is what the tests check. Four rules hold throughout the lesson.

* A stream is lazy. Nothing is pulled before the first item is wanted, and nothing more than is
  needed for the item that is handed out. (`with_heartbeat` and `bounded_pipe` may read a little
  ahead; they say how far.) What has come is handed out at once.
* A stream has an end, and it can come early. However it ends (by itself, by an error, because the
  caller stops or is cancelled), its source is closed, and no task is left running. For an ordinary
  source, close the iterable or the iterator that you pulled: both are right.
* Errors of the source, and cancellation from outside (`asyncio.CancelledError`), pass through as
  they are. An asynchronous source that catches `CancelledError`, or raises by itself what is not an
  `Exception`, is not graded.
* Cancelling a pull of an async generator ends the generator. So a pull is cancelled only when the
  stream is supposed to end anyway, and it has to be over before the source can be closed.

A wrong argument raises its error when the first item is wanted, or earlier; whether the source is
then closed is up to you. What a docstring leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-16. Try it: make play-16. Own code below? See line 24.")

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

# Given: nothing to do here except use it.

T = TypeVar("T")

Role = Literal["owner", "viewer"]
"""What somebody may do with a `Broadcast`: an owner publishes, a viewer only reads."""


def close_source(source: object) -> None:
    """Close `source` if it can be closed: a generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


async def aclose_source(source: object) -> None:
    """Close the asynchronous `source` if it can be closed, and wait until it is."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()


async def end_tasks(*tasks: asyncio.Future[Any] | None) -> None:
    """Cancel those of `tasks` that still run, and wait until all are over. None is ignored."""
    found = [task for task in tasks if task is not None]
    for task in found:
        task.cancel()
    await asyncio.gather(*found, return_exceptions=True)


class FirstTokenTimeout(TimeoutError):
    """A model did not begin its answer in time. `seconds` is how long it had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no token came within {seconds:g} seconds")
        self.seconds = seconds


class CancelToken:
    """A stop button. Any holder can press it; code that works looks at it, or waits for it.

    Attributes:
        reason: why it was pressed, or None while it is not.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self._pressed = asyncio.Event()

    def __repr__(self) -> str:
        return f"CancelToken(reason={self.reason!r})"

    @property
    def cancelled(self) -> bool:
        """Whether it was pressed."""
        return self._pressed.is_set()

    def cancel(self, reason: str = "the user stopped it") -> None:
        """Press it, for good. Only the first reason counts."""
        if not self.cancelled:
            self.reason = reason
            self._pressed.set()

    async def wait(self) -> None:
        """Wait until it is pressed."""
        await self._pressed.wait()


@dataclass(frozen=True)
class End:
    """The end of a stream, to be put into a queue after the items of the stream.

    Attributes:
        error: what broke the stream, or None if it came to its own end.
    """

    error: Exception | None = None


# Your part.


def stop_when(
    tokens: Iterable[str],
    predicate: Callable[[str], bool] | None = None,
    max_chars: int | None = None,
) -> Iterator[str]:
    """Pass tokens through, empty ones too, and stop early.

    * The first token for which `predicate` is true is the last one, and still handed out.
    * At most `max_chars` characters are handed out: a token that would exceed them is cut.
    * Whichever comes first ends the stream. None means that there is no such limit.
    * Nothing more is pulled after the last token.
    * `predicate` is asked about each token, uncut, once.
    * However it ends, close `tokens`.
    * Let errors of `tokens` and of `predicate` pass through.

    >>> list(stop_when(["It", " is", " free."], max_chars=4))
    ['It', ' i']

    Fine print:
    Where a token is cut, the text is exactly `max_chars` long. As soon as that many characters have
    been handed out, nothing more is pulled: not even to see whether more would come.

    Raises:
        ValueError: if `max_chars` is less than 1.
    """
    raise NotImplementedError("Task 1 of 8: stop_when")
    yield  # makes this a generator; delete this line with the one above


async def first_token_timeout(source: AsyncIterator[str], seconds: float) -> AsyncIterator[str]:
    """Pass tokens through, and give up if the first one takes too long.

    * If no text has come `seconds` after the first pull, raise FirstTokenTimeout.
    * Empty tokens are skipped: they neither stop nor restart the time.
    * Hand out every other token at once.
    * After the first token there is no limit anymore, neither for the source nor for the caller.
    * A source that ends in time, without text, is no error.
    * Errors of the source (also a TimeoutError) and cancellation pass through.
    * However it ends, close the source.

    >>> [token async for token in first_token_timeout(atokens(["", "It", " is"], pause=0), 5)]
    ['It', ' is']

    Fine print:
    The time runs from when the first token is asked for until the first token that is not empty has
    come. An empty token is not a sign that the model has begun. After the first token, empty ones
    are not handed out either. A source that ends before the time is up, with no text, gives no
    tokens.

    Args:
        source: the tokens.
        seconds: the longest wait for the first token, in seconds, greater than 0. (0 or less is not
            graded.)

    Raises:
        FirstTokenTimeout: if no token that is not empty has come in `seconds` seconds.
    """
    raise NotImplementedError("Task 2 of 8: first_token_timeout")
    yield  # makes this a generator; delete this line with the one above


async def with_heartbeat(source: AsyncIterator[T], interval: float, beat: T) -> AsyncIterator[T]:
    """Pass items through, and hand out `beat` while the source is silent.

    * When the caller has waited for `interval` seconds and no item has come, hand out `beat`, again
      and again. The source must not notice.
    * An item, of any kind, is handed out the moment it comes.
    * When the source ends or fails, the stream does too, after its last item, without more beats.
    * Pull nothing before the first item is wanted, and at most two items ahead.
    * However it ends, close the source and leave no task running.

    >>> [item async for item in with_heartbeat(atokens(["a", "b"], pause=0.25), 0.1, "beat")]
    ['beat', 'beat', 'a', 'beat', 'beat', 'b']

    Fine print:
    If the caller waits as long again after a beat, it gets the next one, and so on. This is true
    before the first item as well. So a reader always gets something in time, and a connection that
    would be cut when it is idle stays open.

    A beat never ends, disturbs or delays the source: an item that comes is handed out at once,
    whatever beats came before it. An item that comes at the same moment as a beat may come before
    it or after it.

    While the caller works on what it got, at most two items are pulled from the source that have
    not been handed out yet. (One pull in progress is usual; two leave room for a task with a
    queue.)

    Args:
        source: the items.
        interval: the longest wait for something, in seconds.
        beat: what to hand out in the meantime.

    Raises:
        ValueError: if `interval` is not greater than 0.
    """
    raise NotImplementedError("Task 3 of 8: with_heartbeat")
    yield  # makes this a generator; delete this line with the one above


async def cancellable(source: AsyncIterator[T], token: CancelToken) -> AsyncIterator[T]:
    """Pass items through until somebody presses the stop button.

    * When `token` is cancelled, the stream ends at once, even while the source is silent.
    * From then on, nothing is handed out and nothing is pulled.
    * If `token` is cancelled before the start, the source is not pulled, but closed.
    * Until then, each item is handed out as soon as it comes, and none is pulled ahead.
    * Let errors of the source, and cancellation of the caller, pass through.
    * However it ends, close the source and leave no task running.

    >>> button = CancelToken()
    >>> stream = cancellable(atokens(["It", " is", " free."], pause=0), button)
    >>> await anext(stream)
    'It'
    >>> button.cancel()
    >>> [item async for item in stream]
    []

    Fine print:
    The stream ends as if it had come to its end, also if the source never gives another item. The
    caller can look at `token.reason`. An error that the source raises at the moment when `token` is
    cancelled may pass or not.

    Cancelling the token cancels nothing but this stream. And if the caller's own task is cancelled,
    that has nothing to do with the token: `asyncio.CancelledError` passes through.

    Args:
        source: the items, of any kind.
        token: the stop button. Only look at it, and wait for it.
    """
    raise NotImplementedError("Task 4 of 8: cancellable")
    yield  # makes this a generator; delete this line with the one above


async def bounded_pipe(source: AsyncIterator[T], maxsize: int) -> AsyncIterator[T]:
    """Let the source work while the caller does, but not get far ahead.

    * The source is read in its own task, also while the caller is busy with an item.
    * A fast source gets `maxsize` or `maxsize + 1` items ahead. Then it waits for the caller.
    * All items come out, in order, each as soon as it is there.
    * If the source fails, its items come first, then its error.
    * Nothing is read before the first pull.
    * When the caller stops, the stream is closed at once.

    >>> [item async for item in bounded_pipe(atokens(["a", "b", "c"], pause=0), 2)]
    ['a', 'b', 'c']

    Fine print:
    The task begins with the first pull. Ahead are the items that have been pulled and not handed
    out yet; the source gets that far when the caller is busy for long enough.

    The stream is closed at once, whether the source is silent then or waits for room.

    Args:
        source: the items, of any kind; none of them is an `End`.
        maxsize: how many items may wait for the caller.

    Raises:
        ValueError: if `maxsize` is less than 1.
    """
    raise NotImplementedError("Task 5 of 8: bounded_pipe")
    yield  # makes this a generator; delete this line with the one above


async def run_with_deadline(
    consume: Callable[[AsyncIterator[str]], Awaitable[T]],
    source: AsyncIterator[str],
    seconds: float,
) -> tuple[T | None, str, bool]:
    """Let `consume` read a stream, until it is done or the time is up.

    * Call `consume(stream)` once; `stream` passes the tokens of `source` through. If it is done in
      time, return `(its result, partial, False)`.
    * When the time is up, return `(None, partial, True)`: `partial` is all tokens that `consume`
      got, joined.
    * At the deadline, `consume` is cancelled, and its cleanup is waited for.
    * The time covers everything that `consume` does.
    * If `consume` stops early, nothing more is pulled, and `source` is closed.
    * Other errors and cancellation pass through.

    >>> async def count(stream):
    ...     return len([token async for token in stream])
    >>> await run_with_deadline(count, atokens(["It", " is", " free."], pause=0.4), 1)
    (None, 'It is', True)

    Fine print:
    The time covers waiting for tokens and working on them.

    A `TimeoutError` that does not come from this deadline, all other errors, and cancellation from
    outside pass through as they are. Any `TimeoutError` after the time is up may count as this
    one's.

    Args:
        consume: an async function that reads a stream and returns a result. (One that swallows its
            cancellation is not graded.)
        source: the tokens.
        seconds: the time for all of it, in seconds, greater than 0. (0 or less is not graded.)

    Returns:
        `(result, partial, timed_out)`: what `consume` returned, or None if the time was up; all
        tokens that it was handed, joined; and whether the time was up.
    """
    raise NotImplementedError("Task 6 of 8: run_with_deadline")


async def iterate_in_thread(iterable: Iterable[T]) -> AsyncIterator[T]:
    """Read an ordinary stream, such as `chain.stream(question)`, without blocking the event loop.

    Use `asyncio.to_thread`, and no threads of your own.

    * Each item is pulled in a thread, while everybody else goes on.
    * Pull one at a time, when wanted.
    * Items come in order and unchanged; there may be None among them.
    * However it ends, close the iterable, in a thread too.
    * When the caller is cancelled during a pull, wait for its end, drop what it gives, close, and
      only then let the cancellation pass.
    * Let errors pass through.

    >>> [item async for item in iterate_in_thread(["a", None, "b"])]
    ['a', None, 'b']

    Fine print:
    `run_in_executor` of the event loop is right as well: time in the tests is virtual, and only
    these two know about it.

    Closing can take as long as pulling. A thread cannot be interrupted, and a generator that is
    executing cannot be closed (`ValueError: generator already executing`). What the pull gives, and
    is dropped, may be an item or an error. A second cancellation in the meantime is not graded.

    Args:
        iterable: the items, of any kind: a generator, or anything else that can be iterated.
            Whether `iter()` is called in a thread is up to you.
    """
    raise NotImplementedError("Task 7 of 8: iterate_in_thread")
    yield  # makes this a generator; delete this line with the one above


class Broadcast(Generic[T]):
    """Hands each item to all readers, and lets none hold up the others.

    * A reader gets each item that is published during its block, in order.
    * A reader counts in `readers` from the block's beginning to its end.
    * A reader with `maxsize` items waiting is dropped at the next: after those, it gets
      OverflowError.
    * After `close`, readers get what waits, then the end.
    * Only the role "owner" publishes.

    >>> radio = Broadcast(3)
    >>> with radio.join() as items:
    ...     radio.publish("hello", "owner")
    ...     radio.close()
    ...     got = [item async for item in items]
    >>> got
    ['hello']

    Fine print:
    Not graded: `items` after its block or after a cancelled `anext(items)`, an item that is an
    `End`, whether an item that a waiting reader is about to take still counts as waiting, and which
    error a viewer gets after `close`.

    Args:
        maxsize: how many items may wait for one reader.

    Raises:
        ValueError: if `maxsize` is less than 1.
    """

    def __init__(self, maxsize: int) -> None:
        raise NotImplementedError("Task 8 of 8: Broadcast")

    @property
    def readers(self) -> int:
        """How many readers there are.

        Fine print:
        It is how many would get an item that is published now. After `close`, 0.
        """
        raise NotImplementedError("Task 8 of 8: Broadcast")

    @contextmanager
    def join(self) -> Iterator[AsyncIterator[T]]:
        """Read along: `with broadcast.join() as items:`.

        Fine print:
        The reader belongs to the broadcast from the beginning of the block to its end, however it
        ends, and whether or not it has read anything. `items` waits while there is no item. It ends
        after the last item before `close`; a reader that joins later finds it at its end.

        A reader that is too slow is dropped (see `publish`): its `items` gives what had been
        waiting for it, and then raises OverflowError.
        """
        raise NotImplementedError("Task 8 of 8: Broadcast")
        yield  # makes this a generator; delete this line with the one above

    def publish(self, item: T, role: Role) -> None:
        """Hand an item to all readers, without waiting.

        Fine print:
        If `maxsize` items are already waiting for a reader, that reader is too slow: it gets
        neither this item nor any later one, and is not a reader anymore. All others get theirs.

        Raises:
            PermissionError: if `role` is not "owner"; then nobody gets the item.
            RuntimeError: after `close`.
        """
        raise NotImplementedError("Task 8 of 8: Broadcast")

    def close(self) -> None:
        """End the broadcast.

        Fine print:
        Anybody may. Each reader still gets what waits for it. A second call does nothing.
        """
        raise NotImplementedError("Task 8 of 8: Broadcast")
