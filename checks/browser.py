"""A real browser without a window, for the pages that the course makes: a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from course.author.browser import NoBrowser, open_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of this system."""
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(open_browser())
        except NoBrowser as error:
            pytest.skip(str(error))
        yield opened
