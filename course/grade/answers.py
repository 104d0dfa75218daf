"""A learner's answers: how a file of them is loaded, and what is recorded when they are called."""

from __future__ import annotations

import ast
import asyncio
import difflib
import inspect
import re
import sys
import traceback
import types
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course import catalog
from course.catalog import Kind, Lesson, Signature
from course.fakes.clock import Stuck, is_clean_up
from course.grade import answer_file, hidden, importing
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.describe import describe_call
from course.grade.expect import Words, WrongAnswer
from course.grade.frames import lines_in, top_level_name
from course.grade.hidden import Hidden
from course.grade.importing import MODULE, DebuggerLeftIn
from course.grade.ran import Ran
from course.grade.said import text_of
from course.wording import command

ONE_FILE = (
    "Your file is graded alone. It can import what comes with Python and what the stub imports, "
    "but nothing else from the course, and no other file."
)

ANOTHER_FILE = r"^(ModuleNotFoundError|FileNotFoundError|ImportError: .*relative import)"
"""How errors about a missing file begin, as "KIND: TEXT"."""

FROM_OLD_TUTORIALS = (
    r"ModuleNotFoundError: .*'lang(chain|graph)\w*\."
    r"|ModuleNotFoundError: .*'langchain_(community|openai|experimental)"
    r"|ImportError: cannot import name .* from 'lang(chain|graph)"
)
"""How errors begin about names of LangChain that are elsewhere by now, or nowhere."""

YIELDS_NOTHING = "it yields nothing"

SLIPS = (TypeError, NameError, AttributeError)
"""Errors that are slips in Python if the code of an answer raises them."""

OURS = (str(catalog.ROOT / "course"), str(catalog.ROOT / "tests"))
"""Where the code is that raises errors on purpose: the sources of the tests."""

MOST_ITEMS = 10_000
"""A stream that yields more than this in a test never ends; the longest right one yields 2,000."""


@dataclass
class Call:
    """One call to a task, and its results.

    Attributes:
        task: the function's name.
        text: the call as you would write it.
        path: what the file of the answers is called in tracebacks.
        items: what the stream has yielded, or None if the task is not a stream.
        returned: what the function has returned; None for a stream.
        has_returned: whether it has.
        slip: the error with which it, or its stream, has ended, if it is one of `SLIPS`.
    """

    task: str
    text: str
    path: str
    items: list[Any] | None = None
    returned: Any = None
    has_returned: bool = False
    slip: BaseException | None = None

    def note(self, error: Exception) -> None:
        """Note the slip with which the call, or its stream, has ended.

        Its traceback is not kept: that would keep open what should be closed.
        """
        path, found = self.path, list(traceback.walk_tb(error.__traceback__))
        own = [(path, line, top_level_name(f)) for f, line in found if f.f_code.co_filename == path]
        frames = getattr(error, "contained_frames", own)
        came_from = found[-1][0].f_code.co_filename
        is_ours = came_from.startswith(OURS) and not hasattr(error, "contained_frames")
        if frames and not is_ours:
            last = came_from == path
            slip: Any = BaseException.__new__(type(error), *error.args)
            slip.contained_frames = frames
            slip.contained_own = getattr(error, "contained_own", last)
            self.slip = slip


@dataclass
class Answers:
    """The functions of one file. `answers.buffer_stream(...)` calls one, and records the call.

    A name that is not a task, such as an exception class, is passed through.

    Attributes:
        lesson: the lesson.
        module: the file as a module.
        file: the file.
        calls: the calls in a test.
        contained: the process in which they run, if it is another one.
        hidden: the errors that the code itself has caught during the last call.
        ran: what has run during the last call of each task, if that is noted.
    """

    lesson: Lesson
    module: types.ModuleType
    file: AnswerFile
    calls: list[Call] = field(default_factory=list)
    contained: Any = None
    hidden: list[Hidden] = field(default_factory=list)
    ran: Ran | None = None

    @property
    def path(self) -> Path:
        """What the file is called in messages and tracebacks."""
        return self.file.shown_as

    def __getattr__(self, name: str) -> Any:
        signature = self.lesson.signatures.get(name)
        if signature and any(task.name == name for task in self.lesson.tasks):
            return self._task(name, signature)
        try:
            return getattr(self.module, name)
        except AttributeError:
            raise WrongAnswer(
                f"{name} is missing",
                f"The stub gives you {name}, and the lesson relies on it. "
                f"To get the stub back, with a backup of your file, run: "
                f"{command('reset', self.lesson.number)}",
            ) from None

    def tasks_left(self) -> int:
        """Return how many tasks run in the event loop, apart from the one that asks."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        here = [task for task in others if not is_clean_up(task)]
        return len(here) + (self.contained.tasks_left() if self.contained else 0)

    def _task(self, name: str, signature: Signature) -> Callable[..., Any]:
        function = self.module.__dict__.get(name)
        if not callable(function):
            raise self._missing(name)
        _check_parameters(function, signature)

        def call(*args: Any, **kwargs: Any) -> Any:
            record = self._recorded(name, describe_call(name, args, kwargs))
            try:
                made = function(*args, **kwargs)
            except SLIPS as error:
                record.note(error)
                raise
            if signature.kind == "class":
                return self._object(name, made, signature)
            return _record(record, made, signature.kind)

        return call

    def _recorded(self, task: str, text: str) -> Call:
        call = Call(task, text, str(self.path))
        self.calls.append(call)
        self.hidden.clear()
        tree = self.file.tree_of(task)
        if self.ran and isinstance(tree, ast.stmt) and not text.startswith("."):
            self.ran.forget((tree.lineno, tree.end_lineno or tree.lineno))
        return call

    def _object(self, name: str, made: Any, signature: Signature) -> RecordedObject:
        """Wrap an instance of a task that is a class, to record calls to its methods."""
        methods = {
            method: self._method(name, method, made, declared)
            for method, declared in signature.methods.items()
            if method != "__init__" and _is_public(method)
        }
        special = {method: _special(method) for method in methods if method.startswith("__")}
        kind = type(name, (RecordedObject,), special)
        wrapped: RecordedObject = kind(made, methods)
        return wrapped

    def _method(
        self, name: str, method: str, owner: Any, signature: Signature
    ) -> Callable[..., Any]:
        checked: set[str] = set()

        def call(*args: Any, **kwargs: Any) -> Any:
            function = getattr(owner, method, None)
            if not callable(function):
                raise WrongAnswer(
                    f"it has no method {method}",
                    "Tests call methods by the names in the stub. Restore this one.",
                )
            if method not in checked:  # it takes longer than most calls
                _check_parameters(function, signature)
                checked.add(method)
            record = self._recorded(name, f".{describe_call(method, args, kwargs)}")
            if method in ("__iter__", "__aiter__") and signature.kind == "function":
                return function()  # what it returns is an iterator, and is meant to be one
            try:
                made = function(*args, **kwargs)
            except SLIPS as error:
                record.note(error)
                raise
            return _record(record, made, signature.kind)

        return call

    def _missing(self, name: str) -> WrongAnswer:
        tasks = {task.name for task in self.lesson.tasks}
        strange = [n for n, f in self.module.__dict__.items() if callable(f) and n not in tasks]
        close = difflib.get_close_matches(name, strange, n=1, cutoff=0.7)
        renamed = f" Did you rename it to {close[0]}?" if close else ""
        line = self.file.line_of(close[0]) if close else None
        what = "class" if self.lesson.signatures[name].kind == "class" else "function"
        return WrongAnswer(
            f"there is no {what} {name}",
            f"Tests find a task by its name, so restore it.{renamed}",
            lines=[(str(self.path), line)] if line else None,
        )


def load(
    answers: Path | AnswerFile,
    lesson: Lesson,
    graded: bool = False,
    code: types.CodeType | None = None,
) -> Answers:
    """Run a file of answers as a separate module.

    Args:
        answers: the file.
        lesson: the lesson.
        graded: whether to import it as for grading, in the folder of `importing.alone`.
        code: what to run instead of what the file says.

    Raises:
        CannotLoad: if it cannot be read, parsed or run.
    """
    file = answer_file.read(answers)
    module = types.ModuleType(MODULE)
    found: list[Hidden] = []
    ran = Ran()
    noted = None
    if code is None:
        code = file.compile()  # which says what cannot be parsed
        noted = _noting(file, module, found, ran) if graded else None
    module.__file__ = str(file.shown_as)
    sys.modules[MODULE] = module  # dataclasses look their module up there
    try:
        if graded:
            importing.run(noted or code, module, file.source)
        else:
            importing.hide_the_course()
            exec(code, module.__dict__)
    except BaseException as error:
        raise _cannot_run(error, file) from error
    return Answers(lesson, module, file, hidden=found, ran=ran if noted else None)


def _noting(
    file: AnswerFile, module: types.ModuleType, found: list[Hidden], ran: Ran
) -> types.CodeType | None:
    """Return code that notes what it hides and what of it runs, if it is not nested too deeply."""
    try:
        tree = ran.noting(file.compile(whole=False))
        vars(module).update(ran.names)
        code, vars(module)[hidden.NOTE] = hidden.noting(tree, str(file.shown_as), found)
    except RecursionError:
        return None
    return code


def _cannot_run(error: BaseException, file: AnswerFile) -> CannotLoad:
    lines = lines_in(error, str(file.shown_as))
    return cannot_run(error, type(error).__name__, lines[-1] if lines else None)


def cannot_run(error: BaseException, kind: str, line: int | None) -> CannotLoad:
    """Say why answers cannot be imported.

    Args:
        error: what they raised.
        kind: the name of its class.
        line: the line of the answers in which it was raised, if known.
    """
    if kind == "SystemExit":
        return CannotLoad(
            "it ends the program while it is imported.",
            "Remove the call to exit() or sys.exit() from the file.",
            line,
            suspicious="it ends the program while it is imported",
        )
    if kind == DebuggerLeftIn.__name__:
        return CannotLoad(
            f"it calls a debugger while it is imported, with {error}.",
            "Nobody is there to answer it. Remove the call.",
            line,
        )
    if kind == Stuck.__name__:
        return CannotLoad(
            "it never finishes being imported.",
            f"Outside of functions, {error}. Nothing can be graded until that ends.",
            line,
        )
    if re.match(
        r"(ModuleNotFoundError|ImportError): .*\blang(chain|graph)", f"{kind}: {text_of(error)}"
    ):
        return CannotLoad(
            f"{kind}: {text_of(error).partition(' (/')[0]}.",
            "Old tutorials import from places that are gone. What the tasks need is imported in "
            "the stub already: remove this line.",
            line,
        )
    if re.match(ANOTHER_FILE, f"{kind}: {text_of(error)}"):
        missing = f" If a package is really missing, run: {command('doctor')}"
        why = ONE_FILE + (missing if kind == "ModuleNotFoundError" else "")
        return CannotLoad(f"{kind}: {text_of(error)}.", why, line)
    return CannotLoad(
        f"it fails while it is imported, with {kind}: {text_of(error)}".rstrip(".") + ".",
        "Code outside of functions runs at once, before anything can be graded.",
        line,
    )


def _check_parameters(function: Callable[..., Any], signature: Signature) -> None:
    """Raise `WrongAnswer` unless `function` can be called as the stub's can."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    names = [p.name for p in parameters]
    flexible = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)
    extra = [p.name for p in parameters[len(signature.parameters) :] if p.default is p.empty]
    if flexible or (names[: len(signature.parameters)] == [*signature.parameters] and not extra):
        return
    own = inspect.signature(function.__func__).parameters if inspect.ismethod(function) else {}
    if own and next(iter(own)) != "self" and "self" not in names:
        named = f"{function.__name__}({', '.join(['self', *signature.parameters])})"
        raise WrongAnswer(
            f"its method {function.__name__} lacks self",
            f"The first parameter of a method is the object itself: def {named}.",
        )
    raise WrongAnswer(
        "its parameters are not those of the stub",
        "The code that calls it relies on these names, in this order.",
        wanted=Words("(" + ", ".join(signature.parameters) + ")"),
        got=Words("(" + ", ".join(names) + ")"),
    )


def _record(call: Call, result: Any, kind: Kind) -> Any:
    """Return what the test sees of `result`, and record it in `call`."""
    if kind == "generator":
        _refuse_unlike_stream(result, "__iter__", "for")
        return _RecordedStream(call, iter(result))
    if kind == "async generator":
        _refuse_unlike_stream(result, "__aiter__", "async for")
        return _RecordedAsyncStream(call, aiter(result))
    if kind == "coroutine":
        _refuse_unlike_coroutine(result)
        return _recorded_result(call, result)
    if kind.endswith("context manager"):
        _refuse_unlike_context(result, "__aenter__" if kind.startswith("async") else "__enter__")
        return result
    own = type(result).__module__ == "answers"  # an object that may be iterable
    came = None if own else _lazy(result)
    if came:
        _close(result)
        raise WrongAnswer(
            "it does not do its work when it is called",
            f"This task is a plain function that returns its result. {MADE_BY[came]}",
            got=Words(came),
        )
    call.returned, call.has_returned = result, True
    return result


MADE_BY = {
    "a coroutine": "Because of async def, a call only makes a coroutine: write def.",
    "an async generator": "Because of async def and yield, a call only makes a stream: write def, "
    "and return.",
    "a generator": "What comes back is a generator, which has yet to begin: this code has a yield, "
    "or another call has made it. Collect what comes of it, and return that.",
    "an iterator": "What it returns has yet to be read: list(...) collects it.",
}
"""What a call has made instead of a result -> what it comes from."""


def _lazy(result: object) -> str | None:
    """Return what something is that has yet to do its work, or None if it is something else."""
    kind = type(result)
    if kind.__name__ == "coroutine":
        return "a coroutine"
    if hasattr(kind, "__anext__"):
        return "an async generator"
    if not hasattr(kind, "__next__"):
        return None
    return "a generator" if inspect.isgenerator(result) else "an iterator"


def _close(result: Any) -> None:
    if inspect.iscoroutine(result):
        result.close()


async def _recorded_result(call: Call, result: Awaitable[Any]) -> Any:
    try:
        call.returned = await result
    except SLIPS as error:
        call.note(error)
        raise
    call.has_returned = True
    return call.returned


def _refuse_unlike_stream(result: Any, method: str, loop: str) -> None:
    # The name of the plain kind: LangChain has a class of its own for the text of a chunk.
    finished = [kind.__name__ for kind in (list, tuple, str, dict) if isinstance(result, kind)]
    if finished:
        raise WrongAnswer(
            f"it returns a finished {finished[0]}, not a stream",
            "Its reader would have to wait for the whole answer. Yield each piece as soon as it "
            "arrives.",
            got=result,
        )
    if result is None:
        raise WrongAnswer(
            YIELDS_NOTHING,
            "The task is a generator: hand out each piece with yield. "
            "Printing a piece, or only computing it, does not hand it out.",
            got=result,
        )
    came = _lazy(result)
    _close(result)
    if came == "a coroutine":
        raise WrongAnswer(
            "it is a coroutine, not a stream",
            "An async function without yield has one result. Hand out each piece with yield."
            if loop == "async for"
            else "This task is a plain generator: write def instead of async def, and hand out "
            "each piece with yield.",
            got=Words(came),
        )
    if came == "an async generator" and loop == "for":
        raise WrongAnswer(
            "it is async, but this task is a plain generator",
            "Its caller reads it with for. Write def instead of async def, and for instead of "
            "async for.",
            got=Words(came),
        )
    if came in ("a generator", "an iterator") and loop == "async for":
        raise WrongAnswer(
            "it is a plain generator, but this task is async",
            "Its caller reads it with async for. Write async def, as in the stub.",
            got=Words(came),
        )
    if inspect.isfunction(result):
        raise WrongAnswer(
            "it returns its inner function, not what that yields",
            "Call the inner function: it makes the stream that the caller wants to read.",
            got=Words(f"the function {result.__name__}"),
        )
    if not hasattr(type(result), method):
        raise WrongAnswer(
            f"its result cannot be read with {loop!r}",
            "The task is a generator: its body hands out pieces with yield.",
            wanted=Words(f"something to read with {loop!r}"),
            got=Words(f"an object of the class {type(result).__name__}"),
        )


def _refuse_unlike_coroutine(result: Any) -> None:
    if _lazy(result) == "an async generator":
        raise WrongAnswer(
            "it is a stream, but its caller awaits one result",
            "Because of yield, a call only makes a stream. Collect what you have, and return it.",
            got=Words("an async generator"),
        )
    if not inspect.isawaitable(result):
        raise WrongAnswer(
            "it is not async",
            "Its caller awaits it. Write async def, as in the stub.",
            got=result,
        )


def _refuse_unlike_context(result: Any, method: str) -> None:
    if not hasattr(type(result), method):
        if inspect.iscoroutine(result):
            result.close()
        statement = "async with" if method == "__aenter__" else "with"
        raise WrongAnswer(
            f"its result cannot be used in {statement!r}",
            f"The task is a context manager: a decorator in the stub turns a generator with one "
            f"yield into one. The code before the yield runs when {statement!r} begins, and the "
            "code after it when it ends.",
            got=Words(f"an object of the class {type(result).__name__}"),
        )


def _is_public(method: str) -> bool:
    return method.startswith("__") or not method.startswith("_")


def _special(method: str) -> Callable[..., Any]:
    """A method such as `__len__`, which Python looks up in the class."""
    return lambda self, *args: self._methods[method](*args)


class RecordedObject:
    """Stands for an instance of a learner's class. Its methods are recorded."""

    def __init__(self, made: Any, methods: Mapping[str, Callable[..., Any]]) -> None:
        self._made = made
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._made, name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _RecordedStream:
    """Passes a stream on, and records what it yields."""

    def __init__(self, call: Call, stream: Any) -> None:
        self._call, self._stream = call, stream
        self._items: list[Any] = []
        call.items = self._items

    def __iter__(self) -> _RecordedStream:
        return self

    def __next__(self) -> Any:
        try:
            item = next(self._stream)
        except SLIPS as error:
            self._call.note(error)
            raise
        _note(self._items, item)
        return item

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()


class _RecordedAsyncStream:
    """The same for an asynchronous stream."""

    def __init__(self, call: Call, stream: Any) -> None:
        self._call, self._stream = call, stream
        self._items: list[Any] = []
        call.items = self._items

    def __aiter__(self) -> _RecordedAsyncStream:
        return self

    async def __anext__(self) -> Any:
        try:
            item = await anext(self._stream)
        except SLIPS as error:
            self._call.note(error)
            raise
        _note(self._items, item)
        return item

    async def aclose(self) -> None:
        aclose = getattr(self._stream, "aclose", None)
        if aclose is not None:
            await aclose()


def _note(items: list[Any], item: Any) -> None:
    items.append(item)
    if len(items) > MOST_ITEMS:
        raise WrongAnswer(
            "it never stops yielding",
            "The stream must end when its source ends: check what ends your loop.",
            got=Words(f"{len(items):,} items, and more to come"),
        )
