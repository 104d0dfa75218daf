"""What beginners write first for lesson 15: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# encode_sse


def encode_sse__prints(data, event=None, id=None, retry=None):
    """The learner takes printing for returning."""
    print(f"data: {data}\n\n")


def encode_sse__gives_bytes(data, event=None, id=None, retry=None):
    """The learner believes that what goes over a wire has to be bytes here."""
    lines = []
    if event is not None:
        lines.append(f"event: {event}")
    if id is not None:
        lines.append(f"id: {id}")
    if retry is not None:
        lines.append(f"retry: {retry}")
    lines += [f"data: {line}" for line in data.split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


def encode_sse__adds_a_number_to_text(data, event=None, id=None, retry=None):
    """The learner believes that plus makes a text of a number."""
    text = ""
    if event is not None:
        text += "event: " + event + "\n"
    if id is not None:
        text += "id: " + id + "\n"
    if retry is not None:
        text += "retry: " + retry + "\n"
    for line in re.split("\r\n|\r|\n", data):
        text += "data: " + line + "\n"
    return text + "\n"


def encode_sse__returns_in_the_loop(data, event=None, id=None, retry=None):
    """The learner has overlooked that return ends the loop after the first line."""
    text = ""
    for line in data.split("\n"):
        text += f"data: {line}\n"
        return text + "\n"


def encode_sse__compares_a_char_with_several(data, event=None, id=None, retry=None):
    """The learner believes that 'or' between texts asks about each of them."""
    for value in (event, id):
        if value is not None and ("\n" or "\r" or "\0") in value:
            raise ValueError(value)
    if retry is not None and retry < 0:
        raise ValueError(retry)
    fields = {"event": event, "id": id, "retry": retry}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    lines += [f"data: {line}" for line in re.split("\r\n|\r|\n", data)]
    return "\n".join(lines) + "\n\n"


def encode_sse__raises_text(data, event=None, id=None, retry=None):
    """The learner believes that a text can be raised as an error."""
    if retry is not None and retry < 0:
        raise "retry must not be negative"
    for value in (event, id):
        if value is not None and re.search("[\n\r\0]", value):
            raise "a field must be one line"
    fields = {"event": event, "id": id, "retry": retry}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    lines += [f"data: {line}" for line in re.split("\r\n|\r|\n", data)]
    return "\n".join(lines) + "\n\n"


def encode_sse__compares_none(data, event=None, id=None, retry=None):
    """The learner has overlooked that None cannot be compared with a number."""
    if retry < 0:
        raise ValueError(retry)
    fields = {"event": event, "id": id, "retry": retry}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    lines += [f"data: {line}" for line in re.split("\r\n|\r|\n", data)]
    return "\n".join(lines) + "\n\n"


# SSEDecoder


class SSEDecoder__attribute_never_set:
    """The learner has forgotten to give an attribute its first value in __init__."""

    def __init__(self):
        self.last_event_id = ""
        self.retry = None

    def feed(self, chunk):
        self.buffer += chunk.decode()
        return []


class SSEDecoder__self_forgotten:
    """The learner has forgotten self in front of an attribute."""

    def __init__(self):
        self.buffer = ""
        self.last_event_id = ""
        self.retry = None

    def feed(self, chunk):
        buffer += chunk.decode()
        return []


class SSEDecoder__self_not_a_parameter:
    """The learner has forgotten self among the parameters of a method."""

    def __init__(self):
        self.buffer = ""
        self.last_event_id = ""
        self.retry = None

    def feed(chunk):
        return []


class SSEDecoder__adds_bytes_to_text:
    """The learner believes that bytes can be added to a text."""

    def __init__(self):
        self.buffer = ""
        self.last_event_id = ""
        self.retry = None

    def feed(self, chunk):
        self.buffer += chunk
        return []


class SSEDecoder__splits_bytes_with_text:
    """The learner believes that bytes can be split at a text."""

    def __init__(self):
        self.last_event_id = ""
        self.retry = None

    def feed(self, chunk):
        events = []
        for block in chunk.split("\n\n"):
            events.append({"event": "message", "data": block, "id": ""})
        return events


class SSEDecoder__keeps_nothing:
    """The learner has overlooked that an event may come in two chunks."""

    def __init__(self):
        self.last_event_id = ""
        self.retry = None

    def feed(self, chunk):
        events = []
        data, kind = [], ""
        for line in re.split("\r\n|\r|\n", chunk.decode("utf-8", "replace")):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            elif name == "event":
                kind = value
            elif name == "id":
                self.last_event_id = value
            elif name == "retry" and value.isdigit():
                self.retry = int(value)
            elif line == "" and data:
                event = {"event": kind or "message", "data": "\n".join(data)}
                events.append({**event, "id": self.last_event_id})
                data, kind = [], ""
        return events


class SSEDecoder__yields:
    """The learner yields the events that feed should return in a list."""

    def __init__(self):
        self.buffer = ""
        self.last_event_id = ""
        self.retry = None

    def feed(self, chunk):
        self.buffer += chunk.decode("utf-8", "replace")
        while "\n\n" in self.buffer:
            block, self.buffer = self.buffer.split("\n\n", 1)
            data = [line[6:] for line in block.split("\n") if line.startswith("data: ")]
            yield {"event": "message", "data": "\n".join(data), "id": ""}


class SSEDecoder__state_of_the_class:
    """The learner keeps a list in the class, where all decoders share it."""

    data = []

    def __init__(self):
        self.rest = ""
        self.kind = ""
        self.last_event_id = ""
        self.retry = None

    def feed(self, chunk):
        events = []
        *lines, self.rest = (self.rest + chunk.decode("utf-8", "replace")).split("\n")
        for line in lines:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self.data.append(value)
            elif name == "event":
                self.kind = value
            elif name == "id":
                self.last_event_id = value
            elif name == "retry" and value.isdigit():
                self.retry = int(value)
            elif line == "":
                if self.data:
                    event = {"event": self.kind or "message", "data": "\n".join(self.data)}
                    events.append({**event, "id": self.last_event_id})
                self.data.clear()
                self.kind = ""
        return events


class SSEDecoder__a_field_without_a_value:
    """The learner believes that each line can be split into two at a colon."""

    def __init__(self):
        self.rest = ""
        self.data = []
        self.kind = ""
        self.last_event_id = ""
        self.retry = None

    def feed(self, chunk):
        events = []
        *lines, self.rest = (self.rest + chunk.decode("utf-8", "replace")).split("\n")
        for line in lines:
            if line == "":
                if self.data:
                    event = {"event": self.kind or "message", "data": "\n".join(self.data)}
                    events.append({**event, "id": self.last_event_id})
                self.data, self.kind = [], ""
                continue
            name, value = line.split(":")
            value = value.removeprefix(" ")
            if name == "data":
                self.data.append(value)
            elif name == "event":
                self.kind = value
            elif name == "id":
                self.last_event_id = value
        return events


# sse_headers


def sse_headers__a_set():
    """The learner writes commas where a dict has colons."""
    return {"Content-Type", "text/event-stream", "Cache-Control", "no-cache"}


def sse_headers__pairs():
    """The learner believes that headers are a list of pairs."""
    return [
        ("Content-Type", "text/event-stream"),
        ("Cache-Control", "no-store"),
        ("X-Accel-Buffering", "no"),
    ]


def sse_headers__keyword_names():
    """The learner has overlooked that dict(...) writes no hyphens into a name."""
    return dict(Content_Type="text/event-stream", Cache_Control="no-store", X_Accel_Buffering="no")


def sse_headers__json():
    """The learner believes that headers are sent as JSON."""
    return json.dumps(
        {
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )


def sse_headers__false_for_no():
    """The learner believes that False is the same as the text no."""
    return {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": False,
    }


# last_event_id


def last_event_id__key_that_is_missing(headers):
    """The learner has overlooked that the header may be missing, or in small letters."""
    return int(headers["Last-Event-ID"])


def last_event_id__text(headers):
    """The learner returns the text of the header and not a number."""
    return headers.get("last-event-id", "0")


def last_event_id__int_of_nothing(headers):
    """The learner has overlooked that int cannot read an empty text."""
    for name, value in headers.items():
        if name.lower() == "last-event-id":
            return int(value)
    return 0


def last_event_id__error_is_hidden(headers):
    """The learner believes that any error here means that there is no number."""
    try:
        for name, value in headers:
            if name.lower() == "last-event-id":
                return int(value)
    except Exception:
        return 0
    return 0


def last_event_id__lower_is_not_called(headers):
    """The learner has forgotten the parentheses after lower."""
    for name, value in headers.items():
        if name.lower == "last-event-id":
            return int(value) if value.isdecimal() and value.isascii() else 0
    return 0


def last_event_id__nothing_at_the_end(headers):
    """The learner has forgotten what comes back when no header is found."""
    for name, value in headers.items():
        if name.lower() == "last-event-id":
            if value.isascii() and value.isdigit() and len(value) <= 18:
                return int(value)


def last_event_id__capitals_among_small(headers: Mapping[str, str]) -> int:
    """Makes all names lower case and then asks for the one with capitals."""
    lower = {name.lower(): value for name, value in headers.items()}
    value = lower.get("Last-Event-ID", "")
    if re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    return 0


# sse_body


async def sse_body__for_without_async(events, heartbeat=15.0, first_id=1):
    """The learner reads an asynchronous stream with an ordinary loop."""
    for event in events:
        yield encode_sse(json.dumps(event), id=str(first_id)).encode()
        first_id += 1


async def sse_body__yields_text(events, heartbeat=15.0, first_id=1):
    """The learner has forgotten to make bytes of the text."""
    async for event in events:
        yield encode_sse(json.dumps(event), id=str(first_id))
        first_id += 1


async def sse_body__id_as_a_number(events, heartbeat=15.0, first_id=1):
    """The learner hands encode_sse a number where it wants a text."""
    async for event in events:
        yield encode_sse(json.dumps(event), id=first_id).encode()
        first_id += 1


async def sse_body__str_for_json(events, heartbeat=15.0, first_id=1):
    """The learner believes that str makes JSON of a dict."""
    async for event in events:
        yield encode_sse(str(event), id=str(first_id)).encode()
        first_id += 1


async def sse_body__arguments_in_the_wrong_order(events, heartbeat=15.0, first_id=1):
    """The learner hands over the id in the place of the event's type."""
    async for event in events:
        yield encode_sse(json.dumps(event), str(first_id)).encode()
        first_id += 1


async def sse_body__wait_for_a_pull(events, heartbeat=15.0, first_id=1):
    """The learner has overlooked that wait_for cancels what it has waited for."""
    if heartbeat <= 0:
        raise ValueError(heartbeat)
    while True:
        try:
            event = await asyncio.wait_for(anext(events), heartbeat)
        except TimeoutError:
            yield b": still here\n\n"
            continue
        except StopAsyncIteration:
            break
        yield encode_sse(json.dumps(event), id=str(first_id)).encode()
        first_id += 1


async def sse_body__never_awaits_the_pull(events, heartbeat=15.0, first_id=1):
    """The learner has forgotten the await before anext."""
    while True:
        event = anext(events)
        yield encode_sse(json.dumps(event), id=str(first_id)).encode()
        first_id += 1


async def sse_body__returns_a_list(events, heartbeat=15.0, first_id=1):
    """The learner returns a list of the pieces where they should be yielded."""
    pieces = []
    async for event in events:
        pieces.append(encode_sse(json.dumps(event), id=str(first_id)).encode())
        first_id += 1
    return pieces


# reconnect_plan


def reconnect_plan__only_a_word(status, content_type, closed_by_client, retry_ms):
    """The learner has overlooked that two things come back."""
    if closed_by_client:
        return "stop"
    return "reconnect"


def reconnect_plan__or_for_none(status, content_type, closed_by_client, retry_ms):
    """The learner has overlooked that 0 counts as false, too."""
    wait = retry_ms or DEFAULT_RETRY_MS
    if closed_by_client:
        return "stop", "closed"
    if status is None:
        return "reconnect", wait
    if status == 204:
        return "stop", "no content"
    if status != 200:
        return "stop", "status"
    if (content_type or "").split(";")[0].strip().lower() != "text/event-stream":
        return "stop", "content type"
    return "reconnect", wait


def reconnect_plan__method_of_none(status, content_type, closed_by_client, retry_ms):
    """The learner has overlooked that there may be no content type."""
    wait = DEFAULT_RETRY_MS if retry_ms is None else retry_ms
    if closed_by_client:
        return "stop", "closed"
    if status is None:
        return "reconnect", wait
    if status == 204:
        return "stop", "no content"
    if status != 200:
        return "stop", "status"
    if content_type.split(";")[0].strip().lower() != "text/event-stream":
        return "stop", "content type"
    return "reconnect", wait


def reconnect_plan__is_for_equals(status, content_type, closed_by_client, retry_ms):
    """The learner believes that 'is' compares values."""
    wait = DEFAULT_RETRY_MS if retry_ms is None else retry_ms
    if closed_by_client:
        return "stop", "closed"
    if status is None:
        return "reconnect", wait
    if status == 204:
        return "stop", "no content"
    if status != 200:
        return "stop", "status"
    if (content_type or "").split(";")[0].strip().lower() is not "text/event-stream":
        return "stop", "content type"
    return "reconnect", wait


def reconnect_plan__prints(status, content_type, closed_by_client, retry_ms):
    """The learner takes printing for returning."""
    if closed_by_client:
        print(("stop", "closed"))
    elif status == 204:
        print(("stop", "no content"))
    else:
        print(("reconnect", retry_ms))


# ReplayLog


class ReplayLog__attribute_misspelt:
    """The learner has misspelt the name of an attribute."""

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id = session_id
        self.keep = keep
        self.events = []
        self.finished = False

    def append(self, event):
        self.event.append(event)
        return len(self.events)

    def finish(self):
        self.finished = True

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        for number, event in enumerate(self.events[last_event_id:], last_event_id + 1):
            yield number, event


class ReplayLog__append_gives_nothing:
    """The learner has forgotten that append returns the id."""

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id = session_id
        self.keep = keep
        self.events = []
        self.finished = False

    def append(self, event):
        if self.finished:
            raise RuntimeError("it is finished")
        self.events.append(event)

    def finish(self):
        self.finished = True

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        for number, event in enumerate(self.events[last_event_id:], last_event_id + 1):
            yield number, event


class ReplayLog__a_list_for_everybody:
    """The learner keeps the events in the class, where all logs share them."""

    events = []

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id = session_id
        self.keep = keep
        self.finished = False

    def append(self, event):
        if self.finished:
            raise RuntimeError("it is finished")
        self.events.append(event)
        return len(self.events)

    def finish(self):
        self.finished = True

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        for number, event in enumerate(self.events[last_event_id:], last_event_id + 1):
            yield number, event


class ReplayLog__subscribe_returns_a_list:
    """The learner returns a list where the stream should be yielded."""

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id = session_id
        self.keep = keep
        self.events = []
        self.finished = False

    def append(self, event):
        if self.finished:
            raise RuntimeError("it is finished")
        self.events.append(event)
        return len(self.events)

    def finish(self):
        self.finished = True

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        return list(enumerate(self.events[last_event_id:], last_event_id + 1))


class ReplayLog__waits_without_await:
    """The learner has forgotten the await before the wait for something new."""

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id = session_id
        self.keep = keep
        self.events = []
        self.finished = False
        self.changed = asyncio.Event()

    def append(self, event):
        if self.finished:
            raise RuntimeError("it is finished")
        self.events.append(event)
        self.changed.set()
        return len(self.events)

    def finish(self):
        self.finished = True
        self.changed.set()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        position = last_event_id
        while True:
            while position < len(self.events):
                position += 1
                yield position, self.events[position - 1]
            if self.finished:
                return
            self.changed.clear()
            self.changed.wait()


class ReplayLog__attribute_and_method_of_one_name:
    """The learner has overlooked that an attribute hides the method of the same name."""

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id = session_id
        self.keep = keep
        self.events = []
        self.finish = False

    def append(self, event):
        if self.finish:
            raise RuntimeError("it is finished")
        self.events.append(event)
        return len(self.events)

    def finish(self):
        self.finish = True

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        for number, event in enumerate(self.events[last_event_id:], last_event_id + 1):
            yield number, event


class ReplayLog__loops_without_await:
    """Looking again and again, in a loop, is waiting."""

    def __init__(self, session_id: str, keep: int = 1000) -> None:
        if keep < 1:
            raise ValueError("keep is less than 1")
        self.session_id = session_id
        self.keep = keep
        self.events = []
        self.count = 0
        self.finished = False

    def append(self, event: Event) -> int:
        if self.finished:
            raise RuntimeError("it is finished")
        self.count += 1
        self.events.append((self.count, event))
        self.events = self.events[-self.keep :]
        return self.count

    def finish(self) -> None:
        self.finished = True

    async def subscribe(self, session_id: str, last_event_id: int = 0) -> AsyncIterator[Replayed]:
        if session_id != self.session_id:
            raise WrongSession
        last = last_event_id
        if last > self.count:
            yield (None, "stale")
            last = 0
        while True:
            if self.events and self.events[0][0] > last + 1:
                yield (None, "stale")
            for id, event in list(self.events):
                if id > last:
                    last = id
                    yield (id, event)
            if self.finished and last >= self.count:
                return
