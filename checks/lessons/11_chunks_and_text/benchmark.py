"""What the reference solution of lesson 11 costs for each piece.

A snapshot is as long as the answer so far, so its cost grows with the answer, by its nature.
Snapshots are therefore measured in answers of `ANSWER` pieces each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate, chain, repeat
from typing import Any

from langchain_core.messages import AIMessageChunk

ANSWER = 100
"""Pieces in one answer that is read as snapshots."""

PASS_THROUGH = ("chunk_text", "to_snapshots", "to_deltas", "decode_utf8", "join_surrogates")

LETTERS = "Grüße aus 東京 👋 ".encode()


def runs(answers: Any) -> dict[str, Callable[[int], object]]:
    """Return for each task a function that sends a number of pieces through it."""

    def texts(count: int) -> None:
        block = {"type": "text", "text": " token"}
        chunks = AIMessageChunk(content=" token"), AIMessageChunk(content=[block])
        for number in range(count):
            answers.chunk_text(chunks[number % 2])

    def snapshots(count: int) -> None:
        for _ in range(count // ANSWER):
            drain(answers.to_snapshots(tokens(ANSWER)))

    def deltas(count: int) -> None:
        for _ in range(count // ANSWER):
            drain(answers.to_deltas(accumulate(tokens(ANSWER))))

    return {
        "chunk_text": texts,
        "to_snapshots": snapshots,
        "to_deltas": deltas,
        "decode_utf8": lambda n: drain(answers.decode_utf8(byte_chunks(n))),
        "join_surrogates": lambda n: drain(answers.join_surrogates(halves(n))),
        "merge_chunks": lambda n: answers.merge_chunks(chunks(n)),
    }


def tokens(count: int) -> Iterator[str]:
    """Give `count` tokens."""
    return (" token" for _ in range(count))


def byte_chunks(count: int) -> Iterator[bytes]:
    """Give `count` chunks of three bytes; many of them cut a character."""
    text = LETTERS * 3
    return (
        text[place : place + 3] for place in (number * 3 % len(text) for number in range(count))
    )


def halves(count: int) -> Iterator[str]:
    """Give `count` tokens; of two in a row, one half of an emoji is in each."""
    return ("\udc4b token" if number % 2 else " token\ud83d" for number in range(count))


def chunks(count: int) -> Iterator[AIMessageChunk]:
    """Give `count` chunks of an answer; the last one says how it ended.

    They are one object again and again: to make and to keep many would cost more than to merge
    them, and Python's garbage collector takes longer with each that is kept.
    """
    end = AIMessageChunk(content="", id="msg-1", response_metadata={"finish_reason": "stop"})
    return chain(repeat(AIMessageChunk(content=" token", id="msg-1"), count - 1), [end])


def drain(stream: Iterator[Any]) -> None:
    """Read a stream to its end."""
    for _ in stream:
        pass
