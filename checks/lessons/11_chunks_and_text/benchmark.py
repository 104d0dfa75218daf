"""What lesson 11's reference solution costs per piece.

A snapshot is as long as the answer so far, so its cost naturally grows with the answer. Snapshots
are therefore measured in answers of `ANSWER` pieces each.
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
    """Return, for each task, a function that sends a number of pieces through it."""

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
    """Yield `count` tokens."""
    return (" token" for _ in range(count))


def byte_chunks(count: int) -> Iterator[bytes]:
    """Yield `count` chunks of three bytes; many of them cut a character."""
    text = LETTERS * 3
    return (
        text[place : place + 3] for place in (number * 3 % len(text) for number in range(count))
    )


def halves(count: int) -> Iterator[str]:
    """Yield `count` tokens; each pair in a row has one half of an emoji in each token."""
    return ("\udc4b token" if number % 2 else " token\ud83d" for number in range(count))


def chunks(count: int) -> Iterator[AIMessageChunk]:
    """Yield `count` chunks of an answer; the last one says how it ended.

    They are the same object again and again: creating and keeping many would cost more than
    merging them, and Python's garbage collector takes longer with each one that is kept.
    """
    end = AIMessageChunk(content="", id="msg-1", response_metadata={"finish_reason": "stop"})
    return chain(repeat(AIMessageChunk(content=" token", id="msg-1"), count - 1), [end])


def drain(stream: Iterator[Any]) -> None:
    """Read a stream to its end."""
    for _ in stream:
        pass
