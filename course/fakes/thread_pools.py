"""Thread pools in virtual time: their jobs sleep at the same time, and end in the order of time.

A real thread would live in real time. So while time is virtual and no event loop runs, a pool does
a job as soon as one of its workers is free, in the thread that asks for it. What comes of the job
is known to others when its sleep would have ended.

With a running event loop, threads are real: a library may start a loop of its own in one of them.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import math
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, _base
from contextlib import AbstractContextManager
from typing import Any, Protocol

MOST_WORKERS = 32
"""Workers of a pool that does not say how many. Python has as many on a large machine: no verdict
may depend on how many processors there are."""

ERRORS = (Exception, KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)
"""What a job can end with. Anything else is ours, such as `Stuck`, and ends the program."""


class Clock(Protocol):
    """The time in which they live."""

    @property
    def now(self) -> float:
        """The current time in seconds."""

    def at(self, moment: float, do: Callable[[], None]) -> None:
        """Do something at a moment that comes while somebody waits."""

    def wait_for(self, is_over: Callable[[], bool], seconds: float | None = None) -> bool:
        """Let time pass until something is over. Return whether it is."""

    def in_thread(self) -> AbstractContextManager[Callable[[], float]]:
        """Run a block as if in another thread; gives how many seconds it has slept so far."""


class PooledFuture(Future[Any]):
    """The result of a job. Waiting for it lets time pass."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def result(self, timeout: float | None = None) -> Any:
        self._clock.wait_for(self.done, timeout)
        return super().result(0)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self._clock.wait_for(self.done, timeout)
        return super().exception(0)


class Workers:
    """The workers of a pool.

    Args:
        clock: the time in which they live.
        most: how many there are.
    """

    def __init__(self, clock: Clock, most: int) -> None:
        self.clock = clock
        self._most = self._idle = most
        self._jobs: deque[tuple[PooledFuture, Callable[[], Any]]] = deque()

    def submit(self, job: Callable[[], Any]) -> PooledFuture:
        """Have a job done by the worker that is free first."""
        future = PooledFuture(self.clock)
        self._jobs.append((future, job))
        self._work()
        return future

    def cancel(self) -> None:
        """Drop the jobs that wait for a worker."""
        for future, _ in self._jobs:
            future.cancel()

    def wait(self) -> None:
        """Wait for all jobs."""
        self.clock.wait_for(lambda: self._idle == self._most and not self._jobs)

    def _work(self) -> None:
        while self._jobs and self._idle:
            future, job = self._jobs.popleft()
            if future.set_running_or_notify_cancel():
                self._idle -= 1
                self._do(future, job)

    def _do(self, future: PooledFuture, job: Callable[[], Any]) -> None:
        deliver: Callable[[], None]
        with self.clock.in_thread() as slept:
            try:  # a thread knows nothing of the context variables of others
                result = contextvars.Context().run(job)
            except ERRORS as error:
                deliver = functools.partial(future.set_exception, error)
            except BaseException:
                self._idle += 1
                self._jobs.clear()
                raise
            else:
                deliver = functools.partial(future.set_result, result)
            seconds = slept()
        self.clock.at(self.clock.now + seconds, functools.partial(self._finish, deliver))

    def _finish(self, deliver: Callable[[], None]) -> None:
        self._idle += 1
        deliver()
        self._work()


def install(clock_here: Callable[[], Clock | None]) -> None:
    """Make all thread pools ask for virtual time first.

    Args:
        clock_here: gives the clock of the thread that asks, or None if time is real for it.
    """
    pools: Any = ThreadPoolExecutor
    waiting: Any = _base
    begin, submit, shutdown = pools.__init__, pools.submit, pools.shutdown
    waiters = waiting._create_and_install_waiters

    @functools.wraps(begin)
    def begin_either(
        pool: ThreadPoolExecutor, max_workers: int | None = None, *args: Any, **named: Any
    ) -> None:
        if max_workers is None and clock_here() is not None:
            max_workers = MOST_WORKERS
        begin(pool, max_workers, *args, **named)
        if args[1:] or named.get("initializer") is not None:
            vars(pool)["_workers"] = None  # it prepares threads, so it needs some

    @functools.wraps(submit)
    def submit_either(
        pool: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **named: Any
    ) -> Future[Any]:
        workers = _workers_of(pool, clock_here())
        if workers is not None and waits_for_others(fn, args):
            workers.wait()
            vars(pool)["_workers"] = workers = None
        if workers is None or pool._shutdown:
            future: Future[Any] = submit(pool, fn, *args, **named)
            return future
        return workers.submit(functools.partial(fn, *args, **named))

    @functools.wraps(shutdown)
    def shutdown_either(
        pool: ThreadPoolExecutor, wait: bool = True, *, cancel_futures: bool = False
    ) -> None:
        shutdown(pool, wait, cancel_futures=cancel_futures)
        workers = vars(pool).get("_workers")
        if workers is not None and cancel_futures:
            workers.cancel()
        if workers is not None and wait:
            workers.wait()

    @functools.wraps(waiters)
    def waiters_either(awaited: Collection[Future[Any]], return_when: object) -> Any:
        """What `wait` and `as_completed` wait with."""
        waiter = waiters(awaited, return_when)
        for future in awaited:
            if isinstance(future, PooledFuture):
                waiter.event.wait = functools.partial(_wait, future._clock, waiter.event.is_set)
        return waiter

    pools.__init__, pools.submit, pools.shutdown = begin_either, submit_either, shutdown_either
    waiting._create_and_install_waiters = waiters_either


def _wait(clock: Clock, is_over: Callable[[], bool], timeout: float | None = None) -> bool:
    if timeout is not None:  # Python takes for granted that it is later each time it looks
        timeout = max(timeout, math.ulp(clock.now))
    return clock.wait_for(is_over, timeout)


def _workers_of(pool: ThreadPoolExecutor, clock: Clock | None) -> Workers | None:
    """The workers of a pool, or None if they are real threads."""
    if clock is None:
        return None
    unknown = Workers(clock, pool._max_workers)
    workers: Workers | None = vars(pool).setdefault("_workers", unknown)
    if workers is not None and workers.clock is not clock:
        workers = vars(pool)["_workers"] = unknown
    return workers


def waits_for_others(*parts: Any) -> bool:
    """Whether a job does nothing but wait for what others do, as in LangGraph's streams."""
    for part in parts:
        if isinstance(part, functools.partial):
            part = (part.func, *part.args)
        if isinstance(part, tuple):
            if waits_for_others(*part):
                return True
        elif getattr(part, "__name__", "") == "wait" and hasattr(part, "__self__"):
            return True
    return False
