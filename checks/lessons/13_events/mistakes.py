"""Wrong answers to lesson 13 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# render_status


def render_status__always_says_documents(event):
    """A number always goes with a plural word.

    Caught by: test_one_document_is_no_documents
    """
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            return f"Found {len(event['titles'])} documents"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {' '.join(event['name'].split())}..."
        case "progress" if isinstance(event["data"].get("message"), str):
            return " ".join(event["data"]["message"].split()) or None
    return None


def render_status__knows_all_types(event):
    """A match statement has to be exhaustive, so any other type is a bug in the program.

    Caught by: test_unknown_types_have_no_line
    """
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len(event["titles"])
            return f"Found {count} document{'' if count == 1 else 's'}"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {' '.join(event['name'].split())}..."
        case "progress":
            message = event["data"].get("message")
            return " ".join(message.split()) or None if isinstance(message, str) else None
        case "part_delta" | "part_end" | "tool_end" | "tool_error" | "complete" | "error":
            return None
        case _:
            return assert_never(event)


def render_status__keeps_line_breaks(event):
    """A message is shown as it is; only the ends are tidied.

    Caught by: test_a_line_is_one_line
    """
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len(event["titles"])
            return f"Found {count} document{'' if count == 1 else 's'}"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {event['name'].strip()}..."
        case "progress":
            message = event["data"].get("message")
            return message.strip() or None if isinstance(message, str) else None
    return None


def render_status__expects_a_message(event):
    """Progress always has a message, because that is what it is for.

    Caught by: test_progress_shows_its_message
    """
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len(event["titles"])
            return f"Found {count} document{'' if count == 1 else 's'}"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {' '.join(event['name'].split())}..."
        case "progress":
            return " ".join(event["data"]["message"].split()) or None
    return None


def render_status__returns_an_empty_line(event):
    """If there is nothing to say, the line is an empty text.

    Caught by: test_a_line_is_one_line
    """
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len(event["titles"])
            return f"Found {count} document{'' if count == 1 else 's'}"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {' '.join(event['name'].split())}..."
        case "progress":
            message = event["data"].get("message")
            return " ".join(message.split()) if isinstance(message, str) else None
    return None


def render_status__counts_a_title_once(event: StreamEvent) -> str | None:
    """Two documents of the same title are one.

    Caught by: test_any_event
    """
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len(set(event["titles"]))
            return f"Found {count} document{'' if count == 1 else 's'}"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {' '.join(event['name'].split())}..."
        case "progress":
            message = event["data"].get("message")
            return " ".join(message.split()) or None if isinstance(message, str) else None
        case "part_delta" | "part_end" | "tool_end" | "tool_error" | "complete" | "error":
            return None
        case _:
            return None


def render_status__counts_titles_with_text(event: StreamEvent) -> str | None:
    """A document without a title was not found.

    Caught by: test_any_event
    """
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len([t for t in event["titles"] if t])
            return f"Found {count} document{'' if count == 1 else 's'}"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {' '.join(event['name'].split())}..."
        case "progress":
            message = event["data"].get("message")
            return " ".join(message.split()) or None if isinstance(message, str) else None
        case "part_delta" | "part_end" | "tool_end" | "tool_error" | "complete" | "error":
            return None
        case _:
            return None


def render_status__takes_any_spelling(event: StreamEvent) -> str | None:
    """Small and capital letters do not matter.

    Caught by: test_any_event
    """
    match event["type"].lower():
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len(event["titles"])
            return f"Found {count} document{'' if count == 1 else 's'}"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {' '.join(event['name'].split())}..."
        case "progress":
            message = event["data"].get("message")
            return " ".join(message.split()) or None if isinstance(message, str) else None
        case "part_delta" | "part_end" | "tool_end" | "tool_error" | "complete" | "error":
            return None
        case _:
            return None


def render_status__fills_the_event_up(event: StreamEvent) -> str | None:
    """An event with all keys is easier to read.

    Caught by: test_any_event
    """
    event.setdefault("data", {})
    match event["type"]:
        case "retrieval_start":
            return "Searching..."
        case "retrieval_end":
            count = len(event["titles"])
            return f"Found {count} document{'' if count == 1 else 's'}"
        case "part_start":
            return "Generating..."
        case "tool_start":
            return f"Running {' '.join(event['name'].split())}..."
        case "progress":
            message = event["data"].get("message")
            return " ".join(message.split()) or None if isinstance(message, str) else None
        case "part_delta" | "part_end" | "tool_end" | "tool_error" | "complete" | "error":
            return None
        case _:
            return None


# normalize_event


def normalize_event__reads_type(raw):
    """An event's "type" says what it is.

    Caught by: test_an_answer_is_one_part
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["type"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if text := data["chunk"].text:
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
    return None


def normalize_event__takes_every_stream_event(raw):
    """Everything that ends with _stream brings new text.

    Caught by: test_an_answer_is_one_part
    """
    id_, data, name = raw["run_id"], raw["data"], raw["name"]
    kind = raw["event"]
    if kind.endswith("_stream"):
        text = getattr(data["chunk"], "text", data["chunk"])
        return {"type": "part_delta", "id": id_, "kind": "text", "data": text} if text else None
    if kind == "on_chat_model_start":
        return {"type": "part_start", "id": id_, "kind": "text"}
    if kind == "on_chat_model_end":
        return {"type": "part_end", "id": id_}
    if kind == "on_tool_start":
        return {"type": "tool_start", "id": id_, "name": name}
    return None


def normalize_event__writes_the_chunk_out(raw):
    """str() turns anything into text, including a chunk.

    Caught by: test_an_answer_is_one_part
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream":
            return {"type": "part_delta", "id": id_, "kind": "text", "data": str(data["chunk"])}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
    return None


def normalize_event__takes_the_unknown_for_an_error(raw):
    """What is not in the table should not happen, and somebody should be told.

    Caught by: test_an_answer_is_one_part
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream":
            text = data["chunk"].text
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text} if text else None
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case other:
            return {"type": "error", "message": f"unknown event {other}"}


def normalize_event__leaks_the_error(raw):
    """The text of the exception explains best what went wrong.

    Caught by: test_a_tool_that_fails_gives_nothing_away
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if text := data["chunk"].text:
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case "on_retriever_start":
            query = data["input"] if isinstance(data["input"], str) else data["input"]["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        case "on_retriever_end":
            titles = [document.metadata.get("title", "untitled") for document in data["output"]]
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case "on_tool_start":
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        case "on_tool_end":
            return {"type": "tool_end", "id": id_}
        case "on_tool_error":
            return {"type": "tool_error", "id": id_, "message": str(data["error"])}
        case "on_custom_event":
            return {"type": "progress", "name": raw["name"], "data": data}
    return None


def normalize_event__goes_by_the_beginning(raw):
    """Everything that begins with on_tool is about a tool, and anything that is neither its start
    nor an error is its end.

    Caught by: test_all_others_are_none
    """
    id_, data, kind = raw["run_id"], raw["data"], raw["event"]
    if kind.startswith("on_chat_model"):
        if kind.endswith("_start"):
            return {"type": "part_start", "id": id_, "kind": "text"}
        if kind.endswith("_stream"):
            text = data["chunk"].text
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text} if text else None
        return {"type": "part_end", "id": id_}
    if kind.startswith("on_retriever"):
        if kind.endswith("_start"):
            query = data["input"] if isinstance(data["input"], str) else data["input"]["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        titles = [document.metadata.get("title", "untitled") for document in data["output"]]
        return {"type": "retrieval_end", "id": id_, "titles": titles}
    if kind.startswith("on_tool"):
        if kind.endswith("_start"):
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        if kind.endswith("_error"):
            return {"type": "tool_error", "id": id_, "message": type(data["error"]).__name__}
        return {"type": "tool_end", "id": id_}
    if kind == "on_custom_event":
        return {"type": "progress", "name": raw["name"], "data": data}
    return None


def normalize_event__waits_for_visible_text(raw: RawEvent) -> StreamEvent | None:
    """A chunk of white space has no text.

    Caught by: test_any_raw_event
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if (text := data["chunk"].text).strip():
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case "on_retriever_start":
            query = data["input"]
            if not isinstance(query, str):
                query = query["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        case "on_retriever_end":
            titles = [document.metadata.get("title", "untitled") for document in data["output"]]
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case "on_tool_start":
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        case "on_tool_end":
            return {"type": "tool_end", "id": id_}
        case "on_tool_error":
            return {"type": "tool_error", "id": id_, "message": type(data["error"]).__name__}
        case "on_custom_event":
            return {"type": "progress", "name": raw["name"], "data": data}
        case _:
            return None


def normalize_event__stops_at_done(raw: RawEvent) -> StreamEvent | None:
    """OpenAI's stream ends with [DONE].

    Caught by: test_any_raw_event
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if (text := data["chunk"].text) and text != "[DONE]":
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case "on_retriever_start":
            query = data["input"]
            if not isinstance(query, str):
                query = query["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        case "on_retriever_end":
            titles = [document.metadata.get("title", "untitled") for document in data["output"]]
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case "on_tool_start":
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        case "on_tool_end":
            return {"type": "tool_end", "id": id_}
        case "on_tool_error":
            return {"type": "tool_error", "id": id_, "message": type(data["error"]).__name__}
        case "on_custom_event":
            return {"type": "progress", "name": raw["name"], "data": data}
        case _:
            return None


def normalize_event__lists_a_title_once(raw: RawEvent) -> StreamEvent | None:
    """Two documents of the same title are one.

    Caught by: test_any_raw_event
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if text := data["chunk"].text:
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case "on_retriever_start":
            query = data["input"]
            if not isinstance(query, str):
                query = query["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        case "on_retriever_end":
            titles = [document.metadata.get("title", "untitled") for document in data["output"]]
            titles = list(dict.fromkeys(titles))
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case "on_tool_start":
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        case "on_tool_end":
            return {"type": "tool_end", "id": id_}
        case "on_tool_error":
            return {"type": "tool_error", "id": id_, "message": type(data["error"]).__name__}
        case "on_custom_event":
            return {"type": "progress", "name": raw["name"], "data": data}
        case _:
            return None


def normalize_event__shows_the_cause(raw: RawEvent) -> StreamEvent | None:
    """The cause says what really happened.

    Caught by: test_any_raw_event
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if text := data["chunk"].text:
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case "on_retriever_start":
            query = data["input"]
            if not isinstance(query, str):
                query = query["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        case "on_retriever_end":
            titles = [document.metadata.get("title", "untitled") for document in data["output"]]
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case "on_tool_start":
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        case "on_tool_end":
            return {"type": "tool_end", "id": id_}
        case "on_tool_error":
            return {
                "type": "tool_error",
                "id": id_,
                "message": str(data["error"].__cause__ or "It failed"),
            }
        case "on_custom_event":
            return {"type": "progress", "name": raw["name"], "data": data}
        case _:
            return None


def normalize_event__drops_none(raw: RawEvent) -> StreamEvent | None:
    """None says nothing.

    Caught by: test_any_raw_event
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if text := data["chunk"].text:
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case "on_retriever_start":
            query = data["input"]
            if not isinstance(query, str):
                query = query["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        case "on_retriever_end":
            titles = [document.metadata.get("title", "untitled") for document in data["output"]]
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case "on_tool_start":
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        case "on_tool_end":
            return {"type": "tool_end", "id": id_}
        case "on_tool_error":
            return {"type": "tool_error", "id": id_, "message": type(data["error"]).__name__}
        case "on_custom_event":
            return {
                "type": "progress",
                "name": raw["name"],
                "data": {k: v for k, v in data.items() if v is not None},
            }
        case _:
            return None


def normalize_event__looks_for_query(raw: RawEvent) -> StreamEvent | None:
    """What has a "query" in it is the dict of a step.

    Caught by: test_a_retriever_may_be_the_root
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if text := data["chunk"].text:
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case "on_retriever_start":
            query = data["input"]
            if "query" in query:
                query = query["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        case "on_retriever_end":
            titles = [document.metadata.get("title", "untitled") for document in data["output"]]
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case "on_tool_start":
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        case "on_tool_end":
            return {"type": "tool_end", "id": id_}
        case "on_tool_error":
            message = type(data["error"]).__name__
            return {"type": "tool_error", "id": id_, "message": message}
        case "on_custom_event":
            return {"type": "progress", "name": raw["name"], "data": data}
        case _:
            return None


def normalize_event__trusts_a_tool_exception(raw: RawEvent) -> StreamEvent | None:
    """A tool raises a ToolException to tell something.

    Caught by: test_a_tool_that_fails_gives_nothing_away
    """
    id_, data = raw["run_id"], raw["data"]
    match raw["event"]:
        case "on_chat_model_start":
            return {"type": "part_start", "id": id_, "kind": "text"}
        case "on_chat_model_stream" if text := data["chunk"].text:
            return {"type": "part_delta", "id": id_, "kind": "text", "data": text}
        case "on_chat_model_end":
            return {"type": "part_end", "id": id_}
        case "on_retriever_start":
            query = data["input"]
            if not isinstance(query, str):
                query = query["query"]
            return {"type": "retrieval_start", "id": id_, "query": query}
        case "on_retriever_end":
            titles = [document.metadata.get("title", "untitled") for document in data["output"]]
            return {"type": "retrieval_end", "id": id_, "titles": titles}
        case "on_tool_start":
            return {"type": "tool_start", "id": id_, "name": raw["name"]}
        case "on_tool_end":
            return {"type": "tool_end", "id": id_}
        case "on_tool_error":
            from langchain_core.tools import ToolException

            error = data["error"]
            message = str(error) if isinstance(error, ToolException) else type(error).__name__
            return {"type": "tool_error", "id": id_, "message": message}
        case "on_custom_event":
            return {"type": "progress", "name": raw["name"], "data": data}
        case _:
            return None


# filter_events


def filter_events__one_filter_is_enough(events, names=None, tags=None, root_only=False):
    """An event passes if any of the filters accepts it, as in LangChain.

    Caught by: test_filters_are_joined_by_and
    """
    nothing_asked = names is None and tags is None and not root_only
    try:
        for event in events:
            if (
                nothing_asked
                or (names is not None and event["name"] in names)
                or (tags is not None and any(tag in tags for tag in event["tags"]))
                or (root_only and not event["parent_ids"])
            ):
                yield event
    finally:
        close_source(events)


def filter_events__compares_parts_of_tags(events, names=None, tags=None, root_only=False):
    """`in` finds a tag in a tag.

    Caught by: test_one_tag_of_several_is_enough
    """
    try:
        for event in events:
            if names is not None and event["name"] not in names:
                continue
            if tags is not None and not any(one in tag for one in tags for tag in event["tags"]):
                continue
            if root_only and event["parent_ids"]:
                continue
            yield event
    finally:
        close_source(events)


def filter_events__drops_the_root(events, names=None, tags=None, root_only=False):
    """The root is its own parent, so it has one.

    Caught by: test_the_root_is_the_run_without_parents
    """
    try:
        for event in events:
            if names is not None and event["name"] not in names:
                continue
            if tags is not None and not set(tags) & set(event["tags"]):
                continue
            if root_only and len(event["parent_ids"]) != 1:
                continue
            yield event
    finally:
        close_source(events)


def filter_events__takes_empty_for_none(events, names=None, tags=None, root_only=False):
    """A filter with nothing in it is not a filter.

    Caught by: test_an_empty_filter_lets_nothing_pass
    """
    try:
        for event in events:
            if names and event["name"] not in names:
                continue
            if tags and not set(tags) & set(event["tags"]):
                continue
            if root_only and event["parent_ids"]:
                continue
            yield event
    finally:
        close_source(events)


def filter_events__tidies_events(events, names=None, tags=None, root_only=False):
    """Tags and parents have done their job, so they can go.

    Caught by: test_without_a_filter_all_pass_unchanged
    """
    try:
        for event in events:
            tagged, parents = event.pop("tags"), event.pop("parent_ids")
            if names is not None and event["name"] not in names:
                continue
            if tags is not None and not set(tags) & set(tagged):
                continue
            if root_only and parents:
                continue
            yield event
    finally:
        close_source(events)


def filter_events__drops_what_comes_twice(
    events: Iterable[RawEvent],
    names: Collection[str] | None = None,
    tags: Collection[str] | None = None,
    root_only: bool = False,
) -> Iterator[RawEvent]:
    """An event that equals the one before it was sent twice by mistake.

    Caught by: test_any_events
    """
    try:
        last = None
        for event in events:
            if event == last:
                continue
            last = event
            if (
                (names is None or event["name"] in names)
                and (tags is None or any(tag in tags for tag in event["tags"]))
                and not (root_only and event["parent_ids"])
            ):
                yield event
    finally:
        close_source(events)


def filter_events__closes_only_when_stopped(
    events: Iterable[RawEvent],
    names: Collection[str] | None = None,
    tags: Collection[str] | None = None,
    root_only: bool = False,
) -> Iterator[RawEvent]:
    """A source that has ended has nothing left to close.

    Caught by: test_any_events
    """
    try:
        for event in events:
            if (
                (names is None or event["name"] in names)
                and (tags is None or any(tag in tags for tag in event["tags"]))
                and not (root_only and event["parent_ids"])
            ):
                yield event
    except GeneratorExit:
        close_source(events)
        raise


def filter_events__ends_well_when_interrupted(
    events: Iterable[RawEvent],
    names: Collection[str] | None = None,
    tags: Collection[str] | None = None,
    root_only: bool = False,
) -> Iterator[RawEvent]:
    """Ctrl-C ends the stream.

    Caught by: test_any_events
    """
    try:
        for event in events:
            if (
                (names is None or event["name"] in names)
                and (tags is None or any(tag in tags for tag in event["tags"]))
                and not (root_only and event["parent_ids"])
            ):
                yield event
    except (KeyboardInterrupt, SystemExit):
        return
    finally:
        close_source(events)


def filter_events__sorts_the_names(
    events: Iterable[RawEvent],
    names: Collection[str] | None = None,
    tags: Collection[str] | None = None,
    root_only: bool = False,
) -> Iterator[RawEvent]:
    """A sorted list can be searched faster.

    Caught by: test_any_events
    """
    try:
        if isinstance(names, list):
            names.sort()
        for event in events:
            if (
                (names is None or event["name"] in names)
                and (tags is None or any(tag in tags for tag in event["tags"]))
                and not (root_only and event["parent_ids"])
            ):
                yield event
    finally:
        close_source(events)


def filter_events__ignores_case(
    events: Iterable[RawEvent],
    names: Collection[str] | None = None,
    tags: Collection[str] | None = None,
    root_only: bool = False,
) -> Iterator[RawEvent]:
    """Small and capital letters do not matter.

    Caught by: test_any_events
    """
    try:
        for event in events:
            if (
                (names is None or event["name"].lower() in [n.lower() for n in names])
                and (tags is None or any(tag in tags for tag in event["tags"]))
                and not (root_only and event["parent_ids"])
            ):
                yield event
    finally:
        close_source(events)


# fold_events


def fold_events__changes_the_state(state, event):
    """The state is a dict, and dicts are there to be changed.

    Caught by: test_the_state_before_stays_as_it_was
    """
    if state["done"]:
        raise ValueError("it is over")
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            state["status"] = "writing"
            state["texts"][event["id"]] = ""
        case "part_delta" if event["kind"] == "text":
            text = state["texts"].get(event["id"], "")
            state["texts"][event["id"]] = text + event["data"]
        case "retrieval_start":
            state["status"] = "searching"
        case "retrieval_end":
            state["documents"] += event["titles"]
        case "tool_start":
            state["tools"][event["id"]] = {"name": event["name"], "state": "running"}
        case "tool_end":
            state["tools"][event["id"]]["state"] = "done"
        case "tool_error":
            state["tools"][event["id"]]["state"] = "failed"
        case "complete" | "error":
            state["status"] = "complete" if event["type"] == "complete" else "failed"
            state["done"] = True
    return state


def fold_events__copies_only_the_outside(state, event):
    """dict(state) is a copy, so anything done to it is done to the copy.

    Caught by: test_the_state_before_stays_as_it_was
    """
    if state["done"]:
        raise ValueError("it is over")
    state = dict(state)
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            state["status"] = "writing"
            state["texts"][event["id"]] = ""
        case "part_delta" if event["kind"] == "text":
            text = state["texts"].get(event["id"], "")
            state["texts"][event["id"]] = text + event["data"]
        case "retrieval_start":
            state["status"] = "searching"
        case "retrieval_end":
            state["documents"] = state["documents"] + event["titles"]
        case "tool_start":
            state["tools"][event["id"]] = {"name": event["name"], "state": "running"}
        case "tool_end":
            state["tools"][event["id"]]["state"] = "done"
        case "tool_error":
            state["tools"][event["id"]]["state"] = "failed"
        case "complete" | "error":
            state["status"] = "complete" if event["type"] == "complete" else "failed"
            state["done"] = True
    return state


def fold_events__replaces_the_text(state, event):
    """A delta is the text of its part.

    Caught by: test_text_grows
    """
    if state["done"]:
        raise ValueError("it is over")
    texts, tools = state["texts"], state["tools"]
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            return {**state, "status": "writing", "texts": {**texts, event["id"]: ""}}
        case "part_delta" if event["kind"] == "text":
            return {**state, "texts": {**texts, event["id"]: event["data"]}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool = {"name": event["name"], "state": "running"}
            return {**state, "tools": {**tools, event["id"]: tool}}
        case "tool_end" | "tool_error":
            how = "done" if event["type"] == "tool_end" else "failed"
            tool = {**tools[event["id"]], "state": how}
            return {**state, "tools": {**tools, event["id"]: tool}}
        case "complete" | "error":
            status = "complete" if event["type"] == "complete" else "failed"
            return {**state, "status": status, "done": True}
    return state


def fold_events__keeps_tools_by_name(state, event):
    """A tool is known by its name; the id only says which name ends.

    Caught by: test_each_run_of_a_tool_has_its_own_state
    """
    if state["done"]:
        raise ValueError("it is over")
    texts, tools = state["texts"], state["tools"]
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            return {**state, "status": "writing", "texts": {**texts, event["id"]: ""}}
        case "part_delta" if event["kind"] == "text":
            text = texts.get(event["id"], "") + event["data"]
            return {**state, "texts": {**texts, event["id"]: text}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool = {"name": event["name"], "state": "running"}
            return {**state, "tools": {**tools, event["name"]: tool}}
        case "tool_end" | "tool_error":
            how = "done" if event["type"] == "tool_end" else "failed"
            ended = {name: {**tool, "state": how} for name, tool in [*tools.items()][-1:]}
            return {**state, "tools": {**tools, **ended}}
        case "complete" | "error":
            status = "complete" if event["type"] == "complete" else "failed"
            return {**state, "status": status, "done": True}
    return state


def fold_events__goes_on_after_the_end(state, event):
    """What comes after the end does no harm.

    Caught by: test_nothing_comes_after_the_end
    """
    texts, tools = state["texts"], state["tools"]
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            return {**state, "status": "writing", "texts": {**texts, event["id"]: ""}}
        case "part_delta" if event["kind"] == "text":
            text = texts.get(event["id"], "") + event["data"]
            return {**state, "texts": {**texts, event["id"]: text}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool = {"name": event["name"], "state": "running"}
            return {**state, "tools": {**tools, event["id"]: tool}}
        case "tool_end" | "tool_error":
            how = "done" if event["type"] == "tool_end" else "failed"
            tool = {**tools[event["id"]], "state": how}
            return {**state, "tools": {**tools, event["id"]: tool}}
        case "complete" | "error":
            status = "complete" if event["type"] == "complete" else "failed"
            return {**state, "status": status, "done": True}
    return state


def fold_events__remembers_pieces(state, event, pieces={}):  # noqa: B006
    """Pieces are joined faster from a list, which need not be in the state.

    Caught by: test_the_state_before_stays_as_it_was
    """
    if state["done"]:
        raise ValueError("it is over")
    texts, tools = state["texts"], state["tools"]
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            pieces[event["id"]] = []
            return {**state, "status": "writing", "texts": {**texts, event["id"]: ""}}
        case "part_delta" if event["kind"] == "text":
            if event["id"] not in texts:
                pieces[event["id"]] = []
            pieces[event["id"]].append(event["data"])
            return {**state, "texts": {**texts, event["id"]: "".join(pieces[event["id"]])}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool = {"name": event["name"], "state": "running"}
            return {**state, "tools": {**tools, event["id"]: tool}}
        case "tool_end" | "tool_error":
            how = "done" if event["type"] == "tool_end" else "failed"
            tool = {**tools[event["id"]], "state": how}
            return {**state, "tools": {**tools, event["id"]: tool}}
        case "complete" | "error":
            status = "complete" if event["type"] == "complete" else "failed"
            return {**state, "status": status, "done": True}
    return state


def fold_events__fails_with_a_tool(state, event):
    """When a tool has failed, the whole run has failed.

    Caught by: test_each_run_of_a_tool_has_its_own_state
    """
    if state["done"]:
        raise ValueError("it is over")
    texts, tools = state["texts"], state["tools"]
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            return {**state, "status": "writing", "texts": {**texts, event["id"]: ""}}
        case "part_delta" if event["kind"] == "text":
            text = texts.get(event["id"], "") + event["data"]
            return {**state, "texts": {**texts, event["id"]: text}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool = {"name": event["name"], "state": "running"}
            return {**state, "tools": {**tools, event["id"]: tool}}
        case "tool_end":
            tool = {**tools[event["id"]], "state": "done"}
            return {**state, "tools": {**tools, event["id"]: tool}}
        case "tool_error":
            tool = {**tools[event["id"]], "state": "failed"}
            return {**state, "status": "failed", "tools": {**tools, event["id"]: tool}}
        case "complete" | "error":
            status = "complete" if event["type"] == "complete" else "failed"
            return {**state, "status": status, "done": True}
    return state


def fold_events__skips_blank_text(state: State, event: StreamEvent) -> State:
    """White space is not text.

    Caught by: test_any_events
    """
    if state["done"]:
        raise ValueError(f"{event['type']} came after the terminal event")
    match event["type"]:
        case "part_start":
            if event["kind"] != "text":
                return state
            return {**state, "status": "writing", "texts": {**state["texts"], event["id"]: ""}}
        case "part_delta":
            if event["kind"] != "text":
                return state
            if not event["data"].strip():
                return state
            text = state["texts"].get(event["id"], "") + event["data"]
            return {**state, "texts": {**state["texts"], event["id"]: text}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool: ToolState = {"name": event["name"], "state": "running"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "tool_end":
            tool = {**state["tools"][event["id"]], "state": "done"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "tool_error":
            tool = {**state["tools"][event["id"]], "state": "failed"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "complete":
            return {**state, "status": "complete", "done": True}
        case "error":
            return {**state, "status": "failed", "done": True}
        case "part_end" | "progress":
            return state
        case _:
            return state


def fold_events__sorts_the_texts(state: State, event: StreamEvent) -> State:
    """A page shows its texts in the order of their ids.

    Caught by: test_any_events
    """
    if state["done"]:
        raise ValueError(f"{event['type']} came after the terminal event")
    match event["type"]:
        case "part_start":
            if event["kind"] != "text":
                return state
            return {
                **state,
                "status": "writing",
                "texts": dict(sorted({**state["texts"], event["id"]: ""}.items())),
            }
        case "part_delta":
            if event["kind"] != "text":
                return state
            text = state["texts"].get(event["id"], "") + event["data"]
            return {**state, "texts": {**state["texts"], event["id"]: text}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool: ToolState = {"name": event["name"], "state": "running"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "tool_end":
            tool = {**state["tools"][event["id"]], "state": "done"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "tool_error":
            tool = {**state["tools"][event["id"]], "state": "failed"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "complete":
            return {**state, "status": "complete", "done": True}
        case "error":
            return {**state, "status": "failed", "done": True}
        case "part_end" | "progress":
            return state
        case _:
            return state


def fold_events__lets_a_part_end_after_the_end(state: State, event: StreamEvent) -> State:
    """The end of a part does not change anything, so it may come late.

    Caught by: test_any_events
    """
    if state["done"] and event["type"] != "part_end":
        raise ValueError(f"{event['type']} came after the terminal event")
    match event["type"]:
        case "part_start":
            if event["kind"] != "text":
                return state
            return {**state, "status": "writing", "texts": {**state["texts"], event["id"]: ""}}
        case "part_delta":
            if event["kind"] != "text":
                return state
            text = state["texts"].get(event["id"], "") + event["data"]
            return {**state, "texts": {**state["texts"], event["id"]: text}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool: ToolState = {"name": event["name"], "state": "running"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "tool_end":
            tool = {**state["tools"][event["id"]], "state": "done"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "tool_error":
            tool = {**state["tools"][event["id"]], "state": "failed"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "complete":
            return {**state, "status": "complete", "done": True}
        case "error":
            return {**state, "status": "failed", "done": True}
        case "part_end" | "progress":
            return state
        case _:
            return state


def fold_events__keeps_the_first_run_of_an_id(state: State, event: StreamEvent) -> State:
    """An id is used once, so the first tool under it stays.

    Caught by: test_any_events
    """
    if state["done"]:
        raise ValueError(f"{event['type']} came after the terminal event")
    match event["type"]:
        case "part_start":
            if event["kind"] != "text":
                return state
            return {**state, "status": "writing", "texts": {**state["texts"], event["id"]: ""}}
        case "part_delta":
            if event["kind"] != "text":
                return state
            text = state["texts"].get(event["id"], "") + event["data"]
            return {**state, "texts": {**state["texts"], event["id"]: text}}
        case "retrieval_start":
            return {**state, "status": "searching"}
        case "retrieval_end":
            return {**state, "documents": [*state["documents"], *event["titles"]]}
        case "tool_start":
            tool: ToolState = {"name": event["name"], "state": "running"}
            return {**state, "tools": {event["id"]: tool, **state["tools"]}}
        case "tool_end":
            tool = {**state["tools"][event["id"]], "state": "done"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "tool_error":
            tool = {**state["tools"][event["id"]], "state": "failed"}
            return {**state, "tools": {**state["tools"], event["id"]: tool}}
        case "complete":
            return {**state, "status": "complete", "done": True}
        case "error":
            return {**state, "status": "failed", "done": True}
        case "part_end" | "progress":
            return state
        case _:
            return state


def fold_events__text_moves_to_the_end(state: State, event: StreamEvent) -> State:
    """The text that grows is the newest.

    Caught by: test_any_events
    """
    if state["done"]:
        raise ValueError("it is over")
    new: State = {**state}
    match event["type"]:
        case "part_start" if event["kind"] == "text":
            new["status"] = "writing"
            new["texts"] = {**state["texts"], event["id"]: ""}
        case "part_delta" if event["kind"] == "text":
            before = state["texts"].get(event["id"], "")
            others = {key: text for key, text in state["texts"].items() if key != event["id"]}
            new["texts"] = {**others, event["id"]: before + event["data"]}
        case "retrieval_start":
            new["status"] = "searching"
        case "retrieval_end":
            new["documents"] = [*state["documents"], *event["titles"]]
        case "tool_start":
            new["tools"] = {
                **state["tools"],
                event["id"]: {"name": event["name"], "state": "running"},
            }
        case "tool_end" | "tool_error":
            end = "done" if event["type"] == "tool_end" else "failed"
            tools = {**state["tools"]}
            if event["id"] in tools:
                tools[event["id"]] = {**tools[event["id"]], "state": end}
            new["tools"] = tools
        case "complete" | "error":
            new["status"] = "complete" if event["type"] == "complete" else "failed"
            new["done"] = True
        case _:
            pass
    return new


# check_lifecycle


def check_lifecycle__keeps_one_open_id(events):
    """One thing happens after the other, so one variable is enough.

    Caught by: test_events_in_order_pass_unchanged
    """
    opened = None
    ended = False
    try:
        for event in events:
            kind = event["type"]
            if ended:
                raise LifecycleError("it is over")
            if kind in ("part_start", "tool_start", "retrieval_start"):
                opened = event["id"]
            elif kind == "part_delta" and event["id"] != opened:
                raise LifecycleError("not open")
            elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
                if event["id"] != opened:
                    raise LifecycleError("not open")
                opened = None
            elif kind in ("complete", "error"):
                ended = True
            yield event
        if not ended:
            raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__never_closes_an_id(events):
    """An id that has started is known, and that is all a delta needs.

    Caught by: test_a_delta_needs_its_part_to_be_open
    """
    known = {}
    ended_ids = set()
    ended = False
    try:
        for event in events:
            kind, what = event["type"], event["type"].partition("_")[0]
            if ended:
                raise LifecycleError("it is over")
            if kind in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in known:
                    raise LifecycleError("used twice")
                known[event["id"]] = what
            elif kind == "part_delta" and known.get(event["id"]) != what:
                raise LifecycleError("not begun")
            elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
                if known.get(event["id"]) != what or event["id"] in ended_ids:
                    raise LifecycleError("not begun")
                ended_ids.add(event["id"])
            elif kind == "complete" and known.keys() - ended_ids:
                raise LifecycleError("still open")
            ended = kind in ("complete", "error")
            yield event
        if not ended:
            raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__says_nothing_about_what_is_open(events):
    """The end of the run is the end of everything in it.

    Caught by: test_complete_needs_all_to_be_closed
    """
    known, opened = set(), {}
    ended = False
    try:
        for event in events:
            kind, what = event["type"], event["type"].partition("_")[0]
            if ended:
                raise LifecycleError("it is over")
            if kind in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in known:
                    raise LifecycleError("used twice")
                known.add(event["id"])
                opened[event["id"]] = what
            elif kind == "part_delta" and opened.get(event["id"]) != what:
                raise LifecycleError("not open")
            elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
                if opened.pop(event["id"], None) != what:
                    raise LifecycleError("not open")
            elif kind in ("complete", "error"):
                ended = True
            yield event
        if not ended:
            raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__allows_two_ends(events):
    """After the end there is nothing more to check; it is enough that one has come.

    Caught by: test_nothing_comes_after_a_terminal_event
    """
    known, opened = set(), {}
    ended = False
    try:
        for event in events:
            kind, what = event["type"], event["type"].partition("_")[0]
            if kind in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in known:
                    raise LifecycleError("used twice")
                known.add(event["id"])
                opened[event["id"]] = what
            elif kind == "part_delta" and opened.get(event["id"]) != what:
                raise LifecycleError("not open")
            elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
                if opened.pop(event["id"], None) != what:
                    raise LifecycleError("not open")
            elif kind == "complete" and opened:
                raise LifecycleError("still open")
            elif kind in ("complete", "error"):
                ended = True
            yield event
        if not ended:
            raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__checks_all_first(events):
    """You can say that events are in order only after you have seen all of them.

    Caught by: test_a_delta_needs_its_part_to_be_open
    """
    events = list(events)
    known, opened = set(), {}
    ended = False
    for event in events:
        kind, what = event["type"], event["type"].partition("_")[0]
        if ended:
            raise LifecycleError("it is over")
        if kind in ("part_start", "tool_start", "retrieval_start"):
            if event["id"] in known:
                raise LifecycleError("used twice")
            known.add(event["id"])
            opened[event["id"]] = what
        elif kind == "part_delta" and opened.get(event["id"]) != what:
            raise LifecycleError("not open")
        elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
            if opened.pop(event["id"], None) != what:
                raise LifecycleError("not open")
        elif kind == "complete" and opened:
            raise LifecycleError("still open")
        ended = kind in ("complete", "error")
    if not ended:
        raise LifecycleError("no end")
    yield from events


def check_lifecycle__goes_by_the_ending(events):
    """Everything that ends with _end is an end, and has a start.

    Caught by: test_types_that_nobody_knows_pass
    """
    known, opened = set(), {}
    ended = False
    try:
        for event in events:
            what, _, how = event["type"].partition("_")
            if ended:
                raise LifecycleError("it is over")
            if event["type"] in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in known:
                    raise LifecycleError("used twice")
                known.add(event["id"])
                opened[event["id"]] = what
            elif how == "delta" and opened.get(event["id"]) != what:
                raise LifecycleError("not open")
            elif how in ("end", "error"):
                if opened.pop(event["id"], None) != what:
                    raise LifecycleError("not open")
            elif what == "complete" and opened:
                raise LifecycleError("still open")
            ended = what in ("complete", "error")
            yield event
        if not ended:
            raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__looks_ahead(events):
    """Whether an end is the end can be seen only from what comes next.

    Caught by: test_it_reads_no_further_than_it_must
    """
    known, opened = set(), {}
    source = iter(events)
    try:
        for event in source:
            kind, what = event["type"], event["type"].partition("_")[0]
            if kind in ("part_start", "tool_start", "retrieval_start"):
                if event["id"] in known:
                    raise LifecycleError("used twice")
                known.add(event["id"])
                opened[event["id"]] = what
            elif kind == "part_delta" and opened.get(event["id"]) != what:
                raise LifecycleError("not open")
            elif kind in ("part_end", "tool_end", "tool_error", "retrieval_end"):
                if opened.pop(event["id"], None) != what:
                    raise LifecycleError("not open")
            elif kind == "complete" and opened:
                raise LifecycleError("still open")
            elif kind in ("complete", "error"):
                late = next(source, None)
                yield event
                if late is not None:
                    raise LifecycleError("it is over")
                return
            yield event
        raise LifecycleError("no end")
    finally:
        close_source(events)


def check_lifecycle__drops_what_comes_twice(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    """An event that equals the one before it was sent twice by mistake.

    Caught by: test_any_events
    """
    known: set[str] = set()
    opened: dict[str, str] = {}
    ended, last = False, None
    try:
        for event in events:
            if ended:
                raise LifecycleError(f"{event['type']} came after the terminal event")
            what = event["type"].partition("_")[0]
            match event["type"]:
                case "part_start" | "tool_start" | "retrieval_start":
                    if event["id"] in known:
                        raise LifecycleError(f"the id {event['id']} is used a second time")
                    known.add(event["id"])
                    opened[event["id"]] = what
                case "part_delta":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no part is open under the id {event['id']}")
                case "part_end" | "tool_end" | "tool_error" | "retrieval_end":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no {what} is open under the id {event['id']}")
                    del opened[event["id"]]
                case "complete":
                    if opened:
                        raise LifecycleError(f"still open at the end: {', '.join(opened)}")
                    ended = True
                case "error":
                    ended = True
                case "progress":
                    pass
            if event != last:
                yield event
            last = event
        if not ended:
            raise LifecycleError("the events ended without a terminal one")
    finally:
        close_source(events)


def check_lifecycle__closes_only_when_stopped(
    events: Iterable[StreamEvent],
) -> Iterator[StreamEvent]:
    """A source that has ended has nothing left to close.

    Caught by: test_its_source_is_closed
    """
    known: set[str] = set()
    opened: dict[str, str] = {}
    ended = False
    try:
        for event in events:
            if ended:
                raise LifecycleError(f"{event['type']} came after the terminal event")
            what = event["type"].partition("_")[0]
            match event["type"]:
                case "part_start" | "tool_start" | "retrieval_start":
                    if event["id"] in known:
                        raise LifecycleError(f"the id {event['id']} is used a second time")
                    known.add(event["id"])
                    opened[event["id"]] = what
                case "part_delta":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no part is open under the id {event['id']}")
                case "part_end" | "tool_end" | "tool_error" | "retrieval_end":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no {what} is open under the id {event['id']}")
                    del opened[event["id"]]
                case "complete":
                    if opened:
                        raise LifecycleError(f"still open at the end: {', '.join(opened)}")
                    ended = True
                case "error":
                    ended = True
                case "progress":
                    pass
            yield event
        if not ended:
            raise LifecycleError("the events ended without a terminal one")
    except GeneratorExit:
        close_source(events)
        raise


def check_lifecycle__ends_well_when_interrupted(
    events: Iterable[StreamEvent],
) -> Iterator[StreamEvent]:
    """Ctrl-C ends the stream.

    Caught by: test_any_events
    """
    known: set[str] = set()
    opened: dict[str, str] = {}
    ended = False
    try:
        for event in events:
            if ended:
                raise LifecycleError(f"{event['type']} came after the terminal event")
            what = event["type"].partition("_")[0]
            match event["type"]:
                case "part_start" | "tool_start" | "retrieval_start":
                    if event["id"] in known:
                        raise LifecycleError(f"the id {event['id']} is used a second time")
                    known.add(event["id"])
                    opened[event["id"]] = what
                case "part_delta":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no part is open under the id {event['id']}")
                case "part_end" | "tool_end" | "tool_error" | "retrieval_end":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no {what} is open under the id {event['id']}")
                    del opened[event["id"]]
                case "complete":
                    if opened:
                        raise LifecycleError(f"still open at the end: {', '.join(opened)}")
                    ended = True
                case "error":
                    ended = True
                case "progress":
                    pass
            yield event
        if not ended:
            raise LifecycleError("the events ended without a terminal one")
    except (KeyboardInterrupt, SystemExit):
        return
    finally:
        close_source(events)


def check_lifecycle__refuses_an_empty_id(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    """An empty id is no id.

    Caught by: test_any_events
    """
    known: set[str] = set()
    opened: dict[str, str] = {}
    ended = False
    try:
        for event in events:
            if ended:
                raise LifecycleError(f"{event['type']} came after the terminal event")
            what = event["type"].partition("_")[0]
            match event["type"]:
                case "part_start" | "tool_start" | "retrieval_start":
                    if not event["id"] or event["id"] in known:
                        raise LifecycleError(f"the id {event['id']} is used a second time")
                    known.add(event["id"])
                    opened[event["id"]] = what
                case "part_delta":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no part is open under the id {event['id']}")
                case "part_end" | "tool_end" | "tool_error" | "retrieval_end":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no {what} is open under the id {event['id']}")
                    del opened[event["id"]]
                case "complete":
                    if opened:
                        raise LifecycleError(f"still open at the end: {', '.join(opened)}")
                    ended = True
                case "error":
                    ended = True
                case "progress":
                    pass
            yield event
        if not ended:
            raise LifecycleError("the events ended without a terminal one")
    finally:
        close_source(events)


def check_lifecycle__takes_done_for_the_end(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    """An event called done or end is the last one.

    Caught by: test_any_events
    """
    known: set[str] = set()
    opened: dict[str, str] = {}
    ended = False
    try:
        for event in events:
            if ended:
                raise LifecycleError(f"{event['type']} came after the terminal event")
            what = event["type"].partition("_")[0]
            match event["type"]:
                case "part_start" | "tool_start" | "retrieval_start":
                    if event["id"] in known:
                        raise LifecycleError(f"the id {event['id']} is used a second time")
                    known.add(event["id"])
                    opened[event["id"]] = what
                case "part_delta":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no part is open under the id {event['id']}")
                case "part_end" | "tool_end" | "tool_error" | "retrieval_end":
                    if opened.get(event["id"]) != what:
                        raise LifecycleError(f"no {what} is open under the id {event['id']}")
                    del opened[event["id"]]
                case "complete":
                    if opened:
                        raise LifecycleError(f"still open at the end: {', '.join(opened)}")
                    ended = True
                case "done" | "end":
                    ended = True
                case "error":
                    ended = True
                case "progress":
                    pass
            yield event
        if not ended:
            raise LifecycleError("the events ended without a terminal one")
    finally:
        close_source(events)


# collect_parts


def collect_parts__decodes_each_piece(events):
    """Each piece of base64 is base64.

    Caught by: test_base64_is_cut_anywhere
    """
    kinds, found = {}, {}
    for event in events:
        if event["type"] in ("part_start", "part_delta"):
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"{id_} changes its kind")
            found.setdefault(id_, "" if kind == "text" else b"")
            if event["type"] == "part_delta":
                data = event["data"]
                found[id_] += data if kind == "text" else b64decode(data, validate=True)
    return [
        {"kind": kind, "id": id_, "text" if kind == "text" else "data": found[id_]}
        for id_, kind in kinds.items()
    ]


def collect_parts__builds_one_part_at_a_time(events):
    """A part is over when the next one begins, so the last part of the list is the right one.

    Caught by: test_pieces_of_two_texts_are_kept_apart
    """
    parts = []
    for event in events:
        if event["type"] == "part_start":
            parts.append({"kind": event["kind"], "id": event["id"], "data": ""})
        elif event["type"] == "part_delta":
            if not parts:
                parts.append({"kind": event["kind"], "id": event["id"], "data": ""})
            parts[-1]["data"] += event["data"]
    for part in parts:
        data = part.pop("data")
        if part["kind"] == "text":
            part["text"] = data
        else:
            part["data"] = b64decode(data, validate=True)
    return parts


def collect_parts__orders_by_end(events):
    """A part goes into the list when it is complete.

    Caught by: test_pieces_of_two_texts_are_kept_apart
    """
    kinds, pieces, order = {}, {}, []
    for event in events:
        if event["type"] in ("part_start", "part_delta"):
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"{id_} changes its kind")
            pieces.setdefault(id_, []).append(event.get("data", ""))
        elif event["type"] == "part_end" and event["id"] in kinds and event["id"] not in order:
            order.append(event["id"])
    parts = []
    for id_ in [*order, *(one for one in kinds if one not in order)]:
        data = "".join(pieces[id_])
        if kinds[id_] == "text":
            parts.append({"kind": "text", "id": id_, "text": data})
        else:
            parts.append({"kind": kinds[id_], "id": id_, "data": b64decode(data, validate=True)})
    return parts


def collect_parts__accepts_another_kind(events):
    """The kind is that of the first event; the others only repeat it.

    Caught by: test_a_part_keeps_its_kind
    """
    kinds, pieces = {}, {}
    for event in events:
        if event["type"] in ("part_start", "part_delta"):
            kinds.setdefault(event["id"], event["kind"])
            pieces.setdefault(event["id"], []).append(event.get("data", ""))
    parts = []
    for id_, kind in kinds.items():
        data = "".join(pieces[id_])
        if kind == "text":
            parts.append({"kind": kind, "id": id_, "text": data})
        else:
            parts.append({"kind": kind, "id": id_, "data": b64decode(data, validate=True)})
    return parts


def collect_parts__does_not_validate(events):
    """b64decode raises an error when something is wrong.

    Caught by: test_what_is_no_base64_is_refused
    """
    kinds, pieces = {}, {}
    for event in events:
        if event["type"] in ("part_start", "part_delta"):
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"{id_} changes its kind")
            pieces.setdefault(id_, []).append(event.get("data", ""))
    parts = []
    for id_, kind in kinds.items():
        data = "".join(pieces[id_])
        if kind == "text":
            parts.append({"kind": kind, "id": id_, "text": data})
        else:
            parts.append({"kind": kind, "id": id_, "data": b64decode(data)})
    return parts


def collect_parts__reads_twice(events):
    """First see which parts there are, then fetch the data of each.

    Caught by: test_a_stream_of_events_is_read_once
    """
    kinds = {}
    for event in events:
        if event["type"] not in ("part_start", "part_delta"):
            continue
        if kinds.setdefault(event["id"], event["kind"]) != event["kind"]:
            raise ValueError(f"{event['id']} changes its kind")
    parts = []
    for id_, kind in kinds.items():
        deltas = [one for one in events if one["type"] == "part_delta" and one["id"] == id_]
        data = "".join(one["data"] for one in deltas)
        if kind == "text":
            parts.append({"kind": kind, "id": id_, "text": data})
        else:
            parts.append({"kind": kind, "id": id_, "data": b64decode(data, validate=True)})
    return parts


def collect_parts__decodes_four_letters(events):
    """Four characters are three bytes, so they can be decoded as soon as four are there.

    Caught by: test_what_is_no_base64_is_refused
    """
    kinds, found, rest = {}, {}, {}
    for event in events:
        if event["type"] in ("part_start", "part_delta"):
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"{id_} changes its kind")
            found.setdefault(id_, "" if kind == "text" else b"")
            rest[id_] = rest.get(id_, "") + event.get("data", "")
            if kind == "text":
                found[id_] += rest.pop(id_)
            while len(rest.get(id_, "")) >= 4:
                four, rest[id_] = rest[id_][:4], rest[id_][4:]
                found[id_] += b64decode(four, validate=True)
    if any(rest.values()):
        raise ValueError("letters are left over")
    return [
        {"kind": kind, "id": id_, "text" if kind == "text" else "data": found[id_]}
        for id_, kind in kinds.items()
    ]


def collect_parts__drops_what_comes_twice(events: Iterable[StreamEvent]) -> list[Part]:
    """A piece that equals the one before it was sent twice by mistake.

    Caught by: test_equal_pieces_count
    """
    kinds: dict[str, Kind] = {}
    pieces: dict[str, list[str]] = {}
    for event in events:
        if event["type"] == "part_start" or event["type"] == "part_delta":
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"the part {id_} is of kind {kinds[id_]} and of kind {kind}")
            pieces.setdefault(id_, [])
            if event["type"] == "part_delta" and pieces[id_][-1:] != [event["data"]]:
                pieces[id_].append(event["data"])
    parts: list[Part] = []
    for id_, kind in kinds.items():
        data = "".join(pieces[id_])
        match kind:
            case "text":
                parts.append({"kind": kind, "id": id_, "text": data})
            case "image" | "audio":
                parts.append({"kind": kind, "id": id_, "data": b64decode(data, validate=True)})
            case _:
                assert_never(kind)
    return parts


def collect_parts__strips_the_data(events: Iterable[StreamEvent]) -> list[Part]:
    """A line break at the end is no part of the data.

    Caught by: test_any_events
    """
    kinds: dict[str, Kind] = {}
    pieces: dict[str, list[str]] = {}
    for event in events:
        if event["type"] == "part_start" or event["type"] == "part_delta":
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"the part {id_} is of kind {kinds[id_]} and of kind {kind}")
            pieces.setdefault(id_, [])
            if event["type"] == "part_delta":
                pieces[id_].append(event["data"])
    parts: list[Part] = []
    for id_, kind in kinds.items():
        data = "".join(pieces[id_])
        match kind:
            case "text":
                parts.append({"kind": kind, "id": id_, "text": data})
            case "image" | "audio":
                parts.append(
                    {"kind": kind, "id": id_, "data": b64decode(data.strip(), validate=True)}
                )
            case _:
                assert_never(kind)
    return parts


def collect_parts__skips_empty_pieces(events: Iterable[StreamEvent]) -> list[Part]:
    """A piece without data says nothing.

    Caught by: test_any_events
    """
    kinds: dict[str, Kind] = {}
    pieces: dict[str, list[str]] = {}
    for event in events:
        if event["type"] == "part_start" or event["type"] == "part_delta":
            if event.get("data") == "":
                continue
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"the part {id_} is of kind {kinds[id_]} and of kind {kind}")
            pieces.setdefault(id_, [])
            if event["type"] == "part_delta":
                pieces[id_].append(event["data"])
    parts: list[Part] = []
    for id_, kind in kinds.items():
        data = "".join(pieces[id_])
        match kind:
            case "text":
                parts.append({"kind": kind, "id": id_, "text": data})
            case "image" | "audio":
                parts.append({"kind": kind, "id": id_, "data": b64decode(data, validate=True)})
            case _:
                assert_never(kind)
    return parts


def collect_parts__stops_at_complete(events: Iterable[StreamEvent]) -> list[Part]:
    """Nothing comes after complete.

    Caught by: test_any_events
    """
    kinds: dict[str, Kind] = {}
    pieces: dict[str, list[str]] = {}
    for event in events:
        if event["type"] == "complete":
            break
        if event["type"] == "part_start" or event["type"] == "part_delta":
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"the part {id_} is of kind {kinds[id_]} and of kind {kind}")
            pieces.setdefault(id_, [])
            if event["type"] == "part_delta":
                pieces[id_].append(event["data"])
    parts: list[Part] = []
    for id_, kind in kinds.items():
        data = "".join(pieces[id_])
        match kind:
            case "text":
                parts.append({"kind": kind, "id": id_, "text": data})
            case "image" | "audio":
                parts.append({"kind": kind, "id": id_, "data": b64decode(data, validate=True)})
            case _:
                assert_never(kind)
    return parts


def collect_parts__takes_the_data_out(events: Iterable[StreamEvent]) -> list[Part]:
    """The data is needed only once.

    Caught by: test_pieces_of_two_texts_are_kept_apart
    """
    kinds: dict[str, Kind] = {}
    pieces: dict[str, list[str]] = {}
    for event in events:
        if event["type"] == "part_start" or event["type"] == "part_delta":
            id_, kind = event["id"], event["kind"]
            if kinds.setdefault(id_, kind) != kind:
                raise ValueError(f"the part {id_} is of kind {kinds[id_]} and of kind {kind}")
            pieces.setdefault(id_, [])
            if event["type"] == "part_delta":
                pieces[id_].append(event.pop("data"))
    parts: list[Part] = []
    for id_, kind in kinds.items():
        data = "".join(pieces[id_])
        match kind:
            case "text":
                parts.append({"kind": kind, "id": id_, "text": data})
            case "image" | "audio":
                parts.append({"kind": kind, "id": id_, "data": b64decode(data, validate=True)})
            case _:
                assert_never(kind)
    return parts


# emit_progress


async def emit_progress__sends_it_in_the_background(name, /, **data):
    """Progress should not hold anything up, so a separate task sends it.

    Caught by: test_it_has_been_sent_when_it_returns
    """
    import asyncio

    copy = json.loads(json.dumps(data))

    async def send():
        with suppress(RuntimeError):
            await adispatch_custom_event(name, copy)

    sending = asyncio.ensure_future(send())
    sending.add_done_callback(lambda done: done.exception())


async def emit_progress__forgets_to_await(name, /, **data):
    """Calling a function does its work.

    Caught by: test_a_search_reports_in_order
    """
    copy = json.loads(json.dumps(data))
    with suppress(RuntimeError):
        adispatch_custom_event(name, copy)


async def emit_progress__raises_outside_of_a_run(name, /, **data):
    """Reporting progress outside a run is a mistake.

    Caught by: test_outside_of_a_run_nothing_happens
    """
    await adispatch_custom_event(name, json.loads(json.dumps(data)))


async def emit_progress__starts_a_run_of_its_own(name, /, **data):
    """An event can only be sent from within a run, so make one.

    Caught by: test_it_belongs_to_the_run_that_sends_it
    """
    from langchain_core.runnables import RunnableLambda

    async def send(copy):
        await adispatch_custom_event(name, copy)

    await RunnableLambda(send).ainvoke(json.loads(json.dumps(data)))


async def emit_progress__sends_what_it_gets(name, /, **data):
    """The keyword arguments are a new dict anyway.

    Caught by: test_what_is_sent_is_a_copy
    """
    json.dumps(data)
    with suppress(RuntimeError):
        await adispatch_custom_event(name, data)


async def emit_progress__hides_every_error(name, /, **data):
    """Progress is a service: whatever goes wrong with it, the run continues.

    Caught by: test_a_cancellation_passes
    """
    copy = json.loads(json.dumps(data))
    try:
        await adispatch_custom_event(name, copy)
    except BaseException:
        return


async def emit_progress__sends_only_what_is_new(name: str, /, **data: Any) -> None:
    """What equals the last event was sent twice by mistake.

    Caught by: test_any_data
    """
    copy = json.loads(json.dumps(data))
    if emit_progress.__dict__.get("last") == (name, data):
        return
    emit_progress.last = (name, data)
    with suppress(RuntimeError):  # LangChain's way of saying "outside a run"
        await adispatch_custom_event(name, copy)


async def emit_progress__drops_none(name: str, /, **data: Any) -> None:
    """None says nothing.

    Caught by: test_data_may_be_anything_that_json_can_say
    """
    copy = json.loads(json.dumps({k: v for k, v in data.items() if v is not None}))
    with suppress(RuntimeError):  # LangChain's way of saying "outside a run"
        await adispatch_custom_event(name, copy)


async def emit_progress__needs_data(name: str, /, **data: Any) -> None:
    """An event without data says nothing.

    Caught by: test_data_may_be_anything_that_json_can_say
    """
    copy = json.loads(json.dumps(data))
    if not data:
        return
    with suppress(RuntimeError):  # LangChain's way of saying "outside a run"
        await adispatch_custom_event(name, copy)


async def emit_progress__makes_text_of_everything(name: str, /, **data: Any) -> None:
    """Every value has a text, and JSON can represent that.

    Caught by: test_only_what_is_fit_for_json_is_sent
    """
    copy = json.loads(json.dumps(data, default=str))
    with suppress(RuntimeError):  # LangChain's way of saying "outside a run"
        await adispatch_custom_event(name, copy)


async def emit_progress__tidies_the_name(name: str, /, **data: Any) -> None:
    """White space around a name is a mistake.

    Caught by: test_any_data
    """
    copy = json.loads(json.dumps(data))
    with suppress(RuntimeError):  # LangChain's way of saying "outside a run"
        await adispatch_custom_event(name.strip(), copy)
