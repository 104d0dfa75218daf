"""The order in which checks run, what a sample leaves out, and the folders of a cohort."""

from __future__ import annotations

import copy
import copyreg
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from browser import browser as browser  # fixtures
from browser import visits as visits
from interruptions import let_children_be_interrupted
from sampled import NOT_IN_SAMPLE

from course import variables
from course.author.sampling import Sample, sample
from course.catalog import Lesson
from course.grade.grader import Grader
from course.official.marking import OfficialGrader

Graders = Callable[[Lesson], Grader]
OfficialGraders = Callable[[Lesson], OfficialGrader]

Counts = dict[str, list[int]]
"""By what is sampled: how many of it are in the sample, and how many there are."""

LONGEST = (
    "test_attempts.py",
    "test_cluster.py",
    "test_cohort.py",
    "test_graders.py",
    "test_hostile.py",
    "test_mutants.py",
    "test_notebooks.py",
    "test_official.py",
)
"""They come first, so that no process is left alone with them at the end."""

MAKE = ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")

COUNTS = pytest.StashKey[Counts]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sample", action="store_true", help="of what is combinatorial run a part, as make test"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "sampled(what, one_in=None): of these, make test runs a part: those without the mark "
        "not_in_sample, or one in so many",
    )
    config.addinivalue_line("markers", "not_in_sample: make test leaves it out")
    let_children_be_interrupted()
    variables.remove(os.environ, MAKE)  # `make test` and pytest see the same screens


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in the sample, and begin with what takes longest.

    What is asked about the same lesson comes together: its graders are warm by then.
    """
    if config.getoption("--sample"):
        _leave_out(config, items)
    modules = {path: number for number, path in enumerate(dict.fromkeys(one.path for one in items))}

    def place(item: pytest.Item) -> tuple[bool, bool, str, int]:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        lesson = parameters.get("lesson")
        number = lesson.number if isinstance(lesson, Lesson) else ""
        return item.path.name not in LONGEST, not number, number, modules[item.path]

    items.sort(key=place)


def _draw(items: Sequence[pytest.Item]) -> None:
    """Mark what is not drawn of the tests of which one in so many is in the sample."""
    tests: dict[tuple[str, int], dict[str, pytest.Item]] = {}
    for item in items:
        marker = item.get_closest_marker("sampled")
        if marker and "one_in" in marker.kwargs:
            of_these = tests.setdefault((marker.args[0], marker.kwargs["one_in"]), {})
            of_these[item.nodeid] = item
    for (what, one_in), named in tests.items():
        for name in named.keys() - sample().part(named, what, one_in):
            named[name].add_marker(NOT_IN_SAMPLE)


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    _draw(items)
    left_out = [item for item in items if item.get_closest_marker("not_in_sample")]
    counts: Counts = {}
    for item in items:
        if marker := item.get_closest_marker("sampled"):
            count = counts.setdefault(marker.args[0], [0, 0])
            parameters = item.callspec.params if hasattr(item, "callspec") else {}
            several = len(parameters.get("dealt", [item]))  # in one file of answers
            count[0] += 0 if item.get_closest_marker("not_in_sample") else several
            count[1] += several
    config.stash[COUNTS] = counts
    if hasattr(config, "workeroutput"):
        config.workeroutput["counts"] = counts  # for the process that prints the summary
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("not_in_sample")]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take the counts of a process that runs tests; all have the same."""
    if counts := getattr(node, "workeroutput", {}).get("counts"):
        node.config.stash[COUNTS] = counts


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say which part was run, and how the rest is."""
    if counts := config.stash.get(COUNTS, None):
        terminalreporter.section("sample")
        for line in described(sample(), counts):
            terminalreporter.line(line)


def described(drawn: Sample, counts: Mapping[str, Sequence[int]]) -> list[str]:
    """Say in sentences what is in a sample."""
    whole = [*(slug[:2] for slug in sorted(drawn.whole)), *sorted(drawn.changed_rooms)]
    what = ", ".join(whole) or "nothing"
    lines = [f"What has changed since the last make prove, all of each: {what}."]
    if rest := sorted(slug[:2] for slug in drawn.changed - drawn.whole):
        lines.append(f"These have changed, too, and only a sample of each ran: {', '.join(rest)}.")
    if drawn.machinery_changed:
        lines.append("The graders or their checks have changed, too.")
    if drawn.has_changed_much:
        lines.append("Run make prove before long.")
    lines += [f"Of {every} {what} {some} ran." for what, (some, every) in counts.items()]
    return [*lines, "All of it: make prove"]


@pytest.fixture(scope="session")
def graders() -> Iterator[Graders]:
    """The grader of a lesson. The one that was asked for last is kept warm."""
    yield from _kept_warm(Grader)


@pytest.fixture(scope="session")
def official_graders() -> Iterator[OfficialGraders]:
    """The same for marks."""
    yield from _kept_warm(OfficialGrader)


def _kept_warm(make: Callable[[Lesson], Any]) -> Iterator[Callable[[Lesson], Any]]:
    warm: list[Any] = []

    def grader_of(lesson: Lesson) -> Any:
        if warm and warm[0].lesson is not lesson:
            warm.pop().close()
        if not warm:
            warm.append(make(lesson))
        return warm[0]

    yield grader_of
    for grader in warm:
        grader.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where submissions are; there are none yet."""
    made = tmp_path / "submissions"
    made.mkdir()
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where marks will be."""
    return tmp_path / "out"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write answers to a file."""

    def write(source: str) -> Path:
        path = tmp_path / "answers.py"
        path.write_text(source, encoding="utf-8")
        return path

    return write


@pytest.fixture(autouse=True)
def _errors_are_copied_as_in_a_grading_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks of the cluster import distributed, which has every error copied with its traceback.

    No process that grades imports it. `copy` looks into a table that it shares with `pickle`.
    """
    kept = {kind: how for kind, how in copyreg.dispatch_table.items() if not _is_error(kind)}
    monkeypatch.setattr(copy, "dispatch_table", kept)


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)
