"""Whether a JSON schema from outside can be filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS: dict[str, type | tuple[type, ...]] = {
    "$ref": str,
    "type": (str, list),
    "properties": dict,
    "$defs": dict,
    "definitions": dict,
    "required": list,
    "enum": list,
    "minimum": (int, float),
    "maximum": (int, float),
    "exclusiveMinimum": (int, float),
    "exclusiveMaximum": (int, float),
    "anyOf": list,
    "oneOf": list,
    "allOf": list,
}
_CHOICES = ("anyOf", "oneOf", "allOf")


def check_schema(schema: Mapping[str, Any]) -> None:
    """Check the parts of a schema that say what a value is.

    Args:
        schema: an object of JSON.

    Raises:
        ValueError: a part has a wrong type, or a reference leads back to itself, so that no
            value would ever satisfy it.
    """
    waiting: list[Any] = [schema]
    references: dict[str, Any] = {}
    seen: list[Mapping[str, Any]] = []
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict):
            raise ValueError(f"a schema must be an object, not {str(part)[:50]!r}")
        for key, kind in _KINDS.items():
            if key in part and not isinstance(part[key], kind):
                raise ValueError(f"{key} cannot be {str(part[key])[:50]!r}")
        seen.append(part)
        for key in ("$defs", "definitions"):
            references |= part.get(key, {})
            waiting += part.get(key, {}).values()
        waiting += part.get("properties", {}).values()
        waiting += [part["items"]] if "items" in part else []
        for key in _CHOICES:
            waiting += part.get(key, [])
    for part in seen:
        _check_references(part, references)


def _check_references(part: Mapping[str, Any], references: Mapping[str, Any]) -> None:
    """Follow references for as long as they lead only to other references."""
    followed: set[str] = set()
    while True:
        whole = part.get("allOf", [])
        choices = whole if len(whole) == 1 else part.get("anyOf") or part.get("oneOf")
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            if name in followed:
                raise ValueError(f"the reference {part['$ref'][:100]!r} leads back to itself")
            followed.add(name)
            part = references.get(name, {})
        elif choices:
            part = next((choice for choice in choices if choice.get("type") != "null"), {})
        else:
            return
