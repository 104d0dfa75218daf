"""Lesson 20 does what LangChain's own middleware does, except for what is listed.

`chain_wrappers` against `create_agent(middleware=[...])`: the same order, whatever wrappers do.

`guard_tool` against what `create_agent` makes of the results of its tools. Known deviations of it:

* an exception of a tool ends the run;
* a list of blocks, such as texts and images, is the content as it is;
* what JSON cannot write becomes a text as a whole, and not only where JSON cannot write it.

`limit_calls` against `ToolCallLimitMiddleware`, one for each limit. Known deviation: two of them
do not know of each other, so that a call which one refuses uses up the other.

`with_fallbacks` against `ModelFallbackMiddleware`. Known deviations of it:

* it asks on after any error, and raises the last one;
* it asks a model again that is listed twice.

`compact_history` against `SummarizationMiddleware`. Known deviations of it:

* its trigger is the number from which on it summarizes;
* a failing summary fails the run, and an empty one replaces the messages;
* a system message is never among its messages.

`redact_stream` against `PIIMiddleware`: the same text in the end. Known deviation: what it shows of
a model's answer while it comes is not redacted.

`review_calls` against `HumanInTheLoopMiddleware`. Known deviations of it:

* an edit may change the name of the tool, and without args it is a KeyError;
* there is a fourth decision, to answer in place of the tool.
"""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    HumanInTheLoopMiddleware,
    ModelFallbackMiddleware,
    ModelRequest,
    PIIMiddleware,
    SummarizationMiddleware,
    ToolCallLimitMiddleware,
    wrap_tool_call,
)
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.tools import StructuredTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from course import catalog
from course.fakes import script
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply
from course.lesson.variants import reference

CASES = 300
RUNS = 40
"""Of whole agents, which take longer."""

NAMES = ("search", "send", "track")
NO_RUNTIME = cast("Any", None)
"""For hooks that look only at the state."""

answers = reference(catalog.find("20"))

Wrapper = Callable[[Any, Callable[[Any], Awaitable[Any]]], Awaitable[Any]]


class Around(AgentMiddleware[Any, Any, Any]):
    """A wrapper of the lesson as middleware of LangChain."""

    def __init__(self, wrapper: Wrapper, number: int) -> None:
        super().__init__()
        self.wrapper, self.number = wrapper, number

    @property
    def name(self) -> str:
        return f"Around{self.number}"

    async def awrap_model_call(self, request: Any, handler: Any) -> Any:
        return await self.wrapper(request, handler)


def wrapper_of(name: str, kind: str, log: list[str]) -> Wrapper:
    """A wrapper that works here and there, and notes when it is passed."""

    async def wrapper(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        log.append(f"{name}>")
        if kind == "never":
            return AIMessage(name)
        if kind == "twice":
            await handler(request)
        answer = await handler(request)
        log.append(f"<{name}")
        return answer

    return wrapper


async def test_wrappers_stand_around_a_model_in_the_same_order() -> None:
    ways = set()
    for seed in range(RUNS):
        pick = random.Random(seed)
        kinds = pick.choices(("pass", "pass", "twice", "never"), k=pick.randrange(5))
        ours: list[str] = []
        theirs: list[str] = []

        async def model(request: Any, log: list[str] = ours) -> AIMessage:
            log.append("model")
            return AIMessage("done")

        def plan(log: list[str], kinds: Sequence[str] = kinds) -> list[Wrapper]:
            return [wrapper_of(*one, log) for one in zip("ABCD", kinds, strict=False)]

        await answers.chain_wrappers(plan(ours), model)(answers.ModelRequest(()))
        scripted = ScriptedChatModel(replies={"": "done"})
        around = [Around(one, number) for number, one in enumerate(plan(theirs))]
        await create_agent(scripted, middleware=around).ainvoke({"messages": [HumanMessage("Hi")]})
        assert [one for one in ours if one != "model"] == theirs, kinds
        assert ours.count("model") == len(scripted.transcript)
        ways.add(tuple(ours))
    assert len(ways) > 10


def agent_with(gives: Callable[[], Any], **options: Any) -> Any:
    """An agent whose tool gives something, or raises it."""

    def track() -> Any:
        """Say where an order is."""
        result = gives()
        if isinstance(result, BaseException):
            raise result
        return result

    call = Reply(script.ToolCall("track", {}, "k1"))
    tool = StructuredTool.from_function(track)
    return create_agent(ScriptedChatModel(replies=[call, "Done."]), [tool], **options)


TRACK: ToolCall = {"name": "track", "args": {}, "id": "k1", "type": "tool_call"}
ASKED = {"messages": [HumanMessage("Where is it?")]}

VALUES = [
    *("on its way", "", "é", {"due": None, "paid": True}, {"a": {"b": [1.5]}}, [1, None]),
    *(0, None, False, [["a"]], {"ü": "漢"}),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
async def test_a_model_reads_the_same_results(value: Any) -> None:
    async def handler(call: ToolCall) -> Any:
        return value

    ours = await answers.guard_tool(TRACK, handler)
    theirs = (await agent_with(lambda: value).ainvoke(ASKED))["messages"][-2]
    fields = ("name", "tool_call_id", "status")
    assert [getattr(ours, one) for one in fields] == [getattr(theirs, one) for one in fields]
    if isinstance(value, str):
        assert ours.content == theirs.content
    else:
        assert json.loads(ours.content) == json.loads(theirs.content)


async def test_their_tool_ends_the_run_with_its_error() -> None:
    with pytest.raises(ConnectionError, match="key=123"):
        await agent_with(lambda: ConnectionError("key=123")).ainvoke(ASKED)


async def test_blocks_stay_blocks_there() -> None:
    blocks = [{"type": "text", "text": "on its way"}]
    theirs = (await agent_with(lambda: blocks).ainvoke(ASKED))["messages"][-2]
    assert theirs.content == blocks


async def test_what_json_cannot_write_is_a_text_there() -> None:
    value = {"when": {1}}
    theirs = (await agent_with(lambda: value).ainvoke(ASKED))["messages"][-2]
    assert theirs.content == str(value)


async def test_an_except_swallows_an_interrupt_there_too() -> None:
    """Why the guard lets a pause pass."""

    @wrap_tool_call
    async def guard(request: Any, handler: Any) -> Any:
        try:
            return await handler(request)
        except Exception as error:
            return ToolMessage(type(error).__name__, tool_call_id=request.tool_call["id"])

    for middleware, waits in (([guard], False), ([], True)):
        agent = agent_with(
            lambda: interrupt("approve?"), middleware=middleware, checkpointer=InMemorySaver()
        )
        state = await agent.ainvoke(ASKED, {"configurable": {"thread_id": "1"}})
        assert ("__interrupt__" in state) is waits
        if not waits:
            assert state["messages"][-2].content == "GraphInterrupt"


def calls_of(names: Sequence[str], args: dict[str, Any] | None = None) -> list[ToolCall]:
    return [
        {"name": name, "args": dict(args or {}), "id": f"k{number}", "type": "tool_call"}
        for number, name in enumerate(names)
    ]


def refused_there(calls: list[ToolCall], name: str | None, limit: int, used: int) -> list[Any]:
    """Which calls LangChain's middleware refuses."""
    middleware = ToolCallLimitMiddleware[Any, Any](tool_name=name, thread_limit=limit)
    state = {
        "messages": [AIMessage("", tool_calls=calls)],
        "thread_tool_call_count": {name or "__all__": used},
    }
    update = middleware.after_model(cast("Any", state), NO_RUNTIME) or {}
    return [*update.get("messages", [])]


def test_calls_are_limited_alike() -> None:
    counts = set()
    for seed in range(CASES):
        pick = random.Random(seed)
        calls = calls_of(pick.choices(NAMES, k=pick.randrange(1, 8)))
        limit, used = pick.randrange(1, 5), pick.randrange(4)
        for name in ("search", None):
            run, refused = answers.limit_calls(calls, {"search": used}, {name or "*": limit})
            theirs = refused_there(calls, name, limit, used)
            assert [(one.name, one.tool_call_id, one.status) for one in refused] == [
                (one.name, one.tool_call_id, one.status) for one in theirs
            ]
            assert len(run) + len(theirs) == len(calls)
            counts.add((len(run), len(refused)))
    assert len(counts) > 10


def test_two_limits_do_not_know_of_each_other_there() -> None:
    calls = calls_of(["search", "search", "send"])
    run, _ = answers.limit_calls(calls, {}, {"search": 1, "*": 2})
    assert [call["id"] for call in run] == ["k0", "k2"]
    theirs = refused_there(calls, "search", 1, 0) + refused_there(calls, None, 2, 0)
    assert {one.tool_call_id for one in theirs} == {"k1", "k2"}


async def asked_there(models: Sequence[str], fails: dict[str, Exception]) -> tuple[list[str], Any]:
    """Which models LangChain's middleware asks, and how it ends."""
    known = {name: ScriptedChatModel(replies=[], model=name) for name in models}
    main, *others = models
    asked: list[str] = []

    async def handler(request: Any) -> Any:
        asked.append(request.model.model)
        if error := fails.get(request.model.model):
            raise error
        return AIMessage(request.model.model)

    middleware = ModelFallbackMiddleware[Any, Any](*(known[name] for name in others))
    request: ModelRequest[Any] = ModelRequest(model=known[main], messages=[])
    try:
        return asked, cast("Any", await middleware.awrap_model_call(request, handler)).content
    except Exception as error:
        return asked, error


async def asked_here(models: Sequence[str], fails: dict[str, Exception]) -> tuple[list[str], Any]:
    asked: list[str] = []

    async def handler(request: Any) -> AIMessage:
        asked.append(request.model)
        if error := fails.get(request.model):
            raise error
        return AIMessage(request.model)

    main, *others = models
    wrapper = answers.with_fallbacks(others, lambda error: True)
    try:
        return asked, (await wrapper(answers.ModelRequest((), model=main), handler)).content
    except Exception as error:
        return asked, error


async def test_other_models_are_asked_alike() -> None:
    ways = set()
    for seed in range(CASES):
        pick = random.Random(seed)
        models = pick.sample("abcde", k=pick.randrange(2, 6))
        fails: dict[str, Exception] = {
            name: ConnectionError(name) for name in models if pick.random() < 0.6
        }
        ours, theirs = await asked_here(models, fails), await asked_there(models, fails)
        assert ours[0] == theirs[0], models
        if isinstance(theirs[1], Exception):
            assert ours[1] is fails[models[0]]
            assert theirs[1] is fails[models[-1]]
        else:
            assert ours[1] == theirs[1]
        ways.add(len(ours[0]))
    assert len(ways) > 3


async def test_they_ask_a_model_again() -> None:
    fails: dict[str, Exception] = {"a": ConnectionError("a")}
    assert (await asked_there(["a", "a"], fails))[0] == ["a", "a"]
    assert (await asked_here(["a", "a"], fails))[0] == ["a"]


def conversation(pick: random.Random) -> list[BaseMessage]:
    """A history with and without tools, in the order that providers ask for."""
    messages: list[BaseMessage] = []
    for number in range(pick.randrange(1, 6)):
        messages.append(HumanMessage(f"question {number}", id=f"h{number}"))
        if pick.random() < 0.6:
            calls = calls_of(["search"] * pick.randrange(1, 4))
            calls = [{**call, "id": f"{number}{call['id']}"} for call in calls]
            messages.append(AIMessage("", tool_calls=calls, id=f"c{number}"))
            messages += [
                ToolMessage("found", tool_call_id=call["id"], id=f"t{call['id']}") for call in calls
            ]
        messages.append(AIMessage(f"answer {number}", id=f"a{number}"))
    return messages[: pick.randrange(1, len(messages) + 1)]


async def compacted_there(messages: list[BaseMessage], trigger: int, keep: int) -> Any:
    """What LangChain's middleware puts in place of a history, or None."""
    middleware = SummarizationMiddleware[Any, Any](
        ScriptedChatModel(replies={"": "It was about tents."}),
        trigger=("messages", trigger),
        keep=("messages", keep),
    )
    state = cast("Any", {"messages": messages})
    update = cast("Any", await middleware.abefore_model(state, NO_RUNTIME))
    return update and update["messages"]


async def test_histories_are_cut_in_the_same_places() -> None:
    async def summarize(old: list[BaseMessage]) -> str:
        return "It was about tents."

    cut = set()
    for seed in range(CASES):
        pick = random.Random(seed)
        messages, keep = conversation(pick), pick.randrange(1, 5)
        trigger = keep + pick.randrange(3)
        ours = await answers.compact_history(messages, summarize, trigger, keep)
        theirs = await compacted_there(messages, trigger + 1, keep)
        if theirs is None:
            assert ours == messages, seed
        else:
            removes, summary, *newest = theirs
            assert isinstance(removes, RemoveMessage)
            assert isinstance(summary, HumanMessage)
            assert summary.text.endswith("It was about tents.")
            assert ours[0].text == f"{answers.SUMMARY}It was about tents."
            assert ours[1:] == newest, seed
        cut.add((len(messages), len(ours)))
    assert len(cut) > 30


async def test_an_empty_summary_replaces_the_messages_there() -> None:
    async def says_nothing(old: list[BaseMessage]) -> str:
        return ""

    messages: list[BaseMessage] = [HumanMessage("one"), AIMessage("two"), HumanMessage("three")]
    middleware = SummarizationMiddleware[Any, Any](
        ScriptedChatModel(replies={"": ""}), trigger=("messages", 2), keep=("messages", 1)
    )
    state = cast("Any", {"messages": messages})
    update = cast("Any", await middleware.abefore_model(state, NO_RUNTIME))
    assert len(update["messages"]) == 3
    assert await answers.compact_history(messages, says_nothing, 2, 1) == messages


async def test_a_system_message_is_not_among_the_messages_there() -> None:
    model = ScriptedChatModel(replies=["Hello."])
    agent = create_agent(model, system_prompt="Be kind.")
    state = await agent.ainvoke({"messages": [HumanMessage("Hi")]})
    assert not any(isinstance(one, SystemMessage) for one in state["messages"])
    assert isinstance(model.transcript[0].messages[0], SystemMessage)


PIECES = (
    "joe@x.org",
    "joe",
    "@",
    "example",
    ".",
    "com",
    " ",
    ", ",
    "-",
    "漢",
    "a@b",
    ".org",
    "x" * 70,
)


def redacting_agent(tokens: Sequence[str]) -> Any:
    detector = answers.ADDRESS.pattern
    middleware = PIIMiddleware[Any, Any]("email", detector=detector, apply_to_output=True)
    return create_agent(ScriptedChatModel(replies=[Reply(*tokens)]), middleware=[middleware])


async def test_whole_answers_are_redacted_alike() -> None:
    addresses = 0
    for seed in range(RUNS):
        pick = random.Random(seed)
        tokens = pick.choices(PIECES, k=pick.randrange(1, 12))
        ours = "".join(answers.redact_stream(tokens))
        state = await redacting_agent(tokens).ainvoke({"messages": [HumanMessage("Hi")]})
        theirs = state["messages"][-1].text.replace("[REDACTED_EMAIL]", answers.REDACTED)
        assert ours == theirs, tokens
        addresses += answers.REDACTED in ours
    assert addresses > 5


async def test_their_redaction_comes_too_late_for_the_stream() -> None:
    tokens = ["Ask jo", "e@exam", "ple.com", "."]
    shown = []
    asked = {"messages": [HumanMessage("Whom?")]}
    async for chunk, _ in redacting_agent(tokens).astream(asked, stream_mode="messages"):
        shown.append(chunk.text)
    assert "".join(shown) == "Ask joe@example.com."
    assert "".join(answers.redact_stream(tokens)) == f"Ask {answers.REDACTED}."


async def reviewed_there(calls: list[ToolCall], allowed: Any, decisions: list[Any]) -> Any:
    """The calls that run, as name and args, and the messages of those that do not."""
    ran: list[tuple[str, Any]] = []

    def tool_of(name: str) -> StructuredTool:
        def tool(to: str = "") -> str:
            ran.append((name, {"to": to}))
            return "done"

        return StructuredTool.from_function(tool, name=name, description="A tool.")

    asks = Reply(*(script.ToolCall(one["name"], one["args"], one["id"]) for one in calls))
    agent = create_agent(
        ScriptedChatModel(replies=[asks, "Done."]),
        [tool_of(name) for name in NAMES],
        middleware=[
            HumanInTheLoopMiddleware(
                {name: {"allowed_decisions": [*kinds]} for name, kinds in allowed.items()}
            )
        ],
        checkpointer=InMemorySaver(),
    )
    thread: Any = {"configurable": {"thread_id": "1"}}
    state = await agent.ainvoke({"messages": [HumanMessage("Hi")]}, thread)
    if "__interrupt__" in state:
        state = await agent.ainvoke(Command(resume={"decisions": decisions}), thread)
    results = [one for one in state["messages"] if isinstance(one, ToolMessage)]
    return ran, [one for one in results if one.status == "error"]


def as_theirs(decision: Any, call: ToolCall) -> dict[str, Any]:
    if decision.kind == "edit":
        edited = {"name": call["name"], "args": decision.args}
        return {"type": "edit", "edited_action": edited}
    if decision.kind == "reject":
        return {"type": "reject", "message": decision.reason}
    return {"type": decision.kind}


async def test_calls_are_reviewed_alike() -> None:
    kinds_seen = set()
    for seed in range(RUNS):
        pick = random.Random(seed)
        names = pick.choices(NAMES, k=pick.randrange(1, 5))
        calls = calls_of(names, {"to": pick.choice(("joe", "bob"))})
        allowed = {
            name: pick.sample(("approve", "edit", "reject"), k=pick.randrange(1, 4))
            for name in pick.sample(NAMES, k=2)
        }
        waiting = [call for call in calls if call["name"] in allowed]
        decisions = [
            answers.Decision(
                pick.choice((*allowed[call["name"]], *allowed[call["name"]], "approve")),
                {"to": "ann"},
                "too late",
            )
            for call in waiting
        ]
        if pick.random() < 0.1:
            decisions = decisions[1:]
        given = [as_theirs(*pair) for pair in zip(decisions, waiting, strict=False)]
        try:
            ours = answers.review_calls(calls, allowed, decisions)
        except ValueError:
            with pytest.raises(ValueError, match="decision"):
                await reviewed_there(calls, allowed, given)
            kinds_seen.add("ValueError")
            continue
        ran, refused = await reviewed_there(calls, allowed, given)
        assert sorted(ran, key=repr) == sorted(
            [(call["name"], call["args"]) for call in ours.run], key=repr
        )
        assert [(one.name, one.tool_call_id) for one in refused] == [
            (one.name, one.tool_call_id) for one in ours.refused
        ]
        assert all("too late" in one.text for one in (*refused, *ours.refused))
        kinds_seen |= {one.kind for one in decisions}
    assert kinds_seen == {"approve", "edit", "reject", "ValueError"}


async def test_an_edit_without_args_is_a_missing_key_there() -> None:
    calls = calls_of(["send"], {"to": "joe"})
    edit = {"type": "edit", "edited_action": {"name": "send"}}
    with pytest.raises(KeyError):
        await reviewed_there(calls, {"send": ["edit"]}, [edit])
