"""`make gradescope-09`: the autograder of a lesson as the zip that Gradescope asks for.

    setup.sh          makes the environment, once
    run_autograder    grades a submission
    course, ...       what grading needs

It contains no solution. In place of the reference it has the stub, which has all that grading
needs. The same checkout gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from course import catalog
from course.catalog import CourseError, Lesson
from course.files import write_atomically
from course.lesson.stubs import stub
from course.wording import place

SCRIPTS = Path(__file__).with_name("autograder")
RUN = "run_autograder"
"""What Gradescope runs; no other zip has it."""

FOLDERS = ("cohort", "fakes", "grade", "lesson", "official", "sandbox")
"""The rooms of the course that grade."""

FILES = ("pyproject.toml", "constraints.txt", "LICENSE")

NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip can store."""


def run(lesson: Lesson, out: Path | None = None) -> int:
    """Write the package of a lesson, and say what to do with it.

    Args:
        lesson: the lesson.
        out: the file to write; by default, it is named after the lesson.

    Returns:
        The exit status: 0.

    Raises:
        CourseError: if it cannot be written, or another file would be lost.
    """
    out = out or Path(f"autograder-{lesson.number}.zip")
    try:
        _refuse_to_replace(out)
        write_atomically(out, package(lesson))
    except OSError as error:
        raise CourseError(f"{place(out)} cannot be written: {error.strerror or error}.") from error
    print(f"{place(out)} grades lesson {lesson.number}, {len(lesson.for_marks.tasks)} points.")
    print("In Gradescope, upload it under Configure Autograder in a programming assignment.")
    return 0


def package(lesson: Lesson) -> bytes:
    """Return the content of the zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:  # not compressed: zlib may change
        for name, data in sorted(_files(lesson)):
            entry = zipfile.ZipInfo(name, NO_TIME)
            entry.create_system = 3  # Unix, even on Windows: it has modes
            entry.external_attr = (0o100755 if data.startswith(b"#!") else 0o100644) << 16
            archive.writestr(entry, data)
    return content.getvalue()


def _files(lesson: Lesson) -> Iterator[tuple[str, bytes]]:
    """Give the name and the content of each file."""
    for script in SCRIPTS.iterdir():
        yield script.name, script.read_bytes()
    paths = [catalog.ROOT / name for name in FILES]
    course = catalog.ROOT / "course"
    paths += [*course.glob("*.py")]
    paths += [path for name in FOLDERS for path in (course / name).rglob("*.py")]
    for path in (*paths, lesson.folder / "lesson.toml", lesson.tests):
        yield _name(path), path.read_bytes()
    yield _name(lesson.solution), stub(lesson).encode()


def _name(path: Path) -> str:
    return path.relative_to(catalog.ROOT).as_posix()


def _refuse_to_replace(out: Path) -> None:
    """Refuse to write over anything but an older package."""
    if not out.exists():
        return
    if out.is_file() and zipfile.is_zipfile(out):
        with zipfile.ZipFile(out) as archive:
            if RUN in archive.namelist():
                return
    raise CourseError(f"{place(out)} exists, but is not a package of this kind. Choose another.")
