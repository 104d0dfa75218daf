"""The parts of pages that are generated: tables, a screen, and the pins in pyproject.toml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from course import catalog, pins
from course.author import screens, seeds
from course.author.freshness import Made

README = catalog.ROOT / "README.md"
TASKS = catalog.ROOT / "docs" / "tasks.md"
PROJECT = catalog.ROOT / "pyproject.toml"
SECURITY = catalog.ROOT / "SECURITY.md"


def run(check: bool) -> int:
    """Write the generated parts of all pages, and `docs/seeds.md`; with `check`, write nothing.

    Returns:
        The exit status: 0, or 1 if something is stale.
    """
    made = Made("make readme", check)
    put(made)
    return made.tell()


def put(made: Made) -> None:
    """Write these parts, or look whether they are fresh."""
    made.put(seeds.TABLES, seeds.tables())
    constraints = (catalog.ROOT / "constraints.txt").read_text(encoding="utf-8")
    made.put(PROJECT, pins.in_project(PROJECT.read_text(encoding="utf-8"), constraints))
    for page, filling in pages().items():
        made.put(page, filled_in(page.read_text(encoding="utf-8"), filling))


def filled_in(text: str, made: dict[str, str]) -> str:
    """Return `text` with each `<!-- name -->...<!-- /name -->` filled in.

    Raises:
        ValueError: if a part that can be generated has no place in `text`.
    """
    for name, content in made.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        found = place.search(text)
        if not found:
            raise ValueError(f"there is no place <!-- {name} -->...<!-- /{name} -->")
        text = text[: found.end(1)] + content + text[found.start(2) :]
    return text


def pages() -> dict[Path, dict[str, str]]:
    """Return the generated parts of each page by name."""
    golden = screens.FOLDER / "four_tasks_done_and_one_wrong.txt"
    lessons = catalog.lessons()
    return {
        README: {
            "screen": f"```text\n{golden.read_text(encoding='utf-8')}```\n",
            "lessons": _lessons(lessons),
        },
        TASKS: {"tasks": _tasks(lessons)},
        SECURITY: {"unmarked": unmarked(lessons)},
    }


def unmarked(lessons: Iterable[catalog.Lesson]) -> str:
    """Name the tasks that carry no mark, and say why."""
    rows = [
        f"| {lesson.number} | `{task.name}` | {task.unmarked} |"
        for lesson in lessons
        for task in lesson.tasks
        if task.unmarked
    ]
    if not rows:
        return "There are no such tasks now.\n"
    return "\n".join(["| lesson | task | why |", "|---|---|---|", *rows]) + "\n"


def _lessons(lessons: Iterable[catalog.Lesson]) -> str:
    rows = ["| lesson | part | builds on | level | minutes | tasks |", "|---|---|---|---|---|---|"]
    rows += [row(lesson) for lesson in lessons]
    return "\n".join(rows) + "\n"


def row(lesson: catalog.Lesson) -> str:
    """Return what README.md says about a lesson.

    Raises:
        IncompleteLesson: if the text that it leads to is not there.
    """
    page, *_ = lesson.texts
    catalog.text_of(lesson, page)
    link = f"[{lesson.number} {lesson.title}](lessons/{lesson.slug}/{page.name})"
    cells = (link, lesson.part, " ".join(lesson.builds_on), lesson.level, lesson.minutes)
    return f"| {' | '.join(map(str, cells))} | {len(lesson.tasks)} |"


def _tasks(lessons: Iterable[catalog.Lesson]) -> str:
    rows = ["| lesson | task | what it does |", "|---|---|---|"]
    rows += [row for lesson in lessons for row in rows_of_tasks(lesson)]
    return "\n".join(rows) + "\n"


def rows_of_tasks(lesson: catalog.Lesson) -> list[str]:
    """Return what docs/tasks.md says about the tasks of a lesson."""
    return [f"| {lesson.number} | `{task.name}` | {task.goal} |" for task in lesson.tasks]
