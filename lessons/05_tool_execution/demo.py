"""Live demos of lesson 05. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
show the reference solution on tools that fail, in real time. Each of them stands on its own, so
that it can be changed and run again in front of a class.
"""

import asyncio
import time

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import ToolException, tool

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply, ToolCall
from course.notebook import open_lesson

reference = open_lesson("05").reference


def error_message() -> None:
    """Two messages with the same text. Only one of them says that the call went wrong: look at the
    status."""
    call = {"name": "refund", "args": {"order": 7}, "id": "k1", "type": "tool_call"}
    by_hand = ToolMessage("Error: no such order", tool_call_id="k1")
    for message in (by_hand, reference.error_message(call, "Error: no such order")):
        print(message.status.ljust(8), message.content)


def shorten() -> None:
    """A log of three thousand lines, cut to three sizes. The number says how much is missing."""
    log = "\n".join(f"{number:04} all is well" for number in range(3_000))
    for limit in (60, 100, 140):
        short = reference.shorten(log, limit)
        print(len(short), repr(short))


def safe_call() -> None:
    """The same tool, called in four ways. What does the model read in each case? And what would it
    have read in the last one, if the text of the exception had been passed on?"""

    @tool
    def refund(order: int, reason: str) -> str:
        """Pay the price of an order back."""
        if order < 1:
            raise ToolException("Orders are numbered from 1.")
        if order > 99:
            raise RuntimeError("bank.internal refuses the password 'tulip-7'")
        return f"order {order} is paid back: {reason}"

    for args in (
        {"order": 7, "reason": "too small"},
        {"order": "seven"},
        {"order": 0, "reason": "too small"},
        {"order": 100, "reason": "too small"},
    ):
        call = {"name": "refund", "args": args, "id": "k1", "type": "tool_call"}
        message = reference.safe_call(refund, call)
        print(args, f"\n    {message.status}: {message.content!r}")


def answer_all_calls() -> None:
    """A message with three calls: one goes well, one is of a tool that is not there, and one has
    arguments that are no JSON. Each of them gets its answer."""

    @tool
    def refund(order: int) -> str:
        """Pay the price of an order back."""
        return f"order {order} is paid back"

    message = AIMessage(
        "",
        tool_calls=[
            {"name": "refund", "args": {"order": 7}, "id": "k1"},
            {"name": "pay_back", "args": {"order": 8}, "id": "k2"},
        ],
        invalid_tool_calls=[{"name": "refund", "args": '{"order": 9', "id": "k3", "error": None}],
    )
    for answer in reference.answer_all_calls(message, {"refund": refund}):
        print(answer.tool_call_id, answer.status.ljust(8), answer.content)


def call_with_retry() -> None:
    """A service that is busy twice. The time is real: see how the waits grow."""
    start, tries = time.perf_counter(), []

    @tool
    def stock() -> str:
        """Say how many tents there are."""
        tries.append(f"{time.perf_counter() - start:.1f} s")
        if len(tries) < 3:
            raise TimeoutError("too busy")
        return "12 tents"

    call = {"name": "stock", "args": {}, "id": "k1", "type": "tool_call"}
    message = reference.call_with_retry(stock, call, wait=0.2)
    print(message.content, "| tries at", ", ".join(tries))


async def call_together() -> None:
    """Three searches at the same time. The second one fails, and the others do not notice. It takes
    as long as the slowest: watch the clock."""

    @tool
    async def search(shelf: str, seconds: float) -> str:
        """Search a shelf, which takes a while."""
        await asyncio.sleep(seconds)
        if shelf == "orders":
            raise ConnectionError("10.0.0.5 does not answer")
        return f"found in {shelf}"

    waits = {"handbook": 0.6, "orders": 0.3, "reviews": 0.9}
    calls = [
        {"name": "search", "args": {"shelf": shelf, "seconds": seconds}, "id": shelf}
        for shelf, seconds in waits.items()
    ]
    start = time.perf_counter()
    message = AIMessage("", tool_calls=calls)
    for answer in await reference.call_together(message, {"search": search}):
        print(answer.tool_call_id.ljust(9), answer.status.ljust(8), answer.content)
    print(f"{time.perf_counter() - start:.1f} s")


async def when_the_tools_end() -> None:
    """### When the tools end

    Each mark is a search that has ended. In the upper row they ran one after the other, in the
    lower row all at the same time. Each takes as long as before: what is saved is the waiting for
    one another. (Time is real here, so the figures differ a little each time.)
    """
    waits = {"handbook": 0.6, "orders": 0.3, "reviews": 0.9}
    ended = []

    @tool
    async def search(shelf: str) -> str:
        """Search a shelf, which takes a while."""
        await asyncio.sleep(waits[shelf])
        ended.append((time.perf_counter() - start, shelf))
        return f"found in {shelf}"

    calls = [{"name": "search", "args": {"shelf": shelf}, "id": shelf} for shelf in waits]
    start = time.perf_counter()
    for call in calls:
        await reference.call_together(AIMessage("", tool_calls=[call]), {"search": search})
    in_a_loop, ended = ended, []
    start = time.perf_counter()
    await reference.call_together(AIMessage("", tool_calls=calls), {"search": search})
    came = {"one after the other": in_a_loop, "at the same time": ended}
    plots.arrivals_by_source(came, "When the tools end")


def is_stuck() -> None:
    """A model that asks for the same page again and again. Each call goes well, and has another
    id. After the third one, somebody should notice."""

    @tool
    def page(number: int) -> str:
        """Read a page of the handbook."""
        return f"This is page {number}."

    model = ScriptedChatModel(replies=[Reply(ToolCall("page", {"number": 7}))] * 9)
    messages = [HumanMessage("What is on page 8?")]
    while not reference.is_stuck(messages):
        message = model.invoke(messages)
        messages += [message, *reference.answer_all_calls(message, {"page": page})]
        print(message.tool_calls[0]["id"], message.tool_calls[0]["args"])
    print("stuck: no more calls")
