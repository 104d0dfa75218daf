"""Conversations that OpenAI refuses, because their tool calls and results do not match.

The messages are OpenAI's own, if they are known from reports of its clients.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from course.fakes.openai.reply import ApiError

_LONGEST = 100
"""How many characters of an id are repeated."""


class Refused(ApiError):
    """A conversation that gets no answer.

    Attributes:
        plainly: the same without OpenAI's names for things: "call k2 has no result".
    """

    def __init__(self, plainly: str, message: str, param: str, code: str | None = None) -> None:
        super().__init__(400, message, param=param, code=code)
        self.plainly = plainly


@dataclass(frozen=True)
class Turn:
    """What one message of a chat says about tool calls.

    Attributes:
        calls: the ids of the calls that it makes.
        result: the id of the call whose result it is, or None.
    """

    calls: list[str] = field(default_factory=list)
    result: str | None = None

    @classmethod
    def of(cls, message: BaseMessage) -> Turn:
        """Return what a message of LangChain says about them."""
        if isinstance(message, ToolMessage):
            return cls(result=message.tool_call_id)
        calls = message.tool_calls if isinstance(message, AIMessage) else []
        broken = message.invalid_tool_calls if isinstance(message, AIMessage) else []
        return cls(calls=[call["id"] or "" for call in (*calls, *broken)])


def check_messages(messages: Sequence[BaseMessage]) -> None:
    """Check a conversation of LangChain.

    Raises:
        Refused: it is empty, or its calls and results do not match.
    """
    if not messages:
        raise Refused(
            "it is empty",
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an "
            "empty array instead.",
            "messages",
            code="empty_array",
        )
    check_turns(map(Turn.of, messages))


def check_turns(turns: Iterable[Turn]) -> None:
    """Check that each call has one result, right after the message that made it.

    Raises:
        Refused: a call has none, or a result has no call, comes late or twice.
    """
    results: dict[str, int | None] = {}
    for place, turn in enumerate(turns):
        if turn.result is not None:
            _take_result(turn.result, place, results)
        else:
            _refuse_waiting(results, f"messages.[{place}].role")
            results = dict.fromkeys(turn.calls)
            if len(results) < len(turn.calls):
                raise _twice("id", _repeated(turn.calls), f"messages[{place}].tool_calls")
    _refuse_waiting(results, "messages")


def _take_result(call_id: str, place: int, results: dict[str, int | None]) -> None:
    """Record where the result of a call is."""
    if not results:
        raise Refused(
            f"a result for {_shown(call_id)}, which is not called right before it",
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
            "message with 'tool_calls'.",
            f"messages.[{place}].role",
        )
    param = f"messages.[{place}].tool_call_id"
    if call_id not in results:
        raise Refused(
            f"a result for {_shown(call_id)}, which is not called right before it",
            f"Invalid parameter: 'tool_call_id' of '{_shown(call_id)}' not found in "
            "'tool_calls' of previous message.",
            param,
        )
    if results[call_id] is not None:
        where = f"messages[{results[call_id]}] and messages[{place}]"
        raise _twice("tool_call_id", call_id, where, param, "results for")
    results[call_id] = place


def _refuse_waiting(results: dict[str, int | None], param: str) -> None:
    waiting = [_shown(call_id) for call_id, place in results.items() if place is None]
    if waiting:
        raise Refused(
            f"call {waiting[0]} has no result",
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(waiting),
            param,
        )


def check_items(items: Iterable[tuple[Literal["call", "result"], str]]) -> None:
    """Check that each call among the items of an input has one result, somewhere after it.

    Raises:
        Refused: a call has none, or a result has no call, comes early or twice.
    """
    waiting: dict[str, None] = {}
    answered: set[str] = set()
    for kind, call_id in items:
        if kind == "call":
            if call_id in waiting:
                raise _twice("call_id", call_id, "input", "input")
            waiting[call_id] = None
        elif call_id in waiting:
            del waiting[call_id]
            answered.add(call_id)
        elif call_id in answered:
            raise _twice("call_id", call_id, "input", "input", "results for")
        else:
            raise Refused(
                f"a result for {_shown(call_id)}, which is not called before it",
                f"No tool call found for function call output with call_id {_shown(call_id)}.",
                "input",
            )
    for call_id in waiting:
        raise Refused(
            f"call {_shown(call_id)} has no result",
            f"No tool output found for function call {_shown(call_id)}.",
            "input",
        )


def check_ids(ids: Iterable[str]) -> None:
    """Check that no item of an input occurs twice.

    Raises:
        Refused: one does.
    """
    known = list(ids)
    if len(set(known)) < len(known):
        twice = _shown(_repeated(known))
        raise Refused(
            f"two items with the id {twice}",
            f"Duplicate item found with id {twice}. Remove duplicate items from your input and try "
            "again.",
            "input",
        )


def _repeated(ids: list[str]) -> str:
    return next(one for one, count in Counter(ids).items() if count > 1)


def _twice(
    name: str, value: str, where: str, param: str = "", what: str = "calls with the id"
) -> Refused:
    told = f"Invalid parameter: Duplicate value for '{name}' of '{_shown(value)}', in {where}."
    return Refused(f"two {what} {_shown(value)}", told, param or where)


def _shown(call_id: str) -> str:
    return call_id[:_LONGEST]
