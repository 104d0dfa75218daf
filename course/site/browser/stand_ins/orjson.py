"""Stands in for orjson, which has no WebAssembly build: what LangSmith and LangGraph import."""

import json
from collections.abc import Callable
from typing import Any

OPT_SERIALIZE_NUMPY = OPT_SERIALIZE_DATACLASS = OPT_SERIALIZE_UUID = OPT_NON_STR_KEYS = 0
OPT_PASSTHROUGH_SUBCLASS = OPT_PASSTHROUGH_DATETIME = OPT_SORT_KEYS = 0
JSONDecodeError = json.JSONDecodeError
JSONEncodeError = TypeError


class Fragment:
    """JSON that is written as it is."""

    def __init__(self, contents: Any) -> None:
        self.contents = contents


def dumps(
    value: Any, default: Callable[[Any], Any] | None = None, option: int | None = None
) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value, default=default, separators=(",", ":"), ensure_ascii=False).encode()


def loads(text: str | bytes) -> Any:
    """Return the value of a JSON text."""
    return json.loads(text)
