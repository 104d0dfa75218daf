"""Mutation testing of the graders: which small changes of a solution does no test notice?

The tests of a task must reject each of its mutants. One that they accept shows either a hole
in the tests, or a change that makes no difference, or one that the contract leaves open. Those of
the last two kinds are listed in `checks/lessons/NN_slug/mutants.toml`, each with its reason:

    [[left]]
    task = "buffer_stream"
    was = "if buffer: yield buffer"
    now = "if True: yield buffer"
    why = "the contract leaves open whether an empty piece comes"

A semantic mutant is listed in the same way. If one reason holds for several tasks, `task` is a list
of them:

    [[left]]
    task = ["ttft", "total_time"]
    was = "its source"
    now = "a blank is dropped"
    why = "what the items are makes no difference"
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from rich.progress import track

from course.author.mutants import Mutant, mutants
from course.author.semantic_mutants import semantic_mutants
from course.catalog import Lesson
from course.grade.answer_file import AnswerFile
from course.grade.grader import Grader
from course.lesson.variants import spliced

SECONDS_PER_TEST = 3.0
"""Of CPU time. Many mutants never end."""

WORTH = 60
"""For this many more mutants, another grader is worth the second that it takes to start."""


def survivors(lesson: Lesson, tried: Sequence[Mutant]) -> list[Mutant]:
    """Return which mutants of a lesson its tests accept, in their order.

    Each is graded alone: a solution may call another task, and fail because of its mutant.
    """
    graders: SimpleQueue[Grader] = SimpleQueue()
    cores = os.cpu_count() or 1
    made = [Grader(lesson, SECONDS_PER_TEST) for _ in range(min(cores, 1 + len(tried) // WORTH))]
    for grader in made:
        graders.put(grader)

    def is_accepted(mutant: Mutant) -> bool:
        grader = graders.get()
        try:
            source = spliced(lesson, {mutant.task: mutant.function})
            answers = AnswerFile.of_text(source, lesson.exercise)
            return grader.grade(answers, only=mutant.task, until_wrong=True).all_passed
        finally:
            graders.put(grader)

    try:
        with ThreadPoolExecutor(len(made)) as pool:
            accepted = track(
                pool.map(is_accepted, tried), f"Lesson {lesson.number}", len(tried), transient=True
            )
            return [one for one, left in zip(tried, accepted, strict=True) if left]
    finally:
        for grader in made:
            grader.close()


def all_mutants(lesson: Lesson) -> list[Mutant]:
    """Return those that change a solution, and those that misuse it."""
    return [*mutants(lesson), *semantic_mutants(lesson)]


def run(lesson: Lesson) -> int:
    """Print the survivors that are not listed, in the form of the list, and what is listed wrongly.

    Returns:
        The exit status: 0, or 1 if there are any.
    """
    tried = all_mutants(lesson)
    left, known = {one.key: one for one in survivors(lesson, tried)}, listed(lesson)
    for key, mutant in left.items():
        if key not in known:
            print(_entry(lesson, mutant))
    for task, was, now, _ in sorted(known - left.keys()):
        print(f"listed, but not a survivor: {task}: {was} -> {now}")
    new = len(left.keys() - known)
    print(
        f"Lesson {lesson.number}: {len(tried)} mutants, {len(left) - new} left for a reason, "
        f"{new} to look at"
    )
    return 1 if left.keys() ^ known else 0


def _entry(lesson: Lesson, mutant: Mutant) -> str:
    number = f"number = {mutant.number}\n" if mutant.number > 1 else ""
    return (
        f"# {lesson.solution.name}:{mutant.line}\n[[left]]\n"
        f"task = {json.dumps(mutant.task)}\nwas = {json.dumps(mutant.was)}\n"
        f'now = {json.dumps(mutant.now)}\n{number}why = ""\n'
    )


def listed(lesson: Lesson) -> set[tuple[str, str, str, int]]:
    """Return the keys of the survivors that may be left.

    Raises:
        ValueError: if one has no reason.
    """
    if not lesson.mutants.exists():
        return set()
    entries = tomllib.loads(lesson.mutants.read_text(encoding="utf-8")).get("left", [])
    for entry in entries:
        if not entry["why"].strip():
            raise ValueError(f"{lesson.mutants}: there is no reason for {entry['now']!r}")
    return {
        (task, one["was"], one["now"], one.get("number", 1))
        for one in entries
        for task in ([one["task"]] if isinstance(one["task"], str) else one["task"])
    }
