"""Lesson 02: Messages.

Seven tasks about the list of messages, which is all that a model knows of a conversation. Each
docstring is the contract: what it promises is what the tests check. One rule holds for all tasks.

* What was given stays as it is. A list or a message that a task gets is only read. Only `chat_turn`
  changes a list, the history, and only when all has gone well.

The calls run at the prompt of `make play-02`. There, `answering("It", " is")` is a model that
answers with these pieces. What a docstring leaves open is not graded. No task needs an event loop
of its own.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-02. Try it: make play-02. Own code below? See line 16.")

import base64
import json
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    messages_from_dict,
    messages_to_dict,
)

# Given. There is nothing to do here, but use it.

NAMES = {"system": "Rules", "human": "You", "ai": "Assistant", "tool": "Tool"}
"""The type of a message -> who speaks, as people read it."""


def load_chat(text: str) -> list[BaseMessage]:
    """Return the messages that `save_chat` made this text of."""
    return messages_from_dict(json.loads(text))


# Your part.


def start_chat(rules: str, question: str) -> list[BaseMessage]:
    """Return the messages that begin a conversation.

    * A `SystemMessage` with the rules comes first, then a `HumanMessage` with the question.
    * Both texts stay as they are, with every space and every brace.
    * If `rules` is "", there is only the question.

    >>> [message.type for message in start_chat("Be brief.", "Why?")]
    ['system', 'human']
    """
    raise NotImplementedError("Task 1 of 7: start_chat")


def render_chat(messages: Sequence[BaseMessage]) -> str:
    """Return a conversation as text for people to read.

    * A line for each message: its name from `NAMES`, then ": ", then its `text`.
    * A piece of a stream (an `AIMessageChunk`) is the assistant's.
    * Each newline in a text becomes one space, so a message has only one line.
    * A message whose text is "" is left out. No line break at the end.

    >>> render_chat([HumanMessage("Is it free?"), AIMessageChunk("Yes.")]).splitlines()
    ['You: Is it free?', 'Assistant: Yes.']
    """
    raise NotImplementedError("Task 2 of 7: render_chat")


def picture_question(question: str, png: bytes) -> HumanMessage:
    """Return one message that asks about a picture.

    * Its content is a list of two blocks: first the question as text, then the picture.
    * The picture is `png` in base64, as a `str`, with the mime type "image/png".
    * `message.text` is the question, unchanged.

    >>> blocks = picture_question("What is it?", b"...").content_blocks
    >>> blocks[0]["text"], blocks[1]["base64"]
    ('What is it?', 'Li4u')

    Fine print:
    A block may have LangChain's form or OpenAI's. Base64 is what `base64.b64encode` makes.
    """
    raise NotImplementedError("Task 3 of 7: picture_question")


def save_chat(messages: Sequence[BaseMessage]) -> str:
    """Return a conversation as text that can be kept in a file.

    * The text is JSON, and `load_chat` makes equal messages of it, in their order.
    * Nothing is lost: ids, names, tool calls, usage and all other fields come back.
    * The messages stay as they are.

    >>> messages = [HumanMessage("Why?", id="question-1")]
    >>> load_chat(save_chat(messages)) == messages
    True
    """
    raise NotImplementedError("Task 4 of 7: save_chat")


def chat_turn(model: BaseChatModel, history: list[BaseMessage], question: str) -> str:
    """Ask a question in a conversation, and remember the question and the answer.

    * Call `model.invoke` once. The model sees `history`, and then the question.
    * Then append both to `history`: the question, and the message that came back, as it is.
    * Return the text of the answer.
    * If the call fails, `history` is as it was before, and the error passes.

    >>> history = []
    >>> chat_turn(answering("It", " is."), history, "Is it free?"), len(history)
    ('It is.', 2)
    """
    raise NotImplementedError("Task 5 of 7: chat_turn")


def edit_question(messages: Sequence[BaseMessage], position: int, text: str) -> list[BaseMessage]:
    """Go back to a question in a conversation, and ask something else there.

    * Return a new list: what stands before `position`, then a `HumanMessage` with `text`.
    * What stood at `position` and after it is left out.
    * Raise `ValueError` if no `HumanMessage` stands there. A negative position is none.
    * `messages`, and each message in it, stay as they are.

    >>> edited = edit_question([HumanMessage("Why?"), AIMessage("So.")], 0, "How?")
    >>> [message.text for message in edited]
    ['How?']
    """
    raise NotImplementedError("Task 6 of 7: edit_question")


def last_turns(messages: Sequence[BaseMessage], turns: int) -> list[BaseMessage]:
    """Return the end of a conversation, without cutting a turn in two.

    * A turn is a `HumanMessage` and all that follows, up to the next one. Keep the newest `turns`.
    * A `SystemMessage` at the beginning always stays. It is in no turn.
    * With fewer turns than that, all of them stay. With 0, none does.

    >>> messages = [HumanMessage("Why?"), AIMessage("So."), HumanMessage("How?")]
    >>> [message.text for message in last_turns(messages, 1)]
    ['How?']

    Fine print:
    `turns` is 0 or more. The first message, or the one after the rules, is a `HumanMessage`.
    """
    raise NotImplementedError("Task 7 of 7: last_turns")
