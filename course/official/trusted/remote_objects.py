"""What tests get in place of the live objects of answers: streams, functions, objects of classes.

Each gets things done over there. It only says names about itself, and these are checked.
"""

from __future__ import annotations

import contextlib
import inspect
import json
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

from course.fakes.clock import Stuck
from course.grade.died import ContainedDied
from course.official.protocol.plain_data import NotPlainError, as_name

MOST_METHODS = 200
"""Methods of a class; the others are not seen."""

MOST_CLASSES = 200
"""Classes in a test, of objects that answers hand out."""

VERDICTS = (AssertionError, ContainedDied, Stuck)
"""What a test found out: no context manager of the answers can undo it."""


class Session(Protocol):
    """The answers that these objects stand for."""

    classes: dict[str, type]

    def do(self, message: dict[str, Any]) -> Any:
        """Get something done over there, at once."""

    async def do_later(self, what: str, number: int, *args: Any) -> tuple[str, Any]:
        """Get something awaited over there."""

    def call(self, known: dict[str, Any], args: Any, kwargs: Any) -> Any:
        """Have something called over there, at once."""

    def encode(self, value: Any) -> Any:
        """Return JSON for a value."""


def remote_object(answers: Session, number: int, kind: str, known: Any) -> Any:
    """Return what stands here for a live object of the answers.

    Raises:
        NotPlainError: if there is no such kind.
    """
    match kind:
        case "stream":
            return RemoteStream(answers, number)
        case "astream":
            return RemoteAsyncStream(answers, number)
        case "iterable":
            return RemoteIterable(answers, number)
        case "aiterable":
            return RemoteAsyncIterable(answers, number)
        case "function":
            name, parameters = known
            about = {"do": "method", "n": number, "name": "__call__"}
            return _calling(answers, as_name(name, "function"), about, parameters)
        case "object":
            return _class(answers, known)(answers, number)
    raise NotPlainError(f"an object of the kind {kind!r}")


def remote_function(answers: Session, name: str, parameters: list[Any]) -> Any:
    """Return what stands here for a function or a class of the answers' module."""
    return _calling(answers, name, {"do": "call", "name": name}, parameters)


def _calling(
    answers: Session, name: str, known: dict[str, Any], parameters: list[Any]
) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return answers.call(known, args, kwargs)

    call.__name__ = name
    _sign(call, parameters)
    return call


def _sign(call: Any, parameters: list[Any], *before: inspect.Parameter) -> None:
    """Give a function the parameters that it has over there, if possible."""
    with contextlib.suppress(ValueError, TypeError, LookupError):
        kinds = [*inspect._ParameterKind]
        found = [
            inspect.Parameter(
                str(known[0]),
                kinds[int(known[1])],
                default=None if known[2] else inspect.Parameter.empty,
            )
            for known in parameters
        ]
        call.__signature__ = inspect.Signature([*before, *found])


class RemoteStream:
    """A stream of the answers."""

    def __init__(self, answers: Session, number: int) -> None:
        self._answers, self._stream = answers, number

    def __iter__(self) -> RemoteStream:
        return self

    def __next__(self) -> Any:
        return self._answers.do({"do": "next", "n": self._stream})

    def close(self) -> None:
        self._answers.do({"do": "close", "n": self._stream})


class RemoteIterable:
    """Something of the answers that can be iterated."""

    def __init__(self, answers: Session, number: int) -> None:
        self._answers, self._iterable = answers, number

    def __iter__(self) -> Iterator[Any]:
        found: Iterator[Any] = self._answers.do({"do": "iter", "n": self._iterable})
        return found


class RemoteAsyncStream:
    """An asynchronous stream of the answers."""

    def __init__(self, answers: Session, number: int) -> None:
        self._answers, self._stream = answers, number

    def __aiter__(self) -> RemoteAsyncStream:
        return self

    async def __anext__(self) -> Any:
        kind, item = await self._answers.do_later("anext", self._stream)
        if kind == "end":
            raise StopAsyncIteration
        return item

    async def aclose(self) -> None:
        await self._answers.do_later("aclose", self._stream)


class RemoteAsyncIterable:
    """Something of the answers that can be iterated asynchronously."""

    def __init__(self, answers: Session, number: int) -> None:
        self._answers, self._iterable = answers, number

    def __aiter__(self) -> Any:
        return self._answers.do({"do": "aiter", "n": self._iterable})


class RemoteObject:
    """An object of the answers: of a class of theirs, a context manager, or what can be awaited."""

    _answers: Session
    _number: int

    def __init__(self, answers: Session, number: int) -> None:
        object.__setattr__(self, "_answers", answers)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._answers.do({"do": "get", "n": self._number, "name": name})

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            known = {"n": self._number, "name": name, "v": self._answers.encode(value)}
            self._answers.do({"do": "set", **known})

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def _method(name: str, parameters: list[Any]) -> Callable[..., Any]:
    def call(self: RemoteObject, *args: Any, **kwargs: Any) -> Any:
        return self._answers.call({"do": "method", "n": self._number, "name": name}, args, kwargs)

    call.__name__ = name
    _sign(call, parameters, inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY))
    return call


def _special(name: str) -> Callable[..., Any]:
    def call(self: RemoteObject, *args: Any, **kwargs: Any) -> Any:
        return self._answers.call({"do": "method", "n": self._number, "name": name}, args, kwargs)

    return call


def _iter(self: RemoteObject) -> Any:
    return self._answers.do({"do": "iter", "n": self._number})


def _next(self: RemoteObject) -> Any:
    return self._answers.do({"do": "next", "n": self._number})


def _exit(self: RemoteObject, kind: Any, error: Any, traceback: Any) -> bool:
    sent = self._answers.encode(error)
    said = self._answers.do({"do": "exit", "n": self._number, "args": [sent]})
    return said is True and not isinstance(error, VERDICTS)


def _aiter(self: RemoteObject) -> Any:
    return self._answers.do({"do": "aiter", "n": self._number})


async def _anext(self: RemoteObject) -> Any:
    kind, item = await self._answers.do_later("anext", self._number)
    if kind == "end":
        raise StopAsyncIteration
    return item


async def _aenter(self: RemoteObject) -> Any:
    return (await self._answers.do_later("aenter", self._number))[1]


async def _aexit(self: RemoteObject, kind: Any, error: Any, traceback: Any) -> bool:
    said = (await self._answers.do_later("aexit", self._number, error))[1]
    return said is True and not isinstance(error, VERDICTS)


async def _result(self: RemoteObject) -> Any:
    return (await self._answers.do_later("await", self._number))[1]


def _await(self: RemoteObject) -> Generator[Any, None, Any]:
    return _result(self).__await__()


METHODS: dict[str, Callable[..., Any]] = {
    **{name: _special(name) for name in ("__len__", "__contains__", "__getitem__", "__call__")},
    "__enter__": _special("__enter__"),
    "__exit__": _exit,
    "__iter__": _iter,
    "__next__": _next,
    "__aiter__": _aiter,
    "__anext__": _anext,
    "__aenter__": _aenter,
    "__aexit__": _aexit,
    "__await__": _await,
}
"""What Python calls itself, by name."""


def _class(answers: Session, known: Any) -> type:
    """Return a class whose objects have the methods that are said to be there."""
    key = json.dumps(known, sort_keys=True)
    if key not in answers.classes:
        if len(answers.classes) > MOST_CLASSES:
            raise NotPlainError("classes without end")
        body: dict[str, Any] = {name: METHODS[name] for name in known["can"]}
        body["__module__"] = "answers" if known["own"] is True else __name__
        for name, parameters in [*known["methods"].items()][:MOST_METHODS]:
            if as_name(name) and not name.startswith("_"):
                body[name] = _method(name, parameters)
        answers.classes[key] = type(as_name(known["type"], "object"), (RemoteObject,), body)
    return answers.classes[key]
