"""Lesson 04: Basic Agents.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, and `text` makes words that differ from seed to seed. What the tests look at is what a
model was asked, which tools have run, and when.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import StructuredTool, ToolException
from pydantic import BaseModel

from course.fakes.chat_models import ScriptError
from course.fakes.held import held_model
from course.fakes.script import Reasoning, Reply, ToolCall
from course.grade.expect import Words, in_process, keeps
from course.grade.model_checks import check_paired
from course.grade.scenarios import FEW_TEXTS, LONG, TEXTS, any_text, each
from course.grade.stream_checks import passes_on
from course.grade.value_checks import Explained, times, unchanged

BROKEN = {"name": "f", "args": '{"a', "id": "k9", "error": None, "type": "invalid_tool_call"}
"""A call that nobody can run."""

NAMES = ("search", "weather", "menu")
MANY = tuple(f"tool_{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
LOOKING = "Let me look."
ANYTHING = "(anything)"


def odd(text):
    """A text with characters that code may take for something else."""
    return f" {text.word()} {{{text.word()}}} & <{text.word()}>\n"


# Messages


def call(call_id, name="search", query="a"):
    """A tool call as a part of a message."""
    return {"name": name, "args": {"query": query}, "id": call_id, "type": "tool_call"}


def asking(calls, words=""):
    """A message of a model that makes calls: triples of name, query and id."""
    return AIMessage(words, tool_calls=[call(i, name, query) for name, query, i in calls])


def result(name, query, call_id, tools=NAMES):
    """The answer to a call; that to a call for a tool that is not there says what it likes."""
    if name not in tools:
        return ToolMessage(ANYTHING, tool_call_id=call_id, status="error")
    return ToolMessage(found(name, query), tool_call_id=call_id)


def conversation(question, rounds, *words, tools=NAMES):
    """A question, what is asked and found in each round, and the answer if there is one."""
    messages = [HumanMessage(question)]
    for calls in rounds:
        messages += [asking(calls, LOOKING), *(result(*one, tools) for one in calls)]
    return [*messages, *map(AIMessage, words)]


def brief(message):
    """What counts of a message: who speaks, the text, the calls, and whose answer it is."""
    calls = [(one["name"], one["args"], one["id"]) for one in getattr(message, "tool_calls", [])]
    words = getattr(message, "text", message)
    if getattr(message, "status", None) == "error":
        words = ANYTHING
    answers = getattr(message, "tool_call_id", None)
    return getattr(message, "type", None), str(words), calls, answers


def briefs(messages):
    """What counts of each message."""
    return [brief(message) for message in messages]


def outlines(messages):
    """The same, without what is in the results."""
    return [(kind, words if i is None else "", c, i) for kind, words, c, i in briefs(messages)]


def said(messages):
    """A conversation in short, to be shown."""
    return Words(", ".join(map(one_said, messages)) or "no messages")


def one_said(message):
    """A message in short."""
    if isinstance(message, list | tuple):
        return f"a {type(message).__name__} of {len(message)}"
    if not hasattr(message, "type"):
        return f"{message!r:.60}"
    kind, words, calls, answers = brief(message)
    if answers is not None:
        return f"tool: {words!r:.40} for {answers}"
    ids = f" and calls {', '.join(one for _, _, one in calls)}" if calls else ""
    return f"{kind}: {words!r:.40}{ids}"


# Tools


class Query(BaseModel):
    """What each tool takes, made once: LangChain would make it for each tool again."""

    query: str


class Desk:
    """Tools that note when they run.

    Attributes:
        tools: by name.
        ran: what they were asked, in order: pairs of name and query.
    """

    def __init__(self, *names, error=None):
        self.error = error
        self.ran = []
        self.tools = {name: self.make(name) for name in names}

    def make(self, name):
        def run(query: str) -> str:
            self.ran.append((name, query))
            if self.error is not None:
                raise self.error
            return found(name, query)

        return StructuredTool.from_function(
            run, name=name, description="Look something up.", args_schema=Query
        )


def found(name, query):
    """What a tool of the desk finds: nothing, if nobody says what to look for."""
    return f"{query} in {name}" if query else ""


def ran(pairs):
    """Which tools have run, to be shown."""
    return Words(", ".join(f"{name}({query!r:.20})" for name, query in pairs) or "no tool")


# What a model says


def some_calls(text, count, names=NAMES):
    """Calls for these tools in turn, each with another query and id."""
    return [(names[n % len(names)], text.word(), text.secret()) for n in range(count)]


def some_rounds(text, *counts):
    """The calls of each round: so many."""
    return [some_calls(text, count) for count in counts]


def reply(calls, words=LOOKING, reason="stop"):
    """A model's reply that makes calls; the reason is why it ended, as the provider says."""
    asked = [ToolCall(name, {"query": query}, id=call_id) for name, query, call_id in calls]
    return Reply(*([words] if words else []), *asked, finish_reason=reason)


REASONS = ("stop", "length", "tool_calls", None)
"""Why a reply has ended: none of them says whether there are calls."""


class AboutMessages(Explained):
    """What is said in several tasks about a list of messages."""

    SAID: ClassVar = {
        "it does not give a list of messages": "Collect the messages in a list, and return the "
        "list at the end.",
        "the model is asked without tools": "A model knows only the tools that you bind: "
        "model.bind_tools([...]). That makes another model, and the one to ask is what it returns.",
        "the model does not know all tools": "bind_tools takes all tools at once, as a list. "
        "If you bind again, the new list takes the place of the old one.",
        "the model knows a tool that is not there": "Bind those of `tools`, and no others.",
    }

    def must_know(self, call, names):
        """Check that a model was asked with all tools."""
        known = [one["function"]["name"] for one in call.tools]
        must = self.against(Words(", ".join(names) or "none"), Words(", ".join(known) or "none"))
        why = self.SAID
        problem = "the model is asked without tools"
        must(known or not names, problem, why=why[problem])
        problem = "the model does not know all tools"
        must({*names} <= {*known}, problem, why=why[problem])
        problem = "the model knows a tool that is not there"
        must({*names} >= {*known}, problem, why=why[problem])

    def must_be_messages(self, got):
        """Check that a result is a list of messages."""
        problem = "it does not give a list of messages"
        right = isinstance(got, list) and all(hasattr(one, "type") for one in got)
        self.must(right, problem, why=self.SAID[problem])


class TestWantsTools(Explained):
    """A message that has a call to run asks for tools, and no other does."""

    WHY: ClassVar = {
        "it sees no call at all": "The calls of a message are in message.tool_calls. (In "
        "additional_kwargs, some providers keep a copy in their own form.)",
        "it misses a call that comes with text": "A model may say something and call a tool in the "
        "same message. Only the calls count.",
        "it misses a call that comes without text": "A message that only calls has no text. Look "
        "at message.tool_calls.",
        "it misses calls if there are several": "A message may have any number of calls. One is "
        "enough.",
        "it misses a call in which something is empty": "Whatever is in message.tool_calls is a "
        "call. A tool may need no arguments, and some providers give no ids.",
        "it misjudges a message that was streamed": "The pieces of a stream add up to an "
        "AIMessageChunk, which is an AIMessage, too. Look only at its calls.",
        "it gives something else than True or False": "A list is not True, even if `if` treats it "
        "like that. Turn it into a bool.",
        "it sees a call where there is none": "A text may speak of a tool, and still be only a "
        "text. Look at message.tool_calls: without calls, it is an empty list.",
        "it takes a call that nobody can run for a call": "What stands in invalid_tool_calls could "
        "not be read. There is nothing to run.",
        "it misses a call beside one that nobody can run": "One call to run is enough, whatever "
        "else is there.",
        "it believes response_metadata, not the calls": "Providers give different reasons there, "
        "or none. The calls themselves say whether there are any.",
    }

    @keeps(1)
    def test_a_call_is_enough(self, answers, play, text):
        for count in (1, 3):
            message = play(reply(some_calls(text, count), "")).invoke("Hello?")
            got = answers.wants_tools(message)
            must = self.against(True)
            must(got or count == 1, "it misses calls if there are several")
            must(got, "it misses a call that comes without text")
            must(got is True, "it gives something else than True or False")

    @keeps(2)
    def test_text_beside_a_call_does_not_matter(self, answers, text):
        calls = [call(text.secret(), query=text.word())]
        alone = answers.wants_tools(AIMessage("", tool_calls=calls))
        got = answers.wants_tools(AIMessage(text.sentence(), tool_calls=calls))
        must = self.against(True)
        must(got or alone, "it sees no call at all")
        must(got, "it misses a call that comes with text")
        must(got is True, "it gives something else than True or False")

    @keeps(1)
    def test_without_calls_nothing_is_wanted(self, answers, text):
        for words in (text.sentence(), "", "I call the tool search: tool_calls"):
            got = answers.wants_tools(AIMessage(words))
            must = self.against(False)
            must(not got, "it sees a call where there is none")
            must(got is False, "it gives something else than True or False")

    @keeps(1)
    def test_a_broken_call_is_none(self, answers, text):
        got = answers.wants_tools(AIMessage(text.word(), invalid_tool_calls=[BROKEN]))
        self.must(got is False, "it takes a call that nobody can run for a call", False)
        both = AIMessage("", tool_calls=[call(text.secret())], invalid_tool_calls=[BROKEN])
        got = answers.wants_tools(both)
        self.must(got is True, "it misses a call beside one that nobody can run", True)

    @keeps(2)
    def test_the_reason_does_not_matter(self, answers, text):
        problem = "it believes response_metadata, not the calls"
        for reason in ("stop", "length", None):
            said = {"finish_reason": reason} if reason else {}
            calls = [call(text.secret())]
            got = answers.wants_tools(AIMessage("", tool_calls=calls, response_metadata=said))
            self.must(got is True, problem, True)
        got = answers.wants_tools(AIMessage("a", response_metadata={"finish_reason": "tool_calls"}))
        self.must(got is False, problem, False)

    @keeps(1)
    def test_whatever_is_in_the_call(self, answers):
        for empty in ({"id": None}, {"id": ""}, {"args": {}}):
            got = answers.wants_tools(AIMessage("", tool_calls=[{**call("k1"), **empty}]))
            self.must(got, "it misses a call in which something is empty", True)
        got = answers.wants_tools(AIMessageChunk("", tool_calls=[call("k1")]))
        self.must(got, "it misjudges a message that was streamed", True)

    def test_any_message(self, search):
        def promise(answers, content, calls, broken, said):
            message = AIMessage(
                content,
                tool_calls=[call(f"k{n}") for n in range(calls)],
                invalid_tool_calls=[BROKEN] * broken,
                response_metadata=said,
            )
            got, must = answers.wants_tools(message), self.against(calls > 0)
            must(got or not calls, "it misses a call that comes with text")
            must(not got or calls, "it sees a call where there is none")
            must(isinstance(got, bool), "it gives something else than True or False")

        plain = {"calls": 0, "broken": 0, "said": {}}
        always = (
            *each(content=TEXTS, **plain),
            *each(content=([{"type": "tool_use", "name": "a", "input": {}, "id": "k"}],), **plain),
            *each(calls=(0, 1, 2), content="", broken=2, said={"stop_reason": "tool_use"}),
        )
        reasons = st.sampled_from(("stop", "tool_calls", "length", "end_turn", "tool_use", None))
        keys = st.sampled_from(("finish_reason", "stop_reason"))
        search(
            promise,
            *always,
            content=any_text(),
            calls=st.sampled_from((0, 1, 3)),
            broken=st.sampled_from((0, 0, 2)),
            said=st.dictionaries(keys, reasons, max_size=2),
        )


def turn(text, *counts):
    """A question, and a round with so many calls for each of the counts; no answer yet."""
    return conversation(text.sentence("?"), some_rounds(text, *counts))


class TestFinalAnswer(Explained):
    """The answer is the last message, if the model is done; else there is none yet."""

    WHY: ClassVar = {
        "a tool's result is sold as the answer": "The model has not seen the result yet. Only a "
        "message of the model itself, an AIMessage, is an answer.",
        "it returns None if there is no answer": "Then every caller has to look for None. Raise "
        "Unfinished.",
        "an older answer is sold as the answer": "It belongs to an older question. The newest one "
        "has no answer yet: raise Unfinished.",
        "a message that asks for tools is sold as the answer": "What a model says while it calls a "
        "tool is not its answer. It goes on when it has seen the result.",
        "a question is sold as the answer": "Only an AIMessage is an answer of the model.",
        "it finds an answer where there are no messages": "Nothing was said, so nothing is "
        "answered: raise Unfinished.",
        "it breaks if there are no messages": "The last one of an empty list is not there. Ask "
        "first whether there is one.",
        "it gives the message, not its text": "The text of a message is message.text.",
        "the answer is not the last message": "An answer before it belongs to another question, "
        "and its length says nothing.",
        "an empty answer is taken for none": "A model may answer with nothing. It is done all the "
        "same.",
        "the text is not the text of the message": "message.text, unchanged: spaces and line "
        "breaks too, and no blocks that are not text.",
        "an answer is there, but it is not found": "The last message is the model's, and asks for "
        "no tools.",
        "an answer that was streamed is not found": "The pieces of a stream add up to an "
        "AIMessageChunk. That is an AIMessage, too: ask with isinstance.",
        "an answer that was cut off is not found": "It is the text of the last message all the "
        "same. response_metadata does not matter here.",
        "without an answer it returns something": "Then there is no text to return: raise "
        "Unfinished.",
    }

    @keeps(1)
    def test_the_text_of_the_last_message(self, answers, text):
        short, long = text.word(), text.sentences(3)
        for before in ([], [HumanMessage("a"), AIMessage(long)], turn(text, 2)):
            with self.never(answers.Unfinished, "an answer is there, but it is not found", short):
                got = answers.final_answer([*before, AIMessage(short)])
            must = self.against(short)
            must(not hasattr(got, "content"), "it gives the message, not its text")
            must(got == short, "the answer is not the last message")
        for problem, kind in (
            ("an answer that was streamed is not found", "chunk"),
            ("an answer that was cut off is not found", "cut off"),
        ):
            with self.never(answers.Unfinished, problem, short):
                got = answers.final_answer([*turn(text, 1), LAST[kind](short)])
            self.must(got == short, problem, short)

    @keeps(3)
    def test_a_result_is_no_answer(self, answers, text):
        answer = text.sentence()
        for older in ([], [HumanMessage(text.sentence("?")), AIMessage(answer)]):
            for counts in ((1,), (1, 2)):
                with self.raises(answers.Unfinished, "a tool's result is sold as the answer"):
                    got = answers.final_answer([*older, *turn(text, *counts)])
                    must = self.against(Words("Unfinished"))
                    must(got is not None, "it returns None if there is no answer")
                    must(got != answer, "an older answer is sold as the answer")

    @keeps(3)
    def test_who_asks_for_tools_is_not_done(self, answers, text):
        wanting = asking(some_calls(text, 1), text.sentence())
        problem = "a message that asks for tools is sold as the answer"
        for before in ([HumanMessage("a")], turn(text, 1)):
            with self.raises(answers.Unfinished, problem):
                answers.final_answer([*before, wanting])

    @keeps(3)
    def test_a_question_is_no_answer(self, answers, text):
        older = [HumanMessage("a"), AIMessage(text.sentence())]
        for last in (HumanMessage(text.sentence("?")), SystemMessage(text.sentence())):
            for before in ([], older):
                with self.raises(answers.Unfinished, "a question is sold as the answer"):
                    answers.final_answer([*before, last])

    @keeps(3)
    def test_without_messages_there_is_none(self, answers):
        nothing = "it finds an answer where there are no messages"
        with (
            self.never((LookupError, TypeError), "it breaks if there are no messages"),
            self.raises(answers.Unfinished, nothing),
        ):
            answers.final_answer([])

    @keeps(1)
    def test_blocks_and_spaces(self, answers, text):
        words, secret = odd(text), text.secret()
        blocks = [{"type": "reasoning", "reasoning": secret}, {"type": "text", "text": words}]
        for content in (words, [*blocks, "b"]):
            got = answers.final_answer([HumanMessage("a"), AIMessage(content)])
            wanted = AIMessage(content).text
            self.must(got == wanted, "the text is not the text of the message", wanted)

    @keeps(2)
    def test_an_empty_text_is_an_answer(self, answers, text):
        problem = "an empty answer is taken for none"
        for content in ("", [], [{"type": "reasoning", "reasoning": text.secret()}]):
            with self.never(answers.Unfinished, problem, ""):
                got = answers.final_answer([*turn(text, 1), AIMessage(content)])
            self.must(got == "", problem, "")

    @keeps(4)
    def test_the_messages_stay_as_they_are(self, answers, text):
        messages = [*turn(text, 1), AIMessage(text.word())]
        with unchanged(messages=messages):
            answers.final_answer(messages)

    def test_any_conversation(self, search):
        def promise(answers, kinds, words):
            messages = [LAST[kind](words) for kind in kinds]
            if kinds and kinds[-1] in ANSWERS:
                with self.never(answers.Unfinished, "an answer is there, but it is not found"):
                    got = answers.final_answer(messages)
                self.must(got == words, "the text is not the text of the message", words)
                return
            with self.raises(answers.Unfinished, "without an answer it returns something"):
                answers.final_answer(messages)

        always = (
            *each(words=TEXTS, kinds=["question", "answer"]),
            *(
                {"kinds": [*before, kind], "words": "a"}
                for kind in LAST
                for before in ([], ["answer"])
            ),
            {"kinds": [], "words": "a"},
        )
        kinds = st.lists(st.sampled_from((*LAST, "answer")), max_size=5)
        search(promise, *always, kinds=kinds, words=any_text())


LAST = {
    "question": HumanMessage,
    "answer": AIMessage,
    "chunk": AIMessageChunk,
    "cut off": lambda words: AIMessage(words, response_metadata={"finish_reason": "length"}),
    "rules": SystemMessage,
    "calls": lambda words: AIMessage(words, tool_calls=[call("k1")]),
    "calls in a chunk": lambda words: AIMessageChunk(words, tool_calls=[call("k1")]),
    "result": lambda words: ToolMessage(words, tool_call_id="k1"),
    "failure": lambda words: ToolMessage(words, tool_call_id="k1", status="error"),
    "a role": lambda words: ChatMessage(words, role="assistant"),
}
"""Messages of each kind."""

ANSWERS = ("answer", "chunk", "cut off")
"""Those of them that are answers."""


class TestRunCalls(AboutMessages):
    """Every call is answered with a message that says which call it answers."""

    WHY: ClassVar = {
        "the second call gets no answer": "A model may make several calls in one message, and "
        "waits for all results. Go through all of message.tool_calls.",
        "the first call gets no answer": "A model may make several calls in one message, and "
        "waits for all results. Go through all of message.tool_calls.",
        "there is not one answer for each call": "Every call gets exactly one answer. A provider "
        "refuses anything else.",
        "what it gives are not ToolMessages": "A result goes to the model as a ToolMessage with "
        "the id of its call. tool.invoke(call), with the whole call, makes one.",
        "an answer does not say which call it answers": "The id of the call has to be the "
        "tool_call_id of its answer: by it, the model knows which is which.",
        "the answers are not in the order of the calls": "Go through the calls in their order.",
        "without calls there is an answer": "Nothing was asked. Return an empty list.",
        "a call for a tool that is not there breaks it": "A model may ask for a tool that does not "
        "exist. Look whether it is there before you take it, and answer the call in any case.",
        "a call for a tool that is not there gets no answer": "It is a call as well, and a "
        "provider refuses a conversation in which one has no answer.",
        "a tool that is not there is not an error": "Tell the model that it has not worked: "
        'status="error".',
        "the model is not told which tools there are": "It has made up a name. Only if the text "
        "names all tools that are there can it do better.",
        "a good result is marked as an error": "Only a tool that is not there is one here.",
        "the content is not what the tool returns": "The model reads the content. It has to be the "
        "result of its own call, unchanged.",
        "a tool does not run once for each call": "Each call runs its tool once, with its own "
        "arguments. The same call twice is two calls.",
        "a tool runs although nobody has asked for it": "Run what the calls ask for, and nothing "
        "else.",
    }

    @keeps(1)
    def test_every_call_gets_its_answer(self, answers, text):
        desk = Desk(*NAMES)
        calls = some_calls(text, 2)
        got = answers.run_calls(asking(calls, text.word()), desk.tools)
        wanted = Words(f"answers to {', '.join(i for _, _, i in calls)}")
        self.must_be_messages(got)
        ids = [getattr(one, "tool_call_id", None) for one in got]
        must = self.against(wanted, said(got))
        must(all(isinstance(one, ToolMessage) for one in got), "what it gives are not ToolMessages")
        must(len(got) != 1 or calls[0][2] not in ids, "the second call gets no answer")
        must(len(got) != 1 or calls[1][2] not in ids, "the first call gets no answer")
        must(len(got) == 2, "there is not one answer for each call")
        must({*ids} == {i for *_, i in calls}, "an answer does not say which call it answers")
        must(ids == [i for *_, i in calls], "the answers are not in the order of the calls")

    @keeps(3)
    def test_each_call_runs_its_tool(self, answers, text):
        for count in (1, 4):
            desk, calls = Desk(*NAMES), some_calls(text, count)
            got = answers.run_calls(asking(calls), desk.tools)
            self.must_be_messages(got)
            self.check_ran(desk, calls)
            self.check_contents(got, calls)

    @keeps(3)
    def test_the_same_call_twice_is_two_calls(self, answers, text):
        first, second = text.secret(), text.secret()
        for other in (second, first):
            desk, query = Desk(*NAMES), text.word()
            calls = [("menu", query, first), ("menu", query, other)]
            got = answers.run_calls(asking(calls), desk.tools)
            self.must_be_messages(got)
            self.check_ran(desk, calls)
            self.check_contents(got, calls)

    @keeps(1)
    def test_without_calls_nothing_runs(self, answers, text):
        desk = Desk(*NAMES)
        for tools in (desk.tools, {}):
            got = answers.run_calls(AIMessage(text.word(), invalid_tool_calls=[BROKEN]), tools)
            self.must(got == [], "without calls there is an answer", [])
        self.check_ran(desk, [])

    @keeps(2)
    def test_a_tool_that_is_not_there(self, answers, text):
        desk, names = Desk("search", "menu"), (text.secret(), "serch", "Menu")
        first, last = some_calls(text, 2, ("menu", "search"))
        alone = ([(name, text.word(), text.secret())] for name in names)
        for calls in (*alone, [first, (names[0], "a", "k2"), last]):
            made_up = next(name for name, *_ in calls if name in names)
            desk.ran.clear()
            with self.never(
                (LookupError, AttributeError), "a call for a tool that is not there breaks it"
            ):
                got = answers.run_calls(asking(calls), desk.tools)
            self.must_be_messages(got)
            must = self.against(Words('a message with status="error" among the answers'), said(got))
            ids = [getattr(one, "tool_call_id", None) for one in got]
            missing = next(i for name, _, i in calls if name == made_up)
            must(missing in ids, "a call for a tool that is not there gets no answer")
            wanted = sorted(i for *_, i in calls)
            self.equal(sorted(map(str, ids)), wanted, "there is not one answer for each call")
            self.check_missing(got[ids.index(missing)], desk.tools)
            self.check_ran(desk, [one for one in calls if one[0] != made_up])

    @keeps(2)
    def test_there_may_be_no_tool_at_all(self, answers, text):
        calls = some_calls(text, 2)
        with self.never(
            (LookupError, AttributeError), "a call for a tool that is not there breaks it"
        ):
            got = answers.run_calls(asking(calls), {})
        self.must_be_messages(got)
        self.must(
            len(got) == 2, "a call for a tool that is not there gets no answer", got=said(got)
        )
        for one in got:
            self.check_missing(one, {})

    @keeps(4)
    def test_an_error_of_a_tool_passes(self, answers, text):
        for kind in (ConnectionError, ValueError, KeyError, ToolException):
            error = kind(text.word())
            desk = Desk(*NAMES, error=error)
            with passes_on(error, "a tool"):
                answers.run_calls(asking(some_calls(text, 2)), desk.tools)

    def test_any_calls(self, search):
        def promise(answers, asked, tools):
            calls = [(name, query, f"k{n}") for n, (name, query) in enumerate(asked)]
            desk = Desk(*tools)
            got = answers.run_calls(asking(calls), desk.tools)
            self.must_be_messages(got)
            ids = [getattr(one, "tool_call_id", None) for one in got]
            self.equal(ids, [i for *_, i in calls], "there is not one answer for each call")
            there = [one for one in calls if one[0] in tools]
            self.check_ran(desk, there)
            pairs = [*zip(got, calls, strict=True)]
            self.check_contents([one for one, (name, *_) in pairs if name in tools], there)
            for one, (name, *_) in pairs:
                if name not in tools:
                    self.check_missing(one, tools)

        always = (
            *({"asked": [("menu", one)], "tools": NAMES} for one in TEXTS),
            {"asked": [("menu", "a"), ("menu", "a"), ("menu", "a")], "tools": ["menu"]},
            {"asked": [("menu", "a"), ("nope", "b"), ("search", "c")], "tools": NAMES},
            {"asked": [("Menu", "a"), ("menu ", "b"), ("", "c"), ("men", "d")], "tools": NAMES},
            {"asked": [(NAMES[n % 3], f"{n}") for n in range(30)], "tools": NAMES},
            {"asked": [("menu", LONG), ("nope", LONG)], "tools": ["menu", *MANY]},
            *({"asked": [], "tools": tools} for tools in ([], NAMES)),
        )
        asked = st.tuples(st.sampled_from((*NAMES, *NAMES, "nope")), any_text())
        tools = st.sampled_from((NAMES, NAMES, ["search"], ["menu", "weather"], []))
        search(promise, *always, asked=st.lists(asked, max_size=4), tools=tools)

    def check_ran(self, desk, calls):
        """Check which tools have run, and with what."""
        wanted = [(name, query) for name, query, _ in calls]
        must = self.against(ran(wanted), ran(desk.ran))
        must(not desk.ran or calls, "a tool runs although nobody has asked for it")
        must(sorted(desk.ran) == sorted(wanted), "a tool does not run once for each call")

    def check_contents(self, got, calls):
        """Check what the model reads of tools that are there."""
        wanted = [found(name, query) for name, query, _ in calls]
        ids = [i for *_, i in calls]
        if sorted(str(getattr(one, "tool_call_id", "")) for one in got) == sorted(ids):
            got = sorted(got, key=lambda one: ids.index(one.tool_call_id))  # whatever their order
        contents = [getattr(one, "content", one) for one in got]
        self.equal(contents, wanted, "the content is not what the tool returns")
        status = [getattr(one, "status", None) for one in got]
        self.must("error" not in status, "a good result is marked as an error", got=said(got))

    def check_missing(self, answer, tools):
        """Check what the model reads of a tool that is not there."""
        self.must(
            getattr(answer, "status", None) == "error",
            "a tool that is not there is not an error",
            Words('status="error"'),
            Words(f"status={getattr(answer, 'status', None)!r}"),
        )
        unnamed = [name for name in tools if name not in str(answer.content)]
        self.must(
            not unnamed,
            "the model is not told which tools there are",
            Words(f"a text that names {', '.join(tools)}"),
            str(answer.content),
        )


class TestAgentTurn(AboutMessages):
    """The model is asked once, with all tools, and what is new comes back."""

    WHY: ClassVar = {
        "the model does not see all messages": "A model has no memory. It knows what is in the "
        "messages that you give it, in their order.",
        "the model is asked more than once": "One turn is one question: the results go to the "
        "model in the next turn.",
        "the model is not asked": "Ask it with invoke.",
        "old messages are returned as well": "The caller has those already. Return the model's "
        "message and the results, nothing else.",
        "the results come before the message that asked for them": "A call comes before its "
        "answer: the model's message first.",
        "the results of the calls are missing": "Return the model's message, and behind it the "
        "answer to each of its calls.",
        "what is new is not what it returns": "First the model's message as it is, then the answer "
        "to each of its calls, in order, in one list.",
        "a tool does not run once for each call": "Each call is run once.",
        "it changes tools": "That belongs to the caller, who may need it again. Only read it.",
        "it makes a message of its own from the model's": "What the model gave has more in it than "
        "its text: calls, usage, an id. Keep it as it is.",
    }

    @keeps(1)
    def test_the_model_knows_the_tools(self, answers, play, text):
        asked = [HumanMessage(text.sentence("?"))]
        told = [*asked, AIMessage(text.sentence())]
        for names, before in (
            *((names, asked) for names in (NAMES, NAMES[:1], ())),
            *((NAMES, before) for before in (turn(text, 1), told)),
        ):
            model = play(text.word())
            answers.agent_turn(model, Desk(*names).tools, before)
            self.must(model.transcript, "the model is not asked", got=Words("no call of the model"))
            self.must_know(model.transcript[0], names)

    @keeps(3)
    def test_the_messages_stay_as_they_are(self, answers, play, text):
        for count in (0, 2):
            messages, model = turn(text, 1), play(reply(some_calls(text, count)), "a")
            desk = Desk(*NAMES)
            with unchanged(messages=messages):
                answers.agent_turn(model, desk.tools, messages)
            left = Words(", ".join(map(str, desk.tools)))
            self.must([*desk.tools] == [*NAMES], "it changes tools", Words(", ".join(NAMES)), left)

    @keeps(2)
    def test_what_is_new_comes_back(self, answers, play, text):
        for before in ([HumanMessage(text.sentence("?"))], turn(text, 2)):
            for count in (0, 1, 2):
                desk, calls, words = Desk(*NAMES), some_calls(text, count), text.word()
                model = play(reply(calls, words), text.word())
                got = answers.agent_turn(model, desk.tools, before)
                self.check_new(
                    got, [asking(calls, words), *(result(*one) for one in calls)], before
                )
                self.in_words(
                    len(model.transcript) == 1,
                    "the model is asked more than once",
                    "asked once",
                    f"asked {times(len(model.transcript))}",
                )
                wanted = [(name, query) for name, query, _ in calls]
                self.must(
                    desk.ran == wanted,
                    "a tool does not run once for each call",
                    ran(wanted),
                    ran(desk.ran),
                )

    @keeps(2)
    def test_the_message_is_the_models_own(self, answers, play, text):
        used = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
        model = play(Reply(text.word(), usage=used, finish_reason="length"))
        got = answers.agent_turn(model, {}, [HumanMessage("a")])
        self.must_be_messages(got)
        for has, what in (
            (lambda one: one.usage_metadata, "its usage"),
            (lambda one: one.response_metadata.get("finish_reason") == "length", "its metadata"),
            (lambda one: one.id, "its id"),
        ):
            self.must(
                len(got) == 1 and isinstance(got[0], AIMessage) and has(got[0]),
                "it makes a message of its own from the model's",
                Words(f"the message that the model gave, with {what}"),
            )

    @keeps(1)
    def test_the_model_sees_the_messages(self, answers, play, text):
        found_nothing = conversation("a", [[("menu", "", "k1")]], "")
        for before in (
            [HumanMessage(odd(text))],
            [SystemMessage(odd(text)), *turn(text, 1, 2)],
            [*found_nothing, HumanMessage("a")],
            turn(text, *[1] * 15),
        ):
            model = play(text.word())
            answers.agent_turn(model, Desk(*NAMES).tools, before)
            self.check_seen(model, before)

    def test_any_turn(self, search):
        def promise(answers, history, words, asked, names, reason):
            before = [message for n in history for message in BEFORE[n]] or [HumanMessage("a")]
            calls = [(name, query, f"k{n}") for n, (name, query) in enumerate(asked)]
            model = held_model(reply(calls, words, reason))
            with unchanged(messages=before):
                got = answers.agent_turn(model, Desk(*names).tools, before)
            self.check_seen(model, before)
            self.must_know(model.transcript[0], names)
            wanted = [asking(calls, words), *(result(*one, names) for one in calls)]
            self.check_new(got, wanted, before)

        plain = {"history": [], "reason": "stop", "asked": [("menu", "a")], "names": NAMES}
        twice = tuple([n, n] for n in range(len(BEFORE)))
        always = (
            *each(words=TEXTS, **plain),
            *each(**{**plain, "words": "a", "reason": REASONS}),
            *each(**{**plain, "words": "a", "history": twice}),
            {**plain, "words": "a", "asked": [("menu", "a"), ("nope", "b"), ("menu", "a")]},
            {**plain, "words": "a", "asked": [], "names": ()},
        )
        search(
            promise,
            *always,
            history=st.lists(st.sampled_from(range(len(BEFORE))), max_size=3),
            reason=st.sampled_from(REASONS),
            words=any_text(),
            asked=st.lists(st.tuples(st.sampled_from((*NAMES, "nope")), any_text()), max_size=3),
            names=st.sampled_from((NAMES, NAMES[:1], NAMES[::-1])),
        )

    def check_seen(self, model, before):
        """Check what the model saw."""
        seen = model.transcript[0].messages if model.transcript else []
        self.must(model.transcript, "the model is not asked", got=Words("no call of the model"))
        right = briefs(seen) == briefs(before)
        self.must(right, "the model does not see all messages", said(before), said(seen))

    def check_new(self, got, wanted, before):
        """Check what came back: the model's message, then the results."""
        self.must_be_messages(got)
        has, new, must = briefs(got), briefs(wanted), self.against(said(wanted), said(got))
        if has == new:
            return
        must(
            has[: len(before)] != briefs(before),
            "old messages are returned as well",
        )
        must(new[0] not in has[1:], "the results come before the message that asked for them")
        must(has != new[:1], "the results of the calls are missing")
        must(False, "what is new is not what it returns")


BEFORE = (
    [HumanMessage("a")],
    [AIMessage("b")],
    [SystemMessage("c")],
    conversation("a", [[("menu", "a", "k0")]]),
    conversation("", [[("menu", "", "k0")]], ""),
    [HumanMessageChunk("a"), AIMessageChunk("b")],
    [HumanMessage(LONG)],
)
"""What may have been said before."""


# The loop


class AboutRounds(AboutMessages):
    """What is said in several tasks about the rounds of an agent."""

    def not_too_often(self, model, most):
        """Check how often a model was asked."""
        asked = len(model.transcript)
        self.in_words(
            asked <= most,
            "it goes on after max_rounds",
            f"the model is asked at most {times(most)}",
            f"asked {times(asked)}",
            "A model may ask for tools for ever, and each question costs. Count how often you have "
            "asked, and stop when it is max_rounds times.",
        )

    @contextmanager
    def used_up(self, answers, model, most):
        """Pass if the block raises TooManyRounds, and the model is not asked too often."""
        why = "If the model still asks for tools then, there is no answer: raise TooManyRounds."
        problem = "it does not say that the rounds are used up"
        with self.raises(answers.TooManyRounds, problem, why=why) as caught:
            try:
                yield caught
            except ScriptError:
                self.not_too_often(model, most)
                raise
            self.not_too_often(model, most)
        self.not_too_often(model, most)

    @contextmanager
    def in_time(self, answers, model, needed):
        """Fail if the block raises TooManyRounds, or asks more often than is needed."""
        try:
            yield
        except (answers.TooManyRounds, ScriptError) as error:
            asked = len(model.transcript)
            self.not_after_the_answer(asked, needed)
            if isinstance(error, ScriptError):
                raise
            got = f"TooManyRounds; the model was asked {times(asked)}"
            self.check_reason(asked, got)
            self.in_words(
                False,
                "it gives up before max_rounds",
                "an answer",
                got,
                "A round is one question to the model, however many calls it makes. An answer that "
                "comes in the last round is an answer.",
            )

    def check_reason(self, asked, got):
        """Look for another reason than the number of rounds."""

    def not_after_the_answer(self, asked, needed):
        """Check that a model was not asked after its answer."""
        self.in_words(
            asked <= needed,
            "it asks again although the model is done",
            f"asked {times(needed)}",
            f"asked {times(asked)}",
            "A message without calls is the answer. There is nothing more to ask.",
        )

    def check_asked(self, model, messages, names):
        """Check what a model saw each time: all that had been said by then, and the tools."""
        places = [n for n, one in enumerate(messages) if one.type == "ai"]
        for asked, place in zip(model.transcript, places, strict=False):
            check_paired(asked.messages)
            self.must_know(asked, names)
            self.must(
                briefs(asked.messages) == briefs(messages[:place]),
                "the model does not see what has been said",
                said(messages[:place]),
                said(asked.messages),
                "A model has no memory. Each time, it has to see all from the question on: what "
                "it has said, and the results.",
            )
        self.not_after_the_answer(len(model.transcript), len(places))


ROUNDS = (
    *(([], 1), ([1], 2), ([2], 2), ([1, 1, 1], 4), ([5, 3], 3), ([1] * 6, 7), ([1, 2, 1, 3], 9)),
    *(([1], 1), ([2, 2], 2), ([1] * 9, 3), ([1] * 14, 15), ([1] * 14, 13)),
)
EACH_ROUNDS = (
    *(
        {"counts": counts, "question": "a", "words": "b", "most": most, "reason": "stop"}
        for counts, most in ROUNDS
    ),
    *each(reason=REASONS, counts=[1], question="a", words="b", most=2),
    *each(question=("", LONG), counts=[1], words="b", most=2, reason="stop"),
    *each(words=(*FEW_TEXTS, LONG), counts=[1], question="a", most=2, reason="stop"),
)
"""So many calls in each round, and at most so many rounds; how each reply ends, as it says."""


def any_rounds():
    """The same, drawn."""
    return {
        "counts": st.lists(st.sampled_from((1, 1, 2, 3)), max_size=5),
        "question": any_text(),
        "words": any_text(),
        "most": st.sampled_from((1, 2, 3, 4, 6)),
        "reason": st.sampled_from(REASONS),
    }


def numbered(counts):
    """Calls for each round; some are equal but for their ids, and some find nothing."""
    return [
        [(NAMES[n // 2], "" if at % 3 == 1 else "a", f"k{at}-{n}") for n in range(count)]
        for at, count in enumerate(counts)
    ]


def replies(rounds, words, reason):
    """What a model says in each round, and in the end."""
    return [*(reply(calls, LOOKING, reason) for calls in rounds), reply([], words, reason)]


def silent(calls):
    """A reply with these calls, and no text."""
    return reply(calls, "")


class TestRunAgent(AboutRounds):
    """The model is asked until it needs no more tools, and not for ever."""

    WHY: ClassVar = {
        "the question is not the first message": "It is a part of the conversation. Begin the list "
        "with HumanMessage(question).",
        "it stops although the model asks for tools": "A message with calls is no answer. Run "
        "them, and ask again.",
        "the messages are not all that was said": "Return the question, and behind it each message "
        "of the model and each result, once and in order.",
        "TooManyRounds does not have all messages": "Hand over the whole conversation: the "
        "question, and all that came after it.",
        "it takes more rounds than five if nobody says how many": "Without an argument, max_rounds "
        "is 5, as the signature says.",
    }

    @keeps(1)
    def test_the_model_is_asked_until_it_is_done(self, answers, play, text):
        for counts in ((), (1,), (1, 2)):
            question, words, rounds = odd(text), odd(text), some_rounds(text, *counts)
            model = play(*map(reply, rounds), *[words] * 5)
            try:
                answers.run_agent(model, Desk(*NAMES).tools, question)
            except Exception:
                if not model.transcript:
                    raise  # otherwise, what comes back is another promise
            wanted = conversation(question, rounds, words)
            self.check_asked(model, wanted, NAMES)
            asked, needed = len(model.transcript), len(rounds) + 1
            problem = "it stops although the model asks for tools"
            said = f"asked {times(needed)}", f"asked {times(asked)}"
            self.in_words(not asked or asked >= needed, problem, *said)

    @keeps(2)
    def test_turn_after_turn(self, answers, play, text):
        for counts in ((), (1,), (1, 2)):
            question, words, rounds = odd(text), odd(text), some_rounds(text, *counts)
            model = play(*map(reply, rounds), *[words] * 5)
            with self.in_time(answers, model, len(rounds) + 1):
                got = answers.run_agent(model, Desk(*NAMES).tools, question)
            wanted = conversation(question, rounds, words)
            self.must_be_messages(got)
            self.check_asked(model, wanted, NAMES)
            self.check_all(got, wanted)

    @keeps(3)
    def test_it_stops(self, answers, play, text):
        for most in (3, 1):
            rounds = some_rounds(text, *[1] * (most + 3))
            model = play(*map(silent, rounds), text.word())
            with self.used_up(answers, model, most):
                answers.run_agent(model, Desk(*NAMES).tools, text.sentence("?"), most)

    @keeps(3)
    def test_the_last_round_counts(self, answers, play, text):
        for most, counts in ((1, ()), (2, (1,)), (4, (1, 1, 1)), (3, (4, 5)), (15, (1,) * 14)):
            question, words, rounds = text.sentence("?"), text.word(), some_rounds(text, *counts)
            model = play(*map(reply, rounds), words)
            with self.in_time(answers, model, len(rounds) + 1):
                got = answers.run_agent(model, Desk(*NAMES).tools, question, max_rounds=most)
            self.check_all(got, conversation(question, rounds, words))

    @keeps(3)
    def test_five_rounds_if_nobody_says_how_many(self, answers, play, text):
        rounds = some_rounds(text, 1, 1, 1, 1, 1)
        model = play(*map(silent, rounds[1:]), text.word())
        with self.in_time(answers, model, 5):
            answers.run_agent(model, Desk(*NAMES).tools, text.word())
        model = play(*map(silent, rounds), text.word())
        with self.raises(
            answers.TooManyRounds, "it takes more rounds than five if nobody says how many"
        ):
            answers.run_agent(model, Desk(*NAMES).tools, text.word())

    @keeps(3)
    def test_the_error_has_all_messages(self, answers, play, text):
        for counts in ((2,), (1, 3)):
            question, rounds = text.sentence("?"), some_rounds(text, *counts)
            model = play(*map(reply, rounds))
            with self.used_up(answers, model, len(counts)) as caught:
                answers.run_agent(model, Desk(*NAMES).tools, question, len(counts))
            self.check_left(caught.error.messages, conversation(question, rounds))

    def test_any_rounds(self, search):
        def promise(answers, counts, question, words, most, reason):
            rounds = numbered(counts)
            model, desk = held_model(*replies(rounds, words, reason)), Desk(*NAMES[:2])
            if len(counts) < most:
                with self.in_time(answers, model, len(rounds) + 1):
                    got = answers.run_agent(model, desk.tools, question, most)
                wanted = conversation(question, rounds, words, tools=desk.tools)
                self.must_be_messages(got)
                self.check_asked(model, wanted, desk.tools)
                self.check_all(got, wanted)
                return
            with self.used_up(answers, model, most) as caught:
                answers.run_agent(model, desk.tools, question, most)
            wanted = conversation(question, rounds[:most], tools=desk.tools)
            self.check_left(caught.error.messages, wanted)

        search(promise, *EACH_ROUNDS, runs=20, **any_rounds())

    def check_all(self, got, wanted):
        """Check the whole conversation."""
        self.must_be_messages(got)
        has, right, must = briefs(got), briefs(wanted), self.against(said(wanted), said(got))
        if has == right:
            return
        must(has[:1] == right[:1], "the question is not the first message")
        must(
            has != right[: len(has)] or len(has) == len(right),
            "it stops although the model asks for tools",
        )
        must(False, "the messages are not all that was said")

    def check_left(self, got, wanted):
        """Check the conversation that an error has; what is in the last results is left open."""
        self.must_be_messages(got)
        check_paired(got)
        self.must(
            outlines(got) == outlines(wanted),
            "TooManyRounds does not have all messages",
            said(wanted),
            said(got),
        )


class TestAgentSteps(AboutRounds):
    """Each message is handed out as soon as it is there, before anything else happens."""

    WHY: ClassVar = {
        "it is no iterator": "Use yield: then calling the function makes a generator, and next() "
        "runs it up to the next yield.",
        "the model is asked before anybody asks for a step": "The body of a generator runs only "
        "when next() asks for a message. So ask the model in the function that yields.",
        "a tool runs before anybody asks for a step": "The body of a generator runs only when "
        "next() asks for a message.",
        "it uses the model before anybody asks for a step": "The body of a generator runs only "
        "when next() asks for a message. There, bind the tools, too. (Here the model is None, "
        "which shows it.)",
        "it hands out a whole round at once": "Yield one message, not a list: each as soon as it "
        "is there.",
        "it hands out the question": "The caller knows the question. Only what is new comes out.",
        "tools have run before anybody could see what they were to do": "Yield the model's message "
        "first, and run its calls after that. agent_turn does both at once.",
        "the next tool has run before a result was handed out": "Make one answer, yield it, and "
        "only then make the next one. run_calls makes all of them at once.",
        "the model is asked again before a result was handed out": "Yield each result before you "
        "go on.",
        "a message is not the one that belongs here": "First the model's message, then the answer "
        "to each of its calls, in order, round after round.",
        "it raises TooManyRounds although the answer has come": "After the answer, nothing more "
        "may run: break only leaves the loop, and what stands below it still comes. return ends "
        "the generator.",
        "it takes more rounds than five if nobody says how many": "Without an argument, max_rounds "
        "is 5, as in the stub.",
        "it ends too soon": "It goes on until the model answers without calls.",
        "something comes after the answer": "A message without calls is the last one: return.",
    }

    @keeps(3)
    def test_nothing_happens_before_the_first_step(self, answers, play, text):
        desk, model = Desk(*NAMES), play(reply(some_calls(text, 2)), text.word())
        steps = answers.agent_steps(model, desk.tools, text.sentence("?"))
        self.check_lazy(steps, model, desk)
        self.must(next(steps, None), "it ends too soon", said([AIMessage(LOOKING)]), said([]))
        problem = "it uses the model before anybody asks for a step"
        with self.never(AttributeError, problem, Words("an iterator")):
            answers.agent_steps(None, {}, "a")
            answers.agent_steps(None, desk.tools, "a")

    @keeps(1)
    def test_without_calls_there_is_one_step(self, answers, play, text):
        question, words = odd(text), odd(text)
        desk, model = Desk(*NAMES), play(words, words)
        steps = answers.agent_steps(model, desk.tools, question)
        self.check_steps(answers, steps, model, desk, [AIMessage(words)])
        self.check_asked(model, [HumanMessage(question), AIMessage(words)], NAMES)

    @keeps(2)
    def test_one_step_at_a_time(self, answers, play, text):
        for counts in ((2,), (1, 3)):
            rounds, words = some_rounds(text, *counts), odd(text)
            desk, model = Desk(*NAMES), play(*map(reply, rounds), words, words)
            steps = answers.agent_steps(model, desk.tools, odd(text))
            self.check_steps(answers, steps, model, desk, conversation("", rounds, words)[1:])

    @keeps(1)
    def test_the_model_sees_everything(self, answers, play, text):
        question, words, rounds = odd(text), text.word(), some_rounds(text, 2, 1)
        model = play(*map(reply, rounds), words)
        got = list(answers.agent_steps(model, Desk(*NAMES).tools, question))
        self.must(len(got) > 1, "it ends too soon", got=said(got))
        self.check_asked(model, conversation(question, rounds, words), NAMES)

    @keeps(1)
    def test_a_tool_may_not_be_there(self, answers, play, text):
        known, unknown = some_calls(text, 2, ("menu", "nope"))
        words, desk = text.word(), Desk("menu")
        model = play(reply([unknown, known]), words)
        problem = "a call for a tool that is not there breaks it"
        why = "Such a call gets an answer, too, as in run_calls."
        with self.never((LookupError, AttributeError), problem, why=why):
            got = list(answers.agent_steps(model, desk.tools, "a"))
        wanted = conversation("a", [[unknown, known]], words, tools=desk.tools)[1:]
        self.check_messages(got, wanted)

    @keeps(4)
    def test_it_stops(self, answers, play, text):
        for most in (3, 1):
            rounds = some_rounds(text, *[1] * (most + 3))
            model = play(*map(reply, rounds), text.word())
            got = []
            with self.used_up(answers, model, most):
                for message in answers.agent_steps(model, Desk(*NAMES).tools, "a", most):
                    got.append(message)
            wanted = conversation("a", rounds[:most])[1:]
            last = max(n for n, one in enumerate(wanted) if one.type == "ai")
            self.check_messages(got[: last + 1], wanted[: last + 1])

    @keeps(4)
    def test_five_rounds_if_nobody_says_how_many(self, answers, play, text):
        rounds = some_rounds(text, 1, 1, 1, 1, 1)
        model = play(*map(reply, rounds), text.word())
        problem = "it takes more rounds than five if nobody says how many"
        with self.raises(answers.TooManyRounds, problem):
            list(answers.agent_steps(model, Desk(*NAMES).tools, text.word()))

    @keeps(4)
    def test_the_last_round_counts(self, answers, play, text):
        limits = ((1, ()), (2, (1,)), (None, (1, 1, 1, 1)), (3, (4, 5)), (15, (1,) * 14))
        for most, counts in limits:
            words, rounds = text.word(), some_rounds(text, *counts)
            limit = {} if most is None else {"max_rounds": most}
            model = play(*map(reply, rounds), words)
            with self.in_time(answers, model, len(rounds) + 1):
                got = list(answers.agent_steps(model, Desk(*NAMES).tools, "a", **limit))
            self.check_messages(got, conversation("a", rounds, words)[1:])

    def test_any_rounds(self, search):
        def promise(answers, counts, question, words, most, reason):
            rounds = numbered(counts)
            model, desk = held_model(*replies(rounds, words, reason)), Desk(*NAMES[:2])
            steps = answers.agent_steps(model, desk.tools, question, most)
            self.check_lazy(steps, model, desk)
            if len(counts) < most:
                wanted = conversation(question, rounds, words, tools=desk.tools)
                with self.in_time(answers, model, len(rounds) + 1):
                    self.check_steps(answers, steps, model, desk, wanted[1:])
                self.check_asked(model, wanted, desk.tools)
                return
            with self.used_up(answers, model, most):
                for _ in steps:
                    pass

        search(promise, *EACH_ROUNDS, runs=20, **any_rounds())

    def check_lazy(self, steps, model, desk):
        """Check that it is an iterator, and has done nothing yet."""
        self.check_iterator(steps)
        self.must(
            not desk.ran, "a tool runs before anybody asks for a step", ran([]), ran(desk.ran)
        )
        problem = "the model is asked before anybody asks for a step"
        self.must(not model.transcript, problem, got=Words("the model has been asked"))

    def check_iterator(self, steps):
        """Check that next() can be called."""
        self.must(
            isinstance(steps, Iterator),
            "it is no iterator",
            Words("an iterator, such as a generator"),
            Words(f"a {type(steps).__name__}"),
        )

    def check_steps(self, answers, steps, model, desk, wanted):
        """Read the steps one by one, and check what has happened by then."""
        self.check_iterator(steps)
        asked, runs = 0, 0
        for number, message in enumerate(wanted):
            got = next(steps, None)
            self.must(got is not None, "it ends too soon", said(wanted), said(wanted[:number]))
            asked += message.type == "ai"
            runs += message.type == "tool" and message.status != "error"
            self.check_step(got, message, number)
            must = self.against(ran(desk.ran[:runs]), ran(desk.ran))
            if message.type == "ai":
                problem = "tools have run before anybody could see what they were to do"
                must(len(desk.ran) <= runs, problem)
            must(len(desk.ran) <= runs, "the next tool has run before a result was handed out")
            self.in_words(
                len(model.transcript) <= asked,
                "the model is asked again before a result was handed out",
                f"asked {asked} times by now",
                f"asked {times(len(model.transcript))}",
            )
        problem = "it raises TooManyRounds although the answer has come"
        with self.never(answers.TooManyRounds, problem, Words("the end of the steps")):
            rest = list(steps)
        self.must(not rest, "something comes after the answer", said([]), said(rest))

    def check_step(self, got, wanted, number):
        """Check one message."""
        must = self.against(said([wanted]), said([got]))
        must(not isinstance(got, list | tuple), "it hands out a whole round at once")
        must(number or getattr(got, "type", None) != "human", "it hands out the question")
        must(brief(got) == brief(wanted), "a message is not the one that belongs here")

    def check_messages(self, got, wanted):
        """Check all messages."""
        self.must(len(got) >= len(wanted), "it ends too soon", said(wanted), said(got))
        for number, (one, other) in enumerate(zip(got, wanted, strict=False)):
            self.check_step(one, other, number)
        self.must(len(got) <= len(wanted), "something comes after the answer", said(wanted))


class TestAskReadyMade(AboutRounds):
    """LangChain's agent answers, and does not go on for ever."""

    WHY: ClassVar = {
        "the last answer is paid for, and lost": "The model has answered in its last round, and "
        "the limit has struck right after that. Count the steps once more: one to ask the model, "
        "one to run the tools. The limit has to be one that is not reached by the last answer.",
        "it says that the rounds are used up, and has not asked once": "Something else went wrong, "
        "and the answer has hidden it: catch no more than GraphRecursionError.",
        "it allows fewer rounds than max_rounds": "recursion_limit counts steps: to ask the model "
        "is one, to run the tools another. So a round is two.",
        "it takes more rounds than five if nobody says how many": "Without an argument, max_rounds "
        "is 5, as the signature says.",
        "the model does not see the rules": "create_agent has an argument for them: system_prompt.",
        "the rules are changed": "They are a text like any other, not a template: braces stay as "
        "they are.",
        "the model does not see the rules and then the question": "The rules as the one system "
        "message, then the question.",
        "it gives something else than a text": "The agent gives a dict. All messages are under "
        '"messages", and final_answer finds the text.',
        "the answer is not the text of the last message": "The text that the model answers with "
        "in the end, unchanged.",
    }

    @keeps(1)
    def test_the_model_sees_rules_and_question(self, answers, play, text):
        for counts in ((), (1, 1)):
            rules, question = odd(text), odd(text)
            words, rounds = text.word(), some_rounds(text, *counts)
            model = play(*map(reply, rounds), words)
            with self.in_time(answers, model, len(rounds) + 1):
                self.ask(answers, model, Desk(*NAMES), rules, question, 9)
            self.check_prompts(model, rules, conversation(question, rounds, words), NAMES)

    @keeps(2)
    def test_the_text_of_the_answer(self, answers, play, text):
        for counts in ((), (1,), (2, 1)):
            words, rounds = odd(text), some_rounds(text, *counts)
            model = play(*map(reply, rounds), words)
            with self.in_time(answers, model, len(rounds) + 1):
                got = self.ask(answers, model, Desk(*NAMES), text.word(), odd(text), 9)
            self.check_answer(got, words)

    @keeps(3)
    def test_it_does_not_ask_too_often(self, answers, play, text):
        for most in (2, 1):
            rounds = some_rounds(text, *[1] * (most + 3))
            model = play(*map(reply, rounds), text.word())
            try:
                self.ask(answers, model, Desk(*NAMES), text.word(), "a", most)
            except Exception:
                if not model.transcript:
                    raise  # otherwise, how it ends is another promise
            self.not_too_often(model, most)

    @keeps(4)
    def test_it_stops(self, answers, play, text):
        for most in (2, 1):
            rounds = some_rounds(text, *[1] * (most + 3))
            model = play(*map(reply, rounds), text.word())
            with self.used_up(answers, model, most):
                self.ask(answers, model, Desk(*NAMES), text.word(), "a", most)

    @keeps(3)
    def test_the_last_round_counts(self, answers, play, text):
        for most, least in ((1, 0), (2, 0), (4, 0), (15, 14)):
            for used in range(least, most):
                words, rounds = text.word(), some_rounds(text, *[2 if used < 9 else 1] * used)
                model = play(*map(reply, rounds), words)
                try:
                    got = self.ask(answers, model, Desk(*NAMES), "b", "a", most)
                except answers.TooManyRounds:
                    asked = len(model.transcript)
                    must = self.against(
                        words, Words(f"TooManyRounds, after {asked} of {most} questions")
                    )
                    must(asked <= used, "the last answer is paid for, and lost")
                    must(False, "it allows fewer rounds than max_rounds")
                    raise
                self.check_answer(got, words)

    @in_process("reasoning is not sent over this protocol")
    @keeps(2)
    def test_reasoning_is_no_text(self, answers, play, text):
        words = text.word()
        model = play(Reply(Reasoning(text.secret()), words))
        got = answers.ask_ready_made(model, [], text.word(), text.word())
        self.check_answer(got, words)

    @keeps(3)
    def test_five_rounds_if_nobody_says_how_many(self, answers, play, text):
        rounds = some_rounds(text, 1, 1, 1, 1, 1)
        tools = list(Desk(*NAMES).tools.values())
        model = play(*map(reply, rounds[1:]), text.word())
        with self.in_time(answers, model, 5):
            answers.ask_ready_made(model, tools, "b", "a")
        problem = "it takes more rounds than five if nobody says how many"
        with self.raises(answers.TooManyRounds, problem):
            answers.ask_ready_made(play(*map(reply, rounds), text.word()), tools, "b", "a")

    def test_any_rounds(self, search):
        def promise(answers, counts, rules, question, words, most, reason):
            rounds = numbered(counts)
            model, desk = held_model(*replies(rounds, words, reason)), Desk(*NAMES)
            if len(counts) < most:
                with self.in_time(answers, model, len(rounds) + 1):
                    got = self.ask(answers, model, desk, rules, question, most)
                self.check_answer(got, words)
                messages = conversation(question, rounds, words)
                self.check_prompts(model, rules, messages, NAMES)
                return
            with self.used_up(answers, model, most):
                self.ask(answers, model, desk, rules, question, most)

        rules = tuple(one for one in (*FEW_TEXTS, "{}", LONG) if one)
        plain = {"counts": [], "question": "a", "words": "b", "most": 1, "reason": "stop"}
        few = [one for one in EACH_ROUNDS if one["words"] in ("b", "") and len(one["counts"]) < 9]
        always = (
            *({**one, "rules": "{x}"} for one in few),
            *each(rules=rules, **plain),
        )
        search(promise, *always, rules=st.sampled_from(rules), **any_rounds())

    def check_reason(self, asked, got):
        """Look whether an error was hidden."""
        problem = "it says that the rounds are used up, and has not asked once"
        self.in_words(asked, problem, "an answer", got)

    def ask(self, answers, model, desk, rules, question, most):
        """Call the task with a list of tools."""
        tools = list(desk.tools.values())
        return answers.ask_ready_made(model, tools, rules, question, most)

    def check_answer(self, got, words):
        """Check the answer."""
        must = self.against(words)
        must(isinstance(got, str), "it gives something else than a text")
        must(got == words, "the answer is not the text of the last message")

    def check_prompts(self, model, rules, messages, names):
        """Check what the model saw each time."""
        for asked in model.transcript:
            first = asked.messages[:1]
            must = self.against(said([SystemMessage(rules), *messages[:1]]), said(asked.messages))
            has_rules = first and first[0].type == "system"
            must(has_rules, "the model does not see the rules")
            must(first[0].text == rules, "the rules are changed")
            must(
                briefs(asked.messages[1:2]) == briefs(messages[:1])
                and sum(one.type == "system" for one in asked.messages) == 1,
                "the model does not see the rules and then the question",
            )
            self.must_know(asked, names)
            check_paired(asked.messages)
