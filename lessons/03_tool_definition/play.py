"""What the prompt of lesson 03 offers: `make play-03`.

Every name here can be used there. TRY has a line for each task.
"""

from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool


@tool
def weather(city: str, days: int = 3) -> str:
    """Return the weather in a city for the next days."""
    return f"{city}: rain for {days} days"


CALL = {"name": "weather", "args": {"city": "Lisbon"}, "id": "call-7", "type": "tool_call"}
"""What a model writes that wants to know the weather."""


def search(query: str, limit: int) -> list[str]:
    """Find what has the query in its name."""
    shelf = ["green tea", "black tea", "teapot", "tea cup", "kettle"]
    return [product for product in shelf if query in product][:limit]


def save(title: str, priority: str, tags: list[str]) -> str:
    """Say what would be saved."""
    return f"saved: {title} ({priority}) {tags}"


TRY = {
    "make_discount_tool": 'make_discount_tool().invoke({"price": 20})',
    "toolbox": "list(toolbox([weather, make_discount_tool()]))",
    "tool_line": "tool_line(weather)",
    "run_call": "run_call(weather, CALL)",
    "make_search_tool": 'make_search_tool(search).invoke({"query": "tea"})',
    "make_ticket_tool": 'make_ticket_tool(save).invoke({"title": "Lost parcel"})',
    "weak_spots": "weak_spots(convert_to_openai_tool(weather))",
}
