"""Reads the Markdown of a lesson: headings, code and its output, diagrams, links.

Three kinds of fenced blocks have a meaning:

* ` ```python ` is code that runs; all blocks of one file share one namespace, in order;
* ` ```text ` directly below it, with nothing but blank lines between, is what it prints;
* ` ```text diagram ` is a drawing.

Every other fenced block (` ```sh `, for example) is only shown. Code without a
` ```text ` block below it prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from course.catalog import CourseError

_FENCE = re.compile(r"^ {0,3}(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)$")
_HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<title>.*?)\s*#*$")
_INLINE_CODE = re.compile(r"(?P<marks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=marks)(?!`)")
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


class LessonTextError(CourseError):
    """A lesson's Markdown is not what the course expects. The text says where and why."""


@dataclass(frozen=True)
class Heading:
    """A heading. `line` counts from 1, here and below."""

    level: int
    title: str
    line: int

    @property
    def anchor(self) -> str:
        """The name that links use for it: "before-you-start" for "Before You Start"."""
        kept = re.sub(r"[^\w\- ]", "", self.title.lower())
        return kept.replace(" ", "-")


@dataclass(frozen=True)
class Prose:
    """Markdown to show as it is, diagrams included."""

    markdown: str
    line: int


@dataclass(frozen=True)
class Code:
    """Python that runs, and what it prints: "" when it prints nothing.

    `line` is the number of its first line of code.
    """

    source: str
    output: str
    line: int


@dataclass(frozen=True)
class Diagram:
    """A drawing. `line` is the number of its first row."""

    rows: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Link:
    """A link in the text."""

    text: str
    target: str
    line: int


@dataclass(frozen=True)
class _Fence:
    """A fenced block. `start` and `end` are the numbers of the lines with the fences."""

    language: str
    info: str
    body: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True)
class LessonText:
    """One Markdown file of a lesson."""

    path: Path
    lines: tuple[str, ...]

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """All headings, in order."""
        found = ((number, _HEADING.match(line)) for number, line in self._prose_lines())
        return tuple(
            Heading(len(match["marks"]), match["title"], number) for number, match in found if match
        )

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """All inline links, except those inside of code."""
        return tuple(
            Link(match["text"], match["target"], number)
            for number, line in self._prose_lines()
            for match in _LINK.finditer(_INLINE_CODE.sub("", line))
        )

    @cached_property
    def inline_code(self) -> tuple[tuple[int, str], ...]:
        """`(line, code)` of everything between single backticks."""
        return tuple(
            (number, match["code"].strip())
            for number, line in self._prose_lines()
            for match in _INLINE_CODE.finditer(line)
        )

    @cached_property
    def diagrams(self) -> tuple[Diagram, ...]:
        """All drawings, in order."""
        return tuple(
            Diagram(fence.body, fence.start + 1)
            for fence in self._fences
            if (fence.language, fence.info) == ("text", "diagram")
        )

    @cached_property
    def code(self) -> tuple[Code, ...]:
        """All code that runs, in order."""
        return tuple(part for part in self.parts if isinstance(part, Code))

    @cached_property
    def parts(self) -> tuple[Prose | Code, ...]:
        """The whole text, alternating prose and code, as a notebook needs it.

        Raises:
            LessonTextError: if a block of expected output has no code directly above it.
        """
        parts: list[Prose | Code] = []
        shown = 0  # lines before this number are in `parts` already
        fences = list(self._fences)
        for position, fence in enumerate(fences):
            if fence.language == "text" and not fence.info and fence.start > shown:
                raise LessonTextError(
                    f"{self.path}:{fence.start}: a text block is what the python block directly "
                    "above it prints; a drawing is marked 'text diagram'"
                )
            if fence.language != "python":
                continue
            parts += self._prose(shown + 1, fence.start - 1)
            shown = fence.end
            output = ""
            after = fences[position + 1] if position + 1 < len(fences) else None
            if after and (after.language, after.info) == ("text", "") and self._meet(fence, after):
                output = "".join(f"{row}\n" for row in after.body)
                shown = after.end
            parts.append(Code("\n".join(fence.body), output, fence.start + 1))
        parts += self._prose(shown + 1, len(self.lines))
        return tuple(parts)

    def section(self, heading: Heading) -> range:
        """Return the lines from `heading` up to the next heading of its level or above."""
        later = (h.line for h in self.headings if h.line > heading.line)
        ends = (line for line in later if self._level(line) <= heading.level)
        return range(heading.line, next(ends, len(self.lines) + 1))

    def _level(self, line: int) -> int:
        return next(h.level for h in self.headings if h.line == line)

    def _meet(self, above: _Fence, below: _Fence) -> bool:
        return not any(self.lines[above.end : below.start - 1])

    def _prose(self, first: int, last: int) -> Iterator[Prose]:
        markdown = "\n".join(self.lines[first - 1 : last]).strip("\n")
        if markdown.strip():
            yield Prose(markdown, first)

    def _prose_lines(self) -> Iterator[tuple[int, str]]:
        """The numbers and texts of the lines outside of fenced blocks."""
        fenced = {line for f in self._fences for line in range(f.start, f.end + 1)}
        for number, line in enumerate(self.lines, start=1):
            if number not in fenced:
                yield number, line

    @cached_property
    def _fences(self) -> tuple[_Fence, ...]:
        return tuple(_fences(self.path, self.lines))


def _fences(path: Path, lines: tuple[str, ...]) -> Iterator[_Fence]:
    start = 0
    marks = info = ""
    for number, line in enumerate(lines, start=1):
        match = _FENCE.match(line)
        if not start and match:
            start, marks, info = number, match["marks"], match["info"].strip()
        elif start and match and match["marks"].startswith(marks) and not match["info"].strip():
            language, _, rest = info.partition(" ")
            yield _Fence(language, rest.strip(), lines[start : number - 1], start, number)
            start = 0
    if start:
        raise LessonTextError(f"{path}:{start}: this fenced block never ends")


def parse(markdown: str, path: Path) -> LessonText:
    """Parse the text of a lesson. `path` is where it came from, for messages and links."""
    return LessonText(path, tuple(markdown.splitlines()))


def read(path: Path) -> LessonText:
    """Read a lesson's Markdown file."""
    return parse(path.read_text(encoding="utf-8"), path)
