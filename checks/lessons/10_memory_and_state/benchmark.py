"""The input that is sent through lesson 10's reference solutions to measure them."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.messages import AIMessageChunk, HumanMessage

from benchmarks.streaming import Run, adrain, drain, model_of, tokens
from course import catalog
from course.lesson.variants import reference

PASS_THROUGH = ("strip_sentinel",)
NO_STREAM = (
    "is_truncated",
    "join_continuation",
    "continue_until_complete",
    "repair_history",
    "trim_history",
    "chat_graph",
)


def runs(answers: Any) -> dict[str, Run]:
    """Return, for each task that streams, a function that sends a number of tokens through it."""

    def near_sentinels(count: int) -> Any:
        return (token if number % 3 else "__EN" for number, token in enumerate(tokens(count)))

    def stream(count: int) -> Any:
        return lambda messages: (AIMessageChunk(content=token) for token in tokens(count))

    return {
        "strip_sentinel": lambda n: drain(answers.strip_sentinel(near_sentinels(n))),
        "stream_into_memory": lambda n: drain(answers.stream_into_memory(stream(n), [], "Hello?")),
        "stream_thread": lambda n: adrain(
            lambda: answers.stream_thread(answers.chat_graph(model_of(n)), "a", "Hello?")
        ),
    }


def bare_graph(count: int) -> None:
    """What `stream_thread` is compared with: the same messages, read and dropped."""
    answers = reference(catalog.find("10"))

    async def read() -> None:
        graph = answers.chat_graph(model_of(count))
        config = {"configurable": {"thread_id": "a"}}
        question = {"messages": [HumanMessage("Hello?")]}
        async for _ in graph.astream(question, config, stream_mode="messages"):
            pass

    asyncio.run(read())


BARE = {"stream_thread": ("bare loop over graph.astream", bare_graph)}
