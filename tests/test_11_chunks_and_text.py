"""Lesson 11: Chunks & Text.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, and `text` makes words that differ from seed to seed.
"""

from __future__ import annotations

import codecs
import json
from copy import deepcopy
from itertools import accumulate, zip_longest
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.messages.tool import tool_call, tool_call_chunk

from course.fakes.nesting import refused_depth
from course.fakes.script import Reply, ToolCall
from course.fakes.sources import Source
from course.grade.differences import same_value
from course.grade.expect import Words, check, keeps
from course.grade.scenarios import (
    BLANKS,
    EACH_ENDING,
    ERRORS,
    INTERRUPTS,
    TEXTS,
    Ending,
    any_ending,
    any_text,
    any_tokens,
    each,
    repeated,
)
from course.grade.stream_checks import LAZY, ONE_BY_ONE, SAME_ERROR, check_closed, joined, passes_on
from course.grade.stream_promises import NOT_BY_ITSELF, StreamPromises
from course.grade.value_checks import Explained, unchanged

WHOLE = "Nothing may be lost, added, stripped or inserted: join all pieces and compare."
AHEAD = "it reads ahead of its caller"
HELD = "text that is complete is held back"
EMPTY = "An empty piece tells the reader nothing. Hand out only pieces with text."


# What holds for all four generators.

KEEPS = StreamPromises()

EACH_TWICE = tuple([f"a{one}", one, one, "b"] for one in TEXTS)
"""Each kind of text behind a letter, and twice in a row."""

EDGES = tuple([f"{one}a{one}", f"{one}b"] for one in BLANKS)
"""White space at the beginning of a text, and at its end."""

LONG = ["x" * 1_000, "y", "z" * 5_000, " "]


def check_two_at_once(read, items):
    """Pass if two streams that are read in turns give the same."""
    pairs = list(zip_longest(read(items), read(items)))
    check(
        all(one == other for one, other in pairs),
        "two streams at once get mixed up",
        why="Each call needs variables of its own: keep nothing outside of the function.",
        wanted=Words("the same pieces from both"),
        got=Words(f"pairs of {pairs}"),
    )


def check_it_is_live(source, stream, wanted, late, why):
    """Read a stream; check that each piece comes as soon as it can.

    Args:
        source: what the stream reads.
        stream: what is read.
        wanted: pairs of a piece and the pull of the source that completes it, counted from 1.
        late: what is wrong if a piece comes after a later pull.
        why: what to understand then.
    """
    check(
        source.asked == 0,
        "the source is read before anybody asks for a piece",
        why=LAZY,
        got=Words(f"asked {source.asked} times before the first next()"),
        wanted=Words("not asked before the first next()"),
    )
    got = [(piece, source.pulled) for piece in stream]
    check(
        not any(has > needs for (_, has), (_, needs) in zip(got, wanted, strict=False)),
        late,
        why=why,
        got=Words(", ".join(f"{piece!r} at pull {pull}" for piece, pull in got)),
        wanted=Words(", ".join(f"{piece!r} at pull {pull}" for piece, pull in wanted)),
    )
    check(
        got == wanted,
        "a piece is not what it should be",
        why="One piece for each item of the source that brings something, in order.",
        wanted=[piece for piece, _ in wanted],
    )


class Response:
    """Items like those of OpenAI's `Stream`: what `iter` makes of it knows no connection."""

    def __init__(self, items):
        self.items = items
        self.closed = False

    def __repr__(self):
        return f"Response({self.items})"

    def __iter__(self):
        return iter(self.items)

    def close(self):
        self.closed = True


def check_it_closes(read, items):
    """Read one piece, stop, and check that the source is closed."""
    source = Source(items)
    stream = read(source)
    next(stream)
    check(
        not source.closed,
        "the source is closed before the reader has stopped",
        why="Close it when everything is read or the reader stops, not before.",
        got=Words("closed after the first piece"),
    )
    stream.close()
    check_closed(source)
    for stops in (True, False):
        response = Response(items)
        stream = read(response)
        next(stream)
        stream.close() if stops else list(stream)
        check(
            response.closed,
            "it closes what iter() returned, and not what it was given",
            why="A response may be iterated by an object that knows nothing of the connection. "
            "Pass to close_source the very argument that you were given.",
            wanted=Words("the response closed"),
            got=Words("still open"),
        )


def check_an_error_passes(source, stream, error, wanted):
    """Read a stream that breaks; check the error, and what came before it."""
    got = []
    with passes_on(error):
        for piece in stream:
            got.append(piece)
    check(
        got[: len(wanted)] == wanted,
        "what came before an error is lost",
        why="Hand out each piece at once; then an error cannot take it away.",
        wanted=wanted,
    )
    check_closed(source, "after an error")


def chunk(content="", **fields):
    """A chunk with a provider's id."""
    return AIMessageChunk(content=content, id="msg-1", **fields)


class TestChunkText(Explained):
    """The text in a chunk is found, whatever its content is made of."""

    WHY: ClassVar = {
        "without text it does not return an empty string": "Many chunks have no text. "
        'Their text is "".',
        "it returns the blocks and not their text": "chunk.content is a list here. The text is "
        "inside its blocks.",
        "it shows how Python writes the blocks": "str() of a list gives brackets, braces "
        "and all. Go through the list and take the text out of each block.",
        "only the first block counts": "One chunk may have several blocks of text. Join them all.",
        "a block that is a str is left out": "A block may be a plain str. That is text, too.",
        "the text of the blocks is not joined as it is": "In their order, unchanged, with nothing "
        "in between.",
        "it shows the model's reasoning or an image": 'Only blocks of the type "text" are for the '
        "reader.",
        "the text between other blocks is lost": "Skip what is not text, and only that.",
        "a block counts because it has a text in it": 'The "type" decides. Blocks of other types '
        "may have texts, too, such as the words of a refusal: not under this key, or not meant for "
        "the reader.",
        "a block without text breaks it": 'A block of type "text" may come without "text", or with '
        "None. Then it has no text, but the others still have theirs.",
        "a block without text adds something": "What is missing or None is not text. str(None) "
        "would be four letters.",
        "what it returns is not the text of the chunk": "The text is what is in a str, or under "
        '"text" in a block whose "type" is "text", all of it joined and unchanged.',
        "it shows something that is not the reader's": "Only a block whose type is exactly 'text' "
        "is text, and only what is in `content`: not what is in other blocks, or in "
        "additional_kwargs.",
        "it changes the chunk": "It belongs to the caller. Only read it.",
        "the chunks of a whole answer do not give its text": "Chunks with pieces of a tool call, "
        "or with usage, have no text.",
    }

    @keeps(1)
    def test_a_string_is_the_text(self, answers, text):
        for content in (text.word(), f" {text.word()} ", "\n", " "):
            got = answers.chunk_text(chunk(content))
            self.must(
                got == content,
                "spaces or line breaks are lost" if got == content.strip() else "text is changed",
                content,
                why="A chunk may begin or end with a space, or consist of one. It is text.",
            )
        self.must(
            answers.chunk_text(chunk("")) == "",
            "without text it does not return an empty string",
            "",
        )

    @keeps(1, 4)
    def test_blocks_of_text_are_joined(self, answers, text):
        first, second, third = text.word(), f" {text.word()}", f" {text.word()}\n"
        blocks = [{"type": "text", "text": first, "index": 0}, second]
        blocks.append({"type": "text", "text": third, "index": 1})
        got = answers.chunk_text(chunk(blocks))
        wanted = first + second + third
        must = self.against(wanted)
        must(isinstance(got, str), "it returns the blocks and not their text")
        must("{" not in got, "it shows how Python writes the blocks")
        must(got != first, "only the first block counts")
        must(got != first + third, "a block that is a str is left out")
        must(got == wanted, "the text of the blocks is not joined as it is")

    @keeps(3)
    def test_what_is_no_text_is_left_out(self, answers, text):
        secret, word = text.secret(), text.word()
        blocks = [
            {"type": "reasoning", "reasoning": secret, "index": 0},
            {"type": "text", "text": word, "index": 1},
            {"type": "image", "base64": secret, "mime_type": "image/png"},
        ]
        got = answers.chunk_text(chunk(blocks))
        must = self.against(word)
        must(secret not in got, "it shows the model's reasoning or an image")
        must(got == word, "the text between other blocks is lost")
        for kind in ("reasoning", "tool_result", "refusal", text.word()):
            got = answers.chunk_text(chunk([{"type": kind, "text": secret, kind: secret}, word]))
            self.must(got == word, "a block counts because it has a text in it", word)

    @keeps(2)
    def test_a_block_may_lack_its_text(self, answers, text):
        word = text.word()
        blocks = [{"type": "text"}, {"type": "text", "text": None}, {"type": "text", "text": word}]
        try:
            got = answers.chunk_text(chunk(blocks))
        except (KeyError, TypeError) as error:
            self.must(
                False,
                "a block without text breaks it",
                word,
                Words(f"{type(error).__name__}: {error}"),
            )
            raise
        self.must(got == word, "a block without text adds something", word)
        for empty in ([], [{"type": "text", "text": ""}], [{"type": "reasoning"}]):
            self.must(
                answers.chunk_text(chunk(empty)) == "",
                "without text it does not return an empty string",
                "",
            )

    def test_a_whole_answer(self, answers, play, text):
        tokens = text.tokens(5)
        model = play(Reply(*tokens, ToolCall("search", {"for": text.secret()})))
        chunks = list(model.stream("Hello?"))
        got = [answers.chunk_text(one) for one in chunks]
        self.must(
            joined(got) == joined(tokens),
            "the chunks of a whole answer do not give its text",
            [*tokens, Words("empty strings for all others")],
            got,
        )

    def test_any_content(self, search):
        def promise(answers, content):
            given, before = chunk(content, **OTHER_FIELDS), chunk(deepcopy(content), **OTHER_FIELDS)
            got = answers.chunk_text(given)
            wanted = "".join(map(text_of_block, [content] if isinstance(content, str) else content))
            must = self.against(wanted)
            must("no" not in (got or ""), "it shows something that is not the reader's")
            must(
                isinstance(got, str) and got == wanted,
                "what it returns is not the text of the chunk",
            )
            self.must(given == before, "it changes the chunk", before, given)

        always = (
            *each(content=TEXTS),
            *each(content=tuple(["a", block, {"type": "text", "text": "b"}] for block in BLOCKS)),
            *each(content=tuple([{"type": "text", "text": one}, one, one] for one in TEXTS)),
            *each(content=tuple([block] for block in BLOCKS)),
            {"content": [{"type": "text", "text": f"{number} "} for number in range(40)]},
            *each(content=(joined(LONG), LONG)),
        )
        texts = st.builds(lambda text: {"type": "text", "text": text}, any_text())
        blocks = repeated(texts | any_text() | st.sampled_from(BLOCKS), 5)
        search(promise, *always, content=blocks | any_text())


BLOCKS = (
    *({"type": "text"}, {"type": "text", "text": None}, {"type": "text", "text": "", "index": 0}),
    {"type": "text", "text": "x", "index": 3, "id": "a", "annotations": [{"text": "y"}]},
    *(
        {"type": kind, "text": "no", "content": "no", kind: "no"}
        for kind in (
            *("reasoning", "thinking", "text_delta", "output_text", "Text", "texts", "image"),
            *("refusal", "text-plain", "input_text", "summary_text", "non_standard", "citation"),
        )
    ),
    {"type": "reasoning", "summary": [{"type": "text", "text": "no"}]},
    {"type": "tool_use", "name": "no", "input": {"type": "text", "text": "no"}},
    {"type": "tool_result", "content": [{"type": "text", "text": "no"}]},
    {"type": "image_url", "image_url": {"url": "no"}},
    {"type": "a_future_type", "value": "no", "text": None},
)
"""Blocks that have no text, or have more than that."""


OTHER_FIELDS = {
    "additional_kwargs": {"reasoning_content": "no", "text": "no", "refusal": "no"},
}


def text_of_block(block):
    if isinstance(block, str):
        return block
    return (block.get("text") or "") if block["type"] == "text" else ""


class TestToSnapshots(Explained):
    """After each delta comes the whole text so far."""

    WHY: ClassVar = {
        "it hands out the deltas as they came": "A snapshot is all of the text so far. Remember "
        "what came before.",
        "a snapshot is not a text": "The text so far is one str, not a list of its pieces.",
        "it begins with the empty text": "Add the delta first, then hand out the text.",
        "the snapshots are not the text so far": "One for each delta: all text up to it, the delta "
        "included.",
        "a snapshot comes again although nothing is new": "An empty delta changes nothing: no new "
        "snapshot.",
        "without deltas there is a snapshot": "Nothing came, so there is nothing to show.",
        "a delta of white space is left out": "A space or a line break is text. Only a delta "
        "without any character is empty.",
    }

    @keeps(1)
    def test_each_snapshot_is_the_whole_text_so_far(self, answers, text):
        deltas = [*text.tokens(4), "\n ", text.word()]
        wanted = list(accumulate(deltas))
        got = list(answers.to_snapshots(deltas))
        must = self.against(wanted)
        must(got != deltas, "it hands out the deltas as they came")
        must(all(isinstance(snapshot, str) for snapshot in got), "a snapshot is not a text")
        must("" not in got, "it begins with the empty text")
        must(got[-1:] == wanted[-1:], "the last snapshot is not the whole text", why=WHOLE)
        must(got == wanted, "the snapshots are not the text so far")

    @keeps(2)
    def test_an_empty_delta_makes_no_snapshot(self, answers, text):
        first, second = text.word(), text.word()
        got = list(answers.to_snapshots(["", first, "", "", second, ""]))
        must = self.against([first, first + second])
        must("" not in got, "the empty text is handed out as a snapshot", why=EMPTY)
        must(got == [first, first + second], "a snapshot comes again although nothing is new")
        self.must(list(answers.to_snapshots([])) == [], "without deltas there is a snapshot", [])

    def test_a_space_is_text(self, answers, text):
        word = text.word()
        got = list(answers.to_snapshots([" ", word, "\n"]))
        wanted = [" ", f" {word}", f" {word}\n"]
        self.must(got == wanted, "a delta of white space is left out", wanted)

    @keeps(3)
    def test_a_snapshot_comes_with_its_delta(self, answers, text):
        first, second, third = text.word(), text.word(), text.word()
        source = Source([first, "", second, third])
        wanted = [(first, 1), (first + second, 3), (first + second + third, 4)]
        check_it_is_live(source, answers.to_snapshots(source), wanted, AHEAD, ONE_BY_ONE)

    @keeps(4)
    def test_stopping_closes_the_source(self, answers, text):
        check_it_closes(answers.to_snapshots, text.tokens(4))

    @keeps(4)
    def test_an_error_passes_through(self, answers, text):
        deltas, error = text.tokens(3), ConnectionError(text.word())
        source = Source([*deltas, error])
        stream = answers.to_snapshots(source)
        check_an_error_passes(source, stream, error, list(accumulate(deltas)))

    def test_any_deltas(self, search):
        def promise(answers, deltas, ending):
            KEEPS.check(answers.to_snapshots, deltas, ending, snapshots_of)

        always = (
            *each(deltas=EACH_TWICE, ending=Ending()),
            *each(deltas=(*EDGES, LONG), ending=Ending()),
            *each(deltas=["a", "", "a", "b", ""], ending=EACH_ENDING),
        )
        search(promise, *always, deltas=any_tokens(), ending=any_ending())

    def test_two_at_once(self, answers):
        check_two_at_once(answers.to_snapshots, ["a", "b", "", "c"])


def snapshots_of(deltas):
    """The text after each delta that is not empty."""
    return [
        (joined(deltas[:count]), count) for count in range(1, len(deltas) + 1) if deltas[count - 1]
    ]


class TestToDeltas(Explained):
    """From growing texts, only the new ends come out."""

    WHY: ClassVar = {
        "it hands out the whole text again and again": "Joined together, that repeats the "
        "beginning many times. Remove what was there before.",
        "the text is not cut where the snapshots were": "One delta for each snapshot: "
        "what it has more than the one before.",
        "text that was there before is taken away from the new end too": "Only the beginning was "
        "shown already. What follows is new, even if it says the same again.",
        "a snapshot that adds nothing makes a delta": "A snapshot may come twice. Nothing in it is "
        "new then.",
        "the deltas before the fault are lost, or something of the fault is shown": "Compare a "
        "snapshot with the one before it as soon as it comes, and before anything of it is handed "
        "out.",
        "a text that changes goes unnoticed": "The reader has seen the first text, and it cannot "
        "be taken back. Handing out the rest of another text would show something that nobody "
        "wrote. Compare how the texts begin: neither their lengths nor the rest of their content "
        "is enough.",
        "it reads on after the fault": "Nothing that follows can be right. Raise ValueError at "
        "once.",
        "the deltas before the fault are not all there": "What was right before comes first, in "
        "one piece for each snapshot, and nothing of the fault.",
        "a text that gets shorter goes unnoticed": "The reader has already seen what is missing "
        "now. A snapshot has to begin with the whole snapshot before it; a shorter one does not.",
    }

    @keeps(1)
    def test_a_delta_is_what_is_new(self, answers, text):
        deltas = [*text.tokens(4), "\n", f" {text.word()}"]
        snapshots = list(accumulate(deltas))
        got = list(answers.to_deltas(snapshots))
        must = self.against(deltas)
        must(got != snapshots, "it hands out the whole text again and again")
        must(joined(got) == snapshots[-1], "the deltas joined are not the last snapshot", why=WHOLE)
        must(got == deltas, "the text is not cut where the snapshots were")

    @keeps(1)
    def test_text_may_repeat_itself(self, answers, text):
        word = text.word()
        snapshots = [word, word * 2, word * 2 + word[:1], word * 2 + word[:1] + word * 2]
        wanted = [word, word, word[:1], word * 2]
        got = list(answers.to_deltas(snapshots))
        self.must(
            got == wanted, "text that was there before is taken away from the new end too", wanted
        )

    @keeps(2)
    def test_nothing_new_is_no_delta(self, answers, text):
        word, end = text.word(), text.word()
        got = list(answers.to_deltas(["", word, word, word + end, word + end]))
        must = self.against([word, end])
        must("" not in got, "it hands out empty deltas", why=EMPTY)
        must(got == [word, end], "a snapshot that adds nothing makes a delta")

    @keeps(3)
    def test_text_that_changes_is_an_error(self, answers, text):
        first, other, end = text.word(), text.word(), text.word()
        changes = (other + end, first[:-1] + "_" + end, "_" + first[1:] + end, other + first + end)
        for changed in changes:
            got, source = [], Source([first, changed, changed + end])
            with self.raises(ValueError, "a text that changes goes unnoticed"):
                for delta in answers.to_deltas(source):
                    got.append(delta)
            self.equal(
                got,
                [first],
                "the deltas before the fault are lost, or something of the fault is shown",
            )
            check_closed(source, "after a text that changed")

    @keeps(3)
    def test_text_that_shrinks_is_an_error(self, answers, text):
        word, end = text.word(), text.word()
        for shorter in (word, word + end[:-1], ""):
            with self.raises(ValueError, "a text that gets shorter goes unnoticed"):
                list(answers.to_deltas([word, word + end, shorter]))

    @keeps(4)
    def test_a_delta_comes_with_its_snapshot(self, answers, text):
        first, second, third = text.word(), text.word(), text.word()
        source = Source([first, first, first + second, first + second + third])
        wanted = [(first, 1), (second, 3), (third, 4)]
        check_it_is_live(source, answers.to_deltas(source), wanted, AHEAD, ONE_BY_ONE)

    @keeps(5)
    def test_stopping_closes_the_source(self, answers, text):
        check_it_closes(answers.to_deltas, [*accumulate(text.tokens(4))])

    @keeps(5)
    def test_an_error_passes_through(self, answers, text):
        deltas, error = text.tokens(3), ConnectionError(text.word())
        source = Source([*accumulate(deltas), error])
        check_an_error_passes(source, answers.to_deltas(source), error, deltas)

    def test_any_snapshots(self, search):
        def promise(answers, deltas, ending):
            snapshots = list(accumulate(deltas))
            KEEPS.check(answers.to_deltas, snapshots, ending, deltas_of)

        always = (
            *each(deltas=EACH_TWICE, ending=Ending()),
            *each(deltas=(*EDGES, LONG), ending=Ending()),
            *each(deltas=["a", "", "a", "b", ""], ending=EACH_ENDING),
        )
        search(promise, *always, deltas=any_tokens(), ending=any_ending())

    def test_any_fault(self, search):
        def promise(answers, deltas, fault):
            snapshots = list(accumulate(deltas))
            if fault.startswith(snapshots[-1]):
                return
            source, got = Source([*snapshots, fault, f"{fault} and more"]), []
            stream = answers.to_deltas(source)
            problem = "a text that changes goes unnoticed"
            if len(fault) < len(snapshots[-1]):
                problem = "a text that gets shorter goes unnoticed"
            with self.raises(ValueError, problem):
                for delta in stream:
                    got.append(delta)
            deltas = [delta for delta in deltas if delta]
            self.must(got == deltas, "the deltas before the fault are not all there", deltas, got)
            self.in_words(
                source.asked == len(snapshots) + 1,
                "it reads on after the fault",
                f"{len(snapshots) + 1} asked for",
                f"{source.asked} asked for",
            )
            check_closed(source, "after a snapshot that is wrong", NOT_BY_ITSELF)

        faults = (
            *(
                "",
                "a",
                "aB",
                "ab ",
                "abC ",
                "Abc ",
                "abc",
                "abc\t",
                "abc\n ",
                " abc ",
                "bc ",
                "xabc ",
            ),
            *(
                "abx d e",
                "a\u0301bc ",
                "abc\u00a0 ",
                "abd ",
                "xyz",
                "ab\u200bc ",
                "dabc ",
                "\ufeffabc ",
            ),
        )
        always = (
            *each(fault=faults, deltas=["a", "b", "", "c", " "]),
            *each(fault=faults, deltas=["abc "]),
            *each(fault=("é", "\n", "e", " ", "b"), deltas=["e\u0301\r\n"]),
            *each(fault=("é!", "e\u0301!", "É!"), deltas=["ė"]),
            {"deltas": ["é"], "fault": "e\u0301!"},
            {"deltas": ["the same " * 9], "fault": f"{'the same ' * 8}the name and"},
            *(
                {"deltas": LONG, "fault": f"{joined(LONG)[:at]}!{joined(LONG)[at + 1 :]}"}
                for at in (0, 60, 999, 1_000, 3_000, 6_000)
            ),
        )
        texts = st.sampled_from(("a", "b", "ab", " ", "\n", ""))
        search(
            promise,
            *always,
            deltas=st.lists(texts, min_size=1, max_size=4),
            fault=st.lists(texts, max_size=4).map("".join),
        )

    def test_two_at_once(self, answers):
        check_two_at_once(answers.to_deltas, ["a", "ab", "ab", "abc"])


def deltas_of(snapshots):
    """What each snapshot adds, if it adds anything."""
    before = 0
    for count, snapshot in enumerate(snapshots, 1):
        if len(snapshot) > before:
            yield snapshot[before:], count
        before = len(snapshot)


def foreign(text):
    """A text whose characters take one to four bytes each."""
    return f"{text.word()} Grüße „{text.word()}“\r\n東京 👋 {text.word()}\u2028é€𝄞\n"


def cut(text, whole):
    """Cut a text or bytes at random places; some pieces are empty."""
    count = text.random.randrange(3, 9)
    places = sorted(text.random.choices(range(len(whole) + 1), k=count))
    return [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]


class TestDecodeUtf8(Explained):
    """Bytes that are cut anywhere become the right text, at once."""

    WHY: ClassVar = {
        "a character that is cut in two breaks it": "The bytes are good, but the chunk ends inside "
        "a character. Keep the beginning of that character until the next chunk brings the rest.",
        "the bytes are read in another encoding": "In UTF-8 two bytes make one ü. An encoding in "
        "which each byte is a character makes two letters of it, and no error.",
        "a character that is cut in two is taken for damaged": "The bytes are good, but the chunk "
        "ends inside a character. Keep the beginning of that character until the next chunk brings "
        "the rest.",
        "a character that is cut in two is lost": "Its first bytes came in one chunk, its last "
        "ones in the next. Keep the beginning until the rest comes.",
        "a byte order mark is lost": "Here it is a character like any other. The encoding is "
        'called "utf-8"; "utf-8-sig" is a different one, which drops it.',
        "one stream gets what another one holds back": "Two streams may be read at the same time. "
        "Make a new decoder for each of them, inside the function.",
        "one stream takes away what another one holds back": "Two streams may be read at the same "
        "time. Make a new decoder for each of them, inside the function.",
        "the pieces are not what each chunk completes": "For each chunk, one piece: the "
        "text that it completes, if there is any.",
        "more is held back than the beginning of a character": "For each chunk, hand out in one "
        "piece all that is complete. Only the beginning of one character may wait.",
        "one bad byte breaks the whole stream": "Bytes that cannot be read become U+FFFD, and the "
        'reader keeps all the rest. See errors="replace".',
        "bad bytes are silently left out": "The reader should see that something is missing: "
        "U+FFFD in its place.",
        "bad bytes do not become what errors='replace' makes of them": "The text of the whole "
        "stream is b''.join(byte_chunks).decode('utf-8', errors='replace').",
        "the beginning of a character at the end is lost": "What is still waiting when the stream "
        "ends will never be complete. Hand out U+FFFD for it, so that the reader sees that "
        "something is missing.",
        "a character that the end cuts off does not become U+FFFD": "The text of the whole stream "
        "is b''.join(byte_chunks).decode('utf-8', errors='replace').",
    }

    def text_of(self, answers, byte_chunks, wanted):
        """Decode chunks of good UTF-8; a character that is cut must not be an error."""
        try:
            return list(answers.decode_utf8(byte_chunks))
        except Exception as error:
            # By name: in official grading the class is another one.
            self.must(
                type(error).__name__ != "UnicodeDecodeError",
                "a character that is cut in two breaks it",
                wanted,
                Words("UnicodeDecodeError"),
            )
            raise

    @keeps(1)
    def test_a_character_may_be_cut_in_two(self, answers, text):
        whole = f"{text.word()} für {text.word()} 👋"
        encoded = whole.encode()
        for place in (encoded.index(b"\xc3") + 1, len(encoded) - 1, len(encoded) - 2):
            byte_chunks = [encoded[:place], encoded[place:]]
            got = self.text_of(answers, byte_chunks, whole)
            must = self.against(whole)
            must("Ã" not in joined(got), "the bytes are read in another encoding")
            must("\ufffd" not in joined(got), "a character that is cut in two is taken for damaged")
            must(joined(got) == whole, "a character that is cut in two is lost")

    @keeps(1)
    def test_the_cuts_make_no_difference(self, answers, text):
        whole = foreign(text)
        encoded = whole.encode()
        one_by_one = [bytes([byte]) for byte in encoded]
        for byte_chunks in ([encoded], one_by_one, cut(text, encoded), cut(text, encoded)):
            got = self.text_of(answers, byte_chunks, whole)
            self.must(
                joined(got) == whole,
                "the text depends on where the bytes are cut"
                if len(byte_chunks) > 1
                else "text is changed",
                whole,
                why=WHOLE,
            )

    def test_a_byte_order_mark_is_text(self, answers, text):
        whole = f"\ufeff{text.word()}\ufeff{text.word()}"
        encoded = whole.encode()
        got = self.text_of(answers, [encoded[:1], encoded[1:8], encoded[8:]], whole)
        self.must(joined(got) == whole, "a byte order mark is lost", whole)

    def test_each_stream_has_its_own_memory(self, answers, text):
        first, second = text.word(), text.word()
        half = answers.decode_utf8([first.encode() + b"\xf0\x9f", b"\x91\x8b"])
        begun = next(half)
        got = self.text_of(answers, [second.encode()], second)
        self.must(joined(got) == second, "one stream gets what another one holds back", [second])
        self.must(
            joined([begun, *half]) == f"{first}👋",
            "one stream takes away what another one holds back",
            f"{first}👋",
        )

    @keeps(2)
    def test_no_piece_is_empty(self, answers, text):
        word = text.word()
        got = list(answers.decode_utf8([b"", word.encode(), b"", b"\xf0", b"\x9f\x91", b"\x8b"]))
        must = self.against([word, "👋"])
        must("" not in got, "it yields empty pieces", why=EMPTY)
        must(got == [word, "👋"], "the pieces are not what each chunk completes")

    @keeps(3)
    def test_what_is_complete_comes_at_once(self, answers, text):
        first, second = text.word(), text.word()
        parts = [f"{first} ü".encode()[:-1], "ü".encode()[1:], b"", f"{second} 👋".encode()[:-1]]
        source = Source([*parts, "👋".encode()[-1:]])
        wanted = [(f"{first} ", 1), ("ü", 2), (f"{second} ", 4), ("👋", 5)]
        why = (
            "Hand out what is complete before you pull the next chunk. Only the beginning of one "
            "character may wait, not the text before it."
        )
        check_it_is_live(source, answers.decode_utf8(source), wanted, HELD, why)

    @keeps(4)
    def test_bytes_that_are_no_utf8_are_replaced(self, answers, text):
        first, second = text.word(), text.word()
        for bad in (b"\xff", b"\x80", "ü".encode("cp1252") + b" ", b"\xf0\x9f\x91 ", b"\xc0\xaf"):
            byte_chunks = [first.encode() + bad, second.encode()]
            wanted = b"".join(byte_chunks).decode("utf-8", errors="replace")
            try:
                got = list(answers.decode_utf8(byte_chunks))
            except Exception as error:
                self.must(
                    type(error).__name__ != "UnicodeDecodeError",
                    "one bad byte breaks the whole stream",
                    wanted,
                    Words("UnicodeDecodeError"),
                )
                raise
            must = self.against(wanted)
            must(
                joined(got) != first + second and "\ufffd" in joined(got),
                "bad bytes are silently left out",
            )
            must(
                joined(got) == wanted, "bad bytes do not become what errors='replace' makes of them"
            )

    @keeps(5)
    def test_the_end_may_cut_a_character(self, answers, text):
        word = text.word()
        for tail in ("👋".encode()[:1], "👋".encode()[:3], "ü".encode()[:1], "€".encode()[:2]):
            got = self.text_of(answers, [word.encode(), tail], f"{word}\ufffd")
            must = self.against(f"{word}\ufffd")
            must(joined(got) != word, "the beginning of a character at the end is lost")
            must(
                joined(got) == f"{word}\ufffd",
                "a character that the end cuts off does not become U+FFFD",
            )

    @keeps(4)
    def test_any_bytes_can_be_read(self, answers, text):
        letters = [
            "ü".encode(),
            "👋".encode(),
            b"\xf0\x9f",
            b"\xff",
            b"\xed\xa0\x80",
            b"a",
            b"\xe2",
        ]
        for _ in range(12):
            noise = b"".join(text.random.choices(letters, k=8)) + text.random.randbytes(6)
            wanted = noise.decode("utf-8", errors="replace")
            got = self.text_of(answers, cut(text, noise), wanted)
            self.must(
                joined(got) == wanted,
                "bad bytes do not become what errors='replace' makes of them",
                wanted,
                why="The text of the whole stream is b''.join(byte_chunks).decode('utf-8', "
                "errors='replace'), wherever it is cut.",
            )

    @keeps(6)
    def test_stopping_closes_the_source(self, answers, text):
        check_it_closes(answers.decode_utf8, [token.encode() for token in text.tokens(4)])

    @keeps(6)
    def test_an_error_passes_through(self, answers, text):
        tokens, error = [text.word(), "ü", text.word()], ConnectionError(text.word())
        source = Source([*(token.encode() for token in tokens), error])
        check_an_error_passes(source, answers.decode_utf8(source), error, tokens)

    def test_any_text(self, search):
        def promise(answers, pieces, ending):
            KEEPS.check(answers.decode_utf8, pieces, ending, decoded)

        always = (
            *each(pieces=tuple([*bytes_of(f"a{one}b{one}")] for one in TEXTS), ending=Ending()),
            *each(
                pieces=tuple([one.encode(), b"", one.encode()] for one in TEXTS), ending=Ending()
            ),
            {"pieces": [one.encode() for one in LONG], "ending": Ending()},
            *each(pieces=[b"a\xc3", b"\xbc", b"", b"b\xf0\x9f"], ending=EACH_ENDING),
            *each(pieces=[b"\xef", b"\xbb\xbfa", b"\xe2\x82"], ending=EACH_ENDING),
            {"pieces": [*bytes_of("one ü 漢 👋\r\n" * 20)], "ending": Ending()},
        )
        cuts = st.tuples(any_tokens(5), st.lists(st.integers(0, 20), max_size=5)).map(
            lambda drawn: cut_at(joined(drawn[0]).encode(), drawn[1])
        )
        search(promise, *always, pieces=cuts, ending=any_ending())

    def test_any_bytes(self, search):
        def promise(answers, pieces):
            source, whole = Source(pieces), b"".join(pieces).decode("utf-8", "replace")
            came = [""] * (len(pieces) + 1)
            for piece in answers.decode_utf8(source):
                self.must(piece != "", "it yields empty pieces", why=EMPTY)
                self.must(
                    not came[source.asked - 1],
                    "the pieces are not what each chunk completes",
                    Words("one piece for each chunk"),
                )
                came[source.asked - 1] = piece
            self.must(
                joined(came) == whole,
                "bad bytes do not become what errors='replace' makes of them",
                whole,
            )
            for count in range(1, len(pieces) + 1):
                data, out = b"".join(pieces[:count]), joined(came[:count])
                self.in_words(
                    any(out == data[:end].decode("utf-8", "replace") for end in ends_of(data)),
                    "more is held back than the beginning of a character",
                    f"{data.decode('utf-8', 'replace')!r} out, but for the beginning of one",
                    f"{out!r} before pull {count + 1}",
                )

        always = (
            *each(pieces=tuple([b"a" + one, b"b" + one, one + b"c", one] for one in NOISE)),
            *each(pieces=tuple([*bytes_of(one + b"a" + one, 1)] for one in NOISE)),
        )
        noise = st.sampled_from((*NOISE, b"a", b"", "ü".encode(), "👋".encode()[:2]))
        search(promise, *always, pieces=repeated(noise))


NOISE = (
    *(b"\xff", b"\x80", b"\xc3", b"\xc3(", b"\xe2\x82", b"\xf0\x9f\x91", b"\xf0\x9f(", b"\xc0\xaf"),
    *(b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xe0\x80\xaf", b"\xfe\xff"),
    *(b"\xed\xa0\xbd\xed\xb1\x8b", b"\xbf\xbf", b"\xe2(\xa1", b"\xf0", b"\xc1\x80\n"),
)
"""Bytes that are not UTF-8, or only the beginning of it."""


def bytes_of(text, size=1):
    """A text or bytes, cut after so many bytes."""
    encoded = text.encode() if isinstance(text, str) else text
    return [encoded[at : at + size] for at in range(0, len(encoded), size)]


def cut_at(whole, places):
    """Bytes, cut at these places."""
    ends = sorted(min(place, len(whole)) for place in places)
    return [whole[a:b] for a, b in zip([0, *ends], [*ends, len(whole)], strict=True)]


def decoded(pieces):
    """What Python's decoder makes of each chunk, and of the end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    texts = [decoder.decode(piece) for piece in pieces] + [decoder.decode(b"", True)]
    return [(text, count) for count, text in enumerate(texts, 1) if text]


def ends_of(data):
    """Where bytes may be cut so that no more than the beginning of a character is held back.

    A first byte says how many belong together. Whether these can be a character is not asked.
    """
    yield len(data)
    for size in (1, 2, 3):
        held = data[len(data) - size :]
        if size > len(data) or any(not 0x80 <= one < 0xC0 for one in held[1:]):
            return
        if held[0] >= (0xC0, 0xE0, 0xF0)[size - 1]:
            yield len(data) - size


HIGH, LOW = "\ud83d", "\udc4b"
"""The two halves of 👋."""


def halves(character):
    """The two halves of a character above U+FFFF."""
    high, low = divmod(ord(character) - 0x10000, 0x400)
    return chr(0xD800 + high), chr(0xDC00 + low)


class TestJoinSurrogates(Explained):
    """The two halves of a character come together again."""

    WHY: ClassVar = {
        "the halves are passed on as they came": "Joined as text, two halves are still two "
        "characters that nobody can print. Turn them into the one character they stand for.",
        "a byte order mark gets in": '"utf-16" writes one before each text that it encodes, and '
        'reads one only at the beginning. "utf-16-le" and "utf-16-be" do not use a mark.',
        "what was held back comes a second time": "The half is in the character already, and "
        "something is still held back at the end. Let go of it once it is used.",
        "a half is replaced before its other half can come": "A high half at the end of a token "
        "may just be early. Keep it until the next token that is not empty.",
        "halves are thrown away": "Together they are a character, and the reader should see it.",
        "the halves do not become their character": "A high half and the low half right after it "
        "are one character.",
        "a character is taken for a half": "Only U+D800 to U+DFFF are halves. What comes before "
        "and after them is text.",
        "half a character comes out": "It cannot be printed, sent or saved. U+FFFD stands for what "
        "cannot be read.",
        "a half without its other half is not replaced by U+FFFD": "Make one U+FFFD of each half "
        "that stays alone; all other text stays as it is.",
        "a half at the end of the stream is lost": "What is still waiting when the stream ends "
        "will never be complete. Hand out U+FFFD for it.",
        "a half at the end of the stream does not become U+FFFD": "What is still waiting when the "
        "stream ends will never be complete.",
        "the pieces are not what each token completes": "For each token, one piece: the "
        "text that it completes, if there is any.",
        "halves in one token do not come together": "Two halves next to each other are one "
        "character, no matter where a token begins.",
        "the text depends on where the tokens are cut": "Whether two halves are next to each other "
        "does not depend on the tokens they came in.",
    }

    @keeps(1)
    def test_two_halves_become_one_character(self, answers, text):
        first, second = text.word(), text.word()
        pairs = [(one, *halves(one)) for one in ("👋", "𝄞", "𠮷", "\U00010000", "\U0010ffff")]
        whole_and_tokens = [
            (f"{first}{one}{second}", tokens)
            for one, high, low in pairs
            for tokens in ([first + high, low + second], [first, high, "", low, second])
        ]
        for wanted, tokens in whole_and_tokens:
            got = list(answers.join_surrogates(tokens))
            must = self.against(wanted)
            must(joined(got) != joined(tokens), "the halves are passed on as they came")
            must("\ufeff" not in joined(got), "a byte order mark gets in")
            twice = joined(got).startswith(wanted) and joined(got) != wanted
            must(not twice, "what was held back comes a second time")
            must("\ufffd" not in joined(got), "a half is replaced before its other half can come")
            must(joined(got) != first + second, "halves are thrown away")
            must(joined(got) == wanted, "the halves do not become their character")

    @keeps(4)
    def test_what_is_complete_comes_at_once(self, answers, text):
        first, second = f"{text.word()} é", f"東京 {text.word()}"
        source = Source([first, second + HIGH, LOW, "👋", "ß"])
        wanted = [(first, 1), (second, 2), ("👋", 3), ("👋", 4), ("ß", 5)]
        why = (
            "Only a high half at the very end of a token may wait. All text before it, and all "
            "other characters, however foreign they look, are complete."
        )
        check_it_is_live(source, answers.join_surrogates(source), wanted, HELD, why)

    @keeps(3)
    def test_other_text_stays_as_it_is(self, answers, text):
        tokens = [
            f"{text.word()}? ",
            "\ud7ff\ue000",
            "\uff01\uffff",
            "\ufeffe\u0301\r\n",
            text.word(),
        ]
        got = list(answers.join_surrogates(tokens))
        must = self.against(tokens)
        must(joined(got).count("\ufffd") == 0, "a character is taken for a half")
        must(
            got == tokens,
            "text without halves is changed",
            why="Change the halves and nothing else.",
        )

    @keeps(2)
    def test_a_half_without_its_other_half_is_replaced(self, answers, text):
        word, end = text.word(), text.word()
        for tokens, wanted in (
            ([word, LOW, end], f"{word}\ufffd{end}"),
            ([word + LOW + end], f"{word}\ufffd{end}"),
            ([word, HIGH, end], f"{word}\ufffd{end}"),
            ([word + HIGH + end], f"{word}\ufffd{end}"),
            ([HIGH, HIGH, LOW + end], f"\ufffd👋{end}"),
            ([word, LOW, HIGH, end], f"{word}\ufffd\ufffd{end}"),
        ):
            got = list(answers.join_surrogates(tokens))
            must = self.against(wanted)
            must(HIGH not in joined(got) and LOW not in joined(got), "half a character comes out")
            must(joined(got) == wanted, "a half without its other half is not replaced by U+FFFD")

    @keeps(2)
    def test_a_half_may_wait_in_vain(self, answers, text):
        word = text.word()
        for tokens in ([word + HIGH], [word, HIGH, "", ""]):
            got = list(answers.join_surrogates(tokens))
            must = self.against(f"{word}\ufffd")
            must(joined(got) != word, "a half at the end of the stream is lost")
            must(
                joined(got) == f"{word}\ufffd",
                "a half at the end of the stream does not become U+FFFD",
            )

    @keeps(4)
    def test_no_piece_is_empty(self, answers, text):
        word = text.word()
        got = list(answers.join_surrogates(["", word, HIGH, "", LOW, ""]))
        must = self.against([word, "👋"])
        must("" not in got, "it yields empty pieces", why=EMPTY)
        must(got == [word, "👋"], "the pieces are not what each token completes")

    @keeps(1)
    def test_halves_may_stand_in_one_token(self, answers, text):
        word, end = text.word(), text.word()
        got = list(answers.join_surrogates([word, HIGH + LOW + end + HIGH, LOW + HIGH + LOW]))
        wanted = f"{word}👋{end}👋👋"
        self.must(joined(got) == wanted, "halves in one token do not come together", wanted)

    @keeps(1)
    def test_the_cuts_make_no_difference(self, answers, text):
        parts = [HIGH, LOW, HIGH + LOW, "ü", "👋", " ", text.word()]
        for _ in range(6):
            whole = "".join(text.random.choices(parts, k=9))
            wanted = whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            for tokens in ([whole], list(whole), cut(text, whole)):
                got = list(answers.join_surrogates(tokens))
                self.must(
                    joined(got) == wanted, "the text depends on where the tokens are cut", wanted
                )

    @keeps(5)
    def test_stopping_closes_the_source(self, answers, text):
        check_it_closes(answers.join_surrogates, text.tokens(4))

    @keeps(5)
    def test_an_error_passes_through(self, answers, text):
        tokens, error = [*text.tokens(2), "👋"], ConnectionError(text.word())
        source = Source([*tokens, error])
        check_an_error_passes(source, answers.join_surrogates(source), error, tokens)

    def test_any_tokens(self, search):
        def promise(answers, tokens, ending):
            KEEPS.check(answers.join_surrogates, tokens, ending, completed)

        edges = (
            "\ud800",
            "\udbff",
            "\udc00",
            "\udfff",
            "\ud7ff",
            "\ue000",
            "\ufffd",
            "\ufeff",
            "👋",
        )
        always = (
            *each(tokens=EACH_TWICE, ending=Ending()),
            *each(tokens=(*EDGES, LONG), ending=Ending()),
            *({"tokens": [f"a{one}", *edges, f"{one}b"], "ending": Ending()} for one in edges),
            *each(
                tokens=tuple([HIGH, one, LOW, one] for one in (*edges, "", "a", " ", "\x00")),
                ending=Ending(),
            ),
            *each(tokens=tuple([HIGH, one, LOW] for one in BLANKS), ending=Ending()),
            *each(tokens=["a", f"b{HIGH}", "", LOW, HIGH], ending=EACH_ENDING),
            *each(tokens=[LOW, HIGH, HIGH], ending=EACH_ENDING),
            {"tokens": [HIGH, "", "", "", LOW] * 20, "ending": Ending()},
            {"tokens": [LOW + HIGH], "ending": Ending()},
            {"tokens": [LOW * 3 + HIGH * 3, LOW * 2 + HIGH, "👋", HIGH], "ending": Ending()},
        )
        halves = st.sampled_from((HIGH, LOW, HIGH + LOW, *edges, "", "a"))
        tokens = repeated(halves | st.lists(halves, max_size=3).map("".join))
        search(promise, *always, tokens=tokens, ending=any_ending())

    def test_two_at_once(self, answers):
        check_two_at_once(answers.join_surrogates, [f"a{HIGH}", LOW, "b", HIGH])


def completed(tokens):
    """What each token completes: halves that have met, and what is alone."""
    held = ""
    for count, token in enumerate(tokens, 1):
        text = held + token
        held = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        if len(text) > len(held):
            yield whole_characters(text[: len(text) - len(held)]), count
    if held:
        yield "\ufffd", len(tokens) + 1


def whole_characters(text):
    """A text without halves."""
    units = text.encode("utf-16-be", "surrogatepass")
    return units.decode("utf-16-be", "replace")


def words_of(**metadata):
    return {"response_metadata": metadata}


def used(given, written):
    """Usage as LangChain reports it."""
    return {
        "usage_metadata": {
            "input_tokens": given,
            "output_tokens": written,
            "total_tokens": given + written,
        }
    }


def piece(args=None, name=None, call=None, index=0):
    """A chunk with a piece of a tool call."""
    return chunk(tool_call_chunks=[tool_call_chunk(name=name, args=args, id=call, index=index)])


class TestMergeChunks(Explained):
    """All chunks of an answer become one message that says what happened, and no more."""

    WHY: ClassVar = {
        "it returns no message": "Return an AIMessage with everything that was in the chunks.",
        "it returns a chunk": "A chunk is something that more may be added to. Turn it into an "
        "AIMessage.",
        "the text is not that of the chunks": WHOLE,
        "the id is lost": "The chunks belong to one message. Take the id of the merged chunk.",
        "words are joined, except those with certain keys": "A provider may send more than "
        "finish_reason and model_name. The rule holds for each value of response_metadata that is "
        "a str, no matter what its key is.",
        "a word that comes twice is joined to itself": "LangChain adds the entries of "
        "response_metadata as if they were text: stop and stop are stopstop. These are names, so "
        "the last one counts.",
        "the finish_reason or the model's name is lost or wrong": "The last chunk here says only "
        'None and "", which is not shown above. The last word that is neither of them counts.',
        "the finish_reason is not the last one": "A provider may correct itself. The last word "
        "that is not empty counts.",
        "a finish_reason is made up": "A stream that was cut off has none, and that is how you can "
        "tell.",
        "the usage is lost": "usage_metadata says what the answer costs. Hand it to the AIMessage.",
        "the usage is not the sum of what the chunks report": 'With usage="sum", which is also the '
        "default, each chunk reports its own share.",
        "the details of the usage are lost or wrong": "A report may have more than three numbers, "
        "and all of them are added up. The merged chunk has the whole sum.",
        "usage is made up": "If nobody counted, the answer is None, not 0.",
        "running totals are added up": "Each report already includes all of the earlier ones. "
        'With usage="last" the last report counts; a chunk without one does not change it.',
        "the last report does not count": "A provider may correct itself. The last report counts, "
        "not the largest one.",
        "a call without arguments breaks it": "The arguments of a call are None if none ever came, "
        "and json.loads does not accept None. No arguments at all, None or an empty text, become "
        "{}.",
        "the tool calls are lost": "An answer may have no text at all and ask for tools. Hand "
        "tool_calls to the AIMessage.",
        "a call without arguments is taken for broken": "No arguments at all, None or an empty "
        "text, become {}.",
        "a whole tool call is not what its pieces say": "The tool_call_chunks of the merged chunk "
        "have the name, the id and all of the arguments of each call. Read those with json.loads.",
        "two calls with the same index become one": "Some providers give the same index to all "
        "calls, so the index alone does not say what belongs together. LangChain looks at the ids, "
        "too: take the tool_call_chunks of the merged chunk.",
        "a call whose name never came is lost or changed": "Its arguments are whole, so it belongs "
        'in tool_calls. Its name is "" there.',
        "half a tool call passes for a whole one": "LangChain closes what is open and takes the "
        "result for the arguments. Running that call really deletes what was meant as a dry run. "
        "Read the raw text of tool_call_chunks strictly, with json.loads.",
        "half a tool call disappears": "Somebody has to know that it was asked for. Put it into "
        "invalid_tool_calls.",
        "an invalid call does not keep its name, its id and its text": "To find the fault, one "
        'needs them as they came; "args" is the raw text.',
        "an invalid call does not say what is wrong with it": 'Put the reason under "error", in '
        "your own words.",
        "a whole call is lost because of a broken one": "Look at each call separately.",
        "arguments that are not a JSON object break the whole answer": "An AIMessage takes only a "
        "dict for the arguments of a tool call. Look at what json.loads has given: if it is not a "
        "dict, the call is invalid.",
        "arguments that are not a JSON object pass for arguments": "A tool takes its arguments by "
        "name, so they are one JSON object: a dict. Everything else makes the call invalid.",
        "arguments that are nested too deeply break the whole answer": "For these, json.loads "
        "raises a RecursionError, which is not a ValueError. Nobody can read the arguments, so the "
        "call is invalid; the rest of the answer is still good.",
        "arguments that json.loads cannot read pass for arguments, or disappear": "What json.loads "
        "cannot read makes the call invalid, and its text is kept.",
        "what is not a word is lost": "response_metadata may hold numbers, lists and dicts. Start "
        "with that of the merged chunk, and put the words over it.",
        "what is not a word is treated as a word": "Only for a str does the last one count. "
        "Numbers are added up, and lists and dicts are put together: take all that from the merged "
        "chunk.",
        "blocks are not put together the way LangChain does it": "Content is not always a str. "
        "Take the content of the merged chunk.",
        "additional_kwargs are not those of the merged chunk": "Hand them to the AIMessage as they "
        "are in the merged chunk.",
        "the id is that of one chunk": "Not every chunk has the id. Take the id of the merged "
        "chunk: LangChain has found the right one.",
        "it is not what LangChain's addition makes of the chunks": "Take it from "
        "add_ai_message_chunks(*chunks) as it is.",
        "the words in response_metadata are wrong": "Of each key, the last word that is neither "
        "None nor empty counts. All other values are those of the merged chunk.",
        "the usage is wrong": 'The sum of all reports, or with usage="last" the last one.',
        "the tool calls are wrong": "A call whose arguments json.loads reads as one dict, or that "
        "has none, goes in tool_calls, in order. Repair nothing.",
        "the calls are not in the order in which they came": "The call that began first comes "
        "first, whatever its index, its id or its name is.",
        "a call whose arguments are whole is taken for broken": "Whatever json.loads reads as one "
        "dict is whole, and so is no text at all.",
        "the invalid tool calls are wrong": "Every other call goes there, in order, with its name, "
        "its id, and its text as it came.",
        "the chunks are changed": "They belong to the caller, who may use them again. Build "
        "something new.",
        "a stream is not read to its end, or read twice": "A stream can be read only once. Make a "
        "list of its chunks first.",
        "the finish_reason is not that of the same answer in one piece": "The last word that is "
        "neither None nor empty counts.",
        "a stream yields less than a list of the same chunks": "A stream can be read only once; a "
        "second reading yields nothing, and no error. Make a list of its chunks first.",
        "the error of LangChain's addition is hidden": "Nobody knows what two such values make "
        "together. Do not make something up: let the error pass through.",
        "an error of the stream is hidden": "Half of an answer is not an answer. Only the caller "
        "can know what to do about it.",
        "without any chunk it still returns a message": "An empty message means that the model "
        "answered with nothing. Here nobody answered.",
    }

    @keeps(1)
    def test_the_text_is_joined(self, answers, text):
        tokens = text.tokens(5)
        got = answers.merge_chunks([chunk(token) for token in tokens])
        must = self.against(AIMessage(joined(tokens)))
        must(isinstance(got, AIMessage), "it returns no message")
        must(not isinstance(got, AIMessageChunk), "it returns a chunk")
        self.equal(got.content, joined(tokens), "the text is not that of the chunks")
        self.must(got.id == "msg-1", "the id is lost", "msg-1", got.id)

    @keeps(2)
    def test_words_are_not_joined(self, answers, text):
        reason, model, key, value = (text.word() for _ in range(4))
        said = {"finish_reason": reason, "model_name": model, key: value}
        chunks = [
            chunk("Hi", **words_of(**said | {"finish_reason": None})),
            chunk("!", **words_of(**said)),
            chunk("", **words_of(**said)),
            chunk("", **words_of(**dict.fromkeys(said) | {"model_name": ""})),
        ]
        found = answers.merge_chunks(chunks).response_metadata
        got = {key: found.get(key) for key in said}
        wanted = said
        twice = [name for name, word in said.items() if word * 2 in str(got[name])]
        must = self.against(wanted, got)
        must(twice != [key], "words are joined, except those with certain keys")
        must(not twice, "a word that comes twice is joined to itself")
        must(got == wanted, "the finish_reason or the model's name is lost or wrong")
        other = text.word()
        chunks.append(chunk("", **words_of(finish_reason=other)))
        got = answers.merge_chunks(chunks).response_metadata.get("finish_reason")
        self.must(got == other, "the finish_reason is not the last one", other, got)
        got = answers.merge_chunks([chunk("Hi", **words_of(finish_reason=None)), chunk("!")])
        self.must(
            not got.response_metadata.get("finish_reason"),
            "a finish_reason is made up",
            Words("no finish_reason"),
            got.response_metadata,
        )

    @keeps(3)
    def test_usage_is_added_up(self, answers, text):
        given, first, second = (text.random.randrange(3, 99) for _ in range(3))
        chunks = [chunk("Hi", **used(given, first)), chunk("!"), chunk("", **used(0, second))]
        for report, count in ((chunks[0], first), (chunks[2], second)):
            report.usage_metadata["output_token_details"] = {"reasoning": count}
        got = answers.merge_chunks(chunks).usage_metadata
        wanted = used(given, first + second)["usage_metadata"]
        must = self.against(wanted, got)
        must(got is not None, "the usage is lost")
        must(
            all(got[key] == wanted[key] for key in wanted),
            "the usage is not the sum of what the chunks report",
        )
        details, sums = got.get("output_token_details"), {"reasoning": first + second}
        self.must(details == sums, "the details of the usage are lost or wrong", sums, details)
        got = answers.merge_chunks([chunk("Hi")]).usage_metadata
        self.must(got is None, "usage is made up", None, got)

    @keeps(3)
    def test_the_last_report_counts_if_usage_grows(self, answers, text):
        given, first, second = (text.random.randrange(3, 99) for _ in range(3))
        chunks = [
            chunk("Hi", **used(given, first)),
            chunk("!", **used(given, first + second)),
            chunk(""),
        ]
        got = answers.merge_chunks(chunks, usage="last").usage_metadata
        wanted = used(given, first + second)["usage_metadata"]
        self.must(
            got is not None and all(got[key] == wanted[key] for key in wanted),
            "running totals are added up",
            wanted,
            got,
        )
        corrected = used(given, 1)
        got = answers.merge_chunks([*chunks, chunk("", **corrected)], usage="last").usage_metadata
        self.equal(got, corrected["usage_metadata"], "the last report does not count")

    @keeps(4)
    def test_a_tool_call_is_put_together(self, answers, text):
        value, other = text.word(), text.word()
        chunks = [
            piece(name="search", call="call-1", index=0),
            piece('{"for": ', index=0),
            piece(name="count", call="call-2", index=1, args='{"all": true, "n": {"from"'),
            piece(f'"{value}"}}', index=0),
            piece(f': "{other}"}}}}', index=1),
            piece(name="stop", call="call-3", index=2, args=""),
            piece(name="wait", call="call-4", index=3, args=None),
        ]
        try:
            got = answers.merge_chunks(chunks)
        except TypeError:
            self.in_words(
                False,
                "a call without arguments breaks it",
                "the call in tool_calls, with the arguments {}",
                "TypeError",
            )
            raise
        wanted = [
            tool_call(name="search", args={"for": value}, id="call-1"),
            tool_call(name="count", args={"all": True, "n": {"from": other}}, id="call-2"),
            tool_call(name="stop", args={}, id="call-3"),
            tool_call(name="wait", args={}, id="call-4"),
        ]
        must = self.against(wanted, got.tool_calls)
        must(got.tool_calls or got.invalid_tool_calls, "the tool calls are lost")
        must(
            [call["name"] for call in got.tool_calls][:2] != ["search", "count"]
            or {"stop", "wait"} <= {call["name"] for call in got.tool_calls},
            "a call without arguments is taken for broken",
        )
        must(
            got.tool_calls == wanted and got.invalid_tool_calls == [],
            "a whole tool call is not what its pieces say",
        )

    def test_a_new_id_is_a_new_call(self, answers, text):
        values = [text.word(), text.word()]
        chunks = [
            piece(json.dumps({"for": value}), name="search", call=f"call-{number}", index=0)
            for number, value in enumerate(values)
        ]
        got = answers.merge_chunks(chunks)
        wanted = [
            tool_call(name="search", args={"for": value}, id=f"call-{number}")
            for number, value in enumerate(values)
        ]
        self.must(
            got.tool_calls == wanted and got.invalid_tool_calls == [],
            "two calls with the same index become one",
            wanted,
            Words(f"tool_calls={got.tool_calls}, invalid_tool_calls={got.invalid_tool_calls}"),
        )

    def test_the_order_of_the_calls_is_kept(self, answers):
        numbers = (2, 0, 1)  # by index, name and id the order would be another one
        for args, field in ("{}", "tool_calls"), ("[]", "invalid_tool_calls"):
            chunks = [piece(args, f"search-{n}", f"call-{n}", n) for n in numbers]
            got = [call["id"] for call in getattr(answers.merge_chunks(chunks), field)]
            wanted = [f"call-{n}" for n in numbers]
            self.must(
                got == wanted or sorted(got) != sorted(wanted),
                "the calls are not in the order in which they came",
                wanted,
                got,
            )

    def test_a_name_may_never_come(self, answers, text):
        args = {text.word(): text.word()}
        got = answers.merge_chunks([piece(json.dumps(args), call="call-1")])
        wanted = [tool_call(name="", args=args, id="call-1")]
        self.must(
            got.tool_calls == wanted and got.invalid_tool_calls == [],
            "a call whose name never came is lost or changed",
            wanted,
            Words(f"tool_calls={got.tool_calls}, invalid_tool_calls={got.invalid_tool_calls}"),
        )

    @keeps(5)
    def test_half_a_tool_call_is_no_tool_call(self, answers, text):
        target, other = text.word(), text.word()
        cut_off = f'{{"target": "{target}", "dry_r'
        chunks = [
            chunk("Hm."),
            piece(f'{{"of": "{other}"}}', name="count", call="call-1", index=0),
            piece(cut_off[:9], name="delete", call="call-2", index=1),
            piece(cut_off[9:], index=1),
            chunk("", chunk_position="last", **words_of(finish_reason="length")),
        ]
        got = answers.merge_chunks(chunks)
        wanted = Words(f"count in tool_calls, delete in invalid_tool_calls with args {cut_off!r}")
        shown = Words(f"tool_calls={got.tool_calls}, invalid_tool_calls={got.invalid_tool_calls}")
        must = self.against(wanted, shown)
        must(
            all(call["name"] != "delete" for call in got.tool_calls),
            "half a tool call passes for a whole one",
        )
        must(got.invalid_tool_calls != [], "half a tool call disappears")
        (call,) = got.invalid_tool_calls[:1]
        self.must(
            (call["name"], call["id"], call["args"]) == ("delete", "call-2", cut_off),
            "an invalid call does not keep its name, its id and its text",
            wanted,
            shown,
        )
        self.must(
            isinstance(call.get("error"), str) and call["error"],
            "an invalid call does not say what is wrong with it",
            got=call,
        )
        self.must(
            [one["name"] for one in got.tool_calls] == ["count"]
            and len(got.invalid_tool_calls) == 1,
            "a whole call is lost because of a broken one",
            wanted,
            shown,
        )

    @keeps(5)
    def test_arguments_are_an_object(self, answers, text):
        word = text.word()
        no_json = [f"{{'a': '{word}'}}", f'{{"a": "{word}",}}', f'{{"a": "{word}\n"}}', "  "]
        for args in (f'["{word}"]', f'"{word}"', "null", "7", '{"a": 1} {"a": 2}', *no_json):
            wanted = Words(f"the call in invalid_tool_calls, with args {args!r}")
            try:
                got = answers.merge_chunks([piece(args, name="search", call="call-1")])
            except Exception as error:
                # By name: in official grading the class is another one.
                self.must(
                    type(error).__name__ != "ValidationError",
                    "arguments that are not a JSON object break the whole answer",
                    wanted,
                    Words("ValidationError"),
                )
                raise
            self.must(
                got.tool_calls == [] and [c["args"] for c in got.invalid_tool_calls] == [args],
                "arguments that are not a JSON object pass for arguments",
                wanted,
                Words(f"tool_calls={got.tool_calls}, invalid_tool_calls={got.invalid_tool_calls}"),
            )

    def test_arguments_may_be_nested_too_deeply(self, answers, text):
        # Without its end it is invalid also where the stack of the answers is larger
        args = f'{{"{text.word()}": {"[" * refused_depth()}'
        pieces = [args[place : place + 4_000] for place in range(0, len(args), 4_000)]
        chunks = [piece(name="search", call="call-1"), *map(piece, pieces), chunk("Hi")]
        try:
            got = answers.merge_chunks(chunks)
        except RecursionError:
            got = None
        self.in_words(
            got is not None,
            "arguments that are nested too deeply break the whole answer",
            "the call in invalid_tool_calls",
            "RecursionError",
        )
        self.in_words(
            got.tool_calls == [] and [call["args"] for call in got.invalid_tool_calls] == [args],
            "arguments that json.loads cannot read pass for arguments, or disappear",
            "the call in invalid_tool_calls, with its text",
            f"{len(got.tool_calls)} tool_calls, {len(got.invalid_tool_calls)} invalid ones",
        )

    @keeps(6)
    def test_what_is_no_word_is_added_as_langchain_does_it(self, answers, text):
        first, second = text.random.sample(range(1, 99), 2)
        word, end = text.word(), text.word()
        chunks = [
            chunk("Hi", **words_of(seen=first, safety={"hate": word}, parts=[word])),
            chunk("!", **words_of(seen=second, safety={"hate": end, "spam": end}, parts=[end])),
            chunk("", **words_of(seen=None, finish_reason=end)),
        ]
        wanted = add_ai_message_chunks(*chunks).response_metadata
        got = answers.merge_chunks(chunks).response_metadata
        must = self.against(wanted, got)
        must(set(got) == set(wanted), "what is not a word is lost")
        must(got == wanted, "what is not a word is treated as a word")

    @keeps(6)
    def test_everything_else_is_kept(self, answers, text):
        word, end, extra = text.word(), text.word(), text.word()
        first, last = extra[:3], extra[3:]
        chunks = [
            AIMessageChunk([{"type": "reasoning", "reasoning": "Hm", "index": 0}], id=None),
            chunk([{"type": "text", "text": word, "index": 1}], additional_kwargs={"a": first}),
            chunk([{"type": "text", "text": end, "index": 1}], additional_kwargs={"a": last}),
            AIMessageChunk([], id=None),
        ]
        got = answers.merge_chunks(chunks)
        wanted = [
            {"type": "reasoning", "reasoning": "Hm", "index": 0},
            {"type": "text", "text": word + end, "index": 1},
        ]
        self.equal(got.content, wanted, "blocks are not put together the way LangChain does it")
        self.equal(
            got.additional_kwargs,
            {"a": extra},
            "additional_kwargs are not those of the merged chunk",
        )
        self.must(got.id == "msg-1", "the id is that of one chunk", "msg-1", got.id)

    @keeps(7)
    def test_the_chunks_are_not_changed(self, answers, text):
        chunks = [
            chunk(text.word(), **words_of(model_name="small"), **used(3, 1)),
            chunk(text.word(), **words_of(finish_reason="stop", model_name="large"), **used(3, 2)),
            piece('{"a": ', name="search", call="call-1"),
            piece("1}"),
        ]
        before = deepcopy(chunks)
        answers.merge_chunks(chunks)
        self.must(
            len(chunks) == len(before) and chunks == before,
            "the chunks are changed",
            before,
            chunks,
        )

    def test_the_chunks_may_be_a_stream(self, answers, play, text):
        reply = Reply(*text.tokens(6), ToolCall("search", {"for": text.word()}, id="call-1"))
        model = play(reply, reply)
        whole = model.invoke("Hello?")
        got = answers.merge_chunks(model.stream("Hello?"))
        self.must(
            got.text != "" and got.text == whole.text,
            "a stream is not read to its end, or read twice",
            whole.text,
            got.text,
        )
        for name in ("tool_calls", "invalid_tool_calls"):
            self.equal(
                getattr(got, name),
                getattr(whole, name),
                f"the {name} are not those of the same answer in one piece",
                why="Streamed or not, it is the same answer: model.invoke() gives the same.",
            )
        reason = got.response_metadata.get("finish_reason")
        self.equal(
            reason,
            whole.response_metadata["finish_reason"],
            "the finish_reason is not that of the same answer in one piece",
        )

    def test_a_stream_is_read_once(self, answers, text):
        reason, token = text.word(), text.word()
        chunks = [chunk(token, **words_of(finish_reason=reason), **used(3, n)) for n in (1, 2)]
        got = answers.merge_chunks(Source(chunks), usage="last")
        wanted = {"finish_reason": reason, **used(3, 2)}
        found = {
            "finish_reason": got.response_metadata.get("finish_reason"),
            "usage_metadata": got.usage_metadata,
        }
        self.equal(found, wanted, "a stream yields less than a list of the same chunks")

    def test_what_is_no_whole_answer_is_no_message(self, answers, text):
        for nothing in ([], Source([])):
            with self.raises(ValueError, "without any chunk it still returns a message"):
                answers.merge_chunks(nothing)
        refused = [chunk(text.word(), **words_of(score=score)) for score in (0.25, 0.5)]
        with self.raises(TypeError, "the error of LangChain's addition is hidden"):
            answers.merge_chunks(refused)
        error = ConnectionError(text.word())
        with self.raises(ConnectionError, "an error of the stream is hidden") as caught:
            answers.merge_chunks(Source([chunk(text.word()), error]))
        self.must(caught.error is error, "an error of the stream is replaced", why=SAME_ERROR)

    def test_any_chunks(self, search):
        def promise(answers, pieces, usage):
            options = {} if usage is None else {"usage": usage}
            chunks = [AIMessageChunk(**one) for one in pieces]
            try:
                merged = add_ai_message_chunks(*deepcopy(chunks))
            except (TypeError, ValueError) as error:
                with self.raises(type(error), "the error of LangChain's addition is hidden"):
                    answers.merge_chunks(chunks, **options)
                return
            with unchanged(chunks=chunks):
                got = answers.merge_chunks(chunks, **options)
            self.must(
                type(got).__name__ == "AIMessage", "it returns a chunk", Words("an AIMessage")
            )
            self.check_fields(got, merged)
            self.check_words(got, merged, chunks)
            self.check_usage(got, merged, chunks, usage)
            self.check_calls(got, merged)

        reports = [used(3, 1), {}, used(0, 0), used(2, 5), {}]
        always = (
            *({"pieces": [{"content": one}, {"content": one}], "usage": None} for one in TEXTS),
            *({"pieces": with_words(*words), "usage": None} for words in WORDS),
            *(
                {"pieces": [{"content": "a", **report} for report in some], "usage": usage}
                for some in (reports, reports[1:], reports[2:3], reports[::-1], [{}])
                for usage in (None, "sum", "last")
            ),
            *({"pieces": calls_with(args), "usage": None} for args in ARGUMENTS),
            *({"pieces": calls_with(*ARGUMENTS[at::7]), "usage": None} for at in range(7)),
            {"pieces": [call_chunk("f", "{}", "a", index) for index in (0, 1)], "usage": None},
            {"pieces": [call_chunk("f", "[", None, None)] * 3, "usage": None},
            *({"pieces": pieces, "usage": "last"} for pieces in OTHER_CHUNKS),
            {"pieces": [{"content": "a"}], "usage": "last"},
            {"pieces": [{"content": f"{n} ", "id": "a"} for n in range(40)], "usage": None},
        )
        words = st.dictionaries(
            st.sampled_from(("finish_reason", "model_name", "x")),
            st.sampled_from(("stop", "stop", "length", None, "", " ")),
            max_size=2,
        )
        tool_calls = st.builds(
            call_chunk,
            st.sampled_from((None, "f", "", "g")),
            st.sampled_from((None, "", "{}", '{"a"', ": 1}", "[]", " ", '{"a": 1}')),
            st.sampled_from((None, "a", "b")),
            st.sampled_from((0, 0, 1, None)),
        ).map(lambda made: made["tool_call_chunks"])
        pieces = st.fixed_dictionaries(
            {"content": any_text()},
            optional={
                "response_metadata": words,
                "usage_metadata": st.sampled_from([one.get("usage_metadata") for one in reports]),
                "tool_call_chunks": tool_calls,
                "id": st.sampled_from((None, "msg-1", "lc_run--1")),
            },
        )
        search(
            promise,
            *always,
            pieces=st.lists(pieces, min_size=1, max_size=4),
            usage=st.sampled_from((None, "sum", "last")),
        )

    def check_fields(self, got, merged):
        """Check what stays as LangChain makes it."""
        for name in ("content", "id", "additional_kwargs"):
            has, wanted = getattr(got, name), getattr(merged, name)
            self.must(
                same_value(has, wanted),
                "it is not what LangChain's addition makes of the chunks",
                wanted,
                has,
            )

    def check_words(self, got, merged, chunks):
        """Check the response_metadata."""
        wanted = dict(merged.response_metadata)
        for one in chunks:
            words = one.response_metadata.items()
            wanted.update((key, word) for key, word in words if isinstance(word, str) and word)
        has = {
            key: value for key, value in got.response_metadata.items() if value not in (None, "")
        }
        wanted = {key: value for key, value in wanted.items() if value not in (None, "")}
        self.must(same_value(has, wanted), "the words in response_metadata are wrong", wanted, has)

    def check_usage(self, got, merged, chunks, usage):
        """Check the usage."""
        reports = [one.usage_metadata for one in chunks if one.usage_metadata is not None]
        last = reports[-1] if reports else None
        wanted = last if usage == "last" else merged.usage_metadata
        has = got.usage_metadata
        self.must(same_value(has, wanted), "the usage is wrong", wanted, has)

    def check_calls(self, got, merged):
        """Check the tool calls, in their order."""
        valid, invalid = [], []
        for call in merged.tool_call_chunks:
            name, args, call_id = call["name"] or "", call["args"], call["id"]
            try:
                read = json.loads(args) if args else {}
            except ValueError:
                read = None
            if isinstance(read, dict):
                valid.append((name, read, call_id))
            else:
                invalid.append((name, args, call_id))
        must = self.against(
            Words(f"{len(valid)} in tool_calls, {len(invalid)} in invalid_tool_calls"),
            Words(f"{len(got.tool_calls)} and {len(got.invalid_tool_calls)}"),
        )
        must(
            len(got.tool_calls) <= len(valid),
            "arguments that are not a JSON object pass for arguments",
        )
        must(
            len(got.invalid_tool_calls) <= len(invalid),
            "a call whose arguments are whole is taken for broken",
        )
        for kind, calls in (("tool", valid), ("invalid tool", invalid)):
            found = got.tool_calls if calls is valid else got.invalid_tool_calls
            has = [(call["name"], call["args"], call["id"]) for call in found]
            if calls is invalid:  # where a name that never came may be None
                has = [(name or "", args, id_) for name, args, id_ in has]
            in_order = has == calls or sorted(has, key=repr) != sorted(calls, key=repr)
            self.must(in_order, "the calls are not in the order in which they came", calls, has)
            self.must(same_value(has, calls), f"the {kind} calls are wrong", calls, has)
        self.must(
            all(
                isinstance(call["error"], str) and call["error"] for call in got.invalid_tool_calls
            ),
            "an invalid call does not say what is wrong with it",
        )

    def test_any_error(self, search):
        def promise(answers, chunks, error, usage):
            source = Source([*map(chunk, chunks), *([error] if error else [])])
            if error is None:
                with self.raises(ValueError, "without any chunk it still returns a message"):
                    answers.merge_chunks(source, usage)
                return
            with passes_on(error, "the stream"):
                answers.merge_chunks(source, usage)

        errors = tuple(kind("of the stream") for kind in (*ERRORS, *INTERRUPTS))
        always = (
            *each(error=errors, chunks=["a", "b"], usage="sum"),
            *each(error=(*errors, None), chunks=[], usage="last"),
        )
        error = st.sampled_from((*errors, None))
        search(promise, *always, runs=5, chunks=st.just([]), error=error, usage=st.just("sum"))


WORDS = (
    *(
        ["stop", "stop"],
        ["stop", "length"],
        ["length", "stop", None, ""],
        [None, "stop"],
        ["", None],
    ),
    *(
        [" ", ""],
        ["stop", " "],
        ["stop"],
        ["a", "b", "a"],
        ["", "a", ""],
        ["a", "None", None],
        ["a", "0", ""],
    ),
)
"""What several chunks say under one key."""

ARGUMENTS = (
    *("{}", ' {"a": 1}\n', '{"a": NaN, "b": -Infinity}', '{"a": 1, "a": 2}', '{"b": 1, "a": 1.0}'),
    *(
        f'{{"a": {10**30}}}',
        '{"a": "\\ud83d"}',
        '{"": null, "é": "漢"}',
        '{"a": {"b": [{}]}}',
        None,
    ),
    *(" ", "\n", '```json\n{"a": 1}\n```', '\ufeff{"a": 1}', '{"a": 1,}'),
    *("{'a': 1}", "{} {}", "{}x", "null", "[]"),
    *('"{}"', "0", "true", '{"a"', '{"a": 1'),
    *("{a: 1}", '{"a": 01}', '{"a": "\n"}', '{"a": "b', "NaN"),
    *("[{}]", '{"a": 1} // b', '{"a": undefined}', '""', "{}}"),
    *("", "false", '{"a": .5}', "None", '{"a" 1}'),
)
"""Arguments of calls: the first ones and the empty ones are right."""

OTHER_CHUNKS = (
    [{"content": ["a", {"type": "text", "text": "b", "index": 0}]}, {"content": "c"}],
    [{"content": [{"type": "text", "text": one, "index": 0}]} for one in "aa"],
    [{"content": "a", "additional_kwargs": {"a": "b", "n": 1}, "id": one} for one in ("lc_1", "m")],
    [{"content": "", "id": None}, {"content": "a", "id": "run-1"}, {"content": "b", "id": "m"}],
    [{"content": "a", "response_metadata": {"n": n, "d": {"a": "b"}, "l": ["a"]}} for n in (1, 2)],
    [{"content": "a", "response_metadata": {"n": n}} for n in (0.5, 0.25)],
    [{"content": "a", "response_metadata": {"x": x}} for x in ("a", 1)],
    [{"content": "a", "response_metadata": {"ok": False, "n": 0, "l": [], "d": {}}}],
    [{"content": "a", **{"chunk_position": "last"}}],
)
"""Chunks that LangChain adds in its own way, or refuses to add."""


def with_words(*words):
    """Chunks with these words under one key; another key has the first word only."""
    said = [{"x": word, **({"y": word} if n == 0 else {})} for n, word in enumerate(words)]
    return [{"content": "", "response_metadata": one} for one in said]


def call_chunk(name, args, call, index):
    """A chunk with a piece of a tool call."""
    made = tool_call_chunk(name=name, args=args, id=call, index=index)
    return {"content": "", "tool_call_chunks": [made]}


def calls_with(*arguments):
    """Chunks with calls, each in two pieces, mixed with each other."""
    first, rest = [], []
    for index, args in enumerate(arguments):
        at = len(args or "") // 2
        first.append(call_chunk(f"f{index}", args and args[:at], f"{index}", index))
        rest.append(call_chunk(None, args and args[at:], None, index))
    return [*first, *rest]
