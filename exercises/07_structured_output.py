"""Lesson 07: Structured Output.

Seven tasks that get an object with fields out of a model's answer. Each docstring is the contract:
what it promises is what the tests check. The calls run at the prompt of `make play-07`, which has a
mail and some models. One rule holds for the whole lesson.

* Valid is not whole. An answer can fit the form and be half of one, or the wrong one, or there is
  none. Say so where the docstring asks for it. (Only `extract_items` has to notice that an answer
  was cut off.)

No task needs an event loop of its own. What a docstring leaves open is not graded.
"""

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-07. Try it: make play-07. Own code below? See line 14.")

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Self, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, Field, model_validator

# Given. There is nothing to do here, but use it.

CUT_OFF = frozenset({"length", "max_tokens"})
"""How providers say that an answer ended because it had reached its limit."""

FORM = """Answer with one JSON object, and nothing else. Its fields:
title (a text, not empty), priority (low, normal or high), minutes (a whole number, 0 or more)."""
"""What a model has to know that is only told to write JSON."""


class AnswerCutOff(Exception):
    """An answer ended before the model was done. `partial` is the text that came."""

    def __init__(self, partial: str) -> None:
        super().__init__(f"the answer was cut off after {len(partial)} characters")
        self.partial = partial


class NotValid(Exception):
    """A model has given no answer that fits. `problems` is a list of texts."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Ticket(BaseModel):
    """Something for a person to look at."""

    title: str = Field(min_length=1)
    priority: Literal["low", "normal", "high"]
    minutes: int = Field(ge=0, description="how long it will take")


class Booking(BaseModel):
    """A room from one night to another, both included."""

    guests: int
    first_night: date
    last_night: date

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        check_booking(self)
        return self


class Shopping(BaseModel):
    """What somebody wants to buy."""

    items: list[str]


class Refund(BaseModel):
    """A customer who wants money back."""

    kind: Literal["refund"] = "refund"
    order: str
    text: str


class Complaint(BaseModel):
    """A customer who complains, and wants no money."""

    kind: Literal["complaint"] = "complaint"
    order: str
    text: str


@dataclass(frozen=True)
class Reading:
    """What was read in an answer.

    Attributes:
        value: the ticket, or None if there is none.
        problem: what is wrong with the answer, or None if nothing is.
        tokens: what the call has cost, or None if that is not known.
    """

    value: Ticket | None
    problem: str | None
    tokens: int | None


# Your part.


def extract(model: BaseChatModel, text: str) -> Ticket:
    """Ask the model once, and return the Ticket that it reads in `text`.

    * Have it answer in the form of Ticket: `with_structured_output` makes a model that does so.
    * Return a Ticket, not a dict.
    * If the answer does not fit, raise a ValueError. The errors of LangChain and pydantic are
      ValueErrors already, and NotValid is none.

    >>> extract(clerk(), MAIL)
    Ticket(title='Lost parcel', priority='high', minutes=15)
    """
    raise NotImplementedError("Task 1 of 7: extract")


def check_booking(booking: Booking) -> Booking:
    """Check what the types of a Booking do not say.

    * Return the booking, unchanged, if it is sound. The last night may be the first one.
    * Fewer than one guest: ValueError, with the word `guests` in its text.
    * A last night before the first one: ValueError, with the word `last_night` in its text.

    >>> check_booking(Booking(guests=2, first_night=DAY, last_night=DAY)).guests
    2

    Fine print:
    If both are wrong, one of the two is enough.
    """
    raise NotImplementedError("Task 2 of 7: check_booking")


def extract_by_call(model: BaseChatModel, text: str) -> Ticket:
    """Do what `extract` does, with `method="function_calling"`.

    * Ask once. The model answers with a call, and its arguments are the Ticket.
    * If it writes words instead, raise `NotValid`, with these words in `problems`.
    * If the values are wrong, raise a ValueError.

    >>> extract_by_call(clerk(), MAIL)
    Ticket(title='Lost parcel', priority='high', minutes=15)

    Fine print:
    If the call itself cannot be read, raise one of the two.
    """
    raise NotImplementedError("Task 3 of 7: extract_by_call")


def read_ticket(model: BaseChatModel, text: str) -> Reading:
    """Ask once, with `method="function_calling"`, and report what came.

    * `value` is the Ticket, or `problem` says why there is none. The other one is None.
    * If values are wrong, `problem` names each field, and says why.
    * `tokens` is the reported total of the call, also if there is a problem.
    * If the call itself fails, its error passes.

    >>> read_ticket(chatty(), MAIL)
    Reading(value=None, problem='no call that can be read', tokens=16)
    """
    raise NotImplementedError("Task 4 of 7: read_ticket")


def extract_items(model: BaseChatModel, text: str) -> list[str]:
    """Ask once for a Shopping, with `method="function_calling"`, and return its items.

    * Return all items, in order. No items are [].
    * If the answer was cut off, raise AnswerCutOff, even if it fits the form. As in lesson 01, it
      was if "finish_reason" or "stop_reason" of its `response_metadata` is in CUT_OFF.
    * Otherwise, if there is no call or it does not fit, raise a ValueError or NotValid.

    >>> extract_items(shopper(), "Get tea and milk.")
    ['tea', 'milk']

    Fine print:
    What stands in `partial` is up to you.
    """
    raise NotImplementedError("Task 5 of 7: extract_items")


def sort_request(model: BaseChatModel, text: str) -> Refund | Complaint:
    """Have the model say whether a text is a Refund or a Complaint, and return that object.

    * Ask once, through `with_structured_output`. The model sees both forms, and `kind` in its
      answer says which one it has filled in.
    * Return an object of that class.
    * If `kind` is missing or is neither of the two, raise a ValueError. Do not guess.
    * If anything else does not fit, raise a ValueError, too.

    >>> sort_request(sorter(), "Order 17 came broken.")
    Refund(kind='refund', order='17', text='came broken')
    """
    raise NotImplementedError("Task 6 of 7: sort_request")


def extract_with_retry(model: BaseChatModel, text: str, attempts: int = 3) -> Ticket:
    """Do what `extract` does, and let the model correct itself.

    * Use `method="json_mode"`. Send FORM as a SystemMessage, then the text as a HumanMessage.
    * If the answer does not fit, send both again, then the wrong answer, and a
      HumanMessage that says which fields are wrong and why.
    * Ask at most `attempts` times. Then raise NotValid, with one problem for each answer.
    * If a call itself fails, its error passes.

    >>> extract_with_retry(hasty(), MAIL)
    Ticket(title='Lost parcel', priority='high', minutes=15)

    Fine print:
    `attempts` is at least 1. Wrong answers before the newest may be sent again, or left out.
    """
    raise NotImplementedError("Task 7 of 7: extract_with_retry")
