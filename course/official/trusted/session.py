"""The trusted side of official grading: answers that run in another, contained process.

Here are the tests, the expected values, the scripts, the clock and the verdict. The learner's
module is in the process of `course.official.contained`. Small proxies stand in for its functions
and streams, so the tests are the same ordinary ones. Everything that comes from there is checked,
bounded and plain. What may be asked from there is in `services.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import types
from collections.abc import Iterator
from typing import Any, is_typeddict

from course.catalog import Lesson
from course.fakes.clock import START, Stuck, VirtualClock, active_clock
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.answers import Answers, RecordedObject, cannot_run
from course.grade.died import ContainedDied
from course.grade.expect import WrongAnswer
from course.grade.importing import MODULE
from course.grade.patience import for_a_test
from course.grade.said import bounded
from course.official.protocol.plain_data import (
    MOST_DEPTH,
    MOST_LINES,
    Codec,
    NotPlainError,
    as_name,
    is_line,
    number_in,
    places,
)
from course.official.trusted import handed_over, services
from course.official.trusted.channel import Channel, disturbed
from course.official.trusted.remote_objects import VERDICTS, remote_function, remote_object
from course.official.trusted.results import Results
from course.official.trusted.services import Service

ARGUMENTS_OF_A_CALL = -1
"""How deep to begin to decode, so that what lies in a list of arguments is what is handed out."""

NO_RESULT = 1
"""How deep to begin to decode what answers only ask with, so that nothing in it is handed out."""

MOST_FUNCTIONS = 1_000
"""Functions in a file of answers; the others are not seen."""


class ContainedAnswers(Codec):
    """One file of answers in a contained process.

    Args:
        channel: to that process.
        lesson: the lesson.
        file: the answers.
        given: the reference solution, for what the stub gives: exceptions and records.
        seconds: of CPU time for one test.
    """

    def __init__(
        self,
        channel: Channel,
        lesson: Lesson,
        file: AnswerFile,
        given: types.ModuleType,
        seconds: float,
    ) -> None:
        classes = {
            name: value for name, value in vars(given).items() if _is_of(value, given.__name__)
        }
        for task in lesson.tasks:
            classes.pop(task.name, None)
        errors = {n: c for n, c in classes.items() if issubclass(c, BaseException)}
        self._given = {n: c for n, c in classes.items() if n not in errors}
        self.records = tuple(self._given.values())
        super().__init__(errors)
        self.own_errors = (*errors.values(), Stuck)
        self.channel = channel
        self._path = file.shown_as
        self._futures: dict[int, asyncio.Future[Any]] = {}
        self._services: dict[int, asyncio.Task[Any]] = {}
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._task_numbers: dict[asyncio.Task[Any], int] = {}
        self._calls = 0
        self._left_when_done: dict[int, int] = {}
        self._left_just_now: int | None = None
        self._last_service = 0
        self.classes: dict[str, type] = {}
        self._results = Results()
        self.died: ContainedDied | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._seconds = seconds
        self.begin_test()
        channel.start(seconds, file.source)
        channel.say({"do": "load", "source": file.source, "given": [*classes]})
        loaded = self._hear_answer()
        module = types.ModuleType(MODULE)
        with self._refusing_nonsense():
            cannot_load = self._cannot_load(loaded) if "cannot_load" in loaded else None
            if cannot_load is None:
                for name, parameters in [*loaded["loaded"].items()][:MOST_FUNCTIONS]:
                    if as_name(name):
                        vars(module)[name] = remote_function(self, name, parameters)
        if cannot_load is not None:
            raise cannot_load
        constants = {
            name: value
            for name, value in vars(given).items()
            if (name.isupper() and not callable(value)) or is_typeddict(value)
        }
        vars(module).update(classes, **constants)
        self.answers = Answers(lesson, module, file, contained=self)

    def begin_test(self) -> None:
        """Let the next test take its time."""
        self.channel.allow(for_a_test(self._seconds), ours=self._seconds)

    def end_test(self) -> str:
        """Forget everything a test left on both sides, and return what was printed in it.

        Raises:
            ContainedDied: if the process is no longer usable.
        """
        self._say({"do": "test", "now": START})
        printed = bounded(self._hear_plain(str))
        self.clear()
        self._futures.clear()
        self._left_when_done.clear()
        self._services.clear()
        self._tasks.clear()
        self._task_numbers.clear()
        self.classes.clear()
        self._results = Results()
        self._timer = None
        return printed

    def lines_that_wait(self) -> list[tuple[str, int]]:
        """Return where the answers wait. Empty if they do not say."""
        try:
            self._say({"do": "where"})
            return places(self._path, self._hear_plain(list))
        except ContainedDied:
            return []

    def tasks_left(self) -> int:
        """Return how many tasks the answers left running.

        Raises:
            ContainedDied: if the process is no longer usable.
        """
        if self._left_just_now is not None:
            return self._left_just_now
        self.turn({"do": "time"})  # here, too, the loop has turned since
        self._say({"do": "left"})
        return int(self._hear_plain(int))

    def _hear_plain(self, kind: type) -> Any:
        """Return a reply of one kind."""
        answer = self._hear_answer()
        with self._refusing_nonsense():
            value = self.decode(answer["reply"])
            if type(value) is not kind:
                raise NotPlainError(f"a {type(value).__name__} instead of a {kind.__name__}")
        return value

    # The codec

    def kind_of(self, value: object) -> tuple[str, Any] | None:
        found = handed_over.kind_of(value, self.records)
        return found and (found[0], self.encode(found[1]))

    def proxy(self, number: int, kind: str, known: Any) -> Any:
        return remote_object(self, number, kind, known)

    def given(self, name: str) -> type | None:
        return self._given.get(name)

    def about_to_make(self) -> None:
        with self._noting_death():
            self.channel.look_at_own_work()

    def crosses_by_value(self, record: object) -> bool:
        parameters = getattr(type(record), "__dataclass_params__", None)
        return parameters is None or bool(parameters.frozen)

    def their_number(self, value: object) -> int | None:
        if isinstance(value, RecordedObject):
            value = value._made
        return super().their_number(value)

    def attributes_of(self, error: BaseException) -> dict[str, Any]:
        if isinstance(error, WrongAnswer):  # what a test expects is not for answers to know
            return {}
        return super().attributes_of(error)

    def encode_text(self, value: str) -> Any:
        plain = super().encode_text(value)
        if value != object():
            return plain
        return {"$": "live", "n": self.keep(value, "any text"), "kind": "any text", "known": plain}

    def _encode_error(self, error: BaseException, depth: int) -> Any:
        known = super()._encode_error(error, depth)
        kind = type(error)
        if known["$"] == "error" and kind.__module__ != "builtins" and kind not in self.own_errors:
            known["class"] = self._copied(kind, depth)
        return known

    def _decode_back(self, data: Any, depth: int) -> Any:
        value = super()._decode_back(data, depth)
        if "cause" in data and isinstance(value, BaseException) and not isinstance(value, VERDICTS):
            cause = self.decode(data["cause"], depth)
            if cause is not None and not isinstance(cause, BaseException):
                raise NotPlainError("a cause that is no error")
            if not _leads_to(cause, value):
                value.__cause__ = cause
        return value

    def note_frames(self, error: BaseException, frames: list[list[Any]], own: bool = False) -> None:
        places = [
            (str(self._path), line, str(name)[:80])
            for line, name in frames[:MOST_LINES]
            if is_line(line)
        ]
        error.contained_frames = places  # type: ignore[attr-defined]
        error.contained_own = own  # type: ignore[attr-defined]

    # At once

    def do(self, message: dict[str, Any]) -> Any:
        """Get something done over there, at once."""
        if _running_loop() is not None:
            message = {"do": "turn", "of": message}
        self._say(message)
        try:
            return self._hear_reply()
        finally:
            if message["do"] == "turn":
                self._hear_until_idle()

    def _say(self, message: dict[str, Any]) -> None:
        clock = active_clock()
        if clock is not None:
            message["now"], message["date"] = clock.now, clock.date
        with self._noting_death():
            self.channel.say(message)

    def _hear(self) -> dict[str, Any]:
        with self._noting_death():
            message = self.channel.hear()
        self._results.begin(self.channel.size)
        return message

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

    @contextlib.contextmanager
    def _refusing_nonsense(self) -> Iterator[None]:
        """Blame an error in reading what came on the other side."""
        try:
            yield
        except Exception as error:
            self.died = disturbed(error)
            raise self.died from error

    def _hear_reply(self) -> Any:
        answer = self._hear_answer()
        error = None
        with self._refusing_nonsense():
            if "error" in answer:
                error = self.decode(answer["error"])
                if not isinstance(error, BaseException):
                    raise NotPlainError("an error that is none")
            elif "stop" in answer:
                error = StopIteration()
            else:
                value = self.decode(answer["reply"])
        if error is not None:
            raise error
        return value

    def _hear_answer(self) -> dict[str, Any]:
        """Hear messages and serve them, until one comes that is an answer."""
        while True:
            message = self._hear()
            with self._refusing_nonsense():
                if not self._serve(message):
                    return message

    def _hear_until_idle(self) -> None:
        while True:
            message = self._hear()
            with self._refusing_nonsense():
                if not self._serve(message):
                    self._wake_at(message["idle"])
                    return

    def _wake_at(self, until: float | None) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if until is not None:
            if type(until) is bool or not math.isfinite(until):
                raise NotPlainError(f"the moment {until}")
            self._timer = loop.call_at(until, self._turn_unattended, {"do": "time"})

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
        """Do what a message wants. False if it is an answer and wants nothing."""
        if "ask" in message:
            self._answer(message)
        elif "later" in message:
            self._begin_service(message)
        elif "give_up" in message:
            service = self._services.get(_known(message["give_up"], self._last_service))
            if service is not None:
                service.cancel()
        elif "done" in message:
            self._finish(message)
        elif "drop" in message:
            self._drop(message["drop"])
        elif "cancels" in message:
            self._tasks[_known(message["cancels"], len(self._tasks))].cancel()
        elif "stuck" in message:
            raise Stuck(str(message["stuck"])[:200], places(self._path, message.get("lines", [])))
        else:
            return False
        return True

    def _drop(self, number: Any) -> None:
        """Forget what the answers are done with."""
        kind = self.kind_handed_out(number)
        if kind not in services.DROPPED:
            raise NotPlainError(f"a drop of the kind {kind!r}")
        self.forget(number)

    def _answer(self, message: dict[str, Any]) -> None:
        """Serve at once."""
        request = message["ask"]
        depth = ARGUMENTS_OF_A_CALL if request == "function" else NO_RESULT
        arguments = [self.decode(value, depth) for value in message["v"]]
        number = None
        kind = services.ANSWERS
        if request not in services.TABLE[kind]:
            number, *arguments = arguments
            kind = self.kind_handed_out(number)
        service = services.find(kind, request, arguments, later=False)
        clock = active_clock() or VirtualClock()
        thread = clock.in_thread() if message.get("thread") else contextlib.nullcontext(float)
        with thread as slept:
            try:
                value = service.serve(self._object(number, service), *arguments)
                answer = {"answer": self.share(value) if service.shares else self.encode(value)}
            except (NotPlainError, ContainedDied):
                raise
            except BaseException as error:  # a source may raise what is no Exception
                answer = {"error": self.encode(error)}
            answer["slept"] = slept()
        self._say(answer)  # with our own time, not that of the thread

    def _object(self, number: int | None, service: Service) -> Any:
        """Return the object that is asked.

        Raises:
            LookupError: if it is gone.
        """
        if number is None:
            return self._path
        if number not in self.mine and not service.ends:
            raise LookupError("what an earlier test gave is gone")
        return self.mine.get(number)

    def _begin_service(self, message: dict[str, Any]) -> None:
        """Serve in a separate task."""
        call, number = message["later"], message["n"]
        if type(call) is not int or call <= self._last_service:
            raise NotPlainError(f"the number {call!r:.80} of a service")
        arguments = [self.decode(value, NO_RESULT) for value in message["v"]]
        kind = self.kind_handed_out(number)
        service = services.find(kind, message["method"], arguments, later=True)

        async def serve() -> None:
            try:
                found = await service.serve(self._object(number, service), *arguments)
                self._done_here(call, {"v": self.encode(found)})
            except (ContainedDied, Stuck, GeneratorExit):
                raise
            except BaseException as error:
                self._done_here(call, {"error": self.encode(error)})

        def unless_served(task: asyncio.Task[None]) -> None:
            if call in self._services:  # cancelled before it had begun
                self._done_here(call, {"error": self.encode(asyncio.CancelledError())})

        self._last_service = call
        self._services[call] = asyncio.get_running_loop().create_task(serve())
        self._services[call].add_done_callback(unless_served)

    def _done_here(self, call: int, result: dict[str, Any]) -> None:
        self._services.pop(call, None)
        self._turn_unattended({"do": "adone", "call": call, **result})

    def _finish(self, message: dict[str, Any]) -> None:
        call = _known(message["done"], self._calls)
        future = self._futures.get(call)
        if future is None or future.done():
            return  # nobody is waiting for it anymore
        if type(message["left"]) is not int:
            raise NotPlainError(f"{message['left']!r:.80} tasks")
        self._left_when_done[call] = message["left"]
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

    # What is handed out

    def shared(self, data: Any, depth: int, plain: list[Any] | dict[Any, Any]) -> Any:
        """Return the list or dict of that number: answers that hand it out again change it."""
        number = number_in(data)
        if depth < 1:
            return plain
        if depth > 1:
            return self._results.part(number, data, plain)
        found = self._results.take(number, plain)
        self._look_at_results()
        return found

    def _decode_same(self, data: Any, depth: int) -> Any:
        if depth != 1:
            raise NotPlainError("the same again inside of another")
        found = self._results.again(number_in(data))
        self._look_at_results()
        return found

    def _look_at_results(self) -> None:
        with self._noting_death():
            self.channel.look_at_size(self._results.held)

    # Some time later

    async def do_later(self, what: str, number: int, *args: Any) -> tuple[str, Any]:
        """Get something awaited over there, in the task that stands for this one.

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
        known = {"what": what, "n": number, "args": [self.encode(value) for value in args]}
        self.turn({"do": "acall", "task": mirror, "call": call, **known})
        try:
            result = await self._result(call)
        except asyncio.CancelledError:
            if call not in self._futures:  # it was over before it could be told
                raise
            self.turn({"do": "cancel", "task": mirror})
            result = await self._result(call)
        self._left_just_now = self._left_when_done.pop(call, 0)
        asyncio.get_running_loop().call_soon(self._forget_left)
        if result[0] == "cancelled":
            raise asyncio.CancelledError
        return result

    def _forget_left(self) -> None:
        """What was left is over in the next turn, if it was cancelled and not awaited."""
        self._left_just_now = None

    async def _result(self, call: int) -> tuple[str, Any]:
        """Return the result of a call. A cancellation does not affect what is still to come."""
        future = self._futures[call]
        try:
            found: tuple[str, Any] = await asyncio.shield(future)
        finally:
            if future.done():
                del self._futures[call]
        return found

    # The module

    def call(self, known: dict[str, Any], args: Any, kwargs: Any) -> Any:
        """Get something called over there, at once."""
        return self.do(
            {
                **known,
                "args": [self.share(value) for value in args],
                "kwargs": {key: self.share(value) for key, value in kwargs.items()},
            }
        )

    def _cannot_load(self, message: dict[str, Any]) -> CannotLoad:
        error = self.decode(message["cannot_load"])
        line, frames = message["line"], error.contained_frames
        if is_line(line):  # it parses, but cannot be compiled
            why = "Nothing can be graded until the file parses."
            return CannotLoad(f"{type(error).__name__}: {error}.", why, line)
        return cannot_run(error, type(error).__name__, frames[-1][1] if frames else None)


def _leads_to(error: BaseException | None, other: BaseException) -> bool:
    """Whether an error is another one, or was raised from it, or from too many to tell."""
    for _ in range(MOST_DEPTH):
        if error is None or error is other:
            return error is other
        error = error.__cause__
    return True


def _known(number: Any, last: int) -> int:
    """Return a number if it is one of those given so far, 1 to `last`.

    Raises:
        NotPlainError: if it is not.
    """
    if type(number) is not int or not 0 < number <= last:
        raise NotPlainError(f"the number {number!r:.80}")
    return number


def _is_of(value: object, module: str) -> bool:
    # Nothing is an instance of a TypedDict: its values are plain dictionaries.
    return isinstance(value, type) and value.__module__ == module and not is_typeddict(value)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
