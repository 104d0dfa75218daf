"""The course in a real browser, without a window: read, write and grade, nothing installed."""

from __future__ import annotations

import functools
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from browser import Visits, contrasts, styles
from sampled import of_room, one_in, one_lesson
from site_server import Served
from site_server import built as built  # fixtures
from site_server import served as served

from course import catalog, pins
from course.catalog import CourseError, Lesson
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome
from course.lesson.stubs import stub
from course.lesson.variants import alternatives, mistakes, rounds, spliced, together
from course.site import assets, builder, pages
from course.site.browser.not_here import NOT_HERE

pytestmark = of_room("site")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the package playwright is not installed"
)
expect = playwright.expect

ROUNDS = 3
"""So many mistakes of each task are graded in the browser, where there are as many."""

FIRST = catalog.find("01")
STREAMING = catalog.find("09")

Open = Callable[..., "Page"]


@pytest.fixture
def open_page(visits: Visits, served: Served) -> Open:
    """Opens a page of the site."""

    def open_(place: str, context: BrowserContext | None = None, **how: Any) -> Page:
        return visits.page(served.url + place, served.url, context, **how)

    return open_


NO_WORKER = """
window.Worker = class {
  constructor() { window.python = this; }
  postMessage(message) { this.asked = message; }
  terminate() {}
};
window.say = (data) => window.python.onmessage({data});
"""
"""In place of Python, which takes seconds to start: it says what a test says."""


@pytest.fixture
def open_quickly(visits: Visits, served: Served) -> Open:
    """Opens the page of a lesson, to which no Python comes."""

    def open_(
        lesson: Lesson, context: BrowserContext | None = None, at: str = "", **how: Any
    ) -> Page:
        if context is None:
            context = visits.context(served.url, **how)
            context.add_init_script(NO_WORKER)
        page = visits.page(f"{served.url}lessons/{lesson.slug}/{at}", served.url, context)
        alive(page)
        return page

    return open_


@pytest.fixture(scope="module")
def with_python(browser: Browser, served: Served) -> Iterator[Visits]:
    """A visit to the first lesson, in which Python has been started once and for all."""
    opened = Visits(browser)
    ready(opened.page(f"{served.url}lessons/{FIRST.slug}/", served.url))
    yield opened
    opened.end()


@pytest.fixture
def warm(with_python: Visits) -> Iterator[Page]:
    """The page of the first lesson, with Python, as if nobody had written anything."""
    (page,) = with_python.pages
    page.bring_to_front()
    write(page, stub(FIRST))
    page.evaluate("document.querySelector('#code').value = ''")
    ready(page)
    yield page
    problems = [*with_python.problems]
    with_python.problems.clear()  # they are not those of the next test
    assert problems == []


def alive(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-alive", "true")


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


@pytest.mark.parametrize(
    "lesson", one_in([FIRST, STREAMING], 2, "journeys", name=lambda lesson: lesson.slug)
)
def test_a_learner_gets_from_the_first_visit_to_all_passed(open_page: Open, lesson: Lesson) -> None:
    page = open_page(f"#{lesson.number}/{lesson.tasks[1].name}", service_workers="block")
    alive(page)
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


def test_an_endless_loop_is_ended_and_told_as_in_the_terminal(warm: Page) -> None:
    first, second = FIRST.tasks[:2]
    endless = f"{header(FIRST, first.name)}\n    while True:\n        pass\n\n\n"
    answers = spliced(FIRST, {first.name: endless})
    write(warm, answers)
    told = grade(warm)
    assert f"{first.name}: it loops forever, or takes far too long" in told
    line = answers.split("\n").index("    while True:") + 1
    assert f"exercises/{FIRST.slug}.py:{line}" in told
    expect(warm.locator(f"#task-{second.name}")).to_have_attribute("data-verdict", "passed")


def header(lesson: Lesson, task: str) -> str:
    """How a function of a lesson is declared."""
    lines = lesson.solution.read_text(encoding="utf-8").split("\n")
    begin = lesson.signatures[task].line - 1
    end = next(n for n in range(begin, len(lines)) if lines[n].endswith(":"))
    return "\n".join(lines[begin : end + 1])


def test_a_syntax_error_is_told_and_marked(warm: Page) -> None:
    write(warm, "def broken(:\n    pass\n")
    assert f"exercises/{FIRST.slug}.py:1" in grade(warm)
    expect(warm.locator("#said")).to_contain_text("Not graded")
    expect(warm.locator(".cm-line.marked")).to_have_text("def broken(:")


def test_what_is_typed_is_there_after_a_reload_without_a_network(
    warm: Page, served: Served
) -> None:
    warm.evaluate("navigator.serviceWorker.ready.then(() => true)")
    write(warm, "# mine\n" + stub(FIRST))
    served.is_down = True
    try:
        warm.reload()
        expect(warm.locator(".cm-line >> nth=0")).to_have_text("# mine")
        assert f"0 of {len(FIRST.tasks)} tasks" in grade(warm)
    finally:
        served.is_down = False


KEEP = """
async (damage) => {
  const cache = await caches.open("memory-of-streamlings");
  const [place] = await cache.keys();
  const memory = await (await cache.match(place)).blob();
  await cache.put(place, new Response(damage ? "damaged" : memory, {headers: {"X-Ours": "yes"}}));
}
"""
"""Puts what Python remembers back, with a mark on it, as it was or damaged."""

KEPT = """
async () => {
  const cache = await caches.open("memory-of-streamlings");
  const [place] = await cache.keys();
  return place ? (await cache.match(place)).headers.get("X-Ours") || "new" : "";
}
"""


def test_python_begins_with_what_it_remembers(warm: Page) -> None:
    """It need not import everything again. What is damaged is forgotten, and made again."""
    warm.wait_for_function(KEPT)
    warm.evaluate(KEEP, False)
    warm.reload()
    assert f"0 of {len(FIRST.tasks)} tasks" in grade(warm)
    assert warm.evaluate(KEPT) == "yes", "it was of use"
    warm.evaluate(KEEP, True)
    warm.reload()
    assert f"0 of {len(FIRST.tasks)} tasks" in grade(warm)
    warm.wait_for_function(f"async () => await ({KEPT})() === 'new'")


def test_answers_go_out_as_ordinary_files_and_come_back(open_quickly: Open, tmp_path: Path) -> None:
    page = open_quickly(FIRST)
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
    other = open_quickly(FIRST)
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


def test_what_is_no_exercise_changes_nothing(open_quickly: Open) -> None:
    page = open_quickly(FIRST)
    write(page, "# mine\n")
    for name, (content, said) in BAD_IMPORTS.items():
        kind = "application/octet-stream"
        page.set_input_files("#import", {"name": name, "mimeType": kind, "buffer": content})
        expect(page.locator("#notice")).to_contain_text(said)
        expect(page.locator("#notice")).to_contain_text("Nothing was changed")
        assert saved(page, FIRST) == "# mine\n"


def test_a_damaged_entry_is_set_aside(open_quickly: Open) -> None:
    page = open_quickly(FIRST)
    page.evaluate("(key) => localStorage.setItem(key, '{broken')", f"streamlings/{FIRST.slug}")
    page.reload()
    expect(page.locator("#notice")).to_contain_text("It was set aside")
    kept = page.evaluate("Object.entries(localStorage).map(String)")
    assert [one for one in kept if "damaged" in one and one.endswith("{broken")]


def test_a_full_storage_is_said(open_quickly: Open) -> None:
    page = open_quickly(FIRST)
    full = "Storage.prototype.setItem = () => { throw new DOMException('full') }"
    page.evaluate(f"() => {{ {full} }}")
    write(page, "# mine\n")
    expect(page.locator("#notice")).to_contain_text("Export your answers now")


def test_two_tabs_do_not_overwrite_each_other(open_quickly: Open) -> None:
    one = open_quickly(FIRST)
    two = open_quickly(FIRST, one.context)
    write(one, "# one\n")
    expect(two.locator("#notice")).to_contain_text("Another tab")
    write(two, "# two\n")
    assert saved(two, FIRST) == "# one\n"
    two.click("#notice button >> nth=1")
    assert saved(two, FIRST) == "# two\n"
    assert "# one\n" in two.evaluate("Object.values(localStorage)")


def test_ones_own_functions_can_be_run_and_stopped(warm: Page) -> None:
    warm.evaluate("document.querySelector('#run-pane').open = true")
    warm.click("#run")
    expect(warm.locator("#printed")).to_contain_text(FIRST.tasks[0].name)
    expect(warm.locator("#run")).to_be_enabled()
    warm.fill("#code", "print(6 * 7)\nwhile True:\n    pass\n")
    warm.click("#run")
    expect(warm.locator("#printed")).to_contain_text("42")
    warm.click("#stop")
    expect(warm.locator("#printed")).to_contain_text("You stopped it.")
    assert f"0 of {len(FIRST.tasks)} tasks" in grade(warm)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_on_a_phone_and_is_read_before_python_is_there(
    open_quickly: Open, scheme: str
) -> None:
    how = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    page = open_quickly(STREAMING, **how)
    expect(page.locator("article#connections h1")).to_be_visible()
    assert page.locator("#python").get_attribute("data-ready") is None
    for article in ("connections", "concepts", "conclusions"):
        page.click(f".tabs a[href='#{article}']")
        assert page.evaluate("document.documentElement.scrollWidth") == 360


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def test_everything_can_be_read(warm: Page) -> None:
    """Contrast 4.5 or more: level AA."""
    task = FIRST.tasks[0]
    write(warm, next(one for one in mistakes(FIRST) if one.task == task.name).answers)
    grade(warm)
    warm.click("#hint")
    warm.set_input_files("#import", {"name": "a.py", "mimeType": "text/x-python", "buffer": b""})
    expect(warm.locator("#notice")).to_contain_text("Nothing was changed")
    warm.evaluate("document.querySelector('#run-pane').open = true")
    warm.click("#run")
    expect(warm.locator("#printed")).to_contain_text(task.name)
    expect(warm.locator("#run")).to_be_enabled()
    seen: set[str] = set()
    for scheme in SCHEMES:
        warm.emulate_media(color_scheme=scheme)
        for article in ("connections", "concepts", "conclusions"):
            warm.evaluate("(name) => { location.hash = name; }", article)
            expect(warm.locator(f"article#{article}")).to_be_visible()
            found = contrasts(warm)
            assert {name: value for name, value in found.items() if value < 4.5} == {}, scheme
            seen |= {*found}
    warm.emulate_media(color_scheme="light")
    assert {"python-said", "passed", "task-name", "verdict", "place", "red", "green", "dim"} <= seen
    assert {"notice", "printed", "hints", "H2", "grade", "k", "kn", "s2", "c1", "mi"} <= seen


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("place", ["", f"notebooks/{FIRST.slug}/"], ids=["front", "notebook"])
def test_the_other_pages_can_be_read_too(open_page: Open, place: str, scheme: str) -> None:
    page = open_page(place, color_scheme=scheme, viewport={"width": 360, "height": 740})
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found = contrasts(page)
    assert {name: value for name, value in found.items() if value < 4.5} == {}
    assert len(found) > 5
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    paper = styles(page, "html", "backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper)[:3])) < 200) == (scheme == "dark")


SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.shifted += one.hadRecentInput ? 0 : one.value;
}).observe({type: "layout-shift", buffered: true});
"""
DRAWN = "() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("heading", ["", "#concepts"], ids=["", "concepts"])
def test_nothing_moves_while_python_loads(
    open_quickly: Open, visits: Visits, served: Served, width: int, heading: str
) -> None:
    context = visits.context(served.url, viewport={"width": width, "height": 740})
    context.add_init_script(NO_WORKER + SHIFTS)
    page = open_quickly(STREAMING, context, heading)
    for message in loading():
        page.evaluate("(message) => say(message)", message)
        page.evaluate(DRAWN)
    ready(page)
    before = page.evaluate("shifted")
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(DRAWN)
    page.evaluate("document.querySelector('header').style.marginTop = '20rem'")
    page.wait_for_function("(before) => shifted > before + 0.1", arg=before)  # it is noticed
    assert before < 0.1


def loading() -> Iterator[dict[str, object]]:
    """What Python says until it is there."""
    for million in range(0, 40, 4):
        yield {"kind": "progress", "loaded": 1_000_000 * million}
    yield {"kind": "doing", "what": "Starting Python"}
    yield {"kind": "ready"}


HEAR = """
window.heard = [];
for (const region of document.querySelectorAll("[aria-live], [role=status], [role=alert]")) {
  const listener = new MutationObserver(() => heard.push(region.textContent));
  listener.observe(region, {childList: true, subtree: true, characterData: true});
}
"""


def test_the_verdict_is_read_out_and_not_each_step_before(open_quickly: Open) -> None:
    page = open_quickly(FIRST)
    assert page.locator("#said").get_attribute("aria-live") == "polite"
    page.evaluate(HEAR)
    for message in loading():
        page.evaluate("(message) => say(message)", message)
    ready(page)
    verdict = "2 of 7 tasks passed."
    for _ in range(2):  # the second time, too, although it is the same
        page.click("#grade")
        page.wait_for_function("python.asked.kind === 'grade'")
        for _ in range(3):
            page.evaluate("say({kind: 'event', event: {event: 'test'}})")
        page.evaluate(
            "(said) => { python.asked = {}; say({kind: 'graded', screen: [], tasks: {}, said}); }",
            verdict,
        )
        expect(page.locator("#grade")).to_be_enabled()
    assert page.evaluate("heard") == ["Python is ready.", verdict, verdict]


class InBrowser:
    """Grades in a worker, without the window of a lesson."""

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
              window.worker = new Worker("assets/worker.js", {type: "module"});
              return window.ask({kind: "start", lesson}, "ready").then(() => true);
            }""",
            lesson.number,
        )

    def verdicts(self, source: str) -> dict[str, str]:
        message = {"kind": "grade", "source": source, "recorded": [], "only": "", "width": 88}
        found = self._page.evaluate("(message) => window.ask(message, 'graded')", message)
        return {name: task["verdict"] for name, task in found["tasks"].items()}


@pytest.mark.parametrize("lesson", one_lesson("the browser"))
def test_verdicts_are_those_of_the_terminal(
    open_page: Open, lesson: Lesson, tmp_path: Path
) -> None:
    dealt = [*rounds(mistakes(lesson))[:ROUNDS], *rounds(alternatives(lesson))[:1]]
    sources = [lesson.solution.read_text(encoding="utf-8"), stub(lesson)]
    sources += [together(lesson, some) for some in dealt]
    there = InBrowser(open_page(""), lesson)
    with Grader(lesson) as grader:
        for number, source in enumerate(sources):
            path = tmp_path / f"{number}.py"
            path.write_text(source, encoding="utf-8")
            here, found = verdicts(grader.grade(path)), there.verdicts(source)
            for task in NOT_HERE.get(lesson.number, {}):
                del here[task], found[task]
            assert found == here, f"file {number}"


def test_nearly_all_tasks_are_graded_here() -> None:
    tasks = {(one.number, task.name) for one in catalog.lessons() for task in one.tasks}
    not_here = {(number, task) for number, named in NOT_HERE.items() for task in named}
    assert not_here <= tasks
    assert len(not_here) <= 0.05 * len(tasks)


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


def test_a_site_that_is_fresh_needs_no_node(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert builder.build() == built


@pytest.mark.parametrize("lesson", catalog.lessons(), ids=lambda lesson: lesson.slug)
def test_every_link_between_lessons_leads_somewhere(lesson: Lesson) -> None:
    ids = {one.slug: anchors(one) for one in catalog.lessons()}
    for page in pages.texts_of(lesson):
        for target in re.findall(r'href="([^"]+)"', page.body):
            if "://" in target:
                continue
            place, _, heading = target.partition("#")
            if place.startswith("../../notebooks/"):
                continue
            slug = Path(place).name if place else lesson.slug
            assert heading in ids[slug], target


@functools.cache
def anchors(lesson: Lesson) -> frozenset[str]:
    found = {name.lower().removesuffix(".md") for name in pages.TEXTS} | {"exercise"}
    for page in pages.texts_of(lesson):
        found |= {*re.findall(r' id="([^"]+)"', page.body)}
    return frozenset(found)
