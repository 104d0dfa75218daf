"""What is sent through the reference solutions of lesson 19 to measure them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from benchmarks.streaming import Run, drain, model_of, tokens

PASS_THROUGH = ("segment_stream",)
NO_STREAM = ("choose_strategy", "spinner")


def runs(answers: Any) -> dict[str, Run]:
    """Return for each streaming task a function that sends a number of tokens through it."""

    def markdown(count: int) -> Iterator[str]:
        lines = ("```py", "\n", "x = 1\n", "```\n", "text ", "more", "\n", "|a|b|\n")
        return (lines[number % len(lines)] for number in range(count))

    def console() -> Console:
        return Console(
            file=io.StringIO(), width=80, height=24, force_terminal=True, force_jupyter=False
        )

    return {
        "close_markdown": lambda n: answers.close_markdown("".join(markdown(n))),
        "interactive": lambda n: drain(answers.interactive(tokens(n), 50, lambda _: "y")),
        "render_live": lambda n: answers.render_live(tokens(n), console()),
        "segment_stream": lambda n: drain(answers.segment_stream(markdown(n))),
        "compare_modes": lambda n: asyncio.run(
            answers.compare_modes(model_of(n, calls=2), "Hello?")
        ),
    }


def both_modes(count: int) -> None:
    """What `compare_modes` is compared with: the same two answers, read and dropped."""

    async def ask() -> None:
        model = model_of(count, calls=2)
        await model.ainvoke("Hello?")
        async for _ in model.astream("Hello?"):
            pass

    asyncio.run(ask())


BARE = {"compare_modes": ("bare ainvoke and astream", both_modes)}
