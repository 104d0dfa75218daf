"""What Python says of a mistake is understood, however this Python puts it."""

from __future__ import annotations

import asyncio
import dataclasses
import textwrap
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage

from course.grade.explain.meanings import meaning

CODE = {
    "it treats a chunk as if it were text": "'' + AIMessageChunk('a')",
    "it assumes that content is a string": "''.join([['a']])",
    "it loops over a coroutine": "async for _ in work(): pass",
    "it reads an ordinary stream with 'async for'": "async for _ in [1]: pass",
    "it reads an asynchronous stream with 'for'": "for _ in numbers(): pass",
    "it awaits a stream": "await numbers()",
    "it awaits something that is already there": "await 1",
    "it uses a source while something is still waiting for its next token": """\
        source = numbers()
        first = asyncio.ensure_future(anext(source))
        await asyncio.sleep(0)
        try:
            await anext(source)
        finally:
            await first""",
    "it yields while it is being closed": """\
        def stubborn():
            try:
                yield
            finally:
                yield
        one = stubborn()
        next(one)
        one.close()""",
    "it lets the end of the source escape as an error": """\
        def first(): yield next(iter([]))
        next(first())""",
    "it calls next() on something that is not an iterator": "next([1])",
    "its TaskGroup wraps the error in a group": """\
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())""",
    "it calls the text of a message": "AIMessageChunk('a').text()",
    "it changes what cannot be changed": "'abc'[0] = 'd'",
    "it unpacks an object": """\
        class Pair: pass
        one, two = Pair()""",
    "it gives a class its values without their names": "FakeListChatModel(['a'])",
    "it makes a message of no kind": "BaseMessage('a')",
    "it treats a dict as if it were a list": "{}.sort()",
    "it calls a model as if it were a function": "FakeListChatModel(responses=['a'])('b')",
    "it calls something that is not a function": "object()()",
    "it takes a message for a dict": "AIMessageChunk('a')['text']",
    "it changes a record that is frozen": """\
        @dataclasses.dataclass(frozen=True)
        class Point:
            x: int
        Point(1).x = 2""",
    "its except names something that is no class of errors": """\
        try:
            fail_at_once = 1 / 0
        except [ValueError]:
            pass""",
    "it calls a tool as if it were a function": """\
        from langchain_core.tools import tool
        tool(fail)()""",
    "it makes a tool without a description": """\
        from langchain_core.tools import tool
        tool(work)""",
    "it calls a type": """\
        from typing import Literal
        Literal('low', 'high')""",
    "it takes a text for a type": "'low' | 'high'",
    "it raises something that is not an error": "raise 'no'",
    "it takes an exception for a result": "ValueError('no').text",
    "it looks for the text of an exception in an attribute": "ValueError('no').message",
    "it reads a future without awaiting it": "list(asyncio.gather(asyncio.sleep(0)))",
    "it makes a model of its own": """\
        class OpenAIError(Exception): pass
        raise OpenAIError("Missing credentials. Please pass an `api_key`")""",
    "it does not expect None": "None + 1",
    "it asks for a key that is not there": "{}['key']",
    "it asks for an attribute that is not there": "object().missing",
    "it uses a variable that has no value yet": "print(later); later = 1",
    "it uses a name that does not exist": "missing",
    "it calls a function with the wrong arguments": "(lambda one: one)()",
    "it does not wait for the queue": "asyncio.Queue().get_nowait()",
    "it asks a task for its result too early": "asyncio.Future().result()",
}
"""What is told -> code that raises such an error."""


async def numbers() -> AsyncIterator[int]:
    await asyncio.sleep(0)
    yield 1


async def work() -> None:
    pass


async def fail() -> None:
    """Fail."""
    raise ValueError


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize(("problem", "code"), CODE.items(), ids=CODE.keys())
async def test_an_error_of_this_python_is_understood(problem: str, code: str) -> None:
    names: dict[str, Any] = {
        **globals(),
        **{
            one.__name__: one
            for one in (AIMessageChunk, BaseMessage, FakeListChatModel, dataclasses)
        },
    }
    body = textwrap.indent(textwrap.dedent(code), "    ")
    exec(f"async def answer():\n{body}\n", names)
    with pytest.raises(Exception) as raised:  # noqa: PT011  # which one is what matters here
        await names["answer"]()
    told, _ = meaning(raised.value)
    assert told == problem
