"""Builds the site: pages from the lessons, and what they need to grade in the browser."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from course import catalog
from course.catalog import ROOT, CourseError, Lesson
from course.environment import Lock
from course.lesson.stubs import stub
from course.site import assets, notebook_pages, pages
from course.site.browser.not_here import NOT_HERE

DEFAULT = ROOT / ".streamlings" / "site"
CACHE = ROOT / ".streamlings" / "site-cache"
MARK = "streamlings-site.json"
"""The file that says that a folder was built here, and may be built again."""

HERE = Path(__file__).parent


def build(out: Path = DEFAULT, cache: Path = CACHE, run_notebooks: bool = False) -> Path:
    """Write the site into a folder, in one step; do nothing if it is there and still fresh.

    Args:
        out: the folder.
        cache: where to keep what takes long to fetch or to make.
        run_notebooks: whether to run the notebooks whose outputs are not kept yet.

    Raises:
        CourseError: if something that it is built with is not there, or the folder is in use for
            something else.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / MARK).is_file())):
        raise CourseError(f"{out} is there already, and no site. Name another folder in OUT.")
    cache.mkdir(parents=True, exist_ok=True)
    with Lock(cache / "lock", lambda: None):
        if run_notebooks:
            notebook_pages.run(catalog.lessons(), cache, print)
        made_from = _fingerprint(cache)
        if _made_from(out) != made_from:
            assets.look_for_tools()
            out.parent.mkdir(parents=True, exist_ok=True)
            _build(out, cache, made_from)
    return out


def _fingerprint(cache: Path) -> str:
    """Return a hash of all that the site is made from."""
    return assets.fingerprint() + notebook_pages.fingerprint(cache)


def _made_from(out: Path) -> str:
    try:
        return str(json.loads((out / MARK).read_text(encoding="utf-8"))["made from"])
    except (OSError, ValueError, KeyError):
        return ""


def _build(out: Path, cache: Path, made_from: str) -> None:
    part = Path(tempfile.mkdtemp(dir=out.parent, prefix=".site-"))
    try:
        files = part / "assets"
        files.mkdir()
        assets.make(cache, files)
        _write_pages(part, cache)
        _write_service_worker(part)
        sizes = {path.relative_to(part).as_posix(): path.stat().st_size for path in _files(part)}
        mark = json.dumps({"made from": made_from, "bytes": sizes}, indent=1)
        (part / MARK).write_text(mark, encoding="utf-8")
        part.chmod(0o755)
        shutil.rmtree(out, ignore_errors=True)
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write_pages(out: Path, cache: Path) -> None:
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )
    lessons = catalog.lessons()
    archives = ("packages.zip", "course.zip")
    pyodide = [f"pyodide/{name}" for name in assets.PYODIDE if not name.endswith(".mjs")]
    to_load = sum((out / "assets" / name).stat().st_size for name in (*archives, *pyodide))
    parts = [(part, [*found]) for part, found in groupby(lessons, lambda lesson: lesson.part)]
    front = templates.get_template("index.html")
    (out / "index.html").write_text(
        front.render(lessons=lessons, parts=parts, root="./", title="Streamlings"),
        encoding="utf-8",
    )
    _write_notebooks(out, cache, templates)
    page = templates.get_template("lesson.html")
    for number, lesson in enumerate(lessons):
        folder = out / "lessons" / lesson.slug
        folder.mkdir(parents=True)
        following = lessons[number + 1] if number + 1 < len(lessons) else None
        texts = [(text, Markup(text.body)) for text in pages.texts_of(lesson)]
        text = page.render(
            lesson=lesson,
            texts=texts,
            following=following,
            data=_data(lesson, to_load),
            root="../../",
            title=f"{lesson.number} {lesson.title}",
            not_here=NOT_HERE.get(lesson.number, {}),
        )
        (folder / "index.html").write_text(text, encoding="utf-8")


def _write_notebooks(out: Path, cache: Path, templates: Environment) -> None:
    page = templates.get_template("notebook.html")
    for lesson in catalog.lessons():
        ran = notebook_pages.with_outputs(lesson, cache)
        found = notebook_pages.sections(ran or notebook_pages.stored(lesson), lesson.notebook)
        text = page.render(
            lesson=lesson,
            sections=[(one.title, Markup("".join(one.body))) for one in found],
            contents=[(to, Markup(title)) for to, title in notebook_pages.contents(lesson, found)],
            has_outputs=ran is not None,
            root="../../",
            title=f"Notebook {lesson.number} {lesson.title}",
        )
        folder = out / "notebooks" / lesson.slug
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(text, encoding="utf-8")


def _data(lesson: Lesson, to_load: int) -> dict[str, Any]:
    """What the scripts of a page need to know of a lesson."""
    return {
        "number": lesson.number,
        "slug": lesson.slug,
        "title": lesson.title,
        "stub": stub(lesson),
        "toLoad": to_load,
        "tasks": [
            {"name": task.name, "goal": task.goal, "hints": list(task.hints)}
            for task in lesson.tasks
        ],
        "others": [other.slug for other in catalog.lessons() if other is not lesson],
        "notHere": dict(NOT_HERE.get(lesson.number, {})),
    }


def _write_service_worker(out: Path) -> None:
    """Write what keeps the site in the browser. Its name changes with what it keeps."""
    paths = sorted(path.relative_to(out).as_posix() for path in _files(out))
    found = hashlib.sha256()
    for path in paths:
        found.update(path.encode() + hashlib.sha256((out / path).read_bytes()).digest())
    script = (HERE / "page" / "service-worker.js").read_text(encoding="utf-8")
    script = script.replace('"VERSION"', json.dumps(found.hexdigest()[:16]))
    learners = (path for path in paths if not path.startswith("notebooks/"))
    first = [path.removesuffix("index.html") or "./" for path in learners]
    (out / "service-worker.js").write_text(
        script.replace('["FILES"]', json.dumps(first)), encoding="utf-8"
    )


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
