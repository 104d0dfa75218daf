"""What every grading would import or compute again, done once before children are forked."""

from __future__ import annotations

import ast
import asyncio

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableLambda

from course.catalog import Lesson
from course.fakes.held import held_model


def warm_up(lesson: Lesson) -> None:
    """Stream a little, in each way that answers do."""
    assert lesson.signatures
    list(held_model("warm").stream("up"))
    asyncio.run(_asynchronously(held_model("warm", "warm")))


def imported(lesson: Lesson) -> set[str]:
    """Return the modules that a lesson needs: those of its solution, and of its tests."""
    found: set[str] = set()
    for path in (lesson.solution, lesson.tests):
        for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module or "")
    return {name for name in found if name.partition(".")[0] not in ("course", "pytest")}


async def _asynchronously(model: BaseChatModel) -> None:
    async for _ in model.astream("up"):
        pass
    async for _ in RunnableLambda(model.ainvoke).astream_events("up", version="v2"):
        pass
