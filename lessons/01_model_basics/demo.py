"""Live demos of lesson 01. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
show the reference solution on models that play a script, in real time. Each of them stands on its
own, so that it can be changed and run again in front of a class.
"""

import time

from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.openai.server import LocalServer
from course.fakes.script import Fail, Pause, Reasoning, Reply
from course.notebook import open_lesson

reference = open_lesson("01").reference


def ask() -> None:
    """Here are two models. The second one thinks before it answers, so its content is a list. The
    text is a text both times."""
    for reply in (Reply("It is", " free."), Reply(Reasoning("Which rule?"), "It is", " free.")):
        print("content:", ScriptedChatModel(replies=[reply]).invoke("May I return it?").content)
        print("ask:    ", repr(reference.ask(ScriptedChatModel(replies=[reply]), "May I?")), "\n")


def answer_in_pieces() -> None:
    """The answer takes a second, and it comes in pieces. Look at the spaces, and at what the pieces
    are when they are joined."""
    model = ScriptedChatModel(replies=[Reply.of("Returns are free for 30 days.", pause=0.15)] * 2)
    for chunk in model.stream("May I return it?"):
        print(repr(chunk.text), end=" ", flush=True)
    pieces = reference.answer_in_pieces(model, "May I return it?")
    print("\n", pieces, "", repr("".join(pieces)), sep="\n")


def tokens_used() -> None:
    """Three answers. One of them reports nothing: a meter that takes that for 0 shows a sum that
    looks exact, and is too small."""
    model = ScriptedChatModel(
        replies=[
            Reply("It is free."),
            Reply("That is a very long story.", usage=None),
            Reply("Yes."),
        ]
    )
    answers = [model.invoke(question) for question in ("May I?", "Tell me.", "Really?")]
    for answer in answers:
        usage = answer.usage_metadata
        print(answer.text.ljust(28), usage["total_tokens"] if usage else "reports nothing")
    print(reference.tokens_used(answers))
    print(reference.tokens_used([AIMessage("written by hand")]))


def ask_in_full() -> None:
    """Two answers with the same text. Only the message knows that one of them is half an answer."""
    text = "You may return it within 30 days."
    for reason in ("stop", "length"):
        model = ScriptedChatModel(replies=[Reply(text, finish_reason=reason)])
        try:
            print(reason.ljust(8), reference.ask_in_full(model, "May I return it?"))
        except reference.AnswerCutOff as error:
            print(reason.ljust(8), f"[cut off] {error.partial}")


def ask_many() -> None:
    """Three questions, each of which takes a while: first in a loop, and then at the same time. The
    time is real: watch the clock."""
    waits = {"tent": 0.5, "stove": 0.8, "lamp": 0.3}
    model = ScriptedChatModel(
        replies={name: Reply(Pause(wait), f"The {name}.") for name, wait in waits.items()}
    )
    start = time.perf_counter()
    print([model.invoke(name).text for name in waits], f"{time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    print(reference.ask_many(model, [*waits]), f"{time.perf_counter() - start:.1f} s")


def when_the_answers_come() -> None:
    """### When the answers come

    Each mark is an answer. In the upper row one question is asked after the other, in the lower row
    all at the same time. Each answer takes as long as before: what is saved is the waiting for one
    another. (Time is real here, so the figures differ a little each time.)
    """
    waits = {"tent": 0.5, "stove": 0.8, "lamp": 0.3}
    model = ScriptedChatModel(replies={name: Reply(Pause(wait)) for name, wait in waits.items()})
    start, in_a_loop = time.perf_counter(), []
    for name in waits:
        model.invoke(name)
        in_a_loop.append((time.perf_counter() - start, name))
    start, at_once = time.perf_counter(), []
    for number, _ in model.batch_as_completed([*waits]):
        at_once.append((time.perf_counter() - start, [*waits][number]))
    came = {"one after the other": in_a_loop, "at the same time": at_once}
    plots.arrivals_by_source(came, "When the answers come")


def ask_each() -> None:
    """Four questions, and the second one fails. `batch` alone would lose the other three."""
    model = ScriptedChatModel(
        replies={
            "stove": Reply(Fail(TimeoutError("too slow"))),
            "tent": Reply("In row 3."),
            "lamp": Reply(""),
            "rope": Reply("In row 7."),
        }
    )
    questions = ["a tent", "a stove", "a lamp", "a rope"]
    try:
        print(model.batch(questions))
    except TimeoutError as error:
        print("batch alone:", repr(error), "\n")
    for outcome in reference.ask_each(model, questions):
        print(outcome)


def ask_again() -> None:
    """Two models that fail. The first one recovers in time. The second one is asked something that
    it refuses, and no further call would change that."""
    busy = [Reply(Fail(ConnectionError("busy"))), Reply(Fail(TimeoutError("slow"))), Reply("Yes.")]
    wrong = [Reply(Fail(ValueError("the question is too long")))] * 3
    for replies in (busy, wrong):
        model = ScriptedChatModel(replies=replies)
        try:
            said = reference.ask_again(model, "May I return it?")
        except ValueError as error:
            said = repr(error)
        print(f"{said:42} calls: {len(model.transcript)}")


def over_a_network() -> None:
    """### The same functions over a network

    Here is `ChatOpenAI`, the model that talks to OpenAI, with a server on this machine in place of
    the provider. The functions do not notice a difference. `max_tokens` is a limit that cuts the
    answer off, and `ask_in_full` says so.
    """
    whole = ScriptedChatModel(replies={"": Reply("It is free within 30 days.")})
    short = ScriptedChatModel(replies={"": Reply("It is free", finish_reason="length")})
    with LocalServer({"whole": whole, "short": short}) as server:
        for name in ("whole", "short"):
            model = ChatOpenAI(
                model=name,
                base_url=server.url,
                api_key="not-needed-here",
                timeout=20,
                max_retries=1,
                max_tokens=300,
            )
            print(reference.ask(model, "May I return it?"))
            print(reference.tokens_used([model.invoke("May I return it?")]))
            try:
                reference.ask_in_full(model, "May I return it?")
            except reference.AnswerCutOff as error:
                print("cut off:", error.partial)
