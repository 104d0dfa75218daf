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
        half = re.search(r"(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$", body)
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
        if text.strip():
            raise ValueError("no JSON can begin like this")
    return json.loads(text[:safe] + ends) if safe else None


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
