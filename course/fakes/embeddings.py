"""Embeddings without a model: a hashed bag of words, and what counts its calls and spoils them."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from langchain_core.embeddings import Embeddings

from course.fakes.script import Fail

_WORD = re.compile(r"\w+")

_STOP_WORDS = """
a about an and any are as at be by can could did do does for from had has have how i if in into
is it its me my no not of on or our please s so t than that the their them then there these they
this to us was we were what when where which who whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


@cache
def _stem(word: str) -> str:
    """Return a word in lower case, without a plural -s."""
    word = word.casefold()
    if len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def content_words(text: str) -> list[str]:
    """Return the words of a text that carry meaning, as they are written and in order.

    Args:
        text: any text.

    Returns:
        The words without stop words like "the".
    """
    return [word for word in _WORD.findall(text) if word.casefold() not in STOP_WORDS]


def stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning in a text.

    Args:
        text: any text.

    Returns:
        The words in order, in lower case, without plural -s and without
        stop words like "the".
    """
    return [_stem(word) for word in content_words(text)]


class HashedEmbeddings(Embeddings):
    """Embeddings that are close for texts that share words.

    Each word's hash says which number it raises or lowers. This is a rule, not
    a model: it knows that "cat" and "cats" are close, but not that "cat" and
    "kitten" are. The same text gives the same vector on every machine.

    Args:
        dimensions: the length of a vector, one or more. With few dimensions,
            different words collide by chance.

    Raises:
        ValueError: the number of dimensions is less than one.
    """

    def __init__(self, dimensions: int = 256) -> None:
        if dimensions < 1:
            raise ValueError(f"a vector needs at least one dimension, not {dimensions}")
        self.dimensions = dimensions

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts.

        Args:
            texts: any texts.

        Returns:
            A vector of length 1 for each text, in the same order.
        """
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Embed one text.

        Args:
            text: any text.

        Returns:
            A vector of length 1.
        """
        # A text without words, or with only stop words, still gets a direction.
        words = stems(text) or text.casefold().split() or [""]
        counts: dict[int, int] = {}
        for word in words:
            position, sign = self._place(word)
            counts[position] = counts.get(position, 0) + sign
        length = math.sqrt(sum(count * count for count in counts.values()))
        if length == 0.0:
            # Words that collide may cancel out. Then only the first one counts.
            position, sign = self._place(words[0])
            counts, length = {position: sign}, 1.0
        return [counts.get(position, 0) / length for position in range(self.dimensions)]

    def _place(self, word: str) -> tuple[int, int]:
        number = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
        return (number >> 1) % self.dimensions, 1 if number & 1 else -1


@dataclass(frozen=True)
class TooFew:
    """The call returns fewer vectors than there are texts.

    Attributes:
        missing: how many are left out at the end, one or more.
    """

    missing: int = 1


@dataclass(frozen=True)
class OtherDimensions:
    """The call returns vectors of another length, as a changed model does.

    Attributes:
        dimensions: the length, one or more.
    """

    dimensions: int


Fault: TypeAlias = Fail | TooFew | OtherDimensions


class CountingEmbeddings(Embeddings):
    """Embeddings that know what they were asked for, and fail when they are told to.

    Args:
        inner: what makes the vectors.
        faults: what goes wrong, by the number of the call. Calls of both kinds are counted
            together, from 1. A query is one text.

    Attributes:
        calls: the texts of each call of `embed_documents`, in order, those that failed included.
        queries: the text of each call of `embed_query`, likewise.
    """

    def __init__(self, inner: Embeddings, faults: Mapping[int, Fault] | None = None) -> None:
        self._inner = inner
        self._faults = dict(faults or {})
        self.calls: list[list[str]] = []
        self.queries: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts with the inner embeddings.

        Args:
            texts: any texts.

        Returns:
            A vector for each text, unless this call has a fault.

        Raises:
            BaseException: the exception of a `Fail`.
        """
        self.calls.append(list(texts))
        return self._spoilt(lambda: self._inner.embed_documents(texts))

    def embed_query(self, text: str) -> list[float]:
        """Embed one text with the inner embeddings.

        Args:
            text: any text.

        Returns:
            Its vector, unless this call has a fault. `TooFew` makes it empty.

        Raises:
            BaseException: the exception of a `Fail`.
        """
        self.queries.append(text)
        return next(iter(self._spoilt(lambda: [self._inner.embed_query(text)])), [])

    def _spoilt(self, embed: Callable[[], list[list[float]]]) -> list[list[float]]:
        """Embed with the fault of this call, which has been noted already."""
        match self._faults.get(len(self.calls) + len(self.queries)):
            case Fail(exception=exception):
                raise exception
            case TooFew(missing=missing):
                return embed()[:-missing]
            case OtherDimensions(dimensions=dimensions):
                return [_resized(vector, dimensions) for vector in embed()]
        return embed()


def _resized(vector: list[float], dimensions: int) -> list[float]:
    return (vector + [0.0] * dimensions)[:dimensions]
