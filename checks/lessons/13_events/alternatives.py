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
