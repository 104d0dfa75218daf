"""`make debug-09 TASK=...`: one task in Python's debugger."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from course import catalog
from course.catalog import CourseError
from course.learn import debug
from course.lesson.variants import spliced

LESSON = catalog.find("11")

COMMAND = """
import sys
from pathlib import Path
from course.catalog import Lesson, find
Lesson.exercise = property(lambda lesson: Path(sys.argv[1]))
from course.learn.debug import run
sys.exit(run(find("11"), sys.argv[2]))
"""


def session(folder: Path, task: str, keys: str, source: str = "") -> tuple[int, str]:
    """Type keys into the debugger; return its exit status, and what is on the screen."""
    path = folder / "answers.py"
    path.write_text(source or LESSON.solution.read_text(encoding="utf-8"), encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, "-c", COMMAND, str(path), task],
        input=keys,
        capture_output=True,
        text=True,
        cwd=catalog.ROOT,
        env={**os.environ, "PYTHONBREAKPOINT": "0", "PYTEST_ADDOPTS": "--color=yes"},
    )
    assert finished.stderr == ""
    return finished.returncode, finished.stdout


def test_it_stops_in_the_task_and_shows_what_is_there(tmp_path: Path) -> None:
    status, shown = session(tmp_path, "chunk_text", "p type(chunk).__name__\nq\n")
    assert status == 0
    assert "the debugger stops in chunk_text, at each call." in shown
    assert "(Pdb) 'AIMessageChunk'" in shown
    assert "answers.py(" in shown


def test_what_is_asynchronous_stops_too() -> None:
    stops = stopping("async def wait():\n    'why'\n    return 1\n")
    assert stops == 'async def wait():\n    """why"""\n    breakpoint()\n    return 1'


def test_a_class_stops_in_its_methods() -> None:
    stops = stopping("class wait:\n    size = 1\n\n    def read(self):\n        return 1\n")
    assert stops.endswith("def read(self):\n        breakpoint()\n        return 1")


def stopping(source: str) -> str:
    """Return a source whose function or class `wait` stops in a debugger."""
    tree = ast.parse(source)
    debug.stop_in(replace(LESSON.tasks[0], name="wait"), tree)
    return ast.unparse(tree)


def test_it_stops_only_where_the_answers_say_so(tmp_path: Path) -> None:
    function = "def chunk_text(chunk):\n    text = chunk.text\n    breakpoint()\n    return text\n"
    source = spliced(LESSON, {"chunk_text": function})
    status, shown = session(tmp_path, "chunk_text", "p len(text) > 0\nq\n", source)
    assert status == 0
    assert "the debugger stops where you call it." in shown
    assert "-> return text" in shown
    assert "(Pdb) True" in shown


def test_the_end_of_the_keys_ends_it(tmp_path: Path) -> None:
    status, shown = session(tmp_path, "chunk_text", "")
    assert status == 0
    assert "the debugger was left" in shown
    assert "Traceback" not in shown


def test_a_wrong_task_is_told_as_usual(tmp_path: Path) -> None:
    source = spliced(LESSON, {"chunk_text": "def chunk_text(chunk):\n    return 'x'\n"})
    status, shown = session(tmp_path, "chunk_text", "c\n" * 50, source)
    assert status == 1
    assert "\nchunk_text: " in shown
    assert f"{tmp_path}/answers.py:" in shown


def test_what_does_not_parse_is_told_as_usual(tmp_path: Path) -> None:
    status, shown = session(tmp_path, "chunk_text", "", "def f(:\n")
    assert status == 2
    assert "SyntaxError: invalid syntax" in shown


def test_a_task_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKELEVEL", "1")
    with pytest.raises(CourseError, match="make debug-11 TASK=chunk_text"):
        debug.run(LESSON, None)
