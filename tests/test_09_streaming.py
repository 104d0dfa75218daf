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

from langchain_core.callbacks import adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from course.fakes.display import Display
from course.fakes.script import Fail, Hang, Pause, Reasoning, Reply, ToolCall
from course.fakes.sources import AsyncSource, Source
from course.grade.expect import Words, check, in_process, raises
from course.grade.stream_checks import (
    ASKED_AGAIN,
    CLOSE,
    LAZY,
    ONE_BY_ONE,
    SAME_ERROR,
    aended,
    cancel_while_it_waits,
    check_nothing_runs_on,
    ended,
    joined,
    not_for_ever,
    same,
    seconds,
    take,
    with_arrival,
)

ONLY_EMPTY = "(The handler for '' is for the type '' and no other.)"


def figures(metrics):
    """What was measured, to be shown."""
    ttft = "None" if metrics.ttft is None else f"{metrics.ttft:.3g}"
    return Words(
        f"ttft={ttft}, total={metrics.total:.3g}, chunks={metrics.chunks}, "
        f"chars={metrics.chars}, completed={metrics.completed}"
    )


class TestStreamTokens:
    """The text of a model's answer comes token by token, as it arrives."""

    def test_text_comes_token_by_token(self, answers, play, text):
        tokens = text.tokens(6)
        model = play(Reply(*tokens))
        prompt = f"Tell me about {text.word()}."
        got = list(answers.stream_tokens(model, prompt))
        check(
            all(isinstance(token, str) for token in got),
            "it yields chunks instead of their text",
            why="model.stream() gives AIMessageChunk objects. The text of one is chunk.text.",
            wanted=tokens,
        )
        check(
            len(got) != 1 or len(tokens) == 1,
            "everything comes in one piece",
            why="The answer was collected first. Yield the text of each chunk inside the loop.",
            wanted=tokens,
        )
        check(
            got[: len(tokens)] != list(accumulate(tokens)),
            "each piece repeats all the text before it",
            why="Whoever joins the pieces has most of the text many times. Yield only what is new: "
            "the text of this chunk.",
            wanted=tokens,
        )
        check(
            joined(got) == joined(tokens),
            "the text is not the model's",
            why="Yield the text of each chunk just as it is, spaces included.",
            wanted=tokens,
        )
        check(
            "" not in got,
            "it yields empty strings",
            why="The last chunk carries only the finish_reason and the token count. "
            "Skip a chunk without text.",
            wanted=tokens,
        )
        check(
            got == tokens,
            "the tokens are cut differently than the model's",
            why="Yield the text of each chunk just as it is.",
            wanted=tokens,
        )
        asked = [call.messages[-1].text for call in model.transcript]
        check(
            asked == [prompt],
            "the model gets another prompt, or is asked again",
            why="Call model.stream(prompt) once, with the prompt as it is.",
            got=asked,
            wanted=[prompt],
        )

    def test_spaces_and_line_breaks_are_text(self, answers, play, text):
        tokens = ["  ", text.word(), " ", text.word(), "\n", "\n", text.word(), " "]
        model = play(Reply(*tokens))
        got = list(answers.stream_tokens(model, "Write two lines."))
        check(
            got == tokens,
            "spaces or line breaks are lost",
            why="A token that is only a space is text too. Skip a chunk only if its text is empty.",
            wanted=tokens,
        )

    @in_process("OpenAI's protocol has no such blocks")
    def test_content_may_be_a_list_of_blocks(self, answers, play, text):
        tokens = text.tokens(3)
        model = play(Reply(*tokens, blocks=True))
        got = list(answers.stream_tokens(model, "Hello?"))
        check(
            got == tokens,
            "it reads only content that is a string",
            why="Some models send a list of blocks. chunk.text is the text in both cases.",
            wanted=tokens,
        )

    @in_process("OpenAI's protocol carries no reasoning")
    def test_only_text_counts(self, answers, play, text):
        tokens = text.tokens(3)
        secret = text.secret()
        thinks = Reasoning(secret)
        call = ToolCall("search", {"for": secret})
        model = play(Reply(thinks, tokens[0], thinks, *tokens[1:], call))
        got = list(answers.stream_tokens(model, "Hello?"))
        check(
            secret not in joined(got),
            "it shows the model's reasoning or its tool calls",
            why="chunk.text has only the text blocks; reasoning and tool calls are not for show.",
            wanted=tokens,
        )
        check(
            got != tokens[:1],
            "a chunk without text is taken for the end",
            why="A model may think again in the middle of its answer. Skip the chunk and go on: "
            "a stream ends when there are no more chunks.",
            wanted=tokens,
        )
        check(
            got == tokens,
            "a chunk without text disturbs it",
            why="Reasoning and tool calls come in chunks whose text is empty. Skip these.",
            wanted=tokens,
        )

    def test_nothing_happens_before_the_first_token(self, answers, play, text):
        tokens = text.tokens(2)
        model = play(Reply(*tokens))
        stream = answers.stream_tokens(model, "Hello?")
        check(
            not model.transcript,
            "the model is asked before anybody wants a token",
            why=LAZY,
            wanted=Words("no call of the model yet"),
            got=Words("the model is already answering"),
        )
        check(
            next(stream) == tokens[0],
            "the first token is not the model's first",
            why="Yield the text of each chunk, in order.",
            wanted=[tokens[0]],
        )

    @in_process("a network reads ahead")
    def test_one_chunk_is_pulled_for_one_token(self, answers, play, text):
        tokens = text.tokens(5)
        model = play(Reply(*tokens))
        stream = answers.stream_tokens(model, "Hello?")
        for count in range(1, 4):
            next(stream)
            pulled = model.transcript[0].pulled
            check(
                pulled == count,
                "it reads ahead of its caller",
                why=ONE_BY_ONE,
                wanted=Words(f"{count} pulled from the model when {count} are handed out"),
                got=Words(f"{pulled} pulled"),
            )

    def test_stopping_closes_the_model(self, answers, play, text):
        model = play(Reply(*text.tokens(9), Hang()))
        stream = answers.stream_tokens(model, "Hello?")
        next(stream), next(stream)
        stream.close()
        check(
            ended(model.transcript[0]),
            "the model's stream stays open when the caller stops",
            why=CLOSE,
            wanted=Words("the model's stream closed after two tokens"),
            got=Words("still open"),
        )

    @in_process("an error cannot travel; the client raises its own")
    def test_an_error_passes_through(self, answers, play, text):
        tokens = text.tokens(2)
        error = ConnectionError(text.word())
        model = play(Reply(*tokens, Fail(error)), Reply(*tokens))
        stream = answers.stream_tokens(model, "Hello?")
        got = []
        with raises(ConnectionError, "an error of the model is hidden", why=SAME_ERROR) as caught:
            for token in stream:
                got.append(token)
            check(len(model.transcript) == 1, "it asks the model again", why=ASKED_AGAIN)
        check(caught.error is error, "an error of the model is replaced", why=SAME_ERROR)
        check(
            got == tokens,
            "tokens before an error are lost",
            why="Hand out each token at once; then an error cannot take it away.",
            wanted=tokens,
        )


class TestWriteStream:
    """Each token is written so that a person sees it at once."""

    def test_the_text_is_written_unchanged(self, answers, text):
        tokens = [*text.tokens(5), "\n", text.word()]
        out = Display()
        answers.write_stream(tokens, out)
        check(
            not out.closed,
            "it closes `out`",
            why="Whoever opened it closes it. A screen is needed for the next answer, too.",
            got=Words("closed"),
            wanted=Words("still open"),
        )
        written = out.getvalue()
        check(
            written != "",
            "nothing is written to `out`",
            why="print() goes to the screen of this program unless you say file=out.",
            wanted=joined(tokens),
            got=written,
        )
        check(
            written == joined(tokens) or written.split() != joined(tokens).split(),
            "it adds line breaks",
            why='print() ends with a line break unless you say end="". '
            "The only line breaks are those in the tokens.",
            wanted=joined(tokens),
            got=written,
        )
        check(
            written == joined(tokens),
            "what is written is not the text",
            why="Write each token as it is, with nothing before or after it.",
            wanted=joined(tokens),
            got=written,
        )

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
        check(
            seen == wanted,
            "a token is not seen until later",
            why="What is written waits in a buffer until it is flushed. "
            "Write and flush each token before you pull the next one.",
            wanted=Words(f"on the screen before each pull: {wanted}"),
            got=Words(f"on the screen before each pull: {seen}"),
        )
        check(
            out.visible == joined(tokens),
            "the last token is not flushed",
            why="Flush after every token, the last one included.",
            wanted=joined(tokens),
            got=out.visible,
        )

    def test_it_returns_the_number_of_characters(self, answers, text):
        tokens = ["Grüße", " 👋 ", *text.tokens(3)]
        got = answers.write_stream(tokens, Display())
        check(
            got is not None,
            "it returns nothing",
            why="Return the number of characters written.",
            wanted=len(joined(tokens)),
        )
        check(
            got != len(tokens),
            "it counts tokens, not characters",
            why="A token may have many characters: add up len(token).",
            wanted=len(joined(tokens)),
        )
        check(
            got != len(joined(tokens).encode()),
            "it counts bytes, not characters",
            why="Many characters take more than one byte. len() of a str counts characters.",
            wanted=len(joined(tokens)),
        )
        check(
            got == len(joined(tokens)) and isinstance(got, int),
            "it does not return the number of characters",
            why="Add up len(token) of all tokens.",
            wanted=len(joined(tokens)),
        )
        check(
            answers.write_stream([], Display()) == 0,
            "without tokens it does not return 0",
            why="No tokens are no characters.",
            wanted=0,
        )

    def test_what_was_written_stays_when_the_stream_breaks(self, answers, text):
        tokens = text.tokens(3)
        error = ConnectionError(text.word())
        out = Display()
        with raises(ConnectionError, "an error is hidden", why=SAME_ERROR) as caught:
            answers.write_stream(Source([*tokens, error]), out)
        check(caught.error is error, "an error is replaced", why=SAME_ERROR)
        check(
            out.visible == joined(tokens),
            "what had arrived is not on the screen",
            why="Write each token when it comes, not all of them at the end.",
            wanted=joined(tokens),
            got=out.visible,
        )


class TestBufferStream:
    """Tokens come out in larger pieces, and nothing is lost."""

    def test_the_tail_comes_out(self, answers, text):
        first, second, third = text.word(), " " + text.word(), text.word()
        got = list(answers.buffer_stream([first, second, third], max_chars=12))
        check(
            joined(got).endswith(third),
            "the end of the text is lost",
            why="What is still in the buffer when the stream ends has to be yielded too.",
            wanted=[first + second, third],
        )

    def test_nothing_is_changed(self, answers, text):
        tokens = ["\n", text.word(), "  ", " ", text.word(), ".", "  ", text.word(), "\n\n"]
        got = list(answers.buffer_stream(tokens, max_chars=9))
        check(
            joined(got) == joined(tokens),
            "spaces or line breaks are lost or added",
            why="White space is text. Do not strip the buffer, and join nothing with spaces.",
            wanted=joined(tokens),
            got=joined(got),
        )

    def test_a_token_is_never_cut(self, answers, text):
        long = text.word() * 4
        tokens = [text.word(), long, text.word()]
        wanted = [tokens[0] + long, tokens[2]]
        got = list(answers.buffer_stream(tokens, max_chars=10))
        check(
            {*accumulate(map(len, got))} <= {*accumulate(map(len, tokens))},
            "it cuts a token in two",
            why="max_chars says when a piece is long enough, not how long it may be.",
            wanted=wanted,
        )
        check(
            got[0] != tokens[0],
            "a piece comes out before it is full",
            why="max_chars says when a piece is long enough, not how long it may be. "
            "Add the token first, then see whether the buffer is full.",
            wanted=wanted,
        )

    def test_a_full_buffer_comes_out(self, answers, text):
        tokens = [text.word() for _ in range(5)]
        wanted = [joined(tokens[:2]), joined(tokens[2:4]), tokens[4]]
        got = list(answers.buffer_stream(tokens, max_chars=12))
        check(
            got != [joined(tokens[:3]), joined(tokens[3:])],
            "a buffer that is just full does not come out",
            why="A buffer of exactly max_chars characters is full: compare with >=.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "a full buffer does not come out",
            why="Add a token; if the buffer now has max_chars characters or more, yield it.",
            wanted=wanted,
        )

    def test_fifty_characters_are_a_full_buffer(self, answers, text):
        whole = (f"{text.word()}  é👋 " * 12)[:120]
        wanted = [whole[:50], whole[50:100], whole[100:]]
        got = list(answers.buffer_stream(list(whole)))
        bytes_in_first = len(joined(got[:1]).encode())
        check(
            len(joined(got[:1])) >= 49 or not 50 <= bytes_in_first < 54,
            "it counts bytes, not characters",
            why="Many characters take more than one byte. len() of a str counts characters.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "a full buffer does not come out, or another one does",
            why="Without max_chars, 50 characters are enough. A space is a character, too.",
            wanted=wanted,
        )

    def test_no_piece_is_empty(self, answers, text):
        word = text.word()
        got = list(answers.buffer_stream(["", word, "", ".", "", ""], max_chars=50))
        check(
            got == [f"{word}."],
            "it yields an empty piece",
            why="At the end, yield the buffer only if something is in it.",
            wanted=[f"{word}."],
        )
        check(
            list(answers.buffer_stream([])) == [],
            "no tokens make a piece",
            why="At the end, yield the buffer only if something is in it.",
            wanted=[],
        )

    def test_a_mark_ends_a_piece(self, answers, text):
        words = [text.word() for _ in range(4)]
        tokens = [words[0], ".", f" {words[1]}", "!", f" {words[2]}", "?", f" {words[3]}", ". "]
        wanted = [f"{words[0]}.", f" {words[1]}!", f" {words[2]}?", f" {words[3]}. "]
        got = list(answers.buffer_stream(tokens))
        check(
            joined(got) == joined(tokens),
            "text is lost or changed",
            why="Joined together, the pieces have to be the tokens joined together.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "a piece does not end at the marks",
            why='Yield the buffer when it ends with one of `marks`: ".", "!" or "?" by default.',
            wanted=wanted,
        )

    def test_a_mark_in_the_middle_ends_nothing(self, answers, text):
        tokens = [f"{text.word()}.{text.word()}", f" {text.word()}? ", text.word(), "\n", ",", "!"]
        got = list(answers.buffer_stream(tokens))
        check(
            not any(piece.endswith(("\n", ",")) for piece in got),
            "something else than a mark ends a piece",
            why="A line break or a comma is no mark, unless it stands in `marks`.",
            wanted=[joined(tokens)],
        )
        check(
            got == [joined(tokens)],
            "a mark that is not at the end ends a piece",
            why="A file name or a number has a point in the middle. "
            "Look only at the end of the buffer.",
            wanted=[joined(tokens)],
        )

    def test_other_marks_can_be_given(self, answers, text):
        words = [text.word() for _ in range(5)]
        tokens = [words[0], ";", words[1], ".", words[2], "->", words[3], "-", ">", words[4]]
        wanted = [joined(tokens[:2]), joined(tokens[2:6]), joined(tokens[6:9]), tokens[9]]
        got = list(answers.buffer_stream(tokens, marks=(";", "->")))
        check(
            got != [*wanted[:2], joined(wanted[2:])],
            "a mark that comes in two tokens is overlooked",
            why="A piece ends when the buffer ends with a mark. The last token may be only a part "
            "of the mark.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "it does not use the marks that it is given",
            why="str.endswith() takes a whole tuple: buffer.endswith(marks).",
            wanted=wanted,
        )

    def test_it_asks_for_no_more_than_it_needs(self, answers, text):
        source = Source([text.word() for _ in range(6)])
        stream = answers.buffer_stream(source, max_chars=12)
        check(source.asked == 0, "it reads before anybody asks for a piece", why=LAZY)
        next(stream)
        check(
            source.pulled == 2,
            "it reads ahead of its caller",
            why="Yield a piece as soon as it is full, inside the loop over the tokens.",
            wanted=Words("2 tokens pulled for a piece of 2"),
            got=Words(f"{source.pulled} pulled"),
        )

    def test_stopping_closes_the_source(self, answers, text):
        source = Source([text.word() for _ in range(6)])
        stream = answers.buffer_stream(source, max_chars=5)
        next(stream)
        stream.close()
        check(
            source.closed,
            "its source stays open when the caller stops",
            why=CLOSE,
            wanted=Words("the source closed"),
            got=Words("still open"),
        )

    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([f"{text.word()}.", text.word(), error])
        with raises(ConnectionError, "an error is hidden", why=SAME_ERROR) as caught:
            list(answers.buffer_stream(source))
        check(caught.error is error, "an error is replaced", why=SAME_ERROR)

    def test_max_chars_must_be_positive(self, answers, text):
        for wrong in (0, -1):
            with raises(
                ValueError,
                f"max_chars={wrong} is accepted",
                why="A limit of less than one character makes no sense: raise ValueError.",
            ):
                next(answers.buffer_stream([text.word()], max_chars=wrong))
        short = list(answers.buffer_stream(["a", "b"], max_chars=1))
        check(
            short == ["a", "b"],
            "max_chars=1 does not work",
            why="One character is the smallest limit; each token is a piece then.",
            wanted=["a", "b"],
        )


class TestCollectResponse:
    """The whole answer is returned, and each token reported on the way."""

    def test_it_returns_the_whole_text(self, answers, text):
        tokens = [" ", *text.tokens(4), "\n", "", "  ", text.word(), "\n"]
        got = answers.collect_response(Source(tokens))
        check(
            got != joined(tokens[: tokens.index("")]),
            "it stops at an empty token",
            why="An empty token is not the end. A stream ends when there are no more tokens.",
            wanted=joined(tokens),
        )
        check(
            got == joined(tokens),
            "the text is not all tokens joined",
            why='Join the tokens with nothing between them, and strip nothing: "".join(parts).',
            wanted=joined(tokens),
        )
        check(
            answers.collect_response([]) == "",
            "no tokens are not the empty text",
            why="Nothing joined is the empty string.",
            wanted="",
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
        check(
            sorted(happened) == sorted(wanted),
            "not every token is reported once",
            why="Call on_token(token) for each token, an empty one too.",
            got=Words(", ".join(happened)),
            wanted=Words(", ".join(wanted)),
        )
        check(
            happened == wanted,
            "tokens are reported too late",
            why="Call on_token inside the loop. After the loop, nobody needs to be told any more.",
            got=Words(", ".join(happened)),
            wanted=Words(", ".join(wanted)),
        )

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
            check(
                False,
                "half an answer is returned as if it were whole",
                why="The stream broke. Raise StreamInterrupted with the text so far, "
                "so that the caller knows.",
                wanted=Words("StreamInterrupted"),
            )
        check(
            caught is not None,
            "what had arrived is lost when the stream breaks",
            why="Catch the Exception of the stream and raise StreamInterrupted with the text "
            "so far.",
            wanted=Words("StreamInterrupted"),
            got=Words("ConnectionError"),
        )
        check(
            caught.partial == joined(tokens),
            "`partial` is not the text that had arrived",
            why="StreamInterrupted takes the text that had arrived: all tokens so far, joined.",
            wanted=joined(tokens),
            got=caught.partial,
        )
        check(
            caught.__cause__ is error,
            "the cause of the interruption is forgotten",
            why="Raise it `from` the error that you caught; then the reason stays in the log.",
            wanted=Words(f"__cause__ = {error!r}"),
            got=Words(f"__cause__ = {caught.__cause__!r}"),
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
        check(
            got == "",
            "a stream that breaks at once does not interrupt it",
            why='Nothing had arrived, so `partial` is "". It is a broken stream like any other: '
            "the caller waits for a StreamInterrupted.",
            got=got,
            wanted=Words("StreamInterrupted with partial ''"),
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
            check(
                False,
                "only some errors interrupt the stream",
                why="Streams break in many ways. Catch Exception: it stands for all of them.",
                wanted=Words("StreamInterrupted"),
                got=Words(got),
            )

    def test_a_stop_by_the_user_passes_through(self, answers, text):
        try:
            answers.collect_response(Source([text.word(), KeyboardInterrupt()]))
        except KeyboardInterrupt:
            return
        except answers.StreamInterrupted:
            got = "StreamInterrupted"
        else:
            got = "an ordinary return"
        check(
            False,
            "Ctrl-C is taken for a broken stream",
            why="KeyboardInterrupt means: stop the program. "
            "Catch Exception, which leaves it alone.",
            wanted=Words("KeyboardInterrupt"),
            got=Words(got),
        )


def check_no_error(events):
    """Pass unless an error event comes in a test in which nothing fails but the answer."""
    errors = [event for event in events if event.get("type") == "error"]
    check(
        not errors,
        "it reports an error of its own",
        why="Nothing failed here but your own code, and your `except Exception` hides what it was. "
        "Put a bare `raise` into it for a moment, and the error shows.",
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


class TestStreamAgentEvents:
    """The events of a running agent become a few simple ones."""

    async def test_each_token_comes_once(self, answers, play, text):
        tokens = text.tokens(4)
        agent = agent_of(play(Reply(*tokens)))
        events = [event async for event in answers.stream_agent_events(agent, text.word())]
        check_no_error(events)
        got = tokens_of(events)
        check(
            "" not in got,
            "it sends tokens without text",
            why="The model's last chunk has no text. Send a token only if there is some.",
            got=got,
            wanted=tokens,
        )
        check(
            len(got) <= len(tokens),
            "tokens come more than once",
            why="The model, the parser and the chain all report the same token. "
            "Take on_chat_model_stream only.",
            got=got,
            wanted=tokens,
        )
        check(
            got == tokens,
            "the tokens of the model do not come",
            why="Take the text of event['data']['chunk'] of each on_chat_model_stream.",
            got=events,
            wanted=[{"type": "token", "content": token} for token in tokens],
        )

    @in_process("OpenAI's protocol carries no reasoning")
    async def test_only_text_is_a_token(self, answers, play, text):
        tokens, secret = text.tokens(3), text.secret()
        agent = agent_of(play(Reply(Reasoning(secret), *tokens)))
        events = [event async for event in answers.stream_agent_events(agent, text.word())]
        got = tokens_of(events)
        check(
            all(isinstance(token, str) for token in got),
            "it takes for granted that content is a string",
            why="Some models send a list of blocks. chunk.text is the text in both cases.",
            got=got,
            wanted=tokens,
        )
        check(
            got == tokens,
            "a token is not the text of its chunk",
            why="chunk.text has only the text; reasoning is not for show.",
            got=got,
            wanted=tokens,
        )

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
        check(
            events != wanted[:-1],
            "the last event is missing",
            why="Nobody can tell a stream that is complete from one that fell silent. "
            'Say {"type": "complete"} when the agent has ended well.',
            got=events,
            wanted=Words(f"the same, and then {wanted[-1]}"),
        )
        extra = [kind for kind in types_of(events) if kind not in types_of(wanted)]
        check(
            not extra,
            "it sends events that nobody asked for",
            why="Translate the four kinds of the docstring; ignore the others.",
            got=extra,
            wanted=Words("only " + ", ".join(types_of(wanted))),
        )
        check(
            types_of(events) == types_of(wanted),
            "events are missing or out of order",
            why="Translate on_chat_model_stream, on_tool_start, on_tool_end and on_custom_event, "
            "each when it comes, and end with complete.",
            got=events,
            wanted=wanted,
        )
        check(
            events == wanted,
            "an event does not carry what it should",
            why='A custom event becomes {"type": event["name"], **event["data"]}, '
            'a tool event has the tool\'s "name".',
            got=events,
            wanted=wanted,
        )

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
        check(
            "error" not in types_of(events),
            "an error that the agent has dealt with is reported as its own",
            why="The tool failed, and the agent went on without it. The agent has failed only if "
            "an exception comes out of the loop over its events.",
            got=events,
            wanted=wanted,
        )
        check(
            tokens_of(events) not in (first, [token for token in first if token.strip()]),
            "the end of one answer is taken for the end of the agent",
            why="An agent asks its model as often as it needs to, and may do other things in "
            "between. It has ended when there are no more events.",
            got=events,
            wanted=wanted,
        )
        check(
            tokens_of(events) == first + last,
            "tokens are lost or doubled",
            why="Each text that is not empty is a token. A space or a line break is text.",
            got=tokens_of(events),
            wanted=first + last,
        )
        check(
            events == wanted,
            "events are missing or out of order",
            why="Translate the four kinds of the docstring, each when it comes; ignore the others.",
            got=events,
            wanted=wanted,
        )

    async def test_an_error_is_the_last_event(self, answers, play, text):
        secret = text.secret()
        model = play(Reply("Hi", Fail(ConnectionError(secret))))
        stream = answers.stream_agent_events(agent_of(model), "Hello?")
        events = []
        try:
            async for event in stream:
                events.append(event)
        except ConnectionError:
            check(
                False,
                "an error of the agent breaks the stream",
                why="A user interface cannot catch it. Catch Exception and send an error event.",
                wanted=Words('{"type": "error", "message": ...} as the last event'),
                got=Words("ConnectionError"),
            )
        check(
            types_of(events)[-1:] == ["error"] and "complete" not in types_of(events),
            "a broken answer is called complete",
            why="The code that says complete must not run after an error. A finally block does; "
            "the else of a try does not.",
            got=types_of(events),
            wanted=Words("... error as the last event, and no complete"),
        )
        message = events[-1].get("message")
        check(
            isinstance(message, str) and message != "",
            "the error has no message",
            why="Tell the user something: the class name of the exception, or a sentence.",
            got=events[-1],
        )
        check(
            secret not in str(events[-1]),
            "the text of the exception is shown to the user",
            why="It can hold keys, paths and addresses. Show the class name or your own sentence.",
            got=events[-1],
            wanted=Words('{"type": "error", "message": "ConnectionError"}, for example'),
        )
        check(
            tokens_of(events) == ["Hi"],
            "tokens before an error are lost",
            why="Send each event when it comes.",
            got=events,
        )

    @in_process("the times are exact")
    async def test_events_come_while_the_agent_works(self, answers, play, text, clock):
        wait = text.seconds()
        model = play(Reply(Pause(wait), "Hel", Pause(wait), "lo"))
        stream = answers.stream_agent_events(agent_of(model), "Hello?")
        events, moments = await with_arrival(stream, clock)
        got = [m for m, event in zip(moments, events, strict=True) if event["type"] == "token"]
        check(
            same(got, [wait, 2 * wait]),
            "events come later than they happen",
            why="Yield each event inside the loop, at once.",
            got=seconds(got),
            wanted=seconds([wait, 2 * wait]),
        )

    async def test_stopping_stops_the_agent(self, answers, play, text):
        model = play(Reply("Hel", "lo", Hang()))
        stream = answers.stream_agent_events(agent_of(model), "Hello?")
        async for event in stream:
            if event["type"] == "token":
                break
        await stream.aclose()
        check(
            await aended(model.transcript[0]),
            "the agent goes on when the caller stops",
            why="Close the stream of events in a finally block, and await it: "
            "await aclose_source(events).",
            wanted=Words("the model's stream closed"),
            got=Words("still open"),
        )
        check_nothing_runs_on(answers)

    async def test_cancellation_passes_through(self, answers, play):
        model = play(Reply("Hel", Hang()))
        await cancel_while_it_waits(answers.stream_agent_events(agent_of(model), "Hello?"))
        check(
            await aended(model.transcript[0]), "the agent goes on after a cancellation", why=CLOSE
        )


class TestDispatchEvents:
    """Each event goes to the handler for its type."""

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
        check(
            all(isinstance(event, dict) for _, event in calls),
            "a handler does not get the whole event",
            why="Call handler(event): each handler knows best what it needs of it.",
            got=calls,
            wanted=wanted,
        )
        check(
            sorted(map(str, calls)) == sorted(map(str, wanted)),
            "handlers are not called as they should be",
            why="Call handlers[event['type']] once for each event.",
            got=calls,
            wanted=wanted,
        )
        check(
            calls == wanted,
            "events are not handled in the order of their arrival",
            why="Handle each event when it comes; do not group them by type.",
            got=calls,
            wanted=wanted,
        )

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
        check(
            happened == wanted,
            "events are handled too late",
            why="Call the handler inside the loop over the events.",
            got=Words(", ".join(happened)),
            wanted=Words(", ".join(wanted)),
        )

    def test_it_counts_events_by_type(self, answers, text):
        kinds = [text.word(), text.word()]
        events = [{"type": kinds[0]}, {"type": kinds[1]}, {"type": kinds[0]}]

        def handle(event):
            """Nothing to do."""

        got = answers.dispatch_events(events, dict.fromkeys(kinds, handle))
        check(
            isinstance(got, Mapping),
            "it does not return counts by type",
            why="Return a dict: for each type, how many events of it there were.",
            wanted={kinds[0]: 2, kinds[1]: 1},
        )
        check(
            dict(got) == {kinds[0]: 2, kinds[1]: 1},
            "the counts are wrong",
            why="Return how many events of each type there were.",
            wanted={kinds[0]: 2, kinds[1]: 1},
        )
        check(
            answers.dispatch_events([], {}) == {},
            "without events there are counts",
            why="No events: an empty dict.",
            wanted={},
        )

    def test_an_unknown_type_is_ignored(self, answers, text):
        kind = text.word()
        calls = []
        events = [{"type": kind}, {"type": "token"}, {"type": "token_usage"}]

        def on_token(event):
            calls.append(event)

        try:
            got = answers.dispatch_events(events, {"token": on_token, "": on_token})
        except (LookupError, TypeError, ValueError) as error:
            check(
                False,
                "an unknown type is an error",
                why="Tomorrow's agent may send types that nobody knows today. "
                f"An event without a handler is ignored when there is no default. {ONLY_EMPTY}",
                got=Words(type(error).__name__),
                wanted={kind: 1, "token": 1, "token_usage": 1},
            )
        check(
            calls == [{"type": "token"}],
            "an event of an unknown type is handled",
            why=f"Only the very same type counts; look it up with handlers.get(...). {ONLY_EMPTY}",
            got=calls,
            wanted=[{"type": "token"}],
        )
        check(
            got == {kind: 1, "token": 1, "token_usage": 1},
            "events without a handler are not counted",
            why=f"Count every event, handled or not. {ONLY_EMPTY}",
            wanted={kind: 1, "token": 1, "token_usage": 1},
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
        check(
            (known, rest) == ([events[0], events[2]], [events[1]]),
            "the default handler does not get what it should",
            why="The default gets the events whose type has no handler, and only these.",
            got=Words(f"handler: {known}, default: {rest}"),
            wanted=Words(f"handler: {[events[0], events[2]]}, default: {[events[1]]}"),
        )
        check(
            got == {"token": 2, kind: 1},
            "what the default gets is not counted by its type",
            why="Count every event under its own type, whoever handles it.",
            got=got,
            wanted={"token": 2, kind: 1},
        )

    def test_an_error_in_a_handler_is_no_missing_handler(self, answers, text):
        rest = []

        def on_token(event):
            return event["content"]

        def on_other(event):
            rest.append(event)

        with suppress(KeyError):
            answers.dispatch_events([{"type": "token"}], {"token": on_token}, on_other)
        check(
            rest == [],
            "an error in a handler is taken for a missing handler",
            why="The handler is there, and has raised a KeyError itself. Find out whether there "
            "is a handler before you call it.",
            got=Words(f"the default got {rest}"),
            wanted=Words("the default gets nothing"),
        )

    def test_an_error_of_a_handler_passes_through(self, answers, text):
        error = ValueError(text.word())
        source = Source([{"type": "token"}, {"type": "token"}, {"type": "token"}])
        calls = []

        def on_token(event):
            calls.append(event)
            if len(calls) == 2:
                raise error

        with raises(
            ValueError,
            "an error of a handler is hidden",
            why="The handler is the caller's, and so is its error. Only the caller can know "
            "whether the other events still make sense: let it pass through.",
        ) as caught:
            answers.dispatch_events(source, {"token": on_token})
        check(caught.error is error, "an error of a handler is replaced", why=SAME_ERROR)
        check(
            len(calls) == source.pulled == 2,
            "it goes on after the error of a handler",
            why="An error ends the loop at once, unless somebody catches it. Nobody should.",
            got=Words(f"{source.pulled} events pulled, {len(calls)} handled"),
            wanted=Words("2 events pulled, 2 handled"),
        )


class TestMonitorStream:
    """Tokens pass through unchanged, and are measured on the way."""

    def test_tokens_pass_through_unchanged(self, answers, text):
        tokens = ["", *text.tokens(3), "", " "]
        got = list(answers.monitor_stream(tokens, answers.StreamMetrics()))
        check(
            got == tokens,
            "the tokens are changed on the way",
            why="Measuring must not change what it measures: pass on every token, empty ones too.",
            wanted=tokens,
        )

    def test_it_asks_for_no_more_than_it_needs(self, answers, text):
        source = Source(text.tokens(5))
        stream = answers.monitor_stream(source, answers.StreamMetrics())
        check(source.asked == 0, "it reads before anybody asks for a token", why=LAZY)
        next(stream), next(stream)
        check(
            source.pulled == 2,
            "it reads ahead of its caller",
            why=ONE_BY_ONE,
            wanted=Words("2 pulled for 2 handed out"),
            got=Words(f"{source.pulled} pulled for 2"),
        )

    def test_it_counts_chunks_and_characters(self, answers, text):
        tokens = ["", *text.tokens(3), "", " ", "Grüße"]
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(tokens, metrics))
        check(
            metrics != answers.StreamMetrics(),
            "the metrics that it is given stay empty",
            why="Whoever calls it looks at the `metrics` that they gave. Fill in these.",
            got=figures(metrics),
            wanted=Words(f"chunks=5, chars={len(joined(tokens))}, completed=True"),
        )
        check(
            metrics.chunks != len(tokens),
            "empty tokens are counted",
            why="A token without text is passed on, but it is no chunk.",
            got=figures(metrics),
            wanted=Words(f"chunks=5, chars={len(joined(tokens))}"),
        )
        check(
            (metrics.chunks, metrics.chars) == (5, len(joined(tokens))),
            "chunks or characters are miscounted",
            why="Count the tokens that are not empty, and the characters in them. A space is one.",
            got=figures(metrics),
            wanted=Words(f"chunks=5, chars={len(joined(tokens))}"),
        )
        check(
            metrics.completed is True,
            "a stream that came to its end is not completed",
            why="Set completed when the loop has ended by itself.",
            got=figures(metrics),
            wanted=Words("completed=True"),
        )

    def test_the_given_clock_is_used(self, answers, text):
        wait = text.seconds()
        metrics = answers.StreamMetrics()

        def milliseconds():
            return time.monotonic() * 1_000

        list(answers.monitor_stream(Source([Pause(wait), "Hi"]), metrics, clock=milliseconds))
        check(
            metrics.ttft is not None,
            "the time to first token is never set",
            why="Set metrics.ttft when the first token that is not empty has come.",
            got=Words("ttft=None"),
            wanted=Words("a number"),
        )
        shown = "ttft={:.1f}, total={:.1f}".format
        check(
            same(metrics.ttft, wait * 1_000) and same(metrics.total, wait * 1_000),
            "it reads another clock than the given one",
            why="Read the time with clock(), and with nothing else. "
            "A clock that shows the date can also jump, when somebody sets it.",
            got=Words(shown(metrics.ttft, metrics.total)),
            wanted=Words(shown(wait * 1_000, wait * 1_000)),
        )

    def test_the_first_token_that_is_not_empty_counts(self, answers, text):
        first, second = text.seconds(), text.seconds()
        source = Source([Pause(first), "", Pause(second), text.word(), Pause(9), "!"])
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(source, metrics))
        check(
            not same(metrics.ttft, first),
            "an empty token is taken for the first one",
            why="Nobody sees an empty token. Wait for the first one with text.",
            got=figures(metrics),
            wanted=Words(f"ttft={first + second:g}"),
        )
        check(
            same(metrics.ttft, first + second),
            "the time to first token is wrong",
            why="It runs from the first pull to the arrival of the first token with text.",
            got=figures(metrics),
            wanted=Words(f"ttft={first + second:g}"),
        )

    def test_a_first_token_that_is_there_at_once_counts(self, answers, text):
        metrics = answers.StreamMetrics()
        source = Source([text.word(), Pause(text.seconds()), text.word()])
        list(answers.monitor_stream(source, metrics))
        check(
            metrics.ttft == 0.0,
            "a time of 0.0 is taken for no time",
            why="0.0 is false in an `if`, like None. Ask `is None`.",
            got=figures(metrics),
            wanted=Words("ttft=0"),
        )

    def test_the_callers_time_is_not_the_models(self, answers, text):
        before, wait, after = text.seconds(), text.seconds(), text.seconds()
        metrics = answers.StreamMetrics()
        stream = answers.monitor_stream(Source([Pause(wait), "Hi", "!"]), metrics)
        time.sleep(before)
        next(stream)
        time.sleep(after)
        list(stream)
        check(
            not same(metrics.ttft, before + wait),
            "the clock starts too early",
            why="Between making a stream and reading it any time may pass. "
            "Read the clock first when the first token is asked for.",
            got=figures(metrics),
            wanted=Words(f"ttft={wait:g}"),
        )
        check(
            same(metrics.ttft, wait),
            "the time to first token includes the caller's time",
            why="Read the clock when the token has come, before you hand it out.",
            got=figures(metrics),
            wanted=Words(f"ttft={wait:g}"),
        )
        check(
            same(metrics.total, wait + after),
            "the total leaves out the caller's time",
            why="It is the whole time from the first pull to the end of the stream, "
            "whoever needed it.",
            got=Words(f"total={metrics.total:g}"),
            wanted=Words(f"total={wait + after:g}, for the caller works {after:g} s in between"),
        )

    def test_the_total_is_the_whole_time(self, answers, text):
        waits = [text.seconds() for _ in range(3)]
        source = Source([Pause(waits[0]), "Hel", Pause(waits[1]), "lo", Pause(waits[2])])
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(source, metrics))
        check(
            same(metrics.total, sum(waits)),
            "the total time is wrong",
            why="It runs from the first pull to the end of the stream, which may be later "
            "than the last token.",
            got=Words(f"total={metrics.total:g}"),
            wanted=Words(f"total={sum(waits):g}"),
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
        wanted = Words(f"total={total:g}, for the caller stops {after:g} s after the second token")
        check(
            metrics.total != 0.0,
            "the total is missing when the caller stops early",
            why="Code after the loop does not run then. What must run in every case "
            "belongs into finally.",
            got=Words(f"total={metrics.total:g}"),
            wanted=wanted,
        )
        check(
            same(metrics.total, total),
            "the total is not that of the moment when the caller stops",
            why="The stream ends when it is closed, which may be later than the last token. What "
            "must run in every case belongs into finally.",
            got=Words(f"total={metrics.total:g}"),
            wanted=wanted,
        )
        check(
            metrics.completed is False and metrics.chunks == 2,
            "a stream that was stopped counts as completed",
            why="Set completed only where the loop has ended by itself: after it, not in finally.",
            got=figures(metrics),
            wanted=Words("completed=False, chunks=2"),
        )
        check(
            source.closed,
            "its source stays open when the caller stops",
            why=CLOSE,
            wanted=Words("the source closed"),
            got=Words("still open"),
        )

    def test_an_error_leaves_true_figures(self, answers, text):
        wait = text.seconds()
        error = ConnectionError(text.word())
        metrics = answers.StreamMetrics()
        stream = answers.monitor_stream(Source(["Hi", Pause(wait), error]), metrics)
        with raises(ConnectionError, "an error is hidden", why=SAME_ERROR) as caught:
            list(stream)
        check(caught.error is error, "an error is replaced", why=SAME_ERROR)
        check(
            same(metrics.total, wait) and metrics.completed is False,
            "after an error the figures are wrong",
            why="total is to be set in every case, completed only when the loop ended by itself.",
            got=figures(metrics),
            wanted=Words(f"total={wait:g}, completed=False"),
        )

    def test_a_stream_without_tokens_is_measured_too(self, answers, text):
        wait = text.seconds()
        metrics = answers.StreamMetrics()
        list(answers.monitor_stream(Source([Pause(wait)]), metrics))
        got = (metrics.ttft, metrics.chunks, metrics.chars_per_second, metrics.avg_chunk)
        check(
            got == (None, 0, 0.0, 0.0) and same(metrics.total, wait) and metrics.completed,
            "an empty stream is measured wrongly",
            why="Without a token there is no ttft: it stays None. The total is still measured.",
            got=figures(metrics),
            wanted=Words(f"ttft=None, total={wait:g}, chunks=0, completed=True"),
        )


class TestStreamWithTimeout:
    """Tokens pass through, until the source takes too long."""

    async def test_tokens_in_time_pass_through(self, answers, text, clock):
        tokens, wait = [*text.tokens(2), "", text.word()], text.seconds()
        source = AsyncSource([item for token in tokens for item in (Pause(wait), token)])
        stream = answers.stream_with_timeout(source, idle=5 * wait, total=5 * wait)
        got, moments = await with_arrival(stream, clock)
        check(
            got == tokens,
            "tokens that come in time do not pass",
            why="Hand out every token as it is, an empty one too; end when the source ends.",
            wanted=tokens,
        )
        check(
            same(moments, [wait * count for count in range(1, 5)]),
            "tokens come later than they could",
            why="Hand out each token at once.",
            got=seconds(moments),
            wanted=seconds([wait * count for count in range(1, 5)]),
        )

    async def test_it_asks_for_no_more_than_it_needs(self, answers, text):
        source = AsyncSource(text.tokens(5))
        stream = answers.stream_with_timeout(source, idle=60, total=60)
        await asyncio.sleep(1)
        check(source.asked == 0, "it reads before anybody asks for a token", why=LAZY)
        await take(stream, 2)
        await asyncio.sleep(1)
        check(
            source.asked == 2,
            "it reads ahead of its caller",
            why=ONE_BY_ONE,
            wanted=Words("asked for 2 tokens when 2 are handed out"),
            got=Words(f"asked for {source.asked}"),
        )
        await stream.aclose()

    async def test_each_token_starts_idle_anew(self, answers, text):
        tokens, wait = text.tokens(6), text.seconds()
        source = AsyncSource([item for token in tokens for item in (Pause(wait), token)])
        got, idle = [], round(wait * 1.5, 3)
        try:
            async for token in answers.stream_with_timeout(source, idle=idle):
                got.append(token)
        except answers.StreamTimeout:
            check(
                False,
                "a slow but steady stream is stopped",
                why="idle limits the wait for one token, not for all. "
                "Start it anew for each token.",
                wanted=tokens,
            )
        check(got == tokens, "tokens are lost", why="Hand out every token.", wanted=tokens)

    async def test_silence_is_ended_by_idle(self, answers, text, clock):
        wait, idle = text.seconds(), text.seconds()
        source = AsyncSource([Pause(wait), "Hi", Hang()])
        stream = answers.stream_with_timeout(source, idle=idle + wait)
        with raises(
            TimeoutError,
            "a silent source is taken for one that has ended",
            why="Raise StreamTimeout('idle'), so that the caller knows that text is missing.",
            wanted=Words("StreamTimeout('idle')"),
        ) as caught:
            async with not_for_ever(
                "a source that falls silent is waited for for ever",
                "To look at the clock when a token comes is not enough: no token comes any more. "
                "Put the limit on the wait itself.",
                Words("StreamTimeout('idle')"),
            ):
                await with_arrival(stream, clock)
        check(
            isinstance(caught.error, answers.StreamTimeout),
            "it raises a plain TimeoutError",
            why="Catch it and raise StreamTimeout('idle') from it: "
            "the caller has to learn which limit was passed.",
            wanted=Words("StreamTimeout('idle')"),
            got=Words(type(caught.error).__name__),
        )
        check(
            caught.error.kind == "idle",
            "the wrong limit is blamed",
            why='Only `idle` was given. Its kind is "idle".',
            wanted=Words("StreamTimeout('idle')"),
            got=Words(f"StreamTimeout({caught.error.kind!r})"),
        )
        check(
            same(clock.elapsed, wait + idle + wait),
            "it gives up at the wrong moment",
            why="Each token starts the idle time anew.",
            wanted=seconds([wait + idle + wait]),
            got=seconds([clock.elapsed]),
        )

    async def test_tokens_before_a_timeout_are_handed_out(self, answers, text):
        tokens = text.tokens(3)
        stream = answers.stream_with_timeout(AsyncSource([*tokens, Hang()]), idle=1)
        got = []
        with raises(answers.StreamTimeout, "no timeout comes", why="Raise StreamTimeout."):
            async for token in stream:
                got.append(token)
        check(
            got == tokens,
            "tokens before a timeout are lost",
            why="Hand out each token when it comes; a timeout must not take it back.",
            wanted=tokens,
        )

    async def test_the_callers_time_is_not_idle(self, answers, text):
        tokens = text.tokens(3)
        got = []
        try:
            async for token in answers.stream_with_timeout(AsyncSource(tokens), idle=1):
                got.append(token)
                await asyncio.sleep(5)
        except (answers.StreamTimeout, asyncio.CancelledError):
            check(
                False,
                "the caller's own time counts as idle",
                why="At a yield the caller works, 5 s for each token here. A timeout block must "
                "hold only the wait for the next token, never the yield.",
                wanted=tokens,
            )
        check(got == tokens, "tokens are lost", why="Hand out every token.", wanted=tokens)

    async def test_total_limits_the_whole_stream(self, answers, text, clock):
        tokens, wait = text.tokens(6), text.seconds()
        total = round(3.5 * wait, 3)
        source = AsyncSource([item for token in tokens for item in (Pause(wait), token)])
        got = []
        with raises(
            answers.StreamTimeout,
            "total does not limit the whole stream",
            why="It runs from the first pull to the end; a token does not start it anew. "
            "Measure it with time.monotonic() or the event loop's time(): a clock that shows the "
            "date can jump.",
            wanted=Words(f"StreamTimeout('total') after {total:g} s"),
        ) as caught:
            async for token in answers.stream_with_timeout(source, idle=9, total=total):
                got.append(token)
        check(
            caught.error.kind == "total",
            "the wrong limit is blamed",
            why="The tokens kept coming in time; it is the whole that took too long.",
            wanted=Words("StreamTimeout('total')"),
            got=Words(f"StreamTimeout({caught.error.kind!r})"),
        )
        check(
            got == tokens[:3] and same(clock.elapsed, total),
            "total ends the stream at the wrong moment",
            why="Give up at that moment, also while you wait for a token: "
            "the wait must not be longer than what is left of the total.",
            wanted=Words(f"{tokens[:3]}, then the timeout after {total:g} s"),
            got=Words(f"{got}, then the timeout after {clock.elapsed:g} s"),
        )

    async def test_total_ends_a_silent_source_too(self, answers, text, clock):
        total = text.seconds()
        stream = answers.stream_with_timeout(AsyncSource([Hang()]), idle=total + 5, total=total)
        with raises(
            answers.StreamTimeout, "no timeout comes", why="Raise StreamTimeout."
        ) as caught:
            await anext(stream)
        check(
            caught.error.kind == "total" and same(clock.elapsed, total),
            "the nearer limit does not win",
            why="Wait as long as the smaller of idle and what is left of total, "
            "and name the one that it was.",
            wanted=Words(f"StreamTimeout('total') after {total:g} s"),
            got=Words(f"StreamTimeout({caught.error.kind!r}) after {clock.elapsed:g} s"),
        )

    async def test_total_includes_the_callers_time(self, answers, text):
        got = []
        with raises(
            answers.StreamTimeout,
            "total stops running while the caller works",
            why="The caller works, 1 s for each token here. Look at the clock before each pull "
            "too: once the total is over, ask for no token any more, even one that is ready.",
        ) as caught:
            try:
                async for token in answers.stream_with_timeout(AsyncSource(["a"] * 9), total=2.5):
                    got.append(token)
                    await asyncio.sleep(1)
            except asyncio.CancelledError:
                check(
                    False,
                    "its timeout strikes in the caller's code",
                    why="While your generator rests at a yield, the caller works, 1 s for each "
                    "token here, and a timeout block around the yield cancels the caller. "
                    "Keep the yield out of it.",
                    wanted=Words("StreamTimeout('total') when the next token is asked for"),
                    got=Words("CancelledError where the caller waits for something else"),
                )
        check(
            (len(got), caught.error.kind) == (3, "total"),
            "total is counted wrongly",
            why="It runs from the first pull, the caller's time included.",
            wanted=Words("3 tokens, one each second, then StreamTimeout('total')"),
            got=Words(f"{len(got)} tokens, then StreamTimeout({caught.error.kind!r})"),
        )

    async def test_total_starts_with_the_first_pull(self, answers, text):
        tokens = text.tokens(2)
        stream = answers.stream_with_timeout(AsyncSource([Pause(1), *tokens]), total=2)
        await asyncio.sleep(60)
        try:
            got = [token async for token in stream]
        except answers.StreamTimeout:
            got = None
        check(
            got == tokens,
            "the total runs before anybody reads",
            why="Between making a stream and reading it any time may pass. "
            "Start the clock inside the generator.",
            wanted=tokens,
        )

    async def test_zero_is_a_limit(self, answers, text):
        for limits in ({"idle": 0}, {"total": 0}):
            stream = answers.stream_with_timeout(AsyncSource([Hang()]), **limits)
            (kind,) = limits
            with raises(
                answers.StreamTimeout,
                f"{kind}=0 is taken for no limit",
                why="0 is false in an `if`, like None. Ask `is None`.",
            ):
                async with not_for_ever(
                    f"{kind}=0 is taken for no limit",
                    "0 is false in an `if`, like None. Ask `is None`.",
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
        check(
            got == [tokens] * 3,
            "a limit that is not given limits all the same",
            why="None is no number: leave that limit out.",
            got=got,
            wanted=[tokens] * 3,
        )

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
            check(
                source.closed,
                f"its source stays open after {end}",
                why="Close it in finally: await aclose_source(source).",
                wanted=Words("the source closed"),
                got=Words("still open"),
            )

    async def test_other_errors_pass_through(self, answers, text):
        error = ConnectionError(text.word())
        source = AsyncSource([text.word(), error])
        with raises(ConnectionError, "an error is hidden", why=SAME_ERROR) as caught:
            await take(answers.stream_with_timeout(source, idle=1, total=5), 2)
        check(caught.error is error, "an error is replaced", why=SAME_ERROR)

    async def test_a_timeout_of_the_source_is_its_own(self, answers, text):
        error = TimeoutError(text.word())
        stream = answers.stream_with_timeout(AsyncSource([text.word(), error]), idle=9, total=9)
        with raises(TimeoutError, "an error is hidden", why=SAME_ERROR) as caught:
            await take(stream, 2)
        check(
            caught.error is error,
            "an error of the source is taken for a timeout of its own",
            why="A source may raise TimeoutError too, when its connection is slow. "
            "asyncio.timeout(...) gives an object that knows whether it was the one: expired().",
            wanted=Words(f"{error!r}, the source's own"),
            got=Words(f"{caught.error!r}"),
        )

    async def test_cancellation_passes_through(self, answers, text):
        source = AsyncSource([text.word(), Hang()])
        await cancel_while_it_waits(answers.stream_with_timeout(source, idle=60, total=90))
        check(source.closed, "its source stays open after a cancellation", why=CLOSE)


class TestAstreamTokens:
    """The text of a model's answer comes token by token, and the event loop stays free."""

    @in_process("OpenAI's protocol carries no reasoning")
    async def test_text_comes_token_by_token(self, answers, play, text):
        tokens = ["\n", *text.tokens(5), " "]
        model = play(Reply(Reasoning("Hm."), *tokens[:3], Reasoning("Oh."), *tokens[3:]))
        prompt = f"Tell me about {text.word()}."
        got = [token async for token in answers.astream_tokens(model, prompt)]
        check(
            not any(isinstance(token, list) for token in got),
            "it reads only content that is a string",
            why="Some models send a list of blocks. chunk.text is the text in both cases.",
            wanted=tokens,
        )
        check(
            all(isinstance(token, str) for token in got),
            "it yields chunks instead of their text",
            why="model.astream() gives AIMessageChunk objects. The text of one is chunk.text.",
            wanted=tokens,
        )
        check(
            got != [joined(tokens)],
            "everything comes in one piece",
            why="The answer was collected first. Yield the text of each chunk inside the loop.",
            wanted=tokens,
        )
        check(
            "" not in got,
            "it yields empty strings",
            why="Reasoning and the last chunk have no text. Skip a chunk without text.",
            wanted=tokens,
        )
        check(
            got == tokens,
            "the tokens are not the model's",
            why="Yield the text of each chunk just as it is.",
            wanted=tokens,
        )
        asked = [call.messages[-1].text for call in model.transcript]
        check(
            asked == [prompt],
            "the model gets another prompt, or is asked again",
            why="Call model.astream(prompt) once, with the prompt as it is.",
            got=asked,
            wanted=[prompt],
        )

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
        check(
            len(ticks) >= 10 * wait,
            "nothing else runs while the model thinks",
            why="Use model.astream() with async for; model.stream() blocks everybody.",
            wanted=Words(f"another task that runs every 0.1 s for {2 * wait:g} s"),
            got=Words(f"it ran {len(ticks)} times"),
        )
        check(
            same(moments, [wait, 2 * wait]),
            "tokens come later than the model sends them",
            why="Yield the text of each chunk inside the loop, at once.",
            got=seconds(moments),
            wanted=seconds([wait, 2 * wait]),
        )

    @in_process("a network reads ahead")
    async def test_it_is_lazy_and_does_not_read_ahead(self, answers, play, text):
        model = play(Reply(*text.tokens(5)))
        stream = answers.astream_tokens(model, "Hello?")
        await asyncio.sleep(1)
        check(not model.transcript, "the model is asked before anybody wants a token", why=LAZY)
        await take(stream, 2)
        await asyncio.sleep(1)
        pulled = model.transcript[0].pulled
        check(
            pulled == 2,
            "it reads ahead of its caller",
            why=ONE_BY_ONE,
            wanted=Words("2 pulled from the model for 2 handed out"),
            got=Words(f"{pulled} pulled for 2"),
        )

    async def test_stopping_closes_the_model(self, answers, play, text):
        model = play(Reply(*text.tokens(9), Hang()))
        stream = answers.astream_tokens(model, "Hello?")
        await take(stream, 2)
        await stream.aclose()
        check(
            await aended(model.transcript[0]),
            "the model's stream stays open when the caller stops",
            why="break or aclose() ends your generator, not the model's stream. "
            "Close that in finally, and await it: await aclose_source(stream).",
            wanted=Words("the model's stream closed after two tokens"),
            got=Words("still open"),
        )
        check_nothing_runs_on(answers)

    async def test_cancellation_passes_through(self, answers, play, text):
        model = play(Reply(text.word(), Hang()))
        await cancel_while_it_waits(answers.astream_tokens(model, "Hello?"))
        check(
            await aended(model.transcript[0]), "the model goes on after a cancellation", why=CLOSE
        )

    @in_process("an error cannot travel; the client raises its own")
    async def test_an_error_passes_through(self, answers, play, text):
        token, error = text.word(), ConnectionError(text.word())
        model = play(Reply(token, Fail(error)))
        got = []
        with raises(ConnectionError, "an error of the model is hidden", why=SAME_ERROR) as caught:
            async for item in answers.astream_tokens(model, "Hello?"):
                got.append(item)
        check(caught.error is error, "an error of the model is replaced", why=SAME_ERROR)
        check(got == [token], "tokens before an error are lost", why=SAME_ERROR, wanted=[token])


class TestMergeStreams:
    """Several streams are read at once, in the order in which tokens arrive."""

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
        check(
            pairs != [pair for pair in wanted if pair[1]],
            "empty tokens are dropped",
            why="Merging changes nothing. Whoever wants no empty tokens leaves them out later.",
            wanted=wanted,
        )
        check(
            not set(map(str, pairs)) < set(map(str, wanted)),
            "pairs are missing",
            why="Go on until every source has ended. And do not give up a wait: "
            "an anext() that is cancelled, by wait_for for example, ends its source for good.",
            wanted=wanted,
        )
        check(
            sorted(map(str, pairs)) == sorted(map(str, wanted)),
            "pairs are doubled or of another form",
            why="Yield one pair (name, token) for each token of each source.",
            wanted=wanted,
        )
        check(
            moments[0] != moments[-1],
            "nothing comes before everything has arrived",
            why="gather() gives its results together, at the end. A stream cannot wait for that: "
            "hand out each pair when it arrives.",
            wanted=seconds([1, 2, 3, 4, 8]),
            got=seconds(moments),
        )
        check(
            pairs != sorted(wanted, key=lambda pair: pair[0]),
            "the sources are read one after the other",
            why="All together should take as long as the slowest. "
            "Start a task for each source, and take what comes first.",
            wanted=wanted,
        )
        check(
            pairs == wanted,
            "pairs do not come in the order of arrival",
            why="Do not take turns: while you wait for one source, another may have a token. "
            "Wait for all of them at once, and take what comes first.",
            wanted=wanted,
        )
        check(
            same(moments, [1, 2, 3, 4, 8]),
            "pairs come later than they arrive",
            why="Wait for all sources at once, and hand out each pair when it arrives.",
            wanted=seconds([1, 2, 3, 4, 8]),
            got=seconds(moments),
        )

    async def test_a_short_source_does_not_end_the_others(self, answers, text):
        words = [text.word() for _ in range(4)]
        sources = {
            "short": AsyncSource([words[0]]),
            "none": AsyncSource([]),
            "long": AsyncSource([Pause(1), words[1], Pause(1), words[2], words[3]]),
        }
        got = [tuple(pair) async for pair in answers.merge_streams(sources)]
        wanted = [("short", words[0]), *(("long", word) for word in words[1:])]
        check(
            got == wanted,
            "the end of one source ends or disturbs the others",
            why="Go on until every source has ended.",
            wanted=wanted,
        )

    async def test_no_sources_give_no_pairs(self, answers):
        got = [pair async for pair in answers.merge_streams({})]
        check(got == [], "no sources give pairs", why="Nothing to read: end at once.", wanted=[])

    async def test_an_error_comes_after_what_arrived_before(self, answers, text):
        error = ConnectionError(text.word())
        sources = {
            "good": AsyncSource(["one", Pause(2), "two", Pause(2), "late"]),
            "bad": AsyncSource([Pause(3), error]),
        }
        stream = answers.merge_streams(sources)
        got = []
        with raises(
            ConnectionError,
            "an error of a source is lost",
            why="A source that fails has not come to its end. Pass its error on to the caller.",
        ) as caught:
            async with not_for_ever(
                "nobody notices the error of a source, and all wait for ever",
                "An error in a task stays there until somebody asks the task for its result. "
                "Catch it in the task and hand it to whoever waits.",
                Words("ConnectionError"),
            ):
                async for pair in stream:
                    got.append(tuple(pair))
        check(caught.error is error, "an error is replaced", why=SAME_ERROR)
        check(
            got == [("good", "one"), ("good", "two")],
            "pairs before an error are lost",
            why="Hand out what arrived before the error, then let the error pass.",
            wanted=[("good", "one"), ("good", "two")],
        )
        check_nothing_runs_on(answers)
        still = [name for name, source in sources.items() if not source.closed]
        check(
            not still,
            "the other sources stay open after an error",
            why="Close every source in finally.",
            wanted=Words("both closed"),
            got=Words(f"still open: {', '.join(still)}"),
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
        check(
            got == [("first", "one"), ("good", "two")],
            "an error overtakes a pair that arrived before it",
            why="While the caller was busy, a token arrived, and after it an error. "
            "Hand out the token first.",
            wanted=[("first", "one"), ("good", "two")],
        )

    async def test_stopping_closes_all(self, answers, text):
        sources = {name: AsyncSource([text.word(), Hang()]) for name in ("a", "b", "c")}
        stream = answers.merge_streams(sources)
        await anext(stream)
        await asyncio.sleep(1)
        await stream.aclose()
        check_nothing_runs_on(answers)
        still = [name for name, source in sources.items() if not source.closed]
        check(
            not still,
            "sources stay open when the caller stops",
            why="In finally: cancel the tasks that still read, await them, "
            "then close every source.",
            wanted=Words("all three closed"),
            got=Words(f"still open: {', '.join(still)}"),
        )

    async def test_cancellation_passes_through(self, answers, text):
        sources = {name: AsyncSource([text.word(), Hang()]) for name in ("a", "b")}
        await cancel_while_it_waits(answers.merge_streams(sources))
        check_nothing_runs_on(answers)
        check(
            all(source.closed for source in sources.values()),
            "sources stay open after a cancellation",
            why=CLOSE,
        )

    async def test_a_slow_caller_is_waited_for(self, answers, text):
        sources = {"quick": AsyncSource(["x"] * 30), "silent": AsyncSource([Hang()])}
        stream = answers.merge_streams(sources)
        await asyncio.sleep(1)
        check(
            not any(source.asked for source in sources.values()),
            "sources are read before anybody asks for a pair",
            why=LAZY,
        )
        handed_out = dict.fromkeys(sources, 0)
        for _ in range(9):
            name, _ = await anext(stream)
            handed_out[name] += 1
            await asyncio.sleep(1)
            ahead = max(source.pulled - handed_out[name] for name, source in sources.items())
            check(
                ahead <= 10,
                "a source is read far ahead of a slow caller",
                why="A queue without a limit takes in everything, and a reader that waits in put "
                "holds one token more than the queue. Give it a size: asyncio.Queue(maxsize=1) "
                "makes the reader wait.",
                wanted=Words("at most 10 tokens pulled from a source and not handed out yet"),
                got=Words(f"{ahead} tokens"),
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


class TestStreamRagResponse:
    """A question is answered from documents, and each step is shown as it happens."""

    async def test_each_step_is_shown(self, answers, text):
        query, documents, tokens = text.sentence("?"), documents_of(text, 2), text.tokens(3)
        documents.append(Document(text.sentence(), metadata=documents[0].metadata))
        library = Library(documents, tokens)
        stream = answers.stream_rag_response(query, library.retrieve, library.generate)
        events = [event async for event in stream]
        check_no_error(events)
        kinds = types_of(events)
        titles = [event.get("title") for event in events if event.get("type") == "document"]
        check(
            titles != [document.metadata["title"] for document in documents[:2]],
            "a document with the same title as another one is not shown",
            why="Two parts of one file have the same title, and each of them is a find. Show them "
            "all; whoever displays them can put them together.",
            got=titles,
            wanted=[document.metadata["title"] for document in documents],
        )
        check(
            titles == [document.metadata["title"] for document in documents],
            "the documents are not shown",
            why='Yield {"type": "document", "title": document.metadata["title"]} for each.',
            got=titles,
            wanted=[document.metadata["title"] for document in documents],
        )
        check(
            tokens_of(events) == tokens,
            "the tokens of the answer are not shown",
            why='Yield {"type": "token", "content": token} for each.',
            got=tokens_of(events),
            wanted=tokens,
        )
        told = [kind for kind in kinds if kind != "status"]
        steps = "status, document (3 times), status, token (3 times), complete"
        check(
            told == [*["document"] * 3, *["token"] * 3, "complete"],
            "the steps are not in order, or complete is not last",
            why="First documents, then tokens, then complete, once.",
            got=kinds,
            wanted=Words(steps),
        )
        between = kinds[kinds.index("document") : kinds.index("token")]
        check(
            kinds[0] == "status" and "status" in between,
            "the user is not told what happens",
            why="Yield a status before the search and another one before the answer.",
            got=kinds,
            wanted=Words(steps),
        )
        messages = [event.get("message") for event in events if event["type"] == "status"]
        check(
            all(isinstance(message, str) and message for message in messages),
            "a status says nothing",
            why='Give it a text: {"type": "status", "message": "Searching..."}.',
            got=messages,
        )
        wanted = [
            ("retrieve", query),
            ("generate", query, [document.metadata["title"] for document in documents]),
        ]
        check(
            library.calls != [wanted[0], ("generate", query, [])],
            "the answer is generated without the documents",
            why="Keep each document when you show it: a stream can be read only once.",
            got=library.calls,
            wanted=wanted,
        )
        check(
            library.calls == wanted,
            "retrieve or generate are not called as they should be",
            why="Call retrieve(query) once, then generate(query, documents) with all documents.",
            got=library.calls,
            wanted=wanted,
        )

    async def test_a_document_is_shown_the_moment_it_is_found(self, answers, text, clock):
        wait, documents = text.seconds(), documents_of(text, 2)
        found = [Pause(wait), documents[0], Pause(wait), documents[1], Pause(wait)]
        library = Library(found, [Pause(wait), "Hi"])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        events, moments = await with_arrival(stream, clock)
        shown = [m for m, e in zip(moments, events, strict=True) if e["type"] == "document"]
        check(
            same(shown, [wait, 2 * wait]),
            "documents are shown later than they are found",
            why="Yield a document inside the loop that reads retrieve(query); "
            "do not wait for all of them.",
            got=seconds(shown),
            wanted=seconds([wait, 2 * wait]),
        )

    async def test_a_token_is_shown_the_moment_it_comes(self, answers, text, clock):
        wait = text.seconds()
        tokens = [Pause(wait), "Hel", "", Pause(wait), " ", "lo"]
        library = Library(documents_of(text, 1), tokens)
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        events, moments = await with_arrival(stream, clock)
        shown = [m for m, e in zip(moments, events, strict=True) if e["type"] == "token"]
        check(
            "" not in tokens_of(events),
            "a token without text is shown",
            why="There is nothing to see in it. Skip it.",
            got=tokens_of(events),
            wanted=["Hel", " ", "lo"],
        )
        check(
            tokens_of(events) == ["Hel", " ", "lo"],
            "a token is lost",
            why="Skip tokens without text, and only these. A space is text.",
            got=tokens_of(events),
            wanted=["Hel", " ", "lo"],
        )
        check(
            same(shown, [wait, 2 * wait, 2 * wait]),
            "tokens are shown later than they come",
            why="Yield each token inside the loop that reads generate(...).",
            got=seconds(shown),
            wanted=seconds([wait, 2 * wait, 2 * wait]),
        )

    async def test_no_documents_are_no_error(self, answers, text):
        library = Library([], ["I do not know."])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        events = [event async for event in stream]
        check(
            tokens_of(events) == ["I do not know."] and types_of(events)[-1] == "complete",
            "without documents there is no answer",
            why="To find nothing is no error. generate gets an empty list then, and answers all "
            "the same: that it does not know, perhaps.",
            got=events,
            wanted=Words("... token, complete"),
        )

    async def test_an_error_in_the_search_ends_it(self, answers, text):
        secret, documents = text.secret(), documents_of(text, 1)
        library = Library([*documents, ConnectionError(secret)], ["Hi"])
        events = await self.events_with_error(answers, library)
        self.check_error(events, secret)
        check(
            "token" not in types_of(events) and library.calls[-1][0] == "retrieve",
            "it answers although the search has failed",
            why="Without the search, the answer would be made up. Stop there.",
            got=events,
        )
        check(
            "document" in types_of(events),
            "what was found before the error is not shown",
            why="Show each document when it is found.",
            got=events,
        )

    async def test_an_error_in_the_answer_ends_it(self, answers, text):
        secret, tokens = text.secret(), text.tokens(2)
        library = Library(documents_of(text, 1), [*tokens, ConnectionError(secret)])
        events = await self.events_with_error(answers, library)
        self.check_error(events, secret)
        check(
            tokens_of(events) == tokens,
            "what was said before the error is not shown",
            why="Show each token when it comes.",
            got=events,
            wanted=tokens,
        )

    async def events_with_error(self, answers, library):
        """Read a stream in which an error happens; it must not escape."""
        events = []
        try:
            stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
            async for event in stream:
                events.append(event)
        except ConnectionError:
            check(
                False,
                "an error breaks the stream",
                why="A user interface cannot catch it. Catch Exception and send an error event.",
                got=Words("ConnectionError"),
                wanted=Words('{"type": "error", "message": ...} as the last event'),
            )
        return events

    def check_error(self, events, secret):
        """Pass if the stream ends with one error event that keeps the secret."""
        kinds = types_of(events)
        check(
            "error" in kinds or "complete" not in kinds,
            "an error is passed over in silence",
            why="Whoever reads `complete` believes that all went well. Say error instead, "
            "and stop there.",
            got=kinds,
            wanted=Words("... error as the last event, no complete"),
        )
        check(
            "complete" not in kinds,
            "a failed answer is called complete",
            why="The last event is error instead of complete, never both. The code that says "
            "complete must not run after an error. A finally block does; the else of a try does "
            "not.",
            got=kinds,
            wanted=Words("... error as the last event, no complete"),
        )
        check(
            kinds[-1:] == ["error"] and kinds.count("error") == 1,
            "a failed answer does not end with one error event",
            why="Tell the user once, at the end, that something went wrong.",
            got=kinds,
            wanted=Words("... error as the last event, no complete"),
        )
        message = events[-1].get("message")
        check(
            isinstance(message, str) and message != "",
            "the error has no message",
            why="Write a sentence for the user.",
            got=events[-1],
        )
        check(
            secret not in str(events[-1]),
            "the text of the exception is shown to the user",
            why="It can hold keys, paths and addresses. Write a sentence of your own.",
            got=events[-1],
            wanted=Words('{"type": "error", "message": "Something went wrong."}, for example'),
        )

    async def test_the_first_status_comes_before_the_search(self, answers, text):
        library = Library([Pause(9), *documents_of(text, 1)], ["Hi"])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        first = await anext(stream)
        check(
            first.get("type") == "status" and not library.calls,
            "the search starts before the user hears of it",
            why="Yield the status first, then call retrieve(query).",
            got=Words(f"{first}, and calls so far: {library.calls}"),
            wanted=Words("a status event, and no call so far"),
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
        check(
            "status" in before[before.index("document") :],
            "the answer is begun before the user hears of it",
            why="A model may take long for its first token, and that is when the user wants to "
            "know what happens. Yield the status first, then ask for the answer.",
            got=Words(f"{', '.join(before)}, and then the first token was asked for"),
            wanted=Words("status, document, status, and then the first token is asked for"),
        )

    async def test_a_call_that_fails_is_an_error_too(self, answers, text):
        secret = text.secret()
        library = Library(documents_of(text, 1), text.tokens(2))

        def fail(*_):
            raise ConnectionError(secret)

        for retrieve, generate in ((fail, library.generate), (library.retrieve, fail)):
            events = []
            try:
                async for event in answers.stream_rag_response("Why?", retrieve, generate):
                    events.append(event)
            except ConnectionError:
                check(
                    False,
                    "an error breaks the stream",
                    why="retrieve and generate may fail already when they are called. Call them "
                    "where their errors are caught.",
                    got=Words("ConnectionError"),
                    wanted=Words('{"type": "error", "message": ...} as the last event'),
                )
            self.check_error(events, secret)

    async def test_stopping_closes_the_search(self, answers, text):
        library = Library([*documents_of(text, 1), Hang()], ["Hi"])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        async for event in stream:
            if event["type"] == "document":
                break
        await stream.aclose()
        check(
            library.found.closed,
            "the search goes on when the caller stops",
            why="Close what retrieve(query) gave in finally, and await it.",
            wanted=Words("the search closed"),
            got=Words("still open"),
        )
        check_nothing_runs_on(answers)

    async def test_stopping_closes_the_answer(self, answers, text):
        library = Library(documents_of(text, 1), [*text.tokens(2), Hang()])
        stream = answers.stream_rag_response("Why?", library.retrieve, library.generate)
        async for event in stream:
            if event["type"] == "token":
                break
        await stream.aclose()
        check(
            library.tokens.closed,
            "the model goes on when the caller stops",
            why="Close what generate(...) gave in finally, and await it.",
            wanted=Words("the answer closed"),
            got=Words("still open"),
        )
        check_nothing_runs_on(answers)

    async def test_cancellation_passes_through(self, answers, text):
        library = Library(documents_of(text, 1), [text.word(), Hang()])
        await cancel_while_it_waits(
            answers.stream_rag_response("Why?", library.retrieve, library.generate)
        )
        check(library.tokens.closed, "the model goes on after a cancellation", why=CLOSE)
