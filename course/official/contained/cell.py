"""One file of answers, and the other side's hold on it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import sys
import threading
import types
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable

from course.fakes import clock as virtual
from course.grade import importing
from course.grade.importing import FILE, MODULE
from course.grade.printed import Printed
from course.grade.watchdog import Watchdog
from course.official.contained import proxies as contained_objects
from course.official.contained.loop import ContainedClock, ContainedLoop
from course.official.contained.proxies import EndOfStreamError
from course.official.contained.shared_values import SharedDefaultDict, SharedDict, SharedList
from course.official.protocol.plain_data import SPECIAL, Codec, is_same, learners_frames

RUNNABLE = (
    "invoke",
    "ainvoke",
    "batch",
    "abatch",
    "stream",
    "astream",
    "get_input_jsonschema",
)
"""What can be done with tools, prompts and chains. They also have attributes, such as a name."""


AT_ONCE = {"ainvoke": "runnable_invoke", "_agenerate": "model_generate"}
"""What can be asked at once instead, if nobody on the other side can wait."""

GROUPS = {kind.__name__: kind for kind in (ExceptionGroup, BaseExceptionGroup)}
"""Errors that are made of others. They only cross to here."""

OWN_LOOP = (
    "what a test hands in cannot be read or awaited in an event loop of your own; no task needs one"
)


class Cell(Codec):
    """One file of answers, and the other side's hold on it."""

    most_harmful = BaseException
    shares_messages = False
    shares_defaults = False

    def __init__(
        self, incoming: IO[bytes], outgoing: IO[bytes], seconds: float, trace: IO[str]
    ) -> None:
        super().__init__({"Stuck": virtual.Stuck})
        self._incoming = incoming
        self._outgoing = outgoing
        self._clock = ContainedClock(self)
        self._loop: ContainedLoop | None = None
        self._mirrors: dict[int, Mirror] = {}
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._calls = 0
        self.has_result = False
        self._watchdog = Watchdog(seconds, trace)
        self.printed = Printed()
        self.module = types.ModuleType(MODULE)
        self._given: frozenset[str] = frozenset()
        self._source = ""
        self._searches: Any = None
        self._soon: list[tuple[int, str]] = []
        _tell_of_messages(self)

    # Messages

    def say(self, message: dict[str, Any]) -> None:
        """Say something. It is sent when we listen next: waking the other side takes time."""
        self._outgoing.write(json.dumps(message).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        self._outgoing.flush()
        line = self._incoming.readline()
        if not line:
            os._exit(0)
        message: dict[str, Any] = json.loads(line)
        if "date" in message:
            self._clock.set(message["now"], message["date"])
        return message

    def ask(self, what: str, *arguments: Any) -> Any:
        """Ask the other side, and wait for its answer."""
        self.catch_up()
        return self._ask(what, *arguments)

    def catch_up(self) -> None:
        """Tell the other side what it does not know yet."""
        while self._soon:
            self._ask("write", *self._soon.pop(0))
        if self._told:
            self._tell_of_own_items()

    def _ask(self, what: str, *arguments: Any) -> Any:
        _refuse_other_threads()
        thread = self._clock.in_a_thread
        if what == "function":
            values = self._encoded_call(*arguments)
        else:
            values = [self.encode(argument) for argument in arguments]
        self.say({"ask": what, "v": values, "thread": thread})
        answer = self.hear()
        while "do" in answer:  # before it answers, it reads what it was given
            self._do_meanwhile(answer)
            answer = self.hear()
        if thread:
            self._clock.sleep(answer["slept"])
        if "error" in answer:
            raise self.decode(answer["error"])
        return self.decode(answer["answer"])

    async def ask_later(self, number: int, method: str, *arguments: Any) -> Any:
        """Ask the other side for something that takes its time.

        Raises:
            GeneratorExit: if no loop is running. What asks is being thrown away: an earlier call
                left it behind, and nobody waits for it.
            RuntimeError: if the answers have started a loop of their own, and this needs ours.
        """
        running = asyncio._get_running_loop()
        if running is None:
            raise GeneratorExit
        if running is not self._loop:
            if method not in AT_ONCE:
                raise RuntimeError(OWN_LOOP)
            return await running.run_in_executor(
                None, self.ask, AT_ONCE[method], number, *arguments
            )
        self._calls += 1
        call, future = self._calls, self._loop.create_future()
        self._waiting[call] = future
        values = [self.encode(argument) for argument in arguments]
        self.say({"later": call, "n": number, "method": method, "v": values})
        while not future.done():
            try:
                await asyncio.shield(future)
            except asyncio.CancelledError:
                if not future.done():  # so what waits there is cancelled, and says how it ends
                    self.say({"give_up": call})
            except Exception:
                break
        return future.result()

    # Live objects

    def clear(self) -> None:
        super().clear()
        self._handed_out: dict[int, Any] = {}
        self._causes: dict[int, BaseException | None] = {}
        self._shared_messages: dict[int, int] = {}
        self._told: dict[int, dict[int, str]] = {}

    def kind_of(self, value: object) -> tuple[str, Any] | None:
        kind = type(value)
        if inspect.iscoroutine(value) or isinstance(value, Runnable):
            return "object", _described(kind)
        if kind.__module__ == MODULE and not isinstance(value, type):
            return "object", _described(kind)
        for method, name in (("__anext__", "astream"), ("__next__", "stream")):
            if hasattr(kind, method):
                closes = hasattr(value, "aclose" if name == "astream" else "close")
                return name, closes
        if hasattr(kind, "__enter__") or hasattr(kind, "__aenter__") or hasattr(kind, "__await__"):
            return "object", _described(kind)
        if hasattr(kind, "__aiter__"):
            return "aiterable", None
        if hasattr(kind, "__iter__") and not isinstance(value, dict):
            return "iterable", None
        if callable(value) and not isinstance(value, type):
            return "function", [getattr(value, "__name__", "function"), _parameters(value)]
        return None

    def proxy(self, number: int, kind: str, known: Any) -> Any:
        return contained_objects.proxy(self, number, kind, known)

    def given(self, name: str) -> type | None:
        found = vars(self.module).get(name) if name in self._given else None
        return found if isinstance(found, type) else None

    def their_number(self, value: object) -> int | None:
        if isinstance(value, BaseMessage):
            return self._shared_messages.get(id(value))
        return super().their_number(value)

    def shared(self, data: Any, depth: int, plain: list[Any] | dict[Any, Any]) -> Any:
        """Return the list or dict that tells the other side of each change."""
        number = data["n"]
        found = self._theirs.get(number)
        if found is not None:
            found.renew(plain)
            return found
        kind: Callable[..., Any] = SharedDict
        what = "splice" if isinstance(plain, list) else "rekey"
        if isinstance(plain, list):
            kind = SharedList
        elif "missing" in data:
            kind = partial(SharedDefaultDict, partial(self.decode, data["missing"], depth))

        def tell(*change: Any) -> None:
            self._ask(what, number, *change)
            before = self._told.get(number, {})
            self._told[number] = {**{i: j for i, (_, j) in self._own_items(made).items()}, **before}

        made: Any = kind(plain, tell)
        made._number = number
        self._theirs[number] = made
        return made

    def _own_items(self, shared: Any) -> dict[int, tuple[Any, str]]:
        """The items that were put in here, as key and JSON: changes in them go unreported."""
        return {
            id(item): (key, json.dumps(self.encode(item)))
            for key, item in (enumerate(shared) if isinstance(shared, list) else shared.items())
            if isinstance(item, list | dict | set | BaseMessage) and self.their_number(item) is None
        }

    def _tell_of_own_items(self) -> None:
        """Tell the other side what has changed inside the items put into its lists and dicts."""
        for number, told in [*self._told.items()]:
            shared = self._theirs[number]
            now = self._own_items(shared)
            self._told[number] = {item: data for item, (_, data) in now.items()}
            for key in [key for item, (key, data) in now.items() if told.get(item) != data]:
                if isinstance(shared, list):
                    self._ask("splice", number, key, key + 1, [[None, shared[key]]])
                else:
                    self._ask("rekey", number, [], [[key, shared[key]]])

    def _decode_parts(self, made: BaseMessage, data: Any, depth: int) -> BaseMessage:
        number = data.get("n")
        if number is None:
            return made
        if number in self._theirs:
            return self._theirs[number]  # type: ignore[no-any-return]
        for name, part in data["parts"].items():
            vars(made)[name] = self.decode(part, depth)
        self._theirs[number] = made
        self._shared_messages[id(made)] = number
        return made

    def tell_of_message(self, message: BaseMessage, name: str) -> None:
        """Tell the other side that an attribute of its message has changed."""
        number = self._shared_messages.get(id(message))
        if number is not None:
            if name not in type(message).model_fields:  # there it has no other attributes
                raise AttributeError(name)
            self.ask("set", number, name, getattr(message, name))

    def _error(self, data: Any, text: str, args: list[Any]) -> BaseException:
        name = str(data["type"])
        kind = self.decode(data["class"]) if data.get("class") else self.given(name)
        if name in GROUPS and kind is None:
            kind = GROUPS[name]
        if not isinstance(kind, type) or not issubclass(kind, BaseException):
            return super()._error(data, text, args)
        try:
            error = kind.__new__(kind, *args)
        except (TypeError, ValueError):  # only its library makes one, as pydantic's ValidationError
            return super()._error(data, text, args)
        error.args = tuple(args)
        return error

    def _decode_error(self, data: Any, depth: int) -> BaseException:
        error = super()._decode_error(data, depth)
        self._causes.setdefault(data["n"], error.__cause__)
        return error

    def _encode_error(self, error: BaseException, depth: int) -> Any:
        known = super()._encode_error(error, depth)
        if known["$"] == "back" and self._causes[known["n"]] is not error.__cause__:
            self._causes[known["n"]] = error.__cause__
            known["cause"] = self._copied(error.__cause__, depth)
        return known

    def is_known(self, kind: type) -> bool:
        return super().is_known(kind) or kind.__module__ == MODULE  # the stub may give it

    def write_soon(self, number: int, text: str) -> int:
        """Write when the thread that talks to the other side does so next."""
        self._soon.append((number, text))
        return len(text)

    def frames_of(self, error: BaseException) -> list[list[Any]]:
        return learners_frames(error, FILE)

    # What is done

    def serve(self) -> None:
        """Do what we are told, until the other side has had enough."""
        with virtual.virtual_time(self._clock):
            while True:
                self._do(self.hear())

    def _do(self, message: dict[str, Any]) -> None:
        match message["do"]:
            case "load":
                self._load(message["source"], message["given"])
            case "end":
                self.say({"bye": True})
                self._outgoing.flush()
                os._exit(0)
            case "search":
                self._search(message["test"], message["seed"])
            case "test":
                self._begin(float(message["now"]))
            case "where":
                self.say({"reply": self.encode(self._where())})
            case "left":
                self.say({"reply": self.encode(self.left())})
            case "turn":
                self._turn(message["of"])
            case _:
                self._reply(message)

    def _do_meanwhile(self, message: dict[str, Any]) -> None:
        if message["do"] == "turn":
            self._reply(message["of"])
            self.say({"idle": None})
        else:
            self._do(message)

    def _load(self, source: str, given: list[str]) -> None:
        self._given = frozenset(given)
        self._source = source
        sys.modules[MODULE] = self.module
        self._watchdog.guard()
        try:
            code = compile(source, FILE, "exec", dont_inherit=True)
        except SyntaxError as error:
            known = self.encode(type(error)(error.msg))
            self.say({"cannot_load": known, "line": error.lineno or 1})
            return
        except (ValueError, RecursionError, MemoryError) as error:
            self.say({"cannot_load": self.encode(error), "line": 1})
            return
        try:
            with importing.alone(Path.cwd(), source):
                importing.run(code, self.module, source)
        except BaseException as error:
            self.say({"cannot_load": self.encode(error), "line": None})
            return
        self.printed.clear()
        functions = {}
        for name, value in list(self.module.__dict__.items()):
            ours = not isinstance(value, type) or value.__module__ == MODULE
            if callable(value) and ours:
                functions[name] = _parameters(value)
        self.say({"loaded": functions})

    def _search(self, test: str, seed: str) -> None:
        if self._searches is None:
            from course.official.contained.searches import Searches  # no other child needs it

            self._searches = Searches(self.module, self._source)
        self._watchdog.guard()
        self.say({"reply": self._searches.find_something(test, seed)})
        self.printed.clear()

    def _begin(self, now: float) -> None:
        """Begin a test: nothing of the one before may be left, except what it printed."""
        if self._loop is not None:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop = None
        self._mirrors.clear()
        self._waiting.clear()
        self.clear()
        self._clock.set(now, virtual.EPOCH)
        self._watchdog.guard()
        self.say({"reply": self.encode(self.printed.take())})

    def _reply(self, message: dict[str, Any]) -> None:
        """Do something at once."""
        try:
            value = self._now(message)
            self.catch_up()
            self.say({"reply": self.hand_out(value)})
        except StopIteration:
            self.catch_up()
            self.say({"stop": True})
        except virtual.Stuck as stuck:
            lines = [line for file, line in stuck.lines if file == FILE]
            self.say({"stuck": str(stuck), "lines": lines})
        except BaseException as error:
            self.catch_up()
            self.say({"error": self.encode(error)})

    def hand_out(self, value: Any) -> Any:
        """Return JSON for what is handed out: a list or a dict that has not changed is the same."""
        code = self.share(value)
        if type(code) is not dict or code["$"] not in ("list", "dict") or "n" not in code:
            return code
        number = code["n"]
        if is_same(self._handed_out.get(number), code):
            return {"$": "same", "n": number}
        self._handed_out[number] = code
        return code

    def _encoded_call(self, number: int, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
        """Return JSON for a call: each argument is handed out."""
        listed = [self.hand_out(value) for value in args]
        named = [[self.encode(name), self.hand_out(value)] for name, value in kwargs.items()]
        return [number, {"$": "list", "v": listed}, {"$": "dict", "v": named}]

    def _now(self, message: dict[str, Any]) -> Any:
        match message["do"]:
            case "call":
                return self._called(self.module.__dict__[message["name"]], message)
            case "method":
                return self._called(getattr(self.mine[message["n"]], message["name"]), message)
            case "exit":
                return self.mine[message["n"]].__exit__(*self.ended_with(message["args"]))
            case "get":
                return getattr(self.mine[message["n"]], message["name"])
            case "set":
                return setattr(self.mine[message["n"]], message["name"], self.decode(message["v"]))
            case "iter":
                return iter(self.mine[message["n"]])
            case "aiter":
                return aiter(self.mine[message["n"]])
            case "next":
                return next(self.mine[message["n"]])
            case "close":
                close = getattr(self.mine[message["n"]], "close", None)
                return None if close is None else close()
        raise LookupError(message["do"])

    def ended_with(self, args: list[Any]) -> tuple[Any, Any, Any]:
        """Return the arguments of `__exit__`, of the error of the block if there was one."""
        error = self.decode(args[0])
        return (None, None, None) if error is None else (type(error), error, error.__traceback__)

    def _called(self, function: Any, message: dict[str, Any]) -> Any:
        args = [self.decode(value) for value in message["args"]]
        named = {key: self.decode(value) for key, value in message["kwargs"].items()}
        return function(*args, **named)

    # The event loop

    def _turn(self, message: dict[str, Any]) -> None:
        """Run the event loop. It hears further messages when it is idle."""
        if self._loop is None:
            self._loop = ContainedLoop(self)
        self.has_result = False
        self._loop.call_soon(self._in_loop, message)
        self._loop.run_forever()

    def be_idle(self, until: float | None) -> None:
        """Say that there is nothing to do, and do what comes next."""
        self.has_result = False
        self.say({"idle": until})
        self._do_next()

    def be_stuck(self, why: str) -> None:
        """Say that there will always be something to do, and do what comes next."""
        self.say({"stuck": why})
        self._do_next()

    def _do_next(self) -> None:
        assert self._loop is not None
        message = self.hear()
        while message["do"] in ("where", "left"):
            self._do(message)
            message = self.hear()
        if message["do"] == "turn":
            self._loop.call_soon(self._in_loop, message["of"])
        else:
            self._loop.call_soon(self._leave, message)

    def _leave(self, message: dict[str, Any]) -> None:
        assert self._loop is not None
        self._loop.stop()
        asyncio.events._set_running_loop(None)
        self._do(message)

    def _in_loop(self, message: dict[str, Any]) -> None:
        match message["do"]:
            case "time":
                pass
            case "acall":
                mirror = self._mirrors.get(message["task"])
                if mirror is None:
                    mirror = self._mirrors[message["task"]] = Mirror(self, message["task"])
                mirror.work(message)
            case "cancel":
                self._mirrors[message["task"]].cancel()
            case "adone":
                future = self._waiting.pop(message["call"], None)
                if future is not None and not future.done():
                    if "error" in message:
                        error = self.decode(message["error"])
                        if isinstance(error, asyncio.CancelledError):
                            future.cancel()
                        elif isinstance(error, StopAsyncIteration):
                            future.set_exception(EndOfStreamError())
                        else:
                            future.set_exception(error)
                        future.exception() if not future.cancelled() else None
                    else:
                        future.set_result(self.decode(message["v"]))
            case _:
                self._reply(message)

    def left(self) -> int:
        """How many tasks the answers have that are not over."""
        if self._loop is None:
            return 0
        ours = {mirror.task for mirror in self._mirrors.values()}
        left = asyncio.all_tasks(self._loop) - ours
        return sum(not virtual.is_clean_up(task) for task in left)

    def _where(self) -> list[int]:
        if self._loop is None:
            return []
        lines = [
            place for task in asyncio.all_tasks(self._loop) for place in virtual._awaiting(task)
        ]
        return [line for file, line in lines if file == FILE]


def _refuse_other_threads() -> None:
    """Only one thread can talk to the other side.

    Raises:
        RuntimeError: if this is another one.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(
            "what a test hands in does not work in a thread of your own: in a plain function, use "
            "a ThreadPoolExecutor, and in an async one asyncio.to_thread"
        )


class Mirror:
    """The task that stands here for a task of the other side, and does its work."""

    def __init__(self, cell: Cell, number: int) -> None:
        self._cell = cell
        self._number = number
        self._work: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._busy = False
        self.task = asyncio.get_running_loop().create_task(self._run())

    def work(self, message: dict[str, Any]) -> None:
        self._busy = True
        self._work.put_nowait(message)

    def cancel(self) -> None:
        if self._busy:
            self.task.cancel()

    async def _run(self) -> None:
        while True:
            try:
                message = await self._work.get()
            except asyncio.CancelledError:
                if not self._busy:  # something in the answers cancels their reader
                    self._cell.say({"cancels": self._number})
                self.task.uncancel()
                continue
            call = message["call"]
            try:
                stream = self._cell.mine[message["n"]]
                if message["what"] == "anext":
                    value = await anext(stream)
                elif message["what"] == "aclose":
                    aclose = getattr(stream, "aclose", None)
                    value = None if aclose is None else await aclose()
                elif message["what"] == "await":
                    value = await stream
                elif message["what"] == "aenter":
                    value = await stream.__aenter__()
                else:
                    value = await stream.__aexit__(*self._cell.ended_with(message["args"]))
                self._cell.catch_up()
                self._done(call, v=self._cell.hand_out(value))
            except StopAsyncIteration:
                self._done(call, stop=True)
            except BaseException as error:
                self.task.uncancel()
                self._done(call, error=self._cell.encode(error))
            finally:
                self._busy = False
                self._cell.has_result = True

    def _done(self, call: int, **result: Any) -> None:
        """Say what has come, and what the answers have not awaited at this moment."""
        self._cell.say({"done": call, "left": self._cell.left(), **result})


def _tell_of_messages(cell: Cell) -> None:
    """Tell the other side when an attribute of a message of its own is set."""
    plain = BaseMessage.__setattr__

    def tell(self: BaseMessage, name: str, value: Any) -> None:
        plain(self, name, value)
        cell.tell_of_message(self, name)

    BaseMessage.__setattr__ = tell  # type: ignore[assignment, method-assign]


def _described(kind: type) -> dict[str, Any]:
    """What can be done with an instance of a class.

    The fields of a tool, a prompt or a chain are nothing to iterate over, although Python could.
    """
    own = kind.__module__ == MODULE
    is_library = issubclass(kind, Runnable) and not own
    names = dir(kind) if own else RUNNABLE if is_library else ()
    methods = {}
    for name in names:
        method = getattr(kind, name, None)
        if not name.startswith("_") and inspect.isroutine(method):
            has_self = inspect.isfunction(inspect.getattr_static(kind, name))
            methods[name] = _parameters(method)[int(has_self) :]
    can = [] if is_library else [name for name in SPECIAL if getattr(kind, name, None) is not None]
    return {"type": kind.__name__, "own": own, "can": can, "methods": methods}


def _parameters(function: Any) -> list[list[Any]]:
    """Name, kind and whether there is a default, of each parameter."""
    with contextlib.suppress(TypeError, ValueError):
        return [
            [p.name, int(p.kind), p.default is not p.empty]
            for p in inspect.signature(function).parameters.values()
        ]
    return []
