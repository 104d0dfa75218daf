"""Lesson 15's functions send the answers of the chat page: the learner's once they pass."""

from __future__ import annotations

import builtins
import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chat_server import FAST, RunningChat, reference_answers
from copied_course import Copy, copy_of_the_course
from waiting import SECONDS_FOR_A_HANG, SECONDS_OF_SILENCE

from course import catalog
from course.grade.answer_file import CannotLoad
from course.grade.grader import Grader
from course.lesson.stubs import stub
from course.lesson.variants import mistakes
from course.web import choice, wire

LESSON = catalog.find(wire.LESSON)
STUB = stub(LESSON)
SOLUTION = LESSON.solution.read_text(encoding="utf-8")
MINE = SOLUTION.replace('"X-Accel-Buffering": "no",', '"X-Accel-Buffering": "no", "X-Mine": "1",')
WRONG = {
    task: next(one.answers for one in mistakes(LESSON) if one.task == task) for task in wire.PARTS
}


def body_of(task: str, source: str) -> str:
    """Return the lines that define a task, up to the next one."""
    found = re.search(
        rf"(?ms)^(async )?(def|class) {task}\b.*?(?=^(async )?(def|class) |\Z)", source
    )
    assert found
    return found[0]


def with_task(task: str, source: str = STUB, solution: str = MINE) -> str:
    """Return a stub in which one task is solved."""
    return source.replace(body_of(task, source), body_of(task, solution))


HALF_DONE = with_task("ReplayLog", with_task("sse_headers"))


def is_sent_by_mine(running: RunningChat) -> bool:
    """Ask something, read the answer, and say whether the learner's headers came with it."""
    name = running.ask("How many days do I have to return a bicycle?")
    response, connection = running.request("GET", f"/answers/{name}/events")
    with contextlib.closing(connection):
        assert b'"complete"' in response.read()
        return response.headers["X-Mine"] == "1"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningChat]:
    """A page that grades lesson 15, and only that."""
    with RunningChat(replace(FAST, exercises=tmp_path), graded=True) as started:
        started.chat.answerer = reference_answers()  # type: ignore[assignment]
        yield started


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / LESSON.exercise.name


class TestWhoseCodeSends:
    @pytest.mark.parametrize("task", wire.PARTS)
    def test_a_wrong_part_is_left_out(self, running: RunningChat, mine: Path, task: str) -> None:
        mine.write_text(WRONG[task], encoding="utf-8")
        note = running.json("GET", "/answerer")[1]["wire"]
        others = ", ".join(part for part in wire.PARTS if part != task)
        assert f"your code runs 3 of 4 parts: {others}. The reference runs {task}." in note
        assert f"Your {task} does not pass yet: " in note
        is_sent_by_mine(running)

    def test_each_save_counts(self, running: RunningChat, mine: Path) -> None:
        for source, count, told, sent in (
            (None, 0, "cannot be read", False),
            (STUB, 0, "You have not started sse_headers yet.", False),
            (HALF_DONE, 2, "The reference runs last_event_id, sse_body.", True),
            (MINE, 4, "parts: sse_headers, last_event_id, sse_body, ReplayLog.", True),
            (MINE + "\ndef (", 0, "cannot be loaded: SyntaxError", False),
            (MINE + "\nraise SystemExit\n", 0, "it ends the program", False),
            (SOLUTION, 4, "your code runs", False),
        ):
            if source is not None:
                mine.write_text(source, encoding="utf-8")
            note = running.json("GET", "/answerer")[1]["wire"]
            assert f"Lesson 15: your code runs {count} of 4 parts" in note
            assert told in note
            assert ("make watch-15" in note or "watch 15" in note) == (count < 4)
            assert is_sent_by_mine(running) == sent

    def test_the_page_does_not_wait_for_the_first_verdict(
        self, tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        graded = threading.Event()

        def grade(*_: object, **__: object) -> None:
            assert graded.wait(SECONDS_FOR_A_HANG)
            raise CannotLoad("it took ages.")

        monkeypatch.setattr(Grader, "grade", grade)
        mine.write_text(MINE, encoding="utf-8")
        with RunningChat(replace(FAST, exercises=tmp_path), graded=True) as running:
            response, connection = running.request("GET", "/")
            assert b"Ask the handbook" in response.read()
            connection.close()
            graded.set()
            assert "it took ages" in running.json("GET", "/answerer")[1]["wire"]

    def test_an_answer_is_sent_to_its_end_as_it_was_begun(
        self, running: RunningChat, mine: Path
    ) -> None:
        mine.write_text(MINE, encoding="utf-8")
        name = running.ask()
        mine.write_text(STUB, encoding="utf-8")
        assert not is_sent_by_mine(running)
        response, connection = running.request("GET", f"/answers/{name}/events")
        with contextlib.closing(connection):
            assert response.headers["X-Mine"] == "1"

    def test_what_waits_outside_of_functions_does_not_stop_the_page(
        self, running: RunningChat, mine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It waits for something that is not there while it is graded."""
        monkeypatch.setattr(choice, "SECONDS_TO_IMPORT", SECONDS_OF_SILENCE)
        held = threading.Event()
        monkeypatch.setattr(builtins, "held", held, raising=False)
        waits = "\nimport builtins\nif hasattr(builtins, 'held'): builtins.held.wait()\n"
        mine.write_text(MINE + waits, encoding="utf-8")
        try:
            note = running.json("GET", "/answerer")[1]["wire"]
            assert "0 of 4 parts. The reference runs" in note
            assert "importing it takes more than" in note
            assert not is_sent_by_mine(running)
        finally:
            held.set()


@contextlib.contextmanager
def served(copy: Copy) -> Iterator[RunningChat]:
    """Run `course chat` in a copy of the course. What is yielded is only the client."""
    process = subprocess.Popen(
        ["python3", "-m", "course", "chat", "--port", "0"],
        cwd=copy.folder,
        env={**os.environ, **copy.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found
        client = RunningChat()
        client.port = int(found[1])
        yield client
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS_FOR_A_HANG) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_in_a_copy_of_the_course(tmp_path: Path) -> None:
    """The exercises are those of the course that `make chat` is started in."""
    copy = Copy(copy_of_the_course(tmp_path / "course"))
    mine = copy.folder / "exercises" / LESSON.exercise.name
    with served(copy) as client:
        for source, count, told in (
            (MINE, 4, "parts: sse_headers, last_event_id, sse_body, ReplayLog."),
            (WRONG["sse_body"], 3, "Your sse_body does not pass yet"),
            ("def (", 0, "exercises/15_server_sent_events.py cannot be loaded: SyntaxError"),
        ):
            mine.write_text(source, encoding="utf-8")
            answerer: Any = client.json("GET", "/answerer")[1]
            assert f"your code runs {count} of 4 parts" in answerer["wire"]
            assert told in answerer["wire"]
            assert answerer["note"].startswith("You have not started stream_rag_response yet.")
            assert is_sent_by_mine(client) == (source == MINE)
