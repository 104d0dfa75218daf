"""How long a learner waits for a verdict."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from queue import Queue

from rich.progress import Progress

from benchmarks.measure import Result
from course import catalog

SAVES = 7
LONGEST_WAIT = 30.0


def measure(progress: Progress) -> list[Result]:
    """Time a save in watch mode, a cold pytest, and `make test-09`, in a copy of the checkout."""
    lesson = catalog.find("09")
    step = progress.add_task("Grading", total=2 * SAVES + 5)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "checkout"
        _copy_checkout(root)
        exercise = root / lesson.exercise.relative_to(catalog.ROOT)
        shutil.copy(root / lesson.solution.relative_to(catalog.ROOT), exercise)
        tests = str(lesson.tests.relative_to(catalog.ROOT))
        saves, cold, whole = [], [], []
        with Watch(root, lesson.number) as watch:
            _timed(root, ["-m", "pytest", "-q", tests])  # caches bytecode, as a second run finds it
            for number in range(SAVES):
                saves.append(watch.save(exercise, number))
                progress.advance(step)
                cold.append(_timed(root, ["-m", "pytest", "-q", tests]))
                progress.advance(step)
        for _ in range(5):
            whole.append(_timed(root, ["-m", "course", "test", lesson.number]))
            progress.advance(step)
    save, test = statistics.median(saves), statistics.median(whole)
    pairs = [save / pytest for save, pytest in zip(saves, cold, strict=True)]
    note = f"{statistics.median(cold):.2f} s for pytest"
    return [
        Result("save to verdict / cold pytest", statistics.median(pairs), 0.25, note=note),
        Result("save to verdict", save, 0.3, "s"),
        Result("make test-09, warm environment", test, 3.0, "s"),
    ]


class Watch:
    """`python -m course watch`, seen from outside."""

    def __init__(self, root: Path, number: str) -> None:
        self._screens: Queue[str] = Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "course", "watch", number],
            cwd=root,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Watch:
        self._wait_for_screen()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def save(self, exercise: Path, number: int) -> float:
        """Save a changed exercise; return the seconds until its verdict is on the screen."""
        time.sleep(0.5)
        source = exercise.read_text(encoding="utf-8") + f"# save {number}\n"
        start = time.perf_counter()
        exercise.write_text(source, encoding="utf-8")
        self._wait_for_screen()
        return time.perf_counter() - start

    def _wait_for_screen(self) -> None:
        while "Stop with Ctrl-C" not in self._screens.get(timeout=LONGEST_WAIT):
            pass

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._screens.put(line)


def _copy_checkout(root: Path) -> None:
    folders = ["course", "lessons", "exercises", "solutions", "tests"]
    for name in folders:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(catalog.ROOT / name, root / name, ignore=ignored)
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(catalog.ROOT / name, root / name)


def _timed(root: Path, words: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *words], cwd=root, env=_environment(), capture_output=True, check=True
    )
    return time.perf_counter() - start


def _environment() -> dict[str, str]:
    return {**os.environ, "STREAMLINGS_VENV": sys.prefix}
