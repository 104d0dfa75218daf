"""`show(...)` at the prompt of `make play-09`: a stream, played so that a person can follow it."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import (
    AsyncIterable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Mapping,
)
from typing import Any

from langchain_core.messages import BaseMessage
from rich.console import Console
from rich.pretty import pretty_repr
from rich.text import Text

PAUSE = 0.05
"""The least time between two items, in seconds. A stream that is slower keeps its own pace."""

EDGE = "|"
"""Shows where an item of text ends."""

MARGIN = 9
"""The columns in front of an item that is no text: when it came."""

ONE_ITEM = (str, bytes, bytearray, Mapping, BaseMessage)
"""These can be iterated, and are one thing all the same."""


class Playing:
    """A stream that `show` has begun to play, or will play, in code that awaits something."""

    def __init__(self, playing: Coroutine[Any, Any, None] | None = None) -> None:
        self.playing = playing

    def __await__(self) -> Generator[Any, None, None]:
        playing, self.playing = self.playing, None
        if playing is not None:
            yield from playing.__await__()


class Show:
    """Plays streams on the terminal.

    Args:
        run: runs a coroutine to its end, in the event loop of the prompt.
    """

    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._run = run

    def __repr__(self) -> str:
        return "show(stream): play a stream, an async stream, or anything else that has items"

    def __call__(self, stream: Any, pause: float = PAUSE) -> Playing | None:
        """Play a stream: print each item when it comes, with its end visible.

        Args:
            stream: an iterable, an asynchronous one, or something to await first.
            pause: the least time between two items, in seconds.

        Raises:
            Exception: whatever the stream raises, after what had come.
        """
        if said := _not_a_stream(stream):
            print(said)
            return None
        later = isinstance(stream, AsyncIterable) or inspect.isawaitable(stream)
        in_loop = asyncio._get_running_loop() is not None
        if later and in_loop:
            return Playing(_play_async(stream, _Screen(pause)))
        screen = _Screen(pause)
        try:
            if later:
                self._run(_play_async(stream, screen))
            else:
                _play(stream, screen)
        except KeyboardInterrupt:
            screen.end("stopped after")
        return Playing() if in_loop else None


def _not_a_stream(stream: Any) -> str:
    """Say what is wrong with what has no items, or return ""."""
    if stream is None:
        return "This is None. Does the function return or yield what it makes?"
    if inspect.isroutine(stream) or isinstance(stream, type):
        return f"{stream.__name__} has to be called first: show({stream.__name__}(...))"
    return ""


def _play(stream: Any, screen: _Screen) -> None:
    if isinstance(stream, ONE_ITEM) or not isinstance(stream, Iterable):
        stream = [stream]
    try:
        for item in stream:
            time.sleep(screen.wait())
            screen.item(item)
    except Exception as error:
        screen.end(f"{type(error).__name__} after")
        raise
    finally:
        if callable(close := getattr(stream, "close", None)) and not hasattr(stream, "read"):
            close()
    screen.end()


async def _play_async(stream: Any, screen: _Screen) -> None:
    if not isinstance(stream, AsyncIterable):
        _play(await stream, screen)
        return
    try:
        async for item in stream:
            await asyncio.sleep(screen.wait())
            screen.item(item)
    except Exception as error:
        screen.end(f"{type(error).__name__} after")
        raise
    finally:
        if callable(close := getattr(stream, "aclose", None)):
            await close()
    screen.end()


class _Screen:
    """What has been shown of one stream."""

    def __init__(self, pause: float) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._pause = pause
        self._count = 0
        self._in_line = False
        self._began = time.monotonic()
        self._last = self._began

    def wait(self) -> float:
        """Return how many seconds the next item has to wait."""
        return max(0.0, self._last + self._pause - time.monotonic())

    def item(self, item: object) -> None:
        """Show an item."""
        self._last = time.monotonic()
        self._count += 1
        if isinstance(item, str):
            self._console.print(Text(_printable(item)), Text(EDGE, "dim"), sep="", end="")
            self._in_line = True
            return
        self._end_line()
        shown = described(item, self._console.width - MARGIN - 1)
        lines = shown.replace("\n", "\n" + " " * MARGIN)
        came = Text(f"{self._last - self._began:5.1f} s  ", "dim")
        self._console.print(came, Text(_printable(lines)), sep="")

    def end(self, how: str = "") -> None:
        """Say how many items there were, and how long it took."""
        self._end_line()
        items = "1 item" if self._count == 1 else f"{self._count} items"
        seconds = time.monotonic() - self._began
        self._console.print(Text(f"({how} {items}, {seconds:.1f} s)".replace("( ", "("), "dim"))

    def _end_line(self) -> None:
        if self._in_line:
            self._console.print()
        self._in_line = False


def described(item: object, width: int) -> str:
    """Return how an item that is no text is shown. Of a message, only what it says."""
    if not isinstance(item, BaseMessage):
        return pretty_repr(item, max_width=width)
    said = {"": item.content, **{name: getattr(item, name, None) for name in OF_A_MESSAGE}}
    parts = [
        f"{name}={value!r}" if name else repr(value)
        for name, value in said.items()
        if value or not name
    ]
    return f"{type(item).__name__}({', '.join(parts)})"


OF_A_MESSAGE = ("tool_call_chunks", "tool_calls", "tool_call_id", "response_metadata")
"""What is shown of a message besides its content, if it is there."""


def _printable(text: str) -> str:
    """Return a text in which half characters are visible."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
