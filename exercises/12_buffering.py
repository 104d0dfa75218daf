"""Lesson 12: Buffering.

Six tasks that put a buffer between a stream and its reader: by count, by words, by sentences, by
events and by time. Each docstring is the contract: what it promises is what the tests check. Four
rules hold throughout the lesson.

* All text comes out, in order and unchanged: the pieces joined are the tokens joined. What is
  still in the buffer when the stream ends is text like any other. No piece is empty.
* A stream is lazy. Nothing is pulled before the first piece is requested. As soon as what was
  pulled completes a piece, the piece is yielded, and nothing more is pulled until the next one is
  requested. (Only `debounce` reads a little ahead. Its docstring says how far.)
* A stream has an end, and it can come early. A generator closes its source when it is done: after
  the last piece, after an error, and when the caller stops in the middle. A generator that never
  started running does not have to close anything.
* An error from the source passes through as it is. Whether what is in the buffer comes out before
  the error is up to you. (Only `debounce` says that it does.)

A wrong argument raises its error when the first piece is requested, or earlier. Whether the source
is closed then is up to you. What a docstring leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-12. Try it: make play-12. Own code below? See line 24.")

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from typing import Literal, NotRequired, TypedDict, TypeVar

# Given. There is nothing to do here, but use it.

T = TypeVar("T")

MARKS = (".", "!", "?")
"""What a sentence ends with."""

AROUND = "\"'`*_()[]{}\u2018\u2019\u201c\u201d\u00ab\u00bb"
"""What may surround a word: quotation marks, brackets, and Markdown asterisks."""

ABBREVIATIONS = (
    *("Dr.", "Mr.", "Mrs.", "Ms.", "Prof.", "St."),
    *("e.g.", "i.e.", "etc.", "vs.", "approx.", "a.m.", "p.m."),
)
"""Words that end with a period but do not end a sentence. No list of them is ever complete."""


class TokenEvent(TypedDict):
    """Some text of an answer. An answer may have several parts, and `id` says which one it is."""

    type: Literal["token"]
    id: str
    content: str
    metadata: NotRequired[dict[str, str]]


class ToolEvent(TypedDict):
    """A tool has started or ended."""

    type: Literal["tool_start", "tool_end"]
    name: str


class CompleteEvent(TypedDict):
    """All went well, and nothing more is expected."""

    type: Literal["complete"]


Event = TokenEvent | ToolEvent | CompleteEvent


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


def buffer_by_count(tokens: Iterable[str | None], n: int) -> Iterator[str]:
    """Join every `n` tokens into one piece.

    * A piece is `n` tokens with text in them, joined.
    * None and the empty string have no text: skip them, and do not count them.
    * Be lazy: yield a piece as soon as its `n`-th token has come.
    * The last piece may have fewer tokens, but no piece is empty.
    * However it ends, close `tokens`; an error from it passes through.

    >>> list(buffer_by_count(["It", " is", None, " free", " for", " you"], n=2))
    ['It is', ' free for', ' you']

    Fine print:
    The deltas of OpenAI's client have None as their content when there is no text. Whitespace is
    text, and counts.

    Raises:
        ValueError: if `n` is less than 1.
    """
    raise NotImplementedError("Task 1 of 6: buffer_by_count")
    yield  # makes this a generator; delete this line with the one above


def first_then_batch(tokens: Iterable[str], n: int) -> Iterator[str]:
    """Yield the first token right away, and all others `n` at a time.

    The first token is the one that somebody is waiting for.

    * The first token that is not empty is a piece by itself, as soon as it has come.
    * From then on, every `n` tokens make one piece, as soon as the last of them has come.
    * Empty tokens do not count.
    * The last piece may have fewer tokens, but no piece is empty.
    * However it ends, close `tokens`; an error from it passes through.

    >>> list(first_then_batch(["It", " is", " free", " for", " you"], n=3))
    ['It', ' is free for', ' you']

    Fine print:
    Whitespace is not empty: it counts.

    Raises:
        ValueError: if `n` is less than 1.
    """
    raise NotImplementedError("Task 2 of 6: first_then_batch")
    yield  # makes this a generator; delete this line with the one above


def smooth_words(tokens: Iterable[str]) -> Iterator[str]:
    """Yield whole words, one by one, however the tokens cut them.

    * A piece is a word with all the whitespace that follows it.
    * Whitespace at the very beginning goes with the first word.
    * Yield a piece as soon as the next word begins: only then is it complete.
    * One token may complete several pieces.
    * At the end comes the rest, whatever it is.
    * The pieces depend only on the text, not on how it is cut.
    * However it ends, close `tokens`; an error from it passes through.

    >>> list(smooth_words(["Ret", "urns a", "re fr", "ee."]))
    ['Returns ', 'are ', 'free.']

    Fine print:
    You know that a word and the whitespace after it are complete only when the first character of
    the next word has come. Whitespace is what `str.isspace` says it is, and a word is everything
    else: "don't", "3.14" and "end." are one word each. No piece is empty.
    """
    raise NotImplementedError("Task 3 of 6: smooth_words")
    yield  # makes this a generator; delete this line with the one above


def sentence_stream(
    tokens: Iterable[str],
    abbreviations: Collection[str] = ABBREVIATIONS,
    max_chars: int = 200,
) -> Iterator[str]:
    """Yield whole sentences, one by one, as a voice that reads aloud needs them.

    * A word that ends with one of `MARKS` ends a sentence, with the whitespace after it.
    * A mark inside a word ends nothing: `3.14`.
    * One of `abbreviations` ends nothing: `Dr.`
    * Characters of `AROUND` at a word's ends do not matter: `"Yes."`
    * Yield a sentence as soon as the next one begins.
    * No piece is longer than `max_chars`: cut a full buffer after its last whitespace.
    * However it ends, close `tokens`; an error from it passes through.

    >>> list(sentence_stream(["Ask Dr. L", "ee. She know", "s!"]))
    ['Ask Dr. Lee. ', 'She knows!']

    Fine print:
    A piece is a sentence with all the whitespace that follows it; whitespace at the very beginning
    of the text goes with the first sentence. At the end of the tokens comes the rest, whatever it
    is. The pieces depend only on the text, not on how it is cut into tokens.

    A word is what stands between whitespace. Without the characters of `AROUND` at both of its
    ends, it

    * ends the sentence if it ends with one of `MARKS`: `end.`, `Really?!`, `"Yes."`, `(no!)`;
    * but not if it is one of `abbreviations`: `Dr.`, `(e.g.`, `DR.` Case is ignored on both sides.

    Other marks inside a word: `v1.2`, `example.com`. (So a period that has no whitespace after it
    is not seen, and "at 5 p.m. Then" is not cut.)

    You know that a sentence and the whitespace after it are complete only when the next character
    that is not whitespace has come. One token may complete several.

    When `max_chars` characters are in the buffer, and the next character does not show that a
    sentence is complete, cut the buffer after its last whitespace; if it has none, yield all of it.
    What comes after the cut begins the next piece. How you judge a word that a cut has split, or
    has separated from the whitespace after it, is up to you.

    Args:
        tokens: the text, cut in any way.
        abbreviations: words that end with a mark but do not end a sentence, without characters of
            `AROUND` at their ends.
        max_chars: the most characters in a piece.

    Raises:
        ValueError: if `max_chars` is less than 1.
    """
    raise NotImplementedError("Task 4 of 6: sentence_stream")
    yield  # makes this a generator; delete this line with the one above


def flush_on_event(events: Iterable[Event], max_chars: int) -> Iterator[Event]:
    """Join the text of token events, and let no text overtake another event or be overtaken.

    * Join token events that directly follow each other and differ only in their `content`.
    * Yield the joined event as soon as it has `max_chars` characters; never cut content.
    * Yield it before any other event, and when the events end.
    * Text with another `id` or `metadata` is not joined.
    * Other types, even `complete`, pass through immediately, and end nothing.
    * Do not change the events.
    * However it ends, close `events`; an error from it passes through.

    >>> texts = [{"type": "token", "id": "a", "content": text} for text in ("It is", " free.")]
    >>> list(flush_on_event([*texts, {"type": "complete"}], max_chars=40))
    [{'type': 'token', 'id': 'a', 'content': 'It is free.'}, {'type': 'complete'}]

    Fine print:
    Two token events differ only in their `content` if both have the same `id`, and both have the
    same `metadata` or both have none. The joined event has all their text as its `content`, and the
    rest as it was. It is yielded as soon as it has `max_chars` characters or more. It goes out
    before the next event that does not belong to it: a token from another part, or any other type.

    Events of all other types pass through as they are. There may be types that nobody knows today;
    of their keys only `type` is certain. What happens to a token event without text is up to you;
    so is whether it separates its neighbors, and whether an empty `metadata` counts as none.

    Raises:
        ValueError: if `max_chars` is less than 1.
    """
    raise NotImplementedError("Task 5 of 6: flush_on_event")
    yield  # makes this a generator; delete this line with the one above


async def debounce(source: AsyncIterator[T], interval: float) -> AsyncIterator[list[T]]:
    """Collect what comes within `interval` seconds in one list, a new one for each group.

    * A group's first item starts its time, and the others join it.
    * Yield the group `interval` seconds later, whether `source` is silent or busy.
    * If `source` ends earlier, yield the group then.
    * If it raises an error: first the group, then the error.
    * Never cancel a pull. Silence makes no empty groups.
    * While the caller works on a group, pull at most ten more items.
    * However it ends, leave no task running, and close `source`.

    >>> source = atokens(["a", "b", "c", "d"], pause=1)  # one each second
    >>> [group async for group in debounce(source, interval=2.5)]
    [['a', 'b', 'c'], ['d']]

    Fine print:
    The time is counted from the moment when the first item had come. An item that comes at the very
    moment when it is over may go into this group or the next. If the source raises an error, the
    group is yielded as soon as it does, and then the error as it is. After a group, the next one
    begins with its own first item. Cancellation (`asyncio.CancelledError`) passes through.

    An async generator whose pull was cancelled is over. What comes while the caller works on a
    group begins the next group, and how it is grouped is up to you.

    Args:
        source: the items, of any kind.
        interval: the longest time that an item is held back, in seconds.

    Raises:
        ValueError: if `interval` is not greater than 0.
    """
    raise NotImplementedError("Task 6 of 6: debounce")
    yield  # makes this a generator; delete this line with the one above
