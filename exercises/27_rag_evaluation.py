"""Lesson 27: RAG Evaluation.

Each docstring is the contract: what it promises is what the tests check. What a docstring leaves
open is not graded.

WRITE THIS: the rules that hold for all tasks of the lesson
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-27. Try it: make play-27. Own code below? See line 11.")

from collections.abc import Iterable

# Your part.


def count_words(tokens: Iterable[str]) -> int:
    """Return how many words are in a text that comes in tokens.

    * A word is what stands between white space, as for `str.split`.
    * A token ends anywhere: it may hold several words, or a part of one.

    >>> count_words(["Hel", "lo you"])
    2

    Fine print:
    A token may be nothing but white space, or nothing at all. Without words, the number is 0.
    """
    raise NotImplementedError("Task 1 of 1: count_words")
