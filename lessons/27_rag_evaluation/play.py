"""What the prompt of lesson 27 offers: `make play-27`.

Every name here can be used there. TRY has a line for each task.
"""

import random

from course.fakes.chat_models import ScriptedChatModel

QRELS = {"q1": {"a": 2, "b": 1}, "q2": {"c": 1}}
RUN = {"q1": ["x", "a", "b"]}
DOCUMENTS = {"a": "We pay within 14 days.", "b": "It takes 140 days."}
ANSWER = "“within 14 days” [a], “14 day” [b], “140 days” [a]"
JUDGE = ScriptedChatModel(replies={"": "Winner: 1"})

_numbers = random.Random(1)
BASE = {f"q{n}": _numbers.random() for n in range(40)}
NEW = {name: score + _numbers.gauss(0.05, 0.1) for name, score in BASE.items()}
TRAIN = ["Open on Monday and Friday.", "Closed in winter"]
TEST = ["open on monday, and friday", "Closed on Sunday"]

TRY = {
    "ranking_metrics": "ranking_metrics(QRELS, RUN, k=3)",
    "check_quotes": "check_quotes(ANSWER, DOCUMENTS)",
    "answer_score": 'answer_score("In 14 days", ["14 days", "two weeks"])',
    "judge_pair": 'await judge_pair(JUDGE, "How long?", "14 days", "Long")',
    "paired_bootstrap": "paired_bootstrap(BASE, NEW)",
    "regression_gate": 'regression_gate({"f1": BASE}, {"f1": NEW}, {"f1": 0}, {})',
    "find_leaks": "find_leaks(TRAIN, TEST)",
}
