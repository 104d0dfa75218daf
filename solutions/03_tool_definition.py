"""Lesson 03: Tool Definition.

Seven tasks about tools: functions that a model may ask for. Each docstring is the contract: what it
promises is what the tests check. One rule holds for the whole lesson.

* The schema is all that a model sees: the name, the description and the parameters. It never sees
  your code.

No task asks a model, and no task needs an event loop of its own. What a docstring leaves open is
not graded.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.tools import BaseTool, tool
from pydantic import Field

# Given. There is nothing to do here, but use it.

TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""The names that all large providers take. The pattern has to match the whole name."""

TYPE_KEYS = ("type", "anyOf", "enum", "$ref")
"""What can say in a schema of which type a parameter is."""


# Your part.


def make_discount_tool() -> BaseTool:
    """Make a tool called "discount".

    * It takes `price` and `percent`, both floats. `percent` is 10 if it is not given.
    * It returns what is left of the price, rounded to two places.
    * It has a description, in your words. `@tool` takes it from the docstring of a function.

    >>> make_discount_tool().invoke({"price": 20})
    18.0
    """

    @tool
    def discount(price: float, percent: float = 10) -> float:
        """Return the price that is left after a discount of some percent."""
        return round(price * (100 - percent) / 100, 2)

    return discount


def toolbox(tools: Iterable[BaseTool]) -> dict[str, BaseTool]:
    """Put tools in a dict, to find each by its name.

    * Each tool stands under its name, in the order of `tools`, which may be an iterator.
    * Two tools of one name: ValueError.
    * A name that TOOL_NAME does not match from beginning to end: ValueError.

    >>> list(toolbox([make_discount_tool()]))
    ['discount']
    """
    box: dict[str, BaseTool] = {}
    for one in tools:
        if not TOOL_NAME.fullmatch(one.name):
            raise ValueError(f"no provider takes the name {one.name!r}")
        if one.name in box:
            raise ValueError(f"two tools are called {one.name!r}")
        box[one.name] = one
    return box


def tool_line(tool: BaseTool) -> str:
    """Return a tool in one line, such as `weather(city: string, days: integer = 3)`.

    * In the brackets stands what is in `tool.args`, in that order.
    * After the colon comes the "type" in its schema, or `any` if there is none.
    * After " = " comes its "default" as JSON, if there is one: 0, "" and null are some, too.

    >>> tool_line(make_discount_tool())
    'discount(price: number, percent: number = 10)'
    """
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def run_call(tool: BaseTool, call: ToolCall) -> ToolMessage:
    """Run a tool once, as a model has asked for it in `call`.

    * Return its result as a ToolMessage, with the id of the call and the name of the tool.
    * A text stays as it is. A dict is written as JSON.
    * A call for another tool: ValueError, and nothing runs.
    * `call` stays as it is.

    >>> call = ToolCall(name="discount", args={"price": 20}, id="k1", type="tool_call")
    >>> run_call(make_discount_tool(), call)
    ToolMessage(content='18.0', name='discount', tool_call_id='k1')

    Fine print:
    The call has a "type", as here: each call of a model does.
    """
    if call["name"] != tool.name:
        raise ValueError(f"the call is for {call['name']!r}, not for {tool.name!r}")
    message: ToolMessage = tool.invoke(call)
    return message


def make_search_tool(search: Callable[[str, int], list[str]]) -> BaseTool:
    """Make a tool called "search_shop".

    * It takes `query` (str) and `limit` (int, 1 to 10; 3 if not given).
    * The schema has the bounds of `limit`, and a description of each parameter.
    * It returns what `search(query, limit)` finds, one a line, or a sentence if nothing is found.
    * Wrong values: ValueError (pydantic's is one), and `search` is not called.

    >>> make_search_tool(lambda query, limit: ["tea", "teapot"][:limit]).invoke({"query": "tea"})
    'tea\\nteapot'
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words to look for")],
        limit: Annotated[int, Field(description="the most products to show", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        found = search(query, limit)
        return "\n".join(found) if found else "No product was found."

    return search_shop


def make_ticket_tool(save: Callable[[str, str, list[str]], str]) -> BaseTool:
    """Make a tool called "open_ticket".

    * It takes `title` (str, not empty), `priority` (str, "normal" if not given) and `tags` (a list
      of str, empty if not given).
    * A priority is "low", "normal" or "high", and the schema lists these three.
    * It returns what `save(title, priority, tags)` gives.
    * Wrong values: ValueError (pydantic's is one), and `save` is not called.

    >>> make_ticket_tool(lambda *values: f"saved {values}").invoke({"title": "Lost parcel"})
    "saved ('Lost parcel', 'normal', [])"
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],  # noqa: B006 - pydantic makes a new one for each call
    ) -> str:
        """Open a ticket for a person to look at."""
        return save(title, priority, tags)

    return open_ticket


def weak_spots(schema: Mapping[str, Any]) -> list[str]:
    """Name what a tool's schema, as `convert_to_openai_tool` makes it, does not say.

    * First "description", if the tool has none. Blank is none.
    * Then for each parameter "city: type", if it has none of TYPE_KEYS, and after that
      "city: description", if it has none. Blank is none.
    * `parameters` may be missing, or `properties` in it: then there are none.

    >>> weak_spots({"function": {"parameters": {"properties": {"city": {"type": "string"}}}}})
    ['description', 'city: description']
    """
    function = schema["function"]
    spots = [] if function.get("description", "").strip() else ["description"]
    for name, parameter in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in parameter for key in TYPE_KEYS):
            spots.append(f"{name}: type")
        if not parameter.get("description", "").strip():
            spots.append(f"{name}: description")
    return spots
