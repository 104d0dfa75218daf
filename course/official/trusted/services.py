"""What a stranger may ask: this table is all of it.

An object has the kind under which it was handed out, which `Codec.keep` has noted. Nobody looks at
the object again to find out what it can do. For each kind, `TABLE` says which requests may be made,
what serves them, and what their arguments have to be. Anything else is nonsense: it is refused, and
the submission is flagged.

To review the wall, read this file: does each kind need each of its requests, and does each
function give away no more than its name says?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.messages import BaseMessage

from course.fakes.clock import active_clock
from course.official.protocol.plain_data import MOST_ITEMS, NotPlainError, places

Fits = Callable[[Any], bool]


@dataclass(frozen=True)
class Service:
    """What is done when answers ask for it.

    Attributes:
        serve: takes the object and the arguments.
        takes: for each argument, whether it is what it has to be.
        later: whether the result has to be awaited.
        shares: whether lists, dicts and messages in the result may be changed over there.
        ends: whether it ends the object. It gets None if that is gone: then there is nothing to do.
    """

    serve: Callable[..., Any]
    takes: tuple[Fits, ...] = ()
    later: bool = False
    shares: bool = False
    ends: bool = False


def find(kind: str, request: object, arguments: Sequence[Any], *, later: bool) -> Service:
    """Return what serves a request.

    Args:
        kind: the kind of object that is asked; `ANSWERS` if there is none.
        request: what is asked.
        arguments: the arguments, not counting the object.
        later: whether the answers wait for it in their event loop.

    Raises:
        NotPlainError: if the table does not have it, or not with such arguments.
    """
    service = TABLE.get(kind, {}).get(request) if isinstance(request, str) else None
    if service is None or service.later != later:
        raise NotPlainError(f"{request!r:.80} asked of the kind {kind!r}")
    if len(arguments) != len(service.takes):
        raise NotPlainError(f"{request} with {len(arguments)} arguments")
    for fits, argument in zip(service.takes, arguments, strict=True):
        if not fits(argument):
            raise NotPlainError(f"{request} with {argument!r:.80}")
    return service


# What arguments have to be. If an honest answer can pass anything, anything fits: the object itself
# says what it thinks of it, as it does in one process.


def _anything(value: Any) -> bool:
    return True


def _is_index(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_list(value: Any) -> bool:
    return type(value) is list


def _are_lines(value: Any) -> bool:
    return type(value) is list and all(type(line) is list and len(line) == 1 for line in value)


def _are_pairs(value: Any) -> bool:
    return type(value) is list and all(type(pair) is list and len(pair) == 2 for pair in value)


def _are_messages(value: Any) -> bool:
    return type(value) is list and all(isinstance(message, BaseMessage) for message in value)


def _are_named(value: Any) -> bool:
    return type(value) is dict and all(type(name) is str for name in value)


def _is_public(value: Any) -> bool:
    return type(value) is str and not value.startswith("_")


# What is done


def _sleep(path: Path, seconds: Any, lines: list[list[int]]) -> float:
    clock = active_clock()
    if clock is None:
        return 0.0
    if not seconds >= 0:
        raise ValueError("sleep length must be non-negative")
    blocked = bool(clock.blocked)
    clock.sleep(float(seconds))
    if clock.blocked and not blocked:
        clock.blocked_lines = places(path, [line for (line,) in lines])
    return clock.now


def _next(stream: Any) -> list[Any] | None:
    try:
        return [next(stream)]
    except StopIteration:
        return None


async def _anext(stream: Any) -> Any:
    return await stream.__anext__()


def _close(stream: Any) -> None:
    close = getattr(stream, "close", None)  # not every iterator can be closed
    if close is not None:
        close()


async def _aclose(stream: Any) -> None:
    aclose = getattr(stream, "aclose", None)
    if aclose is not None:
        await aclose()


async def _wait(awaitable: Any) -> Any:
    return await awaitable


def _call(function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)


def _write(file: Any, text: Any) -> int:
    return int(file.write(text))


def _flush(file: Any) -> None:
    file.flush()


def _tell(file: Any) -> int:
    return int(file.tell())


def _getvalue(file: Any) -> str:
    return str(file.getvalue())


def _set_field(message: BaseMessage, name: str, value: Any) -> None:
    if name not in type(message).model_fields:
        raise NotPlainError(f"a message without {name!r:.80}")
    setattr(message, name, value)


def _splice(shared: list[Any], start: int, end: int, items: list[Any]) -> None:
    """Change a list as it was changed over there: each item is new, or one that was replaced."""
    if not start <= end <= len(shared):
        raise NotPlainError(f"a change of {start} to {end}")
    old = dict(enumerate(shared[start:end], start))
    if not all(index is None or (_is_index(index) and index in old) for index, _ in items):
        raise NotPlainError("an item that was not there")
    shared[start:end] = [item if index is None else old[index] for index, item in items]


def _rekey(shared: dict[Any, Any], gone: list[Any], new: list[Any]) -> None:
    """Change a dict as it was changed over there."""
    if len(shared) + len(new) > MOST_ITEMS:
        raise NotPlainError("a dict without end")
    for key in gone:
        del shared[key]
    shared.update(dict(new))


def _model_stream(model: Any, messages: Any, stop: Any, options: Any) -> Iterator[Any]:
    return _messages(model._stream(messages, stop=stop, **_allowed(options)))


def _model_astream(model: Any, messages: Any, stop: Any, options: Any) -> Any:
    return _AsyncMessages(model._astream(messages, stop=stop, **_allowed(options)))


def _model_generate(model: Any, messages: Any, stop: Any, options: Any) -> Any:
    found = model._generate(messages, stop=stop, **_allowed(options))
    return found.generations[0].message


async def _model_agenerate(model: Any, messages: Any, stop: Any, options: Any) -> Any:
    found = await model._agenerate(messages, stop=stop, **_allowed(options))
    return found.generations[0].message


def _invoke(runnable: Any, value: Any, options: Any) -> Any:
    return runnable.invoke(value, **_allowed(options))


async def _ainvoke(runnable: Any, value: Any, options: Any) -> Any:
    return await runnable.ainvoke(value, **_allowed(options))


def _stream(runnable: Any, value: Any, options: Any) -> Any:
    return runnable.stream(value, **_allowed(options))


def _astream(runnable: Any, value: Any, options: Any) -> Any:
    return runnable.astream(value, **_allowed(options))


def _events(runnable: Any, value: Any, version: Any, options: Any) -> Any:
    return runnable.astream_events(value, version=version, **_allowed(options))


def _allowed(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a call. Only this side can say whom it is reported to."""
    reserved = ("config", "run_manager", "stop")
    return {name: value for name, value in options.items() if name not in reserved}


def _embed_documents(embeddings: Embeddings, texts: Any) -> list[list[float]]:
    return embeddings.embed_documents(texts)


def _embed_query(embeddings: Embeddings, text: Any) -> list[float]:
    return embeddings.embed_query(text)


def _messages(chunks: Iterator[Any]) -> Iterator[Any]:
    try:
        for chunk in chunks:
            yield chunk.message
    finally:
        _close(chunks)


class _AsyncMessages:
    """The messages in a stream of chunks, without a generator between them and their reader."""

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks

    def __aiter__(self) -> _AsyncMessages:
        return self

    async def __anext__(self) -> Any:
        return (await anext(self._chunks)).message

    async def aclose(self) -> None:
        await self._chunks.aclose()


# The table

ANSWERS = "answers"
"""The kind of what needs no object: it is about the answers themselves, and gets their path."""

DROPPED = ("astream",)
"""Kinds of objects that answers may say they are done with, so that we can forget them."""

_CALL = {"function": Service(_call, (_is_list, _are_named))}

_MODEL = {
    "model_generate": Service(_model_generate, (_are_messages, _anything, _are_named)),
    "model_stream": Service(_model_stream, (_are_messages, _anything, _are_named)),
    "model_astream": Service(_model_astream, (_are_messages, _anything, _are_named)),
    "_agenerate": Service(_model_agenerate, (_are_messages, _anything, _are_named), later=True),
}

TABLE: dict[str, dict[str, Service]] = {
    ANSWERS: {
        "sleep": Service(_sleep, (_anything, _are_lines)),
    },
    "stream": {
        "next": Service(_next),
        "close": Service(_close, ends=True),
    },
    "astream": {
        "__anext__": Service(_anext, later=True),
        "aclose": Service(_aclose, later=True, ends=True),
    },
    "iterable": {
        "iter": Service(iter),
        "close": Service(_close, ends=True),
    },
    "aiterable": {
        "aiter": Service(aiter),
    },
    "function": _CALL,
    "async function": _CALL,
    "coroutine": {
        "__await__": Service(_wait, later=True),
    },
    "awaitable": {
        "__await__": Service(_wait, later=True),
    },
    "file": {
        "write": Service(_write, (_anything,)),
        "flush": Service(_flush),
        "tell": Service(_tell),
        "getvalue": Service(_getvalue),
        "close": Service(_close, ends=True),
    },
    "record": {
        "get": Service(getattr, (_is_public,), shares=True),
        "set": Service(setattr, (_is_public, _anything)),
    },
    "message": {
        "set": Service(_set_field, (_is_public, _anything)),
    },
    "list": {
        "splice": Service(_splice, (_is_index, _is_index, _are_pairs)),
    },
    "dict": {
        "rekey": Service(_rekey, (_is_list, _are_pairs)),
    },
    "model": _MODEL,
    "model that streams itself": {
        **_MODEL,
        "runnable_invoke": Service(_invoke, (_anything, _are_named)),
        "runnable_astream": Service(_astream, (_anything, _are_named)),
        "ainvoke": Service(_ainvoke, (_anything, _are_named), later=True),
    },
    "tool": {
        "runnable_invoke": Service(_invoke, (_anything, _are_named)),
        "ainvoke": Service(_ainvoke, (_anything, _are_named), later=True),
    },
    "runnable": {
        "runnable_invoke": Service(_invoke, (_anything, _are_named)),
        "runnable_stream": Service(_stream, (_anything, _are_named)),
        "runnable_astream": Service(_astream, (_anything, _are_named)),
        "runnable_events": Service(_events, (_anything, _anything, _are_named)),
        "ainvoke": Service(_ainvoke, (_anything, _are_named), later=True),
    },
    "embeddings": {
        "embed_documents": Service(_embed_documents, (_anything,)),
        "embed_query": Service(_embed_query, (_anything,)),
    },
    # What is known about these was told when they were handed out. Nothing can be asked.
    "any text": {},
    "class": {},
    "console": {},
    "error": {},
    "headers": {},
    "mapping": {},
    "opaque": {},
    "random": {},
    "response": {},
    "vector store": {},
}
