"""The set-up: what is installed when, and that nothing half done ever passes for ready.

No test here installs anything: a fake installer does what `venv` and `pip` would.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from fake_pip import finds_no_network, make_environment

import course.__main__ as start
from course import environment, variables
from course.environment import ROOT, Environment, SetUpError
from course.learn import doctor
from course.versions import NEWEST_TESTED_PYTHON, TESTED_PYTHONS, too_old

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fake environments are made of links")

PROJECT = """
[project]
dependencies = ["alpha"]
[project.optional-dependencies]
develop = ["beta", "gamma"]
"""
Behaviour = Callable[[IO[bytes]], int]


class Installer:
    """Stands in for `python -m venv` and `pip install`, and counts what it was asked."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.pip: Behaviour = installs

    def __call__(self, command: list[str], log: IO[bytes], lock: int) -> int:
        self.commands.append(command)
        if command[2] == "venv":
            make_environment(Path(command[3]))
            return 0
        return self.pip(log)

    @property
    def kinds(self) -> list[str]:
        return [command[2] for command in self.commands]


def installs(log: IO[bytes]) -> int:
    log.write(b"Installing collected packages: alpha\nSuccessfully installed alpha\n")
    return 0


def fails_half_way(log: IO[bytes]) -> int:
    log.write(b"Installing collected packages: alpha\nERROR: [Errno 28] No space left on device\n")
    return 1


def is_interrupted_downloading(log: IO[bytes]) -> int:
    log.write(b"Downloading alpha\n")
    log.flush()
    raise KeyboardInterrupt


def is_interrupted_installing(log: IO[bytes]) -> int:
    log.write(b"Installing collected packages: alpha\n")
    log.flush()
    raise KeyboardInterrupt


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "a checkout, blanks and \u00fcmlauts"
    root.mkdir()
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (root / "constraints.txt").write_text("alpha==1\nbeta==1\n", encoding="utf-8")
    return root


@pytest.fixture
def installer() -> Installer:
    return Installer()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def place(
    root: Path, installer: Installer, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> Environment:
    monkeypatch.delenv("STREAMLINGS_VENV", raising=False)
    return Environment(root, run=installer, say=said.append)


class TestPrepare:
    def test_first_time_builds_and_installs(self, place: Environment, installer: Installer) -> None:
        assert not place.is_ready(["learner"])
        assert place.prepare(["learner"])
        assert installer.kinds == ["venv", "pip"]
        assert installer.commands[1][-1] == "alpha"
        assert place.is_ready(["learner"])
        assert not place.is_ready(["learner", "develop"])

    def test_ready_runs_nothing(self, place: Environment, installer: Installer) -> None:
        place.prepare(["learner"])
        assert not place.prepare(["learner"])
        assert installer.kinds == ["venv", "pip"]

    def test_pip_is_held_to_the_pins_and_to_no_index(
        self, place: Environment, installer: Installer
    ) -> None:
        place.prepare(["learner"])
        words = installer.commands[1]
        assert words[words.index("-c") + 1] == str(place.root / "constraints.txt")
        assert "--disable-pip-version-check" in words
        assert not any(word.startswith(("-i", "--index", "--extra-index")) for word in words)

    def test_another_group_is_added(self, place: Environment, installer: Installer) -> None:
        place.prepare(["learner"])
        assert not place.prepare(["learner", "develop"])
        assert installer.kinds == ["venv", "pip", "pip"]
        assert installer.commands[2][-2:] == ["beta", "gamma"]
        assert place.is_ready(["learner", "develop"])

    def test_changed_pin_installs_again(self, place: Environment, installer: Installer) -> None:
        place.prepare(["learner", "develop"])
        (place.root / "constraints.txt").write_text("alpha==2\nbeta==1\n", encoding="utf-8")
        assert not place.is_ready(["learner"])
        place.prepare(["learner"])
        assert installer.kinds == ["venv", "pip", "pip"]
        assert place.is_ready(["learner"])
        assert not place.is_ready(["develop"])

    def test_other_change_of_the_project_installs_nothing(
        self, place: Environment, installer: Installer
    ) -> None:
        place.prepare(["learner"])
        project = place.root / "pyproject.toml"
        project.write_text(f"{PROJECT}\n[tool.ruff]\nline-length = 100\n", encoding="utf-8")
        assert not place.is_ready(["learner"])
        place.prepare(["learner"])
        assert installer.kinds == ["venv", "pip"]
        assert place.is_ready(["learner"])

    def test_environment_made_by_hand_is_kept(
        self, place: Environment, installer: Installer
    ) -> None:
        make_environment(place.folder)
        (place.folder / "mine").touch()
        assert not place.prepare(["learner"])
        assert installer.kinds == ["pip"]
        assert (place.folder / "mine").exists()

    def test_folder_of_something_else_is_refused(
        self, place: Environment, installer: Installer
    ) -> None:
        place.folder.mkdir()
        (place.folder / "thesis.txt").write_text("three years")
        with pytest.raises(SetUpError, match="not an environment"):
            place.prepare(["learner"])
        assert [path.name for path in place.folder.iterdir()] == ["thesis.txt"]
        assert installer.commands == []

    def test_another_python_makes_it(
        self, root: Path, installer: Installer, tmp_path: Path
    ) -> None:
        other = tmp_path / "python3.99"
        Environment(root, tmp_path / "made", installer, print, python=other).prepare(["learner"])
        assert installer.commands[0][0] == str(other)

    def test_variable_names_another_folder(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STREAMLINGS_VENV", str(tmp_path / "elsewhere"))
        assert Environment(root).folder == tmp_path / "elsewhere"
        monkeypatch.setenv("STREAMLINGS_VENV", "near")
        assert Environment(root).folder == root / "near"

    def test_groups_of_this_course(self) -> None:
        groups = Environment().requirements()
        assert set(groups) >= {"learner", "notebooks", "develop", "jupyter"}
        assert all(groups.values())


class TestFailure:
    def test_no_network_leaves_what_was_ready(
        self, place: Environment, installer: Installer
    ) -> None:
        place.prepare(["learner"])
        installer.pip = finds_no_network
        with pytest.raises(SetUpError, match=r"could not be reached(.|\n)*online"):
            place.prepare(["learner", "develop"])
        assert place.is_ready(["learner"])
        assert not place.is_ready(["develop"])

    def test_failure_half_way_is_not_ready(self, place: Environment, installer: Installer) -> None:
        place.prepare(["learner"])
        installer.pip = fails_half_way
        with pytest.raises(SetUpError, match="The disk is full"):
            place.prepare(["learner", "develop"])
        assert not place.is_ready(["learner"])
        installer.pip = installs
        assert place.prepare(["learner"])
        assert installer.kinds[-2:] == ["venv", "pip"]
        assert place.is_ready(["learner"])

    @pytest.mark.parametrize(
        ("log", "advice"),
        [
            ("The virtual environment needs: apt install python3-venv", "install python3-venv"),
            ("ERROR: InvalidSchema: Missing dependencies for SOCKS support.", "speaks HTTP"),
            ("ERROR: Could not install: [Errno 13] Permission denied: x", "folder of yours"),
            ("ProxyError('Cannot connect to proxy')", "HTTPS_PROXY"),
            ("SSLError(certificate verify failed)", "PIP_CERT"),
            ("ERROR: No matching distribution found for alpha==1", "PIP_INDEX_URL"),
            ("something nobody has seen before", "same command again"),
        ],
    )
    def test_advice(self, place: Environment, installer: Installer, log: str, advice: str) -> None:
        def fails(file: IO[bytes]) -> int:
            file.write(log.encode())
            return 1

        installer.pip = fails
        with pytest.raises(SetUpError) as caught:
            place.prepare(["learner"])
        assert advice in str(caught.value)
        assert log in str(caught.value)
        assert str(place.log) in str(caught.value)

    def test_missing_constraints_are_named(self, place: Environment) -> None:
        (place.root / "constraints.txt").unlink()
        with pytest.raises(SetUpError, match=r"constraints\.txt"):
            place.prepare(["learner"])

    @pytest.mark.parametrize("text", [b"[project\n", b"[project]\n", b"\xff"])
    def test_project_that_cannot_be_read_is_named(self, place: Environment, text: bytes) -> None:
        (place.root / "pyproject.toml").write_bytes(text)
        with pytest.raises(SetUpError, match=r"pyproject\.toml cannot be read"):
            place.prepare(["learner"])


class TestInterruption:
    def test_while_downloading_nothing_was_harmed(
        self, place: Environment, installer: Installer
    ) -> None:
        place.prepare(["learner"])
        installer.pip = is_interrupted_downloading
        with pytest.raises(KeyboardInterrupt):
            place.prepare(["learner", "develop"])
        installer.pip = installs
        assert not place.prepare(["learner"])
        assert installer.kinds == ["venv", "pip", "pip"]
        assert place.is_ready(["learner"])

    def test_while_installing_starts_again(
        self, place: Environment, installer: Installer, said: list[str]
    ) -> None:
        place.prepare(["learner"])
        installer.pip = is_interrupted_installing
        with pytest.raises(KeyboardInterrupt):
            place.prepare(["learner", "develop"])
        assert not place.is_ready(["learner"])
        installer.pip = installs
        assert place.prepare(["learner"])
        assert installer.kinds[-2:] == ["venv", "pip"]
        assert any("interrupted" in line for line in said)
        assert place.is_ready(["learner"])

    def test_while_building_starts_again(
        self, place: Environment, installer: Installer, root: Path
    ) -> None:
        def is_killed(command: list[str], log: IO[bytes], lock: int) -> int:
            (Path(command[3]) / "bin").mkdir()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Environment(root, run=is_killed, say=list[str]().append).prepare(["learner"])
        assert place.prepare(["learner"])
        assert installer.kinds == ["venv", "pip"]
        assert place.is_ready(["learner"])


class TestBrokenEnvironment:
    def test_python_gone(self, place: Environment, installer: Installer, said: list[str]) -> None:
        place.prepare(["learner"])
        place.interpreter.unlink()
        place.interpreter.symlink_to("/nonexistent/python")
        assert not place.is_ready(["learner"])
        assert place.prepare(["learner"])
        assert installer.kinds == ["venv", "pip", "venv", "pip"]
        assert any("lost its Python" in line for line in said)
        assert place.is_ready(["learner"])

    def test_python_of_another_version(self, place: Environment, installer: Installer) -> None:
        """After an upgrade the link leads to a Python that does not see the packages."""
        place.prepare(["learner"])
        [packages] = place.folder.glob("lib/python*")
        packages.rename(packages.with_name("python3.0"))
        other = place.folder / "bin" / "other"
        other.write_bytes(b"")
        stamp = place.folder / "streamlings.ready"
        base = place.base_interpreter()
        stamp.write_text(stamp.read_text().replace(base, str(other)))
        assert not place.is_ready(["learner"])
        assert place.prepare(["learner"])
        assert installer.kinds == ["venv", "pip", "venv", "pip"]

    @pytest.mark.parametrize("stamp", [b"", b"nonsense", b"\xff\xfe\x00", b"learner x\n"])
    def test_damaged_stamp_is_not_ready(self, place: Environment, stamp: bytes) -> None:
        place.prepare(["learner"])
        (place.folder / "streamlings.ready").write_bytes(stamp)
        assert not place.is_ready(["learner"])
        place.prepare(["learner"])
        assert place.is_ready(["learner"])


class TestChangedByOthers:
    """`uv sync`, poetry, or pip by hand: a package with another version than the pinned one."""

    def install(self, place: Environment, name: str, version: str) -> None:
        [packages] = place.package_folders()
        for old in packages.glob(f"{name}-*.dist-info"):
            old.rmdir()
        (packages / f"{name}-{version}.dist-info").mkdir()

    def test_the_pins_come_back_and_it_is_said(
        self, place: Environment, installer: Installer, said: list[str]
    ) -> None:
        place.prepare(["learner", "develop"])
        self.install(place, "alpha", "2")
        assert not place.is_ready(["learner"])
        place.prepare(["learner"])
        assert "Another program has changed the packages" in " ".join(said)
        assert installer.kinds == ["venv", "pip", "pip"]
        assert {*installer.commands[-1]} > {"alpha", "beta", "gamma"}
        assert place.is_ready(["learner", "develop"])

    def test_what_is_not_pinned_is_for_the_learner_to_install(self, place: Environment) -> None:
        place.prepare(["learner"])
        self.install(place, "debugger", "2")
        assert place.is_ready(["learner"])

    def test_a_stamp_of_an_older_course_will_do(self, place: Environment) -> None:
        place.prepare(["learner"])
        stamp = place.folder / "streamlings.ready"
        lines = [line for line in stamp.read_text().splitlines(True) if "installed" not in line]
        stamp.write_text("".join(lines))
        self.install(place, "alpha", "2")
        assert place.is_ready(["learner"])


class TestTwoAtOnce:
    def test_second_waits_says_so_and_installs_nothing(
        self, place: Environment, installer: Installer, root: Path
    ) -> None:
        place.prepare(["learner"])
        finished = (place.folder / "streamlings.ready").read_bytes()
        (place.folder / "streamlings.ready").unlink()
        first = environment.Lock(place.folder / "streamlings.lock", pytest.fail)
        first.__enter__()
        said: list[str] = []

        def hear(line: str) -> None:
            said.append(line)
            (place.folder / "streamlings.ready").write_bytes(finished)
            first.__exit__()

        second = Environment(root, run=installer, say=hear)
        assert not second.prepare(["learner"])
        assert len(said) == 1
        assert "Waiting" in said[0]
        assert installer.kinds == ["venv", "pip"]

    def test_installation_keeps_the_lock_when_its_starter_dies(self, tmp_path: Path) -> None:
        inherits = "import os, sys; os.fstat(int(sys.argv[1]))"
        with (
            environment.Lock(tmp_path / "lock", lambda: None) as lock,
            (tmp_path / "log").open("wb") as log,
        ):
            command = [sys.executable, "-c", inherits, str(lock)]
            assert environment._run(command, log, lock) == 0


class Replaced(Exception):
    """The process would now be another one."""


class TestEnter:
    @pytest.fixture
    def replaced(self, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        commands: list[list[str]] = []

        def execv(path: str, command: list[str]) -> None:
            commands.append(command)
            raise Replaced

        monkeypatch.setattr(os, "execv", execv)
        monkeypatch.setattr(sys, "argv", ["course", "test", "09"])
        monkeypatch.setattr(sys, "flags", SimpleNamespace(isolated=1))
        monkeypatch.setenv("STREAMLINGS_ENTERED", "")
        return commands

    def test_elsewhere_the_process_is_replaced(
        self, place: Environment, replaced: list[list[str]]
    ) -> None:
        with pytest.raises(Replaced):
            environment.enter(["learner"], place)
        course = str(ROOT / "course")
        assert replaced == [[str(place.interpreter), "-I", course, "test", "09"]]

    def test_inside_it_goes_straight_on(
        self, place: Environment, replaced: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.prepare(["learner"])
        monkeypatch.setattr(sys, "prefix", str(place.folder))
        environment.enter(["learner"], place)
        assert replaced == []

    def test_inside_what_the_shell_says_is_shaken_off(
        self, place: Environment, replaced: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYTHONWARNINGS", "error")
        monkeypatch.setenv("VIRTUAL_ENV", "another")
        monkeypatch.setattr(sys, "flags", SimpleNamespace(isolated=0))
        place.prepare(["learner"])
        monkeypatch.setattr(sys, "prefix", str(place.folder))
        with pytest.raises(Replaced):
            environment.enter(["learner"], place)
        assert not {"PYTHONWARNINGS", "VIRTUAL_ENV"} & {*os.environ}

    def test_every_character_is_shown_as_before(
        self, place: Environment, replaced: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYTHONUTF8", "1")
        with pytest.raises(Replaced):
            environment.enter(["learner"], place)
        assert replaced[0][1:4] == ["-I", "-X", "utf8"]

    def test_inside_one_that_was_remade_the_process_is_replaced(
        self, place: Environment, replaced: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "prefix", str(place.folder))
        with pytest.raises(Replaced):
            environment.enter(["learner"], place)

    def test_never_for_ever(self, place: Environment, replaced: list[list[str]]) -> None:
        with pytest.raises(Replaced):
            environment.enter(["learner"], place)
        with pytest.raises(SetUpError, match="Delete the folder"):
            environment.enter(["learner"], place)
        assert len(replaced) == 1


def test_nothing_is_sent_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = {"ALL_PROXY": "socks5://x", "https_proxy": "http://x", "OPENAI_API_KEY": "secret"}
    for name in variables.TRACING:
        monkeypatch.setenv(name, "true")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "example.org")
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    for _ in range(2):
        environment.keep_private(reaches_out=True)
        assert {os.environ[name] for name in variables.TRACING} == {"false"}
        assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "example.org,127.0.0.1,localhost"
        assert shell.items() <= os.environ.items()
    environment.keep_private()
    assert {os.environ[name] for name in variables.TRACING} == {"false"}
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "127.0.0.1,localhost"
    assert not shell.keys() & {*os.environ}


class TestOldPython:
    @pytest.mark.parametrize("name", ["__init__.py", "__main__.py", "versions.py"])
    def test_what_it_reads_has_its_syntax(self, name: str) -> None:
        path = ROOT / "course" / name
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))
        imported = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert {name.name for node in imported for name in node.names} <= {"os", "sys"}

    def test_it_gets_one_sentence_and_status_2(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
        assert start.main() == 2
        said = capsys.readouterr().err
        assert "needs Python 3.11 or newer" in said
        assert "is Python 3.8." in said
        assert len(said.splitlines()) == 1

    @pytest.mark.parametrize(
        ("version", "fits"), [((3, 6), False), ((3, 10), False), ((3, 11), True), ((4, 0), True)]
    )
    def test_versions(self, version: tuple[int, int], fits: bool) -> None:
        assert (too_old(version, "python") == "") is fits


class TestDoctor:
    def test_python_that_nobody_tested_is_no_harm(
        self, place: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tested = (*NEWEST_TESTED_PYTHON, 99)
        monkeypatch.setattr(sys, "version_info", tested)
        assert next(doctor.python_version(place)).kind == "ok"
        monkeypatch.setattr(sys, "version_info", (tested[0], tested[1] + 1, 0))
        finding = next(doctor.python_version(place))
        assert finding.kind == "note"
        assert "newer than any" in finding.text
        assert TESTED_PYTHONS in finding.remedy

    def test_bare_machine_is_nothing_serious(
        self, place: Environment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (place.root / "lessons" / "09_streaming").mkdir(parents=True)
        (place.root / "lessons" / "09_streaming" / "lesson.toml").touch()
        (place.root / "exercises").mkdir()
        (place.root / "exercises" / "09_streaming.py").write_text("def broken(:\n")
        assert doctor.run(environment=place) == 0
        report = capsys.readouterr().out
        assert "not created yet" in report
        assert "09_streaming.py:1: SyntaxError: invalid syntax" in report
        assert not place.folder.exists()

    def test_package_of_another_version_is_named(self, place: Environment) -> None:
        place.prepare(["learner"])
        [packages] = place.folder.glob("lib/python*/site-packages")
        metadata = packages / "alpha-2.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: alpha\nVersion: 2\n")
        [finding] = doctor.packages(place)
        assert finding.kind == "note"
        assert finding.text == "alpha 2 instead of 1"
        assert "the next command restores the pins" in finding.remedy.lower()

    def test_missing_package_is_serious(
        self, place: Environment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        place.prepare(["learner"])
        assert doctor.run(environment=place) == 1
        assert "missing: alpha" in capsys.readouterr().out

    def test_incomplete_venv_module_is_serious(
        self, place: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        [finding] = doctor.venv_module(place)
        assert finding.kind == "serious"
        assert "python3-venv" in finding.remedy

    def test_tracing_is_reported(self, place: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in variables.TRACING:
            monkeypatch.delenv(name, raising=False)
        assert next(doctor.privacy(place)).kind == "ok"
        monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
        assert "LANGCHAIN_TRACING_V2" in next(doctor.privacy(place)).text
