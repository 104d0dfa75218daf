"""What the prompt of lesson 05 offers: `make play-05`.

Every name here can be used there. TRY has a line for each task.
"""

import asyncio

from langchain_core.messages import AIMessage
from langchain_core.tools import ToolException, tool


@tool
def delivery(city: str, express: bool = False) -> str:
    """Say when a parcel arrives in a city."""
    return f"{city}: {'tomorrow' if express else 'in 2 days'}"


@tool
def refund(order: int) -> str:
    """Pay the price of an order back."""
    if order < 0:
        raise ToolException("An order has a positive number.")
    raise RuntimeError("bank.internal refuses the password 'tulip-7'")


@tool
async def stock(product: str) -> str:
    """Say how many pieces of a product there are. It takes a second."""
    await asyncio.sleep(1)
    return f"{product}: 12"


TOOLS = {"delivery": delivery, "refund": refund, "stock": stock}

CALL = {"name": "delivery", "args": {"city": "Rome"}, "id": "k1", "type": "tool_call"}
WRONG = {"name": "delivery", "args": {"town": "Rome"}, "id": "k2", "type": "tool_call"}
BROKEN = {"name": "refund", "args": {"order": 17}, "id": "k3", "type": "tool_call"}
SLOW = {"name": "stock", "args": {"product": "tent"}, "id": "k4", "type": "tool_call"}
CUT = {"name": "delivery", "args": '{"city": "Ro', "id": "k5", "error": None}

MESSAGE = AIMessage("", tool_calls=[CALL, WRONG, BROKEN, SLOW])
"""A message with four calls. Two of them go wrong."""

HALF_READ = AIMessage("", tool_calls=[CALL, WRONG], invalid_tool_calls=[CUT])
"""A message with a call that goes well, one that goes wrong, and one that cannot be read."""

TRY = {
    "error_message": 'error_message(CALL, "No such city.")',
    "shorten": 'shorten("word " * 50, 60)',
    "safe_call": "safe_call(refund, BROKEN)",
    "answer_all_calls": "answer_all_calls(HALF_READ, TOOLS)",
    "call_with_retry": "call_with_retry(delivery, CALL)",
    "call_together": "await call_together(MESSAGE, TOOLS)",
    "is_stuck": 'is_stuck([AIMessage("", tool_calls=[CALL])] * 3)',
}
