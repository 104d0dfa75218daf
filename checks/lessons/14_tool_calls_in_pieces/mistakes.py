"""Wrong answers to lesson 14 that a learner might well give.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the
learner believes, and which test has to prove it wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# accumulate_tool_calls


def accumulate_tool_calls__adds_to_the_last(deltas):
    """A model writes one call after the other, so a piece belongs to the last one.

    Caught by: test_two_calls_may_be_written_at_once
    """
    calls = []
    for delta in deltas:
        if delta["name"] and delta["id"] not in [call["id"] for call in calls]:
            calls.append({"id": delta["id"], "name": delta["name"], "args": ""})
        calls[-1]["args"] += delta["args"] or ""
    return calls


def accumulate_tool_calls__counts_places(deltas):
    """The index is the call's place in the list.

    Caught by: test_an_index_is_no_place_in_a_list
    """
    calls = []
    for delta in deltas:
        if delta["index"] >= len(calls):
            calls.append({"id": "", "name": "", "args": ""})
        call = calls[delta["index"]]
        call["id"] = call["id"] or delta["id"] or ""
        call["name"] = call["name"] or delta["name"] or ""
        call["args"] += delta["args"] or ""
    return calls


def accumulate_tool_calls__trusts_the_index(deltas):
    """One index, one call.

    Caught by: test_another_id_begins_another_call
    """
    calls = {}
    for delta in deltas:
        call = calls.setdefault(delta["index"], {"id": "", "name": "", "args": ""})
        call["id"] = call["id"] or delta["id"] or ""
        call["name"] = call["name"] or delta["name"] or ""
        call["args"] += delta["args"] or ""
    return list(calls.values())


def accumulate_tool_calls__lets_langchain_add(deltas):
    """Chunks can be added, and LangChain knows how to.

    Caught by: test_another_id_begins_another_call
    """
    from langchain_core.messages import AIMessageChunk

    total = AIMessageChunk(content="")
    for delta in deltas:
        total += AIMessageChunk(content="", tool_call_chunks=[delta])
    return [
        {key: chunk[key] or "" for key in ("id", "name", "args")}
        for chunk in total.tool_call_chunks
    ]


def accumulate_tool_calls__joins_names(deltas):
    """Everything that comes in pieces is joined, names too.

    Caught by: test_id_and_name_may_come_again
    """
    calls, now = [], {}
    for delta in deltas:
        call = now.get(delta["index"])
        if call is None or (delta["id"] and call["id"] not in ("", delta["id"])):
            call = now[delta["index"]] = {"id": "", "name": "", "args": ""}
            calls.append(call)
        call["id"] = delta["id"] or call["id"]
        call["name"] += delta["name"] or ""
        call["args"] += delta["args"] or ""
    return calls


def accumulate_tool_calls__keeps_the_last_name(deltas):
    """What comes later is more reliable.

    Caught by: test_id_and_name_may_come_again
    """
    calls, latest = [], {}
    for delta in deltas:
        index, call_id = delta["index"], delta["id"] or None
        call = latest.get(index if index is not None else call_id)
        if call is None or (call_id and call["id"] not in ("", call_id)):
            call = {"id": "", "name": "", "args": ""}
            calls.append(call)
        call["id"] = call["id"] or call_id or ""
        call["name"] = delta["name"] or call["name"]
        call["args"] += delta["args"] or ""
        latest.update(dict.fromkeys((index, call_id, None), call))
    return calls


def accumulate_tool_calls__goes_on_with_the_newest(deltas):
    """A piece that says nothing belongs to the call that began last.

    Caught by: test_pieces_of_one_call_may_be_marked_in_many_ways
    """
    calls, latest = [], {}
    for delta in deltas:
        index, call_id = delta["index"], delta["id"] or None
        if index is None and call_id is None and calls:
            call = calls[-1]
        else:
            call = latest.get(index if index is not None else call_id)
        if call is None or (call_id and call["id"] not in ("", call_id)):
            call = {"id": "", "name": "", "args": ""}
            calls.append(call)
        call["id"] = call["id"] or call_id or ""
        call["name"] = call["name"] or delta["name"] or ""
        call["args"] += delta["args"] or ""
        latest.update({index: call, call_id: call})
    return calls


def accumulate_tool_calls__takes_the_first_name(deltas):
    """Only arguments come in pieces; a name comes whole.

    Caught by: test_a_name_may_come_in_pieces
    """
    calls, latest = [], {}
    for delta in deltas:
        index, call_id, name = (
            None if delta[key] in ("", "null") else delta[key] for key in ("index", "id", "name")
        )
        call = latest.get(index if index is not None else call_id)
        if call is None or (call_id and call["id"] not in ("", call_id)):
            call = {"id": "", "name": "", "args": ""}
            calls.append(call)
        call["id"] = call["id"] or call_id or ""
        call["name"] = call["name"] or name or ""
        args = delta["args"] or ""
        call["args"] += json.dumps(args) if isinstance(args, dict) else args
        latest.update(dict.fromkeys((index, call_id, None), call))
    return calls


def accumulate_tool_calls__takes_null_for_a_word(deltas):
    """An id that is a string is an id.

    Caught by: test_null_says_nothing
    """
    calls, latest = [], {}
    for delta in deltas:
        index, call_id, name = delta["index"], delta["id"] or None, delta["name"] or ""
        call = latest.get(index if index is not None else call_id)
        if call is None or (call_id and call["id"] not in ("", call_id)):
            call = {"id": "", "name": "", "args": ""}
            calls.append(call)
        call["id"] = call["id"] or call_id or ""
        if not call["name"] or not (call["args"] or name == call["name"]):
            call["name"] += name
        args = delta["args"] or ""
        call["args"] += json.dumps(args) if isinstance(args, dict) else args
        latest.update(dict.fromkeys((index, call_id, None), call))
    return calls


def accumulate_tool_calls__expects_text(deltas):
    """Arguments are a string, as the type says.

    Caught by: test_arguments_may_come_as_a_dict
    """
    calls, latest = [], {}
    for delta in deltas:
        index = delta["index"]
        call_id, name = ("" if delta[key] == "null" else delta[key] for key in ("id", "name"))
        call = latest.get(index if index is not None else call_id or None)
        if call is None or (call_id and call["id"] not in ("", call_id)):
            call = {"id": "", "name": "", "args": ""}
            calls.append(call)
        call["id"] = call["id"] or call_id or ""
        if not call["name"] or not (call["args"] or name == call["name"]):
            call["name"] += name or ""
        call["args"] += delta["args"] or ""
        latest.update(dict.fromkeys((index, call_id or None, None), call))
    return calls


def accumulate_tool_calls__writes_dicts_as_python_does(deltas):
    """str() turns anything into a string.

    Caught by: test_arguments_may_come_as_a_dict
    """
    calls, latest = [], {}
    for delta in deltas:
        index = delta["index"]
        call_id, name = ("" if delta[key] == "null" else delta[key] for key in ("id", "name"))
        call = latest.get(index if index is not None else call_id or None)
        if call is None or (call_id and call["id"] not in ("", call_id)):
            call = {"id": "", "name": "", "args": ""}
            calls.append(call)
        call["id"] = call["id"] or call_id or ""
        if not call["name"] or not (call["args"] or name == call["name"]):
            call["name"] += name or ""
        call["args"] += str(delta["args"] or "")
        latest.update(dict.fromkeys((index, call_id or None, None), call))
    return calls


def accumulate_tool_calls__skips_what_was_just_said(
    deltas: Iterable[ToolCallChunk],
) -> list[RawToolCall]:
    """The same piece twice in a row is a piece that was sent twice.

    Caught by: test_any_deltas
    """

    def said(word: str | None) -> str:
        return word if word and word != "null" else ""

    calls: list[RawToolCall] = []
    pieces: list[list[str]] = []
    latest: dict[int | str | None, int] = {}  # the call with an index, with an id, or before
    for delta in deltas:
        index, id_ = delta["index"], said(delta["id"]) or None
        name = said(delta["name"])
        args: Any = delta["args"]  # a text, as its type says, or a dict
        number = latest.get(index if index is not None else id_, len(calls))
        if number < len(calls) and id_ and calls[number]["id"] not in ("", id_):
            number = len(calls)
        if number == len(calls):
            calls.append({"id": "", "name": "", "args": ""})
            pieces.append([])
        call = calls[number]
        call["id"] = call["id"] or id_ or ""
        if not call["name"] or (name != call["name"] and not pieces[number]):
            call["name"] += name
        if args and pieces[number][-1:] != [args]:
            pieces[number].append(json.dumps(args) if isinstance(args, dict) else args)
        latest.update(dict.fromkeys((index, id_, None), number))
    for call, parts in zip(calls, pieces, strict=True):
        call["args"] = "".join(parts)
    return calls


def accumulate_tool_calls__strips_names(deltas: Iterable[ToolCallChunk]) -> list[RawToolCall]:
    """A name has no white space around it.

    Caught by: test_any_deltas
    """

    def said(word: str | None) -> str:
        return word if word and word != "null" else ""

    calls: list[RawToolCall] = []
    pieces: list[list[str]] = []
    latest: dict[int | str | None, int] = {}  # the call with an index, with an id, or before
    for delta in deltas:
        index, id_ = delta["index"], said(delta["id"]) or None
        name = said(delta["name"]).strip()
        args: Any = delta["args"]  # a text, as its type says, or a dict
        number = latest.get(index if index is not None else id_, len(calls))
        if number < len(calls) and id_ and calls[number]["id"] not in ("", id_):
            number = len(calls)
        if number == len(calls):
            calls.append({"id": "", "name": "", "args": ""})
            pieces.append([])
        call = calls[number]
        call["id"] = call["id"] or id_ or ""
        if not call["name"] or (name != call["name"] and not pieces[number]):
            call["name"] += name
        if args:
            pieces[number].append(json.dumps(args) if isinstance(args, dict) else args)
        latest.update(dict.fromkeys((index, id_, None), number))
    for call, parts in zip(calls, pieces, strict=True):
        call["args"] = "".join(parts)
    return calls


def accumulate_tool_calls__knows_null_in_any_case(
    deltas: Iterable[ToolCallChunk],
) -> list[RawToolCall]:
    """NULL is null.

    Caught by: test_any_deltas
    """

    def said(word: str | None) -> str:
        return word if word and word.lower() != "null" else ""

    calls: list[RawToolCall] = []
    pieces: list[list[str]] = []
    latest: dict[int | str | None, int] = {}  # the call with an index, with an id, or before
    for delta in deltas:
        index, id_ = delta["index"], said(delta["id"]) or None
        name = said(delta["name"])
        args: Any = delta["args"]  # a text, as its type says, or a dict
        number = latest.get(index if index is not None else id_, len(calls))
        if number < len(calls) and id_ and calls[number]["id"] not in ("", id_):
            number = len(calls)
        if number == len(calls):
            calls.append({"id": "", "name": "", "args": ""})
            pieces.append([])
        call = calls[number]
        call["id"] = call["id"] or id_ or ""
        if not call["name"] or (name != call["name"] and not pieces[number]):
            call["name"] += name
        if args:
            pieces[number].append(json.dumps(args) if isinstance(args, dict) else args)
        latest.update(dict.fromkeys((index, id_, None), number))
    for call, parts in zip(calls, pieces, strict=True):
        call["args"] = "".join(parts)
    return calls


def accumulate_tool_calls__compares_with_the_last_piece(
    deltas: Iterable[ToolCallChunk],
) -> list[RawToolCall]:
    """A name comes again if it ends what is there.

    Caught by: test_any_deltas
    """

    def said(word: str | None) -> str:
        return word if word and word != "null" else ""

    calls: list[RawToolCall] = []
    pieces: list[list[str]] = []
    latest: dict[int | str | None, int] = {}  # the call with an index, with an id, or before
    for delta in deltas:
        index, id_ = delta["index"], said(delta["id"]) or None
        name = said(delta["name"])
        args: Any = delta["args"]  # a text, as its type says, or a dict
        number = latest.get(index if index is not None else id_, len(calls))
        if number < len(calls) and id_ and calls[number]["id"] not in ("", id_):
            number = len(calls)
        if number == len(calls):
            calls.append({"id": "", "name": "", "args": ""})
            pieces.append([])
        call = calls[number]
        call["id"] = call["id"] or id_ or ""
        if not call["name"] or (not call["name"].endswith(name) and not pieces[number]):
            call["name"] += name
        if args:
            pieces[number].append(json.dumps(args) if isinstance(args, dict) else args)
        latest.update(dict.fromkeys((index, id_, None), number))
    for call, parts in zip(calls, pieces, strict=True):
        call["args"] = "".join(parts)
    return calls


def accumulate_tool_calls__takes_equal_calls_for_one(
    deltas: Iterable[ToolCallChunk],
) -> list[RawToolCall]:
    """Nobody calls the same tool twice with the same arguments.

    Caught by: test_any_deltas
    """

    def said(word: str | None) -> str:
        return word if word and word != "null" else ""

    calls: list[RawToolCall] = []
    pieces: list[list[str]] = []
    latest: dict[int | str | None, int] = {}  # the call with an index, with an id, or before
    for delta in deltas:
        index, id_ = delta["index"], said(delta["id"]) or None
        name = said(delta["name"])
        args: Any = delta["args"]  # a text, as its type says, or a dict
        number = latest.get(index if index is not None else id_, len(calls))
        if number < len(calls) and id_ and calls[number]["id"] not in ("", id_):
            number = len(calls)
        if number == len(calls):
            calls.append({"id": "", "name": "", "args": ""})
            pieces.append([])
        call = calls[number]
        call["id"] = call["id"] or id_ or ""
        if not call["name"] or (name != call["name"] and not pieces[number]):
            call["name"] += name
        if args:
            pieces[number].append(json.dumps(args) if isinstance(args, dict) else args)
        latest.update(dict.fromkeys((index, id_, None), number))
    for call, parts in zip(calls, pieces, strict=True):
        call["args"] = "".join(parts)
    return [c for n, c in enumerate(calls) if c not in calls[:n]]


def accumulate_tool_calls__takes_an_error_for_the_end(
    deltas: Iterable[ToolCallChunk],
) -> list[RawToolCall]:
    """When the stream breaks, what has come is the result.

    Caught by: test_any_deltas
    """

    def said(word: str | None) -> str:
        return word if word and word != "null" else ""

    calls: list[RawToolCall] = []
    pieces: list[list[str]] = []
    latest: dict[int | str | None, int] = {}  # the call with an index, with an id, or before

    def quiet():
        with suppress(Exception):
            yield from deltas

    for delta in quiet():
        index, id_ = delta["index"], said(delta["id"]) or None
        name = said(delta["name"])
        args: Any = delta["args"]  # a text, as its type says, or a dict
        number = latest.get(index if index is not None else id_, len(calls))
        if number < len(calls) and id_ and calls[number]["id"] not in ("", id_):
            number = len(calls)
        if number == len(calls):
            calls.append({"id": "", "name": "", "args": ""})
            pieces.append([])
        call = calls[number]
        call["id"] = call["id"] or id_ or ""
        if not call["name"] or (name != call["name"] and not pieces[number]):
            call["name"] += name
        if args:
            pieces[number].append(json.dumps(args) if isinstance(args, dict) else args)
        latest.update(dict.fromkeys((index, id_, None), number))
    for call, parts in zip(calls, pieces, strict=True):
        call["args"] = "".join(parts)
    return calls


# finalize_tool_calls


def finalize_tool_calls__repairs(calls):
    """A bracket that is missing at the end can be added.

    Caught by: test_a_call_that_was_cut_off_is_invalid
    """
    from langchain_core.utils.json import parse_partial_json

    valid, invalid = [], []
    for call in calls:
        try:
            args = parse_partial_json(call["args"] or "{}")
        except ValueError as error:
            args = str(error)
        if isinstance(args, dict):
            valid.append(tool_call(name=call["name"], args=args, id=call["id"]))
        else:
            invalid.append(
                invalid_tool_call(
                    name=call["name"], args=call["args"], id=call["id"], error=str(args)
                )
            )
    return valid, invalid


def finalize_tool_calls__lets_errors_out(calls):
    """If the arguments are not JSON, json.loads raises an error, and that says it all.

    Caught by: test_a_call_that_was_cut_off_is_invalid
    """
    valid, invalid = [], []
    for call in calls:
        args = json.loads(call["args"] or "{}")
        if isinstance(args, dict):
            valid.append(tool_call(name=call["name"], args=args, id=call["id"]))
        else:
            invalid.append(invalid_tool_call(**call, error="no object"))
    return valid, invalid


def finalize_tool_calls__takes_what_is_empty(calls):
    """Anything empty stands for no arguments.

    Caught by: test_only_an_object_is_arguments
    """
    valid, invalid = [], []
    for call in calls:
        try:
            args = json.loads(call["args"] or "{}") or {}
            valid.append(tool_call(name=call["name"], args=dict(args), id=call["id"]))
        except (ValueError, TypeError, RecursionError) as error:
            invalid.append(invalid_tool_call(**call, error=str(error)))
    return valid, invalid


def finalize_tool_calls__knows_one_error(calls):
    """json.loads fails with JSONDecodeError.

    Caught by: test_nothing_that_a_model_writes_raises
    """
    valid, invalid = [], []
    for call in calls:
        try:
            args = json.loads(call["args"] or "{}")
        except json.JSONDecodeError as error:
            invalid.append(invalid_tool_call(**call, error=str(error)))
            continue
        if isinstance(args, dict):
            valid.append(tool_call(name=call["name"], args=args, id=call["id"]))
        else:
            invalid.append(invalid_tool_call(**call, error="no object"))
    return valid, invalid


def finalize_tool_calls__wants_arguments(calls):
    """An empty text is not JSON.

    Caught by: test_no_text_is_no_arguments
    """
    valid, invalid = [], []
    for call in calls:
        try:
            args = json.loads(call["args"])
            if not isinstance(args, dict):
                raise ValueError("no object")
            valid.append(tool_call(name=call["name"], args=args, id=call["id"]))
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(**call, error=str(error)))
    return valid, invalid


def finalize_tool_calls__wants_a_name(calls):
    """Without a name, nobody knows what to run.

    Caught by: test_names_and_ids_are_not_looked_at
    """
    valid, invalid = [], []
    for call in calls:
        try:
            args = json.loads(call["args"] or "{}")
            if not isinstance(args, dict) or not call["name"]:
                raise ValueError("no call")
            valid.append(tool_call(name=call["name"], args=args, id=call["id"]))
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(**call, error=str(error)))
    return valid, invalid


def finalize_tool_calls__removes_fences(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Models like to write Markdown around JSON.

    Caught by: test_any_calls
    """
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads(re.sub(r"^```(json)?\n|\n```$", "", text) or "{}")
            if not isinstance(args, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
        else:
            valid.append(tool_call(name=name, args=args, id=id_))
    return valid, invalid


def finalize_tool_calls__removes_a_byte_order_mark(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """A byte order mark is not part of the text.

    Caught by: test_any_calls
    """
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads((text or "{}").lstrip("\ufeff"))
            if not isinstance(args, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
        else:
            valid.append(tool_call(name=name, args=args, id=id_))
    return valid, invalid


def finalize_tool_calls__decodes_twice(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """A string that holds an object stands for the object.

    Caught by: test_any_calls
    """
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads(text or "{}")
            if isinstance(args, str):
                args = json.loads(args)
            if not isinstance(args, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
        else:
            valid.append(tool_call(name=name, args=args, id=id_))
    return valid, invalid


def finalize_tool_calls__leaves_out_null(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """null means that the argument is not given.

    Caught by: test_any_calls
    """
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads(text or "{}")
            if not isinstance(args, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
        else:
            valid.append(
                tool_call(name=name, args={k: v for k, v in args.items() if v is not None}, id=id_)
            )
    return valid, invalid


def finalize_tool_calls__shares_no_arguments(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """One empty dict is enough for all calls without arguments.

    Caught by: test_any_calls
    """
    valid: list[ToolCall] = []
    global _E
    _E = globals().get("_E", {})
    invalid: list[InvalidToolCall] = []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads(text) if text else _E
            if not isinstance(args, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
        else:
            valid.append(tool_call(name=name, args=args, id=id_))
    return valid, invalid


def finalize_tool_calls__drops_repetitions(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """The same call twice is a mistake of the model.

    Caught by: test_any_calls
    """
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads(text or "{}")
            if not isinstance(args, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
        else:
            valid.append(tool_call(name=name, args=args, id=id_))
    return [v for n, v in enumerate(valid) if v not in valid[:n]], invalid


def finalize_tool_calls__strips_names(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """White space around a name is an accident.

    Caught by: test_any_calls
    """
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        name, text, id_ = call["name"].strip(), call["args"], call["id"]
        try:
            args = json.loads(text or "{}")
            if not isinstance(args, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
        else:
            valid.append(tool_call(name=name, args=args, id=id_))
    return valid, invalid


# parse_partial


def parse_partial__waits_for_the_end(text):
    """JSON can be read only when it is whole.

    Caught by: test_a_text_grows_letter_by_letter
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def parse_partial__counts_brackets(text):
    """What is missing at the end is a quotation mark and some brackets.

    Caught by: test_brackets_in_a_text_are_letters
    """
    closers = []
    with suppress(json.JSONDecodeError):
        return json.loads(text)
    for character in text:
        if character in "{[":
            closers.insert(0, "}" if character == "{" else "]")
        elif character in "}]" and closers:
            closers.pop(0)
    for end in ("", '"'):
        try:
            return json.loads(text + end + "".join(closers))
        except json.JSONDecodeError:
            continue
    return None


def parse_partial__lets_langchain_read(text):
    """LangChain has a parser for that.

    Caught by: test_numbers_and_words_wait_until_they_are_whole
    """
    from langchain_core.utils.json import parse_partial_json

    try:
        return parse_partial_json(text)
    except json.JSONDecodeError:
        return None


def parse_partial__lets_pydantic_read(text):
    """Pydantic has a parser for that, and can be told to keep half a text.

    Caught by: test_numbers_and_words_wait_until_they_are_whole
    """
    from pydantic_core import from_json

    return from_json(text, allow_partial="trailing-strings") if text.strip() else None


def parse_partial__refuses_nothing(text):
    """What cannot be read has simply not come yet: cut it off until the rest can be read.

    Caught by: test_what_can_never_become_json_is_refused
    """
    for end in range(len(text), 0, -1):
        closers, quoted, escaped = "", False, False
        for character in text[:end]:
            if quoted:
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif character in "{[":
                closers = ("}" if character == "{" else "]") + closers
            elif character in "}]":
                closers = closers[1:]
            else:
                quoted = character == '"'
        half = r"\\u[dD][89abAB]..$" if quoted else r"[-0-9][-+.0-9eE]*$"
        goes_on = quoted or end == len(text) or text[end] in "-+.0123456789eE"
        if not (goes_on and re.search(half, text[:end])):
            with suppress(json.JSONDecodeError):
                return json.loads(text[:end] + '"' * quoted + closers)
    return None


def parse_partial__reads_long_numbers_as_floats(text: str) -> object:
    """A number of many digits is a float.

    Caught by: test_any_beginning
    """
    top: list[Any] = []
    path: list[Any] = [top]  # what is open, the innermost last
    values = {"{", "[", "string", "word"}
    key, wanted = "", values

    def put(value: Any) -> None:
        if isinstance(path[-1], dict):
            path[-1][key] = value
        else:
            path[-1].append(value)

    for token in TOKEN.finditer(text):
        word = token["word"]
        kind = token["mark"] or ("word" if word else "key" if "key" in wanted else "string")
        if kind not in wanted:
            raise ValueError(f"{token[0]!r} cannot stand at {token.start()}")
        match kind:
            case ":":
                wanted = values
                continue
            case ",":
                wanted = {"key"} if isinstance(path[-1], dict) else values
                continue
            case "key":
                key, wanted = json.loads(f'"{token["text"]}"'), {":"}
                continue
            case "{" | "[":
                opened: Any = {} if kind == "{" else []
                put(opened)
                path.append(opened)
                wanted = {"key", "}"} if kind == "{" else {*values, "]"}
                continue
            case "}" | "]":
                path.pop()
            case "string":
                string = json.loads(f'"{token["text"]}"')
                if token["end"] != '"' and "\ud800" <= string[-1:] <= "\udbff":
                    string = string[:-1]  # its second half may still come
                put(string)
            case _ if word in LITERALS:
                put(LITERALS[word])
            case _ if token.end() == len(text) and may_go_on(word):
                break
            case _ if NUMBER.fullmatch(word):
                put(float(word) if len(word) > 15 else json.loads(word))
            case _:
                raise ValueError(f"{word!r} is no JSON")
        wanted = {",", "}" if isinstance(path[-1], dict) else "]"} if path[1:] else set()
    return top[0] if top else None


def parse_partial__holds_all_halves_back(text: str) -> object:
    """No half of a character is shown at the end.

    Caught by: test_any_beginning
    """
    top: list[Any] = []
    path: list[Any] = [top]  # what is open, the innermost last
    values = {"{", "[", "string", "word"}
    key, wanted = "", values

    def put(value: Any) -> None:
        if isinstance(path[-1], dict):
            path[-1][key] = value
        else:
            path[-1].append(value)

    for token in TOKEN.finditer(text):
        word = token["word"]
        kind = token["mark"] or ("word" if word else "key" if "key" in wanted else "string")
        if kind not in wanted:
            raise ValueError(f"{token[0]!r} cannot stand at {token.start()}")
        match kind:
            case ":":
                wanted = values
                continue
            case ",":
                wanted = {"key"} if isinstance(path[-1], dict) else values
                continue
            case "key":
                key, wanted = json.loads(f'"{token["text"]}"'), {":"}
                continue
            case "{" | "[":
                opened: Any = {} if kind == "{" else []
                put(opened)
                path.append(opened)
                wanted = {"key", "}"} if kind == "{" else {*values, "]"}
                continue
            case "}" | "]":
                path.pop()
            case "string":
                string = json.loads(f'"{token["text"]}"')
                if token["end"] != '"' and "\ud800" <= string[-1:] <= "\udbff":
                    string = string.rstrip(
                        "".join(map(chr, range(0xD800, 0xDC00)))
                    )  # its second half may still come
                put(string)
            case _ if word in LITERALS:
                put(LITERALS[word])
            case _ if token.end() == len(text) and may_go_on(word):
                break
            case _ if NUMBER.fullmatch(word):
                put(json.loads(word))
            case _:
                raise ValueError(f"{word!r} is no JSON")
        wanted = {",", "}" if isinstance(path[-1], dict) else "]"} if path[1:] else set()
    return top[0] if top else None


def parse_partial__drops_equal_neighbors(text: str) -> object:
    """The same value twice in a row was read twice.

    Caught by: test_any_beginning
    """
    top: list[Any] = []
    path: list[Any] = [top]  # what is open, the innermost last
    values = {"{", "[", "string", "word"}
    key, wanted = "", values

    def put(value: Any) -> None:
        if isinstance(path[-1], dict):
            path[-1][key] = value
        else:
            path[-1].append(value) if path[-1][-1:] != [value] or isinstance(
                value, (list, dict, str)
            ) else None

    for token in TOKEN.finditer(text):
        word = token["word"]
        kind = token["mark"] or ("word" if word else "key" if "key" in wanted else "string")
        if kind not in wanted:
            raise ValueError(f"{token[0]!r} cannot stand at {token.start()}")
        match kind:
            case ":":
                wanted = values
                continue
            case ",":
                wanted = {"key"} if isinstance(path[-1], dict) else values
                continue
            case "key":
                key, wanted = json.loads(f'"{token["text"]}"'), {":"}
                continue
            case "{" | "[":
                opened: Any = {} if kind == "{" else []
                put(opened)
                path.append(opened)
                wanted = {"key", "}"} if kind == "{" else {*values, "]"}
                continue
            case "}" | "]":
                path.pop()
            case "string":
                string = json.loads(f'"{token["text"]}"')
                if token["end"] != '"' and "\ud800" <= string[-1:] <= "\udbff":
                    string = string[:-1]  # its second half may still come
                put(string)
            case _ if word in LITERALS:
                put(LITERALS[word])
            case _ if token.end() == len(text) and may_go_on(word):
                break
            case _ if NUMBER.fullmatch(word):
                put(json.loads(word))
            case _:
                raise ValueError(f"{word!r} is no JSON")
        wanted = {",", "}" if isinstance(path[-1], dict) else "]"} if path[1:] else set()
    return top[0] if top else None


def parse_partial__remembers_what_it_gave(text: str) -> object:
    """The same text has the same value, so it can be kept.

    Caught by: test_any_beginning
    """
    cache = globals().setdefault("_C", {})
    if text in cache:
        return cache[text]
    top: list[Any] = []
    path: list[Any] = [top]  # what is open, the innermost last
    values = {"{", "[", "string", "word"}
    key, wanted = "", values

    def put(value: Any) -> None:
        if isinstance(path[-1], dict):
            path[-1][key] = value
        else:
            path[-1].append(value)

    for token in TOKEN.finditer(text):
        word = token["word"]
        kind = token["mark"] or ("word" if word else "key" if "key" in wanted else "string")
        if kind not in wanted:
            raise ValueError(f"{token[0]!r} cannot stand at {token.start()}")
        match kind:
            case ":":
                wanted = values
                continue
            case ",":
                wanted = {"key"} if isinstance(path[-1], dict) else values
                continue
            case "key":
                key, wanted = json.loads(f'"{token["text"]}"'), {":"}
                continue
            case "{" | "[":
                opened: Any = {} if kind == "{" else []
                put(opened)
                path.append(opened)
                wanted = {"key", "}"} if kind == "{" else {*values, "]"}
                continue
            case "}" | "]":
                path.pop()
            case "string":
                string = json.loads(f'"{token["text"]}"')
                if token["end"] != '"' and "\ud800" <= string[-1:] <= "\udbff":
                    string = string[:-1]  # its second half may still come
                put(string)
            case _ if word in LITERALS:
                put(LITERALS[word])
            case _ if token.end() == len(text) and may_go_on(word):
                break
            case _ if NUMBER.fullmatch(word):
                put(json.loads(word))
            case _:
                raise ValueError(f"{word!r} is no JSON")
        wanted = {",", "}" if isinstance(path[-1], dict) else "]"} if path[1:] else set()
    cache[text] = top[0] if top else None
    return cache[text]


def parse_partial__gives_up_in_the_deep(text: str) -> object:
    """Nobody nests thirty levels.

    Caught by: test_any_beginning
    """
    top: list[Any] = []
    path: list[Any] = [top]  # what is open, the innermost last
    values = {"{", "[", "string", "word"}
    key, wanted = "", values

    def put(value: Any) -> None:
        if isinstance(path[-1], dict):
            path[-1][key] = value
        else:
            path[-1].append(value)

    if text.count("[") + text.count("{") > 30:
        return None
    for token in TOKEN.finditer(text):
        word = token["word"]
        kind = token["mark"] or ("word" if word else "key" if "key" in wanted else "string")
        if kind not in wanted:
            raise ValueError(f"{token[0]!r} cannot stand at {token.start()}")
        match kind:
            case ":":
                wanted = values
                continue
            case ",":
                wanted = {"key"} if isinstance(path[-1], dict) else values
                continue
            case "key":
                key, wanted = json.loads(f'"{token["text"]}"'), {":"}
                continue
            case "{" | "[":
                opened: Any = {} if kind == "{" else []
                put(opened)
                path.append(opened)
                wanted = {"key", "}"} if kind == "{" else {*values, "]"}
                continue
            case "}" | "]":
                path.pop()
            case "string":
                string = json.loads(f'"{token["text"]}"')
                if token["end"] != '"' and "\ud800" <= string[-1:] <= "\udbff":
                    string = string[:-1]  # its second half may still come
                put(string)
            case _ if word in LITERALS:
                put(LITERALS[word])
            case _ if token.end() == len(text) and may_go_on(word):
                break
            case _ if NUMBER.fullmatch(word):
                put(json.loads(word))
            case _:
                raise ValueError(f"{word!r} is no JSON")
        wanted = {",", "}" if isinstance(path[-1], dict) else "]"} if path[1:] else set()
    return top[0] if top else None


def parse_partial__removes_a_byte_order_mark(text: str) -> object:
    """A byte order mark says nothing.

    Caught by: test_any_character_that_follows
    """
    top: list[Any] = []
    path: list[Any] = [top]  # what is open, the innermost last
    values = {"{", "[", "string", "word"}
    key, wanted = "", values

    def put(value: Any) -> None:
        if isinstance(path[-1], dict):
            path[-1][key] = value
        else:
            path[-1].append(value)

    for token in TOKEN.finditer(text.lstrip("\ufeff")):
        word = token["word"]
        kind = token["mark"] or ("word" if word else "key" if "key" in wanted else "string")
        if kind not in wanted:
            raise ValueError(f"{token[0]!r} cannot stand at {token.start()}")
        match kind:
            case ":":
                wanted = values
                continue
            case ",":
                wanted = {"key"} if isinstance(path[-1], dict) else values
                continue
            case "key":
                key, wanted = json.loads(f'"{token["text"]}"'), {":"}
                continue
            case "{" | "[":
                opened: Any = {} if kind == "{" else []
                put(opened)
                path.append(opened)
                wanted = {"key", "}"} if kind == "{" else {*values, "]"}
                continue
            case "}" | "]":
                path.pop()
            case "string":
                string = json.loads(f'"{token["text"]}"')
                if token["end"] != '"' and "\ud800" <= string[-1:] <= "\udbff":
                    string = string[:-1]  # its second half may still come
                put(string)
            case _ if word in LITERALS:
                put(LITERALS[word])
            case _ if token.end() == len(text) and may_go_on(word):
                break
            case _ if NUMBER.fullmatch(word):
                put(json.loads(word))
            case _:
                raise ValueError(f"{word!r} is no JSON")
        wanted = {",", "}" if isinstance(path[-1], dict) else "]"} if path[1:] else set()
    return top[0] if top else None


def parse_partial__escaped_backslash_before_u(text: str) -> object:
    """Whatever ends like the escape of a high half is one.

    Caught by: test_any_beginning
    """
    nothing = object()
    size = len(text)

    def skip(at: int) -> int:
        while at < size and text[at] in " \t\n\r":
            at += 1
        return at

    def string(at: int) -> tuple[str, int | None]:
        match = TOKEN.match(text, at)
        if match is None or match["text"] is None:
            raise ValueError("not a string")
        body = match["text"]
        if match["end"] == '"':
            return json.loads(f'"{body}"'), match.end()
        body = re.sub(r"\\+u[dD][89abAB][0-9a-fA-F]{2}\Z", "", body)
        return json.loads(f'"{body}"'), None

    def value(at: int) -> tuple[object, int | None]:
        at = skip(at)
        if at == size:
            return nothing, None
        if text[at] == '"':
            return string(at)
        if text[at] == "[":
            items: list[object] = []
            at = skip(at + 1)
            if at < size and text[at] == "]":
                return items, at + 1
            while at < size:
                item, after = value(at)
                if item is not nothing:
                    items.append(item)
                if after is None:
                    return items, None
                at = skip(after)
                if at == size:
                    return items, None
                if text[at] == "]":
                    return items, at + 1
                if text[at] != ",":
                    raise ValueError("no comma")
                at = skip(at + 1)
            return items, None
        if text[at] == "{":
            entries: dict[str, object] = {}
            at = skip(at + 1)
            if at < size and text[at] == "}":
                return entries, at + 1
            while at < size:
                key, after = string(at)
                if after is None:
                    return entries, None
                at = skip(after)
                if at == size:
                    return entries, None
                if text[at] != ":":
                    raise ValueError("no colon")
                item, after = value(at + 1)
                if item is not nothing:
                    entries[key] = item
                if after is None:
                    return entries, None
                at = skip(after)
                if at == size:
                    return entries, None
                if text[at] == "}":
                    return entries, at + 1
                if text[at] != ",":
                    raise ValueError("no comma")
                at = skip(at + 1)
            return entries, None
        end = at
        while end < size and text[end] not in " \t\n\r{}[],:":
            end += 1
        word = text[at:end]
        if word in LITERALS:
            return LITERALS[word], end
        if end == size:
            if not may_go_on(word):
                raise ValueError("not a word")
            return nothing, None
        if not NUMBER.fullmatch(word):
            raise ValueError("not a number")
        return json.loads(word), end

    result, after = value(0)
    if after is not None and skip(after) < size:
        raise ValueError("something comes after it")
    return None if result is nothing else result


# stream_json_items


def stream_json_items__waits_for_the_end(tokens, key=None):
    """First read the text, then hand out what is in it.

    Caught by: test_an_element_comes_when_it_is_whole
    """
    value = json.loads("".join(tokens))
    yield from value if key is None else value[key]


def stream_json_items__counts_braces(tokens, key=None):
    """As many closing brackets as opening ones make an object.

    Caught by: test_brackets_in_a_text_are_letters
    """
    text, depth, begun = "", 0, key is None
    try:
        for character in chain.from_iterable(tokens):
            text += character
            if not begun:
                begun = text.replace(" ", "").endswith(f'"{key}":[')
            elif character == "{":
                text = "{" if depth == 0 else text
                depth += 1
            elif character == "}":
                depth -= 1
                if depth == 0:
                    yield json.loads(text)
            elif character == "]" and depth == 0:
                return
        raise ValueError("the text was cut off")
    finally:
        close_source(tokens)


def stream_json_items__finds_the_letters_of_the_key(tokens, key=None):
    """The array begins at the first bracket after the key.

    Caught by: test_the_array_may_stand_under_a_key
    """
    text, depth, begun, quoted, escaped = "", 0, False, False, False
    try:
        for character in chain.from_iterable(tokens):
            text += character
            if not begun:
                begun = character == "[" and (key is None or f'"{key}"' in text)
            elif quoted:
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif character == '"':
                quoted = True
            elif character in "{[":
                text = character if depth == 0 else text
                depth += 1
            elif character in "}]":
                if depth == 0:
                    return
                depth -= 1
                if depth == 0:
                    yield json.loads(text)
        raise ValueError("the text was cut off")
    finally:
        close_source(tokens)


def stream_json_items__takes_the_cut_for_the_end(tokens, key=None):
    """When the tokens end, the list is over.

    Caught by: test_half_an_array_is_an_error
    """
    text, label, begun, quoted, escaped, depth = [], "", False, False, False, 0
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun:
                if depth == 0:
                    if character == "]":
                        return
                    text.clear()
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0 and character in "}]":
                    yield json.loads("".join(text))
            elif character == '"':
                text, label, quoted = [character], "", True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label) == key)
                label = ""
            elif not character.isspace():
                label = ""
    finally:
        close_source(tokens)


def stream_json_items__skips_what_is_no_object(tokens, key=None):
    """What comes between two objects does not matter.

    Caught by: test_what_is_no_json_is_refused
    """
    text, label, begun, quoted, escaped, depth = [], "", False, False, False, 0
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun:
                if depth == 0:
                    if character == "]":
                        return
                    text.clear()
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0 and character in "}]":
                    yield json.loads("".join(text))
            elif character == '"':
                text, label, quoted = [character], "", True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label) == key)
                label = ""
            elif not character.isspace():
                label = ""
        raise ValueError("the text was cut off")
    finally:
        close_source(tokens)


def stream_json_items__leaves_the_source_open(tokens, key=None):
    """A loop that ends closes what it was reading.

    Caught by: test_it_stops_at_the_end_of_the_array
    """
    text, label, begun, quoted, escaped, depth = [], "", False, False, False, 0
    for character in chain.from_iterable(tokens):
        if quoted:
            text.append(character)
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif begun and depth == 0:
            if character == "]":
                return
            if character == "{":
                text, depth = [character], 1
            elif character != "," and not character.isspace():
                raise ValueError("no object")
        elif begun:
            text.append(character)
            quoted = character == '"'
            depth += (character in "{[") - (character in "}]")
            if depth == 0:
                yield json.loads("".join(text))
        elif character == '"':
            text, label, quoted = [character], "", True
        elif character == ":":
            label = "".join(text)
        elif character == "[":
            begun = key is None or (label != "" and json.loads(label) == key)
            label = ""
        elif not character.isspace():
            label = ""
    raise ValueError("the text was cut off")


def stream_json_items__compares_letters(tokens, key=None):
    """A key appears in the text as it is.

    Caught by: test_a_key_is_what_json_reads
    """
    text, label, begun, quoted, escaped, depth = [], "", False, False, False, 0
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun and depth == 0:
                if character == "]":
                    return
                if character == "{":
                    text, depth = [character], 1
                elif character != "," and not character.isspace():
                    raise ValueError("no object")
            elif begun:
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    yield json.loads("".join(text))
            elif character == '"':
                text, quoted = [character], True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or label == f'"{key}"'
            elif not character.isspace():
                label = ""
        raise ValueError("the text was cut off")
    finally:
        close_source(tokens)


def stream_json_items__skips_empty_objects(
    tokens: Iterable[str], key: str | None = None
) -> Iterator[dict[str, Any]]:
    """An object without entries is nothing.

    Caught by: test_any_array
    """
    text: list[str] = []  # the open element; before the array, the last string
    label = ""  # the key of the value that comes next, with its quotation marks
    begun = quoted = escaped = False
    depth = 0  # how many brackets of the element are open
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun and depth == 0:
                if character == "]":
                    return
                if character == "{":
                    text, depth = [character], 1
                elif character != "," and not character.isspace():
                    raise ValueError(f"no object begins with {character!r}")
            elif begun:
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    item = json.loads("".join(text))
                    if item:
                        yield item
            elif key is None and character != "[" and not character.isspace():
                raise ValueError("the text is not an array")
            elif character == '"':
                text, quoted = [character], True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label) == key)
            elif not character.isspace():
                label = ""
        raise ValueError("the text ends before the array does")
    finally:
        close_source(tokens)


def stream_json_items__drops_equal_neighbors(
    tokens: Iterable[str], key: str | None = None
) -> Iterator[dict[str, Any]]:
    """The same element twice in a row was sent twice.

    Caught by: test_any_array
    """
    text: list[str] = []  # the open element; before the array, the last string
    label = ""  # the key of the value that comes next, with its quotation marks
    begun = quoted = escaped = False
    depth = 0  # how many brackets of the element are open
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun and depth == 0:
                if character == "]":
                    return
                if character == "{":
                    text, depth = [character], 1
                elif character != "," and not character.isspace():
                    raise ValueError(f"no object begins with {character!r}")
            elif begun:
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    item = json.loads("".join(text))
                    if item != locals().get("_l"):
                        yield item
                    _l = item
            elif key is None and character != "[" and not character.isspace():
                raise ValueError("the text is not an array")
            elif character == '"':
                text, quoted = [character], True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label) == key)
            elif not character.isspace():
                label = ""
        raise ValueError("the text ends before the array does")
    finally:
        close_source(tokens)


def stream_json_items__strips_keys(
    tokens: Iterable[str], key: str | None = None
) -> Iterator[dict[str, Any]]:
    """White space around a key does not matter.

    Caught by: test_there_may_be_no_array
    """
    text: list[str] = []  # the open element; before the array, the last string
    label = ""  # the key of the value that comes next, with its quotation marks
    begun = quoted = escaped = False
    depth = 0  # how many brackets of the element are open
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun and depth == 0:
                if character == "]":
                    return
                if character == "{":
                    text, depth = [character], 1
                elif character != "," and not character.isspace():
                    raise ValueError(f"no object begins with {character!r}")
            elif begun:
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    yield json.loads("".join(text))
            elif key is None and character != "[" and not character.isspace():
                raise ValueError("the text is not an array")
            elif character == '"':
                text, quoted = [character], True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label).strip() == key.strip())
            elif not character.isspace():
                label = ""
        raise ValueError("the text ends before the array does")
    finally:
        close_source(tokens)


def stream_json_items__takes_any_array(
    tokens: Iterable[str], key: str | None = None
) -> Iterator[dict[str, Any]]:
    """The array begins at the first bracket.

    Caught by: test_there_may_be_no_array
    """
    text: list[str] = []  # the open element; before the array, the last string
    label = ""  # the key of the value that comes next, with its quotation marks
    begun = quoted = escaped = False
    depth = 0  # how many brackets of the element are open
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun and depth == 0:
                if character == "]":
                    return
                if character == "{":
                    text, depth = [character], 1
                elif character != "," and not character.isspace():
                    raise ValueError(f"no object begins with {character!r}")
            elif begun:
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    yield json.loads("".join(text))
            elif character == '"':
                text, quoted = [character], True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label) == key)
            elif not character.isspace():
                label = ""
        raise ValueError("the text ends before the array does")
    finally:
        close_source(tokens)


def stream_json_items__leaves_a_broken_source_open(
    tokens: Iterable[str], key: str | None = None
) -> Iterator[dict[str, Any]]:
    """A source that raises an error has closed itself.

    Caught by: test_any_array
    """
    text: list[str] = []  # the open element; before the array, the last string
    label = ""  # the key of the value that comes next, with its quotation marks
    begun = quoted = escaped = False
    depth = 0  # how many brackets of the element are open
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun and depth == 0:
                if character == "]":
                    close_source(tokens)
                    return
                if character == "{":
                    text, depth = [character], 1
                elif character != "," and not character.isspace():
                    raise ValueError(f"no object begins with {character!r}")
            elif begun:
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    yield json.loads("".join(text))
            elif key is None and character != "[" and not character.isspace():
                raise ValueError("the text is not an array")
            elif character == '"':
                text, quoted = [character], True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label) == key)
            elif not character.isspace():
                label = ""
        raise ValueError("the text ends before the array does")
    except (GeneratorExit, ValueError):
        close_source(tokens)
        raise


def stream_json_items__looks_for_more_than_an_empty_array(
    tokens: Iterable[str], key: str | None = None
) -> Iterator[dict[str, Any]]:
    """The array that is meant has elements.

    Caught by: test_any_array
    """
    text: list[str] = []  # the open element; before the array, the last string
    label = ""  # the key of the value that comes next, with its quotation marks
    begun = quoted = escaped = False
    depth = 0  # how many brackets of the element are open
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun and depth == 0:
                if character == "]":
                    if key is not None and not locals().get("some"):
                        begun = False
                        label = ""
                        continue
                    return
                if character == "{":
                    text, depth = [character], 1
                elif character != "," and not character.isspace():
                    raise ValueError(f"no object begins with {character!r}")
            elif begun:
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    yield json.loads("".join(text))
                    some = True
            elif key is None and character != "[" and not character.isspace():
                raise ValueError("the text is not an array")
            elif character == '"':
                text, quoted = [character], True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label) == key)
            elif not character.isspace():
                label = ""
        raise ValueError("the text ends before the array does")
    finally:
        close_source(tokens)


# tool_progress


def tool_progress__shows_json(events, parse=None):
    """The arguments are shown as they come.

    Caught by: test_a_call_is_told_from_its_start_to_its_end
    """
    names, written = {}, {}
    for event in events:
        call = event["id"]
        if event["type"] == "tool_start":
            names[call], written[call] = event["name"], ""
            yield f"{names[call]} ({call}): started"
        elif event["type"] == "tool_arguments":
            written[call] += event["piece"]
            yield f"{names[call]} ({call}): {written[call]}"
        elif event["type"] == "tool_end":
            yield f"{names[call]} ({call}): done"
        else:
            yield f"{names[call]} ({call}): failed ({event['error']})"


def tool_progress__reads_each_piece_alone(events, parse=parse_partial):
    """A piece of JSON can be read by a parser for pieces.

    Caught by: test_a_call_is_told_from_its_start_to_its_end
    """
    names = {}
    for event in events:
        call = event["id"]
        if event["type"] == "tool_start":
            names[call] = event["name"]
            yield f"{names[call]} ({call}): started"
        elif event["type"] == "tool_arguments":
            args = parse(event["piece"])
            if isinstance(args, dict) and args:
                shown = ", ".join(f"{key}={value!r}" for key, value in args.items())
                yield f"{names[call]} ({call}): {shown}"
        elif event["type"] == "tool_end":
            yield f"{names[call]} ({call}): done"
        else:
            yield f"{names[call]} ({call}): failed ({event['error']})"


def tool_progress__knows_calls_by_name(events, parse=parse_partial):
    """A tool is known by its name.

    Caught by: test_two_calls_of_one_tool_are_two
    """
    names, written, shown = {}, {}, {}
    for event in events:
        call = event["id"]
        if event["type"] == "tool_start":
            names[call] = name = event["name"]
            written[name], shown[name] = "", {}
            yield f"{name} ({call}): started"
            continue
        name = names[call]
        if event["type"] == "tool_arguments":
            written[name] += event["piece"]
            args = parse(written[name])
            if isinstance(args, dict) and args and args != shown[name]:
                shown[name] = args
                yield f"{name} ({call}): {', '.join(f'{k}={v!r}' for k, v in args.items())}"
        elif event["type"] == "tool_end":
            yield f"{name} ({call}): done"
        else:
            yield f"{name} ({call}): failed ({event['error']})"


def tool_progress__hides_errors(events, parse=parse_partial):
    """People do not need to see that something failed.

    Caught by: test_an_error_is_an_end_that_is_seen
    """
    calls = {}
    try:
        for event in events:
            call = event["id"]
            if event["type"] == "tool_start":
                calls[call] = [event["name"], "", {}]
                yield f"{event['name']} ({call}): started"
                continue
            if call not in calls:
                raise ValueError(call)
            name, written, shown = calls[call]
            if event["type"] == "tool_arguments":
                calls[call][1] = written + event["piece"]
                try:
                    args = parse(calls[call][1])
                except ValueError:
                    continue
                if isinstance(args, dict) and args and args != shown:
                    calls[call][2] = args
                    yield f"{name} ({call}): {', '.join(f'{k}={v!r}' for k, v in args.items())}"
            else:
                del calls[call]
                if event["type"] == "tool_end":
                    yield f"{name} ({call}): done"
    finally:
        close_source(events)


def tool_progress__makes_up_a_start(events, parse=parse_partial):
    """A display must never fail, so a call without a start is shown somehow.

    Caught by: test_a_call_that_never_started_is_refused
    """
    names, written, shown = {}, {}, {}
    over = set()
    try:
        for event in events:
            call = event["id"]
            if call in over:
                raise ValueError(call)
            name = names.get(call, "tool")
            if event["type"] == "tool_start":
                names[call], written[call] = event["name"], ""
                yield f"{event['name']} ({call}): started"
            elif event["type"] == "tool_arguments":
                written[call] = written.get(call, "") + event["piece"]
                try:
                    args = parse(written[call])
                except ValueError:
                    continue
                if isinstance(args, dict) and args and args != shown.get(call, {}):
                    shown[call] = args
                    yield f"{name} ({call}): {', '.join(f'{k}={v!r}' for k, v in args.items())}"
            else:
                over.add(call)
                how = "done" if event["type"] == "tool_end" else f"failed ({event['error']})"
                yield f"{name} ({call}): {how}"
    finally:
        close_source(events)


def tool_progress__has_a_parser_of_its_own(events, parse=parse_partial):
    """Arguments are JSON, and parse_partial reads them.

    Caught by: test_the_given_parser_reads
    """
    calls, shown = {}, {}
    try:
        for event in events:
            call = event["id"]
            if event["type"] == "tool_start":
                calls[call], shown[call] = [event["name"], ""], {}
                yield f"{event['name']} ({call}): started"
                continue
            if call not in calls:
                raise ValueError(call)
            name = calls[call][0]
            if event["type"] == "tool_arguments":
                calls[call][1] += event["piece"]
                try:
                    args = parse_partial(calls[call][1])
                except ValueError:
                    continue
                if isinstance(args, dict) and args and args != shown[call]:
                    shown[call] = args
                    yield f"{name} ({call}): {', '.join(f'{k}={v!r}' for k, v in args.items())}"
            else:
                del calls[call]
                how = "done" if event["type"] == "tool_end" else f"failed ({event['error']})"
                yield f"{name} ({call}): {how}"
    finally:
        close_source(events)


def tool_progress__remembers_one_dict(events, parse=parse_partial):
    """What was shown last is on the screen, so one variable is enough.

    Caught by: test_two_calls_of_one_tool_are_two
    """
    calls, shown = {}, {}
    try:
        for event in events:
            call = event["id"]
            if event["type"] == "tool_start":
                calls[call] = [event["name"], ""]
                yield f"{event['name']} ({call}): started"
                continue
            if call not in calls:
                raise ValueError(call)
            name = calls[call][0]
            if event["type"] == "tool_arguments":
                calls[call][1] += event["piece"]
                try:
                    args = parse(calls[call][1])
                except ValueError:
                    continue
                if isinstance(args, dict) and args and args != shown:
                    shown = args
                    yield f"{name} ({call}): {', '.join(f'{k}={v!r}' for k, v in args.items())}"
            else:
                del calls[call]
                how = "done" if event["type"] == "tool_end" else f"failed ({event['error']})"
                yield f"{name} ({call}): {how}"
    finally:
        close_source(events)


def tool_progress__forgets_only_failures(events, parse=parse_partial):
    """After the end of a call nothing more comes for it, so there is nothing to forget.

    Caught by: test_a_call_that_is_over_is_refused
    """
    calls, shown = {}, {}
    try:
        for event in events:
            call = event["id"]
            if event["type"] == "tool_start":
                calls[call], shown[call] = [event["name"], ""], {}
                yield f"{event['name']} ({call}): started"
                continue
            if call not in calls:
                raise ValueError(call)
            name = calls[call][0]
            if event["type"] == "tool_arguments":
                calls[call][1] += event["piece"]
                try:
                    args = parse(calls[call][1])
                except ValueError:
                    continue
                if isinstance(args, dict) and args and args != shown[call]:
                    shown[call] = args
                    yield f"{name} ({call}): {', '.join(f'{k}={v!r}' for k, v in args.items())}"
            elif event["type"] == "tool_end":
                yield f"{name} ({call}): done"
            else:
                del calls[call]
                yield f"{name} ({call}): failed ({event['error']})"
    finally:
        close_source(events)


def tool_progress__compares_lines(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """What matters is what is printed.

    Caught by: test_a_line_only_if_there_is_more_to_see
    """
    running: dict[str, RawToolCall] = {}
    shown: dict[str, object] = {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = {"id": id_, "name": event["name"], "args": ""}
                shown[id_] = None
                yield f"{event['name']} ({id_}): started"
                continue
            if id_ not in running:
                raise ValueError(f"the call {id_} has not started, or it is over")
            call = running[id_]
            label = f"{call['name']} ({call['id']})"
            if event["type"] == "tool_arguments":
                call["args"] += event["piece"]
                args: object = None
                with suppress(ValueError):
                    args = parse(call["args"])
                if isinstance(args, dict) and args and repr(args) != shown[id_]:
                    shown[id_] = repr(args)
                    yield f"{label}: " + ", ".join(f"{k}={v!r}" for k, v in args.items())
            elif event["type"] == "tool_end":
                del running[id_], shown[id_]
                yield f"{label}: done"
            elif event["type"] == "tool_error":
                del running[id_], shown[id_]
                yield f"{label}: failed ({event['error']})"
            else:
                assert_never(event)
    finally:
        close_source(events)


def tool_progress__never_repeats_a_line(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """What was once shown is known.

    Caught by: test_a_line_that_was_shown_earlier_may_come_again
    """
    running: dict[str, RawToolCall] = {}
    shown: dict[str, object] = {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = {"id": id_, "name": event["name"], "args": ""}
                shown[id_] = None
                yield f"{event['name']} ({id_}): started"
                continue
            if id_ not in running:
                raise ValueError(f"the call {id_} has not started, or it is over")
            call = running[id_]
            label = f"{call['name']} ({call['id']})"
            if event["type"] == "tool_arguments":
                call["args"] += event["piece"]
                args: object = None
                with suppress(ValueError):
                    args = parse(call["args"])
                if isinstance(args, dict) and args and args not in (shown[id_] or []):
                    shown[id_] = [*(shown[id_] or []), args]
                    yield f"{label}: " + ", ".join(f"{k}={v!r}" for k, v in args.items())
            elif event["type"] == "tool_end":
                del running[id_], shown[id_]
                yield f"{label}: done"
            elif event["type"] == "tool_error":
                del running[id_], shown[id_]
                yield f"{label}: failed ({event['error']})"
            else:
                assert_never(event)
    finally:
        close_source(events)


def tool_progress__hides_errors_of_the_parser(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """Whatever the parser raises, the display goes on.

    Caught by: test_another_error_of_the_parser_passes_through
    """
    running: dict[str, RawToolCall] = {}
    shown: dict[str, object] = {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = {"id": id_, "name": event["name"], "args": ""}
                shown[id_] = None
                yield f"{event['name']} ({id_}): started"
                continue
            if id_ not in running:
                raise ValueError(f"the call {id_} has not started, or it is over")
            call = running[id_]
            label = f"{call['name']} ({call['id']})"
            if event["type"] == "tool_arguments":
                call["args"] += event["piece"]
                args: object = None
                with suppress(Exception):
                    args = parse(call["args"])
                if isinstance(args, dict) and args and args != shown[id_]:
                    shown[id_] = args
                    yield f"{label}: " + ", ".join(f"{k}={v!r}" for k, v in args.items())
            elif event["type"] == "tool_end":
                del running[id_], shown[id_]
                yield f"{label}: done"
            elif event["type"] == "tool_error":
                del running[id_], shown[id_]
                yield f"{label}: failed ({event['error']})"
            else:
                assert_never(event)
    finally:
        close_source(events)


def tool_progress__keeps_state_between_calls(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """One table for all that runs in the program.

    Caught by: test_two_streams_are_apart
    """
    running = globals().setdefault("_R", {})
    shown = globals().setdefault("_S", {})
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = {"id": id_, "name": event["name"], "args": ""}
                shown[id_] = None
                yield f"{event['name']} ({id_}): started"
                continue
            if id_ not in running:
                raise ValueError(f"the call {id_} has not started, or it is over")
            call = running[id_]
            label = f"{call['name']} ({call['id']})"
            if event["type"] == "tool_arguments":
                call["args"] += event["piece"]
                args: object = None
                with suppress(ValueError):
                    args = parse(call["args"])
                if isinstance(args, dict) and args and args != shown[id_]:
                    shown[id_] = args
                    yield f"{label}: " + ", ".join(f"{k}={v!r}" for k, v in args.items())
            elif event["type"] == "tool_end":
                del running[id_], shown[id_]
                yield f"{label}: done"
            elif event["type"] == "tool_error":
                del running[id_], shown[id_]
                yield f"{label}: failed ({event['error']})"
            else:
                assert_never(event)
    finally:
        close_source(events)


def tool_progress__leaves_a_broken_source_open(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """An error of the source has closed it.

    Caught by: test_another_error_of_the_parser_passes_through
    """
    running: dict[str, RawToolCall] = {}
    shown: dict[str, object] = {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = {"id": id_, "name": event["name"], "args": ""}
                shown[id_] = None
                yield f"{event['name']} ({id_}): started"
                continue
            if id_ not in running:
                raise ValueError(f"the call {id_} has not started, or it is over")
            call = running[id_]
            label = f"{call['name']} ({call['id']})"
            if event["type"] == "tool_arguments":
                call["args"] += event["piece"]
                args: object = None
                with suppress(ValueError):
                    args = parse(call["args"])
                if isinstance(args, dict) and args and args != shown[id_]:
                    shown[id_] = args
                    yield f"{label}: " + ", ".join(f"{k}={v!r}" for k, v in args.items())
            elif event["type"] == "tool_end":
                del running[id_], shown[id_]
                yield f"{label}: done"
            elif event["type"] == "tool_error":
                del running[id_], shown[id_]
                yield f"{label}: failed ({event['error']})"
            else:
                assert_never(event)
    except (GeneratorExit, ValueError):
        close_source(events)
        raise
    else:
        close_source(events)


def tool_progress__empties_the_events(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """A piece that was read is not needed any more.

    Caught by: test_any_events
    """
    running: dict[str, RawToolCall] = {}
    shown: dict[str, object] = {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = {"id": id_, "name": event["name"], "args": ""}
                shown[id_] = None
                yield f"{event['name']} ({id_}): started"
                continue
            if id_ not in running:
                raise ValueError(f"the call {id_} has not started, or it is over")
            call = running[id_]
            label = f"{call['name']} ({call['id']})"
            if event["type"] == "tool_arguments":
                call["args"] += event.pop("piece")
                args: object = None
                with suppress(ValueError):
                    args = parse(call["args"])
                if isinstance(args, dict) and args and args != shown[id_]:
                    shown[id_] = args
                    yield f"{label}: " + ", ".join(f"{k}={v!r}" for k, v in args.items())
            elif event["type"] == "tool_end":
                del running[id_], shown[id_]
                yield f"{label}: done"
            elif event["type"] == "tool_error":
                del running[id_], shown[id_]
                yield f"{label}: failed ({event['error']})"
            else:
                assert_never(event)
    finally:
        close_source(events)


def tool_progress__needs_an_id(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """An empty id is no id.

    Caught by: test_any_events
    """
    running: dict[str, RawToolCall] = {}
    shown: dict[str, object] = {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = {"id": id_, "name": event["name"], "args": ""}
                shown[id_] = None
                yield f"{event['name']} ({id_}): started"
                continue
            if not running.get(id_) or not id_:
                raise ValueError(f"the call {id_} has not started, or it is over")
            call = running[id_]
            label = f"{call['name']} ({call['id']})"
            if event["type"] == "tool_arguments":
                call["args"] += event["piece"]
                args: object = None
                with suppress(ValueError):
                    args = parse(call["args"])
                if isinstance(args, dict) and args and args != shown[id_]:
                    shown[id_] = args
                    yield f"{label}: " + ", ".join(f"{k}={v!r}" for k, v in args.items())
            elif event["type"] == "tool_end":
                del running[id_], shown[id_]
                yield f"{label}: done"
            elif event["type"] == "tool_error":
                del running[id_], shown[id_]
                yield f"{label}: failed ({event['error']})"
            else:
                assert_never(event)
    finally:
        close_source(events)


# run_tools


async def run_tools__gathers_what_cannot_be_awaited(calls, registry, limit=4, timeout=None):
    """asyncio.gather runs the calls.

    Caught by: test_messages_come_in_the_order_of_the_calls
    """
    return await asyncio.gather(*calls)


async def run_tools__gives_results_as_they_end(calls, registry, limit=4, timeout=None):
    """The tool that ends first comes first.

    Caught by: test_messages_come_in_the_order_of_the_calls
    """
    if limit < 1:
        raise ValueError(limit)
    free = asyncio.Semaphore(limit)

    async def run(call):
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    return await registry[call["name"]].ainvoke(call)
            except Exception as error:
                return ToolMessage(repr(error), tool_call_id=call["id"], status="error")

    runs = [asyncio.create_task(run(call)) for call in calls]
    return [await ended for ended in asyncio.as_completed(runs)]


async def run_tools__starts_all_of_them(calls, registry, limit=4, timeout=None):
    """The sooner they start, the sooner they end.

    Caught by: test_no_more_than_the_limit_run
    """

    async def run(call):
        try:
            async with asyncio.timeout(timeout):
                return await registry[call["name"]].ainvoke(call)
        except Exception as error:
            return ToolMessage(repr(error), tool_call_id=call["id"], status="error")

    return await asyncio.gather(*map(run, calls))


async def run_tools__ends_with_the_first_error(calls, registry, limit=4, timeout=None):
    """An error of a tool is for the caller to handle.

    Caught by: test_one_failure_is_one_message
    """
    if limit < 1:
        raise ValueError(limit)
    free = asyncio.Semaphore(limit)

    async def run(call):
        async with free, asyncio.timeout(timeout):
            return await registry[call["name"]].ainvoke(call)

    return await asyncio.gather(*map(run, calls))


async def run_tools__swallows_its_cancellation(calls, registry, limit=4, timeout=None):
    """Anything that stops a tool is a failure of that tool.

    Caught by: test_cancellation_stops_everything
    """
    if limit < 1:
        raise ValueError(limit)
    free = asyncio.Semaphore(limit)

    async def run(call):
        try:
            async with free, asyncio.timeout(timeout) as _:
                return await registry[call["name"]].ainvoke(call)
        except BaseException as error:
            return ToolMessage(repr(error), tool_call_id=call["id"], status="error")

    tasks = [asyncio.create_task(run(call)) for call in calls]
    try:
        await asyncio.wait(tasks) if tasks else None
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return [task.result() for task in tasks]


async def run_tools__repeats_the_error(calls, registry, limit=4, timeout=None):
    """What the error says is all there is to say about it.

    Caught by: test_one_failure_is_one_message
    """
    if limit < 1:
        raise ValueError(limit)
    free = asyncio.Semaphore(limit)

    async def run(call):
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    return await registry[call["name"]].ainvoke(call)
            except Exception as error:
                return ToolMessage(str(error), tool_call_id=call["id"], status="error")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__gives_a_place_back_after_success(calls, registry, limit=4, timeout=None):
    """When the tool has run, its place is free again.

    Caught by: test_a_failure_frees_its_place
    """
    if limit < 1:
        raise ValueError(limit)
    free = asyncio.Semaphore(limit)

    async def run(call):
        await free.acquire()
        try:
            async with asyncio.timeout(timeout):
                message = await registry[call["name"]].ainvoke(call)
            free.release()
        except Exception as error:
            return ToolMessage(repr(error), tool_call_id=call["id"], status="error")
        return message

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__lets_gather_cancel(calls, registry, limit=4, timeout=None):
    """gather stops everything that it has started, and waits for it.

    Caught by: test_cancellation_stops_everything
    """
    if limit < 1:
        raise ValueError(limit)
    free = asyncio.Semaphore(limit)

    async def run(call):
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    return await registry[call["name"]].ainvoke(call)
            except Exception as error:
                return ToolMessage(repr(error), tool_call_id=call["id"], status="error")

    return await asyncio.gather(*map(run, calls))


async def run_tools__writes_the_message_again(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """The text is what counts in a message.

    Caught by: test_the_message_is_that_of_the_tool
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    free = asyncio.Semaphore(limit)

    async def run(call: ToolCall) -> ToolMessage:
        failed = functools.partial(
            ToolMessage, tool_call_id=call["id"], name=call["name"], status="error"
        )
        if call["name"] not in registry:
            return failed("there is no tool of this name")
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    message: ToolMessage = await registry[call["name"]].ainvoke(call)
                    return ToolMessage(message.text, tool_call_id=call["id"])
            except TimeoutError:
                return failed("the tool took too long")
            except Exception as error:
                return failed(f"{type(error).__name__}: {error}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__limits_all_runs_together(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """One semaphore for the whole program.

    Caught by: test_each_run_has_a_limit_of_its_own
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    free = (
        globals()
        .setdefault("_F", {})
        .setdefault((limit, asyncio.get_running_loop()), asyncio.Semaphore(limit))
    )

    async def run(call: ToolCall) -> ToolMessage:
        failed = functools.partial(
            ToolMessage, tool_call_id=call["id"], name=call["name"], status="error"
        )
        if call["name"] not in registry:
            return failed("there is no tool of this name")
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    message: ToolMessage = await registry[call["name"]].ainvoke(call)
                    return message
            except TimeoutError:
                return failed("the tool took too long")
            except Exception as error:
                return failed(f"{type(error).__name__}: {error}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__knows_some_exceptions(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """Tools raise ValueError, ConnectionError or KeyError.

    Caught by: test_any_calls
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    free = asyncio.Semaphore(limit)

    async def run(call: ToolCall) -> ToolMessage:
        failed = functools.partial(
            ToolMessage, tool_call_id=call["id"], name=call["name"], status="error"
        )
        if call["name"] not in registry:
            return failed("there is no tool of this name")
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    message: ToolMessage = await registry[call["name"]].ainvoke(call)
                    return message
            except TimeoutError:
                return failed("the tool took too long")
            except (ValueError, ConnectionError, KeyError) as error:
                return failed(f"{type(error).__name__}: {error}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__takes_nothing_for_a_failure(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """A tool that gives nothing has failed.

    Caught by: test_any_calls
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    free = asyncio.Semaphore(limit)

    async def run(call: ToolCall) -> ToolMessage:
        failed = functools.partial(
            ToolMessage, tool_call_id=call["id"], name=call["name"], status="error"
        )
        if call["name"] not in registry:
            return failed("there is no tool of this name")
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    message: ToolMessage = await registry[call["name"]].ainvoke(call)
                    return message if message.content else failed("nothing")
            except TimeoutError:
                return failed("the tool took too long")
            except Exception as error:
                return failed(f"{type(error).__name__}: {error}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__tries_again(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """A second try often helps.

    Caught by: test_any_calls
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    free = asyncio.Semaphore(limit)

    async def run(call: ToolCall) -> ToolMessage:
        failed = functools.partial(
            ToolMessage, tool_call_id=call["id"], name=call["name"], status="error"
        )
        if call["name"] not in registry:
            return failed("there is no tool of this name")
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    message: ToolMessage = await registry[call["name"]].ainvoke(call)
                    return message
            except TimeoutError:
                return failed("the tool took too long")
            except Exception as error:
                with suppress(Exception):
                    return await registry[call["name"]].ainvoke(call)
                return failed(f"{type(error).__name__}: {error}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__empties_the_calls(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """A call that runs is not needed any more.

    Caught by: test_any_calls
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    free = asyncio.Semaphore(limit)

    async def run(call: ToolCall) -> ToolMessage:
        failed = functools.partial(
            ToolMessage, tool_call_id=call["id"], name=call["name"], status="error"
        )
        if call["name"] not in registry:
            return failed("there is no tool of this name")
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    message: ToolMessage = await registry[call["name"]].ainvoke(
                        {**call, "args": call.pop("args")}
                    )
                    return message
            except TimeoutError:
                return failed("the tool took too long")
            except Exception as error:
                return failed(f"{type(error).__name__}: {error}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__checks_the_limit_when_it_is_needed(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """Without calls, no limit is needed.

    Caught by: test_a_limit_below_one_is_refused
    """
    if calls and limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    free = asyncio.Semaphore(limit)

    async def run(call: ToolCall) -> ToolMessage:
        failed = functools.partial(
            ToolMessage, tool_call_id=call["id"], name=call["name"], status="error"
        )
        if call["name"] not in registry:
            return failed("there is no tool of this name")
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    message: ToolMessage = await registry[call["name"]].ainvoke(call)
                    return message
            except TimeoutError:
                return failed("the tool took too long")
            except Exception as error:
                return failed(f"{type(error).__name__}: {error}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]
