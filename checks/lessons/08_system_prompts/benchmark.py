"""What is sent through the reference solutions of lesson 08 to measure them."""

from __future__ import annotations

from typing import Any

from benchmarks.streaming import Run, model_of

PASS_THROUGH = ("answer_chain",)
NO_STREAM = (
    "escape_braces",
    "missing_values",
    "few_shot",
    "chat_messages",
    "quote_document",
    "cacheable_prompt",
    "score_prompts",
)
"""Texts and lists that are made at once, or calls that cost what the model takes."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of pieces through it."""
    return {
        "answer_chain": lambda n: answers.answer_chain(model_of(n), "Be brief.").stream(
            {"question": "May I return it?"}
        )
    }
