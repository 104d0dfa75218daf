"""What is known of objects of libraries that answers get a likeness of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_function


def about_tool(tool: BaseTool) -> dict[str, Any]:
    """What a model, and whoever calls it, has to know of a tool."""
    schema = convert_to_openai_function(tool)["parameters"]
    return {"name": tool.name, "description": tool.description, "args_schema": schema}


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


def _headers(headers: Any) -> dict[str, Any]:
    library = type(headers).__module__.partition(".")[0]
    return {"library": library, "headers": headers.multi_items()}


ABOUT: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "rich.console.Console": ("console", _console),
    "random.Random": ("random", lambda random: random.getstate()),
    **{f"{library}.Response": ("response", _response) for library in ("httpx", "httpx2")},
    **{f"{library}.Headers": ("headers", _headers) for library in ("httpx", "httpx2")},
}
"""By the name of its class: the kind of the likeness, and what it is made of."""
