"""What beginners write first for lesson 26: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: A002, F821, F841, B006, B007, B015, B018, RET503, RET504, RUF006, SIM102, SIM110


# BM25Index


class BM25Index__prints:
    """The learner takes printing for returning."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1

    def scores(self, query):
        found = []
        for counts, length in zip(self.counts, self.lengths, strict=True):
            score = 0.0
            for word in query:
                f, n = counts[word], self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        print(found)


class BM25Index__returns_in_the_loop:
    """The learner has overlooked that return ends the loop in its first round."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1

    def scores(self, query):
        found = []
        for counts, length in zip(self.counts, self.lengths, strict=True):
            score = 0.0
            for word in query:
                f, n = counts[word], self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
            return found


class BM25Index__forgets_self:
    """The learner has forgotten that what is kept belongs to self."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1

    def scores(self, query):
        found = []
        for counts, length in zip(self.counts, self.lengths, strict=True):
            score = 0.0
            for word in query:
                f, n = counts[word], self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__log_without_math:
    """The learner believes that log is built in."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1

    def scores(self, query):
        found = []
        for counts, length in zip(self.counts, self.lengths, strict=True):
            score = 0.0
            for word in query:
                f, n = counts[word], self.having[word]
                if f:
                    idf = log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__power_for_product:
    """The learner has typed one star too many."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1

    def scores(self, query):
        found = []
        for counts, length in zip(self.counts, self.lengths, strict=True):
            score = 0.0
            for word in query:
                f, n = counts[word], self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf**f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__scores_are_shared:
    """The learner keeps the list in the index, and it grows with each question."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.found = []
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1

    def scores(self, query):
        for counts, length in zip(self.counts, self.lengths, strict=True):
            score = 0.0
            for word in query:
                f, n = counts[word], self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            self.found.append(score)
        return self.found


class BM25Index__brackets_are_missing:
    """The learner has left out brackets, so that only the first term is divided."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1

    def scores(self, query):
        found = []
        for counts, length in zip(self.counts, self.lengths, strict=True):
            score = 0.0
            for word in query:
                f, n = counts[word], self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / f + self.k1 * long
            found.append(score)
        return found


# reciprocal_rank_fusion


def reciprocal_rank_fusion__prints(rankings, k=60, weights=None):
    """The learner takes printing for returning."""
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    print(sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0])))


def reciprocal_rank_fusion__sorts_in_place(rankings, k=60, weights=None):
    """The learner believes that sort returns the list."""
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    pairs = list(scores.items())
    return pairs.sort(key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__returns_the_dict(rankings, k=60, weights=None):
    """The learner believes that a dict is a list of pairs."""
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return scores


def reciprocal_rank_fusion__plus_equals_on_nothing(rankings, k=60, weights=None):
    """The learner believes that a missing key counts as 0."""
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] += weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__default_list(rankings, k=60, weights=None, scores={}):
    """The learner keeps the scores in a default value, which is made once."""
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__pairs_as_lists(rankings, k=60, weights=None):
    """The learner writes square brackets where a tuple is wanted."""
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return [
        [name, scores[name]]
        for name in sorted(scores, key=lambda one: (-round(scores[one], 12), one))
    ]


# multi_query


async def multi_query__forgets_await(question, rewrite, search, fuse, n=3):
    """The learner has forgotten to await the rewrites."""
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) <= n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return await search(wording)
        except Exception as error:
            return error

    results = await asyncio.gather(*[found(wording) for wording in wordings])
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__forgets_await_of_gather(question, rewrite, search, fuse, n=3):
    """The learner has forgotten to await gather."""
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) <= n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return await search(wording)
        except Exception as error:
            return error

    results = asyncio.gather(*[found(wording) for wording in wordings])
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__gathers_a_list(question, rewrite, search, fuse, n=3):
    """The learner hands gather a list."""
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) <= n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return await search(wording)
        except Exception as error:
            return error

    results = await asyncio.gather([found(wording) for wording in wordings])
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__forgets_await_of_search(question, rewrite, search, fuse, n=3):
    """The learner returns the coroutine of the search."""
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) <= n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return search(wording)
        except Exception as error:
            return error

    results = await asyncio.gather(*[found(wording) for wording in wordings])
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


def multi_query__def_for_async_def(question, rewrite, search, fuse, n=3):
    """The learner has forgotten async in front of def."""
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = asyncio.run(rewrite(question))
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) <= n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return await search(wording)
        except Exception as error:
            return error

    results = [asyncio.run(found(wording)) for wording in wordings]
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__a_bare_except(question, rewrite, search, fuse, n=3):
    """The learner catches everything, and says nothing."""
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) <= n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return await search(wording)
        except:  # noqa: E722
            pass

    results = await asyncio.gather(*[found(wording) for wording in wordings])
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__strips_nothing(question, rewrite, search, fuse, n=3):
    """The learner believes that strip changes the text."""
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one.strip()
        if one and one.lower() not in known and len(wordings) <= n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return await search(wording)
        except Exception as error:
            return error

    results = await asyncio.gather(*[found(wording) for wording in wordings])
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__documents_in_a_set(question, rewrite, search, fuse, n=3):
    """The learner puts documents into a set."""
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) <= n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return await search(wording)
        except Exception as error:
            return error

    results = await asyncio.gather(*[found(wording) for wording in wordings])
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    everything = {document for ranking in rankings for document in ranking}
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


# rerank


async def rerank__forgets_await(question, documents, score, top_n, order="best_first", limit=4):
    """The learner has forgotten to await the score."""
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        async with free:
            try:
                value = score(question, document.page_content)
            except Exception:
                value = None
        if value is not None and math.isnan(value):
            value = None
        copy = document.model_copy(deep=True)
        copy.metadata["rerank_score"] = value
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__plain_with(question, documents, score, top_n, order="best_first", limit=4):
    """The learner enters the semaphore without async."""
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        with free:
            try:
                value = await score(question, document.page_content)
            except Exception:
                value = None
        if value is not None and math.isnan(value):
            value = None
        copy = document.model_copy(deep=True)
        copy.metadata["rerank_score"] = value
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__semaphore_in_the_function(
    question, documents, score, top_n, order="best_first", limit=4
):
    """The learner makes a semaphore for each document."""
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")

    async def scored(document):
        free = asyncio.Semaphore(limit)
        async with free:
            try:
                value = await score(question, document.page_content)
            except Exception:
                value = None
        if value is not None and math.isnan(value):
            value = None
        copy = document.model_copy(deep=True)
        copy.metadata["rerank_score"] = value
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__compares_with_nan(question, documents, score, top_n, order="best_first", limit=4):
    """The learner compares with NaN, which equals nothing."""
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        async with free:
            try:
                value = await score(question, document.page_content)
            except Exception:
                value = None
        if value is not None and value == float("nan"):
            value = None
        copy = document.model_copy(deep=True)
        copy.metadata["rerank_score"] = value
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__attribute_for_key(question, documents, score, top_n, order="best_first", limit=4):
    """The learner takes metadata for an object with attributes."""
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        async with free:
            try:
                value = await score(question, document.page_content)
            except Exception:
                value = None
        if value is not None and math.isnan(value):
            value = None
        copy = document.model_copy(deep=True)
        copy.metadata.rerank_score = value
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__reverse_returns_none(
    question, documents, score, top_n, order="best_first", limit=4
):
    """The learner believes that reverse returns the list."""
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        async with free:
            try:
                value = await score(question, document.page_content)
            except Exception:
                value = None
        if value is not None and math.isnan(value):
            value = None
        copy = document.model_copy(deep=True)
        copy.metadata["rerank_score"] = value
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2].reverse()
    return ranked


async def rerank__returns_scores(question, documents, score, top_n, order="best_first", limit=4):
    """The learner returns the scores, not the documents."""
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        async with free:
            try:
                value = await score(question, document.page_content)
            except Exception:
                value = None
        if value is not None and math.isnan(value):
            value = None
        copy = document.model_copy(deep=True)
        copy.metadata["rerank_score"] = value
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return [one.metadata["rerank_score"] for one in ranked]


# ParentRetriever


class ParentRetriever__returns_names(Runnable):
    """The learner returns the names of the parents."""

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = self.search(input, wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return found[: self.k]
            wanted *= 2


class ParentRetriever__forgets_self(Runnable):
    """The learner has forgotten self."""

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = search(input, wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__self_is_missing(Runnable):
    """The learner has left out self in the signature."""

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = self.search(input, wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__forgets_to_double(Runnable):
    """The learner has forgotten that something has to change in a loop."""

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = self.search(input, wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]


class ParentRetriever__doubles_a_copy(Runnable):
    """The learner computes twice as many and keeps it nowhere."""

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = self.search(input, wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted * 2


class ParentRetriever__returns_in_the_loop(Runnable):
    """The learner returns with the first piece."""

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = self.search(input, wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
                return [self.parents[name] for name in found]
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__is_async(Runnable):
    """The learner has made the method asynchronous."""

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    async def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = self.search(input, wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


# compress_documents


def compress_documents__returns_a_list(question, documents, keep):
    """The learner returns a list, and yields nothing."""
    found = []
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept and last:
                    spans[-1] = (spans[-1][0], end)
                elif is_kept:
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": spans}
                content = GAP.join(text[start:end] for start, end in spans)
                found.append(Document(content, id=document.id, metadata=metadata))
    finally:
        close_source(documents)
    return found


def compress_documents__yields_texts(question, documents, keep):
    """The learner hands out texts."""
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept and last:
                    spans[-1] = (spans[-1][0], end)
                elif is_kept:
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": spans}
                content = GAP.join(text[start:end] for start, end in spans)
                yield content
    finally:
        close_source(documents)


def compress_documents__keeps_the_spans_of_all(question, documents, keep):
    """The learner makes the list once, in front of the loop."""
    spans = []
    try:
        for document in documents:
            text, last = document.page_content, False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept and last:
                    spans[-1] = (spans[-1][0], end)
                elif is_kept:
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": spans}
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__strips_nothing(question, documents, keep):
    """The learner believes that strip changes the text."""
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                sentence.text.strip()
                inside = sentence.text
                is_kept = bool(keep(question, inside))
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept and last:
                    spans[-1] = (spans[-1][0], end)
                elif is_kept:
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": spans}
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__update_returns_none(question, documents, keep):
    """The learner believes that update returns the dict."""
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept and last:
                    spans[-1] = (spans[-1][0], end)
                elif is_kept:
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata).update({"spans": spans})
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__slice_with_a_length(question, documents, keep):
    """The learner believes that a slice has a start and a length."""
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept and last:
                    spans[-1] = (spans[-1][0], end)
                elif is_kept:
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": spans}
                content = GAP.join(text[start : end - start] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


# plan_search


async def plan_search__forgets_await(model, question, sources):
    """The learner has forgotten to await the plan."""

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
    if source is not None and source not in sources:
        return question, everything
    if first is not None and last is not None and first > last:
        return question, everything
    if not plan.query.strip():
        return question, everything

    def fits(document):
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__invokes(model, question, sources):
    """The learner calls invoke, and awaits what it returns."""

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).invoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
    if source is not None and source not in sources:
        return question, everything
    if first is not None and last is not None and first > last:
        return question, everything
    if not plan.query.strip():
        return question, everything

    def fits(document):
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__calls_the_function(model, question, sources):
    """The learner calls the function in place of returning it."""

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
    if source is not None and source not in sources:
        return question, everything
    if first is not None and last is not None and first > last:
        return question, everything
    if not plan.query.strip():
        return question, everything

    def fits(document):
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits(plan)


async def plan_search__returns_the_query(model, question, sources):
    """The learner returns half of what is wanted."""

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
    if source is not None and source not in sources:
        return question, everything
    if first is not None and last is not None and first > last:
        return question, everything
    if not plan.query.strip():
        return question, everything

    def fits(document):
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query


async def plan_search__plan_as_dict(model, question, sources):
    """The learner takes the plan for a dict."""

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan["source"], plan["year_from"], plan["year_to"]
    if source is not None and source not in sources:
        return question, everything
    if first is not None and last is not None and first > last:
        return question, everything
    if not plan.query.strip():
        return question, everything

    def fits(document):
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__attribute_of_metadata(model, question, sources):
    """The learner takes metadata for an object with attributes."""

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
    if source is not None and source not in sources:
        return question, everything
    if first is not None and last is not None and first > last:
        return question, everything
    if not plan.query.strip():
        return question, everything

    def fits(document):
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.year
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__forgets_return_in_fits(model, question, sources):
    """The learner has forgotten to return."""

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
    if source is not None and source not in sources:
        return question, everything
    if first is not None and last is not None and first > last:
        return question, everything
    if not plan.query.strip():
        return question, everything

    def fits(document):
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits
