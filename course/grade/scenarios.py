"""What scenarios are drawn from: texts, items, errors, limits, and the ways a stream can end.

The values come from what has been taken for something else before: the same item twice in a row,
a blank for nothing, a false value for no value, a text for the end. Each list begins with the
plainest value: what fails is made smaller towards it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from course.fakes.sources import AsItem

T = TypeVar("T")

PLAIN = ("a", "b", "ab", "one", " two", "3")
BLANKS = (
    " ",
    "\n",
    "  ",
    "\n\n",
    "\t",
    "\r\n",
    "\r",
    "\f",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\x85",
    "\x1f",
)
WIDE = ("é", "e\u0301", "\u0301", "漢", "👋", "👩\u200d👧", "ß", "İ", "\u200b", "\ufeff", "\x00")
LIKE_AN_END = ("[DONE]", "complete", "stop", "None", "\\n", "end", "0", "null", "error")
LIKE_CODE = ('{"a":1}', "{x}", "{{x}}", "<b>", "%s", "*")
AS_WRITTEN = ("A", "aA", " a ", "Straße")
"""Texts that only are what they are if nobody changes capitals or strips them."""
LONG = "ab " * 1_100
"""Longer than any limit that an answer may have thought of."""

MARKS = (".", "!", "?", ",", "x.y", "...", "a. ", "?!", ";")

TEXTS = (*PLAIN, "", *BLANKS, *MARKS, *WIDE, *LIKE_AN_END, *LIKE_CODE, *AS_WRITTEN)
"""Tokens of all kinds, from the plainest to the strangest."""

FEW_TEXTS = (
    *("", " ", " a ", "aA", "\n", "\x00", "e\u0301", "\u0301", "None", "0"),
    *('{"a":1}', "{x}", "<b>", "%s"),
)
"""One of each kind, for tasks whose call takes milliseconds."""

_SOME_TEXT = (*TEXTS * 20, *(one + other for one in TEXTS for other in TEXTS))
"""Half of them are of one kind. To draw from one list is much quicker than to draw two of them."""

EACH_TEXT = (
    *(["a", text, "b"] for text in TEXTS),
    *([f"a{text}b", text] for text in TEXTS),
    ["a", "a", "a", "b", "b"],
    ["a ", "a ", "a ", "b. ", "b. "],
    ["one", " ", "two", ".", " "] * 20,
    ["a", LONG, "b"],
    [],
)
"""Each of them between two others, and inside of one: to be tried with every seed."""

VALUES: tuple[Any, ...] = (
    *("a", 1, None, "", 0, False, 0.0, (), [], {}, True, ("a", 1), [None], -1, " "),
    *({"type": "end"}, "[DONE]", b"", 2**70),
)
"""Items of any kind. None of them means "nothing" or "the end"."""

EACH_VALUE = (*(["a", value, "b"] for value in VALUES), ["a", "a", 0, 0, "a"], [*range(50)], [])
"""Each of them between two others: to be tried with every seed."""


def each(**arguments: Iterable[Any] | Any) -> Iterator[dict[str, Any]]:
    """Scenarios that are alike but for one argument: `each(tokens=EACH_TEXT, n=2)`.

    Args:
        arguments: the one that is a tuple has a value for each scenario.
    """
    name, found = next((name, x) for name, x in arguments.items() if isinstance(x, tuple))
    return ({**arguments, name: value} for value in found)


@dataclass(frozen=True)
class Together:
    """Scenarios as one, which is cheaper; they are tried one by one only if it fails.

    Attributes:
        whole: the one.
        parts: the others, to find the smallest that fails.
    """

    whole: dict[str, Any]
    parts: tuple[dict[str, Any], ...]


def together(**arguments: Iterable[Any] | Any) -> Together:
    """Do as `each` does, but first with all lists joined: `together(tokens=EACH_TEXT, n=2)`."""
    parts = tuple(each(**arguments))
    name = next(name for name, x in arguments.items() if isinstance(x, tuple))
    return Together({**parts[0], name: [item for part in parts for item in part[name]]}, parts)


class Stranger(Exception):
    """An error that no code can expect."""


class Stop(BaseException):
    """What is not an Exception either, like KeyboardInterrupt."""


def repeated(one: SearchStrategy[T], most: int = 8) -> SearchStrategy[list[T]]:
    """Lists in which an item is often the same object as the one before.

    Args:
        one: an item.
        most: how many runs of one item a list may have.
    """
    runs = st.lists(st.tuples(one, st.sampled_from((1, 1, 1, 2, 3))), max_size=most)
    return runs.map(lambda found: [item for item, times in found for _ in range(times)])


def any_text() -> SearchStrategy[str]:
    """One token, often with several kinds of characters in it; it may be empty."""
    return st.sampled_from(_SOME_TEXT)


def any_tokens(most: int = 8) -> SearchStrategy[list[str]]:
    """The tokens of an answer; some are empty, some are blank, some repeat the one before."""
    return repeated(any_text(), most)


def any_value() -> SearchStrategy[Any]:
    """A value of any kind."""
    return st.sampled_from(VALUES)


def errors_as_items() -> SearchStrategy[AsItem]:
    """An exception that is an item like any other."""
    return st.sampled_from((ValueError, StopIteration, TimeoutError)).map(
        lambda kind: AsItem(kind("an item"))
    )


def any_items(most: int = 6) -> SearchStrategy[list[Any]]:
    """The items of a source that may be of any kind, errors among them."""
    return repeated(st.one_of(any_value(), any_value(), errors_as_items()), most)


ERRORS: tuple[type[BaseException], ...] = (
    *(ConnectionError, ValueError, KeyError, TimeoutError, RuntimeError, Stranger, Stop),
)
INTERRUPTS: tuple[type[BaseException], ...] = (KeyboardInterrupt, SystemExit)
"""In a task, asyncio itself raises them out of the event loop: they are only for what has none."""


def any_error() -> SearchStrategy[BaseException]:
    """What a source may raise, whether or not it is an Exception."""
    return st.sampled_from(ERRORS).map(lambda kind: kind("of the source"))


def any_limit(most: int = 9) -> SearchStrategy[int]:
    """A whole number of at least 1."""
    return st.sampled_from(range(1, most + 1))


def wrong_limits() -> SearchStrategy[Any]:
    """A number that is not at least 1."""
    return st.sampled_from((0, -1, -100))


def not_above_zero() -> SearchStrategy[float]:
    """A duration that is not greater than 0."""
    return st.sampled_from((0, -1, 0.0, -0.5, float("nan"), float("-inf")))


@dataclass(frozen=True)
class Ending:
    """How it ends.

    Attributes:
        error: what the source raises after its last item, or None.
        stop_after: after how many pieces the caller stops, or None if it never does.
    """

    error: BaseException | None = None
    stop_after: int | None = None


def any_ending(most: int = 5) -> SearchStrategy[Ending]:
    """The source ends, or fails, or the caller stops."""
    return st.one_of(
        st.just(Ending()),
        any_error().map(lambda error: Ending(error=error)),
        st.sampled_from(range(1, most + 1)).map(lambda count: Ending(stop_after=count)),
    )


EACH_ASYNC_ENDING = (
    Ending(),
    *(Ending(error=kind("of the source")) for kind in ERRORS),
    *(Ending(stop_after=count) for count in (1, 2)),
)
EACH_ENDING = (
    *EACH_ASYNC_ENDING,
    *(Ending(error=kind("of the source")) for kind in INTERRUPTS),
)
"""Each way to end: to be tried with every seed."""
