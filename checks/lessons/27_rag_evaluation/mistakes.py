"""Wrong answers to lesson 27 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution, and some of them are not used.
# ruff: noqa: B007, C400, C416, F821, F841, RUF007, RUF059, SIM114


# ranking_metrics


def ranking_metrics__only_answered(qrels, run, k):
    """The mean is over what was answered.

    Caught by: test_questions_without_a_ranking
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant or question not in run:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__all_questions(qrels, run, k):
    """Each question counts.

    Caught by: test_what_is_relevant
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            rows.append((0.0, 0.0, 0.0, 0.0))
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not any(any(row) for row in rows) and not any(
        g > 0 for one in qrels.values() for g in one.values()
    ):
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__questions_of_the_run(qrels, run, k):
    """The questions are those of the run.

    Caught by: test_questions_without_a_ranking
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question in {**dict.fromkeys(qrels), **run}:
        graded = qrels.get(question, {})
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len({*qrels, *run}))


def ranking_metrics__precision_over_what_came(qrels, run, k):
    """Precision is over what came.

    Caught by: test_precision
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append(
            (found / len(relevant), found / (len(grades) or 1), first, dcg(grades) / dcg(ideal))
        )
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__recall_over_k(qrels, run, k):
    """No more than k can be found.

    Caught by: test_ndcg
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / min(k, len(relevant)), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__recall_is_a_hit(qrels, run, k):
    """Recall is whether something was found.

    Caught by: test_recall
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((float(found > 0), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__ideal_of_what_was_found(qrels, run, k):
    """The best ranking is the same list, sorted.

    Caught by: test_recall
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(grades, reverse=True)
        rows.append((found / len(relevant), found / k, first, dcg(grades) / (dcg(ideal) or 1)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__ideal_not_cut(qrels, run, k):
    """The best ranking has all relevant documents.

    Caught by: test_ndcg
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__ideal_of_ones(qrels, run, k):
    """A relevant document is relevant.

    Caught by: test_ndcg
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum(((grade > 0) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__exponential_gain(qrels, run, k):
    """The gain is 2 to the grade, minus 1.

    Caught by: test_ndcg
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum(((2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__log_of_the_rank(qrels, run, k):
    """The discount is the logarithm of the rank.

    Caught by: test_recall
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / max(1.0, math.log2(rank)) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__natural_logarithm(qrels, run, k):
    """A logarithm is a logarithm.

    Caught by: test_recall
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / (1 + math.log(rank)) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__ranks_from_zero(qrels, run, k):
    """Ranks begin with 0.

    Caught by: test_recall
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades) if grade and rank), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__mrr_of_all(qrels, run, k):
    """Each relevant document has a rank.

    Caught by: test_recall
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = sum(1 / rank for rank, grade in enumerate(grades, 1) if grade)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__mrr_without_a_cut(qrels, run, k):
    """The first relevant one may come late.

    Caught by: test_what_is_relevant
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, one in enumerate(ranking, 1) if one in relevant), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__not_cut(qrels, run, k):
    """All that came counts.

    Caught by: test_ndcg
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__grade_zero_is_relevant(qrels, run, k):
    """What has a grade was judged.

    Caught by: test_what_is_relevant
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade >= 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([one for one in ranking[:k] if one in relevant])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / (dcg(ideal) or 1)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__negative_grades(qrels, run, k):
    """A wrong document costs something.

    Caught by: test_what_is_relevant
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [graded.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade > 0])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade > 0), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__k_unchecked(qrels, run, k):
    """A k of 0 gives zeros.

    Caught by: test_what_is_refused
    """
    if k < 1:
        return Metrics(0.0, 0.0, 0.0, 0.0, len(qrels))

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__twice_unchecked(qrels, run, k):
    """A search gives each document once.

    Caught by: test_what_is_refused
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__twice_is_repaired(qrels, run, k):
    """A second find is left out.

    Caught by: test_what_is_refused
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            ranking = list(dict.fromkeys(ranking))
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__nothing_is_zero(qrels, run, k):
    """Without questions, everything is 0.

    Caught by: test_what_is_refused
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        return Metrics(0.0, 0.0, 0.0, 0.0, 0)
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__counts_qrels(qrels, run, k):
    """All questions were asked.

    Caught by: test_what_is_relevant
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(qrels))


def ranking_metrics__pooled(qrels, run, k):
    """All finds over all relevant documents.

    Caught by: test_the_first_k
    """
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    total = sum(sum(g > 0 for g in one.values()) for one in qrels.values())
    hits = sum(round(row[1] * k) for row in rows)
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(hits / total, precision, mrr, ndcg, len(rows))


# check_quotes


def check_quotes__in(answer, documents):
    """A text is in another one.

    Caught by: test_borders_of_words
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = after = ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__border_at_the_end_only(answer, documents):
    """A quotation begins somewhere.

    Caught by: test_borders_of_words
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__border_at_the_beginning_only(answer, documents):
    """A quotation ends somewhere.

    Caught by: test_borders_of_words
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__borders_always(answer, documents):
    """Before and after a quotation is a space.

    Caught by: test_both_kinds_of_marks
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\S)"
            after = "(?!\\S)"
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__borders_of_words(answer, documents):
    """re has a sign for borders.

    Caught by: test_borders_of_words
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "\\b"
            after = "\\b"
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__lower_case(answer, documents):
    """Capitals make no difference.

    Caught by: test_how_it_is_compared
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).casefold().split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__without_punctuation(answer, documents):
    """Punctuation makes no difference.

    Caught by: test_how_it_is_compared
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(re.sub(r"[.,;:!?]", "", normalize("NFC", text).translate(straight)).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__any_document(answer, documents):
    """Some document has it.

    Caught by: test_each_list
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__any_for_unknown(answer, documents):
    """An unknown name means any document.

    Caught by: test_each_list
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif (
            is_in(parts, texts[name])
            if name in texts
            else any(is_in(parts, text) for text in texts.values())
        ):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__unknown_is_missing(answer, documents):
    """An unknown document has nothing.

    Caught by: test_each_list
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif name in texts and any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__misplaced_is_missing(answer, documents):
    """It is not where it should be.

    Caught by: test_each_list
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.missing.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__uncited_if_it_is_there(answer, documents):
    """What no document has is missing.

    Caught by: test_each_list
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None and any(is_in(parts, text) for text in texts.values()):
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__id_anywhere(answer, documents):
    """The next id belongs to it.

    Caught by: test_what_belongs_to_it
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:[^“"\\[]*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__id_at_once(answer, documents):
    """An id comes at once.

    Caught by: test_both_kinds_of_marks
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__one_space(answer, documents):
    """A space may be between.

    Caught by: test_what_belongs_to_it
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?: ?\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__curly_only(answer, documents):
    """Quotations have curly marks.

    Caught by: test_both_kinds_of_marks
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"\\"\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__straight_only(answer, documents):
    """Curly marks are straight ones.

    Caught by: test_how_it_is_compared
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (
        found.groups() for found in claim.finditer(answer.translate(straight))
    ):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__blank_ones_count(answer, documents):
    """A quotation is what stands between marks.

    Caught by: test_blank_quotations
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__ellipsis_as_text(answer, documents):
    """An ellipsis is three periods.

    Caught by: test_ellipses
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, [quotation]))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__only_the_character(answer, documents):
    """An ellipsis is one character.

    Caught by: test_ellipses
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__only_three_periods(answer, documents):
    """An ellipsis is three periods.

    Caught by: test_ellipses
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__parts_in_any_order(answer, documents):
    """Each part is there.

    Caught by: test_ellipses
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__parts_overlap(answer, documents):
    """The next part begins after the beginning of the one before.

    Caught by: test_ellipses
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.start() + 1
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__first_part_only(answer, documents):
    """What comes first decides.

    Caught by: test_ellipses
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts[:1]:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__all_claims_once(answer, documents):
    """A quotation counts once.

    Caught by: test_each_list
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    for one in (report.supported, report.missing, report.misplaced, report.uncited):
        one[:] = dict.fromkeys(one)
    return report


def check_quotes__stripped(answer, documents):
    """White space at the ends is no part of it.

    Caught by: test_ellipses
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        quotation = " ".join(quotation.split())
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__normalized(answer, documents):
    """The lists have what was compared.

    Caught by: test_ellipses
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = plain(curly if curly is not None else plainly)
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__no_nfc(answer, documents):
    """Texts that look the same are the same.

    Caught by: test_how_it_is_compared
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(text.translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__no_spaces(answer, documents):
    """White space makes no difference.

    Caught by: test_both_kinds_of_marks
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return "".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__marks_count(answer, documents):
    """Marks are characters like others.

    Caught by: test_how_it_is_compared
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__not_escaped(answer, documents):
    """A text is a pattern of itself.

    Caught by: test_how_it_is_compared
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(
                before
                + part.replace("(", "\\(")
                .replace(")", "\\)")
                .replace("*", "\\*")
                .replace("+", "\\+")
                .replace("\\d", "\\\\d")
                .replace("$", "\\$")
                .replace("^", "\\^")
                + after
            ).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__shared_report(answer, documents):
    """One report is enough.

    Caught by: test_both_kinds_of_marks
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = check_quotes.__dict__.setdefault("report", QuoteReport([], [], [], []))
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__fuzzy(answer, documents):
    """Nearly the same is the same.

    Caught by: test_borders_of_words
    """
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        import difflib

        if len(parts) == 1 and any(
            difflib.SequenceMatcher(None, parts[0], text[n : n + len(parts[0])]).ratio() > 0.8
            for n in range(len(text))
        ):
            return True
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any(is_in(parts, text) for text in texts.values()):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


# answer_score


def answer_score__sets(answer, references):
    """A word is there or not.

    Caught by: test_repeated_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = len({*one} & {*other})
        return 2 * shared / (len({*one}) + len({*other})) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__counts_all_repeats(answer, references):
    """Each word that is in the other counts.

    Caught by: test_repeated_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = sum(word in other for word in one)
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__mean(answer, references):
    """Each reference counts.

    Caught by: test_several_references
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, fmean(f1(given, one) for one in right))


def answer_score__first_reference(answer, references):
    """The first reference is the right one.

    Caught by: test_several_references
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given == right[0], f1(given, right[0]))


def answer_score__worst(answer, references):
    """The worst counts.

    Caught by: test_several_references
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, min(f1(given, one) for one in right))


def answer_score__all_references_joined(answer, references):
    """All references are one text.

    Caught by: test_several_references
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, f1(given, [word for one in right for word in one]))


def answer_score__exact_in_any_order(answer, references):
    """The same words are the same answer.

    Caught by: test_shared_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(sorted(given) in map(sorted, right), max(f1(given, one) for one in right))


def answer_score__exact_by_text(answer, references):
    """The same text is the same answer.

    Caught by: test_exact
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(answer in references, max(f1(given, one) for one in right))


def answer_score__exact_if_contained(answer, references):
    """The reference is in the answer.

    Caught by: test_shared_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(
        any(" ".join(one) in " ".join(given) for one in right),
        max(f1(given, one) for one in right),
    )


def answer_score__exact_if_f1_is_one(answer, references):
    """All words are shared.

    Caught by: test_shared_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(
        max(f1(given, one) for one in right) == 1.0, max(f1(given, one) for one in right)
    )


def answer_score__articles_count(answer, references):
    """Articles are words.

    Caught by: test_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text)]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__articles_of_the_answer_only(answer, references):
    """References have no articles.

    Caught by: test_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words_of(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__split(answer, references):
    """Words stand between spaces.

    Caught by: test_exact
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in text.split() if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__lower(answer, references):
    """lower is enough.

    Caught by: test_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in TOKEN.findall(text.lower()) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__numbers_in_pieces(answer, references):
    """Words are letters and digits.

    Caught by: test_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [
            word
            for word in re.findall("\\w+", normalize("NFKC", text).casefold())
            if word not in ARTICLES
        ]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__refusal_gets_f1(answer, references):
    """A refusal is an answer.

    Caught by: test_a_refusal
    """
    if not references:
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__refusal_is_always_right(answer, references):
    """An honest no is never wrong.

    Caught by: test_a_refusal
    """
    if not references or is_refusal(answer):
        is_right = is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__no_references_are_zero(answer, references):
    """Without references, nothing is right.

    Caught by: test_no_references
    """
    if not references or is_refusal(answer):
        is_right = False
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__no_references_are_right(answer, references):
    """Without references, everything is right.

    Caught by: test_no_references
    """
    if not references or is_refusal(answer):
        is_right = not references
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__refusal_by_text(answer, references):
    """A refusal is one sentence.

    Caught by: test_no_references
    """
    if not references or is_refusal(answer):
        is_right = not references and answer == NOT_FOUND
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__nothing_is_zero(answer, references):
    """Without words, there is nothing to share.

    Caught by: test_nothing
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one and other else 0.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__precision(answer, references):
    """How much of the answer is right.

    Caught by: test_shared_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return shared / (len(one) or 1) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__recall(answer, references):
    """How much of the reference is there.

    Caught by: test_shared_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return shared / (len(other) or 1) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__mean_of_both(answer, references):
    """The mean of precision and recall.

    Caught by: test_shared_words
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return (shared / (len(one) or 1) + shared / (len(other) or 1)) / 2 if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max(f1(given, one) for one in right))


def answer_score__best_of_each(answer, references):
    """The best precision and the best recall.

    Caught by: test_several_references
    """
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(
        given in right,
        (lambda p, r: 2 * p * r / (p + r) if p + r else max(f1(given, one) for one in right))(
            max((Counter(given) & Counter(one)).total() / (len(given) or 1) for one in right),
            max((Counter(given) & Counter(one)).total() / (len(one) or 1) for one in right),
        ),
    )


# judge_pair


async def judge_pair__asks_once(judge, question, first, second):
    """One reading is enough.

    Caught by: test_both_mean_the_same
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), "1")
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    turned = {"1": "2", "2": "1", "tie": "tie", None: None}[said]
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__same_order_twice(judge, question, first, second):
    """Twice the same is sure.

    Caught by: test_both_mean_the_same
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(first, second))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = winners
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__not_turned_round(judge, question, first, second):
    """1 is the first answer.

    Caught by: test_both_mean_the_same
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = winners
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__number_in_the_reply(judge, question, first, second):
    """The number says it.

    Caught by: test_the_last_line
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.search("(1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__first_match(judge, question, first, second):
    """The reply says the winner.

    Caught by: test_the_last_line
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.search("winner: (1|2|tie)$", reply.text.casefold(), re.MULTILINE)
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__match_at_the_beginning(judge, question, first, second):
    """A line that begins like that.

    Caught by: test_what_cannot_be_read
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.match("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__somewhere_in_the_line(judge, question, first, second):
    """A line with that in it.

    Caught by: test_what_cannot_be_read
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.search("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__last_line_with_a_winner(judge, question, first, second):
    """The last line that names one.

    Caught by: test_the_last_line
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [
            line.strip()
            for line in reply.text.splitlines()
            if line.strip().casefold().startswith("winner: ")
        ]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__very_last_line(judge, question, first, second):
    """The last line is the last.

    Caught by: test_the_last_line
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__case_sensitive(judge, question, first, second):
    """The line is as it is asked for.

    Caught by: test_how_a_line_is_written
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("Winner: (1|2|tie)", lines[-1]) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__lower_case_only(judge, question, first, second):
    """casefold is for the pattern.

    Caught by: test_both_mean_the_same
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1]) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__unreadable_is_a_tie(judge, question, first, second):
    """Who cannot decide says tie.

    Caught by: test_the_last_line
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else "tie"

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__unreadable_is_inconsistent(judge, question, first, second):
    """What cannot be read is not consistent.

    Caught by: test_the_last_line
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, False)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__one_reading_is_enough(judge, question, first, second):
    """One that can be read decides.

    Caught by: test_the_last_line
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None and turned is None:
        return Verdict(None, None)
    if said is None or turned is None:
        return Verdict(winners[said] if said else winners_turned[turned], False)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__first_reading_wins(judge, question, first, second):
    """The first reading counts.

    Caught by: test_they_differ
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict(winners[said], False)
    return Verdict(winners[said], True)


async def judge_pair__different_is_none(judge, question, first, second):
    """Nobody knows then.

    Caught by: test_they_differ
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict(None, False)
    return Verdict(winners[said], True)


async def judge_pair__tie_gives_way(judge, question, first, second):
    """A tie is no opinion.

    Caught by: test_they_differ
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if "tie" in (said, turned) and said != turned:
        return Verdict(winners[said] if said != "tie" else winners_turned[turned], False)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__errors_pass(judge, question, first, second):
    """A judge that fails is an error.

    Caught by: test_the_judge_fails
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    finally:
        pass
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__value_errors_only(judge, question, first, second):
    """A judge raises ValueError.

    Caught by: test_the_judge_fails
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except ValueError:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__error_is_a_tie(judge, question, first, second):
    """A judge that fails has no opinion.

    Caught by: test_the_judge_fails
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict("tie", False)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__hides_everything(judge, question, first, second):
    """Nothing may come out of a judge.

    Caught by: test_a_cancellation
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except BaseException:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__equal_ones_judged(judge, question, first, second):
    """A judge sees that they are equal.

    Caught by: test_equal_answers
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__nearly_equal(judge, question, first, second):
    """White space makes no difference.

    Caught by: test_equal_answers
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first.split() == second.split():
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__equal_in_any_case(judge, question, first, second):
    """Capitals make no difference.

    Caught by: test_equal_answers
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first.casefold() == second.casefold():
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__equal_is_inconsistent(judge, question, first, second):
    """Nobody was asked.

    Caught by: test_equal_answers
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", None)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__template(judge, question, first, second):
    """A template fills in the answers.

    Caught by: test_braces
    """

    async def reading(one, other):
        reply = await judge.ainvoke(
            JUDGE_PROMPT.format(question=question, first=one, second="{second}").format(
                second=other
            )
        )
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__replaces_braces(judge, question, first, second):
    """Braces have to be doubled.

    Caught by: test_braces
    """

    async def reading(one, other):
        reply = await judge.ainvoke(
            JUDGE_PROMPT.format(
                question=question,
                first=one.replace("{", "{{").replace("}", "}}"),
                second=other.replace("{", "{{").replace("}", "}}"),
            )
        )
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__strips_answers(judge, question, first, second):
    """White space around an answer is nothing.

    Caught by: test_what_is_asked
    """

    async def reading(one, other):
        reply = await judge.ainvoke(
            JUDGE_PROMPT.format(
                question=question, first=one.rstrip(".!?"), second=other.rstrip(".!?")
            )
        )
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__three_times(judge, question, first, second):
    """The third reading decides.

    Caught by: test_both_mean_the_same
    """

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        await reading(first, second)
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


# paired_bootstrap


def paired_bootstrap__unpaired(base, new, rounds=2000, level=0.95, seed=0):
    """Two samples are drawn.

    Caught by: test_the_width
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    old, fresh = [base[one] for one in sorted(base)], [new[one] for one in sorted(base)]
    means = sorted(
        fmean(numbers.choices(fresh, k=len(fresh))) - fmean(numbers.choices(old, k=len(old)))
        for _ in range(rounds)
    )
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__without_repetition(base, new, rounds=2000, level=0.95, seed=0):
    """Each question comes once.

    Caught by: test_the_same_each_time
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.sample(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__smaller_samples(base, new, rounds=2000, level=0.95, seed=0):
    """Half of the questions are a sample.

    Caught by: test_the_width
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(
        fmean(numbers.choices(differences, k=max(1, len(differences) // 2))) for _ in range(rounds)
    )
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__mean_of_the_samples(base, new, rounds=2000, level=0.95, seed=0):
    """The mean of all samples.

    Caught by: test_the_difference
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(means), means[outside], means[-1 - outside])


def paired_bootstrap__single_differences(base, new, rounds=2000, level=0.95, seed=0):
    """The differences themselves lie between.

    Caught by: test_the_width
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(numbers.choice(differences) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__level_ignored(base, new, rounds=2000, level=0.95, seed=0):
    """95 % is the usual level.

    Caught by: test_the_width
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int(0.025 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__one_sided(base, new, rounds=2000, level=0.95, seed=0):
    """The whole rest is on each side.

    Caught by: test_the_width
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__level_as_share_below(base, new, rounds=2000, level=0.95, seed=0):
    """level is the share below low.

    Caught by: test_the_width
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int(min(level, 0.49) * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__extremes(base, new, rounds=2000, level=0.95, seed=0):
    """All samples lie between.

    Caught by: test_the_width
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = 0
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__sd_without_root_n(base, new, rounds=2000, level=0.95, seed=0):
    """Two standard deviations to each side.

    Caught by: test_the_same_each_time
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    middle = fmean(differences)
    spread = 1.96 * math.sqrt(fmean((one - middle) ** 2 for one in differences))
    return Interval(middle, middle - spread, middle + spread)


def paired_bootstrap__base_minus_new(base, new, rounds=2000, level=0.95, seed=0):
    """The difference is base - new.

    Caught by: test_the_difference
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [base[question] - new[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__ratio(base, new, rounds=2000, level=0.95, seed=0):
    """Better by so much.

    Caught by: test_the_difference
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [
        (new[question] - base[question]) / (abs(base[question]) or 1) for question in sorted(base)
    ]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__not_sorted(base, new, rounds=2000, level=0.95, seed=0):
    """The means come as they are.

    Caught by: test_the_difference
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = list(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__global_seed(base, new, rounds=2000, level=0.95, seed=0):
    """random.seed makes it the same.

    Caught by: test_the_generator_of_others
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    random.seed(seed)
    numbers = random
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__no_seed(base, new, rounds=2000, level=0.95, seed=0):
    """A generator is a generator.

    Caught by: test_the_same_each_time
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random()
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__fixed_seed(base, new, rounds=2000, level=0.95, seed=0):
    """Always the same samples.

    Caught by: test_the_same_each_time
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(0)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__order_of_the_dict(base, new, rounds=2000, level=0.95, seed=0):
    """A dict has an order.

    Caught by: test_the_same_each_time
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in base]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__common_questions(base, new, rounds=2000, level=0.95, seed=0):
    """Only questions of both count.

    Caught by: test_what_is_refused
    """
    if not base.keys() & new.keys() or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base.keys() & new.keys())]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__missing_is_zero(base, new, rounds=2000, level=0.95, seed=0):
    """A missing score is 0.

    Caught by: test_what_is_refused
    """
    if not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new.get(question, 0) - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__empty_is_zero(base, new, rounds=2000, level=0.95, seed=0):
    """No questions, no difference.

    Caught by: test_what_is_refused
    """
    if not base and not new:
        return Interval(0.0, 0.0, 0.0)
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__nan_accepted(base, new, rounds=2000, level=0.95, seed=0):
    """NaN comes out as NaN.

    Caught by: test_what_is_refused
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__nan_left_out(base, new, rounds=2000, level=0.95, seed=0):
    """A NaN is left out.

    Caught by: test_what_is_refused
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    differences = [one for one in differences if not math.isnan(one)] or [0.0]
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__rounds_unchecked(base, new, rounds=2000, level=0.95, seed=0):
    """Any number of rounds will do.

    Caught by: test_what_is_refused
    """
    if base.keys() != new.keys() or not base or rounds < 1 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__more_rounds(base, new, rounds=2000, level=0.95, seed=0):
    """More rounds are always better.

    Caught by: test_what_is_refused
    """
    if base.keys() != new.keys() or not base or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(
        fmean(numbers.choices(differences, k=len(differences))) for _ in range(max(rounds, 100))
    )
    outside = int((1 - level) / 2 * max(rounds, 100))
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__level_unchecked(base, new, rounds=2000, level=0.95, seed=0):
    """Any level will do.

    Caught by: test_what_is_refused
    """
    if base.keys() != new.keys() or not base or rounds < 100 or False:
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = max(0, min(rounds - 1, int((1 - level) / 2 * rounds) if level == level else 0))
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__level_of_one(base, new, rounds=2000, level=0.95, seed=0):
    """All of them is a level, too.

    Caught by: test_what_is_refused
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level <= 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__level_of_zero(base, new, rounds=2000, level=0.95, seed=0):
    """None of them is a level, too.

    Caught by: test_what_is_refused
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 <= level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(
        fmean(differences), means[min(outside, rounds - 1)], means[max(-1 - outside, -rounds)]
    )


def paired_bootstrap__percent(base, new, rounds=2000, level=0.95, seed=0):
    """A level is in percent.

    Caught by: test_what_is_refused
    """
    if level > 1:
        level /= 100
    if base.keys() != new.keys() or not base or rounds < 100 or not 0 < level < 100:
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__changes_the_dict(base, new, rounds=2000, level=0.95, seed=0):
    """The differences are kept in new.

    Caught by: test_the_difference
    """
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted(fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds))
    outside = int((1 - level) / 2 * rounds)
    for question in base:
        if isinstance(new, dict):
            new[question] -= base[question]
    return Interval(fmean(differences), means[outside], means[-1 - outside])


# regression_gate


def regression_gate__mean_only(base, new, tolerance, slices, seed=0):
    """The mean decides.

    Caught by: test_nobody_knows
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.difference < -allowed:
                reasons["failed"].append(said)
            elif False:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__significant_is_enough(base, new, tolerance, slices, seed=0):
    """What is surely worse has failed.

    Caught by: test_passed
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__unsure_passes(base, new, tolerance, slices, seed=0):
    """What is not proven has passed.

    Caught by: test_nobody_knows
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)

    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__unsure_fails(base, new, tolerance, slices, seed=0):
    """What is not proven has failed.

    Caught by: test_nobody_knows
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["failed"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__high_below_the_tolerance(base, new, tolerance, slices, seed=0):
    """The whole interval is below.

    Caught by: test_it_got_worse
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__no_tolerance(base, new, tolerance, slices, seed=0):
    """Every loss counts.

    Caught by: test_passed
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < 0:
                reasons["failed"].append(said)
            elif found.low < 0:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__tolerance_upwards(base, new, tolerance, slices, seed=0):
    """Every change counts.

    Caught by: test_passed
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed or found.high > allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__common_questions(base, new, tolerance, slices, seed=0):
    """Where both have a score.

    Caught by: test_what_is_missing
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            questions = [one for one in questions if one not in missing]
            missing = missing if not questions else []
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__missing_is_unsure(base, new, tolerance, slices, seed=0):
    """Nobody knows what is missing.

    Caught by: test_what_is_missing
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["unsure"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__missing_is_zero(base, new, tolerance, slices, seed=0):
    """What is missing is 0.

    Caught by: test_what_is_missing
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = []
            scores = {
                one: 0.0 if math.isnan(scores.get(one, math.nan)) else scores[one]
                for one in base[metric]
            }
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__missing_metric_passes(base, new, tolerance, slices, seed=0):
    """A metric that is gone is not needed.

    Caught by: test_what_is_missing
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        if metric not in new:
            continue
        scores = new[metric]
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__nan_is_a_score(base, new, tolerance, slices, seed=0):
    """NaN is a number.

    Caught by: test_what_is_missing
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if one not in scores]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: 0.0 if math.isnan(scores[one]) else scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__missing_in_all_only(base, new, tolerance, slices, seed=0):
    """What is missing is missing once.

    Caught by: test_what_is_missing
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing and name != "all":
                continue
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__no_slices(base, new, tolerance, slices, seed=0):
    """All questions are enough.

    Caught by: test_slices
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys()}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__only_slices(base, new, tolerance, slices, seed=0):
    """The slices are all.

    Caught by: test_slices
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in (slices or {"all": base[metric].keys()}).items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__first_decides(base, new, tolerance, slices, seed=0):
    """The first that fails ends it.

    Caught by: test_what_is_missing
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if reasons["failed"]:
                return Gate("failed", reasons["failed"])
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__last_decides(base, new, tolerance, slices, seed=0):
    """The last outcome counts.

    Caught by: test_slices
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    last = "passed"
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            last = (
                "failed"
                if found.high < 0 and found.difference < -allowed
                else "unsure"
                if found.low < -allowed
                else "passed"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = last if tolerance else "passed"
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__unsure_first(base, new, tolerance, slices, seed=0):
    """Unsure is the worst.

    Caught by: test_the_worst_counts
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"unsure": [], "failed": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__reasons_of_failed_only(base, new, tolerance, slices, seed=0):
    """Only failures have reasons.

    Caught by: test_nobody_knows
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"])


def regression_gate__reasons_for_all(base, new, tolerance, slices, seed=0):
    """Everything has a reason.

    Caught by: test_passed
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.low >= -allowed:
                reasons.setdefault("passed", []).append(said)
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"] + reasons.get("passed", []))


def regression_gate__reasons_without_slice(base, new, tolerance, slices, seed=0):
    """The metric is enough.

    Caught by: test_slices
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = f"{metric}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__reasons_without_metric(base, new, tolerance, slices, seed=0):
    """The slice is enough.

    Caught by: test_it_got_worse
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = f"{name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__one_reason(base, new, tolerance, slices, seed=0):
    """One reason is enough.

    Caught by: test_what_is_missing
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, (reasons["failed"] + reasons["unsure"])[:1])


def regression_gate__all_metrics(base, new, tolerance, slices, seed=0):
    """Every metric is looked at.

    Caught by: test_passed
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in {**dict.fromkeys(base, 0.0), **tolerance}.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__questions_of_new(base, new, tolerance, slices, seed=0):
    """The questions of the new version.

    Caught by: test_the_worst_counts
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {
            "all": {**base[metric], **new.get(metric, {})}.keys(),
            **slices,
        }.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric].get(one, 0.0) for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__empty_slice_passes(base, new, tolerance, slices, seed=0):
    """An empty slice has nothing to say.

    Caught by: test_what_is_refused
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if not questions:
                continue
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__unknown_questions_left_out(base, new, tolerance, slices, seed=0):
    """Unknown questions are left out.

    Caught by: test_what_is_refused
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions:
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            questions = [one for one in questions if one in base[metric]] or list(base[metric])
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__unknown_metric_passes(base, new, tolerance, slices, seed=0):
    """A metric without a base is new.

    Caught by: test_what_is_refused
    """
    for metric, allowed in tolerance.items():
        if metric not in base:
            continue
        if not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        if metric not in base:
            continue
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__negative_tolerance(base, new, tolerance, slices, seed=0):
    """It has to get better.

    Caught by: test_what_is_refused
    """
    for metric, allowed in tolerance.items():
        if metric not in base:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__absolute_tolerance(base, new, tolerance, slices, seed=0):
    """The sign makes no difference.

    Caught by: test_what_is_refused
    """
    for metric, allowed in tolerance.items():
        if metric not in base:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        allowed = abs(allowed)
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__other_seed_each_time(base, new, tolerance, slices, seed=0):
    """Each run draws anew.

    Caught by: test_nobody_knows
    """
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=random.randrange(10**9),
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


# find_leaks


def find_leaks__exact_only(train, test, threshold=0.8):
    """A copy is the same text.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [{text} for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = {text}
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__single_words(train, test, threshold=0.8):
    """Texts with the same words are the same.

    Caught by: test_three_words_in_a_row
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*words}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__pairs(train, test, threshold=0.8):
    """Two words in a row are enough.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__sorted_words(train, test, threshold=0.8):
    """The order makes no difference.

    Caught by: test_three_words_in_a_row
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = sorted(words_of(text))
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__characters(train, test, threshold=0.8):
    """Three characters in a row.

    Caught by: test_three_words_in_a_row
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = list(" ".join(words_of(text)))
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__over_the_smaller(train, test, threshold=0.8):
    """One is in the other.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [
            (-count / min(len(own), len(known[index])), index) for index, count in shared.items()
        ]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__over_the_test(train, test, threshold=0.8):
    """How much of the test text is known.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__dice(train, test, threshold=0.8):
    """Twice the shared over both.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [
            (-2 * count / (len(own) + len(known[index])), index) for index, count in shared.items()
        ]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__short_texts_left_out(train, test, threshold=0.8):
    """Short texts say nothing.

    Caught by: test_short_texts
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else set()

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__short_texts_in_any_order(train, test, threshold=0.8):
    """Two words are two words.

    Caught by: test_short_texts
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(sorted(words))} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__short_texts_as_words(train, test, threshold=0.8):
    """A short text is a set of words.

    Caught by: test_short_texts
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {(word,) for word in words}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__empty_texts_are_alike(train, test, threshold=0.8):
    """Nothing is like nothing.

    Caught by: test_texts_without_words
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__case_sensitive(train, test, threshold=0.8):
    """Capitals make a difference.

    Caught by: test_words
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = TOKEN.findall(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__split(train, test, threshold=0.8):
    """Words stand between spaces.

    Caught by: test_words
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = text.casefold().split()
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__first_that_fits(train, test, threshold=0.8):
    """One that is alike is enough.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = next(
                one for one in sorted(alike, key=lambda one: one[1]) if -one[0] >= threshold
            )
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__all_that_fit(train, test, threshold=0.8):
    """All that are alike.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            leaks.extend(
                Leak(number, index, -value) for value, index in sorted(alike) if -value >= threshold
            )
    return leaks


def find_leaks__last_of_equal_ones(train, test, threshold=0.8):
    """The last one that is most alike.

    Caught by: test_the_most_similar
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike, key=lambda one: (one[0], -one[1]))
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__least_similar(train, test, threshold=0.8):
    """The greatest number is the best.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = max(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__above_the_threshold(train, test, threshold=0.8):
    """More than the threshold.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] > threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__threshold_ignored(train, test, threshold=0.8):
    """What shares something is alike.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__threshold_unchecked(train, test, threshold=0.8):
    """Any threshold will do.

    Caught by: test_what_is_refused
    """

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__threshold_of_zero(train, test, threshold=0.8):
    """0 means everything.

    Caught by: test_what_is_refused
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__nan_threshold(train, test, threshold=0.8):
    """NaN is neither below nor above.

    Caught by: test_what_is_refused
    """
    if threshold <= 0 or threshold > 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__wrong_default(train, test, threshold=0.5):
    """Half is a lot.

    Caught by: test_the_default
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__train_in_train(train, test, threshold=0.8):
    """Copies in the training data are leaks.

    Caught by: test_the_most_similar
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in [*train, *test]]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [
            (-count / len(own | known[index]), index)
            for index, count in shared.items()
            if index != len(train) + number
        ]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__by_train(train, test, threshold=0.8):
    """The result is in the order of train.

    Caught by: test_the_order
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return sorted(leaks, key=lambda one: (one.train, one.test))


def find_leaks__by_similarity(train, test, threshold=0.8):
    """The worst leak comes first.

    Caught by: test_the_default
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return sorted(leaks, key=lambda one: -one.similarity)


def find_leaks__swapped(train, test, threshold=0.8):
    """First train, then test.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(index, number, -similarity))
    return leaks


def find_leaks__each_train_once(train, test, threshold=0.8):
    """A training text is named once.

    Caught by: test_the_most_similar
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks, used = [], set()
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            if index not in used:
                leaks.append(Leak(number, index, -similarity))
            used.add(index)
    return leaks


def find_leaks__counts_repeats(train, test, threshold=0.8):
    """A row that comes twice counts twice.

    Caught by: test_the_similarity
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return (
            {(n, *row) for n, row in enumerate(rows)} if len(words) > 2 else {tuple(words)} - {()}
        )

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter(index for mark in own for index in having.get(mark, ()))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks
