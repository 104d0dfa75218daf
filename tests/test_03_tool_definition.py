"""Lesson 03: Tool Definition.

One class for each task. `answers` are the functions to be graded, and `text` makes words that
differ from seed to seed. Without `from __future__ import annotations`: a schema is made of real
types.
"""

import json
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from hypothesis import strategies as st
from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolArg, StructuredTool, tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import create_model

from course.grade.expect import Words, check, keeps
from course.grade.scenarios import any_limit, any_text, each
from course.grade.value_checks import Explained, never, refused, unchanged

BRACED = "{x} & <b>"
"""What templates, pages and tags would take for their own."""

AN_OBJECT = {"type": "object", "properties": {"name": {"type": "string"}}}
A_CHOICE = {"anyOf": [{"type": "string"}, {"type": "null"}]}


# What holds for the tools that answers make.


def a_tool(made, name):
    """Check that this is a tool of that name, and return it."""
    check(
        hasattr(made, "invoke") and hasattr(made, "args"),
        "what comes back is no tool",
        why="A function becomes a tool only by @tool, or StructuredTool.from_function. And the "
        "tool has to be returned: not run, and not its class.",
        wanted=Words(f'a tool called "{name}"'),
        got=Words("None" if made is None else f"an object of the type {type(made).__name__}"),
    )
    check(
        made.name == name,
        "the tool has another name",
        why="The model asks for a tool by its name. It is that of the function, or what @tool is "
        "given; the variable in which you keep it does not count.",
        wanted=name,
        got=made.name,
    )
    return made


def check_parameters(made, names):
    """Check which parameters a tool has."""
    check(
        {*made.args} == {*names},
        "the tool takes other parameters",
        why="The parameters of the function are those of the tool, and the model writes their "
        "names. So they have to be called as the docstring says.",
        wanted=list(names),
        got=list(made.args),
    )


def result_of(made, values, wanted):
    """Run a tool with values that are right, and return its result."""
    with never(
        ValueError,
        "right values are refused",
        "The schema says what is allowed. Compare its types and limits with the docstring.",
        wanted,
        Words(f"a ValueError for {values}"),
    ):
        got = made.invoke(values)
    check(
        got is not None,
        "the tool returns nothing",
        why="What the function returns is the result. What it prints, no model ever sees.",
        wanted=wanted,
        got=None,
    )
    return got


def check_refused(made, values, argument, asked, why, caller):
    """Check that a tool refuses values before it does anything.

    Args:
        made: the tool.
        values: what it is called with; one of them is wrong.
        argument: which, in words: `limit=0`.
        asked: the calls of the function behind the tool.
        why: what to understand if it is accepted.
        caller: the name of that function.
    """
    with refused(argument, why):
        made.invoke(values)
    check(
        asked == [],
        "a wrong value is refused too late",
        why=f"{caller} has been called with it already. If the schema has the limits, the function "
        "does not even begin.",
        wanted=Words(f"{caller} not called for {values}"),
        got=Words(f"{caller} called with {', '.join(map(repr, asked))}"),
    )


def with_refs(made, schema):
    """Return what the schema of a parameter stands for, if it stands elsewhere."""
    while "$ref" in schema:
        schema = made.get_input_jsonschema()["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def parts(made, schema):
    """Return the schemas that a value may fit: those of `anyOf`, or the only one."""
    schema = with_refs(made, schema)
    inside = schema.get("anyOf") or schema.get("allOf") or schema.get("oneOf")
    return [one for part in inside for one in parts(made, part)] if inside else [schema]


def types_of(made, name):
    """Return the types that a parameter may have, as its schema says; None for nothing said."""
    found = parts(made, made.args[name])
    return {part.get("type") for part in found if part.get("type") != "null"}


def choices_of(made, name):
    """Return the values that a schema lists, or None if it allows others."""
    listed = [
        part.get("enum", [part["const"]] if "const" in part else None)
        for part in parts(made, made.args[name])
        if part.get("type") != "null"
    ]
    return None if None in listed else sorted(str(value) for values in listed for value in values)


def bounds_of(made, name):
    """Return the smallest and the largest whole number that a schema allows; None for no bound."""
    [schema, *_] = [one for one in parts(made, made.args[name]) if one.get("type") != "null"]
    if "enum" in schema:
        return min(schema["enum"]), max(schema["enum"])
    least, most = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        least = schema["exclusiveMinimum"] + 1
    if "exclusiveMaximum" in schema:
        most = schema["exclusiveMaximum"] - 1
    return least, most


# What answers get.


def a_given_tool(name="find", run=None):
    """A tool of the test."""
    return StructuredTool.from_function(
        run or (lambda: "done"), name=name, description="Do something."
    )


class Shop:
    """What is behind a search tool. It notes what it is asked for."""

    def __init__(self, *found, generous=False):
        self.found = list(found)
        self.generous = generous
        self.asked = []

    def finds(self, limit):
        """Return what it finds: a generous shop does not look at the limit."""
        return self.found if self.generous else self.found[:limit]

    def search(self, query, limit, /):
        self.asked.append((query, limit))
        return list(self.finds(limit))


class Desk:
    """What is behind a ticket tool. It notes what it gets, and writes into its list."""

    def __init__(self, reply="saved"):
        self.reply = reply
        self.asked = []

    def save(self, title, priority, tags, /):
        self.asked.append((title, priority, list(tags) if isinstance(tags, list) else tags))
        if isinstance(tags, list):
            tags.append("seen")
        return self.reply


class TestMakeDiscountTool(Explained):
    """The tool gives what is left of a price."""

    WHY: ClassVar = {
        "the model is not told that a parameter is a number": "The schema is made of the type "
        "hints: price: float. A whole number is another type, which refuses cents.",
        "percent has to be given": "A parameter with a default may be left out. Here it is 10.",
        "price may be left out": "Only percent has a default. What has none has to be given, and "
        "the schema says so.",
        "the default is another one": "If percent is not given, it is 10.",
        "the result is no number": "Return the number itself, not a text about it.",
        "what is left of the price is wrong": "Of 20, 10 percent is 2, so 18 is left.",
        "the result is not rounded": "Money has two places: round(..., 2).",
        "the tool has no description": "The description says when to use a tool. Without one, the "
        "model has to guess it from the name. The docstring of the function becomes the "
        "description.",
    }

    @keeps(3)
    def test_it_has_a_description(self, answers):
        made = answers.make_discount_tool()
        told = getattr(made, "description", "another promise")
        self.must((told or "").strip(), "the tool has no description", Words("a sentence"), told)

    @keeps(1)
    def test_it_is_a_tool_that_takes_two_floats(self, answers):
        made = a_tool(answers.make_discount_tool(), "discount")
        check_parameters(made, ("price", "percent"))
        for name in ("price", "percent"):
            self.must(
                types_of(made, name) == {"number"},
                "the model is not told that a parameter is a number",
                Words(f'{name} of the type "number"'),
                Words(f"{name}: {made.args[name]}"),
            )
        must = self.against(Words("a price that has to be given"), made.args["price"])
        must("default" not in made.args["price"], "price may be left out")
        self.must(
            "default" in made.args["percent"],
            "percent has to be given",
            Words('a "default" in the schema of percent'),
            made.args["percent"],
        )
        self.must(
            made.args["percent"]["default"] == 10,
            "the default is another one",
            10,
            made.args["percent"]["default"],
        )

    @keeps(1)
    def test_a_price_has_to_be_given(self, answers):
        made = a_tool(answers.make_discount_tool(), "discount")
        for values in ({}, {"percent": 5}, {"price": None}):
            with self.raises(
                ValueError, "price may be left out", Words(f"ValueError for {values}")
            ):
                made.invoke(values)

    @keeps(2)
    def test_it_returns_what_is_left(self, answers, text):
        made = a_tool(answers.make_discount_tool(), "discount")
        price = text.random.randint(2, 90) * 10
        self.check_left(made, {"price": price}, price, 10)
        for percent in (0, 25, 50, 100):
            self.check_left(made, {"price": price, "percent": percent}, price, percent)
        self.check_left(made, {"price": 9.99, "percent": 33}, 9.99, 33)

    def check_left(self, made, values, price, percent):
        """Check the result. Where it is half a cent, both ways to round are right."""
        left = Fraction(str(price)) * (100 - Fraction(str(percent))) / 100
        wanted = Words(f"{float(round(left, 2))} for {values}")
        got = result_of(made, values, wanted)
        must = self.against(wanted, got)
        must(isinstance(got, int | float), "the result is no number")
        must(abs(Fraction(got) - left) < Fraction(1, 50), "what is left of the price is wrong")
        must(
            abs(Fraction(got) - left) <= Fraction(5001, 10**6) and round(got, 2) == got,
            "the result is not rounded",
        )

    def test_any_price(self, search):
        def promise(answers, cents, percent, as_text):
            price = cents / 100
            values = {"price": str(price) if as_text else price}
            if percent is not None:
                values["percent"] = str(percent) if as_text else percent
            made = a_tool(answers.make_discount_tool(), "discount")
            self.check_left(made, values, price, 10 if percent is None else percent)

        always = (
            *each(cents=(0, 1, 5, 99, 100, 1999, 10**8), percent=10, as_text=False),
            *each(percent=(None, 0, 100, 12.5, 99.9, 0.5, -5, 150), cents=2000, as_text=False),
            {"cents": -2000, "percent": 10, "as_text": False},
            {"cents": 2000, "percent": None, "as_text": True},
            {"cents": 2000, "percent": 50, "as_text": True},
        )
        percents = st.none() | st.sampled_from(range(101)) | st.sampled_from((12.5, 0.5, 33.3))
        search(
            promise,
            *always,
            cents=st.sampled_from(range(100_000)),
            percent=percents,
            as_text=st.booleans(),
        )


class TestToolbox(Explained):
    """The tools are found by their names, and no name is a trap."""

    WHY: ClassVar = {
        "what comes back is no dict": "A dict has for each name the tool of that name.",
        "a tool does not stand under its name": "The key is the name that the model writes: "
        "tool.name.",
        "the tools are in another order": "A dict keeps the order in which you fill it. Sort "
        "nothing.",
        "a tool is missing": "Each of them has to be in it. If you go through the tools twice, "
        "remember that an iterator is empty after the first time.",
        "it is another tool": "The very tools that were given, no copies and no functions.",
        "one tool hides another": "In a dict the last one wins, and the other can never be called "
        "again. Raise ValueError for a name that you have seen.",
        "two names are taken for one": "A model writes a name as it stands. Names that differ in "
        "one letter or in capitals are two names.",
        "a name that no provider takes is accepted": "All of the name has to match. Look up in "
        "Python's re what match, search and fullmatch do, and what $ does before a line break.",
        "a good name is refused": "Only names that TOOL_NAME does not match are refused. What a "
        "pattern gives is a match or None, and never True.",
    }

    @keeps(2)
    def test_two_tools_of_one_name(self, answers, text):
        name, other, last = text.word(), text.word(), text.word()
        twin = a_given_tool(name)
        for names in ([name, name], [name, other, name], [other, last, name, name]):
            with self.raises(ValueError, "one tool hides another"):
                answers.toolbox([a_given_tool(one) for one in names])
        with self.raises(ValueError, "one tool hides another"):
            answers.toolbox([twin, twin])

    @keeps(3)
    def test_a_name_that_no_provider_takes(self, answers, text):
        word, other = text.word(), text.word()
        names = (f"{word} {other}", f"{word}.{other}", f"{word}.", f".{word}", f"{word}\n", "")
        for name in (*names, f"{word}ü", "a" * 65, f"{word}/{other}", BRACED):
            given = [a_given_tool(other), a_given_tool(name)]
            with self.raises(
                ValueError,
                "a name that no provider takes is accepted",
                Words(f"ValueError for the name {name!r}"),
            ):
                answers.toolbox(given)

    @keeps(1)
    def test_each_stands_under_its_name(self, answers, text):
        word = text.word()
        names = [word, f"{text.word()}-2", f"{text.word()}_X", "a" * 64, "0"]
        for given in (names, names[::-1], names[:1], []):
            self.check_box(answers, given, list)
            self.check_box(answers, given, iter)
        alike = [word, word.upper(), word.title(), f"{word}_", f"_{word}"]
        self.check_box(answers, alike, list, "two names are taken for one")

    def check_box(self, answers, names, kind, refused="a good name is refused"):
        tools = [a_given_tool(name) for name in names]
        with self.never(ValueError, refused, names):
            box = answers.toolbox(kind(tools))
        must = self.against(dict(zip(names, tools, strict=True)), box)
        must(isinstance(box, dict), "what comes back is no dict")
        must({*box} <= {*names}, "a tool does not stand under its name")
        must({*names} <= {*box}, "a tool is missing")
        must(list(box) == names, "the tools are in another order")
        must(all(box[one.name] is one for one in tools), "it is another tool")

    def test_any_names(self, search):
        good = ("find", "find_2", "FIND", "x", "0", "-", "_", "a" * 64, "get-weather")
        bad = ("find it", "a.b", "", "a\n", "\na", "naïve", "a" * 65, "a/b", "{x}", "a&b", "<b>")

        def promise(answers, names):
            if {*names} & {*bad} or len({*names}) < len(names):
                twice = len({*names}) < len(names)
                problem = "one tool hides another" if twice else "a name that no provider takes is "
                with self.raises(ValueError, problem if twice else f"{problem}accepted"):
                    answers.toolbox([a_given_tool(name) for name in names])
            else:
                self.check_box(answers, names, list)

        always = (
            *each(names=tuple([one] for one in good)),
            *each(names=tuple(["x", one, "y"] for one in bad)),
            *each(names=tuple([one, "z", one] for one in good)),
            {"names": [f"tool_{number}" for number in range(150)]},
            {"names": ["find", "FIND", "Find", "find_", "-find"]},
        )
        mostly_good = st.sampled_from((*good * 4, *bad))
        search(promise, *always, names=st.lists(mostly_good, max_size=5))


FIELDS: tuple[tuple[Any, Any], ...] = (
    *((str, ...), (int, ...), (float, ...), (bool, ...), (list[str], ...)),
    *((int, 0), (int, 3), (int, -1), (float, 0.0), (float, 2.5), (bool, False), (bool, True)),
    *((str, ""), (str, "a"), (str, " "), (str, "null"), (str, 'a "b" \\ c'), (str, BRACED)),
    *((str, '{"a":1}'), (str, "ab " * 1_000), (dict[str, Any], {"a": None, "b": []})),
    *((list[str], []), (list[str], ["a"]), (dict[str, Any], {})),
    *((str | None, None), (str | None, ...), (int | str, 0), (Any, ...), (Any, None), (Any, 0)),
    *((Literal["low", "high"], ...), (Literal["low", "high"], "low")),
    *((Annotated[str, InjectedToolArg], ...), (Annotated[str, InjectedToolArg], "me")),
)
"""The type of a parameter, and its default; `...` for none. The last ones no model may see."""

NAMES = ("city", "days", "type", "default", "limit", "Zone", "a", "properties", "items", "args")


def with_fields(name, *fields):
    """Return a tool with these parameters: each is a name, a type and a default."""
    made = {field: (kind, default) for field, kind, default in fields}
    arguments = create_model("Arguments", **made)
    return StructuredTool(
        name=name, description="Do it.", args_schema=arguments, func=lambda **values: "done"
    )


def in_json(value):
    """The texts that are JSON for a value: how it is spaced and escaped is open."""
    return {
        json.dumps(value, ensure_ascii=ascii_only, separators=separators)
        for ascii_only in (True, False)
        for separators in ((", ", ": "), (",", ":"))
    }


def lines_for(given):
    """Return the right lines for a tool."""
    lines = [""]
    for name, schema in given.args.items():
        known = f"{name}: {schema.get('type', 'any')}"
        defaults = (
            [f" = {one}" for one in in_json(schema["default"])] if "default" in schema else [""]
        )
        lines = [f"{line}{', ' if line else ''}{known}{one}" for line in lines for one in defaults]
    return [f"{given.name}({line})" for line in lines]


class TestToolLine(Explained):
    """One line shows all that a call of the tool needs."""

    WHY: ClassVar = {
        "a default of 0 is taken for none": "0, False, an empty text and null are defaults, too. "
        'Ask whether "default" is in the schema, not whether it is true.',
        "a default is not written as JSON": "A model writes JSON: true, null and double quotes. "
        "repr and str give Python: True, None and single quotes.",
        "a parameter without a type breaks it": 'Not every schema has a "type": a parameter that '
        "may be None has anyOf in its place. Such a one is `any` here.",
        "it shows what the model does not see": "The function may have parameters that the "
        "program fills in. tool.args has those of the model.",
        "the parameters are in another order": "They stand in the order of tool.args, whether or "
        "not they have a default.",
        "without parameters the line is wrong": "The name, and empty brackets after it.",
        "the line is wrong": "name(parameter: type, parameter: type = default), with one space "
        "after each colon and comma, and one on each side of the equals sign.",
    }

    @keeps(2)
    def test_a_parameter_may_have_no_type(self, answers, text):
        for kind in (str | None, Any, int | str):
            given = with_fields(text.word(), ("city", str, ...), ("zone", kind, ...))
            wanted = lines_for(given)[0]
            with self.never(KeyError, "a parameter without a type breaks it", wanted):
                line = answers.tool_line(given)
            self.equal(line, wanted, "the line is wrong")

    @keeps(3)
    def test_a_default_may_count_as_false(self, answers, text):
        for kind, default in ((int, 0), (str, ""), (bool, False), (str | None, None)):
            given = with_fields(text.word(), ("city", str, ...), ("limit", kind, default))
            line = answers.tool_line(given)
            must = self.against(lines_for(given)[0])
            must("=" in line, "a default of 0 is taken for none")
            must(json.dumps(default) in line, "a default is not written as JSON")
            self.equal(line, *self.nearest(given, line), "the line is wrong")

    @keeps(3)
    def test_a_default_is_json(self, answers, text):
        for kind, default in ((bool, True), (str, text.word()), (list[str], ["a"])):
            given = with_fields(text.word(), ("all", kind, default))
            line = answers.tool_line(given)
            wanted = lines_for(given)
            self.must(line in wanted, "a default is not written as JSON", wanted[0])

    @keeps(1)
    def test_what_stands_in_the_brackets(self, answers, text):
        name = text.word()
        given = with_fields(
            name, ("b", int, 3), ("user", Annotated[str, InjectedToolArg], "me"), ("a", str, ...)
        )
        line = answers.tool_line(given)
        wanted = lines_for(given)[0]
        must = self.against(wanted)
        must("user" not in line, "it shows what the model does not see")
        must(line.find("b:") < line.find("a:"), "the parameters are in another order")
        must(line == wanted, "the line is wrong")
        given = with_fields(name)
        self.equal(answers.tool_line(given), f"{name}()", "without parameters the line is wrong")

    def nearest(self, given, line):
        """The right line that came, or else the usual one."""
        wanted = lines_for(given)
        return [line if line in wanted else wanted[0]]

    def test_any_parameters(self, search):
        def promise(answers, name, fields):
            known = {field: FIELDS[number] for field, number in fields}
            given = with_fields(name, *((field, *about) for field, about in known.items()))
            line = answers.tool_line(given)
            self.equal(line, *self.nearest(given, line), "the line is wrong")

        always = (
            *each(name="find", fields=tuple([("city", one)] for one in range(len(FIELDS)))),
            *each(name="find", fields=tuple([(one, 0), ("b", 5)] for one in NAMES)),
            {"name": "a" * 64, "fields": [(name, 0) for name in NAMES]},
        )
        field = st.tuples(st.sampled_from(NAMES), st.sampled_from(range(len(FIELDS))))
        search(
            promise,
            *always,
            name=st.sampled_from(("find", "x", "get-weather")),
            fields=st.lists(field, max_size=5),
        )


class TestRunCall(Explained):
    """A call is run once, and its result says which call it answers."""

    WHY: ClassVar = {
        "the result does not say which call it answers": "A model may ask for several tools at "
        "once. Only the id tells it which result belongs to which call. So what goes back is a "
        "ToolMessage, and not the bare result.",
        "a call for this very tool is refused": "The names are equal. == compares what two texts "
        "say; `is` asks whether they are one object, and a name that came as JSON is not.",
        "the id is another one": "The call has an id. The message carries the same one, as "
        "tool_call_id.",
        "the message does not name the tool": "A ToolMessage has a name: that of the tool.",
        "the tool does not run exactly once": "A tool may send a mail or cost money. Run it once, "
        "and use that result.",
        "the tool gets other arguments": 'What the model has written stands in call["args"], and '
        "all of it goes to the tool.",
        "a text does not stay as it is": "The content is the very text that the tool returned: "
        "no quotes around it, and nothing stripped.",
        "a dict is not written as JSON": "str() gives Python: single quotes, True and None. A "
        "model reads JSON.",
        "a call for another tool is run": "Nothing else looks at the name: tool.invoke would run "
        "this tool with the arguments for another one. Compare the names first.",
        "it runs before it looks at the name": "What is done cannot be undone. Check first.",
    }

    def run(self, answers, given, call, wanted):
        """Run a call, and check the form of what comes back."""
        key = call["id"]
        try:
            message = answers.run_call(given, call)
        except ValueError as error:
            if type(error) is ValueError:  # and not what pydantic says of the arguments
                refused = Words("ValueError")
                self.must(False, "a call for this very tool is refused", wanted, refused)
            raise
        must = self.against(wanted)
        must(
            isinstance(message, ToolMessage),
            "the result does not say which call it answers",
        )
        must(message.tool_call_id == key, "the id is another one")
        must(
            message.name == given.name,
            "the message does not name the tool",
            wanted=Words(f"a ToolMessage with the name {given.name!r}"),
            got=Words(f"a ToolMessage with the name {message.name!r}"),
        )
        return message

    @keeps(1)
    def test_the_message_answers_the_call(self, answers, text):
        for result in (text.word(), {"found": text.word()}):
            name, key = text.word(), text.secret()
            wanted = ToolMessage(str(result), name=name, tool_call_id=key)
            self.run(answers, a_given_tool(name, returns(result)), a_call(name, key=key), wanted)

    @keeps(2)
    def test_what_is_in_the_message(self, answers, text):
        name = text.word()
        for result in (f" {text.word()}\n", "", "true", BRACED, '{"a": 1}', '{"a":1}', "[1,2]"):
            wanted = ToolMessage(result, name=name, tool_call_id="k1")
            message = self.run(answers, a_given_tool(name, returns(result)), a_call(name), wanted)
            self.must(message.content == result, "a text does not stay as it is", wanted)
        for result in ({"found": None, text.word(): True}, {"price": 2.5, "name": "it's"}, {}):
            given = a_given_tool(name, returns(result))
            wanted = ToolMessage(json.dumps(result), name=name, tool_call_id="k1")
            message = self.run(answers, given, a_call(name), wanted)
            self.must(is_json(message.content, result), "a dict is not written as JSON", wanted)

    def test_the_tool_runs_once_with_these_arguments(self, answers, text):
        seen = []

        def find(city: str, days: int = 3) -> str:
            seen.append((city, days))
            return f"{city}: {days}"

        for args in ({"city": text.word()}, {"city": BRACED, "days": 0}):
            name, key, values = text.word(), text.secret(), (args["city"], args.get("days", 3))
            wanted = ToolMessage(f"{values[0]}: {values[1]}", name=name, tool_call_id=key)
            seen.clear()
            message = self.run(answers, a_given_tool(name, find), a_call(name, args, key), wanted)
            times = f"the tool run {len(seen)} times"
            self.in_words(
                len(seen) == 1, "the tool does not run exactly once", "one run of the tool", times
            )
            self.equal(seen, [values], "the tool gets other arguments")
            self.must(message.content == wanted.content, "a text does not stay as it is", wanted)

    @keeps(3)
    def test_a_call_for_another_tool(self, answers, text):
        name, other, seen = text.word(), text.word(), []
        given = a_given_tool(name, lambda: seen.append(1) or "done")
        for asked in (other, name.upper(), f"{name}_2", name[:-1], ""):
            with self.raises(
                ValueError,
                "a call for another tool is run",
                Words(f"ValueError for a call of {asked!r}"),
            ):
                answers.run_call(given, a_call(asked))
            times = f"the tool run for a call of {asked!r}"
            self.in_words(not seen, "it runs before it looks at the name", "no run", times)

    @keeps(4)
    def test_the_call_stays_as_it_is(self, answers, text):
        name = text.word()
        call = a_call(name, {"city": text.word()}, text.secret())
        with unchanged(call=call):
            answers.run_call(a_given_tool(name, lambda city: f"in {city}"), call)
        call = a_call(name, {}, text.secret())
        with unchanged(call=call):
            answers.run_call(a_given_tool(name, lambda city="Rome": f"in {city}"), call)

    def test_any_call(self, search):
        def promise(answers, name, asked, values, key):
            seen = []

            def find(query: str, words: list[str] = []) -> str:  # noqa: B006
                seen.append((query, words))
                return query

            given = a_given_tool(name, find)
            call = a_call(asked, {"query": values[0], "words": values[1:]}, key)
            if asked != name:
                with self.raises(ValueError, "a call for another tool is run"):
                    answers.run_call(given, call)
                self.in_words(
                    not seen, "it runs before it looks at the name", "no run", "a run of the tool"
                )
                return
            wanted = ToolMessage(values[0], name=name, tool_call_id=key)
            message = self.run(answers, given, call, wanted)
            self.equal(seen, [(values[0], values[1:])], "the tool gets other arguments")
            self.must(message.content == values[0], "a text does not stay as it is", wanted)

        names = ("find", "find_2", "FIND", "x")
        always = (
            *each(values=tuple([one] for one in EDGES), name="find", asked="find", key="k1"),
            *each(key=("0", " ", "call 1", BRACED), values=["a"], name="find", asked="find"),
            *each(asked=names[1:], values=["a"], name="find", key="k1"),
        )
        search(
            promise,
            *always,
            name=st.just("find"),
            asked=st.sampled_from(("find", "find", "find", *names)),
            values=st.lists(any_text(), min_size=1, max_size=4),
            key=any_text().filter(bool),
        )


EDGES = (
    *("", " ", "\n", " a ", "a\n", "null", "0", '"a"', "[1]", "{}", BRACED, "漢", "None"),
    *('{"a":1}', "[1,2]", "{{x}}", "%s", "Aa", "ab " * 1_000),
)


def a_call(name, args=None, key="k1"):
    """A call as it stands in the message of a model. It came as JSON."""
    call = {"name": name, "args": args or {}, "id": key, "type": "tool_call"}
    return json.loads(json.dumps(call))


def returns(result):
    """A function that returns this."""
    return lambda: result


def is_json(text, value):
    """Whether a text is JSON for a value."""
    try:
        return json.loads(text) == value
    except (TypeError, ValueError):
        return False


class TestMakeSearchTool(Explained):
    """The model is told what it may ask for, and nothing else reaches the search."""

    WHY: ClassVar = {
        "query may be left out": "A search without words makes no sense. A parameter without a "
        "default has to be given.",
        "limit has to be given": "If limit is not given, it is 3: it needs a default.",
        "a parameter has another type": "query is a str, and limit an int. Field is no type: it "
        "stands behind one, as in Annotated[str, Field(...)].",
        "the default is another one": "If limit is not given, it is 3.",
        "the model is not told what limit means": "A docstring with Args: alone becomes the "
        "description of the tool, not of its parameters. Field(description=...) describes one, or "
        "@tool(parse_docstring=True).",
        "the model is not told what query means": "Each parameter needs a description of its own.",
        "the model is not told the bounds of limit": "A sentence about them is only a wish. The "
        "schema has minimum and maximum, if you give Field the bounds.",
        "the model is told other bounds of limit": "1 and 10 are allowed, 0 and 11 are not. ge is "
        "greater or equal, gt is greater; le and lt are the same for less.",
        "it does not search with what it is given": "Pass query and limit on as they came: once, "
        "and in this order.",
        "what is found is no text": "A list of texts would become blocks of content. Join what is "
        "found: one a line.",
        "what is found does not stand one a line": "Each result on a line of its own, in the order "
        "of the search, and nothing around them.",
        "what is found is cut": "The search knows the limit, since you hand it over. What it finds "
        "comes back, all of it.",
        "what was found before comes back": "A shop changes. Search in each call, and keep "
        "nothing for the next one.",
        "nothing found is no answer": "From an empty text the model learns nothing. Say in a "
        "sentence that nothing was found.",
    }

    @keeps(1)
    def test_it_takes_a_query_and_a_limit(self, answers, text):
        made = a_tool(answers.make_search_tool(Shop(text.word()).search), "search_shop")
        check_parameters(made, ("query", "limit"))
        for name, kind in (("query", "string"), ("limit", "integer")):
            self.must(
                types_of(made, name) == {kind},
                "a parameter has another type",
                Words(f'{name} of the type "{kind}"'),
                Words(f"{name}: {made.args[name]}"),
            )
        must = self.against(Words('a "default" of 3 in the schema'), made.args["limit"])
        must("default" in made.args["limit"], "limit has to be given")
        must(made.args["limit"]["default"] == 3, "the default is another one")
        must = self.against(Words("a query that has to be given"), made.args["query"])
        must("default" not in made.args["query"], "query may be left out")

    @keeps(2)
    def test_the_model_is_told_what_they_mean(self, answers, text):
        made = a_tool(answers.make_search_tool(Shop(text.word()).search), "search_shop")
        check_parameters(made, ("query", "limit"))
        for name in ("limit", "query"):
            said = made.args[name].get("description", "")
            self.must(
                said.strip(),
                f"the model is not told what {name} means",
                Words('a "description" in its schema'),
                made.args[name],
            )
        must = self.against(Words('"minimum": 1 and "maximum": 10'), made.args["limit"])
        bounds = bounds_of(made, "limit")
        must(None not in bounds, "the model is not told the bounds of limit")
        must(bounds == (1, 10), "the model is told other bounds of limit")

    @keeps(3)
    def test_it_returns_what_is_found(self, answers, text):
        found = [text.word(), f"{text.word()} {BRACED}", text.word(), text.word()]
        for query, limit in ((text.word(), 2), (BRACED, 10), (f" {text.word()}\n", None)):
            shop = Shop(*found)
            made = a_tool(answers.make_search_tool(shop.search), "search_shop")
            self.check_found(made, shop, query, limit)
        shop = Shop()
        made = a_tool(answers.make_search_tool(shop.search), "search_shop")
        self.check_found(made, shop, text.word(), 5)

    def check_found(self, made, shop, query, limit):
        values = {"query": query} if limit is None else {"query": query, "limit": limit}
        found = shop.finds(3 if limit is None else limit)
        wanted = "\n".join(found) if found else Words("a sentence")
        got = result_of(made, values, wanted)
        self.must(
            shop.asked == [(query, 3 if limit is None else limit)],
            "it does not search with what it is given",
            Words(f"search({query!r}, {3 if limit is None else limit})"),
            Words(", ".join(f"search{asked}" for asked in shop.asked) or "no search"),
        )
        must = self.against(wanted, got)
        must(isinstance(got, str), "what is found is no text")
        if found:
            cut = len(got) < len(wanted) and wanted.startswith(f"{got}\n")
            must(not cut, "what is found is cut")
            must(got == wanted, "what is found does not stand one a line")
        else:
            must(got.strip(), "nothing found is no answer")

    @keeps(3)
    def test_all_that_is_found_comes_back(self, answers, text):
        shop = Shop(*(text.word() for _ in range(4)), *"abcdefghijklmnop", generous=True)
        made = a_tool(answers.make_search_tool(shop.search), "search_shop")
        self.check_found(made, shop, text.word(), None)

    @keeps(3)
    def test_each_call_searches_anew(self, answers, text):
        shop, query = Shop(text.word()), text.word()
        made = a_tool(answers.make_search_tool(shop.search), "search_shop")
        for found in (shop.found, [text.word(), text.word()], []):
            before = "\n".join(shop.found)
            shop.found = found
            shop.asked.clear()
            got = result_of(made, {"query": query, "limit": 2}, Words("what is found now"))
            old = got == before and found != [before]
            now = "\n".join(found) or Words("a sentence")
            self.must(not old, "what was found before comes back", now, got)
            self.must(shop.asked, "what was found before comes back", now, got)

    @keeps(4)
    def test_wrong_values_are_refused(self, answers, text):
        query = text.word()
        for limit in (0, 11, -1, 100, "many", None, 2.5):
            shop = Shop(text.word())
            made = a_tool(answers.make_search_tool(shop.search), "search_shop")
            check_refused(
                made,
                {"query": query, "limit": limit},
                f"limit={limit!r}",
                shop.asked,
                "limit is a whole number from 1 to 10",
                "search",
            )
            check_refused(
                made, {"limit": 2}, "a call without query", shop.asked, "query is needed", "search"
            )

    def test_any_call(self, search):
        def promise(answers, query, limit, found):
            shop = Shop(*found)
            made = a_tool(answers.make_search_tool(shop.search), "search_shop")
            if limit is None or (isinstance(limit, int) and 1 <= limit <= 10):
                self.check_found(made, shop, query, limit)
                return
            why = "limit is a whole number from 1 to 10"
            values = {"query": query, "limit": limit}
            check_refused(made, values, f"limit={limit!r}", shop.asked, why, "search")

        lines = ("tea", "a {x}", "<b> & c", "None", "0", "two words", " ", "a")
        always = (
            *each(query=EDGES, limit=3, found=list(lines)),
            *each(
                limit=(None, 1, 2, 9, 10, 0, 11, -1, 2**70, "x", []), query="a", found=["b"] * 12
            ),
            *each(found=tuple([one, one] for one in lines), query="a", limit=10),
            *each(found=([], ["a", "", "b"], [" "]), query="a", limit=5),
        )
        search(
            promise,
            *always,
            query=any_text(),
            limit=any_limit(10) | any_limit(10) | st.sampled_from((None, 0, 11, -5, 1000)),
            found=st.lists(st.sampled_from(lines), max_size=12),
        )


class TestMakeTicketTool(Explained):
    """The model chooses from three priorities, and no broken ticket is saved."""

    WHY: ClassVar = {
        "the model may write any priority": "A docstring or a description only asks for one of the "
        "three. A type that has them as its values, such as Literal, puts them in the schema.",
        "other priorities are listed": 'The three are "low", "normal" and "high", as they stand '
        "here.",
        "a parameter has another type": "title: str, tags: list[str]. The types of the function "
        "become those of the schema.",
        "title may be left out": "A ticket needs a title. A parameter without a default has to be "
        "given.",
        "what may be left out has to be given": "Only the title has to be given. The others need a "
        "default.",
        "save gets something else than the model wrote": "save(title, priority, tags): once, in "
        "this order, and unchanged.",
        "save gets no list": "It may go through the tags, and add to them. So it always gets a "
        "list of them, which may be empty: no text about it, and no None.",
        "save gets no plain text for the priority": "A member of an Enum is not its value. Use "
        "Literal, or pass .value on.",
        "tags of an earlier call come back": "Each ticket needs a list of its own.",
        "it does not return what save gives": "The model has to learn what became of its ticket. "
        "Return what save returns, unchanged.",
    }

    @keeps(2)
    def test_the_schema_lists_the_priorities(self, answers):
        made = a_tool(answers.make_ticket_tool(Desk().save), "open_ticket")
        check_parameters(made, ("title", "priority", "tags"))
        listed = choices_of(made, "priority")
        must = self.against(Words('"low", "normal" and "high", listed in the schema'))
        must(listed is not None, "the model may write any priority", got=made.args["priority"])
        must(listed == ["high", "low", "normal"], "other priorities are listed", got=listed)

    @keeps(1)
    def test_what_it_takes(self, answers, text):
        desk = Desk()
        made = a_tool(answers.make_ticket_tool(desk.save), "open_ticket")
        check_parameters(made, ("title", "priority", "tags"))
        for name, kind in (("title", "string"), ("tags", "array")):
            self.must(
                types_of(made, name) == {kind},
                "a parameter has another type",
                Words(f'{name} of the type "{kind}"'),
                Words(f"{name}: {made.args[name]}"),
            )
        must = self.against(Words("a title that has to be given"), made.args["title"])
        must("default" not in made.args["title"], "title may be left out")
        with self.never(
            ValueError, "what may be left out has to be given", Words("a ticket with a title only")
        ):
            made.invoke({"title": text.word()})

    @keeps(3)
    def test_it_returns_what_save_gives(self, answers, text):
        for title, rest in (
            (text.word(), {}),
            (BRACED, {"priority": "high"}),
            (f" {text.word()}\n", {"priority": "low", "tags": [text.word(), "", BRACED]}),
            (text.word(), {"tags": []}),
        ):
            desk = Desk(f"{text.secret()} {BRACED}\n")
            made = a_tool(answers.make_ticket_tool(desk.save), "open_ticket")
            self.check_saved(made, desk, title, **rest)
        desk = Desk()
        made = a_tool(answers.make_ticket_tool(desk.save), "open_ticket")
        again, replies = text.word(), ("", "None", text.secret())
        for title, reply in zip((text.word(), again, again), replies, strict=True):
            desk.asked.clear()
            desk.reply = reply
            self.check_saved(made, desk, title)

    def check_saved(self, made, desk, title, **rest):
        values = {"title": title, **rest}
        wanted = (title, rest.get("priority", "normal"), rest.get("tags", []))
        got = result_of(made, values, Words(f"save{wanted}"))
        calls = Words(", ".join(f"save{asked}" for asked in desk.asked) or "save not called")
        must = self.against(Words(f"save{wanted}"), calls)
        must(len(desk.asked) == 1, "save gets something else than the model wrote")
        [(_, priority, tags)] = desk.asked
        must(isinstance(tags, list), "save gets no list")
        must(isinstance(priority, str), "save gets no plain text for the priority")
        must(tags != [*wanted[2], "seen"], "tags of an earlier call come back")
        must(desk.asked == [wanted], "save gets something else than the model wrote")
        self.must(got == desk.reply, "it does not return what save gives", desk.reply, got)

    @keeps(4)
    def test_wrong_values_are_refused(self, answers, text):
        title = text.word()
        for name, value, why in (
            ("title", "", "A ticket without a title cannot be found again"),
            ("priority", "LOW", "It is not one of the three, and nobody knows what is meant"),
            ("priority", text.word(), "It is not one of the three"),
            ("priority", "", "It is not one of the three"),
            ("tags", f"{text.word()},{text.word()}", "tags is a list, even of one"),
            ("tags", [["a"]], "Each tag is a str"),
            ("tags", {"a": 1}, "tags is a list of str"),
        ):
            desk = Desk()
            made = a_tool(answers.make_ticket_tool(desk.save), "open_ticket")
            values = {"title": title, name: value}
            check_refused(made, values, f"{name}={value!r}", desk.asked, why, "save")
        desk = Desk()
        made = a_tool(answers.make_ticket_tool(desk.save), "open_ticket")
        check_refused(
            made, {"tags": []}, "a call without title", desk.asked, "title is needed", "save"
        )

    def test_any_ticket(self, search):
        def promise(answers, title, rest):
            desk = Desk(title[::-1])
            made = a_tool(answers.make_ticket_tool(desk.save), "open_ticket")
            if title and rest.get("priority", "low") in ("low", "normal", "high"):
                self.check_saved(made, desk, title, **rest)
                return
            wrong = "an empty title" if not title else f"priority={rest['priority']!r}"
            why = "Read again which values are allowed"
            check_refused(made, {"title": title, **rest}, wrong, desk.asked, why, "save")

        priorities = ("low", "normal", "high")
        wrong = ("Low", "high ", " ", "urgent", "", "normal\n", "low, high")
        always = (
            *each(title=EDGES, rest={}),
            *each(title="a", rest=tuple({"priority": one} for one in (*priorities, *wrong))),
            *each(title="a", rest=tuple({"tags": [one, one]} for one in EDGES)),
            {"title": "a", "rest": {"tags": [f"{number}" for number in range(40)]}},
        )
        rest = st.fixed_dictionaries(
            {},
            optional={
                "priority": st.sampled_from((*priorities * 4, *wrong)),
                "tags": st.lists(any_text(), max_size=4),
            },
        )
        search(promise, *always, title=any_text(), rest=rest)


class TestWeakSpots(Explained):
    """What a schema does not say is named, and nothing that it says in another way."""

    WHY: ClassVar = {
        "it blames a parameter that has a type": "A type is said in one of several ways. It needs "
        "only one of TYPE_KEYS.",
        "it blames one that may be None": 'Such a schema has no "type". Its types stand '
        'under "anyOf".',
        "it blames one whose type is said in another way": "TYPE_KEYS has all ways to say "
        "of which type a parameter is. One of them is enough.",
        "a parameter without a type is not named": "It has none of TYPE_KEYS: name it.",
        "a parameter without a description is not named": "It has no description, or a blank one.",
        "a blank description is taken for one": "White space says nothing. It is missing.",
        "a tool without a description is not named": 'Then "description" comes first.',
        "a tool that has a description is blamed": "It has one, so it is not named.",
        "a parameter's name is taken for part of its schema": 'A parameter may be called "type" or '
        '"description". What counts is in the schema of each parameter.',
        "only the first weak spot is named": "Go on after one is found: the author wants to mend "
        "all of them.",
        "the weak spots are in another order": "First that of the tool. Then the parameters, in "
        "the order of the schema, for each of them the type before the description.",
        "a tool without parameters breaks it": 'There may be no "parameters", and no "properties" '
        "in them. Then there is nothing to name.",
        "it looks into nested objects": "Only the parameters themselves count here.",
        "what it names is wrong": "Read the docstring again, rule by rule.",
        "what comes back is no list": "Return a list of texts, an empty one if all is well.",
    }

    def check(self, answers, schema, wanted, problem):
        with unchanged(schema=schema):
            got = answers.weak_spots(schema)
        must = self.against(wanted, got)
        must(isinstance(got, list), "what comes back is no list")
        must(
            got == wanted or sorted(map(str, got)) != sorted(wanted),
            "the weak spots are in another order",
        )
        must(got == wanted or wanted[:1] != got, "only the first weak spot is named")
        must(got == wanted, problem)

    @keeps(2)
    def test_a_type_may_be_said_in_many_ways(self, answers, text):
        told, name = {"description": text.sentence()}, text.word()
        for number, kind in enumerate(
            ({"type": "string"}, A_CHOICE, {"enum": ["low", "high"]}, {"$ref": "#/$defs/Zone"})
        ):
            problems = ("it blames a parameter that has a type", "it blames one that may be None")
            self.check(
                answers,
                a_schema(text.sentence(), {name: {**kind, **told}}),
                [],
                (*problems, *["it blames one whose type is said in another way"] * 2)[number],
            )

    @keeps(2)
    def test_what_a_parameter_lacks(self, answers, text):
        told, name, other = {"description": text.sentence()}, text.word(), text.word()
        good = {"type": "string", **told}
        for schema, lacks, problem in (
            (told, ["type"], "a parameter without a type is not named"),
            ({"type": "string"}, ["description"], "a parameter without a description is not named"),
            ({"type": "string", "description": " \n"}, ["description"], "a blank description is "),
            ({"default": 3}, ["type", "description"], "a parameter without a type is not named"),
            ({}, ["type", "description"], "a parameter without a type is not named"),
        ):
            if problem.endswith(" "):
                problem = f"{problem}taken for one"
            named = [f"{name}: {one}" for one in lacks]
            self.check(answers, a_schema("Do it.", {name: schema}), named, problem)
            self.check(answers, a_schema("Do it.", {other: good, name: schema}), named, problem)

    @keeps(1)
    def test_what_the_tool_lacks(self, answers, text):
        for said in (None, "", " ", "\n\t"):
            self.check(
                answers,
                a_schema(said, {}),
                ["description"],
                "a blank description is taken for one"
                if said
                else "a tool without a description is not named",
            )
        self.check(
            answers,
            a_schema(text.sentence(), {}),
            [],
            "a tool that has a description is blamed",
        )

    @keeps(2)
    def test_the_tool_first_and_then_the_parameters(self, answers, text):
        first, second = text.word(), text.word()
        self.check(
            answers,
            a_schema("", {second: {}, first: {"type": "string"}}),
            ["description", f"{second}: type", f"{second}: description", f"{first}: description"],
            "what it names is wrong",
        )

    @keeps(3)
    def test_there_may_be_no_parameters(self, answers, text):
        for parameters in (None, {}, {"type": "object"}, {"type": "object", "properties": {}}):
            function = {"name": text.word(), "description": text.sentence()}
            if parameters is not None:
                function["parameters"] = parameters
            with self.never(KeyError, "a tool without parameters breaks it", []):
                self.check(
                    answers,
                    {"type": "function", "function": function},
                    [],
                    "what it names is wrong",
                )
                self.check(
                    answers,
                    {"type": "function", "function": {**function, "description": " "}},
                    ["description"],
                    "what it names is wrong",
                )

    @keeps(2)
    def test_names_and_nested_objects(self, answers, text):
        told = {"type": "string", "description": text.sentence()}
        for names in (("type", "description"), ("properties", "parameters", "name", "anyOf")):
            self.check(
                answers,
                a_schema(text.sentence(), {name: {} for name in names}),
                [f"{name}: {part}" for name in names for part in ("type", "description")],
                "a parameter's name is taken for part of its schema",
            )
            self.check(
                answers,
                a_schema("", dict.fromkeys(names, told)),
                ["description"],
                "a parameter's name is taken for part of its schema",
            )
        nested, name, said = {"type": "string"}, text.word(), {"description": text.sentence()}
        for schema, lacks in (
            ({**AN_OBJECT, **said}, []),
            ({"items": nested, **said}, ["type"]),
            ({"properties": {"enum": nested}, **said}, ["type"]),
            ({"type": "array", "items": {**nested, **said}}, ["description"]),
        ):
            named = [f"{name}: {one}" for one in lacks]
            self.check(
                answers, a_schema("Do it.", {name: schema}), named, "it looks into nested objects"
            )

    @keeps(2)
    def test_a_tool_of_langchain(self, answers):
        @tool
        def find(city: str, days: int | None = None, zone=None) -> str:
            """Find it."""
            return city

        self.check(
            answers,
            convert_to_openai_tool(find),
            ["city: description", "days: description", "zone: type", "zone: description"],
            "what it names is wrong",
        )

    def test_any_schema(self, search):
        def promise(answers, said, parameters):
            schema = a_schema(said, dict(parameters))
            wanted = [] if (said or "").strip() else ["description"]
            for name, one in dict(parameters).items():
                if not {*one} & {"type", "anyOf", "enum", "$ref"}:
                    wanted.append(f"{name}: type")
                if not one.get("description", "").strip():
                    wanted.append(f"{name}: description")
            self.check(answers, schema, wanted, "what it names is wrong")

        texts = ("Do it.", "", " ", "\n", ".", "0", "None", BRACED)
        kinds = ({}, {"type": "string"}, A_CHOICE, {"enum": ["a"]}, {"$ref": "#/a"}, AN_OBJECT)
        kinds += ({"default": None}, {"title": "City"}, {"const": "a"}, {"type": "", "enum": []})
        kinds += ({"items": {"type": "a"}}, {"title": '"type": "a"'}, {"types": "a"}, {"Type": "a"})
        described = tuple({**kind, "description": one} for kind in kinds for one in ("x", " ", ""))
        always = (
            *each(said=(None, *texts), parameters=[("city", {"type": "string"})]),
            *each(said="x", parameters=tuple([("city", one)] for one in (*kinds, *described))),
            *each(said="x", parameters=tuple([(name, {})] for name in (*NAMES, *LIKE_KEYS))),
        )
        parameter = st.tuples(st.sampled_from(NAMES), st.sampled_from((*kinds, *described)))
        search(
            promise,
            *always,
            said=st.sampled_from((None, *texts)),
            parameters=st.lists(parameter, max_size=5),
        )


LIKE_KEYS = ("title", "type", "description", "default", "properties", "required", "anyOf", "$ref")
"""Names of parameters that are also keys of a schema."""


def a_schema(said, properties):
    """What `convert_to_openai_tool` gives for a tool; without a description if that is None."""
    function = {
        "name": "find",
        "parameters": {"type": "object", "properties": properties},
    }
    if said is not None:
        function["description"] = said
    return {"type": "function", "function": function}
