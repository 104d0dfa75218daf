"""Models whose streams somebody else holds, too, so that they end only when they are closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from pydantic import Field

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply


class HoldsStreams(BaseChatModel):
    """A chat model that keeps a reference to each of its streams.

    CPython closes a generator when its last reference goes away. An answer that relies on that
    works by luck, and fails on other Pythons.
    """

    held: list[Any] = Field(default_factory=list, exclude=True, repr=False)

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[AIMessageChunk]:
        """Stream as every model does, and keep the stream."""
        self.held.append(super().stream(*args, **kwargs))
        return self.held[-1]  # type: ignore[no-any-return]

    def astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[AIMessageChunk]:
        """Do the same, asynchronously."""
        self.held.append(super().astream(*args, **kwargs))
        return self.held[-1]  # type: ignore[no-any-return]


class HeldModel(HoldsStreams, ScriptedChatModel):
    """A scripted model that keeps its streams."""


def held_model(*replies: Reply | str, strict: bool = False) -> HeldModel:
    """Return a model that plays replies, in this process.

    Args:
        *replies: what it plays, in order.
        strict: whether it refuses the conversations that a provider refuses.
    """
    return HeldModel(replies=list(replies), strict=strict)
