"""What the `lesson.toml` of a lesson has to say, beyond that it can be read."""

from __future__ import annotations

from collections.abc import Iterator

from course.author.sections import READING
from course.catalog import Lesson, Minutes, Task

FEWEST_HINTS = 3
SHORTEST_HINT = 40
SHORTEST_GOAL, LONGEST_GOAL = 10, 69
"""In characters."""


def faults(lesson: Lesson) -> list[str]:
    """Return what is wrong with the entries of a lesson, each read after the file's name."""
    goals = [task.goal for task in lesson.tasks]
    found = [said for task in lesson.tasks for said in _faults_of(task)]
    if len({*goals}) < len(goals):
        found.append("has the same goal for two tasks")
    minutes = sum((task.minutes for task in lesson.tasks), start=Minutes(READING, READING))
    if lesson.minutes != minutes:
        found.append(
            f"says {lesson.minutes} minutes; {READING} for reading and the tasks: {minutes}"
        )
    return found


def _faults_of(task: Task) -> Iterator[str]:
    if not SHORTEST_GOAL <= len(task.goal) <= LONGEST_GOAL:
        yield f"needs a goal of {SHORTEST_GOAL} to {LONGEST_GOAL} characters for {task.name}"
    if len(task.hints) < FEWEST_HINTS:
        yield f"has {len(task.hints)} hints for {task.name}; it takes {FEWEST_HINTS} or more"
    if len({*task.hints}) < len(task.hints):
        yield f"has the same hint twice for {task.name}"
    if any(len(hint) <= SHORTEST_HINT for hint in task.hints):
        yield f"has a hint for {task.name} of no more than {SHORTEST_HINT} characters"
