"""The gradebook: every grading ever made, stored in SQLite right away.

Rows are added and never changed. The last row of a learner counts. One that says "gone" ends the
learner's marks. The view `marks` has what counts today. Each result is one transaction, so a grader
may be killed at any moment: what is there is complete, and the next run grades what is missing.
Only one grader at a time writes to a gradebook.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from course.catalog import CourseError, Lesson
from course.grade.outcome import LessonOutcome, TaskOutcome, TestOutcome
from course.official.marking import Flag

Status = Literal["graded", "cannot_load", "unreadable", "not_graded", "gone"]
FINAL: tuple[Status, ...] = ("graded", "cannot_load")
"""What is not regraded while nothing has changed. Anything with another status is tried again."""

GONE = "It is no longer in the submissions folder."

VERSION = 1
"""The version of the tables."""

MARKS = """
CREATE VIEW IF NOT EXISTS marks AS
SELECT * FROM gradings
WHERE id IN (SELECT MAX(id) FROM gradings GROUP BY lesson, learner) AND status <> 'gone'
"""
"""For programs that read the gradebook: one row for each current submission."""

TABLES = """
CREATE TABLE gradings (
    id INTEGER PRIMARY KEY,
    learner TEXT NOT NULL,
    lesson TEXT NOT NULL,
    entry TEXT NOT NULL,
    identity TEXT NOT NULL,
    status TEXT NOT NULL,
    passed INTEGER NOT NULL,
    tasks INTEGER NOT NULL,
    tests TEXT NOT NULL,
    flags TEXT NOT NULL,
    reason TEXT NOT NULL,
    feedback TEXT NOT NULL,
    level TEXT NOT NULL,
    seed INTEGER NOT NULL,
    seconds REAL NOT NULL,
    finished TEXT NOT NULL
);
CREATE INDEX gradings_of_learner ON gradings (lesson, learner, id);
CREATE TRIGGER gradings_are_not_changed BEFORE UPDATE ON gradings
BEGIN SELECT RAISE(ABORT, 'a grading is never changed: add another one'); END;
CREATE TRIGGER gradings_are_not_deleted BEFORE DELETE ON gradings
BEGIN SELECT RAISE(ABORT, 'a grading is never deleted'); END;
CREATE TABLE seeds (
    id INTEGER PRIMARY KEY,
    lesson TEXT NOT NULL,
    seed INTEGER NOT NULL,
    chosen TEXT NOT NULL
);
CREATE TABLE known_mistakes (
    version TEXT NOT NULL,
    task TEXT NOT NULL,
    mistake TEXT NOT NULL,
    test TEXT NOT NULL,
    problem TEXT NOT NULL,
    PRIMARY KEY (version, mistake)
);
"""

COLUMNS = (
    "learner",
    "lesson",
    "entry",
    "identity",
    "status",
    "passed",
    "tasks",
    "tests",
    "flags",
    "reason",
    "feedback",
    "level",
    "seed",
    "seconds",
)


@dataclass(frozen=True)
class Grading:
    """The result of one submission.

    Attributes:
        learner: whose it is.
        entry: what it is called in the folder of submissions.
        identity: stands for the answers, the tests and everything that the verdict depends on.
        status: "graded", or why not: "cannot_load" if Python cannot run the answers,
            "unreadable" if there are none, "not_graded" if the grader failed, "gone" if the
            submission is no longer there.
        tests: the outcome of each test.
        flags: what a person should look at.
        reason: why it is not graded, in one sentence, or "".
        feedback: what the learner is told.
        level: how the answers were contained.
        seed: of the tests.
        seconds: how long it took.
    """

    learner: str
    entry: str
    identity: str
    status: Status
    tests: tuple[TestOutcome, ...] = ()
    flags: tuple[Flag, ...] = ()
    reason: str = ""
    feedback: str = ""
    level: str = ""
    seed: int = 0
    seconds: float = 0.0

    def outcome(self, lesson: Lesson) -> LessonOutcome:
        """Return the outcome of each task. A task without any result is not passed."""
        tasks = tuple(
            TaskOutcome(task, tuple(test for test in self.tests if test.task == task.name))
            for task in lesson.tasks
        )
        return LessonOutcome(lesson, tasks, self.seed)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know in addition to the mark, one line of text each."""
        said = [f"{self.status.replace('_', ' ')}: {self.reason}"] if self.reason else []
        return (*said, *(f"{f.task}: {f.reason}" if f.task else f.reason for f in self.flags))


class Gradebook:
    """A gradebook, to be used with `with`.

    Args:
        path: its file, which is created if it does not exist.

    Raises:
        CourseError: if another grader is using it, or the file is not a gradebook.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._in_use = _lock(path)
        try:
            self._database = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._open()
        except sqlite3.Error as error:
            self._in_use.close()
            raise CourseError(f"{path} cannot be used as a gradebook: {error}.") from error

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and release it for other graders."""
        self._database.close()
        self._in_use.close()

    def _open(self) -> None:
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _statements(TABLES):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise sqlite3.DatabaseError(f"its tables have version {version}, not {VERSION}")
            self._database.execute(MARKS)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk has ended it already
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def seed(self, lesson: Lesson, wanted: int | None = None) -> int:
        """Return the seed of a cohort: the wanted one, the one it has, or a new secret one."""
        found = self._database.execute(
            "SELECT seed FROM seeds WHERE lesson = ? ORDER BY id DESC LIMIT 1", (lesson.number,)
        ).fetchone()
        if found and wanted in (None, found[0]):
            return int(found[0])
        seed = secrets.randbelow(2**31) if wanted is None else wanted
        with self._transaction():
            self._database.execute(
                "INSERT INTO seeds (lesson, seed, chosen) VALUES (?, ?, ?)",
                (lesson.number, seed, _now()),
            )
        return seed

    def is_graded(self, lesson: Lesson, learner: str, identity: str) -> bool:
        """Whether the learner's last verdict is final, and about exactly these answers.

        It makes no difference if the submission was gone in the meantime.
        """
        found = self._database.execute(
            "SELECT identity, status FROM gradings WHERE lesson = ? AND learner = ? "
            "AND status <> 'gone' ORDER BY id DESC LIMIT 1",
            (lesson.number, learner),
        ).fetchone()
        return bool(found) and found[0] == identity and found[1] in FINAL

    def record(self, lesson: Lesson, grading: Grading) -> None:
        """Add a grading. One that is not a result, and is already known, is not added again.

        Raises:
            sqlite3.Error: if it cannot be written, for example because the disk is full.
        """
        with self._transaction():
            last = self.last(lesson, grading.learner)
            if last == grading and grading.status not in FINAL:
                return
            self._add(lesson, grading)

    def _add(self, lesson: Lesson, grading: Grading) -> None:
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        self._database.execute(
            f"INSERT INTO gradings ({', '.join(COLUMNS)}, finished) VALUES ({marks})",
            (*_as_row(lesson, grading), _now()),
        )

    def keep_only(self, lesson: Lesson, learners: Iterable[str]) -> list[str]:
        """Mark everyone as gone who is not among those with a submission today.

        Returns:
            Who is gone since the last run, in the order of their names.

        Raises:
            sqlite3.Error: if it cannot be written.
        """
        there = set(learners)
        with self._transaction():
            before = self._database.execute(
                "SELECT learner, entry FROM marks WHERE lesson = ? ORDER BY learner",
                (lesson.number,),
            ).fetchall()
            gone = [(learner, entry) for learner, entry in before if learner not in there]
            for learner, entry in gone:
                self._add(lesson, Grading(learner, entry, "", "gone", reason=GONE))
        return [learner for learner, _ in gone]

    def last(self, lesson: Lesson, learner: str) -> Grading | None:
        """Return the learner's grading that counts, or None. It may say "gone"."""
        return self._last(lesson, learner, "")

    def last_verdict(self, lesson: Lesson, learner: str) -> Grading | None:
        """Return the learner's last grading that does not say "gone", or None."""
        return self._last(lesson, learner, "AND status <> 'gone'")

    def _last(self, lesson: Lesson, learner: str, condition: str) -> Grading | None:
        found = self._database.execute(
            f"SELECT {', '.join(COLUMNS)} FROM gradings WHERE lesson = ? AND learner = ? "
            f"{condition} ORDER BY id DESC LIMIT 1",
            (lesson.number, learner),
        ).fetchone()
        return _from_row(found) if found else None

    def gradings(self, lesson: Lesson) -> Iterator[Grading]:
        """Yield the grading that counts for each learner who is not gone, ordered by name."""
        rows = self._database.execute(
            f"SELECT {', '.join(COLUMNS)} FROM marks WHERE lesson = ? ORDER BY learner",
            (lesson.number,),
        )
        return map(_from_row, rows)

    def learners(self, lesson: Lesson) -> set[str]:
        """Return everyone who ever submitted something, including those who are gone."""
        rows = self._database.execute(
            "SELECT DISTINCT learner FROM gradings WHERE lesson = ?", (lesson.number,)
        )
        return {learner for (learner,) in rows}

    def lessons(self) -> set[str]:
        """Return the numbers of the lessons that have gradings."""
        return {
            number for (number,) in self._database.execute("SELECT DISTINCT lesson FROM gradings")
        }

    def known_mistakes(self, version: str, task: str) -> list[tuple[str, str, str]]:
        """Return `(mistake, test, problem)` for each known mistake of a task."""
        return self._database.execute(
            "SELECT mistake, test, problem FROM known_mistakes WHERE version = ? AND task = ? "
            "ORDER BY rowid",
            (version, task),
        ).fetchall()

    def learn_mistakes(
        self, version: str, task: str, found: Iterable[tuple[str, str, str]]
    ) -> None:
        """Store `(mistake, test, problem)` for each mistake of a task."""
        with self._transaction():
            self._database.executemany(
                "INSERT OR REPLACE INTO known_mistakes VALUES (?, ?, ?, ?, ?)",
                [(version, task, *one) for one in found],
            )


def _lock(path: Path) -> sqlite3.Connection:
    """Lock the gradebook for this process. The system unlocks it when the process dies."""
    lock = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = sqlite3.connect(lock, isolation_level=None, timeout=0)
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise CourseError(
                f"Another grader is using {path}. Wait until it ends, or stop it."
            ) from error
        raise CourseError(f"{path.parent} cannot be written to: {error}.") from error
    except FileExistsError as error:
        raise CourseError(
            f"{path.parent} is a file, not a folder. Choose another folder with --out or OUT=."
        ) from error
    except OSError as error:
        raise CourseError(
            f"{path.parent} cannot be written to: {error.strerror or error}. "
            "Choose another folder with --out or OUT=."
        ) from error
    return held


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _as_row(lesson: Lesson, grading: Grading) -> tuple[Any, ...]:
    return (
        grading.learner,
        lesson.number,
        grading.entry,
        grading.identity,
        grading.status,
        grading.outcome(lesson).passed,
        len(lesson.tasks),
        f"[{', '.join(test.as_json() for test in grading.tests)}]",
        json.dumps([[flag.task, flag.reason] for flag in grading.flags]),
        grading.reason,
        grading.feedback,
        grading.level,
        grading.seed,
        grading.seconds,
    )


def _from_row(row: tuple[Any, ...]) -> Grading:
    data = dict(zip(COLUMNS, row, strict=True))
    return Grading(
        learner=data["learner"],
        entry=data["entry"],
        identity=data["identity"],
        status=data["status"],
        tests=tuple(TestOutcome.from_data(test) for test in json.loads(data["tests"])),
        flags=tuple(Flag(task, reason) for task, reason in json.loads(data["flags"])),
        reason=data["reason"],
        feedback=data["feedback"],
        level=data["level"],
        seed=data["seed"],
        seconds=data["seconds"],
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
