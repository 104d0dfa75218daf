"""The order in which the checks run, and the folders of a cohort."""

from __future__ import annotations

from pathlib import Path

import pytest

from course.catalog import Lesson


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring together what a module asks about the same lesson: its graders are warm by then."""
    modules = {path: number for number, path in enumerate(dict.fromkeys(one.path for one in items))}

    def place(item: pytest.Item) -> tuple[int, str]:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        lesson = parameters.get("lesson")
        return modules[item.path], lesson.number if isinstance(lesson, Lesson) else ""

    items.sort(key=place)


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
