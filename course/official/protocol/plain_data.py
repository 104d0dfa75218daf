"""What crosses between the trusted and the contained process: JSON, never pickles.

Plain values cross as they are. Live objects, such as a stream or a handler, stay where they are
and get a number; the other side works with a proxy. A proxy that comes home is the object again.
Records that both sides know, such as a frozen dataclass of the stub, cross by the values of their
fields. A list or a dict that may be changed after it has crossed has a number too: one that answers
are given is theirs to change, and one that they hand out again is the same one.
"""

from __future__ import annotations

import asyncio
import base64
import builtins
import contextlib
import dataclasses
import enum
import io
import json
import re
import traceback
import types
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import (
    AIMessageChunk,
    BaseMessage,
    message_to_dict,
    messages_from_dict,
)
from langchain_core.tools import ToolException
from pydantic import BaseModel, ValidationError

from course.grade.frames import top_level_name
from course.grade.said import MOST_NAME, MOST_SAID, bounded
from course.official.protocol.validation_errors import put_together, taken_apart

MOST_DEPTH = 40
"""Levels of lists in lists. Only an attack needs more."""

MOST_ITEMS = 10_000
"""Entries of a dict. More of them could be made to have the same hash, which takes ages."""

MOST_NUMBERS = 1_000_000_000
"""Numbers that can be given. Larger ones could be chosen to have the same hash, too."""

MOST_TOOL_ARGS = 4_000
"""Characters in all pieces of tool calls in a chunk. Reading half of a JSON text takes quadratic
time."""

MOST_REPR = 400
"""Characters that are shown of what is not plain."""

MOST_LINES = 200
"""Frames of a traceback."""

LIBRARY: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        asyncio.InvalidStateError,
        asyncio.QueueEmpty,
        asyncio.QueueFull,
        io.UnsupportedOperation,
        OutputParserException,
        ToolException,
    )
}
"""Errors of libraries that cross as they are, in addition to the built-in ones."""

PRIMITIVES = (type(None), bool, int, float)
"""Types whose values are JSON as they are."""

DATES = {"datetime": datetime, "date": date}

SPLIT_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""What JSON would take for one character."""

SPECIAL = (
    "__len__",
    "__contains__",
    "__getitem__",
    "__call__",
    "__iter__",
    "__next__",
    "__enter__",
    "__exit__",
    "__aiter__",
    "__anext__",
    "__aenter__",
    "__aexit__",
    "__await__",
)
"""Methods of live objects that Python calls itself."""

CHUNK_FIELDS = (
    "content",
    "name",
    "additional_kwargs",
    "response_metadata",
    "id",
    "tool_call_chunks",
    "usage_metadata",
    "chunk_position",
)


class Opaque:
    """Something of the other side that cannot cross. It equals nothing but itself."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __repr__(self) -> str:
        return self._shown


def opaque(name: Any, shown: Any) -> Opaque:
    """Return what stands for an object of the class `name` that cannot cross."""
    made: Opaque = type(as_name(name, "object"), (Opaque,), {})(str(shown)[:MOST_REPR])
    return made


class ForeignError(Exception):
    """An exception of a class that only the other side has."""

    _text: str | None = None
    """Its text on the other side, if that is not what it is made of."""

    def __str__(self) -> str:
        return super().__str__() if self._text is None else self._text


class NotPlainError(Exception):
    """What came is not what this protocol sends."""


class Codec:
    """Encodes what is sent and decodes what comes, and keeps the live objects of this side.

    Args:
        errors: exception classes that both sides have, by name, in addition to the built-in ones.
    """

    most_harmful: type[BaseException] = Exception
    """Built-in exceptions of another kind arrive as a `ForeignError`."""

    shares_messages = True
    """Whether a message is shared like a list or a dict."""

    shares_defaults = True
    """Whether a defaultdict is still one on the other side."""

    def __init__(self, errors: Mapping[str, type[BaseException]] | None = None) -> None:
        self.last = 0
        self._kinds: dict[int, str] = {}
        self._errors = dict(errors or {})
        self._shares = False
        self.clear()

    def clear(self) -> None:
        """Forget all live objects."""
        self.mine: dict[int, Any] = {}
        self._number_of: dict[int, int] = {}
        self._theirs: dict[int, Any] = {}

    def forget(self, number: int) -> None:
        """Forget one live object of this side."""
        value = self.mine.pop(number, None)
        self._number_of.pop(id(value), None)

    # What the two sides do differently

    def kind_of(self, value: object) -> tuple[str, Any] | None:
        """Return the kind of a live object and what its proxy has to know; None if it has none."""
        raise NotImplementedError

    def proxy(self, number: int, kind: str, known: Any) -> Any:
        """Return what stands here for a live object of the other side."""
        raise NotImplementedError

    def frames_of(self, error: BaseException) -> list[list[Any]]:
        """Return `[line, function]` of the learner's frames, the outermost first."""
        return []

    def given(self, name: str) -> type | None:
        """Return this side's class that the stub gives: of a record, or of errors. Or None."""
        return None

    def about_to_make(self) -> None:
        """Note that something costly is about to be made of what came: a message or a record."""

    def crosses_by_value(self, record: object) -> bool:
        """Whether a record that the stub gives crosses as its fields, and not as a live object."""
        return True

    def shared(self, data: Any, depth: int, plain: list[Any] | dict[Any, Any]) -> Any:
        """Return what stands here for a list or dict of the other side that has a number.

        Args:
            data: what stands for it.
            depth: how deep it lies in what came; 1 at the top.
            plain: what is in it.
        """
        raise NotPlainError("a list or a dict with a number")

    def their_number(self, value: object) -> int | None:
        """Return the number of what stands here for something of the other side, or None."""
        number = getattr(value, "_number", None)
        return number if type(number) is int and self._theirs.get(number) is value else None

    def is_known(self, kind: type) -> bool:
        """Whether the other side may know a class of errors by its name."""
        return _is_builtin(kind)

    def attributes_of(self, error: BaseException) -> dict[str, Any]:
        """Return the attributes of an error that the other side gets to see."""
        return {name: value for name, value in vars(error).items() if not name.startswith("_")}

    # What is handed out

    def keep(self, value: object, kind: str = "") -> int:
        """Keep a live object of this side; return its number.

        Args:
            value: the object.
            kind: the kind of object that it is handed out as.
        """
        number = self._number_of.get(id(value))
        if number is None:
            self.last = number = self.last + 1
            self.mine[number] = value
            self._number_of[id(value)] = number
            self._kinds[number] = kind
        return number

    def kind_handed_out(self, number: Any) -> str:
        """Return the kind that a live object of this side was handed out as, now or earlier.

        Raises:
            NotPlainError: if none was.
        """
        if type(number) is not int or number not in self._kinds:
            raise NotPlainError(f"the number {number!r:.80}")
        return self._kinds[number]

    # Encoding

    def share(self, value: Any) -> Any:
        """Return JSON with the numbers of all lists and dicts: each may change, or come again."""
        self._shares = True
        try:
            return self.encode(value)
        finally:
            self._shares = False

    def _copied(self, value: Any, depth: int) -> Any:
        """Return JSON for a part of something, which nobody changes."""
        before, self._shares = self._shares, False
        try:
            return self.encode(value, depth + 1)
        finally:
            self._shares = before

    def encode(self, value: Any, depth: int = 0) -> Any:
        """Return JSON for a value."""
        kind = type(value)
        if kind in PRIMITIVES:
            return value
        if kind is str:
            return _text(value)
        if depth > MOST_DEPTH:
            return {"$": "opaque", "type": "object", "shown": "..."}
        number = self.their_number(value)
        if number is not None and not isinstance(value, BaseException):
            return {"$": "back", "n": number}
        if self.given(kind.__name__) is kind and _is_record(kind) and self.crosses_by_value(value):
            return self._encode_record(value, depth)
        if isinstance(value, int):
            return int.__int__(value)
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, str):
            return self.encode_text(value)
        if isinstance(value, list):
            known = {"$": "list", "v": [self.encode(item, depth + 1) for item in value]}
            return {**known, "n": self.keep(value, "list")} if self._shares else known
        if isinstance(value, tuple):
            return {"$": "tuple", "v": [self.encode(item, depth + 1) for item in value]}
        if isinstance(value, BaseException):
            return self._encode_error(value, depth)
        if isinstance(value, BaseMessage):
            return self._encode_message(value, depth)
        if isinstance(value, Document):
            fields = {key: getattr(value, key) for key in ("page_content", "metadata", "id")}
            return {"$": "document", "v": self._copied(fields, depth)}
        if isinstance(value, dict | types.MappingProxyType):
            pairs = [
                [self.encode(key, depth + 1), self.encode(item, depth + 1)]
                for key, item in value.items()
            ]
            if not self._shares or not isinstance(value, dict):
                return {"$": "dict", "v": pairs}
            missing = self._missing(value, depth)
            return {"$": "dict", "v": pairs, "n": self.keep(value, "dict"), **missing}
        if isinstance(value, set | frozenset):
            name = "set" if isinstance(value, set) else "frozenset"
            return {"$": name, "v": [self.encode(item, depth + 1) for item in value]}
        if isinstance(value, bytes | bytearray | memoryview):
            name = "bytearray" if isinstance(value, bytearray) else "bytes"
            return {"$": name, "v": base64.b64encode(bytes(value)).decode()}
        if isinstance(value, date):
            name = "datetime" if isinstance(value, datetime) else "date"
            return {"$": "date", "type": name, "v": DATES[name].isoformat(value)}
        if isinstance(value, timedelta):
            return {"$": "timedelta", "v": [value.days, value.seconds, value.microseconds]}
        if kind is types.SimpleNamespace:
            return {"$": "namespace", "v": self._copied(vars(value), depth)}
        found = self.kind_of(value)
        if found is not None:
            number = self.keep(value, found[0])
            return {"$": "live", "n": number, "kind": found[0], "known": found[1]}
        return {"$": "opaque", "type": kind.__name__, "shown": shown(value)}

    def _missing(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        """Return JSON for what a defaultdict puts in where a key is missing; nothing of a dict."""
        made = value.default_factory if isinstance(value, defaultdict) else None
        if made is None or not self.shares_defaults:
            return {}
        return {"missing": self._copied(made(), depth)}

    def encode_text(self, value: str) -> Any:
        """Return JSON for a text of a class of its own."""
        return _text(str.__str__(value))

    def _encode_record(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if isinstance(value, enum.Enum):
            return {"$": "member", "type": kind.__name__, "name": value.name}
        try:
            fields = {name: getattr(value, name) for name in _fields_of(kind)}
        except AttributeError:
            return {"$": "opaque", "type": kind.__name__, "shown": f"<half a {kind.__name__}>"}
        plain = {name: self.encode(item, depth + 1) for name, item in fields.items()}
        return {"$": "record", "type": kind.__name__, "v": plain}

    def _encode_message(self, message: BaseMessage, depth: int) -> Any:
        if isinstance(message, AIMessageChunk):
            fields = {name: getattr(message, name) for name in CHUNK_FIELDS}
            known = {"$": "chunk", "v": self._copied(fields, depth)}
        else:
            known = {"$": "message", "v": self._copied(message_to_dict(message), depth)}
        if self._shares and self.shares_messages:
            known["n"] = self.keep(message, "message")
            known["parts"] = {
                name: self.encode(value, depth + 1)
                for name, value in vars(message).items()
                if type(value) in (list, dict)
            }
        return known

    def _encode_error(self, error: BaseException, depth: int) -> Any:
        if isinstance(error, asyncio.CancelledError):
            return {"$": "cancelled"}
        frames = self.frames_of(error)
        number = self.their_number(error)
        if number is not None:
            return {"$": "back", "n": number, "frames": frames}
        cause, context = error.__cause__, error.__context__
        attributes = {**plain_attributes(type(error)), **self.attributes_of(error)}
        parts = taken_apart(error) if isinstance(error, ValidationError) else None
        return {
            "$": "error",
            "n": self.keep(error, "error"),
            "type": type(error).__name__,
            "bases": [kind.__name__ for kind in type(error).__mro__ if self.is_known(kind)],
            "text": shown(error, str),
            "args": self._copied(_args_of(error), depth),
            "parts": self._copied(parts, depth) if parts is not None else None,
            "attributes": self._copied(attributes, depth),
            "cause": self._copied(cause, depth) if cause is not None else None,
            "context": self._copied(context, depth) if context not in (None, cause) else None,
            "frames": frames,
            "own": _raised_there(error, frames),
        }

    # Decoding

    def decode(self, data: Any, depth: int = 0) -> Any:
        """Return the value that JSON stands for.

        Raises:
            NotPlainError: if it stands for none.
        """
        if data is None or isinstance(data, bool | int | float | str):
            return data
        if depth > 2 * MOST_DEPTH:
            raise NotPlainError("lists in lists without end")
        try:
            return getattr(self, f"_decode_{data['$']}")(data, depth + 1)
        except NotPlainError:
            raise
        except Exception as error:
            raise NotPlainError(f"cannot decode {data!r:.200}") from error

    def _decode_surrogates(self, data: Any, depth: int) -> str:
        return "".join(chr(code) for code in data["v"])

    def _decode_list(self, data: Any, depth: int) -> list[Any]:
        found = [self.decode(item, depth) for item in data["v"]]
        return self.shared(data, depth, found) if "n" in data else found

    def _decode_tuple(self, data: Any, depth: int) -> tuple[Any, ...]:
        return tuple([self.decode(item, depth) for item in data["v"]])

    def _decode_dict(self, data: Any, depth: int) -> dict[Any, Any]:
        _refuse_too_many(data["v"])
        found = {self.decode(key, depth): self.decode(item, depth) for key, item in data["v"]}
        return self.shared(data, depth, found) if "n" in data else found

    def _decode_set(self, data: Any, depth: int) -> set[Any]:
        _refuse_too_many(data["v"])
        return {self.decode(item, depth) for item in data["v"]}

    def _decode_frozenset(self, data: Any, depth: int) -> frozenset[Any]:
        return frozenset(self._decode_set(data, depth))

    def _decode_bytes(self, data: Any, depth: int) -> bytes:
        return base64.b64decode(data["v"], validate=True)

    def _decode_bytearray(self, data: Any, depth: int) -> bytearray:
        return bytearray(self._decode_bytes(data, depth))

    def _decode_date(self, data: Any, depth: int) -> date:
        return DATES[data["type"]].fromisoformat(data["v"])

    def _decode_timedelta(self, data: Any, depth: int) -> timedelta:
        return timedelta(*data["v"])

    def _decode_namespace(self, data: Any, depth: int) -> types.SimpleNamespace:
        made = types.SimpleNamespace()
        _set_public(made, self.decode(data["v"], depth))
        return made

    def _decode_member(self, data: Any, depth: int) -> Any:
        kind, name = self._given_record(data), str(data["name"])
        if not issubclass(kind, enum.Enum):
            raise NotPlainError(f"a member of {kind}")
        if name in kind.__members__:
            return kind[name]
        return opaque(kind.__name__, f"{kind.__name__}.{name}")

    def _decode_record(self, data: Any, depth: int) -> Any:
        self.about_to_make()
        kind = self._given_record(data)
        fields = {name: self.decode(value, depth) for name, value in data["v"].items()}
        missing = [name for name in _fields_of(kind) if name not in fields]
        if missing:  # someone has changed the class
            return opaque(kind.__name__, f"{kind.__name__} without {', '.join(missing)}")
        return _remade(kind, {name: fields[name] for name in _fields_of(kind)})

    def _given_record(self, data: Any) -> type:
        kind = self.given(str(data["type"]))
        if kind is None or not _is_record(kind):
            raise NotPlainError(f"a record of the kind {data['type']!r:.80}")
        return kind

    def _decode_chunk(self, data: Any, depth: int) -> BaseMessage:
        self.about_to_make()
        made = AIMessageChunk(**_of_fair_size(self.decode(data["v"], depth)))
        return self._decode_parts(made, data, depth)

    def _decode_message(self, data: Any, depth: int) -> BaseMessage:
        self.about_to_make()
        known = self.decode(data["v"], depth)
        _of_fair_size(known["data"])
        return self._decode_parts(messages_from_dict([known])[0], data, depth)

    def _decode_parts(self, made: BaseMessage, data: Any, depth: int) -> BaseMessage:
        """Note that a message is shared, and with it its lists and dicts."""
        return made

    def _decode_document(self, data: Any, depth: int) -> Document:
        self.about_to_make()
        return Document(**self.decode(data["v"], depth))

    def _decode_opaque(self, data: Any, depth: int) -> Opaque:
        return opaque(data["type"], data["shown"])

    def _decode_back(self, data: Any, depth: int) -> Any:
        self.kind_handed_out(data["n"])
        value = self.mine[data["n"]]
        if isinstance(value, BaseException):
            self.note_frames(value, data.get("frames") or [])
        return value

    def _decode_live(self, data: Any, depth: int) -> Any:
        number = number_in(data)
        if number not in self._theirs:
            made = self.proxy(number, str(data["kind"]), data.get("known"))
            with contextlib.suppress(AttributeError, TypeError):  # of a coroutine, or a class
                made._number = number
            self._theirs[number] = made
        return self._theirs[number]

    def _decode_cancelled(self, data: Any, depth: int) -> BaseException:
        return asyncio.CancelledError()

    def _decode_error(self, data: Any, depth: int) -> BaseException:
        number = number_in(data)
        if number not in self._theirs:
            args = _fitting(self.decode(data["args"], depth))
            self.about_to_make()
            parts = self.decode(data.get("parts"), depth)
            again = None if parts is None else put_together(parts)
            error = again or self._error(data, bounded(data["text"]), args)
            _set_public(error, self.decode(data["attributes"], depth))
            for name in ("cause", "context"):
                if data[name] is not None:
                    other = self.decode(data[name], depth)
                    if isinstance(other, BaseException):
                        setattr(error, f"__{name}__", other)
            error._number = number  # type: ignore[attr-defined]
            self._theirs[number] = error
        found = self._theirs[number]
        if not isinstance(found, BaseException):
            raise NotPlainError(f"number {number} is not an error")
        self.note_frames(found, data.get("frames") or [], bool(data.get("own")))
        return found

    def note_frames(self, error: BaseException, frames: list[list[Any]], own: bool = False) -> None:
        """Remember where an error went through the learner's code.

        Args:
            error: the error.
            frames: `[line, function]`, the outermost first.
            own: whether the innermost frame of all is the last of these.
        """

    def _error(self, data: Any, text: str, args: list[Any]) -> BaseException:
        """Return a new error of the class that fits best."""
        name = str(data["type"])
        named = [str(base) for base in data.get("bases") or ()]
        shared = next((self._errors[one] for one in (name, *named) if one in self._errors), None)
        if shared is not None:
            if shared.__name__ != name:
                shared = type(as_name(name, "Own"), (shared,), {})
            error = shared.__new__(shared)
            error.args = tuple(args)
            return error
        bases = [self._built_in(base) for base in named]
        base = next((base for base in bases if base is not None), Exception)
        if base.__name__ != name:
            kinds = (ForeignError,) if base is Exception else (ForeignError, base)
            base = type(as_name(name, "ForeignError"), kinds, {})
        try:
            error = base(*args)
        except TypeError:
            error = base(text)
        if isinstance(error, ForeignError) and str(error) != text:
            error._text, error.args = text, error.args or (text,)
        return error

    def _built_in(self, name: object) -> type[BaseException] | None:
        kind = LIBRARY.get(name) or getattr(builtins, name, None) if isinstance(name, str) else None
        unlike_others = (SyntaxError, UnicodeError, BaseExceptionGroup)
        if not isinstance(kind, type) or not issubclass(kind, self.most_harmful):
            return None
        return None if issubclass(kind, unlike_others) else kind


def _fitting(args: list[Any]) -> list[Any]:
    """Return as many arguments of an error as fit into one text, and at least the first."""
    kept: list[Any] = []
    left = MOST_SAID
    for one in args:
        one = bounded(one) if isinstance(one, str) else one
        left -= len(one if isinstance(one, str) else repr(one))
        if left < 0 and kept:
            break
        kept.append(one)
    return kept


def _args_of(error: BaseException) -> list[Any]:
    """Return what an error can be made from again: Python keeps the name of a file elsewhere."""
    if isinstance(error, OSError) and error.filename is not None:
        return [*error.args, error.filename]
    return [*error.args]


def is_same(one: Any, other: Any) -> bool:
    """Whether two pieces of JSON are the same: 1 equals 1.0 and True, but is not the same."""
    return bool(one == other) and json.dumps(one) == json.dumps(other)


def number_in(data: Any) -> int:
    """Return the number of something of the other side."""
    number = data["n"]
    if type(number) is not int or not 0 < number < MOST_NUMBERS:
        raise NotPlainError(f"the number {number!r:.80}")
    return number


def _is_builtin(kind: type) -> bool:
    is_error = kind.__module__ == "builtins" and issubclass(kind, BaseException)
    return is_error or kind in LIBRARY.values()


def plain_attributes(kind: type) -> dict[str, Any]:
    """Plain attributes of an exception class itself, such as `status_code = 429`."""
    return {
        name: value
        for one in kind.__mro__[::-1]
        if one.__module__ != "builtins"
        for name, value in vars(one).items()
        if not name.startswith("_") and isinstance(value, str | int | float | bytes)
    }


def _set_public(target: Any, attributes: dict[Any, Any]) -> None:
    for name, value in attributes.items():
        if as_name(name) and not name.startswith("_"):
            vars(target)[name] = value


def _refuse_too_many(items: list[Any]) -> None:
    if len(items) > MOST_ITEMS:
        raise NotPlainError("a dict or a set without end")


def _text(value: str) -> Any:
    if value.isascii() or not SPLIT_SURROGATES.search(value):
        return value
    return {"$": "surrogates", "v": [ord(character) for character in value]}


def _is_record(kind: type) -> bool:
    """Whether instances of a class are nothing but their fields."""
    if issubclass(kind, BaseException):
        return False
    return (
        dataclasses.is_dataclass(kind)
        or issubclass(kind, enum.Enum | BaseModel)
        or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    )


def _fields_of(kind: Any) -> list[str]:
    if dataclasses.is_dataclass(kind):
        return [field.name for field in dataclasses.fields(kind)]
    return [*(kind.model_fields if issubclass(kind, BaseModel) else kind._fields)]


def _remade(kind: Any, fields: dict[str, Any]) -> Any:
    """Return a record with these fields, without running the code of its author."""
    if issubclass(kind, BaseModel):
        return kind.model_construct(**fields)
    if issubclass(kind, tuple):
        return tuple.__new__(kind, fields.values())
    made = object.__new__(kind)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def as_name(name: Any, otherwise: str = "") -> str:
    """Return what may be the name of a class or an attribute, or `otherwise` if it cannot."""
    fit = isinstance(name, str) and len(name) < MOST_NAME and name.isidentifier()
    return name if fit else otherwise


def _of_fair_size(fields: dict[str, Any]) -> dict[str, Any]:
    pieces = fields.get("tool_call_chunks") or ()
    if sum(len(piece.get("args") or "") for piece in pieces) > MOST_TOOL_ARGS:
        raise NotPlainError("a tool call without end")
    return fields


def learners_frames(error: BaseException, path: str) -> list[list[Any]]:
    """Return `[line, function]` of the frames in the file `path`, the outermost first."""
    return [
        [number, top_level_name(frame)]
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == path
    ]


def places(path: Path, lines: list[Any]) -> list[tuple[str, int]]:
    """Return `(file name, line number)` of the possible lines of a file of answers."""
    return [(str(path), line) for line in lines[:MOST_LINES] if is_line(line)]


def is_line(line: object) -> bool:
    """Whether something can be the number of a line."""
    return type(line) is int and 0 < line < 1_000_000


def _raised_there(error: BaseException, frames: list[list[Any]]) -> bool:
    innermost = [number for _, number in traceback.walk_tb(error.__traceback__)][-1:]
    names = [top_level_name(frame) for frame, _ in traceback.walk_tb(error.__traceback__)][-1:]
    return bool(frames) and [[*innermost, *names]] == frames[-1:]


def shown(value: object, how: Callable[[object], str] = repr) -> str:
    """Return how something is shown, or its class if it cannot be."""
    try:
        return how(value)[:MOST_REPR]
    except Exception:
        return f"<{type(value).__name__}>"
