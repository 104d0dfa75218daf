"""What beginners write first for lesson 13: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: E722, F821, RUF006, SIM114, SIM222


# render_status


def render_status__forgets_the_f(event):
    """The learner has forgotten the f before a string with braces."""
    kind = event["type"]
    if kind == "retrieval_start":
        return "Searching..."
    if kind == "retrieval_end":
        count = len(event["titles"])
        return "Found {count} document" if count == 1 else "Found {count} documents"
    if kind == "part_start":
        return "Generating..."
    if kind == "tool_start":
        return "Running {event['name']}..."
    if kind == "progress":
        message = event["data"].get("message")
        if isinstance(message, str):
            return " ".join(message.split()) or None
    return None


def render_status__joins_a_number(event):
    """The learner has overlooked that a number cannot be added to a string."""
    kind = event["type"]
    if kind == "retrieval_start":
        return "Searching..."
    if kind == "retrieval_end":
        count = len(event["titles"])
        return "Found " + count + (" document" if count == 1 else " documents")
    if kind == "part_start":
        return "Generating..."
    if kind == "tool_start":
        return "Running " + " ".join(event["name"].split()) + "..."
    if kind == "progress":
        message = event["data"].get("message")
        if isinstance(message, str):
            return " ".join(message.split()) or None
    return None


def render_status__prints_the_line(event):
    """The learner takes printing for returning."""
    kind = event["type"]
    if kind == "retrieval_start":
        print("Searching...")
    elif kind == "retrieval_end":
        count = len(event["titles"])
        print(f"Found {count} document{'' if count == 1 else 's'}")
    elif kind == "part_start":
        print("Generating...")
    elif kind == "tool_start":
        print(f"Running {' '.join(event['name'].split())}...")
    elif kind == "progress":
        message = event["data"].get("message")
        if isinstance(message, str):
            print(" ".join(message.split()))


def render_status__joins_a_string(event):
    """The learner has overlooked that join on a string puts a space between its characters."""
    kind = event["type"]
    if kind == "retrieval_start":
        return "Searching..."
    if kind == "retrieval_end":
        count = len(event["titles"])
        return f"Found {count} document" if count == 1 else f"Found {count} documents"
    if kind == "part_start":
        return "Generating..."
    if kind == "tool_start":
        return f"Running {' '.join(event['name'])}..."
    if kind == "progress":
        message = event["data"].get("message")
        if isinstance(message, str):
            return " ".join(message.split()) or None
    return None


def render_status__asks_for_or(event):
    """The learner believes that `x == a or b` compares x with both."""
    kind = event["type"]
    if kind == "part_start" or "part_delta":
        return "Generating..."
    if kind == "retrieval_start":
        return "Searching..."
    if kind == "retrieval_end":
        count = len(event["titles"])
        return f"Found {count} document" if count == 1 else f"Found {count} documents"
    if kind == "tool_start":
        return f"Running {' '.join(event['name'].split())}..."
    return None


def render_status__looks_up_a_table(event):
    """The learner has overlooked that all lines of a dict are made, whatever the type is."""
    lines = {
        "retrieval_start": "Searching...",
        "part_start": "Generating...",
        "retrieval_end": f"Found {len(event['titles'])} documents",
        "tool_start": f"Running {event['name']}...",
        "progress": event["data"]["message"],
    }
    return lines.get(event["type"])


def render_status__if_around_the_sum(event: StreamEvent) -> str | None:
    """The `if` at the end of the line is only about the letter s."""
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len(event["titles"])
            return f"Found {count} document" + "s" if count != 1 else ""
        case "part_start":
            return "Generating..."
        case "tool_start":
            return "Running " + " ".join(event["name"].split()) + "..."
        case "progress":
            message = event["data"].get("message")
            if isinstance(message, str):
                return " ".join(message.split()) or None
    return None


# normalize_event


def normalize_event__uses_dots(raw):
    """The learner believes that the keys of a dict are attributes."""
    if raw.event == "on_tool_start":
        return {"type": "tool_start", "id": raw.run_id, "name": raw.name}
    if raw.event == "on_tool_end":
        return {"type": "tool_end", "id": raw.run_id}
    return None


def normalize_event__asks_a_chunk_for_a_key(raw):
    """The learner believes that a chunk is a dict."""
    kind = raw["event"]
    if kind == "on_chat_model_start":
        return {"type": "part_start", "id": raw["run_id"], "kind": "text"}
    if kind == "on_chat_model_stream":
        text = raw["data"]["chunk"]["content"]
        return {"type": "part_delta", "id": raw["run_id"], "kind": "text", "data": text}
    if kind == "on_chat_model_end":
        return {"type": "part_end", "id": raw["run_id"]}
    return None


def normalize_event__gives_the_chunk(raw):
    """The learner has overlooked that the text of the chunk is wanted, not the chunk."""
    kind, key = raw["event"], raw["run_id"]
    if kind == "on_chat_model_start":
        return {"type": "part_start", "id": key, "kind": "text"}
    if kind == "on_chat_model_stream":
        return {"type": "part_delta", "id": key, "kind": "text", "data": raw["data"]["chunk"]}
    if kind == "on_chat_model_end":
        return {"type": "part_end", "id": key}
    return None


def normalize_event__makes_text_of_an_error(raw):
    """The learner has overlooked that an error has no name, only its class has."""
    kind, key, data = raw["event"], raw["run_id"], raw["data"]
    if kind == "on_chat_model_start":
        return {"type": "part_start", "id": key, "kind": "text"}
    if kind == "on_chat_model_stream" and data["chunk"].text:
        return {"type": "part_delta", "id": key, "kind": "text", "data": data["chunk"].text}
    if kind == "on_chat_model_end":
        return {"type": "part_end", "id": key}
    if kind == "on_retriever_start":
        query = data["input"]
        query = query["query"] if isinstance(query, dict) else query
        return {"type": "retrieval_start", "id": key, "query": query}
    if kind == "on_retriever_end":
        titles = [document.metadata.get("title", "untitled") for document in data["output"]]
        return {"type": "retrieval_end", "id": key, "titles": titles}
    if kind == "on_tool_start":
        return {"type": "tool_start", "id": key, "name": raw["name"]}
    if kind == "on_tool_end":
        return {"type": "tool_end", "id": key}
    if kind == "on_tool_error":
        return {"type": "tool_error", "id": key, "message": data["error"].__name__}
    if kind == "on_custom_event":
        return {"type": "progress", "name": raw["name"], "data": data}
    return None


def normalize_event__yields(raw):
    """The learner has written yield where one result is returned."""
    kind, key = raw["event"], raw["run_id"]
    if kind == "on_tool_start":
        yield {"type": "tool_start", "id": key, "name": raw["name"]}
    elif kind == "on_tool_end":
        yield {"type": "tool_end", "id": key}


def normalize_event__makes_it_by_position(raw):
    """The learner believes that a TypedDict is made like any other class."""
    kind = raw["event"]
    if kind == "on_chat_model_start":
        return PartStartEvent("part_start", raw["run_id"], "text")


def normalize_event__asks_for_another_key(raw):
    """The learner believes that the kind of an event is under "type"."""
    kind = raw["type"]
    if kind == "on_chat_model_start":
        return {"type": "part_start", "id": raw["run_id"], "kind": "text"}
    return None


def normalize_event__asks_an_error_for_its_name(raw: RawEvent) -> StreamEvent | None:
    """An exception object has a __name__ like its class."""
    kind = raw["event"]
    run = raw["run_id"]
    if kind == "on_chat_model_start":
        return {"type": "part_start", "id": run, "kind": "text"}
    if kind == "on_chat_model_stream":
        text = raw["data"]["chunk"].text
        if not text:
            return None
        return {"type": "part_delta", "id": run, "kind": "text", "data": str(text)}
    if kind == "on_chat_model_end":
        return {"type": "part_end", "id": run}
    if kind == "on_retriever_start":
        query = raw["data"]["input"]
        if isinstance(query, dict):
            query = query["query"]
        return {"type": "retrieval_start", "id": run, "query": query}
    if kind == "on_retriever_end":
        titles = [doc.metadata.get("title", "untitled") for doc in raw["data"]["output"]]
        return {"type": "retrieval_end", "id": run, "titles": titles}
    if kind == "on_tool_start":
        return {"type": "tool_start", "id": run, "name": raw["name"]}
    if kind == "on_tool_end":
        return {"type": "tool_end", "id": run}
    if kind == "on_tool_error":
        return {"type": "tool_error", "id": run, "message": raw["data"]["error"].__name__}
    if kind == "on_custom_event":
        return {"type": "progress", "name": raw["name"], "data": raw["data"]}
    return None


# filter_events


def filter_events__asks_one_list_for_another(events, names=None, tags=None, root_only=False):
    """The learner believes that in compares two lists."""
    try:
        for event in events:
            if names is not None and event["name"] not in names:
                continue
            if tags is not None and event["tags"] not in tags:
                continue
            if root_only and event["parent_ids"]:
                continue
            yield event
    finally:
        close_source(events)


def filter_events__loops_over_none(events, names=None, tags=None, root_only=False):
    """The learner has overlooked that None cannot be searched."""
    try:
        for event in events:
            if event["name"] in names and any(tag in tags for tag in event["tags"]):
                yield event
    finally:
        close_source(events)


def filter_events__returns_filter(events, names=None, tags=None, root_only=False):
    """The learner believes that a generator function may return its iterator."""

    def passes(event):
        if names is not None and event["name"] not in names:
            return False
        if tags is not None and not set(tags) & set(event["tags"]):
            return False
        return not (root_only and event["parent_ids"])

    return filter(passes(events), events)


def filter_events__removes_while_looping(events, names=None, tags=None, root_only=False):
    """The learner removes items from the list that the loop goes through."""
    events = list(events)
    for event in events:
        if names is not None and event["name"] not in names:
            events.remove(event)
        elif tags is not None and not set(tags) & set(event["tags"]):
            events.remove(event)
        elif root_only and event["parent_ids"]:
            events.remove(event)
    yield from events


def filter_events__breaks(events, names=None, tags=None, root_only=False):
    """The learner has written break, which ends the loop, for continue."""
    try:
        for event in events:
            if names is not None and event["name"] not in names:
                break
            if tags is not None and not set(tags) & set(event["tags"]):
                break
            if root_only and event["parent_ids"]:
                break
            yield event
    finally:
        close_source(events)


# fold_events


def fold_events__returns_what_update_returns(state, event):
    """The learner believes that update returns the dict."""
    kind = event["type"]
    if state["done"]:
        raise ValueError("it is done")
    texts, tools = dict(state["texts"]), dict(state["tools"])
    if kind == "part_start" and event["kind"] == "text":
        texts[event["id"]] = ""
        return dict(state).update(status="writing", texts=texts)
    if kind == "part_delta" and event["kind"] == "text":
        texts[event["id"]] = texts.get(event["id"], "") + event["data"]
        return dict(state).update(texts=texts)
    if kind == "retrieval_start":
        return dict(state).update(status="searching")
    if kind == "retrieval_end":
        return dict(state).update(documents=[*state["documents"], *event["titles"]])
    if kind == "tool_start":
        tools[event["id"]] = {"name": event["name"], "state": "running"}
        return dict(state).update(tools=tools)
    if kind in ("complete", "error"):
        status = "complete" if kind == "complete" else "failed"
        return dict(state).update(status=status, done=True)
    return state


def fold_events__forgets_to_return(state, event):
    """The learner has forgotten to return the new state."""
    if state["done"]:
        raise ValueError("it is done")
    kind = event["type"]
    new = {**state, "texts": dict(state["texts"]), "tools": dict(state["tools"])}
    new["documents"] = list(state["documents"])
    if kind == "part_start" and event["kind"] == "text":
        new["status"] = "writing"
        new["texts"][event["id"]] = ""
    elif kind == "part_delta" and event["kind"] == "text":
        new["texts"][event["id"]] = new["texts"].get(event["id"], "") + event["data"]
    elif kind == "retrieval_start":
        new["status"] = "searching"
    elif kind == "retrieval_end":
        new["documents"] += event["titles"]
    elif kind in ("complete", "error"):
        new["status"] = "complete" if kind == "complete" else "failed"
        new["done"] = True


def fold_events__adds_to_a_missing_key(state, event):
    """The learner has overlooked that a delta may come before its part has started."""
    if state["done"]:
        raise ValueError("it is done")
    kind = event["type"]
    new = {**state, "texts": dict(state["texts"]), "tools": dict(state["tools"])}
    new["documents"] = list(state["documents"])
    if kind == "part_start" and event["kind"] == "text":
        new["status"] = "writing"
        new["texts"][event["id"]] = ""
    elif kind == "part_delta" and event["kind"] == "text":
        new["texts"][event["id"]] += event["data"]
    elif kind == "retrieval_start":
        new["status"] = "searching"
    elif kind == "retrieval_end":
        new["documents"] += event["titles"]
    elif kind == "tool_start":
        new["tools"][event["id"]] = {"name": event["name"], "state": "running"}
    elif kind in ("tool_end", "tool_error"):
        state_of = "done" if kind == "tool_end" else "failed"
        new["tools"][event["id"]] = {**new["tools"][event["id"]], "state": state_of}
    elif kind in ("complete", "error"):
        new["status"] = "complete" if kind == "complete" else "failed"
        new["done"] = True
    return new


def fold_events__appends_a_list(state, event):
    """The learner has overlooked that append adds a list as one item."""
    if state["done"]:
        raise ValueError("it is done")
    kind = event["type"]
    new = {**state, "texts": dict(state["texts"]), "tools": dict(state["tools"])}
    new["documents"] = list(state["documents"])
    if kind == "part_start" and event["kind"] == "text":
        new["status"] = "writing"
        new["texts"][event["id"]] = ""
    elif kind == "part_delta" and event["kind"] == "text":
        new["texts"][event["id"]] = new["texts"].get(event["id"], "") + event["data"]
    elif kind == "retrieval_start":
        new["status"] = "searching"
    elif kind == "retrieval_end":
        new["documents"].append(event["titles"])
    elif kind == "tool_start":
        new["tools"][event["id"]] = {"name": event["name"], "state": "running"}
    elif kind in ("tool_end", "tool_error"):
        state_of = "done" if kind == "tool_end" else "failed"
        new["tools"][event["id"]] = {**new["tools"][event["id"]], "state": state_of}
    elif kind in ("complete", "error"):
        new["status"] = "complete" if kind == "complete" else "failed"
        new["done"] = True
    return new


def fold_events__is_a_state(state, event):
    """The learner believes that a TypedDict has attributes."""
    if state.done:
        raise ValueError("it is done")
    if event["type"] == "retrieval_start":
        state.status = "searching"
    return state


# check_lifecycle


def check_lifecycle__makes_a_dict(events):
    """The learner believes that {} is an empty set."""
    opened = {}
    try:
        for event in events:
            if event["type"] in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in opened:
                    raise LifecycleError("an id is used twice")
                opened.add(event["id"])
            yield event
    finally:
        close_source(events)


def check_lifecycle__raises_a_class_of_its_own(events):
    """The learner raises an error of another class than the one that is named."""
    seen = set()
    opened = {}
    ended = False
    try:
        for event in events:
            kind = event["type"]
            if ended:
                raise RuntimeError("something comes after the end")
            if kind in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in seen:
                    raise RuntimeError("an id is used twice")
                seen.add(event["id"])
                opened[event["id"]] = kind.split("_")[0]
            elif kind == "part_delta":
                if opened.get(event["id"]) != "part":
                    raise RuntimeError("no open part")
            elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
                if opened.pop(event["id"], None) != kind.split("_")[0]:
                    raise RuntimeError("nothing to close")
            elif kind in ("complete", "error"):
                if kind == "complete" and opened:
                    raise RuntimeError("something is still open")
                ended = True
            yield event
        if not ended:
            raise RuntimeError("no end")
    finally:
        close_source(events)


def check_lifecycle__removes_what_is_not_there(events):
    """The learner has overlooked that remove fails if the item is not there."""
    seen = set()
    opened = set()
    ended = False
    try:
        for event in events:
            kind = event["type"]
            if ended:
                raise LifecycleError("something comes after the end")
            if kind in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in seen:
                    raise LifecycleError("an id is used twice")
                seen.add(event["id"])
                opened.add((kind.split("_")[0], event["id"]))
            elif kind == "part_delta":
                if ("part", event["id"]) not in opened:
                    raise LifecycleError("no open part")
            elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
                opened.remove((kind.split("_")[0], event["id"]))
            elif kind in ("complete", "error"):
                if kind == "complete" and opened:
                    raise LifecycleError("something is still open")
                ended = True
            yield event
        if not ended:
            raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__raises_the_class_with_is(events):
    """The learner believes that is compares two strings, also those that are made at run time."""
    seen = set()
    opened = {}
    ended = False
    try:
        for event in events:
            kind = event["type"]
            if ended:
                raise LifecycleError("something comes after the end")
            if kind in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in seen:
                    raise LifecycleError("an id is used twice")
                seen.add(event["id"])
                opened[event["id"]] = kind.split("_")[0]
            elif kind == "part_delta":
                if opened.get(event["id"]) is not "part":  # noqa: F632
                    raise LifecycleError("no open part")
            elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
                if opened.pop(event["id"], None) != kind.split("_")[0]:
                    raise LifecycleError("nothing to close")
            elif kind in ("complete", "error"):
                if kind == "complete" and opened:
                    raise LifecycleError("something is still open")
                ended = True
            yield event
        if not ended:
            raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__raises_in_finally(events):
    """The learner believes that finally runs only when the source has ended."""
    opens = {"part_start": "part", "tool_start": "tool", "retrieval_start": "retrieval"}
    closes = {
        "part_end": "part",
        "tool_end": "tool",
        "tool_error": "tool",
        "retrieval_end": "retrieval",
    }
    used = set()
    open_ids = {}
    over = False
    try:
        for event in events:
            kind = event["type"]
            if over:
                raise LifecycleError(f"{kind} after the end")
            if kind in opens:
                if event["id"] in used:
                    raise LifecycleError(f"{event['id']} was used before")
                used.add(event["id"])
                open_ids[event["id"]] = opens[kind]
            elif kind == "part_delta":
                if open_ids.get(event["id"]) != "part":
                    raise LifecycleError(f"{event['id']} is not an open part")
            elif kind in closes:
                if open_ids.get(event["id"]) != closes[kind]:
                    raise LifecycleError(f"{event['id']} is not open")
                del open_ids[event["id"]]
            elif kind == "complete":
                if open_ids:
                    raise LifecycleError("something is still open")
                over = True
            elif kind == "error":
                over = True
            yield event
    finally:
        close_source(events)
        if not over:
            raise LifecycleError("no terminal event came")


# collect_parts


def collect_parts__adds_text_to_bytes(events):
    """The learner has overlooked that the pieces of an image are text, and cannot join bytes."""
    parts = {}
    for event in events:
        if event["type"] not in ("part_start", "part_delta"):
            continue
        key = "text" if event["kind"] == "text" else "data"
        empty = "" if event["kind"] == "text" else b""
        part = parts.setdefault(event["id"], {"kind": event["kind"], "id": event["id"], key: empty})
        if part["kind"] != event["kind"]:
            raise ValueError("an id has two kinds")
        if event["type"] == "part_delta":
            part[key] += event["data"]
    return list(parts.values())


def collect_parts__returns_a_view(events):
    """The learner believes that the values of a dict are a list."""
    kinds = {}
    data = {}
    for event in events:
        if event["type"] not in ("part_start", "part_delta"):
            continue
        if kinds.setdefault(event["id"], event["kind"]) != event["kind"]:
            raise ValueError("an id has two kinds")
        data[event["id"]] = data.get(event["id"], "") + event.get("data", "")
    parts = {}
    for key, kind in kinds.items():
        if kind == "text":
            parts[key] = {"kind": kind, "id": key, "text": data[key]}
        else:
            parts[key] = {"kind": kind, "id": key, "data": b64decode(data[key], validate=True)}
    return parts.values()


def collect_parts__changes_the_dict_it_loops_over(events):
    """The learner changes the size of a dict while a loop goes through it."""
    kinds = {}
    data = {}
    for event in events:
        if event["type"] not in ("part_start", "part_delta"):
            continue
        if kinds.setdefault(event["id"], event["kind"]) != event["kind"]:
            raise ValueError("an id has two kinds")
        data[event["id"]] = data.get(event["id"], "") + event.get("data", "")
    parts = []
    for key in data:
        if kinds[key] == "text":
            parts.append({"kind": "text", "id": key, "text": data.pop(key)})
        else:
            decoded = b64decode(data.pop(key), validate=True)
            parts.append({"kind": kinds[key], "id": key, "data": decoded})
    return parts


def collect_parts__reads_a_missing_key(events):
    """The learner has overlooked that only a delta has data."""
    data = {}
    kinds = {}
    for event in events:
        if event["type"] in ("part_start", "part_delta"):
            kinds[event["id"]] = event["kind"]
            data[event["id"]] = data.get(event["id"], "") + event["data"]
    parts = []
    for key, kind in kinds.items():
        if kind == "text":
            parts.append({"kind": kind, "id": key, "text": data[key]})
        else:
            parts.append({"kind": kind, "id": key, "data": b64decode(data[key])})
    return parts


# emit_progress


async def emit_progress__hands_over_keywords(name, /, **data):
    """The learner spreads the data over keyword arguments."""
    await adispatch_custom_event(name, **data)


async def emit_progress__makes_a_task(name, /, **data):
    """The learner has overlooked that a task that nobody awaits may never run."""
    import asyncio

    json.dumps(data)
    asyncio.create_task(adispatch_custom_event(name, data))


async def emit_progress__dumps_and_sends_text(name, /, **data):
    """The learner sends the text that dumps returns instead of the data."""
    text = json.dumps(data)
    with suppress(RuntimeError):
        await adispatch_custom_event(name, text)


async def emit_progress__catches_everything(name, /, **data):
    """The learner has written a bare except that hides every reason."""
    try:
        copy = json.loads(json.dump(data))
        await adispatch_custom_event(name, copy)
    except:
        pass


async def emit_progress__has_lost_its_stars(name, data=None):
    """The learner believes that the data comes as one dict."""
    copy = json.loads(json.dumps(data))
    with suppress(RuntimeError):
        await adispatch_custom_event(name, copy)
