"""What `make test` and `make prove` run, and the other tools that authors call.

Each tool is a separate program, started with this interpreter, so that it behaves here as it does
in an editor or on a command line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from course import variables
from course.author import sampling
from course.catalog import lessons
from course.environment import LEARNER, ROOT, Environment
from course.lesson.stubs import stub
from course.temporary import TemporaryFolder
from course.wording import place

RUFF = ("-m", "ruff")
LINT = (
    ("ruff check", (*RUFF, "check", "--quiet", ".")),
    ("ruff format", (*RUFF, "format", "--check", "--quiet", ".")),
)
CACHES = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints")
NOT_OURS = (".git", ".venv", ".streamlings", "my-notebooks")
CHECKS = ("checks/*.py", "checks/lessons/*/test_*.py")
NOTES_OF_PROOF = ROOT / ".streamlings" / "proof"
GRADERS_PART = (
    "checks/test_graders.py",
    "checks/test_attempts.py",
    "checks/test_virtual_time.py",
    "checks/test_thread_pools.py",
    "checks/test_screens.py",
    "checks/test_tasks.py",
    "checks/test_descriptions.py",
    "checks/test_meanings.py",
    "checks/test_fake_chat_models.py",
)
"""What every Python and every version of a package has to pass: stubs, solutions, mistakes,
alternatives, virtual time, screens, and the fake model that they need."""

GROUPS_OF_GRADERS_PART = (LEARNER, "develop")
"""What it imports."""


def run(arguments: Sequence[str]) -> int:
    """Run every gate, even after one that failed, and return 0 only if all passed.

    Only a sample of the combinatorial tests is run, unless the arguments name what to run.
    `sampling.py` chooses it. The output of pytest comes last on stdout, so that its closing line
    ends the output. If a lesson is not complete, that is all that is said,
    unless a part is named.

    Args:
        arguments: what to pass on to pytest; a path in it replaces the folder `checks`.
    """
    names_a_path = any((ROOT / word.partition("::")[0]).exists() for word in arguments)
    names_a_part = names_a_path or any(word.startswith("-k") for word in arguments)
    if not names_a_part and _a_lesson_lacks_something():
        return 1
    checks = () if names_a_path else ("checks",)
    sample = () if names_a_part else ("--sample",)
    return _run_gates(*sample, *checks, *arguments)


def prove() -> int:
    """Run every gate on everything there is; if all passed, write the certificate.

    It is written only if everything is committed and did not change in the meantime. A run that was
    killed, or in which something failed, is continued by the next one if no file has changed.

    Returns:
        The exit status: 0 if all passed, even if nothing could be certified.
    """
    if _a_lesson_lacks_something():
        return 1
    before = sampling.contents()
    notes = _notes_of_proof()
    if _run_gates("-p", "course.author.proof", "--proof", str(notes), "checks"):
        return 1
    shutil.rmtree(notes.parent, ignore_errors=True)
    if not _is_committed():
        said = "Not certified: there are uncommitted changes."
    elif sampling.contents() != before:
        said = "Not certified: files have changed in the meantime."
    else:
        sampling.certify(before)
        said = f"Certified in {place(sampling.CERTIFICATE)}. Commit it."
    print(said, file=sys.stderr)
    return 0


def _a_lesson_lacks_something() -> bool:
    """Say what the lessons lack. Each of it would fail many gates, in other words."""
    from course.author import missing  # which needs packages that not all users of this module have

    return missing.tell_all()


def _notes_of_proof() -> Path:
    """Return the file in which it is noted what has passed of this tree. Notes of others go."""
    notes = NOTES_OF_PROOF / f"{sampling.fingerprint([ROOT])[:16]}.txt"
    if not notes.exists():
        shutil.rmtree(NOTES_OF_PROOF, ignore_errors=True)
    return notes


def _is_committed() -> bool:
    """Whether git knows of no change except the certificate. Without git, it is assumed so.

    A certificate names what it covers by its contents. This only keeps it from being committed
    separately.
    """
    certificate = sampling.CERTIFICATE.relative_to(ROOT).as_posix()
    words = ("git", "status", "--porcelain", "--", ".", f":!{certificate}")
    try:
        return not subprocess.run(words, cwd=ROOT, capture_output=True).stdout.strip()
    except FileNotFoundError:
        return True


def _run_gates(*pytest_words: str) -> int:
    failed = [name for name, words in LINT if not _passes(name, words)]
    print(f"{'mypy':14}alongside pytest\npytest", flush=True)
    with (
        TemporaryFolder() as folder,
        _Beside("-m", "mypy", *typed(folder)) as mypy,
    ):
        options = ("-rs", "--benchmark-disable", "--durations=10", *parallel())
        passed = _python("-m", "pytest", *options, *pytest_words) == 0
        if problems := mypy.problems():
            print(problems, file=sys.stderr)
            failed.append("mypy")
    if not passed:
        failed.append("pytest")
    if failed:
        print(f"Not passed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def bench(arguments: Sequence[str]) -> int:
    """Run the benchmarks and return their exit status."""
    return _python("-m", "benchmarks", *arguments)


def tidy() -> int:
    """Fix what lint can fix, format the code, and return 0 if nothing is left to do."""
    mended = _python(*RUFF, "check", "--fix", ".")
    formatted = _python(*RUFF, "format", ".")
    return 1 if mended or formatted else 0


def clean(*, root: Path = ROOT) -> int:
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


class _Beside:
    """A gate that runs while others do. To be used with `with`."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> _Beside:
        return self

    def __exit__(self, *raised: object) -> None:
        with self._process:
            self._process.kill()  # it has ended already, unless we were interrupted

    def problems(self) -> str:
        """Wait for its end; return what it says if it has failed, or ""."""
        said, _ = self._process.communicate()
        return said.rstrip() or "it failed" if self._process.returncode else ""


def _python(*words: str) -> int:
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=_environment()).returncode


def _environment() -> dict[str, str]:
    """Return an environment in which no variable says how Python starts.

    Bytecode is kept: pytest alone rewrites 300 modules. If a shell forbade it, each of the gates'
    many processes would do so again.
    """
    return variables.without(os.environ, variables.PYTHON)


def typed(folder: Path) -> list[str]:
    """Return what mypy reads: program, solutions, checks, and what it puts into a folder.

    All at once, since it reads LangChain each time. It refuses modules of the same name: stubs are
    called as solutions are, and each lesson has a `benchmark.py`, so both are put into packages.
    `exercises` is not read: it may hold answers. Nor are the tests that grade, which are written
    without types, nor mistakes and attacks.
    """
    stubs = {lesson.slug: stub(lesson) for lesson in lessons()}
    loads = {lesson.slug: lesson.benchmark.read_text(encoding="utf-8") for lesson in lessons()}
    packages = [_package(folder / "stubs", stubs), _package(folder / "benchmark", loads)]
    solutions = [lesson.solution for lesson in lessons()]
    checks = [path for glob in CHECKS for path in sorted(ROOT.glob(glob))]
    read = (path.relative_to(ROOT).as_posix() for path in (*solutions, *checks))
    return ["course", "benchmarks", *read, *map(str, packages)]


def _package(folder: Path, modules: Mapping[str, str]) -> Path:
    """Write modules into a new folder, and make it a package."""
    folder.mkdir()
    for name, source in {"__init__": "", **modules}.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return folder


def graders_part(place: Environment, *options: str) -> tuple[list[str], dict[str, str]]:
    """Return the words that run the graders' part in an environment, and the variables for it."""
    words = ("-m", "pytest", "-q", "--benchmark-disable", *options, *parallel(), *GRADERS_PART)
    return [str(place.interpreter), *words], {
        **_environment(),
        "STREAMLINGS_VENV": str(place.folder),
    }


def parallel() -> tuple[str, ...]:
    """Return the options of pytest for this machine.

    It is one more process than there are cores: some of the tests wait for a browser, a server or a
    notebook. Each additional one costs about ten seconds, in which it imports everything.
    """
    cores = os.cpu_count() or 1
    return ("-n", str(min(cores + 1, 8)), "--dist", "worksteal") if cores > 1 else ()
