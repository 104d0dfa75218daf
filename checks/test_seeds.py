"""Each promise of the texts that the course grew from is taught, and each example is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from course import catalog
from course.author import notebook_cells, seeds

PROMISES, FAULTS, PRACTICES = 82, 56, 33
"""How many there are; they were counted when the texts were read."""

EXAMPLES = [*(f"002-{number}" for number in range(1, 8)), *(f"004-{n}" for n in range(1, 5))]
"""The examples that run, by their text and their place in it."""


def test_each_is_named_under_its_number() -> None:
    names = seeds._names()
    assert list(names["rows"]) == [str(number) for number in range(1, PROMISES + 1)]
    assert list(names["faults"]) == [str(number) for number in range(1, FAULTS + 1)]
    assert list(names["examples"]) == EXAMPLES
    assert list(names["practices"]) == [str(number) for number in range(1, PRACTICES + 1)]


def test_each_is_taught_and_each_claim_holds() -> None:
    assert seeds.faults() == []


def test_each_lesson_that_has_something_of_them_takes_part() -> None:
    having = {lesson for lesson in catalog.lessons() if lesson.seeds.exists()}
    for kind in ("rows", "faults"):
        assert {lesson for lesson, _, _ in seeds.claims(kind)} == having != set()


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("{}", "it says nothing"),
        ('{ task = "buffer_stream", test = "test_none" }', "has no test test_none"),
        ('{ task = "no_task", test = "test_none" }', "has no test test_none"),
        ('{ mistake = "buffer_stream__none" }', "there is no mistake"),
        ('{ demo = "none" }', "there is no demo none"),
        ('{ task = "stream_tokens", test = "test_none" }', "examples 1: it names no demo"),
        ('{ text = "NONE.md" }', "there is no text"),
        ('{ text = "CONCEPTS.md", section = "None" }', "has no section"),
    ],
)
def test_a_claim_that_does_not_hold_is_found(
    claim: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "seeds.toml"
    path.write_text(f"[rows]\n1 = {claim}\n", encoding="utf-8")
    found = seeds._read(path)["rows"]["1"]
    monkeypatch.setattr(seeds, "claims", lambda kind: [(catalog.find("09"), "1", found)])
    assert any(fault in one for one in seeds.faults())


def test_a_number_that_nobody_claims_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "claims", lambda kind: [])
    assert "rows 1 is taught nowhere" in seeds.faults()
    assert "examples 002-1 is taught nowhere" in seeds.faults()
    assert len(seeds.faults()) == PROMISES + FAULTS + len(EXAMPLES) + PRACTICES


def test_each_example_leads_to_its_notebook() -> None:
    table = seeds.tables().partition("## Their examples")[2].partition("## ")[0]
    for lesson, number, claim in seeds.claims("examples"):
        row = next(line for line in table.splitlines() if line.startswith(f"| {number} |"))
        assert f"](../notebooks/{lesson.slug}.ipynb)" in row
        made = {cell.name: cell.source for cell in notebook_cells.cells(lesson)}
        title = row.rpartition("[")[2].partition("]")[0]
        assert title
        assert f"# {title}" in made[f"demo-{claim['demo']}"]
