"""Lesson 13: Events.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, `text` makes words that differ from seed to seed, and time is virtual. Raw events come
from real runs where that says more than a dict made by hand.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import io
import json
import string
from functools import reduce
from itertools import pairwise
from typing import ClassVar

from hypothesis.strategies import builds, dictionaries, lists, sampled_from, tuples
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import StructuredTool, ToolException

from course.fakes.script import Reasoning, Reply, ToolCall
from course.fakes.sources import Source
from course.grade.differences import same_items, same_value
from course.grade.expect import Words, WrongAnswer, check, in_process, keeps, raises
from course.grade.scenarios import (
    EACH_ENDING,
    ERRORS,
    INTERRUPTS,
    TEXTS,
    Ending,
    Stranger,
    any_ending,
    any_text,
    repeated,
)
from course.grade.stream_checks import (
    ONE_BY_ONE,
    SAME_ERROR,
    check_closed,
    check_lazy,
    check_not_ahead,
    passes_on,
)
from course.grade.stream_promises import NOT_BY_ITSELF, StreamPromises, check_apart, one_by_one
from course.grade.value_checks import Explained, check_repeats, unchanged

KEEPS = StreamPromises()

IGNORE = "Tomorrow's server may send types that do not exist today. Ignore them."
PURE = (
    "Others still hold the old state: to show it, or to go back to it. Make new dicts and lists "
    "for what changes: {**old, key: value} and [*old, *more]. Do not forget the ones inside the "
    "state."
)


class Shelf(BaseRetriever):
    """A retriever that finds what stands on it, and may do something meanwhile."""

    documents: list[Document]
    meanwhile: object = None

    def _get_relevant_documents(self, query, *, run_manager):
        return self.documents

    async def _aget_relevant_documents(self, query, *, run_manager):
        if self.meanwhile is not None:
            await self.meanwhile(query)
        return self.documents


def tool_of(function, name):
    """A tool that runs a coroutine function of one text."""

    async def run(query: str) -> str:
        return await function(query)

    return StructuredTool.from_function(coroutine=run, name=name, description="Search.")


async def found(query):
    return "found"


async def recorded(runnable, value):
    """The raw events of a run. Run ids are short, and the metadata is left out: it holds versions.

    Returns what came before an error, and the error.
    """
    ids = {}

    def short(run_id):
        return ids.setdefault(run_id, f"run-{len(ids) + 1}")

    events, error = [], None
    try:
        async for event in runnable.astream_events(value, version="v2"):
            run, parents = short(event["run_id"]), [short(one) for one in event["parent_ids"]]
            events.append({**event, "run_id": run, "parent_ids": parents, "metadata": {}})
    except NotImplementedError:
        raise
    except Exception as raised:
        error = raised
    return events, error


def raw(event, data, *, name="step", run_id="run-7", tags=(), parents=("run-1",)):
    """A raw event, made by hand."""
    made = {"event": event, "name": name, "run_id": run_id, "data": data}
    return {**made, "tags": list(tags), "parent_ids": list(parents), "metadata": {}}


def start(id_, kind="text"):
    return {"type": "part_start", "id": id_, "kind": kind}


def delta(id_, data, kind="text"):
    return {"type": "part_delta", "id": id_, "kind": kind, "data": data}


def end(id_):
    return {"type": "part_end", "id": id_}


def tool_start(id_, name):
    return {"type": "tool_start", "id": id_, "name": name}


def tool_end(id_):
    return {"type": "tool_end", "id": id_}


def tool_error(id_):
    return {"type": "tool_error", "id": id_, "message": "It did not work."}


def retrieval_start(id_, query):
    return {"type": "retrieval_start", "id": id_, "query": query}


def retrieval_end(id_, *titles):
    return {"type": "retrieval_end", "id": id_, "titles": list(titles)}


def progress(name="step", **data):
    return {"type": "progress", "name": name, "data": data}


COMPLETE = {"type": "complete"}
ERROR = {"type": "error", "message": "It did not work."}


def types_of(events):
    """The types of events, to be shown."""
    return Words(", ".join(str(event and event.get("type")) for event in events) or "no event")


def unknown(text):
    """An event of a type that nobody knows, with keys that others use in another way."""
    return {"type": f"{text.word()}_start", "id": 7, "kind": text.word(), "data": None}


def lookalikes(text, id_):
    """Events of types that nobody knows, whose endings are those of types that all know."""
    word = text.word()
    return [
        {"type": f"{word}_start", "id": id_, "kind": "text"},
        {"type": f"{word}_delta", "id": id_, "kind": "text", "data": text.word()},
        {"type": f"{word}_error", "id": id_, "message": text.word()},
        {"type": f"{word}_end", "id": id_},
        {"type": f"complete_{word}"},
        {"type": f"error_{word}"},
    ]


ABOUT_DATA = (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


@contextlib.contextmanager
def accepted(problem, why, kinds=ABOUT_DATA):
    """Fail with these words if the block raises an error that has to do with its data."""
    try:
        yield
    except kinds as e:
        if isinstance(e, WrongAnswer | NotImplementedError):
            raise
        got = Words(f"{type(e).__name__}: {e}")
        check(False, problem, why=why, got=got, wanted=Words("no error"))


KINDS = ("text", "image", "audio")
KNOWN = (
    *("part_start", "part_delta", "part_end", "tool_start", "tool_end", "tool_error"),
    *("retrieval_start", "retrieval_end", "progress", "complete", "error"),
)
LONG = [f"{number} {'word' * (number % 20)}" for number in range(60)]

EACH_OTHER = (
    *(delta("p", "a", kind) for kind in KINDS),
    *(end("p"), tool_end("t"), tool_error("t"), COMPLETE, ERROR),
    *({"type": kind.upper()} for kind in KNOWN),
    *({"type": f"{kind}{end}"} for kind in KNOWN for end in ("s", " ", "_2")),
    *({"type": kind} for kind in ("", "retrieval", "part", "tool", "end", "done", "status", "_")),
    {"type": "message", "id": "p", "kind": "text", "data": {"message": "a"}, "message": "a"},
    {"type": "tool", "id": "t", "name": "a", "titles": ["a"], "query": "a"},
    {"type": "unknown", "id": None, "kind": 7, "data": None},
)
"""Events that hardly anybody does something with: those of the known types that are left, and
those of types that nobody knows."""


IDS = ("x", "y", "", "X")

ONE_OF_EACH = (
    *(start("x"), delta("x", "a"), end("x"), tool_start("x", "n"), tool_end("x"), tool_error("x")),
    *(retrieval_start("x", "q"), retrieval_end("x"), progress(), COMPLETE, ERROR, {"type": "new"}),
)
"""Events of all types, all under one id."""

EVENTS = (
    *(start(id_, kind) for id_ in IDS for kind in KINDS),
    *(delta(id_, text) for id_ in IDS for text in ("a", " ", "")),
    *(delta("x", text) for text in TEXTS),
    *(delta("y", "YWJj", kind) for kind in KINDS),
    *(made(id_) for id_ in IDS for made in (end, tool_end, tool_error, retrieval_end)),
    *(tool_start(id_, name) for id_ in IDS for name in ("n", "a\n b")),
    *(retrieval_start(id_, query) for id_ in IDS for query in ("", "q")),
    *(retrieval_end("x", *titles) for titles in (["d"], ["d", "d"], ["", "e", "d"])),
    *(progress("step", message=message) for message in (*TEXTS, None, 0, ["a"])),
    *EACH_OTHER,
)
"""Events of all types, some under the same ids."""


def _any_event():
    """One of `EVENTS`: to draw from one list is much quicker than to make one."""
    return sampled_from(EVENTS)


class TestRenderStatus(Explained):
    """One line says what is going on, or there is nothing to say."""

    WHY: ClassVar = {
        "a search that begins has the wrong line": "The docstring has a table: for each type, the "
        "line.",
        "a search that is done has the wrong line": "The number is how many titles there are, and "
        "the rest is in the table.",
        "one document is called documents": "'1 documents' is wrong. One is a special case.",
        "of one document, the line has something else": "Put an `if` that chooses between two "
        "endings in parentheses: without them, it chooses between all that stands on both sides.",
        "a search that found nothing is not mentioned": "Nothing is a result, too, and the user "
        "wants to know: 0 documents.",
        "a tool that starts has the wrong line": "The line holds the tool's name: see the table.",
        "the message of a progress event is not shown": 'It stands in event["data"]["message"], '
        "and is the whole line.",
        "it changes the event": "Others read the same events: an event is read, never changed.",
        "progress without a message has a line": "Numbers and other data are for programs. Only a "
        "message that is a string is for people.",
        "a line has line breaks or gaps in it": "A status line is written over again and again, "
        "which goes wrong when it is two lines long. Any white space in a message becomes one "
        "space.",
        "the name of a tool breaks the line, or leaves gaps in it": "A name comes from outside, "
        "just like a message: any white space in it becomes one space, and there is none at either "
        "end.",
        "a message with nothing left in it has a line": "An empty line would erase the one before "
        "it. If there is nothing to tell, return None.",
    }

    def test_each_call_is_by_itself(self, answers, text):
        event, other = tool_start("t1", text.word()), progress("step", message=text.word())
        check_repeats(answers.render_status, event, other)

    @keeps(1)
    def test_a_search_is_told(self, answers, text):
        got = answers.render_status(retrieval_start("r1", text.word()))
        self.must(got == "Searching...", "a search that begins has the wrong line", "Searching...")
        titles = [text.word() for _ in range(text.random.randrange(3, 9))]
        got = answers.render_status(retrieval_end("r1", *titles))
        self.must(
            got == f"Found {len(titles)} documents",
            "a search that is done has the wrong line",
            f"Found {len(titles)} documents",
        )

    @keeps(1)
    def test_one_document_is_no_documents(self, answers, text):
        got = answers.render_status(retrieval_end("r1", text.word()))
        must = self.against("Found 1 document", got)
        must(got != "Found 1 documents", "one document is called documents")
        must(got == "Found 1 document", "of one document, the line has something else")
        got = answers.render_status(retrieval_end("r1"))
        self.must(
            got == "Found 0 documents",
            "a search that found nothing is not mentioned",
            "Found 0 documents",
        )

    @keeps(2)
    def test_an_answer_and_a_tool_are_told(self, answers, text):
        for kind in ("text", "image", "audio"):
            got = answers.render_status(start("p1", kind))
            self.must(
                got == "Generating...",
                f"a part of kind {kind} that begins has the wrong line",
                "Generating...",
                why="Text, images and sound are all generated: the table asks for one line.",
            )
        name = text.word()
        got = answers.render_status(tool_start("t1", name))
        self.must(
            got == f"Running {name}...",
            "a tool that starts has the wrong line",
            f"Running {name}...",
        )

    @keeps(3)
    def test_progress_shows_its_message(self, answers, text):
        message = f"{text.word()} {text.word()}"
        event = progress("step", message=message, count=3)
        got = answers.render_status(event)
        self.must(got == message, "the message of a progress event is not shown", message)
        self.equal(event, progress("step", message=message, count=3), "it changes the event")
        for data in ({}, {"count": text.random.randrange(9)}, {"message": 7}, {"message": None}):
            with accepted(
                "it assumes that there is a message",
                "A step may report anything. Ask with .get(), and look whether it is a string.",
            ):
                got = answers.render_status(progress(text.word(), **data))
            self.must(got is None, "progress without a message has a line", None)

    @keeps(4)
    def test_a_line_is_one_line(self, answers, text):
        one, two, three = text.word(), text.word(), text.word()
        torn = f"  {one} \r\n\t{two}\u2028{three}\n"
        for message in (f"{one}\n{two} {three}", torn):
            got = answers.render_status(progress("step", message=message))
            self.must(
                got == f"{one} {two} {three}",
                "a line has line breaks or gaps in it",
                f"{one} {two} {three}",
            )
        for name in (f"{one}\n{two} {three}", torn):
            got = answers.render_status(tool_start("t1", name))
            self.must(
                got == f"Running {one} {two} {three}...",
                "the name of a tool breaks the line, or leaves gaps in it",
                f"Running {one} {two} {three}...",
            )
        for message in (" \n ", ""):
            got = answers.render_status(progress("step", message=message))
            self.must(got is None, "a message with nothing left in it has a line", None)

    @keeps(5)
    def test_all_others_have_no_line(self, answers, text):
        others = [delta("p1", text.word()), end("p1"), tool_end("t1"), tool_error("t1")]
        for event in [*others, COMPLETE, ERROR]:
            with accepted(f"it cannot take {event['type']}", "All other types: return None."):
                got = answers.render_status(event)
            self.must(
                got is None,
                f"{event['type']} has a line",
                None,
                why="There is nothing to tell: return None, not a text.",
            )

    @keeps(5)
    def test_unknown_types_have_no_line(self, answers, text):
        for event in ({"type": text.word()}, {"type": f"{text.word()}_start", "id": 7}):
            with accepted("a type that it does not know is an error", IGNORE):
                got = answers.render_status(event)
            self.must(
                got is None,
                "a type that it does not know has a line",
                None,
                why=IGNORE + " So there is no line: None.",
            )

    def test_any_event(self, search):
        def promise(answers, event):
            with unchanged(event=event):
                got = answers.render_status(event)
            wanted = _line(event)
            again = isinstance(wanted, str) and isinstance(got, str)
            self.must(
                not again or got == wanted or got.split() != wanted.split(),
                "a line has line breaks or gaps in it",
                wanted,
                got,
            )
            why = "The docstring has a table: for each type, the line. All others are None."
            must = self.against(wanted, got)
            must(got == wanted, f"{event['type'] or 'no type'} has the wrong line", why=why)

        words = [word for text in TEXTS for word in (f"a{text}b", f"{text}a", f"a{text}")]
        messages = [*words, *TEXTS, None, 0, 7, True, b"a", ["a"], {"message": "a"}, " ".join(LONG)]
        always = [
            *(tool_start("t1", word) for word in (*words, " ".join(LONG), "word" * 50)),
            *(progress("step", message=message) for message in messages),
            *(progress("step", **{key: "a"}) for key in ("text", "Message", "status", "")),
            *(progress("step", message="a", **{key: 1}) for key in ("id", "count", "type")),
            {**progress("step"), "message": "a"},
            *(retrieval_end("r", *["a"] * count) for count in (0, 1, 2, 10, 11, 21, 101)),
            *(retrieval_end("r", *titles) for titles in (("",), ("", ""), ("a", "b", "a"))),
            *(retrieval_start("r", query) for query in ("", " ", "a\nb")),
            *(start("p", kind) for kind in KINDS),
            *EACH_OTHER,
        ]
        search(promise, *({"event": event} for event in always), event=_any_event())


def _line(event):
    """The line that belongs to an event."""

    def one_line(text):
        return " ".join(text.split())

    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end" if len(event["titles"]) == 1:
            return "Found 1 document"
        case "retrieval_end":
            return f"Found {len(event['titles'])} documents"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {one_line(event['name'])}..."
        case "progress" if isinstance(event["data"].get("message"), str):
            return one_line(event["data"]["message"]) or None
    return None


class TestNormalizeEvent(Explained):
    """LangChain's events become a few typed ones."""

    WHY: ClassVar = {
        "tokens come more than once": "The model, the parser and the chain report the same token, "
        "one after the other. Translate one kind only, that of the chat model.",
        "it translates what a page does not need": "Translate what is in the table. Everything "
        "else is None.",
        "an answer is not a part with a start, deltas and an end": "Compare the keys with the "
        "TypedDicts at the top of the stub. The id is always raw['run_id'].",
        "the data of a delta is a chunk, not its text": "A page cannot read a chunk, and JSON has "
        "no form for it. The text of a chunk is chunk.text.",
        "the data of a delta is a chunk, turned into a str": "str(chunk) is for programmers, and "
        "shows all that the chunk holds. The text of a chunk is chunk.text.",
        "a chunk without text becomes an event": "The model's last chunk has no text, only the "
        "usage. Such a chunk is None.",
        "a piece of the answer does not become a delta": "Each on_chat_model_stream with text is "
        "one part_delta: id, kind and data.",
        "it assumes that content is a string": "Some models send a list of blocks. "
        "chunk.text is the text in both cases.",
        "reasoning or tool calls become text": "chunk.text holds the text and nothing else. A "
        "chunk without text is None.",
        "a search is not translated": "on_retriever_start and on_retriever_end become events. A "
        "page shows that something happens, and what was found.",
        "the titles are not a list": "RetrievalEndEvent says what they are: list[str].",
        "an event holds objects that JSON cannot represent": "A page gets JSON. Take the title of "
        "each document, not the document.",
        "an empty title is taken for a missing one": '"" is false in an `or`, just like a missing '
        'title. Only a document without the key "title" is "untitled".',
        "an event of a search does not have the right contents": "Compare the keys with "
        "RetrievalStartEvent and RetrievalEndEvent.",
        "a retriever that is the root is read wrongly": 'Then raw["data"]["input"] is the query '
        "itself, not a dict.",
        "a tool is not translated": "on_tool_start and on_tool_end become events. Without them, "
        "nothing moves on the page while a tool works.",
        "two runs of a tool cannot be told apart": "Both have the same name. The id is "
        "raw['run_id'], and each run has its own.",
        "an event of a tool does not have the right contents": "Compare the keys with "
        "ToolStartEvent and ToolEndEvent.",
        "a tool that fails has no end": "After a failure there is no on_tool_end. on_tool_error is "
        "its end: translate it.",
        "the text of an exception is shown to the user": "It may contain keys, paths or addresses, "
        "whatever class it is of: the text of a ToolException is meant for the model. Show the "
        "class name or a sentence of your own.",
        "a tool_error does not have the right contents": "Compare it with ToolErrorEvent: type, id "
        "and a message that is a string.",
        "a custom event does not become progress with its name and its data": "Its name is "
        'raw["name"], and raw["data"] is what the step has sent, if only {}. Keep both as they '
        "are, the data in its own box.",
        "it changes the raw event": "Others read the same events: an event is read, never changed.",
        "two answers at once share an id": "The id is raw['run_id']: each run of a model has its "
        "own, no matter what the models are called and which run they belong to.",
    }

    @keeps(1)
    async def test_an_answer_is_one_part(self, answers, play, text):
        tokens = text.tokens(4)
        events, _ = await recorded(play(Reply(*tokens)) | StrOutputParser(), text.word())
        made = []
        for event in events:
            got, kind = answers.normalize_event(event), event["event"]
            if kind == "on_chat_model_stream":
                self.check_delta(got, event)
            elif kind.endswith("_stream"):
                self.must(got is None, "tokens come more than once", None)
            elif not kind.startswith("on_chat_model"):
                self.must(got is None, "it translates what a page does not need", None)
            made += [got] if got is not None else []
        run = next(e["run_id"] for e in events if e["event"] == "on_chat_model_start")
        wanted = [start(run), *(delta(run, token) for token in tokens), end(run)]
        self.equal(made, wanted, "an answer is not a part with a start, deltas and an end")

    def check_delta(self, got, event):
        """Check what one on_chat_model_stream becomes."""
        data = event["data"]["chunk"].text
        shown = str(got.get("data")) if got else ""
        is_chunk = bool(got) and isinstance(got.get("data"), AIMessageChunk)
        self.must(not is_chunk, "the data of a delta is a chunk, not its text", data)
        self.must(
            "content=" not in shown,
            "the data of a delta is a chunk, turned into a str",
            data,
            shown[:40],
        )
        if not data:
            self.must(got is None, "a chunk without text becomes an event", None)
            return
        self.must(
            got == delta(event["run_id"], data),
            "a piece of the answer does not become a delta",
            delta(event["run_id"], data),
        )

    def test_each_call_is_by_itself(self, answers, text):
        one, other = text.word(), text.word()
        events = [raw("on_tool_start", {}, name=name, run_id=name) for name in (one, other)]
        check_repeats(answers.normalize_event, *events)

    @keeps(1)
    @in_process("OpenAI's protocol carries no reasoning")
    async def test_only_text_is_data(self, answers, play, text):
        tokens, secret = text.tokens(3), text.secret()
        model = play(Reply(Reasoning(secret), *tokens, ToolCall("search", {"for": secret})))
        events, _ = await recorded(model, text.word())
        got = [event for event in map(answers.normalize_event, events) if event is not None]
        data = [event.get("data") for event in got if event.get("type") == "part_delta"]
        must = self.against(tokens, data)
        must(
            all(isinstance(one, str) for one in data),
            "it assumes that content is a string",
        )
        must(data == tokens, "reasoning or tool calls become text")

    @keeps(2)
    async def test_a_search_tells_what_it_found(self, answers, text):
        titles, query = [text.word(), "", text.word()], text.word()
        documents = [Document(text.sentence(), metadata={"title": title}) for title in titles]
        documents.append(Document(text.sentence(), metadata={"page": 3}))
        events, _ = await recorded(RunnableLambda(str) | Shelf(documents=documents), query)
        mine = [event for event in events if event["event"].startswith("on_retriever")]
        with accepted(
            "it assumes that every document has a title",
            'Metadata may hold anything. Without a "title" it is "untitled".',
        ):
            got = [answers.normalize_event(event) for event in mine]
        run = mine[0]["run_id"]
        wanted = [retrieval_start(run, query), retrieval_end(run, *titles, "untitled")]
        self.must(None not in got, "a search is not translated", wanted, got)
        last = got[1].get("titles")
        must = self.against(wanted[1]["titles"], last)
        must(isinstance(last, list), "the titles are not a list")
        must(
            all(isinstance(title, str) for title in last),
            "an event holds objects that JSON cannot represent",
        )
        must(
            last[:3] != [titles[0], "untitled", titles[2]],
            "an empty title is taken for a missing one",
        )
        self.must(
            got == wanted, "an event of a search does not have the right contents", wanted, got
        )

    @keeps(2)
    async def test_a_retriever_may_be_the_root(self, answers, text):
        for query in (text.word(), f"the query {text.word()}"):
            events, _ = await recorded(Shelf(documents=[]), query)
            with accepted(
                "it cannot read the query of a retriever that is the root",
                'The root gets its input as it is: raw["data"]["input"] is the query then, a '
                'string, whatever words are in it. In a step it is a dict with the key "query".',
            ):
                got = [answers.normalize_event(event) for event in events]
            wanted = [retrieval_start("run-1", query), retrieval_end("run-1")]
            self.must(got == wanted, "a retriever that is the root is read wrongly", wanted, got)

    @keeps(3)
    async def test_each_run_of_a_tool_has_its_own_id(self, answers, text):
        name, queries = text.word(), [text.word(), text.word()]
        tool = tool_of(found, name)

        async def both(query):
            await asyncio.gather(*(tool.ainvoke({"query": one}) for one in queries))
            return query

        events, _ = await recorded(RunnableLambda(both), text.word())
        mine = [event for event in events if event["event"].startswith("on_tool")]
        got = [answers.normalize_event(event) for event in mine]
        wanted = [
            tool_start(event["run_id"], name)
            if event["event"] == "on_tool_start"
            else tool_end(event["run_id"])
            for event in mine
        ]
        must = self.against(wanted, got)
        must(None not in got, "a tool is not translated")
        must(
            [event.get("id") for event in got] == [event["id"] for event in wanted],
            "two runs of a tool cannot be told apart",
        )
        must(got == wanted, "an event of a tool does not have the right contents")

    @keeps(4)
    async def test_a_tool_that_fails_gives_nothing_away(self, answers, text):
        for kind in (ConnectionError, ToolException):
            await self.check_failure(answers, text, kind)

    async def check_failure(self, answers, text, kind):
        """Check what an event of a tool that fails becomes."""
        secret = text.secret()

        async def fails(query):
            raise kind(f"cannot reach {secret}")

        tool = tool_of(fails, text.word())
        events, _ = await recorded(RunnableLambda(str) | tool, text.word())
        failed = next(event for event in events if event["event"] == "on_tool_error")
        got = answers.normalize_event(failed)
        self.must(
            got is not None and got.get("type") == "tool_error",
            "a tool that fails has no end",
            Words("a tool_error"),
        )
        must = self.against({**tool_error(failed["run_id"]), "message": kind.__name__})
        must(secret not in repr(got), "the text of an exception is shown to the user")
        must(
            got.get("id") == failed["run_id"]
            and isinstance(got.get("message"), str)
            and got["message"].strip()
            and set(got) == {"type", "id", "message"},
            "a tool_error does not have the right contents",
        )

    @keeps(5)
    def test_what_a_step_reports_comes_as_it_is(self, answers, text):
        name = text.word()
        full = {"message": text.sentence(), "shelves": [text.random.randrange(9), {"name": None}]}
        for data in (full, {}):
            event = raw("on_custom_event", copy.deepcopy(data), name=name)
            got = answers.normalize_event(event)
            self.must(
                got == progress(name, **data),
                "a custom event does not become progress with its name and its data",
                progress(name, **data),
            )
            self.equal(event, raw("on_custom_event", data, name=name), "it changes the raw event")

    @keeps(7)
    async def test_all_others_are_none(self, answers, play, text):
        prompt = ChatPromptTemplate.from_template("About {x}")
        chain = prompt | play(Reply(*text.tokens(2))) | StrOutputParser()
        events, _ = await recorded(chain, {"x": text.word()})
        known = ("on_chat_model", "on_retriever", "on_tool", "on_custom_event")
        others = [event for event in events if not event["event"].startswith(known)]
        chunk = {"chunk": AIMessageChunk(text.word())}
        others += [
            raw("on_llm_stream", chunk),
            *(raw(f"on_{step}_stream", chunk) for step in ("tool", "retriever")),
            raw("on_chat_model_error", chunk),
            raw(f"on_{text.word()}_stream", chunk),
            raw(f"on_{text.word()}", None),
        ]
        for event in others:
            with accepted(f"it cannot take {event['event']}", IGNORE):
                got = answers.normalize_event(event)
            self.must(
                got is None,
                f"{event['event']} becomes an event",
                None,
                why="A page sees only what is in the table. All others are None, also those that "
                "nobody knows today: they are not errors.",
            )
        kinds = {event["event"] for event in others}
        assert {"on_prompt_end", "on_parser_stream", "on_chain_end"} <= kinds

    @keeps(6)
    async def test_two_answers_at_once_are_two_parts(self, answers, play, text):
        models = {name: play(Reply(*text.tokens(2))) for name in (text.word(), text.word())}

        async def both(query):
            await asyncio.gather(*(model.ainvoke(query) for model in models.values()))
            return query

        events, _ = await recorded(RunnableLambda(both), text.word())
        runs = sorted({e["run_id"] for e in events if e["event"].startswith("on_chat_model")})
        got = [event for event in map(answers.normalize_event, events) if event is not None]
        ids = sorted({str(event.get("id")) for event in got})
        self.must(ids == runs, "two answers at once share an id", runs, ids)

    def test_any_raw_event(self, search):
        def promise(answers, event):
            with unchanged(event=event):
                got = answers.normalize_event(event)
            wanted = _normal(event)
            if event["event"] == "on_tool_error":
                check_message(got, wanted)
                return
            check(
                got == wanted,
                f"{event['event']} is not translated as the table says",
                why="Each row of the table says what the keys are, and the docstring where their "
                "values come from. All that has no row is None.",
                wanted=wanted,
                got=got,
            )

        def check_message(got, wanted):
            message = got.get("message") if isinstance(got, dict) else None
            must = self.against(wanted, got)
            must(SECRET not in str(message), "the text of an exception is shown to the user")
            must(
                same_value(got, {**wanted, "message": message})
                and isinstance(message, str)
                and message.strip(),
                "a tool_error does not have the right contents",
            )

        always = [
            *(raw("on_chat_model_stream", {"chunk": chunk}) for chunk in _chunks()),
            *(raw(f"on_chat_model_{when}", MODEL, run_id="") for when in ("start", "end")),
            *(raw("on_retriever_start", {"input": {"query": query}}) for query in TEXTS),
            *(
                raw("on_retriever_start", {"input": query}, parents=())
                for query in (*TEXTS, "query", "a query", '{"query": "a"}')
            ),
            *(raw("on_retriever_end", {"output": documents}) for documents in _found()),
            *(raw("on_tool_start", {"input": {}}, name=name) for name in ("a", " a\nb", "search")),
            *(raw("on_tool_end", {"output": output}) for output in (None, "", "error", {})),
            *(raw("on_tool_error", {"error": error}) for error in _failures()),
            *(raw("on_custom_event", {key: "a"}, name=key) for key in ("type", "name", "data", "")),
            *(
                raw("on_custom_event", data, name="a")
                for data in ({}, {"id": 1}, EMPTY, {"a": [EMPTY]})
            ),
            *(raw(kind, data) for kind in _other_kinds() for data in (MODEL, {}, None)),
            raw("on_tool_end", {"output": "a"}, parents=(), tags=["a"], run_id="run-1"),
            raw("on_tool_start", {"input": {}}, run_id=""),
            raw("on_chat_model_start", {}, parents=("a", "b", "c"), tags=["seq:step:1"]),
        ]
        search(
            promise,
            *({"event": event} for event in always),
            event=builds(
                lambda event, run_id, name: {**event, "run_id": run_id, "name": name},
                sampled_from(always),
                any_text(),
                any_text().map(lambda name: f"a{name}"),
            ),
        )


SECRET = "sk-12345"
EMPTY = {"none": None, "zero": 0, "text": "", "no": False, "list": [], "dict": {}}

MODEL = {"chunk": AIMessageChunk("a"), "input": {"query": "a", "messages": []}, "output": []}
"""Data that could be taken for that of many kinds."""


def _chunks():
    """Message chunks: of each text, in one piece and in blocks, and without any text."""
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    call = {"name": "a", "args": "{}", "id": "1", "index": 0}
    return [
        *(AIMessageChunk(text) for text in TEXTS),
        AIMessageChunk([]),
        AIMessageChunk([{"type": "text", "text": "a"}, {"type": "text", "text": " "}]),
        AIMessageChunk([{"type": "text", "text": "\n"}]),
        AIMessageChunk([{"type": "reasoning", "reasoning": "a"}]),
        AIMessageChunk([{"type": "reasoning", "reasoning": "a"}, {"type": "text", "text": "b"}]),
        AIMessageChunk("", tool_call_chunks=[call]),
        AIMessageChunk("a", tool_call_chunks=[call]),
        AIMessageChunk("", usage_metadata=usage, response_metadata={"finish_reason": "stop"}),
        AIMessageChunk("a", usage_metadata=usage, response_metadata={"finish_reason": "stop"}),
        AIMessageChunk("", additional_kwargs={"reasoning_content": "a"}),
    ]


def _found():
    """Documents that were found, with titles of all kinds and without."""
    titles = [
        *([text] for text in TEXTS),
        [],
        ["a", "a"],
        ["b", "a", "b"],
        [str(n) for n in range(30)],
    ]
    return [
        *([Document("text", metadata={"title": title}) for title in few] for few in titles),
        [Document("a"), Document("b", metadata={"Title": "a", "source": "b", "name": "c"})],
        [Document("", metadata={"title": "untitled"}), Document("", id="a", metadata={"page": 0})],
    ]


class Caused(ConnectionError):
    """An error with a cause; a copy of it has one, too."""

    def __init__(self, *args):
        super().__init__(*args)
        self.__cause__ = ValueError(*args)


def _failures():
    """Exceptions with a secret in them, in several ways."""
    noted = ValueError("no")
    noted.add_note(SECRET)
    return [
        *(kind(SECRET) for kind in (ValueError, KeyError, RuntimeError, TimeoutError, Exception)),
        ToolException(SECRET),
        OSError(2, SECRET, f"/{SECRET}"),
        ValueError({"key": SECRET}, SECRET),
        ExceptionGroup(SECRET, [ValueError(SECRET)]),
        Caused(SECRET),
        noted,
        ValueError(),
    ]


def _other_kinds():
    """Kinds of events that a page does not need to see."""
    steps = ("chain", "prompt", "parser", "llm")
    return [
        *(f"on_{step}_{when}" for step in steps for when in ("start", "stream", "end", "error")),
        *("on_chat_model_error", "on_retriever_error", "on_tool_stream", "on_retriever_stream"),
        *("on_tool", "on_custom_events", "custom_event", "chat_model_stream", "", "end", "error"),
        *("on_chat_model_streams", "ON_TOOL_END", " on_tool_end", "on_tool_end_2", "complete"),
    ]


def _normal(raw):
    """What a page sees of a raw event; as the message of a tool_error, the name of the class."""
    data, id_ = raw["data"], raw["run_id"]
    match raw["event"]:
        case "on_chat_model_start":
            return start(id_)
        case "on_chat_model_stream":
            return delta(id_, str(data["chunk"].text)) if data["chunk"].text else None
        case "on_chat_model_end":
            return end(id_)
        case "on_retriever_start":
            query = data["input"]
            return retrieval_start(id_, query["query"] if isinstance(query, dict) else query)
        case "on_retriever_end":
            titles = [one.metadata.get("title", "untitled") for one in data["output"]]
            return retrieval_end(id_, *titles)
        case "on_tool_start":
            return tool_start(id_, raw["name"])
        case "on_tool_end":
            return tool_end(id_)
        case "on_tool_error":
            return {**tool_error(id_), "message": type(data["error"]).__name__}
        case "on_custom_event":
            return {"type": "progress", "name": raw["name"], "data": data}
    return None


class TestFilterEvents(Explained):
    """The events of some steps are picked out of all events of a run."""

    WHY: ClassVar = {
        "events are lost although no filter is used": "None means no filter: everything passes. "
        "Test `names is None` before you ask for anything in it.",
        "events are changed on their way": "Others read the same events. Pass them on as they are.",
        "a part of a name is enough": "`in` looks for a part when it asks a string, and for a "
        "whole element when it asks a list.",
        "it does not pass exactly those with one of the names, in order": "An event passes if "
        'event["name"] is one of the names.',
        "a part of a tag is enough": "A tag is compared as a whole. `in` looks for a part when it "
        "asks a string.",
        "an event needs all the tags": "Several tags in one filter are joined by OR: one of them "
        "is enough.",
        "it does not pass exactly those with one of the tags, in order": "An event passes if "
        'any of event["tags"] is one of the tags.',
        "the root itself is lost": "The root has no run around it: its parent_ids are empty.",
        "events of inner steps pass as those of the root": "A step of the chain has one parent, "
        "the root. Only the root has none.",
        "one filter of several is enough": "Each filter narrows the choice further: an event has "
        "to pass all of them.",
        "root_only does not narrow the choice": "root_only is one more filter, joined by AND with "
        "the others.",
        "the events of one model cannot be picked from a run with two": "Two models speak in this "
        "run, and only one of them is for the user. Its name and its tag pick it out.",
        "an empty filter is taken for no filter": "No event has one of zero names. Only None means "
        "that there is no filter: compare with `is None`.",
        "it reads ahead of its caller": ONE_BY_ONE,
    }

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        events = [raw("on_chain_end", {}, name=name) for name in "aabcabc"]
        check_apart(lambda source: answers.filter_events(source, ["a"]), events[:4], events[3:])

    @keeps(5)
    def test_without_a_filter_all_pass_unchanged(self, answers, text):
        events = [
            raw("on_chain_start", {"input": text.word()}, name=text.word(), parents=()),
            raw("on_chain_stream", {"chunk": text.word()}, tags=[text.word()]),
            raw(f"on_{text.word()}", {}, name=text.word()),
        ]
        before = copy.deepcopy(events)
        got = list(answers.filter_events(events))
        must = self.against(before)
        must(len(got) == len(events), "events are lost although no filter is used")
        must(got == before and events == before, "events are changed on their way")

    @keeps(1)
    def test_a_name_is_a_whole_name(self, answers, text):
        one, two = text.word(), text.word()
        names = [one, f"{one}_web", two, one[:3], one, text.word()]
        events = [raw("on_tool_start", {}, name=name) for name in names]
        got = [event["name"] for event in answers.filter_events(events, names=[two, one])]
        must = self.against([one, two, one], got)
        must(f"{one}_web" not in got and one[:3] not in got, "a part of a name is enough")
        must(
            got == [one, two, one],
            "it does not pass exactly those with one of the names, in order",
        )

    @keeps(2)
    def test_one_tag_of_several_is_enough(self, answers, text):
        one, two, other = text.word(), text.word(), text.word()
        tags = [[one], [other], [], [f"{two}_long", two[:3]], [other, two], [one, two]]
        events = [raw("on_chain_end", {}, tags=few) for few in tags]
        with accepted(
            "it cannot take events without tags",
            "Most events have no tags: the list is empty. Use any(), which is False then.",
        ):
            got = [event["tags"] for event in answers.filter_events(events, tags=(one, two))]
        must = self.against([tags[0], tags[4], tags[5]], got)
        must(tags[3] not in got, "a part of a tag is enough")
        must(tags[0] in got or tags[5] not in got, "an event needs all the tags")
        must(
            got == [tags[0], tags[4], tags[5]],
            "it does not pass exactly those with one of the tags, in order",
        )

    @keeps(3)
    async def test_the_root_is_the_run_without_parents(self, answers, play, text):
        tokens = text.tokens(2)
        chain = RunnableLambda(str) | play(Reply(*tokens)) | StrOutputParser()
        events, _ = await recorded(chain.with_config(run_name="root"), text.word())
        got = list(answers.filter_events(events, root_only=True))
        wanted = [event for event in events if event["name"] == "root"]
        must = self.against([event["name"] for event in wanted], [event["name"] for event in got])
        must(any(event["name"] == "root" for event in got), "the root itself is lost")
        must(
            [event["name"] for event in got] == ["root"] * len(wanted),
            "events of inner steps pass as those of the root",
        )

    @keeps(4)
    def test_filters_are_joined_by_and(self, answers, text):
        name, tag, other = text.word(), text.word(), text.word()
        kinds = [(name, [other]), (other, [tag]), (name, [tag]), (other, [])]
        events = [raw("on_chain_end", {}, name=name, tags=tags) for name, tags in kinds]
        events.append(raw("on_chain_end", {}, name=name, tags=[tag], parents=()))

        def shown(events):
            return [(event["name"], event["tags"], event["parent_ids"]) for event in events]

        got = list(answers.filter_events(events, names=[name], tags=[tag]))
        self.must(
            got == [events[2], events[4]],
            "one filter of several is enough",
            shown([events[2], events[4]]),
            shown(got),
        )
        got = list(answers.filter_events(events, names=[name], tags=[tag], root_only=True))
        self.must(
            got == [events[4]],
            "root_only does not narrow the choice",
            shown([events[4]]),
            shown(got),
        )

    @keeps(4)
    async def test_the_tokens_of_one_model_are_picked(self, answers, play, text):
        tokens, tag = text.tokens(3), text.word()
        draft = play(Reply(*text.tokens(2))).with_config(tags=[f"{tag}_draft"])
        writer = play(Reply(*tokens)).with_config(tags=[tag], run_name="writer")
        chain = draft | StrOutputParser() | writer | StrOutputParser()
        events, _ = await recorded(chain, text.word())
        got = list(answers.filter_events(events, names={"writer"}, tags={tag}))
        wanted = [event for event in events if event["name"] == "writer"]
        shown = [(e["event"], e["name"]) for e in got]
        self.must(
            got == wanted,
            "the events of one model cannot be picked from a run with two",
            [(e["event"], e["name"]) for e in wanted],
            shown,
        )

    @keeps(5)
    def test_an_empty_filter_lets_nothing_pass(self, answers, text):
        events = [raw("on_chain_end", {}, name=text.word(), tags=tags) for tags in ([], ["a"])]
        for options in ({"names": []}, {"tags": set()}):
            got = list(answers.filter_events(events, **options))
            self.must(got == [], "an empty filter is taken for no filter", [])

    @keeps(6)
    def test_it_reads_no_further_than_it_must(self, answers, text):
        name = text.word()
        events = [raw("on_chain_end", {}, name=n) for n in ("a", name, "b", name, name)]
        source = Source(events)
        stream = answers.filter_events(source, names=[name])
        check_lazy(source, "it reads before anybody asks for an event")
        got = next(stream)
        self.in_words(
            got == events[1] and source.pulled == 2,
            "it reads ahead of its caller",
            "2 pulled for the first one that passes, which is the second",
            f"{source.pulled} pulled",
        )
        stream.close()
        check_closed(source)

    @keeps(7)
    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([raw("on_chain_end", {}), error])
        with passes_on(error):
            list(answers.filter_events(source))

    def test_any_events(self, search):
        def promise(answers, events, names, tags, root_only, ending):
            def passes(event):
                by_tags = tags is None or set(tags) & set(event["tags"])
                by_root = not root_only or len(event["parent_ids"]) == 0
                return (names is None or event["name"] in [*names]) and by_tags and by_root

            with unchanged(events=events, names=names, tags=tags):
                KEEPS.check(
                    lambda source: answers.filter_events(source, names, tags, root_only),
                    events,
                    ending,
                    lambda events: [one for one in one_by_one(events) if passes(one[0])],
                )

        no_filter = {"names": None, "tags": None, "root_only": False, "ending": Ending()}
        events = [
            raw("on_tool_end", {"n": n}, name=name, tags=tags, parents=parents, run_id=f"run-{n}")
            for n, (name, tags, parents) in enumerate(
                (
                    ("ab", ["x"], ()),
                    ("ab", ["x"], ("run-1",)),
                    ("a", ["xy", "x", "y"], ()),
                    ("A", ["X"], ("run-1", "run-2")),
                    ("", [""], ()),
                    ("b", [], ("",)),
                    ("a", ["y", "y"], ("run-1",)),
                )
            )
        ]
        few = [events[0], events[0], events[5], events[5], events[1]]
        some_names = (["ab"], {"a"}, ("b", "a"), [""], frozenset("A"), [], {"ab": 0}, ["b", "zz"])
        some_names += (["x", "y"], ["b", "a", "ab"])
        some_tags = (["x"], {"y"}, ("y", "xy"), [""], frozenset("X"), [], {"xy": 0}, ["z", "y"])
        some_tags += (["a", "b"], ["y", "x", "xy"])
        strange = [
            {**raw("error", {"end": True}, name="a"), "error": "x", "new": None},
            raw("on_custom_event", None, name="a"),
            raw("", {}, name="a", tags=["x"]),
        ]
        always = [
            *({**no_filter, "events": events, "names": names} for names in some_names),
            *({**no_filter, "events": events, "tags": tags} for tags in some_tags),
            *(
                {**no_filter, "events": events, "names": names, "tags": tags, "root_only": root}
                for names in (None, ["ab", "a"], ["b"])
                for tags in (None, ["x"], ["y", "x"])
                for root in (False, True)
            ),
            *({**no_filter, "events": few, "ending": ending} for ending in EACH_ENDING),
            *({**no_filter, "events": few, "names": ["ab"], "ending": e} for e in EACH_ENDING),
            {**no_filter, "events": strange},
            {**no_filter, "events": strange, "names": ["a"]},
            {**no_filter, "events": events * 9, "names": ["b"]},
        ]
        search(
            promise,
            *always,
            events=repeated(sampled_from((*events, *strange))),
            names=sampled_from((None, None, *some_names)),
            tags=sampled_from((None, None, *some_tags)),
            root_only=sampled_from((False, False, True)),
            ending=any_ending(),
        )


def folded(answers, events):
    """The state after events, from the beginning."""
    return reduce(answers.fold_events, events, answers.new_state())


class TestFoldEvents(Explained):
    """The state of a page follows the events, one at a time."""

    WHY: ClassVar = {
        "it returns nothing": "A reducer returns the state after the event, for the next call.",
        "each piece of text replaces the one before": "A delta is only what is new. Add it to the "
        "text that is there.",
        "the text of a part is not all of its pieces": "Add the data of each delta to the text of "
        "its part, kept under its id.",
        "nobody can see that an answer is being written": "A part of text that begins makes the "
        'status "writing".',
        "a part without text yet is not there": "Its place is reserved when it begins: part_start "
        'sets its text to "".',
        "a delta whose part has not begun is lost": "Such a delta begins its part.",
        "two texts at once are mixed up": "Two models may write at the same time. The id says to "
        "which text a piece belongs.",
        "an image becomes text": "Parts come in several kinds. Only those of kind text change this "
        "state.",
        "the data of an image or a sound becomes text": 'Look at event["kind"] of each delta: only '
        "text is added.",
        "a title that comes twice is kept once": "Two documents may have the same title, and each "
        "of them was found. The display may leave one out; the state keeps what came.",
        "documents are lost or in the wrong order": "There may be several searches. Each one adds "
        "its titles to those that are there.",
        "nobody can see that a search is going on": 'retrieval_start makes the status "searching"; '
        "no other row of the table but those of part_start and of the terminal events changes it.",
        "tools are kept by name": "A tool may run twice at the same time. Only the id tells the "
        "two runs apart.",
        "a tool that failed is not shown as failed": "tool_error is an end, too: the state of this "
        'tool is "failed" then.',
        "the tools are not in the right state": "Each id has its own entry: a "
        "name and a state. Its end changes the state of this one only.",
        "a tool changes the status of the page": "An agent may well go on after a tool has failed. "
        "Its own state says how it went; the rows of tools in the table say nothing of the status.",
        "it changes the event": "Others read the same events: an event is read, never changed.",
        "the same call has a different result the second time": "The result depends only on the "
        "arguments. What has to be remembered is in the state; nothing is kept outside of it.",
    }

    @keeps(7)
    def test_each_call_is_by_itself(self, answers, text):
        one, other = [[start(id_), delta(id_, text.word()), COMPLETE] for id_ in "xy"]
        check_repeats(lambda events: folded(answers, events), one, other)

    @keeps(1)
    def test_text_grows(self, answers, text):
        tokens = text.tokens(3)
        state = folded(answers, [start("p1"), *(delta("p1", token) for token in tokens)])
        self.must(state is not None, "it returns nothing", Words("a state"))
        must = self.against({"p1": "".join(tokens)}, state["texts"])
        must(state["texts"] != {"p1": tokens[-1]}, "each piece of text replaces the one before")
        must(
            state["texts"] == {"p1": "".join(tokens)}, "the text of a part is not all of its pieces"
        )
        self.equal(state["status"], "writing", "nobody can see that an answer is being written")

    @keeps(1)
    def test_a_part_is_there_from_its_start(self, answers, text):
        state = folded(answers, [start("p1"), start("p2"), delta("p2", text.word())])
        self.must(
            state["texts"].get("p1") == "" and [*state["texts"]] == ["p1", "p2"],
            "a part without text yet is not there",
            ["p1", "p2"],
            [*state["texts"]],
        )
        word = text.word()
        with accepted(
            "a delta whose part has not begun breaks it",
            "The order is not checked here. Such a delta begins its part: begin with an empty text "
            "where there is none.",
        ):
            state = folded(answers, [delta("p1", word), delta("p1", word)])
        self.equal(state["texts"], {"p1": word + word}, "a delta whose part has not begun is lost")

    @keeps(1)
    def test_parts_that_come_in_turns_are_kept_apart(self, answers, text):
        one, two = text.tokens(3), [text.word() for _ in range(3)]
        events = [start("p1"), start("p2")]
        for left, right in zip(one, two, strict=True):
            events += [delta("p1", left), delta("p2", right)]
        state = folded(answers, events)
        wanted = {"p1": "".join(one), "p2": "".join(two)}
        self.equal(state["texts"], wanted, "two texts at once are mixed up")

    @keeps(6)
    def test_images_and_sound_are_no_text(self, answers, text):
        word = text.word()
        events = [start("i", "image"), delta("i", "aGFs", "image"), end("i")]
        state = folded(answers, events)
        self.must(
            state["texts"] == {} and state["status"] == "waiting",
            "an image becomes text",
            answers.new_state(),
            state,
        )
        mixed = [start("p"), *events[:2], delta("p", word), delta("a", "bG8=", "audio")]
        state = folded(answers, mixed)
        self.equal(state["texts"], {"p": word}, "the data of an image or a sound becomes text")

    @keeps(2)
    def test_documents_of_all_searches_are_kept(self, answers, text):
        titles = [text.word() for _ in range(3)]
        events = [
            retrieval_start("r1", "a"),
            retrieval_end("r1", *titles[:2]),
            retrieval_start("r2", "b"),
            retrieval_end("r2", titles[2], titles[0]),
        ]
        state = folded(answers, events)
        titles.append(titles[0])
        must = self.against(titles, state["documents"])
        must(state["documents"] != titles[:3], "a title that comes twice is kept once")
        must(state["documents"] == titles, "documents are lost or in the wrong order")
        self.equal(state["status"], "searching", "nobody can see that a search is going on")

    @keeps(3)
    def test_each_run_of_a_tool_has_its_own_state(self, answers, text):
        name, other = text.word(), text.word()
        events = [
            tool_start("t1", name),
            tool_start("t2", name),
            tool_start("t3", other),
            tool_end("t2"),
            tool_error("t3"),
        ]
        state = folded(answers, events)
        wanted = {
            "t1": {"name": name, "state": "running"},
            "t2": {"name": name, "state": "done"},
            "t3": {"name": other, "state": "failed"},
        }
        must = self.against(wanted, state["tools"])
        must(name not in state["tools"], "tools are kept by name")
        must(
            state["tools"].get("t3", {}).get("state") == "failed",
            "a tool that failed is not shown as failed",
        )
        must(state["tools"] == wanted, "the tools are not in the right state")
        self.equal(
            (state["status"], state["done"]),
            ("waiting", False),
            "a tool changes the status of the page",
        )

    @keeps(4)
    def test_the_end_is_kept(self, answers, text):
        for event, status in ((COMPLETE, "complete"), (ERROR, "failed")):
            begun = [start("p1"), delta("p1", text.word()), tool_start("t1", text.word())]
            before = folded(answers, [*begun, retrieval_end("r1", text.word())])
            state = answers.fold_events(before, event)
            self.equal(
                (state["status"], state["done"]),
                (status, True),
                f"{event['type']} does not end it",
                why="Both terminal events make `done` true; the status says which one it was.",
            )
            self.equal(
                state,
                {**before, "status": status, "done": True},
                f"what was there is lost or changed at {event['type']}",
                why="The end changes the status and `done`. What was shown stays, after an error "
                "as well, and nobody knows more of a tool than before.",
            )

    @keeps(5)
    def test_nothing_comes_after_the_end(self, answers, text):
        late = [delta("p1", text.word()), COMPLETE, ERROR, progress(), {"type": text.word()}]
        for last in (COMPLETE, ERROR):
            for event in late:
                state = folded(answers, [start("p1"), end("p1"), last])
                with raises(
                    ValueError,
                    f"{event['type']} is accepted after {last['type']}",
                    why="A terminal event is the last one. What comes later means that something "
                    "is wrong: raise ValueError, for every type.",
                ):
                    answers.fold_events(state, event)

    @keeps(6)
    def test_all_others_change_nothing(self, answers, text):
        before = folded(answers, [start("p1"), delta("p1", text.word()), tool_start("p2", "a")])
        others = [unknown(text), *lookalikes(text, "p1"), *lookalikes(text, "p2")]
        for event in (end("p1"), progress("step", message=text.word()), *others):
            with accepted(f"it cannot take {event['type']}", IGNORE):
                state = answers.fold_events(before, event)
            self.must(
                state == before,
                f"{event['type']} changes the state",
                before,
                why="It has no row of its own in the table, so nothing changes: return the state "
                "as it is.",
            )

    @keeps(7)
    def test_the_state_before_stays_as_it_was(self, answers, text):
        events = [
            retrieval_start("r1", text.word()),
            retrieval_end("r1", text.word()),
            tool_start("t1", text.word()),
            tool_start("t2", text.word()),
            tool_end("t1"),
            tool_error("t2"),
            start("p1"),
            delta("p1", text.word()),
            retrieval_end("r2", text.word()),
            COMPLETE,
        ]
        state = answers.new_state()
        for event in events:
            kept, event_kept = copy.deepcopy(state), copy.deepcopy(event)
            after = answers.fold_events(state, event)
            self.equal(state, kept, f"{event['type']} changes the state that it is given", why=PURE)
            self.must(event == event_kept, "it changes the event", event_kept, event)
            self.must(
                answers.fold_events(state, event) == after,
                "the same call has a different result the second time",
                after,
            )
            state = after

    def test_any_events(self, search):
        def promise(answers, state, events):
            for event in events:
                if (
                    event["type"] in ("tool_end", "tool_error")
                    and event["id"] not in state["tools"]
                ):
                    continue  # up to them
                wanted = _after(state, event)
                again = event["type"] == "part_start" and state["texts"].get(event["id"])
                if again and event["kind"] == "text" and not state["done"]:
                    continue  # up to them, too
                if wanted is None:
                    with self.refuses_after_the_end(event):
                        answers.fold_events(state, event)
                    return
                with unchanged(state=state, event=event):
                    got = answers.fold_events(state, event)
                    again = answers.fold_events(state, event)
                problem = "the same call has a different result the second time"
                self.must(same_value(got, again), problem, got, again)
                if event["type"] == "part_delta" and event["id"] not in state["texts"]:
                    wanted = {**wanted, "status": got["status"]}  # up to them
                problem = f"{event['type'] or 'no type'} does not change the state as it should"
                must = self.against(wanted, got)
                must(same_value(got, wanted), problem, why="Look up this row of the table.")
                in_order = [*got["texts"]] == [*wanted["texts"]]
                problem = "the texts are not in the order in which they started"
                begun_again = event["type"] == "part_start" and event["id"] in state["texts"]
                must(
                    in_order or begun_again,  # where a part that is begun again stands is open
                    problem,
                    why="A dict keeps the order. Do not sort it.",
                )
                state = got

        fresh = {"status": "waiting", "texts": {}, "documents": [], "tools": {}, "done": False}
        begun = {
            "status": "searching",
            "texts": {"b": "1", "a": "", "c": " 2"},
            "documents": ["d"],
            "tools": {"t": {"name": "n", "state": "running"}, "b": {"name": "n", "state": "done"}},
            "done": False,
        }
        over = [{**begun, "done": True, "status": status} for status in ("complete", "failed")]
        events = [
            *(delta("b", text) for text in TEXTS),
            *(delta(id_, "a", kind) for id_ in "bz" for kind in KINDS),
            *(start(id_, kind) for id_ in "bz" for kind in KINDS),
            *(retrieval_end("r", *titles) for titles in ([], ["d"], ["", ""], ["e", "d", "e"])),
            *(retrieval_start("r", ""), retrieval_start("b", "a")),
            *(tool_start(id_, name) for id_, name in ("zn", "nm", "bn", "tn", ("", ""))),
            *(tool_end("t"), tool_error("t"), progress("complete", message="a"), progress()),
            *(tool_error("b"), tool_end("b")),
            *EACH_OTHER,
        ]
        long = [start("a"), *(delta("a", token) for token in LONG[:20]), end("a"), delta("a", "b")]
        always = [
            *({"state": begun, "events": [event]} for event in events),
            *({"state": fresh, "events": [event]} for event in events[-8:]),
            *({"state": state, "events": [event]} for state in over for event in ONE_OF_EACH),
            {"state": fresh, "events": long},
            {"state": fresh, "events": [start("b"), start("a"), delta("c", "1"), delta("a", "2")]},
            {
                "state": begun,
                "events": [tool_error("t"), tool_start("x", "n"), tool_end("t"), ERROR],
            },
        ]
        search(
            promise,
            *always,
            state=sampled_from((fresh, begun)),
            events=repeated(_any_event()),
        )

    def refuses_after_the_end(self, event):
        return raises(
            ValueError,
            f"{event['type'] or 'no type'} is accepted after the end",
            why="A terminal event is the last one. What comes later means that something is "
            "wrong: raise ValueError, for every type.",
        )


def _after(state, event):
    """The state after an event, or None if it is refused."""
    if state["done"]:
        return None
    id_, texts, tools = event.get("id"), {**state["texts"]}, {**state["tools"]}
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            return {**state, "texts": {**texts, id_: ""}, "status": "writing"}
        case "part_delta" if event["kind"] == "text":
            return {**state, "texts": {**texts, id_: texts.get(id_, "") + event["data"]}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tools[id_] = {"name": event["name"], "state": "running"}
        case "tool_end" | "tool_error":
            tools[id_] = {**tools[id_], "state": ENDS[event["type"]]}
        case "complete" | "error":
            return {**state, "status": ENDS[event["type"]], "done": True}
    return {**state, "tools": tools}


ENDS = {"tool_end": "done", "tool_error": "failed", "complete": "complete", "error": "failed"}


def check_refused(answers, events, problem, why, *, at=None):
    """Pass if the event number `at`, by default the last, is refused, and all before it come."""
    at = len(events) - 1 if at is None else at
    got, refused = [], False
    try:
        for event in answers.check_lifecycle(events):
            got.append(event)
    except answers.LifecycleError:
        refused = True
    except Exception as error:
        with contextlib.suppress(AttributeError):
            error.wanted_instead = "LifecycleError"
        raise
    check(
        refused and len(got) <= at,
        problem,
        why=why,
        got=Words(f"{types_of(got)}{', then LifecycleError' if refused else ''}"),
        wanted=Words(f"{types_of(events[:at])}, then LifecycleError"),
    )
    check(
        got == events[:at],
        "valid events before an invalid one do not get through",
        why="Pass on each valid event at once. The reader shows them, no matter what comes later.",
        got=types_of(got),
        wanted=types_of(events[:at]),
    )


class TestCheckLifecycle(Explained):
    """Events in order pass, and the first one out of order is refused."""

    WHY: ClassVar = {
        "events are lost or changed on their way": "The reader of the checked events needs all of "
        "them, as they are.",
        "an error is not passed on": "error is an event like any other, and the last one.",
        "it raises an error of another class": "Raise LifecycleError: who reads the events has to "
        "tell it from other errors.",
        "it goes on after an event that is not allowed": "Raise the error at once, and pull "
        "nothing more.",
    }

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        events = [start("x"), delta("x", text.word()), end("x"), COMPLETE]
        others = [start("y"), tool_start("x", text.word()), ERROR]
        check_apart(answers.check_lifecycle, events, others)

    @keeps(6)
    def test_events_in_order_pass_unchanged(self, answers, text):
        name = text.word()
        events = [
            progress("step", message=text.word()),
            retrieval_start("r1", text.word()),
            tool_start("t1", name),
            tool_start("t2", name),
            retrieval_end("r1", text.word()),
            start("p1"),
            start("i1", "image"),
            delta("p1", text.word()),
            unknown(text),
            delta("i1", "aGFs", "image"),
            tool_error("t1"),
            delta("p1", text.word()),
            end("p1"),
            tool_end("t2"),
            delta("i1", "bG8=", "image"),
            end("i1"),
            COMPLETE,
        ]
        before = copy.deepcopy(events)
        with accepted(
            "events in order are refused",
            "Several parts and tools may be open at the same time, each under its id. "
            "Types that nobody knows may come at any time.",
        ):
            got = list(answers.check_lifecycle(events))
        self.must(
            got == before,
            "events are lost or changed on their way",
            types_of(before),
            types_of(got),
        )

    @keeps(6)
    def test_types_that_nobody_knows_pass(self, answers, text):
        for id_ in ("p1", "p2"):
            for event in lookalikes(text, id_):
                events = [start("p1"), event, delta("p1", text.word()), end("p1"), COMPLETE]
                with accepted(
                    f"{event['type']} is taken for a type that it knows",
                    "This type is unknown, no matter what it begins or ends with: it does not "
                    "open, close or end anything. Compare the whole type.",
                ):
                    got = list(answers.check_lifecycle(events))
                self.must(
                    got == events,
                    f"{event['type']} does not come through",
                    types_of(events),
                    types_of(got),
                    why="Pass on what is unknown today. The reader may know it tomorrow.",
                )

    def test_the_kind_of_a_delta_is_not_compared(self, answers, text):
        events = [start("p1"), delta("p1", text.word(), "image"), end("p1"), COMPLETE]
        with accepted(
            "a delta of another kind is refused",
            "This is about the order of events. The kinds are compared where the parts are put "
            "together: by collect_parts.",
        ):
            got = list(answers.check_lifecycle(events))
        self.must(got == events, "a delta of another kind is lost", why="Pass it on as it is.")

    @keeps(2)
    def test_a_delta_needs_its_part_to_be_open(self, answers, text):
        word = text.word()
        why = "Keep a set or a dict of the ids that are open, and look for the id of each delta."
        check_refused(answers, [delta("p1", word)], "a delta may come before its start", why)
        check_refused(
            answers,
            [start("p1"), start("p2"), end("p1"), delta("p1", word)],
            "a delta may come after the end of its part",
            "An end removes its id from the open ones. After it, no delta may come.",
        )
        check_refused(
            answers,
            [start("p1"), delta("p2", word)],
            "a delta may come under an unknown id",
            "It is not enough that some part is open. It must be the one with this id.",
        )
        check_refused(
            answers,
            [tool_start("x", word), delta("x", word)],
            "a delta may come for something that is not a part",
            "Under this id a tool is open, and tools have no deltas. Remember what an id was "
            "opened as.",
        )

    @keeps(3)
    def test_an_end_needs_its_start(self, answers, text):
        for events, problem in (
            ([end("p1")], "an end may come without a start"),
            ([tool_start("t1", "a"), tool_end("t2")], "an end may come without a start"),
            ([tool_start("t1", "a"), tool_end("t1"), tool_error("t1")], "one id may end twice"),
            ([retrieval_start("x", "a"), tool_end("x")], "a retrieval may end as a tool"),
            ([tool_start("x", "a"), end("x")], "a tool may end as a part"),
        ):
            check_refused(
                answers,
                events,
                problem,
                "An end closes what was opened under its id, once, and as what it was opened: "
                "a part, a tool or a retrieval.",
            )

    @keeps(1)
    def test_an_id_is_used_once(self, answers, text):
        name = text.word()
        for events in (
            [start("x"), start("x")],
            [start("x"), end("x"), start("x")],
            [tool_start("x", name), tool_end("x"), retrieval_start("x", name)],
        ):
            check_refused(
                answers,
                events,
                "an id may be used a second time",
                "A reader that keeps texts and tools by id would overwrite the old one. Remember "
                "all ids that were ever opened.",
            )

    @keeps(5)
    def test_complete_needs_all_to_be_closed(self, answers, text):
        for opened in (start("p1"), tool_start("t1", text.word()), retrieval_start("r1", "a")):
            check_refused(
                answers,
                [start("p0"), opened, end("p0"), COMPLETE],
                f"complete may come while something is open: {opened['type']}",
                "A run that went well has finished what it began. Check what is still open.",
            )

    @keeps(5)
    def test_an_error_may_come_at_any_time(self, answers, text):
        events = [start("p1"), delta("p1", text.word()), tool_start("t1", "a"), ERROR]
        with accepted(
            "an error is refused because something is open",
            "A failure cuts off what was open: nobody is left to close it. "
            "Only complete needs all to be closed.",
        ):
            got = list(answers.check_lifecycle(events))
        self.must(got == events, "an error is not passed on", types_of(events), types_of(got))

    @keeps(4)
    def test_nothing_comes_after_a_terminal_event(self, answers, text):
        for last in (COMPLETE, ERROR):
            for late in (COMPLETE, ERROR, start("p1"), progress(), unknown(text)):
                check_refused(
                    answers,
                    [last, late],
                    f"{late['type']} may come after {last['type']}",
                    "There is exactly one terminal event, and nothing comes after it, of whatever "
                    "type.",
                )

    @keeps(4)
    def test_a_terminal_event_must_come(self, answers, text):
        for events in ([], [start("p1"), end("p1")], [start("p1"), delta("p1", text.word())]):
            check_refused(
                answers,
                events,
                "the events may end without a terminal one",
                "Nobody can tell a complete stream from one that fell silent. Check after the loop "
                "whether the end came.",
                at=len(events),
            )

    @keeps(6)
    def test_it_reads_no_further_than_it_must(self, answers, text):
        source = Source([start("p1"), delta("p1", text.word()), end("p1"), COMPLETE])
        stream = answers.check_lifecycle(source)
        check_lazy(source, "it reads before anybody asks for an event")
        for count in (1, 2, 3, 4):
            next(stream)
            self.in_words(
                source.pulled == count and source.asked == count,
                "it reads ahead of its caller",
                f"asked for {count} when {count} are handed out",
                f"asked for {source.asked}",
                why=ONE_BY_ONE + " Check one event, hand it on, and only then pull another one. "
                "That goes for the terminal event, too: whether another one comes after it is seen "
                "later.",
            )

    @keeps(7)
    def test_its_source_is_closed(self, answers, text):
        source = Source([start("p1"), delta("p1", text.word()), end("p1"), COMPLETE])
        stream = answers.check_lifecycle(source)
        next(stream)
        with accepted(
            "a caller who stops after one event gets an error",
            "A caller who stops does not want to know how it ends. What is missing at the end is "
            "noticed after the loop, not in finally.",
        ):
            stream.close()
        check_closed(source)
        source = Source([end("p1"), start("p2"), COMPLETE])
        with raises(answers.LifecycleError, "an end may come without a start", why="Look for it."):
            list(answers.check_lifecycle(source))
        check_closed(source, "after an event was refused")

    def test_an_error_of_the_source_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([start("p1"), error])
        try:
            list(answers.check_lifecycle(source))
        except answers.LifecycleError:
            got = "LifecycleError"
        except ConnectionError as caught:
            self.must(caught is error, "an error is replaced", why=SAME_ERROR)
            return
        else:
            got = "a normal end"
        self.in_words(
            False,
            "an error of the source is hidden",
            "ConnectionError",
            got,
            why=SAME_ERROR + " That the end is missing is nothing new then: look for it after the "
            "loop, not in finally.",
        )

    def test_any_events(self, search):
        def promise(answers, events, ending):
            allowed, problem = _first_broken(events)
            source = Source([*events, *([ending.error] if ending.error else [])])
            stream = answers.check_lifecycle(source)
            check_lazy(source, "it reads before anybody asks for an event")
            got, error = [], None
            try:
                for event in stream:
                    got.append(event)
                    if same_items(got, events[: min(len(got), allowed)]):
                        check_not_ahead(source.asked, len(got))
                    if len(got) == ending.stop_after:
                        stream.close()
                        break
            except (answers.LifecycleError, *ERRORS, *INTERRUPTS) as caught:
                if isinstance(caught, NotImplementedError):
                    raise
                error = caught
            wanted, expected = events[:allowed], answers.LifecycleError
            stopped = len(got) == ending.stop_after and len(got) <= allowed
            if stopped:
                wanted, expected = events[: len(got)], None
            elif allowed == len(events) and (ending.error or not problem):
                expected = ending.error
            self.check_outcome(got, error, wanted, expected, problem)
            self.must(source.asked <= len(got) + 1, "it goes on after an event that is not allowed")
            check_closed(
                source, "when the caller stops" if stopped else "in the end", NOT_BY_ITSELF
            )

        done = Ending()
        long = [start("x"), *(delta("x", one) for one in LONG), end("x"), ERROR]
        many = [*map(start, "abcdefghij"), *map(end, "jabcdefghi"), COMPLETE]
        ids = [end(""), tool_start("0", "n"), tool_start(" ", "n"), tool_end(" "), tool_end("0")]
        ids = [start(""), start("X"), delta("", ""), *ids, start("x"), end("X"), end("x"), COMPLETE]
        always = [
            *({"events": [*begun, event], "ending": done} for begun in BEGUN for event in NEXT),
            *({"events": OPEN, "ending": ending} for ending in EACH_ENDING),
            *({"events": [*OPEN, ERROR], "ending": ending} for ending in EACH_ENDING),
            *({"events": [start("x"), event, ERROR], "ending": done} for event in EACH_OTHER),
            *(
                {"events": [ERROR, event], "ending": done}
                for event in (*ONE_OF_EACH, *EACH_OTHER[-8:])
            ),
            *({"events": events, "ending": done} for events in (long, many, ids)),
        ]
        search(
            promise,
            *always,
            events=lists(_any_event(), max_size=8).map(_mostly_allowed),
            ending=any_ending(),
        )

    def check_outcome(self, got, error, wanted, expected, problem):
        """Check which events came, and how it ended."""
        then = expected and getattr(expected, "__name__", type(expected).__name__)
        shown = [types_of(wanted) + (f", then {then}" if then else "")]
        shown.append(types_of(got) + (f", then {type(error).__name__}" if error else ""))
        must = self.against(*map(Words, shown))
        if isinstance(expected, type):
            must(len(got) <= len(wanted) and error is not None, problem, why=RULES)
            must(isinstance(error, expected), "it raises an error of another class")
            must(len(got) == len(wanted), "events in order are refused, or lost", why=RULES)
        else:
            must(error is expected or error is None, "events in order are refused", why=RULES)
            must(error is expected, "an error of the source is hidden", why=SAME_ERROR)
        must(same_items(got, wanted), "events are lost or changed on their way")


RULES = "The docstring lists what is allowed where. Keep which ids were ever opened, and as what."

BEGUN = (
    [],
    [start("x")],
    [start("x", "image")],
    [start("x"), end("x")],
    [tool_start("x", "n")],
    [tool_start("x", "n"), tool_end("x")],
    [tool_start("x", "n"), tool_error("x")],
    [retrieval_start("x", "q")],
    [retrieval_start("x", "q"), retrieval_end("x")],
    [start("x"), tool_start("y", "n"), end("x")],
    [COMPLETE],
    [start("x"), ERROR],
)
"""Streams that have begun. To be tried with every seed, with each of `NEXT` after them."""

NEXT = (
    *(start("x"), delta("x", "a"), delta("x", "", "audio"), end("x")),
    *(tool_start("x", "n"), tool_end("x"), tool_error("x")),
    *(retrieval_start("x", "q"), retrieval_end("x")),
    *(delta("y", "a"), end("y"), tool_end("y"), tool_error("y"), retrieval_end("y"), start("X")),
    *(COMPLETE, ERROR, progress(), {"type": "new"}, {"type": "new_end", "id": "x"}),
)

OPEN = [start("x"), tool_start("t", "n"), delta("x", "a"), delta("x", "a"), end("x")]


def _first_broken(events):
    """How many events are allowed, and what is wrong then, if anything is."""
    opened, known = {}, set()
    for count, event in enumerate(events):
        what, _, when = event["type"].partition("_")
        id_ = event.get("id")
        if event["type"] not in KNOWN or what == "progress":
            continue
        if what == "complete" and opened:
            return count, "complete may come while something is open"
        if what in ("complete", "error"):
            late = count + 1 < len(events)
            return count + 1, f"something may come after {what}" if late else None
        if when == "start" and id_ in known:
            return count, "an id may be used a second time"
        if when != "start" and opened.get(id_) != what:
            return count, f"{event['type']} may come where no {what} is open under its id"
        if when == "start":
            opened[id_] = what
            known.add(id_)
        elif when != "delta":
            del opened[id_]
    return len(events), "the events may end without a terminal one"


def _mostly_allowed(events):
    """The events that are allowed after those before them, and in the end one that may not be."""
    kept = []
    for event in events[:-1]:
        if _first_broken([*kept, event, ERROR])[0] == len(kept) + 2:
            kept.append(event)
    return [*kept, *events[-1:]]


def cut(data, cuts):
    """Cut a text in pieces."""
    places = sorted({0, *cuts, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


def random_bytes(text, count):
    return bytes(text.random.randrange(256) for _ in range(count))


def by_id(parts):
    return {part["id"]: part for part in parts}


class TestCollectParts(Explained):
    """Text, images and sound are put together from pieces that come in turns."""

    WHY: ClassVar = {
        "it does not return a list": "The signature says what comes back: list[Part].",
        "a part is lost, or out of place": "Each id is a part, with or without data, in the order "
        "in which the ids first appeared.",
        "a piece that equals the one before it is lost": "The same piece may come twice in a row, "
        "and both count.",
        "the data of a part is not all of its pieces": "Join the data of all events of an id: with "
        "nothing in between, nothing left out, and for images and sound decode the whole.",
        "a part has other keys than those of the docstring": "Compare it with TextPart and "
        "MediaPart at the top of the stub.",
        "pieces of two parts are mixed up": "They alternate. The id of a piece says which part it "
        "belongs to.",
        "the parts come in the wrong order": "A part has its place from the moment its id first "
        "appears. When it ends does not matter.",
        "it changes the events": "Others read the same events: an event is read, never changed.",
        "it reads the events more than once": "Here they come as a stream, which can be read once: "
        "the second time it is empty. Remember the kinds and the pieces in one loop.",
        "the bytes are not those that were sent": "Join the pieces as they are, with nothing in "
        "between, and decode the whole.",
        "parts of several kinds are mixed up": "Keep the pieces of each id separately, with their "
        "kind. A part may begin with a delta.",
        "the parts are grouped by kind, or in the wrong order": "A sentence, a picture, a "
        "sentence: the order in which the ids first appeared is that of the answer.",
        "a part without data is lost": "It began, so it is a part, with its place in the order. No "
        "pieces joined are the empty text.",
        "without parts it does not return an empty list": "An answer without parts is an empty "
        "list.",
        "a start erases what was there": "A part has all the data of its id, and the order of "
        "events is not checked here. So a start makes an empty part only where there is none.",
        "events that are not parts become parts": "Only part_start and part_delta count. Compare "
        "the type as a whole.",
        "a part changes its kind": "An id that is first a text and then an image is an error of "
        "the sender. Remember the kind of each id, and compare it at each event.",
        "two texts in base64, one after the other, are taken for one": "What is filled up with '=' "
        "is at its end: nothing may come after it. Join all pieces first, and decode the whole "
        "once, with validate=True: that finds it out.",
        "data that is not base64 is accepted": "By default, b64decode skips what it does not know, "
        "and returns the wrong bytes. Ask it to validate.",
    }

    def test_each_call_is_by_itself(self, answers, text):
        one, other = [[start("x"), delta("x", text.word())] for _ in range(2)]
        check_repeats(answers.collect_parts, one, other)

    @keeps(1)
    def test_pieces_of_two_texts_are_kept_apart(self, answers, text):
        one, two = text.tokens(3), [text.word() for _ in range(3)]
        events = [start("p1"), start("p2")]
        for left, right in zip(one, two, strict=True):
            events += [delta("p1", left), delta("p2", right)]
        events += [end("p2"), end("p1"), COMPLETE]
        before = copy.deepcopy(events)
        got = answers.collect_parts(events)
        wanted = [
            {"kind": "text", "id": "p1", "text": "".join(one)},
            {"kind": "text", "id": "p2", "text": "".join(two)},
        ]
        must = self.against(wanted)
        must(isinstance(got, list), "it does not return a list")
        same_keys = all(part.keys() == wanted[0].keys() for part in got)
        must(same_keys, "a part has other keys than those of the docstring")
        must(by_id(got) == by_id(wanted), "pieces of two parts are mixed up")
        must(got == wanted, "the parts come in the wrong order")
        self.must(events == before, "it changes the events", types_of(before), types_of(events))

    @keeps(1)
    def test_equal_pieces_count(self, answers, text):
        word = text.word()
        got = answers.collect_parts([start("p1"), delta("p1", word), delta("p1", word)])
        wanted = [{"kind": "text", "id": "p1", "text": word + word}]
        self.must(got == wanted, "a piece that equals the one before it is lost", wanted)

    def test_a_stream_of_events_is_read_once(self, answers, text):
        tokens = text.tokens(3)
        events = [start("p1"), *(delta("p1", token) for token in tokens), end("p1"), COMPLETE]
        with accepted(
            "it cannot take a stream of events",
            "Events come one after the other, from a generator for example. It has no length, and "
            "no index: go through it once, with for.",
        ):
            got = answers.collect_parts(Source(events))
        self.must(
            got == [{"kind": "text", "id": "p1", "text": "".join(tokens)}],
            "it reads the events more than once",
            [{"kind": "text", "id": "p1", "text": "".join(tokens)}],
        )

    @keeps(2)
    def test_base64_is_cut_anywhere(self, answers, text):
        for kind in ("image", "audio"):
            data = random_bytes(text, 40)
            encoded = base64.b64encode(data).decode()
            places = [text.random.randrange(1, len(encoded)) for _ in range(4)]
            for pieces in (cut(encoded, [1, 2, *places]), [*encoded], [encoded]):
                events = [start("x", kind), *(delta("x", piece, kind) for piece in pieces)]
                with accepted(
                    "a piece of base64 is decoded on its own",
                    "Four characters stand for three bytes, and a piece may end in the middle of "
                    "them. Join all pieces, then decode once.",
                    ValueError,
                ):
                    got = answers.collect_parts([*events, end("x")])
                wanted = [{"kind": kind, "id": "x", "data": data}]
                must = self.against(wanted)
                must(
                    len(got) == 1 and isinstance(got[0].get("data"), bytes),
                    f"the data of an {kind} part is not bytes",
                    why="Base64 is only for transport. A file needs the bytes it stands for: "
                    "decode it at the end.",
                )
                must(got == wanted, "the bytes are not those that were sent")

    @keeps(3)
    def test_kinds_may_come_in_turns(self, answers, text):
        picture, sound, words = random_bytes(text, 7), random_bytes(text, 8), text.tokens(4)
        image = cut(base64.b64encode(picture).decode(), [3, 5, 7])
        audio = cut(base64.b64encode(sound).decode(), [1, 6, 9])
        events = [start("a", "audio"), start("t")]
        for one, two, three in zip(image, audio, words, strict=True):
            events += [delta("i", one, "image"), delta("a", two, "audio"), delta("t", three)]
        got = answers.collect_parts([*events, end("i"), end("t"), end("a")])
        wanted = [
            {"kind": "audio", "id": "a", "data": sound},
            {"kind": "text", "id": "t", "text": "".join(words)},
            {"kind": "image", "id": "i", "data": picture},
        ]
        must = self.against(wanted)
        must(by_id(got) == by_id(wanted), "parts of several kinds are mixed up")
        must(got == wanted, "the parts are grouped by kind, or in the wrong order")

    @keeps(6)
    def test_a_part_keeps_its_kind(self, answers, text):
        data = base64.b64encode(random_bytes(text, 6)).decode()
        for events in (
            [start("x"), delta("x", data, "image")],
            [delta("x", data, "image"), delta("y", "hi"), delta("x", data, "audio")],
            [start("x", "audio"), end("x"), start("x")],
        ):
            with self.raises(ValueError, "a part changes its kind"):
                answers.collect_parts(events)

    @keeps(4)
    def test_a_part_may_be_empty(self, answers, text):
        word = text.word()
        events = [start("t"), start("i", "image"), start("u"), end("i"), delta("u", word), end("t")]
        got = answers.collect_parts(events)
        wanted = [
            {"kind": "text", "id": "t", "text": ""},
            {"kind": "image", "id": "i", "data": b""},
            {"kind": "text", "id": "u", "text": word},
        ]
        self.must(got == wanted, "a part without data is lost", wanted)
        self.must(
            answers.collect_parts([COMPLETE]) == [],
            "without parts it does not return an empty list",
            [],
        )

    @keeps(1)
    def test_a_start_may_come_late(self, answers, text):
        one, two = text.word(), text.word()
        got = answers.collect_parts([delta("t", one), start("t"), delta("t", two), start("t")])
        wanted = [{"kind": "text", "id": "t", "text": one + two}]
        self.must(got == wanted, "a start erases what was there", wanted)

    @keeps(5)
    def test_other_events_are_ignored(self, answers, text):
        word = text.word()
        events = [
            retrieval_start("r1", word),
            {"type": f"{text.word()}_delta", "id": "p1", "kind": "text", "data": text.word()},
            start("p1"),
            progress("step", data=text.word()),
            unknown(text),
            tool_start("p1", "a"),
            delta("p1", word),
            end("p1"),
            end("p2"),
            ERROR,
        ]
        with accepted("it cannot take other events", IGNORE):
            got = answers.collect_parts(events)
        wanted = [{"kind": "text", "id": "p1", "text": word}]
        self.must(got == wanted, "events that are not parts become parts", wanted)

    @keeps(7)
    def test_what_is_no_base64_is_refused(self, answers, text):
        good = base64.b64encode(random_bytes(text, 9)).decode()
        short = base64.b64encode(random_bytes(text, 4)).decode()
        for data in (f"{good}!", f"*{good[1:]}", f"{good}\n{good}", good[:-1]):
            with self.raises(ValueError, "data that is not base64 is accepted"):
                answers.collect_parts([start("i", "image"), delta("i", data, "image"), end("i")])
        events = [delta("i", short, "image"), delta("i", short, "image")]
        with self.raises(ValueError, "two texts in base64, one after the other, are taken for one"):
            answers.collect_parts(events)

    def test_any_events(self, search):
        def promise(answers, events):
            wanted = _parts(events)
            if wanted is None:
                return  # up to them
            with unchanged(events=events):
                if isinstance(wanted, str):
                    with raises(ValueError, wanted, why="See what the docstring says of errors."):
                        answers.collect_parts(Source(events))
                    return
                got = answers.collect_parts(Source(events))
                again = answers.collect_parts(events)
            for each in (got, again):
                must = self.against(wanted, each)
                must(isinstance(each, list), "it does not return a list")
                must([*by_id(each)] == [*by_id(wanted)], "a part is lost, or out of place")
                must(by_id(each) == by_id(wanted), "the data of a part is not all of its pieces")
                must(same_value(each, wanted), "the parts come in the wrong order")

        good = [base64.b64encode(bytes(range(count))).decode() for count in (0, 1, 2, 3, 4, 46)]
        bad = ["a", "ab=", "abc", "abcd=", "ab=c", "YQ==YQ==", "YWJj YWJj", "YWJj\n", " YWJj"]
        bad += ["YWJj\r\n", "YW-_", "YW!j", "YWJ\u00e9", "YWJj\u00a0", "data:YWJj", "\x00YWJ"]
        high = base64.b64encode(bytes(range(200, 256))).decode()
        two = [(one, other) for one in KINDS for other in KINDS]
        always = [
            *([delta("x", text), delta("x", "b"), delta("y", text)] for text in TEXTS),
            *([delta("x", one, "image")] for one in (*good, *bad, high)),
            [start("x", "audio"), *(delta("x", one, "audio") for one in high), end("x")],
            *([delta("x", "YQ==", "image"), delta("x", one, "image")] for one in ("", "YQ==", "=")),
            *([start(id_, kind) for id_ in "bac"] for kind in KINDS),
            *([start("x", one), start("x", other)] for one, other in two),
            *([start("x", one), delta("x", "", other)] for one, other in two),
            *([delta("x", "", one), delta("x", "", other)] for one, other in two),
            *([start("x"), delta("x", "a"), event, delta("x", "b")] for event in EACH_OTHER[3:]),
            [delta("x", "a"), end("x"), delta("x", "b"), COMPLETE, delta("x", "c"), start("x")],
            [delta("", "a"), delta("X", "b"), delta("x", "c"), delta("", "a"), start("0")],
            [start("x"), *(delta("x", one) for one in LONG)],
            [start(str(number)) for number in range(40)],
            [],
        ]
        pieces = sampled_from(("YW", "Jj", "YWJj", "Y", "W", "YQ==", "=", "", "+/", " "))
        one = builds(delta, sampled_from("xyz"), pieces, sampled_from(("text", "image", "image")))
        same = lists(pieces, max_size=6).map(lambda few: [delta("x", one, "audio") for one in few])
        search(
            promise,
            *({"events": events} for events in always),
            events=repeated(one | _any_event()) | same,
        )


def _parts(events):
    """The parts of an answer, or what is wrong with it; None if both are right."""
    kinds, pieces = {}, {}
    for event in events:
        if event["type"] in ("part_start", "part_delta"):
            if kinds.setdefault(event["id"], event["kind"]) != event["kind"]:
                return "a part changes its kind"
            pieces[event["id"]] = pieces.get(event["id"], "") + event.get("data", "")
    parts = []
    for id_, kind in kinds.items():
        if kind == "text":
            parts.append({"kind": kind, "id": id_, "text": pieces[id_]})
            continue
        body = pieces[id_].rstrip("=")
        filled, needed = len(pieces[id_]) - len(body), -len(body) % 4
        if not {*body} <= BASE64 or needed == 3 or filled < needed:
            return "data that is not base64 is accepted"
        if filled > needed:
            return None
        parts.append({"kind": kind, "id": id_, "data": base64.b64decode(pieces[id_])})
    return parts


BASE64 = {*string.ascii_letters, *string.digits, "+", "/"}


def custom(events):
    """The custom events of a run: name and data."""
    return [(e["name"], e["data"]) for e in events if e["event"] == "on_custom_event"]


class TestEmitProgress(Explained):
    """A step reports its progress, and the reader of the run gets it."""

    WHY: ClassVar = {
        "what a step reports never arrives": "adispatch_custom_event only makes a coroutine. "
        "Nothing happens until somebody awaits it.",
        "what a step reports does not arrive as it was sent": "The name is the name of the "
        "event, and the keyword arguments, as a dict, are its data.",
        "it returns before the event has been sent": "A task in the background comes too late, or "
        "never: await adispatch_custom_event right here.",
        "progress arrives later than it is made": "Progress that comes late is useless. Send it at "
        "once, without waiting.",
        "progress does not belong to the run that sent it": "A page shows progress below "
        "the tool that makes it. Call adispatch_custom_event right where you are: a run of your "
        "own in between becomes the sender.",
        "it prints or returns something where nobody listens": "Outside of a run nothing happens: "
        "nothing is printed, and nothing is returned.",
        "it swallows a cancellation": "A reader takes its time, and in the meantime somebody "
        "presses stop. asyncio.CancelledError has to pass: catch nothing but the error that says "
        "that nobody listens.",
        "what the caller changes later changes the event": "The event holds the very list that the "
        "caller keeps filling. Send a copy, with all that is in it.",
        "data cannot have the key 'name'": "The stub's signature has a slash after `name`, so that "
        "the keyword is free for data. Leave the signature as it is, and pass the data on as one "
        "dict.",
        "the data is not what was sent": "The data is a dict of the keyword arguments, empty if "
        "there are none, and not turned into text.",
    }

    @keeps(1)
    async def test_a_search_reports_in_order(self, answers, text):
        titles, query = [text.word(), text.word()], text.word()

        async def meanwhile(asked):
            await answers.emit_progress("retrieval_start", query=asked)
            for title in titles:
                await answers.emit_progress("document", title=title)
            await answers.emit_progress("retrieval_complete", count=len(titles))

        shelf = Shelf(documents=[], meanwhile=meanwhile)
        events, error = await recorded(RunnableLambda(str) | shelf, query)
        wanted = [
            ("retrieval_start", {"query": query}),
            *(("document", {"title": title}) for title in titles),
            ("retrieval_complete", {"count": len(titles)}),
        ]
        if error is not None:
            raise error
        got = custom(events)
        must = self.against(wanted, got)
        must(got, "what a step reports never arrives")
        must(got == wanted, "what a step reports does not arrive as it was sent")

    @keeps(2)
    async def test_it_has_been_sent_when_it_returns(self, answers, text, clock):
        wait, heard, returned = text.seconds(), [], []

        class Listener(AsyncCallbackHandler):
            async def on_custom_event(self, name, data, **others):
                heard.append(clock.elapsed)

        async def run(query):
            for number in range(3):
                await asyncio.sleep(wait)
                await answers.emit_progress("step", number=number)
                returned.append(len(heard))
            return query

        await RunnableLambda(run).ainvoke(text.word(), {"callbacks": [Listener()]})
        self.in_words(
            returned == [1, 2, 3],
            "it returns before the event has been sent",
            "sent when it returns: [1, 2, 3]",
            f"sent when it returns: {returned}",
        )
        wanted = [wait * (number + 1) for number in range(3)]
        self.came_at(heard, wanted, "progress arrives later than it is made")

    @keeps(3)
    async def test_it_belongs_to_the_run_that_sends_it(self, answers, text):
        names = [text.word(), text.word()]

        async def work(query):
            await answers.emit_progress("working", on=query)
            return query

        tools = [tool_of(work, name) for name in names]

        async def both(query):
            await asyncio.gather(*(tool.ainvoke({"query": tool.name}) for tool in tools))
            return query

        events, error = await recorded(RunnableLambda(both), text.word())
        if error is not None:
            raise error
        runs = {e["name"]: e["run_id"] for e in events if e["event"] == "on_tool_start"}
        got = {e["data"]["on"]: e["run_id"] for e in events if e["event"] == "on_custom_event"}
        self.equal(got, runs, "progress does not belong to the run that sent it")

    @keeps(4)
    async def test_outside_of_a_run_nothing_happens(self, answers, text):
        printed = io.StringIO()
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            accepted(
                "it raises an error where nobody listens",
                "The same function is called by a test or a script, outside of any run. Then there "
                "is nobody to tell, and that is not an error.",
            ),
        ):
            got = await answers.emit_progress(text.word(), message=text.word())
        self.must(
            printed.getvalue() == "" and got is None,
            "it prints or returns something where nobody listens",
            Words("nothing"),
            printed.getvalue() or got,
        )

    async def test_a_retriever_alone_is_outside_of_a_run(self, answers, text):
        async def meanwhile(asked):
            await answers.emit_progress("looking", query=asked)

        shelf = Shelf(documents=[Document(text.sentence())], meanwhile=meanwhile)
        with accepted(
            "a retriever that is the root of the run cannot report",
            "It is not a sender of its own, and there is no run around it here. Then nobody can "
            "get the event, and nothing happens.",
        ):
            got = await shelf.ainvoke(text.word())
        self.must(
            got == shelf.documents, "a search returns a different result", why="Change nothing."
        )

    async def test_a_run_that_nobody_watches_goes_on(self, answers, text):
        word = text.word()

        async def run(query):
            await answers.emit_progress("step", message=query)
            return query

        with accepted(
            "a run fails when nobody reads its events",
            "ainvoke is a run without readers. Progress is a bonus, never a requirement.",
        ):
            got = await RunnableLambda(run).ainvoke(word)
        self.must(
            got == word, "a run returns a different result", why="Report, and change nothing."
        )

    @keeps(5)
    async def test_a_cancellation_passes(self, answers, text):
        heard, went_on = [], []

        class Slow(AsyncCallbackHandler):
            async def on_custom_event(self, name, data, **others):
                heard.append(name)
                await asyncio.sleep(60)

        async def run(query):
            await answers.emit_progress("step", number=1)
            went_on.append(query)

        task = asyncio.create_task(
            RunnableLambda(run).ainvoke(text.word(), {"callbacks": [Slow()]})
        )
        await asyncio.sleep(text.seconds())
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
        self.must(heard, "what a step reports never arrives", Words("sent"), Words("nothing sent"))
        self.in_words(
            task.cancelled() and not went_on,
            "it swallows a cancellation",
            "CancelledError for the one who cancels",
            "the run goes on",
        )

    @keeps(7)
    async def test_only_what_is_fit_for_json_is_sent(self, answers, text):
        bad = {"found": [Document(text.word())]}
        why = "It could not be sent to a page. Say so where the mistake is: with json.dumps(data)"
        with raises(
            TypeError,
            "data that JSON cannot represent is accepted outside of a run",
            why=why + ", before you look for a run.",
        ):
            await answers.emit_progress("step", **bad)

        async def run(query):
            await answers.emit_progress("step", **bad)

        events, error = await recorded(RunnableLambda(run), text.word())
        self.must(
            isinstance(error, TypeError) and custom(events) == [],
            "data that JSON cannot represent is sent",
            Words("TypeError, and nothing sent"),
            custom(events),
            why=why + ", before anything is sent.",
        )

    @keeps(6)
    async def test_what_is_sent_is_a_copy(self, answers, text):
        one, two = text.word(), text.word()

        async def run(query):
            found = [one]
            await answers.emit_progress("found", titles=found, inside={"titles": found})
            found.append(two)
            return query

        events, error = await recorded(RunnableLambda(run), text.word())
        if error is not None:
            raise error
        got = custom(events)
        wanted = [("found", {"titles": [one], "inside": {"titles": [one]}})]
        self.must(got == wanted, "what the caller changes later changes the event", wanted, got)

    async def test_name_may_be_a_key(self, answers, text):
        word = text.word()

        async def run(query):
            await answers.emit_progress("file", name=word)
            return query

        events, error = await recorded(RunnableLambda(run), text.word())
        self.must(
            error is None and custom(events) == [("file", {"name": word})],
            "data cannot have the key 'name'",
            [("file", {"name": word})],
            custom(events) or error,
        )

    @keeps(1)
    async def test_data_may_be_anything_that_json_can_say(self, answers, text):
        data = {"none": None, "yes": True, "many": [1, 2.5, {"deep": [text.word()]}]}

        async def run(query):
            await answers.emit_progress("step", **data)
            await answers.emit_progress("bare")
            return query

        events, error = await recorded(RunnableLambda(run), text.word())
        if error is not None:
            raise error
        got = custom(events)
        self.equal(got, [("step", data), ("bare", {})], "the data is not what was sent")
        assert json.loads(json.dumps(data)) == data

    def test_any_data(self, search):
        async def promise(answers, clock, sent):
            returned = []

            async def run(query):
                for name, data in sent:
                    returned.append(await answers.emit_progress(name, **data))
                return query

            await run("")  # nobody listens
            with unchanged(data=sent):
                events, error = await recorded(RunnableLambda(run), "a")
            if error is not None:
                raise error
            got = custom(events)
            problem = "what a step reports does not arrive as it was sent"
            self.must(same_value(got, sent), problem, sent, got)
            problem = "it prints or returns something where nobody listens"
            self.must({*map(repr, returned)} <= {"None"}, problem, None, returned)

        values = ["", " ", "a\nb", "\u00e9\u6f22\U0001f44b", "\x00\u2028", 0, False, None, 2**70]
        values += [-0.5, 1e300, [], {}, [[], [None, [{}]]], {"": {"a": []}}, [True, 1, 1.0, "1"]]
        keys = ("name", "data", "self", "config", "type", "event", "run_id", "callbacks", "", "a b")
        same = ("step", {"message": "a"})
        always = [
            *([("step", {"message": value})] for value in values),
            *([("step", {key: "a"})] for key in keys),
            *([(name, {"n": 1})] for name in ("", " ", "a b", "on_tool_end", "\u6f22", "complete")),
            [same, same, ("other", {}), same, ("step", {})],
            [("step", {"n": number}) for number in range(30)],
            [("step", {"words": LONG, "inside": {"words": LONG}})],
        ]
        search(promise, *({"sent": sent} for sent in always), runs=5, sent=_any_progress())

    def test_any_data_that_json_cannot_represent(self, search):
        async def promise(answers, clock, data):
            async def run(query):
                await answers.emit_progress("step", **data)

            problem = "data that JSON cannot represent is accepted"
            why = "Say so where the mistake is: with json.dumps(data), before anything is sent."
            with raises(TypeError, f"{problem} outside of a run", why=why):
                await run("")
            events, error = await recorded(RunnableLambda(run), "a")
            self.must(
                isinstance(error, TypeError) and not custom(events),
                problem,
                Words("TypeError, and nothing sent"),
                custom(events) or error,
                why=why,
            )

        bad = (b"a", {1}, 1j, ..., Stranger("a"), range(2), Document("a"), frozenset())
        unfit = [*({"a": one} for one in bad), *({"b": 1, "a": [{"b": [1, one]}]} for one in bad)]
        search(promise, *({"data": one} for one in unfit), runs=1, data=sampled_from(unfit))


def _any_progress():
    """What is sent: names, each with its data."""
    value = any_text() | sampled_from((None, 0, False, 1.5, [], {}, [None, {"a": ""}]))
    data = dictionaries(sampled_from(("name", "a", "message")), value, max_size=3)
    return repeated(tuples(any_text(), data), most=3)
