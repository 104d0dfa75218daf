"""What the prompt of lesson 04 offers: `make play-04`.

Every name here can be used there. TRY has a line for each task.
"""

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply, ToolCall

QUESTION = "Is it sunny in Rome?"


@tool
def weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"sunny in {city}"


@tool
def opening_hours(place: str) -> str:
    """Say when a place is open."""
    return f"{place}: 9 to 17"


TOOLS = {"weather": weather, "opening_hours": opening_hours}


def guide():
    """Return a new model that looks up the weather in Rome, and then answers."""
    asks = Reply("Let me look.", ToolCall("weather", {"city": "Rome"}))
    return ScriptedChatModel(replies=[asks, Reply.of("It is sunny in Rome.")])


def restless():
    """Return a model that asks for a tool again and again."""
    return ScriptedChatModel(replies={"": Reply(ToolCall("weather", {"city": "Rome"}))})


ASKED = [HumanMessage(QUESTION), AIMessage("It is.")]

TRY = {
    "wants_tools": "wants_tools(guide().invoke(QUESTION))",
    "final_answer": "final_answer(ASKED)",
    "run_calls": "run_calls(guide().invoke(QUESTION), TOOLS)",
    "agent_turn": "agent_turn(guide(), TOOLS, [HumanMessage(QUESTION)])",
    "run_agent": "run_agent(guide(), TOOLS, QUESTION)",
    "agent_steps": "show(agent_steps(guide(), TOOLS, QUESTION))",
    "ask_ready_made": 'ask_ready_made(guide(), [weather], "Be brief.", QUESTION)',
}
