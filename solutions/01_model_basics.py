"""Lesson 01: Model Basics.

Seven tasks about calling a model. Each docstring is the contract: what it promises is what the
tests check. The calls run at the prompt of `make play-01`. There, `answering("It", " is")` is a
model that answers with these pieces.

One rule holds for all tasks: ask once, and say what you do not know. A second call costs as much as
the first, and a figure or an answer that is made up costs more. (`ask_again` is the one that may
ask more than once. Its docstring says when.)

No task needs an event loop of its own. Anything that a docstring leaves open is not graded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

# Given. There is nothing to do here, but use it.

CUT_OFF = frozenset({"length", "max_tokens"})
"""How providers say that an answer ended because it had reached its limit."""

TRANSIENT = (ConnectionError, TimeoutError)
"""Errors that may be gone a moment later."""


class AnswerCutOff(Exception):
    """An answer ended before the model was done. `partial` is the text that came."""

    def __init__(self, partial: str) -> None:
        super().__init__(f"the answer was cut off after {len(partial)} characters")
        self.partial = partial


@dataclass(frozen=True)
class TokenReport:
    """What some answers have cost.

    Attributes:
        tokens: the tokens of all answers that report them.
        silent: how many answers report nothing.
    """

    tokens: int
    silent: int


@dataclass(frozen=True)
class Outcome:
    """What became of one question.

    Attributes:
        question: as it was asked.
        answer: its text, or None if the call failed.
        error: the exception if the call failed, or None.
    """

    question: str
    answer: str | None = None
    error: Exception | None = None


# Your part.


def ask(model: BaseChatModel, question: str) -> str:
    """Ask a model one question, and return the text of its answer.

    * Ask once: `model.invoke(question)` returns a message, and `message.text` is its text.
    * Return that text unchanged: spaces and line breaks are text, and "" is an answer.
    * Let an error of the model pass.

    >>> ask(answering("It is free."), "May I return it?")
    'It is free.'

    Fine print:
    `message.content` is a list for some models. `message.text` is always the text, and only that.
    """
    return model.invoke(question).text


def answer_in_pieces(model: BaseChatModel, question: str) -> list[str]:
    """Read an answer piece by piece, and return the list of its pieces.

    * Ask once. `model.stream(question)` gives the answer in chunks: read it with a `for` loop.
    * Return the text of each chunk, in order and unchanged. It is `chunk.text`.
    * Leave out chunks without text. A piece may be only a space: that is text.

    >>> answer_in_pieces(answering("It", " ", "is", ""), "May I return it?")
    ['It', ' ', 'is']

    Fine print:
    An error in the middle passes. The pieces before it are lost, and that is all right here.
    """
    return [chunk.text for chunk in model.stream(question) if chunk.text]


def tokens_used(answers: Iterable[AIMessage]) -> TokenReport:
    """Add up the tokens that some answers report, and count those that report nothing.

    * `tokens` is the sum of `answer.usage_metadata["total_tokens"]`.
    * `silent` is how many answers report nothing: their `usage_metadata` is None.
    * `answers` may be an iterator, which can be read only once.

    >>> tokens_used([answering("It is free.").invoke("Is it?"), AIMessage("It is free.")])
    TokenReport(tokens=7, silent=1)

    Fine print:
    Trust the reported total, even if it is 0. Do not count or estimate anything yourself.
    """
    tokens = silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
        else:
            tokens += answer.usage_metadata["total_tokens"]
    return TokenReport(tokens, silent)


def ask_in_full(model: BaseChatModel, question: str) -> str:
    """Return the text of an answer, or raise AnswerCutOff if it was cut off.

    * Ask once. Return the text of an answer that was not cut off, unchanged.
    * `response_metadata` says why it ended, under "finish_reason" or under "stop_reason".
    * If the reason is in CUT_OFF, raise AnswerCutOff with the text that came.
    * If there is no reason, or it is None, it was not cut off.

    >>> ask_in_full(answering("It is free."), "May I return it?")
    'It is free.'

    Fine print:
    No model gives two reasons that contradict each other, but one of the two may be None.
    An error of the model passes.
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    reason = said.get("finish_reason") or said.get("stop_reason")
    if reason in CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_many(model: BaseChatModel, questions: Sequence[str]) -> list[str]:
    """Ask several questions at the same time, and return the texts of the answers.

    * Return one text for each question, in the order of the questions.
    * All are on their way at the same time, as with `model.batch`, which can do it.
    * Without questions, return [], and ask nothing.
    * If a call fails, let its error pass.

    >>> ask_many(answering("It is free."), ["May I return it?", "What is postage?"])
    ['It is free.', 'It is free.']

    Fine print:
    The same question may come twice. It then gets two answers, from two calls.
    Time is virtual here. `batch` and a `ThreadPoolExecutor` know it, a `threading.Thread` does not.
    """
    return [answer.text for answer in model.batch(list(questions))]


def ask_each(model: BaseChatModel, questions: Sequence[str]) -> list[Outcome]:
    """Do as `ask_many` does, but a call that fails costs no other answer.

    * Return an Outcome for each question, in order: with its answer, or with its error.
    * The error is the exception itself, not its text.
    * Ask each question exactly once, all at the same time.

    >>> ask_each(answering("It is free."), ["May I return it?"])
    [Outcome(question='May I return it?', answer='It is free.', error=None)]

    Fine print:
    `batch` has a keyword for this: `return_exceptions`. Without questions, return [].
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(question, error=answer)
        if isinstance(answer, Exception)
        else Outcome(question, answer.text)
        for question, answer in zip(questions, answers, strict=True)
    ]


def ask_again(model: BaseChatModel, question: str, attempts: int = 3) -> str:
    """Return the text of an answer, and ask again if the call fails and may succeed later.

    * If a call raises one of TRANSIENT, ask again, at once.
    * Ask at most `attempts` times in all. Let the last error pass as it is.
    * Let any other error pass at once: asking again would not help.
    * If `attempts` is less than 1, raise ValueError, and ask nothing.

    >>> ask_again(answering("It is free."), "May I return it?")
    'It is free.'

    Fine print:
    All calls count as attempts, whichever error they end with.
    """
    if attempts < 1:
        raise ValueError(f"attempts is {attempts}, but a question is asked at least once")
    for _ in range(attempts - 1):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            continue
    return model.invoke(question).text
