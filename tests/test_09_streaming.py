"""Lesson 09: Streaming.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, `text` makes words that differ from seed to seed, and time is virtual: a pause of an hour
takes no time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import accumulate
from typing import ClassVar

from langchain_core.callbacks import adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from course.fakes.display import Display
from course.fakes.script import Fail, Hang, Pause, Reasoning, Reply, ToolCall
from course.fakes.sources import AsyncSource, Source
from course.grade.expect import Words, check, in_process, raises
from course.grade.model_checks import acheck_model_closed, check_model_closed, check_not_asked
from course.grade.stream_checks import (
    ASKED_AGAIN,
    CLOSE,
    LAZY,
    SAME_ERROR,
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
from course.grade.value_checks import Explained, never, refused

ONLY_EMPTY = "(The handler for '' is for the type '' only.)"


def figures(metrics):
    """What was measured, to be shown."""
    ttft = "None" if metrics.ttft is None else f"{metrics.ttft:.3g}"
    return Words(
        f"ttft={ttft}, total={metrics.total:.3g}, chunks={metrics.chunks}, "
        f"chars={metrics.chars}, completed={metrics.completed}"
    )


class TestStreamTokens(Explained):
    """The text of a model's answer comes token by token, as it arrives."""

    WHY: ClassVar = {
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

    def test_spaces_and_line_breaks_are_text(self, answers, play, text):
        tokens = ["  ", text.word(), " ", text.word(), "\n", "\n", text.word(), " "]
        model = play(Reply(*tokens))
        got = list(answers.stream_tokens(model, "Write two lines."))
        self.must(got == tokens, "spaces or line breaks are lost", tokens)

    @in_process("OpenAI's protocol has no such blocks")
    def test_content_may_be_a_list_of_blocks(self, answers, play, text):
        tokens = text.tokens(3)
        model = play(Reply(*tokens, blocks=True))
        got = list(answers.stream_tokens(model, "Hello?"))
        self.must(got == tokens, "it reads only content that is a string", tokens)

    @in_process("OpenAI's protocol carries no reasoning")
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

    def test_nothing_happens_before_the_first_token(self, answers, play, text):
        tokens = text.tokens(2)
        model = play(Reply(*tokens))
        stream = answers.stream_tokens(model, "Hello?")
        check_not_asked(model)
        self.must(
            next(stream) == tokens[0], "the first token is not the model's first", [tokens[0]]
        )

    @in_process("a network reads ahead")
    def test_one_chunk_is_pulled_for_one_token(self, answers, play, text):
        tokens = text.tokens(5)
        model = play(Reply(*tokens))
        stream = answers.stream_tokens(model, "Hello?")
        for count in range(1, 4):
            next(stream)
            pulled = model.transcript[0].pulled
            check_not_ahead(pulled, count)

    def test_stopping_closes_the_model(self, answers, play, text):
        model = play(Reply(*text.tokens(9), Hang()))
        stream = answers.stream_tokens(model, "Hello?")
        next(stream), next(stream)
        stream.close()
        check_model_closed(model.transcript[0])

    @in_process("an error cannot travel; the client raises its own")
    def test_an_error_passes_through(self, answers, play, text):
        tokens = text.tokens(2)
        error = ConnectionError(text.word())
        model = play(Reply(*tokens, Fail(error)), Reply(*tokens))
        stream = answers.stream_tokens(model, "Hello?")
        got = []
        with passes_on(error, "the model"):
            for token in stream:
                got.append(token)
            self.must(len(model.transcript) == 1, "it asks the model again", why=ASKED_AGAIN)
        self.must(got == tokens, "tokens before an error are lost", tokens)


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
        "it counts bytes, not characters": "Many characters take more than one byte. len() of a "
        "str counts characters.",
        "it does not return the number of characters": "Add up len(token) of all tokens.",
        "without tokens it does not return 0": "Without tokens there are no characters.",
        "what has arrived is not on the screen": "Write each token when it comes, not all of them "
        "at the end.",
    }

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

    def test_it_returns_the_number_of_characters(self, answers, text):
        tokens = ["Grüße", " 👋 ", *text.tokens(3)]
        got = answers.write_stream(tokens, Display())
        must = self.against(len(joined(tokens)))
        must(got is not None, "it returns nothing", why="Return the number of characters written.")
        must(got != len(tokens), "it counts tokens, not characters")
        must(got != len(joined(tokens).encode()), "it counts bytes, not characters")
        must(
            got == len(joined(tokens)) and isinstance(got, int),
            "it does not return the number of characters",
        )
        self.must(
            answers.write_stream([], Display()) == 0, "without tokens it does not return 0", 0
        )

    def test_what_was_written_stays_when_the_stream_breaks(self, answers, text):
        tokens = text.tokens(3)
        error = ConnectionError(text.word())
        out = Display()
        with passes_on(error):
            answers.write_stream(Source([*tokens, error]), out)
        self.equal(out.visible, joined(tokens), "what has arrived is not on the screen")


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

    def test_the_tail_comes_out(self, answers, text):
        first, second, third = text.word(), " " + text.word(), text.word()
        got = list(answers.buffer_stream([first, second, third], max_chars=12))
        self.must(
            joined(got).endswith(third), "the end of the text is lost", [first + second, third]
        )

    def test_nothing_is_changed(self, answers, text):
        tokens = ["\n", text.word(), "  ", " ", text.word(), ".", "  ", text.word(), "\n\n"]
        got = list(answers.buffer_stream(tokens, max_chars=9))
        self.equal(joined(got), joined(tokens), "spaces or line breaks are lost or added")

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

    def test_a_mark_ends_a_piece(self, answers, text):
        words = [text.word() for _ in range(4)]
        tokens = [words[0], ".", f" {words[1]}", "!", f" {words[2]}", "?", f" {words[3]}", ". "]
        wanted = [f"{words[0]}.", f" {words[1]}!", f" {words[2]}?", f" {words[3]}. "]
        got = list(answers.buffer_stream(tokens))
        must = self.against(wanted)
        must(joined(got) == joined(tokens), "text is lost or changed")
        must(got == wanted, "a piece does not end at the marks")

    def test_a_mark_in_the_middle_ends_nothing(self, answers, text):
        tokens = [f"{text.word()}.{text.word()}", f" {text.word()}? ", text.word(), "\n", ",", "!"]
        got = list(answers.buffer_stream(tokens))
        must = self.against([joined(tokens)])
        must(
            not any(piece.endswith(("\n", ",")) for piece in got),
            "something other than a mark ends a piece",
        )
        must(got == [joined(tokens)], "a mark that is not at the end ends a piece")

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

    def test_max_chars_must_be_positive(self, answers, text):
        for wrong in (0, -1):
            with refused(f"max_chars={wrong}", "A limit below one character makes no sense"):
                next(answers.buffer_stream([text.word()], max_chars=wrong))
        short = list(answers.buffer_stream(["a", "b"], max_chars=1))
        self.must(short == ["a", "b"], "max_chars=1 does not work", ["a", "b"])


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
        "Ctrl-C is taken for a broken stream": 'KeyboardInterrupt means "stop the program". Catch '
        "Exception, which does not include it.",
    }

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

    def test_a_stop_by_the_user_passes_through(self, answers, text):
        try:
            answers.collect_response(Source([text.word(), KeyboardInterrupt()]))
        except KeyboardInterrupt:
            return
        except answers.StreamInterrupted:
            got = "StreamInterrupted"
        else:
            got = "an ordinary return"
        self.in_words(False, "Ctrl-C is taken for a broken stream", "KeyboardInterrupt", got)


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
        "an error in the agent breaks the stream": "A user interface cannot catch it. Catch "
        "Exception and send an error event.",
    }

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

    @in_process("the times are exact")
    async def test_events_come_while_the_agent_works(self, answers, play, text, clock):
        wait = text.seconds()
        model = play(Reply(Pause(wait), "Hel", Pause(wait), "lo"))
        stream = answers.stream_agent_events(agent_of(model), "Hello?")
        events, moments = await with_arrival(stream, clock)
        got = [m for m, event in zip(moments, events, strict=True) if event["type"] == "token"]
        self.came_at(got, [wait, 2 * wait], "events come later than they should")

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

    async def test_cancellation_passes_through(self, answers, play):
        model = play(Reply("Hel", Hang()))
        await cancel_while_it_waits(answers.stream_agent_events(agent_of(model), "Hello?"))
        await acheck_model_closed(model.transcript[0], "the agent goes on after a cancellation")


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
        "without events it counts something": "No events: an empty dict.",
        "the default handler gets the wrong events": "The default gets the events whose type "
        "has no handler, and no others.",
        "what the default gets is not counted by its type": "Count every event under its own type, "
        "no matter which handler gets it.",
        "an error in a handler is taken for a missing handler": "The handler exists, and raised a "
        "KeyError itself. Find out whether there is a handler before you call it.",
        "it goes on after the error of a handler": "An error ends the loop at once unless it is "
        "caught, and nothing here should catch it.",
        "an error of a handler is hidden": "The handler belongs to the caller, and so does its "
        "error. Only the caller can know whether the other events still make sense: let the error "
        "pass through.",
    }

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

    def test_tokens_pass_through_unchanged(self, answers, text):
        tokens = ["", *text.tokens(3), "", " "]
        got = list(answers.monitor_stream(tokens, answers.StreamMetrics()))
        self.must(got == tokens, "the tokens are changed along the way", tokens)

    def test_it_asks_for_no_more_than_it_needs(self, answers, text):
        source = Source(text.tokens(5))
        stream = answers.monitor_stream(source, answers.StreamMetrics())
        check_lazy(source, "it reads before anybody asks for a token")
        next(stream), next(stream)
        check_not_ahead(source.pulled, 2)

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

    def test_the_first_token_that_is_not_empty_counts(self, answers, text):
        first, second = text.seconds(), text.seconds()
        source = Source([Pause(first), "", Pause(second), text.word(), Pause(9), "!"])
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(source, metrics))
        must = self.against(Words(f"ttft={first + second:g}"), figures(metrics))
        must(not same(metrics.ttft, first), "an empty token is taken for the first one")
        must(same(metrics.ttft, first + second), "the time to first token is wrong")

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
        "its timeout interrupts the caller's code": "While your generator is paused at a yield, "
        "the caller works, here 1 s for each token, and a timeout block around the yield cancels "
        "the caller. Keep the yield outside of it.",
    }

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

    async def test_each_token_restarts_the_idle_time(self, answers, text):
        tokens, wait = text.tokens(6), text.seconds()
        source = AsyncSource([item for token in tokens for item in (Pause(wait), token)])
        got, idle = [], round(wait * 1.5, 3)
        with self.never(answers.StreamTimeout, "a slow but steady stream is stopped", tokens):
            async for token in answers.stream_with_timeout(source, idle=idle):
                got.append(token)
        self.must(got == tokens, "tokens are lost", tokens)

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

    async def test_tokens_before_a_timeout_are_handed_out(self, answers, text):
        tokens = text.tokens(3)
        stream = answers.stream_with_timeout(AsyncSource([*tokens, Hang()]), idle=1)
        got = []
        with raises(answers.StreamTimeout, "no timeout comes", why="Raise StreamTimeout."):
            async for token in stream:
                got.append(token)
        self.must(got == tokens, "tokens before a timeout are lost", tokens)

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

    async def test_total_includes_the_callers_time(self, answers, text):
        got = []
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
            async for token in answers.stream_with_timeout(AsyncSource(["a"] * 9), total=2.5):
                got.append(token)
                await asyncio.sleep(1)
        self.in_words(
            (len(got), caught.error.kind) == (3, "total"),
            "total is not counted correctly",
            "3 tokens, one each second, then StreamTimeout('total')",
            f"{len(got)} tokens, then StreamTimeout({caught.error.kind!r})",
        )

    async def test_total_starts_with_the_first_pull(self, answers, text):
        tokens = text.tokens(2)
        stream = answers.stream_with_timeout(AsyncSource([Pause(1), *tokens]), total=2)
        await asyncio.sleep(60)
        try:
            got = [token async for token in stream]
        except answers.StreamTimeout:
            got = None
        self.must(got == tokens, "the total runs before anybody reads", tokens)

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

    async def test_none_means_no_limit(self, answers, text):
        tokens = text.tokens(2)
        items = [Pause(3_600), tokens[0], Pause(3_600), tokens[1]]
        plain = [token async for token in answers.stream_with_timeout(AsyncSource(items))]
        idle = answers.stream_with_timeout(AsyncSource(items), idle=4_000)
        total = answers.stream_with_timeout(AsyncSource(items), total=9_000)
        got = [plain, [token async for token in idle], [token async for token in total]]
        self.must(got == [tokens] * 3, "a limit that is not given still applies", [tokens] * 3, got)

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

    async def test_other_errors_pass_through(self, answers, text):
        error = ConnectionError(text.word())
        source = AsyncSource([text.word(), error])
        with passes_on(error):
            await take(answers.stream_with_timeout(source, idle=1, total=5), 2)

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

    async def test_cancellation_passes_through(self, answers, text):
        source = AsyncSource([text.word(), Hang()])
        await cancel_while_it_waits(answers.stream_with_timeout(source, idle=60, total=90))
        check_closed(source, "after a cancellation")


class TestAstreamTokens(Explained):
    """The text of a model's answer comes token by token, and the event loop stays free."""

    WHY: ClassVar = {
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
    async def test_it_is_lazy_and_does_not_read_ahead(self, answers, play, text):
        model = play(Reply(*text.tokens(5)))
        stream = answers.astream_tokens(model, "Hello?")
        await asyncio.sleep(1)
        check_not_asked(model)
        await take(stream, 2)
        await asyncio.sleep(1)
        pulled = model.transcript[0].pulled
        check_not_ahead(pulled, 2)

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

    async def test_cancellation_passes_through(self, answers, play, text):
        model = play(Reply(text.word(), Hang()))
        await cancel_while_it_waits(answers.astream_tokens(model, "Hello?"))
        await acheck_model_closed(model.transcript[0], "the model goes on after a cancellation")

    @in_process("an error cannot travel; the client raises its own")
    async def test_an_error_passes_through(self, answers, play, text):
        token, error = text.word(), ConnectionError(text.word())
        model = play(Reply(token, Fail(error)))
        got = []
        with passes_on(error, "the model"):
            async for item in answers.astream_tokens(model, "Hello?"):
                got.append(item)
        self.must(got == [token], "tokens before an error are lost", [token], why=SAME_ERROR)


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
        "the end of one source ends or disturbs the others": "Go on until every source has ended.",
        "pairs before an error are lost": "Hand out what arrived before the error, then let the "
        "error pass.",
        "the other sources stay open after an error": "Close every source in finally.",
        "an error overtakes a pair that arrived before it": "While the caller was busy, a token "
        "arrived, and then an error. Hand out the token first.",
        "sources stay open when the caller stops": "In finally: cancel the tasks that are still "
        "reading, await them, and then close every source.",
        "sources stay open after a cancellation": CLOSE,
        "sources are read before anybody asks for a pair": LAZY,
        "a source is read far ahead of a slow caller": "A queue without a limit takes everything, "
        "and a reader that waits in put() holds one token more than the queue. Give it a size: "
        "asyncio.Queue(maxsize=1) makes the reader wait.",
        "an error of a source is lost": "A source that fails has not reached its end. Pass its "
        "error on to the caller.",
    }

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
            "the other sources stay open after an error",
            "both closed",
            f"still open: {', '.join(still)}",
        )

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

    async def test_cancellation_passes_through(self, answers, text):
        sources = {name: AsyncSource([text.word(), Hang()]) for name in ("a", "b")}
        await cancel_while_it_waits(answers.merge_streams(sources))
        check_nothing_runs_on(answers)
        self.must(
            all(source.closed for source in sources.values()),
            "sources stay open after a cancellation",
        )

    async def test_a_slow_caller_is_waited_for(self, answers, text):
        sources = {"quick": AsyncSource(["x"] * 30), "silent": AsyncSource([Hang()])}
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
        "an error breaks the stream": "A user interface cannot catch it. Catch Exception and send "
        "an error event.",
    }

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

    async def test_a_document_is_shown_the_moment_it_is_found(self, answers, text, clock):
        wait, documents = text.seconds(), documents_of(text, 2)
        found = [Pause(wait), documents[0], Pause(wait), documents[1], Pause(wait)]
        library = Library(found, [Pause(wait), "Hi"])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        events, moments = await with_arrival(stream, clock)
        shown = [m for m, e in zip(moments, events, strict=True) if e["type"] == "document"]
        self.came_at(shown, [wait, 2 * wait], "documents are shown later than they are found")

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

    async def test_an_error_in_the_answer_ends_it(self, answers, text):
        secret, tokens = text.secret(), text.tokens(2)
        library = Library(documents_of(text, 1), [*tokens, ConnectionError(secret)])
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
            ConnectionError,
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

    async def test_cancellation_passes_through(self, answers, text):
        library = Library(documents_of(text, 1), [text.word(), Hang()])
        await cancel_while_it_waits(
            answers.stream_rag_response("Why?", library.retrieve, library.generate)
        )
        self.must(library.tokens.closed, "the model goes on after a cancellation", why=CLOSE)
