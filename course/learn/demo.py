"""`make demo-09`: the learner's own functions at work, in the terminal, on a model that answers.

What is not written yet, or fails, is shown with the reference's function, and marked.

By default the model is a rule on this machine. With OPENAI_API_KEY, or OPENAI_BASE_URL for a local
runtime such as Ollama, it is a real one. Only then is anything sent anywhere.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from langchain_core.callbacks import adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import tool
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from course import variables
from course.catalog import CourseError, Lesson
from course.environment import keep_private
from course.fakes.quoting import QuotingChatModel
from course.grade.offline import is_loopback
from course.learn import task_demos
from course.learn.filled_answers import FilledAnswers
from course.learn.task_demos import mark, shown_to_the_end
from course.wording import place

QUESTION = "How many days do I have to return a lamp, and what does it cost?"
HANDBOOK = {
    "refund_policy": "A lamp can be returned up to 30 days after delivery. "
    "The price is refunded within a week.",
    "shipping_costs": "Returning a lamp costs nothing within the country. "
    "From abroad, it costs what the postal service charges.",
    "opening_hours": "The shop is open from nine to six, and closed on Sundays.",
}
PAUSE = 0.06
"""Seconds between two tokens of the model on this machine."""

CONTEXT = " ".join(HANDBOOK.values())


class Answers(Protocol):
    """The functions of lesson 09, as the learner wrote them."""

    visible_text: Callable[..., Any]
    stream_tokens: Callable[[BaseChatModel, str], Any]
    write_stream: Callable[..., int]
    buffer_stream: Callable[..., Any]
    stream_agent_events: Callable[..., AsyncIterator[dict[str, Any]]]
    monitor_stream: Callable[..., Any]
    StreamMetrics: Callable[[], Any]
    stream_with_timeout: Callable[..., AsyncIterator[str]]
    astream_tokens: Callable[[BaseChatModel, str], AsyncIterator[str]]
    merge_streams: Callable[..., AsyncIterator[tuple[str, str]]]
    stream_rag_response: Callable[..., AsyncIterator[dict[str, Any]]]


class ModelInUse:
    """The model that answers, and where it is."""

    def __init__(self, model: BaseChatModel, described: str) -> None:
        self.model = model
        self.described = described


def run(lesson: Lesson, *, answers: Path | None = None) -> int:
    """Show what the learner's functions do.

    Args:
        lesson: the lesson; 09 has its own demo, the others show those of their notebook.
        answers: the file to show; by default, the exercise.

    Returns:
        The exit status: 0, or 1 if one of the functions failed.

    Raises:
        CourseError: if the answers cannot be loaded, or the model is not named.
    """
    _keep_private(lesson)
    path = answers or lesson.exercise
    filled = FilledAnswers(lesson, path)
    if lesson.number != "09":
        return task_demos.run(filled)
    in_use = choose_model()
    console = Console(highlight=False)
    console.print(f"The functions are those of [bold]{place(path)}[/bold], where they are written.")
    console.print(f"The model is {in_use.described}")
    with asyncio.Runner() as runner:  # one event loop: clients' connections are tied to it
        shown = [_show(console, runner, show, filled, in_use.model) for show in SHOWS]
    return 0 if all(shown) else 1


def _keep_private(lesson: Lesson) -> None:
    """Keep out what the shell says, except for the client of a model that it names."""
    key, url = os.environ.get("OPENAI_API_KEY"), os.environ.get("OPENAI_BASE_URL")
    if lesson.number != "09" or not (key or url):
        keep_private()
    elif url and _is_on_this_machine(url):
        variables.remove(os.environ, variables.NETWORK)
        variables.bypass_proxies(os.environ)


def _is_on_this_machine(url: str) -> bool:
    try:
        return is_loopback((urlsplit(url).hostname, 0))
    except ValueError:
        return False


def choose_model() -> ModelInUse:
    """Return the model that the environment names, or the rule on this machine.

    Raises:
        CourseError: if it says where a model is but not which one, or if no client can be made.
    """
    key, url = os.environ.get("OPENAI_API_KEY"), os.environ.get("OPENAI_BASE_URL")
    if not key and not url:
        local = QuotingChatModel(pause=PAUSE)
        return ModelInUse(local, "a rule on this machine. Nothing is sent anywhere.")
    name = os.environ.get("OPENAI_MODEL")
    if not name:
        raise CourseError(
            f"{'OPENAI_BASE_URL' if url else 'OPENAI_API_KEY'} is set, but not which model should "
            "answer. Set OPENAI_MODEL to its name, or unset both to use the model on this machine."
        )
    from langchain_openai import ChatOpenAI

    where = url or "OpenAI"
    try:
        model = ChatOpenAI(model=name, base_url=url, api_key=lambda: key or "none", max_retries=1)
    except Exception as error:  # a proxy or a certificate that it cannot use
        read = ", ".join(variables.named(os.environ, (*variables.MODELS, *variables.NETWORK)))
        raise CourseError(
            f"The model's client does not start: {error}\nThe shell sets {read}."
        ) from error
    return ModelInUse(model, f"{name} at {where}. The questions below are sent there.")


def _show(
    console: Console,
    runner: asyncio.Runner,
    show: Callable[[Console, Answers, BaseChatModel], Coroutine[Any, Any, None]],
    filled: FilledAnswers,
    model: BaseChatModel,
) -> bool:
    """Run one part; return whether none of the learner's functions failed in it."""
    heading = (show.__doc__ or "").splitlines()[0]
    tasks = [filled.lesson.task(name) for name in heading.partition(":")[0].split(", ")]
    console.print()
    console.rule(f"[bold]{heading}[/bold]", align="left")
    mark(console, filled, tasks)

    def play() -> None:
        runner.run(show(console, filled.module, model))

    return shown_to_the_end(console, filled, tasks, play)


async def texts(console: Console, answers: Answers, model: BaseChatModel) -> None:
    """visible_text: the text of each chunk"""
    chunks = model.stream(f"{CONTEXT}\n\nQuestion: {QUESTION}")
    for text in answers.visible_text(chunks):
        print(text, end="|", flush=True)
    print()


async def tokens(console: Console, answers: Answers, model: BaseChatModel) -> None:
    """stream_tokens, monitor_stream, write_stream: an answer as it arrives"""
    metrics = answers.StreamMetrics()
    stream = answers.stream_tokens(model, f"{CONTEXT}\n\nQuestion: {QUESTION}")
    answers.write_stream(answers.monitor_stream(stream, metrics), sys.stdout)
    first = f"{metrics.ttft:.2f} s" if metrics.ttft is not None else "never"
    console.print(
        f"\n[dim]time to first token {first}, in all {metrics.total:.2f} s, {metrics.chunks} "
        f"tokens, {metrics.chars_per_second:.0f} characters per second[/dim]"
    )


async def pieces(console: Console, answers: Answers, model: BaseChatModel) -> None:
    """buffer_stream: the same in fewer updates"""
    stream = answers.stream_tokens(model, f"{CONTEXT}\n\nQuestion: {QUESTION}")
    for piece in answers.buffer_stream(stream, max_chars=30):
        console.print(Text(f"  | {piece}"))


async def agent_events(console: Console, answers: Answers, model: BaseChatModel) -> None:
    """stream_agent_events: what an agent does"""
    async with aclosing(answers.stream_agent_events(_agent(model), QUESTION)) as events:  # type: ignore[type-var]
        async for event in events:
            rest = {key: value for key, value in event.items() if key != "type"}
            if event["type"] == "token":
                print(event["content"], end="", flush=True)
            else:
                if event["type"] == "complete":
                    print()
                line = Text(f"{event['type']:>18}  ", "cyan") + Text(str(rest) if rest else "")
                console.print(line)


async def together(console: Console, answers: Answers, model: BaseChatModel) -> None:
    """astream_tokens, stream_with_timeout, merge_streams: three questions at once"""
    questions = {
        "returns": "How many days after delivery can a lamp be returned?",
        "costs": "What does returning a lamp cost?",
        "hours": "When is the shop open?",
    }
    sources = {
        name: answers.stream_with_timeout(
            answers.astream_tokens(model, f"{CONTEXT}\n\nQuestion: {question}"), idle=60, total=120
        )
        for name, question in questions.items()
    }
    texts = dict.fromkeys(questions, "")
    with Live(_columns(texts), console=console, refresh_per_second=12) as live:
        async with aclosing(answers.merge_streams(sources)) as pairs:  # type: ignore[type-var]
            async for name, token in pairs:
                texts[name] += token
                live.update(_columns(texts))


async def rag(console: Console, answers: Answers, model: BaseChatModel) -> None:
    """stream_rag_response: a question for the handbook"""
    started = time.monotonic()

    async def retrieve(query: str) -> AsyncIterator[Document]:
        for title, text in HANDBOOK.items():
            await asyncio.sleep(0.3)
            yield Document(text, metadata={"title": title})

    async def generate(query: str, documents: list[Document]) -> AsyncIterator[str]:
        found = "\n".join(document.page_content for document in documents)
        async with aclosing(model.astream(f"{found}\n\nQuestion: {query}")) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                yield chunk.text

    async with aclosing(answers.stream_rag_response(QUESTION, retrieve, generate)) as events:  # type: ignore[type-var]
        async for event in events:
            if event["type"] == "token":
                print(event["content"], end="", flush=True)
            else:
                shown = event.get("message") or event.get("title") or ""
                seconds = time.monotonic() - started
                if event["type"] == "complete":
                    print()
                console.print(Text(f"{seconds:5.1f} s  {event['type']:<9} {shown}", "cyan"))


SHOWS = (texts, tokens, pieces, agent_events, together, rag)


def _agent(model: BaseChatModel) -> Runnable[str, Any]:
    """An agent that searches the handbook with a tool, then asks the model."""

    @tool
    def search(query: str) -> str:
        """Search the handbook."""
        return CONTEXT

    async def answer(query: str) -> Any:
        await adispatch_custom_event("retrieval_start", {"query": query})
        found = await search.ainvoke(query)
        await adispatch_custom_event("retrieval_complete", {"count": len(HANDBOOK)})
        return await model.ainvoke(f"{found}\n\nQuestion: {query}")

    return RunnableLambda(answer, name="agent")


def _columns(texts: dict[str, str]) -> Table:
    table = Table(*texts, box=None, expand=True, header_style="bold cyan", padding=(0, 2, 0, 0))
    table.add_row(*(Text(text) for text in texts.values()))
    return table


__all__ = ["choose_model", "run"]
