"""`make doctor`: what is wrong with this machine, and how to fix it.

Standard library only, and nothing is installed or changed: it has to work where the setup fails.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import locale
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from course import pins, variables
from course.environment import LEARNER, Environment
from course.grade.answer_file import AnswerFile, CannotLoad
from course.versions import NEWEST_TESTED_PYTHON, TESTED_PYTHONS

OURS = ("benchmarks", "course")
"""The packages in the root."""

PYTEST_FILES = (
    *("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"),
    *("tox.ini", "setup.cfg", "conftest.py"),
)

HARMLESS = (
    *("PYTHON", "PYTHON_*", "PYTHONUTF8", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"),
    *("VIRTUAL_ENV", "NO_PROXY"),
)
"""Variables that are not worth mentioning."""

NEEDED_SPACE = 1_000_000_000  # bytes, for the environment with all groups


Kind = Literal["ok", "note", "serious"]


class Finding(NamedTuple):
    """One line of the report.

    `serious` means that the course does not work like this. `note` means that it works, but there
    is something to know.
    """

    kind: Kind
    subject: str
    text: str
    remedy: str = ""


Examination = Callable[[Environment], Iterator[Finding]]


def run(*, environment: Environment | None = None) -> int:
    """Print the findings, and return 1 if one of them is serious, otherwise 0."""
    environment = environment or Environment()
    serious = 0
    for examine in EXAMINATIONS:
        for finding in _findings(examine, environment):
            serious += finding.kind == "serious"
            mark = "WRONG" if finding.kind == "serious" else finding.kind
            print(f"  {mark:7}{finding.subject:16}{finding.text}")
            if finding.remedy:
                print(f"  {'':23}{finding.remedy}")
    print()
    if serious:
        print(f"{serious} to fix before the course works.")
    else:
        print("No serious problems.")
    return 1 if serious else 0


def _findings(examine: Examination, environment: Environment) -> list[Finding]:
    """Run one check. If it fails, that must not hide what the others find."""
    try:
        return list(examine(environment))
    except Exception as error:
        subject = examine.__name__.replace("_", " ")
        said = str(error).strip() or type(error).__name__
        return [Finding("serious", subject, said.splitlines()[0], "git status")]


def python_version(environment: Environment) -> Iterator[Finding]:
    """Which Python runs this. One that is too old never gets this far."""
    text = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] <= NEWEST_TESTED_PYTHON:
        yield Finding("ok", "Python", text)
        return
    yield Finding(
        "note",
        "Python",
        f"{text} is newer than any that the course was tested with",
        f"It will probably work. If something looks wrong, try one of {TESTED_PYTHONS}.",
    )


def venv_module(environment: Environment) -> Iterator[Finding]:
    """Whether this Python can create environments; Debian ships that part separately."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        yield Finding("ok", "venv module", "complete")
    else:
        yield Finding(
            "serious",
            "venv module",
            "incomplete: this Python cannot create environments",
            "On Debian and Ubuntu: sudo apt-get install python3-venv",
        )


def environment_state(environment: Environment) -> Iterator[Finding]:
    """Whether the environment is there, works, and is as `constraints.txt` asks."""
    folder = environment.folder
    if not (folder / "pyvenv.cfg").exists():
        yield Finding(
            "note", "environment", f"not created yet in {folder}", "make test-09 creates it, once."
        )
    elif not environment.interpreter_works():
        yield Finding(
            "note",
            "environment",
            "it has lost its Python, as happens after an upgrade",
            "The next command creates a new one.",
        )
    elif not environment.is_ready([LEARNER]):
        yield Finding(
            "note",
            "environment",
            "does not match constraints.txt",
            "The next command brings it up to date.",
        )
    else:
        yield Finding("ok", "environment", str(folder))


def packages(environment: Environment) -> Iterator[Finding]:
    """Whether each package has its pinned version, and the learner's packages can be imported."""
    changed = environment.was_changed()
    if not changed and not environment.is_ready([LEARNER]):
        return
    pinned = pins.versions((environment.root / "constraints.txt").read_text(encoding="utf-8"))
    installed = _installed(environment)
    others = {
        name: version
        for name, version in installed.items()
        if name in pinned and pinned[name] != version
    }
    wanted = [pins.normal(package) for package in environment.requirements()[LEARNER]]
    missing = [name for name in wanted if name not in installed]
    imports = "; ".join(f"import {name.replace('-', '_')}" for name in wanted)
    kind: Kind = "note" if changed else "serious"
    again = f"Delete the folder {environment.folder}; the next command creates it again."
    if changed:
        again = "Another program installed packages here. The next command restores the pins."
    if missing:
        yield Finding(kind, "packages", f"missing: {', '.join(missing)}", again)
    elif others:
        differing = ", ".join(
            f"{name} {version} instead of {pinned[name]}"
            for name, version in sorted(others.items())
        )
        yield Finding(kind, "packages", differing, again)
    elif problem := _failure([str(environment.interpreter), "-I", "-c", imports]):
        yield Finding(kind, "packages", f"they do not import: {problem}", again)
    else:
        yield Finding("ok", "packages", f"{len(installed)}, at their pinned versions")


def disk_space(environment: Environment) -> Iterator[Finding]:
    """Whether there is room for the environment, where it is or will be."""
    folder = next(path for path in (environment.folder, environment.root) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free"
    if free > NEEDED_SPACE or environment.is_ready([LEARNER]):
        yield Finding("ok", "disk", text)
    else:
        yield Finding("serious", "disk", text, "The setup needs about 1 GB. Free some space.")


def write_permission(environment: Environment) -> Iterator[Finding]:
    """Whether answers, backups and progress can be saved."""
    folders = (environment.root, environment.root / "exercises", environment.folder)
    denied = [path for path in folders if path.exists() and not os.access(path, os.W_OK)]
    for path in denied:
        yield Finding(
            "serious",
            "permission",
            f"{path} is not writable",
            "Clone the course into a folder that belongs to you.",
        )
    if not denied:
        yield Finding("ok", "permission", "files can be saved")


def exercises(environment: Environment) -> Iterator[Finding]:
    """Whether the exercise files are there and parse."""
    lessons = sorted((environment.root / "lessons").glob("[0-9][0-9]_*/lesson.toml"))
    if not lessons:
        yield Finding("serious", "lessons", "there are none", "Clone the course again.")
    for lesson in lessons:
        file = environment.root / "exercises" / f"{lesson.parent.name}.py"
        name = file.relative_to(environment.root)
        if not file.exists():
            yield Finding("note", "exercises", f"{name} is missing", f"make reset-{file.name[:2]}")
            continue
        try:
            AnswerFile.read(file).compile(whole=False)
        except CannotLoad as error:
            where = f"{name}:{error.line}" if error.line else str(name)
            advice = "Fix that line." if error.column else error.why
            yield Finding("note", "exercises", f"{where}: {error.problem}", advice)
        else:
            yield Finding("ok", "exercises", f"{name} parses")


def privacy(environment: Environment) -> Iterator[Finding]:
    """Whether anything in the shell would send what learners do to another machine."""
    tracing = [
        name for name in variables.TRACING if os.environ.get(name, "").lower() in ("true", "1")
    ]
    if tracing:
        yield Finding(
            "note",
            "tracing",
            f"{', '.join(tracing)} asks LangSmith to record what you run",
            "The course turns that off for its own commands. For other commands, unset it.",
        )
    else:
        yield Finding("ok", "tracing", "off")
    if names := _set(variables.NETWORK):
        yield Finding(
            "note",
            "network",
            f"{names}: for the setup, and for make demo-09 with a model elsewhere",
            "Exercises talk only to this machine, without a proxy.",
        )
    if socks := variables.socks_proxies(os.environ):
        yield Finding(
            "note",
            "network",
            f"{', '.join(socks)}: a SOCKS proxy, which pip cannot use",
            "If the setup needs a proxy, set HTTPS_PROXY to one that speaks HTTP.",
        )


def shell(environment: Environment) -> Iterator[Finding]:
    """Which shell variables are kept out of grading, although other programs obey them."""
    kept_out = {
        "A Python that you start yourself uses them.": _set(variables.PYTHON),
        "A pytest that you start yourself uses them.": _set(variables.PYTEST),
        "Model clients that you start yourself use them; so does make demo-09.": _set(
            variables.MODELS
        ),
    }
    for remedy, names in kept_out.items():
        if names:
            yield Finding("note", "shell", f"{names}: kept out of grading", remedy)
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if active and Path(active).resolve() != environment.folder.resolve():
        own = f"The course runs in its own, {environment.folder}, with the pinned versions."
        yield Finding("note", "shell", f"another environment is active: {active}", own)
    if not any(kept_out.values()):
        yield Finding("ok", "shell", "nothing in it could affect grading")


def terminal(environment: Environment) -> Iterator[Finding]:
    """Whether the terminal shows every character."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding == "utf8":
        yield Finding("ok", "terminal", "UTF-8")
        return
    yield Finding(
        "note",
        "terminal",
        f"its encoding is {sys.stdout.encoding or locale.getpreferredencoding(False)}",
        "Some characters show as ?. To see them all, set PYTHONUTF8=1",
    )


def place(environment: Environment) -> Iterator[Finding]:
    """Whether the checkout is in a place where files are slow or tools are known to fail."""
    root = str(environment.root)
    if root.startswith("\\\\") or re.match(r"/mnt/[a-z](/|$)", root):
        yield Finding(
            "note",
            "folder",
            f"{root} is on a drive of another operating system",
            "It works, but slowly. A folder of the system that runs Python is faster.",
        )
    elif " " in root or not root.isascii():
        yield Finding("ok", "folder", f"{root} (spaces and accents are fine)")
    else:
        yield Finding("ok", "folder", root)


def files_of_pytest(environment: Environment) -> Iterator[Finding]:
    """Which files would configure pytest; they are kept out of grading."""
    for folder in (environment.root, environment.root / "tests"):
        for name in PYTEST_FILES:
            if (folder / name).exists():
                shown = (folder / name).relative_to(environment.root)
                yield Finding(
                    "note",
                    "pytest",
                    f"{shown}: kept out of grading",
                    "A pytest that you start yourself reads it.",
                )


def hidden_modules(environment: Environment) -> Iterator[Finding]:
    """Which files have the same name as a module of Python or a package."""
    packages = {
        path.stem for folder in environment.package_folders() for path in _modules_in(folder)
    }
    for folder in (environment.root, environment.root / "exercises", environment.root / "tests"):
        for path in _modules_in(folder):
            name = path.stem
            if name in OURS or name not in packages | sys.stdlib_module_names:
                continue
            owner = "Python's own module" if name in sys.stdlib_module_names else "the package"
            yield Finding(
                "note",
                "file",
                f"{path.relative_to(environment.root)} hides {owner} {name}; rename it",
                "It is kept out of grading. A Python that you start in its folder imports it.",
            )


EXAMINATIONS: tuple[Examination, ...] = (
    python_version,
    venv_module,
    environment_state,
    packages,
    disk_space,
    write_permission,
    exercises,
    privacy,
    shell,
    files_of_pytest,
    hidden_modules,
    terminal,
    place,
)


def _set(patterns: Sequence[str]) -> str:
    """Return the names of the variables that are set and have an effect."""
    names = set(variables.named(os.environ, patterns))
    return ", ".join(sorted(names - set(variables.named(names, HARMLESS))))


def _modules_in(folder: Path) -> list[Path]:
    """Return the modules and packages that Python would import from a folder."""
    found = [*folder.glob("*.py"), *(path.parent for path in folder.glob("*/__init__.py"))]
    return sorted(found)


def _installed(environment: Environment) -> dict[str, str]:
    folders = [*map(str, environment.package_folders())]
    return {
        pins.normal(package.name): package.version
        for package in importlib.metadata.distributions(path=folders)
    }


def _failure(command: list[str]) -> str:
    """Run a command; if it fails, return the last line of its output, otherwise ""."""
    finished = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if finished.returncode == 0:
        return ""
    lines = finished.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit status {finished.returncode}"
