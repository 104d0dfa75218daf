"""Live demos of lesson 04. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function with the name of a task is the demo of that task. The
demos show the reference solution on models that play a script, in real time. Each of them stands
on its own, so that it can be changed and run again in front of a class.
"""

import time

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.script import Pause, Reply, ToolCall
from course.notebook import arrivals, open_lesson

reference = open_lesson("04").reference


def wants_tools() -> None:
    """Three messages: text, a call, and both. What counts is the call. Change the texts, and see
    that nothing changes."""
    weather = ToolCall("weather", {"city": "Rome"})
    replies = [Reply("It is sunny."), Reply(weather), Reply("Let me look.", weather)]
    model = ScriptedChatModel(replies=replies)
    for _ in replies:
        message = model.invoke("Is it sunny in Rome?")
        print(repr(message.text).ljust(16), reference.wants_tools(message))


def final_answer() -> None:
    """The same conversation, cut after each message. Only the last one has an answer."""
    call = {"name": "weather", "args": {"city": "Rome"}, "id": "k1", "type": "tool_call"}
    asks = AIMessage("Let me look.", tool_calls=[call])
    messages = [HumanMessage("Is it sunny?"), asks, AIMessage("It is.")]
    for end in range(len(messages) + 1):
        try:
            print(end, "messages:", reference.final_answer(messages[:end]))
        except reference.Unfinished:
            print(end, "messages: unfinished")


def run_calls() -> None:
    """Three calls, one of them for a tool that nobody has. Each gets an answer, with its id. Look
    at what the model is told about the second one."""

    @tool
    def weather(city: str) -> str:
        """Say what the weather is like in a city."""
        return f"sunny in {city}"

    calls = [
        ToolCall("weather", {"city": "Rome"}, id="k1"),
        ToolCall("sunrise", {"city": "Rome"}, id="k2"),
        ToolCall("weather", {"city": "Oslo"}, id="k3"),
    ]
    message = ScriptedChatModel(replies=[Reply(*calls)]).invoke("Where is it sunny?")
    for answer in reference.run_calls(message, {"weather": weather}):
        print(answer.tool_call_id, answer.status.ljust(8), answer.content)


def agent_turn() -> None:
    """One turn: what the model knew, what it asked for, and what came of it."""

    @tool
    def weather(city: str) -> str:
        """Say what the weather is like in a city."""
        return f"sunny in {city}"

    model = ScriptedChatModel(replies=[Reply(ToolCall("weather", {"city": "Rome"}, id="k1"))])
    asked = [HumanMessage("Is it sunny in Rome?")]
    new = reference.agent_turn(model, {"weather": weather}, asked)
    print("knew:   ", [one["function"]["name"] for one in model.transcript[0].tools])
    print("asked:  ", new[0].tool_calls[0]["args"])
    print("found:  ", new[1].content)
    print("before: ", len(asked), "message, as it was")


def run_agent() -> None:
    """A model that searches twice, and one that never stops. Change max_rounds."""

    @tool
    def search(query: str) -> str:
        """Search the shop's documents."""
        return f"found: {query}"

    looks = [Reply(ToolCall("search", {"query": query})) for query in ("shoes", "lamps")]
    for replies in ([*looks, "Shoes are cheaper."], {"": looks[0]}):
        model = ScriptedChatModel(replies=replies)
        try:
            messages = reference.run_agent(model, {"search": search}, "Which?", max_rounds=3)
            print("answer:", messages[-1].text)
        except reference.TooManyRounds as error:
            print("too many rounds:", len(error.messages), "messages so far")
        print("the model was asked", len(model.transcript), "times\n")


def agent_steps() -> None:
    """Each step is printed as soon as it is there. The call is seen a second before it runs: this
    is the moment to say no."""

    @tool
    def search(query: str) -> str:
        """Search the shop's documents."""
        time.sleep(1)
        return f"found: {query}"

    calls = [ToolCall("search", {"query": query}) for query in ("shoes", "lamps")]
    model = ScriptedChatModel(replies=[Reply("Let me look.", *calls), "Shoes are cheaper."])
    for step in reference.agent_steps(model, {"search": search}, "Which is cheaper?"):
        called = ", ".join(call["args"]["query"] for call in getattr(step, "tool_calls", []))
        print(step.type.ljust(5), step.text, f"(asks for: {called})" if called else "", flush=True)


def when_steps_are_seen() -> None:
    """### When steps are seen

    The same agent, once as a list and once as a generator. Each answer of the model takes a second,
    and each tool two. With the list, everything is there at the end. (It runs in virtual time, so
    it is the same each time.)
    """

    @tool
    def search(query: str) -> str:
        """Search the shop's documents."""
        time.sleep(2)
        return query

    def steps_of(function):
        calls = [ToolCall("search", {"query": query}) for query in ("shoes", "lamps")]
        replies = [Reply(Pause(1), "Look", *calls), Reply(Pause(1), "Shoes")]
        model = ScriptedChatModel(replies=replies)
        for step in function(model, {"search": search}, "Which is cheaper?"):
            yield step.text

    came = {}
    for name in ("run_agent", "agent_steps"):
        with virtual_time():
            came[name] = arrivals(steps_of(getattr(reference, name)))
    plots.arrivals_by_source(came, "When each message of an agent is seen")


def ask_ready_made() -> None:
    """LangChain's agent with three limits. The model needs two questions. With a limit of three
    steps it has answered, and the answer is lost. Then run_agent, with max_rounds."""

    @tool
    def search(query: str) -> str:
        """Search the shop's documents."""
        return f"found: {query}"

    def replies():
        return [Reply(ToolCall("search", {"query": "lamps"})), "They cost 5 euros."]

    question = {"messages": [HumanMessage("What do lamps cost?")]}
    for limit in (2, 3, 4):
        model = ScriptedChatModel(replies=replies())
        try:
            state = create_agent(model, [search]).invoke(question, {"recursion_limit": limit})
            said = state["messages"][-1].text
        except Exception as error:
            said = type(error).__name__
        print(f"limit {limit}: asked {len(model.transcript)} times, {said}")
    for rounds in (1, 2):
        model = ScriptedChatModel(replies=replies())
        try:
            said = reference.ask_ready_made(model, [search], "Be brief.", "Price?", rounds)
        except reference.TooManyRounds:
            said = "TooManyRounds"
        print(f"max_rounds {rounds}: {said}")
