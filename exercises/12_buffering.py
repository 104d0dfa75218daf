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

    Only tokens with text in them count. None and the empty string have no text: skip them. (The
    deltas of OpenAI's client have None as their content when there is no text.) Yield a piece as
    soon as its `n`-th token has come. The last piece may have fewer.

    Raises:
        ValueError: if `n` is less than 1.
    """
    raise NotImplementedError("Task 1 of 6: buffer_by_count")
    yield  # makes this a generator; delete this line with the one above


def first_then_batch(tokens: Iterable[str], n: int) -> Iterator[str]:
    """Yield the first token right away, and all others `n` at a time.

    The first token that is not empty is a piece by itself, as soon as it has come: this is the one
    that somebody is waiting for. From then on, every `n` tokens that are not empty make one piece,
    which is yielded as soon as the last of them has come. The last piece may have fewer.

    Raises:
        ValueError: if `n` is less than 1.
    """
    raise NotImplementedError("Task 2 of 6: first_then_batch")
    yield  # makes this a generator; delete this line with the one above


def smooth_words(tokens: Iterable[str]) -> Iterator[str]:
    """Yield whole words, one by one, however the tokens cut them.

    A piece is a word with all the whitespace that follows it; whitespace at the very beginning of
    the text goes with the first word. Whitespace is what `str.isspace` says it is, and a word is
    everything else: "don't", "3.14" and "end." are one word each.

    You know that a word and the whitespace after it are complete only when the first character of
    the next word has come. Yield the piece then. One token may complete several pieces. At the end
    of the tokens comes the rest, whatever it is.

    The pieces depend only on the text, not on how it is cut into tokens.
    """
    raise NotImplementedError("Task 3 of 6: smooth_words")
    yield  # makes this a generator; delete this line with the one above


def sentence_stream(
    tokens: Iterable[str],
    abbreviations: Collection[str] = ABBREVIATIONS,
    max_chars: int = 200,
) -> Iterator[str]:
    """Yield whole sentences, one by one, as a voice that reads aloud needs them.

    A piece is a sentence with all the whitespace that follows it; whitespace at the very beginning
    of the text goes with the first sentence. To find the end of a sentence, look at words: a word
    is what stands between whitespace. Without the characters of `AROUND` at both of its ends, it

    * ends the sentence if it ends with one of `MARKS`: `end.`, `Really?!`, `"Yes."`, `(no!)`;
    * but not if it is one of `abbreviations`: `Dr.`, `(e.g.`, `DR.` Case is ignored on both sides.

    A mark inside a word does not end anything: `3.14`, `v1.2`, `example.com`. (So a period that
    has no whitespace after it is not seen, and "at 5 p.m. Then" is not cut.)

    You know that a sentence and the whitespace after it are complete only when the next character
    that is not whitespace has come. Yield the sentence then. One token may complete several.

    No piece is longer than `max_chars` characters. When that many are in the buffer, and the next
    character does not show that a sentence is complete, cut the buffer after its last whitespace;
    if it has none, yield all of it. What comes after the cut begins the next piece. How you judge
    a word that a cut has split, or has separated from the whitespace after it, is up to you.

    At the end of the tokens comes the rest, whatever it is. The pieces depend only on the text,
    not on how it is cut into tokens.

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

    Two token events belong together if one comes directly after the other and they differ only in
    their `content`: both have the same `id`, and both have the same `metadata` or both have none.
    Join them into one, with all their text as its `content` and the rest as it was. Yield it

    * as soon as it has `max_chars` characters or more (content is never cut);
    * before the next event that does not belong to it: a token from another part, or any other
      type;
    * when the events end.

    Events of all other types, including `complete`, pass through as they are, immediately, and do
    not end anything. There may be types that nobody knows today; of their keys only `type` is
    certain. The events that you are given are not changed. What happens to a token event without
    text is up to you; so is whether it separates its neighbors, and whether an empty `metadata`
    counts as none.

    Raises:
        ValueError: if `max_chars` is less than 1.
    """
    raise NotImplementedError("Task 5 of 6: flush_on_event")
    yield  # makes this a generator; delete this line with the one above


async def debounce(source: AsyncIterator[T], interval: float) -> AsyncIterator[list[T]]:
    """Collect what comes within `interval` seconds in one list, a new one for each group.

    The first item of a group starts its time, and the others join it. Yield the group

    * `interval` seconds after its first item had come, whether the source is silent then or
      still busy; an item that comes at that very moment may go into this group or the next;
    * or as soon as the source ends, if that is earlier;
    * or as soon as the source raises an error: first the group, then the error as it is.

    Then wait for the first item of the next group; silence does not make empty groups. Never
    cancel a pull: an async generator whose pull was cancelled is over. While the caller works on a
    group, at most ten more items are pulled; what comes in that time begins the next group, and
    how it is grouped is up to you. However it ends, leave no task running, and close the source.
    Cancellation (`asyncio.CancelledError`) passes through.

    Args:
        source: the items, of any kind.
        interval: the longest time that an item is held back, in seconds.

    Raises:
        ValueError: if `interval` is not greater than 0.
    """
    raise NotImplementedError("Task 6 of 6: debounce")
    yield  # makes this a generator; delete this line with the one above
