"""What is written about a cohort can be read by programs and people, and does no harm to them."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import html
import io
import json
import re
import sys
import unicodedata
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain, combinations_with_replacement
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from cohort_fakes import nothing_is_known, outcome_of
from jinja2 import UndefinedError
from rich.console import Console
from sampled import of_room

from course import catalog
from course.author import screens
from course.catalog import Lesson
from course.cohort.intake.submissions import find
from course.cohort.progress_bar import Watched
from course.cohort.results import exports, known_mistakes, report
from course.cohort.results.figures import Cohort
from course.cohort.results.gradebook import Gradebook, Grading, Status
from course.cohort.workers import crew as grading
from course.cohort.workers.crew import Crew, Step
from course.grade import SEED
from course.grade.outcome import Feedback, TestOutcome
from course.lesson.contract import PromiseState, contract_of, promises_of_tests
from course.lesson.variants import Variant, mistakes
from course.official.marking import Flag, OfficialGrader

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = of_room("cohort")

LESSON = catalog.find("09")
TASKS = len(LESSON.tasks)
SECOND = LESSON.tasks[1]

EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>&amp; =cmd|' /C calc'!A1"


def graded(
    learner: str,
    passed: int = 3,
    problem: str = "it is wrong",
    status: Status = "graded",
    lesson: Lesson = LESSON,
    **changes: object,
) -> Grading:
    outcome = outcome_of(lesson, passed, problem, SEED)
    tests = tuple(test for task in outcome.tasks for test in task.tests)
    made = Grading(
        learner,
        f"{learner}.py",
        "identity",
        status,
        tests=tests if status == "graded" else (),
        reason="" if status == "graded" else f"it has a reason: {learner}.",
        feedback=f"for {learner}\n",
        level="bubblewrap",
        seed=SEED,
        seconds=1.0 + passed,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


COHORT = [
    *(graded(f"learner {passed:02}", passed) for passed in range(TASKS + 1)),
    graded("=1+1", problem=EVIL, flags=(Flag("write_stream", EVIL), Flag(None, "odd"))),
    graded(EVIL, TASKS),
    graded("file", status="unreadable"),
    graded("import", status="cannot_load"),
    graded("dead", status="not_graded", flags=(Flag(None, "the grader has died"),)),
]


@pytest.fixture
def gradebook(tmp_path: Path) -> Iterator[Gradebook]:
    with Gradebook(tmp_path / "gradebook.sqlite") as made:
        for one in COHORT:
            made.record(LESSON, one)
        yield made


@pytest.fixture
def written(gradebook: Gradebook, tmp_path: Path) -> Path:
    assert exports.write(gradebook, LESSON, tmp_path) == []
    assert report.write(gradebook, LESSON, tmp_path, nothing_is_known) == []
    return tmp_path


class TestTable:
    def table(self, folder: Path) -> dict[str, list[str]]:
        text = (folder / "grades.csv").read_text(encoding="utf-8")
        return {row[0]: row for row in csv.reader(io.StringIO(text))}

    def test_a_row_for_each_learner(self, written: Path) -> None:
        table = self.table(written)
        assert table["learner"] == [
            *("learner", "file", "lesson", "passed", "of", "flags"),
            *(task.name for task in LESSON.tasks),
        ]
        assert len(table) == 1 + len(COHORT)
        todo = ["not_started"] * (TASKS - 3)
        assert table["learner 02"][1:] == [
            *("learner 02.py", "09", "2", str(TASKS), "", "passed", "passed", "wrong"),
            *todo,
        ]
        assert table["file"][3:7] == [
            *("0", str(TASKS), "unreadable: it has a reason: file.", "unreadable")
        ]
        assert table["dead"][5].endswith("; the grader has died")

    def test_no_cell_is_a_formula(self, written: Path) -> None:
        for row in self.table(written).values():
            for cell in row:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert "'=1+1" in self.table(written)

    @pytest.mark.parametrize("name", ["=1", "+1", "-1", "@a", " =1", "＝1", "＋1", "－1", "＠a"])  # noqa: RUF001
    def test_formulas_of_every_kind(self, name: str) -> None:
        one = graded(name)
        row = exports.row(one, one.outcome(LESSON))
        assert row[0] == f"'{name}"

    @pytest.mark.parametrize("separator", [*";,|\t\r\n", '"', ';"', "; ", ";'", ',"" '])
    @pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@a", "＝1"])  # noqa: RUF001
    def test_formulas_in_a_cell_of_other_separators(self, separator: str, formula: str) -> None:
        """Where a comma is part of numbers, spreadsheets separate cells by a semicolon."""
        name = f"ana{separator}{formula}"
        one = graded(name, flags=(Flag(None, name),), entry=name)
        for cell in exports.row(one, one.outcome(LESSON)):
            for part in re.split('[;,|"\t\r\n]', cell):
                assert not part.strip(" \"'").startswith(formula[0]) or "'" in part
                assert not part.lstrip(' "').startswith(formula[0])

    def test_what_a_spreadsheet_may_take_for_the_sign_of_a_formula_is_known(self) -> None:
        for number in range(sys.maxunicode + 1):
            if unicodedata.normalize("NFKC", chr(number))[:1] in ("=", "+", "-", "@"):
                assert chr(number) in exports.FORMULA

    @pytest.mark.parametrize("name", ["ana-maria = @home", "O'Brien; Ana", "a, b", "x (1)"])
    def test_ordinary_cells_stay(self, name: str) -> None:
        one = graded(name)
        assert exports.row(one, one.outcome(LESSON))[0] == name


class TestJunit:
    def test_it_counts_tasks(self, written: Path) -> None:
        root = ElementTree.parse(written / "junit.xml").getroot()
        suites = {suite.get("name"): suite for suite in root}
        assert len(suites) == len(COHORT)
        three = suites["learner 03"]
        counts = {name: three.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert counts == {"tests": "12", "failures": "1", "errors": "0", "skipped": "8"}
        failures = [case.get("name") for case in three if case.find("failure") is not None]
        assert failures == ["buffer_stream"]
        assert suites["file"].get("errors") == "12"
        assert len(suites["file"].findall("testcase/error")) == 12
        assert suites[EVIL].get("failures") == "0"
        problem = suites["=1+1"].find("testcase/failure")
        assert problem is not None
        assert problem.get("message") == EVIL

    def test_what_xml_cannot_hold(self) -> None:
        one = graded("ana", problem="\x00\x1b[31m\ud800\ufffe")
        suite = exports.suite(one, one.outcome(LESSON))
        text = ElementTree.tostring(suite, encoding="utf-8")
        assert rb"\x00\x1b[31m\ud800\ufffe" in text
        assert len(ElementTree.fromstring(text).findall("testcase")) == TASKS


class TestGradescope:
    def test_the_points_are_those_of_the_tasks(self, written: Path) -> None:
        files = sorted((written / "gradescope").iterdir())
        assert len(files) == len(COHORT)
        for path in files:
            data = json.loads(path.read_text(encoding="utf-8"))
            assert data["score"] == sum(test["score"] for test in data["tests"])
            assert len(data["tests"]) == sum(test["max_score"] for test in data["tests"]) == TASKS
            assert all((t["status"] == "passed") == (t["score"] == 1) for t in data["tests"])
            assert {"execution_time"}.isdisjoint(data)

    def test_a_learner_sees_no_flag(self) -> None:
        one = graded("ana", flags=(Flag(None, "SUSPICIOUS"),))
        data = exports.gradescope(one, one.outcome(LESSON))
        assert data.pop("extra_data")["flags"] == ["SUSPICIOUS"]
        assert "SUSPICIOUS" not in json.dumps(data)


class TestExercism:
    def data(self, passed: int = 3, status: Status = "graded") -> dict[str, object]:
        one = graded("ana", passed, status=status)
        return exports.exercism(one, one.outcome(LESSON), exports.test_sources(LESSON))

    @pytest.mark.parametrize(("passed", "status"), [(TASKS, "pass"), (3, "fail"), (0, "fail")])
    def test_a_graded_one(self, passed: int, status: str) -> None:
        data = self.data(passed)
        assert (data["version"], data["status"], data["message"]) == (3, status, None)
        tests = data["tests"]
        assert isinstance(tests, list)
        assert [test["task_id"] for test in tests] == list(range(1, TASKS + 1))
        assert [test["status"] for test in tests].count("pass") == passed
        assert all(test["message"] for test in tests if test["status"] != "pass")

    @pytest.mark.parametrize("status", ["cannot_load", "unreadable", "not_graded"])
    def test_one_that_is_not(self, status: Status) -> None:
        assert self.data(status=status) == {
            "version": 3,
            "status": "error",
            "message": "for ana\n",
        }

    def test_the_code_of_each_test_is_known(self) -> None:
        sources = exports.test_sources(LESSON)
        assert len(sources) > 3 * TASKS
        for name, source in sources.items():
            function = name.rpartition("::")[2]
            assert re.match(rf"(async )?def {function}\(", source), name

    def test_output_is_short(self) -> None:
        one = graded("ana")
        tests = (dataclasses.replace(one.tests[0], printed="x" * 2000), *one.tests[1:])
        one = dataclasses.replace(one, tests=tests)
        data = exports.exercism(one, one.outcome(LESSON))
        assert len(data["tests"][0]["output"]) == 500


SITUATIONS = (
    "untouched_stub",
    "one_wrong_task",
    "syntax_error",
    "import_fails",
    "not_utf8",
    "all_passed",
    "returns_nothing",
)


def test_the_feedback_is_what_make_test_shows(tmp_path: Path) -> None:
    folder = tmp_path / "submissions"
    folder.mkdir()
    for name in SITUATIONS:
        (folder / f"{name}.py").write_bytes(screens.SITUATIONS[name](LESSON))
    with Gradebook(tmp_path / "gradebook.sqlite") as book, Crew(LESSON, OfficialGrader, 1) as crew:
        for _ in grading.grade(find(folder), LESSON, book, crew, SEED):
            pass
        assert exports.write(book, LESSON, tmp_path) == []
    for name in SITUATIONS:
        told = (tmp_path / "feedback" / f"{name}.txt").read_text(encoding="utf-8")
        assert told == (screens.FOLDER / f"{name}.txt").read_text(encoding="utf-8"), name


class Page(HTMLParser):
    """A page as a browser would take it."""

    EMPTY = frozenset({"meta", "br", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.all: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = [(name, value or "") for name, value in attrs]
        self.tags.append(tag)
        self.attributes += found
        self.all += [("<", tag), *found]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self.all.append(("</", tag))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        self.all.append(("text", data))

    def handle_comment(self, data: str) -> None:
        self.all.append(("<!--", data))

    def values(self, wanted: str) -> list[str]:
        return [value for name, value in self.attributes if name == wanted]


class TestReport:
    @pytest.fixture
    def source(self, written: Path) -> str:
        return (written / report.NAME).read_text(encoding="utf-8")

    @pytest.fixture
    def page(self, source: str) -> Page:
        return Page(source)

    def test_it_needs_nothing_and_runs_nothing(self, page: Page, source: str) -> None:
        assert {"script", "img", "iframe", "object", "link", "base", "form"}.isdisjoint(page.tags)
        names = {name for name, _ in page.attributes}
        assert not {name for name in names if name.startswith("on")}
        assert names.isdisjoint({"style", "src", "srcset", "background", "action"})
        assert "url(" not in source
        assert "@import" not in source
        assert not re.search(r"https?://", source)

    def test_links_lead_to_files_that_are_there(self, page: Page, written: Path) -> None:
        ids = page.values("id")
        links = page.values("href")
        assert len(links) > len(COHORT)
        for link in links:
            if link.startswith("#"):
                assert link[1:] in ids
            else:
                assert (written / urllib.parse.unquote(link)).is_file()

    def test_its_policy_allows_its_own_style_only(self, page: Page, source: str) -> None:
        policy = next(value for value in page.values("content") if "default-src" in value)
        style = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
        assert len(style) == 1
        digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
        assert "default-src 'none'" in policy
        assert f"style-src 'sha256-{digest}'" in policy
        assert "unsafe" not in policy

    def test_hostile_text_is_only_text(self, page: Page) -> None:
        assert EVIL in page.texts, "the name of a learner"
        assert page.texts.count(EVIL) >= 3, "a flag and a mistake"

    def test_every_learner_is_in_it(self, page: Page) -> None:
        for one in COHORT:
            assert one.learner in page.texts

    def test_every_reason_is_in_it(self, page: Page) -> None:
        for one in COHORT:
            assert not one.reason or one.reason in page.texts
            for flag in one.flags:
                assert flag.reason in page.texts

    def test_times_are_in_their_part_only(self, gradebook: Gradebook, source: str) -> None:
        changed = Cohort.of(LESSON, [dataclasses.replace(one, seconds=99.5) for one in COHORT])
        other = report.page(changed, {})
        timing = re.compile(r'<section id="timing">.*?</section>', re.DOTALL)
        assert timing.sub("", other) == timing.sub("", source)
        assert "99.50" in other

    def test_a_cohort_of_none(self) -> None:
        texts = Page(report.page(Cohort.of(LESSON, []), {})).texts
        assert "Nothing was flagged." in texts
        assert "All submissions could be graded." in texts


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></title></svg><!--",
    "--> ]]> <b",
    "&lt;b&gt; &amp; &#39; &nbsp",
    "{{ 7*7 }}",
    "{% for task in tasks %}{# no #}{% raw %}",
    "$title ${lead} {} {0} %s",
    "javascript:alert(1)",
)
"""What would be more than text if a page, a template or an address took it for its own."""

PLACES = (
    *("title", "task", "goal", "unmarked", "learner", "file", "unread", "gone", "level"),
    *("reason", "flag", "flagged task", "problem", "other problem", "belief", "mistake"),
    "promise",
)


def page_with(prefix: str) -> Page:
    """Return a page in which each of `PLACES` has a text that begins with the prefix."""
    text = {place: f"{prefix}[{place}]" for place in PLACES}
    tasks = [
        dataclasses.replace(task, name=f"{text['task']}{task.number}", goal=text["goal"])
        for task in LESSON.tasks
    ]
    unmarked = dataclasses.replace(tasks.pop(), unmarked=text["unmarked"])
    lesson = dataclasses.replace(
        LESSON, title=text["title"], tasks=tuple(tasks), unmarked_tasks=(unmarked,)
    )
    flags = (Flag(text["flagged task"], text["flag"]),)
    made = [
        graded(text["learner"], 1, text["problem"], lesson=lesson, flags=flags, entry=text["file"]),
        graded("éva, after the other one", 1, text["other problem"], lesson=lesson),
        graded(text["unread"], status="unreadable", reason=text["reason"]),
    ]
    made = [dataclasses.replace(one, level=text["level"]) for one in made]
    promises = PromiseState(text["promise"], "broken"), PromiseState("another", "kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("course.grade.outcome.promise_states", lambda *_: promises)
        cohort = Cohort.of(lesson, made, [text["gone"]])
    (headline,) = [said for said in cohort.headlines[tasks[1].name] if said[1] == text["problem"]]
    variant = Variant(f"w__{text['mistake']}", "w", text["belief"], "test_it", "", "")
    return Page(report.page(cohort, {headline: [variant]}))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_only_text_wherever_it_stands(hostile: str) -> None:
    """The page is the one with harmless texts, tag by tag, with those texts in their places."""
    harmless = page_with("")
    for place in PLACES:
        assert any(f"[{place}]" in text for text in harmless.texts), place
    replaced = re.compile("|".join(re.escape(f"[{place}]") for place in PLACES))
    expected = [
        (name, replaced.sub(lambda found: hostile + found[0], said)) for name, said in harmless.all
    ]
    found = page_with(hostile).all
    assert [one for one in found if one[0] != "href"] == [
        one for one in expected if one[0] != "href"
    ]
    for address in (said for name, said in found if name == "href"):
        assert re.fullmatch(r"#\w+|feedback/[\w%.-]+\.txt", address)


def test_a_value_that_the_template_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        report.TEMPLATES.from_string("{{ nothing }}").render()


def test_no_name_is_broken_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    """A word is on one line, unless it is too long for the screen."""
    names = ["Maximiliane Oberhauser-Schmidt", "Bartholomew Featherstonehaugh", "alice.zip"]
    made = [graded(name, flags=(Flag(None, "odd " * 40),)) for name in names]
    made.append(graded("x" * 200, status="unreadable"))
    path = tmp_path / "report.html"
    path.write_text(report.page(Cohort.of(LESSON, made, ["gone"]), {}), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(path.as_uri())
    broken = page.evaluate(
        """() => [...document.querySelectorAll("td, th, .name, dd, dt")].flatMap(cell => {
            const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
            const found = [];
            while (walker.nextNode()) {
                for (const word of walker.currentNode.data.matchAll(/[^\\s-]+/g)) {
                    const range = document.createRange();
                    range.setStart(walker.currentNode, word.index);
                    range.setEnd(walker.currentNode, word.index + word[0].length);
                    if (range.getClientRects().length > 1) found.push(word[0]);
                }
            }
            return found;
        })"""
    )
    assert {word for word in broken if len(word) < 100} == set()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


ENDS = {
    (): "",
    (0,): "The learner has not passed a task yet.",
    (1,): "The learner passed 1 task.",
    (TASKS,): "The learner passed all tasks.",
    (0, 0, 0): "None of the learners has passed a task yet.",
    (5, 5): "Both learners passed 5 tasks.",
    (TASKS, TASKS, TASKS): "All 3 learners passed all tasks.",
    (0, 0, 0, 4): "3 of 4 learners have not passed a task yet, and nobody passed all of them.",
    (0, 0, TASKS): "2 of 3 learners have not passed a task yet, and 1 passed all of them.",
    (4, TASKS): "1 of 2 learners passed all tasks, and everyone passed at least one.",
    (0, TASKS, TASKS): "2 of 3 learners passed all tasks, and 1 passed none.",
    (0, 0, 1, 4): "Half of the learners passed 1 task or more; "
    "nobody passed all of them, and 2 passed none.",
    (3, 3, 8, TASKS): "Half of the learners passed 8 tasks or more; "
    "1 passed all of them, and everyone passed at least one.",
}
"""What the first paragraph says about scores."""


class TestLead:
    def told(self, *scores: int, unreadable: int = 0) -> str:
        made = [graded(f"{n}", score) for n, score in enumerate(scores)]
        made += [graded(f"file {n}", status="unreadable") for n in range(unreadable)]
        first, _, rest = report.lead(Cohort.of(LESSON, made)).partition(" tasks.")
        assert first.startswith(f"{len(made)} submission")
        return rest.strip()

    @pytest.mark.parametrize("scores", ENDS)
    def test_scores(self, scores: tuple[int, ...]) -> None:
        assert self.told(*scores) == ENDS[scores]

    def test_those_without_a_mark_do_not_count(self) -> None:
        assert self.told(unreadable=2) == "Nobody has a mark."
        assert self.told(3, unreadable=2) == "The only learner with a mark passed 3 tasks."
        assert self.told(2, 2, unreadable=1) == "Both learners with a mark passed 2 tasks."
        assert self.told(1, 2, 3, unreadable=9).startswith("Half of the learners with a mark pas")

    def test_half_is_half(self) -> None:
        """What half of them passed is true, and of no higher score."""
        some = (0, 1, 2, TASKS - 1, TASKS)
        counts = Counter[bool]()
        for scores in chain.from_iterable(
            combinations_with_replacement(some, count) for count in range(1, 6)
        ):
            said = self.told(*scores)
            found = re.match(r"Half of the learners passed (\d+) tasks? or more", said)
            counts[bool(found)] += 1
            assert "passed 0" not in said
            if found:
                half = int(found[1])
                assert 2 * sum(score >= half for score in scores) >= len(scores)
                assert 2 * sum(score > half for score in scores) < len(scores)
        assert min(counts[True], counts[False]) > 10

    def test_there_is_no_median_of_nothing(self) -> None:
        for made, median in (([], "–"), ([graded("ana", 0)], f"0 of {TASKS}")):  # noqa: RUF001
            assert (median, "tasks (median)") in report.tiles(Cohort.of(LESSON, made))


@pytest.mark.parametrize(
    ("passed", "graded", "share"),
    [(0, 0, "–"), (0, 9, "0%"), (9, 9, "100%"), (1, 999, "1%"), (998, 999, "99%"), (2, 3, "67%")],  # noqa: RUF001
)
def test_a_share_is_all_or_nothing_only_if_it_is(passed: int, graded: int, share: str) -> None:
    assert report.share(passed, graded) == share


class TestFigures:
    def test_scores(self) -> None:
        made = Cohort.of(LESSON, COHORT)
        assert made.distribution() == [2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2]
        assert made.median() == 5.5
        assert [line.passed for line in made.lines][:3] == [12, 12, 11]

    def test_the_heat_map_has_each_learner_in_each_row(self) -> None:
        made = Cohort.of(LESSON, COHORT)
        for task in LESSON.tasks:
            cells = made.cells_of(task)
            strip = report.strip(cells, task.name)
            assert [run.cell for run in strip.runs for _ in range(run.width)] == cells
            assert [run.start for run in strip.runs] == [
                sum(run.width for run in strip.runs[:number]) for number in range(len(strip.runs))
            ]
            assert strip.width == len(COHORT)

    def test_the_order_does_not_matter(self) -> None:
        shown = report.page(Cohort.of(LESSON, COHORT), {})
        assert report.page(Cohort.of(LESSON, reversed(COHORT)), {}) == shown

    def test_the_slowest_come_first(self) -> None:
        slowest = Cohort.of(LESSON, COHORT).slowest(3)
        assert [line.seconds for line in slowest] == [13.0, 13.0, 12.0]


def test_tasks_without_a_mark_are_named_with_the_reason() -> None:
    lesson = catalog.find("13")
    (without,) = [task for task in lesson.tasks if task.unmarked]
    texts = Page(report.page(Cohort.of(lesson.for_marks, []), {})).texts
    said = texts[texts.index("Tasks without a mark") + 1]
    assert said == f"{without.name}: {without.unmarked}"
    assert "Tasks without a mark" not in report.method(Cohort.of(LESSON.for_marks, []))


class TestPromises:
    """Which promises of a contract were broken, and by how many learners."""

    BROKEN = 2

    @pytest.fixture
    def cohort(self) -> Cohort:
        """One learner broke the promise, one passed, and one has written nothing."""

        def outcome(name: str, numbers: tuple[int, ...]) -> TestOutcome:
            wrong = self.BROKEN in numbers
            told = Feedback(f"{name} fails", (), "", test=name) if wrong else None
            return TestOutcome(name, SECOND.name, "wrong" if wrong else "passed", told)

        marks = promises_of_tests(LESSON).items()
        tests = tuple(outcome(*one) for one in marks if one[0].startswith(SECOND.test_class))
        return Cohort.of(LESSON, [graded("a", 0, tests=tests), graded("b"), graded("c", 0)])

    def test_they_are_counted(self, cohort: Cohort) -> None:
        promise = contract_of(LESSON, SECOND).promises[self.BROKEN - 1]
        assert cohort.broken(SECOND) == {promise: 1}
        assert cohort.broken(LESSON.tasks[2]) == {}

    def test_they_are_on_the_page(self, cohort: Cohort) -> None:
        promises = contract_of(LESSON, SECOND).promises
        shown = html.unescape(report.page(cohort, {}))
        assert f"<b>1</b> {promises[self.BROKEN - 1]}</li>" in shown
        assert re.search(rf'title="{SECOND.name}: wrong, \d of \d promises kept"', shown)


class TestMistakes:
    def variant(self, name: str) -> Variant:
        return Variant(name, SECOND.name, f"believes {name}", "test_it", "", "")

    def found(self, *problems: str, known: dict[str, list[str]]) -> list[tuple[int, str, str]]:
        gradings = [graded(f"{n}", 1, problem) for n, problem in enumerate(problems)]
        by_headline = {
            (f"{SECOND.test_class}::test_it", problem): [self.variant(name) for name in names]
            for problem, names in known.items()
        }
        made = Cohort.of(LESSON, gradings).mistakes(SECOND, by_headline)
        return [(mistake.learners, mistake.name, mistake.problem) for mistake in made]

    def test_the_most_common_comes_first_and_the_unknown_last(self) -> None:
        found = self.found(
            *("lost", "late", "late", "odd", "odder", "odd"),
            known={"lost": ["w__loses_it"], "late": ["w__seed", "w__does_not_flush"]},
        )
        assert found == [
            (2, "does not flush", "late"),
            (1, "loses it", "lost"),
            (3, "other", "odd; odder"),
        ]

    def test_those_of_tasks_without_a_mark_are_not_asked_for(self) -> None:
        lesson = catalog.find("13")
        left_out = {task.name for task in lesson.tasks if task.unmarked}
        named = {variant.task for variant in mistakes(lesson.for_marks)}
        assert named == {task.name for task in lesson.tasks} - left_out
        assert left_out

    def test_the_same_words_of_another_test_are_another_mistake(self) -> None:
        made = Cohort.of(LESSON, [graded("ana", 1, "late")])
        known = {(f"{SECOND.test_class}::test_other", "late"): [self.variant("w__x")]}
        assert [one.name for one in made.mistakes(SECOND, known)] == ["other"]

    def test_real_ones_are_learned_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        of_task = [one.name for one in mistakes(LESSON) if one.task == "buffer_stream"]
        path = tmp_path / "gradebook.sqlite"
        with Gradebook(path) as book:
            known = known_mistakes.known_by_headline(book, LESSON, ["buffer_stream"])
        assert "known mistakes, once per lesson: tasks: 1 of 1\n" in capsys.readouterr().out
        names = [variant.name for variants in known.values() for variant in variants]
        assert sorted(names) == sorted(of_task)
        tail = ("TestBufferStream::test_the_tail_comes_out", "the end of the text is lost")
        assert "buffer_stream__loses_the_tail" in [variant.name for variant in known[tail]]
        monkeypatch.setattr(known_mistakes, "Grader", None)
        with Gradebook(path) as book:
            again = known_mistakes.known_by_headline(book, LESSON, ["buffer_stream"])
        assert again == known

    def test_a_mistake_is_told_on_the_page(self) -> None:
        known = {(f"{SECOND.test_class}::test_it", "it is wrong"): [self.variant("w__flushes")]}
        texts = Page(report.page(Cohort.of(LESSON, [graded("ana", 1)]), known)).texts
        assert "“believes w__flushes” (flushes)" in texts


class TestProgress:
    def test_a_terminal_shows_a_bar_with_all_that_counts(self) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        output = Terminal()
        with Watched(LESSON, 3, output) as watched:
            watched.add(Step(graded("ana", TASKS)))
            watched.add(Step(graded("ben", 0, flags=(Flag(None, "odd"),))))
            watched.add(Step(graded("cleo", status="unreadable")))
        shown = Console(file=io.StringIO()).render_str(output.getvalue()).plain
        assert "3/3" in shown
        assert watched.tally.as_text().plain == "1 complete  1 none  1 unreadable  1 flagged"

    def test_a_result_that_was_not_kept_counts_as_missing(self) -> None:
        watched = Watched(LESSON, 1, io.StringIO())
        watched.add(Step(graded("ana"), problem="the disk is full"))
        assert watched.tally.missing == 1
        assert watched.tally.problems == ["ana: the disk is full"]
