"""A file of answers: read once, and in the same way for every kind of grading."""

from __future__ import annotations

import ast
import codecs
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from course.catalog import STUB_YIELD, Function, Signature, declared_in
from course.grade import conflict_markers
from course.grade.said import bounded
from course.wording import command

MOST_BYTES = 100_000
"""The most bytes in a file of answers. Just parsing more would take ages."""

SAVE_AS_UTF8 = "Save it with the encoding UTF-8 in your editor."

OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",  # before UTF-16, because it starts with that mark
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte order marks of encodings in which Python does not read source."""

NAMED_ENCODING = re.compile(
    rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+?)(?:-(?:unix|dos|mac))?(?![-\w.])"
)
"""How one of the first two lines names the encoding (PEP 263), perhaps with a type of line end."""

NO_CODE = re.compile(rb"[ \t\f]*(#|$)")

QUOTES = '"""'
"""What docstrings begin and end with."""

BEGINS_CODE = re.compile(r"(async def|def|class) |@")
"""How a line begins that is code at the top level, and no part of a docstring."""

MAKES_ANOTHER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

ASCII = bytes(range(32, 127)) + b"\n\\u0041.xn--4ca"
"""Bytes that every encoding for source must leave unchanged. Encodings that change them take ages,
or decode differently on different machines."""

ONLY_ON_WINDOWS = ("mbcs", "oem")
"""The meaning of these encodings depends on the machine."""


class CannotLoad(Exception):
    """The file of answers cannot be run.

    Attributes:
        problem: what is wrong, in one sentence.
        why: what to do about it, or "".
        line: the line in the file, or None.
        column: the column in that line, counted from 1, or None.
        suspicious: why somebody should look at it, or "".
        text: what that line says, or "".
    """

    def __init__(
        self,
        problem: str,
        why: str = "",
        line: int | None = None,
        column: int | None = None,
        suspicious: str = "",
        text: str = "",
    ) -> None:
        super().__init__(problem)
        self.problem = bounded(problem)
        self.why = bounded(why)
        self.line = line
        self.column = column
        self.suspicious = bounded(suspicious)
        self.text = bounded(text)


@dataclass(frozen=True)
class AnswerFile:
    """What a file of answers says, independent of its encoding and its line ends.

    Attributes:
        source: its text. Lines end with a line feed; there is no byte order mark.
        shown_as: what it is called in messages and tracebacks.
    """

    source: str
    shown_as: Path

    @classmethod
    def read(cls, path: Path) -> AnswerFile:
        """Return the file at `path`.

        Raises:
            CannotLoad: if it cannot be read, is too large, or is not text.
        """
        try:
            with path.open("rb") as stream:
                return cls.of(stream.read(MOST_BYTES + 1), path)
        except OSError as error:
            raise CannotLoad(f"it cannot be read: {error.strerror or error}.") from error

    @classmethod
    def of(cls, content: bytes, shown_as: Path) -> AnswerFile:
        """Return the file that holds `content`.

        Raises:
            CannotLoad: if it is too large, or is not text.
        """
        if len(content) > MOST_BYTES:
            why = "The longest right answers are a tenth of that."
            raise CannotLoad(f"it has more than {MOST_BYTES:,} bytes.", why)
        return cls.of_text(_decoded(content), shown_as)

    @classmethod
    def of_text(cls, text: str, shown_as: Path) -> AnswerFile:
        """Return the file that says `text`.

        Raises:
            CannotLoad: if it contains something that is not text.
        """
        source = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        file = cls(source, shown_as)
        before, null, _ = source.partition("\0")
        if null:
            line = before.count("\n") + 1
            raise CannotLoad("it contains a null byte.", SAVE_AS_UTF8, line, text=file.line(line))
        return file

    def compile(self, whole: bool = True) -> Any:
        """Compile it.

        Args:
            whole: whether to compile it completely. If not, it is only parsed: a few nested
                `finally` blocks are enough to keep a compiler busy for hours.

        Returns:
            The code, or the syntax tree.

        Raises:
            CannotLoad: if it does not parse.
        """
        flags = 0 if whole else ast.PyCF_ONLY_AST
        try:
            with warnings.catch_warnings():  # they may be errors here, but not elsewhere
                warnings.simplefilter("ignore")
                return compile(
                    self.source, str(self.shown_as), "exec", flags, dont_inherit=True, optimize=0
                )
        except SyntaxError as error:
            raise self._not_parsed(error) from error
        except (ValueError, RecursionError, MemoryError) as error:
            reason = str(error) or "it is nested too deeply"
            raise CannotLoad(f"it does not parse: {reason}.") from error

    def _not_parsed(self, error: SyntaxError) -> CannotLoad:
        if marker := conflict_markers.first_line(self.source):
            return CannotLoad(
                "it has conflict markers of git.",
                "git could not put two versions together there. Run "
                f"{command('update')}: it keeps yours.",
                marker,
                text=self.line(marker),
            )
        if begun := self._text_without_end():
            return CannotLoad(
                f"it has a text that never ends: it begins with {QUOTES} here.",
                f"Close it with {QUOTES} where its words end.",
                begun,
                text=self.line(begun),
            )
        advice = _advice(f"{error.msg}: {self.line(error.lineno).strip()}")
        return CannotLoad(
            f"{type(error).__name__}: {error.msg}.",
            " ".join([*advice, "Nothing can be graded until the file parses."]),
            error.lineno,
            error.offset,
            text=self.line(error.lineno),
        )

    def line(self, number: int | None) -> str:
        """Return the text of a line; "" if there is no line with that number."""
        return self._lines[number - 1] if number and 0 < number <= len(self._lines) else ""

    def line_of(self, name: str) -> int | None:
        """Return the line that defines the function or class `name`."""
        found = self._declared.get(name)
        return found.line if found else None

    def line_that_hands_out(self, name: str) -> int | None:
        """Return the line of the only `return` with a value or `yield` of the function `name`.

        None if it has several, if it is a class, or if it makes other functions: what comes back
        may be theirs.
        """
        tree = self.tree_of(name)
        if not isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        inside = [node for node in ast.walk(tree) if node is not tree]
        if any(isinstance(node, MAKES_ANOTHER) for node in inside):
            return None
        yields = [node for node in inside if isinstance(node, ast.Yield | ast.YieldFrom)]
        returns = [node for node in inside if isinstance(node, ast.Return) and node.value]
        found = yields or returns
        return found[0].lineno if len(found) == 1 else None

    def line_left_from_stub(self, name: str) -> int | None:
        """Return the line of the stub's own `yield` if it is still in the task `name`."""
        found = self._declared.get(name)
        if found:
            for number in range(found.line, found.end_line + 1):
                if self.line(number).strip() == STUB_YIELD:
                    return number
        return None

    def line_above_code(self, name: str) -> int | None:
        """Return the line of the stub's own `raise` if the task `name` has code below it."""
        for function in ast.walk(self.tree_of(name)):
            if not isinstance(function, Function):
                continue
            for number, one in enumerate(function.body):
                below = [self.line(other.lineno).strip() for other in function.body[number + 1 :]]
                if _is_not_implemented(one) and {*below} - {STUB_YIELD}:
                    return one.lineno
        return None

    def tree_of(self, name: str) -> ast.AST:
        """Return the syntax tree of a function or class; an empty one if it is not there."""
        found = (one for one in self._tree.body if getattr(one, "name", "") == name)
        return next(found, ast.Module([], []))

    @cached_property
    def _tree(self) -> ast.Module:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])

    def _text_without_end(self) -> int | None:
        """Return the line in which a text in three quotes begins that has no end, if one is seen.

        Python itself only says where it gave up, which may be far below.
        """
        if self.source.count(QUOTES) % 2 == 0:
            return None
        begun = None
        for number, line in enumerate(self._lines, start=1):
            if begun and BEGINS_CODE.match(line):
                return begun
            if line.count(QUOTES) % 2:
                begun = None if begun else number
        return begun

    @cached_property
    def _lines(self) -> list[str]:
        return self.source.split("\n")

    @cached_property
    def _declared(self) -> dict[str, Signature]:
        return declared_in(self._tree)


SYNTAX: tuple[tuple[str, str], ...] = (
    (r": (else if|elseif|elsif)\b", "In Python, that is one word: elif."),
    (
        r"^'(await|async for|async with)' outside",
        "A plain function cannot wait like this. Call what does its work at once, such as invoke "
        "for ainvoke, and read an ordinary stream with for.",
    ),
    (
        r"^'return' with value in async generator",
        "A function with yield hands out all it has with yield. An error is raised: raise "
        "Name(...).",
    ),
    (r": .*&&", "In Python, && is written `and`."),
    (r": .*\|\|", "In Python, || is written `or`."),
    (r": .*\w\+\+", "In Python, x++ is written x += 1."),
    (r": (if|while|elif)\b.*!\w", "In Python, ! is written `not`."),
)
"""Patterns of errors of syntax and their lines -> how it is written in Python."""


def _advice(said: str) -> list[str]:
    return [advice for pattern, advice in SYNTAX if re.search(pattern, said)][:1]


def _is_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return False
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def read(answers: Path | AnswerFile) -> AnswerFile:
    """Return a file of answers, and read it if that has not been done yet.

    Raises:
        CannotLoad: if it cannot be read, is too large, or is not text.
    """
    return answers if isinstance(answers, AnswerFile) else AnswerFile.read(answers)


def _decoded(content: bytes) -> str:
    """Return the text of a file, in the encoding that its mark or its first lines name.

    Raises:
        CannotLoad: if it is not text.
    """
    for mark, name in OTHER_MARKS.items():
        if content.startswith(mark):
            raise CannotLoad(f"it is {name} text, not UTF-8.", SAVE_AS_UTF8)
    text = content.removeprefix(codecs.BOM_UTF8)
    lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    named, line = ("utf-8", 1) if text != content else _named_encoding(lines)
    if not _is_for_source(named):
        why = f"{SAVE_AS_UTF8} Then remove the name from this line."
        raise CannotLoad(
            f"it names the encoding {named!r}, which is not for source code.", why, line
        )
    try:
        return lines.decode(named)
    except UnicodeDecodeError as error:
        line = lines.count(b"\n", 0, error.start) + 1
        shown = lines.split(b"\n")[line - 1].decode(errors="replace")
        what = "UTF-8" if codecs.lookup(named).name == "utf-8" else repr(named)
        raise CannotLoad(f"it is not {what} text.", SAVE_AS_UTF8, line, text=shown) from error


def _named_encoding(content: bytes) -> tuple[str, int]:
    """Return the encoding that the first two lines name, and the line that names it."""
    for number, line in enumerate(content.split(b"\n", 2)[:2], start=1):
        if found := NAMED_ENCODING.match(line):
            return found[1].decode("ascii"), number
        if not NO_CODE.match(line):
            break
    return "utf-8", 1


def _is_for_source(encoding: str) -> bool:
    """Whether source can be in an encoding, on any machine."""
    try:
        if codecs.lookup(encoding).name in ONLY_ON_WINDOWS:
            return False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ASCII.decode(encoding) == ASCII.decode("ascii")
    except (LookupError, ValueError):
        return False
