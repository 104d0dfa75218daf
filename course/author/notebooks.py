"""Notebooks for instructors, made from the lessons."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

from course import catalog
from course.author.freshness import Made
from course.author.notebook_cells import cells
from course.backups import back_up
from course.catalog import CourseError, Lesson
from course.environment import keep_private
from course.files import write_atomically
from course.wording import place

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}

MADE_OF = "streamlings"
"""The key in a notebook's metadata for the digest of its cells as they were made."""

COPIES = "my-notebooks"
"""The folder next to `notebooks`, which git ignores. At the same depth, so that links work."""

AS_ROOT = (
    "Jupyter runs as root here. Its cells may do anything on this machine or in this container, "
    "and so may anyone who gets its address with the token."
)

OPTIONS = (
    f"--ServerApp.root_dir={catalog.ROOT}",  # so that links to other files of the course work
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",  # would go online
)


def run(check: bool) -> int:
    """Write the notebook of every lesson; with `check`, only say which ones are stale.

    A notebook that was run and saved contains its outputs, so it is stale, too. One that someone
    has typed into is backed up before it is replaced.

    Returns:
        The exit status: 0, or 1 if something is stale.

    Raises:
        CourseError: if a notebook cannot be backed up; then it is left as it is.
    """
    made = Made("make notebooks", check)
    for lesson in catalog.lessons():
        put(lesson, made)
    return made.tell()


def put(lesson: Lesson, made: Made) -> None:
    """Write the notebook of one lesson, or look whether it is fresh."""
    path, newest = lesson.notebook, notebook(lesson)
    if not made.check:
        _keep_what_was_typed(path)
    if made.put(path, newest):
        print(f"{place(path)} is written.", flush=True)


def _keep_what_was_typed(path: Path) -> None:
    """Back up a notebook that someone has typed into: it is about to be replaced."""
    if path.exists() and not is_as_made(path.read_bytes()):
        print(f"The edited {place(path)} is kept in {place(back_up(path))}")


def notebook(lesson: Lesson) -> str:
    """Return the notebook of a lesson as the text of its file, the same bytes each time.

    Raises:
        IncompleteLesson: if the lesson lacks what its notebook is made from.
    """
    made = nbformat.v4.new_notebook(metadata=METADATA)  # type: ignore[no-untyped-call]
    for cell in cells(lesson):
        new = getattr(nbformat.v4, f"new_{cell.kind}_cell")
        made.cells.append(new(cell.source, id=cell.name, metadata=cell.metadata))
    made.metadata[MADE_OF] = _typed(made.cells)
    nbformat.validate(made)
    text: str = nbformat.writes(made)  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def is_as_made(content: bytes) -> bool:
    """Whether nobody has typed into a notebook since it was made. It may have been run and saved.

    Args:
        content: of its file.
    """
    made, typed = _cells(content)
    return made == typed


def _cells(content: bytes) -> tuple[str, str]:
    """Return digests of the cells of a notebook as they were made, and as they are."""
    try:
        stored = json.loads(content)
        return str(stored["metadata"][MADE_OF]), _typed(stored["cells"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return "", "not a notebook of the course"


def _typed(cells: Iterable[Mapping[str, Any]]) -> str:
    """Return a digest of everything that can be typed. Jupyter adds empty cells by itself."""
    kept = [(one["cell_type"], "".join(one["source"]), one.get("attachments")) for one in cells]
    text = json.dumps([one for one in kept if one[1].strip() or one[2]])
    return hashlib.sha256(text.encode()).hexdigest()


def open_in_jupyter(lesson: Lesson, arguments: Sequence[str] = ()) -> int:
    """Open a copy of a lesson's notebook in JupyterLab, and return when it ends.

    Args:
        lesson: the lesson.
        arguments: what to pass on to JupyterLab.

    Returns:
        The exit status of Jupyter.

    Raises:
        CourseError: if JupyterLab is not installed, or the copy cannot be written.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError(
            f"JupyterLab is not installed here. `make notebook-{lesson.number}` installs it; "
            f"or open {place(lesson.notebook)} in an editor that shows "
            "notebooks."
        )
    copy = working_copy(lesson)
    print(f"This is your own copy, which git ignores: {place(copy)}", flush=True)
    keep_private(reaches_out=True)
    words = [sys.executable, "-m", "jupyterlab", *OPTIONS, *_as_root(), *arguments, str(copy)]
    return subprocess.run(words, cwd=catalog.ROOT).returncode


def _as_root() -> tuple[str, ...]:
    """Return the option without which Jupyter refuses to run as root."""
    if os.name == "nt" or os.geteuid() != 0:
        return ()
    print(AS_ROOT, flush=True)
    return ("--allow-root",)


def working_copy(lesson: Lesson) -> Path:
    """Return a copy of a lesson's notebook to run and to write into.

    It is written if there is none, or if the lesson has changed and nobody has typed into the copy.

    Raises:
        CourseError: if it cannot be read or written.
    """
    copy = catalog.ROOT / COPIES / lesson.notebook.name
    newest = notebook(lesson)
    try:
        content = copy.read_bytes() if copy.exists() else b""
        made, typed = _cells(content)
        has_changed = made != _cells(newest.encode())[0]
        if not content or (has_changed and made == typed):
            write_atomically(copy, newest)
        elif has_changed:
            print(f"The lesson has changed. To get its new notebook, rename {place(copy)}")
    except OSError as error:
        raise CourseError(f"{place(copy)} cannot be used: {error.strerror or error}.") from error
    return copy
