"""How live objects are handed out: their kind, and what is told about them.

What may be asked of each kind is in `services.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_function
from pydantic import BaseModel

from course.official.protocol.plain_data import plain_attributes, shown

METHODS = {
    "__anext__": "astream",
    "__next__": "stream",
    "__await__": "awaitable",
    "__aiter__": "aiterable",
}
"""Method -> the kind of an object that has it. The first match counts."""

CLOSED_WITH = {"astream": "aclose", "stream": "close", "iterable": "close"}
"""Kind -> the method that closes it, if it can be closed."""


def kind_of(value: Any, records: tuple[type, ...]) -> tuple[str, Any] | None:
    """Return the kind of a live object and what is told about it; None if it is not handed out.

    Args:
        value: the object.
        records: the classes that the stub gives.
    """
    kind = type(value)
    if isinstance(value, type):
        return _kind_of_class(value, records)
    if isinstance(value, BaseChatModel):
        method = getattr(value, "structured_method", None)
        return "model that streams itself" if "astream" in vars(kind) else "model", method
    if isinstance(value, BaseTool):
        return "tool", _tool(value)
    if isinstance(value, Runnable):
        return "runnable", getattr(value, "name", None)  # of a lambda, there is none
    if isinstance(value, Embeddings):
        return "embeddings", None
    if isinstance(value, BaseModel):  # it can be iterated, and its methods read files
        return "opaque", {"name": kind.__name__, "shown": shown(value)}
    if isinstance(value, records):
        return "record", kind.__name__
    name = f"{kind.__module__}.{kind.__name__}"
    if name in LIKENESSES:
        likeness, about = LIKENESSES[name]
        return likeness, about(value)
    if hasattr(value, "write") and hasattr(value, "flush"):
        known = {
            name: bool(getattr(value, name)()) if hasattr(value, name) else False
            for name in ("isatty", "seekable")
        }
        return "file", {**known, "getvalue": hasattr(value, "getvalue")}
    if inspect.iscoroutine(value):
        return "coroutine", None
    for method, found in METHODS.items():
        if hasattr(value, method):
            return found, found in CLOSED_WITH and hasattr(value, CLOSED_WITH[found])
    if isinstance(value, Mapping):
        return "mapping", dict(value)
    if hasattr(kind, "__iter__"):
        return "iterable", hasattr(value, CLOSED_WITH["iterable"])
    return _kind_of_function(value) if callable(value) else None


def _kind_of_class(value: type, records: tuple[type, ...]) -> tuple[str, Any]:
    """Classes that answers can know are described. Those of the tests can only be called."""
    known = issubclass(value, BaseException) or value in records or value.__module__ == "builtins"
    return ("class", _class(value)) if known else _kind_of_function(value)


def _kind_of_function(value: Any) -> tuple[str, Any]:
    kind = "async function" if inspect.iscoroutinefunction(value) else "function"
    return kind, getattr(value, "__name__", "function")


def _class(kind: type) -> dict[str, Any]:
    bases = [base for base in kind.__bases__ if issubclass(base, BaseException)]
    return {
        "name": kind.__name__,
        "module": kind.__module__,
        "bases": bases if kind.__module__ != "builtins" else [],
        "attributes": plain_attributes(kind),
    }


def _tool(tool: BaseTool) -> dict[str, Any]:
    """What a model, and its caller, has to know about a tool: all arguments, and those it sees."""
    seen = convert_to_openai_function(tool)["parameters"]
    schema = tool.args_schema
    try:
        known = schema if isinstance(schema, dict) else schema.model_json_schema()  # type: ignore[union-attr]
    except Exception:  # of an argument that JSON has no words for, which no model sees
        known = seen
    about = {"name": tool.name, "description": tool.description}
    return {**about, "args_schema": known, "known": known, "seen": seen}


def _console(console: Any) -> dict[str, Any]:
    return {
        "file": console.file,
        "width": console.width,
        "height": console.height,
        "force_terminal": console.is_terminal,
        "force_interactive": console.is_interactive,
        "color_system": console.color_system,
        "no_color": console.no_color,
        "legacy_windows": False,
    }


def _response(response: Any) -> dict[str, Any]:
    return {
        "library": type(response).__module__.partition(".")[0],
        "status_code": response.status_code,
        "headers": response.headers.multi_items(),
        "method": response.request.method if response._request else "GET",
        "url": str(response.request.url) if response._request else "http://localhost/",
    }


def _vector_store(store: Any) -> dict[str, Any]:
    return {"embedding": store.embedding, "store": store.store}


def _headers(headers: Any) -> dict[str, Any]:
    library = type(headers).__module__.partition(".")[0]
    return {"library": library, "headers": headers.multi_items()}


LIKENESSES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "rich.console.Console": ("console", _console),
    "langchain_core.vectorstores.in_memory.InMemoryVectorStore": ("vector store", _vector_store),
    "random.Random": ("random", lambda random: random.getstate()),
    **{f"{library}.Response": ("response", _response) for library in ("httpx", "httpx2")},
    **{f"{library}.Headers": ("headers", _headers) for library in ("httpx", "httpx2")},
}
"""Name of a class -> its kind and what it is made of, for library objects that answers get a copy
of."""
