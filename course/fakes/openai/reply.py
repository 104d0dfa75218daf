"""What OpenAI's two ways of sending an answer have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from langchain_core.messages import AIMessageChunk

from course.fakes.script import Hang, Pause

Step: TypeAlias = AIMessageChunk | Pause | Hang
Headers: TypeAlias = Mapping[str, str]
Json: TypeAlias = dict[str, Any]

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class ApiError(Exception):
    """What a client is told when it gets no answer, or not the rest of it.

    Attributes:
        status: the HTTP status.
        message: what is wrong, in one or two sentences.
        kind: OpenAI's `type`.
        code: OpenAI's `code`, or None.
        param: the field of the request that is wrong, or None.
        headers: additional headers of the response.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: Headers | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.headers = dict(headers or {})

    @property
    def body(self) -> bytes:
        """The JSON of the error."""
        told = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return dumps({"error": told}).encode()

    @classmethod
    def of(cls, error: BaseException) -> ApiError:
        """Return the error that reports an exception of the model."""
        if isinstance(error, ApiError):
            return error
        status = getattr(error, "status_code", None)
        if not isinstance(status, int) or not 400 <= status < 600:
            # Asking again would not give a script a reply that it does not have.
            status = 400 if isinstance(error, LookupError) else 500
        kind = "invalid_request_error" if status < 500 else "server_error"
        return cls(status, str(error) or type(error).__name__, kind=kind)


def dumps(value: object) -> str:
    """Return JSON that can be sent as UTF-8, with text unescaped."""
    text = _write(value)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return json.dumps(value, separators=(",", ":"))
    return text


class Answer(ABC):
    """One answer on its way to a client, in one of OpenAI's two forms."""

    def events(self, steps: Iterable[Step]) -> Iterator[bytes | Pause | Hang]:
        """Turn what a model sends into events.

        Yields:
            The bytes of one piece each, and at the end everything after the last piece. The
            first bytes include the beginning. Pauses and hangs are passed on unchanged.
        """
        before = self.beginning()
        end = b""
        for step in steps:
            if not isinstance(step, AIMessageChunk):
                yield step
            elif is_last(step):
                # Sent only once the model has ended: a client may leave as soon as it has this.
                end = before + self.end(step)
            else:
                yield before + self.piece(step)
                before = b""
        if end:
            yield end

    @abstractmethod
    def whole(self, chunks: Iterable[AIMessageChunk]) -> bytes:
        """Return the JSON of the whole answer."""

    @abstractmethod
    def beginning(self) -> bytes:
        """Return the events before the first piece."""

    @abstractmethod
    def piece(self, chunk: AIMessageChunk) -> bytes:
        """Return the events of one piece."""

    @abstractmethod
    def end(self, last: AIMessageChunk) -> bytes:
        """Return the events after the last piece."""

    @abstractmethod
    def nothing(self) -> bytes:
        """Return an event that contains nothing of the answer."""

    @abstractmethod
    def error(self, error: ApiError) -> bytes:
        """Return the event that reports a server error in the middle of a stream."""

    def failure(self, error: ApiError) -> bytes:
        """Return the event that reports a failure of the model in the middle of a stream."""
        return self.error(error)

    @abstractmethod
    def has_arguments(self, events: bytes) -> bool:
        """Return whether these events contain a piece of a tool call's arguments."""


def is_last(chunk: AIMessageChunk) -> bool:
    """Return whether this chunk has only what comes at the end of an answer."""
    return chunk.chunk_position == "last"


def text_and_reasoning(chunk: AIMessageChunk) -> tuple[str | None, str | None]:
    """Return the text and the reasoning that a piece adds; None for what it does not have."""
    if isinstance(chunk.content, str):
        return (None if chunk.tool_call_chunks else chunk.content), None
    texts = [_in_block(block, "text") for block in chunk.content]
    thoughts = [_in_block(block, "reasoning") for block in chunk.content]
    return _joined(texts), _joined(thoughts)


def _in_block(block: str | dict[Any, Any], kind: str) -> str | None:
    if isinstance(block, str):
        return block if kind == "text" else None
    return str(block[kind]) if block["type"] == kind else None


def _joined(texts: list[str | None]) -> str | None:
    found = [text for text in texts if text is not None]
    return "".join(found) if found else None
