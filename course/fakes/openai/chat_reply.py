"""Answers from `/v1/chat/completions`: one JSON object, or events that each carry a delta."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata

from course.fakes.openai.reply import Answer, ApiError, Json, dumps, is_last, text_and_reasoning

DONE = b"data: [DONE]\n\n"
_PASSED_ON = ("system_fingerprint", "service_tier")


class ChatAnswer(Answer):
    """An answer as a chat completion.

    It carries text, tool calls, finish_reason and usage. Reasoning is sent as other servers do
    it, in a field that OpenAI does not have: `reasoning_content`. Images in an answer are left
    out.

    Args:
        model: the name of the model that answers.
        include_usage: whether the last event reports the usage.
    """

    def __init__(self, model: str, include_usage: bool = False) -> None:
        self.id = f"chatcmpl-{secrets.token_hex(12)}"
        self.created = int(time.time())
        self.model = model
        self.include_usage = include_usage
        self._calls: dict[int | None, int] = {}
        # Only the part in between is written for each token.
        self._before = f"data: {dumps(self._frame('chat.completion.chunk'))[:-1]},".encode()
        self._delta = self._before + b'"choices":[{"index":0,"delta":'
        self._usage = b',"usage":null}\n\n' if include_usage else b"}\n\n"
        self._after = b',"logprobs":null,"finish_reason":null}]' + self._usage

    def beginning(self) -> bytes:
        return self._event({"role": "assistant", "content": ""})

    def piece(self, chunk: AIMessageChunk) -> bytes:
        return self._event(self._delta_of(chunk))

    def nothing(self) -> bytes:
        return self._event_without_choices()

    def error(self, error: ApiError) -> bytes:
        return b"data: " + error.body + b"\n\n"

    def has_arguments(self, events: bytes) -> bool:
        return b'"arguments":' in events and b'"arguments":""' not in events

    def _event(self, delta: Json) -> bytes:
        return self._delta + dumps(delta).encode() + self._after

    def _event_without_choices(self, usage: Json | None = None) -> bytes:
        return self._before + f'"choices":[],"usage":{dumps(usage)}}}\n\n'.encode()

    def _delta_of(self, chunk: AIMessageChunk) -> Json:
        """Return what one piece adds to the message."""
        if chunk.tool_call_chunks:
            in_blocks = isinstance(chunk.content, list)
            return {
                "tool_calls": [
                    _call_delta(call, self._place(call["index"]) if in_blocks else call["index"])
                    for call in chunk.tool_call_chunks
                ]
            }
        text, reasoning = text_and_reasoning(chunk)
        delta = {"content": text, "reasoning_content": reasoning}
        return {key: value for key, value in delta.items() if value is not None}

    def whole(self, chunks: Iterable[AIMessageChunk]) -> bytes:
        text: list[str] = []
        reasoning: list[str] = []
        calls: dict[object, Json] = {}
        finish_reason = None
        told: Json = {}
        for chunk in chunks:
            if is_last(chunk):
                finish_reason = chunk.response_metadata.get("finish_reason")
                told = _told(chunk)
                continue
            delta = self._delta_of(chunk)
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

    def end(self, last: AIMessageChunk) -> bytes:
        told = _told(last)
        usage = told.pop("usage", None)
        finish_reason = last.response_metadata.get("finish_reason")
        events = b""
        if finish_reason is not None:
            choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": finish_reason}
            events = self._before + dumps({"choices": [choice], **told})[1:-1].encode()
            events += self._usage
        if self.include_usage and usage is not None:
            events += self._event_without_choices(usage)
        return events + DONE

    def _frame(self, kind: str) -> Json:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _place(self, index: int | None) -> int:
        # Among content blocks, the first call may have number 1; OpenAI counts only calls.
        return self._calls.setdefault(index, len(self._calls))


def _told(chunk: AIMessageChunk) -> Json:
    """Return what the last chunk says about the whole answer."""
    told = {
        key: chunk.response_metadata[key] for key in _PASSED_ON if key in chunk.response_metadata
    }
    if chunk.usage_metadata is not None:
        told["usage"] = _usage_of(chunk.usage_metadata)
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


def _usage_of(usage: UsageMetadata) -> Json:
    """Return LangChain's usage in the form in which OpenAI reports it."""
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
