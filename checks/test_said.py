"""Whatever answers say is bounded, once, where it enters."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from course import catalog
from course.cohort.intake.names import printable
from course.cohort.results import exports
from course.cohort.results.gradebook import Grading
from course.grade.answer_file import CannotLoad
from course.grade.answers import cannot_run
from course.grade.explain.meanings import meaning
from course.grade.feedback import _one_line
from course.grade.grader import Grader
from course.grade.outcome import Feedback, TestOutcome
from course.grade.printed import Printed
from course.grade.said import MOST_SAID, bounded, text_of
from course.official.marking import Flag, OfficialGrader
from course.official.protocol.plain_data import Codec

LESSON = catalog.find("09")
LONG = "<b>A</b>,=1+1 " * 130
JOINED = ValueError(*[LONG] * 520)
"""Its text is a million characters, though none of its arguments is long."""
AT_IMPORT = 'raise ValueError(*["<b>A</b>,=1+1 " * 130] * 520)\n'
IN_A_TASK = f"def write_stream(tokens, out):\n    {AT_IMPORT}"
MOST_IN_A_CELL = csv.field_size_limit()


class Plain(Codec):
    """A codec without live objects."""

    def kind_of(self, value: object) -> None:
        return None


def test_what_is_short_stays_as_it_is() -> None:
    assert bounded("x" * MOST_SAID) == "x" * MOST_SAID
    cut = bounded("x" * (MOST_SAID + 1))
    assert len(cut) == MOST_SAID
    assert cut.endswith("x ...")


def test_an_error_that_cannot_say_anything_says_nothing() -> None:
    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert text_of(SilentError()) == ""


@pytest.mark.parametrize(
    "said",
    [
        lambda: text_of(JOINED),
        lambda: _one_line(JOINED),
        lambda: meaning(type("E" * 9_999, (Exception,), {})(LONG))[1],
        lambda: cannot_run(JOINED, "ValueError", 1).problem,
        lambda: cannot_run(JOINED, "ModuleNotFoundError", 1).problem,
        lambda: CannotLoad(LONG * 9, LONG * 9, suspicious=LONG * 9).suspicious,
        lambda: Flag(None, LONG * 9).reason,
        lambda: Feedback(LONG * 9, (), "").problem,
        lambda: Feedback("", (), LONG * 9).why,
        lambda: Feedback("", (("returned", LONG * 9),), "").rows[0][1],
        lambda: Feedback("", (), "", test=LONG * 9).test,
        lambda: TestOutcome(LONG * 9, "", "passed").test,
        lambda: TestOutcome("", "", "passed", printed=LONG * 9).printed,
    ],
)
def test_each_text_is_bounded_where_it_enters(said: Callable[[], str]) -> None:
    assert 0 < len(said()) <= MOST_SAID + len("it fails while it is imported, with ValueError: .")


def test_there_are_only_so_many_rows() -> None:
    assert len(Feedback("", (("got", "x"),) * 9_999, "").rows) < 100


def test_only_so_much_is_kept_of_what_is_printed() -> None:
    printed = Printed()
    for _ in range(1_000):
        printed.write(LONG)
    assert len(printed.take()) == MOST_SAID


def test_an_error_from_another_process_is_bounded_after_it_was_joined() -> None:
    codec = Plain()
    error = Plain().decode(codec.encode(JOINED))
    assert isinstance(error, ValueError)
    assert LONG[:1_000] in str(error)
    assert len(str(error)) < 2 * MOST_SAID


def test_no_pattern_is_tried_on_more_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern may try each place from each other one, so the length is what bounds the time."""
    tried: list[str] = []
    monkeypatch.setattr(re, "search", lambda pattern, text: tried.append(text))
    meaning(TypeError("must be str " * 100_000))
    assert 0 < max(map(len, tried)) <= MOST_SAID + len("TypeError: ")


def grading_of(source: str, folder: Path) -> Grading:
    """What a gradebook keeps of a submission."""
    path = folder / "answers.py"
    path.write_text(source, encoding="utf-8")
    with OfficialGrader(LESSON, seconds_per_test=1.0) as grader:
        try:
            verdict = grader.grade(path)
        except CannotLoad as error:
            return Grading("a", "a.py", "", "cannot_load", reason=printable(error.problem))
    tests = tuple(test for task in verdict.outcome.tasks for test in task.tests)
    return Grading("a", "a.py", "", "graded", tests=tests, flags=verdict.flags)


@pytest.mark.parametrize("source", [AT_IMPORT, IN_A_TASK], ids=["at import", "in a task"])
def test_no_export_grows_with_what_is_said(source: str, tmp_path: Path) -> None:
    grading = grading_of(source, tmp_path)
    outcome = grading.outcome(LESSON)
    table = io.StringIO()
    csv.writer(table).writerow(exports.row(grading, outcome))
    table.seek(0)
    assert max(map(len, next(csv.reader(table)))) < MOST_IN_A_CELL / 10
    tests = len(LESSON.tasks)
    junit = ElementTree.tostring(exports.suite(grading, outcome))
    assert len(junit) < 5 * tests * MOST_SAID  # twice each, and with escapes
    assert len(json.dumps(exports.gradescope(grading, outcome))) < 3 * tests * MOST_SAID


def test_the_local_message_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "answers.py"
    path.write_text(AT_IMPORT, encoding="utf-8")
    with Grader(LESSON) as grader, pytest.raises(CannotLoad) as caught:
        grader.grade(path)
    assert len(caught.value.problem) <= MOST_SAID
    assert "<b>A</b>" in caught.value.problem
