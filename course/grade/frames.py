"""Where in a file a frame is, and where an error passed through."""

from __future__ import annotations

import ast
import builtins
import traceback
import types
from pathlib import Path


def top_level_name(frame: types.FrameType) -> str:
    """Return the name of the function or class, at the top level of its file, that a frame is in.

    It is "ReplayLog" for one of its methods, and "buffer_stream" for a function inside of it.
    """
    return frame.f_code.co_qualname.partition(".")[0]


def lines_in(error: BaseException, path: str) -> list[int]:
    """Return the lines of a file in the traceback of an error, the outermost first."""
    return [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == path
    ]


def frames_of(error: BaseException, path: Path) -> tuple[list[tuple[int, str]], bool]:
    """The learner's frames, the innermost first, and whether the error was raised in the first.

    Answers that run in another process have sent them along.
    """
    sent = getattr(error, "contained_frames", None)
    if sent:
        return [(line, name) for _, line, name in sent][::-1], error.contained_own  # type: ignore[attr-defined]
    found = list(traceback.walk_tb(error.__traceback__))[::-1]
    own = [(n, top_level_name(f)) for f, n in found if f.f_code.co_filename == str(path)]
    return own, bool(own) and found[0][0].f_code.co_filename == str(path)


def innermost(error: BaseException, path: Path) -> types.FrameType | None:
    """Return the frame that has raised an error, if it is one of the learner's."""
    found = list(traceback.walk_tb(error.__traceback__))
    if not found or found[-1][0].f_code.co_filename != str(path):
        return None
    return found[-1][0]


def is_raised_in(error: BaseException, folders: tuple[str, ...]) -> bool:
    """Whether an error was raised by code in one of some folders."""
    found = list(traceback.walk_tb(error.__traceback__))
    return bool(found) and found[-1][0].f_code.co_filename.startswith(folders)


def raises_on_purpose(tree: ast.AST, line: int, error: BaseException) -> bool:
    """Whether a statement in `line` raises `error` on purpose, and does not itself fail with it.

    Args:
        tree: some code.
        line: where the error was raised.
        error: the error.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.lineno <= line <= (node.end_lineno or line):
            made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            named = ast.unparse(made) if made else ""
            kind = getattr(builtins, named, None)
            if isinstance(kind, type):
                return isinstance(error, kind)
            return not named[:1].isupper() and not isinstance(error, NameError)
    return False
