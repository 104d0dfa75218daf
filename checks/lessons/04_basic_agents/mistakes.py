"""Wrong answers to lesson 04 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# wants_tools


def wants_tools__who_calls_does_not_talk(message):
    """A message is either text or a call.

    Caught by: test_text_beside_a_call_does_not_matter
    """
    return message.text == ""


def wants_tools__no_text_and_calls(message):
    """Who still talks is not ready to call.

    Caught by: test_text_beside_a_call_does_not_matter
    """
    return bool(message.tool_calls) and not message.text


def wants_tools__believes_the_reason(message):
    """The provider says in finish_reason why the message has ended.

    Caught by: test_text_beside_a_call_does_not_matter
    """
    return message.response_metadata.get("finish_reason") == "tool_calls"


def wants_tools__reason_or_calls(message):
    """It is a call if the provider or the message says so.

    Caught by: test_the_reason_does_not_matter
    """
    return message.response_metadata.get("finish_reason") == "tool_calls" or bool(
        message.tool_calls
    )


def wants_tools__not_when_it_stopped(message):
    """A model that has stopped wants nothing more.

    Caught by: test_the_reason_does_not_matter
    """
    if message.response_metadata.get("finish_reason") == "stop":
        return False
    return bool(message.tool_calls)


def wants_tools__a_broken_call_is_a_call(message):
    """Whatever the model tries to call, it wants a tool.

    Caught by: test_a_broken_call_is_none
    """
    return bool(message.tool_calls or message.invalid_tool_calls)


def wants_tools__none_if_one_is_broken(message):
    """With a broken call, the message cannot be used at all.

    Caught by: test_a_broken_call_is_none
    """
    return bool(message.tool_calls) and not message.invalid_tool_calls


def wants_tools__gives_the_list(message):
    """A list with something in it is as good as True.

    Caught by: test_a_call_is_enough
    """
    return message.tool_calls


def wants_tools__reads_the_text(message):
    """The text says that a tool is needed.

    Caught by: test_a_call_is_enough
    """
    return "tool" in message.text


def wants_tools__just_one(message):
    """A message has one call.

    Caught by: test_a_call_is_enough
    """
    return len(message.tool_calls) == 1


def wants_tools__looks_at_the_content(message):
    """A call is a block in the content.

    Caught by: test_a_call_is_enough
    """
    return any(isinstance(b, dict) and b.get("type") == "tool_use" for b in message.content)


def wants_tools__always_a_list(message):
    """None means that nothing is called.

    Caught by: test_without_calls_nothing_is_wanted
    """
    return message.tool_calls is not None


def wants_tools__only_calls_with_an_id(message):
    """A call without an id cannot be answered, so it is none.

    Caught by: test_whatever_is_in_the_call
    """
    return any(call["id"] for call in message.tool_calls)


def wants_tools__not_of_a_chunk(message):
    """Only a whole message can ask for tools, and its type is "ai".

    Caught by: test_whatever_is_in_the_call
    """
    return message.type == "ai" and bool(message.tool_calls)


# final_answer


def final_answer__takes_the_last(messages):
    """What was said last is the answer.

    Caught by: test_a_result_is_no_answer
    """
    if not messages:
        raise Unfinished
    return messages[-1].text


def final_answer__looks_back(messages):
    """The newest message of the model is the answer.

    Caught by: test_a_result_is_no_answer
    """
    for message in reversed(messages):
        if isinstance(message, AIMessage) and not message.tool_calls:
            return message.text
    raise Unfinished


def final_answer__there_is_always_one(messages):
    """A conversation has a last message.

    Caught by: test_without_messages_there_is_none
    """
    if isinstance(messages[-1], AIMessage) and not messages[-1].tool_calls:
        return messages[-1].text
    raise Unfinished


def final_answer__none_means_not_yet(messages):
    """None says that there is no answer yet.

    Caught by: test_a_result_is_no_answer
    """
    last = messages[-1] if messages else None
    if isinstance(last, AIMessage) and not last.tool_calls:
        return last.text
    return None


def final_answer__takes_what_is_said_with_a_call(messages):
    """Text of the model is an answer of the model.

    Caught by: test_who_asks_for_tools_is_not_done
    """
    if messages and isinstance(messages[-1], AIMessage) and messages[-1].text:
        return messages[-1].text
    if messages and isinstance(messages[-1], AIMessage) and not messages[-1].tool_calls:
        return messages[-1].text
    raise Unfinished


def final_answer__empty_is_none(messages):
    """An empty text answers nothing.

    Caught by: test_an_empty_text_is_an_answer
    """
    last = messages[-1] if messages else None
    if isinstance(last, AIMessage) and not last.tool_calls and last.text:
        return last.text
    raise Unfinished


def final_answer__the_longest(messages):
    """The answer is the longest text of the model.

    Caught by: test_the_text_of_the_last_message
    """
    texts = [m.text for m in messages if isinstance(m, AIMessage) and not m.tool_calls]
    if not texts:
        raise Unfinished
    return max(texts, key=len)


def final_answer__all_but_tools(messages):
    """Only a tool's result is no answer.

    Caught by: test_who_asks_for_tools_is_not_done
    """
    if not messages or isinstance(messages[-1], ToolMessage):
        raise Unfinished
    return messages[-1].text


def final_answer__a_question_will_do(messages):
    """Whoever asks for no tools has answered.

    Caught by: test_a_question_is_no_answer
    """
    last = messages[-1] if messages else None
    if last is None or isinstance(last, ToolMessage) or getattr(last, "tool_calls", []):
        raise Unfinished
    return last.text


def final_answer__gives_the_content(messages):
    """The content is the text.

    Caught by: test_blocks_and_spaces
    """
    last = messages[-1] if messages else None
    if isinstance(last, AIMessage) and not last.tool_calls:
        return last.content
    raise Unfinished


def final_answer__gives_the_message(messages):
    """The message is the answer.

    Caught by: test_the_text_of_the_last_message
    """
    last = messages[-1] if messages else None
    if isinstance(last, AIMessage) and not last.tool_calls:
        return last
    raise Unfinished


def final_answer__takes_it_out(messages):
    """pop gives the last message.

    Caught by: test_the_messages_stay_as_they_are
    """
    if not messages:
        raise Unfinished
    last = messages.pop()
    if isinstance(last, AIMessage) and not last.tool_calls:
        return last.text
    raise Unfinished


def final_answer__strips(messages):
    """White space around an answer is noise.

    Caught by: test_blocks_and_spaces
    """
    last = messages[-1] if messages else None
    if isinstance(last, AIMessage) and not last.tool_calls:
        return last.text.strip()
    raise Unfinished


def final_answer__a_chunk_is_a_piece(messages):
    """A chunk is only a piece of an answer.

    Caught by: test_the_text_of_the_last_message
    """
    if not messages or messages[-1].type != "ai" or messages[-1].tool_calls:
        raise Unfinished
    return messages[-1].text


def final_answer__cut_off_is_unfinished(messages):
    """An answer that was cut off is not finished.

    Caught by: test_the_text_of_the_last_message
    """
    last = messages[-1] if messages else None
    if not isinstance(last, AIMessage) or last.tool_calls:
        raise Unfinished
    if last.response_metadata.get("finish_reason") == "length":
        raise Unfinished
    return last.text


# run_calls


def run_calls__one_at_a_time(message, tools):
    """A model makes one call at a time.

    Caught by: test_every_call_gets_its_answer
    """
    call = message.tool_calls[0]
    return [tools[call["name"]].invoke(call)]


def run_calls__the_last_counts(message, tools):
    """The last call is the one that the model has settled on.

    Caught by: test_every_call_gets_its_answer
    """
    return [tools[call["name"]].invoke(call) for call in message.tool_calls[-1:]]


def run_calls__models_know_my_tools(message, tools):
    """A model asks only for tools that it was given.

    Caught by: test_a_tool_that_is_not_there
    """
    return [tools[call["name"]].invoke(call) for call in message.tool_calls]


def run_calls__skips_what_is_not_there(message, tools):
    """What is not there needs no answer.

    Caught by: test_a_tool_that_is_not_there
    """
    return [tools[c["name"]].invoke(c) for c in message.tool_calls if c["name"] in tools]


def run_calls__stops_at_what_is_not_there(message, tools):
    """After a call that cannot be run, the rest has no use.

    Caught by: test_a_tool_that_is_not_there
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] not in tools:
            answers.append(ToolMessage(", ".join(tools), tool_call_id=call["id"], status="error"))
            break
        answers.append(tools[call["name"]].invoke(call))
    return answers


def run_calls__one_message_for_all(message, tools):
    """The model wants to read all results together.

    Caught by: test_every_call_gets_its_answer
    """
    results = [tools[call["name"]].invoke(call["args"]) for call in message.tool_calls]
    return [ToolMessage("\n".join(results), tool_call_id=message.tool_calls[0]["id"])]


def run_calls__the_id_is_for_logs(message, tools):
    """The id can be made up: it only has to be there.

    Caught by: test_every_call_gets_its_answer
    """
    return [
        ToolMessage(tools[call["name"]].invoke(call["args"]), tool_call_id=f"call_{n}")
        for n, call in enumerate(message.tool_calls)
    ]


def run_calls__the_name_is_the_id(message, tools):
    """A result belongs to the tool that it comes from.

    Caught by: test_every_call_gets_its_answer
    """
    return [
        ToolMessage(tools[call["name"]].invoke(call["args"]), tool_call_id=call["name"])
        for call in message.tool_calls
    ]


def run_calls__bare_results(message, tools):
    """The result of a tool is what it returns.

    Caught by: test_every_call_gets_its_answer
    """
    return [tools[call["name"]].invoke(call["args"]) for call in message.tool_calls]


def run_calls__newest_first(message, tools):
    """The newest result comes first.

    Caught by: test_every_call_gets_its_answer
    """
    answers = []
    for call in message.tool_calls:
        tool = tools.get(call["name"])
        if tool is None:
            answer = ToolMessage(", ".join(tools), tool_call_id=call["id"], status="error")
        else:
            answer = tool.invoke(call)
        answers.insert(0, answer)
    return answers


def run_calls__once_for_each_tool(message, tools):
    """The same call twice gives the same result, so it is run once.

    Caught by: test_the_same_call_twice_is_two_calls
    """
    seen, answers = {}, []
    for call in message.tool_calls:
        key = call["name"], str(call["args"])
        if key not in seen:
            seen[key] = tools[call["name"]].invoke(call["args"])
        answers.append(ToolMessage(seen[key], tool_call_id=call["id"]))
    return answers


def run_calls__not_an_error(message, tools):
    """The text says what is wrong, so the status need not.

    Caught by: test_a_tool_that_is_not_there
    """
    return [
        tools[call["name"]].invoke(call)
        if call["name"] in tools
        else ToolMessage(f"Use {', '.join(tools)}", tool_call_id=call["id"])
        for call in message.tool_calls
    ]


def run_calls__does_not_name_the_tools(message, tools):
    """The model has been told which tools there are.

    Caught by: test_a_tool_that_is_not_there
    """
    return [
        tools[call["name"]].invoke(call)
        if call["name"] in tools
        else ToolMessage("There is no such tool.", tool_call_id=call["id"], status="error")
        for call in message.tool_calls
    ]


def run_calls__hides_errors(message, tools):
    """A model should hear of errors as well.

    Caught by: test_an_error_of_a_tool_passes
    """
    answers = []
    for call in message.tool_calls:
        try:
            answers.append(tools[call["name"]].invoke(call))
        except Exception as error:
            text = f"{error!r}; there are {', '.join(tools)}"
            answers.append(ToolMessage(text, tool_call_id=call["id"], status="error"))
    return answers


def run_calls__runs_all_tools(message, tools):
    """The results of all tools may be of use.

    Caught by: test_every_call_gets_its_answer
    """
    return [tool.invoke(call) for call in message.tool_calls for tool in tools.values()]


def run_calls__names_close_matches(message, tools):
    """A tool with a similar name is the one that the model means.

    Caught by: test_a_tool_that_is_not_there
    """
    from difflib import get_close_matches

    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(tools[call["name"]].invoke(call))
        else:
            close = get_close_matches(call["name"], list(tools)) or list(tools)
            text = f"There is no {call['name']}. Do you mean {' or '.join(close)}?"
            answers.append(ToolMessage(text, tool_call_id=call["id"], status="error"))
    return answers


def run_calls__answers_tool_exceptions(message, tools):
    """A ToolException is meant for the model.

    Caught by: test_an_error_of_a_tool_passes
    """
    from langchain_core.tools import ToolException

    answers = []
    for call in message.tool_calls:
        if call["name"] not in tools:
            text = f"You can use: {', '.join(tools)}."
            answers.append(ToolMessage(text, tool_call_id=call["id"], status="error"))
            continue
        try:
            answers.append(tools[call["name"]].invoke(call))
        except ToolException as error:
            answers.append(ToolMessage(str(error), tool_call_id=call["id"], status="error"))
    return answers


def run_calls__an_id_is_answered_once(message, tools):
    """Calls with the same id are the same call.

    Caught by: test_the_same_call_twice_is_two_calls
    """
    calls = {call["id"]: call for call in message.tool_calls}
    answers = []
    for call in calls.values():
        if call["name"] in tools:
            answers.append(tools[call["name"]].invoke(call))
        else:
            text = f"You can use: {', '.join(tools)}."
            answers.append(ToolMessage(text, tool_call_id=call["id"], status="error"))
    return answers


# agent_turn


def agent_turn__does_not_bind(model, tools, messages):
    """The model knows my functions.

    Caught by: test_the_model_knows_the_tools
    """
    message = model.invoke(messages)
    return [message, *run_calls(message, tools)]


def agent_turn__loses_the_bound_model(model, tools, messages):
    """bind_tools changes the model.

    Caught by: test_the_model_knows_the_tools
    """
    model.bind_tools(list(tools.values()))
    message = model.invoke(messages)
    return [message, *run_calls(message, tools)]


def agent_turn__binds_one_after_the_other(model, tools, messages):
    """Each binding adds a tool.

    Caught by: test_the_model_knows_the_tools
    """
    bound = model
    for tool in tools.values():
        bound = bound.bind_tools([tool])
    message = bound.invoke(messages)
    return [message, *run_calls(message, tools)]


def agent_turn__returns_all(model, tools, messages):
    """The caller wants the whole conversation.

    Caught by: test_what_is_new_comes_back
    """
    message = model.bind_tools(list(tools.values())).invoke(messages)
    return [*messages, message, *run_calls(message, tools)]


def agent_turn__results_first(model, tools, messages):
    """The results are there before the turn is over, so they come first.

    Caught by: test_what_is_new_comes_back
    """
    message = model.bind_tools(list(tools.values())).invoke(messages)
    return [*run_calls(message, tools), message]


def agent_turn__only_the_results(model, tools, messages):
    """Who has results does not need the message that asked for them.

    Caught by: test_what_is_new_comes_back
    """
    message = model.bind_tools(list(tools.values())).invoke(messages)
    return run_calls(message, tools) or [message]


def agent_turn__only_the_message(model, tools, messages):
    """To run the tools is the next turn.

    Caught by: test_what_is_new_comes_back
    """
    message = model.bind_tools(list(tools.values())).invoke(messages)
    run_calls(message, tools)
    return [message]


def agent_turn__appends_to_messages(model, tools, messages):
    """What is new belongs in the conversation.

    Caught by: test_the_messages_stay_as_they_are
    """
    message = model.bind_tools(list(tools.values())).invoke(messages)
    new = [message, *run_calls(message, tools)]
    messages.extend(new)
    return new


def agent_turn__takes_the_tools_out(model, tools, messages):
    """popitem gives all of a dict, one by one.

    Caught by: test_the_messages_stay_as_they_are
    """
    known = dict(tools)
    bound = []
    while tools:
        bound.append(tools.popitem()[1])
    message = model.bind_tools(bound).invoke(messages)
    return [message, *run_calls(message, known)]


def agent_turn__asks_with_the_results(model, tools, messages):
    """A turn is over when the model has seen the results.

    Caught by: test_what_is_new_comes_back
    """
    bound = model.bind_tools(list(tools.values()))
    message = bound.invoke(messages)
    results = run_calls(message, tools)
    if results:
        bound.invoke([*messages, message, *results])
    return [message, *results]


def agent_turn__sends_the_last_message(model, tools, messages):
    """The model only needs the newest message.

    Caught by: test_the_model_sees_the_messages
    """
    message = model.bind_tools(list(tools.values())).invoke([messages[-1]])
    return [message, *run_calls(message, tools)]


def agent_turn__makes_a_message_of_its_own(model, tools, messages):
    """Text and calls are all there is to a message.

    Caught by: test_the_message_is_the_models_own
    """
    answer = model.bind_tools(list(tools.values())).invoke(messages)
    message = AIMessage(answer.text, tool_calls=answer.tool_calls)
    return [message, *run_calls(message, tools)]


def agent_turn__nests_the_results(model, tools, messages):
    """A list in the list keeps the results together.

    Caught by: test_what_is_new_comes_back
    """
    message = model.bind_tools(list(tools.values())).invoke(messages)
    return [message, run_calls(message, tools)]


def agent_turn__binds_only_for_questions(model, tools, messages):
    """Tools are for questions: with a result, the model has only to answer.

    Caught by: test_the_model_knows_the_tools
    """
    asked = bool(messages) and isinstance(messages[-1], HumanMessage)
    message = (model.bind_tools(list(tools.values())) if asked else model).invoke(messages)
    return [message, *run_calls(message, tools)]


def agent_turn__leaves_out_what_is_empty(model, tools, messages):
    """A message without text and calls says nothing.

    Caught by: test_the_model_sees_the_messages
    """
    seen = [one for one in messages if one.text or getattr(one, "tool_calls", None)]
    message = model.bind_tools(list(tools.values())).invoke(seen)
    return [message, *run_calls(message, tools)]


def agent_turn__sends_the_newest(model, tools, messages):
    """The newest messages are enough, and save money.

    Caught by: test_the_model_sees_the_messages
    """
    message = model.bind_tools(list(tools.values())).invoke(messages[-20:])
    return [message, *run_calls(message, tools)]


# run_agent


def run_agent__stops_by_itself(model, tools, question, max_rounds=5):
    """The model stops when it is done.

    Caught by: test_it_stops
    """
    messages = [HumanMessage(question)]
    while True:
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages


def run_agent__counts_calls(model, tools, question, max_rounds=5):
    """A round is a call.

    Caught by: test_the_last_round_counts
    """
    messages = [HumanMessage(question)]
    left = max_rounds
    while left > 0:
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
        left -= len(new) - 1
    raise TooManyRounds(messages)


def run_agent__once_more(model, tools, question, max_rounds=5):
    """After the last round of tools, the model may still answer.

    Caught by: test_it_stops
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds + 1):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__one_too_few(model, tools, question, max_rounds=5):
    """A range that begins at 1 has as many rounds.

    Caught by: test_the_last_round_counts
    """
    messages = [HumanMessage(question)]
    for _ in range(1, max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__raises_in_the_last_round(model, tools, question, max_rounds=5):
    """In the last round it is too late.

    Caught by: test_the_last_round_counts
    """
    messages = [HumanMessage(question)]
    for number in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if number == max_rounds - 1:
            break
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__gives_what_there_is(model, tools, question, max_rounds=5):
    """After the last round, what there is will do.

    Caught by: test_it_stops
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            break
    return messages


def run_agent__gives_the_text(model, tools, question, max_rounds=5):
    """Who asks wants the answer.

    Caught by: test_turn_after_turn
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return new[0].text
    raise TooManyRounds(messages)


def run_agent__leaves_out_the_question(model, tools, question, max_rounds=5):
    """The caller knows the question.

    Caught by: test_turn_after_turn
    """
    messages = []
    for _ in range(max_rounds):
        new = agent_turn(model, tools, [HumanMessage(question), *messages])
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__sends_only_what_is_new(model, tools, question, max_rounds=5):
    """The model remembers what it was told before.

    Caught by: test_the_model_is_asked_until_it_is_done
    """
    messages = [HumanMessage(question)]
    new = messages
    for _ in range(max_rounds):
        new = agent_turn(model, tools, new)
        messages = [*messages, *new]
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__starts_anew_at_each_depth(model, tools, question, max_rounds=5):
    """Recursion is neat: each depth does one round.

    Caught by: test_it_stops
    """

    def go_on(messages, rounds=0):
        if rounds >= max_rounds:
            raise TooManyRounds(messages)
        new = agent_turn(model, tools, messages)
        if len(new) == 1:
            return [*messages, *new]
        return go_on([*messages, *new], rounds)

    return go_on([HumanMessage(question)])


def run_agent__the_question_as_text(model, tools, question, max_rounds=5):
    """A str is a message.

    Caught by: test_turn_after_turn
    """
    messages = [question]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__stops_at_text(model, tools, question, max_rounds=5):
    """When the model says something, it is done.

    Caught by: test_the_model_is_asked_until_it_is_done
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if new[0].text or len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__forgets_the_last_calls(model, tools, question, max_rounds=5):
    """In the last round nobody reads the results.

    Caught by: test_the_error_has_all_messages
    """
    messages = [HumanMessage(question)]
    for number in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        if not wants_tools(message):
            return messages
        if number < max_rounds - 1:
            messages += run_calls(message, tools)
    raise TooManyRounds(messages)


def run_agent__hands_over_the_new_ones(model, tools, question, max_rounds=5):
    """The error has what came last.

    Caught by: test_the_error_has_all_messages
    """
    messages = [HumanMessage(question)]
    new = []
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds(new)


def run_agent__three_is_enough(model, tools, question, max_rounds=3):
    """Nobody needs five rounds.

    Caught by: test_five_rounds_if_nobody_says_how_many
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


def run_agent__never_more_than_ten(model, tools, question, max_rounds=5):
    """Nobody needs more than ten rounds, whatever they say.

    Caught by: test_the_last_round_counts
    """
    messages = [HumanMessage(question)]
    for _ in range(min(max_rounds, 10)):
        new = agent_turn(model, tools, messages)
        messages += new
        if len(new) == 1:
            return messages
    raise TooManyRounds(messages)


# agent_steps


def agent_steps__has_yield_in_it(model, tools, question, max_rounds=5):
    """It has yield in it, so it is a generator like any other.

    Caught by: test_one_step_at_a_time
    """
    yield from run_agent(model, tools, question, max_rounds)[1:]


def agent_steps__yields_turns(model, tools, question, max_rounds=5):
    """One step is one round.

    Caught by: test_without_calls_there_is_one_step
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        yield new
        if len(new) == 1:
            return
    raise TooManyRounds(messages)


def agent_steps__runs_first_then_tells(model, tools, question, max_rounds=5):
    """What is new in a turn can be handed out one by one.

    Caught by: test_one_step_at_a_time
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        new = agent_turn(model, tools, messages)
        messages += new
        yield from new
        if len(new) == 1:
            return
    raise TooManyRounds(messages)


def agent_steps__runs_all_calls_at_once(model, tools, question, max_rounds=5):
    """After the model's message, all of its tools can run.

    Caught by: test_one_step_at_a_time
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for result in run_calls(message, tools):
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


def agent_steps__looks_whether_it_is_done(model, tools, question, max_rounds=5):
    """When the model says nothing new, it is done.

    Caught by: test_without_calls_there_is_one_step
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        if message.text == getattr(messages[-1], "text", None):
            return
        messages.append(message)
        yield message
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


def agent_steps__starts_at_once(model, tools, question, max_rounds=5):
    """A function with a generator inside is a generator.

    Caught by: test_nothing_happens_before_the_first_step
    """
    messages = [HumanMessage(question)]
    bound = model.bind_tools(list(tools.values()))
    first = bound.invoke(messages)

    def steps(message):
        for _ in range(max_rounds):
            messages.append(message)
            yield message
            if not wants_tools(message):
                return
            for call in message.tool_calls:
                [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
                messages.append(result)
                yield result
            message = bound.invoke(messages)
        raise TooManyRounds(messages)

    return steps(first)


def agent_steps__gives_a_list(model, tools, question, max_rounds=5):
    """A list can be read in a for loop, too.

    Caught by: test_nothing_happens_before_the_first_step
    """
    return run_agent(model, tools, question, max_rounds)[1:]


def agent_steps__an_iterator_of_a_list(model, tools, question, max_rounds=5):
    """iter() makes a generator of a list.

    Caught by: test_nothing_happens_before_the_first_step
    """
    return iter(run_agent(model, tools, question, max_rounds)[1:])


def agent_steps__yields_the_question(model, tools, question, max_rounds=5):
    """The question is a message as well.

    Caught by: test_without_calls_there_is_one_step
    """
    messages = [HumanMessage(question)]
    yield messages[0]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


def agent_steps__forgets_results(model, tools, question, max_rounds=5):
    """What was handed out is seen by everybody, the model too.

    Caught by: test_the_model_sees_everything
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            yield result
    raise TooManyRounds(messages)


def agent_steps__just_ends(model, tools, question, max_rounds=5):
    """When the rounds are used up, there are no more steps.

    Caught by: test_it_stops
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages.append(result)
            yield result


def agent_steps__never_stops(model, tools, question, max_rounds=5):
    """Whoever reads the steps can stop.

    Caught by: test_it_stops
    """
    messages = [HumanMessage(question)]
    while True:
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages.append(result)
            yield result


def agent_steps__raises_after_the_last_answer(model, tools, question, max_rounds=5):
    """When the loop is over, the rounds are used up.

    Caught by: test_the_last_round_counts
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message) and len(messages) < 2 * max_rounds:
            return
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


def agent_steps__knows_all_tools(model, tools, question, max_rounds=5):
    """A model asks only for tools that it was given.

    Caught by: test_a_tool_may_not_be_there
    """
    messages = [HumanMessage(question)]
    for _ in range(max_rounds):
        message = model.bind_tools(list(tools.values())).invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for call in message.tool_calls:
            result = tools[call["name"]].invoke(call)
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


def agent_steps__binds_at_once(model, tools, question, max_rounds=5):
    """To bind tools is not to ask, so it need not wait for the first step.

    Caught by: test_nothing_happens_before_the_first_step
    """
    bound = model.bind_tools(list(tools.values()))

    def steps():
        messages = [HumanMessage(question)]
        for _ in range(max_rounds):
            message = bound.invoke(messages)
            messages.append(message)
            yield message
            if not wants_tools(message):
                return
            for call in message.tool_calls:
                [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
                messages.append(result)
                yield result
        raise TooManyRounds(messages)

    return steps()


def agent_steps__never_more_than_ten(model, tools, question, max_rounds=5):
    """Nobody needs more than ten rounds, whatever they say.

    Caught by: test_the_last_round_counts
    """
    messages = [HumanMessage(question)]
    bound = model.bind_tools(list(tools.values()))
    for _ in range(min(max_rounds, 10)):
        message = bound.invoke(messages)
        messages.append(message)
        yield message
        if not wants_tools(message):
            return
        for call in message.tool_calls:
            [result] = run_calls(AIMessage("", tool_calls=[call]), tools)
            messages.append(result)
            yield result
    raise TooManyRounds(messages)


def agent_steps__binds_at_once_if_it_has_tools(
    model: BaseChatModel, tools: Mapping[str, BaseTool], question: str, max_rounds: int = 5
) -> Iterator[BaseMessage]:
    """The tools are known, so they can be bound at once.

    Caught by: test_nothing_happens_before_the_first_step
    """
    asked = model.bind_tools(list(tools.values())) if tools else model

    def steps() -> Iterator[BaseMessage]:
        messages: list[BaseMessage] = [HumanMessage(question)]
        for _ in range(max_rounds):
            reply = asked.invoke(list(messages))
            messages.append(reply)
            yield reply
            if not wants_tools(reply):
                return
            for call in reply.tool_calls:
                for result in run_calls(AIMessage("", tool_calls=[call]), tools):
                    messages.append(result)
                    yield result
        raise TooManyRounds(messages)

    return steps()


# ask_ready_made


def ask_ready_made__has_a_limit(model, tools, rules, question, max_rounds=5):
    """An agent has a limit of its own.

    Caught by: test_it_does_not_ask_too_often
    """
    agent = create_agent(model, tools, system_prompt=rules)
    state = agent.invoke({"messages": [HumanMessage(question)]})
    return final_answer(state["messages"])


def ask_ready_made__limit_is_rounds(model, tools, rules, question, max_rounds=5):
    """The limit counts rounds.

    Caught by: test_the_last_round_counts
    """
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__the_last_step_is_the_answer(model, tools, rules, question, max_rounds=5):
    """n answers and n - 1 rounds of tools are 2n - 1 steps.

    Caught by: test_the_last_round_counts
    """
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds - 1}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__one_more_to_be_sure(model, tools, rules, question, max_rounds=5):
    """One step more does no harm.

    Caught by: test_it_does_not_ask_too_often
    """
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds + 1}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__takes_a_question(model, tools, rules, question, max_rounds=5):
    """An agent is asked like a model.

    Caught by: test_the_model_sees_rules_and_question
    """
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(question, {"recursion_limit": 2 * max_rounds})
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__rules_are_a_template(model, tools, rules, question, max_rounds=5):
    """Braces in the rules have to be doubled, as in a template.

    Caught by: test_the_model_sees_rules_and_question
    """
    rules = rules.replace("{", "{{").replace("}", "}}")
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__rules_in_the_question(model, tools, rules, question, max_rounds=5):
    """The rules belong in front of the question.

    Caught by: test_the_model_sees_rules_and_question
    """
    agent = create_agent(model, tools)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(f"{rules}\n{question}")]},
            {"recursion_limit": 2 * max_rounds},
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__rules_twice(model, tools, rules, question, max_rounds=5):
    """The rules are a message of the conversation as well.

    Caught by: test_the_model_sees_rules_and_question
    """
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [("system", rules), HumanMessage(question)]},
            {"recursion_limit": 2 * max_rounds},
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__forgets_the_rules(model, tools, rules, question, max_rounds=5):
    """The question is all that a model needs.

    Caught by: test_the_model_sees_rules_and_question
    """
    try:
        state = create_agent(model, tools).invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__forgets_the_tools(model, tools, rules, question, max_rounds=5):
    """The model knows the tools.

    Caught by: test_the_model_sees_rules_and_question
    """
    agent = create_agent(model, [], system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])


def ask_ready_made__lets_the_error_out(model, tools, rules, question, max_rounds=5):
    """Too many steps are too many rounds, whatever the error is called.

    Caught by: test_it_stops
    """
    agent = create_agent(model, tools, system_prompt=rules)
    state = agent.invoke(
        {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
    )
    return final_answer(state["messages"])


def ask_ready_made__gives_the_state(model, tools, rules, question, max_rounds=5):
    """What the agent gives is the answer.

    Caught by: test_the_text_of_the_answer
    """
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        return agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None


def ask_ready_made__the_second_message(model, tools, rules, question, max_rounds=5):
    """The answer comes right after the question.

    Caught by: test_the_text_of_the_answer
    """
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": 2 * max_rounds}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return state["messages"][1].text


def ask_ready_made__never_more_than_25_steps(model, tools, rules, question, max_rounds=5):
    """A graph takes 25 steps at most.

    Caught by: test_the_last_round_counts
    """
    agent = create_agent(model, tools, system_prompt=rules)
    try:
        state = agent.invoke(
            {"messages": [HumanMessage(question)]}, {"recursion_limit": min(2 * max_rounds, 25)}
        )
    except GraphRecursionError:
        raise TooManyRounds([]) from None
    return final_answer(state["messages"])
