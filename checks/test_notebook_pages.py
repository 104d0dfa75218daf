"""The notebooks as pages of the site. No browser is open here: it would keep the event loop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sampled import of_room, one_lesson
from site_server import built as built  # a fixture

from course import catalog
from course.catalog import CourseError, Lesson
from course.lesson.variants import mistakes
from course.site import notebook_pages

pytestmark = of_room("site")

FIRST = catalog.find("01")

LOADS = re.compile(r"""(?:\bsrc(?:set)?=|<link\b[^>]*\bhref=|url\()["']?([^"')\s>]+)""")
"""What a page loads, as opposed to what it links to."""


def loaded(page: str) -> list[str]:
    """What a page loads that is not in it, apart from what all pages of the site do."""
    found = LOADS.findall(page)
    return [one for one in found if not one.startswith(("data:", "../../assets/"))]


@pytest.mark.parametrize("lesson", catalog.lessons(), ids=lambda lesson: lesson.slug)
def test_each_notebook_is_a_page(built: Path, lesson: Lesson) -> None:
    page = (built / "notebooks" / lesson.slug / "index.html").read_text(encoding="utf-8")
    assert "assets/site.css" in page
    assert loaded(page) == []
    for task in lesson.tasks:
        assert f"<code>{task.name}</code>" in page
    for mistake in mistakes(lesson):
        assert f"{mistake.name}" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len({*ids})
    assert [to for to in re.findall(r'href="#([^"]+)"', page) if to not in ids] == []
    for place in (built, built / "lessons" / lesson.slug):
        links = re.findall(r'href="([^"]+)"', (place / "index.html").read_text(encoding="utf-8"))
        assert any(link.endswith(f"notebooks/{lesson.slug}/") for link in links), place


def test_what_a_page_loads_is_found() -> None:
    assert loaded('<script src="https://a.example/x.js"></script>') == ["https://a.example/x.js"]
    assert loaded('<link rel=stylesheet href="//a.example/x.css">') == ["//a.example/x.css"]
    assert loaded("<p style='background: url(http://a.example/)'>") == ["http://a.example/"]
    assert loaded('<a href="https://a.example/">') == []


@pytest.mark.parametrize("lesson", one_lesson("pages of notebooks"))
def test_what_a_notebook_prints_and_draws_is_on_its_page(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = notebook_pages.stored(lesson)["cells"]
    demos = [one for one in cells if one["id"].startswith(("set-up", "tasks", "demo"))]
    whole = {**notebook_pages.stored(lesson), "cells": demos}
    monkeypatch.setattr(notebook_pages, "stored", lambda lesson: whole)
    assert notebook_pages.with_outputs(lesson, tmp_path) is None
    ran: list[str] = []
    for _ in range(2):  # the second time, it is there
        notebook_pages.run([lesson], tmp_path, ran.append)
    assert ran == [f"The notebook of lesson {lesson.number} has run."]
    found = notebook_pages.with_outputs(lesson, tmp_path)
    assert found
    page = "".join(
        part for one in notebook_pages.sections(found, lesson.notebook) for part in one.body
    )
    drawn = [one for one in demos if re.search(r"(?m)^plots\.", "".join(one["source"]))]
    assert drawn
    assert page.count('<img class="plot" src="data:image/png;base64,') >= len(drawn)
    assert page.count('<pre class="output"') >= len(lesson.tasks)
    assert loaded(page) == []


def test_a_cell_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = {"cell_type": "code", "id": "a", "source": "1 / 0", "metadata": {}, "outputs": []}
    broken = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    monkeypatch.setattr(notebook_pages, "stored", lambda lesson: broken)
    with pytest.raises(CourseError, match="lesson 01 does not run: ZeroDivisionError"):
        notebook_pages.run([FIRST], tmp_path, print)
    assert not [*tmp_path.rglob("*.json")]
