"""Lesson 15: Server-Sent Events.

One class for each task. `text` makes words, numbers and times that differ from seed to seed. `read`
reads what was written: it follows the standard, and takes only whole streams. Streams that answers
read are cut in many ways. Time is virtual: a pause of an hour takes no time.
"""

from __future__ import annotations

import asyncio
import json
import re
from itertools import pairwise
from typing import ClassVar

from hypothesis.strategies import lists, none, sampled_from, tuples

from course.fakes.script import Hang, Pause
from course.fakes.sources import AsyncSource
from course.grade.expect import Words, check, keeps, raises
from course.grade.scenarios import (
    ERRORS,
    TEXTS,
    any_limit,
    each,
)
from course.grade.stream_checks import (
    cancel_while_it_waits,
    check_closed,
    check_lazy,
    check_nothing_runs_on,
    not_for_ever,
    seconds,
    take,
    with_arrival,
)
from course.grade.stream_promises import NOT_BY_ITSELF
from course.grade.value_checks import Explained, never, refused, unchanged

NOT_ENDS = "\u2028\u2029\x0b\x0c\x1c\x85"
"""Characters at which `str.splitlines` cuts, and the format does not."""


def with_lf(encoded):
    """The same lines, each ending with LF."""
    return encoded.replace("\r\n", "\n").replace("\r", "\n")


def fields_of(encoded):
    """The fields of one event, as `(name, value)` in order, without comments."""
    pairs = [line.partition(":") for line in with_lf(encoded).split("\n")]
    return [(name, value.removeprefix(" ")) for name, _, value in pairs if name]


def read(encoded):
    """The events of a whole stream, as a browser gets them."""
    *blocks, _ = with_lf(encoded).split("\n\n")
    events, last_id = [], ""
    for block in blocks:
        fields = fields_of(block)
        data = [value for name, value in fields if name == "data"]
        kinds = [value for name, value in fields if name == "event"]
        last_id = ([last_id] + [value for name, value in fields if name == "id"])[-1]
        if data:
            kind = kinds[-1] if kinds else "message"
            events.append({"event": kind, "data": "\n".join(data), "id": last_id})
    return events


def fields_named(encoded, name):
    """The values of all fields with that name."""
    return [value for named, value in fields_of(encoded) if named == name]


class TestEncodeSse(Explained):
    """An event is written so that it arrives as it was."""

    WHY: ClassVar = {
        "it does not return text": "An event is a str here. It becomes bytes only at the very end.",
        "the empty line at the end is missing": "A reader keeps collecting fields until an empty "
        "line says that the event is complete. Write two line ends at the end: one for the last "
        "field, and one for that empty line.",
        "one event becomes several": "An empty line ends an event. So an empty line of the data "
        "must not be empty in the stream: it is a field, too.",
        "the event does not arrive at all": "Readers ignore an event without a data field. Empty "
        "data is one empty line, and needs a field like any other line.",
        "the data is changed on the way": "Write `data`, a colon, one space, and then the text as "
        "it is.",
        "only the first line arrives": "The second line has no name in front of it, so the reader "
        "takes it for an unknown field. Write `data: ` in front of each line.",
        "line ends are lost or added": "Cut the data at LF, CR and CRLF. CRLF is one line end, not "
        "two. Each part is a field, even an empty one.",
        "data can add fields of its own": "The author of the text could end the stream, or set its "
        "id. Every line of the data needs its own `data: `, and a CR alone ends a line, too.",
        "empty lines are lost": "What follows the last line end is a line, too, even if it is "
        "empty. splitlines drops it; split does not.",
        "whitespace is lost": "The reader removes one space after the colon. If you do not write "
        "one, it removes one from the text, and many tokens begin with a space.",
        "None is written as the word None": "None means that there is no such field. Leave it out.",
        "it writes fields that were not given": "Write only the fields that are not None.",
        "an empty id is left out": "An empty id tells the reader to forget the last one. It is "
        "false in an `if`, just like None: check for None.",
        "a retry of 0 is left out": "0 tells the reader to connect again at once. It is false in "
        "an `if`, just like None: check for None.",
        "an empty type is left out": "Only None leaves a field out. An empty type is false in an "
        "`if`, just like None: check for None.",
        "it writes more than one empty line": "An empty line ends an event. Write one, at the end.",
        "a field is missing, is there twice, or has another value": "Each field that is not None "
        "is one line: the name, a colon, a space, the value. The data is one such line for each "
        "of its lines.",
        "the space after the colon is missing": "A reader removes one space after the colon. Write "
        "that space in front of every value that is not empty.",
        "an id or a type that would not arrive is accepted": "LF and CR would end the field, and "
        "readers ignore an id with NUL: raise ValueError, wherever in the value it is.",
    }

    def data_of(self, answers, data):
        """Write `data`, followed by another event, and read it again."""
        encoded = answers.encode_sse(data)
        self.must(isinstance(encoded, str), "it does not return text")
        self.must(with_lf(encoded).endswith("\n\n"), "the empty line at the end is missing")
        events = read(encoded + "data: next\n\n")
        must = self.against([data])
        must(
            len(events) <= 2,
            "one event becomes several",
            got=[event["data"] for event in events[:-1]],
        )
        must(
            len(events) == 2,
            "the event does not arrive at all",
            got=Words(f"nothing, for {encoded!r}"),
        )
        return events[0]["data"]

    @keeps(2)
    def test_data_arrives(self, answers, text):
        word = text.word()
        for data in (
            text.sentence(),
            f"{word}: {text.word()}",
            f"für {word} 👋",
            f"{word}\0{word}",
        ):
            got = self.data_of(answers, data)
            self.must(got == data, "the data is changed on the way", data, got)

    @keeps(1)
    def test_each_line_is_a_field(self, answers, text):
        lines = [text.word() for _ in range(3)]
        ends = {"\n": 1, "\r\n": 1, "\r": 1, "\n\n": 2, "\n\r": 2, "\r\r\n": 2}
        for end, count in ends.items():
            data = end.join(lines)
            wanted = ("\n" * count).join(lines)
            got = self.data_of(answers, data)
            must = self.against(wanted, got)
            must(got != lines[0], "only the first line arrives")
            must(got == wanted, "line ends are lost or added")

    @keeps(1)
    def test_data_cannot_write_fields_of_its_own(self, answers, text):
        word = text.word()
        for end in ("\n", "\r"):
            data = end.join([word, "event: complete", "id: 99", "retry: 0", f": {word}"])
            got = answers.encode_sse(data)
            names = [name for name, _ in fields_of(got)]
            self.in_words(
                names == ["data"] * 5,
                "data can add fields of its own",
                "5 data fields",
                ", ".join(names),
            )

    @keeps(1)
    def test_empty_lines_and_empty_data(self, answers, text):
        word = text.word()
        for data in ("", "\n", f"{word}\n", f"\n{word}", f"{word}\n\n", f"\n\n{word}\n"):
            got = self.data_of(answers, data)
            self.must(got == data, "empty lines are lost", data, got)

    @keeps(2, 3)
    def test_white_space_stays(self, answers, text):
        word = text.word()
        for data in (f" {word}", f"  {word}  ", f"\t{word}", f"{word}\n    {word}", " "):
            got = self.data_of(answers, data)
            must = self.against(data, got)
            must(got == data or got.split() != data.split(), "whitespace is lost")
            must(got == data, "the data is changed on the way")

    @keeps(2)
    def test_other_characters_end_no_line(self, answers, text):
        for character in NOT_ENDS:
            data = f"{text.random.choice('xyz')}{character}{text.random.choice('abc')}"
            got = self.data_of(answers, data)
            self.equal(
                got,
                data,
                f"{character!a} is taken for a line end",
                why="str.splitlines cuts at ten kinds of characters. The format knows three line "
                "ends: LF, CR and CRLF.",
            )

    @keeps(4)
    def test_type_id_and_retry_are_fields(self, answers, text):
        kind, number, retry = text.word(), f"{text.word()}: 7", text.random.randrange(1, 9000)
        got = answers.encode_sse("x", event=kind, id=number, retry=retry)
        wanted = {"data": ["x"], "event": [kind], "id": [number], "retry": [str(retry)]}
        for name, values in wanted.items():
            self.must(
                fields_named(got, name) == values,
                f"the field {name} is missing or wrong",
                {name: values},
                {name: fields_named(got, name)},
                why="Each field is a line of its own: the name, a colon, a space, the value.",
            )
        got = answers.encode_sse("x", id=number)
        self.must("None" not in got, "None is written as the word None")
        names = sorted(name for name, _ in fields_of(got))
        self.in_words(
            names == ["data", "id"],
            "it writes fields that were not given",
            "data and id",
            " and ".join(names),
        )

    @keeps(5)
    def test_an_empty_id_and_a_retry_of_0_are_written(self, answers, text):
        got = answers.encode_sse(text.word(), event="", id="", retry=0)
        self.must(
            fields_named(got, "id") == [""],
            "an empty id is left out",
            Words("an id field without a value"),
        )
        self.must(
            fields_named(got, "retry") == ["0"], "a retry of 0 is left out", Words("retry: 0")
        )
        self.must(
            fields_named(got, "event") == [""],
            "an empty type is left out",
            Words("an event field without a value"),
        )

    @keeps(6)
    def test_what_would_not_arrive_is_refused(self, answers, text):
        for bad in "\n\r\0":
            for name in ("id", "event"):
                with raises(
                    ValueError,
                    f"{bad!r} in {name} is accepted",
                    why="A line end would end the field, and the rest would be a field of its own. "
                    "Readers ignore an id with NUL. Raise ValueError.",
                ):
                    answers.encode_sse("x", **{name: f"{text.word()}{bad}{text.word()}"})
        for wrong in (-1, -text.random.randrange(2, 99)):
            with refused("a negative retry", "Nobody can connect again before now"):
                answers.encode_sse("x", retry=wrong)
        odd = f" {text.word()}\u2028ü: 👋"
        for name in ("id", "event"):
            got = fields_named(answers.encode_sse("x", **{name: odd}), name)
            self.equal(
                got,
                [odd],
                f"a valid {name} does not arrive as it was",
                why="Only LF, CR and NUL are not allowed in it. And a reader removes one space "
                "after the colon of each field, so write one yourself.",
            )

    def test_any_event(self, search):
        def promise(answers, data, **others):
            given = {name: value for name, value in others.items() if value is not None}
            if {*"\r\n\0"} & {*given.get("event", ""), *given.get("id", "")}:
                with self.raises(ValueError, "an id or a type that would not arrive is accepted"):
                    answers.encode_sse(data, **given)
            elif given.get("retry", 0) < 0:
                with refused("a negative retry", "Nobody can connect again before now"):
                    answers.encode_sse(data, **given)
            else:
                self.check_fields(answers.encode_sse(data, **given), data, given)

        left_out = {"event": None, "id": None, "retry": None}
        ends = ("\n", "\r", "\r\n", "\n\r", "\n\n", "\r\r\n", "\r\n\r\n")
        around = tuple(text for end in ends for text in (f"a{end}b", f"{end} b", f"a {end}"))
        bads = [text for bad in "\n\r\0" for text in (bad, f"a{bad}", f"{bad}a")]
        numbers = (0, 1, 3000, 10**9, 10**18, -1, -(10**9))
        always = [
            *each(**left_out | {"data": (*TEXTS, *ends, *around, *NOT_ENDS, "a" * 5000)}),
            *(left_out | {"data": " x", "id": f"a{one}", "event": one} for one in TEXTS),
            *(left_out | {"data": "x", "event": "t", "id": bad} for bad in bads),
            *(left_out | {"data": "x", "event": bad, "id": "1"} for bad in bads),
            *each(**left_out | {"data": "", "retry": numbers}),
            {"data": "a\nb", "event": "message", "id": "", "retry": 0},
        ]
        text = sampled_from(TEXTS)
        search(
            promise,
            *always,
            data=lists(text, max_size=6).map("".join),
            event=none() | text,
            id=none() | text,
            retry=sampled_from((None, *numbers)),
        )

    def check_fields(self, got, data, given):
        """Pass if these are the lines of one event, and nothing else."""
        self.must(isinstance(got, str), "it does not return text")
        *lines, before_end, end = ("", *with_lf(got).split("\n"))
        self.must(before_end == end == "", "the empty line at the end is missing")
        self.must("" not in lines[1:], "it writes more than one empty line")
        fields = [re.match("([^:]*)(.*)", line, re.DOTALL).groups() for line in lines[1:]]
        fields = [(name, rest) for name, rest in fields if name]
        values = [("data", line) for line in with_lf(data).split("\n")]
        values += [(name, str(value)) for name, value in given.items()]
        for name in ("data", *given):
            came = [rest for named, rest in fields if named == name]
            wanted = [value for named, value in values if named == name]
            must = self.against(Words(lines_of(name, wanted)), got)
            must(not value_without_space(came, wanted), "the space after the colon is missing")
            must(
                [rest.removeprefix(":").removeprefix(" ") for rest in came] == wanted,
                "a field is missing, is there twice, or has another value",
            )
        self.in_words(
            {name for name, _ in fields} == {"data", *given},
            "it writes fields that were not given",
            " and ".join(["data", *given]),
            " and ".join(dict.fromkeys(name for name, _ in fields)),
        )


def lines_of(name, values):
    """The lines of a field that comes once or several times, to be shown."""
    return ", ".join(repr(f"{name}: {value}") for value in values)


def value_without_space(came, wanted):
    """Whether a value that is not empty comes right after its colon."""
    return len(came) == len(wanted) and any(
        value and rest == f":{value}" for rest, value in zip(came, wanted, strict=True)
    )


def decode(answers, chunks):
    """All events that come out of these chunks, fed in order."""
    decoder = answers.SSEDecoder()
    events = []
    for chunk in chunks:
        came = decoder.feed(chunk)
        check(
            isinstance(came, list),
            "feed does not return a list",
            why="A chunk may complete no event, one, or many. Return a list of them.",
            wanted=Words("a list of events"),
        )
        events += came
    check(
        all(isinstance(event, dict) and {*event} == {"event", "data", "id"} for event in events),
        "an event does not have the keys event, data and id",
        why="See SSEEvent: an event is a dictionary with these three keys, and all three values "
        "are text.",
        wanted=Words("{'event': ..., 'data': ..., 'id': ...}"),
        got=events[:1],
    )
    return events


def cut(text, encoded):
    """Bytes, cut at random."""
    places = sorted(text.random.sample(range(1, len(encoded)), len(encoded) // 3))
    return [encoded[start:end] for start, end in pairwise([0, *places, len(encoded)])]


def one_by_one(encoded):
    """Bytes, one in each chunk."""
    return [encoded[place : place + 1] for place in range(len(encoded))]


def datas(events):
    """The data of events."""
    return [event["data"] for event in events]


class TestSSEDecoder(Explained):
    """A stream of events is read in the same way, no matter how it is cut."""

    WHY: ClassVar = {
        "the events are not those of the stream": "Collect the data fields until an empty line "
        "comes. Several of them are the lines of one text, joined with LF.",
        "the type or the id of an event is wrong": 'The type is "message" if none was sent, and '
        'the id is "" until one is sent.',
        "what is cut by the end of a chunk is lost": "A chunk may end anywhere, even in the middle "
        "of a line. Keep what is incomplete until the next chunk comes.",
        "the events depend on where the bytes are cut": "A chunk may end anywhere: inside an "
        "event, a line, a character, or between CR and LF. Keep what is incomplete until the next "
        "chunk comes.",
        "two decoders mix up their streams": "What you create in the body of the class, such as a "
        "list, is shared by all decoders. Create what belongs to one stream in __init__, on self.",
        "a field without a space after the colon is lost": "The space is optional. Remove one "
        "space after the colon, if there is one.",
        "a value loses whitespace, or keeps too much": "Exactly one space, right after the first "
        "colon, does not belong to the value. All others do: many tokens begin with a space.",
        "a name with whitespace around it is taken for data": "A space is part of the name, and "
        "makes it a different, unknown one. Only the value loses a space.",
        "a CRLF that is cut in two counts twice": "An LF right after a CR does not end another "
        "line, even if it comes in the next chunk. Remember that the last character was a CR.",
        "an empty chunk between CR and LF changes something": "An empty chunk brings nothing: the "
        "last character is still the CR, and the LF belongs to it.",
        "an event comes out before its empty line": "There may be more data fields. Only an empty "
        "line says that the event is complete.",
        "an event comes later than its empty line": "The stream may be silent now, for a long time "
        "or forever. Return the event with the byte that ends the empty line, even if that is a "
        "CR.",
        "an empty line without data makes an event": "Comments keep the connection alive, and an "
        "id alone is not an event. Without a data field, nothing comes out.",
        "the wrong events come out": "All events with data come out, and no others. `data` alone, "
        'without a colon and a value, is the empty text "", and two of them are one LF. Comments '
        "and unknown fields do not count.",
        "an event gets the type of one that did not come out": "An empty line ends the event, with "
        "or without data, and resets the type.",
        "half an event comes out": "The stream ended before the empty line, so the event may be "
        "cut off. It must not come out.",
        "an event does not have the last type or id that was sent": "Each `event` and each `id` "
        'replaces the one before. An empty `event` means the type "message", as if none had been '
        "sent.",
        "the id is forgotten after its event": "Data and type belong to one event. The id stays "
        "until the next one comes.",
        "an event does not have the last id that was sent": "The id stays until the next one "
        "comes, even if that is an empty one.",
        "there is an id before one was sent": 'last_event_id is "" until an id is sent.',
        "an id with NUL in it counts, or the last one is forgotten": "last_event_id is what the "
        "reader would send back. Ignore an id with a NUL in it.",
        "the id of an incomplete event counts": "If the connection breaks now, this event is lost, "
        "and the reader has to ask for it again: with the id before it. An id counts when the "
        "empty line comes.",
        "an id without data does not count": "The event does not come out, but its id was sent. It "
        "counts from the empty line on.",
        "retry is not the last number that was sent": "`retry` is a number of milliseconds for the "
        "connection, not for the event. It counts when its line ends.",
        "a retry of thousands of digits raises an error": "Anybody can send anything, and int() "
        "raises ValueError for more than 4,300 digits. Nine digits are enough for a week: limit "
        "them in the pattern.",
        "a character that is cut in two is damaged": "The bytes of one character may come in two "
        "chunks. Use a decoder that remembers, as in lesson 11.",
        "a byte order mark hides the first event": "One U+FEFF at the very beginning of the stream "
        "is not text. If it stays, it becomes part of the first field's name, which is then "
        "unknown. See the encoding utf-8-sig.",
        "more than one byte order mark is removed": "Remove it only at the very beginning of the "
        "stream. Later, it is a character like any other: it stays in data, and it makes a name "
        "unknown.",
        "two byte order marks are removed at the beginning": "Remove only one. The second one is "
        "part of the first field's name, which is then unknown.",
        "bytes that are not UTF-8 do not become U+FFFD": "No bytes may raise an error in a reader. "
        'See errors="replace".',
        "last_event_id is wrong": "It is the id when the last empty line came, whether or not an "
        "event came out. An id with NUL in it does not count, and an empty one does.",
        "retry is wrong": "It is the number in the last `retry` field with nothing but ASCII "
        "digits in its value, as an int, from the end of that line on.",
        "a list that feed has returned changes later": "It belongs to the caller. Create a new "
        "list for each call.",
    }

    @keeps(5)
    def test_events_come_out(self, answers, text):
        first, second, kind = text.sentence(), text.word(), text.word()
        encoded = f"data: {first}\n\nevent: {kind}\nid: 7\ndata: {second}\ndata: {first}\n\n"
        got = decode(answers, [encoded.encode()])
        wanted = read(encoded)
        self.equal(datas(got), datas(wanted), "the events are not those of the stream")
        self.must(got == wanted, "the type or the id of an event is wrong", wanted, got)

    @keeps(1)
    def test_the_cuts_make_no_difference(self, answers, text):
        lines = [text.word(), f"{text.word()} ü", text.word()]
        encoded = (
            f"id: 1\ndata: {lines[0]}\ndata: {lines[1]}\n\n"
            f": {text.word()}\r\nid: 2\r\ndata: {lines[2]}\r\n\r\n"
            f"id: 3\revent: {lines[0]}\rdata\r\r:\n"
        ) * 2
        wanted, whole = read(encoded), encoded.encode()
        got = decode(answers, [whole])
        self.equal(
            got,
            wanted,
            "the events are not those of the stream",
            why="A line ends with LF, with CR, or with both. An empty line ends the event.",
        )
        short = f"data: {lines[0]}\n\n".encode()
        for place in (8, 3, len(short) - 1):
            got = datas(decode(answers, [short[:place], short[place:]]))
            self.must(got == lines[:1], "what is cut by the end of a chunk is lost", lines[:1], got)
        for chunks in (cut(text, whole), cut(text, whole), one_by_one(whole)):
            got = decode(answers, chunks)
            self.must(got == wanted, "the events depend on where the bytes are cut", wanted, got)

    def test_each_decoder_has_its_own_stream(self, answers, text):
        first, second = text.word(), text.word()
        one, other = answers.SSEDecoder(), answers.SSEDecoder()
        one.feed(f"retry: 5\nid: {first}\nevent: {first}\ndata: {first}\ndata: x".encode())
        got = [*other.feed(f"data: {second}\n\n".encode()), *one.feed(b"\n\n")]
        wanted = [
            {"event": "message", "data": second, "id": ""},
            {"event": first, "data": f"{first}\nx", "id": first},
        ]
        self.must(
            got == wanted and (other.last_event_id, other.retry) == ("", None),
            "two decoders mix up their streams",
            wanted,
            got,
        )

    def test_what_feed_has_returned_stays(self, answers, text):
        decoder = answers.SSEDecoder()
        first = decoder.feed(f"data: {text.word()}\n\n".encode())
        before = list(first)
        decoder.feed(f"data: {text.word()}\n\n".encode())
        self.equal(first, before, "a list that feed has returned changes later")

    @keeps(4)
    def test_one_space_is_taken_away(self, answers, text):
        word = text.word()
        for value, wanted in (
            (f" {word}", word),
            (word, word),
            (f"  {word}", f" {word}"),
            (f" {word} ", f"{word} "),
            (f"\t{word}", f"\t{word}"),
            (f" {word}: {word}", f"{word}: {word}"),
            ("  ", " "),
        ):
            got = datas(decode(answers, [f"data:{value}\n\n".encode()]))
            must = self.against([wanted], got)
            must(got != [], "a field without a space after the colon is lost")
            must(got == [wanted], "a value loses whitespace, or keeps too much")
        for name in (" data", "data ", "\tdata"):
            got = datas(decode(answers, [f"{name}: {word}\n\n".encode()]))
            self.must(got == [], "a name with whitespace around it is taken for data", [], got)

    @keeps(3)
    def test_a_line_has_three_ends(self, answers, text):
        word, other = text.word(), text.word()
        for character in NOT_ENDS:
            data = f"{word}{character}{other}"
            got = datas(decode(answers, [f"data: {data}\n\n".encode()]))
            self.equal(
                got,
                [data],
                f"{character!a} is taken for a line end",
                why="splitlines cuts at ten kinds of characters, and so do HTTP clients that yield "
                "lines. The format knows three line ends: LF, CR and CRLF.",
            )
        for end in ("\n", "\r\n", "\r"):
            for chunks in ([f"data: {word}", end, end], [f"data: {word}{end}{end}"]):
                got = datas(decode(answers, [chunk.encode() for chunk in chunks]))
                self.equal(
                    got,
                    [word],
                    f"{end!r} twice does not end an event",
                    why="LF, CR and CRLF each end a line. If a CR is the last character of a "
                    "chunk, its line is over, too. Only an LF that comes next still belongs to it.",
                )
        got = datas(decode(answers, [b"data: ", word.encode(), b"\r", b"\ndata: x\r", b"\n\r\n"]))
        self.equal(got, [f"{word}\nx"], "a CRLF that is cut in two counts twice")
        got = datas(decode(answers, [b"data: ", word.encode(), b"\r", b"", b"\ndata: x\n\n"]))
        self.equal(got, [f"{word}\nx"], "an empty chunk between CR and LF changes something")

    @keeps(5)
    def test_an_event_comes_at_once(self, answers, text):
        for end in (b"\n", b"\r"):
            decoder = answers.SSEDecoder()
            whole = b"data: " + text.word().encode() + end + end
            for place, byte in enumerate(one_by_one(whole), start=1):
                got = decoder.feed(byte)
                self.must(
                    place == len(whole) or got == [],
                    "an event comes out before its empty line",
                    [],
                    got,
                )
            self.must(
                len(got) == 1,
                "an event comes later than its empty line",
                Words(f"one event after {whole!r}"),
                got,
            )

    @keeps(5)
    def test_what_is_no_event_does_not_come_out(self, answers, text):
        word = text.word()
        stream = f": {word}\n\n\n\nevent: {word}\n\nid: 5\n\ndata\n\ndata\ndata\n\n:\nDATA: x\n\n"
        got = decode(answers, [stream.encode()])
        must = self.against(["", "\n"], datas(got))
        must(len(got) != 5 and len(got) != 6, "an empty line without data makes an event")
        must(datas(got) == ["", "\n"], "the wrong events come out")
        self.equal(
            [event["event"] for event in got],
            ["message", "message"],
            "an event gets the type of one that did not come out",
        )
        got = datas(decode(answers, [f"data: {word}\n\ndata: {word}\n".encode(), b"data: x"]))
        self.must(got == [word], "half an event comes out", [word], got)

    def test_the_last_type_and_the_last_id_count(self, answers, text):
        first, second = text.word(), text.word()
        stream = (
            f"event: {first}\nid: {first}\nevent: {second}\nid: {second}\ndata\n\n"
            f"event: {first}\nid: x\nid: {second}\nevent:\ndata\n\n"
        )
        got = [(event["event"], event["id"]) for event in decode(answers, [stream.encode()])]
        wanted = [(second, second), ("message", second)]
        self.equal(got, wanted, "an event does not have the last type or id that was sent")

    @keeps(6)
    def test_the_id_stays(self, answers, text):
        first, second = text.word(), text.word()
        stream = f"id: {first}\ndata\n\ndata\n\nid: {second}\ndata\n\nid\ndata\n\ndata\n\n"
        wanted = [first, first, second, "", ""]
        got = [event["id"] for event in decode(answers, [stream.encode()])]
        must = self.against(wanted, got)
        must(got[1:2] != [""], "the id is forgotten after its event")
        must(got == wanted, "an event does not have the last id that was sent")
        decoder = answers.SSEDecoder()
        for before in (b"", b"data: x\n\n"):
            decoder.feed(before)
            self.equal(decoder.last_event_id, "", "there is an id before one was sent")
        decoder.feed(f"id: {first}\ndata\n\nid: a\0b\n\n".encode())
        self.equal(
            decoder.last_event_id,
            first,
            "an id with NUL in it counts, or the last one is forgotten",
        )
        decoder.feed(f"id: {second}\ndata: x\n".encode())
        self.equal(decoder.last_event_id, first, "the id of an incomplete event counts")
        decoder.feed(b"\nid: 3\n\n")
        self.equal(decoder.last_event_id, "3", "an id without data does not count")

    @keeps(7)
    def test_retry(self, answers, text):
        number = text.random.randrange(100, 9000)
        for stream, wanted in (
            ("data: x\n\n", None),
            (f"retry: {number}\n", number),
            (f"retry:{number}\n\n", number),
            (f"retry: 1\nretry: {number}\ndata: x\n\n", number),
            (f"retry: 0{number}\n", number),
            ("retry: 0\n", 0),
            (f"retry: {number}\nx: 7\n: 7\n7\nRetry: 7\n", number),
        ):
            decoder = answers.SSEDecoder()
            decoder.feed(stream.encode())
            self.equal(decoder.retry, wanted, "retry is not the last number that was sent")
        for bad in ("+5", "-5", "5.0", "1e3", "٣", "1_0", " 5", "5 ", "", "x"):
            decoder = answers.SSEDecoder()
            decoder.feed(f"retry: {number}\nretry: {bad}\ndata: x\n\n".encode())
            self.equal(
                decoder.retry,
                number,
                f"retry: {bad} is taken for a number",
                why="int() accepts signs, underscores, spaces and the digits of all scripts. Here, "
                "only the ASCII digits 0 to 9 make a number. Ignore everything else.",
            )
        word = text.word()
        stream = f"retry: {'9' * 5000}\ndata: {word}\n\n"
        try:
            got = datas(decode(answers, [stream.encode()]))
        except ValueError:
            got = None
        self.must(
            got == [word],
            "a retry of thousands of digits raises an error",
            [word],
            Words("ValueError") if got is None else got,
        )

    @keeps(2)
    def test_bytes_become_text(self, answers, text):
        word = text.word()
        data = f"{word} für 東京 👋"
        for chunks in (one_by_one(f"data: {data}\n\n".encode()), [f"data: {data}\n\n".encode()]):
            got = datas(decode(answers, chunks))
            self.must(got == [data], "a character that is cut in two is damaged", [data], got)
        mark = "\ufeff"
        stream = f"{mark}data: {word}\n\n{mark}data: lost\n\ndata: {mark}{word}\n\n".encode()
        for chunks in ([stream], one_by_one(stream)):
            got = datas(decode(answers, chunks))
            must = self.against([word, mark + word], got)
            must(word in got, "a byte order mark hides the first event")
            must(got == [word, mark + word], "more than one byte order mark is removed")
        got = datas(decode(answers, [f"{mark}{mark}data: lost\n\ndata: {word}\n\n".encode()]))
        self.equal(got, [word], "two byte order marks are removed at the beginning")
        for bad in (b"\xff", b"\xc3", b"\xe2\x82"):
            got = datas(decode(answers, [b"data: " + word.encode() + bad, b"\n\n"]))
            self.equal(got, [f"{word}\ufffd"], "bytes that are not UTF-8 do not become U+FFFD")

    def test_any_stream(self, search):
        def promise(answers, stream, size):
            decoder, came, returned = answers.SSEDecoder(), [], []
            for start in range(0, max(1, len(stream)), size):
                returned.append(decoder.feed(stream[start : start + size]))
                came.append(list(returned[-1]))
                self.check_read(answers, decoder, came, stream[: start + size])
            self.equal(returned, came, "a list that feed has returned changes later")

        always = [
            *each(stream=STREAMS, size=1000),
            *each(stream=STREAMS, size=1),
            {"stream": b"data: " + b"long " * 500 + b"\n\n" + b"data: b\n\n" * 30, "size": 99},
        ]
        search(
            promise,
            *always,
            stream=lists(sampled_from(PARTS), max_size=12).map(b"".join),
            size=sampled_from((1000, 1, 2, 3, 5)),
        )

    def check_read(self, answers, decoder, came, stream):
        """Pass if all that is known after these bytes has come out, and nothing else."""
        wanted, last_id, retry = read_bytes(stream)
        got = [event for events in came for event in events]
        if got != wanted:
            self.equal(
                decode(answers, [stream]),
                wanted,
                "the wrong events come out"
                if datas(got) != datas(wanted)
                else "the type or the id of an event is wrong",
            )
            late = got == wanted[: len(got)]
            self.must(not late, "an event comes later than its empty line", wanted, came)
            self.equal(got, wanted, "the events depend on where the bytes are cut")
        self.must(
            decoder.last_event_id == last_id,
            "last_event_id is wrong",
            last_id,
            decoder.last_event_id,
        )
        self.must(
            decoder.retry == retry and type(decoder.retry) is type(retry),
            "retry is wrong",
            retry,
            decoder.retry,
        )


def read_bytes(stream):
    """All that is known after these bytes: the events, the last id, and retry."""
    *lines, _ = re.split(rb"\r\n|\r|\n", stream.removeprefix(MARK))
    events, data, kind, number, last_id, retry = [], [], "", "", "", None
    for line in lines:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value[1:] if value[:1] == " " else value
        if name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            number = value
        elif name == "retry" and value and {*value} <= {*"0123456789"}:
            retry = int(value)
        elif not line:
            last_id = number
            if data:
                text = "\n".join(data)
                events.append({"event": kind or "message", "data": text, "id": last_id})
            data, kind = [], ""
    return events, last_id, retry


MARK = "\ufeff".encode()
STREAMS = (
    b"",
    b"data: a\n\ndata: a\n\ndata: a\n\n",
    b"data: a\r\rdata: b\r\r\n\ndata\r\n\r\n",
    b"data: a\n\r\ndata: b\r\n\ndata: c\n\r",
    b"data:a\ndata: a\ndata:  a\ndata\ndata:\ndata: \n\n",
    b"data\n\ndata:\n\ndata: \n\ndata:  \n\n",
    b"\n\n\ndata: a\n\n\n\n: c\n\n:\n",
    b":data: a\n: b\ndata: [DONE]\n:\n\ndata: x\n\n",
    b"id: 1\ndata: a\n\ndata: a\nid: 2\n\nid\n\ndata: b\n\n",
    b"id: 1\n\nid: 2\nid: 3\0\n\nid:\0\ndata: a\n\nid: 0\ndata\n\n",
    b"id: 1\nid: \n\nid: a: b\ndata\n\nid:  2 \ndata\n\n",
    b"event: a\ndata: 1\n\ndata: 2\n\nevent: b\n\ndata: 3\n\n",
    b"event: a\nevent: b\ndata\nevent: c\n\nevent: a\nevent\ndata\n\nevent:  x \ndata\n\n",
    b"event: message\ndata: a\n\nevent: error\ndata: b\n\nevent: complete\ndata: c\n\n",
    b"retry: 5\nretry: 6x\nretry\nretry: 007\nretry: 123456789\nretry:  8\nretry: 9 \n",
    b"retry: 5\nretry: +6\ndata: a\n\nretry: \xd9\xa3\nretry: \xc2\xb2\nretry: 1_0\nretry: 0\n",
    b"retry: 7\rretry: -1\rretry: 8",
    b"Data: a\ndata : b\n data: c\nDATA\ndatas: d\ndat: e\nid : 1\nID: 1\nEvent: a\n\ndata\n\n",
    b'data: a\tb \n\ndata:\ta\n\ndata: \0\n\ndata: {"a": 1}\n\n',
    "data: é漢👋\u2028\x85\x0b\x0c\x1c\u00a0\n\nid: ü\u2029\nevent: 👋\ndata:\u3000\n\n".encode(),
    MARK + b"data: a\n\n" + MARK + b"data: b\n\ndata: " + MARK + b"\n\n",
    MARK + MARK + b"data: a\n\ndata: b\n\n",
    MARK + b"\ndata: a\n\n" + MARK + b"\ndata: b\n\n",
    b"\n" + MARK + b"data: a\n\ndata: b\n\n",
    b"data: \xff\xc3\n\ndata: \xe2\x82\r\rdata: \xf0\x9f\x91x\n\n\xef\xbbdata: a\n\n",
    b"\xff\xfedata: a\n\nid: \xc3\ndata: \xed\xa0\x80\xc0\x80\n\n",
    b"data: a\n \n\t\n\x0c\n\xc2\xa0\ndata: b\n\0\n\n",
    b"data: a\n\ndata: lost\nid: 9\nevent: lost\n",
)
PARTS = (
    *(b"\n", b"\n\n", b"\r", b"\r\n", b"data: a", b"data:", b"data", b"data: b\n\n", b"\r\r"),
    *(b"id: 1\n", b"id: 2\r", b"id\n", b"id: \0\n", b"event: x\n", b"event:\r\n", b"retry: 5\n"),
    *(b"retry: 7x\n", b": c\n", b":", b" ", MARK, "ü👋".encode(), b"\xff", b"\xc3", b"x: y\n"),
)


def lowercase(headers):
    """Headers as pairs of name and value, in lowercase."""
    check(
        isinstance(headers, dict)
        and all(isinstance(one, str) for pair in headers.items() for one in pair),
        "it does not return headers",
        why="Headers are a dictionary from names to values, and both are text.",
        wanted=Words("a dict of str"),
    )
    return [(name.lower(), value.lower()) for name, value in headers.items()]


def only(headers, name):
    """The value of the header with this name, in lowercase; "" if it is not there just once."""
    values = [value for named, value in lowercase(headers) if named == name]
    return values[0] if len(values) == 1 else ""


class TestSseHeaders(Explained):
    """The headers let a stream through, piece by piece."""

    WHY: ClassVar = {
        "the content type is not text/event-stream": "A browser checks Content-Type first, and "
        "gives up if it is any other type.",
        "the content type has the wrong parameter": "A stream of events is always in UTF-8, no "
        "matter what the header says. Say charset=utf-8, or say nothing.",
        "it may be kept in a cache": "Without Cache-Control, a proxy may give one reader the "
        "answer of another. `no-store` or `no-cache` forbids that.",
        "a proxy may collect the pieces": "nginx collects data before it passes it on. "
        "X-Accel-Buffering with the value no turns that off.",
    }

    @keeps(1)
    def test_the_type(self, answers):
        kind, semicolon, parameter = only(answers.sse_headers(), "content-type").partition(";")
        self.must(
            (kind.rstrip(" ") if semicolon else kind) == "text/event-stream",
            "the content type is not text/event-stream",
            Words("text/event-stream"),
        )
        self.must(
            parameter.strip(" ") in ("", "charset=utf-8", 'charset="utf-8"'),
            "the content type has the wrong parameter",
            Words("text/event-stream, with charset=utf-8 or with nothing"),
        )

    @keeps(2)
    def test_nobody_keeps_it(self, answers):
        got = only(answers.sse_headers(), "cache-control")
        words = {word.strip(" ") for word in got.split(",")}
        self.must(
            words & {"no-store", "no-cache"},
            "it may be kept in a cache",
            Words("Cache-Control: no-store, or no-cache"),
        )

    @keeps(3)
    def test_nobody_collects_it(self, answers):
        self.must(
            only(answers.sse_headers(), "x-accel-buffering") == "no",
            "a proxy may collect the pieces",
            Words("X-Accel-Buffering: no"),
        )

    @keeps(4)
    def test_nothing_that_stops_it(self, answers):
        names = [name for name, _ in lowercase(answers.sse_headers())]
        for name, why in (
            ("content-encoding", "Compression waits until it has enough to compress."),
            ("content-length", "Nobody knows the length of an answer that is still being made."),
            ("transfer-encoding", "The server sets it, and HTTP/2 does not have it."),
        ):
            self.must(
                name not in names,
                f"it has {name}",
                Words(f"no {name}"),
                why=f"{why} Leave this header out.",
            )


class TestLastEventId(Explained):
    """A request says which event its reader saw last."""

    WHY: ClassVar = {
        "it is not the number in the header": "Last-Event-ID has the id as text. Return it as an "
        "int. Leading zeros make no difference.",
        "without the header it is not 0": "This reader has not seen anything yet: 0. A header with "
        "a longer name is a different header.",
        "an empty header is not 0": "There is no number in it, so nothing was seen: 0.",
        "it returns nothing": "If there is no number, nothing was seen: 0.",
        "it is negative": "There is no event before the first one. Anything with a sign does not "
        "count as a number here: 0.",
        "more than eighteen digits are accepted": "More than eighteen digits do not count as a "
        "number here: 0. Count them, or limit them in the pattern.",
        "what is not a number counts as one": "Only ASCII digits, one to eighteen of them, are a "
        "number. Everything else means that nothing was seen: 0.",
        "the header is not found, or another one is taken for it": "The name is Last-Event-ID, in "
        "any mix of capitals and lowercase letters, and as a whole.",
        "a strange header raises an error": "Anybody can send anything: nothing at all, letters, "
        "thousands of digits. int() raises ValueError for each of these. Anything that is not a "
        "number means that nothing was seen: 0.",
    }

    @keeps(1)
    def test_the_number(self, answers, text):
        number = text.random.randrange(10, 10**9)
        for value in (f"{number}", "1", "0", f"{10**17 + number}", f"00{number}"):
            headers = {"host": text.word(), "last-event-id": value, "accept": "*/*"}
            got = answers.last_event_id(headers)
            self.must(
                got == int(value) and type(got) is int,
                "it is not the number in the header",
                int(value),
            )

    @keeps(2)
    def test_the_name_in_capitals_or_not(self, answers, text):
        number = text.random.randrange(1, 999)
        for name in ("Last-Event-ID", "last-event-id", "LAST-EVENT-ID", "Last-Event-Id"):
            got = answers.last_event_id({"Accept": "*/*", name: str(number)})
            self.must(
                got == number,
                f"{name} is not found",
                number,
                why="The names of headers are not case-sensitive, and each server spells them in "
                "its own way. Compare them in lowercase.",
            )

    @keeps(3)
    def test_without_it_everything_is_new(self, answers, text):
        for headers in ({}, {"event-id": "7"}, {"x-last-event-id": "7", text.word(): "8"}):
            got = answers.last_event_id(headers)
            self.must(got == 0, "without the header it is not 0", 0)
        got = self.number_in(answers, "")
        self.must(got == 0, "an empty header is not 0", 0)

    @keeps(4)
    def test_what_is_no_number_is_0(self, answers, text):
        bad = [text.word(), "-7", "-0", "+7", "1.5", "1e3", "0x10", "1_000", "٣", "²", "7, 8"]
        for value in bad:
            got = self.number_in(answers, value)
            must = self.against(0)
            must(got is not None, "it returns nothing")
            must(got != -7, "it is negative")
            must(
                got == 0,
                f"{value!r} is taken for a number",
                why="int() accepts signs, underscores and the digits of all scripts, and isdigit "
                "accepts those digits, too. Here, only the ASCII digits 0 to 9 make a number.",
            )

    @keeps(5)
    def test_a_header_that_is_far_too_long(self, answers, text):
        for value in ("9" * 19, "9" * 5000, "0" * 18 + "7"):
            got = self.number_in(answers, value)
            self.must(got == 0, "more than eighteen digits are accepted", 0)

    def test_any_header(self, search):
        def promise(answers, headers):
            with unchanged(headers=headers):
                got = answers.last_event_id(headers)
            values = [value for name, value in headers.items() if name.lower() == LAST_EVENT_ID]
            numbers = {number_of(value) for value in values} or {0}
            if any(value != value.strip() for value in values):
                numbers |= {number_of(value.strip()) for value in values}
            must = self.against(min(numbers), got)
            must(got is not None, "it returns nothing")
            is_right = got in numbers and type(got) is int
            if values and numbers != {0}:
                must(
                    is_right or got != 0, "the header is not found, or another one is taken for it"
                )
            must(is_right or numbers == {0}, "it is not the number in the header")
            must(
                is_right or values,
                "the header is not found, or another one is taken for it",
            )
            must(is_right, "what is not a number counts as one")

        values = (
            *(*TEXTS, "-0", "+1", "7.0", "7,8", "7;", "0b1", "0o7", "1_0", "nan", "7 8", "1\n2"),
            *("\u0967", "\uff17", "²", "1²", "Ⅷ", "1\u0663", "\x007", "7\x00", "\u200b7", "1 " * 9),
            *("9" * count for count in (1, 2, 17, 18, 19, 20, 4301)),
            *("0", "00", "0" * 18, "0" * 19, "0" * 17 + "1", " 7", "7\n"),
        )
        names = ("last-event-id", "LAST-EVENT-ID", "lAsT-EvEnT-iD", "Last-Event-ID")
        others = ("last-event-id ", " last-event-id", "last_event_id", "last-event", "event-id")
        others += ("x-last-event-id", "last-event-id2", "lasteventid", "last-event-ids", "id", "")
        pair = tuples(sampled_from(names * 3 + others), sampled_from((*values, "7", "12", "305")))
        always = [
            *({"headers": {"Last-Event-ID": value}} for value in values),
            *({"headers": {"a": "1", name: "7", "z": "2"}} for name in (*names, *others)),
            *({"headers": {name: "7", names[0]: value}} for name in others for value in ("x", "8")),
            *({"headers": {names[0]: one, names[1]: other}} for one in "7x" for other in "8x"),
            {"headers": {f"x-{number}": f"{number}" for number in range(99)} | {names[1]: "5"}},
        ]
        search(promise, *always, headers=lists(pair, max_size=3).map(dict))

    def number_in(self, answers, value):
        """The number in a header with this value."""
        with self.never(
            ValueError,
            "a strange header raises an error",
            0,
            got=Words(f"ValueError for {value[:20]!r}"),
        ):
            return answers.last_event_id({"Last-Event-ID": value})


LAST_EVENT_ID = "last-event-id"


def number_of(value):
    """The number in the value of the header, 0 if there is none."""
    return int(value) if 0 < len(value) <= 18 and {*value} <= {*"0123456789"} else 0


def tokens_of(text, count):
    """Token events."""
    return [{"type": "token", "content": word} for word in text.tokens(count)]


COMPLETE = {"type": "complete"}


def sent(pieces):
    """What a reader gets from these pieces: `(id, event)` in order."""
    check(
        all(isinstance(piece, bytes) for piece in pieces),
        "the pieces are not bytes",
        why="A body consists of bytes. encode_sse returns a str: encode it.",
        got=pieces[:2],
        wanted=Words("bytes"),
    )
    came = read(b"".join(pieces).decode("utf-8"))
    for event in came:
        with never(
            ValueError,
            "the data is not JSON",
            "str() of a dictionary has single quotes, which browsers cannot parse. See json.dumps.",
            Words("an event as JSON"),
            got=event["data"],
        ):
            json.loads(event["data"])
    return [(event["id"], json.loads(event["data"])) for event in came]


def is_comment(piece):
    """Whether a piece is a comment with its empty line, and nothing else."""
    text = with_lf(piece.decode("utf-8"))
    return text.startswith(":") and text.endswith("\n\n") and not fields_of(text)


class SlowToClose(AsyncSource):
    """A stream that takes a second to close, as if it said goodbye to a server."""

    async def aclose(self):
        await asyncio.sleep(1)
        await super().aclose()


class SlowToLetGo(SlowToClose):
    """A stream whose pull ends only minutes after its cancellation, as if it said goodbye."""

    async def __anext__(self):
        try:
            return await super().__anext__()
        except asyncio.CancelledError:
            await asyncio.sleep(300)
            raise


class Answers(AsyncSource):
    """A stream that answers the cancellation of a pull in its own way, and that only `aclose`
    closes."""

    was_closed = False

    def __init__(self, items, answer):
        super().__init__(items)
        self.answer = answer

    async def __anext__(self):
        try:
            return await super().__anext__()
        except asyncio.CancelledError:
            raise self.answer from None

    async def aclose(self):
        await super().aclose()
        self.was_closed = True


class TestSseBody(Explained):
    """An answer is sent while it is being made, and the connection is kept alive."""

    WHY: ClassVar = {
        "it sends nothing": "Each event becomes one piece of the body.",
        "the events are changed on the way": "The data of each event is the whole event as JSON. "
        "json.dumps takes care of line ends and quotation marks.",
        "an event is lost": "Every event is sent, up to the first one that is_terminal, even one "
        "without text, and one that equals the event before it.",
        "an event is not one piece": "Yield each event whole, with its empty line, and not "
        "together with others.",
        "an event is complete only with the next piece": "The empty line ends its event, so it "
        "belongs to the same piece. Otherwise the reader gets each event only when the next one "
        "comes, and never gets the last one.",
        "an event has no id": "A reader that was cut off sends the last id back. Without ids, it "
        "cannot say what it has seen.",
        "the ids do not go up by one from first_id": "The first event has the id first_id, and "
        "each one after it has one more, even the last one.",
        "an event is held back": "Send each event as soon as it comes, and only then wait for the "
        "next one.",
        "a heartbeat ends the source": "When the time is up, asyncio.wait_for cancels the pull, "
        "and a stream whose pull was cancelled is over. asyncio.wait with a timeout does not "
        "cancel anything.",
        "nothing is sent while the source is silent": "Proxies cut a connection on which nothing "
        "moves. After `heartbeat` seconds without an event, send a comment.",
        "what is sent during silence is not a comment": "A comment is a line that begins with a "
        "colon, and then an empty line. Users never see it, and it has no id.",
        "the comments come at the wrong times": "Send one `heartbeat` seconds after the last "
        "piece, whether that was an event or a comment.",
        "without `heartbeat` it is not 15 seconds": "The signature says what the default is.",
        "a comment comes although there is no silence": "Each event shows that the connection is "
        "alive. Start counting the seconds again with each one.",
        "a comment comes although the caller has not waited": "What counts is how long the caller "
        "waits for a piece, not how long the source is silent. A comment that was made while the "
        "caller was busy comes too late to help, and holds up the event after it.",
        "events are lost while the caller is busy": "Every event has to come, in order, no matter "
        "how slowly the caller takes them.",
        "a terminal event of the source is changed on the way": "Pass on the last event of the "
        "source like any other event.",
        "something comes after the terminal event": "The reader closes the connection at the first "
        "terminal event. End the body with it: see is_terminal.",
        "an error of the source breaks the connection": "The status 200 was sent long ago, so it "
        "cannot tell the reader about the error. Send an error event, and end.",
        "the user sees what the error says": "An exception may name paths, addresses and keys. "
        "Write a sentence of your own. The exception belongs in the log.",
        "a TimeoutError of the source is taken for silence": "A source may raise a TimeoutError of "
        "its own, for example when a model is too slow. That is an error like any other, and not "
        "the end of your heartbeat: find out which of the two it is.",
        "an answer that broke off is called complete": "Only the source knows whether the answer "
        "is complete, and it did not say so.",
        "an answer that broke off just ends": "The reader cannot tell such an end from a lost "
        "connection, and connects again. Exactly one terminal event has to come: here, an error "
        "event.",
        "it does not end with one error event": "Send all events that came before, and then "
        "exactly one error event.",
        "the error event has no message": 'An error event is {"type": "error", "message": "..."}, '
        "and the user reads it.",
        "the error event does not have the next id": "It is an event like any other, so its id is "
        "one more than that of the last.",
        "it reads far ahead of a slow reader": "Nothing stops the source while the reader is busy, "
        "so the memory fills up.",
        "closing the source is cut short": "The task that closes it was cancelled in the middle, "
        "or was not awaited. A task that closes the source already is not to be cancelled: just "
        "await it, however long that takes.",
        "a source that answers its cancellation stays open": "Whatever its answer is, close it in "
        "finally: await aclose_source(events).",
        "the body never ends": "After the first terminal event, or the end of the source, or its "
        "error, there is nothing to wait for.",
        "it ends too early": "Send every event up to the first terminal one. Neither an error nor "
        "a silence of the source ends the body without one.",
        "a comment comes although an event is due": "Each event goes out as soon as it comes, and "
        "none is lost: neither by a comment nor while the caller is busy.",
        "nobody notices the end or the error of the source": "An error in a task stays there until "
        "somebody asks for its result. Hand the end and the error to the one who sends: both "
        "become an error event, at once.",
        "it swallows its cancellation": "asyncio.CancelledError is how a task is told to stop. "
        "Clean up in finally, and let it pass, whatever the source says to it.",
        "two bodies that are read at the same time disturb each other": "Each call is a body of "
        "its own. Keep what belongs to it in local variables.",
    }

    async def read(self, answers, items, clock, **options):
        """Read a body to its end; return its source, its pieces, and when they came."""
        source = AsyncSource(items)
        body = answers.sse_body(source, **options)
        async with not_for_ever(
            "the body never ends",
            "After the first terminal event the body ends, no matter what its source does next.",
            Words("an end after the terminal event"),
        ):
            with unchanged(events=[item for item in items if isinstance(item, dict)]):
                pieces, moments = await with_arrival(body, clock)
        self.must(pieces, "it sends nothing")
        return source, pieces, moments

    @keeps(1)
    async def test_each_event_is_sent_as_json(self, answers, text, clock):
        events = [
            *[{"type": "status", "message": f"für {text.word()}"}] * 2,
            {"type": "status", "message": "complete"},
            *(
                {"type": "token", "content": word}
                for word in (" a", "\n\n", "'\"", "\u2028", "👋", "")
            ),
            *tokens_of(text, 2),
            COMPLETE,
        ]
        _, pieces, _ = await self.read(answers, events, clock)
        got = [event for _, event in sent(pieces)]
        if len(got) < len(events):
            same_so_far = (one == other for one, other in zip(got, events, strict=False))
            at = [*same_so_far, False].index(False)
            self.must(
                False, "an event is lost", events[at], got[at] if got[at:] else Words("the end")
            )
        self.must(got == events, "the events are changed on the way", events, got)
        self.in_words(
            len(pieces) == len(events),
            "an event is not one piece",
            f"{len(events)} pieces",
            f"{len(pieces)} pieces",
        )
        self.must(
            all(len(read(piece.decode("utf-8"))) == 1 for piece in pieces),
            "an event is complete only with the next piece",
            Words("each event with its empty line"),
            pieces,
        )

    @keeps(2)
    async def test_ids_go_up(self, answers, text, clock):
        first = text.random.randrange(5, 500)
        for options, start in ({}, 1), ({"first_id": first}, first):
            events = [*tokens_of(text, 4), COMPLETE]
            items = [*events[:2], Pause(20), *events[2:]]  # time for a comment
            _, pieces, _ = await self.read(answers, items, clock, **options)
            wanted = [str(start + number) for number in range(5)]
            got = [number for number, _ in sent(pieces)]
            must = self.against(wanted, got)
            must("" not in got, "an event has no id")
            must(got == wanted, "the ids do not go up by one from first_id")

    @keeps(1)
    async def test_events_come_at_once(self, answers, text, clock):
        events = [*tokens_of(text, 4), COMPLETE]
        wait = text.seconds()
        items = [item for event in events for item in (Pause(wait), event)]
        _, _, moments = await self.read(answers, items, clock)
        wanted = [wait * number for number in range(1, 6)]
        self.came_at(moments, wanted, "an event is held back")

    @keeps(3)
    async def test_silence_is_filled(self, answers, text, clock):
        heartbeat, events = text.seconds(), [*tokens_of(text, 1), COMPLETE]
        items = [Pause(heartbeat * 2.5), events[0], Pause(heartbeat * 1.5), events[1]]
        _, pieces, moments = await self.read(answers, items, clock, heartbeat=heartbeat)
        got = [event for _, event in sent(pieces)]
        wanted = [heartbeat * time for time in (1, 2, 2.5, 3.5, 4)]
        self.must(got[:1] == events[:1], "a heartbeat ends the source", events, got)
        self.must(
            len(pieces) > 2,
            "nothing is sent while the source is silent",
            seconds(wanted),
            seconds(moments),
        )
        self.must(
            len(pieces) == 5 and [is_comment(piece) for piece in pieces] == [1, 1, 0, 1, 0],
            "what is sent during silence is not a comment",
            Words("2 comments, an event, a comment, an event"),
            pieces,
        )
        self.came_at(moments, wanted, "the comments come at the wrong times")
        self.equal(
            got,
            events,
            "the events are changed on the way",
            why="A comment must not change the events.",
        )
        _, _, moments = await self.read(answers, [Pause(20), COMPLETE], clock)
        began = clock.elapsed - 20
        got = [moment - began for moment in moments]
        self.came_at(got, [15, 20], "without `heartbeat` it is not 15 seconds")

    @keeps(3)
    async def test_no_comment_where_events_come(self, answers, text, clock):
        heartbeat, events = text.seconds(), [*tokens_of(text, 5), COMPLETE]
        items = [item for event in events for item in (Pause(heartbeat * 0.7), event)]
        _, pieces, _ = await self.read(answers, items, clock, heartbeat=heartbeat)
        self.in_words(
            not any(is_comment(piece) for piece in pieces),
            "a comment comes although there is no silence",
            "6 events and no comment",
            f"{sum(map(is_comment, pieces))} comments",
        )

    @keeps(3)
    async def test_a_comment_is_for_who_waits(self, answers, text, clock):
        heartbeat, events = text.seconds(), [*tokens_of(text, 2), COMPLETE]
        pauses = [Pause(heartbeat * times) for times in (0, 1.5, 2.5)]
        items = [item for pair in zip(pauses, events, strict=True) for item in pair]
        pieces, waits = [], []
        asked = clock.elapsed
        async for piece in answers.sse_body(AsyncSource(items), heartbeat=heartbeat):
            waits.append(clock.elapsed - asked)
            pieces.append(piece)
            await asyncio.sleep(heartbeat * 3 if len(pieces) == 1 else 0)
            asked = clock.elapsed
        too_soon = [
            wait
            for wait, piece in zip(waits, pieces, strict=True)
            if is_comment(piece) and wait < heartbeat - 1e-6
        ]
        self.in_words(
            not too_soon,
            "a comment comes although the caller has not waited",
            f"a comment after {heartbeat:g} s of waiting",
            f"a comment after {min(too_soon, default=0):g} s",
        )
        got = [event for _, event in sent(pieces)]
        self.must(got == events, "events are lost while the caller is busy", events, got)

    @keeps(4)
    async def test_the_terminal_event_is_the_last(self, answers, text, clock):
        error = {"type": "error", "message": text.sentence()}
        more = [*tokens_of(text, 1), COMPLETE]
        for last, rest in ((COMPLETE, more), (error, more), (COMPLETE, [Hang()])):
            events = [*tokens_of(text, 2), last]
            source, pieces, _ = await self.read(answers, [*events, *rest], clock)
            got = [event for _, event in sent(pieces)]
            must = self.against(events, got)
            must(got[:3] == events, "a terminal event of the source is changed on the way")
            must(got == events, "something comes after the terminal event")
            check_closed(
                source,
                "after the terminal event",
                "It has more to give, and nobody will read it. Close it in finally.",
            )
            check_nothing_runs_on(answers)

    @keeps(5)
    async def test_an_error_is_told_and_hidden(self, answers, text, clock):
        secret = text.secret()
        for failing in (ConnectionError(secret), KeyError(secret)):
            events = tokens_of(text, 2)
            try:
                source, pieces, _ = await self.read(answers, [*events, failing], clock)
            except type(failing) as raised:
                self.in_words(
                    raised is not failing,
                    "an error of the source breaks the connection",
                    "an error event at the end",
                    type(failing).__name__,
                )
                raise
            self.check_broken_off(events, pieces)
            body = b"".join(pieces).decode("utf-8")
            self.must(
                secret not in body and type(failing).__name__ not in body,
                "the user sees what the error says",
                Words("a message without the error's text and class"),
                body[-120:],
            )
            check_closed(source, "after an error")

    @keeps(5)
    async def test_a_time_out_of_the_source_is_an_error(self, answers, text):
        events = tokens_of(text, 1)
        body = answers.sse_body(AsyncSource([*events, TimeoutError(text.secret())]))
        pieces = []
        async for piece in body:
            pieces.append(piece)
            if len(pieces) == 3:
                break
        await body.aclose()
        self.must(
            not any(map(is_comment, pieces)),
            "a TimeoutError of the source is taken for silence",
            Words("an error event after the token"),
            pieces,
        )
        self.check_broken_off(events, pieces)

    @keeps(5)
    async def test_an_end_that_nobody_announced_is_an_error(self, answers, text, clock):
        for events in (tokens_of(text, 3), []):
            _, pieces, _ = await self.read(answers, events, clock)
            self.check_broken_off(events, pieces)

    def check_broken_off(self, events, pieces):
        """Pass if the events arrive, followed by one error event."""
        came = sent(pieces)
        got = [event for _, event in came]
        must = self.against(got=got)
        must(
            COMPLETE not in got,
            "an answer that broke off is called complete",
            wanted=Words("an error event at the end"),
        )
        must(
            got != events,
            "an answer that broke off just ends",
            wanted=Words("an error event at the end"),
        )
        must(
            got[:-1] == events and got[-1]["type"] == "error",
            "it does not end with one error event",
            wanted=Words(f"{len(events)} tokens and an error event"),
        )
        self.must(
            type(got[-1].get("message")) is str and got[-1]["message"].strip(),
            "the error event has no message",
            Words("a message"),
            got[-1],
        )
        self.equal(came[-1][0], str(len(events) + 1), "the error event does not have the next id")

    @keeps(6)
    async def test_it_is_lazy_and_not_far_ahead(self, answers, text):
        source = AsyncSource([*tokens_of(text, 6) * 5, COMPLETE])
        body = answers.sse_body(source)
        await asyncio.sleep(2)
        check_lazy(source, "it reads before anybody asks for a piece")
        await anext(body)
        await asyncio.sleep(5)
        self.in_words(
            source.pulled <= 11,
            "it reads far ahead of a slow reader",
            "at most 10 pulled while the caller works on the first one",
            f"{source.pulled - 1} pulled",
        )
        await body.aclose()

    @keeps(7)
    async def test_stopping_closes_the_source(self, answers, text):
        for items in (tokens_of(text, 3), [*tokens_of(text, 1), Hang()]):
            source = AsyncSource(items)
            body = answers.sse_body(source, heartbeat=1)
            await take(body, 2)
            await body.aclose()
            check_nothing_runs_on(answers)
            check_closed(
                source,
                "when the reader is gone",
                "Close it in finally: await aclose_source(events). First end the pull: a source "
                "that is being read cannot be closed.",
            )
        source = AsyncSource([*tokens_of(text, 1), Hang()])
        await cancel_while_it_waits(answers.sse_body(source))
        check_nothing_runs_on(answers)
        check_closed(source, "after a cancellation")

    @keeps(7)
    async def test_closing_may_take_a_while(self, answers, text):
        many, few = tokens_of(text, 5) * 4, tokens_of(text, 1)
        for events, is_whole in (([*few, COMPLETE], True), (many, False)):
            source = SlowToClose([*events, *few])
            body = answers.sse_body(source)
            await take(body, 2)
            if is_whole:
                await anext(body, None)
            await body.aclose()
            self.in_words(
                source.closed, "closing the source is cut short", "the source closed", "still open"
            )
        source = SlowToLetGo([*few, Hang()])
        body = answers.sse_body(source)
        await take(body, 1)
        await asyncio.sleep(1)  # now it waits for the next event
        await body.aclose()
        self.in_words(
            source.closed, "closing the source is cut short", "the source closed", "still open"
        )

    async def test_a_source_may_answer_its_cancellation(self, answers, text):
        for answer in (RuntimeError(text.word()), StopAsyncIteration()):
            source = Answers([*tokens_of(text, 2), Hang()], answer)
            body = answers.sse_body(source)
            await anext(body)
            await asyncio.sleep(1)  # the next event has come, and now the source is silent
            async with not_for_ever(
                "it does not end when its reader is gone",
                "A source may answer the cancellation with an error of its own, or just end. If "
                "you then put something into a full queue, nobody takes it: put nothing there when "
                "the reader is gone.",
                Words("an end, and the source closed"),
            ):
                await body.aclose()
            check_nothing_runs_on(answers)
            self.in_words(
                source.was_closed,
                "a source that answers its cancellation stays open",
                "the source closed",
                "still open",
            )

    async def test_two_bodies_at_once(self, answers, text):
        first, items = text.random.randrange(5, 500), [*tokens_of(text, 3), COMPLETE]

        async def read(number):
            source = AsyncSource([part for item in items for part in (Pause(1), item)])
            return [piece async for piece in answers.sse_body(source, first_id=number)]

        for number, pieces in zip(
            (1, first), await asyncio.gather(read(1), read(first)), strict=True
        ):
            wanted = [(str(number + place), item) for place, item in enumerate(items)]
            self.equal(
                sent(pieces), wanted, "two bodies that are read at the same time disturb each other"
            )

    async def test_the_heartbeat_must_be_positive(self, answers, text):
        for wrong in (0, -1, float("nan")):
            with refused(
                f"heartbeat={wrong}", "Comments without any time between them flood the connection"
            ):
                await anext(answers.sse_body(AsyncSource([COMPLETE]), heartbeat=wrong))

    def test_any_answer(self, search):
        async def promise(answers, clock, items, first_id=1, heartbeat=10, stop_after=None, **rest):
            reading = Reading(self, clock, items, first_id, heartbeat, stop_after, **rest)
            body = answers.sse_body(reading.source, heartbeat=heartbeat, first_id=first_id)
            await asyncio.sleep(0)
            check_lazy(reading.source, "it reads before anybody asks for a piece")
            with unchanged(events=reading.events):
                await reading.read(body)
            check_nothing_runs_on(answers)
            reading.check_end()

        a, blank = ({"type": "token", "content": text} for text in ("a", ""))
        status = {"type": "status", "message": "complete"}
        error = {"type": "error", "message": "ValueError"}
        wait, long = Pause(25), Pause(500)
        texts = [{"type": "token", "content": text} for text in (*TEXTS, '"type": "complete"')]
        failing = tuple([a, a, kind(SECRET)] for kind in (*EXCEPTIONS, asyncio.QueueEmpty))
        always = [
            {"items": [*texts, status, COMPLETE]},
            {"items": [a, a, a, blank, blank, wait, a, a, COMPLETE], "first_id": 7},
            {"items": [*[a] * 30, COMPLETE, a, COMPLETE], "pause": 30},
            *each(items=failing, closing=5),
            *each(items=[Pause(5), TimeoutError(SECRET)], first_id=(0, 1, 10**9)),
            *each(items=([], [wait], [a, wait], [a, Pause(5)]), closing=5),
            *each(items=([error], [COMPLETE], [COMPLETE, error], [a, error, COMPLETE, Hang()])),
            *each(items=([wait, COMPLETE, wait, a], [COMPLETE, KeyError(SECRET)]), closing=500),
            *each(items=[a, wait, a, a, long, COMPLETE], heartbeat=(1000, 300, 11.5), pause=7),
            *each(items=[*[a] * 15, COMPLETE], stop_after=(1, 2, 15, 16), closing=5),
            *each(items=[wait, a, wait, COMPLETE], stop_after=(1, 2, 3, 4, 6), closing=5),
            *each(items=[a, KeyError(SECRET)], stop_after=(1, 2), closing=5),
            *each(items=([a, KeyError(SECRET)], [a, COMPLETE]), stop_after=1, pause=1, closing=5),
            *each(items=([Hang()], [a, a, Hang()], [wait, a, Hang()]), closing=5),
            *each(items=[a, a, Hang()], stop_after=(1, 2, 3, 4), closing=500),
            *each(
                items=[a, a, Hang()], reply=(KeyError("x"), StopAsyncIteration(), TimeoutError())
            ),
            *each(items=[a, Hang()], stop_after=1, pause=3, reply=(KeyError("x"), TimeoutError())),
            *each(items=[a, a, wait, a, COMPLETE], pause=(0, 5, 12, 24, 26, 80)),
        ]
        errors = [kind(SECRET) for kind in EXCEPTIONS]
        pauses = [Pause(seconds) for seconds in (1, 10, 25, 80)]
        rest = (*[a] * 9, blank, status, *texts, *pauses * 5, *[COMPLETE] * 3, *errors, Hang())
        search(
            promise,
            *always,
            items=lists(sampled_from(rest), max_size=9),
            first_id=sampled_from((1, 1, 2, 41)),
            heartbeat=sampled_from((10, 30, 2.5)),
            stop_after=none() | any_limit(5),
            pause=sampled_from((0, 0, 4, 40)),
            closing=sampled_from((0, 5, 500)),
        )


SECRET = "qx7kzj4wv9ggq2"
"""The text of an error. No four characters in a row come in any other text."""

EXCEPTIONS = tuple(kind for kind in ERRORS if issubclass(kind, Exception))
"""What a source may raise here; what happens with anything else is left open."""

MOST_PIECES = 600
"""More than any right answer sends here."""


class Connection(AsyncSource):
    """A source that takes a while to close, and may answer the cancellation of a pull."""

    def __init__(self, items, closing, reply):
        super().__init__(items)
        self.closing, self.reply, self.is_closing = closing, reply, False

    async def __anext__(self):
        try:
            return await super().__anext__()
        except asyncio.CancelledError:
            if self.reply is None:
                raise
            raise self.reply from None

    async def aclose(self):
        self.is_closing = True
        if self.closing:
            await asyncio.sleep(self.closing)
        await super().aclose()


class Reading:
    """Reads a body in one scenario, and knows what has to come."""

    def __init__(
        self, test, clock, items, first_id, heartbeat, stop_after, pause=0, closing=0, reply=None
    ):
        self.test, self.clock, self.first_id = test, clock, first_id
        self.heartbeat, self.stop_after, self.pause = heartbeat, stop_after, pause
        self.source = Connection(items, closing, reply)
        self.events = [item for item in items if isinstance(item, dict)]
        self.wanted, self.waits, self.is_cut = [], [], True
        wait = 0
        for item in items:
            if isinstance(item, Pause):
                wait += item.seconds
            elif isinstance(item, Hang):
                self.waits.append(float("inf"))
                return
            elif isinstance(item, Exception):
                break
            else:
                self.wanted.append(item)
                self.waits.append(wait)
                wait = 0
                if item["type"] in ("complete", "error"):
                    self.is_cut = False
                    return
        self.wanted.append(None)  # an error event with any message
        self.waits.append(wait)

    async def read(self, body):
        """Read to the end; if there is none, cancel the one who reads."""
        self.got, self.pieces, self.since = [], [], None
        reader = asyncio.create_task(self.pull(body))
        endless = float("inf") in self.waits and self.stop_after is None
        await asyncio.wait([reader], timeout=100 if endless else None)
        if not reader.done():
            reader.cancel()
            await asyncio.wait([reader])
            self.test.must(
                reader.cancelled() or reader.exception(),
                "it swallows its cancellation",
                Words("CancelledError for the one who cancels"),
                Words("a normal end"),
            )
        if not reader.cancelled():
            await reader
        self.is_cancelled = reader.cancelled()

    async def pull(self, body):
        try:
            await self.take_all(body)
        finally:
            await body.aclose()

    async def take_all(self, body):
        asked = self.clock.elapsed
        async for piece in body:
            pulled = self.source.pulled
            self.take(piece, asked)
            if self.pause:
                await asyncio.sleep(self.pause)
                self.test.in_words(
                    self.source.pulled <= pulled + 10,
                    "it reads far ahead of a slow reader",
                    "at most 10 pulled while the caller works",
                    f"{self.source.pulled - pulled} pulled",
                )
            if len(self.pieces) == self.stop_after:
                return
            asked = self.clock.elapsed

    def take(self, piece, asked):
        """Check one piece: what it is, and when it came."""
        self.pieces.append(piece)
        came = sent([piece])
        now, count = self.clock.elapsed, len(self.got)
        must = self.test.must
        must(len(self.pieces) < MOST_PIECES, "the body never ends", Words("an end"))
        must(
            count < len(self.waits),
            "something comes after the terminal event",
            Words("the end"),
            came or piece,
        )
        self.since = asked if self.since is None else self.since
        due = self.since + self.waits[count]
        if not came:
            must(
                is_comment(piece),
                "what is sent during silence is not a comment",
                Words("a comment"),
                piece,
            )
            self.test.came_at(
                [now - asked], [self.heartbeat], "the comments come at the wrong times"
            )
            broke_off = count < len(self.wanted) and self.wanted[count] is None
            must(
                now <= due + 1e-6,
                "nobody notices the end or the error of the source"
                if broke_off
                else "a comment comes although an event is due",
                Words("an error event" if broke_off else "an event"),
                piece,
            )
            return
        must(len(came) == 1, "an event is not one piece", Words("one event"), piece)
        must(
            now <= max(due, asked) + 1e-6,
            "an event is held back",
            Words(f"it after {due:g} s"),
            Words(f"after {now:g} s"),
        )
        must(
            now <= asked + self.heartbeat + 1e-6,
            "nothing is sent while the source is silent",
            Words(f"a comment after {self.heartbeat:g} s"),
            Words("none"),
        )
        number, event = came[0]
        must(number != "", "an event has no id", str(self.first_id + count), number)
        self.test.equal(
            number, str(self.first_id + count), "the ids do not go up by one from first_id"
        )
        self.got.append(event)
        self.since = None
        if count < len(self.wanted) and self.wanted[count] is not None:
            self.test.equal(event, self.wanted[count], "the events are changed on the way")
        else:
            self.check_message(event)

    def check_message(self, event):
        """Pass if this event says that the answer broke off, and no more."""
        must = self.test.against(Words("an error event, which says nothing of its cause"), event)
        must(event.get("type") != "complete", "an answer that broke off is called complete")
        must(event.get("type") == "error", "it does not end with one error event")
        message = event.get("message")
        must(type(message) is str and message.strip(), "the error event has no message")
        told = self.pieces[-1].decode("utf-8")
        parts = [SECRET[start : start + 4] for start in range(len(SECRET) - 3)]
        names = [type(item).__name__ for item in self.source.items if isinstance(item, Exception)]
        must(
            not any(part in told for part in (*parts, *names)),
            "the user sees what the error says",
        )

    def check_end(self):
        """Check that all came, and that the source is closed."""
        stopped = len(self.pieces) == self.stop_after
        if not stopped and not self.is_cancelled:
            problem = "an answer that broke off just ends" if self.is_cut else "it ends too early"
            self.test.must(
                len(self.got) == len(self.waits),
                problem,
                Words(f"{len(self.waits)} events, the last one terminal"),
                self.got,
            )
        self.test.in_words(
            self.source.closed or not self.source.is_closing,
            "closing the source is cut short",
            "the source closed",
            "still open",
        )
        if stopped:
            check_closed(self.source)
        elif self.is_cancelled:
            check_closed(self.source, "after a cancellation")
        else:
            check_closed(self.source, "at its end", NOT_BY_ITSELF)


STREAM = "text/event-stream"


def verb(plan):
    """What a plan says to do."""
    return plan[0] if isinstance(plan, tuple) and plan else plan


class TestReconnectPlan(Explained):
    """A reader connects again, unless it knows that there is nothing more."""

    WHY: ClassVar = {
        "it stops when the stream is over": "The reader cannot tell the end of a stream from a "
        "lost connection. It connects again, unless it has closed the connection itself.",
        "it does not wait as long as the server has asked for": "retry_ms is the time that the "
        "server has asked for, in milliseconds. Pass it on.",
        "without a retry from the server it does not use the default": "None means that the server "
        "has not sent a retry: use DEFAULT_RETRY_MS.",
        "a retry of 0 counts as none": "0 means at once. It is false in an `if` and in an `or`, "
        "just like None: check for None.",
        "it connects again although it has closed the connection itself": "After a terminal event, "
        "the reader closes the connection. If it connected again, the whole answer would be made "
        "once more.",
        "the reason is wrong": "The first rule that applies decides, and this is the first one.",
        "it connects again after a 204": "204 is how a server says that there is nothing more: do "
        "not come back.",
        "it stops when no response came": "The network was down, or the server was starting. None "
        "is not a status: this rule comes before those about the response.",
        "a stream of events is not recognized by its type": "Compare what comes before the first "
        "semicolon, without whitespace around it and in lowercase.",
        "the first rule that applies does not decide": "Go through the rules in order: closed by "
        "the client, no response, 204, any other status, the type, and only then: reconnect.",
        "it connects again to something that is not a stream of events": "The error page of a "
        "proxy may come with status 200, too. Compare the whole type: a longer one is a different "
        "type, and None is not a type.",
    }

    @keeps(6)
    def test_a_stream_that_is_over_is_wanted_again(self, answers, text):
        retry = text.random.randrange(10, 90_000)
        got = answers.reconnect_plan(200, STREAM, False, retry)
        must = self.against(("reconnect", retry))
        must(verb(got) != "stop", "it stops when the stream is over")
        must(got == ("reconnect", retry), "it does not wait as long as the server has asked for")

    @keeps(7)
    def test_without_a_wish_the_default(self, answers):
        for status, content_type in ((200, STREAM), (None, None)):
            got = answers.reconnect_plan(status, content_type, False, None)
            self.must(
                got == ("reconnect", answers.DEFAULT_RETRY_MS),
                "without a retry from the server it does not use the default",
                ("reconnect", answers.DEFAULT_RETRY_MS),
            )
        got = answers.reconnect_plan(200, STREAM, False, 0)
        self.must(got == ("reconnect", 0), "a retry of 0 counts as none", ("reconnect", 0))

    @keeps(1)
    def test_who_has_closed_it_stops(self, answers, text):
        retry = text.random.randrange(10, 90_000)
        for status, content_type in ((200, STREAM), (None, None), (204, None), (500, "text/html")):
            got = answers.reconnect_plan(status, content_type, True, retry)
            must = self.against(("stop", "closed"))
            must(
                verb(got) == "stop",
                "it connects again although it has closed the connection itself",
            )
            must(got == ("stop", "closed"), "the reason is wrong")

    @keeps(3)
    def test_204_stops(self, answers, text):
        for content_type in (STREAM, None):
            got = answers.reconnect_plan(204, content_type, False, text.random.randrange(99))
            must = self.against(("stop", "no content"))
            must(verb(got) == "stop", "it connects again after a 204")
            must(
                got == ("stop", "no content"),
                "the reason is wrong",
                why="204 is not 200 either, but it has a rule of its own, which comes first.",
            )

    @keeps(4)
    def test_any_other_status_stops(self, answers, text):
        for status in (201, 206, 301, 401, 404, 429, 500, 503):
            got = answers.reconnect_plan(status, STREAM, False, text.random.randrange(99))
            self.must(
                got == ("stop", "status"),
                f"it does not stop at status {status}",
                ("stop", "status"),
                why="EventSource gives up for good at any status other than 200, even where "
                "another try would help. Only 204 has a reason of its own.",
            )

    @keeps(2)
    def test_no_response_is_tried_again(self, answers, text):
        retry = text.random.randrange(10, 90_000)
        got = answers.reconnect_plan(None, None, False, retry)
        self.must(
            got == ("reconnect", retry), "it stops when no response came", ("reconnect", retry)
        )

    @keeps(5)
    def test_the_type_is_compared_as_a_whole(self, answers, text):
        retry = text.random.randrange(10, 90_000)
        good = [STREAM, "Text/Event-Stream", f"{STREAM}; charset=utf-8", f" {STREAM} ;x=y"]
        for content_type in good:
            got = answers.reconnect_plan(200, content_type, False, retry)
            self.must(
                got == ("reconnect", retry),
                "a stream of events is not recognized by its type",
                ("reconnect", retry),
            )
        wrong = ["text/html", "application/json", f"{STREAM}ing", "", None, f"x; {STREAM}"]
        for content_type in wrong:
            got = answers.reconnect_plan(200, content_type, False, retry)
            self.must(
                got == ("stop", "content type"),
                "it connects again to something that is not a stream of events",
                ("stop", "content type"),
            )

    def test_any_end(self, search):
        def promise(answers, status, content_type, closed, retry):
            got = answers.reconnect_plan(status, content_type, closed, retry)
            wanted = plan_of(status, content_type, closed)
            if wanted is None:
                wanted = ("reconnect", answers.DEFAULT_RETRY_MS if retry is None else retry)
            must = self.against(wanted, got)
            must(isinstance(got, tuple), "it does not return a tuple", why="A plan is a tuple.")
            is_right = got == wanted and [*map(type, got)] == [*map(type, wanted)]
            good = (closed, status) == (False, 200)
            if good and is_stream(content_type):
                must(verb(got) == "reconnect", "a stream of events is not recognized by its type")
            if good and not is_stream(content_type):
                must(is_right, "it connects again to something that is not a stream of events")
            if wanted[0] == got[0] == "reconnect" and retry == 0:
                must(is_right, "a retry of 0 counts as none")
            if wanted[0] == got[0] == "reconnect":
                must(is_right, "it does not wait as long as the server has asked for")
            must(is_right, "the first rule that applies does not decide")

        statuses = (
            *(200, None, 204, 0, 100, 199, 201, 202, 203, 205, 206, 299, 300, 301, 304, 307),
            *(400, 401, 404, 408, 429, 500, 502, 503, 504, 599, 2000, 20, -200),
        )
        types = (
            *(STREAM, None, "", "text/html", STREAM.upper(), "Text/Event-stream;x", f"{STREAM};"),
            *(f"{STREAM} ; charset=UTF-8", f"\t {STREAM}\t", f'{STREAM};a;b="c;d"', f"{STREAM}s"),
            *(f"x{STREAM}", f"x/{STREAM}", "text/event", "text/event-", "event-stream", " ", ";"),
            *(f"x;{STREAM}", f"{STREAM} x", f"{STREAM},text/html", f"text/html, {STREAM}", "*/*"),
            *("text/ event-stream", f";{STREAM}", "text/event_stream", f"text/plain;{STREAM}"),
            *(f"{STREAM};q=text/html", "application/json", "text/*"),
        )
        retries = (None, 0, 1, 10, 2999, 3001, 10**12)
        always = [
            *each(status=200, content_type=types, closed=False, retry=5),
            *each(status=statuses, content_type=STREAM, closed=False, retry=5),
            *each(status=statuses, content_type=None, closed=False, retry=None),
            *each(status=statuses, content_type="text/html", closed=True, retry=0),
            *each(status=None, content_type=types, closed=False, retry=7),
            *each(status=204, content_type=types, closed=False, retry=7),
            *each(status=200, content_type=STREAM, closed=False, retry=retries),
            *each(status=None, content_type=None, closed=False, retry=retries),
        ]
        search(
            promise,
            *always,
            status=sampled_from(statuses) | sampled_from((200, None)),
            content_type=sampled_from(types),
            closed=sampled_from((False, False, True)),
            retry=sampled_from(retries),
        )


def is_stream(content_type):
    """Whether this is the type of a stream of events."""
    return (content_type or "").split(";")[0].strip().lower() == STREAM


def plan_of(status, content_type, closed):
    """The plan, or None for another try."""
    if closed:
        return ("stop", "closed")
    if status is None:
        return None
    if status == 204:
        return ("stop", "no content")
    if status != 200:
        return ("stop", "status")
    return None if is_stream(content_type) else ("stop", "content type")


STALE = (None, "stale")


async def read_all(log, session, after=0, note=lambda: None):
    """All that a reader gets, to the end. `note` is called for each item."""
    got = []

    async def read():
        async for item in log.subscribe(session, after):
            got.append(item)
            note()

    reader = asyncio.create_task(read())
    await asyncio.wait([reader], timeout=60)
    if not reader.done():
        reader.cancel()
        await asyncio.wait([reader])
        check(
            False,
            "a reader waits forever",
            why="append and finish have to wake up every reader that waits for news. When the log "
            "is finished, the stream ends as soon as all events have been read.",
            wanted=Words("each event when it is appended, and an end"),
            got=got,
        )
    await reader
    return got


def numbered(events, first=1):
    """Events with their ids."""
    return [*enumerate(events, start=first)]


class TestReplayLog(Explained):
    """Readers may come late, come back, and read at the same time."""

    WHY: ClassVar = {
        "append does not return the ids 1, 2, 3 and so on": "The first event has the id 1, and "
        "each one after it has one more.",
        "a reader that comes late gets nothing": "Keep the events. A reader that subscribes after "
        "they were appended gets them, too, and does not take them away from the next one.",
        "a late reader does not get everything": "Yield (id, event) for every event, in order, "
        "from the first one on.",
        "a reader that comes back gets everything again": "It has seen the events up to "
        "last_event_id. Start right after that one.",
        "a reader that comes back does not continue where it was": "The next event is the one "
        "whose id is one more than last_event_id: not that event again, and not the one after the "
        "next.",
        "a reader does not get what is appended while it reads": "First come the events that are "
        "there, then each new one as it is appended. None is lost in between, and none comes "
        "twice.",
        "an event comes later than it was appended": "Wait for news, and look again as soon as "
        "there is some. Do not just look every now and then.",
        "the stream does not end when the log is finished": "finish() is news, too: wake up the "
        "readers that wait.",
        "readers take events away from each other": "A queue gives each event to one reader. Let "
        "every subscriber remember for itself how far it has read.",
        "not every reader gets all events": "Each of them gets everything after its own "
        "last_event_id, no matter who else reads.",
        "a reader that is cancelled takes the others with it": "If several readers wait for one "
        "future, cancelling one of them cancels it for all. Let each reader have its own, or wait "
        "for an asyncio.Event.",
        "a reader that stops takes the others with it": "Readers come and go. The log and the "
        "others go on.",
        "more events are kept than `keep`": "Nobody can keep all of an endless stream. When there "
        "are more than `keep` events, drop the oldest one.",
        "events are missing, and the reader is not told": "The reader thinks that it has seen "
        "everything. If the event after its last one is gone, (None, 'stale') has to come first.",
        "it says stale although nothing is missing": "The next event that this reader wants is "
        "still there. What it has already seen may be gone.",
        "it does not continue with what is kept": "(None, 'stale') comes first, once, and then all "
        "events that are kept.",
        "without `keep` it does not keep a thousand events": "The signature says how many are kept "
        "by default: the first one is dropped when the one after the thousandth comes.",
        "an id that was never given is accepted": "The server was restarted, and the reader "
        "remembers another log. What it has seen is not in this one: yield (None, 'stale'), and "
        "then all that is kept.",
        "a log without events does not just end": "It is finished, so nothing will come. And "
        "nothing is missing, unless the reader remembers another log.",
        "a reader that comes before all events does not get them": "There is nothing yet, and "
        "nothing is missing: wait for the first event.",
        "events are missing for a slow reader, and it is not told": "While it was busy, the event "
        "that it wants next may have been dropped. Check each time whether it is still there, not "
        "only at the beginning. (None, 'stale') comes where events are missing, and nowhere else.",
        "a slow reader does not get what is kept": "After (None, 'stale'), it continues with all "
        "that is kept, in order.",
        "its own session is refused": "The session that the log was made for may read.",
        "an event that was refused is in the log": "Check first, and then append.",
        "another session can read the answer": "Anyone with the address of a stream could read "
        "along. Compare the session of the reader with that of the log, before anything comes out.",
        "an event can be appended after the end": "Readers have been told that there is nothing "
        "more. Raise RuntimeError.",
        "it says stale more than once in one place": "(None, 'stale') comes once, and then what is "
        "kept.",
        "an event comes twice": "Every reader remembers the id of the last event that it got.",
        "an event has the id of another one": "(id, event): the id is what append has returned.",
        "a stream ends before its log is finished": "Only finish() ends it, when all events have "
        "been read. No event does, not even a terminal one.",
        "a stream ends before all events have been read": "finish() says that no more will be "
        "appended. What is there still has to come.",
        "it refuses an event although it is not finished": "Only finish() ends a log. No event "
        "does, not even a terminal one.",
        "an event is changed": "Yield each event as it was appended.",
    }

    def log_of(self, answers, session, events, finished=True, **options):
        """A log with these events."""
        log = answers.ReplayLog(session, **options)
        ids = [log.append(event) for event in events]
        self.equal(
            ids, [*range(1, len(events) + 1)], "append does not return the ids 1, 2, 3 and so on"
        )
        if finished:
            log.finish()
        return log

    @keeps(1)
    async def test_a_late_reader_gets_everything(self, answers, text):
        token, *tokens = tokens_of(text, 3)
        session, events = text.secret(), [token, token, *tokens, COMPLETE]
        log = self.log_of(answers, session, events)
        for _ in range(2):
            got = await read_all(log, session)
            must = self.against(numbered(events), got)
            must(got, "a reader that comes late gets nothing")
            must(got == numbered(events), "a late reader does not get everything")

    @keeps(1)
    async def test_it_goes_on_after_the_last_id(self, answers, text):
        session, events = text.secret(), tokens_of(text, 5)
        log = self.log_of(answers, session, events)
        for after in range(6):
            got = await read_all(log, session, after)
            wanted = numbered(events)[after:]
            must = self.against(wanted, got)
            must(
                after == 0 or got != numbered(events),
                "a reader that comes back gets everything again",
            )
            must(got == wanted, "a reader that comes back does not continue where it was")

    @keeps(2)
    async def test_live_events_follow(self, answers, text, clock):
        session, events, wait = text.secret(), tokens_of(text, 5), text.seconds()
        wait += 0.35 if 4 * wait % 1 == 0 else 0  # nobody meets it who looks every now and then
        log = self.log_of(answers, session, events[:2], finished=False)

        async def produce():
            for event in events[2:]:
                await asyncio.sleep(wait)
                log.append(event)
            await asyncio.sleep(wait)
            log.finish()

        producer = asyncio.create_task(produce())
        moments = []
        got = await read_all(log, session, note=lambda: moments.append(clock.elapsed))
        await producer
        self.equal(got, numbered(events), "a reader does not get what is appended while it reads")
        wanted = [0, 0, *(wait * number for number in (1, 2, 3))]
        self.came_at(moments, wanted, "an event comes later than it was appended")
        self.came_at(
            [clock.elapsed], [wait * 4], "the stream does not end when the log is finished"
        )

    @keeps(3)
    async def test_every_reader_gets_all(self, answers, text):
        session, events = text.secret(), tokens_of(text, 6)
        log = self.log_of(answers, session, events[:2], finished=False)
        readers = [asyncio.create_task(read_all(log, session, after)) for after in (0, 0, 1)]
        for event in events[2:]:
            await asyncio.sleep(1)
            log.append(event)
        log.finish()
        got = [await reader for reader in readers]
        wanted = [numbered(events), numbered(events), numbered(events)[1:]]
        must = self.against(wanted, got)
        must(
            sum(map(len, got)) != len(events) and all(got),
            "readers take events away from each other",
        )
        must(got == wanted, "not every reader gets all events")

    @keeps(3)
    async def test_one_that_stops_disturbs_nobody(self, answers, text):
        session, events = text.secret(), tokens_of(text, 5)
        log = self.log_of(answers, session, events[:1], finished=False)
        stops = log.subscribe(session)
        await anext(stops)
        stays = asyncio.create_task(read_all(log, session))
        await cancel_while_it_waits(log.subscribe(session))
        log.append(events[1])
        await stops.aclose()
        for event in events[2:]:
            log.append(event)
        log.finish()
        await asyncio.wait([stays])
        self.must(
            not stays.cancelled(),
            "a reader that is cancelled takes the others with it",
            numbered(events),
            Words("CancelledError for another reader"),
        )
        got = await stays
        self.equal(got, numbered(events), "a reader that stops takes the others with it")
        check_nothing_runs_on(answers)

    @keeps(4)
    async def test_what_is_gone_is_told(self, answers, text):
        session, several = text.secret(), text.random.randrange(2, 5)
        for keep, after in [*((several, after) for after in (0, 3, 4, 5)), (1, 3), (1, 4)]:
            events = tokens_of(text, keep + 4)
            log = self.log_of(answers, session, events, keep=keep)
            kept = numbered(events)[4:]
            wanted = [STALE, *kept] if after < 4 else kept[after - 4 :]
            got = await read_all(log, session, after)
            must = self.against(wanted, got)
            must(
                len(got) <= len(wanted) or got == [STALE, *wanted],
                "more events are kept than `keep`",
            )
            must(
                STALE not in wanted or STALE in got,
                "events are missing, and the reader is not told",
            )
            must(STALE in wanted or STALE not in got, "it says stale although nothing is missing")
            must(got == wanted, "it does not continue with what is kept")

    async def test_a_thousand_are_kept(self, answers, text):
        session, event = text.secret(), tokens_of(text, 1)[0]
        log = self.log_of(answers, session, [event] * 1000, finished=False)
        for first in ((1, event), STALE):
            stream = log.subscribe(session)
            got = await anext(stream)
            await stream.aclose()
            self.must(got == first, "without `keep` it does not keep a thousand events", first, got)
            log.append(event)

    async def test_an_id_of_another_log_is_stale(self, answers, text):
        session, events = text.secret(), tokens_of(text, 3)
        for finished in (True, False):
            log = self.log_of(answers, session, events, finished=finished)
            stream = log.subscribe(session, text.random.randrange(4, 99))
            got = []
            async with not_for_ever(
                "it waits for an id that was never given",
                "The server was restarted, and counts from 1 again. A reader that waits for id 58 "
                "misses 57 events without knowing it.",
                [STALE, *numbered(events)],
            ):
                async for item in stream:
                    got.append(item)
                    if len(got) == 4:
                        break
            await stream.aclose()
            self.equal(got, [STALE, *numbered(events)], "an id that was never given is accepted")

    async def test_a_reader_may_come_before_all_events(self, answers, text):
        session, events = text.secret(), tokens_of(text, 2)
        for after, wanted in ((0, []), (text.random.randrange(1, 9), [STALE])):
            got = await read_all(self.log_of(answers, session, []), session, after)
            self.must(got == wanted, "a log without events does not just end", wanted, got)
        log = self.log_of(answers, session, [], finished=False)
        reader = asyncio.create_task(read_all(log, session))
        for event in events:
            await asyncio.sleep(1)
            log.append(event)
        log.finish()
        got = await reader
        self.equal(got, numbered(events), "a reader that comes before all events does not get them")

    @keeps(4)
    async def test_a_slow_reader_is_told(self, answers, text):
        session, events = text.secret(), tokens_of(text, 9)
        kept = numbered(events)[6:]
        log = self.log_of(answers, session, events[:2], finished=False, keep=3)
        stream = log.subscribe(session)
        got = [await anext(stream)]
        for some in (events[2:7], events[7:]):
            for event in some:
                log.append(event)
            got.append(await anext(stream))
        log.finish()
        got += [item async for item in stream]
        seen, told, in_silence = 0, False, []
        for number, _ in got:
            if number is None:
                told = True
                continue
            if (number > seen + 1) != told:
                in_silence.append(number)
            seen, told = number, False
        self.must(
            not in_silence,
            "events are missing for a slow reader, and it is not told",
            [(1, events[0]), STALE, *kept],
            got,
        )
        came = [item for item in got if item != STALE]
        self.must(
            came == [item for item in numbered(events) if item in came] and came[-3:] == kept,
            "a slow reader does not get what is kept",
            [(1, events[0]), STALE, *kept],
            got,
        )

    @keeps(5)
    async def test_another_session_is_refused(self, answers, text):
        session, other, events = text.secret(), text.secret(), tokens_of(text, 2)
        log = self.log_of(answers, session, events)
        for after in (0, 2, 9):
            with self.raises(answers.WrongSession, "another session can read the answer"):
                await anext(log.subscribe(other, after), None)
        got = await read_all(log, session)
        self.must(got == numbered(events), "its own session is refused", numbered(events), got)

    async def test_wrong_calls(self, answers, text):
        session, events = text.secret(), tokens_of(text, 2)
        log = self.log_of(answers, session, events[:1])
        log.finish()  # once more
        with self.raises(RuntimeError, "an event can be appended after the end"):
            log.append(events[1])
        got = await read_all(log, session)
        self.equal(got, numbered(events[:1]), "an event that was refused is in the log")
        for wrong in (0, -1):
            with refused(f"keep={wrong}", "A log that keeps nothing can replay nothing"):
                answers.ReplayLog(session, keep=wrong)

    def test_any_course(self, search):
        async def promise(answers, clock, keep, steps):
            other = answers.ReplayLog("other", keep)
            other.append(COMPLETE)
            course = Course(self, answers.ReplayLog(OWNER, keep=keep), keep)
            try:
                for step, value in steps:
                    await course.take(answers, step, value)
            finally:
                await course.close()
            check_nothing_runs_on(answers)

        add, finish, follow, come = ("append", 1), ("finish", 1), ("follow", 0), ("come", 0)
        read, leave = ("read", 0), ("leave", 0)
        many = ("append", 3)
        always = [
            *each(keep=3, steps=tuple([many, add, finish, ("follow", n)] for n in range(7))),
            *each(keep=3, steps=tuple([many, add, ("follow", n), add, finish] for n in range(7))),
            *each(
                keep=(1, 2, 3, 4, 5), steps=[many, come, read, add, read, many, read, read, read]
            ),
            *each(keep=(1, 2, 3), steps=[follow, add, follow, many, finish, finish, follow, add]),
            *each(keep=(1, 4), steps=[come, read, many, many, read, read, read, finish, read]),
            *each(
                keep=9,
                steps=(
                    [finish, follow, ("follow", 1), add],
                    [come, ("come", 2), add, many, read, ("read", 1), finish, read, ("read", 1)],
                    [follow, read, follow, ("come", 0), ("read", 2), leave, add, ("leave", 1), add],
                    [come, read, ("come", 0), ("read", 1), leave, add, ("read", 1), finish],
                    [
                        add,
                        follow,
                        ("stranger", ""),
                        ("stranger", "ab"),
                        finish,
                        ("stranger", "abcd"),
                    ],
                    [("stranger", "ABC"), ("stranger", " abc"), add, ("stranger", "x"), follow],
                    [*[follow] * 12, *[add] * 12, finish],
                ),
            ),
            {"keep": 40, "steps": [("append", 60), follow, ("follow", 25), ("append", 30), finish]},
        ]
        step = sampled_from(
            (
                *(add, add, many, ("append", 2), finish, ("stranger", "x")),
                *((name, n) for name in ("follow", "come", "read") for n in (0, 1, 2)),
                *(("read", 0), ("read", 0), leave, ("leave", 1)),
            )
        )
        search(promise, *always, keep=any_limit(3), steps=lists(step, max_size=10))


OWNER = "abc"
APPENDED = (
    {"type": "token", "content": "a"},
    {"type": "token", "content": "a"},
    COMPLETE,
    COMPLETE,
    {"type": "token", "content": ""},
    {"type": "error", "message": "stale"},
)
"""Events that are appended one after the other, and again."""


class Course:
    """What happens to a log, and what it has to know of it."""

    def __init__(self, test, log, keep):
        self.test, self.log, self.keep = test, log, keep
        self.events, self.is_finished, self.readers = [], False, []

    @property
    def gone(self):
        return max(0, len(self.events) - self.keep)

    async def take(self, answers, step, value):
        """Take a step, and check what all readers have got of it."""
        if step == "append":
            for _ in range(value):
                self.append()
        elif step == "finish":
            self.log.finish()
            self.is_finished = True
        elif step in ("follow", "come"):
            self.readers.append(Follower(self, value, follows=step == "follow"))
        elif step == "stranger":
            with self.test.raises(answers.WrongSession, "another session can read the answer"):
                async with not_for_ever(
                    "another session can read the answer",
                    "A reader of another session is refused at once, even while there is nothing "
                    "to read.",
                    Words("WrongSession"),
                ):
                    await anext(self.log.subscribe(value, 0), None)
        elif step == "read" and value < len(self.readers):
            self.readers[value].start()
        elif step == "leave" and value < len(self.readers):
            await self.readers[value].leave()
        await asyncio.sleep(0.1)
        for reader in self.readers:
            reader.check()

    def append(self):
        event = APPENDED[len(self.events) % len(APPENDED)]
        if self.is_finished:
            with self.test.raises(RuntimeError, "an event can be appended after the end"):
                self.log.append(dict(event))
            return
        with self.test.never(RuntimeError, "it refuses an event although it is not finished"):
            number = self.log.append(dict(event))
        self.events.append(event)
        self.test.equal(
            number, len(self.events), "append does not return the ids 1, 2, 3 and so on"
        )

    async def close(self):
        for reader in self.readers:
            await reader.leave()


class Follower:
    """One reader of a log: it takes all that it can get, or one item for each `start`."""

    def __init__(self, course, after, follows):
        self.course, self.follows, self.got = course, follows, []
        self.stream, self.pull = course.log.subscribe(OWNER, after), None
        self.seen, self.first, self.is_over = after, (course.gone, len(course.events)), False
        self.told_at = None  # how many were gone when the last item was "stale"
        self.checked = 0
        if follows:
            self.start()

    def start(self):
        if self.pull is None and not self.is_over:
            self.pull = asyncio.create_task(self.take())

    async def take(self):
        async for item in self.stream:
            self.got.append(item)
            if not self.follows:
                return
        self.is_over = True

    async def leave(self):
        """Stop reading."""
        if self.pull is not None:
            self.pull.cancel()
            await asyncio.wait([self.pull])
        await self.stream.aclose()
        self.is_over, self.follows, self.pull = True, False, None
        self.checked = len(self.got)

    def check(self):
        """Check what has come since the last time."""
        course, test = self.course, self.course.test
        total, gone = len(course.events), course.gone
        for item in self.got[self.checked :]:
            if item == STALE:
                self.check_stale(gone, total)
            else:
                self.check_event(item, gone, total)
        self.checked = len(self.got)
        if self.pull is None:
            return
        knows_all = self.seen == total or (self.told_at is not None and total == 0)
        if not self.pull.done():
            test.must(
                knows_all,
                "an event comes later than it was appended",
                Words(f"{total} events so far, after {self.seen}"),
                self.got,
            )
            test.must(
                not course.is_finished,
                "the stream does not end when the log is finished",
                Words("the end"),
                self.got,
            )
            return
        pull, self.pull = self.pull, None
        pull.result()
        if self.is_over:
            test.must(
                course.is_finished,
                "a stream ends before its log is finished",
                Words("the next event"),
                Words("the end"),
            )
            test.must(
                knows_all,
                "a stream ends before all events have been read",
                numbered(course.events)[self.seen :],
                self.got,
            )

    def check_stale(self, gone, total):
        test = self.course.test
        was_gone, was_total = self.first
        if self.told_at is not None:
            is_right, problem = gone > self.told_at, "it says stale more than once in one place"
        else:
            is_right = gone > self.seen or self.seen > min(total, was_total)
            problem = "it says stale although nothing is missing"
        test.must(is_right, problem, Words(f"the event after {self.seen}"), self.got)
        self.told_at = gone if self.checked else min(gone, was_gone)

    def check_event(self, item, gone, total):
        test, seen = self.course.test, self.seen
        was_gone, _ = self.first
        must = test.against([STALE, *numbered(self.course.events)[gone:]], self.got)
        number = item[0] if type(item) is tuple and len(item) == 2 else None
        must(
            type(number) is int and 0 < number <= total,
            "an event has the id of another one",
        )
        if self.told_at is not None:
            must(self.told_at < number <= gone + 1, "it does not continue with what is kept")
        else:
            if not self.checked and self.got[0] == item:
                must(seen >= was_gone, "events are missing, and the reader is not told")
                must(seen <= total, "an id that was never given is accepted")
            must = test.against(numbered(self.course.events)[seen:], self.got)
            must(number > seen, "an event comes twice")
            must(number == seen + 1, "events are missing, and the reader is not told")
        test.equal(item[1], self.course.events[number - 1], "an event is changed")
        self.seen, self.told_at = number, None
