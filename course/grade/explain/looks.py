"""All looks at the code of a task that need nothing but the code."""

from __future__ import annotations

from course.grade.explain import classes, conditions, hidden_names, loops, misuse
from course.grade.explain.misuse import Code, Slip

LOOKS = (*misuse.LOOKS, *classes.LOOKS, *loops.LOOKS, *hidden_names.LOOKS, *conditions.LOOKS)
"""What is looked for, the surest signs first."""


def misuse_in(task: str, code: Code) -> Slip | None:
    """Say what the code of a task misuses, if it could not say itself what went wrong."""
    tree = code.file.tree_of(task)
    looks = (*misuse.LOOKS, *classes.LOOKS)
    found = next((slip for look in looks for slip in look(tree, code)), None)
    return found or next(misuse.nobody_else_can_run(tree), None)
