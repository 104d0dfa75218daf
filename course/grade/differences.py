"""In what way two lists differ: the kind of mistake that one usually comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Any, TypeAlias
from unicodedata import normalize

from course.grade.expect import WrongAnswer
from course.grade.scenarios import LIKE_AN_END
from course.grade.stream_checks import joined


def same_value(left: Any, right: Any) -> bool:
    """Whether two values are equal and of one type, also inside; a NaN is the same as another.

    Errors are the same if they are of one type and say the same: they may have been copied. A
    subclass of str is a str: LangChain has some.
    """
    if isinstance(left, BaseException):
        return type(left) is type(right) and same_value(left.args, right.args)
    if isinstance(left, str) and isinstance(right, str):
        return str(left) == str(right)
    if type(left) is not type(right):
        return False
    if isinstance(left, list | tuple):
        return same_items(left, right)
    if isinstance(left, dict):
        return same_items(list(left.items()), list(right.items())) or (
            left.keys() == right.keys() and all(same_value(left[key], right[key]) for key in left)
        )
    return bool(left == right) or (left != left and right != right)


def same_items(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Whether two lists have the same items in the same order."""
    return len(left) == len(right) and all(map(same_value, left, right))


Model: TypeAlias = Callable[[list[Any]], Iterable[Any]]
"""What has to come of the items of a source."""


def check_same(
    got: list[Any], wanted: list[Any], source: Sequence[Any] = (), model: Model = list
) -> None:
    """Pass if two lists are the same, and say in what way they are not.

    Args:
        got: what came.
        wanted: what should have come.
        source: what it was made from.
        model: makes what should come of another source, to find out what the answer took it for.

    Raises:
        WrongAnswer: they differ.
    """
    if not same_items(got, wanted):
        problem, why = _misread(got, source, model) or _difference(got, wanted)
        raise WrongAnswer(problem, why, wanted, got)


def _misread(got: list[Any], source: Sequence[Any], model: Model) -> tuple[str, str] | None:
    """Say what the answer took the source for, if it did right with that."""
    for wrong, problem, why in MISREADINGS:
        if len(read := wrong(source)) < len(source) and same_items(got, [*model(read)]):
            return problem, why
    return None


def _difference(got: list[Any], wanted: list[Any]) -> tuple[str, str]:
    """Say in what way two lists differ."""
    came, whole = joined(got), joined(wanted)
    pairs = enumerate(zip(got, wanted, strict=False))
    at = next((n for n, pair in pairs if not same_value(*pair)), min(len(got), len(wanted)))
    if got == wanted:
        return (
            "an item has another type",
            f"Item {at + 1} is equal to the right one and yet something else: "
            f"{type(got[at]).__name__}, not {type(wanted[at]).__name__}.",
        )
    if same_items(got, wanted[: len(got)]):
        if len(got) == len(wanted) - 1:
            return "the last piece is lost", "What is still held at the end has to come out, too."
        return "it ends too early", f"Item {len(got) + 1} and all that follow are missing."
    if same_items(got[: len(wanted)], wanted):
        return (
            "something comes after what should be the last item",
            "What came up to there is right. Look at what the code does at the end.",
        )
    if "" in got and same_items([item for item in got if item != ""], wanted):
        return "it yields empty strings", "They have nothing to show. Yield only what has text."
    if came != whole and "".join(came.split()) == "".join(whole.split()):
        return (
            "white space is lost or added",
            "White space is text. Do not strip it or split on it, and join with nothing between.",
        )
    if came == whole and whole:
        return "the text is cut in other places", "No text is lost. Read again what ends a piece."
    if came != whole and normalize("NFC", came) == normalize("NFC", whole):
        return (
            "characters are replaced",
            "They look the same, but are others.",
        )
    if _is_part_of(got, wanted):
        return "an item is lost", f"Item {at + 1} of those that are wanted does not come."
    if _is_part_of(wanted, got):
        return "an item comes that should not", f"It is item {at + 1}: {got[at]!r:.60}."
    if len(got) == len(wanted) and sorted(map(repr, got)) == sorted(map(repr, wanted)):
        return "the order is another one", "Items come out in the order in which they came."
    return "what comes is not what the docstring says", f"Item {at + 1} is the first that differs."


def _is_part_of(some: Sequence[Any], whole: Sequence[Any]) -> bool:
    """Whether a list is another one without some of its items."""
    left = iter(whole)
    return all(any(same_value(item, other) for other in left) for item in some)


def _is_blank(item: Any) -> bool:
    return isinstance(item, str) and item.isspace()


def _without_repetitions(items: Sequence[Any]) -> list[Any]:
    return [item for n, item in enumerate(items) if n == 0 or not same_value(item, items[n - 1])]


def _up_to(ends: Callable[[Any], bool]) -> Callable[[Sequence[Any]], list[Any]]:
    return lambda items: list(takewhile(lambda item: not ends(item), items))


def _without(skips: Callable[[Any], bool]) -> Callable[[Sequence[Any]], list[Any]]:
    return lambda items: [item for item in items if not skips(item)]


MISREADINGS: tuple[tuple[Callable[[Sequence[Any]], list[Any]], str, str], ...] = (
    (
        _without_repetitions,
        "an item that equals the one before it is lost",
        "The same item may come twice in a row, and both count.",
    ),
    (
        _without(lambda item: item is None),
        "None as an item is lost",
        "None is an item like any other here.",
    ),
    (
        _without(_is_blank),
        "white space is lost",
        "A token that is only white space is text like any other. Do not strip it.",
    ),
    (
        _without(lambda item: not item),
        "an item that counts as false is lost",
        'None, 0, "" and [] are items like any other. `if item` skips them.',
    ),
    (
        _up_to(lambda item: not item),
        "it takes an item that counts as false for the end",
        "Only the end of the source is the end: no value stands for it.",
    ),
    (
        _up_to(_is_blank),
        "it takes white space for the end",
        "A token that is only white space is text like any other.",
    ),
    (
        _up_to(lambda item: isinstance(item, str) and item in LIKE_AN_END),
        "it takes a text that looks like an end for the end",
        'A model may write anything, even "[DONE]" or "stop". Only the end of the source is the '
        "end.",
    ),
    (
        _up_to(lambda item: isinstance(item, BaseException)),
        "it takes an exception among the items for the end",
        "An exception that is handed out is an item like any other. Only one that is raised ends "
        "the stream.",
    ),
    (
        lambda items: list(items[1:]),
        "the first item is lost",
        "It may have been pulled only to look at it. It still has to come out.",
    ),
    (
        lambda items: list(items[:-1]),
        "the last item is lost",
        "What is still held at the end has to come out, too.",
    ),
)
"""What a source can be taken for, how to call that, and what to understand about it."""
