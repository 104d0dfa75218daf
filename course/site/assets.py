"""What the site needs from others: editor, bundler and Python from npm, wheels from pip. Pinned."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from course import catalog
from course.catalog import CourseError
from course.lesson.stubs import stub

HERE = Path(__file__).parent
PAGE = HERE / "page"
PACKAGES = ("package.json", "package-lock.json")
LOOK = HERE.parent / "look.css"
"""The colors, and what all pages of the course have in common."""

WHEELS = HERE / "wheels.txt"
PLATFORM = "pyemscripten_2026_0_wasm32"
"""What pip calls the platform of the Python in the browser."""

PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
PYODIDE_LOCK = "pyodide-lock.json"

IN_THE_COURSE = (
    "course/*.py",
    "course/[!s]*/**/*.py",  # neither the sandbox nor the builder of the site
    "course/site/__init__.py",
    "course/site/browser/**/*.py",
    "lessons/*/*",
    "exercises/*.py",
    "solutions/*.py",
    "tests/*.py",
    "pyproject.toml",
)
"""What of the course is needed in the browser."""

NOT_IN_THE_COURSE = ("cohort", "official", "author", "web")
"""Rooms of the program that are not."""


class CannotBuild(CourseError):
    """Something that the site is built with is not there."""


class CannotFetch(CannotBuild):
    """Something could not be fetched, perhaps because there is no network."""


def make(cache: Path, out: Path) -> None:
    """Write everything but the pages into a folder.

    Args:
        cache: where to keep what was fetched.
        out: the folder.

    Raises:
        CannotBuild: if node, npm, or what they or pip have to fetch, is not there.
    """
    node, npm = _tool("node"), _tool("npm")
    modules = _from_npm(npm, cache)
    _bundle(node, modules, out)
    pyodide = out / "pyodide"
    pyodide.mkdir(parents=True)
    for name in (*PYODIDE, PYODIDE_LOCK):
        shutil.copyfile(modules / "pyodide" / name, pyodide / name)
    wheels = _wheels(cache)
    _archives(node, modules / "pyodide", wheels, cache, out)


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise CannotBuild(
            f"{name} is not installed, and the site is built with node and npm (node 20 or newer). "
            "Reading, writing and grading in the terminal need neither: make test-09"
        )
    return found


def _from_npm(npm: str, cache: Path) -> Path:
    """Install what package-lock.json names, hashes included. Return the folder of modules."""
    modules = cache / "node_modules"
    wanted = hash_of(HERE / name for name in PACKAGES)
    stamp = cache / "npm.stamp"
    if modules.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return modules
    cache.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        shutil.copyfile(HERE / name, cache / name)
    words = [npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit"]
    _fetch(words, cache, "npm could not fetch the editor and Python for the browser")
    stamp.write_text(wanted)
    return modules


def _wheels(cache: Path) -> Path:
    """Download the wheels, whose hashes pip compares. Return their folder."""
    folder = cache / f"wheels-{hash_of([WHEELS])[:12]}"
    if folder.is_dir():
        return folder
    part = _emptied(cache / "wheels-part")
    words = [sys.executable, "-I", "-m", "pip", "download", "-q", "--no-deps", "--require-hashes"]
    words += ["--only-binary=:all:", "--platform", PLATFORM, "--python-version", "3.14"]
    words += ["--implementation", "cp", "--abi", "cp314", "-d", str(part), "-r", str(WHEELS)]
    _fetch(words, cache, "pip could not fetch the packages for the browser")
    part.rename(folder)
    return folder


def _bundle(node: str, modules: Path, out: Path) -> None:
    """Bundle the scripts of the page with the editor."""
    scripts = modules.parent / "page"  # beside the modules, where esbuild looks for them
    shutil.rmtree(scripts, ignore_errors=True)
    shutil.copytree(PAGE, scripts)
    shutil.copy(LOOK, scripts)
    words = [node, str(modules / "esbuild" / "bin" / "esbuild"), "lesson.js", "worker.js"]
    words += ["site.css", "--bundle", "--minify", "--format=esm", f"--outdir={out}"]
    words += ["--log-level=warning", "--target=es2022"]
    _run(words, scripts, "esbuild could not bundle the page")


def _archives(node: str, pyodide: Path, wheels: Path, cache: Path, out: Path) -> None:
    """Write the archives of the packages and of the course, or take those of last time."""
    course = cache / "course.zip"
    _zip_of_the_course(course)
    key = hash_of([course, WHEELS, HERE / PACKAGES[1], HERE / "prepare.mjs"])[:16]
    kept = cache / f"archives-{key}"
    if not kept.is_dir():
        part = _emptied(cache / "archives-part")
        shutil.copyfile(course, part / "course.zip")
        words = [node, str(HERE / "prepare.mjs"), str(pyodide), str(wheels)]
        words += [str(part / "course.zip"), str(part / "packages.zip")]
        _run(words, cache, "the course could not be prepared for the browser")
        for old in cache.glob("archives-*"):
            if old != part:
                shutil.rmtree(old)
        part.rename(kept)
    for name in ("course.zip", "packages.zip"):
        shutil.copyfile(kept / name, out / name)


def look_for_tools() -> None:
    """Raise `CannotBuild` if node or npm is not installed."""
    _tool("node")
    _tool("npm")


def fingerprint() -> str:
    """Return a hash of all that the site is made from."""
    found = hashlib.sha256()
    for name, content in _files_of_the_course():
        found.update(name.encode() + hashlib.sha256(content).digest())
    own = (path for path in sorted(HERE.rglob("*")) if path.is_file() and path.suffix != ".pyc")
    return found.hexdigest() + hash_of([*own, LOOK])


def _zip_of_the_course(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as out:
        for name, content in _files_of_the_course():
            out.writestr(zipfile.ZipInfo(name), content)


def _files_of_the_course() -> Iterator[tuple[str, bytes]]:
    """What of the course is needed in the browser: names and contents."""
    rooms = {("course", room) for room in NOT_IN_THE_COURSE}
    for pattern in IN_THE_COURSE:
        for path in sorted(catalog.ROOT.glob(pattern)):
            parts = path.relative_to(catalog.ROOT).parts
            if not path.is_file() or parts[:2] in rooms:
                continue
            content = path.read_bytes()
            if parts[0] == "exercises":  # never what somebody has written here
                content = stub(catalog.find(path.stem)).encode()
            yield "/".join(parts), content


def _fetch(words: Sequence[str], folder: Path, problem: str) -> None:
    try:
        _run(words, folder, problem)
    except CannotBuild as error:
        said = f"{error}\nIs this machine online? What has been fetched once is kept."
        raise CannotFetch(said) from None


def _run(words: Sequence[str], folder: Path, problem: str) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = re.sub(r"\s+", " ", (done.stderr or done.stdout).strip())[-600:]
        raise CannotBuild(f"{problem}: {said or 'it said nothing'}")


def _emptied(folder: Path) -> Path:
    """Return a folder without what an interrupted build has left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def hash_of(paths: Iterable[Path]) -> str:
    """Return a hash of the contents of files."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()
