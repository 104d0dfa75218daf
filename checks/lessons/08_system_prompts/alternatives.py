"""Right answers to lesson 08 in other shapes, which the graders have to accept.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is different
here.
"""
# Names come from the solution.
# ruff: noqa: F821


# escape_braces


def escape_braces__with_a_pattern(text):
    """A pattern finds both kinds, and each is written twice."""
    import re

    return re.sub(r"([{}])", r"\1\1", text)


def escape_braces__translates(text):
    """A table says what becomes of each character."""
    return text.translate(str.maketrans({"{": "{{", "}": "}}"}))


def escape_braces__letter_by_letter(text):
    """A loop over the characters."""
    out = ""
    for letter in text:
        out += letter * 2 if letter in "{}" else letter
    return out


# missing_values


def missing_values__parses(template, values):
    """The parser of the standard library finds the names."""
    import string

    names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    return sorted(name for name in names if name not in values)


def missing_values__fills_until_it_works(template, values):
    """Each KeyError names one more that is missing."""
    import string

    class Blank:
        def __format__(self, spec):
            return ""

    class Noting(dict):
        def __missing__(self, key):
            missing.add(key)
            return Blank()

    missing = set()
    string.Formatter().vformat(template, (), Noting(dict.fromkeys(values, Blank())))
    return sorted(missing)


def missing_values__sorts_a_list(template, values):
    """A loop, and a list that is sorted in place."""
    missing = []
    for name in ChatPromptTemplate([("human", template)]).input_variables:
        if name not in values and name not in missing:
            missing.append(name)
    missing.sort()
    return missing


# few_shot


def few_shot__a_template_for_examples(rules, examples, question):
    """LangChain's own template for examples, which takes them as values."""
    from langchain_core.prompts import FewShotChatMessagePromptTemplate

    shown = FewShotChatMessagePromptTemplate(
        example_prompt=ChatPromptTemplate([("human", "{asked}"), ("ai", "{answer}")]),
        examples=[{"asked": asked, "answer": answer} for asked, answer in examples],
    )
    prompt = ChatPromptTemplate([SystemMessage(rules), shown, ("human", "{question}")])
    return prompt.format_messages(question=question)


def few_shot__a_comprehension(rules, examples, question):
    """Two loops in one comprehension."""
    kinds = (HumanMessage, AIMessage)
    shown = [kind(part) for example in examples for kind, part in zip(kinds, example, strict=True)]
    return [SystemMessage(content=rules), *shown, HumanMessage(content=question)]


def few_shot__escapes_a_template(rules, examples, question):
    """A template whose texts are escaped."""
    pairs = [("system", escape_braces(rules))]
    for asked, answer in examples:
        pairs.append(("human", escape_braces(asked)))
        pairs.append(("ai", escape_braces(answer)))
    return ChatPromptTemplate([*pairs, ("human", "{q}")]).invoke({"q": question}).to_messages()


def few_shot__pairs_become_messages(rules, examples, question):
    """LangChain makes messages of pairs, and no template."""
    from langchain_core.messages import convert_to_messages

    shown = [pair for asked, answer in examples for pair in (("human", asked), ("ai", answer))]
    return convert_to_messages([("system", rules), *shown, ("human", question)])


# chat_messages


def chat_messages__a_placeholder(rules, history, question):
    """A placeholder takes the history, and the rest are values."""
    from langchain_core.prompts import MessagesPlaceholder

    prompt = ChatPromptTemplate(
        [("system", "{rules}"), MessagesPlaceholder("history"), ("human", "{question}")]
    )
    said = [message for message in history if message.type != "system"]
    return prompt.format_messages(rules=rules, history=said, question=question)


def chat_messages__a_loop(rules, history, question):
    """A loop that appends."""
    messages = [SystemMessage(content=rules)]
    for message in history:
        if message.type == "system":
            continue
        messages.append(message)
    messages.append(HumanMessage(content=question))
    return messages


def chat_messages__copies(rules, history, question):
    """The messages are copies, which are equal to the ones that were given."""
    said = [one.model_copy(deep=True) for one in history if not isinstance(one, SystemMessage)]
    said.insert(0, SystemMessage(rules))
    said.append(HumanMessage(question))
    return said


def chat_messages__filters(rules, history, question):
    """LangChain's own filter."""
    from langchain_core.messages import filter_messages

    said = filter_messages(history, exclude_types=[SystemMessage])
    return [SystemMessage(rules), *said, HumanMessage(question)]


# quote_document


def quote_document__saxutils(title, text):
    """The standard library's own tools for XML, which choose the quotation marks."""
    from xml.sax.saxutils import escape, quoteattr

    return f"<document title={quoteattr(title)}>\n{escape(text)}\n</document>"


def quote_document__builds_an_element(title, text):
    """An element is built and written by an XML writer."""
    from xml.etree import ElementTree

    element = ElementTree.Element("document", {"title": title})
    element.text = f"\n{text}\n"
    return ElementTree.tostring(element, encoding="unicode")


def quote_document__replaces_by_hand(title, text):
    """The & first, and then the others."""

    def safe(part):
        part = part.replace("&", "&amp;")
        for mark, name in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
            part = part.replace(mark, name)
        return part

    return "\n".join([f'<document title="{safe(title)}">', safe(text), "</document>"])


def quote_document__by_number(title, text):
    """Each character that is no letter, digit or line break is written as its number."""

    def safe(given):
        return "".join(one if one.isalnum() or one == "\n" else f"&#{ord(one)};" for one in given)

    return f"<document title='{safe(title)}'>\n{safe(text)}\n</document>"


# cacheable_prompt


def cacheable_prompt__appends(rules, facts):
    """Two loops that append."""
    lines = []
    for rule in rules:
        lines.append(rule)
    for name in sorted(facts):
        lines.append(name + ": " + facts[name])
    return "\n".join(lines)


def cacheable_prompt__two_parts(rules, facts):
    """Two texts, of which one may be missing."""
    above = "\n".join(rules)
    below = "\n".join(f"{name}: {facts[name]}" for name in sorted(facts.keys()))
    if not rules or not facts:
        return above + below
    return f"{above}\n{below}"


def cacheable_prompt__sorted_names(rules, facts):
    """The names are sorted, and a line grows by hand."""
    prompt = ""
    for line in [*rules, *map(": ".join, ((name, facts[name]) for name in sorted(facts)))]:
        prompt += ("\n" if prompt else "") + line
    return prompt


# answer_chain


def answer_chain__rules_are_a_value(model, rules):
    """The rules are a value of the template, filled in beforehand."""
    prompt = ChatPromptTemplate([("system", "{rules}"), ("human", "{question}")])
    return prompt.partial(rules=rules) | model | StrOutputParser()


def answer_chain__a_function_in_front(model, rules):
    """A function makes the messages."""
    from langchain_core.runnables import RunnableLambda

    def messages(given):
        return [SystemMessage(rules), HumanMessage(given["question"])]

    return RunnableLambda(messages) | model | StrOutputParser()


def answer_chain__escapes_the_rules(model, rules):
    """The rules are a template that was escaped."""
    prompt = ChatPromptTemplate.from_messages(
        [("system", escape_braces(rules)), ("human", "{question}")]
    )
    return prompt | model | StrOutputParser()


def answer_chain__a_generator_at_the_end(model, rules):
    """A generator takes the texts out of the chunks as they come."""
    from langchain_core.runnables import RunnableGenerator

    def texts(chunks):
        for chunk in chunks:
            yield chunk.text

    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return prompt | model | RunnableGenerator(texts)


def answer_chain__a_dict_in_front(model, rules):
    """A dict of functions makes the values, and pipe puts the parts together."""
    from operator import itemgetter

    from langchain_core.prompts import MessagesPlaceholder
    from langchain_core.runnables import RunnableLambda

    values = {"rules": lambda given: [SystemMessage(rules)], "asked": itemgetter("question")}
    prompt = ChatPromptTemplate([MessagesPlaceholder("rules"), ("human", "{asked}")])
    return RunnableLambda(lambda given: given).pipe(values, prompt, model, StrOutputParser())


# score_prompts


def score_prompts__in_batches(model, prompts, cases):
    """All cases of a prompt at once, with failures in the list."""
    if len(cases) == 0:
        raise ValueError("no cases")
    scores = {}
    for name, prompt in prompts.items():
        asked = [[SystemMessage(prompt), HumanMessage(case.question)] for case in cases]
        passed = 0
        for case, answer in zip(cases, model.batch(asked, return_exceptions=True), strict=True):
            if not isinstance(answer, Exception):
                passed += case.must_contain.lower() in answer.text.lower()
        scores[name] = passed / len(cases)
    return scores


def score_prompts__loops(model, prompts, cases):
    """Two loops and a counter."""
    if not cases:
        raise ValueError("there are no cases")
    scores = {}
    for name in prompts:
        passed = 0
        for case in cases:
            messages = [SystemMessage(prompts[name]), HumanMessage(case.question)]
            try:
                text = model.invoke(messages).text
            except Exception:
                continue
            if case.must_contain.casefold() in text.casefold():
                passed += 1
        scores[name] = passed / len(cases)
    return scores


def score_prompts__with_the_chain(model, prompts, cases):
    """The chain of the task before does the asking."""
    if not cases:
        raise ValueError("there are no cases")
    scores = dict.fromkeys(prompts, 0.0)
    for name, prompt in prompts.items():
        questions = [{"question": case.question} for case in cases]
        found = answer_chain(model, prompt).batch(questions, return_exceptions=True)
        passed = [
            isinstance(text, str) and case.must_contain.lower() in text.lower()
            for case, text in zip(cases, found, strict=True)
        ]
        scores[name] = passed.count(True) / len(passed)
    return scores


def score_prompts__in_threads(model, prompts, cases):
    """All calls at the same time, in threads."""
    from concurrent.futures import ThreadPoolExecutor

    if not cases:
        raise ValueError("no cases")

    def passes(name, case):
        try:
            text = answer_chain(model, prompts[name]).invoke({"question": case.question})
        except Exception:
            return 0
        return int(case.must_contain.casefold() in text.casefold())

    scores = {}
    with ThreadPoolExecutor() as pool:
        for name in prompts:
            found = pool.map(passes, [name] * len(cases), cases)
            scores[name] = sum(found) / len(cases)
    return scores
