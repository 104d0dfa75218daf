"""Temporary folders do not outlive who has made them, however that ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course import catalog, temporary
from course.temporary import LOCK, TemporaryFolder

pytest.importorskip("fcntl", reason="this system has no such locks")

OWNER = "from course.temporary import TemporaryFolder; one = TemporaryFolder({!r}); "
START = "from course.official.trusted.process import ContainedProcess as P; one = P(); "
GRADE = "from course import catalog; from course.grade.grader import Grader; "
GRADE += "one = Grader(catalog.find('09')); one.warm_up(); "

Owner = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, where nobody has looked yet."""
    tmp_path.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    temporary._remove_abandoned.cache_clear()


@pytest.fixture
def owner(above: Path) -> Iterator[Owner]:
    """Start a process that makes something, and then waits."""
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", f"{code}print(flush=True); input()"]
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, cwd=catalog.ROOT, stdin=pipe, stdout=pipe)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_folder_is_there_until_it_is_closed(above: Path) -> None:
    with TemporaryFolder("cell-") as path:
        assert path.name.startswith("streamlings-cell-")
        (path / "inside").mkdir()
    assert [*above.iterdir()] == []


@pytest.mark.parametrize("code", [OWNER.format(""), START, GRADE], ids=["folder", "cell", "trace"])
def test_what_somebody_has_left_who_was_killed_is_removed(
    code: str, owner: Owner, above: Path
) -> None:
    kill(owner(code))
    assert [*above.iterdir()] != []
    with TemporaryFolder() as mine:
        assert [*above.iterdir()] == [mine]


def test_what_somebody_holds_stays(owner: Owner, above: Path) -> None:
    living = owner(OWNER.format("") + "(one.path / 'kept').touch(); ")
    (theirs,) = above.iterdir()
    with TemporaryFolder() as mine:
        assert {*above.iterdir()} == {theirs, mine}
        assert (theirs / "kept").exists()
    kill(living)


def test_a_child_that_lives_on_holds_it_too(owner: Owner, above: Path) -> None:
    """The number of the owner would say that it is gone."""
    child = "import os; p = os.fork(); print(p, flush=True) if p else os.read(0, 1); "
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER.format("") + child],
        cwd=catalog.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.wait()
    (theirs,) = above.iterdir()
    with TemporaryFolder() as mine:
        assert {*above.iterdir()} == {theirs, mine}
    process.communicate(b"x")


def test_what_is_not_ours_stays(above: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("streamlings-without-a-lock", "other-folder", "streamlings-elsewhere"):
        (above / name).mkdir()
    (above / "streamlings-elsewhere" / LOCK).touch()
    (above / "other-folder" / LOCK).touch()
    (above / "streamlings-link").symlink_to(above / "other-folder")
    (above / "streamlings-file").touch()
    before = {*above.iterdir()}
    monkeypatch.setattr(temporary, "_user", lambda: os.getuid() + 1)
    with TemporaryFolder() as mine:
        assert {*above.iterdir()} == {*before, mine}


def test_only_what_has_a_lock_is_removed_and_no_link_is_followed(above: Path) -> None:
    (above / "streamlings-without-a-lock").mkdir()
    elsewhere = above / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / LOCK).touch()
    (above / "streamlings-link").symlink_to(elsewhere)
    with TemporaryFolder():
        assert (elsewhere / LOCK).exists()
        assert (above / "streamlings-without-a-lock").exists()


def test_who_is_taken_for_gone_before_it_has_locked_takes_another(
    above: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = temporary._locked
    tried: list[Path] = []

    def too_late(folder: Path) -> int | None:
        tried.append(folder)
        return locked(folder) if len(tried) > 1 else None

    monkeypatch.setattr(temporary, "_locked", too_late)
    with TemporaryFolder() as path:
        assert path == tried[1] != tried[0]
