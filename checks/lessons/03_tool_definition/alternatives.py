"""Correct answers to lesson 03 that are written differently from the reference.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: B006, F821


# make_discount_tool


def make_discount_tool__from_function():
    """The function has another name, and the tool is made in one call."""
    from langchain_core.tools import StructuredTool

    def compute(price: float, percent: float = 10) -> float:
        return round(price - price * percent / 100, 2)

    return StructuredTool.from_function(
        compute, name="discount", description="What is left of a price after a discount."
    )


def make_discount_tool__args_schema():
    """A class of pydantic describes the parameters."""
    from pydantic import BaseModel

    class Arguments(BaseModel):
        price: float = Field(description="in euros")
        percent: float = Field(default=10.0, description="how much is taken off")

    @tool("discount", args_schema=Arguments)
    def what_is_left(price, percent):
        """Return what is left of a price."""
        return round(price * (1 - percent / 100), 2)

    return what_is_left


def make_discount_tool__class():
    """A tool is a subclass of BaseTool."""
    from pydantic import BaseModel

    class Arguments(BaseModel):
        price: float
        percent: float = 10.0

    class Discount(BaseTool):
        name: str = "discount"
        description: str = "Take some percent off a price."
        args_schema: type[BaseModel] = Arguments

        def _run(self, price: float, percent: float = 10.0) -> float:
            return round(price * (100 - percent) / 100, 2)

    return Discount()


def make_discount_tool__given_a_description():
    """The description stands in the decorator, and the sum is done in cents."""

    @tool("discount", description="Take some percent off a price.")
    def reduced(price: float, percent: float = 10.0):
        cents = price * (100 - percent)
        return round(cents / 100, ndigits=2)

    return reduced


# toolbox


def toolbox__two_checks(tools):
    """The names are checked first, all together."""
    tools = list(tools)
    names = [one.name for one in tools]
    if len(set(names)) < len(names):
        raise ValueError("a name is there twice")
    if not all(map(TOOL_NAME.fullmatch, names)):
        raise ValueError("a name does not fit")
    return dict(zip(names, tools, strict=True))


def toolbox__setdefault(tools):
    """setdefault says who was there first; a pattern of its own looks at the name."""
    box = {}
    for place, one in enumerate(tools):
        found = re.match(r"[a-zA-Z0-9_-]{1,64}\Z", one.name)
        if found is None or box.setdefault(one.name, (place, one)) != (place, one):
            raise ValueError(one.name)
    return {name: one for name, (_, one) in box.items()}


def toolbox__recursive(tools):
    """The first tool, and then the box of all others."""

    def boxed(some):
        if not some:
            return {}
        first, *others = some
        rest = boxed(others)
        if first.name in rest or TOOL_NAME.fullmatch(first.name) is None:
            raise ValueError(f"{first.name} cannot be offered")
        return {first.name: first} | rest

    return boxed(list(tools))


# tool_line


def tool_line__one_expression(tool):
    """Everything in one join, with a function for each part."""

    def shown(name, schema):
        kind = schema.get("type", "any")
        if "default" not in schema:
            return f"{name}: {kind}"
        return f"{name}: {kind} = {json.dumps(schema['default'], ensure_ascii=False)}"

    return tool.name + "(" + ", ".join(shown(*pair) for pair in tool.args.items()) + ")"


def tool_line__schema_of_the_call(tool):
    """The parameters come from the schema that is sent to the model."""
    from langchain_core.utils.function_calling import convert_to_openai_function

    line = ""
    properties = convert_to_openai_function(tool)["parameters"].get("properties", {})
    for name in properties:
        schema = properties[name]
        line += ", " if line else ""
        line += f"{name}: {schema.get('type') or 'any'}"
        if {"default"} & {*schema}:
            line += " = " + json.dumps(schema["default"])
    return f"{tool.name}({line})"


def tool_line__sentinel(tool):
    """An object of its own stands for no default, and JSON is written without spaces."""
    missing = object()
    parts = []
    for name, schema in tool.args.items():
        part = "{}: {}".format(name, schema.get("type", "any"))
        default = schema.get("default", missing)
        if default is not missing:
            part += " = {}".format(json.dumps(default, separators=(",", ":")))
        parts.append(part)
    return "{}({})".format(tool.name, ", ".join(parts))


# run_call


def run_call__by_hand(tool, call):
    """The message is made by hand."""
    if tool.name != call["name"]:
        raise ValueError("another tool is meant")
    result = tool.invoke(call["args"])
    content = result if isinstance(result, str) else json.dumps(result)
    return ToolMessage(content=content, name=tool.name, tool_call_id=call["id"])


def run_call__a_new_call(tool, call):
    """The call is written anew, with its type."""
    wanted = {"type": "tool_call", "name": tool.name, "args": call["args"], "id": call["id"]}
    if call["name"] == wanted["name"]:
        return tool.invoke(wanted)
    raise ValueError(f"{tool.name} cannot answer a call of {call['name']}")


def run_call__match(tool, call):
    """A pattern takes the call apart."""
    match call:
        case {"name": name, "args": args, "id": key} if name == tool.name:
            result = tool.invoke({**args})
        case _:
            raise ValueError("no call of this tool")
    if isinstance(result, dict):
        result = json.dumps(result, ensure_ascii=False, indent=2)
    return ToolMessage(result, tool_call_id=key, name=name)


# make_search_tool


def make_search_tool__parse_docstring(search):
    """The docstring describes the parameters, and Field has the bounds."""

    @tool("search_shop", parse_docstring=True)
    def look_up(query: str, limit: Annotated[int, Field(gt=0, lt=11)] = 3) -> str:
        """Look up products.

        Args:
            query: what to look for.
            limit: how many to show, at most.
        """
        found = search(query, limit)
        if not found:
            return f"There is nothing for {query!r}."
        return "\n".join(found)

    return look_up


def make_search_tool__args_schema(search):
    """A class of pydantic has the descriptions and the bounds."""
    from pydantic import BaseModel

    class Search(BaseModel):
        """Search the shop."""

        query: str = Field(description="some words")
        limit: int = Field(3, ge=1, le=10, description="how many")

    @tool(args_schema=Search)
    def search_shop(query: str, limit: int) -> str:
        """Search the shop."""
        lines = ""
        for found in search(query, limit):
            lines += ("\n" if lines else "") + found
        return lines or "Sorry, nothing was found."

    return search_shop


def make_search_tool__from_function(search):
    """A default inside of Field, and no decorator."""
    from langchain_core.tools import StructuredTool

    def run(
        query: str = Field(description="some words"),
        limit: int = Field(default=3, description="how many", ge=1, le=10),
    ) -> str:
        found = search(query, limit)
        return "\n".join(found) if len(found) > 0 else "Nothing matches."

    return StructuredTool.from_function(run, name="search_shop", description="Search the shop.")


def make_search_tool__strict(search):
    """A limit that is a text is refused, too: the contract leaves that open."""

    @tool
    def search_shop(
        query: Annotated[str, Field(description="words")],
        limit: Annotated[int, Field(description="how many", ge=1, le=10, strict=True)] = 3,
    ) -> str:
        """Search the shop."""
        return "\n".join(search(query, limit)) or "Nothing matches."

    return search_shop


def make_search_tool__checks_by_itself(search):
    """The schema says the bounds, and the function refuses what is outside of them."""
    from pydantic import WithJsonSchema

    said = {"type": "integer", "minimum": 1, "maximum": 10, "description": "the most"}

    @tool
    def search_shop(
        query: Annotated[str, Field(description="the words")],
        limit: Annotated[int, WithJsonSchema(said)] = 3,
    ) -> str:
        """Search the shop for products."""
        if limit < 1 or limit > 10:
            raise ValueError("limit has to be from 1 to 10")
        found = search(query, limit)
        return "\n".join(found) if found else "Nothing."

    return search_shop


# make_ticket_tool


def make_ticket_tool__args_schema(save):
    """A class of pydantic describes the ticket."""
    from pydantic import BaseModel

    class Ticket(BaseModel):
        """A ticket."""

        title: str = Field(min_length=1, description="in a few words")
        priority: Literal["low", "normal", "high"] = "normal"
        tags: list[str] = Field(default_factory=list)

    @tool("open_ticket", args_schema=Ticket)
    def run(title, priority, tags):
        """Open a ticket."""
        return save(title, priority, tags)

    return run


def make_ticket_tool__from_function(save):
    """None stands for no tags, and becomes a list."""
    from langchain_core.tools import StructuredTool

    def open_ticket(
        title: Annotated[str, Field(pattern=r"(?s).")],
        priority: Literal["high", "normal", "low"] = "normal",
        tags: list[str] | None = None,
    ) -> str:
        """Open a ticket."""
        return save(title, priority, list(tags or ()))

    return StructuredTool.from_function(open_ticket)


def make_ticket_tool__enum(save):
    """The priorities are an Enum, and the value of its member is passed on."""
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
        return save(title, priority.value, tags)

    return open_ticket


def make_ticket_tool__checks_the_title(save):
    """The function itself refuses an empty title."""

    @tool
    def open_ticket(
        title: str, priority: Literal["low", "normal", "high"] = "normal", tags: list[str] = ()
    ) -> str:
        """Open a ticket."""
        if title == "":
            raise ValueError("a ticket needs a title")
        return save(title, priority, [*tags])

    return open_ticket


# weak_spots


def weak_spots__loop(schema):
    """A list that grows, in plain loops."""
    function = schema["function"]
    found = []
    if function.get("description", "").strip() == "":
        found.append("description")
    parameters = function.get("parameters", {})
    if "properties" not in parameters:
        return found
    for name in parameters["properties"]:
        one = parameters["properties"][name]
        has_type = False
        for key in TYPE_KEYS:
            if key in one:
                has_type = True
        if not has_type:
            found.append(name + ": type")
        if "description" not in one or one["description"].isspace() or not one["description"]:
            found.append(name + ": description")
    return found


def weak_spots__sets(schema):
    """Sets tell whether there is a type, and one comprehension names all."""

    def is_blank(part):
        return not (part.get("description") or "").strip()

    function = schema["function"]
    properties = (function.get("parameters") or {}).get("properties") or {}
    return ["description"] * is_blank(function) + [
        f"{name}: {what}"
        for name, one in properties.items()
        for what, is_weak in (
            ("type", set(TYPE_KEYS).isdisjoint(one)),
            ("description", is_blank(one)),
        )
        if is_weak
    ]


def weak_spots__generator(schema):
    """A generator inside, and a list of it."""

    def found():
        function = schema["function"]
        if not function.get("description", "").split():
            yield "description"
        try:
            properties = function["parameters"]["properties"]
        except KeyError:
            return
        for name, one in properties.items():
            if next((key for key in TYPE_KEYS if key in one), None) is None:
                yield f"{name}: type"
            if not one.get("description", "").split():
                yield f"{name}: description"

    return [*found()]
