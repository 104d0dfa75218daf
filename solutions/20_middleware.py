"""Lesson 20: Middleware.

Seven tasks about what stands between an agent and its model, its tools and its users: functions
around a call. Each docstring is the contract: what it promises is what the tests check. Three rules
hold throughout the lesson.

* A pause is no failure. `Paused`, `PausedInTool` too, says that a run waits for a person. It passes
  through as it is. So does what is not an `Exception`, such as `asyncio.CancelledError`.
* Nothing is kept between two calls. One middleware serves all conversations, many at a time.
* What you are given stays as it is: lists, dicts, messages and requests belong to others.

What a docstring leaves open is not graded. The words of a message are up to you, except where a
docstring says something about them.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)

# Given: nothing to do here except use it.


@dataclass(frozen=True)
class ModelRequest:
    """What a model is asked. The names are those of LangChain's own class."""

    messages: tuple[BaseMessage, ...]
    system_prompt: str = ""
    model: str = "main"

    def override(self, **changes: Any) -> ModelRequest:
        """Return another request, which differs in this: `request.override(model="small")`."""
        return replace(self, **changes)


ModelHandler = Callable[[ModelRequest], Awaitable[AIMessage]]
"""Answers a request: the model, or the model with wrappers around it."""

ModelWrapper = Callable[[ModelRequest, ModelHandler], Awaitable[AIMessage]]
"""Stands around a handler: it gets the request and the handler, and gives an answer."""

ToolHandler = Callable[[ToolCall], Awaitable[object]]
"""Runs the tool that a call names, and gives what the tool returns."""


class Paused(Exception):
    """No error: the run waits for a person. LangGraph's own is called GraphBubbleUp."""


class PausedInTool(Paused):
    """The run waits for a person inside of a tool."""


class ToolFault(Exception):
    """An error whose text is written for the model."""


SUMMARY = "Summary of the conversation so far:\n"
"""What a summary begins with."""

ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""An e-mail address."""

PART = frozenset(string.ascii_letters + string.digits + "._%+-@")
"""The characters that an address is made of."""

REDACTED = "[email]"
"""What stands in place of an address."""


@dataclass(frozen=True)
class Decision:
    """What a person has decided about a call."""

    kind: Literal["approve", "edit", "reject"]
    args: dict[str, Any] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Review:
    """The calls that run, and the answers to those that do not."""

    run: list[ToolCall]
    refused: list[ToolMessage]


def close_source(source: object) -> None:
    """Close `source` if it can be closed: a generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


# Your part.


def chain_wrappers(wrappers: Sequence[ModelWrapper], handler: ModelHandler) -> ModelHandler:
    """Put wrappers around a handler, so that all of them are one handler.

    * `await chained(request)` gives an answer. Without wrappers, it is the handler's.
    * `wrappers[0]` is the outermost: it sees the request first and the answer last. `handler` is
      innermost.
    * Each wrapper gets a request, and a handler that stands for all inside of it.
    * It may call that never, once or often, with any request. Each call runs all inside again.
    * Chaining calls nothing. The result may be called often, even at once.
    * Errors pass through as they are.

    >>> answer = await chain_wrappers([polite, loud], clerk)(ModelRequest(()))
    >>> answer.content
    'Dear customer, IT IS ON ITS WAY.'

    Fine print:
    Whether a later change of the list counts is up to you. The handler's answer is handed on as it
    is.
    """

    def link(wrapper: ModelWrapper, inside: ModelHandler) -> ModelHandler:
        async def chained(request: ModelRequest) -> AIMessage:
            return await wrapper(request, inside)

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    return handler


async def guard_tool(call: ToolCall, handler: ToolHandler) -> ToolMessage:
    """Run a tool once, with `await handler(call)`, and answer its call.

    * Return a ToolMessage whose `tool_call_id` is `call["id"]`, whatever the handler says.
    * A ToolMessage of the handler keeps content, status, artifact, and its name if it has one. All
      others are named `call["name"]`.
    * A str becomes the content. Anything else: `json.dumps(result, default=str)`.
    * A ToolFault: status "error", and its text is the content.
    * Another Exception: status "error", and content in your words, nothing of the exception.
    * Paused and cancellation pass through.

    >>> await guard_tool(CALL, track)  # it gives a dict
    ToolMessage(content='{"order": 7, "due": null}', name='track', tool_call_id='k1')

    Fine print:
    Your words are not empty. An exception may hold a password or an address: neither its text nor
    that of its cause belongs in them. What the handler returns can be written by the call of
    `json.dumps` above; spaces and escapes in the JSON are up to you. A name that is None or empty
    is none. A ToolMessage of the handler stays as it is: make a copy if something has to change.
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("The tool has failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


def limit_calls(
    calls: Sequence[ToolCall], used: Mapping[str, int], limits: Mapping[str, int]
) -> tuple[list[ToolCall], list[ToolMessage]]:
    """Say which of the calls that a model makes at once may run.

    * Return the calls that may run, and an answer to each other, in order.
    * `limits[name]` is how often a tool may run in all. `used` says how often it has.
    * `limits["*"]` is the same for all tools together.
    * What is not in `limits` has no limit.
    * Look at the calls from first to last. A refused one uses up nothing.
    * A refusal is a ToolMessage with id and name of its call, status "error", some text.

    >>> run, refused = limit_calls([SEARCH, CALL, SEARCH_AGAIN], {"search": 1}, {"search": 2})
    >>> [call["id"] for call in run], [answer.tool_call_id for answer in refused]
    (['s1', 'k1'], ['s2'])

    Fine print:
    No tool is called "*". `used` may name tools that are not called, and counts them in "*" all the
    same; a tool that is not in it has never run. Limits are 0 or more. More may have been used than
    a limit allows: then nothing more is. No two calls have the same id.
    """
    counts = Counter(used)
    run: list[ToolCall] = []
    refused: list[ToolMessage] = []
    for call in calls:
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            text = f"{name} was not run: no more calls are allowed."
            refused.append(ToolMessage(text, name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def with_fallbacks(
    models: Sequence[str], is_retryable: Callable[[Exception], bool]
) -> ModelWrapper:
    """Make a wrapper that asks other models when the first one fails.

    * It is async. It asks with the request as it is, then with `request.override(model=...)` for
      each of `models` in order, until one answers. That is the answer.
    * It goes on only after an Exception for which `is_retryable` is true. Another passes at once.
    * No model is asked twice in one call.
    * If all have failed, the first one's error passes.
    * Paused passes at once, without asking `is_retryable`. So does cancellation.
    * Each call begins with its own request.

    >>> answer = await with_fallbacks(["small"], always)(ModelRequest(()), only_small)
    >>> answer.content
    'small: it is on its way.'

    Fine print:
    A model may be named twice in `models`, and `request.model` may be among them. An error that is
    not retryable passes also if the last model raises it, or others have failed before.
    `is_retryable` raises nothing.
    """

    async def wrapper(request: ModelRequest, handler: ModelHandler) -> AIMessage:
        first: Exception | None = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        assert first is not None
        raise first

    return wrapper


async def compact_history(
    messages: Sequence[BaseMessage],
    summarize: Callable[[list[BaseMessage]], Awaitable[str]],
    trigger: int,
    keep: int,
) -> list[BaseMessage]:
    """Put a summary in place of the older messages of a long conversation.

    * A SystemMessage at the beginning stays there, neither counted nor summarized.
    * Up to `trigger` others: return all.
    * More: the last `keep` stay. If the first of these is a ToolMessage, go back until it is not.
    * All before become `HumanMessage(SUMMARY + text)`, with text from one `await summarize(old)`.
    * If there are none, or if summarize raises an Exception or gives only white space: return all.
    * Return a new list, and change no message.

    >>> short = await compact_history(CHAT, summarize, trigger=3, keep=1)
    >>> [message.content for message in short]
    ['Summary of the conversation so far:\\n3 messages', 'Now?']

    Fine print:
    A result without its call is refused by providers, so it never stands first. The summary stands
    where the messages stood that it replaces. An earlier summary is a message like any other, and
    so is a SystemMessage that is not the first message. Where "all" is returned, `summarize` was
    called at most once: up to `trigger`, and where there is nothing old, it is not called. A long
    history is better than no answer. Cancellation passes through, and so does Paused.

    Raises:
        ValueError: `keep` is less than 1, or `trigger` is less than `keep`.
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut > start and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut == start:
        return list(messages)
    try:
        text = await summarize(list(messages[start:cut]))
    except Paused:
        raise
    except Exception:
        return list(messages)
    if not text.strip():
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


def redact_stream(tokens: Iterable[str]) -> Iterator[str]:
    """Take the addresses out of a stream while it runs.

    * All pieces joined are `ADDRESS.sub(REDACTED, text)`, where text is all tokens joined.
    * After each token, all up to the last character that is not in PART has been yielded before the
      next one is pulled. Only what follows it may wait.
    * No piece is empty.
    * Pull nothing before it is needed.
    * Close `tokens` however it ends, with `close_source`.
    * An error in `tokens` passes through.

    >>> list(redact_stream(["Write to jo", "e@exam", "ple.com", ", please."]))
    ['Write to ', '[email], ', 'please.']

    Fine print:
    How the text is cut into pieces is up to you otherwise. Whether what waits comes out before an
    error is up to you, too; if it does, it goes through `ADDRESS.sub` like all else.
    """
    waiting: list[str] = []
    try:
        for token in tokens:
            end = max((at for at, one in enumerate(token, 1) if one not in PART), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, "".join([*waiting, token[:end]]))
                waiting = []
            waiting.append(token[end:])
        if rest := "".join(waiting):
            yield ADDRESS.sub(REDACTED, rest)
    finally:
        close_source(tokens)


def review_calls(
    calls: Sequence[ToolCall],
    allowed: Mapping[str, Collection[str]],
    decisions: Sequence[Decision],
) -> Review:
    """Do with each call what a person has decided.

    * A tool in `allowed` needs a decision, of a kind in its value. Other calls run.
    * The decisions belong to the calls that need one, in order.
    * "approve": it runs. "edit": it runs with the decision's `args`.
    * "reject": a ToolMessage with its id and name, status "error", the reason in its text.
    * `run` and `refused` keep the order.
    * Too few or too many decisions, a kind not allowed, an edit without args: ValueError.

    >>> review = review_calls([CALL, SEND], {"send": ["approve", "reject"]}, [Decision("reject")])
    >>> [call["name"] for call in review.run], [answer.name for answer in review.refused]
    (['track'], ['send'])

    Fine print:
    A call that is approved, or needs no decision, runs as it is; an edited one has its own name and
    id. A rejected one does not run. Each call that needs a decision has one of its own. Where a
    decision has no reason, the text is up to you. `args` of None are none; an empty dict is
    some. What a decision holds beside what its kind needs is ignored.
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError(f"{len(waiting)} decisions are needed, not {len(decisions)}")
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name = call["name"]
        decision = next(decided) if name in allowed else Decision("approve")
        if name in allowed and decision.kind not in allowed[name]:
            raise ValueError(f"{decision.kind} is not allowed for {name}")
        if decision.kind == "reject":
            text = f"A person has refused this call. {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=call["id"], status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError("an edit needs args")
            review.run.append(call | {"args": decision.args})
        else:
            review.run.append(call)
    return review
