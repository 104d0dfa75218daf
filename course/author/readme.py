"""The parts of README.md that are known elsewhere: the lessons, the tasks, a grading screen."""

from __future__ import annotations

import re
import sys

from course import catalog
from course.author import screens, seeds
from course.author.freshness import write_or_check

README = catalog.ROOT / "README.md"


def run(check: bool) -> int:
    """Write the README's generated parts and `docs/seeds.md`; with `check`, only look for stale.

    Returns:
        The exit status: 0, or 1 if something is stale.
    """
    text = README.read_text(encoding="utf-8")
    stale = seeds.run(check)
    if write_or_check(README, filled_in(text), check):
        return stale
    print("README.md is stale. Run: make readme", file=sys.stderr)
    return 1


def filled_in(text: str) -> str:
    """Return `text` with each `<!-- name -->...<!-- /name -->` filled in.

    Raises:
        ValueError: if a part that can be generated has no place in `text`.
    """
    for name, content in parts().items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        found = place.search(text)
        if not found:
            raise ValueError(f"README.md has no place <!-- {name} -->...<!-- /{name} -->")
        text = text[: found.end(1)] + content + text[found.start(2) :]
    return text


def parts() -> dict[str, str]:
    """Return the generated parts by name."""
    golden = screens.FOLDER / "three_tasks_done_and_one_wrong.txt"
    return {
        "lessons": _lessons(),
        "tasks": _tasks(catalog.find("09")),
        "screen": f"```text\n{golden.read_text(encoding='utf-8')}```\n",
    }


def _lessons() -> str:
    rows = ["| lesson | part | level | minutes | tasks |", "|---|---|---|---|---|"]
    for lesson in catalog.lessons():
        link = f"[{lesson.number} {lesson.title}](lessons/{lesson.slug}/CONNECTIONS.md)"
        rows.append(
            f"| {link} | {lesson.part} | {lesson.level} | {lesson.minutes} | {len(lesson.tasks)} |"
        )
    return "\n".join(rows) + "\n"


def _tasks(lesson: catalog.Lesson) -> str:
    rows = ["| task | what it does |", "|---|---|"]
    rows += [f"| `{task.name}` | {task.goal} |" for task in lesson.tasks]
    return "\n".join(rows) + "\n"
