"""The chat page in a real browser, without a window."""

from __future__ import annotations

import http.client
import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import Visits, contrasts, styles
from chat_server import FAST, Always, Cable, Pieces, RunningChat, sends
from langchain_core.documents import Document
from sampled import of_room
from waiting import SECONDS_FOR_A_HANG, SECONDS_OF_SILENCE, until

from course import catalog
from course.author import picture
from course.grade.answer_file import AnswerFile
from course.lesson.variants import alternatives, spliced
from course.web.answerer import Answerer

pytestmark = of_room("chat page")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the package playwright is not installed"
)
expect = playwright.expect

WORDS = ["You ", "may ", "return ", "it. ", "Within ", "30 ", "days", "."]
LONG = [f"word{number} " for number in range(60)]

ARABIC = "سياسة الإرجاع"
HEBREW = "מה שעות הפתיחה? 🚲"
ATTACK = (
    "<img src=x onerror=\"window.hacked = 'img'\"><script>window.hacked = 'script'</script>"
    "<svg onload=\"window.hacked = 'svg'\"></svg> <b>bold</b> &amp; "
)


@pytest.fixture(scope="module")
def served() -> Iterator[RunningChat]:
    with RunningChat() as running:
        yield running


@pytest.fixture
def pieces(served: RunningChat) -> Iterator[Pieces]:
    model = Pieces(WORDS)
    usual, served.chat.generate = served.chat.generate, model.generate
    yield model
    model.free = None
    served.chat.generate = usual


@pytest.fixture
def open_page(visits: Visits) -> Callable[..., Page]:
    """Opens a page. It may ask nothing, and may not break its own rules about scripts."""

    def open_(url: str, context: BrowserContext | None = None, **how: Any) -> Page:
        if context is None:
            context = visits.context(url, **how)
            context.on("dialog", lambda dialog: visits.problems.append(dialog.message))
            context.on(
                "console",
                lambda said: (
                    visits.problems.append(said.text) if "Security Policy" in said.text else None
                ),
            )
        page = visits.page(url, url, context)
        expect(page.locator("#answerer-label")).not_to_have_text("…")
        return page

    return open_


def ask(page: Page, question: str = "How long?") -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")


def turn(page: Page, number: int = 0) -> Any:
    return page.locator(".turn").nth(number)


def ended(page: Page, number: int = 0, state: str = "ended") -> Any:
    """Wait for the end of an answer."""
    found = turn(page, number)
    expect(found).to_have_attribute("data-state", state)
    return found


class TestAnswer:
    def test_each_step_is_shown_as_it_comes(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        page = open_page(served.url)
        ask(page, "How many days do I have to return a bicycle?")
        expect(page.locator(".question")).to_have_text(
            "How many days do I have to return a bicycle?"
        )
        expect(page.locator(".status")).to_have_count(2)
        expect(page.locator(".status").first).to_contain_text("Searching")
        expect(page.locator(".document").first).to_have_text("Refund policy 2025")
        text = page.locator(".text")
        expect(text).to_be_hidden()
        for count in range(1, len(WORDS)):
            pieces.free = count
            expect(text).to_have_text("".join(WORDS[:count]), use_inner_text=False)
            expect(turn(page)).to_have_attribute("aria-busy", "true")
        pieces.free = None
        ended(page)
        expect(text).to_have_text(pieces.text)
        expect(turn(page)).to_have_attribute("aria-busy", "false")
        expect(page.locator(".measure")).to_have_text(
            re.compile(
                r"^first\stoken\safter\s\d+\.\d\d\ss · \d+\stokens\sper\ssecond"
                r" · 8\stokens · the\sreference$"
            )
        )

    def test_documents_are_shown_while_the_search_goes_on(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        pieces.tokens = ["One", "Two", "Three"]

        async def retrieve(query: str) -> AsyncIterator[Document]:
            async for title in pieces.generate(query, []):
                yield Document("Text.", metadata={"title": title})

        with RunningChat(retrieve=retrieve) as running:
            page = open_page(running.url)
            ask(page)
            expect(page.locator(".status")).to_have_count(1)
            for count in (1, 2):
                pieces.free = count
                expect(page.locator(".document")).to_have_text(pieces.tokens[:count])
            assert page.locator(".status").count() == 1
            pieces.free = None
            ended(page)
            expect(page.locator(".document")).to_have_text(pieces.tokens)

    def test_two_tabs_see_their_own(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        one = open_page(served.url)
        other = open_page(served.url, context=one.context)

        async def echo(question: str, documents: Any) -> Any:
            async for token in pieces.generate(question, documents):
                yield f"{question}{token}"

        served.chat.generate = echo
        ask(one, "A")
        ask(other, "B")
        for count in (2, 5, None):
            pieces.free = count
            for page, name in ((one, "A"), (other, "B")):
                wanted = "".join(name + word for word in WORDS[:count])
                expect(page.locator(".text")).to_have_text(wanted)
        assert ended(one).count() == ended(other).count() == 1

    def test_a_question_of_10_000_characters(
        self, open_page: Callable[..., Page], served: RunningChat
    ) -> None:
        page = open_page(served.url, viewport={"width": 390, "height": 844})
        question = "How long is the warranty of the frame? " * 260 + "Tell me!"
        assert len(question) > 10_000
        ask(page, question)
        ended(page)
        expect(page.locator(".question")).to_have_text(question)
        expect(page.locator(".text")).to_contain_text("ten years")
        box = page.locator(".question").bounding_box()
        assert box
        assert box["height"] < 300
        assert page.locator(".question").get_attribute("tabindex") == "0"
        ask(page, "x" * 20_001)
        expect(ended(page, 1, "failed").locator(".problem")).to_contain_text("The limit is 20,000")
        assert len(page.input_value("#question")) == 20_001, "the question is not given back"

    def test_what_is_typed_meanwhile_waits(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        page = open_page(served.url)
        ask(page)
        until(lambda: pieces.calls, "the model is asked")
        ask(page, "And then?")
        assert page.locator(".turn").count() == 1
        assert page.input_value("#question") == "And then?"
        pieces.free = None
        ended(page)
        page.press("#question", "Enter")
        ended(page, 1)
        assert pieces.calls == ["How long?", "And then?"]


class TestTextIsText:
    def test_nothing_runs(
        self, open_page: Callable[..., Page], tmp_path: Path, browser: Browser
    ) -> None:
        title = f"{ATTACK}refund 🎉 {ARABIC}"
        (tmp_path / "one.md").write_text(f"# {title}\n\nA refund is {ATTACK} {ARABIC} done 🎉.\n")
        with RunningChat(replace(FAST, folder=tmp_path)) as running:
            page = open_page(running.url)
            question = f"{ATTACK}\nWhat is a refund 🎉 {ARABIC}"
            ask(page, question)
            ended(page)
            shown = page.locator(".question").text_content()
            assert shown == question
            assert page.locator(".document").text_content() == title
            text = page.locator(".text").text_content() or ""
            assert "<img src=x onerror=" in text
            assert "done 🎉" in text
            assert page.evaluate("window.hacked") is None
            inside = page.locator("#turns :is(img, script, svg, b, iframe, a)")
            assert inside.count() == 0

    def test_an_error_is_text_too(self, open_page: Callable[..., Page]) -> None:
        async def fail(query: str, retrieve: Any, generate: Any) -> Any:
            yield {"type": "status", "message": ATTACK}
            yield {"type": "error", "message": ATTACK}

        with RunningChat() as running:
            let_answer(running, fail)
            page = open_page(running.url)
            ask(page)
            problem = ended(page, 0, "failed").locator(".problem")
            assert ATTACK.strip() in (problem.text_content() or "")
            assert page.evaluate("window.hacked") is None

    def test_right_to_left_runs_right_to_left(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        pieces.tokens = ["מותר ", "להחזיר ", "תוך ", "30 ", "יום."]
        pieces.free = None
        page = open_page(served.url)
        page.fill("#question", HEBREW)
        assert styles(page, "#question", "direction") == "rtl"
        page.press("#question", "Enter")
        ended(page)
        assert page.locator(".text").text_content() == pieces.text
        assert [styles(page, s, "direction") for s in (".question", ".text")] == ["rtl", "rtl"]
        assert styles(page, ".status", "direction") == "ltr"


def let_answer(running: RunningChat, stream: Any) -> None:
    answerer = Answerer("learner", "your code", "It passes.", stream)
    running.chat.answerer = Always(answerer)  # type: ignore[assignment]


class TestStop:
    @pytest.mark.parametrize("way", ["click", "Escape", "Enter on the button"])
    def test_it_stops_the_model(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces, way: str
    ) -> None:
        pieces.free = 3
        page = open_page(served.url)
        ask(page)
        expect(page.locator(".text")).to_have_text("You may return ")
        if way == "click":
            page.click("#stop")
        elif way == "Escape":
            page.keyboard.press("Escape")
        else:
            page.press("#stop", "Enter")
        ended(page)
        assert pieces.endings == ["closed"]
        expect(page.locator(".note")).to_have_text("Stopped.")
        assert page.locator(".text").text_content() == "You may return "
        expect(page.locator("#send")).to_be_visible()
        expect(page.locator("#stop")).to_be_hidden()
        expect(page.locator("#question")).to_be_focused()

    def test_before_the_first_token(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        page = open_page(served.url)
        ask(page)
        until(lambda: pieces.calls, "the model is asked")
        page.keyboard.press("Escape")
        ended(page)
        assert pieces.endings == ["closed"]
        expect(page.locator(".text")).to_be_hidden()
        expect(page.locator(".measure")).to_have_text("the reference")
        pieces.free = None
        ask(page, "again?")
        expect(ended(page, 1).locator(".text")).to_have_text(pieces.text)

    def test_before_the_server_has_answered(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        page = open_page(served.url)
        held: list[Any] = []
        page.route("**/ask", lambda route: held.append(route))
        ask(page)

        def is_held() -> bool:
            page.wait_for_timeout(5)
            return bool(held)

        until(is_held, "the question is on its way")
        page.keyboard.press("Escape")
        held[0].continue_()
        ended(page)
        until(lambda: not served.running, "no answer is under way")
        assert "exhausted" not in pieces.endings

    def test_closing_the_tab_stops_it_after_a_while(self, open_page: Callable[..., Page]) -> None:
        pieces = Pieces(WORDS, free=1)
        with RunningChat(generate=pieces.generate) as running:
            page = open_page(running.url)
            ask(page)
            expect(page.locator(".text")).to_have_text("You ")
            running.chat.answers.grace = SECONDS_OF_SILENCE
            page.close()
            until(lambda: pieces.endings == ["closed"], "the model is closed")


class TestErrors:
    def test_what_had_arrived_stays(
        self, open_page: Callable[..., Page], served: RunningChat
    ) -> None:
        page = open_page(served.url)
        page.click("summary")
        page.check("#fault")
        ask(page, "Which parts have a warranty of ten years?")
        failed = ended(page, 0, "failed")
        expect(failed.locator(".problem")).to_have_text(
            "Something went wrong. Please ask again. The text so far stays above."
        )
        expect(failed.locator(".text")).to_have_text("Every frame has a warranty of ten years")
        assert not page.is_checked("#fault")
        ask(page, "Which parts have a warranty of ten years?")
        expect(ended(page, 1).locator(".text")).to_contain_text("two years.")

    def test_no_server_no_loss(self, open_page: Callable[..., Page], served: RunningChat) -> None:
        cable = Cable(served.port)
        page = open_page(cable.url)
        cable.down = True
        cable.cut()
        ask(page, "Is anybody there?")
        problem = ended(page, 0, "failed").locator(".problem")
        expect(problem).to_have_text("The server cannot be reached. Is make chat still running?")
        assert page.input_value("#question") == "Is anybody there?"
        cable.down = False
        page.press("#question", "Enter")
        ended(page, 1)
        cable.close()

    def test_the_learners_own_code(self, open_page: Callable[..., Page], tmp_path: Path) -> None:
        lesson = catalog.find("09")
        source = lesson.solution.read_text(encoding="utf-8")
        mine = tmp_path / lesson.exercise.name
        mine.write_text(
            source.replace(
                "        found = retrieve(query)",
                '        if "boom" in query:\n            raise KeyboardInterrupt\n'
                "        found = retrieve(query)",
            ),
            encoding="utf-8",
        )
        with RunningChat(replace(FAST, exercises=tmp_path), graded=True) as running:
            page = open_page(running.url)
            expect(page.locator("#answerer-label")).to_have_text("your code")
            ask(page, "What goes boom?")
            problem = ended(page, 0, "failed").locator(".problem")
            expect(problem).to_contain_text("Your stream_rag_response raised KeyboardInterrupt.")
            ask(page, "What is free?")
            expect(ended(page, 1).locator(".measure")).to_contain_text("your code")
            mine.write_text(source.replace('yield {"type": "complete"}', "pass"), "utf-8")
            page.evaluate("window.dispatchEvent(new Event('focus'))")
            expect(page.locator("#answerer-label")).to_have_text("the reference")
            expect(page.locator("#answerer-note")).to_be_hidden()
            page.click("#answerer")
            expect(page.locator("#answerer-note")).to_contain_text("does not pass yet")
            expect(page.locator("#wire-note")).to_contain_text("runs 0 of 4 parts")
            assert page.get_attribute("#answerer", "aria-expanded") == "true"


class TestConnection:
    def test_a_dropped_connection_is_resumed(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        pieces.free = 4
        cable = Cable(served.port)
        page = open_page(cable.url)
        asked: list[str | None] = []
        page.on("request", lambda one: asked.append(one.headers.get("last-event-id")))
        ask(page)
        text = page.locator(".text")
        expect(text).to_have_text("You may return it. ")
        cable.down = True
        cable.cut()
        expect(page.locator(".note")).to_have_text("The connection was lost. Trying again …")
        expect(turn(page)).to_have_attribute("data-state", "lost")
        assert text.text_content() == "You may return it. "
        pieces.free = 6
        cable.down = False
        expect(text).to_have_text("You may return it. Within 30 ")
        expect(page.locator(".note")).to_have_text(
            "The connection was lost. The answer has resumed where it stopped."
        )
        pieces.free = None
        ended(page)
        assert text.text_content() == pieces.text
        assert asked[-1] is not None
        assert asked[-1].isdecimal()
        assert len(pieces.calls) == 1
        cable.close()

    def test_cut_again_and_again_no_word_twice_and_none_missing(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        pieces.tokens, pieces.free = [*LONG, "é🚲 ", "ende."], None
        cable = Cable(served.port)
        page = open_page(cable.url)
        cable.most = 777  # bytes: in the middle of an event
        ask(page)
        ended(page)
        assert page.locator(".text").text_content() == pieces.text
        assert cable.cuts >= 3
        cable.close()

    @pytest.mark.parametrize("number", range(3))
    def test_any_right_answers_to_lesson_15_can_send(
        self, open_page: Callable[..., Page], number: int
    ) -> None:
        """Line ends, the form of the JSON, and more are up to the learner."""
        lesson = catalog.find("15")
        others: dict[str, list[str]] = {task.name: [] for task in lesson.tasks}
        for one in alternatives(lesson):
            others[one.task].append(one.function)
        mixed = {task: found[number % len(found)] for task, found in others.items()}
        file = AnswerFile(spliced(lesson, mixed), Path("other.py"))
        pieces = Pieces([*LONG, "é🚲 ", "ende."], free=None)
        with RunningChat(generate=pieces.generate) as running:
            running.chat.wire = sends(file)  # type: ignore[assignment]
            cable = Cable(running.port)
            page = open_page(cable.url)
            cable.most = 1777  # bytes: in the middle of an event, or of a line end
            ask(page, "Which parts have a warranty of ten years?")
            ended(page)
            assert page.locator(".text").text_content() == pieces.text
            assert page.locator(".status").count() == 2
            assert page.locator(".document").count() > 1
            assert cable.cuts >= 2
            cable.close()

    def test_what_comes_twice_is_shown_once(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        """Something between page and server may lose the header Last-Event-ID."""
        pieces.free = 5
        page = open_page(served.url)

        def lose_header(route: Any) -> None:
            kept = {k: v for k, v in route.request.headers.items() if k != "last-event-id"}
            route.continue_(headers=kept)

        page.route("**/events", lose_header)
        page.click("summary")
        ask(page, "Which parts have a warranty of ten years?")
        expect(page.locator(".text")).to_have_text("".join(WORDS[:5]))
        page.click("#drop")
        expect(page.locator(".note")).to_contain_text("resumed")
        pieces.free = None
        ended(page)
        assert page.locator(".text").text_content() == pieces.text
        assert page.locator(".status").count() == 2

    def test_the_button_that_drops_it(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        pieces.free = 2
        page = open_page(served.url)
        page.click("summary")
        expect(page.locator("#drop")).to_be_disabled()
        ask(page)
        expect(page.locator(".text")).to_have_text("You may ")
        page.click("#drop")
        expect(page.locator(".note")).to_contain_text("resumed")
        pieces.free = None
        ended(page)
        assert page.locator(".text").text_content() == pieces.text
        expect(page.locator("#question")).to_be_focused()

    def test_stop_while_the_server_is_away(self, open_page: Callable[..., Page]) -> None:
        pieces = Pieces(WORDS, free=2)
        with RunningChat(generate=pieces.generate) as running:
            cable = Cable(running.port)
            page = open_page(cable.url)
            ask(page)
            expect(page.locator(".text")).to_have_text("You may ")
            running.chat.answers.grace = SECONDS_OF_SILENCE
            cable.down = True
            cable.cut()
            expect(turn(page)).to_have_attribute("data-state", "lost")
            page.keyboard.press("Escape")
            expect(ended(page).locator(".note")).to_contain_text("Stopped here.")
            until(lambda: pieces.endings == ["closed"], "the model is closed")
            cable.close()

    def test_loading_the_page_again(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        pieces.free = 3
        page = open_page(served.url)
        ask(page)
        expect(page.locator(".text")).to_have_text("You may return ")
        page.reload()
        expect(page.locator(".question")).to_have_text("How long?")
        expect(page.locator(".text")).to_have_text("You may return ")
        expect(page.locator(".note")).to_contain_text("Resumed")
        pieces.free = None
        ended(page)
        assert page.locator(".text").text_content() == pieces.text
        expect(page.locator(".measure")).to_have_text("8 tokens · the reference")
        page.reload()
        expect(page.locator("#welcome")).to_be_visible()
        assert page.locator(".turn").count() == 0

    def test_the_server_is_killed_and_started_again(self, open_page: Callable[..., Page]) -> None:
        first, port = start(0, tokens=["Every ", "frame "])
        second = None
        try:
            page = open_page(f"http://127.0.0.1:{port}")
            ask(page, "Which parts have a warranty of ten years?")
            expect(page.locator(".text")).to_have_text("Every frame ")
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
            expect(turn(page)).to_have_attribute("data-state", "lost")
            second, _ = start(port)
            problem = ended(page, 0, "failed").locator(".problem")
            expect(problem).to_contain_text("it was restarted in the meantime")
            assert page.locator(".text").text_content() == "Every frame "
            ask(page, "Which parts have a warranty of ten years?")
            expect(ended(page, 1).locator(".text")).to_contain_text("two years.")
        finally:
            for process in filter(None, (first, second)):
                process.kill()
                process.wait()
                assert process.stdout
                process.stdout.close()


SERVER = """
import sys
from functools import partial
from chat_server import FAST, Pieces
from course.web import app
port, *tokens = sys.argv[1:]
if tokens:
    app.Chat = partial(app.Chat, generate=Pieces([*tokens, "."], free=len(tokens)).generate)
app.run(int(port), options=FAST)
"""


def start(port: int, tokens: Sequence[str] = ()) -> tuple[subprocess.Popen[str], int]:
    """Start a server in a process of its own. Return it and its port once it answers.

    If there are tokens, its model sends them, and no more.
    """
    paths = [str(catalog.ROOT), str(Path(__file__).parent)]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port), *tokens],
        cwd=catalog.ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
    assert found, "the port was taken meanwhile"
    connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=SECONDS_FOR_A_HANG)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()
    return process, int(found[1])


STOPS = """() => {
  const shown = (element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const active = document.activeElement;
  return [active.id || active.tagName, shown(active) || shown(active.parentElement)];
}"""


class TestForEverybody:
    def test_by_keyboard_alone(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        page = open_page(served.url)
        expect(page.locator("#question")).to_be_focused()
        page.keyboard.type("One")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("Two")
        assert page.input_value("#question") == "One\nTwo"
        assert page.locator(".turn").count() == 0
        page.keyboard.press("Enter")
        expect(page.locator(".question")).to_have_text("One\nTwo", use_inner_text=True)
        assert page.input_value("#question") == ""
        expect(page.locator("#question")).to_be_focused()
        until(lambda: pieces.calls == ["One\nTwo"], "it is asked")
        page.keyboard.press("Tab")
        expect(page.locator("#stop")).to_be_focused()
        pieces.free = None
        ended(page)
        expect(page.locator("#question")).to_be_focused()

    def test_one_sees_where_one_is(
        self, open_page: Callable[..., Page], served: RunningChat
    ) -> None:
        page = open_page(served.url)
        page.evaluate("document.querySelector('details').open = true")
        for _ in range(5):
            page.keyboard.press("Shift+Tab")
        seen = [page.evaluate(STOPS)]
        for _ in range(8):
            page.keyboard.press("Tab")
            seen.append(page.evaluate(STOPS))
        names = [name for name, _ in seen]
        assert names == [
            "A", "answerer", "BUTTON", "BUTTON", "BUTTON", "question", "send", "SUMMARY", "fault",
        ]  # fmt: skip
        assert [name for name, shown in seen if not shown] == []

    def test_enter_that_chooses_a_character_does_not_send(
        self, open_page: Callable[..., Page], served: RunningChat
    ) -> None:
        page = open_page(served.url)
        page.fill("#question", "にほ")
        for composing, turns in (("true", 0), ("false", 1)):
            page.evaluate(
                "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', "
                f"{{key: 'Enter', isComposing: {composing}, bubbles: true, cancelable: true}}))"
            )
            assert page.locator(".turn").count() == turns

    def test_empty_questions_are_not_asked(
        self, open_page: Callable[..., Page], served: RunningChat
    ) -> None:
        page = open_page(served.url)
        ask(page, " \n ")
        page.click("#send")
        page.keyboard.press("Escape")
        assert page.locator(".turn").count() == 0

    def test_it_is_read_out_in_sentences(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        page = open_page(served.url)
        live = page.locator("#announcer")
        assert live.get_attribute("aria-live") == "polite"
        assert page.locator("[aria-live]").count() == 1
        ask(page, "How many days do I have to return a bicycle?")
        expect(live).to_contain_text("Found: Refund policy")
        pieces.free = 4
        expect(page.locator(".text")).to_have_text("You may return it. ")
        expect(live.locator("p").last).to_have_text("You may return it.")
        before = live.locator("p").count()
        pieces.free = 7
        expect(page.locator(".text")).to_have_text("You may return it. Within 30 days")
        assert live.locator("p").count() == before, "half a sentence is read out"
        pieces.free = None
        ended(page)
        assert live.locator("p").all_text_contents()[before:] == ["Within 30 days.", "Done."]

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_everything_can_be_read(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces, scheme: str
    ) -> None:
        """Contrast 4.5 or more: level AA."""
        page = open_page(served.url, color_scheme=scheme)
        page.click("#answerer")
        page.click("summary")
        found = contrasts(page)
        pieces.free = 2
        page.check("#fault")
        ask(page, "How many days do I have to return a bicycle?")
        expect(page.locator(".text")).to_have_text("You may ")
        found |= contrasts(page)
        page.click("#drop")
        expect(turn(page)).to_have_attribute("data-state", "lost")
        found |= {f"lost {name}": value for name, value in contrasts(page).items()}
        expect(page.locator(".note")).to_contain_text("resumed")
        page.click("#stop")
        ended(page)
        pieces.tokens, pieces.free = LONG, None
        page.check("#fault")
        ask(page)
        ended(page, 1, "failed")
        found |= contrasts(page)
        assert {"lead", "question", "document", "text", "problem", "lost note", "measure"} <= {
            *found
        }
        assert {"send", "stop", "drop", "answerer-note", "wire-note", "keys"} <= {*found}
        assert {name: value for name, value in found.items() if value < 4.5} == {}
        dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", dark)[:3])) < 200) == (scheme == "dark")

    @pytest.mark.parametrize("width", [320, 390, 1280])
    def test_it_fits(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces, width: int
    ) -> None:
        page = open_page(served.url, viewport={"width": width, "height": 640})
        page.click("#answerer")
        page.click("summary")
        widest = "document.documentElement.scrollWidth"
        assert page.evaluate(widest) == width
        pieces.tokens, pieces.free = ["Donaudampfschiff" * 20, " end"], None
        ask(page, "x" * 500)
        ended(page)
        assert page.evaluate(widest) == width
        box = page.locator("#send").bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= 640, "the button is out of sight"

    @pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
    def test_nothing_moves_for_who_wants_that(
        self,
        open_page: Callable[..., Page],
        served: RunningChat,
        pieces: Pieces,
        motion: str,
        moves: bool,
    ) -> None:
        pieces.free = 1
        page = open_page(served.url, reduced_motion=motion)
        ask(page)
        expect(page.locator(".text")).to_have_text("You ")
        assert (styles(page, ".text", "animationName", "::after") != "none") == moves
        page.click("#stop")
        ended(page)

    def test_who_scrolls_up_is_left_there(
        self, open_page: Callable[..., Page], served: RunningChat, pieces: Pieces
    ) -> None:
        pieces.tokens, pieces.free = [f"line {n}\n" for n in range(80)], 40
        page = open_page(served.url, viewport={"width": 390, "height": 500})
        ask(page)
        text = page.locator(".text")
        expect(text).to_contain_text("line 39")
        where = "document.documentElement.scrollTop"
        assert page.evaluate(where) > 500, "the newest words are out of sight"
        page.evaluate("document.documentElement.scrollTop = 0")
        pieces.free = None
        ended(page)
        assert page.evaluate(where) == 0


def test_the_picture_of_it_can_be_taken_again(browser: Browser, tmp_path: Path) -> None:
    picture.take(browser, tmp_path / "chat.png")
    sizes = []
    for path in (picture.PICTURE, tmp_path / "chat.png"):
        head = path.read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        sizes.append(struct.unpack(">II", head[16:]))
    assert sizes == [(picture.WIDTH, picture.HEIGHT)] * 2
