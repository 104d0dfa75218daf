"""Right answers to lesson 06 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# allowed_tools


def allowed_tools__a_loop(tools, role, needed):
    """It collects them in a loop, and asks twice."""
    allowed = []
    for one in tools:
        if one.name in needed and role in needed[one.name]:
            allowed.append(one)
    return allowed


def allowed_tools__tries(tools, role, needed):
    """It asks for forgiveness."""
    allowed, needed = [], dict(needed)
    for one in tools:
        try:
            roles = needed[one.name]
        except KeyError:
            continue
        if any(other == role for other in roles):
            allowed.append(one)
    return allowed


def allowed_tools__names_first(tools, role, needed):
    """It first finds the names of all tools that this role may use."""
    names = {name for name, roles in needed.items() if role in set(roles)}
    return list(filter(lambda one: one.name in names, tools))


def allowed_tools__a_generator(tools, role, needed):
    """It has a generator inside."""

    def allowed():
        for one in tools:
            if role in needed.get(one.name, frozenset()):
                yield one

    return [*allowed()]


# force_call


def force_call__the_dict_of_openai(model, tools, name, question):
    """It writes tool_choice as OpenAI does."""
    choice = {"type": "function", "function": {"name": name}}
    bound = model.bind_tools(list(tools), tool_choice=choice)
    message = bound.invoke([HumanMessage(question)])
    found = [call["args"] for call in message.tool_calls if call["name"] == name]
    if not found:
        raise NotCalled(name)
    return found[0]


def force_call__next(model, tools, name, question):
    """It takes the first call with next."""
    message = model.bind_tools(tools, tool_choice=name).invoke([HumanMessage(question)])
    calls = (call for call in message.tool_calls if call["name"] == name)
    try:
        return next(calls)["args"]
    except StopIteration:
        raise NotCalled(f"{name} was not called") from None


def force_call__none_for_nothing(model, tools, name, question):
    """It knows an empty dict from None."""
    message = model.bind_tools(tools, tool_choice=name).invoke([("human", question)])
    args = None
    for call in reversed(message.tool_calls):
        if call["name"] == name:
            args = call["args"]
    if args is None:
        raise NotCalled
    return dict(args)


def force_call__with_rules(model, tools, name, question):
    """It says in a system message of its own what is wanted, and forces it as well."""
    from langchain_core.messages import SystemMessage

    bound = model.bind_tools([*tools], tool_choice=name)
    rules = SystemMessage("Fill in what is asked for.")
    for call in bound.invoke([rules, HumanMessage(question)]).tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


# make_orders_tool


def make_orders_tool__from_function(orders, user_id):
    """It makes the tool of a function in another way, and compares with casefold."""
    from langchain_core.tools import StructuredTool

    def find(word: str) -> str:
        lines = []
        for order in orders.get(user_id, []):
            if word.casefold() in order.casefold():
                lines.append(order)
        return "\n".join(lines) if lines else f"No order contains {word}."

    return StructuredTool.from_function(find, name="find_order", description="Find an order.")


def make_orders_tool__a_class(orders, user_id):
    """It is a class of its own."""
    from pydantic import BaseModel

    mine = list(orders.get(user_id, []))

    class Arguments(BaseModel):
        word: str

    class FindOrder(BaseTool):
        name: str = "find_order"
        description: str = "Find orders."
        args_schema: type[BaseModel] = Arguments

        def _run(self, word: str) -> str:
            found = [order for order in mine if word.upper() in order.upper()]
            return "\n".join(found) or "None of the orders contains this word."

    return FindOrder()


def make_orders_tool__a_schema(orders, user_id):
    """Its arguments are a class."""
    from pydantic import BaseModel

    class Arguments(BaseModel):
        word: str

    @tool(args_schema=Arguments)
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        if user_id not in orders:
            return "There are no orders."
        found = [one for one in orders[user_id] if one.lower().find(word.lower()) >= 0]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__described(orders, user_id):
    """Its parameter has a description, and a default."""
    from typing import Annotated

    from pydantic import Field

    @tool("find_order", parse_docstring=False)
    def search(word: Annotated[str, Field(description="what to look for")] = "") -> str:
        """Find the orders of the customer that contain a word."""
        low = word.lower()
        return "\n".join(filter(lambda one: low in one.lower(), orders.get(user_id, ()))) or "No."

    return search


# call_for_user


def call_for_user__a_deep_copy(tool, call, user_id):
    """It copies the whole call, and writes into the copy."""
    import copy

    mine = copy.deepcopy(call)
    mine["args"]["user_id"] = user_id
    return tool.invoke(mine)


def call_for_user__strips_and_adds(tool, call, user_id):
    """It takes out what the model has written, and then adds the user."""
    args = {name: value for name, value in call["args"].items() if name != "user_id"}
    args["user_id"] = user_id
    return tool.invoke(ToolCall(name=call["name"], args=args, id=call["id"], type="tool_call"))


def call_for_user__two_levels(tool, call, user_id):
    """It copies the two levels one after the other."""
    mine = dict(call)
    mine["args"] = dict(call["args"], user_id=user_id)
    return tool.invoke(mine)


# make_lookup_tool


def make_lookup_tool__a_class(find):
    """It is a class of its own."""

    class Lookup(BaseTool):
        name: str = "lookup"
        description: str = "Look something up."
        response_format: str = "content_and_artifact"

        def _run(self, query: str) -> tuple[str, list[dict[str, Any]]]:
            records = find(query)
            if not records:
                return "I have found nothing.", []
            return "\n".join([one["title"] for one in records]), records

    return Lookup()


def make_lookup_tool__from_function(find):
    """It makes the tool of a function in another way."""
    from langchain_core.tools import StructuredTool

    def run(query: str):
        found = list(find(query))
        lines = ""
        for number, one in enumerate(found):
            lines += ("\n" if number else "") + one["title"]
        return (lines if found else f"Nothing for {query}."), found

    return StructuredTool.from_function(
        run,
        name="lookup",
        description="Look something up.",
        response_format="content_and_artifact",
    )


def make_lookup_tool__a_message(find):
    """It makes the message itself, with an id that it is given."""
    from typing import Annotated

    from langchain_core.tools import InjectedToolCallId

    @tool
    def lookup(query: str, tool_call_id: Annotated[str, InjectedToolCallId]) -> ToolMessage:
        """Look something up."""
        records = find(query)
        text = "\n".join(one["title"] for one in records) or "There is nothing."
        return ToolMessage(text, name="lookup", tool_call_id=tool_call_id, artifact=records)

    return lookup


# run_with_approval


def run_with_approval__continue(message, tools, risky, approve):
    """It deals with what is refused first, and goes on."""
    answers = []
    for call in message.tool_calls:
        name = call["name"]
        if name in risky and not approve(call):
            refusal = ToolMessage(
                content=f"Not allowed: {name}.",
                name=name,
                tool_call_id=call["id"],
                status="error",
            )
            answers.append(refusal)
            continue
        answers.append(tools[name].invoke(call))
    return answers


def run_with_approval__a_function_inside(message, tools, risky, approve):
    """It answers each call in a function of its own."""

    def answer(call):
        if call["name"] not in risky or approve(call):
            return tools[call["name"]].invoke(call)
        return ToolMessage("The customer said no.", tool_call_id=call["id"], status="error")

    return [answer(call) for call in message.tool_calls]


def run_with_approval__two_conditions(message, tools, risky, approve):
    """It has an if inside of an if, and makes the message of a result itself."""
    answers = []
    for call in message.tool_calls:
        allowed = True
        if call["name"] in risky:
            allowed = approve(dict(call))
        if allowed:
            content = tools[call["name"]].invoke(call["args"])
            answers.append(ToolMessage(content, tool_call_id=call["id"]))
        else:
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
    return answers


# ask_as


def ask_as__the_runtime(model, orders, user_id, question):
    """The tool finds the user in the context of the run."""
    from langchain.tools import ToolRuntime

    @tool
    def find_order(word: str, runtime: ToolRuntime[str]) -> str:
        """Find the orders of the customer that contain a word."""
        mine = orders.get(runtime.context, ())
        return "\n".join(one for one in mine if word.lower() in one.lower()) or "There is none."

    agent = create_agent(model, [find_order], context_schema=str)
    state = agent.invoke({"messages": [HumanMessage(question)]}, context=user_id)
    return state["messages"][-1].text


def ask_as__the_runtime_with_a_dict(model, orders, user_id, question):
    """The context is a dict, and the tool of task 3 is made inside of the tool."""
    from langchain.tools import ToolRuntime

    @tool
    def find_order(word: str, runtime: ToolRuntime[dict[str, str]]) -> str:
        """Find the orders of the customer that contain a word."""
        return make_orders_tool(orders, runtime.context["user"]).invoke({"word": word})

    agent = create_agent(model, [find_order], context_schema=dict, system_prompt="Be brief.")
    asked = {"messages": [{"role": "user", "content": question}]}
    return agent.invoke(asked, context={"user": user_id})["messages"][-1].text


def ask_as__a_loop(model, orders, user_id, question):
    """It has a loop of its own."""
    find_order = make_orders_tool(orders, user_id)
    bound = model.bind_tools([find_order])
    messages = [HumanMessage(question)]
    while True:
        message = bound.invoke(messages)
        if not message.tool_calls:
            return message.text
        messages += [message, *(find_order.invoke(call) for call in message.tool_calls)]


def ask_as__run_with_approval(model, orders, user_id, question):
    """It runs the calls with the task before."""
    tools = {"find_order": make_orders_tool(orders, user_id)}
    bound, messages = model.bind_tools(list(tools.values())), [HumanMessage(question)]
    message = bound.invoke(messages)
    while message.tool_calls:
        messages.append(message)
        messages.extend(run_with_approval(message, tools, (), lambda call: True))
        message = bound.invoke(messages)
    return message.text
