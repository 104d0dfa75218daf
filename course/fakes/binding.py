"""How a chat model is given tools, or the schema of its answer: in OpenAI's form.

The model that stands for a fake one in another process is given them in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Literal, TypeAlias, cast

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import (
    BaseOutputParser,
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

StructuredMethod: TypeAlias = Literal["function_calling", "json_schema", "json_mode"]
Asked: TypeAlias = Runnable[LanguageModelInput, AIMessage]
Parsed: TypeAlias = Runnable[LanguageModelInput, dict[str, Any] | BaseModel]


def bind_tools(
    model: BaseChatModel,
    tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
    tool_choice: object = None,
    strict: bool | None = None,
    **kwargs: Any,
) -> Asked:
    """Return the model with tools.

    Raises:
        ValueError: tool_choice names a tool that does not exist.
    """
    formatted = [convert_to_openai_tool(tool, strict=strict) for tool in tools]
    names = [tool["function"]["name"] for tool in formatted]
    choice = normal_choice(tool_choice)
    if choice not in ("auto", "none", "any", *names):
        raise ValueError(f"tool_choice is {choice!r}, but the tools are {names}")
    return model.bind(tools=formatted, tool_choice=choice, **kwargs)


def normal_choice(choice: object) -> str:
    """Return "auto", "none", "any" or the name of a tool, for what LangChain accepts."""
    if isinstance(choice, dict):
        choice = choice.get("function", choice).get("name") or choice.get("type")
    if choice in (True, "required"):
        return "any"
    if not choice:
        return "auto"
    return str(choice)


def with_structured_output(
    model: BaseChatModel,
    schema: dict[str, Any] | type,
    *,
    include_raw: bool = False,
    method: StructuredMethod = "json_schema",
    strict: bool | None = None,
    **kwargs: Any,
) -> Parsed:
    """Return the model, followed by what reads its answer.

    Raises:
        ValueError: the method is none of the three.
    """
    asked, parser = _asked(model, schema, method, strict, kwargs)
    if not include_raw:
        return asked | parser
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    unparsed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=asked) | parsed.with_fallbacks([unparsed], exception_key="parsing_error")


def _asked(
    model: BaseChatModel,
    schema: dict[str, Any] | type,
    method: str,
    strict: bool | None,
    options: dict[str, Any],
) -> tuple[Asked, BaseOutputParser[Any]]:
    """Return the model that is asked for a schema, and the parser of its answer."""
    traced = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
    options = {**options, "ls_structured_output_format": traced}
    kind = cast("type[BaseModel]", schema) if _is_class(schema) else None
    if method == "function_calling":
        name = convert_to_openai_tool(schema)["function"]["name"]
        asked = model.bind_tools([schema], tool_choice=name, strict=strict, **options)
        if kind is not None:
            return asked, PydanticToolsParser(tools=[kind], first_tool_only=True)
        return asked, JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
    if method not in ("json_schema", "json_mode"):
        raise ValueError(
            f"method is {method!r}, but must be function_calling, json_schema or json_mode"
        )
    asked = model.bind(response_format=_response_format(schema, method, strict), **options)
    return asked, JsonOutputParser() if kind is None else PydanticOutputParser(pydantic_object=kind)


def _is_class(schema: object) -> bool:
    return isinstance(schema, type) and is_basemodel_subclass(schema)


def _response_format(
    schema: dict[str, Any] | type, method: str, strict: bool | None
) -> dict[str, Any]:
    if method == "json_mode":
        return {"type": "json_object"}
    json_schema = convert_to_json_schema(schema, strict=strict)
    return {
        "type": "json_schema",
        "json_schema": {"name": json_schema["title"], "schema": json_schema, "strict": strict},
    }
