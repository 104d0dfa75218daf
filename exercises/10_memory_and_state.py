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

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-10. Try it: make play-10. Own code below? See line 22.")

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

    Args:
        metadata: the `response_metadata` of a message. The reason for the end is its
            "finish_reason" or, if that is missing, None or "", its "stop_reason". A reason is a
            string. Ignore all other entries.

    Returns:
        True for a reason in `TRUNCATED` and False for one in `COMPLETE`, in lowercase or
        uppercase: some providers write "length", others "MAX_TOKENS". (A mixture of both is up to
        you.) None, which means that nobody knows, if there is no reason, and for every other one.
    """
    raise NotImplementedError("Task 1 of 9: is_truncated")


def strip_sentinel(tokens: Iterable[str], sentinel: str = SENTINEL) -> Iterator[str]:
    """Pass text on until a sentinel comes, and never show any part of the sentinel.

    * The text before the first `sentinel` comes out unchanged. The sentinel and everything after
      it do not, wherever the tokens are cut: the sentinel may come in pieces, or with text around
      it.
    * Hold back only what can still become the sentinel: an end of the text so far that the
      sentinel begins with. Yield all other text before the next token is pulled.
    * If the tokens end without a sentinel, what was held back is text too, and comes out.
    * After the sentinel, do not pull any more tokens. Close `tokens` at the end in every case,
      even if the caller stops in the middle.
    * Do not yield empty strings. Otherwise, how the text is cut into pieces is up to you.
    * An error from `tokens` passes through. Whether what was held back comes out before the error
      is up to you.

    Raises:
        ValueError: if `sentinel` is empty, at the latest when the first piece is requested.
    """
    raise NotImplementedError("Task 2 of 9: strip_sentinel")
    yield  # makes this a generator; delete this line with the one above


def join_continuation(previous: str, continuation: str, min_overlap: int = 8) -> str:
    """Put an answer and its continuation together, without what the model repeated.

    A model that continues an answer often repeats the last words first. The two texts overlap: the
    end of `previous` is the beginning of `continuation`. The longest overlap appears only once in
    the result.

    * An overlap of fewer than `min_overlap` characters is a coincidence, and is left as it is.
    * Only the very end of `previous` and the very beginning of `continuation` count. A passage
      that both have somewhere else is not an overlap.
    * Nothing else is changed: no space is added or removed.

    Raises:
        ValueError: if `min_overlap` is less than 1.
    """
    raise NotImplementedError("Task 3 of 9: join_continuation")


def stream_into_memory(
    stream: Callable[[list[BaseMessage]], Iterator[AIMessageChunk]],
    history: list[BaseMessage],
    text: str,
) -> Iterator[str]:
    """Ask a question in a conversation, yield the answer as it comes, and remember both.

    Args:
        stream: asks the model and returns its chunks, for example `model.stream`.
        history: the conversation so far. It is changed in place.
        text: the question.

    * The model gets all messages of `history` and then `HumanMessage(text)`.
    * Yield the text of each chunk (`chunk.text`), if there is any, as it arrives: the model is not
      asked before the first pull, and nothing is pulled ahead.
    * While the answer is coming, `history` stays as it is. When the answer is over, however it
      ended, and if any text had arrived, append both at once: the question as a `HumanMessage`,
      and an `AIMessage` whose content is the text that had arrived, as a string. If no text had
      arrived, append nothing: neither an empty answer nor a question without an answer.
    * The answer's `response_metadata` holds what the chunks' `response_metadata` said, such as the
      finish_reason; if several chunks have the same entry, the last one counts (whether None and
      "" count is up to you). An entry "state" is added: "complete" if the stream reached its own
      end, "error" if it raised an `Exception`, and "interrupted" if the caller closed it or
      something else stopped it, such as a `KeyboardInterrupt`.
    * Anything that is raised passes through as it is. Close the model's stream in every case.

    Only text is remembered. Tool calls are covered in a later lesson.
    """
    raise NotImplementedError("Task 4 of 9: stream_into_memory")
    yield  # makes this a generator; delete this line with the one above


async def continue_until_complete(
    ask: Callable[[list[BaseMessage]], Awaitable[Answer]],
    history: list[BaseMessage],
    max_rounds: int = 3,
    join: Callable[[str, str], str] = join_continuation,
) -> AIMessage:
    """Ask for the rest of an answer that broke off, until it is complete.

    Args:
        ask: asks a model and returns its answer.
        history: the conversation. Its last message is the `AIMessage` that broke off. It is
            changed in place.
        max_rounds: the largest number of times to ask.
        join: puts the text so far and the new text together, in this order.

    In each round:

    * Ask with all messages of `history` and then `HumanMessage(CONTINUE)`. That prompt is never
      stored in `history`.
    * The new text is the answer's text up to the `SENTINEL`, if there is one. Combine it with the
      text so far by calling `join`.
    * Replace the last message of `history` with one new `AIMessage` that has the whole text: the
      next round shows it to the model, and if `ask` fails, it is not lost.
    * The answer is complete if there was a sentinel, or if its `truncated` is False. If it is None,
      nobody knows, so it is not complete.

    Returns:
        The message that is now the last one in `history`. Its `response_metadata` is that of the
        message that broke off, but with "finish_reason" "stop" and "state" "complete". Its other
        fields, such as the id, are up to you.

    Raises:
        TruncatedError: with all the text so far, if the answer is still not complete after
            `max_rounds` rounds, or as soon as a round neither completes it nor adds text: `join`
            returned what was already there. `history` then keeps that text too, with the
            `response_metadata` as it was.
        ValueError: if `max_rounds` is less than 1, or `history` does not end with an `AIMessage`.
            In that case the model is not asked.

    What `ask` raises passes through as it is.
    """
    raise NotImplementedError("Task 5 of 9: continue_until_complete")


def repair_history(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the messages as a history that every provider accepts.

    * An `AIMessage` without content (`""` or `[]`) and without calls (see below) is left out.
    * Each tool call of an `AIMessage` has its result in the `ToolMessage`s that follow it, before
      any other message. For a call without one, put a `ToolMessage` with its `tool_call_id`, the
      content `INTERRUPTED` and `status="error"` after those that are there. Invalid calls
      (`invalid_tool_calls`) count as calls, because they are sent to the provider too. (Each call
      has an id here, and no two calls in one message have the same id.)
    * A `ToolMessage` that is not such a result is left out: there was no such call, another
      message came in between, or it is the second result of the same call. A message that is
      itself left out does not count as being in between.
    * `HumanMessage`s that are now next to each other become one, with their texts joined by a line
      break. (Their content is a string here.) The other fields of that message are up to you.
    * Everything else stays as it is, in order.

    A repaired history does not need another repair: repairing twice gives the same result as
    repairing once. `messages` and the messages in it are not changed.
    """
    raise NotImplementedError("Task 6 of 9: repair_history")


def trim_history(
    messages: Sequence[BaseMessage],
    max_tokens: int,
    count_tokens: Callable[[list[BaseMessage]], int] = count_tokens_approximately,
) -> list[BaseMessage]:
    """Return the newest part of a history that fits within a number of tokens.

    A turn is a `HumanMessage` and everything that follows it up to the next one: answers, calls,
    results. (Anything before the first `HumanMessage`, such as a greeting, counts as a turn as
    well.)

    * A `SystemMessage` that is the first message is always kept, and its tokens count.
    * Whole turns are kept, never a part of one: a tool's result without its call is an error.
    * The newest turns are kept, as many as fit without a gap. All together they count `max_tokens`
      at most; exactly `max_tokens` still fits.
    * The order stays the same. `messages` is not changed.

    Args:
        messages: the history.
        max_tokens: how many tokens there may be.
        count_tokens: counts the tokens of a list of messages. The counts of two lists add up to
            the count of both together.

    Raises:
        ValueError: if not even the newest turn fits: a prompt without its question is not a
            prompt. If there is no turn at all, nothing can fail to fit: `[]` gives `[]`, and a
            lone `SystemMessage` comes back alone.
    """
    raise NotImplementedError("Task 7 of 9: trim_history")


def chat_graph(model: BaseChatModel) -> CompiledStateGraph[MessagesState, Any, Any, Any]:
    """Return a chat as a LangGraph graph that remembers each conversation by itself.

    * The state is LangGraph's `MessagesState`. There is one step: it asks the model with all
      messages of the state, and adds to them the very message that the model answered with. (A
      message made from its text would be a different one: in the stream, the answer would come
      twice.) The step never blocks the event loop: write it async, with
      `await model.ainvoke(...)`. (LangGraph runs a synchronous step in a thread, where nobody
      could stop the model.) An error from the model passes through.
    * The graph is compiled with an `InMemorySaver`, a new one for each graph. So the caller says
      which conversation it is, and passes only the new message:
      `graph.ainvoke({"messages": [HumanMessage("Hello")]}, {"configurable": {"thread_id": "a"}})`.
      The thread "a" remembers; other threads and other graphs know nothing about it.
    * In the stream mode "messages" the model's tokens come as they arrive. LangGraph does that by
      itself if the step asks the model as described above.
    """
    raise NotImplementedError("Task 8 of 9: chat_graph")


async def stream_thread(
    graph: CompiledStateGraph[Any, Any, Any, Any], thread_id: str, text: str
) -> AsyncIterator[str]:
    """Say something in one conversation of a graph, and yield the answer as it comes.

    * Run the graph with `graph.astream`, for the thread `thread_id`, in the stream mode
      "messages". It yields pairs: a message or a chunk of one, and a dict about where it comes
      from.
    * The input is only the new message, `HumanMessage(text)`: the graph remembers the others.
    * Yield the text of `AIMessage`s and their chunks, if there is any, as it arrives. The text of
      other messages, such as the result of a tool, is not yielded.
    * Yield an answer only once. A step that returns `AIMessage(response.content)` has made another
      message from what the model said. It comes after the model's own, whole, with its own id: an
      `AIMessage` that is not a chunk. It is not yielded if its text is that of a message that came
      earlier from the same run of a step, whole or in chunks of one id. The dict's
      "langgraph_checkpoint_ns" names the run of a step. (Up to you: texts that differ only in
      whitespace at their ends, and equal texts from different steps.)
    * Nothing runs before the first pull. When the caller stops in the middle or is cancelled, the
      graph stops too. Errors and cancellation pass through as they are.
    """
    raise NotImplementedError("Task 9 of 9: stream_thread")
    yield  # makes this a generator; delete this line with the one above
