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

    return [await ended for ended in asyncio.as_completed([run(call) for call in calls])]


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
