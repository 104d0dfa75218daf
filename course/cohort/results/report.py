"""`report.html`: one page about a cohort, for someone who was not there.

It loads nothing and runs no scripts. Everything that comes from a submission is escaped, and the
page's own policy would keep it from being loaded or run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template
from urllib.parse import quote

from course.catalog import Lesson, Task
from course.cohort.intake.names import file_names, printable
from course.cohort.results.figures import CELLS, Cell, Cohort, Line, Mistake
from course.cohort.results.gradebook import Gradebook
from course.cohort.results.known_mistakes import Headline, KnownMistakes, known_by_headline
from course.files import write_atomically
from course.lesson.variants import Variant

NAME = "report.html"
PAGE = Path(__file__).with_name("report.html")
STYLE = Path(__file__).with_name("report.css")

WORDS = {
    "passed": "passed",
    "wrong": "wrong",
    "not_started": "not started",
    "none": "not graded",
}
SIGNS = {"passed": "✓", "wrong": "✗", "not_started": "·", "none": "–"}  # noqa: RUF001

BAR_HEIGHT = 150
"""The height of the tallest bar, in pixels."""

MOST_MISTAKES = 3
MOST_SLOW = 10


def write(
    gradebook: Gradebook, lesson: Lesson, folder: Path, known: KnownMistakes = known_by_headline
) -> list[str]:
    """Write the report.

    Args:
        gradebook: the gradebook of the cohort.
        lesson: the lesson.
        folder: where to write it.
        known: tells which mistakes of some tasks are known.

    Returns:
        What could not be written, one sentence each.
    """
    cohort = Cohort.of(lesson, gradebook.gradings(lesson), gradebook.learners(lesson))
    mistakes = known(gradebook, lesson, sorted(cohort.headlines))
    path = folder / NAME
    try:
        write_atomically(path, page(cohort, mistakes))
    except OSError as error:
        return [f"{path} cannot be written: {error.strerror or error}."]
    return []


def page(cohort: Cohort, known: Mapping[Headline, list[Variant]]) -> str:
    """Return the whole page."""
    style = STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    names = file_names(line.learner for line in cohort.lines)
    parts = {
        "style": style,
        "style_hash": f"sha256-{digest}",
        "title": escape(f"Lesson {cohort.lesson.number} {cohort.lesson.title}: the cohort"),
        "lead": lead(cohort),
        "tiles": tiles(cohort),
        "contents": contents(),
        "legend": legend(),
        "distribution": distribution(cohort),
        "tasks": tasks(cohort, known),
        "heat_map": heat_map(cohort),
        "flagged": flagged(cohort),
        "unreadable": unreadable(cohort),
        "slowest": slowest(cohort),
        "learners": learners(cohort, names),
        "method": method(cohort),
    }
    return Template(PAGE.read_text(encoding="utf-8")).substitute(parts)


def lead(cohort: Cohort) -> str:
    """The report in three sentences."""
    total, of = len(cohort.lines), len(cohort.lesson.tasks)
    scores = cohort.distribution()
    sentences = [
        f"{_count(total, 'submission')} of lesson {cohort.lesson.number} "
        f"({cohort.lesson.title}) with {of} tasks."
    ]
    if cohort.gradable:
        sentences.append(
            f"Half of the learners passed {cohort.median():g} tasks or more; "
            f"{scores[-1]} passed all of them, and {scores[0]} passed none."
        )
    attention = len({line.learner for line in cohort.flagged})
    if attention:
        sentences.append(f"A person should look at {_count(attention, 'submission')}.")
    return escape(" ".join(sentences))


def tiles(cohort: Cohort) -> str:
    """The most important figures."""
    scores = cohort.distribution()
    figures = [
        (len(cohort.lines), "submissions"),
        (f"{cohort.median():g} of {len(cohort.lesson.tasks)}", "tasks (median)"),
        (scores[-1], "passed all"),
        (scores[0], "passed none"),
        (len(cohort.flagged), "flagged"),
        (len(cohort.with_status("unreadable", "not_graded")), "without a mark"),
    ]
    return "\n".join(f"<li><b>{value}</b><span>{name}</span></li>" for value, name in figures)


def contents() -> str:
    """Links to the parts."""
    parts = {
        "scores": "Scores",
        "heat": "Heat map",
        "tasks": "Tasks and mistakes",
        "flagged": "Flagged",
        "unreadable": "Without a mark",
        "timing": "Slowest",
        "learners": "All learners",
        "method": "How it was graded",
    }
    return " ".join(f'<a href="#{name}">{title}</a>' for name, title in parts.items())


def legend() -> str:
    """What the colors mean."""
    return " ".join(
        f'<span><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="{cell}" width="1" '
        f'height="1"/></svg>{SIGNS[cell]} {WORDS[cell]}</span>'
        for cell in CELLS
    )


def distribution(cohort: Cohort) -> str:
    """A bar for each score."""
    scores = cohort.distribution()
    highest = max([*scores, 1])
    bars = "\n".join(
        f"<li><b>{count}</b>"
        f'<svg height="{BAR_HEIGHT * count // highest}" role="img" '
        f'aria-label="{_count(count, "learner")} with {score} tasks">'
        '<rect class="passed" width="100%" height="100%"/></svg>'
        f"<span>{score}</span></li>"
        for score, count in enumerate(scores)
    )
    return f'<ul class="chart">\n{bars}\n</ul>\n<p class="axis">tasks passed</p>'


def tasks(cohort: Cohort, known: Mapping[Headline, list[Variant]]) -> str:
    """A row for each task: how it went, and its mistakes."""
    rows = []
    for task in cohort.lesson.tasks:
        cells = sorted(cohort.cells_of(task), key=CELLS.index)
        graded = len(cells) - cells.count("none")
        share = f"{cells.count('passed') / graded:.0%}" if graded else "–"  # noqa: RUF001
        rows.append(
            f'<tr><th scope="row">{task.number}&nbsp; <span class="task">{escape(task.name)}'
            f'</span><br><span class="note">{escape(task.goal)}</span></th>'
            f'<td class="bar">{strip(cells, task.name)}</td>'
            f'<td class="number">{share}</td><td>{_mistakes(cohort.mistakes(task, known))}</td>'
            "</tr>"
        )
    head = (
        '<th scope="col">Task</th><th scope="col">Outcomes</th>'
        '<th scope="col" class="number">Passed</th><th scope="col">Most common mistakes</th>'
    )
    return _table(head, rows, "tasks")


def _mistakes(found: Sequence[Mistake]) -> str:
    if not found:
        return '<span class="empty">none</span>'
    known = [mistake for mistake in found if mistake.known]
    shown = [*known[:MOST_MISTAKES], *found[len(known) :]]
    items = []
    for mistake in shown:
        said, note = escape(printable(mistake.problem)), ""
        if mistake.known:
            names = [mistake.name] if mistake.name != "seed" else []
            more = len(mistake.known) - 1
            names += [f"or {_count(more, 'similar mistake')}"] if more else []
            note = f"“{escape(mistake.belief)}”" + (
                f" ({escape(', '.join(names))})" if names else ""
            )
        else:
            said, note = "other", said
        items.append(f'<li><b>{mistake.learners}</b> {said}<span class="note">{note}</span></li>')
    rest = len(known) - MOST_MISTAKES
    if rest > 0:
        count = sum(mistake.learners for mistake in known[MOST_MISTAKES:])
        ways = "another known way" if rest == 1 else f"{rest} more known ways"
        items.insert(MOST_MISTAKES, f"<li><b>{count}</b> in {ways}</li>")
    return f'<ul class="mistakes">{"".join(items)}</ul>'


def heat_map(cohort: Cohort) -> str:
    """A row of colors for each task, a column for each learner."""
    if not cohort.lines:
        return _nothing("There are no submissions.")
    rows = "\n".join(
        f'<tr><th scope="row"><span class="task">{escape(task.name)}</span></th>'
        f"<td>{strip(cohort.cells_of(task), task.name)}</td></tr>"
        for task in cohort.lesson.tasks
    )
    return f'<table class="heat"><tbody>\n{rows}\n</tbody></table>'


def strip(cells: Sequence[Cell], name: str) -> str:
    """A line of colored cells, with equal neighbors merged."""
    place, drawn = 0, []
    for cell, alike in groupby(cells):
        width = len(list(alike))
        drawn.append(f'<rect class="{cell}" x="{place}" width="{width}" height="1"/>')
        place += width
    counts = ", ".join(f"{cells.count(cell)} {WORDS[cell]}" for cell in CELLS if cell in cells)
    return (
        f'<svg viewBox="0 0 {max(place, 1)} 1" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(name)}: {counts}">{"".join(drawn)}</svg>'
    )


def flagged(cohort: Cohort) -> str:
    """What looks like tampering, or defeated the grader."""
    rows = [
        f'<tr><th scope="row">{_name(line.learner)}</th>'
        f'<td><span class="task">{escape(flag.task or "the whole")}</span></td>'
        f'<td class="said">{escape(printable(flag.reason))}</td></tr>'
        for line in cohort.flagged
        for flag in line.flags
    ]
    if not rows:
        return _nothing("Nothing was flagged.")
    head = '<th scope="col">Learner</th><th scope="col">Task</th><th scope="col">Reason</th>'
    return _table(head, rows)


def unreadable(cohort: Cohort) -> str:
    """What could not be graded, and why."""
    words = {
        "unreadable": "no answers found",
        "not_graded": "the grader failed",
        "cannot_load": "Python cannot run it",
    }
    rows = [
        f'<tr><th scope="row">{_name(line.learner)}</th><td>{words[line.status]}</td>'
        f'<td class="said">{escape(line.reason)}</td></tr>'
        for line in cohort.with_status(*words)
    ]
    if not rows:
        return _nothing("All submissions could be graded.")
    head = '<th scope="col">Learner</th><th scope="col">What</th><th scope="col">Why</th>'
    return _table(head, rows)


def slowest(cohort: Cohort) -> str:
    """The submissions that took the longest."""
    rows = [
        f'<tr><th scope="row">{_name(line.learner)}</th>'
        f'<td class="number">{line.seconds:.2f}</td>'
        f'<td class="number">{line.passed} of {len(cohort.lesson.tasks)}</td></tr>'
        for line in cohort.slowest(MOST_SLOW)
    ]
    if not rows:
        return _nothing("Nothing was timed.")
    head = (
        '<th scope="col">Learner</th><th scope="col" class="number">Seconds</th>'
        '<th scope="col" class="number">Passed</th>'
    )
    return _table(head, rows)


def learners(cohort: Cohort, names: Mapping[str, str]) -> str:
    """A row for each learner."""
    heads = "".join(
        f'<th scope="col" class="cell" title="{escape(task.name)}">{task.number}</th>'
        for task in cohort.lesson.tasks
    )
    head = (
        '<th scope="col">Learner</th><th scope="col">File</th>'
        f'<th scope="col" class="number">Passed</th>{heads}'
        '<th scope="col">Remarks</th>'
    )
    rows = [_learner(line, names[line.learner], cohort.lesson.tasks) for line in cohort.lines]
    return _table(head, rows, "learners")


def _learner(line: Line, name: str, tasks: tuple[Task, ...]) -> str:
    cells = "".join(
        f'<td class="cell"><span class="mark {cell}" title="{escape(task.name)}: {WORDS[cell]}">'
        f"{SIGNS[cell]}</span></td>"
        for task, cell in zip(tasks, line.cells, strict=True)
    )
    said = [line.reason] if line.reason else []
    said += [f"flagged: {_count(len(line.flags), 'reason')}"] if line.flags else []
    link = quote(f"feedback/{name}.txt")
    return (
        f'<tr><th scope="row"><a href="{link}">{_name(line.learner)}</a></th>'
        f'<td class="note">{_name(line.entry)}</td><td class="number">{line.passed}</td>{cells}'
        f'<td class="said">{escape("; ".join(said))}</td></tr>'
    )


def method(cohort: Cohort) -> str:
    """What you need to repeat the grading, or to defend a mark."""
    shown = {
        "Containment": ", ".join(sorted(cohort.levels)) or "nothing was run",
        **_without_a_mark(cohort.lesson),
        "Seed of the tests": ", ".join(map(str, sorted(cohort.seeds))) or "none",
        **_gone(cohort),
        "Score": "tasks passed; a task is passed when all of its tests pass",
        "Not started": "the task still raises the NotImplementedError of the exercise",
        "Gradebook": "gradebook.sqlite keeps every result, including those replaced later",
    }
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in shown.items()
    )
    return f"<dl>{rows}</dl>"


def _without_a_mark(lesson: Lesson) -> dict[str, str]:
    """Which tasks of the lesson are not in the report, and why."""
    reasons = [f"{task.name}: {task.unmarked}" for task in lesson.unmarked_tasks]
    return {"Tasks without a mark": " ".join(reasons)} if reasons else {}


def _gone(cohort: Cohort) -> dict[str, str]:
    """Who has a mark in the gradebook that no longer counts."""
    return {"Gone, and left out": ", ".join(cohort.gone)} if cohort.gone else {}


def _name(text: str) -> str:
    """A name that is not broken in the middle of a word, unless that is very long."""
    return f'<span class="name">{escape(text)}</span>'


def _table(head: str, rows: Iterable[str], kind: str = "plain") -> str:
    body = "\n".join(rows)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _nothing(text: str) -> str:
    return f'<p class="empty">{text}</p>'


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
