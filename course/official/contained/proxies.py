"""What answers get in place of the live objects of a test: streams, functions, models, records.

Each asks the other side for what it cannot know. The objects themselves stay there.
"""

from __future__ import annotations

import importlib
import io
import random
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from typing import Any, Protocol, cast

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import Field, ValidationError

from course.fakes import binding
from course.official.contained.shared_values import SharedDict
from course.official.protocol.plain_data import opaque


class Cell(Protocol):
    """What asks the other side."""

    def ask(self, what: str, *arguments: Any) -> Any:
        """Ask the other side, and wait for its answer."""

    async def ask_later(self, number: int, method: str, *arguments: Any) -> Any:
        """Ask the other side for something that takes its time."""

    def say(self, message: dict[str, Any]) -> None:
        """Say something that needs no answer."""

    def write_soon(self, number: int, text: str) -> int:
        """Write when the thread that talks to the other side does so next."""

    def decode(self, data: Any) -> Any:
        """Return the value that JSON stands for."""

    def given(self, name: str) -> type | None:
        """Return the answers' class of a record or of errors that the stub gives, or None."""


class AnyText(str):
    """A text of the other side that equals everything. It comes back as the very same."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


class EndOfStreamError(Exception):
    """Stands for StopAsyncIteration, which a future does not take."""


def proxy(cell: Cell, number: int, kind: str, known: Any) -> Any:
    """Return what stands here for a live object of the other side.

    Raises:
        LookupError: if there is no such kind.
    """
    match kind:
        case "stream":
            return (ContainedStream if known else ContainedIterator)(cell, number)
        case "astream":
            return (ContainedAsyncStream if known else ContainedAsyncIterator)(cell, number)
        case "iterable":
            return (ContainedSource if known else ContainedIterable)(cell, number)
        case "aiterable":
            return ContainedAsyncIterable(cell, number)
        case "function":
            return _function(cell, number, str(cell.decode(known)))
        case "async function":
            return _async_function(cell, number, str(cell.decode(known)))
        case "coroutine":
            return _coroutine(cell, number)
        case "awaitable":
            return ContainedAwaitable(cell, number)
        case "file":
            return ContainedFile(cell, number, cell.decode(known))
        case "record":
            return _record(cell, number, str(cell.decode(known)))
        case "model":
            return ContainedModel(cell=cell, number=number, structured_method=known)
        case "model that streams itself":
            return ContainedOwnModel(cell=cell, number=number, structured_method=known)
        case "runnable":
            return ContainedRunnable(cell, number, cell.decode(known))
        case "tool":
            return ContainedTool(cell=cell, number=number, **cell.decode(known))
        case "class":
            return _class(cell, cell.decode(known))
        case "console":
            return _console(cell.decode(known))
        case "response":
            return _response(cell.decode(known))
        case "headers":
            return _headers(cell.decode(known))
        case "embeddings":
            return ContainedEmbeddings(cell, number)
        case "vector store":
            return _vector_store(cell.decode(known))
        case "random":
            return _random(cell.decode(known))
        case "mapping":
            return cell.decode(known)
        case "any text":
            return AnyText(cell.decode(known))
        case "opaque":
            return opaque(**cell.decode(known))
    raise LookupError(kind)


class ContainedIterator:
    """An iterator of the other side that cannot be closed."""

    def __init__(self, cell: Cell, number: int) -> None:
        self._cell, self._number = cell, number

    def __iter__(self) -> ContainedIterator:
        return self

    def __next__(self) -> Any:
        item = self._cell.ask("next", self._number)
        if item is None:
            raise StopIteration
        return item[0]


class ContainedStream(ContainedIterator):
    """A stream of the other side."""

    def close(self) -> None:
        self._cell.ask("close", self._number)


class ContainedAsyncIterator:
    """The same as an iterator, asynchronously."""

    def __init__(self, cell: Cell, number: int) -> None:
        self._cell, self._number = cell, number

    def __aiter__(self) -> ContainedAsyncIterator:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._cell.ask_later(self._number, "__anext__")
        except EndOfStreamError:
            raise StopAsyncIteration from None

    def drop(self) -> None:
        """Tell the other side that nobody is reading anymore."""
        self._cell.say({"drop": self._number})


class ContainedAsyncStream(ContainedAsyncIterator):
    """An asynchronous stream of the other side."""

    async def aclose(self) -> None:
        await self._cell.ask_later(self._number, "aclose")


ContainedAsyncStream.__name__ = "async_generator"  # as error messages of Python call it


class ContainedIterable:
    """Something of the other side that can be iterated, more than once."""

    def __init__(self, cell: Cell, number: int) -> None:
        self._cell, self._number = cell, number

    def __iter__(self) -> Iterator[Any]:
        found: Iterator[Any] = self._cell.ask("iter", self._number)
        return found


class ContainedSource(ContainedIterable):
    """The same, and it can be closed."""

    def close(self) -> None:
        self._cell.ask("close", self._number)


class ContainedAsyncIterable:
    """The same, asynchronously."""

    def __init__(self, cell: Cell, number: int) -> None:
        self._cell, self._number = cell, number

    def __aiter__(self) -> AsyncIterator[Any]:
        found: AsyncIterator[Any] = self._cell.ask("aiter", self._number)
        return found


class ContainedAwaitable:
    """A task or a future of the other side."""

    def __init__(self, cell: Cell, number: int) -> None:
        self._cell, self._number = cell, number

    def __await__(self) -> Generator[Any, None, Any]:
        return self._cell.ask_later(self._number, "__await__").__await__()


async def _coroutine(cell: Cell, number: int) -> Any:
    return await cell.ask_later(number, "__await__")


def _function(cell: Cell, number: int, name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return cell.ask("function", number, list(args), kwargs)

    call.__name__ = call.__qualname__ = name
    return call


def _async_function(cell: Cell, number: int, name: str) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return await cell.ask("function", number, list(args), kwargs)

    call.__name__ = call.__qualname__ = name
    return call


class ContainedFile(io.TextIOBase):
    """A text stream of the other side."""

    def __init__(self, cell: Cell, number: int, known: dict[str, Any]) -> None:
        self._cell, self._number, self._known = cell, number, known

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return bool(self._known["isatty"])

    def seekable(self) -> bool:
        return bool(self._known["seekable"])

    def tell(self) -> int:
        """Return the position in the file, if it has one over there."""
        return int(self._cell.ask("tell", self._number)) if self.seekable() else super().tell()

    def getvalue(self) -> str:
        """Return what was written so far, if the file over there can tell."""
        if not self._known["getvalue"]:
            raise AttributeError("getvalue")
        return str(self._cell.ask("getvalue", self._number))

    def write(self, text: str) -> int:
        if threading.current_thread() is not threading.main_thread():
            return self._cell.write_soon(self._number, text)  # someone else may be talking
        return int(self._cell.ask("write", self._number, text))

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._cell.ask("close", self._number)

    def __del__(self) -> None:
        """Nothing is closed over there because it is forgotten here."""

    def flush(self) -> None:
        if not self.closed and threading.current_thread() is threading.main_thread():
            self._cell.ask("flush", self._number)


class ContainedRecord:
    """A record of the other side, such as StreamMetrics: to read it is to ask."""

    _cell: Cell
    _number: int
    _like: type

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return object.__getattribute__(self, "_like")
        if name == "__dict__":
            return self._as_dict()
        if name.startswith("_"):
            return object.__getattribute__(self, name)
        return self._cell.ask("get", self._number, name)

    def _as_dict(self) -> SharedDict:
        """Return its fields. A change in them is a change of the record, as in `vars(record)`."""

        def tell(gone: list[str], new: list[tuple[str, Any]]) -> None:
            for name, value in new:
                setattr(self, name, value)

        names = getattr(self._like, "__dataclass_fields__", ())
        return SharedDict({name: getattr(self, name) for name in names}, tell)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_number":
            object.__setattr__(self, name, value)
        elif name.startswith("_"):
            raise AttributeError(name)
        else:
            self._cell.ask("set", self._number, name, value)


def _record(cell: Cell, number: int, name: str) -> Any:
    """Return a record that is an instance of the answers' own class of that name."""
    like = cell.given(name)
    bases = (ContainedRecord,) if like is None else (ContainedRecord, like)
    made: Any = object.__new__(type(name, bases, {}))
    for key, value in {"_cell": cell, "_number": number, "_like": like or ContainedRecord}.items():
        object.__setattr__(made, key, value)
    return made


class ContainedModel(BaseChatModel):
    """A chat model of the other side: each piece comes from there when it is asked for."""

    cell: Any
    number: int
    structured_method: Any = None
    held: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "contained"

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_number":
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: Any = None, strict: Any = None, **kwargs: Any
    ) -> Runnable[Any, Any]:
        return binding.bind_tools(self, tools, tool_choice, strict, **kwargs)

    def with_structured_output(
        self, schema: Any, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[Any, Any]:
        if not kwargs.get("method"):
            kwargs["method"] = self.structured_method or "json_schema"
        return binding.with_structured_output(self, schema, include_raw=include_raw, **kwargs)

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[AIMessageChunk]:
        self.held.append(super().stream(*args, **kwargs))
        return self.held[-1]  # type: ignore[no-any-return]

    def astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[AIMessageChunk]:
        self.held.append(super().astream(*args, **kwargs))
        return self.held[-1]  # type: ignore[no-any-return]

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return _whole(self.cell.ask("model_generate", self.number, messages, stop, kwargs))

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        asked = self.cell.ask_later(self.number, "_agenerate", messages, stop, kwargs)
        return _whole(await asked)

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        stream = self.cell.ask("model_stream", self.number, messages, stop, kwargs)
        try:
            for message in stream:
                yield ChatGenerationChunk(message=message)
        finally:
            stream.close()

    def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        return _ModelStream(self.cell, "model_astream", self.number, messages, stop, kwargs)


class ContainedOwnModel(ContainedModel):
    """A chat model of the other side that makes its streams itself, and knows what becomes of them.

    A run of a chain here does not see them: only the other side can be told of a run there.
    """

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        return await self.cell.ask_later(self.number, "ainvoke", input, kwargs)

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:  # noqa: A002
        return _RunnableStream(self.cell, "runnable_astream", self.number, input, kwargs)


class _RunnableStream:
    """An asynchronous stream that begins when it is read, and ends when it is dropped."""

    def __init__(self, cell: Cell, what: str, number: int, *arguments: Any) -> None:
        self._cell, self._asked = cell, (what, number, *arguments)
        self._stream: Any = None

    def __aiter__(self) -> _RunnableStream:
        return self

    async def __anext__(self) -> Any:
        if self._stream is None:
            self._stream = self._cell.ask(*self._asked)
        return await anext(self._stream)

    async def aclose(self) -> None:
        aclose = getattr(self._stream, "aclose", None)
        if aclose is not None:
            await aclose()

    def __del__(self) -> None:
        if self._stream is not None:
            self._stream.drop()


class _ModelStream(_RunnableStream):
    """The chunks of a model of the other side."""

    async def __anext__(self) -> ChatGenerationChunk:
        return ChatGenerationChunk(message=await super().__anext__())


def _whole(message: BaseMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])


class ContainedRunnable(Runnable[Any, Any]):
    """An agent, a retriever or a chain of the other side."""

    def __init__(self, cell: Cell, number: int, known: str | None) -> None:
        self._cell, self._number, self.name = cell, number, known

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        return self._cell.ask("runnable_invoke", self._number, input, kwargs)

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        return await self._cell.ask_later(self._number, "ainvoke", input, kwargs)

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:  # noqa: A002
        return cast("Iterator[Any]", self._cell.ask("runnable_stream", self._number, input, kwargs))

    def astream(
        self,
        input: Any,  # noqa: A002
        config: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        return _RunnableStream(self._cell, "runnable_astream", self._number, input, kwargs)

    def astream_events(  # type: ignore[override]
        self,
        input: Any,  # noqa: A002
        config: Any = None,
        *,
        version: str = "v2",
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        return _RunnableStream(self._cell, "runnable_events", self._number, input, version, kwargs)


class ContainedEmbeddings(Embeddings):
    """Embeddings of the other side."""

    def __init__(self, cell: Cell, number: int) -> None:
        self._cell, self._number = cell, number

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self._cell.ask("embed_documents", self._number, texts)
        return found

    def embed_query(self, text: str) -> list[float]:
        found: list[float] = self._cell.ask("embed_query", self._number, text)
        return found


def _vector_store(known: dict[str, Any]) -> Any:
    from langchain_core.vectorstores import InMemoryVectorStore  # it takes long, and few need it

    made = InMemoryVectorStore(known["embedding"])
    made.store = known["store"]
    return made


class ContainedTool(BaseTool):
    """A tool of the other side. It runs there, and it stays as it is: others use it, too."""

    cell: Any
    number: int
    known: Any
    seen: Any

    @property
    def tool_call_schema(self) -> Any:
        """The arguments that a model sees. A copy may have others."""
        if self.args_schema != self.known:
            return super().tool_call_schema
        return {**self.seen, "description": self.description}

    @property
    def args(self) -> dict[str, Any]:
        found: dict[str, Any] = self.tool_call_schema["properties"]
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise TypeError(f"{name}: a tool that is handed in cannot be changed")
        if name == "_number":
            object.__setattr__(self, name, value)
        else:  # LangChain notes something
            super().__setattr__(name, value)

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        try:
            return self.cell.ask("runnable_invoke", self.number, input, kwargs)
        except (ToolException, ValidationError) as error:
            if not self._handles(error):
                raise
            return self._said_of(error, input)

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        try:
            return await self.cell.ask_later(self.number, "ainvoke", input, kwargs)
        except (ToolException, ValidationError) as error:
            if not self._handles(error):
                raise
            return self._said_of(error, input)

    def _handles(self, error: Exception) -> Any:
        """How errors of this kind are handled. A copy may do that in another way."""
        is_tools = isinstance(error, ToolException)
        return self.handle_tool_error if is_tools else self.handle_validation_error

    def _said_of(self, error: Exception, asked: Any) -> Any:
        """What is returned instead of an error. LangChain says it, of a tool that raises it."""

        def fail(**_: Any) -> Any:
            raise error

        failing = StructuredTool.from_function(
            fail,
            name=self.name,
            description=self.description,
            args_schema={"type": "object", "properties": {}},
            handle_tool_error=self.handle_tool_error,
            handle_validation_error=self.handle_validation_error,
        )
        return failing.invoke(asked)

    def _run(self, **kwargs: Any) -> Any:
        return self.invoke(kwargs)


def _class(cell: Cell, known: dict[str, Any]) -> type:
    """Return the class of that name, or one that is like it."""
    given = cell.given(known["name"]) if known["module"] == "given" else None
    if given is not None:
        return given
    try:
        found = getattr(importlib.import_module(known["module"]), known["name"])
        if isinstance(found, type):
            return found
    except (ImportError, AttributeError):
        pass  # a class of the tests
    return type(known["name"], tuple(known["bases"]) or (object,), known["attributes"])


def _random(state: Any) -> random.Random:
    made = random.Random()
    made.setstate(state)
    return made


def _console(known: dict[str, Any]) -> Any:
    return importlib.import_module("rich.console").Console(**known)


def _response(known: dict[str, Any]) -> Any:
    library = importlib.import_module(known.pop("library"))
    request = library.Request(known.pop("method"), known.pop("url"))
    return library.Response(**known, request=request)


def _headers(known: dict[str, Any]) -> Any:
    return importlib.import_module(known["library"]).Headers(known["headers"])
