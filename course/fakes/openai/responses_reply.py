"""Answers from `/v1/responses`: one JSON object, or events of many types that build it up."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCallChunk

from course.fakes.openai.output import FunctionCall, Message, OutputItem, Reasoning
from course.fakes.openai.reply import Answer, ApiError, Json, dumps, is_last, text_and_reasoning

_WHY_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""OpenAI's reasons for an incomplete response, by finish_reason."""


class ResponsesAnswer(Answer):
    """An answer as a response.

    It carries text, reasoning, tool calls and usage. Images in an answer are left out.

    Args:
        model: the name of the model that answers.
        asked: the fields of the request that a response repeats.
    """

    def __init__(self, model: str, asked: Json) -> None:
        self._frame: Json = {
            "id": f"resp_{secrets.token_hex(16)}",
            "object": "response",
            "created_at": int(time.time()),
            "model": model,
            **asked,
        }
        self._sent = 0
        self._items: list[OutputItem] = []
        self._calls: dict[int, FunctionCall] = {}

    def whole(self, chunks: Iterable[AIMessageChunk]) -> bytes:
        for chunk in chunks:
            if is_last(chunk):
                return dumps(self._ended(chunk)[1]).encode()
            for _ in self._add(chunk):
                pass  # what the events say is in the items
        return dumps(self._broken_off("incomplete")).encode()

    def beginning(self) -> bytes:
        response = self._response("in_progress")
        # In ASCII: so the first longer character belongs to the answer, not to the request.
        return b"".join(
            self._event({"type": f"response.{kind}", "response": response}, json.dumps)
            for kind in ("created", "in_progress")
        )

    def piece(self, chunk: AIMessageChunk) -> bytes:
        return self._events(self._add(chunk))

    def end(self, last: AIMessageChunk) -> bytes:
        ends, response = self._ended(last)
        kind = f"response.{response['status']}"
        return self._events([*ends, {"type": kind, "response": response}])

    def nothing(self) -> bytes:
        return self._event({"type": "keepalive"})

    def error(self, error: ApiError) -> bytes:
        told = {"code": error.code or error.kind, "message": error.message, "param": error.param}
        return self._event({"type": "error", **told})

    def failure(self, error: ApiError) -> bytes:
        told = {"code": _code_of(error), "message": error.message}
        response = self._broken_off("failed", error=told)
        return self._event({"type": "response.failed", "response": response})

    def has_arguments(self, events: bytes) -> bool:
        return b'"type":"response.function_call_arguments.delta"' in events

    def _events(self, events: Iterable[Json]) -> bytes:
        return b"".join(self._event(event) for event in events)

    def _event(self, event: Json, write: Any = dumps) -> bytes:
        numbered = {**event, "sequence_number": self._sent}
        self._sent += 1
        return f"event: {event['type']}\ndata: {write(numbered)}\n\n".encode()

    def _add(self, chunk: AIMessageChunk) -> Iterator[Json]:
        """Add one piece to the output, and yield the events that report it."""
        for call in chunk.tool_call_chunks:
            yield from self._add_call(call)
        text, reasoning = text_and_reasoning(chunk)
        if reasoning is not None:
            yield from self._add_to(Reasoning, reasoning)
        if text is not None:
            yield from self._add_to(Message, text)

    def _add_to(self, kind: type[Message | Reasoning], text: str) -> Iterator[Json]:
        item = self._items[-1] if self._items else None
        if not isinstance(item, kind) or item.status != "in_progress":
            item = kind(len(self._items))
            yield from self._begin(item)
        yield item.add(text)

    def _add_call(self, piece: ToolCallChunk) -> Iterator[Json]:
        index = piece["index"]
        # Pieces without a number never belong together.
        item = None if index is None else self._calls.get(index)
        if item is None:
            item = FunctionCall(len(self._items), piece["name"], piece["id"])
            if index is not None:
                self._calls[index] = item
            yield from self._begin(item)
        else:
            item.name += piece["name"] or ""
        if piece["args"]:
            yield item.add(piece["args"])

    def _begin(self, item: OutputItem) -> Iterator[Json]:
        for earlier in self._open():
            # The pieces of several calls may alternate, so an unfinished one stays open.
            if not isinstance(earlier, FunctionCall) or earlier.is_whole:
                yield from earlier.end()
        self._items.append(item)
        yield from item.start()

    def _open(self) -> list[OutputItem]:
        return [item for item in self._items if item.status == "in_progress"]

    def _ended(self, last: AIMessageChunk) -> tuple[list[Json], Json]:
        """Return the events that end the open items, and then the response."""
        reason = _WHY_INCOMPLETE.get(last.response_metadata.get("finish_reason", ""))
        status = "incomplete" if reason else "completed"
        ends = [event for item in self._open() for event in item.end(status)]
        told: Json = {"incomplete_details": {"reason": reason} if reason else None}
        if last.usage_metadata is not None:
            told["usage"] = _usage_of(last.usage_metadata)
        if "service_tier" in last.response_metadata:
            told["service_tier"] = last.response_metadata["service_tier"]
        return ends, self._response(status, **told)

    def _broken_off(self, status: str, **told: object) -> Json:
        for item in self._open():
            item.status = "incomplete"
        return self._response(status, **told)

    def _response(self, status: str, **told: object) -> Json:
        output = [item.value for item in self._items]
        whole = {"status": status, "output": output, "error": None, "incomplete_details": None}
        return {**self._frame, **whole, "usage": None, **told}


def _code_of(error: ApiError) -> str:
    """Return the code of a failed response: there are only a few."""
    if error.status == 429:
        return "rate_limit_exceeded"
    return "invalid_prompt" if error.status < 500 else "server_error"


def _usage_of(usage: UsageMetadata) -> Json:
    """Return LangChain's usage as a response reports it."""
    read: Mapping[str, Any] = usage.get("input_token_details") or {}
    written: Mapping[str, Any] = usage.get("output_token_details") or {}
    return {
        "input_tokens": usage["input_tokens"],
        "input_tokens_details": {
            "cached_tokens": read.get("cache_read", 0),
            "cache_write_tokens": read.get("cache_creation", 0),
        },
        "output_tokens": usage["output_tokens"],
        "output_tokens_details": {"reasoning_tokens": written.get("reasoning", 0)},
        "total_tokens": usage["total_tokens"],
    }
