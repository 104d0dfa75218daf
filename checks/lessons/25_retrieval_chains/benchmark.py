"""What is sent through the reference solutions of lesson 25 to measure them."""

from __future__ import annotations

from typing import Any

from benchmarks.streaming import Run, adrain, asynchronously, tokens

PASS_THROUGH = ("stream_citations",)
NO_STREAM = (
    "format_context",
    "fit_context",
    "find_citations",
    "standalone_question",
    "answer_with_sources",
    "build_chain",
)
"""They take all of their input at once, or wait for a model most of the time."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of tokens through it."""
    return {
        "stream_citations": lambda n: adrain(
            lambda: answers.stream_citations(asynchronously(tokens(n)), 3)
        ),
    }
