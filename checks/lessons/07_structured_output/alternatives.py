"""Right answers to lesson 07 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# extract


def extract__as_simple_as_it_gets(model, text):
    """It trusts the default method to raise."""
    return model.with_structured_output(Ticket).invoke(text)


def extract__binds_and_validates(model, text):
    """It makes a tool of the form, and reads the call itself."""
    message = model.bind_tools([Ticket], tool_choice="Ticket").invoke(text)
    if not message.tool_calls:
        raise ValueError("no call")
    return Ticket(**message.tool_calls[0]["args"])


def extract__a_schema_and_validates(model, text):
    """It asks for a dict, and checks it afterwards."""
    schema = Ticket.model_json_schema()
    return Ticket.model_validate(model.with_structured_output(schema).invoke(text))


def extract__with_raw(model, text):
    """It looks at what could be read, and raises what is wrong."""
    answer = model.with_structured_output(Ticket, include_raw=True).invoke(text)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or ValueError("no ticket")
    return answer["parsed"]


def extract__the_schema_in_the_prompt(model, text):
    """It writes the schema into a message, and asks for JSON."""
    import json

    asked = model.bind(response_format={"type": "json_object"})
    rules = SystemMessage(
        f"Answer with JSON in this form: {json.dumps(Ticket.model_json_schema())}"
    )
    return Ticket.model_validate_json(asked.invoke([rules, HumanMessage(text)]).text)


def extract__with_a_request(model, text):
    """It puts a sentence in front of the text."""
    asked = model.with_structured_output(Ticket, method="function_calling")
    ticket = asked.invoke(f"Make a ticket of this mail:\n{text}")
    if ticket is None:
        raise ValueError("the model has made no call")
    return ticket


# check_booking


def check_booking__a_list_of_problems(booking):
    """It collects what is wrong, and says all of it."""
    problems = []
    if booking.guests <= 0:
        problems.append("guests: at least one")
    if booking.first_night > booking.last_night:
        problems.append("last_night: on or after first_night")
    if problems:
        raise ValueError("; ".join(problems))
    return booking


def check_booking__counts_the_nights(booking):
    """It subtracts the dates."""
    if not booking.guests >= 1:
        raise ValueError("guests has to be at least 1")
    if (booking.last_night - booking.first_night).days < 0:
        raise ValueError("last_night lies before the first one")
    return booking


def check_booking__the_nights_first(booking):
    """It looks at the nights first, and compares them as texts."""
    if str(booking.last_night) < str(booking.first_night):
        raise ValueError("wrong last_night")
    if booking.guests < 1:
        raise ValueError("too few guests")
    return booking


# extract_by_call


def extract_by_call__binds_and_validates(model, text):
    """It reads the call itself."""
    message = model.bind_tools([Ticket], tool_choice="Ticket").invoke(text)
    if not message.tool_calls:
        raise NotValid([message.text])
    return Ticket.model_validate(message.tool_calls[0]["args"])


def extract_by_call__a_match(model, text):
    """It matches the dict."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    match asked.invoke(text):
        case {"parsing_error": Exception() as error}:
            raise error
        case {"parsed": None, "raw": message}:
            raise NotValid(["no call", message.text])
        case {"parsed": ticket}:
            return ticket


def extract_by_call__the_parsed_one_first(model, text):
    """It looks for the ticket first."""
    asked = model.with_structured_output(Ticket, include_raw=True, method="function_calling")
    answer = asked.invoke([HumanMessage(text)])
    if answer["parsed"]:
        return answer["parsed"]
    if answer["parsing_error"]:
        raise ValueError(str(answer["parsing_error"]))
    raise NotValid([f"The model says: {answer['raw'].text}"])


# read_ticket


def read_ticket__a_match(model, text):
    """It matches the dict."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    tokens = (answer["raw"].usage_metadata or {}).get("total_tokens")
    match answer:
        case {"parsed": Ticket() as ticket}:
            return Reading(value=ticket, problem=None, tokens=tokens)
        case {"parsing_error": Exception() as error}:
            return Reading(value=None, problem=str(error), tokens=tokens)
        case {"raw": message}:
            return Reading(value=None, problem=f"no call: {message.text}", tokens=tokens)


def read_ticket__validates_itself(model, text):
    """It reads the call itself, and writes the problem in its own words."""
    message = model.bind_tools([Ticket], tool_choice="any").invoke(text)
    usage = message.usage_metadata
    tokens = None if usage is None else usage["total_tokens"]
    if not message.tool_calls:
        return Reading(None, "the model did not fill in the form", tokens)
    try:
        return Reading(Ticket(**message.tool_calls[0]["args"]), None, tokens)
    except ValueError as error:
        wrong = [f"{one['loc'][0]}: {one['msg']}" for one in error.errors()]
        return Reading(None, "; ".join(wrong), tokens)


# extract_items


def extract_items__binds_and_validates(model, text):
    """It reads the call itself."""
    message = model.bind_tools([Shopping], tool_choice="Shopping").invoke(text)
    for key in ("finish_reason", "stop_reason"):
        if message.response_metadata.get(key) in CUT_OFF:
            raise AnswerCutOff(message.text)
    if not message.tool_calls:
        raise NotValid(["no call"])
    return Shopping(**message.tool_calls[0]["args"]).items


def extract_items__one_after_the_other(model, text):
    """It has a line for each case."""
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if said.get("finish_reason") in CUT_OFF or said.get("stop_reason") in CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsing_error"]:
        raise ValueError("this is no list of items")
    if answer["parsed"] is None:
        raise ValueError(f"no list: {answer['raw'].text}")
    return list(answer["parsed"].items)


# sort_request


def sort_request__type_adapter(model, text):
    """It writes the schema itself, and checks the dict afterwards."""
    from typing import Annotated

    from pydantic import TypeAdapter

    both = TypeAdapter(Annotated[Refund | Complaint, Field(discriminator="kind")])
    forms = [Refund.model_json_schema(), Complaint.model_json_schema()]
    schema = {
        "title": "Request",
        "description": "What a customer wants.",
        "type": "object",
        "properties": {"request": {"anyOf": forms}},
        "required": ["request"],
    }
    answer = model.with_structured_output(schema).invoke(text)
    return both.validate_python((answer or {}).get("request"))


def sort_request__by_calls(model, text):
    """It uses another method, and raises if there is no call."""

    class CustomerMail(BaseModel):
        """What a customer has written."""

        what: Refund | Complaint = Field(discriminator="kind")

    asked = model.with_structured_output(CustomerMail, method="function_calling")
    mail = asked.invoke(text)
    if mail is None:
        raise ValueError("the model has made no call")
    return mail.what


def sort_request__a_flat_form(model, text):
    """It asks for one flat form in which kind has to be there."""

    class Request(BaseModel):
        """A customer's request."""

        kind: Literal["refund", "complaint"]
        order: str
        text: str

    found = Request.model_validate(model.with_structured_output(Request).invoke(text))
    return {"refund": Refund, "complaint": Complaint}[found.kind](**found.model_dump())


def sort_request__two_tools(model, text):
    """It makes a tool of each form, and believes kind only."""
    message = model.bind_tools([Refund, Complaint], tool_choice="any").invoke(text)
    if not message.tool_calls:
        raise ValueError("no form is filled in")
    values = message.tool_calls[0]["args"]
    classes = {"refund": Refund, "complaint": Complaint}
    if values.get("kind") not in classes:
        raise ValueError(f"kind is {values.get('kind')!r}")
    return classes[values["kind"]].model_validate(values)


# extract_with_retry


def extract_with_retry__validates_itself(model, text, attempts=3):
    """It reads the JSON itself, and writes a line for each field."""
    asked = model.bind(response_format={"type": "json_object"})
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        message = asked.invoke(messages)
        try:
            return Ticket.model_validate_json(message.text)
        except ValueError as error:
            lines = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
            problems.append("\n".join(lines))
        reason = HumanMessage(f"Please correct this:\n{problems[-1]}")
        messages = [*beginning, message, reason]
    raise NotValid(problems)


def extract_with_retry__keeps_all_answers(model, text, attempts=3):
    """It appends to one conversation, so that older answers are sent again."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    problems = []
    while True:
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        if len(problems) >= attempts:
            raise NotValid(problems)
        messages += [answer["raw"], HumanMessage(f"Not valid: {problems[-1]}")]


def extract_with_retry__catches(model, text, attempts=3):
    """It catches LangChain's error, which brings the answer along."""
    from langchain_core.exceptions import OutputParserException
    from langchain_core.messages import AIMessage

    asked = model.with_structured_output(Ticket, method="json_mode")
    more, problems = [], []
    for _ in range(attempts):
        try:
            return asked.invoke([SystemMessage(FORM), HumanMessage(text), *more])
        except OutputParserException as error:
            problems.append(str(error))
            more = [AIMessage(error.llm_output), HumanMessage(str(error))]
    raise NotValid(problems)
