"""What is sent through the reference solutions of lesson 05 to measure them."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, ToolCall

from benchmarks.streaming import Run

PASS_THROUGH: tuple[str, ...] = ()
NO_STREAM = (
    *("error_message", "safe_call", "answer_all_calls"),
    *("call_with_retry", "call_together"),
)
"""Calls of tools: what they cost is what the tools take."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that reads many things a function that hands it so many."""

    def stuck(count: int) -> object:
        call = ToolCall(name="look", args={"page": 1}, id="k1", type="tool_call")
        return answers.is_stuck([AIMessage("", tool_calls=[call])] * count, count)

    return {"shorten": lambda n: answers.shorten("word " * n, 60), "is_stuck": stuck}
