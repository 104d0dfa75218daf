"""What an error of Python or of a library says about the code that raised it."""

from __future__ import annotations

import re

from course.grade.explain.meanings_of_names import NAMES
from course.grade.explain.meanings_of_sql import SQL
from course.grade.explain.meanings_of_values import VALUES
from course.grade.explain.meanings_of_waiting import COROUTINE as COROUTINE
from course.grade.explain.meanings_of_waiting import WAITING
from course.grade.explain.slips import a_or_an
from course.grade.said import text_of

PLAINLY = "Call what does its work at once: invoke for ainvoke, batch for abatch."

USUALLY = (*WAITING, *SQL, *VALUES, *NAMES)
"""The first pattern that fits counts."""


def usually(text: str) -> tuple[str, str] | None:
    """Return what the class and the words of an error say by themselves, if they do."""
    for pattern, problem, why in USUALLY:
        if re.search(pattern, text):
            return problem, why
    return None


def meaning(error: BaseException) -> tuple[str, str]:
    """Return what the learner most likely did, and what to do about it."""
    if said := usually(f"{type(error).__name__}: {text_of(error)}"):
        return said
    if isinstance(error, SystemExit):
        return "it ends the program", "Let it return; the caller decides when to exit."
    if isinstance(error, RecursionError):
        return "it calls itself forever", "Look for a function that calls itself: use a loop."
    if isinstance(error, MemoryError):
        return "it needs more and more memory", "Something keeps growing: look at your loops."
    if isinstance(error, NotImplementedError):
        return (
            "it uses something that does not exist",
            "A library raised this: it does not support what is called in this line.",
        )
    wanted = getattr(error, "wanted_instead", None)
    why = (
        f"What is wanted is {a_or_an(wanted)}."
        if wanted
        else "No error is wanted in this case. Look at the values in this line: print them."
    )
    return f"it raises {a_or_an(type(error).__name__)}", why
