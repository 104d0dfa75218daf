"""The process in which answers run: `python -m course.grade.worker TESTS RUNG`.

It imports everything and collects the tests once. Then it reads one request a line from its
standard input, and answers with events, one JSON object a line, on its standard output:

    {"answers": "exercises/09_streaming.py", "seed": 9, "only": null, "contained": null,
     "skip_tests": [], "skip_tasks": [], "seconds": 5.0, "trace": "where.txt"}  (in one line)

If a request has a `"nonce"`, so has each event that follows.

    {"event": "ready"}                     once, when requests can come
    {"event": "cannot_load", ...}          the file of answers cannot be run
    {"event": "start", "test": ..., "task": ...}
    {"event": "test", ...}                 a `TestOutcome`
    {"event": "done"}                      all tests have run
    {"event": "exit", "status": 0}         the child that ran them has ended

Where the system can fork, each request runs in a child of this warm process. Elsewhere it runs
here, and the process ends after it. A test that runs for longer than `"seconds"` ends the
process that it runs in, and leaves in the file `"trace"` where it was.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TextIO

import pytest

from course import catalog
from course.grade import plugin
from course.grade.answer_file import CannotLoad
from course.grade.contained_process import AnswersInside, ContainedProcess, imported
from course.grade.outcome import Feedback, TestOutcome
from course.grade.printed import Printed
from course.grade.warm import warm_up
from course.grade.watchdog import Watchdog

MOST_MEMORY = 4 * 2**30
"""Bytes of address space for answers, where the system can limit it."""

MOST_TRACE = 4_000
"""Characters that are told of where a test was when its time ran out."""

WHOLE_TEST = [(when, "passed") for when in ("setup", "call", "teardown")]
"""The phases of a test that has passed: each one, once, and none was skipped."""

BROKEN_OFF = "Something has skipped it or broken it off. If your code does not, report it."

SECONDS_OF_GRACE = 15.0
"""Real seconds that we may take on top of what the contained process may."""


class Server:
    """Serves requests in place of pytest's own test loop."""

    def __init__(self, requests: TextIO, events: IO[str]) -> None:
        self._requests = requests
        self._events = events
        self._cell: ContainedProcess | None = None
        self._phases: list[tuple[str, str]] = []
        self._nonce: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._phases.append((report.when or "", report.outcome))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            self._tell({"event": "broken_tests"})
            return True
        lesson = plugin.lesson_of(session.items[0])
        assert lesson is not None
        warm_up(lesson)
        gc.collect()
        gc.freeze()  # what a child never touches, it need not copy
        self._tell({"event": "ready"})
        for line in self._requests:
            request = json.loads(line)
            self._nonce = {"nonce": request["nonce"]} if "nonce" in request else {}
            if request.get("contained") and self._cell is None:
                self._cell = ContainedProcess(request["contained"], imported(lesson))
            if self._cell is not None:
                self._cell.wait_until_up()
            if hasattr(os, "fork"):
                status = self._in_child(session, request)
                if status and self._cell is not None:
                    self._cell.restart()
                trace = _beginning(Path(request["trace"]))
                self._tell({"event": "exit", "status": status, "trace": trace})
            else:
                self._run(session, request)
                os._exit(0)  # whatever threads the answers have left behind
        if self._cell is not None:
            self._cell.close()
        return True

    def _in_child(self, session: pytest.Session, request: dict[str, Any]) -> int:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _limit_memory()
                status = 0 if self._run(session, request) else 3
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _run(self, session: pytest.Session, request: dict[str, Any]) -> bool:
        """Run the tests. False if the contained process must not be used any more."""
        path = Path(request["answers"])
        session.config.option.answers = str(path)
        session.config.option.seed = request["seed"]
        lesson = plugin.lesson_of(session.items[0])
        assert lesson is not None
        items = [item for item in session.items if _is_wanted(item, lesson, request)]
        printed = Printed()
        with open(request["trace"], "w") as trace, _standard_output(printed):  # noqa: PTH123
            seconds = request["seconds"]
            inside: AnswersInside | None = None
            if self._cell is not None:
                source = path.read_text(encoding="utf-8")
                inside = AnswersInside(
                    self._cell, lesson, path.resolve(), source, seconds, self._tell
                )
                plugin.grading.contained = inside.for_test
                seconds = 3 * seconds + SECONDS_OF_GRACE  # for loops of ours: it ends its own
            watchdog = Watchdog(seconds, trace)
            watchdog.guard()
            try:
                if inside is not None:
                    inside.load()
                else:
                    plugin.grading.answers(lesson, path.resolve())
            except CannotLoad as error:
                self._tell({"event": "cannot_load", **error.__dict__})
                return inside is None or inside.is_clean
            for number, item in enumerate(items):
                task = plugin.task_of(item, lesson)
                assert task is not None
                printed.take()
                self._phases.clear()
                self._tell({"event": "start", "test": plugin.name_of(item), "task": task})
                watchdog.guard()
                following = items[number + 1] if number + 1 < len(items) else None
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                outcome = self._outcome(item, task, printed.take())
                if inside is not None:
                    outcome = inside.after_test(outcome)
                self._tell({"event": "test", **outcome.as_data()})
                if inside is not None and inside.has_died:
                    return inside.is_clean  # whoever asked does so again, for the other tasks
            if inside is not None:
                inside.close()
            watchdog.stop()
        self._tell({"event": "done"})
        return inside is None or inside.is_clean

    def _outcome(self, item: pytest.Item, task: str, printed: str) -> TestOutcome:
        verdict, feedback = plugin.verdict_of(item)
        if verdict == "passed" and self._phases != WHOLE_TEST:
            verdict, feedback = "wrong", Feedback("its test did not run to its end", (), BROKEN_OFF)
        return TestOutcome(plugin.name_of(item), task, verdict, feedback, printed)

    def _tell(self, event: dict[str, Any]) -> None:
        self._events.write(json.dumps({**event, **self._nonce}, default=str) + "\n")
        self._events.flush()


def _is_wanted(item: pytest.Item, lesson: catalog.Lesson, request: dict[str, Any]) -> bool:
    task = plugin.task_of(item, lesson)
    return (
        task is not None
        and request["only"] in (None, task)
        and task not in request["skip_tasks"]
        and plugin.name_of(item) not in request["skip_tests"]
    )


def _beginning(trace: Path) -> str:
    with contextlib.suppress(OSError), trace.open(errors="replace") as stream:
        return stream.read(MOST_TRACE)
    return ""


@contextlib.contextmanager
def _standard_output(printed: Printed) -> Iterator[None]:
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def main(tests: str, rung: str) -> int:
    """Serve requests for one file of tests until standard input ends."""
    if rung == "wire":
        import course.fakes.wire  # noqa: F401 - before children are forked
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    options = [
        "-p",
        "no:terminal",
        "-p",
        "no:faulthandler",
        "--capture=no",
        "-p",
        "pytest_asyncio.plugin",
    ]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return pytest.main(
        [*options, "--rootdir", str(catalog.ROOT), "--rung", rung, tests],
        plugins=[Server(requests, events)],
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
