"""What beginners write first for lesson 06: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and these are first attempts.
# ruff: noqa: B023, E712, E722, F401, F821, F841, S110, SIM115


# allowed_tools


def allowed_tools__gives_names(tools, role, needed):
    """The learner takes the name of a tool for the tool."""
    return [one.name for one in tools if role in needed.get(one.name, [])]


def allowed_tools__a_tool_as_a_key(tools, role, needed):
    """The learner has overlooked that the keys are names, not tools."""
    return [one for one in tools if role in needed.get(one, [])]


def allowed_tools__returns_in_the_loop(tools, role, needed):
    """The learner has overlooked that return ends the loop in its first round."""
    allowed = []
    for one in tools:
        if one.name in needed and role in needed[one.name]:
            allowed.append(one)
        return allowed


def allowed_tools__compares_with_the_list(tools, role, needed):
    """The learner believes that a text equals a list that has it."""
    return [one for one in tools if needed.get(one.name) == role]


def allowed_tools__yields(tools, role, needed):
    """The learner believes that a generator is a list."""
    for one in tools:
        if role in needed.get(one.name, []):
            yield one


def allowed_tools__removes_while_it_loops(tools, role, needed):
    """The learner has overlooked that a list from which one takes while looping skips items."""
    tools = list(tools)
    for one in tools:
        if role not in needed.get(one.name, []):
            tools.remove(one)
    return tools


def allowed_tools__keeps_append(tools, role, needed):
    """The learner believes that append returns the list."""
    allowed = []
    for one in tools:
        if role in needed.get(one.name, []):
            allowed = allowed.append(one)
    return allowed


def allowed_tools__a_misspelt_dict(tools, role, needed):
    """The learner has misspelt the name of a parameter."""
    return [one for one in tools if role in need.get(one.name, [])]


# force_call


def force_call__throws_the_bound_model_away(model, tools, name, question):
    """The learner believes that bind_tools changes the model."""
    model.bind_tools(tools, tool_choice=name)
    message = model.invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__an_attribute_of_a_dict(model, tools, name, question):
    """The learner believes that a call is an object with attributes."""
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call.name == name:
            return call.args
    raise NotCalled


def force_call__a_wrong_key(model, tools, name, question):
    """The learner has the wrong name for the key of the arguments."""
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["arguments"]
    raise NotCalled


def force_call__raises_in_the_loop(model, tools, name, question):
    """The learner has overlooked that else belongs to the first call, not to the loop."""
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
        else:
            raise NotCalled
    raise NotCalled


def force_call__a_misspelt_keyword(model, tools, name, question):
    """The learner has misspelt the keyword of a library call."""
    message = model.bind_tools(tools, tools_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__parses_a_dict(model, tools, name, question):
    """The learner believes that the arguments are JSON text."""
    import json

    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return json.loads(call["args"])
    raise NotCalled


def force_call__returns_the_error(model, tools, name, question):
    """The learner takes returning an exception for raising it."""
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    return NotCalled


def force_call__calls_the_model(model, tools, name, question):
    """The learner believes that a model is called like a function."""
    bound = model.bind_tools(tools, tool_choice=name)
    for call in bound(question).tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__is_for_equals(model, tools, name, question):
    """The learner takes `is` for a comparison of what two texts say."""
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] is name:
            return call["args"]
    raise NotCalled


# make_orders_tool


def make_orders_tool__no_docstring(orders, user_id):
    """The learner has overlooked that a tool needs a description."""

    @tool
    def find_order(word: str) -> str:
        found = [order for order in orders.get(user_id, []) if word.lower() in order.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__no_decorator(orders, user_id):
    """The learner believes that a function is a tool."""

    def find_order(word: str) -> str:
        """Find orders."""
        found = [order for order in orders.get(user_id, []) if word.lower() in order.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__runs_the_tool(orders, user_id):
    """The learner returns what the tool returns, not the tool."""

    @tool
    def find_order(word: str) -> str:
        """Find orders."""
        found = [order for order in orders.get(user_id, []) if word.lower() in order.lower()]
        return "\n".join(found) or "There is none."

    return find_order.invoke({"word": user_id})


def make_orders_tool__forgets_to_return_it(orders, user_id):
    """The learner has overlooked that a function made inside has to be returned."""

    @tool
    def find_order(word: str) -> str:
        """Find orders."""
        found = [order for order in orders.get(user_id, []) if word.lower() in order.lower()]
        return "\n".join(found) or "There is none."


def make_orders_tool__lower_without_brackets(orders, user_id):
    """The learner has forgotten the brackets of a method."""

    @tool
    def find_order(word: str) -> str:
        """Find orders."""
        found = [order for order in orders.get(user_id, []) if word.lower in order.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__returns_the_list(orders, user_id):
    """The learner believes that a list is shown one item a line."""

    @tool
    def find_order(word: str) -> list[str]:
        """Find orders."""
        return [order for order in orders.get(user_id, []) if word.lower() in order.lower()]

    return find_order


def make_orders_tool__a_line_break_at_the_end(orders, user_id):
    """The learner puts a line break behind each order, also behind the last one."""

    @tool
    def find_order(word: str) -> str:
        """Find orders."""
        text = ""
        for order in orders.get(user_id, []):
            if word.lower() in order.lower():
                text += order + "\n"
        return text or "There is none."

    return find_order


def make_orders_tool__prints(orders, user_id):
    """The learner takes printing for returning."""

    @tool
    def find_order(word: str) -> None:
        """Find orders."""
        for order in orders.get(user_id, []):
            if word.lower() in order.lower():
                print(order)

    return find_order


def make_orders_tool__assigns_inside(orders, user_id):
    """The learner has overlooked that an assignment makes a variable local."""
    found = []

    @tool
    def find_order(word: str) -> str:
        """Find orders."""
        for order in orders.get(user_id, []):
            if word.lower() in order.lower():
                found = found + [order]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__collects_outside(orders, user_id):
    """The learner has overlooked that a list made outside keeps what earlier calls have found."""
    found = []

    @tool
    def find_order(word: str) -> str:
        """Find orders."""
        for order in orders.get(user_id, []):
            if word.lower() in order.lower():
                found.append(order)
        return "\n".join(found) or "There is none."

    return find_order


# call_for_user


def call_for_user__keeps_update(tool, call, user_id):
    """The learner believes that update returns the dict."""
    args = dict(call["args"]).update(user_id=user_id)
    return tool.invoke({**call, "args": args})


def call_for_user__copies_by_name(tool, call, user_id):
    """The learner believes that a second name is a copy."""
    args = call["args"]
    args["user_id"] = user_id
    return tool.invoke({**call, "args": args})


def call_for_user__the_key_as_a_variable(tool, call, user_id):
    """The learner has forgotten the quotes around a key."""
    return tool.invoke({**call, "args": {**call["args"], user_id: user_id}})


def call_for_user__a_keyword_of_invoke(tool, call, user_id):
    """The learner believes that invoke hands its keywords to the tool."""
    return tool.invoke(call, user_id=user_id)


def call_for_user__two_arguments(tool, call, user_id):
    """The learner believes that a tool takes the user beside the call."""
    return tool.invoke(call, user_id)


def call_for_user__calls_the_tool(tool, call, user_id):
    """The learner believes that a tool is called like a function."""
    return tool(**{**call["args"], "user_id": user_id})


def call_for_user__attributes(tool, call, user_id):
    """The learner believes that a call is an object with attributes."""
    call.args["user_id"] = user_id
    return tool.invoke(call)


def call_for_user__forgets_return(tool, call, user_id):
    """The learner has overlooked that a function without a return gives None."""
    args = {**call["args"], "user_id": user_id}
    tool.invoke({**call, "args": args})


# make_lookup_tool


def make_lookup_tool__response_format_misspelt(find):
    """The learner has misspelt the value of an argument."""

    @tool(response_format="content_and_artefact")
    def lookup(query: str):
        """Look something up."""
        records = find(query)
        return "\n".join(one["title"] for one in records) or "Nothing.", records

    return lookup


def make_lookup_tool__forgets_the_second(find):
    """The learner has overlooked that two things have to be returned."""

    @tool(response_format="content_and_artifact")
    def lookup(query: str):
        """Look something up."""
        records = find(query)
        return "\n".join(one["title"] for one in records) or "Nothing."

    return lookup


def make_lookup_tool__an_attribute_of_a_dict(find):
    """The learner believes that a record is an object with attributes."""

    @tool(response_format="content_and_artifact")
    def lookup(query: str):
        """Look something up."""
        records = find(query)
        return "\n".join(one.title for one in records) or "Nothing.", records

    return lookup


def make_lookup_tool__joins_records(find):
    """The learner has overlooked that join takes texts."""

    @tool(response_format="content_and_artifact")
    def lookup(query: str):
        """Look something up."""
        records = find(query)
        return "\n".join(records), records

    return lookup


def make_lookup_tool__an_exhausted_generator(find):
    """The learner has overlooked that a generator can be read only once."""

    @tool(response_format="content_and_artifact")
    def lookup(query: str):
        """Look something up."""
        records = (one for one in find(query))
        titles = "\n".join(one["title"] for one in records)
        return titles or "Nothing.", list(records)

    return lookup


def make_lookup_tool__gives_the_function(find):
    """The learner hands over the function instead of calling it."""

    @tool(response_format="content_and_artifact")
    def lookup(query: str):
        """Look something up."""
        records = find
        return "\n".join(one["title"] for one in records) or "Nothing.", records

    return lookup


def make_lookup_tool__the_first_is_special(find):
    """The learner has overlooked that there may be no first record."""

    @tool(response_format="content_and_artifact")
    def lookup(query: str):
        """Look something up."""
        records = find(query)
        text = records[0]["title"]
        for one in records[1:]:
            text += "\n" + one["title"]
        return text, records

    return lookup


# run_with_approval


def run_with_approval__returns_in_the_loop(message, tools, risky, approve):
    """The learner has overlooked that return ends the loop in its first round."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
        return answers


def run_with_approval__does_not_call(message, tools, risky, approve):
    """The learner has forgotten to call approve, and a function always counts as true."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve:
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__no_id(message, tools, risky, approve):
    """The learner has overlooked that a ToolMessage needs the id of its call."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("Refused.", status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__the_call_in_risky(message, tools, risky, approve):
    """The learner has overlooked that risky has names, and not calls."""
    answers = []
    for call in message.tool_calls:
        if call in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__or_for_and(message, tools, risky, approve):
    """The learner has mixed up `or` and `and`."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky or not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__both(message, tools, risky, approve):
    """The learner has forgotten the else, so a refused call is run all the same."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__a_text_for_a_message(message, tools, risky, approve):
    """The learner takes the text of a message for the message."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append("Refused.")
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__the_tool_is_a_name(message, tools, risky, approve):
    """The learner believes that the name of a tool can be run."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(call["name"].invoke(call))
    return answers


# ask_as


def ask_as__a_text_for_messages(model, orders, user_id, question):
    """The learner has overlooked that the agent takes a dict."""
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    return agent.invoke(question)["messages"][-1].text


def ask_as__an_attribute_of_the_state(model, orders, user_id, question):
    """The learner believes that the agent gives a message."""
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    return agent.invoke({"messages": [HumanMessage(question)]}).text


def ask_as__the_tool_is_not_in_a_list(model, orders, user_id, question):
    """The learner has overlooked that create_agent takes a list of tools."""
    agent = create_agent(model, make_orders_tool(orders, user_id))
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__the_function_not_its_tool(model, orders, user_id, question):
    """The learner hands over the function that makes the tool."""
    agent = create_agent(model, [make_orders_tool])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__the_first_message(model, orders, user_id, question):
    """The learner has mixed up the first and the last index."""
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][0].text


def ask_as__arguments_mixed_up(model, orders, user_id, question):
    """The learner has mixed up the order of the arguments."""
    agent = create_agent(model, [make_orders_tool(user_id, orders)])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__an_old_import(model, orders, user_id, question):
    """The learner has found an import in an older tutorial."""
    from langchain.schema import HumanMessage

    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    return agent.invoke({"messages": [HumanMessage(content=question)]})["messages"][-1].text


def ask_as__text_is_called(model, orders, user_id, question):
    """The learner has overlooked that the list of messages has no text."""
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"].text


def ask_as__forgets_return(model, orders, user_id, question):
    """The learner has overlooked that a function without a return gives None."""
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    agent.invoke({"messages": [HumanMessage(question)]})


def ask_as__keeps_its_agent(
    model: BaseChatModel, orders: Mapping[str, Sequence[str]], user_id: str, question: str
) -> str:
    """An agent is expensive and should be made only once; the kept one still has the tool of the
    first user.
    """
    if not hasattr(ask_as, "agent"):
        ask_as.agent = create_agent(model, [make_orders_tool(orders, user_id)])
    result = ask_as.agent.invoke({"messages": [HumanMessage(question)]})
    return result["messages"][-1].text
