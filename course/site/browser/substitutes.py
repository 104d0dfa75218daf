"""Makes up for what Python in a browser lacks, before the course is imported."""

from __future__ import annotations

import asyncio
import asyncio.selector_events
import asyncio.unix_events
import json
import json.scanner
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Context
from pathlib import Path
from typing import Any

from course.fakes.thread_pools import waits_for_others

STAND_INS = Path(__file__).parent / "stand_ins"
"""Small modules in place of packages that have no build for WebAssembly."""


def make_up() -> None:
    """Let event loops run without sockets, and packages be imported that are not there."""
    sys.path.append(str(STAND_INS))
    _take_back_the_event_loop()
    loop: Any = asyncio.selector_events.BaseSelectorEventLoop
    for name in ("_make_self_pipe", "_close_self_pipe", "_write_to_self"):
        setattr(loop, name, _nothing)
    _read_json_in_python()
    _run_threads_at_once()


def _read_json_in_python() -> None:
    """Let JSON that is nested too deeply raise an error: in C, it uses up the browser's stack."""
    scanner: Any = json.scanner
    scanner.make_scanner = scanner.py_make_scanner
    decoder: Any = json
    decoder._default_decoder = json.JSONDecoder()


def _take_back_the_event_loop() -> None:
    """Undo that Pyodide makes the browser's event loop the only one, and one that always runs."""
    for module, name in ((asyncio, "run"), (time, "sleep")):
        setattr(module, name, getattr(getattr(module, name), "__wrapped__", getattr(module, name)))
    events: Any = asyncio.events
    unix: Any = asyncio.unix_events
    events._set_event_loop_policy(unix._DefaultEventLoopPolicy())
    events._set_running_loop(None)


def _nothing(loop: Any) -> None:
    """There is no other thread that could wake the loop."""


def _run_threads_at_once() -> None:
    """Do what a thread would do when it is started: there is one thread, and no other can be."""
    thread: Any = threading.Thread
    pool: Any = ThreadPoolExecutor
    thread.start, thread.join, thread.is_alive = _start, _join, _is_alive
    pool.submit = _submit


def _start(thread: Any) -> None:
    if thread._started.is_set():
        raise RuntimeError("threads can only be started once")
    thread._started.set()
    with _no_running_loop():
        try:
            Context().run(thread.run)
        except SystemExit:
            pass
        except Exception as error:
            named = (type(error), error, error.__traceback__, thread)
            threading.excepthook(threading.ExceptHookArgs(named))


def _join(thread: Any, timeout: float | None = None) -> None:
    if not thread._started.is_set():
        raise RuntimeError("cannot join thread before it is started")


def _is_alive(thread: Any) -> bool:
    return thread is threading.main_thread()


def _submit(
    pool: ThreadPoolExecutor, job: Callable[..., Any], /, *args: Any, **named: Any
) -> Future[Any]:
    if pool._shutdown:
        raise RuntimeError("cannot schedule new futures after shutdown")
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    if waits_for_others(job, args):  # they have done what they do: the caller looks again
        future.set_result(None)
        return future
    with _no_running_loop():
        try:
            future.set_result(Context().run(job, *args, **named))
        except (Exception, SystemExit, GeneratorExit, asyncio.CancelledError) as error:
            future.set_exception(error)
    return future


@contextmanager
def _no_running_loop() -> Iterator[None]:
    """Run a block as in a thread, which knows nothing of the event loop of another one."""
    loop = asyncio.events._get_running_loop()
    tasks: Any = asyncio.tasks
    task = tasks._swap_current_task(loop, None) if loop else None
    asyncio.events._set_running_loop(None)
    try:
        yield
    finally:
        asyncio.events._set_running_loop(loop)
        if task:
            tasks._swap_current_task(loop, task)
