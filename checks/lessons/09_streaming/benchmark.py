"""The input that is sent through lesson 09's reference solutions to measure them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from benchmarks.streaming import Run, adrain, asynchronously, drain, model_of, tokens

MOST = 2.0

PASS_THROUGH = (
    "write_stream",
    "buffer_stream",
    "dispatch_events",
    "monitor_stream",
    "stream_with_timeout",
    "merge_streams",
    "stream_rag_response",
)


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task a function that sends a number of tokens through it."""

    class Nowhere(io.StringIO):
        def write(self, text: str) -> int:
            return len(text)

    def rag(count: int) -> AsyncIterator[Any]:
        documents = [Document("", metadata={"title": "a.pdf"})]
        return answers.stream_rag_response(  # type: ignore[no-any-return]
            "Why?",
            lambda query: asynchronously(documents),
            lambda query, found: asynchronously(tokens(count)),
        )

    def merged(count: int) -> AsyncIterator[Any]:
        halves = {name: asynchronously(tokens(count // 2)) for name in ("a", "b")}
        return answers.merge_streams(halves)  # type: ignore[no-any-return]

    def events(count: int) -> Iterator[dict[str, str]]:
        return ({"type": "token", "content": token} for token in tokens(count))

    return {
        "visible_text": lambda n: drain(answers.visible_text(model_of(n).stream("Hello?"))),
        "stream_tokens": lambda n: drain(answers.stream_tokens(model_of(n), "Hello?")),
        "write_stream": lambda n: answers.write_stream(tokens(n), Nowhere()),
        "buffer_stream": lambda n: drain(answers.buffer_stream(tokens(n))),
        "collect_response": lambda n: answers.collect_response(tokens(n), len),
        "stream_agent_events": lambda n: adrain(
            lambda: answers.stream_agent_events(agent_of(n), "Hello?")
        ),
        "dispatch_events": lambda n: answers.dispatch_events(events(n), {"token": len}),
        "monitor_stream": lambda n: drain(
            answers.monitor_stream(tokens(n), answers.StreamMetrics())
        ),
        "stream_with_timeout": lambda n: adrain(
            lambda: answers.stream_with_timeout(asynchronously(tokens(n)), idle=60, total=600)
        ),
        "astream_tokens": lambda n: adrain(lambda: answers.astream_tokens(model_of(n), "Hello?")),
        "merge_streams": lambda n: adrain(lambda: merged(n)),
        "stream_rag_response": lambda n: adrain(lambda: rag(n)),
    }


def agent_of(count: int) -> RunnableLambda[str, Any]:
    """Return an agent that only asks such a model."""
    model = model_of(count)

    async def run(query: str) -> Any:
        return await model.ainvoke(query)

    return RunnableLambda(run)


def bare_events(count: int) -> None:
    """What `stream_agent_events` is compared with: the same events, read and dropped."""

    async def read() -> None:
        async for _ in agent_of(count).astream_events("Hello?", version="v2"):
            pass

    asyncio.run(read())


BARE = {"stream_agent_events": ("bare loop over astream_events", bare_events)}
