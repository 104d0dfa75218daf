"""What makes files says in one line what it has done, and with `check` what is stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from course.author.freshness import Made


def test_what_was_done_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fresh").write_text("fresh", encoding="utf-8")
    (tmp_path / "stale").write_text("old", encoding="utf-8")
    made = Made("make all", check=False)
    for name in ("fresh", "stale", "new"):
        made.put(tmp_path / name, name)
    made.remove(tmp_path / "fresh")
    assert made.tell() == 0
    assert capsys.readouterr() == ("2 written, 1 already fresh.\n", "")
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {
        name: name for name in ("stale", "new")
    }


def test_a_look_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stale").write_text("old", encoding="utf-8")
    made = Made("make all", check=True)
    made.put(tmp_path / "stale", "new")
    made.put(tmp_path / "missing", "new")
    made.remove(tmp_path / "stale")
    assert made.tell() == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("is stale. Run: make all\n") == 3
    assert (tmp_path / "stale").read_text("utf-8") == "old"
