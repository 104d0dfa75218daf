"""Whatever is wrong with an argument is said in one line, with status 2, before anything happens.

The tables are for all commands: what an option does not take, and what is not there. What is said
names the thing, and what to do instead.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from course import catalog, cli
from course.commands import COMMANDS
from course.environment import PROGRAM, ROOT

LESSON = catalog.find("09")
MANY = "x" * 5000
COLUMNS = 80

OPTIONS = {
    "a seed that is not a number": ("test 09 --seed x", "'x' is not a seed"),
    "a negative seed": ("test 09 --seed -1", "'-1' is not a seed"),
    "half a seed": ("test 09 --seed 1.5", "'1.5' is not a seed"),
    "a seed that no gradebook can keep": ("grade . --seed 9223372036854775808", "is not a seed"),
    "a seed without an end": (f"test 09 --seed {'9' * 5000}", "is not a seed"),
    "no seed": ("test 09 --seed", "--seed: expected one argument"),
    "an empty seed": ("test 09 --seed=", "--seed has no value"),
    "an empty task": ("test 09 --task=", "--task has no value"),
    "a word too many": ("status 09", "unrecognized arguments: 09"),
    "an option of another command": ("watch 09 --port 1", "unrecognized arguments: --port 1"),
    "a slip": ("test 09 --sed 1", "unrecognized arguments: --sed 1"),
    "a shortened option": ("test 09 --ans x", "unrecognized arguments: --ans x"),
    "a flag with a value": ("test 09 --verbose=1", "ignored explicit argument '1'"),
    "no lesson to pack": ("gradescope", "required: LESSON"),
    "no submissions": ("grade --lesson 09", "required: FOLDER"),
    "no title": ("new 29", "required: --title"),
    "no number": ("new --title Budgets", "required: NUMBER"),
    "an empty title": ("new 29 --title=", "--title has no value"),
    "no parts": ("join --lesson 09", "required: FOLDER"),
    "two lessons": ("grade . --lesson 09 10", "unrecognized arguments: 10"),
    "a port that is not a number": ("chat --port http", "'http' is not a port"),
    "a port that is too high": ("chat --port 65536", "'65536' is not a port"),
    "a negative port": ("serve --port -1", "'-1' is not a port"),
    "a port far out": (f"serve --port {'9' * 5000}", "is not a port"),
    "a speed that is not a number": ("serve --speed fast", "'fast' is not a speed"),
    "a negative speed": ("serve --speed -1", "'-1' is not a speed"),
    "an infinite speed": ("serve --speed inf", "'inf' is not a speed"),
    "no speed at all": ("serve --speed nan", "'nan' is not a speed"),
    "no workers": ("grade . --workers 0", "'0' is not a number of workers"),
    "negative workers": ("grade . --workers -2", "'-2' is not a number of workers"),
    "half a worker": ("grade . --workers 1.5", "'1.5' is not a number of workers"),
    "a path that no system knows": (f"test 09 --answers {MANY}", "cannot be used"),
    "a folder that no system knows": (f"grade {MANY}", "cannot be used"),
    "marks that no system knows": (f"grade . --out {MANY}", "cannot be used"),
}

QUESTIONS = {
    "no such lesson": ("test 99", "There is no lesson '99'. "),
    "lesson 0": ("watch 0", "There is no lesson '0'. "),
    "two lessons": ("hint 09 10", "There is no lesson '09 10'. "),
    "a slip in a lesson": ("demo streming", "Did you mean 09_streaming?"),
    "no lesson": ("mutants", "Which lesson? "),
    "a reset of some lesson": ("reset --yes", "Which lesson? To agree in advance, name it: "),
    "a solution of some lesson": ("solution --yes", "Which lesson? To agree in advance, name it: "),
    "no such lesson to grade": ("grade . --lesson 88", "There is no lesson '88'. "),
    "no such task": ("test 09 --task nope", "Lesson 09 has no task called 'nope'."),
    "a slip in a task": ("hint 09 --task bufer_stream", "Did you mean buffer_stream?"),
    "a task of another lesson": ("test 10 --task buffer_stream", "It is in lesson 09."),
    "a slip in a task to compare": ("solution 09 --task bufer_stream", "Did you mean buffer_"),
    "a number that is no lesson": ("42", "There is no lesson '42'. "),
    "no lesson to complete": ("missing 99", "There is no lesson '99'. "),
    "a lesson that is there": ("new 09 --title Budgets", "already exists: lessons/09_streaming."),
    "a number of one digit": ("new 9 --title Budgets", "'9' is not the number of a lesson"),
    "a number of three": ("new 029 --title Budgets", "'029' is not the number of a lesson"),
    "no number at all": ("new xx --title Budgets", "'xx' is not the number of a lesson"),
    "a title that is none": ('new 29 --title "', "'\"' cannot be the title of a lesson"),
    "a title without names": ("new 29 --title \u7a97", "files are named after it"),
    "a long title": (f"new 29 --title {'x' * 41}", "at most 40 of these"),
    "a part that is none": ("new 29 --title A --part |", "'|' cannot be the part of a lesson"),
    "a level that is none": ("new 29 --title A --level |", "'|' cannot be the level of a lesson"),
    "part 0": ("grade . --part 0/3", "'0/3' is not a part of a cohort."),
    "a part too many": ("grade . --part 4/3", "'4/3' is not a part of a cohort."),
    "not a part": (f"grade . --part {MANY}", "is not a part of a cohort."),
}

FILES = {
    "no answers": ("test 09 --answers nowhere.py", "nowhere.py is not there. Name a file"),
    "a folder of answers": ("test 09 --answers {folder}", "is a folder, not a file. Name a file"),
    "a pipe": ("test 09 --answers {pipe}", "is not an ordinary file. Name a file"),
    "no such rung": ("test 09 --rung ladder", "There is no rung 'ladder'. Choose one of: "),
    "no folder for the outcome": ("test 09 --json {folder}/a/b.json", "there is no folder"),
    "a folder for the outcome": ("test 09 --json {folder}", "it is a folder"),
    "a device for the outcome": ("test 09 --json /dev/null", "it is not an ordinary file"),
    "a file as a folder": ("test 09 --json {file}/a.json", "there is no folder"),
    "the answers as the outcome": (
        "test 09 --answers {file} --json {file}",
        "these are the answers",
    ),
    "no folder of submissions": ("grade {folder}/a --lesson 09", "does not exist. Name the folder"),
    "a file as submissions": ("grade {file} --lesson 09", "Not a directory. Name the folder"),
    "an empty folder": ("grade {empty} --lesson 09", "There are no submissions in"),
    "the course as submissions": (f"grade {ROOT} --lesson 09", "the course's own folder"),
    "marks on a file": ("grade {folder} --lesson 09 --out {file}", "is a file, not a folder."),
    "marks below a file": (
        "grade {folder} --lesson 09 --out {file}/out",
        "cannot be written to: Not a directory. Choose another folder",
    ),
    "marks among submissions": (
        "grade {folder} --lesson 09 --out {folder}/out",
        "is inside the submissions folder. Choose another",
    ),
    "a part without a seed": ("grade {folder} --lesson 09 --part 1/2", "Set it with --seed"),
    "workers of a cluster": (
        "grade {folder} --lesson 09 --scheduler tcp://a:1 --workers 2",
        "Leave out --workers",
    ),
    "submissions that do not tell": ("grade {other}", "The submissions do not say. Name it with"),
    "submissions of several lessons": (
        "grade {mixed}",
        "The submissions are for several: 09 (ana.py), 10 (ben.py). Name it with",
    ),
    "no gradebook": ("join {folder} --lesson 09", "There is no gradebook.sqlite in"),
    "a file as a part": ("join {file} --lesson 09", "There is no gradebook.sqlite in"),
}


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a command ends with. Below it, there may be what to choose from."""
    asked: list[object] = []
    try:
        status = cli.main(words, asked.append)
    except SystemExit as stopped:
        status = int(str(stopped.code))
    shown = capsys.readouterr()
    assert status == 2
    assert shown.out == ""
    line, *choices = shown.err.splitlines()
    assert all(one.startswith(("  ", "For example: ")) for one in choices)
    assert not choices or line.endswith(":")
    assert all(len(one) <= COLUMNS for one in choices)
    return line


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAKELEVEL", raising=False)
    monkeypatch.setattr("course.environment.keep_private", lambda reaches_out: None)


@pytest.mark.parametrize(("words", "wanted"), OPTIONS.values(), ids=OPTIONS)
def test_an_option(words: str, wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = said(words.split(), capsys)
    assert line.startswith(f"{PROGRAM} {words.split()[0]}: ")
    assert wanted in line
    assert f"For example: {PROGRAM} {words.split()[0]}" in line
    assert len(line) < 300


@pytest.mark.parametrize("words", [["test", ""], ["grade", " "], ["test", "09", "--task", ""]])
def test_an_empty_one(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A variable of a script that is not set."""
    line = said(words, capsys)
    assert ("--task has no value" if "--task" in words else "an argument is empty") in line


@pytest.mark.parametrize(("words", "wanted"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_question(words: str, wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert wanted in said(words.split(), capsys)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize(("words", "wanted"), FILES.values(), ids=FILES)
def test_a_file(
    words: str, wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {name: tmp_path / name for name in ("folder", "empty", "other", "mixed")}
    for place in places.values():
        place.mkdir()
    (places["folder"] / "ana.py").write_text("answers = 1\n", encoding="utf-8")
    (places["other"] / "ana.py").write_text("answers = 1\n", encoding="utf-8")
    for name, number in (("ana", "09"), ("ben", "10")):
        shutil.copy(catalog.find(number).solution, places["mixed"] / f"{name}.py")
    places |= {"file": tmp_path / "file.py", "pipe": tmp_path / "pipe"}
    places["file"].write_text("answers = 1\n", encoding="utf-8")
    os.mkfifo(places["pipe"])
    before = sorted(tmp_path.rglob("*"))
    assert wanted in said(words.format(**places).split(), capsys)
    assert sorted(tmp_path.rglob("*")) == before, "nothing was written"
    assert places["file"].read_text(encoding="utf-8") == "answers = 1\n"
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_each_option_that_takes_something_was_tried() -> None:
    tried = " ".join(
        words for words, _ in (*OPTIONS.values(), *QUESTIONS.values(), *FILES.values())
    )
    for command in COMMANDS.values():
        for option in cli.parser_of(command)._actions:
            if option.option_strings and option.nargs != 0:
                assert {*option.option_strings} & {*tried.replace("=", " ").split()}, command.name


MAKE = {
    "no submissions": (["grade", "LESSON=09"], "make grade SUBMISSIONS=folder LESSON=09"),
    "the course": (["grade", "SUBMISSIONS=.", "LESSON=09"], "the course's own folder"),
    "a seed": (["test-09", "SEED=x"], "'x' is not a seed"),
    "an outcome": (["test-09", "JSON=nowhere/a.json"], "there is no folder"),
    "a port": (["serve", "PORT=99999"], "For example: make serve PORT=9000"),
    "half a target": (["test-"], "Did you mean: make test\n"),
}


@pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")
@pytest.mark.parametrize(("words", "wanted"), MAKE.values(), ids=MAKE)
def test_through_make(words: list[str], wanted: str) -> None:
    kept = ("PATH", "HOME", "STREAMLINGS_VENV", "VIRTUAL_ENV", "TMPDIR")
    finished = subprocess.run(
        ["make", *words, f"PYTHON={sys.executable}"],
        cwd=ROOT,
        env={name: os.environ[name] for name in kept if name in os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 2
    assert wanted in finished.stderr
    assert "Traceback" not in finished.stderr
