"""What can go wrong between a provider and its client, on request.

A client asks for faults after the model's name, "quoting+cut-after-3", or in a header,
`X-Fault: cut-after=3`. Several are separated by "+" or by commas. `docs/server.md` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from course.fakes.openai.reply import Answer, ApiError
from course.fakes.script import Fail, Hang, Pause

Item: TypeAlias = bytes | Pause | Hang | Fail
Items: TypeAlias = Iterator[Item]

HEADER = "x-fault"
COMMENT = b": keep-alive\n\n"

_WRITTEN = re.compile(r"([a-z]+(?:-[a-z]+)*)(?:[-=](\d{1,6}))?")
_RETRIES = "x-stainless-retry-count"


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        change: makes the faulty stream from the whole one, or None if the fault is not in the
            stream. It takes the items, the form of the answer, and the number.
        number: the number to use if the client gives none.
        needs_stream: whether it makes sense only for `stream: true`.
    """

    change: Callable[[Items, Answer, int], Items] | None
    number: int = 0
    needs_stream: bool = True


def _cut_after(items: Items, answer: Answer, pieces: int) -> Items:
    yield from _first(items, pieces)


def _drop_after(items: Items, answer: Answer, pieces: int) -> Items:
    yield from _first(items, pieces)
    yield Fail(ConnectionResetError("dropped on request"))


def _cut_in_character(items: Items, answer: Answer, number: int) -> Items:
    for item in items:
        if isinstance(item, bytes):
            start = next((at for at, byte in enumerate(item) if byte > 0x7F), None)
            if start is not None:
                yield item[: start + 1]
                return
        yield item


def _cut_in_arguments(items: Items, answer: Answer, pieces: int) -> Items:
    seen = 0
    for item in items:
        yield item
        if isinstance(item, bytes) and answer.has_arguments(item):
            seen += 1
            if seen == pieces:
                return


def _stall_after(items: Items, answer: Answer, pieces: int) -> Items:
    yield from _first(items, pieces)
    yield Hang()


def _error_after(items: Items, answer: Answer, pieces: int) -> Items:
    yield from _first(items, pieces)
    yield answer.error(ApiError(500, "The server had an error on request.", kind="server_error"))


def _empty_choices(items: Items, answer: Answer, pieces: int) -> Items:
    yield from _first(items, pieces)
    yield answer.nothing()
    yield from items


def _keep_alive(items: Items, answer: Answer, number: int) -> Items:
    for item in items:
        yield COMMENT
        yield item


def _one_byte(items: Items, answer: Answer, number: int) -> Items:
    for item in items:
        if isinstance(item, bytes):
            for at in range(len(item)):
                yield item[at : at + 1]
        else:
            yield item


# In the order in which they are applied to a stream.
FAULTS: dict[str, Fault] = {
    "rate-limit": Fault(None, number=1, needs_stream=False),
    "server-error": Fault(None, needs_stream=False),
    "usage-only": Fault(None),
    "empty-choices": Fault(_empty_choices),
    "cut-after": Fault(_cut_after, number=1),
    "cut-in-character": Fault(_cut_in_character),
    "cut-in-arguments": Fault(_cut_in_arguments, number=2),
    "drop-after": Fault(_drop_after, number=1),
    "stall-after": Fault(_stall_after, number=1),
    "error-after": Fault(_error_after, number=1),
    "keep-alive": Fault(_keep_alive),
    "one-byte": Fault(_one_byte),
    "once": Fault(None, needs_stream=False),
}


class Faults:
    """The faults that one request asks for.

    Args:
        written: "cut-after=3", or several of them with "+" or "," between.
        headers: the headers of the request.

    Raises:
        ApiError: there is no such fault.
    """

    def __init__(self, written: str, headers: Mapping[str, str]) -> None:
        self._numbers: dict[str, int] = {}
        for word in re.split(r"[+,\s]+", f"{written},{headers.get(HEADER, '')}"):
            if word:
                name, number = _read(word)
                self._numbers[name] = number
        if "once" in self._numbers and headers.get(_RETRIES, "0") != "0":
            self._numbers.clear()

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def refuse(self, streamed: bool) -> None:
        """Raise the error that the client gets instead of an answer, if it asks for one.

        Args:
            streamed: whether the client asked for the answer in pieces.

        Raises:
            ApiError: on request, or because a fault makes no sense for a whole answer.
        """
        if "rate-limit" in self:
            raise ApiError(
                429,
                "Rate limit reached, on request.",
                kind="requests",
                code="rate_limit_exceeded",
                headers={"retry-after": str(self._numbers["rate-limit"])},
            )
        if "server-error" in self:
            raise ApiError(500, "The server had an error on request.", kind="server_error")
        for name in self._numbers:
            if FAULTS[name].needs_stream and not streamed:
                raise ApiError(400, f"The fault {name} is only for stream: true.", code="no_stream")

    def change(self, items: Items, answer: Answer) -> Items:
        """Return the stream with the faults in it."""
        for name, fault in FAULTS.items():
            if name in self and fault.change is not None:
                items = fault.change(items, answer, self._numbers[name])
        return items


def _read(word: str) -> tuple[str, int]:
    match = _WRITTEN.fullmatch(word)
    if match is None or match[1] not in FAULTS:
        raise ApiError(
            400,
            f"There is no fault {word[:100]!r}. There are: {', '.join(FAULTS)}.",
            code="unknown_fault",
        )
    return match[1], FAULTS[match[1]].number if match[2] is None else int(match[2])


def _first(items: Items, pieces: int) -> Items:
    """Yield everything up to and including that many pieces, and leave the rest."""
    while pieces:
        item = next(items, None)
        if item is None:
            return
        pieces -= isinstance(item, bytes)
        yield item
