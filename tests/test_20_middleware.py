"""Lesson 20: Middleware.

One class for each task. `answers` are the functions to be graded, `text` makes words that differ
from seed to seed, and time is virtual.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import string
from contextlib import nullcontext, suppress
from datetime import date
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from course.fakes.sources import Source
from course.grade.expect import Words, WrongAnswer, check, keeps
from course.grade.scenarios import (
    EACH_ENDING,
    FEW_TEXTS,
    LONG,
    Ending,
    Stop,
    Stranger,
    any_ending,
    any_text,
    each,
)
from course.grade.stream_checks import (
    CLOSE,
    cancelled_while_it_waits,
    check_closed,
    check_lazy,
    check_not_ahead,
    passes_on,
)
from course.grade.stream_promises import check_apart
from course.grade.value_checks import Explained, unchanged

NAMES = ("search", "send", "track")
PASSES = "A pause is no failure: somebody has to say yes or no, and only then the run goes on. "
SAME_ERROR = "An error passes as it is: not wrapped, not replaced and not turned into an answer."
SLIPS = (NameError, AttributeError, TypeError)
STOPPED = "CancelledError is how a task is told to stop. It is no Exception: let it pass."


def a_call(name, args=None, key="k1"):
    """A call as a model makes it."""
    return {"name": name, "args": dict(args or {}), "id": key, "type": "tool_call"}


def calls_of(names, args=None):
    """Calls of these tools, with ids that differ."""
    return [a_call(name, args, f"k{number}") for number, name in enumerate(names, 1)]


def ids(items):
    """The ids of calls, or those that messages answer."""
    return [item["id"] if isinstance(item, dict) else item.tool_call_id for item in items]


COROUTINE = "it hands out a coroutine, not its result"
NEVER_RUN = "The call only makes a coroutine: nothing in it runs until it is awaited. Write await."


async def result_of(awaitable):
    """What it returns. A coroutine that is handed out is let go: Python says where it was made."""
    got = await awaitable
    if inspect.iscoroutine(got):
        got = Words("a coroutine")
        check(False, COROUTINE, why=NEVER_RUN, wanted=Words("its result"), got=got)
    return got


async def outcome(awaitable):
    """What it returns, and what it raises."""
    try:
        return await result_of(awaitable), None
    except (NotImplementedError, WrongAnswer):
        raise
    except (Exception, Stop, asyncio.CancelledError) as error:
        return None, error


AGAIN = "it hands out a list that it has handed out before"
WHY_AGAIN = "It belongs to the caller now, who may change it. Make new lists in each call."


def apart(must, first, second):
    """Check that no list of two results is one and the same."""
    shared = any(one is other for one in first for other in second)
    must(not shared, AGAIN, Words("another list"), Words("the same list"))


class Refusals:
    """What a ToolMessage has to be that answers a call which does not run."""

    NO_MESSAGE = "a refusal is no ToolMessage"
    OTHER_CALL = "a refusal does not have the id of its call"
    OTHER_NAME = "a refusal does not name the tool"
    SUCCESS = "a refusal looks like a success"
    EMPTY = "a refusal says nothing"
    WHY: ClassVar = {
        NO_MESSAGE: "Only a ToolMessage can answer a call.",
        OTHER_CALL: "Only the id says which call a message answers: tool_call_id is that of the "
        "call.",
        OTHER_NAME: "A ToolMessage has a name: the one in the call.",
        SUCCESS: 'The status is "success" unless you say status="error".',
        EMPTY: "The model has to learn that the call did not run. Write it a sentence.",
    }

    def look(self, must, got, call):
        """Check one refusal."""
        must(isinstance(got, ToolMessage), self.NO_MESSAGE, Words("a ToolMessage"), got)
        must(got.tool_call_id == call["id"], self.OTHER_CALL, call["id"], got.tool_call_id)
        must(got.name == call["name"], self.OTHER_NAME, call["name"], got.name)
        must(got.status == "error", self.SUCCESS, "error", got.status)


REFUSALS = Refusals()


NEST = "the wrappers do not nest, each is called with the same inside"
OUTERMOST = "the first wrapper is not the outermost"
PIPELINE = "the wrappers run one after the other, not around each other"
HANDED = "a wrapper does not get a request and a handler"
LOST = "an answer gets lost on its way"
TOO_DEEP = 16
"""How often a wrapper may be entered and not left, or called in all. More is a circle."""


class TestChainWrappers(Explained):
    """Wrappers around a handler are a handler, the first one outermost."""

    WHY: ClassVar = {
        "what it makes is no handler": "Return an async function that takes a request.",
        "without wrappers, it is not the handler's answer": "Without wrappers there is only the "
        "handler: the request goes to it, and its answer comes back.",
        HANDED: "Call it as the stub says: wrapper(request, handler), with a handler that stands "
        "for all inside of it.",
        LOST: "What a wrapper returns is the answer. Each function that you put around it has to "
        "return that: one that ends without return gives back None.",
        NEST: "A function made in a loop looks up its variable when it runs, not when it is made. "
        "Make each link in a function of its own, which gets its wrapper and its inside as "
        "parameters.",
        OUTERMOST: "wrappers[0] sees the request first and the answer last. Whatever you put "
        "around last is outermost.",
        PIPELINE: "Each wrapper gets a handler that stands for all the others inside of it. "
        "It decides itself when to call it.",
        "a wrapper is left out, or called too often": "One request goes through each wrapper once "
        "and reaches the handler once, if each wrapper calls its inside once.",
        "what a wrapper has changed does not arrive": "Hand on the request that the wrapper calls "
        "its handler with, and the answer that it returns.",
        "the inside does not run again for each call": "A wrapper may ask twice: whatever is "
        "inside of it runs again, and may say something else. Nothing is kept.",
        "the inside is called although the wrapper did not": "A wrapper that answers by itself "
        "keeps the request from all that is inside. Only the wrapper calls its handler.",
        "something is called before a request comes": "Chaining only makes a function. Call "
        "wrappers and handler when there is a request.",
        "an answer is not handed on as it is": "It is more than its text: calls of tools, an id, "
        "what it has cost. Return the very answer.",
        "an earlier answer comes again": "Nothing is kept between two requests, even if they are "
        "equal: call wrappers and handler again.",
        "it works only once": "The handler is used for all requests. An iterator is empty after "
        "the first one; take a list, or build the chain before the first request.",
        "two requests at the same time disturb each other": "Keep what belongs to a request in "
        "local variables of the call.",
        "it changes the list of wrappers": "It belongs to the caller, who may chain it again.",
        "an error does not pass as it is": SAME_ERROR,
        "a wrapper does not see the error of what is inside": "A wrapper may catch what its "
        "handler raises. Let the error go through each link.",
    }

    def wrapper(self, name, log, kind="pass"):
        """A wrapper that notes when it is passed, and does something of its own."""

        async def wrapper(request, handler):
            inside = log.count(f"{name}>") - log.count(f"<{name}")
            self.must(inside < TOO_DEEP, NEST, Words("one call"), Words("a circle"))
            fits = callable(handler) and not callable(request)
            self.must(fits, HANDED, Words("wrapper(request, handler)"), Words("something else"))
            log.append(f"{name}>")
            if kind == "never":
                return AIMessage(f"{name}!")
            if kind == "raise":
                raise Stranger(name)
            if kind == "override":
                request = request.override(system_prompt=f"{request.system_prompt}{name}")
            if kind == "twice":
                await handler(request)
            try:
                answer = await result_of(handler(request))
            except Stranger:
                if kind != "catch":
                    raise
                answer = AIMessage("caught")
            self.must(isinstance(answer, AIMessage), LOST, Words("an AIMessage"), answer)
            log.append(f"<{name}")
            return AIMessage(f"{name}({answer.content})")

        return wrapper

    def model(self, log):
        """The innermost handler."""

        async def handler(request):
            log.append("model")
            return AIMessage(f"{request.system_prompt}#{log.count('model')}")

        return handler

    def course(self, plan, prompt, log):
        """What a request does on its way, as the contract says it: the answer, or an error."""
        if not plan:
            log.append("model")
            return f"{prompt}#{log.count('model')}"
        (name, kind), *inside = plan
        log.append(f"{name}>")
        if kind == "never":
            return f"{name}!"
        if kind == "raise":
            raise Stranger(name)
        prompt += name if kind == "override" else ""
        if kind == "twice":
            self.course(inside, prompt, log)
        try:
            answer = self.course(inside, prompt, log)
        except Stranger:
            if kind != "catch":
                raise
            answer = "caught"
        log.append(f"<{name}")
        return f"{name}({answer})"

    def plan_of(self, text, *kinds):
        """Wrappers with names of their own."""
        letters = text.random.sample(string.ascii_uppercase, len(kinds))
        return list(zip(letters, kinds, strict=True))

    async def run(self, answers, plan, prompt=""):
        """Send a request through a chain. Return the log, the answer and the error."""
        log = []
        wrappers = type(plan)(self.wrapper(name, log, kind) for name, kind in plan)
        count = len(wrappers)
        chained = answers.chain_wrappers(wrappers, self.model(log))
        left = Words(f"{len(wrappers)} wrappers")
        problem = "it changes the list of wrappers"
        self.must(len(wrappers) == count, problem, Words(f"{count} wrappers"), left)
        self.must(not log, "something is called before a request comes", Words("no call"), log)
        self.must(callable(chained), "what it makes is no handler", Words("a function"))
        request = answers.ModelRequest((HumanMessage("Hello?"),), prompt)
        with self.never(RecursionError, NEST):
            got, error = await outcome(chained(request))
        if isinstance(error, RecursionError):
            raise error
        return log, got, error

    async def see(self, answers, plan, problem, prompt=""):
        """Compare the way of a request with what the contract says."""
        wanted, failed = [], None
        try:
            said = self.course(plan, prompt, wanted)
        except Stranger as error:
            said, failed = None, error
        with self.never(RecursionError, NEST, wanted):
            log, got, error = await self.run(answers, plan, prompt)
        if error is not None and not isinstance(error, Stranger):
            raise error
        if log != wanted:
            names = [name for name, _ in plan]
            entered = [one for one in log if one.endswith(">")]
            ways = {
                OUTERMOST: entered[:1] == [f"{names[-1]}>"]
                and len(names) > 1
                and set(entered) == {f"{name}>" for name in names},
                PIPELINE: log.count("model") > wanted.count("model") and problem == NEST,
                NEST: any(entered.count(f"{name}>") > len(names) for name in names),
            }
            self.must(
                False, next((one for one, is_so in ways.items() if is_so), problem), wanted, log
            )
        self.must(
            str(error) == str(failed), "an error does not pass as it is", repr(failed), repr(error)
        )
        if failed is None:
            self.must(isinstance(got, AIMessage), LOST, Words("an AIMessage"), got)
            self.equal(got.content, said, "what a wrapper has changed does not arrive")

    @keeps(2, 3)
    async def test_they_nest(self, answers, text):
        for kinds in (["pass"] * 3, ["pass"] * 2, ["pass"] * 5):
            await self.see(answers, self.plan_of(text, *kinds), NEST, text.word())

    @keeps(1)
    async def test_without_wrappers_it_is_the_handler(self, answers, text):
        wanted = "without wrappers, it is not the handler's answer"
        await self.see(answers, [], wanted, text.word())
        await self.see(answers, self.plan_of(text, "pass"), NEST, text.word())

    @keeps(2)
    async def test_a_wrapper_that_is_listed_twice(self, answers, text):
        log = []
        one = self.wrapper("A", log)
        await answers.chain_wrappers([one, one], self.model(log))(answers.ModelRequest(()))
        wanted = ["A>", "A>", "model", "<A", "<A"]
        self.equal(log, wanted, "a wrapper is left out, or called too often")

    @keeps(4)
    async def test_a_wrapper_may_call_twice(self, answers, text):
        problem = "the inside does not run again for each call"
        await self.see(answers, self.plan_of(text, "twice"), problem)
        await self.see(answers, self.plan_of(text, "pass", "twice", "pass"), problem)
        await self.see(answers, self.plan_of(text, "twice", "twice"), problem)

    @keeps(4)
    async def test_a_wrapper_may_never_call(self, answers, text):
        problem = "the inside is called although the wrapper did not"
        await self.see(answers, self.plan_of(text, "never", "pass"), problem)
        await self.see(answers, self.plan_of(text, "pass", "never", "pass"), problem)

    @keeps(4)
    async def test_a_wrapper_may_change_the_request(self, answers, text):
        problem = "what a wrapper has changed does not arrive"
        plan = self.plan_of(text, "override", "pass", "override", "override")
        await self.see(answers, plan, problem, text.word())

    @keeps(5)
    async def test_it_is_called_again_and_again(self, answers, text):
        log, word = [], text.word()
        words, seen = [word, word, text.word()], []
        wrappers = [self.wrapper(name, log) for name in "AB"]
        chained = answers.chain_wrappers(wrappers, self.model(log))
        self.must(not log, "something is called before a request comes", Words("no call"), log)
        for number, word in enumerate(words, 1):
            got = await chained(answers.ModelRequest((), word))
            wanted, content = f"A(B({word}#{number}))", getattr(got, "content", got)
            self.must(content not in seen, "an earlier answer comes again", wanted, content)
            self.equal(content, wanted, "it works only once")
            seen.append(content)

    @keeps(5)
    async def test_it_is_called_at_the_same_time(self, answers, text):
        entered = []

        async def slow(request, handler):
            entered.append(request)
            self.must(len(entered) < TOO_DEEP, NEST, Words("one call"), Words("a circle"))
            await asyncio.sleep(len(request.system_prompt) % 3)
            answer = await handler(request)
            await asyncio.sleep(len(request.system_prompt) % 2)
            return AIMessage(f"<{answer.content}>")

        async def model(request):
            await asyncio.sleep(1)
            return AIMessage(request.system_prompt)

        chained = answers.chain_wrappers([slow, slow], model)
        prompts = [f"{text.word()}{'x' * number}" for number in range(4)]
        requests = [answers.ModelRequest((), prompt) for prompt in prompts]
        got = await asyncio.gather(*map(chained, requests))
        self.equal(
            [answer.content for answer in got],
            [f"<<{prompt}>>" for prompt in prompts],
            "two requests at the same time disturb each other",
        )

    @keeps(6)
    async def test_errors_pass_through(self, answers, text):
        error_kinds = (ConnectionError, ValueError, Stranger, Stop)
        errors = [kind(text.word()) for kind in (*error_kinds, answers.Paused)]
        for error in (*errors, asyncio.CancelledError()):

            async def model(request, error=error):
                raise error

            log = []
            wrappers = [self.wrapper(name, log) for name in "AB"]
            chained = answers.chain_wrappers(wrappers, model)
            _, came = await outcome(chained(answers.ModelRequest(())))
            self.must(
                type(came) is type(error) and came.args == error.args,
                "an error does not pass as it is",
                repr(error),
                repr(came),
            )

    @keeps(6)
    async def test_a_wrapper_may_catch(self, answers, text):
        problem = "a wrapper does not see the error of what is inside"
        await self.see(answers, self.plan_of(text, "pass", "catch", "pass", "raise"), problem)

    async def test_the_answer_is_handed_on_whole(self, answers, text):
        wanted = AIMessage(text.word(), tool_calls=[a_call("search")], id=text.word())
        entered = []

        async def model(request):
            return wanted

        async def wrap(request, handler):
            entered.append(request)
            self.must(len(entered) < TOO_DEEP, NEST, Words("one call"), Words("a circle"))
            return await handler(request)

        for wrappers in ([], [wrap], [wrap, wrap]):
            got = await answers.chain_wrappers(wrappers, model)(answers.ModelRequest(()))
            self.equal(got, wanted, "an answer is not handed on as it is")

    @keeps(2)
    async def test_any_sequence_of_wrappers(self, answers, text):
        await self.see(answers, tuple(self.plan_of(text, "pass", "override")), NEST)

    def test_any_wrappers(self, search):
        async def promise(answers, clock, kinds, prompt):
            plan = list(zip("ABCDE", kinds, strict=False))
            await self.see(answers, plan, "a wrapper is left out, or called too often", prompt)

        kinds = ("pass", "twice", "never", "override", "raise", "catch")
        always = (
            *each(kinds=tuple([kind] for kind in kinds), prompt="a"),
            *each(kinds=["override"], prompt=FEW_TEXTS),
            {"kinds": ["catch", "twice", "raise"], "prompt": ""},
        )
        search(
            promise, *always, kinds=st.lists(st.sampled_from(kinds), max_size=4), prompt=any_text()
        )


NO_MESSAGE = "what comes back is no ToolMessage"
PAUSE_LOST = "a run that waits for a person is reported as a broken tool"
LEAK = "the exception's own text goes to the model"


class TestGuardTool(Explained):
    """Each call is answered, whatever the tool does, and a pause is no answer."""

    WHY: ClassVar = {
        NO_MESSAGE: "LangGraph takes a plain text for something that the user has said. Only a "
        "ToolMessage answers a call.",
        PAUSE_LOST: PASSES + "Paused is an Exception in Python, so `except Exception` catches it. "
        "An except of its own, before that, lets it pass.",
        "a cancellation is swallowed": STOPPED,
        "what is no Exception does not pass": "It is not the tool that has failed: somebody wants "
        "to stop. Catch Exception, and nothing wider.",
        "the message answers another call": "tool_call_id is always call['id']. A handler may give "
        "a message that was made for another call.",
        "the message has another name": "Its name is the one that the handler's message has, or "
        "call['name'] where it has none.",
        "the handler's own message does not keep what it has": "A ToolMessage keeps content, "
        "status and artifact. Change the id and, if it has none, the name.",
        "a text is not the content": "A str is the content, as it is, also if it is empty.",
        "a list is the content": "A list there is read as blocks of text and images. All that is "
        "no text becomes JSON.",
        "what is no text is not written as JSON": "json.dumps(result, default=str): str() writes "
        "single quotes and None, which models read badly.",
        "a failure looks like a success": 'The status is "success" unless you say status="error".',
        "a success is reported as an error": "The tool has done its work. Its result is the "
        "content, and the status is a success.",
        "the text of a ToolFault does not reach the model": "A ToolFault was raised for the model: "
        "the content is str(error), nothing more and nothing less.",
        LEAK: "It was written for you, and may hold a password or an address. Say in your own "
        "words that the tool has failed.",
        "an error of the tool comes out": "Then the run ends, and the call has no answer. Return "
        "a message with status error.",
        "the model hears nothing of the failure": "An empty text says nothing. Say that the tool "
        "has failed.",
        "the tool does not run exactly once": "await handler(call), once: what it does may not be "
        "undone, and another try may do it twice.",
        "the tool gets another call": "Hand the call on as it is.",
    }

    async def guard(self, answers, call, result, runs=None):
        """Guard a tool that gives this, or raises it."""
        seen = [] if runs is None else runs

        async def handler(given):
            seen.append(given)
            if isinstance(result, BaseException):
                raise result
            return result

        fails = isinstance(result, Exception) and not isinstance(result, answers.Paused)
        problem = "an error of the tool comes out"
        with unchanged(call=call):
            got, error = await outcome(answers.guard_tool(call, handler))
        must = self.against(Words("a ToolMessage"), error if got is None else got)
        count = Words(f"{len(seen)} runs")
        self.must(len(seen) == 1, "the tool does not run exactly once", Words("one run"), count)
        self.equal(seen[0], call, "the tool gets another call")
        if error is not None:
            if fails:
                must(error is not result, problem)
            if not isinstance(result, BaseException) or fails:
                raise error
            return None, error
        if isinstance(result, BaseException) and not fails:
            return got, None
        must(isinstance(got, ToolMessage), NO_MESSAGE)
        self.equal(got.tool_call_id, call["id"], "the message answers another call")
        return got, None

    def named(self, got, name):
        self.equal(got.name, name, "the message has another name")

    def failed(self, got, call):
        """Check what is common to all failures."""
        self.named(got, call["name"])
        self.equal(got.status, "error", "a failure looks like a success")

    @keeps(6)
    async def test_a_pause_passes_through(self, answers, text):
        for kind in (answers.Paused, answers.PausedInTool):
            pause = kind(text.sentence())
            got, error = await self.guard(answers, a_call(text.word()), pause)
            wanted, came = repr(pause), repr(error) if error else got
            self.must(error is not None, PAUSE_LOST, wanted, came)
            is_it = type(error) is kind and error.args == pause.args
            self.must(is_it, PAUSE_LOST, wanted, came)

    @keeps(6)
    async def test_a_cancellation_passes_through(self, answers, text):
        async def hangs(call):
            await asyncio.Event().wait()

        passed = await cancelled_while_it_waits(answers.guard_tool(a_call(text.word()), hangs))
        self.in_words(passed, "a cancellation is swallowed", "CancelledError", "a message")
        for stop in (asyncio.CancelledError(), Stop(text.word())):
            got, error = await self.guard(answers, a_call(text.word()), stop)
            is_it = type(error) is type(stop)
            problem = "what is no Exception does not pass"
            self.must(is_it, problem, repr(stop), repr(error) if error else got)

    @keeps(1, 3)
    async def test_a_text_is_the_content(self, answers, text):
        for result in (text.sentence(), "", " \n", "{}", "null", LONG):
            call = a_call(text.word(), {"word": text.word()}, text.secret())
            got, _ = await self.guard(answers, call, result)
            self.equal(got.content, result, "a text is not the content")
            self.equal(got.status, "success", "a success is reported as an error")
            self.named(got, call["name"])

    @keeps(3)
    async def test_all_else_becomes_json(self, answers, text):
        word = text.word()
        values = [
            *({"word": word, "due": None, "free": True}, [word, 1, None], None, 0, False, 1.5),
            *([], {}, True, {"a": {"b": [word]}}, [{"type": "text", "text": word}], "é" and ["é"]),
            {"when": date(2026, 10, text.random.randrange(1, 28))},
        ]
        for value in values:
            got, _ = await self.guard(answers, a_call(word), value)
            wanted = json.dumps(value, default=str)
            as_text = isinstance(got.content, str)
            self.must(as_text, "a list is the content", wanted, Words(repr(got.content)))
            try:
                read = json.loads(got.content)
            except (TypeError, ValueError):
                read = Words("no JSON")
            same = json.dumps(read, default=repr) == json.dumps(json.loads(wanted))
            self.must(same, "what is no text is not written as JSON", wanted, got.content)
            self.equal(got.status, "success", "a success is reported as an error")
            self.named(got, word)

    @keeps(1, 2)
    async def test_a_message_keeps_what_it_has(self, answers, text):
        fields = (
            {"content": text.sentence(), "artifact": {"rows": [1]}, "name": text.word()},
            {"content": text.sentence(), "status": "error", "name": text.word()},
            {"content": [{"type": "text", "text": text.word()}], "artifact": 0},
            {"content": "", "name": ""},
            {"content": text.word(), "status": "error", "artifact": [None]},
        )
        for known in fields:
            for key in (text.secret(), "k1"):
                given = ToolMessage(**known, tool_call_id=key)
                call = a_call(text.word())
                got, _ = await self.guard(answers, call, given)
                for field in ("content", "status", "artifact"):
                    wanted = known.get(field, "success" if field == "status" else None)
                    self.equal(
                        getattr(got, field),
                        wanted,
                        "the handler's own message does not keep what it has",
                    )
                self.named(got, known.get("name") or call["name"])

    async def test_a_message_is_not_changed(self, answers, text):
        for given in (
            ToolMessage(text.word(), tool_call_id="other"),
            ToolMessage(text.word(), tool_call_id="other", name=text.word()),
        ):

            async def handler(call, given=given):
                return given

            with unchanged(message=given):
                await answers.guard_tool(a_call(text.word()), handler)

    @keeps(4)
    async def test_a_fault_is_for_the_model(self, answers, text):
        for words in (text.sentence(), "", f" {text.word()}\n"):
            fault = answers.ToolFault(words)
            fault.__cause__ = ValueError(text.secret())
            call = a_call(text.word(), key=text.secret())
            got, _ = await self.guard(answers, call, fault)
            self.equal(got.content, words, "the text of a ToolFault does not reach the model")
            self.failed(got, call)

    @keeps(5)
    async def test_other_errors_stay_with_you(self, answers, text):
        for kind in (ValueError, ConnectionError, KeyError, TimeoutError, RuntimeError, Stranger):
            secret, cause = text.secret(), text.secret()
            error = kind(f"no access with {secret}")
            error.__cause__ = answers.ToolFault(cause) if kind is KeyError else ValueError(cause)
            call = a_call(text.word())
            got, _ = await self.guard(answers, call, error)
            for hidden in (secret, cause, "no access"):
                self.must(hidden not in str(got), LEAK, Words("words of your own"), got.content)
            self.failed(got, call)
            self.must(got.content.strip(), "the model hears nothing of the failure", got="")

    def test_any_result(self, search):
        async def promise(answers, clock, kind, words, name, key):
            call = a_call(name, {"word": words}, key)
            if kind == "fault":
                got, _ = await self.guard(answers, call, answers.ToolFault(words))
                self.equal(got.content, words, "the text of a ToolFault does not reach the model")
                self.failed(got, call)
            elif kind == "error":
                got, _ = await self.guard(answers, call, Stranger(f"<<{words}>>"))
                self.must(f"<<{words}>>" not in got.content, LEAK, got=got.content)
                self.failed(got, call)
            elif kind == "paused":
                pause = answers.PausedInTool(words)
                got, error = await self.guard(answers, call, pause)
                is_it = type(error) is answers.PausedInTool and error.args == (words,)
                self.must(is_it, PAUSE_LOST, repr(pause), repr(error) if error else got)
            elif kind == "text":
                got, _ = await self.guard(answers, call, words)
                self.equal(got.content, words, "a text is not the content")
                self.named(got, name)
            else:
                got, _ = await self.guard(answers, call, [words])
                problem = "what is no text is not written as JSON"
                with suppress(ValueError):
                    self.must(json.loads(got.content) == [words], problem, [words], got.content)
                    return
                self.must(False, problem, [words], got.content)

        kinds = ("text", "fault", "error", "paused", "list")
        always = (
            *each(kind=kinds, words="a", name="find", key="k"),
            *each(kind="text", words=FEW_TEXTS, name="find", key="k"),
            *each(kind="list", words=FEW_TEXTS, name="find", key="k"),
        )
        name = st.sampled_from(("find", "a b", "é", "None"))
        search(
            promise,
            *always,
            kind=st.sampled_from(kinds),
            words=any_text(),
            name=name,
            key=any_text(),
        )


ONE_MESSAGE = "several calls in one message pass a limit"


class TestLimitCalls(Explained):
    """A tool runs so many times and no more, and each call is answered."""

    WHY: ClassVar = {
        **Refusals.WHY,
        AGAIN: WHY_AGAIN,
        "it gives no pair of lists": "Return two lists: the calls that run, and the messages for "
        "those that do not.",
        ONE_MESSAGE: "`used` says what ran before this message. Count on, call by call: each call "
        "that may run uses up one.",
        "a call runs that is over the limit of its tool": "What a tool has used before counts, "
        "and a limit of 0 means never.",
        "a call is refused although there is room": "Only a call for which there is no room is "
        "refused. The others of the same message may run.",
        "a refused call uses something up": "What has not run has cost nothing, neither of its "
        'own limit nor of "*".',
        "the limit for all tools together does not hold": 'limits["*"] is for all tools together, '
        "with all that has been used before, whatever its name.",
        "a tool without a limit is limited": "What is not in `limits` has no limit.",
        "a call is in neither list": "A provider refuses a conversation in which a call has no "
        "answer. Each call runs or has a refusal.",
        "a call is in both lists": "A call runs, or it is refused.",
        "the calls are not in their order": "The calls are looked at from first to last, and both "
        "lists have them in that order.",
        "a call is changed": "The calls that run are those that the model has made, as they are.",
    }

    def course(self, calls, used, limits):
        """The ids of the calls that run."""
        run, ran = [], dict(used)
        for call in calls:
            name = call["name"]
            own = name not in limits or ran.get(name, 0) < limits[name]
            if own and ("*" not in limits or sum(ran.values()) < limits["*"]):
                ran[name] = ran.get(name, 0) + 1
                run.append(call["id"])
        return run

    def limit(self, answers, calls, used, limits, problem="", form=False):
        """Limit some calls, and look at all that the contract says."""
        with unchanged(calls=calls, used=used, limits=limits):
            got = answers.limit_calls(calls, used, limits)
        is_pair = isinstance(got, tuple) and len(got) == 2
        is_pair = is_pair and all(isinstance(one, list) for one in got)
        self.must(is_pair, "it gives no pair of lists", Words("a tuple of two lists"), got)
        run, refused = got
        for message in refused:
            self.must(
                isinstance(message, ToolMessage),
                REFUSALS.NO_MESSAGE,
                Words("a ToolMessage"),
                message,
            )
        wanted = self.course(calls, used, limits)
        known = ids(calls)
        both = (Words(f"run {wanted}"), Words(f"run {ids(run)}, refused {ids(refused)}"))
        must = self.against(*both)
        must(set(ids(refused)) <= set(known), REFUSALS.OTHER_CALL)
        must(not set(ids(run)) & set(ids(refused)), "a call is in both lists")
        must(set(ids(run) + ids(refused)) == set(known), "a call is in neither list")
        if sorted(ids(run)) != sorted(wanted):
            more = set(ids(run)) - set(wanted)
            if problem == ONE_MESSAGE and not more:
                problem = "a call is refused although there is room"
            if not problem:
                problem = "a call is refused although there is room"
                if more:
                    problem = "a call runs that is over the limit of its tool"
            must(False, problem)
        must(sorted(ids(run) + ids(refused)) == sorted(known), "a call is in neither list")
        in_order = ids(run) == wanted and ids(refused) == [k for k in known if k not in wanted]
        must(in_order, "the calls are not in their order")
        self.equal(run, [call for call in calls if call["id"] in wanted], "a call is changed")
        by_id = {call["id"]: call for call in calls}
        for message in refused if form else ():
            REFUSALS.look(self.must, message, by_id[message.tool_call_id])
            self.must(str(message.content).strip(), REFUSALS.EMPTY, Words("some text"), "")

    @keeps(2)
    def test_many_calls_in_one_message(self, answers, text):
        name = text.word()
        self.limit(answers, calls_of([name] * 6), {}, {name: 2}, ONE_MESSAGE)
        self.limit(answers, calls_of([name] * 6), {name: 1}, {name: 3}, ONE_MESSAGE)
        self.limit(answers, calls_of([name] * 4), {name: 5}, {"*": 7}, ONE_MESSAGE)

    @keeps(2)
    def test_what_ran_before_counts(self, answers, text):
        name = text.word()
        problem = "a call runs that is over the limit of its tool"
        for used, limit in ((0, 0), (1, 1), (3, 3), (4, 3)):
            self.limit(answers, calls_of([name]), {name: used}, {name: limit}, problem)
        self.limit(answers, calls_of([name]), {}, {name: 0}, problem)

    @keeps(2)
    def test_there_is_room(self, answers, text):
        name = text.word()
        problem = "a call is refused although there is room"
        for used, limit in ((0, 1), (2, 3)):
            self.limit(answers, calls_of([name]), {name: used}, {name: limit}, problem)
        self.limit(answers, calls_of([name] * 3), {}, {name: 3}, problem)
        self.limit(answers, calls_of([name] * 3), {}, {name: 2}, problem)
        self.limit(answers, calls_of([name, "other", name]), {}, {name: 1}, problem)

    @keeps(3)
    def test_all_tools_together(self, answers, text):
        one, other, third = text.word(), text.word() + "_b", text.word() + "_c"
        problem = "the limit for all tools together does not hold"
        self.limit(answers, calls_of([one, other, one]), {}, {"*": 2}, problem)
        self.limit(answers, calls_of([one, other]), {third: 3}, {"*": 4}, problem)
        self.limit(answers, calls_of([one, other]), {one: 1}, {"*": 0}, problem)
        self.limit(answers, calls_of([one, other]), {}, {"*": 1, one: 5, other: 5}, problem)

    @keeps(4)
    def test_without_a_limit(self, answers, text):
        one, other = text.word(), text.word() + "_b"
        problem = "a tool without a limit is limited"
        self.limit(answers, calls_of([one] * 12), {one: 100}, {}, problem)
        self.limit(answers, calls_of([one, other, one]), {one: 9}, {other: 1}, problem)

    @keeps(5)
    def test_a_refused_call_uses_nothing_up(self, answers, text):
        one, other = text.word(), text.word() + "_b"
        problem = "a refused call uses something up"
        self.limit(answers, calls_of([one, one, one, other]), {}, {one: 1, "*": 2}, problem)
        self.limit(answers, calls_of([one, other, other]), {}, {one: 0, "*": 2}, problem)

    @keeps(6, 1)
    def test_a_refusal_answers_its_call(self, answers, text):
        names = [text.word(), text.word() + "_b"]
        args = {"word": text.word()}
        self.limit(answers, calls_of([*names, *names], args), {}, {"*": 1}, form=True)
        self.limit(answers, [], {}, {"*": 0})

    @keeps(1)
    def test_any_sequence_of_calls(self, answers, text):
        names = [text.word(), text.word() + "_b"]
        self.limit(answers, tuple(calls_of([*names, *names])), {}, {"*": 3}, form=True)
        self.limit(answers, (), {}, {"*": 3})

    def test_each_call_gives_lists_of_its_own(self, answers, text):
        calls, limits = calls_of([text.word()] * 3), {"*": 2}
        first = answers.limit_calls(calls, {}, limits)
        second = answers.limit_calls(calls, {}, limits)
        apart(self.must, first, second)
        first[0].clear()
        first[1].clear()
        self.limit(answers, calls, {}, limits)

    def test_any_calls(self, search):
        def promise(answers, names, used, limits):
            self.limit(answers, calls_of(names), used, limits, form=True)

        some = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3))
        limits = st.dictionaries(st.sampled_from(("*", *NAMES)), st.integers(0, 4))
        many = ["search", "search", "send", "search", "track", "send", "send", "track"]
        always = (
            *each(names=many, used={}, limits=tuple({"*": n, "search": 2} for n in range(9))),
            *each(names=many, used={"send": 1, "search": 0}, limits=({"send": 2}, {"*": 3}, {})),
            *each(names=tuple([one] * 2 for one in FEW_TEXTS), used={}, limits={"*": 1}),
            *each(names=tuple([one] * 2 for one in FEW_TEXTS), used={}, limits={"": 1, " ": 1}),
            {"names": ["a"] * 500, "used": {"a": 10**9}, "limits": {"a": 10**9 + 400}},
        )
        names = st.lists(st.sampled_from(NAMES), max_size=8)
        search(promise, *always, names=names, used=some, limits=limits)


class TestWithFallbacks(Explained):
    """Another model answers when one fails, and no other error is hidden."""

    WHY: ClassVar = {
        "what it makes is no async wrapper": "Return an async function that takes a request and a "
        "handler.",
        "the second question does not start with its own model again": "Each call begins with its "
        "own request. What a call finds out must not be kept in the wrapper.",
        "the first request is not the one that came": "First ask with the request as it is.",
        "the next model is not asked": "After a retryable error, ask with "
        "request.override(model=...), for each model in order.",
        "the request is not the same but for its model": "request.override(model=...) keeps "
        "messages and system prompt. The model is the only change.",
        "a model is asked again": "It has just failed, and would only fail again. Ask each model "
        "once, whether it is named twice or is that of the request.",
        "it asks on although somebody has answered": "The first answer is the answer.",
        "an error that is not retryable is hidden": "A wrong key or a bad request fails with any "
        "model, or worse, does not: and nobody notices the bug. Let it pass at once.",
        "a pause counts as a failure": PASSES + "Let Paused pass before you ask about the error.",
        "it asks whether a pause is retryable": PASSES + "Let Paused pass before you ask.",
        "a cancellation is swallowed": STOPPED,
        "what is no Exception does not pass": "It is no failure of the model. Catch Exception, and "
        "nothing wider.",
        "the error that comes out is not the first one": "When all have failed, the first error is "
        "the one to look for. Keep it under a name of your own.",
        "there is no error although all have failed": "Raise the first error after the loop.",
        "the answer is not what the model said": "Return the handler's answer as it is.",
        "it asks before there is a request": "with_fallbacks only makes a wrapper.",
        "two requests at the same time disturb each other": "Keep what belongs to a request in "
        "local variables of the call.",
    }

    def handler(self, fails, asked):
        """Models that fail as they are told."""

        async def handler(request):
            asked.append(request)
            error = fails.get(request.model)
            if error is not None:
                raise error
            return AIMessage(f"{request.model} says {request.system_prompt}")

        return handler

    def may_pass(self, error):
        return isinstance(error, ConnectionError)

    def course(self, answers, models, fails):
        """Which models are asked, and how it ends: a model that answers, or an error."""
        asked, first = [], None
        for model in models:
            if model in asked:
                continue
            asked.append(model)
            error = fails.get(model)
            if error is None:
                return asked, model
            if not isinstance(error, ConnectionError):
                return asked, error
            first = first or error
        return asked, first

    async def ask(self, answers, models, fails, model="main", wrapper=None, problem="", prompt=""):
        """Ask through a wrapper, and compare with the contract."""
        asked, judged = [], []

        def is_retryable(error):
            judged.append(error)
            return self.may_pass(error)

        if wrapper is None:
            with unchanged(models=models):
                wrapper = answers.with_fallbacks(models, is_retryable)
        self.must(callable(wrapper), "what it makes is no async wrapper", Words("a function"))
        self.must(not judged, "it asks before there is a request", Words("nothing asked"))
        request = answers.ModelRequest((HumanMessage("Hello?"),), prompt, model)
        wanted, end = self.course(answers, [model, *models], fails)
        got, error = await outcome(wrapper(request, self.handler(fails, asked)))
        names = [one.model for one in asked]
        came = repr(error) if error else getattr(got, "content", got)
        paused = isinstance(end, answers.Paused)
        expected = Words(f"asked {wanted}, then {end!r}")
        must = self.against(expected, Words(f"asked {names}, then {came!r}"))
        unexpected = error is not None and not any(error is one for one in fails.values())
        foreign = unexpected and not any(type(error) is type(one) for one in fails.values())
        if foreign and (isinstance(error, SLIPS) or not isinstance(end, Exception)):
            raise error
        if paused:
            must(names == wanted and error is not None, "a pause counts as a failure")
        must(
            not any(isinstance(one, answers.Paused) for one in judged),
            "it asks whether a pause is retryable",
        )
        stops = isinstance(end, BaseException) and not isinstance(end, Exception)
        if stops:
            must(names == wanted and type(error) is type(end), "what is no Exception does not pass")
        must(names[:1] == [model], problem or "the first request is not the one that came")
        must(len(set(names)) == len(names), "a model is asked again")
        if isinstance(end, Exception) and not isinstance(end, ConnectionError):
            must(names == wanted, "an error that is not retryable is hidden")
        must(names[: len(wanted)] == wanted, "the next model is not asked")
        must(names == wanted, "it asks on although somebody has answered")
        for one in asked:
            kept = request.override(model=one.model)
            self.equal(one, kept, "the request is not the same but for its model")
        if isinstance(end, str):
            must(error is None, "the next model is not asked")
            must(isinstance(got, AIMessage), "the answer is not what the model said")
            said = f"{end} says {prompt}"
            self.equal(got.content, said, "the answer is not what the model said")
            return
        must(error is not None, "there is no error although all have failed")
        first_of_all = isinstance(end, ConnectionError)
        problem = "the error that comes out is not the first one"
        if not first_of_all:
            problem = "an error that is not retryable is hidden"
        must(type(error) is type(end) and error.args == end.args, problem)

    @keeps(6)
    async def test_each_call_begins_with_its_own_model(self, answers, text):
        models = [text.word() + "_a", text.word() + "_b"]
        wrapper = answers.with_fallbacks(models, self.may_pass)
        problem = "the second question does not start with its own model again"
        failure = ConnectionError(text.word())
        for fails in ({"main": failure}, {}, {"main": failure, models[0]: failure}, {}):
            await self.ask(answers, models, fails, wrapper=wrapper, problem=problem)
        await self.ask(answers, models, {}, model="other", wrapper=wrapper, problem=problem)

    @keeps(1)
    async def test_the_first_one_answers(self, answers, text):
        await self.ask(answers, [text.word()], {}, prompt=text.sentence())
        await self.ask(answers, [], {}, model=text.word(), prompt=text.sentence())

    @keeps(1)
    async def test_the_next_one_answers(self, answers, text):
        models = [text.word() + "_a", text.word() + "_b", text.word() + "_c"]
        fails = {"main": ConnectionError(text.word())}
        for model in models:
            await self.ask(answers, models, dict(fails), prompt=text.sentence())
            fails[model] = ConnectionResetError(text.word())

    @keeps(2)
    async def test_other_errors_pass(self, answers, text):
        models = [text.word() + "_a", text.word() + "_b"]
        for kind in (ValueError, PermissionError, Stranger, TimeoutError):
            await self.ask(answers, models, {"main": kind(text.word())})
            fails = {"main": ConnectionError("first"), models[0]: kind(text.word())}
            await self.ask(answers, models, fails)
            await self.ask(answers, models[:1], fails)

    @keeps(3)
    async def test_no_model_is_asked_twice(self, answers, text):
        one, other = text.word() + "_a", text.word() + "_b"
        fails = {name: ConnectionError(name) for name in ("main", one)}
        await self.ask(answers, ["main", one, "main", one, other], fails)
        await self.ask(answers, [one, other], {one: ConnectionError("x")}, model=one)

    @keeps(4)
    async def test_the_first_error_passes(self, answers, text):
        models = [text.word() + "_a", text.word() + "_b"]
        fails = {name: ConnectionError(f"of {name}") for name in ("main", *models)}
        await self.ask(answers, models, fails)
        await self.ask(answers, [], fails)

    @keeps(5)
    async def test_a_pause_passes(self, answers, text):
        models = [text.word() + "_a", text.word() + "_b"]
        for kind in (answers.Paused, answers.PausedInTool):
            await self.ask(answers, models, {"main": kind(text.word())})
            fails = {"main": ConnectionError("x"), models[0]: kind(text.word())}
            await self.ask(answers, models, fails)

        def all_may_pass(error):
            return True

        async def paused(request):
            asked.append(request.model)
            raise answers.Paused("wait")

        asked = []
        wrapper = answers.with_fallbacks(models, all_may_pass)
        _, error = await outcome(wrapper(answers.ModelRequest(()), paused))
        is_it = isinstance(error, answers.Paused) and asked == ["main"]
        self.in_words(is_it, "a pause counts as a failure", "asked once", f"asked {asked}")

    @keeps(5)
    async def test_a_cancellation_passes(self, answers, text):
        async def hangs(request):
            await asyncio.Event().wait()

        wrapper = answers.with_fallbacks([text.word()], self.may_pass)
        passed = await cancelled_while_it_waits(wrapper(answers.ModelRequest(()), hangs))
        self.in_words(passed, "a cancellation is swallowed", "CancelledError", "something else")
        for stop in (asyncio.CancelledError(), Stop("stop")):
            await self.ask(answers, [text.word()], {"main": stop})

    @keeps(1)
    async def test_any_sequence_of_models(self, answers, text):
        models = (text.word() + "_a", text.word() + "_b")
        fails = {name: ConnectionError(name) for name in ("main", models[0])}
        await self.ask(answers, models, fails)
        await self.ask(answers, (), {})

    async def test_two_at_the_same_time(self, answers, text):
        models = [text.word() + "_a", text.word() + "_b"]

        async def handler(request):
            await asyncio.sleep(1)
            if request.model == "main" or request.model == request.system_prompt:
                raise ConnectionError(request.model)
            return AIMessage(request.model)

        wrapper = answers.with_fallbacks(models, self.may_pass)
        requests = [answers.ModelRequest((), prompt) for prompt in ("", models[0], "")]
        got = await asyncio.gather(*(wrapper(request, handler) for request in requests))
        self.equal(
            [answer.content for answer in got],
            [models[0], models[1], models[0]],
            "two requests at the same time disturb each other",
        )

    def test_any_models(self, search):
        async def promise(answers, clock, models, model, ends):
            kinds = {
                "broken": ConnectionError,
                "bad": ValueError,
                "paused": answers.PausedInTool,
                "stopped": Stop,
            }
            fails = {
                name: kinds[end](f"of {name}")
                for name, end in zip(("main", "a", "b", "c"), ends, strict=True)
                if end in kinds
            }
            await self.ask(answers, models, fails, model)

        ways = ("broken", "fine", "bad", "paused", "stopped")
        names = st.sampled_from(("main", "a", "b", "c"))
        three = ["a", "b", "c"]
        always = (
            *each(
                models=three,
                model="main",
                ends=tuple(["broken", one, "fine", "bad"] for one in ways),
            ),
            *each(
                models=(three, ["main"], [], ["a", "a", "main", "b"]),
                model="main",
                ends=["broken"] * 4,
            ),
            *each(models=three, model=("a", "b", "", " "), ends=["broken"] * 2 + ["fine"] * 2),
            *each(
                models=(["", "a"], [" ", ""]), model="main", ends=["broken", "fine", "fine", "bad"]
            ),
        )
        likely = st.sampled_from(("broken", "broken", *ways))
        search(
            promise,
            *always,
            models=st.lists(names, max_size=4),
            model=names,
            ends=st.lists(likely, min_size=4, max_size=4),
        )


TORN = "a tool's result has lost the call that it answers"


class TestCompactHistory(Explained):
    """A summary stands in place of the older messages, and nothing is torn apart."""

    WHY: ClassVar = {
        "it gives no list": "Return a new list of messages.",
        TORN: "A provider refuses a result without its call. If the first of the messages that "
        "stay is a ToolMessage, let the cut go back until it is not.",
        "the newest messages do not stay": "The last `keep` messages stay, all of them. The cut "
        "may only go back, never forward.",
        "more stays than has to": "Only the last `keep` stay, and what comes before them only as "
        "far as a ToolMessage would otherwise stand first.",
        "the system message does not stay": "It holds the rules. It stays the first message, "
        "unchanged.",
        "the system message is summarized": "summarize gets the old messages without the system "
        "message at the beginning.",
        "a short history is changed": "Up to `trigger` messages, without the system message, all "
        "of them stay, and summarize is not called.",
        "a long history is not made shorter": "More than `trigger` messages, without the system "
        "message: summarize the old ones.",
        "summarize is not called exactly once": "await summarize(old), once, with all old messages "
        "in one list.",
        "summarize gets other messages than the old ones": "It gets all messages before the cut, "
        "in order, without the system message.",
        "the summary does not stand in place of the old messages": "It stands where they stood: "
        "behind the system message, before the messages that stay.",
        "the summary is no HumanMessage": "HumanMessage(SUMMARY + text): a second system message "
        "is refused by some providers, and an AIMessage is what the model has said.",
        "the summary has other words": "Its content is SUMMARY + text, and text is what summarize "
        "has given, as it is.",
        "a summary without words replaces the messages": "Then nobody knows what they said. If "
        "there is only white space, return all messages.",
        "a failing summary fails the answer": "A long history is better than no answer: catch "
        "Exception around summarize, and return all messages.",
        "an earlier summary is not summarized": "It is a message like any other. What it says goes "
        "into the new one.",
        "summarize does not get a list": "It is given one list, whatever sequence you were given.",
        AGAIN: WHY_AGAIN,
        "summarize is called although nothing is old": "If the cut goes back to the beginning, "
        "there is nothing to summarize: return all.",
        "a pause is swallowed": PASSES + "Let Paused pass.",
        "a cancellation is swallowed": STOPPED,
        "what is no Exception does not pass": "Somebody wants to stop. Catch Exception, no more.",
        "it returns the list that it was given": "The caller goes on with its own list. Return a "
        "new one.",
        "wrong numbers are accepted": "Raise ValueError if keep is less than 1, or trigger less "
        "than keep, however few messages there are.",
        "numbers that are right are refused": "keep may be as large as trigger, and 1.",
    }

    def messages_of(self, letters, word=""):
        """Messages by their first letters: human, ai, call, tool, system."""
        made, last = [], 0
        for at, letter in enumerate(letters):
            words, key = f"{word}{at}", f"m{at}"
            if letter == "c":
                last = at
                calls = [a_call("search", key=f"k{at}_{n}") for n in range(3)]
                made.append(AIMessage(words, tool_calls=calls, id=key))
            elif letter == "t":
                number = at - last - 1
                made.append(ToolMessage(words, tool_call_id=f"k{last}_{number}", id=key))
            else:
                kinds = {"h": HumanMessage, "a": AIMessage, "s": SystemMessage}
                made.append(kinds[letter](words, id=key))
        return made

    def cut_of(self, letters, trigger, keep):
        """Where the old ones begin and end, or None."""
        start = int(letters[:1] == "s")
        if len(letters) - start <= trigger:
            return None
        cut = len(letters) - keep
        while cut > start and letters[cut] == "t":
            cut -= 1
        return (start, cut) if cut > start else None

    async def compact(
        self, answers, letters, trigger, keep, says="It was about tents.", word="", kind=list
    ):
        """Compact a history, and compare with the contract."""
        messages, got_old = kind(self.messages_of(letters, word)), []

        async def summarize(old):
            problem = "summarize does not get a list"
            self.must(isinstance(old, list), problem, Words("a list"), type(old).__name__)
            got_old.append(list(old))
            if isinstance(says, BaseException):
                raise says
            return says

        span = self.cut_of(letters, trigger, keep)
        with unchanged(messages=messages):
            got, error = await outcome(answers.compact_history(messages, summarize, trigger, keep))
        if isinstance(error, ValueError) and says is not error:
            why = "numbers that are right are refused"
            self.must("argument" in str(error) or "unpack" in str(error), why, got=repr(error))
        if error is not None:
            if isinstance(says, Exception) and type(error) is type(says):
                self.must(
                    False, "a failing summary fails the answer", Words("all messages"), repr(error)
                )
            raise error
        self.must(isinstance(got, list), "it gives no list", Words("a list"), got)
        shown = [self.brief(one) for one in got]
        old = [[self.brief(one) for one in one_call] for one_call in got_old]
        all_of_them = [self.brief(one) for one in messages]
        self.must(got is not messages, "it returns the list that it was given")
        if span is None:
            short = len(letters) - int(letters[:1] == "s") <= trigger
            problem = "a short history is changed"
            if not short:
                problem = "summarize is called although nothing is old"
            self.must(not old and got == [*messages], problem, all_of_them, shown)
            return
        start, cut = span
        stay = all_of_them[cut:]
        head, summed = all_of_them[:start], all_of_them[start:cut]
        summary = f"human: {answers.SUMMARY}{says}"
        failed = isinstance(says, Exception) or not says.strip()
        wanted = all_of_them if failed else [*head, summary, *stay]
        must = self.against(wanted, shown)
        if failed:
            problem = "a summary without words replaces the messages"
            if isinstance(says, Exception):
                problem = "a failing summary fails the answer"
            must(got == [*messages], problem)
        must(old or got != [*messages], "a long history is not made shorter")
        if old and len(old) == 1 and not failed:
            first = next(
                (one for one in got[start:] if answers.SUMMARY not in str(one.content)), None
            )
            must(not isinstance(first, ToolMessage), TORN)
        must(shown[:start] == head, "the system message does not stay")
        must(not (start and old and head[0] in old[0]), "the system message is summarized")
        must(shown[-keep:] == all_of_them[-keep:], "the newest messages do not stay")
        must(len(old) == 1, "summarize is not called exactly once", got=Words(f"{len(old)} calls"))
        must(len(shown) <= len(wanted), "more stays than has to")
        problem = "summarize gets other messages than the old ones"
        self.must(old[0] == summed, problem, summed, old[0])
        self.equal(got_old[0], [*messages[start:cut]], problem)
        if failed:
            return
        place = shown[start : start + 1]
        found = [one for one in got if str(one.content).startswith(answers.SUMMARY)]
        must(
            len(found) != 1 or isinstance(found[0], HumanMessage), "the summary is no HumanMessage"
        )
        must(
            found and found[0] is got[start],
            "the summary does not stand in place of the old messages",
        )
        self.equal(place[0], summary, "the summary has other words")
        must(
            [*got[:start], *got[start + 1 :]] == [*messages[:start], *messages[cut:]],
            "the newest messages do not stay",
        )

    def brief(self, message):
        """A message in one word, to be shown."""
        return f"{message.type}: {message.content}"

    @keeps(3)
    async def test_a_result_keeps_its_call(self, answers, text):
        for letters, keep in (
            ("hahct", 1),
            ("hahcttt", 1),
            ("hahcttt", 2),
            ("shacttah", 3),
            ("hacttt", 3),
            ("hcttaha", 2),
        ):
            await self.compact(answers, letters, keep, keep, text.sentence(), text.word())

    @keeps(1)
    async def test_the_system_message_stays(self, answers, text):
        for letters in ("shaha", "shahaha", "shsha"):
            await self.compact(answers, letters, 2, 2, text.sentence(), text.word())
        await self.compact(answers, "shaha", 4, 2, text.sentence(), text.word())

    @keeps(2)
    async def test_a_short_history_stays(self, answers, text):
        for letters, trigger in (("haha", 4), ("shaha", 4), ("", 1), ("s", 1), ("h", 1), ("ha", 5)):
            await self.compact(answers, letters, trigger, 1, text.sentence(), text.word())

    @keeps(2, 3)
    async def test_one_message_too_many(self, answers, text):
        for letters in ("hahah", "shahah", "hhhhh"):
            await self.compact(answers, letters, 4, 4, text.sentence(), text.word())
            await self.compact(answers, letters, 4, 1, text.sentence(), text.word())

    @keeps(4)
    async def test_the_summary(self, answers, text):
        for says in (text.sentence(), f" {text.word()}\n", LONG, "0", "{x} %s"):
            await self.compact(answers, "hahaha", 3, 2, says)

    @keeps(5)
    async def test_a_summary_of_white_space(self, answers, text):
        for says in ("", " ", "\n\t\n", "\u3000"):
            await self.compact(answers, "shahaha", 3, 2, says, text.word())

    @keeps(5)
    async def test_a_summary_that_fails(self, answers, text):
        for kind in (ConnectionError, KeyError, TimeoutError, RuntimeError, Stranger):
            await self.compact(answers, "shahaha", 3, 2, kind(text.word()), text.word())

    @keeps(5)
    async def test_nothing_is_old(self, answers, text):
        for letters, keep in (("cttt", 1), ("scttt", 2), ("ttt", 1), ("sttt", 2)):
            await self.compact(answers, letters, keep, keep, text.sentence(), text.word())

    async def test_a_pause_and_a_cancellation_pass(self, answers, text):
        async def hangs(old):
            await asyncio.Event().wait()

        messages = self.messages_of("hahaha")
        passed = await cancelled_while_it_waits(answers.compact_history(messages, hangs, 3, 2))
        self.in_words(passed, "a cancellation is swallowed", "CancelledError", "something else")
        for error in (
            answers.Paused("x"),
            answers.PausedInTool("x"),
            Stop("x"),
            asyncio.CancelledError(),
        ):

            async def raises(old, error=error):
                raise error

            got, came = await outcome(answers.compact_history(messages, raises, 3, 2))
            is_pause = isinstance(error, answers.Paused)
            problem = "a pause is swallowed" if is_pause else "what is no Exception does not pass"
            self.must(type(came) is type(error), problem, repr(error), repr(came) if came else got)

    async def test_wrong_numbers(self, answers, text):
        async def summarize(old):
            return "short"

        for letters in ("", "hahahaha"):
            for trigger, keep in ((3, 0), (3, -1), (2, 3), (0, 1), (-5, -5), (0, 0)):
                messages = self.messages_of(letters)
                with self.raises(ValueError, "wrong numbers are accepted"):
                    await answers.compact_history(messages, summarize, trigger, keep)

    @keeps(6)
    async def test_it_is_a_new_list(self, answers, text):
        async def summarize(old):
            old.clear()
            return "short"

        for letters, trigger in (("ha", 4), ("cttt", 1), ("hahaha", 2)):
            messages = self.messages_of(letters, text.word())
            with unchanged(messages=messages):
                got = await answers.compact_history(messages, summarize, trigger, 1)
                self.must(isinstance(got, list), "it gives no list", Words("a list"), got)
                self.must(got is not messages, "it returns the list that it was given")
                got.append(HumanMessage("more"))

    async def test_an_earlier_summary_is_a_message(self, answers, text):
        seen = []

        async def summarize(old):
            seen.append(list(old))
            return "newer"

        earlier = HumanMessage(f"{answers.SUMMARY}{text.sentence()}")
        messages = [earlier, *self.messages_of("ahah", text.word())]
        got = await answers.compact_history(messages, summarize, 4, 1)
        self.equal(seen, [messages[:4]], "an earlier summary is not summarized")
        self.equal(len(got), 2, "more stays than has to")

    @keeps(6)
    async def test_any_sequence_of_messages(self, answers, text):
        for letters, trigger in (("shahaha", 3), ("ha", 3), ("hacttt", 2), ("", 1)):
            await self.compact(answers, letters, trigger, 1, text.sentence(), text.word(), tuple)

    @keeps(6)
    async def test_each_call_gives_a_list_of_its_own(self, answers, text):
        async def summarize(old):
            return "short"

        for letters in ("hahaha", "ha"):
            messages = self.messages_of(letters, text.word())
            first = await answers.compact_history(messages, summarize, 2, 1)
            second = await answers.compact_history(messages, summarize, 2, 1)
            apart(self.must, [first], [second])

    def test_any_history(self, search):
        async def promise(answers, clock, letters, keep, more, says):
            letters = re.sub(r"(?<=.)s", "h", letters) if more % 2 else letters
            await self.compact(answers, letters, keep + more, keep, says)

        always = (
            *each(
                letters=("shacttah", "cttctt", "hctttctt", "haha", "stct"), keep=2, more=0, says="a"
            ),
            *each(
                letters="hacttacttah", keep=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), more=0, says="a"
            ),
            *each(letters="hahaha", keep=2, more=1, says=FEW_TEXTS),
        )
        search(
            promise,
            *always,
            letters=st.lists(st.sampled_from(("h", "a", "ct", "ctt", "cttt", "s")), max_size=6).map(
                "".join
            ),
            keep=st.integers(1, 5),
            more=st.integers(0, 3),
            says=any_text(),
        )


THROUGH = "an address that is cut into pieces gets through"
WAITS = "text waits although it cannot be part of an address"


class Connection(Source):
    """A stream that an error does not close: only close() does."""

    def _raise(self, error):
        raise error


class TestRedactStream(Explained):
    """No address comes out, however it is cut, and nothing else waits."""

    WHY: ClassVar = {
        "it gives no stream of texts": "Write a generator: yield each piece of text.",
        THROUGH: "No token has the whole address in it, so none can be looked at alone. What may "
        "still be part of one has to wait until its end is known.",
        "an address gets through": "All pieces joined are ADDRESS.sub(REDACTED, text).",
        "the text is not the same but for its addresses": "All pieces joined are "
        "ADDRESS.sub(REDACTED, text): nothing is lost, nothing comes twice, nothing else changes.",
        "the end of the text is lost": "What still waits when the stream ends has to come out, "
        "redacted like all else.",
        WAITS: "After each token, everything up to the last character that is not in PART comes "
        "out before the next token is pulled. White space is only one of these characters.",
        "a piece is empty": "Where there is nothing to say yet, yield nothing.",
        "an error of the source is swallowed": SAME_ERROR,
        "what comes before an error is wrong": "What was decided before the error has come out; "
        "what waited may follow, redacted.",
    }

    def read(self, answers, tokens, pulls=None):
        """Read a stream. Note what had come out each time a token was pulled."""
        got, before = [], []

        def source():
            for token in tokens:
                yield token
                before.append("".join(got))

        for piece in answers.redact_stream(source()):
            self.must(isinstance(piece, str), "it gives no stream of texts", Words("a str"), piece)
            got.append(piece)
        return got, before

    def decided(self, text):
        """The part of a text that cannot change any more."""
        return re.sub(r"[A-Za-z0-9._%+\-@]*\Z", "", text)

    def look(
        self, answers, tokens, problem="the text is not the same but for its addresses", whole=True
    ):
        """Compare with the contract."""
        sub = lambda text: answers.ADDRESS.sub(answers.REDACTED, text)  # noqa: E731
        text = "".join(tokens)
        got, before = self.read(answers, tokens)
        wanted = sub(text)
        came = "".join(got)
        if came != wanted:
            leaks = next((one for one in answers.ADDRESS.findall(text) if one in came), None)
            if leaks and came == "".join(map(sub, tokens)):
                problem = THROUGH
            elif leaks:
                problem = "an address gets through" if problem != THROUGH else THROUGH
            elif wanted.startswith(came):
                problem = "the end of the text is lost"
            self.must(False, problem, wanted, came)
        if problem == THROUGH or not whole:
            return
        text = ""
        for token, out in zip(tokens, before, strict=True):
            text += token
            least = sub(self.decided(text))
            self.must(
                len(out) >= len(least),
                WAITS,
                Words(f"{least!r} before the next token"),
                Words(f"{out!r}"),
            )
        self.must("" not in got, "a piece is empty", got=got)

    def an_address(self, text):
        """An address that differs from seed to seed."""
        name = "".join(text.random.choices(string.ascii_lowercase + "._%+-", k=6))
        return f"{text.word()}{name}@{text.word()}.example.com".lower()

    @keeps(1)
    def test_an_address_in_pieces(self, answers, text):
        address = self.an_address(text)
        for at in range(1, len(address)):
            self.look(answers, ["Write to ", address[:at], address[at:], " now"], THROUGH)
        self.look(answers, [*f"To {address}, {address}. And ({address})!"], THROUGH)

    @keeps(1)
    def test_an_address_at_the_end(self, answers, text):
        address = self.an_address(text)
        for tail in ("", ".", ". ", "..", ".o", "@", "-", "\n"):
            self.look(answers, ["To ", address, tail], whole=False)
            self.look(answers, [*address, *tail], whole=False)

    @keeps(1)
    def test_an_address_in_one_token(self, answers, text):
        address = self.an_address(text)
        self.look(answers, [f"To {address} and {address}, please."], whole=False)
        self.look(answers, [address], whole=False)

    @keeps(1)
    def test_what_only_looks_like_one(self, answers, text):
        word = text.word()
        for like in (f"{word}@", f"@{word}.com", f"{word}@{word}", f"{word}.com", "a@@b.c", "x@.y"):
            self.look(answers, ["To ", *like, " ", word, like], whole=False)
        for long in (63, 64, 65, 200):
            self.look(answers, ["To ", "x" * long, f"@{word}.org", " ok"], whole=False)

    @keeps(2)
    def test_nothing_else_waits(self, answers, text):
        self.look(answers, text.tokens(9))
        for mark in (",", "(", "\n", "!", "\u3002", "\u6f22", "é", "\U0001f44b", "'", "/", "\x00"):
            self.look(answers, [f"{text.word()}{mark}", text.word(), mark, f"a{mark}b", "c", mark])
        self.look(answers, [*"漢字漢字", "a@", "漢", f"{text.word()}@x.org漢字"])

    @keeps(3)
    def test_no_piece_is_empty(self, answers, text):
        for tokens in (["", "a", "", " ", ""], [""], [], ["a", ""], [" ", "", " "]):
            self.look(answers, tokens)

    @keeps(4)
    def test_it_is_lazy(self, answers, text):
        source = Source([f"{word} " for word in text.tokens(6)])
        stream = answers.redact_stream(source)
        check_lazy(source)
        next(stream)
        check_not_ahead(max(source.pulled, 1), 1)  # it may hand out a token in several pieces
        next(stream)
        check_not_ahead(max(source.pulled, 2), 2)

    @keeps(5)
    def test_it_closes_its_source(self, answers, text):
        source = Source([f"{word} " for word in text.tokens(6)])
        stream = answers.redact_stream(source)
        next(stream)
        stream.close()
        check_closed(source)
        source = Source(text.tokens(6))
        list(answers.redact_stream(source))
        check_closed(source, "at its end", CLOSE)

    @keeps(6)
    def test_an_error_passes_through(self, answers, text):
        address = self.an_address(text)
        kinds = (ConnectionError, ValueError, Stranger, Stop, KeyboardInterrupt)
        for error in [kind(text.word()) for kind in kinds]:
            source, got = Connection(["To ", *address, error]), []
            with passes_on(error):
                for piece in answers.redact_stream(source):
                    got.append(piece)
            came = "".join(got)
            fits = came in ("To ", f"To {answers.REDACTED}")
            problem = THROUGH if address[:3] in came else "what comes before an error is wrong"
            self.must(fits, problem, "To ", came)
            check_closed(source, "after an error", CLOSE)

    @keeps(2)
    def test_a_long_stream(self, answers, text):
        word = text.word()
        self.look(answers, [f"{word}, "] * 60)
        self.look(answers, [f"{word}, ", self.an_address(text), ", "] * 20, whole=False)

    def test_a_list_of_tokens_stays_as_it_is(self, answers, text):
        tokens = [*text.tokens(4), self.an_address(text)]
        wanted = answers.ADDRESS.sub(answers.REDACTED, "".join(tokens))
        with unchanged(tokens=tokens):
            got = "".join(answers.redact_stream(tokens))
        self.equal(got, wanted, "the text is not the same but for its addresses")

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        tokens = [f"{text.word()} a@", "b.org ", "c"]
        check_apart(lambda source: answers.redact_stream(source), tokens, ["one", " two ", "x@y"])

    def test_any_tokens(self, search):
        def promise(answers, tokens, ending):
            if ending == Ending():
                self.look(answers, tokens)
                return
            source = Connection([*tokens, *([ending.error] if ending.error else [])])
            stream, got = answers.redact_stream(source), []
            stops = False
            expected = passes_on(ending.error) if ending.error else nullcontext()
            with expected:
                for piece in stream:
                    got.append(piece)
                    if len(got) == ending.stop_after:
                        stops = True
                        stream.close()
                        break
            came, text = "".join(got), "".join(tokens)
            wanted = answers.ADDRESS.sub(answers.REDACTED, text)
            least = answers.ADDRESS.sub(answers.REDACTED, self.decided(text))
            must = self.against(wanted, came)
            must(wanted.startswith(came), "the text is not the same but for its addresses")
            must(stops or came.startswith(least), "what comes before an error is wrong")
            check_closed(source, "however it ends", CLOSE)

        hard = (
            "joe@x.org",
            "jo",
            "e@exam",
            "ple",
            ".com",
            "@",
            ".",
            "-",
            ", ",
            "漢",
            "a@b",
            "x" * 70,
        )
        always = (
            *each(
                tokens=tuple(["a@b", one, ".org", one, " "] for one in FEW_TEXTS), ending=Ending()
            ),
            *each(tokens=tuple(["joe", one, "@x.org"] for one in hard), ending=Ending()),
            *each(tokens=["To jo", "e@x.o", "rg, a", " b "], ending=EACH_ENDING),
            {"tokens": [LONG, "a@b.c", LONG], "ending": Ending()},
            {"tokens": ["abc"] * 500, "ending": Ending()},
        )
        tokens = st.lists(st.sampled_from(hard) | any_text(), max_size=8)
        search(promise, *always, tokens=tokens, ending=any_ending())


UNDECIDED = "a call that nobody has decided about runs"


class TestReviewCalls(Explained):
    """What a person has approved runs, and nothing else that waits."""

    WHY: ClassVar = {
        **Refusals.WHY,
        AGAIN: WHY_AGAIN,
        "it gives no Review": "Return Review(run, refused).",
        UNDECIDED: "One decision for each call that waits: too few are a ValueError, before "
        "anything runs. Nobody's silence is a yes.",
        "too many decisions are accepted": "Then somebody has decided about something else. Raise "
        "ValueError.",
        "a kind that is not allowed is accepted": "allowed[name] says which kinds of decisions "
        "there are for this tool. Raise ValueError for any other.",
        "an edit without args is accepted": "args of None say nothing about what is to run. Raise "
        "ValueError.",
        "an edit with an empty dict is refused": "An empty dict is a decision, too: call the tool "
        "without arguments. Ask whether args is None.",
        "a decision that fits is refused": "Count only the calls whose tool is in `allowed`. The "
        "others need no decision.",
        "a decision goes to another call": "The decisions belong to the calls that wait, in order. "
        "A call that needs none takes none, and each call has its own, also two of the same tool.",
        "a call that needs no decision does not run": "Tools that are not in `allowed` run as they "
        "are.",
        "an edit does not change the args, or changes more": "An edited call has the args of the "
        "decision in place of its own, and the same name and id.",
        "an approved call is changed": "It runs as it is. Only an edit changes the args.",
        "a rejected call has no answer": "A provider refuses a conversation in which a call has no "
        "answer. It needs a ToolMessage.",
        "the reason does not reach the model": "The reason of the decision is in the text. The "
        "model can act on it.",
        "the calls are not in their order": "Both lists are in the order of the calls.",
    }

    def course(self, calls, allowed, decisions):
        """What runs and what is refused; or None if there has to be a ValueError."""
        waits = [call for call in calls if call["name"] in allowed]
        if len(waits) != len(decisions):
            return None
        by_id = dict(zip(ids(waits), decisions, strict=True))
        run, refused = [], []
        for call in calls:
            decision = by_id.get(call["id"])
            if decision is None or decision.kind == "approve":
                run.append(call)
            elif decision.kind == "edit":
                if decision.args is None:
                    return None
                run.append({**call, "args": decision.args})
            else:
                refused.append((call, decision.reason))
            if decision is not None and decision.kind not in allowed[call["name"]]:
                return None
        return run, refused

    def review(self, answers, calls, allowed, decisions, problem="", form=False):
        """Review some calls, and compare with the contract."""
        wanted = self.course(calls, allowed, decisions)
        made = [answers.Decision(one.kind, one.args, one.reason) for one in decisions]
        decisions = type(decisions)(made)
        before = [(one.kind, one.args and dict(one.args), one.reason) for one in decisions]
        if wanted is None:
            with (
                unchanged(calls=calls, allowed=allowed),
                self.raises(ValueError, problem or self.fault(calls, allowed, decisions)),
            ):
                answers.review_calls(calls, allowed, decisions)
            return
        fits = "a decision that fits is refused"
        with (
            unchanged(calls=calls, allowed=allowed),
            self.never((ValueError, StopIteration), problem or fits),
        ):
            got = answers.review_calls(calls, allowed, decisions)
        after = [(one.kind, one.args and dict(one.args), one.reason) for one in decisions]
        self.must(
            after == before, "an edit does not change the args, or changes more", before, after
        )
        is_review = all(isinstance(getattr(got, name, None), list) for name in ("run", "refused"))
        self.must(is_review, "it gives no Review", Words("a Review with two lists"), got)
        run, refused = wanted
        kept = [call for call, _ in refused]
        said = Words(f"run {ids(run)}, refused {ids(kept)}")
        for one in got.refused:
            self.must(
                isinstance(one, ToolMessage), REFUSALS.NO_MESSAGE, Words("a ToolMessage"), one
            )
        must = self.against(said, Words(f"run {ids(got.run)}, refused {ids(got.refused)}"))
        free = [call["id"] for call in calls if call["name"] not in allowed]
        must(set(free) <= set(ids(got.run)), "a call that needs no decision does not run")
        must(
            not set(ids(got.run)) - set(ids(calls)),
            "an edit does not change the args, or changes more",
        )
        must(set(ids(got.refused)) <= set(ids(calls)), REFUSALS.OTHER_CALL)
        must(sorted(ids(got.run)) == sorted(ids(run)), "a decision goes to another call")
        must(len(got.refused) >= len(kept), "a rejected call has no answer")
        must(sorted(ids(got.refused)) == sorted(ids(kept)), REFUSALS.OTHER_CALL)
        in_order = ids(got.run) == ids(run) and ids(got.refused) == ids(kept)
        must(in_order, "the calls are not in their order")
        for one, call in zip(got.run, run, strict=True):
            original = next(that for that in calls if that["id"] == call["id"])
            problem = "an approved call is changed"
            if original != call:
                problem = "an edit does not change the args, or changes more"
            self.equal(one, call, problem)
        for message, (call, reason) in zip(got.refused, refused, strict=True) if form else ():
            REFUSALS.look(self.must, message, call)
            self.must(
                reason in str(message.content),
                "the reason does not reach the model",
                Words(f"{reason!r} in the text"),
                message.content,
            )

    def fault(self, calls, allowed, decisions):
        """What is wrong with these decisions."""
        waits = [call for call in calls if call["name"] in allowed]
        if len(waits) > len(decisions):
            return UNDECIDED
        if len(waits) < len(decisions):
            return "too many decisions are accepted"
        pairs = zip(waits, decisions, strict=True)
        if any(one.kind not in allowed[call["name"]] for call, one in pairs):
            return "a kind that is not allowed is accepted"
        return "an edit without args is accepted"

    ALL: ClassVar = ["approve", "edit", "reject"]

    @keeps(1, 6)
    def test_nothing_runs_without_a_decision(self, answers, text):
        one, other = text.word(), text.word() + "_b"
        approve = answers.Decision("approve")
        allowed = {one: self.ALL}
        self.review(answers, [], allowed, [])
        for names, count in (
            ([one], 0),
            ([one, one], 1),
            ([other, one], 0),
            ([one, other, one], 1),
        ):
            self.review(answers, calls_of(names), allowed, [approve] * count, UNDECIDED)

    @keeps(1)
    def test_what_needs_no_decision_runs(self, answers, text):
        one, other = text.word(), text.word() + "_b"
        problem = "a decision that fits is refused"
        reject = answers.Decision("reject", None, text.sentence())
        self.review(answers, calls_of([other, other]), {one: self.ALL}, [], problem)
        self.review(answers, calls_of([other, one, other]), {one: self.ALL}, [reject], problem)
        self.review(answers, calls_of([other]), {}, [], problem)
        self.review(answers, [], {one: self.ALL}, [], problem)

    @keeps(2, 5)
    def test_each_call_has_its_own_decision(self, answers, text):
        one, other = text.word(), text.word() + "_b"
        yes, no = answers.Decision("approve"), answers.Decision("reject", None, text.word())
        allowed = {one: self.ALL}
        for decisions in ([yes, no], [no, yes], [no, no], [yes, yes]):
            self.review(answers, calls_of([one, one]), allowed, decisions)
            self.review(answers, calls_of([one, other, one, other]), allowed, decisions)

    @keeps(3)
    def test_an_edit_changes_the_args(self, answers, text):
        name = text.word()
        calls = calls_of([name, name], {"to": text.word()})
        edit = answers.Decision("edit", {"to": text.word(), "more": [1]})
        approve = answers.Decision("approve", {"to": "nobody"})
        self.review(answers, calls, {name: self.ALL}, [edit, approve])
        self.review(answers, calls, {name: ("edit", "approve")}, [approve, edit])
        empty = answers.Decision("edit", {})
        problem = "an edit with an empty dict is refused"
        self.review(answers, calls, {name: {"edit"}}, [empty, empty], problem)

    @keeps(4)
    def test_a_rejected_call_is_answered(self, answers, text):
        name = text.word()
        for reason in (text.sentence(), "", f"{{x}} {text.word()}\n"):
            reject = answers.Decision("reject", None, reason)
            calls = calls_of([name, text.word() + "_b", name])
            self.review(answers, calls, {name: ["reject"]}, [reject, reject], form=True)

    @keeps(6)
    def test_too_many_decisions(self, answers, text):
        one, other = text.word(), text.word() + "_b"
        problem = "too many decisions are accepted"
        for kind in ("approve", "reject"):
            for names, count in (([one], 2), ([other], 1), ([], 1), ([one, other], 2)):
                decisions = [answers.Decision(kind)] * count
                self.review(answers, calls_of(names), {one: self.ALL}, decisions, problem)

    @keeps(6)
    def test_a_kind_that_is_not_allowed(self, answers, text):
        name = text.word()
        problem = "a kind that is not allowed is accepted"
        for kind in self.ALL:
            decision = answers.Decision(kind, {"a": 1})
            others = [one for one in self.ALL if one != kind]
            for kinds in (others, tuple(others[:1]), []):
                self.review(answers, calls_of([name]), {name: kinds}, [decision], problem)
            free = answers.Decision("approve" if kind != "approve" else "reject")
            calls = calls_of([name + "_b", name])
            self.review(
                answers, calls, {name: others, name + "_b": self.ALL}, [free, decision], problem
            )

    @keeps(6)
    def test_an_edit_without_args(self, answers, text):
        name = text.word()
        problem = "an edit without args is accepted"
        for decisions in (["edit"], ["approve", "edit"]):
            calls = calls_of([name] * len(decisions))
            made = [answers.Decision(kind) for kind in decisions]
            self.review(answers, calls, {name: self.ALL}, made, problem)

    @keeps(5)
    def test_any_sequence_of_calls(self, answers, text):
        one, other = text.word(), text.word() + "_b"
        decisions = (answers.Decision("approve"), answers.Decision("reject", None, text.word()))
        calls = tuple(calls_of([one, other, one]))
        self.review(answers, calls, {one: frozenset(self.ALL)}, decisions, form=True)

    def test_each_call_gives_lists_of_its_own(self, answers, text):
        name = text.word()
        calls, allowed = calls_of([name, name]), {name: self.ALL}
        decisions = [answers.Decision("approve"), answers.Decision("reject")]
        first = answers.review_calls(calls, allowed, decisions)
        second = answers.review_calls(calls, allowed, decisions)
        apart(self.must, (first.run, first.refused), (second.run, second.refused))
        first.run.clear()
        first.refused.clear()
        self.review(answers, calls, allowed, decisions)

    def test_any_decisions(self, search):
        def promise(answers, names, allowed, kinds, args, reason):
            waits = sum(name in allowed for name in names)
            kinds = (kinds * 5)[: max(waits + (len(kinds) > 3), 0)]
            decisions = [answers.Decision(kind, args, reason) for kind in kinds]
            self.review(answers, calls_of(names, {"a": 1}), allowed, decisions, form=True)

        mixed = ["send", "track", "send", "search", "track"]
        both = {"send": self.ALL, "track": ["approve", "reject"]}
        plain = {"names": mixed, "allowed": both, "args": {"b": 2}, "reason": "no"}
        always = (
            *({**plain, "kinds": [kind]} for kind in self.ALL),
            *({**plain, "allowed": {"send": self.ALL}, "kinds": [k, "reject"]} for k in self.ALL),
            *({**plain, "kinds": ["approve", "reject"], "reason": one} for one in FEW_TEXTS),
            *(
                {**plain, "names": ["send"], "kinds": ["edit"], "args": one}
                for one in (None, {}, {"": None})
            ),
            *(
                {**plain, "names": [one, "send"], "allowed": {one: self.ALL}, "kinds": ["reject"]}
                for one in FEW_TEXTS
            ),
        )
        some = st.lists(st.sampled_from(self.ALL), min_size=1, max_size=4, unique=False)
        search(
            promise,
            *always,
            names=st.lists(st.sampled_from(NAMES), max_size=5),
            allowed=st.dictionaries(st.sampled_from(NAMES), st.just(self.ALL) | some),
            kinds=some,
            args=st.sampled_from(({"b": 2}, {"b": 2}, {}, None)),
            reason=any_text(),
        )
