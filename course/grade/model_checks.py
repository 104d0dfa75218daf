"""Checks that the tests of many lessons need: whether a model was asked, and has ended.

Also, whether a provider would take a conversation.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage

from course.fakes.openai.history import Refused, check_messages
from course.grade.expect import Words, check
from course.grade.stream_checks import CLOSE, LAZY

MODEL_OPEN = "the model's stream stays open when the caller stops"
REFUSED = "this conversation would be refused"
ONE_RESULT = (
    "Each call needs exactly one ToolMessage with its id, right after the message that makes it."
)


def check_not_asked(
    model: Any, problem: str = "the model is asked before anybody asks for a token"
) -> None:
    """Pass if nothing has been asked of a model yet."""
    check(
        not model.transcript,
        problem,
        why=LAZY,
        wanted=Words("no call of the model yet"),
        got=Words("the model is already answering"),
    )


def check_model_closed(call: Any, problem: str = MODEL_OPEN, why: str = CLOSE) -> None:
    """Pass if a call of a model has ended."""
    check(
        ended(call),
        problem,
        why=why,
        wanted=Words("the model's stream closed"),
        got=Words("still open"),
    )


async def acheck_model_closed(call: Any, problem: str = MODEL_OPEN, why: str = CLOSE) -> None:
    """The same, without blocking the event loop."""
    await aended(call)
    check_model_closed(call, problem, why)


def ended(call: Any) -> bool:
    """Whether a call of a model has ended; a server may take a moment to notice."""
    for _ in range(getattr(call, "patience", 0)):
        if call.closed:
            break
        time.sleep(0.01)
    return bool(call.closed)


async def aended(call: Any) -> bool:
    """The same, without blocking the event loop."""
    for _ in range(getattr(call, "patience", 0)):
        if call.closed:
            break
        await asyncio.sleep(0.01)
    return bool(call.closed)


def check_paired(messages: Sequence[BaseMessage], problem: str = REFUSED) -> None:
    """Pass if each tool call has one result, right after it: otherwise, providers refuse to answer.

    Args:
        messages: the conversation, for example what a model was asked.
        problem: what is wrong when it is refused, read after the task's name.
    """
    try:
        check_messages(messages)
    except Refused as refused:
        check(
            False,
            problem,
            why=f'{ONE_RESULT} A provider says: "{refused.message}"',
            wanted=Words("one result for each call"),
            got=Words(refused.plainly),
        )
