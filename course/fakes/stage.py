"""What every prompt of `make play-09` offers: a model that plays a script, and tokens in time.

A lesson's `play.py` imports what its own lines use.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Pause, Reply, split_tokens
from course.fakes.sources import AsyncSource, Source

PROMPT = "What is the refund policy?"
ANSWER = "Returns are free for 30 days! Keep the receipt. It is the proof that you need"
"""Ends without a mark: the tail of a text is what gets lost."""

PAUSE = 0.1
"""Seconds before each token: as fast as one reads aloud."""

model = ScriptedChatModel(replies={"": Reply.of(ANSWER, pause=PAUSE)})


def answering(*tokens: str) -> ScriptedChatModel:
    """Return a model whose answer comes in these tokens."""
    return ScriptedChatModel(replies={"": Reply(*tokens)})


def tokens(text: str | Iterable[Any] = ANSWER, pause: float = PAUSE) -> Source:
    """Return a stream of a text, cut into tokens, or of other items."""
    return Source(_in_time(text, pause))


def atokens(text: str | Iterable[Any] = ANSWER, pause: float = PAUSE) -> AsyncSource:
    """Return the same as an asynchronous stream."""
    return AsyncSource(_in_time(text, pause))


def _in_time(text: str | Iterable[Any], pause: float) -> list[Any]:
    items = split_tokens(text) if isinstance(text, str) else text
    return [part for item in items for part in (Pause(pause), item)]


OFFERED = {
    "model": model,
    "answering": answering,
    "tokens": tokens,
    "atokens": atokens,
    "PROMPT": PROMPT,
    "ANSWER": ANSWER,
}
"""What can be used at each prompt."""
