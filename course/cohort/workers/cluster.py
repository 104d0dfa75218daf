"""Grading on a Dask cluster: batches go to its workers, replies come back, and anything may fail.

Dask repeats a batch when the worker that had it is gone. Each batch has one future here, and leaves
the table when that future is done. So its replies count once, however often it was graded. What the
workers do is in `cluster_worker.py`. Only this side writes the gradebook.

Dask loads what it is sent on the scheduler, too, which need not have the course. A worker that
fails to load it is stuck. So the function that is sent is a built-in one, and its arguments are
plain data.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any

from course.catalog import CourseError, Lesson
from course.cohort.intake.identity import installation
from course.cohort.workers.cluster_worker import Order
from course.cohort.workers.crew import Job, Reply
from course.cohort.workers.worker import GraderFactory, name_of
from course.sandbox.levels import weakest

try:
    import distributed
except ModuleNotFoundError as error:
    raise CourseError(
        f"Grading on a cluster needs the package {error.name}: pip install distributed"
    ) from error

Future = distributed.Future[Any]

# All of these are last resorts: a busy machine answers late, but it does answer.

SECONDS_TO_CONNECT = 30.0
SECONDS_FOR_A_WORKER = 60.0
"""How long to wait if there is none at the beginning."""

SECONDS_TO_START = 600.0
"""How long to wait for the first grader of each worker."""

SECONDS_WITHOUT_WORKERS = 300.0
"""How long to wait when all are gone: they may come back."""

SECONDS_FOR_A_RESULT = 30.0
SECONDS_BETWEEN_LOOKS = 2.0
MOST_IN_A_BATCH = 8
MOST_BYTES_IN_A_BATCH = 1_000_000
BATCHES_FOR_A_WORKER = 4
"""At least this many, if the cohort is large enough, to spread the slow submissions."""

AT_A_TIME = 2
"""Batches that a worker has: the current one and the next."""

CALL = "__import__('course.cohort.workers.cluster_worker', fromlist=['']).{}(*arguments)"

GOES_ON = "Run the same command again to continue."


class Cluster:
    """The workers of a Dask cluster, to be used with `with`.

    Args:
        lesson: the lesson.
        make: makes a grader; each worker has its own.
        address: of the scheduler, such as `tcp://127.0.0.1:8786`.
        total: about how many submissions there are.
    """

    def __init__(self, lesson: Lesson, make: GraderFactory, address: str, total: int) -> None:
        self.place = f"the cluster {address}"
        self.level = ""
        self.count = 0
        self._address = address
        self._total = total
        self._order = Order(
            lesson=lesson.number,
            grader=name_of(make),
            installation=installation(lesson),
            level="",
        )
        self._closing = contextlib.ExitStack()
        self._names = (f"streamlings-{secrets.token_hex(8)}-{n}" for n in itertools.count())

    def __enter__(self) -> Cluster:
        """Connect, and ask each worker how it contains answers.

        Raises:
            CourseError: if the scheduler or a worker cannot be used.
        """
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we report problems ourselves
        asyncio.run(_find(self._address))
        with contextlib.ExitStack() as closing, self._losing_connection():
            client = distributed.Client(self._address)
            self._client = closing.enter_context(client)
            self._meet()
            self._closing = closing.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self._closing.close()

    def _meet(self) -> None:
        """Find out how the weakest worker contains answers, or that a worker cannot grade."""
        with contextlib.suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=SECONDS_FOR_A_WORKER)
        asked = {
            worker: self._send("level", self._order, worker=worker)
            for worker in self._client.nthreads()
        }
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            waited_for = [future for future in asked.values() if future.status == "pending"]
            if not waited_for:
                break
            _done(waited_for)
            there = self._client.nthreads()
            asked = {worker: future for worker, future in asked.items() if worker in there}
        levels = [future.result() for future in asked.values() if future.status == "finished"]
        refused = [
            f"  {worker}: {_why(future)}"
            for worker, future in asked.items()
            if future.status != "finished"
        ]
        if refused:
            raise CourseError(
                "\n".join([f"Some workers of {self.place} cannot grade:", *sorted(refused)])
            )
        if not levels:
            raise CourseError(f"There are no workers on {self.place}.")
        self.level = weakest(levels)
        self.count = sum(self._client.nthreads().values())
        self._order = Order({**self._order, "level": self.level})

    def __call__(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Reply]]:
        """Grade jobs: a `Spread`.

        Raises:
            CourseError: if the cluster is lost, or a worker that joined later cannot grade.
        """
        with self._losing_connection():
            yield from self._grade(jobs)

    def _grade(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Reply]]:
        batches = _batches(jobs, self._total // (self.count * BATCHES_FOR_A_WORKER))
        again: deque[list[Job]] = deque()
        under_way: dict[Future, list[Job]] = {}
        while True:
            while len(under_way) < AT_A_TIME * self.count:
                batch = again.popleft() if again else next(batches, None)
                if batch is None:
                    break
                contents = [job.content for job in batch]
                under_way[self._send("grade", self._order, batch[0].seed, contents)] = batch
            if not under_way:
                return
            for future in self._wait(under_way):
                batch = under_way.pop(future)
                error = _error(future)
                if error is None:
                    try:
                        replies = future.result(SECONDS_FOR_A_RESULT)
                    except TimeoutError:  # lost with its worker, and soon computed again
                        under_way[future] = batch
                        continue
                    yield from zip(batch, replies, strict=True)
                elif not isinstance(error, distributed.KilledWorker):
                    raise CourseError(f"A worker cannot grade: {_why(future)}\n{GOES_ON}")
                elif len(batch) > 1:  # a single one may be to blame
                    again.extend([job] for job in batch)
                else:
                    reason = "every worker that had it died"
                    yield batch[0], {"event": "failed", "reason": reason, "level": self.level}

    def _wait(self, futures: Iterable[Future]) -> set[Future]:
        """Return the futures that are done, as soon as there is one."""
        end = time.monotonic() + SECONDS_WITHOUT_WORKERS
        while True:
            workers = self._client.nthreads()
            if workers:
                self.count = sum(workers.values())
                end = time.monotonic() + SECONDS_WITHOUT_WORKERS
            elif time.monotonic() > end:
                raise CourseError(f"All workers of {self.place} are gone. {GOES_ON}")
            if done := _done(futures):
                return done

    def _send(self, function: str, *arguments: object, worker: str | None = None) -> Future:
        """Call a function of `cluster_worker.py` on a worker."""
        future: Future = self._client.submit(
            eval,
            CALL.format(function),
            {"arguments": arguments},
            key=next(self._names),
            workers=worker and [worker],
            pure=False,
        )
        return future

    @contextlib.contextmanager
    def _losing_connection(self) -> Iterator[None]:
        try:
            yield
        except (OSError, CancelledError) as error:
            raise CourseError(f"The scheduler {self._address} is gone. {GOES_ON}") from error


async def _find(address: str) -> None:
    """Refuse what is not a scheduler. `distributed.Client` would wait forever for some of those."""
    try:
        async with asyncio.timeout(SECONDS_TO_CONNECT):
            security = distributed.Security().get_connection_args("client")
            async with distributed.rpc(address, connection_args=security) as scheduler:
                what = (await scheduler.identity())["type"]
    except TimeoutError:
        why = f"no answer within {SECONDS_TO_CONNECT:g} seconds"
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        why = _line(error)
    else:
        why = "" if what == "Scheduler" else f"this is the address of a {what}"
    if why:
        raise CourseError(f"The scheduler {address} cannot be reached: {why}.")


def _batches(jobs: Iterable[Job], wanted: int) -> Iterator[list[Job]]:
    """Yield jobs in batches of about a given size, but not too many or too many bytes at once."""
    most = min(max(1, wanted), MOST_IN_A_BATCH)
    batch: list[Job] = []
    size = 0
    for job in jobs:
        if batch and (len(batch) == most or size + len(job.content) > MOST_BYTES_IN_A_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(job)
        size += len(job.content)
    if batch:
        yield batch


def _done(futures: Iterable[Future]) -> set[Future]:
    """Return those that are done, as soon as there is one, or none after a while."""
    with contextlib.suppress(TimeoutError):
        waited = distributed.wait(list(futures), SECONDS_BETWEEN_LOOKS, "FIRST_COMPLETED")
        return set(waited.done)
    return set()


def _error(future: Future) -> BaseException | None:
    """Return what a call raised."""
    if future.status != "error":
        return None
    error: BaseException = future.exception()
    return error


def _why(future: Future) -> str:
    """Return why a call failed."""
    error = _error(future)
    if error is None:
        return f"it did not answer within {SECONDS_TO_START:g} seconds."
    if isinstance(error, ModuleNotFoundError) and str(error.name).startswith("course"):
        return "it does not have the course. Start it in a checkout of this version."
    said = _line(error)
    return said if isinstance(error, CourseError) else f"{type(error).__name__}: {said}"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
