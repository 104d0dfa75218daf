"""What is sent through the reference solutions of lesson 18 to measure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessageChunk

from benchmarks.streaming import Run, drain, tokens

PASS_THROUGH = ("live_stats",)
NO_STREAM = ("should_stream", "perceived_speedup", "ascii_histogram", "SessionLog", "ab_test")


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of tokens through it."""

    def chunks(count: int) -> Iterator[AIMessageChunk]:
        return (AIMessageChunk(content=token) for token in tokens(count))

    return {
        "summarize": lambda n: answers.summarize(chunks(n)),
        "count_tokens": lambda n: answers.count_tokens(chunks(n)),
        "live_stats": lambda n: drain(answers.live_stats(tokens(n), 20, lambda stats: None)),
    }
