"""Lesson 05: Tool Execution.

Seven tasks about running the tools that a model has called. Each docstring is the contract: what it
promises is what the tests check. The calls run at the prompt of `make play-05`, which has some
tools, and some calls of them. One rule holds for the whole lesson.

* The model may read what it can act on, and nothing else. It can mend a wrong argument. The text
  of an exception is for you: a path, an address or a password may stand in it.

`call_together` is the only task with `async`. CONCEPTS.md starts there from scratch. What a
docstring leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-05. Try it: make play-05. Own code below? See line 16.")

import asyncio
import time
from collections.abc import Mapping, Sequence

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    ToolCall,
    ToolMessage,
)
from langchain_core.tools import BaseTool, ToolException
from pydantic import ValidationError

# Given. There is nothing to do here, but use it.

SORRY = "This tool does not work at the moment. Go on without it, and say so."
"""What a model may know of an error that it can do nothing about."""

TRANSIENT = (ConnectionError, TimeoutError)
"""Errors that may be gone a moment later."""


# Your part.


def error_message(call: ToolCall | InvalidToolCall, reason: str) -> ToolMessage:
    """Make the answer to a call that went wrong.

    * It is a ToolMessage with the id and the name of the call.
    * Its status is "error". Without that it would be "success".
    * Its content is `reason`, as it is.

    >>> error_message(CALL, "No such city.")
    ToolMessage(content='No such city.', name='delivery', tool_call_id='k1', status='error')
    """
    raise NotImplementedError("Task 1 of 7: error_message")


def shorten(text: str, limit: int) -> str:
    """Cut a long result, so that it does not fill the model's memory.

    * A text of up to `limit` characters stays as it is.
    * For a longer one, return its beginning and a note with the number of characters left out.
    * All of it has at most `limit` characters. At least `limit - 40` of them are from the text.

    >>> shorten("word " * 50, 60)
    'word word word word  [230 characters left out]'

    Fine print:
    `limit` is at least 60. The words of the note are up to you; the number is in digits.
    """
    raise NotImplementedError("Task 2 of 7: shorten")


def safe_call(tool: BaseTool, call: ToolCall) -> ToolMessage:
    """Run a tool once, with `tool.invoke(call)`. Return a message, whatever goes wrong.

    * All is well: the tool's own message, as it is.
    * Wrong arguments (a ValidationError): an error message with the name of each, and its `msg`.
      `error.errors()` has both: the name is the first part of `loc`. No tool raises one of its own.
    * A ToolException: an error message with its text, which is meant for the model.
    * Any other Exception: an error message with SORRY, and nothing of the exception.
    * The tool stays as it is.

    >>> safe_call(delivery, {"name": "delivery", "args": {}, "id": "k1", "type": "tool_call"})
    ToolMessage(content='city: Field required', name='delivery', tool_call_id='k1', status='error')
    """
    raise NotImplementedError("Task 3 of 7: safe_call")


def answer_all_calls(message: AIMessage, tools: Mapping[str, BaseTool]) -> list[ToolMessage]:
    """Give every call of a message exactly one answer.

    * First come `message.tool_calls`, in order, each as `safe_call` answers it.
    * If there is no such tool: an error message that names the tools that are there.
    * Then come `message.invalid_tool_calls`, whose arguments are no JSON: an error message for
      each. It says something, and nothing runs.

    >>> answer_all_calls(AIMessage("", tool_calls=[CALL]), {"delivery": delivery})
    [ToolMessage(content='Rome: in 2 days', name='delivery', tool_call_id='k1')]
    """
    raise NotImplementedError("Task 4 of 7: answer_all_calls")


def call_with_retry(
    tool: BaseTool, call: ToolCall, attempts: int = 3, wait: float = 1.0
) -> ToolMessage:
    """Run a tool, and again if it fails with one of TRANSIENT. Return its message.

    * Try at most `attempts` times in all (1 or more).
    * Between two tries, wait with `time.sleep`: first `wait` seconds, then twice as long each time.
    * When the last try fails, do not wait. Let its error pass as it is.
    * Let any other error pass at once.

    >>> call_with_retry(delivery, CALL)
    ToolMessage(content='Rome: in 2 days', name='delivery', tool_call_id='k1')
    """
    raise NotImplementedError("Task 5 of 7: call_with_retry")


async def call_together(message: AIMessage, tools: Mapping[str, BaseTool]) -> list[ToolMessage]:
    """Run all `tool_calls` of a message at the same time.

    * Each runs with `await tool.ainvoke(call)`, and all of them in one `asyncio.gather`.
    * Return their messages, in the order of the calls.
    * If one fails with an Exception, or there is no such tool, its answer is an error message with
      SORRY. The others are not disturbed.
    * If you are cancelled, each `ainvoke` is, too, and the cancellation passes: it is no Exception.

    >>> await call_together(AIMessage("", tool_calls=[CALL]), {"delivery": delivery})
    [ToolMessage(content='Rome: in 2 days', name='delivery', tool_call_id='k1')]

    Fine print:
    What becomes of a tool that raises CancelledError by itself is not tested.
    """
    raise NotImplementedError("Task 6 of 7: call_together")


def is_stuck(messages: Sequence[BaseMessage], limit: int = 3) -> bool:
    """Say whether a model makes the same call over and over.

    * True if the newest `limit` of all `tool_calls` are the same (`limit` is 1 or more).
    * Two calls are the same if name and arguments are, whatever their ids.
    * What stands before the last HumanMessage does not count.
    * Fewer calls than `limit`: False.

    >>> is_stuck([AIMessage("", tool_calls=[CALL])] * 3)
    True
    """
    raise NotImplementedError("Task 7 of 7: is_stuck")
