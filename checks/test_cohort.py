"""A cohort is graded whatever happens: nothing is lost, nothing is graded twice.

Most tests have the fake grader of `cohort_fakes.py`, in real worker processes.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import random
import re
import signal
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from xml.etree import ElementTree

import cohort_fakes
import pytest
from cohort_fakes import BrokenGrader, FakeGrader, WeakGrader, nothing_is_known
from cohort_run import Run, learners
from sampled import of_room
from waiting import SECONDS_FOR_A_HANG, SECONDS_OF_SILENCE, until

from course import catalog
from course.author.screens import SITUATIONS
from course.catalog import CourseError, Lesson
from course.cohort import command
from course.cohort.intake.submissions import find
from course.cohort.parts import Part
from course.cohort.results import exports
from course.cohort.results.gradebook import Gradebook, Grading
from course.cohort.workers import crew as grading
from course.cohort.workers.crew import Crew, Job, Process, Step
from course.cohort.workers.worker import GraderFactory
from course.files import write_atomically
from course.official.marking import Flag

pytestmark = of_room("cohort")

LESSON = catalog.find("09")
TASKS = len(LESSON.tasks)
SEED = 5

KILLS = 6
COHORT = 24


def submit(folder: Path, learner: str, **wanted: object) -> Path:
    """Hand in what the fake grader understands."""
    path = folder / f"{learner}.py"
    path.write_text("".join(f"{word}={value}\n" for word, value in wanted.items()), "utf-8")
    return path


def graded(
    folder: Path,
    out: Path,
    workers: int = 1,
    again: bool = False,
    seed: int = SEED,
) -> list[Step]:
    """Grade a folder with the fake grader; return the steps."""
    found = find(folder)
    with (
        Gradebook(out / "gradebook.sqlite") as gradebook,
        Crew(LESSON, FakeGrader, workers) as crew,
    ):
        return list(grading.grade(found, LESSON, gradebook, crew, seed, again))


def by_learner(steps: list[Step]) -> dict[str, Grading]:
    return {step.grading.learner: step.grading for step in steps}


def grade(folder: Path, out: Path, make: GraderFactory = FakeGrader, **options: object) -> int:
    return command.run(
        folder,
        LESSON,
        out,
        make=make,
        known=nothing_is_known,
        **{"workers": 1, "seed": SEED, **options},  # type: ignore[arg-type]
    )


def contents(gradebook: Path) -> list[tuple[object, ...]]:
    """All that is in a gradebook but times, in the order of the learners."""
    columns = (
        "learner, lesson, entry, identity, status, passed, tasks, tests, flags, reason, "
        "feedback, level, seed"
    )
    with contextlib.closing(sqlite3.connect(gradebook)) as database:
        return database.execute(f"SELECT {columns} FROM gradings ORDER BY learner, id").fetchall()


class TestVerdicts:
    def test_each_gets_its_own(self, folder: Path, out: Path) -> None:
        for passed in range(TASKS + 1):
            submit(folder, f"learner {passed:02}", passed=passed)
        steps = graded(folder, out, workers=2)
        assert {name: g.outcome(LESSON).passed for name, g in by_learner(steps).items()} == {
            f"learner {passed:02}": passed for passed in range(TASKS + 1)
        }
        assert all(step.is_new and not step.problem for step in steps)

    def test_flags_are_kept(self, folder: Path, out: Path) -> None:
        submit(folder, "ana", flag="it wrote into the pipe: \x1b[31m")
        (grading,) = by_learner(graded(folder, out)).values()
        assert grading.remarks == (r"visible_text: it wrote into the pipe: \x1b[31m",)

    def test_answers_that_cannot_be_loaded(self, folder: Path, out: Path) -> None:
        submit(folder, "ana", cannot_load="it is no Python.")
        (grading,) = by_learner(graded(folder, out)).values()
        assert (grading.status, grading.reason) == ("cannot_load", "line 1: it is no Python.")
        assert "exercises/09_streaming.py:1: it is no Python." in grading.feedback
        assert "cannot_load=it is no Python." in grading.feedback, "the learner's own line"
        assert grading.flags == (), "an honest mistake"

    def test_a_suspicious_end_while_it_is_loaded_is_flagged(self, folder: Path, out: Path) -> None:
        submit(folder, "ana", cannot_load="it ends.", suspicious="it ended its process \x1b[31m")
        assert grade(folder, out) == 0
        with Gradebook(out / "gradebook.sqlite") as gradebook:
            last = gradebook.last(LESSON, "ana")
        assert last is not None
        reason = r"it ended its process \x1b[31m"
        assert (last.status, last.flags) == ("cannot_load", (Flag(None, reason),))
        with (out / "grades.csv").open(encoding="utf-8", newline="") as stream:
            (row,) = csv.DictReader(stream)
        assert row["flags"] == f"cannot load: line 1: it ends.; {reason}"
        page = (out / "report.html").read_text(encoding="utf-8")
        assert "A person should look at 1 submission." in page
        assert reason in page.partition('id="flagged"')[2].partition("</section>")[0]

    def test_the_unreadable_do_not_stop_the_others(self, folder: Path, out: Path) -> None:
        submit(folder, "ben", passed=3)
        (folder / "ana.py").symlink_to("/etc/passwd")
        gone = submit(folder, "cleo")
        found = find(folder)
        gone.unlink()
        with Gradebook(out / "gradebook.sqlite") as book, Crew(LESSON, FakeGrader, 1) as crew:
            steps = by_learner(list(grading.grade(found, LESSON, book, crew, SEED)))
        assert steps["ben"].status == "graded"
        assert steps["ana"].reason == "it is a link, and links are not followed."
        assert steps["cleo"].reason == "it cannot be read: it is no longer there."

    def test_a_full_disk_of_the_worker(self, folder: Path, out: Path) -> None:
        submit(folder, "ana", **{"raise": "No space left on device"})
        submit(folder, "ben", passed=3)
        steps = by_learner(graded(folder, out))
        assert steps["ben"].outcome(LESSON).passed == 3
        assert steps["ana"].status == "not_graded"
        assert "No space left on device" in steps["ana"].reason

    def test_a_full_disk_of_the_gradebook(self, folder: Path, out: Path) -> None:
        submit(folder, "ana", problem="x" * 90_000)
        submit(folder, "ben", passed=3)
        with Gradebook(out / "gradebook.sqlite") as book, Crew(LESSON, FakeGrader, 1) as crew:
            book.record(LESSON, Grading("zoe", "zoe.py", "x", "graded"))
            (pages,) = book._database.execute("PRAGMA page_count").fetchone()
            book._database.execute(f"PRAGMA max_page_count = {pages}")  # ana takes one more
            steps = list(grading.grade(find(folder), LESSON, book, crew, SEED))
            kept = [grading.learner for grading in book.gradings(LESSON)]
        problems = {step.grading.learner: step.problem for step in steps}
        assert "disk is full" in problems["ana"]
        assert problems["ben"] == ""
        assert kept == ["ben", "zoe"]
        assert by_learner(graded(folder, out))["ana"].status == "graded", "the next time it is"


class TestWorkers:
    def test_one_that_dies_is_replaced(self, folder: Path, out: Path, tmp_path: Path) -> None:
        for number in range(4):
            submit(folder, f"{number}", passed=number, die=tmp_path / f"died {number}")
        steps = graded(folder, out, workers=2)
        assert [g.outcome(LESSON).passed for _, g in sorted(by_learner(steps).items())] == [
            *range(4)
        ]
        assert len(list(tmp_path.glob("died *"))) == 4

    def test_one_that_is_stuck_is_replaced(self, folder: Path, out: Path, tmp_path: Path) -> None:
        hung = tmp_path / "hung"
        submit(folder, "ana", passed=3, hang=hung)
        started: list[Process] = []

        def start(lesson: Lesson, make: GraderFactory) -> tuple[Connection, Process]:
            if started:  # the first one hangs, however far it came in its time
                hung.touch()
                crew.patience = SECONDS_FOR_A_HANG
            connection, process = grading.start(lesson, make)
            started.append(process)
            return connection, process

        crew = Crew(LESSON, FakeGrader, 1, patience=SECONDS_OF_SILENCE, start=start)
        with Gradebook(out / "gradebook.sqlite") as book, crew:
            (step,) = grading.grade(find(folder), LESSON, book, crew, SEED)
        assert step.grading.outcome(LESSON).passed == 3
        assert len(started) == 2

    def test_two_deaths_are_enough(self, folder: Path, out: Path) -> None:
        submit(folder, "ana", die_always=1)
        submit(folder, "ben", passed=3)
        steps = by_learner(graded(folder, out))
        assert steps["ana"].status == "not_graded"
        assert "the grader died (signal 9), on each of 2 tries" in steps["ana"].reason
        assert steps["ana"].flags, "a person should look at it"
        assert steps["ben"].outcome(LESSON).passed == 3

    def test_who_came_when_the_machine_was_too_busy_is_not_graded(
        self, folder: Path, out: Path
    ) -> None:
        submit(folder, "ana", busy=1)
        submit(folder, "ben", passed=3)
        steps = by_learner(graded(folder, out))
        assert steps["ana"].status == "not_graded"
        assert steps["ana"].reason == "this machine is too busy to grade it, on each of 2 tries"
        assert steps["ben"].outcome(LESSON).passed == 3

    def test_none_that_starts_is_an_error(self, folder: Path, out: Path) -> None:
        submit(folder, "ana")
        with pytest.raises(CourseError, match=r"No grader can be started: RuntimeError: no such"):
            grade(folder, out, BrokenGrader)

    def test_results_do_not_depend_on_how_many(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(12):
            submit(folder, f"learner {number:02}", passed=number, seconds=number / 7)
        submit(folder, "<odd> & =1", flag="<b>odd</b>", cannot_load="it fails.")
        (folder / "pipe.txt").write_text("")
        outputs = []
        for number, workers in enumerate((1, 3)):
            shuffled = random.Random(number)
            found = sorted(find(folder), key=lambda _, r=shuffled: r.random())  # type: ignore[misc]
            monkeypatch.setattr(command, "find", lambda _, f=found: f)
            out = tmp_path / f"out {number}"
            assert grade(folder, out, workers=workers) == 1
            outputs.append({p.relative_to(out): p for p in out.rglob("*") if p.is_file()})
        first, second = outputs
        assert first.keys() == second.keys()
        compared = [name for name in first if "gradebook.sqlite" not in name.name]
        assert len(compared) == 3 + 3 * 14
        for name in compared:
            texts = [_without_times(outputs[n][name].read_text("utf-8")) for n in range(2)]
            assert texts[0] == texts[1], name
        assert contents(first[Path("gradebook.sqlite")]) == contents(
            second[Path("gradebook.sqlite")]
        )


def _without_times(page: str) -> str:
    return re.sub(r'<section id="timing">.*?</section>', "", page, flags=re.DOTALL)


class TestAgain:
    @pytest.fixture
    def log(self, tmp_path: Path) -> Path:
        return tmp_path / "log"

    def gradings(self, log: Path) -> list[str]:
        names = log.read_text("utf-8").split() if log.exists() else []
        log.unlink(missing_ok=True)
        return names

    def test_only_what_has_changed(self, folder: Path, out: Path, log: Path) -> None:
        for name in "abc":
            submit(folder, name, who=name, log=log)
        assert [step.is_new for step in graded(folder, out)] == [True] * 3
        assert sorted(self.gradings(log)) == ["a", "b", "c"]
        steps = graded(folder, out)
        assert [step.is_new for step in steps] == [False] * 3
        assert self.gradings(log) == []
        submit(folder, "b", who="b", log=log, passed=3)
        steps = graded(folder, out)
        assert self.gradings(log) == ["b"]
        assert by_learner(steps)["b"].outcome(LESSON).passed == 3
        assert len(contents(out / "gradebook.sqlite")) == 4, "what was before is kept"

    def test_all_if_forced_or_with_another_seed(self, folder: Path, out: Path, log: Path) -> None:
        submit(folder, "a", who="a", log=log)
        graded(folder, out)
        graded(folder, out, again=True)
        graded(folder, out, seed=SEED + 1)
        assert self.gradings(log) == ["a"] * 3

    def test_another_container_of_the_same_answers(
        self, folder: Path, out: Path, log: Path
    ) -> None:
        content = submit(folder, "a", who="a", log=log).read_bytes()
        graded(folder, out)
        (folder / "a.py").unlink()
        (folder / "a").mkdir()
        (folder / "a" / LESSON.exercise.name).write_bytes(content)
        assert [step.is_new for step in graded(folder, out)] == [False]
        assert self.gradings(log) == ["a"]

    def test_what_could_not_be_graded(self, folder: Path, out: Path) -> None:
        submit(folder, "a", die_always=1)
        graded(folder, out)
        assert [step.is_new for step in graded(folder, out)] == [True]
        assert len(contents(out / "gradebook.sqlite")) == 1, "the same failure is noted once"


def marks(out: Path) -> dict[str, tuple[str, str]]:
    """What `grades.csv` says: for each learner the file and the points."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as stream:
        return {row["learner"]: (row["file"], row["passed"]) for row in csv.DictReader(stream)}


def named(out: Path) -> set[str]:
    """Whom anything that is written names, but for the gradebook."""
    root = ElementTree.parse(out / "junit.xml").getroot()
    names = {str(suite.get("name")) for suite in root}
    for kind in exports.FOLDERS:
        files = {path.stem for path in (out / kind).iterdir()}
        assert files == names, kind
    assert names == set(marks(out))
    return names


class TestToday:
    """There is one mark for each submission that there is, and none for what is gone."""

    def test_one_with_the_same_name_comes(
        self, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        submit(folder, "alice", passed=3)
        submit(folder, "ben", passed=1)
        assert grade(folder, out) == 0
        assert marks(out) == {"alice": ("alice.py", "3"), "ben": ("ben.py", "1")}
        with zipfile.ZipFile(folder / "alice.zip", "w") as made:
            made.writestr(LESSON.exercise.name, "passed=5\n")
        for _ in range(2):
            capsys.readouterr()
            assert grade(folder, out) == 0
            assert marks(out) == {
                "alice.py": ("alice.py", "3"),
                "alice.zip": ("alice.zip", "5"),
                "ben": ("ben.py", "1"),
            }
            assert named(out) == {"alice.py", "alice.zip", "ben"}
            said = capsys.readouterr()
            assert "alice.py and alice.zip have the same name." in said.err
            assert "2 flagged" in said.out
        (folder / "alice.py").unlink()
        assert grade(folder, out) == 0
        assert marks(out) == {"alice": ("alice.zip", "5"), "ben": ("ben.py", "1")}
        said = capsys.readouterr()
        assert "left out of the marks: alice.py and alice.zip." in said.out
        assert (said.err, "flagged" in said.out) == ("", False)

    def test_one_is_renamed_or_withdrawn(
        self, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("ana", "ben", "cleo"):
            submit(folder, name, passed=3, flag="odd")
        grade(folder, out)
        (folder / "ana.py").rename(folder / "anna.py")
        (folder / "ben.py").unlink()
        capsys.readouterr()
        grade(folder, out)
        assert "left out of the marks: ana and ben." in capsys.readouterr().out
        assert named(out) == {"anna", "cleo"}
        page = (out / "report.html").read_text(encoding="utf-8")
        assert "<dt>Gone, and left out</dt><dd>ana, ben</dd>" in page
        assert "feedback/ben.txt" not in page

    def test_one_is_withdrawn_and_comes_back(self, folder: Path, out: Path) -> None:
        path = submit(folder, "ana", passed=3)
        submit(folder, "ben")
        graded(folder, out)
        path.rename(out / "away")
        grade(folder, out)
        (out / "away").rename(path)
        assert [step.is_new for step in graded(folder, out)] == [False, False]
        grade(folder, out)
        assert marks(out) == {"ana": ("ana.py", "3"), "ben": ("ben.py", "0")}

    def test_the_file_is_the_one_of_today(self, folder: Path, out: Path) -> None:
        content = submit(folder, "ana", passed=3).read_bytes()
        grade(folder, out)
        (folder / "ana.py").unlink()
        (folder / "ana").mkdir()
        (folder / "ana" / LESSON.exercise.name).write_bytes(content)
        grade(folder, out)
        assert marks(out) == {"ana": ("ana", "3")}

    def test_files_of_other_people_stay(self, folder: Path, out: Path) -> None:
        submit(folder, "ana")
        submit(folder, "<ben>")
        grade(folder, out)
        notes = out / "feedback" / "notes.txt"
        notes.write_text("mine", encoding="utf-8")
        (folder / "<ben>.py").unlink()
        grade(folder, out)
        assert {path.name for path in notes.parent.iterdir()} == {"ana.txt", "notes.txt"}

    def test_a_part_leaves_the_others_alone(self, folder: Path, out: Path) -> None:
        """Also where they are all written into the same folder."""
        for number in range(8):
            submit(folder, f"learner {number}")
        for number in (1, 2):
            grade(folder, out, part=Part(number, 2))
        assert len(named(out)) == 8

    def test_many_are_named_in_short(
        self, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for number in range(10):
            submit(folder, f"l{number}")
        grade(folder, out)
        for number in range(1, 10):
            (folder / f"l{number}.py").unlink()
        grade(folder, out)
        assert "left out of the marks: l1, l2, l3, l4, l5 and 4 more." in capsys.readouterr().out


class TestCommand:
    def test_everything_is_written(
        self, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        submit(folder, "ana", passed=TASKS)
        submit(folder, "ben", passed=1)
        assert grade(folder, out) == 0
        first, second, *_ = capsys.readouterr().out.splitlines()
        assert first.startswith("Containment: bubblewrap: ")
        assert second == "Lesson 09, 2 submissions, 1 worker on this machine, seed 5."
        written = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
        wanted = {"gradebook.sqlite", "grades.csv", "junit.xml", "report.html"}
        for name in ("ana", "ben"):
            wanted |= {f"feedback/{name}.txt", f"gradescope/{name}.json", f"exercism/{name}.json"}
        assert written - {".gradebook.sqlite.lock"} == wanted
        with (out / "grades.csv").open(encoding="utf-8", newline="") as stream:
            table = list(csv.reader(stream))
        columns = ["learner", "file", "lesson", "passed", "of", "flags", "visible_text"]
        assert table[0][:7] == columns
        assert table[2][:8] == ["ben", "ben.py", "09", "1", str(TASKS), "", "passed", "wrong"]

    def test_plain_lines_without_a_terminal(
        self, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        submit(folder, "ana", passed=TASKS)
        submit(folder, "ben", flag="odd")
        (folder / "c.txt").touch()
        assert grade(folder, out) == 1
        said = capsys.readouterr().out
        assert re.search(r"(?m)^3 of 3   [\d.]+ a second   0 s left   1 complete", said)
        assert "1 complete  1 none  1 unreadable  1 flagged." in said
        assert "Without a mark: 1." in said
        assert "\x1b" not in said

    def test_a_sandbox_is_required(
        self, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        submit(folder, "ana")
        assert grade(folder, out, WeakGrader, require_sandbox=True) == 2
        said = capsys.readouterr()
        assert said.out.startswith("Containment: limits: ")
        assert "Refused: a sandbox is required" in said.err
        assert contents(out / "gradebook.sqlite") == []
        assert grade(folder, out, WeakGrader) == 0
        assert grade(folder, out, FakeGrader, require_sandbox=True) == 0

    def test_questions_that_make_no_sense(self, folder: Path, out: Path) -> None:
        with pytest.raises(CourseError, match="no submissions"):
            grade(folder, out)
        submit(folder, "ana")
        with pytest.raises(CourseError, match="at least one worker"):
            grade(folder, out, workers=0)
        with pytest.raises(CourseError, match="inside the submissions folder"):
            grade(folder, folder / "out")

    def test_a_file_that_cannot_be_written(
        self,
        folder: Path,
        out: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:

        def write(path: Path, text: str) -> None:
            if path.name == "ana.txt":
                raise OSError(28, "No space left on device")
            write_atomically(path, text)

        monkeypatch.setattr(exports, "write_atomically", write)
        submit(folder, "ana")
        submit(folder, "ben")
        assert grade(folder, out) == 1
        assert re.search(
            r"ana.txt cannot be written: No space left on device", capsys.readouterr().err
        )
        assert (out / "feedback" / "ben.txt").exists()
        assert (out / "report.html").exists()

    def test_what_a_killed_one_left_is_cleared(self, folder: Path, out: Path) -> None:
        submit(folder, "ana")
        left = out / "feedback" / ".ana.txt-abcd1234"
        left.parent.mkdir(parents=True)
        left.touch()
        grade(folder, out)
        assert [path.name for path in left.parent.iterdir()] == ["ana.txt"]


def test_work_can_be_spread_in_another_way(folder: Path, out: Path) -> None:
    """Replies may come in any order, from anywhere, and jobs be taken in batches."""
    for number in range(5):
        submit(folder, f"{number}", passed=number)

    def elsewhere(jobs: Iterator[Job]) -> Iterator[tuple[Job, grading.Reply]]:
        for job in reversed(list(jobs)):
            outcome = cohort_fakes.outcome_of(LESSON, job.content.count(b"4"), "wrong", job.seed)
            tests = [test for task in outcome.tasks for test in task.tests]
            data = [{**test.__dict__, "feedback": None} for test in tests]
            yield (
                job,
                {
                    "event": "graded",
                    "tests": data,
                    "flags": [],
                    "feedback": "",
                    "level": "far",
                    "seconds": 1.0,
                },
            )

    with Gradebook(out / "gradebook.sqlite") as book:
        steps = list(grading.grade(find(folder), LESSON, book, elsewhere, SEED))  # type: ignore[arg-type]
    assert [step.grading.learner for step in steps] == ["4", "3", "2", "1", "0"]
    assert [step.grading.outcome(LESSON).passed for step in steps] == [1, 0, 0, 0, 0]


needs_groups = pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups here")


@needs_groups
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="not to be had on this system")
def test_each_worker_has_a_core_of_its_own() -> None:
    cores = os.sched_getaffinity(0)
    for count in (1, len(cores), len(cores) + 1):
        with Crew(LESSON, FakeGrader, count) as crew:
            places = [os.sched_getaffinity(worker.process.pid) for worker in crew._workers]  # type: ignore[arg-type]
        if count > len(cores):
            assert places == [cores] * count
        else:
            assert sorted(min(place) for place in places) == sorted(cores)[:count]
            assert {len(place) for place in places} == {1}


class TestKilled:
    @pytest.mark.sampled("series of kills at any moment", one_in=4)
    @pytest.mark.parametrize("seed", range(4))
    def test_at_any_moment(self, seed: int, folder: Path, out: Path, tmp_path: Path) -> None:
        """A moment is a statement of the database: also one in the middle of a transaction."""
        log = tmp_path / "log"
        for number in range(COHORT):
            name = f"learner-{number:02}"
            submit(folder, name, passed=number % 12, who=name, log=log)
        Run(folder, tmp_path / "undisturbed").finish()
        log.unlink()
        chance = random.Random(seed)
        partial = killed = 0
        for _ in range(KILLS):
            had = learners(out)
            before = len(log.read_text("utf-8").splitlines()) if log.exists() else 0
            statement = chance.randrange(1, 80 + 8 * len(had))
            killed += Run(folder, out, statement=statement).wait_until_killed()
            has = learners(out)
            assert had <= has, "a result was lost"
            done = log.read_text("utf-8").splitlines()[before:] if log.exists() else []
            assert not had & set(done), "what had a result was graded again"
            partial += 0 < len(has) < COHORT
        Run(folder, out).finish()
        assert min(killed, partial) >= KILLS // 3, "the moments were not in the middle of the work"
        names = [row[0] for row in contents(out / "gradebook.sqlite")]
        assert max(Counter(names).values()) == 1, "something was graded twice"
        wanted = tmp_path / "undisturbed"
        assert contents(out / "gradebook.sqlite") == contents(wanted / "gradebook.sqlite")
        assert (out / "grades.csv").read_bytes() == (wanted / "grades.csv").read_bytes()

    def test_ctrl_c_while_a_worker_starts_is_not_for_the_worker(self) -> None:
        connection, process = grading.start(LESSON, FakeGrader)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGINT)
        try:
            assert connection.poll(SECONDS_FOR_A_HANG)
            assert json.loads(connection.recv_bytes())["event"] == "ready"
        finally:
            process.kill()
            process.join()

    def test_with_the_real_grader(self, folder: Path, out: Path, tmp_path: Path) -> None:
        names = ("all_passed", "syntax_error", "kills_the_process")
        answers = [SITUATIONS[name](LESSON) for name in names]
        for number, source in enumerate(answers):
            (folder / f"{number}.py").write_bytes(source)
        Run(folder, tmp_path / "undisturbed", "official", "1").finish()
        run = Run(folder, out, "official", "1")
        until(lambda: learners(out), "something is graded")
        run.kill()
        had = learners(out)
        assert 0 < len(had) < len(answers)
        Run(folder, out, "official", "1").finish()
        found = contents(out / "gradebook.sqlite")
        assert found == contents(tmp_path / "undisturbed" / "gradebook.sqlite")
        marks = {str(row[0]): row[5] for row in found}
        assert marks == {"0": TASKS, "1": 0, "2": TASKS - 1}

    def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(
        self, folder: Path, out: Path, tmp_path: Path
    ) -> None:
        hung = tmp_path / "hung"
        submit(folder, "ana", passed=3)
        submit(folder, "ben", hang=hung)  # so that this is in the middle
        submit(folder, "cleo")
        run = Run(folder, out)
        until(lambda: hung.exists() and learners(out), "one is graded and one is at work")
        os.killpg(run.process.pid, signal.SIGINT)  # as a terminal does
        said, problem = run.process.communicate(timeout=SECONDS_FOR_A_HANG)
        run.wait_until_nothing_is_left()
        assert run.process.returncode == 1
        assert problem == "", "no traceback of any process"
        had = learners(out)
        assert f"Stopped. {len(had)} of 3 are in the gradebook" in said
        assert "Run the same command again to continue." in said
        assert f"Unchanged, so not regraded: {len(had)}." in Run(folder, out).finish()
