"""Wrong answers to lesson 08 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# escape_braces


def escape_braces__removes_them(text):
    """Braces are noise.

    Caught by: test_each_brace_is_doubled
    """
    return text.replace("{", "").replace("}", "")


def escape_braces__opening_only(text):
    """Only the opening brace begins something.

    Caught by: test_each_brace_is_doubled
    """
    return text.replace("{", "{{")


def escape_braces__closing_only(text):
    """The closing brace is the one that matters.

    Caught by: test_each_brace_is_doubled
    """
    return text.replace("}", "}}")


def escape_braces__square_ones(text):
    """Other brackets mean the same to a reader.

    Caught by: test_each_brace_is_doubled
    """
    return text.replace("{", "[").replace("}", "]")


def escape_braces__quotes_it(text):
    """What is quoted is taken as it is.

    Caught by: test_each_brace_is_doubled
    """
    return repr(text)


def escape_braces__backslashes(text):
    """A backslash takes the meaning away from a character.

    Caught by: test_each_brace_is_doubled
    """
    return text.replace("{", "\\{").replace("}", "\\}")


def escape_braces__once(text):
    """One of each is enough.

    Caught by: test_each_brace_is_doubled
    """
    return text.replace("{", "{{", 1).replace("}", "}}", 1)


def escape_braces__leaves_double_ones(text):
    """What is double already is escaped already.

    Caught by: test_braces_that_are_double_already
    """
    import re

    text = re.sub(r"(?<!{){(?!{)", "{{", text)
    return re.sub(r"(?<!})}(?!})", "}}", text)


def escape_braces__strips(text):
    """Spaces around a text are dirt.

    Caught by: test_nothing_else_is_changed
    """
    return text.strip().replace("{", "{{").replace("}", "}}")


def escape_braces__takes_a_flag_for_a_count(text):
    """The fourth argument of re.sub is for flags.

    Caught by: test_any_text
    """
    import re

    return re.sub(r"[{}]", lambda found: found[0] * 2, text, re.MULTILINE)  # noqa: B034


# missing_values


def missing_values__any_name_in_braces(template, values):
    """A name in braces is a name.

    Caught by: test_escaped_braces_are_text
    """
    import re

    return sorted({*re.findall(r"{(\w+)[^{}]*}", template)} - {*values})


def missing_values__empty_is_missing(template, values):
    """An empty value is no value.

    Caught by: test_none_and_nothing_are_values
    """
    names = PromptTemplate.from_template(template).input_variables
    return sorted(name for name in set(names) if not values.get(name))


def missing_values__none_is_missing(template, values):
    """None is no value.

    Caught by: test_none_and_nothing_are_values
    """
    names = PromptTemplate.from_template(template).input_variables
    return sorted(name for name in set(names) if values.get(name) is None)


def missing_values__the_first_one(template, values):
    """format tells what is missing.

    Caught by: test_all_missing_names_come_sorted_and_once
    """
    try:
        template.format(**values)
    except KeyError as error:
        return [error.args[0]]
    return []


def missing_values__as_they_come(template, values):
    """The order of the names does not matter.

    Caught by: test_all_missing_names_come_sorted_and_once
    """
    import string

    found = []
    for _, name, _, _ in string.Formatter().parse(template):
        if name and name not in values and name not in found:
            found.append(name)
    return found


def missing_values__each_place(template, values):
    """Each place in the template needs a value.

    Caught by: test_all_missing_names_come_sorted_and_once
    """
    import string

    parts = string.Formatter().parse(template)
    return sorted(name for _, name, _, _ in parts if name and name not in values)


def missing_values__with_the_format(template, values):
    """What stands between the braces is the name.

    Caught by: test_a_format_is_no_part_of_the_name
    """
    import re

    plain = template.replace("{{", "").replace("}}", "")
    return sorted({*re.findall(r"{([^{}]+)}", plain)} - {*values})


def missing_values__the_other_way_round(template, values):
    """What does not fit on either side is missing.

    Caught by: test_more_values_do_no_harm
    """
    return sorted({*PromptTemplate.from_template(template).input_variables} ^ {*values})


def missing_values__a_set(template, values):
    """A set is as good as a list.

    Caught by: test_all_missing_names_come_sorted_and_once
    """
    return {*PromptTemplate.from_template(template).input_variables} - {*values}


def missing_values__all_names(template, values):
    """All names of the template are asked for.

    Caught by: test_none_and_nothing_are_values
    """
    return sorted(PromptTemplate.from_template(template).input_variables)


def missing_values__no_conversions(template, values):
    """What follows a name begins with a colon.

    Caught by: test_a_format_is_no_part_of_the_name
    """
    import re

    names = re.findall(r"\{\{|\}\}|\{(\w+)(?::[^{}]*)?\}", template)
    return sorted({name for name in names if name} - set(values))


def missing_values__a_missing_key_raises(template, values):
    """A dict that lacks a key raises KeyError, and does nothing else.

    Caught by: test_more_values_do_no_harm
    """
    missing = []
    for name in PromptTemplate.from_template(template).input_variables:
        try:
            values[name]
        except KeyError:
            missing.append(name)
    return sorted(missing)


# few_shot


def few_shot__in_the_rules(rules, examples, question):
    """Examples belong to the rules.

    Caught by: test_examples_are_a_conversation
    """
    shown = "\n".join(f"Q: {asked}\nA: {answer}" for asked, answer in examples)
    return [SystemMessage(f"{rules}\n{shown}" if shown else rules), HumanMessage(question)]


def few_shot__all_by_a_person(rules, examples, question):
    """Whoever writes the examples is a person.

    Caught by: test_examples_are_a_conversation
    """
    shown = [HumanMessage(part) for example in examples for part in example]
    return [SystemMessage(rules), *shown, HumanMessage(question)]


def few_shot__in_the_question(rules, examples, question):
    """Examples belong to the question.

    Caught by: test_examples_are_a_conversation
    """
    shown = "".join(f"Q: {asked}\nA: {answer}\n" for asked, answer in examples)
    return [SystemMessage(rules), HumanMessage(shown + question)]


def few_shot__questions_then_answers(rules, examples, question):
    """First all questions, then all answers.

    Caught by: test_examples_are_a_conversation
    """
    asked = [HumanMessage(one) for one, _ in examples]
    answered = [AIMessage(one) for _, one in examples]
    return [SystemMessage(rules), *asked, *answered, HumanMessage(question)]


def few_shot__answers_first(rules, examples, question):
    """An example is an answer, and the question that it belongs to.

    Caught by: test_examples_are_a_conversation
    """
    shown = []
    for asked, answer in examples:
        shown += [AIMessage(answer), HumanMessage(asked)]
    return [SystemMessage(rules), *shown, HumanMessage(question)]


def few_shot__a_template(rules, examples, question):
    """Templates are made for this.

    Caught by: test_texts_stay_as_they_are
    """
    shown = [pair for asked, answer in examples for pair in (("human", asked), ("ai", answer))]
    prompt = ChatPromptTemplate([("system", rules), *shown, ("human", "{question}")])
    return prompt.format_messages(question=question)


def few_shot__examples_last(rules, examples, question):
    """Examples are a supplement, so they come at the end.

    Caught by: test_the_rules_first_and_the_question_last
    """
    shown = []
    for asked, answer in examples:
        shown += [HumanMessage(asked), AIMessage(answer)]
    return [SystemMessage(rules), HumanMessage(question), *shown]


def few_shot__without_the_question(rules, examples, question):
    """The question comes later.

    Caught by: test_the_rules_first_and_the_question_last
    """
    shown = []
    for asked, answer in examples:
        shown += [HumanMessage(asked), AIMessage(answer)]
    return [SystemMessage(rules), *shown]


def few_shot__strips(rules, examples, question):
    """Spaces around a text are dirt.

    Caught by: test_texts_stay_as_they_are
    """
    shown = []
    for asked, answer in examples:
        shown += [HumanMessage(asked.strip()), AIMessage(answer.strip())]
    return [SystemMessage(rules.strip()), *shown, HumanMessage(question.strip())]


def few_shot__a_dict(rules, examples, question):
    """A dict of the examples is easier to read.

    Caught by: test_examples_may_be_alike
    """
    shown = []
    for asked, answer in dict(examples).items():
        shown += [HumanMessage(asked), AIMessage(answer)]
    return [SystemMessage(rules), *shown, HumanMessage(question)]


def few_shot__tuples(rules, examples, question):
    """LangChain takes tuples for messages.

    Caught by: test_the_rules_first_and_the_question_last
    """
    shown = [pair for asked, answer in examples for pair in (("human", asked), ("ai", answer))]
    return [("system", rules), *shown, ("human", question)]


def few_shot__leaves_out_empty_rules(rules, examples, question):
    """An empty text says nothing.

    Caught by: test_any_examples
    """
    messages = [SystemMessage(rules)] if rules else []
    for asked, answer in examples:
        messages += [HumanMessage(asked), AIMessage(answer)]
    return [*messages, HumanMessage(question)]


# chat_messages


def chat_messages__old_rules_stay(rules, history, question):
    """Old rules stay in their place.

    Caught by: test_old_rules_are_left_out
    """
    return [SystemMessage(rules), *history, HumanMessage(question)]


def chat_messages__only_the_first_one(rules, history, question):
    """Rules stand at the beginning of a history, or nowhere.

    Caught by: test_old_rules_are_left_out
    """
    said = list(history)
    if said and said[0].type == "system":
        said = said[1:]
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__keeps_old_rules_if_any(rules, history, question):
    """A conversation that has rules needs no others.

    Caught by: test_old_rules_are_left_out
    """
    said = [*history, HumanMessage(question)]
    return said if any(one.type == "system" for one in said) else [SystemMessage(rules), *said]


def chat_messages__appends_to_the_history(rules, history, question):
    """The history is mine.

    Caught by: test_the_history_is_not_changed
    """
    history.append(HumanMessage(question))
    said = [one for one in history if one.type != "system"]
    return [SystemMessage(rules), *said]


def chat_messages__removes_from_the_history(rules, history, question):
    """Old rules are to be removed from the history.

    Caught by: test_the_history_is_not_changed
    """
    for one in list(history):
        if one.type == "system":
            history.remove(one)
    return [SystemMessage(rules), *history, HumanMessage(question)]


def chat_messages__rules_last(rules, history, question):
    """The last word counts.

    Caught by: test_old_rules_are_left_out
    """
    said = [one for one in history if one.type != "system"]
    return [*said, HumanMessage(question), SystemMessage(rules)]


def chat_messages__without_the_question(rules, history, question):
    """The history ends with the question.

    Caught by: test_the_question_comes_last
    """
    return [SystemMessage(rules), *(one for one in history if one.type != "system")]


def chat_messages__the_newest(rules, history, question):
    """Only the newest messages matter.

    Caught by: test_the_history_comes_as_it_is
    """
    said = [one for one in history if one.type != "system"]
    return [SystemMessage(rules), *said[-4:], HumanMessage(question)]


def chat_messages__people_and_answers(rules, history, question):
    """A conversation is what people and models say.

    Caught by: test_the_history_comes_as_it_is
    """
    said = [one for one in history if one.type in ("human", "ai")]
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__new_messages(rules, history, question):
    """The text is the message.

    Caught by: test_the_history_comes_as_it_is
    """
    said = []
    for one in history:
        if one.type == "human":
            said.append(HumanMessage(one.text))
        elif one.type == "ai":
            said.append(AIMessage(one.text))
        elif one.type != "system":
            said.append(one)
    return [SystemMessage(rules), *said, HumanMessage(question)]


def chat_messages__a_template(rules, history, question):
    """A template puts it all together.

    Caught by: test_texts_stay_as_they_are
    """
    said = [one for one in history if one.type != "system"]
    return ChatPromptTemplate([("system", rules), *said, ("human", question)]).format_messages()


def chat_messages__a_text(rules, history, question):
    """Whatever comes last is the question, also as a text.

    Caught by: test_the_question_comes_last
    """
    return [SystemMessage(rules), *(one for one in history if one.type != "system"), question]


def chat_messages__asks_only_once(rules, history, question):
    """A question that stands in the history is not asked again.

    Caught by: test_the_question_comes_last
    """
    said = [one for one in history if one.type != "system"]
    if question not in [one.text for one in said]:
        said.append(HumanMessage(question))
    return [SystemMessage(rules), *said]


def chat_messages__adds_no_question_twice(rules, history, question):
    """The question is in the history already.

    Caught by: test_any_history
    """
    said = [message for message in history if message.type != "system"]
    if not (said and said[-1].type == "human" and said[-1].text == question):
        said.append(HumanMessage(question))
    return [SystemMessage(rules), *said]


# quote_document


def quote_document__tags_are_enough(title, text):
    """Tags around a text are enough.

    Caught by: test_the_text_cannot_end_the_document
    """
    return f'<document title="{title}">\n{text}\n</document>'


def quote_document__title_as_it_is(title, text):
    """Only the text is a stranger's.

    Caught by: test_the_title_cannot_end_its_tag
    """
    return f'<document title="{title}">\n{escape(text)}\n</document>'


def quote_document__text_as_it_is(title, text):
    """Only the title has to fit into a tag.

    Caught by: test_the_text_cannot_end_the_document
    """
    return f'<document title="{escape(title)}">\n{text}\n</document>'


def quote_document__without_quotes(title, text):
    """Only < and & are dangerous.

    Caught by: test_the_title_cannot_end_its_tag
    """
    from xml.sax.saxutils import escape

    return f'<document title="{escape(title)}">\n{escape(text)}\n</document>'


def quote_document__twice(title, text):
    """Escape twice to be sure.

    Caught by: test_the_text_cannot_end_the_document
    """
    return f'<document title="{escape(title)}">\n{escape(escape(text))}\n</document>'


def quote_document__in_the_wrong_order(title, text):
    """The order in which characters are replaced does not matter.

    Caught by: test_the_text_cannot_end_the_document
    """
    safe = text.replace("<", "&lt;").replace(">", "&gt;").replace("&", "&amp;")
    return f'<document title="{escape(title)}">\n{safe}\n</document>'


def quote_document__leaves_entities(title, text):
    """What is escaped already needs no escaping.

    Caught by: test_what_is_escaped_already
    """
    from html import unescape

    return f'<document title="{escape(title)}">\n{escape(unescape(text))}\n</document>'


def quote_document__removes_brackets(title, text):
    """Without brackets there is no danger.

    Caught by: test_the_text_cannot_end_the_document
    """
    for mark in "<>&\"'":
        title, text = title.replace(mark, ""), text.replace(mark, "")
    return f'<document title="{title}">\n{text}\n</document>'


def quote_document__removes_the_end(title, text):
    """Only the closing tag has to go.

    Caught by: test_the_text_cannot_end_the_document
    """
    safe = escape(text.replace("</document>", ""))
    return f'<document title="{escape(title)}">\n{safe}\n</document>'


def quote_document__a_rare_marker(title, text):
    """A marker that nobody writes is safe.

    Caught by: test_the_tags_stand_on_lines_of_their_own
    """
    return f"=====BEGIN {title}=====\n{text}\n=====END====="


def quote_document__a_title_inside(title, text):
    """The title is the first line.

    Caught by: test_the_tags_stand_on_lines_of_their_own
    """
    return f"<document>\n{escape(title)}\n{escape(text)}\n</document>"


def quote_document__in_one_line(title, text):
    """Line breaks do not matter.

    Caught by: test_the_tags_stand_on_lines_of_their_own
    """
    return f'<document title="{escape(title)}">{escape(text)}</document>'


def quote_document__strips(title, text):
    """White space around a text is dirt.

    Caught by: test_white_space_and_braces_stay
    """
    return f'<document title="{escape(title)}">\n{escape(text.strip())}\n</document>'


# cacheable_prompt


def cacheable_prompt__facts_first(rules, facts):
    """Who it is about comes first.

    Caught by: test_two_users_have_the_rules_in_common
    """
    return "\n".join([*(f"{name}: {facts[name]}" for name in sorted(facts)), *rules])


def cacheable_prompt__as_they_come(rules, facts):
    """A dict has an order.

    Caught by: test_the_same_facts_give_the_same_text
    """
    return "\n".join([*rules, *(f"{name}: {value}" for name, value in facts.items())])


def cacheable_prompt__by_value(rules, facts):
    """Sorted is sorted.

    Caught by: test_a_line_for_each_rule_and_each_fact
    """
    pairs = sorted(facts.items(), key=lambda pair: pair[1])
    return "\n".join([*rules, *(f"{name}: {value}" for name, value in pairs)])


def cacheable_prompt__a_date(rules, facts):
    """A date keeps a prompt fresh.

    Caught by: test_there_is_nothing_else
    """
    from itertools import count

    counter = globals().setdefault("_counter", count())
    lines = [*rules, *(f"{name}: {facts[name]}" for name in sorted(facts))]
    return "\n".join([f"Now: {next(counter)}", *lines])


def cacheable_prompt__sorts_all(rules, facts):
    """All lines are to be sorted.

    Caught by: test_a_line_for_each_rule_and_each_fact
    """
    return "\n".join([*sorted(rules), *(f"{name}: {facts[name]}" for name in sorted(facts))])


def cacheable_prompt__json(rules, facts):
    """JSON is neat.

    Caught by: test_a_line_for_each_rule_and_each_fact
    """
    import json

    return "\n".join([*rules, json.dumps(dict(sorted(facts.items())))])


def cacheable_prompt__an_empty_line(rules, facts):
    """An empty line makes it easier to read.

    Caught by: test_there_is_nothing_else
    """
    shown = "\n".join(f"{name}: {facts[name]}" for name in sorted(facts))
    return "\n".join(rules) + "\n\n" + shown


def cacheable_prompt__ends_lines(rules, facts):
    """Each line ends with a line break.

    Caught by: test_there_is_nothing_else
    """
    lines = [*rules, *(f"{name}: {facts[name]}" for name in sorted(facts))]
    return "".join(f"{line}\n" for line in lines)


def cacheable_prompt__bullets(rules, facts):
    """Rules are a list, so they get bullets.

    Caught by: test_there_is_nothing_else
    """
    lines = [f"- {one}" for one in rules]
    return "\n".join([*lines, *(f"- {name}: {facts[name]}" for name in sorted(facts))])


def cacheable_prompt__no_empty_values(rules, facts):
    """A fact without a value says nothing.

    Caught by: test_a_line_for_each_rule_and_each_fact
    """
    return "\n".join([*rules, *(f"{name}: {facts[name]}" for name in sorted(facts) if facts[name])])


def cacheable_prompt__each_rule_once(rules, facts):
    """The same rule twice is a mistake.

    Caught by: test_a_line_for_each_rule_and_each_fact
    """
    lines = [*dict.fromkeys(rules), *(f"{name}: {facts[name]}" for name in sorted(facts))]
    return "\n".join(lines)


# answer_chain


def answer_chain__rules_are_a_template(model, rules):
    """The rules are part of the template.

    Caught by: test_braces_in_the_rules_are_text
    """
    prompt = ChatPromptTemplate([("system", rules), ("human", "{question}")])
    return prompt | model | StrOutputParser()


def answer_chain__a_function(model, rules):
    """A chain is a function.

    Caught by: test_it_is_a_chain
    """

    def chain(given):
        return model.invoke([SystemMessage(rules), HumanMessage(given["question"])]).text

    return chain


def answer_chain__a_function_at_the_end(model, rules):
    """A function at the end takes the text out.

    Caught by: test_it_streams_as_the_model_writes
    """
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return prompt | model | (lambda message: message.text)


def answer_chain__str_at_the_end(model, rules):
    """str makes a text of a message.

    Caught by: test_it_gives_the_text_of_the_answer
    """
    from langchain_core.runnables import RunnableLambda

    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return prompt | model | RunnableLambda(lambda message: str(message))


def answer_chain__one_function(model, rules):
    """A function becomes a chain when it is wrapped.

    Caught by: test_it_streams_as_the_model_writes
    """
    from langchain_core.runnables import RunnableLambda

    def answer(given):
        return model.invoke([SystemMessage(rules), HumanMessage(given["question"])]).text

    return RunnableLambda(answer)


def answer_chain__question_in_the_rules(model, rules):
    """One message has room for both.

    Caught by: test_the_model_reads_rules_and_question
    """
    prompt = ChatPromptTemplate([("system", "{rules}\n{question}")]).partial(rules=rules)
    return prompt | model | StrOutputParser()


def answer_chain__rules_in_the_question(model, rules):
    """The model reads all of it anyway.

    Caught by: test_the_model_reads_rules_and_question
    """
    prompt = ChatPromptTemplate([("human", "{rules}\n{question}")]).partial(rules=rules)
    return prompt | model | StrOutputParser()


def answer_chain__warms_up(model, rules):
    """A first call warms the model up.

    Caught by: test_making_it_asks_nothing
    """
    model.invoke([SystemMessage(rules), HumanMessage("Hello")])
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return prompt | model | StrOutputParser()


def answer_chain__gives_messages(model, rules):
    """The model is the end of the chain.

    Caught by: test_it_gives_the_text_of_the_answer
    """
    return ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")]) | model


def answer_chain__removes_braces(model, rules):
    """Braces are noise.

    Caught by: test_braces_in_the_rules_are_text
    """
    plain = rules.replace("{", "").replace("}", "")
    prompt = ChatPromptTemplate([("system", plain), ("human", "{question}")])
    return prompt | model | StrOutputParser()


def answer_chain__question_becomes_a_template(model, rules):
    """Each question is a template of its own.

    Caught by: test_the_question_is_sent_as_it_is
    """
    from langchain_core.runnables import RunnableLambda

    def prompt(given):
        return ChatPromptTemplate([SystemMessage(rules), ("human", given["question"])]).invoke({})

    return RunnableLambda(prompt) | model | StrOutputParser()


def answer_chain__remembers(model, rules):
    """A chain remembers what it was asked.

    Caught by: test_it_can_be_asked_again
    """
    from langchain_core.runnables import RunnableLambda

    said = [SystemMessage(rules)]

    def messages(given):
        said.append(HumanMessage(given["question"]))
        return list(said)

    return RunnableLambda(messages) | model | StrOutputParser()


def answer_chain__the_rules_may_quote_the_question(model, rules):
    """{question} in the rules is the question, and all other braces are text.

    Caught by: test_braces_in_the_rules_are_text
    """
    quoted = escape_braces(rules).replace("{{question}}", "{question}")
    prompt = ChatPromptTemplate([("system", quoted), ("human", "{question}")])
    return prompt | model | StrOutputParser()


# score_prompts


def score_prompts__leaves_failures_out(model, prompts, cases):
    """A crash is not the prompt's fault.

    Caught by: test_a_call_that_fails_is_a_case_not_passed
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = []
        for case in cases:
            try:
                text = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except Exception:
                continue
            passed.append(case.must_contain.lower() in text.lower())
        scores[name] = sum(passed) / len(passed) if passed else 0.0
    return scores


def score_prompts__one_failure_ends_it(model, prompts, cases):
    """An error has to come out.

    Caught by: test_a_call_that_fails_is_a_case_not_passed
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            text = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            passed += case.must_contain.lower() in text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__a_failure_ends_the_prompt(model, prompts, cases):
    """After a failure the prompt is done for.

    Caught by: test_a_call_that_fails_is_a_case_not_passed
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        try:
            for case in cases:
                text = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
                passed += case.must_contain.lower() in text.lower()
        except Exception:
            pass
        scores[name] = passed / len(cases)
    return scores


def score_prompts__no_cases_no_score(model, prompts, cases):
    """Without cases, nothing was passed.

    Caught by: test_without_cases_there_is_no_score
    """

    def passed(prompt):
        questions = [{"question": case.question} for case in cases]
        found = answer_chain(model, prompt).batch(questions, return_exceptions=True)
        return sum(
            isinstance(text, str) and case.must_contain.lower() in text.lower()
            for text, case in zip(found, cases, strict=True)
        )

    return {name: passed(prompt) / max(1, len(cases)) for name, prompt in prompts.items()}


def score_prompts__contains_means_is(model, prompts, cases):
    """The answer has to be just that.

    Caught by: test_the_answer_contains_it
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                text = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except Exception:
                text = ""
            passed += case.must_contain.lower() == text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__letters_as_they_are(model, prompts, cases):
    """A word is written in one way.

    Caught by: test_in_capital_or_small_letters
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                text = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except Exception:
                text = ""
            passed += case.must_contain in text
        scores[name] = passed / len(cases)
    return scores


def score_prompts__only_the_answer_in_small_letters(model, prompts, cases):
    """It is enough to lower the answer.

    Caught by: test_in_capital_or_small_letters
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                text = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except Exception:
                text = ""
            passed += case.must_contain in text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__the_best_one(model, prompts, cases):
    """Only the best prompt is of interest.

    Caught by: test_the_share_of_each_prompt
    """
    if not cases:
        raise ValueError("no cases")

    def passed(prompt):
        questions = [{"question": case.question} for case in cases]
        found = answer_chain(model, prompt).batch(questions, return_exceptions=True)
        return sum(
            isinstance(text, str) and case.must_contain.lower() in text.lower()
            for text, case in zip(found, cases, strict=True)
        )

    scores = {name: passed(prompt) / len(cases) for name, prompt in prompts.items()}
    return max(scores, key=scores.get)


def score_prompts__counts(model, prompts, cases):
    """A score is how many cases were passed.

    Caught by: test_the_share_of_each_prompt
    """
    if not cases:
        raise ValueError("no cases")

    def passed(prompt):
        questions = [{"question": case.question} for case in cases]
        found = answer_chain(model, prompt).batch(questions, return_exceptions=True)
        return sum(
            isinstance(text, str) and case.must_contain.lower() in text.lower()
            for text, case in zip(found, cases, strict=True)
        )

    return {name: float(passed(prompt)) for name, prompt in prompts.items()}


def score_prompts__percent(model, prompts, cases):
    """A share is given in percent.

    Caught by: test_the_share_of_each_prompt
    """
    if not cases:
        raise ValueError("no cases")

    def passed(prompt):
        questions = [{"question": case.question} for case in cases]
        found = answer_chain(model, prompt).batch(questions, return_exceptions=True)
        return sum(
            isinstance(text, str) and case.must_contain.lower() in text.lower()
            for text, case in zip(found, cases, strict=True)
        )

    return {name: 100 * passed(prompt) / len(cases) for name, prompt in prompts.items()}


def score_prompts__one_conversation(model, prompts, cases):
    """The cases of a prompt are a conversation.

    Caught by: test_each_prompt_meets_each_case_once
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        messages, passed = [SystemMessage(prompt)], 0
        for case in cases:
            messages.append(HumanMessage(case.question))
            try:
                answer = model.invoke(messages)
            except Exception:
                continue
            messages.append(answer)
            passed += case.must_contain.lower() in answer.text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__one_message(model, prompts, cases):
    """One message has room for both.

    Caught by: test_each_prompt_meets_each_case_once
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                text = model.invoke(f"{prompt}\n{case.question}").text
            except Exception:
                text = ""
            passed += case.must_contain.lower() in text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__prompts_are_templates(model, prompts, cases):
    """A prompt is a template.

    Caught by: test_each_prompt_meets_each_case_once
    """
    if not cases:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        chain = ChatPromptTemplate([("system", prompt), ("human", "{q}")]) | model
        passed = 0
        for case in cases:
            try:
                text = chain.invoke({"q": case.question}).text
            except Exception:
                text = ""
            passed += case.must_contain.lower() in text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__leaves_out_equal_cases(model, prompts, cases):
    """A case that is there already says nothing new.

    Caught by: test_a_case_may_stand_there_twice
    """
    if not cases:
        raise ValueError("no cases")
    different = list(dict.fromkeys(cases))
    scores = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in different:
            try:
                text = model.invoke([SystemMessage(prompt), HumanMessage(case.question)]).text
            except Exception:
                continue
            passed += case.must_contain.lower() in text.lower()
        scores[name] = passed / len(different)
    return scores


def score_prompts__without_prompts_nobody_counts(model, prompts, cases):
    """Without prompts, the cases do not matter.

    Caught by: test_without_cases_there_is_no_score
    """
    shares = {}
    for name, prompt in prompts.items():
        if not cases:
            raise ValueError("no cases")
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            passed += case.must_contain.lower() in answer.text.lower()
        shares[name] = passed / len(cases)
    return shares


def score_prompts__blocks_as_python_writes_them(model, prompts, cases):
    """The content of an answer is its text.

    Caught by: test_the_answer_may_come_in_blocks
    """
    if not cases:
        raise ValueError("no cases")
    shares = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            passed += case.must_contain.lower() in str(answer.content).lower()
        shares[name] = passed / len(cases)
    return shares


def score_prompts__whole_words(
    model: BaseChatModel, prompts: Mapping[str, str], cases: Sequence[Case]
) -> dict[str, float]:
    """A word is in a text if it stands there as a word.

    Caught by: test_the_answer_contains_it
    """
    import re

    if not cases:
        raise ValueError("no cases")
    shares = {}
    for name, prompt in prompts.items():
        passed = 0
        for case in cases:
            try:
                answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
            except Exception:
                continue
            wanted = rf"(?<!\w){re.escape(case.must_contain)}(?!\w)"
            passed += re.search(wanted, str(answer.text), re.IGNORECASE) is not None
        shares[name] = passed / len(cases)
    return shares


def cacheable_prompt__sorts_the_lines(rules, facts):
    """A line begins with the name, so lines sort as names do.

    Caught by: test_any_rules_and_facts
    """
    return "\n".join([*rules, *sorted(f"{name}: {value}" for name, value in facts.items())])
