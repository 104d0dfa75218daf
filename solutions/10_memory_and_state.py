"""Lesson 10: Memory & State.

Nine tasks: what a conversation keeps when an answer breaks off or is cut off, or when it grows too
long. Each docstring is the contract: what it promises is what the tests check. Three rules hold
throughout the lesson.

* A history is a plain list of messages. Code that adds to it keeps it in order: it leaves no
  question without an answer, no empty answer, and no tool call without a result. A history from
  elsewhere may be broken, so what is sent is repaired first (`repair_history`), including the new
  question. The caller takes care of that: tasks 4, 5 and 8 send what they are given.
* "Nobody knows" is an answer too. An answer that does not say it is complete is not complete.
* A stream is lazy and can end in three ways, as in lesson 09: pull nothing before it is needed,
  and close the source after the last token, after an error, and when the caller stops in the
  middle.

What a docstring leaves open is not graded. All of them leave open what happens with an error that
the caller throws in (`throw`, `athrow`), or that closing raises.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.utils import count_tokens_approximately
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph

# Given. There is nothing to do here, but use it.

TRUNCATED = frozenset({"length", "max_tokens"})
"""What providers say, in lowercase, when an answer reached the token limit."""

COMPLETE = frozenset({"stop", "end_turn", "stop_sequence", "tool_calls", "tool_use"})
"""What they say when the model ended its answer by itself."""

SENTINEL = "__END__"
"""What a model is asked to write when it has nothing more to say."""

CONTINUE = (
    "Your last answer was cut off. Go on exactly where it ends, without repeating anything. "
    f"If it is complete already, write only {SENTINEL}"
)
"""The prompt with which `continue_until_complete` asks for the rest."""

INTERRUPTED = "The call was interrupted. There is no result."
"""What `repair_history` writes in place of a tool's result that never came."""

State = Literal["complete", "interrupted", "error"]
"""How the stream of an answer ended. `is_truncated` says whether the answer is whole."""


@dataclass(frozen=True)
class Answer:
    """The result of one question to a model.

    Attributes:
        text: the text of the answer.
        truncated: whether it was cut off: True, False, or None if nobody knows.
    """

    text: str
    truncated: bool | None = None


class TruncatedError(Exception):
    """An answer could not be completed. `partial` is all the text that has arrived."""

    def __init__(self, partial: str) -> None:
        super().__init__(f"the answer is still not complete after {len(partial)} characters")
        self.partial = partial


def close_source(source: object) -> None:
    """Close `source` if it can be closed. A generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


async def aclose_source(source: object) -> None:
    """Close the asynchronous `source` if it can be closed, and wait until it is."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()


# Your part.


def is_truncated(metadata: Mapping[str, Any]) -> bool | None:
    """Say whether an answer was cut off, judging by what its provider says about its end.

    The reason for the end is an entry of `metadata`: "finish_reason" or "stop_reason".

    * Return True for a reason in `TRUNCATED`: the answer was cut off.
    * Return False for a reason in `COMPLETE`: the model ended its answer by itself.
    * Return None for every other reason, and if there is none: nobody knows.
    * A reason may be in lowercase or uppercase.
    * Take "stop_reason" only if "finish_reason" is missing, None or "".
    * Ignore all other entries.

    >>> is_truncated({"finish_reason": "length"})
    True
    >>> is_truncated({"stop_reason": "END_TURN"})
    False

    Fine print:
    A reason is a string. Some providers write "length", others "MAX_TOKENS"; a mixture of lowercase
    and uppercase is up to you.

    Args:
        metadata: the `response_metadata` of a message.
    """
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or ""
    if reason.lower() in TRUNCATED:
        return True
    return False if reason.lower() in COMPLETE else None


def strip_sentinel(tokens: Iterable[str], sentinel: str = SENTINEL) -> Iterator[str]:
    """Pass text on until a sentinel comes, and never show any part of the sentinel.

    * Yield the text before the first `sentinel` unchanged, without empty pieces.
    * The sentinel and what follows never come out, wherever the tokens are cut.
    * Hold back only an end of the text that the sentinel begins with. Yield the rest before the
      next pull.
    * If the tokens end without a sentinel, yield what was held back.
    * After the sentinel, pull no more tokens.
    * However it ends, close `tokens`; an error from it passes through.

    >>> "".join(strip_sentinel(["It is", " free.__E", "ND__", " Bye."]))
    'It is free.'

    Fine print:
    The sentinel may come in pieces, or with text around it. What is held back is an end of the text
    so far that can still become the sentinel.

    Close `tokens` in every case, even if the caller stops in the middle. How the text is cut into
    pieces is up to you, but do not yield empty strings. Whether what was held back comes out before
    an error is up to you.

    Raises:
        ValueError: if `sentinel` is empty, at the latest when the first piece is requested.
    """
    if not sentinel:
        raise ValueError("the sentinel must not be empty")
    held = ""
    try:
        for token in tokens:
            text, found, _ = (held + token).partition(sentinel)
            # 0 is always among them, because every text ends with "".
            sizes = (size for size in range(len(sentinel)) if text.endswith(sentinel[:size]))
            shown = len(text) if found else len(text) - max(sizes)
            if shown:
                yield text[:shown]
            held = text[shown:]
            if found:
                return
        if held:
            yield held
    finally:
        close_source(tokens)


def join_continuation(previous: str, continuation: str, min_overlap: int = 8) -> str:
    """Put an answer and its continuation together, without what the model repeated.

    A model often repeats the last words first: the end of `previous` is the beginning of
    `continuation`. That is an overlap.

    * The longest overlap appears only once in the result.
    * An overlap of fewer than `min_overlap` characters is a coincidence. Leave it as it is.
    * Only the very end of `previous` and the very beginning of `continuation` count. A passage that
      both have somewhere else is not an overlap.
    * Nothing else is changed, not even a space.

    >>> join_continuation("It is free for a", "is free for a month.")
    'It is free for a month.'

    Fine print:
    An overlap of exactly `min_overlap` characters counts. It may be all of one text, or of both. No
    space is added or removed.

    Raises:
        ValueError: if `min_overlap` is less than 1.
    """
    if min_overlap < 1:
        raise ValueError(f"min_overlap must be at least 1, not {min_overlap}")
    beginning = continuation[:min_overlap]
    for start in range(len(previous) - min_overlap + 1):
        # The quick check comes first. It copies nothing, so long texts stay cheap.
        if previous.startswith(beginning, start) and continuation.startswith(previous[start:]):
            return previous[:start] + continuation
    return previous + continuation


def stream_into_memory(
    stream: Callable[[list[BaseMessage]], Iterator[AIMessageChunk]],
    history: list[BaseMessage],
    text: str,
) -> Iterator[str]:
    """Ask a question in a conversation, yield the answer as it comes, and remember both.

    * Ask the model with `history` and then `HumanMessage(text)`.
    * Yield each `chunk.text` as it arrives. Ask and pull nothing ahead.
    * While the answer is coming, `history` stays as it is.
    * Then, however it ended, append the question and an `AIMessage` with the text that had arrived.
    * If no text had arrived, append nothing.
    * The answer's `response_metadata` has the chunks' entries, plus "state": how it ended.
    * Close the model's stream in every case. Anything raised passes through.

    >>> history = []
    >>> list(stream_into_memory(answering("It is", " free.").stream, history, "What is the price?"))
    ['It is', ' free.']
    >>> [message.text for message in history]
    ['What is the price?', 'It is free.']

    Fine print:
    The model gets all messages of `history`, and is not asked before the first pull. A chunk
    without text is not yielded.

    Question and answer are appended at once: a `HumanMessage`, and an `AIMessage` whose content is
    a string. Without text, there is neither an empty answer nor a question without an answer.

    The `response_metadata` of the chunks holds entries such as the finish_reason. If several chunks
    have the same entry, the last one counts (whether None and "" count is up to you). The entry
    "state" is added to them: "complete" if the stream reached its own end, "error" if it raised an
    `Exception`, and "interrupted" if the caller closed it or something else stopped it, such as a
    `KeyboardInterrupt`.

    Only text is remembered. Tool calls are covered in a later lesson.

    Args:
        stream: asks the model and returns its chunks, for example `model.stream`.
        history: the conversation so far. It is changed in place.
        text: the question.
    """
    question = HumanMessage(text)
    parts: list[str] = []
    metadata: dict[str, Any] = {}
    state: State = "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata |= chunk.response_metadata
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if parts:
            metadata["state"] = state
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        close_source(chunks)


async def continue_until_complete(
    ask: Callable[[list[BaseMessage]], Awaitable[Answer]],
    history: list[BaseMessage],
    max_rounds: int = 3,
    join: Callable[[str, str], str] = join_continuation,
) -> AIMessage:
    """Ask for the rest of an answer that broke off, until it is complete.

    * In each round, ask with `history` and `HumanMessage(CONTINUE)`, which is never stored.
    * Take the new text up to the `SENTINEL`, and `join` it to the text so far.
    * Replace the last message of `history` with one that has the whole text.
    * A sentinel or a `truncated` of False completes the answer: return that message.
    * Raise `TruncatedError` after `max_rounds` rounds, or one that adds nothing.
    * A complete answer's `response_metadata` says so.
    * What `ask` raises passes through.

    >>> async def ask(messages):
    ...     return Answer("is free for a month.", truncated=False)
    >>> message = await continue_until_complete(ask, [AIMessage("It is free for a")])
    >>> message.text
    'It is free for a month.'

    Fine print:
    The model gets all messages of `history` and then the prompt. `history` is changed in place: its
    last message is replaced with one new `AIMessage` in each round. So the next round shows it to
    the model, and if `ask` fails, it is not lost. The new text is the answer's text up to the
    `SENTINEL`, if there is one; `join` gets the text so far and the new text.

    If `truncated` is None, nobody knows, so the answer is not complete. A round adds nothing if it
    does not complete the answer and `join` returned what was already there.

    The message that is returned has the `response_metadata` of the message that broke off, but with
    "finish_reason" "stop" and "state" "complete". Its other fields, such as the id, are up to you.

    Args:
        ask: asks a model and returns its answer.
        history: the conversation. Its last message is the `AIMessage` that broke off.
        max_rounds: the largest number of times to ask.
        join: puts the text so far and the new text together, in this order.

    Raises:
        TruncatedError: with all the text so far. `history` keeps that text too, with the
            `response_metadata` as it was.
        ValueError: if `max_rounds` is less than 1, or `history` does not end with an `AIMessage`.
            In that case the model is not asked.
    """
    if max_rounds < 1:
        raise ValueError(f"max_rounds must be at least 1, not {max_rounds}")
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text: str = history[-1].text
    metadata = history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


def repair_history(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the messages as a history that every provider accepts.

    * Leave out an `AIMessage` without content and without tool calls.
    * For a tool call without a result right after it, add a `ToolMessage` with the content
      `INTERRUPTED` and `status="error"`.
    * Leave out a `ToolMessage` that is not such a result.
    * `HumanMessage`s that are now next to each other become one, with a line break between their
      texts.
    * Everything else stays as it is, in order.
    * Repairing twice gives the same as once.
    * Do not change `messages` or the messages in it.

    >>> call = {"name": "search", "args": {}, "id": "a"}
    >>> broken = [AIMessage("", tool_calls=[call]), HumanMessage("Are you there?"), AIMessage("")]
    >>> [message.type for message in repair_history(broken)]
    ['ai', 'tool', 'human']

    Fine print:
    An `AIMessage` without content has `""` or `[]`. Invalid calls (`invalid_tool_calls`) count as
    calls, because they are sent to the provider too. Each call has an id here, and no two calls in
    one message have the same id.

    The results of a message's calls are the `ToolMessage`s that follow it, before any other
    message. One that you add has the `tool_call_id` of its call, and comes after those that are
    there.

    A `ToolMessage` is not such a result if there was no such call, if another message came in
    between, or if it is the second result of the same call. A message that is itself left out does
    not count as being in between.

    The content of a `HumanMessage` is a string here. The other fields of a joined one are up to
    you.
    """
    repaired: list[BaseMessage] = []
    unanswered: list[str | None] = []

    def answer_calls() -> None:
        for call in unanswered:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call or "", status="error"))
        unanswered.clear()

    for message in messages:
        calls: list[str | None] = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and not calls:
                continue
        if isinstance(message, ToolMessage):
            if message.tool_call_id in unanswered:
                unanswered.remove(message.tool_call_id)
                repaired.append(message)
            continue
        answer_calls()
        last = repaired[-1] if repaired else None
        if isinstance(message, HumanMessage) and isinstance(last, HumanMessage):
            joined = f"{last.content}\n{message.content}"
            repaired[-1] = last.model_copy(update={"content": joined})
        else:
            repaired.append(message)
        unanswered += calls
    answer_calls()
    return repaired


def trim_history(
    messages: Sequence[BaseMessage],
    max_tokens: int,
    count_tokens: Callable[[list[BaseMessage]], int] = count_tokens_approximately,
) -> list[BaseMessage]:
    """Return the newest part of a history that fits within a number of tokens.

    A turn is a `HumanMessage` and everything up to the next one: answers, calls, results.

    * Keep whole turns, never a part of one.
    * Keep the newest turns, as many as fit without a gap, in their order.
    * All that is kept counts `max_tokens` at most; exactly `max_tokens` still fits.
    * Always keep a `SystemMessage` that is the first message. Its tokens count.
    * Raise `ValueError` if not even the newest turn fits.
    * Do not change `messages`.

    >>> chat = [HumanMessage("One?"), AIMessage("1."), HumanMessage("Two?"), AIMessage("2.")]
    >>> kept = trim_history(chat, max_tokens=3, count_tokens=len)  # each message counts as one
    >>> [message.text for message in kept]
    ['Two?', '2.']

    Fine print:
    Anything before the first `HumanMessage`, such as a greeting, counts as a turn as well. A part
    of a turn would be wrong: a tool's result without its call is an error.

    A prompt without its question is not a prompt, hence the `ValueError`. If there is no turn at
    all, nothing can fail to fit: `[]` gives `[]`, and a lone `SystemMessage` comes back alone.

    Args:
        messages: the history.
        max_tokens: how many tokens there may be.
        count_tokens: counts the tokens of a list of messages. The counts of two lists add up to
            the count of both together.
    """
    system: list[BaseMessage] = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    turns: list[list[BaseMessage]] = []
    for message in messages[len(system) :]:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    left = max_tokens - count_tokens(system)
    kept: list[list[BaseMessage]] = []
    for turn in reversed(turns):
        left -= count_tokens(turn)
        if left < 0:
            break
        kept.append(turn)
    if turns and not kept:
        raise ValueError(f"the newest turn does not fit into {max_tokens} tokens")
    return [*system, *(message for turn in reversed(kept) for message in turn)]


def chat_graph(model: BaseChatModel) -> CompiledStateGraph[MessagesState, Any, Any, Any]:
    """Return a chat as a LangGraph graph that remembers each conversation by itself.

    * One step asks the model with all messages of the state (`MessagesState`) and adds the answer.
    * A thread remembers: the caller passes only the new message.
    * Other threads and other graphs know nothing about it: each graph has its own `InMemorySaver`.
    * In the stream mode "messages", the model's tokens come as they arrive, and only once.
    * The step never blocks the event loop: write it async, with `await model.ainvoke(...)`.
    * An error from the model passes through.

    >>> ana = {"configurable": {"thread_id": "ana"}}
    >>> graph = chat_graph(answering("Hello."))
    >>> state = await graph.ainvoke({"messages": [HumanMessage("Hi!")]}, ana)
    >>> [message.text for message in state["messages"]]
    ['Hi!', 'Hello.']

    Fine print:
    The state is LangGraph's `MessagesState`. The step adds the very message that the model answered
    with. A message made from its text would be a different one: in the stream, the answer would
    come twice. LangGraph hands out the tokens by itself if the step asks the model as described
    above. It runs a synchronous step in a thread, where nobody could stop the model.

    The graph is compiled with an `InMemorySaver`, a new one for each graph. So the caller says
    which conversation it is, by its "thread_id", as in the example: the thread "ana" remembers.
    """

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


async def stream_thread(
    graph: CompiledStateGraph[Any, Any, Any, Any], thread_id: str, text: str
) -> AsyncIterator[str]:
    """Say something in one conversation of a graph, and yield the answer as it comes.

    * Give the graph only the new message, `HumanMessage(text)`: it remembers the others.
    * Run it with `graph.astream` in the thread `thread_id`.
    * Yield the text of `AIMessage`s and their chunks as it arrives.
    * Do not yield other text, such as a tool's result.
    * Yield an answer only once, even if a step repeats it whole.
    * Nothing runs before the first pull. When the caller stops or is cancelled, the graph stops
      too.
    * Errors and cancellation pass through.

    >>> graph = chat_graph(answering("It", " is", " free."))
    >>> [token async for token in stream_thread(graph, "ana", "What is the price?")]
    ['It', ' is', ' free.']

    Fine print:
    Use the stream mode "messages". It yields pairs: a message or a chunk of one, and a dict about
    where it comes from. A message without text is not yielded. Errors pass through as they are.

    A step that returns `AIMessage(response.content)` has made another message from what the model
    said. It comes after the model's own, whole, with its own id: an `AIMessage` that is not a
    chunk. It is not yielded if its text is that of a message that came earlier from the same run of
    a step, whole or in chunks of one id. The dict's "langgraph_checkpoint_ns" names the run of a
    step. (Up to you: texts that differ only in whitespace at their ends, and equal texts from
    different steps.)
    """
    chunks = graph.astream(
        {"messages": [HumanMessage(text)]},
        {"configurable": {"thread_id": thread_id}},
        stream_mode="messages",
    )
    said: dict[tuple[str, str | None], list[str]] = {}  # by the run of a step and the message

    def was_said(text: str, step: str) -> bool:
        texts = ("".join(parts) for (where, _), parts in said.items() if where == step)
        return any(one.strip() == text.strip() for one in texts)

    message: Any
    about: Any
    try:
        async for message, about in chunks:
            if not isinstance(message, AIMessage) or not message.text:
                continue
            step = about["langgraph_checkpoint_ns"]
            if isinstance(message, AIMessageChunk) or not was_said(message.text, step):
                said.setdefault((step, message.id), []).append(message.text)
                yield message.text
    finally:
        await aclose_source(chunks)
