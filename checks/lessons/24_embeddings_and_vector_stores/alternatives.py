"""Right answers to lesson 24 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: A002, F821


# cosine_similarity


def cosine_similarity__unit_vectors(a, b):
    """math.hypot scales by itself, so each vector gets the length 1 first."""
    if not a or len(a) != len(b):
        raise ValueError("dimensions")
    for number in (*a, *b):
        if number != number or number in (math.inf, -math.inf):
            raise ValueError("not finite")
    length_a, length_b = math.hypot(*a), math.hypot(*b)
    if 0 in (length_a, length_b):
        return 0.0
    cosine = sum(x / length_a * (y / length_b) for x, y in zip(a, b, strict=True))
    return sorted((-1.0, cosine, 1.0))[1]


def cosine_similarity__numpy(a, b):
    """Arrays in place of loops."""
    import numpy as np

    one, other = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if one.shape != other.shape or one.size == 0 or not np.isfinite([one, other]).all():
        raise ValueError("these cannot be compared")
    if not one.any() or not other.any():
        return 0.0
    one, other = one / np.abs(one).max(), other / np.abs(other).max()
    cosine = one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.clip(cosine, -1, 1))


def cosine_similarity__from_the_distance(a, b):
    """Half of the squared distance of two unit vectors is 1 minus the cosine."""
    if len(a) != len(b) or len(a) < 1 or not math.isfinite(sum(abs(x) / 2**20 for x in [*a, *b])):
        raise ValueError("these cannot be compared")
    if not any(a) or not any(b):
        return 0.0

    def unit(vector):
        length = math.hypot(*vector)
        return [x / length for x in vector]

    cosine = 1 - math.dist(unit(a), unit(b)) ** 2 / 2
    return max(-1.0, min(1.0, cosine))


# embed_in_batches


def embed_in_batches__islice(embeddings, texts, batch_size=64):
    """An iterator of the different texts is emptied batch by batch."""
    from itertools import islice

    if batch_size <= 0:
        raise ValueError("batch_size")
    known, rest = {}, iter(dict.fromkeys(texts))
    while batch := [*islice(rest, batch_size)]:
        for text, vector in zip(batch, embeddings.embed_documents(batch), strict=True):
            known[text] = tuple(vector)
    if known and min(map(len, known.values())) != max(map(len, known.values())):
        raise ValueError("dimensions")
    return [[*known[text]] for text in texts]


def embed_in_batches__by_number(embeddings, texts, batch_size=64):
    """Each different text has a number, and vectors are a list."""
    if batch_size < 1:
        raise ValueError(batch_size)
    numbers = {}
    for text in texts:
        numbers.setdefault(text, len(numbers))
    vectors, batch = [], []
    for text in numbers:
        batch.append(text)
        if len(batch) == batch_size or len(vectors) + len(batch) == len(numbers):
            before = len(vectors)
            vectors.extend(embeddings.embed_documents(batch))
            if len(vectors) - before != len(batch):
                raise ValueError("another number of vectors")
            if any(len(vector) != len(vectors[0]) for vector in vectors[before:]):
                raise ValueError("other dimensions")
            batch = []
    return [vectors[numbers[text]][:] for text in texts]


def embed_in_batches__recursion(embeddings, texts, batch_size=64):
    """The first batch, and then the rest."""
    if batch_size < 1:
        raise ValueError(batch_size)

    def embedded(rest):
        if not rest:
            return {}
        first = rest[:batch_size]
        made = embeddings.embed_documents(first)
        if len(made) != len(first):
            raise ValueError("another number of vectors")
        return {**dict(zip(first, made, strict=True)), **embedded(rest[batch_size:])}

    vectors = embedded(list(dict.fromkeys(texts)))
    if len(set(map(len, vectors.values()))) > 1:
        raise ValueError("other dimensions")
    return [vectors[text].copy() for text in texts]


# CachedEmbeddings


class CachedEmbeddings__blake2(Embeddings):
    """Another hash, in which the kind is a parameter, and one method for both kinds."""

    def __init__(self, inner, model, cache):
        self.inner, self.model, self.cache = inner, model, cache

    def key(self, kind, text):
        model = hashlib.blake2b(self.model.encode(errors="surrogatepass")).digest()
        data = model + text.encode(errors="surrogatepass")
        return hashlib.blake2b(data, person=kind.encode()).hexdigest()

    def vectors(self, kind, texts, embed):
        keys = {text: self.key(kind, text) for text in texts}
        missing = [text for text, key in keys.items() if key not in self.cache]
        if missing:
            made = embed(missing)
            if len(made) != len(missing):
                raise ValueError("another number of vectors")
            for text, vector in zip(missing, made, strict=True):
                self.cache[keys[text]] = vector[:]
        return [self.cache[keys[text]][:] for text in texts]

    def embed_documents(self, texts):
        return self.vectors("d", texts, self.inner.embed_documents)

    def embed_query(self, text):
        return self.vectors("q", [text], lambda texts: [self.inner.embed_query(texts[0])])[0]


class CachedEmbeddings__repr_of_a_tuple(Embeddings):
    """repr keeps the parts apart as well as JSON does; None stands for what is missing."""

    def __init__(self, inner, model, cache):
        def name(kind, text):
            return hashlib.sha512(repr((model, kind, text)).encode()).hexdigest()[:64]

        def embed_documents(texts):
            found = {text: cache.get(name(1, text)) for text in texts}
            wanted = [text for text in found if found[text] is None]
            if wanted:
                new = dict(zip(wanted, inner.embed_documents(wanted), strict=True))
                found |= new
                cache.update({name(1, text): [*vector] for text, vector in new.items()})
            return [[*found[text]] for text in texts]

        def embed_query(text):
            vector = cache.get(name(2, text))
            if vector is None:
                vector = cache[name(2, text)] = [*inner.embed_query(text)]
            return [*vector]

        self._documents, self._query = embed_documents, embed_query

    def embed_documents(self, texts):
        return self._documents(texts)

    def embed_query(self, text):
        return self._query(text)


# top_k


def top_k__sorted_twice(scores, k, at_least=None):
    """sorted keeps the order of what is equal: ids first, and then the scores."""
    if k <= 0:
        raise ValueError(k)
    entries = list(scores)
    for name, score in entries:
        if score != score:
            raise ValueError(name)
    by_id = sorted(entries, key=lambda entry: entry[0])
    ranked = sorted(by_id, key=lambda entry: entry[1], reverse=True)
    limit = -math.inf if at_least is None else at_least
    return [entry for entry in ranked if not entry[1] < limit][:k]


def top_k__insort(scores, k, at_least=None):
    """A short sorted list, into which each entry is put at its place."""
    from bisect import insort

    if k < 1:
        raise ValueError(k)
    best = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"{name}: NaN")
        if at_least is not None and score < at_least:
            continue
        insort(best, (name, score), key=lambda entry: (-entry[1], entry[0]))
        del best[k:]
    return best


# mmr_select


def mmr_select__naive(query, vectors, k, relevance=0.5):
    """All of it anew in each round."""
    if k < 1:
        raise ValueError(k)
    if not (relevance >= 0 and relevance <= 1):
        raise ValueError(relevance)
    chosen = []
    for _ in range(min(k, len(vectors))):
        best = None
        for index, vector in enumerate(vectors):
            if index in chosen:
                continue
            value = cosine_similarity(query, vector)
            if chosen:
                again = max(cosine_similarity(vector, vectors[one]) for one in chosen)
                value = relevance * value - (1 - relevance) * again
            if best is None or value > best[0] + SAME:
                best = value, index
        chosen.append(best[1])
    return chosen


def mmr_select__numpy(query, vectors, k, relevance=0.5):
    """An array of running maxima."""
    import numpy as np

    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k or relevance")
    if not len(vectors):
        return []
    likeness = np.array([cosine_similarity(query, vector) for vector in vectors])
    again = np.full(len(vectors), -2.0)
    worth, chosen = likeness.copy(), []
    while len(chosen) < min(k, len(vectors)):
        worth[chosen] = -np.inf
        pick = int(np.flatnonzero(worth > worth.max() - SAME)[0])
        chosen.append(pick)
        alike = [cosine_similarity(vectors[pick], vector) for vector in vectors]
        again = np.maximum(again, alike)
        worth = relevance * likeness - (1 - relevance) * again
    return chosen


# search_where


def search_where__all_and_then_some(store, query, k, where):
    """All documents in their order, of which the first k that fit are taken."""
    from copy import deepcopy
    from itertools import islice

    if k <= 0:
        raise ValueError(k)

    def key(value):
        return isinstance(value, bool), value

    def fits(metadata):
        for name, wanted in where.items():
            if name not in metadata:
                return False
            options = list(wanted) if isinstance(wanted, (list, tuple, set)) else [wanted]
            if key(metadata[name]) not in [key(one) for one in options]:
                return False
        return True

    everything = store.similarity_search(query, max(1, len(store.store)))
    found = (one for one in everything if fits(one.metadata))
    return [
        Document(one.page_content, id=one.id, metadata=deepcopy(one.metadata))
        for one in islice(found, k)
    ]


def search_where__with_scores(store, query, k, where):
    """The search with scores, and a sentinel for a key that is not there."""
    if k < 1:
        raise ValueError(k)
    missing = object()

    def equal(one, other):
        return (one is other) if bool in (type(one), type(other)) else one == other

    def fits(document):
        for name, wanted in where.items():
            value = document.metadata.get(name, missing)
            options = wanted if isinstance(wanted, list | tuple | set) else (wanted,)
            if value is missing or not any(equal(value, one) for one in options):
                return False
        return True

    found = store.similarity_search_with_score(query, k=k, filter=fits)
    return [document.model_copy(deep=True) for document, _ in found]


# SqliteVectorStore


class SqliteVectorStore__own_transactions(VectorStoreFromTexts):
    """BEGIN, COMMIT and ROLLBACK by hand, vectors as JSON, and top_k for the best."""

    def __init__(self, path, embedding, model):
        self.embedding, self.lock = embedding, threading.RLock()
        self.file = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
        self.run("CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value TEXT)")
        self.run("CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, a TEXT, b TEXT, c TEXT)")
        self.run("INSERT OR IGNORE INTO kept VALUES ('model', ?)", model)
        self.model_fits = self.run("SELECT value FROM kept WHERE key = 'model'") == [(model,)]

    def run(self, command, *values):
        with self.lock:
            return self.file.execute(command, values).fetchall()

    def check(self, vectors):
        known = [len(json.loads(c)) for (c,) in self.run("SELECT c FROM entry LIMIT 1")]
        if not self.model_fits or len({*known, *map(len, vectors)}) > 1:
            raise ModelMismatch("another model")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is None:
            ids = [one.id if one.id else str(uuid.uuid4()) for one in documents]
        if len(ids) != len(documents):
            raise ValueError("ids")
        if not documents:
            return []
        vectors = self.embedding.embed_documents([one.page_content for one in documents])
        if len(vectors) != len(documents):
            raise ValueError("vectors")
        with self.lock:
            self.run("BEGIN IMMEDIATE")
            try:
                self.check(vectors)
                for name, one, vector in zip(ids, documents, vectors, strict=True):
                    metadata = json.dumps(one.metadata)
                    self.run("DELETE FROM entry WHERE id = ?", name)
                    row = (name, one.page_content, metadata, json.dumps(vector))
                    self.run("INSERT INTO entry VALUES (?, ?, ?, ?)", *row)
            except BaseException:
                self.run("ROLLBACK")
                raise
            self.run("COMMIT")
        return [*ids]

    def get_by_ids(self, ids, /):
        return [self.made(row) for row in self.run("SELECT * FROM entry") if row[0] in {*ids}]

    def delete(self, ids=None, **kwargs):
        marks = ", ".join("?" * len(ids or ()))
        self.run(f"DELETE FROM entry WHERE id IN ({marks})", *(ids or ()))

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(k)
        rows = {row[0]: row for row in self.run("SELECT * FROM entry")}
        if not rows and self.model_fits:
            return []
        vector = self.embedding.embed_query(query)
        self.check([vector])
        if filter:
            rows = {name: row for name, row in rows.items() if filter(self.made(row))}
        scores = [(n, cosine_similarity(vector, json.loads(row[3]))) for n, row in rows.items()]
        return [self.made(rows[name]) for name, _ in top_k(scores, k)]

    def made(self, row):
        return Document(page_content=row[1], id=row[0], metadata=json.loads(row[2]))

    def close(self):
        self.file.close()


class SqliteVectorStore__upsert(VectorStoreFromTexts):
    """The model is checked when something is embedded, and SQL does the upsert and the order."""

    def __init__(self, path, embedding, model):
        self.db = sqlite3.connect(path, check_same_thread=False)
        self.lock, self.model, self._embed = threading.Lock(), model, embedding
        with self.db as db:
            db.executescript(
                "CREATE TABLE IF NOT EXISTS chunk (id PRIMARY KEY, text, metadata, vector);"
                "CREATE TABLE IF NOT EXISTS model (name UNIQUE);"
            )
            if not db.execute("SELECT count(*) FROM model").fetchone()[0]:
                db.execute("INSERT INTO model VALUES (?)", (model,))

    def _compare(self, vectors):
        (name,) = self.db.execute("SELECT name FROM model").fetchone()
        if name != self.model:
            raise ModelMismatch(name)
        wanted = {len(vector) for vector in vectors}
        for (blob,) in self.db.execute("SELECT vector FROM chunk LIMIT 1"):
            wanted.add(len(blob) // 8)
        if len(wanted) > 1:
            raise ModelMismatch(wanted)

    def add_documents(self, documents, ids=None, **kwargs):
        ids = [one.id for one in documents] if ids is None else ids
        rows = []
        for name, one in zip(ids, documents, strict=True):
            rows.append([name or uuid.uuid4().hex, one.page_content, json.dumps(one.metadata)])
        if rows:
            vectors = self._embed.embed_documents([text for _, text, _ in rows])
            packed = [array("d", vector).tobytes() for vector in vectors]
            with self.lock, self.db:
                self._compare(vectors)
                self.db.executemany(
                    "INSERT INTO chunk VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                    "text = excluded.text, metadata = excluded.metadata, vector = excluded.vector",
                    [(*row, blob) for row, blob in zip(rows, packed, strict=True)],
                )
        return [row[0] for row in rows]

    def _all(self):
        with self.lock:
            rows = self.db.execute("SELECT * FROM chunk ORDER BY id").fetchall()
        for name, text, metadata, blob in rows:
            yield Document(text, id=name, metadata=json.loads(metadata)), array("d", blob)

    def get_by_ids(self, ids, /):
        return [document for document, _ in self._all() if document.id in ids]

    def delete(self, ids=None, **kwargs):
        with self.lock, self.db:
            for name in ids or []:
                self.db.execute("DELETE FROM chunk WHERE id = ?", (name,))

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k <= 0:
            raise ValueError("k")
        wanted = self._embed.embed_query(query)
        with self.lock:
            self._compare([wanted])
        kept = [pair for pair in self._all() if filter is None or filter(pair[0])]
        kept.sort(key=lambda pair: cosine_similarity(wanted, pair[1]), reverse=True)
        return [document for document, _ in kept[:k]]

    def close(self):
        self.db.close()
