"""Lesson 08: System Prompts.

Eight tasks about what a model reads before it answers. Each docstring is the contract: what it
promises is what the tests check. The calls run at the prompt of `make play-08`. There,
`answering("It", " is")` is a model that answers with these pieces.

One rule holds for all tasks: rules come from you only. What a stranger has written, a question or a
document, is text. It never fills in a template, never ends a tag and never becomes a rule.

No task needs an event loop of its own. Anything that a docstring leaves open is not graded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.runnables import Runnable

# Given. There is nothing to do here, but use it.


@dataclass(frozen=True)
class Case:
    """A question, and what a good answer to it has in it.

    Attributes:
        question: what is asked.
        must_contain: a part of every good answer, in capital or small letters.
    """

    question: str
    must_contain: str


# Your part.


def escape_braces(text: str) -> str:
    """Write a text such that a template gives it back as it was.

    * In a template, `{{` stands for one opening brace, and `}}` for one closing brace.
    * Double each brace, wherever it stands. Change nothing else.

    >>> escape_braces('Answer as {"price": 1}.')
    'Answer as {{"price": 1}}.'

    Fine print:
    The text may have braces that are double already, or single ones without a partner.
    """
    return text.replace("{", "{{").replace("}", "}}")


def missing_values(template: str, values: Mapping[str, object]) -> list[str]:
    """Name what a template needs and `values` does not have.

    * Return the names, sorted, each once. Without any, return [].
    * `{{x}}` is text and no name. In `{price:.2f}`, the name is `price`.
    * A name in `values` has a value, also if that is None or "". More values do no harm.

    >>> missing_values("{name} has {count} of {{x}}, {name}.", {"count": 0})
    ['name']

    Fine print:
    Every template is valid, and every name in it is a plain word.
    """
    needed = PromptTemplate.from_template(template).input_variables
    return sorted(set(needed) - set(values))


def few_shot(rules: str, examples: Sequence[tuple[str, str]], question: str) -> list[BaseMessage]:
    """Show a model by examples how to answer, in the form of a conversation.

    * First the rules, as a SystemMessage, and last the question, as a HumanMessage.
    * Between them, for each example, its question as a HumanMessage, its answer as an AIMessage.
    * All texts are as they were given, braces and all.

    >>> [message.type for message in few_shot("Be kind.", [("Hi", "Hello!")], "Bye")]
    ['system', 'human', 'ai', 'human']

    Fine print:
    There may be no examples.
    """
    shown: list[BaseMessage] = []
    for asked, answer in examples:
        shown += [HumanMessage(asked), AIMessage(answer)]
    return [SystemMessage(rules), *shown, HumanMessage(question)]


def chat_messages(rules: str, history: Sequence[BaseMessage], question: str) -> list[BaseMessage]:
    """Return what to send to a model: the rules, the conversation so far, and the question.

    * The rules come first, as the only SystemMessage. Leave out those in `history`.
    * Then come all other messages of `history`, in order and as they are, ids and all.
    * Last comes the question, as a HumanMessage.
    * `history` and its messages stay as they are.

    >>> chat_messages("Be kind.", [SystemMessage("Be rude."), HumanMessage("Hi")], "Bye")[1].text
    'Hi'

    Fine print:
    A SystemMessage may stand anywhere in `history`, and is never a chunk.
    """
    said = [message for message in history if not isinstance(message, SystemMessage)]
    return [SystemMessage(rules), *said, HumanMessage(question)]


def quote_document(title: str, text: str) -> str:
    """Put a document between tags that nothing in it can open or close.

    * Return a line `<document title="...">`, then the text, then a line `</document>`.
    * Escape what means something in XML, such as `<` and `&`, in the title and in the text.
    * An XML reader finds one element, and in it the title and the text, unchanged.

    >>> quote_document("Q & A", "Is 1 < 2?")
    '<document title="Q &amp; A">\\nIs 1 &lt; 2?\\n</document>'

    Fine print:
    The title is one line. Neither has control characters, but for line breaks (`\\n`) in the text.
    Around the title, single quotation marks are as good as double ones.
    """
    return f'<document title="{escape(title)}">\n{escape(text)}\n</document>'


def cacheable_prompt(rules: Sequence[str], facts: Mapping[str, str]) -> str:
    """Write rules and facts such that what stays the same comes first.

    * A line for each rule, in their order. Below them, a line `name: value` for each fact.
    * The facts are sorted by name, whatever their order in the mapping.
    * There is nothing else: no empty lines, no line break at the end.

    >>> cacheable_prompt(["Be kind.", "Be brief."], {"today": "Monday", "city": "Rome"})
    'Be kind.\\nBe brief.\\ncity: Rome\\ntoday: Monday'

    Fine print:
    There may be no rules, or no facts. No rule, name or value has a line break in it.
    """
    return "\n".join([*rules, *(f"{name}: {value}" for name, value in sorted(facts.items()))])


def answer_chain(model: BaseChatModel, rules: str) -> Runnable[dict[str, str], str]:
    """Make a chain that takes `{"question": ...}` and gives the text of the answer.

    * The model reads the rules as a SystemMessage, then the question as a HumanMessage.
    * Both are sent as they are, braces and all.
    * The chain also streams, text by text as the model writes, and it does batches.
    * Making the chain asks the model nothing. Errors of the model pass, unchanged.

    >>> answer_chain(answering("It is free."), "Be brief.").invoke({"question": "Is it?"})
    'It is free.'

    Fine print:
    `StrOutputParser()` as the last part of a chain gives texts in place of messages.
    """
    prompt = ChatPromptTemplate([SystemMessage(rules), ("human", "{question}")])
    return prompt | model | StrOutputParser()


def score_prompts(
    model: BaseChatModel, prompts: Mapping[str, str], cases: Sequence[Case]
) -> dict[str, float]:
    """Try prompts on cases. Return for each name in `prompts` the share of cases it passes.

    * Ask once per prompt and case: the prompt as a SystemMessage, the question as a HumanMessage.
    * A case is passed if `must_contain` is in the answer, in capital or small letters.
    * A call that raises an Exception is a case not passed. The others go on.
    * Without cases, raise ValueError.

    >>> score_prompts(answering("It is free."), {"short": "Be brief."}, [Case("Is it?", "FREE")])
    {'short': 1.0}

    Fine print:
    The same case may stand there twice. Prompts are sent as they are, braces and all.
    """
    if not cases:
        raise ValueError("without cases there is nothing to measure")

    def passes(prompt: str, case: Case) -> bool:
        try:
            answer = model.invoke([SystemMessage(prompt), HumanMessage(case.question)])
        except Exception:
            return False
        return case.must_contain.lower() in answer.text.lower()

    return {
        name: sum(passes(prompt, case) for case in cases) / len(cases)
        for name, prompt in prompts.items()
    }
