"""Lesson 05: Tool Execution.

One class for each task. `answers` are the functions to be graded, `text` makes words that differ
from seed to seed, and time is virtual.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from itertools import count, pairwise, takewhile
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import StructuredTool, ToolException
from pydantic import ValidationError, create_model

from course.grade.expect import Words, check, keeps
from course.grade.model_checks import check_paired
from course.grade.scenarios import (
    LONG,
    TEXTS,
    WIDE,
    Stranger,
    any_text,
    any_tokens,
    each,
    repeated,
)
from course.grade.stream_checks import check_nothing_runs_on, same, seconds
from course.grade.value_checks import Explained, unchanged

BRACED = "{x} & <b>"
"""What templates, pages and tags would take for their own."""

OTHER_ERRORS = (ValueError, KeyError, RuntimeError, PermissionError, ZeroDivisionError, Stranger)
"""What no second try cures; PermissionError is a kind of OSError, as those below are."""

PASSING = (ConnectionError, TimeoutError, ConnectionResetError)
"""What may be gone a moment later; the last one is a kind of the first."""


def because_of(cause, error):
    """The same error, raised from another one."""
    error.__cause__ = cause
    return error


# What holds for several tasks.


def a_call(name, args=None, key="k1"):
    """A call as a model makes it."""
    return {"name": name, "args": dict(args or {}), "id": key, "type": "tool_call"}


def a_broken_call(name, args, key):
    """A call whose arguments are no JSON."""
    return {
        "name": name,
        "args": args,
        "id": key,
        "error": None,
        "type": "invalid_tool_call",
    }


NOTHING = create_model("Nothing")
WORD = create_model("Word", word=(str, ""))
WORK = create_model("Work", seconds=(float, ...), word=(str, ...))
"""What tools take, made once: LangChain would make it again for each tool, which takes long."""


def a_tool(name, work, **known):
    """A tool that is an ordinary function."""
    return StructuredTool.from_function(work, name=name, description="Does some work.", **known)


def taking(name, work, **types):
    """A tool whose arguments have names and types that are known only here."""
    schema = create_model(
        "Arguments", **{argument: (kind, ...) for argument, kind in types.items()}
    )
    return a_tool(name, work, args_schema=schema)


def failing(name, error, runs=None):
    """A tool that raises an error each time, without any arguments."""

    def work() -> str:
        if runs is not None:
            runs.append(name)
        raise error

    return a_tool(name, work, args_schema=NOTHING)


def giving(name, result, runs=None, **known):
    """A tool that returns a result each time, without any arguments."""

    def work() -> str:
        if runs is not None:
            runs.append(name)
        return result

    return a_tool(name, work, args_schema=NOTHING, **known)


def in_runs(runs):
    """How often something ran, to be shown."""
    return {0: "no run", 1: "one run"}.get(len(runs), f"{len(runs)} runs")


def message_of(got, problem, why, wanted=None):
    """Pass if this is a ToolMessage, and return it."""
    kind = Words(f"a {type(got).__name__}") if got is not None else Words("None")
    check(
        isinstance(got, ToolMessage),
        problem,
        why=why,
        wanted=wanted or Words("a ToolMessage"),
        got=kind,
    )
    return got


def check_answers_call(got, call):
    """Pass if a message has the id and the name of a call."""
    check(
        got.tool_call_id == call["id"],
        "the message answers another call",
        why="Only the id says which call a message answers: tool_call_id is that of the call.",
        wanted=Words(f"tool_call_id={call['id']!r}"),
        got=Words(f"tool_call_id={got.tool_call_id!r}"),
    )
    check(
        got.name == call["name"],
        "the message does not name the tool",
        why="A ToolMessage has a name: the one in the call.",
        wanted=Words(f"name={call['name']!r}"),
        got=Words(f"name={got.name!r}"),
    )


def check_error(got, call):
    """Pass if a message says that this call went wrong."""
    check_answers_call(got, call)
    check(
        got.status == "error",
        "it looks like a success",
        why='A ToolMessage has the status "success" unless you give it another one. error_message '
        "does that.",
        wanted=Words("status='error'"),
        got=Words(f"status={got.status!r}"),
    )


NO_MESSAGE = "what comes back is no ToolMessage"
HIDDEN = "a call that should go well is answered with SORRY"
WHY_HIDDEN = (
    "The tool has done nothing wrong, so something else in your try has. `except Exception` hides "
    "it. Print the error there for a moment, or take that except away, and see what comes out."
)
NEVER_RUN = "it never runs the tool"


class TestErrorMessage(Explained):
    """A message that answers a call, and says that it went wrong."""

    WHY: ClassVar = {
        "it raises an error": "The model waits for an answer to its call, and never sees an "
        "exception. Return a message.",
        "it gives a status that there is not": 'A ToolMessage has the status "success" or '
        '"error", and no other.',
        NO_MESSAGE: "Only a ToolMessage can answer a call: a text or a dict does not say which.",
        "it looks like a success": 'The status is "success" unless you say something else. Words '
        'in the text do not change it: say status="error".',
        "something is added to the reason": "The status already says that it is an error. The "
        "content is the reason and nothing else.",
        "the reason is changed": "The content is `reason`, as it is, also if it is empty: nothing "
        "stripped, nothing added.",
        "a long reason is cut": "The content is `reason`, as it is, however long that is.",
    }

    def make(self, answers, call, reason):
        """Make a message, and check its form."""
        wanted = ToolMessage(reason, name=call["name"], tool_call_id=call["id"], status="error")
        with (
            self.never(ValidationError, "it gives a status that there is not", wanted),
            self.never((ToolException, RuntimeError), "it raises an error", wanted),
            unchanged(call=call),
        ):
            got = answers.error_message(call, reason)
        return message_of(got, NO_MESSAGE, self.WHY[NO_MESSAGE], wanted)

    @keeps(1)
    def test_it_is_a_message(self, answers, text):
        with (
            suppress(ValidationError),  # its status is another promise
            self.never((ToolException, RuntimeError), "it raises an error"),
        ):
            got = answers.error_message(a_call(text.word()), text.sentence())
            message_of(got, NO_MESSAGE, self.WHY[NO_MESSAGE])

    @keeps(2)
    def test_it_says_that_it_went_wrong(self, answers, text):
        for reason in (text.sentence(), "success"):
            got = self.make(answers, a_call(text.word(), key=text.secret()), reason)
            wanted, came = "status='error'", f"status={got.status!r}"
            self.in_words(got.status == "error", "it looks like a success", wanted, came)

    @keeps(1)
    def test_it_answers_the_call(self, answers, text):
        for args in ({}, {"city": text.word()}):
            call = a_call(text.word(), args, text.secret())
            check_answers_call(self.make(answers, call, text.sentence()), call)
        for name, args in ((text.word(), '{"city": "Ro'), (None, None)):
            call = a_broken_call(name, args, text.secret())
            check_answers_call(self.make(answers, call, text.sentence()), call)

    @keeps(3)
    def test_the_reason_is_the_content(self, answers, text):
        for reason in (text.sentence(), f" {BRACED}\n", "", text.sentence(), LONG):
            got = self.make(answers, a_call(text.word()), reason)
            must = self.against(reason, got.content)
            must(
                got.content == reason or reason not in got.content,
                "something is added to the reason",
            )
            most, came = f"{len(reason)} characters", f"{len(got.content)} characters"
            cut = reason == LONG and len(got.content) < len(LONG)
            self.in_words(not cut, "a long reason is cut", most, came)
            must(got.content == reason, "the reason is changed")

    def test_any_reason(self, search):
        def promise(answers, name, key, reason):
            call = a_call(name, {"city": "Rome"}, key)
            got = self.make(answers, call, reason)
            check_error(got, call)
            self.must(got.content == reason, "the reason is changed", reason, got.content)

        always = each(name="find", key="k", reason=TEXTS)
        search(promise, *always, name=any_text(), key=any_text(), reason=any_text())


ROOM = 40
"""How many characters of the limit may be used for the note."""


def alike(text, other):
    """With how many characters two texts begin in the same way."""
    pairs = zip(text, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def numbers_in(text):
    """The whole numbers in a text, in digits: 1,234 is one."""
    return [int(re.sub(r"\D", "", found)) for found in re.findall(r"\d(?:[\d,_.']*\d)?", text)]


class TestShorten(Explained):
    """The beginning of a text, and how much is missing."""

    WHY: ClassVar = {
        "it gives no text": "It returns a str in each case, also for a text that is short enough.",
        "a text that is short enough does not stay as it is": "Up to `limit` characters, there is "
        "nothing to be left out: return the text itself.",
        "the result is longer than the limit": "The note counts, too. Keep less of the text, so "
        "that there is room for it.",
        "nobody can tell how much is missing": "Three dots may stand for ten characters or for ten "
        "thousand. Whoever knows the number can decide whether to ask for more. Write it in "
        "digits.",
        "it keeps the end in place of the beginning": "What is kept is the beginning of the text: "
        "text[:kept].",
        "white space is lost or added": "The beginning is kept as it is, line breaks and double "
        "spaces too. split and textwrap change them.",
        "too little of the text is kept": f"All but {ROOM} characters of the limit are for the "
        "text, wherever its words end.",
        "the result does not begin with the text": "First comes the beginning of the text, "
        "unchanged, and then the note.",
        "the number is not that of the characters left out": "Left out is what is in the text and "
        "not in the result: its length, less the characters that you have kept.",
    }

    def look(self, text, limit, got):
        """Check what a text was cut to."""
        fits = len(text) <= limit
        said = f"at least {limit - ROOM} characters of the text, and how many are left out"
        must = self.against(text if fits else Words(said), got)
        must(isinstance(got, str), "it gives no text")
        if fits:
            must(got == text, "a text that is short enough does not stay as it is")
            return
        most, came = Words(f"at most {limit} characters"), Words(f"{len(got)} characters")
        kept = alike(text, got)
        least = limit - ROOM
        must(
            kept >= least or text[-least // 2 :] not in got,
            "it keeps the end in place of the beginning",
        )
        plain = " ".join(text.split())
        must(
            kept >= least or alike(plain, got) <= kept,
            "white space is lost or added",
        )
        must(kept > 0, "the result does not begin with the text")
        must(kept >= least, "too little of the text is kept")
        must(len(got) <= limit, "the result is longer than the limit", wanted=most, got=came)
        must(numbers_in(got[least:]), "nobody can tell how much is missing")
        must(
            any(len(text) - n in numbers_in(got[n:]) for n in range(least, kept + 1)),
            "the number is not that of the characters left out",
        )

    def text_of(self, text, length):
        """A text of some length, in which there are no digits."""
        sentences = text.sentences(length // 10 + 1)
        return f"{sentences[: length - 1]}x"

    @keeps(3)
    def test_it_keeps_to_the_limit(self, answers, text):
        for length in (125, 150, 1_000, 12_345):
            whole = self.text_of(text, length)
            got = answers.shorten(whole, 100)
            most, came = Words("at most 100 characters"), Words(f"{len(got)} characters")
            self.must(len(got) <= 100, "the result is longer than the limit", most, came)
            kept, least = alike(whole, got), 100 - ROOM
            said = Words(f"at least {least} characters of the text")
            enough = kept >= least or not kept  # then it begins with something else
            self.must(enough, "too little of the text is kept", said, got)

    @keeps(2)
    def test_it_says_how_much_is_missing(self, answers, text):
        for length in (125, 150, 1_000, 12_345):
            whole = self.text_of(text, length)
            self.look(whole, 100, answers.shorten(whole, 100))

    @keeps(1)
    def test_a_short_text_stays(self, answers, text):
        for length in (60, 59, 1):
            whole = self.text_of(text, length)
            self.look(whole, 60, answers.shorten(whole, 60))
        for whole in ("", f" {BRACED}\n\n", *(one * (60 // len(one)) for one in WIDE)):
            self.look(whole, 60, answers.shorten(whole, 60))

    @keeps(3)
    def test_one_character_too_many(self, answers, text):
        for limit in (60, 61, 200):
            whole = self.text_of(text, limit + 1)
            self.look(whole, limit, answers.shorten(whole, limit))

    @keeps(3)
    def test_words_may_be_long(self, answers, text):
        whole = text.word() + " " + "x" * 400
        self.look(whole, 80, answers.shorten(whole, 80))

    @keeps(2)
    def test_white_space_is_text(self, answers, text):
        whole = "\n".join(f"{text.word()}:  {text.word()}" for _ in range(14))
        self.look(whole, 100, answers.shorten(whole, 100))

    def test_any_text(self, search):
        def promise(answers, tokens, times, limit):
            whole = "".join(tokens) * times
            self.look(whole, limit, answers.shorten(whole, limit))

        always = (
            *each(tokens=tuple([f"a{text}b"] for text in TEXTS), times=50, limit=60),
            *each(tokens=["a"], times=tuple(range(55, 66)), limit=60),
            *each(tokens=["word "], times=(20, 21, 2_000, 20_000), limit=100),
            *each(tokens=["word "], times=(1_000, 1_001), limit=5_000),
            *each(tokens=("[9 characters left out]", "漢\u0301"), times=40, limit=90),
            *each(tokens=(["a" * 10, " " * 50, "b" * 50], ["\n" * 90]), times=1, limit=60),
        )
        search(
            promise,
            *always,
            tokens=any_tokens(),
            times=st.sampled_from((1, 5, 20, 21, 100, 1_000)),
            limit=st.integers(60, 130),
        )


class TestSafeCall(Explained):
    """The model reads what it can mend, and of everything else only that it went wrong."""

    WHY: ClassVar = {
        NO_MESSAGE: "The model waits for a ToolMessage: on success the tool's own, which "
        "tool.invoke(call) gives for a whole call, and otherwise an error message.",
        "the exception's own text goes to the model": "It was written for you, and may have a "
        "path, an address or a password in it. The model can do nothing with it. Tell it SORRY.",
        "something of the exception goes to the model": "Its class or its place in the code does "
        "not help the model. The content is SORRY, and nothing else.",
        "the text of what the error was raised from goes to the model": "Only a ToolException "
        "itself is meant for the model. What came out is another Exception: say SORRY.",
        "the model hears nothing that it can use": "It has to know that there is no result. The "
        "content is SORRY.",
        "an exception of the tool comes out": "Then the agent ends, and the call has no answer. "
        "Catch Exception, last of all, and return an error message with SORRY.",
        "wrong arguments come out as an exception": "The model wrote them, and it can mend them, "
        "if it is told. Catch ValidationError, and return an error message.",
        "wrong arguments are answered with SORRY": "The model can mend them, if it is told which "
        "are wrong, and why. ValidationError needs an except of its own, before that of "
        "Exception.",
        "the model is not told which argument is wrong": "It then has to guess. error.errors() "
        "has an entry for each, and its loc begins with the name of the argument.",
        "only one of the wrong arguments is named": "The model would mend one, and fail with the "
        "next. Go through all of error.errors().",
        "the model is not told why an argument is wrong": "Which one is not enough: say what is "
        "wrong with it. That is msg, in each entry of error.errors().",
        "of two reasons why an argument is wrong, one is lost": "Several entries of error.errors() "
        "may be about the same argument. Say the msg of each.",
        "what a tool says to the model does not reach it": "A ToolException is raised by the "
        "author of a tool, with a text for the model. Its content is str(error).",
        "a ToolException comes out as an exception": "Its text is meant for the model: catch it, "
        "and return an error message with that text.",
        "the tool's own message does not come back": "tool.invoke(call) already gives the "
        "message, with everything in it. Return that one.",
        "the tool gets something else than the call": "With the whole call, tool.invoke gives a "
        "ToolMessage. With the arguments alone, nobody knows the id.",
        "the tool does not run exactly once": "A tool may send a mail or cost money. Run it once, "
        "and use what comes of it.",
        NEVER_RUN: "tool.invoke(call) does. If that stands in your try, then something else there "
        "goes wrong, and `except Exception` hides it: print the error there for a moment.",
        HIDDEN: WHY_HIDDEN,
        "it runs the tool with wrong arguments": "Whoever repairs arguments does something that "
        "nobody asked for. Say what is wrong with them.",
        "Ctrl-C is taken for a failure of the tool": "KeyboardInterrupt is how somebody stops the "
        "program. It is no Exception: catch Exception, and nothing wider.",
        "it changes the tool": "Others use the same tool, and rely on how it handles errors. "
        "Catch the errors here, and leave the tool alone.",
    }

    def call(self, answers, tool, call):
        """Run a call, and check the form of what comes back."""
        with unchanged(call=call):
            got = answers.safe_call(tool, call)
        return message_of(got, NO_MESSAGE, self.WHY[NO_MESSAGE])

    def check_one_run(self, runs):
        """Check how often the tool has run."""
        for holds, problem in (
            (runs, NEVER_RUN),
            (len(runs) == 1, "the tool does not run exactly once"),
        ):
            self.in_words(holds, problem, "one run", in_runs(runs))

    @keeps(4)
    def test_secrets_stay_secret(self, answers, text):
        for kind in OTHER_ERRORS:
            secret, runs = text.secret(), []
            call = a_call(text.word(), key=text.secret())
            tool = failing(call["name"], kind(f"/srv/{secret}/db refuses"), runs)
            with self.never(kind, "an exception of the tool comes out", Words("an error message")):
                got = self.call(answers, tool, call)
            must = self.against(answers.SORRY, got.content)
            must(secret not in str(got), "the exception's own text goes to the model")
            must(kind.__name__ not in str(got), "something of the exception goes to the model")
            must(got.content != "", "the model hears nothing that it can use")
            must(got.content == answers.SORRY, "something of the exception goes to the model")
            check_error(got, call)
            self.check_one_run(runs)
        secret, call = text.secret(), a_call(text.word())
        error = because_of(ToolException(secret), RuntimeError("the tool is broken"))
        with self.never(RuntimeError, "an exception of the tool comes out", answers.SORRY):
            got = self.call(answers, failing(call["name"], error), call)
        problem = "the text of what the error was raised from goes to the model"
        self.must(got.content == answers.SORRY, problem, answers.SORRY, got.content)

    @keeps(2)
    def test_each_wrong_argument_is_explained(self, answers, text):
        name, missing, mistyped, fine = (text.word() for _ in range(4))
        runs = []

        def work(**values) -> str:
            runs.append(values)
            return "done"

        tool = taking(name, work, **{missing: str, mistyped: int, fine: str})
        call = a_call(name, {mistyped: "soon", fine: BRACED}, text.secret())
        self.look_at_wrong(answers, tool, call)
        call = a_call(name, {}, text.secret())
        self.look_at_wrong(answers, tool, call)
        tool = taking(name, work, **{mistyped: list[int]})
        self.look_at_wrong(answers, tool, a_call(name, {mistyped: [1, 2, "soon"]}))
        tool = taking(name, work, **{mistyped: int | list[int]})
        self.look_at_wrong(answers, tool, a_call(name, {mistyped: "soon"}))
        self.must(not runs, "it runs the tool with wrong arguments", Words("no run"), runs)

    def look_at_wrong(self, answers, tool, call):
        """Check what is said about arguments that are wrong."""
        wrong = []
        try:
            tool.args_schema.model_validate(call["args"])
        except ValidationError as error:
            wrong = [(str(one["loc"][0]), one["msg"]) for one in error.errors()]
        lines = "; ".join(f"{name}: {reason}" for name, reason in wrong)
        with self.never(ValidationError, "wrong arguments come out as an exception", Words(lines)):
            got = self.call(answers, tool, call)
        must = self.against(Words(lines), got.content)
        must(got.content != answers.SORRY, "wrong arguments are answered with SORRY")
        named = [name for name, _ in wrong if name in got.text]
        must(named, "the model is not told which argument is wrong")
        must(len(named) == len(wrong), "only one of the wrong arguments is named")
        told = [reason for _, reason in wrong if reason in got.text]
        must(told, "the model is not told why an argument is wrong")
        problem = "of two reasons why an argument is wrong, one is lost"
        must(len(told) == len(wrong) or len({*named}) == len(wrong), problem)
        must(len(told) == len(wrong), "the model is not told why an argument is wrong")
        check_error(got, call)

    @keeps(3)
    def test_what_a_tool_says_reaches_the_model(self, answers, text):
        class NotFound(ToolException):
            """An author's own kind."""

        for kind in (ToolException, NotFound):
            for reason in (text.sentence(), f" {BRACED}\n"):
                call = a_call(text.word(), key=text.secret())
                with self.never(ToolException, "a ToolException comes out as an exception", reason):
                    got = self.call(answers, failing(call["name"], kind(reason)), call)
                self.must(
                    got.content == reason,
                    "what a tool says to the model does not reach it",
                    reason,
                    got.content,
                )
                check_error(got, call)

    @keeps(1)
    def test_the_message_is_that_of_the_tool(self, answers, text):
        runs, rows = [], [text.word()]

        def find(word: str) -> tuple[str, list[str]]:
            runs.append(word)
            return f"found {word}", rows

        def fail(word: str) -> ToolMessage:
            return ToolMessage(word, tool_call_id=call["id"], name=call["name"], status="error")

        def shout(word: str) -> str:
            return word.upper()

        def find_more(word: str) -> dict[str, str | None]:
            return {"found": word, "more": None}

        def find_nothing(word: str) -> str:
            return ""

        for make in (find, fail, shout, find_more, find_nothing):
            call = a_call(text.word(), {"word": text.word()}, text.secret())
            kind = "content_and_artifact" if make is find else "content"
            tool = taking(call["name"], lambda word, make=make: make(word), word=str)
            tool.response_format = kind
            wanted = tool.invoke(call)
            runs.clear()
            got = answers.safe_call(tool, call)
            must = self.against(wanted, got)
            must(
                isinstance(got, ToolMessage) or got != wanted.content,
                "the tool gets something else than the call",
            )
            must(isinstance(got, ToolMessage), NO_MESSAGE)
            check_answers_call(got, call)
            must(got.content != answers.SORRY, HIDDEN)
            for field in ("content", "artifact", "status"):
                right, came = getattr(wanted, field), getattr(got, field)
                self.in_words(
                    right == came,
                    "the tool's own message does not come back",
                    f"{field}={right!r}",
                    f"{field}={came!r}",
                )
            self.check_one_run(runs if make is find else [None])

    @keeps(5)
    def test_the_tool_stays_as_it_is(self, answers, text):
        name, word = text.word(), text.word()
        tool = taking(name, lambda **values: text.word(), **{word: int})
        fields = ("handle_tool_error", "handle_validation_error", "name", "description")
        before = {field: getattr(tool, field) for field in fields}
        for args in ({word: 1}, {word: "soon"}):
            answers.safe_call(tool, a_call(name, args))
            after = {field: getattr(tool, field) for field in fields}
            self.must(after == before, "it changes the tool", before, after)

    @keeps(4)
    def test_ctrl_c_stops_it(self, answers, text):
        call = a_call(text.word())
        with self.raises(KeyboardInterrupt, "Ctrl-C is taken for a failure of the tool"):
            answers.safe_call(failing(call["name"], KeyboardInterrupt()), call)

    def test_any_call(self, search):
        def promise(answers, args, error, key):
            runs = []

            def work(**values) -> str:
                runs.append(values)
                if error is not None:
                    raise error
                return f"{values['where']}{BRACED}"

            tool = taking("find", work, where=str, when=int)
            call = a_call("find", args, key)
            valid = isinstance(args.get("where"), str) and isinstance(args.get("when"), int)
            if not valid:
                self.look_at_wrong(answers, tool, call)
                self.must(not runs, "it runs the tool with wrong arguments", Words("no run"), runs)
                return
            with self.never(Exception, "an exception of the tool comes out"):
                got = self.call(answers, tool, call)
            self.check_one_run(runs)
            if error is None:
                wanted, problem = (
                    f"{args['where']}{BRACED}",
                    "the tool's own message does not come back",
                )
                self.must(got.status == "success", problem, Words("status='success'"), got)
            elif isinstance(error, ToolException):
                wanted, problem = str(error), "what a tool says to the model does not reach it"
            else:
                wanted, problem = answers.SORRY, "something of the exception goes to the model"
            self.must(got.content == wanted, problem, wanted, got.content)
            check_answers_call(got, call)
            if error is not None:
                check_error(got, call)

        good = {"where": "a", "when": 1}
        wrongs = ({}, {"where": 1, "when": 1}, {"where": "a", "when": None}, {"when": "x"})
        errors = tuple(kind("of the tool") for kind in (*OTHER_ERRORS, ToolException, *PASSING))
        always = (
            *each(args=(good, *wrongs), error=None, key="k1"),
            *each(args=good, error=errors, key="k1"),
            *each(args=tuple({**good, "where": text} for text in TEXTS), error=None, key="k1"),
            *each(args=good, error=tuple(ToolException(text) for text in (*TEXTS, LONG)), key="k1"),
        )
        where = st.one_of(any_text(), any_text(), st.sampled_from((None, 1, [])))
        when = st.sampled_from((1, 0, -1, None, "x", [1]))
        search(
            promise,
            *always,
            args=st.fixed_dictionaries({}, optional={"where": where, "when": when}),
            error=st.none() | st.sampled_from(errors),
            key=any_text().filter(bool),
        )


class TestAnswerAllCalls(Explained):
    """Each call has exactly one answer, whatever it is like."""

    WHY: ClassVar = {
        "it does not return a list of ToolMessages": "Collect a ToolMessage for each call in a "
        "list, and return the list after the loops.",
        "a call that cannot be read gets no answer": "It is a call, although its arguments are no "
        "JSON. It stands in message.invalid_tool_calls, and the provider waits for its answer.",
        "a call that cannot be read is run": "Who repairs arguments runs something that the model "
        "has not asked for. Say that they are no JSON: it can write them again.",
        "a tool that is not there ends everything": "Models make up names now and then. That call "
        "gets an error message, and all others their answers.",
        "a call of a tool that is not there gets no answer": "It is a call as well. Answer it with "
        "an error message.",
        "the model is not told which tools there are": "It can choose another one, if it knows "
        "their names. They are the keys of `tools`.",
        "a call gets more than one answer": "One ToolMessage for each call, no more.",
        "a call gets no answer": "One ToolMessage for each call: also after another one has "
        "failed, and also if the same call stands there twice.",
        "the first failure ends it": "Each call is answered on its own. safe_call raises nothing, "
        "so the loop can go on.",
        "the answers are in another order": "First those to tool_calls, in their order, and then "
        "those to invalid_tool_calls.",
        "a call is not answered as safe_call does it": "safe_call(tool, call) gives the answer in "
        "each case, whether or not it goes well. Add that to the list.",
        "the exception's own text goes to the model": "safe_call keeps it back. Let it answer, in "
        "place of tool.invoke.",
        "an error message is empty": "The model has to learn from it what to do better.",
        HIDDEN: "The tool has done nothing wrong. What does safe_call get? It takes the tool "
        "itself, and the whole call. Its `except Exception` hides what goes wrong there: print the "
        "error for a moment.",
        "without calls there is not an empty list": "Having nothing to do is not an error: "
        "return [].",
        "two calls share a list": "What was returned belongs to the caller. Make a new list each "
        "time.",
        "a tool does not run exactly once for each call": "A tool may send a mail or cost money. "
        "Run it once for each call that can be read, and for no other.",
    }

    def answer(self, answers, message, tools):
        """Answer a message, and check the form of what comes back."""
        with (
            self.never(KeyError, "a tool that is not there ends everything"),
            unchanged(message=message),
        ):
            got = answers.answer_all_calls(message, tools)
        form = "it does not return a list of ToolMessages"
        self.must(isinstance(got, list), form, Words("a list of ToolMessages"))
        self.must(all(isinstance(one, ToolMessage) for one in got), form)
        return got

    def look(self, got, message):
        """Check that each call has exactly one answer, in order."""
        readable = [call["id"] for call in message.tool_calls]
        broken = [call["id"] for call in message.invalid_tool_calls]
        wanted, came = [*readable, *broken], [one.tool_call_id for one in got]
        must = self.against(wanted, came)
        must({*broken} <= {*came}, "a call that cannot be read gets no answer")
        must({*wanted} <= {*came}, "a call gets no answer")
        must(len(came) <= len(wanted), "a call gets more than one answer")
        must(came == wanted, "the answers are in another order")
        check_paired([HumanMessage("Why?"), message, *got])
        for one, call in zip(got, [*message.tool_calls, *message.invalid_tool_calls], strict=True):
            check_answers_call(one, call)

    @keeps(1)
    def test_each_is_answered_as_safe_call_does(self, answers, text):
        works, breaks, refuses, secret = text.word(), text.word(), text.word(), text.secret()
        sentence, runs = text.sentence(), []
        tools = {
            works: taking(works, lambda city: runs.append(city) or f"in {city}", city=str),
            breaks: failing(breaks, RuntimeError(secret)),
            refuses: failing(refuses, ToolException(sentence)),
        }
        calls = [
            a_call(breaks, key="k9"),
            a_call(works, {"city": BRACED}, "k3"),
            a_call(works, {"town": BRACED}, "k5"),
            a_call(refuses, key="k1"),
            a_call(works, {"city": BRACED}, "k4"),
        ]
        message = AIMessage(text.sentence(), tool_calls=calls)
        with self.never(RuntimeError, "the first failure ends it", Words("five messages")):
            got = self.answer(answers, message, tools)
        self.must(len(got) != 1, "the first failure ends it", Words("five messages"))
        self.look(got, message)
        self.must(
            secret not in str(got[0]), "the exception's own text goes to the model", answers.SORRY
        )
        wanted = [answers.SORRY, f"in {BRACED}", None, sentence, f"in {BRACED}"]
        for one, right in zip(got, wanted, strict=True):
            hidden = right not in (None, answers.SORRY) and one.content == answers.SORRY
            self.must(not hidden, HIDDEN, right, one.content)
            problem = "a call is not answered as safe_call does it"
            self.must(right is None or one.content == right, problem, right, one.content)
            good = right is not None and right.startswith("in ")
            status = "success" if good else "error"
            self.must(one.status == status, problem, Words(f"status={status!r}"), one)
        problem = "a tool does not run exactly once for each call"
        self.in_words(len(runs) == 2, problem, "2 runs", in_runs(runs))

    @keeps(3)
    def test_a_broken_call_is_a_call(self, answers, text):
        name, runs = text.word(), []
        tool = taking(name, lambda city: runs.append(city) or "done", city=str)
        for asked, args in (
            *((name, args) for args in ('{"city": "Ro', '{"city": "Rome"', "Rome", "", None)),
            *((asked, "Rome") for asked in ("", None)),
        ):
            broken = a_broken_call(asked, args, text.secret())
            message = AIMessage("", invalid_tool_calls=[broken])
            got = self.answer(answers, message, {name: tool})
            self.must(
                not runs, "a call that cannot be read is run", Words("no run"), Words(in_runs(runs))
            )
            self.look(got, message)
            check_error(got[0], broken)
            self.must(got[0].text.strip(), "an error message is empty", Words("a few words"), got)

    @keeps(2)
    def test_a_tool_that_is_not_there(self, answers, text):
        names = [text.word() for _ in range(3)]
        tools = {name: giving(name, f"from {name}") for name in names}
        asked = text.word()
        calls = [a_call(names[0], key="k1"), a_call(asked, key="k2"), a_call(names[2], key="k3")]
        message = AIMessage("", tool_calls=calls)
        got = self.answer(answers, message, tools)
        ids = [one.tool_call_id for one in got]
        self.must(
            "k2" in ids or "k3" not in ids,
            "a call of a tool that is not there gets no answer",
            ["k1", "k2", "k3"],
            ids,
        )
        self.look(got, message)
        check_error(got[1], calls[1])
        said = Words(f"something with {', '.join(names)} in it")
        self.must(
            all(name in got[1].text for name in names),
            "the model is not told which tools there are",
            said,
            got[1].content,
        )
        message = AIMessage("", tool_calls=[calls[1]])
        self.look(self.answer(answers, message, {}), message)

    @keeps(1, 3)
    def test_all_kinds_at_once(self, answers, text):
        name = text.word()
        tools = {name: giving(name, "done")}
        message = AIMessage(
            "",
            tool_calls=[a_call(name, key="k2"), a_call(name, key="k4")],
            invalid_tool_calls=[a_broken_call(name, "{", "k1"), a_broken_call("no", "", "k3")],
        )
        self.look(self.answer(answers, message, tools), message)

    @keeps(1)
    def test_each_list_is_a_new_one(self, answers, text):
        name = text.word()
        message = AIMessage("", tool_calls=[a_call(name)])
        tools = {name: giving(name, "done")}
        first = self.answer(answers, message, tools)
        second = self.answer(answers, message, tools)
        first.clear()
        ids = [one.tool_call_id for one in second]
        self.must(ids == ["k1"], "two calls share a list", ["k1"], ids)

    @keeps(1)
    def test_without_calls_there_is_nothing(self, answers, text):
        got = answers.answer_all_calls(AIMessage(text.sentence()), {})
        self.must(got == [], "without calls there is not an empty list", [])

    def test_any_calls(self, search):
        def promise(answers, kinds, order):
            runs = []
            tools = {
                "works": giving("works", f"a{BRACED}", runs),
                "breaks": failing("breaks", Stranger("a secret"), runs),
                "refuses": failing("refuses", ToolException("no"), runs),
                "takes": taking("takes", lambda city: city, city=str),
            }
            tools = {name: tools[name] for name in order}
            calls = [a_call(kind, key=f"k{n}") for n, kind in enumerate(kinds) if kind != "broken"]
            kind = AIMessage if "broken" in kinds else AIMessageChunk
            broken = [
                a_broken_call("works", '{"a": 1', f"k{n}")
                for n, kind in enumerate(kinds)
                if kind == "broken"
            ]
            message = kind("", tool_calls=calls, invalid_tool_calls=broken)
            with self.never(Stranger, "the first failure ends it"):
                got = self.answer(answers, message, tools)
            self.look(got, message)
            contents = {"works": f"a{BRACED}", "breaks": answers.SORRY, "refuses": "no"}
            for one, call in zip(got, [*calls, *broken], strict=True):
                good = call in calls and call["name"] == "works"
                problem = "a call is not answered as safe_call does it"
                status = "success" if good else "error"
                self.must(one.status == status, problem, Words(f"status={status!r}"), one)
                self.must(one.text, "an error message is empty", Words("a few words"), one)
                if call in calls and call["name"] in contents:
                    wanted = contents[call["name"]]
                    self.must(one.content == wanted, problem, wanted, one.content)
                if call["name"] not in tools:
                    problem = "the model is not told which tools there are"
                    self.must(all(name in one.text for name in tools), problem, [*tools], one)
            wanted = [
                call["name"] for call in calls if call["name"] in ("works", "breaks", "refuses")
            ]
            problem = "a tool does not run exactly once for each call"
            self.must(runs == wanted, problem, wanted, runs)

        every = ("works", "breaks", "refuses", "takes", "missing", "broken")
        order = ["works", "breaks", "refuses", "takes"]
        always = (
            *each(kinds=tuple([kind] for kind in every), order=order),
            *each(kinds=tuple([kind, "works", kind] for kind in every), order=order),
            *each(kinds=tuple(["broken", kind, "broken"] for kind in every), order=order),
            {"kinds": [], "order": order},
            {"kinds": ["Works", "works ", "work", ""], "order": order},
            {"kinds": ["works", "takes", "broken"] * 15, "order": order},
        )
        search(
            promise,
            *always,
            kinds=repeated(st.sampled_from(every), 6),
            order=st.permutations(order),
        )


class Tries:
    """A tool that fails some times, and when each try of it began. Time is virtual here as well."""

    def __init__(self, errors, result="done", seconds=0.0):
        self.errors = list(errors)
        self.result = result
        self.seconds = seconds
        self.moments = []
        self._began = time.monotonic()

    @property
    def elapsed(self):
        """Seconds since this was made."""
        return time.monotonic() - self._began

    def tool(self, name):
        """The tool."""

        def work(word: str = "") -> str:
            self.moments.append(self.elapsed)
            if self.seconds:
                time.sleep(self.seconds)
            if len(self.moments) <= len(self.errors):
                raise self.errors[len(self.moments) - 1]
            return f"{self.result}{word}"

        return a_tool(name, work, args_schema=WORD)


class TestCallWithRetry(Explained):
    """A failure that may pass is tried again, after a wait that grows."""

    WHY: ClassVar = {
        NO_MESSAGE: "tool.invoke(call), with the whole call, gives the message of the try that "
        "went well. Return it.",
        "an error that stays is tried again": "Only the errors in TRANSIENT may be gone a moment "
        "later. A wrong argument, or a bug, fails each time: let it pass at once.",
        "Ctrl-C does not stop it": "KeyboardInterrupt is how somebody stops the program. Catch "
        "only what is in TRANSIENT.",
        "an error is tried again because of what it was raised from": "What counts is the error "
        "that comes out of the tool, not its cause.",
        "it tries again although it has a message": "The tool has not failed: it has given a "
        "message. Whatever that says, it is the result.",
        "it gives up although the next try would succeed": "Both kinds in TRANSIENT may be gone "
        "the next moment. Catch them, and try again while there are attempts left.",
        "it tries more often than it may": "`attempts` is the number of all tries, the first one "
        "included.",
        "it tries less often than it may": "`attempts` is the number of all tries, the first one "
        "included. The last one counts, too.",
        "the last error does not come out": "When the last try has failed, the caller has to "
        "know. Let its error pass: no None, and no message.",
        "another error comes out than the last": "Let the error of the last try pass as it is: "
        "`raise` alone, in the except branch, does that.",
        "it goes on although it has a result": "The first result is the one. Return it.",
        "it waits before the first try": "Nothing has failed yet. Wait only between two tries.",
        "it waits after the last try": "Nothing comes any more, so there is nothing to wait for. "
        "Let the error pass at once.",
        "it does not wait between two tries": "A server that is too busy stays so if it is asked "
        "again at once. Wait with time.sleep.",
        "the waits do not grow": "Each wait is twice as long as the one before: wait, 2 * wait, "
        "4 * wait.",
        "the first wait is another one": "After the first failure comes a wait of `wait` seconds.",
        "the waits are not those that were asked for": "`wait` seconds, and then twice as long "
        "each time, from the moment when the try fails.",
        "the result is not that of the tool": "Return the message of the try that went well, as "
        "it is.",
    }

    def waits(self, tries, wait, attempts):
        """Check when the tries began."""
        moments, gaps = tries.moments, [wait * 2**n for n in range(len(tries.moments) - 1)]
        wanted = [0.0]
        for gap in gaps:
            wanted.append(wanted[-1] + tries.seconds + gap)
        must = self.against(seconds(wanted), seconds(moments))
        must(not moments or same(moments[0], 0), "it waits before the first try")
        if len(moments) > 1 and wait:
            between = [later - earlier - tries.seconds for earlier, later in pairwise(moments)]
            must(not any(same(gap, 0) for gap in between), "it does not wait between two tries")
            grows = len(between) < 2 or not same(between[0], between[1])
            must(grows, "the waits do not grow")
            must(same(between[0], wait), "the first wait is another one")
        must(same(moments, wanted), "the waits are not those that were asked for")

    def times(self, tries, wanted):
        """Check how often it was tried."""
        got = len(tries.moments)
        said = in_tries(wanted), in_tries(got)
        self.in_words(got <= wanted, "it tries more often than it may", *said)
        self.in_words(got >= wanted, "it tries less often than it may", *said)

    @keeps(4)
    def test_other_errors_pass_at_once(self, answers, text, clock):
        for kind in OTHER_ERRORS:
            call = a_call(text.word())
            tries = Tries([kind("of the tool") for _ in range(5)])
            problem = "an error that stays is tried again"
            with self.raises(kind, problem):
                answers.call_with_retry(tries.tool(call["name"]), call)
            said = in_tries(1), in_tries(len(tries.moments))
            self.in_words(len(tries.moments) == 1, problem, *said)
            self.came_at(tries.moments, [0], "it waits before the first try")
            self.came_at([tries.elapsed], [0], problem)
        call, cause = a_call(text.word()), TimeoutError("busy")
        tries = Tries([because_of(cause, RuntimeError("of the tool")) for _ in range(5)])
        problem = "an error is tried again because of what it was raised from"
        with self.raises(RuntimeError, problem):
            answers.call_with_retry(tries.tool(call["name"]), call)
        self.in_words(len(tries.moments) == 1, problem, in_tries(1), in_tries(len(tries.moments)))
        tool = taking(text.word(), lambda city: city, city=int)
        with self.raises(ValidationError, "an error that stays is tried again"):
            answers.call_with_retry(tool, a_call(tool.name, {"city": text.word()}))
        self.came_at([clock.elapsed], [0], "an error that stays is tried again")

    @keeps(1)
    def test_it_tries_again(self, answers, text):
        for kind in PASSING:
            call, wanted = a_call(text.word(), {"word": BRACED}, text.secret()), text.word()
            tries = Tries([kind("busy")], wanted)
            problem = "it gives up although the next try would succeed"
            with self.never(kind, problem, f"{wanted}{BRACED}"), unchanged(call=call):
                got = answers.call_with_retry(tries.tool(call["name"]), call)
            message_of(got, NO_MESSAGE, self.WHY[NO_MESSAGE])
            goes_on = "it goes on although it has a result"
            said = in_tries(2), in_tries(len(tries.moments))
            self.in_words(len(tries.moments) <= 2, goes_on, *said)
            right = f"{wanted}{BRACED}"
            self.must(got.content == right, "the result is not that of the tool", right, got)
            check_answers_call(got, call)

    def test_any_message_is_a_result(self, answers, text):
        for content, status in ((text.sentence(), "error"), ("", "success")):
            call, runs = a_call(text.word(), key=text.secret()), []
            known = {"tool_call_id": call["id"], "name": call["name"], "status": status}
            tool = giving(call["name"], ToolMessage(content, **known), runs)
            got = answers.call_with_retry(tool, call)
            problem = "it tries again although it has a message"
            self.in_words(len(runs) == 1, problem, "one run", in_runs(runs))
            message_of(got, NO_MESSAGE, self.WHY[NO_MESSAGE])
            right = got.content == content and got.status == status
            self.must(right, "the result is not that of the tool", content, got)

    @keeps(1)
    def test_it_tries_so_many_times_and_no_more(self, answers, text):
        for attempts in (None, 1, 2, 5):
            given, most = [] if attempts is None else [attempts], attempts or 3
            call = a_call(text.word())
            errors = [PASSING[n % 2](f"failure {n}") for n in range(9)]
            tries = Tries(errors)
            with suppress(ConnectionError, TimeoutError):
                answers.call_with_retry(tries.tool(call["name"]), call, *given)
            self.times(tries, most)

    @keeps(2)
    def test_each_wait_is_twice_as_long(self, answers, text):
        for given in ((), (5, 0.5), (6, text.seconds()), (3, 0)):
            attempts, wait = given or (3, 1.0)
            call = a_call(text.word())
            errors = [PASSING[n % 2]("busy") for n in range(attempts - 1)]
            tries = Tries(errors, seconds=0.25)
            try:
                answers.call_with_retry(tries.tool(call["name"]), call, *given)
            except PASSING:
                self.times(tries, attempts)
                raise
            self.times(tries, attempts)
            self.waits(tries, wait, attempts)

    @keeps(3)
    def test_the_last_error_passes_at_once(self, answers, text):
        for attempts in (1, 2, 3):
            call = a_call(text.word())
            errors = [PASSING[n % 2](f"failure {n + 1}") for n in range(attempts)]
            tries = Tries([*errors, *errors])
            last = errors[-1]
            problem = "the last error does not come out"
            kinds = (ConnectionError, TimeoutError)
            with self.raises(kinds, problem, Words(type(last).__name__)) as caught:
                answers.call_with_retry(tries.tool(call["name"]), call, attempts)
            after = tries.elapsed - tries.moments[-1]
            self.times(tries, attempts)
            self.must(
                type(caught.error) is type(last) and caught.error.args == last.args,
                "another error comes out than the last",
                Words(f"{type(last).__name__}: {last}"),
                Words(f"{type(caught.error).__name__}: {caught.error}"),
            )
            waits = "it waits after the last try"
            self.came_at([after], [0], waits)

    @keeps(4)
    def test_ctrl_c_stops_it(self, answers, text):
        call = a_call(text.word())
        tries = Tries([KeyboardInterrupt() for _ in range(5)])
        with self.raises(KeyboardInterrupt, "Ctrl-C does not stop it"):
            answers.call_with_retry(tries.tool(call["name"]), call)
        said = in_tries(1), in_tries(len(tries.moments))
        self.in_words(len(tries.moments) == 1, "Ctrl-C does not stop it", *said)

    def test_any_failures(self, search):
        def promise(answers, kinds, attempts, wait, takes):
            errors = [kind(f"failure {n}") for n, kind in enumerate(kinds, 1)]
            tries = Tries(errors, seconds=takes)
            passing = [kind in PASSING for kind in kinds]
            most = passing.index(False) + 1 if False in passing else len(kinds) + 1
            wanted = min(most, attempts)
            error = errors[wanted - 1] if wanted <= len(errors) else None
            call, got, came = a_call("find", {"word": "a"}), None, None
            try:
                got = answers.call_with_retry(tries.tool("find"), call, attempts, wait)
            except NotImplementedError:
                raise
            except (*OTHER_ERRORS, *PASSING) as raised:
                came = raised
            self.times(tries, wanted)
            self.waits(tries, wait, attempts)
            total = takes * wanted + wait * (2 ** (wanted - 1) - 1)
            self.came_at([tries.elapsed], [total], "it waits after the last try")
            if error is None:
                message_of(got, NO_MESSAGE, self.WHY[NO_MESSAGE])
                self.must(got.content == "donea", "the result is not that of the tool", "donea")
                return
            said = Words(f"{type(error).__name__}: {error}")
            self.must(came is not None, "the last error does not come out", said)
            self.must(
                type(came) is type(error) and came.args == error.args,
                "another error comes out than the last",
                said,
                Words(f"{type(came).__name__}: {came}"),
            )

        plain = {"attempts": 4, "wait": 0.5, "takes": 0.25}
        always = (
            *each(
                kinds=(
                    [],
                    [ConnectionError],
                    [TimeoutError] * 2,
                    [ValueError],
                    [*PASSING, KeyError],
                ),
                **plain,
            ),
            *each(kinds=[*PASSING, *PASSING], **{**plain, "attempts": (1, 2, 3, 5, 6, 7)}),
            *each(kinds=[*PASSING] * 4, **{**plain, "attempts": (12, 13)}),
            {**plain, "kinds": [*PASSING], "wait": 0},
        )
        kind = st.sampled_from((*PASSING, *PASSING, *OTHER_ERRORS))
        search(
            promise,
            *always,
            kinds=st.lists(kind, max_size=5),
            attempts=st.integers(1, 6),
            wait=st.sampled_from((1, 0.5, 0.25, 3, 0)),
            takes=st.sampled_from((0, 0.25, 2)),
        )


def in_tries(count):
    """How many tries there were, to be shown."""
    return {0: "no try", 1: "one try"}.get(count, f"{count} tries")


class Workshop:
    """Tools that take their time, and what became of each call."""

    def __init__(self):
        self.began = []
        self.finished = []
        self.stopped = []

    def tool(self, name, error=None):
        """A tool that waits for some seconds, and then gives its word, or raises an error."""

        def end(word):
            self.finished.append(word)
            if error is not None:
                raise error
            return f"{word}{BRACED}"

        def work(seconds: float, word: str) -> str:
            self.began.append(word)
            time.sleep(seconds)
            return end(word)

        async def work_beside_others(seconds: float, word: str) -> str:
            self.began.append(word)
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                self.stopped.append(word)
                raise
            return end(word)

        return a_tool(name, work, coroutine=work_beside_others, args_schema=WORK)

    def tools(self, **errors):
        """`work`, and a tool for each of the errors."""
        made = {name: self.tool(name, error) for name, error in errors.items()}
        return {"work": self.tool("work"), **made}


def work(key, seconds, word="", name="work"):
    """A call of a tool that takes some seconds."""
    return a_call(name, {"seconds": seconds, "word": word or key}, key)


def told(messages):
    """What messages say, in short."""
    return [(one.tool_call_id, one.status, one.content) for one in messages]


class TestCallTogether(Explained):
    """All tools run at the same time, and each call gets its answer."""

    WHY: ClassVar = {
        "it does not return a list of ToolMessages": "A coroutine, and what asyncio.gather gives, "
        "is work to be done. Only `await` does it, and gives its result: here, a list.",
        "one failing tool takes the others along": "gather raises the first error, and the other "
        "results are lost. Catch the Exception of each call where it runs, in an async function "
        "of your own.",
        "a tool that is not there ends everything": "Models make up names now and then. That call "
        "gets an error message with SORRY, and all others their answers.",
        "an exception stands in place of a message": "return_exceptions=True puts it into the "
        "list. The model needs a ToolMessage: make an error message of it.",
        "the exception's own text goes to the model": "It was written for you, and may have a "
        "password in it. The content is SORRY.",
        "a call that failed is not answered with SORRY": "Whatever Exception it is, and also if "
        "there is no such tool: error_message(call, SORRY).",
        HIDDEN: WHY_HIDDEN,
        "a call that went well does not get its result": "await tool.ainvoke(call), with the "
        "whole call, gives its message. Return it as it is.",
        "a call gets no answer": "One message for each call, also if two of them are alike.",
        "the tools run one after the other": "An await in a loop finishes one call before it "
        "begins the next. Make all coroutines first, and give them to one asyncio.gather.",
        "tools that are plain functions run one after the other": "invoke blocks: until it is "
        "done, nothing else runs. ainvoke runs a plain function in a thread of its own.",
        "two equal calls are taken for one": "The same call twice is two calls. Each runs its "
        "tool, and has an answer of its own.",
        "it does not return when the slowest tool has ended": "Wait for the tools, and for "
        "nothing else.",
        "the messages come in the order in which the tools end": "The last one may be the "
        "quickest. gather returns results in the order of its arguments.",
        "the messages are in another order": "First the answer to the first call, and so on.",
        "without calls there is not an empty list": "Having nothing to do is not an error: "
        "return [].",
        "it swallows its cancellation": "asyncio.CancelledError is how a task is told to stop; it "
        "is not a failure of a tool. Catch Exception, which it is not.",
        "tools run on after the stop": "Whoever cancels you wants the tools to stop, too. If you "
        "await one gather with all of them, it passes the stop on.",
        "a tool does not run exactly once for each call": "A tool may send a mail or cost money. "
        "Run it once.",
    }

    async def call(self, answers, message, tools):
        """Run the calls, and check the form of what comes back."""
        form = "it does not return a list of ToolMessages"
        with unchanged(message=message):
            got = await answers.call_together(message, tools)
        must = self.against(Words("a list of ToolMessages"), got)
        must(isinstance(got, list | tuple), form)
        errors = [one for one in got if isinstance(one, BaseException)]
        must(not errors, "an exception stands in place of a message")
        must(all(isinstance(one, ToolMessage) for one in got), form)
        return list(got)

    @keeps(2)
    async def test_the_order_is_that_of_the_calls(self, answers, text):
        words = [text.word() for _ in range(4)]
        calls = [work(f"k{n}", 4 - n, word) for n, word in enumerate(words)]
        got = await self.call(answers, AIMessage("", tool_calls=calls), Workshop().tools())
        wanted = [(f"k{n}", "success", f"{word}{BRACED}") for n, word in enumerate(words)]
        must = self.against(wanted, told(got))
        must(all(one.content != answers.SORRY for one in got), HIDDEN)
        must(told(got) != wanted[::-1], "the messages come in the order in which the tools end")
        must(
            sorted(told(got)) != wanted or told(got) == wanted, "the messages are in another order"
        )
        must(told(got) == wanted, "a call that went well does not get its result")
        got = await self.call(answers, AIMessage(text.sentence()), {})
        self.must(got == [], "without calls there is not an empty list", [])

    @keeps(3)
    async def test_one_failure_disturbs_no_other(self, answers, text):
        secret, words = text.secret(), [text.word() for _ in range(2)]
        kinds = {
            "broken": ConnectionError,
            "late": TimeoutError,
            "odd": Stranger,
            "no": ToolException,
        }
        shop = Workshop()
        tools = shop.tools(**{name: kind(secret) for name, kind in kinds.items()})
        missing = text.word()
        calls = [
            work("k0", 1, name=missing),
            work("k1", 2, words[0]),
            *[work(f"k_{name}", 1, name=name) for name in kinds],
            a_call("work", {"seconds": "soon"}, "k2"),
            work("k3", 3, words[1]),
        ]
        one_each = Words("a message for each call")
        with (
            self.never(Exception, "one failing tool takes the others along", one_each),
            self.never(KeyError, "a tool that is not there ends everything", one_each),
        ):
            got = await self.call(answers, AIMessage("", tool_calls=calls), tools)
        must = self.against([call["id"] for call in calls], [one.tool_call_id for one in got])
        must(len(got) == len(calls), "a call gets no answer")
        for one in got:
            shows = "the exception's own text goes to the model"
            self.must(secret not in str(one), shows, answers.SORRY, one)
        ids = [call["id"] for call in calls]
        if sorted(one.tool_call_id for one in got) == sorted(ids):  # their order is another promise
            got = sorted(got, key=lambda one: ids.index(one.tool_call_id))
        for one, call in zip(got, calls, strict=True):
            good = call in (calls[1], calls[-1])
            must = self.against(f"{call['args']['word']}{BRACED}" if good else answers.SORRY)
            if good:
                problem = "a call that went well does not get its result"
                must(one.content == f"{call['args']['word']}{BRACED}", problem, got=one)
                check_answers_call(one, call)
            else:
                problem = "a call that failed is not answered with SORRY"
                must(one.content == answers.SORRY, problem, got=one)
                check_error(one, call)
        self.must(
            shop.finished.count(words[1]) == 1,
            "one failing tool takes the others along",
            Words("all tools run to their end"),
            shop.finished,
        )

    @keeps(1)
    async def test_tools_run_at_the_same_time(self, answers, text, clock):
        waits = [text.seconds() for _ in range(4)]
        calls = [work(f"k{n}", wait) for n, wait in enumerate(waits)]
        await self.call(answers, AIMessage("", tool_calls=calls), Workshop().tools())
        must = self.against(seconds([max(waits)]), seconds([clock.elapsed]))
        must(not same(clock.elapsed, sum(waits)), "the tools run one after the other")
        must(same(clock.elapsed, max(waits)), "it does not return when the slowest tool has ended")

    @keeps(1)
    async def test_the_same_call_twice_is_two_calls(self, answers, text):
        word = text.word()
        for keys in (("k1", "k2"), ("k1", "k1")):
            shop, calls = Workshop(), [work(key, 1, word) for key in keys]
            got = await self.call(answers, AIMessage("", tool_calls=calls), shop.tools())
            problem = "two equal calls are taken for one"
            self.in_words(shop.began == [word, word], problem, "2 runs", in_runs(shop.began))
            self.equal([one.tool_call_id for one in got], [*keys], "a call gets no answer")

    @keeps(1)
    async def test_plain_functions_run_at_the_same_time(self, answers, text, clock):
        def press(word: str) -> str:
            time.sleep(1)
            return word.upper()

        words = [text.word() for _ in range(3)]
        calls = [a_call("press", {"word": word}, f"k{n}") for n, word in enumerate(words)]
        got = await self.call(
            answers, AIMessage("", tool_calls=calls), {"press": a_tool("press", press)}
        )
        wanted = [word.upper() for word in words]
        problem = "a call that went well does not get its result"
        self.equal([one.content for one in got], wanted, problem)
        problem = "tools that are plain functions run one after the other"
        self.came_at([clock.elapsed], [1], problem)

    @keeps(4)
    async def test_a_cancellation_stops_the_tools(self, answers, text):
        shop = Workshop()
        calls = [work(f"k{n}", wait) for n, wait in enumerate((1, 60, 70, 80))]
        message = AIMessage("", tool_calls=calls)
        running = asyncio.create_task(answers.call_together(message, shop.tools()))
        await asyncio.sleep(2)
        running.cancel()
        await asyncio.wait([running], timeout=120)
        if running.done() and not running.cancelled() and (error := running.exception()):
            raise error
        await asyncio.sleep(100)
        self.in_words(
            shop.finished == ["k0"],
            "tools run on after the stop",
            "three tools stopped",
            f"{len(shop.stopped)} stopped, {len(shop.finished) - 1} of them run to their end",
        )
        self.in_words(
            running.cancelled(),
            "it swallows its cancellation",
            "CancelledError for the one who cancels",
            "a normal end",
        )
        check_nothing_runs_on(answers)

    @keeps(1)
    async def test_the_message_is_that_of_the_tool(self, answers, text):
        for word, rows in ((text.word(), [text.word()]), ("", [])):
            result = (word, rows)
            tool = giving("find", result, response_format="content_and_artifact")
            call = a_call("find", key=text.secret())
            (got,) = await self.call(answers, AIMessage("", tool_calls=[call]), {"find": tool})
            check_answers_call(got, call)
            self.must(
                (got.content, got.artifact) == result,
                "a call that went well does not get its result",
                Words(f"content={word!r}, artifact={rows!r}"),
                got,
            )

    def test_any_calls(self, search):
        async def promise(answers, clock, jobs, stop_at):
            shop = Workshop()
            tools = shop.tools(**{kind.__name__: kind("a secret") for kind in OTHER_ERRORS})
            calls = [work(f"k{n}", wait, name=name) for n, (name, wait) in enumerate(jobs)]
            message = AIMessage("", tool_calls=calls)
            running = asyncio.create_task(answers.call_together(message, tools))
            await asyncio.wait([running], timeout=stop_at)
            stopped = not running.done()
            if stopped:
                running.cancel()
                await asyncio.wait([running], timeout=3_600)
            if not running.cancelled() and (error := running.exception()):
                raise error
            check_nothing_runs_on(answers)
            there = [call["id"] for call in calls if call["name"] in tools]
            once = "a tool does not run exactly once for each call"
            self.must(sorted(shop.began) == sorted(there), once, there, shop.began)
            if stopped:
                late = [
                    n for n, (name, wait) in enumerate(jobs) if name in tools and wait > stop_at
                ]
                right = f"{len(late)} of the tools told to stop"
                problem = "tools run on after the stop"
                came = f"{len(shop.stopped)} of the tools told to stop"
                self.in_words(len(shop.stopped) == len(late), problem, right, came)
                self.in_words(
                    running.cancelled(),
                    "it swallows its cancellation",
                    "CancelledError for the one who cancels",
                    "a normal end",
                )
                return
            wanted = [
                (call["id"], "success", f"{call['id']}{BRACED}")
                if call["name"] == "work"
                else (call["id"], "error", answers.SORRY)
                for call in calls
            ]
            got = running.result()
            form = "it does not return a list of ToolMessages"
            self.must(all(isinstance(one, ToolMessage) for one in got), form, wanted, got)
            self.must(len(got) == len(calls), "a call gets no answer", wanted, told(got))
            ids = [one.tool_call_id for one in got]
            right = [call["id"] for call in calls]
            self.equal(ids, right, "the messages are in another order")
            for one, right in zip(told(got), wanted, strict=True):
                problem = (
                    "a call that went well does not get its result"
                    if right[1] == "success"
                    else "a call that failed is not answered with SORRY"
                )
                self.must(one == right, problem, right, one)
            slowest = max((wait for name, wait in jobs if name in tools), default=0)
            problem = "it does not return when the slowest tool has ended"
            self.came_at([clock.elapsed], [slowest], problem)

        names = ("work", "missing", *(kind.__name__ for kind in OTHER_ERRORS))
        long = [("work", 3), ("KeyError", 1), ("missing", 0), ("work", 5), ("work", 1)]
        always = (
            *each(jobs=tuple([("work", 2), (name, 1), ("work", 3)] for name in names), stop_at=900),
            *each(jobs=long, stop_at=(0.5, 1.5, 4.5, 900)),
            {"jobs": [], "stop_at": 900},
            {"jobs": [("work", 1)] * 25, "stop_at": 900},
        )
        job = st.tuples(
            st.sampled_from(("work", *names, "work")), st.sampled_from((1, 2, 3, 0.25, 0, 60))
        )
        search(
            promise,
            *always,
            jobs=repeated(job, 5),
            stop_at=st.sampled_from((900, 900, 900, 0.5, 1.5)),
        )


QUESTION = HumanMessage("Why?")


NUMBERS = count(1)


def calling(*pairs, text=""):
    """A message with a call for each pair of a name and arguments; no two have the same id."""
    calls = [a_call(name, args, f"k{next(NUMBERS)}") for name, args in pairs]
    return AIMessage(text, tool_calls=calls)


def after(message, content="done"):
    """A message, and a result for each of its calls."""
    results = [
        ToolMessage(content, tool_call_id=call["id"], name=call["name"])
        for call in message.tool_calls
    ]
    return [message, *results]


class TestIsStuck(Explained):
    """The same call, over and over, is noticed."""

    WHY: ClassVar = {
        "it gives no bool": "It says yes or no: return True or False.",
        "it does not notice the same call, made again and again": "Here the three calls are equal "
        "in everything. Look at the calls only, for results come between them, and compare them "
        "one by one, with ==.",
        "it never notices, because ids differ": "Each call has an id of its own, also if the model "
        "repeats itself. Compare name and arguments.",
        "more than the limit is not noticed": "`limit` calls are enough. If there are more of "
        "them, the newest ones still are the same.",
        "it takes calls with other arguments for the same": "The model tries something else. That "
        "is not stuck. Compare the arguments as well.",
        "it takes calls of other tools for the same": "The names differ, so the calls do. Compare "
        "both, name and arguments.",
        "it looks at texts or results, not at calls": "What counts are name and arguments of the "
        "calls, and nothing else.",
        "it looks at fewer calls than the limit": "All of the newest `limit` calls have to be the "
        "same, not only the last two.",
        "it looks at calls that are not the newest": "The model has found its way since. Only the "
        "newest `limit` calls count.",
        "calls before the last question count": "Somebody has asked something new, so the model "
        "begins anew. Only what comes after the last HumanMessage counts.",
        "too few calls are taken for a model that is stuck": "With fewer than `limit` calls, "
        "nobody can tell yet: return False.",
        "several calls in one message are not seen": "A message may have several calls. Each of "
        "them counts.",
        "the order of the arguments makes a difference": "A dict is the same in whatever order "
        "its keys were written. Compare dicts, and not their text.",
        "it fails with arguments that are lists": "Only some values can be put into a set or be "
        "the key of a dict. Lists cannot. Compare with ==.",
        "it takes a number for its text": "1 and '1' are two different arguments.",
        "it takes calls with the same id for the same": "Ids do not matter. The arguments differ, "
        "so the calls do.",
        "it misjudges messages that were streamed": "The pieces of a stream add up to an "
        "AIMessageChunk, which is an AIMessage, too: ask with isinstance.",
        "without a limit from the caller, the limit is not three": "The signature says so: "
        "limit=3 is the default.",
    }

    def look(self, answers, messages, wanted, problem, limit=None):
        """Ask, and check what it says."""
        given = [] if limit is None else [limit]
        said = Words(f"{wanted} (limit {limit or 3}): {in_short(messages)}")
        with (
            self.never(TypeError, "it fails with arguments that are lists", wanted)
            if "lists" in problem
            else self.never(IndexError, problem, wanted),
            unchanged(messages=messages),
        ):
            got = answers.is_stuck(messages, *given)
        self.must(got is True or got is False or got != wanted, "it gives no bool", said)
        self.must(got == wanted, problem, said, Words(str(got)))

    def repeat(self, times, name, args, **known):
        """The same call several times, with its results."""
        return [message for _ in range(times) for message in after(calling((name, args)), **known)]

    @keeps(2)
    def test_the_same_call_has_another_id_each_time(self, answers, text):
        args = {"city": text.word(), "days": 3}
        call = calling((text.word(), args))
        equal = "it does not notice the same call, made again and again"
        self.look(answers, [QUESTION, *after(call) * 3], True, equal)
        messages = [QUESTION, *self.repeat(3, text.word(), args)]
        self.look(answers, messages, True, "it never notices, because ids differ")
        order = ({"a": 1, "b": [BRACED]}, {"b": [BRACED], "a": 1}, {"a": 1, "b": [BRACED]})
        name = text.word()
        messages = [QUESTION, *(calling((name, args)) for args in order)]
        problem = "it fails with arguments that are lists"
        self.look(answers, messages[:1] + [calling((name, order[0]))] * 3, True, problem)
        self.look(answers, messages, True, "the order of the arguments makes a difference")

    @keeps(2)
    def test_other_arguments_are_another_call(self, answers, text):
        name, words = text.word(), [text.word() for _ in range(3)]
        messages = [QUESTION, *(calling((name, {"city": word})) for word in words)]
        problem = "it takes calls with other arguments for the same"
        self.look(answers, messages, False, problem)
        messages = [QUESTION, *(calling((word, {"city": name})) for word in words)]
        self.look(answers, messages, False, "it takes calls of other tools for the same")
        messages = [QUESTION, *(calling((name, {"n": n})) for n in (1, "1", 1))]
        self.look(answers, messages, False, "it takes a number for its text")
        calls = [a_call(name, {"city": word}) for word in words]
        messages = [QUESTION, *(AIMessage("", tool_calls=[call]) for call in calls)]
        self.look(answers, messages, False, "it takes calls with the same id for the same")

    @keeps(1)
    def test_all_of_the_newest_count(self, answers, text):
        name, other = text.word(), text.word()
        same, another = (name, {"q": other}), (other, {"q": name})
        stuck, free = self.repeat(3, *same), after(calling(another), text.word())
        problem = "it looks at calls that are not the newest"
        self.look(answers, [QUESTION, *stuck, *free], False, problem)
        problem = "it looks at fewer calls than the limit"
        self.look(answers, [QUESTION, *free, *self.repeat(2, *same)], False, problem)
        alternating = [*after(calling(same)), *after(calling(another))] * 3
        self.look(answers, [QUESTION, *alternating], False, problem)
        problem = "more than the limit is not noticed"
        again = after(calling(same))  # the same in everything, so this is only about how many
        self.look(answers, [QUESTION, *again * 5], True, problem)
        self.look(answers, [QUESTION, *free, *again * 4], True, problem)

    @keeps(1)
    def test_several_calls_in_one_message(self, answers, text):
        same = (text.word(), {"q": text.word()})
        problem = "several calls in one message are not seen"
        [call] = calling(same).tool_calls
        for counts in ([3], [2, 1]):
            messages = [AIMessage("", tool_calls=[call] * count) for count in counts]
            self.look(answers, [QUESTION, *messages], True, problem)
        other = (text.word(), {})
        problem = "it looks at fewer calls than the limit"
        messages = [QUESTION, calling(same, other), calling(same, other), calling(same, other)]
        self.look(answers, messages, False, problem)

    @keeps(4)
    def test_too_few_calls(self, answers, text):
        same = (text.word(), {"q": text.word()})
        problem = "too few calls are taken for a model that is stuck"
        self.look(answers, [], False, problem)
        self.look(answers, [QUESTION], False, problem)
        self.look(answers, [SystemMessage("Be kind."), QUESTION, AIMessage("Yes.")], False, problem)
        for limit in (2, 4, 5):
            self.look(answers, [QUESTION, *self.repeat(limit - 1, *same)], False, problem, limit)
            noticed = "it never notices, because ids differ"
            self.look(answers, [QUESTION, *self.repeat(limit, *same)], True, noticed, limit)
        self.look(answers, [calling(same)], True, "it never notices, because ids differ", 1)
        problem = "without a limit from the caller, the limit is not three"
        self.look(answers, [QUESTION, *self.repeat(2, *same)], False, problem)

    @keeps(3)
    def test_a_new_question_begins_anew(self, answers, text):
        same = (text.word(), {"q": text.word()})
        problem = "calls before the last question count"
        before = [QUESTION, *self.repeat(3, *same), AIMessage("I do not know.")]
        self.look(answers, [*before, QUESTION], False, problem)
        self.look(answers, [*before, QUESTION, *self.repeat(2, *same)], False, problem)
        noticed = "it does not notice the same call, made again and again"
        self.look(answers, [*before, QUESTION, *after(calling(same)) * 3], True, noticed)
        streamed = AIMessageChunk("", tool_calls=calling(same).tool_calls)
        problem = "it misjudges messages that were streamed"
        self.look(answers, [QUESTION, *after(streamed) * 3], True, problem)

    @keeps(2)
    def test_texts_and_results_do_not_count(self, answers, text):
        name, sentence = text.word(), text.sentence()
        messages = [QUESTION]
        for number in range(3):
            messages += after(calling((name, {"page": number}), text=sentence), sentence)
        problem = "it looks at texts or results, not at calls"
        self.look(answers, messages, False, problem)
        messages = [QUESTION]
        for number in range(3):
            messages += after(calling((name, {"page": 1}), text=text.word()), f"{number}")
        self.look(answers, messages, True, problem)

    def test_any_calls(self, search):
        def promise(answers, events, limit):
            messages, calls = [], []
            for event in events:
                if isinstance(event, str):
                    messages.append(OTHER_EVENTS[event])
                    calls = [] if isinstance(messages[-1], HumanMessage) else calls
                else:
                    pairs = [SOME_PAIRS[number] for number in event]
                    messages += after(calling(*pairs))
                    calls += pairs
            newest = calls[-limit:]
            stuck = len(calls) >= limit and all(pair == newest[0] for pair in newest)
            problem = (
                "it never notices, because ids differ"
                if stuck
                else "too few calls are taken for a model that is stuck"
                if len(calls) < limit
                else "it looks at fewer calls than the limit"
            )
            self.look(answers, messages, stuck, problem, limit)

        always = (
            *each(events=tuple([[n]] * 3 for n in range(len(SOME_PAIRS))), limit=3),
            *each(events=[[0]] * 4, limit=(1, 2, 3, 4, 5)),
            *each(events=tuple([[0], [n], [0]] for n in range(1, len(SOME_PAIRS))), limit=2),
            {"events": [[0], [0], "question", [0], "text", [0]], "limit": 3},
            {"events": [[0], [0], "question"], "limit": 1},
            {"events": [[1, 0], [0, 0]], "limit": 3},
            *each(events=tuple([[0], [0], event, [0]] for event in OTHER_EVENTS), limit=3),
            *each(events=[[0]] * 30, limit=(12, 30, 31)),
            *each(events=tuple([[n], [n + 1], [n]] for n in range(len(SOME_PAIRS) - 1)), limit=2),
        )
        number = st.sampled_from((0, 0, 0, *range(len(SOME_PAIRS))))
        event = st.one_of(
            st.lists(number, min_size=1, max_size=2),
            st.lists(number, min_size=1, max_size=1),
            st.sampled_from(("text", "question", *OTHER_EVENTS)),
        )
        search(promise, *always, events=repeated(event, 5), limit=st.integers(1, 5))


SOME_PAIRS = (
    ("find", {"q": "a"}),
    ("find", {"q": "b"}),
    ("look", {"q": "a"}),
    ("find", {}),
    ("find", {"q": ["a", None]}),
    ("find", {"q": {"a": 0}}),
    ("find", {"q": "a", "n": None}),
    ("findq", {"": "a"}),
    ("Find", {"q": "a"}),
    ("find ", {"q": "a"}),
    ("find", {"q": "A"}),
    ("find", {"q": "a "}),
    ("find", {"Q": "a"}),
    ("find", {"q": f"{LONG}a"}),
    ("find", {"q": f"{LONG}b"}),
)
"""Names and arguments, no two of which are the same."""

OTHER_EVENTS = {
    "text": AIMessage("Let me see."),
    "question": QUESTION,
    "silence": HumanMessage(""),
    "rules": SystemMessage("Be kind."),
    "nothing": AIMessage(""),
    "broken": AIMessage("", invalid_tool_calls=[a_broken_call("find", '{"q": "a', "k0")]),
}
"""What may stand between calls; what a human says begins anew."""


def in_short(messages):
    """What is called, message by message, to be shown."""
    shown = []
    for message in messages:
        if isinstance(message, HumanMessage):
            shown.append("question")
        elif isinstance(message, AIMessage):
            calls = [f"{call['name']}({call['args']})" for call in message.tool_calls]
            shown.append(" + ".join(calls) or "text")
    return ", ".join(shown) or "no messages"
