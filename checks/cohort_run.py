"""A cohort that is graded in a process of its own, and killed wherever a check wants it."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from cohort_fakes import BrokenGrader, FakeGrader, HeldGrader, WeakGrader, nothing_is_known
from waiting import SECONDS_FOR_A_HANG, until

from course import catalog
from course.cohort import command
from course.cohort.results.gradebook import Gradebook
from course.cohort.workers import crew as grading
from course.cohort.workers.worker import GraderFactory
from course.official.marking import OfficialGrader

CODE = "import sys, cohort_run; sys.exit(cohort_run.main(*sys.argv[1:]))"
"""Not a script: a worker would import it once more under another name."""


class Run:
    """A grader in a process of its own, with everything that it starts.

    Args:
        folder: the submissions.
        out: where marks will be.
        kind: of grader, as `main` knows it.
        where: the number of workers, or the address of a scheduler.
        statement: at which it kills itself, counted in what it asks of the gradebook; 0 for never.
    """

    def __init__(
        self, folder: Path, out: Path, kind: str = "fake", where: str = "2", statement: int = 0
    ) -> None:
        paths = [str(catalog.ROOT), str(Path(__file__).parent)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE, str(folder), str(out), kind, where, str(statement)],
            cwd=catalog.ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def finish(self) -> str:
        """Wait for a good end; return what was said."""
        said, problem = self.process.communicate(timeout=SECONDS_FOR_A_HANG)
        assert self.process.returncode == 0, problem
        return said

    def wait_until_killed(self) -> bool:
        """Wait until it has ended, and its workers by themselves; return whether it was killed."""
        self.process.communicate(timeout=SECONDS_FOR_A_HANG)
        self.wait_until_nothing_is_left()
        return self.process.returncode == -signal.SIGKILL

    def kill(self) -> None:
        """Kill the grader alone, and see that its workers end by themselves."""
        self.process.kill()
        self.wait_until_killed()

    def wait_until_nothing_is_left(self) -> None:
        try:
            until(lambda: not self._is_there(), "everything that was started has ended")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _is_there(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


def learners(out: Path) -> set[object]:
    """Who has a result."""
    path = out / "gradebook.sqlite"
    if not path.exists():
        return set()
    with contextlib.closing(sqlite3.connect(path)) as database:
        try:
            return {row[0] for row in database.execute("SELECT learner FROM gradings")}
        except sqlite3.OperationalError:  # the tables are not there yet
            return set()


def main(submissions: str, out: str, kind: str, where: str, statement: str) -> int:
    """Grade a cohort as `make grade` does: with a fake grader, or with the official one."""
    if kind not in ("official", "held"):  # the code that it does without may be edited meanwhile
        grading.version_of = lambda lesson: "version"  # type: ignore[attr-defined]
    if statement != "0":
        _die_at(int(statement))
    makes: dict[str, GraderFactory] = {
        "fake": FakeGrader,
        "official": OfficialGrader,
        "held": HeldGrader,
        "weak": WeakGrader,
        "broken": BrokenGrader,
    }
    lesson = catalog.find("09")
    return command.run(
        Path(submissions),
        lesson,
        Path(out),
        workers=int(where) if where.isdigit() else None,
        scheduler=None if where.isdigit() else where,
        seed=5,
        make=makes[kind],
        known=nothing_is_known,
    )


def _die_at(statement: int) -> None:
    """Kill this process when it begins the statement with a number, also within a transaction."""
    left = iter(range(statement - 1, -1, -1))
    opens = Gradebook._open

    def count(_: str) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def open_(self: Gradebook) -> None:
        self._database.set_trace_callback(count)
        opens(self)

    Gradebook._open = open_  # type: ignore[method-assign]
