"""Errors that the answers hide from themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from course.catalog import text_of
from course.grade.answers import Answers
from course.grade.explain.meanings import usually
from course.grade.explain.misuse import Slip
from course.grade.explain.nodes import every, name_of

HIDES = "it hides every error, also one of its own"


def hidden_by_except(task: str, answers: Answers) -> Slip | None:
    """Say which slip an `except` of the answers has hidden in the last call."""
    for one in answers.hidden:
        if one.is_never_meant:
            _, why = usually(one.error) or ("", "Correct it.")
            narrow = " Let the except name only the error that it is for."
            return Slip(
                f"its except hides a slip: {one.error.partition(':')[0]}",
                f"This line fails with {one.error}. {why}"
                f"{'' if _asks_for_exception(task, answers) else narrow}",
                line=one.line,
            )
    return None


def _asks_for_exception(task: str, answers: Answers) -> bool:
    """Whether the contract of a task, or its reference, speaks of each `Exception`."""
    lesson = answers.lesson
    own = lesson.signatures[task]
    lines = text_of(lesson, lesson.solution).splitlines()[own.line - 1 : own.end_line]
    return "Exception" in "\n".join(lines)


def returned_in_finally(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    for block in every(tree, ast.Try):
        for statement in block.finalbody:
            if isinstance(statement, ast.Return):
                yield Slip(
                    "it returns in finally",
                    "A return there swallows whatever error was on its way. Move it below the try.",
                    line=statement.lineno,
                )


def hidden_in(task: str, answers: Answers, only_pass: bool = False) -> Slip | None:
    """Say which `except` of a task hides all errors. That is no slip where something came.

    Args:
        task: the task.
        answers: the answers.
        only_pass: whether one that returns something is none of them.
    """
    for handler in every(answers.file.tree_of(task), ast.ExceptHandler):
        silent = all(
            isinstance(one, ast.Pass | ast.Continue | ast.Break)
            or (
                not only_pass
                and isinstance(one, ast.Return)
                and not isinstance(one.value, ast.Call)
            )
            for one in handler.body
        )
        if _is_broad(handler) and silent and _has_caught(handler, answers):
            return Slip(
                HIDES,
                "Nothing comes, and this `except` keeps the reason to itself. To see it, put a "
                "bare `raise` there for a moment. Then catch only what you expect.",
                line=handler.lineno,
            )
    return None


def own_raise_caught(task: str, answers: Answers) -> Slip | None:
    """Say that a task raises an error, and catches it itself."""
    for block in every(answers.file.tree_of(task), ast.Try):
        inside = [node for statement in block.body for node in ast.walk(statement)]
        raises = [node for node in inside if isinstance(node, ast.Raise) and node.exc]
        for handler in block.handlers:
            again = any(isinstance(one, ast.Raise) for one in ast.walk(handler))
            if raises and _is_broad(handler) and not again and _has_caught(handler, answers):
                return Slip(
                    "its own except catches what it raises",
                    "An except of Exception catches each error that is raised in its try, this one "
                    "too. Let it name only the error that it is for, or raise below the try.",
                    line=handler.lineno,
                )
    return None


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or name_of(handler.type) in ("Exception", "BaseException")


def _has_caught(handler: ast.ExceptHandler, answers: Answers) -> bool:
    """Whether an `except` may have caught something in the last call."""
    return answers.ran is None or answers.ran.has(handler.body[0].lineno)
