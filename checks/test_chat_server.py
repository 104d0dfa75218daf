"""The server of the chat page, without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chat_server import FAST, Always, Pieces, RunningChat, parse
from langchain_core.documents import Document
from waiting import SECONDS_FOR_A_HANG, SECONDS_OF_SILENCE, until

from course import catalog
from course.fakes import handbook
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.quoting import NOTHING_FOUND
from course.fakes.script import Hang, Reply
from course.web import answers_under_way as answers
from course.web import app, rag
from course.web.answerer import Answerer

LESSON = catalog.find("09")
SOLUTION = LESSON.solution.read_text(encoding="utf-8")
WORDS = ["You ", "may ", "return ", "a ", "bicycle ", "within ", "30 ", "days", "."]


@pytest.fixture(scope="module")
def served() -> Iterator[RunningChat]:
    with RunningChat() as running:
        yield running


@pytest.fixture
def pieces(served: RunningChat) -> Iterator[Pieces]:
    """The model of the served page."""
    model = Pieces(WORDS)
    usual, served.chat.generate = served.chat.generate, model.generate
    yield model
    model.free = None
    served.chat.generate = usual
    until(lambda: not served.running, "no answer is under way")


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["content"] for event in events if event["type"] == "token")


def numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if "id" in event]


class TestAnswer:
    def test_it_shows_each_step(self, served: RunningChat) -> None:
        events = served.read(served.ask("How many days do I have to return a bicycle?"))
        kinds = [event["type"] for event in numbered(events)]
        letters = {"status": "s", "document": "d", "token": "t", "complete": "c"}
        shown = "".join(letters[kind] for kind in kinds)
        assert re.fullmatch("sd+st+c", shown)
        assert "Refund policy 2025" in [event.get("document") for event in events]
        assert "within 30 days" in text_of(events)
        assert [event["id"] for event in numbered(events)] == [*range(1, len(kinds) + 1)]

    def test_what_is_in_no_document_is_not_found(self, served: RunningChat) -> None:
        events = served.read(served.ask("xylophone"))
        assert "document" not in [event["type"] for event in events]
        assert text_of(events) == NOTHING_FOUND

    def test_a_question_of_10_000_characters(self, served: RunningChat) -> None:
        question = "The frame has a warranty for every cyclist. " * 230
        question += "How long is the warranty of the frame?"
        assert len(question) >= 10_000
        events = served.read(served.ask(question))
        assert events[-1]["type"] == "complete"
        assert "cyclist" not in text_of(events), "it quotes the question"

    def test_half_an_emoji_is_no_problem(self, served: RunningChat) -> None:
        assert served.read(served.ask("\ud83d"))[-1]["type"] == "complete"

    def test_a_fault_on_request(self, served: RunningChat, pieces: Pieces) -> None:
        pieces.free = None
        *before, last = served.read(served.ask(fault=True))
        assert text_of(before) == "".join(WORDS[: app.TOKENS_BEFORE_FAULT])
        assert last["type"] == "error"
        assert "purpose" not in last["message"]
        assert pieces.endings == ["closed"]

    def test_each_reader_sees_its_own(self, served: RunningChat, pieces: Pieces) -> None:
        pieces.free = None
        first, second = served.ask("one"), served.ask("two")
        assert len(first) >= 20
        assert first != second
        assert text_of(served.read(second)) == text_of(served.read(first)) == pieces.text


class TestReplay:
    def test_it_comes_strictly_after_the_id(self, served: RunningChat) -> None:
        name = served.ask("What does a full service cost?")
        whole = numbered(served.read(name))
        assert len(whole) > 5
        for seen in range(len(whole)):
            assert numbered(served.read(name, after=seen)) == whole[seen:]

    def test_nothing_is_left_after_the_last(self, served: RunningChat) -> None:
        name = served.ask("What does a full service cost?")
        last = served.read(name)[-1]["id"]
        for after in (last, last + 1):
            headers = {"Last-Event-ID": str(after)}
            response, connection = served.request("GET", f"/answers/{name}/events", None, headers)
            assert (response.status, response.read()) == (204, b"")
            connection.close()

    @pytest.mark.parametrize("seen", [0, 1, 4, len(WORDS) - 1])
    def test_it_goes_live_in_the_middle(
        self, served: RunningChat, pieces: Pieces, seen: int
    ) -> None:
        pieces.free = seen
        name = served.ask()
        got: list[dict[str, Any]] = []
        with served.reading(name) as events:
            for event in events:
                got += numbered([event])
                if len(text_of(got)) == len("".join(WORDS[:seen])) and len(got) > 2:
                    break
        with served.reading(name, after=got[-1]["id"]) as events:
            pieces.free = None
            rest = numbered(list(events))
        assert text_of(got + rest) == pieces.text
        assert [event["id"] for event in got + rest] == [*range(1, len(got + rest) + 1)]

    def test_two_read_along(self, served: RunningChat, pieces: Pieces) -> None:
        name = served.ask()
        with served.reading(name) as one, served.reading(name) as other:
            pieces.free = None
            assert text_of(list(one)) == text_of(list(other)) == pieces.text
        assert len(pieces.calls) == 1

    @pytest.mark.parametrize("header", ["", "-1", "x", "1.5", "٣", "9" * 400, "1, 2"])
    def test_what_is_no_id_means_from_the_beginning(self, served: RunningChat, header: str) -> None:
        name = served.ask("What does a full service cost?")
        whole = served.read(name)
        headers: Any = {"Last-Event-ID": header.encode()}
        response, connection = served.request("GET", f"/answers/{name}/events", None, headers)
        with contextlib.closing(connection):
            assert numbered([*parse(response)]) == numbered(whole)

    def test_an_id_that_no_event_has_had_means_from_the_beginning(
        self, served: RunningChat, pieces: Pieces
    ) -> None:
        name = served.ask()
        with served.reading(name, after=1_000) as events:
            pieces.free = None
            got = numbered(list(events))
        assert text_of(got) == pieces.text
        assert [event["id"] for event in got] == [*range(1, len(got) + 1)]

    def test_a_token_arrives_whatever_is_in_it(self, served: RunningChat, pieces: Pieces) -> None:
        pieces.tokens, pieces.free = ["a\n\nb\r", "\u2028 🚲", "data: c\n\n", "\ud83d"], None
        events = served.read(served.ask())
        assert text_of(events) == "a\n\nb\r\u2028 🚲data: c\n\n?"
        assert events[-1]["type"] == "complete"

    def test_silence_is_filled_with_comments(self) -> None:
        pieces = Pieces(WORDS)
        options = replace(FAST, heartbeat=0.01)
        with RunningChat(options, generate=pieces.generate) as running:
            name = running.ask()
            until(lambda: pieces.calls, "the model is asked")
            with running.reading(name) as events:
                seen = [next(events)["type"] for _ in range(12)]
                assert seen[-1] == seen[-2] == "heartbeat"
                pieces.free = None
                assert text_of(list(events)) == pieces.text


class TestStop:
    def test_it_closes_the_model(self, served: RunningChat) -> None:
        model = ScriptedChatModel(replies={"": Reply("You ", Hang())})
        usual, served.chat.generate = served.chat.generate, rag.quoting(lambda: model)
        name = served.ask("How many days do I have to return a bicycle?")
        served.chat.generate = usual
        with served.reading(name) as events:
            while next(events)["type"] != "token":
                pass
            before: str = model.transcript[0].outcome
            assert before == "open"
            assert served.stop(name) == {"stopped": True}
            assert model.transcript[0].outcome == "closed"
            pulled = model.transcript[0].pulled
            assert list(events)[-1]["type"] == "stopped"
        assert model.transcript[0].pulled == pulled
        assert served.stop(name) == {"stopped": False}

    def test_before_the_first_token(self, served: RunningChat, pieces: Pieces) -> None:
        name = served.ask()
        until(lambda: pieces.calls, "the model is asked")
        assert served.stop(name) == {"stopped": True}
        events = served.read(name)
        assert events[-1]["type"] == "stopped"
        assert text_of(events) == ""
        assert pieces.endings == ["closed"]

    def test_in_the_search(self, served: RunningChat, pieces: Pieces) -> None:
        ended: list[str] = []

        async def retrieve(query: str) -> AsyncIterator[Document]:
            try:
                yield Document("", metadata={"title": "One"})
                await never.wait()
            finally:
                ended.append(query)

        never = asyncio.Event()
        usual, served.chat.retrieve = served.chat.retrieve, retrieve
        name = served.ask("where?")
        served.chat.retrieve = usual
        with served.reading(name) as events:
            while next(events)["type"] != "document":
                pass
            served.stop(name)
            assert ended == ["where?"]
        assert pieces.calls == []

    def test_at_once(self, served: RunningChat, pieces: Pieces) -> None:
        name = served.ask()
        assert served.stop(name) == {"stopped": True}
        assert served.read(name)[-1]["type"] == "stopped"

    def test_one_that_does_not_want_to(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """A learner's code may hold on to its end. The page does not."""
        monkeypatch.setattr(answers, "SECONDS_TO_CLOSE", SECONDS_OF_SILENCE)
        stubborn = SOLUTION.replace(
            '    except Exception:\n        yield {"type": "error", "message": "Something',
            '    except BaseException:\n        yield {"type": "error", "message": "Something',
        )
        assert stubborn != SOLUTION
        pieces = Pieces(WORDS, free=2)
        with RunningChat(generate=pieces.generate) as running:
            use(running, stubborn)
            name = running.ask()
            with running.reading(name) as events:
                while next(events).get("content") != WORDS[1]:
                    pass
                running.stop(name)
                assert list(events)[-1]["type"] == "stopped"
            assert pieces.endings == ["closed"]


def use(running: RunningChat, source: str) -> None:
    """Let this code answer, ungraded, as the learner's."""
    namespace: dict[str, Any] = {"__name__": "answers"}
    exec(compile(source, "answers.py", "exec", dont_inherit=True), namespace)

    answerer = Answerer("learner", "your code", "", namespace["stream_rag_response"])
    running.chat.answerer = Always(answerer)  # type: ignore[assignment]


class TestWhoLeaves:
    def test_the_answer_waits_for_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pieces = Pieces(WORDS, free=3)
        graces: list[int] = []
        with RunningChat(generate=pieces.generate) as running:
            abandon = running.chat.answers._abandon

            def note(answer: answers.Answer) -> None:
                abandon(answer)
                graces.append(answer.readers)

            monkeypatch.setattr(running.chat.answers, "_abandon", note)
            name = running.ask()
            answer = running.chat.answers.get(name)
            assert answer is not None
            got = []
            with running.reading(name) as events:
                for event in events:
                    got += numbered([event])
                    if text_of(got) == "".join(WORDS[:3]):
                        break
            until(lambda: answer.readers == 0, "nobody reads along")
            assert pieces.endings == []
            with running.reading(name, after=got[-1]["id"]) as events:
                assert answer.readers == 1
                running.chat.answers.grace = SECONDS_OF_SILENCE
                with running.reading(name) as others:
                    next(others)
                until(lambda: graces, "the grace period is over")
                assert graces == [1], "somebody reads along"
                pieces.free = None
                assert text_of(got + list(events)) == pieces.text
            assert pieces.endings == ["exhausted"]

    @pytest.mark.parametrize("reads", [True, False])
    def test_then_it_stops(self, reads: bool) -> None:
        pieces = Pieces(WORDS, free=1)
        options = replace(FAST, grace=SECONDS_FOR_A_HANG if reads else SECONDS_OF_SILENCE)
        with RunningChat(options, generate=pieces.generate) as running:
            name = running.ask()
            if reads:
                with running.reading(name) as events:
                    while next(events)["type"] != "token":
                        pass
                    running.chat.answers.grace = SECONDS_OF_SILENCE
                    assert pieces.endings == []
            until(lambda: not running.running, "the answer has ended")
            assert pieces.endings == ["closed"] * len(pieces.calls), "if it was asked by then"
            last = running.read(name)[-1]
            assert last["type"] == "stopped"
            assert "nobody" in last["message"]

    def test_a_finished_answer_is_forgotten(self) -> None:
        with RunningChat(replace(FAST, keep=SECONDS_OF_SILENCE)) as running:
            name = running.ask()
            until(lambda: not running.chat.answers._answers, "it is forgotten")
            status, body = running.json("GET", f"/answers/{name}/events")
            assert (status, [*body]) == (404, ["error"])

    def test_many_answers_are_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(answers, "MOST_KEPT", 2)
        with RunningChat() as running:
            names = []
            for _ in range(5):
                names.append(running.ask())
                running.read(names[-1])
            kept = [name for name in names if running.chat.answers.get(name)]
            assert kept == names[-2:]

    def test_many_at_once_are_refused(
        self, served: RunningChat, pieces: Pieces, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(answers, "MOST_RUNNING", 2)
        names = [served.ask(), served.ask()]
        status, body = served.json("POST", "/ask", {"question": "a third"})
        assert status == 503
        assert "wait" in body["error"]
        served.stop(names[0])
        names.append(served.ask())
        for name in names:
            served.stop(name)

    def test_one_that_reads_nothing_is_let_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(app, "SECONDS_FOR_READER", SECONDS_OF_SILENCE)
        monkeypatch.setattr(answers, "MOST_CHARACTERS", 50_000_000)
        pieces = Pieces(["x" * 100_000] * 200, free=None)
        with RunningChat(generate=pieces.generate) as running:
            name = running.ask()
            with socket.create_connection(("127.0.0.1", running.port)) as lazy:
                lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                host = f"Host: 127.0.0.1:{running.port}"
                lazy.sendall(f"GET /answers/{name}/events HTTP/1.1\r\n{host}\r\n\r\n".encode())
                assert lazy.recv(1), "it reads along"
                answer = running.chat.answers.get(name)
                assert answer is not None
                until(lambda: answer.readers == 0, "it is let go")
            until(lambda: pieces.endings == ["exhausted"], "the answer does not wait for it")

    def test_shutting_down_tells_who_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(answers, "SECONDS_TO_CLOSE", 2 * SECONDS_FOR_A_HANG)  # no way to end
        pieces = Pieces(WORDS, free=2)
        running = RunningChat(generate=pieces.generate).__enter__()
        name = running.ask()
        with running.reading(name) as events:
            while next(events).get("content") != WORDS[1]:
                pass
            running.close()
            last = list(events)[-1]
        assert last["type"] == "error"
        assert "shut down" in last["message"]
        assert pieces.endings == ["closed"]


BAD = {
    "no JSON": ("POST", "/ask", b"{", {}, 400),
    "no UTF-8": ("POST", "/ask", b'{"question": "\xff"}', {}, 400),
    "deep JSON": ("POST", "/ask", b"[" * 200_000, {}, 400),
    "a list": ("POST", "/ask", b"[]", {}, 422),
    "no question": ("POST", "/ask", b"{}", {}, 422),
    "a number": ("POST", "/ask", b'{"question": 1}', {}, 422),
    "an empty question": ("POST", "/ask", b'{"question": " \\n"}', {}, 422),
    "a strange fault": ("POST", "/ask", b'{"question": "a", "fault": "b"}', {}, 422),
    "a long question": ("POST", "/ask", b'{"question": "%s"}' % (b"a" * 20_001), {}, 422),
    "a huge body": ("POST", "/ask", b'"%s"' % (b"a" * 1_000_000), {}, 413),
    "another type": ("POST", "/ask", b"{}", {"Content-Type": "text/plain"}, 415),
    "an unknown id": ("GET", "/answers/none/events", None, {}, 404),
    "an unknown id to stop": ("POST", "/answers/none/stop", None, {}, 404),
    "an unknown address": ("GET", "/nowhere", None, {}, 404),
    "a way out": ("GET", "/../app.py", None, {}, 404),
    "another method": ("GET", "/ask", None, {}, 405),
    "another method for a file": ("DELETE", "/", None, {}, 405),
    "another method for events": ("POST", "/answers/none/events", None, {}, 405),
    "another host": ("GET", "/", None, {"Host": "example.invalid"}, 403),
    "another host with a port": ("GET", "/", None, {"Host": "example.invalid:8001"}, 403),
    "nearly this host": ("GET", "/", None, {"Host": "127.0.0.1.example.invalid"}, 403),
    "another page": ("POST", "/ask", b"{}", {"Origin": "http://example.invalid"}, 403),
    "a page from nowhere": ("POST", "/ask", b"{}", {"Origin": "null"}, 403),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_answered_in_plain_words(
    served: RunningChat, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    method, path, body, headers, wanted = BAD[name]
    given = {"Content-Type": "application/json"} | headers
    before = served.running
    status, answer = served.json(method, path, body, **given)
    assert status == wanted
    assert [*answer] == ["error"]
    assert answer["error"].endswith(".")
    assert served.running == before
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "sent", [b"", b"GARBAGE\r\n\r\n", b"POST /ask HTTP/1.1\r\nHost: localhost"]
)
def test_who_goes_in_the_middle_leaves_nothing(
    served: RunningChat, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(sent)
    head = b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(head + b'Content-Length: 100\r\n\r\n{"question"')
    assert served.read(served.ask())[-1]["type"] == "complete"
    until(lambda: served.running == 0, "no answer is under way")
    assert "Traceback" not in caplog.text


def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch, served: RunningChat) -> None:
    monkeypatch.setattr(app, "SECONDS_FOR_BODY", SECONDS_OF_SILENCE)
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=SECONDS_FOR_A_HANG)
    connection.putrequest("POST", "/ask")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "100")
    connection.endheaders(b"{")
    response = connection.getresponse()
    assert (response.status, b"did not arrive" in response.read()) == (408, True)
    connection.close()


def test_a_mistake_of_the_course_shows_nothing(
    served: RunningChat, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(served.chat.answers, "start", lambda *_: 1 / 0)
    status, body = served.json("POST", "/ask", {"question": "why?"})
    assert status == 500
    assert "division" not in body["error"]
    until(lambda: "ZeroDivisionError" in caplog.text, "the terminal shows it")


class TestPage:
    @pytest.mark.parametrize("path", app.FILES)
    def test_its_files_need_nothing_from_elsewhere(self, served: RunningChat, path: str) -> None:
        response, connection = served.request("GET", path)
        text = response.read().decode()
        connection.close()
        assert response.status == 200
        assert response.headers["content-type"].split(";")[0] == app.FILES[path][1]
        assert [
            u for u in re.findall(r"\w+://[^\s\"']+", text) if "www.w3.org/2000/svg" not in u
        ] == []
        assert not re.search(r"<script>|<style|\son\w+=|\sstyle=|innerHTML|@import", text)

    def test_its_headers(self, served: RunningChat) -> None:
        name = served.ask()
        for path in ("/", "/page.js", f"/answers/{name}/events", "/answerer", "/nowhere"):
            response, connection = served.request("GET", path)
            connection.close()
            policy = response.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert "unsafe" not in policy
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["x-content-type-options"] == "nosniff"

    def test_events_are_not_buffered_on_the_way(self, served: RunningChat) -> None:
        for method in ("GET", "HEAD"):
            response, connection = served.request(method, f"/answers/{served.ask()}/events")
            connection.close()
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["x-accel-buffering"] == "no"

    def test_its_examples_have_answers(self, served: RunningChat) -> None:
        page = (app.FOLDER / "page.html").read_text(encoding="utf-8")
        examples = re.findall(r'<li><button type="button">(.+?)</button>', page)
        assert len(examples) == 3
        for example in examples:
            events = served.read(served.ask(example))
            assert len(text_of(events)) > 60, example


class TestHandbook:
    @pytest.mark.parametrize("document", handbook.read_documents(), ids=lambda one: one.id)
    async def test_each_is_found(self, document: Document) -> None:
        retrieve = rag.searching(handbook.read_documents(), 0.0)
        title = document.metadata["title"]
        found = [one.metadata["title"] async for one in retrieve(f"Tell me about: {title}")]
        assert title in found
        assert len(found) <= rag.MOST_FOUND

    @pytest.mark.parametrize(
        ("question", "editions"),
        [
            ("What is the refund policy?", {"2025"}),
            ("What is the refund policy of 2025?", {"2025"}),
            ("What was the refund policy in 2023?", {"2023", "2025"}),
        ],
    )
    async def test_an_old_edition_is_found_by_its_year(
        self, question: str, editions: set[str]
    ) -> None:
        retrieve = rag.searching(handbook.read_documents(), 0.0)
        found = {one.metadata["title"] async for one in retrieve(question)}
        named = {title.removeprefix("Refund policy ") for title in found if "Refund" in title}
        assert named == editions


class TestLearnersCode:
    """Graded, then run in the server's process."""

    def test_it_answers_once_it_passes(self, tmp_path: Path) -> None:
        mine = tmp_path / LESSON.exercise.name
        said = SOLUTION.replace("Searching the knowledge base...", "Mine is looking...")
        stub = SOLUTION.replace(
            '        yield {"type": "status", "message": "Searching',
            '        raise NotImplementedError("Task 12 of 12: stream_rag_response")\n'
            '        yield {"type": "status", "message": "Searching',
        )
        wrong = SOLUTION.replace('yield {"type": "complete"}', "pass")
        exits = SOLUTION.replace("import time\n", "import time\nraise SystemExit\n")
        assert len({SOLUTION, said, stub, wrong, exits}) == 5
        with RunningChat(replace(FAST, exercises=tmp_path), graded=True) as running:
            expected = [
                (None, "the reference", "cannot be read"),
                (said, "your code", "passes"),
                (wrong, "the reference", "does not pass yet"),
                (stub, "the reference", "watch"),
                ("def (", "the reference", "SyntaxError"),
                (exits, "the reference", "ends the program"),
                (said + "\n", "your code", "passes"),
            ]
            for source, label, note in expected:
                if source is not None:
                    mine.write_text(source, encoding="utf-8")
                status, answerer = running.json("GET", "/answerer")
                assert (status, answerer["label"]) == (200, label), answerer
                assert note in answerer["note"]
                _, asked = running.json("POST", "/ask", {"question": "How long?"})
                assert asked["answerer"] == answerer
                told = [event.get("message") for event in running.read(asked["id"])]
                assert ("Mine is looking..." in told) == (label == "your code")

    @pytest.mark.parametrize(
        "error", ["ValueError('secret')", "SystemExit(3)", "KeyboardInterrupt"]
    )
    def test_it_may_raise_anything(self, error: str, capfd: pytest.CaptureFixture[str]) -> None:
        raising = SOLUTION.replace(
            "        tokens = generate(query, documents)",
            f"        yield {{'type': 'token', 'content': 'Well'}}\n        raise {error}\n"
            "        tokens = generate(query, documents)",
        ).replace(
            '    except Exception:\n        yield {"type": "error"',
            ('    except ZeroDivisionError:\n        yield {"type": "error"'),
        )
        with RunningChat() as running:
            use(running, raising)
            events = running.read(running.ask())
            assert text_of(events) == "Well"
            assert events[-1]["type"] == "error"
            kind = error.partition("(")[0]
            assert f"Your stream_rag_response raised {kind}" in events[-1]["message"]
            assert "secret" not in events[-1]["message"]
            assert running.read(running.ask())[-1]["type"] == "error", "the server is gone"
        assert kind in capfd.readouterr().err

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ("yield {'type': 'status', 'message': 'Hm'}", "without its last event"),
            ("while True:\n        yield {'type': 'token', 'content': 'a'}", "did not end"),
            ("yield {'type': 'token', 'content': 'a' * 300_000}", "did not end"),
            ("yield 'nonsense'\n    yield {}", "without its last event"),
            ("yield {'type': 'error', 'message': 7}", "7"),
        ],
    )
    def test_it_may_yield_anything(self, body: str, told: str) -> None:
        source = f"async def stream_rag_response(query, retrieve, generate):\n    {body}\n"
        with RunningChat() as running:
            use(running, source)
            last = running.read(running.ask())[-1]
            assert last["type"] == "error"
            assert told in last["message"]

    @pytest.mark.parametrize("last", ["'type': 'complete'", "'type': 'token', 'content': 'a'"])
    def test_it_is_closed_at_the_end(self, last: str) -> None:
        source = (
            "import asyncio\nasync def stream_rag_response(query, retrieve, generate):\n"
            f"    try:\n        while True:\n            yield {{{last}}}\n"
            "    finally:\n        await asyncio.sleep(0.05)\n        retrieve('closed')\n"
        )
        closed: list[str] = []
        with RunningChat(retrieve=closed.append) as running:
            use(running, source)
            running.read(running.ask())
            assert closed == ["closed"]

    def test_a_plain_function_is_no_stream(self, capfd: pytest.CaptureFixture[str]) -> None:
        with RunningChat() as running:
            use(running, "def stream_rag_response(query, retrieve, generate):\n    return None\n")
            assert running.read(running.ask())[-1]["type"] == "error"
        assert "TypeError" in capfd.readouterr().err


class TestRun:
    def test_a_port_that_is_taken(
        self, served: RunningChat, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert app.run(served.port) == 2
        assert f"Port {served.port} is not available" in capsys.readouterr().err

    def test_a_port_that_does_not_exist(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert app.run(99_999_999) == 2
        assert "is not available" in capsys.readouterr().err

    def test_ctrl_c_ends_it_in_the_middle_of_an_answer(self) -> None:
        code = "import sys; from course.web.app import run; sys.exit(run(0))"
        with subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=catalog.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)$", process.stdout.readline().strip())
            assert found
            connection = http.client.HTTPConnection(
                "127.0.0.1", int(found[1]), timeout=SECONDS_FOR_A_HANG
            )
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/ask", b'{"question": "What is free?"}', headers)
            name = json.loads(connection.getresponse().read())["id"]
            connection.request("GET", f"/answers/{name}/events")
            response = connection.getresponse()
            response.readline()
            process.send_signal(signal.SIGINT)
            assert b"shut down" in response.read()
            assert process.wait(SECONDS_FOR_A_HANG) == 0
            assert process.stderr.read() == ""
