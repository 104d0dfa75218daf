"""What lesson 13's reference solutions cost per event."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from functools import reduce
from typing import Any

from langchain_core.messages import AIMessageChunk

from benchmarks.streaming import Run, drain

PASS_THROUGH = (
    "render_status",
    "normalize_event",
    "filter_events",
    "check_lifecycle",
    "emit_progress",
)
"""Those that need no more memory for more events. The others keep what they are given."""

ANSWER = 100
"""Events of one answer, for `fold_events`: a pure reducer copies the text of its part each time, so
only answers that end have a constant cost for each event."""


def runs(answers: Any) -> dict[str, Run]:
    """Return, for each task, a function that sends a number of events through it."""

    def fold(count: int) -> None:
        for _ in range(max(1, count // ANSWER)):
            reduce(answers.fold_events, parts(ANSWER), answers.new_state())

    async def emit(count: int) -> None:
        for number in range(count):
            await answers.emit_progress("step", number=number)

    return {
        "render_status": lambda n: drain(map(answers.render_status, parts(n))),
        "normalize_event": lambda n: drain(map(answers.normalize_event, raw_events(n))),
        "filter_events": lambda n: drain(
            answers.filter_events(raw_events(n), names={"writer"}, tags={"answer", "draft"})
        ),
        "fold_events": fold,
        "check_lifecycle": lambda n: drain(answers.check_lifecycle(parts(n))),
        "collect_parts": lambda n: answers.collect_parts(parts(n)),
        "emit_progress": lambda n: asyncio.run(emit(n)),
    }


def parts(count: int) -> Iterator[dict[str, Any]]:
    """Yield a text and an image, `count` interleaved events, and the terminal event."""
    kinds = {"t": "text", "i": "image"}
    letters = base64.b64encode(b"abc").decode()
    for id_, kind in kinds.items():
        yield {"type": "part_start", "id": id_, "kind": kind}
    for _ in range((count - 5) // 2):
        yield {"type": "part_delta", "id": "t", "kind": "text", "data": " token"}
        yield {"type": "part_delta", "id": "i", "kind": "image", "data": letters}
    for id_ in kinds:
        yield {"type": "part_end", "id": id_}
    yield {"type": "complete"}


def raw_events(count: int) -> Iterator[dict[str, Any]]:
    """Yield `count` raw events, every other one from another step."""
    chunk = AIMessageChunk(content=" token")
    for number in range(count):
        yield {
            "event": "on_chat_model_stream" if number % 2 else "on_chain_stream",
            "name": "writer" if number % 2 else "chain",
            "run_id": "1",
            "parent_ids": ["0"],
            "tags": ["seq:step:1", "answer"],
            "data": {"chunk": chunk},
            "metadata": {},
        }
