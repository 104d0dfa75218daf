"""The pages and the code outside the lessons: how long, where links lead, and how they read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_commands_in_texts import TEXTS
from test_lesson_texts import link_faults

from course.author import readme, seeds
from course.catalog import ROOT
from course.lesson import lesson_text

MOST_LINES_OF_README = 110
GENERATED = (readme.TASKS, seeds.TABLES)

HABITS = (
    *("whoever", "anew", "mends?", "to be had", "besides", "belongs? into", "one's own"),
    r"(?<!there )(?:is|are) no (?!longer\b|more\b|less\b)\w+",
    *("colours?", "behaviours?", "licence", "(?:optimi|summari)s(?:e[ds]?|ing)"),
)
"""What the pages do not say, as patterns: translated English, and British spelling."""

EDITED_CODE = sorted(path.parent.name for path in (ROOT / "course").glob("*/__init__.py"))
"""The folders of the course whose strings, docstrings and comments read like the pages."""

HABITS_IN_CODE = (
    *("whoever", "anew", "mend(?:s|ed)?", "to be had", "cannot be had", "one's own"),
    *("waited for for", "behaviours?", "colours?"),
)


def prose(text: str) -> str:
    """Return a page without its code and the targets of its links, in one line."""
    text = re.sub(r"(?ms)^ *```.*?^ *```$", "", text)
    return " ".join(re.sub(r"`[^`]*`|\]\([^)]*\)", " ", text).split())


def habits(text: str) -> list[str]:
    """Return what a page says that it should not."""
    return re.findall(rf"\b(?:{'|'.join(HABITS)})\b", prose(text), re.IGNORECASE)


def code_habits(source: str) -> Iterator[str]:
    """Yield what strings, docstrings and comments of a module should not say, with the line."""
    found = re.compile(rf"\b(?:{'|'.join(HABITS_IN_CODE)})\b", re.IGNORECASE)
    texts = [
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    lines = enumerate(source.splitlines(), 1)
    texts += [(number, line.partition("# ")[2]) for number, line in lines if "# " in line]
    for number, text in sorted(texts):
        for habit in found.findall(" ".join(text.split())):
            yield f"line {number}: say {habit!r} in plain American English"


def test_the_readme_is_short() -> None:
    lines = readme.README.read_text(encoding="utf-8").splitlines()
    others = [line for line in lines if not line.startswith("| [")]  # each lesson has a row
    assert len(others) <= MOST_LINES_OF_README


def test_the_readme_says_what_the_folders_are() -> None:
    text = readme.README.read_text(encoding="utf-8")
    assert "`tests/` grade you, `checks/` test the course" in text


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.relative_to(ROOT).as_posix())
class TestPage:
    def test_its_links_lead_somewhere(self, page: Path) -> None:
        assert link_faults(lesson_text.read(page)) == []

    def test_it_is_natural_american_english(self, page: Path) -> None:
        if page in GENERATED:
            pytest.skip("it repeats what the lessons say")
        assert habits(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("room", EDITED_CODE)
def test_the_code_of_a_room_is_natural_american_english(room: str) -> None:
    """Strings, docstrings and comments are for people to read, so they are edited like pages."""
    files = sorted((ROOT / "course" / room).rglob("*.py"))
    assert files
    found = [
        f"{path.relative_to(ROOT).as_posix()}, {problem}"
        for path in files
        for problem in code_habits(path.read_text(encoding="utf-8"))
    ]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "source",
    ['"""Whoever reads it."""', 'print(f"Port {8000} cannot be had")', "x = 1  # made anew"],
)
def test_a_habit_in_code_is_found(source: str) -> None:
    (problem,) = code_habits(source)
    assert problem.startswith("line 1: say ")


def test_names_in_code_are_not_words() -> None:
    assert list(code_habits('mended = "test_it_is_made_anew"')) == []


@pytest.mark.parametrize(
    "line",
    [
        "Whoever reads it",
        "made anew",
        "a sleep is no limit",
        "where only limits are to be\nhad",
        "| colours | why |",
        "It changes their behaviour.",
    ],
)
def test_a_habit_is_found(line: str) -> None:
    assert len(habits(line)) == 1


def test_what_is_none() -> None:
    assert habits("There is no network. It is no longer there. `anew` [colors](anew.md)") == []
