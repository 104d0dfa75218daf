"""What `make update` says about each exercise."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from course.learn.update.carrying import Carried, Change
from course.learn.update.plan import Plan
from course.wording import place

WIDTH = 79
MOST_LINES = 8
"""How many lines of a docstring's changes are shown."""


def show(plan: Plan, backup: Path | None) -> None:
    """Print what becomes of an exercise; nothing if it stays as it is for a good reason."""
    if plan.problem:
        lines = _left_alone(plan, backup)
    elif plan.carried and plan.changes:
        lines = _exercise(plan.path, plan.carried, backup)
    else:
        return
    for line in lines:
        print(line)


def show_no_lesson(path: Path) -> None:
    """Print that the newest course does not have a lesson with answers."""
    said = f"{place(path)}: the lesson is no longer in the course. Your file stays."
    print("\n" + "\n".join(_wrapped(said)))


def _exercise(path: Path, carried: Carried, backup: Path | None) -> Iterator[str]:
    count = len(carried.answers)
    answers = "no answer" if not count else f"{count} answer" + "s" * (count > 1)
    yield ""
    yield f"{place(path)}: {answers} carried over"
    if backup:
        yield f"  before     {place(backup)}"
    if carried.markers:
        yield from _row("conflict", "git's conflict markers are gone; your side is kept")
    for old, new in carried.renamed.items():
        yield from _row("renamed", f"{old} is called {new} now; your answer is there")
    for change in carried.changed:
        yield from _change(change)
    if carried.new:
        yield from _row("new", ", ".join(carried.new))
    for name in carried.gone:
        yield from _row(
            "no task", f"{name} is no longer asked for; your answer is still in the file"
        )
    for name in carried.given:
        said = "it is given, and you have both changed it; the course's is in the file"
        yield from _row("given", f"{name}: {said}, yours is in the backup")


def _left_alone(plan: Plan, backup: Path | None) -> Iterator[str]:
    yield ""
    said = f"{place(plan.path, plan.line)}: {plan.problem}. The file was left as it is."
    yield from _wrapped(said)
    if backup:
        yield f"  copy       {place(backup)}"


def _change(change: Change) -> Iterator[str]:
    yield from _row("check", f"{change.name}: {change.what}. Your code is kept and marked.")
    name = change.name.rpartition(".")[2]
    if change.before:
        yield from _row("", f"was  {name}{change.before}")
        yield from _row("", f"now  {name}{change.after}")
    for line in change.docstring[:MOST_LINES]:
        yield from _row("", line)
    if len(change.docstring) > MOST_LINES:
        yield from _row("", f"... and {len(change.docstring) - MOST_LINES} more lines")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False)


def _row(what: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(text, WIDTH - 13, subsequent_indent="  ", break_on_hyphens=False)
    for number, line in enumerate(lines):
        yield f"  {what if not number else '':11}{line}"
