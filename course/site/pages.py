"""The texts of lessons as HTML: code in color, anchors at headings, links that work in the site."""

from __future__ import annotations

import html
import posixpath
from collections.abc import Iterable
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


def body(markdown: str, path: Path) -> str:
    """Return a text as HTML.

    Args:
        markdown: the text.
        path: its file. Headings get anchors that begin with its name, and links start there.
    """
    parser: Any = MarkdownIt("commonmark", {"highlight": _code}).enable("table")
    tokens = parser.parse(markdown)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            title = tokens[number + 1].content
            line = token.map[0] + 1
            token.attrSet("id", anchor(path.name, Heading(1, title, line).anchor))
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

    Pages of lessons are at `lessons/09_streaming/`, and links are relative: the site works in any
    folder.
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
            return f"#{to}" if slug == path.parent.name else f"../{slug}/#{to}"
        case ["exercises", name]:
            slug = Path(name).stem
            return "#exercise" if slug == path.parent.name else f"../{slug}/#exercise"
        case _:
            return None


def style_of_code() -> str:
    """Return the rules for code in color, light and dark."""
    light = HtmlFormatter(style="default").get_style_defs(".code")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".code")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def _code(source: str, language: str, _: str) -> str:
    if language == "python":
        shown = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    else:
        shown = html.escape(source)
    return f'<pre class="code {html.escape(language)}" tabindex="0"><code>{shown}</code></pre>\n'


def _links(tokens: Iterable[Any]) -> Iterable[Any]:
    for token in tokens:
        if token.type == "link_open":
            yield token
        if token.children:
            yield from _links(token.children)
