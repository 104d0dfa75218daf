"""The trusted side of official grading: answers that run in another, contained process.

Here are the tests, the expected values, the scripts, the clock and the verdict. The learner's
module is in the process of `contained.py`. Small proxies stand in for its functions and streams,
so the tests are the same ordinary ones. Whatever comes from there is checked, bounded and plain.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import select
import subprocess
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable

from course.catalog import Lesson
from course.fakes.clock import Stuck, VirtualClock, active_clock
from course.grade.answer_file import CannotLoad
from course.grade.answers import Answers
from course.grade.died import ENDS, LOOPS, LOOPS_WHY, ContainedDied
from course.grade.plain_data import Codec, NotPlainError

SECONDS_PER_MESSAGE = 8.0
"""Real seconds until the contained process has to say something. It ends its own loops earlier."""

MOST_BYTES = 4_000_000
"""Bytes in a message."""

MOST_MESSAGES = 200_000
"""Messages in a test."""

real_monotonic = getattr(time.monotonic, "__wrapped__", time.monotonic)


class Channel:
    """Messages to a contained process and from it.

    Args:
        process: its first process, which forks a child for each file of answers.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._out: IO[bytes] = process.stdin
        self._in = process.stdout.fileno()
        self._buffer = b""
        self._heard = 0

    def say(self, message: dict[str, Any]) -> None:
        """Send a message."""
        try:
            self._out.write(json.dumps(message).encode() + b"\n")
            self._out.flush()
        except (BrokenPipeError, ValueError):
            raise ContainedDied(ENDS) from None

    def hear(self) -> dict[str, Any]:
        """Return the next message.

        Raises:
            ContainedDied: if none comes, or none that is fit to be read.
        """
        self._heard += 1
        if self._heard > MOST_MESSAGES:
            raise ContainedDied(LOOPS, LOOPS_WHY, "it sends messages without end")
        line = self._line()
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            raise _disturbed(f"it writes into the channel: {line[:80]!r}") from None
        if not isinstance(message, dict):
            raise _disturbed(f"it writes into the channel: {line[:80]!r}")
        if "gone" in message:
            raise _died(message)
        return message

    def begin_test(self) -> None:
        """Count messages anew."""
        self._heard = 0

    def synchronise(self) -> bool:
        """Read away what a child that is gone has left. False if the first process is gone too."""
        word = os.urandom(8).hex()
        try:
            self.say({"do": "end"})
            self._skip_to("bye", True)  # a child may have read on, so one after the other
            self.say({"do": "hello", "word": word})
            self._skip_to("hello", word)
        except ContainedDied:
            return False
        return True

    def _skip_to(self, key: str, value: object) -> None:
        for _ in range(MOST_MESSAGES):
            line = self._line()
            with contextlib.suppress(ValueError, AttributeError, RecursionError):
                if json.loads(line).get(key) == value:
                    return
        raise ContainedDied(LOOPS)

    def _line(self) -> bytes:
        while True:
            line, found, rest = self._buffer.partition(b"\n")
            if found:
                self._buffer = rest
                if line:
                    return line
                continue
            if len(self._buffer) > MOST_BYTES:
                raise ContainedDied(
                    "it hands out far too much", LOOPS_WHY, "it sends a message without end"
                )
            if not select.select([self._in], [], [], SECONDS_PER_MESSAGE)[0]:
                raise ContainedDied(LOOPS, LOOPS_WHY)
            piece = os.read(self._in, 65_536)
            if not piece:
                raise ContainedDied(ENDS, suspicious="it ended the process that starts others")
            self._buffer += piece


def _died(message: dict[str, Any]) -> ContainedDied:
    trace = str(message.get("trace", ""))
    marker = 'File "answers.py", line '
    if "Timeout" in trace:
        numbers = [part.split(" ", 1)[0].strip(",") for part in trace.split(marker)[1:]]
        line = int(numbers[0]) if numbers and numbers[0].isdigit() else None
        return ContainedDied(LOOPS, LOOPS_WHY, line=line)
    status = message["gone"]
    cause = (
        f"signal {-status}" if isinstance(status, int) and status < 0 else f"exit status {status}"
    )
    return ContainedDied(f"{ENDS} ({cause})", suspicious=f"it ended its process with {cause}")


class ContainedAnswers(Codec):
    """One file of answers in a contained process.

    Args:
        channel: to that process.
        lesson: the lesson.
        path: where the answers are for the person who reads the feedback.
        source: the answers.
        given: the reference solution, for what the stub gives: exceptions and records.
        seconds: real seconds for one test.
    """

    def __init__(
        self,
        channel: Channel,
        lesson: Lesson,
        path: Path,
        source: str,
        given: types.ModuleType,
        seconds: float,
    ) -> None:
        classes = {
            name: value for name, value in vars(given).items() if _is_of(value, given.__name__)
        }
        errors = {n: c for n, c in classes.items() if issubclass(c, BaseException)}
        self.records = tuple(c for c in classes.values() if not issubclass(c, BaseException))
        super().__init__(errors)
        self.channel = channel
        self._path = path
        self._futures: dict[int, asyncio.Future[Any]] = {}
        self._services: dict[int, asyncio.Task[Any]] = {}
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._task_numbers: dict[asyncio.Task[Any], int] = {}
        self._calls = 0
        self.died: ContainedDied | None = None
        self._timer: asyncio.TimerHandle | None = None
        channel.say({"do": "start", "seconds": seconds})
        if "ready" not in channel.hear():
            raise _disturbed("it speaks before it is asked")
        channel.say({"do": "load", "source": source})
        loaded = self._hear_answer()
        if "cannot_load" in loaded:
            raise self._cannot_load(loaded)
        module = types.ModuleType("answers")
        vars(module).update(classes)
        for name, parameters in loaded["loaded"].items():
            if isinstance(name, str) and name.isidentifier() and name not in classes:
                setattr(module, name, self._function(name, parameters))
        self.answers = Answers(lesson, module, path, contained=self)

    def begin_test(self) -> None:
        """Forget all that the test before has left, here and there."""
        self.channel.begin_test()
        clock = active_clock() or VirtualClock()
        self._say({"do": "test", "now": clock.now})
        self._hear_reply()
        self.clear()
        self._futures.clear()
        self._services.clear()
        self._tasks.clear()
        self._task_numbers.clear()
        self._timer = None

    def printed(self) -> str:
        """Return what was printed in this test."""
        self._say({"do": "printed"})
        return str(self._hear_reply())

    def lines_that_wait(self) -> list[tuple[str, int]]:
        """Return where the answers wait."""
        self._say({"do": "where"})
        return [(str(self._path), int(line)) for line in self._hear_reply()]

    def tasks_left(self) -> int:
        """Return how many tasks the answers have left running."""
        self._say({"do": "left"})
        return int(self._hear_reply())

    # The codec

    def kind_of(self, value: object) -> tuple[str, Any] | None:
        if isinstance(value, BaseChatModel):
            return "model", None
        if isinstance(value, Runnable):
            return "agent", None
        if isinstance(value, self.records):
            return "record", None
        if hasattr(value, "write") and hasattr(value, "flush"):
            return "file", None
        if hasattr(value, "__anext__"):
            return "astream", None
        if hasattr(value, "__next__"):
            return "stream", None
        if callable(value):
            return "function", getattr(value, "__name__", "function")
        return None

    def proxy(self, number: int, kind: str, known: Any) -> Any:
        match kind:
            case "stream":
                return RemoteStream(self, number)
            case "astream":
                return RemoteAsyncStream(self, number)
            case "iterable":
                return RemoteIterable(self, number)
            case "aiterable":
                return RemoteAsyncIterable(self, number)
        raise NotPlainError(f"an object of the kind {kind!r}")

    def note_frames(self, error: BaseException, frames: list[list[Any]], own: bool = False) -> None:
        places = [(str(self._path), int(line), str(name)[:80]) for line, name in frames[:200]]
        error.contained_frames = places  # type: ignore[attr-defined]
        error.contained_own = own  # type: ignore[attr-defined]

    # At once

    def do(self, message: dict[str, Any]) -> Any:
        """Have something done over there, at once."""
        if _running_loop() is not None:
            message = {"do": "turn", "of": message}
        self._say(message)
        value = self._hear_reply()
        if message["do"] == "turn":
            self._hear_until_idle()
        return value

    def _say(self, message: dict[str, Any]) -> None:
        clock = active_clock()
        if clock is not None:
            message["now"] = clock.now
        with self._noting_death():
            self.channel.say(message)

    def _hear(self) -> dict[str, Any]:
        with self._noting_death():
            return self.channel.hear()

    @contextlib.contextmanager
    def _noting_death(self) -> Iterator[None]:
        """Die once, and stay dead."""
        if self.died is not None:
            raise self.died
        try:
            yield
        except ContainedDied as error:
            self.died = error
            raise

    def _hear_reply(self) -> Any:
        answer = self._hear_answer()
        if "error" in answer:
            error = self.decode(answer["error"])
            raise (
                error
                if isinstance(error, BaseException)
                else _disturbed("it sends an error that is none")
            )
        if "stop" in answer:
            raise StopIteration
        return self.decode(answer.get("reply"))

    def _hear_answer(self) -> dict[str, Any]:
        """Hear messages and serve them, until one comes that is an answer."""
        while True:
            message = self._hear()
            try:
                if not self._serve(message):
                    return message
            except (NotPlainError, KeyError, TypeError, ValueError, AttributeError) as error:
                self.died = _disturbed(error)
                raise self.died from error

    def _hear_until_idle(self) -> None:
        while True:
            message = self._hear()
            try:
                if self._serve(message):
                    continue
                until = message["idle"]
            except (NotPlainError, KeyError, TypeError, ValueError, AttributeError) as error:
                self.died = _disturbed(error)
                raise self.died from error
            self._wake_at(until)
            return

    def _wake_at(self, until: float | None) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if until is not None:
            self._timer = loop.call_at(float(until), self._turn_unattended, {"do": "time"})

    def turn(self, message: dict[str, Any]) -> None:
        """Let the event loop over there do what it can."""
        self._say({"do": "turn", "of": message})
        self._hear_until_idle()

    def _turn_unattended(self, message: dict[str, Any]) -> None:
        """Do the same where nobody would see an error: tell it to those who wait."""
        try:
            self.turn(message)
        except (ContainedDied, Stuck) as error:
            for future in self._futures.values():
                if not future.done():
                    future.set_exception(error)

    # What the other side wants

    def _serve(self, message: dict[str, Any]) -> bool:
        """Do what a message wants. False if it wants nothing but is an answer."""
        if "ask" in message:
            self._answer(message)
        elif "later" in message:
            self._begin_service(message)
        elif "give_up" in message:
            service = self._services.get(message["give_up"])
            if service is not None:
                service.cancel()
        elif "done" in message:
            self._finish(message)
        elif "drop" in message:
            self.mine.pop(message["drop"], None)
        elif "cancels" in message:
            task = self._tasks.get(message["cancels"])
            if task is not None:
                task.cancel()
        elif "stuck" in message:
            raise Stuck(str(message["stuck"])[:200], [])
        else:
            return False
        return True

    def _answer(self, message: dict[str, Any]) -> None:
        arguments = [self.decode(value) for value in message["v"]]
        clock = active_clock() or VirtualClock()
        thread = clock.in_thread() if message.get("thread") else contextlib.nullcontext(float)
        with thread as slept:
            try:
                value = self.encode(getattr(self, f"_ask_{message['ask']}")(*arguments))
            except (KeyboardInterrupt, SystemExit, Exception) as error:
                answer = {"error": self.encode(error)}
            else:
                answer = {"answer": value}
            self._say({**answer, "slept": slept()})

    def _ask_sleep(self, seconds: float, lines: list[list[int]]) -> float:
        clock = active_clock()
        if clock is None:
            return 0.0
        blocked = bool(clock.blocked)
        clock.sleep(float(seconds))
        if clock.blocked and not blocked:
            clock.blocked_lines = [(str(self._path), int(line)) for (line,) in lines[:50]]
        return clock.now

    def _ask_next(self, number: int) -> Any:
        stream = self._of(number, "__next__")
        try:
            return [next(stream)]
        except StopIteration:
            return None

    def _ask_close(self, number: int) -> None:
        close = getattr(self.mine.get(number), "close", None)
        if close is not None:
            close()

    def _ask_function(self, number: int, args: list[Any], kwargs: dict[str, Any]) -> Any:
        function = self.mine[number]
        if not inspect.isroutine(function):
            raise TypeError("this is no function")
        return function(*args, **kwargs)

    def _ask_write(self, number: int, text: str) -> int:
        return int(self._of(number, "write").write(text))

    def _ask_flush(self, number: int) -> None:
        self._of(number, "flush").flush()

    def _ask_get(self, number: int, name: str) -> Any:
        record = self.mine[number]
        if not isinstance(record, self.records) or name.startswith("_"):
            raise AttributeError(name)
        return getattr(record, name)

    def _ask_set(self, number: int, name: str, value: Any) -> None:
        record = self.mine[number]
        if not isinstance(record, self.records) or name.startswith("_"):
            raise AttributeError(name)
        setattr(record, name, value)

    def _ask_model_stream(self, number: int, messages: list[Any]) -> Any:
        chunks = self._of(number, "_stream")._stream(messages)
        return _messages(chunks)

    def _ask_model_astream(self, number: int, messages: list[Any]) -> Any:
        return _AsyncMessages(self._of(number, "_astream")._astream(messages))

    def _ask_agent_events(self, number: int, query: Any, version: Any) -> Any:
        agent = self.mine[number]
        if not isinstance(agent, Runnable):
            raise TypeError("this is no agent")
        return agent.astream_events(query, version=version)

    def _of(self, number: int, method: str) -> Any:
        value = self.mine[number]
        if not hasattr(value, method):
            raise TypeError(f"this has no {method}")
        return value

    def _begin_service(self, message: dict[str, Any]) -> None:
        call, method = int(message["later"]), message["method"]
        if method not in ("__anext__", "aclose"):
            raise NotPlainError(f"a call of {method!r}")
        target = getattr(self.mine.get(message["n"]), method, None)

        async def serve() -> None:
            try:
                value = await target() if target is not None else None
                self._done_here(call, {"v": self.encode(value)})
            except (KeyboardInterrupt, SystemExit, asyncio.CancelledError, Exception) as error:
                self._done_here(call, {"error": self.encode(error)})

        def unless_served(task: asyncio.Task[None]) -> None:
            if call in self._services:  # cancelled before it had begun
                self._done_here(call, {"error": self.encode(asyncio.CancelledError())})

        self._services[call] = asyncio.get_running_loop().create_task(serve())
        self._services[call].add_done_callback(unless_served)

    def _done_here(self, call: int, result: dict[str, Any]) -> None:
        self._services.pop(call, None)
        self._turn_unattended({"do": "adone", "call": call, **result})

    def _finish(self, message: dict[str, Any]) -> None:
        future = self._futures[message["done"]]
        if future.done():
            return
        if "error" in message:
            error = self.decode(message["error"])
            if isinstance(error, asyncio.CancelledError):
                future.set_result(("cancelled", None))
            else:
                future.set_exception(error)
        elif "stop" in message:
            future.set_result(("end", None))
        else:
            future.set_result(("item", self.decode(message["v"])))

    # Some time later

    async def do_later(self, what: str, number: int) -> tuple[str, Any]:
        """Have something awaited over there, in the task that stands for this one.

        Returns:
            "item" and the result, or "end" and None at the end of a stream.
        """
        task = asyncio.current_task()
        assert task is not None
        mirror = self._task_numbers.setdefault(task, len(self._task_numbers) + 1)
        self._tasks[mirror] = task
        self._calls += 1
        call = self._calls
        self._futures[call] = asyncio.get_running_loop().create_future()
        self.turn({"do": "acall", "what": what, "n": number, "task": mirror, "call": call})
        try:
            result = await self._result(call)
        except asyncio.CancelledError:
            self._futures[call] = asyncio.get_running_loop().create_future()
            self.turn({"do": "cancel", "task": mirror})
            result = await self._result(call)
        if result[0] == "cancelled":
            raise asyncio.CancelledError
        return result

    async def _result(self, call: int) -> tuple[str, Any]:
        found: tuple[str, Any] = await self._futures[call]
        del self._futures[call]
        return found

    # The module

    def _function(self, name: str, parameters: list[list[Any]]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return self.do(
                {
                    "do": "call",
                    "name": name,
                    "args": [self.encode(value) for value in args],
                    "kwargs": {key: self.encode(value) for key, value in kwargs.items()},
                }
            )

        call.__name__ = name
        with contextlib.suppress(ValueError, TypeError):
            kinds = [*inspect._ParameterKind]
            call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
                [
                    inspect.Parameter(
                        str(known[0]),
                        kinds[int(known[1])],
                        default=None if known[2] else inspect.Parameter.empty,
                    )
                    for known in parameters
                ]
            )
        return call

    def _cannot_load(self, message: dict[str, Any]) -> CannotLoad:
        from course.grade.answers import cannot_run

        error = self.decode(message["cannot_load"])
        frames = getattr(error, "contained_frames", [])
        line = frames[-1][1] if frames else None
        if isinstance(error, SyntaxError):
            line = line or error.lineno
        return cannot_run(error, str(message["cannot_load"].get("type", "")), line)


class RemoteStream:
    """A stream of the answers."""

    def __init__(self, answers: ContainedAnswers, number: int) -> None:
        self._answers, self._stream = answers, number

    def __iter__(self) -> RemoteStream:
        return self

    def __next__(self) -> Any:
        return self._answers.do({"do": "next", "n": self._stream})

    def close(self) -> None:
        self._answers.do({"do": "close", "n": self._stream})


class RemoteIterable:
    """Something of the answers that can be iterated."""

    def __init__(self, answers: ContainedAnswers, number: int) -> None:
        self._answers, self._iterable = answers, number

    def __iter__(self) -> Iterator[Any]:
        found: Iterator[Any] = self._answers.do({"do": "iter", "n": self._iterable})
        return found


class RemoteAsyncStream:
    """An asynchronous stream of the answers."""

    def __init__(self, answers: ContainedAnswers, number: int) -> None:
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

    def __init__(self, answers: ContainedAnswers, number: int) -> None:
        self._answers, self._iterable = answers, number

    def __aiter__(self) -> Any:
        return self._answers.do({"do": "aiter", "n": self._iterable})


def _messages(chunks: Iterator[Any]) -> Iterator[Any]:
    try:
        for chunk in chunks:
            yield chunk.message
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


class _AsyncMessages:
    """The messages in a stream of chunks, without a generator between them and who drops them."""

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks

    def __aiter__(self) -> _AsyncMessages:
        return self

    async def __anext__(self) -> Any:
        return (await anext(self._chunks)).message

    async def aclose(self) -> None:
        await self._chunks.aclose()


def _disturbed(how: BaseException | str) -> ContainedDied:
    if isinstance(how, BaseException):
        how = f"it sends nonsense: {how!r:.200}"
    return ContainedDied(
        "it disturbs its own grading",
        "An answer talks to its caller only by what it returns, yields or raises.",
        how,
    )


def _is_of(value: object, module: str) -> bool:
    return isinstance(value, type) and value.__module__ == module


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
