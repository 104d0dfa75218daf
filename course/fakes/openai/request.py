"""Requests from clients of OpenAI's API, read strictly."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import Annotated, Any, Literal, TypeVar

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from course.fakes.json_schema import check_schema
from course.fakes.openai.reply import ApiError


def _checked(schema: dict[str, Any]) -> dict[str, Any]:
    check_schema(schema)
    return schema


Schema = Annotated[dict[str, Any], AfterValidator(_checked)]
Wanted = TypeVar("Wanted", bound=BaseModel)


def parse(kind: type[Wanted], value: object) -> Wanted:
    """Read a request.

    Args:
        kind: what it must be, for example a `ChatRequest`.
        value: what the client sent, parsed from JSON.

    Raises:
        ApiError: it is not valid; the error names the first field that is wrong.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        # Of several readings, the one that got furthest is what the client meant.
        first = max(errors, key=lambda one: (len(one["loc"]), not one["type"].endswith("_type")))
        place = ".".join(str(part) for part in first["loc"] if not _is_a_reading(part))
        message = first["msg"].removeprefix("Value error, ")
        raise ApiError(
            400,
            f"{place}: {message}" if place else message,
            param=place or None,
            code="invalid_value",
        ) from None


def _is_a_reading(part: int | str) -> bool:
    """Return whether a part of a place is one of our classes, which clients do not know."""
    return isinstance(part, str) and (part.startswith("_") or "[" in part)


class Given(BaseModel):
    """A part of a request. Fields that have no effect here are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Function(Given):
    """A tool that a model may call or, without parameters, one that it must call."""

    model_config = ConfigDict(strict=True, extra="allow")
    name: str = Field(min_length=1)
    parameters: Schema | None = None


class CalledFunction(Given):
    """A call to a tool in a conversation."""

    name: str
    arguments: str

    def note(self, message: AIMessage, call_id: str) -> None:
        """Record the call in the message that made it."""
        try:
            args = json.loads(self.arguments or "{}")
        except (ValueError, RecursionError):
            args = None
        if isinstance(args, dict):
            message.tool_calls.append(tool_call(name=self.name, args=args, id=call_id))
        else:
            message.invalid_tool_calls.append(
                invalid_tool_call(
                    name=self.name, args=self.arguments, id=call_id, error="not a JSON object"
                )
            )


class _StreamOptions(Given):
    include_usage: bool | None = None


class AnswerRequest(Given):
    """A request for an answer, in one of OpenAI's two forms.

    Attributes:
        model: the name of the model, perhaps with faults after it.
        stream: whether the client asked for the answer in pieces.
    """

    model: str
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)

    @model_validator(mode="after")
    def _agrees(self) -> AnswerRequest:
        names = [function.name for function in self.functions]
        if self.choice not in (None, "none", "auto", "required", *names):
            raise ValueError(f"tool_choice names a tool that is not among the tools: {names}")
        if self.choice == "required" and not names:
            raise ValueError("tool_choice is required, but there are no tools")
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options is only for stream: true")
        return self

    @property
    @abstractmethod
    def prompt(self) -> list[BaseMessage]:
        """The conversation in LangChain's form."""

    @property
    @abstractmethod
    def stop_texts(self) -> list[str] | None:
        """The texts before which the answer ends; None leaves it to the model."""

    @property
    @abstractmethod
    def functions(self) -> list[Function]:
        """The tools."""

    @property
    @abstractmethod
    def choice(self) -> str | None:
        """Which tool: "none", "auto", "required", or the name of the one to call."""

    @property
    @abstractmethod
    def response_schema(self) -> dict[str, Any] | None:
        """The requested form of the answer, in the form of a chat completion's response_format."""

    @property
    def options(self) -> dict[str, Any]:
        """The other arguments of a fake chat model."""
        functions = [function.model_dump(exclude_none=True) for function in self.functions]
        return {
            "tools": [{"type": "function", "function": function} for function in functions],
            "tool_choice": self.choice,
            "response_format": self.response_schema,
        }


class EmbeddingRequest(Given):
    """A request for vectors."""

    model: str
    input: str | list[str] | list[int] | list[list[int]] = Field(min_length=1)
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1, le=4096)

    @property
    def texts(self) -> list[str]:
        """The texts to embed.

        Raises:
            ApiError: they came as token numbers.
        """
        given = [self.input] if isinstance(self.input, str) else self.input
        texts = [text for text in given if isinstance(text, str)]
        if len(texts) < len(given):
            raise ApiError(
                400,
                "This server reads texts, not token numbers. With OpenAIEmbeddings, set "
                "check_embedding_ctx_length=False.",
                param="input",
            )
        return texts
