"""Writes the archives that a page unpacks: the packages, and the course, with compiled modules.

This runs in the Python that a page uses, when the site is built: no other one can compile for it.
"""

from __future__ import annotations

import importlib
import importlib.util
import py_compile
import shutil
import site
import sys
import zipfile
from pathlib import Path

from course.site.browser import substitutes

NOT_NEEDED = (".pyi", ".typed", ".c", ".h", ".pyx", "RECORD", "WHEEL", "INSTALLER")
"""Ends of the names of files that nothing imports."""

COURSE = Path("/course")


def write(packages: str, course: str) -> None:
    """Write both archives.

    Args:
        packages: where to write what comes from others.
        course: where to write the course.
    """
    substitutes.make_up()
    importlib.import_module("course.site.browser.everything")
    folder = Path(site.getsitepackages()[0])
    _compile_imported(folder)
    _compile_imported(COURSE)
    _zip(folder, Path(packages))
    _zip(COURSE, Path(course))


def _compile_imported(folder: Path) -> None:
    """Compile the modules that have been imported. Nobody looks whether they are stale."""
    for module in [*sys.modules.values()]:
        path = Path(getattr(module, "__file__", None) or "/nowhere")
        if path.suffix == ".py" and path.is_relative_to(folder):
            py_compile.compile(
                str(path),
                importlib.util.cache_from_source(str(path)),
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )


def _zip(folder: Path, archive: Path) -> None:
    for tests in [*folder.glob("*/tests"), *folder.glob("*/test")]:
        if not folder.samefile(COURSE):
            shutil.rmtree(tests)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.endswith(NOT_NEEDED):
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix())
                info.compress_type = zipfile.ZIP_DEFLATED
                out.writestr(info, path.read_bytes())
