"""Lesson 21: Workflows.

Seven tasks about the joints of a workflow: what stands between the steps of a graph and decides
what runs next, what is kept, when it is over and what the user sees. Each docstring is the
contract: what it promises is what the tests check. Three rules hold throughout the lesson.

* Each call is on its own. A workflow serves many conversations, and the same step may run again
  after a pause: nothing is kept between two calls.
* What you are given stays as it is: lists, dicts and messages belong to others.
* What is not an `Exception`, such as `asyncio.CancelledError`, always passes through.

What a docstring leaves open is not graded. The words of an error are up to you, except where a
docstring says something about them.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-21. Try it: make play-21. Own code below? See line 18.")

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from langchain_core.messages import AIMessage, AIMessageChunk

# Given: nothing to do here except use it.


@dataclass(frozen=True)
class Finding:
    """Something that a worker has found out."""

    id: str
    text: str
    version: int = 0


StepFunction = Callable[[str, str], Awaitable[str]]
"""A step of a chain: it gets a text and some feedback, and gives a text."""


class GateError(Exception):
    """A step did not get through its gate.

    Attributes:
        step: the name of the step.
        reason: why its last output was refused.
        partial: the last text that has passed.
    """

    def __init__(self, step: str, reason: str, partial: str) -> None:
        super().__init__(f"{step} did not pass: {reason}")
        self.step = step
        self.reason = reason
        self.partial = partial


@dataclass(frozen=True)
class Section:
    """A section of a report that is planned. `needs` has the ids of those it builds on."""

    id: str
    title: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assignment:
    """What a worker is told: the section to write, and the texts that it builds on, by id."""

    id: str
    title: str
    context: dict[str, str]


@dataclass(frozen=True)
class Verdict:
    """What a judge says about a text."""

    score: float
    accepted: bool
    feedback: str = ""


@dataclass(frozen=True)
class Best:
    """What has come of a loop of improvements."""

    text: str
    score: float
    accepted: bool
    rounds: int


@dataclass(frozen=True)
class Question:
    """What a paused run wants to know."""

    id: str
    value: object


@dataclass(frozen=True)
class Pause:
    """The run waits for answers to all of these questions."""

    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Done:
    """The run is over."""

    value: object


class TooManyPauses(Exception):
    """A run has asked more often than it may."""


Event = dict[str, Any]
"""What a page is told. Its "type" says which other keys it has."""


async def aclose_source(source: object) -> None:
    """Close the asynchronous `source` if it can be closed, and wait until it is."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()


# Your part.


def merge_findings(left: list[Finding], right: list[Finding]) -> list[Finding]:
    """Join what two branches have found: a reducer.

    * Each id is in the result once. The highest version stays; of equal versions, the one that came
      first.
    * The ids stand in the order in which they first came: those of `left`, then new ones of
      `right`. A newer version stands where the older one stood.
    * The result is a new list, and neither `left` nor `right` is changed.

    >>> old, new = Finding("a", "It is free.", 1), Finding("a", "It costs 5.", 2)
    >>> [one.text for one in merge_findings([old, Finding("b", "Bring water.")], [new])]
    ['It costs 5.', 'Bring water.']

    Fine print:
    An id may come several times within one list. Only id and version count; two findings with the
    same version may have other texts. The result is new also if one of the lists is empty. So it
    changes nothing to merge the same list again, as happens when a step runs again after a pause.
    """
    raise NotImplementedError("Task 1 of 7: merge_findings")


async def run_chain(
    steps: Mapping[str, StepFunction],
    check: Callable[[str, str], str | None],
    text: str,
    tries: int = 2,
) -> str:
    """Run steps one after the other, with a gate behind each.

    * Call `await step(text, feedback)` for each step, with what the one before it gave; the first
      gets `text`. Return what the last one gives.
    * After each, ask `check(name, output)`. None lets the output through.
    * Anything else is a reason: ask the step again, with the same input and the reason as feedback.
      On its first try that is "".
    * If the last of `tries` tries is refused, raise GateError.
    * Errors pass through.

    >>> await run_chain({"draft": draft, "shorten": shorten}, is_short, "tents")
    'Tents: all.'

    Fine print:
    Steps run in the order of the mapping; after a GateError, no later one runs. Without steps,
    return `text`. The reason may be "", and is a reason all the same. GateError has the name of the
    step, the last reason, and as `partial` the last text that has passed: the input of the step
    that failed. Each output is checked once.

    Raises:
        ValueError: `tries` is less than 1. No step is asked then.
        GateError: see above.
    """
    raise NotImplementedError("Task 2 of 7: run_chain")


def pick_route(answer: str, routes: Sequence[str], default: str) -> str:
    """Find out which route a model has named, whatever it has put around the name.

    * A route is named if it stands in `answer` as a whole: the characters directly before and
      behind it are no letter, no digit, no `_` and no `-`.
    * Capitals do not matter.
    * If exactly one of the routes is named, once or often, return it as it is spelled in `routes`.
    * If none or several are named, return `default`. Never raise an error.

    >>> pick_route("**Billing**, I think.", ["billing", "shipping"], "person")
    'billing'

    Fine print:
    Letters and digits are what `str.isalnum` says. A route may hold any characters, such as `.` and
    `+`; it is not empty, and has no white space at its ends. No two routes are the same but for
    capitals. A route that stands within another one, such as `c` in `c++`, is named too. Nobody has
    to understand the sentence: "not billing" names billing. Beyond a to z, which letters are the
    same but for capitals is up to you. There may be no routes, and `default` need not be one.
    """
    raise NotImplementedError("Task 3 of 7: pick_route")


def assign_work(
    sections: Sequence[Section], done: Mapping[str, str], limit: int
) -> list[Assignment] | Literal["join"]:
    """Say which sections of a report can be written now; `done` has the finished texts by id.

    * Return "join" if each section is in `done`.
    * Otherwise, return an Assignment for each section that is not in `done` and whose needs all
      are, in order, at most `limit` of them.
    * `context` is a dict with the texts of just its needs, and each Assignment has one of its own.
    * If some are left and none can be written, raise ValueError, whose text has the ids of all that
      are left.

    >>> plan = [Section("a", "Tents"), Section("b", "Prices"), Section("c", "Summary", ("a",))]
    >>> assign_work(plan, {"b": "5 a day"}, limit=3)
    [Assignment(id='a', title='Tents', context={})]

    Fine print:
    Without sections, return "join": an empty list would end a graph without its last step. `done`
    may have ids that are not in `sections`, and a section may need them. An empty text is done,
    too. No two sections have the same id. A need may be named twice.

    Raises:
        ValueError: none can be written, see above, or `limit` is less than 1, whatever is left.
    """
    raise NotImplementedError("Task 4 of 7: assign_work")


async def improve(
    draft: str,
    evaluate: Callable[[str], Awaitable[Verdict]],
    revise: Callable[[str, str], Awaitable[str]],
    max_rounds: int = 3,
) -> Best:
    """Let a judge and a writer improve a draft, and return the best that has come of it.

    * Judge with `await evaluate(text)`. While the newest text is not accepted, call
      `await revise(text, feedback)` with it and its feedback, and judge that, at most `max_rounds`
      times.
    * A text that was there before ends the loop, and is not judged again.
    * Return the accepted text, or else the one with the highest score; of equal ones, the first.
    * After the first verdict, an Exception ends the loop. Before, it passes through.

    >>> await improve("Tents.", judge, more)  # the judge wants 18 characters
    Best(text='Tents. More. More.', score=18, accepted=True, rounds=2)

    Fine print:
    The draft is judged first. An accepted text is returned whatever its score. `rounds` is how
    often `revise` was called, also when it has failed or what it gave was not new. With
    `max_rounds=0`, the draft is judged and returned. `max_rounds` is not negative, and no score is
    NaN. An Exception that ends the loop is not raised: the best so far is returned.
    """
    raise NotImplementedError("Task 5 of 7: improve")


async def run_with_human(
    start: Callable[[], Awaitable[Pause | Done]],
    resume: Callable[[dict[str, object]], Awaitable[Pause | Done]],
    decide: Callable[[object], Awaitable[object]],
    max_pauses: int = 10,
) -> object:
    """Run a workflow that asks people, until it is done.

    * `await start()` once. Return the value of Done.
    * At each Pause, call `await decide(question.value)` for each question, one after the other.
    * Then call `await resume(answers)` once, with a new dict of all answers of this pause by the
      question's id.
    * Any answer is one, also None, False and "".
    * If it pauses more than `max_pauses` times, raise TooManyPauses, asking nobody about the last
      pause.
    * Errors pass through, and after one of `decide`, `resume` is not called.

    >>> start, resume = a_mail(Pause, Question, Done)
    >>> await run_with_human(start, resume, decide)  # the run asks once before it sends a mail
    "yes to 'Send it?'"

    Fine print:
    Questions are asked in their order. A pause has at least one, and no two of its questions have
    the same id; their values may be equal. With `max_pauses=0`, nobody may be asked. `max_pauses`
    is not negative. An error of `decide` leaves the run as it is: it can be resumed later.
    """
    raise NotImplementedError("Task 6 of 7: run_with_human")


async def stream_workflow(
    parts: AsyncIterator[tuple[str, Any]], speaker: str
) -> AsyncIterator[Event]:
    """Translate what a graph streams into events for a page, one part after the other.

    * ("messages", (message, metadata)) with text: {"type": "token", "content": text} if
      `metadata["langgraph_node"]` is `speaker`, for an AIMessageChunk, or an AIMessage whose id
      none of the speaker's chunks had.
    * ("updates", updates): {"type": "step", "name": node} for each entry.
    * Its "__interrupt__": {"type": "question", "id": ..., "value": ...} for each item.
    * ("custom", data): {"type": "progress", "data": data}.
    * Other modes: nothing.
    * Last comes "complete", "paused" after a question, or "error" after an Exception.
    * Lazy. `parts` is closed however it ends.

    >>> [event["type"] async for event in stream_workflow(parts(), "writer")]
    ['step', 'token', 'complete']

    Fine print:
    `parts` is what `graph.astream(..., stream_mode=["updates", "messages", "custom"])` gives, and
    only one of the three last events comes, after an Exception always the error. It is not raised:
    {"type": "error", "message": ...} has a text of your own, with nothing of the exception in it.
    The text of a message is `message.text`. Messages of other kinds and of other nodes are not
    shown. An AIMessage without an id (None) was never in chunks. A chunk without text has an id,
    too. Items of an interrupt have the attributes `id` and `value`; it has at least one, and comes
    without other entries. The value of a node's entry may be anything, None too. The other last
    events have no key but "type". All events come in the order of the parts, each before the next
    part is pulled.
    """
    raise NotImplementedError("Task 7 of 7: stream_workflow")
    yield  # makes this a generator; delete this line with the one above
