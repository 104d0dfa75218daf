"""What an answer has sent so far, so that a reader who was cut off can go on where it was.

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
        data: what JSON can hold. It is sent in ASCII, so no cut falls inside a character.
    """
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode("ascii")


def last_event_id(header: str | None) -> int:
    """Return the id that a reader has seen last; 0 for none, or for what is no id."""
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


class ReplayLog:
    """The events of one answer, with the ids 1, 2, 3 and so on. Any number may read along.

    Attributes:
        finished: whether there will be no more.
        characters: how much text is in it.
    """

    def __init__(self) -> None:
        self.finished = False
        self.characters = 0
        self._events: list[bytes] = []
        self._changed = asyncio.Event()

    @property
    def last_id(self) -> int:
        """The id of the newest event; 0 while there is none."""
        return len(self._events)

    def append(self, kind: str, data: Mapping[str, Any], *, last: bool = False) -> None:
        """Add an event, and wake up who reads along. After the last one, nothing is added."""
        if self.finished:
            return
        self._events.append(encode(self.last_id + 1, kind, data))
        self.characters += sum(len(value) for value in data.values() if isinstance(value, str))
        self.finished = last
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, after: int, heartbeat: float) -> AsyncIterator[bytes]:
        """Yield what comes strictly after an id: first what there is, then what is added.

        Args:
            after: the id.
            heartbeat: seconds of silence after which a comment is sent, which says that the
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
