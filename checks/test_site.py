"""The course in a real browser, without a window: read, write and grade, nothing installed."""

from __future__ import annotations

import functools
import json
import re
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sampled import each_lesson, of_room
from waiting import SECONDS_FOR_A_HANG

from course import catalog, pins
from course.catalog import CourseError, Lesson
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome
from course.lesson.stubs import stub
from course.lesson.variants import alternatives, mistakes, rounds, spliced
from course.site import assets, builder, command, pages

pytestmark = of_room("site")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the package playwright is not installed"
)
expect = playwright.expect
expect.set_options(timeout=1000 * SECONDS_FOR_A_HANG)

ROUNDS = 3
"""So many mistakes of each task are graded in the browser, where there are as many."""

FIRST = catalog.find("01")
STREAMING = catalog.find("09")

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def built() -> Path:
    """The site, built once and kept: what it is made from changes rarely."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed, so the site in the browser is not tested")
    try:
        return builder.build()
    except assets.CannotFetch as error:
        pytest.skip(f"the site in the browser is not tested: {error}".replace("\n", " "))


class Served:
    """The site on this machine, in a folder of its server. `is_down` cuts it off."""

    def __init__(self, folder: Path) -> None:
        self.is_down = False
        served = self

        class Handler(command.Quiet):
            def do_GET(self) -> None:  # noqa: N802 - as in the class above
                if served.is_down:
                    self.close_connection = True
                    return
                self.path = self.path.removeprefix("/any/folder")
                super().do_GET()

        handler = functools.partial(Handler, directory=str(folder))
        self.server = command.Server((command.HOST, 0), handler)
        self.url = f"http://{command.HOST}:{self.server.server_address[1]}/any/folder/"
        self.thread = threading.Thread(target=self.server.serve_forever, name="server-site")
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def served(built: Path) -> Iterator[Served]:
    running = Served(built)
    yield running
    running.close()


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Iterator[Open]:
    """Opens a page, and finds fault with errors, and with requests to others."""
    problems: list[str] = []
    contexts = []

    def open_(place: str, page: Page | None = None, **how: Any) -> Page:
        if page is None:
            context = browser.new_context(**how)
            contexts.append(context)
            page = context.new_page()
            watch(page)
        page.goto(served.url + place)
        return page

    def watch(page: Page) -> None:
        page.set_default_timeout(1000 * SECONDS_FOR_A_HANG)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda asked: None if is_ours(asked.url) else problems.append(asked.url))

    def is_ours(url: str) -> bool:
        return url.startswith((served.url, "blob:", "data:"))

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


def lesson_page(open_page: Open, lesson: Lesson, **how: Any) -> Page:
    page = open_page(f"lessons/{lesson.slug}/", **how)
    expect(page.locator("html")).to_have_attribute("data-alive", "true")
    return page


def write(page: Page, source: str) -> None:
    """Put something in place of all that is in the editor, as one pastes it."""
    page.locator(".cm-content").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const how = {clipboardData: data, bubbles: true, cancelable: true};
          const pasted = new ClipboardEvent("paste", how);
          document.querySelector(".cm-content").dispatchEvent(pasted);
        }""",
        source,
    )


def saved(page: Page, lesson: Lesson) -> str:
    text = page.evaluate("(key) => localStorage.getItem(key)", f"streamlings/{lesson.slug}")
    return str(json.loads(text)["source"]) if text else ""


def ready(page: Page) -> None:
    expect(page.locator("#python")).to_have_attribute("data-ready", "true")


def grade(page: Page) -> str:
    """Press the key, wait for the verdict and return it."""
    ready(page)
    page.evaluate("document.querySelector('#screen').replaceChildren()")
    page.locator(".cm-content").focus()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#screen")).not_to_be_empty()
    expect(page.locator("#grade")).to_be_enabled()
    return page.locator("#screen").inner_text()


@pytest.mark.parametrize("lesson", [FIRST, STREAMING], ids=lambda lesson: lesson.slug)
def test_a_learner_gets_from_the_first_visit_to_all_passed(open_page: Open, lesson: Lesson) -> None:
    page = open_page(f"#{lesson.number}/{lesson.tasks[1].name}")
    expect(page.locator("html")).to_have_attribute("data-alive", "true")
    assert page.url.endswith(f"lessons/{lesson.slug}/#task-{lesson.tasks[1].name}")
    first = grade(page)
    assert first.startswith(f"Lesson {lesson.number}  {lesson.title}")
    assert f"0 of {len(lesson.tasks)} tasks" in first
    page.click("#screen .place:has-text('CONCEPTS.md') >> nth=0")
    expect(page.locator("article#concepts")).to_be_visible()

    task = lesson.tasks[0]
    wrong = next(one for one in mistakes(lesson) if one.task == task.name)
    write(page, wrong.answers)
    told = grade(page)
    assert f"{len(lesson.tasks) - 1} of {len(lesson.tasks)} tasks" in told
    assert f"wrong    {task.name}" in told
    expect(page.locator("#said")).to_contain_text(f"{task.name}: ")
    expect(page.locator(".cm-line.marked")).to_have_count(1)
    expect(page.locator(f"#task-{task.name} .verdict")).to_contain_text("promises kept")
    page.click("#screen .place:has-text('make hint')")
    expect(page.locator("#hints li")).to_have_text([task.hints[0]])
    page.click("#hints button")
    expect(page.locator("#hints li")).to_have_text([*task.hints[:2]])

    write(page, lesson.solution.read_text(encoding="utf-8"))
    assert "All tasks are done." in grade(page)
    expect(page.locator("#passed")).to_have_text(
        f"{len(lesson.tasks)} of {len(lesson.tasks)} passed"
    )
    page.click("#solution")
    expect(page.locator("#screen")).to_contain_text("your answers and the reference")


def test_an_endless_loop_is_ended_and_told_as_in_the_terminal(open_page: Open) -> None:
    page = lesson_page(open_page, FIRST)
    first, second = FIRST.tasks[:2]
    endless = f"{header(FIRST, first.name)}\n    while True:\n        pass\n\n\n"
    write(page, spliced(FIRST, {first.name: endless}))
    told = grade(page)
    assert f"{first.name}: it loops forever, or takes far too long" in told
    line = spliced(FIRST, {first.name: endless}).split("\n").index("    while True:") + 1
    assert f"exercises/{FIRST.slug}.py:{line}" in told
    expect(page.locator(f"#task-{second.name}")).to_have_attribute("data-verdict", "passed")


def header(lesson: Lesson, task: str) -> str:
    """How a function of a lesson is declared."""
    lines = lesson.solution.read_text(encoding="utf-8").split("\n")
    begin = lesson.signatures[task].line - 1
    end = next(n for n in range(begin, len(lines)) if lines[n].endswith(":"))
    return "\n".join(lines[begin : end + 1])


def test_a_syntax_error_is_told_and_marked(open_page: Open) -> None:
    page = lesson_page(open_page, FIRST)
    write(page, "def broken(:\n    pass\n")
    assert f"exercises/{FIRST.slug}.py:1" in grade(page)
    expect(page.locator("#said")).to_contain_text("Not graded")
    expect(page.locator(".cm-line.marked")).to_have_text("def broken(:")


def test_what_is_typed_is_there_after_a_reload_without_a_network(
    open_page: Open, served: Served
) -> None:
    page = lesson_page(open_page, FIRST)
    ready(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    write(page, "# mine\n" + stub(FIRST))
    served.is_down = True
    try:
        page.reload()
        expect(page.locator(".cm-line >> nth=0")).to_have_text("# mine")
        assert f"0 of {len(FIRST.tasks)} tasks" in grade(page)
    finally:
        served.is_down = False


def test_answers_go_out_as_ordinary_files_and_come_back(open_page: Open, tmp_path: Path) -> None:
    page = lesson_page(open_page, FIRST)
    mine = "# mine\n" + stub(FIRST)
    write(page, mine)
    with page.expect_download() as one:
        page.click("#export")
    assert one.value.suggested_filename == f"{FIRST.slug}.py"
    assert Path(one.value.path()).read_text(encoding="utf-8") == mine
    with page.expect_download() as every:
        page.click("#export-all")
    every.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        assert packed.read(f"exercises/{FIRST.slug}.py").decode() == mine

    with zipfile.ZipFile(tmp_path / "all.zip", "a") as packed:
        packed.writestr(f"exercises/{STREAMING.slug}.py", "# of another lesson\n")
    other = lesson_page(open_page, FIRST)
    assert saved(other, FIRST) == ""
    other.set_input_files("#import", tmp_path / "all.zip")
    expect(other.locator("#notice")).to_contain_text("was imported")
    assert saved(other, FIRST) == mine
    assert saved(other, STREAMING) == "# of another lesson\n"


BAD_IMPORTS: Mapping[str, tuple[bytes, str]] = {
    "story.py": (b"once = 'upon a time'\n", "has no task of lesson 01"),
    "picture.py": (b"\x89PNG\xff\xfe", "is not text"),
    "broken.zip": (b"no zip", "is no zip"),
    "long.py": (b"#" * 200_000, "bytes"),
}


def test_what_is_no_exercise_changes_nothing(open_page: Open) -> None:
    page = lesson_page(open_page, FIRST)
    write(page, "# mine\n")
    for name, (content, said) in BAD_IMPORTS.items():
        kind = "application/octet-stream"
        page.set_input_files("#import", {"name": name, "mimeType": kind, "buffer": content})
        expect(page.locator("#notice")).to_contain_text(said)
        expect(page.locator("#notice")).to_contain_text("Nothing was changed")
        assert saved(page, FIRST) == "# mine\n"


def test_a_damaged_entry_is_set_aside(open_page: Open) -> None:
    page = lesson_page(open_page, FIRST)
    page.evaluate("(key) => localStorage.setItem(key, '{broken')", f"streamlings/{FIRST.slug}")
    page.reload()
    expect(page.locator("#notice")).to_contain_text("It was set aside")
    kept = page.evaluate("Object.entries(localStorage).map(String)")
    assert [one for one in kept if "damaged" in one and one.endswith("{broken")]


def test_a_full_storage_is_said(open_page: Open) -> None:
    page = lesson_page(open_page, FIRST)
    full = "Storage.prototype.setItem = () => { throw new DOMException('full') }"
    page.evaluate(f"() => {{ {full} }}")
    write(page, "# mine\n")
    expect(page.locator("#notice")).to_contain_text("Export your answers now")


def test_two_tabs_do_not_overwrite_each_other(open_page: Open, served: Served) -> None:
    one = lesson_page(open_page, FIRST)
    two = one.context.new_page()
    two.goto(one.url)
    expect(two.locator("html")).to_have_attribute("data-alive", "true")
    write(one, "# one\n")
    expect(two.locator("#notice")).to_contain_text("Another tab")
    write(two, "# two\n")
    assert saved(two, FIRST) == "# one\n"
    two.click("#notice button >> nth=1")
    assert saved(two, FIRST) == "# two\n"
    assert "# one\n" in two.evaluate("Object.values(localStorage)")


def test_ones_own_functions_can_be_run_and_stopped(open_page: Open) -> None:
    page = lesson_page(open_page, FIRST)
    ready(page)
    page.click("#run-pane summary")
    page.click("#run")
    expect(page.locator("#printed")).to_contain_text(FIRST.tasks[0].name)
    expect(page.locator("#run")).to_be_enabled()
    page.fill("#code", "print(6 * 7)\nwhile True:\n    pass\n")
    page.click("#run")
    expect(page.locator("#printed")).to_contain_text("42")
    page.click("#stop")
    expect(page.locator("#printed")).to_contain_text("You stopped it.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_on_a_phone_and_is_read_before_python_is_there(
    open_page: Open, scheme: str
) -> None:
    how = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    page = lesson_page(open_page, STREAMING, **how)
    expect(page.locator("article#connections h1")).to_be_visible()
    assert page.locator("#python").get_attribute("data-ready") is None
    for article in ("connections", "concepts", "conclusions"):
        page.click(f".tabs a[href='#{article}']")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator("#said").get_attribute("aria-live") == "polite"


class InBrowser:
    """Grades in the worker of a page, without its window."""

    def __init__(self, page: Page, lesson: Lesson) -> None:
        self._page = page
        page.evaluate(
            """(lesson) => {
              window.ask = (message, answer) => new Promise((resolve, reject) => {
                window.worker.onmessage = ({data}) => {
                  if (data.kind === answer) resolve(data);
                  if (data.kind === "died") reject(new Error(data.problem));
                };
                window.worker.postMessage(message);
              });
              window.worker = new Worker("../../assets/worker.js", {type: "module"});
              return window.ask({kind: "start", lesson}, "ready").then(() => true);
            }""",
            lesson.number,
        )

    def verdicts(self, source: str) -> dict[str, str]:
        message = {"kind": "grade", "source": source, "recorded": [], "only": "", "width": 88}
        found = self._page.evaluate("(message) => window.ask(message, 'graded')", message)
        return {name: task["verdict"] for name, task in found["tasks"].items()}


@pytest.mark.parametrize("lesson", each_lesson(19, "the browser"))
def test_verdicts_are_those_of_the_terminal(
    open_page: Open, lesson: Lesson, tmp_path: Path
) -> None:
    dealt = [*rounds(mistakes(lesson))[:ROUNDS], *rounds(alternatives(lesson))[:1]]
    sources = [lesson.solution.read_text(encoding="utf-8"), stub(lesson)]
    sources += [spliced(lesson, {one.task: one.function for one in some}) for some in dealt]
    there = InBrowser(open_page(f"lessons/{lesson.slug}/"), lesson)
    with Grader(lesson) as grader:
        for number, source in enumerate(sources):
            path = tmp_path / f"{number}.py"
            path.write_text(source, encoding="utf-8")
            here = verdicts(grader.grade(path))
            assert there.verdicts(source) == here, f"file {number}"


def verdicts(outcome: LessonOutcome) -> dict[str, str]:
    return {task.task.name: task.verdict for task in outcome.tasks}


def test_the_wheels_have_the_versions_that_the_course_is_checked_with() -> None:
    wanted = pins.versions((catalog.ROOT / "constraints.txt").read_text(encoding="utf-8"))
    for line in assets.WHEELS.read_text(encoding="utf-8").splitlines()[1:]:
        name, _, version = line.split(" ")[0].partition("==")
        assert wanted[name] == version
        assert "--hash=sha256:" in line


def test_a_folder_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CourseError, match="no site"):
        builder.build(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_it_is_said_that_node_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match="node is not installed"):
        builder.build(tmp_path / "site")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("lesson", catalog.lessons(), ids=lambda lesson: lesson.slug)
def test_every_link_between_lessons_leads_somewhere(lesson: Lesson) -> None:
    ids = {one.slug: anchors(one) for one in catalog.lessons()}
    for page in pages.texts_of(lesson):
        for target in re.findall(r'href="([^"]+)"', page.body):
            if "://" in target:
                continue
            place, _, heading = target.partition("#")
            slug = Path(place).name if place else lesson.slug
            assert heading in ids[slug], target


@functools.cache
def anchors(lesson: Lesson) -> frozenset[str]:
    found = {name.lower().removesuffix(".md") for name in pages.TEXTS} | {"exercise"}
    for page in pages.texts_of(lesson):
        found |= {*re.findall(r' id="([^"]+)"', page.body)}
    return frozenset(found)
