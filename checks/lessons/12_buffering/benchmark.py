"""The input that is sent through lesson 12's reference solutions to measure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.streaming import Run, adrain, asynchronously, drain, tokens

PASS_THROUGH = (
    "buffer_by_count",
    "first_then_batch",
    "smooth_words",
    "sentence_stream",
    "flush_on_event",
    "debounce",
)


def runs(answers: Any) -> dict[str, Run]:
    """Return, for each task, a function that sends a number of tokens through it."""

    def events(count: int) -> Iterator[dict[str, str]]:
        return ({"type": "token", "id": "a", "content": token} for token in tokens(count))

    return {
        "buffer_by_count": lambda n: drain(answers.buffer_by_count(tokens(n), 5)),
        "first_then_batch": lambda n: drain(answers.first_then_batch(tokens(n), 5)),
        "smooth_words": lambda n: drain(answers.smooth_words(tokens(n))),
        "sentence_stream": lambda n: drain(answers.sentence_stream(tokens(n))),
        "flush_on_event": lambda n: drain(answers.flush_on_event(events(n), 50)),
        "debounce": lambda n: adrain(
            lambda: answers.debounce(asynchronously(tokens(n)), interval=0.001)
        ),
    }
