"""The autograder package for Gradescope: what is in it, and what it says about a submission.

`.ci/gradescope` tries it on a bare machine, with the setting up, which needs a package index.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cohort_fakes import BrokenGrader, FakeGrader, WeakGrader

from course import catalog, cli
from course.author import gradescope as author
from course.catalog import ROOT, CourseError, Lesson
from course.cohort.results import gradescope_results as gradescope
from course.cohort.workers.worker import GraderFactory
from course.sandbox.sandbox import strongest

LESSON = catalog.find("09")
LESSONS = [pytest.param(lesson, id=lesson.slug) for lesson in catalog.lessons()]


def contents(lesson: Lesson = LESSON) -> dict[str, bytes]:
    """The files in a package, by name."""
    with zipfile.ZipFile(io.BytesIO(author.package(lesson))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class TestPackage:
    def test_it_has_what_gradescope_asks_for(self) -> None:
        with zipfile.ZipFile(io.BytesIO(author.package(LESSON))) as archive:
            modes = {one.filename: one.external_attr >> 16 for one in archive.infolist()}
        assert {"setup.sh", "run_autograder"} <= modes.keys()
        assert [name for name, mode in modes.items() if mode & 0o111] == [
            "run_autograder",
            "setup.sh",
        ]

    def test_it_is_the_same_each_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = author.package(LESSON)
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        assert author.package(LESSON) == before

    @pytest.mark.parametrize("lesson", LESSONS)
    def test_no_solution_is_in_it(self, lesson: Lesson) -> None:
        packed = contents(lesson)
        stub = lesson.exercise.relative_to(ROOT)
        (reference,) = [name for name in packed if name.startswith("solutions/")]
        assert packed[reference].count(b"raise NotImplementedError(") >= len(lesson.tasks)
        assert packed[reference].decode() == _committed(stub)
        private = ("checks/", "exercises/", "notebooks/", "course/author/", "course/learn/")
        assert [name for name in packed if name.startswith(private)] == []
        assert not any(name.endswith(("/demo.py", "/play.py", ".md")) for name in packed)

    @pytest.mark.parametrize("lesson", LESSONS)
    def test_the_stub_declares_what_grading_asks_of_a_solution(self, lesson: Lesson) -> None:
        stub = catalog.declared(contents(lesson)[f"solutions/{lesson.slug}.py"].decode(), ROOT)
        asked = {name: one for name, one in lesson.signatures.items() if not name.startswith("_")}
        assert stub.keys() == asked.keys()
        for name, wanted in asked.items():
            assert (stub[name].kind, stub[name].parameters) == (wanted.kind, wanted.parameters)
            public = {one for one in wanted.methods if not one.startswith("_") or one in DUNDERS}
            for method in public:
                assert stub[name].methods[method].kind == wanted.methods[method].kind

    @pytest.mark.parametrize("name", ["setup.sh", "run_autograder"])
    def test_its_scripts_parse(self, name: str, tmp_path: Path) -> None:
        if not shutil.which("bash"):
            pytest.skip("it needs bash")
        (tmp_path / name).write_bytes(contents()[name])
        assert subprocess.run(["bash", "-n", tmp_path / name], check=False).returncode == 0
        assert b"\r" not in contents()[name]


DUNDERS = {"__init__", "__enter__", "__exit__", "__iter__", "__aiter__", "__next__", "__anext__"}


def _committed(path: Path) -> str:
    """The stub; what lies there may have answers in it."""
    shown = subprocess.run(
        ["git", "show", f"HEAD:{path.as_posix()}"], cwd=ROOT, capture_output=True
    )
    return shown.stdout.decode() if shown.returncode == 0 else (ROOT / path).read_text("utf-8")


class TestCommand:
    def test_it_writes_a_file_and_says_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for _ in range(2):  # an older package is replaced
            assert cli.main(["gradescope", "9"]) == 0
            assert (tmp_path / "autograder-09.zip").read_bytes() == author.package(LESSON)
            assert "upload it" in capsys.readouterr().out

    def test_git_ignores_it(self) -> None:
        words = ["git", "check-ignore", "--quiet", "autograder-09.zip"]
        assert subprocess.run(words, cwd=ROOT, check=False).returncode == 0

    @pytest.mark.parametrize("content", [b"mine = 1\n", None, "zip"])
    def test_nothing_else_is_lost(
        self, content: bytes | str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "mine.zip"
        if content is None:
            out.mkdir()
        elif isinstance(content, bytes):
            out.write_bytes(content)
        else:
            zipfile.ZipFile(out, "w").writestr("answers.py", "mine = 1\n")
        before = None if content is None else out.read_bytes()
        assert cli.main(["gradescope", "09", "--out", str(out)]) == 2
        assert "mine.zip exists" in capsys.readouterr().err
        assert content is None or out.read_bytes() == before

    def test_what_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", "utf-8")
        with pytest.raises(CourseError, match="cannot be written"):
            author.run(LESSON, tmp_path / "file" / "autograder.zip")


class TestResults:
    """What is written about one submission, with graders that do what it says."""

    def test_points_for_each_task(self, tmp_path: Path) -> None:
        found = results(tmp_path, FakeGrader, "passed=3\nproblem=it is wrong\n")
        assert found["score"] == 3
        assert [test["max_score"] for test in found["tests"]] == [1] * len(LESSON.tasks)
        assert sum(test["score"] for test in found["tests"]) == 3
        assert "it is wrong" in found["tests"][3]["output"]
        assert found["stdout_visibility"] == "hidden"
        assert "Containment" not in found["output"]

    def test_tasks_without_a_mark_are_not_among_the_points(self, tmp_path: Path) -> None:
        lesson = catalog.find("10")
        found = results(tmp_path, FakeGrader, "passed=1\n", lesson)
        marked = [task.name for task in lesson.tasks if not task.unmarked]
        assert 0 < len(marked) < len(lesson.tasks)
        assert len(found["tests"]) == len(marked)

    def test_weak_containment_is_said(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = results(tmp_path, WeakGrader, "passed=3\n")
        assert "Containment: limits: limits only: answers can read" in found["output"]
        assert "Containment: limits" in capsys.readouterr().out
        assert found["extra_data"]["level"] == "limits"

    @pytest.mark.parametrize(
        ("make", "submission", "said"),
        [
            pytest.param(FakeGrader, None, f"it has no file {LESSON.exercise.name}", id="none"),
            pytest.param(FakeGrader, "cannot_load=it is broken\n", "it is broken", id="broken"),
            pytest.param(BrokenGrader, "passed=3\n", "The autograder itself failed", id="us"),
        ],
    )
    def test_what_is_said_without_marks(
        self, make: GraderFactory, submission: str | None, said: str, tmp_path: Path
    ) -> None:
        found = results(tmp_path, make, submission)
        assert found["score"] == 0
        assert said in found["output"]
        assert len(found["tests"]) == len(LESSON.tasks)

    def test_each_grading_has_other_words(self, tmp_path: Path) -> None:
        seeds = {results(tmp_path, FakeGrader, "")["extra_data"]["seed"] for _ in range(2)}
        assert len(seeds) == 2

    def test_a_link_in_place_of_the_results_is_replaced(self, tmp_path: Path) -> None:
        target = tmp_path / "target"
        target.write_text("mine", "utf-8")
        (tmp_path / "results.json").symlink_to(target)
        results(tmp_path, FakeGrader, "")
        assert target.read_text("utf-8") == "mine"


def results(
    folder: Path, make: GraderFactory, submission: str | None, lesson: Lesson = LESSON
) -> dict[str, Any]:
    """Grade a submission; None is an empty folder."""
    handed_in = folder / "submission"
    handed_in.mkdir(exist_ok=True)
    if submission is not None:
        (handed_in / lesson.exercise.name).write_text(submission, "utf-8")
    gradescope.run(handed_in, folder / "results.json", lesson, make)
    found: dict[str, Any] = json.loads((folder / "results.json").read_text("utf-8"))
    return found


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The folder that Gradescope calls /autograder, with a package that was unpacked."""
    if not shutil.which("bash"):
        pytest.skip("it needs bash")
    home = tmp_path / "autograder"
    zipfile.ZipFile(io.BytesIO(author.package(LESSON))).extractall(home / "source")
    shutil.copy(home / "source" / "run_autograder", home)
    (home / "run_autograder").chmod(0o755)
    for name in ("submission", "results"):
        (home / name).mkdir()
    return home


def run_autograder(home: Path, venv: Path) -> dict[str, Any]:
    """Run it in a hostile shell, and return what Gradescope would read."""
    variables = {"STREAMLINGS_VENV": str(venv), "PYTHONPATH": "/nowhere", "PYTEST_ADDOPTS": "--no"}
    words = [home / "run_autograder"]
    subprocess.run(words, cwd=home, env={**os.environ, **variables}, check=True)
    found: dict[str, Any] = json.loads((home / "results" / "results.json").read_text("utf-8"))
    return found


def test_the_package_alone_grades(unpacked: Path) -> None:
    """One run of the real grader, from nothing but what is in the zip."""
    answers = LESSON.solution.read_text("utf-8")
    task = LESSON.tasks[0].name
    wrong = f"{answers}\n\ndef {task}(*args, **kwargs):\n    return iter(())\n"
    (unpacked / "submission" / LESSON.exercise.name).write_text(wrong, "utf-8")
    (unpacked / "results" / "results.json").write_text('{"score": 99}', "utf-8")
    found = run_autograder(unpacked, Path(sys.prefix))
    assert found["score"] == len(LESSON.tasks) - 1, found["output"]
    assert [test["score"] for test in found["tests"]] == [0] + [1] * (len(LESSON.tasks) - 1)
    assert found["extra_data"]["level"] == strongest()
    assert unpacked.stat().st_mode & 0o077 == 0


def test_without_an_environment_there_are_results_too(unpacked: Path, tmp_path: Path) -> None:
    found = run_autograder(unpacked, tmp_path / "nothing")
    assert found["score"] == 0
    assert "The autograder failed" in found["output"]
