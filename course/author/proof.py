"""A plugin of pytest that goes on where a run was killed. `make prove` takes more than an hour.

With `--proof FILE`, each test that passes is noted in the file at once, and those that are noted
there are not run again. The caller makes sure that the file belongs to what is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from course import files

PASSED_BEFORE = pytest.StashKey[frozenset[str]]()


def noted(path: Path) -> frozenset[str]:
    """Return the names of the tests that have passed. A line without its end does not count."""
    if not path.exists():
        return frozenset()
    return frozenset(path.read_text(encoding="utf-8").split("\n")[:-1])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", type=Path, help="note here what has passed, and leave it out")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):  # all processes have to leave out the same
        config.stash[PASSED_BEFORE] = frozenset(config.workerinput["passed_before"])
    elif path := config.getoption("--proof"):
        config.stash[PASSED_BEFORE] = before = noted(path)
        config.pluginmanager.register(_Notes(path, before))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["passed_before"] = [*node.config.stash.get(PASSED_BEFORE, ())]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    before = config.stash.get(PASSED_BEFORE, frozenset())
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in before])
    items[:] = [item for item in items if item.nodeid not in before]


def pytest_report_header(config: pytest.Config) -> Sequence[str]:
    before = len(config.stash.get(PASSED_BEFORE, ()))
    return [f"{before} tests of these very files have passed before."] if before else []


def pytest_sessionfinish(session: pytest.Session) -> None:
    nothing_ran = session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
    if nothing_ran and session.config.stash.get(PASSED_BEFORE, None):
        session.exitstatus = pytest.ExitCode.OK


class _Notes:
    """Writes down what passes: the test itself, and what comes before and after it."""

    def __init__(self, path: Path, passed_before: Iterable[str]) -> None:
        files.write_atomically(path, "".join(f"{name}\n" for name in sorted(passed_before)))
        self._file = path.open("a", encoding="utf-8")
        self._called: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._called.add(report.nodeid)
        elif report.when == "teardown" and report.nodeid in self._called:
            self._called.remove(report.nodeid)
            if report.passed:
                self._file.write(f"{report.nodeid}\n")
                self._file.flush()

    def pytest_unconfigure(self) -> None:
        self._file.close()
