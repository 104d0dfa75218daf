"""Fills a JSON schema from a question and a context, by a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from course.fakes.embeddings import STOP_WORDS, stems
from course.fakes.matching import ASKING, QUOTATION, quotations, ranked, sentences

Schema: TypeAlias = Mapping[str, Any]

# A schema may contain itself, so filling has to end somewhere.
_DEEPEST = 4

_A_NUMBER = r"(?<![\w.])-?\d+(?:\.\d+)?(?=(?:[ap]m|h|st|nd|rd|th)?(?!\w))"
_NUMBER = re.compile(_A_NUMBER)
_WORD = re.compile(r"[\w'\u2019-]+,?")


class Filler:
    """Fills a JSON schema from a question and the sentences of a context.

    Args:
        question: what is asked.
        context: other text that may contain values.
        skip: words of the question that are not values.

    Attributes:
        quoted: the question's texts in quotation marks that have not been used yet.
    """

    def __init__(
        self,
        question: str,
        context: Sequence[str],
        skip: Iterable[str] = (),
    ) -> None:
        self._text = "\n".join([question, *context])
        self._sentences = [sentence for _, _, sentence in ranked(question, context)]
        self.quoted = quotations(question)
        unquoted = QUOTATION.sub(" ", question)
        # What matches best comes first, then the rest in its order.
        self._told = list(dict.fromkeys([unquoted, *self._sentences, *sentences(context)]))
        self._numbers = [number for text in self._told for number in _NUMBER.findall(text)]
        self._words = _remaining_words(unquoted, {*skip, *ASKING})
        self._definitions: Schema = {}
        self._depth = 0

    def fill(self, schema: Schema) -> Any:
        """Return a value that fits the schema.

        Args:
            schema: a JSON schema, with its own $defs if it refers to any.

        Returns:
            A dict for a schema with properties, otherwise a value of its type.
        """
        self._definitions = {**schema.get("$defs", {}), **schema.get("definitions", {})}
        return self._object(schema)

    def _object(self, schema: Schema) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = schema.get("required", ())
        given = {
            name: self._given(name) or self._counted(name, part)
            for name, part in properties.items()
        }
        for text in given.values():
            # A value given by name is only for that property.
            for number in _NUMBER.findall(text or ""):
                if number in self._numbers:
                    self._numbers.remove(number)
        filled = {}
        self._depth += 1
        for name, part in properties.items():
            found, value = self._value(part, given[name], needed=name in required)
            if found:
                filled[name] = value
        self._depth -= 1
        return filled

    def _value(self, schema: Schema, given: str | None, *, needed: bool) -> tuple[bool, Any]:
        """Return whether a property gets a value, and which."""
        schema = self._resolved(schema)
        if "const" in schema:
            return True, schema["const"]
        if "enum" in schema:
            text = self._text.casefold() if given is None else given.casefold()
            named = [value for value in schema["enum"] if str(value).casefold() in text]
            if named or needed:
                return True, (named or schema["enum"])[0]
            return False, None
        if not needed and schema.keys().isdisjoint(("type", "properties")):
            return False, None
        kind = schema.get("type", "string")
        if kind in ("object", "array") and self._depth == _DEEPEST:
            return needed, {} if kind == "object" else []
        if kind == "object" or "properties" in schema:
            return (True, self._object(schema)) if needed else (False, None)
        if kind == "array":
            items = self._items(schema.get("items", {}), needed)
            return bool(items) or needed, items
        if kind in ("integer", "number"):
            return self._number(kind, schema, given, needed)
        if kind == "boolean":
            yes = given is None or given.casefold() not in ("false", "no", "off")
            return needed or given is not None, yes
        if kind == "null":
            return needed, None
        if given is None and self.quoted:
            given = self.quoted.pop(0)
        if given is None and (needed or self._sentences):
            given = self._sentences.pop(0) if self._sentences else self._words
        return given is not None, given

    def _number(
        self, kind: str, schema: Schema, given: str | None, needed: bool
    ) -> tuple[bool, int | float | None]:
        number = next(iter(_NUMBER.findall(given or "")), None) or self._next_number(schema)
        if number is None:
            if not needed:
                return False, None
            number = str(_least(schema))
        return True, int(float(number)) if kind == "integer" else float(number)

    def _next_number(self, schema: Schema) -> str | None:
        """Take the next number that the schema allows."""
        for at, number in enumerate(self._numbers):
            if _allows(schema, float(number)):
                return str(self._numbers.pop(at))
        return None

    def _items(self, schema: Schema, needed: bool) -> list[Any]:
        schema = self._resolved(schema)
        kind = schema.get("type")
        if kind is None and schema.keys().isdisjoint(("const", "enum", "properties")):
            return []
        if kind in ("integer", "number"):
            numbers, self._numbers = self._numbers, []
            return [int(float(text)) if kind == "integer" else float(text) for text in numbers]
        if kind == "string":
            texts, self.quoted = self.quoted, []
            if not texts:
                texts, self._sentences = self._sentences, []
            return texts or ([self._words] if self._words else [])
        value = self._value(schema, None, needed=True)[1]
        return [value] if needed else []

    def _resolved(self, schema: Schema) -> Schema:
        """Follow references, and take the first alternative that is not null.

        A reference may lead back to itself: after `_DEEPEST` steps it is left alone.
        """
        for _ in range(_DEEPEST):
            if "$ref" in schema:
                schema = self._definitions.get(schema["$ref"].rpartition("/")[2], {})
            elif "allOf" in schema and len(schema["allOf"]) == 1:
                schema = schema["allOf"][0]
            elif alternatives := schema.get("anyOf") or schema.get("oneOf"):
                schema = next((one for one in alternatives if one.get("type") != "null"), {})
            elif isinstance(schema.get("type"), list):
                kinds = [kind for kind in schema["type"] if kind != "null"]
                schema = {**schema, "type": (kinds or ["null"])[0]}
            else:
                break
        return schema

    def _given(self, name: str) -> str | None:
        """Return what the prompt gives for a name: "city: Rome" or "city = 'Rome'"."""
        found = re.search(rf"\b{_label(name)}\s*[:=]\s*([^,;\n]+)", self._text, re.IGNORECASE)
        if found is None:
            return None
        text = found[1].strip().rstrip(".?!)")
        quotation = QUOTATION.match(text)
        if quotation is None:
            return text
        text = next(group for group in quotation.groups() if group)
        if text in self.quoted:
            self.quoted.remove(text)
        return text

    def _counted(self, name: str, schema: Schema) -> str | None:
        """Return the number next to a name: "14 days" or "day 14"."""
        if self._resolved(schema).get("type") not in ("integer", "number"):
            return None
        words = _label(name.removesuffix("s")) + "s?"
        beside = re.compile(
            rf"({_A_NUMBER})\s+{words}\b|\b{words}\s+(?:is\s+|are\s+)?({_A_NUMBER})", re.IGNORECASE
        )
        found = next(filter(None, map(beside.search, self._told)), None)
        return None if found is None else str(found[1] or found[2])


def _label(name: str) -> str:
    """Return a pattern for a name as people write it: "opening hour" for opening_hour."""
    return r"[\s_]".join(map(re.escape, name.split("_")))


def _allows(schema: Schema, number: float) -> bool:
    """Return whether a number is within the limits of a schema."""
    return bool(
        schema.get("minimum", number) <= number <= schema.get("maximum", number)
        and schema.get("exclusiveMinimum", number - 1) < number
        and schema.get("exclusiveMaximum", number + 1) > number
    )


def _least(schema: Schema) -> float:
    """Return what a schema wants when no number is given."""
    if isinstance(schema.get("default"), int | float):
        return float(schema["default"])
    return float(schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1))


def _remaining_words(text: str, skip: set[str]) -> str:
    """Return the text from its first to its last word that is not skipped."""
    words = _WORD.findall(text)
    kept = [
        at
        for at, word in enumerate(words)
        if word.strip(",").casefold() not in STOP_WORDS and not skip.issuperset(stems(word))
    ]
    if not kept:
        return text.strip()
    return " ".join(words[kept[0] : kept[-1] + 1]).rstrip(",")
