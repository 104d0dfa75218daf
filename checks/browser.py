"""A real browser without a window, for the pages that the course makes: fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from waiting import SECONDS_FOR_A_HANG

from course.author.browser import NoBrowser, open_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

MILLISECONDS_FOR_A_HANG = 1000 * SECONDS_FOR_A_HANG


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of this system."""
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(open_browser())
        except NoBrowser as error:
            pytest.skip(str(error))
        from playwright.sync_api import expect

        expect.set_options(timeout=MILLISECONDS_FOR_A_HANG)
        yield opened


class Visits:
    """Opens pages, and finds fault with errors in them, and with requests to others.

    Args:
        browser: where.
    """

    def __init__(self, browser: Browser) -> None:
        self.problems: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def context(self, ours: str, **how: Any) -> BrowserContext:
        """Return a new profile, with nothing in it.

        Args:
            ours: how the addresses begin that its pages may ask for.
            how: the width, the colors and whatever else a profile has.
        """
        context = self._browser.new_context(**how)
        self._contexts.append(context)
        context.set_default_timeout(MILLISECONDS_FOR_A_HANG)
        allowed = (ours, "blob:", "data:")
        context.on("weberror", lambda error: self.problems.append(str(error.error)))
        context.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(allowed) else self.problems.append(asked.url)
            ),
        )
        return context

    def page(self, url: str, ours: str, context: BrowserContext | None = None, **how: Any) -> Page:
        """Open a page, in a new profile if none is given."""
        page = (context or self.context(ours, **how)).new_page()
        page.goto(url)
        return page

    @property
    def pages(self) -> list[Page]:
        """All that are open."""
        return [page for context in self._contexts for page in context.pages]

    def end(self) -> None:
        """Close all, and complain."""
        for context in self._contexts:
            context.close()
        assert self.problems == []


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    """Opens pages. What they do wrong fails the test."""
    opened = Visits(browser)
    yield opened
    opened.end()


def styles(page: Page, selector: str, name: str, pseudo: str = "") -> str:
    """Return how the browser shows something: `styles(page, "h1", "color")`."""
    script = "([s, n, p]) => getComputedStyle(document.querySelector(s), p || null)[n]"
    return str(page.evaluate(script, [selector, name, pseudo]))


CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const paint = (color, opacity) => {
    canvas.globalAlpha = opacity;
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
  };
  const light = () => {
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at));
    let opacity = 1;
    for (const layer of layers) paint(layer.backgroundColor, (opacity *= layer.opacity));
    const behind = light();
    paint(layers.at(-1).color, opacity);
    const pair = [behind, light()];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };
  const found = {};
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    if (element.closest(".hidden, noscript, style, :disabled")) continue;
    const name = element.id || element.className || element.tagName;
    found[name] = Math.min(found[name] ?? 21, contrast(element));
  }
  return found;
}"""


def contrasts(page: Page) -> dict[str, float]:
    """Return the contrast of each kind of text that can be seen, by its ID, class or tag.

    It is that of WCAG, from 1 to 21; level AA asks for 4.5. What cannot be used now is left out.
    """
    found: dict[str, float] = page.evaluate(CONTRASTS)
    return found
