"""How long the course in a browser takes to its first verdict, and to the next one.

A profile with nothing in it opens the page of a lesson, and the untouched exercise is graded as
soon as that can be. Then the same profile opens it once more, with what it has kept. After that,
the reference is graded again and again, in turn with the grader of the terminal.
"""

from __future__ import annotations

import functools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress

from benchmarks.measure import Result, in_turn
from course import catalog
from course.author.browser import open_browser
from course.catalog import Lesson
from course.grade.grader import Grader
from course.site import builder, command

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LESSONS = ("01", "09")
VISITS = 3
"""Profiles for each lesson; the median counts."""

FIRST, KEPT, AGAIN = 20.0, 8.0, 3.0
"""Seconds: to the first verdict with nothing kept, with what is kept, and to the next verdict."""

OVER_THE_TERMINAL = 1.5
"""The next verdict may take so many times what it takes in the terminal, if that is more."""

MILLISECONDS = 600_000
"""After so long, something hangs."""


def measure(progress: Progress) -> list[Result]:
    """Visit the first lesson and lesson 09."""
    results: list[Result] = []
    step = progress.add_task("Browser", total=len(LESSONS) * VISITS)
    site = functools.partial(command.Quiet, directory=str(builder.build()))
    with command.serving(site) as url, open_browser() as browser:
        for number in LESSONS:
            lesson = catalog.find(number)
            found = []
            for _ in range(VISITS):
                found.append(visit(browser, f"{url}lessons/{lesson.slug}/", lesson))
                progress.advance(step)
            first, kept, again, terminal = map(statistics.median, zip(*found, strict=True))
            limit = max(AGAIN, OVER_THE_TERMINAL * terminal)
            note = f"{terminal:.2f} s in the terminal"
            results += [
                Result(f"lesson {number}, first verdict, nothing kept", first, FIRST, "s"),
                Result(f"lesson {number}, first verdict, kept", kept, KEPT, "s"),
                Result(f"lesson {number}, graded again", again, limit, "s", note),
            ]
    return results


def visit(browser: Browser, url: str, lesson: Lesson) -> tuple[float, float, float, float]:
    """Return the seconds to the first verdict, to that of a later visit, and to the next ones.

    The last two are the medians of grading the reference again, here and in the terminal.
    """
    context = browser.new_context()
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    first = seconds(lambda: open_and_grade(page, url))
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    reference = lesson.solution.read_text(encoding="utf-8")
    page.evaluate(
        "([slug, source]) => localStorage.setItem(`streamlings/${slug}`, JSON.stringify({source}))",
        [lesson.slug, reference],
    )
    page.close()
    page = context.new_page()
    kept = seconds(lambda: open_and_grade(page, url))
    with Grader(lesson) as grader, tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / lesson.exercise.name
        answers.write_text(reference, encoding="utf-8")
        here, there = in_turn(lambda: grade(page), lambda: grader.grade(answers), rounds=3)
    context.close()
    return first, kept, statistics.median(here), statistics.median(there)


def open_and_grade(page: Page, url: str) -> None:
    """Open a page, and grade what is in its editor as soon as that can be."""
    page.goto(url)
    grade(page)


def grade(page: Page) -> None:
    """Grade what is in the editor, and wait for the verdict."""
    page.evaluate("document.querySelector('#screen').replaceChildren()")
    page.click("#grade")
    page.wait_for_function("document.querySelector('#screen').textContent")
    page.wait_for_selector("#grade:enabled")


def seconds(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
