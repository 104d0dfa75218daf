"""What the prompt of lesson 06 offers: `make play-06`.

Every name here can be used there. TRY has a line for each task.
"""

from typing import Annotated

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.tools import InjectedToolArg, tool

from course.fakes import script
from course.fakes.chat_models import ScriptedChatModel


@tool
def weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"sunny in {city}"


@tool
def refund(order: str) -> str:
    """Give the money for an order back."""
    return f"refunded {order}"


@tool
def cancel(order: str, user_id: Annotated[str, InjectedToolArg]) -> str:
    """Cancel an order."""
    return f"{user_id} cancels {order}"


TOOLS = {"weather": weather, "refund": refund}
ORDERS = {"ann": ["red lamp", "green tea"], "bob": ["blue lamp"]}
ROLES = {"weather": ["guest", "clerk"], "refund": ["clerk"]}

CALL = ToolCall(name="cancel", args={"order": "lamp", "user_id": "bob"}, id="k1", type="tool_call")
LOOKUP = ToolCall(name="lookup", args={"query": "tea"}, id="k2", type="tool_call")
BOTH = AIMessage(
    "",
    tool_calls=[
        ToolCall(name="weather", args={"city": "Rome"}, id="k3", type="tool_call"),
        ToolCall(name="refund", args={"order": "lamp"}, id="k4", type="tool_call"),
    ],
)


def clerk(name, **arguments):
    """Return a new model that calls one tool, and says "Done." afterwards."""
    asks = script.Reply(script.ToolCall(name, arguments))
    return ScriptedChatModel(replies=[asks, "Done."])


def find(query):
    """Find records: a title for the model, and a text that it does not need."""
    return [{"title": f"All about {query}", "body": "A long text."}]


TRY = {
    "allowed_tools": 'allowed_tools(TOOLS.values(), "guest", ROLES)',
    "force_call": 'force_call(clerk("refund", order="tea"), [refund], "refund", "Hi")',
    "make_orders_tool": 'make_orders_tool(ORDERS, "ann").invoke({"word": "LAMP"})',
    "call_for_user": 'call_for_user(cancel, CALL, "ann")',
    "make_lookup_tool": "make_lookup_tool(find).invoke(LOOKUP)",
    "run_with_approval": 'run_with_approval(BOTH, TOOLS, {"refund"}, lambda call: False)',
    "ask_as": 'ask_as(clerk("find_order", word="tea"), ORDERS, "ann", "Any tea?")',
}
