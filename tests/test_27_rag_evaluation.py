"""Lesson 27: RAG Evaluation.

One class for each task. `answers` are the functions to be graded, and `text` makes words that
differ from seed to seed. Random numbers of the answers are their own: a test asks only for what
holds with every generator.
"""

from __future__ import annotations

import asyncio
import math
import random
import statistics
from copy import deepcopy
from itertools import pairwise, product
from typing import ClassVar

from hypothesis import strategies as st

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Fail, Pause, Reply
from course.grade.expect import Words, keeps
from course.grade.scenarios import Stranger, each, repeated
from course.grade.value_checks import Explained, in_calls, other_hashes, unchanged

NEAR = 1e-9
"""Results that differ by less are the same."""


def dcg(grades):
    return sum(max(grade, 0) / math.log2(place + 2) for place, grade in enumerate(grades))


def measured(qrels, run, k):
    """Recall, precision, MRR, nDCG and the number of questions."""
    rows = []
    for question, graded in qrels.items():
        best = sorted((grade for grade in graded.values() if grade > 0), reverse=True)
        if best:
            grades = [graded.get(one, 0) for one in run.get(question, ())][:k]
            hits = [place for place, grade in enumerate(grades, 1) if grade > 0]
            first = 1 / hits[0] if hits else 0
            rows.append((len(hits) / len(best), len(hits) / k, first, dcg(grades) / dcg(best[:k])))
    return (*map(statistics.fmean, zip(*rows, strict=True)), len(rows)) if rows else None


class TestRankingMetrics(Explained):
    """Rankings are measured, and no question is left out that counts."""

    WHY: ClassVar = {
        "it does not return Metrics": "Return Metrics(recall, precision, mrr, ndcg, queries).",
        "a question without a ranking is left out": "Nothing was found for it: it counts, with "
        "zeros. Otherwise a system that says nothing to hard questions looks better.",
        "a question without a relevant document counts": "Nothing can be found for it. Leave it "
        "out.",
        "the number of questions is wrong": "Those with a relevant document count, and no others.",
        "recall is wrong": "Relevant ones among the first k, over all relevant ones.",
        "precision is wrong": "Relevant ones among the first k, over k.",
        "precision is over what came": "It is over k, also if fewer came.",
        "mrr is wrong": "1 over the rank of the first relevant one. Ranks begin with 1.",
        "ndcg is wrong": "The sum of grade / log2(rank + 1), over that of the best possible "
        "ranking, which is cut at k, too.",
        "the best ranking is made of what was found": "It has all relevant documents of the "
        "question, also those that were not found.",
        "more than the first k count": "Cut the ranking at k.",
        "grades of 0 or less count": "Only a grade above 0 is relevant.",
        "k is not checked": "At least one document has to count: raise ValueError.",
        "a document comes twice, and nobody notices": "Then the same find counts twice: raise "
        "ValueError.",
        "no question counts, and nobody notices": "A mean of nothing is no number: raise "
        "ValueError.",
    }

    def check(self, answers, qrels, run, k):
        wanted = measured(qrels, run, k)
        with unchanged(qrels=qrels, run=run):
            got = answers.ranking_metrics(qrels, run, k)
        names = ("recall", "precision", "mrr", "ndcg", "queries")
        shown = Words(", ".join(f"{n} {x:.6g}" for n, x in zip(names, wanted, strict=True)))
        must = self.against(shown, got)
        must(isinstance(got, answers.Metrics), "it does not return Metrics")
        came = (got.recall, got.precision, got.mrr, got.ndcg, got.queries)
        same = [abs(one - other) < NEAR for one, other in zip(came, wanted, strict=True)]
        if not all(same):
            relevant = {q: {d: g for d, g in one.items() if g > 0} for q, one in qrels.items()}
            answered = {q: one for q, one in qrels.items() if q in run and relevant[q]}
            longest = max(map(len, run.values()), default=0)
            problems = {
                "a question without a ranking is left out": measured(answered, run, k),
                "more than the first k count": measured(qrels, run, max(k, longest)),
            }
            for problem, other in problems.items():
                is_other = other is not None and other != wanted
                must(
                    not is_other
                    or any(abs(x - y) > NEAR for x, y in zip(came, other, strict=True)),
                    problem,
                )
            must(
                got.queries != len(qrels) or same[4],
                "a question without a relevant document counts",
            )
            must(same[4], "the number of questions is wrong")
            over = [
                sum(relevant[q].get(d, 0) > 0 for d in run.get(q, ())[:k])
                / (len(run.get(q, ())[:k]) or 1)
                for q in relevant
                if relevant[q]
            ]
            must(
                same[1] or abs(got.precision - statistics.fmean(over)) > NEAR,
                "precision is over what came",
            )
            found = [
                dcg([relevant[q].get(d, 0) for d in run.get(q, ())[:k]])
                / (
                    dcg(sorted((relevant[q].get(d, 0) for d in run.get(q, ())[:k]), reverse=True))
                    or 1
                )
                for q in relevant
                if relevant[q]
            ]
            must(
                same[3] or abs(got.ndcg - statistics.fmean(found)) > NEAR,
                "the best ranking is made of what was found",
            )
            for name, holds in zip(names, same, strict=True):
                must(
                    holds,
                    f"{name} is wrong" if name != "queries" else "the number of questions is wrong",
                )

    @keeps(2)
    def test_recall(self, answers):
        self.check(answers, {"q": {"a": 1, "b": 1, "c": 1, "d": 1}}, {"q": ["a", "x", "c", "y"]}, 4)

    @keeps(3)
    def test_precision(self, answers):
        self.check(answers, {"q": {"a": 1, "b": 1}}, {"q": ["a", "x", "b"]}, 5)
        self.check(answers, {"q": {"a": 1}}, {"q": ["a"]}, 10)

    @keeps(4)
    def test_mrr(self, answers):
        for ranking in (["a", "b"], ["x", "a", "b"], ["x", "y", "z", "b", "a"], ["x"]):
            self.check(answers, {"q": {"a": 1, "b": 1}}, {"q": ranking}, 5)

    @keeps(5)
    def test_ndcg(self, answers):
        self.check(answers, {"q": {"a": 2, "b": 1}}, {"q": ["z", "b", "a"]}, 3)
        for k in (1, 2, 4):
            self.check(
                answers, {"q": {"a": 3, "b": 2, "c": 1, "d": 1}}, {"q": ["c", "x", "a", "d"]}, k
            )
        self.check(answers, {"q": {"a": 1, "b": 3}}, {"q": ["a"]}, 1)

    @keeps(6)
    def test_questions_without_a_ranking(self, answers, text):
        qrels = {name: {"a": 1, "b": 2} for name in "pqrs"}
        self.check(answers, qrels, {"p": ["a", "b"], "r": ["x", "b"]}, 2)
        self.check(answers, qrels, {"p": ["a", "b"], "q": []}, 2)
        self.check(answers, qrels, {}, 3)
        self.check(answers, qrels, {"z": ["a"], text.word(): ["b"]}, 3)

    @keeps(1)
    def test_what_is_relevant(self, answers):
        qrels = {"p": {"a": 1, "b": 0, "c": -1}, "q": {"a": 0, "b": -2}, "r": {}, "s": {"d": 2}}
        run = {"p": ["b", "c", "a"], "q": ["a", "b"], "r": ["a"], "s": ["x", "d"], "z": ["a"]}
        for k in (1, 2, 3, 8):
            self.check(answers, qrels, run, k)

    def test_the_first_k(self, answers):
        qrels = {"q": {"a": 1, "b": 2, "c": 3}, "p": {"a": 1}}
        run = {"q": ["x", "a", "y", "b", "c"], "p": ["x", "y", "z", "a"]}
        for k in range(1, 8):
            self.check(answers, qrels, run, k)
        self.check(answers, qrels, {name: tuple(one) for name, one in run.items()}, 3)

    def test_what_is_refused(self, answers):
        for k in (0, -1):
            with self.raises(ValueError, "k is not checked"):
                answers.ranking_metrics({"q": {"a": 1}}, {"q": ["a"]}, k)
        for ranking in (["a", "a"], ["a", "b", "c", "b"]):
            with self.raises(ValueError, "a document comes twice, and nobody notices"):
                answers.ranking_metrics({"q": {"a": 1}}, {"q": ranking}, 1)
        for qrels in ({}, {"q": {}}, {"q": {"a": 0}, "p": {"b": -1}}):
            with self.raises(ValueError, "no question counts, and nobody notices"):
                answers.ranking_metrics(qrels, {"q": ["a"]}, 3)

    def test_any_rankings(self, search):
        def promise(answers, qrels, run, k):
            if measured(qrels, run, k) is not None:
                self.check(answers, qrels, run, k)

        names = st.sampled_from("pqr")
        grades = st.dictionaries(st.sampled_from("abcd"), st.integers(-1, 3), max_size=4)
        rankings = st.lists(st.sampled_from("abcdxy"), unique=True, max_size=5)
        always = each(qrels=({"q": {"a": 1}, "p": {"a": 1}},), run={"q": ["x", "a"]}, k=2)
        search(
            promise,
            *always,
            qrels=st.dictionaries(names, grades, min_size=1, max_size=3),
            run=st.dictionaries(names, rankings, max_size=3),
            k=st.integers(1, 6),
        )


KINDS = ("supported", "missing", "misplaced", "uncited")


class TestCheckQuotes(Explained):
    """What an answer quotes is looked up in the document that it names."""

    WHY: ClassVar = {
        "it does not return a QuoteReport": "Return QuoteReport(supported, missing, misplaced, "
        "uncited), with four lists.",
        "the four lists are one": "[[]] * 4 has the same list four times. Write [] four times.",
        "a quotation is not found": "Quotations stand between “ and ”, or between two straight "
        "marks.",
        "something is taken for a quotation": "Blank quotations are none, nor are ellipses alone.",
        "a quotation is in the wrong list": "supported: the named document has it. misplaced: "
        "another one. missing: none has it. uncited: no [id] right after it.",
        "a part of a word is supported": "“14 day” is not in “140 days”: a quotation may not begin "
        "or end inside of a word.",
        "another document supports it": "The document that is named has to have it. If another one "
        "has it, it is misplaced.",
        "an unknown document supports it": "What others have is misplaced then, and missing if "
        "none has it.",
        "capitals or punctuation make no difference": "They count: a quotation is word by word.",
        "other spaces or other marks make a difference": "Compare in NFC, with white space as one "
        "space, and curly quotation marks and apostrophes as straight ones.",
        "an ellipsis is taken word by word": "Something is left out there: look for the parts.",
        "the parts may come in any order": "Each part comes after the one before.",
        "an id that stands somewhere else counts": "Only white space may be between a quotation "
        "and its [id].",
        "the quotations are changed": "The lists have them as they are in the answer.",
        "the order or the number is another one": "In the order of the answer, and each as often "
        "as it is there.",
        "a special character is taken for a pattern": "re.escape makes a text of a pattern.",
        "the share is wrong": "share is a property of QuoteReport, and is given.",
    }

    def check(
        self, answers, answer, documents, problem="a quotation is in the wrong list", **wanted
    ):
        with unchanged(documents=documents):
            got = answers.check_quotes(answer, documents)
        right = {kind: wanted.get(kind, []) for kind in KINDS}
        shown = Words(", ".join(f"{kind} {one}" for kind, one in right.items() if one) or "none")
        must = self.against(shown, got)
        is_report = isinstance(got, answers.QuoteReport)
        must(is_report, "it does not return a QuoteReport")
        came = {kind: list(getattr(got, kind)) for kind in KINDS}
        alike = all(one == came["missing"] for one in came.values())
        must(not alike or not came["missing"], "the four lists are one")
        if came != right:
            many = sum(map(len, came.values())), sum(map(len, right.values()))
            must(many[0] >= many[1], "a quotation is not found")
            must(many[0] <= many[1], "something is taken for a quotation")
            same = {kind: sorted(one) for kind, one in came.items()}
            must(
                same != {k: sorted(one) for k, one in right.items()},
                "the order or the number is another one",
            )
            plain = {kind: ["".join(x.split()) for x in one] for kind, one in came.items()}
            must(
                plain != {kind: ["".join(x.split()) for x in one] for kind, one in right.items()},
                "the quotations are changed",
            )
        must(came == right, problem)

    DOCUMENTS: ClassVar = {
        "a": "Refunds are paid within 14 days. Bring the receipt.",
        "b": "Bicycles are checked twice.\nIt's free, and “quick”.",
    }

    @keeps(1)
    def test_both_kinds_of_marks(self, answers):
        for one, other in ("“”", '""'):
            answer = f"It says {one}within 14 days{other} [a]."
            self.check(answers, answer, self.DOCUMENTS, supported=["within 14 days"])
        answer = '“paid” [a], "twice" [b] and “never” [a]\n“receipt”[a]'
        self.check(
            answers,
            answer,
            self.DOCUMENTS,
            supported=["paid", "twice", "receipt"],
            missing=["never"],
        )

    @keeps(2, 3, 4)
    def test_each_list(self, answers, text):
        answer = "“paid” [a] “twice” [a] “never” [b] “free” “paid” [c] “never” [c] “never” (a)"
        self.check(
            answers,
            answer,
            self.DOCUMENTS,
            supported=["paid"],
            misplaced=["twice", "paid"],
            missing=["never", "never"],
            uncited=["free", "never"],
        )
        self.check(answers, "“paid” [a]", {}, missing=["paid"])
        self.check(answers, "No quotation [a].", self.DOCUMENTS)
        self.check(answers, "", self.DOCUMENTS)
        word = text.word()
        self.check(answers, f"“{word}” [x y-1]", {"x y-1": f"A {word}."}, supported=[word])

    @keeps(3)
    def test_another_document(self, answers):
        problem = "another document supports it"
        self.check(answers, "“twice” [a]", self.DOCUMENTS, problem, misplaced=["twice"])
        problem = "an unknown document supports it"
        self.check(answers, "“twice” [c]", self.DOCUMENTS, problem, misplaced=["twice"])

    @keeps(5)
    def test_what_belongs_to_it(self, answers):
        problem = "an id that stands somewhere else counts"
        for between in (".", ",", " see ", " (", " “free” ", "\n.\n"):
            rest = ["free"] if "free" in between else []
            answer = f"“paid”{between}[a]"
            if rest:
                self.check(
                    answers, answer, self.DOCUMENTS, problem, uncited=["paid"], misplaced=rest
                )
            else:
                self.check(answers, answer, self.DOCUMENTS, problem, uncited=["paid"])
        for between in ("", " ", "\n", "\u00a0 \t"):
            self.check(answers, f"“paid”{between}[a]", self.DOCUMENTS, supported=["paid"])
        self.check(answers, "[a] “paid”", self.DOCUMENTS, problem, uncited=["paid"])

    @keeps(6)
    def test_borders_of_words(self, answers):
        documents = {"a": "In 140 days. Unable to pay, though (able) it is_free; 14 days' time"}
        problem = "a part of a word is supported"
        for part in ("14 day", "n 140", "able to pay", "free", "4 days", "40 days", "time x"):
            self.check(answers, f"“{part}” [a]", documents, problem, missing=[part])
        made = {"a": "a self-made plan"}
        self.check(answers, "“self-” [a] “-made” [a]", made, supported=["self-", "-made"])
        for whole in (
            "140 days",
            "able",
            "(able)",
            "to pay,",
            "14 days'",
            "is_free;",
            "time",
            ", though",
        ):
            self.check(answers, f"“{whole}” [a]", documents, supported=[whole])

    @keeps(7)
    def test_ellipses(self, answers):
        documents = {"a": "One two three four five.", "b": "four … one"}
        problem = "an ellipsis is taken word by word"
        for mark in ("…", "...", " … ", " ... "):
            for parts in (("One", "three"), ("two three", "five."), ("One", "two", "four five")):
                quotation = mark.join(parts)
                self.check(answers, f"“{quotation}” [a]", documents, problem, supported=[quotation])
            problem = "the parts may come in any order"
            for parts in (("three", "One"), ("five", "four"), ("two", "two")):
                quotation = mark.join(parts)
                self.check(answers, f"“{quotation}” [a]", documents, problem, missing=[quotation])
            quotation = f"{mark}two{mark}"
            self.check(answers, f"“{quotation}” [a]", documents, supported=[quotation])
        self.check(
            answers,
            "“One … thre” [a]",
            documents,
            "a part of a word is supported",
            missing=["One … thre"],
        )
        overlapping = {"a": "to be to"}
        self.check(answers, "“to be … be to” [a]", overlapping, missing=["to be … be to"])

    def test_blank_quotations(self, answers):
        for blank in ("", " ", "\n", "…", "...", " … ... "):
            self.check(answers, f"“{blank}” [a] and “paid” [a]", self.DOCUMENTS, supported=["paid"])

    def test_how_it_is_compared(self, answers):
        problem = "other spaces or other marks make a difference"
        documents = {"a": "The cafe\u0301  is\n open; it's “free”, they\u2019d say."}
        for quotation in (
            "The caf\u00e9 is open",
            "is \n open;",
            "it\u2019s",
            "they'd say",
            "  open  ",
        ):
            self.check(answers, f"“{quotation}” [a]", documents, problem, supported=[quotation])
        self.check(answers, '"it\'s “free”" [a]', documents, problem, supported=["it's “free”"])
        problem = "capitals or punctuation make no difference"
        for quotation in ("the cafe\u0301", "is open it's", "FREE", "open."):
            self.check(answers, f"“{quotation}” [a]", documents, problem, missing=[quotation])

    def test_special_characters(self, answers):
        documents = {"a": "It costs 4.50 (net) [sic] a+b* c\\d $5 ^x|y."}
        problem = "a special character is taken for a pattern"
        for quotation in ("4.50 (net)", "a+b*", "c\\d", "$5 ^x|y."):
            self.check(answers, f"“{quotation}” [a]", documents, problem, supported=[quotation])
        for quotation in ("4x50", "a+b+", ".*", "c.d"):
            self.check(answers, f"“{quotation}” [a]", documents, problem, missing=[quotation])

    def test_again_and_again(self, answers):
        answer = "“paid” [a] " * 3 + "“never” [a] “free” “free”"
        self.check(
            answers,
            answer,
            self.DOCUMENTS,
            supported=["paid"] * 3,
            missing=["never"],
            uncited=["free", "free"],
        )
        self.check(answers, "“paid” [a]", self.DOCUMENTS, supported=["paid"])

    def test_any_quotations(self, search):
        def promise(answers, quotations):
            right = {kind: [] for kind in KINDS}
            for quotation, name in quotations:
                has = {
                    one: f" {quotation} " in f" {document} "
                    for one, document in {"a": "one two one", "b": "two three"}.items()
                }
                if name is None:
                    kind = "uncited"
                else:
                    others = "misplaced" if any(has.values()) else "missing"
                    kind = "supported" if has.get(name) else others
                right[kind].append(quotation)
            cited = [f"“{q}”" + (f" [{name}]" if name else "") for q, name in quotations]
            answer = "So: " + " and ".join(cited)
            self.check(answers, answer, {"a": "one two one", "b": "two three"}, **right)

        quotation = st.sampled_from(("one", "two", "one two", "three", "on", "two one", "four"))
        name = st.sampled_from(("a", "b", None, "c"))
        search(promise, quotations=repeated(st.tuples(quotation, name), 4))


def f1_of(one, other):
    left = list(other)
    shared = 0
    for word in one:
        if word in left:
            left.remove(word)
            shared += 1
    return 2 * shared / (len(one) + len(other)) if one or other else 1.0


class TestAnswerScore(Explained):
    """An answer is compared with the right ones, word by word."""

    WHY: ClassVar = {
        "it does not return an AnswerScore": "Return AnswerScore(exact, f1).",
        "f1 is wrong": "Twice the number of shared words, over the number of all words of both.",
        "a word counts only once": "It counts as often as both have it: a Counter, not a set.",
        "exact is wrong": "It is True if a reference has the same words in the same order.",
        "the mean of the references counts": "The best one counts: each of them is right.",
        "only the first reference counts": "Each of them is right: take the best.",
        "precision and recall are of two references": "F1 is about one reference: take the best "
        "one.",
        "articles count": "Leave out ARTICLES, in answer and reference.",
        "capitals or punctuation count": "Compare what words_of gives.",
        "a number is cut into pieces": "words_of keeps 3.5 in one piece.",
        "a refusal is no answer to nothing": "Without references there is no answer, and a refusal "
        "says so: 1.0 and True.",
        "an answer to a question without one counts": "Without references, only a refusal is "
        "right.",
        "a refusal gets something": "There is an answer, and it was refused: 0.0 and False.",
        "nothing is unlike nothing": "If neither has words, they are the same.",
    }

    def check(self, answers, answer, references, wanted, problem=""):
        with unchanged(references=references):
            got = answers.answer_score(answer, references)
        exact, f1 = wanted
        must = self.against(Words(f"exact={exact}, f1={f1:.4g}"), got)
        must(isinstance(got, answers.AnswerScore), "it does not return an AnswerScore")
        must(isinstance(got.exact, bool), "exact is wrong")
        must(not isinstance(got.f1, bool), "f1 is wrong")
        words = [answers.words_of(one) for one in (answer, *references)]
        words = [[word for word in one if word not in answers.ARTICLES] for one in words]
        each_f1 = [f1_of(words[0], one) for one in words[1:]]
        if abs(got.f1 - f1) >= NEAR and len({*each_f1}) > 1:
            must(
                abs(got.f1 - statistics.fmean(each_f1)) > NEAR, "the mean of the references counts"
            )
            must(abs(got.f1 - each_f1[0]) > NEAR, "only the first reference counts")
        must(abs(got.f1 - f1) < NEAR, problem or "f1 is wrong")
        must(got.exact is exact, problem or "exact is wrong")

    @keeps(3)
    def test_shared_words(self, answers, text):
        for answer, reference, f1 in (
            ("in 14 days", "14 days", 0.8),
            ("one two three", "three four", 0.4),
            ("one", "two", 0.0),
            ("one two", "two one", 1.0),
        ):
            self.check(answers, answer, [reference], (False, f1))
            self.check(answers, reference, [answer], (False, f1))
        word = text.word()
        self.check(answers, f"{word} x", [word], (False, 2 / 3))

    @keeps(4)
    def test_repeated_words(self, answers):
        problem = "a word counts only once"
        self.check(answers, "no no no", ["no"], (False, 0.5), problem)
        self.check(answers, "no no yes", ["no no"], (False, 0.8), problem)
        self.check(answers, "yes", ["yes yes"], (False, 2 / 3), problem)

    @keeps(2)
    def test_exact(self, answers):
        self.check(answers, "Within 14 days.", ["within  14 days"], (True, 1.0))
        self.check(answers, "14 days within", ["within 14 days"], (False, 1.0))
        self.check(answers, "within 14 days, or so", ["within 14 days"], (False, 0.75))

    @keeps(1)
    def test_words(self, answers):
        self.check(answers, "The bell and a lock", ["bell and lock"], (True, 1.0), "articles count")
        self.check(answers, "an offer", ["the offer"], (True, 1.0), "articles count")
        problem = "capitals or punctuation count"
        self.check(answers, "STRASSE: “Yes”!", ["straße - yes"], (True, 1.0), problem)
        self.check(answers, "\uff11\uff14 days", ["14 days"], (True, 1.0), problem)
        problem = "a number is cut into pieces"
        self.check(answers, "3.5", ["3 5"], (False, 0.0), problem)
        self.check(answers, "It is 3.5%", ["it is 3.5"], (True, 1.0), problem)
        self.check(answers, "35", ["3.5"], (False, 0.0), problem)

    @keeps(5)
    def test_several_references(self, answers):
        references = ["two weeks", "14 days", "fourteen days"]
        problem = "only the first reference counts"
        self.check(answers, "14 days", references, (True, 1.0), problem)
        self.check(answers, "within 14 days", references, (False, 0.8), problem)
        problem = "the mean of the references counts"
        self.check(answers, "two weeks", references, (True, 1.0), problem)
        self.check(answers, "weeks two", tuple(references), (False, 1.0), problem)
        self.check(answers, "a b c", ["c b a", "a b"], (False, 1.0), problem)
        references = ["one", "one two three four five six seven eight"]
        problem = "precision and recall are of two references"
        self.check(answers, "one two three four", references, (False, 2 / 3), problem)

    @keeps(6)
    def test_no_references(self, answers):
        refusal = answers.NOT_FOUND
        problem = "a refusal is no answer to nothing"
        self.check(answers, refusal, [], (True, 1.0), problem)
        self.check(answers, f"  {refusal.upper()} Sorry!", (), (True, 1.0), problem)
        problem = "an answer to a question without one counts"
        for answer in ("14 days", "", "It says: " + refusal):
            self.check(answers, answer, [], (False, 0.0), problem)

    @keeps(7)
    def test_a_refusal(self, answers):
        refusal = answers.NOT_FOUND
        for reference in ("14 days", refusal, "did not find that", ""):
            self.check(answers, refusal, [reference], (False, 0.0), "a refusal gets something")

    def test_nothing(self, answers):
        problem = "nothing is unlike nothing"
        for answer, reference in (("", ""), ("the", "a"), ("?!", "..."), (" ", "An")):
            self.check(answers, answer, [reference], (True, 1.0), problem)
        self.check(answers, "", ["yes"], (False, 0.0))
        self.check(answers, "yes", [""], (False, 0.0))
        self.check(answers, "yes", ["", "yes"], (True, 1.0))

    def test_any_answers(self, search):
        def promise(answers, answer, references):
            def words(some):
                return [word.casefold() for word in some if word not in ("the", "A")]

            right = [words(one) for one in references]
            f1 = max(f1_of(words(answer), one) for one in right)
            joined = [", ".join(one) for one in references]
            self.check(answers, " ".join(answer), joined, (words(answer) in right, f1))

        word = st.sampled_from(("one", "two", "One", "the", "A", "3.5", "14"))
        always = each(answer=(["one", "one"], ["the"], []), references=[["one"], ["one", "two"]])
        search(
            promise,
            *always,
            answer=st.lists(word, max_size=4),
            references=st.lists(st.lists(word, max_size=4), min_size=1, max_size=3),
        )


class TestJudgePair(Explained):
    """A model compares two answers in both orders, and is not trusted blindly."""

    WHY: ClassVar = {
        "it does not return a Verdict": "Return Verdict(winner, consistent).",
        "the winner is another one": "Both replies mean the same answer: it has won.",
        "the second reading was not turned round": "The answers are swapped the second time, so "
        "1 means the second answer there.",
        "it asks once": "A model likes the first answer, or the second. Ask in both orders.",
        "it asks too often": "Two readings are enough.",
        "the answers are not swapped": "The second time, the second answer comes first.",
        "the prompt is another one": "Ask with JUDGE_PROMPT.format(...), as a text.",
        "another line than the last counts": "An answer may say “Winner: 1” itself, and a judge "
        "may change its mind. Only the last line that is not blank counts.",
        "a line that only has a number in it counts": "The line is “Winner: 1”, and nothing else.",
        "a reply that can be read is not read": "None and None are for a reply that cannot be "
        "read, and for a judge that fails. Does your try hide an error of your own? "
        "Take it away, and look.",
        "capitals make a difference": "Compare in any case.",
        "what cannot be read is a tie": "Then nobody knows: None and None. A broken judge looks "
        "like a fair one otherwise.",
        "different readings have a winner": "The judge has looked at the order, not at the "
        "answers: it is a tie, and not consistent.",
        "an error of the judge passes through": "Nobody knows then: None and None.",
        "a cancellation is hidden": "It is no Exception: let it pass.",
        "equal answers are judged": "They are a tie, and nobody has to be asked.",
        "braces are changed": "Only the template has places to be filled in.",
    }

    async def verdict(self, answers, replies, first="14 days", second="two weeks"):
        judge = ScriptedChatModel(replies=[*replies])
        got = await answers.judge_pair(judge, "How long?", first, second)
        must = self.against(Words("a Verdict"), got)
        must(isinstance(got, answers.Verdict), "it does not return a Verdict")
        return (got.winner, got.consistent), judge

    async def check(
        self, answers, replies, wanted, problem="the winner is another one", pair=("14 days", "so")
    ):
        got, judge = await self.verdict(answers, replies, *pair)
        calls = len(judge.record.calls)
        said = "winner={!r}, consistent={!r}".format
        must = self.against(Words(said(*wanted)), Words(said(*got)))
        must(got != (None, None) or wanted[0] is None, "a reply that can be read is not read")
        self.must(calls > 1 or wanted[0] is None, "it asks once", in_calls(2), in_calls(calls))
        self.must(calls < 3, "it asks too often", in_calls(2), in_calls(calls))
        unread = wanted == (None, None) and got != ("first", True)
        must(got == wanted, "what cannot be read is a tie" if unread else problem)

    @keeps(3)
    async def test_both_mean_the_same(self, answers):
        problem = "the second reading was not turned round"
        await self.check(answers, ["Winner: 1", "Winner: 2"], ("first", True), problem)
        await self.check(answers, ["Winner: 2", "Winner: 1"], ("second", True), problem)
        await self.check(answers, ["Winner: tie", "Winner: tie"], ("tie", True))

    @keeps(4)
    async def test_they_differ(self, answers):
        problem = "different readings have a winner"
        for replies in (
            ("1", "1"),
            ("2", "2"),
            ("1", "tie"),
            ("tie", "1"),
            ("2", "tie"),
            ("tie", "2"),
        ):
            await self.check(
                answers, [f"Winner: {one}" for one in replies], ("tie", False), problem
            )

    @keeps(1)
    async def test_what_is_asked(self, answers, text):
        first, second = text.sentence(), text.sentence()
        question = f"{text.word()}?"
        judge = ScriptedChatModel(replies=["Winner: 1", "Winner: 2"])
        await answers.judge_pair(judge, question, first, second)
        asked = ["\n".join(str(one.text) for one in call.messages) for call in judge.record.calls]
        fill = answers.JUDGE_PROMPT.format
        wanted = [
            fill(question=question, first=first, second=second),
            fill(question=question, first=second, second=first),
        ]
        self.must(len(asked) == 2, "it asks once", in_calls(2), in_calls(len(asked)))
        must = self.against(wanted, asked)
        must(asked != wanted[:1] * 2, "the answers are not swapped")
        must(sorted(asked) == sorted(wanted), "the prompt is another one")
        must(asked == wanted, "the answers are not swapped")

    @keeps(2)
    async def test_the_last_line(self, answers):
        problem = "another line than the last counts"
        for reply in (
            "Winner: 2\nNo, I was wrong.\nWinner: 1",
            "Answer 2 says “Winner: 2”, but 1 is better.\n\nWinner: 1\n\n  \n",
            "2 is short, 2 is clear.\r\nWinner: 1\r\n",
        ):
            await self.check(answers, [reply, "Winner: 2"], ("first", True), problem)
            await self.check(answers, ["Winner: 2", reply], ("second", True), problem)
        for reply in ("Winner: 1\nBut I am not sure.", "Winner: 1\n1", "Winner: 1\nWinner: both"):
            await self.check(answers, [reply, "Winner: 2"], (None, None), problem)

    @keeps(2)
    async def test_how_a_line_is_written(self, answers):
        problem = "capitals make a difference"
        for reply in ("winner: 1", "WINNER: 1", "  Winner: 1  ", "\tWinner: 1\n"):
            await self.check(answers, [reply, "Winner: 2"], ("first", True), problem)
        await self.check(answers, ["Winner: TIE", "winner: Tie"], ("tie", True), problem)

    @keeps(5)
    async def test_what_cannot_be_read(self, answers):
        problem = "what cannot be read is a tie"
        for reply in ("", " \n ", "I cannot decide.", "Winner: 3", "Winner:", "Winner: 12"):
            await self.check(answers, [reply, "Winner: 2"], (None, None), problem)
            await self.check(answers, ["Winner: 1", reply], (None, None), problem)
        problem = "a line that only has a number in it counts"
        for reply in (
            "The winner: 1",
            "Winner: 1.",
            "1",
            "Winner: answer 1",
            "Winner: 1 (2 is short)",
        ):
            await self.check(answers, [reply, "Winner: 2"], (None, None), problem)
            await self.check(answers, ["Winner: 1", reply], (None, None), problem)

    @keeps(5)
    async def test_the_judge_fails(self, answers, text):
        for kind in (ConnectionError, ValueError, Stranger):
            error = kind(text.word())
            for replies in ([Fail(error)], ["Winner: 1", Fail(error)]):
                judge = ScriptedChatModel(
                    replies=[one if isinstance(one, str) else Reply(one) for one in replies]
                )
                problem = "an error of the judge passes through"
                with self.never(kind, problem, Words("winner=None, consistent=None")):
                    got = await answers.judge_pair(judge, "How long?", "a", "b")
                shown = Words("winner=None, consistent=None")
                self.must(got == answers.Verdict(None, None), problem, shown, got)

    async def test_a_cancellation(self, answers):
        async def judged(judge):
            return await answers.judge_pair(judge, "How long?", "a", "b")

        for replies in ([Reply(Pause(9), "Winner: 1")] * 2, ["Winner: 1", Reply(Pause(9), "-")]):
            task = asyncio.ensure_future(judged(ScriptedChatModel(replies=replies)))
            await asyncio.sleep(1)
            task.cancel()
            try:
                got = await task
            except asyncio.CancelledError:
                continue
            self.must(False, "a cancellation is hidden", Words("CancelledError"), got)

    @keeps(6)
    async def test_equal_answers(self, answers, text):
        for same in (text.sentence(), "", "{x}"):
            got, judge = await self.verdict(answers, ["Winner: 1"] * 2, same, same)
            asked = in_calls(len(judge.record.calls))
            self.must(not judge.record.calls, "equal answers are judged", in_calls(0), asked)
            self.equal(got, ("tie", True), "equal answers are judged")
        for one, other in (("a", "A"), ("a", "a "), ("", " ")):
            got, judge = await self.verdict(answers, ["Winner: 1", "Winner: 2"], one, other)
            self.equal(got, ("first", True), "the winner is another one")

    async def test_braces(self, answers):
        for first, second in (
            ("{x}", "{first}"),
            ("{{}}", "%s"),
            ("{", "}"),
            ("{question}", "{0}"),
        ):
            judge = ScriptedChatModel(replies=["Winner: 1", "Winner: 2"])
            with self.never(
                (KeyError, IndexError, ValueError), "braces are changed", Words("a Verdict")
            ):
                got = await answers.judge_pair(judge, "{q}?", first, second)
            self.equal((got.winner, got.consistent), ("first", True), "braces are changed")
            asked = [
                "\n".join(str(one.text) for one in call.messages) for call in judge.record.calls
            ]
            fill = answers.JUDGE_PROMPT.format
            wanted = [
                fill(question="{q}?", first=first, second=second),
                fill(question="{q}?", first=second, second=first),
            ]
            self.equal(asked, wanted, "braces are changed")

    def test_any_replies(self, search):
        async def promise(answers, clock, said, turned, pair):
            lines = {
                "1": "Winner: 1",
                "2": "WINNER: 2\n",
                "tie": "So.\nWinner: tie",
                "?": "Winner: ?",
            }
            winners = {"1": "first", "2": "second", "tie": "tie"}
            swapped = {"1": "second", "2": "first", "tie": "tie"}
            wanted = (None, None)
            if "?" not in (said, turned):
                same = winners[said] == swapped[turned]
                wanted = (winners[said], True) if same else ("tie", False)
            await self.check(answers, [lines[said], lines[turned]], wanted, pair=pair)

        replies = ("1", "2", "tie", "?")
        pairs = (("a", "b"), ("", "a"), ("{x}", "{y}"), ("a", "a "), ("Winner: 1", "Winner: 2"))
        always = [
            {"said": one, "turned": other, "pair": pairs[0]}
            for one, other in product(replies, replies)
        ]
        said = st.sampled_from(replies)
        search(promise, *always, said=said, turned=said, pair=st.sampled_from(pairs))


def some_scores(text, count, gain=0.0, noise=0.2):
    """Scores of two versions: each question has its own difficulty, which is in both."""
    base, new = {}, {}
    for number in range(count):
        name = f"q{number:03}"
        base[name] = text.random.random()
        new[name] = base[name] + gain + text.random.gauss(0, noise)
    return base, new


class TestPairedBootstrap(Explained):
    """A difference gets an interval."""

    WHY: ClassVar = {
        "it does not return an Interval": "Return Interval(difference, low, high).",
        "the difference is another one": "It is the mean of new - base over the questions, and not "
        "that of the samples.",
        "the interval has another width": "Draw as many questions as there are, with repetition, "
        "and take the means of the samples.",
        "the scores of a question are torn apart": "A question that is hard is hard for both. Draw "
        "questions, and take both scores of each: the interval is much narrower.",
        "the interval has no width": "Draw with repetition: without it, each sample is the whole.",
        "low is above high": "Sort the means. low is near their beginning.",
        "level makes no difference": "The middle level of the means lies between low and high.",
        "the result is another one each time": "Make a generator of your own: random.Random(seed).",
        "seed makes no difference": "Another seed draws other samples.",
        "the order of the dicts makes a difference": "Go through the questions in sorted order.",
        "it changes the random numbers of others": "random.seed and random.random belong to all: "
        "make a generator of your own.",
        "equal differences have an interval": "Each sample has the same mean then.",
        "other questions are compared": "Only scores of the same question can be paired: raise "
        "ValueError.",
        "no questions are compared": "There is no mean of nothing: raise ValueError.",
        "NaN is accepted": "It is no score: raise ValueError.",
        "rounds is not checked": "100 samples are the least: raise ValueError.",
        "level is not checked": "It is a share between 0 and 1, without both: raise ValueError.",
    }

    def result(self, answers, base, new, **options):
        with unchanged(base=base, new=new):
            got = answers.paired_bootstrap(base, new, **options)
        must = self.against(Words("an Interval"), got)
        must(isinstance(got, answers.Interval), "it does not return an Interval")
        wanted = statistics.fmean(new[one] - base[one] for one in base)
        shown = Words(f"difference={wanted:.6g}")
        must = self.against(shown, got)
        must(abs(got.difference - wanted) < NEAR, "the difference is another one")
        must(got.low <= got.high, "low is above high")
        return got

    @keeps(1)
    def test_the_difference(self, answers, text):
        base, new = some_scores(text, 30, 0.1)
        self.result(answers, base, new, rounds=100)
        self.result(answers, {"a": 0, "b": 1, "c": 0.5}, {"a": 1, "b": 0, "c": 0.5}, rounds=100)

    @keeps(5)
    def test_the_same_each_time(self, answers, text):
        base, new = some_scores(text, 25)
        first = self.result(answers, base, new, rounds=200)
        random.seed(text.random.random())
        again = self.result(answers, base, new, rounds=200)
        twice = Words("the same result twice"), Words("two results")
        self.must(again == first, "the result is another one each time", *twice)
        turned = dict(reversed(base.items())), dict(reversed(new.items()))
        self.equal(
            self.result(answers, *turned, rounds=200),
            first,
            "the order of the dicts makes a difference",
        )
        mixed = base, dict(sorted(new.items(), key=lambda one: one[1]))
        self.equal(
            self.result(answers, *mixed, rounds=200),
            first,
            "the order of the dicts makes a difference",
        )
        for key in (1, 2**40):
            with other_hashes(key):
                got = self.result(answers, base, new, rounds=200)
            self.equal(got, first, "the result is another one each time")
        others = {
            (one.low, one.high)
            for one in (self.result(answers, base, new, rounds=200, seed=n) for n in (0, 1, 2, 3))
        }
        self.must(len(others) > 1, "seed makes no difference", Words("other borders"), first)
        zero = self.result(answers, base, new, rounds=200, seed=0)
        self.equal(zero, first, "seed makes no difference")

    @keeps(2, 3)
    def test_the_width(self, answers, text):
        base, new = some_scores(text, 200, 0.05)
        differences = [new[one] - base[one] for one in base]
        error = statistics.stdev(differences) / math.sqrt(len(differences))
        unpaired = math.sqrt(
            (statistics.variance(base.values()) + statistics.variance(new.values())) / len(base)
        )
        for level in (0.5, 0.8, 0.95):
            z = statistics.NormalDist().inv_cdf((1 + level) / 2)
            got = self.result(answers, base, new, level=level)
            width = got.high - got.low
            shown = Words(f"a width of about {2 * z * error:.4f}"), Words(f"a width of {width:.4f}")
            must = self.against(*shown)
            must(width > 0, "the interval has no width")
            must(
                not 0.85 < width / (2 * z * unpaired) < 1.15,
                "the scores of a question are torn apart",
            )
            must(0.85 < width / (2 * z * error) < 1.15, "the interval has another width")
            middle = (got.low + got.high) / 2
            is_there = abs(middle - got.difference) < 0.25 * width
            shown = Words(f"around {got.difference:.4f}"), Words(f"around {middle:.4f}")
            self.must(is_there, "the interval has another width", *shown)

    @keeps(3)
    def test_level(self, answers, text):
        base, new = some_scores(text, 40)
        widths = []
        for level in (0.3, 0.5, 0.8, 0.95, 0.99):
            got = self.result(answers, base, new, level=level)
            widths.append((got.low, got.high))
        for inner, outer in pairwise(widths):
            inside = outer[0] <= inner[0] <= inner[1] <= outer[1]
            self.must(
                inside and inner != outer, "level makes no difference", Words("wider"), widths
            )
        got = self.result(answers, base, new)
        self.equal((got.low, got.high), widths[3], "level makes no difference")

    @keeps(4)
    def test_pairs_stay_together(self, answers, text):
        base = {f"q{n}": n % 2 for n in range(50)}
        new = {name: score + 0.1 + 0.01 * (n % 3) for n, (name, score) in enumerate(base.items())}
        got = self.result(answers, base, new)
        narrow = got.high - got.low < 0.02
        shown = Words("a width below 0.02"), Words(f"a width of {got.high - got.low:.3f}")
        self.must(narrow, "the scores of a question are torn apart", *shown)

    @keeps(5)
    def test_the_generator_of_others(self, answers, text):
        base, new = some_scores(text, 20)
        random.seed(5)
        wanted = [random.random() for _ in range(3)]
        random.seed(5)
        self.result(answers, base, new, rounds=100, seed=3)
        got = [random.random() for _ in range(3)]
        self.equal(got, wanted, "it changes the random numbers of others")

    def test_equal_differences(self, answers):
        for number, gain in product((1, 2, 7, 30), (0.25, 0.0, -0.5)):
            base = {f"q{n}": n / 4 for n in range(number)}
            new = {name: score + gain for name, score in base.items()}
            got = self.result(answers, base, new, rounds=100)
            must = self.against(Words(f"low={gain}, high={gain}"), got)
            near = abs(got.low - gain) < NEAR and abs(got.high - gain) < NEAR
            must(near, "equal differences have an interval")

    def test_roles_exchanged(self, answers, text):
        base, new = some_scores(text, 60, 0.1)
        one, other = self.result(answers, base, new), self.result(answers, new, base)
        width = one.high - one.low
        near = abs(one.low + other.high) < width / 5 and abs(one.high + other.low) < width / 5
        self.must(near, "the interval has another width", Words("the same, negated"), other)

    def test_what_is_refused(self, answers):
        good = {"a": 0.5, "b": 0.25}
        for other in ({"a": 0.5}, {"a": 0.5, "c": 1}, {**good, "c": 1}, {}):
            for one, two in ((good, other), (other, good)):
                with self.raises(ValueError, "other questions are compared"):
                    answers.paired_bootstrap(one, two)
        with self.raises(ValueError, "no questions are compared"):
            answers.paired_bootstrap({}, {})
        for bad in ({"a": math.nan, "b": 1}, {"a": 1, "b": math.nan}):
            for one, two in ((good, bad), (bad, good), (bad, bad)):
                with self.raises(ValueError, "NaN is accepted"):
                    answers.paired_bootstrap(one, two)
        for rounds in (99, 0, -100):
            with self.raises(ValueError, "rounds is not checked"):
                answers.paired_bootstrap(good, good, rounds=rounds)
        for level in (0, 1, 0.0, 1.0, -0.5, 95, math.nan):
            with self.raises(ValueError, "level is not checked"):
                answers.paired_bootstrap(good, good, level=level)
        answers.paired_bootstrap(good, good, rounds=100, level=0.001)

    def test_any_scores(self, search):
        def promise(answers, scores):
            base = {f"q{n}": one for n, (one, _) in enumerate(scores)}
            new = {f"q{n}": other for n, (_, other) in enumerate(scores)}
            got = self.result(answers, base, new, rounds=100)
            differences = [new[one] - base[one] for one in base]
            inside = min(differences) - NEAR <= got.low <= got.high <= max(differences) + NEAR
            shown = Words(f"from {min(differences)} to {max(differences)}")
            self.must(inside, "the interval has another width", shown, got)

        score = st.sampled_from((0, 1, 0.5, 0.25, -1))
        search(promise, scores=st.lists(st.tuples(score, score), min_size=1, max_size=6))


class TestRegressionGate(Explained):
    """A new version is released if nothing got worse, and somebody knows that."""

    WHY: ClassVar = {
        "it does not return a Gate": "Return Gate(outcome, reasons).",
        "what got worse has passed": "high is below 0, and the difference below minus the "
        "tolerance: it failed.",
        "what is missing has passed": "A score that base has and new lacks is a crash, and a crash "
        "on hard questions looks like a gain otherwise: it failed.",
        "what nobody knows has passed": "low is below minus the tolerance: it may have got worse. "
        "Twenty questions prove nothing: it is unsure.",
        "what nobody knows has failed": "It may have got worse, or not: it is unsure.",
        "a failure is only unsure": "Somebody knows this: a score is missing, or high is below 0 "
        "and the difference below minus the tolerance.",
        "what is as good as before did not pass": "Nothing speaks against it.",
        "a small loss did not pass": "It is within the tolerance.",
        "a slice is not looked at": "What got worse in one slice can be hidden in the mean of all.",
        "all questions are not looked at": "They are a slice, too: “all”.",
        "the outcome is not the worst": "Failed is worse than unsure, and unsure than passed.",
        "the reasons are other ones": "One for each metric and slice that has not passed.",
        "a reason does not name metric and slice": "Somebody has to know where to look: put both "
        "names into it.",
        "a metric without a tolerance counts": "Only metrics in tolerance are looked at.",
        "questions that only new has count": "Only questions of base are compared.",
        "an empty slice is accepted": "It would pass always: raise ValueError.",
        "a slice with unknown questions is accepted": "It is misspelled: raise ValueError.",
        "a metric that base lacks is accepted": "There is nothing to compare it with: raise "
        "ValueError.",
        "a negative tolerance is accepted": "Raise ValueError.",
        "the result is another one each time": "Use the seed.",
    }

    def check(self, answers, base, new, tolerance, slices, outcome, reasons=(), problem=""):
        with unchanged(base=base, new=new, tolerance=tolerance, slices=slices):
            got = answers.regression_gate(base, new, tolerance, slices)
        shown = Words(f"{outcome}, with reasons for {[*reasons]}")
        must = self.against(shown, got)
        must(isinstance(got, answers.Gate), "it does not return a Gate")
        others = {
            ("failed", "unsure"): "a failure is only unsure",
            ("unsure", "failed"): "what nobody knows has failed",
        }
        said = others.get((outcome, got.outcome), problem) or "the outcome is not the worst"
        must(got.outcome == outcome, said)
        must(isinstance(got.reasons, list), "it does not return a Gate")
        must(all(isinstance(one, str) for one in got.reasons), "it does not return a Gate")
        must(len(got.reasons) == len(reasons), "the reasons are other ones")
        for metric, name in reasons:
            named = [one for one in got.reasons if metric in one and name in one]
            must(named, "a reason does not name metric and slice")

    @staticmethod
    def scores(text, count, gain=0.0, noise=0.01):
        base, new = some_scores(text, count, gain, noise)
        return {"recall": base}, {"recall": new}

    @keeps(5)
    def test_passed(self, answers, text):
        problem = "what is as good as before did not pass"
        for gain in (0.0, 0.1, 0.5):
            base, new = self.scores(text, 40, gain)
            self.check(answers, base, new, {"recall": 0.05}, {}, "passed", problem=problem)
        base, new = self.scores(text, 40, -0.03, 0.001)
        self.check(
            answers, base, new, {"recall": 0.05}, {}, "passed", problem="a small loss did not pass"
        )
        self.check(answers, base, base, {"recall": 0}, {}, "passed", problem=problem)
        one, other = (answers.regression_gate(base, new, {"recall": 0}, {}, 5) for _ in "ab")
        self.equal(one, other, "the result is another one each time")
        self.check(
            answers, base, new, {}, {}, "passed", problem="a metric without a tolerance counts"
        )
        base = {"recall": {f"q{n}": n / 4 for n in range(8)}}
        new = {"recall": {name: score - 0.25 for name, score in base["recall"].items()}}
        problem = "a small loss did not pass"
        every = {"every one": [*base["recall"]]}
        self.check(answers, base, new, {"recall": 0.25}, every, "passed", problem=problem)

    @keeps(2)
    def test_it_got_worse(self, answers, text):
        problem = "what got worse has passed"
        for gain, tolerance in ((-0.2, 0.05), (-0.06, 0.05), (-0.02, 0.0), (-0.2, 0)):
            base, new = self.scores(text, 60, gain, 0.005)
            reasons = [("recall", "all")]
            self.check(answers, base, new, {"recall": tolerance}, {}, "failed", reasons, problem)
        base = {"recall": {f"q{n}": n / 20 for n in range(20)}}
        new = {"recall": {f"q{n}": n / 20 - (0.02, 0.1)[n % 2] for n in range(20)}}
        self.check(answers, base, new, {"recall": 0.05}, {}, "failed", [("recall", "all")], problem)

    @keeps(1)
    def test_slices(self, answers, text):
        base, new = self.scores(text, 60, 0.2, 0.005)
        hard = [f"q{n:03}" for n in range(6)]
        for name in hard:
            new["recall"][name] = base["recall"][name] - 0.3
        slices = {"hard": hard, "easy": [f"q{n:03}" for n in range(10, 20)]}
        problem = "a slice is not looked at"
        for given in (slices, {name: set(one) for name, one in slices.items()}):
            self.check(
                answers, base, new, {"recall": 0.05}, given, "failed", [("recall", "hard")], problem
            )
        self.check(
            answers,
            base,
            new,
            {"recall": 0.05},
            {},
            "passed",
            problem="the outcome is not the worst",
        )
        easy = {"easy": slices["easy"]}
        base, new = self.scores(text, 60, -0.3, 0.005)
        for name in easy["easy"]:
            new["recall"][name] = base["recall"][name] + 0.1
        problem = "all questions are not looked at"
        self.check(
            answers, base, new, {"recall": 0.05}, easy, "failed", [("recall", "all")], problem
        )

    @keeps(4)
    def test_nobody_knows(self, answers, text):
        problem = "what nobody knows has passed"
        base = {"recall": {f"q{n}": n % 2 for n in range(20)}}
        new = {"recall": {f"q{n}": (n // 2) % 2 for n in range(20)}}
        self.check(answers, base, new, {"recall": 0.05}, {}, "unsure", [("recall", "all")], problem)
        self.check(
            answers, base, new, {"recall": 0.9}, {}, "passed", problem="a small loss did not pass"
        )
        base = {"recall": {f"q{n}": 0.5 for n in range(10)}}
        new = {"recall": {f"q{n}": 0.5 + (-1, 0.8)[n % 2] for n in range(10)}}
        self.check(answers, base, new, {"recall": 0.05}, {}, "unsure", [("recall", "all")], problem)
        base = {"recall": {"a": 1, "b": 1, "c": 1}}
        new = {"recall": {"a": 0, "b": 1, "c": 1}}
        self.check(answers, base, new, {"recall": 0.1}, {}, "unsure", [("recall", "all")], problem)
        base, new = self.scores(text, 20, -0.05, 0.2)
        first = answers.regression_gate(base, new, {"recall": 0.0}, {}, seed=3)
        for _ in range(5):
            again = answers.regression_gate(base, new, {"recall": 0.0}, {}, seed=3)
            twice = Words("the same result twice"), Words("two results")
            self.must(again == first, "the result is another one each time", *twice)

    @keeps(3)
    def test_what_is_missing(self, answers, text):
        problem = "what is missing has passed"
        base, new = self.scores(text, 30, 0.5)
        for gone in ("q000", "q029"):
            less = {"recall": {name: x for name, x in new["recall"].items() if name != gone}}
            self.check(
                answers, base, less, {"recall": 0.05}, {}, "failed", [("recall", "all")], problem
            )
            nan = {"recall": {**new["recall"], gone: math.nan}}
            self.check(
                answers, base, nan, {"recall": 0.05}, {}, "failed", [("recall", "all")], problem
            )
        for other in ({}, {"precision": new["recall"]}, {"recall": {}}):
            self.check(
                answers, base, other, {"recall": 0.05}, {}, "failed", [("recall", "all")], problem
            )
        slices = {"easy": ["q001", "q002"], "hard": ["q003", "q029"]}
        less = {"recall": {name: x for name, x in new["recall"].items() if name != "q029"}}
        reasons = [("recall", "all"), ("recall", "hard")]
        self.check(answers, base, less, {"recall": 0.05}, slices, "failed", reasons, problem)

    @keeps(5, 6)
    def test_the_worst_counts(self, answers, text):
        base, new = self.scores(text, 40, 0.1, 0.005)
        base["unclear"] = {f"q{n}": n % 2 for n in range(20)}
        new["unclear"] = {f"q{n}": (n // 2) % 2 for n in range(20)}
        base["worse"] = {f"q{n}": 1 for n in range(20)}
        new["worse"] = {f"q{n}": 0.5 for n in range(20)}
        tolerance = {"recall": 0.05, "unclear": 0.05, "worse": 0.05}
        for names in (["recall", "unclear"], ["unclear", "recall"]):
            given = {name: tolerance[name] for name in names}
            self.check(answers, base, new, given, {}, "unsure", [("unclear", "all")])
        for names in (
            ["worse", "unclear", "recall"],
            ["unclear", "worse"],
            ["recall", "unclear", "worse"],
        ):
            given = {name: tolerance[name] for name in names}
            reasons = [("unclear", "all"), ("worse", "all")]
            self.check(answers, base, new, given, {}, "failed", reasons)
        more = deepcopy(new)
        more["recall"]["other"] = -100.0
        problem = "questions that only new has count"
        self.check(answers, base, more, {"recall": 0.05}, {}, "passed", problem=problem)

    def test_what_is_refused(self, answers):
        base = {"recall": {"a": 0.5, "b": 1.0}}
        for slices, problem in (
            ({"none": []}, "an empty slice is accepted"),
            ({"none": set(), "some": ["a"]}, "an empty slice is accepted"),
            ({"some": ["a", "x"]}, "a slice with unknown questions is accepted"),
            ({"x": ("x",)}, "a slice with unknown questions is accepted"),
        ):
            with self.raises(ValueError, problem):
                answers.regression_gate(base, base, {"recall": 0.1}, slices)
        for tolerance, problem in (
            ({"precision": 0.1}, "a metric that base lacks is accepted"),
            ({"recall": 0.1, "x": 0}, "a metric that base lacks is accepted"),
            ({"recall": -0.1}, "a negative tolerance is accepted"),
        ):
            with self.raises(ValueError, problem):
                answers.regression_gate(base, {**base, "precision": base["recall"]}, tolerance, {})

    def test_any_versions(self, search):
        def promise(answers, gains, tolerance):
            base, new, reasons = {}, {}, []
            worst = "passed"
            for metric, gain in zip(("recall", "ndcg"), gains, strict=True):
                base[metric] = {f"q{n}": n / 10 for n in range(8)}
                new[metric] = {name: x + (gain or 0) for name, x in base[metric].items()}
                if gain is None:
                    del new[metric]["q3"]
                if gain is None or gain < -tolerance:
                    reasons.append((metric, "all"))
                    worst = "failed"
            self.check(answers, base, new, dict.fromkeys(base, tolerance), {}, worst, reasons)

        gain = st.sampled_from((0.0, 0.5, -0.5, -0.25, None))
        search(promise, gains=st.tuples(gain, gain), tolerance=st.sampled_from((0.1, 0.3, 1.0)))


def marks_of(words):
    if len(words) < 3:
        return {tuple(words)} if words else set()
    return {tuple(words[n : n + 3]) for n in range(len(words) - 2)}


class TestFindLeaks(Explained):
    """Test texts that are in the training data are found."""

    WHY: ClassVar = {
        "it does not return a list of leaks": "Return a list of Leak(test, train, similarity).",
        "test and train are exchanged": "Leak(test, train, similarity): the index in test comes "
        "first.",
        "a leak is not found": "Compare each text of test with those of train.",
        "something is taken for a leak": "It is one only if the similarity is at least threshold.",
        "the similarity is another one": "What both sets have, over what at least one has.",
        "the order of the words makes no difference": "Man bites dog: compare three words in a "
        "row, not single ones.",
        "capitals or punctuation make a difference": "Compare what words_of gives.",
        "another text is more alike": "Of all texts of train, the most alike counts.",
        "of equal ones, a later one is named": "The smaller index counts.",
        "the order is another one": "In the order of test, each text at most once.",
        "short texts are not compared": "A text of fewer than three words is like one with the "
        "same words.",
        "short texts are like others": "A text of fewer than three words is like one with the same "
        "words, and no other.",
        "texts without words are alike": "They have nothing in common.",
        "texts of test are compared with each other": "Only with those of train.",
        "threshold is not checked": "It is above 0 and at most 1: raise ValueError.",
        "a similarity of just the threshold is too little": "At least: equal is enough.",
    }

    def check(self, answers, train, test, threshold=None, problem="", words=None):
        """`words` are the words of each text; by default, those between spaces."""
        known = words or {one: one.casefold().split() for one in [*train, *test]}
        limit = 0.8 if threshold is None else threshold
        wanted = []
        for number, one in enumerate(test):
            best = None
            for index, other in enumerate(train):
                own, theirs = marks_of(known[one]), marks_of(known[other])
                alike = len(own & theirs) / len(own | theirs) if own | theirs else 0.0
                if alike >= limit and (best is None or alike > best[2]):
                    best = number, index, alike
            if best:
                wanted.append(best)
        options = {} if threshold is None else {"threshold": threshold}
        with unchanged(train=train, test=test):
            got = answers.find_leaks(train, test, **options)
        shown = Words(
            "; ".join(f"test {a}, train {b}: {c:.3f}" for a, b, c in wanted) or "no leaks"
        )
        must = self.against(shown, got)
        is_list = isinstance(got, list) and all(isinstance(one, answers.Leak) for one in got)
        must(is_list, "it does not return a list of leaks")
        came = [(one.test, one.train) for one in got]
        right = [(a, b) for a, b, _ in wanted]
        near = [abs(one.similarity - c) < NEAR for one, (_, _, c) in zip(got, wanted, strict=False)]
        if came != right or not all(near):
            if problem:
                must(False, problem)
            must(sorted(came) != right or came == right, "the order is another one")
            turned = [(b, a) for a, b in right]
            must(came != turned or came == right, "test and train are exchanged")
            must({a for a, _ in came} >= {a for a, _ in right}, "a leak is not found")
            must({a for a, _ in came} <= {a for a, _ in right}, "something is taken for a leak")
            must(all(near) or came != right, "the similarity is another one")
            must(len({a for a, _ in came}) == len(came), "the order is another one")
            among = "texts of test are compared with each other"
            must(all(b < len(train) for _, b in came), among)
            first = next(
                n for n, (one, other) in enumerate(zip(came, right, strict=False)) if one != other
            )
            same = [known[train[came[first][1]]], known[train[right[first][1]]]]
            must(same[0] != same[1], "of equal ones, a later one is named")
            must(not came, "another text is more alike")

    @keeps(1)
    def test_three_words_in_a_row(self, answers, text):
        names = [text.word() for _ in range(6)]
        long = " ".join(names)
        self.check(answers, [long, "one two three"], [long, "four five six"])
        problem = "the order of the words makes no difference"
        self.check(answers, ["man bites dog today"], ["dog bites man today"], 0.5, problem)
        self.check(answers, [" ".join(names[::-1])], [long], 0.1, problem)

    @keeps(2)
    def test_the_similarity(self, answers):
        train = ["a b c d e f", "a b c x y z", "g h i j k"]
        for one in ("a b c d e f", "a b c d e x", "a b c d", "x a b c d e f y", "g h i j k a b c"):
            for threshold in (0.1, 0.3, 0.5, 0.8, 1.0):
                self.check(answers, train, [one], threshold)
        self.check(answers, ["a a a a a b"], ["a a a b"], 0.5)

    @keeps(2)
    def test_just_the_threshold(self, answers):
        problem = "a similarity of just the threshold is too little"
        self.check(answers, ["a b c d"], ["a b c d e f"], 0.5, problem)
        self.check(answers, ["a b c"], ["a b c"], 1.0, problem)
        self.check(answers, ["a b c"], ["a b c"], 1, problem)

    def test_words(self, answers):
        problem = "capitals or punctuation make a difference"
        known = ["open", "on", "monday", "at", "3.5"]
        texts = [
            "Open on Monday, at 3.5!",
            "OPEN -- on “monday” at 3.5",
            "open\non\tmonday at \uff13.5",
        ]
        words = dict.fromkeys(texts, known)
        for one, other in product(texts, texts):
            self.check(answers, [one], [other], None, problem, words)
        split = {"at 3.5 today": ["at", "3.5", "today"], "at 3 5 today": ["at", "3", "5", "today"]}
        self.check(answers, ["at 3.5 today"], ["at 3 5 today"], 0.1, words=split)

    @keeps(3)
    def test_short_texts(self, answers):
        problem = "short texts are not compared"
        self.check(answers, ["x", "free bells", "bells"], ["free bells", "BELLS"], 0.5, problem)
        problem = "short texts are like others"
        train = ["free bells", "bells free today", "free", "a b c"]
        for one in ("bells free", "free bells today", "bells", "a b", "b c", "a"):
            self.check(answers, train, [one], 0.1, problem)

    @keeps(3)
    def test_texts_without_words(self, answers):
        problem = "texts without words are alike"
        texts = ["", " ", "?!", "..."]
        words = {one: [] for one in texts} | {"a": ["a"], "a b c": ["a", "b", "c"]}
        self.check(answers, [*texts, "a", "a b c"], texts, 0.1, problem, words)
        self.check(answers, texts, [*texts, "a"], 0.1, problem, words)
        for train, test in (([], ["a b c"]), (["a b c"], []), ([], [])):
            self.check(answers, train, test, 0.1)

    @keeps(4, 5)
    def test_the_most_similar(self, answers):
        train = ["a b c d x", "a b c d e", "a b c d e", "a b c d e f", "a b c d e"]
        for one in ("a b c d e", "a b c d e f", "a b c d", "a b c d y"):
            for threshold in (0.2, 0.5, 0.9):
                self.check(answers, train, [one, "x y z", one], threshold)
                self.check(answers, train[::-1], ["x y z", one], threshold)

    def test_the_default(self, answers):
        words = [f"w{n}" for n in range(30)]
        train = [" ".join(words)]
        tests = [" ".join(words[:n]) for n in (24, 25, 26, 29, 30)]
        self.check(answers, train, tests)

    def test_the_order(self, answers):
        self.check(answers, ["a b c", "d e f", "g h i"], ["g h i", "a b c", "d e f"])

    def test_many_texts(self, answers):
        train = [f"number {n} of many texts says {n * n} here" for n in range(400)]
        test = [f"number {n} of many texts says {n * n} here today" for n in range(0, 400, 7)]
        self.check(answers, train, test, 0.6)

    def test_tests_among_themselves(self, answers):
        problem = "texts of test are compared with each other"
        self.check(answers, ["x y z"], ["a b c d", "a b c d", "a b c d"], 0.1, problem)

    def test_what_is_refused(self, answers):
        for threshold in (0, -0.5, 1.1, 80, math.nan):
            with self.raises(ValueError, "threshold is not checked"):
                answers.find_leaks(["a b c"], ["a b c"], threshold)

    def test_any_texts(self, search):
        def promise(answers, train, test, threshold):
            self.check(answers, train, test, threshold)

        word = st.sampled_from(("a", "b", "c", "A"))
        texts = st.lists(repeated(word, 4).map(" ".join), max_size=4)
        always = each(
            train=(["a b c", "a b c"], ["a b", "a"], []), test=["a b c", "a"], threshold=0.5
        )
        search(
            promise,
            *always,
            train=texts,
            test=texts,
            threshold=st.sampled_from((0.1, 0.25, 0.5, 0.8, 1.0)),
        )
