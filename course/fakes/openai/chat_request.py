"""Requests for `/v1/chat/completions`."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from pydantic import ConfigDict, Field, model_validator

from course.fakes.openai.history import Turn, check_turns
from course.fakes.openai.request import AnswerRequest, CalledFunction, Function, Given, Schema


class _Part(Given):
    model_config = ConfigDict(strict=True, extra="allow")
    type: str
    text: str | None = None

    @model_validator(mode="after")
    def _has_text(self) -> _Part:
        if self.type == "text" and self.text is None:
            raise ValueError("a part of type text needs a text")
        return self


class _CalledTool(Given):
    id: str
    type: Literal["function"] = "function"
    function: CalledFunction


class _Message(Given):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[_CalledTool] | None = Field(default=None, min_length=1)
    tool_call_id: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> _Message:
        if self.role == "tool" and self.tool_call_id is None:
            raise ValueError(
                "Missing parameter 'tool_call_id': messages with role 'tool' must have a "
                "'tool_call_id'."
            )
        may_be_silent = self.role == "assistant" and (self.tool_calls or self.refusal)
        if self.content is None and not may_be_silent:
            raise ValueError("Invalid value for 'content': expected a string, got null.")
        return self

    @property
    def turn(self) -> Turn:
        """What it says about tool calls."""
        if self.role == "tool":
            return Turn(result=self.tool_call_id)
        return Turn(calls=[call.id for call in self.tool_calls or ()])

    def converted(self) -> BaseMessage:
        """Return it in LangChain's form."""
        content: Any = self.content or self.refusal or ""
        if isinstance(content, list):
            content = [part.model_dump(exclude_none=True) for part in content]
        if self.role == "user":
            return HumanMessage(content)
        if self.role == "tool":
            return ToolMessage(content, tool_call_id=self.tool_call_id)
        if self.role != "assistant":
            return SystemMessage(content)
        message = AIMessage(content)
        for call in self.tool_calls or ():
            call.function.note(message, call.id)
        return message


class _Tool(Given):
    type: Literal["function"]
    function: Function


class _Choice(Given):
    type: Literal["function"]
    function: Function


class _JsonSchema(Given):
    model_config = ConfigDict(strict=True, extra="allow", populate_by_name=True)
    name: str
    content: Schema = Field(alias="schema")


class _ResponseFormat(Given):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None

    @model_validator(mode="after")
    def _has_schema(self) -> _ResponseFormat:
        if self.type == "json_schema" and self.json_schema is None:
            raise ValueError("the type json_schema needs a json_schema")
        return self


class ChatRequest(AnswerRequest):
    """A request for a chat completion."""

    messages: list[_Message] = Field(min_length=1)
    n: Literal[1] | None = None
    stop: str | list[str] | None = None
    tools: list[_Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | _Choice | None = None
    response_format: _ResponseFormat | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _answers_its_calls(self) -> ChatRequest:
        check_turns(message.turn for message in self.messages)
        return self

    @property
    def include_usage(self) -> bool:
        """Whether the stream must end with a chunk that reports the usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def prompt(self) -> list[BaseMessage]:
        return [message.converted() for message in self.messages]

    @property
    def stop_texts(self) -> list[str] | None:
        return [self.stop] if isinstance(self.stop, str) else self.stop

    @property
    def functions(self) -> list[Function]:
        return [tool.function for tool in self.tools or ()]

    @property
    def choice(self) -> str | None:
        choice = self.tool_choice
        return choice.function.name if isinstance(choice, _Choice) else choice

    @property
    def response_schema(self) -> dict[str, Any] | None:
        wanted = self.response_format
        if wanted is None or wanted.type == "text":
            return None
        return wanted.model_dump(by_alias=True, exclude_none=True)
