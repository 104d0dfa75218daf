"""What a verdict depends on, as one text: while it is the same, nothing is graded again."""

from __future__ import annotations

import hashlib
import platform
import re
from importlib import metadata
from pathlib import Path

from course.catalog import ROOT, Lesson
from course.environment import LEARNER, Environment

AFTERWARDS = {"command"}
"""Modules of `course/grade` that show verdicts, but do not form them."""


def version_of(lesson: Lesson) -> str:
    """Return a digest of the tests, the solution and the code that grades a lesson."""
    grade = (ROOT / "course" / "grade").glob("*.py")
    others = ("fakes", "official", "sandbox")
    files = [
        lesson.tests,
        lesson.solution,
        lesson.folder / "lesson.toml",
        *(ROOT / "course" / f"{name}.py" for name in ("catalog", "start", "variables")),
        *(path for name in others for path in (ROOT / "course" / name).rglob("*.py")),
        *(path for path in grade if path.stem not in AFTERWARDS),
    ]
    return _digest(*(part for path in sorted(files) for part in _named(path)))


def identity_of(content: bytes, version: str, seed: int) -> str:
    """Return a digest of what the grading of one file of answers depends on."""
    return _digest(content, version.encode(), str(seed).encode())


def installation(lesson: Lesson) -> dict[str, str]:
    """Return what must also be the same on all machines that grade a lesson: name -> version.

    That is the course, Python, and the packages that answers may use. What is not installed has
    the version "".
    """
    code = sorted([*(ROOT / "course").glob("*.py"), *(ROOT / "course" / "cohort").rglob("*.py")])
    course = _digest(version_of(lesson).encode(), *(part for path in code for part in _named(path)))
    versions = {"the course": course[:12], "Python": ".".join(platform.python_version_tuple()[:2])}
    for requirement in Environment().requirements()[LEARNER]:
        if found := re.match(r"[\w.-]+", requirement):
            versions[found[0]] = _version(found[0])
    return versions


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _named(path: Path) -> tuple[bytes, bytes]:
    return path.relative_to(ROOT).as_posix().encode(), path.read_bytes()


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()
