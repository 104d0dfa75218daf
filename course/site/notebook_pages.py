"""The notebooks as pages: texts, code, and what it prints and draws, in the look of the site.

Notebooks are stored without outputs, so these come from a run, which is kept until something that
it depends on changes. nbconvert is not used: its pages have a look of their own, and load scripts
from another host.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import html
import json
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from course import catalog
from course.catalog import ROOT, CourseError, Lesson
from course.files import write_atomically
from course.site import pages
from course.site.assets import hash_of

Notebook = Mapping[str, Any]
"""A notebook as its file has it."""

RUNS_WITH = (
    "course/author/golden.py",
    "course/fakes/**/*.py",
    "course/grade/**/*.py",
    "course/lesson/**/*.py",
    "course/notebook.py",
    "course/plots.py",
    "constraints.txt",
)
"""What the outputs of every notebook depend on."""


@dataclass(frozen=True)
class Section:
    """Cells below a heading that are folded up at first, or cells that are not.

    Attributes:
        title: the heading; "" if they are not folded up.
        body: HTML.
    """

    title: str
    body: list[str] = field(default_factory=list)


# Running


def run(lessons: Iterable[Lesson], cache: Path, say: Callable[[str], None]) -> None:
    """Run the notebooks whose outputs are not kept yet. It takes up to a minute for each.

    Args:
        lessons: whose.
        cache: where outputs are kept.
        say: is told what has run.

    Raises:
        CourseError: if a cell fails.
    """
    missing = [lesson for lesson in lessons if not _kept(lesson, cache).is_file()]
    asyncio.run(_run(missing, cache, say))


async def _run(lessons: Iterable[Lesson], cache: Path, say: Callable[[str], None]) -> None:
    # Half of the cores: demos measure time, and what they draw is to look as it does elsewhere.
    free = asyncio.Semaphore(max(1, (os.cpu_count() or 1) // 2))

    async def run_one(lesson: Lesson) -> None:
        async with free:
            done = await outputs_of(stored(lesson), lesson)
            path = _kept(lesson, cache)
            path.parent.mkdir(parents=True, exist_ok=True)
            for old in path.parent.glob(f"{lesson.slug}-*"):
                old.unlink()
            write_atomically(path, json.dumps(done))
            say(f"The notebook of lesson {lesson.number} has run.")

    await asyncio.gather(*map(run_one, lessons))


async def outputs_of(notebook: Notebook, lesson: Lesson) -> Notebook:
    """Run a notebook from top to bottom, and return it with its outputs.

    Raises:
        CourseError: if a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    document: Any = nbformat.from_dict(json.loads(json.dumps(notebook)))  # type: ignore[no-untyped-call]
    for cell in document.cells:
        cell.source = "".join(cell.source)
    with tempfile.TemporaryDirectory() as profile:
        client = NotebookClient(
            document,
            timeout=None,
            kernel_name="python3",
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(lesson.notebook.parent)}},
        )
        named = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        try:
            await client.async_execute(env={**named, "IPYTHONDIR": profile})
        except CellExecutionError as error:
            said = f"{error.ename}: {error.evalue}"
            raise CourseError(
                f"The notebook of lesson {lesson.number} does not run: {said}"
            ) from error
    found: Notebook = document
    return found


def _kept(lesson: Lesson, cache: Path) -> Path:
    """The file with the outputs of a notebook. Its name changes with what they depend on."""
    own = (lesson.folder / "lesson.toml", lesson.solution, lesson.tests, lesson.mistakes)
    found = _hash_of_shared()[:8] + hash_of([*own, lesson.notebook])[:8]
    return cache / "notebooks" / f"{lesson.slug}-{found}.json"


@functools.cache  # each lesson asks for it, several times
def _hash_of_shared() -> str:
    return hash_of(sorted(path for pattern in RUNS_WITH for path in ROOT.glob(pattern)))


def stored(lesson: Lesson) -> Notebook:
    """Return the notebook of a lesson, without outputs."""
    found: Notebook = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    return found


def with_outputs(lesson: Lesson, cache: Path) -> Notebook | None:
    """Return the notebook of a lesson as it has run, or None if no run is kept."""
    try:
        found: Notebook = json.loads(_kept(lesson, cache).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def fingerprint(cache: Path) -> str:
    """Return a hash of the notebooks, and of the outputs that are kept of them."""
    files = [path for one in catalog.lessons() for path in (one.notebook, _kept(one, cache))]
    return hash_of(path for path in files if path.is_file())


# As a page


def sections(notebook: Notebook, path: Path) -> list[Section]:
    """Return a notebook as HTML.

    Args:
        notebook: with or without outputs.
        path: its file. Links start there.
    """
    found = [Section("")]
    title = ""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            found[-1].body.append(pages.code(source, "python"))
            found[-1].body.extend(_output(one, title, path) for one in cell["outputs"])
            continue
        heading = next((line for line in source.splitlines() if line.startswith("#")), "")
        if heading:
            title = heading.lstrip("# ").replace("`", "")
        if cell["metadata"].get("jp-MarkdownHeadingCollapsed"):
            found.append(Section(title))
            source = source.replace(heading, "", 1)
        elif heading.startswith("# ") and found[-1].title:
            found.append(Section(""))
        found[-1].body.append(pages.body(source, path, f"{cell['id']}-"))
    return found


def contents(lesson: Lesson, found: Iterable[Section]) -> Iterator[tuple[str, str]]:
    """Yield the anchors and the titles of the chapters of a notebook, as HTML."""
    every = html.escape(f"Lesson {lesson.number}: {lesson.title}", quote=False)
    for section in found:
        for part in section.body:
            for to, title in pages.chapters(part):
                yield to, title.removeprefix(every).removeprefix(". ") or "Overview"


def _output(output: Mapping[str, Any], title: str, path: Path) -> str:
    if output["output_type"] == "stream":
        return _printed("".join(output["text"]))
    data = {kind: "".join(value) for kind, value in output.get("data", {}).items()}
    if "image/png" in data:
        return _plot(data["image/png"].strip(), title)
    if "text/markdown" in data:
        return pages.body(data["text/markdown"], path, "")
    if "text/html" in data:  # code in color: it brings a look of its own, and its text besides
        return pages.code(data["text/plain"], "python")
    return _printed(data.get("text/plain", ""))


def _printed(text: str) -> str:
    """What was printed, with the colors of a terminal."""
    console = Console(width=1000, color_system="truecolor", force_terminal=True)
    lines = []
    for line in text.rstrip("\n").split("\n"):
        parts = Text.from_ansi(line).render(console)
        lines.append(
            "".join(
                f'<span class="{html.escape(str(part.style))}">{html.escape(part.text)}</span>'
                if part.style
                else html.escape(part.text)
                for part in parts
                if part.text != "\n"
            )
        )
    shown = "\n".join(lines)
    return f'<pre class="output" tabindex="0">{shown}</pre>\n'


def _plot(png: str, title: str) -> str:
    width, height = struct.unpack(">II", base64.b64decode(png[:64])[16:24])
    return (
        f'<img class="plot" src="data:image/png;base64,{png}" width="{width}" height="{height}" '
        f'alt="Plot: {html.escape(title)}">\n'
    )
