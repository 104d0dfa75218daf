"""Wrong answers to lesson 07 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# extract


def extract__loads_the_json(model, text):
    """JSON is a dict, and a dict has all that is needed.

    Caught by: test_the_model_is_told_the_form
    """
    import json

    return json.loads(model.bind(response_format={"type": "json_object"}).invoke(text).text)


def extract__says_it_in_the_prompt(model, text):
    """The prompt says how to answer.

    Caught by: test_the_model_is_told_the_form
    """
    answer = model.invoke(f"Make a ticket of this, as JSON: {text}").text
    return Ticket.model_validate_json(answer)


def extract__constructs_one(model, text):
    """model_construct makes an object of the class.

    Caught by: test_wrong_values_are_refused
    """
    answer = model.with_structured_output(Ticket.model_json_schema()).invoke(text)
    return Ticket.model_construct(**answer)


def extract__passes_the_schema(model, text):
    """The schema of a class says as much as the class.

    Caught by: test_it_gives_a_ticket
    """
    return model.with_structured_output(Ticket.model_json_schema()).invoke(text)


def extract__an_empty_one(model, text):
    """If nothing can be read, the ticket is an empty one.

    Caught by: test_wrong_values_are_refused
    """
    try:
        return model.with_structured_output(Ticket).invoke(text)
    except ValueError:
        return Ticket.model_construct(title="", priority="normal", minutes=0)


def extract__none_if_it_does_not_fit(model, text):
    """None says that there is no ticket.

    Caught by: test_wrong_values_are_refused
    """
    try:
        return model.with_structured_output(Ticket).invoke(text)
    except ValueError:
        return None


def extract__gives_the_message(model, text):
    """A model that knows the form answers with a ticket.

    Caught by: test_it_gives_a_ticket
    """
    return model.bind_tools([Ticket]).invoke(text)


def extract__asks_the_old_model(model, text):
    """with_structured_output changes the model.

    Caught by: test_the_model_is_told_the_form
    """
    model.with_structured_output(Ticket)
    return model.invoke(text)


def extract__any_call_will_do(model, text):
    """With function_calling, there is always a call.

    Caught by: test_words_are_no_ticket
    """
    return model.with_structured_output(Ticket, method="function_calling").invoke(text)


def extract__asks_again(model, text):
    """If it does not fit, a second try does.

    Caught by: test_wrong_values_are_refused
    """
    asked = model.with_structured_output(Ticket)
    try:
        return asked.invoke(text)
    except ValueError:
        return asked.invoke(text)


def extract__another_form(model, text):
    """A class of one's own with the important fields is enough.

    Caught by: test_the_model_is_told_the_form
    """

    class Short(BaseModel):
        title: str
        priority: str

    short = model.with_structured_output(Short).invoke(text)
    return Ticket(title=short.title, priority=short.priority, minutes=0)


def extract__puts_values_right(model, text):
    """A value that is not allowed is replaced by one that is.

    Caught by: test_wrong_values_are_refused
    """
    answer = model.with_structured_output(Ticket.model_json_schema()).invoke(text)
    if answer.get("priority") not in ("low", "normal", "high"):
        answer["priority"] = "normal"
    return Ticket.model_validate(answer)


def extract__strips_the_title(model, text):
    """White space around a title is a slip of the model.

    Caught by: test_it_gives_a_ticket
    """
    ticket = model.with_structured_output(Ticket).invoke(text)
    return ticket.model_copy(update={"title": ticket.title.strip()})


def extract__without_braces(model, text):
    """Braces do harm in a prompt.

    Caught by: test_the_model_is_told_the_form
    """
    prompt = text.replace("{", "").replace("}", "")
    return model.with_structured_output(Ticket).invoke(prompt)


def extract__a_dict_of_it(model, text):
    """A dict is what others can use.

    Caught by: test_it_gives_a_ticket
    """
    return model.with_structured_output(Ticket).invoke(text).model_dump()


def extract__raises_the_wrong_kind(model, text):
    """An error of one's own says it best.

    Caught by: test_wrong_values_are_refused
    """
    try:
        return model.with_structured_output(Ticket).invoke(text)
    except ValueError as error:
        raise NotValid([str(error)]) from error


# check_booking


def check_booking__says_invalid(booking):
    """ "Invalid" says it.

    Caught by: test_guests_are_at_least_one
    """
    if booking.guests < 1 or booking.last_night < booking.first_night:
        raise ValueError("invalid booking")
    return booking


def check_booking__gives_true(booking):
    """A check gives True or False.

    Caught by: test_a_sound_booking_comes_back
    """
    return booking.guests >= 1 and booking.last_night >= booking.first_night


def check_booking__gives_nothing(booking):
    """A check that is passed has nothing to say.

    Caught by: test_a_sound_booking_comes_back
    """
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night < booking.first_night:
        raise ValueError("last_night is before first_night")


def check_booking__the_last_night_is_later(booking):
    """The last night comes later than the first one.

    Caught by: test_one_night_is_enough
    """
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night <= booking.first_night:
        raise ValueError("last_night is not after first_night")
    return booking


def check_booking__compares_days(booking):
    """The day of a date is what counts.

    Caught by: test_a_month_may_end
    """
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night.day < booking.first_night.day:
        raise ValueError("last_night is before first_night")
    return booking


def check_booking__years_are_the_same(booking):
    """The month and the day of a date are what counts.

    Caught by: test_a_month_may_end
    """
    first, last = booking.first_night, booking.last_night
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if (last.month, last.day) < (first.month, first.day):
        raise ValueError("last_night is before first_night")
    return booking


def check_booking__swaps_the_nights(booking):
    """Two nights in the wrong order can be put right.

    Caught by: test_it_ends_when_or_after_it_begins
    """
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night < booking.first_night:
        return booking.model_copy(
            update={"first_night": booking.last_night, "last_night": booking.first_night}
        )
    return booking


def check_booking__at_least_one_guest(booking):
    """A booking without guests means one guest.

    Caught by: test_guests_are_at_least_one
    """
    if booking.last_night < booking.first_night:
        raise ValueError("last_night is before first_night")
    return booking.model_copy(update={"guests": max(booking.guests, 1)})


def check_booking__zero_is_nobody(booking):
    """Only 0 is wrong: nobody books for fewer.

    Caught by: test_guests_are_at_least_one
    """
    if booking.guests == 0:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night < booking.first_night:
        raise ValueError("last_night is before first_night")
    return booking


def check_booking__asserts(booking):
    """assert is there for checks.

    Caught by: test_guests_are_at_least_one
    """
    assert booking.guests >= 1, "guests has to be 1 or more"
    assert booking.last_night >= booking.first_night, "last_night is before first_night"
    return booking


def check_booking__looks_at_the_guests_only(booking):
    """Dates are checked by their type.

    Caught by: test_it_ends_when_or_after_it_begins
    """
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    return booking


def check_booking__names_the_other_field(booking):
    """It is the last one that is checked, so the error is about dates.

    Caught by: test_it_ends_when_or_after_it_begins
    """
    if booking.guests < 1:
        raise ValueError("guests has to be 1 or more")
    if booking.last_night < booking.first_night:
        raise ValueError("a guest cannot leave before the first night")
    return booking


def check_booking__refuses_the_past(booking):
    """Nobody books a night that is over.

    Caught by: test_any_booking
    """
    if booking.guests < 1:
        raise ValueError("guests: at least 1")
    if booking.last_night < booking.first_night:
        raise ValueError("last_night: not before first_night")
    if booking.first_night.year < 2020:
        raise ValueError("first_night: is over")
    return booking


# extract_by_call


def extract_by_call__raises_by_itself(model, text):
    """An answer that does not fit raises an error by itself.

    Caught by: test_words_are_no_call
    """
    return model.with_structured_output(Ticket, method="function_calling").invoke(text)


def extract_by_call__no_error_so_a_value(model, text):
    """Where there is no error, there is a value.

    Caught by: test_words_are_no_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsing_error"] is not None:
        raise answer["parsing_error"]
    return answer["parsed"]


def extract_by_call__a_default(model, text):
    """An empty ticket is better than none.

    Caught by: test_words_are_no_call
    """
    ticket = model.with_structured_output(Ticket, method="function_calling").invoke(text)
    return ticket or Ticket(title="unknown", priority="normal", minutes=0)


def extract_by_call__the_words_are_the_title(model, text):
    """What the model says is what the ticket is about.

    Caught by: test_words_are_no_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsing_error"] is not None:
        raise answer["parsing_error"]
    if answer["parsed"] is None:
        return Ticket(title=answer["raw"].text or "none", priority="normal", minutes=0)
    return answer["parsed"]


def extract_by_call__says_that_there_is_none(model, text):
    """That there is no call is all there is to say.

    Caught by: test_words_are_no_call
    """
    ticket = model.with_structured_output(Ticket, method="function_calling").invoke(text)
    if ticket is None:
        raise NotValid(["the model has made no call"])
    return ticket


def extract_by_call__a_value_error(model, text):
    """All errors about answers are ValueErrors.

    Caught by: test_words_are_no_call
    """
    ticket = model.with_structured_output(Ticket, method="function_calling").invoke(text)
    if ticket is None:
        raise ValueError("no call")
    return ticket


def extract_by_call__validates_none(model, text):
    """Validating the result finds whatever is wrong.

    Caught by: test_words_are_no_call
    """
    answer = model.with_structured_output(Ticket, method="function_calling").invoke(text)
    return Ticket.model_validate(answer)


def extract_by_call__one_text(model, text):
    """One problem is a text.

    Caught by: test_words_are_no_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsing_error"] is not None:
        raise answer["parsing_error"]
    if answer["parsed"] is None:
        raise NotValid(answer["raw"].text)
    return answer["parsed"]


def extract_by_call__hands_over_the_message(model, text):
    """The message is what the model has said.

    Caught by: test_words_are_no_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsing_error"] is not None:
        raise answer["parsing_error"]
    if answer["parsed"] is None:
        error = NotValid([])
        error.problems = [answer["raw"]]
        raise error
    return answer["parsed"]


def extract_by_call__everything_is_not_valid(model, text):
    """What does not fit is NotValid, whatever it is.

    Caught by: test_wrong_values_are_refused
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        raise NotValid([str(answer["parsing_error"] or answer["raw"].text)])
    return answer["parsed"]


def extract_by_call__takes_the_arguments(model, text):
    """The arguments of the call are the ticket.

    Caught by: test_it_gives_a_ticket
    """
    message = model.bind_tools([Ticket]).invoke(text)
    if not message.tool_calls:
        raise NotValid([message.text])
    return message.tool_calls[0]["args"]


def extract_by_call__constructs_one(model, text):
    """The arguments have been checked by the model.

    Caught by: test_wrong_values_are_refused
    """
    message = model.bind_tools([Ticket]).invoke(text)
    if not message.tool_calls:
        raise NotValid([message.text])
    return Ticket.model_construct(**message.tool_calls[0]["args"])


def extract_by_call__by_another_method(model, text):
    """All methods come to the same.

    Caught by: test_it_gives_a_ticket
    """
    asked = model.with_structured_output(Ticket, include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"]


def extract_by_call__words_beside_a_call(model, text):
    """A model writes words or makes a call.

    Caught by: test_it_gives_a_ticket
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["raw"].text:
        raise NotValid([answer["raw"].text])
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([""])
    return answer["parsed"]


def extract_by_call__empty_words_are_none(model, text):
    """If there is no call, there are words.

    Caught by: test_words_are_no_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsing_error"] is not None:
        raise answer["parsing_error"]
    if answer["parsed"] is None and answer["raw"].text:
        raise NotValid([answer["raw"].text])
    return answer["parsed"]


def extract_by_call__asks_for_the_words(model, text):
    """The words come if the model is asked again, without the form.

    Caught by: test_it_gives_a_ticket
    """
    ticket = model.with_structured_output(Ticket, method="function_calling").invoke(text)
    if ticket is None:
        raise NotValid([model.invoke(text).text])
    return ticket


def extract_by_call__reads_json_in_words(model, text):
    """JSON in the text is as good as a call.

    Caught by: test_words_are_no_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        words = answer["raw"].text
        if words.startswith("{"):
            return Ticket.model_validate_json(words)
        raise answer["parsing_error"] or NotValid([words])
    return answer["parsed"]


def extract_by_call__a_broken_call_is_none(model, text):
    """No error and no words: then the model had nothing to say.

    Caught by: test_a_call_may_be_broken
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsing_error"] is not None:
        raise answer["parsing_error"]
    if answer["parsed"] is None and not answer["raw"].invalid_tool_calls:
        raise NotValid([answer["raw"].text])
    return answer["parsed"]


def extract_by_call__blocks_as_python_writes_them(model, text):
    """The content of a message is its text.

    Caught by: test_words_may_come_in_blocks
    """
    answer = _ask(model, Ticket, "function_calling", text)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([str(answer["raw"].content)])
    return answer["parsed"]


# read_ticket


def read_ticket__one_of_the_two_is_there(model, text):
    """Where there is no value, there is an error.

    Caught by: test_words_are_a_problem
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    error, usage = answer["parsing_error"], answer["raw"].usage_metadata
    problem = str(error) if error else None
    return Reading(answer["parsed"], problem, usage["total_tokens"] if usage else None)


def read_ticket__the_text_of_none(model, text):
    """str() of the error is a text.

    Caught by: test_a_ticket_is_a_value
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    usage = answer["raw"].usage_metadata
    tokens = usage["total_tokens"] if usage else None
    return Reading(answer["parsed"], str(answer["parsing_error"]), tokens)


def read_ticket__no_value_so_an_error(model, text):
    """Where there is no value, there is an error, and str makes a text of it.

    Caught by: test_words_are_a_problem
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    problem = str(answer["parsing_error"]) if answer["parsed"] is None else None
    usage = answer["raw"].usage_metadata
    return Reading(answer["parsed"], problem, usage["total_tokens"] if usage else None)


def read_ticket__the_exception_is_the_problem(model, text):
    """The exception is the problem.

    Caught by: test_wrong_values_are_a_problem
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    if ticket is None and error is None:
        error = "no call"
    usage = answer["raw"].usage_metadata
    return Reading(ticket, error, usage["total_tokens"] if usage else None)


def read_ticket__a_failure_costs_nothing(model, text):
    """What does not fit is not worth anything.

    Caught by: test_the_tokens_of_each_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        return Reading(None, str(answer["parsing_error"] or "no call"), None)
    usage = answer["raw"].usage_metadata
    return Reading(answer["parsed"], None, usage["total_tokens"] if usage else None)


def read_ticket__counts_the_words(model, text):
    """A token is a word.

    Caught by: test_the_tokens_of_each_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else str(error or "no call")
    return Reading(ticket, problem, len(text.split()))


def read_ticket__only_what_was_written(model, text):
    """What the model writes is what it costs.

    Caught by: test_the_tokens_of_each_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else str(error or "no call")
    usage = answer["raw"].usage_metadata
    return Reading(ticket, problem, usage["output_tokens"] if usage else None)


def read_ticket__adds_up(model, text):
    """The total is what was read and what was written.

    Caught by: test_the_total_is_the_reported_one
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else str(error or "no call")
    usage = answer["raw"].usage_metadata
    tokens = usage["input_tokens"] + usage["output_tokens"] if usage else None
    return Reading(ticket, problem, tokens)


def read_ticket__unknown_is_free(model, text):
    """No report means no cost.

    Caught by: test_tokens_may_be_unknown
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else str(error or "no call")
    usage = answer["raw"].usage_metadata or {}
    return Reading(ticket, problem, usage.get("total_tokens", 0))


def read_ticket__there_is_always_a_report(model, text):
    """Each answer reports its tokens.

    Caught by: test_tokens_may_be_unknown
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else str(error or "no call")
    return Reading(ticket, problem, answer["raw"].usage_metadata["total_tokens"])


def read_ticket__zero_is_unknown(model, text):
    """A call that costs nothing has not reported anything.

    Caught by: test_tokens_may_be_unknown
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else str(error or "no call")
    usage = answer["raw"].usage_metadata or {}
    return Reading(ticket, problem, usage.get("total_tokens") or None)


def read_ticket__problems_are_raised(model, text):
    """A problem is an error.

    Caught by: test_words_are_a_problem
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    usage = answer["raw"].usage_metadata
    return Reading(answer["parsed"], None, usage["total_tokens"] if usage else None)


def read_ticket__without_raw(model, text):
    """The error that is raised is the problem.

    Caught by: test_the_tokens_of_each_call
    """
    asked = model.with_structured_output(Ticket, method="function_calling")
    try:
        ticket = asked.invoke(text)
    except ValueError as error:
        return Reading(None, str(error), None)
    return Reading(ticket, None if ticket else "no call", None)


def read_ticket__it_does_not_fit(model, text):
    """That it does not fit is the problem.

    Caught by: test_wrong_values_are_a_problem
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket = answer["parsed"]
    usage = answer["raw"].usage_metadata
    tokens = usage["total_tokens"] if usage else None
    return Reading(ticket, None if ticket else "the answer does not fit", tokens)


def read_ticket__names_the_first_field(model, text):
    """The first wrong field is the problem.

    Caught by: test_wrong_values_are_a_problem
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else "no call"
    if error is not None:
        first = error.errors()[0]
        problem = f"{first['loc'][0]}: {first['msg']}"
    usage = answer["raw"].usage_metadata
    return Reading(ticket, problem, usage["total_tokens"] if usage else None)


def read_ticket__names_fields_only(model, text):
    """The names of the fields are the problem.

    Caught by: test_wrong_values_are_a_problem
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else "no call"
    if error is not None:
        problem = ", ".join(str(one["loc"][0]) for one in error.errors())
    usage = answer["raw"].usage_metadata
    return Reading(ticket, problem, usage["total_tokens"] if usage else None)


def read_ticket__the_same_reason_for_all(model, text):
    """A name, and that it is wrong: that is a reason.

    Caught by: test_each_field_has_a_reason_of_its_own
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else "no call"
    if error is not None:
        problem = ", ".join(f"{one['loc'][0]} has a wrong value" for one in error.errors())
    usage = answer["raw"].usage_metadata
    return Reading(ticket, problem, usage["total_tokens"] if usage else None)


def read_ticket__a_dict_is_a_report(model, text):
    """What include_raw gives is the report.

    Caught by: test_a_ticket_is_a_value
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    return asked.invoke(text)


def read_ticket__the_arguments_are_the_value(model, text):
    """The arguments of the call are the value.

    Caught by: test_a_ticket_is_a_value
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    message, error = answer["raw"], answer["parsing_error"]
    usage = message.usage_metadata
    tokens = usage["total_tokens"] if usage else None
    if error or not message.tool_calls:
        return Reading(None, str(error or "no call"), tokens)
    return Reading(message.tool_calls[0]["args"], None, tokens)


def read_ticket__all_errors_are_problems(model, text):
    """Whatever goes wrong is a problem.

    Caught by: test_errors_pass
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    try:
        answer = asked.invoke(text)
    except Exception as error:
        return Reading(None, str(error), None)
    ticket, error = answer["parsed"], answer["parsing_error"]
    usage = answer["raw"].usage_metadata
    problem = None if ticket else str(error or "no call")
    return Reading(ticket, problem, usage["total_tokens"] if usage else None)


def read_ticket__the_words_are_the_problem(model, text):
    """What the model says in place of a call is the problem.

    Caught by: test_words_are_a_problem
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    ticket, error = answer["parsed"], answer["parsing_error"]
    problem = None if ticket else str(error or answer["raw"].text)
    usage = answer["raw"].usage_metadata
    return Reading(ticket, problem, usage["total_tokens"] if usage else None)


# extract_items


def extract_items__what_validates_is_whole(model, text):
    """What fits the form is whole.

    Caught by: test_half_a_list_is_none
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__a_cut_shows_in_the_text(model, text):
    """If something is missing, the text does not end with a bracket.

    Caught by: test_half_a_list_is_none
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    words = answer["raw"].text
    if words and not words.endswith("}"):
        raise AnswerCutOff(words)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([words])
    return answer["parsed"].items


def extract_items__a_cut_is_a_broken_call(model, text):
    """What was cut off cannot be read.

    Caught by: test_half_a_list_is_none
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["raw"].invalid_tool_calls:
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__reads_first(model, text):
    """First comes the list, then the reason.

    Caught by: test_it_may_be_cut_anywhere
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    said = answer["raw"].response_metadata
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        raise AnswerCutOff("")
    return answer["parsed"].items


def extract_items__one_key(model, text):
    """All providers say finish_reason.

    Caught by: test_the_reason_may_be_under_another_key
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if answer["raw"].response_metadata.get("finish_reason") in CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__the_first_key_that_is_there(model, text):
    """The second key is for those who do not have the first.

    Caught by: test_the_reason_may_be_under_another_key
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if said.get("finish_reason", said.get("stop_reason")) in CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__the_key_is_there(model, text):
    """Each answer says why it has ended.

    Caught by: test_the_reason_may_be_under_another_key
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if said["finish_reason"] in CUT_OFF or said.get("stop_reason") in CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__length_is_the_reason(model, text):
    """The reason is called length.

    Caught by: test_the_reason_may_be_under_another_key
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if "length" in (said.get("finish_reason"), said.get("stop_reason")):
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__only_a_tool_call_is_whole(model, text):
    """An answer that is whole ends with tool_calls.

    Caught by: test_other_reasons_are_no_cuts
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if said.get("finish_reason") not in ("tool_calls", "stop", "tool_use"):
        raise AnswerCutOff("")
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__looks_for_the_word(model, text):
    """The word length is somewhere in an answer that was cut off.

    Caught by: test_other_reasons_are_no_cuts
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    if "length" in str(answer["raw"]) or "max_tokens" in str(answer["raw"]):
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__asks_for_the_rest(model, text):
    """If it was cut off, ask for the rest.

    Caught by: test_half_a_list_is_none
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        rest = asked.invoke(f"{text}\nGo on from here: {answer['parsed']}")
        return [*answer["parsed"].items, *rest["parsed"].items]
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__without_the_last_one(model, text):
    """If it was cut off, only the last item is not complete.

    Caught by: test_half_a_list_is_none
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        return answer["parsed"].items[:-1]
    return answer["parsed"].items


def extract_items__no_call_is_empty(model, text):
    """No call means that there is nothing to buy.

    Caught by: test_words_are_no_list
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsing_error"] is not None:
        raise answer["parsing_error"]
    return answer["parsed"].items if answer["parsed"] else []


def extract_items__empty_is_no_list(model, text):
    """A list without items is none.

    Caught by: test_all_items_come_back
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsed"] is None or not answer["parsed"].items:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"].items


def extract_items__each_once(model, text):
    """Nobody buys the same thing twice.

    Caught by: test_all_items_come_back
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return list(dict.fromkeys(answer["parsed"].items))


def extract_items__gives_the_form(model, text):
    """The Shopping is the list.

    Caught by: test_all_items_come_back
    """
    asked = model.with_structured_output(Shopping, method="function_calling", include_raw=True)
    answer = asked.invoke(text)
    said = answer["raw"].response_metadata
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        raise AnswerCutOff("")
    if answer["parsed"] is None:
        raise answer["parsing_error"] or NotValid([answer["raw"].text])
    return answer["parsed"]


def extract_items__reads_the_arguments(model, text):
    """The arguments have the items, so nothing has to be checked.

    Caught by: test_what_does_not_fit_is_refused
    """
    message = model.bind_tools([Shopping]).invoke(text)
    said = message.response_metadata
    if {said.get("finish_reason"), said.get("stop_reason")} & CUT_OFF:
        raise AnswerCutOff("")
    if not message.tool_calls:
        raise NotValid([message.text])
    return message.tool_calls[0]["args"].get("items", [])


def extract_items__what_does_not_fit_comes_first(model, text):
    """First see whether it fits, and then whether it is whole.

    Caught by: test_it_may_be_cut_anywhere
    """
    answer = _ask(model, Shopping, "function_calling", text)
    if answer["parsing_error"] is not None:
        raise ValueError(str(answer["parsing_error"]))
    told = answer["raw"].response_metadata
    if {told.get(key) for key in ("finish_reason", "stop_reason")} & CUT_OFF:
        raise AnswerCutOff(answer["raw"].text)
    if answer["parsed"] is None:
        raise NotValid([answer["raw"].text])
    return answer["parsed"].items


# sort_request


def sort_request__a_union_is_a_type(model, text):
    """A union is a type like any other.

    Caught by: test_the_model_is_told_both_forms
    """
    return model.with_structured_output(Refund | Complaint).invoke(text)


def sort_request__pydantic_finds_out(model, text):
    """pydantic finds out which of the two it is.

    Caught by: test_without_a_kind_nothing_is_guessed
    """

    class Request(BaseModel):
        request: Refund | Complaint

    answer = model.with_structured_output(Request).invoke(text)
    return Request.model_validate(answer).request


def sort_request__one_then_the_other(model, text):
    """What does not fit the first form fits the second.

    Caught by: test_the_model_is_told_both_forms
    """
    try:
        return model.with_structured_output(Refund).invoke(text)
    except ValueError:
        return model.with_structured_output(Complaint).invoke(text)


def sort_request__looks_for_money(model, text):
    """Who wants a refund writes about money.

    Caught by: test_the_model_is_told_both_forms
    """
    kind = Refund if "money" in text else Complaint
    return kind.model_validate(model.with_structured_output(kind).invoke(text))


def sort_request__decides_by_itself(model, text):
    """The text says it, whatever the model has filled in.

    Caught by: test_it_gives_an_object_of_that_class
    """

    class Request(BaseModel):
        request: Refund | Complaint = Field(discriminator="kind")

    answer = model.with_structured_output(Request).invoke(text)
    found = Request.model_validate(answer).request
    kind = Refund if "money" in text else Complaint
    return kind(order=found.order, text=found.text)


def sort_request__the_wrapper_is_the_answer(model, text):
    """The wrapper is the answer.

    Caught by: test_it_gives_an_object_of_that_class
    """

    class Request(BaseModel):
        request: Refund | Complaint = Field(discriminator="kind")

    return Request.model_validate(model.with_structured_output(Request).invoke(text))


def sort_request__one_flat_form(model, text):
    """One form with a kind is enough for both.

    Caught by: test_without_a_kind_nothing_is_guessed
    """

    class Request(BaseModel):
        """A refund or a complaint."""

        kind: str = "refund"
        order: str
        text: str

    found = Request.model_validate(model.with_structured_output(Request).invoke(text))
    made = Complaint if found.kind == "complaint" else Refund
    return made(order=found.order, text=found.text)


def sort_request__anything_else_complains(model, text):
    """What is no refund is a complaint.

    Caught by: test_another_kind_is_none_of_them
    """

    class Request(BaseModel):
        """A refund or a complaint."""

        kind: str
        order: str
        text: str

    found = Request.model_validate(model.with_structured_output(Request).invoke(text))
    made = Refund if found.kind == "refund" else Complaint
    return made(order=found.order, text=found.text)


def sort_request__without_the_case(model, text):
    """Upper case is no other kind.

    Caught by: test_another_kind_is_none_of_them
    """

    class Request(BaseModel):
        """A refund or a complaint."""

        kind: str
        order: str
        text: str

    found = Request.model_validate(model.with_structured_output(Request).invoke(text))
    made = {"refund": Refund, "complaint": Complaint}.get(found.kind.lower())
    if made is None:
        raise ValueError(f"kind is {found.kind!r}")
    return made(order=found.order, text=found.text)


def sort_request__two_tools(model, text):
    """The name of the tool says the kind.

    Caught by: test_without_a_kind_nothing_is_guessed
    """
    message = model.bind_tools([Refund, Complaint], tool_choice="any").invoke(text)
    if not message.tool_calls:
        raise ValueError("no call")
    call = message.tool_calls[0]
    made = {"Refund": Refund, "Complaint": Complaint}[call["name"]]
    return made.model_validate(call["args"])


def sort_request__none_for_others(model, text):
    """What is neither of the two is None.

    Caught by: test_without_a_kind_nothing_is_guessed
    """

    class Request(BaseModel):
        request: Refund | Complaint = Field(discriminator="kind")

    try:
        return model.with_structured_output(Request).invoke(text).request
    except ValueError:
        return None


def sort_request__fills_gaps(model, text):
    """A field that is missing is an empty text.

    Caught by: test_fields_are_checked
    """

    class Request(BaseModel):
        """A refund or a complaint."""

        kind: Literal["refund", "complaint"]
        order: str = ""
        text: str = ""

    found = Request.model_validate(model.with_structured_output(Request).invoke(text))
    made = Refund if found.kind == "refund" else Complaint
    return made(order=found.order, text=found.text)


def sort_request__no_call_gives_none(model, text):
    """With function_calling, there is always a call.

    Caught by: test_words_are_no_request
    """

    class Request(BaseModel):
        request: Refund | Complaint = Field(discriminator="kind")

    found = model.with_structured_output(Request, method="function_calling").invoke(text)
    return found and found.request


def sort_request__classifies_first(model, text):
    """First ask which one it is, then fill in the form.

    Caught by: test_the_model_is_told_both_forms
    """

    class Kind(BaseModel):
        kind: Literal["refund", "complaint"]

    kind = Kind.model_validate(model.with_structured_output(Kind).invoke(text)).kind
    made = Refund if kind == "refund" else Complaint
    return made.model_validate(model.with_structured_output(made).invoke(text))


def sort_request__words_become_none(model, text):
    """Without a request, there is nothing to return.

    Caught by: test_words_are_no_request
    """

    class Request(BaseModel):
        """What a customer wants."""

        request: Refund | Complaint = Field(discriminator="kind")

    answer = model.with_structured_output(Request).invoke(text)
    return getattr(answer, "request", None)


def sort_request__numbers_become_text(model, text):
    """The number of an order is meant as a text.

    Caught by: test_fields_are_checked
    """

    class Request(BaseModel):
        """What a customer wants."""

        request: Refund | Complaint = Field(discriminator="kind")

    answer = model.with_structured_output(Request, include_raw=True).invoke(text)
    if answer["parsed"] is not None:
        return answer["parsed"].request
    try:
        values = dict(answer["raw"].tool_calls[0]["args"]["request"])
        form = {"refund": Refund, "complaint": Complaint}[values["kind"]]
    except (LookupError, TypeError) as error:
        raise ValueError("no request") from error
    if type(values.get("order")) is int:
        values["order"] = str(values["order"])
    return form.model_validate(values)


# extract_with_retry


def extract_with_retry__asks_again(model, text, attempts=3):
    """with_retry is made for this.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode")
    again = asked.with_retry(
        retry_if_exception_type=(ValueError,),
        wait_exponential_jitter=False,
        stop_after_attempt=attempts,
    )
    try:
        return again.invoke([SystemMessage(FORM), HumanMessage(text)])
    except ValueError as error:
        raise NotValid([str(error)] * attempts) from None


def extract_with_retry__a_louder_prompt(model, text, attempts=3):
    """The model has to be told more clearly.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages = [SystemMessage(FORM), HumanMessage(text)]
    problems = []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*messages, answer["raw"], HumanMessage("This is WRONG! Write VALID JSON!")]
    raise NotValid(problems)


def extract_with_retry__mends_it_itself(model, text, attempts=3):
    """What is missing has a sensible default.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    answer = asked.invoke([SystemMessage(FORM), HumanMessage(text)])
    return answer["parsed"] or Ticket(title="unknown", priority="normal", minutes=0)


def extract_with_retry__a_system_message(model, text, attempts=3):
    """Models listen to system messages.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], SystemMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__gives_none(model, text, attempts=3):
    """If nothing helps, there is no ticket.

    Caught by: test_it_gives_up
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages = beginning
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        messages = [*beginning, answer["raw"], HumanMessage(str(answer["parsing_error"]))]
    return None


def extract_with_retry__gives_up_at_once(model, text, attempts=3):
    """If the answer does not fit, say so.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    answer = asked.invoke([SystemMessage(FORM), HumanMessage(text)])
    if answer["parsed"] is None:
        raise NotValid([str(answer["parsing_error"])])
    return answer["parsed"]


def extract_with_retry__attempts_are_repetitions(model, text, attempts=3):
    """The first call is none of the attempts.

    Caught by: test_it_gives_up
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts + 1):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__one_too_few(model, text, attempts=3):
    """range(1, attempts) counts from 1 to attempts.

    Caught by: test_the_first_answer_may_fit
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(1, attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__never_ends(model, text, attempts=3):
    """The model gets it right in the end.

    Caught by: test_it_gives_up
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages = beginning
    while True:
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        reason = HumanMessage(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], reason]


def extract_with_retry__only_the_last_problem(model, text, attempts=3):
    """The last problem is the one that counts.

    Caught by: test_it_gives_up
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problem = beginning, ""
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problem = str(answer["parsing_error"])
        messages = [*beginning, answer["raw"], HumanMessage(problem)]
    raise NotValid([problem])


def extract_with_retry__without_the_wrong_answer(model, text, attempts=3):
    """The model knows what it has written.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__only_the_reason(model, text, attempts=3):
    """The model remembers the text.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    messages, problems = [SystemMessage(FORM), HumanMessage(text)], []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__the_first_wrong_answer(model, text, attempts=3):
    """The first wrong answer is the one to mend.

    Caught by: test_each_answer_has_faults_of_its_own
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems, first = beginning, [], None
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        first = first or answer["raw"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, first, HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__the_first_problem(model, text, attempts=3):
    """The model has been told what is wrong.

    Caught by: test_each_answer_has_faults_of_its_own
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], HumanMessage(problems[0])]
    raise NotValid(problems)


def extract_with_retry__the_answer_as_a_question(model, text, attempts=3):
    """Who has said what does not matter.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        wrong = HumanMessage(answer["raw"].text)
        messages = [*beginning, wrong, HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__the_reason_first(model, text, attempts=3):
    """First the reason, then what it is about.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, HumanMessage(problems[-1]), answer["raw"]]
    raise NotValid(problems)


def extract_with_retry__without_the_form(model, text, attempts=3):
    """json_mode tells the model the form.

    Caught by: test_how_it_asks
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__one_long_prompt(model, text, attempts=3):
    """One message holds all that is needed.

    Caught by: test_how_it_asks
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [HumanMessage(f"{FORM}\n{text}")]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__by_calls(model, text, attempts=3):
    """All methods come to the same.

    Caught by: test_how_it_asks
    """
    asked = model.with_structured_output(Ticket, method="function_calling", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__tries_everything_again(model, text, attempts=3):
    """Each error is worth another attempt.

    Caught by: test_errors_pass
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        try:
            answer = asked.invoke(messages)
        except Exception as error:
            problems.append(str(error))
            continue
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__names_the_first_field(model, text, attempts=3):
    """One thing after the other.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.bind(response_format={"type": "json_object"})
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        message = asked.invoke(messages)
        try:
            return Ticket.model_validate_json(message.text)
        except ValueError as error:
            first = error.errors()[0]
            problems.append(f"{[*first['loc'], 'JSON'][0]}: {first['msg']}")
        messages = [*beginning, message, HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__names_fields_only(model, text, attempts=3):
    """The names of the fields are enough.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.bind(response_format={"type": "json_object"})
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        message = asked.invoke(messages)
        try:
            return Ticket.model_validate_json(message.text)
        except ValueError as error:
            names = [str(one["loc"][0]) if one["loc"] else "JSON" for one in error.errors()]
            problems.append(", ".join(names))
        messages = [*beginning, message, HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__the_same_reason_for_all(model, text, attempts=3):
    """To say that a field is wrong is to say why.

    Caught by: test_each_field_has_a_reason_of_its_own
    """
    asked = model.bind(response_format={"type": "json_object"})
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        message = asked.invoke(messages)
        try:
            return Ticket.model_validate_json(message.text)
        except ValueError as error:
            names = [str(one["loc"][0]) if one["loc"] else "JSON" for one in error.errors()]
            problems.append(f"These values are wrong: {', '.join(names)}")
        messages = [*beginning, message, HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__raises_the_last_error(model, text, attempts=3):
    """The last error is the one to raise.

    Caught by: test_it_gives_up
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, error = beginning, None
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        error = answer["parsing_error"]
        messages = [*beginning, answer["raw"], HumanMessage(str(error))]
    raise error


def extract_with_retry__five_attempts(model, text, attempts=5):
    """Five attempts are better than three.

    Caught by: test_three_attempts_if_nobody_says_how_many
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__asks_until_the_end(model, text, attempts=3):
    """The last of several answers is the best one.

    Caught by: test_the_first_answer_may_fit
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    found, problems = None, []
    messages = beginning
    for _ in range(attempts):
        answer = asked.invoke(messages)
        found = answer["parsed"] or found
        if answer["parsed"] is None:
            problems.append(str(answer["parsing_error"]))
            messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    if found is None:
        raise NotValid(problems)
    return found


def extract_with_retry__no_json_is_the_end(model, text, attempts=3):
    """Words cannot be mended.

    Caught by: test_each_answer_has_faults_of_its_own
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        if not answer["raw"].text.startswith("{"):
            break
        messages = [*beginning, answer["raw"], HumanMessage(problems[-1])]
    raise NotValid(problems)


def extract_with_retry__shows_it_again(model, text, attempts=3):
    """The model sees what is wrong when it looks at its answer.

    Caught by: test_the_model_is_told_what_is_wrong
    """
    asked = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    beginning = [SystemMessage(FORM), HumanMessage(text)]
    messages, problems = beginning, []
    for _ in range(attempts):
        answer = asked.invoke(messages)
        if answer["parsed"] is not None:
            return answer["parsed"]
        problems.append(str(answer["parsing_error"]))
        reason = HumanMessage(f"This was wrong: {answer['raw'].text}")
        messages = [*beginning, answer["raw"], reason]
    raise NotValid(problems)


def extract_with_retry__problem_per_field(
    model: BaseChatModel, text: str, attempts: int = 3
) -> Ticket:
    """A problem is what is wrong with one field.

    Caught by: test_any_faults
    """
    from pydantic import ValidationError

    structured = model.with_structured_output(Ticket, method="json_mode", include_raw=True)
    start: list[BaseMessage] = [SystemMessage(FORM), HumanMessage(text)]
    messages = start
    problems: list[str] = []
    for _ in range(attempts):
        result = cast(dict[str, Any], structured.invoke(messages))
        if isinstance(result["parsed"], Ticket):
            return result["parsed"]
        error = result["parsing_error"]
        cause = error if isinstance(error, ValidationError) else getattr(error, "__cause__", None)
        if isinstance(cause, ValidationError):
            found = [
                ".".join(str(part) for part in one["loc"]) + ": " + one["msg"]
                for one in cause.errors()
            ]
        else:
            found = [str(error) if error else "no JSON object"]
        problems += found
        messages = [*start, result["raw"], HumanMessage("This is wrong: " + "; ".join(found))]
    raise NotValid(problems)
