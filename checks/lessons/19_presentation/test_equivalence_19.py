"""What lesson 19 takes for a fence is one for markdown-it, but for what is listed.

Compared are texts of whole and half lines, with fences of both kinds among them. And the end of a
long text, as it is drawn, is that of all its rows.

Known deviations of the lesson, which looks at lines only:

* fences in quotations and in items of lists are not seen: they begin with another mark;
* a fence in a block of HTML, such as a comment, is HTML for markdown-it.
"""

from __future__ import annotations

import random
import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console
from rich.text import Text

from course import catalog
from course.fakes.terminal import Terminal
from course.lesson.variants import reference

TEXTS = 2_000
PIECES = (
    *("```", "````", "~~~", "~~~~", "``", "~", " ", "   ", "    ", "\t", "\n", "\n", "\n", "\n\n"),
    *("py", "word", "`code`", "**bold**", "# title", "| a | b |", "$$", "1 + 1", "a`b"),
)

answers = reference(catalog.find("19"))


def text(seed: int) -> str:
    pick = random.Random(seed)
    return "".join(pick.choices(PIECES, k=pick.randrange(1, 20)))


def parsed(source: str) -> list[Token]:
    return MarkdownIt().parse(source)


def is_open(source: str) -> bool:
    """Whether a fence is open for markdown-it: then what follows would be code."""
    return any("behind" in token.content for token in parsed(f"{source}\n\nbehind") if fence(token))


def fence(token: Token) -> bool:
    return token.type == "fence"


def test_a_fence_that_is_open_is_closed_and_no_other() -> None:
    texts = [text(seed) for seed in range(TEXTS)]
    opened = [one for one in texts if is_open(one)]
    assert TEXTS / 5 < len(opened) < TEXTS * 4 / 5
    assert [one for one in opened if answers.close_markdown(one) == one] == []
    assert [one for one in opened if is_open(answers.close_markdown(one))] == []
    closed = [one for one in texts if not is_open(one)]
    assert [one for one in closed if answers.close_markdown(one) != one] == []


def test_what_was_shown_as_code_is_shown_as_the_same_code() -> None:
    for one in map(text, range(TEXTS)):
        before = [without_half_marks(token) for token in parsed(one) if fence(token)]
        closed = parsed(answers.close_markdown(one))
        after = [without_half_marks(token) for token in closed if fence(token)]
        assert after == before, repr(one)


def without_half_marks(token: Token) -> str:
    """The code, but for a last line that may become the closing line of its fence."""
    code = token.content.removesuffix("\n")
    half = re.search(r"(\A|\n) {0,3}(?P<marks>`*|~*)\Z", code)
    may_close = half and token.markup.removeprefix(half["marks"]) not in ("", token.markup)
    return (code[: half.start()] if half and may_close else code).rstrip()


def test_code_never_shrinks_while_an_answer_grows() -> None:
    """Half a closing line would be shown as code, and be gone a moment later."""
    for opened, closes, info in (
        ("```", "```", "py"),
        ("~~~~", "  ~~~~~", ""),
        ("```", "````", ""),
    ):
        whole = f"Like so:\n\n{opened}{info}\nx = `1`\n\n  y\n{closes}\n\nDone.\n"
        before, seen = "", 0
        for end in range(len(whole) + 1):
            drawn = parsed(answers.close_markdown(whole[:end]))
            code = "".join(token.content for token in drawn if fence(token)).rstrip()
            assert code.startswith(before), whole[:end]
            assert set(code) <= set("x = `1`\n  y"), whole[:end]
            before, seen = code, seen + bool(code)
        assert seen > len("x = `1`")
        assert before == "x = `1`\n\n  y"


def test_the_code_of_a_stream_is_that_of_markdown_it() -> None:
    seen = 0
    for seed in range(TEXTS):
        whole = text(seed)
        if "$$" in whole:
            continue  # for markdown-it that is text
        theirs = [
            ((token.info.split() or [""])[0], token.content)
            for token in parsed(whole)
            if fence(token)
        ]
        ours: dict[int, list[str]] = {}
        languages: dict[int, str] = {}
        for segment in answers.segment_stream(list(whole)):
            if segment["type"] == "code":
                ours.setdefault(segment["block"], []).append(segment["content"])
                languages[segment["block"]] = segment["language"]
        assert [languages[block] for block in ours] == [language for language, _ in theirs]
        for lines, (_, content) in zip(ours.values(), theirs, strict=True):
            inside = [line.strip() for line in content.splitlines()]
            assert [line.strip() for line in lines[1 : 1 + len(inside)]] == inside
            seen += 1
    assert seen > TEXTS / 5


@pytest.mark.parametrize(
    ("source", "is_fence"), [("> ```\n> a", True), ("- ```\n  a", True), ("<!--\n```\n-->", False)]
)
def test_what_is_known_to_differ(source: str, is_fence: bool) -> None:
    assert any(map(fence, parsed(source))) == is_fence
    assert (answers.close_markdown(source) != source) == (not is_fence)


@pytest.mark.parametrize(
    "whole",
    [
        "\n".join(letter * 10 for letter in "abcde"),
        "\n".join(letter * 10 for letter in "abcde") + "\n",
        "one two three four five six seven eight nine ten eleven twelve",
        "one\n\n\ntwo\n" + "three " * 9,
    ],
)
def test_the_end_of_a_text_is_the_end_of_its_rows(whole: str) -> None:
    out = Terminal(10, 3)
    console = Console(file=out, width=10, height=3, force_terminal=True, force_jupyter=False)
    answers.render_live([whole], console)
    rows = [row.plain.rstrip() for row in Text(whole).wrap(console, 10)]
    assert len(rows) > 3
    assert out.drawings[0][1] == "\n".join(rows[-3:]).rstrip("\n")
