"""What lesson 25 writes and reads is what parsers of the same forms make of it.

`format_context` is compared with an XML parser: inside of a root element, its blocks have to be
read as the documents that went in. What `find_citations` takes for code is compared with
markdown-it, a parser of CommonMark.

Known deviations of the lesson:

* XML knows no control characters, and makes one kind of line break of all of them, so neither is
  in these texts; in an attribute it makes a space of a tab;
* CommonMark has fences only at the beginning of a line, and backslashes and links before code. So
  the answers that are compared are one line in which no fence begins.
"""

from __future__ import annotations

import random
from xml.etree import ElementTree

from langchain_core.documents import Document
from markdown_it import MarkdownIt

from course import catalog
from course.lesson.variants import reference

TEXTS = 400
PIECES = ("</document>", '<document id="9">', "&", "&lt;", "<", ">", '"', "'", "{x}", "é", " ", "a")

answers = reference(catalog.find("25"))


def some_text(pick: random.Random) -> str:
    return "".join(pick.choices(PIECES, k=pick.randrange(6)))


def test_an_xml_parser_reads_the_documents() -> None:
    pick = random.Random(25)
    for _ in range(TEXTS):
        documents = [
            Document(some_text(pick), metadata={"source": some_text(pick)})
            for _ in range(pick.randrange(1, 4))
        ]
        root = ElementTree.fromstring(f"<all>{answers.format_context(documents)}</all>")
        read = [(one.get("id"), one.get("source"), (one.text or "")[1:-1]) for one in root]
        assert read == [
            (str(number), one.metadata["source"], one.page_content)
            for number, one in enumerate(documents, 1)
        ]


def test_code_is_what_commonmark_says() -> None:
    pick, parser, different = random.Random(25), MarkdownIt(), 0
    for _ in range(TEXTS):
        parts = pick.choices(("`", "``", " [1] ", " [2] ", " [3] ", "x "), k=pick.randrange(1, 9))
        answer = "x " + "".join(parts).strip()
        [inline] = [token for token in parser.parse(answer) if token.type == "inline"]
        text = "".join(one.content for one in inline.children or () if one.type == "text")
        shown = {number for number in (1, 2, 3) if f"[{number}]" in text}
        if "```" not in answer:
            different += bool(shown) and "`" in answer
            assert {*answers.find_citations(answer, 3).cited} == shown, answer
    assert different
