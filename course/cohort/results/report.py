"""`report.html`: one page about a cohort, for someone who was not there.

The template `report.html.jinja` is the page. Here is what it shows, as plain values.

The page loads nothing and runs no scripts. Everything that comes from a submission is escaped, and
the page's own policy would keep it from being loaded or run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course.catalog import Lesson, Task
from course.cohort.intake.names import file_names, printable
from course.cohort.results.figures import CELLS, Cell, Cohort, Line, Mistake
from course.cohort.results.gradebook import Gradebook
from course.cohort.results.known_mistakes import Headline, KnownMistakes, known_by_headline
from course.files import write_atomically
from course.lesson.contract import PromiseState
from course.lesson.variants import Variant

NAME = "report.html"
TEMPLATE = f"{NAME}.jinja"
STYLE = Path(__file__).with_name("report.css")

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

BAR_HEIGHT = 150
"""The height of the tallest bar, in pixels."""

MOST_MISTAKES = 3
MOST_BROKEN = 3
MOST_SLOW = 10


@dataclass(frozen=True)
class Kind:
    """What a task can come to: its color in the style, its sign, and what it is called."""

    cell: Cell
    sign: str
    words: str


KINDS = {
    kind.cell: kind
    for kind in (
        Kind("passed", "✓", "passed"),
        Kind("wrong", "✗", "wrong"),
        Kind("not_started", "·", "not started"),
        Kind("none", "–", "not graded"),  # noqa: RUF001
    )
}


@dataclass(frozen=True)
class Bar:
    """How many learners have a score. The height is in pixels."""

    score: int
    learners: int
    height: int
    label: str


@dataclass(frozen=True)
class Run:
    """Equal neighbors in a line of cells."""

    cell: Cell
    start: int
    width: int


@dataclass(frozen=True)
class Strip:
    """A line of colored cells, one for each learner, with equal neighbors merged.

    Attributes:
        runs: from left to right, without gaps.
        width: of all cells; 1 if there are none, as a picture needs a width.
        label: what it shows, for those who do not see it.
    """

    runs: tuple[Run, ...]
    width: int
    label: str


@dataclass(frozen=True)
class CommonMistake:
    """What several learners got wrong, what is said about it, and a line below that or ""."""

    learners: int
    said: str
    note: str = ""


@dataclass(frozen=True)
class BrokenPromise:
    """A promise of a contract, and how many learners broke it."""

    learners: int
    promise: str


@dataclass(frozen=True)
class TaskRow:
    """How a task went.

    Attributes:
        by_learner: the outcomes, the best learner first.
        by_outcome: the same, sorted.
        share: of those graded, how many passed, such as "93%".
        broken: the promises of its contract that were broken most often.
    """

    number: int
    name: str
    goal: str
    by_learner: Strip
    by_outcome: Strip
    share: str
    mistakes: list[CommonMistake]
    broken: list[BrokenPromise]


@dataclass(frozen=True)
class Remark:
    """Something about a submission, where it was seen or what it is, and why."""

    learner: str
    where: str
    reason: str


@dataclass(frozen=True)
class LearnerRow:
    """How a learner did.

    Attributes:
        feedback: the address of the learner's feedback, relative to the report.
        kinds: what each task came to, in order, and that in words.
    """

    name: str
    file: str
    feedback: str
    passed: int
    kinds: list[tuple[Kind, str]]
    remarks: str


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
    return TEMPLATES.get_template(TEMPLATE).render(
        style=style,
        style_hash=f"sha256-{digest}",
        lesson=cohort.lesson,
        kinds=[KINDS[cell] for cell in CELLS],
        lead=lead(cohort),
        tiles=tiles(cohort),
        bars=bars(cohort),
        tasks=tasks(cohort, known),
        flagged=flagged(cohort),
        unreadable=unreadable(cohort),
        slowest=cohort.slowest(MOST_SLOW),
        learners=learners(cohort),
        method=method(cohort),
    )


def lead(cohort: Cohort) -> str:
    """The report in a few sentences."""
    lesson, attention = cohort.lesson, len({line.learner for line in cohort.flagged})
    sentences = [
        f"{_count(len(cohort.lines), 'submission')} of lesson {lesson.number} "
        f"({lesson.title}) with {_count(len(lesson.tasks), 'task')}.",
        _scores(cohort) if cohort.lines else "",
        f"A person should look at {_count(attention, 'submission')}." if attention else "",
    ]
    return " ".join(filter(None, sentences))


def _scores(cohort: Cohort) -> str:
    """What learners passed, in one sentence. It is about those who have a mark."""
    graded, of = len(cohort.gradable), len(cohort.lesson.tasks)
    if not graded:
        return "Nobody has a mark."
    with_a_mark = "" if graded == len(cohort.lines) else " with a mark"
    scores, half = cohort.distribution(), cohort.reached_by_half()
    if scores[half] == graded:
        return _all_alike(half, of, graded, with_a_mark)
    all_of_them = f"{scores[of] or 'nobody'} passed all of them"
    none = f"{scores[0]} passed none" if scores[0] else "everyone passed at least one"
    if half == of:
        return f"{scores[of]} of {graded} learners{with_a_mark} passed all tasks, and {none}."
    if half == 0:
        return (
            f"{scores[0]} of {graded} learners{with_a_mark} have not passed a task yet, "
            f"and {all_of_them}."
        )
    return (
        f"Half of the learners{with_a_mark} passed {_count(half, 'task')} or more; "
        f"{all_of_them}, and {none}."
    )


def _all_alike(score: int, of: int, graded: int, with_a_mark: str) -> str:
    """The same for learners, or a single one, who all have the same score."""
    one = f"The {'only ' if with_a_mark else ''}learner{with_a_mark}"
    if score == 0:
        none = f"None of the learners{with_a_mark} has" if graded > 1 else f"{one} has not"
        return f"{none} passed a task yet."
    all_of_them = "Both" if graded == 2 else f"All {graded}"
    who = f"{all_of_them} learners{with_a_mark}" if graded > 1 else one
    return f"{who} passed {'all tasks' if score == of else _count(score, 'task')}."


def tiles(cohort: Cohort) -> list[tuple[str, str]]:
    """The most important figures, each with its name."""
    scores, total = cohort.distribution(), len(cohort.lines)
    median = f"{cohort.median():g} of {len(cohort.lesson.tasks)}"
    return [
        (f"{total}", "submission" if total == 1 else "submissions"),
        (median if cohort.gradable else "–", "tasks (median)"),  # noqa: RUF001
        (f"{scores[-1]}", "passed all"),
        (f"{scores[0]}", "passed none"),
        (f"{len(cohort.flagged)}", "flagged"),
        (f"{len(cohort.with_status('unreadable', 'not_graded'))}", "without a mark"),
    ]


def bars(cohort: Cohort) -> list[Bar]:
    """A bar for each score."""
    scores = cohort.distribution()
    highest = max([*scores, 1])
    return [
        Bar(
            score,
            count,
            BAR_HEIGHT * count // highest,
            f"{_count(count, 'learner')} with {_count(score, 'task')}",
        )
        for score, count in enumerate(scores)
    ]


def tasks(cohort: Cohort, known: Mapping[Headline, list[Variant]]) -> list[TaskRow]:
    """A row for each task: how it went, and its mistakes."""
    return [_task(cohort, task, known) for task in cohort.lesson.tasks]


def _task(cohort: Cohort, task: Task, known: Mapping[Headline, list[Variant]]) -> TaskRow:
    cells = cohort.cells_of(task)
    return TaskRow(
        task.number,
        task.name,
        task.goal,
        strip(cells, task.name),
        strip(sorted(cells, key=CELLS.index), task.name),
        share(cells.count("passed"), len(cells) - cells.count("none")),
        [*_common(cohort.mistakes(task, known))],
        [BrokenPromise(n, said) for said, n in cohort.broken(task).most_common(MOST_BROKEN)],
    )


def strip(cells: Sequence[Cell], name: str) -> Strip:
    """The cells of a task as a picture."""
    runs: list[Run] = []
    place = 0
    for cell, alike in groupby(cells):
        runs.append(Run(cell, place, len(list(alike))))
        place += runs[-1].width
    counts = [f"{cells.count(cell)} {KINDS[cell].words}" for cell in CELLS if cell in cells]
    return Strip(tuple(runs), max(place, 1), f"{name}: {', '.join(counts)}")


def share(passed: int, graded: int) -> str:
    """Return a share in percent. It is 0% or 100% only if that is exact."""
    if not graded:
        return "–"  # noqa: RUF001
    part = passed / graded
    if 0 < passed < graded:
        part = min(max(part, 0.01), 0.99)
    return f"{part:.0%}"


def _common(found: Sequence[Mistake]) -> Iterator[CommonMistake]:
    """Yield the most common of the known mistakes, the rest of them in one, and the others."""
    known = [mistake for mistake in found if mistake.known]
    for mistake in known[:MOST_MISTAKES]:
        yield CommonMistake(mistake.learners, printable(mistake.problem), _belief(mistake))
    if rest := known[MOST_MISTAKES:]:
        ways = "another known way" if len(rest) == 1 else f"{len(rest)} more known ways"
        yield CommonMistake(sum(mistake.learners for mistake in rest), f"in {ways}")
    for mistake in found[len(known) :]:
        yield CommonMistake(mistake.learners, "other", printable(mistake.problem))


def _belief(mistake: Mistake) -> str:
    """What those learners believe, and what the mistake is called."""
    names = [mistake.name] if mistake.name != "seed" else []
    more = len(mistake.known) - 1
    names += [f"or {_count(more, 'similar mistake')}"] if more else []
    return f"“{mistake.belief}”" + (f" ({', '.join(names)})" if names else "")


def flagged(cohort: Cohort) -> list[Remark]:
    """What looks like tampering, or defeated the grader."""
    return [
        Remark(line.learner, flag.task or "the whole", printable(flag.reason))
        for line in cohort.flagged
        for flag in line.flags
    ]


def unreadable(cohort: Cohort) -> list[Remark]:
    """What could not be graded, and why."""
    words = {
        "unreadable": "no answers found",
        "not_graded": "the grader failed",
        "cannot_load": "Python cannot run it",
    }
    return [
        Remark(line.learner, words[line.status], line.reason) for line in cohort.with_status(*words)
    ]


def learners(cohort: Cohort) -> list[LearnerRow]:
    """A row for each learner."""
    names = file_names(line.learner for line in cohort.lines)
    return [_learner(line, names[line.learner]) for line in cohort.lines]


def _learner(line: Line, file_name: str) -> LearnerRow:
    said = [line.reason] if line.reason else []
    said += [f"flagged: {_count(len(line.flags), 'reason')}"] if line.flags else []
    return LearnerRow(
        line.learner,
        line.entry,
        quote(f"feedback/{file_name}.txt"),
        line.passed,
        [
            (KINDS[cell], _in_words(cell, promises))
            for cell, promises in zip(line.cells, line.promises, strict=True)
        ],
        "; ".join(said),
    )


def _in_words(cell: Cell, promises: Sequence[PromiseState]) -> str:
    """What a task came to: "wrong, 4 of 6 promises kept"."""
    kept = sum(one.state == "kept" for one in promises)
    more = f", {kept} of {_count(len(promises), 'promise')} kept" if promises else ""
    return KINDS[cell].words + more


def method(cohort: Cohort) -> dict[str, str]:
    """What you need to repeat the grading, or to defend a mark, each with its name."""
    return {
        "Containment": ", ".join(sorted(cohort.levels)) or "nothing was run",
        **_without_a_mark(cohort.lesson),
        "Seed of the tests": ", ".join(map(str, sorted(cohort.seeds))) or "none",
        **_gone(cohort),
        "Score": "tasks passed; a task is passed when all of its tests pass",
        "Not started": "the task still raises the NotImplementedError of the exercise",
        "Gradebook": "gradebook.sqlite keeps every result, including those replaced later",
    }


def _without_a_mark(lesson: Lesson) -> dict[str, str]:
    """Which tasks of the lesson are not in the report, and why."""
    reasons = [f"{task.name}: {task.unmarked}" for task in lesson.unmarked_tasks]
    return {"Tasks without a mark": " ".join(reasons)} if reasons else {}


def _gone(cohort: Cohort) -> dict[str, str]:
    """Who has a mark in the gradebook that no longer counts."""
    return {"Gone, and left out": ", ".join(cohort.gone)} if cohort.gone else {}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
