"""What beginners write first for lesson 03: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# make_discount_tool


def make_discount_tool__forgets_to_return_it():
    """The learner has overlooked that a tool made inside of a function has to be returned."""

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (100 - percent) / 100, 2)


def make_discount_tool__returns_its_name():
    """The learner takes the name of the tool for the tool."""

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (100 - percent) / 100, 2)

    return "discount"


def make_discount_tool__divides_whole():
    """The learner takes // for the sign of division."""

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (100 - percent) // 100, 2)

    return discount


def make_discount_tool__rounds_to_whole_numbers():
    """The learner has overlooked that round without a second argument gives a whole number."""

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (100 - percent) / 100)

    return discount


def make_discount_tool__takes_percent_for_a_share():
    """The learner has overlooked that 10 percent is 0.1 and not 10."""

    @tool
    def discount(price: float, percent: float = 10.0) -> float:
        """Return the price after a discount."""
        return round(price * (1 - percent), 2)

    return discount


def make_discount_tool__misspells_a_keyword():
    """The learner has misspelt the name of a keyword argument."""

    @tool(descripton="Take some percent off a price.")
    def discount(price: float, percent: float = 10.0) -> float:
        return round(price * (100 - percent) / 100, 2)

    return discount


# toolbox


def toolbox__returns_in_the_loop(tools):
    """The learner has overlooked that return ends the loop after its first round."""
    box = {}
    for one in tools:
        if one.name in box or not TOOL_NAME.fullmatch(one.name):
            raise ValueError(one.name)
        box[one.name] = one
        return box


def toolbox__appends(tools):
    """The learner believes that a dict grows by append, like a list."""
    box = {}
    for one in tools:
        if one.name in box or not TOOL_NAME.fullmatch(one.name):
            raise ValueError(one.name)
        box.append(one)
    return box


def toolbox__raises_a_text(tools):
    """The learner believes that a text can be raised."""
    box = {}
    for one in tools:
        if one.name in box or not TOOL_NAME.fullmatch(one.name):
            raise "ValueError"
        box[one.name] = one
    return box


def toolbox__asserts(tools):
    """The learner believes that assert raises a ValueError."""
    box = {}
    for one in tools:
        assert one.name not in box
        assert TOOL_NAME.fullmatch(one.name)
        box[one.name] = one
    return box


def toolbox__returns_the_error(tools):
    """The learner returns the error instead of raising it."""
    box = {}
    for one in tools:
        if one.name in box or not TOOL_NAME.fullmatch(one.name):
            return ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__compares_with_true(tools):
    """The learner believes that fullmatch gives True or False."""
    box = {}
    for one in tools:
        if one.name in box or TOOL_NAME.fullmatch(one.name) != True:
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__goes_by_index(tools):
    """The learner believes that whatever can be iterated has a length."""
    box = {}
    for number in range(len(tools)):
        one = tools[number]
        if one.name in box or not TOOL_NAME.fullmatch(one.name):
            raise ValueError(one.name)
        box[one.name] = one
    return box


def toolbox__tool_for_its_name(tools: Iterable[BaseTool]) -> dict[str, BaseTool]:
    """`one in box` says whether the tool is in the dict."""
    box = {}
    for one in tools:
        if one in box:
            raise ValueError("two tools of one name")
        if not TOOL_NAME.fullmatch(one.name):
            raise ValueError("bad name")
        box[one.name] = one
    return box


# tool_line


def tool_line__forgets_items(tool):
    """The learner has overlooked that a loop over a dict gives its keys only."""
    parts = []
    for name, schema in tool.args:
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__takes_keys_for_attributes(tool):
    """The learner believes that the keys of a dict are its attributes."""
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema.default)}" if schema.default else ""
        parts.append(f"{name}: {schema.type}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__calls_args(tool):
    """The learner believes that args is a method."""
    parts = []
    for name, schema in tool.args().items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__leaves_a_comma(tool):
    """The learner has overlooked that nothing comes after the last parameter."""
    line = f"{tool.name}("
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        line += f"{name}: {schema.get('type', 'any')}{default}, "
    return line + ")"


def tool_line__forgets_the_f(tool):
    """The learner has forgotten the f before a text with braces."""
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        parts.append("{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__dumps_to_nowhere(tool):
    """The learner takes json.dump, which writes to a file, for json.dumps."""
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dump(schema['default'])}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    return f"{tool.name}({', '.join(parts)})"


def tool_line__prints_it(tool):
    """The learner takes printing for returning."""
    parts = []
    for name, schema in tool.args.items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        parts.append(f"{name}: {schema.get('type', 'any')}{default}")
    print(f"{tool.name}({', '.join(parts)})")


# run_call


def run_call__takes_keys_for_attributes(tool, call):
    """The learner believes that the keys of a call are its attributes."""
    if call.name != tool.name:
        raise ValueError(call.name)
    return tool.invoke(call)


def run_call__calls_the_tool(tool, call):
    """The learner believes that a tool is called like a function."""
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    return ToolMessage(tool(**call["args"]), name=tool.name, tool_call_id=call["id"])


def run_call__unpacks_the_arguments(tool, call):
    """The learner believes that invoke takes the arguments of the tool as its own."""
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    return ToolMessage(tool.invoke(**call["args"]), name=tool.name, tool_call_id=call["id"])


def run_call__guesses_a_key(tool, call):
    """The learner believes that the arguments stand under "arguments"."""
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    return ToolMessage(tool.invoke(call["arguments"]), name=tool.name, tool_call_id=call["id"])


def run_call__compares_with_is(tool, call):
    """The learner believes that is compares what two texts say."""
    if call["name"] is not tool.name:
        raise ValueError(call["name"])
    return tool.invoke(call)


def run_call__guesses_a_parameter(tool, call):
    """The learner believes that the id of a ToolMessage is called id."""
    if call["name"] != tool.name:
        raise ValueError(call["name"])
    return ToolMessage(tool.invoke(call["args"]), name=tool.name, id=call["id"])


# make_search_tool


def make_search_tool__returns_the_wrong_function(search):
    """The learner returns the function that was given instead of the tool."""

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, limit)) or "Nothing was found."

    return search


def make_search_tool__passes_a_tuple(search):
    """The learner has written two pairs of brackets, which make a tuple of two arguments."""

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search((query, limit))) or "Nothing was found."

    return search_shop


def make_search_tool__takes_a_field_for_a_type(search):
    """The learner believes that Field is a type."""

    @tool
    def search_shop(
        query: Field(description="the words"),
        limit: Field(description="the most", ge=1, le=10) = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(search(query, limit)) or "Nothing was found."

    return search_shop


def make_search_tool__joins_a_text(search):
    """The learner has overlooked that str of a list is a text, whose characters are joined."""

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        return "\n".join(str(search(query, limit))) or "Nothing was found."

    return search_shop


def make_search_tool__returns_in_the_loop(search):
    """The learner has overlooked that return ends the loop after its first round."""

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        lines = ""
        for found in search(query, limit):
            lines += found + "\n"
            return lines
        return "Nothing was found."

    return search_shop


def make_search_tool__compares_with_a_new_list(search):
    """The learner believes that is compares what two lists hold."""

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, Field(description="the most", ge=1, le=10)] = 3,
    ) -> str:
        """Search the shop for products."""
        found = search(query, limit)
        if found is []:
            return "Nothing was found."
        return "\n".join(found)

    return search_shop


# make_ticket_tool


def make_ticket_tool__calls_literal(save):
    """The learner believes that Literal is a function."""

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal("low", "normal", "high") = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        return save(title, priority, tags)

    return open_ticket


def make_ticket_tool__writes_texts_for_types(save):
    """The learner believes that texts can be joined to a type with a bar."""

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: "low" | "normal" | "high" = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        return save(title, priority, tags)

    return open_ticket


def make_ticket_tool__calls_save_with_nothing(save):
    """The learner has overlooked that save needs its arguments here, too."""

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        return save()

    return open_ticket


def make_ticket_tool__names_its_result_save(save):
    """The learner has overlooked that a name assigned in a function is local throughout it."""

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        save = save(title, priority, tags)
        return save

    return open_ticket


def make_ticket_tool__forgets_the_return(save):
    """The learner has overlooked that the result of a call is lost without return."""

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        save(title, priority, tags)

    return open_ticket


def make_ticket_tool__makes_one_text_of_the_tags(save):
    """The learner believes that a list of str is str."""

    @tool
    def open_ticket(
        title: Annotated[str, Field(min_length=1)],
        priority: Literal["low", "normal", "high"] = "normal",
        tags: list[str] = [],
    ) -> str:
        """Open a ticket."""
        return save(title, priority, str(tags))

    return open_ticket


# weak_spots


def weak_spots__forgets_the_function(schema):
    """The learner has overlooked that description and parameters stand under "function"."""
    found = []
    if not schema["description"].strip():
        found.append("description")
    for name, one in schema["parameters"]["properties"].items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__asks_with_or(schema):
    """The learner believes that or joins the words before in."""
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not ("type" or "anyOf" or "enum" or "$ref" in one):
            found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__keeps_what_append_returns(schema):
    """The learner believes that append returns the longer list."""
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found = found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            found = found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found = found.append(f"{name}: description")
    return found


def weak_spots__forgets_to_call_strip(schema):
    """The learner has overlooked that a method without brackets is not called."""
    function, found = schema["function"], []
    if not function.get("description", "").strip:
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description", "").strip:
            found.append(f"{name}: description")
    return found


def weak_spots__strips_none(schema):
    """The learner has overlooked that get without a second argument gives None."""
    function, found = schema["function"], []
    if not function.get("description").strip():
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        if not any(key in one for key in TYPE_KEYS):
            found.append(f"{name}: type")
        if not one.get("description").strip():
            found.append(f"{name}: description")
    return found


def weak_spots__names_each_key(schema):
    """The learner has put the question for each key in the loop, so it is asked four times."""
    function, found = schema["function"], []
    if not function.get("description", "").strip():
        found.append("description")
    for name, one in function.get("parameters", {}).get("properties", {}).items():
        for key in TYPE_KEYS:
            if key not in one:
                found.append(f"{name}: type")
        if not one.get("description", "").strip():
            found.append(f"{name}: description")
    return found
