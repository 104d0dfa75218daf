"""What crosses between tests and answers: the same with the answers here and in another process."""

from __future__ import annotations

import asyncio
import functools
import io
import json
import math
import random
import time
import types
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

import httpx
import httpx2
import openai
import pytest
from langchain_core.documents import Document
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import InjectedToolArg, ToolException, tool
from pydantic import BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError
from rich.console import Console

from course import catalog
from course.catalog import Lesson, Minutes, Task, declared
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import START, Stuck, VirtualClock, virtual_time
from course.fakes.display import Display
from course.fakes.held import HeldModel, held_model
from course.fakes.script import Fail, Pause, Reply, ToolCall
from course.fakes.sources import Source
from course.grade.answer_file import AnswerFile
from course.grade.answers import Answers, load
from course.grade.died import ContainedDied
from course.grade.warm import imported
from course.official.contained.cell import Cell
from course.official.contained.proxies import AnyText
from course.official.protocol.plain_data import NotPlainError
from course.official.protocol.validation_errors import put_together, taken_apart
from course.official.trusted.channel import TOO_MUCH
from course.official.trusted.process import ContainedProcess
from course.official.trusted.results import MOST_BYTES_KNOWN, Results
from course.official.trusted.session import ContainedAnswers

Made = Callable[[str], Answers]
Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module")
def process() -> Iterator[ContainedProcess]:
    made = ContainedProcess(modules=["wave", "no_such_module"])
    made.wait_until_up()
    yield made
    made.close()


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    with virtual_time() as active:
        yield active


@pytest.fixture(params=["here", "contained"])
def answers_of(
    request: pytest.FixtureRequest, process: ContainedProcess, tmp_path: Path, clock: VirtualClock
) -> Iterator[Made]:
    """Make answers of a source: all that is public in it is a task, unless the stub gives it."""

    def make(source: str) -> Answers:
        path = tmp_path / "answers.py"
        path.write_text(source, encoding="utf-8")
        lesson = lesson_of(source, path)
        if request.param == "here":
            return load(path, lesson)
        given = types.ModuleType("given")
        monkey.setitem(__import__("sys").modules, "given", given)
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(given))
        made = ContainedAnswers(process.channel, lesson, AnswerFile(source, path), given, 5.0)
        return made.answers

    with pytest.MonkeyPatch.context() as monkey:
        yield make
    if request.param == "contained":
        assert process.channel.end()


def lesson_of(source: str, path: Path) -> Lesson:
    """A lesson whose tasks are all functions, and the classes that do not say "Given"."""
    found = declared(source, path)
    names = [name for name in found if not name.startswith("Given")]
    tasks = tuple(
        Task(name, "", Minutes(1, 1), (), number) for number, name in enumerate(names, start=1)
    )
    lesson = Lesson("99_small", "Small", "", "", Minutes(1, 1), (), tasks)
    vars(lesson)["signatures"] = found
    return lesson


@pytest.fixture
def run(clock: VirtualClock) -> Run:
    """Run a coroutine in virtual time."""
    return clock.run


# Objects of classes that answers define

COUNTER = '''
class Counter:
    """Counts."""

    step = 2

    def __init__(self, start=0):
        self.count = start

    def up(self, by=1):
        self.count += by
        return self.count

    @property
    def double(self):
        return 2 * self.count

    @staticmethod
    def twice(number):
        return 2 * number

    @classmethod
    def ten(cls):
        return cls(10).count

    def down(self):
        while self.count:
            self.count -= 1
            yield self.count

    async def wait(self, seconds):
        import asyncio
        await asyncio.sleep(seconds)
        return self.count

    async def later(self):
        import asyncio
        for number in range(self.count):
            await asyncio.sleep(1)
            yield number

    def fail(self):
        raise ValueError("no")

    def __len__(self):
        return self.count

    def __contains__(self, number):
        return number < self.count

    def __getitem__(self, number):
        return number * 10
'''


def test_an_object_of_the_answers_has_its_methods(answers_of: Made) -> None:
    counter = answers_of(COUNTER).Counter(3)
    assert counter.up() == 4
    assert counter.up(by=2) == 6
    assert (counter.count, counter.double, counter.step) == (6, 12, 2)
    assert (counter.twice(4), counter.ten()) == (8, 10)
    assert (len(counter), 5 in counter, 6 in counter, counter[4]) == (6, True, False, 40)
    assert list(counter.down()) == [5, 4, 3, 2, 1, 0]
    assert not hasattr(counter, "missing")
    with pytest.raises(ValueError, match="no"):
        counter.fail()


def test_two_objects_are_two(answers_of: Made) -> None:
    answers = answers_of(COUNTER)
    one, other = answers.Counter(1), answers.Counter(1)
    one.up()
    assert (one.count, other.count) == (2, 1)
    assert one != other


def test_an_object_of_the_answers_works_in_virtual_time(
    answers_of: Made, run: Run, clock: VirtualClock
) -> None:
    async def test() -> None:
        counter = answers_of(COUNTER).Counter(3)
        assert await counter.wait(5) == 3
        assert clock.elapsed == 5
        assert [(number, clock.elapsed) async for number in counter.later()] == [
            (0, 6.0),
            (1, 7.0),
            (2, 8.0),
        ]
        both: Any = await asyncio.gather(counter.wait(10), counter.wait(20))
        assert (both, clock.elapsed) == ([3, 3], 28.0)

    run(test())


def test_an_object_of_the_answers_can_be_handed_to_a_task(answers_of: Made) -> None:
    answers = answers_of(
        COUNTER + "\ndef use(counter):\n    return isinstance(counter, Counter) and counter.up()\n"
    )
    counter = answers.Counter(5)
    if answers.contained is None:
        counter = counter._made
    assert answers.use(counter) == 6
    assert counter.count == 6


CLASSES = """
import asyncio
import functools
import io
import random
import math
from contextlib import asynccontextmanager, contextmanager

class Peer:
    def __init__(self, items):
        self._items = list(items)
        self.left = False

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(1)
        if not self._items:
            raise StopAsyncIteration
        return self._items.pop(0)

class Room:
    def __init__(self, items):
        self.items = items
        self.open = []

    @asynccontextmanager
    async def join(self, name):
        self.open.append(name)
        await asyncio.sleep(1)
        try:
            yield Peer(self.items)
        finally:
            self.open.remove(name)

    async def __aenter__(self):
        self.open.append("room")
        return self

    async def __aexit__(self, kind, error, traceback):
        self.open.clear()
        return isinstance(error, KeyError)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.open = [repr(error), kind is type(error), traceback is None]
        return kind is KeyError

    def __iter__(self):
        return iter(self.items)

    def peer(self):
        return Peer(self.items)

@contextmanager
def opened(log):
    log.append("in")
    try:
        yield len(log)
    except KeyError:
        log.append("key")
    finally:
        log.append("out")

@asynccontextmanager
async def spinner(out):
    async def spin():
        while True:
            out.write("/")
            await asyncio.sleep(1)
    task = asyncio.create_task(spin())
    try:
        yield
    finally:
        task.cancel()
        out.write("-")

def maker(step):
    def add(number, more=0):
        return number + step + more
    return add
"""


def test_objects_can_be_entered_and_iterated(answers_of: Made, run: Run) -> None:
    async def test() -> None:
        room = answers_of(CLASSES).Room([1, 2])
        async with room.join("ann") as peer:
            assert room.open == ["ann"]
            assert peer.left is False
            assert [item async for item in peer] == [1, 2]
        assert room.open == []
        assert [item async for item in room.peer()] == [1, 2]
        async with room as same:
            assert same.open == ["room"]
            raise KeyError("swallowed")
        assert room.open == []
        error = ValueError("passes")
        with pytest.raises(ValueError, match="passes") as caught:
            async with room:
                raise error
        assert caught.value is error
        assert list(room) == [1, 2]

    run(test())


def test_context_managers_see_the_error(answers_of: Made) -> None:
    answers = answers_of(CLASSES)
    with answers.Room([]) as room:
        raise KeyError("a")
    assert room.open == ["KeyError('a')", True, False] or answers.contained
    log: list[str] = []
    with answers.opened(log) as number:
        assert (number, log) == (1, ["in"])
        raise KeyError("b")
    assert log == ["in", "key", "out"]
    with pytest.raises(ValueError, match="c"), answers.opened(log):
        raise ValueError("c")


def test_an_asynchronous_context_manager_runs_beside_its_block(answers_of: Made, run: Run) -> None:
    import io

    async def test() -> None:
        out = io.StringIO()
        spinner = answers_of(CLASSES).spinner
        async with spinner(out):
            await asyncio.sleep(2.5)
        assert out.getvalue() == "///-"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1), spinner(out):
                await asyncio.sleep(10)

    run(test())


FILES = """
import io

def write(out):
    out.write("a")

def close(out):
    out.write("b")
    out.close()

def inside(out):
    with out:
        out.write("c")

def position(out):
    return out.tell()
"""


def test_a_file_is_closed_by_whoever_closes_it(answers_of: Made) -> None:
    answers, out, other = answers_of(FILES), Display(), Display()
    answers.write(out)
    assert (out.getvalue(), out.closed) == ("a", False)
    with pytest.raises(io.UnsupportedOperation):
        answers.position(out)
    assert answers.position(io.TextIOWrapper(io.BytesIO(b"ab"))) == 0
    answers.close(out)
    answers.inside(other)
    assert out.closed
    assert other.closed
    with pytest.raises(ValueError, match="closed"):
        answers.write(out)


def test_a_function_can_be_returned(answers_of: Made) -> None:
    add = answers_of(CLASSES).maker(5)
    assert add(1) == 6
    assert add(1, more=2) == 8


# Lists, dicts and messages that answers change

CHANGES = """
from langchain_core.messages import AIMessage, HumanMessage
import copy, json

def talk(history, text):
    history.append(HumanMessage(text))
    yield "a"
    history += [AIMessage("b"), AIMessage("c")]
    yield "b"
    raise ValueError("broken")

def change(numbers):
    numbers.insert(0, 9)
    numbers[1:2] = [7, 8]
    del numbers[-1]
    numbers.remove(7)
    numbers.extend([3, 1])
    last = numbers.pop()
    numbers.sort()
    numbers.reverse()
    numbers *= 2
    numbers[0] = [1]
    numbers[0].append(2)
    return [last, isinstance(numbers, list), copy.deepcopy(numbers), copy.copy(numbers)]

def empty(items):
    items.clear()

def look_up(table, key):
    found = table.get("other")
    table[key].append(1)
    return found, key in table, table[key]

def fill(table, key):
    table[key] = {}
    table[key]["more"] = 1
    table.setdefault("list", []).append(2)
    table.update(a=1)
    table |= {"b": 2}
    del table["old"]
    return json.dumps(table)

def rename(messages):
    messages[0].content = "changed"
    messages[0].response_metadata["state"] = "done"
    messages[0].additional_kwargs.update(kept=True)
    return messages

def stop_in_the_middle(history):
    message = AIMessage("")
    history.append(message)
    for word in ("a", "b"):
        message.content += word
        yield word

def swap(items):
    items[0], items[-1] = items[-1], items[0]
    items.sort(key=lambda item: item["key"])

kept = []

def keep(items):
    kept.append(items)
    return kept[0] is items

def grow():
    kept[0].append("new")
"""


def test_what_answers_change_in_a_list_is_changed_at_once(answers_of: Made) -> None:
    answers = answers_of(CHANGES)
    system = SystemMessage("s")
    history: list[Any] = [system]
    stream = answers.talk(history, "hello")
    assert history == [system]
    assert next(stream) == "a"
    assert history == [system, HumanMessage("hello")]
    assert next(stream) == "b"
    assert [message.text for message in history] == ["s", "hello", "b", "c"]
    assert history[0] is system
    with pytest.raises(ValueError, match="broken"):
        next(stream)


def test_all_changes_of_lists_and_dicts(answers_of: Made) -> None:
    answers = answers_of(CHANGES)
    numbers: list[Any] = [5, 6, 4, 2]
    last, is_list, deep, flat = answers.change(numbers)
    assert (last, is_list) == (1, True)
    assert numbers == deep == flat == [[1, 2], 8, 6, 4, 3, 9, 8, 6, 4, 3]
    answers.empty(numbers)
    assert numbers == []
    table: dict[Any, Any] = {"old": 1, "list": [1], 2: None}
    table_of_old = table["list"]
    answers.fill({"old": 0}, "k")
    answers.fill(table, "key")
    assert table == {"list": [1, 2], 2: None, "key": {"more": 1}, "a": 1, "b": 2}
    assert [*table] == ["list", 2, "key", "a", "b"]
    assert table["list"] is table_of_old


def test_a_defaultdict_puts_in_what_is_missing(answers_of: Made) -> None:
    answers = answers_of(CHANGES)
    table: Any = defaultdict(list, {"old": [0]})
    assert answers.look_up(table, "new") == (None, True, [1])
    assert answers.look_up(table, "newer") == (None, True, [1])
    assert table == {"old": [0], "new": [1], "newer": [1]}
    with pytest.raises(KeyError):
        answers.look_up(defaultdict(None, {}), "new")


def test_what_answers_change_in_a_message_is_changed(answers_of: Made) -> None:
    answers = answers_of(CHANGES)
    message, other = AIMessage("before"), AIMessageChunk(content="x")
    returned = answers.rename([message, other])
    assert message.content == "changed"
    assert message.response_metadata == {"state": "done"}
    assert message.additional_kwargs == {"kept": True}
    assert returned[0] is message
    assert returned[1] is other


def test_a_message_that_is_written_while_it_streams(answers_of: Made) -> None:
    history: list[Any] = []
    stream = answers_of(CHANGES).stop_in_the_middle(history)
    next(stream)
    assert history == [AIMessage("a")]
    next(stream)
    stream.close()
    assert history == [AIMessage("ab")]


def test_items_that_change_places_are_the_same(answers_of: Made) -> None:
    items = [{"key": number} for number in (3, 1, 2)]
    three, one, two = items
    answers_of(CHANGES).swap(items)
    assert all(left is right for left, right in zip(items, (one, two, three), strict=True))


def test_a_list_that_was_given_twice_is_one(answers_of: Made) -> None:
    answers = answers_of(CHANGES)
    items = ["a"]
    assert answers.keep(items)
    items.append("b")
    assert answers.keep(items)
    answers.grow()
    assert items == ["a", "b", "new"]


# Records that the stub gives

RECORDS = """
from dataclasses import dataclass, field, replace, asdict
from enum import Enum
from typing import NamedTuple, TypedDict, Protocol
from pydantic import BaseModel
import asyncio
import functools
import io
import random
import math

class GivenKind(Enum):
    TEXT = "text"
    CODE = "code"

class GivenName(str, Enum):
    A = "a"

@dataclass(frozen=True)
class GivenSegment:
    kind: GivenKind
    text: str = ""
    more: tuple = ()

    @property
    def size(self):
        return len(self.text)

@dataclass
class GivenSummary:
    ttft: float | None = None
    gaps: list = field(default_factory=list)

    def total(self):
        return sum(self.gaps)

class GivenPoint(NamedTuple):
    x: int
    y: float

class GivenModel(BaseModel):
    name: str
    parts: list[int]

class GivenToken:
    def __init__(self):
        self.reason = None
        self._event = asyncio.Event()

    def cancel(self, reason="stop"):
        self.reason = reason
        self._event.set()

    async def wait(self):
        await self._event.wait()
        return self.reason

class GivenError(Exception):
    def __init__(self, partial):
        super().__init__(f"after {partial!r}")
        self.partial = partial

class GivenEvent(TypedDict):
    type: str

GIVEN_FRAMES = ("a", "b")

def segments(text):
    yield GivenSegment(GivenKind.TEXT, text)
    yield GivenSegment(kind=GivenKind.CODE, text="c", more=(GivenPoint(1, 2.5), GivenName.A))

def summary(gaps):
    return GivenSummary(0.5, gaps)

def model(name):
    return GivenModel(name=name, parts=[1])

def wide(segment):
    match segment:
        case GivenSegment(kind=GivenKind.TEXT, text=text):
            return replace(segment, text=text * 2)
        case GivenSummary(ttft=found) if isinstance(segment, GivenSummary):
            segment.ttft = 2.0
            segment.gaps.append(found)
            return [segment.total(), asdict(segment)["ttft"], replace(segment, ttft=3.0).ttft]
        case GivenPoint(x, y):
            return segment._replace(x=x + 1)
        case GivenModel():
            return segment.model_copy(update={"name": "n"})
    return None

async def follow(token):
    assert isinstance(token, GivenToken)
    waiting = asyncio.ensure_future(token.wait())
    found = await waiting
    return [found, token.reason]

def own(token):
    token.cancel("mine")
    return token.reason

def made():
    return GivenToken()

def broken():
    raise GivenError(["a", 1]) from KeyError("k")

class Broken(GivenError):
    pass

def broken_in_its_own_way():
    raise Broken(["b"])

def filled(summary):
    vars(summary).update(ttft=3.0)
    vars(summary)["gaps"] = [vars(summary)["ttft"]]
    return sorted(vars(summary))

def half():
    found = object.__new__(GivenSegment)
    return found
"""


def test_records_come_back_as_what_the_stub_gives(answers_of: Made) -> None:
    answers = answers_of(RECORDS)
    one, other = answers.segments("t")
    assert type(one) is answers.GivenSegment
    assert one == answers.GivenSegment(answers.GivenKind.TEXT, "t")
    assert one.size == 1
    assert other.kind is answers.GivenKind.CODE
    assert other.more == (answers.GivenPoint(1, 2.5), answers.GivenName.A)
    assert type(other.more[0]) is answers.GivenPoint
    summary = answers.summary([1, 2])
    assert summary == answers.GivenSummary(0.5, [1, 2])
    assert summary.total() == 3
    assert answers.model("m") == answers.GivenModel(name="m", parts=[1])
    assert answers.GIVEN_FRAMES == ("a", "b")
    assert answers.GivenEvent(type="a") == {"type": "a"}


def test_records_that_tests_make_are_of_the_answers_class(answers_of: Made) -> None:
    answers = answers_of(RECORDS)
    segment = answers.GivenSegment(answers.GivenKind.TEXT, "ab")
    assert answers.wide(segment) == answers.GivenSegment(answers.GivenKind.TEXT, "abab")
    summary = answers.GivenSummary(1.0, [4.0])
    assert answers.wide(summary) == [5.0, 2.0, 3.0]
    assert summary == answers.GivenSummary(2.0, [4.0, 1.0])
    assert answers.wide(answers.GivenPoint(1, 2)) == answers.GivenPoint(2, 2)
    model = answers.GivenModel(name="m", parts=[2])
    assert answers.wide(model) == answers.GivenModel(name="n", parts=[2])


def test_a_given_class_with_methods_works_on_both_sides(answers_of: Made, run: Run) -> None:
    async def test() -> None:
        answers = answers_of(RECORDS)
        token = answers.GivenToken()
        following = asyncio.create_task(answers.follow(token))
        await asyncio.sleep(1)
        token.cancel("enough")
        assert await following == ["enough", "enough"]
        other = answers.GivenToken()
        assert answers.own(other) == "mine"
        assert other.reason == "mine"
        assert answers.made().reason is None

    run(test())


def test_a_given_exception_has_what_it_was_made_with(answers_of: Made) -> None:
    answers = answers_of(RECORDS)
    with pytest.raises(answers.GivenError, match="after") as caught:
        answers.broken()
    assert caught.value.partial == ["a", 1]
    assert isinstance(caught.value.__cause__, KeyError)
    assert str(caught.value) == "after ['a', 1]"


def test_a_given_exception_of_a_test_is_one_of_the_answers(answers_of: Made, run: Run) -> None:
    answers = answers_of(
        RECORDS
        + """
def caught(items):
    try:
        for item in items:
            pass
    except GivenError as error:
        return [error.partial, type(error) is GivenError, error]

async def caught_later(function, kind):
    try:
        await function()
    except kind as error:
        return [kind is GivenError, error]

def in_a_group(items):
    try:
        for item in items:
            pass
    except ExceptionGroup as group:
        raise GivenError(str(group)) from group.exceptions[1]
"""
    )
    error = answers.GivenError(["a"])

    async def fails() -> None:
        raise error

    async def test() -> None:
        assert await answers.caught_later(fails, answers.GivenError) == [True, error]

    run(test())
    assert answers.caught(Source(["a", error])) == [["a"], True, error]
    parts = [KeyError("k"), error]
    with pytest.raises(answers.GivenError) as caught:
        answers.in_a_group(Source([ExceptionGroup("several", parts)]))
    assert caught.value.__cause__ is error
    assert caught.value.partial == "several (2 sub-exceptions)"


def test_an_exception_of_a_test_with_the_name_of_a_given_one_is_another(answers_of: Made) -> None:
    answers = answers_of(
        RECORDS
        + """
def caught(items):
    try:
        for item in items:
            pass
    except GivenError:
        return "given"
    except Exception as error:
        return type(error).__name__
"""
    )
    other = type("GivenError", (Exception,), {})
    assert answers.caught(Source([other("x")])) == "GivenError"


HIDDEN = """
from langchain_core.utils.function_calling import convert_to_openai_function

def arguments(tool):
    schema = tool.args_schema
    schema = schema if isinstance(schema, dict) else schema.model_json_schema()
    seen = convert_to_openai_function(tool)
    copy = convert_to_openai_function(tool.model_copy(update={"description": "Another."}))
    return [
        [*schema["properties"]],
        [*tool.args],
        [*seen["parameters"]["properties"]],
        [seen["description"], copy["description"]],
    ]
"""


def test_what_a_model_does_not_see_of_a_tool_crosses(answers_of: Made) -> None:
    @tool
    def find(text: str, user: Annotated[str, InjectedToolArg]) -> str:
        """Find."""
        return text

    @tool(args_schema={"title": "give", "type": "object", "properties": {"number": {}}})
    def give(**named: int) -> int:
        """Give."""
        return len(named)

    answers = answers_of(HIDDEN)
    seen, words = ["text"], ["Find.", "Another."]
    assert answers.arguments(find) == [["text", "user"], seen, seen, words]
    assert answers.arguments(give)[:3] == [["number"]] * 3


class OpenStream:
    def __init__(self, stream: Any) -> None:
        self.stream, self.closed = stream, False

    def __aiter__(self) -> OpenStream:
        return self

    async def __anext__(self) -> Any:
        return await anext(self.stream)

    async def aclose(self) -> None:
        self.closed = True
        await self.stream.aclose()


class OpenModel(HeldModel):
    """A model that keeps its streams open until somebody closes them."""

    def astream(self, *args: Any, **kwargs: Any) -> Any:
        super().astream(*args, **kwargs)
        self.held[-1] = OpenStream(self.held[-1])
        return self.held[-1]


OPEN = """
async def texts(model, question):
    stream = model.astream(question)
    try:
        async for chunk in stream:
            yield chunk.text
    except ConnectionError:
        yield "failed"
        await stream.aclose()
        yield (await model.ainvoke(question)).text
"""


def test_a_model_of_the_tests_makes_its_streams_itself(answers_of: Made, run: Run) -> None:
    async def test() -> None:
        model = OpenModel(replies=[Reply("a", Fail(ConnectionError("lost"))), Reply("whole")])
        got = []
        async for text in answers_of(OPEN).texts(model, "Hello?"):
            got.append((text, model.held[0].closed))
        assert got == [("a", False), ("failed", False), ("whole", True)]
        assert [call.messages[-1].text for call in model.transcript] == ["Hello?"] * 2

    run(test())


def test_a_text_that_equals_everything_does_so_on_both_sides(answers_of: Made) -> None:
    source = """
def same(items):
    for item in items:
        yield item == object(), not item != object(), isinstance(item, str), item

def written(text):
    return f"{text}!" + "".join([text]), len(text), {text: text}
"""
    answers = answers_of(source)
    anything, plain = AnyText("b"), type("Text", (str,), {})("c")
    equal, unequal, is_text, back = zip(*answers.same([anything, plain]), strict=True)
    assert (equal, unequal, is_text) == ((True, False), (True, False), (True, True))
    assert back[0] is anything
    assert type(back[1]) in (str, type(plain))
    said, length, pairs = answers.written(anything)
    assert (said, length) == ("b!b", 1)
    assert [type(one) for one in (said, *pairs.values())] == [str, AnyText]


CAUSES = """
def failed(items, cause):
    try:
        for item in items:
            pass
    except Exception as error:
        raise error from cause

def failed_anew(items):
    try:
        for item in items:
            pass
    except Exception as error:
        raise error from ValueError("retries")

def failed_as_before(items):
    for item in items:
        pass

def failed_from_itself(items):
    try:
        for item in items:
            pass
    except Exception as error:
        try:
            raise KeyError("k") from error
        except KeyError as other:
            raise error from other
"""


def test_what_an_error_is_raised_from_crosses(answers_of: Made) -> None:
    answers = answers_of(CAUSES)
    first, error = KeyError("first"), RuntimeError("why")
    error.__cause__ = first

    def cause_after(task: Callable[..., Any], *more: Any) -> BaseException | None:
        with pytest.raises(RuntimeError) as caught:
            task(Source([error]), *more)
        assert caught.value is error
        return error.__cause__

    assert cause_after(answers.failed_as_before) is first
    assert repr(cause_after(answers.failed_anew)) == "ValueError('retries')"
    assert cause_after(answers.failed, first) is first
    assert cause_after(answers.failed, None) is None


def test_no_error_becomes_its_own_cause(process: ContainedProcess) -> None:
    file = AnswerFile(CAUSES, Path("answers.py"))
    lesson, given = lesson_of(CAUSES, Path("answers.py")), types.ModuleType("given")
    answers = ContainedAnswers(process.channel, lesson, file, given, 5.0).answers
    error = RuntimeError("why")
    for task, more in ((answers.failed, [error]), (answers.failed_from_itself, [])):
        with pytest.raises(RuntimeError) as caught:
            task(Source([error]), *more)
        assert caught.value is error
        assert error.__cause__ is None
    assert process.channel.end()


def test_an_answer_may_have_a_subclass_of_a_given_exception(answers_of: Made) -> None:
    answers = answers_of(RECORDS)
    with pytest.raises(answers.GivenError, match="after") as caught:
        answers.broken_in_its_own_way()
    assert type(caught.value) is not answers.GivenError
    assert type(caught.value).__name__ == "Broken"
    assert caught.value.partial == ["b"]


def test_a_record_is_filled_through_its_fields(answers_of: Made) -> None:
    answers = answers_of(RECORDS)
    summary = answers.GivenSummary(1.0, [4.0])
    assert answers.filled(summary) == ["gaps", "ttft"]
    assert summary == answers.GivenSummary(3.0, [3.0])


def test_half_a_record_is_none(answers_of: Made) -> None:
    answers = answers_of(RECORDS)
    half = answers.half()
    assert not hasattr(half, "kind")
    assert "GivenSegment" in type(half).__name__


# Values

SAME = """
def same(value):
    return value

def name(value):
    return type(value).__name__

def fail(kind, *args):
    import builtins, json
    raise {"json": json.JSONDecodeError}.get(kind, getattr(builtins, kind, None))(*args)

class Own(TimeoutError):
    pass

def own():
    raise Own("mine")
"""

VALUES: list[Any] = [
    b"\x00\xff",
    bytearray(b"ab"),
    {1, "a", (2, 3)},
    frozenset({1.5}),
    math.inf,
    -math.inf,
    datetime(2025, 6, 15, 12, 30, tzinfo=timezone(timedelta(hours=2))),
    datetime(2025, 6, 15),
    date(2025, 6, 15),
    timedelta(days=1, microseconds=5),
    "\ud83d\ude00",
    "\ud83d" + "\ude00"[:0],
    "\U0001f600",
    types.SimpleNamespace(status_code=429, headers={"a": "b"}),
    [None, True, 10**30, {"a": [(1,)]}],
    Document("text", metadata={"a": 1}, id="7"),
    SystemMessage("s", id="1"),
    HumanMessage([{"type": "text", "text": "t"}], name="ann"),
    ToolMessage("r", tool_call_id="1", status="error", artifact={"a": 1}, id="x"),
    RemoveMessage(id="gone"),
    AIMessage(
        "a",
        tool_calls=[{"name": "f", "args": {"a": 1}, "id": "1"}],
        invalid_tool_calls=[{"name": "g", "args": "{", "id": "2", "error": "e"}],
        usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
        response_metadata={"finish_reason": "length"},
        id="run-1",
    ),
    AIMessageChunk(
        content=[{"type": "text", "text": "t", "index": 0}],
        tool_call_chunks=[{"name": "f", "args": '{"a"', "id": "1", "index": 0}],
        name="n",
        chunk_position="last",
        id="c",
    ),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_equal_here_and_there(value: Any, answers_of: Made) -> None:
    answers = answers_of(SAME)
    found = answers.same(value)
    assert found == value
    assert type(found) is type(value)
    assert answers.same((value,))[0] == value
    assert answers.name(value) == type(value).__name__


def test_modules_can_be_there_before_answers_are(process: ContainedProcess, tmp_path: Path) -> None:
    source = "import sys\n\ndef there(name):\n    return name in sys.modules\n"
    path = tmp_path / "answers.py"
    path.write_text(source, encoding="utf-8")
    given, lesson = types.ModuleType("given"), lesson_of(source, path)
    answers = ContainedAnswers(
        process.channel, lesson, AnswerFile(source, path), given, 5.0
    ).answers
    assert [answers.there("wave"), answers.there("sunau")] == [True, False]
    assert process.channel.end()


def test_a_lesson_says_what_it_needs() -> None:
    found = imported(catalog.find("09"))
    assert "langchain_core.documents" in found
    assert not [name for name in found if name.startswith(("course", "pytest"))]


def test_not_a_number(answers_of: Made) -> None:
    assert math.isnan(answers_of(SAME).same(math.nan))


@pytest.mark.parametrize(
    ("kind", "arguments", "caught_as"),
    [
        ("ValueError", ("v",), ValueError),
        ("KeyError", ("k",), KeyError),
        ("TimeoutError", (), TimeoutError),
        ("json", ("bad", "{", 1), ValueError),
        ("UnicodeDecodeError", ("utf-8", b"x", 0, 1, "bad"), ValueError),
        ("StopAsyncIteration", (), StopAsyncIteration),
    ],
)
def test_an_error_of_the_answers_is_caught_as_usual(
    kind: str, arguments: tuple[Any, ...], caught_as: type[Exception], answers_of: Made
) -> None:
    with pytest.raises(caught_as):
        answers_of(SAME).fail(kind, *arguments)


def test_an_error_of_a_class_of_the_answers_is_caught_as_its_base(answers_of: Made) -> None:
    with pytest.raises(TimeoutError, match="mine"):
        answers_of(SAME).own()


# Functions, errors, models and other objects of the tests

CALLS = """
import asyncio
import functools
import io
import random
import inspect

async def retry(sleep, ask, history):
    await sleep(2)
    found = []
    async for item in ask(history):
        found.append(item)
    task = asyncio.create_task(sleep(3))
    await task
    return found

async def serve(handlers, event):
    handler = handlers[event["type"]]
    found = handler(event)
    if inspect.isawaitable(found):
        found = await found
    return [found, inspect.iscoroutinefunction(handler), asyncio.iscoroutinefunction(handler)]

async def stop(sleep):
    async with asyncio.timeout(1):
        await sleep(60)

async def hold(future):
    return await future

async def wait_for(future):
    return await asyncio.wait_for(future, 5)

def draw(rng):
    return [rng.random(), rng.uniform(0, 3), type(rng).__name__]

def twice(items):
    return [*items, *items]

async def atwice(items):
    return [item async for item in items] + [item async for item in items]

def call(make, *args):
    return make(*args)

def classify(error, kinds=()):
    found = []
    while error is not None:
        found.append(type(error).__name__)
        for kind in (TimeoutError, ConnectionError, OSError, KeyboardInterrupt, ValueError):
            if isinstance(error, kind):
                found.append(kind.__name__)
        if isinstance(error, tuple(kinds)):
            found.append("one of these")
        found.append(getattr(error, "status_code", None))
        response = getattr(error, "response", None)
        found.append(response.headers.get("retry-after") if response is not None else None)
        found.append([*error.args])
        error = error.__cause__
    return found

def context(error):
    return type(error.__context__).__name__, type(error.__cause__).__name__

def is_openai(error):
    import openai
    return [isinstance(error, openai.RateLimitError), isinstance(error, openai.APIStatusError),
            isinstance(error, openai.APIConnectionError), error.response.status_code,
            error.response.headers["Retry-After"], str(error)]

def headers(found):
    return [type(found).__name__, found["RETRY-AFTER"], found.get("missing")]

def raise_one(kinds):
    raise kinds[1]("mine")

def reraise(error):
    try:
        raise error
    except Exception as caught:
        raise RuntimeError("outer") from caught

def catch(call, kinds):
    try:
        call()
    except tuple(kinds) as error:
        return str(error)
"""


def test_async_functions_of_the_tests_are_awaited_in_virtual_time(
    answers_of: Made, run: Run, clock: VirtualClock
) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        slept.append((seconds, clock.elapsed))

    async def ask(history: list[str]) -> AsyncIterator[str]:
        for item in history:
            await asyncio.sleep(1)
            yield item

    async def handler(event: dict[str, Any]) -> str:
        await asyncio.sleep(1)
        return str(event["type"])

    async def test() -> None:
        answers = answers_of(CALLS)
        assert await answers.retry(sleep, ask, ["a", "b"]) == ["a", "b"]
        assert slept == [(2, 2.0), (3, 7.0)]
        assert await answers.serve({"a": handler}, {"type": "a"}) == ["a", True, True]
        assert await answers.serve({"a": lambda event: 7}, {"type": "a"}) == [7, False, False]
        later = await answers.serve({"a": lambda event: handler(event)}, {"type": "a"})
        assert later == ["a", False, False]
        with pytest.raises(TimeoutError):
            await answers.stop(sleep)
        assert clock.elapsed == 10.0
        assert len(slept) == 2
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(3, future.set_result, "set")
        assert await answers.wait_for(future) == "set"
        assert clock.elapsed == 13.0

    run(test())


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("fails", [False, True])
def test_a_cancellation_may_come_with_the_end_of_what_it_cancels(
    answers_of: Made, run: Run, turns: int, fails: bool
) -> None:
    async def test() -> None:
        answers = answers_of(CALLS)
        future = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(answers.hold(future))
        await asyncio.sleep(1)
        if fails:
            future.set_exception(ValueError("mine"))
        else:
            future.set_result("set")
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled() or (turns and waiting.done())
        if not waiting.cancelled():
            assert str(waiting.exception() or waiting.result()) == ("mine" if fails else "set")
        assert answers.tasks_left() == 0

    run(test())


LEFT = """
import asyncio

async def forgets(seconds):
    task = asyncio.ensure_future(asyncio.sleep(seconds))
    try:
        yield 1
        await asyncio.sleep(2)
        yield 2
    finally:
        task.cancel()

async def waits(seconds):
    task = asyncio.ensure_future(asyncio.sleep(seconds))
    try:
        yield 1
        await asyncio.sleep(2)
        yield 2
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

async def result(seconds):
    asyncio.ensure_future(asyncio.sleep(seconds)).cancel()
    await asyncio.sleep(0 if seconds > 5 else 2)
    asyncio.ensure_future(asyncio.sleep(seconds)).cancel()
"""


def test_a_task_that_is_cancelled_and_not_awaited_is_seen(answers_of: Made, run: Run) -> None:
    async def test() -> None:
        answers = answers_of(LEFT)
        for task, left in ((answers.forgets, 1), (answers.waits, 0)):
            stream = task(10)
            await anext(stream)
            await stream.aclose()
            assert answers.tasks_left() == left
            await asyncio.sleep(0)
            assert answers.tasks_left() == 0
            assert [item async for item in task(20)] == [1, 2]
            assert answers.tasks_left() == left
            await asyncio.sleep(0)
            assert answers.tasks_left() == 0
        for seconds in (1, 10):
            await answers.result(seconds)
            assert answers.tasks_left() == 1
            await asyncio.sleep(0)
            assert answers.tasks_left() == 0

    run(test())


AGAIN = """
def lists(words):
    held = []
    for word in words:
        held.append(word)
        yield held

def dicts(words):
    event = {}
    for word in words:
        event["word"] = word
        yield event

async def groups(words):
    held = []
    for word in words:
        held.append(word)
        yield held
        held.clear()

def copies(words):
    for word in words:
        yield [word]

class Counter:
    def __init__(self):
        self.seen = []
    def __iter__(self):
        return self
    def __next__(self):
        if len(self.seen) == 2:
            raise StopIteration
        self.seen.append(len(self.seen))
        return self.seen
"""


def test_one_list_given_again_is_one_list(answers_of: Made, run: Run) -> None:
    answers = answers_of(AGAIN)
    assert [*answers.lists("ab")] == [["a", "b"]] * 2
    assert [*answers.dicts("ab")] == [{"word": "b"}] * 2
    assert [*answers.copies("ab")] == [["a"], ["b"]]
    assert [*answers.Counter()] == [[0, 1]] * 2
    first, second = answers.lists("x"), answers.lists("y")
    assert [next(first), next(second)] == [["x"], ["y"]]

    async def test() -> None:
        kept = [group async for group in answers.groups("ab")]
        assert kept[0] is kept[1]

    run(test())


TWICE = """
kept = {}

def same(words, kept=[]):
    kept[:] = words
    return kept

def known(word):
    return kept.setdefault(word, {"word": word})

class Decoder:
    def __init__(self):
        self.events = []
    def feed(self, word):
        self.events.append(word)
        return self.events

async def later(word, kept=[]):
    kept.append(word)
    return kept

def pair(empty={}):
    return [empty, {"args": empty}], (empty, {})

def call(function, none=[]):
    function(none, more=none)
    return function(none, more=[])

def loop():
    made = []
    made.append(made)
    return made
"""


def test_one_list_handed_out_twice_is_one_list(answers_of: Made, run: Run) -> None:
    answers = answers_of(TWICE)
    first, second = answers.same(["a", "b"]), answers.same(["c"])
    assert first is second
    assert first == ["c"]
    first = answers.known("a")
    first["more"] = 1
    assert answers.known("a") is first
    assert first == {"word": "a", "more": 1}
    assert answers.known("b") == {"word": "b"}
    decoder = answers.Decoder()
    assert decoder.feed("a") is decoder.feed("b") is decoder.events
    assert decoder.events == ["a", "b"]

    async def test() -> None:
        assert await answers.later("a") is await answers.later("b")

    run(test())


def test_one_dict_in_several_places_is_one_dict(answers_of: Made) -> None:
    answers = answers_of(TWICE)
    [first, holder], (second, other) = answers.pair()
    assert first is holder["args"] is second
    assert other is not first
    first["more"] = 1
    assert answers.pair()[1] == ({"more": 1}, {})


def test_one_list_given_to_functions_is_one_list(answers_of: Made) -> None:
    taken: list[tuple[list[int], list[int]]] = []

    def take(one: list[int], more: list[int]) -> None:
        one.append(len(taken))
        taken.append((one, more))

    answers_of(TWICE).call(take)
    [(first, same), (again, other)] = taken
    assert first is same is again
    assert first == [0, 1]
    assert other == []


def test_a_change_to_what_is_equal_is_a_change(answers_of: Made) -> None:
    answers = answers_of(TWICE)
    kept = answers.same([1, True, 0.0])
    assert list(map(repr, kept)) == ["1", "True", "0.0"]
    answers.same([1.0, 1, -0.0])
    assert list(map(repr, kept)) == ["1.0", "1", "-0.0"]


def test_what_comes_again_counts_again(process: ContainedProcess) -> None:
    source = """
def grows():
    held = []
    for _ in range(60):
        yield held
    held.append("x" * 900_000)
    yield held
"""
    file, given = AnswerFile(source, Path("answers.py")), types.ModuleType("given")
    lesson = lesson_of(source, Path("answers.py"))
    answers = ContainedAnswers(process.channel, lesson, file, given, 5.0).answers
    with pytest.raises(ContainedDied) as caught:
        list(answers.grows())
    assert caught.value.death.problem == TOO_MUCH
    assert process.channel.end()


def test_a_list_that_lies_in_itself_does_not_cross_as_one(process: ContainedProcess) -> None:
    source = TWICE
    given = types.ModuleType("given")
    file = AnswerFile(source, Path("answers.py"))
    lesson = lesson_of(source, Path("answers.py"))
    answers = ContainedAnswers(process.channel, lesson, file, given, 5.0).answers
    found, depth = answers.loop(), 0
    while isinstance(found, list):
        [found] = found
        depth += 1
    assert depth > 10
    assert process.channel.end()


def test_nobody_tells_more_of_a_result_than_there_is() -> None:
    results = Results()
    results.begin(10)
    first = results.take(1, [1])
    assert results.take(1, [2]) is first
    assert first == [2]
    assert results.again(1) is first
    assert results.held == 30
    results.begin(100)
    results.take(1, [3])
    assert results.held == 400  # a test that kept all four would read it four times
    for number, value in ((1, {}), (2, None)):
        with pytest.raises(NotPlainError):
            results.again(number) if value is None else results.take(number, value)
    assert results.part(1, "data", first) is first
    assert results.part(1, "data", []) is first
    assert results.part(1, "others", []) is not first
    assert results.part(1, "data", first) is first
    results.begin(MOST_BYTES_KNOWN)
    assert results.part(1, "data", []) is not first


def test_what_is_ours_is_given_back_unchanged(answers_of: Made) -> None:
    words = [["a"], ["b"]]
    source = "def same(words):\n    for word in words:\n        yield words[0]\n"
    assert [one is words[0] for one in answers_of(source).same(words)] == [True, True]
    assert words == [["a"], ["b"]]


ENDS = """
import asyncio

async def end(work):
    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    for _ in range(2):
        task.cancel()
        await asyncio.wait([task], timeout=1)
    if task.cancelled():
        return "cancelled"
    return repr(task.exception() or task.result())
"""


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ("passes", "cancelled"),
        ("raises", "ValueError('while it was cleaned up')"),
        ("returns", "'swallowed'"),
        ("waits", "cancelled"),
    ],
)
def test_who_is_cancelled_there_decides_how_it_ends(
    answers_of: Made, run: Run, how: str, wanted: str
) -> None:
    async def work() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            match how:
                case "raises":
                    raise ValueError("while it was cleaned up") from None
                case "returns":
                    return "swallowed"
                case "waits":
                    await asyncio.sleep(60)
            raise
        return "done"

    async def test() -> None:
        assert await answers_of(ENDS).end(work) == wanted

    run(test())


def test_a_random_generator_goes_on_over_there(answers_of: Made) -> None:
    expected = random.Random(5)
    assert answers_of(CALLS).draw(random.Random(5)) == [
        expected.random(),
        expected.uniform(0, 3),
        "Random",
    ]


def test_what_can_be_iterated_twice_is_iterated_twice(answers_of: Made, run: Run) -> None:
    class Again:
        async def __aiter__(self) -> AsyncIterator[int]:
            yield 1

    async def test() -> None:
        answers = answers_of(CALLS)
        assert answers.twice(range(2)) == [0, 1, 0, 1]
        assert answers.twice({"a": 1}.keys()) == ["a", "a"]
        assert await answers.atwice(Again()) == [1, 1]

    run(test())


def test_a_class_of_the_tests_can_be_called(answers_of: Made) -> None:
    class Maker:
        def __init__(self, number: int) -> None:
            self.number = number

        def __iter__(self) -> Iterator[int]:
            return iter([self.number])

    answers = answers_of(CALLS)
    assert list(answers.call(Maker, 3)) == [3]
    assert answers.call(list, [1]) == [1]


class RateLimited(Exception):
    status_code = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("slow down")
        self.response = types.SimpleNamespace(headers={"retry-after": str(seconds)})


class Dropped(ConnectionResetError):
    pass


def test_errors_of_the_tests_arrive_as_what_they_are(answers_of: Made) -> None:
    answers = answers_of(CALLS)
    timeout: list[Any] = ["TimeoutError", "TimeoutError", "OSError", None, None, []]
    assert answers.classify(TimeoutError()) == timeout
    limited = ["RateLimited", 429, "3", ["slow down"]]
    assert answers.classify(RateLimited(3)) == limited
    dropped = ["Dropped", "ConnectionError", "OSError", None, None, ["gone"]]
    assert answers.classify(Dropped("gone")) == dropped
    error = RateLimited(3)
    error.__cause__ = TimeoutError()
    assert answers.classify(error) == limited + timeout
    assert answers.context(error) == ("NoneType", "TimeoutError")
    bug = KeyError("x")
    bug.__context__ = ConnectionError("busy with this")
    assert answers.context(bug) == ("ConnectionError", "NoneType")
    interrupt: list[Any] = ["KeyboardInterrupt", "KeyboardInterrupt", None, None, []]
    assert answers.classify(KeyboardInterrupt()) == interrupt
    refused = [ConnectionRefusedError.__name__, "ConnectionError", "OSError", None, None, ["no"]]
    assert answers.classify(ConnectionRefusedError("no")) == refused
    coded = answers.classify(OSError(5, "io"))
    assert coded == ["OSError", "OSError", None, None, [5, "io"]]


def test_classes_of_errors_are_the_same_as_those_of_errors(answers_of: Made) -> None:
    answers = answers_of(CALLS)
    kinds = (KeyError, RateLimited)
    assert "one of these" in answers.classify(RateLimited(1), kinds)
    assert "one of these" not in answers.classify(Dropped(), kinds)

    def fail() -> None:
        raise Dropped("lost")

    assert answers.catch(fail, (ConnectionError,)) == "lost"
    with pytest.raises(Dropped):
        answers.catch(fail, kinds)
    error = Dropped("first")
    with pytest.raises(RuntimeError, match="outer") as caught:
        answers.reraise(error)
    assert caught.value.__cause__ is error


def test_errors_of_a_library_arrive_as_what_they_are(answers_of: Made) -> None:
    request = httpx2.Request("POST", "http://localhost/v1")
    response = httpx2.Response(429, headers={"retry-after": "7"}, request=request)
    error = openai.RateLimitError("too many", response=response, body={"code": "x"})
    answers = answers_of(CALLS)
    assert answers.is_openai(error) == [True, True, False, 429, "7", "too many"]
    headers = httpx.Headers({"Retry-After": "5"})
    assert answers.headers(headers) == ["Headers", "5", None]
    assert answers.classify(httpx.ReadTimeout("slow"))[0] == "ReadTimeout"
    assert answers.classify(error, [httpx.HTTPError, openai.APIError])[1] == "one of these"


MODELS = """
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

def ask(model, prompt, **options):
    assert isinstance(model, BaseChatModel)
    return model.invoke(prompt, **options)

async def aask(model, prompt):
    return await model.ainvoke(prompt)

async def degrade(model, prompt):
    try:
        async for chunk in model.astream(prompt):
            yield chunk.text
    except ConnectionError:
        yield (await model.ainvoke(prompt)).text

def with_tools(model, tools):
    bound = model.bind_tools(tools, tool_choice="any")
    total = None
    for chunk in bound.stream("now"):
        total = chunk if total is None else total + chunk
    return total.tool_calls

async def events(chain):
    return [event["event"] async for event in chain.astream_events("x", version="v2")]

async def named(chain):
    found = chain.name, chain.invoke("a"), await chain.ainvoke("b"), [*chain.stream("c")]
    return [*found, [item async for item in chain.astream("d")], isinstance(chain, Runnable)]

def piped(model):
    chain = ChatPromptTemplate.from_messages([("human", "say {word}")]) | model | StrOutputParser()
    return "".join(chain.stream({"word": "it"}))

async def use(tools):
    tool = tools["add"]
    call = {"name": "add", "args": {"a": 1, "b": 4}, "id": "7", "type": "tool_call"}
    message = await tool.ainvoke(call)
    return [tool.name, tool.invoke({"a": 1, "b": 2}), await tool.ainvoke({"a": 1, "b": 3}), message,
            isinstance(tool, BaseTool), sorted(tool.args)]

def change(tool):
    tool.handle_tool_error = True

async def ask_a_copy(tool, args):
    copy = tool.model_copy(update={
        "handle_tool_error": lambda error: f"{error}!",
        "handle_validation_error": lambda error: str(len(error.errors())),
    })
    call = {"name": tool.name, "args": args, "id": "k1", "type": "tool_call"}
    return [copy.invoke(call), await copy.ainvoke(call)]

def show(console, out):
    console.print("[bold]a[/bold]" * 3)
    return [console.width, console.is_terminal, console.color_system, out.isatty(), out.getvalue()]

async def live(tokens, console):
    from rich.live import Live
    from rich.text import Text
    shown = ""
    with Live(Text(""), console=console, refresh_per_second=8) as screen:
        for token in tokens:
            shown += token
            screen.update(Text(shown))
    return shown
"""


def test_models_are_asked_in_each_way(answers_of: Made, run: Run) -> None:
    async def test() -> None:
        answers = answers_of(MODELS)
        error = ConnectionError("cut")
        model = held_model("one", "two", Reply(Fail(error)), "whole", Reply("a", "b"), "it")
        message = answers.ask(model, "first", stop=["x"])
        assert (message.text, type(message)) == ("one", AIMessage)
        assert model.transcript[0].stop == ["x"]
        assert (await answers.aask(model, [HumanMessage("second")])).text == "two"
        assert [text async for text in answers.degrade(model, "third")] == ["whole"]
        outcomes = ["exhausted", "exhausted", "failed", "exhausted"]
        assert [call.outcome for call in model.transcript] == outcomes
        assert [call.messages for call in model.transcript][1] == [HumanMessage("second")]
        assert answers.piped(model) == "ab"
        assert model.transcript[-1].messages == [HumanMessage("say it")]

    run(test())


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def test_tools_run_where_they_are(answers_of: Made, run: Run) -> None:
    async def test() -> None:
        answers = answers_of(MODELS)
        model = held_model(Reply(ToolCall("add", {"a": 1, "b": 2}, id="1")))
        called = {"name": "add", "args": {"a": 1, "b": 2}, "id": "1", "type": "tool_call"}
        assert answers.with_tools(model, [add]) == [called]
        assert [one["function"]["name"] for one in model.transcript[0].tools] == ["add"]
        assert model.transcript[0].tool_choice == "any"
        message = ToolMessage("5", tool_call_id="7", name="add")
        assert await answers.use({"add": add}) == ["add", 3, 4, message, True, ["a", "b"]]

    run(test())


def test_a_copy_of_a_tool_handles_errors_in_its_own_way(answers_of: Made, run: Run) -> None:
    @tool
    def refuse(a: int, b: int) -> str:
        """Refuse to work."""
        raise ToolException("no")

    async def test() -> None:
        answers = answers_of(MODELS)
        for args, said in ({"a": 1, "b": 2}, "no!"), ({"a": "x"}, "2"):
            message = ToolMessage(said, tool_call_id="k1", name="refuse", status="error")
            assert await answers.ask_a_copy(refuse, args) == [message] * 2

    run(test())


@pytest.mark.parametrize("answers_of", ["contained"], indirect=True)
def test_a_tool_stays_as_it_is(answers_of: Made) -> None:
    with pytest.raises(TypeError, match=r"handle_tool_error: .* cannot be changed"):
        answers_of(MODELS).change(add)
    assert not add.handle_tool_error


def test_chains_of_the_tests_run_there(answers_of: Made, run: Run) -> None:
    async def shout(text: str) -> str:
        return text.upper()

    async def test() -> None:
        chain = RunnableLambda(lambda text: f"{text}!", afunc=shout, name="shout")
        answers = answers_of(MODELS)
        assert await answers.named(chain) == ["shout", "a!", "B", ["c!"], ["D"], True]
        events = await answers.events(chain)
        assert events == ["on_chain_start", "on_chain_stream", "on_chain_end"]

    run(test())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_console_writes_into_its_file(answers_of: Made, run: Run) -> None:
    out = Terminal()
    console = Console(file=out, width=30, force_terminal=True, color_system="truecolor")
    answers = answers_of(MODELS)
    width, terminal, colors, tty, text = answers.show(console, out)
    assert (width, terminal, colors, tty) == (30, True, "truecolor", True)
    assert "\x1b[1ma\x1b[0m" in text
    assert text == out.getvalue()
    assert run(answers.live(iter(["ab", "cd"]), console)) == "abcd"
    assert "abcd" in out.getvalue()
    plain = io.StringIO()
    assert answers.show(Console(file=plain, width=9), plain)[1:4] == [False, None, False]


def test_what_is_thrown_away_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coroutine that an answer left behind is collected at some moment, perhaps between tests."""
    said: list[Any] = []
    cell = Cell.__new__(Cell)
    monkeypatch.setattr(cell, "say", said.append)

    async def left_behind() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            await cell.ask_later(1, "__aexit__")

    waiting = left_behind()
    waiting.send(None)
    waiting.close()
    assert said == []


THREADS = """
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

def batch(model, questions, most=None):
    answers = model.batch(questions, config={"max_concurrency": most}, return_exceptions=True)
    return [getattr(answer, "text", answer) for answer in answers]

def pool(model, questions):
    with ThreadPoolExecutor() as pool:
        return [answer.text for answer in pool.map(model.invoke, questions)]

def completed(model, questions):
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(model.invoke, question) for question in questions]
        for future in as_completed(asked):
            yield future.result().text

def call_all(functions):
    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in [pool.submit(function) for function in functions]]

def nothing():
    with ThreadPoolExecutor() as pool:
        pool.submit(time.sleep, 3)
    return time.monotonic()
"""

OWN_LOOP = """
import asyncio
import time

def together(model, questions):
    async def ask():
        return await asyncio.gather(*(model.ainvoke(question) for question in questions))
    return [answer.text for answer in asyncio.run(ask())]

def use(tool):
    return asyncio.run(tool.ainvoke({"number": 1}))

def sleep(seconds):
    asyncio.run(asyncio.sleep(seconds))
    return time.monotonic()

def forever():
    async def wait():
        await asyncio.Event().wait()
    asyncio.run(wait())

def stream(model):
    async def pieces():
        return [piece.text async for piece in model.astream("a")]
    return asyncio.run(pieces())
"""

OWN_THREAD = """
import threading

def ask(function):
    found = []

    def call():
        try:
            found.append(function())
        except RuntimeError as error:
            found.append(str(error))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    return found[0]
"""


class TestThreadPools:
    """In a plain function, they work as they do outside, and take as long."""

    def model(self) -> BaseChatModel:
        replies = {name: Reply(Pause(n), name) for n, name in enumerate("abc", start=1)}
        return ScriptedChatModel(replies={**replies, "oops": Reply(Pause(5), Fail(OSError(5)))})

    @pytest.mark.parametrize(("most", "seconds"), [(None, 3), (2, 4), (1, 6)])
    def test_a_batch(
        self, answers_of: Made, clock: VirtualClock, most: int | None, seconds: float
    ) -> None:
        model = self.model()
        assert answers_of(THREADS).batch(model, ["a", "b", "c"], most) == ["a", "b", "c"]
        assert clock.elapsed == seconds

    def test_one_fails(self, answers_of: Made, clock: VirtualClock) -> None:
        found = answers_of(THREADS).batch(self.model(), ["oops", "a"])
        assert (type(found[0]), found[1:], clock.elapsed) == (OSError, ["a"], 5)

    def test_a_pool(self, answers_of: Made, clock: VirtualClock) -> None:
        assert answers_of(THREADS).pool(self.model(), ["c", "a"]) == ["c", "a"]
        assert clock.elapsed == 3

    def test_the_order_is_that_of_time(self, answers_of: Made, clock: VirtualClock) -> None:
        stream = answers_of(THREADS).completed(self.model(), ["c", "a", "b"])
        assert [(item, clock.elapsed) for item in stream] == [("a", 1), ("b", 2), ("c", 3)]

    def test_functions_of_the_test_run_in_it(self, answers_of: Made, clock: VirtualClock) -> None:
        waits = [functools.partial(time.sleep, seconds) for seconds in (2, 3, 2)]
        assert answers_of(THREADS).call_all(waits) == [None] * 3
        assert clock.elapsed == 4

    def test_answers_see_the_time_pass(self, answers_of: Made, clock: VirtualClock) -> None:
        assert answers_of(THREADS).nothing() == START + 3 == clock.now

    def test_a_loop_of_ones_own(self, answers_of: Made, clock: VirtualClock) -> None:
        answers = answers_of(OWN_LOOP)
        assert answers.together(self.model(), ["c", "a", "b"]) == ["c", "a", "b"]
        assert (clock.elapsed, clock.blocked) == (3, 0)
        assert answers.sleep(2) == START + 5 == clock.now
        assert answers.use(add_one) == 2

    def test_it_is_found_out_if_it_never_ends(self, answers_of: Made) -> None:
        with pytest.raises(Stuck, match="never comes") as caught:
            answers_of(OWN_LOOP).forever()
        waiting = OWN_LOOP.splitlines().index("        await asyncio.Event().wait()") + 1
        assert waiting in [line for file, line in caught.value.lines if "asyncio" not in file]

    def test_it_is_told_what_it_cannot_read(
        self, request: pytest.FixtureRequest, answers_of: Made
    ) -> None:
        answers, model = answers_of(OWN_LOOP), held_model(Reply("x", "y"))
        if request.node.callspec.params["answers_of"] == "here":
            assert answers.stream(model) == ["x", "y", ""]
        else:
            with pytest.raises(RuntimeError, match="an event loop of your own"):
                answers.stream(model)

    def test_a_thread_is_told_that_it_cannot_ask(
        self, request: pytest.FixtureRequest, answers_of: Made
    ) -> None:
        contained = request.node.callspec.params["answers_of"] == "contained"
        found = answers_of(OWN_THREAD).ask(lambda: 5)
        assert "asyncio.to_thread" in found if contained else found == 5


# Tools, prompts and chains that answers make

MADE = '''
import asyncio
import time
from typing import Annotated

from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import InjectedToolArg, ToolException, tool

def made_tool(log):
    @tool
    def half(number: int, user: Annotated[str, InjectedToolArg] = "") -> float:
        """Halve a number."""
        log.append(user)
        time.sleep(1)
        if number == 13:
            raise ToolException("not that one")
        return number / 2
    return half

def toolbox(tools):
    return {one.name: one for one in tools}

def prompt():
    return ChatPromptTemplate.from_messages([("system", "Be {mood}."), ("human", "{question}")])

def chain(model, rules):
    return ChatPromptTemplate.from_messages([("system", rules), ("human", "{q}")]) | model | (
        StrOutputParser()
    )

def named(function):
    return RunnableLambda(function).with_config(run_name="named")

class Mine(Runnable):
    """A chain of one's own."""
    name = "mine"
    def invoke(self, input, config=None, **kwargs):
        return f"{input}!"
'''


class TestMade:
    """They are called, read and streamed as if they were here."""

    def test_a_tool(self, answers_of: Made, clock: VirtualClock) -> None:
        users: list[str] = []
        made = answers_of(MADE).made_tool(users)
        assert (made.name, made.description) == ("half", "Halve a number.")
        assert made.args == {"number": {"title": "Number", "type": "integer"}}
        shown = made.get_input_jsonschema()
        assert [*shown["properties"]] == ["number", "user"]
        assert made.invoke({"number": 7, "user": "Ana"}) == 3.5
        call = {"name": "half", "args": {"number": 3}, "id": "k1", "type": "tool_call"}
        message = made.invoke(call)
        assert message == ToolMessage("1.5", name="half", tool_call_id="k1")
        assert made.batch([{"number": 2}, {"number": 4}]) == [1.0, 2.0]
        assert (users, clock.elapsed) == (["Ana", "", "", ""], 3)

    def test_its_errors(self, answers_of: Made) -> None:
        made = answers_of(MADE).made_tool([])
        with pytest.raises(ToolException, match=r"^not that one$"):
            made.invoke({"number": 13})
        with pytest.raises(ValidationError, match="valid integer") as caught:
            made.invoke({"number": "many"})
        assert [one["loc"] for one in caught.value.errors()] == [("number",)]

    def test_it_can_be_awaited(self, answers_of: Made, run: Run, clock: VirtualClock) -> None:
        made = answers_of(MADE).made_tool([])

        async def test() -> None:
            both = await asyncio.gather(*(made.ainvoke({"number": n}) for n in (2, 4)))
            assert both == [1.0, 2.0]
            assert clock.elapsed == 1
            assert await made.abatch([{"number": 6}] * 2) == [3.0] * 2
            assert clock.elapsed == 2

        run(test())

    def test_those_of_the_test_come_home(self, answers_of: Made) -> None:
        found = answers_of(MADE).toolbox([add_one, add_two])
        assert [*found] == ["add_one", "add_two"]
        assert found["add_two"] is add_two

    def test_a_prompt(self, answers_of: Made) -> None:
        made = answers_of(MADE).prompt()
        assert sorted(made.input_variables) == ["mood", "question"]
        messages = made.format_messages(mood="kind", question="{x}?")
        assert messages == [SystemMessage("Be kind."), HumanMessage("{x}?")]
        with pytest.raises(KeyError):
            made.invoke({"mood": "kind"})

    def test_a_chain(self, answers_of: Made, clock: VirtualClock) -> None:
        model = held_model(Reply("a", Pause(2), "b"), "c", "d", "e")
        made = answers_of(MADE).chain(model, "Rules.")
        assert model.transcript == []
        pieces = made.stream({"q": "x"})
        assert (next(pieces), clock.elapsed) == ("a", 0)
        assert (next(pieces), clock.elapsed) == ("b", 2)
        assert set(pieces) <= {""}
        assert model.transcript[0].messages == [SystemMessage("Rules."), HumanMessage("x")]
        assert made.invoke({"q": "x"}) == "c"
        assert sorted(made.batch([{"q": "x"}, {"q": "y"}])) == ["d", "e"]

    def test_it_can_be_streamed_asynchronously(self, answers_of: Made, run: Run) -> None:
        model = held_model(Reply(*"abcdef"))

        async def test() -> None:
            made = answers_of(MADE).chain(model, "Rules.")
            stream = made.astream({"q": "x"})
            assert model.transcript == []
            assert await anext(stream) == "a"
            assert model.transcript[0].pulled < 6
            await stream.aclose()

        run(test())

    def test_a_chain_of_ones_own(self, answers_of: Made, run: Run) -> None:
        made = answers_of(MADE).Mine()
        assert (made.name, made.invoke("a"), [*made.stream("b")]) == ("mine", "a!", ["b!"])

        async def test() -> None:
            assert await made.ainvoke("c") == "c!"

        run(test())

    def test_a_function_of_the_test_in_it(self, answers_of: Made) -> None:
        made = answers_of(MADE).named(lambda text: f"{text}?")
        assert made.invoke("a") == "a?"


@tool
def add_one(number: int) -> int:
    """Add one."""
    return number + 1


@tool
def add_two(number: int) -> int:
    """Add two."""
    return number + 2


# Answers of models in the form of a class

STRUCTURED = """
from typing import Literal

from pydantic import BaseModel, Field, field_validator

class GivenPart(BaseModel):
    name: str
    count: int = Field(default=1, ge=1)

class GivenOrder(BaseModel):
    parts: list[GivenPart]
    kind: Literal["new", "old"] = "new"

    @field_validator("parts")
    @classmethod
    def _some(cls, parts):
        if not parts:
            raise ValueError("an order {without} parts")
        return parts

def extract(model, schema, prompt, method):
    return model.with_structured_output(schema, method=method).invoke(prompt)

def raw(model, schema, prompt, method):
    found = model.with_structured_output(schema, method=method, include_raw=True).invoke(prompt)
    return [found["raw"].text, found["parsed"], found["parsing_error"]]

def partial(model, prompt):
    yield from model.with_structured_output(GivenOrder.model_json_schema()).stream(prompt)

def checked(data):
    return GivenOrder.model_validate(data)

def changed(order):
    return order.model_copy(update={"kind": "old"})

def fields_of(order):
    return order.parts[0].name, sorted(order.model_fields_set)
"""

ORDER = {"parts": [{"name": "{bolt}", "count": 3}]}


class TestStructuredOutput:
    """The model's side is the same as here, whatever the method."""

    def reply(self, method: str, answer: dict[str, Any]) -> Reply:
        by_call = method == "function_calling"
        return Reply(ToolCall("GivenOrder", answer) if by_call else json.dumps(answer))

    @pytest.mark.parametrize("method", ["function_calling", "json_schema", "json_mode"])
    def test_an_object_of_the_class_comes(self, answers_of: Made, method: str) -> None:
        answers = answers_of(STRUCTURED)
        model = held_model(self.reply(method, ORDER))
        found = answers.extract(model, answers.GivenOrder, "x", method)
        wanted = answers.GivenOrder(parts=[answers.GivenPart(name="{bolt}", count=3)])
        assert found == wanted
        assert type(found) is answers.GivenOrder
        assert type(found.parts[0]) is answers.GivenPart
        [call] = model.transcript
        assert call.tool_choice == ("GivenOrder" if method == "function_calling" else "auto")
        assert len(call.tools) == (method == "function_calling")
        types = {"json_schema": "json_schema", "json_mode": "json_object"}
        assert (call.response_format or {}).get("type") == types.get(method)

    def test_words_are_no_object(self, answers_of: Made) -> None:
        answers = answers_of(STRUCTURED)
        model = held_model("no", "no", "no")
        with pytest.raises(OutputParserException, match="Invalid json output: no"):
            answers.extract(model, answers.GivenOrder, "x", "json_mode")
        assert answers.extract(model, answers.GivenOrder, "x", "function_calling") is None
        text, parsed, error = answers.raw(model, answers.GivenOrder, "x", "json_schema")
        assert (text, parsed, type(error)) == ("no", None, OutputParserException)

    def test_wrong_arguments_are_a_validation_error(self, answers_of: Made) -> None:
        answers = answers_of(STRUCTURED)
        model = held_model(self.reply("function_calling", {"parts": [{"count": 0}]}))
        with pytest.raises(ValidationError) as caught:
            answers.extract(model, answers.GivenOrder, "x", "function_calling")
        assert [one["type"] for one in caught.value.errors()] == ["missing", "greater_than_equal"]

    def test_a_dict_streams(self, answers_of: Made) -> None:
        pieces = ['{"parts": [', '{"name": "a', 'b"}]', "}"]
        found = [*answers_of(STRUCTURED).partial(held_model(Reply(*pieces)), "x")]
        assert found[0] == {"parts": []}
        assert found[-1] == {"parts": [{"name": "ab"}]}

    def test_an_unknown_method(self, answers_of: Made) -> None:
        with pytest.raises(ValueError, match="method is 'magic'"):
            answers_of(STRUCTURED).extract(held_model(), dict[str, int], "x", "magic")


class TestValidation:
    """Objects and errors of pydantic are the same on both sides."""

    def test_an_object(self, answers_of: Made) -> None:
        answers = answers_of(STRUCTURED)
        order = answers.checked(ORDER)
        assert order == answers.GivenOrder.model_validate(ORDER)
        assert order.model_dump() == {**ORDER, "kind": "new"}
        changed = answers.changed(order)
        assert (changed.kind, order.kind) == ("old", "new")
        assert answers.fields_of(order)[0] == "{bolt}"

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"parts": []},
            {"parts": [{}, {"name": 5, "count": "x"}]},
            {"parts": [{"name": "a", "count": -1}], "kind": "odd"},
            {"parts": "many"},
            {"parts": [{"name": "\ud83d", "count": None}]},
            [],
        ],
    )
    def test_an_error_of_the_answers(self, answers_of: Made, data: Any) -> None:
        answers = answers_of(STRUCTURED)
        with pytest.raises(ValidationError) as wanted:
            answers.GivenOrder.model_validate(data)
        with pytest.raises(ValidationError) as caught:
            answers.checked(data)
        assert equal_errors(caught.value, wanted.value)

    def test_an_error_of_the_test(self, answers_of: Made) -> None:
        """It arrives as what it is, so that answers can tell what is wrong."""

        def own_words() -> None:
            raise PydanticCustomError("own", "{word} is odd, {word}!", {"word": "x"})

        def fail(data: Any) -> None:
            answers.GivenOrder.model_validate(data)

        def fail_with_own_words(data: Any) -> None:
            TypeAdapter(Annotated[Any, BeforeValidator(lambda _: own_words())]).validate_python(1)

        answers = answers_of(STRUCTURED + CAUGHT)
        for function, data in ((fail, {"parts": [{}]}), (fail, {"parts": []})):
            with pytest.raises(ValidationError) as wanted:
                function(data)
            assert answers.caught(function, data) == [
                str(wanted.value),
                [(one["loc"], one["type"], one["msg"]) for one in wanted.value.errors()],
            ]
        told = answers.caught(fail_with_own_words, 1)
        assert told[1] == [((), "own", "x is odd, x!")]

    def test_it_comes_home_as_itself(self, answers_of: Made) -> None:
        with pytest.raises(ValidationError) as wanted:
            TypeAdapter(int).validate_python("x")

        def fail() -> None:
            raise wanted.value

        with pytest.raises(ValidationError) as caught:
            answers_of(STRUCTURED + CAUGHT).passed_on(fail)
        assert caught.value is wanted.value

    def test_what_pydantic_cannot_make_is_another_error(self) -> None:
        for parts in (
            {},
            {"title": "x", "errors": 5},
            {"title": "x", "errors": [{"type": "missing"}, {"type": 5, "msg": "x"}]},
            {"title": "x", "errors": [{"type": "greater_than", "loc": (), "input": 1}]},
            {"title": "x", "errors": [{"type": "missing", "loc": 7, "input": 1}]},
            {"title": "x" * 3000, "errors": []},
            {"title": "x", "errors": [{"type": "missing", "loc": ("x" * 99,), "input": 1}] * 99},
        ):
            assert put_together(parts) is None

    def test_there_are_only_so_many(self) -> None:
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(list[int]).validate_python(["x"] * 1000)
        assert len(taken_apart(caught.value)["errors"]) == 100


CAUGHT = """
from pydantic import ValidationError

def caught(function, data):
    try:
        function(data)
    except ValidationError as error:
        return [str(error), [(one["loc"], one["type"], one["msg"]) for one in error.errors()]]

def passed_on(function):
    try:
        function()
    except ValidationError:
        raise
"""


def equal_errors(one: ValidationError, other: ValidationError) -> bool:
    """Whether two errors say the same, and about the same."""
    said = [
        [{**line, "ctx": str(line.get("ctx"))} for line in error.errors()] for error in (one, other)
    ]
    return said[0] == said[1] and str(one) == str(other) and one.title == other.title


def test_a_strict_model_refuses_over_there(answers_of: Made) -> None:
    model = held_model("Hi.", strict=True)
    with pytest.raises(Exception, match="empty array"):
        answers_of(MODELS).ask(model, [])
    assert model.transcript == []


def test_a_choice_that_is_not_there_is_refused(answers_of: Made) -> None:
    with pytest.raises(ValueError, match="tool_choice is 'add'"):
        answers_of("def bind(model):\n    model.bind_tools([], tool_choice='add')\n").bind(
            held_model()
        )
