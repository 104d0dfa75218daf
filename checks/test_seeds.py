"""Every promise of the texts that the course grew from is taught, and every fault is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from course import catalog
from course.author import seeds

PROMISES, FAULTS = 82, 56
"""How many there are; they were counted when the texts were read."""


def test_each_is_named_under_its_number() -> None:
    names = seeds._names()
    assert list(names["rows"]) == [str(number) for number in range(1, PROMISES + 1)]
    assert list(names["faults"]) == [str(number) for number in range(1, FAULTS + 1)]


def test_each_is_taught_and_each_claim_holds() -> None:
    assert seeds.faults() == []


def test_each_lesson_takes_part() -> None:
    for kind in ("rows", "faults"):
        assert {lesson for lesson, _, _ in seeds.claims(kind)} == {*catalog.lessons()}


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("{}", "it says nothing"),
        ('{ task = "buffer_stream", test = "test_none" }', "has no test test_none"),
        ('{ task = "no_task", test = "test_none" }', "has no test test_none"),
        ('{ mistake = "buffer_stream__none" }', "there is no mistake"),
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
    assert len(seeds.faults()) == PROMISES + FAULTS
