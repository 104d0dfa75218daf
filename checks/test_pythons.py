"""Which Pythons the course supports and tests, and the command that tests the other ones.

The other Pythons here are small scripts; nothing is installed.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from course import cli
from course.author import pythons
from course.author.gates import GRADERS_PART
from course.author.pythons import Python
from course.catalog import CourseError
from course.environment import ROOT
from course.fakes import nesting
from course.versions import NEWEST_TESTED_PYTHON, OLDEST_PYTHON, TESTED_PYTHONS

OLDEST = ".".join(map(str, OLDEST_PYTHON))

SCRIPT = """#!/bin/sh
echo "$STREAMLINGS_VENV $*" >> "{base}.calls"
case "$2" in
    venv) mkdir -p "$3/bin"; ln -s "{base}" "$3/bin/python"; touch "$3/pyvenv.cfg" ;;
    pip) echo "Installing collected packages"; exit {pip} ;;
    pytest) cat "{base}.says"; exit {status} ;;
    *) echo "{version}"; echo "{base}" ;;
esac
"""
PASSED = """
...... [ 60%]
....   [100%]
10 passed, 1 skipped in 61.50s (0:01:01)
"""
FAILED = """
...F.. [ 60%]
....   [100%]
=================================== FAILURES ===================================
E   a long story
=========================== short test summary info ============================
FAILED checks/test_graders.py::test_the_reference_passes[11] - RecursionError
1 failed, 9 passed in 61.50s (0:01:01)
"""

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a script that stands in for a Python, and return its path."""

    def write(
        version: str, folder: str = "bin", says: str = PASSED, status: int = 0, pip: int = 0
    ) -> Path:
        base = tmp_path / folder / f"python{version.rpartition('.')[0]}"
        base.parent.mkdir(parents=True, exist_ok=True)
        base.with_name(f"{base.name}.says").write_text(says)
        numbers = version.replace(".", " ")
        base.write_text(SCRIPT.format(base=base, version=numbers, status=status, pip=pip))
        base.chmod(0o755)
        return base

    return write


def calls(base: Path) -> list[str]:
    """What a script was started with, each time after its environment's folder."""
    return base.with_name(f"{base.name}.calls").read_text().splitlines()


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no Pythons yet."""
    if os.name == "nt":
        pytest.skip("the other Pythons here are scripts for a shell")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    folders = [str(tmp_path / name) for name in ("bin", "b")]
    monkeypatch.setattr(os, "get_exec_path", lambda env=None: folders)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(pythons, "KEPT", tmp_path / "kept")


class TestFound:
    def test_on_the_path_and_below_pyenv_oldest_first(self, make: Make) -> None:
        first = make("3.99.1")
        second = make("3.100.0", "pyenv/versions/3.100.0/bin")
        assert pythons.found() == [Python((3, 99, 1), first), Python((3, 100, 0), second)]

    def test_the_newest_of_a_minor_version(self, make: Make) -> None:
        make("3.99.9")
        newest = make("3.99.10", "pyenv/versions/3.99.10/bin")
        make("3.99.2", "b")
        assert pythons.found() == [Python((3, 99, 10), newest)]

    def test_not_the_one_that_runs_this(self, make: Make) -> None:
        make(f"{sys.version_info[0]}.{sys.version_info[1]}.99")
        assert pythons.found() == []

    def test_none_that_is_too_old_is_even_started(self, make: Make) -> None:
        old = make("3.10.4")
        assert pythons.found() == []
        assert not old.with_name("python3.10.calls").exists()

    def test_not_what_only_says_how_to_install_it(self, make: Make) -> None:
        shim = make("3.99.0")
        shim.write_text("#!/bin/sh\necho 'python3.99: command not found' >&2\nexit 127\n")
        broken = make("3.98.0")
        broken.write_text("no program at all")
        assert pythons.found() == []

    def test_not_what_cannot_make_environments(self, make: Make) -> None:
        base = make("3.99.0")
        base.write_text("#!/bin/sh\necho \"No module named 'ensurepip'\" >&2\nexit 1\n")
        assert pythons.found() == []

    def test_this_very_python_introduces_itself(self) -> None:
        python = pythons.introduced(sys.executable)
        assert python is not None
        assert python.version == sys.version_info[:3]
        assert python.path.samefile(sys.executable)


class TestNamed:
    @pytest.mark.parametrize("path", ["/nonexistent/python3", "cat"])
    def test_what_does_not_start_is_a_wrong_question(
        self, path: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["pythons", path]) == 2
        assert f"{path} is not a Python that starts" in capsys.readouterr().err

    def test_what_is_too_old_is_a_wrong_question(self, make: Make) -> None:
        with pytest.raises(CourseError, match=rf"needs Python {OLDEST} or newer, and .* 3\.10"):
            pythons.run([str(make("3.10.4"))])

    def test_nothing_else_is_looked_for(self, make: Make) -> None:
        other, named = make("3.98.0"), make("3.99.0")
        assert pythons.run([str(named)]) == 0
        assert not other.with_name("python3.98.calls").exists()


class TestRun:
    def test_none_is_no_failure(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert pythons.run([]) == 0
        assert "No other Python was found" in capsys.readouterr().out

    def test_all_pass(self, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
        base = make("3.99.1")
        assert pythons.run([]) == 0
        said = capsys.readouterr().out
        assert "60% 100%" in said
        [shown, table] = re.findall(r"3\.99\.1 +passed +\d:\d\d  10 passed, 1 skipped +(.+)", said)
        assert shown == table == str(base)

    def test_one_fails_and_the_next_is_still_run(
        self, make: Make, capsys: pytest.CaptureFixture[str]
    ) -> None:
        make("3.98.0", says=FAILED, status=1)
        make("3.99.0")
        assert pythons.run([]) == 1
        said = capsys.readouterr().out
        assert "FAILED checks/test_graders.py::test_the_reference_passes[11]" in said
        assert "a long story" not in said
        table = said.rpartition("The graders' part")[2]
        assert re.search(r"3\.98\.0 +FAILED .* 1 failed, 9 passed ", table)
        assert re.search(r"3\.99\.0 +passed .* 10 passed, 1 skipped ", table)

    def test_pytest_that_does_not_start_is_a_failure(
        self, make: Make, capsys: pytest.CaptureFixture[str]
    ) -> None:
        make("3.99.0", says="ERROR: usage\n", status=4)
        assert pythons.run([]) == 1
        said = capsys.readouterr().out
        assert "ERROR: usage" in said
        assert "pytest ended with 4" in said

    def test_packages_that_cannot_be_installed_are_a_failure(
        self, make: Make, capsys: pytest.CaptureFixture[str]
    ) -> None:
        base = make("3.99.0", pip=1)
        assert pythons.run([]) == 1
        assert re.search(r"3\.99\.0 +FAILED .* could not be set up", capsys.readouterr().out)
        assert not any(" -m pytest " in call for call in calls(base))

    def test_it_runs_the_graders_part_in_an_environment_of_its_own(
        self, make: Make, tmp_path: Path
    ) -> None:
        base = make("3.99.0")
        assert pythons.run([]) == 0
        call = calls(base)[-1]
        assert call.startswith(f"{tmp_path / 'kept' / '3.99'} -m pytest ")
        assert call.endswith(" ".join(GRADERS_PART))
        assert "--sample" in call

    def test_all_of_it_runs_if_asked_for(self, make: Make) -> None:
        base = make("3.99.0")
        assert pythons.run([], everything=True) == 0
        assert "--sample" not in calls(base)[-1]

    def test_the_environment_is_kept(self, make: Make) -> None:
        base = make("3.99.0")
        assert pythons.run([]) == pythons.run([]) == 0
        kinds = re.findall(r" -I?m (\w+) ", "\n".join(calls(base)))
        assert kinds == ["venv", "pip", "pytest", "pytest"]

    def test_another_python_of_the_same_version_gets_a_new_one(self, make: Make) -> None:
        first, second = make("3.99.0"), make("3.99.0", "elsewhere")
        assert pythons.run([str(first), str(second)]) == 0
        assert any(" -Im venv " in call for call in calls(second))
        assert any(" -m pytest " in call for call in calls(second))


class TestOnePlaceKnows:
    """`course/versions.py` says which Pythons are supported and tested; all others agree."""

    def test_the_project(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        assert project["project"]["requires-python"] == f">={OLDEST}"
        assert project["tool"]["mypy"]["python_version"] == OLDEST
        assert project["tool"]["ruff"]["target-version"] == f"py{OLDEST.replace('.', '')}"

    def test_the_makefile_looks_for_each_tested_one_newest_first(self) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        minors = range(NEWEST_TESTED_PYTHON[1], OLDEST_PYTHON[1] - 1, -1)
        assert re.findall(r"python(3\.\d+)", makefile) == [f"3.{minor}" for minor in minors]

    @pytest.mark.parametrize("name", ["Makefile", ".ci/run"])
    def test_what_starts_it_asks_for_the_oldest(self, name: str) -> None:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.findall(r"version_info < (\(.+?\))", text) == [str(OLDEST_PYTHON)]
        assert {*re.findall(r"Python (3\.\d+) or newer", text)} == {OLDEST}

    def test_the_readme(self) -> None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        assert f"You need Python {OLDEST} or newer (tested: {TESTED_PYTHONS})" in text


class TestNesting:
    @pytest.mark.parametrize("limit", [990, 10_000, 65_000])
    def test_it_is_deeper_than_any_python_reads(
        self, limit: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def loads(text: str) -> None:
            if text.count("[") > limit:
                raise RecursionError

        monkeypatch.setattr(json, "loads", loads)
        assert 1.25 * limit < nesting.refused_depth.__wrapped__() < 1.6 * limit

    def test_this_python_does_not_read_it(self) -> None:
        depth = nesting.refused_depth()
        with pytest.raises(RecursionError):
            json.loads("[" * depth + "]" * depth)

    def test_it_ends_where_a_stack_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(json, "loads", len)
        assert 1_000_000 < nesting.refused_depth.__wrapped__() <= 1_600_000


class TestDebian:
    @pytest.fixture
    def script(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        loader = SourceFileLoader("debian_pythons", str(ROOT / ".ci" / "debian-pythons"))
        spec = spec_from_loader(loader.name, loader)
        assert spec is not None
        module = module_from_spec(spec)
        loader.exec_module(module)
        return module

    def test_pip_is_told_what_it_is_told_here(self, script: ModuleType) -> None:
        configuration = "\n".join(
            (
                ":env:.timeout='180'",
                "global.extra-index-url='file:///a/simple\\nhttps://b.example/simple'",
                "global.timeout='60'",
                "install.no-compile='true'",
                "list.format='columns'",
            )
        )
        assert script._pip_variables(configuration) == {
            "PIP_EXTRA_INDEX_URL": "file:///a/simple\nhttps://b.example/simple",
            "PIP_TIMEOUT": "180",
            "PIP_NO_COMPILE": "true",
        }

    def test_what_is_named_on_this_machine_can_be_seen_there(
        self, script: ModuleType, tmp_path: Path
    ) -> None:
        for name in ("index/simple", "wheels"):
            (tmp_path / name).mkdir(parents=True)
        (tmp_path / "cert.pem").touch()
        values = {
            "PIP_INDEX_URL": f"file://{tmp_path}/index/simple https://b.example/simple",
            "PIP_FIND_LINKS": f"{tmp_path}/wheels {tmp_path}/gone",
            "PIP_CERT": f"{tmp_path}/cert.pem",
            "PIP_TIMEOUT": "180",
        }
        words = script._inside(tmp_path / "root", values)
        seen = [words[place + 2] for place, word in enumerate(words) if word == "--ro-bind"]
        named = [str(tmp_path / name) for name in ("index", "wheels", "cert.pem")]
        assert seen == ["/etc/resolv.conf", *named]
        assert words[-3:] == ["--chdir", "/root/streamlings", "--"]
