"""`python3 -m course picture`: `docs/chat.png`, the chat page in the middle of an answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.documents import Document

from course import catalog
from course.author.browser import open_browser
from course.fakes.openai.background_server import BackgroundServer
from course.fakes.quoting import QuotingChatModel
from course.web import rag
from course.web.app import DEFAULT_OPTIONS, Chat, Options
from course.wording import place

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURE = catalog.ROOT / "docs" / "chat.png"
QUESTION = "How many days do I have to return a bicycle and get a refund?"
TOKENS = 17
"""How much of the answer has come."""

WIDTH, HEIGHT = 900, 600
"""In pixels."""


def run() -> int:
    """Take the picture.

    Returns:
        The exit status, 0.

    Raises:
        NoBrowser: if there is no browser.
    """
    with open_browser() as browser:
        take(browser, PICTURE)
    print(f"Taken: {place(PICTURE)}")
    return 0


def take(browser: Browser, picture: Path) -> None:
    """Write the picture to a file. The learner on it has solved everything."""
    options = Options(exercises=catalog.ROOT / "solutions")
    with BackgroundServer(Chat(options, generate=_half_an_answer).app()) as server:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(server.origin)
        page.locator("#answerer-label", has_text="your code").wait_for()
        page.fill("#question", QUESTION)
        page.press("#question", "Enter")
        page.locator(".measure", has_text=re.compile(rf"{TOKENS}\stokens")).wait_for()
        page.screenshot(path=picture)
        page.close()


async def _half_an_answer(question: str, documents: list[Document]) -> AsyncIterator[str]:
    quote = rag.quoting(lambda: QuotingChatModel(pause=DEFAULT_OPTIONS.token_pause))
    tokens = quote(question, documents)
    for _ in range(TOKENS):
        yield await anext(tokens)
    await asyncio.Event().wait()  # until the page is gone
