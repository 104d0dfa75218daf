"""What the prompt of lesson 21 offers: `make play-21`.

Every name here can be used there. TRY has a line for each task.
"""

from types import SimpleNamespace

from langchain_core.messages import AIMessageChunk


async def draft(text, feedback):
    """A step that writes too much at first. It listens to what the gate says."""
    return f"{text.capitalize()}: all." if feedback else f"{text.capitalize()}: all there is."


async def shorten(text, feedback):
    """A step that leaves out what it finds superfluous."""
    return text.replace(" really", "")


def is_short(name, output):
    """A gate: None lets an output through, and a text is the reason why not."""
    return None if len(output) <= 12 else "Not more than 12 characters."


async def judge(text):
    """It stands for a model that judges a text: the longer, the better."""
    enough = len(text) >= 18
    return SimpleNamespace(score=len(text), accepted=enough, feedback="Write more.")


async def more(text, feedback):
    """It stands for a model that revises a text."""
    return f"{text} More."


def a_mail(pause, question, done):
    """A run that asks once before it sends a mail: two functions, start and resume."""

    async def start():
        return pause((question("q1", "Send it?"),))

    async def resume(answers):
        return done(answers["q1"])

    return start, resume


async def decide(value):
    """It stands for a person, who says yes to each question."""
    return f"yes to {value!r}"


async def parts():
    """What a graph streams whose judge asks a model, too."""
    yield "messages", (AIMessageChunk("Good enough."), {"langgraph_node": "judge"})
    yield "updates", {"judge": None}
    yield "messages", (AIMessageChunk("It is free."), {"langgraph_node": "writer"})


TRY = {
    "merge_findings": 'merge_findings([Finding("a", "4")], [Finding("a", "5", 2)])',
    "run_chain": 'await run_chain({"a": draft, "b": shorten}, is_short, "tents")',
    "pick_route": 'pick_route("**Billing**, ok.", ["billing", "art"], "person")',
    "assign_work": 'assign_work([Section("a", "A"), Section("b", "B")], {"a": ""}, 3)',
    "improve": 'await improve("Tents.", judge, more)',
    "run_with_human": "await run_with_human(*a_mail(Pause, Question, Done), decide)",
    "stream_workflow": 'await show(stream_workflow(parts(), "writer"))',
}
