"""The process in which a stranger's answers run: `python -m course.official.contained`.

It has nothing worth stealing: no solutions, no verdict, and the tests only as each learner has
them. It reads messages, one JSON object a line, and answers. It does not keep time: when its event
loop is idle, it says until when, and is told the new time.

    from outside                              to outside
    {"do": "load", "source": ...}             {"loaded": ...} or {"cannot_load": ...}
    {"do": "search", "test": ..., ...}        {"reply": ...}            see `searches.py`
    {"do": "call" | "method" | "next", ...}   {"reply": ...}            at once
    {"do": "acall", "task": 1, ...}           {"done": 1, ...}          some time later
    {"do": "cancel" | "adone" | "time", ...}  {"idle": until}           nothing left to do now
                                              {"ask": ...}              waits for {"answer": ...}
                                              {"later": 1, ...}         waits in the event loop

A first process imports what is slow and forks a child for each file of answers. It says when that
child is gone, along with a word that it was told after the fork: no child can know it.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import shutil
import signal
import tempfile
import warnings
from pathlib import Path
from typing import Any

from langchain_core._api import LangChainDeprecationWarning

from course.fakes import clock as virtual
from course.grade import importing
from course.official.contained.cell import Cell


def main() -> None:
    """Fork a child for each file of answers that comes, and clean up after it."""
    incoming = os.fdopen(os.dup(0), "rb", buffering=0)
    outgoing = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    virtual.install()
    importing.import_once(OPTIONS.modules)
    if OPTIONS.searches:
        from course.official.contained import searches  # most of the course comes with it

        searches.get_ready()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("error", LangChainDeprecationWarning)  # as where learners grade
    gc.collect()
    gc.freeze()  # a child need not copy what it never touches
    _take_precautions()
    before = _state()
    outgoing.write(json.dumps({"up": True}).encode() + b"\n")
    outgoing.flush()
    while True:
        first = _read_message(incoming)
        if first is None:
            return
        if first.get("do") != "start":
            continue  # meant for a child that is gone
        status, trace, word = _run_child(incoming, outgoing, first)
        left = _end_what_is_left()
        _restore_flags(incoming, outgoing)
        _empty_the_work_folder()
        if _state() != before:
            return  # a new process is better than this one
        gone = {"gone": status, "trace": trace, "word": word, "left": left}
        outgoing.write(b"\n" + json.dumps(gone).encode() + b"\n")
        outgoing.flush()


def _run_child(incoming: Any, outgoing: Any, first: dict[str, Any]) -> tuple[int, str, str]:
    """Fork a child and wait for its end; return its status, its trace and the secret word."""
    trace = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
    go, may_go = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(may_go)
            os.read(go, 1)  # the word is not for us
            os.close(go)
            reader = os.fdopen(os.dup(incoming.fileno()), "rb")
            importing.refuse_debuggers()
            cell = Cell(reader, outgoing, float(first["seconds"]), trace)
            with (
                contextlib.redirect_stdout(cell.printed),
                contextlib.redirect_stderr(cell.printed),
            ):
                cell.say({"ready": True})
                cell.serve()
        finally:
            os._exit(70)
    os.close(go)
    known = _read_message(incoming) or {}
    os.close(may_go)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with trace:
        trace.seek(0)
        return status, trace.read(4_000), known.get("word", "")


def _read_message(incoming: Any) -> dict[str, Any] | None:
    """Read one message and not a byte more: the rest is for the child. None at the end.

    The rest of a message that a child has read in part counts as an empty one.
    """
    line = b""
    while not line.endswith(b"\n"):
        byte = incoming.read(1)
        if not byte:
            return None
        line += byte
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _take_precautions() -> None:
    """Let no child look into this process, or escape from it: it serves other learners, too."""
    with contextlib.suppress(Exception):
        import ctypes

        library = ctypes.CDLL(None)
        library.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
        library.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _end_what_is_left() -> int:
    """End what the child left behind, if this process is alone in its world.

    Returns:
        How many processes there were.
    """
    left = 0
    if ALONE:
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0 if ALONE else os.WNOHANG)[0]:
            left += 1
    return left


def _restore_flags(*pipes: Any) -> None:
    """Undo what a child set on the pipes, which would affect this process, too."""
    with contextlib.suppress(ImportError):
        import fcntl

        for pipe in pipes:
            fcntl.fcntl(pipe, fcntl.F_SETFL, 0)


def _empty_the_work_folder() -> None:
    """Delete what the child left there: the next one belongs to someone else."""
    for path in Path().iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _state() -> list[object]:
    """Return what a child could change about this process, but must not."""
    state: list[object] = [[*Path().iterdir()]]
    if hasattr(os, "sched_getaffinity"):
        state += [os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)]
        state += [os.sched_getaffinity(0)]
    return state


def _options() -> argparse.Namespace:
    """What it is started with: whether it is alone in its world, and what to import."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--searches", action="store_true")
    parser.add_argument("modules", nargs="*")
    return parser.parse_args()


OPTIONS = _options()
ALONE = OPTIONS.alone

if __name__ == "__main__":
    main()
