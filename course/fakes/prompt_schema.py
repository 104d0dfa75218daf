"""JSON schemas in the text of a prompt, where some clients put them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from course.fakes.json_schema import check_schema

_BRACE = re.compile(r"[{}]")
_SENTENCE_END = re.compile(r"(?<=[.!?:])(?=\s)|(?<=\n)")
_ABOUT_THE_FORM = re.compile(r"\b(?:json|schema|formatted\b)|```", re.IGNORECASE)


class PromptText(NamedTuple):
    """A text of a prompt, and the form of the answer that it asks for.

    Attributes:
        text: the rest of it, without JSON objects and the sentences about them.
        schema: the last JSON schema in it.
    """

    text: str
    schema: dict[str, Any] | None = None


def is_about_form(text: str) -> bool:
    """Return whether a text is about JSON or a schema."""
    return _ABOUT_THE_FORM.search(text) is not None


def read_prompt(text: str, wants_json: bool) -> PromptText:
    """Take a JSON schema out of a text. A text without one is left as it is.

    Args:
        text: may contain a schema, as JSON or as Python prints a dict.
        wants_json: whether the answer must be JSON anyway. If not, a schema counts only if the
            text outside of it mentions JSON or a schema.
    """
    objects = list(_objects(text))
    schemas = [schema for _, _, value in objects if (schema := _as_schema(value)) is not None]
    starts = [start for start, _, _ in objects]
    ends = [end for _, end, _ in objects]
    rest = "".join(text[at:to] for at, to in zip([0, *ends], [*starts, len(text)], strict=True))
    if not schemas or not (wants_json or is_about_form(rest)):
        return PromptText(text)
    return PromptText(_without_instructions(rest), schemas[-1])


def _objects(text: str) -> Iterator[tuple[int, int, object]]:
    """Yield the start, the end and the value of each object that is not inside another one."""
    for start, end in _in_braces(text):
        value = _loaded(text[start:end])
        if isinstance(value, dict):
            yield start, end, value


def _in_braces(text: str) -> list[tuple[int, int]]:
    """Return the places of texts in braces that are not inside other closed braces."""
    opened: list[int] = []
    found: list[tuple[int, int]] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened:
            start = opened.pop()
            while found and found[-1][0] > start:
                found.pop()
            found.append((start, brace.end()))
    return found


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text) if "'properties'" in text else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _as_schema(value: object) -> dict[str, Any] | None:
    """Return an object's JSON schema: itself, or the one that it has in OpenAI's format."""
    while isinstance(value, dict):
        if isinstance(value.get("properties"), dict) or "$ref" in value:
            return value if _can_be_filled(value) else None
        value = next((value[key] for key in ("schema", "json_schema") if key in value), None)
    return None


def _can_be_filled(schema: dict[str, Any]) -> bool:
    try:
        check_schema(schema)
    except ValueError:
        return False
    return True


def _without_instructions(text: str) -> str:
    """Leave out sentences about the form of the answer, but keep questions."""
    sentences = _SENTENCE_END.split(text)
    return "".join(
        sentence
        for sentence in sentences
        if sentence.rstrip().endswith("?") or not is_about_form(sentence)
    )
