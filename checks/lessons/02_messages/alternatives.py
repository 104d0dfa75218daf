"""Correct answers to lesson 02 that are written differently from the reference.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# start_chat


def start_chat__star(rules, question):
    """A star expression, and content= by name."""
    return [
        *([SystemMessage(content=rules)] if rules else []),
        HumanMessage(content=question),
    ]


def start_chat__insert(rules, question):
    """The question first, and the rules inserted in front of it; both have an id."""
    messages = [HumanMessage(question, id="question")]
    if len(rules) > 0:
        messages.insert(0, SystemMessage(rules, id="rules"))
    return messages


def start_chat__from_dicts(rules, question):
    """LangChain makes the messages of tuples."""
    from langchain_core.messages import convert_to_messages

    said = {"system": rules, "human": question}
    return convert_to_messages(
        [(role, text) for role, text in said.items() if text != "" or role == "human"]
    )


# render_chat


def render_chat__match(messages):
    """Patterns for the classes in place of NAMES."""
    from langchain_core.messages import ToolMessage

    def name(message):
        match message:
            case AIMessage():
                return "Assistant"
            case HumanMessage():
                return "You"
            case ToolMessage():
                return "Tool"
            case _:
                return "Rules"

    told = ((name(one), one.text) for one in messages)
    return "\n".join(f"{who}: {' '.join(text.split(chr(10)))}" for who, text in told if text)


def render_chat__more_names(messages):
    """One name more in a dict of its own."""
    names = {**NAMES, "AIMessageChunk": NAMES["ai"]}
    lines = []
    for message in messages:
        text = str(message.text)
        if text == "":
            continue
        while "\n" in text:
            at = text.index("\n")
            text = text[:at] + " " + text[at + 1 :]
        lines += [names[message.type] + ": " + text]
    return str.join("\n", lines)


def render_chat__by_hand(messages):
    """The text is taken from the blocks, and the last line break cut off again."""
    shown = ""
    for message in messages:
        text = message.content
        if not isinstance(text, str):
            parts = (one if isinstance(one, str) else one.get("text", "") for one in text)
            text = "".join(parts)
        if text:
            kind = "ai" if message.type not in NAMES else message.type
            shown += NAMES[kind] + ": " + text.translate({10: 32}) + "\n"
    return shown[:-1]


# picture_question


def picture_question__openai(question, png):
    """OpenAI's form, with a data URL."""
    url = "data:image/png;base64," + str(base64.b64encode(png), "ascii")
    return HumanMessage(
        content=[
            {"type": "text", "text": question},
            {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
        ]
    )


def picture_question__content_blocks(question, png):
    """LangChain's functions make the blocks, with ids."""
    from langchain_core.messages.content import create_image_block, create_text_block

    encoded = base64.standard_b64encode(png).decode("utf-8")
    picture = create_image_block(base64=encoded, mime_type="image/png")
    return HumanMessage(content_blocks=[create_text_block(question), picture])


def picture_question__url(question, png):
    """A str as the first block, and a data URL in LangChain's form."""
    from binascii import b2a_base64

    encoded = b2a_base64(png, newline=False).decode()
    picture = {"type": "image", "url": f"data:image/png;base64,{encoded}"}
    return HumanMessage([question, picture], id="picture")


# save_chat


def save_chat__one_by_one(messages):
    """Each message by itself, and readable JSON."""
    from langchain_core.messages import message_to_dict

    saved = [message_to_dict(message) for message in messages]
    return json.dumps(saved, indent=2, ensure_ascii=False, sort_keys=True)


def save_chat__by_hand(messages):
    """Type and fields, put together by hand."""
    parts = []
    for message in messages:
        saved = {"type": message.type, "data": message.model_dump()}
        parts.append(json.dumps(saved))
    return "[" + ", ".join(parts) + "]"


def save_chat__pydantic(messages):
    """pydantic writes the JSON of each message."""
    written = (f'"type": "{one.type}", "data": {one.model_dump_json()}' for one in messages)
    return f"[{','.join(f'{{{one}}}' for one in written)}]\n"


# chat_turn


def chat_turn__slice_assignment(model, history, question):
    """A copy that grows, and takes the place of the history in the end."""
    messages = list(history)
    messages.append(HumanMessage(content=question))
    messages.append(model.invoke(messages))
    history[:] = messages
    return str(messages[-1].text)


def chat_turn__takes_back(model, history, question):
    """The question is appended first, and taken back if the call fails."""
    history.append(HumanMessage(question))
    try:
        answer = model.invoke(history)
    except BaseException:
        del history[-1]
        raise
    history.append(answer)
    return answer.text


def chat_turn__in_finally(model, history, question):
    """The history is cut to its old length, unless all has gone well."""
    length = len(history)
    history.extend([HumanMessage(question)])
    try:
        history.insert(length + 1, model.invoke(tuple(history)))
    finally:
        if len(history) < length + 2:
            del history[length:]
    return "".join(b["text"] for b in history[-1].content_blocks if b["type"] == "text")


# edit_question


def edit_question__loop(messages, position, text):
    """A loop that counts, and a ValueError if it never gets there."""
    edited = []
    for at, message in enumerate(messages):
        if at == position:
            if not isinstance(message, HumanMessage):
                break
            edited.append(HumanMessage(content=text))
            return edited
        edited.append(message)
    raise ValueError("no question")


def edit_question__model_copy(messages, position, text):
    """A copy of the old message with another content, so its id stays."""
    from itertools import islice

    old = dict(enumerate(messages)).get(position)
    if not isinstance(old, HumanMessage):
        raise ValueError(f"{position} is no question")
    return [*islice(messages, position), old.model_copy(update={"content": text})]


def edit_question__deep_copy(messages, position, text):
    """All is copied, and the copy is cut and changed."""
    from copy import deepcopy

    if position not in range(len(messages)):
        raise ValueError(position)
    copied = deepcopy(list(messages))
    if not isinstance(copied[position], HumanMessage):
        raise ValueError(position)
    del copied[position + 1 :]
    copied[-1].content = text
    return copied


# last_turns


def last_turns__groups(messages, turns):
    """The turns are built one by one, and the newest of them joined."""
    rules, groups = [], []
    for message in messages:
        if isinstance(message, HumanMessage):
            groups.append([message])
        elif groups:
            groups[-1].append(message)
        else:
            rules.append(message)
    while len(groups) > turns:
        del groups[0]
    return sum(groups, rules)


def edit_question__asks_for_the_type(messages, position, text):
    """The type of a message says what it is."""
    if not 0 <= position < len(messages) or messages[position].type != "human":
        raise ValueError(position)
    return [*messages[:position], HumanMessage(text)]


def last_turns__backwards(messages, turns):
    """From the end to the beginning, until there are enough questions."""
    kept = []
    for at in range(len(messages) - 1, -1, -1):
        if turns == 0:
            break
        if at == 0 and messages[0].type == "system":
            break
        kept.insert(0, messages[at])
        turns -= messages[at].type == "human"
    if len(messages) > 0 and isinstance(messages[0], SystemMessage):
        return [messages[0], *kept]
    return kept


def last_turns__counts(messages, turns):
    """Each message knows how many questions are still to come."""
    total = sum(isinstance(one, HumanMessage) for one in messages)
    kept, seen = [], 0
    for message in messages:
        seen += isinstance(message, HumanMessage)
        is_rules = seen == 0 and isinstance(message, SystemMessage)
        if is_rules or seen > total - turns:
            kept.append(message)
    return kept
