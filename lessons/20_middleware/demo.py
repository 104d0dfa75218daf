"""Live demos of lesson 20. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function with the name of a task is the demo of that task. Each
of them stands on its own, so that it can be changed and run again in front of a class.
"""

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from course import plots
from course.fakes.clock import virtual_time
from course.fakes.script import Pause
from course.fakes.sources import Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("20").reference


async def chain_wrappers() -> None:
    """Three wrappers around a model. Each says when it is passed, on the way in and out."""

    def named(name):
        async def wrapper(request, handler):
            print(f"{name} >")
            answer = await handler(request)
            print(f"< {name}")
            return answer

        return wrapper

    async def model(request):
        print("model")
        return AIMessage("It is free.")

    chained = reference.chain_wrappers([named("A"), named("B"), named("C")], model)
    print((await chained(reference.ModelRequest(()))).content)


async def guard_tool() -> None:
    """What a tool may give, and what the model reads. The pause comes out: it is for a person."""
    call = {"name": "track", "args": {}, "id": "k1", "type": "tool_call"}
    results = ["on its way", {"due": None}, ToolMessage("here", tool_call_id="x")]
    errors = [reference.ToolFault("no such order"), ValueError("password tulip-7")]
    for given in (*results, *errors, reference.Paused("approve?")):

        async def tool(call, given=given):
            if isinstance(given, Exception):
                raise given
            return given

        try:
            answer = await reference.guard_tool(call, tool)
            print(f"{answer.status:8} {answer.content}")
        except reference.Paused as pause:
            print(f"{'paused':8} {pause}")


def limit_calls() -> None:
    """A model makes six calls at once. Two searches are allowed, and three calls in all."""
    names = ["search", "search", "search", "send", "send", "search"]
    calls = [
        {"name": name, "args": {}, "id": f"k{number}", "type": "tool_call"}
        for number, name in enumerate(names)
    ]
    run, refused = reference.limit_calls(calls, {}, {"search": 2, "*": 3})
    print("run    ", [call["id"] for call in run])
    print("refused", [answer.tool_call_id for answer in refused])


async def with_fallbacks() -> None:
    """The main model is busy. The second question starts with it again."""
    busy = iter([True, False])

    async def model(request):
        print("asked:", request.model)
        if request.model == "main" and next(busy):
            raise ConnectionError("busy")
        return AIMessage(f"{request.model} answers")

    wrapper = reference.with_fallbacks(["small"], lambda error: True)
    for _ in range(2):
        print((await wrapper(reference.ModelRequest(()), model)).content)


async def compact_history() -> None:
    """The last message is the result of a tool. The cut goes back to its call."""

    async def summarize(old):
        return f"{len(old)} messages about tents"

    call = {"name": "search", "args": {}, "id": "k1", "type": "tool_call"}
    history = [
        HumanMessage("Hello!"),
        AIMessage("Hello."),
        HumanMessage("Any tents?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("12 tents", tool_call_id="k1"),
    ]
    for message in await reference.compact_history(history, summarize, trigger=3, keep=1):
        print(f"{message.type:6} {message.content!r}")


def redact_stream() -> None:
    """An address in three pieces. All else comes out as soon as it can."""
    tokens = ["Write to jo", "e@exam", "ple.com", ", please."]
    for piece in reference.redact_stream(tokens):
        print(repr(piece))


def when_the_pieces_come() -> None:
    """### When the pieces come

    Each mark is a piece of text. What cannot be part of an address comes with its token; an address
    comes when it has ended.
    """
    tokens = ["Write ", "to ", "jo", "e@exam", "ple", ".com", ", ", "please", ". ", "Thanks."]
    timed = [item for token in tokens for item in (Pause(0.25), token)]
    with virtual_time():
        came = arrivals(Source(timed))
    with virtual_time():
        redacted = arrivals(reference.redact_stream(Source(timed)))
    plots.arrivals_by_source({"tokens": came, "redacted": redacted}, "An address has to wait")


def review_calls() -> None:
    """Two mails and a search. One mail is approved, the other one is not."""
    calls = [
        {"name": name, "args": {}, "id": key, "type": "tool_call"}
        for name, key in (("send", "m1"), ("search", "s1"), ("send", "m2"))
    ]
    decisions = [reference.Decision("approve"), reference.Decision("reject", reason="too late")]
    review = reference.review_calls(calls, {"send": ["approve", "reject"]}, decisions)
    print("run    ", [call["id"] for call in review.run])
    print("refused", [(answer.tool_call_id, answer.content) for answer in review.refused])
