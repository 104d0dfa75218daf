"""What is sent through the reference solutions of lesson 17 to measure them."""

from __future__ import annotations

from typing import Any

from benchmarks.streaming import Run, adrain, asynchronously, drain, model_of, tokens

PASS_THROUGH = ("guard_repetition",)
"""The others keep the text that they have handed out, for `PartialStream`."""
NO_STREAM = ("classify_error", "backoff_delays", "retry_after")


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of tokens through it."""
    return {
        "stream_with_retry": lambda n: adrain(
            lambda: answers.stream_with_retry(lambda: asynchronously(tokens(n)))
        ),
        "stream_or_invoke": lambda n: adrain(
            lambda: answers.stream_or_invoke(model_of(n), "Hello?")
        ),
        "stream_with_fallback": lambda n: adrain(
            lambda: answers.stream_with_fallback({"only": model_of(n)}, "Hello?")
        ),
        "guard_repetition": lambda n: drain(answers.guard_repetition(tokens(n))),
    }
