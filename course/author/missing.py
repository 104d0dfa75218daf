"""What a lesson still lacks, in plain words, in the order in which it is written.

The order is that of CONTRIBUTING.md. Nothing is graded here, and nothing is run: whether the tests
are good is for the gates to say, once all is there.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course import catalog
from course.author import entries, golden, notebooks, readme
from course.author.exercises import has_answers
from course.author.freshness import write_or_check
from course.author.sections import SECTIONS, UNWRITTEN, section_faults
from course.catalog import IncompleteLesson, Lesson, Task, UnreadableLesson, text_of, tree_of
from course.lesson import lesson_text, play_file
from course.lesson.lesson_text import LessonTextError
from course.lesson.reading import sections_for
from course.lesson.stubs import stub
from course.lesson.variants import (
    FEWEST_ALTERNATIVES,
    FEWEST_MISTAKES,
    Variant,
    alternatives,
    attempts,
    fewest_attempts,
    mistakes,
)
from course.wording import command, place


@dataclass(frozen=True)
class Missing:
    """Something that a lesson lacks.

    Attributes:
        where: the file, perhaps with a line.
        what: what is wrong with it, read after its name.
        command: what makes it, or "" if somebody has to write it.
    """

    where: str
    what: str
    command: str = ""

    def __str__(self) -> str:
        return f"{self.where} {self.what}" + (f". Run: {self.command}" if self.command else "")


def run(name: str | None) -> int:
    """Print what a lesson lacks, or each one if none is named.

    Args:
        name: names the lesson, as for `catalog.find`; None for all.

    Returns:
        The exit status: 0 if it lacks nothing, or 1.

    Raises:
        UnknownLesson: if there is no such lesson.
    """
    if name is None:
        if tell_all():
            return 1
        print("No lesson lacks anything.")
        return 0
    try:
        lesson = catalog.find(name)
    except UnreadableLesson as error:
        _tell(error.slug, [_unreadable(error)])
        return 1
    if found := missing(lesson):
        _tell(lesson.slug, found)
        return 1
    look = command("mutants", lesson.number)
    print(f"Lesson {lesson.number} lacks nothing. Look for holes in its tests: {look}")
    return 0


def tell_all() -> bool:
    """Print what the lessons lack, and return whether that is anything."""
    lacking = {error.slug: [_unreadable(error)] for error in catalog.unreadable()}
    lacking |= {one.slug: found for one in catalog.lessons() if (found := missing(one))}
    for slug in sorted(lacking):
        _tell(slug, lacking[slug])
    return bool(lacking)


def _tell(slug: str, found: list[Missing]) -> None:
    print(f"Lesson {slug[:2]} is not complete. It lacks, in the order of work:")
    for one in found:
        print(f"  {one}")


def _unreadable(error: UnreadableLesson) -> Missing:
    return Missing(f"lessons/{error.slug}/lesson.toml", error.problem)


def missing(lesson: Lesson) -> list[Missing]:
    """Return what a lesson lacks, in the order of work, each once.

    What cannot be looked at because of something else is left out, and that is named.
    """
    found: list[Missing] = []
    for step in STEPS:
        try:
            found.extend(step(lesson))
        except IncompleteLesson as error:
            found.append(Missing(place(error.path), error.problem))
        except LessonTextError as error:
            found.append(Missing("A text", f"cannot be read: {error}"))
    return list(dict.fromkeys(found))


# The steps


def _solution(lesson: Lesson) -> Iterator[Missing]:
    yield from _unwritten(lesson, lesson.solution)
    stub(lesson)


def _entries(lesson: Lesson) -> Iterator[Missing]:
    path = lesson.folder / "lesson.toml"
    yield from _unwritten(lesson, path)
    for said in entries.faults(lesson):
        yield Missing(place(path), said)


def _stub(lesson: Lesson) -> Iterator[Missing]:
    if not has_answers(lesson):  # which are some learner's: then git has the stub
        yield from _stale(lesson.exercise, stub(lesson), "stubs")


def _tests(lesson: Lesson) -> Iterator[Missing]:
    yield from _unwritten(lesson, lesson.tests)
    tree = tree_of(lesson, lesson.tests)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for task in lesson.tasks:
        if said := _fault_of_tests(classes.get(task.test_class), task):
            yield Missing(place(lesson.tests), said)
    wanted = {task.test_class for task in lesson.tasks}
    for name in classes:
        if name.startswith("Test") and name not in wanted:
            yield Missing(place(lesson.tests), f"has a class {name}, but there is no such task")


def _fault_of_tests(tests: ast.ClassDef | None, task: Task) -> str:
    if tests is None:
        return f"has no class {task.test_class}"
    if ast.get_docstring(tests) is None:
        return f"has no docstring for {task.test_class}: one sentence that says what is asked"
    names = [one.name for one in tests.body if isinstance(one, catalog.Function)]
    has_some = any(name.startswith("test_") for name in names)
    return "" if has_some else f"has no test in {task.test_class}"


def _mistakes(lesson: Lesson) -> Iterator[Missing]:
    yield from _unwritten(lesson, lesson.mistakes)
    yield from _too_few(lesson, lesson.mistakes, mistakes(lesson), FEWEST_MISTAKES, "mistake")


def _alternatives(lesson: Lesson) -> Iterator[Missing]:
    path, right = lesson.alternatives, alternatives(lesson)
    yield from _unwritten(lesson, path)
    yield from _too_few(lesson, path, right, FEWEST_ALTERNATIVES, "alternative")


def _too_few(
    lesson: Lesson, path: Path, variants: tuple[Variant, ...], fewest: int, what: str
) -> Iterator[Missing]:
    count = Counter(variant.task for variant in variants)
    for task in lesson.tasks:
        if count[task.name] < fewest:
            asked = f"it takes {fewest} or more, called {task.name}__what_is_special"
            yield Missing(place(path), f"has {count[task.name]} {what}s of {task.name}; {asked}")


def _attempts(lesson: Lesson) -> Iterator[Missing]:
    yield from _unwritten(lesson, lesson.attempts)
    count, fewest = len(attempts(lesson)), fewest_attempts(lesson)
    if count < fewest:
        asked = f"it takes {fewest} or more, called TASK__what_is_special"
        yield Missing(place(lesson.attempts), f"has {count} attempts of beginners; {asked}")


def _golden(lesson: Lesson) -> Iterator[Missing]:
    """Whether each mistake has its text; what the text says is for the gates to compare."""
    for task in lesson.tasks:
        path = golden.golden_file(lesson, task)
        wrong = [one.name for one in mistakes(lesson) if one.task == task.name]
        yield from _told(path, wrong)
    yield from _told(lesson.told_of_attempts, [one.name for one in attempts(lesson)])
    for path in golden.unknown_files(lesson):
        yield Missing(place(path), "belongs to no task", command("golden"))


def _told(path: Path, names: list[str]) -> Iterator[Missing]:
    told = golden.told_in(path.read_text(encoding="utf-8")) if path.exists() else None
    if told != names:
        what = "is not there" if told is None else "is stale"
        yield Missing(place(path), what, command("golden"))


def _texts(lesson: Lesson) -> Iterator[Missing]:
    for path in (*lesson.texts, lesson.notes):
        yield from _text(lesson, path)
    _, concepts, _ = lesson.texts
    for task in lesson.tasks:
        if not sections_for(lesson, task):
            said = f"has no row for {task.name} in its table, with a link to what to read for it"
            yield Missing(place(concepts), said)


def _text(lesson: Lesson, path: Path) -> Iterator[Missing]:
    if not path.exists():
        yield Missing(place(path), "is not there")
        return
    yield from _unwritten(lesson, path)
    for said in section_faults(lesson_text.read(path), SECTIONS[path.stem]):
        yield Missing(place(path), said)


def _demos(lesson: Lesson) -> Iterator[Missing]:
    yield from _unwritten(lesson, lesson.demo)
    if not re.search(r"^ +plots\.", text_of(lesson, lesson.demo), re.MULTILINE):
        yield Missing(place(lesson.demo), "draws no plot: call one of course/plots.py")
    yield from _stale(lesson.notebook, notebooks.notebook(lesson), "notebooks")


def _play(lesson: Lesson) -> Iterator[Missing]:
    yield from _unwritten(lesson, lesson.play)
    play_file.read(lesson)


def _benchmark(lesson: Lesson) -> Iterator[Missing]:
    yield from _unwritten(lesson, lesson.benchmark)
    source = text_of(lesson, lesson.benchmark)
    for task in lesson.tasks:
        if f'"{task.name}"' not in source:
            said = f'does not measure "{task.name}", nor name it in NO_STREAM'
            yield Missing(place(lesson.benchmark), said)


def _tables(lesson: Lesson) -> Iterator[Missing]:
    for page, rows in (
        (readme.README, [readme.row(lesson)]),
        (readme.TASKS, readme.rows_of_tasks(lesson)),
    ):
        text = page.read_text(encoding="utf-8")
        if any(f"{row}\n" not in text for row in rows):
            yield Missing(place(page), "does not show the lesson as it is", command("readme"))


STEPS: tuple[Callable[[Lesson], Iterator[Missing]], ...] = (
    _solution,
    _entries,
    _stub,
    _tests,
    _mistakes,
    _alternatives,
    _attempts,
    _golden,
    _texts,
    _demos,
    _play,
    _benchmark,
    _tables,
)


def _unwritten(lesson: Lesson, path: Path) -> Iterator[Missing]:
    """Name each line that only says what belongs there."""
    for number, line in enumerate(text_of(lesson, path).splitlines(), start=1):
        if UNWRITTEN in line:
            said = line[line.index(UNWRITTEN) :].rstrip("\",.]'")
            yield Missing(place(path, number), f"says {said}")


def _stale(path: Path, content: str, made_by: str) -> Iterator[Missing]:
    if not write_or_check(path, content, check=True):
        what = "is stale" if path.exists() else "is not there"
        yield Missing(place(path), what, command(made_by))
