"""Requests for `/v1/responses`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from course.fakes.openai.history import check_ids, check_items
from course.fakes.openai.reply import ApiError, Json
from course.fakes.openai.request import AnswerRequest, CalledFunction, Function, Given, Schema

_MOVED = {
    "messages": "input",
    "response_format": "text.format",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning.effort",
}
"""Parameters with another name in a chat completion."""

_UNKNOWN = ("stop", "n")
"""Parameters that only a chat completion has."""

_KEEPS_NOTHING = "This server keeps nothing: send the whole conversation as input."
_STORED = {
    "previous_response_id": "Previous response with id {} not found.",
    "conversation": "Conversation with id {} not found.",
    "prompt": "Prompt with id {} not found.",
    "background": "A response in the background cannot be fetched later.",
}
"""Parameters that need a server with storage, and what a client that uses one is told."""


class _Part(Given):
    model_config = ConfigDict(strict=True, extra="allow")
    type: str
    text: str | None = None
    refusal: str | None = None

    @model_validator(mode="after")
    def _has_text(self) -> _Part:
        if self.type in ("input_text", "output_text") and self.text is None:
            raise ValueError(f"a part of type {self.type} needs a text")
        return self

    def converted(self) -> Json:
        """Return it in LangChain's form."""
        if self.type in ("input_text", "output_text", "refusal"):
            return {"type": "text", "text": self.text or self.refusal or ""}
        return self.model_dump(exclude_none=True)


_FROM_CLIENT = ("input_text", "input_image", "input_file", "input_audio")
_FROM_MODEL = ("output_text", "refusal")


def _check_parts(parts: str | list[_Part], allowed: tuple[str, ...]) -> None:
    wrong = [part.type for part in parts if isinstance(part, _Part) and part.type not in allowed]
    if wrong:
        names = ", ".join(f"'{name}'" for name in allowed)
        raise ValueError(f"Invalid value: '{wrong[0][:50]}'. Supported values are: {names}.")


def _converted(content: str | list[_Part]) -> Any:
    return content if isinstance(content, str) else [part.converted() for part in content]


class _Message(Given):
    id: str | None = None
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[_Part]

    @model_validator(mode="after")
    def _has_its_parts(self) -> _Message:
        _check_parts(self.content, _FROM_MODEL if self.role == "assistant" else _FROM_CLIENT)
        return self

    def add_to(self, messages: list[BaseMessage]) -> None:
        """Put it behind a conversation."""
        kinds = {"user": HumanMessage, "assistant": AIMessage}
        messages.append(kinds.get(self.role, SystemMessage)(_converted(self.content)))


class _Call(CalledFunction):
    id: str | None = None
    type: Literal["function_call"]
    call_id: str

    def add_to(self, messages: list[BaseMessage]) -> None:
        """Record it in the last message, or in a new one if the last is not the model's."""
        if not (messages and isinstance(messages[-1], AIMessage)):
            messages.append(AIMessage(""))
        self.note(cast("AIMessage", messages[-1]), self.call_id)


class _Result(Given):
    id: str | None = None
    type: Literal["function_call_output"]
    call_id: str
    output: str | list[_Part]

    @model_validator(mode="after")
    def _has_its_parts(self) -> _Result:
        _check_parts(self.output, _FROM_CLIENT)
        return self

    def add_to(self, messages: list[BaseMessage]) -> None:
        """Put it behind a conversation."""
        messages.append(ToolMessage(_converted(self.output), tool_call_id=self.call_id))


class _Reasoning(Given):
    id: str | None = None
    type: Literal["reasoning"]

    def add_to(self, messages: list[BaseMessage]) -> None:
        """Leave a conversation unchanged: a model's earlier reasoning has no effect here."""


def _kind(item: object) -> str | None:
    """Return the type of an item; a message need not name it."""
    if isinstance(item, dict):
        return cast("str | None", item.get("type", "message" if "role" in item else None))
    return None


_Item: TypeAlias = Annotated[
    Annotated[_Message, Tag("message")]
    | Annotated[_Call, Tag("function_call")]
    | Annotated[_Result, Tag("function_call_output")]
    | Annotated[_Reasoning, Tag("reasoning")],
    Discriminator(
        _kind,
        custom_error_type="unknown_item",
        custom_error_message="an item is a message, a function_call, a function_call_output or "
        "reasoning. This server has no tools of its own and keeps nothing to which an item could "
        "refer.",
    ),
]


class _Tool(Function):
    type: Literal["function"]

    @model_validator(mode="before")
    @classmethod
    def _is_flat(cls, value: Any) -> Any:
        if isinstance(value, dict) and "function" in value and "name" not in value:
            raise ValueError(
                "Missing required parameter: 'name'. Here the name and the parameters of a tool "
                "go next to its type, not under function."
            )
        return value


class _Choice(Given):
    type: Literal["function"]
    name: str


class _Format(Given):
    model_config = ConfigDict(strict=True, extra="allow", populate_by_name=True)
    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    content: Schema | None = Field(default=None, alias="schema")

    @model_validator(mode="after")
    def _has_schema(self) -> _Format:
        if self.type == "json_schema" and (self.content is None or self.name is None):
            raise ValueError("the type json_schema needs a name and a schema")
        return self


class _Text(Given):
    format: _Format | None = None


class ResponsesRequest(AnswerRequest):
    """A request for a response."""

    input: str | Annotated[list[_Item], Field(min_length=1)]
    instructions: str | None = None
    tools: list[_Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | _Choice | None = None
    text: _Text | None = None
    max_output_tokens: int | None = Field(default=None, ge=1)
    parallel_tool_calls: bool | None = None
    top_p: float | None = Field(default=None, ge=0, le=1)
    metadata: dict[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _asks_here(cls, value: Any) -> Any:
        if isinstance(value, dict):
            _refuse_what_is_elsewhere(value)
            _refuse_what_is_kept(value)
        return value

    @model_validator(mode="after")
    def _answers_its_calls(self) -> ResponsesRequest:
        items = self.input if isinstance(self.input, list) else []
        check_ids(item.id for item in items if item.id is not None)
        check_items(
            ("call" if isinstance(item, _Call) else "result", item.call_id)
            for item in items
            if isinstance(item, _Call | _Result)
        )
        return self

    @property
    def prompt(self) -> list[BaseMessage]:
        messages: list[BaseMessage] = []
        if self.instructions:
            messages.append(SystemMessage(self.instructions))
        if isinstance(self.input, str):
            return [*messages, HumanMessage(self.input)]
        for item in self.input:
            item.add_to(messages)
        return messages

    @property
    def stop_texts(self) -> list[str] | None:
        return None

    @property
    def functions(self) -> list[Function]:
        return [Function(**tool.model_dump(exclude={"type"})) for tool in self.tools or ()]

    @property
    def choice(self) -> str | None:
        return self.tool_choice.name if isinstance(self.tool_choice, _Choice) else self.tool_choice

    @property
    def response_schema(self) -> dict[str, Any] | None:
        wanted = self._format
        kind = wanted.pop("type")
        if kind == "text":
            return None
        return {"type": kind, **({"json_schema": wanted} if kind == "json_schema" else {})}

    @property
    def repeated(self) -> Json:
        """The parts of the request that a response repeats."""
        choice = self.tool_choice
        return {
            "instructions": self.instructions,
            "max_output_tokens": self.max_output_tokens,
            "metadata": self.metadata or {},
            "parallel_tool_calls": self.parallel_tool_calls is not False,
            "previous_response_id": None,
            "temperature": 1.0 if self.temperature is None else self.temperature,
            "text": {"format": self._format},
            "tool_choice": choice.model_dump() if isinstance(choice, _Choice) else choice or "auto",
            "tools": [_repeated_tool(tool) for tool in self.tools or ()],
            "top_p": 1.0 if self.top_p is None else self.top_p,
            "truncation": "disabled",
        }

    @property
    def _format(self) -> Json:
        wanted = self.text.format if self.text is not None else None
        if wanted is None:
            return {"type": "text"}
        return wanted.model_dump(by_alias=True, exclude_none=True)


def _repeated_tool(tool: _Tool) -> Json:
    return {"parameters": None, "strict": None, **tool.model_dump(exclude_none=True)}


def _refuse_what_is_elsewhere(given: Json) -> None:
    for name, here in _MOVED.items():
        if given.get(name) is not None:
            raise ApiError(
                400,
                f"Unsupported parameter: '{name}'. In the Responses API, this parameter has moved "
                f"to '{here}'. Try again with the new parameter.",
                code="unsupported_parameter",
                param=name,
            )
    for name in _UNKNOWN:
        if given.get(name) is not None:
            told = f"Unknown parameter: '{name}'."
            raise ApiError(400, told, code="unknown_parameter", param=name)


def _refuse_what_is_kept(given: Json) -> None:
    for name, told in _STORED.items():
        if given.get(name):
            named = given[name].get("id") if isinstance(given[name], dict) else given[name]
            raise ApiError(
                400,
                f"{told.format(repr(named)[:100])} {_KEEPS_NOTHING}",
                code=f"{name.removesuffix('_id')}_not_found",
                param=name,
            )
