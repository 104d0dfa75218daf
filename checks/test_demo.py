"""`make demo-09`: the learner's functions on a model that answers; `make demo-13`: in its demos."""

from __future__ import annotations

from pathlib import Path

import pytest

from course import catalog
from course.catalog import CourseError
from course.fakes.openai.server import LocalServer
from course.learn import demo
from course.lesson.stubs import stub
from course.lesson.variants import spliced

LESSON = catalog.find("09")
OTHER = catalog.find("13")
VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL")


@pytest.fixture(autouse=True)
def _no_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_everything_is_shown_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "PAUSE", 0.0)
    assert demo.run(LESSON, answers=LESSON.solution) == 0
    shown = capsys.readouterr().out
    assert "Nothing is sent anywhere" in shown
    assert "up to 30 days after delivery" in shown
    assert "time to first token" in shown
    assert "tool_start" in shown
    assert "opening_hours" in shown
    assert shown.count("complete") >= 3


def test_what_is_not_written_is_said(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    answers = tmp_path / "answers.py"
    answers.write_text(stub(LESSON), encoding="utf-8")
    assert demo.run(LESSON, answers=answers) == 1
    assert "Not written yet: Task 2 of 11: write_stream" in capsys.readouterr().out


def test_answers_that_cannot_be_loaded(tmp_path) -> None:  # type: ignore[no-untyped-def]
    answers = tmp_path / "answers.py"
    answers.write_text("def (", encoding="utf-8")
    with pytest.raises(CourseError, match="SyntaxError"):
        demo.run(LESSON, answers=answers)


def test_a_model_behind_an_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_MODEL", "quoting")
        for name in ("ALL_PROXY", "http_proxy", "OPENAI_PROXY"):  # on this machine there is none
            monkeypatch.setenv(name, "socks5://127.0.0.1:1")
        monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")
        assert demo.run(LESSON, answers=LESSON.solution) == 0
        assert len(server.models["quoting"].transcript) == 7
    shown = capsys.readouterr().out
    assert f"quoting at {server.url}" in shown
    assert "Nothing is sent anywhere" not in shown


@pytest.mark.parametrize(
    ("variable", "value"), [("ALL_PROXY", "socks5://127.0.0.1:1"), ("SSL_CERT_FILE", "/none.pem")]
)
def test_what_keeps_the_client_from_starting_is_named(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://models.invalid/v1")
    monkeypatch.setenv("OPENAI_MODEL", "any")
    monkeypatch.setenv(variable, value)
    with pytest.raises(CourseError, match=f"(?s)does not start.*{variable}"):
        demo.run(LESSON, answers=LESSON.solution)


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_the_model_has_to_be_named(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:1/v1")
    with pytest.raises(CourseError, match="OPENAI_MODEL"):
        demo.run(LESSON, answers=LESSON.solution)


def test_another_lesson_shows_the_demos_of_its_notebook(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert demo.run(OTHER, answers=OTHER.solution) == 0
    shown = capsys.readouterr().out
    places = [shown.index(f"\n{task.name}: {task.goal}") for task in OTHER.tasks]
    assert places == sorted(places)
    assert "Not written yet" not in shown


def test_there_what_is_not_written_or_fails_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *_ = OTHER.tasks
    answers = tmp_path / "answers.py"
    broken = {
        first.name: f'def {first.name}(event):\n    raise NotImplementedError("Task 1")\n',
        second.name: f"def {second.name}(raw):\n    return raw.event\n",
    }
    answers.write_text(spliced(OTHER, broken), encoding="utf-8")
    assert demo.run(OTHER, answers=answers) == 1
    shown = capsys.readouterr().out
    assert "Not written yet: Task 1" in shown
    assert "AttributeError: 'dict' object has no attribute 'event'" in shown
    line = answers.read_text("utf-8").splitlines().index("    return raw.event") + 1
    assert f"answers.py:{line}" in "".join(shown.split())
