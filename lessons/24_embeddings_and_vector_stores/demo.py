"""Live demos of lesson 24. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on the handbook of a bicycle workshop. Each one stands on its own, so you
can change it and run it again in front of a class.
"""

import matplotlib.pyplot as plt
from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore

from course import plots
from course.fakes.embeddings import CountingEmbeddings, HashedEmbeddings
from course.fakes.handbook import read_documents
from course.notebook import open_lesson

reference = open_lesson("24").reference


def cosine_similarity() -> None:
    """Four arrows, compared with the first one. The second is three times as long, and just as
    alike. Change a number, and guess before you run it."""
    arrows = {"itself": [1, 2], "longer": [3, 6], "across": [-2, 1], "opposite": [-1, -2]}
    for name, arrow in arrows.items():
        print(f"{name:10} {reference.cosine_similarity([1, 2], arrow):5.2f}")


def embed_in_batches() -> None:
    """The pages of the handbook, each of them twice. Only the different ones are embedded, ten in a
    call."""
    texts = [page.page_content for page in read_documents()] * 2
    model = CountingEmbeddings(HashedEmbeddings(256))
    vectors = reference.embed_in_batches(model, texts, batch_size=10)
    print(len(texts), "texts,", len(vectors), "vectors, calls of", [len(c) for c in model.calls])


def cached_embeddings() -> None:
    """Three texts, and then four. The second call asks only for the new one. Look at the keys: they
    show neither the text nor the model."""
    model, cache = CountingEmbeddings(HashedEmbeddings(64)), {}
    cached = reference.CachedEmbeddings(model, "hashed-64", cache)
    cached.embed_documents(["Bells", "Locks", "Lights"])
    cached.embed_documents(["Bells", "Locks", "Lights", "Tires"])
    cached.embed_query("Bells")
    print("documents:", model.calls, "queries:", model.queries)
    print([key[:12] for key in cache])


def top_k() -> None:
    """Two pages have the same score. Turn the list round: the result stays the same."""
    scores = [("warranty", 0.5), ("club", 0.5), ("refunds", 0.8), ("hire", 0.1)]
    for entries in (scores, scores[::-1]):
        print(reference.top_k(entries, 3, at_least=0.2))


def mmr_select() -> None:
    """Three texts say nearly the same. With relevance 1, all of them come. With 0.5, one of them
    does, and two that say something else."""
    texts = [
        "Refunds are paid within 14 days",
        "We pay refunds within 14 days",
        "Within 14 days refunds are paid",
        "Refunds need a receipt",
        "No refunds for worn tires",
    ]
    model = HashedEmbeddings(1024)
    vectors, query = model.embed_documents(texts), model.embed_query("refunds within days")
    for relevance in (1, 0.5):
        chosen = reference.mmr_select(query, vectors, 3, relevance)
        print(relevance, [texts[n] for n in chosen])


def search_where() -> None:
    """Two German pages among many English ones. The search finds both, whatever else is nearer.
    Compare it with a filter after the search."""
    store = InMemoryVectorStore(HashedEmbeddings(1024))
    store.add_documents(read_documents())
    question = "bicycle hire"
    found = reference.search_where(store, question, 3, {"lang": "de"})
    print([page.metadata["source"] for page in found])
    late = [p for p in store.similarity_search(question, 3) if p.metadata.get("lang") == "de"]
    print([page.metadata["source"] for page in late])


def sqlite_vector_store() -> None:
    """A store in memory, a batch that fails in the middle, and a search. Nothing of the batch is
    there."""
    store = reference.SqliteVectorStore(":memory:", HashedEmbeddings(1024), "hashed-1024")
    store.add_documents(read_documents())
    broken = [Document("Free bells for all"), Document("?", metadata={"when": {1, 2}})]
    try:
        store.add_documents(broken)
    except TypeError as error:
        print("refused:", error)
    for page in store.similarity_search("free bells for all", k=3):
        print(page.metadata["source"], "|", page.page_content[:50].replace("\n", " "))
    store.close()


def what_a_filter_after_the_search_costs() -> None:
    """### What a filter after the search costs

    A store with 200 pages, of which some share fits. Five are wanted. The lines show how many come:
    with a filter before the cut, and with a filter after it.
    """
    model = HashedEmbeddings(256)
    shares = (1, 2, 5, 10, 20, 50, 100)
    lines: dict[str, dict[int, float]] = {"filter, then cut": {}, "cut, then filter": {}}
    for share in shares:
        store = InMemoryVectorStore(model)
        store.add_documents(
            [
                Document(f"Page {n} about bell {n % 7}", metadata={"fits": n * 37 % 100 < share})
                for n in range(200)
            ]
        )
        found = reference.search_where(store, "bell 3", 5, {"fits": True})
        lines["filter, then cut"][share] = len(found) / 5
        late = [one for one in store.similarity_search("bell 3", 5) if one.metadata["fits"]]
        lines["cut, then filter"][share] = len(late) / 5
    plots.by_size(
        lines, "Five are wanted", "percent of the pages that fit", "share of the five that come"
    )


def what_dimensions_are_for() -> None:
    """### What dimensions are for

    The model of this course gives each word a place among its dimensions. With few of them, words
    share a place, and pages seem alike that are not. The bars show how alike two pages of the
    handbook are on average, by the number of dimensions.
    """
    texts = [page.page_content for page in read_documents()][:24]
    means = {}
    for dimensions in (8, 32, 128, 512, 2048):
        vectors = HashedEmbeddings(dimensions).embed_documents(texts)
        pairs = [
            abs(reference.cosine_similarity(one, other))
            for n, one in enumerate(vectors)
            for other in vectors[:n]
        ]
        means[dimensions] = sum(pairs) / len(pairs)
    figure, axes = plt.subplots(figsize=(8, 2.4), dpi=110, layout="constrained")
    bars = axes.bar([str(n) for n in means], [*means.values()], color="#0072B2")
    axes.bar_label(bars, fmt="%.2f", padding=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("dimensions")
    axes.set_ylabel("likeness of two pages")
    figure.suptitle("Different pages look alike on a small map", fontweight="bold")
    plt.show()
