"""`make setup`: everything that a learner needs, installed at once."""

from __future__ import annotations

from course import catalog
from course.environment import Environment
from course.wording import command, place


def run() -> int:
    """Say what comes next: what was missing is installed before this is called."""
    print(f"Ready, in {place(Environment().folder)}.")
    print(f"Next: {command('test', catalog.lessons()[0].number)}")
    return 0
