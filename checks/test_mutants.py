"""No small change of a solution passes unnoticed, but for those that are listed with a reason.

`make prove` tries all of them, `python -m course mutants 09` all of a lesson, and `make test` some.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from sampled import each_lesson, each_part

from course import catalog
from course.author import mutation
from course.author.mutants import Mutant, mutants
from course.author.semantic_mutants import neutral_mutants, semantic_mutants
from course.catalog import Lesson

PARTS = 8
"""The mutants of a lesson are tried in so many parts, each with some of every task."""

ONE_IN = 32
"""One part of so many is in the sample that `make test` runs."""

LESSON = catalog.find("09")
LESSONS = [pytest.param(lesson, id=lesson.slug) for lesson in catalog.lessons()]

SOLUTION = '''\
def task(tokens: list[str], most: int = 5) -> str:
    """Give a part of the text."""
    text = ""
    try:
        for token in tokens:
            if len(text) < most and token:
                text += token
    finally:
        tokens.clear()
    return text
'''


@pytest.mark.sampled("parts of the mutants")
@pytest.mark.parametrize(("lesson", "part"), each_part(range(PARTS), ONE_IN, "mutants"))
def test_mutants_are_rejected_unless_they_are_listed(lesson: Lesson, part: int) -> None:
    tried = mutation.all_mutants(lesson)[part::PARTS]
    listed = mutation.listed(lesson) & {one.key for one in tried}
    assert len(tried) > len(listed)
    left = {one.key for one in mutation.survivors(lesson, tried)}
    assert left == listed, f"run: python3 -m course mutants {lesson.number}"


@pytest.mark.sampled("lists of mutants")
@pytest.mark.parametrize("lesson", each_lesson(3, "listed mutants"))
def test_what_is_listed_is_a_mutant(lesson: Lesson) -> None:
    assert mutation.listed(lesson) <= {one.key for one in mutation.all_mutants(lesson)}


@pytest.mark.sampled("wrappers that change nothing")
@pytest.mark.parametrize("lesson", each_lesson(3, "neutral wrappers"))
def test_what_rejects_a_semantic_mutant_is_not_the_wrapper(lesson: Lesson) -> None:
    tried = [*neutral_mutants(lesson)]
    assert len(tried) > len(lesson.tasks)
    left = mutation.survivors(lesson, tried)
    assert [one.key for one in tried if one not in left] == []


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """A lesson with one task."""
    solution = tmp_path / "solution.py"
    solution.write_text(SOLUTION, encoding="utf-8")
    monkeypatch.setattr(Lesson, "solution", property(lambda _: solution))
    return replace(LESSON, tasks=(replace(LESSON.tasks[0], name="task"),))


def test_what_is_changed(small: Lesson) -> None:
    bodies = [one.function for one in mutants(small)]
    assert len({*bodies}) == len(bodies), "no mutant comes twice"
    for text in (
        "most: int=6)",
        "most: int=4)",
        "text = 'x'",
        "len(text) <= most and",
        "len(text) >= most and",
        "< most or token",
        "if not (len(text) < most and token)",
        "if len(text) < most: text",
        "if token: text",
        "if True: text",
        "text -= token",
        "finally: pass",
    ):
        assert [one for one in bodies if text in " ".join(one.split())], text
    for body in bodies:
        ast.parse(body)
        assert '"""' not in body


def test_the_kinds_of_semantic_mutants() -> None:
    found = [*semantic_mutants(LESSON)]
    assert len({one.key for one in found}) == len(found), "no mutant comes twice"
    tasks = {task.name for task in LESSON.tasks}
    assert {one.task for one in found} == tasks
    for one in found:
        ast.parse(one.function)
        assert f"def {one.task}(*given, **named)" in one.function
    kinds = {one.now for one in found if one.task == "buffer_stream"}
    assert "an item equal to the one before is dropped" in kinds
    assert "it is closed only if it has not ended" in kinds
    assert "an interrupt is the end" in kinds
    assert "a dict among them is marked" not in kinds, "it is given none"


def a_mutant(function: str, number: int = 1) -> Mutant:
    return Mutant("stream_tokens", 1, "was", "now", number, function)


def test_who_survives() -> None:
    own = LESSON.signatures["stream_tokens"]
    lines = LESSON.solution.read_text(encoding="utf-8").splitlines(keepends=True)
    right = "".join(lines[own.line - 1 : own.end_line])
    wrong = "def stream_tokens(model, prompt):\n    yield 'x'\n"
    endless = "def stream_tokens(model, prompt):\n    while True: pass\n"
    tried = [a_mutant(wrong), a_mutant(right), a_mutant(endless)]
    assert mutation.survivors(LESSON, tried) == [tried[1]]


def test_they_are_shown_as_they_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mutants.toml"
    found = a_mutant("def stream_tokens(): ...", number=2)
    monkeypatch.setattr(Lesson, "mutants", property(lambda _: path))
    monkeypatch.setattr(mutation, "all_mutants", lambda _: [found])
    monkeypatch.setattr(mutation, "survivors", lambda *_: [found])
    assert mutation.run(LESSON) == 1
    entry, _, said = capsys.readouterr().out.partition("\n\n")
    assert said == "Lesson 09: 1 mutants, 0 left for a reason, 1 to look at\n"
    path.write_text(entry, encoding="utf-8")
    with pytest.raises(ValueError, match="no reason for 'now'"):
        mutation.run(LESSON)
    path.write_text(entry.replace('why = ""', 'why = "no caller can tell"'), encoding="utf-8")
    assert mutation.run(LESSON) == 0
    monkeypatch.setattr(mutation, "survivors", lambda *_: [])
    assert mutation.run(LESSON) == 1
    assert "listed, but not a survivor: stream_tokens: was -> now" in capsys.readouterr().out
