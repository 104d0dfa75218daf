"""Which groups of packages a lesson's demos and its page need, besides those of every learner."""

from __future__ import annotations

import ast
import re

from course.catalog import Lesson, text_of
from course.lesson.demo_file import demos_of_tasks

MODULES = {
    "web": ("course.fakes.openai", "starlette", "uvicorn", "numpy"),
    "libraries": ("pydantic_ai", "httpx_sse"),
}
"""What is imported from each group."""


def of_demos(lesson: Lesson) -> tuple[str, ...]:
    """Return the groups for the demos of its tasks, in the terminal."""
    return _needed(ast.unparse(demos_of_tasks(lesson)))


def of_prompt(lesson: Lesson) -> tuple[str, ...]:
    """Return the groups for its prompt, at which the blocks of its page are tried."""
    page = text_of(lesson, lesson.folder / "CONCEPTS.md")
    return _needed(page + text_of(lesson, lesson.play))


def _needed(source: str) -> tuple[str, ...]:
    imported = re.findall(r"^\s*(?:from|import) ([\w.]+)", source, re.MULTILINE)
    return tuple(
        group
        for group, modules in MODULES.items()
        if any(f"{name}.".startswith(f"{module}.") for name in imported for module in modules)
    )
