"""What clients of OpenAI's API ask for, read strictly."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.tool import invalid_tool_call, tool_call
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from course.fakes.json_schema import check_schema
from course.fakes.openai_wire import ApiError


def _checked(schema: dict[str, Any]) -> dict[str, Any]:
    check_schema(schema)
    return schema


Schema = Annotated[dict[str, Any], AfterValidator(_checked)]
Wanted = TypeVar("Wanted", bound=BaseModel)


def parse(kind: type[Wanted], value: object) -> Wanted:
    """Read a request.

    Args:
        kind: what it has to be: `ChatRequest` or `EmbeddingRequest`.
        value: what the client sent, out of its JSON.

    Raises:
        ApiError: it is none; the error names the first field that is wrong.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        # Of several readings, the one that went furthest is what the client has meant.
        first = max(errors, key=lambda one: len(one["loc"]))
        place = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        raise ApiError(
            400,
            f"{place}: {message}" if place else message,
            param=place or None,
            code="invalid_value",
        ) from None


class _Given(BaseModel):
    """A part of a request. Fields that have no effect here are not looked at."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Part(_Given):
    model_config = ConfigDict(strict=True, extra="allow")
    type: str
    text: str | None = None

    @model_validator(mode="after")
    def _has_text(self) -> _Part:
        if self.type == "text" and self.text is None:
            raise ValueError("a part of type text needs a text")
        return self


class _CalledFunction(_Given):
    name: str
    arguments: str


class _CalledTool(_Given):
    id: str
    type: Literal["function"] = "function"
    function: _CalledFunction

    def add_to(self, message: AIMessage) -> None:
        """Note the call in the message that made it."""
        name, text = self.function.name, self.function.arguments
        try:
            args = json.loads(text or "{}")
        except (ValueError, RecursionError):
            args = None
        if isinstance(args, dict):
            message.tool_calls.append(tool_call(name=name, args=args, id=self.id))
        else:
            message.invalid_tool_calls.append(
                invalid_tool_call(name=name, args=text, id=self.id, error="no JSON object")
            )


class _Message(_Given):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part] | None = None
    tool_calls: list[_CalledTool] | None = None
    tool_call_id: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> _Message:
        if self.role == "tool" and self.tool_call_id is None:
            raise ValueError("a message of the role tool needs a tool_call_id")
        if self.content is None and self.role != "assistant":
            raise ValueError(f"a message of the role {self.role} needs content")
        return self

    def converted(self) -> BaseMessage:
        """Return it as LangChain has it."""
        content: Any = self.content or ""
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
            call.add_to(message)
        return message


class _Function(_Given):
    model_config = ConfigDict(strict=True, extra="allow")
    name: str = Field(min_length=1)
    parameters: Schema = Field(default_factory=dict)


class _Tool(_Given):
    type: Literal["function"]
    function: _Function


class _Named(_Given):
    name: str


class _Choice(_Given):
    type: Literal["function"]
    function: _Named


class _JsonSchema(_Given):
    model_config = ConfigDict(strict=True, extra="allow", populate_by_name=True)
    name: str
    content: Schema = Field(alias="schema")


class _ResponseFormat(_Given):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None

    @model_validator(mode="after")
    def _has_schema(self) -> _ResponseFormat:
        if self.type == "json_schema" and self.json_schema is None:
            raise ValueError("the type json_schema needs a json_schema")
        return self


class _StreamOptions(_Given):
    include_usage: bool | None = None


class ChatRequest(_Given):
    """A request for an answer.

    Attributes:
        model: the name of the model, perhaps with faults behind it.
        stream: whether the answer is wanted in pieces.
    """

    model: str
    messages: list[_Message] = Field(min_length=1)
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    n: Literal[1] | None = None
    stop: str | list[str] | None = None
    tools: list[_Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | _Choice | None = None
    response_format: _ResponseFormat | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _agrees(self) -> ChatRequest:
        names = [tool.function.name for tool in self.tools or ()]
        if isinstance(self.tool_choice, _Choice) and self.tool_choice.function.name not in names:
            raise ValueError(f"tool_choice names a tool that is not among the tools: {names}")
        if self.tool_choice == "required" and not names:
            raise ValueError("tool_choice is required, but there are no tools")
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options is only for stream: true")
        return self

    @property
    def include_usage(self) -> bool:
        """Whether the stream has to end with a chunk of usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def prompt(self) -> list[BaseMessage]:
        """The messages as LangChain has them."""
        return [message.converted() for message in self.messages]

    @property
    def stop_texts(self) -> list[str] | None:
        """The texts before which the answer ends; None leaves it to the model."""
        return [self.stop] if isinstance(self.stop, str) else self.stop

    @property
    def options(self) -> dict[str, Any]:
        """What else a fake chat model takes."""
        choice, wanted = self.tool_choice, self.response_format
        return {
            "tools": [tool.model_dump() for tool in self.tools or ()],
            "tool_choice": choice.function.name if isinstance(choice, _Choice) else choice,
            "response_format": None
            if wanted is None or wanted.type == "text"
            else wanted.model_dump(by_alias=True, exclude_none=True),
        }


class EmbeddingRequest(_Given):
    """A request for vectors."""

    model: str
    input: str | list[str] | list[int] | list[list[int]] = Field(min_length=1)
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1, le=4096)

    @property
    def texts(self) -> list[str]:
        """The texts to embed.

        Raises:
            ApiError: they came as numbers of tokens.
        """
        given = [self.input] if isinstance(self.input, str) else self.input
        texts = [text for text in given if isinstance(text, str)]
        if len(texts) < len(given):
            raise ApiError(
                400,
                "This server reads texts, not numbers of tokens. With OpenAIEmbeddings, set "
                "check_embedding_ctx_length=False.",
                param="input",
            )
        return texts
