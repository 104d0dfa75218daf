"""What crosses between the trusted and the contained process: JSON, never pickles.

Plain values cross as they are. Live objects, such as a stream or a handler, stay where they are
and get a number; the other side works with a proxy. A proxy that comes home is the object again.
"""

from __future__ import annotations

import asyncio
import builtins
import traceback
import types
from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessageChunk,
    BaseMessage,
    message_to_dict,
    messages_from_dict,
)

MOST_DEPTH = 40
"""Levels of lists in lists; whoever needs more does not mean well."""

MOST_ITEMS = 10_000
"""Entries of a dict. More of them could be made to have the same hash, which takes ages."""

MOST_TOOL_ARGS = 4_000
"""Characters in a piece of a tool call. To read half of a JSON text takes quadratic time."""

MOST_TEXT = 2_000
"""Characters in the text of an error."""

MOST_NAME = 100
"""Characters in a name, and one more."""

MOST_REPR = 400
"""Characters that are shown of what is not plain."""

CHUNK_FIELDS = (
    "content",
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


class ForeignError(Exception):
    """An exception of a class that only the other side has."""


class NotPlainError(Exception):
    """What came is not what this protocol sends."""


class Codec:
    """Encodes what is sent and decodes what comes, and keeps the live objects of this side.

    Args:
        errors: exception classes that both sides have, by name, besides the built-in ones.
    """

    most_harmful: type[BaseException] = Exception
    """Built-in exceptions of another kind arrive as a `ForeignError`."""

    def __init__(self, errors: Mapping[str, type[BaseException]] | None = None) -> None:
        self.last = 0
        self._errors = dict(errors or {})
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

    # Encoding

    def keep(self, value: object) -> int:
        """Keep a live object of this side; return its number."""
        number = self._number_of.get(id(value))
        if number is None:
            self.last = number = self.last + 1
            self.mine[number] = value
            self._number_of[id(value)] = number
        return number

    def encode(self, value: Any, depth: int = 0) -> Any:
        """Return JSON for a value."""
        if value is None or type(value) in (bool, int, float):
            return value
        if isinstance(value, int):
            return int.__int__(value)
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, str):
            return str.__str__(value)
        if depth > MOST_DEPTH:
            return {"$": "opaque", "type": "object", "shown": "..."}
        if isinstance(value, list | tuple):
            name = "list" if isinstance(value, list) else "tuple"
            return {"$": name, "v": [self.encode(item, depth + 1) for item in value]}
        number = getattr(value, "_number", None)
        if number is not None and self._theirs.get(number) is value:
            return {"$": "back", "n": number}
        if isinstance(value, BaseException):
            return self._encode_error(value, depth)
        if isinstance(value, AIMessageChunk):
            fields = {name: getattr(value, name) for name in CHUNK_FIELDS}
            return {"$": "chunk", "v": self.encode(fields, depth + 1)}
        if isinstance(value, BaseMessage):
            return {"$": "message", "v": self.encode(message_to_dict(value), depth + 1)}
        if isinstance(value, Document):
            known = {"page_content": value.page_content, "metadata": value.metadata}
            return {"$": "document", "v": self.encode(known, depth + 1)}
        if isinstance(value, dict):
            pairs = [
                [self.encode(key, depth + 1), self.encode(item, depth + 1)]
                for key, item in value.items()
            ]
            return {"$": "dict", "v": pairs}
        kind = self.kind_of(value)
        if kind is not None:
            return {"$": "live", "n": self.keep(value), "kind": kind[0], "known": kind[1]}
        return {"$": "opaque", "type": type(value).__name__, "shown": _shown(value)}

    def _encode_error(self, error: BaseException, depth: int) -> Any:
        if isinstance(error, asyncio.CancelledError):
            return {"$": "cancelled"}
        frames = self.frames_of(error)
        number = getattr(error, "_number", None)
        if number is not None and self._theirs.get(number) is error:
            return {"$": "back", "n": number, "frames": frames}
        cause = error.__cause__
        plain = {
            key: value
            for key, value in vars(error).items()
            if isinstance(value, str | int | float | None) and not key.startswith("_")
        }
        return {
            "$": "error",
            "n": self.keep(error),
            "type": type(error).__name__,
            "text": _shown(error, str),
            "args": self.encode([a for a in error.args if isinstance(a, str | int | float)]),
            "attributes": self.encode(plain, depth + 1),
            "cause": self.encode(cause, depth + 1) if cause is not None else None,
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

    def _decode_list(self, data: Any, depth: int) -> list[Any]:
        return [self.decode(item, depth) for item in data["v"]]

    def _decode_tuple(self, data: Any, depth: int) -> tuple[Any, ...]:
        return tuple(self._decode_list(data, depth))

    def _decode_dict(self, data: Any, depth: int) -> dict[Any, Any]:
        if len(data["v"]) > MOST_ITEMS:
            raise NotPlainError("a dict without end")
        return {self.decode(key, depth): self.decode(item, depth) for key, item in data["v"]}

    def _decode_chunk(self, data: Any, depth: int) -> AIMessageChunk:
        return AIMessageChunk(**_of_fair_size(self.decode(data["v"], depth)))

    def _decode_message(self, data: Any, depth: int) -> BaseMessage:
        known = self.decode(data["v"], depth)
        _of_fair_size(known["data"])
        return messages_from_dict([known])[0]

    def _decode_document(self, data: Any, depth: int) -> Document:
        return Document(**self.decode(data["v"], depth))

    def _decode_opaque(self, data: Any, depth: int) -> Opaque:
        name = _as_name(data["type"], "object")
        made: Opaque = type(name, (Opaque,), {})(str(data["shown"])[:MOST_REPR])
        return made

    def _decode_back(self, data: Any, depth: int) -> Any:
        value = self.mine[data["n"]]
        if isinstance(value, BaseException):
            self.note_frames(value, data.get("frames") or [])
        return value

    def _decode_live(self, data: Any, depth: int) -> Any:
        number = int(data["n"])
        if number not in self._theirs:
            made = self.proxy(number, str(data["kind"]), data.get("known"))
            made._number = number
            self._theirs[number] = made
        return self._theirs[number]

    def _decode_cancelled(self, data: Any, depth: int) -> BaseException:
        return asyncio.CancelledError()

    def _decode_error(self, data: Any, depth: int) -> BaseException:
        number = int(data["n"])
        if number not in self._theirs:
            args = [a[:MOST_TEXT] if isinstance(a, str) else a for a in self.decode(data["args"])]
            error = self._error(str(data["type"]), str(data["text"])[:MOST_TEXT], args)
            for name, value in self.decode(data["attributes"], depth).items():
                if _as_name(name) and not name.startswith("_"):
                    vars(error)[name] = value
            if data["cause"] is not None:
                cause = self.decode(data["cause"], depth)
                error.__cause__ = cause if isinstance(cause, BaseException) else None
            error._number = number  # type: ignore[attr-defined]
            self._theirs[number] = error
        found: BaseException = self._theirs[number]
        self.note_frames(found, data.get("frames") or [], bool(data.get("own")))
        return found

    def note_frames(self, error: BaseException, frames: list[list[Any]], own: bool = False) -> None:
        """Remember where in the learner's code an error came by.

        Args:
            error: the error.
            frames: `[line, function]`, the outermost first.
            own: whether the innermost frame of all is the last of these.
        """

    def _error(self, name: str, text: str, args: list[Any]) -> BaseException:
        shared = self._errors.get(name)
        if shared is not None:
            return shared.__new__(shared)
        kind: Any = getattr(builtins, name, None)
        unlike_others = (SyntaxError, UnicodeError, BaseExceptionGroup)
        known = isinstance(kind, type) and issubclass(kind, self.most_harmful)
        if known and not issubclass(kind, unlike_others):
            try:
                error: BaseException = kind(*args)
            except TypeError:
                error = kind(text)
            return error
        foreign: BaseException = type(_as_name(name, "ForeignError"), (ForeignError,), {})(text)
        return foreign


def _as_name(name: Any, otherwise: str = "") -> str:
    """Return what may be the name of a class or an attribute, or else something else."""
    fit = isinstance(name, str) and len(name) < MOST_NAME and name.isidentifier()
    return name if fit else otherwise


def _of_fair_size(fields: dict[str, Any]) -> dict[str, Any]:
    for piece in fields.get("tool_call_chunks") or ():
        if len(piece.get("args") or "") > MOST_TOOL_ARGS:
            raise NotPlainError("a tool call without end")
    return fields


def learners_frames(error: BaseException, path: str) -> list[list[Any]]:
    """Return `[line, function]` of the frames in the file `path`, the outermost first."""
    return [
        [number, top_level_name(frame)]
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == path
    ]


def top_level_name(frame: types.FrameType) -> str:
    """Return the name of the function or class, at the top level of its file, that a frame is in.

    "ReplayLog" for a method of it, "buffer_stream" for a function inside of it.
    """
    return frame.f_code.co_qualname.partition(".")[0]


def _raised_there(error: BaseException, frames: list[list[Any]]) -> bool:
    innermost = [number for _, number in traceback.walk_tb(error.__traceback__)][-1:]
    names = [top_level_name(frame) for frame, _ in traceback.walk_tb(error.__traceback__)][-1:]
    return bool(frames) and [[*innermost, *names]] == frames[-1:]


def _shown(value: object, how: Callable[[object], str] = repr) -> str:
    try:
        return how(value)[:MOST_REPR]
    except Exception:
        return f"<{type(value).__name__}>"
