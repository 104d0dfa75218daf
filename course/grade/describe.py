"""Values and calls in words, as you would write them in Python."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from course.fakes.replay import Replay
from course.fakes.sources import AsyncSource, Source, describe_characters, describe_items


def describe_call(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Return a call as you would write it."""
    shown = [describe(value) for value in args]
    shown += [f"{key}={describe(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(shown)})"


def _describe_dataclass(value: Any) -> str:
    """Return a dataclass as you would create it, without the fields that have their default."""
    values = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    defaults = {field.name: field.default for field in dataclasses.fields(value)}
    shown = [f"{name}={describe(now)}" for name, now in values.items() if now != defaults[name]]
    return f"{type(value).__name__}({', '.join(shown)})"


def _describe_message(message: BaseMessage) -> str:
    """Return a short form of a message: its content, and whatever else tells messages apart."""
    shown = [f"content={message.content!r}"] if message.content else []
    if isinstance(message, ToolMessage):
        shown.append(f"tool_call_id={message.tool_call_id!r}")
        shown += [f"status={message.status!r}"] if message.status != "success" else []
    if isinstance(message, AIMessage):
        pieces = getattr(message, "tool_call_chunks", None)  # calls of a chunk are made of these
        fields = ["tool_call_chunks"] if pieces else ["tool_calls", "invalid_tool_calls"]
        for name in fields:
            if calls := getattr(message, name):
                shown.append(f"{name}=[{', '.join(map(_describe_tool_call, calls))}]")
        said = message.response_metadata.items()
        shown += [f"{name}={describe(value)}" for name, value in said]
        if usage := message.usage_metadata:
            shown.append(f"usage={usage['input_tokens']}+{usage['output_tokens']}")
    return f"{type(message).__name__}({', '.join(shown) or f'content={message.content!r}'})"


def _describe_tool_call(call: Any) -> str:
    """Return a short form of a tool call, or of a piece of one: its name, id, args and index."""
    shown = [str(call["name"])] if call["name"] else []
    shown += [f"id={call['id']}"] if call["id"] else []
    shown += [f"args={call['args']!r}"] if call["args"] else []
    shown += [f"index={call['index']}"] if call.get("index") is not None else []
    return " ".join(shown)


def describe(value: object) -> str:
    """Return a value as you would write it, or a plain name if you would not write it."""
    if isinstance(value, BaseChatModel):
        return "model"
    if isinstance(value, BaseTool):
        return value.name if re.fullmatch(r"[\w-]+", value.name) else f"tool {value.name!r}"
    if isinstance(value, Replay):
        return f"{value.name}({describe(value.source)})"
    if type(value).__name__ == "ChatPromptTemplate":
        return "a ChatPromptTemplate"
    if isinstance(value, Runnable):
        return "agent"
    if isinstance(value, Source | AsyncSource):
        return describe_items(value.items, describe)
    if isinstance(value, dict | MappingProxyType):
        inside = ", ".join(f"{key!r}: {describe(item)}" for key, item in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return describe_characters(value) or f"[{', '.join(map(describe, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(describe, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, BaseMessage):
        return _describe_message(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _describe_dataclass(value)
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        return f"{value.__name__}()"
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))  # a different one each time
