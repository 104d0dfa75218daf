"""Lesson 10 trims, merges and forgets as LangChain and the fakes do, except for what is listed.

`trim_history` against `langchain_core.messages.trim_messages` with `strategy="last"`,
`include_system=True`, `start_on="human"`. Known deviations of `trim_messages`:

* anything before the first human message is left out even if all of it fits;
* if not even the newest turn fits, it returns what is left, which has no question in it.

`repair_history` merges questions as `merge_message_runs` does. `strip_sentinel` shows what a model
that is told to stop there shows (`stop=["__END__"]`).
"""

from __future__ import annotations

import random

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    merge_message_runs,
    trim_messages,
)
from langchain_core.messages.utils import count_tokens_approximately

from course import catalog
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply
from course.lesson.variants import reference

HISTORIES = 300

answers = reference(catalog.find("10"))


def conversation(seed: int) -> list[BaseMessage]:
    """A history in order: perhaps a system message, and turns with and without tools."""
    pick = random.Random(seed)

    def words() -> str:
        return "word " * pick.randrange(1, 9)

    messages: list[BaseMessage] = [SystemMessage(words())] if pick.random() < 0.5 else []
    for number in range(pick.randrange(1, 6)):
        messages.append(HumanMessage(words()))
        if pick.random() < 0.5:
            call = {"name": "search", "args": {}, "id": str(number)}
            messages.append(AIMessage(words(), tool_calls=[call]))
            messages.append(ToolMessage(words(), tool_call_id=str(number)))
        messages.append(AIMessage(words()))
    return messages


def theirs(messages: list[BaseMessage], limit: int) -> list[BaseMessage]:
    return trim_messages(
        messages,
        max_tokens=limit,
        token_counter=count_tokens_approximately,
        strategy="last",
        include_system=True,
        start_on="human",
    )


def test_histories_are_trimmed_alike() -> None:
    kept = set()
    for seed in range(HISTORIES):
        messages = conversation(seed)
        limit = random.Random(seed).randrange(20, 2 + count_tokens_approximately(messages))
        other = theirs(messages, limit)
        if any(isinstance(message, HumanMessage) for message in other):
            assert answers.trim_history(messages, limit) == other, seed
            kept.add((len(messages), len(other)))
        else:
            with pytest.raises(ValueError, match="does not fit"):
                answers.trim_history(messages, limit)
            kept.add((len(messages), 0))
    assert len(kept) > 30


def test_they_leave_out_a_greeting_that_fits() -> None:
    messages = [AIMessage("Welcome!"), HumanMessage("Hello"), AIMessage("What is it?")]
    assert answers.trim_history(messages, 1_000) == messages
    assert theirs(messages, 1_000) == messages[1:]


def test_they_return_a_prompt_without_its_question() -> None:
    messages = [SystemMessage("Be short."), HumanMessage("word " * 100)]
    assert theirs(messages, 20) == messages[:1]
    with pytest.raises(ValueError, match="does not fit"):
        answers.trim_history(messages, 20)


def test_questions_are_merged_alike() -> None:
    for seed in range(HISTORIES):
        pick = random.Random(seed)
        kinds = pick.choices([HumanMessage, SystemMessage], weights=[3, 1], k=8)
        messages = [
            kind(f"{kind.__name__} {number}")
            for number, kind in enumerate(kinds)
            if kind is HumanMessage or kinds[number - 1] is HumanMessage
        ]
        assert answers.repair_history(messages) == merge_message_runs(messages), seed


def test_a_sentinel_hides_what_a_stop_text_hides() -> None:
    for seed in range(HISTORIES):
        pick = random.Random(seed)
        tokens = ["".join(pick.choices("_END ", k=pick.randrange(1, 6))) for _ in range(9)]
        tokens.insert(pick.randrange(10), pick.choice(["__END__", "__", "x"]))
        model = ScriptedChatModel(replies=[Reply(*tokens)])
        stopped = "".join(chunk.text for chunk in model.stream("Hello", stop=["__END__"]))
        assert "".join(answers.strip_sentinel(tokens)) == stopped, seed
