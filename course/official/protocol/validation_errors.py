"""How errors of pydantic cross: only pydantic can make one, so it makes it again from its lines."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ErrorType

from course.grade.said import MOST_SAID

MOST_ERRORS = 100
"""Errors in one. Only an attack needs more."""

PARTS = ("type", "loc", "input", "ctx")
"""What is known about each, apart from its text, which is made of that."""

TYPES = frozenset(get_args(ErrorType))


def taken_apart(error: ValidationError) -> dict[str, Any]:
    """Return what an error is made of, as plain values and exceptions."""
    return {"title": error.title, "errors": error.errors(include_url=False)[:MOST_ERRORS]}


def put_together(parts: dict[str, Any]) -> ValidationError | None:
    """Return the error again, or None if pydantic cannot make it or it says too much.

    Args:
        parts: what `taken_apart` returns. Nothing is taken for granted about it.
    """
    try:
        errors: list[Any] = [_line(one) for one in parts["errors"][:MOST_ERRORS]]
        error = ValidationError.from_exception_data(str(parts["title"]), errors)
        return error if len(str(error)) <= MOST_SAID else None
    except Exception:  # of a context that pydantic has no use for
        return None


def _line(known: dict[str, Any]) -> dict[str, Any]:
    line = {name: known[name] for name in PARTS if name in known}
    if line["type"] not in TYPES:  # a validator has made it up
        line["type"] = PydanticCustomError(line["type"], known["msg"])
        line.pop("ctx", None)
    return line
