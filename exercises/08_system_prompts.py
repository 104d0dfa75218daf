"""Lesson 08: System Prompts.

Eight tasks about what a model reads before it answers. Each docstring is the contract: what it
promises is what the tests check. The calls run at the prompt of `make play-08`. There,
`answering("It", " is")` is a model that answers with these pieces.

One rule holds for all tasks: rules come from you only. What a stranger has written, a question or a
document, is text. It never fills in a template, never ends a tag and never becomes a rule.

No task needs an event loop of its own. Anything that a docstring leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-08. Try it: make play-08. Own code below? See line 15.")

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
    raise NotImplementedError("Task 1 of 8: escape_braces")


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
    raise NotImplementedError("Task 2 of 8: missing_values")


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
    raise NotImplementedError("Task 3 of 8: few_shot")


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
    raise NotImplementedError("Task 4 of 8: chat_messages")


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
    raise NotImplementedError("Task 5 of 8: quote_document")


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
    raise NotImplementedError("Task 6 of 8: cacheable_prompt")


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
    raise NotImplementedError("Task 7 of 8: answer_chain")


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
    raise NotImplementedError("Task 8 of 8: score_prompts")
