"""Whose `stream_rag_response` answers: the learner's once it passes, the reference until then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from course.web.choice import Choice, Chooser
from course.web.rag import Generate, Retrieve

LESSON = "09"
TASK = "stream_rag_response"

StreamRagResponse: TypeAlias = Callable[[str, Retrieve, Generate], AsyncIterator[dict[str, Any]]]


@dataclass(frozen=True)
class Answerer:
    """A `stream_rag_response`, and who wrote it.

    Attributes:
        owner: "learner" or "reference".
        label: the same in words for the learner: "your code" or "the reference".
        note: why that one answers, in one or two sentences.
        stream: the function.
    """

    owner: Literal["learner", "reference"]
    label: str
    note: str
    stream: StreamRagResponse


def answerers(exercises: Path, importing: asyncio.Lock) -> Chooser[Answerer]:
    """Return what chooses who answers. The arguments are those of `Chooser`."""
    return Chooser(LESSON, (TASK,), exercises, _answerer, importing)


def _answerer(choice: Choice) -> Answerer:
    stream = choice.functions[TASK]
    if choice.reasons:
        return Answerer("reference", "the reference", choice.advice, stream)
    return Answerer("learner", "your code", f"{choice.file} passes {TASK}.", stream)
