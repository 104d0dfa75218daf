"""A chat model that plays a script, and the base class that it shares with other fakes.

Code that uses a model cannot tell these from a provider. They stream, call
tools, report usage, fail, hang and get cut off. They need no network, and the
same script gives the same bytes each time.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, cast

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    message_chunk_to_message,
)
from langchain_core.messages import tool as message_tools
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.output_parsers.openai_tools import make_invalid_tool_call, parse_tool_call
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from course.fakes import binding
from course.fakes.openai.history import check_messages
from course.fakes.script import (
    Content,
    Cut,
    Fail,
    Hang,
    Image,
    Pause,
    Reasoning,
    Reply,
    ToolCall,
    ToolCallPiece,
    split_tokens,
)

Outcome: TypeAlias = Literal["open", "exhausted", "closed", "failed"]
Blocks: TypeAlias = list[str | dict[Any, Any]]

_CLOSING = (GeneratorExit, asyncio.CancelledError, KeyboardInterrupt)
_NUMBERED_CALL = re.compile(r"call_(\d+)")


@dataclass
class Call:
    """One call to a model, as the model saw it.

    Attributes:
        messages: the prompt.
        tools: the bound tools in OpenAI's format.
        tool_choice: "auto", "none", "any" or the name of the one tool to call.
        response_format: the requested form of the answer in OpenAI's format, or None.
        stop: the texts before which the answer must end.
        model: the name of the requested model.
        pulled: pieces handed out so far. The empty last chunk that carries
            finish_reason and usage is not counted.
        outcome: "open" while it is in progress, "exhausted" when the answer has
            reached its end, "closed" when the reader closed or canceled it,
            "failed" when it raised.
        ended_at: `time.monotonic()` at the end, in seconds, or None.
    """

    messages: list[BaseMessage]
    tools: list[dict[str, Any]] = field(default_factory=list)
    tool_choice: str = "auto"
    response_format: dict[str, Any] | None = None
    stop: list[str] = field(default_factory=list)
    model: str = ""
    pulled: int = 0
    outcome: Outcome = "open"
    ended_at: float | None = None

    @property
    def closed(self) -> bool:
        """Whether the call has ended, in any way."""
        return self.outcome != "open"

    def end(self, error: BaseException | None = None) -> None:
        """Record how and when the call ended. Only the first end counts.

        Args:
            error: what ended it, or None if the answer reached its end.
        """
        if self.closed:
            return
        if error is None:
            self.outcome = "exhausted"
        else:
            self.outcome = "closed" if isinstance(error, _CLOSING) else "failed"
        self.ended_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end(error)


class Record:
    """The state that all copies of one model share.

    Attributes:
        calls: the calls in the order in which they started.
        used: how many replies have been used, by the script's key.
        lock: held while a reply is taken, because batch uses threads.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.used: dict[str | None, int] = {}
        self.lock = threading.Lock()


class FakeChatModel(BaseChatModel):
    """A chat model whose replies come from `_reply`.

    Provider parameters, like temperature or api_key, are accepted and have no
    effect. Pauses go through `time.sleep` and `asyncio.sleep`, so virtual time
    can drive them. Copies made by `bind`, `bind_tools` or `with_config` share
    the transcript.

    Attributes:
        model: the name reported as model_name; a call can override it with the
            keyword argument of the same name.
        stop: texts before which each answer ends, unless a call passes its own.
        strict: whether it refuses the conversations that OpenAI refuses: a tool call without a
            result, a result without a call, no messages. Such a call is not in the transcript.
        structured_method: how it is asked for structured output if nobody says how. Providers
            differ in that.

    Raises:
        Refused: on a call with such a conversation.
    """

    model: str = "fake"
    stop: list[str] | None = None
    strict: bool = False
    structured_method: binding.StructuredMethod = "json_schema"
    # A field and not a private attribute, so that configurable_fields keeps it.
    record: Record = Field(default_factory=Record, exclude=True, repr=False)

    @abstractmethod
    def _reply(self, call: Call) -> Reply:
        """Return the reply to a call. Runs once, when the call really starts."""

    @property
    def transcript(self) -> list[Call]:
        """The calls so far. Each is added when the model starts on it."""
        return self.record.calls

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Tell LangChain that it can save and load this model."""
        return True

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Give the model tools.

        Args:
            tools: functions, tools, classes or schemas, as LangChain accepts them.
            tool_choice: "auto" or None lets the model decide, "none" forbids,
                "any", "required" or True forces a call, a tool's name (or
                OpenAI's dict with it) forces a call to this tool.
            strict: passed into the schemas.
            **kwargs: bound as they are.

        Returns:
            The model with the tools.

        Raises:
            ValueError: tool_choice names a tool that does not exist.
        """
        return binding.bind_tools(self, tools, tool_choice, strict, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        method: binding.StructuredMethod | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Make the model answer with an object of a schema.

        Args:
            schema: a pydantic class, a TypedDict class or a JSON schema.
            include_raw: return a dict with "raw", "parsed" and "parsing_error".
            method: "json_schema" and "json_mode" read the answer's text,
                "function_calling" reads the arguments of a forced tool call. None is
                `structured_method`.
            strict: passed into the schema.
            **kwargs: bound as they are.

        Returns:
            The model followed by the parser.

        Raises:
            ValueError: the method is not one of these three.
        """
        method = method or self.structured_method
        return binding.with_structured_output(
            self, schema, include_raw=include_raw, method=method, strict=strict, **kwargs
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result(list(self._stream(messages, stop, **kwargs)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result([chunk async for chunk in self._astream(messages, stop, **kwargs)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with self._start(messages, stop, kwargs) as call:
            for step in self._steps(call):
                if isinstance(step, AIMessageChunk):
                    yield ChatGenerationChunk(message=step)
                elif isinstance(step, Pause):
                    time.sleep(step.seconds)
                else:
                    # Only a script that hangs needs the clock.
                    from course.fakes import clock

                    clock.hang()

    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        return _AsyncChunks(self, lambda: self._start(messages, stop, kwargs))

    def _start(
        self, messages: list[BaseMessage], stop: list[str] | None, options: Mapping[str, Any]
    ) -> Call:
        if self.strict:
            check_messages(messages)
        call = Call(
            messages=list(messages),
            tools=list(options.get("tools") or ()),
            tool_choice=binding.normal_choice(options.get("tool_choice")),
            response_format=options.get("response_format"),
            stop=[text for text in (self.stop if stop is None else stop) or () if text],
            model=options.get("model") or self.model,
        )
        self.record.calls.append(call)
        return call

    def _steps(self, call: Call) -> Iterator[AIMessageChunk | Pause | Hang]:
        """Play a reply. The caller waits where it says Pause or Hang."""
        reply = self._reply(call)
        # LangChain would give a str the block index of the first tool call.
        writer = _Writer(reply, call, in_blocks=self.output_version == "v1")
        for part in reply.parts:
            if isinstance(part, Pause):
                if part.seconds > 0:
                    yield part
            elif isinstance(part, Fail):
                # A script may play twice: the traceback from last time must go.
                raise part.exception.with_traceback(None)
            elif isinstance(part, Hang):
                yield part
            elif isinstance(part, Cut):
                return
            else:
                for chunk in writer.write(part):
                    call.pulled += 1
                    yield chunk
                if writer.stopped:
                    break
        for chunk in writer.rest():
            call.pulled += 1
            yield chunk
        yield writer.last()


class _AsyncChunks:
    """The asynchronous side of `_stream`.

    It is a class, because an abandoned async generator is closed a few turns of
    the event loop later, and the transcript has to be right immediately.
    """

    def __init__(self, model: FakeChatModel, start: Callable[[], Call]) -> None:
        self._model = model
        self._start = start
        self._call: Call | None = None
        self._steps: Iterator[AIMessageChunk | Pause | Hang] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChatGenerationChunk:
        if self._call is None:
            self._call = self._start()
            self._steps = self._model._steps(self._call)
        try:
            for step in self._steps:
                if isinstance(step, AIMessageChunk):
                    return ChatGenerationChunk(message=step)
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                else:
                    await asyncio.get_running_loop().create_future()
        except BaseException as error:
            self._end(error)
            raise
        self._end()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close the stream."""
        self._end(GeneratorExit())

    def __del__(self) -> None:
        self._end(GeneratorExit())

    def _end(self, error: BaseException | None = None) -> None:
        self._steps = iter(())
        if self._call is not None:
            self._call.end(error)


class _Writer:
    """Turns the parts of one reply into message chunks and counts its tokens."""

    def __init__(self, reply: Reply, call: Call, in_blocks: bool) -> None:
        self._reply = reply
        self._call = call
        self._blocks = reply.blocks or in_blocks
        self._empty: str | Blocks = [] if self._blocks else ""
        self._kind = ""
        self._block = -1
        self._tool = -1
        self._number = _highest_number(call.messages)
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._held = ""
        self.stopped = False

    def write(
        self, part: str | Reasoning | Image | Content | ToolCall | ToolCallPiece
    ) -> Iterator[AIMessageChunk]:
        """Yield the chunks of one part."""
        if isinstance(part, str):
            if not self._call.stop:
                yield self._text_chunk(part)
            else:
                text = self._before_stop(part)
                if text or not part:
                    yield self._text_chunk(text)
            return
        yield from self.rest()
        if isinstance(part, Reasoning):
            self._reasoning.append(part.text)
            yield self._block_chunk("reasoning", reasoning=part.text)
        elif isinstance(part, Image):
            self._kind = ""
            yield self._block_chunk("image", base64=part.base64, mime_type=part.mime_type)
        elif isinstance(part, Content):
            self._kind = ""
            yield self._content_chunk(part)
        elif isinstance(part, ToolCall):
            yield from self._tool_chunks(part)
        else:
            self._text.append((part.name or "") + (part.args or ""))
            yield self._tool_chunk(
                tool_call_chunk(name=part.name, args=part.args, id=part.id, index=part.index)
            )

    def rest(self) -> Iterator[AIMessageChunk]:
        """Yield the text that was held back because a stop text could begin in it."""
        if self._held:
            held, self._held = self._held, ""
            yield self._text_chunk(held)

    def last(self) -> AIMessageChunk:
        """Return the empty chunk with which a whole reply ends."""
        metadata: dict[str, Any] = {"model_name": self._call.model}
        reason = "stop" if self.stopped else self._reply.finish_reason
        if reason is not None:
            metadata["finish_reason"] = reason
        return AIMessageChunk(
            content=self._empty,
            response_metadata={**metadata, **(self._reply.metadata or {})},
            usage_metadata=self._usage(),
            chunk_position="last",
        )

    def _before_stop(self, text: str) -> str:
        self._held += text
        found = [
            (at + len(stop), at) for stop in self._call.stop if (at := self._held.find(stop)) >= 0
        ]
        if found:
            # The one that is complete first, so that it does not matter how the text is cut.
            text, self._held = self._held[: min(found)[1]], ""
            self.stopped = True
            return text
        longest = max(len(stop) for stop in self._call.stop)
        for start in range(max(0, len(self._held) - longest + 1), len(self._held)):
            if any(stop.startswith(self._held[start:]) for stop in self._call.stop):
                text, self._held = self._held[:start], self._held[start:]
                return text
        text, self._held = self._held, ""
        return text

    def _text_chunk(self, text: str) -> AIMessageChunk:
        self._text.append(text)
        if self._blocks:
            return self._block_chunk("text", text=text)
        return AIMessageChunk(content=text)

    def _block_chunk(self, kind: str, **values: str) -> AIMessageChunk:
        # Chunks merge by index: pieces in a row share one, another kind gets the next one.
        if kind != self._kind:
            self._kind = kind
            self._block += 1
        return AIMessageChunk(content=[{"type": kind, **values, "index": self._block}])

    def _content_chunk(self, part: Content) -> AIMessageChunk:
        blocks: Blocks = [one if isinstance(one, str) else dict(one) for one in part.blocks]
        chunk = AIMessageChunk(content=blocks)
        self._text.append(chunk.text)
        return chunk

    def _tool_chunks(self, call: ToolCall) -> Iterator[AIMessageChunk]:
        if self._blocks:
            # Providers with content blocks count a tool call as one of them.
            self._kind = ""
            self._block += 1
            index = self._block
        else:
            self._tool += 1
            index = self._tool
        self._number += call.id is None
        arguments = json.dumps(dict(call.args), ensure_ascii=False)
        self._text.append(call.name + arguments)
        yield self._tool_chunk(
            tool_call_chunk(
                name=call.name,
                args="",
                id=call.id or f"call_{self._number}",
                index=index,
            )
        )
        for piece in split_tokens(arguments):
            yield self._tool_chunk(tool_call_chunk(name=None, args=piece, id=None, index=index))

    def _tool_chunk(self, chunk: ToolCallChunk) -> AIMessageChunk:
        return AIMessageChunk(content=self._empty, tool_call_chunks=[chunk])

    def _usage(self) -> UsageMetadata | None:
        usage = self._reply.usage
        if usage != "auto":
            return None if usage is None else cast("UsageMetadata", dict(usage))
        reasoning = _count("".join(self._reasoning))
        read = sum(_count(str(message.text)) for message in self._call.messages)
        written = _count("".join(self._text)) + reasoning
        counted = UsageMetadata(
            input_tokens=read, output_tokens=written, total_tokens=read + written
        )
        if reasoning:
            counted["output_token_details"] = {"reasoning": reasoning}
        return counted


class ScriptError(LookupError):
    """No scripted reply is left for a prompt, or none fits it."""


ScriptedReply: TypeAlias = Reply | str
Script: TypeAlias = Sequence[ScriptedReply] | Mapping[str, ScriptedReply | Sequence[ScriptedReply]]


class ScriptedChatModel(FakeChatModel):
    """A chat model that plays a script.

    A sequence of replies is used in order until it runs out. A mapping chooses
    by what the prompt contains. It takes the first key that is in the newest
    human message. If there is none, it takes the first key that is in any
    message, and then the key "", which fits every prompt. A single reply under a
    key is used again and again, and a list of replies is used in order. A str
    stands for a reply of one piece.

    Use a mapping with `batch`: its threads start in no particular order.

    Attributes:
        replies: the script.

    Raises:
        ScriptError: on a call for which the script has no reply.
    """

    replies: Script
    model: str = "scripted"

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _reply(self, call: Call) -> Reply:
        with self.record.lock:
            reply = self._choose(call.messages)
        return Reply(reply) if isinstance(reply, str) else reply

    def _choose(self, messages: list[BaseMessage]) -> ScriptedReply:
        if not isinstance(self.replies, Mapping):
            return self._next(None, self.replies, messages)
        for text in (_newest_human_text(messages), _whole_text(messages)):
            for key, replies in self.replies.items():
                if key and key in text:
                    return self._under(key, replies, messages)
        if "" in self.replies:
            return self._under("", self.replies[""], messages)
        raise ScriptError(
            f"no scripted reply fits the prompt {_quoted(messages)}; "
            f"the script knows prompts that contain {_listed(self.replies)}"
        )

    def _under(
        self,
        key: str,
        replies: ScriptedReply | Sequence[ScriptedReply],
        messages: list[BaseMessage],
    ) -> ScriptedReply:
        if isinstance(replies, Reply | str):
            return replies
        return self._next(key, replies, messages)

    def _next(
        self, key: str | None, replies: Sequence[ScriptedReply], messages: list[BaseMessage]
    ) -> ScriptedReply:
        position = self.record.used.get(key, 0)
        if position >= len(replies):
            where = "" if key is None else f" under {key!r}"
            raise ScriptError(
                f"the script{where} has run out at the prompt {_quoted(messages)}; "
                f"it had {len(replies)} replies: {_listed(replies)}"
            )
        self.record.used[key] = position + 1
        return replies[position]


def _result(chunks: list[ChatGenerationChunk]) -> ChatResult:
    first, *others = [cast("AIMessageChunk", chunk.message) for chunk in chunks] or [
        AIMessageChunk(content="")
    ]
    # Adding many at once is linear; adding them one by one is not.
    whole = first + others
    if whole.tool_call_chunks:
        whole.tool_calls, whole.invalid_tool_calls = _read(whole.tool_call_chunks)
    return ChatResult(generations=[ChatGeneration(message=message_chunk_to_message(whole))])


def _read(
    whole: Sequence[ToolCallChunk],
) -> tuple[list[message_tools.ToolCall], list[InvalidToolCall]]:
    """Return the calls of an answer that came at once, and those with broken arguments.

    ChatOpenAI reads them like this. In a stream, it repairs what is cut off, and so do we.
    """
    calls, broken = [], []
    for chunk in whole:
        function = {"name": chunk["name"], "arguments": chunk["args"]}
        raw = {"id": chunk["id"], "function": function}
        try:
            calls.append(cast("message_tools.ToolCall", parse_tool_call(raw)))
        except OutputParserException as error:
            broken.append(make_invalid_tool_call(raw, str(error)))
    return calls, broken


def _highest_number(messages: Sequence[BaseMessage]) -> int:
    """Return the highest N of any call_N in the conversation, or 0."""
    ids = (
        call["id"] or ""
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    )
    return max(
        (int(match[1]) for text in ids if (match := _NUMBERED_CALL.fullmatch(text))), default=0
    )


def _count(text: str) -> int:
    return len(split_tokens(text))


def _newest_human_text(messages: Sequence[BaseMessage]) -> str:
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return str(message.text)
    return ""


def _whole_text(messages: Sequence[BaseMessage]) -> str:
    return "\n".join(str(message.text) for message in messages)


def _quoted(messages: Sequence[BaseMessage]) -> str:
    return _shortened(repr(_newest_human_text(messages) or _whole_text(messages)), 300)


def _listed(items: Sequence[object] | Mapping[str, object]) -> str:
    shown = [_shortened(repr(item), 80) for item in list(items)[:10]]
    more = len(items) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
