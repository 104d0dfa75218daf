"""A Python prompt in which `await` can be written, and a pasted block is run as a whole."""

from __future__ import annotations

import ast
import asyncio
import code
import contextlib
import inspect
import os
import sys
import textwrap
import traceback
import types
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from course import backups
from course.learn.show import Playing

HISTORY = "play_history"
"""The file with the lines that were typed, among the learner's own."""

MOST_LINES = 1_000
"""How many of them are kept."""

NOT_THEIRS = (str(Path(__file__).parents[1]), str(Path(asyncio.__file__).parent))
"""Folders whose lines say nothing about the learner's code, and are left out of tracebacks."""


class Prompt(code.InteractiveConsole):
    """The prompt.

    Args:
        names: what can be used there.
        run: runs a coroutine to its end.
        before: called before anything that was typed is run.
    """

    def __init__(
        self,
        names: dict[str, Any],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
        before: Callable[[], None],
    ) -> None:
        super().__init__(names)
        self._names = names
        self._run = run
        self._before = before
        self._to_play: list[Playing] = []
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def push(self, line: str, *args: Any, **options: Any) -> bool:
        """Take what was typed, or a block that was pasted; return whether more is to come."""
        if "\n" in line.rstrip("\n") and not self.buffer:
            self.run_block(line)
            return False
        return super().push(line, *args, **options)

    def run_block(self, source: str) -> None:
        """Run several lines at once, and show the value of the last one."""
        try:
            tree = ast.parse(textwrap.dedent(source), self.filename)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            parts: list[Any] = [self._compiled(tree, "exec")]
            if last:
                parts.append(self._compiled(ast.Interactive([last]), "single"))
        except (SyntaxError, ValueError, OverflowError):
            self.showsyntaxerror(self.filename)
            return
        for part in parts:
            if not self.runs(part):
                return

    def runcode(self, code: types.CodeType) -> None:
        """Run what was typed, and say what went wrong."""
        self.runs(code)

    def runs(self, code: types.CodeType) -> bool:
        """Run something, and return whether it came to its end."""
        self._before()
        try:
            with self._showing():
                made = types.FunctionType(code, self._names)()
                if code.co_flags & inspect.CO_COROUTINE:
                    self._run(made)
                while self._to_play:
                    self._run(_awaited(self._to_play.pop(0)))
        except SystemExit:
            raise
        except KeyboardInterrupt:
            self.write("\nKeyboardInterrupt\n")
            return False
        except BaseException as error:
            self._tell(error)
            return False
        finally:
            self._to_play.clear()
        return True

    def _compiled(self, tree: ast.AST, mode: str) -> types.CodeType:
        flags = self.compile.compiler.flags
        compiled: types.CodeType = compile(tree, self.filename, mode, flags, dont_inherit=True)  # type: ignore[call-overload]
        return compiled

    @contextlib.contextmanager
    def _showing(self) -> Iterator[None]:
        before, sys.displayhook = sys.displayhook, self._display
        try:
            yield
        finally:
            sys.displayhook = before

    def _display(self, value: object) -> None:
        """Show a value, or play it, or say how to."""
        if isinstance(value, Playing):
            self._to_play.append(value)
            return
        sys.__displayhook__(value)
        if inspect.isgenerator(value) or inspect.isasyncgen(value) or inspect.iscoroutine(value):
            print("To play it: show(_)")

    def _tell(self, error: BaseException) -> None:
        """Print a traceback without the lines of the prompt itself."""
        told = traceback.TracebackException.from_exception(error)
        seen: traceback.TracebackException | None = told
        while seen:
            seen.stack = self._own(seen.stack)
            seen = seen.__cause__ or seen.__context__
        self.write("".join(told.format()))

    def _own(self, stack: traceback.StackSummary) -> traceback.StackSummary:
        first = next((at for at, one in enumerate(stack) if one.filename == self.filename), 0)
        frames = [one for one in stack[first:] if not one.filename.startswith(NOT_THEIRS)]
        return traceback.StackSummary.from_list(frames)


async def _awaited(playing: Playing) -> None:
    await playing


@contextlib.contextmanager
def line_editing(names: dict[str, Any]) -> Iterator[None]:
    """Let the arrow keys and Tab work, and keep what was typed for next time.

    Does nothing where Python has no readline.
    """
    try:
        import readline
    except ImportError:
        yield
        return
    import rlcompleter

    readline.set_completer(rlcompleter.Completer(names).complete)
    if "libedit" in (readline.__doc__ or ""):
        readline.parse_and_bind("bind ^I rl_complete")
    else:
        readline.parse_and_bind("tab: complete")
        readline.parse_and_bind("set enable-bracketed-paste on")
    history = backups.folder() / HISTORY
    readline.clear_history()
    with contextlib.suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(MOST_LINES)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            history.parent.mkdir(parents=True, exist_ok=True)
            part = history.with_name(f".{HISTORY}-{os.getpid()}")
            readline.write_history_file(part)
            part.replace(history)
