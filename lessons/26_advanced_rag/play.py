"""What the prompt of lesson 26 offers: `make play-26`.

Every name here can be used there. TRY has a line for each task.
"""

import json

from langchain_core.documents import Document

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply

WORDS = [["refund", "in", "14", "days"], ["red", "lamp"], ["refund", "for", "a", "bike"]]
PAGES = [
    Document("Lamps can be returned.", id="lamps", metadata={"source": "shop", "year": 2023}),
    Document("A refund takes days. Ask us.", id="policy", metadata={"source": "policy"}),
    Document("Bikes: a refund, refund!", id="bikes", metadata={"source": "policy", "year": 2025}),
]
QUERY = "refund"
SOURCES = ["policy", "shop"]
BY_ID = {page.id: page for page in PAGES}
FOUND = {
    "refund": ["policy", "bikes"],
    "money back": ["policy", "lamps"],
    "return a bike": ["bikes", "policy"],
}


async def rewrite(question):
    """Say a question in other words, as a model would."""
    return ["money back", "return a bike"]


async def search(question):
    """Find pages for a question: an index that knows three questions."""
    return [BY_ID[name] for name in FOUND.get(question, ())]


def fuse(rankings):
    """Take the best place of each: the simplest way to make one ranking of several."""
    places = {}
    for ranking in rankings:
        for place, name in enumerate(ranking, 1):
            places[name] = min(place, places.get(name, place))
    return sorted(((name, 1 / place) for name, place in places.items()), key=lambda one: -one[1])


async def score(question, text):
    """Say how often the question is in a text."""
    return text.count(question)


def find_pieces(question, n):
    """Find pieces: the first four are all from one page."""
    names = ["policy"] * 4 + ["lamps"]
    return [Document("...", metadata={"parent": name}) for name in names][:n]


def planner():
    """A model that plans one search."""
    plan = {"query": "refund", "source": None, "year_from": 2024, "year_to": None}
    return ScriptedChatModel(replies=[Reply(json.dumps(plan))])


TRY = {
    "BM25Index": 'BM25Index(WORDS).scores(["refund"])',
    "reciprocal_rank_fusion": 'reciprocal_rank_fusion([["a", "b"], ["b", "c"]])',
    "multi_query": 'await multi_query("refund", rewrite, search, fuse)',
    "rerank": 'await rerank("refund", PAGES, score, top_n=2)',
    "ParentRetriever": "ParentRetriever(find_pieces, BY_ID).invoke(QUERY)",
    "compress_documents": 'show(compress_documents("refund", PAGES, lambda q, s: q in s))',
    "plan_search": 'await plan_search(planner(), "Since 2024?", SOURCES)',
}
