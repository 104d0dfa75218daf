"""Answers as OpenAI sends them: as one JSON object, or as server-sent events."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata

from course.fakes.script import Hang, Pause

Step: TypeAlias = AIMessageChunk | Pause | Hang
Headers: TypeAlias = Mapping[str, str]
Json: TypeAlias = dict[str, Any]

DONE = b"data: [DONE]\n\n"
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PASSED_ON = ("system_fingerprint", "service_tier")


class ApiError(Exception):
    """What a client is told when it gets no answer, or no more of it.

    Attributes:
        status: the HTTP status.
        message: what is wrong, in one or two sentences.
        kind: OpenAI's `type`.
        code: OpenAI's `code`, or None.
        param: the field of the request that is wrong, or None.
        headers: more headers of the response.
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
        """The JSON that says it."""
        told = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return dumps({"error": told}).encode()

    @property
    def event(self) -> bytes:
        """The event that says it in the middle of a stream."""
        return b"data: " + self.body + b"\n\n"

    @classmethod
    def of(cls, error: BaseException) -> ApiError:
        """Return the error that tells of an exception of the model."""
        if isinstance(error, ApiError):
            return error
        status = getattr(error, "status_code", None)
        if not isinstance(status, int) or not 400 <= status < 600:
            # A script without a reply would not get one by being asked again.
            status = 400 if isinstance(error, LookupError) else 500
        kind = "invalid_request_error" if status < 500 else "server_error"
        return cls(status, str(error) or type(error).__name__, kind=kind)


def dumps(value: object) -> str:
    """Return JSON that can be sent as UTF-8, with text as it is."""
    text = _write(value)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return json.dumps(value, separators=(",", ":"))
    return text


class Answer:
    """One answer on its way to a client.

    OpenAI's protocol carries text, tool calls, finish_reason and usage. Reasoning is sent as
    other servers do, in a field that OpenAI does not have: `reasoning_content`. Images of an
    answer are left out.

    Args:
        model: the name of the model that answers.
        include_usage: whether the events end with one of usage.
    """

    def __init__(self, model: str, include_usage: bool = False) -> None:
        self.id = f"chatcmpl-{secrets.token_hex(12)}"
        self.created = int(time.time())
        self.model = model
        self.include_usage = include_usage
        self._calls: dict[int | None, int] = {}
        # Only what is between is written again for each token.
        self._before = f"data: {dumps(self._frame('chat.completion.chunk'))[:-1]},".encode()
        self._delta = self._before + b'"choices":[{"index":0,"delta":'
        self._usage = b',"usage":null}\n\n' if include_usage else b"}\n\n"
        self._after = b',"logprobs":null,"finish_reason":null}]' + self._usage

    def events(self, steps: Iterable[Step]) -> Iterator[bytes | Pause | Hang]:
        """Turn what a model sends into events.

        Yields:
            The bytes of one piece each, and at the end all that follows the last piece. The
            first bytes tell the role too. Pauses and hangs stay as they are.
        """
        role = self.event({"role": "assistant", "content": ""})
        end = b""
        for step in steps:
            if not isinstance(step, AIMessageChunk):
                yield step
            elif _is_last(step):
                # Sent when the model has really ended: a client may leave as soon as it has this.
                end = role + self._last(step)
            else:
                yield role + self.event(self.delta(step))
                role = b""
        if end:
            yield end

    def event(self, delta: Json) -> bytes:
        """Return the bytes of one event."""
        return self._delta + dumps(delta).encode() + self._after

    def event_without_choices(self, usage: Json | None = None) -> bytes:
        """Return the bytes of an event whose list of choices is empty."""
        return self._before + f'"choices":[],"usage":{dumps(usage)}}}\n\n'.encode()

    def delta(self, chunk: AIMessageChunk) -> Json:
        """Return what one piece adds to the message."""
        if chunk.tool_call_chunks:
            in_blocks = isinstance(chunk.content, list)
            return {
                "tool_calls": [
                    _call_delta(call, self._place(call["index"]) if in_blocks else call["index"])
                    for call in chunk.tool_call_chunks
                ]
            }
        if isinstance(chunk.content, str):
            return {"content": chunk.content}
        delta: Json = {}
        for block in chunk.content:
            if isinstance(block, dict) and block["type"] == "text":
                delta["content"] = delta.get("content", "") + block["text"]
            elif isinstance(block, dict) and block["type"] == "reasoning":
                delta["reasoning_content"] = block["reasoning"]
        return delta

    def whole(self, chunks: Iterable[AIMessageChunk]) -> bytes:
        """Return the JSON of the whole answer."""
        text: list[str] = []
        reasoning: list[str] = []
        calls: dict[object, Json] = {}
        finish_reason = None
        told: Json = {}
        for chunk in chunks:
            if _is_last(chunk):
                finish_reason = chunk.response_metadata.get("finish_reason")
                told = _told(chunk)
                continue
            delta = self.delta(chunk)
            text.append(delta.get("content", ""))
            reasoning.append(delta.get("reasoning_content", ""))
            for call in delta.get("tool_calls", ()):
                _merge(calls, call)
        message: Json = {"role": "assistant", "content": "".join(text), "refusal": None}
        if any(reasoning):
            message["reasoning_content"] = "".join(reasoning)
        if calls:
            message["content"] = message["content"] or None
            message["tool_calls"] = list(calls.values())
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": finish_reason,
        }
        return dumps({**self._frame("chat.completion"), "choices": [choice], **told}).encode()

    def _last(self, chunk: AIMessageChunk) -> bytes:
        told = _told(chunk)
        usage = told.pop("usage", None)
        finish_reason = chunk.response_metadata.get("finish_reason")
        events = b""
        if finish_reason is not None:
            choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": finish_reason}
            events = self._before + dumps({"choices": [choice], **told})[1:-1].encode()
            events += self._usage
        if self.include_usage and usage is not None:
            events += self.event_without_choices(usage)
        return events + DONE

    def _frame(self, kind: str) -> Json:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _place(self, index: int | None) -> int:
        # Among content blocks the first call may have number 1; OpenAI counts calls only.
        return self._calls.setdefault(index, len(self._calls))


def _is_last(chunk: AIMessageChunk) -> bool:
    return chunk.chunk_position == "last"


def _told(chunk: AIMessageChunk) -> Json:
    """Return what the last chunk tells about the whole answer."""
    told = {
        key: chunk.response_metadata[key] for key in _PASSED_ON if key in chunk.response_metadata
    }
    if chunk.usage_metadata is not None:
        told["usage"] = usage_of(chunk.usage_metadata)
    return told


def _call_delta(call: Mapping[str, Any], index: int | None) -> Json:
    delta: Json = {"index": index}
    if call["id"] is not None:
        delta |= {"id": call["id"], "type": "function"}
    named = {"name": call["name"], "arguments": call["args"]}
    delta["function"] = {key: value for key, value in named.items() if value is not None}
    return delta


def _merge(calls: dict[object, Json], delta: Json) -> None:
    """Add a piece of a tool call to the whole one."""
    index = delta["index"]
    # Pieces without a number never belong together.
    key = len(calls) if index is None else f"number {index}"
    function = delta["function"]
    call = calls.setdefault(
        key, {"id": None, "type": "function", "function": {"name": "", "arguments": ""}}
    )
    call["id"] = delta.get("id") or call["id"]
    for name, text in function.items():
        call["function"][name] += text


def usage_of(usage: UsageMetadata) -> Json:
    """Return LangChain's usage as OpenAI reports it."""
    read: Mapping[str, Any] = usage.get("input_token_details") or {}
    written: Mapping[str, Any] = usage.get("output_token_details") or {}
    made: Json = {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }
    prompt = _renamed(
        read, cached_tokens="cache_read", audio_tokens="audio", cache_write_tokens="cache_creation"
    )
    completion = _renamed(written, reasoning_tokens="reasoning", audio_tokens="audio")
    if prompt:
        made["prompt_tokens_details"] = prompt
    if completion:
        made["completion_tokens_details"] = completion
    return made


def _renamed(details: Mapping[str, Any], **names: str) -> Json:
    return {theirs: details[ours] for theirs, ours in names.items() if ours in details}
