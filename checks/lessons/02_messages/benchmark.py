"""What is sent through the reference solutions of lesson 02 to measure them.

A piece is a message of a conversation. `picture_question` is asked about bytes, as many as there
are pieces.
"""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from benchmarks.streaming import Run

PASS_THROUGH: tuple[str, ...] = ()
"""The tasks that promise constant memory."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task a function that sends a number of messages through it."""

    def start(count: int) -> None:
        for _ in range(count // 2):
            answers.start_chat("Be brief.", "Is it free?")

    return {
        "start_chat": start,
        "render_chat": lambda n: answers.render_chat(conversation(n)),
        "picture_question": lambda n: answers.picture_question("What is it?", bytes(n)),
        "save_chat": lambda n: answers.save_chat(conversation(n)),
        "chat_turn": lambda n: answers.chat_turn(model(), conversation(n), "Is it free?"),
        "edit_question": lambda n: answers.edit_question(conversation(n), n // 2 * 2 - 2, "Why?"),
        "last_turns": lambda n: answers.last_turns(conversation(n), n // 4),
    }


def model() -> BaseChatModel:
    """Return a model that answers once."""
    return FakeListChatModel(responses=["Yes."])


def conversation(count: int) -> list[BaseMessage]:
    """Return so many messages, questions and answers in turn; they are two objects."""
    turn: list[BaseMessage] = [HumanMessage("Is it free?"), AIMessage("Yes, for 30 days.")]
    return [*turn * (count // 2), *turn[: count % 2]]
