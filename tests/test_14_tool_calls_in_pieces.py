"""Lesson 14: Tool Calls in Pieces.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, `text` makes words that differ from seed to seed, and time is virtual.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import partial
from itertools import accumulate, chain, cycle, pairwise, product
from typing import Annotated, ClassVar

from hypothesis import strategies as st
from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolCallId, StructuredTool, tool

from course.fakes.nesting import refused_depth
from course.fakes.script import Reply, ToolCall
from course.fakes.sources import Source
from course.grade.differences import check_same, same_value
from course.grade.expect import Words, check, keeps
from course.grade.scenarios import (
    EACH_ENDING,
    ERRORS,
    INTERRUPTS,
    TEXTS,
    Ending,
    Stranger,
    any_ending,
    each,
    repeated,
)
from course.grade.stream_checks import (
    LAZY,
    ONE_BY_ONE,
    SAME_ERROR,
    check_closed,
    check_lazy,
    check_nothing_runs_on,
    joined,
    not_for_ever,
    passes_on,
    same,
    seconds,
)
from course.grade.stream_promises import ANOTHER_CALL, NOT_BY_ITSELF, StreamPromises, check_apart
from course.grade.value_checks import Explained, never, unchanged

KEEPS = StreamPromises(reads_lists=False)
SHARED = "a caller who changes a result changes the next one, too"
OWN = "Make new lists and dicts in each call: what was returned belongs to the caller."
BY_INDEX = (
    "The index says which call a piece belongs to. Keep the calls by index, and add each piece to "
    "the right one."
)


def delta(args=None, **known):
    """One piece of a tool call, as in `chunk.tool_call_chunks`."""
    return {"index": None, "id": None, "name": None, "args": args, **known}


def raw(call_id, name, args):
    """A call that has been put together."""
    return {"id": call_id, "name": name, "args": args}


def in_pieces(text, random, longest=4):
    """Cut a text at random."""
    pieces = []
    while text:
        length = random.randint(1, longest)
        pieces.append(text[:length])
        text = text[length:]
    return pieces


def every_way(text, random):
    """The same text whole, letter by letter, and cut at random."""
    return [[text], list(text), in_pieces(text, random), in_pieces(text, random, 20)]


@contextmanager
def no_error(kind, problem, why, wanted, about=""):
    """Fail with these words if the block raises `kind`, and the error says `about`."""
    try:
        yield
    except NotImplementedError:
        raise
    except kind as error:
        if about not in str(error):
            raise
        got = Words(f"{type(error).__name__}: {error}".partition("\n")[0])
        check(False, problem, why=why, wanted=wanted, got=got)


def put_together(deltas):
    """The calls, as the docstring says word for word; None if it leaves them open."""
    calls, call = [], None
    for one in deltas:
        index = one["index"]
        id_, name = ("" if one[key] in (None, "null") else one[key] for key in ("id", "name"))
        if index is not None:
            call = next((call for call in reversed(calls) if call["index"] == index), None)
            if call and id_ and call["id"] not in ("", id_):
                call = None
        elif id_:
            call = next((call for call in calls if call["id"] == id_), None)
        elif call is None:
            return None
        if call is None:
            call = {"index": index, "id": "", "name": "", "args": []}
            calls.append(call)
        call["id"] = call["id"] or id_
        after_a_dict = dict in map(type, call["args"])
        if after_a_dict and (name or one["args"]):
            return None
        if not call["name"] or (name != call["name"] and not call["args"]):
            call["name"] += name
        if one["args"] or one["args"] == {}:
            if call["args"] and (after_a_dict or isinstance(one["args"], dict)):
                return None
            call["args"].append(one["args"])
    ids = [call["id"] for call in calls if call["id"]]
    return calls if len(set(ids)) == len(ids) else None


def as_text(args):
    return json.dumps(args) if isinstance(args, dict) else args


NOT_JSON = "arguments that come as a dict do not become JSON"
WHY_NOT_JSON = (
    "Its text is json.dumps(args), for a dict of any kind. str() writes it as Python does."
)
SOME_TEXTS = (" ", "NULL", "\n", "\u00a0", "0", "None", "漢", "\x00", "[DONE]")
SOME_CALLS = (
    *((0, "a"), (0, None), (None, "a"), (None, None), (0, "b"), (None, "b"), (1, None), (1, "c")),
    *((1, "d"), (7, None), (7, "e"), (None, "d"), (0, "null"), (None, "null"), (None, ""), (0, "")),
)
SOME_NAMES = (None, "go", None, None, "to", "goto", "", "null", None)
SOME_ARGS = (None, "{", "", '"a"', " ", "null", "}", "{", None, {"a": None})


def of_one_call(*pieces):
    """Deltas of one call, each with a name and args."""
    return [(args, {"index": 0, "name": name}) for name, args in pieces]


def names(*given):
    """Deltas of one call, with these names, and then its arguments."""
    return of_one_call(*((name, None) for name in given), (None, "{}"))


def marked(*pairs):
    """Deltas with these indexes and ids, each with a piece of its own."""
    return [(str(n), {"index": index, "id": id_}) for n, (index, id_) in enumerate(pairs)]


DELTAS_IN_ORDER = (
    *(names("go", name, "x") for name in SOME_TEXTS),
    *(names(name, "x") for name in SOME_TEXTS),
    *(of_one_call(("go", "{"), (None, args), (None, args)) for args in SOME_TEXTS),
    of_one_call(("go", None), *((None, args) for args in TEXTS)),
    *(names(*given.split(",")) for given in ("go,go", "go,to,go", "go,to,to", "go,to,goto")),
    *(names(*given.split(",")) for given in ("null,go", "go,null,to", "go,,to", "go,to,got")),
    names("get", None, "_", "", "weather", "get_weather", "_in", "null", "_town"),
    *(of_one_call(("go", "{"), (name, "}")) for name in ("to", "go", "null", "", " ")),
    of_one_call(("go", ""), ("to", "{}"), ("on", None), ("gotoon", None)),
    of_one_call((None, "{"), ("go", "}"), ("to", "")),
    of_one_call(("go", " "), ("to", "{}")),
    of_one_call(("go", "a"), (None, "a"), (None, "a"), (None, "b"), (None, "b")),
    *(
        marked((0, "a"), (0, id_), (0, None), (None, id_))
        for id_ in (" ", "null ", "nil", "a ", "A", "None", "Null", "NULL", "0")
    ),
    [*of_one_call(("go", "{}")), ("{}", {"index": 1, "name": "go"})],
    marked((0, None), (0, "a"), (0, None), (0, "b"), (0, None), (None, "a"), (None, None)),
    marked((0, "a"), (0, "b"), (None, "a"), (None, None), (0, None), (None, "a"), (0, "b")),
    marked((0, "a"), (0, "b"), (0, "c"), (0, None), (None, "b"), (None, None)),
    marked((3, "a"), (1, "b"), (2, "c"), (1, None), (3, None), (None, "b"), (None, None)),
    marked((10, None), (9, None), (10, None), (1000, None), (9, None), (0, None), (None, None)),
    marked((0, "a"), (None, "x"), (1, None), (None, "y"), (None, "x"), (None, None), (1, "z")),
    marked((None, "a"), (0, None), (None, "a"), (None, None), (0, "c"), (None, "c")),
    marked((0, None), (None, "a"), (0, "b"), (None, None), (None, "a"), (None, None)),
    marked((1, "1"), (0, None), (None, "1"), (None, "0"), (None, None)),
    marked(*((n % 20, f"call_{n % 20}") for n in range(60))),
    *(
        [({"a": args}, {"index": 0, "id": "a", "name": "go"}), ("", {"index": 0}), (None, {})]
        for args in (None, True, "it's", 'a "b"', "漢", [1.0, {"": []}], {"b": -1})
    ),
    [(None, {"index": 0, "name": "go"}), ({}, {"index": 0}), ("{}", {"index": 1, "id": "b"})],
    [(None, {"id": "a", "name": "go"}), ({"a": {}}, {"id": "a"}), ("{}", {"index": 1, "id": "b"})],
    [(" ", {"id": "a"}), (" ", {"id": "a"}), (" ", {}), ("\n", {}), (" ", {"id": "b"})],
    [],
)
"""What the docstring names, each by itself."""


class TestAccumulateToolCalls(Explained):
    """The pieces of tool calls are put together, each to the call that it belongs to."""

    WHY: ClassVar = {
        "it does not return a list of dicts": "Each call becomes a dict with the keys id, name and "
        "args.",
        "the pieces of one call make several calls": "A piece is not a call. Pieces with the same "
        "index belong together.",
        "the arguments are not a text": "Join the pieces, and do not parse them yet: "
        "finalize_tool_calls does that.",
        "the pieces of the arguments are not joined as they came": "A piece may be any part of a "
        "JSON text, even a single space. Join all of them, in their order and unchanged.",
        "a call lacks its id or its name, or has more than it should": "Only the first piece names "
        "the call; keep what it said. The keys are id, name and args.",
        "it does not find the calls of a model": BY_INDEX,
        "the arguments are not those that the model sent": "Join the pieces of each call, in their "
        "order and unchanged.",
        "pieces get lost": "Go through the deltas only once: they may be a stream, which is "
        "empty after it has been read.",
        "the calls are sorted": "They come in the order in which they began, no matter what their "
        "indexes are.",
        "calls with one index but two ids are merged": "Some servers give every call the "
        "index 0. An id that differs from the call's own begins a new call.",
        "later pieces go to a call that is over": "From the new id on, pieces with this index and "
        "no id belong to the new call.",
        "a repeated id begins a new call": "Some models repeat id and name in every piece. Only a "
        "different id begins a new call.",
        "a repeated name or id is joined to itself": "Some models send id and name again and "
        "again. The same name again is not another piece, and an id comes whole: keep the first.",
        "a name that comes after the arguments counts": "A call has one name. It is over when its "
        "arguments have begun: what comes after that is neither a piece of it nor another one in "
        "its place.",
        "an empty id, name or piece counts as one": 'None and "" say nothing: no new id, no new '
        'name, no more arguments. What never comes is "" in the result, and an id or a name may '
        "come late.",
        "the deltas are changed": "The caller may still need them. Build new dicts.",
        "without an index, a call is not found by its id": "None is not an index. Without one, the "
        "id says which call a piece belongs to.",
        "a piece with neither index nor id goes astray": "It continues the call of the piece "
        "before it. An empty id does not count.",
        "a call is not found by one of its two names": "A call that has an index and an id can be "
        "found by either, even if the id came late: note both.",
        "a piece that says nothing goes to the wrong call": "With neither index nor id, it belongs "
        "to the same call as the piece before it. That need not be the call that began last.",
        "the second piece of a name begins a new call": "A name does not say which call a piece "
        "belongs to: index and id do.",
        "the second piece of a name is lost": "Some models cut the name, too. Until the arguments "
        "begin, another name is its next piece.",
        "the second piece of a name takes the place of the first": "Until the arguments begin, "
        "another name is the next piece: join them.",
        "a name in two pieces is not put together": "Until the arguments begin, another name is "
        "the next piece: join them.",
        'the id "null" is taken for the id of a call': "Some servers turn JSON's null into a "
        'string, where there should be nothing. Treat "null" as an id or a name like None.',
        'the name "null" is taken for a name': "Some servers turn JSON's null into a string, where "
        'there should be nothing. Treat "null" as an id or a name like None.',
        'a piece with the id "null" goes astray, or a null in the arguments is lost': '"null" as '
        "an id or a name says nothing. In args it is JSON, and stays.",
        'a call gets the id "null"': 'What never comes is "" in the result, and "null" counts as '
        "not having come.",
        "arguments that come as a dict stay one": "A reader of the calls expects a JSON text. Make "
        "one with json.dumps.",
        "a call whose arguments are a dict lacks its id or its name": "Only the arguments come in "
        "another form. The rest is as usual.",
        "without pieces there is not an empty list": "A model need not call anything.",
        "pieces of one call make several calls": "Only another index, or another id, begins a new "
        'call. None, "" and "null" are not ids.',
        "pieces of several calls make one call": "An index is a label, and so is an id: a call "
        "begins with each that is not known yet, and with an id that differs from that of the "
        "latest call with this index. Any other text is an id, even a blank.",
        "the calls do not come in the order in which they began": "Pieces of the first one may "
        "still come when others have begun. It stays the first.",
        "a call has the wrong id": "The first id that says something counts. It may come late, and "
        "belongs to the call of its delta.",
        "a call has the wrong name": "A name that equals all of it so far adds nothing; another "
        "one is its next piece, unless arguments have come in an earlier delta. Any text counts "
        'but "" and "null".',
        "a piece of the arguments is changed, or is in the wrong place": "Join the pieces of a "
        "call as they are, blanks and repetitions too. With neither index nor id, a delta belongs "
        "to the call of the one before it, however that was found.",
    }

    @keeps(4)
    def test_the_pieces_of_one_call_are_joined(self, answers, text):
        args = json.dumps({"city": text.word(), "days": 3})
        first, *rest = ['{"city":', " ", *in_pieces(args[9:], text.random)]
        call_id, name = text.secret(), text.word()
        deltas = [delta(first, index=0, id=call_id, name=name)]
        got = answers.accumulate_tool_calls(deltas + [delta(piece, index=0) for piece in rest])
        wanted = [raw(call_id, name, args)]
        must = self.against(wanted)
        must(
            isinstance(got, list) and all(isinstance(call, dict) for call in got),
            "it does not return a list of dicts",
        )
        must(len(got) == 1, "the pieces of one call make several calls")
        must(isinstance(got[0].get("args"), str), "the arguments are not a text")
        must(got[0]["args"] == args, "the pieces of the arguments are not joined as they came")
        must(got == wanted, "a call lacks its id or its name, or has more than it should")

    @keeps(1)
    async def test_it_takes_what_a_model_sends(self, answers, play, text):
        first, second = {"query": text.sentence()}, {"city": text.word(), "days": 2}
        calls = [ToolCall("search", first, "call_1"), ToolCall("weather", second, "call_2")]
        model = play(Reply(text.word(), *calls))
        chunks = model.stream("What now?")
        deltas = [
            {key: piece[key] for key in ("index", "id", "name", "args")}
            for chunk in chunks
            for piece in chunk.tool_call_chunks
        ]
        got = answers.accumulate_tool_calls(deltas)
        self.must(
            [(call["id"], call["name"]) for call in got]
            == [("call_1", "search"), ("call_2", "weather")],
            "it does not find the calls of a model",
            Words("call_1 of search and call_2 of weather"),
        )
        self.must(
            [json.loads(call["args"]) for call in got] == [first, second],
            "the arguments are not those that the model sent",
            [first, second],
        )

    @keeps(1)
    def test_two_calls_may_be_written_at_once(self, answers, text):
        a, b = (json.dumps({"query": text.word()}) for _ in range(2))
        pieces = [in_pieces(a, text.random), in_pieces(b, text.random)]
        deltas = [
            delta(index=0, id="call_a", name="search"),
            delta(index=1, id="call_b", name="search"),
        ]
        while any(pieces):
            number = text.random.choice([n for n in (0, 1) if pieces[n]])
            deltas.append(delta(pieces[number].pop(0), index=number))
        got = answers.accumulate_tool_calls(Source(deltas))
        wanted = [raw("call_a", "search", a), raw("call_b", "search", b)]
        must = self.against(wanted)
        must(any(call["args"] for call in got), "pieces get lost")
        must(
            len(got) == 2,
            "two calls of one tool become one",
            why="Two calls may have the same name. " + BY_INDEX,
        )
        must(
            got == wanted,
            "a piece lands in the wrong call",
            why="The next piece need not belong to the call that began last. "
            + BY_INDEX
            + " 0 is an index, too, and false in an `if`: ask for None.",
        )

    @keeps(1)
    def test_an_index_is_no_place_in_a_list(self, answers, text):
        a, b, c = (json.dumps({"query": text.word()}) for _ in range(3))
        deltas = [
            delta(index=1, id="call_a", name="search"),
            delta(index=5, id="call_b", name="search"),
            delta(a, index=1),
            delta(index=0, id="call_c", name="search"),
            delta(c, index=0),
            delta(b, index=5),
        ]
        wanted = [raw("call_a", "search", a), raw("call_b", "search", b)]
        wanted.append(raw("call_c", "search", c))
        no_place = (
            "An index is only a label. The first one may be 1, and some may be missing: look calls "
            "up in a dict, not by position in the list."
        )
        fails = "it fails when indexes do not count 0, 1, 2"
        with no_error((LookupError, TypeError), fails, no_place, wanted):
            got = answers.accumulate_tool_calls(deltas)
        by_index = [wanted[2], *wanted[:2]]
        must = self.against(wanted)
        must(got != by_index, "the calls are sorted")
        must(got == wanted, fails, why=no_place)

    @keeps(2)
    def test_another_id_begins_another_call(self, answers, text):
        a, b = (json.dumps({"query": text.word()}) for _ in range(2))
        deltas = [
            delta(index=0, id="call_a", name="search"),
            delta(a, index=0),
            delta(index=0, id="call_b", name="search"),
            *[delta(piece, index=0) for piece in in_pieces(b, text.random)],
        ]
        got = answers.accumulate_tool_calls(deltas)
        wanted = [raw("call_a", "search", a), raw("call_b", "search", b)]
        must = self.against(wanted)
        must(len(got) == 2, "calls with one index but two ids are merged")
        must(got == wanted, "later pieces go to a call that is over")

    @keeps(5)
    def test_id_and_name_may_come_again(self, answers, text):
        args = json.dumps({"query": text.word()})
        pieces = in_pieces(args, text.random)
        deltas = [delta(piece, index=0, id="call_a", name="search") for piece in pieces]
        got = answers.accumulate_tool_calls(deltas)
        wanted = [raw("call_a", "search", args)]
        must = self.against(wanted)
        must(len(got) == 1, "a repeated id begins a new call")
        must(got == wanted, "a repeated name or id is joined to itself")
        got = answers.accumulate_tool_calls([*deltas, delta(index=0, name=text.word())])
        self.must(got == wanted, "a name that comes after the arguments counts", wanted)

    @keeps(7)
    def test_empty_says_nothing(self, answers, text):
        args = json.dumps({"query": text.word()})
        deltas = [
            delta("", index=0, id="", name=""),
            delta(index=0, name="search"),
            delta(args[:5], index=0, id="", name=""),
            delta(args[5:], index=0, id="call_a", name=""),
            delta("", index=0, id="", name=None),
            delta(index=1, id="call_b", name="now"),
            delta("{}", index=2),
            delta(index=2, name="late"),
        ]
        before = json.dumps(deltas)
        got = answers.accumulate_tool_calls(deltas)
        wanted = [raw("call_a", "search", args), raw("call_b", "now", ""), raw("", "late", "{}")]
        self.must(got == wanted, "an empty id, name or piece counts as one", wanted)
        self.must(
            json.dumps(deltas) == before,
            "the deltas are changed",
            Words("the deltas as they were"),
            deltas,
        )

    @keeps(3)
    def test_there_may_be_no_index(self, answers, text):
        a, b = (json.dumps({"query": text.word()}) for _ in range(2))
        by_id = [
            delta(a[:4], id="call_a", name="search"),
            delta(b[:6], id="call_b", name="search"),
            delta(a[4:], id="call_a"),
            delta(b[6:], id="call_b"),
        ]
        got = answers.accumulate_tool_calls(by_id)
        wanted = [raw("call_a", "search", a), raw("call_b", "search", b)]
        self.must(got == wanted, "without an index, a call is not found by its id", wanted)
        neither = [by_id[0], delta(a[4:]), by_id[1], delta(b[6:8], id=""), delta(b[8:])]
        got = answers.accumulate_tool_calls(neither)
        self.must(got == wanted, "a piece with neither index nor id goes astray", wanted)

    @keeps(3)
    def test_pieces_of_one_call_may_be_marked_in_many_ways(self, answers, text):
        a, b = (json.dumps({"query": text.word()}) for _ in range(2))
        deltas = [
            delta(index=0, id="call_a", name="search"),
            delta(a[:2]),
            delta(index=1, name="search"),
            delta(index=1, id="call_b"),
            delta(b[:2]),
            delta(a[2:4], index=0),
            delta(a[4:6]),
            delta(b[2:6], id="call_b"),
            delta(b[6:]),
            delta(a[6:], id="call_a"),
        ]
        got = answers.accumulate_tool_calls(deltas)
        wanted = [raw("call_a", "search", a), raw("call_b", "search", b)]
        must = self.against(wanted)
        must(len(got) == 2, "a call is not found by one of its two names")
        must(got == wanted, "a piece that says nothing goes to the wrong call")

    @keeps(6)
    def test_a_name_may_come_in_pieces(self, answers, text):
        args, name = json.dumps({"query": text.word()}), f"{text.word()}_{text.word()}"
        cut = text.random.randint(1, len(name) - 1)
        pieces = [name[:cut], name[cut:]]
        begin, more = delta(index=0, id="call_a", name=pieces[0]), delta("", index=0, id="")
        wanted = [raw("call_a", name, args)]
        for rest in (
            [{**more, "name": pieces[1]}, delta(args, index=0)],
            [more, delta(args[:3], index=0, name=pieces[1]), delta(args[3:], index=0, name="")],
        ):
            got = answers.accumulate_tool_calls([begin, *rest])
            must = self.against(wanted)
            must(len(got) == 1, "the second piece of a name begins a new call")
            must(got[0]["name"] != pieces[0], "the second piece of a name is lost")
            must(
                got[0]["name"] != pieces[1],
                "the second piece of a name takes the place of the first",
            )
            must(got == wanted, "a name in two pieces is not put together")
        repeated = [{**begin, "name": name}] * 2 + [delta(args, index=0, name=name)]
        got = answers.accumulate_tool_calls(repeated)
        self.must(
            got == wanted,
            "a repeated name or id is joined to itself",
            wanted,
            why="The same name again is not another piece, also before the arguments begin.",
        )

    @keeps(7)
    def test_null_says_nothing(self, answers, text):
        a, b = (json.dumps({"query": text.word(), "day": None}) for _ in range(2))
        deltas = [
            delta(index=0, id="call_a", name="search"),
            delta("", index=0, id="null", name="null"),
            *[delta(piece, index=0, id="null", name="null") for piece in a.partition("null")],
            delta("", id="call_b", name="look"),
            delta(b, id="null", name="up"),
        ]
        got = answers.accumulate_tool_calls(deltas)
        wanted = [raw("call_a", "search", a), raw("call_b", "lookup", b)]
        must = self.against(wanted)
        must(len(got) == 2, 'the id "null" is taken for the id of a call')
        must(
            [call["name"] for call in got] == ["search", "lookup"],
            'the name "null" is taken for a name',
        )
        must(
            got == wanted,
            'a piece with the id "null" goes astray, or a null in the arguments is lost',
        )
        got = answers.accumulate_tool_calls([delta("{}", index=0, id="null", name="search")])
        wanted = [raw("", "search", "{}")]
        self.must(got == wanted, 'a call gets the id "null"', wanted)

    @keeps(4)
    def test_arguments_may_come_as_a_dict(self, answers, text):
        args = {"query": text.sentence(), "tags": [text.word(), None], "deep": {"on": True}}
        deltas = [
            delta(args, index=0, id="call_a", name="search"),
            delta({}, index=1, id="call_b", name="now"),
            delta(index=0),
        ]
        before = json.dumps(deltas)
        wanted = [raw("call_a", "search", json.dumps(args)), raw("call_b", "now", "{}")]
        with no_error(
            (TypeError, AttributeError, ValueError),
            "arguments that come as a dict raise an error",
            "Some servers have already parsed the arguments. Check whether args is a dict: then "
            "its text is json.dumps(args).",
            wanted,
        ):
            got = answers.accumulate_tool_calls(deltas)
        self.must(
            all(isinstance(call["args"], str) for call in got),
            "arguments that come as a dict stay one",
            wanted,
        )
        read, problem = [], "arguments that come as a dict do not become JSON"
        why = "str() writes a dict as Python does, with other quotation marks. Use json.dumps."
        with no_error(ValueError, problem, why, wanted):
            read = [json.loads(call["args"] or "{}") for call in got]
        must = self.against(wanted)
        must(read == [args, {}], problem, got=got, why=why)
        must(
            [(call["id"], call["name"]) for call in got]
            == [("call_a", "search"), ("call_b", "now")],
            "a call whose arguments are a dict lacks its id or its name",
        )
        self.must(
            json.dumps(deltas) == before,
            "the deltas are changed",
            Words("the deltas as they were"),
            deltas,
            why="The caller may still need them. Build new dicts.",
        )

    def test_no_pieces_are_no_calls(self, answers, text):
        self.must(
            answers.accumulate_tool_calls([]) == [], "without pieces there is not an empty list", []
        )

    def check_calls(self, got, calls):
        """Check all that the docstring says of the calls."""
        wanted = [
            raw(call["id"], call["name"], joined(map(as_text, call["args"]))) for call in calls
        ]
        must = self.against(wanted, got)
        must(
            isinstance(got, list) and all(isinstance(call, dict) for call in got),
            "it does not return a list of dicts",
        )
        must(len(got) <= len(wanted), "pieces of one call make several calls")
        must(len(got) >= len(wanted), "pieces of several calls make one call")
        must(
            all(call.keys() == {"id", "name", "args"} for call in got),
            "a call lacks its id or its name, or has more than it should",
        )
        for key in ("id", "name"):
            found = [call[key] for call in got]
            right = [call[key] for call in wanted]
            in_order = found == right or sorted(map(str, found)) != sorted(right)
            must(in_order, "the calls do not come in the order in which they began")
            must(found == right, f"a call has the wrong {key}")
        for call, right in zip(got, calls, strict=True):
            must(isinstance(call["args"], str), "the arguments are not a text")
            if right["args"] and isinstance(right["args"][0], dict):
                with never(ValueError, NOT_JSON, WHY_NOT_JSON, wanted, got):
                    must(
                        json.loads(call["args"] or "{}") == right["args"][0],
                        NOT_JSON,
                        why=WHY_NOT_JSON,
                    )
            else:
                must(
                    call["args"] == joined(right["args"]),
                    "a piece of the arguments is changed, or is in the wrong place",
                )

    def test_any_deltas(self, search):
        def promise(answers, deltas, error):
            deltas = [delta(args, **known) for args, known in deltas]
            if error:
                with passes_on(error, "its deltas"):
                    answers.accumulate_tool_calls(Source([*deltas, error]))
                return
            calls = put_together(deltas)
            if calls is None:
                return
            with unchanged(deltas=deltas):
                got = answers.accumulate_tool_calls(deltas)
            self.check_calls(got, calls)
            before = deepcopy(got)
            again = answers.accumulate_tool_calls(Source(deltas))
            got.append("by the caller")
            for call in got[:-1]:
                call.clear()
            self.must(again == before, SHARED, before, again, OWN)

        begin = (None, {"index": 0, "id": "a", "name": "go"})
        always = (
            *each(deltas=tuple(DELTAS_IN_ORDER), error=None),
            *each(
                deltas=[begin, ("{", {"index": 0})],
                error=tuple(kind("of the source") for kind in (*ERRORS, *INTERRUPTS)),
            ),
        )
        known = [
            (args, {"index": index, "id": id_, "name": name})
            for index, id_ in SOME_CALLS
            for name in SOME_NAMES
            for args in SOME_ARGS
        ]
        first = [one for one in known if one[1]["index"] is not None or one[1]["id"] == "a"]
        search(
            promise,
            *always,
            deltas=st.tuples(st.sampled_from(first), repeated(st.sampled_from(known), 7)).map(
                lambda drawn: [drawn[0], *drawn[1]]
            ),
            error=st.none(),
        )


OBJECTS = (
    *(
        '{"a": 1}',
        "{}",
        "",
        " {}\n",
        "\r\n{\t}",
        '{"a": 1.0}',
        '{" a ": 0.123456789123}',
        '{"a": 1e5, "b": -0}',
        '{"a": null}',
    ),
    *('{"a": true}', '{"a": [], "b": {}, "c": ""}', '{"": ""}', '{"a": "}"}', '{"a": "```json"}'),
    *('{"a": "\\ud83d\\udc4b"}', '{"a": "é👋\u2028\x7f"}', '{"a": "\\n\\"\\/"}', '{"a": "null"}'),
    *('{"id": 1, "name": null, "args": {}, "type": "x", "error": ""}', '{"self": [{"a": [1]}]}'),
    *(
        '{"a": %s}' % ("7" * 300),
        '{"a": "%s"}' % ("x" * 5_000),
        '{"a": %s}' % ("[" * 25 + "]" * 25),
    ),
)
"""Texts that are whole objects, and the one that stands for none."""

NO_OBJECTS = (
    *(" ", "\n", "null", "[]", "0", "1", '""', "true", '"a"', "[{}]", '[{"a": 1}]', '"{}"', "-1.5"),
    *('[["a", 1]]', "[[]]", '"\\"\\""'),
    *("{", "}", '{"a', '{"a"', '{"a":', '{"a": 1', '{"a": 1,', '{"a": "b', '{"a": "b"', '{"a": ['),
    *('{"a": tru', '{"a": 1.', '{"a": "\\', '{"a": {"b": 1}', '"{', "nul"),
    *("```json\n{}\n```", "```\n{}\n```", "json {}", "Sure: {}", "{} and so on", "{}{}", "{}\n{}"),
    *("\ufeff{}", "\xa0{}", "\u3000{}", "\f{}", "{}\v", "{}\x00", "{}\u200b", "{},", "{};", "{}."),
    *(
        '{"a": 1,}',
        '{"a": [1,]}',
        "{,}",
        "{'a': 1}",
        "{\"a\": 'b'}",
        "{a: 1}",
        "{“a”: 1}",
        "{1: 2}",
    ),
    *(
        '{"a": True}',
        '{"a": None}',
        '{"a": undefined}',
        "None",
        "dict()",
        "({})",
        "(1,)",
        "a=1",
        "a",
    ),
    *(
        '{"a": 01}',
        '{"a": +1}',
        '{"a": .5}',
        '{"a": 1.}',
        '{"a": 0x10}',
        '{"a": 1_000}',
        '{"a": 1n}',
    ),
    *('{"a": "\n"}', '{"a": "\t"}', '{"a": "\x00"}', '{"a": "\\x41"}', '{"a": "\\\'"}', '{"a" 1}'),
    *('{"a" = 1}', '{"a": 1 "b": 2}', '{"a": 1; "b": 2}', '{"a"}', '{"a": 1} // a', "/* a */ {}"),
    *(
        "# a\n{}",
        "{{}}",
        "{{}",
        "{}}",
        "[}",
        "{]",
        '{"a": 1)',
        "'{}'",
        "`{}`",
        "\\{\\}",
        "<args>{}</args>",
    ),
)
"""Texts that are not, however near they come."""

ANY_NAME = ("search", "", " ", "null", "a b", "None", "{}", "漢", "\n", '"', "tool_call")


class TestFinalizeToolCalls(Explained):
    """The arguments are read strictly; what is not whole is never a valid call."""

    WHY: ClassVar = {
        "it does not return two lists": "Return the valid calls and the invalid ones: `return "
        "valid, invalid`.",
        "the arguments of a valid call are still a text": "Parse them with json.loads: a tool "
        "needs a dict.",
        "a whole call is not passed on as it is": "Make a valid call with tool_call(name=..., "
        "args=..., id=...).",
        "the calls are changed": "The caller may still need them. Build new dicts.",
        "a call is left out": "Each call goes into one of the two lists. Is an error caught, and "
        "nothing done about it?",
        "a call without arguments is invalid": "A tool without parameters needs none, and many "
        'models then write nothing at all. Treat "" as "{}".',
        "a call that was cut off is valid": "The rest may have changed everything: half of a path "
        "is another path. Parse strictly, with json.loads; repairs are only for display.",
        "a call that was cut off is lost": "The model has to be told that this call failed. Return "
        "it as invalid.",
        "an invalid call does not keep what was written": "Make it with invalid_tool_call(...); "
        "its args are the text as it was.",
        "an invalid call does not say what is wrong": "Put the reason into error=..., in your own "
        "words.",
        "what it says of an invalid call is no text": "Its `error` is a str. str(error) is the "
        "text of an exception.",
        "JSON that is not an object passes for arguments": "Arguments have names, so they are a "
        "JSON object. Check what json.loads returns: only a dict is valid, even when it is empty.",
        "text that is not JSON passes for arguments": "Do not guess what was meant, and do not "
        "read it as Python: json.loads is the judge, and its ValueError is the answer.",
        "calls get lost, or change places": "Look at each call on its own: a bad one ends neither "
        "the loop nor the others.",
        "what is not a whole JSON object passes for arguments": "Nothing is repaired, removed or "
        'guessed: json.loads is the judge of the text as it is, and only a dict is valid. Only "" '
        "stands for no arguments; a blank does not.",
        "a whole JSON object is refused": "What json.loads makes a dict of is valid, whatever is "
        "in it, with or without white space around it.",
        "an id or a name is not passed on as it is": "Each call keeps its own. Nobody reads them "
        'here, and none of them, not even "" or "null", means that there is none.',
        "the arguments are not what json.loads reads": "Pass on what json.loads returns.",
        "a call without a name or an id is lost, or judged by that": "Only the arguments are read "
        "here. The code that runs the tools will see whether there is one with this name. Pass "
        "names and ids on as they are, even empty ones.",
    }

    @keeps(1)
    def test_a_whole_object_is_valid(self, answers, text):
        args = {"query": text.sentence(), "limit": 5, "tags": ["a", {"b": None}]}
        written = f"\n {json.dumps(args, indent=1)} "
        calls = [raw("call_1", "search", written)]
        got = answers.finalize_tool_calls(calls)
        valid = [{"type": "tool_call", "id": "call_1", "name": "search", "args": args}]
        must = self.against((valid, []))
        must(isinstance(got, list | tuple) and len(got) == 2, "it does not return two lists")
        must(
            not got[0] or isinstance(got[0][0].get("args"), dict),
            "the arguments of a valid call are still a text",
        )
        must((got[0], got[1]) == (valid, []), "a whole call is not passed on as it is")
        self.must(
            calls == [raw("call_1", "search", written)],
            "the calls are changed",
            Words("the calls as they were"),
            calls,
        )

    @keeps(2)
    def test_no_text_is_no_arguments(self, answers, text):
        got = answers.finalize_tool_calls([raw("call_1", text.word(), "")])
        self.must(any(got), "a call is left out", Words("the call in one of the two lists"))
        self.must(
            got[0] and got[0][0]["args"] == {} and not got[1],
            "a call without arguments is invalid",
            Words("a valid call with the arguments {}"),
        )

    @keeps(3)
    def test_a_call_that_was_cut_off_is_invalid(self, answers, text):
        whole = json.dumps({"command": f"rm -rf build/{text.word()}", "force": True})
        cut = whole[: text.random.randint(20, len(whole) - 16)]
        for written in (cut, whole[:-1], "{"):
            with no_error(
                Exception,
                "a call that was cut off raises an error",
                "One call that failed must not take the others with it. Catch the error of "
                "json.loads, and make an invalid call of it.",
                Words("one invalid call"),
            ):
                got = answers.finalize_tool_calls([raw("call_1", "shell", written)])
            self.must(got[0] == [], "a call that was cut off is valid", Words("no valid call"))
            self.must(
                len(got[1]) == 1, "a call that was cut off is lost", Words("one invalid call")
            )
            bad = got[1][0]
            self.must(
                (bad.get("type"), bad.get("id"), bad.get("name"), bad.get("args"))
                == ("invalid_tool_call", "call_1", "shell", written),
                "an invalid call does not keep what was written",
                Words(f"args={written!r}"),
            )
            must = self.against(Words("a text in error"), got)
            said = bad.get("error")
            must(not said or isinstance(said, str), "what it says of an invalid call is no text")
            must(said, "an invalid call does not say what is wrong")

    @keeps(4)
    def test_only_an_object_is_arguments(self, answers, text):
        word = text.word()
        no_objects = [f'["{word}"]', f'"{word}"', "17", "null", "true", "[]", "0", '""']
        no_json = [f"{{'query': '{word}'}}", f'{{"query": "{word}"}} and so on', f"query={word}"]
        no_json += [f'{{"query": "{word}\n"}}', " "]
        for written in no_objects:
            got = answers.finalize_tool_calls([raw("call_1", "search", written)])
            self.must(
                got[0] == [] and len(got[1]) == 1,
                "JSON that is not an object passes for arguments",
                Words(f"one invalid call, with args={written!r}"),
            )
        for written in no_json:
            got = answers.finalize_tool_calls([raw("call_1", "search", written)])
            self.must(
                got[0] == [] and [bad["args"] for bad in got[1]] == [written],
                "text that is not JSON passes for arguments",
                Words(f"one invalid call, with args={written!r}"),
            )

    @keeps(5)
    def test_nothing_that_a_model_writes_raises(self, answers, text):
        awful = {
            "a number of 10,000 digits": '{"a": ' + "7" * 10_000 + "}",
            "brackets in brackets without end": '{"a": ' + "[" * refused_depth(),
            "half of a character": '{"a": "\ud83d',
        }
        for what, written in awful.items():
            with no_error(
                Exception,
                f"{what}: this raises an error",
                "json.loads has more than one way to fail: JSONDecodeError is a ValueError, but "
                "not the only one, and RecursionError is not a ValueError. All of them mean the "
                "same: invalid.",
                Words("an invalid call"),
            ):
                got = answers.finalize_tool_calls([raw("call_1", "search", written)])
            self.in_words(
                (len(got[0]), len(got[1])) == (0, 1),
                f"{what}: this is not invalid",
                "one invalid call",
                f"{len(got[0])} valid, {len(got[1])} invalid",
                why="What json.loads cannot read is invalid.",
            )

    @keeps(6)
    def test_one_bad_call_spoils_no_other(self, answers, text):
        names = [text.word() for _ in range(5)]
        written = ['{"a": 1}', '{"a', "{}", "[]", '{"b": "c"}']
        calls = [raw(f"call_{n}", *pair) for n, pair in enumerate(zip(names, written, strict=True))]
        got = answers.finalize_tool_calls(iter(calls))
        found = [[(call["id"], call["name"]) for call in part] for part in got]
        wanted = [[(f"call_{n}", names[n]) for n in part] for part in ((0, 2, 4), (1, 3))]
        self.must(found == wanted, "calls get lost, or change places", wanted)

    @keeps(7)
    def test_names_and_ids_are_not_looked_at(self, answers, text):
        got = answers.finalize_tool_calls([raw("", "", "{}"), raw("", text.word(), "{")])
        found = [[call["id"] for call in part] for part in got]
        self.must(
            found == [[""], [""]],
            "a call without a name or an id is lost, or judged by that",
            Words("one valid and one invalid call, both with the id ''"),
        )

    def test_any_calls(self, search):
        def promise(answers, calls):
            calls = [raw(id_, name, args) for id_, name, args in calls]
            with unchanged(calls=calls):
                got = answers.finalize_tool_calls(calls)
            valid, invalid = self.judged(got, calls)
            kept = deepcopy((valid, invalid))
            again = tuple(answers.finalize_tool_calls(Source(calls)))
            given = [call["args"] for call in valid]
            for args in given:
                args["changed"] = "by the caller"
            for call in (*valid, *invalid):
                call.clear()
            came = deepcopy(again)
            for args in given:
                args.pop("changed", None)
            self.must(came == kept, SHARED, kept, came, OWN)

        always = each(
            calls=(
                *([("call_1", "search", text)] for text in (*OBJECTS[:16], *NO_OBJECTS)),
                *([(name, name, "{}"), (name, name, "{")] for name in ANY_NAME),
                [("call_1", "search", "{}")] * 2,
                [("call_1", "search", "{")] * 2,
                [(f"call_{n}", "search", text) for n, text in enumerate(OBJECTS)],
                [(f"call_{n}", "search", text) for n, text in enumerate([*NO_OBJECTS, "{}"])],
                [],
            )
        )
        cut = st.tuples(st.sampled_from(OBJECTS[:16]), st.integers(0, 12)).map(
            lambda drawn: drawn[0][: max(len(drawn[0]) - drawn[1], 1)]
        )
        some = [
            (name, ANY_NAME[-n % 7], text)
            for n, name in enumerate(ANY_NAME)
            for text in OBJECTS * 4 + NO_OBJECTS
        ]
        one = st.sampled_from(some) | cut.map(lambda text: ("call_1", "search", text))
        search(promise, *always, calls=repeated(one, 5))

    def judged(self, got, calls):
        """Check all that the docstring says of the result, and return its two lists."""
        valid, invalid = [], []
        for call in calls:
            try:
                args = json.loads(call["args"] or "{}")
            except ValueError:
                args = None
            if isinstance(args, dict):
                valid.append({**call, "args": args, "type": "tool_call"})
            else:
                invalid.append({**call, "type": "invalid_tool_call"})
        must = self.against((valid, invalid), got)
        must(
            isinstance(got, tuple | list)
            and len(got) == 2
            and all(isinstance(part, list) for part in got),
            "it does not return two lists",
        )
        must(len(got[0]) <= len(valid), "what is not a whole JSON object passes for arguments")
        must(len(got[1]) <= len(invalid), "a whole JSON object is refused")
        must(
            (len(got[0]), len(got[1])) == (len(valid), len(invalid)),
            "calls get lost, or change places",
        )
        for part, right in ((got[0], valid), (got[1], invalid)):
            found = [(call["id"], call["name"], call["type"]) for call in part]
            wanted = [(call["id"], call["name"], call["type"]) for call in right]
            must(found == wanted, "an id or a name is not passed on as it is")
        must(same_value(got[0], valid), "the arguments are not what json.loads reads")
        must(
            [{key: call[key] for key in call if key != "error"} for call in got[1]] == invalid,
            "an invalid call does not keep what was written",
        )
        must(
            all(isinstance(call.get("error"), str) and call["error"] for call in got[1]),
            "an invalid call does not say what is wrong",
        )
        return got


NOT_YET = Words("None: nothing to show yet")
HALF = (
    "One character may be written with up to twelve: \\ud83d\\udc4b is a waving hand. Hold back "
    "what is not a whole character yet."
)


def json_value(text, depth=0):
    """A value to be written as JSON, another one each time; at the top no number."""
    random = text.random
    kind = random.choice("tno" if depth == 0 else "ttnolo#" if depth < 3 else "t#c")
    if kind == "#":
        return random.choice([0, -7, 12.5, 2e-7, 1e30, random.randrange(10_000)])
    if kind == "c":
        return random.choice([True, False, None])
    if kind in "tl":
        letters = 'ab"\\/{}[]:, \n\té👋\u2028'
        return "".join(random.choice(letters) for _ in range(random.randrange(9)))
    count = random.randrange(1, 4)
    if kind == "n":
        return [json_value(text, depth + 1) for _ in range(count)]
    return {f"{random.choice('aé👋')}{n}": json_value(text, depth + 1) for n in range(count)}


def grows(before, now):
    """Whether `now` is `before` with more at its end."""
    if isinstance(before, str) and isinstance(now, str):
        return now.startswith(before)
    if isinstance(before, list) and isinstance(now, list):
        return len(before) <= len(now) and all(map(grows, before, now))
    if isinstance(before, dict) and isinstance(now, dict):
        return all(key in now and grows(value, now[key]) for key, value in before.items())
    return type(before) is type(now) and before == now


BLANK = " \n\t\r"
DIGITS = "05"
ANY_VALUE = f'{{["-{DIGITS}tfn{BLANK}'
CHARACTERS = '{}[]:,"' + "'\\+-.05eEtrufalx \n\t\r\f\x00\xa0\ufeff"
IN_A_TEXT = "".join(one for one in CHARACTERS if one >= " ")
HEX = "".join(one for one in CHARACTERS if one in "0123456789abcdefABCDEF")
MAY_FOLLOW = {
    **dict.fromkeys(("", "[[],", '{"a": \n'), ANY_VALUE),
    "[": f"]{ANY_VALUE}",
    "{": f'"}}{BLANK}',
    **dict.fromkeys(("[{}", '["a" ', "[true"), f",]{BLANK}"),
    **dict.fromkeys(('{"a" ',), f":{BLANK}"),
    **dict.fromkeys(('{"a": []', '{"a": 1 '), f",}}{BLANK}"),
    **dict.fromkeys(('{"a": [],', '{"a": {"b": 1} , '), f'"{BLANK}'),
    **dict.fromkeys(("[-", "[1.", "[1E+"), DIGITS),
    **dict.fromkeys(("[-0",), f".eE,]{BLANK}"),
    "[10": f"{DIGITS}.eE,]{BLANK}",
    '{"a": -5': f"{DIGITS}.eE,}}{BLANK}",
    "[1.5": f"{DIGITS}eE,]{BLANK}",
    "[1.0e": f"{DIGITS}+-",
    "[0E5": f"{DIGITS},]{BLANK}",
    **{"[t": "r", "[tr": "u", '{"a": tru': "e", "[f": "a", "fals": "e", "[n": "u", "nul": "l"},
    **dict.fromkeys(('["', '"', '{"', '["a\\\\', '{"a": "\\u00e9', '["\\ud83d'), IN_A_TEXT),
    **dict.fromkeys(('["\\', '{"\\', '["\\ud83d\\'), '"\\/bfnrtu'),
    **dict.fromkeys(('["\\u', '["\\u00e', '{"\\uE', '["\\ud83d\\u'), HEX),
    **dict.fromkeys(('"a"', "null", '{"a": [{}]}\n'), BLANK),
}
"""Beginnings of a JSON text, and which of the CHARACTERS may come next."""


UNITS = (
    *("a", "b", "é", "👋", " ", "{", "]", ",", ":", "'", "/", "\u2028", "\x7f", "e", "\u0301"),
)
ESCAPES = (
    "\\n",
    '\\"',
    "\\\\",
    "\\/",
    "\\u00e9",
    "\\u0000",
    "\\u2028",
    "\\u0022",
    "\\b",
    "\\uFEFF",
)
HALVES = ("\\ud83d", "\\udc4b", "\\uD83D", "\\uDC4B", "\\udbff", "\\udfff", "\\ud800", "\\udc00")
ANY_UNIT = (*UNITS, *ESCAPES, *HALVES)
"""What texts are written with. No part of a unit can be read."""

ANY_NUMBER = (
    *("1", "0", "-1", "25", "2.5", "1.0", "-0.0", "1e5", "1E+2", "20e-1", "0.10", "1000000"),
    *("12345678901234567890", "0.1e1", "1e10", "2E-12"),
)


AFTER_A_HALF = (
    *(("\\udc4b",), ("\\ud83d",), ("\\ud83d", "\\udc4b"), ("a",), ("\\n",), ("\\u00e9", "a"), ()),
    *(("\\ud83d", "\\ud83d", "\\ud83d", "b"), ("\\udc4b", "\\udc4b", "b")),
)


def deep(levels):
    """Lists and objects in each other."""
    value = ("a",)
    for level in range(levels):
        value = ["", value] if level % 2 else {"": "", ("a",): value}
    return value


def json_of(choices):
    """A value to be written, made of numbers: the more of them, the more there is in it."""
    left = iter(choices)

    def take(kinds):
        return kinds[next(left, 0) % len(kinds)]

    def units():
        return tuple(take(ANY_UNIT) for _ in range(take((0, 1, 2, 3, 5))))

    def value(depth):
        kind = take(("text", "list", "object", "number", "word") if depth < 5 else ("text", "word"))
        if kind == "number":
            return take(ANY_NUMBER if depth else ("true",))
        if kind == "word":
            return take(("true", "false", "null"))
        if kind == "text":
            return units()
        inside = [value(depth + 1) for _ in range(take((0, 1, 2, 3)))]
        if kind == "list":
            return [take(("", " ", "\n\t")), *inside]
        return {"": take(("", " ", "\r\n"))} | {
            (str(n), *units()): one for n, one in enumerate(inside)
        }

    return value(0)


class Writer:
    """Writes a value, and knows after each character what is certain.

    A tuple is written as a text, of these units; a text as it is; a list and a dict begin with the
    white space that is in them.

    Attributes:
        steps: the text so far and what it shows, after each character.
    """

    def __init__(self, value):
        self.text = ""
        self.steps = [("", None)]
        self._top = []
        self._late = None
        self._value(value, partial(self._top.__setitem__, slice(0, 1)), wrap=True)
        self._write("\n")

    def _write(self, characters, then=None):
        for count, character in enumerate(characters, 1):
            if self._late:
                self._late, late = None, self._late
                late()
            self.text += character
            if then and count == len(characters):
                then()
            self.steps.append((self.text, deepcopy(self._top[0]) if self._top else None))

    def _value(self, value, place, wrap=False):
        show = (lambda shown: place([shown])) if wrap else place
        if isinstance(value, tuple):
            self._text(value, show)
        elif isinstance(value, list):
            self._list(value, show)
        elif isinstance(value, dict):
            self._object(value, show)
        elif value in ("true", "false", "null"):
            self._write(value, lambda: show(json.loads(value)))
        else:
            self._write(value)
            self._late = lambda: show(json.loads(value))

    def _text(self, units, show):
        self._write('"', lambda: show(""))
        done = ""
        for unit in units:
            done += unit
            read = json.loads(f'"{done}"')
            held = unit.startswith("\\") and "\ud800" <= read[-1] <= "\udbff"
            self._write(unit, lambda: show(read[:-1] if held else read))  # noqa: B023
        self._write('"', lambda: show(json.loads(f'"{done}"')))

    def _list(self, value, show):
        blank, *inside = value
        made = []
        self._write("[", lambda: show(made))
        for count, one in enumerate(inside):
            self._write(f"{',' if count else ''}{blank}")
            self._value(one, partial(made.__setitem__, slice(count, None)), wrap=True)
        self._write(f"{blank}]")

    def _object(self, value, show):
        (_, blank), *inside = value.items()
        made = {}
        self._write("{", lambda: show(made))
        for count, (units, one) in enumerate(inside):
            key = "".join(units)
            self._write(f'{"," if count else ""}{blank}"{key}"{blank}:{blank}')
            self._value(one, partial(made.__setitem__, json.loads(f'"{key}"')))
        self._write(f"{blank}}}")


class TestParsePartial(Explained):
    """The beginning of a JSON text is shown as far as it is certain."""

    WHY: ClassVar = {
        "a whole text is read wrongly": "When nothing is missing, the value is that of json.loads.",
        "nothing is shown before the text is whole": "People want to read along. Show a text from "
        "its quotation mark on, as far as it has come.",
        "nothing is shown of a text in several brackets": "However deep it is: show the lists and "
        "objects that are open, and in them what has come.",
        "a text that is still growing is not shown as it is": "Show what has come of it, in the "
        "lists and objects that are open.",
        "brackets or quotation marks inside a text confuse it": "Between two quotation marks, "
        "brackets are letters. A quotation mark after a backslash does not end the text, unless "
        "the backslash itself is escaped.",
        "an open list or object is not shown as far as it has come": "Show it from its opening "
        "bracket on, with all entries that have come. A comma at the end only says that there will "
        "be more.",
        "a number is shown before it is over": "1 becomes 17 and then 1750: a price that changes "
        "while you watch. Only the next character proves that a number is whole.",
        "a number that is over is not shown": "A comma, a closing bracket or white space ends a "
        "number.",
        "a number does not have the type that json.loads gives it": "5 is an int and 5.0 a float: "
        "ask json.loads what a number is.",
        "something is shown before there is anything": "Return None as long as nothing is certain.",
        "a key is shown without its value": "Half of a key is a different key, and a key without a "
        "value has nothing to show. Leave it out until its value begins.",
        "half of an escape is shown, or spoils the text": HALF,
        "half of a character is lost, or holds back what comes after it": "Once something else "
        "follows, its second half can no longer come, and there is nothing left to wait for: show "
        "what json.loads gives.",
        "something that was shown is taken back": "People have read it already. Show only what no "
        "further character can change; a text, a list or an object may get more at its end.",
        "the beginning of a JSON text is refused": "It may still become JSON, whatever is open or "
        "half at its end. Raise ValueError only if no further character can help.",
        "what is certain is not shown": "Show all that no further character can change.",
        "more is shown than is certain": "Show only what no further character can change.",
        "what has come is not shown as it is": "What is certain is what json.loads would give, "
        "with nothing lost, added, or of another type.",
        "text that can never become JSON is shown as if it could": "Check for each character "
        "whether it may come there at all. If not, waiting for more does not help: raise "
        "ValueError.",
    }

    @keeps(6)
    def test_a_whole_text_is_read(self, answers, text):
        for _ in range(8):
            value = json_value(text)
            written = f"\n {json.dumps(value, ensure_ascii=False, indent=1)} "
            got = answers.parse_partial(written)
            self.must(got == value, "a whole text is read wrongly", value)
        word = text.word()
        wholes = [("true", True), (" null\n", None), ("[]", []), ("{ }", {}), ('""', "")]
        wholes += [(f'"{word}"\n', word), ("[{}, [], 7]", [{}, [], 7])]
        for written, value in wholes:
            self.must(
                answers.parse_partial(written) == value, "a whole text is read wrongly", value
            )

    @keeps(1)
    def test_a_text_grows_letter_by_letter(self, answers, text):
        city = f"{text.word()}, {text.word()}"
        for before, after, wrap in (
            ('{"city": "', '"}', lambda shown: {"city": shown}),
            ('["', '"]', lambda shown: [shown]),
            ('{"a": [{"b": "', '"}]}', lambda shown: {"a": [{"b": shown}]}),
            ('"', '"', lambda shown: shown),
        ):
            for count in range(len(city) + 1):
                got = answers.parse_partial(before + city[:count])
                must = self.against(wrap(city[:count]))
                must(
                    got is not None,
                    "nothing is shown of a text in several brackets"
                    if before.startswith('{"a": [')
                    else "nothing is shown before the text is whole",
                )
                must(
                    got == wrap(city[:count]), "a text that is still growing is not shown as it is"
                )
            got = answers.parse_partial(before + city + after)
            self.must(got == wrap(city), "the end is lost", wrap(city), why="Read it all.")

    @keeps(1)
    def test_brackets_in_a_text_are_letters(self, answers, text):
        word, other = text.word(), text.word()
        for value in ("{[", "]}", '{"a": [', f"a \\ {other} }}", 'she said "{"', '\\"]'):
            written = json.dumps({"note": value, value: word})
            cut = written[: written.index(word) + 2]
            got = answers.parse_partial(cut)
            wanted = {"note": value, value: word[:2]}
            self.must(got == wanted, "brackets or quotation marks inside a text confuse it", wanted)

    @keeps(1)
    def test_an_open_list_shows_what_is_whole(self, answers, text):
        a, b = text.word(), text.word()
        for written, wanted in (
            ("[", []),
            ("{", {}),
            (f'["{a}"', [a]),
            (f'["{a}",', [a]),
            (f'["{a}", [', [a, []]),
            (f'[[], {{}}, {{"": "{a}', [[], {}, {"": a}]),
            (f'{{"x": {{"y": ["{a}"], ', {"x": {"y": [a]}}),
            (f'[{{"{a}": true}}, {{"{b}": null, "', [{a: True}, {b: None}]),
        ):
            got = answers.parse_partial(written)
            self.must(
                got == wanted, "an open list or object is not shown as far as it has come", wanted
            )

    @keeps(2)
    def test_numbers_and_words_wait_until_they_are_whole(self, answers, text):
        digits = str(text.random.randrange(100, 1000))
        for number in (digits, f"-{digits}", f"{digits}.5", f"{digits}e2", f"{digits}E-2", "0"):
            for count in range(1, len(number) + 1):
                got = answers.parse_partial(f'{{"price": {number[:count]}')
                self.must(got == {}, "a number is shown before it is over", {})
            for end in (",", "}", " "):
                got = answers.parse_partial(f'{{"price": {number}{end}')
                wanted = {"price": json.loads(number)}
                must = self.against(wanted)
                must(got == wanted, "a number that is over is not shown")
                must(
                    type(got["price"]) is type(wanted["price"]),
                    "a number does not have the type that json.loads gives it",
                )
        got = answers.parse_partial(f"[1, {digits}")
        self.must(
            got == [1],
            "a number is shown before it is over",
            [1],
            why="The last number of an open list may grow too.",
        )
        for word, value in (("true", True), ("false", False), ("null", None)):
            for count in range(1, len(word)):
                got = answers.parse_partial(f"[{word[:count]}")
                self.must(
                    got == [],
                    f"half of {word} is shown",
                    [],
                    why="Wait until the word is whole. Nobody should act on a guess.",
                )
            got = answers.parse_partial(f"[{word}")
            self.must(
                got == [value],
                f"{word} is not shown when it is whole",
                [value],
                why=f"Nothing can make {word} longer, so it need not wait for the next character.",
            )
        for written in ("", " \n", "t", "nul"):
            got = answers.parse_partial(written)
            self.must(got is None, "something is shown before there is anything", NOT_YET)

    @keeps(3)
    def test_a_key_waits_for_its_value(self, answers, text):
        key = text.word()
        for written in (f'{{"{key[:3]}', f'{{"{key}"', f'{{"{key}" :', f'{{"{key}": tr'):
            got = answers.parse_partial(written)
            self.must(got == {}, "a key is shown without its value", {})
        got = answers.parse_partial(f'{{"a": "b", "{key}')
        self.must(got == {"a": "b"}, "a key is shown without its value", why="Leave it out.")
        escape = "\\ud83d\\udc4b"
        for count in range(1, len(escape)):
            with no_error(ValueError, "half of an escape in a key is refused", HALF, {}):
                got = answers.parse_partial(f'{{"{key}{escape[:count]}')
            self.must(got == {}, "half of a key is shown", {}, why="Leave it out.")

    @keeps(4)
    def test_half_an_escape_is_held_back(self, answers, text):
        word = text.word()
        escapes = ["\\n", "\\\\", '\\"', "\\u00fc", "\\ud83d\\udc4b"]
        for escape in [*escapes, "\\ud800\\udc00", "\\uDBFF\\uDFFF"]:
            for count in range(1, len(escape)):
                got = answers.parse_partial(f'["{word}{escape[:count]}')
                self.must(got == [word], "half of an escape is shown, or spoils the text", [word])
            got = answers.parse_partial(f'["{word}{escape}')
            wanted = [word + json.loads(f'"{escape}"')]
            self.must(got == wanted, "a whole escape is not shown", wanted, why="Show it.")

    @keeps(4)
    def test_half_a_character_waits_only_at_the_end(self, answers, text):
        letter = text.word()[0]
        others = {letter: letter, "\\n": "\n", "\\ud83d\\udc4b": "👋", '"': ""}
        for more, shown in others.items():
            got = answers.parse_partial(f'["\\ud83d{more}')
            self.must(
                got == [f"\ud83d{shown}"],
                "half of a character is lost, or holds back what comes after it",
                [f"\ud83d{shown}"],
            )

    @keeps(5)
    def test_nothing_is_taken_back(self, answers, text):
        for _ in range(4):
            value = json_value(text)
            written = json.dumps(value, ensure_ascii=text.random.random() < 0.5)[:150]
            before = None
            for count in range(len(written) + 1):
                now = answers.parse_partial(written[:count])
                self.in_words(
                    before is None or grows(before, now),
                    "something that was shown is taken back",
                    f"{before!r}, with more at its end or not",
                    f"{before!r}, and then {now!r}",
                )
                before = now

    @keeps(7)
    def test_what_can_never_become_json_is_refused(self, answers, text):
        word = text.word()
        for written in (
            word,
            f'{{"{word}": "a"}} and',
            f"{{'{word}'",
            f'{{"{word}" "',
            f'["{word}"}}',
            f'{{"{word}": ]',
            f'["{word}",]',
            f'["{word}",,',
            "[1 2",
            "[01",
            "[1.]",
            "[.5",
            "[+1",
            "[1_0",
            '["a\t"]',
            '{"a": "\r\n"}',
            '{"a": "b",}',
            "{a: 1}",
            "[True]",
            "[1] 2",
            "{} {}",
            "[1}",
            '"\\u00g0"',
            "[undefined]",
            "[] // end",
            "[trub",
            "[tru]",
            '["\\x',
            f'["{word}\n',
            "[\xa0",
            "{,",
            "{},",
            "[]]",
            "]",
        ):
            with self.raises(
                ValueError,
                "text that can never become JSON is shown as if it could",
                Words(f"ValueError for {written!r}"),
            ):
                answers.parse_partial(written)

    def test_any_character_that_follows(self, search):
        def promise(answers, start, more):
            parse_partial = answers.parse_partial
            for character in CHARACTERS:
                text = f"{start}{character}"
                if character in MAY_FOLLOW[start]:
                    with self.never(ValueError, "the beginning of a JSON text is refused"):
                        parse_partial(text)
                    continue
                problem = "text that can never become JSON is shown as if it could"
                with self.raises(ValueError, problem, Words("ValueError")):
                    parse_partial(text + more)

        always = each(start=tuple(MAY_FOLLOW), more="")
        more = st.sampled_from((' "a"', "]", "}", '"]', "\n", "1", '": 1}', "0", "u"))
        search(promise, *always, start=st.sampled_from([*MAY_FOLLOW]), more=more, runs=5)

    def test_any_beginning(self, search):
        def promise(answers, value):
            writer, parse_partial = Writer(value), answers.parse_partial
            for text, shown in writer.steps:
                with self.never(ValueError, "the beginning of a JSON text is refused", shown):
                    got = parse_partial(text)
                if same_value(got, shown):
                    continue
                must = self.against(shown, got)
                must(text != writer.text, "a whole text is read wrongly")
                must(got is not None and not grows(got, shown), "what is certain is not shown")
                must(shown is not None and not grows(shown, got), "more is shown than is certain")
                must(False, "what has come is not shown as it is")
            if isinstance(got, list | dict):
                again = parse_partial(writer.text)
                self.must(again is not got, SHARED, Words("another object each time"), why=OWN)

        always = each(
            value=(
                *(["", ("a", unit, "b")] for unit in ANY_UNIT),
                *({"": "", ("a",): (half, *more)} for half in HALVES[:1] for more in AFTER_A_HALF),
                *([" ", number] for number in ANY_NUMBER),
                *({"": "", ("a",): number} for number in ANY_NUMBER[:4]),
                ["", ["", {"": "", ("a",): HALVES[:1]}]],
                {"": "", **{(unit,): () for unit in ANY_UNIT[::2] if unit not in HALVES}},
                {"": "", (): (), (*"null",): "null", (*"true",): "true", ("0",): "0"},
                ["", "true", "true", "null", "null", "false", "1", "1", "0", ("0",), (), ()],
                ["", ("a",), ("a",), ["", ("a",)], ["", ("a",)], {"": ""}, {"": ""}, [""], [""]],
                ["", *["1"] * 12],
                deep(34),
                *(("\\\\", *half[1:]) for half in HALVES[:2]),
                *((), ("a",), "true", "null", "false", [""], {"": ""}, [" "], {"": "\n"}),
            )
        )
        choices = st.lists(st.integers(0, 119), min_size=4, max_size=30)
        search(promise, *always, value=choices.map(json_of))


ELEMENTS = (
    *('{"a": 1}', "{}", '{"a": 1.0}', '{"a": "}"}', '{"a": "]"}', '{"a": "\\"}"}', '{"a": "\\\\"}'),
    *('{"a": [[], {}, [{"b": [1]}]]}', '{\n"a" : null }', '{"k": [{"no": 1}]}', '{"a": "[{,:\'"}'),
    *('{"a": "\\ud83d\\udc4b"}', '{"a": "é👋\u2028"}', '{"": {}}', '{"a": "\\\\\\""}', '{"a":"k"}'),
    *(
        '{"a": 1e5, "b": -0.5}',
        '{"a": "[DONE]"}',
        '{"a": true, "b": [true, null]}',
        '{"a": "\\u005d"}',
    ),
    '{"a": "%s"}' % ("xy" * 90),
)
NO_ELEMENTS = (
    *(
        "oops",
        '{"a" 1}',
        '{"a": 1,}',
        "{'a': 1}",
        "{a: 1}",
        '{"a": tru}',
        '{"a": 01}',
        '{"a": "\n"}',
    ),
    *(
        '{"a": [}',
        '{"a": {]}',
        "{]}",
        "undefined",
        "None",
        "tru",
        "(1)",
        '{"a": 1]',
        '{"a"}',
        "<a>",
    ),
    *('{"a": "\\x41"}', "{1: 2}", '{"a": [1,]}', "{,}", '{"a": 1 "b": 2}', '{"a": .5}', "// {}"),
)
"""Texts that are not JSON."""

ARRAYS = (
    *("[{items}]", " \n[ {items}\t] [{no}]", "[{items}]]", "{{{key}: [{items}]}}"),
    "{{{key}\n:\t[ {items} ] , {key}: [{no}]}}",
    '{{"x": {{{key}: [{items}]}}, {key}: [{no}]}}',
    '{{"x": [{no}], {key}: [{items}], "y": [{no}]}}',
    '{{{key}: 1, "x": [{no}], "y": {{{key}: [{items}]}}}}',
    '{{{key}: null, "x": [[{no}]], "y": [1, {{{key}:[{items}]}}]}}',
    '{{{key}: {key}, "x": [{no}], "y": {{{key}: [{items}]}}}}',
    '{{{key}: "[", "x": [{no}], "y": {{{key}: [{items}]}}}}',
    '{{{key}: -1.5e3,"x":[{no}],"y":[{{{key}:[{items}]}}]}}',
    '{{{key}: {{}}, "x": [{no}], "y": {{{key}: [{items}]}}}}',
    '{{{key}: {{"x": [{no}], {key}: [{items}]}}}}',
    '{{"x": {key}, "y": [{no}], "z": {{{key}: [{items}]}}}}',
    '{{"x": [{key}], "y": [{no}], "z": {{{key}: [{items}]}}}}',
    '{{"x": [{key}, [{no}], {{{key}: [{items}]}}]}}',
    '{{"x": [{{{key}: true}}, {{{key}: [{items}]}}]}}',
    '{{"x": {text}, {key}: [{items}]}}',
    '{{"x": "\\\\", {key}: [{items}], {key}: [{no}]}}',
    "{{{longer}: [{no}], {key}: [{items}]}}",
    "[{no}, [{no}], {{{key}: [{items}]}}]",
)
"""JSON texts with an array in them; without a key, if there is none."""

NO_ARRAYS = (
    *(
        (text, None)
        for text in ("", " ", '{"a": [{"b": 1}]}', '"[{}]"', "null", "1", "{}", "[", "x")
    ),
    *(
        (text, "k")
        for text in ("", '{"K": [{}]}', '{"k": 1}', '{"k": {}}', '{"k": "[{}]"}', "[{}]")
    ),
    *(
        (text, "k")
        for text in ('["k", [{}]]', '{"x": "k", "y": [{}]}', '{"k": null}', '{"kk": [{}]}')
    ),
    *(
        (text, "k")
        for text in ('{"x": "\\"k\\": [{}]"}', '[{"x": [{}]}]', '{"k": {"x": [{}]}}', '"k"')
    ),
    *((text, "k") for text in ('{" k": [{}]}', '{"k ": [{}]}', '{"\\\\k": [{}]}')),
    *((text, "") for text in ('{"k": [{}]}', '["", [{}]]', "[{}]")),
)
KEYS = ("k", "", "größe", 'a "b"', "\\", "[", "]", "{", ":", "null", "👋", " k", "a\nb", "a/b", "'")
AS_IT_IS, ESCAPED, ALL_ESCAPED = range(3)


def around(array, key, escaped):
    """What comes before the items of an array, and after them."""
    written = json.dumps(key, ensure_ascii=escaped == ESCAPED)
    if escaped == ALL_ESCAPED:
        written = re.sub("(....)", r"\\u\1", key.encode("utf-16-be").hex()).join('""')
    names = {
        "key": written,
        "longer": f'{written[:-1]}k"',
        "text": json.dumps(f"{written}: [{{"),
        "no": '{"no": 1}',
    }
    return [half.format(**names) for half in array.split("{items}")]


def cut(text, sizes):
    """Cut a text into tokens of these sizes, again and again."""
    tokens, begin = [], 0
    lengths = cycle(sizes if any(sizes) else (*sizes, 1))
    while begin < len(text):
        length = next(lengths)
        tokens.append(text[begin : begin + length])
        begin += length
    return tokens


class TestStreamJsonItems(Explained):
    """Each element of a JSON array comes as soon as it is whole."""

    WHY: ClassVar = {
        "the elements are not those of the array": "An element begins with its opening bracket and "
        "ends with the one that closes it, no matter where the text is cut. Parse what lies "
        "between with json.loads.",
        "an empty array is not empty": "It has no elements, and that is not an error.",
        "an element comes later than it could": "It is whole when its closing bracket is there. "
        "Hand it out then: neither the comma after it nor the end of the array is needed.",
        "an element is wrong": "Yield each element once, whole and in order.",
        "brackets or quotation marks inside a text confuse it": "Between two quotation marks, "
        "brackets are letters. A quotation mark after a backslash does not end the text, unless "
        "the backslash itself is escaped.",
        "the empty key is taken for no key": '"" is a key like any other. Check whether the key is '
        "None.",
        "a key that is written with escapes is not found": "The letters in the text need not be "
        "those of the key: ö may be written as \\u00f6. Let json.loads parse the whole string, and "
        "then compare.",
        "the elements before the cut are not handed out, or half of one is": "Hand out each "
        "element when it is whole, and never before.",
        "elements before one that is not JSON are lost": "One token may bring several elements. "
        "Hand out each of them before you read the next one.",
        "it keeps reading after the end of the array": "With the closing bracket of the array, "
        "everything is there. Do not pull any more.",
        "an answer that was cut off passes for a whole one": "When the tokens end and the array "
        "has not been closed, there should be more. Hand out what is whole, and then raise "
        "ValueError.",
        "an array that is there is not found": "With a key, it is the first array that is the "
        "value of this key, at any depth, even if it is empty.",
        "a text without the array passes for an empty one": "A missing array is not an empty "
        "array: raise ValueError.",
        "an element that is not JSON is handed out or skipped": "Neither repair nor skip it. For "
        "what is in brackets, json.loads raises ValueError: let it pass through. For a bare word, "
        "raise it yourself.",
    }

    @keeps(1)
    def test_all_elements_come(self, answers, text):
        items = [{"title": text.sentence(), "tags": [text.word()], "at": {}} for _ in range(3)]
        written = json.dumps(items, ensure_ascii=False, indent=1)
        for tokens in every_way(written, text.random):
            got = list(answers.stream_json_items(tokens))
            self.must(got == items, "the elements are not those of the array", items)
        self.must(
            list(answers.stream_json_items(["[ ", "", "]"])) == [],
            "an empty array is not empty",
            [],
        )

    @keeps(2)
    def test_an_element_comes_when_it_is_whole(self, answers, text):
        items = [{"title": text.word()} for _ in range(3)]
        one, two, three = map(json.dumps, items)
        source = Source(["[", one[:5], one[5:], f", {two}, {three[:6]}", three[6:], "]", "\n"])
        stream = answers.stream_json_items(source)
        for item, most in zip(items, (3, 4, 5), strict=True):
            got = next(stream)
            self.in_words(
                source.pulled == most,
                "an element comes later than it could",
                f"the element after {most} tokens",
                f"after {source.pulled}",
            )
            self.must(got == item, "an element is wrong", item)

    @keeps(3)
    def test_brackets_in_a_text_are_letters(self, answers, text):
        notes = ["}", "{[", 'a "quoted" }', "\\", '\\"}', f"] {text.word()} ,", "{'a': 1}"]
        items = [{"note": note, "n": n} for n, note in enumerate(notes)]
        for tokens in every_way(json.dumps(items), text.random):
            try:
                got = list(answers.stream_json_items(tokens))
            except ValueError as error:
                got = Words(type(error).__name__)
            self.equal(got, items, "brackets or quotation marks inside a text confuse it")

    @keeps(4)
    def test_the_array_may_stand_under_a_key(self, answers, text):
        key = text.word()
        items = [{"title": text.word(), key: [{"no": 1}]}, {"title": text.word()}]
        other = [{"no": 2}]
        layouts = cycle([{"indent": 1}, {"separators": (",", ":")}, {"separators": (" ,", "\n: ")}])
        for document in (
            {key: items},
            {"count": 2, "others": other, key: items, "more": other},
            {"data": {"page": [1, [2]], key: items}, "more": {key: other}},
            {"note": f'"{key}": [{{', "kind": key, "list": [key, other], key: items},
            {f'"{key}': other, "first": {key: {"a": [other]}}, "last": {key: items}},
            [[{key: None}, other], [{key: "a"}, other], [{key: 1}, other], {key: items}],
        ):
            layout = next(layouts)
            for tokens in every_way(json.dumps(document, **layout), text.random):
                try:
                    got = list(answers.stream_json_items(tokens, key))
                except ValueError as error:
                    got = Words(type(error).__name__)
                self.equal(
                    got,
                    items,
                    f"the array under the key {key!r} is not found",
                    why="The key may stand at any depth. It is the right one if it is a text "
                    "followed by a colon and an opening bracket: the same letters inside another "
                    "text, or with another value, are not meant.",
                )

    @keeps(4)
    def test_a_key_is_what_json_reads(self, answers, text):
        items, other = [{"title": text.word()}], [{"no": 1}]
        keys = (f"größe {text.word()}", f'a "{text.word()}" \\', "")
        for key, escaped in product(keys, (True, False)):
            document = json.dumps({"list": other, key: items}, ensure_ascii=escaped)
            try:
                got = list(answers.stream_json_items([document], key))
            except ValueError as error:
                got = Words(type(error).__name__)
            must = self.against(items, got)
            must(got != other, "the empty key is taken for no key")
            must(got == items, "a key that is written with escapes is not found")

    @keeps(7)
    def test_half_an_array_is_an_error(self, answers, text):
        items = [{"title": text.word()}, {"title": text.word()}]
        whole = json.dumps(items)
        second = whole.index(",") + 1
        for cut in (len(whole) - 1, len(whole) - 4, second):
            got = []
            with self.raises(
                ValueError,
                "an answer that was cut off passes for a whole one",
                Words("ValueError after the elements that are whole"),
            ):
                for item in answers.stream_json_items(in_pieces(whole[:cut], text.random)):
                    got.append(item)
            wanted = items if cut == len(whole) - 1 else items[:1]
            self.must(
                got == wanted,
                "the elements before the cut are not handed out, or half of one is",
                wanted,
            )
        key = text.word()
        for tokens, of in (
            ([json.dumps({"list": items, key: None})], key),
            ([f"Sorry: there is no {key}."], key),
            ([f"Sorry: there is no {key}."], None),
            ([], None),
        ):
            with self.raises(ValueError, "a text without the array passes for an empty one"):
                list(answers.stream_json_items(tokens, of))

    @keeps(7)
    def test_what_is_no_json_is_refused(self, answers, text):
        word = text.word()
        for bad in (f"{{'a': '{word}'}}", f'{{"a": "{word}",}}', f'{{"a" "{word}"}}', word):
            got = []
            with self.raises(
                ValueError,
                "an element that is not JSON is handed out or skipped",
                Words(f"ValueError for {bad}"),
            ):
                for item in answers.stream_json_items([f'[{{"a": 1}}, {bad}]']):
                    got.append(item)
            self.must(
                got == [{"a": 1}], "elements before one that is not JSON are lost", [{"a": 1}]
            )

    @keeps(5)
    def test_it_stops_at_the_end_of_the_array(self, answers, text):
        source = Source(['{"items": [{"a":', " 1}", "]", ', "rest": [', text.word()])
        got = list(answers.stream_json_items(source, "items"))
        self.must(got == [{"a": 1}], "the elements are wrong", [{"a": 1}], why="There is one.")
        self.in_words(
            source.pulled == 3,
            "it keeps reading after the end of the array",
            "3 tokens pulled",
            f"{source.pulled} tokens pulled",
        )
        check_closed(source, "at the end of the array")

    @keeps(6)
    def test_it_is_a_good_stream(self, answers, text):
        source = Source(["[", '{"a": 1}', ', {"a": 2}', "]"])
        stream = answers.stream_json_items(source)
        self.must(source.asked == 0, "it reads before anybody asks", why=LAZY)
        next(stream)
        self.must(source.pulled == 2, "it reads ahead of its caller", why=ONE_BY_ONE)
        stream.close()
        check_closed(source)
        error = ConnectionError(text.word())
        source = Source(["[", '{"a": 1}', error])
        got = []
        with passes_on(error, "its source"):
            for item in answers.stream_json_items(source):
                got.append(item)
        self.must(got == [{"a": 1}], "elements before an error are lost", why=SAME_ERROR)
        source = Source(["[", '{"a" 1}', "]"])
        with suppress(ValueError):
            list(answers.stream_json_items(source))
        check_closed(source, "after an element that is not JSON")

    def test_two_streams_are_apart(self, answers, text):
        for key in ([], ["k"]):
            one, other = (
                ['{"k": [' if key else "[", f'{{"a": "{text.word()}', '"}', ', {"b": 2}', "]"]
                for _ in range(2)
            )
            check_apart(partial(self.read, answers, key), one, other)

    @keeps(7)
    def test_there_may_be_no_array(self, answers, text):
        for written, key in NO_ARRAYS:
            source = Source(cut(written, [3]))
            problem = "a text without the array passes for an empty one"
            with self.raises(ValueError, problem, Words("ValueError")):
                list(self.read(answers, [] if key is None else [key], source))
            check_closed(source, "when there is no array", NOT_BY_ITSELF)

    def read(self, answers, key, tokens):
        return answers.stream_json_items(tokens, *key)

    def test_any_array(self, search):
        plain = {"between": ",", "wrong": None, "cut_at": None}
        whole = {**plain, "sizes": [99], "ending": Ending()}
        letters = {**whole, "sizes": [1]}
        each_array = [(array, "k", AS_IT_IS) for array in ARRAYS]
        written = product(ARRAYS[3:4], KEYS, (ESCAPED, ALL_ESCAPED))
        two, bare, under = [*ELEMENTS[:2]], {"where": [*each_array[0]]}, {"where": [*each_array[3]]}
        always = (
            *each(**whole, **bare, elements=tuple([one, one] for one in ELEMENTS)),
            *each(**letters, **under, elements=tuple([one] for one in ELEMENTS)),
            *each(**{**whole, "sizes": [2, 0]}, where=tuple(each_array), elements=two),
            *each(**letters, where=tuple(each_array[:6]), elements=[]),
            *each(**whole, where=tuple(written), elements=two),
            *each(**{**whole, "wrong": NO_ELEMENTS}, **bare, elements=two),
            *each(**{**plain, "sizes": [3], "ending": EACH_ENDING}, **under, elements=two),
            *each(**{**letters, "cut_at": 8, "ending": EACH_ENDING}, **bare, elements=two),
            *each(**{**letters, "cut_at": tuple(range(20))}, **under, elements=[ELEMENTS[3]]),
            *each(**whole, **under, elements=([*ELEMENTS], ['{"a": 1}'] * 60)),
        )
        search(
            self.check_array,
            *always,
            where=st.sampled_from([*product(ARRAYS, KEYS, (AS_IT_IS, ESCAPED, ALL_ESCAPED))]),
            elements=repeated(st.sampled_from(ELEMENTS), 4),
            between=st.sampled_from((",", ", ", " \n,\t", ",\r\n ")),
            wrong=st.sampled_from((*[None] * 30, *NO_ELEMENTS)),
            sizes=st.sampled_from([*map(list, product((3, 0, 1, 2, 5, 20), (1, 4, 9, 30, 0)))]),
            cut_at=st.sampled_from((*[None] * 30, *range(60))),
            ending=any_ending(),
        )

    def check_array(self, answers, where, elements, between, wrong, sizes, cut_at, ending):
        """Read an array to an ending, and check all that the docstring promises."""
        array, key, _ = where
        before, after = around(*where)
        text, ends = before, []
        for element in [*elements, *([wrong] if wrong else [])]:
            text += f"{between if ends else ''}{element}"
            ends.append(len(text))
        tokens = cut(text + after, sizes)
        arrived = [*accumulate(map(len, tokens))]
        needed = [
            next(count for count, length in enumerate(arrived, 1) if length >= end)
            for end in (*ends, len(text) + after.index("]") + 1)
        ]
        if wrong:
            ending, cut_at = Ending(stop_after=ending.stop_after), None
        if cut_at is not None:
            tokens = tokens[: cut_at % needed[-1]]
        wanted = [
            json.loads(element)
            for element, count in zip(elements, needed, strict=False)
            if count <= len(tokens)
        ]
        source = Source([*tokens, *([ending.error] if ending.error else [])])
        stream = answers.stream_json_items(source, *([key] if "{key}" in array else []))
        check_lazy(source)
        got = []
        stops = ending.stop_after is not None and ending.stop_after <= len(wanted)
        with self.ends(stops, wrong, cut_at, ending):
            for item in stream:
                got.append(item)
                if same_value(got, wanted[: len(got)]):
                    self.in_words(
                        source.asked <= needed[len(got) - 1],
                        "an element comes later than it could",
                        f"element {len(got)} after {needed[len(got) - 1]} tokens",
                        f"after {source.asked}",
                    )
                if len(got) == ending.stop_after:
                    stream.close()
                    break
        wanted = wanted[: ending.stop_after if stops else None]
        check_same(got, wanted, wanted)
        if not (stops or wrong or cut_at is not None):
            self.in_words(
                source.asked <= needed[-1],
                "it keeps reading after the end of the array",
                f"{needed[-1]} tokens pulled",
                f"{source.asked} tokens pulled",
            )
            with unchanged(tokens=tokens):
                again = [*answers.stream_json_items(tokens, *([key] if "{key}" in array else []))]
            check_same(again, wanted, wanted)
        if stops:
            when = "when the caller stops"
        elif wrong:
            when = "after an element that is not JSON"
        elif cut_at is None:
            when = "at the end of the array"
        else:
            when = (
                f"after {'an error of the source' if ending.error else 'an array that is cut off'}"
            )
        check_closed(source, when, NOT_BY_ITSELF)

    def ends(self, stops, wrong, cut_at, ending):
        """Pass if the block ends as the docstring says."""
        if stops or not (wrong or cut_at is not None):
            return self.never(ValueError, "an array that is there is not found")
        if wrong:
            problem = "an element that is not JSON is handed out or skipped"
            return self.raises(ValueError, problem, Words(f"ValueError for {wrong}"))
        if ending.error:
            return passes_on(ending.error, "its source")
        return self.raises(
            ValueError,
            "an answer that was cut off passes for a whole one",
            Words("ValueError after the elements that are whole"),
        )


def start(call_id, name):
    return {"type": "tool_start", "id": call_id, "name": name}


def piece(call_id, text):
    return {"type": "tool_arguments", "id": call_id, "piece": text}


def end(call_id):
    return {"type": "tool_end", "id": call_id}


def failed(call_id, error):
    return {"type": "tool_error", "id": call_id, "error": error}


def reader(*pairs):
    """A parser that knows what to show for some texts, and nothing of others."""
    shown = dict(pairs)

    def parse(text):
        if text.startswith("!"):
            raise ValueError(f"{text!r} is not JSON")
        return shown.get(text)

    return parse


SHOWN = {
    "0": None,
    "{": {},
    "a": {"q": "re"},
    "b": {"q": "re", "n": 5},
    "B": {"n": 5, "q": "re"},
    "c": {"q": "refund"},
    "1": {"n": 1},
    "i": {"n": 1.0},
    "t": {"n": True},
    "z": {"n": 0},
    "n": {"n": None},
    "e": {"": ""},
    "[": [1],
    "(": [],
    "s": "text",
    "5": 5,
    "v": {"v w": [None, True, 0.5, "", "it's", 'say "hi"', "\n", "漢", {"a": {}}], "{x}": "%s"},
}
"""What the parser below reads in a text that ends with one of these."""


def by_its_end(text):
    """A parser that looks at the end of a text; after an "A" it gives all of it."""
    if text.endswith("!"):
        raise ValueError("this is nonsense")
    return {"all": text} if text.endswith("A") else deepcopy(SHOWN.get(text[-1:]))


CALLS = {"call_1": "search", "call_2": "search", "": "", "{0}": "%s {name}", "0": "None"}


def told_of(moves):
    """Events of calls, each of which starts at its first move, and is over at "end" or "fail"."""
    events, over = [], set()
    for call_id, move in moves:
        if call_id in over:
            continue
        if start(call_id, CALLS[call_id]) not in events:
            events.append(start(call_id, CALLS[call_id]))
        if move == "end":
            events.append(end(call_id))
        elif move.startswith("fail"):
            events.append(failed(call_id, move.partition(" ")[2]))
        elif move != "start":
            events.append(piece(call_id, move.removesuffix("~")))
        if move == "end" or move.startswith("fail"):
            over.add(call_id)
    return events


def lines_of(events):
    """The line of each event that has one, with the number of events that it takes."""
    texts, last = {}, {}
    for count, event in enumerate(events, 1):
        call_id = event["id"]
        label = f"{CALLS[call_id]} ({call_id}): "
        match event["type"]:
            case "tool_start":
                texts[call_id] = ""
                yield f"{label}started", count
            case "tool_end":
                yield f"{label}done", count
            case "tool_error":
                yield f"{label}failed ({event['error']})", count
            case _:
                texts[call_id] = texts.get(call_id, "") + event["piece"]
                args = None if texts[call_id].endswith("!") else by_its_end(texts[call_id])
                if isinstance(args, dict) and args and args != last.get(call_id):
                    last[call_id] = args
                    shown = ", ".join(f"{name}={value!r}" for name, value in args.items())
                    yield f"{label}{shown}", count


class TestToolProgress(Explained):
    """A person sees what each call of a tool is doing, line by line."""

    WHY: ClassVar = {
        "it shows JSON to people": "Let `parse` read the pieces, and show each argument as "
        "key=value.",
        "the arguments do not grow": "`parse` reads the beginning of a JSON text, and a piece from "
        "the middle is not one. Give it all pieces of the call so far, joined.",
        "the lines do not have the agreed form": "A line has the name of the tool and the id of "
        "the call, and then one of four endings: the docstring shows them.",
        "it does not use the parser it is given": "`parse` decides what the arguments "
        "mean: show what it returns, and nothing else.",
        "two calls of one tool are mixed up": "They have one name and two ids. Keep what you know "
        "of a call by its id.",
        "the arguments of one call hide the same ones of another": "What was shown last has to be "
        "kept for each call, by its id.",
        "the same line comes again": "A piece may change nothing that can be seen: a bracket, a "
        "comma, half of a key. Compare with what you have shown last, no matter what came in "
        "between.",
        "there is a line without anything to see": "While `parse` gives None, or a dict without "
        "entries, there is nothing to show.",
        "a dict without entries is shown, or taken for what was shown last": "It never makes a "
        "line. And what makes no line was not shown.",
        "an event of a call that runs is refused": "A call runs from its start to its end, "
        "whatever its name and its id are, and whatever happens to others.",
        "dicts are compared by their lines": "Compare what `parse` gives with what it gave, by ==: "
        "the order of the entries does not matter.",
        "only a dict that is new, or larger, makes a line": "Only the one that was shown last for "
        "this call counts, and only whether it is equal.",
        "an error is hidden": "A call that failed has also ended, and people should see which one. "
        "The name of the error is in the event.",
        "arguments that cannot be read end the display, or are shown": "A model may write "
        "nonsense, or JSON that is not an object. Give no line for it, and go on: the other calls "
        "are not affected.",
        "the lines before it are lost": ONE_BY_ONE,
        "a line comes later than its event": ONE_BY_ONE,
        "a call ends twice": "After an error a call is over, just as after an end. Forget it, and "
        "refuse anything more that comes for it.",
        "a call ends, or has arguments, that never started": "Nobody can tell what it is: its name "
        "came with the start. Raise ValueError.",
        "a call goes on after its end": "After its end a call is over. Forget it, and refuse "
        "anything more that comes for it.",
    }

    @keeps(1, 2)
    def test_a_call_is_told_from_its_start_to_its_end(self, answers, text):
        name, word = text.word(), text.word()
        written = [f'{{"query": "{word[:3]}', f'{word[3:]}", "limit": 5', "}"]
        snapshots = [{"query": word[:3]}, {"query": word}, {"query": word, "limit": 5}]
        parse = reader(*zip(accumulate(written), snapshots, strict=True))
        events = [start("call_1", name), *[piece("call_1", part) for part in written]]
        got = list(answers.tool_progress([*events, end("call_1")], parse))
        wanted = [
            f"{name} (call_1): started",
            f"{name} (call_1): query={word[:3]!r}",
            f"{name} (call_1): query={word!r}",
            f"{name} (call_1): query={word!r}, limit=5",
            f"{name} (call_1): done",
        ]
        must = self.against(wanted)
        must('{"' not in joined(got), "it shows JSON to people")
        must(
            got not in ([wanted[0], wanted[4]], [*wanted[:2], wanted[4]]),
            "the arguments do not grow",
        )
        must(got == wanted, "the lines do not have the agreed form")

    @keeps(2)
    def test_the_given_parser_reads(self, answers, text):
        word = text.word()
        events = [start("call_1", "search"), piece("call_1", "{"), piece("call_1", '"')]
        got = list(answers.tool_progress(events, reader(('{"', {word: [1, None]}))))
        wanted = ["search (call_1): started", f"search (call_1): {word}=[1, None]"]
        self.must(got == wanted, "it does not use the parser it is given", wanted)

    @keeps(4)
    def test_two_calls_of_one_tool_are_two(self, answers, text):
        name, a, b = text.word(), text.word(), text.word()
        parse = reader(
            (f'{{"q": "{a[:2]}', {"q": a[:2]}),
            (f'{{"q": "{a}', {"q": a}),
            (f'{{"q": "{b[:2]}', {"q": b[:2]}),
            (f'{{"q": "{b}', {"q": b}),
        )
        events = [
            start("call_a", name),
            start("call_b", name),
            piece("call_a", f'{{"q": "{a[:2]}'),
            piece("call_b", f'{{"q": "{b[:2]}'),
            piece("call_b", b[2:]),
            piece("call_a", a[2:]),
            end("call_b"),
            end("call_a"),
        ]
        got = list(answers.tool_progress(events, parse))
        wanted = [
            f"{name} (call_a): started",
            f"{name} (call_b): started",
            f"{name} (call_a): q={a[:2]!r}",
            f"{name} (call_b): q={b[:2]!r}",
            f"{name} (call_b): q={b!r}",
            f"{name} (call_a): q={a!r}",
            f"{name} (call_b): done",
            f"{name} (call_a): done",
        ]
        self.must(got == wanted, "two calls of one tool are mixed up", wanted)
        events = [start("call_a", name), start("call_b", name)]
        events += [piece("call_a", "{"), piece("call_b", "{")]
        got = list(answers.tool_progress(events, reader(("{", {"q": a}))))
        shown = ["call_a): started", "call_b): started", f"call_a): q={a!r}", f"call_b): q={a!r}"]
        wanted = [f"{name} ({what}" for what in shown]
        self.must(got == wanted, "the arguments of one call hide the same ones of another", wanted)

    @keeps(3)
    def test_a_line_only_if_there_is_more_to_see(self, answers, text):
        word = text.word()
        snapshots = [None, {}, {}, {"q": word}, {"q": word}, None, {"q": word}]
        written = ["", "{", '"q', f'": "{word}', '"', ",", "}"]
        parse = reader(*zip(accumulate(written), snapshots, strict=True))
        events = [start("call_1", "search"), *[piece("call_1", part) for part in written]]
        got = list(answers.tool_progress(events, parse))
        wanted = ["search (call_1): started", f"search (call_1): q={word!r}"]
        must = self.against(wanted)
        must(len(set(got)) == len(got), "the same line comes again")
        must(got == wanted, "there is a line without anything to see")
        parse = reader(("{", {"q": word}), ("{}", {}), ("{} ", {"q": word}))
        got = list(
            answers.tool_progress([events[0], *[piece("call_1", part) for part in "{} "]], parse)
        )
        self.must(
            got == wanted,
            "a dict without entries is shown, or taken for what was shown last",
            wanted,
        )
        parse = reader(("{", {"q": word, "n": 1}), ("{}", {"n": 1, "q": word}))
        got = list(
            answers.tool_progress([*events[:1], *[piece("call_1", part) for part in "{}"]], parse)
        )
        wanted = ["search (call_1): started", f"search (call_1): q={word!r}, n=1"]
        self.must(got == wanted, "dicts are compared by their lines", wanted)

    @keeps(3)
    def test_a_line_that_was_shown_earlier_may_come_again(self, answers, text):
        a, b = text.word(), text.word()
        parse = reader(("{", {"q": a, "n": 1}), ("{}", {"q": b}), ("{}{", {"q": a, "n": 1}))
        events = [start("call_1", "search"), *[piece("call_1", part) for part in "{}{"]]
        got = list(answers.tool_progress(events, parse))
        shown = ["started", f"q={a!r}, n=1", f"q={b!r}", f"q={a!r}, n=1"]
        wanted = [f"search (call_1): {what}" for what in shown]
        self.must(got == wanted, "only a dict that is new, or larger, makes a line", wanted)

    @keeps(1)
    def test_an_error_is_an_end_that_is_seen(self, answers, text):
        name = text.word()
        events = [start("call_1", name), failed("call_1", "ConnectionError"), end("call_1")]
        got = []
        with self.raises(ValueError, "a call ends twice", Words("ValueError at the second end")):
            for line in answers.tool_progress(events, reader()):
                got.append(line)
        wanted = [f"{name} (call_1): started", f"{name} (call_1): failed (ConnectionError)"]
        self.must(got == wanted, "an error is hidden", wanted)

    @keeps(3)
    def test_nonsense_is_not_shown_and_ends_nothing(self, answers, text):
        word = text.word()
        parse = reader(('{"q": "', {"q": ""}), ("[", ["a"]), (word, {"q": word}))
        events = [start("call_1", "search"), start("call_2", "search"), start("call_3", "search")]
        events += [piece("call_1", f"!{word}"), piece("call_1", word), piece("call_2", "[")]
        events += [piece("call_3", '{"q": "'), end("call_2"), failed("call_1", "ValueError")]
        try:
            got = list(answers.tool_progress(events, parse))
        except ValueError as error:
            got = Words(type(error).__name__)
        wanted = [
            "search (call_1): started",
            "search (call_2): started",
            "search (call_3): started",
            "search (call_3): q=''",
            "search (call_2): done",
            "search (call_1): failed (ValueError)",
        ]
        self.equal(got, wanted, "arguments that cannot be read end the display, or are shown")

    @keeps(5)
    def test_a_call_that_never_started_is_refused(self, answers, text):
        for event in (end("call_2"), failed("call_2", "OSError"), piece("call_2", "{")):
            got, source = [], Source([start("call_1", "search"), event, end("call_1")])
            with self.raises(
                ValueError,
                "a call ends, or has arguments, that never started",
                Words(f"ValueError at {event['type']}"),
            ):
                for line in answers.tool_progress(source, reader()):
                    got.append(line)
            wanted = ["search (call_1): started"]
            self.must(got == wanted, "the lines before it are lost", wanted)
            check_closed(source, "after an event that it refuses")

    @keeps(5)
    def test_a_call_that_is_over_is_refused(self, answers, text):
        name = text.word()
        for event in (piece("call_1", "{"), failed("call_1", "OSError"), end("call_1")):
            got = []
            with self.raises(
                ValueError, "a call goes on after its end", Words(f"ValueError at {event['type']}")
            ):
                for line in answers.tool_progress(
                    [start("call_1", name), end("call_1"), event], reader()
                ):
                    got.append(line)
            wanted = [f"{name} (call_1): started", f"{name} (call_1): done"]
            self.must(got == wanted, "the lines before it are lost", wanted)

    @keeps(6)
    def test_it_is_a_good_stream(self, answers, text):
        source = Source([start("call_1", "search"), end("call_1"), start("call_2", "search")])
        stream = answers.tool_progress(source, reader())
        self.must(source.asked == 0, "it reads before anybody asks", why=LAZY)
        next(stream)
        self.in_words(
            source.pulled == 1,
            "a line comes later than its event",
            "1 event pulled for the first line",
            f"{source.pulled} pulled",
        )
        stream.close()
        check_closed(source)
        error = ConnectionError(text.word())
        stream = answers.tool_progress(Source([start("call_1", "search"), error]), reader())
        with passes_on(error, "its source"):
            list(stream)

    def test_another_error_of_the_parser_passes_through(self, answers, text):
        for kind in (KeyError, TypeError, AttributeError, Stranger, *INTERRUPTS):
            error = kind(text.word())

            def parse(_):
                raise error  # noqa: B023

            source = Source([start("call_1", "search"), piece("call_1", "{"), end("call_1")])
            with passes_on(error, "`parse`"):
                list(answers.tool_progress(source, parse))
            check_closed(source, "after an error of `parse`", NOT_BY_ITSELF)

    def test_two_streams_are_apart(self, answers, text):
        one = told_of([("call_1", "a"), ("call_2", "a"), ("call_1", "A"), ("call_1", "end")])
        other = told_of([("call_1", "a"), ("call_1", "c"), ("call_1", "fail E")])
        with self.never(ValueError, ANOTHER_CALL[0], why=ANOTHER_CALL[1]):
            check_apart(lambda source: answers.tool_progress(source, by_its_end), one, other)

    def test_any_events(self, search):
        def promise(answers, moves, ending, wrong):
            events = told_of(moves)
            if wrong is None:
                with (
                    self.never(ValueError, "an event of a call that runs is refused"),
                    unchanged(events=events),
                ):
                    got = list(answers.tool_progress(events, by_its_end))
                check_same(got, [line for line, _ in lines_of(events)], events)
                KEEPS.check(
                    lambda source: answers.tool_progress(source, by_its_end),
                    events,
                    ending,
                    lines_of,
                )
                return
            kind, call_id = wrong
            over = {event["id"] for event in events if event["type"] in ("tool_end", "tool_error")}
            if call_id not in over and start(call_id, CALLS.get(call_id)) in events:
                return
            got, source = [], Source([*events, {**kind, "id": call_id}, start("call_9", "later")])
            with self.raises(
                ValueError,
                "a call goes on after its end"
                if call_id in over
                else "a call ends, or has arguments, that never started",
                Words(f"ValueError at {kind['type']}"),
            ):
                for line in answers.tool_progress(source, by_its_end):
                    got.append(line)
            check_same(got, [line for line, _ in lines_of(events)], events)
            check_closed(source, "after an event that it refuses", NOT_BY_ITSELF)

        plain = {"ending": Ending(), "wrong": None}
        refused = (piece("", "a"), piece("", "{"), piece("", ""), end(""), failed("", "OSError"))
        both = [("call_1", "a"), ("call_2", "a"), ("call_1", "b"), ("call_2", "end")]
        always = (
            *each(
                **plain,
                moves=tuple(
                    [("call_1", one), *(("call_1", other) for other in "aa!aca"), ("call_1", one)]
                    for one in SHOWN
                ),
            ),
            *each(
                **plain,
                moves=tuple(
                    [("call_1", one) for one in some]
                    for some in (
                        "1it1",
                        "bBb",
                        "a{a",
                        "a!a",
                        "a[a",
                        "A",
                        "aAAA",
                        "!A",
                        "0{[A",
                        "zn1z",
                    )
                ),
            ),
            *each(
                **plain,
                moves=(
                    [*both, ("call_1", "A"), ("call_1", "fail TimeoutError")],
                    [(call_id, "A") for call_id in CALLS] * 2
                    + [(call_id, "end") for call_id in CALLS],
                    [(call_id, "fail") for call_id in CALLS],
                    [("call_1", "fail {0} %s (x)"), ("call_2", "start"), ("call_2", "fail None")],
                    [("call_1", "a"), ("call_1", "~"), ("call_1", "A"), ("call_1", "~")],
                    [("call_1", " "), ("call_1", " A"), ("call_1", "\nA"), ("call_1", " ")],
                    [("call_1", "ac"[n % 2]) for n in range(30)],
                    [("call_1", "long " * 50 + "A")],
                    [],
                ),
            ),
            *each(moves=both, wrong=None, ending=EACH_ENDING),
            *each(
                moves=[("call_1", "a"), ("call_1", "fail E"), ("call_2", "end"), ("0", "a")],
                ending=Ending(),
                wrong=tuple(product(refused, ("call_1", "call_2", "call_3", "", "0 "))),
            ),
        )
        moves = (
            *(
                "a",
                "b",
                "c",
                "A",
                "end",
                "fail OSError",
                "!",
                "{",
                "0",
                "[",
                "~",
                "start",
                "1",
                "i",
            ),
        )
        search(
            promise,
            *always,
            moves=repeated(st.sampled_from([*product(CALLS, moves)]), 8),
            ending=any_ending(),
            wrong=st.sampled_from([*[None] * 60, *product(refused, (*CALLS, "x"))]),
        )


class Workshop:
    """Tools that take their time, and a record of what they did."""

    def __init__(self, cleaning=0):
        self.cleaning = cleaning
        self.running = 0
        self.most = 0
        self.finished = []
        self.stopped = 0

    def tool(self, name, error=None):
        """A tool that works for some seconds, and then gives its word, or raises an error."""

        async def work(seconds: float, word: str) -> str:
            self.running += 1
            self.most = max(self.most, self.running)
            try:
                await asyncio.sleep(seconds)
                if error is not None:
                    raise error
                self.finished.append(word)
                return word
            except asyncio.CancelledError:
                self.stopped += 1
                await asyncio.sleep(self.cleaning)
                raise
            finally:
                self.running -= 1

        return StructuredTool.from_function(
            coroutine=work, name=name, description="Works for some seconds."
        )

    def tools(self, **errors):
        """A registry: `work`, and a tool for each of the errors."""
        made = {name: self.tool(name, error) for name, error in errors.items()}
        return {"work": self.tool("work"), **made}


def call(call_id, seconds, word="", name="work"):
    """A valid call."""
    args = {"seconds": seconds, "word": word}
    return {"type": "tool_call", "id": call_id, "name": name, "args": args}


def told(messages):
    """What the messages say, without words that are free."""
    return [
        (message.tool_call_id, message.text if message.status == "success" else "error")
        for message in messages
    ]


FAILS = {
    "fails": ConnectionError("no network"),
    "says nothing": ValueError(),
    "is late": TimeoutError(),
    "lacks a key": KeyError("work"),
    "fails twice": ExceptionGroup("two", [OSError(), ValueError()]),
    "is strange": Stranger(),
}
WORKS = {"works": "done", "says none": "None", "is silent": "", "says error": "error"}
NEVER_RUNS = ("is missing", "has no arguments", "")


AN_HOUR = 3_600
"""More than all calls together take, in seconds."""


class Shift:
    """One tool that does all kinds of work, and when each call of it ran.

    Attributes:
        cleaning: how long a call takes to end when it is cancelled, in seconds.
        ran: number of the call -> when it began, and when it ended.
        begun: the numbers of the calls, in the order in which they began.
    """

    def __init__(self):
        self.cleaning = 0
        self.ran = {}
        self.begun = []

        async def work(number: int, how: str, seconds: float) -> str:
            self.begun.append(number)
            ran = self.ran[number] = [self.now(), None]
            try:
                await asyncio.sleep(seconds)
                if how in FAILS:
                    raise FAILS[how]
                return WORKS[how]
            except asyncio.CancelledError:
                await asyncio.sleep(self.cleaning * (number + 1))
                raise
            finally:
                ran[1] = self.now()

        self.tool = StructuredTool.from_function(
            coroutine=work, name="work", description="Works for some seconds."
        )

    def now(self):
        return asyncio.get_running_loop().time() - self.start

    def check(self, must, jobs, limit, timeout, stop_at):
        """Check when each call ran, as a test of the given class says it."""
        names = {f"call_{n}": when for n, when in sorted(self.ran.items())}
        spans = [(begin, self.now() if end is None else end) for begin, end in names.values()]
        came = Words(
            ", ".join(f"{name} {a:g}-{b:g} s" for name, (a, b) in zip(names, spans, strict=True))
        )
        twice = sorted({n for n in self.begun if self.begun.count(n) > 1})
        must.in_words(not twice, "a call runs more than once", "one run", f"call_{twice} again")
        runs = [n for n, (how, _) in enumerate(jobs) if how not in NEVER_RUNS]
        must.in_words(
            None not in chain(*self.ran.values()),
            "tools keep running after the stop" if stop_at else "it returns before its tools end",
            "all ended",
            came,
        )
        for n in runs if stop_at is None else ():
            asked = jobs[n][1] if timeout is None else min(jobs[n][1], timeout)
            begin, end = self.ran.get(n, (0, 0))
            must.in_words(
                n in self.ran and same(end - begin, asked),
                "a tool does not run for its time",
                f"call_{n} for {asked:g} s",
                came,
            )
        times = sorted({0, *chain(*spans), *([stop_at] if stop_at else [])})
        for begin, end in pairwise(times):
            now = sum(a <= begin and end <= b for a, b in spans)
            waits = any(a >= end for a, _ in spans) or (stop_at and len(spans) < len(runs))
            waits = waits and not (stop_at and begin >= stop_at)
            if end - begin > 1e-6:
                wanted = f"at most {limit} at the same time"
                must.in_words(
                    now <= limit, "more tools run at once than the limit allows", wanted, came
                )
                wanted = f"{limit} at the same time, while there are so many"
                must.in_words(now == limit or not waits, "a free place stays empty", wanted, came)
        if stop_at:
            last = max((b for a, b in spans if b > stop_at), default=stop_at)
            must.came_at([self.now()], [last], "the cancellation does not come when all have ended")
            must.in_words(
                all(a <= stop_at for a, _ in spans),
                "a call begins after the stop",
                f"none after {stop_at:g} s",
                came,
            )

    def begin(self, cleaning):
        """Forget what has been, and give the registry."""
        self.start, self.cleaning, self.ran, self.begun = 0, cleaning, {}, []
        self.start = self.now()
        return {"work": self.tool}

    def call(self, number, how, seconds):
        args = {"number": number, "how": how, "seconds": seconds}
        if how == "has no arguments":
            args = {}
        name = how if how in ("is missing", "") else "work"
        return {"type": "tool_call", "id": f"call_{number}", "name": name, "args": args}


class TestRunTools(Explained):
    """Tools run at the same time, and each call gets its answer."""

    WHY: ClassVar = {
        "it does not return a list of ToolMessages": "The model can use a result only if it says "
        "which call it answers: ainvoke(call), with the whole call, gives a ToolMessage that does.",
        "messages come in the order in which the tools end": "The last one may be the quickest. "
        "Put each result where its call is.",
        "the messages do not answer the calls": "One message for each call, in the same order, "
        "with what the tool returned.",
        "without calls there is not an empty list": "Having nothing to do is not an error.",
        "one tool waits for the other": "An await in a loop finishes one before it starts the "
        "next. Start a task for each call, and then wait for all of them.",
        "it takes longer than the slowest tool": "Four calls fit into the limit of four: all of "
        "them may start at once.",
        "more tools run at once than the limit allows": "Twenty calls at once may be too many for "
        "the service behind them. A semaphore lets a number of tasks in, and keeps the others "
        "waiting.",
        "a free place stays empty": "When one tool ends, the next one starts at once; it does not "
        "wait for a whole batch to end.",
        "the calls are changed": "The caller may still need them. Go through them, and take "
        "nothing out.",
        "without a limit from the caller, the limit is not four": "The signature says so: "
        "limit=4 is the default.",
        "a slow tool is given up although nobody set a timeout": 'timeout=None means "no limit". A '
        "tool may take an hour.",
        "a failure is not reported, or disturbs others": "A call that failed gets a ToolMessage "
        "with its id and status='error'; the others get their results.",
        "an error message is empty": "The model has to learn from it what to do better. Some "
        "exceptions have no text: the name of their class is better than nothing.",
        "a tool that takes too long is not reported as an error, or ends others": "The limit is "
        "for each call on its own. asyncio.timeout inside the task of one call does not touch the "
        "others.",
        "a tool keeps running after its time is up": "Stop it: the caller is waiting for the last "
        "one.",
        "a timeout of 0 is taken for no timeout": "0 is false in an `if`, but it is a number. Only "
        'None means "no limit".',
        "the time of a call runs while it waits for its turn": "Two seconds of work fit into "
        "three. Start a call's clock when it gets its place.",
        "a failure disturbs the calls that wait for a place": "Each call fails or succeeds on its "
        "own.",
        "a tool that is a plain function does not work": "ainvoke runs it in a thread.",
        "tools that are plain functions run one after the other": "invoke() blocks the event loop "
        "until it is done; ainvoke() runs the function in a thread.",
        "it swallows its cancellation": "asyncio.CancelledError is how a task is told to stop; it "
        "is not a failure of a tool. Catch Exception, which it is not.",
        "tools keep running after the stop": "If you start a task, you have to end it: when you "
        "are cancelled, cancel the running tasks, and wait until all of them have ended. A tool "
        "may need a moment to clean up, and gather waits only for the first.",
        "a message is not the one that the tool gives": "ainvoke(call), with the whole call, "
        "gives the message: with its content, its artifact and its status. Return it as it is.",
        "two runs at once disturb each other": "Make the semaphore in each call of run_tools, not "
        "once for all of them.",
        "it changes the registry": "It belongs to the caller. Look names up, and add none.",
        "a call runs more than once": "A tool may send a message or pay for something. Whether to "
        "try again is for the model to say.",
        "it never ends": "Each call has to give its place back, however it ends.",
        "it does not return when the last tool has ended": "Wait for the tools, and for nothing "
        "else.",
        "a call that went well does not get its result": "What the tool gives is a result, even "
        "if it is empty or speaks of an error, and whatever happens to other calls.",
        "a call that failed is not reported as an error": "Whatever Exception a tool raises, make "
        "a message with status='error' of it.",
        "it returns before its tools end": "Wait for all of them.",
        "a tool does not run for its time": "Each call runs once, until it ends or its time is up; "
        "the time of each begins when it begins to run.",
        "the cancellation does not come when all have ended": "Cancel the running tools at once, "
        "wait for all of them, and for nothing else.",
        "a call begins after the stop": "Those that wait for a place must not begin any more.",
        "a limit that lets nothing run is accepted": "Without any place, no call would ever "
        "run. Say so at once: raise ValueError.",
    }

    @keeps(3)
    async def test_messages_come_in_the_order_of_the_calls(self, answers, text):
        words = [text.word() for _ in range(3)]
        shop = Workshop()
        calls = [call(f"call_{n}", 3 - n, word) for n, word in enumerate(words)]
        wanted = [(f"call_{n}", word) for n, word in enumerate(words)]
        with no_error(
            TypeError,
            "it cannot run the calls",
            "A call is a dict that only says what to run; a dict cannot be awaited. What can be "
            "awaited is registry[call['name']].ainvoke(call).",
            wanted,
            about="dict",
        ):
            got = await answers.run_tools(calls, shop.tools())
        must = self.against(wanted)
        must(
            isinstance(got, list) and all(hasattr(one, "tool_call_id") for one in got),
            "it does not return a list of ToolMessages",
        )
        must(
            told(got) != sorted(wanted, key=lambda pair: -int(pair[0][-1])),
            "messages come in the order in which the tools end",
            got=told(got),
        )
        must(told(got) == wanted, "the messages do not answer the calls", got=told(got))
        self.must(
            await answers.run_tools([], shop.tools()) == [],
            "without calls there is not an empty list",
            [],
        )

    @keeps(2)
    async def test_tools_run_at_the_same_time(self, answers, text, clock):
        waits = [text.seconds() for _ in range(4)]
        calls = [call(f"call_{n}", wait) for n, wait in enumerate(waits)]
        await answers.run_tools(calls, Workshop().tools())
        must = self.against(seconds([max(waits)]), seconds([clock.elapsed]))
        must(not same(clock.elapsed, sum(waits)), "one tool waits for the other")
        must(same(clock.elapsed, max(waits)), "it takes longer than the slowest tool")

    @keeps(2)
    async def test_no_more_than_the_limit_run(self, answers, text, clock):
        shop = Workshop()
        waits = [4, 1, 1, 1, 2]
        calls = [call(f"call_{n}", wait) for n, wait in enumerate(waits)]
        before = list(calls)
        await answers.run_tools(calls, shop.tools(), limit=2)
        self.in_words(
            shop.most <= 2,
            "more tools run at once than the limit allows",
            "2 at the same time",
            f"{shop.most} at the same time",
        )
        self.must(
            shop.most == 2 and same(clock.elapsed, 5),
            "a free place stays empty",
            seconds([5]),
            seconds([clock.elapsed]),
        )
        self.must(calls == before, "the calls are changed", Words("the calls as they were"), calls)

    @keeps(2)
    async def test_four_run_at_once_and_as_long_as_they_want(self, answers, text):
        shop = Workshop()
        wanted = [(f"call_{n}", text.word()) for n in range(6)]
        calls = [call(call_id, 3600, word) for call_id, word in wanted]
        got = await answers.run_tools(calls, shop.tools())
        self.in_words(
            shop.most == 4,
            "without a limit from the caller, the limit is not four",
            "4 at the same time",
            f"{shop.most} at the same time",
        )
        self.equal(told(got), wanted, "a slow tool is given up although nobody set a timeout")

    @keeps(4)
    async def test_one_failure_is_one_message(self, answers, text, clock):
        words = [text.word() for _ in range(2)]
        shop = Workshop()
        registry = shop.tools(broken=ConnectionError(), late=TimeoutError())
        calls = [
            call("call_1", 2, words[0]),
            call("call_2", 1, name="broken"),
            call("call_3", "soon"),
            call("call_4", 1, name="late"),
            call("call_5", 2, words[1]),
            call("call_6", 2, name=text.word()),
        ]
        one_each = Words("a message for each call")
        with (
            no_error(
                Exception,
                "one tool that fails takes all results with it",
                "The model needs an answer to each of its calls. Catch the Exception of one call "
                "where it runs, and make a message with status='error' of it.",
                one_each,
            ),
            no_error(
                KeyError,
                "a tool that does not exist ends everything",
                "Models invent names now and then. That call failed, and only that one.",
                one_each,
            ),
        ):
            got = await answers.run_tools(calls, registry)
        wanted = [
            ("call_1", words[0]),
            ("call_2", "error"),
            ("call_3", "error"),
            ("call_4", "error"),
            ("call_5", words[1]),
            ("call_6", "error"),
        ]
        self.equal(told(got), wanted, "a failure is not reported, or disturbs others")
        self.must(
            all(message.text for message in got), "an error message is empty", Words("a few words")
        )

    @keeps(5)
    async def test_a_slow_tool_is_given_up(self, answers, text, clock):
        word, timeout = text.word(), text.seconds(1.0, 3.0)
        shop = Workshop()
        calls = [call("call_1", 60), call("call_2", timeout - 0.5, word)]
        got = await answers.run_tools(calls, shop.tools(), timeout=timeout)
        wanted = [("call_1", "error"), ("call_2", word)]
        self.equal(
            told(got),
            wanted,
            "a tool that takes too long is not reported as an error, or ends others",
        )
        self.must(
            same(clock.elapsed, timeout) and shop.running == 0,
            "a tool keeps running after its time is up",
            seconds([timeout]),
            seconds([clock.elapsed]),
        )
        got = await answers.run_tools([call("call_1", 1)], shop.tools(), timeout=0)
        self.equal(told(got), [("call_1", "error")], "a timeout of 0 is taken for no timeout")

    @keeps(5)
    async def test_waiting_for_a_place_is_no_running(self, answers, text):
        words = [text.word() for _ in range(3)]
        calls = [call(f"call_{n}", 2, word) for n, word in enumerate(words)]
        got = await answers.run_tools(calls, Workshop().tools(), limit=1, timeout=3)
        wanted = [(f"call_{n}", word) for n, word in enumerate(words)]
        self.equal(told(got), wanted, "the time of a call runs while it waits for its turn")

    @keeps(4)
    async def test_a_failure_frees_its_place(self, answers, text):
        word = text.word()
        calls = [
            call("call_1", 1, name="broken"),
            call("call_2", 60),
            call("call_3", 1, name=text.word()),
            call("call_4", 1, word),
        ]
        registry = Workshop().tools(broken=ConnectionError())
        wanted = [*[(f"call_{n}", "error") for n in (1, 2, 3)], ("call_4", word)]
        async with not_for_ever(
            "a call that failed keeps its place",
            "The others then wait forever. A place must always be given back, also after an error: "
            "in finally, or with `async with`.",
            wanted,
        ):
            got = await answers.run_tools(calls, registry, limit=1, timeout=2)
        self.equal(told(got), wanted, "a failure disturbs the calls that wait for a place")

    @keeps(1)
    async def test_a_plain_function_is_a_tool_too(self, answers, text, clock):
        @tool
        def press(word: str) -> str:
            """Press a word, which takes a while."""
            time.sleep(1)
            return word.upper()

        words = [text.word() for _ in range(2)]
        calls = [
            {"type": "tool_call", "id": f"call_{n}", "name": "press", "args": {"word": word}}
            for n, word in enumerate(words)
        ]
        got = await answers.run_tools(calls, {"press": press})
        wanted = [(f"call_{n}", word.upper()) for n, word in enumerate(words)]
        self.equal(told(got), wanted, "a tool that is a plain function does not work")
        self.came_at([clock.elapsed], [1], "tools that are plain functions run one after the other")

    @keeps(6)
    async def test_cancellation_stops_everything(self, answers, text):
        shop = Workshop(cleaning=1)
        calls = [call(f"call_{n}", 60) for n in range(3)]
        running = asyncio.create_task(answers.run_tools(calls, shop.tools(), limit=2))
        await asyncio.sleep(2)
        running.cancel()
        await asyncio.wait([running])
        if not running.cancelled() and (error := running.exception()):
            raise error
        self.in_words(
            running.cancelled(),
            "it swallows its cancellation",
            "CancelledError for the one who cancels",
            "a normal end",
        )
        self.in_words(
            (shop.running, shop.stopped) == (0, 2),
            "tools keep running after the stop",
            "both tools stopped, and the third never started",
            f"{shop.stopped} told to stop, {shop.running} still running",
        )
        check_nothing_runs_on(answers)

    @keeps(7)
    async def test_a_limit_below_one_is_refused(self, answers, text):
        for limit in (0, -1):
            with self.raises(
                ValueError,
                "a limit that lets nothing run is accepted",
                Words(f"ValueError for limit={limit}"),
            ):
                async with asyncio.timeout(5):
                    await answers.run_tools([call("call_1", 1)], Workshop().tools(), limit)
            with self.raises(
                ValueError,
                "a limit that lets nothing run is accepted",
                Words(f"ValueError for limit={limit}, also without calls"),
            ):
                await answers.run_tools([], {}, limit)

    @keeps(1)
    async def test_the_message_is_that_of_the_tool(self, answers, text):
        word, rows = text.word(), [text.word()]

        async def find(query: str) -> tuple[str, list[str]]:
            return word, rows

        async def look(query: str) -> list[dict[str, str]]:
            return [{"type": "text", "text": word}]

        async def fail(query: str, tool_call_id: Annotated[str, InjectedToolCallId]) -> ToolMessage:
            return ToolMessage(word, tool_call_id=tool_call_id, status="error")

        make = partial(StructuredTool.from_function, description="Finds something.")
        registry = {
            "find": make(coroutine=find, name="find", response_format="content_and_artifact"),
            "look": make(coroutine=look, name="look"),
            "fail": make(coroutine=fail, name="fail"),
        }
        calls = [
            {"type": "tool_call", "id": f"call_{name}", "name": name, "args": {"query": word}}
            for name in registry
        ]
        wanted = [await registry[call["name"]].ainvoke(call) for call in calls]
        got = await answers.run_tools(calls, registry)
        for message, right in zip(got, wanted, strict=True):
            for name in ("tool_call_id", "content", "artifact", "status"):
                self.in_words(
                    getattr(message, name, None) == getattr(right, name),
                    "a message is not the one that the tool gives",
                    f"{name}={getattr(right, name)!r}",
                    f"{name}={getattr(message, name, None)!r}",
                )

    async def test_each_run_has_a_limit_of_its_own(self, answers, text, clock):
        words = [text.word() for _ in range(2)]
        registry = Workshop().tools()
        runs = [answers.run_tools([call("call_1", 2, word)], registry, 1) for word in words]
        got = await asyncio.gather(*runs)
        self.equal(
            [told(messages) for messages in got],
            [[("call_1", word)] for word in words],
            "two runs at once disturb each other",
        )
        self.came_at([clock.elapsed], [2], "two runs at once disturb each other")
        got = await answers.run_tools([call("call_1", 1, words[0])], registry)
        again = await answers.run_tools([call("call_1", 1, words[0])], registry)
        got.clear()
        self.equal(told(again), [("call_1", words[0])], SHARED, OWN)

    def test_any_calls(self, search):
        shift = Shift()

        async def promise(answers, clock, jobs, limit, timeout, stop_at):
            registry = shift.begin(0.25 if stop_at and timeout is None else 0)
            calls = [shift.call(n, *job) for n, job in enumerate(jobs)]
            with unchanged(calls=calls):
                running = asyncio.create_task(
                    answers.run_tools(calls, registry, limit, timeout)
                    if timeout
                    else answers.run_tools(calls, registry, limit)
                )
                await asyncio.wait([running], timeout=stop_at or AN_HOUR)
                stopped = stop_at is not None and not running.done()
                if stopped:
                    running.cancel()
                    await asyncio.wait([running], timeout=AN_HOUR)
            self.in_words(running.done(), "it never ends", "an end", "still running after an hour")
            if not running.cancelled() and (error := running.exception()):
                raise error
            self.must([*registry] == ["work"], "it changes the registry", ["work"], [*registry])
            shift.check(self, jobs, limit, timeout, stop_at if stopped else None)
            check_nothing_runs_on(answers)
            if stopped:
                self.in_words(
                    running.cancelled(),
                    "it swallows its cancellation",
                    "CancelledError for the one who cancels",
                    "a normal end",
                )
                return
            self.check_messages(running.result(), calls, jobs, timeout)
            ends = [end for _, end in shift.ran.values()]
            problem = "it does not return when the last tool has ended"
            self.came_at([clock.elapsed], [max(ends, default=0)], problem)

        every = (*FAILS, *WORKS, *NEVER_RUNS)
        plain = {"limit": 4, "timeout": None, "stop_at": None}
        long = [("works", wait) for wait in (3, 1, 1, 2, 60, 1, 1)]
        mixed = [("fails", 1), ("is missing", 0), ("works", 1), ("has no arguments", 0)]
        always = (
            *each(
                **{**plain, "limit": 2}, jobs=tuple([("works", 2), (how, 1)] for how in every[1:])
            ),
            *each(**{**plain, "limit": (1, 3, 6, 9)}, jobs=long),
            *each(
                **{**plain, "timeout": 2.6, "limit": (1, 3)}, jobs=[*long[:5], *mixed, *long[4:]]
            ),
            *each(**{**plain, "stop_at": (0.125, 1.125, 4.125)}, jobs=[*long, *mixed]),
            *each(**{**plain, "timeout": 2.6, "stop_at": (1.125, 9.125)}, jobs=long),
            {**plain, "limit": 1, "jobs": [*mixed, *mixed, ("works", 0), ("works", 1)]},
            {**plain, "limit": 10, "jobs": [("works", 1)] * 25},
            *each(**plain, jobs=tuple([(how, 1)] for how in NEVER_RUNS)),
            {**plain, "jobs": []},
        )
        waits = st.sampled_from((1, 2, 3, 0.25, 0, 60))
        search(
            promise,
            *always,
            jobs=repeated(st.tuples(st.sampled_from(("works", *every, "works")), waits), 6),
            limit=st.sampled_from((4, 1, 2, 3, 5, 100)),
            timeout=st.sampled_from((None, 2.6, 0.6)),
            stop_at=st.sampled_from((None, None, 1.125, 2.125, 0.125)),
        )

    def check_messages(self, got, calls, jobs, timeout):
        """Check each message against its call."""
        self.must(
            isinstance(got, list) and all(isinstance(one, ToolMessage) for one in got),
            "it does not return a list of ToolMessages",
            Words("a list of ToolMessages"),
            got,
        )
        ids = [message.tool_call_id for message in got]
        self.equal(ids, [call["id"] for call in calls], "the messages do not answer the calls")
        for message, call, (how, wait) in zip(got, calls, jobs, strict=True):
            late = timeout is not None and wait > timeout and how not in NEVER_RUNS
            if how in WORKS and not late:
                good = message.status == "success" and message.content == WORKS[how]
                right = Words(f"success and {WORKS[how]!r} for {call['id']}")
                self.must(good, "a call that went well does not get its result", right, message)
            else:
                right = Words(f"status='error' for {call['id']}, and a few words")
                problem = "a call that failed is not reported as an error"
                self.must(message.status == "error", problem, right, message)
                self.must(message.text, "an error message is empty", right, message)
