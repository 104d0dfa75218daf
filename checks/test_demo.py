"""`make demo-09`: the learner's functions on a model that answers; `make demo-13`: in its demos."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from course import catalog
from course.catalog import CourseError
from course.fakes.openai.server import LocalServer
from course.learn import demo
from course.lesson.demo_file import demos_of_tasks
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


def test_what_is_not_written_is_the_references_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that the first task is alive when it is written, and no other is."""
    monkeypatch.setattr(demo, "PAUSE", 0.0)
    answers = tmp_path / "answers.py"
    answers.write_text(
        with_bodies("visible_text", "    yield 'the learner was here'\n"), encoding="utf-8"
    )
    assert demo.run(LESSON, answers=answers) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "the learner was here| " in shown
    answers.write_text(
        with_bodies("stream_tokens", "    yield 'the learner was here'\n"), encoding="utf-8"
    )
    assert demo.run(LESSON, answers=answers) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "The reference's: monitor_stream (not written yet), write_stream (not" in shown
    assert "the learner was here" in shown
    assert "time to first token" in shown
    assert "tool_start" in shown


def test_what_fails_is_said_and_then_the_references(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "PAUSE", 0.0)
    answers = tmp_path / "answers.py"
    answers.write_text(
        with_bodies("stream_tokens", "    yield model.no_such_thing\n"), encoding="utf-8"
    )
    assert demo.run(LESSON, answers=answers) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "object has no attribute 'no_such_thing'" in shown
    assert "Once more, with the reference in place of yours: stream_tokens" in shown
    assert "up to 30 days after delivery" in shown
    assert "The reference's: buffer_stream (not written yet)" in shown


def test_what_returns_nothing_is_replaced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line of the learner's is in the traceback then."""
    monkeypatch.setattr(demo, "PAUSE", 0.0)
    answers = tmp_path / "answers.py"
    answers.write_text(with_bodies("buffer_stream", "    return None\n"), encoding="utf-8")
    assert demo.run(LESSON, answers=answers) == 1
    shown = capsys.readouterr().out
    assert "'NoneType' object is not iterable" in shown
    assert "in place of yours: buffer_stream" in shown
    assert "  | A lamp can be returned" in shown


def with_bodies(task: str, body: str) -> str:
    """Return the stub of lesson 09 with one task written."""
    lines = stub(LESSON).splitlines(keepends=True)
    at = next(at for at, line in enumerate(lines) if line.endswith(f': {task}")\n'))
    lines[at : at + 2] = [body]
    return "".join(lines)


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
        assert len(server.models["quoting"].transcript) == 8
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
    assert "The reference's" not in shown
    assert "Once more" not in shown


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
    assert f"The reference's: {first.name} (not written yet)" in shown
    assert "AttributeError: 'dict' object has no attribute 'event'" in shown
    line = answers.read_text("utf-8").splitlines().index("    return raw.event") + 1
    assert f"answers.py:{line}" in "".join(shown.split())
    assert f"Once more, with the reference in place of yours: {second.name}" in shown
    assert shown.count("on_chat_model_stream") > 1


def test_the_demos_of_tasks_draw_nothing() -> None:
    for lesson in catalog.lessons():
        kept = ast.unparse(demos_of_tasks(lesson))
        assert "plots" not in kept or lesson == LESSON
        for task in lesson.tasks:
            assert f"def {task.demo}(" in kept
