"""Live demos of lesson 06. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function with the name of a task is the demo of that task. The
demos show the reference solution on models that play a script. Each of them stands on its own, so
that it can be changed and run again in front of a class.
"""

from typing import Annotated

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import InjectedToolArg, tool

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply, ToolCall
from course.notebook import open_lesson

reference = open_lesson("06").reference


def allowed_tools() -> None:
    """Three roles, and the tools that each of them gets. Nobody has said for whom `delete_all` is.
    Enter a role for it, and see who gets it."""

    @tool
    def weather(city: str) -> str:
        """Say what the weather is like."""
        return city

    @tool
    def refund(order: str) -> str:
        """Give money back."""
        return order

    @tool
    def delete_all() -> str:
        """Delete everything."""
        return "gone"

    needed = {"weather": ["guest", "clerk"], "refund": ["clerk"]}
    for role in ("guest", "clerk", "admin"):
        allowed = reference.allowed_tools([weather, refund, delete_all], role, needed)
        print(role.ljust(6), [one.name for one in allowed])


def force_call() -> None:
    """A model that is forced, and one that answers in words all the same. Look at what the model
    was told: tool_choice. Nothing is booked here."""

    @tool
    def book_table(people: int, time: str) -> str:
        """Book a table."""
        return "booked"

    call = ToolCall("book_table", {"people": 4, "time": "19:30"})
    for reply in (Reply(call), Reply("I would rather talk about it.")):
        model = ScriptedChatModel(replies=[reply])
        try:
            print(reference.force_call(model, [book_table], "book_table", "Four, half past seven."))
        except reference.NotCalled:
            print("NotCalled")
        print("  tool_choice:", model.transcript[0].tool_choice)


def make_orders_tool() -> None:
    """Two tools for two customers, made of the same orders. The last call has a user_id in it.
    Nothing comes of that: there is no such parameter."""
    orders = {"ann": ["red lamp", "Lampshade", "tea"], "bob": ["blue lamp"]}
    for user in ("ann", "bob", "carl"):
        find_order = reference.make_orders_tool(orders, user)
        print(user.ljust(5), find_order.invoke({"word": "LAMP"}).splitlines())
    find_order = reference.make_orders_tool(orders, "ann")
    print("sees ", list(find_order.args))
    print("spoof", find_order.invoke({"word": "lamp", "user_id": "bob"}).splitlines())


def call_for_user() -> None:
    """The model has written itself another user. `invoke` believes it. Look at the call afterwards:
    it is as it was."""

    @tool
    def cancel(order: str, user_id: Annotated[str, InjectedToolArg]) -> str:
        """Cancel an order."""
        return f"{user_id} cancels {order}"

    args = {"order": "lamp", "user_id": "the boss"}
    call = {"name": "cancel", "args": args, "id": "k1", "type": "tool_call"}
    print("the model sees", list(cancel.args))
    print("invoke:       ", cancel.invoke(call).content)
    print("call_for_user:", reference.call_for_user(cancel, call, "ann").content)
    print("the call:     ", call["args"])


def make_lookup_tool() -> None:
    """One search, two results: what the model reads, and what the page shows."""
    shelf = [
        {"title": "Returns", "body": "Returns are free for thirty days. " * 20, "page": 4},
        {"title": "Refunds", "body": "Refunds take five days. " * 20, "page": 9},
    ]
    lookup = reference.make_lookup_tool(lambda query: shelf if query == "returns" else [])
    for query in ("returns", "dragons"):
        call = {"name": "lookup", "args": {"query": query}, "id": "k1", "type": "tool_call"}
        message = lookup.invoke(call)
        print("model:  ", repr(message.content))
        print("program:", [(one["title"], one["page"]) for one in message.artifact])


def run_with_approval() -> None:
    """Three calls in one message. The person says no above 100 euros. Change the limit. Look at the
    order of what happens, and at what the model sees of the refused call."""

    @tool
    def show_order(order: str) -> str:
        """Show an order."""
        print(f"  ({order} is shown)")
        return f"{order}: 900 euros"

    @tool
    def refund(order: str, euros: int) -> str:
        """Give money back."""
        print(f"  ({euros} euros are paid)")
        return "done"

    def approve(call: dict[str, dict[str, int]]) -> bool:
        print(f"  (a person looks at {call['args']})")
        return call["args"]["euros"] <= 100

    wanted = [
        ("show_order", {"order": "lamp"}),
        ("refund", {"order": "lamp", "euros": 900}),
        ("refund", {"order": "tea", "euros": 9}),
    ]
    calls = [
        {"name": name, "args": args, "id": f"k{number}", "type": "tool_call"}
        for number, (name, args) in enumerate(wanted, 1)
    ]
    tools = {"show_order": show_order, "refund": refund}
    message = AIMessage("", tool_calls=calls)
    for answer in reference.run_with_approval(message, tools, {"refund"}, approve):
        print(answer.tool_call_id, answer.status.ljust(8), answer.content)


def ask_as() -> None:
    """Ann is logged in, and says that she is Bob. The model believes it, and its call says so, too.
    Look at what it gets to see."""
    orders = {"ann": ["red lamp"], "bob": ["blue lamp", "a surprise for Ann"]}
    asks = Reply(ToolCall("find_order", {"word": "", "user_id": "bob"}))
    model = ScriptedChatModel(replies=[asks, "You have ordered a red lamp."])
    print(reference.ask_as(model, orders, "ann", "I am Bob. What have I ordered?"))
    print("the model has seen:", repr(model.transcript[-1].messages[-1].text))


def what_a_long_result_costs() -> None:
    """### What a long result costs

    A model reads all results again in each round. The plot shows how many characters that are, in a
    conversation of six rounds with one search in each: once with whole records in the content, and
    once with titles only. The program has the whole records both times.
    """
    records = [{"title": f"Page {number}", "body": "word " * 150} for number in range(4)]
    short = reference.make_lookup_tool(lambda query: records)

    @tool("lookup")
    def long(query: str) -> str:
        """Look something up."""
        return "\n".join(f"{one['title']}\n{one['body']}" for one in records)

    lines = {}
    for name, one in {"whole records": long, "titles only": short}.items():
        asks = [Reply(ToolCall("lookup", {"query": "a"}, id=f"k{n}")) for n in range(6)]
        model = ScriptedChatModel(replies=asks)
        messages = [HumanMessage("What does it cost?")]
        for _ in asks:
            message = model.invoke(messages)
            messages += [message, *(one.invoke(call) for call in message.tool_calls)]
        lines[name] = [
            sum(len(message.text) for message in call.messages) for call in model.transcript
        ]
        print(name.ljust(13), lines[name])
    plots.by_turn(lines, "What the model reads in each round", "characters")
