"""What the reference solutions cost for each token."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import statistics
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

from rich.progress import Progress

from benchmarks.measure import Result, in_turn, ratio
from course import catalog
from course.catalog import Lesson
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply
from course.lesson.variants import reference

FEW, SOME, MANY = 1_000, 10_000, 100_000
MOST = 3.0
MOST_GROWTH = 64
"""KiB. The text of the tokens alone would take ten times as much."""

Run = Callable[[int], object]


def measure(lesson: Lesson, progress: Progress) -> list[Result]:
    """Compare each task with a bare loop, with itself on more tokens, and look at memory.

    The file `benchmark.py` of the lesson, beside its mistakes, gives:

        runs(answers)   for each task that streams, a function that sends n tokens through it
        PASS_THROUGH    the tasks that promise constant memory
        NO_STREAM       the tasks that are not measured, because no stream runs through them
        MOST            the most that a token may cost, in tokens of the bare loop; by default 3
        BARE            other loops to compare with, by task: (what it is called, the loop)
    """
    of = benchmark(lesson)
    runs: dict[str, Run] = of.runs(reference(lesson))
    most, others = getattr(of, "MOST", MOST), getattr(of, "BARE", {})
    step = progress.add_task(f"Streaming {lesson.number}", total=3 * len(runs))
    results = []
    for name, run in runs.items():
        label, bare = others.get(name, ("bare loop", bare_loop))
        own, other = in_turn(functools.partial(run, SOME), functools.partial(bare, SOME))
        cost = statistics.median(own) / SOME * 1e6
        note = f"{cost:.1f} µs a token"
        results.append(Result(f"{name} / {label}", ratio(own, other), most, note=note))
        progress.advance(step)
    for name, run in runs.items():
        growth = growth_of(run)
        label = f"{name}: cost per token, {MANY:,} / {FEW:,}"
        results.append(Result(label, growth, 1.3))
        progress.advance(step)
    for name, run in runs.items():
        if name in of.PASS_THROUGH:
            few, many = peak_memory(run, FEW), peak_memory(run, MANY)
            label = f"{name}: more memory at most, {MANY:,} than {FEW:,}"
            results.append(Result(label, (many - few) / 1024, MOST_GROWTH, "KiB"))
        progress.advance(step)
    return results


def benchmark(lesson: Lesson) -> ModuleType:
    """Import the file `benchmark.py` of a lesson.

    Raises:
        IncompleteLesson: if it is not there.
    """
    catalog.text_of(lesson, lesson.benchmark)
    spec = importlib.util.spec_from_file_location(f"benchmark_{lesson.number}", lesson.benchmark)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parts() -> dict[str, Callable[[Progress], list[Result]]]:
    """Return what can be measured, by name: "streaming_09" and so on."""
    return {
        f"streaming_{lesson.number}": functools.partial(measure, lesson)
        for lesson in catalog.lessons()
    }


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


def bare_loop(count: int) -> None:
    """What a task is compared with."""
    for _ in model_of(count).stream("Hello?"):
        pass


def model_of(count: int, calls: int = 1) -> ScriptedChatModel:
    """Return a model whose answer to each of its calls has `count` tokens."""
    return ScriptedChatModel(replies=[Reply(*tokens(count))] * calls)


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
