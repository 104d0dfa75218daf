"""Live demos of lesson 21. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function with the name of a task is the demo of that task. Each
of them stands on its own, so that it can be changed and run again in front of a class.
"""

from langchain_core.messages import AIMessageChunk

from course import plots
from course.notebook import open_lesson

reference = open_lesson("21").reference


def merge_findings() -> None:
    """Two branches have found something about the same price. Then one of them runs again."""
    finding = reference.Finding
    left = [finding("price", "It is free.", 1), finding("tents", "There are 12.")]
    right = [finding("price", "It costs 5.", 2), finding("gear", "Bring a lamp.")]
    merged = reference.merge_findings(left, right)
    print([one.text for one in merged])
    print([one.text for one in reference.merge_findings(merged, right)])
    print([one.text for one in merged + right])


async def run_chain() -> None:
    """A gate lets nothing through that has more than 12 characters. Look at who is asked what."""

    async def draft(text, feedback):
        print(f"draft({text!r}, {feedback!r})")
        return "Tents: all." if feedback else "Tents: all there is to say."

    async def shout(text, feedback):
        print(f"shout({text!r}, {feedback!r})")
        return text.upper()

    def check(name, output):
        return None if len(output) <= 12 else f"{len(output)} characters are too many"

    print(await reference.run_chain({"draft": draft, "shout": shout}, check, "tents"))
    try:
        await reference.run_chain({"shout": shout}, check, "a text that stays too long")
    except reference.GateError as error:
        print(f"GateError: {error}")


def pick_route() -> None:
    """What models say when they are asked for one word."""
    routes = ["refund", "repair", "c++"]
    for answer in (
        "refund",
        "**Refund**, I would say.",
        '{"route": "repair"}',
        "Please read our refund-policy.",
        "Not refund, but repair.",
        "It is about C++.",
        "",
    ):
        print(f"{reference.pick_route(answer, routes, 'person'):8} {answer!r}")


def assign_work() -> None:
    """The orchestrator is asked again after each batch, until nothing is left."""
    section = reference.Section
    plan = [
        section("tents", "Tents"),
        section("summary", "Summary", ("tents", "prices")),
        section("prices", "Prices"),
        section("gear", "Gear"),
    ]
    done = {}
    while (batch := reference.assign_work(plan, done, limit=2)) != "join":
        for one in batch:
            print(f"{one.title:8} knows {list(one.context)}")
            done[one.id] = f"All about {one.title.lower()}."
        print("-")
    print("join")


async def improve() -> None:
    """The second revision is the best. The third one is worse, and the judge is never content."""
    scores = {"Free.": 2, "It is free.": 5, "It is all free.": 8, "All is all free.": 3}
    drafts = iter(list(scores)[1:])

    async def evaluate(text):
        print(f"judge: {scores[text]} for {text!r}")
        return reference.Verdict(scores[text], accepted=scores[text] == 10)

    async def revise(text, feedback):
        return next(drafts)

    print(await reference.improve("Free.", evaluate, revise))


async def the_newest_and_the_best() -> None:
    """### The newest and the best

    Each turn is a revision. The newest text goes up and down. What `improve` would return after so
    many rounds only goes up.
    """
    scores = [3, 5, 4, 7, 6, 2, 8, 5]

    async def evaluate(text):
        return reference.Verdict(scores[int(text)], accepted=False)

    async def revise(text, feedback):
        return str(int(text) + 1)

    best = [
        (await reference.improve("0", evaluate, revise, max_rounds=rounds)).score
        for rounds in range(len(scores))
    ]
    plots.by_turn({"the newest": scores, "the best": best}, "A judge and a writer", "score")


async def run_with_human() -> None:
    """A run pauses twice. The first time it has two questions, and is resumed once."""
    pause, question, done = reference.Pause, reference.Question, reference.Done
    states = iter(
        [
            pause((question("q1", "Which tent?"), question("q2", "For how long?"))),
            pause((question("q3", "Send it?"),)),
            done("sent"),
        ]
    )
    answers = iter(["the blue one", "two days", False])

    async def start():
        print("start")
        return next(states)

    async def resume(given):
        print("resume", given)
        return next(states)

    async def decide(value):
        return next(answers)

    print(await reference.run_with_human(start, resume, decide))


async def stream_workflow() -> None:
    """What a graph streams, and what a page gets of it. The judge's words stay behind."""

    async def parts():
        yield "custom", {"note": "writing"}
        yield "messages", (AIMessageChunk("It is", id="m1"), {"langgraph_node": "writer"})
        yield "messages", (AIMessageChunk(" free.", id="m1"), {"langgraph_node": "writer"})
        yield "updates", {"writer": {"text": "It is free."}}
        yield "messages", (AIMessageChunk("Too short.", id="m2"), {"langgraph_node": "judge"})
        yield "updates", {"judge": None}
        yield "updates", {"__interrupt__": (reference.Question("q1", "Publish it?"),)}

    async for event in reference.stream_workflow(parts(), "writer"):
        print(event)
