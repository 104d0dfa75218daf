"""Live demos of lesson 27. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on the handbook of a bicycle workshop. Each one stands on its own, so you
can change it and run it again in front of a class.
"""

import random

import matplotlib.pyplot as plt
from langchain_core.vectorstores import InMemoryVectorStore

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.embeddings import HashedEmbeddings
from course.fakes.handbook import read_documents, read_questions
from course.notebook import open_lesson

reference = open_lesson("27").reference


def ranking_metrics() -> None:
    """A search over the handbook, measured. In the second line, it says nothing to each third
    question. Look at what that costs, and what it would cost if those were left out."""
    store = InMemoryVectorStore(HashedEmbeddings(1024))
    store.add_documents(read_documents())
    questions = read_questions()
    qrels = {one.id: one.grades for one in questions}
    run = {one.id: [p.id for p in store.similarity_search(one.text, 5)] for one in questions}
    some = {name: ranking for number, (name, ranking) in enumerate(run.items()) if number % 3}
    print(reference.ranking_metrics(qrels, run, k=5))
    print(reference.ranking_metrics(qrels, some, k=5))
    print(reference.ranking_metrics({name: qrels[name] for name in some}, some, k=5))


def check_quotes() -> None:
    """Four quotations, and one of each kind. Change a letter in one of them."""
    documents = {"refunds": "We pay within 14 days.", "hire": "A deposit of 50 euros is needed."}
    answer = "“within 14 days” [refunds], “a deposit” [hire], “50 euros” [refunds], “14 days”."
    report = reference.check_quotes(answer, documents)
    print(report, report.share)


def answer_score() -> None:
    """Answers to one question, compared with two right ones. Which of them would you accept?"""
    for answer in ("14 days", "Within 14 days.", "In two weeks", "days 14", reference.NOT_FOUND):
        print(f"{answer:42}", reference.answer_score(answer, ["14 days", "two weeks"]))


async def judge_pair() -> None:
    """Three judges: one that prefers the first answer, one that always says 1, and one that cannot
    decide. Only the first of them is consistent."""
    for replies in (["Winner: 1", "Winner: 2"], ["Winner: 1", "Winner: 1"], ["Both.", "Winner: 1"]):
        judge = ScriptedChatModel(replies=replies)
        print(replies, await reference.judge_pair(judge, "How long?", "14 days", "Long"))


def paired_bootstrap() -> None:
    """Fifty questions, and a gain of 0.02 for each, give or take. Few questions have a wide
    interval, many have a narrow one."""
    numbers = random.Random(0)
    base = {f"q{n}": numbers.random() for n in range(200)}
    new = {name: score + numbers.gauss(0.02, 0.05) for name, score in base.items()}
    for count in (10, 50, 200):
        names = [*base][:count]
        found = reference.paired_bootstrap({n: base[n] for n in names}, {n: new[n] for n in names})
        print(f"{count:3} questions: {found.difference:+.3f}", end=" ")
        print(f"from {found.low:+.3f} to {found.high:+.3f}")


def regression_gate() -> None:
    """A new version that is better on the whole, and worse for six questions about 2023. Give the
    slice another name, or the tolerance another value."""
    base = {"recall": {f"q{n}": n % 5 / 5 for n in range(60)}}
    new = {"recall": {name: score + 0.1 for name, score in base["recall"].items()}}
    slices = {"2023": [f"q{n}" for n in range(6)]}
    for name in slices["2023"]:
        new["recall"][name] = base["recall"][name] - 0.2
    print(reference.regression_gate(base, new, {"recall": 0.05}, slices))
    print(reference.regression_gate(base, new, {"recall": 0.05}, {}))


def find_leaks() -> None:
    """Questions of a test, and what a model has learned from. Which of them measure memory?"""
    train = ["How long is the warranty on a new bicycle?", "Where is the workshop?"]
    test = ["how long is the warranty on a new bicycle", "How long is the warranty on a lamp?"]
    for threshold in (0.8, 0.4):
        print(threshold, reference.find_leaks(train, test, threshold))


def what_an_interval_shows() -> None:
    """### What an interval shows

    Six changes of a search, each measured with 60 questions. The points are the differences, the
    lines their intervals. Where a line crosses 0, nobody knows yet.
    """
    numbers = random.Random(4)
    base = {f"q{n}": numbers.random() for n in range(60)}
    gains = {"larger chunks": 0.06, "other model": 0.03, "rerank": 0.01}
    gains |= {"fewer results": -0.01, "shorter prompt": -0.04, "no filter": -0.08}
    figure, axes = plt.subplots(figsize=(8, 2.8), dpi=110, layout="constrained")
    for row, (name, gain) in enumerate(gains.items()):
        new = {one: score + numbers.gauss(gain, 0.1) for one, score in base.items()}
        found = reference.paired_bootstrap(base, new)
        color = "#0072B2" if found.low > 0 else "#D55E00" if found.high < 0 else "#777777"
        axes.plot([found.low, found.high], [row, row], color=color, linewidth=2)
        axes.plot(found.difference, row, "o", color=color)
        axes.annotate(name, (found.high, row), (6, -3), textcoords="offset points")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.invert_yaxis()
    axes.set_yticks([])
    axes.margins(x=0.25)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("difference in recall")
    figure.suptitle("Two are better, one is worse, and three are unknown", fontweight="bold")
    plt.show()


def how_many_questions_are_needed() -> None:
    """### How many questions are needed

    The same change, with a gain of 0.05, measured with more and more questions. The lines are the
    borders of the interval. Before the lower one is above 0, nobody can say that it is better.
    """
    numbers = random.Random(2)
    base = {f"q{n:03}": numbers.random() for n in range(400)}
    new = {name: score + numbers.gauss(0.05, 0.25) for name, score in base.items()}
    lines: dict[str, dict[int, float]] = {"high": {}, "difference": {}, "low": {}}
    for count in (10, 25, 50, 100, 200, 400):
        names = [*base][:count]
        found = reference.paired_bootstrap({n: base[n] for n in names}, {n: new[n] for n in names})
        for name, line in lines.items():
            line[count] = max(0.0, getattr(found, name))
    plots.by_size(lines, "A gain of 0.05", "questions", "difference (0 or more)")
