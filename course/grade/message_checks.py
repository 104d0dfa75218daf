"""Checks that the tests of many lessons need: whether a provider would take a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from course.fakes.openai.history import Refused, check_messages
from course.grade.expect import Words, check

REFUSED = "this conversation would be refused"
ONE_RESULT = (
    "Each call needs exactly one ToolMessage with its id, right after the message that makes it."
)


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
