"""A chat model without a script, which quotes what it is given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from pydantic import Field

from course.fakes.chat_models import Call, FakeChatModel
from course.fakes.embeddings import STOP_WORDS, stems
from course.fakes.script import Pause, Reply, ToolCall

NOTHING_FOUND = "I found nothing about that in what I was given."

Schema: TypeAlias = Mapping[str, Any]

# A schema may contain itself, so filling has to end somewhere.
_DEEPEST = 4

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_QUESTION_LABEL = re.compile(r"^[ \t]*question[ \t]*:\s*", re.IGNORECASE | re.MULTILINE)
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
# An apostrophe inside a word opens no quotation.
_QUOTATION = re.compile(r"(?<!\w)'([^'\n]+)'(?!\w)|\"([^\"\n]+)\"|“([^”\n]+)”|`([^`\n]+)`")
_WORD = re.compile(r"[\w'\u2019-]+,?")
_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")

# Words that ask for something without saying what.
_ASKING_WORDS = """
ask call called create find generate get give look make named need run search show tell tool try
up use using value want
"""
_ASKING = frozenset(_ASKING_WORDS.split())


class QuotingChatModel(FakeChatModel):
    """A chat model that answers from its context. It is a rule, not a model.

    The question is the newest human message: what follows its last line that
    begins with "Question:", else its last sentence that ends with "?", else
    all of it. The context is all other text of system, tool and human messages.
    The rule, in this order:

    1. A tool is called when `tool_choice` forces one, or when the question names
       one: by its whole name, or by a telling word of it ("weather" names
       `get_weather`). Without force, a tool is called once per question.
       Arguments follow the tool's JSON schema: what the question gives after
       the argument's name ("city: Rome"), else its numbers and quoted texts in
       their order, else its remaining words.
    2. A wanted schema is filled in the same way, but text comes first from the
       sentences of the context that match best. The only tool, when forced by
       its name, is a schema too. In JSON mode, which has no schema, the quoted
       words of the question are the keys.
    3. After a tool's result, the answer quotes it: the sentences that match the
       question, or all of it when none does.
    4. Else the answer quotes the one or two sentences of the context that share
       the most words with the question. If none shares any, it says so.

    Attributes:
        pause: seconds before each token, 0 for none.
    """

    model: str = "quoting"
    pause: float = Field(default=0.0, ge=0.0)

    @property
    def _llm_type(self) -> str:
        return "quoting"

    def _reply(self, call: Call) -> Reply:
        question, context = _question_and_context(call.messages)
        results = _results_since_question(call.messages)
        tool = _tool_to_call(call, question)
        if tool is not None:
            function = tool["function"]
            is_schema = [call.tool_choice] == [one["function"]["name"] for one in call.tools]
            filler = _Filler(
                question, context if is_schema else results, skip=_name_words(function["name"])
            )
            called = ToolCall(function["name"], filler.fill(function.get("parameters", {})))
            return Reply(Pause(self.pause), called) if self.pause else Reply(called)
        if call.response_format is not None:
            filled = _structured(call.response_format, question, context)
            return Reply.of(json.dumps(filled, ensure_ascii=False), pause=self.pause)
        if results:
            told = " ".join(results).strip()
            return Reply.of(_quote(question, results) or told or NOTHING_FOUND, pause=self.pause)
        return Reply.of(_quote(question, context) or NOTHING_FOUND, pause=self.pause)


def _question_and_context(messages: Sequence[BaseMessage]) -> tuple[str, list[str]]:
    """Split a prompt into its question and the other texts."""
    newest = max(
        (at for at, message in enumerate(messages) if isinstance(message, HumanMessage)),
        default=len(messages) - 1,
    )
    question = ""
    context = []
    for at, message in enumerate(messages):
        text = str(message.text)
        if at == newest:
            question, text = _split_question(text)
        if not isinstance(message, AIMessage):
            context.append(text)
    return question, context


def _split_question(text: str) -> tuple[str, str]:
    """Split the newest human message into the question and the rest."""
    labels = list(_QUESTION_LABEL.finditer(text))
    if labels:
        return text[labels[-1].end() :].strip(), text[: labels[-1].start()]
    asked = [sentence for sentence in _sentences([text]) if sentence.endswith("?")]
    if asked:
        before, question, after = text.rpartition(asked[-1])
        return question, f"{before}\n{after}"
    return text.strip(), ""


def _sentences(texts: Iterable[str]) -> list[str]:
    return [
        sentence
        for text in texts
        for part in _SENTENCE_END.split(text)
        if (sentence := part.strip())
    ]


def _ranked(question: str, texts: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return (shared words, position, sentence), best first, only where words are shared."""
    wanted = set(stems(question)) - _ASKING
    ranked = [
        (len(wanted.intersection(stems(sentence))), at, sentence)
        for at, sentence in enumerate(_sentences(texts))
        if not sentence.endswith("?")
    ]
    return sorted((item for item in ranked if item[0]), key=lambda item: (-item[0], item[1]))


def _quote(question: str, texts: Iterable[str]) -> str:
    """Return the one or two best sentences in their own order, or an empty text."""
    best = _ranked(question, texts)[:2]
    # A second sentence that shares half as much or less is about something else.
    kept = [item for item in best if 2 * item[0] > best[0][0]]
    return " ".join(sentence for _, _, sentence in sorted(kept, key=lambda item: item[1]))


def _since_question(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    since: list[BaseMessage] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        since.append(message)
    return since[::-1]


def _results_since_question(messages: Sequence[BaseMessage]) -> list[str]:
    return [
        str(message.text)
        for message in _since_question(messages)
        if isinstance(message, ToolMessage)
    ]


def _tool_to_call(call: Call, question: str) -> dict[str, Any] | None:
    """Return the tool that is forced or named, or None."""
    if call.tool_choice == "none" or not call.tools:
        return None
    if call.tool_choice not in ("auto", "any"):
        for tool in call.tools:
            if tool["function"]["name"] == call.tool_choice:
                return tool
    since = _since_question(call.messages)
    called = {
        made["name"]
        for message in since
        if isinstance(message, AIMessage)
        for made in message.tool_calls
    }
    if called and call.tool_choice == "auto":
        return None
    # A forced second call goes to a tool that was not called yet, if there is one.
    waiting = [tool for tool in call.tools if tool["function"]["name"] not in called]
    scored = [(_named(tool["function"]["name"], question), tool) for tool in waiting or call.tools]
    score, tool = max(scored, key=lambda item: item[0])
    return tool if score or call.tool_choice == "any" else None


def _name_words(name: str) -> set[str]:
    """Return the telling words of a tool's name: {"weather"} for get_weather."""
    return {stem for part in _NAME_PART.findall(name) for stem in stems(part)}


def _named(name: str, question: str) -> int:
    """Say how clearly a question names a tool; 0 is not at all."""
    parts = [part.casefold() for part in _NAME_PART.findall(name)]
    text = question.casefold()
    if name.casefold() in text or " ".join(parts) in text:
        return 1000 + len(name)
    return len((_name_words(name) - _ASKING) & set(stems(question)))


def _structured(wanted: Schema, question: str, context: Sequence[str]) -> Any:
    """Return what fills a response_format of OpenAI's kind."""
    filler = _Filler(question, context)
    schema = wanted.get("json_schema", {}).get("schema")
    if schema is None:
        keys = filler.quoted or ["answer"]
        schema = {"properties": {key: {"type": "string"} for key in keys}, "required": keys}
        filler.quoted = []
    return filler.fill(schema)


class _Filler:
    """Fills a JSON schema from a question and the sentences of a context."""

    def __init__(
        self,
        question: str,
        context: Sequence[str],
        skip: Iterable[str] = (),
    ) -> None:
        self._text = "\n".join([question, *context])
        self._sentences = [sentence for _, _, sentence in _ranked(question, context)]
        self.quoted = ["".join(groups) for groups in _QUOTATION.findall(question)]
        unquoted = _QUOTATION.sub(" ", question)
        self._numbers = _NUMBER.findall(unquoted)
        for text in context:
            self._numbers += _NUMBER.findall(text)
        self._words = _remaining_words(unquoted, {*skip, *_ASKING})
        self._definitions: Schema = {}
        self._depth = 0

    def fill(self, schema: Schema) -> Any:
        """Return a value that fits the schema.

        Args:
            schema: a JSON schema, with its own $defs if it refers to any.

        Returns:
            A dict for a schema with properties, else a value of its type.
        """
        self._definitions = {**schema.get("$defs", {}), **schema.get("definitions", {})}
        return self._object(schema)

    def _object(self, schema: Schema) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = schema.get("required", ())
        given = {name: self._given(name) for name in properties}
        for text in given.values():
            # What is given by name is not for the others.
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
        numbers = _NUMBER.findall(given or "")
        if not numbers and self._numbers:
            numbers = [self._numbers.pop(0)]
        if not numbers:
            if not needed:
                return False, None
            numbers = [str(schema.get("default") or schema.get("minimum") or 0)]
        return True, int(float(numbers[0])) if kind == "integer" else float(numbers[0])

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

        A reference that leads to itself leads nowhere: after `_DEEPEST` steps it is left alone.
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
        label = r"[\s_]".join(map(re.escape, name.split("_")))
        found = re.search(rf"\b{label}\s*[:=]\s*([^,;\n]+)", self._text, re.IGNORECASE)
        if found is None:
            return None
        text = found[1].strip().rstrip(".?!)")
        quotation = _QUOTATION.match(text)
        if quotation is None:
            return text
        text = next(group for group in quotation.groups() if group)
        if text in self.quoted:
            self.quoted.remove(text)
        return text


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
