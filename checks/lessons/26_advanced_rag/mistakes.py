"""Wrong answers to lesson 26 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution.
# ruff: noqa: A002, F821, F841, B007, RET504


# BM25Index


class BM25Index__idf_without_one:
    """The formula in the first paper has no 1 in the logarithm.

    Caught by: test_a_common_word_is_still_worth_something
    """

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
                    idf = math.log((len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__idf_of_the_lexicon:
    """idf is the logarithm of N / n, as everywhere.

    Caught by: test_a_common_word_is_still_worth_something
    """

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
                    idf = math.log(len(self.counts) / n)
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__no_idf:
    """A word counts as much as any other.

    Caught by: test_a_common_word_is_still_worth_something
    """

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
                    idf = 1.0
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__the_factor_of_the_paper:
    """The numerator has k1 + 1.

    Caught by: test_a_common_word_is_still_worth_something
    """

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
                    score += idf * f * (self.k1 + 1) / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__parts_of_words:
    """`in` finds a word in a text.

    Caught by: test_a_word_is_not_a_part_of_another
    """

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
                f = sum(word in one for one in counts.elements())
                n = sum(any(word in one for one in other) for other in self.counts)
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__counts_occurrences:
    """How often a word comes says how common it is.

    Caught by: test_a_document_counts_once
    """

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in words)
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


class BM25Index__query_is_a_set:
    """To ask for a word twice is to ask for it once.

    Caught by: test_the_query_may_repeat_a_word
    """

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
            for word in {*query}:
                f, n = counts[word], self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__small_letters:
    """Case makes no difference to a reader.

    Caught by: test_case_counts
    """

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(word.lower() for word in words) for words in documents]
        self.having = Counter(
            word for words in documents for word in {one.lower() for one in words}
        )
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1

    def scores(self, query):
        found = []
        for counts, length in zip(self.counts, self.lengths, strict=True):
            score = 0.0
            for word in map(str.lower, query):
                f, n = counts[word], self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__fails_without_documents:
    """There is always a document with a word in it.

    Caught by: test_without_words
    """

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / len(self.lengths)

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


class BM25Index__no_length:
    """b is for tuning, and can be left out.

    Caught by: test_a_document_counts_once
    """

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
                    long = 1
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__length_of_different_words:
    """A document is as long as it has different words.

    Caught by: test_a_document_counts_once
    """

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len({*words}) for words in documents]
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


class BM25Index__average_of_those_with_words:
    """An empty document is no document.

    Caught by: test_the_ends_of_the_ranges
    """

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} and b {b} are not both in their range")
        self.k1, self.b = k1, b
        self.counts = [Counter(words) for words in documents]
        self.having = Counter(word for words in documents for word in {*words})
        self.lengths = [len(words) for words in documents]
        self.average = sum(self.lengths) / max(sum(length > 0 for length in self.lengths), 1) or 1

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


class BM25Index__a_word_counts_once:
    """Whether the word is there is all that matters.

    Caught by: test_a_document_counts_once
    """

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
                f, n = min(counts[word], 1), self.having[word]
                if f:
                    idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                    long = 1 - self.b + self.b * length / self.average
                    score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__only_documents_that_match:
    """A score of 0 is no result.

    Caught by: test_a_document_counts_once
    """

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
            if score:
                found.append(score)
        return found


class BM25Index__best_first:
    """Whoever asks for scores wants the best one first.

    Caught by: test_a_common_word_is_still_worth_something
    """

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
        return sorted(found, reverse=True)


class BM25Index__divides_by_zero:
    """f is 0 for most documents, and then the fraction is 0.

    Caught by: test_the_ends_of_the_ranges
    """

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
                idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
                long = 1 - self.b + self.b * length / self.average
                score += idf * f / (f + self.k1 * long)
            found.append(score)
        return found


class BM25Index__takes_any_b:
    """Whoever calls it knows which numbers are allowed.

    Caught by: test_wrong_arguments
    """

    def __init__(self, documents, k1=1.5, b=0.75):
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


class BM25Index__takes_nan:
    """A wrong number is too small or too large.

    Caught by: test_wrong_arguments
    """

    def __init__(self, documents, k1=1.5, b=0.75):
        if k1 < 0 or b < 0 or b > 1:
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


class BM25Index__refuses_zero:
    """A parameter is greater than 0.

    Caught by: test_the_ends_of_the_ranges
    """

    def __init__(self, documents, k1=1.5, b=0.75):
        if not (k1 > 0 and 0 < b <= 1):
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


# reciprocal_rank_fusion


def reciprocal_rank_fusion__ranks_from_zero(rankings, k=60, weights=None):
    """enumerate gives the rank.

    Caught by: test_the_first_rank_is_one
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 0):
            scores[name] = scores.get(name, 0) + weight / max(k + rank, 0.5)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__adds_places(rankings, k=60, weights=None):
    """The sum of the ranks says it: the smallest is best.

    Caught by: test_the_first_rank_is_one
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight * (k + rank)
    return sorted(scores.items(), key=lambda one: (round(one[1], 12), one[0]))


def reciprocal_rank_fusion__keeps_the_best_part(rankings, k=60, weights=None):
    """The best place of an id decides.

    Caught by: test_the_first_rank_is_one
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = max(scores.get(name, 0), weight / (k + rank))
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__takes_ranks_away(rankings, k=60, weights=None):
    """The rank is the place in the list.

    Caught by: test_an_id_comes_again_in_a_ranking
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(ranking, 1):
            if name in ranking[: rank - 1]:
                continue
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__twins_count_twice(rankings, k=60, weights=None):
    """Whoever comes twice is twice as good.

    Caught by: test_an_id_comes_again_in_a_ranking
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(ranking, 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__last_place_counts(rankings, k=60, weights=None):
    """A dict from the id to its rank has each id once.

    Caught by: test_an_id_comes_again_in_a_ranking
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        places = {name: rank for rank, name in enumerate(ranking, 1)}
        for name, rank in places.items():
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__worst_first(rankings, k=60, weights=None):
    """sorted puts the best first.

    Caught by: test_the_first_rank_is_one
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (round(one[1], 12), one[0]))


def reciprocal_rank_fusion__ties_as_they_came(rankings, k=60, weights=None):
    """sorted is stable, so ties are in a good order.

    Caught by: test_equal_scores
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: -round(one[1], 12))


def reciprocal_rank_fusion__ties_backwards(rankings, k=60, weights=None):
    """With reverse=True the highest score is first.

    Caught by: test_each_id_comes_once
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (round(one[1], 12), one[0]), reverse=True)


def reciprocal_rank_fusion__exact_ties(rankings, k=60, weights=None):
    """Equal sums are equal.

    Caught by: test_equal_but_for_rounding
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


def reciprocal_rank_fusion__ignores_weights(rankings, k=60, weights=None):
    """The weights are for later.

    Caught by: test_weights
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__weights_the_rank(rankings, k=60, weights=None):
    """A ranking with twice the weight has ranks twice as good.

    Caught by: test_weights
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + 1 / (k + rank / max(weight, 1e-9))
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__normalized(rankings, k=60, weights=None):
    """Scores are from 0 to 1.

    Caught by: test_the_first_rank_is_one
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    best = max(scores.values(), default=1) or 1
    scores = {name: score / best for name, score in scores.items()}
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__only_ids(rankings, k=60, weights=None):
    """Who asks for a ranking wants ids.

    Caught by: test_the_first_rank_is_one
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores, key=lambda name: (-round(scores[name], 12), name))


def reciprocal_rank_fusion__common_ids_only(rankings, k=60, weights=None):
    """What only one search finds is chance.

    Caught by: test_the_first_rank_is_one
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    scores = {name: scores[name] for name in scores if all(name in one for one in rankings)}
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__zip_stops_early(rankings, k=60, weights=None):
    """zip takes what there is.

    Caught by: test_wrong_arguments
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=False):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__takes_negative_weights(rankings, k=60, weights=None):
    """A negative weight is a way to say no.

    Caught by: test_wrong_arguments
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__takes_any_k(rankings, k=60, weights=None):
    """k is 60, so nobody gives another one.

    Caught by: test_wrong_arguments
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank or 1)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__zero_weight_is_left_out(rankings, k=60, weights=None):
    """A ranking without weight is not there.

    Caught by: test_weights
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if not (k >= 0 and all(weight >= 0 for weight in weights)) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        if not weight:
            continue
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


def reciprocal_rank_fusion__takes_nan(rankings, k=60, weights=None):
    """A wrong number is too small.

    Caught by: test_wrong_arguments
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if k < 0 or any(weight < 0 for weight in weights) or len(weights) != len(rankings):
        raise ValueError(f"k {k} and weights {weights} do not fit")
    scores = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-round(one[1], 12), one[0]))


# multi_query


async def multi_query__without_the_question(question, rewrite, search, fuse, n=3):
    """The rewrites are better than the question.

    Caught by: test_the_question_is_searched_for_too
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) < n:
            known.add(one.lower())
            wordings.append(one)

    async def found(wording):
        try:
            return await search(wording)
        except Exception as error:
            return error

    wordings = wordings or [question]
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


async def multi_query__strips_the_question(question, rewrite, search, fuse, n=3):
    """White space around a question is never wanted.

    Caught by: test_the_question_is_searched_for_too
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question.strip()], {question.strip().lower()}
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


async def multi_query__one_after_the_other(question, rewrite, search, fuse, n=3):
    """A list of awaits runs them all.

    Caught by: test_all_run_at_the_same_time
    """
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

    results = [await found(wording) for wording in wordings]
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__one_error_ends_it(question, rewrite, search, fuse, n=3):
    """gather gives the results.

    Caught by: test_a_search_fails
    """
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
        return await search(wording)

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


async def multi_query__gives_up_on_an_error(question, rewrite, search, fuse, n=3):
    """If a search fails, the result cannot be complete.

    Caught by: test_a_search_fails
    """
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
    if len(rankings) < len(results):
        raise next(one for one in results if isinstance(one, Exception))
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__rewrite_error_passes(question, rewrite, search, fuse, n=3):
    """Without rewrites there is nothing to do.

    Caught by: test_rewrite_fails
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    rewrites = await rewrite(question)
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


async def multi_query__nothing_without_rewrites(question, rewrite, search, fuse, n=3):
    """No rewrites, no searches.

    Caught by: test_rewrite_fails
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    if not rewrites:
        return []
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


async def multi_query__counts_before_it_looks(question, rewrite, search, fuse, n=3):
    """The first n rewrites are those that count.

    Caught by: test_what_is_left_out
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites[:n]:
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


async def multi_query__keeps_blanks(question, rewrite, search, fuse, n=3):
    """A model writes no blank lines.

    Caught by: test_what_is_left_out
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one.lower() not in known and len(wordings) <= n:
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


async def multi_query__does_not_strip(question, rewrite, search, fuse, n=3):
    """A search does not mind white space.

    Caught by: test_what_is_left_out
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        if one.strip() and one.strip().lower() not in known and len(wordings) <= n:
            known.add(one.strip().lower())
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


async def multi_query__case_counts(question, rewrite, search, fuse, n=3):
    """Another spelling is another wording.

    Caught by: test_what_is_left_out
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip()}
    for one in rewrites:
        one = one.strip()
        if one and one not in known and len(wordings) <= n:
            known.add(one)
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


async def multi_query__searches_in_small_letters(question, rewrite, search, fuse, n=3):
    """Case makes no difference, so take small letters.

    Caught by: test_what_is_left_out
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip().lower()
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


async def multi_query__the_question_may_come_again(question, rewrite, search, fuse, n=3):
    """The rewrites are compared with each other.

    Caught by: test_what_is_left_out
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], set()
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


async def multi_query__all_rewrites(question, rewrite, search, fuse, n=3):
    """The more wordings, the better.

    Caught by: test_no_more_than_n
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known:
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


async def multi_query__n_in_all(question, rewrite, search, fuse, n=3):
    """n searches are what is paid for.

    Caught by: test_no_more_than_n
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    wordings, known = [question], {question.strip().lower()}
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in known and len(wordings) < max(n, 1):
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


async def multi_query__all_failed_is_empty(question, rewrite, search, fuse, n=3):
    """Where nothing was found, there is nothing.

    Caught by: test_all_searches_fail
    """
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
        return []
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__raises_the_last_error(question, rewrite, search, fuse, n=3):
    """The last error is the newest one.

    Caught by: test_all_searches_fail
    """
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
        raise results[-1]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__wraps_the_error(question, rewrite, search, fuse, n=3):
    """The caller wants to know that all have failed.

    Caught by: test_all_searches_fail
    """
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
        raise LookupError("all searches failed") from results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__in_order_of_arrival(question, rewrite, search, fuse, n=3):
    """Whoever is first has the better documents.

    Caught by: test_fuse_gets_the_keys
    """
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

    results = []
    tasks = [asyncio.ensure_future(found(wording)) for wording in wordings]
    for next_one in asyncio.as_completed(tasks):
        results.append(await next_one)
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__last_document_stands(question, rewrite, search, fuse, n=3):
    """A dict keeps the newest value.

    Caught by: test_the_first_document_stands_for_its_key
    """
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
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents[key_of(document)] = document
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__fuses_itself(question, rewrite, search, fuse, n=3):
    """There is only one way to fuse.

    Caught by: test_fuse_gets_the_keys
    """
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
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in reciprocal_rank_fusion(keys)]


async def multi_query__concatenates(question, rewrite, search, fuse, n=3):
    """The first search is the most important one.

    Caught by: test_fuse_gets_the_keys
    """
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
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return list(documents.values())


async def multi_query__empty_lists_are_failures(question, rewrite, search, fuse, n=3):
    """Where a search finds nothing, it has failed.

    Caught by: test_fuse_gets_the_keys
    """
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
    rankings = [result for result in results if not isinstance(result, Exception) and result]
    if all(isinstance(one, Exception) for one in results):
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__a_failed_search_is_an_empty_list(question, rewrite, search, fuse, n=3):
    """A place for each search.

    Caught by: test_a_search_fails
    """
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
    if all(isinstance(one, Exception) for one in results):
        raise results[0]
    rankings = [[] if isinstance(one, Exception) else one for one in results]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__keys_are_ids(question, rewrite, search, fuse, n=3):
    """Each document has an id.

    Caught by: test_fuse_gets_the_keys
    """
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
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(document.id, document)
    keys = [[document.id for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__keys_without_twins(question, rewrite, search, fuse, n=3):
    """Fusing wants each key once.

    Caught by: test_fuse_gets_the_keys
    """
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
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    seen = set()
    keys = [[]]
    for key in documents:
        if key not in seen:
            seen.add(key)
            keys[-1].append(key)
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__swallows_a_cancellation(question, rewrite, search, fuse, n=3):
    """Whatever happens to a search, the others go on.

    Caught by: test_a_cancellation_stops_all
    """
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
        except BaseException as error:
            return error

    tasks = [asyncio.ensure_future(found(wording)) for wording in wordings]
    try:
        results = await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        results = [[]]
    rankings = [result for result in results if not isinstance(result, BaseException)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__leaves_searches_running(question, rewrite, search, fuse, n=3):
    """A task ends when nobody waits for it.

    Caught by: test_a_cancellation_stops_all
    """
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

    tasks = [asyncio.ensure_future(found(wording)) for wording in wordings]
    await asyncio.wait(tasks)
    results = [task.result() for task in tasks]
    rankings = [result for result in results if not isinstance(result, Exception)]
    if not rankings:
        raise results[0]
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__swallows_a_cancellation_of_rewrite(question, rewrite, search, fuse, n=3):
    """Whatever happens to rewrite, the question is there.

    Caught by: test_a_cancellation_of_rewrite
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except BaseException:
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


async def multi_query__takes_any_n(question, rewrite, search, fuse, n=3):
    """A negative n is like 0.

    Caught by: test_wrong_arguments
    """
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
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__looks_at_n_too_late(question, rewrite, search, fuse, n=3):
    """It does not matter when a mistake is noticed.

    Caught by: test_wrong_arguments
    """
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
    if n < 0:
        raise ValueError(f"n is {n}")
    documents = {}
    for ranking in rankings:
        for document in ranking:
            documents.setdefault(key_of(document), document)
    keys = [[key_of(document) for document in ranking] for ranking in rankings]
    return [documents[key] for key, _ in fuse(keys)]


async def multi_query__asks_rewrite_again(question, rewrite, search, fuse, n=3):
    """If too few rewrites came, ask again.

    Caught by: test_rewrite_is_asked_once
    """
    if n < 0:
        raise ValueError(f"n is {n}")
    try:
        rewrites = await rewrite(question)
    except Exception:
        rewrites = []
    if len(rewrites) < n:
        rewrites = rewrites + await rewrite(question)
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


# rerank


async def rerank__no_limit(question, documents, score, top_n, order="best_first", limit=4):
    """gather knows how many at once.

    Caught by: test_no_more_than_the_limit
    """
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(len(documents) + 1)

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
    return ranked


async def rerank__limits_too_late(question, documents, score, top_n, order="best_first", limit=4):
    """The limit is for what comes after the score.

    Caught by: test_no_more_than_the_limit
    """
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        asked = asyncio.ensure_future(score(question, document.page_content))
        async with free:
            try:
                value = await asked
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


async def rerank__one_after_the_other(
    question, documents, score, top_n, order="best_first", limit=4
):
    """One at a time is at most `limit`.

    Caught by: test_no_more_than_the_limit
    """
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

    copies = [await scored(document) for document in documents]
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__group_by_group(question, documents, score, top_n, order="best_first", limit=4):
    """Groups of `limit` are at most `limit` at once.

    Caught by: test_no_more_than_the_limit
    """
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

    copies = []
    for at in range(0, len(documents), limit):
        group = documents[at : at + limit]
        copies += await asyncio.gather(*[scored(document) for document in group])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__scores_the_first_ones(
    question, documents, score, top_n, order="best_first", limit=4
):
    """The first top_n are the best ones already.

    Caught by: test_the_best_come_first
    """
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

    copies = await asyncio.gather(*[scored(document) for document in documents[:top_n]])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__scores_equal_texts_once(
    question, documents, score, top_n, order="best_first", limit=4
):
    """Equal texts have equal scores.

    Caught by: test_equal_documents_are_scored_each
    """
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

    documents = list({document.page_content: document for document in documents}.values())
    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__worst_first(question, documents, score, top_n, order="best_first", limit=4):
    """sorted puts the best first.

    Caught by: test_the_best_come_first
    """
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
        return value is None, value or 0

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__returns_all(question, documents, score, top_n, order="best_first", limit=4):
    """Whoever wants fewer can cut it.

    Caught by: test_the_best_come_first
    """
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
    ranked = sorted(copies, key=place)
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__reverses_ties(question, documents, score, top_n, order="best_first", limit=4):
    """reverse=True is the same as a minus.

    Caught by: test_equal_scores_keep_the_order
    """
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
        return value is not None, value or 0

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[::-1][:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__sorts_pairs(question, documents, score, top_n, order="best_first", limit=4):
    """A pair of score and document can be sorted.

    Caught by: test_equal_scores_keep_the_order
    """
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
    pairs = [(place(copy), copy) for copy in copies]
    ranked = [copy for _, copy in sorted(pairs)][:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__in_order_of_arrival(
    question, documents, score, top_n, order="best_first", limit=4
):
    """as_completed gives the results.

    Caught by: test_the_order_in_which_they_end
    """
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

    copies = []
    tasks = [asyncio.ensure_future(scored(document)) for document in documents]
    for next_one in asyncio.as_completed(tasks):
        copies.append(await next_one)
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__an_error_ends_it(question, documents, score, top_n, order="best_first", limit=4):
    """A judge does not fail.

    Caught by: test_a_score_that_fails
    """
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        async with free:
            value = await score(question, document.page_content)
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


async def rerank__nan_is_sorted(question, documents, score, top_n, order="best_first", limit=4):
    """NaN is a number.

    Caught by: test_a_score_that_is_not_a_number
    """
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        async with free:
            try:
                value = await score(question, document.page_content)
            except Exception:
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


async def rerank__failed_is_minus_one(
    question, documents, score, top_n, order="best_first", limit=4
):
    """No score is below 0.

    Caught by: test_a_score_that_fails
    """
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
        return 1 if value is None else -value

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__failed_is_lost(question, documents, score, top_n, order="best_first", limit=4):
    """What cannot be judged is not good.

    Caught by: test_a_score_that_fails
    """
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
    copies = [copy for copy in copies if copy.metadata["rerank_score"] is not None]
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__failed_is_zero(question, documents, score, top_n, order="best_first", limit=4):
    """No score is a score of 0.

    Caught by: test_a_score_that_fails
    """
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        async with free:
            try:
                value = await score(question, document.page_content)
            except Exception:
                value = 0
        if math.isnan(value):
            value = 0
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


async def rerank__zero_is_none(question, documents, score, top_n, order="best_first", limit=4):
    """Without a score, the score is false.

    Caught by: test_a_score_of_zero
    """
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
        copy.metadata["rerank_score"] = value or None
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return not value, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__no_metadata(question, documents, score, top_n, order="best_first", limit=4):
    """The order says which is best.

    Caught by: test_the_best_come_first
    """
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
    for copy in ranked:
        del copy.metadata["rerank_score"]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__only_the_score(question, documents, score, top_n, order="best_first", limit=4):
    """The metadata is about the score now.

    Caught by: test_the_best_come_first
    """
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
        copy.metadata = {"rerank_score": value}
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    copies = await asyncio.gather(*[scored(document) for document in documents])
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__loses_the_id(question, documents, score, top_n, order="best_first", limit=4):
    """A document is text and metadata.

    Caught by: test_the_best_come_first
    """
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
        copy = Document(document.page_content, metadata=deepcopy(document.metadata))
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


async def rerank__changes_the_document(
    question, documents, score, top_n, order="best_first", limit=4
):
    """The documents are mine now.

    Caught by: test_the_best_come_first
    """
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
        copy = document
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


async def rerank__shallow_copy(question, documents, score, top_n, order="best_first", limit=4):
    """A copy is a copy.

    Caught by: test_copies
    """
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
        copy = document.model_copy(update={"metadata": dict(document.metadata)})
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


async def rerank__edges_of_all(question, documents, score, top_n, order="best_first", limit=4):
    """First the order, then the cut.

    Caught by: test_edges
    """
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
    ranked = sorted(copies, key=place)
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked[:top_n]


async def rerank__edges_from_the_middle(
    question, documents, score, top_n, order="best_first", limit=4
):
    """The best belongs into the middle.

    Caught by: test_edges
    """
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
        ranked = ranked[::2][::-1] + ranked[1::2]
    return ranked


async def rerank__edges_not_reversed(
    question, documents, score, top_n, order="best_first", limit=4
):
    """Odd places left, even places right.

    Caught by: test_edges
    """
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
        ranked = ranked[::2] + ranked[1::2]
    return ranked


async def rerank__ignores_the_order(question, documents, score, top_n, order="best_first", limit=4):
    """Best first is best.

    Caught by: test_edges
    """
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
    return ranked


async def rerank__takes_any_top_n(question, documents, score, top_n, order="best_first", limit=4):
    """A slice takes any number.

    Caught by: test_wrong_arguments
    """
    if limit < 1 or order not in ("best_first", "edges"):
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
    return ranked


async def rerank__takes_any_order(question, documents, score, top_n, order="best_first", limit=4):
    """What is not edges is best first.

    Caught by: test_wrong_arguments
    """
    if top_n < 1 or limit < 1:
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
    return ranked


async def rerank__looks_too_late(question, documents, score, top_n, order="best_first", limit=4):
    """A wrong order is noticed when it is needed.

    Caught by: test_wrong_arguments
    """
    if top_n < 1 or limit < 1:
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
    elif order != "best_first":
        raise ValueError(order)
    return ranked


async def rerank__swallows_a_cancellation(
    question, documents, score, top_n, order="best_first", limit=4
):
    """Whatever happens, the others have a score.

    Caught by: test_a_cancellation_stops_all
    """
    if top_n < 1 or limit < 1 or order not in ("best_first", "edges"):
        raise ValueError(f"{top_n}, {limit} and {order!r} are not all valid")
    free = asyncio.Semaphore(limit)

    async def scored(document):
        try:
            async with free:
                value = await score(question, document.page_content)
        except BaseException:
            value = None
        if value is not None and math.isnan(value):
            value = None
        copy = document.model_copy(deep=True)
        copy.metadata["rerank_score"] = value
        return copy

    def place(document):
        value = document.metadata["rerank_score"]
        return value is None, -(value or 0)

    tasks = [asyncio.ensure_future(scored(document)) for document in documents]
    try:
        await asyncio.sleep(0)
        while not all(task.done() for task in tasks):
            await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
    copies = await asyncio.gather(*tasks)
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


async def rerank__leaves_scores_running(
    question, documents, score, top_n, order="best_first", limit=4
):
    """A task ends when nobody waits for it.

    Caught by: test_a_cancellation_stops_all
    """
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

    tasks = [asyncio.ensure_future(scored(document)) for document in documents]
    await asyncio.wait(tasks or [asyncio.ensure_future(asyncio.sleep(0))])
    copies = [task.result() for task in tasks]
    ranked = sorted(copies, key=place)[:top_n]
    if order == "edges":
        ranked = ranked[::2] + ranked[1::2][::-1]
    return ranked


# ParentRetriever


class ParentRetriever__asks_for_k(Runnable):
    """k pieces give k documents.

    Caught by: test_whole_documents_come
    """

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = self.k
        while True:
            pieces = self.search(input, wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if pieces is not None:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__asks_once(Runnable):
    """Four times as many pieces is always enough.

    Caught by: test_many_pieces_of_one_document
    """

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
            if pieces is not None:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__asks_twice_at_most(Runnable):
    """Eight times as many is always enough.

    Caught by: test_many_pieces_of_one_document
    """

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
            if len(found) >= self.k or len(pieces) < wanted or wanted > 4 * self.k:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__returns_pieces(Runnable):
    """What was found is what was searched.

    Caught by: test_whole_documents_come
    """

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
                if name in self.parents:
                    found.append(piece)
            if len(found) >= self.k or len(pieces) < wanted:
                return found[: self.k]
            wanted *= 2


class ParentRetriever__a_parent_for_each_piece(Runnable):
    """Each piece has its parent.

    Caught by: test_each_comes_once_in_the_order_of_its_best_piece
    """

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
                if name in self.parents:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__in_a_set(Runnable):
    """A set has each once.

    Caught by: test_whole_documents_come
    """

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = self.search(input, wanted)
            names = {piece.metadata.get("parent") for piece in pieces}
            found = sorted(name for name in names if name in self.parents)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__last_piece_decides(Runnable):
    """A dict keeps the newest place.

    Caught by: test_each_comes_once_in_the_order_of_its_best_piece
    """

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
                if name in found:
                    found.remove(name)
                if name in self.parents:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__in_the_order_of_the_parents(Runnable):
    """parents has them in order.

    Caught by: test_whole_documents_come
    """

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
            found = [name for name in self.parents if name in found]
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__returns_all(Runnable):
    """More is better.

    Caught by: test_whole_documents_come
    """

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
                return [self.parents[name].model_copy(deep=True) for name in found]
            wanted *= 2


class ParentRetriever__fails_without_a_parent(Runnable):
    """Each piece has a parent that is there.

    Caught by: test_a_piece_without_a_parent
    """

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
                if name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__fails_without_a_name(Runnable):
    """Each piece knows its parent.

    Caught by: test_a_piece_without_a_parent
    """

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
                name = piece.metadata["parent"]
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__unknown_parents_take_places(Runnable):
    """k names are enough.

    Caught by: test_a_piece_without_a_parent
    """

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
                if name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [
                    self.parents[name].model_copy(deep=True)
                    for name in found[: self.k]
                    if name in self.parents
                ]
            wanted *= 2


class ParentRetriever__empty_parents_are_left_out(Runnable):
    """A document without text is none.

    Caught by: test_a_parent_without_text
    """

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
                if self.parents.get(name, Document("")).page_content and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__one_more_search(Runnable):
    """Ask until nothing new comes.

    Caught by: test_whole_documents_come
    """

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
            if len(found) >= self.k or (len(pieces) < wanted and wanted > 4 * self.k):
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__always_doubles_once(Runnable):
    """Twice as many is safer.

    Caught by: test_whole_documents_come
    """

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 8 * self.k
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


class ParentRetriever__adds_in_place_of_doubling(Runnable):
    """4 * k more each time.

    Caught by: test_many_pieces_of_one_document
    """

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
            wanted += 4 * self.k


class ParentRetriever__gives_up_when_all_came(Runnable):
    """As many pieces as asked for: that was all.

    Caught by: test_many_pieces_of_one_document
    """

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
            if len(found) >= self.k or len(pieces) <= wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__asks_without_end(Runnable):
    """There are always k parents.

    Caught by: test_whole_documents_come
    """

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
            if len(found) >= self.k:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__hands_out_the_parents(Runnable):
    """A document that is returned is only read.

    Caught by: test_copies
    """

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
                return [self.parents[name] for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__shallow_copies(Runnable):
    """A copy is a copy.

    Caught by: test_copies
    """

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
                return [self.parents[name].model_copy() for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__changes_the_question(Runnable):
    """Search engines want small letters.

    Caught by: test_whole_documents_come
    """

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            pieces = self.search(input.lower().strip() + " ", wanted)
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__swallows_errors(Runnable):
    """A search that fails has found nothing.

    Caught by: test_an_error_of_the_search
    """

    def __init__(self, search, parents, k=4):
        if k < 1:
            raise ValueError(f"k is {k}")
        self.search, self.parents, self.k = search, parents, k

    def invoke(self, input, config=None, **kwargs):
        wanted = 4 * self.k
        while True:
            try:
                pieces = self.search(input, wanted)
            except Exception:
                pieces = []
            found = []
            for piece in pieces:
                name = piece.metadata.get("parent")
                if name in self.parents and name not in found:
                    found.append(name)
            if len(found) >= self.k or len(pieces) < wanted:
                return [self.parents[name].model_copy(deep=True) for name in found[: self.k]]
            wanted *= 2


class ParentRetriever__takes_any_k(Runnable):
    """k is a number.

    Caught by: test_wrong_arguments
    """

    def __init__(self, search, parents, k=4):
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
            wanted *= 2


class ParentRetriever__other_default(Runnable):
    """Five is a good number.

    Caught by: test_whole_documents_come
    """

    def __init__(self, search, parents, k=5):
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
            wanted *= 2


# compress_documents


def compress_documents__keeps_the_rest(question, documents, keep):
    """keep says what has to go.

    Caught by: test_what_is_needed_stays
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = not keep(question, inside)
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


def compress_documents__joins_with_spaces(question, documents, keep):
    """Sentences are separated by a space.

    Caught by: test_neighbors_stay_as_they_are
    """
    try:
        for document in documents:
            text, spans, last, content = document.page_content, [], False, ""
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept and last:
                    content += " " + inside
                    spans[-1] = (spans[-1][0], end)
                elif is_kept:
                    content += (GAP if spans else "") + inside
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": spans}
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__no_gap(question, documents, keep):
    """A space is enough between two runs.

    Caught by: test_neighbors_stay_as_they_are
    """
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
                content = " ".join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__gap_everywhere(question, documents, keep):
    """Between sentences stands GAP.

    Caught by: test_neighbors_stay_as_they_are
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept:
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": spans}
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__gap_at_the_ends(question, documents, keep):
    """What was left out before and after shows, too.

    Caught by: test_what_is_needed_stays
    """
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
                if spans[0][0] > 0:
                    content = GAP.lstrip() + content
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__empty_documents(question, documents, keep):
    """Each document has a result.

    Caught by: test_documents_without_such_a_sentence
    """
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
            metadata = deepcopy(document.metadata) | {"spans": spans}
            content = GAP.join(text[start:end] for start, end in spans)
            yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__finds_the_first_twin(question, documents, keep):
    """find says where a sentence stands.

    Caught by: test_a_text_that_repeats_itself
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start = text.find(inside)
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


def compress_documents__spans_of_chunks(question, documents, keep):
    """A sentence begins where its chunk does.

    Caught by: test_what_is_needed_stays
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside))
                start, end = sentence.start, sentence.end
                if is_kept and last:
                    spans[-1] = (spans[-1][0], end)
                elif is_kept:
                    spans.append((start, end))
                last = is_kept
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": spans}
                content = GAP.join(text[start:end].strip() for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__spans_in_the_new_text(question, documents, keep):
    """A span is a place in the text that is there.

    Caught by: test_what_is_needed_stays
    """
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
                content = GAP.join(text[start:end] for start, end in spans)
                moved = [
                    (content.find(text[a:b]), content.find(text[a:b]) + b - a) for a, b in spans
                ]
                metadata = deepcopy(document.metadata) | {"spans": moved}
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__lists_for_spans(question, documents, keep):
    """A pair is a list of two.

    Caught by: test_what_is_needed_stays
    """
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
                metadata = deepcopy(document.metadata) | {"spans": [list(span) for span in spans]}
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__length_in_the_span(question, documents, keep):
    """A span is where it begins and how long it is.

    Caught by: test_what_is_needed_stays
    """
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
                metadata = deepcopy(document.metadata) | {
                    "spans": [(start, end - start) for start, end in spans]
                }
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__a_span_for_each_sentence(question, documents, keep):
    """Each sentence has its place.

    Caught by: test_neighbors_stay_as_they_are
    """
    try:
        for document in documents:
            text, spans, last, places = document.page_content, [], False, []
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
                if is_kept:
                    places.append((start, end))
            if spans:
                metadata = deepcopy(document.metadata) | {"spans": places}
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__no_spans(question, documents, keep):
    """The text says it all.

    Caught by: test_what_is_needed_stays
    """
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
                metadata = deepcopy(document.metadata)
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__keeps_old_spans(question, documents, keep):
    """What is there stays there.

    Caught by: test_spans_of_any_page
    """
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
                metadata = {"spans": spans} | deepcopy(document.metadata)
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__asks_with_white_space(question, documents, keep):
    """White space does not matter to keep.

    Caught by: test_what_is_needed_stays
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, sentence.text))
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


def compress_documents__asks_the_wrong_way_round(question, documents, keep):
    """The sentence comes first.

    Caught by: test_what_is_needed_stays
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(inside, question))
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


def compress_documents__asks_about_the_document(question, documents, keep):
    """What is needed is the document.

    Caught by: test_what_is_needed_stays
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, text.strip()))
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


def compress_documents__asks_twice(question, documents, keep):
    """keep costs nothing.

    Caught by: test_what_is_needed_stays
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = bool(keep(question, inside)) and bool(keep(question, inside))
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


def compress_documents__only_true_is_true(question, documents, keep):
    """keep returns True or False.

    Caught by: test_what_counts_as_true
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = keep(question, inside) is True
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


def compress_documents__compares_with_the_one_before(question, documents, keep):
    """Equal answers are neighbors.

    Caught by: test_what_counts_as_true
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                is_kept = keep(question, inside)
                start = sentence.start + sentence.text.index(inside)
                end = start + len(inside)
                if is_kept and last == is_kept:
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


def compress_documents__loses_the_id(question, documents, keep):
    """A new document has no id.

    Caught by: test_documents_without_such_a_sentence
    """
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
                yield Document(content, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__loses_the_metadata(question, documents, keep):
    """The spans are the metadata.

    Caught by: test_what_is_needed_stays
    """
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
                metadata = {"spans": spans}
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__shares_metadata(question, documents, keep):
    """| makes a new dict.

    Caught by: test_metadata_is_not_shared
    """
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
                metadata = document.metadata | {"spans": spans}
                content = GAP.join(text[start:end] for start, end in spans)
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__reads_all_first(question, documents, keep):
    """A list is easier to work with.

    Caught by: test_it_is_lazy
    """
    try:
        for document in list(documents):
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
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        close_source(documents)


def compress_documents__stays_open(question, documents, keep):
    """The caller closes what is open.

    Caught by: test_documents_are_closed
    """
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
                yield Document(content, id=document.id, metadata=metadata)
    finally:
        pass


def compress_documents__closes_at_the_end_only(question, documents, keep):
    """At the end it is closed.

    Caught by: test_documents_are_closed
    """
    if True:
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
                yield Document(content, id=document.id, metadata=metadata)
    close_source(documents)


def compress_documents__a_failing_keep_is_no(question, documents, keep):
    """What cannot be judged is left out.

    Caught by: test_an_error_of_keep
    """
    try:
        for document in documents:
            text, spans, last = document.page_content, [], False
            for sentence in sentence_chunks(text):
                inside = sentence.text.strip()
                try:
                    is_kept = bool(keep(question, inside))
                except Exception:
                    is_kept = False
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


# plan_search


async def plan_search__asks_with_the_question_alone(model, question, sources):
    """The question says it all.

    Caught by: test_the_model_is_asked
    """

    def everything(document):
        return True

    try:
        asked = question
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

    return plan.query, fits


async def plan_search__asks_for_a_schema_in_words(model, question, sources):
    """A model that is told to plan will plan.

    Caught by: test_the_model_is_asked
    """

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.ainvoke(asked)
        plan = SearchPlan.model_validate_json(answer.text)
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


async def plan_search__asks_again(model, question, sources):
    """If it fails, try once more.

    Caught by: test_what_is_no_plan
    """

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        try:
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

    return plan.query, fits


async def plan_search__strips_the_query(model, question, sources):
    """White space is never wanted.

    Caught by: test_the_query_is_that_of_the_plan
    """

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

    return plan.query.strip(), fits


async def plan_search__returns_the_question(model, question, sources):
    """The question is what was asked.

    Caught by: test_the_query_is_that_of_the_plan
    """

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

    return question, fits


async def plan_search__source_is_a_part(model, question, sources):
    """A source is named by a part of it.

    Caught by: test_a_source
    """

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
        if source is not None and source not in str(document.metadata.get("source", "")):
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__case_of_the_source(model, question, sources):
    """Case makes no difference.

    Caught by: test_a_source
    """

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
        if source is not None and str(document.metadata.get("source")).lower() != source.lower():
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__fails_without_a_source(model, question, sources):
    """Each document has a source.

    Caught by: test_a_source
    """

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
        if source is not None and document.metadata["source"] != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__without_a_source_it_fits(model, question, sources):
    """What has no source may be from there.

    Caught by: test_a_source
    """

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
        if source is not None and document.metadata.get("source", source) != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__fails_without_a_year(model, question, sources):
    """Each document has a year.

    Caught by: test_years
    """

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
        year = document.metadata["year"]
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__without_a_year_it_fits(model, question, sources):
    """What has no year may be from then.

    Caught by: test_years
    """

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
            return True
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__years_of_any_kind(model, question, sources):
    """A year is a number.

    Caught by: test_a_year_that_is_no_int
    """

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
        if not isinstance(year, int | float):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__reads_years_in_texts(model, question, sources):
    """ "2025" is a year, too.

    Caught by: test_a_year_that_is_no_int
    """

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
        try:
            year = int(year)
        except (TypeError, ValueError):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__fails_with_a_text_for_a_year(model, question, sources):
    """If there is a year, it is an int.

    Caught by: test_a_year_that_is_no_int
    """

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
        if year is None:
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__zero_is_no_year(model, question, sources):
    """If there is a year, it is true.

    Caught by: test_a_year_of_zero
    """

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
        if not first and not last:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (not first or first <= year) and (not last or year <= last)

    return plan.query, fits


async def plan_search__last_year_excluded(model, question, sources):
    """A range ends before its last number.

    Caught by: test_years
    """

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
        return (first is None or first <= year) and (last is None or year < last)

    return plan.query, fits


async def plan_search__first_year_excluded(model, question, sources):
    """Since 2024 means after 2024.

    Caught by: test_years
    """

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
        return (first is None or first < year) and (last is None or year <= last)

    return plan.query, fits


async def plan_search__ignores_the_last_year(model, question, sources):
    """Who names a first year wants all later ones.

    Caught by: test_years
    """

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
        return first is None or first <= year

    return plan.query, fits


async def plan_search__believes_sources(model, question, sources):
    """The model was told which sources there are.

    Caught by: test_a_source_that_does_not_exist
    """

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
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


async def plan_search__drops_a_wrong_source(model, question, sources):
    """The rest of the plan is good.

    Caught by: test_a_source_that_does_not_exist
    """

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
        source = None
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


async def plan_search__an_empty_source_is_none(model, question, sources):
    """An empty text means nothing.

    Caught by: test_a_source_that_does_not_exist
    """

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
    source = source or None
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


async def plan_search__believes_years(model, question, sources):
    """The model can count.

    Caught by: test_years_the_wrong_way_round
    """

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


async def plan_search__swaps_years(model, question, sources):
    """It is clear what was meant.

    Caught by: test_years_the_wrong_way_round
    """

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
        first, last = last, first
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


async def plan_search__zero_is_no_year_when_compared(model, question, sources):
    """If both years are there, they are compared.

    Caught by: test_years_the_wrong_way_round
    """

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
    if first and last and first > last:
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


async def plan_search__believes_blank_queries(model, question, sources):
    """The model has found words.

    Caught by: test_a_blank_query
    """

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


async def plan_search__keeps_the_filter_of_a_blank_query(model, question, sources):
    """The rest of the plan is good.

    Caught by: test_a_blank_query
    """

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

    def fits(document):
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query if plan.query.strip() else question, fits


async def plan_search__empty_but_not_blank(model, question, sources):
    """A query is empty or it is not.

    Caught by: test_a_blank_query
    """

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
    if not plan.query:
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


async def plan_search__catches_value_errors(model, question, sources):
    """What does not parse is a ValueError.

    Caught by: test_a_model_that_fails
    """

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except ValueError:
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


async def plan_search__lets_it_fail(model, question, sources):
    """The caller has to know that there is no plan.

    Caught by: test_what_is_no_plan
    """

    def everything(document):
        return True

    asked = plan_messages(question, sources)
    answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
    plan = SearchPlan.model_validate(answer)
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


async def plan_search__nothing_fits(model, question, sources):
    """Without a plan, nothing is wanted.

    Caught by: test_a_source_that_does_not_exist
    """

    def everything(document):
        return False

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

    return plan.query, fits


async def plan_search__returns_the_plan(model, question, sources):
    """A plan says what fits.

    Caught by: test_the_model_is_asked
    """

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

    return plan.query, plan


async def plan_search__swallows_a_cancellation(model, question, sources):
    """Whatever happens, the question is there.

    Caught by: test_a_cancellation
    """

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except BaseException:
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


async def plan_search__remembers_the_first_source(model, question, sources):
    """A function attribute is a good place.

    Caught by: test_each_plan_is_its_own
    """

    def everything(document):
        return True

    try:
        asked = plan_messages(question, sources)
        answer = await model.with_structured_output(SearchPlan).ainvoke(asked)
        plan = SearchPlan.model_validate(answer)
    except Exception:
        return question, everything
    source, first, last = plan.source, plan.year_from, plan.year_to
    plan_search.source = getattr(plan_search, "source", source)
    if source is not None and source not in sources:
        return question, everything
    if first is not None and last is not None and first > last:
        return question, everything
    if not plan.query.strip():
        return question, everything

    def fits(document):
        source = plan_search.source
        if source is not None and document.metadata.get("source") != source:
            return False
        if first is None and last is None:
            return True
        year = document.metadata.get("year")
        if not isinstance(year, int):
            return False
        return (first is None or first <= year) and (last is None or year <= last)

    return plan.query, fits
