"""Grades in one process that can neither fork nor start another: the one in the browser's worker.

`Grader` asks, as everywhere, and the worker's `Server` runs the tests, as everywhere. Only what
lies between them is different: no process, but a call. Answers that never end are ended together
with all of Python, by the page. It then starts Python again and hands in what was told before, so
that grading goes on where it was.
"""

from __future__ import annotations

import gc
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pytest
from _pytest.config import _prepareconfig

from course.catalog import Lesson
from course.grade import RUNGS, importing, plugin
from course.grade.grader import Grader
from course.grade.patience import REAL_TIME
from course.grade.warm import imported, warm_up
from course.grade.watchdog import AT_WORK, STATUS, Watchdog
from course.grade.worker import Server

Event = dict[str, Any]

GLANCE = 256
"""After so many jumps backward in answers, the watchdog looks at the time."""

MONITORING: Any = getattr(sys, "monitoring", None)
"""Python says with it when a loop begins again. Before 3.12 there is none; a browser has 3.14."""

TOOL = 0
"""Our number there: a debugger's."""


class BrowserGrader(Grader):
    """Grades one lesson, in this process.

    Args:
        lesson: the lesson.
        tell: gets each event as it happens.
        end: ends all of Python, after the last event has said why.
    """

    def __init__(
        self, lesson: Lesson, tell: Callable[[Event], None], end: Callable[[], None]
    ) -> None:
        super().__init__(lesson)
        self._server = InProcess(lesson, tell, end)
        self._recorded: list[Event] = []

    def resume(self, recorded: Sequence[Event]) -> None:
        """Take what was told about the same answers before Python was ended."""
        self._recorded = [*recorded]

    def warm_up(self) -> None:
        self._server.start()

    def _stop(self) -> None:
        """There is no process to be stopped."""

    def _events(self, request: Event) -> Iterator[Event]:
        while self._recorded:
            event = self._recorded.pop(0)
            if event["event"] == "exit":
                self._trace.write_text(event.pop("trace"), encoding="utf-8")
                yield event
                return
            yield event
        yield from self._server.run(request)


class InProcess(Server):
    """Runs the tests of one lesson, as often as it is asked."""

    def __init__(
        self, lesson: Lesson, tell: Callable[[Event], None], end: Callable[[], None]
    ) -> None:
        super().__init__(io.StringIO(), io.StringIO())
        self._lesson = lesson
        self._pass_on = tell
        self._end = end
        self._told: list[Event] = []
        self._session: pytest.Session | None = None

    def start(self) -> None:
        """Import everything and collect the tests, once."""
        if self._session is not None:
            return
        words = options_for(self._lesson)
        config = _prepareconfig(words, [self])
        config._do_configure()
        session = pytest.Session.from_config(config)
        config.hook.pytest_sessionstart(session=session)
        config.hook.pytest_collection(session=session)
        if session.testsfailed:
            raise RuntimeError(f"the tests of lesson {self._lesson.number} cannot be collected")
        importing.import_once(sorted(imported(self._lesson)))
        warm_up(self._lesson)
        gc.collect()
        gc.freeze()  # garbage is collected before and after tests: look only at what is new
        self._session = session

    def run(self, request: Event) -> list[Event]:
        """Run tests, and return what was told."""
        self.start()
        assert self._session is not None
        for item in self._session.items:
            item.stash = pytest.Stash()  # what was found last time
        plugin.grading = plugin.Grading()
        self._told = []
        self._run(self._session, request)
        return self._told

    def tell(self, event: Event) -> None:
        event = json.loads(json.dumps(event, default=str))
        self._told.append(event)
        self._pass_on({**event})

    def watchdog(self, seconds: float, trace: IO[str]) -> Watchdog:
        file = plugin.grading.given
        assert file is not None
        return WatchdogOfLoops(seconds, file.shown_as, self._ended)

    def _ended(self, trace: str) -> None:
        self._pass_on(
            {"event": "exit", "status": STATUS, "finding": "", "spent": "", "trace": trace}
        )
        self._end()


def options_for(lesson: Lesson) -> list[str]:
    """Return how pytest is started for a lesson."""
    from course.grade.worker import options

    return options(str(lesson.tests), RUNGS[0])


class WatchdogOfLoops(Watchdog):
    """Looks at the time whenever a loop in the answers begins again: there are no signals here.

    Args:
        seconds: how long a step may take.
        answers: the file of answers.
        end: called with the place of the loop; does not return.
    """

    def __init__(self, seconds: float, answers: Path, end: Callable[[str], None]) -> None:
        self._seconds = seconds
        self._file = str(answers)
        self._end_with = end
        self._jumps = 0
        self._began = REAL_TIME()
        if MONITORING.get_tool(TOOL) is None:
            MONITORING.use_tool_id(TOOL, "streamlings")
        MONITORING.register_callback(TOOL, MONITORING.events.JUMP, self._jumped)
        MONITORING.set_events(TOOL, MONITORING.events.JUMP)

    def guard(self) -> None:
        self._jumps = 0
        self._began = REAL_TIME()

    def stop(self) -> None:
        MONITORING.set_events(TOOL, 0)

    def _jumped(self, code: Any, offset: int, to: int) -> object:
        if code.co_filename != self._file:
            return MONITORING.DISABLE
        self._jumps += 1
        if self._jumps % GLANCE == 0 and REAL_TIME() - self._began > self._seconds:
            self.stop()
            self._end_with(_trace(sys._getframe(1)))
        return None


def _trace(frame: Any) -> str:
    rows = [AT_WORK]
    while frame is not None:
        rows.append(f'File "{frame.f_code.co_filename}", line {frame.f_lineno}')
        frame = frame.f_back
    return "\n".join([*rows, ""])
