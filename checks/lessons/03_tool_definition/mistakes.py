"""Wrong answers to lesson 03 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: B006, F821, RET504


# make_discount_tool


def make_discount_tool__gives_the_function():
    """A function that computes something is a tool.

    Caught by: test_it_is_a_tool_that_takes_two_floats
    """

    def discount(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (100 - percent) / 100, 2)

    return discount


def make_discount_tool__puts_comments_in_place_of_a_docstring():
    """Comments and docstrings are for people, so either will do.

    Caught by: test_it_has_a_description
    """

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        # Return the price after a discount.
        return round(price * (100 - percent) / 100, 2)

    return discount


def make_discount_tool__says_nothing():
    """The name of the tool says it all.

    Caught by: test_it_has_a_description
    """
    from langchain_core.tools import StructuredTool

    def discount(price: float, percent: float = 10.0) -> float:
        return round(price * (100 - percent) / 100, 2)

    return StructuredTool.from_function(discount, description=" ")


def make_discount_tool__believes_in_the_variable():
    """The tool is called like the variable that holds it.

    Caught by: test_it_is_a_tool_that_takes_two_floats
    """

    @tool
    def reduce_price(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (100 - percent) / 100, 2)

    discount = reduce_price
    return discount


def make_discount_tool__calls_it():
    """A function is made by calling it, and so is a tool.

    Caught by: test_it_has_a_description
    """

    @tool
    def discount(price: float = 0.0, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (100 - percent) / 100, 2)

    return discount()


def make_discount_tool__prints():
    """What a tool prints is its output.

    Caught by: test_it_returns_what_is_left
    """

    @tool
    def discount(price: float, percent: float = 10.0) -> None:
        """Print the price after a discount."""
        print(round(price * (100 - percent) / 100, 2))

    return discount


def make_discount_tool__leaves_out_the_types():
    """Python needs no type hints, so a tool needs none.

    Caught by: test_it_is_a_tool_that_takes_two_floats
    """

    @tool
    def discount(price, percent=10.0):
        """Return the price after a discount."""
        return round(price * (100 - percent) / 100, 2)

    return discount


def make_discount_tool__takes_whole_numbers():
    """A number is an int.

    Caught by: test_it_is_a_tool_that_takes_two_floats
    """

    @tool
    def discount(price: int, percent: int = 10) -> float:
        """Return the price after a discount."""
        return round(price * (100 - percent) / 100, 2)

    return discount


def make_discount_tool__gives_the_discount():
    """A discount is what is taken off.

    Caught by: test_it_returns_what_is_left
    """

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        """Return the discount on a price."""
        return round(price * percent / 100, 2)

    return discount


def make_discount_tool__rounds_not():
    """The caller rounds when it shows the price.

    Caught by: test_it_returns_what_is_left
    """

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return price * (100 - percent) / 100

    return discount


def make_discount_tool__takes_no_percent_for_not_given():
    """A percent of 0 is a percent that was not given.

    Caught by: test_it_returns_what_is_left
    """

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (100 - (percent or 10.0)) / 100, 2)

    return discount


def make_discount_tool__writes_a_text():
    """A tool talks to a model, so its result is a text.

    Caught by: test_it_returns_what_is_left
    """

    @tool
    def discount(price: float, percent: float = 10.0) -> str:
        """Return the price after a discount."""
        return f"{price * (100 - percent) / 100:.2f}"

    return discount


def make_discount_tool__needs_no_price():
    """A tool never fails if all its parameters have defaults.

    Caught by: test_it_is_a_tool_that_takes_two_floats
    """

    @tool
    def discount(price: float = 0, percent: float = 10) -> float:
        """Return the price that is left after a discount of some percent."""
        return round(price * (100 - percent) / 100, 2)

    return discount


def make_discount_tool__takes_none_for_a_price():
    """A price that nobody knows is None.

    Caught by: test_a_price_has_to_be_given
    """

    @tool
    def discount(price: float | None, percent: float = 10) -> float:
        """Return the price that is left after a discount of some percent."""
        return round((price or 0) * (100 - percent) / 100, 2)

    return discount


def make_discount_tool__only_0_to_100() -> BaseTool:
    """A percent is a number from 0 to 100.

    Caught by: test_any_price
    """

    @tool
    def discount(price: float, percent: Annotated[float, Field(ge=0, le=100)] = 10) -> float:
        """Return what is left of a price after a discount in percent."""
        return round(price * (1 - percent / 100), 2)

    return discount


# toolbox


def toolbox__lets_the_last_one_win(tools):
    """A dict sees to it that a name is there only once.

    Caught by: test_two_tools_of_one_name
    """
    box = {}
    for one in tools:
        if not TOOL_NAME.fullmatch(one.name):
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__compares_neighbors(tools):
    """Twins stand next to each other.

    Caught by: test_two_tools_of_one_name
    """
    box, last = {}, None
    for one in tools:
        if one.name == last or not TOOL_NAME.fullmatch(one.name):
            raise ValueError(one.name)
        box[one.name] = one
        last = one.name
    return box


def toolbox__compares_the_tools(tools):
    """Only the same tool is there twice.

    Caught by: test_two_tools_of_one_name
    """
    box = {}
    for one in tools:
        if any(one is other for other in box.values()) or not TOOL_NAME.fullmatch(one.name):
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__matches_the_beginning(tools):
    """match() looks at the name.

    Caught by: test_a_name_that_no_provider_takes
    """
    box = {}
    for one in tools:
        if one.name in box or not TOOL_NAME.match(one.name):
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__ends_with_a_dollar(tools):
    """$ is the end of a text.

    Caught by: test_a_name_that_no_provider_takes
    """
    box = {}
    for one in tools:
        if one.name in box or not re.match(r"^[a-zA-Z0-9_-]{1,64}$", one.name):
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__takes_letters_of_all_languages(tools):
    """\\w is short for what the pattern says.

    Caught by: test_a_name_that_no_provider_takes
    """
    box = {}
    for one in tools:
        if one.name in box or not re.fullmatch(r"[\w-]{1,64}", one.name):
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__counts_no_characters(tools):
    """A name may be as long as it wants.

    Caught by: test_a_name_that_no_provider_takes
    """
    box = {}
    for one in tools:
        if one.name in box or not re.fullmatch(r"[a-zA-Z0-9_-]+", one.name):
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__leaves_the_bad_one_out(tools):
    """One bad tool is no reason to go without all the others.

    Caught by: test_a_name_that_no_provider_takes
    """
    box = {}
    for one in tools:
        if one.name in box:
            raise ValueError(one.name)
        if TOOL_NAME.fullmatch(one.name):
            box[one.name] = one
    return box


def toolbox__mends_the_names(tools):
    """A name that does not fit can be made to fit.

    Caught by: test_a_name_that_no_provider_takes
    """
    box = {}
    for one in tools:
        name = re.sub(r"[^a-zA-Z0-9_-]", "_", one.name)[:64] or "tool"
        if name in box:
            raise ValueError(name)
        box[name] = one
    return box


def toolbox__writes_small_letters(tools):
    """Names are not case sensitive.

    Caught by: test_each_stands_under_its_name
    """
    box = {}
    for one in tools:
        name = one.name.lower()
        if name in box or not TOOL_NAME.fullmatch(one.name):
            raise ValueError(name)
        box[name] = one
    return box


def toolbox__reads_twice(tools):
    """What can be iterated can be iterated twice.

    Caught by: test_each_stands_under_its_name
    """
    names = [one.name for one in tools]
    if len(set(names)) < len(names) or not all(map(TOOL_NAME.fullmatch, names)):
        raise ValueError(names)
    return {one.name: one for one in tools}


def toolbox__sorts(tools):
    """A list of names is easier to read if it is sorted.

    Caught by: test_each_stands_under_its_name
    """
    box = {}
    for one in sorted(tools, key=lambda one: one.name):
        if one.name in box or not TOOL_NAME.fullmatch(one.name):
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__ignores_case(tools):
    """Names that differ only in capitals are one name.

    Caught by: test_each_stands_under_its_name
    """
    box, taken = {}, set()
    for one in tools:
        if not TOOL_NAME.fullmatch(one.name) or one.name.lower() in taken:
            raise ValueError(one.name)
        taken.add(one.name.lower())
        box[one.name] = one
    return box


# tool_line


def tool_line__drops_what_counts_as_false(tool):
    """A default of 0 says nothing.

    Caught by: test_a_default_may_count_as_false
    """
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema['default'])}" if schema.get("default") else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__takes_none_for_no_default(tool):
    """If get() gives None, there is no default.

    Caught by: test_a_default_may_count_as_false
    """
    parts = []
    for name, schema in tool.args.items():
        default = schema.get("default")
        shown = "" if default is None else f" = {json.dumps(default)}"
        parts.append(f"{name}: {schema.get('type', 'any')}{shown}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__writes_python(tool):
    """repr is JSON.

    Caught by: test_a_default_may_count_as_false
    """
    parts = []
    for name, schema in tool.args.items():
        default = f" = {schema['default']!r}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__writes_no_quotes(tool):
    """A text is written as it is.

    Caught by: test_a_default_may_count_as_false
    """
    parts = []
    for name, schema in tool.args.items():
        default = schema.get("default")
        shown = default if isinstance(default, str) else json.dumps(default)
        default = f" = {shown}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__expects_a_type(tool):
    """Every parameter has a type.

    Caught by: test_a_parameter_may_have_no_type
    """
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        parts.append(f"{name}: {schema['type']}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__leaves_out_what_has_no_type(tool):
    """A parameter without a type has no colon either.

    Caught by: test_a_parameter_may_have_no_type
    """
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        kind = f": {schema['type']}" if "type" in schema else ""
        parts.append(f"{name}{kind}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__shows_what_is_hidden(tool):
    """The schema of the arguments has the same parameters.

    Caught by: test_what_stands_in_the_brackets
    """
    parts = []
    schema = tool.args_schema
    schema = schema if isinstance(schema, dict) else schema.model_json_schema()
    for name, one in schema["properties"].items():
        default = f" = {json.dumps(one['default'])}" if "default" in one else ""
        parts.append(f"{name}: {one.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__puts_the_required_first(tool):
    """Required parameters come first, as in Python.

    Caught by: test_what_stands_in_the_brackets
    """
    required, others = [], []
    for name, schema in tool.args.items():
        shown = f"{name}: {schema.get('type', 'any')}"
        if "default" in schema:
            others.append(f"{shown} = {json.dumps(schema['default'])}")
        else:
            required.append(shown)
    return f"{tool.name}({', '.join(required + others)})"


def tool_line__sorts(tool):
    """What is sorted is found more easily.

    Caught by: test_what_stands_in_the_brackets
    """
    parts = []
    for name, schema in sorted(tool.args.items()):
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__writes_no_brackets_for_nothing(tool):
    """Without parameters there is nothing to put in brackets.

    Caught by: test_what_stands_in_the_brackets
    """
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})" if parts else tool.name


# run_call


def run_call__gives_the_bare_result(tool, call):
    """The arguments are all that a tool needs.

    Caught by: test_the_message_answers_the_call
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    return tool.invoke(call["args"])


def run_call__makes_up_an_id(tool, call):
    """Any id will do, as long as there is one.

    Caught by: test_the_message_answers_the_call
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    return tool.invoke({**call, "id": "call-1"})


def run_call__forgets_the_name(tool, call):
    """The id says it all.

    Caught by: test_the_message_answers_the_call
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    result = tool.invoke(call["args"])
    content = result if isinstance(result, str) else json.dumps(result)
    return ToolMessage(content, tool_call_id=call["id"])


def run_call__tries_it_first(tool, call):
    """Whether it works has to be tried before it counts.

    Caught by: test_the_tool_runs_once_with_these_arguments
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    tool.invoke(call["args"])
    return tool.invoke(call)


def run_call__passes_on_what_is_true(tool, call):
    """An argument that is 0 or empty was not given.

    Caught by: test_the_tool_runs_once_with_these_arguments
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    args = {name: value for name, value in call["args"].items() if value}
    return tool.invoke({**call, "args": args})


def run_call__writes_python(tool, call):
    """A dict is text already.

    Caught by: test_what_is_in_the_message
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    result = str(tool.invoke(call["args"]))
    return ToolMessage(result, name=tool.name, tool_call_id=call["id"])


def run_call__writes_all_as_json(tool, call):
    """What a model reads is JSON.

    Caught by: test_what_is_in_the_message
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    result = json.dumps(tool.invoke(call["args"]))
    return ToolMessage(result, name=tool.name, tool_call_id=call["id"])


def run_call__strips(tool, call):
    """White space at the ends says nothing.

    Caught by: test_what_is_in_the_message
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    message = tool.invoke(call)
    message.content = message.content.strip()
    return message


def run_call__answers_everybody(tool, call):
    """Whoever calls this tool means this tool, and invoke would notice if not.

    Caught by: test_a_call_for_another_tool
    """
    return tool.invoke(call)


def run_call__looks_too_late(tool, call):
    """The message has a name, which can be compared.

    Caught by: test_a_call_for_another_tool
    """
    message = tool.invoke(call)
    if message.name != call["name"]:
        raise ValueError(call["name"])
    return message


def run_call__compares_loosely(tool, call):
    """Models write names in small letters or capitals as they like.

    Caught by: test_a_call_for_another_tool
    """
    if call["name"].lower() != tool.name.lower():
        raise ValueError(call["name"])
    return tool.invoke(call)


def run_call__gives_none_for_another(tool, call):
    """A call for another tool has no answer here, and None says so.

    Caught by: test_a_call_for_another_tool
    """
    if call["name"] != tool.name:
        return None
    return tool.invoke(call)


def run_call__pops(tool, call):
    """What is needed is taken out of the call.

    Caught by: test_the_call_stays_as_it_is
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    args, key = call.pop("args"), call.pop("id")
    result = tool.invoke(args)
    content = result if isinstance(result, str) else json.dumps(result)
    return ToolMessage(content, name=tool.name, tool_call_id=key)


def run_call__writes_json_anew(tool, call):
    """JSON has one form, also if it comes as a text.

    Caught by: test_what_is_in_the_message
    """
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    message = tool.invoke(call)
    try:
        message.content = json.dumps(json.loads(message.content))
    except ValueError:
        return message
    return message


def run_call__puts_defaults_into_args(tool: BaseTool, call: ToolCall) -> ToolMessage:
    """A call with all arguments is the better call.

    Caught by: test_the_call_stays_as_it_is
    """
    if call["name"] != tool.name:
        raise ValueError(f"a call for {call['name']!r}")
    for name, schema in tool.args.items():
        if "default" in schema:
            call["args"].setdefault(name, schema["default"])
    return tool.invoke(call)


# make_search_tool


def make_search_tool__trusts_in_the_docstring(search):
    """The docstring is read by the model, with all that it says of the arguments.

    Caught by: test_the_model_is_told_what_they_mean
    """

    @tool
    def search_shop(query: str, limit: int = 3) -> str:
        """Search the shop for products.

        Args:
            query: the words to look for
            limit: the most products to show, from 1 to 10
        """
        return "\n".join(search(query, limit)) or "Nothing found."

    return search_shop


def make_search_tool__describes_limit_only(search):
    """What query is, its name says.

    Caught by: test_the_model_is_told_what_they_mean
    """

    @tool
    def search_shop(
        query: str,
        limit: Annotated[int, Field(description="the most products", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, limit)) or "Nothing found."

    return search_shop


def make_search_tool__writes_the_bounds_in_words(search):
    """A description can say what the bounds are.

    Caught by: test_the_model_is_told_what_they_mean
    """

    @tool(parse_docstring=True)
    def search_shop(query: str, limit: int = 3) -> str:
        """Search the shop for products.

        Args:
            query: the words to look for
            limit: the most products to show, from 1 to 10
        """
        if not 1 <= limit <= 10:
            raise ValueError("limit is from 1 to 10")
        return "\n".join(search(query, limit)) or "Nothing found."

    return search_shop


def make_search_tool__excludes_the_bounds(search):
    """gt and lt are for bounds.

    Caught by: test_the_model_is_told_what_they_mean
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most products", gt=1, lt=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, limit)) or "Nothing found."

    return search_shop


def make_search_tool__returns_the_list(search):
    """A list is fine: LangChain makes a text of it.

    Caught by: test_it_returns_what_is_found
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most products", ge=1, le=10)] = 3,
    ) -> list[str]:
        """Search the shop for products."""
        return search(query, limit) or ["Nothing found."]

    return search_shop


def make_search_tool__searches_without_limit(search):
    """The limit is for what is shown, not for the search.

    Caught by: test_it_returns_what_is_found
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most products", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, 10)[:limit]) or "Nothing found."

    return search_shop


def make_search_tool__strips_the_query(search):
    """White space around words is no part of a query.

    Caught by: test_it_returns_what_is_found
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most products", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query.strip(), limit)) or "Nothing found."

    return search_shop


def make_search_tool__says_nothing_for_nothing(search):
    """Nothing found is an empty text.

    Caught by: test_it_returns_what_is_found
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most products", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, limit))

    return search_shop


def make_search_tool__joins_with_commas(search):
    """Results are separated by commas.

    Caught by: test_it_returns_what_is_found
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most products", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return ", ".join(search(query, limit)) or "Nothing found."

    return search_shop


def make_search_tool__needs_no_query(search):
    """Without a query, everything is found.

    Caught by: test_it_takes_a_query_and_a_limit
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")] = "",
        limit: Annotated[int, Field(description="the most products", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, limit)) or "Nothing found."

    return search_shop


def make_search_tool__takes_a_limit_of_any_type(search):
    """A model writes text, so the limit is a text.

    Caught by: test_it_takes_a_query_and_a_limit
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[str, Field(description="the most products, 1 to 10")] = "3",
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, int(limit))) or "Nothing found."

    return search_shop


def make_search_tool__bends_the_limit(search):
    """A limit that is too large is made as large as possible.

    Caught by: test_wrong_values_are_refused
    """
    from pydantic import WithJsonSchema

    said = {"type": "integer", "minimum": 1, "maximum": 10, "description": "the most"}

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, WithJsonSchema(said)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, min(max(limit, 1), 10))) or "Nothing found."

    return search_shop


def make_search_tool__looks_after_the_search(search):
    """Whether the limit is right shows in what is found.

    Caught by: test_wrong_values_are_refused
    """
    from pydantic import WithJsonSchema

    said = {"type": "integer", "minimum": 1, "maximum": 10, "description": "the most"}

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, WithJsonSchema(said)] = 3,
    ) -> str:
        """Search the shop for products."""
        found = search(query, limit)
        if not 1 <= limit <= 10:
            raise ValueError("limit is from 1 to 10")
        return "\n".join(found) or "Nothing found."

    return search_shop


def make_search_tool__cuts_again(search):
    """The search may give more than the limit, so the rest is cut.

    Caught by: test_all_that_is_found_comes_back
    """

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words to look for")],
        limit: Annotated[int, Field(description="the most products to show", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, limit)[:limit]) or "No product was found."

    return search_shop


def make_search_tool__remembers_queries(search):
    """A query that was answered need not be searched again.

    Caught by: test_each_call_searches_anew
    """
    known = {}

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words to look for")],
        limit: Annotated[int, Field(description="the most products to show", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        if (query, limit) not in known:
            known[query, limit] = "\n".join(search(query, limit)) or "No product was found."
        return known[query, limit]

    return search_shop


def make_search_tool__calls_by_keyword(search: Callable[[str, int], list[str]]) -> BaseTool:
    """A function can be called with the names that the tool has.

    Caught by: test_it_returns_what_is_found
    """

    @tool("search_shop")
    def search_shop(
        query: Annotated[str, Field(description="What to look for")],
        limit: Annotated[int, Field(description="How many to find at most", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for what it sells."""
        found = search(query=query, limit=limit)
        return "\n".join(found) if found else "Nothing was found."

    return search_shop


# make_ticket_tool


def make_ticket_tool__lists_them_in_the_text(save):
    """The docstring lists the priorities, and the model reads it.

    Caught by: test_the_schema_lists_the_priorities
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: str = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket. The priority is "low", "normal" or "high"."""
        if priority not in ("low", "normal", "high"):
            raise ValueError("priority is low, normal or high")
        return save(title, priority, tags)

    return open_ticket


def make_ticket_tool__mends_the_priority(save):
    """LOW is low, and what it means can be found out.

    Caught by: test_the_schema_lists_the_priorities
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: str = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket. The priority is "low", "normal" or "high"."""
        priority = priority.lower()
        return save(title, priority if priority in ("low", "high") else "normal", tags)

    return open_ticket


def make_ticket_tool__writes_capitals(save):
    """Constants are written in capitals.

    Caught by: test_the_schema_lists_the_priorities
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["LOW", "NORMAL", "HIGH"] = "NORMAL",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        return save(title, priority.lower(), tags)

    return open_ticket


def make_ticket_tool__hands_out_a_member(save):
    """A member of an Enum is its value.

    Caught by: test_it_returns_what_save_gives
    """
    from enum import Enum

    class Priority(Enum):
        LOW = "low"
        NORMAL = "normal"
        HIGH = "high"

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Priority = Priority.NORMAL,
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        return save(title, priority, tags)

    return open_ticket


def make_ticket_tool__takes_none_for_no_tags(save):
    """No tags is None.

    Caught by: test_it_returns_what_save_gives
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] | None = None,
    ) -> str:
        """Open a ticket."""
        return save(title, priority, tags)

    return open_ticket


def make_ticket_tool__splits_the_tags(save):
    """Tags are a text with commas in it.

    Caught by: test_what_it_takes
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: str = "",
    ) -> str:
        """Open a ticket. The tags are separated by commas."""
        return save(title, priority, [tag for tag in tags.split(",") if tag])

    return open_ticket


def make_ticket_tool__takes_any_list(save):
    """A list is a list, whatever is in it.

    Caught by: test_wrong_values_are_refused
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list = [],
    ) -> str:
        """Open a ticket."""
        return save(title, priority, tags)

    return open_ticket


def make_ticket_tool__takes_an_empty_title(save):
    """A title that has to be given is not empty.

    Caught by: test_wrong_values_are_refused
    """

    @tool
    def open_ticket(
        title: str,
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        return save(title, priority, tags)

    return open_ticket


def make_ticket_tool__looks_after_saving(save):
    """The title can be checked at the end.

    Caught by: test_wrong_values_are_refused
    """

    @tool
    def open_ticket(
        title: str,
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        reply = save(title, priority, tags)
        if not title:
            raise ValueError("a title is needed")
        return reply

    return open_ticket


def make_ticket_tool__shares_its_list(save):
    """One empty list is enough for all tickets without tags.

    Caught by: test_it_returns_what_save_gives
    """
    none = []

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] | None = None,
    ) -> str:
        """Open a ticket."""
        return save(title, priority, tags if tags is not None else none)

    return open_ticket


def make_ticket_tool__answers_in_its_own_words(save):
    """The model only needs to know that it worked.

    Caught by: test_it_returns_what_save_gives
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        save(title, priority, tags)
        return "The ticket was saved."

    return open_ticket


def make_ticket_tool__mixes_them_up(save):
    """The order of the arguments is up to the one who calls.

    Caught by: test_it_returns_what_save_gives
    """

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        return save(priority, title, tags)

    return open_ticket


def make_ticket_tool__saves_a_ticket_once(save):
    """A ticket that was saved need not be saved again.

    Caught by: test_it_returns_what_save_gives
    """
    known = {}

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket for a person to look at."""
        key = title, priority, tuple(tags)
        if key not in known:
            known[key] = save(title, priority, tags)
        return known[key]

    return open_ticket


def make_ticket_tool__never_returns_nothing(
    save: Callable[[str, str, list[str]], str],
) -> BaseTool:
    """A model needs an answer, even if there is none.

    Caught by: test_it_returns_what_save_gives
    """

    @tool("open_ticket")
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket, so that a person takes care of a problem."""
        return save(title, priority, list(tags)) or "The ticket is open."

    return open_ticket


# weak_spots


def weak_spots__knows_only_type(schema):
    """The type stands under "type".

    Caught by: test_a_type_may_be_said_in_many_ways
    """
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if "type" not in one:
            found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__knows_type_and_any_of(schema):
    """A type is one, or one of several.

    Caught by: test_a_type_may_be_said_in_many_ways
    """
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if "type" not in one and "anyOf" not in one:
            found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__wants_all_type_keys(schema):
    """TYPE_KEYS is what a schema has.

    Caught by: test_a_type_may_be_said_in_many_ways
    """
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not all(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__takes_blanks_for_words(schema):
    """A blank is something.

    Caught by: test_what_a_parameter_lacks
    """
    function, found = schema["function"], []
    if not function.get("description"):
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description"):
            found.append(f"{name}: description")
    return found


def weak_spots__looks_for_the_key_only(schema):
    """If the key is there, the description is there.

    Caught by: test_what_a_parameter_lacks
    """
    function, found = schema["function"], []
    if "description" not in function:
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if "description" not in one:
            found.append(f"{name}: description")
    return found


def weak_spots__stops_at_the_first(schema):
    """One weak spot is enough to send it back.

    Caught by: test_what_a_parameter_lacks
    """
    function = schema["function"]
    if not function.get("description", "").strip():
        return ["description"]
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            return [f"{name}: type"]
        if not one.get("description", "").strip():
            return [f"{name}: description"]
    return []


def weak_spots__names_one_for_each_parameter(schema):
    """A parameter is weak in one way or the other.

    Caught by: test_what_a_parameter_lacks
    """
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        elif not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__expects_a_description_of_the_tool(schema):
    """@tool does not make a tool without a description.

    Caught by: test_what_the_tool_lacks
    """
    found = []
    for name, one in schema["function"].get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__expects_parameters(schema):
    """All tools have parameters.

    Caught by: test_there_may_be_no_parameters
    """
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    for name, one in function["parameters"]["properties"].items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__sorts(schema):
    """A sorted list reads better.

    Caught by: test_what_a_parameter_lacks
    """
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return sorted(found)


def weak_spots__looks_everywhere(schema):
    """Whatever has properties has weak spots.

    Caught by: test_names_and_nested_objects
    """

    def inside(properties):
        for name, one in properties.items():
            if not any(key in one for key in TYPE_KEYS):
                yield f"{name}: type"
            if not one.get("description", "").strip():
                yield f"{name}: description"
            yield from inside(one.get("properties", {}))

    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    found += inside(function.get("parameters", {}).get("properties", {}))
    return found


def weak_spots__looks_for_words_anywhere(schema):
    """If the words stand somewhere in the schema, it has them.

    Caught by: test_names_and_nested_objects
    """
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    properties = function.get("parameters", {}).get("properties", {})
    for name, one in properties.items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description", "").strip() and "description" not in properties:
            found.append(f"{name}: description")
    return found


def weak_spots__gives_a_generator(schema):
    """A list that is made step by step is a list.

    Caught by: test_a_type_may_be_said_in_many_ways
    """
    function = schema["function"]
    if not function.get("description", "").strip():
        yield "description"
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            yield f"{name}: type"
        if not one.get("description", "").strip():
            yield f"{name}: description"


def weak_spots__finds_a_type_anywhere(schema):
    """A type that stands anywhere in the schema is the type.

    Caught by: test_names_and_nested_objects
    """
    function = schema["function"]
    spots = [] if function.get("description", "").strip() else ["description"]
    for name, parameter in function.get("parameters", {}).get("properties", {}).items():
        if not any(f'"{key}":' in json.dumps(parameter) for key in TYPE_KEYS):
            spots.append(f"{name}: type")
        if not parameter.get("description", "").strip():
            spots.append(f"{name}: description")
    return spots


def weak_spots__passes_over_title(schema: Mapping[str, Any]) -> list[str]:
    """A title is no parameter.

    Caught by: test_any_schema
    """

    def blank(part: Mapping[str, Any]) -> bool:
        return not (part.get("description") or "").strip()

    function = schema["function"]
    spots = ["description"] if blank(function) else []
    for name, part in function.get("parameters", {}).get("properties", {}).items():
        if name == "title":
            continue
        if not any(key in part for key in TYPE_KEYS):
            spots.append(f"{name}: type")
        if blank(part):
            spots.append(f"{name}: description")
    return spots


def weak_spots__no_parameters_no_spots(schema: Mapping[str, Any]) -> list[str]:
    """Without parameters there is nothing to describe.

    Caught by: test_there_may_be_no_parameters
    """
    function = schema["function"]
    if not function.get("parameters"):
        return []
    spots = [] if (function.get("description") or "").strip() else ["description"]
    for name, part in function["parameters"].get("properties", {}).items():
        if not any(key in part for key in TYPE_KEYS):
            spots.append(f"{name}: type")
        if not (part.get("description") or "").strip():
            spots.append(f"{name}: description")
    return spots
