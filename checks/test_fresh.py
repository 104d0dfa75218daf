"""Trying the newest versions: what is told, and that nothing is written unless it may be.

No test here asks a package index: a fake pip knows what is newest.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from fake_pip import finds_no_network, make_environment

from course import cli, pins
from course.author import fresh
from course.author.gates import GROUPS_OF_GRADERS_PART
from course.catalog import CourseError
from course.environment import ROOT, Environment, SetUpError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fake environments are made of links")

PROJECT = """
[project]
dependencies = ["alpha"]
[project.optional-dependencies]
develop = ["beta"]
jupyter = ["Gamma"]
"""
PINS = """\
# Chosen by hand.
# alpha 4 is not to be had everywhere.
alpha==1
beta-more==3  # for beta
beta==1
for-another-system==1
Gamma==2
"""
NEWEST = {"alpha": "1", "beta_more": "3.1", "beta": "1", "Gamma": "2.post1", "delta": "0.1"}
MOVED = """\
# Chosen by hand.
# alpha 4 is not to be had everywhere.
alpha==1
beta-more==3.1  # for beta
beta==1
delta==0.1
for-another-system==1
Gamma==2.post1
"""
REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" tests="5">
<testcase name="test_reference[09_streaming-7]" />
<testcase name="test_reference[12_buffering-7]">
  <failure message="AssertionError: it differs&#10;assert 1 == 2">def test():
E   AssertionError: it differs
E   assert 1 == 2</failure></testcase>
<testcase name="test_reference[12_buffering-8]">
  <failure message="AssertionError: it differs&#10;assert 2 == 3" /></testcase>
<testcase name="test_mistake[09_streaming-lost]">
  <error message="failed on setup">E   KeyError: 'x'</error></testcase>
<testcase name="checks.test_tasks">
  <error message="collection failure">E   ImportError: cannot import name 'old'</error></testcase>
</testsuite></testsuites>
"""
TOLD = """\
no lesson: ImportError: cannot import name 'old'
    checks.test_tasks
lesson 09: KeyError: 'x'
    test_mistake[09_streaming-lost]
lesson 12: AssertionError: it differs
    test_reference[12_buffering-7] and 1 more
"""
Resolves = Callable[[list[str], IO[bytes]], int]


class FakePip:
    """Stands in for `python -m venv` and `pip`, and knows what is newest."""

    def __init__(self, newest: dict[str, str]) -> None:
        self.newest = newest
        self.resolves: Resolves = self._resolves
        self.bounds = ""
        self.installed: list[str] = []
        self.kept_to = ""

    def __call__(self, command: list[str], log: IO[bytes], lock: int) -> int:
        if command[2] == "venv":
            make_environment(Path(command[3]))
            return 0
        constraints = Path(command[command.index("-c") + 1]).read_text(encoding="utf-8")
        if "--dry-run" in command:
            self.bounds = constraints
            return self.resolves(command, log)
        self.installed, self.kept_to = command[command.index("-c") + 2 :], constraints
        return 0

    def _resolves(self, command: list[str], log: IO[bytes]) -> int:
        assert {"alpha", "beta", "Gamma"} <= set(command), "all groups have to fit together"
        found = [
            {"metadata": {"name": name, "version": version}}
            for name, version in self.newest.items()
        ]
        report = Path(command[command.index("--report") + 1])
        report.write_text(json.dumps({"install": found}), encoding="utf-8")
        return 0


class FakeTests:
    """Stands in for the graders' part."""

    def __init__(self, status: int = 0, report: str = "") -> None:
        self.status = status
        self.report = report
        self.ran_in: list[Path] = []

    def __call__(self, place: Environment, report: Path) -> int:
        self.ran_in.append(place.root)
        if self.report:
            report.write_text(self.report, encoding="utf-8")
        return self.status


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    (root / "checks").mkdir(parents=True)
    (root / ".git").mkdir()
    make_environment(root / "my-environment")
    (root / "checks" / "test_graders.py").touch()
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (root / "constraints.txt").write_text(PINS, encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delenv("STREAMLINGS_VENV", raising=False)
    return folder


@pytest.fixture
def pip() -> FakePip:
    return FakePip(NEWEST)


@pytest.fixture
def oldest_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pins are made with the oldest Python only: let it be this one."""
    monkeypatch.setattr(fresh, "OLDEST_PYTHON", sys.version_info[:2])


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture
def unchanged(root: Path) -> Iterator[None]:
    """Nothing in the checkout is written."""
    before = files(root)
    yield
    assert files(root) == before


class TestNewer:
    @pytest.mark.usefixtures("unchanged")
    def test_what_differs_is_shown(
        self, root: Path, pip: FakePip, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert fresh.run(root=root, install=pip, test=FakeTests()) == 0
        shown = capsys.readouterr().out
        rows = [line.split() for line in shown.splitlines()]
        at = rows.index(["package", "pinned", "newest"])
        assert rows[at + 1 : at + 4] == [
            ["beta_more", "3", "3.1"],
            ["delta", "-", "0.1"],
            ["Gamma", "2", "2.post1"],
        ]
        assert "All passed" in shown
        assert "alpha" not in shown, "it has not changed"

    @pytest.mark.usefixtures("unchanged")
    def test_it_is_tried_in_a_copy_that_is_gone_afterwards(
        self, root: Path, pip: FakePip, scratch: Path
    ) -> None:
        def looks(place: Environment, report: Path) -> int:
            assert (place.root / "constraints.txt").read_text(encoding="utf-8") == MOVED
            assert {path.name for path in place.root.iterdir()} == {
                "checks",
                "constraints.txt",
                "oldest.txt",
                "pyproject.toml",
            }
            assert scratch in place.root.parents
            assert scratch in place.folder.parents
            seen.append(place.interpreter)
            return 0

        seen: list[Path] = []
        assert fresh.run(root=root, install=pip, test=looks) == 0
        assert seen
        assert list(scratch.iterdir()) == []

    def test_only_what_the_graders_need_is_installed(self, root: Path, pip: FakePip) -> None:
        fresh.run(root=root, install=pip, test=FakeTests())
        assert pip.installed == ["alpha", "beta"]
        assert pip.kept_to == MOVED

    def test_nothing_may_become_older(self, root: Path, pip: FakePip) -> None:
        fresh.run(root=root, install=pip, test=FakeTests())
        lines = [line for line in pip.bounds.splitlines() if not line.startswith("#")]
        assert "beta-more>=3  # for beta" in lines
        assert len(lines) == 5
        assert not [line for line in lines if "==" in line]


@pytest.mark.usefixtures("unchanged")
class TestNotPassed:
    def test_lessons_that_fail_are_named(
        self, root: Path, pip: FakePip, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert fresh.run(root=root, install=pip, test=FakeTests(1, REPORT)) == 1
        shown = capsys.readouterr().out
        assert shown.endswith(TOLD)
        assert "All passed" not in shown

    @pytest.mark.usefixtures("oldest_python")
    @pytest.mark.parametrize(("status", "report"), [(1, REPORT), (4, "")])
    def test_then_nothing_is_pinned(
        self, status: int, report: str, root: Path, pip: FakePip
    ) -> None:
        tests = FakeTests(status, report)
        assert fresh.run(pin=True, root=root, install=pip, test=tests) == 1
        assert len(tests.ran_in) == 1

    def test_pytest_that_does_not_start_is_told(
        self, root: Path, pip: FakePip, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert fresh.run(root=root, install=pip, test=FakeTests(4)) == 1
        assert "pytest ended with status 4" in capsys.readouterr().out

    def test_a_long_message_is_cut(self, tmp_path: Path) -> None:
        report = tmp_path / "report.xml"
        case = f'<testcase name="a"><failure message="{"w" * 999}"/></testcase>'
        report.write_text(f"<testsuite>{case}</testsuite>", encoding="utf-8")
        [failure] = fresh.failures(report)
        assert failure.message == "w" * 197 + "..."


@pytest.mark.usefixtures("unchanged")
class TestNothingNewer:
    @pytest.mark.parametrize("pin", [False, True])
    @pytest.mark.usefixtures("oldest_python")
    def test_it_is_said_and_nothing_is_run(
        self, pin: bool, root: Path, capsys: pytest.CaptureFixture[str], scratch: Path
    ) -> None:
        pip = FakePip({"alpha": "1", "Beta_More": "3", "beta": "1", "gamma": "2"})
        tests = FakeTests()
        assert fresh.run(pin=pin, root=root, install=pip, test=tests) == 0
        assert "Nothing is newer" in capsys.readouterr().out
        assert tests.ran_in == []
        assert pip.installed == []
        assert list(scratch.iterdir()) == []


@pytest.mark.usefixtures("oldest_python")
class TestPin:
    def test_all_passed_moves_the_pins(self, root: Path, pip: FakePip) -> None:
        assert fresh.run(pin=True, root=root, install=pip, test=FakeTests()) == 0
        assert (root / "constraints.txt").read_text(encoding="utf-8") == MOVED

    def test_without_asking_it_does_not(self, root: Path, pip: FakePip) -> None:
        assert fresh.run(root=root, install=pip, test=FakeTests()) == 0
        assert (root / "constraints.txt").read_text(encoding="utf-8") == PINS

    def test_they_are_old_or_new_but_never_half(
        self, root: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(source: Path, target: Path) -> Path:
            if target == root / "constraints.txt":
                raise OSError("No space left on device")
            return replace(source, target)

        replace = Path.replace
        monkeypatch.setattr(Path, "replace", fails)
        with pytest.raises(SetUpError, match="No space left"):
            fresh.run(pin=True, root=root, install=pip, test=FakeTests())
        assert (root / "constraints.txt").read_text(encoding="utf-8") == PINS
        assert not list(root.glob(".constraints*"))


@pytest.mark.usefixtures("unchanged")
def test_a_newer_python_does_not_pin(
    root: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "OLDEST_PYTHON", (3, 10))
    tests = FakeTests()
    with pytest.raises(CourseError, match=r"Python 3\.10, the oldest"):
        fresh.run(pin=True, root=root, install=pip, test=tests)
    assert tests.ran_in == []
    assert fresh.run(root=root, install=pip, test=tests) == 0


def does_not_fit(log: IO[bytes]) -> int:
    log.write(
        b"ERROR: Cannot install alpha because these versions have conflicting dependencies.\n"
    )
    log.write(b"ERROR: ResolutionImpossible: for help visit a page\n")
    return 1


@pytest.mark.usefixtures("unchanged")
class TestNotTried:
    @pytest.mark.parametrize(
        ("says", "sentence"),
        [
            (finds_no_network, r"index could not be reached(.|\n)*this machine is online"),
            (does_not_fit, r"The packages have no versions that fit together(.|\n)*git diff"),
        ],
    )
    def test_it_is_one_clear_sentence(
        self, says: Callable[[IO[bytes]], int], sentence: str, root: Path, pip: FakePip
    ) -> None:
        pip.resolves = lambda command, log: says(log)
        tests = FakeTests()
        with pytest.raises(SetUpError, match=sentence):
            fresh.run(root=root, install=pip, test=tests)
        assert tests.ran_in == []

    def test_only_what_pip_said_is_left(self, root: Path, pip: FakePip, scratch: Path) -> None:
        pip.resolves = lambda command, log: finds_no_network(log)
        with pytest.raises(SetUpError) as caught:
            fresh.run(root=root, install=pip, test=FakeTests())
        [log] = [path for path in scratch.rglob("*") if path.is_file()]
        assert str(log) in str(caught.value)
        assert "NewConnectionError" in log.read_text(encoding="utf-8")

    def test_an_interruption_leaves_nothing(self, root: Path, pip: FakePip, scratch: Path) -> None:
        def is_interrupted(place: Environment, report: Path) -> int:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fresh.run(root=root, install=pip, test=is_interrupted)
        assert list(scratch.iterdir()) == []

    def test_on_the_command_line_it_is_status_2(
        self,
        root: Path,
        pip: FakePip,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        pip.resolves = lambda command, log: finds_no_network(log)
        tried = functools.partial(fresh.run, root=root, install=pip, test=FakeTests())
        monkeypatch.setattr(fresh, "run", tried)
        assert cli.main(["fresh"], lambda groups: None) == 2
        said = capsys.readouterr().err
        assert "The package index could not be reached." in said
        assert "Traceback" not in said


def test_no_constraints_are_named(root: Path, pip: FakePip) -> None:
    (root / "constraints.txt").unlink()
    with pytest.raises(SetUpError, match=r"constraints\.txt"):
        fresh.run(root=root, install=pip, test=FakeTests())


class TestThisCourse:
    def test_its_pins_stay_as_they_are_when_nothing_moves(self) -> None:
        text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
        versions = pins.versions(text)
        assert versions
        assert pins.moved(text, versions) == text

    def test_its_groups_exist(self) -> None:
        assert set(GROUPS_OF_GRADERS_PART) <= set(Environment().requirements())
