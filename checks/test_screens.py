"""The grading screen in every situation, compared with the golden texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course import catalog
from course.author import screens
from course.catalog import CourseError
from course.grade import command
from course.grade.screen import HEIGHT, WIDTH
from course.wording import as_from_make

LESSON = catalog.find("09")


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    with as_from_make():
        return dict(screens.texts(LESSON))


def test_every_screen_is_the_golden_one(shown: dict[str, str]) -> None:
    golden = {path.stem: path.read_text(encoding="utf-8") for path in screens.FOLDER.glob("*.txt")}
    assert shown, "no situation was shown"
    assert shown == golden, "if the new screens are better, run: make golden"


def test_every_screen_fits(shown: dict[str, str]) -> None:
    for name, text in shown.items():
        lines = text.splitlines()
        assert len(lines) <= HEIGHT, name
        assert max(map(len, lines)) <= WIDTH, name


def test_no_screen_shows_the_runner(shown: dict[str, str]) -> None:
    for name, text in shown.items():
        assert "Traceback" not in text, name
        assert "site-packages" not in text, name
        assert "course/" not in text, name


@pytest.mark.parametrize(
    ("situation", "status"),
    [("untouched_stub", 1), ("one_wrong_task", 1), ("syntax_error", 2), ("all_passed", 0)],
)
def test_the_exit_status(
    situation: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.py"
    answers.write_bytes(screens.SITUATIONS[situation](LESSON))
    assert command.run(LESSON, answers=answers) == status
    assert capsys.readouterr().out.startswith("Lesson 09  Streaming")


def test_the_outcome_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers, outcome = tmp_path / "answers.py", tmp_path / "outcome.json"
    answers.write_bytes(screens.SITUATIONS["three_tasks_done_and_one_wrong"](LESSON))
    assert command.run(LESSON, answers=answers, json_file=outcome) == 1
    data = json.loads(outcome.read_text(encoding="utf-8"))
    assert (data["lesson"], data["passed"], data["of"]) == ("09", 3, 11)
    outcomes = [task["outcome"] for task in data["tasks"]]
    assert outcomes == ["passed"] * 3 + ["wrong"] + ["not_started"] * 7
    assert [task["name"] for task in data["tasks"]] == [task.name for task in LESSON.tasks]
    assert "message" in data["tasks"][3]
    capsys.readouterr()
    assert command.run(LESSON, answers=answers, json_file=Path("-")) == 1
    assert json.loads(capsys.readouterr().out) == data


def test_answers_that_are_not_there(tmp_path: Path) -> None:
    for wrong in (tmp_path / "nowhere.py", tmp_path):
        with pytest.raises(CourseError, match="Name a file of answers"):
            command.run(LESSON, answers=wrong)


def test_another_seed_asks_with_other_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.py"
    answers.write_bytes(screens.SITUATIONS["one_wrong_task"](LESSON))
    texts = []
    for seed in (1, 1, 2):
        command.run(LESSON, answers=answers, seed=seed)
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]
