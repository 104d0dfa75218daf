"""How answers are imported for grading: alone, and in the same way in each kind of grading.

One file is graded. It is imported in a folder that contains nothing else, and it can find neither
the course nor the files next to it. Time is virtual during the import, so test code at the bottom
that sleeps costs nothing. A debugger has nobody to talk to, and says so.

The contained process imports this, too, so it imports little itself.
"""

from __future__ import annotations

import bdb
import builtins
import contextlib
import functools
import importlib
import linecache
import os
import pdb
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NoReturn

from course.fakes import clock as virtual

MODULE = "answers"
"""The module name of answers."""

FILE = "answers.py"
"""The name of the file in the folder in which it is imported."""

OURS = Path(__file__).resolve().parents[2]
"""Where the course is, and the files that are not graded."""


class DebuggerLeftIn(BaseException):  # not an Exception: answers may catch those
    """A debugger was called where nobody can answer it. The text says which call it was."""


def run(code: CodeType, module: ModuleType, source: str) -> None:
    """Import answers in the folder of `alone`.

    Args:
        code: the code of the file.
        module: what to import them as.
        source: their text, for `inspect.getsource` and tracebacks.

    Raises:
        BaseException: whatever they raise.
    """
    hide_the_course()
    module.__file__ = str(Path(FILE).absolute())
    name = code.co_filename
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    with virtual.virtual_time_throughout(virtual.PassingClock()):
        exec(code, module.__dict__)


@contextlib.contextmanager
def alone(folder: Path, source: str) -> Iterator[None]:
    """Make the process work in a folder that contains nothing but the answers.

    Args:
        folder: that folder, empty.
        source: the answers.
    """
    before, path, words = Path.cwd(), sys.path[:], sys.argv[:]
    folder = folder.resolve()
    with contextlib.suppress(OSError):  # they miss it only if they look for it
        (folder / FILE).write_text(source, encoding="utf-8", newline="\n")
    os.chdir(folder)
    sys.path[:] = _path_of_others()
    sys.argv[:] = [FILE]
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:], sys.argv[:] = path, words


def import_once(names: Iterable[str]) -> None:
    """Import modules before children are forked; answers that need one that is missing say so."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def hide_the_course() -> None:
    """Keep the import statements in answers from finding the course, or the files next to it.

    This cannot be undone. Other modules do not notice.
    """
    real = builtins.__import__
    if hasattr(real, "_streamlings"):
        return

    @functools.wraps(real)
    def find(
        name: str, names: Mapping[str, Any] | None = None, *more: Any, **options: Any
    ) -> ModuleType:
        if names is not None and names.get("__name__") == MODULE and not _is_there(name):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, names, *more, **options)

    find._streamlings = True  # type: ignore[attr-defined]
    builtins.__import__ = find  # type: ignore[assignment]


def _is_there(name: str) -> bool:
    """Whether answers can import the module `name`. "" is the package of a relative import."""
    top = name.partition(".")[0]
    known = top in sys.stdlib_module_names or top in ("", MODULE)
    return known or PathFinder.find_spec(top, _path_of_others()) is not None


def _path_of_others() -> list[str]:
    """Where to look for modules that are neither in the course nor next to it."""
    return [entry for entry in sys.path if entry and not _is_ours(Path(entry))]


@functools.cache
def _is_ours(folder: Path) -> bool:
    folder, installed = folder.resolve(), Path(sys.prefix).resolve()
    is_installed = installed.is_relative_to(OURS) and folder.is_relative_to(installed)
    return folder.is_relative_to(OURS) and not is_installed


def refuse_debuggers() -> None:
    """Make each call of a debugger raise `DebuggerLeftIn`. This cannot be undone."""
    sys.breakpointhook = functools.partial(_refuse, "breakpoint()")
    pdb.set_trace = functools.partial(_refuse, "set_trace()")
    bdb.Bdb.set_trace = _refuse_method  # type: ignore[method-assign]


def _refuse(called: str, *args: object, **options: object) -> NoReturn:
    raise DebuggerLeftIn(called)


def _refuse_method(self: object, *args: object, **options: object) -> NoReturn:
    raise DebuggerLeftIn("set_trace()")
