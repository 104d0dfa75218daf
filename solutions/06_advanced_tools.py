"""Lesson 06: Advanced Tools.

Seven tasks about who decides what a tool does: your program, a person or the model. Each docstring
is the contract: what it promises is what the tests check. One rule holds for the whole lesson.

* The program decides who, not the model. What a model writes is text, and a stranger may have put
  it there. So who the user is, and what may be done, never comes from a call.

The calls in the docstrings run at the prompt of `make play-06`. There, `BOTH` is a message that
calls `weather` and `refund`, and `clerk` makes a model that calls one tool. No task needs an event
loop of its own. What a docstring leaves open is not graded.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.tools import BaseTool, tool

# Given. There is nothing to do here, but use it.


class NotCalled(Exception):
    """The model has not called the tool that it had to call."""


# Your part.


def allowed_tools(
    tools: Iterable[BaseTool], role: str, needed: Mapping[str, Collection[str]]
) -> list[BaseTool]:
    """Choose the tools that somebody with this role may use.

    * Return the tools whose roles contain `role`, in order. `needed["weather"]` has the roles that
      may use the tool "weather".
    * Roles are compared as a whole. No role may do more than is written there.
    * A tool that `needed` does not name is for nobody.
    * `tools` and `needed` stay as they are. `tools` may be an iterator.

    >>> [one.name for one in allowed_tools([weather, refund], "guest", {"weather": ["guest"]})]
    ['weather']
    """
    return [one for one in tools if role in needed.get(one.name, ())]


def force_call(
    model: BaseChatModel, tools: Sequence[BaseTool], name: str, question: str
) -> dict[str, Any]:
    """Make a model call one certain tool, and return the arguments that it writes.

    * Bind all `tools`, with a `tool_choice` that forces the one called `name`.
    * Ask the question once, unchanged. No tool runs.
    * Return the arguments of the first call of that tool: a dict, which may be empty.
    * If there is no such call, raise `NotCalled`.

    >>> force_call(clerk("refund", order="lamp"), [weather, refund], "refund", "My lamp broke.")
    {'order': 'lamp'}
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def make_orders_tool(orders: Mapping[str, Sequence[str]], user_id: str) -> BaseTool:
    """Make a tool called "find_order", for one user only.

    * `orders` has for each user a list of orders. The tool takes one argument, `word` (str).
    * It returns the orders of this user that contain the word, one a line, in order. Upper and
      lower case do not matter.
    * If there are none, it returns a sentence. So it does for a user who is not in `orders`.
    * The model can neither see the user nor choose another one: not in the schema, not in a result.

    >>> make_orders_tool({"ann": ["red lamp"], "bob": ["tea"]}, "ann").invoke({"word": "LAMP"})
    'red lamp'
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        mine = orders.get(user_id, ())
        found = [order for order in mine if word.lower() in order.lower()]
        return "\n".join(found) or "There is no such order."

    return find_order


def call_for_user(tool: BaseTool, call: ToolCall, user_id: str) -> ToolMessage:
    """Run a call of a tool that has a parameter `user_id`, which no model sees.

    * The tool gets `user_id`, whatever the model has written there.
    * It gets all other arguments as they are. It runs once.
    * Return its ToolMessage, with the id of the call.
    * `call` stays as it is, and so do its arguments.

    >>> call = ToolCall(name="cancel", args={"order": "lamp"}, id="k1", type="tool_call")
    >>> call_for_user(cancel, call, "ann")
    ToolMessage(content='ann cancels lamp', name='cancel', tool_call_id='k1')
    """
    args = {**call["args"], "user_id": user_id}
    message: ToolMessage = tool.invoke({**call, "args": args})
    return message


def make_lookup_tool(find: Callable[[str], list[dict[str, Any]]]) -> BaseTool:
    """Make a tool called "lookup" that tells the model little, and the program all.

    * It takes one argument, `query` (str), and calls `find(query)` once. That gives records.
    * The content is for the model: `record["title"]` of each record, one a line. A sentence if
      there are none.
    * The artifact is for the program: the list of all records, whole and in order.

    >>> call = ToolCall(name="lookup", args={"query": "tea"}, id="k1", type="tool_call")
    >>> make_lookup_tool(lambda query: [{"title": "Tea", "body": "..."}]).invoke(call).artifact
    [{'title': 'Tea', 'body': '...'}]
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up, and return the titles of what is found."""
        records = find(query)
        titles = "\n".join(record["title"] for record in records)
        return titles or "Nothing was found.", records

    return lookup


def run_with_approval(
    message: AIMessage,
    tools: Mapping[str, BaseTool],
    risky: Collection[str],
    approve: Callable[[ToolCall], bool],
) -> list[ToolMessage]:
    """Run the calls of a message, and let a person say no to risky ones.

    * Return a `ToolMessage` for each call, in order, with its id. All calls are in
      `message.tool_calls`, and all tools in `tools`.
    * If the name is in `risky`, ask `approve(call)`: once, and right before the tool would run.
      About other calls, nobody is asked.
    * If it says no, the tool does not run. The call gets a message with `status="error"` and a
      sentence, and the rest goes on.

    >>> [answer.status for answer in run_with_approval(BOTH, TOOLS, {"refund"}, lambda call: False)]
    ['success', 'error']
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            text = "A person has refused this call. Do not try it again."
            answers.append(ToolMessage(text, tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def ask_as(
    model: BaseChatModel, orders: Mapping[str, Sequence[str]], user_id: str, question: str
) -> str:
    """Ask an agent about the orders of one user, and return the text of its answer.

    * The agent has one tool, `find_order` as above. It goes on until the model is done.
    * All that the model sees of the tool is `word`. No prompt names the user.
    * Other arguments that the model makes up change nothing.
    * The next call may be for another user.

    >>> ask_as(clerk("find_order", word="lamp"), {"ann": ["red lamp"]}, "ann", "Is it there?")
    'Done.'
    """
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    state = agent.invoke({"messages": [HumanMessage(question)]})
    answer: str = state["messages"][-1].text
    return answer
