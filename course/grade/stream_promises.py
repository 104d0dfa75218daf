"""What every stream that reads another one promises, checked in any scenario.

A task's own part is its pieces: a function from the items of the source to the pieces that have to
come, each with the number of items it takes to know it. The rest is the same for all of them:
order, laziness, errors that pass through, and a source that is closed however it ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

from course.fakes.script import Hang
from course.fakes.sources import AsItem, AsyncSource, Source
from course.grade.differences import Model, check_same, same_items, same_value
from course.grade.expect import Words, check
from course.grade.scenarios import Ending
from course.grade.stream_checks import (
    CLOSE,
    EARLIER_CALL,
    END_FIRST,
    LAZY,
    ONE_BY_ONE,
    WHY_EARLIER_CALL,
    cancel_while_it_waits,
    check_closed,
    check_nothing_runs_on,
    close,
    not_for_ever,
    passes_on,
)
from course.grade.value_checks import unchanged

NOT_BY_ITSELF = (
    "A response that has ended, or failed, keeps its connection until somebody closes it. Close "
    "the source in a finally block around your loop: then it is closed however it ends."
)

ANOTHER_CALL = (
    "two streams that are read in turns disturb each other",
    "Each call is a stream of its own. Keep what it holds in local variables, not in global ones.",
)

AT_THE_END = 1_000_000
"""In place of a number of items: the piece is known only when the source has ended."""

Pieces: TypeAlias = Callable[[list[Any]], Iterable[tuple[Any, int]]]
"""From the items of a source to the pieces that have to come, in order, each with the number of
items that have to be pulled before it is known."""


def one_by_one(items: Iterable[Any]) -> list[tuple[Any, int]]:
    """The pieces of a stream that hands out each item as it comes."""
    return [(item, count) for count, item in enumerate(items, 1)]


@dataclass(frozen=True)
class StreamPromises:
    """What to check of a stream.

    Attributes:
        lazy: whether it pulls nothing before it is read, and nothing ahead of its reader.
        closes: whether it closes its source however it ends.
        reads_lists: whether its source may be a list, too, which must stay as it is.
        at_once: whether it hands out each piece without a pause of its own. Then its source must
            have no pauses either.
    """

    lazy: bool = True
    closes: bool = True
    reads_lists: bool = True
    at_once: bool = False

    def check(
        self,
        read: Callable[[Any], Iterator[Any]],
        items: Sequence[Any],
        ending: Ending,
        pieces: Pieces,
    ) -> None:
        """Read a stream to an ending, and check all that it promises.

        Args:
            read: makes the stream from its source.
            items: what the source gives.
            ending: how it ends.
            pieces: says what has to come.
        """
        source = Source([*items, *([ending.error] if ending.error else [])])
        scenario = _Scenario(self, source, items, ending, pieces)
        stream = read(source)
        scenario.check_nothing_pulled()
        with scenario.expected_error():
            for piece in stream:
                if scenario.takes(piece):
                    stream.close()  # type: ignore[attr-defined]
                    break
        scenario.check_end()
        if self.reads_lists and ending == Ending():
            given = scenario.items
            with unchanged(items=given):
                scenario.check_pieces(list(read(given)))

    async def acheck(
        self,
        answers: Any,
        read: Callable[[AsyncSource], AsyncIterator[Any]],
        items: Sequence[Any],
        ending: Ending,
        pieces: Pieces,
    ) -> None:
        """Do the same for an asynchronous stream, which must leave no task running either."""
        source = AsyncSource([*items, *([ending.error] if ending.error else [])])
        scenario = _Scenario(self, source, items, ending, pieces)
        stream = read(source)
        await asyncio.sleep(0)
        scenario.check_nothing_pulled()
        with scenario.expected_error():
            async with not_for_ever("it never ends", "What should end it?", Words("an end")):
                async for piece in stream:
                    if scenario.takes(piece):
                        await stream.aclose()  # type: ignore[attr-defined]
                        break
        scenario.check_end()
        check_nothing_runs_on(answers)

    async def acheck_cancelled(
        self,
        answers: Any,
        read: Callable[[AsyncSource], AsyncIterator[Any]],
        items: Sequence[Any],
    ) -> None:
        """Cancel who reads the stream while the source is silent."""
        source = AsyncSource([*items, Hang()])
        await cancel_while_it_waits(read(source))
        if self.closes:
            check_closed(source, "after a cancellation")
        check_nothing_runs_on(answers)


class _Scenario:
    """One scenario, and what has come in it so far."""

    def __init__(
        self,
        promises: StreamPromises,
        source: Source | AsyncSource,
        items: Sequence[Any],
        ending: Ending,
        pieces: Pieces,
    ) -> None:
        self._promises = promises
        self._source = source
        self.items = [item.error if isinstance(item, AsItem) else item for item in items]
        self._ending = ending
        self._model = pieces
        self._pieces = list(pieces(self.items))
        self._got: list[Any] = []
        self._has_stopped = False
        self._asked_at_stop = 0
        self._start = time.monotonic()

    def check_nothing_pulled(self) -> None:
        if self._promises.lazy:
            check(
                self._source.asked == 0,
                "it reads before anybody asks for an item",
                why=LAZY,
                wanted=Words("nothing pulled yet"),
                got=Words(f"{self._source.asked} asked for"),
            )

    def expected_error(self) -> AbstractContextManager[Any]:
        """Pass if the error of the source comes out, if it is reached."""
        reached = not self._ending.stop_after or self._ending.stop_after > len(self._pieces)
        if self._ending.error is None or not reached:
            return nullcontext()
        return passes_on(self._ending.error)

    def takes(self, piece: Any) -> bool:
        """Note a piece, and return whether the caller stops after it."""
        self._got.append(piece)
        count = len(self._got)
        if self._promises.lazy and count <= len(self._pieces):
            wanted, needed = self._pieces[count - 1]
            if same_value(piece, wanted):
                self._check_pulled(count, min(needed, len(self.items) + 1))
        self._has_stopped = count == self._ending.stop_after
        self._asked_at_stop = self._source.asked
        return self._has_stopped

    def _check_pulled(self, count: int, needed: int) -> None:
        check(
            self._source.asked <= needed,
            "it reads ahead of its caller",
            why=ONE_BY_ONE,
            wanted=Words(f"{needed} asked for before piece {count} comes"),
            got=Words(f"{self._source.asked} asked for"),
        )

    def check_end(self) -> None:
        """Check what has come, and when, and what has become of the source."""
        wanted = [piece for piece, _ in self._pieces]
        if self._has_stopped:
            wanted = wanted[: len(self._got)]
        elif self._ending.error is not None:
            known = sum(needed <= len(self.items) for _, needed in self._pieces)
            wanted = wanted[: min(max(known, len(self._got)), len(wanted))]
        check_same(self._got, wanted, self.items, self._as_far_as(len(wanted)))
        if self._promises.at_once:
            self._check_no_time_passed()
        if self._promises.lazy and self._has_stopped:
            check(
                self._source.asked == self._asked_at_stop,
                "it reads on after its caller has stopped",
                why=CLOSE,
                wanted=Words(f"{self._asked_at_stop} asked for"),
                got=Words(f"{self._source.asked} asked for"),
            )
        if self._promises.closes:
            when, why = self._when()
            check_closed(self._source, when, why)

    def check_pieces(self, got: list[Any]) -> None:
        """Pass if these are all pieces."""
        check_same(
            got,
            [piece for piece, _ in self._pieces],
            self.items,
            self._as_far_as(len(self._pieces)),
        )

    def _check_no_time_passed(self) -> None:
        took = time.monotonic() - self._start
        check(
            took == 0,
            "it makes its caller wait",
            why="All items were there at once. Hand out each one when it comes; do not sleep.",
            wanted=Words("the end after 0 s"),
            got=Words(f"the end after {took:g} s"),
        )

    def _as_far_as(self, count: int) -> Model:
        """The model of this task; if the stream did not come to its end, of its first pieces."""
        to_the_end = count == len(self._pieces)
        return lambda items: [piece for piece, _ in self._model(items)][
            : None if to_the_end else count
        ]

    def _when(self) -> tuple[str, str]:
        if self._has_stopped:
            return "when the caller stops", CLOSE
        if self._ending.error is not None:
            return "after an error of the source", NOT_BY_ITSELF
        return "at its end", NOT_BY_ITSELF


def check_apart(
    read: Callable[[Source], Iterator[Any]], items: Sequence[Any], others: Sequence[Any]
) -> None:
    """Pass if streams that are read one after the other, or in turns, do not notice each other.

    Args:
        read: makes a stream from its source.
        items: what the source of one stream gives: two pieces or more.
        others: what the source of the other one gives.
    """
    alone = [*read(Source(deepcopy(items)))]
    stopped = read(Source(deepcopy(others)))
    next(stopped, None)
    stopped.close()  # type: ignore[attr-defined]
    _check_alike([*read(Source(deepcopy(items)))], alone, EARLIER_CALL, WHY_EARLIER_CALL)
    other = read(Source(deepcopy(others)))
    got = []
    for piece in read(Source(deepcopy(items))):
        got.append(piece)
        next(other, None)
    _check_alike(got, alone, *ANOTHER_CALL)


async def acheck_apart(
    read: Callable[[AsyncSource], AsyncIterator[Any]], items: Sequence[Any], others: Sequence[Any]
) -> None:
    """Do the same for asynchronous streams, which are read at the same time."""

    async def everything(items: Sequence[Any]) -> list[Any]:
        return [piece async for piece in read(AsyncSource(deepcopy(items)))]

    alone = await everything(items)
    stopped = read(AsyncSource(deepcopy(others)))
    await anext(stopped, None)
    await close(stopped, "when the caller stops", f"The caller has stopped. {END_FIRST}")  # type: ignore[arg-type]
    _check_alike(await everything(items), alone, EARLIER_CALL, WHY_EARLIER_CALL)
    both = await asyncio.gather(everything(items), everything(others))
    _check_alike(both[0], alone, *ANOTHER_CALL)


def _check_alike(got: list[Any], alone: list[Any], problem: str, why: str) -> None:
    check(same_items(got, alone), problem, why=why, wanted=alone, got=got)
