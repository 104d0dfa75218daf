"""A real browser without a window, for the pages that the course makes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from course.catalog import CourseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


class NoBrowser(CourseError):
    """There is no browser on this machine, or nothing to drive it with."""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Open the browser of this system for the `with` block.

    Raises:
        NoBrowser: if that cannot be.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowser("The package playwright is not installed.") from error
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoBrowser(f"There is no browser: none of {', '.join(NAMES)}.")
    with sync_playwright() as running:
        # Python's name for the system's browser: nothing is downloaded.
        opened = running.chromium.launch(executable_path=found, args=ARGUMENTS.split())
        try:
            yield opened
        finally:
            opened.close()
