"""What `make test` runs, and the other tools that authors call.

Each tool is a program of its own, started with this interpreter, so that it behaves here as it
does in an editor or on a command line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from course.environment import ROOT

RUFF = ("-m", "ruff")
CACHES = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints")
NOT_OURS = (".git", ".venv", ".streamlings")
GRADERS_PART = (
    "checks/test_graders.py",
    "checks/test_virtual_time.py",
    "checks/test_screens.py",
    "checks/test_tasks.py",
    "checks/test_descriptions.py",
    "checks/test_fake_chat_models.py",
)
"""What every Python and every version of a package has to pass: stubs, solutions, mistakes,
alternatives, virtual time, screens, and the fake model that they need."""


def run(pytest_arguments: Sequence[str]) -> int:
    """Run every gate, also after one that failed, and return 0 only if all passed.

    What pytest says comes last on stdout, so that its closing line ends the output.

    Args:
        pytest_arguments: what to pass on to pytest; a path in it replaces the folder `checks`.
    """
    failed = [
        name
        for name, words in (
            ("ruff check", (*RUFF, "check", "--quiet", ".")),
            ("ruff format", (*RUFF, "format", "--check", "--quiet", ".")),
            ("mypy", ("-m", "mypy", "course", *_solutions())),
        )
        if not _passes(name, words)
    ]
    names_a_path = any((ROOT / word.partition("::")[0]).exists() for word in pytest_arguments)
    checks = () if names_a_path else ("checks",)
    print("pytest", flush=True)
    options = ("-rs", "--benchmark-disable", *parallel())
    if _python("-m", "pytest", *options, *checks, *pytest_arguments):
        failed.append("pytest")
    if failed:
        print(f"Not passed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def bench(arguments: Sequence[str]) -> int:
    """Run the benchmarks and return their exit status."""
    return _python("-m", "benchmarks", *arguments)


def tidy() -> int:
    """Mend what lint can mend, format the code, and return 0 if nothing is left to do."""
    mended = _python(*RUFF, "check", "--fix", ".")
    formatted = _python(*RUFF, "format", ".")
    return 1 if mended or formatted else 0


def clean(root: Path = ROOT) -> int:
    """Remove caches of tools. Exercises, progress and the environment stay."""
    for folder, subfolders, _ in os.walk(root):
        for name in [name for name in subfolders if name in CACHES]:
            shutil.rmtree(Path(folder) / name)
        subfolders[:] = [name for name in subfolders if name not in (*CACHES, *NOT_OURS)]
    return 0


def _passes(name: str, words: Sequence[str]) -> bool:
    """Run one gate and announce it in a line with its time; show what it says if it failed."""
    started = time.perf_counter()
    finished = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    seconds = time.perf_counter() - started
    passed = finished.returncode == 0
    print(f"{name:14}{'ok' if passed else 'FAILED':8}{seconds:5.1f} s", flush=True)
    if not passed:
        print((finished.stdout + finished.stderr).rstrip(), flush=True)
    return passed


def _python(*words: str) -> int:
    return subprocess.run([sys.executable, *words], cwd=ROOT).returncode


def _solutions() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "solutions").glob("*.py"))


def parallel() -> tuple[str, ...]:
    """Return the options of pytest for this machine.

    More processes than cores: some of the tests wait for a browser, a server or a notebook.
    """
    cores = os.cpu_count() or 1
    return ("-n", str(min(cores + 2, 8)), "--dist", "worksteal") if cores > 1 else ()
