"""What a stranger may ask: each pair of a kind and a request that is not in the table is refused.

Kinds and requests are read from the code that hands out objects and from the code that asks, so
that neither can have one that is missing here. The other side is a list of messages.
"""

from __future__ import annotations

import ast
import asyncio
import collections
import contextlib
import io
import json
import random
import types
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompt_values import StringPromptValue
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from rich.console import Console

from course import catalog
from course.catalog import Lesson, Minutes, Task
from course.fakes.clock import START, Stuck, virtual_time
from course.fakes.held import HeldModel, held_model
from course.fakes.sources import AsyncSource, Source
from course.grade.answer_file import AnswerFile
from course.grade.died import ContainedDied, Death
from course.grade.expect import WrongAnswer
from course.grade.patience import Limits
from course.official.contained.proxies import AnyText
from course.official.protocol.plain_data import Codec
from course.official.trusted.services import ANSWERS, DROPPED, TABLE
from course.official.trusted.session import ContainedAnswers

OFFICIAL = catalog.ROOT / "course" / "official"
REQUESTS = sorted({request for requests in TABLE.values() for request in requests})
PAIRS = [(kind, request) for kind, requests in TABLE.items() for request in requests]
NO_NUMBERS: tuple[Any, ...] = (True, 0, -1, 1.0, "1", None, [1], {})
"""What can be the number of nothing, even if it equals one that can."""

FORGED = (*NO_NUMBERS, 99, 10**30)
"""The same, and numbers that were never given."""

GIVEN = """
class Given:
    def __init__(self, size):
        self.size = size
        self._hidden = "secret"
"""


# The other side


class Script:
    """A channel on which everything that the other side says is known before."""

    def __init__(self) -> None:
        self.says: collections.deque[Any] = collections.deque([{"loaded": {"task": []}}])
        self.told: list[Any] = []
        self.size = 0

    def allow(self, limits: Limits, ours: float) -> None:
        """All of it comes at once."""

    def look_at_own_work(self) -> None:
        """There is little."""

    def start(self, seconds: float, source: str) -> None:
        """Nothing has to be started."""

    def say(self, message: dict[str, Any]) -> None:
        self.told.append(json.loads(json.dumps(message)))

    def hear(self) -> Any:
        return self.says.popleft() if self.says else {"idle": None}


class There(Codec):
    """Encodes as the other side does; it has no live objects."""

    def kind_of(self, value: object) -> tuple[str, Any] | None:
        return None


class Side:
    """The trusted side, with a script for the other one."""

    def __init__(self) -> None:
        self.script = Script()
        given = types.ModuleType("given")
        exec(GIVEN, vars(given))
        self.given = given.Given
        lesson = Lesson(
            "99_small", "", "", "", Minutes(1, 1), (), (Task("task", "", Minutes(1, 1), (), 1),)
        )
        vars(lesson)["signatures"] = {}
        channel: Any = self.script
        self.answers = ContainedAnswers(
            channel, lesson, AnswerFile("", Path("answers.py")), given, 1.0
        )

    def hand_out(self, value: Any) -> Any:
        """Hand out an object as an argument; return its number."""
        return self.answers.share(value)["n"]

    def hears(self, *messages: dict[str, Any]) -> None:
        """Have something called over there, during which the other side says this."""
        self.script.says.extend([*messages, {"reply": None}])
        self.answers.do({"do": "call", "name": "task", "args": [], "kwargs": {}})

    async def asked(self, request: str, number: Any, *arguments: Any, later: bool = False) -> Any:
        """Return what comes of a request: a value, or an error."""
        values = [There().encode(argument) for argument in arguments]
        if later:
            call = self.answers._last_service + 1
            self.hears({"later": call, "n": number, "method": request, "v": values})
            for _ in range(99):
                await asyncio.sleep(0)
            told = next(m["of"] for m in self.script.told if m.get("of", {}).get("call") == call)
            return shown(told.get("v", told.get("error")))
        numbers = [] if number is None else [number]
        self.hears({"ask": request, "v": [*numbers, *values], "thread": False})
        told = next(m for m in reversed(self.script.told) if "answer" in m or "error" in m)
        return shown(told.get("answer", told.get("error")))

    async def is_refused(self, request: str, number: Any, *arguments: Any, later: bool) -> bool:
        """Whether a request is refused, and flagged."""
        try:
            await self.asked(request, number, *arguments, later=later)
        except ContainedDied as died:
            return (
                died.death.suspicious.startswith("it sends nonsense") and self.answers.died is died
            )
        return False

    def close(self) -> None:
        """End what was handed out and not used."""
        for value in self.answers.mine.values():
            if asyncio.iscoroutine(value):
                value.close()


def shown(data: Any) -> Any:
    """Return a value that was told, or what stands for it: `<stream>`, `LookupError`."""
    match data:
        case {"$": "live"}:
            return f"<{data['kind']}>"
        case {"$": "list"}:
            return [shown(item) for item in data["v"]]
        case {"$": "error"}:
            return data["type"]
        case {"$": "chunk" | "message"}:
            return There().decode(data).text
    return data


@pytest.fixture
def side() -> Iterator[Side]:
    made = Side()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_real_time() -> Iterator[None]:
    with virtual_time():
        yield


# Each kind, and each request


class Twice:
    async def __aiter__(self) -> AsyncIterator[int]:
        yield 1


@tool
def double(number: int) -> int:
    """Double a number."""
    return 2 * number


async def treble(number: int) -> int:
    return 3 * number


def future() -> asyncio.Future[str]:
    made = asyncio.get_running_loop().create_future()
    made.set_result("done")
    return made


EXAMPLES: dict[str, Callable[[Side], Any]] = {
    "any text": lambda side: AnyText("a"),
    "stream": lambda side: Source(["a"]),
    "astream": lambda side: AsyncSource(["a"]),
    "iterable": lambda side: range(2),
    "aiterable": lambda side: Twice(),
    "function": lambda side: lambda number: 2 * number,
    "async function": lambda side: treble,
    "coroutine": lambda side: treble(2),
    "awaitable": lambda side: future(),
    "file": lambda side: io.StringIO(),
    "record": lambda side: side.given(5),
    "message": lambda side: AIMessage("text"),
    "list": lambda side: ["a", "b"],
    "dict": lambda side: {"a": 1},
    "model": lambda side: held_model("said"),
    "model that streams itself": lambda side: OwnModel(replies=["said"]),
    "tool": lambda side: double,
    "runnable": lambda side: RunnableLambda(lambda text: f"{text}!"),
    "embeddings": lambda side: LetterCount(),
    "class": lambda side: KeyError,
    "console": lambda side: Console(file=io.StringIO()),
    "error": lambda side: ValueError("text"),
    "headers": lambda side: httpx.Headers({"a": "b"}),
    "mapping": lambda side: collections.UserDict({"a": 1}),
    "opaque": lambda side: StringPromptValue(text="secret"),
    "random": lambda side: random.Random(1),
    "response": lambda side: httpx.Response(429),
    "vector store": lambda side: InMemoryVectorStore(LetterCount()),
}


class LetterCount(Embeddings):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [float(len(text))]


class OwnModel(HeldModel):
    def astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        return super().astream(*args, **kwargs)


PROMPT: list[Any] = [[HumanMessage("hello")], None, {}]
SERVED: dict[tuple[str, str], tuple[list[Any], Any]] = {
    (ANSWERS, "sleep"): ([2.0, [[3]]], START + 2.0),
    ("stream", "next"): ([], ["a"]),
    ("stream", "close"): ([], None),
    ("astream", "__anext__"): ([], "a"),
    ("astream", "aclose"): ([], None),
    ("iterable", "iter"): ([], "<stream>"),
    ("iterable", "close"): ([], None),
    ("aiterable", "aiter"): ([], "<astream>"),
    ("function", "function"): ([[2], {}], 4),
    ("async function", "function"): ([[2], {}], "<coroutine>"),
    ("coroutine", "__await__"): ([], 6),
    ("awaitable", "__await__"): ([], "done"),
    ("file", "write"): (["text"], 4),
    ("file", "flush"): ([], None),
    ("file", "tell"): ([], 0),
    ("file", "getvalue"): ([], ""),
    ("file", "close"): ([], None),
    ("record", "get"): (["size"], 5),
    ("record", "set"): (["size", 6], None),
    ("message", "set"): (["content", "new"], None),
    ("list", "splice"): ([0, 2, [[1, None], [None, "new"]]], None),
    ("dict", "rekey"): ([["a"], [["b", 2]]], None),
    ("model", "model_generate"): (PROMPT, "said"),
    ("model", "model_stream"): (PROMPT, "<stream>"),
    ("model", "model_astream"): (PROMPT, "<astream>"),
    ("model", "_agenerate"): (PROMPT, "said"),
    ("model that streams itself", "model_generate"): (PROMPT, "said"),
    ("model that streams itself", "model_stream"): (PROMPT, "<stream>"),
    ("model that streams itself", "model_astream"): (PROMPT, "<astream>"),
    ("model that streams itself", "_agenerate"): (PROMPT, "said"),
    ("model that streams itself", "runnable_invoke"): (["hello", {}], "said"),
    ("model that streams itself", "runnable_astream"): (["hello", {}], "<astream>"),
    ("model that streams itself", "ainvoke"): (["hello", {}], "said"),
    ("embeddings", "embed_documents"): ([["a", "bc"]], [[1.0], [2.0]]),
    ("embeddings", "embed_query"): (["abc"], [3.0]),
    ("tool", "runnable_invoke"): ([{"number": 2}, {}], 4),
    ("tool", "ainvoke"): ([{"number": 2}, {}], 4),
    ("runnable", "runnable_invoke"): (["a", {}], "a!"),
    ("runnable", "runnable_stream"): (["a", {}], "<stream>"),
    ("runnable", "runnable_astream"): (["a", {}], "<astream>"),
    ("runnable", "runnable_events"): (["a", "v2", {}], "<astream>"),
    ("runnable", "ainvoke"): (["a", {}], "a!"),
}
"""By kind and request: arguments, and what comes of them."""

REFUSED: dict[tuple[str, str], list[list[Any]]] = {
    (ANSWERS, "sleep"): [[1.0, 7], [1.0, [7]], [1.0, [[1, 2]]], [1.0]],
    ("stream", "next"): [[1]],
    ("function", "function"): [["x", {}], [[1], []], [[1], {1: 2}], [[1]], []],
    ("async function", "function"): [[(1,), {}], [{}, {}]],
    ("record", "get"): [["_hidden"], ["__class__"], [7], [None], [["size"]], [], ["size", 1]],
    ("record", "set"): [["_hidden", 1], ["__class__", 1], [7, 1], ["size"]],
    ("message", "set"): [["_hidden", 1], ["model_fields", 1], ["unknown", 1], [7, 1]],
    ("list", "splice"): [
        [0, 3, []],
        [2, 1, []],
        [-1, 1, []],
        [False, True, []],
        [0, 10**30, []],
        [0, 0.5, []],
        [0, 1, [1]],
        [0, 1, [[1, None]]],
        [0, 1, [[-1, None]]],
        [0, 1, [[False, None]]],
        [0, 1, {}],
    ],
    ("dict", "rekey"): [["a", []], [[], ["ab"]], [[], [[1]]], [[], {}], [["a"]]],
    ("model", "model_stream"): [[], ["hello", None, {}], [["hello"], None, {}], [[], None, []]],
    ("model", "model_astream"): [[], [{}, None, {}], [[], None, {1: 2}], [[], None]],
    ("model", "model_generate"): [[], [None, None, {}], [[None], None, {}]],
    ("model", "_agenerate"): [[], [None, None, {}], [[None], None, {}]],
    ("tool", "runnable_invoke"): [[{}], [{}, []], [{}, {}, {}]],
    ("runnable", "runnable_events"): [["a", {}], ["a", "v2", "x"]],
}
"""By kind and request: arguments that an honest answer cannot send."""


def strings_of(node: ast.AST) -> list[Any]:
    """All texts in a piece of code."""
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and one.value]


def called(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """All calls of functions of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in names:
                yield node


def parsed(name: str) -> ast.Module:
    """The code of one file of official grading."""
    return ast.parse((OFFICIAL / name).read_text(encoding="utf-8"))


def kinds_in_the_code() -> set[str]:
    """The kinds for which the contained side has a proxy, and those that have only a number."""
    proxies = [n for n in ast.walk(parsed("contained/proxies.py")) if isinstance(n, ast.MatchValue)]
    numbers = [call.args[1] for call in called(parsed("protocol/plain_data.py"), "keep")]
    return {text for node in (*proxies, *numbers) for text in strings_of(node)}


def requests_in_the_code() -> set[str]:
    """The requests that the contained side makes."""
    found = set()
    for name in ("cell.py", "loop.py", "proxies.py", "shared_values.py"):
        tree = parsed(f"contained/{name}")
        for call in called(tree, "ask", "_ask", "_read"):
            found.update(strings_of(call.args[0]))
        for call in called(tree, "ask_later", "_ModelStream", "_RunnableStream"):
            found.update(strings_of(call.args[1]))
    return found


def test_the_table_has_the_kinds_and_requests_of_the_code() -> None:
    assert set(TABLE) - {ANSWERS} == kinds_in_the_code()
    assert {request for _, request in PAIRS} == requests_in_the_code()
    assert set(DROPPED) < set(TABLE)


def test_each_kind_and_each_pair_is_tried_here() -> None:
    assert set(EXAMPLES) == set(TABLE) - {ANSWERS}
    assert set(SERVED) == set(PAIRS)
    assert set(REFUSED) < set(PAIRS)


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_an_object_has_the_kind_as_which_it_is_handed_out(kind: str, side: Side) -> None:
    example = EXAMPLES[kind](side)
    number = side.hand_out(example)
    assert side.answers.kind_handed_out(number) == kind
    assert side.hand_out(example) == number


@pytest.mark.parametrize(("kind", "request_"), PAIRS)
async def test_what_is_in_the_table_is_served(kind: str, request_: str, side: Side) -> None:
    arguments, wanted = SERVED[kind, request_]
    number = None if kind == ANSWERS else side.hand_out(EXAMPLES[kind](side))
    later = TABLE[kind][request_].later
    assert await side.asked(request_, number, *arguments, later=later) == wanted
    assert side.answers.died is None


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
async def test_what_is_not_in_the_table_is_refused(kind: str, later: bool) -> None:
    """With the arguments that the request has where it is served."""
    refused = []
    for other, request in PAIRS:
        service = TABLE[kind].get(request)
        if other == ANSWERS or (service is not None and service.later == later):
            continue
        with contextlib.closing(Side()) as side:
            number, arguments = side.hand_out(EXAMPLES[kind](side)), SERVED[other, request][0]
            before = len(side.script.told)
            assert await side.is_refused(request, number, *arguments, later=later), request
            said = side.script.told[before + 1 :]
            assert not any("answer" in message or "error" in message for message in said)
            refused.append(request)
    assert {*refused, *TABLE[kind]} == {request for kind, request in PAIRS if kind != ANSWERS}


@pytest.mark.parametrize(("kind", "request_"), REFUSED)
async def test_arguments_that_no_honest_answer_sends_are_refused(kind: str, request_: str) -> None:
    later = TABLE[kind][request_].later
    for arguments in REFUSED[kind, request_]:
        with contextlib.closing(Side()) as side:
            number = None if kind == ANSWERS else side.hand_out(EXAMPLES[kind](side))
            assert await side.is_refused(request_, number, *arguments, later=later), arguments


@pytest.mark.parametrize(("kind", "request_"), PAIRS)
async def test_there_is_no_argument_too_many(kind: str, request_: str, side: Side) -> None:
    number = None if kind == ANSWERS else side.hand_out(EXAMPLES[kind](side))
    arguments, later = SERVED[kind, request_][0], TABLE[kind][request_].later
    assert await side.is_refused(request_, number, *arguments, None, later=later)


# Numbers


@pytest.mark.parametrize("number", FORGED, ids=repr)
async def test_a_forged_number_is_refused(number: Any) -> None:
    with contextlib.closing(Side()) as side:
        side.hand_out(Source(["a"]))
        assert await side.is_refused("next", number, later=False)
    with contextlib.closing(Side()) as side:
        side.hand_out(AsyncSource(["a"]))
        assert await side.is_refused("__anext__", number, later=True)


@pytest.mark.parametrize("what", ["drop", "give_up", "cancels", "done"])
@pytest.mark.parametrize("number", FORGED, ids=repr)
async def test_what_is_said_of_a_forged_number_is_refused(
    what: str, number: Any, side: Side
) -> None:
    side.hand_out(AsyncSource(["a"]))
    with pytest.raises(ContainedDied) as caught:
        side.hears({what: number, "v": None})
    assert caught.value.death.suspicious.startswith("it sends nonsense")


@pytest.mark.parametrize("number", NO_NUMBERS, ids=repr)
async def test_a_service_with_a_forged_number_is_refused(number: Any, side: Side) -> None:
    """Numbers may be left out: what cannot be sent has had one."""
    source = side.hand_out(AsyncSource(["a"]))
    with pytest.raises(ContainedDied) as caught:
        side.hears({"later": number, "n": source, "method": "aclose", "v": []})
    assert caught.value.death.suspicious.startswith("it sends nonsense")


@pytest.mark.parametrize("number", FORGED, ids=repr)
def test_what_comes_back_must_have_been_handed_out(number: Any, side: Side) -> None:
    side.hand_out(Source(["a"]))
    side.script.says.append({"reply": {"$": "back", "n": number}})
    with pytest.raises(ContainedDied):
        side.answers.do({"do": "call", "name": "task", "args": [], "kwargs": {}})


@pytest.mark.parametrize("kind", sorted(set(EXAMPLES) - {*DROPPED}))
async def test_only_streams_are_dropped(kind: str, side: Side) -> None:
    number = side.hand_out(EXAMPLES[kind](side))
    with pytest.raises(ContainedDied) as caught:
        side.hears({"drop": number})
    assert caught.value.death.suspicious


async def test_a_service_is_begun_once(side: Side) -> None:
    number = side.hand_out(AsyncSource(["a"]))
    begin = {"later": 1, "n": number, "method": "__anext__", "v": []}
    side.hears(begin, {"give_up": 1})
    with pytest.raises(ContainedDied) as caught:
        side.hears(begin)
    assert caught.value.death.suspicious


@pytest.mark.parametrize(("kind", "request_"), [pair for pair in PAIRS if pair[0] != ANSWERS])
async def test_what_an_earlier_test_has_given_is_gone(kind: str, request_: str, side: Side) -> None:
    example = EXAMPLES[kind](side)
    number = side.hand_out(example)
    side.close()
    side.script.says.append({"reply": ""})
    side.answers.end_test()
    arguments, service = SERVED[kind, request_][0], TABLE[kind][request_]
    found = await side.asked(request_, number, *arguments, later=service.later)
    assert found == (None if service.ends else "LookupError")
    assert side.answers.died is None
    if kind in DROPPED:
        side.hears({"drop": number})
    assert await side.is_refused("function", number, later=False)


# What is told


def test_what_a_test_expects_is_not_told_with_its_error(side: Side) -> None:
    error = WrongAnswer("it is wrong", "Look.", wanted=["secret"], got=EXAMPLES["file"](side))
    assert "secret" not in json.dumps(side.answers.encode(error))
    assert [value for value in side.answers.mine.values() if not isinstance(value, type)] == [error]


def test_a_pydantic_object_is_only_shown(side: Side) -> None:
    class Hidden(httpx.Headers):
        """Is no likeness of a library."""

    prompt = StringPromptValue(text="shown")
    assert shown(side.answers.encode(prompt)) == "<opaque>"
    assert shown(side.answers.encode(Hidden())) == "<mapping>"


def test_a_class_is_no_stream(side: Side) -> None:
    assert shown(side.answers.encode(Source)) == "<function>"
    assert shown(side.answers.encode(io.StringIO)) == "<function>"


VERDICTS = [
    WrongAnswer("it is wrong", "Look."),
    AssertionError(),
    ContainedDied(Death("", "")),
    Stuck("", []),
]


@pytest.mark.parametrize("error", [*VERDICTS, KeyError("theirs")], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("later", [False, True], ids=["with", "async with"])
async def test_a_context_manager_cannot_swallow_a_verdict(
    error: BaseException, later: bool, side: Side
) -> None:
    can = ["__aenter__", "__aexit__"] if later else ["__enter__", "__exit__"]
    known = {"type": "Room", "own": True, "can": can, "methods": {}}
    room = side.answers.decode({"$": "live", "n": 1, "kind": "object", "known": known})
    swallowed = False
    if later:
        side.script.says.append({"done": 1, "left": 0, "v": True})
        swallowed = await room.__aexit__(type(error), error, None)
    else:
        side.script.says.append({"reply": True})
        swallowed = room.__exit__(type(error), error, None)
    assert swallowed == isinstance(error, KeyError)
