"""What beginners write first for lesson 02: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and slips are the purpose of this file.
# ruff: noqa: B016, F821, F841, RET503, RUF005


# start_chat


def start_chat__prints(rules, question):
    """The learner takes printing for returning."""
    if rules:
        print([SystemMessage(rules), HumanMessage(question)])
    else:
        print([HumanMessage(question)])


def start_chat__forgets_the_list(rules, question):
    """The learner has overlooked that one message is not a list with one message."""
    if not rules:
        return HumanMessage(question)
    return [SystemMessage(rules), HumanMessage(question)]


def start_chat__returns_a_tuple(rules, question):
    """The learner believes that values with a comma between them are a list."""
    if not rules:
        return [HumanMessage(question)]
    return SystemMessage(rules), HumanMessage(question)


def start_chat__appends_and_returns(rules, question):
    """The learner believes that append returns the list."""
    messages = []
    if rules:
        messages.append(SystemMessage(rules))
    return messages.append(HumanMessage(question))


def start_chat__misspells_content(rules, question):
    """The learner believes that the text of a message is passed as text=."""
    if not rules:
        return [HumanMessage(text=question)]
    return [SystemMessage(text=rules), HumanMessage(text=question)]


def start_chat__checks_for_none(rules, question):
    """The learner takes None for what "" is."""
    if rules is None:
        return [HumanMessage(question)]
    return [SystemMessage(rules), HumanMessage(question)]


def start_chat__list_in_one_branch(rules: str, question: str) -> list[BaseMessage]:
    """The list is made in the branch with rules; overlooked that it is needed without rules,
    too.
    """
    if rules != "":
        messages = [SystemMessage(rules)]
    messages.append(HumanMessage(question))
    return messages


# render_chat


def render_chat__looks_up_the_class(messages):
    """The learner looks a message up by its class, while NAMES has the types."""
    lines = []
    for message in messages:
        lines.append(NAMES[type(message)] + ": " + message.text)
    return "\n".join(lines)


def render_chat__ignores_what_replace_returns(messages):
    """The learner believes that replace changes the text itself."""
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        text = message.text
        text.replace("\n", " ")
        if text:
            lines.append(NAMES[kind] + ": " + text)
    return "\n".join(lines)


def render_chat__returns_the_lines(messages):
    """The learner has forgotten to join the lines."""
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            lines.append(NAMES[kind] + ": " + message.text.replace("\n", " "))
    return lines


def render_chat__returns_in_the_loop(messages):
    """The learner has overlooked that the return stands inside of the loop."""
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            lines.append(NAMES[kind] + ": " + message.text.replace("\n", " "))
        return "\n".join(lines)


def render_chat__adds_text_with_a_comma(messages):
    """The learner believes that a comma joins texts, as it does in print."""
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            lines.append((NAMES[kind], ": ", message.text.replace("\n", " ")))
    return "\n".join(lines)


def render_chat__forgets_the_f(messages):
    """The learner has forgotten the f in front of an f-string."""
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            text = message.text.replace("\n", " ")
            lines.append("{NAMES[kind]}: {text}")
    return "\n".join(lines)


def render_chat__overwrites_the_result(messages):
    """The learner sets the result anew in each round, where it should grow."""
    result = ""
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            result = NAMES[kind] + ": " + message.text.replace("\n", " ")
    return result


# picture_question


def picture_question__encodes_a_str(question, png):
    """The learner believes that bytes have to be encoded before base64."""
    picture = base64.b64encode(png.encode()).decode()
    return HumanMessage(
        [
            {"type": "text", "text": question},
            {"type": "image", "base64": picture, "mime_type": "image/png"},
        ]
    )


def picture_question__calls_the_module(question, png):
    """The learner believes that base64 is a function."""
    picture = base64(png)
    return HumanMessage(
        [
            {"type": "text", "text": question},
            {"type": "image", "base64": picture, "mime_type": "image/png"},
        ]
    )


def picture_question__passes_two_arguments(question, png):
    """The learner believes that a message takes each block as an argument of its own."""
    picture = base64.b64encode(png).decode()
    return HumanMessage(
        {"type": "text", "text": question},
        {"type": "image", "base64": picture, "mime_type": "image/png"},
    )


def picture_question__returns_the_blocks(question, png):
    """The learner has forgotten to make a message of the blocks."""
    picture = base64.b64encode(png).decode()
    return [
        {"type": "text", "text": question},
        {"type": "image", "base64": picture, "mime_type": "image/png"},
    ]


def picture_question__misspells_a_key(question, png):
    """The learner writes mimetype for mime_type."""
    picture = base64.b64encode(png).decode()
    return HumanMessage(
        [
            {"type": "text", "text": question},
            {"type": "image", "base64": picture, "mimetype": "image/png"},
        ]
    )


# save_chat


def save_chat__writes_to_a_file(messages):
    """The learner believes that json.dump is the function that returns text."""
    return json.dump(messages_to_dict(messages))


def save_chat__returns_the_dicts(messages):
    """The learner takes a list of dicts for JSON text."""
    return messages_to_dict(messages)


def save_chat__loads(messages):
    """The learner takes the way back for the way there."""
    return json.loads(messages_from_dict(messages))


def save_chat__one_message_at_a_time(messages):
    """The learner believes that messages_to_dict takes one message."""
    saved = []
    for message in messages:
        saved.append(messages_to_dict(message))
    return json.dumps(saved)


def save_chat__ends_in_the_first_round(messages):
    """The learner has overlooked that the list is made anew in each round."""
    for message in messages:
        saved = []
        saved += messages_to_dict([message])
    return json.dumps(saved)


# chat_turn


def chat_turn__forgets_the_answer_of_append(model, history, question):
    """The learner believes that append gives a longer list and leaves the old one as it is."""
    answer = model.invoke(history.append(HumanMessage(question)))
    history.append(answer)
    return answer.text


def chat_turn__appends_a_list(model, history, question):
    """The learner appends a list where the items of it should be added."""
    asked = HumanMessage(question)
    answer = model.invoke([*history, asked])
    history.append([asked, answer])
    return answer.text


def chat_turn__sends_a_list_in_a_list(model, history, question):
    """The learner has forgotten the star in front of the history."""
    asked = HumanMessage(question)
    answer = model.invoke([history, asked])
    history += [asked, answer]
    return answer.text


def chat_turn__returns_the_message(model, history, question):
    """The learner takes the message for its text."""
    asked = HumanMessage(question)
    answer = model.invoke([*history, asked])
    history += [asked, answer]
    return answer


def chat_turn__passes_the_class(model, history, question):
    """The learner has forgotten to make a message of the class."""
    answer = model.invoke([*history, HumanMessage])
    history += [HumanMessage(question), answer]
    return answer.text


def chat_turn__writes_plus_the_wrong_way(model, history, question):
    """The learner writes =+ for +=."""
    asked = HumanMessage(question)
    answer = model.invoke([*history, asked])
    history = +[asked, answer]
    return answer.text


def chat_turn__hides_the_error(model, history, question):
    """The learner believes that an error is best passed over in silence."""
    try:
        asked = HumanMessage(question)
        answer = model.invoke([*history, asked])
        history += [asked, answer]
        return answer.text
    except Exception:
        pass


# edit_question


def edit_question__returns_the_error(messages, position, text):
    """The learner returns an error where it should be raised."""
    if position < 0 or position >= len(messages):
        return ValueError("no such position")
    if not isinstance(messages[position], HumanMessage):
        return ValueError("not a question")
    return messages[:position] + [HumanMessage(text)]


def edit_question__is_one_too_far(messages, position, text):
    """The learner has overlooked that a list of three has no index 3."""
    if position < 0 or position > len(messages):
        raise ValueError("no such position")
    if not isinstance(messages[position], HumanMessage):
        raise ValueError("not a question")
    return messages[:position] + [HumanMessage(text)]


def edit_question__adds_a_message_to_a_list(messages, position, text):
    """The learner believes that a list and a message can be added."""
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise ValueError("no question")
    return messages[:position] + HumanMessage(text)


def edit_question__compares_the_type_with_a_class(messages, position, text):
    """The learner compares the type, which is a text, with a class."""
    if not 0 <= position < len(messages) or messages[position].type != HumanMessage:
        raise ValueError("no question")
    return messages[:position] + [HumanMessage(text)]


def edit_question__removes_while_it_loops(messages, position, text):
    """The learner has overlooked that a list gets shorter while items are removed from it."""
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise ValueError("no question")
    edited = list(messages)
    for at in range(position, len(edited)):
        edited.pop(at)
    return edited + [HumanMessage(text)]


def edit_question__raises_a_text(messages, position, text):
    """The learner believes that a text can be raised."""
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise "there is no question here"
    return messages[:position] + [HumanMessage(text)]


# last_turns


def last_turns__assumes_a_first_message(messages, turns):
    """The learner has overlooked that there may be no messages at all."""
    rules = []
    if isinstance(messages[0], SystemMessage):
        rules = [messages[0]]
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    if turns == 0 or len(starts) == 0:
        return rules
    first = max(len(starts) - turns, 0)
    return rules + messages[starts[first] :]


def last_turns__forgets_the_brackets(messages, turns):
    """The learner adds a message to a list, and not a list to a list."""
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    if turns == 0 or not starts:
        return messages[:1]
    first = max(len(starts) - turns, 0)
    if isinstance(messages[0], SystemMessage):
        return messages[0] + messages[starts[first] :]
    return messages[starts[first] :]


def last_turns__cuts_one_too_early(messages, turns):
    """The learner is off by one when counting from the end."""
    rules = [m for m in messages[:1] if isinstance(m, SystemMessage)]
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    if turns == 0 or not starts:
        return rules
    first = max(len(starts) - turns - 1, 0)
    return rules + messages[starts[first] :]


def last_turns__keeps_the_rules_twice(messages, turns):
    """The learner has overlooked that the slice may hold the rules already."""
    rules = [m for m in messages[:1] if isinstance(m, SystemMessage)]
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    if turns == 0:
        return rules
    if len(starts) <= turns:
        return rules + messages
    return rules + messages[starts[-turns] :]


def last_turns__returns_an_iterator(messages, turns):
    """The learner takes an iterator that reversed gives for a list."""
    kept = []
    for message in reversed(messages):
        if turns == 0:
            break
        kept.append(message)
        if isinstance(message, HumanMessage):
            turns -= 1
    if messages and isinstance(messages[0], SystemMessage) and messages[0] not in kept:
        kept.append(messages[0])
    return reversed(kept)


def last_turns__wraps_a_list_in_a_list(messages, turns):
    """The learner has forgotten the star, so turns are lists within the list."""
    rules = [m for m in messages[:1] if isinstance(m, SystemMessage)]
    groups = []
    for message in messages[len(rules) :]:
        if isinstance(message, HumanMessage):
            groups.append([])
        groups[-1].append(message)
    return rules + groups[max(len(groups) - turns, 0) :]
