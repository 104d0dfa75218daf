"""The process in which answers run: `course.grade.worker TESTS RUNG`.

It imports everything and collects the tests once. Then it reads one request per line from its
standard input, and answers with events, one JSON object per line, on its standard output:

    {"answers": "exercises/09_streaming.py", "source": "...", "folder": "alone", "seed": 9,
     "tasks": ["write_stream"], "contained": null, "until_wrong": false, "skip_tests": [],
     "seconds": 5.0, "trace": "where.txt"}  (in one line)

`"answers"` is the name of the file, and `"source"` is its content, which has already been read.
`"folder"` is an empty folder, in which it is imported.

Here, `"contained"` is always null: `course.official.worker` runs answers in another process.

    {"event": "ready"}                     once, when requests can come
    {"event": "child", "process": 7}       where the answers run, if not here
    {"event": "cannot_load", ...}          the file of answers cannot be run
    {"event": "start", "test": ..., "task": ...}
    {"event": "test", ...}                 a `TestOutcome`
    {"event": "busy"}                      the machine is too busy; nothing more comes
    {"event": "done"}                      all tests have run
    {"event": "exit", "status": 0}         the child that ran them has ended

If the system can fork, each request runs in a child of this warm process. If not, it runs here,
and the process ends after it. A test that uses more than `"seconds"` of CPU time ends the process
that it runs in, and leaves in the file `"trace"` where it was.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol, TextIO

import pytest

from course import catalog
from course.grade import importing, plugin
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.outcome import Feedback, TestOutcome
from course.grade.printed import Printed
from course.grade.warm import imported, warm_up
from course.grade.watchdog import Watchdog

MOST_MEMORY = 4 * 2**30
"""Bytes of address space for answers, if the system can limit it."""

MOST_TRACE = 4_000
"""The most characters about where a test was when its time ran out."""

WHOLE_TEST = [(when, "passed") for when in ("setup", "call", "teardown")]
"""The phases of a test that has passed: each one, once, and none skipped."""

BROKEN_OFF = "Something skipped it or cut it short. If that is not your code, please report it."


class RunningAnswers(Protocol):
    """Answers while they are graded."""

    @property
    def has_died(self) -> bool:
        """Whether they are useless after the last test."""

    @property
    def is_clean(self) -> bool:
        """Whether they have left nothing behind in what others need."""

    @property
    def is_too_busy(self) -> bool:
        """Whether the machine was too busy for the last test."""

    def load(self) -> None:
        """Import them.

        Raises:
            CannotLoad: if that cannot be done.
        """

    def after_test(self, outcome: TestOutcome) -> TestOutcome:
        """Return the outcome of a test, including what only the answers know."""

    def close(self) -> None:
        """Release them."""


class OwnAnswers:
    """Answers in the process of their tests. It is a child, and ends with them."""

    has_died = False
    is_clean = True
    is_too_busy = False

    def __init__(self, lesson: catalog.Lesson, path: Path) -> None:
        self._lesson, self._path = lesson, path

    def load(self) -> None:
        plugin.grading.answers(self._lesson, self._path)

    def after_test(self, outcome: TestOutcome) -> TestOutcome:
        return outcome

    def close(self) -> None:
        pass


class Server:
    """Serves requests instead of pytest's own test loop."""

    def __init__(self, requests: TextIO, events: IO[str]) -> None:
        self._requests = requests
        self._events = events
        self._phases: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._phases.append((report.when or "", report.outcome))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            self.tell({"event": "broken_tests"})
            return True
        lesson = plugin.lesson_of(session.items[0])
        assert lesson is not None
        self.warm_up(lesson)
        gc.collect()
        gc.freeze()  # a child need not copy what it never touches
        self.tell({"event": "ready"})
        for line in self._requests:
            request = json.loads(line)
            self.get_ready(lesson, request)
            if hasattr(os, "fork"):
                status = self._in_child(session, request)
                if status:
                    self.start_anew()
                trace = _beginning(Path(request["trace"]))
                self.tell({"event": "exit", "status": status, "trace": trace})
            else:
                self._run(session, request)
                os._exit(0)  # even if the answers have left threads behind
        self.close()
        return True

    def warm_up(self, lesson: catalog.Lesson) -> None:
        """Do once what each child would do again, and be charged for: here, answers run in it."""
        importing.import_once(sorted(imported(lesson)))
        warm_up(lesson)

    def get_ready(self, lesson: catalog.Lesson, request: dict[str, Any]) -> None:
        """Before a request, do what has to be done here and not in a child."""
        assert request["contained"] is None, "here, answers run in the process of their tests"

    def start_anew(self) -> None:
        """Discard what a child has left unclean."""

    def close(self) -> None:
        """Release everything."""

    def running(
        self, lesson: catalog.Lesson, file: AnswerFile, request: dict[str, Any]
    ) -> RunningAnswers:
        """Return the answers that a request is about, not loaded yet."""
        return OwnAnswers(lesson, file.shown_as)

    def patience(self, seconds: float) -> float:
        """Return how much CPU time our process gets for a test that may use `seconds` itself."""
        return seconds

    def watchdog(self, seconds: float, trace: IO[str]) -> Watchdog:
        """Return what ends the process when a step takes too long."""
        return Watchdog(seconds, trace)

    def _in_child(self, session: pytest.Session, request: dict[str, Any]) -> int:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _limit()
                self.tell({"event": "child", "process": os.getpid()})
                status = 0 if self._run(session, request) else 3
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _run(self, session: pytest.Session, request: dict[str, Any]) -> bool:
        """Run the tests. Return False if they have left something unclean."""
        file = AnswerFile(request["source"], Path(request["answers"]))
        folder = Path(request["folder"])
        session.config.option.answers = str(file.shown_as)
        session.config.option.seed = request["seed"]
        lesson = plugin.lesson_of(session.items[0])
        assert lesson is not None
        items = wanted(session, lesson, request)
        printed = Printed()
        importing.refuse_debuggers()
        plugin.grading.given, plugin.grading.folder = file, folder
        with (
            open(request["trace"], "w") as trace,  # noqa: PTH123
            _standard_output(printed),
            importing.alone(folder, file.source),
        ):
            running = self.running(lesson, file, request)
            watchdog = self.watchdog(self.patience(request["seconds"]), trace)
            watchdog.guard()
            try:
                running.load()
            except CannotLoad as error:
                event = {"event": "cannot_load", **error.__dict__}
                self.tell({"event": "busy"} if running.is_too_busy else event)
                return running.is_clean
            for number, item in enumerate(items):
                task = plugin.task_of(item, lesson)
                assert task is not None
                printed.take()
                self._phases.clear()
                self.tell({"event": "start", "test": plugin.name_of(item), "task": task})
                watchdog.guard()
                following = items[number + 1] if number + 1 < len(items) else None
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                outcome = running.after_test(self._outcome(item, task, printed.take()))
                if running.is_too_busy:
                    self.tell({"event": "busy"})
                    return running.is_clean
                self.tell({"event": "test", **outcome.as_data()})
                if request.get("until_wrong") and outcome.verdict == "wrong":
                    break
                if running.has_died:
                    return running.is_clean  # the other side asks again, for the other tasks
            running.close()
            watchdog.stop()
        self.tell({"event": "done"})
        return running.is_clean

    def _outcome(self, item: pytest.Item, task: str, printed: str) -> TestOutcome:
        verdict, feedback = plugin.verdict_of(item)
        if verdict == "passed" and self._phases != WHOLE_TEST:
            verdict, feedback = "wrong", Feedback("its test did not run to the end", (), BROKEN_OFF)
        return TestOutcome(plugin.name_of(item), task, verdict, feedback).with_printed(printed)

    def tell(self, event: dict[str, Any]) -> None:
        """Send an event."""
        self._events.write(json.dumps(event, default=str) + "\n")
        self._events.flush()


def wanted(
    session: pytest.Session, lesson: catalog.Lesson, request: dict[str, Any]
) -> list[pytest.Item]:
    """Return the tests that a request is about."""
    return [
        item
        for item in session.items
        if plugin.task_of(item, lesson) in request["tasks"]
        and plugin.name_of(item) not in request["skip_tests"]
    ]


def _beginning(trace: Path) -> str:
    with contextlib.suppress(OSError), trace.open(errors="replace") as stream:
        return stream.read(MOST_TRACE)
    return ""


@contextlib.contextmanager
def _standard_output(printed: Printed) -> Iterator[None]:
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield


def _limit() -> None:
    """Limit the memory, and leave no file behind when a signal ends this process."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def main(words: Sequence[str], server: type[Server] = Server) -> int:
    """Serve requests for one file of tests until standard input ends."""
    tests, rung = words
    if rung == "wire":
        import course.fakes.openai.rung  # noqa: F401 - before children are forked
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return pytest.main(options(tests, rung), plugins=[server(requests, events)])


def options(tests: str, rung: str) -> list[str]:
    """Return how pytest is started, so that only the course's own files configure it."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return [
        "-p",
        "no:terminal",
        "-p",
        "no:faulthandler",
        "--capture=no",
        "-p",
        "pytest_asyncio.plugin",
        "--noconftest",
        "--import-mode=importlib",
        *("-c", str(catalog.ROOT / "pyproject.toml"), "-o", "pythonpath="),
        *("--rootdir", str(catalog.ROOT), "--rung", rung, tests),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
