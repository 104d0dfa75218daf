"""What a scripted model plays: a reply and its parts.

A reply is a list of parts in the order in which they happen. Text, reasoning,
images and tool calls are what a provider sends. Pauses, failures, hangs and
cuts are what happens along the way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

# A word or a punctuation mark includes one space before it. Longer white
# space leaves its last character to the word that follows.
_TOKEN = re.compile(r" ?\w+| ?[^\w\s]+|\s+(?!\S)|\s")


def split_tokens(text: str) -> list[str]:
    """Cut a text into tokens like those that a provider streams.

    Args:
        text: any text.

    Returns:
        Words with their leading space, and punctuation marks. No token is
        empty, and all tokens joined together give the text.
    """
    return _TOKEN.findall(text)


@dataclass(frozen=True)
class Reasoning:
    """One streamed piece of the model's reasoning.

    Attributes:
        text: what the model thinks; pieces in a row make one block.
    """

    text: str


@dataclass(frozen=True)
class Image:
    """One whole image, sent as one block.

    Attributes:
        base64: the file's bytes in base64.
        mime_type: for example "image/png".
    """

    base64: str
    mime_type: str


@dataclass(frozen=True, init=False)
class Content:
    """One chunk whose content is exactly these blocks, for forms that other parts do not have.

    Attributes:
        blocks: each is a str or a dict with a "type", such as `{"type": "text", "text": "Hel"}`.
    """

    blocks: tuple[str | Mapping[str, Any], ...]

    def __init__(self, *blocks: str | Mapping[str, Any]) -> None:
        object.__setattr__(self, "blocks", blocks)


@dataclass(frozen=True)
class ToolCall:
    """A whole tool call, streamed in several pieces.

    The first piece has the name and the id, the next ones have the arguments
    as JSON, cut by `split_tokens`.

    Attributes:
        name: the tool's name.
        args: the arguments; they must be valid in JSON.
        id: the call's id. None gives it a number: "call_1" for the first call
            of a conversation.
    """

    name: str
    args: Mapping[str, Any]
    id: str | None = None


@dataclass(frozen=True)
class ToolCallPiece:
    """One raw delta of a tool call, sent exactly as it is.

    Attributes:
        args: a piece of the JSON text, or None.
        name: the tool's name, or None.
        id: the call's id, or None.
        index: the number of the call that this piece belongs to, or None.
    """

    args: str | None = None
    name: str | None = None
    id: str | None = None
    index: int | None = 0


@dataclass(frozen=True)
class Pause:
    """Nothing comes for a while.

    Attributes:
        seconds: how long, zero or more.

    Raises:
        ValueError: the seconds are negative or not a number.
    """

    seconds: float

    def __post_init__(self) -> None:
        if not self.seconds >= 0:
            raise ValueError(f"a pause cannot last {self.seconds} seconds")


@dataclass(frozen=True)
class Fail:
    """The call fails here.

    Attributes:
        exception: what is raised.
    """

    exception: BaseException


@dataclass(frozen=True)
class Hang:
    """Nothing more comes, and the connection stays open."""


@dataclass(frozen=True)
class Cut:
    """The stream ends here, without finish_reason and without usage."""


Part: TypeAlias = (
    str | Reasoning | Image | Content | ToolCall | ToolCallPiece | Pause | Fail | Hang | Cut
)
Usage: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, init=False)
class Reply:
    """One answer of a scripted model.

    Attributes:
        parts: what happens, in order; a str is one piece of text and becomes
            one streamed chunk.
        finish_reason: reported on the last chunk; None reports none. The
            default "stop" turns into "tool_calls" when the reply calls tools.
        usage: "auto" counts tokens with `split_tokens`; a mapping in the form
            of LangChain's UsageMetadata is reported as it is; None reports none.
        blocks: whether text comes as a list of content blocks instead of a str.
            Always so when the reply has reasoning, images or content of its own.
        metadata: additional entries for the message's response_metadata.
    """

    parts: tuple[Part, ...]
    finish_reason: str | None
    usage: Usage | Literal["auto"] | None
    blocks: bool
    metadata: Mapping[str, Any] | None

    def __init__(
        self,
        *parts: Part,
        finish_reason: str | None = "stop",
        usage: Usage | Literal["auto"] | None = "auto",
        blocks: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        for part in parts:
            if not isinstance(part, Part):
                raise TypeError(f"a reply cannot have a part of type {type(part).__name__}")
        if finish_reason == "stop" and any(
            isinstance(part, ToolCall | ToolCallPiece) for part in parts
        ):
            finish_reason = "tool_calls"
        blocks = blocks or any(isinstance(part, Reasoning | Image | Content) for part in parts)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "finish_reason", finish_reason)
        object.__setattr__(self, "usage", usage)
        object.__setattr__(self, "blocks", blocks)
        object.__setattr__(self, "metadata", metadata)

    @classmethod
    def of(cls, text: str, pause: float = 0.0, **options: Any) -> Reply:
        """Make a reply that streams a text token by token.

        Args:
            text: the whole text; see `split_tokens` for how it is cut.
            pause: seconds before each token.
            **options: the keyword arguments of `Reply`.

        Returns:
            The reply.

        Raises:
            ValueError: the pause is negative.
        """
        tokens = split_tokens(text)
        if pause == 0:
            return cls(*tokens, **options)
        wait = Pause(pause)
        return cls(*(part for token in tokens for part in (wait, token)), **options)
