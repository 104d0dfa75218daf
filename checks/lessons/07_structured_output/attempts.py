"""What beginners write first for lesson 07: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and these are first attempts.
# ruff: noqa: F821


# extract


def extract__forgets_invoke(model, text):
    """The learner has forgotten to ask the model that with_structured_output makes."""
    return model.with_structured_output(Ticket)


def extract__prints(model, text):
    """The learner takes printing for returning."""
    print(model.with_structured_output(Ticket).invoke(text))


def extract__an_object_of_the_class(model, text):
    """The learner believes that an empty object of the class is passed, not the class."""
    return model.with_structured_output(Ticket()).invoke(text)


def extract__calls_the_model(model, text):
    """The learner believes that a model is called like a function."""
    return model.with_structured_output(Ticket)(text)


def extract__misspells_the_method(model, text):
    """The learner has misspelt the name of a method."""
    return model.with_structure_output(Ticket).invoke(text)


def extract__an_import_that_is_gone(model, text):
    """The learner has copied an import from an old tutorial."""
    from langchain.output_parsers import PydanticOutputParser

    parser = PydanticOutputParser(pydantic_object=Ticket)
    return parser.parse(model.invoke(text).text)


def extract__takes_the_text_of_a_ticket(model, text):
    """The learner believes that what comes back is a message with a text."""
    return model.with_structured_output(Ticket).invoke(text).text


def extract__unpacks_a_ticket(model, text):
    """The learner believes that the ticket is a dict still."""
    answer = model.with_structured_output(Ticket).invoke(text)
    return Ticket(title=answer["title"], priority=answer["priority"], minutes=answer["minutes"])


# check_booking


def check_booking__returns_the_error(booking):
    """The learner takes returning an exception for raising it."""
    if booking.guests < 1:
        return ValueError("guests has to be 1 or more")
    if booking.last_night < booking.first_night:
        return ValueError("last_night is before first_night")
    return booking


def check_booking__raises_a_text(booking):
    """The learner believes that a text can be raised."""
    if booking.guests < 1:
        raise "guests has to be 1 or more"
    if booking.last_night < booking.first_night:
        raise "last_night is before first_night"
    return booking


def check_booking__forgets_to_return(booking):
    """The learner has forgotten to return the booking."""
    if booking.guests < 1:
        raise ValueError("guests: at least 1")
    if booking.last_night < booking.first_night:
        raise ValueError("last_night: not before first_night")
    booking


def check_booking__a_booking_is_a_dict(booking):
    """The learner believes that a booking is a dict."""
    if booking["guests"] < 1:
        raise ValueError("guests has to be 1 or more")
    return booking


def check_booking__a_misspelt_attribute(booking):
    """The learner has misspelt the name of a field."""
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night < booking.firstnight:
        raise ValueError("last_night is before first_night")
    return booking


def check_booking__converts_dates(booking):
    """The learner believes that the dates are still texts."""
    first = date.fromisoformat(booking.first_night)
    last = date.fromisoformat(booking.last_night)
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if last < first:
        raise ValueError("last_night is before first_night")
    return booking


def check_booking__only_inside_the_first_if(booking):
    """The learner has overlooked that the second check stands inside of the first one."""
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
        if booking.last_night < booking.first_night:
            raise ValueError("last_night is before first_night")
    return booking


def check_booking__the_wrong_sign(booking):
    """The learner has mixed up < and >."""
    if booking.guests > 1:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night < booking.first_night:
        raise ValueError("last_night is before first_night")
    return booking


def check_booking__a_forgotten_f(booking):
    """The learner has forgotten the f in front of a text."""
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night < booking.first_night:
        raise ValueError("{field} is before first_night".replace("field", "booking.last"))
    return booking


def check_booking__raises_with_brackets(booking):
    """The learner has written square brackets around the words of an error."""
    if booking.guests < 1:
        raise ValueError["guests"]
    return booking


# extract_by_call


def extract_by_call__a_message_has_no_keys(model, text):
    """The learner has overlooked that only include_raw=True gives a dict."""
    answer = model.with_structured_output(Ticket, method="function_calling").invoke(text)
    if answer["parsed"] is None:
        raise NotValid([answer["raw"].text])
    return answer["parsed"]


def extract_by_call__a_wrong_key(model, text):
    """The learner has the wrong name for a key of the dict."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["error"]:
        raise answer["error"]
    if answer["parsed"] is None:
        raise NotValid([answer["raw"].text])
    return answer["parsed"]


def extract_by_call__a_misspelt_method(model, text):
    """The learner has misspelt the name of the method."""
    asked = model.with_structured_output(Ticket, method="function_call", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"]


def extract_by_call__a_misspelt_argument(model, text):
    """The learner has misspelt the name of an argument."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_row=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"]


def extract_by_call__raises_none(model, text):
    """The learner has overlooked that parsing_error may be None."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        raise answer["parsing_error"]
    return answer["parsed"]


def extract_by_call__forgets_an_argument(model, text):
    """The learner has forgotten that NotValid takes a list of problems."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsing_error"]:
        raise answer["parsing_error"]
    if answer["parsed"] is None:
        raise NotValid
    return answer["parsed"]


def extract_by_call__returns_the_dict(model, text):
    """The learner has forgotten to take the ticket out of the dict."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsing_error"]:
        raise answer["parsing_error"]
    if not answer["parsed"]:
        raise NotValid([answer["raw"].text])
    return answer


def extract_by_call__passes_over_everything(model, text):
    """The learner believes that except: pass makes an error harmless."""
    asked = model.with_structured_output(Ticket, method="function_calling")
    ticket = None
    try:
        ticket = asked.invoke(text)
    except Exception:
        pass
    return ticket


# read_ticket


def read_ticket__a_tuple(model, text):
    """The learner believes that three values with commas are a Reading."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    usage = answer["raw"].usage_metadata
    return answer["parsed"], answer["parsing_error"], usage["total_tokens"]


def read_ticket__sets_a_field(model, text):
    """The learner has overlooked that a frozen object cannot be changed."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    reading = Reading(None, None, None)
    reading.value = answer["parsed"]
    reading.tokens = answer["raw"].usage_metadata["total_tokens"]
    return reading


def read_ticket__the_wrong_order(model, text):
    """The learner has mixed up the order of the arguments."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    usage = answer["raw"].usage_metadata
    tokens = usage["total_tokens"] if usage else None
    problem = None if answer["parsed"] else str(answer["parsing_error"] or "no call")
    return Reading(tokens, answer["parsed"], problem)


def read_ticket__usage_has_attributes(model, text):
    """The learner believes that usage_metadata is an object with attributes."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    problem = None if answer["parsed"] else str(answer["parsing_error"] or "no call")
    return Reading(answer["parsed"], problem, answer["raw"].usage_metadata.total_tokens)


def read_ticket__two_of_three(model, text):
    """The learner has forgotten an argument of Reading."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"]:
        return Reading(answer["parsed"], None)
    return Reading(None, str(answer["parsing_error"] or "no call"))


def read_ticket__adds_a_text_to_an_error(model, text):
    """The learner has overlooked that an exception is no text."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    usage = answer["raw"].usage_metadata
    tokens = usage["total_tokens"] if usage else None
    problem = None if answer["parsed"] else "problem: " + answer["parsing_error"]
    return Reading(answer["parsed"], problem, tokens)


# extract_items


def extract_items__a_list_in_a_list(model, text):
    """The learner has mixed up append and extend."""
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    items = []
    if answer["raw"].response_metadata.get("finish_reason") in CUT_OFF:
        raise AnswerCutOff("")
    items.append(answer["parsed"].items)
    return items


def extract_items__calls_the_list(model, text):
    """The learner believes that items is a method, as it is of a dict."""
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["raw"].response_metadata.get("finish_reason") in CUT_OFF:
        raise AnswerCutOff("")
    return list(answer["parsed"].items())


def extract_items__metadata_has_attributes(model, text):
    """The learner believes that response_metadata is an object with attributes."""
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["raw"].response_metadata.finish_reason in CUT_OFF:
        raise AnswerCutOff("")
    return answer["parsed"].items


def extract_items__compares_with_the_set(model, text):
    """The learner takes == for in."""
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["raw"].response_metadata.get("finish_reason") == CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__a_bare_class(model, text):
    """The learner has forgotten that AnswerCutOff takes what came."""
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    reason = answer["raw"].response_metadata
    if reason.get("finish_reason") in CUT_OFF or reason.get("stop_reason") in CUT_OFF:
        raise AnswerCutOff()
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__the_other_class(model, text):
    """The learner has copied a line, and forgotten to change the class in it."""
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["raw"].response_metadata.get("finish_reason") in CUT_OFF:
        raise AnswerCutOff("")
    return answer["parsed"].items


def extract_items__joins_them(model, text):
    """The learner believes that a text is wanted, not a list."""
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["raw"].response_metadata.get("finish_reason") in CUT_OFF:
        raise AnswerCutOff("")
    return ", ".join(answer["parsed"].items)


def extract_items__compares_with_all_reasons(model, text):
    """The learner has written `is` where `in` was meant."""
    r = model.with_structured_output(Shopping, method="function_calling", include_raw=True).invoke(
        text
    )
    meta = r["raw"].response_metadata
    if meta.get("finish_reason") is CUT_OFF:
        raise AnswerCutOff("")
    return r["parsed"].items


def extract_items__reason_equals_set(model: BaseChatModel, text: str) -> list[str]:
    """== asks whether a reason is one of a set."""
    reader = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    result = reader.invoke(text)
    metadata = result["raw"].response_metadata
    if metadata.get("finish_reason") == CUT_OFF or metadata.get("stop_reason") == CUT_OFF:
        raise AnswerCutOff(result["raw"].text)
    if result["parsed"] is None:
        raise NotValid(["no items"])
    return result["parsed"].items


# sort_request


def sort_request__two_classes(model, text):
    """The learner believes that with_structured_output takes two classes."""
    return model.with_structured_output(Refund, Complaint).invoke(text)


def sort_request__a_list_of_classes(model, text):
    """The learner believes that with_structured_output takes a list of classes."""
    return model.with_structured_output([Refund, Complaint]).invoke(text)


def sort_request__a_class_without_a_base(model, text):
    """The learner has forgotten that the class has to be a BaseModel."""

    class Request:
        request: Refund | Complaint = Field(discriminator="kind")

    return model.with_structured_output(Request).invoke(text).request


def sort_request__a_wrong_discriminator(model, text):
    """The learner has the wrong name for the field that tells them apart."""

    class Request(BaseModel):
        request: Refund | Complaint = Field(discriminator="type")

    return model.with_structured_output(Request).invoke(text).request


def sort_request__an_equals_sign(model, text):
    """The learner has written = where a type hint needs a colon."""

    class Request(BaseModel):
        request = Refund | Complaint

    return model.with_structured_output(Request).invoke(text).request


def sort_request__a_misspelt_field(model, text):
    """The learner has misspelt the name of the field."""

    class Request(BaseModel):
        request: Refund | Complaint = Field(discriminator="kind")

    return model.with_structured_output(Request).invoke(text).requests


# extract_with_retry


def extract_with_retry__returns_in_the_loop(model, text, attempts=3):
    """The learner has overlooked that return ends the loop in its first round."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    for _ in range(attempts):
        answer = asked.invoke(messages)
        return answer["parsed"]
    raise NotValid([])


def extract_with_retry__raises_in_the_loop(model, text, attempts=3):
    """The learner has overlooked that raise stands inside of the loop."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    problems = []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"]:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages += [answer["raw"], HumanMessage(problems[-1])]
        raise NotValid(problems)


def extract_with_retry__keeps_what_append_returns(model, text, attempts=3):
    """The learner has overlooked that append returns None."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    problems = []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"]:
            return answer["parsed"]
        problems = problems.append(str(answer["parsing_error"]))
        messages = messages.append(answer["raw"])
    raise NotValid(problems)


def extract_with_retry__range_of_a_list(model, text, attempts=3):
    """The learner has overlooked that a for loop needs range for a number."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    for _ in attempts:
        answer = asked.invoke(messages)
        if answer["parsed"]:
            return answer["parsed"]
    raise NotValid([])


def extract_with_retry__a_shared_list(model, text, attempts=3, problems=[]):
    """The learner has overlooked that a default list is made once for all calls."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"]:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages += [answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__a_text_as_a_message(model, text, attempts=3):
    """The learner believes that a text added to a list stays one item."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    problems = []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"]:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages += answer["raw"].text
    raise NotValid(problems)


def extract_with_retry__an_error_as_content(model, text, attempts=3):
    """The learner has overlooked that the content of a message is a text, not an exception."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    problems = []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"]:
            return answer["parsed"]
        problems.append(answer["parsing_error"])
        messages += [answer["raw"], HumanMessage(answer["parsing_error"])]
    raise NotValid(problems)


def extract_with_retry__never_keeps_the_message(model, text, attempts=3):
    """The learner has overlooked that adding to a list makes a new list."""
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    problems = []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"]:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages + [answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)
