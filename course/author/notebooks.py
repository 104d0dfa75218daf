"""Notebooks for instructors, made from the lessons."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import nbformat

from course import catalog
from course.author.freshness import write_or_check
from course.author.notebook_cells import cells
from course.catalog import CourseError, Lesson
from course.environment import keep_private
from course.wording import place

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}

OPTIONS = (
    f"--ServerApp.root_dir={catalog.ROOT}",  # so that links to other files of the course work
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",  # would go online
)


def run(check: bool) -> int:
    """Write the notebook of every lesson; with `check`, only say which ones are stale.

    A notebook that was run and saved has its outputs in it; that is stale, too.

    Returns:
        The exit status: 0, or 1 if something is stale.
    """
    stale = [
        lesson.notebook
        for lesson in catalog.lessons()
        if not write_or_check(lesson.notebook, notebook(lesson), check)
    ]
    for path in stale:
        print(f"{place(path)} is stale. Run: make notebooks", file=sys.stderr)
    return 1 if stale else 0


def notebook(lesson: Lesson) -> str:
    """Return the notebook of a lesson as the text of its file, the same bytes each time.

    Raises:
        ValueError: if the lesson has no demo for one of its tasks, or no mistakes.
    """
    made = nbformat.v4.new_notebook(metadata=METADATA)  # type: ignore[no-untyped-call]
    for cell in cells(lesson):
        new = getattr(nbformat.v4, f"new_{cell.kind}_cell")
        made.cells.append(new(cell.source, id=cell.name, metadata=cell.metadata))
    nbformat.validate(made)
    text: str = nbformat.writes(made)  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def open_in_jupyter(lesson: Lesson) -> int:
    """Open a lesson's notebook in JupyterLab, and return when that is over.

    Returns:
        The exit status of Jupyter.

    Raises:
        CourseError: if JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError(
            f"JupyterLab is not installed here. `make notebook-{lesson.number}` installs it; "
            f"or open {place(lesson.notebook)} in an editor that shows "
            "notebooks."
        )
    if not lesson.notebook.exists():
        write_or_check(lesson.notebook, notebook(lesson), check=False)
    keep_private(reaches_out=True)
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, str(lesson.notebook)]
    return subprocess.run(command, cwd=catalog.ROOT).returncode
