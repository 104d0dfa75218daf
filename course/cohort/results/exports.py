"""What other programs read: CSV, JUnit XML, Gradescope's and Exercism's results, and feedback.

All of it is made from the gradebook alone, and the same gradebook gives the same bytes. That is why
it does not say how long anything took.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from course.catalog import Function, Lesson
from course.cohort.intake.names import file_names, possible_file_names, printable_lines
from course.cohort.results.gradebook import Gradebook, Grading
from course.files import write_atomically
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome

FOLDERS = {"feedback": ".txt", "gradescope": ".json", "exercism": ".json"}
"""Folders with a file for each learner, and the ending of its name."""

FORMULA = "+-=@⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠"  # noqa: RUF001
"""Spreadsheets compute a cell that begins with one of these."""

BEGINS_FORMULA = re.compile(rf"(^|[;,|\"\t\r\n])(?=[ \"']*[{re.escape(FORMULA)}])|^(?=[\t\r])")
"""Where a formula begins: at the start of a cell, or of what a program that uses another separator
takes for a cell."""

LONGEST_OUTPUT = 500
"""How many characters of a test's output Exercism takes."""

NOT_STARTED = "This task is not started yet."


def write(gradebook: Gradebook, lesson: Lesson, folder: Path) -> list[str]:
    """Write everything except the report into `folder`.

    Returns:
        What could not be written, one sentence each.
    """
    names = file_names(grading.learner for grading in gradebook.gradings(lesson))
    sources = test_sources(lesson)
    table = [header(lesson)]
    suites = ElementTree.Element("testsuites", name=f"Lesson {lesson.number} {lesson.title}")
    problems = [*_remove_stale(folder, gradebook.learners(lesson), names.values())]
    for grading in gradebook.gradings(lesson):
        outcome = grading.outcome(lesson)
        name = names[grading.learner]
        table.append(row(grading, outcome))
        suites.append(suite(grading, outcome))
        texts = {
            "feedback": grading.feedback,
            "gradescope": _json(gradescope(grading, outcome)),
            "exercism": _json(exercism(grading, outcome, sources)),
        }
        for kind, text in texts.items():
            problems += _write(folder / kind / f"{name}{FOLDERS[kind]}", text)
    problems += _write(folder / "grades.csv", _csv(table))
    problems += _write(folder / "junit.xml", _xml(suites))
    return problems


def header(lesson: Lesson) -> list[str]:
    """Return the names of the columns."""
    tasks = [task.name for task in lesson.tasks]
    return ["learner", "file", "lesson", "passed", "of", "flags", *tasks]


def row(grading: Grading, outcome: LessonOutcome) -> list[str]:
    """Return one line of the table."""
    lesson = outcome.lesson
    return [
        _harmless(grading.learner),
        _harmless(grading.entry),
        lesson.number,
        str(outcome.passed),
        str(len(outcome.tasks)),
        _harmless("; ".join(grading.remarks)),
        *(_word(grading, task) for task in outcome.tasks),
    ]


def _word(grading: Grading, task: TaskOutcome) -> str:
    return task.verdict if grading.status == "graded" else grading.status


def _harmless(cell: str) -> str:
    """Return a cell in which no spreadsheet finds a formula."""
    return BEGINS_FORMULA.sub(r"\1'", cell)


def suite(grading: Grading, outcome: LessonOutcome) -> ElementTree.Element:
    """Return one submission as JUnit's `testsuite`, with a `testcase` for each task."""
    wrong = [task for task in outcome.tasks if task.verdict == "wrong"]
    todo = [task for task in outcome.tasks if task.verdict == "not_started"]
    graded = grading.status == "graded"
    made = ElementTree.Element(
        "testsuite",
        name=grading.learner,
        tests=str(len(outcome.tasks)),
        failures=str(len(wrong) if graded else 0),
        errors=str(0 if graded else len(outcome.tasks)),
        skipped=str(len(todo) if graded else 0),
    )
    properties = ElementTree.SubElement(made, "properties")
    ElementTree.SubElement(properties, "property", name="file", value=grading.entry)
    for task in outcome.tasks:
        case = ElementTree.SubElement(
            made, "testcase", classname=outcome.lesson.slug, name=task.task.name
        )
        if not graded:
            kind = grading.status.replace("_", " ")
            error = ElementTree.SubElement(case, "error", message=grading.reason, type=kind)
            error.text = grading.reason
        elif task.verdict == "not_started":
            ElementTree.SubElement(case, "skipped", message=NOT_STARTED)
        elif task.feedback:
            problem = printable_lines(task.feedback.problem)
            failure = ElementTree.SubElement(case, "failure", message=problem, type="wrong")
            failure.text = told(task.feedback)
    if grading.remarks:
        ElementTree.SubElement(made, "system-err").text = "\n".join(grading.remarks)
    return made


def gradescope(grading: Grading, outcome: LessonOutcome) -> dict[str, Any]:
    """Return one submission as Gradescope's `results.json`: a point for each task.

    What is flagged is for the teacher: Gradescope does not show `extra_data` to the learner.
    """
    tests = [
        {
            "name": f"{task.task.number}. {task.task.name}",
            "score": 1 if task.verdict == "passed" else 0,
            "max_score": 1,
            "status": "passed" if task.verdict == "passed" else "failed",
            "output": _told_about(grading, task),
            "output_format": "text",
            "visibility": "visible",
        }
        for task in outcome.tasks
    ]
    return {
        "score": outcome.passed,
        "output": grading.feedback,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {
            "lesson": outcome.lesson.number,
            "seed": grading.seed,
            "level": grading.level,
            "status": grading.status,
            "file": grading.entry,
            "flags": list(grading.remarks),
        },
    }


def exercism(
    grading: Grading, outcome: LessonOutcome, sources: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return one submission as Exercism's test runner reports it, in version 3 of the format.

    Args:
        grading: the submission.
        outcome: the outcome of its tasks.
        sources: the code of each test, to show with it.
    """
    if grading.status != "graded":
        return {"version": 3, "status": "error", "message": grading.feedback}
    tests = []
    for task in outcome.tasks:
        for test in task.tests:
            entry: dict[str, Any] = {
                "name": test.test,
                "task_id": task.task.number,
                "status": "pass" if test.verdict == "passed" else "fail",
                "test_code": (sources or {}).get(test.test, ""),
            }
            if test.verdict != "passed":
                entry["message"] = told(test.feedback) if test.feedback else NOT_STARTED
            if test.printed:
                entry["output"] = printable_lines(test.printed)[:LONGEST_OUTPUT]
            tests.append(entry)
    status = "pass" if outcome.all_passed else "fail"
    return {"version": 3, "status": status, "message": None, "tests": tests}


def told(feedback: Feedback) -> str:
    """Return feedback as lines of text."""
    rows = (f"{label:<9} {value}" for label, value in feedback.rows)
    lines = [feedback.problem, *rows, feedback.why]
    lines += [f"line {feedback.line}"] if feedback.line else []
    return printable_lines("\n".join(lines))


def _told_about(grading: Grading, task: TaskOutcome) -> str:
    if grading.status != "graded":
        return grading.reason
    if task.verdict == "passed":
        return ""
    return told(task.feedback) if task.feedback else NOT_STARTED


def test_sources(lesson: Lesson) -> dict[str, str]:
    """Return the code of each test of a lesson by its name, such as "TestWriteStream::test_a"."""
    text = lesson.tests.read_text(encoding="utf-8")
    return dict(_functions(ast.parse(text).body, text.splitlines()))


test_sources.__test__ = False  # type: ignore[attr-defined]  # the name is not meant for pytest


def _functions(
    body: list[ast.stmt], lines: list[str], within: str = ""
) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, lines, f"{within}{node.name}::")
        elif isinstance(node, Function):
            source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            yield within + node.name, textwrap.dedent(source)


def _csv(table: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()


def _xml(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2) + "\n"


def _remove_stale(folder: Path, learners: Iterable[str], names: Collection[str]) -> Iterator[str]:
    """Remove the files of learners who are gone, and what a killed grader left behind.

    Args:
        folder: the folder that everything is written into.
        learners: everyone who ever submitted something. Other people's files are not touched.
        names: the names that are written now.

    Yields:
        What could not be removed, one sentence each.
    """
    stale = {name for one in learners for name in possible_file_names(one)} - set(names)
    for kind, ending in FOLDERS.items():
        there = [folder / kind / f"{name}{ending}" for name in stale]
        for path in (*there, *(folder / kind).glob(".*-*")):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                yield f"{path} cannot be removed: {error.strerror or error}."


def _write(path: Path, text: str) -> list[str]:
    try:
        write_atomically(path, text)
    except OSError as error:
        return [f"{path} cannot be written: {error.strerror or error}."]
    return []
