"""Wrong answers to lesson 05 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821, RET503


# error_message


def error_message__looks_like_a_success(call, reason):
    """The text says that it is an error.

    Caught by: test_it_says_that_it_went_wrong
    """
    return ToolMessage(reason, name=call["name"], tool_call_id=call["id"])


def error_message__raises(call, reason):
    """Errors are raised.

    Caught by: test_it_is_a_message
    """
    raise ToolException(reason)


def error_message__makes_up_a_status(call, reason):
    """Whatever describes it can be the status.

    Caught by: test_it_says_that_it_went_wrong
    """
    return ToolMessage(reason, name=call["name"], tool_call_id=call["id"], status="failed")


def error_message__adds_error(call, reason):
    """The word Error makes it clear.

    Caught by: test_the_reason_is_the_content
    """
    text = f"Error: {reason}"
    return ToolMessage(text, name=call["name"], tool_call_id=call["id"], status="error")


def error_message__makes_up_an_id(call, reason):
    """A message has an id of its own.

    Caught by: test_it_answers_the_call
    """
    own = f"answer_{len(reason)}"
    return ToolMessage(reason, name=call["name"], tool_call_id=own, status="error")


def error_message__answers_with_the_name(call, reason):
    """The name says which call it answers.

    Caught by: test_it_answers_the_call
    """
    return ToolMessage(reason, tool_call_id=call["name"], status="error")


def error_message__leaves_out_the_name(call, reason):
    """The id is enough.

    Caught by: test_it_answers_the_call
    """
    return ToolMessage(reason, tool_call_id=call["id"], status="error")


def error_message__cleans_the_reason(call, reason):
    """Spaces around a text are dirt.

    Caught by: test_the_reason_is_the_content
    """
    return ToolMessage(reason.strip(), name=call["name"], tool_call_id=call["id"], status="error")


def error_message__replaces_nothing(call, reason):
    """An error without a reason needs one.

    Caught by: test_the_reason_is_the_content
    """
    text = reason or "unknown error"
    return ToolMessage(text, name=call["name"], tool_call_id=call["id"], status="error")


def error_message__is_a_dict(call, reason):
    """A dict with the right keys is a message.

    Caught by: test_it_is_a_message
    """
    return {"content": reason, "tool_call_id": call["id"], "status": "error"}


def error_message__cuts_a_long_reason(call, reason):
    """A long reason fills the model's memory.

    Caught by: test_the_reason_is_the_content
    """
    return ToolMessage(reason[:2000], name=call["name"], tool_call_id=call["id"], status="error")


# shorten


def shorten__three_dots(text, limit):
    """Three dots say enough.

    Caught by: test_it_says_how_much_is_missing
    """
    return text if len(text) <= limit else text[: limit - 3] + "..."


def shorten__keeps_the_end(text, limit):
    """What matters stands at the end.

    Caught by: test_it_says_how_much_is_missing
    """
    if len(text) <= limit:
        return text
    kept = limit - 40
    return f"[{len(text) - kept} characters left out] {text[-kept:]}"


def shorten__cuts_at_words(text, limit):
    """A word must not be cut.

    Caught by: test_words_may_be_long
    """
    if len(text) <= limit:
        return text
    kept = text[: limit - 30].rsplit(" ", 1)[0]
    return f"{kept} [{len(text) - len(kept)} left out]"


def shorten__uses_textwrap(text, limit):
    """The standard library has a function for it.

    Caught by: test_white_space_is_text
    """
    import textwrap

    if len(text) <= limit:
        return text
    kept = textwrap.shorten(text, limit - 24, placeholder="")
    return f"{kept} [{len(text) - len(kept)} left out]"


def shorten__one_more_does_not_matter(text, limit):
    """A text that is one character too long needs no note.

    Caught by: test_one_character_too_many
    """
    if len(text) <= limit + 1:
        return text
    kept = limit - 40
    return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__forgets_the_note(text, limit):
    """The limit is for the text, and the note comes on top.

    Caught by: test_it_keeps_to_the_limit
    """
    if len(text) <= limit:
        return text
    return f"{text[:limit]} [{len(text) - limit} characters left out]"


def shorten__counts_what_is_over_the_limit(text, limit):
    """What is left out is what was too much.

    Caught by: test_it_says_how_much_is_missing
    """
    if len(text) <= limit:
        return text
    return f"{text[: limit - 40]} [{len(text) - limit} characters left out]"


def shorten__says_how_long_it_was(text, limit):
    """The length of the text says how much is missing.

    Caught by: test_it_says_how_much_is_missing
    """
    if len(text) <= limit:
        return text
    return f"{text[: limit - 40]} [of {len(text)} characters]"


def shorten__below_the_limit(text, limit):
    """A text of exactly `limit` characters is too long.

    Caught by: test_a_short_text_stays
    """
    if len(text) < limit:
        return text
    kept = limit - 40
    return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__always_adds_a_note(text, limit):
    """The note is always there, also with a 0.

    Caught by: test_a_short_text_stays
    """
    kept = len(text) if len(text) <= limit else limit - 40
    return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__room_for_four_digits(text, limit):
    """No text is longer than 9,999 characters.

    Caught by: test_it_keeps_to_the_limit
    """
    if len(text) <= limit:
        return text
    kept = limit - 27
    return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__keeps_half(text, limit):
    """Half of the limit is enough for the text.

    Caught by: test_it_keeps_to_the_limit
    """
    if len(text) <= limit:
        return text
    kept = limit // 2
    return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__strips(text, limit):
    """Spaces around a text are dirt.

    Caught by: test_a_short_text_stays
    """
    text = text.strip()
    if len(text) <= limit:
        return text
    kept = limit - 40
    return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__counts_bytes(text, limit):
    """A character is a byte.

    Caught by: test_a_short_text_stays
    """
    if len(text.encode()) <= limit:
        return text
    kept = limit - 40
    return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__drops_blank_end(text: str, limit: int) -> str:
    """White space at the end of what is kept is no loss.

    Caught by: test_any_text
    """
    if len(text) <= limit:
        return text
    room = len(f"  [{len(text)} characters left out]")
    kept = text[: limit - room].rstrip()
    return f"{kept}  [{len(text) - len(kept)} characters left out]"


# safe_call


def safe_call__tells_the_exception(tool, call):
    """The model needs the details.

    Caught by: test_secrets_stay_secret
    """
    try:
        return tool.invoke(call)
    except Exception as error:
        return error_message(call, str(error))


def safe_call__tells_the_kind(tool, call):
    """The class of an exception gives nothing away.

    Caught by: test_secrets_stay_secret
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception as error:
        return error_message(call, f"{type(error).__name__}: {SORRY}")


def safe_call__lets_the_tool_handle_it(tool, call):
    """LangChain has a switch for that.

    Caught by: test_secrets_stay_secret
    """
    tool.handle_tool_error = True
    return tool.invoke(call)


def safe_call__asks_langchain_to_explain(tool, call):
    """handle_validation_error=True says what is wrong with the arguments.

    Caught by: test_each_wrong_argument_is_explained
    """
    tool = tool.model_copy(update={"handle_validation_error": True})
    try:
        return tool.invoke(call)
    except ToolException as error:
        return error_message(call, str(error))
    except ValidationError:
        return error_message(call, "Tool input validation error")
    except Exception:
        return error_message(call, SORRY)


def safe_call__changes_the_tool(tool, call):
    """The tool is mine, so its switches are as well.

    Caught by: test_the_tool_stays_as_it_is
    """
    tool.handle_tool_error = True
    tool.handle_validation_error = lambda error: "\n".join(
        f"{one['loc'][0]}: {one['msg']}" for one in error.errors()
    )
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, tool.handle_validation_error(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__a_tool_exception_is_like_others(tool, call):
    """ToolException is an error like others.

    Caught by: test_what_a_tool_says_reaches_the_model
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__everything_is_sorry(tool, call):
    """Every error is the same to the model.

    Caught by: test_each_wrong_argument_is_explained
    """
    try:
        return tool.invoke(call)
    except Exception:
        return error_message(call, SORRY)


def safe_call__catches_exception_first(tool, call):
    """The order of the excepts makes no difference.

    Caught by: test_each_wrong_argument_is_explained
    """
    try:
        return tool.invoke(call)
    except Exception:
        return error_message(call, SORRY)
    except ValidationError as error:
        return error_message(call, str(error))


def safe_call__names_the_first(tool, call):
    """One mistake at a time is enough.

    Caught by: test_each_wrong_argument_is_explained
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        first = error.errors()[0]
        return error_message(call, f"{first['loc'][0]}: {first['msg']}")
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__names_without_reasons(tool, call):
    """Which arguments are wrong is all that the model needs.

    Caught by: test_each_wrong_argument_is_explained
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        names = ", ".join(str(one["loc"][0]) for one in error.errors())
        return error_message(call, f"Wrong arguments: {names}")
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__reasons_without_names(tool, call):
    """What is wrong is all that the model needs.

    Caught by: test_each_wrong_argument_is_explained
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, "; ".join(one["msg"] for one in error.errors()))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__makes_the_message_again(tool, call):
    """A success needs a message that I make.

    Caught by: test_the_message_is_that_of_the_tool
    """
    try:
        result = tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)
    return ToolMessage(result.content, name=call["name"], tool_call_id=call["id"])


def safe_call__hands_over_the_arguments(tool, call):
    """The arguments are all that a tool needs.

    Caught by: test_the_message_is_that_of_the_tool
    """
    try:
        return tool.invoke(call["args"])
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__catches_ctrl_c(tool, call):
    """A bare except catches every error.

    Caught by: test_ctrl_c_stops_it
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except:  # noqa: E722
        return error_message(call, SORRY)


def safe_call__says_nothing(tool, call):
    """What cannot be said is left empty.

    Caught by: test_secrets_stay_secret
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, "")


def safe_call__tries_again(tool, call):
    """Whatever fails may go well the second time.

    Caught by: test_secrets_stay_secret
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        try:
            return tool.invoke(call)
        except Exception:
            return error_message(call, SORRY)


def safe_call__catches_some(tool, call):
    """A tool fails with ValueError or RuntimeError.

    Caught by: test_secrets_stay_secret
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except (ValueError, RuntimeError):
        return error_message(call, SORRY)


def safe_call__returns_none(tool, call):
    """A log is where errors belong, and the model needs nothing.

    Caught by: test_secrets_stay_secret
    """
    import logging

    try:
        return tool.invoke(call)
    except Exception as error:
        logging.getLogger(__name__).debug(str(error))
        return None


def safe_call__names_the_last_part(tool, call):
    """The last part of loc says where it is wrong.

    Caught by: test_each_wrong_argument_is_explained
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        reason = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
    except ToolException as error:
        reason = str(error)
    except Exception:
        reason = SORRY
    return ToolMessage(reason, tool_call_id=call["id"], name=call["name"], status="error")


def safe_call__one_reason_for_each_argument(tool, call):
    """An argument is wrong for one reason.

    Caught by: test_each_wrong_argument_is_explained
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        found = {str(one["loc"][0]): one["msg"] for one in error.errors()}
        wrong = (f"{name}: {reason}" for name, reason in found.items())
        return error_message(call, "\n".join(wrong))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__tells_the_cause(tool, call):
    """A ToolException below another error is for the model, too.

    Caught by: test_secrets_stay_secret
    """
    try:
        return tool.invoke(call)
    except ValidationError as error:
        wrong = (f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        return error_message(call, "\n".join(wrong))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception as error:
        cause = error.__cause__
        return error_message(call, str(cause) if isinstance(cause, ToolException) else SORRY)


# answer_all_calls


def answer_all_calls__only_calls_that_can_be_read(message, tools):
    """A broken call is no call.

    Caught by: test_a_broken_call_is_a_call
    """
    return [
        safe_call(tools[call["name"]], call)
        if call["name"] in tools
        else error_message(call, ", ".join(tools))
        for call in message.tool_calls
    ]


def answer_all_calls__repairs(message, tools):
    """It is nearly JSON, so it can be mended.

    Caught by: test_a_broken_call_is_a_call
    """
    from langchain_core.utils.json import parse_partial_json

    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(safe_call(tools[call["name"]], call))
        else:
            answers.append(error_message(call, ", ".join(tools)))
    for broken in message.invalid_tool_calls:
        try:
            args = parse_partial_json(broken["args"])
            call = {**broken, "args": args, "type": "tool_call"}
            answers.append(safe_call(tools[broken["name"]], call))
        except Exception:
            answers.append(error_message(broken, "no JSON"))
    return answers


def answer_all_calls__ends_at_a_failure(message, tools):
    """After a failure there is nothing more to do.

    Caught by: test_each_is_answered_as_safe_call_does
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] not in tools:
            answers.append(error_message(call, ", ".join(tools)))
            continue
        answers.append(safe_call(tools[call["name"]], call))
        if answers[-1].status == "error":
            return answers
    return answers + [error_message(call, "no JSON") for call in message.invalid_tool_calls]


def answer_all_calls__broken_ones_first(message, tools):
    """What is easy comes first.

    Caught by: test_all_kinds_at_once
    """
    answers = [error_message(call, "no JSON") for call in message.invalid_tool_calls]
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(safe_call(tools[call["name"]], call))
        else:
            answers.append(error_message(call, ", ".join(tools)))
    return answers


def answer_all_calls__once_for_each_tool(message, tools):
    """One answer for each tool will do.

    Caught by: test_each_is_answered_as_safe_call_does
    """
    answers = {}
    for call in message.tool_calls:
        if call["name"] in tools:
            answers[call["name"]] = safe_call(tools[call["name"]], call)
        else:
            answers[call["name"]] = error_message(call, ", ".join(tools))
    broken = [error_message(call, "no JSON") for call in message.invalid_tool_calls]
    return [*answers.values(), *broken]


def answer_all_calls__all_tools_are_there(message, tools):
    """Models know my tools.

    Caught by: test_a_tool_that_is_not_there
    """
    answers = [safe_call(tools[call["name"]], call) for call in message.tool_calls]
    return answers + [error_message(call, "no JSON") for call in message.invalid_tool_calls]


def answer_all_calls__skips_unknown_tools(message, tools):
    """What is not there needs no answer.

    Caught by: test_a_tool_that_is_not_there
    """
    answers = [
        safe_call(tools[call["name"]], call) for call in message.tool_calls if call["name"] in tools
    ]
    return answers + [error_message(call, "no JSON") for call in message.invalid_tool_calls]


def answer_all_calls__does_not_name_the_tools(message, tools):
    """That there is no such tool says enough.

    Caught by: test_a_tool_that_is_not_there
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(safe_call(tools[call["name"]], call))
        else:
            answers.append(error_message(call, f"There is no tool {call['name']}."))
    return answers + [error_message(call, "no JSON") for call in message.invalid_tool_calls]


def answer_all_calls__invokes(message, tools):
    """A tool is run with invoke, so that is what I do.

    Caught by: test_each_is_answered_as_safe_call_does
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(tools[call["name"]].invoke(call))
        else:
            answers.append(error_message(call, ", ".join(tools)))
    return answers + [error_message(call, "no JSON") for call in message.invalid_tool_calls]


def answer_all_calls__tells_the_exception(message, tools):
    """The exception says best what went wrong.

    Caught by: test_each_is_answered_as_safe_call_does
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            try:
                answers.append(tools[call["name"]].invoke(call))
            except Exception as error:
                answers.append(error_message(call, str(error)))
        else:
            answers.append(error_message(call, ", ".join(tools)))
    return answers + [error_message(call, "no JSON") for call in message.invalid_tool_calls]


def answer_all_calls__the_first_only(message, tools):
    """A message has one call.

    Caught by: test_each_is_answered_as_safe_call_does
    """
    broken = [error_message(call, "no JSON") for call in message.invalid_tool_calls]
    if not message.tool_calls:
        return broken
    call = message.tool_calls[0]
    if call["name"] not in tools:
        return [error_message(call, ", ".join(tools)), *broken]
    return [safe_call(tools[call["name"]], call), *broken]


def answer_all_calls__says_nothing(message, tools):
    """An error message needs no words.

    Caught by: test_a_broken_call_is_a_call
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(safe_call(tools[call["name"]], call))
        else:
            answers.append(error_message(call, ", ".join(tools)))
    return answers + [error_message(call, "") for call in message.invalid_tool_calls]


def answer_all_calls__a_call_has_a_name(message, tools):
    """What has no name is no call.

    Caught by: test_a_broken_call_is_a_call
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(safe_call(tools[call["name"]], call))
        else:
            answers.append(error_message(call, f"No such tool. There are: {', '.join(tools)}"))
    for broken in message.invalid_tool_calls:
        if broken["name"]:
            answers.append(error_message(broken, "The arguments are no JSON."))
    return answers


# call_with_retry


def call_with_retry__every_error_may_pass(tool, call, attempts=3, wait=1.0):
    """Every error may be gone a moment later.

    Caught by: test_other_errors_pass_at_once
    """
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except Exception:
            if number == attempts - 1:
                raise
            time.sleep(wait * 2**number)


def call_with_retry__attempts_are_retries(tool, call, attempts=3, wait=1.0):
    """Attempts are what comes after the first call.

    Caught by: test_it_tries_so_many_times_and_no_more
    """
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            time.sleep(wait * 2**number)
    return tool.invoke(call)


def call_with_retry__one_too_few(tool, call, attempts=3, wait=1.0):
    """The last attempt is the one that is not made.

    Caught by: test_it_tries_so_many_times_and_no_more
    """
    for number in range(attempts - 2):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            time.sleep(wait * 2**number)
    return tool.invoke(call)


def call_with_retry__waits_first(tool, call, attempts=3, wait=1.0):
    """A wait before each try does no harm.

    Caught by: test_other_errors_pass_at_once
    """
    for number in range(attempts):
        time.sleep(wait * 2**number)
        try:
            return tool.invoke(call)
        except TRANSIENT:
            if number == attempts - 1:
                raise


def call_with_retry__waits_at_random(tool, call, attempts=3, wait=1.0):
    """Jitter is always good.

    Caught by: test_each_wait_is_twice_as_long
    """
    import random

    for number in range(attempts - 1):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            time.sleep(wait * 2**number * random.Random(number).uniform(0.5, 1.5))
    return tool.invoke(call)


def call_with_retry__raises_the_first_error(tool, call, attempts=3, wait=1.0):
    """The first error is the cause.

    Caught by: test_the_last_error_passes_at_once
    """
    first = None
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT as error:
            first = first or error
            if number < attempts - 1:
                time.sleep(wait * 2**number)
    raise first


def call_with_retry__waits_after_the_last_try(tool, call, attempts=3, wait=1.0):
    """Each failure is followed by a wait.

    Caught by: test_the_last_error_passes_at_once
    """
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT as error:
            last = error
            time.sleep(wait * 2**number)
    raise last


def call_with_retry__same_wait_each_time(tool, call, attempts=3, wait=1.0):
    """A wait is a wait.

    Caught by: test_each_wait_is_twice_as_long
    """
    for _ in range(attempts - 1):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            time.sleep(wait)
    return tool.invoke(call)


def call_with_retry__waits_grow_by_adding(tool, call, attempts=3, wait=1.0):
    """Longer each time means: wait, 2 * wait, 3 * wait.

    Caught by: test_each_wait_is_twice_as_long
    """
    for number in range(1, attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            time.sleep(wait * number)
    return tool.invoke(call)


def call_with_retry__begins_with_twice_the_wait(tool, call, attempts=3, wait=1.0):
    """The first wait is already doubled.

    Caught by: test_each_wait_is_twice_as_long
    """
    for _ in range(attempts - 1):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            wait *= 2
            time.sleep(wait)
    return tool.invoke(call)


def call_with_retry__does_not_wait(tool, call, attempts=3, wait=1.0):
    """Asking again at once is quickest.

    Caught by: test_each_wait_is_twice_as_long
    """
    for _ in range(attempts - 1):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            continue
    return tool.invoke(call)


def call_with_retry__only_timeouts(tool, call, attempts=3, wait=1.0):
    """Only a timeout passes.

    Caught by: test_it_tries_again
    """
    for number in range(attempts - 1):
        try:
            return tool.invoke(call)
        except TimeoutError:
            time.sleep(wait * 2**number)
    return tool.invoke(call)


def call_with_retry__all_os_errors(tool, call, attempts=3, wait=1.0):
    """TRANSIENT is what OSError stands for.

    Caught by: test_other_errors_pass_at_once
    """
    for number in range(attempts - 1):
        try:
            return tool.invoke(call)
        except OSError:
            time.sleep(wait * 2**number)
    return tool.invoke(call)


def call_with_retry__says_sorry_in_the_end(tool, call, attempts=3, wait=1.0):
    """In the end the model is told, as safe_call does it.

    Caught by: test_the_last_error_passes_at_once
    """
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            if number < attempts - 1:
                time.sleep(wait * 2**number)
    return error_message(call, SORRY)


def call_with_retry__uses_safe_call(tool, call, attempts=3, wait=1.0):
    """safe_call runs a tool, so it can be run again with it.

    Caught by: test_other_errors_pass_at_once
    """
    for number in range(attempts):
        message = safe_call(tool, call)
        if message.status == "success" or number == attempts - 1:
            return message
        time.sleep(wait * 2**number)


def call_with_retry__gives_the_content(tool, call, attempts=3, wait=1.0):
    """The result is the text.

    Caught by: test_it_tries_again
    """
    for number in range(attempts - 1):
        try:
            return tool.invoke(call).content
        except TRANSIENT:
            time.sleep(wait * 2**number)
    return tool.invoke(call).content


def call_with_retry__catches_ctrl_c(tool, call, attempts=3, wait=1.0):
    """Whoever presses Ctrl-C can press it again.

    Caught by: test_ctrl_c_stops_it
    """
    for number in range(attempts - 1):
        try:
            return tool.invoke(call)
        except (*TRANSIENT, KeyboardInterrupt):
            time.sleep(wait * 2**number)
    return tool.invoke(call)


def call_with_retry__looks_at_the_cause(tool, call, attempts=3, wait=1.0):
    """What was raised from a timeout is a timeout.

    Caught by: test_other_errors_pass_at_once
    """
    for number in range(attempts - 1):
        try:
            return tool.invoke(call)
        except Exception as error:
            if not isinstance(error, TRANSIENT) and not isinstance(error.__cause__, TRANSIENT):
                raise
            time.sleep(wait * 2**number)
    return tool.invoke(call)


def call_with_retry__an_error_message_is_a_failure(tool, call, attempts=3, wait=1.0):
    """A message with the status "error" says that the tool has failed.

    Caught by: test_any_message_is_a_result
    """
    for number in range(attempts - 1):
        try:
            message = tool.invoke(call)
            if message.status != "error":
                return message
        except TRANSIENT:
            pass
        time.sleep(wait * 2**number)
    return tool.invoke(call)


def call_with_retry__no_wait_is_the_default(tool, call, attempts=3, wait=1.0):
    """No wait means that nobody has said how long.

    Caught by: test_each_wait_is_twice_as_long
    """
    pause = wait or 1.0
    for number in range(attempts - 1):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            time.sleep(pause * 2**number)
    return tool.invoke(call)


# call_together


async def call_together__gather_copes(message, tools):
    """gather copes with errors.

    Caught by: test_one_failure_disturbs_no_other
    """
    return await asyncio.gather(
        *[tools[call["name"]].ainvoke(call) for call in message.tool_calls if call["name"] in tools]
    )


async def call_together__all_tools_are_there(message, tools):
    """Models know my tools.

    Caught by: test_one_failure_disturbs_no_other
    """
    work = [tools[call["name"]].ainvoke(call) for call in message.tool_calls]
    found = await asyncio.gather(*work, return_exceptions=True)
    return [
        error_message(call, SORRY) if isinstance(one, Exception) else one
        for call, one in zip(message.tool_calls, found, strict=True)
    ]


async def call_together__leaves_exceptions_in(message, tools):
    """return_exceptions=True is all that is needed.

    Caught by: test_one_failure_disturbs_no_other
    """

    async def run(call):
        return await tools[call["name"]].ainvoke(call)

    work = [run(call) for call in message.tool_calls]
    return await asyncio.gather(*work, return_exceptions=True)


async def call_together__invokes(message, tools):
    """invoke in an async function is async.

    Caught by: test_tools_run_at_the_same_time
    """

    async def run(call):
        try:
            return tools[call["name"]].invoke(call)
        except Exception:
            return error_message(call, SORRY)

    return await asyncio.gather(*map(run, message.tool_calls))


async def call_together__tells_the_exception(message, tools):
    """The text of the error is a result, too.

    Caught by: test_one_failure_disturbs_no_other
    """

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception as error:
            return error_message(call, str(error))

    return await asyncio.gather(*map(run, message.tool_calls))


async def call_together__does_not_await_gather(message, tools):
    """gather runs the work.

    Caught by: test_the_order_is_that_of_the_calls
    """

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    return asyncio.gather(*map(run, message.tool_calls))


async def call_together__one_at_a_time(message, tools):
    """An await in a loop does several things at once.

    Caught by: test_tools_run_at_the_same_time
    """
    answers = []
    for call in message.tool_calls:
        try:
            answers.append(await tools[call["name"]].ainvoke(call))
        except Exception:
            answers.append(error_message(call, SORRY))
    return answers


async def call_together__a_lock_keeps_order(message, tools):
    """A lock keeps the results in order.

    Caught by: test_tools_run_at_the_same_time
    """
    lock = asyncio.Lock()

    async def run(call):
        async with lock:
            try:
                return await tools[call["name"]].ainvoke(call)
            except Exception:
                return error_message(call, SORRY)

    return await asyncio.gather(*map(run, message.tool_calls))


async def call_together__as_they_end(message, tools):
    """Whoever is ready first comes first.

    Caught by: test_the_order_is_that_of_the_calls
    """
    answers = []

    async def run(call):
        try:
            answers.append(await tools[call["name"]].ainvoke(call))
        except Exception:
            answers.append(error_message(call, SORRY))

    await asyncio.gather(*map(run, message.tool_calls))
    return answers


async def call_together__swallows_the_cancellation(message, tools):
    """Whatever ends it, there is a list.

    Caught by: test_a_cancellation_stops_the_tools
    """

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    try:
        return await asyncio.gather(*map(run, message.tool_calls))
    except asyncio.CancelledError:
        return [error_message(call, SORRY) for call in message.tool_calls]


async def call_together__shields_the_tools(message, tools):
    """What has begun has to be finished.

    Caught by: test_a_cancellation_stops_the_tools
    """

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    return await asyncio.shield(asyncio.gather(*map(run, message.tool_calls)))


async def call_together__awaits_tasks_in_a_loop(message, tools):
    """Tasks that run need no gather.

    Caught by: test_a_cancellation_stops_the_tools
    """

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    tasks = [asyncio.create_task(run(call)) for call in message.tool_calls]
    return [await task for task in tasks]


async def call_together__explains_unknown_tools(message, tools):
    """A tool that is not there is answered as answer_all_calls does it.

    Caught by: test_one_failure_disturbs_no_other
    """

    async def run(call):
        if call["name"] not in tools:
            return error_message(call, f"There are: {', '.join(tools)}")
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    return await asyncio.gather(*map(run, message.tool_calls))


async def call_together__hands_over_the_arguments(message, tools):
    """The arguments are all that a tool needs.

    Caught by: test_the_order_is_that_of_the_calls
    """

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call["args"])
        except Exception:
            return error_message(call, SORRY)

    return await asyncio.gather(*map(run, message.tool_calls))


async def call_together__stops_the_others(message, tools):
    """If one fails, a task group is right.

    Caught by: test_one_failure_disturbs_no_other
    """
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(tools[call["name"]].ainvoke(call))
            for call in message.tool_calls
            if call["name"] in tools
        ]
    return [task.result() for task in tasks]


async def call_together__once_for_equal_calls(message, tools):
    """Two equal calls have the same result.

    Caught by: test_the_same_call_twice_is_two_calls
    """

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    calls = message.tool_calls
    alike = [(call["name"], call["args"]) for call in calls]
    firsts = [alike.index(one) for one in alike]
    places = sorted(set(firsts))
    found = dict(zip(places, await asyncio.gather(*(run(calls[n]) for n in places)), strict=True))
    return [
        found[first].model_copy(update={"tool_call_id": call["id"]})
        for first, call in zip(firsts, calls, strict=True)
    ]


# is_stuck


def is_stuck__a_call_is_its_id(messages, limit=3):
    """A call is the same if all of it is the same.

    Caught by: test_the_same_call_has_another_id_each_time
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += message.tool_calls
    newest = calls[-limit:]
    return len(newest) == limit and all(call == newest[0] for call in newest)


def is_stuck__exactly_the_limit(messages, limit=3):
    """Only exactly `limit` calls are what is asked for.

    Caught by: test_all_of_the_newest_count
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    return len(calls) == limit and all(call == calls[0] for call in calls)


def is_stuck__anywhere(messages, limit=3):
    """A call that was made `limit` times is a sign, wherever it stands.

    Caught by: test_all_of_the_newest_count
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    return any(calls.count(call) >= limit for call in calls)


def is_stuck__the_last_two(messages, limit=3):
    """If the last two are the same, it is stuck.

    Caught by: test_all_of_the_newest_count
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    return len(calls) >= limit and (limit < 2 or calls[-1] == calls[-2])


def is_stuck__names_only(messages, limit=3):
    """The same tool again and again is the same call.

    Caught by: test_other_arguments_are_another_call
    """
    names = []
    for message in messages:
        if isinstance(message, HumanMessage):
            names = []
        elif isinstance(message, AIMessage):
            names += [call["name"] for call in message.tool_calls]
    return len(names) >= limit and len(set(names[-limit:])) == 1


def is_stuck__arguments_only(messages, limit=3):
    """The arguments tell one call from another.

    Caught by: test_other_arguments_are_another_call
    """
    args = []
    for message in messages:
        if isinstance(message, HumanMessage):
            args = []
        elif isinstance(message, AIMessage):
            args += [call["args"] for call in message.tool_calls]
    newest = args[-limit:]
    return len(newest) == limit and all(one == newest[0] for one in newest)


def is_stuck__old_questions_count(messages, limit=3):
    """All calls of the conversation count.

    Caught by: test_a_new_question_begins_anew
    """
    calls = [
        (call["name"], call["args"])
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    ]
    newest = calls[-limit:]
    return len(newest) == limit and all(call == newest[0] for call in newest)


def is_stuck__the_first_question(messages, limit=3):
    """Only what stands before the first question is left out.

    Caught by: test_a_new_question_begins_anew
    """
    first = next((n for n, one in enumerate(messages) if isinstance(one, HumanMessage)), 0)
    calls = [
        (call["name"], call["args"])
        for message in messages[first:]
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    ]
    newest = calls[-limit:]
    return len(newest) == limit and all(call == newest[0] for call in newest)


def is_stuck__too_few_are_enough(messages, limit=3):
    """If all calls are the same, it is stuck.

    Caught by: test_too_few_calls
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    return all(call == calls[-1] for call in calls[-limit:])


def is_stuck__the_first_call_of_each(messages, limit=3):
    """A message has one call.

    Caught by: test_several_calls_in_one_message
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage) and message.tool_calls:
            call = message.tool_calls[0]
            calls.append((call["name"], call["args"]))
    newest = calls[-limit:]
    return len(newest) == limit and all(call == newest[0] for call in newest)


def is_stuck__compares_results(messages, limit=3):
    """The same results come of the same calls.

    Caught by: test_other_arguments_are_another_call
    """
    results = []
    for message in messages:
        if isinstance(message, HumanMessage):
            results = []
        elif isinstance(message, AIMessage):
            results += [message.text for _ in message.tool_calls]
    newest = results[-limit:]
    return len(newest) == limit and all(one == newest[0] for one in newest)


def is_stuck__compares_tool_messages(messages, limit=3):
    """The results show whether anything has changed.

    Caught by: test_texts_and_results_do_not_count
    """
    calls, results = [], []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls, results = [], []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
        elif isinstance(message, ToolMessage):
            results.append(message.content)
    newest, last = calls[-limit:], results[-limit:]
    same = all(call == newest[0] for call in newest)
    return len(newest) == limit and same and all(one == last[0] for one in last)


def is_stuck__writes_the_arguments_out(messages, limit=3):
    """Two dicts are the same if they are written alike.

    Caught by: test_the_same_call_has_another_id_each_time
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [f"{call['name']} {call['args']}" for call in message.tool_calls]
    return len(calls) >= limit and len(set(calls[-limit:])) == 1


def is_stuck__puts_them_into_a_set(messages, limit=3):
    """A set of the arguments shows whether they differ.

    Caught by: test_the_same_call_has_another_id_each_time
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], *sorted(call["args"].items())) for call in message.tool_calls]
    return len(calls) >= limit and len(set(calls[-limit:])) == 1


def is_stuck__joins_the_values(messages, limit=3):
    """The values of the arguments, as text, are what matters.

    Caught by: test_other_arguments_are_another_call
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            for call in message.tool_calls:
                values = [f"{key}={value}" for key, value in sorted(call["args"].items())]
                calls.append((call["name"], *values))
    return len(calls) >= limit and len(set(calls[-limit:])) == 1


def is_stuck__messages_in_a_row(messages, limit=3):
    """The newest messages are the newest calls.

    Caught by: test_the_same_call_has_another_id_each_time
    """
    calls = [
        (message.tool_calls[0]["name"], message.tool_calls[0]["args"])
        for message in messages[-limit:]
        if isinstance(message, AIMessage) and message.tool_calls
    ]
    return len(calls) == limit and all(call == calls[0] for call in calls)


def is_stuck__not_of_chunks(messages, limit=3):
    """The type says what a message is.

    Caught by: test_a_new_question_begins_anew
    """
    calls = []
    for message in messages:
        if message.type == "human":
            calls = []
        elif message.type == "ai":
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    newest = calls[-limit:]
    return len(newest) == limit and all(call == newest[0] for call in newest)


def is_stuck__the_id_is_enough(messages, limit=3):
    """Calls with the same id are the same call, and equal ones are, too.

    Caught by: test_other_arguments_are_another_call
    """
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += message.tool_calls

    def same(one, other):
        alike = (one["name"], one["args"]) == (other["name"], other["args"])
        return alike or one["id"] == other["id"]

    newest = calls[-limit:]
    return len(newest) == limit and all(same(call, newest[0]) for call in newest)
