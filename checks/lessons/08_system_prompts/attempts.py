"""What beginners write first for lesson 08: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa


# escape_braces


def escape_braces__ignores_the_result(text):
    """The learner believes that replace changes the text it is called on."""
    text.replace("{", "{{")
    text.replace("}", "}}")
    return text


def escape_braces__in_an_f_string(text):
    """The learner believes that double braces around a name in an f-string add braces."""
    return f"{{text}}"


def escape_braces__removes_in_a_loop(text):
    """The learner has overlooked that each round begins with the given text again."""
    for brace in "{}":
        escaped = text.replace(brace, brace * 2)
    return escaped


def escape_braces__prints(text):
    """The learner takes printing for returning."""
    print(text.replace("{", "{{").replace("}", "}}"))


def escape_braces__gives_a_list(text):
    """The learner has overlooked that the letters have to be joined again."""
    return [letter * 2 if letter in "{}" else letter for letter in text]


def escape_braces__assigns_to_a_letter(text):
    """The learner believes that a letter of a text can be replaced by its number."""
    for number, letter in enumerate(text):
        if letter in "{}":
            text[number] = letter * 2
    return text


def escape_braces__fills_it_in(text):
    """The learner has overlooked that format makes single braces of the double ones."""
    return text.replace("{", "{{").replace("}", "}}").format()


def escape_braces__makes_a_template(text):
    """The learner believes that a template gives back any text that is put into it."""
    return PromptTemplate.from_template(text).format()


def escape_braces__four_of_each(text):
    """The learner believes that both of two braces have to be doubled again."""
    return text.replace("{", "{{{{").replace("}", "}}}}")


def escape_braces__has_no_re(text):
    """The learner has overlooked that a module has to be imported."""
    return re.sub(r"([{}])", r"\1\1", text)


# missing_values


def missing_values__calls_input_variables(template, values):
    """The learner believes that input_variables is a method."""
    needed = PromptTemplate.from_template(template).input_variables()
    return sorted(set(needed) - set(values))


def missing_values__asks_the_str(template, values):
    """The learner believes that a str knows its variables."""
    return sorted(set(template.input_variables) - set(values))


def missing_values__subtracts_lists(template, values):
    """The learner believes that lists can be subtracted."""
    needed = PromptTemplate.from_template(template).input_variables
    return sorted(needed - list(values))


def missing_values__returns_what_sort_returns(template, values):
    """The learner believes that sort returns the list."""
    needed = PromptTemplate.from_template(template).input_variables
    missing = [name for name in needed if name not in values]
    return missing.sort()


def missing_values__removes_while_looping(template, values):
    """The learner has overlooked that a list must not change while a loop reads it."""
    needed = sorted(set(PromptTemplate.from_template(template).input_variables))
    for name in needed:
        if name in values:
            needed.remove(name)
    return needed


def missing_values__looks_at_the_values(template, values):
    """The learner has overlooked that the names are the keys."""
    needed = PromptTemplate.from_template(template).input_variables
    return sorted(name for name in set(needed) if name not in values.values())


def missing_values__wrong_way(template, values):
    """The learner has mixed up which names are looked up where."""
    return sorted(name for name in values if name not in template)


def missing_values__calls_the_class(template, values):
    """The learner believes that a template is made by calling its class with a text."""
    prompt = PromptTemplate(template)
    return sorted(name for name in prompt.input_variables if name not in values)


def missing_values__str_of_the_error(template, values):
    """The learner believes that str of a KeyError is its key."""
    missing = []
    try:
        PromptTemplate.from_template(template).format(**values)
    except KeyError as error:
        missing.append(str(error))
    return missing


# few_shot


def few_shot__appends_a_list(rules, examples, question):
    """The learner believes that append adds each item of a list."""
    messages = [SystemMessage(rules)]
    for asked, answer in examples:
        messages.append([HumanMessage(asked), AIMessage(answer)])
    messages.append(HumanMessage(question))
    return messages


def few_shot__does_not_unpack(rules, examples, question):
    """The learner has overlooked that an example is a pair."""
    messages = [SystemMessage(rules)]
    for example in examples:
        messages.append(HumanMessage(example))
        messages.append(AIMessage(example))
    messages.append(HumanMessage(question))
    return messages


def few_shot__returns_in_the_loop(rules, examples, question):
    """The learner has overlooked that return ends the loop in its first round."""
    messages = [SystemMessage(rules)]
    for asked, answer in examples:
        messages += [HumanMessage(asked), AIMessage(answer)]
        return [*messages, HumanMessage(question)]


def few_shot__asks_in_the_loop(rules, examples, question):
    """The learner has put the last line into the loop."""
    messages = [SystemMessage(rules)]
    for asked, answer in examples:
        messages += [HumanMessage(asked), AIMessage(answer)]
        messages.append(HumanMessage(question))
    return messages


def few_shot__forgets_the_star(rules, examples, question):
    """The learner has overlooked the star before a list inside of a list."""
    shown = []
    for asked, answer in examples:
        shown += [HumanMessage(asked), AIMessage(answer)]
    return [SystemMessage(rules), shown, HumanMessage(question)]


def few_shot__takes_the_class(rules, examples, question):
    """The learner believes that the base class makes messages."""
    messages = [BaseMessage(rules)]
    for asked, answer in examples:
        messages += [BaseMessage(asked), BaseMessage(answer)]
    return [*messages, BaseMessage(question)]


def few_shot__loses_the_question(rules, examples, question):
    """The learner has overlooked that a loop gives a new value to a name that is in use."""
    messages = [SystemMessage(rules)]
    for question, answer in examples:
        messages.append(HumanMessage(question))
        messages.append(AIMessage(answer))
    messages.append(HumanMessage(question))
    return messages


def few_shot__swaps_the_pair(rules, examples, question):
    """The learner has mixed up the order of the parts of a pair."""
    messages = [SystemMessage(rules)]
    for answer, asked in examples:
        messages.append(HumanMessage(asked))
        messages.append(AIMessage(answer))
    messages.append(HumanMessage(question))
    return messages


def few_shot__yields(rules, examples, question):
    """The learner takes a generator for a list."""
    yield SystemMessage(rules)
    for asked, answer in examples:
        yield HumanMessage(asked)
        yield AIMessage(answer)
    yield HumanMessage(question)


def few_shot__returns_append(rules, examples, question):
    """The learner believes that append returns the list."""
    messages = [SystemMessage(rules)]
    for asked, answer in examples:
        messages.append(HumanMessage(asked))
        messages.append(AIMessage(answer))
    return messages.append(HumanMessage(question))


# chat_messages


def chat_messages__inserts(rules, history, question):
    """The learner believes that insert returns the list."""
    said = [one for one in history if not isinstance(one, SystemMessage)]
    return said.insert(0, SystemMessage(rules)) + [HumanMessage(question)]


def chat_messages__compares_with_a_name(rules, history, question):
    """The learner believes that the type of a message is the name of its class."""
    said = [one for one in history if one.type != "SystemMessage"]
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__uses_is(rules, history, question):
    """The learner believes that a message is the same as its class."""
    said = [one for one in history if one is not SystemMessage]
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__a_role(rules, history, question):
    """The learner believes that a message has a role."""
    said = [one for one in history if one.role != "system"]
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__adds_with_plus(rules, history, question):
    """The learner believes that + joins messages and lists."""
    said = [one for one in history if not isinstance(one, SystemMessage)]
    return SystemMessage(rules) + said + HumanMessage(question)


def chat_messages__pops_while_looping(rules, history, question):
    """The learner has overlooked that a name for a list is no copy of it."""
    said = history
    for one in said:
        if isinstance(one, SystemMessage):
            said.remove(one)
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__forgets_not(rules, history, question):
    """The learner has left out the word not in a condition."""
    said = [one for one in history if isinstance(one, SystemMessage)]
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__breaks(rules, history, question):
    """The learner takes break for continue."""
    messages = [SystemMessage(rules)]
    for one in history:
        if isinstance(one, SystemMessage):
            break
        messages.append(one)
    messages.append(HumanMessage(question))
    return messages


def chat_messages__takes_the_texts(rules, history, question):
    """The learner has overlooked that a text is no message."""
    said = [one.text for one in history if not isinstance(one, SystemMessage)]
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__adds_a_filter(
    rules: str, history: Sequence[BaseMessage], question: str
) -> list[BaseMessage]:
    """filter gives a list."""
    others = filter(lambda message: not isinstance(message, SystemMessage), history)
    return [SystemMessage(rules)] + others + [HumanMessage(question)]


# quote_document


def quote_document__forgets_the_f(title, text):
    """The learner has left out the f before the quotation mark."""
    return '<document title="{escape(title)}">\n{escape(text)}\n</document>'


def quote_document__ignores_escape(title, text):
    """The learner believes that escape changes the text it gets."""
    escape(title)
    escape(text)
    return f'<document title="{title}">\n{text}\n</document>'


def quote_document__repr_of_the_text(title, text):
    """The learner believes that !r escapes whatever is dangerous."""
    return f'<document title="{escape(title)}">\n{text!r}\n</document>'


def quote_document__three_lines(title, text):
    """The learner has overlooked that lines have to be joined."""
    return f'<document title="{escape(title)}">', escape(text), "</document>"


def quote_document__encodes(title, text):
    """The learner believes that an element has to be bytes."""
    return f'<document title="{escape(title)}">\n{escape(text)}\n</document>'.encode()


def quote_document__escapes_all(title, text):
    """The learner has overlooked that the tags themselves must not be escaped."""
    return escape(f'<document title="{title}">\n{text}\n</document>')


def quote_document__in_triple_quotes(title, text):
    """The learner has overlooked the line breaks next to triple quotation marks."""
    return f"""
<document title="{escape(title)}">
{escape(text)}
</document>
"""


def quote_document__indents(title, text):
    """The learner has overlooked that spaces in triple quotation marks belong to the text."""
    return f"""<document title="{escape(title)}">
    {escape(text)}
    </document>"""


def quote_document__no_quotation_marks(title, text):
    """The learner has left out the quotation marks around the title."""
    return f"<document title={escape(title)}>\n{escape(text)}\n</document>"


def quote_document__swaps_them(title, text):
    """The learner has mixed up title and text."""
    return f'<document title="{escape(text)}">\n{escape(title)}\n</document>'


def quote_document__joins_with_spaces(title, text):
    """The learner has joined lines with spaces."""
    lines = ['<document title="' + escape(title) + '">', escape(text), "</document>"]
    return " ".join(lines)


def quote_document__escapes_and_forgets(title, text):
    """The learner has overlooked that escape gives a new text."""
    escape(title)
    escape(text)
    return f'<document title="{title}">\n{text}\n</document>'


# cacheable_prompt


def cacheable_prompt__loops_over_names(rules, facts):
    """The learner believes that a loop over a dict gives pairs."""
    lines = list(rules)
    for name, value in facts:
        lines.append(f"{name}: {value}")
    return "\n".join(lines)


def cacheable_prompt__sorts_in_place(rules, facts):
    """The learner believes that a dict has a method sort."""
    facts.sort()
    return "\n".join([*rules, *(f"{name}: {value}" for name, value in facts.items())])


def cacheable_prompt__joins_the_wrong_way(rules, facts):
    """The learner believes that join is a method of the list."""
    lines = [*rules, *(f"{name}: {facts[name]}" for name in sorted(facts))]
    return lines.join("\n")


def cacheable_prompt__extends_the_rules(rules, facts):
    """The learner has overlooked that += changes the list of the caller."""
    lines = rules
    lines += [f"{name}: {facts[name]}" for name in sorted(facts)]
    return "\n".join(lines)


def cacheable_prompt__a_backslash_too_many(rules, facts):
    """The learner has written a backslash and an n in place of a line break."""
    lines = [*rules, *(f"{name}: {facts[name]}" for name in sorted(facts))]
    return r"\n".join(lines)


def cacheable_prompt__str_of_the_dict(rules, facts):
    """The learner believes that str writes a dict in lines."""
    return "\n".join(rules) + "\n" + str(facts)


def cacheable_prompt__no_space(rules, facts):
    """The learner has overlooked the space after the colon."""
    return "\n".join([*rules, *(f"{name}:{facts[name]}" for name in sorted(facts))])


def cacheable_prompt__two_joins(rules, facts):
    """The learner has overlooked that a line break is needed between two joined texts, too."""
    lines = [f"{name}: {value}" for name, value in facts.items()]
    return "\n".join(rules) + "\n".join(sorted(lines))


def cacheable_prompt__always_a_line_break(rules, facts):
    """The learner has overlooked that there may be no facts."""
    return "\n".join(rules) + "\n" + "\n".join(f"{n}: {v}" for n, v in sorted(facts.items()))


# answer_chain


def answer_chain__invokes_it(model, rules):
    """The learner believes that a chain has to be started where it is made."""
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return (prompt | model | StrOutputParser()).invoke({"question": "Hello"})


def answer_chain__takes_the_class(model, rules):
    """The learner has left out the parentheses after a class."""
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return prompt | model | StrOutputParser


def answer_chain__an_f_string(model, rules):
    """The learner believes that an f-string is a template."""
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", f"{question}")])
    return prompt | model | StrOutputParser()


def answer_chain__another_name(model, rules):
    """The learner has given the variable another name than the input has."""
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{text}")])
    return prompt | model | StrOutputParser()


def answer_chain__a_message_with_braces(model, rules):
    """The learner believes that a message with braces is filled in."""
    prompt = ChatPromptTemplate([SystemMessage(rules), HumanMessage("{question}")])
    return prompt | model | StrOutputParser()


def answer_chain__a_list_in_front(model, rules):
    """The learner believes that a list of messages can begin a chain."""
    messages = [SystemMessage(rules), HumanMessage("{question}")]
    return messages | model | StrOutputParser()


def answer_chain__forgets_to_return(model, rules):
    """The learner has overlooked that a value has to be returned."""
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    prompt | model | StrOutputParser()


def answer_chain__one_text(model, rules):
    """The learner takes a template of a text for one of messages."""
    prompt = PromptTemplate.from_template(rules + "\n{question}")
    return prompt | model | StrOutputParser()


def answer_chain__another_order(model, rules):
    """The learner has mixed up the order of the parts."""
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return prompt | StrOutputParser() | model


def answer_chain__says_or(model, rules):
    """The learner takes the word or for the operator |."""
    return (
        ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
        or model
        or StrOutputParser()
    )


def answer_chain__gives_the_method(model, rules):
    """The learner takes a method of a chain for the chain."""
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return (prompt | model | StrOutputParser()).stream


# score_prompts


def score_prompts__loops_over_the_names(model, prompts, cases):
    """The learner believes that a loop over a dict gives its values."""
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for prompt in prompts:
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            passed += case.must_contain.lower() in answer.text.lower()
        scores[prompt] = passed / len(cases)
    return scores


def score_prompts__divides_whole_numbers(model, prompts, cases):
    """The learner believes that // is the sign for dividing."""
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            passed += case.must_contain.lower() in answer.text.lower()
        scores[name] = passed // len(cases)
    return scores


def score_prompts__counts_on(model, prompts, cases):
    """The learner has overlooked that the counter begins anew for each prompt."""
    if not cases:
        raise ValueError("no cases")
    scores = {}
    passed = 0
    for name, prompt in prompts.items():
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            passed += case.must_contain.lower() in answer.text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__does_not_call_lower(model, prompts, cases):
    """The learner has left out the parentheses after a method."""
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            passed += case.must_contain.lower in answer.text.lower
        scores[name] = passed / len(cases)
    return scores


def score_prompts__returns_the_error(model, prompts, cases):
    """The learner believes that return raises an error if it is given one."""
    if not cases:
        return ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            passed += case.must_contain.lower() in answer.text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__returns_too_early(model, prompts, cases):
    """The learner has overlooked that return ends the loop in its first round."""
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            passed += case.must_contain.lower() in answer.text.lower()
        scores[name] = passed / len(cases)
        return scores


def score_prompts__lowers_a_message(model, prompts, cases):
    """The learner has overlooked that the answer is a message, and hides the error."""
    if not cases:
        raise ValueError
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
                if case.must_contain.lower() in answer.lower():
                    passed += 1
            except Exception:
                pass
        scores[name] = passed / len(cases)
    return scores


def score_prompts__looks_into_the_message(model, prompts, cases):
    """The learner has overlooked that the answer is a message and no text."""
    if not cases:
        raise ValueError
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            if case.must_contain.lower() in answer:
                passed += 1
        scores[name] = passed / len(cases)
    return scores


def score_prompts__divides_by_none(model, prompts, cases):
    """The learner has overlooked that a division by zero is no ValueError."""
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except Exception:
                continue
            if case.must_contain.lower() in answer.lower():
                passed += 1
        scores[name] = passed / len(cases)
    return scores


def score_prompts__begins_anew(model, prompts, cases):
    """The learner has put the counter into the wrong loop."""
    if not cases:
        raise ValueError
    scores = {}
    for name, prompt in prompts.items():
        for case in cases:
            passed = 0
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except Exception:
                continue
            if case.must_contain.lower() in answer.lower():
                passed += 1
        scores[name] = passed / len(cases)
    return scores


def score_prompts__unpacks_a_case(model, prompts, cases):
    """The learner believes that a Case is a pair."""
    if not cases:
        raise ValueError
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for question, contains in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(question)]).text
            except Exception:
                continue
            if contains.lower() in answer.lower():
                passed += 1
        scores[name] = passed / len(cases)
    return scores


def score_prompts__the_wrong_way_round(model, prompts, cases):
    """The learner has mixed up which text is looked for in which."""
    if not cases:
        raise ValueError
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except Exception:
                continue
            if answer.lower() in case.must_contain.lower():
                passed += 1
        scores[name] = passed / len(cases)
    return scores


def score_prompts__catches_too_little(model, prompts, cases):
    """The learner believes that each error is a ValueError."""
    if not cases:
        raise ValueError
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except ValueError:
                continue
            if case.must_contain.lower() in answer.lower():
                passed += 1
        scores[name] = passed / len(cases)
    return scores
