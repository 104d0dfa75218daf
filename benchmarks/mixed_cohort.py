"""A cohort of 300 that are right, wrong, endless and hostile, and the mark that each must get.

    python3 -m benchmarks.mixed_cohort make FOLDER [--lesson 09]
    python3 -m course grade FOLDER --lesson 09 --out MARKS
    python3 -m benchmarks.mixed_cohort compare FOLDER MARKS [--lesson 09]

The submissions are files, folders, archives and git checkouts in turn. What is expected is made
again from their names, so nothing in FOLDER tells the grader what the mark is to be.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle, islice
from pathlib import Path

from course import catalog
from course.catalog import Lesson
from course.lesson.stubs import stub
from course.lesson.variants import alternatives, mistakes
from course.wording import place

SIZE = 300
HOSTILE = catalog.ROOT / "checks" / "hostile"
LOOP = "\n\ndef {}(*args, **kwargs):\n    while True:\n        pass\n"
SHAPES = ("file", "folder", "archive", "checkout")


@dataclass(frozen=True)
class Expected:
    """A submission and its mark.

    Attributes:
        name: the learner.
        source: the answers.
        wrong: the tasks that are not passed.
    """

    name: str
    source: str
    wrong: frozenset[str]


def cohort(lesson: Lesson) -> list[Expected]:
    """Return the submissions: all attacks (on lesson 09), and the others in equal parts."""
    tasks = frozenset(task.name for task in lesson.tasks)
    right = lesson.solution.read_text(encoding="utf-8")
    attacks = []
    if lesson.number == "09":
        for path in sorted(HOSTILE.glob("*.py")):
            attacks.append(Expected(f"hostile-{path.stem}", path.read_text("utf-8"), tasks))
    kinds = [
        [Expected(f"right-{one.name}", one.answers, frozenset()) for one in alternatives(lesson)],
        [
            Expected(f"wrong-{one.name}", one.answers, frozenset({one.task}))
            for one in mistakes(lesson)
        ],
        [
            Expected(f"endless-{name}", right + LOOP.format(name), frozenset({name}))
            for name, declared in lesson.signatures.items()
            if name in tasks and declared.kind != "class"
        ],
        [
            Expected("right-reference", right, frozenset()),
            Expected("empty-stub", stub(lesson), tasks),
        ],
    ]
    honest = cycle(chain.from_iterable(kinds))
    found = [*attacks, *islice(honest, max(0, SIZE - len(attacks)))]
    return [
        Expected(f"{number:03}-{one.name}", one.source, one.wrong)
        for number, one in enumerate(found)
    ]


def make(folder: Path, lesson: Lesson) -> None:
    """Write the submissions.

    Raises:
        FileExistsError: if the folder is there.
    """
    folder.mkdir(parents=True)
    for one, shape in zip(cohort(lesson), cycle(SHAPES), strict=False):
        if shape == "file":
            (folder / f"{one.name}.py").write_text(one.source, encoding="utf-8")
        elif shape == "archive":
            with zipfile.ZipFile(folder / f"{one.name}.zip", "w") as archive:
                archive.writestr(f"exercises/{lesson.exercise.name}", one.source)
        else:
            inside = folder / one.name / "exercises"
            inside.mkdir(parents=True)
            (inside / lesson.exercise.name).write_text(one.source, encoding="utf-8")
            if shape == "checkout":
                subprocess.run(["git", "init", "-q", str(folder / one.name)], check=True)


def compare(folder: Path, marks: Path, lesson: Lesson) -> list[str]:
    """Return where `grades.csv` says something else than is expected, and what is missing."""
    with (marks / "grades.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["learner"]: row for row in csv.DictReader(stream)}
    expected = cohort(lesson)
    strange = sorted(rows.keys() - {one.name for one in expected})
    return [*(f"{name} was not handed in" for name in strange), *_differences(expected, rows)]


def _differences(expected: list[Expected], rows: dict[str, dict[str, str]]) -> Iterator[str]:
    for one in expected:
        row = rows.get(one.name)
        if row is None:
            yield f"{one.name} is missing"
            continue
        wrong = {task for task in row if task in one.wrong and row[task] != "passed"}
        passed = int(row["passed"])
        if passed != int(row["of"]) - len(one.wrong) or (passed and wrong != one.wrong):
            yield f"{one.name}: {passed} passed, wanted all but {', '.join(sorted(one.wrong))}"
        if "hostile" not in one.name and row["flags"]:
            yield f"{one.name} is flagged: {row['flags']}"


def main(words: list[str]) -> int:
    """Do what the command line says. Status 1 if a mark is not the expected one."""
    parser = argparse.ArgumentParser(prog="python3 -m benchmarks.mixed_cohort")
    parser.add_argument("what", choices=("make", "compare"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("marks", type=Path, nargs="?", default=Path("grades"))
    parser.add_argument("--lesson", default="09")
    options = parser.parse_args(words)
    lesson = catalog.find(options.lesson)
    if options.what == "make":
        make(options.folder, lesson)
        print(f"{len(cohort(lesson))} submissions are in {place(options.folder)}")
        return 0
    found = compare(options.folder, options.marks, lesson)
    print("\n".join(found) or f"All {len(cohort(lesson))} marks are the expected ones.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
