"""What an answer has sent so far, so that a reader who was cut off can resume.

The wire format is that of server-sent events: an id, a type, and a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
HEARTBEAT = b": still here\n\n"


def encode(number: int, kind: str, data: Mapping[str, Any]) -> bytes:
    """Return one event as it goes over the wire.

    Args:
        number: its id.
        kind: its type, a word.
        data: any JSON value. It is sent as ASCII, so no cut falls inside a character.
    """
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode("ascii")


def last_event_id(header: str | None) -> int:
    """Return the ID that a reader saw last; 0 if there is none, or if the text is not an ID."""
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


class ReplayLog:
    """The events of one answer, with the IDs 1, 2, 3 and so on. It can have many readers at once.

    Attributes:
        finished: whether no more events will come.
        characters: how much text is in it.
    """

    def __init__(self) -> None:
        self.finished = False
        self.characters = 0
        self._events: list[bytes] = []
        self._changed = asyncio.Event()

    @property
    def last_id(self) -> int:
        """The ID of the newest event; 0 if there is none yet."""
        return len(self._events)

    def append(self, kind: str, data: Mapping[str, Any], *, last: bool = False) -> None:
        """Add an event, and wake up the readers. After the last event, nothing is added."""
        if self.finished:
            return
        self._events.append(encode(self.last_id + 1, kind, data))
        self.characters += sum(len(value) for value in data.values() if isinstance(value, str))
        self.finished = last
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, after: int, heartbeat: float) -> AsyncIterator[bytes]:
        """Yield what comes strictly after an ID: first what is there, then what is added.

        Args:
            after: the id.
            heartbeat: seconds of silence after which a comment is sent, to show that the
                connection is alive.
        """
        sent = after
        yield HEARTBEAT  # so that the reader knows at once that it is connected
        while True:
            if sent < self.last_id:
                new = b"".join(self._events[sent:])
                sent = self.last_id
                yield new
                continue
            if self.finished:
                return
            try:
                async with asyncio.timeout(heartbeat):
                    await self._changed.wait()
            except TimeoutError:
                yield HEARTBEAT
