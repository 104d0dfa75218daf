"""What is sent through the reference solutions of lesson 03 to measure them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from benchmarks.streaming import Run

PASS_THROUGH: tuple[str, ...] = ()
"""The tasks that promise constant memory."""

NO_STREAM = (
    *("make_discount_tool", "tool_line", "run_call"),
    *("make_search_tool", "make_ticket_tool"),
)
"""One tool: what it costs is what LangChain takes to make it, or to run it."""

WEAK = {"default": 3}
"""The schema of a parameter that says nothing."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that goes through many items a function that sends a number of them."""

    def schema(count: int) -> dict[str, Any]:
        properties = {f"parameter_{number}": WEAK for number in range(count)}
        return {"function": {"name": "find", "parameters": {"properties": properties}}}

    return {
        "toolbox": lambda n: answers.toolbox(SimpleNamespace(name=f"tool_{i}") for i in range(n)),
        "weak_spots": lambda n: answers.weak_spots(schema(n)),
    }
