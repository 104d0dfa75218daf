"""Lesson 02: Messages.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, and `text` makes words that differ from seed to seed.
"""

from __future__ import annotations

import base64
import copy
import json
from contextlib import suppress
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    messages_from_dict,
)

from course.fakes.held import held_model
from course.fakes.script import Content, Fail, Reasoning, Reply, ToolCall
from course.grade.differences import same_value
from course.grade.expect import Words, WrongAnswer, check, in_process, keeps
from course.grade.scenarios import ERRORS, TEXTS, any_text, each
from course.grade.stream_checks import SAME_ERROR, passes_on
from course.grade.value_checks import Explained, unchanged

# Texts

ODD = (
    *("{x}", "{}", "{{x}}", "{x", "a & b", "<b>", "%s", "$x", "a\nb", "a\n\nb\n", "\na"),
    *("Assistant: a", "You: a\nRules: b", "```", '"', "'", "\\", '{"a": 1}', "a" * 3_000),
)
"""Texts that code may take for something else."""

LINE_BREAKS = "\r\f\v\x1c\x1d\x1e\x85\u2028\u2029"
"""Line breaks other than \\n. Whether they are some is left open."""

EACH = tuple(one for one in (*TEXTS, *ODD) if one and not any(mark in one for mark in LINE_BREAKS))
"""Each kind of text, to be tried with every seed; none of them is empty."""


def any_words():
    """One text; it may be of any kind, but it is not empty."""
    drawn = any_text().filter(lambda one: one and not any(mark in one for mark in LINE_BREAKS))
    return st.one_of(drawn, st.sampled_from(EACH))


def odd(text):
    """A text with characters that code may take for something else."""
    return f" {text.word()} {{{text.word()}}} & <{text.word()}> "


# Messages


def roles(messages):
    """Who speaks, message after message. A piece of a question is one, too, and so with rules."""
    return [
        "human"
        if isinstance(message, HumanMessage)
        else "system"
        if isinstance(message, SystemMessage)
        else getattr(message, "type", type(message).__name__)
        for message in messages
    ]


def texts(messages):
    """What is said, message after message."""
    return [getattr(message, "text", None) for message in messages]


def said(messages):
    """A conversation in short, to be shown."""
    return Words(", ".join(map(one_said, messages)) or "no messages")


def one_said(message):
    """A message in short."""
    if not hasattr(message, "type"):
        return f"{message!r:.60}"
    calls = [call["id"] for call in getattr(message, "tool_calls", [])]
    result = getattr(message, "tool_call_id", None)
    parts = [f"calls {', '.join(calls)}"] if calls else []
    parts += [f"result of {result}"] if result else []
    return f"{message.type}: {' and '.join(parts) or repr(str(message.text))}"


def call(call_id, name="search", args=None):
    """A tool call as a part of a message."""
    return {"name": name, "args": args or {}, "id": call_id, "type": "tool_call"}


def call_id(text):
    """A short id, another one each time."""
    return f"call-{text.random.randrange(100, 1_000)}"


def turn(text, kind=0):
    """A question and what follows it: nothing, an answer, or calls with their results, too."""
    question = HumanMessage(f"{text.word()}?", id=text.secret())
    if kind == 0:
        return [question]
    calls = [call_id(text) for _ in range(kind - 1)]
    asked = [AIMessage("", id=text.secret(), tool_calls=[call(one) for one in calls])]
    results = [ToolMessage(text.word(), tool_call_id=one) for one in calls]
    return [question, *(asked if calls else []), *results, AIMessage(text.word(), id=text.secret())]


def conversation(text, *kinds, rules=True):
    """Rules, and a turn of each of these kinds."""
    turns = [message for kind in kinds for message in turn(text, kind)]
    return [*([SystemMessage(text.word(), id=text.secret())] if rules else []), *turns]


EMPTY = {"city": None, "": "", "n": 0, "all": False, "one": {}, "many": []}
CALLING = [call("k1", args={"a": [1, None, {"b": "é"}]}), call("k2"), call("k3", args=EMPTY)]
USED = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 9}
BROKEN = {"name": "f", "args": '{"a', "id": "k3", "error": None, "type": "invalid_tool_call"}

SOME = (
    HumanMessage("a"),
    HumanMessage("a", id="h1", name="Ann"),
    AIMessage("a", id="a1", usage_metadata=USED, response_metadata={"finish_reason": "stop"}),
    AIMessage("", tool_calls=CALLING),
    AIMessage("b", invalid_tool_calls=[BROKEN], additional_kwargs={"x": {"y": [0]}}),
    AIMessage([{"type": "reasoning", "reasoning": "no"}, {"type": "text", "text": "a"}, "b"]),
    AIMessage([{"type": "reasoning", "reasoning": "no"}]),
    AIMessage("c", response_metadata=EMPTY, additional_kwargs=EMPTY),
    ToolMessage("", tool_call_id="k3", artifact=EMPTY, name=""),
    ToolMessage("4", tool_call_id="k1", status="error", name="f", id="t1"),
    ToolMessage([{"type": "text", "text": "a\nb"}], tool_call_id="k2", artifact={"rows": [1, 2]}),
    HumanMessage(
        [
            {"type": "text", "text": "a"},
            {"type": "image", "base64": "AA==", "mime_type": "image/png"},
        ]
    ),
    SystemMessage("{x} & <b>", id="s1"),
    HumanMessage(""),
)
"""Messages with a field of each kind."""


def any_message():
    """A message of any kind; a piece of a stream is none."""
    made = [
        st.builds(HumanMessage, any_words(), id=st.sampled_from((None, "h"))),
        st.builds(AIMessage, any_words(), id=st.sampled_from((None, "a"))),
        st.builds(SystemMessage, any_words()),
        st.builds(ToolMessage, any_words(), tool_call_id=st.just("k1")),
    ]
    return st.one_of(st.sampled_from(SOME), *made)


def any_turn():
    """A question and what follows it: perhaps nothing."""
    follows = st.sampled_from((AIMessage("a"), AIMessage("a"), AIMessage("", tool_calls=CALLING)))
    results = st.builds(ToolMessage, any_words(), tool_call_id=st.just("k1"))
    question = st.builds(HumanMessage, any_words())
    return st.tuples(question, st.lists(st.one_of(follows, results), max_size=3)).map(
        lambda found: [found[0], *found[1]]
    )


def any_conversation(most=4):
    """Turns, perhaps with rules in front of them."""
    rules = st.sampled_from(([], [SystemMessage("a")]))
    return st.tuples(rules, st.lists(any_turn(), max_size=most)).map(
        lambda found: [*found[0], *(message for one in found[1] for message in one)]
    )


def check_list(got):
    """Check that a conversation is a list."""
    check(
        isinstance(got, list),
        "it does not return a list",
        why="A conversation is a list of messages, also if there is only one.",
        wanted=Words("a list"),
    )


class TestStartChat(Explained):
    """The rules come first, if there are some, and then the question."""

    WHY: ClassVar = {
        "rules and question are one message": "A model keeps apart who says what. Each of the two "
        "is a message of its own.",
        "the question comes before the rules": "Directions come first: the rules, then the "
        "question.",
        "the question is left out": 'The question is always there, even if it is "".',
        "the wrong one speaks": "Rules are a SystemMessage, and a question is a HumanMessage.",
        "a text is not what was given": "Both texts go in unchanged: nothing is added, stripped "
        "or filled in.",
        "rules are sent although there are none": "An empty SystemMessage is still a message, and "
        "some providers refuse it. Without rules, leave it out.",
        "without rules it is not only the question": "The list then has one message: the "
        "HumanMessage with the question.",
        "rules are left out although there are some": 'Only "" means that there are no rules. All '
        "other texts are rules, even a space.",
    }

    @keeps(1)
    def test_the_rules_come_first(self, answers, text):
        rules, question = text.sentence("."), text.sentence("?")
        got = answers.start_chat(rules, question)
        check_list(got)
        must = self.against(said([SystemMessage(rules), HumanMessage(question)]), said(got))
        must(len(got) != 1, "rules and question are one message")
        must(roles(got) != ["human", "system"], "the question comes before the rules")
        must(roles(got) == ["system", "human"], "the wrong one speaks")
        must(texts(got) == [rules, question], "a text is not what was given")

    @keeps(2)
    def test_texts_stay_as_they_are(self, answers, text):
        for rules, question in ((odd(text), text.word()), (text.word(), odd(text))):
            wanted = said([SystemMessage(rules), HumanMessage(question)])
            with self.never((KeyError, IndexError, ValueError), "a text is not what was given"):
                got = answers.start_chat(rules, question)
            self.must(texts(got) == [rules, question], "a text is not what was given", wanted)

    @keeps(3)
    def test_without_rules_there_is_only_the_question(self, answers, text):
        question = odd(text)
        got = answers.start_chat("", question)
        check_list(got)
        must = self.against(said([HumanMessage(question)]), said(got))
        must("system" not in roles(got), "rules are sent although there are none")
        must(
            (roles(got), texts(got)) == (["human"], [question]),
            "without rules it is not only the question",
        )

    @keeps(1)
    def test_a_question_may_be_empty(self, answers, text):
        for rules in (text.word(), ""):
            got = answers.start_chat(rules, "")
            check_list(got)
            wanted = [*([SystemMessage(rules)] if rules else []), HumanMessage("")]
            must = self.against(said(wanted), said(got))
            must("human" in roles(got), "the question is left out")

    def test_any_texts(self, search):
        def promise(answers, rules, question):
            got = answers.start_chat(rules, question)
            check_list(got)
            wanted = [*([SystemMessage(rules)] if rules else []), HumanMessage(question)]
            must = self.against(said(wanted), said(got))
            must("system" not in roles(got) or rules, "rules are sent although there are none")
            must("system" in roles(got) or not rules, "rules are left out although there are some")
            must(roles(got) == roles(wanted), "the wrong one speaks")
            must(texts(got) == texts(wanted), "a text is not what was given")

        always = (*each(rules=EACH, question="a"), *each(rules="a", question=EACH))
        search(
            promise,
            *always,
            {"rules": "", "question": "a"},
            {"rules": "a", "question": "a"},
            *each(rules=("", "a"), question=""),
            rules=st.one_of(st.just(""), any_words()),
            question=any_words(),
        )


class TestRenderChat(Explained):
    """A conversation becomes text in which each message has one line."""

    WHY: ClassVar = {
        "the names are others than those in NAMES": "NAMES has a name for each type: system, "
        "human, ai and tool. message.type is the key.",
        "a line is not the name and the text": 'A line is made of three parts: the name, ": " and '
        "the text, unchanged.",
        "it is not one line for each message": "Put a line break between two lines, and nothing "
        "else before, after or between them.",
        "without messages it gives something": 'No messages make no lines. That is "".',
        "it does not know a message that comes in pieces": "The type of an AIMessageChunk is "
        '"AIMessageChunk", which NAMES does not have. Yet it is an AIMessage for isinstance.',
        "it takes the content for the text": "The content of a message may be a list of blocks. "
        "Its attribute text is the text, whatever the content is.",
        "a line break makes a line of its own": "In what is printed, nobody can tell such a line "
        "from the next message. A question could put words into the assistant's mouth.",
        "white space is lost or added": "Each line break becomes one space, whether there are "
        "two in a row or one at the end. All other white space stays.",
        "a message without text has a line": 'A tool call has no text of its own: its text is "". '
        "Leave it out.",
        "only the last message has a line": "Each line comes behind the ones before. Collect "
        "them, and begin nothing anew in the loop.",
        "a message with text has no line": 'Only a message whose text is "" is left out. A space '
        "is text.",
        "it ends with a line break": "Line breaks stand between two lines. The last line has none.",
    }

    def check_lines(self, got, messages):
        """Check what a conversation looks like."""
        wanted = rendered(messages)
        must = self.against(wanted, got)
        must(not got.endswith("\n") or not wanted, "it ends with a line break")
        lines, right = got.split("\n"), wanted.split("\n")
        must(
            not any(line.endswith(": ") and line not in right for line in lines),
            "a message without text has a line",
        )
        must(len(right) == 1 or lines != right[-1:], "only the last message has a line")
        short = len(lines) < len(right) and all(line in right for line in lines)
        must(not short, "a message with text has no line")
        must(len(lines) <= len(right), "a line break makes a line of its own")
        must(len(lines) == len(right), "it is not one line for each message")
        ends = [line.partition(": ")[2] for line in right]
        same_ends = all(line.endswith(end) for line, end in zip(lines, ends, strict=True))
        must(got == wanted or not same_ends, "the names are others than those in NAMES")
        must(
            got == wanted or "".join(got.split()) != "".join(wanted.split()),
            "white space is lost or added",
        )
        must(got == wanted, "a line is not the name and the text")

    @keeps(1)
    def test_each_line_says_who_speaks(self, answers, text):
        one = call_id(text)
        messages = [
            SystemMessage(text.sentence()),
            HumanMessage(odd(text)),
            AIMessage(text.sentence(), tool_calls=[call(one)]),
            ToolMessage(text.word(), tool_call_id=one),
        ]
        for some in (messages[:2], messages):
            self.check_lines(answers.render_chat(some), some)
        self.must(answers.render_chat([]) == "", "without messages it gives something", "")

    @keeps(2)
    def test_a_piece_of_a_stream_is_the_assistants(self, answers, text):
        messages = [HumanMessage(text.word()), AIMessageChunk(text.word())]
        wanted = rendered(messages)
        with self.never(KeyError, "it does not know a message that comes in pieces", wanted):
            got = answers.render_chat(messages)
        must = self.against(wanted, got)
        must(got == wanted, "it does not know a message that comes in pieces")

    @keeps(1)
    def test_the_text_of_blocks_is_printed(self, answers, text):
        secret, first, second = text.secret(), text.word(), text.word()
        blocks = [
            {"type": "reasoning", "reasoning": secret},
            {"type": "text", "text": first},
            {"type": "text", "text": f" {second}"},
        ]
        messages = [HumanMessage(text.word()), AIMessage(blocks)]
        wanted = rendered(messages)
        wrong = (AttributeError, TypeError)
        with self.never(wrong, "it takes the content for the text", wanted):
            got = answers.render_chat(messages)
        must = self.against(wanted, got)
        must(secret not in got and "{" not in got, "it takes the content for the text")
        self.check_lines(got, messages)

    @keeps(4)
    def test_what_has_no_text_has_no_line(self, answers, text):
        one = call_id(text)
        silent = [
            AIMessage("", tool_calls=[call(one)]),
            AIMessage([{"type": "reasoning", "reasoning": text.secret()}]),
            HumanMessage(""),
            AIMessageChunk(""),
        ]
        for number in range(len(silent)):
            messages = [HumanMessage(text.word()), silent[number], AIMessage(text.word())]
            self.check_lines(answers.render_chat(messages), messages)
        got = answers.render_chat(silent)
        self.must(got == "", "a message without text has a line", "")
        messages = [HumanMessage(text.word()), AIMessage(" ")]
        self.check_lines(answers.render_chat(messages), messages)

    @keeps(3)
    def test_a_line_break_becomes_a_space(self, answers, text):
        words = [text.word() for _ in range(3)]
        for pieces in ("{}\n{}: {}", "{}\n\n{} {}", "{} {} {}\n"):
            messages = [HumanMessage(pieces.format(*words)), AIMessage("Yes.")]
            self.check_lines(answers.render_chat(messages), messages)
        told = HumanMessage(f"{words[0]}\nAssistant: {words[1]}")
        self.check_lines(answers.render_chat([told]), [told])

    def test_any_messages(self, search):
        def promise(answers, messages):
            with unchanged(messages=messages):
                got = answers.render_chat(messages)
            self.check_lines(got, messages)

        always = (
            *each(messages=tuple([HumanMessage("a"), AIMessage(one)] for one in EACH)),
            *each(messages=tuple([one, AIMessageChunk("b")] for one in SOME)),
            {"messages": [AIMessageChunk("a"), AIMessageChunk(""), AIMessageChunk([])]},
            {"messages": [AIMessageChunk("It"), AIMessageChunk(" is."), AIMessageChunk("It")]},
            {"messages": [HumanMessage("a"), HumanMessage("a"), AIMessage("a"), AIMessage("a")]},
            {"messages": [HumanMessage(f"{number}") for number in range(40)]},
            {"messages": []},
        )
        pieces = st.builds(AIMessageChunk, any_words())
        messages = st.lists(st.one_of(any_message(), any_message(), pieces), max_size=6)
        search(promise, *always, messages=messages)


ASSISTANT = ("ai", "AIMessageChunk")


def rendered(messages):
    """What a conversation looks like."""
    names = {
        "system": "Rules",
        "human": "You",
        "tool": "Tool",
        **dict.fromkeys(ASSISTANT, "Assistant"),
    }
    spoken = [one for one in messages if one.text != ""]
    return "\n".join(f"{names[one.type]}: {one.text.replace(chr(10), ' ')}" for one in spoken)


class TestPictureQuestion(Explained):
    """A picture and a question about it are one message."""

    WHY: ClassVar = {
        "the picture is text": "A model does not look at base64 in a text: it reads letters. A "
        'picture is a block of its own, with the type "image".',
        "the picture comes before the question": "The question comes first, then the picture.",
        "it is not a block of text and a block with a picture": "The content is a list of two "
        'dicts. Their "type" says what each one is: "text" for the question, "image" for the '
        "picture.",
        "the question is not the text of the message": "The first block has the question under "
        '"text", unchanged, and no other block has a text.',
        "the picture is not in base64": "Messages are sent as JSON, which has no bytes. Base64 "
        "writes them with letters and digits: base64.b64encode makes it of png.",
        "the base64 is not a str": "b64encode gives bytes. .decode() makes a str of them, and "
        "str() would write b'...' around it.",
        "it is another picture": "Decoded again, the base64 must be the bytes that were given, "
        "all of them.",
        "the base64 has other characters": "There is more than one kind of base64. Use "
        "base64.b64encode, which has + and /, and no line breaks.",
        "the mime type is not image/png": 'The block has "mime_type": "image/png" (and OpenAI\'s '
        "form has it in the URL). Without it, nobody knows what the bytes are.",
    }

    def check_blocks(self, got):
        """Check that there are two blocks, and return them."""
        blocks = blocks_of(got)
        kinds = [block.get("type") for block in blocks]
        must = self.against(Words("a text block, then an image block"), blocks_said(got))
        must({*kinds} != {"text"}, "the picture is text")
        must(kinds != ["image", "text"], "the picture comes before the question")
        must(kinds == ["text", "image"], "it is not a block of text and a block with a picture")
        return blocks

    def check_picture(self, got, png):
        """Check the block with the picture."""
        encoded, mime_type = picture_in(self.check_blocks(got)[1])
        wanted = base64.b64encode(png).decode()
        must = self.against(wanted, encoded)
        must(encoded not in (wanted.encode(), f"{wanted.encode()!r}"), "the base64 is not a str")
        must(isinstance(encoded, str) and is_base64(encoded), "the picture is not in base64")
        must(decoded(encoded) == png, "it is another picture")
        must(encoded == wanted, "the base64 has other characters")
        problem = "the mime type is not image/png"
        self.must(mime_type == "image/png", problem, "image/png", mime_type)

    def check_question(self, got, question):
        """Check the text of the message."""
        problem = "the question is not the text of the message"
        self.must(got.text == question, problem, question, str(got.text))

    @keeps(1)
    def test_the_question_comes_first_and_then_the_picture(self, answers, text):
        for question in (text.sentence("?"), ""):
            self.check_blocks(answers.picture_question(question, some_bytes(text)))

    @keeps(2)
    def test_the_picture_is_in_base64(self, answers, text):
        for count in (12, 1, 2, 200):
            png = some_bytes(text, count)
            self.check_picture(answers.picture_question(text.word(), png), png)

    @keeps(3)
    def test_the_text_is_the_question(self, answers, text):
        question = odd(text)
        self.check_question(answers.picture_question(question, some_bytes(text)), question)

    def test_any_picture(self, search):
        def promise(answers, question, png):
            got = answers.picture_question(question, png)
            self.check_picture(got, png)
            self.check_question(got, question)

        always = (
            *each(question=("", *EACH), png=b"a"),
            *each(question="a", png=(b"\xfb\xff\xfe", b"\x00", b"a\n", b" a ", b"\xff" * 100)),
            *each(question="a", png=(b"\x89", b"\x89" * 9_000)),
        )
        search(promise, *always, question=any_words(), png=st.binary(min_size=1, max_size=120))


def some_bytes(text, count=12):
    """Bytes like those of a picture, others for each seed."""
    start = b"\x89PN\xfb\xef\xff"[:count]  # in base64, the last three of them are ++//
    return start + text.random.randbytes(count - len(start))


def blocks_of(message):
    """The blocks of a message in LangChain's form; none of them if that cannot be said."""
    try:
        return [dict(block) for block in message.content_blocks]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []


def blocks_said(message):
    """The types of the blocks of a message, in words."""
    kinds = [f"a block of the type {block.get('type')}" for block in blocks_of(message)]
    return Words(", then ".join(kinds) or f"a {type(message).__name__} without blocks")


def picture_in(block):
    """The base64 of an image block and its mime type; a data URL has both in it."""
    url = block.get("url")
    if isinstance(url, str) and url.startswith("data:"):
        head, _, encoded = url.removeprefix("data:").partition(",")
        return encoded, head.removesuffix(";base64")
    return block.get("base64"), block.get("mime_type")


def is_base64(encoded):
    """Whether a text may be base64 of some kind."""
    return all(one.isascii() and (one.isalnum() or one in "+/-_=\n") for one in encoded)


def decoded(encoded):
    """The bytes that base64 of any kind stands for, or None."""
    try:
        return base64.b64decode(encoded.translate(str.maketrans("-_", "+/")))
    except ValueError:
        return None


PIECES = (HumanMessageChunk, AIMessageChunk, SystemMessageChunk)
"""Pieces of a stream: each is a message of its kind, too."""


class TestSaveChat(Explained):
    """A conversation becomes text that can be loaded again, with nothing lost."""

    WHY: ClassVar = {
        "messages are handed to json": "json knows texts, numbers, lists and dicts, and no "
        "messages. First make dicts of the messages: LangChain has a function for that.",
        "it is not JSON": "load_chat begins with json.loads, so the text must be JSON.",
        "load_chat cannot read it": "load_chat hands the JSON to messages_from_dict, which wants "
        "dicts of a certain form. Its counterpart makes this form.",
        "the messages are not those that were given": "Each message comes back, once, in the same "
        "order, with the same role and text.",
        "a message comes back as one of another class": 'The "type" in the dict says which class '
        "to make. It has to be that of the message.",
        "the tool calls are lost": "A message is more than its role and its text. Without the "
        "call, nobody knows what the result of a tool belongs to.",
        "the ids are lost": "An id says which message it is, for instance to replace it later.",
        "the names are lost": "A message may have a name, such as that of the person who speaks.",
        "the usage is lost": "usage_metadata says what an answer has cost.",
        "what a result of a tool says besides its text is lost": "A ToolMessage also has the id "
        "of its call, a status, and perhaps an artifact for the program.",
        "the blocks are lost": "The content may be a list of blocks. Its text is only a part.",
        "what the provider says is lost": "response_metadata and additional_kwargs are fields, "
        "too.",
        "characters are replaced": "Every text comes back as it was, whatever its characters are.",
        "a field is lost": "The messages that load_chat makes have to be equal to those that were "
        "given: all of their fields.",
    }

    def check_loaded(self, got, messages):
        """Check that the messages come back, and return them."""
        try:
            data = json.loads(got)
        except ValueError:
            self.must(False, "it is not JSON", Words("JSON"), got)
        try:
            back = messages_from_dict(data)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            came = Words(f"{type(error).__name__} in load_chat: {str(error).splitlines()[0]}")
            self.must(False, "load_chat cannot read it", said(messages), came)
        must = self.against(said(messages), said(back))
        must(len(back) == len(messages), "the messages are not those that were given")
        for one, other in zip(back, messages, strict=True):
            must(type(one) is type(other), "a message comes back as one of another class")
        for names, problem in FIELDS.items():
            for name in names:
                for one, other in zip(back, messages, strict=True):
                    came, wanted = getattr(one, name, None), getattr(other, name, None)
                    shown = Words(f"{name}: {wanted!r}"), Words(f"{name}: {came!r}")
                    self.must(same_value(came, wanted), problem, *shown)
        for one, other in zip(back, messages, strict=True):
            is_kept = isinstance(one.content, list) or isinstance(other.content, str)
            self.must(is_kept, "the blocks are lost", other.content, one.content)
        must(texts(back) == texts(messages), "characters are replaced")
        for one, other in zip(back, messages, strict=True):
            self.must(one == other, "a field is lost", Words(f"{other!r}"), Words(f"{one!r}"))

    @keeps(1)
    def test_load_chat_reads_it(self, answers, text):
        one, two = turn(text, 1), turn(text, 1)
        for messages in ([HumanMessage(text.word())], [*one, *two], []):
            try:
                got = answers.save_chat(messages)
            except TypeError as error:
                is_other = "JSON serializable" not in f"{error}"
                self.must(is_other, "messages are handed to json", got=Words(f"{error}"))
                raise
            try:
                back = messages_from_dict(json.loads(got))
            except (AttributeError, KeyError, TypeError, ValueError):
                self.check_loaded(got, messages)
                raise
            self.must(
                (roles(back), texts(back)) == (roles(messages), texts(messages)),
                "the messages are not those that were given",
                said(messages),
                said(back),
            )

    @keeps(2)
    def test_nothing_is_lost(self, answers, text):
        one, two = call_id(text), call_id(text)
        args = {"for": text.word(), "n": [1, None, 2.5], "at": None, "all": False, "none": []}
        calls = [call(one, text.word(), args), call(two)]
        usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": text.random.randint(8, 99)}
        failed = {"status": "error", "name": "search", "artifact": {"rows": [text.word()]}}
        blocks = [{"type": "reasoning", "reasoning": "Hm"}, {"type": "text", "text": text.word()}]
        for message in (
            AIMessage("", tool_calls=calls),
            HumanMessage(text.word(), id=text.secret()),
            HumanMessage(text.word(), name=text.word()),
            AIMessage(text.word(), usage_metadata=usage),
            ToolMessage(text.word(), tool_call_id=one, **failed),
            AIMessage(blocks),
            AIMessage("", invalid_tool_calls=[{**BROKEN, "id": two}]),
            AIMessage(text.word(), response_metadata={"model_name": text.word()}),
            HumanMessage(f"é 漢 👋 {odd(text)}"),
        ):
            before = copy.deepcopy([message])
            self.check_loaded(answers.save_chat([message]), before)

    @keeps(3)
    def test_the_messages_stay_as_they_are(self, answers, text):
        messages = [*conversation(text, 2, 1), *SOME]
        with unchanged(messages=messages):
            answers.save_chat(messages)

    @keeps(1)
    def test_equal_ids_make_no_message_equal(self, answers, text):
        same = text.secret()
        messages = [AIMessageChunk(text.word(), id=same) for _ in range(2)]
        messages += [HumanMessage(text.word(), id=same), AIMessage(text.word(), id=same)]
        self.check_loaded(answers.save_chat(messages), messages)

    def test_any_messages(self, search):
        def promise(answers, messages):
            with unchanged(messages=messages):
                got = answers.save_chat(messages)
            self.check_loaded(got, messages)

        always = (
            *each(messages=tuple([HumanMessage("a"), AIMessage(one)] for one in EACH)),
            *each(messages=tuple([one, AIMessage("b")] for one in SOME)),
            {"messages": [HumanMessage("a"), HumanMessage("a"), AIMessage("a"), AIMessage("a")]},
            {"messages": [HumanMessage(f"{number}") for number in range(40)]},
            {"messages": [*SOME]},
            {"messages": [HumanMessage("a"), AIMessageChunk("b", id="a2")]},
            {"messages": [kind("a", id="a2") for kind in PIECES * 2]},
            {"messages": []},
        )
        search(promise, *always, messages=st.lists(any_message(), max_size=6))


FIELDS = {
    ("tool_calls", "invalid_tool_calls"): "the tool calls are lost",
    ("id",): "the ids are lost",
    ("name",): "the names are lost",
    ("usage_metadata",): "the usage is lost",
    ("status", "artifact", "tool_call_id"): "what a result of a tool says besides its text is lost",
    ("response_metadata", "additional_kwargs"): "what the provider says is lost",
}
"""Fields of messages, and what it is called if they do not come back."""


class TestChatTurn(Explained):
    """A question is asked in a conversation, and both it and its answer are remembered."""

    WHY: ClassVar = {
        "the model does not see what was said before": "A model remembers nothing. What is not in "
        "the list that it gets was never said, as far as it knows.",
        "the model does not see the question last": "The list that the model gets ends with the "
        "question, as a HumanMessage.",
        "the model is asked more than once": "Each call costs time and money. Keep what the first "
        "one returns in a variable.",
        "nothing is remembered": "The caller holds this list. Append to it: an assignment such as "
        "history = history + [...] makes another list, which only the function knows.",
        "the question is not remembered": "Without the question, nobody knows what the answer is "
        "about. It is a HumanMessage.",
        "the answer is not remembered": "Next time, the model knows its own answer only from the "
        "history.",
        "what is remembered is not a message": "A history is a list of messages, so that it can "
        "be sent again: no str, no list, no tuple.",
        "the answer comes before the question": "First the question, then the answer.",
        "of the answer, only the text is remembered": "The model gave a message, with an id, the "
        "usage, the reason for its end. Append that one, not a new one with its text.",
        "what was there before is changed": "Only append: what is in the history already stays.",
        "it does not return the text of the answer": "The answer is a message, and its text comes "
        "back: all of it, unchanged.",
        "without a text it does not return an empty one": "An answer may only call a tool. Its "
        'text is "" then.',
        "a question without an answer stays in the history": "If the model fails, nothing was "
        "said. Append only when the answer is there.",
        "a failure changes the history": "If the model fails, the history is as it was before.",
        "the error is hidden": "Whoever called has to know that there is no answer. Let the error "
        "pass.",
        "the second turn does not know the first": "After a turn the history holds its question "
        "and its answer, and the model sees them in the next one.",
    }

    def check_history(self, history, before, question):
        """Check what was appended: the question, and a message with the answer."""
        wanted = Words(f"{len(before)} messages, then the question and the answer")
        must = self.against(wanted, said(history))
        must(roles(history[: len(before)]) == roles(before), "what was there before is changed")
        new = history[len(before) :]
        must(new, "nothing is remembered")
        must(all(hasattr(one, "type") for one in new), "what is remembered is not a message")
        must("human" in roles(new), "the question is not remembered")
        must("ai" in roles(new), "the answer is not remembered")
        must(roles(new) != ["ai", "human"], "the answer comes before the question")
        must(
            roles(new) == ["human", "ai"], "what is remembered is not question and answer", why=TWO
        )
        must(new[0].text == question, "the question is not remembered")

    @keeps(3)
    def test_the_text_comes_back(self, answers, play, text):
        answer = f" {text.word()}\n\n{text.word()} "
        got = answers.chat_turn(play(*[Reply(answer)] * 2), [], text.word())
        self.must(got == answer, "it does not return the text of the answer", answer, got)
        silent = play(*[Reply(ToolCall("search", {}, id=call_id(text)))] * 2)
        got = answers.chat_turn(silent, [], text.word())
        self.must(got == "", "without a text it does not return an empty one", "", got)

    @keeps(1)
    def test_the_model_sees_the_conversation(self, answers, play, text):
        for history in (conversation(text, 1), conversation(text, 1, 2), []):
            before, question = list(history), odd(text)
            model = play(text.word(), text.word())
            answers.chat_turn(model, history, question)
            asked = model.transcript[0].messages if model.transcript else []
            must = self.against(said([*before, HumanMessage(question)]), said(asked))
            must(
                roles(asked)[: len(before)] == roles(before)
                and texts(asked)[: len(before)] == texts(before),
                "the model does not see what was said before",
            )
            must(
                roles(asked)[len(before) :] == ["human"] and texts(asked)[-1] == question,
                "the model does not see the question last",
            )
            times = len(model.transcript)
            self.must(times == 1, "the model is asked more than once", 1, times)

    @keeps(2)
    def test_question_and_answer_are_appended(self, answers, play, text):
        for history in (conversation(text, 1), conversation(text, 1, 2), []):
            before, question, answer = list(history), odd(text), text.sentence(".")
            answers.chat_turn(play(*[Reply.of(answer)] * 2), history, question)
            self.check_history(history, before, question)
            self.must(
                history[-1].text == answer, "the answer is not remembered", answer, history[-1].text
            )

    @keeps(2)
    def test_the_answer_is_remembered_as_it_is(self, answers, play, text):
        history, one = [], call_id(text)
        reply = Reply(text.word(), ToolCall("search", {"for": text.word()}, id=one))
        model = play(reply, reply)
        answers.chat_turn(model, history, text.word())
        last = history[-1]
        has = {
            "its id": bool(getattr(last, "id", None)),
            "its usage": bool(getattr(last, "usage_metadata", None)),
            "its tool calls": [call["id"] for call in getattr(last, "tool_calls", [])] == [one],
            "its metadata": bool(getattr(last, "response_metadata", {}).get("finish_reason")),
        }
        lost = [name for name, is_there in has.items() if not is_there]
        self.must(
            not lost,
            "of the answer, only the text is remembered",
            Words("the message that the model gave"),
            Words(f"one without {', '.join(lost)}"),
        )

    @keeps(3)
    @in_process("OpenAI's protocol has no reasoning")
    def test_the_text_of_blocks_comes_back(self, answers, play, text):
        first, second = text.word(), text.word()
        block = {"type": "text", "text": second}
        for parts in ((Reasoning("Hm"), first, second), (Content(first, block),)):
            got = answers.chat_turn(play(Reply(*parts)), [], text.word())
            wanted = first + second
            self.must(got == wanted, "it does not return the text of the answer", wanted, got)

    def test_two_turns(self, answers, play, text):
        history, words = [], [text.word() for _ in range(4)]
        model = play(words[1], words[3])
        for question, answer in (words[:2], words[2:]):
            got = answers.chat_turn(model, history, question)
            self.must(got == answer, "it does not return the text of the answer", answer, got)
        asked = model.transcript[1].messages
        must = self.against(Words(", ".join(words)), said(history))
        must(texts(history) == words, "the second turn does not know the first")
        must(texts(asked) == words[:3], "the second turn does not know the first", got=said(asked))

    @keeps(4)
    @in_process("a network has errors of its own")
    def test_a_failure_leaves_nothing_behind(self, answers, play, text):
        for history in (conversation(text, 1), []):
            before = copy.deepcopy(history)
            error = ConnectionError(text.word())
            model = play(Reply(text.word(), Fail(error)), text.word())
            with self.raises(ConnectionError, "the error is hidden") as caught:
                answers.chat_turn(model, history, text.word())
            self.must(caught.error is error, "the error is replaced", why=SAME_ERROR)
            must = self.against(said(before), said(history))
            must(
                roles(history) != [*roles(before), "human"],
                "a question without an answer stays in the history",
            )
            must(history == before, "a failure changes the history")

    def test_any_turn(self, search):
        def promise(answers, history, question, answer, error):
            before = copy.deepcopy(history)
            model = held_model(Reply(answer, *([Fail(error)] if error else []), usage=USED))
            if error:
                with passes_on(error, "the model"):
                    answers.chat_turn(model, history, question)
                must = self.against(said(before), said(history))
                must(
                    roles(history) != [*roles(before), "human"],
                    "a question without an answer stays in the history",
                )
                must(same_messages(history, before), "a failure changes the history")
                return
            got = answers.chat_turn(model, history, question)
            asked = model.transcript[0].messages if model.transcript else []
            must = self.against(said([*before, HumanMessage(question)]), said(asked))
            must(
                same_messages(asked[: len(before)], before),
                "the model does not see what was said before",
            )
            must(
                (roles(asked[len(before) :]), texts(asked[len(before) :]))
                == (["human"], [question]),
                "the model does not see the question last",
            )
            self.must(got == answer, "it does not return the text of the answer", answer, got)
            self.check_history(history, before, question)
            self.must(
                same_messages(history[: len(before)], before),
                "what was there before is changed",
                said(before),
                said(history),
            )
            last = history[-1]
            whole = last.text == answer and last.usage_metadata == USED and last.id is not None
            self.must(whole, "of the answer, only the text is remembered", answer, Words(f"{last}"))

        errors = tuple(kind("of the model") for kind in ERRORS if issubclass(kind, Exception))
        for error in errors:
            error.__cause__ = LookupError("behind it")
        given = {"history": [HumanMessage("a"), AIMessage("b")], "question": "c"}
        always = (
            *each(**given, answer=("", *EACH), error=None),
            *each(**given, answer="a", error=(*errors, KeyboardInterrupt("Ctrl-C"))),
            *each(history=(*([one] for one in SOME), []), question="a", answer="a", error=None),
            *each(history=[], question=("", *EACH), answer="a", error=None),
            *each(history=([AIMessageChunk("a")], LONG), question="a", answer="a", error=None),
        )
        search(
            promise,
            *always,
            history=any_conversation(3),
            question=any_words(),
            answer=any_words(),
            error=st.sampled_from((None, None, *errors)),
        )


LONG = [message for number in range(20) for message in (HumanMessage("a"), AIMessage(f"{number}"))]
"""More turns than anybody would keep by chance."""

TWO = "After a call there are two messages more: a HumanMessage and the AIMessage that came back."


def same_messages(some, others):
    """Whether two lists hold equal messages."""
    return len(some) == len(others) and all(
        type(one) is type(other) and one == other for one, other in zip(some, others, strict=True)
    )


class TestEditQuestion(Explained):
    """A conversation goes back to one of its questions, and goes on with another one."""

    WHY: ClassVar = {
        "it changes a message that others still hold": "The list that you were given holds the "
        "same message. Make a new one with the new text.",
        "it changes the list that it is given": "Cutting or assigning into that list changes it "
        "for its owner. A slice such as messages[:3] is a new list.",
        "it hands out the same list again": "Each caller may change its list. Make a new one in "
        "each call.",
        "old answers stay behind the new question": "They answer a question that was never asked. "
        "Everything after the position goes.",
        "the old question stays": "The new question takes the place of the old one.",
        "it cuts at another position": "The position is an index in the list: 0 is the first "
        "message, whoever speaks there.",
        "what stands before the question is lost": "Everything before the position stays, rules "
        "included.",
        "the new question is not there": "The list ends with a HumanMessage that has the new text, "
        "unchanged.",
        "what stands before the question is changed": "The messages before the position stay "
        "equal, with ids and all.",
        "without a question there, it returns None": "Whoever called would go on with None. "
        "Raise ValueError: an error cannot be overlooked.",
        "a negative position is accepted": "In Python, -1 is the last one. Here it is no position "
        "at all: check that the position is at least 0.",
        "a position outside of the list is no ValueError": "Where there is no message, there is no "
        "question. Check the position before you use it.",
        "a question is taken for none": "A HumanMessage stands at this position, so there is a "
        "question. Print both sides of what the condition compares.",
        "a message that is not a question is edited": "Only a HumanMessage is a question. The "
        "model, the tools and the rules are not edited: raise ValueError.",
    }

    def check_edited(self, got, messages, position, new):
        """Check what an edited conversation holds."""
        check_list(got)
        before = messages[:position]
        must = self.against(said([*before, HumanMessage(new)]), said(got))
        must(
            len(got) <= position + 1 or got[-1].text == new,
            "old answers stay behind the new question",
        )
        must(
            texts(got)[-1:] == [new] and roles(got)[-1:] == ["human"],
            "the new question is not there",
        )
        must(len(got) != position + 2, "the old question stays")
        whole = len(got) == position + 1 or not same_messages(got[:-1], messages[: len(got) - 1])
        must(whole, "it cuts at another position")
        must(len(got) == position + 1, "what stands before the question is lost")
        must(same_messages(got[:-1], before), "what stands before the question is changed")

    def check_untouched(self, messages, held, before):
        """Check that nothing that was given has changed: neither the messages nor their list."""
        problem = "it changes a message that others still hold"
        self.must(texts(held) == texts(before), problem, said(before), said(held))
        problem = "it changes the list that it is given"
        is_same = same_messages(messages, before)
        self.must(is_same, problem, said(before), said(messages))

    def check_refused(self, answers, messages, position, new):
        """Check that a position without a question is a ValueError."""
        problem = "a position outside of the list is no ValueError"
        if position < 0:
            problem = "a negative position is accepted"
        elif position < len(messages):
            problem = "a message that is not a question is edited"
        wanted = Words("ValueError")
        with self.never(IndexError, problem, wanted), self.raises(ValueError, problem, wanted):
            got = answers.edit_question(messages, position, new)
            if got is None:
                raise WrongAnswer(NO_ERROR, self.WHY[NO_ERROR], wanted, wants_error=True)

    @keeps(4)
    def test_what_was_given_stays_as_it_is(self, answers, text):
        messages = conversation(text, 1, 0, rules=False)
        for position in (0, 2):
            held, before = list(messages), copy.deepcopy(messages)
            with suppress(ValueError):  # which positions are right is another promise
                answers.edit_question(messages, position, text.word())
            self.check_untouched(messages, held, before)

    @keeps(2)
    def test_what_came_after_is_left_out(self, answers, text):
        for position in (1, 3):
            messages, new = conversation(text, 1, 1), odd(text)
            with suppress(ValueError):  # which positions are right is another promise
                got = answers.edit_question(list(messages), position, new)
                check_list(got)
                wanted = said([*messages[:position], HumanMessage(new)])
                must = self.against(wanted, said(got))
                behind = len(got) > position + 1 and got[position].text == new
                must(not behind, "old answers stay behind the new question")
                old = texts(got)[position:] == [messages[position].text, new]
                must(not old, "the old question stays")

    @keeps(1)
    def test_the_new_question_is_the_last_message(self, answers, text):
        for kinds, places in (((1, 1), (1, 3)), ((2, 0, 3), (1, 5, 6))):
            messages = conversation(text, *kinds)
            for position in places:
                held, before, new = list(messages), copy.deepcopy(messages), odd(text)
                wanted = said([*before[:position], HumanMessage(new)])
                with self.never(ValueError, "a question is taken for none", wanted):
                    got = answers.edit_question(messages, position, new)
                self.check_untouched(messages, held, before)
                self.check_edited(got, before, position, new)

    @keeps(1)
    def test_the_list_is_new(self, answers, text):
        messages, new = conversation(text, 1, 1), text.word()
        first, again = (answers.edit_question(messages, 3, new) for _ in range(2))
        self.must(first is not again, "it hands out the same list again")

    @keeps(3)
    def test_no_question_stands_there(self, answers, text):
        messages = conversation(text, 1, 2)
        held, before, count = list(messages), copy.deepcopy(messages), len(messages)
        asked = [*messages, HumanMessage(text.word())]
        for some, position in ((messages, 0), (messages, 2), (messages, 4), (messages, 5)):
            self.check_refused(answers, some, position, text.word())
        for some, position in ((messages, count), (messages, count + 3), ([], 0)):
            self.check_refused(answers, some, position, text.word())
        for some, position in ((asked, -1), (messages, 1 - count), ([], -1)):
            self.check_refused(answers, some, position, text.word())
        self.check_untouched(messages, held, before)

    def test_any_position(self, search):
        def promise(answers, messages, position, new):
            held, before = list(messages), copy.deepcopy(messages)
            inside = 0 <= position < len(messages)
            if inside and isinstance(messages[position], HumanMessage):
                got = answers.edit_question(messages, position, new)
                self.check_untouched(messages, held, before)
                self.check_edited(got, before, position, new)
                return
            self.check_refused(answers, messages, position, new)
            self.check_untouched(messages, held, before)

        alike = [kind("a", id="h") for kind in (HumanMessage, HumanMessage, AIMessageChunk)]
        always = (
            *each(messages=[HumanMessage("a"), HumanMessage("a")], position=1, new=EACH),
            *each(messages=[*SOME], position=tuple(range(-len(SOME), len(SOME) + 1)), new="a"),
            {"messages": [HumanMessage("a") for _ in range(40)], "position": 30, "new": "a"},
            {"messages": [HumanMessage("a")], "position": 0, "new": ""},
            *each(messages=alike, position=(0, 1, 2), new="a"),
        )
        search(
            promise,
            *always,
            messages=any_conversation(),
            position=st.sampled_from((0, 1, 2, 3, 4, 5, -1, -2, 9)),
            new=any_words(),
        )


NO_ERROR = "without a question there, it returns None"


class TestLastTurns(Explained):
    """The newest turns of a conversation are kept, each of them whole."""

    WHY: ClassVar = {
        "a tool result has lost the call that it answers": "Providers refuse such a list. Cut only "
        "where a turn begins: in front of a HumanMessage.",
        "it begins in the middle of a turn": "A turn begins with a HumanMessage. Behind the rules, "
        "the first message that is kept has to be one.",
        "the rules are lost": "A SystemMessage at the beginning says how to behave. It always "
        "stays, and it does not count as a turn.",
        "the rules are taken for a part of a turn": "They come back in front of the turns, and "
        "change nothing about which turns stay. Take them away first, and choose then.",
        "the rules come twice": "The slice that you add them to has them already. A "
        "SystemMessage within a turn stays or goes with its turn.",
        "it fails without messages": "A list may be empty: messages[0] is an error then. The "
        "slice messages[:1] is not.",
        "for 0 turns, turns are kept": "0 means none. Note that positions[-0:] is the whole list, "
        "since -0 is 0.",
        "it keeps too few turns": "A turn is a question and all that follows up to the next one: "
        "calls, results and answers belong to it. Count only the questions.",
        "it keeps too many turns": "Only the newest ones stay, as many as asked for. Count the "
        "questions from the end.",
        "there are fewer turns than that, and not all of them stay": "If there are fewer turns "
        "than asked for, everything stays.",
        "the oldest turns are kept": "The newest turns stand at the end of the list.",
        "the order is another one": "A conversation is read from the top. What stays, stays in "
        "its order.",
        "a message within a turn is lost": "A turn stays whole: the question and everything up to "
        "the next question.",
        "a message is changed": "What stays, stays as it is, with ids and all.",
    }

    def check_turns(self, got, messages, turns):
        """Check which messages are left of a conversation."""
        check_list(got)
        wanted = kept(messages, turns)
        must = self.against(said(wanted), said(got))
        rules = messages[:1] if roles(messages[:1]) == ["system"] else []
        must(not rules or "system" in roles(got), "the rules are lost")
        must(roles(got[1:]).count("system") <= roles(wanted[1:]).count("system"), MORE_RULES)
        body = got[1:] if roles(got[:1]) == ["system"] else got
        right = wanted[len(rules) :]
        must(turns > 0 or not body, "for 0 turns, turns are kept")
        must(body != right[::-1] or body == right, "the order is another one")
        must(roles(body)[:1] != ["tool"], "a tool result has lost the call that it answers")
        must(roles(body)[:1] in ([], ["human"]), "it begins in the middle of a turn")
        oldest = messages[len(rules) :][: len(body)]
        is_oldest = same_messages(body, oldest) and len(body) < len(messages) - len(rules)
        must(same_messages(body, right) or not is_oldest, "the oldest turns are kept")
        have, need = roles(body).count("human"), roles(right).count("human")
        must(have >= need or turns <= roles(messages).count("human"), FEWER)
        must(have >= need, "it keeps too few turns")
        must(have <= need, "it keeps too many turns")
        must(len(body) == len(right), "a message within a turn is lost")
        must(
            sorted(texts(body)) != sorted(texts(right)) or texts(body) == texts(right),
            "the order is another one",
        )
        must(same_messages(got, wanted), "a message is changed")

    @keeps(1)
    def test_a_turn_stays_whole(self, answers, text):
        for kinds, some in (((1, 2), (2, 1)), ((2, 1, 3), (1, 2)), ((1, 2, 3, 2), (3, 2))):
            messages = conversation(text, *kinds, rules=False)
            for turns in some:
                self.check_turns(answers.last_turns(messages, turns), messages, turns)

    @keeps(2)
    def test_rules_stay_and_are_no_turn(self, answers, text):
        messages = conversation(text, 1, 2, 1)
        for turns in (1, 2):
            got = answers.last_turns(messages, turns)
            without = answers.last_turns(messages[1:], turns)
            check_list(got)
            must = self.against(said([messages[0], *without]), said(got))
            must("system" in roles(got), "the rules are lost")
            must("system" not in roles(got[1:]), "the rules come twice")
            must(same_messages(got[1:], without), "the rules are taken for a part of a turn")

    @keeps(3)
    def test_there_are_fewer_turns_or_none(self, answers, text):
        for rules in (True, False):
            messages = conversation(text, 1, 2, rules=rules)
            for turns in (0, 2, 3, 50):
                with self.never(IndexError, FEWER, said(kept(messages, turns))):
                    got = answers.last_turns(messages, turns)
                self.check_turns(got, messages, turns)
            messages = conversation(text, rules=rules)
            for turns in (0, 1):
                with self.never(IndexError, "it fails without messages", said(messages)):
                    got = answers.last_turns(messages, turns)
                self.check_turns(got, messages, turns)

    @keeps(1)
    def test_an_open_question_is_a_turn(self, answers, text):
        messages = conversation(text, 1, 2, 0, rules=False)
        for turns in (1, 2):
            self.check_turns(answers.last_turns(messages, turns), messages, turns)
        messages = conversation(text, 0, 0, 0, rules=False)
        self.check_turns(answers.last_turns(messages, 2), messages, 2)

    def test_the_messages_stay_as_they_are(self, answers, text):
        messages = conversation(text, 1, 2, 1)
        for turns in (0, 1, 9):
            with unchanged(messages=messages):
                answers.last_turns(messages, turns)

    def test_any_conversation(self, search):
        def promise(answers, messages, turns):
            with unchanged(messages=messages):
                got = answers.last_turns(messages, turns)
            self.check_turns(got, messages, turns)

        rules, question, answer = SystemMessage("a"), HumanMessage("b"), AIMessage("b")
        calls = [AIMessage("", tool_calls=CALLING), ToolMessage("4", tool_call_id="k1")]
        kinds = (SystemMessage, *(HumanMessage, AIMessageChunk) * 2, AIMessage)
        alike = [kind("a", id="h") for kind in kinds]
        long = [rules, question, *calls, answer, question, *calls, *calls, answer, question]
        always = (
            *each(messages=long, turns=tuple(range(6))),
            *each(messages=[question, answer] * 3, turns=tuple(range(6))),
            *each(messages=(*([HumanMessage(one), answer] * 2 for one in EACH),), turns=1),
            {"messages": [rules, *[question, answer] * 20], "turns": 12},
            *each(messages=[rules, *[question, rules, answer] * 3], turns=(0, 1, 2, 3)),
            *each(messages=[rules], turns=(0, 1)),
            *each(messages=[], turns=(0, 1)),
            *each(messages=alike, turns=(0, 1, 2, 3)),
        )
        turns = st.sampled_from((1, 2, 0, 3, 4, 99))
        search(promise, *always, messages=any_conversation(), turns=turns)


FEWER = "there are fewer turns than that, and not all of them stay"
MORE_RULES = "the rules come twice"


def kept(messages, turns):
    """What is left of a conversation: its rules, and turns that are added one by one."""
    rules = messages[:1] if roles(messages[:1]) == ["system"] else []
    groups = []
    for message in messages[len(rules) :]:
        if isinstance(message, HumanMessage):
            groups.append([])
        groups[-1].append(message)
    newest = groups[len(groups) - turns :] if turns < len(groups) else groups
    return [*rules, *(message for group in newest for message in group)]
