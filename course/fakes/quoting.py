"""A chat model without a script that quotes what it is given."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from pydantic import Field

from course.fakes.chat_models import Call, FakeChatModel
from course.fakes.embeddings import content_words, stems
from course.fakes.filling import Filler, Schema
from course.fakes.matching import ASKING, quotations, ranked, sentences
from course.fakes.prompt_schema import is_about_form, read_prompt
from course.fakes.script import Pause, Reply, ToolCall

NOTHING_FOUND = "I found nothing about that in what I was given."
SENTINEL = "NOT_IN_CONTEXT"
"""What it says instead if the prompt has this word in it."""

_DOCUMENT = re.compile(
    r'^<document id="(\d+)"[^>]*>[ \t]*\n(.*?)^</document>[ \t]*$\n?', re.MULTILINE | re.DOTALL
)
_REWRITE = re.compile(r"\brewrite\b", re.IGNORECASE)
_QUESTION_LABEL = re.compile(r"^[ \t]*question[ \t]*:\s*", re.IGNORECASE | re.MULTILINE)
_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")


class QuotingChatModel(FakeChatModel):
    """A chat model that answers from its context. It is a rule, not a model.

    The question is in the newest human message. It is what follows the last line
    that begins with "Question:". Without such a line, it is the last sentence
    that ends with "?", and without one of these, the whole message. The context
    is all other text of system, tool and human messages. But if there are blocks
    in it, from a line `<document id="1" ...>` to a line `</document>`, the
    context is what is inside of them, with its entities decoded. The rule, in
    this order:

    1. A tool is called when `tool_choice` forces one, or when the question names
       one: by its whole name, or by a telling word in it ("weather" names
       `get_weather`). If it is not forced, a tool is called once per question.
       Arguments follow the tool's JSON schema. They are what the question gives
       after the argument's name ("city: Rome"), then its numbers and quoted
       texts in order, then its remaining words.
    2. A requested schema is filled in the same way. But text comes first from
       the sentences of the context that match best, and numbers come from there
       after those of the question. A schema is requested by response_format, or
       by a prompt that contains a JSON schema. A tool counts as a schema, too,
       if it is the only one and forced by its name, if it is named like a class
       or a final answer (`Refund`, `final_result`), or if a call is forced and
       the question does not name it. In JSON mode without a schema, the keys are
       the quoted words of the question, or of what the prompt says about JSON.
    3. If a system message has the word "rewrite" in it and there are no blocks,
       the answer is what the last two human messages are about: their words in
       order, each once, without those that only ask.
    4. After a tool's result, the answer quotes it: the sentences that match the
       question, or all of it if none match.
    5. Otherwise the answer quotes the one or two sentences of the context that
       share the most words with the question. If none share any, it says so.

    If a system or human message names `NOT_IN_CONTEXT`, this word is the whole
    answer of 4 and 5 where no sentence matches.

    What is quoted from a block is cited: after each sentence stands the number
    of its block, such as " [1]".

    Attributes:
        pause: seconds before each token, 0 for none.
    """

    model: str = "quoting"
    pause: float = Field(default=0.0, ge=0.0)

    @property
    def _llm_type(self) -> str:
        return "quoting"

    def _reply(self, call: Call) -> Reply:
        question, context, schema = _read(call)
        texts = [passage.text for passage in context]
        results = _results_since_question(call.messages)
        tool = _tool_to_call(call, question)
        if tool is not None:
            name = tool["function"]["name"]
            source = texts if _is_schema(name, call, question) else [one.text for one in results]
            filler = Filler(question, source, skip=_name_words(name))
            called = ToolCall(name, filler.fill(tool["function"].get("parameters", {})))
            return Reply(Pause(self.pause), called) if self.pause else Reply(called)
        if schema is not None or call.response_format is not None:
            filled = _structured(schema, question, texts)
            return Reply.of(json.dumps(filled, ensure_ascii=False), pause=self.pause)
        return Reply.of(_answer(call.messages, question, context, results), pause=self.pause)


class _Passage(NamedTuple):
    """A text, and what is written after each sentence that is quoted from it."""

    text: str
    mark: str = ""


def _read(call: Call) -> tuple[str, list[_Passage], Schema | None]:
    """Split a prompt into its question, the other texts and the requested schema."""
    messages = call.messages
    newest = max(
        (at for at, message in enumerate(messages) if isinstance(message, HumanMessage)),
        default=len(messages) - 1,
    )
    wants_json = call.response_format is not None
    asking = (SystemMessage, HumanMessage) if wants_json else SystemMessage
    question, texts, blocks, schema = "", [], list[_Passage](), None
    for at, message in enumerate(messages):
        inside, text = _blocks(str(message.text))
        if at == newest or isinstance(message, asking):
            text, found = read_prompt(text, wants_json)
            schema = found or schema
        if at == newest:
            question, text = _split_question(text)
        if not isinstance(message, AIMessage):
            texts.append(_Passage(text))
            blocks += inside
    wanted = (call.response_format or {}).get("json_schema", {}).get("schema")
    return question, blocks or texts, wanted or schema


def _blocks(text: str) -> tuple[list[_Passage], str]:
    """Split a text into what is in blocks, and the rest."""
    found = [
        _Passage(html.unescape(inside).strip(), f" [{number}]")
        for number, inside in _DOCUMENT.findall(text)
    ]
    return found, _DOCUMENT.sub("", text)


def _split_question(text: str) -> tuple[str, str]:
    """Split the newest human message into the question and the rest."""
    labels = list(_QUESTION_LABEL.finditer(text))
    if labels:
        return text[labels[-1].end() :].strip(), text[: labels[-1].start()]
    asked = [sentence for sentence in sentences([text]) if sentence.endswith("?")]
    if asked:
        before, question, after = text.rpartition(asked[-1])
        return question, f"{before}\n{after}"
    return text.strip(), ""


def _answer(
    messages: Sequence[BaseMessage],
    question: str,
    context: Sequence[_Passage],
    results: Sequence[_Passage],
) -> str:
    """Return a rewritten question, or a quotation, or that there is none."""
    instructions = [str(one.text) for one in messages if isinstance(one, SystemMessage)]
    if any(map(_REWRITE.search, instructions)) and not any(one.mark for one in context):
        return _standalone(messages)
    asked = [one for one in messages if isinstance(one, SystemMessage | HumanMessage)]
    may_give_up = any(SENTINEL in str(one.text) for one in asked)
    told = "" if may_give_up else " ".join(one.text + one.mark for one in results).strip()
    nothing = SENTINEL if may_give_up else NOTHING_FOUND
    return _quote(question, results or context) or told or nothing


def _standalone(messages: Sequence[BaseMessage]) -> str:
    """Return what the last two human messages are about, or the last one if that is nothing."""
    asked = [
        _QUESTION_LABEL.sub("", str(message.text))
        for message in messages
        if isinstance(message, HumanMessage)
    ][-2:]
    words: dict[str, str] = {}
    for word in content_words(" ".join(asked)):
        [stem] = stems(word)
        if stem not in ASKING:
            words.setdefault(stem, word)
    return " ".join(words.values()) or "".join(asked[-1:])


def _quote(question: str, passages: Iterable[_Passage]) -> str:
    """Return the one or two best sentences in their original order, or an empty text."""
    passages = list(passages)
    marks = [passage.mark for passage in passages for _ in sentences([passage.text])]
    found = ranked(question, [passage.text for passage in passages])
    # The word that stands for "nothing" is explained in an instruction, which answers nothing.
    best = [item for item in found if SENTINEL not in item[2]][:2]
    # A second sentence that shares half as many words or fewer is about something else.
    kept = [item for item in best if 2 * item[0] > best[0][0]]
    return " ".join(
        sentence + marks[at] for _, at, sentence in sorted(kept, key=lambda item: item[1])
    )


def _since_question(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    since: list[BaseMessage] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        since.append(message)
    return since[::-1]


def _results_since_question(messages: Sequence[BaseMessage]) -> list[_Passage]:
    results: list[_Passage] = []
    for message in _since_question(messages):
        if isinstance(message, ToolMessage):
            blocks, text = _blocks(str(message.text))
            results += blocks or [_Passage(text)]
    return results


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
    # A forced second call goes to a tool that has not been called yet, if there is one.
    waiting = [tool for tool in call.tools if tool["function"]["name"] not in called]
    scored = [
        (_named(name, question), _is_answer(name), tool)
        for tool in waiting or call.tools
        for name in [tool["function"]["name"]]
    ]
    score, _, tool = max(scored, key=lambda item: item[:2])
    return tool if score or call.tool_choice == "any" else None


def _is_answer(name: str) -> bool:
    """Return whether a tool is named like a class or a final answer."""
    return name[:1].isupper() or name.startswith("final_")


def _is_schema(name: str, call: Call, question: str) -> bool:
    """Return whether a tool that is called must be filled like a schema."""
    if _is_answer(name) or (call.tool_choice == name and len(call.tools) == 1):
        return True
    return call.tool_choice != "auto" and not _named(name, question)


def _name_words(name: str) -> set[str]:
    """Return the telling words of a tool's name: {"weather"} for get_weather."""
    return {stem for part in _NAME_PART.findall(name) for stem in stems(part)}


def _named(name: str, question: str) -> int:
    """Return how clearly a question names a tool; 0 is not at all."""
    parts = [part.casefold() for part in _NAME_PART.findall(name)]
    text = question.casefold()
    if name.casefold() in text or " ".join(parts) in text:
        return 1000 + len(name)
    return len((_name_words(name) - ASKING) & set(stems(question)))


def _structured(schema: Schema | None, question: str, context: Sequence[str]) -> Any:
    """Return values for a schema, or for the keys that the prompt names."""
    filler = Filler(question, context)
    if schema is None:
        keys = filler.quoted or _quoted_about_json(context) or ["answer"]
        schema = {"properties": {key: {"type": "string"} for key in keys}, "required": keys}
        filler.quoted = []
    return filler.fill(schema)


def _quoted_about_json(texts: Iterable[str]) -> list[str]:
    return [
        quoted
        for sentence in sentences(texts)
        if is_about_form(sentence)
        for quoted in quotations(sentence)
    ]
