"""What a Dask worker does: it starts processes that grade batches, and keeps them warm.

Learner code never runs in the Dask worker itself. If it killed the worker, Dask would think that
the machine was lost, and try the same batch elsewhere. Only plain data comes and goes, without
names of learners.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypedDict

from course import catalog, start, variables
from course.catalog import CourseError, Lesson
from course.cohort.intake.identity import installation
from course.cohort.intake.submissions import Submission
from course.cohort.workers.crew import Crew, Job, Process, Reply
from course.cohort.workers.worker import GraderFactory, factory, name_of
from course.sandbox.levels import strength

SECONDS_IDLE = 30.0
"""After this long without a batch, graders end: the client may be gone."""


class Order(TypedDict):
    """How to grade batches.

    Attributes:
        lesson: its number.
        grader: what makes a grader, as `module:name`.
        installation: what must match the machine that the order comes from.
        level: the weakest containment that is allowed, or "".
    """

    lesson: str
    grader: str
    installation: dict[str, str]
    level: str


def level(order: Order) -> str:
    """Start a grader, and return how it contains answers.

    Raises:
        CourseError: if this worker must not grade, or cannot.
    """
    with _crew(order) as crew:
        return crew.level


def grade(order: Order, seed: int, contents: list[bytes]) -> list[Reply]:
    """Grade a batch of files of answers, and return what a grader says of each, in their order.

    Raises:
        CourseError: if this worker must not grade, or cannot.
    """
    jobs = [
        Job(Submission(str(number), Path()), content, "", seed)
        for number, content in enumerate(contents)
    ]
    with _crew(order) as crew:
        replies = {job.submission.learner: reply for job, reply in crew(jobs)}
    return [replies[job.submission.learner] for job in jobs]


@contextlib.contextmanager
def _crew(order: Order) -> Iterator[Crew]:
    """Give the calling thread a crew of one, a warm one if there is one."""
    lesson = catalog.find(order["lesson"])
    _refuse_unlike(order["installation"], installation(lesson))
    kind = repr((order["lesson"], order["grader"], order["installation"]))
    crew = _resting.take(kind)
    if crew is None:
        crew = Crew(lesson, factory(order["grader"]), 1, start=_start).__enter__()
    try:
        if strength(crew.level) < strength(order["level"]):
            raise CourseError(
                f"its containment is only {crew.level!r}, but {order['level']!r} is required"
            )
        yield crew
    except BaseException as error:
        crew.__exit__(type(error), error, None)
        raise
    _resting.put(kind, crew)


def _refuse_unlike(wanted: dict[str, str], found: dict[str, str]) -> None:
    """A verdict must not depend on the machine that reaches it."""
    unlike = [name for name in wanted if found.get(name) != wanted[name]]
    if unlike:
        shown = [
            f"{name} {found.get(name) or 'missing'} instead of {wanted[name]}" for name in unlike
        ]
        raise CourseError(f"its installed versions differ: {', '.join(shown)}")


class _Resting:
    """The idle crews. They end after a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._crews: dict[Crew, tuple[str, threading.Timer]] = {}

    def take(self, kind: str) -> Crew | None:
        """Return a crew of a kind, or None."""
        with self._lock:
            found = next((crew for crew, one in self._crews.items() if one[0] == kind), None)
            if found:
                self._crews.pop(found)[1].cancel()
            return found

    def put(self, kind: str, crew: Crew) -> None:
        """Let a crew rest until it is taken or has rested too long."""
        timer = threading.Timer(SECONDS_IDLE, self._end, (crew,))
        timer.daemon = True  # when the Dask worker ends, all ends
        with self._lock:
            self._crews[crew] = (kind, timer)
        timer.start()

    def _end(self, crew: Crew) -> None:
        with self._lock:
            is_resting = self._crews.pop(crew, None)
        if is_resting:
            crew.__exit__(None, None, None)


_resting = _Resting()


class _Process:
    """A `subprocess` process with the interface of a `multiprocessing` one.

    Real ones do not work here. A Dask worker is one itself, and may not have children. Also, each
    child would first import everything that Dask was started with.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid
        self.terminate = process.terminate
        self.kill = process.kill

    @property
    def exitcode(self) -> int | None:
        return self._process.poll()

    def join(self, timeout: float | None = None) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()


def _start(lesson: Lesson, make: GraderFactory) -> tuple[Connection, Process]:
    """Start a process that grades, and that ends with this one: a `Start`."""
    if os.name == "nt":
        raise CourseError("workers on Windows cannot grade")
    ours, theirs = Pipe()
    with theirs:
        words = [lesson.number, name_of(make), str(theirs.fileno())]
        process = subprocess.Popen(
            [sys.executable, *start.words("course.cohort.workers.worker"), *words],
            stdin=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            cwd=catalog.ROOT,
            env={
                **variables.without(os.environ, variables.PYTHON),
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),  # what can be imported here
            },
            process_group=0,  # Ctrl-C is for the worker
        )
    return ours, _Process(process)
