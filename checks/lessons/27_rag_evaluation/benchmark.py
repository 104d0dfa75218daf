"""What is sent through the reference solutions of lesson 27 to measure them."""

from __future__ import annotations

from typing import Any

from benchmarks.streaming import Run, tokens

PASS_THROUGH: tuple[str, ...] = ()
"""The tasks that promise constant memory."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task a function that sends a number of tokens through it."""
    return {"count_words": lambda n: answers.count_words(tokens(n))}
