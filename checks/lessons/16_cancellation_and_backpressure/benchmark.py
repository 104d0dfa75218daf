"""What is sent through the reference solutions of lesson 16 to measure them.

A pull that can be given up is a task of its own, and a thread has to be woken up for each item:
both cost more than a bare loop, whatever is done with them. So these are compared with a loop that
does only that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from benchmarks.streaming import Run, adrain, asynchronously, drain, tokens

PASS_THROUGH = (
    "stop_when",
    "first_token_timeout",
    "with_heartbeat",
    "cancellable",
    "bounded_pipe",
    "iterate_in_thread",
    "Broadcast",
)


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task a function that sends a number of tokens through it."""

    async def consume(stream: Any) -> None:
        async for _ in stream:
            pass

    async def broadcast(count: int) -> None:
        channel = answers.Broadcast(maxsize=100)

        async def read() -> None:
            with channel.join() as items:
                await consume(items)

        readers = [asyncio.create_task(read()) for _ in range(2)]
        async for token in asynchronously(tokens(count)):
            channel.publish(token, "owner")
        channel.close()
        await asyncio.gather(*readers)

    def piped(stage: Callable[[Any], Any]) -> Run:
        return lambda count: adrain(lambda: stage(asynchronously(tokens(count))))

    return {
        "stop_when": lambda n: drain(
            answers.stop_when(tokens(n), lambda token: not token, max_chars=10 * n)
        ),
        "first_token_timeout": piped(lambda source: answers.first_token_timeout(source, 60)),
        "with_heartbeat": piped(lambda source: answers.with_heartbeat(source, 60, "beat")),
        "cancellable": piped(lambda source: answers.cancellable(source, answers.CancelToken())),
        "bounded_pipe": piped(lambda source: answers.bounded_pipe(source, 10)),
        "run_with_deadline": lambda n: asyncio.run(
            answers.run_with_deadline(consume, asynchronously(tokens(n)), 600)
        ),
        "iterate_in_thread": lambda n: adrain(lambda: answers.iterate_in_thread(tokens(n))),
        "Broadcast": lambda n: asyncio.run(broadcast(n)),
    }


def tasks(count: int) -> None:
    """Await a task for each token."""

    async def read() -> None:
        stream = aiter(asynchronously(tokens(count)))
        for _ in range(count):
            await asyncio.wait({asyncio.ensure_future(anext(stream))})

    asyncio.run(read())


def threads(count: int) -> None:
    """Ask a thread for each token."""

    async def read() -> None:
        stream = tokens(count)
        for _ in range(count):
            await asyncio.to_thread(next, stream)

    asyncio.run(read())


BARE = {
    "with_heartbeat": ("a task for each item", tasks),
    "cancellable": ("a task for each item", tasks),
    "iterate_in_thread": ("a thread for each item", threads),
}
