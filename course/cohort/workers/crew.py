"""Grading a whole cohort: worker processes, each with a warm grader, and one gradebook.

A worker that dies or is stuck is replaced, and its submission gets one more try. Only this side
writes the gradebook. A verdict depends neither on the number of workers nor on the order in which
they finish.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Protocol

from course.catalog import CourseError, Lesson
from course.cohort.intake.identity import identity_of, version_of
from course.cohort.intake.safe_reading import Unreadable
from course.cohort.intake.submissions import Submission, read
from course.cohort.results.gradebook import Gradebook, Grading
from course.cohort.workers.worker import GraderFactory, serve
from course.grade.outcome import TestOutcome
from course.official.marking import Flag

PATIENCE = 3600.0
"""Seconds for one submission: a last resort. A grader's own limits count work, not time, and end it
long before. On a busy machine that may take a while."""

SECONDS_TO_END = 60.0
"""How long a process may clean up before it is killed: also a last resort."""

TRIES = 2

SHARED = "another submission has the same name: only one of them can count"
"""A flag."""

Spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Job:
    """A submission that is to be graded."""

    submission: Submission
    content: bytes
    identity: str
    seed: int


Reply = dict[str, Any]
"""What a worker says about a job, or `{"event": "failed", "reason": ...}`."""

Spread = Callable[[Iterable[Job]], Iterator[tuple[Job, Reply]]]
"""Gets jobs done, here or elsewhere, and yields them in any order, each with its reply."""


class Process(Protocol):
    """A started process, with the interface of `multiprocessing`."""

    @property
    def pid(self) -> int | None: ...

    @property
    def exitcode(self) -> int | None: ...

    def join(self, timeout: float | None = None) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...

    def close(self) -> None: ...


Start = Callable[[Lesson, GraderFactory], tuple[Connection, Process]]
"""Starts a process that grades a lesson, and returns a connection to it."""


def start(lesson: Lesson, make: GraderFactory) -> tuple[Connection, Process]:
    """Start a process that grades: a `Start`."""
    ours, theirs = Spawn.Pipe()
    process = Spawn.Process(
        target=serve, args=(theirs, lesson.number, make), name="streamlings-grader"
    )
    with _without_interrupts():
        process.start()
    theirs.close()
    return ours, process


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold back Ctrl-C. A process started meanwhile begins this way, until it decides otherwise."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # a later start would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Worker:
    """One process, and the job that it has."""

    def __init__(self, lesson: Lesson, make: GraderFactory, start: Start) -> None:
        self.connection, self.process = start(lesson, make)
        self.core: int | None = None
        self.is_ready = False
        self.job: Job | None = None
        self.deadline = time.monotonic() + PATIENCE

    def give(self, job: Job, patience: float) -> None:
        """Give it a job."""
        self.job = job
        self.deadline = time.monotonic() + patience
        with contextlib.suppress(OSError):  # listening to it will show that it is dead
            self.connection.send_bytes(json.dumps({"seed": job.seed}).encode())
            self.connection.send_bytes(job.content)

    def heard(self) -> Reply:
        """Return what it said, or how it died."""
        try:
            reply: Reply = json.loads(self.connection.recv_bytes())
        except (EOFError, OSError, ValueError):
            self.process.join(SECONDS_TO_END)
            status = self.process.exitcode or 0
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            return {"event": "failed", "reason": f"the grader died ({how})"}
        return reply

    def end(self, at_once: bool) -> None:
        """End the process: it may clean up, but not for long."""
        self.connection.close()  # an idle one ends by itself
        if at_once:
            self.process.terminate()
        self.process.join(SECONDS_TO_END)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        self.process.close()


class Crew:
    """The workers of this machine, to be used with `with`.

    Args:
        lesson: the lesson.
        make: makes a grader; each worker has its own.
        workers: how many processes.
        patience: seconds for one submission.
        start: starts their processes.

    Attributes:
        patience: the same; a change applies to jobs given from then on.
    """

    def __init__(
        self,
        lesson: Lesson,
        make: GraderFactory,
        workers: int,
        patience: float = PATIENCE,
        start: Start = start,
    ) -> None:
        self._lesson = lesson
        self._make = make
        self.patience = patience
        self._start = start
        self.count = workers
        self.place = "this machine"
        self._workers: list[Worker] = []
        self.level = ""

    def __enter__(self) -> Crew:
        """Start the workers and wait for the first.

        Raises:
            CourseError: if it cannot grade.
        """
        for _ in range(self.count):
            self._workers.append(self._worker())
        try:
            while not self.level:
                for _ in self._listen():
                    pass
        except BaseException:
            self._end(at_once=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(at_once=kind is not None)

    def _worker(self) -> Worker:
        """Start a worker, on its own core if there are enough.

        The grader and the contained answers take turns. On one core, neither has to wake another
        core.
        """
        worker = Worker(self._lesson, self._make, self._start)
        pid = getattr(worker.process, "pid", None)
        if self._start is start and pid and hasattr(os, "sched_setaffinity"):
            cores = os.sched_getaffinity(0)
            free = cores - {other.core for other in self._workers}
            if free and self.count <= len(cores):
                worker.core = min(free)
                with contextlib.suppress(OSError):  # it died at once, which will be noticed
                    os.sched_setaffinity(pid, {worker.core})
        return worker

    def _end(self, at_once: bool) -> None:
        for worker in self._workers:
            worker.end(at_once)
        self._workers.clear()

    def __call__(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Reply]]:
        """Grade jobs: a `Spread`."""
        coming = iter(jobs)
        again: deque[Job] = deque()
        tries: dict[str, int] = {}
        more = True
        while True:
            for worker in self._workers:
                if worker.is_ready and worker.job is None and (again or more):
                    job = again.popleft() if again else next(coming, None)
                    if job is None:
                        more = False
                    else:
                        worker.give(job, self.patience)
            if not more and not again and not any(worker.job for worker in self._workers):
                return
            for job, reply in self._listen():
                learner = job.submission.learner
                tries[learner] = tries.get(learner, 0) + 1
                if reply["event"] != "failed":
                    yield job, reply
                elif tries[learner] < TRIES:
                    again.append(job)
                else:
                    reason = f"{reply['reason']}, on each of {TRIES} tries"
                    yield job, {**reply, "reason": reason}

    def _listen(self) -> Iterator[tuple[Job, Reply]]:
        """Wait until something happens; yield the jobs that are done or have failed."""
        by_connection = {worker.connection: worker for worker in self._workers}
        busy = [worker for worker in self._workers if worker.job or not worker.is_ready]
        first = min(worker.deadline for worker in busy)
        waited = multiprocessing.connection.wait(
            list(by_connection), max(0.0, first - time.monotonic())
        )
        talking = [by_connection[one] for one in waited if isinstance(one, Connection)]
        now = time.monotonic()
        for worker in talking:
            reply = worker.heard()
            if reply["event"] == "ready":
                worker.is_ready = True
                self.level = self.level or reply["level"]
                continue
            yield from self._done(worker, reply)
        for worker in busy:
            if worker not in talking and now >= worker.deadline:
                reason = f"the grader was stuck for {self.patience:g} seconds"
                yield from self._done(worker, {"event": "failed", "reason": reason})

    def _done(self, worker: Worker, reply: Reply) -> Iterator[tuple[Job, Reply]]:
        job, worker.job = worker.job, None
        if reply["event"] == "failed":
            self._workers.remove(worker)
            worker.end(at_once=True)
            if not worker.is_ready:
                raise CourseError(f"No grader can be started: {reply['reason']}")
            self._workers.append(self._worker())
        if job is not None:
            yield job, {"level": self.level, **reply}


@dataclass(frozen=True)
class Step:
    """What became of one submission.

    Attributes:
        grading: its grading, even if an earlier run did it.
        is_new: whether this run did it.
        problem: why the gradebook could not take it, or "".
    """

    grading: Grading
    is_new: bool = True
    problem: str = ""


def grade(
    submissions: Iterable[Submission],
    lesson: Lesson,
    gradebook: Gradebook,
    spread: Spread,
    seed: int,
    again: bool = False,
) -> Iterator[Step]:
    """Grade submissions, and yield each as soon as the gradebook has it.

    Args:
        submissions: the submissions.
        lesson: the lesson to grade.
        gradebook: stores the results, and knows what is already done.
        spread: gets the work done, such as a `Crew`.
        seed: of the tests.
        again: also regrade unchanged submissions.
    """
    version = version_of(lesson)
    at_once: deque[Step] = deque()

    def jobs() -> Iterator[Job]:
        for submission in submissions:
            try:
                content = read(submission, lesson)
            except Unreadable as error:
                at_once.append(_recorded(gradebook, lesson, _unreadable(submission, error, seed)))
                continue
            job = Job(submission, content, identity_of(content, version, seed), seed)
            if not again and gradebook.is_graded(lesson, submission.learner, job.identity):
                at_once.append(_unchanged(gradebook, lesson, submission))
                continue
            yield job

    for job, reply in spread(jobs()):
        while at_once:
            yield at_once.popleft()
        yield _recorded(gradebook, lesson, _grading(job, reply))
    yield from at_once


def _unchanged(gradebook: Gradebook, lesson: Lesson, submission: Submission) -> Step:
    """Let the last verdict count, even if the same answers are in another file, or are back."""
    verdict = gradebook.last_verdict(lesson, submission.learner)
    assert verdict is not None
    seen = [flag for flag in verdict.flags if flag.reason != SHARED]
    today = replace(verdict, entry=submission.entry, flags=(*seen, *_shared(submission)))
    if today == gradebook.last(lesson, submission.learner):
        return Step(today, is_new=False)
    return replace(_recorded(gradebook, lesson, today), is_new=False)


def _recorded(gradebook: Gradebook, lesson: Lesson, grading: Grading) -> Step:
    try:
        gradebook.record(lesson, grading)
    except sqlite3.Error as error:
        return Step(grading, problem=f"the gradebook cannot store it: {error}")
    return Step(grading)


def _unreadable(submission: Submission, error: Unreadable, seed: int) -> Grading:
    reason = str(error)
    feedback = f"The submission cannot be graded: {reason}\n"
    return Grading(
        submission.learner,
        submission.entry,
        "",
        "unreadable",
        flags=_shared(submission),
        reason=reason,
        feedback=feedback,
        seed=seed,
    )


def _grading(job: Job, reply: Reply) -> Grading:
    who = (job.submission.learner, job.submission.entry, job.identity)
    flags = (*_flags(reply), *_shared(job.submission))
    match reply["event"]:
        case "graded":
            return Grading(
                *who,
                "graded",
                tests=tuple(TestOutcome.from_data(test) for test in reply["tests"]),
                flags=flags,
                feedback=reply["feedback"],
                level=reply["level"],
                seed=job.seed,
                seconds=reply["seconds"],
            )
        case "cannot_load":
            return Grading(
                *who,
                "cannot_load",
                flags=flags,
                reason=reply["reason"],
                feedback=reply["feedback"],
                level=reply["level"],
                seed=job.seed,
                seconds=reply["seconds"],
            )
        case _:
            reason = reply["reason"]
            return Grading(
                *who,
                "not_graded",
                flags=(Flag(None, f"look at it before it is graded again: {reason}"), *flags),
                reason=reason,
                feedback="The submission has not been graded yet. Someone will look at it.\n",
                level=reply.get("level", ""),
                seed=job.seed,
            )


def _flags(reply: Reply) -> tuple[Flag, ...]:
    return tuple(Flag(task, reason) for task, reason in reply.get("flags", ()))


def _shared(submission: Submission) -> tuple[Flag, ...]:
    return (Flag(None, SHARED),) if submission.is_shared else ()
