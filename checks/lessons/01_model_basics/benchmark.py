"""What is sent through the reference solutions of lesson 01 to measure them."""

from __future__ import annotations

from itertools import repeat
from typing import Any

from langchain_core.messages import AIMessage

from benchmarks.streaming import Run, model_of

PASS_THROUGH = ("tokens_used",)
NO_STREAM = ("ask", "ask_in_full", "ask_many", "ask_each", "ask_again")
"""One call, or several: what it costs is what the model takes."""

ANSWER = AIMessage(
    "It is free.", usage_metadata={"input_tokens": 5, "output_tokens": 4, "total_tokens": 9}
)


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of pieces through it."""
    return {
        "answer_in_pieces": lambda n: answers.answer_in_pieces(model_of(n), "May I return it?"),
        "tokens_used": lambda n: answers.tokens_used(repeat(ANSWER, n)),
    }
