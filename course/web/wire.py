"""How an answer goes over the wire: with lesson 15's functions, the learner's once they pass.

The reader's side of that lesson, `SSEDecoder` and `reconnect_plan`, is in `page.js`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from course.web.choice import Choice, Chooser

LESSON = "15"
PARTS = ("sse_headers", "last_event_id", "sse_body", "ReplayLog")
"""What the server uses of the lesson. Its `sse_body` uses `encode_sse` in turn."""

Event: TypeAlias = dict[str, Any]
"""A status, token, complete or error event of lesson 15, perhaps with more in it for the page."""


class ReplayLog(Protocol):
    """The events of one answer. The contract is in lesson 15."""

    def append(self, event: Event) -> int: ...

    def finish(self) -> None: ...

    def subscribe(
        self, session_id: str, last_event_id: int = 0
    ) -> AsyncIterator[tuple[int | None, Any]]: ...


@dataclass(frozen=True)
class Wire:
    """The functions that send answers. Their contracts are in lesson 15.

    Attributes:
        note: who wrote them, in words for the learner.
    """

    note: str
    sse_headers: Callable[[], dict[str, str]]
    last_event_id: Callable[[Mapping[str, str]], int]
    sse_body: Callable[[AsyncIterator[Event], float, int], AsyncIterator[bytes]]
    replay_log: Callable[[str, int], ReplayLog]


def wires(exercises: Path, importing: asyncio.Lock) -> Chooser[Wire]:
    """Return what chooses who sends. The arguments are those of `Chooser`."""
    return Chooser(LESSON, PARTS, exercises, _wire, importing)


def _wire(choice: Choice) -> Wire:
    return Wire(_note(choice), *(choice.functions[name] for name in PARTS))


def _note(choice: Choice) -> str:
    """Say which parts are the learner's, and why not all of them are."""
    learners = [name for name in PARTS if name not in choice.reasons]
    said = f"Lesson {LESSON}: your code runs {len(learners)} of {len(PARTS)} parts"
    said += f": {', '.join(learners)}." if learners else "."
    if choice.reasons:
        said += f" The reference runs {', '.join(choice.reasons)}. {choice.advice}"
    return said
