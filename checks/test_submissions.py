"""Submissions are found and read whatever they are, and nothing but the answers is taken."""

from __future__ import annotations

import io
import os
import re
import socket
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from course import catalog
from course.catalog import CourseError
from course.cohort.intake import archive, safe_reading
from course.cohort.intake.names import LONGEST, file_names, folded, printable
from course.cohort.intake.safe_reading import Unreadable
from course.cohort.intake.submissions import Submission, clashes, find, read
from course.grade import answer_file

LESSON = catalog.find("09")
NAME = LESSON.exercise.name
MINE = b"mine = 1\n"
OTHER = b"other = 1\n"


def read_path(path: Path) -> bytes:
    return read(Submission("ana", path), LESSON)


def refusal(path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        read_path(path)
    reason = str(caught.value)
    assert reason.startswith("it ")
    assert reason.endswith(".")
    return reason


def tree(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


LAYOUTS = {
    "the exercise": {NAME: MINE, "other.py": OTHER},
    "the only file": {"my answers (1).py": MINE, "notes.txt": OTHER},
    "beside what Python runs by itself": {
        "answers.py": MINE,
        "conftest.py": OTHER,
        "sitecustomize.py": OTHER,
        "test_mine.py": OTHER,
    },
    "a checkout of the course": {
        f"exercises/{NAME}": MINE,
        f"solutions/{NAME}": OTHER,
        f"checks/lessons/09_streaming/{NAME}": OTHER,
        "course/cli.py": OTHER,
    },
    "in one folder": {f"ana/{NAME}": MINE, "ana/pytest.ini": OTHER},
    "a checkout in one folder": {
        f"main/exercises/{NAME}": MINE,
        f"main/solutions/{NAME}": OTHER,
    },
    "deep": {f"a/b/{NAME}": MINE, "a/c.py": OTHER, "d.py": OTHER},
    "beside hidden ones": {NAME: MINE, f".git/{NAME}": OTHER, f"__MACOSX/._{NAME}": OTHER},
}

CHOICES = {
    "nothing": ({"notes.txt": OTHER}, f"has no file {NAME}, and no other Python file"),
    "only a conftest": ({"conftest.py": OTHER}, "no other Python file"),
    "several": ({"a.py": OTHER, "b.py": OTHER}, f"no file {NAME} but several others: a.py, b.py"),
    "twice": ({f"a/{NAME}": OTHER, f"b/{NAME}": OTHER}, f"more than one {NAME}"),
}


class TestWhichFile:
    @pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
    def test_of_a_folder(self, tmp_path: Path, files: dict[str, bytes]) -> None:
        assert read_path(tree(tmp_path / "ana", files)) == MINE

    @pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
    def test_of_a_zip(self, tmp_path: Path, files: dict[str, bytes]) -> None:
        assert read_path(zipped(tmp_path / "ana.zip", files)) == MINE

    @pytest.mark.parametrize(("files", "reason"), CHOICES.values(), ids=CHOICES)
    def test_no_guess(self, tmp_path: Path, files: dict[str, bytes], reason: str) -> None:
        assert reason in refusal(tree(tmp_path / "ana", files))
        assert reason in refusal(zipped(tmp_path / "ana.zip", files))

    def test_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "ana.PY"
        path.write_bytes(MINE)
        assert read_path(path) == MINE

    def test_windows_separators(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "ana.zip", {f"ana\\{NAME}": MINE})
        assert read_path(path) == MINE

    def test_a_checkout_is_read_without_git(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Hooks and filters in its configuration are never run: no process is started."""
        folder = tree(tmp_path / "ana", {NAME: MINE, ".git/config": b"[core]\nfsmonitor = touch x"})
        started: list[object] = []
        monkeypatch.setattr("subprocess.Popen", lambda *_, **__: started.append(1))
        monkeypatch.setattr("os.system", started.append)
        assert read_path(folder) == MINE
        assert not started


class TestFilesThatAreNone:
    def test_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "secret.py").write_bytes(OTHER)
        (tmp_path / "ana.py").symlink_to(tmp_path / "secret.py")
        assert "links are not followed" in refusal(tmp_path / "ana.py")

    def test_a_link_in_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "secret.py").write_bytes(OTHER)
        (tmp_path / "ana").mkdir()
        (tmp_path / "ana" / NAME).symlink_to("../secret.py")
        assert "links are not followed" in refusal(tmp_path / "ana")

    def test_a_link_to_a_folder(self, tmp_path: Path) -> None:
        tree(tmp_path / "secret", {NAME: OTHER})
        (tmp_path / "ana").mkdir()
        (tmp_path / "ana" / "exercises").symlink_to(tmp_path / "secret")
        assert "no file" in refusal(tmp_path / "ana")
        (tmp_path / "ben").symlink_to(tmp_path / "secret")
        assert "links are not followed" in refusal(tmp_path / "ben")

    def test_a_named_pipe(self, tmp_path: Path) -> None:
        """Opening it would wait for ever."""
        os.mkfifo(tmp_path / "ana.py")
        assert "a named pipe" in refusal(tmp_path / "ana.py")
        (tmp_path / "ben").mkdir()
        os.mkfifo(tmp_path / "ben" / NAME)
        assert "a named pipe" in refusal(tmp_path / "ben")

    def test_a_socket(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("ana.py")
            assert "a socket" in refusal(tmp_path / "ana.py")

    @pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK])
    def test_a_device(self, kind: int) -> None:
        with pytest.raises(Unreadable, match="a device"):
            safe_reading.refuse_unlike_file(kind)

    def test_a_folder_named_like_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "ana" / NAME).mkdir(parents=True)
        assert "no file" in refusal(tmp_path / "ana")

    def test_too_large(self, tmp_path: Path) -> None:
        path = tmp_path / "ana.py"
        path.write_bytes(b"#" * answer_file.MOST_BYTES)
        assert len(read_path(path)) == answer_file.MOST_BYTES
        with path.open("ab") as stream:
            stream.truncate(10**12)  # a terabyte of nothing
        assert refusal(path) == f"it has more than {answer_file.MOST_BYTES:,} bytes."

    def test_too_many(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("course.cohort.intake.submissions.MOST_FILES", 5)
        folder = tree(tmp_path / "ana", {f"{n}.txt": b"" for n in range(6)})
        assert "more than 5 files" in refusal(folder)

    def test_another_kind(self, tmp_path: Path) -> None:
        (tmp_path / "ana.docx").write_bytes(MINE)
        assert "neither a Python file nor a folder nor a zip" in refusal(tmp_path / "ana.docx")

    def test_one_that_has_vanished(self, tmp_path: Path) -> None:
        assert "no longer there" in refusal(tmp_path / "ana.py")

    def test_one_that_may_not_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def forbid(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        (tmp_path / "ana.py").write_bytes(MINE)
        monkeypatch.setattr("course.cohort.intake.safe_reading.os.open", forbid)
        assert "Permission denied" in refusal(tmp_path / "ana.py")


def with_entry(path: Path, change: Callable[[zipfile.ZipInfo], None], content: bytes = b"") -> Path:
    """Write a zip with the answers and one strange entry."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(NAME, MINE)
        entry = zipfile.ZipInfo("entry")
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        change(entry)
        made.writestr(entry, content)
    return path


def named(name: str) -> Callable[[zipfile.ZipInfo], None]:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.filename = name

    return change


def of_kind(kind: int) -> Callable[[zipfile.ZipInfo], None]:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.external_attr = (kind | 0o644) << 16

    return change


class TestZips:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (named("../escape.py"), "points outside"),
            (named("a/../../escape.py"), "points outside"),
            (named("..\\escape.py"), "points outside"),
            (named("/etc/passwd"), "points outside"),
            (named("C:\\escape.py"), "points outside"),
            (named("c:escape.py"), "points outside"),
            (named(NAME.upper()), "is in it twice"),
            (of_kind(stat.S_IFLNK), "is a link"),
            (of_kind(stat.S_IFIFO), "is a device or a pipe"),
            (of_kind(stat.S_IFCHR), "is a device or a pipe"),
            (of_kind(stat.S_IFBLK), "is a device or a pipe"),
        ],
    )
    def test_a_strange_entry(
        self, tmp_path: Path, change: Callable[[zipfile.ZipInfo], None], reason: str
    ) -> None:
        assert reason in refusal(with_entry(tmp_path / "ana.zip", change))

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_the_same_name_twice(self, tmp_path: Path) -> None:
        assert "is in it twice" in refusal(with_entry(tmp_path / "ana.zip", named(NAME), OTHER))

    def test_the_same_name_in_another_form(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "ana.zip", {"é.py": MINE, "e\u0301.py": OTHER})
        assert "is in it twice" in refusal(path)

    def test_an_unusual_method(self, tmp_path: Path) -> None:
        def change(entry: zipfile.ZipInfo) -> None:
            entry.compress_type = zipfile.ZIP_LZMA

        assert "unusual way" in refusal(with_entry(tmp_path / "ana.zip", change, b"x"))

    def test_encrypted(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "ana.zip", {NAME: MINE})
        data = bytearray(path.read_bytes())
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(mark) + place] |= 1
        path.write_bytes(data)
        assert "is encrypted" in refusal(path)

    def test_a_bomb(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "ana.zip", {NAME: b" " * 20_000_000})
        assert path.stat().st_size < 50_000
        assert "is a bomb" in refusal(path)

    def test_a_bomb_in_many_parts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive, "MOST_UNZIPPED", 500_000)
        files = {f"{n}.txt": b" " * 90_000 for n in range(6)}
        assert "unpacks to more than" in refusal(zipped(tmp_path / "ana.zip", files))

    def test_a_bomb_that_lies_about_its_size(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "ana.zip", {NAME: b" " * 20_000_000})
        data = bytearray(path.read_bytes())
        for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            at = data.index(mark) + place
            data[at : at + 4] = (1_000).to_bytes(4, "little")
        path.write_bytes(data)
        assert "broken zip" in refusal(path)

    def test_large_answers(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "ana.zip", {NAME: os.urandom(answer_file.MOST_BYTES + 1)})
        assert refusal(path) == f"it has more than {answer_file.MOST_BYTES:,} bytes."

    def test_too_many(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive, "MOST_FILES", 5)
        files = {f"{n}.txt": b"" for n in range(6)}
        assert "more than 5 files" in refusal(zipped(tmp_path / "ana.zip", files))

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"mine = 1\n", bytes(range(99))])
    def test_no_zip_at_all(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "ana.zip").write_bytes(content)
        assert "broken zip" in refusal(tmp_path / "ana.zip")

    def test_cut_at_any_place(self, tmp_path: Path) -> None:
        """A damaged one is read right or refused, and never anything else."""
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr(NAME, MINE)
        data, path = whole.getvalue(), tmp_path / "ana.zip"
        refused = 0
        for place in range(len(data)):
            for damaged in (data[:place], data[:place] + b"\xff" + data[place + 1 :]):
                path.write_bytes(damaged)
                try:
                    assert read_path(path) == MINE
                except Unreadable:
                    refused += 1
        assert refused > len(data)

    def test_nothing_is_unpacked(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "ana.zip", {NAME: MINE, "conftest.py": OTHER})
        read_path(path)
        assert list(tmp_path.iterdir()) == [path]


class TestLearners:
    def found(self, folder: Path) -> list[str]:
        return [submission.learner for submission in find(folder)]

    def test_the_name_is_the_learner(self, tmp_path: Path) -> None:
        tree(tmp_path, {"ben.py": b"", "ana/x.py": b"", "Zoé.zip": b"", "d.docx": b"", ".x": b""})
        assert self.found(tmp_path) == ["Zoé", "ana", "ben", "d.docx"]

    def test_no_two_are_the_same(self, tmp_path: Path) -> None:
        names = ["ana.py", "ana.zip", "ana/x", "é.py", "e\u0301.py", "a\nb.py", "a\\nb.py", " c.py"]
        tree(tmp_path, dict.fromkeys(names, b""))
        found = self.found(tmp_path)
        assert len(set(found)) == len(names)
        assert {"ana.py", "ana.zip"} <= set(found)
        assert self.found(tmp_path) == found

    @pytest.mark.parametrize(
        ("names", "learners"),
        [
            (["ana.py", "ana.zip"], ["ana.py", "ana.zip"]),
            (["ana/x", "ana.py"], ["ana.py", "ana~"]),
            (["Ana.py", "ana.zip"], ["Ana.py", "ana.zip"]),
            (["Ana.py", "ana.py", "ANA.py"], ["ANA.py~", "Ana.py~", "ana.py~"]),
            (["straße.py", "STRASSE.py"], ["STRASSE.py~", "straße.py~"]),
            (["é.py", "e\u0301.py"], ["é.py~", "é.py~"]),
            (["ﬁn.py", "fin.py"], ["fin.py~", "ﬁn.py~"]),
        ],
    )
    def test_those_with_the_same_name_are_known(
        self, tmp_path: Path, names: list[str], learners: list[str]
    ) -> None:
        tree(tmp_path, {**dict.fromkeys(names, b""), "ben.py": b"", "benn.zip": b""})
        found = find(tmp_path)
        assert [one.learner for one in found if not one.is_shared] == ["ben", "benn"]
        (alike,) = clashes(found)
        shown = [re.sub(r"~[0-9a-f]{8}$", "~", one.learner) for one in alike]
        assert sorted(shown) == sorted(learners)
        assert len({folded(one.learner) for one in alike}) == len(names)
        assert find(tmp_path) == found

    def test_a_name_cannot_be_forged(self, tmp_path: Path) -> None:
        """Nobody gets the name that another one has because of a clash."""
        tree(tmp_path, {"é.py": b"", "e\u0301.py": b""})
        forged = [f"{learner}.py" for learner in self.found(tmp_path)]
        tree(tmp_path, dict.fromkeys(forged, b""))
        assert len(set(self.found(tmp_path))) == 4

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
    def test_strange_names_are_printable(self, tmp_path: Path) -> None:
        names = [b"\xff\xfe.py", b"tab\t\x1b[31mred.py", "\u202egpj.py".encode(), b"\x7f"]
        for name in names:
            Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(MINE)
        for submission in find(tmp_path):
            assert submission.learner.isprintable()
            submission.learner.encode()
            if submission.path.suffix == ".py":
                assert read(submission, LESSON) == MINE

    def test_no_folder_and_an_empty_one(self, tmp_path: Path) -> None:
        with pytest.raises(CourseError, match=r"nowhere does not exist\. Name the folder"):
            find(tmp_path / "nowhere")
        with pytest.raises(CourseError, match="no submissions"):
            find(tmp_path)


class TestFileNames:
    @pytest.mark.parametrize(
        "name",
        ["ana", "Ana Lopez", "zoé", "अनु", "名前", "a.b-c_d", "12"],
    )
    def test_an_ordinary_name_stays(self, name: str) -> None:
        assert file_names([name]) == {name: name}

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            ".hidden",
            "-rf",
            "a/b",
            "a\\b",
            "../../etc/passwd",
            "a\nb",
            "a\0b",
            "\x1b[31m",
            "<script>",
            "=1+1",
            "con",
            "NUL.txt",
            "a:b",
            "trailing.",
            "trailing ",
            "x" * 255,
            "名" * 85,
            "\u202egpj",
        ],
    )
    def test_a_strange_one_is_harmless(self, name: str, tmp_path: Path) -> None:
        (made,) = file_names([name]).values()
        assert made != name
        assert made.isprintable()
        assert not set(made) & set("/\\:<>|\"'?*\0\n")
        assert not made.startswith((".", "-"))
        assert len(made.encode()) <= LONGEST + len("_-12345678")
        path = tmp_path / f".{made}.json-12345678"
        path.touch()
        assert path.parent == tmp_path

    def test_no_two_are_the_same_on_any_system(self) -> None:
        names = ["ana", "Ana", "ANA", "a/b", "a:b", "a_b", "é", "e\u0301", "x" * 90, "x" * 91]
        made = file_names(names)
        assert len({name.casefold() for name in made.values()}) == len(names)
        assert file_names(reversed(names)) == made


def test_what_cannot_be_seen_is_written_out() -> None:
    assert printable("a\n\x1b\u202e\udcffé") == r"a\n\x1b\u202e\udcffé"
