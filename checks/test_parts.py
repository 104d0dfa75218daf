"""A cohort that is graded in parts comes out as one that is graded at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from cohort_fakes import FakeGrader, nothing_is_known
from sampled import of_room

from course import catalog
from course.catalog import CourseError
from course.cohort import command, join
from course.cohort.intake.submissions import Submission, find
from course.cohort.parts import Part
from course.cohort.results.gradebook import Gradebook, Grading

pytestmark = of_room("cohort")

LESSON = catalog.find("09")
SEED = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submissions"
    made.mkdir()
    for number in range(8):
        path = made / f"learner {number}.py"
        path.write_text(f"passed={number}\nseconds={number + 1}\n", encoding="utf-8")
    (made / "learner 8.txt").touch()
    flagged = made / "learner 9.py"
    flagged.write_text("cannot_load=it ends.\nsuspicious=it ended its process\n", encoding="utf-8")
    return made


def grade(folder: Path, out: Path, part: Part | None = None, seed: int | None = SEED) -> int:
    return command.run(
        folder, LESSON, out, 1, seed=seed, make=FakeGrader, known=nothing_is_known, part=part
    )


def joined(folders: list[Path], out: Path) -> int:
    return join.run(folders, LESSON, out, known=nothing_is_known)


def written(out: Path) -> dict[str, bytes]:
    """What was written, but for the gradebook and what says how long it took."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and "gradebook" not in path.name
    }


def gradings(out: Path) -> list[Grading]:
    with Gradebook(out / "gradebook.sqlite") as gradebook:
        found = list(gradebook.gradings(LESSON))
    return [dataclasses.replace(one, seconds=0.0) for one in found]


class TestPart:
    @pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "1/0", "-1/3", "1/3/5", " 1/3", "a/b"])
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(CourseError, match="is not a part"):
            Part.read(text)

    def test_one_comes_back_as_it_was_written(self) -> None:
        assert str(Part.read("3/10")) == "3/10"

    @pytest.mark.parametrize("of", [1, 2, 3, 10, 40])
    def test_each_submission_is_in_one(self, folder: Path, of: int) -> None:
        found = find(folder)
        taken = [one for number in range(of) for one in Part(number + 1, of).take(found)]
        assert sorted(one.learner for one in taken) == [one.learner for one in found]

    def test_they_are_about_equally_large(self) -> None:
        found = [Submission(f"learner-{number:05}", Path("x")) for number in range(3_000)]
        sizes = [len(Part(number, 10).take(found)) for number in range(1, 11)]
        assert 250 <= min(sizes) <= max(sizes) <= 350

    def test_one_more_moves_no_other(self, folder: Path) -> None:
        before = Part(2, 3).take(find(folder))
        (folder / "aaa.py").touch()
        (folder / "zzz.py").touch()
        assert [one for one in Part(2, 3).take(find(folder)) if one in before] == before

    def test_one_with_the_same_name_moves_no_other(self, tmp_path: Path) -> None:
        for number in range(20):
            (tmp_path / f"ana {number}.py").touch()
        before = [one.path for one in Part(2, 3).take(find(tmp_path))]
        for number in range(20):
            (tmp_path / f"ana {number}.zip").touch()
        after = [one.path for one in Part(2, 3).take(find(tmp_path))]
        assert sorted(after) == sorted([*before, *(path.with_suffix(".zip") for path in before)])


class TestJoin:
    def test_it_is_as_if_graded_at_once(self, folder: Path, tmp_path: Path) -> None:
        assert grade(folder, tmp_path / "whole") == 1, "one is unreadable"
        parts = [tmp_path / f"part {number}" for number in (1, 2, 3)]
        for number, out in enumerate(parts, 1):
            grade(folder, out, Part(number, 3))
        before = [gradings(out) for out in parts]
        assert joined(parts, tmp_path / "all") == 1
        assert gradings(tmp_path / "all") == gradings(tmp_path / "whole")
        assert written(tmp_path / "all") == written(tmp_path / "whole")
        assert [gradings(out) for out in parts] == before

    def test_a_part_may_be_empty(self, folder: Path, tmp_path: Path) -> None:
        found = find(folder)
        empty = next(n for n in range(1, 101) if not Part(n, 100).take(found))
        assert grade(folder, tmp_path / "empty", Part(empty, 100)) == 0
        assert gradings(tmp_path / "empty") == []
        grade(folder, tmp_path / "whole")
        joined([tmp_path / "empty", tmp_path / "whole"], tmp_path / "all")
        assert len(gradings(tmp_path / "all")) == len(found)

    def test_again_adds_only_what_has_changed(self, folder: Path, tmp_path: Path) -> None:
        parts = [tmp_path / "1", tmp_path / "2"]
        for repeat in range(2):
            for number, out in enumerate(parts, 1):
                grade(folder, out, Part(number, 2))
            joined(parts, tmp_path / "all")
            joined(parts, tmp_path / "all")
            with Gradebook(tmp_path / "all" / "gradebook.sqlite") as gradebook:
                (rows,) = gradebook._database.execute("SELECT COUNT(*) FROM gradings").fetchone()
                last = gradebook.last(LESSON, "learner 3")
            assert rows == 10 + repeat
            assert last is not None
            assert last.outcome(LESSON).passed == (4 if repeat else 3)
            (folder / "learner 3.py").write_text("passed=4\nseconds=4\n", encoding="utf-8")

    def test_who_is_gone_from_a_part_is_gone_from_all(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        parts = [tmp_path / "1", tmp_path / "2"]
        for repeat in range(2):
            for number, out in enumerate(parts, 1):
                grade(folder, out, Part(number, 2))
            joined(parts, tmp_path / "all")
            (folder / "learner 3.py").unlink(missing_ok=True)
            learners = {one.learner for one in gradings(tmp_path / "all")}
            assert ("learner 3" in learners) is (repeat == 0)
        said = capsys.readouterr().out
        assert said.count("left out of the marks: learner 3.") == 2, "by the part, and by all"
        assert not (tmp_path / "all" / "feedback" / "learner 3.txt").exists()

    def test_the_last_one_of_a_part_may_go(self, folder: Path, tmp_path: Path) -> None:
        number = next(n for n in range(1, 101) if len(Part(n, 100).take(find(folder))) == 1)
        (last,) = Part(number, 100).take(find(folder))
        grade(folder, tmp_path / "part", Part(number, 100))
        last.path.unlink()
        assert grade(folder, tmp_path / "part", Part(number, 100)) == 0
        assert gradings(tmp_path / "part") == []
        assert last.learner not in (tmp_path / "part" / "grades.csv").read_text(encoding="utf-8")

    def test_what_does_not_belong_together_is_refused(self, folder: Path, tmp_path: Path) -> None:
        one, two, other = tmp_path / "1", tmp_path / "2", tmp_path / "other"
        grade(folder, one, Part(1, 2))
        grade(folder, two, Part(2, 2), seed=SEED + 1)
        grade(folder, other)
        for folders, reason in (
            ([one, two], "different seeds: 5, 6"),
            ([one, other], "is in two gradebooks"),
            ([one, tmp_path / "nowhere"], "There is no gradebook.sqlite in"),
            ([one, two.parent / "1"], "is named twice"),
        ):
            with pytest.raises(CourseError, match=reason):
                joined(folders, tmp_path / "all")
        with pytest.raises(CourseError, match="is one of the parts"):
            joined([one, other], one)
        assert not (tmp_path / "all").exists()
        assert not (tmp_path / "nowhere").exists()

    def test_parts_need_a_seed(self, folder: Path, tmp_path: Path) -> None:
        with pytest.raises(CourseError, match="--seed"):
            grade(folder, tmp_path / "1", Part(1, 2), seed=None)
        assert not (tmp_path / "1").exists()
