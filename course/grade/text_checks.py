"""Checks that the tests of many lessons need: text that is cut into pieces, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from course.fakes.text import TextMaker
from course.grade.expect import Words, check
from course.grade.stream_checks import joined
from course.grade.value_checks import against

TAIL = "What is still in the buffer when the stream ends is text like any other: yield it."


def cuts(whole: str, text: TextMaker) -> dict[str, list[str]]:
    """The same text cut in three ways: by character, not at all, and at random."""
    places = sorted(text.random.sample(range(1, len(whole)), len(whole) // 3))
    random = [whole[start:end] for start, end in pairwise([0, *places, len(whole)])]
    return {"by character": list(whole), "in one token": [whole], "at random": random}


def check_text(got: Sequence[object], whole: str) -> None:
    """Pass if the pieces joined are the whole text, and none of them is empty."""
    came = joined(got)
    must = against(whole, came)
    must(came == whole or not whole.startswith(came), "the end of the text is lost", TAIL)
    must(
        came == whole or "".join(came.split()) != "".join(whole.split()),
        "white space is lost or added",
        "White space is text. Do not strip it or split on it, and join with nothing in between.",
    )
    must(
        came == whole,
        "the text has changed",
        "Joined together, the pieces must be the same as the tokens joined together.",
    )
    check("" not in got, "it yields an empty piece", why="Yield only what has text in it.")


def check_cuts(
    pieces: Callable[[Iterable[str]], list[str]], whole: str, text: TextMaker, why: str
) -> None:
    """Pass if the pieces of a text are the same however the text is cut into tokens."""
    wanted = pieces(whole)
    for name, cut in cuts(whole, text).items():
        got = pieces(cut)
        check_text(got, whole)
        check(
            got == wanted,
            f"a text that comes {name} gives other pieces than one by character",
            why=f"Where tokens begin and end means nothing. {why}",
            wanted=wanted,
        )


def check_pulled(pulled: int, needed: int, unfinished: str, why: str) -> None:
    """Pass if a piece came after exactly as many pulls as it needs to be complete.

    Args:
        pulled: how many tokens were pulled when it came.
        needed: how many it needs.
        unfinished: what may still go on after fewer.
        why: what to understand after more.
    """
    must = against(Words(f"{needed} tokens pulled for this piece"), Words(f"{pulled} pulled"))
    must(
        pulled >= needed,
        "a piece comes before it is complete",
        f"With {pulled} pulled, {unfinished} may still go on.",
    )
    must(pulled == needed, "it reads ahead of its caller", why)
