"""Lesson 24: Embeddings and Vector Stores.

One class for each task. `answers` are the functions to be graded, and `text` makes words that
differ from seed to seed. Vectors are small whole numbers, so that equal scores are equal. Files
are made in the folder in which the answers run.
"""

from __future__ import annotations

import math
import threading
from copy import deepcopy
from itertools import product
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore

from course.fakes.embeddings import CountingEmbeddings, OtherDimensions, TooFew
from course.fakes.script import Fail
from course.grade.expect import Words, keeps
from course.grade.scenarios import FEW_TEXTS, Stop, Stranger, each, repeated
from course.grade.stream_checks import passes_on
from course.grade.value_checks import Explained, in_calls, other_hashes, times, unchanged

NEAR = 1e-9
"""Results that differ by less are the same."""

NAMES = ("bell", "lock", "light", "saddle", "pedal", "chain", "wheel", "spoke", "brake", "rim")


def in_a_thread(call, *given, **options):
    """Call something in a thread of its own; where there are no threads, here."""
    ends = []

    def run():
        try:
            ends.append((call(*given, **options), None))
        except Exception as error:
            ends.append((None, error))

    thread = threading.Thread(target=run)
    try:
        thread.start()
    except RuntimeError:  # in a browser
        run()
    else:
        thread.join()
    result, error = ends[0]
    if error is not None:
        raise error
    return result


class Known(Embeddings):
    """Embeddings that know the vector of each text.

    They keep their vectors, and hand out the lists themselves. A text without a vector gets one
    that is made of its characters.
    """

    def __init__(self, vectors=None):
        self.vectors = dict(vectors or {})

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        known = self.vectors.get(text)
        if known is None:
            numbers = [ord(character) for character in text]
            known = self.vectors[text] = [len(text), sum(numbers) % 97 + 1, *[*numbers, 0, 0][:2]]
        return known


class Uneven(Known):
    """Embeddings that give one vector too many, or vectors of several lengths."""

    def __init__(self, extra=0, longer=""):
        super().__init__()
        self.extra, self.longer = extra, longer

    def embed_documents(self, texts):
        made = [[*self.embed_query(text), *([1] if text == self.longer else [])] for text in texts]
        return made + [[1, 1, 1, 1]] * self.extra


def counted(vectors=None, faults=None):
    """Embeddings with these vectors that note each call."""
    return CountingEmbeddings(Known(vectors), faults)


def words(text, number):
    """Different texts, in no particular order."""
    return [f"{text.random.choice(NAMES)} {n}" for n in text.random.sample(range(1_000), number)]


class TestCosineSimilarity(Explained):
    """Two vectors are compared by their direction."""

    WHY: ClassVar = {
        "it is no number": "Return a float.",
        "the cosine is another one": "Divide the sum of the products by the lengths of both "
        "vectors. A length is the square root of the sum of the squares.",
        "it is the sum of the products": "That is right only for vectors of length 1. Divide it by "
        "both lengths.",
        "opposite vectors count as alike": "The cosine of opposite vectors is -1: keep the sign.",
        "long vectors are more alike": "Only the direction counts. Divide by the length of each "
        "vector.",
        "large or small numbers break it": "The square of 1e200 is no float anymore, and that of "
        "1e-200 is 0. Divide a vector by its largest absolute number first.",
        "it goes beyond -1 or 1": "Rounding can end a little above 1. math.acos and others refuse "
        "that, so cut it off.",
        "a vector of zeros is like something": "It has no direction. The similarity is 0.0, and "
        "not NaN.",
        "vectors of different dimensions are compared": "zip ends with the shorter one. These "
        "vectors are not of one model: raise ValueError.",
        "vectors without dimensions are compared": "There is nothing to compare: raise ValueError.",
        "NaN or infinity is accepted": "What is compared with them has no meaning: raise "
        "ValueError. Look at both vectors, also if one of them has only zeros.",
    }

    def check(self, answers, a, b, wanted, problem="the cosine is another one"):
        with unchanged(a=a, b=b):
            got = answers.cosine_similarity(a, b)
        must = self.against(wanted, got)
        must(isinstance(got, int | float) and not isinstance(got, bool), "it is no number")
        if abs(got - wanted) > NEAR:
            product_sum = sum(x * y for x, y in zip(a, b, strict=True))
            must(abs(got - product_sum) > NEAR, "it is the sum of the products")
            must(got != -wanted, "opposite vectors count as alike")
        must(abs(got - wanted) <= NEAR, problem)
        must(-1 <= got <= 1, "it goes beyond -1 or 1")

    @keeps(1)
    def test_known_angles(self, answers):
        for a, b, wanted in (
            ([1, 0], [0, 1], 0.0),
            ([3, 4], [4, 3], 0.96),
            ([1, 1], [1, 0], math.sqrt(0.5)),
            ([1, 2, 3], [4, 5, 6], 32 / math.sqrt(14 * 77)),
            ([1.5], [0.25], 1.0),
            ([1, 0, 0], [-2, 0, 0], -1.0),
            ([3, -4], [4, 3], 0.0),
            ([0.1, 0.2], [-0.3, 0.4], 0.05 / math.sqrt(0.05 * 0.25)),
        ):
            self.check(answers, a, b, wanted)
            self.check(answers, b, a, wanted)
            self.check(answers, tuple(a), tuple(b), wanted)

    @keeps(2)
    def test_the_length_makes_no_difference(self, answers, text):
        a, b = ([text.random.randint(1, 9) for _ in range(5)] for _ in "ab")
        wanted = answers.cosine_similarity(a, b)
        for one, other in product((0.001, 1, 1e6), repeat=2):
            scaled = [x * one for x in a], [x * other for x in b]
            self.check(answers, *scaled, wanted, "long vectors are more alike")

    @keeps(2)
    def test_large_and_small_numbers(self, answers):
        problem = "large or small numbers break it"
        for one, other in product((1e200, 1e-200, 1e150, 1e-150, 1), repeat=2):
            a, b = [3 * one, 4 * one, 0], [4 * other, 3 * other, 0]
            shown = Words("0.96 for vectors as large as [3e200, 4e200, 0]")
            with self.never((ArithmeticError, ValueError), problem, shown):
                self.check(answers, a, b, 0.96, problem)
        with self.never((ArithmeticError, ValueError), problem, Words("0.0")):
            self.check(answers, [1e200, 1e-200], [0, 1e200], 0.0, problem)

    @keeps(3)
    def test_never_beyond_one(self, answers, text):
        for _ in range(60):
            a = [text.random.uniform(-1, 1) for _ in range(text.random.randint(1, 8))]
            for factor in (1, 3, 0.1):
                self.check(answers, a, [x * factor for x in a], 1.0)
                self.check(answers, a, [-x * factor for x in a], -1.0)

    @keeps(4)
    def test_zeros(self, answers):
        problem = "a vector of zeros is like something"
        for a, b in (([0, 0], [1, 2]), ([0.0], [0.0]), ([-0.0, 0], [3, 4]), ([0, 0], [1e200, 1])):
            with self.never((ArithmeticError, ValueError), problem, 0.0):
                self.check(answers, a, b, 0.0, problem)
                self.check(answers, b, a, 0.0, problem)

    @keeps(5)
    def test_what_cannot_be_compared(self, answers):
        nan, inf = math.nan, math.inf
        for a, b, problem in (
            ([1, 2], [1, 2, 3], "vectors of different dimensions are compared"),
            ([1], [], "vectors of different dimensions are compared"),
            ([0, 0], [0], "vectors of different dimensions are compared"),
            ([], [], "vectors without dimensions are compared"),
            ([nan, 1], [1, 1], "NaN or infinity is accepted"),
            ([1, nan], [0, 0], "NaN or infinity is accepted"),
            ([inf, 1], [1, 1], "NaN or infinity is accepted"),
            ([1, 1], [1, -inf], "NaN or infinity is accepted"),
            ([0, inf], [1, 0], "NaN or infinity is accepted"),
        ):
            for one, other in ((a, b), (b, a)):
                with self.raises(ValueError, problem):
                    answers.cosine_similarity(one, other)

    def test_any_vectors(self, search):
        def promise(answers, pairs):
            a, b = [x for x, _ in pairs], [y for _, y in pairs]
            lengths = math.hypot(*a) * math.hypot(*b)
            wanted = sum(x * y for x, y in pairs) / lengths if lengths else 0.0
            self.check(answers, a, b, wanted)

        numbers = st.sampled_from((0, 1, -1, 2, -3, 0.5, 10, -0.25, 7))
        search(promise, pairs=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))


class TestEmbedInBatches(Explained):
    """Many texts are embedded with few calls, and each text once."""

    WHY: ClassVar = {
        "it returns other vectors": "One vector for each text, in the order of the texts. Equal "
        "texts have equal vectors.",
        "it asks with embed_query": "That is for questions: some models embed them in another way. "
        "Ask with embed_documents.",
        "a call has too many texts": "Providers refuse large calls. Cut the texts into batches.",
        "a batch is not full": "Every call costs time. Only the last batch may have fewer texts.",
        "equal texts are embedded more than once": "Each embedding costs money. Embed the "
        "different texts, and give equal ones the same vector.",
        "texts are embedded in another order": "Keep the order in which they first come: a set has "
        "another one in each process. dict.fromkeys keeps it.",
        "a call has no texts": "Without texts, there is nothing to ask.",
        "a text is left out": "Empty and blank texts are texts, too, and so is what differs only "
        "in capitals.",
        "a wrong number of vectors is not noticed": "Then nobody knows which vector belongs to "
        "which text: raise ValueError. zip only does that with strict=True.",
        "it asks on after a wrong number of vectors": "Nothing can be made of the rest. Stop at "
        "once.",
        "vectors of different dimensions are not noticed": "They are not of one model, so they "
        "cannot be compared: raise ValueError.",
        "vectors share a list": "Who changes one vector changes the other. Copy it: list(vector).",
        "batch_size is not checked": "A batch has at least one text: raise ValueError, before "
        "anything is asked.",
        "an error comes out as another one": "What the embeddings raise passes through.",
    }

    def check(self, answers, texts, size=None):
        embeddings, size_or_64 = counted(), size or 64
        with unchanged(texts=texts):
            options = {} if size is None else {"batch_size": size}
            got = answers.embed_in_batches(embeddings, texts, **options)
        calls, asked = embeddings.calls, [one for call in embeddings.calls for one in call]
        distinct = [*dict.fromkeys(texts)]
        queries = Words(f"{len(embeddings.queries)} calls of embed_query")
        self.must(not embeddings.queries, "it asks with embed_query", Words("none"), queries)
        self.must(all(calls), "a call has no texts", Words("no call without texts"), calls)
        must = self.against(Words(f"at most {size_or_64} in a call"), [len(call) for call in calls])
        must(all(len(call) <= size_or_64 for call in calls), "a call has too many texts")
        must = self.against(distinct, asked)
        must(len(asked) == len({*asked}), "equal texts are embedded more than once")
        must({*asked} == {*distinct}, "a text is left out")
        must(asked == distinct, "texts are embedded in another order")
        must = self.against(Words("full batches"), [len(call) for call in calls])
        must(all(len(call) == size_or_64 for call in calls[:-1]), "a batch is not full")
        self.equal(got, Known().embed_documents(texts), "it returns other vectors")
        return got

    @keeps(1)
    def test_a_vector_for_each_text(self, answers, text):
        for number in (1, 2, 5, 9):
            self.check(answers, words(text, number), 3)
        self.check(answers, tuple(words(text, 5)), 2)

    @keeps(3)
    def test_batches(self, answers, text):
        for number, size in ((6, 3), (7, 3), (4, 1), (5, 5), (5, 6), (2, 100)):
            self.check(answers, words(text, number), size)
        for number in (64, 65, 130):
            self.check(answers, words(text, number))

    @keeps(2)
    def test_equal_texts(self, answers, text):
        a, b, c = words(text, 3)
        for texts in ([a, a], [a, b, a, c, b, a], [b, b, b, a], [c, a, b, c, a, b, c]):
            for size in (1, 2, 3, 64):
                self.check(answers, texts, size)

    def test_texts_that_only_look_alike(self, answers, text):
        word = text.word()
        alike = [word, word.upper(), f"{word} ", f" {word}", "", " ", "é", "e\u0301", "\n", word]
        self.check(answers, alike, 4)
        self.check(answers, ["", ""], 4)

    @keeps(4)
    def test_no_texts(self, answers):
        self.check(answers, [], 3)

    def test_lists_of_their_own(self, answers, text):
        a, b = words(text, 2)
        inner = Known()
        got = answers.embed_in_batches(inner, [a, b, a])
        before = deepcopy(inner.vectors)
        got[0].append(7)
        must = self.against(before[a], got[2])
        must(got[2] == before[a], "vectors share a list")
        must = self.against(before, inner.vectors)
        must(inner.vectors == before, "vectors share a list")
        again = answers.embed_in_batches(inner, [a, b, a])
        self.equal(again, [before[a], before[b], before[a]], "vectors share a list")

    @keeps(5)
    def test_a_wrong_number_of_vectors(self, answers, text):
        problem = "a wrong number of vectors is not noticed"
        for fault, call in ((TooFew(), 1), (TooFew(), 2), (TooFew(2), 2), (TooFew(1), 3)):
            embeddings = counted(faults={call: fault})
            with self.raises(ValueError, problem):
                answers.embed_in_batches(embeddings, words(text, 8), batch_size=3)
            asked = in_calls(len(embeddings.calls))
            after = "it asks on after a wrong number of vectors"
            self.must(len(embeddings.calls) == call, after, in_calls(call), asked)
        with self.raises(ValueError, problem):
            answers.embed_in_batches(Uneven(extra=1), words(text, 2))

    @keeps(6)
    def test_other_dimensions(self, answers, text):
        problem = "vectors of different dimensions are not noticed"
        for call, dimensions in ((1, 3), (2, 3), (2, 9), (3, 5)):
            embeddings = counted(faults={call: OtherDimensions(dimensions)})
            with self.raises(ValueError, problem):
                answers.embed_in_batches(embeddings, words(text, 8), batch_size=3)
        texts = words(text, 4)
        for longer in texts:
            with self.raises(ValueError, problem):
                answers.embed_in_batches(Uneven(longer=longer), texts)

    def test_a_batch_size_that_is_too_small(self, answers, text):
        for size, texts in product((0, -1, -64), ([text.word()], [])):
            embeddings = counted()
            with self.raises(ValueError, "batch_size is not checked"):
                answers.embed_in_batches(embeddings, texts, batch_size=size)
            asked = in_calls(len(embeddings.calls))
            self.must(not embeddings.calls, "batch_size is not checked", in_calls(0), asked)

    def test_errors_pass_through(self, answers, text):
        for kind, call in product((ConnectionError, ValueError, Stranger, Stop), (1, 2)):
            error = kind(text.word())
            embeddings = counted(faults={call: Fail(error)})
            with passes_on(error, "the embeddings"):
                answers.embed_in_batches(embeddings, words(text, 5), batch_size=3)

    def test_any_texts(self, search):
        def promise(answers, texts, size):
            self.check(answers, texts, size)

        always = each(texts=(["a", "a"], ["a", "b", "a"], [*FEW_TEXTS], []), size=2)
        texts = repeated(st.sampled_from(("a", "b", *FEW_TEXTS)))
        search(promise, *always, texts=texts, size=st.integers(1, 5))


class TestCachedEmbeddings(Explained):
    """A text is embedded once, whoever asks for it and when."""

    WHY: ClassVar = {
        "it returns other vectors": "One vector for each text, in order: from the cache, or from "
        "inner.",
        "it asks for what is in the cache": "That has been paid for. Look into the cache first.",
        "it asks for a text twice": "Equal texts are one entry: ask for each once.",
        "it asks in several calls": "A call takes long. Ask for all that is missing in one.",
        "it asks for nothing": "If all texts are in the cache, do not call inner at all.",
        "it asks in another order": "Ask in the order in which the texts first come.",
        "queries are not cached": "Questions come again, too: keep their vectors.",
        "a document is taken for a query": "Some models embed a question in another way. Make the "
        "kind a part of the key.",
        "documents are embedded as queries": "Ask for documents with embed_documents, and for "
        "queries with embed_query.",
        "queries are embedded as documents": "Ask embed_query for a query.",
        "two models share a vector": "Vectors of two models must not be mixed. Make the model a "
        "part of the key.",
        "two entries have the same key": "Texts that are only joined can be the same for different "
        "parts: ('a', 'bc') and ('ab', 'c'). json.dumps of a list keeps them apart.",
        "a key shows the text": "A cache file is read by people who should not see the texts. Use "
        "a hash of the text.",
        "a key is no str": "Files and servers have texts as keys: use hexdigest.",
        "a key is made with hash": "hash gives other numbers in each process. Use hashlib.",
        "a failed call leaves something in the cache": "Store vectors after all of them have come.",
        "a wrong number of vectors is not noticed": "Then nobody knows which vector belongs to "
        "which text: raise ValueError, and store nothing.",
        "the vector in the cache can be changed from outside": "Copy a list before you store it "
        "and before you hand it out.",
        "it remembers what is no longer in the cache": "The cache may be emptied, or filled by "
        "others. Ask it each time.",
        "the cache stays empty": "Store each vector in the dict that you were given.",
        "the cache has other values": "It has the vector of each text, as a list.",
    }

    def make(self, answers, inner, cache, model="tiny-1"):
        return answers.CachedEmbeddings(inner, model, cache)

    def check_calls(self, inner, wanted, queries=()):
        """Pass if just these texts were asked for since the last time."""
        calls, asked = [*inner.calls], [*inner.queries]
        inner.calls.clear()
        inner.queries.clear()
        texts = [one for call in calls for one in call]
        as_documents = "queries are embedded as documents"
        must = self.against([*queries], texts)
        must(wanted or not texts or not queries, as_documents)
        documents = "documents are embedded as queries"
        must = self.against([*wanted], asked)
        must(not asked or queries or not wanted, documents)
        must = self.against([*wanted], texts)
        must(len(texts) == len({*texts}), "it asks for a text twice")
        must({*texts} <= {*wanted}, "it asks for what is in the cache")
        must(texts or not calls, "it asks for nothing")
        must(len(calls) <= 1, "it asks in several calls")
        must({*texts} == {*wanted}, "it returns other vectors")
        must(texts == [*wanted], "it asks in another order")
        must = self.against([*queries], asked)
        must(len(asked) <= len(queries), "queries are not cached")
        must(asked == [*queries], "a document is taken for a query")

    @keeps(1)
    def test_each_text_once(self, answers, text):
        a, b, c, d = sorted(words(text, 4), reverse=True)
        inner, cache = counted(), {}
        cached = self.make(answers, inner, cache)
        for texts, new in (
            ([a, b], [a, b]),
            ([b, c, a], [c]),
            ([d, d, a, d], [d]),
            (["", " ", a.upper(), ""], ["", " ", a.upper()]),
        ):
            with unchanged(texts=texts):
                got = cached.embed_documents(texts)
            self.equal(got, Known().embed_documents(texts), "it returns other vectors")
            for key in cache:
                kind = Words(f"a {type(key).__name__}")
                self.must(isinstance(key, str), "a key is no str", Words("a str"), kind)
            self.check_calls(inner, new)
        stored = Words(f"{len(cache)} entries")
        self.must(len(cache) == 7, "the cache stays empty", Words("7 entries"), stored)
        wanted = Known().embed_documents([a, b, c, d, "", " ", a.upper()])
        must = self.against(wanted, [*cache.values()])
        must(sorted(cache.values()) == sorted(wanted), "the cache has other values")

    @keeps(2)
    def test_all_are_there(self, answers, text):
        inner, cache, texts = counted(), {}, words(text, 3)
        self.make(answers, inner, cache).embed_documents(texts)
        self.check_calls(inner, texts)
        for some in (texts, texts[::-1], texts[:1], [texts[0]] * 3, []):
            got = self.make(answers, inner, cache).embed_documents(some)
            self.equal(got, Known().embed_documents(some), "it returns other vectors")
            self.check_calls(inner, [])

    @keeps(3)
    def test_queries(self, answers, text):
        inner, cache, (a, b) = counted(), {}, words(text, 2)
        cached = self.make(answers, inner, cache)
        for query, new in ((a, [a]), (a, []), (b, [b]), (a, []), ("", [""]), ("", [])):
            self.equal(
                cached.embed_query(query), Known().embed_query(query), "it returns other vectors"
            )
            self.check_calls(inner, [], new)
        self.make(answers, inner, cache).embed_query(b)
        self.check_calls(inner, [])

    @keeps(4)
    def test_a_query_is_no_document(self, answers, text):
        word = text.word()

        class Apart(Known):
            def embed_query(self, text):
                return [1, 1] if text == word else super().embed_query(text)

            def embed_documents(self, texts):
                return [[2, 2] for _ in texts]

        for order in ("dq", "qd", "dqdq"):
            cached = self.make(answers, CountingEmbeddings(Apart()), {})
            for kind in order:
                if kind == "d":
                    got, wanted = cached.embed_documents([word]), [[2, 2]]
                else:
                    got, wanted = cached.embed_query(word), [1, 1]
                self.equal(got, wanted, "a document is taken for a query")

    @keeps(4)
    def test_two_models(self, answers, text):
        word, cache = text.word(), {}
        for model, vector in (("m-1", [1, 0]), ("m-2", [0, 1]), ("m", [1, 1]), ("M-1", [2, 1])):
            cached = self.make(answers, counted({word: vector}), cache, model)
            for _ in range(2):
                self.equal(cached.embed_documents([word]), [vector], "two models share a vector")
                self.equal(cached.embed_query(word), vector, "two models share a vector")

    @keeps(5)
    def test_keys(self, answers, text):
        cache = {}
        cached = self.make(answers, Known(), cache, f"model-{text.word()}")
        texts = [text.sentence(), *words(text, 2), "Größe " * 40]
        cached.embed_documents(texts)
        cached.embed_query(texts[0])
        for key in cache:
            must = self.against(Words("a text that tells nothing"), key)
            must(isinstance(key, str), "a key is no str")
            shown = [one for one in texts if one.strip() in key or repr(one)[1:-1] in key]
            must(not shown, "a key shows the text")
            numbers = [hash(one) for one in texts]
            must(
                not any(f"{abs(n)}" in key or f"{abs(n):x}" in key for n in numbers),
                "a key is made with hash",
            )
        keys = {*cache}
        for number in (1, 2**40):
            with other_hashes(number):
                cached.embed_documents(texts)
                cached.embed_query(texts[0])
        now = Words(f"{len({*cache} - keys)} new keys")
        self.must({*cache} == keys, "a key is made with hash", Words("the same keys"), now)

    def test_no_two_entries_have_one_key(self, answers, text):
        word = text.word()
        for mark in ("", "-", ":", "|", "/", " ", "\n", "\x00", "::", ",", '"', '", "'):
            cache, wanted = {}, 0
            for model, one in (
                (word, f"x{mark}y"),
                (f"{word}{mark}x", "y"),
                (word, f"y{mark}x"),
                (f"{word}{mark}document", "y"),
                (word, f"document{mark}y"),
                (f"{word}{mark}query", "y"),
                (word, f"query{mark}y"),
                (word, f"y{mark}document"),
                (word, f"y{mark}query"),
            ):
                cached = self.make(answers, Known(), cache, model)
                cached.embed_documents([one])
                cached.embed_query(one)
                wanted += 2
            stored = Words(f"{len(cache)} keys")
            self.must(
                len(cache) == wanted, "two entries have the same key", Words("18 keys"), stored
            )

    @keeps(6)
    def test_what_fails(self, answers, text):
        for kind in (ConnectionError, ValueError, Stranger, Stop):
            error, texts = kind(text.word()), words(text, 3)
            inner, cache = counted(faults={2: Fail(error), 3: Fail(error)}), {}
            cached = self.make(answers, inner, cache)
            cached.embed_documents(texts[:1])
            before = dict(cache)
            problem = "a failed call leaves something in the cache"
            with passes_on(error, "inner"):
                cached.embed_documents(texts)
            self.equal(cache, before, problem)
            with passes_on(error, "inner"):
                cached.embed_query(texts[0])
            self.equal(cache, before, problem)
            got = cached.embed_documents(texts)
            self.equal(got, Known().embed_documents(texts), "it returns other vectors")

    @keeps(6)
    def test_a_wrong_number_of_vectors(self, answers, text):
        for inner in (counted(faults={1: TooFew()}), counted(faults={1: TooFew(2)}), Uneven(1)):
            cache = {}
            cached = self.make(answers, inner, cache)
            with self.raises(ValueError, "a wrong number of vectors is not noticed"):
                cached.embed_documents(words(text, 4))
            self.equal(cache, {}, "a failed call leaves something in the cache")

    def test_vectors_belong_to_the_caller(self, answers, text):
        a, b = words(text, 2)
        inner, cache = Known(), {}
        cached = self.make(answers, inner, cache)
        problem = "the vector in the cache can be changed from outside"
        for _ in range(2):
            got = cached.embed_documents([a, b, a])
            wanted = Known().embed_documents([a, b, a])
            self.equal(got, wanted, problem)
            got[0].append(7)
            self.equal(got, [[*wanted[0], 7], *wanted[1:]], problem)
            query = cached.embed_query(b)
            self.equal(query, wanted[1], problem)
            query.append(8)
        inner.vectors[a].append(9)
        inner.vectors[b].append(9)
        self.equal(cached.embed_documents([a, b]), Known().embed_documents([a, b]), problem)
        self.equal(cached.embed_query(b), Known().embed_query(b), problem)

    def test_the_cache_is_asked_each_time(self, answers, text):
        inner, cache, texts = counted(), {}, words(text, 3)
        one, other = (self.make(answers, inner, cache) for _ in range(2))
        one.embed_documents(texts[:2])
        self.check_calls(inner, texts[:2])
        other.embed_documents(texts)
        self.check_calls(inner, texts[2:])
        one.embed_documents(texts)
        self.check_calls(inner, [])
        one.embed_query(texts[0])
        self.check_calls(inner, [], texts[:1])
        other.embed_query(texts[0])
        self.check_calls(inner, [])
        cache.clear()
        self.make(answers, inner, cache)
        problem = "it remembers what is no longer in the cache"
        one.embed_documents(texts)
        asked = [one for call in inner.calls for one in call]
        self.equal(asked, texts, problem)
        one.embed_query(texts[0])
        self.equal(inner.queries, texts[:1], problem)

    def test_any_calls(self, search):
        def promise(answers, calls):
            inner, cache, seen = counted(), {}, {"d": set(), "q": set()}
            cached = [self.make(answers, inner, cache) for _ in range(2)]
            for number, (kind, texts) in enumerate(calls):
                one = cached[number % 2]
                if kind == "d":
                    new = [x for x in dict.fromkeys(texts) if x not in seen["d"]]
                    got, wanted = one.embed_documents(texts), Known().embed_documents(texts)
                    self.equal(got, wanted, "it returns other vectors")
                    self.check_calls(inner, new)
                elif texts:
                    new = [x for x in texts[:1] if x not in seen["q"]]
                    got, wanted = one.embed_query(texts[0]), Known().embed_query(texts[0])
                    self.equal(got, wanted, "it returns other vectors")
                    self.check_calls(inner, [], new)
                seen[kind].update(new if texts else [])

        texts = st.lists(st.sampled_from(("a", "b", "c", *FEW_TEXTS)), max_size=4)
        always = each(
            calls=(
                [("d", ["a", "a"]), ("d", ["a"])],
                [("q", ["a"]), ("q", ["a"])],
                [("d", ["a"]), ("q", ["a"])],
                [("d", [*FEW_TEXTS]), ("d", [*FEW_TEXTS])],
            )
        )
        calls = st.lists(st.tuples(st.sampled_from("dq"), texts), max_size=5)
        search(promise, *always, calls=calls)


class TestTopK(Explained):
    """The best of many come, always in the same order."""

    WHY: ClassVar = {
        "it does not return a list of entries": "Return a list of (id, score).",
        "other entries are the best": "Sort by the score, the highest first, and take k.",
        "an entry is changed": "Id and score come back as they are.",
        "the lowest come first": "A high score is a good one.",
        "the order of equal scores changed": "Equal scores stand in the order of their ids. The "
        "order in which they came is another one tomorrow.",
        "ids of equal scores descend": "Only the scores descend: sort by (-score, id).",
        "there are too many or too few": "k of them, or all if there are fewer.",
        "at_least is no limit": "Leave out what has a lower score. Equal is enough.",
        "a limit of 0 is taken for none": "0.0 is false, and still a limit. Ask: is not None.",
        "entries below the limit take the places of others": "Filter first, and cut then.",
        "scores are read twice": "They may be a stream: the second time there are none. Make a "
        "list of them, or go through them once.",
        "k is not checked": "A slice with 0 or a negative number means something else: raise "
        "ValueError.",
        "a score that is NaN is not noticed": "It is neither above nor below the others, so a sort "
        "gives any order. Ask with math.isnan, for each score: raise ValueError.",
        "the error does not name the id": "Somebody has to find the broken entry: put its id into "
        "the message.",
        "it fails on scores that are numbers": "Scores may be whole, negative or infinite.",
    }

    def check(self, answers, scores, k, at_least=None):
        given = {} if at_least is None else {"at_least": at_least}
        with (
            unchanged(scores=scores),
            self.never(ValueError, "it fails on scores that are numbers", Words("a list")),
        ):
            got = answers.top_k(scores, k, **given)
        kept = [one for one in scores if at_least is None or one[1] >= at_least]
        ranked = sorted(kept, key=lambda entry: (-entry[1], entry[0]))
        wanted = ranked[:k]
        must = self.against(wanted, got)
        is_list = isinstance(got, list) and all(isinstance(x, tuple) and len(x) == 2 for x in got)
        must(is_list, "it does not return a list of entries")
        if got != wanted:
            came = [score for _, score in got]
            best = [score for _, score in wanted]
            if at_least is not None:
                all_ranked = sorted(scores, key=lambda entry: (-entry[1], entry[0]))
                must(at_least or got != all_ranked[:k], "a limit of 0 is taken for none")
                must({*got} <= {*kept}, "at_least is no limit")
                cut = [one for one in all_ranked[:k] if one in kept]
                must(
                    got != cut or len(cut) == len(wanted),
                    "entries below the limit take the places of others",
                )
                must(at_least not in best or at_least in came, "at_least is no limit")
            must(len(got) == len(wanted), "there are too many or too few")
            must({*got} <= {*scores}, "an entry is changed")
            up = [score for _, score in sorted(kept, key=lambda entry: entry[1])[:k]]
            must(came != up or came == best, "the lowest come first")
            down = sorted(sorted(kept, reverse=True), key=lambda entry: -entry[1])[:k]
            must(got != down, "ids of equal scores descend")
            must(came != best, "the order of equal scores changed")
        must(got == wanted, "other entries are the best")

    def entries(self, text, *scores):
        names = words(text, len(scores))
        text.random.shuffle(names)
        return [*zip(names, scores, strict=True)]

    @keeps(1)
    def test_the_best(self, answers, text):
        for scores in ((0.1, 0.9, 0.5, 0.7), (3, 1, 2), (-5, -1, -3, 0.0), (1e-9, 2e-9)):
            for k in (1, 2, 3):
                self.check(answers, self.entries(text, *scores), k)
        self.check(answers, self.entries(text, 1.0, math.inf, -math.inf, 0.0), 4)

    @keeps(2)
    def test_equal_scores(self, answers, text):
        for scores in ((0.5, 0.5, 0.5, 0.5), (0.9, 0.5, 0.9, 0.5, 0.9), (0.0, -0.0, 0.0), (1, 1.0)):
            entries = self.entries(text, *scores)
            for order in (entries, entries[::-1], sorted(entries), sorted(entries)[::-1]):
                for k in (1, 2, 3, len(order)):
                    self.check(answers, order, k)
        tens = [(f"t{n}", 0.5) for n in (9, 10, 2, 1, 11)]
        self.check(answers, tens, 3)
        self.check(answers, [("a", 0.5), ("B", 0.5), ("A", 0.5), ("", 0.5), ("ä", 0.5)], 4)

    @keeps(3)
    def test_fewer_than_k(self, answers, text):
        for k in (3, 4, 100, 10**9):
            self.check(answers, self.entries(text, 0.2, 0.8, 0.5), k)
        self.check(answers, [], 1)

    @keeps(4)
    def test_a_limit(self, answers, text):
        scores = (0.1, 0.9, 0.5, 0.0, -0.5, 0.5)
        for at_least, k in product(
            (0.5, 0.0, 0, -0.5, 0.50001, 2.0, -math.inf, math.inf), (1, 2, 6)
        ):
            self.check(answers, self.entries(text, *scores), k, at_least)

    def test_a_stream(self, answers, text):
        entries = self.entries(text, 0.3, 0.8, 0.8, 0.1)
        for given in (iter(entries), tuple(entries), dict(entries).items()):
            got = answers.top_k(given, 3, at_least=0.2)
            wanted = sorted(entries, key=lambda entry: (-entry[1], entry[0]))[:3]
            self.equal(got, wanted, "scores are read twice")

    def test_many(self, answers, text):
        entries = self.entries(text, *(n * 7 % 40 / 40 for n in range(40)))
        for k in (1, 12, 40):
            self.check(answers, entries, k)
            self.check(answers, entries, k, 0.7)

    def test_an_error_of_the_scores(self, answers, text):
        for kind in (ConnectionError, ValueError, Stranger, Stop, KeyboardInterrupt):
            error = kind(text.word())

            def broken(error=error):
                yield "a", 0.5
                raise error

            with passes_on(error, "the scores"):
                answers.top_k(broken(), 3)

    def test_a_list_of_its_own(self, answers, text):
        entries = self.entries(text, 0.3, 0.8, 0.1)
        answers.top_k(entries, 2).clear()
        self.check(answers, entries, 2)

    @keeps(5)
    def test_k_is_too_small(self, answers, text):
        for k, entries in product((0, -1, -3), (self.entries(text, 0.1, 0.9, 0.5), [])):
            with self.raises(ValueError, "k is not checked"):
                answers.top_k(entries, k)

    @keeps(6)
    def test_not_a_number(self, answers, text):
        for place, (k, at_least) in product(range(5), ((1, None), (9, None), (2, 0.5), (1, 5.0))):
            entries = self.entries(text, 0.9, 0.4, 0.7, 0.1, 0.6)
            name = entries[place][0]
            entries[place] = name, math.nan
            problem = "a score that is NaN is not noticed"
            with self.raises(ValueError, problem) as caught:
                answers.top_k(entries, k, at_least)
            said = str(caught.error)
            self.must(name in said, "the error does not name the id", Words(f"{name} in it"), said)

    def test_any_scores(self, search):
        def promise(answers, scores, k, at_least):
            entries = [(f"{name}{number}", score) for number, (name, score) in enumerate(scores)]
            self.check(answers, entries, k, at_least)

        scores = st.sampled_from((0.5, 0.25, 0.0, -0.5, 1, 2, math.inf))
        always = each(
            scores=([("b", 0.5), ("a", 0.5)], [("a", 0.0), ("b", -0.5)], []), k=1, at_least=None
        )
        search(
            promise,
            *always,
            scores=st.lists(st.tuples(st.sampled_from("abAB"), scores), max_size=7),
            k=st.integers(1, 8),
            at_least=st.sampled_from((None, 0.0, 0.5, -0.5, 1)),
        )


def similarity(a, b):
    """The cosine of two vectors of small numbers."""
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else 0.0


def chosen_by(query, vectors, k, relevance, *, greatest=max):
    """Maximal marginal relevance, and whether no two values were too near each other to tell."""
    chosen, is_clear = [], True
    while len(chosen) < min(k, len(vectors)):
        worth = {}
        for index, vector in enumerate(vectors):
            if index not in chosen:
                likeness = similarity(query, vector)
                again = [similarity(vector, vectors[other]) for other in chosen]
                worth[index] = (
                    relevance * likeness - (1 - relevance) * greatest(again) if chosen else likeness
                )
        best = max(worth.values())
        is_clear &= not any(1e-14 < best - value < 1e-9 for value in worth.values())
        chosen.append(next(index for index, value in worth.items() if best - value < 1e-12))
    return chosen, is_clear


class TestMmrSelect(Explained):
    """What is chosen is like the query, and says something new."""

    WHY: ClassVar = {
        "it does not return a list of indexes": "Return the places in vectors, as a list of int.",
        "the first one is not the nearest": "The first one is the vector most like the query, "
        "whatever relevance is: nothing was chosen that it could repeat.",
        "what has been chosen makes no difference": "Subtract how much a vector repeats what was "
        "chosen before.",
        "relevance is turned round": "relevance weighs the likeness to the query, and 1 - "
        "relevance the likeness to what was chosen.",
        "it compares with the last chosen one only": "A vector repeats the one that it is most "
        "like, and that may be any of those chosen before.",
        "it takes the mean in place of the greatest": "Who repeats one of them repeats something, "
        "however unlike the others are.",
        "something is chosen twice": "Each vector is chosen once.",
        "there are too many or too few": "k of them, or all if there are fewer.",
        "of equal ones, a later one is chosen": "The smaller index comes first.",
        "another one is chosen": "In each round, compute relevance * q - (1 - relevance) * c for "
        "all that are left, and take the highest.",
        "the order is not that of choosing": "Do not sort the result: the first is the best.",
        "k is not checked": "Raise ValueError, also if there are no vectors.",
        "relevance is not checked": "It is a weight from 0 to 1, both included: raise ValueError.",
    }

    def check(self, answers, query, vectors, k, relevance=None):
        weight = 0.5 if relevance is None else relevance
        wanted, is_clear = chosen_by(query, vectors, k, weight)
        with unchanged(query=query, vectors=vectors):
            given = () if relevance is None else (relevance,)
            got = answers.mmr_select(query, vectors, k, *given)
        must = self.against(wanted, got)
        is_list = isinstance(got, list) and all(type(one) is int for one in got)
        must(is_list, "it does not return a list of indexes")
        if not is_clear or got == wanted:
            return
        must(len(got) == len({*got}), "something is chosen twice")
        must(len(got) == len(wanted), "there are too many or too few")
        near = sorted(range(len(vectors)), key=lambda one: -similarity(query, vectors[one]))
        same = [
            one
            for one in near
            if similarity(query, vectors[one]) > similarity(query, vectors[near[0]]) - NEAR
        ]
        must(got != sorted(wanted), "the order is not that of choosing")
        must(got[0] in same, "the first one is not the nearest")
        others = {
            "what has been chosen makes no difference": (near[:k], True),
            "it compares with the last chosen one only": chosen_by(
                query, vectors, k, weight, greatest=lambda found: found[-1]
            ),
            "it takes the mean in place of the greatest": chosen_by(
                query, vectors, k, weight, greatest=lambda found: sum(found) / len(found)
            ),
            "relevance is turned round": chosen_by(query, vectors, k, 1 - weight),
        }
        fitting = [one for one, (other, is_sure) in others.items() if is_sure and got == other]
        must(len(fitting) != 1, fitting[0] if fitting else "another one is chosen")
        first = next(place for place, one in enumerate(wanted) if got[place] != one)
        is_equal = vectors[got[first]] == vectors[wanted[first]]
        must(not is_equal, "of equal ones, a later one is chosen")
        must(got == wanted, "another one is chosen")

    TWINS: ClassVar = [[4, 1], [4, 1], [4, 2], [1, 4], [0, 3]]

    @keeps(1)
    def test_the_nearest_first(self, answers):
        for relevance in (0, 0.25, 0.5, 1):
            self.check(answers, [1, 3], self.TWINS, 1, relevance)
            self.check(answers, [3, 1], self.TWINS[::-1], 1, relevance)
        self.check(answers, [1, 0], [[0, 1], [1, 1], [-1, 0]], 1)

    @keeps(2)
    def test_something_new(self, answers, text):
        for query, vectors in (
            ([1, 1, 3], [[6, 5, 6], [2, 5, 6], [1, 6, 5], [1, 5, 6], [5, 0, 2], [3, 6, 0]]),
            ([4, 1, 3], [[1, 2, 0], [5, 6, 6], [0, 0, 5], [5, 5, 2], [0, 2, 0], [5, 6, 4]]),
        ):
            self.check(answers, query, vectors, 4, 0.3)
        near_the_middle = [[1, 4], [0, 2], [0, 3], [3, 3], [5, 3], [1, 0]]
        self.check(answers, [4, 0], near_the_middle, 4)
        for k in (2, 3, 5):
            self.check(answers, [4, 1], self.TWINS, k)
        for relevance in (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1):
            self.check(answers, [4, 1], self.TWINS, 4, relevance)
            vectors = [[text.random.randint(1, 9) for _ in range(3)] for _ in range(6)]
            self.check(answers, [1, 2, 1], vectors, 5, relevance)

    @keeps(2)
    def test_all_that_was_chosen_counts(self, answers):
        vectors = [[9, 1, 0], [8, 0, 3], [9, 1, 1], [0, 9, 1], [1, 0, 9], [7, 7, 0], [0, 6, 6]]
        for k, relevance in product((3, 4, 5, 7), (0.2, 0.4, 0.5, 0.6)):
            self.check(answers, [5, 2, 1], vectors, k, relevance)
            self.check(answers, [1, 1, 1], vectors[::-1], k, relevance)

    def test_a_list_of_its_own(self, answers):
        answers.mmr_select([4, 1], self.TWINS, 3).clear()
        self.check(answers, [4, 1], self.TWINS, 3)

    @keeps(3)
    def test_equal_ones(self, answers):
        for vectors in ([[1, 2]] * 4, [[2, 1], [1, 2], [2, 1], [1, 2]], [[1, 0], [0, 1], [1, 0]]):
            for k, relevance in product((1, 2, 3, 4), (0, 0.5, 1)):
                self.check(answers, [1, 1], vectors, k, relevance)
        self.check(answers, [1, 1], [[3, 0], [0.1 + 0.2, 0], [0, 0.3], [0.3, 0]], 3)

    @keeps(4)
    def test_fewer_than_k(self, answers):
        for k in (5, 6, 100):
            self.check(answers, [4, 1], self.TWINS, k)
        self.check(answers, [1, 0], [], 3)
        self.check(answers, [1, 0], [[0, 1]], 3)

    def test_zeros_and_opposites(self, answers):
        vectors = [[0, 0], [-1, 0], [1, 0], [-1, -1], [0, -2], [1, 0]]
        for k, relevance in product((2, 4, 6), (0, 0.3, 0.5, 1)):
            self.check(answers, [1, 0], vectors, k, relevance)
            self.check(answers, [-1, -1], vectors, k, relevance)

    @keeps(5)
    def test_what_is_refused(self, answers):
        for k, vectors in product((0, -1), ([[1, 0]], [])):
            with self.raises(ValueError, "k is not checked"):
                answers.mmr_select([1, 0], vectors, k)
        for relevance, vectors in product((-0.1, 1.1, math.nan, 50), ([[1, 0], [0, 1]], [])):
            with self.raises(ValueError, "relevance is not checked"):
                answers.mmr_select([1, 0], vectors, 1, relevance)

    def test_any_vectors(self, search):
        def promise(answers, query, vectors, k, relevance):
            self.check(answers, query, vectors, k, relevance)

        numbers = st.sampled_from((0, 1, 2, 3, -1, -2, 5))
        vector = st.lists(numbers, min_size=2, max_size=2)
        always = each(
            vectors=([[1, 0], [1, 0], [0, 1]], [[1, 0], [2, 0]], []),
            query=[2, 1],
            k=2,
            relevance=0.5,
        )
        search(
            promise,
            *always,
            query=vector,
            vectors=repeated(vector, 4),
            k=st.integers(1, 6),
            relevance=st.sampled_from((0, 0.25, 0.5, 0.75, 1)),
        )


def facts_of(document):
    """What a document has."""
    return document.page_content, document.metadata, document.id


class TestSearchWhere(Explained):
    """A search finds the best of those documents that fit."""

    WHY: ClassVar = {
        "it does not return a list of documents": "Return the documents that were found.",
        "fewer documents came than fit": "Filter before the cut: the filter of the store sees "
        "every document, before the k best are chosen.",
        "a document came that does not fit": "Each key that is wanted has to be there, with an "
        "equal value.",
        "a document without the key fits None": "metadata.get gives None for a key that is not "
        "there. Ask for the key itself.",
        "True is taken for 1": "They are equal for Python. Compare whether both are a bool, too.",
        "one of several values does not fit": "A list, tuple or set has the values that are all "
        "right. Any of them will do.",
        "a text is taken for several values": "Only a list, tuple or set has several: a text is "
        "one value, although it can be iterated.",
        "a value in a list fits": "The value itself has to be equal. A list that has it is another "
        "value.",
        "other documents are the best": "Of those that fit, the most alike come, the best first.",
        "too many documents came": "At most k.",
        "who changes a result changes the store": "Return copies: model_copy(deep=True) copies the "
        "metadata and what is inside, too.",
        "the documents are other ones": "Text, metadata and id stay as they are in the store.",
        "the query is embedded more than once": "Each embedding costs money. One search is enough.",
        "texts of the store are embedded again": "The store has their vectors.",
        "k is not checked": "A negative k means something else to the store: raise ValueError.",
    }

    def store(self, entries):
        """A store of (text, vector, metadata), its embeddings, and what is in it."""
        vectors = {content: vector for content, vector, _ in entries}
        embeddings = counted({**vectors, "query": [1, 0]})
        store = InMemoryVectorStore(embeddings)
        documents = [
            Document(content, id=f"id-{n}", metadata=deepcopy(metadata))
            for n, (content, _, metadata) in enumerate(entries)
        ]
        store.add_documents(documents)
        embeddings.calls.clear()
        return store, embeddings, documents

    def check(
        self,
        answers,
        entries,
        query,
        k,
        where,
        fitting,
        problem="a document came that does not fit",
    ):
        """Search, and pass if the best of `fitting`, which are numbers of entries, come."""
        store, embeddings, documents = self.store(entries)
        embeddings._inner.vectors["query"] = query
        before = deepcopy(store.store)
        with unchanged(where=where):
            got = answers.search_where(store, "query", k, where)
        ranked = sorted(fitting, key=lambda n: -similarity(query, entries[n][1]))
        wanted = [documents[n] for n in ranked[:k]]
        shown = [entries[n][0] for n in ranked[:k]]
        is_list = isinstance(got, list) and all(isinstance(x, Document) for x in got)
        self.must(is_list, "it does not return a list of documents", shown)
        must = self.against(shown, [one.page_content for one in got])
        all_fitting = {entries[n][0] for n in fitting}
        must({one.page_content for one in got} <= all_fitting, problem)
        must(len(got) <= k, "too many documents came")
        must(
            len(got) == len(wanted),
            problem if problem.startswith("one of") else "fewer documents came than fit",
        )
        must([one.page_content for one in got] == shown, "other documents are the best")
        facts = [facts_of(one) for one in got]
        right = [facts_of(one) for one in wanted]
        self.must(facts == right, "the documents are other ones", right, facts)
        asked = Words(times(len(embeddings.queries)))
        once = "the query is embedded more than once"
        self.must(len(embeddings.queries) <= 1, once, Words("once"), asked)
        again = in_calls(len(embeddings.calls))
        self.must(not embeddings.calls, "texts of the store are embedded again", in_calls(0), again)
        for one in got:
            one.metadata["changed"] = True
            for value in one.metadata.values():
                if isinstance(value, list):
                    value.append("changed")
        same = store.store == before
        now = Words("the same store"), Words("another one")
        self.must(same, "who changes a result changes the store", *now)

    @staticmethod
    def entries(text, *metadatas):
        """Documents that are less and less alike [1, 0]."""
        names = words(text, len(metadatas))
        return [
            (name, [20, number], metadata)
            for number, (name, metadata) in enumerate(zip(names, metadatas, strict=True))
        ]

    @keeps(1)
    def test_each_key_has_to_fit(self, answers, text):
        years = [{"year": 2020 + n % 3, "lang": "de" if n % 2 else "en"} for n in range(8)]
        entries = self.entries(text, *years)
        for where in (
            {"year": 2021},
            {"lang": "de"},
            {"year": 2020, "lang": "en"},
            {"lang": "fr"},
            {"year": 2022, "lang": "de", "more": 1},
        ):
            fits = [n for n, one in enumerate(years) if where.items() <= one.items()]
            self.check(answers, entries, [1, 0], 2, where, fits)
            self.check(answers, entries, [0, 1], 8, where, fits)

    @keeps(5)
    def test_filter_before_the_cut(self, answers, text):
        entries = self.entries(text, *({"lang": "en"} for _ in range(9)), *({"lang": "de"},) * 3)
        for k in (1, 2, 3, 4, 20):
            self.check(answers, entries, [1, 0], k, {"lang": "de"}, [9, 10, 11])

    @keeps(2)
    def test_several_values(self, answers, text):
        years = [2019, 2020, 2021, 2022, 2023, "2021", None]
        entries = self.entries(text, *({"year": year} for year in years))
        problem = "one of several values does not fit"
        for wanted in ([2020, 2022], (2020, 2022), {2020, 2022}):
            self.check(answers, entries, [1, 0], 5, {"year": wanted}, [1, 3], problem)
        self.check(answers, entries, [1, 0], 5, {"year": [2021, None]}, [2, 6], problem)
        self.check(answers, entries, [1, 0], 5, {"year": (2021,)}, [2], problem)
        for nothing in ([], (), set()):
            self.check(answers, entries, [1, 0], 5, {"year": nothing}, [])

    @keeps(2)
    def test_one_value_that_looks_like_several(self, answers, text):
        entries = self.entries(
            text, {"lang": "d"}, {"lang": "de"}, {"lang": "DE"}, {"lang": ""}, {"lang": "eden"}
        )
        problem = "a text is taken for several values"
        self.check(answers, entries, [1, 0], 5, {"lang": "de"}, [1], problem)
        self.check(answers, entries, [1, 0], 5, {"lang": ""}, [3], problem)
        entries = self.entries(text, {"lang": ["de"]}, {"lang": "de"}, {"lang": ["x", "de"]})
        problem = "a value in a list fits"
        self.check(answers, entries, [1, 0], 5, {"lang": "de"}, [1], problem)
        self.check(answers, entries, [1, 0], 5, {"lang": ["de", "x"]}, [1], problem)

    @keeps(3)
    def test_none(self, answers, text):
        entries = self.entries(text, {}, {"year": None}, {"year": 0}, {"years": None}, {"year": ""})
        problem = "a document without the key fits None"
        self.check(answers, entries, [1, 0], 5, {"year": None}, [1], problem)
        self.check(answers, entries, [1, 0], 5, {"year": [None, 5]}, [1], problem)
        self.check(answers, entries, [1, 0], 5, {"year": 0}, [2])
        self.check(answers, entries, [1, 0], 5, {"year": ""}, [4])

    @keeps(4)
    def test_true_and_one(self, answers, text):
        values = (True, 1, 1.0, False, 0, 0.0, "True")
        entries = self.entries(text, *({"open": value} for value in values))
        problem = "True is taken for 1"
        for wanted, fits in ((True, [0]), (1, [1, 2]), (False, [3]), (0, [4, 5]), (1.0, [1, 2])):
            self.check(answers, entries, [1, 0], 7, {"open": wanted}, fits, problem)
            self.check(answers, entries, [1, 0], 7, {"open": [wanted]}, fits, problem)
            self.check(answers, entries, [1, 0], 7, {"open": ("x", wanted)}, fits, problem)

    def test_nothing_is_wanted(self, answers, text):
        entries = self.entries(text, {"a": 1}, {}, {"b": None})
        self.check(answers, entries, [1, 0], 2, {}, [0, 1, 2])
        self.check(answers, entries, [0, 1], 5, {}, [0, 1, 2])
        self.check(answers, [], [1, 0], 5, {}, [])
        self.check(answers, [], [1, 0], 5, {"a": 1}, [])

    @keeps(6)
    def test_copies(self, answers, text):
        entries = self.entries(
            text, {"tags": ["x"], "n": 1}, {"tags": ["y", ["z"]], "n": 1}, {"tags": [], "n": 1}
        )
        self.check(answers, entries, [1, 0], 3, {"n": 1}, [0, 1, 2])
        store, _, _ = self.store(entries)
        first = answers.search_where(store, entries[0][0], 1, {"n": 1})
        first[0].metadata["tags"].append("changed")
        first[0].metadata["n"] = 5
        problem = "who changes a result changes the store"
        again = answers.search_where(store, entries[0][0], 1, {"n": 1})
        self.equal([one.metadata for one in again], [{"tags": ["x"], "n": 1}], problem)
        again.clear()
        again = answers.search_where(store, entries[0][0], 1, {"n": 1})
        self.equal([one.metadata for one in again], [{"tags": ["x"], "n": 1}], problem)

    def test_k_is_too_small(self, answers, text):
        for k in (0, -1, -2):
            store, _, _ = self.store(self.entries(text, {}, {}, {}))
            with self.raises(ValueError, "k is not checked"):
                answers.search_where(store, "query", k, {})

    def test_any_filters(self, search):
        def promise(answers, metadatas, where, k):
            entries = [(f"t{n}", [20, n], metadata) for n, metadata in enumerate(metadatas)]

            def fits(metadata):
                for key, wanted in where.items():
                    options = wanted if isinstance(wanted, list) else [wanted]
                    values = [(type(one) is bool, one) for one in options]
                    if key not in metadata:
                        return False
                    if (type(metadata[key]) is bool, metadata[key]) not in values:
                        return False
                return True

            right = [n for n, metadata in enumerate(metadatas) if fits(metadata)]
            self.check(answers, entries, [1, 0], k, where, right)

        value = st.sampled_from((1, 0, True, False, None, "", "a", "ab"))
        keys = st.sampled_from("xy")
        search(
            promise,
            metadatas=st.lists(st.dictionaries(keys, value, max_size=2), max_size=5),
            where=st.dictionaries(keys, st.one_of(value, st.lists(value, max_size=2)), max_size=2),
            k=st.integers(1, 4),
        )


class TestSqliteVectorStore(Explained):
    """What is added to a file is found in it, today and tomorrow."""

    WHY: ClassVar = {
        "something is not found again": "Another object for the same file has to find it: commit "
        "what you write. `with connection:` does that at its end.",
        "a document comes back as another one": "Text, metadata and id are those with which it was "
        "added.",
        "half of a failed batch was saved": "Write all rows in one transaction: `with connection:` "
        "takes everything back if something in it fails.",
        "a batch that failed was saved": "Embed first, and write when all vectors are there.",
        "an id that was there keeps its old document": "Adding with an id that is there replaces "
        "the document: INSERT OR REPLACE.",
        "an id that is there is refused": "Adding with an id that is there replaces the document: "
        "INSERT OR REPLACE.",
        "there are two documents with one id": "An id is a key: the new document takes the place "
        "of the old one.",
        "fewer documents came than fit": "Filter before the cut: leave out what does not fit, and "
        "choose the k best of the rest.",
        "a document came that does not fit": "Only what the filter lets through counts.",
        "other documents are the best": "Compare with cosine_similarity, the most alike first. k "
        "is 4 if it is not given.",
        "the order of equal scores changed": "Equal scores stand in the ascending order of their "
        "ids.",
        "another model is not noticed": "Its vectors mean something else. Write the name of the "
        "model into the file, and raise ModelMismatch if it is another one.",
        "other dimensions are not noticed": "They are of another model, whatever its name is: "
        "raise ModelMismatch.",
        "something was written although the model does not fit": "Check before you write.",
        "it does not work from another thread": "LangChain calls it from a thread in "
        "asimilarity_search. sqlite3.connect needs check_same_thread=False then.",
        "the ids are other ones": "Those in `ids`, else the document's own, else new ones.",
        "two documents got the same new id": "A new id is one that no other document has: "
        "uuid.uuid4().hex.",
        "a wrong number of ids is accepted": "Raise ValueError, before anything is embedded.",
        "a wrong number of vectors is not noticed": "Then nobody knows which vector belongs to "
        "which text: raise ValueError, and write nothing.",
        "texts are not embedded in one call": "A call takes long. Give embed_documents all texts "
        "at once.",
        "it asks for nothing": "Without documents, embed nothing.",
        "the query is not embedded as a query": "Ask embed_query, once.",
        "get_by_ids gives other documents": "Those with these ids. Leave out unknown ids.",
        "delete deletes other documents": "Those with these ids, and nothing else. Unknown ids are "
        "no error.",
        "who changes a result changes the store": "Make a new document each time.",
        "k is not checked": "Raise ValueError.",
        "metadata that is not JSON is accepted": "It could not be read again. json.dumps raises "
        "TypeError: let it pass.",
    }

    def open(self, answers, path, embeddings=None, model="tiny-1"):
        return answers.SqliteVectorStore(path, embeddings or counted(), model)

    def check_has(self, store, wanted, problem="something is not found again"):
        """Pass if the store has just these documents, by id."""
        known = store.similarity_search("any", k=1_000)
        got = {one.id: (one.page_content, one.metadata) for one in known}
        right = {name: (one.page_content, one.metadata) for name, one in wanted.items()}
        must = self.against(sorted(right), sorted(map(str, got)))
        must({*got} == {*right}, problem)
        must(len(known) == len(got), "there are two documents with one id")
        self.must(got == right, "a document comes back as another one", right, got)

    @staticmethod
    def some(text, number, **metadata):
        return {
            f"{name}-id": Document(f"{name}.", metadata={"n": n, **metadata})
            for n, name in enumerate(words(text, number))
        }

    def test_what_is_embedded(self, answers, text):
        embeddings, wanted = counted(), self.some(text, 5)
        store = self.open(answers, ":memory:", embeddings)
        store.add_documents([*wanted.values()], ids=[*wanted])
        calls = [[*call] for call in embeddings.calls]
        texts = [[one.page_content for one in wanted.values()]]
        self.equal(calls, texts, "texts are not embedded in one call")
        self.equal(store.add_documents([]), [], "the ids are other ones")
        self.equal(store.add_documents([], ids=[]), [], "the ids are other ones")
        asked = in_calls(len(embeddings.calls))
        self.must(len(embeddings.calls) == 1, "it asks for nothing", in_calls(1), asked)
        store.similarity_search("any", k=2)
        self.equal(embeddings.queries, ["any"], "the query is not embedded as a query")
        self.equal(len(embeddings.calls), 1, "the query is not embedded as a query")
        store.get_by_ids([*wanted])
        store.delete([*wanted][:1])
        self.equal(embeddings.queries, ["any"], "the query is not embedded as a query")
        store.close()

    @keeps(1)
    def test_found_again(self, answers, text):
        path, wanted = "found.db", self.some(text, 3)
        first = self.open(answers, path)
        documents, ids = [*wanted.values()], [*wanted]
        with unchanged(documents=documents, ids=ids):
            first.add_documents(documents, ids=ids)
        self.check_has(first, wanted)
        first.close()
        second = self.open(answers, path)
        self.check_has(second, wanted)
        more = self.some(text, 2)
        second.add_documents([*more.values()], ids=[*more])
        second.delete([*wanted][:1])
        second.close()
        del wanted[next(iter(wanted))]
        third = self.open(answers, path)
        self.check_has(third, {**wanted, **more})
        third.close()
        other = self.open(answers, "other.db")
        self.check_has(other, {})
        other.close()

    @keeps(1)
    def test_found_while_the_other_is_open(self, answers, text):
        path, wanted = "open.db", self.some(text, 3)
        first = self.open(answers, path)
        first.add_documents([*wanted.values()], ids=[*wanted])
        second = self.open(answers, path)
        self.check_has(second, wanted)
        first.delete([*wanted][1:2])
        del wanted[[*wanted][1]]
        self.check_has(second, wanted)
        first.close()
        second.close()

    def test_what_a_document_has(self, answers, text):
        path = "kinds.db"
        contents = [
            text.sentence(),
            "",
            " ",
            "a\nb\r\n",
            "漢👋 e\u0301",
            "it's; DROP TABLE",
            "a\x00b",
        ]
        metadatas = [
            {},
            {"year": 2025, "price": 1.5, "open": True, "shut": False, "none": None},
            {"tags": ["a", ["b"]], "deep": {"x": {"y": [1]}}},
            {"": "", "Größe": "ü", "quote": "'\"\\"},
            {"z": 1, "a": 2},
            {"big": 2**60, "zero": 0.0},
            {"n": "1"},
        ]
        wanted = {
            name: Document(content, metadata=metadata)
            for name, content, metadata in zip(
                ("x", "' OR 1=1 --", "id 3", "ü", "%", "_", "NULL"),
                contents,
                metadatas,
                strict=True,
            )
        }
        first = self.open(answers, path)
        with unchanged(wanted=wanted):
            first.add_documents([*wanted.values()], ids=[*wanted])
        self.check_has(first, wanted)
        first.close()
        second = self.open(answers, path)
        self.check_has(second, wanted)
        for name, one in wanted.items():
            got = [facts_of(found) for found in second.get_by_ids([name])]
            right = [(one.page_content, one.metadata, name)]
            self.equal(got, right, "get_by_ids gives other documents")
        second.close()

    @keeps(2)
    def test_a_batch_that_fails(self, answers, text):
        for kind in (ConnectionError, ValueError, Stranger):
            path, wanted, more = f"fails-{kind.__name__}.db", self.some(text, 2), self.some(text, 4)
            error = kind(text.word())
            store = self.open(answers, path, counted(faults={2: Fail(error)}))
            store.add_documents([*wanted.values()], ids=[*wanted])
            with passes_on(error, "the embeddings"):
                store.add_documents([*more.values()], ids=[*more])
            self.check_has(store, wanted, "a batch that failed was saved")
            store.add_documents([*more.values()][:1], ids=[*more][:1])
            store.close()
            again = self.open(answers, path)
            first = {name: more[name] for name in [*more][:1]}
            self.check_has(again, {**wanted, **first}, "a batch that failed was saved")
            again.close()

    @keeps(2)
    def test_a_document_that_cannot_be_stored(self, answers, text):
        problem = "half of a failed batch was saved"
        for place, bad in product((1, 3), ({1, 2}, 1j)):
            path, wanted, more = (
                f"broken-{place}-{type(bad).__name__}.db",
                self.some(text, 2),
                self.some(text, 4),
            )
            store = self.open(answers, path)
            store.add_documents([*wanted.values()], ids=[*wanted])
            [*more.values()][place].metadata["bad"] = bad
            changed = {**more, next(iter(wanted)): Document("new", metadata={})}
            with self.raises(TypeError, "metadata that is not JSON is accepted"):
                store.add_documents([*changed.values()], ids=[*changed])
            self.check_has(store, wanted, problem)
            last = self.some(text, 1)
            store.add_documents([*last.values()], ids=[*last])
            store.close()
            again = self.open(answers, path)
            self.check_has(again, {**wanted, **last}, problem)
            again.close()

    @keeps(2)
    def test_half_of_a_surrogate_pair(self, answers, text):
        path, wanted, more = "half.db", self.some(text, 2), self.some(text, 3)
        store = self.open(answers, path)
        store.add_documents([*wanted.values()], ids=[*wanted])
        more["half"] = Document("\ud800", metadata={"n": 9})
        try:
            store.add_documents([*more.values()], ids=[*more])
        except Exception:  # UTF-8 has no bytes for it
            self.check_has(store, wanted, "half of a failed batch was saved")
        else:
            self.check_has(store, {**wanted, **more}, "half of a failed batch was saved")
        store.close()

    @keeps(2)
    def test_a_wrong_number_of_vectors(self, answers, text):
        for fault in (TooFew(), TooFew(2)):
            wanted, more = self.some(text, 2), self.some(text, 4)
            store = self.open(answers, ":memory:", counted(faults={2: fault}))
            store.add_documents([*wanted.values()], ids=[*wanted])
            with self.raises(ValueError, "a wrong number of vectors is not noticed"):
                store.add_documents([*more.values()], ids=[*more])
            self.check_has(store, wanted, "half of a failed batch was saved")
            store.close()
        store = self.open(answers, ":memory:", Uneven(extra=1))
        with self.raises(ValueError, "a wrong number of vectors is not noticed"):
            store.add_documents([*self.some(text, 2).values()])
        store.close()

    @keeps(3)
    def test_an_id_that_is_there(self, answers, text):
        names = words(text, 3)
        vectors = {names[0]: [1, 0], names[1]: [0, 1], "new": [0, 1], "other": [1, 0]}
        path = "replaced.db"
        store = self.open(answers, path, counted({**vectors, "any": [0, 1]}))
        old = [Document(one, metadata={"n": n}) for n, one in enumerate(names[:2])]
        store.add_documents(old, ids=names[:2])
        new = Document("new", metadata={"m": 1})
        try:
            got = store.add_documents([new], ids=names[:1])
        except Exception as error:
            is_refused = type(error).__name__ == "IntegrityError"
            problem = "an id that is there is refused"
            self.must(not is_refused, problem, Words("no error"), Words("IntegrityError"))
            raise
        self.equal(got, names[:1], "the ids are other ones")
        wanted = {names[0]: new, names[1]: old[1]}
        problem = "an id that was there keeps its old document"
        for one in store.similarity_search("any", k=9):
            right = wanted[one.id].page_content
            self.equal(one.page_content, right, problem)
        self.check_has(store, wanted)
        store.add_documents([Document("other", metadata={})], ids=[names[1]])
        best = [one.id for one in store.similarity_search("any", k=1)]
        self.equal(best, names[:1], problem)
        twice = [Document("new", metadata={"x": 1}), Document("other", metadata={"x": 2})]
        store.add_documents(twice, ids=[names[2], names[2]])
        wanted = {names[0]: new, names[1]: Document("other"), names[2]: twice[1]}
        self.check_has(store, wanted)
        store.close()
        again = self.open(answers, path, counted({**vectors, "any": [0, 1]}))
        self.check_has(again, wanted)
        again.close()

    @keeps(4)
    def test_filter_before_the_cut(self, answers, text):
        names = words(text, 9)
        vectors = {name: [20, n] for n, name in enumerate(names)}
        store = self.open(answers, ":memory:", counted({**vectors, "query": [1, 0]}))
        documents = [Document(name, metadata={"n": n}) for n, name in enumerate(names)]
        store.add_documents(documents, ids=names)

        def check(k, fits, numbers):
            got = store.similarity_search("query", k=k, filter=fits)
            wanted = [names[n] for n in numbers][:k]
            must = self.against(wanted, [one.page_content for one in got])
            all_fitting = {names[n] for n in numbers}
            must({x.page_content for x in got} <= all_fitting, "a document came that does not fit")
            must(len(got) == len(wanted), "fewer documents came than fit")
            must([x.page_content for x in got] == wanted, "other documents are the best")

        for k in (1, 2, 3, 4, 20):
            check(k, lambda document: document.metadata["n"] > 5, [6, 7, 8])
            check(k, lambda document: document.page_content == names[7], [7])
            check(k, lambda document: document.id in names[2:4], [2, 3])
            check(k, lambda document: 0, [])
            check(k, lambda document: "true", range(9))
        store.close()

    @keeps(5)
    def test_another_model(self, answers, text):
        path, wanted, more = "model.db", self.some(text, 2), self.some(text, 2)
        first = self.open(answers, path, model="m-1")
        first.add_documents([*wanted.values()], ids=[*wanted])
        first.close()
        for model in ("m-2", "m", "m-10", "M-1", ""):
            for use in ("add", "search"):
                with self.raises(answers.ModelMismatch, "another model is not noticed"):
                    store = self.open(answers, path, model=model)
                    if use == "add":
                        store.add_documents([*more.values()], ids=[*more])
                    else:
                        store.similarity_search("any")
        again = self.open(answers, path, model="m-1")
        self.check_has(again, wanted, "something was written although the model does not fit")
        again.close()

    @keeps(5)
    def test_the_model_of_the_first_object(self, answers):
        path = "first-model.db"
        self.open(answers, path, model="m-1").close()
        with self.raises(answers.ModelMismatch, "another model is not noticed"):
            self.open(answers, path, model="m-2").add_documents([Document("a")], ids=["a"])
        store = self.open(answers, path, model="m-1")
        self.check_has(store, {}, "something was written although the model does not fit")
        store.close()

    @keeps(5)
    def test_other_dimensions(self, answers, text):
        problem = "other dimensions are not noticed"
        for dimensions in (3, 5, 8):
            path, wanted, more = (
                f"dimensions-{dimensions}.db",
                self.some(text, 2),
                self.some(text, 2),
            )
            faults = {call: OtherDimensions(dimensions) for call in (2, 3)}
            store = self.open(answers, path, counted(faults=faults))
            store.add_documents([*wanted.values()], ids=[*wanted])
            with self.raises(answers.ModelMismatch, problem):
                store.add_documents([*more.values()], ids=[*more])
            with self.raises(answers.ModelMismatch, problem):
                store.similarity_search("any")
            self.check_has(store, wanted, "something was written although the model does not fit")
            store.close()
            again = self.open(answers, path, counted(faults={1: OtherDimensions(dimensions)}))
            with self.raises(answers.ModelMismatch, problem):
                again.add_documents([*more.values()], ids=[*more])
            self.check_has(again, wanted, "something was written although the model does not fit")
            again.close()
        for place in range(3):
            texts = words(text, 3)
            store = self.open(answers, ":memory:", Uneven(longer=texts[place]))
            with self.raises(answers.ModelMismatch, problem):
                store.add_documents([Document(one) for one in texts], ids=texts)
            self.check_has(store, {}, "something was written although the model does not fit")
            store.close()

    @keeps(6)
    def test_from_another_thread(self, answers, text):
        wanted = self.some(text, 3)
        store = self.open(answers, "thread.db")
        store.add_documents([*wanted.values()], ids=[*wanted])

        def from_a_thread(call, *given, **options):
            try:
                return in_a_thread(call, *given, **options)
            except Exception as error:
                is_refused = type(error).__name__ == "ProgrammingError"
                problem = "it does not work from another thread"
                self.must(not is_refused, problem, Words("no error"), Words("an error of sqlite3"))
                raise

        found = from_a_thread(store.similarity_search, "any", k=9)
        self.equal({one.id for one in found}, {*wanted}, "other documents are the best")
        known = from_a_thread(store.get_by_ids, [*wanted][:1])
        self.equal([one.id for one in known], [*wanted][:1], "get_by_ids gives other documents")
        more = self.some(text, 2)
        from_a_thread(store.add_documents, [*more.values()], ids=[*more])
        from_a_thread(store.delete, [*wanted][1:])
        first = next(iter(wanted))
        self.check_has(store, {first: wanted[first], **more})
        store.close()

    async def test_as_langchain_calls_it(self, answers, text):
        wanted = self.some(text, 3)
        store = self.open(answers, ":memory:")
        added = await store.aadd_documents([*wanted.values()], ids=[*wanted])
        self.equal(added, [*wanted], "the ids are other ones")
        found = await store.asimilarity_search("any", k=9)
        self.equal({one.id for one in found}, {*wanted}, "other documents are the best")
        known = await store.aget_by_ids([*wanted][:1])
        self.equal([one.id for one in known], [*wanted][:1], "get_by_ids gives other documents")
        await store.adelete([*wanted][1:])
        first = next(iter(wanted))
        self.check_has(store, {first: wanted[first]}, "delete deletes other documents")
        store.close()

    def test_ids(self, answers, text):
        a, b, c = self.some(text, 3).values()
        names = words(text, 3)
        store, problem = self.open(answers, ":memory:"), "the ids are other ones"
        own = [Document("x", id=names[0]), Document("y", id=names[1])]
        self.equal(store.add_documents(own), names[:2], problem)
        self.equal(
            store.add_documents(own, ids=[names[2], names[0]]), [names[2], names[0]], problem
        )
        wanted = {names[2]: own[0], names[0]: own[1], names[1]: own[1]}
        self.check_has(store, wanted, problem)
        new = store.add_documents([a, Document("z", id="own"), b])
        must = self.against(Words("3 ids, the second one is own"), new)
        is_list = isinstance(new, list) and all(isinstance(one, str) and one for one in new)
        must(is_list and len(new) == 3 and new[1] == "own", problem)
        more = store.add_documents([c, a, a])
        is_new = len({*new, *more, *wanted}) == 9
        all_new = Words(f"{len({*new, *more, *wanted})} different ids")
        self.must(is_new, "two documents got the same new id", Words("9 different ids"), all_new)
        right = {**wanted, **dict(zip([*new, *more], (a, Document("z"), b, c, a, a), strict=True))}
        self.check_has(store, right)
        other = self.open(answers, ":memory:")
        others = other.add_documents([a, b])
        again = Words(f"{len({*others, *new, *more})} different ids")
        is_new = len({*others, *new, *more}) == 8
        self.must(is_new, "two documents got the same new id", Words("8 different ids"), again)
        store.close()
        other.close()

    def test_a_wrong_number_of_ids(self, answers, text):
        documents = [Document(one, id=f"own {one}") for one in words(text, 3)]
        for ids, some in (
            (["a", "b"], documents),
            (["a", "b", "c", "d"], documents),
            ([], documents),
            (["a"], []),
        ):
            embeddings = counted()
            store = self.open(answers, ":memory:", embeddings)
            with self.raises(ValueError, "a wrong number of ids is accepted"):
                store.add_documents(some, ids=ids)
            asked = in_calls(len(embeddings.calls))
            problem = "a wrong number of ids is accepted"
            self.must(not embeddings.calls, problem, in_calls(0), asked)
            self.check_has(store, {}, "half of a failed batch was saved")
            store.close()

    def test_the_best_first(self, answers, text):
        names = words(text, 6)
        places = [*range(6)]
        text.random.shuffle(places)
        vectors = {names[n]: [20, n] for n in places}
        for query, order in (([1, 0], range(6)), ([0, 1], range(5, -1, -1))):
            store = self.open(answers, ":memory:", counted({**vectors, "query": query}))
            store.add_documents([Document(names[n]) for n in places], ids=[f"{n}" for n in places])
            for given, k in (({}, 4), ({"k": 1}, 1), ({"k": 3}, 3), ({"k": 6}, 6), ({"k": 50}, 6)):
                got = [one.page_content for one in store.similarity_search("query", **given)]
                self.equal(got, [names[n] for n in order][:k], "other documents are the best")
            store.close()

    def test_long_vectors_are_no_better(self, answers):
        vectors = {"long": [30, 30], "near": [1, 0.1], "far": [-9, 0], "query": [1, 0]}
        store = self.open(answers, ":memory:", counted(vectors))
        store.add_documents([Document(one) for one in ("far", "long", "near")], ids=["1", "2", "3"])
        got = [one.page_content for one in store.similarity_search("query", k=3)]
        self.equal(got, ["near", "long", "far"], "other documents are the best")
        store.close()

    def test_equal_scores(self, answers, text):
        ids = ["b", "a", "10", "9", "B"]
        for _ in range(3):
            text.random.shuffle(ids)
            same = {f"t{n}": [3, 4] for n in ids}
            store = self.open(answers, ":memory:", counted({**same, "query": [3, 4]}))
            store.add_documents([Document(f"t{n}") for n in ids], ids=[*ids])
            for k in (1, 3, 5):
                got = [one.id for one in store.similarity_search("query", k=k)]
                self.equal(got, sorted(ids)[:k], "the order of equal scores changed")
            store.close()

    def test_an_empty_store(self, answers):
        store = self.open(answers, ":memory:")
        self.equal(store.similarity_search("any"), [], "a document came that does not fit")
        self.equal(store.get_by_ids(["a"]), [], "get_by_ids gives other documents")
        store.delete(["a"])
        store.close()

    def test_get_by_ids(self, answers, text):
        wanted = self.some(text, 4)
        store = self.open(answers, ":memory:")
        store.add_documents([*wanted.values()], ids=[*wanted])
        names = [*wanted]
        for ids in (names, names[:1], [names[2], "unknown", names[0]], ["unknown"], [], ["%"]):
            got = sorted(str(one.id) for one in store.get_by_ids(ids))
            right = sorted({*ids} & {*names})
            self.equal(got, right, "get_by_ids gives other documents")
        store.close()

    def test_delete(self, answers, text):
        wanted = self.some(text, 5)
        path = "delete.db"
        store = self.open(answers, path)
        store.add_documents([*wanted.values()], ids=[*wanted])
        problem = "delete deletes other documents"
        names = [*wanted]
        for ids in ([names[1]], ["unknown"], [], [names[3], "unknown", names[1]], ["%"]):
            store.delete(ids)
            wanted = {name: one for name, one in wanted.items() if name not in ids}
            self.check_has(store, wanted, problem)
        store.delete()
        self.check_has(store, wanted, problem)
        store.close()
        again = self.open(answers, path)
        self.check_has(again, wanted, problem)
        again.close()

    def test_results_belong_to_the_caller(self, answers, text):
        wanted = self.some(text, 2, tags=["x"])
        given = deepcopy(wanted)
        store = self.open(answers, ":memory:")
        store.add_documents([*given.values()], ids=[*given])
        for one in given.values():
            one.metadata["tags"].append("changed")
            one.page_content = "changed"
        problem = "who changes a result changes the store"
        for one in (*store.similarity_search("any"), *store.get_by_ids([*wanted])):
            one.metadata["tags"].append("changed")
            one.metadata["n"] = "changed"
        got = {one.id: (one.page_content, one.metadata) for one in store.get_by_ids([*wanted])}
        right = {name: (one.page_content, one.metadata) for name, one in wanted.items()}
        self.equal(got, right, problem)
        store.close()

    def test_k_is_too_small(self, answers, text):
        wanted = self.some(text, 3)
        store = self.open(answers, ":memory:")
        for k in (0, -1):
            with self.raises(ValueError, "k is not checked"):
                store.similarity_search("any", k=k)
        store.add_documents([*wanted.values()], ids=[*wanted])
        for k in (0, -1, -3):
            with self.raises(ValueError, "k is not checked"):
                store.similarity_search("any", k=k)
        store.close()

    def test_any_calls(self, search):
        def promise(answers, calls):
            store, wanted = self.open(answers, ":memory:"), {}
            for kind, entries in calls:
                if kind == "add":
                    documents = [
                        Document(one, metadata={"n": n}) for n, (_, one) in enumerate(entries)
                    ]
                    names = [name for name, _ in entries]
                    got = store.add_documents(documents, ids=names)
                    self.equal(got, names, "the ids are other ones")
                    wanted.update(zip(names, documents, strict=True))
                else:
                    names = [name for name, _ in entries]
                    store.delete(names)
                    wanted = {name: one for name, one in wanted.items() if name not in names}
                self.check_has(store, wanted)
            store.close()

        entry = st.tuples(
            st.sampled_from(("a", "b", "A", "c")), st.sampled_from(("x", "y", *FEW_TEXTS))
        )
        always = each(
            calls=(
                [("add", [("a", "x")]), ("add", [("a", "y")])],
                [("add", [("a", "x"), ("a", "y")])],
                [("add", [("a", "x"), ("b", "x")]), ("delete", [("a", "")])],
            )
        )
        calls = st.lists(
            st.tuples(st.sampled_from(("add", "add", "delete")), st.lists(entry, max_size=3)),
            max_size=4,
        )
        search(promise, *always, calls=calls)
