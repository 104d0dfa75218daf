"""The texts of lessons as HTML: code in color, anchors at headings, links that work in the site."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course import catalog
from course.catalog import Lesson
from course.lesson.lesson_text import Heading

TEXTS = {"CONNECTIONS.md": "Before", "CONCEPTS.md": "While coding", "CONCLUSIONS.md": "After"}
"""The texts of a lesson, and when they are read."""


@dataclass(frozen=True)
class Page:
    """A text.

    Attributes:
        name: what its file is called: "CONCEPTS".
        when: when it is read.
        body: its HTML.
    """

    name: str
    when: str
    body: str


def texts_of(lesson: Lesson) -> list[Page]:
    """Return the texts of a lesson."""
    return [
        Page(path.stem, TEXTS[path.name], body(path.read_text("utf-8"), path))
        for path in lesson.texts
    ]


def body(markdown: str, path: Path, before: str | None = None) -> str:
    """Return a text as HTML.

    Args:
        markdown: the text.
        path: its file. Links start there.
        before: what the anchors of headings begin with; by default, the name of the file.
    """
    parser: Any = MarkdownIt("commonmark", {"highlight": _code}).enable("table")
    tokens = parser.parse(markdown)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            title = tokens[number + 1].content
            line = token.map[0] + 1
            heading = Heading(1, title, line).anchor
            token.attrSet("id", anchor(path.name, heading) if before is None else before + heading)
            token.attrSet("data-line", str(line))
            token.attrSet("tabindex", "-1")
    for link in _links(tokens):
        target = link_to(str(link.attrs["href"]), path)
        if target is None:
            link.attrs = {"title": f"In the repository: {link.attrs['href']}"}
        else:
            link.attrSet("href", target)
    return str(parser.renderer.render(tokens, parser.options, {}))


def anchor(file: str, heading: str) -> str:
    """Return the ID of a heading: three texts share a page."""
    return f"{Path(file).stem.lower()}-{heading}"


def link_to(target: str, path: Path) -> str | None:
    """Return where a link of a text leads in the site, or None if that is not in it.

    Pages of lessons are at `lessons/09_streaming/`, and those of notebooks at
    `notebooks/09_streaming/`. Links are relative: the site works in any folder.
    """
    if "://" in target:
        return target
    place, _, heading = target.partition("#")
    if not place:
        return f"#{anchor(path.name, heading)}"
    found = posixpath.normpath(
        posixpath.join(path.parent.relative_to(catalog.ROOT).as_posix(), place)
    )
    match found.split("/"):
        case ["lessons", slug, name] if name in TEXTS:
            to = anchor(name, heading) if heading else Path(name).stem.lower()
        case ["exercises", name]:
            slug, to = Path(name).stem, "exercise"
        case ["notebooks", name] if name.endswith(".ipynb"):
            return f"../../notebooks/{Path(name).stem}/"
        case _:
            return None
    return f"#{to}" if slug == path.parent.name else f"../../lessons/{slug}/#{to}"


def chapters(body: str) -> Iterator[tuple[str, str]]:
    """Yield the anchor and the title of each heading of the highest level, as HTML."""
    yield from re.findall(r'<h1 id="([^"]+)"[^>]*>(.*?)</h1>', body)


def code(source: str, language: str) -> str:
    """Return code as HTML, in color if it is Python."""
    if language == "python":
        shown = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    else:
        shown = html.escape(source)
    return f'<pre class="code {html.escape(language)}" tabindex="0"><code>{shown}</code></pre>\n'


def _code(source: str, language: str, _: str) -> str:
    return code(source, language)


def _links(tokens: Iterable[Any]) -> Iterable[Any]:
    for token in tokens:
        if token.type == "link_open":
            yield token
        if token.children:
            yield from _links(token.children)
