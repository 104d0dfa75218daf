"""What the prompt of lesson 24 offers: `make play-24`.

Every name here can be used there. TRY has a line for each task.
"""

from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore

from course.fakes.embeddings import CountingEmbeddings, HashedEmbeddings

MODEL = CountingEmbeddings(HashedEmbeddings(64))
TINY = HashedEmbeddings(4)
TEXTS = ["Bells are loud", "Locks are safe", "Bells are loud", "Lights are bright"]
PAGES = [
    Document(text, id=f"{number}", metadata={"year": 2023 + number})
    for number, text in enumerate(dict.fromkeys(TEXTS))
]
STORE = InMemoryVectorStore(HashedEmbeddings(64))
STORE.add_documents(PAGES)
SCORES = [("b", 0.5), ("c", 0.9), ("a", 0.5)]
VECTORS = [[1, 0], [1, 0], [0, 1]]


def stored(make_store, question):
    """Put the pages into a new store, and return what it finds."""
    store = make_store(":memory:", HashedEmbeddings(64), "hashed-64")
    store.add_documents(PAGES)
    found = store.similarity_search(question, k=2)
    store.close()
    return found


TRY = {
    "cosine_similarity": "cosine_similarity([1, 2], [3, 6])",
    "embed_in_batches": "len(embed_in_batches(MODEL, TEXTS, batch_size=2)), MODEL.calls",
    "CachedEmbeddings": 'CachedEmbeddings(TINY, "hashed-4", {}).embed_query("Bells?")',
    "top_k": "top_k(SCORES, 2)",
    "mmr_select": "mmr_select([1, 0.2], VECTORS, 2)",
    "search_where": 'search_where(STORE, "loud bells", 1, {"year": 2024})',
    "SqliteVectorStore": 'stored(SqliteVectorStore, "loud bells")',
}
