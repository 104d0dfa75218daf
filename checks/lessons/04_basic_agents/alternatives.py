"""Right answers to lesson 04 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# wants_tools


def wants_tools__counts(message):
    """It counts the calls."""
    return len(message.tool_calls) > 0


def wants_tools__compares(message):
    """It compares with the empty list."""
    return message.tool_calls != []


def wants_tools__a_loop(message):
    """It returns at the first call that it meets."""
    for _ in message.tool_calls:
        return True
    return False


# final_answer


def final_answer__guards(messages):
    """It looks at one case after the other."""
    if len(messages) == 0:
        raise Unfinished("nobody has said anything")
    last = messages[-1]
    if not isinstance(last, AIMessage):
        raise Unfinished(f"the last message is of the type {last.type}")
    if last.tool_calls:
        raise Unfinished("the model asks for tools")
    return last.text


def final_answer__a_match(messages):
    """It matches the end of the list."""
    match list(messages):
        case [*_, AIMessage(tool_calls=[]) as last]:
            return last.text
        case _:
            raise Unfinished


def final_answer__calls_that_cannot_be_read(messages):
    """It takes a message whose calls cannot be read for unfinished, too."""
    if messages and isinstance(messages[-1], AIMessage):
        last = messages[-1]
        if not (last.tool_calls or last.invalid_tool_calls):
            return "".join(b["text"] for b in last.content_blocks if b["type"] == "text")
    raise Unfinished


# run_calls


def run_calls__by_hand(message, tools):
    """It runs the tool with the arguments, and makes the message itself."""
    answers = []
    for call in message.tool_calls:
        name, call_id = call["name"], call["id"]
        tool = tools.get(name)
        if tool is None:
            known = "\n".join(f"- {one}" for one in tools)
            answer = ToolMessage(
                content=f"Unknown tool {name!r}. Known:\n{known}",
                tool_call_id=call_id,
                name=name,
                status="error",
            )
        else:
            answer = ToolMessage(content=tool.invoke(call["args"]), tool_call_id=call_id, name=name)
        answers.append(answer)
    return answers


def run_calls__a_comprehension(message, tools):
    """It is one comprehension."""
    return [
        tools[call["name"]].invoke(call)
        if call["name"] in tools
        else ToolMessage(str(list(tools)), tool_call_id=call["id"], status="error")
        for call in message.tool_calls
    ]


def run_calls__asks_for_forgiveness(message, tools):
    """It tries to take the tool, and only that."""
    answers = []
    for call in message.tool_calls:
        try:
            tool = tools[call["name"]]
        except KeyError:
            said = f"no such tool, only {sorted(tools)}"
            answers.append(ToolMessage(said, tool_call_id=call["id"], status="error"))
            continue
        answers.append(tool.invoke(call))
    return answers


# agent_turn


def agent_turn__extends_a_list(model, tools, messages):
    """It begins with the message, and adds the results."""
    bound = model.bind_tools([tools[name] for name in tools])
    new = [bound.invoke(list(messages))]
    new.extend(run_calls(new[0], tools))
    return new


def agent_turn__binds_only_if_there_are_tools(model, tools, messages):
    """Without tools it asks the model as it is."""
    asked = model.bind_tools([*tools.values()]) if tools else model
    message = asked.invoke([*messages])
    if not message.tool_calls:
        return [message]
    results = run_calls(message, tools)
    results.insert(0, message)
    return results


# run_agent


def run_agent__while(model, tools, question, max_rounds=5):
    """It counts by hand, and asks whether the newest message wants tools."""
    messages, rounds = [HumanMessage(content=question)], 0
    while rounds < max_rounds:
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        rounds += 1
        if not wants_tools(message):
            return messages
        messages.extend(run_calls(message, tools))
    raise TooManyRounds(messages)


def run_agent__refuses_the_last_calls(model, tools, question, max_rounds=5):
    """It does not run the calls of the last round, and says so to each."""
    messages = [HumanMessage(question)]
    bound = model.bind_tools(list(tools.values()))
    for left in reversed(range(max_rounds)):
        message = bound.invoke(messages)
        messages.append(message)
        if not message.tool_calls:
            return messages
        if left:
            messages += run_calls(message, tools)
        else:
            messages += [
                ToolMessage("The time is up.", tool_call_id=call["id"], status="error")
                for call in message.tool_calls
            ]
    raise TooManyRounds(messages)


def run_agent__recursion(model, tools, question, max_rounds=5):
    """It calls itself with one round less."""

    def go_on(messages, left):
        if left == 0:
            raise TooManyRounds(messages)
        new = agent_turn(model, tools, messages)
        if not new[0].tool_calls:
            return messages + new
        return go_on(messages + new, left - 1)

    return go_on([HumanMessage(question)], max_rounds)


def run_agent__collects_steps(model, tools, question, max_rounds=5):
    """It reads the generator of the next task."""
    messages = [HumanMessage(question)]
    try:
        for message in agent_steps(model, tools, question, max_rounds):
            messages.append(message)
    except TooManyRounds:
        raise TooManyRounds(messages) from None
    return messages


# agent_steps


def agent_steps__an_inner_generator(model, tools, question, max_rounds=5):
    """An outer function has an inner generator, and does nothing itself."""

    def steps():
        messages = [HumanMessage(question)]
        rounds = 0
        while True:
            message = model.bind_tools(list(tools.values())).invoke(messages)
            messages.append(message)
            yield message
            rounds += 1
            if not message.tool_calls:
                return
            if rounds == max_rounds:
                raise TooManyRounds(messages)
            for call in message.tool_calls:
                messages += run_calls(AIMessage("", tool_calls=[call]), tools)
                yield messages[-1]

    return steps()


def agent_steps__a_class(model, tools, question, max_rounds=5):
    """It is an object with a __next__ of its own."""

    class Steps:
        def __init__(self):
            self.messages = [HumanMessage(question)]
            self.calls = []
            self.left = max_rounds
            self.done = False

        def __iter__(self):
            return self

        def __next__(self):
            if self.done:
                raise StopIteration
            if self.calls:
                call = self.calls.pop(0)
                self.messages += run_calls(AIMessage("", tool_calls=[call]), tools)
            elif self.left == 0:
                self.done = True
                raise TooManyRounds(self.messages)
            else:
                self.left -= 1
                message = model.bind_tools(list(tools.values())).invoke(self.messages)
                self.messages.append(message)
                self.calls = list(message.tool_calls)
                self.done = not self.calls
            return self.messages[-1]

    return Steps()


def agent_steps__yields_from(model, tools, question, max_rounds=5):
    """One generator runs the calls, another one asks."""

    def results(message):
        for call in message.tool_calls:
            if call["name"] in tools:
                yield tools[call["name"]].invoke(call)
            else:
                yield ToolMessage(", ".join(tools), tool_call_id=call["id"], status="error")

    messages = [HumanMessage(question)]
    bound = model.bind_tools(list(tools.values()))
    for _ in range(max_rounds):
        message = bound.invoke(messages)
        yield message
        if not wants_tools(message):
            return
        messages.append(message)
        for result in results(message):
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


# ask_ready_made


def ask_ready_made__a_limit_of_calls(model, tools, rules, question, max_rounds=5):
    """A middleware counts the calls of the model, and raises."""
    from langchain.agents.middleware import ModelCallLimitMiddleware
    from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError

    limit = ModelCallLimitMiddleware(run_limit=max_rounds, exit_behavior="error")
    agent = create_agent(model, tools, system_prompt=rules, middleware=[limit])
    try:
        messages = agent.invoke({"messages": [("user", question)]})["messages"]
    except ModelCallLimitExceededError:
        raise TooManyRounds([]) from None
    return messages[-1].text


def ask_ready_made__a_loop_of_ones_own(model, tools, rules, question, max_rounds=5):
    """It does without create_agent."""
    from langchain_core.messages import SystemMessage

    by_name = {tool.name: tool for tool in tools}
    messages = [SystemMessage(rules), HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, by_name, messages)
        messages += new
        if not wants_tools(new[0]):
            return final_answer(messages)
    raise TooManyRounds(messages)


def ask_ready_made__streams_the_states(model, tools, rules, question, max_rounds=5):
    """It reads the agent's stream, and keeps the newest state."""
    agent = create_agent(model, tools, system_prompt=rules)
    messages = []
    given = {"messages": [{"role": "user", "content": question}]}
    try:
        for state in agent.stream(given, {"recursion_limit": max_rounds * 2}, stream_mode="values"):
            messages = state["messages"]
    except GraphRecursionError as error:
        raise TooManyRounds(messages) from error
    return messages[-1].text
