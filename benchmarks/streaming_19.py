"""What is sent through the reference solutions of lesson 19 to measure them.

`choose_strategy` is no stream, and `spinner` has none.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from rich.console import Console

from benchmarks.streaming import Run, drain, tokens
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply

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

    def model(count: int) -> BaseChatModel:
        reply = Reply(*tokens(count), usage=None)
        return ScriptedChatModel(replies=[reply, reply])

    return {
        "close_markdown": lambda n: answers.close_markdown("".join(markdown(n))),
        "interactive": lambda n: drain(answers.interactive(tokens(n), 50, lambda _: "y")),
        "render_live": lambda n: answers.render_live(tokens(n), console()),
        "segment_stream": lambda n: drain(answers.segment_stream(markdown(n))),
        "compare_modes": lambda n: asyncio.run(answers.compare_modes(model(n), "Hello?")),
    }
