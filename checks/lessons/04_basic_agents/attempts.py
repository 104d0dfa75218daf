"""What beginners write first for lesson 04: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and these are first attempts.
# ruff: noqa: F821


# wants_tools


def wants_tools__prints(message):
    """The learner takes printing for returning."""
    print(bool(message.tool_calls))


def wants_tools__calls_the_list(message):
    """The learner believes that tool_calls is a method."""
    return bool(message.tool_calls())


def wants_tools__a_misspelt_attribute(message):
    """The learner has misspelt the name of the attribute."""
    return bool(message.tools_calls)


def wants_tools__compares_with_true(message):
    """The learner believes that a list with something in it equals True."""
    return message.tool_calls == True


def wants_tools__forgets_the_other_case(message):
    """The learner has overlooked that a function without a return gives None."""
    if len(message.tool_calls) > 0:
        return True


# final_answer


def final_answer__returns_the_error(messages):
    """The learner takes returning an exception for raising it."""
    if not messages or not isinstance(messages[-1], AIMessage) or messages[-1].tool_calls:
        return Unfinished()
    return messages[-1].text


def final_answer__looks_at_the_first(messages):
    """The learner has mixed up the first and the last index."""
    if not messages or not isinstance(messages[0], AIMessage) or messages[0].tool_calls:
        raise Unfinished
    return messages[0].text


def final_answer__off_by_one(messages):
    """The learner has overlooked that the last index is one less than the length."""
    if not messages:
        raise Unfinished
    last = messages[len(messages)]
    if not isinstance(last, AIMessage) or last.tool_calls:
        raise Unfinished
    return last.text


def final_answer__raises_a_text(messages):
    """The learner believes that a text can be raised."""
    if not messages or not isinstance(messages[-1], AIMessage) or messages[-1].tool_calls:
        raise "Unfinished"
    return messages[-1].text


def final_answer__returns_in_the_loop(messages):
    """The learner has overlooked that return ends the loop at the first message that fits."""
    for message in messages:
        if isinstance(message, AIMessage) and not message.tool_calls:
            return message.text
    raise Unfinished


# run_calls


def run_calls__returns_in_the_loop(message, tools):
    """The learner has overlooked that return ends the loop in its first round."""
    answers = []
    for call in message.tool_calls:
        answers.append(tools[call["name"]].invoke(call))
        return answers


def run_calls__calls_the_tool(message, tools):
    """The learner believes that a tool is called like a function."""
    return [tools[call["name"]](**call["args"]) for call in message.tool_calls]


def run_calls__a_call_has_attributes(message, tools):
    """The learner believes that a call is an object with attributes, not a dict."""
    return [tools[call.name].invoke(call) for call in message.tool_calls]


def run_calls__a_wrong_key(message, tools):
    """The learner has the wrong name for a key of the call."""
    answers = []
    for call in message.tool_calls:
        name = call["tool"]
        answers.append(tools[name].invoke(call))
    return answers


def run_calls__the_argument_has_another_name(message, tools):
    """The learner believes that the id of the call goes by the name id."""
    answers = []
    for call in message.tool_calls:
        text = tools[call["name"]].invoke(call["args"])
        answers.append(ToolMessage(text, id=call["id"]))
    return answers


def run_calls__extends_with_a_message(message, tools):
    """The learner has mixed up append and extend."""
    answers = []
    for call in message.tool_calls:
        answers.extend(tools[call["name"]].invoke(call))
    return answers


def run_calls__forgets_to_return(message, tools):
    """The learner has forgotten to return the list."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(tools[call["name"]].invoke(call))
        else:
            answers.append(ToolMessage(str([*tools]), tool_call_id=call["id"], status="error"))


def run_calls__joins_tools(message, tools):
    """The learner believes that a dict of tools is joined by their names as values."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(tools[call["name"]].invoke(call))
        else:
            text = "There are: " + ", ".join(tools.values())
            answers.append(ToolMessage(text, tool_call_id=call["id"], status="error"))
    return answers


# agent_turn


def agent_turn__binds_the_dict(model, tools, messages):
    """The learner has overlooked that bind_tools takes a list of tools, not a dict."""
    message = model.bind_tools(tools).invoke(messages)
    return [message, *run_calls(message, tools)]


def agent_turn__adds_a_message_to_a_list(model, tools, messages):
    """The learner believes that plus puts one thing in front of a list."""
    message = model.bind_tools(list(tools.values())).invoke(messages)
    return message + run_calls(message, tools)


def agent_turn__appends_a_list(model, tools, messages):
    """The learner believes that append adds each item of a list."""
    message = model.bind_tools(list(tools.values())).invoke(messages)
    new = [message]
    new.append(run_calls(message, tools))
    return new


def agent_turn__the_result_of_append(model, tools, messages):
    """The learner believes that extend gives the list that it has made longer."""
    message = model.bind_tools(list(tools.values())).invoke(messages)
    new = [message]
    return new.extend(run_calls(message, tools))


def agent_turn__passes_the_model(model, tools, messages):
    """The learner has mixed up the order of the arguments of run_calls."""
    message = model.bind_tools(list(tools.values())).invoke(messages)
    return [message, *run_calls(tools, message)]


def agent_turn__forgets_to_invoke(model, tools, messages):
    """The learner has forgotten that bind_tools does not ask the model yet."""
    message = model.bind_tools(list(tools.values()))
    return [message, *run_calls(message, tools)]


# run_agent


def run_agent__appends_the_new_ones(model, tools, question, max_rounds=5):
    """The learner believes that append adds each message of a list."""
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages.append(new)
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__raises_in_the_loop(model, tools, question, max_rounds=5):
    """The learner has indented the raise too far, so that it stands in the loop."""
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
        raise TooManyRounds(messages)


def run_agent__never_looks_again(model, tools, question, max_rounds=5):
    """The learner has overlooked that the message that the loop looks at is always the first one."""
    messages = [HumanMessage(question)]
    message = model.bind_tools(list(tools.values())).invoke(messages)
    messages.append(message)
    rounds = 1
    while wants_tools(message) and rounds < max_rounds:
        messages += run_calls(message, tools)
        messages.append(model.bind_tools(list(tools.values())).invoke(messages))
        rounds += 1
    if wants_tools(message):
        raise TooManyRounds(messages)
    return messages


def run_agent__range_of_a_list(model, tools, question, max_rounds=5):
    """The learner has forgotten range, and loops over a number."""
    messages = [HumanMessage(question)]
    for _ in max_rounds:
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__raises_without_messages(model, tools, question, max_rounds=5):
    """The learner has overlooked that the error takes the messages."""
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds


# agent_steps


def agent_steps__returns_where_it_should_yield(model, tools, question, max_rounds=5):
    """The learner takes return for yield."""
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        return message


def agent_steps__yields_a_generator(model, tools, question, max_rounds=5):
    """The learner has forgotten the from of yield from."""
    yield run_agent(model, tools, question, max_rounds)


def agent_steps__collects_and_returns(model, tools, question, max_rounds=5):
    """The learner collects the messages in a list, and returns it in a generator."""
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        if not wants_tools(message):
            return messages
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


def agent_steps__breaks_where_it_should_return(model, tools, question, max_rounds=5):
    """The learner has overlooked that break goes on below the loop."""
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            break
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


def agent_steps__yields_the_list_of_one(model, tools, question, max_rounds=5):
    """The learner has overlooked that run_calls gives a list even for one call."""
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for call in message.tool_calls:
            result = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages += result
            yield result
    raise TooManyRounds(messages)


def agent_steps__gives_a_call_to_run_calls(model, tools, question, max_rounds=5):
    """The learner has overlooked that run_calls takes a message, not a call."""
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for call in message.tool_calls:
            [result] = run_calls(call, tools)
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


# ask_ready_made


def ask_ready_made__the_rules_by_another_name(model, tools, rules, question, max_rounds=5):
    """The learner has misspelt the name of the argument for the rules."""
    agent = create_agent(model, tools, system=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__the_state_has_attributes(model, tools, rules, question, max_rounds=5):
    """The learner believes that the agent gives an object with attributes, not a dict."""
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state.messages)


def ask_ready_made__the_limit_as_an_argument(model, tools, rules, question, max_rounds=5):
    """The learner believes that the limit is an argument of create_agent."""
    agent = create_agent(model, tools, system_prompt=rules, recursion_limit=2 * max_rounds)
    state = agent.invoke({"messages": [HumanMessage(question)]})
    return final_answer(state["messages"])


def ask_ready_made__an_old_import(model, tools, rules, question, max_rounds=5):
    """The learner has copied an import from an old tutorial."""
    from langchain.schema import SystemMessage

    agent = create_agent(model, tools)
    messages = [SystemMessage(rules), HumanMessage(question)]
    state = agent.invoke({"messages": messages}, {"recursion_limit": 2 * max_rounds})
    return final_answer(state["messages"])


def ask_ready_made__catches_everything(model, tools, rules, question, max_rounds=5):
    """The learner catches every error, and so hides what is wrong with the call."""
    try:
        agent = create_agent(model, tools, prompt=rules)
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
        return final_answer(state["messages"])
    except Exception:
        raise TooManyRounds([])


def ask_ready_made__gives_the_message(model, tools, rules, question, max_rounds=5):
    """The learner has forgotten to take the text out of the message."""
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return state["messages"][-1]
