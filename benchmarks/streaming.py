"""What the reference solutions cost for each token."""

from __future__ import annotations

import asyncio
import io
import statistics
import sys
import tracemalloc
import types
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from rich.progress import Progress

from benchmarks.measure import Result, in_turn, ratio
from course import catalog
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply

FEW, SOME, MANY = 1_000, 10_000, 100_000
MOST_GROWTH = 64
"""KiB. The text of the tokens alone would take ten times as much."""

PASS_THROUGH = (
    "write_stream",
    "buffer_stream",
    "dispatch_events",
    "monitor_stream",
    "stream_with_timeout",
    "merge_streams",
    "stream_rag_response",
)

Run = Callable[[int], object]


def measure(progress: Progress) -> list[Result]:
    """Compare each task with the bare loop, with itself on more tokens, and look at memory."""
    answers = reference()
    runs = tasks(answers)
    step = progress.add_task("Streaming", total=3 * len(runs))
    results = []
    for name, run in runs.items():
        bare = bare_events if name == "stream_agent_events" else bare_loop
        label = "bare loop over astream_events" if bare is bare_events else "bare loop"
        own, other = in_turn(lambda run=run: run(SOME), lambda bare=bare: bare(SOME))
        cost = statistics.median(own) / SOME * 1e6
        note = f"{cost:.1f} µs a token"
        results.append(Result(f"{name} / {label}", ratio(own, other), 2.0, note=note))
        progress.advance(step)
    for name, run in runs.items():
        growth = growth_of(run)
        label = f"{name}: cost per token, {MANY:,} / {FEW:,}"
        results.append(Result(label, growth, 1.3))
        progress.advance(step)
    for name, run in runs.items():
        if name in PASS_THROUGH:
            few, many = peak_memory(run, FEW), peak_memory(run, MANY)
            label = f"{name}: more memory at most, {MANY:,} than {FEW:,}"
            results.append(Result(label, (many - few) / 1024, MOST_GROWTH, "KiB"))
        progress.advance(step)
    return results


def growth_of(run: Run) -> float:
    """Return the cost of a token among many, over the cost of one among few."""
    times = MANY // FEW

    def few() -> None:
        for _ in range(times):
            run(FEW)

    many_, few_ = in_turn(lambda: run(MANY), few, rounds=5)
    return min(many_) / min(few_)  # what disturbs only ever adds


def peak_memory(run: Run, count: int) -> int:
    """Return the bytes that were in use at most while `count` tokens passed."""
    run(FEW)
    tracemalloc.start()
    run(count)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def reference() -> Any:
    """Return the reference solution as a module."""
    lesson = catalog.find("09")
    module = types.ModuleType("answers")
    sys.modules["answers"] = module
    exec(compile(lesson.solution.read_text("utf-8"), str(lesson.solution), "exec"), module.__dict__)
    return module


def bare_loop(count: int) -> None:
    """What every task is compared with."""
    for _ in model_of(count).stream("Hello?"):
        pass


def bare_events(count: int) -> None:
    """What `stream_agent_events` is compared with: the same events, read and dropped."""

    async def read() -> None:
        async for _ in agent_of(count).astream_events("Hello?", version="v2"):
            pass

    asyncio.run(read())


def tasks(answers: Any) -> dict[str, Run]:
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


def model_of(count: int) -> ScriptedChatModel:
    """Return a model whose answer has `count` tokens."""
    return ScriptedChatModel(replies=[Reply(*tokens(count))])


def agent_of(count: int) -> RunnableLambda[str, Any]:
    """Return an agent that does nothing but ask such a model."""
    model = model_of(count)

    async def run(query: str) -> Any:
        return await model.ainvoke(query)

    return RunnableLambda(run)


def tokens(count: int) -> Iterator[str]:
    """Give `count` tokens, a full stop among ten."""
    return (" token" if number % 10 else "." for number in range(count))


async def asynchronously(items: Any) -> AsyncIterator[Any]:
    """Give items as an asynchronous stream, some at once and some later, as a network does.

    An event loop that never gets its turn cannot clear away timers that were cancelled.
    """
    for number, item in enumerate(items):
        if number % 20 == 0:
            await asyncio.sleep(0)
        yield item


def drain(stream: Iterator[Any]) -> None:
    """Read a stream to its end."""
    for _ in stream:
        pass


def adrain(make: Callable[[], AsyncIterator[Any]]) -> None:
    """Read an asynchronous stream to its end, in an event loop of its own."""

    async def read() -> None:
        async for _ in make():
            pass

    asyncio.run(read())
