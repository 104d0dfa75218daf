"""What is sent through the reference solutions of lesson 19 to measure them.

`choose_strategy` is no stream, and `spinner` has none. In `compare_modes` it is the model that
costs: LangChain keeps all chunks of a stream, and a chunk among many costs more than one among few.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from benchmarks.streaming import Run, drain, tokens

PASS_THROUGH = ("segment_stream",)


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
    }
