"""What is sent through the reference solutions of lesson 21 to measure them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from langchain_core.messages import AIMessageChunk

from benchmarks.streaming import Run, adrain, asynchronously, tokens

PASS_THROUGH = ("stream_workflow",)
NO_STREAM = (
    "merge_findings",
    "run_chain",
    "pick_route",
    "assign_work",
    "improve",
    "run_with_human",
)
"""They join, choose or run something, and no tokens pass through them."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of tokens through it."""

    async def parts(count: int) -> AsyncIterator[tuple[str, Any]]:
        metadata = {"langgraph_node": "writer"}
        async for token in asynchronously(tokens(count)):
            yield "messages", (AIMessageChunk(content=token, id="m"), metadata)

    return {
        "stream_workflow": lambda n: adrain(lambda: answers.stream_workflow(parts(n), "writer"))
    }
