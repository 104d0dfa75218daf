"""Right answers to lesson 14 that are built differently from the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# accumulate_tool_calls


def accumulate_tool_calls__slots(deltas):
    """The open calls are kept as dicts, one table for indexes and one for ids."""
    calls, by_index, by_id, last = [], {}, {}, None
    for delta in deltas:
        index, call_id, name = (
            None if delta.get(key) == "null" else delta.get(key) for key in ("index", "id", "name")
        )
        if index is not None:
            call = by_index.get(index)
            if call and call_id and call["id"] and call["id"] != call_id:
                call = None
        else:
            call = by_id.get(call_id) if call_id else last
        if call is None:
            call = {"id": "", "name": "", "args": []}
            calls.append(call)
        if index is not None:
            by_index[index] = call
        if call_id and not call["id"]:
            call["id"] = call_id
        if name and (not call["name"] or not call["args"]) and name != call["name"]:
            call["name"] += name
        by_id[call["id"]] = last = call
        if isinstance(delta["args"], dict):
            call["args"].append(json.dumps(delta["args"], ensure_ascii=False))
        elif delta["args"]:
            call["args"].append(delta["args"])
    return [{**call, "args": "".join(call["args"])} for call in calls]


def accumulate_tool_calls__generations(deltas):
    """A call is known by its index and by how many calls this index has had."""
    calls, generation, names, before = {}, {}, {}, None
    for delta in deltas:
        index, args = delta["index"], delta["args"] or ""
        call_id, name = (delta[key] if delta[key] != "null" else "" for key in ("id", "name"))
        call_id, name = call_id or "", name or ""
        if index is None and not call_id:
            key = before or (None, 0)
        elif index is None:
            key = names.get(call_id, (call_id, 0))
        else:
            key = (index, generation.get(index, 0))
            known = calls.get(key, {"id": ""})["id"]
            if known and call_id and known != call_id:
                generation[index] = key[1] + 1
                key = (index, key[1] + 1)
        call = calls.setdefault(key, {"id": "", "name": "", "args": ""})
        call["id"] = call["id"] or call_id
        if call["name"] == "" or (call["args"] == "" and call["name"] != name):
            call["name"] += name
        call["args"] += args if isinstance(args, str) else json.dumps(args)
        if call["id"]:
            names[call["id"]] = key
        before = key
    return list(calls.values())


def accumulate_tool_calls__looks_back(deltas):
    """Nothing is noted: each delta looks for its call among those that there are."""
    calls, now = [], None
    for delta in deltas:
        index, args = delta["index"], delta["args"]
        call_id, name = (
            (delta[key] or "").replace("null", "") if delta[key] == "null" else delta[key] or ""
            for key in ("id", "name")
        )
        if index is not None:
            same = [call for call in calls if call["index"] == index]
            now = same[-1] if same else None
            if now and call_id and now["id"] and now["id"] != call_id:
                now = None
        elif call_id:
            now = next((call for call in calls if call["id"] == call_id), None)
        if now is None:
            now = {"index": index, "id": "", "name": [], "args": []}
            calls.append(now)
        now["id"] = now["id"] or call_id
        whole = "".join(now["name"])
        if name and (not whole or (whole != name and not now["args"])):
            now["name"].append(name)
        if args:
            now["args"].append(args if isinstance(args, str) else json.dumps(args))
    return [
        {"id": call["id"], "name": "".join(call["name"]), "args": "".join(call["args"])}
        for call in calls
    ]


def accumulate_tool_calls__a_class_per_call(deltas):
    """A call takes what is said of it, and knows what counts."""
    from dataclasses import dataclass, field

    @dataclass
    class Call:
        id: str = ""
        name: str = ""
        pieces: list = field(default_factory=list)

        def add(self, call_id, name, args):
            self.id = self.id or call_id
            if not self.name:
                self.name = name
            elif not self.pieces and name != self.name:
                self.name += name
            match args:
                case dict():
                    self.pieces.append(json.dumps(args, ensure_ascii=False))
                case str() if args:
                    self.pieces.append(args)

    def known(word):
        return "" if word in (None, "null") else word

    order, of_index, of_id, last = [], {}, {}, None
    for delta in deltas:
        index, call_id = delta["index"], known(delta["id"])
        if index is not None:
            call = of_index.get(index)
            if call is not None and call_id and call.id not in ("", call_id):
                call = None
        elif call_id:
            call = of_id.get(call_id)
        else:
            call = last
        if call is None:
            call = Call()
            order.append(call)
        if index is not None:
            of_index[index] = call
        call.add(call_id, known(delta["name"]), delta["args"])
        if call.id:
            of_id.setdefault(call.id, call)
        last = call
    return [{"id": call.id, "name": call.name, "args": "".join(call.pieces)} for call in order]


# finalize_tool_calls


def finalize_tool_calls__pydantic(calls):
    """Pydantic reads and checks in one step; the dicts are made by hand."""
    from pydantic import TypeAdapter

    objects = TypeAdapter(dict[str, Any])
    valid, invalid = [], []
    for call in calls:
        known = {"name": call["name"], "id": call["id"]}
        try:
            args = objects.validate_json(call["args"] or "{}")
        except Exception as error:
            bad = {"type": "invalid_tool_call", "args": call["args"], "error": repr(error)}
            invalid.append({**known, **bad})
        else:
            valid.append({**known, "type": "tool_call", "args": args})
    return valid, invalid


def finalize_tool_calls__judges_each_alone(calls):
    """A function reads one text; two lists are sorted out afterwards."""

    def read(text):
        if not text:
            return {}, ""
        try:
            value = json.JSONDecoder().decode(text)
        except Exception as error:
            return None, repr(error)
        return (value, "") if type(value) is dict else (None, f"a {type(value).__name__}")

    judged = [(call, *read(call["args"])) for call in calls]
    return (
        [
            tool_call(name=call["name"], args=args, id=call["id"])
            for call, args, error in judged
            if not error
        ],
        [invalid_tool_call(**call, error=error) for call, _, error in judged if error],
    )


def finalize_tool_calls__objects_by_a_hook(calls):
    """A match statement tells the kinds apart; every error of the parser is one kind."""
    valid, invalid = [], []
    for call in calls:
        try:
            read = {} if call["args"] == "" else json.loads(call["args"])
        except (json.JSONDecodeError, ValueError, RecursionError, MemoryError) as error:
            read = error
        match read:
            case dict():
                valid.append(tool_call(name=call["name"], args=read, id=call["id"]))
            case _:
                invalid.append(
                    invalid_tool_call(
                        name=call["name"],
                        args=call["args"],
                        id=call["id"],
                        error=f"not the arguments of a tool: {read!r:.80}",
                    )
                )
    return valid, invalid


def finalize_tool_calls__strips_only_to_judge(calls):
    """What must be an object begins with a bracket: this is seen before it is read."""
    groups = {True: [], False: []}
    for call in calls:
        text, error = call["args"] or "{}", "it is not a JSON object"
        args = None
        if text.lstrip(" \t\r\n").startswith("{"):
            try:
                args = json.loads(text)
            except Exception as caught:
                error = f"{type(caught).__name__}: {caught}"
        if args is None:
            bad = invalid_tool_call(
                name=call["name"], args=call["args"], id=call["id"], error=error
            )
            groups[False].append(bad)
        else:
            groups[True].append(tool_call(name=call["name"], args=args, id=call["id"]))
    return groups[True], groups[False]


# parse_partial


def parse_partial__recursive_descent(text):
    """A function for a value calls itself; the end of the text is StopIteration."""
    tokens = TOKEN.finditer(text)
    top = []

    def must(token, *marks):
        if token["mark"] not in marks:
            raise ValueError(f"{token[0]!r} where one of {marks} should be")
        return token["mark"]

    def value(token, put):
        match token["mark"]:
            case "[":
                made = []
                put(made)
                token = next(tokens)
                while token["mark"] != "]":
                    value(token, made.append)
                    if must(next(tokens), ",", "]") == "]":
                        return
                    token = next(tokens)
                    if token["mark"] == "]":
                        raise ValueError("a comma before the end")
            case "{":
                made = {}
                put(made)
                token = next(tokens)
                while token["mark"] != "}":
                    if token["text"] is None:
                        raise ValueError("a key is a text")
                    must(next(tokens), ":")
                    value(next(tokens), functools.partial(made.__setitem__, string(token)))
                    if must(next(tokens), ",", "}") == "}":
                        return
                    token = next(tokens)
                    if token["mark"] == "}":
                        raise ValueError("a comma before the end")
            case None if token["text"] is not None:
                put(string(token))
            case None if token["word"] in LITERALS:
                put(LITERALS[token["word"]])
            case None if token.end() == len(text) and may_go_on(token["word"]):
                raise StopIteration
            case None if NUMBER.fullmatch(token["word"]):
                put(json.loads(token["word"]))
            case _:
                raise ValueError(f"{token[0]!r} is no value")

    def string(token):
        shown = json.loads(f'"{token["text"]}"')
        open_half = token["end"] != '"' and shown and 0xD800 <= ord(shown[-1]) < 0xDC00
        return shown[:-1] if open_half else shown

    try:
        value(next(tokens), top.append)
        raise ValueError(f"{next(tokens)[0]!r} after the end")
    except StopIteration:
        return top[0] if top else None


def parse_partial__cut_and_close(text):
    """The text is completed to check it, and cut at the last safe place to show it."""
    closers, quoted, escaped, wants_key = [], False, False, False
    safe, ends = 0, ""
    word = ""
    for place, character in enumerate(text):
        if quoted:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                quoted = False
                if not wants_key:
                    safe, ends = place + 1, "".join(reversed(closers))
        elif character == '"':
            quoted, word, start = True, "", place
        elif character in "{[":
            closers.append("}" if character == "{" else "]")
            wants_key, word = character == "{", ""
            safe, ends = place + 1, "".join(reversed(closers))
        elif character in "}]":
            if not closers or closers.pop() != character:
                raise ValueError("the wrong bracket")
            wants_key, word = False, ""
            safe, ends = place + 1, "".join(reversed(closers))
        elif character in ",: \t\n\r":
            if word and word not in LITERALS:
                safe, ends = place, "".join(reversed(closers))
            word = ""
            if character == ",":
                wants_key = bool(closers) and closers[-1] == "}"
            elif character == ":":
                wants_key = False
        else:
            word += character
            if word in LITERALS:
                safe, ends = place + 1, "".join(reversed(closers))

    closing = "".join(reversed(closers))
    if quoted:
        body = text[start + 1 :]
        half = re.search(r"(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)\Z", body)
        body = body[: half.start(1)] if half else body
        completion = body + '"'
        shown = json.loads(f'"{body}"')
        if wants_key:
            json.loads(text[:start] + f'"{body}": 0' + closing)
            return json.loads(text[:safe] + ends) if safe else None
        if "\ud800" <= shown[-1:] <= "\udbff":
            body = body[:-6]
        json.loads(text[: start + 1] + completion + closing)
        return json.loads(text[: start + 1] + body + '"' + closing)
    ways = ["", "0", ": 0", '"": 0', *(name[len(word) :] for name in LITERALS if word)]
    for way in ways:
        try:
            json.loads(text + way + closing)
            break
        except json.JSONDecodeError:
            continue
    else:
        if text.strip(" \t\n\r"):
            raise ValueError("no JSON can begin like this")
    return json.loads(text[:safe] + ends) if safe else None


def parse_partial__a_stack_of_frames(text):
    """Letter by letter, with a list of what is open and a state for each; no regular expression."""
    at, size = 0, len(text)

    class Over(Exception):
        pass

    def skip():
        nonlocal at
        while at < size and text[at] in " \t\n\r":
            at += 1
        if at == size:
            raise Over

    def string(put):
        nonlocal at
        at += 1
        start, good = at, at
        while at < size and text[at] != '"':
            if text[at] < " ":
                raise ValueError("a control character in a string")
            if text[at] == "\\":
                kind = text[at + 1 : at + 2]
                if kind == "u":
                    digits = text[at + 2 : at + 6]
                    if digits.strip("0123456789abcdefABCDEF"):
                        raise ValueError("a wrong escape")
                    length = 6
                elif kind and kind not in '"\\/bfnrt':
                    raise ValueError("a wrong escape")
                else:
                    length = 2
                if at + length > size:
                    at = size
                    break
                at += length
            else:
                at += 1
            good = at
        shown = json.loads(f'"{text[start:good]}"')
        if at < size:
            at += 1
            put(shown)
            return
        if shown and "\ud800" <= shown[-1] <= "\udbff":
            shown = shown[:-1]
        put(shown)
        raise Over

    def word(put):
        nonlocal at
        start = at
        while at < size and text[at] not in ' \t\n\r{}[]:,"':
            at += 1
        found = text[start:at]
        if found in LITERALS:
            put(LITERALS[found])
        elif at == size and may_go_on(found):
            raise Over
        elif NUMBER.fullmatch(found):
            put(json.loads(found))
        else:
            raise ValueError(f"{found!r} is not JSON")

    def value(put):
        nonlocal at
        skip()
        if text[at] == '"':
            string(put)
        elif text[at] == "[":
            made = []
            put(made)
            at += 1
            skip()
            if text[at] == "]":
                at += 1
                return
            while True:
                value(made.append)
                skip()
                at += 1
                if text[at - 1] == "]":
                    return
                if text[at - 1] != ",":
                    raise ValueError("a comma is missing")
        elif text[at] == "{":
            made, key = {}, [""]
            put(made)
            at += 1
            skip()
            if text[at] == "}":
                at += 1
                return
            while True:
                skip()
                if text[at] != '"':
                    raise ValueError("a key is a string")
                string(lambda found: key.append(found))
                skip()
                if text[at] != ":":
                    raise ValueError("a colon is missing")
                at += 1
                name = key[-1]
                value(lambda found: made.__setitem__(name, found))  # noqa: B023
                skip()
                at += 1
                if text[at - 1] == "}":
                    return
                if text[at - 1] != ",":
                    raise ValueError("a comma is missing")
        elif text[at] in "]}:,":
            raise ValueError("a value is missing")
        else:
            word(put)

    top = []
    try:
        value(top.append)
        skip()
        raise ValueError("there is more after the end")
    except Over:
        return top[0] if top else None


def parse_partial__a_generator_of_states(text):
    """Each open value is a generator that takes the next token and says when it has ended."""

    def whole(token, last):
        if token["text"] is not None:
            shown = json.loads(f'"{token["text"]}"')
            if token["end"] != '"' and shown and 0xD800 <= ord(shown[-1]) <= 0xDBFF:
                shown = shown[:-1]
            return shown
        word = token["word"] or ""
        if word in LITERALS:
            return LITERALS[word]
        if last and may_go_on(word):
            raise StopAsyncIteration
        if not NUMBER.fullmatch(word):
            raise ValueError(f"{token[0]!r} is not a value")
        return json.loads(word)

    found = list(TOKEN.finditer(text))
    top, path, expects, name = [], [], "value", None
    for token in found:
        mark, holder = token["mark"], path[-1] if path else top
        if expects == "colon" and mark == ":":
            expects = "value"
        elif expects in ("key", "key or end") and token["text"] is not None:
            name, expects = whole(token, False), "colon"
        elif mark and mark in "]}" and path:
            right = isinstance(holder, dict) == (mark == "}")
            if not right or expects not in ("more", "key or end", "value or end"):
                raise ValueError("a wrong bracket")
            path.pop()
            expects = "more" if path else "nothing"
        elif expects == "more" and mark == ",":
            expects = "key" if isinstance(holder, dict) else "value"
        elif expects in ("value", "value or end") and mark not in list(":,]}"):
            if mark:
                value = {} if mark == "{" else []
            else:
                try:
                    value = whole(token, token.end() == len(text))
                except StopAsyncIteration:
                    break
            if isinstance(holder, dict):
                holder[name] = value
            else:
                holder.append(value)
            if mark:
                path.append(value)
                expects = "key or end" if mark == "{" else "value or end"
            else:
                expects = "more" if path else "nothing"
        else:
            raise ValueError(f"{token[0]!r} where {expects} should be")
    return top[0] if top else None


# stream_json_items


def stream_json_items__reads_the_rest_again(tokens, key=None):
    """The decoder of json says where an element ends; the rest is read again: simple, but slow."""
    decoder = json.JSONDecoder()
    text, begun = "", False
    label = None if key is None else re.compile(r'"((?:[^"\\]|\\.)*)"\s*(:\s*\[)?')
    try:
        for token in tokens:
            text += token
            if not begun and label is None and text.lstrip():
                if not text.lstrip().startswith("["):
                    raise ValueError("the text is not an array")
                begun, text = True, text.lstrip()[1:]
            for found in label.finditer(text) if label and not begun else ():
                if found[2] and json.loads(f'"{found[1]}"') == key:
                    begun, text = True, text[found.end() :]
                    break
            while begun:
                text = text.lstrip(" \t\r\n,")
                if text.startswith("]"):
                    return
                try:
                    item, end = decoder.raw_decode(text)
                except json.JSONDecodeError:
                    break
                yield item
                text = text[end:]
        raise ValueError("the text was cut off")
    finally:
        close_source(tokens)


def stream_json_items__two_machines(tokens, key=None):
    """One generator finds the characters of the array, another cuts it into elements."""

    def letters():
        escaped = quoted = False
        for token in tokens:
            for letter in token:
                inside = quoted
                if quoted:
                    quoted = escaped or letter != '"'
                    escaped = letter == "\\" and not escaped
                else:
                    quoted = letter == '"'
                yield letter, inside or quoted

    marked = letters()

    def to_the_array():
        if key is None:
            return next((letter for letter, _ in marked if not letter.isspace()), "") == "["
        string, colon = "", False
        for letter, text in marked:
            if text:
                string, colon = letter if colon else string + letter, False
            elif letter == ":":
                colon = True
            elif letter == "[" and colon and json.loads(string) == key:
                return True
            elif not letter.isspace():
                string, colon = "", False
        return False

    try:
        if not to_the_array():
            raise ValueError("there is no such array")
        item, depth = [], 0
        for letter, text in marked:
            if depth == 0 and letter == "]" and not text:
                return
            if depth == 0 and letter not in "{[, \t\r\n":
                raise ValueError("an element is no object")
            if depth or letter in "{[":
                item.append(letter)
            if not text and letter in "{[":
                depth += 1
            elif not text and letter in "}]":
                depth -= 1
                if depth == 0:
                    yield json.loads("".join(item))
                    item = []
        raise ValueError("the array does not end")
    finally:
        close_source(tokens)


def stream_json_items__a_class(tokens, key=None):
    """An object takes one character at a time and keeps the elements that are whole."""

    class Array:
        def __init__(self):
            self.begun = self.over = self.quoted = self.escaped = False
            self.depth, self.text, self.string, self.label = 0, "", "", None
            self.ready = []

        def take(self, letter):
            if self.begun:
                self.inside(letter)
            elif self.quoted:
                self.string += letter
                self.end_of_string(letter)
            elif letter == '"':
                self.quoted, self.string = True, '"'
            elif letter == ":":
                self.label = json.loads(self.string)
            elif letter == "[":
                self.begun = key is None or self.label == key
                self.label = None
            elif not letter.isspace():
                self.label = None
            if key is None and not self.begun and not letter.isspace():
                raise ValueError("this is not an array")
            if not self.quoted and letter == '"':
                self.label = None

        def end_of_string(self, letter):
            if self.escaped:
                self.escaped = False
            elif letter == "\\":
                self.escaped = True
            elif letter == '"':
                self.quoted = False

        def inside(self, letter):
            if self.depth == 0:
                if letter == "]":
                    self.over = True
                elif letter == "{":
                    self.text, self.depth = "{", 1
                elif letter not in ", \t\r\n":
                    raise ValueError(f"{letter!r} begins no object")
                return
            self.text += letter
            if self.quoted:
                self.end_of_string(letter)
            elif letter == '"':
                self.quoted = True
            elif letter in "{[":
                self.depth += 1
            elif letter in "}]":
                self.depth -= 1
                if self.depth == 0:
                    self.ready.append(json.loads(self.text))

    array = Array()
    try:
        for token in tokens:
            for letter in token:
                array.take(letter)
                while array.ready:
                    yield array.ready.pop(0)
                if array.over:
                    return
        raise ValueError("the array does not end")
    finally:
        close_source(tokens)


def stream_json_items__tokens_of_json(tokens, key=None):
    """Each time, the whole text so far is cut into the tokens of JSON; simple, but slow."""
    text, given = "", 0
    try:
        for more in tokens:
            text += more
            found = [token for token in TOKEN.finditer(text) if token["end"] != ""]
            begin = None
            for number, token in enumerate(found):
                before = [
                    one["mark"] or json.loads(one[0])
                    if one["text"] is not None or one["mark"]
                    else None
                    for one in found[max(number - 2, 0) : number]
                ]
                if token["mark"] == "[" and (
                    number == 0
                    if key is None
                    else before == [key, ":"] and found[number - 2]["text"] is not None
                ):
                    begin = number
                    break
            if key is None and begin is None and found:
                raise ValueError("this is not an array")
            if begin is None:
                continue
            depth, count, start = 0, 0, 0
            for token in found[begin + 1 :]:
                mark = token["mark"]
                if depth == 0 and mark == "]":
                    return
                if depth == 0 and mark == "{":
                    start = token.start()
                elif depth == 0 and mark != ",":
                    raise ValueError(f"{token[0]!r} begins no object")
                depth += (mark in ("{", "[")) - (mark in ("}", "]"))
                if depth == 0 and mark != ",":
                    count += 1
                    if count > given:
                        given = count
                        yield json.loads(text[start : token.end()])
        raise ValueError("the tokens end before the array does")
    finally:
        close_source(tokens)


# tool_progress


def tool_progress__one_object_per_call(events, parse=parse_partial):
    """A small class knows what one call has to say."""

    class Line:
        def __init__(self, name, call_id):
            self.label = f"{name} ({call_id})"
            self.pieces = []
            self.last = None

        def add(self, piece):
            self.pieces.append(piece)
            try:
                known = parse("".join(self.pieces))
            except ValueError:
                return None
            if not isinstance(known, dict) or not known:
                return None
            if known == self.last:
                return None
            self.last = known
            line = ", ".join([f"{name}={value!r}" for name, value in known.items()])
            return f"{self.label}: {line}"

    open_lines = {}

    def lines():
        for event in events:
            match event:
                case {"type": "tool_start", "id": call_id, "name": name}:
                    open_lines[call_id] = Line(name, call_id)
                    yield f"{open_lines[call_id].label}: started"
                case {"id": call_id} if call_id not in open_lines:
                    raise ValueError(f"nobody knows {call_id}")
                case {"type": "tool_arguments", "id": call_id, "piece": piece}:
                    yield open_lines[call_id].add(piece)
                case {"type": "tool_end", "id": call_id}:
                    yield f"{open_lines.pop(call_id).label}: done"
                case {"type": "tool_error", "id": call_id, "error": error}:
                    yield f"{open_lines.pop(call_id).label}: failed ({error})"

    try:
        yield from filter(None, lines())
    finally:
        close_source(events)


def tool_progress__a_generator_per_call(events, parse=parse_partial):
    """Each call has a generator of its own, which is sent the events of this call."""

    def lines(event):
        label = f"{event['name']} ({event['id']}): "
        text, shown = "", {}
        event = yield label + "started"
        while event["type"] == "tool_arguments":
            text += event["piece"]
            try:
                args = parse(text)
            except ValueError:
                args = None
            if isinstance(args, dict) and args not in ({}, shown):
                shown = args
                event = yield label + ", ".join(f"{key}={args[key]!r}" for key in args)
            else:
                event = yield None
        yield label + ("done" if event["type"] == "tool_end" else f"failed ({event['error']})")

    calls = {}
    try:
        for event in events:
            if event["type"] == "tool_start":
                calls[event["id"]] = lines(event)
                yield next(calls[event["id"]])
                continue
            if event["id"] not in calls:
                raise ValueError(f"nothing is known of {event['id']}")
            line = calls[event["id"]].send(event)
            if event["type"] != "tool_arguments":
                del calls[event["id"]]
            if line is not None:
                yield line
    finally:
        close_source(events)


def tool_progress__a_class_that_is_an_iterator(events, parse=parse_partial):
    """The iterator is an object with __next__ and close, without yield."""

    class Lines:
        def __init__(self):
            self.source, self.calls, self.over = None, {}, False

        def __iter__(self):
            return self

        def __next__(self):
            if self.over:
                raise StopIteration
            try:
                if self.source is None:
                    self.source = iter(events)
                while True:
                    line = self.line_of(next(self.source))
                    if line:
                        return line
            except BaseException:
                self.close()
                raise

        def line_of(self, event):
            kind, call_id = event["type"], event["id"]
            if kind == "tool_start":
                self.calls[call_id] = [event["name"], [], None]
                return f"{event['name']} ({call_id}): started"
            try:
                call = self.calls[call_id]
            except KeyError:
                raise ValueError(f"the call {call_id} does not run") from None
            label = f"{call[0]} ({call_id}): "
            if kind != "tool_arguments":
                del self.calls[call_id]
                return label + ("done" if kind == "tool_end" else f"failed ({event['error']})")
            call[1].append(event["piece"])
            try:
                args = parse("".join(call[1]))
            except ValueError:
                return None
            if not isinstance(args, dict) or not args or args == call[2]:
                return None
            call[2] = args
            return label + ", ".join(map("{0[0]}={0[1]!r}".format, args.items()))

        def close(self):
            self.over = True
            close_source(events)

    return Lines()


def tool_progress__three_tables(events, parse=parse_partial):
    """Names, texts and what was shown are kept in three dicts; a match tells the events apart."""
    names, texts, shown = {}, {}, {}

    def entries(call_id, piece):
        texts[call_id] = texts.get(call_id, "") + piece
        with suppress(ValueError):
            args = parse(texts[call_id])
            if isinstance(args, dict) and args and shown.get(call_id) != args:
                shown[call_id] = args
                return ", ".join(f"{key}={value!r}" for key, value in args.items())
        return ""

    try:
        for event in events:
            call_id = event["id"]
            if event["type"] != "tool_start" and call_id not in names:
                raise ValueError(call_id)
            match event:
                case {"type": "tool_start", "name": name}:
                    names[call_id] = name
                    yield f"{name} ({call_id}): started"
                case {"type": "tool_arguments", "piece": piece}:
                    if line := entries(call_id, piece):
                        yield f"{names[call_id]} ({call_id}): {line}"
                case {"type": "tool_end"}:
                    yield f"{names.pop(call_id)} ({call_id}): done"
                case {"type": "tool_error", "error": error}:
                    yield f"{names.pop(call_id)} ({call_id}): failed ({error})"
    finally:
        close_source(events)


# run_tools


async def run_tools__workers(calls, registry, limit=4, timeout=None):
    """A few workers take the calls from a list; a task group ends them."""
    if limit < 1:
        raise ValueError("nobody would work")
    messages = [None] * len(calls)
    waiting = iter(enumerate(calls))

    async def work():
        for place, call in waiting:
            try:
                tool = registry[call["name"]]
                async with asyncio.timeout(timeout):
                    messages[place] = await tool.ainvoke(call)
            except Exception as error:
                messages[place] = ToolMessage(f"{error!r}", tool_call_id=call["id"], status="error")

    async with asyncio.TaskGroup() as group:
        for _ in range(min(limit, len(calls))):
            group.create_task(work())
    return messages


async def run_tools__gathers_errors_too(calls, registry, limit=4, timeout=None):
    """gather waits for all if errors are results; wait_for is the time limit."""
    if limit < 1:
        raise ValueError("nobody would work")
    free = asyncio.Semaphore(limit)

    async def run(call):
        async with free:
            return await asyncio.wait_for(registry[call["name"]].ainvoke(call), timeout)

    results = await asyncio.gather(*map(run, calls), return_exceptions=True)
    return [
        ToolMessage(repr(result), tool_call_id=call["id"], status="error")
        if isinstance(result, Exception)
        else result
        for call, result in zip(calls, results, strict=True)
    ]


async def run_tools__tasks_by_hand(calls, registry, limit=4, timeout=None):
    """Tasks that wait for a semaphore are cancelled and awaited by hand."""
    if limit < 1:
        raise ValueError("nobody would work")
    free = asyncio.BoundedSemaphore(limit)

    async def answer(call):
        await free.acquire()
        try:
            limited = asyncio.timeout(timeout)
            async with limited:
                return await registry[call["name"]].ainvoke(call)
        except Exception as error:
            why = f"{call['name']} failed: {type(error).__name__}"
            return ToolMessage(content=why, tool_call_id=call["id"], status="error")
        finally:
            free.release()

    tasks = [asyncio.ensure_future(answer(call)) for call in calls]
    try:
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_tools__a_queue_of_calls(calls, registry, limit=4, timeout=None):
    """Workers take numbers from a queue until it is empty, and write into a dict."""
    if limit <= 0:
        raise ValueError(f"limit={limit}")
    queue, answered = asyncio.Queue(), {}
    for number in range(len(calls)):
        queue.put_nowait(number)

    async def work():
        while not queue.empty():
            number = queue.get_nowait()
            call = calls[number]
            task = asyncio.ensure_future(one(call))
            try:
                done, _ = await asyncio.wait([task], timeout=timeout)
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.wait([task])
                raise
            if not done:
                task.cancel()
                await asyncio.wait([task])
                answered[number] = error(call, "it took too long")
            elif task.exception():
                answered[number] = error(call, repr(task.exception()))
            else:
                answered[number] = task.result()

    async def one(call):
        return await registry[call["name"]].ainvoke(call)

    def error(call, what):
        return ToolMessage(what, tool_call_id=call["id"], status="error")

    async with asyncio.TaskGroup() as group:
        for _ in range(min(limit, len(calls))):
            group.create_task(work())
    return [answered[number] for number in range(len(calls))]
