"""Lists and dicts that answers hand out: what is one of them there is one here.

An answer may hand out the same list twice, and change it in between. A test that keeps the first
result sees that, as it does in one process. All of these are made here, from what was sent in the
same test. Nothing of the tests is among them, so there is nothing else that answers can change.

Only what is a result by itself can change. Inside of results, two lists are one if they came with
one number and the same contents. So no list can come to lie in itself, and none can grow in many
places at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from course.official.protocol.plain_data import NotPlainError, is_same

MOST_BYTES_KNOWN = 1_000_000
"""Bytes of messages, after which what lies inside of results is forgotten."""

Container = list[Any] | dict[Any, Any]


@dataclass
class _Result:
    value: Container
    size: int = 0
    times: int = 0


class Results:
    """What was handed out in a test.

    Attributes:
        held: bytes that a test holds if it has kept every result. What came ten times counts ten
            times: who reads it all has to read it as often.
    """

    def __init__(self) -> None:
        self.held = 0
        self._size = 0
        self._bytes = 0
        self._known: dict[int, _Result] = {}
        self._parts: dict[int, tuple[Any, Container]] = {}

    def begin(self, size: int) -> None:
        """Begin to read a message of so many bytes."""
        self._size = size
        self._bytes += size
        if self._bytes > MOST_BYTES_KNOWN:
            self._bytes = size
            self._parts.clear()

    def take(self, number: int, value: Container) -> Container:
        """Return the list or dict of that number, with what is in it now.

        Raises:
            NotPlainError: if it has become one of another kind.
        """
        found = self._known.setdefault(number, _Result(value))
        if type(found.value) is not type(value):
            raise NotPlainError("a list that becomes a dict, or the other way around")
        if isinstance(found.value, list):
            found.value[:] = value
        elif found.value is not value:
            found.value.clear()
            found.value.update(value)
        self._count(found, self._size)
        return found.value

    def again(self, number: int) -> Container:
        """Return the list or dict of that number, as the test has left it.

        Raises:
            NotPlainError: if there is none.
        """
        if number not in self._known:
            raise NotPlainError("the same again, and it never was")
        found = self._known[number]
        self._count(found, found.size)
        return found.value

    def part(self, number: int, data: Any, value: Container) -> Container:
        """Return the list or dict of that number, if it has come with the same contents."""
        known, found = self._parts.get(number, (None, value))
        if is_same(known, data):
            return found
        self._parts[number] = data, value
        return value

    def _count(self, found: _Result, size: int) -> None:
        self.held += (found.times + 1) * size - found.times * found.size
        found.times, found.size = found.times + 1, size
