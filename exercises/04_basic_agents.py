"""Lesson 04: Basic Agents.

Seven tasks about a model that may ask for tools, and the loop around it. Each docstring is the
contract: what it promises is what the tests check. One rule holds for all tasks.

* Every call gets exactly one answer. A model that asks for two tools gets two results, each with
  the id of its call. A provider refuses a conversation in which one is missing.

`tools` is a dict: the name of each tool -> the tool, as `toolbox` of lesson 03 makes it. A tool
here takes text and returns text. The calls run at the prompt of `make play-04`. There, `guide()` is
a model that asks for the weather, and `TOOLS` has it.

What a docstring leaves open is not graded. No task needs an event loop of its own.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-04. Try it: make play-04. Own code below? See line 18.")

from collections.abc import Iterator, Mapping, Sequence

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.errors import GraphRecursionError

# Given. There is nothing to do here, but use it.


class Unfinished(Exception):
    """A conversation has no final answer yet."""


class TooManyRounds(Exception):
    """The model has been asked as often as it may be, and still asks for tools.

    Attributes:
        messages: the conversation up to then; [] if it is not known.
    """

    def __init__(self, messages: list[BaseMessage]) -> None:
        super().__init__("the model still asks for tools")
        self.messages = messages


# Your part.


def wants_tools(message: AIMessage) -> bool:
    """Say whether a message asks you to run tools.

    * Return True if there is at least one call in `message.tool_calls`, and False otherwise.
    * Nothing else counts: neither the text beside the calls, nor `response_metadata`.

    >>> wants_tools(AIMessage("It is free."))
    False

    Fine print:
    What nobody can run stands in `message.invalid_tool_calls`. That is no call.
    """
    raise NotImplementedError("Task 1 of 7: wants_tools")


def final_answer(messages: Sequence[BaseMessage]) -> str:
    """Return the answer that a conversation has come to.

    * It is the text of the last message, if that is an `AIMessage` without tool calls.
    * Any text is an answer, "" too.
    * In all other cases, raise `Unfinished`. Without messages as well.
    * `messages` stays as it is.

    >>> final_answer([HumanMessage("Is it free?"), AIMessage("It is.")])
    'It is.'

    Fine print:
    A last message that has only `invalid_tool_calls` is not tested.
    """
    raise NotImplementedError("Task 2 of 7: final_answer")


def run_calls(message: AIMessage, tools: Mapping[str, BaseTool]) -> list[ToolMessage]:
    """Run the tools that a message asks for.

    * Return a `ToolMessage` for each call in `message.tool_calls`, in order, with its id.
    * Where a tool is not there, the message has `status="error"`, and names all tools in `tools`.
    * Each other call runs its tool once. What the tool returns is the content.
    * An error of a tool passes.

    >>> call = {"name": "weather", "args": {"city": "Rome"}, "id": "k1", "type": "tool_call"}
    >>> [answer.status for answer in run_calls(AIMessage("", tool_calls=[call]), {})]
    ['error']
    """
    raise NotImplementedError("Task 3 of 7: run_calls")


def agent_turn(
    model: BaseChatModel, tools: Mapping[str, BaseTool], messages: Sequence[BaseMessage]
) -> list[BaseMessage]:
    """Ask the model once, and run what it asks for.

    * The model sees `messages`, and knows all of `tools`: bind them.
    * Return what is new: the model's message, then the results of its calls, in order.
    * `messages` and `tools` stay as they are.

    >>> [message.text for message in agent_turn(answering("Hi."), {}, [HumanMessage("Hello!")])]
    ['Hi.']
    """
    raise NotImplementedError("Task 4 of 7: agent_turn")


def run_agent(
    model: BaseChatModel, tools: Mapping[str, BaseTool], question: str, max_rounds: int = 5
) -> list[BaseMessage]:
    """Ask, and run tools, turn after turn, until the model is done.

    * Begin with the question, as a `HumanMessage`. Go on until a message has no tool calls.
    * Return all messages in order, the question first.
    * Ask the model at most `max_rounds` times. If its last message still has calls, raise
      `TooManyRounds(messages)`, with all messages, and an answer to every call.

    >>> [message.type for message in run_agent(guide(), TOOLS, "Is it sunny in Rome?")]
    ['human', 'ai', 'tool', 'ai']

    Fine print:
    `max_rounds` is at least 1. Whether the last calls still run is up to you.
    """
    raise NotImplementedError("Task 5 of 7: run_agent")


def agent_steps(
    model: BaseChatModel, tools: Mapping[str, BaseTool], question: str, max_rounds: int = 5
) -> Iterator[BaseMessage]:
    """Do what `run_agent` does, as a generator: its caller can watch each step.

    * Yield each new message as soon as it is there. The question is not new.
    * The model's message comes before its tools run, and each result before the next tool runs.
    * Nothing happens before the first `next()`.
    * Ask the model at most `max_rounds` times. If it is not done then, raise `TooManyRounds`, of
      which the `messages` are not tested.

    >>> [message.type for message in agent_steps(guide(), TOOLS, "Is it sunny in Rome?")]
    ['ai', 'tool', 'ai']
    """
    raise NotImplementedError("Task 6 of 7: agent_steps")
    yield  # makes this a generator; delete this line with the one above


def ask_ready_made(
    model: BaseChatModel,
    tools: Sequence[BaseTool],
    rules: str,
    question: str,
    max_rounds: int = 5,
) -> str:
    """Ask an agent that LangChain has ready, made with `create_agent`.

    * The model sees `rules`, unchanged, as its system message, and then the question.
    * Return the text of the final answer.
    * The model is asked at most `max_rounds` times. An answer that comes the last time counts.
    * If there is none by then, raise `TooManyRounds`. Its `messages` are not tested.

    >>> ask_ready_made(guide(), list(TOOLS.values()), "Be brief.", "Is it sunny in Rome?")
    'It is sunny in Rome.'
    """
    raise NotImplementedError("Task 7 of 7: ask_ready_made")
