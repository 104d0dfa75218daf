"""Official grading beside `otter run`, the other grader that needs no containers.

Only on request, `python3 -m course bench otter`: it installs otter-grader from the package index
into a temporary environment, which is deleted in the end. It is no dependency of the course.

Otter gets the lesson's own test functions for two tasks that need no event loop and no model, each
as a test case of its own, and the lesson's packages from this environment. Official grading does
all tasks of the same submissions meanwhile. That both find the same tasks right is checked.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import runpy
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.progress import Progress

from benchmarks.cohort import SEED, WORKERS, jobs_of, with_crew
from benchmarks.measure import Result, in_turn, ratio
from course import catalog
from course.cohort.workers.crew import Crew
from course.lesson.variants import mistakes
from course.official.marking import OfficialGrader

OTTER = "otter-grader==7.0.0"
TASKS = ("write_stream", "collect_response")
ROUNDS = 3
MOST = 0.066
"""Of otter's time; a fifteenth."""
LESSON = catalog.find("09")

HEAD = """
import importlib.util
from types import SimpleNamespace

from course.fakes.text import TextMaker
from otter.test_files import test_case

OK_FORMAT = False
name = {task!r}
points = 1

spec = importlib.util.spec_from_file_location("lesson", {tests!r})
lesson = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lesson)
"""

CASE = """

@test_case()
def {test}(env):
    answers, text = SimpleNamespace(**env), TextMaker("{seed} {test}")
    lesson.{test_class}().{test}(answers, text)
"""


def measure(progress: Progress) -> list[Result]:
    """Grade the same submissions with both, in turn."""
    step = progress.add_task("Otter", total=4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        otter = _install(folder / "environment")
        progress.advance(step)
        autograder = _autograder(otter, folder)
        paths = _hand_in(folder)
        progress.advance(step)
        with Crew(LESSON, OfficialGrader, WORKERS) as crew:
            wanted = _passed_officially(crew, paths)
            found = _with_otter(otter, autograder, paths)
            assert wanted == found, f"official grading: {wanted}, otter: {found}"
            progress.advance(step)
            official, other = in_turn(
                functools.partial(with_crew, crew, paths),
                functools.partial(_with_otter, otter, autograder, paths),
                rounds=ROUNDS,
            )
        progress.advance(step)
    seconds = [statistics.median(times) / len(paths) for times in (official, other)]
    note = f"{seconds[0]:.2f} s a submission; {seconds[1]:.2f} s with {OTTER}, {len(TASKS)} tasks"
    return [Result("official grading / otter run", ratio(official, other), MOST, note=note)]


def _install(folder: Path) -> Path:
    """Make an environment with otter and all that this one has; return its program."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    bin_folder = folder / ("Scripts" if os.name == "nt" else "bin")
    python = bin_folder / "python"
    subprocess.run([python, "-m", "pip", "install", "-qq", OTTER], check=True)
    ask: list[str | Path] = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
    # Its own packages come first, so otter has the versions that it wants.
    Path(packages, "course.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return bin_folder / "otter"


def _autograder(otter: Path, folder: Path) -> Path:
    """Write the tests as otter wants them; return the zip that it makes of them."""
    tests = folder / "tests"
    tests.mkdir()
    for task in TASKS:
        (tests / f"{task}.py").write_text(_test_file(task), encoding="utf-8")
    path = folder / "autograder.zip"
    nothing = ("--no-config", "--no-requirements", "--no-environment")
    words: list[str | Path] = [otter, "generate", "-t", tests, "-o", path, *nothing]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return path


def _test_file(task: str) -> str:
    test_class = LESSON.task(task).test_class
    found = vars(runpy.run_path(str(LESSON.tests))[test_class])
    names = [name for name in found if name.startswith("test_")]
    for name in names:
        assert [*inspect.signature(found[name]).parameters] == ["self", "answers", "text"], name
    text = HEAD.format(task=task, tests=str(LESSON.tests))
    for name in names:
        text += CASE.format(test=name, test_class=test_class, seed=SEED)
    return textwrap.dedent(text)


def _hand_in(folder: Path) -> list[Path]:
    """Write the reference solution, and one with a mistake in each of the two tasks."""
    answers = [LESSON.solution.read_text(encoding="utf-8")]
    for task in TASKS:
        answers.append(next(one.answers for one in mistakes(LESSON) if one.task == task))
    answers.append(answers[0])
    paths = [folder / f"learner-{number}.py" for number in range(len(answers))]
    for path, text in zip(paths, answers, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def _passed_officially(crew: Crew, paths: list[Path]) -> list[int]:
    """Return how many of the two tasks each submission has passed."""
    found = {}
    for job, reply in crew(jobs_of(paths)):
        wrong = {test["task"] for test in reply["tests"] if test["verdict"] != "passed"}
        found[job.submission.path] = len({*TASKS} - wrong)
    return [found[path] for path in paths]


def _with_otter(otter: Path, autograder: Path, paths: list[Path]) -> list[int]:
    """Grade with otter, as many at a time; return the same."""

    def grade(path: Path) -> int:
        out = path.with_suffix("")
        out.mkdir(exist_ok=True)
        words: list[str | Path] = [otter, "run", "--no-logo", "-a", autograder, "-o", out, path]
        environment = {**os.environ, "PYTHONPATH": str(catalog.ROOT)}
        subprocess.run(words, env=environment, check=True, capture_output=True)
        tests = json.loads((out / "results.json").read_text(encoding="utf-8"))["tests"]
        scored = {test["name"]: test for test in tests}
        return sum(scored[task]["score"] == scored[task]["max_score"] for task in TASKS)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(grade, paths))
