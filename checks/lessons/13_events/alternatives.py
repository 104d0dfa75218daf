"""Correct answers to lesson 13 that are written differently from the reference.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# render_status


def render_status__if_elif(event):
    """A chain of if and elif, and one place that tidies the line."""
    kind, line = event["type"], None
    if kind == "retrieval_start":
        line = "Searching..."
    elif kind == "retrieval_end":
        line = f"Found {len(event['titles'])} documents"
        if len(event["titles"]) == 1:
            line = "Found 1 document"
    elif kind == "part_start":
        line = "Generating..."
    elif kind == "tool_start":
        line = f"Running {' '.join(event['name'].split())}..."
    elif kind == "progress":
        line = event["data"].get("message")
    if not isinstance(line, str):
        return None
    return " ".join(line.split()) or None


def render_status__patterns(event):
    """Dict patterns, and a regular expression for whitespace."""
    import re

    match event:
        case {"type": "retrieval_start"}:
            return "Searching..."
        case {"type": "retrieval_end", "titles": [_]}:
            return "Found 1 document"
        case {"type": "retrieval_end", "titles": titles}:
            return f"Found {len(titles)} documents"
        case {"type": "part_start"}:
            return "Generating..."
        case {"type": "tool_start", "name": name}:
            return "Running " + re.sub(r"\s+", " ", name).strip() + "..."
        case {"type": "progress", "data": {"message": str(message)}}:
            return re.sub(r"\s+", " ", message).strip() or None
        case _:
            return None


def render_status__table(event):
    """A dict of functions, one for each type that has a line."""
    import re

    def one_line(value):
        return re.sub(r"\s+", " ", value).strip() if isinstance(value, str) else ""

    def found(event):
        count = sum(1 for _ in event["titles"])
        return "Found 1 document" if count == 1 else f"Found {count} documents"

    lines = {
        "retrieval_start": lambda event: "Searching...",
        "retrieval_end": found,
        "part_start": lambda event: "Generating...",
        "tool_start": lambda event: f"Running {one_line(event['name'])}...",
        "progress": lambda event: one_line(event["data"].get("message")),
    }
    line = lines.get(event["type"], lambda event: None)(event)
    return line or None


def render_status__early_returns(event):
    """Returns as soon as it knows; the message is read with try."""
    type_ = event["type"]
    if type_ == "part_start":
        return "Generating..."
    if type_.startswith("retrieval_"):
        match type_.removeprefix("retrieval_"):
            case "start":
                return "Searching..."
            case "end":
                number = len(event["titles"])
                return f"Found {number} document" + "s" * (number != 1)
    if type_ == "tool_start":
        return "Running " + " ".join(event["name"].split()) + "..."
    if type_ == "progress":
        try:
            words = event["data"]["message"].split
        except (KeyError, AttributeError):
            return None
        if isinstance(event["data"]["message"], str):
            return " ".join(words()) or None
    return None


# normalize_event


def normalize_event__table(raw):
    """A table of functions instead of a match statement."""

    def delta(data):
        text = data["chunk"].text
        return ("part_delta", {"kind": "text", "data": text}) if text else None

    def search(data):
        query = data["input"]["query"] if isinstance(data["input"], dict) else data["input"]
        return "retrieval_start", {"query": query}

    def found(data):
        titles = [{"title": "untitled", **document.metadata}["title"] for document in data]
        return "retrieval_end", {"titles": titles}

    table = {
        "on_chat_model_start": lambda data: ("part_start", {"kind": "text"}),
        "on_chat_model_stream": delta,
        "on_chat_model_end": lambda data: ("part_end", {}),
        "on_retriever_start": search,
        "on_retriever_end": lambda data: found(data["output"]),
        "on_tool_start": lambda data: ("tool_start", {"name": raw["name"]}),
        "on_tool_end": lambda data: ("tool_end", {}),
        "on_tool_error": lambda data: ("tool_error", {"message": "The tool did not work."}),
    }
    if raw["event"] == "on_custom_event":
        return {"type": "progress", "name": raw["name"], "data": dict(raw["data"])}
    made = table.get(raw["event"], lambda data: None)(raw["data"])
    return {"type": made[0], "id": raw["run_id"], **made[1]} if made else None


def normalize_event__one_function_for_each_kind(raw):
    """Functions in a class, found by their names."""

    class Translate:
        @staticmethod
        def on_chat_model_start(id_, data):
            return {"type": "part_start", "id": id_, "kind": "text"}

        @staticmethod
        def on_chat_model_stream(id_, data):
            text = str(data["chunk"].text)
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text} if text else None

        @staticmethod
        def on_chat_model_end(id_, data):
            return {"type": "part_end", "id": id_}

        @staticmethod
        def on_retriever_start(id_, data):
            asked = data["input"]
            query = asked if isinstance(asked, str) else asked["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}

        @staticmethod
        def on_retriever_end(id_, data):
            titles = []
            for document in data["output"]:
                known = "title" in document.metadata
                titles.append(document.metadata["title"] if known else "untitled")
            return {"type": "retrieval_end", "id": id_, "titles": titles}

        @staticmethod
        def on_tool_start(id_, data):
            return {"type": "tool_start", "id": id_, "name": raw["name"]}

        @staticmethod
        def on_tool_end(id_, data):
            return {"type": "tool_end", "id": id_}

        @staticmethod
        def on_tool_error(id_, data):
            return {"type": "tool_error", "id": id_, "message": "Sorry, this did not work."}

        @staticmethod
        def on_custom_event(id_, data):
            return {"type": "progress", "name": raw["name"], "data": dict(data)}

    known = [name for name in vars(Translate) if name.startswith("on_")]
    if raw["event"] not in known:
        return None
    return getattr(Translate, raw["event"])(raw["run_id"], raw["data"])


def normalize_event__patterns(raw):
    """Patterns take the raw event apart; the root is known by its parents."""
    match raw:
        case {"event": "on_chat_model_start", "run_id": id_}:
            return {"type": "part_start", "id": id_, "kind": "text"}
        case {"event": "on_chat_model_stream", "run_id": id_, "data": {"chunk": chunk}}:
            if chunk.text != "":
                return {"type": "part_delta", "id": id_, "kind": "text", "data": chunk.text}
        case {"event": "on_chat_model_end", "run_id": id_}:
            return {"type": "part_end", "id": id_}
        case {"event": "on_retriever_start", "run_id": id_, "parent_ids": [], "data": data}:
            return {"type": "retrieval_start", "id": id_, "query": data["input"]}
        case {"event": "on_retriever_start", "run_id": id_, "data": {"input": {"query": query}}}:
            return {"type": "retrieval_start", "id": id_, "query": query}
        case {"event": "on_retriever_end", "run_id": id_, "data": {"output": found}}:
            titles = [{"title": "untitled", **document.metadata}["title"] for document in found]
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case {"event": "on_tool_start", "run_id": id_, "name": name}:
            return {"type": "tool_start", "id": id_, "name": name}
        case {"event": "on_tool_end", "run_id": id_}:
            return {"type": "tool_end", "id": id_}
        case {"event": "on_tool_error", "run_id": id_, "data": {"error": error}}:
            return {"type": "tool_error", "id": id_, "message": f"{error.__class__.__qualname__}."}
        case {"event": "on_custom_event", "name": name, "data": data}:
            return {"type": "progress", "name": name, "data": data}
    return None


# filter_events


def filter_events__sets_and_all(events, names=None, tags=None, root_only=False):
    """A list of conditions, sets for the tags, and `closing`."""
    from contextlib import closing, nullcontext

    conditions = []
    if names is not None:
        conditions.append(lambda event: event["name"] in set(names))
    if tags is not None:
        conditions.append(lambda event: not set(tags).isdisjoint(event["tags"]))
    if root_only:
        conditions.append(lambda event: event["parent_ids"] == [])
    with closing(events) if hasattr(events, "close") else nullcontext():
        yield from (event for event in events if all(holds(event) for holds in conditions))


def filter_events__iterator_class(events, names=None, tags=None, root_only=False):
    """A class with __next__ and close in place of a generator."""

    class Filtered:
        def __init__(self):
            self.events = iter(events)

        def __iter__(self):
            return self

        def __next__(self):
            try:
                for event in self.events:
                    if names is not None and event["name"] not in names:
                        continue
                    if tags is not None and not set(tags) & set(event["tags"]):
                        continue
                    if root_only and event["parent_ids"]:
                        continue
                    return event
            except BaseException:
                self.close()
                raise
            self.close()
            raise StopIteration

        def close(self):
            close_source(events)

    return Filtered()


def filter_events__chain_of_filters(events, names=None, tags=None, root_only=False):
    """One filter() after the other."""
    passed = iter(events)
    if names is not None:
        passed = filter(lambda event: event["name"] in names, passed)
    if tags is not None:
        passed = filter(lambda event: not set(tags).isdisjoint(event["tags"]), passed)
    if root_only:
        passed = filter(lambda event: len(event["parent_ids"]) == 0, passed)

    def closing():
        try:
            yield from passed
        finally:
            close_source(events)

    return closing()


def filter_events__list_of_conditions(events, names=None, tags=None, root_only=False):
    """A list of conditions, and contextlib closes the source."""
    from contextlib import ExitStack

    wanted = []
    if names is not None:
        wanted.append(lambda event: any(event["name"] == name for name in names))
    if tags is not None:
        wanted.append(lambda event: bool({*event["tags"]} & {*tags}))
    if root_only:
        wanted.append(lambda event: not event["parent_ids"])
    with ExitStack() as stack:
        stack.callback(close_source, events)
        for event in events:
            if all(condition(event) for condition in wanted):
                yield event


# fold_events


def fold_events__changes_a_deep_copy(state, event):
    """A deep copy first; then it may be changed."""
    from copy import deepcopy

    if state["done"]:
        raise ValueError("nothing may come after the end")
    new = deepcopy(state)
    match event:
        case {"type": "part_start", "kind": "text", "id": id_}:
            new["status"] = "writing"
            new["texts"][id_] = ""
        case {"type": "part_delta", "kind": "text", "id": id_, "data": data}:
            new["texts"][id_] = new["texts"].get(id_, "") + data
        case {"type": "retrieval_start"}:
            new["status"] = "searching"
        case {"type": "retrieval_end", "titles": titles}:
            new["documents"].extend(titles)
        case {"type": "tool_start", "id": id_, "name": name}:
            new["tools"][id_] = {"name": name, "state": "running"}
        case {"type": "tool_end", "id": id_} if id_ in new["tools"]:
            new["tools"][id_]["state"] = "done"
        case {"type": "tool_error", "id": id_} if id_ in new["tools"]:
            new["tools"][id_]["state"] = "failed"
        case {"type": "complete"}:
            new.update(status="complete", done=True)
        case {"type": "error"}:
            new.update(status="failed", done=True)
    return new


def fold_events__one_function_for_each_type(state, event):
    """A table of functions, each of which says what changes."""

    def tool(how):
        def change():
            known = state["tools"].get(event["id"], {"name": "?"})
            return {"tools": state["tools"] | {event["id"]: known | {"state": how}}}

        return change

    def text():
        if event["kind"] != "text":
            return {}
        before = state["texts"].get(event["id"], "")
        texts = state["texts"] | {event["id"]: before + event.get("data", "")}
        return {"texts": texts} | ({} if "data" in event else {"status": "writing"})

    changes = {
        "part_start": text,
        "part_delta": text,
        "retrieval_start": lambda: {"status": "searching"},
        "retrieval_end": lambda: {"documents": state["documents"] + event["titles"]},
        "tool_start": lambda: {
            "tools": state["tools"] | {event["id"]: {"name": event["name"], "state": "running"}}
        },
        "tool_end": tool("done"),
        "tool_error": tool("failed"),
        "complete": lambda: {"status": "complete", "done": True},
        "error": lambda: {"status": "failed", "done": True},
    }
    if state["done"]:
        raise ValueError(event["type"])
    return state | changes.get(event["type"], dict)()


def fold_events__changes_then_merges(state, event):
    """Says what changes in the state, and merges it at the end."""
    if state["done"]:
        raise ValueError("it is over")
    type_, id_ = event["type"], event.get("id")
    change = {}
    if type_ == "part_start" and event["kind"] == "text":
        change = {"status": "writing", "texts": state["texts"] | {id_: ""}}
    elif type_ == "part_delta" and event["kind"] == "text":
        text = state["texts"].get(id_, "")
        change = {} if id_ in state["texts"] else {"status": "writing"}
        change |= {"texts": state["texts"] | {id_: f"{text}{event['data']}"}}
    elif type_ == "retrieval_start":
        change = {"status": "searching"}
    elif type_ == "retrieval_end":
        change = {"documents": state["documents"] + list(event["titles"])}
    elif type_ == "tool_start":
        change = {"tools": state["tools"] | {id_: {"name": event["name"], "state": "running"}}}
    elif type_ in ("tool_end", "tool_error"):
        tool = dict(state["tools"].get(id_, {"name": "unknown"}))
        tool["state"] = "done" if type_ == "tool_end" else "failed"
        change = {"tools": state["tools"] | {id_: tool}}
    elif type_ in ("complete", "error"):
        change = {"status": "complete" if type_ == "complete" else "failed", "done": True}
    return state | change


def fold_events__patterns(state, event):
    """Patterns for the event, and a shallow copy whose parts are replaced."""
    if state["done"]:
        raise ValueError(event["type"])
    after = dict(state)
    match event:
        case {"type": "part_start", "kind": "text", "id": id}:
            after["status"] = "writing"
            after["texts"] = {**state["texts"], id: ""}
        case {"type": "part_delta", "kind": "text", "id": id, "data": data}:
            after["texts"] = {**state["texts"]}
            after["texts"].setdefault(id, "")
            after["texts"][id] += data
        case {"type": "retrieval_start"}:
            after["status"] = "searching"
        case {"type": "retrieval_end", "titles": titles}:
            after["documents"] = state["documents"].copy()
            after["documents"].extend(titles)
        case {"type": "tool_start", "id": id, "name": name}:
            after["tools"] = {**state["tools"], id: {"name": name, "state": "running"}}
        case {"type": "tool_end" | "tool_error" as type, "id": id} if id in state["tools"]:
            became = {"tool_end": "done", "tool_error": "failed"}[type]
            after["tools"] = {**state["tools"], id: state["tools"][id] | {"state": became}}
        case {"type": "complete"}:
            after.update(status="complete", done=True)
        case {"type": "error"}:
            after.update(status="failed", done=True)
    return after


# check_lifecycle


def check_lifecycle__state_of_each_id(events):
    """One dict says for each id what it is and whether it is open."""
    starts = {"part_start": "part", "tool_start": "tool", "retrieval_start": "retrieval"}
    ends = {
        "part_end": "part",
        "tool_end": "tool",
        "tool_error": "tool",
        "retrieval_end": "retrieval",
    }
    ids = {}
    last = None
    source = iter(events)
    try:
        while (event := next(source, None)) is not None:
            kind = event["type"]
            if last in ("complete", "error"):
                raise LifecycleError(f"{kind} after {last}")
            if kind in starts:
                if event["id"] in ids:
                    raise LifecycleError(f"{event['id']} again")
                ids[event["id"]] = (starts[kind], "open")
            elif kind == "part_delta" and ids.get(event["id"]) != ("part", "open"):
                raise LifecycleError(f"{event['id']} is no open part")
            elif kind in ends:
                if ids.get(event["id"]) != (ends[kind], "open"):
                    raise LifecycleError(f"{event['id']} is not open")
                ids[event["id"]] = (ends[kind], "closed")
            elif kind == "complete" and any(state == "open" for _, state in ids.values()):
                raise LifecycleError("unfinished")
            last = kind
            yield event
    finally:
        close_source(events)
    if last not in ("complete", "error"):
        raise LifecycleError("no end")


def check_lifecycle__iterator_class(events):
    """A class with __next__ and close in place of a generator."""
    ends = {"part_end": "part", "tool_end": "tool", "tool_error": "tool"}
    ends["retrieval_end"] = "retrieval"

    class Checked:
        def __init__(self):
            self.source = iter(events)
            self.opened, self.known, self.over = {}, set(), False

        def __iter__(self):
            return self

        def __next__(self):
            try:
                return self.checked(next(self.source))
            except StopIteration:
                self.close()
                if self.over:
                    raise
                raise LifecycleError("no end") from None
            except BaseException:
                self.close()
                raise

        def checked(self, event):
            kind, id_ = event["type"], event.get("id")
            faults = {
                "over": self.over,
                "again": kind in ("part_start", "tool_start", "retrieval_start")
                and id_ in self.known,
                "no part": kind == "part_delta" and self.opened.get(id_) != "part",
                "not open": kind in ends and self.opened.get(id_) != ends[kind],
                "unfinished": kind == "complete" and self.opened != {},
            }
            for fault, found in faults.items():
                if found:
                    raise LifecycleError(fault)
            if kind in ("part_start", "tool_start", "retrieval_start"):
                self.known.add(id_)
                self.opened[id_] = kind.removesuffix("_start")
            elif kind in ends:
                del self.opened[id_]
            self.over = kind in ("complete", "error")
            return event

        def close(self):
            close_source(events)

    return Checked()


def check_lifecycle__sets(events):
    """A set of what is open for each sort, and one of all ids; the end is looked for at the top."""
    opens = {"part_start": "part", "tool_start": "tool", "retrieval_start": "retrieval"}
    closes = {
        "part_end": "part",
        "tool_end": "tool",
        "tool_error": "tool",
        "retrieval_end": "retrieval",
    }
    used, is_open, last = set(), {"part": set(), "tool": set(), "retrieval": set()}, None
    try:
        for event in events:
            type_ = event["type"]
            if last in ("complete", "error"):
                raise LifecycleError("too late")
            if type_ in opens:
                if event["id"] in used:
                    raise LifecycleError("used twice")
                used.add(event["id"])
                is_open[opens[type_]].add(event["id"])
            elif type_ == "part_delta" and event["id"] not in is_open["part"]:
                raise LifecycleError("not open")
            elif type_ in closes:
                try:
                    is_open[closes[type_]].remove(event["id"])
                except KeyError:
                    raise LifecycleError("not open") from None
            elif type_ == "complete" and any(is_open.values()):
                raise LifecycleError("still open")
            last = type_
            yield event
        if last not in ("complete", "error"):
            raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__two_stages(events):
    """One generator checks the ids, and one around it the end."""

    def ids_checked():
        opened, closed = {}, set()
        for event in events:
            what, _, when = event["type"].rpartition("_")
            is_known = f"{what}_{when}" in (
                *("part_start", "part_delta", "part_end", "tool_start", "tool_end", "tool_error"),
                *("retrieval_start", "retrieval_end"),
            )
            if is_known and when == "start":
                if event["id"] in opened or event["id"] in closed:
                    raise LifecycleError(event["id"])
                opened[event["id"]] = what
            elif is_known:
                if event["id"] not in opened or opened[event["id"]] != what:
                    raise LifecycleError(event["id"])
                if when != "delta":
                    closed.add(event["id"])
                    del opened[event["id"]]
            elif event["type"] == "complete" and len(opened) > 0:
                raise LifecycleError("open")
            yield event

    is_over = False
    try:
        for event in ids_checked():
            if is_over:
                raise LifecycleError("over")
            is_over = event["type"] in {"complete", "error"}
            yield event
        if not is_over:
            raise LifecycleError("not over")
    finally:
        close_source(events)


# collect_parts


def collect_parts__buffers(events):
    """A StringIO for each part, and the kinds in a set of pairs."""
    import io

    buffers = {}
    for event in events:
        match event:
            case {"type": "part_start" | "part_delta", "id": id_, "kind": kind}:
                known, buffer = buffers.setdefault(id_, (kind, io.StringIO()))
                if known != kind:
                    raise ValueError(f"{id_} was {known} and is {kind} now")
                buffer.write(event.get("data", ""))
    return [
        {"kind": kind, "id": id_, "text": buffer.getvalue()}
        if kind == "text"
        else {"kind": kind, "id": id_, "data": b64decode(buffer.getvalue().encode(), None, True)}
        for id_, (kind, buffer) in buffers.items()
    ]


def collect_parts__groups(events):
    """All events in a list, sorted by the first appearance of their ids and grouped."""
    from itertools import groupby

    mine = [event for event in events if event["type"] in {"part_start", "part_delta"}]
    order = [*dict.fromkeys(event["id"] for event in mine)]
    mine.sort(key=lambda event: order.index(event["id"]))
    parts = []
    for id_, group in groupby(mine, key=lambda event: event["id"]):
        group = [*group]
        kinds = {event["kind"] for event in group}
        if len(kinds) > 1:
            raise ValueError(f"{id_} is {' and '.join(sorted(kinds))}")
        kind, data = kinds.pop(), "".join(event.get("data", "") for event in group)
        if kind == "text":
            parts.append(TextPart(kind="text", id=id_, text=data))
        else:
            parts.append(MediaPart(kind=kind, id=id_, data=b64decode(data, validate=True)))
    return parts


def collect_parts__objects(events):
    """An object for each part, in a dict by id."""
    import binascii
    from dataclasses import dataclass, field

    @dataclass
    class Collected:
        id: str
        kind: str
        pieces: list = field(default_factory=list)

        def part(self):
            if self.kind == "text":
                return {"kind": "text", "id": self.id, "text": "".join(self.pieces)}
            data = "".join(self.pieces).encode("ascii", "strict")
            decoded = binascii.a2b_base64(data, strict_mode=True) if data else b""
            return {"kind": self.kind, "id": self.id, "data": decoded}

    found = {}
    for event in events:
        if event["type"] not in {"part_start", "part_delta"}:
            continue
        part = found.setdefault(event["id"], Collected(event["id"], event["kind"]))
        if part.kind != event["kind"]:
            raise ValueError("it has changed its kind")
        if "data" in event:
            part.pieces.append(event["data"])
    return [part.part() for part in found.values()]


def collect_parts__checks_by_hand(events):
    """Checks the alphabet and the length itself, and lets b64decode do the rest."""
    import string

    alphabet = set(string.ascii_letters + string.digits + "+/")
    order, kinds, text_of = [], {}, {}
    for event in events:
        match event:
            case {"type": "part_start" | "part_delta", "id": id_, "kind": kind}:
                if id_ not in kinds:
                    order.append(id_)
                    kinds[id_], text_of[id_] = kind, ""
                elif kinds[id_] != kind:
                    raise ValueError(id_)
                text_of[id_] += event["data"] if event["type"] == "part_delta" else ""
    parts = []
    for id_ in order:
        if kinds[id_] == "text":
            parts.append({"kind": "text", "id": id_, "text": text_of[id_]})
            continue
        body = text_of[id_].rstrip("=")
        if set(body) - alphabet or len(text_of[id_]) % 4 or len(text_of[id_]) - len(body) > 2:
            raise ValueError(f"{id_} is not base64")
        parts.append({"kind": kinds[id_], "id": id_, "data": b64decode(text_of[id_])})
    return parts


# emit_progress


async def emit_progress__asks_first(name, /, **data):
    """It checks whether there is a run, instead of catching the error."""
    from langchain_core.runnables.config import (
        ensure_config,
        get_async_callback_manager_for_config,
    )

    text = json.dumps(data)
    config = ensure_config()
    if get_async_callback_manager_for_config(config).parent_run_id is not None:
        await adispatch_custom_event(name, json.loads(text), config=config)


async def emit_progress__deep_copy(name, /, **data):
    """A deep copy, made once the data has been checked."""
    from copy import deepcopy

    json.dumps(data)
    try:
        await adispatch_custom_event(name, deepcopy(data))
    except RuntimeError:
        return


async def emit_progress__encodes_once(name, /, **data):
    """An encoder of its own, and an except clause around the dispatch."""
    text = json.JSONEncoder().encode(data)
    try:
        await adispatch_custom_event(name, json.JSONDecoder().decode(text))
    except RuntimeError:
        return


async def emit_progress__callback_manager(name, /, **data):
    """Looks for the run's configuration, and hands it over."""
    from langchain_core.runnables.config import ensure_config, var_child_runnable_config

    sent = json.loads(json.dumps(data))
    if var_child_runnable_config.get() is None:
        return
    config = ensure_config()
    if getattr(config.get("callbacks"), "parent_run_id", None) is None:
        return
    await adispatch_custom_event(name, sent, config=config)
