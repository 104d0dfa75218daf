"""What is sent through the reference solutions of lesson 20 to measure them."""

from __future__ import annotations

from typing import Any

from benchmarks.streaming import Run, drain, tokens

PASS_THROUGH = ("redact_stream",)
NO_STREAM = (
    *("chain_wrappers", "guard_tool", "limit_calls", "with_fallbacks"),
    *("compact_history", "review_calls"),
)


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of tokens through it."""
    return {"redact_stream": lambda n: drain(answers.redact_stream(tokens(n)))}
