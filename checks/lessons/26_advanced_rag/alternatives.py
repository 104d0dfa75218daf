"""Right answers to lesson 26 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: A002, F821


# BM25Index


class BM25Index__inverted_lists:
    """For each word, the documents that have it, with what the word is worth there."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if k1 != k1 or k1 < 0 or not 0 <= b <= 1:
            raise ValueError((k1, b))
        documents = [list(words) for words in documents]
        self.size = len(documents)
        total = sum(map(len, documents))
        places = {}
        for at, words in enumerate(documents):
            for word in words:
                places.setdefault(word, {}).setdefault(at, 0)
                places[word][at] += 1
        self.parts = {}
        for word, found in places.items():
            idf = math.log1p((self.size - len(found) + 0.5) / (len(found) + 0.5))
            self.parts[word] = {
                at: idf * f / (f + k1 * (1 - b + b * len(documents[at]) * self.size / total))
                for at, f in found.items()
            }

    def scores(self, query):
        scores = [0.0] * self.size
        for word in query:
            for at, part in self.parts.get(word, {}).items():
                scores[at] += part
        return scores


class BM25Index__keeps_copies:
    """Tuples of words, and everything else is counted when a query comes."""

    def __init__(self, documents, k1=1.5, b=0.75):
        if not k1 >= 0 or not 0 <= b <= 1:
            raise ValueError("k1 or b")
        self._documents = tuple(tuple(words) for words in documents)
        self._k1, self._b = k1, b

    def scores(self, query):
        n = len(self._documents)
        words = sum(len(document) for document in self._documents)
        found = [0.0 for _ in self._documents]
        for word, times in Counter(query).items():
            having = sum(1 for document in self._documents if word in document)
            idf = math.log(n + 1) - math.log(having + 0.5)
            for at, document in enumerate(self._documents):
                f = document.count(word)
                if f > 0:
                    long = len(document) / (words / n)
                    found[at] += times * idf / (1 + self._k1 * (1 - self._b + self._b * long) / f)
        return found


# reciprocal_rank_fusion


def reciprocal_rank_fusion__index_in_each(rankings, k=60, weights=None):
    """For each id, look for it in each ranking."""
    weights = list(weights) if weights is not None else [1 for _ in rankings]
    if not k >= 0 or len(weights) != len(rankings) or not all(one >= 0 for one in weights):
        raise ValueError("k or weights")
    rankings = [list(dict.fromkeys(ranking)) for ranking in rankings]
    scores = []
    for name in sorted({name for ranking in rankings for name in ranking}):
        parts = [
            weight / (k + 1 + ranking.index(name))
            for ranking, weight in zip(rankings, weights, strict=True)
            if name in ranking
        ]
        scores.append((name, math.fsum(parts)))
    scores.sort(key=lambda one: round(one[1], 13), reverse=True)
    return scores


def reciprocal_rank_fusion__fractions(rankings, k=60, weights=None):
    """Exact arithmetic, so equal sums are equal."""
    from fractions import Fraction

    if weights is None:
        weights = (1,) * len(rankings)
    if k != k or k < 0 or len(weights) != len(rankings):
        raise ValueError("k or weights")
    if any(weight != weight or weight < 0 for weight in weights):
        raise ValueError("a weight")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        rank, seen = 0, set()
        for name in ranking:
            if name not in seen:
                seen.add(name)
                rank += 1
                part = Fraction(weight) / (Fraction(k) + rank)
                scores[name] = scores.get(name, Fraction()) + part
    ordered = sorted(scores, key=lambda name: (-scores[name], name))
    return [(name, float(scores[name])) for name in ordered]


# multi_query


async def multi_query__task_group(question, rewrite, search, fuse, n=3):
    """A TaskGroup whose tasks note their own errors."""
    if not n >= 0:
        raise ValueError("n is negative")
    asked = [question]
    try:
        for line in await rewrite(question):
            known = {one.strip().lower() for one in asked}
            if line.strip() and line.strip().lower() not in known:
                asked.append(line.strip())
    except Exception:
        asked = [question]
    asked = asked[: n + 1]
    lists, errors = {}, {}

    async def run(at, wording):
        try:
            lists[at] = await search(wording)
        except Exception as error:
            errors[at] = error

    async with asyncio.TaskGroup() as group:
        for at, wording in enumerate(asked):
            group.create_task(run(at, wording))
    if not lists:
        raise errors[0]
    by_key = {}
    for at in sorted(lists, reverse=True):
        for document in reversed(lists[at]):
            by_key[key_of(document)] = document
    ranked = fuse([[key_of(one) for one in lists[at]] for at in sorted(lists)])
    return [by_key[key] for key, _ in ranked]


async def multi_query__question_first(question, rewrite, search, fuse, n=3):
    """The search for the question begins while the model still thinks about other words."""
    if n < 0:
        raise ValueError(n)
    tasks = [asyncio.create_task(search(question))]
    try:
        await asyncio.sleep(0)
        try:
            others = await rewrite(question)
        except Exception:
            others = []
        seen, left = {question.strip().casefold()}, n
        for other in others:
            other = " ".join([other]).strip()
            if left and other and other.casefold() not in seen:
                seen.add(other.casefold())
                left -= 1
                tasks.append(asyncio.create_task(search(other)))
        results = await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    good = [one for one in results if not isinstance(one, BaseException)]
    if not good:
        raise results[0]
    keys = [list(map(key_of, one)) for one in good]
    known = {}
    for names, documents in zip(keys, good, strict=True):
        known = dict(zip(reversed(names), reversed(documents), strict=True)) | known
    return [known[key] for key, score in fuse(keys)]


# rerank


async def rerank__workers(question, documents, score, top_n, order="best_first", limit=4):
    """Workers take one document after the other from a queue."""
    if order not in {"best_first", "edges"}:
        raise ValueError(order)
    if min(top_n, limit) < 1:
        raise ValueError("top_n and limit are at least 1")
    waiting = iter(list(enumerate(documents)))
    scores = [None] * len(documents)

    async def work():
        for at, document in waiting:
            try:
                found = await score(question, document.page_content)
            except Exception:
                continue
            if found == found:
                scores[at] = found

    await asyncio.gather(*(work() for _ in range(limit)))
    with_score = [at for at, found in enumerate(scores) if found is not None]
    with_score.sort(key=lambda at: scores[at], reverse=True)
    places = with_score + [at for at, found in enumerate(scores) if found is None]
    places = places[:top_n]
    if order == "edges":
        front, back = [], []
        for number, at in enumerate(places):
            if number % 2:
                back.insert(0, at)
            else:
                front.append(at)
        places = front + back
    return [
        Document(
            documents[at].page_content,
            id=documents[at].id,
            metadata={**deepcopy(documents[at].metadata), "rerank_score": scores[at]},
        )
        for at in places
    ]


async def rerank__task_group(question, documents, score, top_n, order="best_first", limit=4):
    """A TaskGroup, and a heap for the best."""
    import heapq

    if top_n < 1:
        raise ValueError("top_n")
    if limit < 1:
        raise ValueError("limit")
    if order != "best_first" and order != "edges":
        raise ValueError("order")
    gate, scores = asyncio.BoundedSemaphore(limit), {}

    async def judge(at):
        async with gate:
            try:
                scores[at] = await score(question, documents[at].page_content)
            except Exception:
                scores[at] = float("nan")

    async with asyncio.TaskGroup() as group:
        for at in range(len(documents)):
            group.create_task(judge(at))

    def rank(at):
        return (1, 0, at) if math.isnan(scores[at]) else (0, -scores[at], at)

    best, chosen = heapq.nsmallest(top_n, range(len(documents)), key=rank), []
    if order == "edges":
        best = [at for n, at in enumerate(best) if n % 2 == 0] + [
            best[n] for n in range(len(best) - 1, -1, -1) if n % 2 == 1
        ]
    for at in best:
        copy = deepcopy(documents[at])
        copy.metadata["rerank_score"] = None if math.isnan(scores[at]) else scores[at]
        chosen.append(copy)
    return chosen


# ParentRetriever


class ParentRetriever__recursive(Runnable):
    """Each round calls itself with twice as many pieces."""

    def __init__(self, search, parents, k=4):
        if k <= 0:
            raise ValueError("k is at least 1")
        self._search, self._parents, self._k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        return [deepcopy(parent) for parent in self.look(input, self._k * 4)]

    def look(self, question, n):
        pieces, found = self._search(question, n), {}
        for piece in pieces:
            name = piece.metadata.get("parent")
            if name in self._parents:
                found.setdefault(name, self._parents[name])
        if len(found) < self._k and len(pieces) == n:
            return self.look(question, 2 * n)
        return list(found.values())[: self._k]


class ParentRetriever__keeps_what_it_has(Runnable):
    """Later rounds only look at the pieces that are new."""

    def __init__(self, search, parents, k=4):
        if not k >= 1:
            raise ValueError(k)
        self.find, self.pages, self.most = search, parents, k

    def invoke(self, input, *args, **kwargs):
        found, seen, n = [], 0, 4 * self.most
        while len(found) < self.most:
            pieces = self.find(input, n)
            for piece in pieces[seen:]:
                try:
                    parent = self.pages[piece.metadata["parent"]]
                except KeyError:
                    continue
                if all(parent is not other for other in found):
                    found.append(parent)
            seen = len(pieces)
            if seen < n:
                break
            n += n
        return [
            Document(one.page_content, id=one.id, metadata=deepcopy(one.metadata))
            for one in found[: self.most]
        ]


# compress_documents


def compress_documents__runs_of_places(question, documents, keep):
    """The numbers of the sentences that stay, cut where one is missing."""
    try:
        for document in documents:
            sentences = sentence_chunks(document.page_content)
            kept = [n for n, one in enumerate(sentences) if keep(question, one.text.strip())]
            runs = []
            for n in kept:
                if runs and runs[-1][-1] == n - 1:
                    runs[-1].append(n)
                else:
                    runs.append([n])
            spans = []
            for run in runs:
                start, end = sentences[run[0]].start, sentences[run[-1]].end
                while document.page_content[start].isspace():
                    start += 1
                while document.page_content[end - 1].isspace():
                    end -= 1
                spans.append((start, end))
            if not spans:
                continue
            copy = document.model_copy(deep=True)
            copy.page_content = " … ".join(document.page_content[a:b] for a, b in spans)
            copy.metadata["spans"] = spans
            yield copy
    finally:
        close_source(documents)


def compress_documents__one_document_at_a_time(question, documents, keep):
    """A function for one document, and a loop around it."""

    def compressed(document):
        text, spans, is_open = document.page_content, [], False
        for sentence in sentence_chunks(text):
            bare = sentence.text.strip()
            if not keep(question, bare):
                is_open = False
                continue
            begin = sentence.start + len(sentence.text) - len(sentence.text.lstrip())
            spans[-1:] = (
                [(spans[-1][0], begin + len(bare))]
                if is_open
                else [*spans[-1:], (begin, begin + len(bare))]
            )
            is_open = True
        pieces = [text[start:end] for start, end in spans]
        metadata = {**deepcopy(document.metadata), "spans": spans}
        return spans and Document(GAP.join(pieces), id=document.id, metadata=metadata)

    try:
        yield from filter(None, map(compressed, documents))
    finally:
        close_source(documents)


# plan_search


async def plan_search__steps(model, question, sources):
    """One question after the other about the plan, and a range of years."""
    plan = None
    try:
        planner = model.with_structured_output(SearchPlan, include_raw=True)
        answer = await planner.ainvoke(plan_messages(question, sources))
        plan = answer["parsed"]
    except Exception:
        plan = None
    if not isinstance(plan, SearchPlan):
        return question, lambda document: True
    years = [year for year in (plan.year_from, plan.year_to) if year is not None]
    if plan.query.isspace() or not plan.query or years != sorted(years):
        return question, lambda document: True
    if plan.source is not None and all(plan.source != one for one in sources):
        return question, lambda document: True

    def fits(document):
        known = document.metadata
        if plan.source is not None and ("source" not in known or known["source"] != plan.source):
            return False
        if not years:
            return True
        year = known.get("year")
        if type(year) is not int:
            return False
        if plan.year_from is not None and year < plan.year_from:
            return False
        return plan.year_to is None or year <= plan.year_to

    return plan.query, fits


async def plan_search__list_of_conditions(model, question, sources):
    """Each field that is there becomes a condition."""
    anything = (question, lambda document: True)
    try:
        planner = model.with_structured_output(SearchPlan, method="function_calling")
        found = await planner.ainvoke(plan_messages(question, sources))
        plan = found if isinstance(found, SearchPlan) else SearchPlan(**found)
        low, high = plan.year_from, plan.year_to
        if plan.source not in {None, *sources} or not plan.query.strip():
            raise ValueError("a source or a query")
        if None not in (low, high) and low > high:
            raise ValueError("the years")
    except Exception:
        return anything
    conditions = []
    if plan.source is not None:
        conditions.append(lambda known: known.get("source") == plan.source)
    if low is not None or high is not None:
        conditions.append(lambda known: isinstance(known.get("year"), int))
    if low is not None:
        conditions.append(lambda known: known["year"] >= low)
    if high is not None:
        conditions.append(lambda known: known["year"] <= high)
    return plan.query, lambda document: all(one(document.metadata) for one in conditions)
