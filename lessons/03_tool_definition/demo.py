"""Live demos of lesson 03. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function with the name of a task is the demo of that task. The
demos show the reference solution, on tools that are made here. Each of them stands on its own, so
that it can be changed and run again in front of a class.
"""

import json
from typing import Annotated, Literal

from langchain_core.messages import ToolCall
from langchain_core.tools import StructuredTool, tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from course import plots
from course.fakes.clock import virtual_time
from course.fakes.script import Pause, split_tokens
from course.fakes.sources import Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("03").reference


def make_discount_tool() -> None:
    """Here is a tool, and everything that a model sees of it. The price may come as text: the
    schema says that it is a number, so it becomes one. Change the price, and leave out the
    percent."""
    discount = reference.make_discount_tool()
    print(discount.name, "-", discount.description)
    for name, schema in discount.args.items():
        print(f"  {name}: {schema}")
    for arguments in ({"price": 20}, {"price": "20", "percent": 25}, {"price": 9.99}):
        print(arguments, "->", discount.invoke(arguments))


def toolbox() -> None:
    """Three boxes of tools. The first one is fine. In the second, one tool would hide another. In
    the third, a name is one that providers refuse: LangChain would send it."""
    for names in (["weather", "news"], ["weather", "news", "weather"], ["weather", "todays news"]):
        tools = [
            StructuredTool.from_function(lambda: "done", name=name, description="Look it up.")
            for name in names
        ]
        try:
            print(list(reference.toolbox(tools)))
        except ValueError as error:
            print("ValueError:", error)


def tool_line() -> None:
    """What a model may write, in one line for each tool. Look at the defaults: 0, false and null
    are some, too."""

    @tool
    def book(room: str, nights: int = 0, breakfast: bool = False, note: str | None = None) -> str:
        """Book a room."""
        return room

    @tool
    def now() -> str:
        """Tell the time."""
        return "9:30"

    for one in (book, now, reference.make_discount_tool()):
        print(reference.tool_line(one))


def run_call() -> None:
    """A model asks for two tools at once. Each result carries the id of its call. The third call is
    for another tool: `invoke` would run it all the same."""

    @tool
    def weather(city: str) -> dict[str, object]:
        """Return the weather."""
        return {"city": city, "rain": None, "sun": True}

    calls = [
        ToolCall(name="weather", args={"city": city}, id=f"call-{number}", type="tool_call")
        for number, city in enumerate(("Lübeck", "Rome"), 7)
    ]
    for call in calls:
        print(call["id"], call["args"], "->", repr(reference.run_call(weather, call)))
    wrong: ToolCall = {**calls[0], "name": "delete_city"}
    print("invoke: ", repr(weather.invoke(wrong)))
    try:
        reference.run_call(weather, wrong)
    except ValueError as error:
        print("run_call:", error)


def make_search_tool() -> None:
    """A search with bounds. What is out of bounds never reaches the search behind the tool."""
    shelf = ["green tea", "black tea", "teapot", "tea cup", "kettle"]

    def search(query: str, limit: int) -> list[str]:
        print(f"  (the search is asked for {query!r}, {limit})")
        return [product for product in shelf if query in product][:limit]

    search_shop = reference.make_search_tool(search)
    print(search_shop.args["limit"])
    for arguments in ({"query": "tea"}, {"query": "mug"}, {"query": "tea", "limit": 99}):
        print(arguments)
        try:
            print(" ", repr(search_shop.invoke(arguments)))
        except ValueError as error:
            print(" ", str(error).splitlines()[2].strip())


def make_ticket_tool() -> None:
    """Three priorities, and nothing else. `LOW` is refused, too: guessing what is meant is how a
    wrong ticket gets saved."""
    open_ticket = reference.make_ticket_tool(lambda *values: f"saved {values}")
    print(open_ticket.args["priority"]["enum"])
    for arguments in (
        {"title": "Lost parcel"},
        {"title": "Lost parcel", "priority": "high", "tags": ["mail"]},
        {"title": "Lost parcel", "priority": "LOW"},
        {"title": ""},
    ):
        try:
            print(open_ticket.invoke(arguments))
        except ValueError as error:
            print("refused:", *(line.strip() for line in str(error).splitlines()[1:3]))


def weak_spots() -> None:
    """The same tool twice. Read the first one as a model would, without its code: what would you
    write for `q`?"""

    @tool
    def search(q, n: int = 5, sort=None):
        """Search."""

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words to look for")],
        limit: Annotated[int, Field(description="the most products", ge=1, le=10)] = 5,
        sort: Annotated[Literal["price", "name"], Field(description="what comes first")] = "name",
    ) -> str:
        """Search the shop for products. Use it before you say that there is nothing."""

    for one in (search, search_shop):
        print(reference.tool_line(one))
        print("  ", reference.weak_spots(convert_to_openai_tool(one)) or "no weak spots")


def what_is_sent_with_every_question() -> None:
    """### What is sent with every question

    Good descriptions are longer. That is the price, and it is paid with each question. Most
    providers keep what is always the same in a cache, so keep the order of the tools.
    """

    @tool
    def search(q, n=5):
        """Search."""

    tools = {
        "a bad schema": search,
        "a good schema": reference.make_search_tool(lambda query, limit: []),
        "a choice": reference.make_ticket_tool(lambda *values: ""),
    }
    for name, one in tools.items():
        sent = json.dumps(convert_to_openai_tool(one))
        print(f"{name:14} {len(sent):4} characters   {sent[:60]}...")


def a_call_is_written_piece_by_piece() -> None:
    """### A call is written piece by piece

    A model writes a call as it writes text: one token after the other. The plot shows when each
    piece of the arguments arrives (in virtual time: it is the same each time). Before the last
    brace there is no call that could be run. Lesson 14 shows such calls while they grow.
    """
    arguments = json.dumps({"query": "green tea", "limit": 3})
    pieces = split_tokens(arguments)
    with virtual_time():
        came = arrivals(Source([item for piece in pieces for item in (Pause(0.25), piece)]))
    plots.arrivals_by_source({"arguments": came}, f"One call of search_shop, in {len(came)} pieces")
