"""Live demos of lesson 26. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on the handbook of a bicycle workshop. Each one stands on its own, so you
can change it and run it again in front of a class.
"""

import asyncio
import json
import re

from langchain_core.documents import Document

from course import plots
from course.fakes import handbook
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.embeddings import HashedEmbeddings
from course.fakes.script import Reply
from course.notebook import open_lesson

reference = open_lesson("26").reference


def bm25_index() -> None:
    """The price of a word. A word that few pages have is worth much, one that all have next to
    nothing, and nothing is ever worth less than nothing. Ask for other words."""
    pages = handbook.read_documents()
    index = reference.BM25Index([re.findall(r"\w+", one.page_content.lower()) for one in pages])
    for query in ("coffee", "bicycle", "the", "bicycle coffee"):
        scores = index.scores(query.split())
        best = sorted(range(len(pages)), key=lambda at: -scores[at])[:3]
        print(f"{query:15}", [f"{pages[at].id} {scores[at]:.2f}" for at in best])


def reciprocal_rank_fusion() -> None:
    """Two searches disagree. What both find comes first, though neither has it there. A large `k`
    makes the places more alike: try 0."""
    words = ["club", "hire", "payment", "gift_cards"]
    vectors = ["gift_cards", "payment", "warranty"]
    for name, score in reference.reciprocal_rank_fusion([words, vectors]):
        print(f"{score:.4f}  {name}")


async def multi_query() -> None:
    """Three wordings of one question are searched for at the same time. One of the searches fails,
    and nobody notices, except in what is printed."""
    found = {"voucher lost": ["gift_cards", "club"], "gift card": ["gift_cards", "payment"]}

    async def rewrite(question):
        return ["gift card", " GIFT CARD ", "credit note"]

    async def search(question):
        print("searching for", repr(question))
        await asyncio.sleep(0.2)
        if question == "credit note":
            raise ConnectionError("the index does not answer")
        return [Document("...", id=name) for name in found[question]]

    fuse = reference.reciprocal_rank_fusion
    documents = await reference.multi_query("voucher lost", rewrite, search, fuse)
    print([one.id for one in documents])


async def rerank() -> None:
    """A judge that takes its time looks at two pages at once, at most. Set `order` to "edges", and
    see where the second best one goes."""
    pages = [one for one in handbook.read_documents() if one.metadata["lang"] == "en"][:8]
    running = []

    async def score(question, text):
        running.append(text)
        print("*" * len(running), end=" ")
        await asyncio.sleep(0.05)
        running.remove(text)
        return text.lower().count(question)

    best = await reference.rerank("bicycle", pages, score, top_n=4, limit=2)
    print()
    for one in best:
        print(one.metadata["rerank_score"], one.id)


def parent_retriever() -> None:
    """All sentences of the handbook are searched, and whole pages come back. Many of the pieces are
    from one page, so more pieces are asked for than pages are wanted. Try another `k`."""
    pages = {one.id: one for one in handbook.read_documents()}
    pieces = [
        Document(chunk.text, metadata={"parent": name})
        for name, page in pages.items()
        for chunk in reference.sentence_chunks(page.page_content)
    ]
    words = [re.findall(r"\w+", one.page_content.lower()) for one in pieces]
    index = reference.BM25Index(words)

    def search(question, n):
        scores = index.scores(question.split())
        best = sorted(range(len(pieces)), key=lambda at: -scores[at])[:n]
        best = [at for at in best if scores[at] > 0]
        print(
            f"{len(best)} pieces from", len({pieces[at].metadata["parent"] for at in best}), "pages"
        )
        return [pieces[at] for at in best]

    retriever = reference.ParentRetriever(search, pages, k=3)
    print([one.id for one in retriever.invoke("warranty")])


def compress_documents() -> None:
    """Only sentences with one of the words stay. The spans say where they stand on the page, so a
    citation still points at the right place."""
    pages = [one for one in handbook.read_documents() if one.id in ("payment", "gift_cards")]

    def keep(question, sentence):
        return any(word in sentence.lower() for word in question.split())

    for one in reference.compress_documents("card expire", pages, keep):
        before = next(page for page in pages if page.id == one.id)
        print(one.id, len(before.page_content), "->", len(one.page_content), one.metadata["spans"])
        print("  ", one.page_content.replace("\n", " ")[:90])


async def plan_search() -> None:
    """The same question, planned well, and planned badly. A bad plan costs nothing: all pages fit,
    and the question is what is searched for."""
    pages = handbook.read_documents()
    sources = {one.metadata["source"] for one in pages}
    question = "What did a new chain cost before 2024?"
    for plan in (
        {"query": "price chain", "source": "prices_2023.csv"},
        {"query": "price chain", "year_to": 2023},
        {"query": "price chain", "source": "price_list.pdf"},
    ):
        model = ScriptedChatModel(replies=[Reply(json.dumps(plan))])
        query, fits = await reference.plan_search(model, question, sources)
        print(repr(query), sum(map(fits, pages)), "of", len(pages), "pages")


def recall_of_single_and_fused_rankings() -> None:
    """### Is one list of two better than each of them?

    Each question of the handbook is searched for by words (BM25), by vectors (hashed embeddings),
    and by both, fused. The lines say how many of the pages that help are among the first ones.

    With up to four places, the fused ranking finds the most. With five, the vectors alone find as
    much: what both have low stays low. So fusing is no magic. It helps where the two make different
    mistakes, and that is a question about your texts. Measure it.
    """
    pages = handbook.read_documents()
    questions = [one for one in handbook.read_questions() if one.relevant]
    names = [one.id for one in pages]

    def words_of(text):
        return re.findall(r"\w+", text.casefold())

    index = reference.BM25Index([words_of(one.page_content) for one in pages])
    embeddings = HashedEmbeddings(1024)
    vectors = embeddings.embed_documents([one.page_content for one in pages])

    def best(scores):
        order = sorted(range(len(names)), key=lambda at: (-scores[at], names[at]))
        return [names[at] for at in order[:10]]

    def by_words(question):
        return best(index.scores(words_of(question)))

    def by_vectors(question):
        asked = embeddings.embed_query(question)
        return best([sum(a * b for a, b in zip(asked, one, strict=True)) for one in vectors])

    def by_both(question):
        rankings = [by_words(question), by_vectors(question)]
        return [name for name, _ in reference.reciprocal_rank_fusion(rankings)]

    lines = {}
    for way, search in (("BM25", by_words), ("vectors", by_vectors), ("fused", by_both)):
        found = {one.id: search(one.text) for one in questions}
        lines[way] = {
            places: sum(
                len({*found[one.id][:places]} & one.relevant) / len(one.relevant)
                for one in questions
            )
            / len(questions)
            for places in range(1, 6)
        }
    title = "Pages that help, among the first ones"
    plots.by_size(lines, title, "places", "recall, mean of 30 questions")
