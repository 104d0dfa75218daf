"""What is sent through the reference solutions of lesson 15 to measure them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from benchmarks.streaming import Run, adrain, asynchronously, drain, tokens

PASS_THROUGH = ("encode_sse", "SSEDecoder", "sse_body", "ReplayLog")
NO_STREAM = ("sse_headers", "last_event_id", "reconnect_plan")


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task a function that sends a number of tokens through it."""

    def events(count: int) -> Iterator[dict[str, str]]:
        yield from ({"type": "token", "content": token} for token in tokens(count))
        yield {"type": "complete"}

    def decoded(chunks: Iterator[bytes]) -> Iterator[Any]:
        decoder = answers.SSEDecoder()
        for chunk in chunks:
            yield from decoder.feed(chunk)

    async def replayed(count: int) -> AsyncIterator[Any]:
        """Read along while the log is written, and let it keep little."""
        log = answers.ReplayLog("session", keep=100)

        async def write() -> None:
            async for event in asynchronously(events(count)):
                log.append(event)
            log.finish()

        writer = asyncio.create_task(write())
        async for item in log.subscribe("session"):
            yield item
        await writer

    return {
        "encode_sse": lambda n: drain(map(answers.encode_sse, tokens(n))),
        "SSEDecoder": lambda n: drain(
            decoded(f"id: 1\ndata: {token}\n\n".encode() for token in tokens(n))
        ),
        "sse_body": lambda n: adrain(lambda: answers.sse_body(asynchronously(events(n)))),
        "ReplayLog": lambda n: adrain(lambda: replayed(n)),
    }
