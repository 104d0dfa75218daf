"""Lesson 09: Streaming.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, `text` makes words that differ from seed to seed, and time is virtual: a pause of an hour
takes no time.
"""

from __future__ import annotations

import asyncio
import io
import math
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from itertools import accumulate, chain
from types import MappingProxyType
from typing import ClassVar

from hypothesis.strategies import booleans, fixed_dictionaries, lists, none, sampled_from, tuples
from langchain_core.callbacks import adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from course.fakes.display import Display
from course.fakes.replay import Replay, chunk_of
from course.fakes.script import Fail, Hang, Pause, Reasoning, Reply, ToolCall
from course.fakes.sources import AsyncSource, Source
from course.grade.differences import check_same, same_value
from course.grade.expect import Words, check, in_process, keeps, raises
from course.grade.model_checks import acheck_model_closed, check_model_closed, check_not_asked
from course.grade.scenarios import (
    BLANKS,
    EACH_TEXT,
    TEXTS,
    Ending,
    Stop,
    Stranger,
    Together,
    any_ending,
    any_error,
    any_text,
    any_tokens,
    each,
    repeated,
    together,
)
from course.grade.stream_checks import (
    ASKED_AGAIN,
    CLOSE,
    LAZY,
    SAME_ERROR,
    UNNOTICED,
    cancel_while_it_waits,
    check_closed,
    check_lazy,
    check_not_ahead,
    check_nothing_runs_on,
    joined,
    not_for_ever,
    passes_on,
    same,
    seconds,
    take,
    with_arrival,
)
from course.grade.stream_promises import (
    AT_THE_END,
    NOT_BY_ITSELF,
    StreamPromises,
    acheck_apart,
    check_apart,
    one_by_one,
)
from course.grade.value_checks import Explained, never, refused, unchanged

KEEPS = StreamPromises(at_once=True)
OF_A_MODEL = StreamPromises(at_once=True, reads_lists=False)
OF_CHUNKS = StreamPromises(at_once=True, closes=False)

EACH_TOKEN = (
    *(["a", text, "b"] for text in (*TEXTS, "\n\n", "```", "*", "\u2026")),
    ["a", "a", "a", "b", "b"],
)
"""Each kind of text, for what hands out a token as it is."""

AT_EDGES = tuple([text, "a", text] for text in ("", *BLANKS[:5], "\ufeff", "\u200b", "[DONE]"))
"""The first and the last token."""

STOPS = (KeyboardInterrupt(), SystemExit(), Stop())
"""What is not an Exception: it stops the program, or a part of it."""

BROKEN = (
    *(kind("of the source") for kind in (ConnectionError, ValueError, KeyError, TimeoutError)),
    *(kind("of the source") for kind in (RuntimeError, MemoryError, Stranger)),
    ExceptionGroup("of the source", [ValueError("in it")]),
)
"""What breaks a stream."""

ONLY_EMPTY = "(The handler for '' is for the type '' only.)"


class Watched(Source):
    """A source that tells when it is asked."""

    def __init__(self, items, is_asked):
        super().__init__(items)
        self._is_asked = is_asked

    def __next__(self):
        self._is_asked(self.pulled)
        return super().__next__()


def figures(metrics):
    """What was measured, to be shown."""
    ttft = "None" if metrics.ttft is None else f"{metrics.ttft:.3g}"
    return Words(
        f"ttft={ttft}, total={metrics.total:.3g}, chunks={metrics.chunks}, "
        f"chars={metrics.chars}, completed={metrics.completed}"
    )


NO_TEXT = (
    [],
    [{"type": "reasoning", "reasoning": "Hm."}],
    [{"type": "text", "text": ""}],
    {"content": "", "response_metadata": {"finish_reason": "stop"}},
    {"content": "", "usage_metadata": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}},
    {"content": "", "tool_call_chunks": [{"name": "f", "args": "", "id": "1", "index": 0}]},
)
"""Chunks without text: see `chunk_of`."""

WITH_TEXT = (
    [{"type": "text", "text": "x"}],
    [{"type": "text", "text": " "}],
    ["x"],
    [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "x"}],
    {"content": "x", "response_metadata": {"finish_reason": "stop"}},
    {"content": "x", "tool_call_chunks": [{"name": "f", "args": "", "id": "1", "index": 0}]},
    {"content": "x", "chunk_position": "last"},
    {"content": "x", "additional_kwargs": {"reasoning_content": "Hm."}, "id": "run-1"},
)
"""Chunks with text that something else comes with."""

EACH_PART = (*EACH_TOKEN, *(["a", part, "b"] for part in (*NO_TEXT, *WITH_TEXT)))


def any_parts():
    """The chunks of an answer: see `chunk_of`."""
    return repeated(any_text() | any_text() | sampled_from(NO_TEXT + WITH_TEXT))


def text_of(part):
    """The text of a chunk."""
    if isinstance(part, dict):
        return text_of(part["content"])
    if isinstance(part, list):
        texts = [block if isinstance(block, str) else block.get("text", "") for block in part]
        return joined(texts)
    return part


def texts_of(parts):
    """The texts that are not empty, each with the number of chunks that it needs."""
    texts = enumerate(map(text_of, parts), 1)
    return [(text, count) for count, text in texts if text]


def prompts_of(model):
    """What a model was asked, as text."""
    prompts = [[prompt] if isinstance(prompt, str) else prompt for prompt in model.prompts]
    return [joined(getattr(part, "content", part) for part in prompt) for prompt in prompts]


ENDINGS = (
    *(Ending(stop_after=count) for count in (1, 2, 3)),
    *(Ending(error=error) for error in STOPS),
    Ending(),
)
"""How it ends if no Exception ends it."""

EACH_ENDING = (
    *ENDINGS,
    *(
        Ending(error=kind("of the source"))
        for kind in (ConnectionError, ValueError, KeyError, TimeoutError, RuntimeError, Stranger)
    ),
)
"""How it ends."""


def in_async(endings):
    """Endings without errors that an event loop lets nobody catch who reads in a task."""
    unlike = KeyboardInterrupt | SystemExit
    return tuple(ending for ending in endings if not isinstance(ending.error, unlike))


def chunks_of(*parts):
    """Chunks of an answer: see `chunk_of`."""
    return [chunk_of(part) for part in parts]


class TestVisibleText(Explained):
    """The text of each chunk comes, if it has any."""

    WHY: ClassVar = {
        "it yields chunks instead of their text": "A chunk is an object. Its text is chunk.text.",
        "everything comes in one piece": "Yield inside the loop, once for each chunk that has "
        "text. Do not join the texts first.",
        "each piece repeats all the text before it": "Yield only the text of this chunk. Whoever "
        "reads your generator joins the pieces.",
        "it yields empty strings": "A chunk may have no text. Look at chunk.text before you yield "
        "it.",
        "only the first text comes": "return ends the generator, and break ends the loop. Go on "
        "until there are no more chunks.",
        "the texts are not those of the chunks": "Yield each chunk.text just as it is. Many begin "
        "with the space that separates them from the word before.",
        "spaces or line breaks are lost": "A text that is only a space is text too: the next word "
        "needs it. Skip a chunk only if its text is empty.",
        "a chunk without text is taken for the end": "A model may think in the middle of its "
        "answer. Skip the chunk, and go on.",
        "it shows what is not text": "chunk.content may also hold reasoning. chunk.text is only "
        "the text.",
        "a chunk without text confuses it": "Yield the text of each chunk that has some, and "
        "nothing for the others.",
        "it takes more chunks than it needs for a text": "Someone is reading along. Loop over the "
        "chunks, and yield inside the loop, so that each text comes when its chunk does.",
    }

    @keeps(1)
    def test_the_text_of_each_chunk_comes(self, answers, text):
        texts = text.tokens(4)
        got = list(answers.visible_text(chunks_of(*texts)))
        must = self.against(texts)
        must(all(isinstance(one, str) for one in got), "it yields chunks instead of their text")
        must(got != [joined(texts)], "everything comes in one piece")
        must(got != list(accumulate(texts)), "each piece repeats all the text before it")
        must(got != texts[:1], "only the first text comes")
        must(got == texts, "the texts are not those of the chunks")

    @keeps(1)
    def test_a_space_is_text(self, answers, text):
        texts = ["  ", text.word(), " ", "\n", "\n", text.word(), " "]
        got = list(answers.visible_text(chunks_of(*texts)))
        self.must(got == texts, "spaces or line breaks are lost", texts)

    @keeps(2)
    def test_a_chunk_without_text_is_skipped(self, answers, text):
        texts, secret = text.tokens(3), text.secret()
        thinks = [{"type": "reasoning", "reasoning": secret}]
        chunks = chunks_of(thinks, texts[0], "", *texts[1:], thinks)
        got = list(answers.visible_text(chunks))
        must = self.against(texts)
        must(secret not in joined(got), "it shows what is not text")
        must("" not in got, "it yields empty strings")
        must(got != texts[:1], "a chunk without text is taken for the end")
        must(got == texts, "a chunk without text confuses it")

    @keeps(3)
    def test_each_text_comes_before_the_next_chunk_is_taken(self, answers, text):
        source = Source(chunks_of(*text.tokens(5)))
        stream = answers.visible_text(source)
        for count, _ in enumerate(stream, 1):
            self.in_words(
                source.asked <= count,
                "it takes more chunks than it needs for a text",
                f"{count} taken when text {count} comes",
                f"{source.asked} taken",
            )

    def test_any_chunks(self, search):
        def promise(answers, parts, error):
            def texts(chunks):
                return [(str(one.text), count) for count, one in enumerate(chunks, 1) if one.text]

            OF_CHUNKS.check(answers.visible_text, chunks_of(*parts), Ending(error=error), texts)

        always = [
            together(parts=EACH_PART, error=None),
            *each(parts=AT_EDGES, error=None),
            *each(error=(*BROKEN, *STOPS), parts=["a", "", "b", "c"]),
        ]
        search(promise, *always, parts=any_parts(), error=none() | any_error())

    def test_two_streams_are_apart(self, answers):
        check_apart(
            lambda source: (text for text in answers.visible_text(source)),
            chunks_of("a", "", "b", "b"),
            chunks_of("c", "d", "e"),
        )


class TestStreamTokens(Explained):
    """The text of a model's answer comes token by token, as it arrives."""

    WHY: ClassVar = {
        "a finish_reason is taken for the end": "A chunk may say why the answer ends, and another "
        "one may still follow. The stream ends when there are no more chunks.",
        "it yields chunks instead of their text": "model.stream() gives AIMessageChunk objects. "
        "The text of one is chunk.text.",
        "everything comes in one piece": "The answer was collected first. Yield the text of each "
        "chunk inside the loop.",
        "each piece repeats all the text before it": "Joined together, the pieces repeat most of "
        "the text many times. Yield only what is new: the text of this chunk.",
        "the text is not the model's": "Yield the text of each chunk just as it is, spaces "
        "included.",
        "it yields empty strings": "The last chunk carries only the finish_reason and the token "
        "count. Skip a chunk without text.",
        "the tokens are cut differently from the model's": "Yield the text of each chunk just as "
        "it is.",
        "the model gets another prompt, or is asked again": "Call model.stream(prompt) once, with "
        "the prompt as it is.",
        "spaces or line breaks are lost": "A token that is only a space is text too. Skip a chunk "
        "only if its text is empty.",
        "it reads only content that is a string": "Some models send a list of blocks. chunk.text "
        "is the text in both cases.",
        "it shows the model's reasoning or its tool calls": "chunk.text has only the text blocks; "
        "reasoning and tool calls are not shown.",
        "a chunk without text is taken for the end": "A model may think again in the middle of its "
        "answer. Skip the chunk and go on: a stream ends when there are no more chunks.",
        "a chunk without text confuses it": "Reasoning and tool calls come in chunks whose text is "
        "empty. Skip them.",
        "the first token is not the model's first": "Yield the text of each chunk, in order.",
        "tokens before an error are lost": "Hand out each token at once; then an error cannot take "
        "it away.",
    }

    @keeps(1)
    def test_text_comes_token_by_token(self, answers, play, text):
        tokens = text.tokens(6)
        model = play(Reply(*tokens))
        prompt = f"Tell me about {text.word()}."
        got = list(answers.stream_tokens(model, prompt))
        must = self.against(tokens)
        must(all(isinstance(token, str) for token in got), "it yields chunks instead of their text")
        must(len(got) != 1 or len(tokens) == 1, "everything comes in one piece")
        must(
            got[: len(tokens)] != list(accumulate(tokens)),
            "each piece repeats all the text before it",
        )
        must(joined(got) == joined(tokens), "the text is not the model's")
        must("" not in got, "it yields empty strings")
        must(got == tokens, "the tokens are cut differently from the model's")
        asked = [call.messages[-1].text for call in model.transcript]
        self.equal(asked, [prompt], "the model gets another prompt, or is asked again")

    @keeps(1)
    def test_spaces_and_line_breaks_are_text(self, answers, play, text):
        tokens = ["  ", text.word(), " ", text.word(), "\n", "\n", text.word(), " "]
        model = play(Reply(*tokens))
        got = list(answers.stream_tokens(model, "Write two lines."))
        self.must(got == tokens, "spaces or line breaks are lost", tokens)

    @in_process("OpenAI's protocol has no such blocks")
    @keeps(1)
    def test_content_may_be_a_list_of_blocks(self, answers, play, text):
        tokens = text.tokens(3)
        model = play(Reply(*tokens, blocks=True))
        got = list(answers.stream_tokens(model, "Hello?"))
        self.must(got == tokens, "it reads only content that is a string", tokens)

    @in_process("OpenAI's protocol carries no reasoning")
    @keeps(2)
    def test_only_text_counts(self, answers, play, text):
        tokens = text.tokens(3)
        secret = text.secret()
        thinks = Reasoning(secret)
        call = ToolCall("search", {"for": secret})
        model = play(Reply(thinks, tokens[0], thinks, *tokens[1:], call))
        got = list(answers.stream_tokens(model, "Hello?"))
        must = self.against(tokens)
        must(secret not in joined(got), "it shows the model's reasoning or its tool calls")
        must(got != tokens[:1], "a chunk without text is taken for the end")
        must(got == tokens, "a chunk without text confuses it")

    @keeps(3)
    def test_nothing_happens_before_the_first_token(self, answers, play, text):
        tokens = text.tokens(2)
        model = play(Reply(*tokens))
        stream = answers.stream_tokens(model, "Hello?")
        check_not_asked(model)
        self.must(
            next(stream) == tokens[0], "the first token is not the model's first", [tokens[0]]
        )

    @in_process("a network reads ahead")
    @keeps(3)
    def test_one_chunk_is_pulled_for_one_token(self, answers, play, text):
        tokens = text.tokens(5)
        model = play(Reply(*tokens))
        stream = answers.stream_tokens(model, "Hello?")
        for count in range(1, 4):
            next(stream)
            pulled = model.transcript[0].pulled
            check_not_ahead(pulled, count)

    @keeps(4)
    def test_stopping_closes_the_model(self, answers, play, text):
        model = play(Reply(*text.tokens(9), Hang()))
        stream = answers.stream_tokens(model, "Hello?")
        next(stream), next(stream)
        stream.close()
        check_model_closed(model.transcript[0])

    @in_process("an error cannot travel; the client raises its own")
    @keeps(5)
    def test_an_error_passes_through(self, answers, play, text):
        for tokens in (text.tokens(2), []):
            error = ConnectionError(text.word())
            model = play(Reply(*tokens, Fail(error)), Reply(*text.tokens(2)))
            stream = answers.stream_tokens(model, "Hello?")
            got = []
            with passes_on(error, "the model"):
                for token in stream:
                    got.append(token)
                self.must(len(model.transcript) == 1, "it asks the model again", why=ASKED_AGAIN)
            self.must(got == tokens, "tokens before an error are lost", tokens)

    def test_a_finish_reason_is_not_the_end(self, answers, text):
        tokens, last = text.tokens(3), {"finish_reason": "stop"}
        parts = [tokens[0], {"content": tokens[1], "response_metadata": last}, tokens[2]]
        model = Replay(Source(parts))
        got = list(answers.stream_tokens(model, "Hello?"))
        self.must(got == tokens, "a finish_reason is taken for the end", tokens)

    def test_any_chunks(self, search):
        def promise(answers, parts, prompt, ending):
            models = []

            def read(source):
                models.append(Replay(source))
                return answers.stream_tokens(models[0], prompt)

            OF_A_MODEL.check(read, parts, ending, texts_of)
            asked = prompts_of(models[0])
            self.equal(asked, [prompt], "the model gets another prompt, or is asked again")

        always = [
            together(parts=EACH_PART, prompt="Hello?", ending=Ending()),
            *each(parts=AT_EDGES, prompt="Hello?", ending=Ending()),
            *each(ending=EACH_ENDING, parts=["a", "", "b", "c"], prompt=" "),
        ]
        search(promise, *always, parts=any_parts(), prompt=any_text(), ending=any_ending())

    def test_two_streams_are_apart(self, answers):
        check_apart(
            lambda source: answers.stream_tokens(Replay(source), "Hello?"),
            ["a", "", "b", "b"],
            ["c", "d", "e"],
        )


class TestWriteStream(Explained):
    """Each token is written so that a person sees it at once."""

    WHY: ClassVar = {
        "it closes `out`": "The caller opened it and will close it. A screen is needed for the "
        "next answer, too.",
        "nothing is written to `out`": "print() goes to the screen of this program unless you say "
        "file=out.",
        "it adds line breaks": 'print() ends with a line break unless you say end="". The only '
        "line breaks are those in the tokens.",
        "what is written is not the text": "Write each token as it is, with nothing before or "
        "after it.",
        "a token is not seen until later": "Output waits in a buffer until it is flushed. Write "
        "and flush each token before you pull the next one.",
        "the last token is not flushed": "Flush after every token, the last one included.",
        "it counts tokens, not characters": "A token may have many characters: add up len(token).",
        "it counts bytes, not characters": "Many characters take more than one byte, and a "
        "position in a file counts bytes. len() of a str counts characters.",
        "it does not return the number of characters": "Add up len(token) of all tokens.",
        "without tokens it does not return 0": "Without tokens there are no characters.",
        "what has arrived is not on the screen": "Write each token when it comes, not all of them "
        "at the end.",
        "it makes its reader wait": "A token is there to be read at once. Do not sleep.",
    }

    @keeps(1)
    def test_the_text_is_written_unchanged(self, answers, text):
        tokens = [*text.tokens(5), "\n", text.word()]
        out = Display()
        answers.write_stream(tokens, out)
        self.must(not out.closed, "it closes `out`", Words("still open"), Words("closed"))
        written = out.getvalue()
        must = self.against(joined(tokens), written)
        must(written != "", "nothing is written to `out`")
        must(
            written == joined(tokens) or written.split() != joined(tokens).split(),
            "it adds line breaks",
        )
        must(written == joined(tokens), "what is written is not the text")

    @keeps(2)
    def test_each_token_is_seen_before_the_next_is_pulled(self, answers, text):
        tokens = text.tokens(4)
        out = Display()
        seen = []

        def source():
            for token in tokens:
                seen.append(out.visible)
                yield token

        answers.write_stream(source(), out)
        wanted = [joined(tokens[:count]) for count in range(4)]
        self.in_words(
            seen == wanted,
            "a token is not seen until later",
            f"on the screen before each pull: {wanted}",
            f"on the screen before each pull: {seen}",
        )
        self.equal(out.visible, joined(tokens), "the last token is not flushed")

    @keeps(3)
    def test_it_returns_the_number_of_characters(self, answers, text):
        tokens = ["Grüße", " 👋 ", *text.tokens(3)]
        nothing = "Return the number of characters written."
        for out in (Display(), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")):
            got = answers.write_stream(tokens, out)
            must = self.against(len(joined(tokens)))
            must(got is not None, "it returns nothing", why=nothing)
            must(got != len(tokens), "it counts tokens, not characters")
            must(got != len(joined(tokens).encode()), "it counts bytes, not characters")
            must(
                got == len(joined(tokens)) and isinstance(got, int),
                "it does not return the number of characters",
            )
        self.must(
            answers.write_stream([], Display()) == 0, "without tokens it does not return 0", 0
        )

    @keeps(4)
    def test_what_was_written_stays_when_the_stream_breaks(self, answers, text):
        tokens = text.tokens(3)
        error = ConnectionError(text.word())
        out = Display()
        with passes_on(error):
            answers.write_stream(Source([*tokens, error]), out)
        self.equal(out.visible, joined(tokens), "what has arrived is not on the screen")

    def test_any_tokens(self, search):
        def promise(answers, tokens, error):
            out, seen, start = Display(), [], time.monotonic()

            def is_asked(count):
                seen.append((joined(tokens[:count]), out.visible))

            source = Watched([*tokens, *([error] if error else [])], is_asked)
            with passes_on(error) if error else nullcontext():
                got = answers.write_stream(source, out)
            self.in_words(not out.closed, "it closes `out`", "still open", "closed")
            check_same([out.getvalue()], [joined(tokens)], tokens, lambda tokens: [joined(tokens)])
            for wanted, shown in seen:
                self.in_words(
                    shown == wanted,
                    "a token is not seen until later",
                    f"on the screen before the next pull: {wanted!r}",
                    f"on the screen before the next pull: {shown!r}",
                )
            self.equal(out.visible, joined(tokens), "what has arrived is not on the screen")
            took = time.monotonic() - start
            self.in_words(took == 0, "it makes its reader wait", "0 s", f"{took:g} s")
            if error is None:
                length = sum(map(len, tokens))
                must = self.against(length, got)
                must(same_value(got, length), "it does not return the number of characters")

        always = [
            together(tokens=EACH_TOKEN, error=None),
            *each(tokens=AT_EDGES, error=None),
            *each(tokens=["a"], error=BROKEN + STOPS),
        ]
        search(promise, *always, tokens=any_tokens(), error=none() | any_error())


TAILS = tuple(["a.", *tail] for tail in ([" "], ["\n"], ["\u00a0"], ["\u200b"], ["", "0"], [""]))


def any_limits():
    """The arguments of buffer_stream."""
    marks = ((".", "!", "?"), (";", "->"), ("\n",), ("é", "漢"), ("ab",), ("...",), ())
    limits = {
        "max_chars": sampled_from((1, 2, 3, 5, 9, 49, 50, 1000)),
        "marks": sampled_from(marks),
    }
    return fixed_dictionaries({}, optional=limits)


def buffered(tokens, max_chars=50, marks=(".", "!", "?")):
    """The pieces that have to come."""
    held = ""
    for count, token in enumerate(tokens, 1):
        held += token
        if len(held) >= max_chars or any(held.endswith(mark) for mark in marks):
            yield held, count
            held = ""
    if held:
        yield held, AT_THE_END


class TestBufferStream(Explained):
    """Tokens come out in larger pieces, and nothing is lost."""

    WHY: ClassVar = {
        "the end of the text is lost": "What is still in the buffer when the stream ends must be "
        "yielded, too.",
        "spaces or line breaks are lost or added": "White space is text. Do not strip the buffer, "
        "and do not join with spaces.",
        "it cuts a token in two": "max_chars says when a piece is long enough, not how long it may "
        "be.",
        "a piece comes out before it is full": "max_chars says when a piece is long enough, not "
        "how long it may be. Add the token first, then see whether the buffer is full.",
        "a buffer that is just full does not come out": "A buffer of exactly max_chars characters "
        "is full: compare with >=.",
        "a full buffer does not come out": "Add a token; if the buffer now has max_chars "
        "characters or more, yield it.",
        "it counts bytes, not characters": "Many characters take more than one byte. len() of a "
        "str counts characters.",
        "a full buffer does not come out, or another one does": "Without max_chars, 50 characters "
        "are enough. A space is a character, too.",
        "it yields an empty piece": "At the end, yield the buffer only if something is in it.",
        "it yields a piece although there are no tokens": "At the end, yield the buffer only if "
        "something is in it.",
        "text is lost or changed": "Joined together, the pieces must be the same as the tokens "
        "joined together.",
        "a piece does not end at the marks": "Yield the buffer when it ends with one of `marks`: "
        '".", "!" or "?" by default.',
        "something other than a mark ends a piece": "A line break or a comma is not a mark unless "
        "`marks` has it.",
        "a mark that is not at the end ends a piece": "A file name or a number may have a period "
        "in the middle. Look only at the end of the buffer.",
        "a mark that is split over two tokens is missed": "A piece ends when the buffer ends with "
        "a mark. The last token may be only part of the mark.",
        "it does not use the marks it is given": "str.endswith() takes a whole tuple: "
        "buffer.endswith(marks).",
        "max_chars=1 does not work": "One character is the smallest limit: each token is a piece.",
    }

    @keeps(3)
    def test_the_tail_comes_out(self, answers, text):
        first, second, third = text.word(), " " + text.word(), text.word()
        got = list(answers.buffer_stream([first, second, third], max_chars=12))
        self.must(
            joined(got).endswith(third), "the end of the text is lost", [first + second, third]
        )

    @keeps(4)
    def test_nothing_is_changed(self, answers, text):
        tokens = ["\n", text.word(), "  ", " ", text.word(), ".", "  ", text.word(), "\n\n"]
        got = list(answers.buffer_stream(tokens, max_chars=9))
        self.equal(joined(got), joined(tokens), "spaces or line breaks are lost or added")

    @keeps(4)
    def test_a_token_is_never_cut(self, answers, text):
        long = text.word() * 4
        tokens = [text.word(), long, text.word()]
        wanted = [tokens[0] + long, tokens[2]]
        got = list(answers.buffer_stream(tokens, max_chars=10))
        must = self.against(wanted)
        must(
            {*accumulate(map(len, got))} <= {*accumulate(map(len, tokens))},
            "it cuts a token in two",
        )
        must(got[0] != tokens[0], "a piece comes out before it is full")

    @keeps(1)
    def test_a_full_buffer_comes_out(self, answers, text):
        tokens = [text.word() for _ in range(5)]
        wanted = [joined(tokens[:2]), joined(tokens[2:4]), tokens[4]]
        got = list(answers.buffer_stream(tokens, max_chars=12))
        must = self.against(wanted)
        must(
            got != [joined(tokens[:3]), joined(tokens[3:])],
            "a buffer that is just full does not come out",
        )
        must(got == wanted, "a full buffer does not come out")

    @keeps(1)
    def test_fifty_characters_are_a_full_buffer(self, answers, text):
        whole = (f"{text.word()}  é👋 " * 12)[:120]
        wanted = [whole[:50], whole[50:100], whole[100:]]
        got = list(answers.buffer_stream(list(whole)))
        bytes_in_first = len(joined(got[:1]).encode())
        must = self.against(wanted)
        must(
            len(joined(got[:1])) >= 49 or not 50 <= bytes_in_first < 54,
            "it counts bytes, not characters",
        )
        must(got == wanted, "a full buffer does not come out, or another one does")

    def test_no_piece_is_empty(self, answers, text):
        word = text.word()
        got = list(answers.buffer_stream(["", word, "", ".", "", ""], max_chars=50))
        self.must(got == [f"{word}."], "it yields an empty piece", [f"{word}."])
        self.must(
            list(answers.buffer_stream([])) == [],
            "it yields a piece although there are no tokens",
            [],
        )

    @keeps(2)
    def test_a_mark_ends_a_piece(self, answers, text):
        words = [text.word() for _ in range(4)]
        tokens = [words[0], ".", f" {words[1]}", "!", f" {words[2]}", "?", f" {words[3]}", ". "]
        wanted = [f"{words[0]}.", f" {words[1]}!", f" {words[2]}?", f" {words[3]}. "]
        got = list(answers.buffer_stream(tokens))
        must = self.against(wanted)
        must(joined(got) == joined(tokens), "text is lost or changed")
        must(got == wanted, "a piece does not end at the marks")

    @keeps(2)
    def test_a_mark_in_the_middle_ends_nothing(self, answers, text):
        tokens = [f"{text.word()}.{text.word()}", f" {text.word()}? ", text.word(), "\n", ",", "!"]
        got = list(answers.buffer_stream(tokens))
        must = self.against([joined(tokens)])
        must(
            not any(piece.endswith(("\n", ",")) for piece in got),
            "something other than a mark ends a piece",
        )
        must(got == [joined(tokens)], "a mark that is not at the end ends a piece")

    @keeps(2)
    def test_other_marks_can_be_given(self, answers, text):
        words = [text.word() for _ in range(5)]
        tokens = [words[0], ";", words[1], ".", words[2], "->", words[3], "-", ">", words[4]]
        wanted = [joined(tokens[:2]), joined(tokens[2:6]), joined(tokens[6:9]), tokens[9]]
        got = list(answers.buffer_stream(tokens, marks=(";", "->")))
        must = self.against(wanted)
        must(
            got != [*wanted[:2], joined(wanted[2:])],
            "a mark that is split over two tokens is missed",
        )
        must(got == wanted, "it does not use the marks it is given")

    @keeps(5)
    def test_it_asks_for_no_more_than_it_needs(self, answers, text):
        source = Source([text.word() for _ in range(6)])
        stream = answers.buffer_stream(source, max_chars=12)
        check_lazy(source, "it reads before anybody asks for a piece")
        next(stream)
        check_not_ahead(
            source.pulled,
            2,
            "Yield a piece as soon as it is full, inside the loop over the tokens.",
        )

    @keeps(6)
    def test_stopping_closes_the_source(self, answers, text):
        source = Source([text.word() for _ in range(6)])
        stream = answers.buffer_stream(source, max_chars=5)
        next(stream)
        stream.close()
        check_closed(source)

    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([f"{text.word()}.", text.word(), error])
        with passes_on(error):
            list(answers.buffer_stream(source))

    @keeps(7)
    def test_max_chars_must_be_positive(self, answers, text):
        for wrong, tokens in (0, [text.word()]), (-1, [text.word()]), (0, []):
            with refused(f"max_chars={wrong}", "A limit below one character makes no sense"):
                list(answers.buffer_stream(tokens, max_chars=wrong))
        short = list(answers.buffer_stream(["a", "b"], max_chars=1))
        self.must(short == ["a", "b"], "max_chars=1 does not work", ["a", "b"])

    def test_any_tokens(self, search):
        def promise(answers, tokens, limits, ending):
            KEEPS.check(
                lambda source: answers.buffer_stream(source, **limits),
                tokens,
                ending,
                lambda tokens: buffered(tokens, **limits),
            )

        others = {"max_chars": 2, "marks": ("...", "\n")}
        fifty = ({}, {"max_chars": 50}, {"max_chars": 51}, {"max_chars": 101}, {"max_chars": 102})
        always = [
            together(tokens=EACH_TEXT, limits={}, ending=Ending()),
            together(tokens=EACH_TEXT, limits=others, ending=Ending()),
            *each(tokens=["a"] * 101, limits=fifty, ending=Ending()),
            *each(tokens=(*TAILS, ["a", "\n\n", "b"]), limits={}, ending=Ending()),
            *each(tokens=(["a.", "b"],), limits={"marks": ()}, ending=Ending()),
            *each(ending=EACH_ENDING, tokens=["a.", "b", "c.", "d"], limits={}),
        ]
        search(
            promise,
            *always,
            tokens=any_tokens(),
            limits=any_limits(),
            ending=any_ending(),
        )

    def test_two_streams_are_apart(self, answers):
        tokens, others = ["a", "b", "b.", "c"], ["d", "e", "f"]
        check_apart(lambda source: answers.buffer_stream(source, max_chars=2), tokens, others)


ANSWERS = (None, True, False, "stop", 0, "")
"""What a handler may return: nobody looks at it."""


class TestCollectResponse(Explained):
    """The whole answer is returned, and each token reported on the way."""

    WHY: ClassVar = {
        "it stops at an empty token": "An empty token is not the end. A stream ends when there are "
        "no more tokens.",
        "the text is not all tokens joined": "Join the tokens with nothing in between, and strip "
        'nothing: "".join(parts).',
        "without tokens it does not return an empty text": "An empty list joined is an empty "
        "string.",
        "not every token is reported once": 'Call on_token(token) for every token, even "".',
        "tokens are reported too late": "Call on_token inside the loop. After the loop, it is too "
        "late to be of use.",
        "half an answer is returned as if it were whole": "The stream broke. Raise "
        "StreamInterrupted with the text so far to let the caller know.",
        "what had arrived is lost when the stream breaks": "Catch the stream's exception and raise "
        "StreamInterrupted with the text so far.",
        "`partial` is not the text that had arrived": "StreamInterrupted takes the text that had "
        "arrived: all tokens so far, joined.",
        "the cause of the interruption is forgotten": "Raise it `from` the error you caught, so "
        "that the reason stays in the log.",
        "a stream that breaks at once does not interrupt it": "Nothing had arrived, so `partial` "
        'is "". It is a broken stream like any other: the caller expects a StreamInterrupted.',
        "only some errors interrupt the stream": "Streams break in many ways. Catch Exception: it "
        "stands for all of them.",
        "a stop is taken for a broken stream": "What is not an Exception stops the program, or a "
        "part of it: SystemExit, for example. Catch Exception, which does not include it.",
        "Ctrl-C is taken for a broken stream": 'KeyboardInterrupt means "stop the program". Catch '
        "Exception, which does not include it.",
        "a cancellation is taken for a broken stream": "asyncio.CancelledError is how a task is "
        "told to stop. It is not an Exception: catch that, and nothing else.",
    }

    @keeps(1)
    def test_it_returns_the_whole_text(self, answers, text):
        tokens = [" ", *text.tokens(4), "\n", "", "  ", text.word(), "\n"]
        got = answers.collect_response(Source(tokens))
        must = self.against(joined(tokens))
        must(got != joined(tokens[: tokens.index("")]), "it stops at an empty token")
        must(got == joined(tokens), "the text is not all tokens joined")
        self.must(
            answers.collect_response([]) == "",
            "without tokens it does not return an empty text",
            "",
        )

    @keeps(2)
    def test_each_token_is_reported_before_the_next_is_pulled(self, answers, text):
        tokens = [*text.tokens(2), "", text.word()]
        happened = []

        def source():
            for token in tokens:
                happened.append(f"pull {token!r}")
                yield token

        def on_token(token):
            happened.append(f"report {token!r}")

        answers.collect_response(source(), on_token)
        wanted = [f"{what} {token!r}" for token in tokens for what in ("pull", "report")]
        must = self.against(Words(", ".join(wanted)), Words(", ".join(happened)))
        must(sorted(happened) == sorted(wanted), "not every token is reported once")
        must(happened == wanted, "tokens are reported too late")

    @keeps(3)
    def test_a_broken_stream_keeps_what_had_arrived(self, answers, text):
        tokens = text.tokens(4)
        error = ConnectionError(text.word())
        try:
            answers.collect_response(Source([*tokens, error]))
        except answers.StreamInterrupted as interrupted:
            caught = interrupted
        except ConnectionError:
            caught = None
        else:
            self.must(
                False, "half an answer is returned as if it were whole", Words("StreamInterrupted")
            )
        self.in_words(
            caught is not None,
            "what had arrived is lost when the stream breaks",
            "StreamInterrupted",
            "ConnectionError",
        )
        self.equal(caught.partial, joined(tokens), "`partial` is not the text that had arrived")
        self.in_words(
            caught.__cause__ is error,
            "the cause of the interruption is forgotten",
            f"__cause__ = {error!r}",
            f"__cause__ = {caught.__cause__!r}",
        )

    @keeps(3)
    def test_a_stream_may_break_at_once(self, answers, text):
        error = ConnectionError(text.word())
        try:
            answers.collect_response(Source([error]))
        except answers.StreamInterrupted as interrupted:
            got = interrupted.partial
        except ConnectionError:
            got = Words("ConnectionError")
        else:
            got = Words("an ordinary return")
        self.must(
            got == "",
            "a stream that breaks at once does not interrupt it",
            Words("StreamInterrupted with partial ''"),
            got,
        )

    @keeps(3)
    def test_any_exception_counts(self, answers, text):
        class Odd(Exception):
            """An error that nobody has heard of."""

        for error in (ValueError(text.word()), Odd(text.word())):
            try:
                answers.collect_response(Source([text.word(), error]))
            except answers.StreamInterrupted:
                continue
            except type(error):
                got = type(error).__name__
            else:
                got = "an ordinary return"
            self.in_words(False, "only some errors interrupt the stream", "StreamInterrupted", got)

    @keeps(4)
    def test_a_stop_by_the_user_passes_through(self, answers, text):
        for error, what in (
            (KeyboardInterrupt(), "Ctrl-C"),
            (asyncio.CancelledError(), "a cancellation"),
        ):
            try:
                answers.collect_response(Source([text.word(), error]))
            except type(error):
                continue
            except answers.StreamInterrupted:
                got = "StreamInterrupted"
            else:
                got = "an ordinary return"
            wanted = type(error).__name__
            self.in_words(False, f"{what} is taken for a broken stream", wanted, got)

    @keeps(3)
    def test_a_stream_may_itself_read_a_broken_one(self, answers, text):
        error = answers.StreamInterrupted(text.word())
        arguments = [Source([text.word(), error])]
        self.check_interrupted(answers, arguments, arguments[0].tokens[0], error)

    def test_any_tokens(self, search):
        def promise(answers, tokens, reports, error):
            happened = []

            def is_asked(count):
                happened.extend(f"pull {token!r}" for token in tokens[count : count + 1])

            def on_token(token):
                happened.append(f"report {token!r}")
                return ANSWERS[len(happened) % len(ANSWERS)]

            if error is not None:
                error.__cause__ = LookupError("what led to it")
            source = Watched([*tokens, *([error] if error else [])], is_asked)
            arguments = [source, on_token] if reports else [source]
            if isinstance(error, Exception):
                self.check_interrupted(answers, arguments, joined(tokens), error)
            elif error is not None:
                with (
                    self.never(answers.StreamInterrupted, "a stop is taken for a broken stream"),
                    passes_on(error),
                ):
                    answers.collect_response(*arguments)
            else:
                got = answers.collect_response(*arguments)
                check_same([got], [joined(tokens)], tokens, lambda tokens: [joined(tokens)])
            steps = ("pull", "report") if reports else ("pull",)
            wanted = [f"{step} {token!r}" for token in tokens for step in steps]
            must = self.against(Words(", ".join(wanted)), Words(", ".join(happened)))
            must(sorted(happened) == sorted(wanted), "not every token is reported once")
            must(happened == wanted, "tokens are reported too late")

        always = [
            together(tokens=EACH_TOKEN, reports=True, error=None),
            together(tokens=EACH_TOKEN, reports=False, error=BROKEN[0]),
            *each(tokens=["a", "", "b"], reports=True, error=BROKEN + STOPS),
            *each(tokens=AT_EDGES, reports=True, error=None),
            *each(tokens=AT_EDGES, reports=True, error=BROKEN[0]),
        ]
        errors = none() | sampled_from(BROKEN + STOPS)
        search(promise, *always, tokens=any_tokens(), reports=booleans(), error=errors)

    def check_interrupted(self, answers, arguments, arrived, error):
        """Pass if a stream that breaks interrupts it."""
        try:
            answers.collect_response(*arguments)
        except answers.StreamInterrupted as interrupted:
            caught = interrupted
        except type(error) as other:
            caught = other
        else:
            caught = None
        self.in_words(
            isinstance(caught, answers.StreamInterrupted) and caught is not error,
            "only some errors interrupt the stream"
            if caught
            else "half an answer is returned as if it were whole",
            f"StreamInterrupted, because of {type(error).__name__}",
            f"{error!r} itself" if caught is error else "an ordinary return",
        )
        self.equal(caught.partial, arrived, "`partial` is not the text that had arrived")
        self.in_words(
            caught.__cause__ is error,
            "the cause of the interruption is forgotten",
            f"__cause__ = {error!r}",
            f"__cause__ = {caught.__cause__!r}",
        )


def check_no_error(events):
    """Pass unless an error event comes in a test in which nothing fails but the answer."""
    errors = [event for event in events if event.get("type") == "error"]
    check(
        not errors,
        "it reports an error of its own",
        why="Nothing failed here but your own code, and your `except Exception` hides the error. "
        "To see it, put a bare `raise` there for a moment.",
        got=errors[:1],
        wanted=Words("no error event"),
    )


def agent_of(model, found=()):
    """An agent that searches with a tool, then asks the model and parses its answer."""

    @tool
    def search(query: str) -> str:
        """Search the knowledge base."""
        return " and ".join(found)

    async def run(query):
        await adispatch_custom_event("retrieval_start", {"query": query})
        context = await search.ainvoke(query)
        await adispatch_custom_event("retrieval_complete", {"count": len(found)})
        return await (model | StrOutputParser()).ainvoke(f"{context} {query}")

    return RunnableLambda(run, name="agent") | RunnableLambda(lambda answer: answer)


def tokens_of(events):
    """The contents of the token events."""
    return [event["content"] for event in events if event.get("type") == "token"]


def types_of(events):
    """The types of events."""
    return [event.get("type") for event in events]


SECRET = "sk-4711"


def _caused():
    error = RuntimeError(SECRET)
    error.__cause__ = ValueError(SECRET)
    error.add_note(SECRET)
    return error


FAILURES = {
    "with a text": lambda: ConnectionError(SECRET),
    "without a text": TimeoutError,
    "with a cause": _caused,
    "a group": lambda: ExceptionGroup("failed", [ValueError(SECRET)]),
    "a key": lambda: KeyError(SECRET),
    "a value": lambda: ValueError(SECRET),
    "a type": lambda: TypeError(SECRET),
    "a permission": lambda: PermissionError(SECRET),
    "a file": lambda: OSError(2, SECRET, SECRET),
    "a stranger": lambda: Stranger(SECRET),
}
"""What may fail, and how: no text of it is for the user."""


class Told:
    """A stream of events. The message of an error event is checked, and then left out."""

    def __init__(self, test, stream, may_fail):
        self._test = test
        self._stream = stream
        self._may_fail = may_fail

    def __aiter__(self):
        return self

    async def __anext__(self):
        event = await anext(self._stream)
        if event.get("type") != "error":
            return event
        if not self._may_fail:
            check_no_error([event])
        message = event.get("message")
        must = self._test.against(got=event)
        must(isinstance(message, str) and message != "", "the error has no message")
        must(SECRET not in message, "the text of the exception is shown to the user")
        return {**event, "message": "..."}

    async def aclose(self):
        await self._stream.aclose()


def event_of(item):
    """An event in the form of version 2, from its kind, its name and its data."""
    kind, name, data = item
    if kind == "on_chat_model_stream":
        data = {"chunk": chunk_of(data)}
    ids = {"run_id": "1", "parent_ids": [], "tags": ["langsmith:hidden"], "metadata": {}}
    return {"event": kind, "name": name, "data": data, **ids}


def simple_events(items):
    """The events that have to come, each with the number of events that it needs."""
    for count, item in enumerate(items, 1):
        if isinstance(item, Exception):
            yield {"type": "error", "message": "..."}, count
            return
        kind, name, data = item
        if kind == "on_chat_model_stream" and text_of(data):
            yield {"type": "token", "content": text_of(data)}, count
        elif kind in ("on_tool_start", "on_tool_end"):
            yield {"type": kind.removeprefix("on_"), "name": name}, count
        elif kind == "on_custom_event":
            yield {"type": name, **data}, count
    yield {"type": "complete"}, AT_THE_END


def as_events(parts):
    """What a model reports while it answers."""
    return [("on_chat_model_stream", "model", part) for part in parts]


EVENTS = (
    *(("on_tool_start", name, {"input": {"for": "x"}}) for name in ("search", "", "complete")),
    *(("on_tool_end", name, {"output": "x"}) for name in ("search", "complete", "")),
    ("on_tool_end", "search", {"output": None}),
    ("on_custom_event", "progress", {}),
    ("on_custom_event", "token", {"content": ""}),
    ("on_custom_event", "on_chat_model_stream", {"event": "x", "name": "y", "data": [1]}),
    ("on_custom_event", "end", {"n": 0, "": None, "message": SECRET}),
    ("on_tool_error", "search", {"error": ValueError("x"), "input": {}}),
    ("on_chat_model_start", "model", {"input": {"messages": []}}),
    ("on_chat_model_end", "model", {"output": None, "input": {}}),
    ("on_llm_stream", "model", {"chunk": "x"}),
    ("on_parser_stream", "parser", {"chunk": "x"}),
    ("on_chain_start", "agent", {"input": "x"}),
    ("on_chain_stream", "agent", {"chunk": "x"}),
    ("on_chain_end", "agent", {"output": "x"}),
    ("on_retriever_start", "retriever", {"input": {"query": "x"}}),
    ("on_retriever_end", "retriever", {"output": [], "input": {}}),
    ("on_prompt_end", "prompt", {"output": "x"}),
    ("on_something_new", "x", {}),
)
"""Events of an agent: see `event_of`."""

EACH_EVENT = (
    *map(as_events, EACH_PART[-len(NO_TEXT + WITH_TEXT) :]),
    *map(as_events, EACH_TOKEN),
    *([*as_events("a"), event, event, *as_events("b")] for event in EVENTS),
)


AS_FIRST = tuple(map(as_events, AT_EDGES))


def any_events():
    """The events of an agent: see `event_of`."""
    tokens = (any_text() | sampled_from(NO_TEXT + WITH_TEXT)).map(lambda part: as_events([part])[0])
    return repeated(tokens | sampled_from(EVENTS), most=6)


class TestStreamAgentEvents(Explained):
    """The events of a running agent become a few simple ones."""

    WHY: ClassVar = {
        "it sends tokens without text": "The model's last chunk has no text. Send a token only if "
        "there is some.",
        "tokens come more than once": "The model, the parser and the chain all report the same "
        "token. Take on_chat_model_stream only.",
        "the tokens of the model do not come": "Take the text of event['data']['chunk'] of each "
        "on_chat_model_stream.",
        "it assumes that content is a string": "Some models send a list of blocks. "
        "chunk.text is the text in both cases.",
        "a token is not the text of its chunk": "chunk.text has only the text; reasoning is not "
        "shown.",
        "the last event is missing": "Without it, a complete stream looks like one that fell "
        'silent. Send {"type": "complete"} when the agent has finished without an error.',
        "it sends events that were not asked for": "Translate the four kinds in the docstring; "
        "ignore the others.",
        "events are missing or out of order": "Translate on_chat_model_stream, on_tool_start, "
        "on_tool_end and on_custom_event, each when it comes, and end with complete.",
        "an event does not have the right contents": 'A custom event becomes {"type": '
        'event["name"], **event["data"]}, a tool event has the tool\'s "name".',
        "an error that the agent handled is reported as its own": "The tool failed, and the "
        "agent went on without it. The agent itself has failed only if the loop over its events "
        "raises an exception.",
        "the end of one answer is taken for the end of the agent": "An agent asks its model as "
        "often as it needs to, and may do other things in between. It is done when there are no "
        "more events.",
        "tokens are lost or doubled": "Each text that is not empty is a token. A space or a line "
        "break is text.",
        "a broken answer is called complete": "The code that says complete must not run after an "
        "error. A finally block would; the else of a try does not.",
        "the error has no message": "Tell the user something: the class name of the exception, or "
        "a sentence.",
        "the text of the exception is shown to the user": "It may contain keys, paths or "
        "addresses. Show the class name or a sentence of your own.",
        "tokens before an error are lost": "Send each event when it comes.",
        "events come later than they should": "Yield each event inside the loop, at once.",
        "the agent gets another query, or runs again": "Call agent.astream_events(query, "
        'version="v2") once, with the query as it is.',
        "an error in the agent breaks the stream": "A user interface cannot catch it. Catch "
        "Exception and send an error event.",
    }

    @keeps(1, 3)
    async def test_each_token_comes_once(self, answers, play, text):
        tokens = text.tokens(4)
        agent = agent_of(play(Reply(*tokens)))
        events = [event async for event in answers.stream_agent_events(agent, text.word())]
        check_no_error(events)
        got = tokens_of(events)
        must = self.against(tokens, got)
        must("" not in got, "it sends tokens without text")
        must(len(got) <= len(tokens), "tokens come more than once")
        self.must(
            got == tokens,
            "the tokens of the model do not come",
            [{"type": "token", "content": token} for token in tokens],
            events,
        )

    @in_process("OpenAI's protocol carries no reasoning")
    @keeps(1)
    async def test_only_text_is_a_token(self, answers, play, text):
        tokens, secret = text.tokens(3), text.secret()
        agent = agent_of(play(Reply(Reasoning(secret), *tokens)))
        events = [event async for event in answers.stream_agent_events(agent, text.word())]
        got = tokens_of(events)
        must = self.against(tokens, got)
        must(
            all(isinstance(token, str) for token in got),
            "it assumes that content is a string",
        )
        must(got == tokens, "a token is not the text of its chunk")

    @keeps(2)
    async def test_what_the_agent_does_is_told(self, answers, play, text):
        query, found = text.word(), [text.word(), text.word()]
        agent = agent_of(play(Reply("Hi")), found)
        events = [event async for event in answers.stream_agent_events(agent, query)]
        wanted = [
            {"type": "retrieval_start", "query": query},
            {"type": "tool_start", "name": "search"},
            {"type": "tool_end", "name": "search"},
            {"type": "retrieval_complete", "count": 2},
            {"type": "token", "content": "Hi"},
            {"type": "complete"},
        ]
        check_no_error(events)
        self.must(
            events != wanted[:-1],
            "the last event is missing",
            Words(f"the same, and then {wanted[-1]}"),
            events,
        )
        extra = [kind for kind in types_of(events) if kind not in types_of(wanted)]
        self.must(
            not extra,
            "it sends events that were not asked for",
            Words("only " + ", ".join(types_of(wanted))),
            extra,
        )
        must = self.against(wanted, events)
        must(types_of(events) == types_of(wanted), "events are missing or out of order")
        must(events == wanted, "an event does not have the right contents")

    @keeps(5)
    async def test_an_agent_goes_on_until_it_ends(self, answers, play, text):
        first, last, name = [text.word(), "\n"], [" ", *text.tokens(2)], text.word()
        model = play(Reply(*first), Reply(*last))

        @tool
        def search(query: str) -> str:
            """Search the knowledge base."""
            raise LookupError(query)

        async def run(query):
            await model.ainvoke(query)
            with suppress(LookupError):
                await search.ainvoke(query)
            await adispatch_custom_event(name, {"number": 2})
            return await model.ainvoke(query)

        stream = answers.stream_agent_events(RunnableLambda(run, name="agent"), "Hello?")
        events = [event async for event in stream]
        wanted = [
            *({"type": "token", "content": token} for token in first),
            {"type": "tool_start", "name": "search"},
            {"type": name, "number": 2},
            *({"type": "token", "content": token} for token in last),
            {"type": "complete"},
        ]
        must = self.against(wanted, events)
        must(
            "error" not in types_of(events),
            "an error that the agent handled is reported as its own",
        )
        must(
            tokens_of(events) not in (first, [token for token in first if token.strip()]),
            "the end of one answer is taken for the end of the agent",
        )
        self.equal(tokens_of(events), first + last, "tokens are lost or doubled")
        self.equal(
            events,
            wanted,
            "events are missing or out of order",
            why="Translate the four kinds in the docstring, each when it comes; ignore the others.",
        )

    @keeps(5)
    async def test_an_error_is_the_last_event(self, answers, play, text):
        secret = text.secret()
        model = play(Reply("Hi", Fail(ConnectionError(secret))))
        stream = answers.stream_agent_events(agent_of(model), "Hello?")
        events = []
        with self.never(
            ConnectionError,
            "an error in the agent breaks the stream",
            Words('{"type": "error", "message": ...} as the last event'),
        ):
            async for event in stream:
                events.append(event)
        self.must(
            types_of(events)[-1:] == ["error"] and "complete" not in types_of(events),
            "a broken answer is called complete",
            Words("... error as the last event, and no complete"),
            types_of(events),
        )
        message = events[-1].get("message")
        must = self.against(got=events[-1])
        must(isinstance(message, str) and message != "", "the error has no message")
        must(
            secret not in str(events[-1]),
            "the text of the exception is shown to the user",
            wanted=Words('{"type": "error", "message": "ConnectionError"}, for example'),
        )
        self.must(tokens_of(events) == ["Hi"], "tokens before an error are lost", got=events)

    @keeps(5)
    async def test_no_error_says_its_own_text(self, answers):
        for failure in FAILURES.values():
            error, events = failure(), []
            agent = Replay(AsyncSource([error]), event_of, "agent")
            with self.never(
                type(error),
                "an error in the agent breaks the stream",
                Words('{"type": "error", "message": ...} as the last event'),
            ):
                async for event in answers.stream_agent_events(agent, "Hello?"):
                    events.append(event)
            self.must(
                SECRET not in str(events),
                "the text of the exception is shown to the user",
                Words('{"type": "error", "message": "Something went wrong."}, for example'),
                events,
            )

    @in_process("the times are exact")
    @keeps(4)
    async def test_events_come_while_the_agent_works(self, answers, play, text, clock):
        wait = text.seconds()
        model = play(Reply(Pause(wait), "Hel", Pause(wait), "lo"))
        stream = answers.stream_agent_events(agent_of(model), "Hello?")
        events, moments = await with_arrival(stream, clock)
        got = [m for m, event in zip(moments, events, strict=True) if event["type"] == "token"]
        self.came_at(got, [wait, 2 * wait], "events come later than they should")

    @keeps(6)
    async def test_stopping_stops_the_agent(self, answers, play, text):
        model = play(Reply("Hel", "lo", Hang()))
        stream = answers.stream_agent_events(agent_of(model), "Hello?")
        async for event in stream:
            if event["type"] == "token":
                break
        await stream.aclose()
        await acheck_model_closed(
            model.transcript[0],
            "the agent goes on when the caller stops",
            why="Close the stream of events in a finally block, and await it: "
            "await aclose_source(events).",
        )
        check_nothing_runs_on(answers)

    @keeps(6)
    async def test_cancellation_passes_through(self, answers, play):
        model = play(Reply("Hel", Hang()))
        await cancel_while_it_waits(answers.stream_agent_events(agent_of(model), "Hello?"))
        await acheck_model_closed(model.transcript[0], "the agent goes on after a cancellation")

    @keeps(6)
    async def test_a_cancellation_closes_the_events(self, answers):
        source = AsyncSource([*as_events("ab"), Hang()])
        agent = Replay(source, event_of, "agent")
        await cancel_while_it_waits(answers.stream_agent_events(agent, "Hello?"))
        check_closed(source, "after a cancellation")

    def test_any_events(self, search):
        async def promise(answers, clock, events, query, failure, ending):
            if failure:
                events, ending = (
                    [*events, FAILURES[failure]()],
                    Ending(stop_after=ending.stop_after),
                )
            agents, fails = [], bool(failure or ending.error)

            def read(source):
                agents.append(Replay(source, event_of, "agent"))
                return Told(self, answers.stream_agent_events(agents[0], query), fails)

            with self.never(
                type(events[-1]) if failure else (),
                "an error in the agent breaks the stream",
                Words('{"type": "error", "message": ...} as the last event'),
            ):
                await KEEPS.acheck(answers, read, events, ending, simple_events)
            self.equal(agents[0].prompts, [query], "the agent gets another query, or runs again")

        always = [
            together(events=EACH_EVENT, query="Why?", failure=None, ending=Ending()),
            *each(events=AS_FIRST, query="Why?", failure=None, ending=Ending()),
            *each(failure=(*FAILURES,), events=as_events("ab"), query=" ", ending=Ending()),
            *each(ending=in_async(ENDINGS), events=as_events("ab"), query="Why?", failure=None),
            *each(ending=ENDINGS[:3], events=as_events("ab"), query="Why?", failure="a key"),
        ]
        failures = none() | sampled_from((*FAILURES,))
        endings = sampled_from(in_async(ENDINGS))
        search(
            promise,
            *always,
            events=any_events(),
            query=any_text(),
            failure=failures,
            ending=endings,
        )

    async def test_two_streams_are_apart(self, answers):
        await acheck_apart(
            lambda source: answers.stream_agent_events(Replay(source, event_of, "agent"), "Why?"),
            as_events("aab"),
            as_events("cde"),
        )


KINDS = ("token", "", "*", "complete", "error", "status", " ", "end", "tokens", "Token", "None")
"""Types of events."""

OF_HANDLERS = (
    *(KeyError("token"), LookupError(), TypeError("x"), RuntimeError(), ValueError()),
    AttributeError("x"),
)
"""What a handler may raise."""


def any_typed_events():
    """Events with a type and something else."""
    typed = sampled_from([{"type": kind, "content": kind} for kind in KINDS])
    return repeated(typed | sampled_from(KINDS[:2]).map(lambda kind: {"type": kind}), most=6)


def dispatched(events, known, has_default, fails=0):
    """What has to happen, up to the call of a handler that fails, and the counts."""
    happens, counts, calls = [], {}, 0
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        happens.append("pull")
        if kind in known or has_default:
            name = f"handlers[{kind!r}]" if kind in known else "default"
            happens.append(f"{name}({event})")
            calls += 1
            if calls == fails:
                break
    return happens, counts


class TestDispatchEvents(Explained):
    """Each event goes to the handler for its type."""

    WHY: ClassVar = {
        "a handler does not get the whole event": "Call handler(event): each handler knows what "
        "it needs from it.",
        "handlers are not called correctly": "Call handlers[event['type']] once for each event.",
        "events are not handled in the order of their arrival": "Handle each event when it comes; "
        "do not group them by type.",
        "events are handled too late": "Call the handler inside the loop over the events.",
        "it does not return counts by type": "Return a dict: for each type, how many events of it "
        "there were.",
        "the counts are wrong": "Return how many events of each type there were.",
        "a later call changes what this one returned": "The caller keeps the dict. Make a new one "
        "in each call.",
        "without events it counts something": "No events: an empty dict.",
        "the default handler gets the wrong events": "The default gets the events whose type "
        "has no handler, and no others.",
        "what the default gets is not counted by its type": "Count every event under its own type, "
        "no matter which handler gets it.",
        "an error in a handler is taken for a missing handler": "The handler exists, and raised a "
        "KeyError itself. Find out whether there is a handler before you call it.",
        "an error in a handler is taken for the end of the events": "Only the source says with "
        "StopIteration that there are no more events. Keep the call of the handler out of the try "
        "around next(), or use a for loop.",
        "it goes on after the error of a handler": "An error ends the loop at once unless it is "
        "caught, and nothing here should catch it.",
        "an error of a handler is hidden": "The handler belongs to the caller, and so does its "
        "error. Only the caller can know whether the other events still make sense: let the error "
        "pass through.",
    }

    @keeps(1)
    def test_each_event_goes_to_its_handler(self, answers, text):
        events = [
            {"type": "status", "message": text.word()},
            {"type": "token", "content": text.word()},
            {"type": "status", "message": text.word()},
            {"type": "token", "content": text.word()},
        ]
        calls = []

        def on_status(event):
            calls.append(("on_status", event))

        def on_token(event):
            calls.append(("on_token", event))

        with unchanged(events=events):
            answers.dispatch_events(events, {"status": on_status, "token": on_token})
        wanted = [(f"on_{event['type']}", event) for event in events]
        must = self.against(wanted, calls)
        must(
            all(isinstance(event, dict) for _, event in calls),
            "a handler does not get the whole event",
        )
        must(
            sorted(map(str, calls)) == sorted(map(str, wanted)),
            "handlers are not called correctly",
        )
        must(calls == wanted, "events are not handled in the order of their arrival")

    @keeps(1)
    def test_an_event_is_handled_before_the_next_is_pulled(self, answers, text):
        happened = []

        def source():
            for number in range(3):
                happened.append(f"pull {number}")
                yield {"type": "token", "number": number}

        def on_token(event):
            happened.append(f"handle {event['number']}")

        answers.dispatch_events(source(), {"token": on_token})
        wanted = [f"{what} {number}" for number in range(3) for what in ("pull", "handle")]
        self.in_words(
            happened == wanted,
            "events are handled too late",
            ", ".join(wanted),
            ", ".join(happened),
        )

    @keeps(3)
    def test_it_counts_events_by_type(self, answers, text):
        kinds = [text.word(), text.word()]
        events = [{"type": kinds[0]}, {"type": kinds[1]}, {"type": kinds[0]}]

        def handle(event):
            """Nothing to do."""

        got = answers.dispatch_events(events, dict.fromkeys(kinds, handle))
        must = self.against({kinds[0]: 2, kinds[1]: 1})
        must(isinstance(got, Mapping), "it does not return counts by type")
        must(dict(got) == {kinds[0]: 2, kinds[1]: 1}, "the counts are wrong")
        self.must(answers.dispatch_events([], {}) == {}, "without events it counts something", {})

    @keeps(2)
    def test_an_unknown_type_is_ignored(self, answers, text):
        kind = text.word()
        calls = []
        events = [{"type": kind}, {"type": "token"}, {"type": "token_usage"}]

        def on_token(event):
            calls.append(event)

        with never(
            (LookupError, TypeError, ValueError),
            "an unknown type is an error",
            "Tomorrow's agent may send types that do not exist today. Without a default, an event "
            f"that has no handler is ignored. {ONLY_EMPTY}",
            {kind: 1, "token": 1, "token_usage": 1},
        ):
            got = answers.dispatch_events(events, {"token": on_token, "": on_token})
        self.equal(
            calls,
            [{"type": "token"}],
            "an event of an unknown type is handled",
            why="Only exactly the same type counts: look it up with handlers.get(...). "
            f"{ONLY_EMPTY}",
        )
        self.must(
            got == {kind: 1, "token": 1, "token_usage": 1},
            "events without a handler are not counted",
            {kind: 1, "token": 1, "token_usage": 1},
            why=f"Count every event, handled or not. {ONLY_EMPTY}",
        )

    @keeps(2)
    def test_the_default_gets_the_rest(self, answers, text):
        kind = text.word()
        known, rest = [], []
        events = [{"type": "token"}, {"type": kind, "x": 1}, {"type": "token"}]

        def on_token(event):
            known.append(event)

        def on_other(event):
            rest.append(event)

        got = answers.dispatch_events(events, {"token": on_token}, on_other)
        self.in_words(
            (known, rest) == ([events[0], events[2]], [events[1]]),
            "the default handler gets the wrong events",
            f"handler: {[events[0], events[2]]}, default: {[events[1]]}",
            f"handler: {known}, default: {rest}",
        )
        self.equal(got, {"token": 2, kind: 1}, "what the default gets is not counted by its type")

    @keeps(4)
    def test_an_error_in_a_handler_is_no_missing_handler(self, answers, text):
        rest = []

        def on_token(event):
            return event["content"]

        def on_other(event):
            rest.append(event)

        with suppress(KeyError):
            answers.dispatch_events([{"type": "token"}], {"token": on_token}, on_other)
        self.in_words(
            rest == [],
            "an error in a handler is taken for a missing handler",
            "the default gets nothing",
            f"the default got {rest}",
        )

    @keeps(4)
    def test_an_error_of_a_handler_passes_through(self, answers, text):
        error = ValueError(text.word())
        source = Source([{"type": "token"}, {"type": "token"}, {"type": "token"}])
        calls = []

        def on_token(event):
            calls.append(event)
            if len(calls) == 2:
                raise error

        with self.raises(ValueError, "an error of a handler is hidden") as caught:
            answers.dispatch_events(source, {"token": on_token})
        self.must(caught.error is error, "an error of a handler is replaced", why=SAME_ERROR)
        self.in_words(
            len(calls) == source.pulled == 2,
            "it goes on after the error of a handler",
            "2 events pulled, 2 handled",
            f"{source.pulled} events pulled, {len(calls)} handled",
        )

    @keeps(4)
    def test_an_error_in_a_handler_is_not_the_end(self, answers):
        def on_token(event):
            raise StopIteration

        try:
            got = answers.dispatch_events([{"type": "token"}], {"token": on_token})
        except NotImplementedError:
            raise
        except (StopIteration, RuntimeError):  # Python makes one of the other in a generator
            return
        self.must(
            False,
            "an error in a handler is taken for the end of the events",
            Words("StopIteration"),
            got,
        )

    def test_counts_stay_as_they_were(self, answers, text):
        kind = text.word()
        first = answers.dispatch_events([{"type": kind}, {"type": kind}], {})
        answers.dispatch_events([{"type": "token"}], {})
        self.equal(first, {kind: 2}, "a later call changes what this one returned")

    def test_any_events(self, search):
        def promise(answers, events, known, has_default, fails, error):
            happens, counts = dispatched(events, known, has_default, fails)
            fails = fails <= sum(step != "pull" for step in happens) and fails > 0
            happened = []

            def is_asked(count):
                happened.extend("pull" for _ in events[count : count + 1])

            def named(name):
                def handle(event):
                    happened.append(f"{name}({event})")
                    if fails and len(happened) == len(happens):
                        raise error
                    return ANSWERS[len(happened) % len(ANSWERS)]

                handle.__name__ = "on_event" if name != "default" else "on_other"
                return handle

            handlers = MappingProxyType({kind: named(f"handlers[{kind!r}]") for kind in known})
            default = [named("default")] if has_default else []
            with (
                unchanged(events=events),
                passes_on(error, "a handler") if fails else nullcontext(),
            ):
                got = answers.dispatch_events(Watched(events, is_asked), handlers, *default)
                if not fails:
                    must = self.against(counts, got)
                    must(isinstance(got, Mapping), "it does not return counts by type")
                    must(same_value(dict(got), counts), "the counts are wrong")
            must = self.against(Words(", ".join(happens)), Words(", ".join(happened)))
            must(
                [step for step in happened if step != "pull"]
                == [step for step in happens if step != "pull"],
                "it goes on after the error of a handler"
                if fails and len(happened) > len(happens)
                else "handlers are not called correctly",
            )
            must(happened == happens, "events are handled too late")

        kinds = [{"type": kind, "x": 1} for kind in KINDS]
        plain = {"fails": 0, "error": None, "events": tuple([kind, kinds[0]] for kind in kinds)}
        always = [
            together(known=[*KINDS[:5]], has_default=True, **plain),
            together(known=[*KINDS[5:]], has_default=False, **plain),
            *each(
                error=OF_HANDLERS + STOPS,
                events=[kinds[0], kinds[1], kinds[0]],
                known=["status"],
                has_default=True,
                fails=2,
            ),
        ]
        search(
            promise,
            *always,
            events=any_typed_events(),
            known=lists(sampled_from(KINDS), unique=True, max_size=3),
            has_default=booleans(),
            fails=sampled_from((0, 0, 1, 2, 3)),
            error=sampled_from(OF_HANDLERS + STOPS),
        )


class Slow:
    """A stream whose reader works for so many seconds on each item."""

    def __init__(self, stream, seconds):
        self._stream = stream
        self._seconds = seconds

    def __iter__(self):
        return self

    def __next__(self):
        item = next(self._stream)
        time.sleep(self._seconds)
        return item

    def close(self):
        self._stream.close()


def paced(items):
    """The parts of a source, from `(seconds, item)`."""
    return [part for wait, item in items for part in (Pause(wait), item) if part != Pause(0)]


def without_pauses(items):
    """The items of a source that it hands out, one by one."""
    return one_by_one(item for item in items if not isinstance(item, Pause))


class TestMonitorStream(Explained):
    """Tokens pass through unchanged, and are measured on the way."""

    WHY: ClassVar = {
        "the tokens are changed along the way": "Measuring must not change what is measured: pass "
        "on every token, even an empty one.",
        "the metrics it is given stay empty": "The caller looks at the `metrics` that were "
        "passed in. Fill in those.",
        "empty tokens are counted": "Pass on a token without text, but do not count it as a chunk.",
        "chunks or characters are miscounted": "Count the tokens that are not empty, and the "
        "characters in them. A space is one of them.",
        "a stream that reached its end is not completed": "Set completed when the loop has ended "
        "on its own.",
        "the time to first token is never set": "Set metrics.ttft when the first token that is not "
        "empty arrives.",
        "it does not read the clock it is given": "Read the time only with clock(). A clock "
        "that shows the date can also jump, when it is set.",
        "an empty token is taken for the first one": "An empty token cannot be seen. Wait for the "
        "first one with text.",
        "the time to first token is wrong": "It runs from the first pull to the arrival of the "
        "first token with text.",
        "a time of 0.0 is taken for no time": "0.0 is false in an `if`, just like None. Test `is "
        "None`.",
        "the clock starts too early": "Any amount of time may pass before a new stream is read. Do "
        "not read the clock until the first token is asked for.",
        "the time to first token includes the caller's time": "Read the clock when the token has "
        "arrived, before you hand it out.",
        "the total leaves out the caller's time": "It is all the time from the first pull to the "
        "end of the stream, including the caller's.",
        "the total time is wrong": "It runs from the first pull to the end of the stream, which "
        "may be later than the last token.",
        "the total is missing when the caller stops early": "Code after the loop does not run "
        "then. What must always run belongs in a finally block.",
        "the total is not measured when the caller stops": "The stream ends when it is "
        "closed, which may be later than the last token. What must always run belongs in a finally "
        "block.",
        "a stream that was stopped counts as completed": "Set completed only where the loop has "
        "ended on its own: after it, not in finally.",
        "after an error the numbers are wrong": "Always set total, but set completed only when the "
        "loop has ended on its own.",
        "an empty stream is not measured correctly": "Without a token there is no ttft: it stays "
        "None. The total is still measured.",
    }

    @keeps(1)
    def test_tokens_pass_through_unchanged(self, answers, text):
        tokens = ["", *text.tokens(3), "", " "]
        got = list(answers.monitor_stream(tokens, answers.StreamMetrics()))
        self.must(got == tokens, "the tokens are changed along the way", tokens)

    @keeps(1)
    def test_it_asks_for_no_more_than_it_needs(self, answers, text):
        source = Source(text.tokens(5))
        stream = answers.monitor_stream(source, answers.StreamMetrics())
        check_lazy(source, "it reads before anybody asks for a token")
        next(stream), next(stream)
        check_not_ahead(source.pulled, 2)

    @keeps(4)
    def test_it_counts_chunks_and_characters(self, answers, text):
        tokens = ["", *text.tokens(3), "", " ", "Grüße"]
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(tokens, metrics))
        self.must(
            metrics != answers.StreamMetrics(),
            "the metrics it is given stay empty",
            Words(f"chunks=5, chars={len(joined(tokens))}, completed=True"),
            figures(metrics),
        )
        must = self.against(got=figures(metrics))
        must(
            metrics.chunks != len(tokens),
            "empty tokens are counted",
            wanted=Words(f"chunks=5, chars={len(joined(tokens))}"),
        )
        must(
            (metrics.chunks, metrics.chars) == (5, len(joined(tokens))),
            "chunks or characters are miscounted",
            wanted=Words(f"chunks=5, chars={len(joined(tokens))}"),
        )
        must(
            metrics.completed is True,
            "a stream that reached its end is not completed",
            wanted=Words("completed=True"),
        )

    @keeps(2)
    def test_the_given_clock_is_used(self, answers, text):
        wait = text.seconds()
        metrics = answers.StreamMetrics()

        def milliseconds():
            return time.monotonic() * 1_000

        list(answers.monitor_stream(Source([Pause(wait), "Hi"]), metrics, clock=milliseconds))
        self.in_words(
            metrics.ttft is not None,
            "the time to first token is never set",
            "a number",
            "ttft=None",
        )
        shown = "ttft={:.1f}, total={:.1f}".format
        self.in_words(
            same(metrics.ttft, wait * 1_000) and same(metrics.total, wait * 1_000),
            "it does not read the clock it is given",
            shown(wait * 1_000, wait * 1_000),
            shown(metrics.ttft, metrics.total),
        )

    @keeps(3)
    def test_the_first_token_that_is_not_empty_counts(self, answers, text):
        first, second = text.seconds(), text.seconds()
        source = Source([Pause(first), "", Pause(second), text.word(), Pause(9), "!"])
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(source, metrics))
        must = self.against(Words(f"ttft={first + second:g}"), figures(metrics))
        must(not same(metrics.ttft, first), "an empty token is taken for the first one")
        must(same(metrics.ttft, first + second), "the time to first token is wrong")

    @keeps(3)
    def test_a_first_token_that_is_there_at_once_counts(self, answers, text):
        metrics = answers.StreamMetrics()
        source = Source([text.word(), Pause(text.seconds()), text.word()])
        list(answers.monitor_stream(source, metrics))
        self.must(
            metrics.ttft == 0.0,
            "a time of 0.0 is taken for no time",
            Words("ttft=0"),
            figures(metrics),
        )

    @keeps(2)
    def test_the_callers_time_is_not_the_models(self, answers, text):
        before, wait, after = text.seconds(), text.seconds(), text.seconds()
        metrics = answers.StreamMetrics()
        stream = answers.monitor_stream(Source([Pause(wait), "Hi", "!"]), metrics)
        time.sleep(before)
        next(stream)
        time.sleep(after)
        list(stream)
        must = self.against(Words(f"ttft={wait:g}"), figures(metrics))
        must(not same(metrics.ttft, before + wait), "the clock starts too early")
        must(same(metrics.ttft, wait), "the time to first token includes the caller's time")
        self.in_words(
            same(metrics.total, wait + after),
            "the total leaves out the caller's time",
            f"total={wait + after:g}, since the caller works {after:g} s in between",
            f"total={metrics.total:g}",
        )

    @keeps(5)
    def test_the_total_is_the_whole_time(self, answers, text):
        waits = [text.seconds() for _ in range(3)]
        source = Source([Pause(waits[0]), "Hel", Pause(waits[1]), "lo", Pause(waits[2])])
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(source, metrics))
        self.in_words(
            same(metrics.total, sum(waits)),
            "the total time is wrong",
            f"total={sum(waits):g}",
            f"total={metrics.total:g}",
        )

    @keeps(5, 6, 7)
    def test_a_caller_who_stops_gets_true_figures(self, answers, text):
        wait, after = text.seconds(), text.seconds()
        source = Source([Pause(wait), text.word(), Pause(wait), text.word(), "!"])
        metrics = answers.StreamMetrics()
        stream = answers.monitor_stream(source, metrics)
        next(stream), next(stream)
        time.sleep(after)
        stream.close()
        total = 2 * wait + after
        wanted = Words(
            f"total={total:g}, since the caller stops {after:g} s after the second token"
        )
        must = self.against(wanted, Words(f"total={metrics.total:g}"))
        must(metrics.total != 0.0, "the total is missing when the caller stops early")
        must(same(metrics.total, total), "the total is not measured when the caller stops")
        self.must(
            metrics.completed is False and metrics.chunks == 2,
            "a stream that was stopped counts as completed",
            Words("completed=False, chunks=2"),
            figures(metrics),
        )
        check_closed(source)

    @keeps(5, 6)
    def test_an_error_leaves_true_figures(self, answers, text):
        wait = text.seconds()
        error = ConnectionError(text.word())
        metrics = answers.StreamMetrics()
        stream = answers.monitor_stream(Source(["Hi", Pause(wait), error]), metrics)
        with passes_on(error):
            list(stream)
        self.must(
            same(metrics.total, wait) and metrics.completed is False,
            "after an error the numbers are wrong",
            Words(f"total={wait:g}, completed=False"),
            figures(metrics),
        )

    @keeps(6)
    def test_a_stream_without_tokens_is_measured_too(self, answers, text):
        wait = text.seconds()
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(Source([Pause(wait)]), metrics))
        got = (metrics.ttft, metrics.chunks, metrics.chars_per_second, metrics.avg_chunk)
        self.must(
            got == (None, 0, 0.0, 0.0) and same(metrics.total, wait) and metrics.completed,
            "an empty stream is not measured correctly",
            Words(f"ttft=None, total={wait:g}, chunks=0, completed=True"),
            figures(metrics),
        )

    def test_any_tokens(self, search):
        def promise(answers, tokens, waits, before, work, scale, ending):
            metrics = answers.StreamMetrics()
            begin = time.monotonic() + before

            def clock():
                return (time.monotonic() - begin) * scale[0] + scale[1]

            def read(source):
                stream = answers.monitor_stream(
                    source, metrics, **({"clock": clock} if scale else {})
                )
                time.sleep(before)
                return Slow(stream, work)

            items = [*paced(zip(waits, tokens, strict=False)), Pause(waits[len(tokens)])]
            StreamPromises(reads_lists=False).check(read, items, ending, without_pauses)
            stopped = ending.stop_after is not None and ending.stop_after <= len(tokens)
            read = tokens[: ending.stop_after] if stopped else tokens
            waited = sum(waits[: len(read) + (not stopped)]) + work * len(read)
            first = next((n for n, token in enumerate(read) if token), None)
            factor = scale[0] if scale else 1
            wanted = answers.StreamMetrics(
                None if first is None else (sum(waits[: first + 1]) + work * first) * factor,
                waited * factor,
                sum(map(bool, read)),
                sum(map(len, read)),
                not stopped and ending.error is None,
            )
            must = self.against(figures(wanted), figures(metrics))
            must(
                same_value(metrics.completed, wanted.completed),
                "a stream that was stopped counts as completed"
                if stopped
                else "after an error the numbers are wrong"
                if ending.error
                else "a stream that reached its end is not completed",
            )
            must(
                (metrics.chunks, metrics.chars) == (wanted.chunks, wanted.chars),
                "chunks or characters are miscounted",
            )
            must(
                metrics.ttft is wanted.ttft or same(metrics.ttft, wanted.ttft),
                "the time to first token is wrong",
            )
            must(same(metrics.total, wanted.total), "the total time is wrong")

        paces = {"waits": [1.0] * 1_000, "before": 5, "work": 0.5}
        always = [
            together(tokens=EACH_TOKEN, scale=(1, 0.0), ending=Ending(), **paces),
            *each(ending=EACH_ENDING, tokens=["", "a", "a"], scale=(1000, -7), **paces),
            *each(tokens=AT_EDGES, scale=(1, 0.0), ending=Ending(), **paces),
        ]
        search(
            promise,
            *always,
            tokens=any_tokens(3),
            waits=lists(sampled_from((0.0, 0.0, 1.0, 2.0)), min_size=10, max_size=10),
            before=sampled_from((0, 1)),
            work=sampled_from((0, 0.5)),
            scale=none() | sampled_from(((1, 0.0), (1000, -7), (1, 1e9))),
            ending=any_ending(),
        )

    def test_two_streams_are_apart(self, answers):
        metrics = []

        def read(source):
            metrics.append(answers.StreamMetrics())
            return answers.monitor_stream(source, metrics[-1])

        streams = [read(Source(["a", "", "b"])) for _ in range(2)]
        for _ in range(3):  # the last pull of each comes to the end
            for stream in streams:
                next(stream, None)
        for mine in metrics:
            wanted = Words("chunks=2, chars=2, completed=True")
            must = self.against(wanted, figures(mine))
            must((mine.chunks, mine.chars) == (2, 2), "chunks or characters are miscounted")


THE_END, SILENCE, ITS_OWN = "the end", "silence", "a timeout of its own"


def played(items):
    """A source of `(seconds, item)`: tokens, and then an error, `THE_END` or `SILENCE`."""
    items = [(0, Hang()) if item == SILENCE else (wait, item) for wait, item in items]
    return AsyncSource(part for part in paced(items) if part != THE_END)


def limited(items, idle, total, work):
    """What comes in time, and when; how it may end, and when it does.

    Args:
        items: see `played`.
        idle: the limit for each token, in seconds, or None.
        total: the limit for all of them.
        work: how long the caller works on each token.
    """
    now, came = 0.0, []
    end = math.inf if total is None else total
    for wait, item in items:
        limits = {"idle": math.inf if idle is None else now + idle, "total": max(end, now)}
        first = min(limits.values())
        if first < now + wait or end <= now:
            kinds = [kind for kind, limit in limits.items() if limit == first]
            return came, [f"StreamTimeout({kind!r})" for kind in kinds], first
        now += wait
        if item == THE_END or isinstance(item, BaseException):
            return came, [item], now
        came.append((item, now))
        now += work
    raise AssertionError("items have an end")


class TestStreamWithTimeout(Explained):
    """Tokens pass through, until the source takes too long."""

    WHY: ClassVar = {
        "tokens that come in time do not get through": "Hand out every token as it is, even an "
        "empty one; end when the source ends.",
        "tokens come later than they could": "Hand out each token at once.",
        "tokens are lost": "Hand out every token.",
        "it raises a plain TimeoutError": "Catch it and raise StreamTimeout('idle') from it: the "
        "caller needs to know which limit was exceeded.",
        "the wrong limit is blamed": 'Only `idle` was given. Its kind is "idle".',
        "it gives up at the wrong moment": "Each token restarts the idle time.",
        "tokens before a timeout are lost": "Hand out each token when it comes; a timeout must not "
        "take it away.",
        "total ends the stream at the wrong moment": "Give up at that moment, even while you wait "
        "for a token: never wait longer than what is left of the total.",
        "the limit that comes first does not win": "Wait for the smaller of idle and what is left "
        "of total, and name the one that ran out.",
        "total is not counted correctly": "It runs from the first pull and includes the caller's "
        "time.",
        "the total runs before anybody reads": "Any amount of time may pass before a new stream is "
        "read. Start the clock inside the generator.",
        "a limit that is not given still applies": "None means that there is no such limit.",
        "an error of the source is taken for a timeout of its own": "A source may also raise "
        "TimeoutError, when its connection is slow. asyncio.timeout(...) returns an object that "
        "knows whether its own time ran out: expired().",
        "a slow but steady stream is stopped": "idle limits the wait for one token, not for all of "
        "them. Restart it for each token.",
        "a silent source is taken for one that has ended": "Raise StreamTimeout('idle') to let the "
        "caller know that text is missing.",
        "the caller's own time counts as idle": "During a yield the caller works, here 5 s for "
        "each token. A timeout block must contain only the wait for the next token, never the "
        "yield.",
        "total does not limit the whole stream": "It runs from the first pull to the end; a token "
        "does not restart it. Measure it with time.monotonic() or the event loop's time(): a clock "
        "that shows the date can jump.",
        "no timeout comes": "Raise StreamTimeout.",
        "total stops running while the caller works": "The caller works, here 1 s for each token. "
        "Check the clock before each pull, too: once the total is used up, do not ask for another "
        "token, even one that is ready.",
        "it ends in another way, or at another moment": "Each token restarts idle, total runs all "
        "the time, and whichever ends first wins. An error of the source passes through as it is.",
        "it asks the source again when the total is over": "Look at the clock before each pull.",
        "its timeout interrupts the caller's code": "While your generator is paused at a yield, "
        "the caller works, here 1 s for each token, and a timeout block around the yield cancels "
        "the caller. Keep the yield outside of it.",
    }

    @keeps(1)
    async def test_tokens_in_time_pass_through(self, answers, text, clock):
        tokens, wait = [*text.tokens(2), "", text.word()], text.seconds()
        source = AsyncSource([item for token in tokens for item in (Pause(wait), token)])
        stream = answers.stream_with_timeout(source, idle=5 * wait, total=5 * wait)
        got, moments = await with_arrival(stream, clock)
        self.must(got == tokens, "tokens that come in time do not get through", tokens)
        self.came_at(
            moments, [wait * count for count in range(1, 5)], "tokens come later than they could"
        )

    async def test_it_asks_for_no_more_than_it_needs(self, answers, text):
        source = AsyncSource(text.tokens(5))
        stream = answers.stream_with_timeout(source, idle=60, total=60)
        await asyncio.sleep(1)
        check_lazy(source, "it reads before anybody asks for a token")
        await take(stream, 2)
        await asyncio.sleep(1)
        check_not_ahead(source.asked, 2)
        await stream.aclose()

    @keeps(2)
    async def test_each_token_restarts_the_idle_time(self, answers, text):
        tokens, wait = text.tokens(6), text.seconds()
        source = AsyncSource([item for token in tokens for item in (Pause(wait), token)])
        got, idle = [], round(wait * 1.5, 3)
        with self.never(answers.StreamTimeout, "a slow but steady stream is stopped", tokens):
            async for token in answers.stream_with_timeout(source, idle=idle):
                got.append(token)
        self.must(got == tokens, "tokens are lost", tokens)

    @keeps(2)
    async def test_silence_is_ended_by_idle(self, answers, text, clock):
        wait, idle = text.seconds(), text.seconds()
        source = AsyncSource([Pause(wait), "Hi", Hang()])
        stream = answers.stream_with_timeout(source, idle=idle + wait)
        with self.raises(
            TimeoutError,
            "a silent source is taken for one that has ended",
            Words("StreamTimeout('idle')"),
        ) as caught:
            async with not_for_ever(
                "it waits forever for a source that falls silent",
                "It is not enough to look at the clock when a token comes: no more tokens come. "
                "Put the limit on the wait itself.",
                Words("StreamTimeout('idle')"),
            ):
                await with_arrival(stream, clock)
        must = self.against(Words("StreamTimeout('idle')"))
        must(
            isinstance(caught.error, answers.StreamTimeout),
            "it raises a plain TimeoutError",
            got=Words(type(caught.error).__name__),
        )
        must(
            caught.error.kind == "idle",
            "the wrong limit is blamed",
            got=Words(f"StreamTimeout({caught.error.kind!r})"),
        )
        self.came_at([clock.elapsed], [wait + idle + wait], "it gives up at the wrong moment")

    @keeps(1)
    async def test_tokens_before_a_timeout_are_handed_out(self, answers, text):
        tokens = text.tokens(3)
        stream = answers.stream_with_timeout(AsyncSource([*tokens, Hang()]), idle=1)
        got = []
        with raises(answers.StreamTimeout, "no timeout comes", why="Raise StreamTimeout."):
            async for token in stream:
                got.append(token)
        self.must(got == tokens, "tokens before a timeout are lost", tokens)

    @keeps(2)
    async def test_the_callers_time_is_not_idle(self, answers, text):
        tokens = text.tokens(3)
        got = []
        with self.never(
            (answers.StreamTimeout, asyncio.CancelledError),
            "the caller's own time counts as idle",
            tokens,
        ):
            async for token in answers.stream_with_timeout(AsyncSource(tokens), idle=1):
                got.append(token)
                await asyncio.sleep(5)
        self.must(got == tokens, "tokens are lost", tokens)

    @keeps(3)
    async def test_total_limits_the_whole_stream(self, answers, text, clock):
        tokens, wait = text.tokens(6), text.seconds()
        total = round(3.5 * wait, 3)
        source = AsyncSource([item for token in tokens for item in (Pause(wait), token)])
        got = []
        with self.raises(
            answers.StreamTimeout,
            "total does not limit the whole stream",
            Words(f"StreamTimeout('total') after {total:g} s"),
        ) as caught:
            async for token in answers.stream_with_timeout(source, idle=9, total=total):
                got.append(token)
        self.in_words(
            caught.error.kind == "total",
            "the wrong limit is blamed",
            "StreamTimeout('total')",
            f"StreamTimeout({caught.error.kind!r})",
            why="Each token came in time; it was the whole stream that took too long.",
        )
        self.in_words(
            got == tokens[:3] and same(clock.elapsed, total),
            "total ends the stream at the wrong moment",
            f"{tokens[:3]}, then the timeout after {total:g} s",
            f"{got}, then the timeout after {clock.elapsed:g} s",
        )

    @keeps(3)
    async def test_total_ends_a_silent_source_too(self, answers, text, clock):
        total = text.seconds()
        stream = answers.stream_with_timeout(AsyncSource([Hang()]), idle=total + 5, total=total)
        with self.raises(answers.StreamTimeout, "no timeout comes") as caught:
            await anext(stream)
        self.in_words(
            caught.error.kind == "total" and same(clock.elapsed, total),
            "the limit that comes first does not win",
            f"StreamTimeout('total') after {total:g} s",
            f"StreamTimeout({caught.error.kind!r}) after {clock.elapsed:g} s",
        )

    @keeps(3)
    async def test_total_includes_the_callers_time(self, answers, text):
        got, source = [], AsyncSource(["a"] * 9)
        with (
            self.raises(
                answers.StreamTimeout, "total stops running while the caller works"
            ) as caught,
            self.never(
                asyncio.CancelledError,
                "its timeout interrupts the caller's code",
                Words("StreamTimeout('total') when the next token is asked for"),
                got=Words("CancelledError where the caller waits for something else"),
            ),
        ):
            async for token in answers.stream_with_timeout(source, total=2.5):
                got.append(token)
                await asyncio.sleep(1)
        self.in_words(
            (len(got), caught.error.kind) == (3, "total"),
            "total is not counted correctly",
            "3 tokens, one each second, then StreamTimeout('total')",
            f"{len(got)} tokens, then StreamTimeout({caught.error.kind!r})",
        )
        self.in_words(
            source.asked == 3,
            "it asks the source again when the total is over",
            "3 asked for",
            f"{source.asked} asked for",
        )

    @keeps(3)
    async def test_total_starts_with_the_first_pull(self, answers, text):
        tokens = text.tokens(2)
        stream = answers.stream_with_timeout(AsyncSource([Pause(1), *tokens]), total=2)
        await asyncio.sleep(60)
        try:
            got = [token async for token in stream]
        except answers.StreamTimeout:
            got = None
        self.must(got == tokens, "the total runs before anybody reads", tokens)

    @keeps(4)
    async def test_zero_is_a_limit(self, answers, text):
        for limits in ({"idle": 0}, {"total": 0}):
            stream = answers.stream_with_timeout(AsyncSource([Hang()]), **limits)
            (kind,) = limits
            with raises(
                answers.StreamTimeout,
                f"{kind}=0 is taken for no limit",
                why="0 is false in an `if`, just like None. Test `is None`.",
            ):
                async with not_for_ever(
                    f"{kind}=0 is taken for no limit",
                    "0 is false in an `if`, just like None. Test `is None`.",
                    Words(f"StreamTimeout({kind!r}) at once"),
                ):
                    await anext(stream)

    @keeps(4)
    async def test_none_means_no_limit(self, answers, text):
        tokens = text.tokens(2)
        items = [Pause(3_600), tokens[0], Pause(3_600), tokens[1]]
        plain = [token async for token in answers.stream_with_timeout(AsyncSource(items))]
        idle = answers.stream_with_timeout(AsyncSource(items), idle=4_000)
        total = answers.stream_with_timeout(AsyncSource(items), total=9_000)
        got = [plain, [token async for token in idle], [token async for token in total]]
        self.must(got == [tokens] * 3, "a limit that is not given still applies", [tokens] * 3, got)

    @keeps(6)
    async def test_the_source_is_closed(self, answers, text):
        for end in ("a timeout", "a total that ran out while the caller worked", "an early stop"):
            source = AsyncSource([text.word(), text.word(), Hang()])
            stream = answers.stream_with_timeout(source, idle=1, total=50)
            await anext(stream)
            if end == "an early stop":
                await stream.aclose()
            else:
                await asyncio.sleep(0 if end == "a timeout" else 60)
                with raises(answers.StreamTimeout, "no timeout comes", why="Raise StreamTimeout."):
                    await take(stream, 2)
            check_nothing_runs_on(answers)
            check_closed(
                source, f"after {end}", "Close it in finally: await aclose_source(source)."
            )

    @keeps(5)
    async def test_other_errors_pass_through(self, answers, text):
        error = ConnectionError(text.word())
        source = AsyncSource([text.word(), error])
        with passes_on(error):
            await take(answers.stream_with_timeout(source, idle=1, total=5), 2)

    @keeps(5)
    async def test_a_timeout_of_the_source_is_its_own(self, answers, text):
        error = TimeoutError(text.word())
        stream = answers.stream_with_timeout(AsyncSource([text.word(), error]), idle=9, total=9)
        with raises(TimeoutError, "an error is hidden", why=SAME_ERROR) as caught:
            await take(stream, 2)
        self.in_words(
            caught.error is error,
            "an error of the source is taken for a timeout of its own",
            f"{error!r}, the source's own",
            f"{caught.error!r}",
        )

    @keeps(5, 6)
    async def test_cancellation_passes_through(self, answers, text):
        source = AsyncSource([text.word(), Hang()])
        await cancel_while_it_waits(answers.stream_with_timeout(source, idle=60, total=90))
        check_closed(source, "after a cancellation")

    def test_any_tokens(self, search):
        async def promise(answers, clock, tokens, waits, last, idle, total, work, stop):
            if 0 in (idle, total):  # what is ready at once may come or not
                waits = [max(wait, 1) for wait in waits]
            if last == SILENCE and idle is None is total:
                last = THE_END
            if last == ITS_OWN:
                last = answers.StreamTimeout("total")
            items = [*zip(waits, tokens, strict=False)]
            items.append((math.inf if last == SILENCE else waits[len(tokens)], last))
            source = played(items)
            stream = answers.stream_with_timeout(source, idle, total)
            await asyncio.sleep(3)
            check_lazy(source, "it reads before anybody asks for a token")
            start, got, ended = clock.elapsed, [], THE_END
            try:
                async for token in stream:
                    got.append((token, clock.elapsed - start))
                    if source.asked != len(got):
                        check_not_ahead(source.asked, len(got))
                    if len(got) == stop:
                        await stream.aclose()
                        break
                    await asyncio.sleep(work)
            except BaseException as error:
                ended = error
            came, ends, moment = limited(items, idle, total, work)
            tokens_wanted = [token for token, _ in came[:stop]]
            if len(got) == stop:
                ends, ended, moment = [THE_END], THE_END, clock.elapsed - start
            self.check_ending(answers, ended, ends, clock.elapsed - start, moment)
            check_same([token for token, _ in got], tokens_wanted, tokens)
            moments = [when for _, when in got], [when for _, when in came[:stop]]
            self.came_at(*moments, "tokens come later than they could")
            self.in_words(
                source.asked == len(got) or total is None or moment <= total,
                "it asks the source again when the total is over",
                f"{len(got)} asked for",
                f"{source.asked} asked for",
            )
            check_nothing_runs_on(answers)
            check_closed(source, "at its end, however it ends", NOT_BY_ITSELF)

        no_limit = {"idle": None, "total": None, "waits": [1] * 1_000, "work": 0, "stop": None}
        limit = {**no_limit, "idle": 2.5, "total": 9.25}
        own = (TimeoutError("of the source"), ConnectionError("of the source"), Stop(), ITS_OWN)
        always = [
            together(tokens=EACH_TOKEN, last=THE_END, **no_limit | {"idle": 2.5, "total": 1e4}),
            *each(last=(*own, SILENCE), tokens=["a", "b"], **limit),
            *each(tokens=["a"], last=SILENCE, **limit | {"idle": (0, 0.5, 1.5)}),
            *each(tokens=["a"], last=SILENCE, **limit | {"total": (0, 0.25, 1.25)}),
            *each(tokens=["a"] * 8, last=THE_END, **limit | {"work": (1, 5, 60)}),
            *each(tokens=["a"] * 8, last=THE_END, **no_limit | {"work": (1, 5, 60)}),
            *each(tokens=["a", "b"], last=THE_END, **limit | {"stop": (1, 2)}),
            *each(tokens=([""] * 5, [" "] * 5, ["a"] * 5, *AT_EDGES), last=THE_END, **limit),
        ]
        search(
            promise,
            *always,
            tokens=any_tokens(3),
            waits=lists(sampled_from((0, 0, 1, 2, 3)), min_size=10, max_size=10),
            last=sampled_from((THE_END, SILENCE, *own)),
            idle=sampled_from((None, 0, 0.5, 1.5, 2.5, 5e3)),
            total=sampled_from((None, 0, 0.25, 1.25, 3.25, 6.25, 5e3)),
            work=sampled_from((0, 1, 5)),
            stop=sampled_from((None, None, 1, 2)),
        )

    def check_ending(self, answers, ended, ends, came, moment):
        """Pass if it ends in one of these ways, and at this moment."""
        if isinstance(ended, answers.StreamTimeout) and ended not in ends:
            ended = f"StreamTimeout({ended.kind!r})"
        elif isinstance(ended, BaseException) and ended not in ends:
            raise ended

        def shown(how, when):
            what = how if isinstance(how, str) else f"the source's own {type(how).__name__}"
            return f"{what} after {when:g} s"

        self.in_words(
            ended in ends and same(came, moment),
            "it ends in another way, or at another moment",
            shown(ends[0], moment),
            shown(ended, came),
        )

    async def test_two_streams_are_apart(self, answers):
        await acheck_apart(
            lambda source: answers.stream_with_timeout(source, idle=1, total=5),
            ["a", "", "b"],
            ["a", "", "b"],
        )


class TestAstreamTokens(Explained):
    """The text of a model's answer comes token by token, and the event loop stays free."""

    WHY: ClassVar = {
        "a finish_reason is taken for the end": "A chunk may say why the answer ends, and another "
        "one may still follow. The stream ends when there are no more chunks.",
        "it reads only content that is a string": "Some models send a list of blocks. chunk.text "
        "is the text in both cases.",
        "it yields chunks instead of their text": "model.astream() gives AIMessageChunk objects. "
        "The text of one is chunk.text.",
        "everything comes in one piece": "The answer was collected first. Yield the text of each "
        "chunk inside the loop.",
        "it yields empty strings": "Reasoning and the last chunk have no text. Skip a chunk "
        "without text.",
        "the tokens are not the model's": "Yield the text of each chunk just as it is.",
        "the model gets another prompt, or is asked again": "Call model.astream(prompt) once, with "
        "the prompt as it is.",
        "nothing else runs while the model thinks": "Use model.astream() with async for; "
        "model.stream() blocks everything.",
        "tokens come later than the model sends them": "Yield the text of each chunk inside the "
        "loop, at once.",
    }

    @in_process("OpenAI's protocol carries no reasoning")
    @keeps(1)
    async def test_text_comes_token_by_token(self, answers, play, text):
        tokens = ["\n", *text.tokens(5), " "]
        model = play(Reply(Reasoning("Hm."), *tokens[:3], Reasoning("Oh."), *tokens[3:]))
        prompt = f"Tell me about {text.word()}."
        got = [token async for token in answers.astream_tokens(model, prompt)]
        must = self.against(tokens)
        must(
            not any(isinstance(token, list) for token in got),
            "it reads only content that is a string",
        )
        must(all(isinstance(token, str) for token in got), "it yields chunks instead of their text")
        must(got != [joined(tokens)], "everything comes in one piece")
        must("" not in got, "it yields empty strings")
        must(got == tokens, "the tokens are not the model's")
        asked = [call.messages[-1].text for call in model.transcript]
        self.equal(asked, [prompt], "the model gets another prompt, or is asked again")

    @in_process("the times are exact")
    @keeps(2)
    async def test_others_work_while_the_model_thinks(self, answers, play, text, clock):
        wait = text.seconds(1.0, 2.0)
        model = play(Reply(Pause(wait), "Hel", Pause(wait), "lo"))
        ticks = []

        async def tick():
            while True:
                await asyncio.sleep(0.1)
                ticks.append(clock.elapsed)

        ticking = asyncio.create_task(tick())
        _, moments = await with_arrival(answers.astream_tokens(model, "Hello?"), clock)
        ticking.cancel()
        self.in_words(
            len(ticks) >= 10 * wait,
            "nothing else runs while the model thinks",
            f"another task that runs every 0.1 s for {2 * wait:g} s",
            f"it ran {len(ticks)} times",
        )
        self.came_at(moments, [wait, 2 * wait], "tokens come later than the model sends them")

    @in_process("a network reads ahead")
    @keeps(3)
    async def test_it_is_lazy_and_does_not_read_ahead(self, answers, play, text):
        model = play(Reply(*text.tokens(5)))
        stream = answers.astream_tokens(model, "Hello?")
        await asyncio.sleep(1)
        check_not_asked(model)
        await take(stream, 2)
        await asyncio.sleep(1)
        pulled = model.transcript[0].pulled
        check_not_ahead(pulled, 2)

    @keeps(4)
    async def test_stopping_closes_the_model(self, answers, play, text):
        model = play(Reply(*text.tokens(9), Hang()))
        stream = answers.astream_tokens(model, "Hello?")
        await take(stream, 2)
        await stream.aclose()
        await acheck_model_closed(
            model.transcript[0],
            why="break or aclose() ends your generator, not the model's stream. "
            "Close that in finally, and await it: await aclose_source(stream).",
        )
        check_nothing_runs_on(answers)

    @keeps(4, 5)
    async def test_cancellation_passes_through(self, answers, play, text):
        model = play(Reply(text.word(), Hang()))
        await cancel_while_it_waits(answers.astream_tokens(model, "Hello?"))
        await acheck_model_closed(model.transcript[0], "the model goes on after a cancellation")

    @in_process("an error cannot travel; the client raises its own")
    @keeps(5)
    async def test_an_error_passes_through(self, answers, play, text):
        token, error = text.word(), ConnectionError(text.word())
        model = play(Reply(token, Fail(error)))
        got = []
        with passes_on(error, "the model"):
            async for item in answers.astream_tokens(model, "Hello?"):
                got.append(item)
        self.must(got == [token], "tokens before an error are lost", [token], why=SAME_ERROR)

    async def test_a_finish_reason_is_not_the_end(self, answers, text):
        tokens, last = text.tokens(3), {"finish_reason": "stop"}
        parts = [tokens[0], {"content": tokens[1], "response_metadata": last}, tokens[2]]
        model = Replay(AsyncSource(parts))
        got = [token async for token in answers.astream_tokens(model, "Hello?")]
        self.must(got == tokens, "a finish_reason is taken for the end", tokens)

    def test_any_chunks(self, search):
        async def promise(answers, clock, parts, prompt, ending):
            models = []

            def read(source):
                models.append(Replay(source))
                return answers.astream_tokens(models[-1], prompt)

            await KEEPS.acheck(answers, read, parts, ending, texts_of)
            asked = prompts_of(models[0])
            self.equal(asked, [prompt], "the model gets another prompt, or is asked again")
            if ending == Ending():
                await KEEPS.acheck_cancelled(answers, read, parts[:2])

        always = [
            together(parts=EACH_PART, prompt="Hello?", ending=Ending()),
            *each(parts=AT_EDGES, prompt="Hello?", ending=Ending()),
            *each(ending=in_async(EACH_ENDING), parts=["a", "", "b", "c"], prompt=" "),
        ]
        search(promise, *always, parts=any_parts(), prompt=any_text(), ending=any_ending())

    async def test_two_streams_are_apart(self, answers):
        await acheck_apart(
            lambda source: answers.astream_tokens(Replay(source), "Hello?"),
            ["a", "", "b", "b"],
            ["c", "d", "e"],
        )


class Timed(AsyncSource):
    """A source that notes when it has handed out each token, and when it has failed."""

    def __init__(self, items):
        super().__init__(items)
        self.moments = []
        self.failed_at = math.inf

    async def __anext__(self):
        try:
            token = await super().__anext__()
        except Exception as error:
            if not isinstance(error, StopAsyncIteration):
                self.failed_at = time.monotonic()
            raise
        self.moments.append(time.monotonic())
        return token


WORK = (0.573, 1.173)
"""How long a caller may work, in seconds: nothing else happens at the moment when it is done."""

NAMES = ("a", "", "None", "b")
"""Names of sources. At each moment, at most one of them has a token."""


class TestMergeStreams(Explained):
    """Several streams are read at once, in the order in which tokens arrive."""

    WHY: ClassVar = {
        "empty tokens are dropped": "Merging changes nothing. A caller who does not want empty "
        "tokens can skip them.",
        "pairs are missing": "Go on until every source has ended. And never abandon a wait: "
        "cancelling an anext(), as wait_for does, ends its source for good.",
        "pairs are repeated or have the wrong form": "Yield one pair (name, token) for each token "
        "of each source.",
        "nothing comes before everything has arrived": "gather() returns all results together, at "
        "the end. A stream cannot wait for that: hand out each pair when it arrives.",
        "the sources are read one after the other": "All of them together should take only as long "
        "as the slowest. Start a task for each source, and take what comes first.",
        "pairs do not come in the order of arrival": "Do not take turns: while you wait for one "
        "source, another may have a token. Wait for all of them at once, and take what comes "
        "first.",
        "pairs come later than they arrive": "Wait for all sources at once, and hand out each pair "
        "when it arrives.",
        "a pair is not a tuple": "Yield (name, token).",
        "the end of one source ends or disturbs the others": "Go on until every source has ended.",
        "pairs before an error are lost": "Hand out what arrived before the error, then let the "
        "error pass.",
        "sources stay open after an error": "Close every source in finally.",
        "an error overtakes a pair that arrived before it": "While the caller was busy, a token "
        "arrived, and then an error. Hand out the token first.",
        "sources stay open when the caller stops": "In finally: cancel the tasks that are still "
        "reading, await them, and then close every source.",
        "sources stay open after a cancellation": CLOSE,
        "sources are read before anybody asks for a pair": LAZY,
        "a source is read far ahead of a slow caller": "A queue without a limit takes everything, "
        "and a reader that waits in put() holds one token more than the queue. Give it a size: "
        "asyncio.Queue(maxsize=1) makes the reader wait.",
        "sources stay open at the end, however it ends": "A response that has ended, or failed, "
        "keeps its connection until somebody closes it. In finally: cancel the tasks that still "
        "read, await them, and then close every source.",
        "an error of a source is lost": "A source that fails has not reached its end. Pass its "
        "error on to the caller.",
    }

    @keeps(1)
    async def test_pairs_come_in_the_order_of_arrival(self, answers, text, clock):
        a = [text.word(), "", text.word()]
        b = [text.word() for _ in range(2)]
        sources = {
            "a": AsyncSource([Pause(2), a[0], Pause(1), a[1], Pause(5), a[2]]),
            "b": AsyncSource([Pause(1), b[0], Pause(3), b[1]]),
        }
        got, moments = await with_arrival(answers.merge_streams(sources), clock)
        wanted = [("b", b[0]), ("a", a[0]), ("a", a[1]), ("b", b[1]), ("a", a[2])]
        pairs = [tuple(item) if isinstance(item, list | tuple) else item for item in got]
        must = self.against(wanted)
        must(pairs != [pair for pair in wanted if pair[1]], "empty tokens are dropped")
        must(not set(map(str, pairs)) < set(map(str, wanted)), "pairs are missing")
        must(
            sorted(map(str, pairs)) == sorted(map(str, wanted)),
            "pairs are repeated or have the wrong form",
        )
        self.must(
            moments[0] != moments[-1],
            "nothing comes before everything has arrived",
            seconds([1, 2, 3, 4, 8]),
            seconds(moments),
        )
        must = self.against(wanted)
        must(
            pairs != sorted(wanted, key=lambda pair: pair[0]),
            "the sources are read one after the other",
        )
        must(pairs == wanted, "pairs do not come in the order of arrival")
        self.came_at(moments, [1, 2, 3, 4, 8], "pairs come later than they arrive")

    @keeps(2)
    async def test_a_short_source_does_not_end_the_others(self, answers, text):
        words = [text.word() for _ in range(4)]
        sources = {
            "short": AsyncSource([words[0]]),
            "none": AsyncSource([]),
            "long": AsyncSource([Pause(1), words[1], Pause(1), words[2], words[3]]),
        }
        got = [tuple(pair) async for pair in answers.merge_streams(sources)]
        wanted = [("short", words[0]), *(("long", word) for word in words[1:])]
        self.must(got == wanted, "the end of one source ends or disturbs the others", wanted)

    async def test_no_sources_give_no_pairs(self, answers):
        got = [pair async for pair in answers.merge_streams({})]
        self.must(
            got == [],
            "it yields pairs although there are no sources",
            [],
            why="There is nothing to read: end at once.",
        )

    @keeps(4)
    async def test_an_error_comes_after_what_arrived_before(self, answers, text):
        error = ConnectionError(text.word())
        sources = {
            "good": AsyncSource(["one", Pause(2), "two", Pause(2), "late"]),
            "bad": AsyncSource([Pause(3), error]),
        }
        stream = answers.merge_streams(sources)
        got = []
        with self.raises(ConnectionError, "an error of a source is lost") as caught:
            async with not_for_ever(
                "nobody notices the error of a source, and everybody waits forever",
                "An error in a task stays there until its result is asked for. Catch it in the "
                "task and hand it to the reader.",
                Words("ConnectionError"),
            ):
                async for pair in stream:
                    got.append(tuple(pair))
        self.must(caught.error is error, "an error is replaced", why=SAME_ERROR)
        self.must(
            got == [("good", "one"), ("good", "two")],
            "pairs before an error are lost",
            [("good", "one"), ("good", "two")],
        )
        check_nothing_runs_on(answers)
        still = [name for name, source in sources.items() if not source.closed]
        self.in_words(
            not still,
            "sources stay open after an error",
            "both closed",
            f"still open: {', '.join(still)}",
        )

    @keeps(4)
    async def test_an_error_waits_for_its_turn(self, answers, text):
        error = ConnectionError(text.word())
        sources = {
            "first": AsyncSource(["one", Pause(20), "late"]),
            "good": AsyncSource([Pause(1), "two", Pause(20), "late"]),
            "bad": AsyncSource([Pause(2), error]),
        }
        stream = answers.merge_streams(sources)
        got = [tuple(pair) for pair in await take(stream, 1)]
        await asyncio.sleep(5)
        with suppress(ConnectionError):
            async for pair in stream:
                got.append(tuple(pair))
        self.must(
            got == [("first", "one"), ("good", "two")],
            "an error overtakes a pair that arrived before it",
            [("first", "one"), ("good", "two")],
        )

    @keeps(5)
    async def test_stopping_closes_all(self, answers, text):
        sources = {name: AsyncSource([text.word(), Hang()]) for name in ("a", "b", "c")}
        stream = answers.merge_streams(sources)
        await anext(stream)
        await asyncio.sleep(1)
        await stream.aclose()
        check_nothing_runs_on(answers)
        still = [name for name, source in sources.items() if not source.closed]
        self.in_words(
            not still,
            "sources stay open when the caller stops",
            "all three closed",
            f"still open: {', '.join(still)}",
        )

    @keeps(5)
    async def test_cancellation_passes_through(self, answers, text):
        sources = {name: AsyncSource([text.word(), Hang()]) for name in ("a", "b")}
        await cancel_while_it_waits(answers.merge_streams(sources))
        check_nothing_runs_on(answers)
        self.must(
            all(source.closed for source in sources.values()),
            "sources stay open after a cancellation",
        )

    @keeps(3)
    async def test_a_slow_caller_is_waited_for(self, answers, text):
        tokens = [str(number) for number in range(30)]
        sources = {"quick": AsyncSource(tokens), "silent": AsyncSource([Hang()])}
        stream = answers.merge_streams(sources)
        await asyncio.sleep(1)
        self.must(
            not any(source.asked for source in sources.values()),
            "sources are read before anybody asks for a pair",
        )
        handed_out = dict.fromkeys(sources, 0)
        for _ in range(9):
            name, _ = await anext(stream)
            handed_out[name] += 1
            await asyncio.sleep(1)
            ahead = max(source.pulled - handed_out[name] for name, source in sources.items())
            self.in_words(
                ahead <= 10,
                "a source is read far ahead of a slow caller",
                "at most 10 tokens pulled from a source and not handed out yet",
                f"{ahead} tokens",
            )
        await stream.aclose()

    @keeps(5)
    async def test_a_source_may_take_a_moment_to_stop(self, answers, text):
        ended = []

        async def source():
            try:
                yield text.word()
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(1)
                ended.append(True)

        stream = answers.merge_streams({"a": source(), "b": source()})
        await take(stream, 2)
        await asyncio.sleep(1)
        with suppress(RuntimeError):
            await stream.aclose()
        check_nothing_runs_on(answers)
        self.in_words(
            len(ended) == 2,
            "sources stay open when the caller stops",
            "both closed",
            f"{len(ended)} closed",
        )

    def test_any_sources(self, search):
        async def promise(answers, clock, streams, error, work, stop):
            sources = {}
            for number, (name, timed) in enumerate(zip(NAMES, streams, strict=False)):
                items = paced([*timed, *([(0, error)] if error and not number else [])])
                sources[name] = Timed([*([Pause(number / 8)] if number else []), *items])
            if error and streams:
                sources = {"silent": Timed([Hang()]), **sources}
            stream, start = answers.merge_streams(sources), time.monotonic()
            got, moments, raised, handed_out = [], [], None, Counter()
            unnoticed = ("it never ends", "What should end it?", Words("an end"))
            if error and streams:
                problem = "nobody notices the error of a source, and everybody waits forever"
                unnoticed = (problem, UNNOTICED, Words(type(error).__name__))
            try:
                async with not_for_ever(*unnoticed):
                    async for pair in stream:
                        kind = type(pair).__name__
                        self.in_words(kind == "tuple", "a pair is not a tuple", "a tuple", kind)
                        got.append(pair)
                        handed_out[pair[0]] += 1
                        moments.append(time.monotonic() - start)
                        if len(got) == stop:
                            await stream.aclose()
                            break
                        await asyncio.sleep(work)
                        self.check_not_far_ahead(sources, handed_out)
            except type(error or ConnectionError()) as found:
                raised = found
            check_nothing_runs_on(answers)
            still = [name for name, source in sources.items() if not source.closed]
            self.in_words(
                not still,
                "sources stay open at the end, however it ends",
                "all closed",
                f"still open: {still}",
            )
            if error and streams and len(got) != stop:
                self.must(raised is error, "an error of a source is lost", Words(repr(error)))
            self.check_each_source(sources, got, stopped=len(got) == stop)
            if not work:
                self.check_order(streams, error, got, [round(moment, 3) for moment in moments])

        def at_once(tokens):
            return [(0, token) for token in tokens]

        plain = {"error": None, "work": 0, "stop": None}
        steady = [(1, token) for token in ("a", "", "b", "b")]
        two, three = [steady, steady], [steady, at_once("xyxyx"), []]
        always = [
            Together(
                {"streams": [at_once(chain.from_iterable(EACH_TOKEN)), steady], **plain},
                tuple({"streams": [at_once(text), steady], **plain} for text in EACH_TOKEN),
            ),
            *({"streams": [at_once(text), steady], **plain} for text in AT_EDGES),
            *each(error=BROKEN, streams=three, work=0, stop=None),
            *each(error=BROKEN[:1], streams=[at_once("abcd"), *three], work=WORK[0], stop=None),
            *each(work=(0, *WORK), streams=[*two, at_once(["x"] * 30)], error=None, stop=None),
            *each(stop=(1, 2, 8), streams=two, error=None, work=WORK[0]),
        ]
        token = tuples(sampled_from((0, 0, 1, 2, 3)), any_text())
        search(
            promise,
            *always,
            streams=lists(repeated(token, most=4), max_size=4),
            error=none() | sampled_from(BROKEN),
            work=sampled_from((0, 0, *WORK)),
            stop=sampled_from((None, None, 1, 2)),
        )

    def check_not_far_ahead(self, sources, handed_out):
        """Pass if at most ten tokens of each source have been pulled and not handed out."""
        for name, source in sources.items():
            ahead = source.pulled - handed_out[name]
            self.in_words(
                ahead <= 10,
                "a source is read far ahead of a slow caller",
                "at most 10 tokens pulled from a source and not handed out yet",
                f"{ahead} tokens",
            )

    def check_each_source(self, sources, got, stopped):
        """Pass if the tokens of each source are in order, and none is left out."""
        failed_at = min(source.failed_at for source in sources.values()) if sources else math.inf
        for name, source in sources.items():
            came = [pair[1] for pair in got if pair[0] == name]
            whole = source.tokens
            if stopped:
                whole = whole[: len(came)]
            elif failed_at < math.inf and source.failed_at == math.inf:
                before = sum(moment < failed_at for moment in source.moments)
                whole = whole[: max(before, len(came))]
            check_same(came, whole, source.tokens, lambda tokens, whole=whole: tokens[: len(whole)])

    def check_order(self, streams, error, got, moments):
        """Pass if all pairs came when they arrived; so they came in that order, too."""
        due, ends = [], []
        for number, (name, timed) in enumerate(zip(NAMES, streams, strict=False)):
            when = [*accumulate((wait for wait, _ in timed), initial=number / 8)]
            due += [(at, (name, token)) for at, (_, token) in zip(when[1:], timed, strict=True)]
            ends.append(when[-1])
        due.sort(key=lambda arrival: arrival[0])
        due = [arrival for arrival in due if not error or arrival[0] <= ends[0]][: len(got)]
        self.equal(got, [pair for _, pair in due], "pairs do not come in the order of arrival")
        self.came_at(moments, [at for at, _ in due], "pairs come later than they arrive")

    async def test_two_streams_are_apart(self, answers):
        await acheck_apart(
            lambda source: answers.merge_streams({"x": source}),
            [("x", "a"), ("x", ""), ("x", "b")],
            ["a", "", "b"],
        )


class Library:
    """What a RAG answer needs: something that retrieves and something that generates."""

    def __init__(self, found, tokens):
        self.found = AsyncSource(found)
        self.tokens = AsyncSource(tokens)
        self.calls = []

    def retrieve(self, query):
        self.calls.append(("retrieve", query))
        return self.found

    def generate(self, query, documents):
        self.calls.append(("generate", query, [d.metadata["title"] for d in documents]))
        return self.tokens


class Failing(Library):
    """One that fails where it says: when it is called, or at the end of what it gives."""

    def __init__(self, titles, tokens, fails, error):
        found = [Document("x", metadata={"title": title, "page": 1}) for title in titles]
        end = {fails: [error]}
        super().__init__([*found, *end.get("search", [])], [*tokens, *end.get("answer", [])])
        self._end = end
        self.needed = [count for count, token in enumerate(tokens, 1) if token]
        self.has_begun = False

    def retrieve(self, query):
        for error in self._end.get("retrieve", ()):
            raise error
        return super().retrieve(query)

    def generate(self, query, documents):
        for error in self._end.get("generate", ()):
            raise error
        if not isinstance(documents, list):
            raise TypeError(f"the documents are no list, but a {type(documents).__name__}")
        return super().generate(query, documents)


PLACES = ("retrieve", "search", "generate", "answer")


def told(titles, tokens, fails=None, error=None):
    """All events that have to come but those of status."""
    if fails != "retrieve":
        yield from ({"type": "document", "title": title} for title in titles)
    if fails in (None, "answer"):
        yield from ({"type": "token", "content": token} for token in tokens if token)
    if fails is None:
        yield {"type": "complete"}
    elif isinstance(error, Exception):
        yield {"type": "error", "message": "..."}


def documents_of(text, count):
    """Some documents with titles that nobody can guess."""
    return [
        Document(text.sentence(), metadata={"title": f"{text.word()}.pdf"}) for _ in range(count)
    ]


class TestStreamRagResponse(Explained):
    """A question is answered from documents, and each step is shown as it happens."""

    WHY: ClassVar = {
        "a document with the same title as another is not shown": "Two parts of one file have "
        "the same title, and both were found. Show them all; the user interface can group them.",
        "the documents are not shown": 'Yield {"type": "document", "title": '
        'document.metadata["title"]} for each.',
        "the tokens of the answer are not shown": 'Yield {"type": "token", "content": token} for '
        "each.",
        "the steps are not in order, or complete is not last": "First documents, then tokens, then "
        "complete, once.",
        "the user is not told what is going on": "Yield a status before the search and another one "
        "before the answer.",
        "a status has something else in it, too": "A status is its type and its message.",
        "a status says nothing": 'Give it a text: {"type": "status", "message": "Searching..."}.',
        "the answer is generated without the documents": "Keep each document when you show it: a "
        "stream can be read only once.",
        "retrieve or generate is not called correctly": "Call retrieve(query) once, then "
        "generate(query, documents) with all documents.",
        "documents are shown later than they are found": "Yield a document inside the loop that "
        "reads retrieve(query); do not wait for all of them.",
        "a token without text is shown": "It has nothing to show. Skip it.",
        "a token is lost": "Skip only the tokens without text. A space is text.",
        "tokens are shown later than they come": "Yield each token inside the loop that reads "
        "generate(...).",
        "without documents there is no answer": "It is not an error to find nothing. generate then "
        "gets an empty list, and still answers: that it does not know, perhaps.",
        "it answers even though the search failed": "Without the search, the answer would be made "
        "up. Stop.",
        "what was found before the error is not shown": "Show each document when it is found.",
        "what was said before the error is not shown": "Show each token when it comes.",
        "an error is silently ignored": "`complete` tells the user that all went well. Send "
        "an error event instead, and stop.",
        "a failed answer is called complete": "The last event is either error or complete, never "
        "both. The code that says complete must not run after an error. A finally block would; the "
        "else of a try does not.",
        "a failed answer does not end with one error event": "Tell the user once, at the end, that "
        "something went wrong.",
        "the error has no message": "Write a sentence for the user.",
        "the text of the exception is shown to the user": "It may contain keys, paths or "
        "addresses. Write a sentence of your own.",
        "the search starts before the user is told": "Yield the status first, then call "
        "retrieve(query).",
        "the answer starts before the user is told": "A model may take a long time for its "
        "first token, and that is when the user wants to know what is going on. Yield the status "
        "first, then ask for the answer.",
        "the search goes on when the caller stops": "Close what retrieve(query) gave in finally, "
        "and await it.",
        "the model goes on when the caller stops": "Close what generate(...) gave in finally, and "
        "await it.",
        "what is no Exception is hidden": "KeyboardInterrupt, SystemExit and CancelledError stop a "
        "program, or a part of it. Catch Exception, which does not include them.",
        "an error breaks the stream": "A user interface cannot catch it. Catch Exception and send "
        "an error event.",
    }

    @keeps(1, 2, 3)
    async def test_each_step_is_shown(self, answers, text):
        query, documents, tokens = text.sentence("?"), documents_of(text, 2), text.tokens(3)
        documents.append(Document(text.sentence(), metadata=documents[0].metadata))
        library = Library(documents, tokens)
        stream = answers.stream_rag_response(query, library.retrieve, library.generate)
        events = [event async for event in stream]
        check_no_error(events)
        kinds = types_of(events)
        titles = [event.get("title") for event in events if event.get("type") == "document"]
        must = self.against([document.metadata["title"] for document in documents], titles)
        must(
            titles != [document.metadata["title"] for document in documents[:2]],
            "a document with the same title as another is not shown",
        )
        must(
            titles == [document.metadata["title"] for document in documents],
            "the documents are not shown",
        )
        self.equal(tokens_of(events), tokens, "the tokens of the answer are not shown")
        told = [kind for kind in kinds if kind != "status"]
        steps = "status, document (3 times), status, token (3 times), complete"
        self.must(
            told == [*["document"] * 3, *["token"] * 3, "complete"],
            "the steps are not in order, or complete is not last",
            Words(steps),
            kinds,
        )
        between = kinds[kinds.index("document") : kinds.index("token")]
        self.must(
            kinds[0] == "status" and "status" in between,
            "the user is not told what is going on",
            Words(steps),
            kinds,
        )
        messages = [event.get("message") for event in events if event["type"] == "status"]
        self.must(
            all(isinstance(message, str) and message for message in messages),
            "a status says nothing",
            got=messages,
        )
        wanted = [
            ("retrieve", query),
            ("generate", query, [document.metadata["title"] for document in documents]),
        ]
        must = self.against(wanted, library.calls)
        must(
            library.calls != [wanted[0], ("generate", query, [])],
            "the answer is generated without the documents",
        )
        must(library.calls == wanted, "retrieve or generate is not called correctly")

    @keeps(2)
    async def test_a_document_is_shown_the_moment_it_is_found(self, answers, text, clock):
        wait, documents = text.seconds(), documents_of(text, 2)
        found = [Pause(wait), documents[0], Pause(wait), documents[1], Pause(wait)]
        library = Library(found, [Pause(wait), "Hi"])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        events, moments = await with_arrival(stream, clock)
        shown = [m for m, e in zip(moments, events, strict=True) if e["type"] == "document"]
        self.came_at(shown, [wait, 2 * wait], "documents are shown later than they are found")

    @keeps(3)
    async def test_a_token_is_shown_the_moment_it_comes(self, answers, text, clock):
        wait = text.seconds()
        tokens = [Pause(wait), "Hel", "", Pause(wait), " ", "lo"]
        library = Library(documents_of(text, 1), tokens)
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        events, moments = await with_arrival(stream, clock)
        shown = [m for m, e in zip(moments, events, strict=True) if e["type"] == "token"]
        must = self.against(["Hel", " ", "lo"], tokens_of(events))
        must("" not in tokens_of(events), "a token without text is shown")
        must(tokens_of(events) == ["Hel", " ", "lo"], "a token is lost")
        self.came_at(shown, [wait, 2 * wait, 2 * wait], "tokens are shown later than they come")

    async def test_no_documents_are_no_error(self, answers, text):
        library = Library([], ["I do not know."])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        events = [event async for event in stream]
        self.must(
            tokens_of(events) == ["I do not know."] and types_of(events)[-1] == "complete",
            "without documents there is no answer",
            Words("... token, complete"),
            events,
        )

    @keeps(4)
    async def test_an_error_in_the_search_ends_it(self, answers, text):
        secret, documents = text.secret(), documents_of(text, 1)
        library = Library([*documents, ConnectionError(secret)], ["Hi"])
        events = await self.events_with_error(answers, library)
        self.check_error(events, secret)
        must = self.against(got=events)
        must(
            "token" not in types_of(events) and library.calls[-1][0] == "retrieve",
            "it answers even though the search failed",
        )
        must("document" in types_of(events), "what was found before the error is not shown")

    @keeps(4)
    async def test_an_error_in_the_answer_ends_it(self, answers, text):
        for kind in (ConnectionError, ValueError, TypeError, PermissionError):
            secret, tokens = text.secret(), text.tokens(2)
            library = Library(documents_of(text, 1), [*tokens, kind(secret)])
            events = await self.events_with_error(answers, library)
            self.check_error(events, secret)
            self.must(
                tokens_of(events) == tokens,
                "what was said before the error is not shown",
                tokens,
                events,
            )

    async def events_with_error(self, answers, library):
        """Read a stream in which an error happens; it must not escape."""
        events = []
        with self.never(
            (ConnectionError, ValueError, TypeError, PermissionError),
            "an error breaks the stream",
            Words('{"type": "error", "message": ...} as the last event'),
        ):
            stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
            async for event in stream:
                events.append(event)
        return events

    def check_error(self, events, secret):
        """Pass if the stream ends with one error event that keeps the secret."""
        kinds = types_of(events)
        must = self.against(Words("... error as the last event, no complete"), kinds)
        must("error" in kinds or "complete" not in kinds, "an error is silently ignored")
        must("complete" not in kinds, "a failed answer is called complete")
        must(
            kinds[-1:] == ["error"] and kinds.count("error") == 1,
            "a failed answer does not end with one error event",
        )
        message = events[-1].get("message")
        must = self.against(got=events[-1])
        must(isinstance(message, str) and message != "", "the error has no message")
        must(
            secret not in str(events[-1]),
            "the text of the exception is shown to the user",
            wanted=Words('{"type": "error", "message": "Something went wrong."}, for example'),
        )

    @keeps(1)
    async def test_the_first_status_comes_before_the_search(self, answers, text):
        library = Library([Pause(9), *documents_of(text, 1)], ["Hi"])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        first = await anext(stream)
        self.in_words(
            first.get("type") == "status" and not library.calls,
            "the search starts before the user is told",
            "a status event, and no call so far",
            f"{first}, and calls so far: {library.calls}",
        )
        await stream.aclose()

    @keeps(1)
    async def test_the_second_status_comes_before_the_answer(self, answers, text):
        library = Library(documents_of(text, 1), [Pause(9), text.word()])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        kinds, before = [], []
        async for event in stream:
            kinds.append(event["type"])
            if library.tokens.asked == 0:
                before.append(event["type"])
        self.in_words(
            "status" in before[before.index("document") :],
            "the answer starts before the user is told",
            "status, document, status, and then the first token is asked for",
            f"{', '.join(before)}, and then the first token was asked for",
        )

    @keeps(4)
    async def test_a_call_that_fails_is_an_error_too(self, answers, text):
        secret = text.secret()
        library = Library(documents_of(text, 1), text.tokens(2))

        def fail(*_):
            raise ConnectionError(secret)

        for retrieve, generate in ((fail, library.generate), (library.retrieve, fail)):
            events = []
            with self.never(
                ConnectionError,
                "an error breaks the stream",
                Words('{"type": "error", "message": ...} as the last event'),
                why="retrieve and generate may fail as soon as they are called. Call them where "
                "their errors are caught.",
            ):
                async for event in answers.stream_rag_response("Why?", retrieve, generate):
                    events.append(event)
            self.check_error(events, secret)

    @keeps(5)
    async def test_stopping_closes_the_search(self, answers, text):
        library = Library([*documents_of(text, 1), Hang()], ["Hi"])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        async for event in stream:
            if event["type"] == "document":
                break
        await stream.aclose()
        self.in_words(
            library.found.closed,
            "the search goes on when the caller stops",
            "the search closed",
            "still open",
        )
        check_nothing_runs_on(answers)

    @keeps(5)
    async def test_stopping_closes_the_answer(self, answers, text):
        library = Library(documents_of(text, 1), [*text.tokens(2), Hang()])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        async for event in stream:
            if event["type"] == "token":
                break
        await stream.aclose()
        self.in_words(
            library.tokens.closed,
            "the model goes on when the caller stops",
            "the answer closed",
            "still open",
        )
        check_nothing_runs_on(answers)

    @keeps(5)
    async def test_cancellation_passes_through(self, answers, text):
        searching = Library([*documents_of(text, 1), Hang()], [])
        answering = Library(documents_of(text, 1), [text.word(), Hang()])
        for library in (searching, answering):
            await cancel_while_it_waits(
                answers.stream_rag_response("Why?", library.retrieve, library.generate)
            )
        self.must(searching.found.closed, "the search goes on after a cancellation", why=CLOSE)
        self.must(answering.tokens.closed, "the model goes on after a cancellation", why=CLOSE)

    def test_any_answer(self, search):
        async def promise(answers, clock, query, titles, tokens, fails, failure, stop):
            error = failure if isinstance(failure, BaseException) else FAILURES[failure]()
            library = Failing(titles, tokens, fails, error)
            stream = answers.stream_rag_response(query, library.retrieve, library.generate)
            stream = Told(self, stream, fails)
            got, raised = [], None
            await asyncio.sleep(0)
            try:
                async for event in stream:
                    got.append(event)
                    self.check_told_in_time(library, got)
                    if len(got) == stop:
                        await stream.aclose()
                        break
            except type(error) as found:
                raised = found
            stopped = len(got) == stop
            if fails and not stopped:
                hides = raised is not error and not isinstance(error, Exception)
                self.must(not hides, "what is no Exception is hidden", Words(repr(error)))
            if fails:
                self.must("complete" not in types_of(got), "a failed answer is called complete")
            shown = [event for event in got if event["type"] != "status"]
            most = len(shown) if stopped else None
            wanted = [*told(titles, tokens, fails, error)][:most]
            check_same(shown, wanted, tokens, lambda t: [*told(titles, t, fails, error)][:most])
            calls = [("retrieve", query), ("generate", query, titles)]
            calls = calls[: len(library.calls)] if stopped or fails else calls
            self.equal(library.calls, calls, "retrieve or generate is not called correctly")
            self.in_words(
                clock.elapsed == 0,
                "it makes its reader wait",
                "the end after 0 s",
                f"the end after {clock.elapsed:g} s",
                "Documents and tokens were there at once. Show each when it comes; do not sleep.",
            )
            check_nothing_runs_on(answers)
            when = "when the caller stops" if stopped else "at the end, however it ends"
            for call, source, what in (
                ("retrieve", library.found, "the search"),
                ("generate", library.tokens, "the answer"),
            ):
                if call in [called for called, *_ in library.calls]:
                    self.in_words(
                        source.closed,
                        f"{what} stays open {when}",
                        f"{what} closed",
                        "still open",
                        CLOSE if stopped else NOT_BY_ITSELF,
                    )

        plain = {"query": "Why?", "fails": None, "failure": "with a text", "stop": None}
        short = plain | {"titles": ["a"], "tokens": ["b", "c"]}
        others = ("with a text", Stop())
        always = [
            together(tokens=EACH_TOKEN, **plain | {"titles": ["x", "x"]}),
            together(titles=EACH_TOKEN, **plain | {"tokens": ["a"]}),
            *each(**short | {"fails": "answer", "failure": (*FAILURES, Stop())}),
            *each(**short | {"fails": "search", "failure": (*FAILURES, Stop())}),
            *each(**short | {"fails": "retrieve", "failure": others}),
            *each(**short | {"fails": "generate", "failure": others}),
            *each(**short | {"tokens": AT_EDGES}),
            *each(**short | {"titles": AT_EDGES}),
            *each(**short | {"stop": (1, 2, 3, 4, 5, 6)}),
        ]
        search(
            promise,
            *always,
            query=any_text(),
            titles=any_tokens(3),
            tokens=any_tokens(3),
            fails=none() | sampled_from(PLACES),
            failure=sampled_from((*FAILURES, Stop())),
            stop=none() | sampled_from((1, 2, 3, 4, 5, 6)),
        )

    def check_told_in_time(self, library, got):
        """Pass if the newest event came when it should, before anything else happens."""
        kinds = types_of(got)
        if kinds[-1] == "status":
            message = got[-1].get("message")
            must = self.against(got=got[-1])
            must(isinstance(message, str) and message, "a status says nothing")
            must(len(got[-1]) == 2, "a status has something else in it, too")
        if len(got) == 1:
            self.in_words(
                kinds == ["status"] and not library.calls and not library.found.asked,
                "the search starts before the user is told",
                "a status event, and no call so far",
                f"{got[0]}, and calls so far: {library.calls}",
            )
        if kinds[-1] == "document":
            self.in_words(
                library.found.asked == kinds.count("document") and len(library.calls) == 1,
                "documents are shown later than they are found",
                f"{kinds.count('document')} asked for",
                f"{library.found.asked} asked for",
            )
        count = kinds.count("token")
        if kinds[-1] == "token" and count <= len(library.needed):
            self.in_words(
                library.tokens.asked <= library.needed[count - 1],
                "tokens are shown later than they come",
                f"{library.needed[count - 1]} asked for",
                f"{library.tokens.asked} asked for",
            )
        if library.tokens.asked and not library.has_begun:
            library.has_begun = True
            found = [number for number, kind in enumerate(kinds[:-1]) if kind == "document"]
            self.in_words(
                "status" in kinds[max(found, default=0) + 1 : -1],
                "the answer starts before the user is told",
                "status, documents, status, and then the first token is asked for",
                f"{', '.join(kinds[:-1])}, and then the first token was asked for",
            )
