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

    `chunk.content` is a `str`, or a list of blocks. A block is a `str`, or a dict whose "type"
    says what it is.

    * A `str` is text, and so is a block that is a `str`.
    * A block of the type "text" has its text under "text". It may be missing or None; then the
      block has no text.
    * A block of any other type (reasoning, an image, a tool call, a future type) has no text for
      the reader, whatever its keys are.

    The texts of all blocks are joined in order, unchanged and with nothing between them.
    LangChain's own `chunk.text` follows these rules, and you may use it.

    Returns:
        The text, or "" if there is none.
    """
    return chunk.text


def to_snapshots(deltas: Iterable[str]) -> Iterator[str]:
    """Turn deltas into snapshots.

    A delta is only the new text; a snapshot is all of the text so far. Yield one snapshot for each
    delta, before the next delta is pulled. An empty delta changes nothing, so it does not make a
    snapshot. An error in `deltas` passes through.
    """
    text = ""
    try:
        for delta in deltas:
            if delta:
                text += delta
                yield text
    finally:
        close_source(deltas)


def to_deltas(snapshots: Iterable[str]) -> Iterator[str]:
    """Turn snapshots into deltas.

    Each snapshot has to begin with the whole text of the one before it. Yield what it adds, in one
    piece, before the next snapshot is pulled. A snapshot that adds nothing does not make a delta.
    An error in `snapshots` passes through.

    Raises:
        ValueError: if a snapshot does not begin with the one before it, because it is shorter or
            says something else. What was shown cannot be taken back. The deltas of the snapshots
            before it are yielded first.
    """
    text = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(text):
                raise ValueError(f"the text changed within its first {len(text)} characters")
            if delta := snapshot[len(text) :]:
                yield delta
            text = snapshot
    finally:
        close_source(snapshots)


def decode_utf8(byte_chunks: Iterable[bytes]) -> Iterator[str]:
    """Decode UTF-8 that arrives in chunks of bytes, cut anywhere, even inside a character.

    * For each chunk, yield in one piece the text that it completes, before the next chunk is
      pulled. Only the beginning of one character may be held back for later: never more than three
      bytes. What Python's incremental decoder holds back is right. So is what a first byte asks
      for, even if no character begins like that.
    * Bytes that are not UTF-8 are not an error. The text of the whole stream is
      `b"".join(byte_chunks).decode("utf-8", errors="replace")`: what cannot be read becomes
      U+FFFD, and so does a character that the end of the stream cuts off.
    * An error in `byte_chunks` passes through. Whether what is held back comes out before it is
      up to you.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(byte_chunks)


def join_surrogates(tokens: Iterable[str]) -> Iterator[str]:
    """Put the two halves of split characters back together.

    JSON and JavaScript write a character above U+FFFF, such as most emoji, as two halves: a high
    one (U+D800 to U+DBFF) and right after it a low one (U+DC00 to U+DFFF). A stream can be cut
    between them. In Python, halves are surrogates: each is a `str` of length 1 that cannot be
    encoded or printed.

    * A high half and the low half right after it become the one character that they stand for.
      They may be in two tokens or in one, and empty tokens may come between them.
    * A half without its other half becomes U+FFFD, and so does a high half at the end of the
      stream.
    * All other text stays as it is. So the output can always be encoded.
    * For each token, yield in one piece the text that it completes, before the next token is
      pulled. Only one high half at the token's end may be held back for later.
    * An error in `tokens` passes through. Whether a half that is held back comes out before it
      is up to you.
    """
    # In UTF-16 a half is two bytes, and a decoder waits for the rest of a split character.
    decoder = codecs.getincrementaldecoder("utf-16-le")(errors="replace")
    try:
        for token in tokens:
            if text := decoder.decode(token.encode("utf-16-le", errors="surrogatepass")):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(tokens)


def merge_chunks(
    chunks: Iterable[AIMessageChunk], usage: Literal["sum", "last"] = "sum"
) -> AIMessage:
    """Merge the chunks of one answer into one message.

    LangChain's own addition, `add_ai_message_chunks(*chunks)`, does most of it: content, `id`,
    `additional_kwargs`, and which pieces make up one tool call, stay as it makes them. The message
    differs from it in four ways.

    * It is an `AIMessage`, no longer a chunk.
    * Words in `response_metadata`, such as its "finish_reason" and "model_name", are not joined:
      the last one that is neither None nor empty counts. If there is none, none is made up: the
      key may be absent, None or "". This applies to the values of `response_metadata` itself; what
      is inside a dict or list there stays as LangChain adds it.
    * `usage_metadata` is, with `usage="sum"`, the sum of everything that the chunks report. Some
      providers report what was used so far, again and again: with `usage="last"` the last report
      counts. If no chunk reports any, it is None.
    * A tool call whose arguments are whole goes in `tool_calls`: all its pieces together are one
      JSON object, read by `json.loads`. No arguments at all (None or "") become `{}`; spaces alone
      are not JSON. A name that never came is "". Every other call goes in `invalid_tool_calls`
      instead, including one whose arguments are nested too deeply for `json.loads`: with its name
      (None or "" if it never came) and id, its text as it came under "args", and the reason under
      "error", in your own words. The order of the calls is kept.

    The chunks are not changed. An error in `chunks` passes through, and so does the error that
    `add_ai_message_chunks` raises for chunks that it refuses to add.

    Raises:
        ValueError: if there are no chunks.
    """
    received = list(chunks)
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)

    words: dict[str, str] = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage

    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in merged.tool_call_chunks:
        name, args, id_ = call["name"], call["args"], call["id"]
        try:
            arguments = json.loads(args or "{}")
            if not isinstance(arguments, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:  # the second one for very deep nesting
            invalid.append(invalid_tool_call(name=name, args=args, id=id_, error=str(error)))
        else:
            calls.append(tool_call(name=name or "", args=arguments, id=id_))

    return AIMessage(
        content=merged.content,
        additional_kwargs=merged.additional_kwargs,
        response_metadata=merged.response_metadata | words,
        id=merged.id,
        usage_metadata=merged.usage_metadata if usage == "sum" else last_usage,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )
