"""Live demos of lesson 17. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
show the reference solution on models that play a script, in real time. Each of them is
self-contained, so that it can be changed and run again in front of a class.
"""

import asyncio
import random
import time
from collections import Counter
from itertools import accumulate

import openai
from langchain_openai import ChatOpenAI
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models.function import DeltaToolCall, FunctionModel

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.openai.server import LocalServer
from course.fakes.script import Fail, Pause, Reply
from course.fakes.sources import AsyncSource
from course.notebook import open_lesson

reference = open_lesson("17").reference


def classify_error() -> None:
    """A server on this machine fails on request, and OpenAI's client reports it in its own
    classes. The words are next to the kind; the kind does not come from them."""
    script = ScriptedChatModel(replies=[Reply.of("Returns are free for 30 days.")] * 9)
    with LocalServer({"shop": script}, speed=0) as server:
        options = {"base_url": server.url, "api_key": "none", "max_retries": 0, "timeout": 1.0}
        for fault in (
            "rate-limit-7",
            "server-error",
            "error-after-0",
            "drop-after-2",
            "stall-after-2",
        ):
            try:
                for _ in ChatOpenAI(model=f"shop+{fault}", **options).stream("May I?"):
                    pass
            except openai.APIError as error:
                print(f"{fault:14} {reference.classify_error(error):12} {error}")
    for error in (KeyboardInterrupt(), ValueError("timeout 429")):
        print(f"{'':14} {reference.classify_error(error):12} {error!r}")


def backoff_delays() -> None:
    """A hundred clients fail together. Each mark is a client that comes back, in the second retry;
    each line is a tenth of a second. Without jitter all of them are in one line."""
    rng = random.Random(17)
    for name, rngs in (("without jitter", [None] * 100), ("with jitter", [rng] * 100)):
        waits = [reference.backoff_delays(2, base=0.5, rng=one)[1] for one in rngs]
        tenths = Counter(int(wait * 10) for wait in waits)
        print(name)
        for tenth in range(11):
            print(f"  {tenth / 10:.1f} s  {'#' * tenths[tenth]}")


def when_they_come_back() -> None:
    """### When the clients come back

    Twelve clients fail at the same moment, and each of them tries four more times. Each mark is a
    try. See how many marks you can tell apart: the server sees them the same way.
    """
    rng = random.Random(17)
    came = {}
    for name, rngs in (("fixed waits", [None] * 12), ("full jitter", [rng] * 12)):
        waits = [reference.backoff_delays(4, rng=one) for one in rngs]
        came[name] = sorted((when, "") for one in waits for when in accumulate(one))
    plots.arrivals_by_source(came, "Forty-eight tries of twelve clients")


def retry_after() -> None:
    """What servers send, and what it means. The date is read with the clock of this machine."""
    soon = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 20))
    for value in ("7", "0.5", "0", soon, "-1", "nan", "3600", "soon"):
        wait = reference.retry_after({"Retry-After": value}, time.time())
        print(f"{value:30} {wait if wait is None else round(wait, 1)}")


async def stream_with_retry() -> None:
    """Three streams. The first two fail before anything was seen, so only the clock shows it. Then
    comes one that fails too late: the text stays, and the error says what there was."""
    good = ["Returns", Pause(0.1), " are", Pause(0.1), " free."]
    failed = ConnectionError("reset by peer")
    for scripts in ([[failed], ["", failed], good], [[*good[:3], failed], good]):
        streams = (AsyncSource(script) for script in scripts)
        start = time.monotonic()
        try:
            async for token in reference.stream_with_retry(lambda s=streams: next(s), base=0.2):
                print(f"{time.monotonic() - start:.1f} s  {token!r}", flush=True)
        except reference.PartialStream as error:
            print(f"{time.monotonic() - start:.1f} s  {error!r} from {error.__cause__!r}")
        print()


async def the_seed_of_all_duplicates() -> None:
    """### A retry without the rule

    A loop that is often copied: on every error, start over. The text comes twice, a bug would be
    retried as well, and at the end nobody finds out that anything went wrong.
    """
    model = ScriptedChatModel(
        replies=[Reply("Returns", " are", Fail(ConnectionError())), Reply.of("Returns are free.")]
    )
    for attempt in range(3):
        try:
            async for chunk in model.astream("May I return it?"):
                print(chunk.text, end="", flush=True)
            break
        except Exception:
            await asyncio.sleep(0.01 * 2**attempt)
    print()


async def stream_or_invoke() -> None:
    """A proxy breaks every stream at once, and lets whole answers pass. The answer comes later, and
    in one piece."""
    model = ScriptedChatModel(
        replies=[
            Reply("", Fail(ConnectionError("no streams here"))),
            Reply.of("Returns are free for 30 days.", pause=0.05),
        ]
    )
    start = time.monotonic()
    async for token in reference.stream_or_invoke(model, "May I return it?"):
        print(f"{time.monotonic() - start:.1f} s  {token!r}")
    print(len(model.transcript), "calls")


async def stream_with_fallback() -> None:
    """The first model is down, the second one answers, the third one is never asked."""
    models = {
        "large": ScriptedChatModel(replies=[Reply("", Fail(TimeoutError()))]),
        "small": ScriptedChatModel(replies=[Reply.of("Yes, for 30 days.", pause=0.05)]),
        "spare": ScriptedChatModel(replies=["unused"]),
    }
    async for event in reference.stream_with_fallback(models, "May I return it?"):
        print(event, flush=True)
    print({name: len(model.transcript) for name, model in models.items()})


def guard_repetition() -> None:
    """A model gets stuck. The list is not a repetition, the sentence after it is one."""
    stuck = ["- ", "one", "\n", "- ", "two", "\n", "Then", *[" and"] * 1000]
    shown = []
    try:
        for token in reference.guard_repetition(stuck, limit=4):
            shown.append(token)
    except reference.RepetitionError as error:
        print("".join(shown))
        print(f"{error}: {error.token!r}, stopped after {len(shown)} of {len(stuck)} tokens")


async def a_flaky_tool() -> None:
    """### A tool that fails

    One common example has a tool that fails if the model asks it to, and catches a ValueError that
    never comes, since no model asks for it. Its tool has no context and is still registered with
    `agent.tool`, which is already an error; `tool_plain` is right. Here the model (a function that
    plays one) does ask. Which of the two exceptions the tool raises decides what happens:
    `ModelRetry` goes back to the model, which may call again; any other ends the run.
    """

    async def shop(messages, info):
        calls = sum(isinstance(message, ModelResponse) for message in messages)
        if "in stock" in str(messages[-1]):
            yield "It is in stock."
        else:
            yield {0: DeltaToolCall("look", f'{{"should_fail": {str(calls == 0).lower()}}}')}

    async def visit(kind):
        agent = Agent(FunctionModel(stream_function=shop))

        @agent.tool_plain(retries=2)
        async def look(should_fail: bool) -> str:
            print(f"look(should_fail={should_fail})")
            if should_fail:
                raise kind("the shelf is locked")
            return "in stock"

        async with agent.run_stream("May I have one?") as result:
            async for text in result.stream_text(delta=True):
                print(text)

    await visit(ModelRetry)
    try:
        await visit(ValueError)
    except ValueError as error:
        print(f"ValueError: {error}")
