"""Lesson 11: Chunks & Text.

Six tasks about what a stream is made of: chunks, text, bytes. Each docstring is the contract: what
it promises is what the tests check. Three rules hold for the four generators.

* A stream is lazy. Nothing is requested from the source before somebody asks you for a piece, and
  nothing more is requested than you need for the piece that you yield.
* A stream has an end, and it can come early. A generator closes its source when it is done:
  after the last piece, after an error, and when the caller stops in the middle. The source is
  what you were given. (`merge_chunks` reads to the end and has nothing to close.)
* No piece is empty. Input that adds no text does not make a piece.

What a docstring leaves open is not graded. All of them leave open what happens with an error that
the caller throws in (`throw`), or that closing raises.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-11. Try it: make play-11. Own code below? See line 19.")

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Literal

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall, ToolCall
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.messages.tool import invalid_tool_call, tool_call

# Given. There is nothing to do here, but use it.


def close_source(source: object) -> None:
    """Close `source` if it can be closed. A generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


# Your part.


def chunk_text(chunk: AIMessageChunk) -> str:
    """Return the text in one chunk of a model's answer.

    `chunk.content` is a `str`, or a list of blocks: each is a `str`, or a dict with a "type".

    * A `str` is text, and so is a block that is a `str`.
    * A block of the type "text" has its text under "text", which may be missing or None.
    * A block of any other type has no text for the reader, whatever its keys are.
    * The texts of all blocks are joined in order, unchanged, with nothing between them.

    >>> blocks = [{"type": "reasoning", "reasoning": "Hm"}, {"type": "text", "text": "It"}, " is"]
    >>> chunk_text(AIMessageChunk(blocks))
    'It is'

    Fine print:
    If "text" is missing or None, the block has no text. Other types are reasoning, an image, a tool
    call, or a future type. LangChain's own `chunk.text` follows these rules, and you may use it.

    Returns:
        The text, or "" if there is none.
    """
    raise NotImplementedError("Task 1 of 6: chunk_text")


def to_snapshots(deltas: Iterable[str]) -> Iterator[str]:
    """Turn deltas into snapshots.

    A delta is only the new text; a snapshot is all of the text so far.

    * Yield one snapshot for each delta.
    * An empty delta changes nothing, so it does not make a snapshot.
    * Yield a snapshot before the next delta is pulled.
    * However it ends, close `deltas`; an error from it passes through.

    >>> list(to_snapshots(["It", " is", " free."]))
    ['It', 'It is', 'It is free.']

    Fine print:
    Whitespace is text: a delta is empty only if it is "".
    """
    raise NotImplementedError("Task 2 of 6: to_snapshots")
    yield  # makes this a generator; delete this line with the one above


def to_deltas(snapshots: Iterable[str]) -> Iterator[str]:
    """Turn snapshots into deltas.

    A snapshot is all of the text so far; a delta is only the new text.

    * Yield what each snapshot adds to the one before it, in one piece.
    * A snapshot that adds nothing does not make a delta.
    * Raise `ValueError` if a snapshot does not begin with the whole text of the one before it.
    * Yield a delta before the next snapshot is pulled.
    * However it ends, close `snapshots`; an error from it passes through.

    >>> list(to_deltas(["It", "It is", "It is free."]))
    ['It', ' is', ' free.']

    Fine print:
    A snapshot is wrong if it is shorter than the one before it, or says something else: what was
    shown cannot be taken back. The deltas of the snapshots before it are yielded first.
    """
    raise NotImplementedError("Task 3 of 6: to_deltas")
    yield  # makes this a generator; delete this line with the one above


def decode_utf8(byte_chunks: Iterable[bytes]) -> Iterator[str]:
    """Decode UTF-8 that arrives in chunks of bytes, cut anywhere, even inside a character.

    * A character that is cut comes out whole.
    * For each chunk, yield in one piece the text that it completes, if there is any.
    * Yield it before the next pull. Hold back only the beginning of one character.
    * Bytes that are not UTF-8 are not an error: they become U+FFFD.
    * So does a character that the end of the stream cuts off.
    * However it ends, close `byte_chunks`; an error from it passes through.

    >>> euro = "€".encode()  # three bytes
    >>> list(decode_utf8([b"Only 5 " + euro[:1], euro[1:], b" today"]))
    ['Only 5 ', '€', ' today']

    Fine print:
    The text of the whole stream is `b"".join(byte_chunks).decode("utf-8", errors="replace")`.

    What cannot be read becomes U+FFFD. Never more than three bytes are held back. What Python's
    incremental decoder holds back is right. So is what a first byte asks for, even if no character
    begins like that. Whether what is held back comes out before an error is up to you.
    """
    raise NotImplementedError("Task 4 of 6: decode_utf8")
    yield  # makes this a generator; delete this line with the one above


def join_surrogates(tokens: Iterable[str]) -> Iterator[str]:
    """Put the two halves of split characters back together.

    JSON and JavaScript write most emoji as two halves, a high and a low one. A stream can be cut
    between them.

    * A high half and the low half right after it become one character, even in two tokens.
    * A half without its other half becomes U+FFFD.
    * All other text stays as it is.
    * For each token, yield in one piece the text that it completes, before the next pull.
    * However it ends, close `tokens`; an error from it passes through.

    >>> high, low = chr(0xD83D), chr(0xDE00)
    >>> list(join_surrogates(["So " + high, low + " good"]))
    ['So ', '😀 good']

    Fine print:
    JSON and JavaScript write all characters above U+FFFF as two halves: a high one (U+D800 to
    U+DBFF) and right after it a low one (U+DC00 to U+DFFF). In Python, halves are surrogates: each
    is a `str` of length 1 that cannot be encoded or printed. The output has none, so it can always
    be encoded.

    The two halves may be in two tokens or in one, and empty tokens may come between them. They
    become the one character that they stand for. Only one high half at the token's end may be held
    back for later; at the end of the stream it becomes U+FFFD. Whether a half that is held back
    comes out before an error is up to you.
    """
    raise NotImplementedError("Task 5 of 6: join_surrogates")
    yield  # makes this a generator; delete this line with the one above


def merge_chunks(
    chunks: Iterable[AIMessageChunk], usage: Literal["sum", "last"] = "sum"
) -> AIMessage:
    """Merge the chunks of one answer into one message.

    LangChain's own addition, `add_ai_message_chunks(*chunks)`, does most of it.

    * The message is an `AIMessage`, no longer a chunk.
    * Words in `response_metadata` are not joined: the last one counts.
    * `usage_metadata` is the sum of all reports or, with `usage="last"`, the last one.
    * A tool call whose arguments are one whole JSON object goes in `tool_calls`.
    * Every other call goes in `invalid_tool_calls`, as it came.
    * Everything else stays as LangChain's addition makes it.
    * The chunks are not changed.

    >>> said = {"model_name": "small"}
    >>> chunks = [AIMessageChunk(text, response_metadata=said) for text in ("It is", " free.")]
    >>> message = merge_chunks(chunks)
    >>> message.text, message.response_metadata
    ('It is free.', {'model_name': 'small'})

    Fine print:
    Content, `id`, `additional_kwargs`, and which pieces make up one tool call, stay as LangChain
    makes them.

    Words: a value of `response_metadata` that is a string, such as its "finish_reason" and
    "model_name". The last one that is neither None nor empty counts. If there is none, none is made
    up: the key may be absent, None or "". What is inside a dict or list there stays as LangChain
    adds it.

    Usage: with "sum", it is the sum of everything that the chunks report. Some providers report
    what was used so far, again and again: that is what "last" is for. If no chunk reports any, it
    is None.

    Tool calls: the arguments are all pieces of a call together, read by `json.loads`. No arguments
    at all (None or "") become `{}`; spaces alone are not JSON. A name that never came is "".

    Invalid calls: each has its name (None or "" if it never came) and id, its text as it came under
    "args", and the reason under "error", in your own words. A call whose arguments are nested too
    deeply for `json.loads` is one of them. The order of the calls is kept.

    An error in `chunks` passes through, and so does the error that `add_ai_message_chunks` raises
    for chunks that it refuses to add.

    Raises:
        ValueError: if there are no chunks.
    """
    raise NotImplementedError("Task 6 of 6: merge_chunks")
