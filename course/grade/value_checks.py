"""Checks that the tests of many lessons need: several facts about one result, and refusals."""

from __future__ import annotations

import builtins
import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, ClassVar

from course.grade.differences import same_value
from course.grade.expect import NOTHING, Caught, Words, WrongAnswer, check, raises
from course.grade.stream_checks import EARLIER_CALL, WHY_EARLIER_CALL, same, seconds

BROKEN_DATA = (AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What code raises that does not expect the data it is given."""


def against(wanted: object = NOTHING, got: object = NOTHING) -> Callable[..., None]:
    """Return a `check` for several facts about one result: `must(fact, problem, why)`.

    Args:
        wanted: what should have come, shown whenever one of the facts does not hold.
        got: what came; by default what the last recorded call returned or yielded.
    """

    def must(holds: object, problem: str, why: str, **special: Any) -> None:
        check(holds, problem, why=why, **{"wanted": wanted, "got": got, **special})

    return must


def times(count: int) -> str:
    """Say how often something was done, to be shown."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def in_calls(count: int) -> Words:
    """Say how many calls there were, to be shown."""
    return Words({0: "no call", 1: "one call"}.get(count, f"{count} calls"))


@contextmanager
def refused(argument: str, why: str) -> Iterator[Caught]:
    """Pass if the block raises ValueError because of an argument: `n=0`."""
    with raises(ValueError, f"{argument} is accepted", why=f"{why}: raise ValueError.") as caught:
        yield caught


@contextmanager
def never(
    kind: type[BaseException] | tuple[type[BaseException], ...],
    problem: str,
    why: str,
    wanted: object = NOTHING,
    got: object = NOTHING,
) -> Iterator[None]:
    """Fail with these words if the block raises `kind`; by default, its name is what came."""
    try:
        yield
    except (WrongAnswer, NotImplementedError):
        raise
    except kind as error:
        came = Words(type(error).__name__) if got is NOTHING else got
        check(False, problem, why=why, wanted=wanted, got=came)


@contextmanager
def unchanged(**arguments: Any) -> Iterator[None]:
    """Pass if the block changes none of these: `unchanged(messages=messages)`."""
    before = copy.deepcopy(arguments)
    yield
    for name, value in arguments.items():
        check(
            same_value(value, before[name]),
            f"it changes the {name} it is given",
            why="That belongs to the caller, who may need it as it was. Make a copy and change "
            "the copy.",
            wanted=before[name],
            got=value,
        )


@contextmanager
def other_hashes(key: int) -> Iterator[None]:
    """Let `hash` give other numbers, as it does for texts in each process."""
    usual = builtins.hash
    builtins.hash = lambda value: usual(value) ^ key
    try:
        yield
    finally:
        builtins.hash = usual


class Explained:
    """The tests of a task, with a table that says why each misconception is one.

    Attributes:
        WHY: the misconception, as it is read after the task's name -> what to understand or try.
    """

    WHY: ClassVar[Mapping[str, str]]

    def must(
        self,
        holds: object,
        problem: str,
        wanted: object = NOTHING,
        got: object = NOTHING,
        why: str = "",
    ) -> None:
        """Check one fact. The table must have the reason, unless one is given."""
        check(holds, problem, why=why or self.WHY[problem], wanted=wanted, got=got)

    def against(self, wanted: object = NOTHING, got: object = NOTHING) -> Callable[..., None]:
        """Return `must` for several facts about one result: each is shown the same values."""
        return partial(self.must, wanted=wanted, got=got)

    def equal(self, got: object, wanted: object, problem: str, why: str = "") -> None:
        """Check that two values are equal, and show both."""
        self.must(got == wanted, problem, wanted, got, why)

    def in_words(self, holds: object, problem: str, wanted: str, got: str, why: str = "") -> None:
        """Check one fact, and say in words what should have come and what came."""
        self.must(holds, problem, Words(wanted), Words(got), why)

    def came_at(
        self, moments: Iterable[float], wanted: Iterable[float], problem: str, why: str = ""
    ) -> None:
        """Check when something came: the moments, in seconds."""
        came, expected = list(moments), list(wanted)
        self.must(same(came, expected), problem, seconds(expected), seconds(came), why)

    def raises(
        self, kind: type[BaseException], problem: str, wanted: object = NOTHING, why: str = ""
    ) -> AbstractContextManager[Caught]:
        """Pass if the block raises `kind`. Another error passes through."""
        return raises(kind, problem, why=why or self.WHY[problem], wanted=wanted)

    def never(
        self,
        kind: type[BaseException] | tuple[type[BaseException], ...],
        problem: str,
        wanted: object = NOTHING,
        got: object = NOTHING,
        why: str = "",
    ) -> AbstractContextManager[None]:
        """Fail if the block raises `kind`; by default, its name is what came."""
        return never(kind, problem, why or self.WHY[problem], wanted, got)


def check_repeats(call: Callable[[Any], Any], given: object, other: object) -> None:
    """Pass if a call gives the same after another one: nothing is kept in between."""
    first = copy.deepcopy(call(copy.deepcopy(given)))
    call(copy.deepcopy(other))
    again = call(copy.deepcopy(given))
    check(same_value(again, first), EARLIER_CALL, why=WHY_EARLIER_CALL, wanted=first, got=again)
