"""What beginners write first for lesson 24: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: A002, B018, F821, F841, PLW0127, RET503, RET504


# cosine_similarity


def cosine_similarity__prints(a, b):
    """The learner takes printing for returning."""
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    print(max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b)))))


def cosine_similarity__multiplies_lists(a, b):
    """The learner believes that lists can be multiplied with each other."""
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = sum(a * b)
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__hypot_of_a_list(a, b):
    """The learner has overlooked that hypot takes numbers one by one."""
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(a) * math.hypot(b))))


def cosine_similarity__isfinite_of_a_list(a, b):
    """The learner believes that isfinite looks into a list."""
    if len(a) != len(b) or not len(a) or (not math.isfinite(a) or not math.isfinite(b)):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__compares_with_nan(a, b):
    """The learner believes that NaN is equal to itself."""
    if (
        len(a) != len(b)
        or not len(a)
        or (math.nan in [x + 0.0 for x in [*a, *b]] or math.inf in [abs(x) for x in [*a, *b]])
    ):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__divides_by_zero(a, b):
    """The learner has overlooked that a length can be 0."""
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__returns_the_error(a, b):
    """The learner returns an error in place of raising it."""
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        return ValueError("two vectors of finite numbers")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


# embed_in_batches


def embed_in_batches__appends_the_batches(embeddings, texts, batch_size=64):
    """The learner believes that append adds each item."""
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    result = []
    for start in range(0, len(texts), batch_size):
        result.append(embeddings.embed_documents(texts[start : start + batch_size]))
    return result


def embed_in_batches__returns_in_the_loop(embeddings, texts, batch_size=64):
    """The learner has put the return into the loop."""
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError("another number of vectors")
        vectors.update(zip(batch, made, strict=True))
        return [list(vectors[text]) for text in texts]


def embed_in_batches__slices_a_dict(embeddings, texts, batch_size=64):
    """The learner believes that a dict can be sliced."""
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = dict.fromkeys(texts)
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__calls_the_object(embeddings, texts, batch_size=64):
    """The learner calls the embeddings like a function."""
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__a_dict_comes_back(embeddings, texts, batch_size=64):
    """The learner returns the dict and not its values."""
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return vectors


async def embed_in_batches__awaits_nothing(embeddings, texts, batch_size=64):
    """The learner believes that embedding has to be asynchronous."""
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = await embeddings.aembed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__vectors_as_keys(embeddings, texts, batch_size=64):
    """The learner believes that a list can be the key of a dict."""
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(made, batch, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


# CachedEmbeddings


class CachedEmbeddings__forgets_self(Embeddings):
    """The learner has forgotten self in a call of its own method."""

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [_key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__forgets_init(Embeddings):
    """The learner has not kept what the object is made with."""

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__hashes_a_text(Embeddings):
    """The learner has overlooked that hashlib takes bytes."""

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text])).hexdigest()


class CachedEmbeddings__hash_object_as_key(Embeddings):
    """The learner has left out hexdigest."""

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode())


class CachedEmbeddings__class_cache(Embeddings):
    """The learner keeps a cache in the class."""

    _cache = {}

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__embeds_one_text_as_list(Embeddings):
    """The learner returns a list of one vector."""

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return [list(self._cache[key])]

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__method_without_self(Embeddings):
    """The learner has forgotten self in a method."""

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


# top_k


def top_k__sorts_and_returns_none(scores, k, at_least=None):
    """The learner believes that sort returns the list."""
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return kept.sort(key=lambda entry: (-entry[1], entry[0]))


def top_k__minus_of_an_id(scores, k, at_least=None):
    """The learner puts a minus before a text."""
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (entry[1], -entry[0]))


def top_k__compares_with_nan(scores, k, at_least=None):
    """The learner believes that NaN is equal to itself."""
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if score == math.nan:
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__compares_with_none(scores, k, at_least=None):
    """The learner has overlooked that a number cannot be compared with None."""
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__appends_two_things(scores, k, at_least=None):
    """The learner believes that append takes two values."""
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append(name, score)
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__slices_a_stream(scores, k, at_least=None):
    """The learner believes that a stream can be sorted in place."""
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    scores.sort(key=lambda entry: (-entry[1], entry[0]))
    kept = [entry for entry in scores if at_least is None or entry[1] >= at_least]
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


# mmr_select


def mmr_select__index_of_max(query, vectors, k, relevance=0.5):
    """The learner takes the greatest value for its index."""
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = best
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__changes_the_dict_in_its_loop(query, vectors, k, relevance=0.5):
    """The learner deletes from a dict while looping over it."""
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        for index in worth:
            if index == last:
                del worth[last]
                continue
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__max_of_nothing(query, vectors, k, relevance=0.5):
    """The learner has overlooked that max needs at least one value."""
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [max(cosine_similarity(vector, vectors[one]) for one in []) for vector in vectors]
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__returns_the_dict(query, vectors, k, relevance=0.5):
    """The learner returns what each is worth."""
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return worth


def mmr_select__yields(query, vectors, k, relevance=0.5):
    """The learner hands out each index with yield."""
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        yield last
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]


# search_where


def search_where__filter_as_dict(store, query, k, where):
    """The learner believes that the store takes a dict as filter."""
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any((is_same(value, one) for one in (wanted if several else [wanted])))

    def fits(document):
        metadata = document.metadata
        return all((key in metadata and is_wanted(metadata[key], where[key]) for key in where))

    found = store.similarity_search(query, k, filter=dict(where))
    return [document.model_copy(deep=True) for document in found]


def search_where__calls_the_filter(store, query, k, where):
    """The learner calls the filter and hands over its result."""
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any((is_same(value, one) for one in (wanted if several else [wanted])))

    def fits(document):
        metadata = document.metadata
        return all((key in metadata and is_wanted(metadata[key], where[key]) for key in where))

    found = store.similarity_search(query, k, filter=fits())
    return [document.model_copy(deep=True) for document in found]


def search_where__subscripts_metadata(store, query, k, where):
    """The learner has overlooked that a key may be missing."""
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any((is_same(value, one) for one in (wanted if several else [wanted])))

    def fits(document):
        metadata = document.metadata
        return all((is_wanted(metadata[key], where[key]) for key in where))

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__forgets_to_return(store, query, k, where):
    """The learner has forgotten the return."""
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any((is_same(value, one) for one in (wanted if several else [wanted])))

    def fits(document):
        metadata = document.metadata
        return all((key in metadata and is_wanted(metadata[key], where[key]) for key in where))

    found = store.similarity_search(query, k, filter=fits)
    [document.model_copy(deep=True) for document in found]


def search_where__in_for_equal(store, query, k, where):
    """The learner asks with in whether two values are equal."""
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return value in wanted

    def fits(document):
        metadata = document.metadata
        return all((key in metadata and is_wanted(metadata[key], where[key]) for key in where))

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


# SqliteVectorStore


class SqliteVectorStore__row_without_tuple(VectorStoreFromTexts):
    """The learner hands over one value where a row of values is wanted."""

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [one for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__values_in_the_text(VectorStoreFromTexts):
    """The learner writes values into the SQL."""

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute(f"INSERT INTO about VALUES ({model})")
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__three_marks(VectorStoreFromTexts):
    """The learner has counted the question marks wrong."""

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", rows)
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__metadata_as_dict(VectorStoreFromTexts):
    """The learner has overlooked that SQLite has no dicts."""

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, one.metadata, pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=metadata), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__metadata_stays_text(VectorStoreFromTexts):
    """The learner has forgotten to read the JSON."""

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=metadata), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__table_is_there(VectorStoreFromTexts):
    """The learner makes a table that is there already."""

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__closes_after_each_call(VectorStoreFromTexts):
    """The learner closes the connection after the first call."""

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        self._connection.close()
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__forgets_fetchall(VectorStoreFromTexts):
    """The learner takes the cursor for its rows."""

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about")
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")
