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
    if not rules:
        return [HumanMessage(question)]
    return [SystemMessage(rules), HumanMessage(question)]


def render_chat(messages: Sequence[BaseMessage]) -> str:
    """Return a conversation as text for people to read.

    * A line for each message: its name from `NAMES`, then ": ", then its `text`.
    * A piece of a stream (an `AIMessageChunk`) is the assistant's.
    * Each newline in a text becomes one space, so a message has only one line.
    * A message whose text is "" is left out. No line break at the end.

    >>> render_chat([HumanMessage("Is it free?"), AIMessageChunk("Yes.")]).splitlines()
    ['You: Is it free?', 'Assistant: Yes.']
    """
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            lines.append(f"{NAMES[kind]}: " + message.text.replace("\n", " "))
    return "\n".join(lines)


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
    encoded = base64.b64encode(png).decode()
    picture = {"type": "image", "base64": encoded, "mime_type": "image/png"}
    return HumanMessage([{"type": "text", "text": question}, picture])


def save_chat(messages: Sequence[BaseMessage]) -> str:
    """Return a conversation as text that can be kept in a file.

    * The text is JSON, and `load_chat` makes equal messages of it, in their order.
    * Nothing is lost: ids, names, tool calls, usage and all other fields come back.
    * The messages stay as they are.

    >>> messages = [HumanMessage("Why?", id="question-1")]
    >>> load_chat(save_chat(messages)) == messages
    True
    """
    return json.dumps(messages_to_dict(messages))


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
    asked = HumanMessage(question)
    answer = model.invoke([*history, asked])
    history += [asked, answer]
    return answer.text


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
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise ValueError(f"there is no question at position {position}")
    return [*messages[:position], HumanMessage(text)]


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
    rules = [message for message in messages[:1] if isinstance(message, SystemMessage)]
    starts = [at for at, message in enumerate(messages) if isinstance(message, HumanMessage)]
    starts.append(len(messages))  # where the next turn would begin
    first = max(len(starts) - 1 - turns, 0)
    return [*rules, *messages[starts[first] :]]
