"""The model that answers by rule fills schemas, wherever clients put them, from what was told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import PydanticOutputParser
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field
from waiting import SECONDS_FOR_A_HANG

from course.fakes.json_schema import check_schema
from course.fakes.openai.server import LocalServer
from course.fakes.prompt_schema import read_prompt
from course.fakes.quoting import QuotingChatModel

FACTS = "The refund takes 14 days. The café in Lübeck opens at 9."
QUESTION = "When does the café open?"
SENTENCE = "The café in Lübeck opens at 9."


class Opening(BaseModel):
    """When a shop opens."""

    hour: int = Field(ge=0, le=23, description="the hour, from 0 to 23")
    told: str


class Refund(BaseModel):
    """A refund."""

    days: int
    reason: str


@tool
def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"Sunny in {city}."


WANTED = {"hour": 9, "told": SENTENCE}
SCHEMA = Opening.model_json_schema()
TEXT = json.dumps(SCHEMA)
JSON_MODE = {"response_format": {"type": "json_object"}}

INSTRUCTIONS = {
    "instructor": "As a genius expert, your task is to understand the content and provide the "
    f"parsed objects in json that match the following json_schema:\n\n\n{TEXT}\n\n"
    "Make sure to return an instance of the JSON, not the schema itself\n",
    "pydantic-ai": "Always respond with a JSON object that's compatible with this schema:\n\n"
    f"{TEXT}\n\nDon't include any text or Markdown fencing before or after.\n",
    "ai": f"JSON schema:\n{TEXT}\nYou MUST answer with a JSON object that matches the JSON schema "
    "above.",
    "in a fence": f"Use this JSON schema:\n```json\n{json.dumps(SCHEMA, indent=2)}\n```\n",
    "as Python prints it": f"Answer as JSON with the schema {SCHEMA}.",
    "as OpenAI wants it": "Answer in this JSON form: "
    + json.dumps({"type": "json_schema", "json_schema": {"name": "opening", "schema": SCHEMA}}),
    "LangChain": PydanticOutputParser(pydantic_object=Opening).get_format_instructions(),
}


def filled(*messages: Any, **options: Any) -> Any:
    """Return what the model answers, out of its JSON."""
    return json.loads(QuotingChatModel().invoke(list(messages), **options).text)


# In the prompt


@pytest.mark.parametrize("options", [{}, JSON_MODE], ids=["", "json_mode"])
@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_a_schema_in_the_system_message_is_filled(name: str, options: dict[str, Any]) -> None:
    system = SystemMessage(INSTRUCTIONS[name])
    assert filled(system, HumanMessage(f"{FACTS} {QUESTION}"), **options) == WANTED
    facts = SystemMessage(f"{FACTS}\n\n{INSTRUCTIONS[name]}")
    assert filled(facts, HumanMessage(QUESTION), **options) == WANTED


@pytest.mark.parametrize("options", [{}, JSON_MODE], ids=["", "json_mode"])
@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_a_schema_in_the_question_is_filled(name: str, options: dict[str, Any]) -> None:
    for text in (
        f"{INSTRUCTIONS[name]}\n\n{FACTS} {QUESTION}",
        f"{FACTS} {QUESTION}\n\n{INSTRUCTIONS[name]}",
        f"{FACTS}\n{INSTRUCTIONS[name]}\nQuestion: {QUESTION}",
    ):
        assert filled(HumanMessage(text), **options) == WANTED


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_what_is_told_need_not_be_a_question(name: str) -> None:
    told = HumanMessage(SENTENCE)
    assert filled(SystemMessage(INSTRUCTIONS[name]), told)["hour"] == 9
    assert filled(HumanMessage(f"{INSTRUCTIONS[name]}\n{SENTENCE}"))["hour"] == 9


def test_a_bare_schema_is_filled_in_json_mode_only() -> None:
    messages = [SystemMessage(TEXT), HumanMessage(f"{FACTS} {QUESTION}")]
    assert filled(*messages, **JSON_MODE) == WANTED
    assert QuotingChatModel().invoke(messages).text == SENTENCE


def test_a_schema_of_an_earlier_question_is_for_json_mode_only() -> None:
    """A client that asks again repeats only what was wrong."""
    messages = [
        HumanMessage(f"{INSTRUCTIONS['instructor']}{FACTS} {QUESTION}"),
        AIMessage("At nine."),
        HumanMessage("That does not parse. When does the café open?"),
    ]
    assert filled(*messages, **JSON_MODE) == WANTED
    assert QuotingChatModel().invoke(messages).text == SENTENCE


def test_the_newest_schema_counts() -> None:
    other = json.dumps(Refund.model_json_schema())
    messages = [
        SystemMessage(INSTRUCTIONS["ai"]),
        HumanMessage(f"{FACTS} How long does the refund take? JSON schema: {other}"),
    ]
    assert filled(*messages) == {"days": 14, "reason": "The refund takes 14 days."}


def test_a_schema_that_is_told_otherwise_too_changes_nothing() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "opening", "schema": SCHEMA}}
    system = SystemMessage(INSTRUCTIONS["pydantic-ai"])
    question = HumanMessage(f"{FACTS} {QUESTION}")
    assert filled(system, question, response_format=wanted) == WANTED


@pytest.mark.parametrize(
    "text",
    [
        'As JSON: {"hour": 7}.',
        'A schema has {"properties": 5}.',
        'A schema: {"properties": {"a": {"$ref": "#/$defs/b"}}, '
        '"$defs": {"b": {"$ref": "#/$defs/b"}}}',
        "JSON schema: {'properties': {'a': open('x')}}",
        "JSON schema: {{{{ } } {",
        "JSON " + "{" * 20_000,
        "JSON " + "{" * 20_000 + "}" * 20_000,
        "schema {'properties': " + "[" * 20_000 + "]" * 20_000 + "}",
        "schema {'properties': " + "-" * 20_000 + "1}",
    ],
    ids=range(9),
)
def test_what_is_no_schema_stays_text(text: str) -> None:
    assert read_prompt(text, wants_json=True) == (text, None)


def test_a_question_about_json_is_still_one() -> None:
    text = f"{INSTRUCTIONS['ai']}\nThe café opens at 9. When does the café open, as JSON?"
    assert filled(HumanMessage(text))["hour"] == 9


def test_json_mode_takes_its_keys_from_what_is_said_about_json() -> None:
    text = f"Return a JSON blob with keys 'answer' and 'why'.\n\n{FACTS} {QUESTION}"
    assert filled(HumanMessage(text), **JSON_MODE)["answer"] == SENTENCE
    assert set(filled(HumanMessage(text), **JSON_MODE)) == {"answer", "why"}
    system = SystemMessage("Reply as JSON with `hour`. Never say `sorry`.")
    assert set(filled(system, HumanMessage(QUESTION), **JSON_MODE)) == {"hour"}


# In a tool


@pytest.mark.parametrize("choice", ["any", "Opening"])
@pytest.mark.parametrize("tools", [[Opening], [get_weather, Opening], [Opening, get_weather]])
def test_a_schema_as_a_forced_tool_is_filled(tools: list[Any], choice: str) -> None:
    model = QuotingChatModel().bind_tools(tools, tool_choice=choice)
    for messages in (
        [HumanMessage(f"{FACTS} {QUESTION}")],
        [SystemMessage(FACTS), HumanMessage(QUESTION)],
        [HumanMessage(FACTS), AIMessage("Aha."), HumanMessage(QUESTION)],
    ):
        [call] = model.invoke(messages).tool_calls
        assert (call["name"], call["args"]) == ("Opening", WANTED)


def test_a_schema_that_the_question_names_is_filled() -> None:
    model = QuotingChatModel().bind_tools([Refund], tool_choice="any")
    [call] = model.invoke(f"{FACTS} How long does the refund take?").tool_calls
    assert call["args"] == {"days": 14, "reason": "The refund takes 14 days."}


def test_a_final_answer_is_filled_after_the_tools() -> None:
    """As pydantic-ai has it: the result is a tool among the others, and one of them is forced."""
    final = {"type": "function", "function": {"name": "final_result", "parameters": SCHEMA}}
    model = QuotingChatModel().bind_tools([get_weather, final], tool_choice="required")
    question = HumanMessage(f"{FACTS} What is the weather in city: Rome, and {QUESTION.lower()}")
    asked = model.invoke([question])
    assert [call["name"] for call in asked.tool_calls] == ["get_weather"]
    result = ToolMessage("Sunny.", tool_call_id=asked.tool_calls[0]["id"])
    [call] = model.invoke([question, asked, result]).tool_calls
    assert (call["name"], call["args"]) == ("final_result", WANTED)


def test_arguments_of_a_tool_that_is_named_are_not_taken_from_facts() -> None:
    model = QuotingChatModel().bind_tools([get_weather, Opening], tool_choice="any")
    [call] = model.invoke([SystemMessage(FACTS), HumanMessage("Weather in Rome?")]).tool_calls
    assert (call["name"], call["args"]) == ("get_weather", {"city": "Rome"})


# Which number


def number(text: str, kind: Any = int, name: str = "hour") -> Any:
    """Return the number with which a schema of one field is filled."""
    schema = type("Wanted", (BaseModel,), {"__annotations__": {name: kind}})
    made = QuotingChatModel().with_structured_output(schema).invoke(text)
    return getattr(made, name)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Book a table at 9.", 9),
        ("Book a table at 9am.", 9),
        ("Book a table for the 9th.", 9),
        (f"{FACTS} {QUESTION}", 9),
        ("It closes at 18. It opens at 9. When does it open?", 9),
        ("Article 5: an hour 9 is fine.", 9),
        ("Article 5: open for 9 hours.", 9),
        ("Article 5. The hour is 9.", 9),
        ("Article 5, hour: 9", 9),
        ("Nothing is told.", 0),
    ],
)
def test_the_number_that_was_told_is_taken(text: str, wanted: int) -> None:
    assert number(text) == wanted


def test_a_number_is_taken_that_the_schema_allows() -> None:
    text = "In 2024 we opened at 9."
    assert number(text, Annotated[int, Field(ge=0, le=23)]) == 9
    assert number(text, Annotated[int, Field(gt=0, lt=24)]) == 9
    assert number("In 2024.", Annotated[int, Field(gt=3, lt=24)]) == 4
    assert number("Nothing.", Annotated[int, Field(default=7)]) == 7


def test_limits_of_a_schema_are_numbers() -> None:
    with pytest.raises(ValueError, match="minimum cannot be"):
        check_schema({"properties": {"a": {"minimum": "x"}}})


# Over the wire


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server with the rule-based model."""
    with LocalServer(speed=0) as running:
        yield running


@pytest.mark.parametrize("use_responses_api", [False, True])
def test_clients_without_structured_output_get_theirs(
    server: LocalServer, use_responses_api: bool
) -> None:
    options: dict[str, Any] = {"timeout": SECONDS_FOR_A_HANG, "max_retries": 0}
    model = ChatOpenAI(
        model="quoting",
        base_url=server.url,
        api_key="none",  # type: ignore[arg-type]
        use_responses_api=use_responses_api,
        **options,
    )
    messages = [SystemMessage(INSTRUCTIONS["ai"]), HumanMessage(f"{FACTS} {QUESTION}")]
    parsing = model.with_structured_output(Opening, method="json_mode")
    assert parsing.invoke(messages) == Opening(**WANTED)  # type: ignore[arg-type]
    parser = PydanticOutputParser(pydantic_object=Opening)
    text = f"{parser.get_format_instructions()}\n{FACTS} {QUESTION}"
    assert (model | parser).invoke(text) == Opening(**WANTED)  # type: ignore[arg-type]
    forced = model.bind_tools([get_weather, Opening], tool_choice="any")
    [call] = forced.invoke(f"{FACTS} {QUESTION}").tool_calls
    assert call["args"] == WANTED
