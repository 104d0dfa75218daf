"""Stands in for ormsgpack, which has no WebAssembly build: LangGraph keeps its checkpoints with it.

What is packed never leaves the process, so the format is Python's own.
"""

import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

OPT_NON_STR_KEYS = OPT_PASSTHROUGH_DATACLASS = OPT_PASSTHROUGH_DATETIME = OPT_PASSTHROUGH_ENUM = 0
OPT_PASSTHROUGH_SUBCLASS = OPT_PASSTHROUGH_TUPLE = OPT_PASSTHROUGH_UUID = 0
OPT_REPLACE_SURROGATES = OPT_SORT_KEYS = 0

PLAIN = (str, int, float, bytes, bytearray, memoryview, type(None))


class MsgpackEncodeError(TypeError):
    """A value cannot be packed."""


class MsgpackDecodeError(ValueError):
    """What was packed cannot be read."""


class Ext(NamedTuple):
    """A value of a type of the packer: its number, and what was packed of it."""

    tag: int
    data: bytes


def packb(
    value: Any, /, default: Callable[[Any], Any] | None = None, option: int | None = None
) -> bytes:
    """Return a value as bytes. `default` turns what is not plain into something that is."""

    def plain(one: Any) -> Any:
        match one:
            case Ext():
                return one
            case dict():
                return {plain(key): plain(each) for key, each in one.items()}
            case list() | tuple():
                return [plain(each) for each in one]
            case _ if type(one).__module__ != "builtins" or not isinstance(one, PLAIN):
                if default is None:
                    raise MsgpackEncodeError(f"{type(one).__name__} cannot be packed")
                return plain(default(one))
            case bytearray() | memoryview():
                return bytes(one)
            case _:
                return one

    return pickle.dumps(plain(value))


def unpackb(
    packed: bytes,
    /,
    ext_hook: Callable[[int, bytes], Any] | None = None,
    option: int | None = None,
) -> Any:
    """Return the value again. `ext_hook` makes those of types of the packer."""

    def whole(one: Any) -> Any:
        match one:
            case Ext(tag, data):
                return one if ext_hook is None else ext_hook(tag, data)
            case dict():
                return {_hashable(whole(key)): whole(each) for key, each in one.items()}
            case list():
                return [whole(each) for each in one]
            case _:
                return one

    return whole(pickle.loads(packed))


def _hashable(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key
