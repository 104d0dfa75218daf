"""A model or an agent that streams a recording source: its reader has to close it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from langchain_core.messages import AIMessageChunk
from langchain_core.runnables import Runnable

from course.fakes.sources import AsyncSource, Source


def chunk_of(part: Any) -> AIMessageChunk:
    """Return a chunk of an answer: from its content, or from a dict with its fields."""
    return AIMessageChunk(**part) if isinstance(part, dict) else AIMessageChunk(content=part)


class Replay(Runnable[Any, Any]):
    """Streams what a source has: the chunks of an answer, or the events of an agent.

    The stream of a LangChain model is a generator, which closes itself when it ends or raises. This
    one is like the response of an HTTP client, which does not.

    Args:
        source: what it streams, however it is asked.
        made: makes what is streamed from an item of the source.
        name: what it is called in messages.

    Attributes:
        prompts: what it was asked, in order.
    """

    def __init__(
        self,
        source: Source | AsyncSource,
        made: Callable[[Any], Any] = chunk_of,
        name: str = "model",
    ) -> None:
        self.source = source
        self.name = name
        self.prompts: list[Any] = []
        self._made = made

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> NoReturn:  # noqa: A002
        """Refuse: only its streams can be read.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"this {self.name} can only be streamed")

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        """Return the stream."""
        self.prompts.append(input)
        return _Stream(self.source, self._made)

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        """Return the asynchronous stream."""
        self.prompts.append(input)
        return _AsyncStream(self.source, self._made)

    def astream_events(
        self,
        input: Any,  # noqa: A002
        config: Any = None,
        *,
        version: str = "v2",
        **kwargs: Any,
    ) -> Any:
        """Return the stream of events, which are in the form of version 2.

        Raises:
            ValueError: another version was asked for.
        """
        if version != "v2":
            raise ValueError(f"the events have the form of v2, not {version}")
        return self.astream(input)


class _Stream:
    """Hands out what is made from the items of a source."""

    def __init__(self, source: Any, made: Callable[[Any], Any]) -> None:
        self._source = source
        self._made = made

    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> Any:
        return self._made(next(self._source))

    def close(self) -> None:
        self._source.close()


class _AsyncStream:
    """The same, asynchronously."""

    def __init__(self, source: Any, made: Callable[[Any], Any]) -> None:
        self._source = source
        self._made = made

    def __aiter__(self) -> _AsyncStream:
        return self

    async def __anext__(self) -> Any:
        return self._made(await anext(self._source))

    async def aclose(self) -> None:
        await self._source.aclose()
