"""Wrong answers to lesson 02 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# start_chat


def start_chat__sends_empty_rules(rules, question):
    """An empty text does no harm.

    Caught by: test_without_rules_there_is_only_the_question
    """
    return [SystemMessage(rules), HumanMessage(question)]


def start_chat__makes_tuples(rules, question):
    """LangChain takes tuples in place of messages, so they are messages.

    Caught by: test_the_rules_come_first
    """
    return ([("system", rules)] if rules else []) + [("human", question)]


def start_chat__joins_the_texts(rules, question):
    """One text with everything in it is enough for a model.

    Caught by: test_the_rules_come_first
    """
    return [HumanMessage(f"{rules}\n\n{question}" if rules else question)]


def start_chat__begins_with_the_question(rules, question):
    """The question is what matters, so it comes first.

    Caught by: test_the_rules_come_first
    """
    return [HumanMessage(question), *([SystemMessage(rules)] if rules else [])]


def start_chat__fills_a_template(rules, question):
    """A prompt template is the safer way to make messages.

    Caught by: test_texts_stay_as_they_are
    """
    from langchain_core.prompts import ChatPromptTemplate

    parts = [("system", rules), ("human", question)] if rules else [("human", question)]
    return ChatPromptTemplate.from_messages(parts).format_messages()


def start_chat__takes_blank_rules_for_none(rules, question):
    """Rules that are only white space are no rules.

    Caught by: test_any_texts
    """
    if not rules.strip():
        return [HumanMessage(question)]
    return [SystemMessage(rules), HumanMessage(question)]


def start_chat__strips_the_texts(rules, question):
    """White space around a text means nothing to a model.

    Caught by: test_texts_stay_as_they_are
    """
    question = HumanMessage(question.strip())
    return [SystemMessage(rules.strip()), question] if rules else [question]


def start_chat__lets_the_assistant_say_the_rules(rules, question):
    """The rules are about the assistant, so they are its message.

    Caught by: test_the_rules_come_first
    """
    question = HumanMessage(question)
    return [AIMessage(rules), question] if rules else [question]


def start_chat__leaves_out_what_is_empty(rules, question):
    """What is empty is no message, whoever says it.

    Caught by: test_a_question_may_be_empty
    """
    pairs = ((SystemMessage, rules), (HumanMessage, question))
    return [kind(text) for kind, text in pairs if text]


# render_chat


def render_chat__knows_four_types(messages):
    """The type of a message is one of the four in NAMES.

    Caught by: test_a_piece_of_a_stream_is_the_assistants
    """
    lines = []
    for message in messages:
        if message.text:
            text = message.text.replace("\n", " ")
            lines.append(f"{NAMES[message.type]}: {text}")
    return "\n".join(lines)


def render_chat__prints_the_content(messages):
    """The content of a message is its text.

    Caught by: test_the_text_of_blocks_is_printed
    """
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.content:
            text = str(message.content).replace("\n", " ")
            lines.append(f"{NAMES[kind]}: {text}")
    return "\n".join(lines)


def render_chat__uses_get_buffer_string(messages):
    """LangChain has a function for that.

    Caught by: test_each_line_says_who_speaks
    """
    from langchain_core.messages import get_buffer_string

    return get_buffer_string(messages)


def render_chat__looks_for_the_very_class(messages):
    """A message of the assistant is of the class AIMessage, and of no other.

    Caught by: test_a_piece_of_a_stream_is_the_assistants
    """
    lines = []
    for message in messages:
        if message.text:
            name = "Assistant" if type(message) is AIMessage else NAMES.get(message.type, "Tool")
            text = message.text.replace("\n", " ")
            lines.append(f"{name}: {text}")
    return "\n".join(lines)


def render_chat__keeps_line_breaks(messages):
    """A line break is a line break.

    Caught by: test_a_line_break_becomes_a_space
    """
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            lines.append(f"{NAMES[kind]}: {message.text}")
    return "\n".join(lines)


def render_chat__splits_on_white_space(messages):
    """A text on one line is its words with a space between them.

    Caught by: test_each_line_says_who_speaks
    """
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            lines.append(f"{NAMES[kind]}: {' '.join(message.text.split())}")
    return "\n".join(lines)


def render_chat__loses_the_last_line_break(messages):
    """splitlines takes a text apart at each line break.

    Caught by: test_a_line_break_becomes_a_space
    """
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            lines.append(f"{NAMES[kind]}: {' '.join(message.text.splitlines())}")
    return "\n".join(lines)


def render_chat__shows_the_silent_ones(messages):
    """Each message has a line.

    Caught by: test_what_has_no_text_has_no_line
    """
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        text = message.text.replace("\n", " ")
        lines.append(f"{NAMES[kind]}: {text}")
    return "\n".join(lines)


def render_chat__leaves_out_blank_ones(messages):
    """A text that is only white space is none.

    Caught by: test_what_has_no_text_has_no_line
    """
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text.strip():
            text = message.text.replace("\n", " ")
            lines.append(f"{NAMES[kind]}: {text}")
    return "\n".join(lines)


def render_chat__ends_each_line(messages):
    """A line ends with a line break.

    Caught by: test_each_line_says_who_speaks
    """
    shown = ""
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            text = message.text.replace("\n", " ")
            shown += f"{NAMES[kind]}: {text}\n"
    return shown


def render_chat__prints_the_type(messages):
    """The type says who speaks.

    Caught by: test_each_line_says_who_speaks
    """
    lines = []
    for message in messages:
        kind = "ai" if isinstance(message, AIMessage) else message.type
        if message.text:
            text = message.text.replace("\n", " ")
            lines.append(f"{kind}: {text}")
    return "\n".join(lines)


def render_chat__joins_neighbouring_chunks(messages: Sequence[BaseMessage]) -> str:
    """Chunks in a row are one message.

    Caught by: test_any_messages
    """
    lines: list[str] = []
    in_a_stream = False
    for message in messages:
        text = message.text.replace("\n", " ")
        chunk = message.type == "AIMessageChunk"
        if text == "":
            continue
        if chunk and in_a_stream:
            lines[-1] += text
        else:
            kind = "ai" if chunk else message.type
            lines.append(f"{NAMES[kind]}: {text}")
        in_a_stream = chunk
    return "\n".join(lines)


# picture_question


def picture_question__writes_base64_in_the_text(question, png):
    """A model reads base64.

    Caught by: test_the_question_comes_first_and_then_the_picture
    """
    return HumanMessage(f"{question}\n\n{base64.b64encode(png).decode()}")


def picture_question__makes_two_blocks_of_text(question, png):
    """A block with base64 in it is a picture.

    Caught by: test_the_question_comes_first_and_then_the_picture
    """
    encoded = base64.b64encode(png).decode()
    return HumanMessage([{"type": "text", "text": question}, {"type": "text", "text": encoded}])


def picture_question__sends_bytes(question, png):
    """A picture is bytes, and bytes are what is sent.

    Caught by: test_the_picture_is_in_base64
    """
    picture = {"type": "image", "base64": png, "mime_type": "image/png"}
    return HumanMessage([{"type": "text", "text": question}, picture])


def picture_question__does_not_decode(question, png):
    """b64encode makes text.

    Caught by: test_the_picture_is_in_base64
    """
    picture = {"type": "image", "base64": base64.b64encode(png), "mime_type": "image/png"}
    return HumanMessage([{"type": "text", "text": question}, picture])


def picture_question__writes_bytes_as_python_does(question, png):
    """str() makes text of everything.

    Caught by: test_the_picture_is_in_base64
    """
    url = f"data:image/png;base64,{base64.b64encode(png)}"
    return HumanMessage(
        [{"type": "text", "text": question}, {"type": "image_url", "image_url": {"url": url}}]
    )


def picture_question__shows_the_picture_first(question, png):
    """One looks at a picture, and then asks.

    Caught by: test_the_question_comes_first_and_then_the_picture
    """
    encoded = base64.b64encode(png).decode()
    picture = {"type": "image", "base64": encoded, "mime_type": "image/png"}
    return HumanMessage([picture, {"type": "text", "text": question}])


def picture_question__makes_two_messages(question, png):
    """A picture is a message of its own.

    Caught by: test_the_question_comes_first_and_then_the_picture
    """
    encoded = base64.b64encode(png).decode()
    picture = {"type": "image", "base64": encoded, "mime_type": "image/png"}
    return [HumanMessage(question), HumanMessage([picture])]


def picture_question__forgets_the_mime_type(question, png):
    """Everybody can see that it is a PNG.

    Caught by: test_the_picture_is_in_base64
    """
    url = f"data:;base64,{base64.b64encode(png).decode()}"
    picture = {"type": "image", "url": url}
    return HumanMessage([{"type": "text", "text": question}, picture])


def picture_question__breaks_the_base64_into_lines(question, png):
    """All functions of the module base64 do the same.

    Caught by: test_the_picture_is_in_base64
    """
    encoded = base64.encodebytes(png).decode()
    picture = {"type": "image", "base64": encoded, "mime_type": "image/png"}
    return HumanMessage([{"type": "text", "text": question}, picture])


def picture_question__encodes_for_urls(question, png):
    """What is sent over the internet has to be safe in a URL.

    Caught by: test_the_picture_is_in_base64
    """
    encoded = base64.urlsafe_b64encode(png).decode()
    picture = {"type": "image", "base64": encoded, "mime_type": "image/png"}
    return HumanMessage([{"type": "text", "text": question}, picture])


def picture_question__leaves_out_an_empty_question(question, png):
    """A block without text is no block.

    Caught by: test_the_question_comes_first_and_then_the_picture
    """
    blocks = [{"type": "text", "text": question}] if question else []
    encoded = base64.b64encode(png).decode()
    return HumanMessage([*blocks, {"type": "image", "base64": encoded, "mime_type": "image/png"}])


# save_chat


def save_chat__keeps_role_and_content(messages):
    """A message is its role and its content.

    Caught by: test_load_chat_reads_it
    """
    return json.dumps([{"role": one.type, "content": one.content} for one in messages])


def save_chat__loses_the_calls(messages):
    """What is said is what counts, and who says it.

    Caught by: test_nothing_is_lost
    """
    return json.dumps([{"type": one.type, "data": {"content": one.content}} for one in messages])


def save_chat__gives_messages_to_json(messages):
    """json knows what to do with an object.

    Caught by: test_load_chat_reads_it
    """
    return json.dumps(messages)


def save_chat__uses_dumps_of_langchain(messages):
    """LangChain has a dumps of its own, so that is for messages.

    Caught by: test_load_chat_reads_it
    """
    from langchain_core.load import dumps

    return dumps(list(messages))


def save_chat__pickles(messages):
    """A pickle keeps everything.

    Caught by: test_load_chat_reads_it
    """
    import pickle

    return base64.b64encode(pickle.dumps(messages)).decode()


def save_chat__dumps_the_fields(messages):
    """model_dump gives all fields, and that is what a message is.

    Caught by: test_load_chat_reads_it
    """
    return json.dumps([one.model_dump() for one in messages])


def save_chat__writes_python(messages):
    """A list of dicts is JSON as soon as it is a str.

    Caught by: test_load_chat_reads_it
    """
    return str(messages_to_dict(messages))


def save_chat__loses_what_the_model_did_not_say(messages):
    """An id and the usage are of no use to a model.

    Caught by: test_nothing_is_lost
    """
    keeps = ("content", "type", "name", "tool_calls", "tool_call_id", "status")
    saved = messages_to_dict(messages)
    for one in saved:
        one["data"] = {name: value for name, value in one["data"].items() if name in keeps}
    return json.dumps(saved)


def save_chat__keeps_only_the_text(messages):
    """The content is text, so it can be saved as text.

    Caught by: test_nothing_is_lost
    """
    saved = messages_to_dict(messages)
    for one, message in zip(saved, messages, strict=True):
        one["data"]["content"] = str(message.text)
    return json.dumps(saved)


def save_chat__writes_ascii(messages):
    """JSON is ASCII, so other characters have to go.

    Caught by: test_nothing_is_lost
    """
    text = json.dumps(messages_to_dict(messages), ensure_ascii=False)
    return text.encode("ascii", errors="replace").decode()


def save_chat__clears_the_ids_first(messages):
    """An id is made anew by whoever loads the chat.

    Caught by: test_nothing_is_lost
    """
    for message in messages:
        message.id = None
    return json.dumps(messages_to_dict(messages))


def save_chat__marks_what_is_saved(messages):
    """Whoever holds a message should see that it is saved.

    Caught by: test_the_messages_stay_as_they_are
    """
    saved = json.dumps(messages_to_dict(messages))
    for message in messages:
        message.additional_kwargs["saved"] = True
    return saved


def save_chat__makes_messages_of_chunks(messages):
    """A chunk is a message like any other one.

    Caught by: test_equal_ids_make_no_message_equal
    """
    from langchain_core.messages import message_chunk_to_message

    return json.dumps(messages_to_dict([message_chunk_to_message(one) for one in messages]))


def save_chat__drops_none(messages):
    """None is nothing, and need not be kept.

    Caught by: test_nothing_is_lost
    """

    def without(value):
        if isinstance(value, dict):
            return {key: without(one) for key, one in value.items() if one is not None}
        return [without(one) for one in value] if isinstance(value, list) else value

    found = messages_to_dict(messages)
    for one in found:
        for field in {*one["data"]} & {"tool_calls", "additional_kwargs", "response_metadata"}:
            one["data"][field] = without(one["data"][field])
    return json.dumps(found)


def save_chat__keeps_one_for_each_id(messages):
    """An id belongs to one message.

    Caught by: test_equal_ids_make_no_message_equal
    """
    found = {message.id or number: message for number, message in enumerate(messages)}
    return json.dumps(messages_to_dict(list(found.values())))


# chat_turn


def chat_turn__appends_the_question_first(model, history, question):
    """What has been asked is a part of the history.

    Caught by: test_a_failure_leaves_nothing_behind
    """
    history.append(HumanMessage(question))
    answer = model.invoke(history)
    history.append(answer)
    return answer.text


def chat_turn__stores_the_text(model, history, question):
    """The text is the answer.

    Caught by: test_the_answer_is_remembered_as_it_is
    """
    answer = model.invoke([*history, HumanMessage(question)])
    history += [HumanMessage(question), AIMessage(answer.text)]
    return answer.text


def chat_turn__stores_strings(model, history, question):
    """Strings will do: LangChain makes messages of them.

    Caught by: test_question_and_answer_are_appended
    """
    answer = model.invoke([*history, question])
    history += [question, answer.text]
    return answer.text


def chat_turn__returns_the_new_list(model, history, question):
    """The caller takes the new list.

    Caught by: test_the_text_comes_back
    """
    asked = [*history, HumanMessage(question)]
    return [*asked, model.invoke(asked)]


def chat_turn__makes_another_list(model, history, question):
    """An assignment to history changes the history.

    Caught by: test_question_and_answer_are_appended
    """
    history = [*history, HumanMessage(question)]
    answer = model.invoke(history)
    history = [*history, answer]
    return answer.text


def chat_turn__stores_only_answers(model, history, question):
    """The questions are known, so only the answers matter.

    Caught by: test_question_and_answer_are_appended
    """
    answer = model.invoke([*history, HumanMessage(question)])
    history.append(answer)
    return answer.text


def chat_turn__asks_without_the_history(model, history, question):
    """A model remembers what it was asked before.

    Caught by: test_the_model_sees_the_conversation
    """
    answer = model.invoke([HumanMessage(question)])
    history += [HumanMessage(question), answer]
    return answer.text


def chat_turn__asks_twice(model, history, question):
    """The text and the message are two things to ask for.

    Caught by: test_the_model_sees_the_conversation
    """
    asked = HumanMessage(question)
    text = model.invoke([*history, asked]).text
    history += [asked, model.invoke([*history, asked])]
    return text


def chat_turn__answers_with_an_apology(model, history, question):
    """A failure is told to the person who asks.

    Caught by: test_a_failure_leaves_nothing_behind
    """
    try:
        answer = model.invoke([*history, HumanMessage(question)])
    except Exception as error:
        return f"Sorry: {error}"
    history += [HumanMessage(question), answer]
    return answer.text


def chat_turn__forgets_all_after_a_failure(model, history, question):
    """After a failure it is best to begin again.

    Caught by: test_a_failure_leaves_nothing_behind
    """
    history.append(HumanMessage(question))
    try:
        answer = model.invoke(history)
    except Exception:
        history.clear()
        raise
    history.append(answer)
    return answer.text


def chat_turn__takes_back_after_some_errors(model, history, question):
    """A model fails with a ConnectionError.

    Caught by: test_any_turn
    """
    history.append(HumanMessage(question))
    try:
        answer = model.invoke(history)
    except ConnectionError:
        history.pop()
        raise
    history.append(answer)
    return answer.text


def chat_turn__returns_the_content(model, history, question):
    """The content of an answer is its text.

    Caught by: test_the_text_of_blocks_comes_back
    """
    answer = model.invoke([*history, HumanMessage(question)])
    history += [HumanMessage(question), answer]
    return answer.content


def chat_turn__stores_the_answer_first(model, history, question):
    """The newest message is at the end, and the order of the two does not matter.

    Caught by: test_question_and_answer_are_appended
    """
    asked = HumanMessage(question)
    answer = model.invoke([*history, asked])
    history.extend([answer, asked])
    return answer.text


def chat_turn__strips_the_answer(model, history, question):
    """White space around an answer means nothing.

    Caught by: test_the_text_comes_back
    """
    asked = HumanMessage(question)
    answer = model.invoke([*history, asked])
    history.extend([asked, answer])
    return answer.text.strip()


def chat_turn__forgets_an_empty_answer(model, history, question):
    """Where there is no text, nothing was said.

    Caught by: test_any_turn
    """
    asked = HumanMessage(question)
    answer = model.invoke([*history, asked])
    if answer.text:
        history += [asked, answer]
    return str(answer.text)


def chat_turn__sends_the_newest_messages(model, history, question):
    """Twenty messages are enough for any answer.

    Caught by: test_any_turn
    """
    asked = HumanMessage(question)
    answer = model.invoke([*history[-20:], asked])
    history += [asked, answer]
    return answer.text


def chat_turn__knows_no_plain_texts_in_a_list(model, history, question):
    """What stands in a list is a dict.

    Caught by: test_the_text_of_blocks_comes_back
    """
    asked = HumanMessage(question)
    answer = model.invoke([*history, asked])
    history += [asked, answer]
    if isinstance(answer.content, str):
        return answer.content
    return "".join(one.get("text", "") for one in answer.content if isinstance(one, dict))


# edit_question


def edit_question__changes_the_message(messages, position, text):
    """The text is only a field, and it can be set.

    Caught by: test_what_was_given_stays_as_it_is
    """
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise ValueError(position)
    messages[position].content = text
    return list(messages[: position + 1])


def edit_question__keeps_old_answers(messages, position, text):
    """What follows still holds.

    Caught by: test_what_came_after_is_left_out
    """
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise ValueError(position)
    return [*messages[:position], HumanMessage(text), *messages[position + 1 :]]


def edit_question__counts_from_the_end(messages, position, text):
    """-1 is the last one, as everywhere in Python.

    Caught by: test_no_question_stands_there
    """
    if not -len(messages) <= position < len(messages):
        raise ValueError(position)
    if not isinstance(messages[position], HumanMessage):
        raise ValueError(position)
    return [*messages[:position], HumanMessage(text)]


def edit_question__raises_an_index_error(messages, position, text):
    """An index outside of a list is an IndexError.

    Caught by: test_no_question_stands_there
    """
    if position < 0 or not isinstance(messages[position], HumanMessage):
        raise ValueError(position)
    return [*messages[:position], HumanMessage(text)]


def edit_question__edits_any_message(messages, position, text):
    """Any message can be edited.

    Caught by: test_no_question_stands_there
    """
    if not 0 <= position < len(messages):
        raise ValueError(position)
    return [*messages[:position], HumanMessage(text)]


def edit_question__cuts_the_list(messages, position, text):
    """The old conversation is of no use any more.

    Caught by: test_what_was_given_stays_as_it_is
    """
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise ValueError(position)
    messages[position:] = [HumanMessage(text)]
    return messages


def edit_question__keeps_the_old_question(messages, position, text):
    """The new question comes behind the old one.

    Caught by: test_what_came_after_is_left_out
    """
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise ValueError(position)
    return [*messages[: position + 1], HumanMessage(text)]


def edit_question__counts_questions(messages, position, text):
    """The position counts the questions.

    Caught by: test_the_new_question_is_the_last_message
    """
    places = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    if not 0 <= position < len(places):
        raise ValueError(position)
    return [*messages[: places[position]], HumanMessage(text)]


def edit_question__looks_for_the_text(messages, position, text):
    """A message can be found by what it says.

    Caught by: test_any_position
    """
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        raise ValueError(position)
    before = []
    for message in messages:
        if message == messages[position]:
            break
        before.append(message)
    return [*before, HumanMessage(text)]


def edit_question__returns_none_for_no_question(messages, position, text):
    """None says that there is no question.

    Caught by: test_no_question_stands_there
    """
    if not 0 <= position < len(messages) or not isinstance(messages[position], HumanMessage):
        return None
    return [*messages[:position], HumanMessage(text)]


# last_turns


def last_turns__keeps_the_last_messages(messages, turns):
    """A turn is a message.

    Caught by: test_a_turn_stays_whole
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    rest = messages[len(rules) :]
    return [*rules, *rest[max(len(rest) - turns, 0) :]]


def last_turns__takes_two_messages_for_a_turn(messages, turns):
    """A turn is a question and its answer.

    Caught by: test_a_turn_stays_whole
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    rest = messages[len(rules) :]
    return [*rules, *rest[max(len(rest) - 2 * turns, 0) :]]


def last_turns__cuts_off_the_rules(messages, turns):
    """Rules are old, too.

    Caught by: test_rules_stay_and_are_no_turn
    """
    starts = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    if turns == 0 or not starts:
        return []
    return list(messages[starts[-turns:][0] :])


def last_turns__counts_results(messages, turns):
    """A result of a tool begins a turn, too.

    Caught by: test_a_turn_stays_whole
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    starts = [at for at, one in enumerate(messages) if one.type in ("human", "tool")]
    starts.append(len(messages))
    return [*rules, *messages[starts[max(len(starts) - 1 - turns, 0)] :]]


def last_turns__leaves_nothing_for_zero(messages, turns):
    """0 turns are nothing at all.

    Caught by: test_there_are_fewer_turns_or_none
    """
    if turns == 0:
        return []
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    starts = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    return [*rules, *(messages[starts[-turns:][0] :] if starts else [])]


def last_turns__slices_with_minus_zero(messages, turns):
    """A slice of the last 0 is empty.

    Caught by: test_there_are_fewer_turns_or_none
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    starts = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    newest = starts[-turns:]
    return [*rules, *(messages[newest[0] :] if newest else [])]


def last_turns__puts_the_newest_first(messages, turns):
    """The newest is the most important, so it comes first.

    Caught by: test_a_turn_stays_whole
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    starts = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    starts.append(len(messages))
    groups = [messages[starts[n] : starts[n + 1]] for n in range(len(starts) - 1)]
    newest = groups[len(groups) - turns :] if turns < len(groups) else groups
    return [*rules, *(one for group in newest[::-1] for one in group)]


def last_turns__keeps_the_oldest(messages, turns):
    """The beginning says what it is about.

    Caught by: test_a_turn_stays_whole
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    starts = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    starts.append(len(messages))
    return list(messages[: starts[min(turns, len(starts) - 1)]]) if starts[:-1] else rules


def last_turns__fails_with_fewer(messages, turns):
    """There are always enough turns.

    Caught by: test_there_are_fewer_turns_or_none
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    if turns == 0:
        return rules
    starts = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    return [*rules, *messages[starts[-turns] :]]


def last_turns__wants_an_answer(messages, turns):
    """A question without an answer is no turn yet.

    Caught by: test_an_open_question_is_a_turn
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    starts = [
        at
        for at, one in enumerate(messages[:-1])
        if isinstance(one, HumanMessage) and isinstance(messages[at + 1], AIMessage)
    ]
    starts.append(len(messages))
    return [*rules, *messages[starts[max(len(starts) - 1 - turns, 0)] :]]


def last_turns__leaves_out_calls(messages, turns):
    """Nobody needs calls and results once there is an answer.

    Caught by: test_a_turn_stays_whole
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    starts = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    starts.append(len(messages))
    newest = messages[starts[max(len(starts) - 1 - turns, 0)] :]
    return [*rules, *(one for one in newest if one.type != "tool" and one.text)]


def last_turns__empties_the_list(messages, turns):
    """The old turns are not needed any more.

    Caught by: test_the_messages_stay_as_they_are
    """
    rules = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    starts = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    starts.append(len(messages))
    del messages[len(rules) : starts[max(len(starts) - 1 - turns, 0)]]
    return list(messages)


def last_turns__keeps_every_system_message(messages, turns):
    """Rules stay, wherever they stand.

    Caught by: test_any_conversation
    """
    rules = [message for message in messages if message.type == "system"]
    rest = [message for message in messages if message.type != "system"]
    starts = [place for place, message in enumerate(rest) if message.type == "human"]
    kept = starts[max(0, len(starts) - turns) :]
    return [*rules, *(rest[kept[0] :] if kept else [])]
