"""The gradebook keeps every result, changes none, and belongs to one grader at a time."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cohort_fakes import outcome_of

from course import catalog
from course.catalog import CourseError
from course.cohort.intake import identity
from course.cohort.results.gradebook import Gradebook, Grading
from course.official.marking import Flag

LESSON = catalog.find("09")
TASKS = len(LESSON.tasks)


def grading(learner: str = "ana", passed: int = 3, **changes: object) -> Grading:
    outcome = outcome_of(LESSON, passed, "it is wrong", seed=5)
    made = Grading(
        learner,
        f"{learner}.py",
        "identity",
        "graded",
        tests=tuple(test for task in outcome.tasks for test in task.tests),
        flags=(Flag("write_stream", "odd"), Flag(None, "very odd")),
        feedback="Lesson 09\n",
        level="bubblewrap",
        seed=5,
        seconds=1.5,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out" / "gradebook.sqlite"


@pytest.fixture
def gradebook(path: Path) -> Iterator[Gradebook]:
    with Gradebook(path) as made:
        yield made


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as database:
        return database.execute(query).fetchall()


class TestResults:
    def test_one_comes_back_as_it_was(self, gradebook: Gradebook) -> None:
        gradebook.record(LESSON, grading())
        assert gradebook.last(LESSON, "ana") == grading()
        assert list(gradebook.gradings(LESSON)) == [grading()]
        assert grading().outcome(LESSON) == outcome_of(LESSON, 3, "it is wrong", 5)

    def test_one_is_there_the_moment_it_exists(self, gradebook: Gradebook, path: Path) -> None:
        gradebook.record(LESSON, grading())
        found = rows(path, "SELECT learner, lesson, passed, tasks, status FROM gradings")
        assert found == [("ana", "09", 3, TASKS, "graded")]

    def test_the_last_one_counts_and_the_others_are_kept(
        self, gradebook: Gradebook, path: Path
    ) -> None:
        for passed in (3, 5, 4):
            gradebook.record(LESSON, grading(passed=passed))
        gradebook.record(LESSON, grading("ben"))
        counts = [one.outcome(LESSON).passed for one in gradebook.gradings(LESSON)]
        assert counts == [4, 3]
        kept = rows(path, "SELECT passed FROM gradings WHERE learner = 'ana' ORDER BY id")
        assert kept == [(3,), (5,), (4,)]

    @pytest.mark.parametrize("change", ["UPDATE gradings SET passed = 11", "DELETE FROM gradings"])
    def test_none_is_changed(self, gradebook: Gradebook, path: Path, change: str) -> None:
        gradebook.record(LESSON, grading())
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            rows(path, change)

    def test_the_order_is_that_of_the_names(self, gradebook: Gradebook) -> None:
        for name in ("c", "É", "a", "B"):
            gradebook.record(LESSON, grading(name))
        assert [one.learner for one in gradebook.gradings(LESSON)] == ["B", "a", "c", "É"]

    def test_what_a_learner_prints_does_no_harm(self, gradebook: Gradebook) -> None:
        odd = dataclasses.replace(grading().tests[0], printed="\ud800\0'); DROP TABLE gradings")
        gradebook.record(LESSON, grading(tests=(odd,)))
        last = gradebook.last(LESSON, "ana")
        assert last is not None
        assert last.tests == (odd,)

    def test_a_task_without_a_result_is_not_passed(self) -> None:
        outcome = grading(passed=TASKS, tests=grading(passed=TASKS).tests[1:]).outcome(LESSON)
        assert outcome.passed == TASKS - 1

    def test_a_failure_is_noted_once(self, gradebook: Gradebook, path: Path) -> None:
        failed = Grading("ana", "ana.py", "", "unreadable", reason="it is a link.")
        for _ in range(3):
            gradebook.record(LESSON, failed)
        gradebook.record(LESSON, dataclasses.replace(failed, reason="it is a device."))
        assert len(rows(path, "SELECT * FROM gradings")) == 2

    def test_a_full_disk_loses_nothing(self, gradebook: Gradebook) -> None:
        gradebook.record(LESSON, grading())
        (pages,) = gradebook._database.execute("PRAGMA page_count").fetchone()
        gradebook._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            gradebook.record(LESSON, grading("ben", feedback="x" * 100_000))
        assert [one.learner for one in gradebook.gradings(LESSON)] == ["ana"]
        gradebook._database.execute(f"PRAGMA max_page_count = {pages + 1000}")
        gradebook.record(LESSON, grading("ben", feedback="x" * 100_000))
        assert [one.learner for one in gradebook.gradings(LESSON)] == ["ana", "ben"]


class TestGone:
    def test_who_is_gone_does_not_count_and_is_kept(self, gradebook: Gradebook, path: Path) -> None:
        for name in ("ana", "ben", "cleo"):
            gradebook.record(LESSON, grading(name))
        assert gradebook.keep_only(LESSON, ["ben", "dan"]) == ["ana", "cleo"]
        assert [one.learner for one in gradebook.gradings(LESSON)] == ["ben"]
        assert gradebook.learners(LESSON) == {"ana", "ben", "cleo"}
        kept = rows(path, "SELECT status, passed FROM gradings WHERE learner = 'ana' ORDER BY id")
        assert kept == [("graded", 3), ("gone", 0)]
        assert rows(path, "SELECT learner, entry FROM marks") == [("ben", "ben.py")]

    def test_one_is_marked_once(self, gradebook: Gradebook, path: Path) -> None:
        gradebook.record(LESSON, grading())
        assert [gradebook.keep_only(LESSON, []) for _ in range(3)] == [["ana"], [], []]
        assert len(rows(path, "SELECT * FROM gradings")) == 2

    def test_one_of_another_lesson_stays(self, gradebook: Gradebook) -> None:
        gradebook.record(LESSON, grading())
        assert gradebook.keep_only(catalog.find("10"), []) == []
        assert gradebook.lessons() == {"09"}

    def test_one_that_is_back_need_not_be_graded(self, gradebook: Gradebook) -> None:
        gradebook.record(LESSON, grading())
        gradebook.keep_only(LESSON, [])
        last = gradebook.last(LESSON, "ana")
        assert last is not None
        assert last.status == "gone"
        assert gradebook.is_graded(LESSON, "ana", "identity")
        assert gradebook.last_verdict(LESSON, "ana") == grading()

    def test_one_of_an_older_course_gets_its_view(self, path: Path) -> None:
        Gradebook(path).close()
        rows(path, "DROP VIEW marks")
        with Gradebook(path) as gradebook:
            gradebook.record(LESSON, grading())
            assert [one.learner for one in gradebook.gradings(LESSON)] == ["ana"]


class TestIsGraded:
    def test_only_the_same_and_only_the_last(self, gradebook: Gradebook) -> None:
        assert not gradebook.is_graded(LESSON, "ana", "identity")
        gradebook.record(LESSON, grading())
        assert gradebook.is_graded(LESSON, "ana", "identity")
        assert not gradebook.is_graded(LESSON, "ana", "another")
        assert not gradebook.is_graded(LESSON, "ben", "identity")
        gradebook.record(LESSON, grading(identity="another"))
        assert not gradebook.is_graded(LESSON, "ana", "identity")

    @pytest.mark.parametrize(
        ("status", "final"),
        [("graded", True), ("cannot_load", True), ("unreadable", False), ("not_graded", False)],
    )
    def test_what_has_no_verdict_is_tried_again(
        self, gradebook: Gradebook, status: str, final: bool
    ) -> None:
        gradebook.record(LESSON, grading(status=status))
        assert gradebook.is_graded(LESSON, "ana", "identity") is final


class TestSeed:
    def test_it_is_random_and_stays(self, path: Path, tmp_path: Path) -> None:
        with Gradebook(path) as gradebook:
            seed = gradebook.seed(LESSON)
        with Gradebook(path) as gradebook:
            assert gradebook.seed(LESSON) == seed
        seeds = {seed}
        for name in "abc":
            with Gradebook(tmp_path / name / "gradebook.sqlite") as other:
                seeds.add(other.seed(LESSON))
        assert len(seeds) > 2

    def test_one_that_is_given_takes_its_place(self, gradebook: Gradebook) -> None:
        gradebook.seed(LESSON)
        assert gradebook.seed(LESSON, 0) == 0
        assert gradebook.seed(LESSON) == 0


class TestOneGraderAtATime:
    def test_another_one_is_refused(self, gradebook: Gradebook, path: Path) -> None:
        with pytest.raises(CourseError, match="Another grader is using"):
            Gradebook(path)

    def test_another_process_is_refused_until_this_one_is_dead(self, path: Path) -> None:
        source = (
            "import sys\nfrom pathlib import Path\n"
            "from course.cohort.results.gradebook import Gradebook\n"
            f"held = Gradebook(Path({str(path)!r}))\n"
            "print('held', flush=True)\nsys.stdin.read()\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", source],
            cwd=catalog.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(CourseError, match="Another grader"):
            Gradebook(path)
        process.kill()
        process.communicate()
        Gradebook(path).close()

    def test_another_kind_of_file_is_refused(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_text("learner,passed\n" * 100, encoding="utf-8")
        with pytest.raises(CourseError, match="cannot be used as a gradebook"):
            Gradebook(path)
        assert path.read_text(encoding="utf-8").startswith("learner"), "it was left as it was"

    def test_one_of_a_later_version_is_refused(self, path: Path) -> None:
        Gradebook(path).close()
        rows(path, "PRAGMA user_version = 99")
        with pytest.raises(CourseError, match="version 99"):
            Gradebook(path)


class TestIdentity:
    def test_it_depends_on_all_that_forms_the_verdict(self) -> None:
        base = identity.identity_of(b"answers", "version", 1)
        assert base == identity.identity_of(b"answers", "version", 1)
        others = {
            identity.identity_of(b"answer", "version", 1),
            identity.identity_of(b"answers", "versions", 1),
            identity.identity_of(b"answers", "version", 2),
            identity.identity_of(b"answersv", "ersion", 1),
        }
        assert base not in others
        assert len(others) == 4

    @pytest.mark.parametrize(
        ("name", "counts"),
        [
            ("tests/test_09_streaming.py", True),
            ("solutions/09_streaming.py", True),
            ("course/grade/plugin.py", True),
            ("course/official/trusted/session.py", True),
            ("course/fakes/clock.py", True),
            ("course/cohort/results/report.py", False),
            ("exercises/09_streaming.py", False),
        ],
    )
    def test_the_version_depends_on_code(
        self, monkeypatch: pytest.MonkeyPatch, name: str, counts: bool
    ) -> None:
        before = identity.version_of(LESSON)
        real = Path.read_bytes

        def read(path: Path) -> bytes:
            changed = path == catalog.ROOT / name
            return real(path) + b"# changed" if changed else real(path)

        monkeypatch.setattr(Path, "read_bytes", read)
        assert (identity.version_of(LESSON) != before) is counts

    def test_modules_that_form_no_verdict_are_named_right(self) -> None:
        there = {path.stem for path in (catalog.ROOT / "course" / "grade").glob("*.py")}
        assert there >= identity.AFTERWARDS
