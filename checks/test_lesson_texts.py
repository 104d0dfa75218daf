"""The three texts and the lesson.toml of every lesson keep what they promise."""

from __future__ import annotations

import ast
import contextlib
import difflib
import functools
import inspect
import io
import re
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from course.author import entries
from course.author.sections import SECTIONS, Section, section_faults
from course.catalog import ROOT, Function, Lesson, Minutes, find, lessons
from course.fakes.clock import Stuck, virtual_time
from course.lesson import lesson_text
from course.lesson.lesson_text import Code, Diagram, LessonText, LessonTextError

TEXTS = [
    pytest.param(lesson, path, id=f"{lesson.number}-{path.stem}")
    for lesson in lessons()
    for path in lesson.texts
]
LESSONS = [pytest.param(lesson, id=lesson.slug) for lesson in lessons()]


def test_there_are_lessons() -> None:
    assert LESSONS


@pytest.mark.parametrize(("lesson", "path"), TEXTS)
class TestText:
    def test_it_has_its_sections_in_order(self, lesson: Lesson, path: Path) -> None:
        assert section_faults(lesson_text.read(path), SECTIONS[path.stem]) == []

    def test_its_code_runs_and_prints_what_it_says(self, lesson: Lesson, path: Path) -> None:
        text = lesson_text.read(path)
        assert text.code, f"{path.name} has no code that runs"
        assert run_all(text) == []

    def test_its_links_lead_somewhere(self, lesson: Lesson, path: Path) -> None:
        text = lesson_text.read(path)
        assert text.links, f"{path.name} has no links"
        assert link_faults(text) == []

    def test_its_diagrams_line_up(self, lesson: Lesson, path: Path) -> None:
        faults = [
            f"{path.name}:{diagram.line + row}: {fault}"
            for diagram in lesson_text.read(path).diagrams
            for row, fault in diagram_faults(diagram)
        ]
        assert faults == []

    def test_it_names_tasks_by_their_right_names(self, lesson: Lesson, path: Path) -> None:
        assert name_faults(lesson_text.read(path), lesson) == []


@pytest.mark.parametrize("lesson", LESSONS)
class TestLesson:
    def test_every_task_is_taught(self, lesson: Lesson) -> None:
        concepts = lesson_text.read(lesson.folder / "CONCEPTS.md")
        named = {code.partition("(")[0] for _, code in concepts.inline_code}
        assert [task.name for task in lesson.tasks if task.name not in named] == []

    def test_no_text_before_passing_gives_the_solution_away(self, lesson: Lesson) -> None:
        for path in lesson.texts[:2]:
            for code in lesson_text.read(path).code:
                assert given_away(code.source, lesson) == [], f"{path.name}:{code.line}"

    def test_instructors_have_answers_to_the_open_questions(self, lesson: Lesson) -> None:
        notes = lesson_text.read(lesson.folder / "INSTRUCTOR_NOTES.md")
        assert section_faults(notes, SECTIONS[notes.path.stem]) == []
        assert link_faults(notes) == []

    def test_every_task_is_in_the_solution(self, lesson: Lesson) -> None:
        assert lesson.tasks
        assert [task.name for task in lesson.tasks if task.name not in lesson.signatures] == []

    def test_its_entries_are_as_they_should_be(self, lesson: Lesson) -> None:
        assert entries.faults(lesson) == []

    def test_no_hint_is_the_solution(self, lesson: Lesson) -> None:
        for task in lesson.tasks:
            for hint in task.hints:
                assert given_away(hint, lesson) == [], f"{task.name}: {hint}"


# What is wrong with a text, as a list of sentences.


def run_all(text: LessonText) -> list[str]:
    """Run the code of a text in virtual time, up to the first fault."""

    async def run() -> list[str]:
        names: dict[str, Any] = {"__name__": "__main__"}
        for code in text.code:
            fault = await run_one(text, code, names)
            if fault:
                return [f"{text.path.name}:{code.line}: {fault}"]
        return []

    with virtual_time() as clock:
        try:
            return clock.run(run())
        except Stuck as error:
            return [f"{text.path.name}: {error}"]


async def run_one(text: LessonText, code: Code, names: dict[str, Any]) -> str:
    """Run one block; return what is wrong, or ""."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            result = eval(compiled(text, code), names)
            if inspect.isawaitable(result):
                await result
        except Exception as error:
            return f"raises {error!r}"
    # A fenced block cannot show whether its last line ends.
    if printed.getvalue().rstrip("\n") == code.output.rstrip("\n"):
        return ""
    rows = difflib.ndiff(code.output.splitlines(), printed.getvalue().splitlines())
    return "prints something else (- wanted, + printed):\n" + "\n".join(rows)


def compiled(text: LessonText, code: Code) -> CodeType:
    """Compile a block; its line numbers are those of the markdown file."""
    source = "\n" * (code.line - 1) + code.source
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code_object: CodeType = compile(source, str(text.path), "exec", flags, dont_inherit=True)
    return code_object


def link_faults(text: LessonText) -> list[str]:
    """Follow all links to files and headings; those to the web are left alone."""
    faults = []
    for link in text.links:
        target, _, anchor = link.target.partition("#")
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file = (text.path.parent / target).resolve() if target else text.path
        if not file.is_relative_to(ROOT) or not file.exists():
            faults.append(f"{text.path.name}:{link.line}: there is no {target}")
        elif anchor and anchor not in {
            heading.anchor
            for heading in (text if file == text.path else lesson_text.read(file)).headings
        }:
            faults.append(f"{text.path.name}:{link.line}: {file.name} has no heading #{anchor}")
    return faults


def name_faults(text: LessonText, lesson: Lesson) -> list[str]:
    """Check all names that the text says to be a task's: "task 3, `name`" and "TASK=name"."""
    said: list[tuple[int, str, str]] = []
    for number, line in enumerate(text.lines, start=1):
        said += [
            (number, match[1], match[2])
            for match in re.finditer(r"\btask (\d+),? `(\w+)", line, re.IGNORECASE)
        ]
        said += [(number, "", match[1]) for match in re.finditer(r"\bTASK=(\w+)", line)]
    known = {task.name: str(task.number) for task in lesson.tasks}
    return [
        f"{text.path.name}:{line}: there is no task {number} called {name}"
        for line, number, name in said
        if name not in known or number not in ("", known[name])
    ]


def given_away(text: str, lesson: Lesson) -> list[list[str]]:
    """Return the runs of three lines of the lesson's solution that stand in `text`.

    Spaces, backticks and quotation marks of both kinds do not count. A function of fewer lines
    counts as a whole. Lines such as `try:` say nothing and are left out.
    """
    plain = bare(text)
    return [run for run in solution_runs(lesson) if all(bare(line) in plain for line in run)]


@functools.cache
def solution_runs(lesson: Lesson) -> tuple[list[str], ...]:
    """Return every three lines in a row of each task's body, the docstring left out."""
    return tuple(_all_runs(lesson))


def _all_runs(lesson: Lesson) -> Iterator[list[str]]:
    tasks = {task.name for task in lesson.tasks}
    for node in ast.parse(lesson.solution.read_text(encoding="utf-8")).body:
        if isinstance(node, Function | ast.ClassDef) and node.name in tasks:
            inside = node.body if isinstance(node, ast.ClassDef) else [node]
            for function in inside:
                if isinstance(function, Function):
                    yield from _runs(function)


def _runs(function: Function) -> Iterator[list[str]]:
    body = function.body[ast.get_docstring(function) is not None :]
    lines = [line.strip() for part in body for line in ast.unparse(part).splitlines()]
    telling = [line for line in lines if len(line) > 8 and line != "finally:"]
    if telling:
        yield from (telling[start : start + 3] for start in range(max(1, len(telling) - 2)))


def bare(code: str) -> str:
    return re.sub(r"[\s`'\"]", "", code)


UP, DOWN, LEFT, RIGHT = (-1, 0), (1, 0), (0, -1), (0, 1)
ARMS = {
    "│": {UP, DOWN},
    "─": {LEFT, RIGHT},
    "┌": {DOWN, RIGHT},
    "┐": {DOWN, LEFT},
    "└": {UP, RIGHT},
    "┘": {UP, LEFT},
    "├": {UP, DOWN, RIGHT},
    "┤": {UP, DOWN, LEFT},
    "┬": {DOWN, LEFT, RIGHT},
    "┴": {UP, LEFT, RIGHT},
    "┼": {UP, DOWN, LEFT, RIGHT},
}


def diagram_faults(diagram: Diagram) -> list[tuple[int, str]]:
    """Check that the lines of a drawing meet; returns `(row, fault)`, the rows from 0.

    Every end of a line has to meet another line, an arrow or a letter. Only a horizontal line
    may end in the open.
    """
    faults: list[tuple[int, str]] = []
    rows = diagram.rows

    def at(row: int, column: int) -> str:
        inside = 0 <= row < len(rows) and 0 <= column < len(rows[row])
        return rows[row][column] if inside else " "

    for row, line in enumerate(rows):
        if any(unicodedata.east_asian_width(letter) in "WF" for letter in line):
            faults.append((row, "a letter is two columns wide"))
        if "\t" in line or line != line.rstrip():
            faults.append((row, "a tab, or a space at the end"))
        if re.search(r"\+-|-\+", line):
            faults.append((row, "draw boxes with ┌ ─ ┐ │ └ ┘"))
        for column, letter in enumerate(line):
            for arm in ARMS.get(letter, ()):
                other = at(row + arm[0], column + arm[1])
                back = (-arm[0], -arm[1])
                open_end = other == " " and letter != "─"
                if open_end or (other in ARMS and back not in ARMS[other]):
                    faults.append((row, f"{letter!r} in column {column + 1} meets {other!r}"))
    return faults


# The faults above are found when they are there.


def text_of(*lines: str) -> LessonText:
    return LessonText(ROOT / "lessons" / "09_streaming" / "CONCEPTS.md", lines)


def test_a_missing_or_misplaced_section_is_found() -> None:
    one, two, empty = (Section(title, "a word") for title in ("One", "T...", "Empty"))
    text = text_of("## One", "a", "## Two", "b", "## Empty", "")
    assert section_faults(text, [one, two]) == []
    assert section_faults(text, [two, one]) == ["has no section 'One', or not in its place: a word"]
    assert section_faults(text, [empty]) == ["has nothing in its section 'Empty'"]
    drawn = Section("One", "a drawing", "diagram")
    assert section_faults(text, [drawn]) == ["has no diagram in its section 'One'"]
    assert section_faults(text_of("## One", "```text diagram", "│", "```"), [drawn]) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"goal": "Short"}, "needs a goal of 10 to 69 characters for visible_text"),
        ({"goal": "Long" * 20}, "needs a goal of 10 to 69 characters for visible_text"),
        ({"goal": find("09").tasks[1].goal}, "has the same goal for two tasks"),
        ({"minutes": Minutes(999, 999)}, "says 160 to 310 minutes; 45 for reading and the tasks: "),
        ({"hints": ("x" * 50, "y" * 50)}, "has 2 hints for visible_text; it takes 3 or more"),
        ({"hints": ("x" * 50,) * 3}, "has the same hint twice for visible_text"),
        ({"hints": ("x" * 50, "y" * 50, "z")}, "has a hint for visible_text of no more than 40"),
    ],
)
def test_a_wrong_entry_is_found(change: dict[str, Any], said: str) -> None:
    lesson = find("09")
    tasks = (replace(lesson.tasks[0], **change), *lesson.tasks[1:])
    (fault,) = entries.faults(replace(lesson, tasks=tasks))
    assert fault.startswith(said)


def test_minutes_may_be_a_range() -> None:
    assert str(Minutes.read(195)) == "195"
    assert str(Minutes.read([3, 6]) + Minutes.read(4)) == "7 to 10"
    for wrong in ("5", [6, 3], [1, 2, 3], None):
        with pytest.raises(ValueError, match="minutes is a number, or"):
            Minutes.read(wrong)


def test_a_lesson_has_words_of_its_own_in_a_title() -> None:
    kinds = Section("Kinds of ...", "")
    assert kinds.heading("Buffering") == "Kinds of Buffering"
    assert kinds.is_called("Kinds of Buffers")
    assert not kinds.is_called("Some Kinds of Buffers")
    assert Section("When Not to ...", "", own="Do It").heading("Buffering") == "When Not to Do It"


def test_code_that_prints_something_else_is_found() -> None:
    fences = ["```python", "print(1)", "```", "", "```text", "{}", "```"]
    assert run_all(text_of(*(line.format("1") for line in fences))) == []
    assert "+ 1" in run_all(text_of(*(line.format("2") for line in fences)))[0]
    assert "+ 1" in run_all(text_of(*fences[:3]))[0]
    assert "ValueError" in run_all(text_of("```python", "raise ValueError", "```"))[0]
    endless = ["```python", "import asyncio", "await asyncio.Event().wait()", "```"]
    assert "never comes" in run_all(text_of(*endless))[0]


def test_code_may_await_and_sees_the_names_of_earlier_code() -> None:
    text = text_of(
        "```python",
        "import asyncio",
        "before = asyncio.get_running_loop().time()",
        "```",
        "```python",
        "await asyncio.sleep(3600)",
        "print(asyncio.get_running_loop().time() - before)",
        "```",
        "```text",
        "3600.0",
        "```",
    )
    assert run_all(text) == []


def test_output_without_code_is_refused() -> None:
    with pytest.raises(LessonTextError, match=r":3: a text block"):
        _ = text_of("prose", "", "```text", "1", "```").parts
    with pytest.raises(LessonTextError, match=r":1: .* never ends"):
        _ = text_of("```python", "print(1)").parts


def test_parts_are_the_whole_text() -> None:
    text = text_of(
        *("# T", "```python", "print(1)", "```", "", "```text", "1", "```"),
        *("below", "```text diagram", "│", "```"),
    )
    first, code, last = text.parts
    assert first == lesson_text.Prose("# T", 1)
    assert code == Code("print(1)", "1\n", 3)
    assert last == lesson_text.Prose("below\n```text diagram\n│\n```", 9)
    assert text.diagrams == (Diagram(("│",), 11),)


def test_a_link_to_nowhere_is_found() -> None:
    assert link_faults(text_of("# A B", "[a](#a-b) [b](lesson.toml) `[c](no)`")) == []
    for target in ("#a", "no.md", "lesson.toml#a", "../../../elsewhere"):
        assert link_faults(text_of("# A B", f"[a]({target})")) != [], target


def test_a_wrong_name_of_a_task_is_found() -> None:
    lesson = find("09")
    first, second = lesson.tasks[:2]
    assert name_faults(text_of(f"Task 1, `{first.name}`, TASK={second.name}"), lesson) == []
    assert name_faults(text_of(f"task 2, `{first.name}`"), lesson) != []
    assert name_faults(text_of("TASK=nothing"), lesson) != []


def test_a_solution_in_a_hint_is_found() -> None:
    for lesson in lessons():
        runs = solution_runs(lesson)
        assert len(runs) >= len(lesson.tasks)
        assert all(given_away(f"Write {'; '.join(run)}.", lesson) for run in runs)


BOX = """
    ┌────┐
    │ ab │ ──▶ c
    ├────┤
    │    │
    └──┬─┘
       │
       ▼
"""


def test_a_crooked_diagram_is_found() -> None:
    rows = tuple(textwrap.dedent(BOX).strip("\n").splitlines())
    assert diagram_faults(Diagram(rows, 1)) == []
    for row in range(5):
        for crooked in (rows[row].replace("│", "│ ", 1), rows[row][:-1], " " + rows[row]):
            if crooked != rows[row] and not crooked.endswith(" c"):
                changed = (*rows[:row], crooked, *rows[row + 1 :])
                assert diagram_faults(Diagram(changed, 1)) != [], crooked
