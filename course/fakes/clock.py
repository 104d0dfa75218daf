"""Virtual time: seconds that pass at once.

Inside `virtual_time()`, the functions of the `time` module and the event loop read the same
`VirtualClock`. Nothing sleeps. When everything is waiting, the clock jumps to the moment when the
first wait ends. Code that would wait forever is detected at once and raises `Stuck`.

Outside of `virtual_time()`, the same code runs in real time.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import itertools
import math
import selectors
import sys
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar

from course.fakes import thread_pools

T = TypeVar("T")

Due: TypeAlias = tuple[float, int, Callable[[], None]]
"""When something is due, a number that is different for each, and what is done."""

START = 1_000.0
"""Where virtual time starts, in seconds. It is not zero, which is false in an `if`."""

EPOCH = 1_750_000_000.0
"""What `time.time()` says then: a day in June 2025."""

LONGEST = 24 * 3600.0
"""A program that is still waiting after so many virtual seconds counts as waiting forever."""

MOST_TURNS = 20_000
"""After so many turns in which no time passes, the event loop counts as spinning."""

LOOKS = 4
"""How many times in a row every other thread must be found asleep before it counts as waiting.
Before each look, it had the chance to run."""

SECONDS_OF_A_LOOK = 0.005
"""In real seconds."""

SPREAD = 0x9E3779B97F4A7C15
"""2 ** 64 divided by the golden ratio: multiples of it lie far apart (Knuth, The Art of Computer
Programming, volume 3, 6.4)."""

MOMENT = 0.001
"""Seconds that pass at each look at a `PassingClock`."""


class Stuck(BaseException):
    """The program waits for something that never comes.

    It is not an `Exception`, so `except Exception` in the code under test does not hide it.

    Attributes:
        lines: `(file name, line number)` of the waiting code, the innermost first.
    """

    def __init__(self, message: str, lines: list[tuple[str, int]]) -> None:
        super().__init__(message)
        self.lines = lines


class VirtualClock:
    """A clock whose seconds pass only when somebody waits.

    Attributes:
        date: what `time.time()` said when the clock started. Change it to set the date.
        blocked: seconds for which blocking code kept the event loop from running.
        blocked_lines: `(file name, line number)` of the code that blocked it first, the
            innermost first.
    """

    def __init__(self) -> None:
        self._now = START
        self._elsewhere: float | None = None
        self._thread = threading.get_ident()
        self._due: list[list[Due]] = [[]]
        self._count = itertools.count()
        self.date = EPOCH
        self.blocked = 0.0
        self.blocked_lines: list[tuple[str, int]] = []

    @property
    def now(self) -> float:
        """The current time in seconds, as `time.monotonic()` returns it."""
        return self._now + (self._elsewhere or 0.0)

    @property
    def elapsed(self) -> float:
        """Seconds since the clock started."""
        return self.now - START

    @property
    def is_here(self) -> bool:
        """Whether this thread is the one whose time is virtual."""
        return self._thread == threading.get_ident()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass.

        Raises:
            Stuck: if more than a day has then passed since the clock started.
        """
        self._now += max(0.0, seconds)
        if self._now > START + LONGEST:
            raise Stuck("it is still waiting after a day of virtual time", _stack())

    def sleep(self, seconds: float) -> None:
        """Do what `time.sleep` does: block the caller, and with it any running event loop."""
        if self._elsewhere is not None:
            self._elsewhere += seconds
            return
        if asyncio._get_running_loop() is not None:
            self.blocked += seconds
            self.blocked_lines = self.blocked_lines or _stack()
        self.advance(seconds)

    def at(self, moment: float, do: Callable[[], None]) -> None:
        """Do something at a moment that comes while somebody waits."""
        heapq.heappush(self._due[-1], (moment, next(self._count), do))

    def wait(self, seconds: float) -> None:
        """Sleep, and do what is due meanwhile."""
        if not self.is_here or not self._due[-1]:
            self.sleep(seconds)
            return
        end = self.now + seconds
        while self._due[-1] and self._due[-1][0][0] <= end:
            self._do_next(self._due[-1])
        self._sleep_until(end)

    def wait_for(self, is_over: Callable[[], bool], seconds: float | None = None) -> bool:
        """Do what is due, one after the other, until something is over. Return whether it is.

        A thread first does what it has planned itself.

        Args:
            is_over: says so.
            seconds: how long to wait at most. None means as long as it takes.

        Raises:
            Stuck: if it takes forever.
        """
        end = math.inf if seconds is None else self.now + seconds
        while not is_over():
            due = next(filter(None, reversed(self._due)), None)
            if due and due[0][0] <= end:
                self._do_next(due)
            elif seconds is None:
                raise Stuck("it waits for something that never comes", _stack())
            else:
                self._sleep_until(end)
                return is_over()
        return True

    def _do_next(self, due: list[Due]) -> None:
        moment, _, do = heapq.heappop(due)
        self._sleep_until(moment)
        do()

    def _sleep_until(self, moment: float) -> None:
        if moment > self.now:
            self.sleep(moment - self.now)

    @contextmanager
    def in_thread(self) -> Iterator[Callable[[], float]]:
        """Run a block as if in another thread; yields how many seconds it has slept so far."""
        before, self._elsewhere = self._elsewhere, self._elsewhere or 0.0
        self._due.append([])
        began = self._elsewhere
        try:
            yield lambda: (self._elsewhere or 0.0) - began
        finally:
            self._elsewhere = before
            for left in self._due.pop():  # what the thread has not waited for
                heapq.heappush(self._due[-1], left)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on a virtual event loop, like `asyncio.run`.

        Raises:
            Stuck: if it would never finish.
        """
        with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
            return runner.run(main)


class PassingClock(VirtualClock):
    """A clock that moves a little at each look. So a loop that waits without sleeping comes to an
    end, and a measurement is never zero."""

    @property
    def now(self) -> float:
        self._now += MOMENT
        return super().now


_active: list[VirtualClock] = []

_elsewhere: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
"""Threads that were started in real time, by the program that runs the code under test."""

_inside: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
"""Threads that were started in virtual time and outlived it."""


def active_clock() -> VirtualClock | None:
    """Return the clock of the innermost `virtual_time()`, or None in real time."""
    return _active[-1] if _active else None


def _clock_here() -> VirtualClock | None:
    """The clock, if this is the thread that lives in its time, and nothing else waits there."""
    clock = active_clock()
    is_free = clock is not None and clock.is_here and asyncio._get_running_loop() is None
    return clock if is_free else None


@contextmanager
def virtual_time(clock: VirtualClock | None = None) -> Iterator[VirtualClock]:
    """Make time virtual inside the block, for all code in this process."""
    install()
    clock = clock or VirtualClock()
    clock._thread = threading.get_ident()
    if not _active:
        _elsewhere.update({*threading.enumerate()} - {*_inside})
    _active.append(clock)
    try:
        yield clock
    finally:
        _active.remove(clock)
        if not _active:
            _inside.update({*threading.enumerate()} - {*_elsewhere})


@contextmanager
def virtual_time_throughout(clock: VirtualClock) -> Iterator[None]:
    """Make time virtual in event loops, too, that the code inside creates, as `asyncio.run` does.

    Threads that it leaves behind then live in real time: no test waits for them.
    """
    policy_of = getattr(asyncio.events, "_get_event_loop_policy", None)
    policy: Any = (policy_of or asyncio.get_event_loop_policy)()
    policy._loop_factory = VirtualEventLoop
    try:
        with virtual_time(clock):
            yield
    finally:
        policy.__dict__.pop("_loop_factory", None)
        _elsewhere.update(threading.enumerate())


def install() -> None:
    """Make the `time` module ask for virtual time first. A second call does nothing.

    Call it before importing code that says `from time import monotonic`.
    """
    if not hasattr(time, "_streamlings"):
        time._streamlings = True  # type: ignore[attr-defined]
        _redirect("monotonic", lambda clock: clock.now)
        _redirect("perf_counter", lambda clock: clock.now)
        _redirect("time", lambda clock: clock.date + clock.elapsed)
        _redirect("monotonic_ns", lambda clock: int(clock.now * 1e9))
        _redirect("perf_counter_ns", lambda clock: int(clock.now * 1e9))
        _redirect("time_ns", lambda clock: int((clock.date + clock.elapsed) * 1e9))
        _redirect("sleep", lambda clock, seconds: clock.wait(seconds))
        thread_pools.install(_clock_here)
        _make_loops_virtual()


def _redirect(name: str, virtual: Callable[..., Any]) -> None:
    real = getattr(time, name)

    @functools.wraps(real)
    def either(*args: float) -> Any:
        return virtual(_active[-1], *args) if _active else real(*args)

    setattr(time, name, either)


def _make_loops_virtual() -> None:
    real = asyncio.new_event_loop

    @functools.wraps(real)
    def either() -> asyncio.AbstractEventLoop:
        return real() if _clock_here() is None else VirtualEventLoop()

    asyncio.new_event_loop = asyncio.events.new_event_loop = either


def is_clean_up(task: asyncio.Task[Any]) -> bool:
    """Whether asyncio itself has started a task, to close a generator that was thrown away."""
    return type(task.get_coro()).__name__ == "async_generator_athrow"


def hang() -> NoReturn:
    """Block forever, as a dead connection does; in virtual time, raise `Stuck` at once.

    Raises:
        Stuck: in virtual time.
    """
    if _active:
        raise Stuck(
            "it waits for a source that never answers"
            if _active[-1]._elsewhere is None
            else "it waits in a thread for a source that never answers, and no cancellation can "
            "reach a thread",
            _stack(),
        )
    threading.Event().wait()
    raise AssertionError("unreachable")


class _Numbered:
    """Has a hash that is drawn from a number, not from an address in memory.

    asyncio returns futures in sets, and keeps them there. Code that walks through such a set meets
    them in the same order in every process, which is not the order of their creation.
    """

    def __init__(self, *args: Any, loop: VirtualEventLoop, **options: Any) -> None:
        self._hash_of_number = loop.next_hash()
        super().__init__(*args, loop=loop, **options)  # type: ignore[call-arg]

    def __hash__(self) -> int:
        return self._hash_of_number


class Future(_Numbered, asyncio.Future[T]):
    """A future whose place in a set is the same in every process."""


class Task(_Numbered, asyncio.Task[T]):
    """The same of a task."""


class VirtualEventLoop(asyncio.SelectorEventLoop):
    """An event loop that never sleeps while time is virtual, and an ordinary one otherwise.

    What it does, and in which order, is the same in every process.
    """

    def __init__(self) -> None:
        self._selector_of_time = _VirtualSelector(self)
        self._numbers = itertools.count(1)
        super().__init__(self._selector_of_time)
        self.set_task_factory(_new_task)

    def create_future(self) -> asyncio.Future[Any]:
        """Create a future that belongs to this loop."""
        return Future(loop=self)

    def next_hash(self) -> int:
        """Return a hash that no other future of this loop has."""
        return next(self._numbers) * SPREAD >> 32

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run `func` at once, and deliver its result when its sleep would have ended.

        A real thread would live in real time, so its steps would have no order in virtual time.
        """
        clock = active_clock()
        if clock is None:
            return super().run_in_executor(executor, func, *args)
        future: asyncio.Future[T] = self.create_future()
        deliver: Callable[[], None]
        with clock.in_thread() as slept:
            try:
                result = func(*args)
            except StopIteration:
                error: Exception = RuntimeError("StopIteration cannot leave a thread")
                deliver = functools.partial(_unless_done, future, future.set_exception, error)
            except Exception as raised:
                deliver = functools.partial(_unless_done, future, future.set_exception, raised)
            else:
                deliver = functools.partial(_unless_done, future, future.set_result, result)
            seconds = slept()
        if seconds:
            self.call_later(seconds, deliver)
        else:
            self.call_soon(deliver)
        return future


def _new_task(loop: Any, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    return Task(coroutine, loop=loop, **options)


def _unless_done(future: asyncio.Future[Any], deliver: Callable[[Any], None], what: Any) -> None:
    if not future.done():
        deliver(what)


class _VirtualSelector(selectors.SelectSelector):
    """Lets `timeout` seconds pass instead of waiting for them."""

    def __init__(self, loop: VirtualEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._turns = 0
        self._hung = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        clock = active_clock()
        if clock is None:
            return super().select(timeout)
        ready = super().select(0)
        if ready:
            return ready
        if timeout is not None and timeout <= 0:
            self._turns += 1
            if self._turns > MOST_TURNS:
                self._stop("it keeps looping without waiting for anything")
            return ready
        self._turns = 0
        if ready := self._woken_by_a_thread():
            return ready
        if timeout is None:
            self._stop("it waits for something that never comes")
        clock.advance(timeout)
        return ready

    def _woken_by_a_thread(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait while another thread is running, or would be if it got a processor."""
        looks = 0
        while looks < LOOKS and (others := _other_threads()):
            if ready := super().select(SECONDS_OF_A_LOOK):
                return ready
            looks = 0 if any(map(_is_awake, others)) else looks + 1
        return super().select(0)

    def _stop(self, message: str) -> NoReturn:
        lines = [line for task in asyncio.all_tasks(self._loop) for line in _awaiting(task)]
        if self._hung:  # while the loop is being closed: the first report is the one that counts
            raise RuntimeError(message)
        self._hung = True
        self._turns = 0
        raise Stuck(message, lines)


def _other_threads() -> list[threading.Thread]:
    """The threads that may wake the event loop.

    The threads of a pool idle forever, and those of our servers live in real time.
    """
    return [
        thread
        for thread in threading.enumerate()
        if thread not in _elsewhere
        and thread is not threading.main_thread()
        and not thread.name.startswith(("ThreadPoolExecutor", "server-"))
    ]


def _is_awake(thread: threading.Thread) -> bool:
    """Whether a thread is running or waiting for a processor. False if nobody can tell."""
    if not thread.is_alive():
        return False  # the system may still list it for a moment
    try:
        stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(") ")[2].startswith(("R", "D"))


def _stack() -> list[tuple[str, int]]:
    """`(file name, line number)` of the callers outside of this file, the innermost first."""
    lines = []
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename != __file__:
            lines.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back  # type: ignore[assignment]
    return lines


def _awaiting(task: asyncio.Task[Any]) -> list[tuple[str, int]]:
    """Where a suspended task is waiting, the innermost line first."""
    import gc

    lines: list[tuple[str, int]] = []
    waiting: Any = task.get_coro()
    while waiting is not None and len(lines) < 100:
        for kind in ("cr", "ag", "gi"):
            frame = getattr(waiting, f"{kind}_frame", None)
            if frame is not None:
                lines.append((frame.f_code.co_filename, frame.f_lineno))
                waiting = getattr(waiting, f"{kind}_await", None) or getattr(
                    waiting, f"{kind}_yieldfrom", None
                )
                break
        else:
            # `anext()` of an async generator is opaque, but refers to the generator.
            inner = [x for x in gc.get_referents(waiting) if hasattr(x, "ag_frame")]
            waiting = inner[0] if inner else None
    return lines[::-1]
