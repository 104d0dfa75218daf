"""What Python says of a slip is told as that slip, also where Python says it in general words."""

from __future__ import annotations

import asyncio
import textwrap
from typing import Any

import pytest

from course.grade.explain.meanings import meaning

RAISED: list[tuple[str, str]] = [
    ("it mixes bytes and text", "'a' + b'a'"),
    ("it mixes bytes and text", "b'a'.split('a')"),
    ("it takes a function for its result", "[x for x in {}.items]"),
    ("it takes a function for its result", "print - print"),
    ("it takes a function for its result", "statistics.mean([lambda: 1, lambda: 2])"),
    ("it takes a function for an object", "print.append(1)"),
    ("it joins a text and a number", "'a' + 1"),
    ("it joins something that is no text", "''.join([1])"),
    ("it reads two JSON texts as one", "json.loads('{}{}')"),
    ("it reads as JSON what is not JSON", "json.loads('')"),
    ("it changes what its loop reads", "for x in found: del found[x]"),
    ("it unpacks something that has another number of parts", "a, b = [1]"),
    ("it uses the wrong kind of 'with'", "with asyncio.Semaphore(1): pass"),
    ("it raises something that is not an error", "raise 'an error'"),
    ("it uses a list, a dict or a set where it has to find it again by its value", "{[]: 1}"),
    ("it divides by zero", "1 / 0"),
    ("it takes a pattern for a text", "'a'.replace(re.compile('a'), 'b')"),
    ("it takes a pattern for a text", "'a'.split(re.compile('a'))"),
    ("it takes a pattern for a text", "'a'.startswith(re.compile('a'))"),
    ("it takes a pattern for a text", "re.compile('a') in 'a'"),
    ("it asks for an item that is not there", "[][0]"),
    ("it has not expected that there is so little", "max([])"),
    ("it has not expected that there is so little", "statistics.median([])"),
    ("it has not expected that there is so little", "statistics.stdev([1])"),
    ("it changes a record that is frozen", "frozen.x = 1"),
    ("it repeats a text a fraction of times", "'a' * 1.5"),
    ("it takes the next item of something that has none left", "next(iter([]))"),
    ("it multiplies two lists", "[1] * [2]"),
    ("it multiplies two texts", "'a' * 'b'"),
    ("it hands over many values where one number is wanted", "math.isfinite([1])"),
    ("it hashes a text, not bytes", "hashlib.sha256('a')"),
    (
        "it hands SQLite another number of values than there are question marks",
        "sqlite3.connect(':memory:').execute('SELECT ?', 'ab')",
    ),
    (
        "it writes a value into the text of its SQL",
        "sqlite3.connect(':memory:').execute('SELECT a')",
    ),
    (
        "it uses a table that is not there",
        "sqlite3.connect(':memory:').execute('SELECT * FROM a')",
    ),
    (
        "it makes a table that is there already",
        "sqlite3.connect(':memory:').executescript('CREATE TABLE a (b); CREATE TABLE a (b)')",
    ),
    (
        "it has another number of values than the table has columns",
        "sqlite3.connect(':memory:').executescript('CREATE TABLE a (b);'"
        "'INSERT INTO a VALUES (1, 2)')",
    ),
    (
        "it hands SQLite a value of a type that SQLite does not have",
        "sqlite3.connect(':memory:').execute('SELECT ?', [{}])",
    ),
    (
        "it uses a connection after it was closed",
        "found = sqlite3.connect(':memory:'); found.close(); found.execute('SELECT 1')",
    ),
    ("it takes a cursor for its rows", "sqlite3.connect(':memory:').execute('SELECT 1')[0]"),
    ("it asks a dict for an attribute", "{}.name"),
    ("it takes a text for another object", "[name.stream() for name in {'large': 1}]"),
    ("it treats a list as if it were text", "[].lower()"),
    ("it takes a number for many values", "[x for x in 5]"),
    ("it goes through the items of something that has none", "[].extend(frozen)"),
    ("it looks into something with [...] that is no list and no dict", "frozen['x']"),
    ("it asks for the length of something that has none", "len(frozen)"),
    ("its operator does not go with these types", "() + {}"),
    ("it compares a text with a number", "1 < 'a'"),
    ("it calls a function with the wrong arguments", "print(1, basis=2)"),
    ("it calls a function with the wrong arguments", "asyncio.Queue(1, 2)"),
    ("it names arguments that are told apart by their place", "(lambda x, /: x)(x=1)"),
    ("it asks with input()", "raise EOFError('EOF when reading a line')"),
]
"""What is told, and what raises the error."""

AWAITED: list[tuple[str, str]] = [
    ("it starts a second event loop", "asyncio.run(asyncio.sleep(0))"),
    ("it hands over a coroutine where a task is wanted", "await asyncio.wait([asyncio.sleep(0)])"),
    (
        "it hands over one task where several are wanted",
        "await asyncio.wait(asyncio.ensure_future(asyncio.sleep(0)))",
    ),
    ("it loops over a function", "async for x in stream: pass"),
]
"""The same in an async function."""


def failing(code: str) -> Exception:
    """Run code, and return what it raises."""
    names: dict[str, Any] = {}
    head = "import asyncio, dataclasses, hashlib, json, math, re, sqlite3, statistics\n"
    head += "@dataclasses.dataclass(frozen=True)\nclass Frozen:\n    x: int = 0\n"
    head += "frozen, found = Frozen(), {'a': 1, 'b': 2}\nasync def stream():\n    yield 1\n"
    is_async = "await" in code or "async" in code or code.startswith("asyncio.run(asyncio")
    body = textwrap.indent(code, "    ")
    exec(f"{head}{'async ' if is_async else ''}def run():\n{body}\n", names)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any kind
        asyncio.run(names["run"]()) if is_async else names["run"]()
    return caught.value


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize(("problem", "code"), RAISED + AWAITED)
def test_an_error_of_python_is_told_as_the_slip(problem: str, code: str) -> None:
    assert meaning(failing(code))[0] == problem
