"""Wrong answers to lesson 15 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to prove it wrong.
"""
# Names come from the solution, and so do the parameters.
# ruff: noqa: A002, F821


# encode_sse


def encode_sse__seed(data, event=None, id=None, retry=None):
    """An event is one text with a hole for the data in it, as most examples write it.

    Caught by: test_each_line_is_a_field
    """
    if any(bad in value for bad in "\r\n\0" for value in (event or "", id or "")):
        raise ValueError(event, id)
    if retry is not None and retry < 0:
        raise ValueError(retry)
    head = "" if event is None else f"event: {event}\n"
    head += "" if id is None else f"id: {id}\n"
    head += "" if retry is None else f"retry: {retry}\n"
    return f"{head}data: {data}\n\n"


def encode_sse__splitlines(data, event=None, id=None, retry=None):
    """splitlines cuts a text into its lines.

    Caught by: test_empty_lines_and_empty_data
    """
    if any(bad in value for bad in "\r\n\0" for value in (event or "", id or "")):
        raise ValueError(event, id)
    if retry is not None and retry < 0:
        raise ValueError(retry)
    lines = [f"data: {line}" for line in data.splitlines() or [""]]
    for name, value in (("event", event), ("id", id), ("retry", retry)):
        if value is not None:
            lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n\n"


def encode_sse__writes_no_space(data, event=None, id=None, retry=None):
    """The space after the colon is optional, so it can be left out.

    Caught by: test_white_space_stays
    """
    if any(bad in value for bad in "\r\n\0" for value in (event or "", id or "")):
        raise ValueError(event, id)
    if retry is not None and retry < 0:
        raise ValueError(retry)
    lines = [f"data:{line}" for line in data.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    for name, value in (("event", event), ("id", id), ("retry", retry)):
        if value is not None:
            lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n\n"


def encode_sse__leaves_out_what_is_false(data, event=None, id=None, retry=None):
    """An empty field says nothing.

    Caught by: test_an_empty_id_and_a_retry_of_0_are_written
    """
    if any(bad in value for bad in "\r\n\0" for value in (event or "", id or "")):
        raise ValueError(event, id)
    if retry is not None and retry < 0:
        raise ValueError(retry)
    lines = [f"data: {line}" for line in re.split(r"\r\n|\r|\n", data)]
    for name, value in (("event", event), ("id", id), ("retry", retry)):
        if value:
            lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n\n"


def encode_sse__trusts_ids_and_types(data, event=None, id=None, retry=None):
    """Types and ids are chosen by the program, so there is nothing to check.

    Caught by: test_what_would_not_arrive_is_refused
    """
    lines = [f"data: {line}" for line in re.split(r"\r\n|\r|\n", data)]
    for name, value in (("event", event), ("id", id), ("retry", retry)):
        if value is not None:
            lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n\n"


def encode_sse__looks_up_to_the_last_line(data, event=None, id=None, retry=None):
    """`$` is the end of a text, so this pattern looks at all of it.

    Caught by: test_any_event
    """
    for value in (event, id):
        if value is not None and not re.match(r"[^\r\n\0]*$", value):
            raise ValueError(f"a line end or NUL in {value!r}")
    if retry is not None and retry < 0:
        raise ValueError(f"retry must be at least 0, not {retry}")
    fields = [("event", event), ("id", id), ("retry", retry)]
    fields += [("data", line) for line in re.split(r"\r\n|\r|\n", data)]
    lines = [f"{name}: {value}" for name, value in fields if value is not None]
    return "\n".join(lines) + "\n\n"


def encode_sse__writes_the_space_where_it_is_needed(data, event=None, id=None, retry=None):
    """The space is only needed where the text begins with one.

    Caught by: test_any_event
    """
    for value in (event, id):
        if value is not None and re.search(r"[\r\n\0]", value):
            raise ValueError(f"a line end or NUL in {value!r}")
    if retry is not None and retry < 0:
        raise ValueError(f"retry must be at least 0, not {retry}")
    fields = [("event", event), ("id", id), ("retry", retry)]
    fields += [("data", line) for line in re.split(r"\r\n|\r|\n", data)]
    spaced = [(name, f" {value}" if f"{value}"[:1] == " " else value) for name, value in fields]
    lines = [f"{name}:{value}" for name, value in spaced if value is not None]
    return "\n".join(lines) + "\n\n"


def encode_sse__leaves_out_what_is_the_default(data, event=None, id=None, retry=None):
    """A reader takes an event for a message anyway.

    Caught by: test_any_event
    """
    for value in (event, id):
        if value is not None and re.search(r"[\r\n\0]", value):
            raise ValueError(f"a line end or NUL in {value!r}")
    if retry is not None and retry < 0:
        raise ValueError(f"retry must be at least 0, not {retry}")
    fields = [("event", event), ("id", id), ("retry", retry)]
    fields += [("data", line) for line in re.split(r"\r\n|\r|\n", data)]
    usual = (None, "message")
    lines = [f"{name}: {value}" for name, value in fields if name == "data" or value not in usual]
    return "\n".join(lines) + "\n\n"


# SSEDecoder


class SSEDecoder__splits_each_chunk:
    """A chunk holds whole events; the empty line is between them.

    Caught by: test_the_cuts_make_no_difference
    """

    def __init__(self):
        self.last_event_id, self.retry = "", None

    def feed(self, chunk):
        events = []
        text = chunk.decode("utf-8", "replace").removeprefix("\ufeff")
        for block in re.split(r"(?:\r\n|\r|\n){2}", text):
            event, data = "message", []
            for line in re.split(r"\r\n|\r|\n", block):
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if name == "data":
                    data.append(value)
                elif name == "event":
                    event = value or "message"
                elif name == "id" and "\0" not in value:
                    self.last_event_id = value
                elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
                    self.retry = int(value)
            if data:
                events.append({"event": event, "data": "\n".join(data), "id": self.last_event_id})
        return events


class SSEDecoder__strips:
    """Whitespace around a value means nothing.

    Caught by: test_one_space_is_taken_away
    """

    def __init__(self):
        self.last_event_id, self.retry = "", None
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.text, self.event, self.id, self.data, self.after_cr = "", "", "", [], False

    def feed(self, chunk):
        events = []
        for character in self.decoder.decode(chunk):
            if character == "\n" and self.after_cr:
                self.after_cr = False
                continue
            self.after_cr = character == "\r"
            if character not in "\r\n":
                self.text += character
                continue
            line, self.text = self.text, ""
            name, _, value = line.partition(":")
            value = value.strip()
            if name == "data":
                self.data.append(value)
            elif name == "event":
                self.event = value
            elif name == "id" and "\0" not in value:
                self.id = value
            elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
                self.retry = int(value)
            elif not line:
                self.last_event_id = self.id
                if self.data:
                    event = {"event": self.event or "message", "data": "\n".join(self.data)}
                    events.append({**event, "id": self.id})
                self.event, self.data = "", []
        return events


class SSEDecoder__waits_after_a_cr:
    """After a CR there may come an LF, so wait and see.

    Caught by: test_a_line_has_three_ends
    """

    def __init__(self):
        import io

        self.last_event_id, self.retry = "", None
        decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self.text, self.event, self.id, self.data = "", "", "", []

    def feed(self, chunk):
        events = []
        *lines, self.text = (self.text + self.decoder.decode(chunk)).split("\n")
        for line in lines:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self.data.append(value)
            elif name == "event":
                self.event = value
            elif name == "id" and "\0" not in value:
                self.id = value
            elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
                self.retry = int(value)
            elif not line:
                self.last_event_id = self.id
                if self.data:
                    event = {"event": self.event or "message", "data": "\n".join(self.data)}
                    events.append({**event, "id": self.id})
                self.event, self.data = "", []
        return events


class SSEDecoder__forgets_the_id:
    """All fields belong to their event, so all are reset after it.

    Caught by: test_the_id_stays
    """

    def __init__(self):
        self.last_event_id, self.retry = "", None
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.text, self.event, self.id, self.data, self.after_cr = "", "", "", [], False

    def feed(self, chunk):
        events = []
        for character in self.decoder.decode(chunk):
            if character == "\n" and self.after_cr:
                self.after_cr = False
                continue
            self.after_cr = character == "\r"
            if character not in "\r\n":
                self.text += character
                continue
            line, self.text = self.text, ""
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self.data.append(value)
            elif name == "event":
                self.event = value
            elif name == "id" and "\0" not in value:
                self.id = value
            elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
                self.retry = int(value)
            elif not line:
                self.last_event_id = self.id
                if self.data:
                    event = {"event": self.event or "message", "data": "\n".join(self.data)}
                    events.append({**event, "id": self.id})
                self.event, self.id, self.data = "", "", []
        return events


class SSEDecoder__as_some_libraries:
    """An empty line returns whatever there is, and int() knows what a number is.

    Caught by: test_what_is_no_event_does_not_come_out
    """

    def __init__(self):
        self.last_event_id, self.retry = "", None
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.text, self.event, self.data, self.after_cr = "", "", [], False

    def feed(self, chunk):
        events = []
        for character in self.decoder.decode(chunk):
            if character == "\n" and self.after_cr:
                self.after_cr = False
                continue
            self.after_cr = character == "\r"
            if character not in "\r\n":
                self.text += character
                continue
            line, self.text = self.text, ""
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self.data.append(value)
            elif name == "event":
                self.event = value
            elif name == "id" and "\0" not in value:
                self.last_event_id = value
            elif name == "retry":
                try:
                    self.retry = int(value)
                except ValueError:
                    continue
            elif not line and (self.data or self.event or self.last_event_id):
                event = {"event": self.event or "message", "data": "\n".join(self.data)}
                events.append({**event, "id": self.last_event_id})
                self.event, self.data = "", []
        return events


class SSEDecoder__digits_without_end:
    """Anything made of digits is a number, however many there are.

    Caught by: test_retry
    """

    def __init__(self):
        self.last_event_id, self.retry = "", None
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.text, self.event, self.id, self.data, self.after_cr = "", "", "", [], False

    def feed(self, chunk):
        events = []
        for character in self.decoder.decode(chunk):
            if character == "\n" and self.after_cr:
                self.after_cr = False
                continue
            self.after_cr = character == "\r"
            if character not in "\r\n":
                self.text += character
                continue
            line, self.text = self.text, ""
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self.data.append(value)
            elif name == "event":
                self.event = value
            elif name == "id" and "\0" not in value:
                self.id = value
            elif name == "retry" and re.fullmatch("[0-9]+", value):
                self.retry = int(value)
            elif not line:
                self.last_event_id = self.id
                if self.data:
                    event = {"event": self.event or "message", "data": "\n".join(self.data)}
                    events.append({**event, "id": self.id})
                self.event, self.data = "", []
        return events


class SSEDecoder__one_list_for_all:
    """Attributes are declared in the body of the class, with their initial values.

    Caught by: test_each_decoder_has_its_own_stream
    """

    last_event_id, retry = "", None
    text, event, id, after_cr = "", "", "", False
    data = []  # noqa: RUF012  this is the mistake

    def __init__(self):
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")

    def feed(self, chunk):
        events = []
        for character in self.decoder.decode(chunk):
            if character == "\n" and self.after_cr:
                self.after_cr = False
                continue
            self.after_cr = character == "\r"
            if character not in "\r\n":
                self.text += character
                continue
            line, self.text = self.text, ""
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self.data.append(value)
            elif name == "event":
                self.event = value
            elif name == "id" and "\0" not in value:
                self.id = value
            elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
                self.retry = int(value)
            elif not line:
                self.last_event_id = self.id
                if self.data:
                    event = {"event": self.event or "message", "data": "\n".join(self.data)}
                    events.append({**event, "id": self.id})
                self.event = ""
                self.data.clear()
        return events


class SSEDecoder__hands_out_its_own_list:
    """One list for the events is enough: clear it and use it again.

    Caught by: test_what_feed_has_returned_stays
    """

    def __init__(self):
        self.last_event_id = ""
        self.retry = None
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._after_cr = False
        self._line = []
        self._event, self._id = "", ""
        self._data = []
        self._events = []

    def feed(self, chunk):
        text = self._decode(chunk)
        if not text:
            return []
        if self._after_cr:
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        *ends, rest = re.split(r"\r\n|\r|\n", text)
        events = self._events
        events.clear()
        for end in ends:
            event = self._take("".join([*self._line, end]))
            self._line = []
            if event is not None:
                events.append(event)
        self._line.append(rest)
        return events

    def _take(self, line):
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
            self.retry = int(value)
        return None

    def _dispatch(self):
        self.last_event_id = self._id
        data, event = self._data, self._event or "message"
        self._data, self._event = [], ""
        return {"event": event, "data": "\n".join(data), "id": self._id} if data else None


class SSEDecoder__stops_at_done:
    """[DONE] is the end of the stream.

    Caught by: test_any_stream
    """

    def __init__(self):
        self.last_event_id = ""
        self.retry = None
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._after_cr = False
        self._line = []
        self._event, self._id = "", ""
        self._data = []
        self._over = False

    def feed(self, chunk):
        text = self._decode(chunk)
        if not text:
            return []
        if self._after_cr:
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        *ends, rest = re.split(r"\r\n|\r|\n", text)
        events = []
        for end in ends:
            event = self._take("".join([*self._line, end]))
            self._line = []
            if event is not None and not self._over:
                events.append(event)
                self._over = event["data"] == "[DONE]"
        self._line.append(rest)
        return events

    def _take(self, line):
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
            self.retry = int(value)
        return None

    def _dispatch(self):
        self.last_event_id = self._id
        data, event = self._data, self._event or "message"
        self._data, self._event = [], ""
        return {"event": event, "data": "\n".join(data), "id": self._id} if data else None


class SSEDecoder__takes_a_blank_line_for_an_empty_one:
    """A line with nothing but whitespace is empty.

    Caught by: test_any_stream
    """

    def __init__(self):
        self.last_event_id = ""
        self.retry = None
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._after_cr = False
        self._line = []
        self._event, self._id = "", ""
        self._data = []

    def feed(self, chunk):
        text = self._decode(chunk)
        if not text:
            return []
        if self._after_cr:
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        *ends, rest = re.split(r"\r\n|\r|\n", text)
        events = []
        for end in ends:
            event = self._take("".join([*self._line, end]))
            self._line = []
            if event is not None:
                events.append(event)
        self._line.append(rest)
        return events

    def _take(self, line):
        if not line.strip():
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
            self.retry = int(value)
        return None

    def _dispatch(self):
        self.last_event_id = self._id
        data, event = self._data, self._event or "message"
        self._data, self._event = [], ""
        return {"event": event, "data": "\n".join(data), "id": self._id} if data else None


# sse_headers


def sse_headers__seed():
    """The type says everything.

    Caught by: test_nobody_keeps_it
    """
    return {"Content-Type": "text/event-stream"}


def sse_headers__says_an_encoding():
    """The encoding of the text has to be declared, and this page is in another one.

    Caught by: test_the_type
    """
    return {
        "Content-Type": "text/event-stream; charset=iso-8859-1",
        "Cache-Control": "no-cache",
        "X-Accel-Buffering": "no",
    }


def sse_headers__compresses():
    """Text compresses well.

    Caught by: test_nothing_that_stops_it
    """
    return {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        "Content-Encoding": "gzip",
    }


def sse_headers__lets_proxies_collect():
    """Cache-Control also says that nothing may be held back.

    Caught by: test_nobody_collects_it
    """
    return {"content-type": "text/event-stream", "cache-control": "no-cache, no-transform"}


def sse_headers__lists_words_without_commas():
    """Several words are separated by spaces.

    Caught by: test_nobody_keeps_it
    """
    return {
        "Content-Type": "text/event-stream",
        "Cache-Control": "private no-store",
        "X-Accel-Buffering": "no",
    }


def sse_headers__says_that_nothing_is_compressed():
    """It should be clear that the body is not compressed.

    Caught by: test_nothing_that_stops_it
    """
    return {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        "Content-Encoding": "identity",
    }


# last_event_id


def last_event_id__one_spelling(headers):
    """The header is called Last-Event-ID.

    Caught by: test_the_name_in_capitals_or_not
    """
    value = headers.get("Last-Event-ID", headers.get("last-event-id", ""))
    return int(value) if re.fullmatch("[0-9]{1,18}", value) else 0


def last_event_id__trusts_the_header(headers):
    """A browser sends back what it was given.

    Caught by: test_without_it_everything_is_new
    """
    found = {name.lower(): value for name, value in headers.items()}
    return int(found.get("last-event-id", "0"))


def last_event_id__whatever_int_takes(headers):
    """int() knows what a number is, and raises ValueError for what is not one.

    Caught by: test_what_is_no_number_is_0
    """
    found = {name.lower(): value for name, value in headers.items()}
    try:
        return max(0, int(found.get("last-event-id", "")))
    except ValueError:
        return 0


def last_event_id__without_a_bound(headers):
    """Digits make a number, however many there are.

    Caught by: test_a_header_that_is_far_too_long
    """
    for name, value in headers.items():
        if name.lower() == "last-event-id" and re.fullmatch("[0-9]+", value):
            return int(value)
    return 0


def last_event_id__takes_it_out_of_the_headers(headers):
    """Nobody else needs this header.

    Caught by: test_any_header
    """
    found = [name for name in headers if name.lower() == "last-event-id"]
    value = headers.pop(found[0]) if found else ""
    return int(value) if re.fullmatch("[0-9]{1,18}", value) else 0


def last_event_id__reads_underscores_too(headers):
    """Some servers write the names of headers with underscores.

    Caught by: test_any_header
    """
    for name, value in headers.items():
        if name.lower().replace("_", "-") == "last-event-id" and re.fullmatch("[0-9]{1,18}", value):
            return int(value)
    return 0


def last_event_id__counts_from_one(headers):
    """Ids begin with 1, so a 0 is not one.

    Caught by: test_the_number
    """
    for name, value in headers.items():
        if name.lower() == "last-event-id" and re.fullmatch("[0-9]{1,18}", value):
            return int(value) or None
    return 0


# sse_body


async def sse_body__seed(events, heartbeat=15.0, first_id=1):
    """A dictionary in an f-string is its JSON.

    Caught by: test_each_event_is_sent_as_json
    """
    if not heartbeat > 0:
        raise ValueError(heartbeat)
    number = first_id
    try:
        async for event in events:
            yield encode_sse(f"{event}", id=str(number)).encode()
            number += 1
            if is_terminal(event):
                break
    finally:
        await aclose_source(events)


async def sse_body__waits_with_wait_for(events, heartbeat=15.0, first_id=1):
    """wait_for waits for the next event, and after a timeout it can wait again.

    Caught by: test_silence_is_filled
    """
    if not heartbeat > 0:
        raise ValueError(heartbeat)
    number = first_id
    try:
        while True:
            try:
                event = await asyncio.wait_for(anext(events), heartbeat)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            except Exception:
                event = BROKEN_OFF
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
            if is_terminal(event):
                break
    finally:
        await aclose_source(events)


async def sse_body__shows_the_error(events, heartbeat=15.0, first_id=1):
    """The person who asked should learn what went wrong.

    Caught by: test_an_error_is_told_and_hidden
    """
    if not heartbeat > 0:
        raise ValueError(heartbeat)
    number = first_id
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(events))
            await asyncio.wait({pull}, timeout=heartbeat)
            if not pull.done():
                yield b": still here\n\n"
                continue
            error = pull.exception()
            event = {"type": "error", "message": f"{error!r}"} if error else pull.result()
            pull = None
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
            if is_terminal(event):
                break
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(events)


async def sse_body__says_complete_in_the_end(events, heartbeat=15.0, first_id=1):
    """When no more events come, the answer is complete.

    Caught by: test_an_end_that_nobody_announced_is_an_error
    """
    if not heartbeat > 0:
        raise ValueError(heartbeat)
    number = first_id
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(events))
            await asyncio.wait({pull}, timeout=heartbeat)
            if not pull.done():
                yield b": still here\n\n"
                continue
            try:
                event = pull.result()
            except StopAsyncIteration:
                event = {"type": "complete"}
            except Exception:
                event = BROKEN_OFF
            pull = None
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
            if is_terminal(event):
                break
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(events)


async def sse_body__goes_on_after_the_end(events, heartbeat=15.0, first_id=1):
    """The source knows when it is over; and a generator that ends closes itself.

    Caught by: test_the_terminal_event_is_the_last
    """
    if not heartbeat > 0:
        raise ValueError(heartbeat)
    number, told = first_id, False
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(events))
            await asyncio.wait({pull}, timeout=heartbeat)
            if not pull.done():
                yield b": still here\n\n"
                continue
            if pull.exception() and told:
                break
            event = BROKEN_OFF if pull.exception() else pull.result()
            pull = None
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
            told = told or is_terminal(event)
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(events)


async def sse_body__takes_each_time_out_for_silence(events, heartbeat=15.0, first_id=1):
    """A TimeoutError here can only be the end of the heartbeat.

    Caught by: test_a_time_out_of_the_source_is_an_error
    """
    if not heartbeat > 0:
        raise ValueError(heartbeat)
    number = first_id
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(events))
            try:
                async with asyncio.timeout(heartbeat):
                    event = await asyncio.shield(pull)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            except Exception:
                event = BROKEN_OFF
            pull = None
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
            if is_terminal(event):
                break
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(events)


async def sse_body__comments_from_the_reading_task(events, heartbeat=15.0, first_id=1):
    """The task that reads the source knows when it is silent.

    Caught by: test_a_comment_is_for_who_waits
    """
    if not heartbeat > 0:
        raise ValueError(heartbeat)
    queue = asyncio.Queue(1)

    async def read():
        pull, last = None, False
        try:
            while not last:
                pull = pull or asyncio.ensure_future(anext(events))
                await asyncio.wait({pull}, timeout=heartbeat)
                if not pull.done():
                    await queue.put(None)
                    continue
                event = BROKEN_OFF if pull.exception() else pull.result()
                pull, last = None, is_terminal(event)
                await queue.put(event)
        finally:
            if pull is not None:
                pull.cancel()
                await asyncio.gather(pull, return_exceptions=True)
            await aclose_source(events)

    reader = asyncio.create_task(read())
    number, ended = first_id, False
    try:
        while not ended:
            event = await queue.get()
            if event is None:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        if not ended:
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__says_the_end_to_nobody(events, heartbeat=15.0, first_id=1):
    """The queue always brings a last item, however the source ends.

    Caught by: test_a_source_may_answer_its_cancellation
    """
    if not heartbeat > 0:
        raise ValueError(heartbeat)
    queue = asyncio.Queue(1)

    async def read():
        try:
            with suppress(Exception):
                async for event in events:
                    await queue.put(event)
                    if is_terminal(event):
                        return
            await queue.put(BROKEN_OFF)
        finally:
            await aclose_source(events)

    reader = asyncio.create_task(read())
    number, ended = first_id, False
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        if not ended:
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__leaves_the_source_open_after_an_error(events, heartbeat=15.0, first_id=1):
    """A source that has failed is over, so there is nothing left to close.

    Caught by: test_an_error_is_told_and_hidden
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left, closing = first_id, False, False, False

    async def read():
        failed = False
        nonlocal closing
        try:
            try:
                async for event in events:
                    await queue.put(event)
                    if is_terminal(event):
                        return
            except Exception:
                failed = True
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            closing = True
            if not failed:
                await aclose_source(events)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        left = True
        if not closing:  # which must not be cut short
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__sends_equal_events_once(events, heartbeat=15.0, first_id=1):
    """An event that equals the one before was sent twice by mistake.

    Caught by: test_each_event_is_sent_as_json
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left, closing = first_id, False, False, False

    async def read():
        nonlocal closing
        try:
            with suppress(Exception):
                last = None
                async for event in events:
                    if event == last:
                        continue
                    last = event
                    await queue.put(event)
                    if is_terminal(event):
                        return
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            closing = True
            await aclose_source(events)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        left = True
        if not closing:  # which must not be cut short
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__sends_no_empty_tokens(events, heartbeat=15.0, first_id=1):
    """A token without text tells the reader nothing.

    Caught by: test_each_event_is_sent_as_json
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left, closing = first_id, False, False, False

    async def read():
        nonlocal closing
        try:
            with suppress(Exception):
                async for event in events:
                    if event.get("content") == "":
                        continue
                    await queue.put(event)
                    if is_terminal(event):
                        return
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            closing = True
            await aclose_source(events)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        left = True
        if not closing:  # which must not be cut short
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__looks_for_the_word_complete(events, heartbeat=15.0, first_id=1):
    """An answer is over when it says that it is complete.

    Caught by: test_each_event_is_sent_as_json
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left, closing = first_id, False, False, False

    async def read():
        nonlocal closing
        try:
            with suppress(Exception):
                async for event in events:
                    await queue.put(event)
                    if is_terminal(event) or "complete" in event.values():
                        return
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            closing = True
            await aclose_source(events)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event) or "complete" in event.values()
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        left = True
        if not closing:  # which must not be cut short
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__gives_closing_ten_seconds(events, heartbeat=15.0, first_id=1):
    """Closing a source should not take longer than ten seconds.

    Caught by: test_any_answer
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left, closing = first_id, False, False, False

    async def read():
        nonlocal closing
        try:
            with suppress(Exception):
                async for event in events:
                    await queue.put(event)
                    if is_terminal(event):
                        return
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            closing = True
            with suppress(TimeoutError):
                await asyncio.wait_for(aclose_source(events), 10)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        left = True
        if not closing:  # which must not be cut short
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__takes_a_missing_number_for_a_time(events, heartbeat=15.0, first_id=1):
    """A heartbeat is wrong if it is 0 or less.

    Caught by: test_the_heartbeat_must_be_positive
    """
    if heartbeat <= 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left, closing = first_id, False, False, False

    async def read():
        nonlocal closing
        try:
            with suppress(Exception):
                async for event in events:
                    await queue.put(event)
                    if is_terminal(event):
                        return
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            closing = True
            await aclose_source(events)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        left = True
        if not closing:  # which must not be cut short
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__marks_what_was_sent(events, heartbeat=15.0, first_id=1):
    """Somebody may want to know which events were sent.

    Caught by: test_each_event_is_sent_as_json
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left, closing = first_id, False, False, False

    async def read():
        nonlocal closing
        try:
            with suppress(Exception):
                async for event in events:
                    await queue.put(event)
                    if is_terminal(event):
                        return
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            closing = True
            await aclose_source(events)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            data = json.dumps(event)
            event["sent"] = True
            yield encode_sse(data, id=str(number)).encode()
            number += 1
    finally:
        left = True
        if not closing:  # which must not be cut short
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__cancels_the_closing(events, heartbeat=15.0, first_id=1):
    """A task that is cancelled ends, and finally closes its source.

    Caught by: test_any_answer
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left = first_id, False, False

    async def read():
        try:
            with suppress(Exception):
                async for event in events:
                    await queue.put(event)
                    if is_terminal(event):
                        return
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            await aclose_source(events)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        if not ended:
            left = True
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__starts_at_one_if_there_is_no_id(events, heartbeat=15.0, first_id=1):
    """Without a first_id it begins with 1.

    Caught by: test_any_answer
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be greater than 0, not {heartbeat}")
    queue = asyncio.Queue(1)
    number, ended, left, closing = first_id or 1, False, False, False

    async def read():
        nonlocal closing
        try:
            with suppress(Exception):
                async for event in events:
                    await queue.put(event)
                    if is_terminal(event):
                        return
            if not left:  # otherwise nobody takes it, and the queue may be full
                await queue.put(BROKEN_OFF)
        finally:
            closing = True
            await aclose_source(events)

    # One task for the whole source: what it opens in one task cannot be closed in another.
    reader = asyncio.create_task(read())
    try:
        while not ended:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            ended = is_terminal(event)
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
    finally:
        left = True
        if not closing:  # which must not be cut short
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def sse_body__waits_a_second_for_closing(
    events: AsyncIterator[Event], heartbeat: float = 15.0, first_id: int = 1
) -> AsyncIterator[bytes]:
    """A second is enough for any source to close.

    Caught by: test_closing_may_take_a_while
    """
    if not heartbeat > 0:
        raise ValueError("heartbeat must be greater than 0")
    queue: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=5)

    async def read() -> None:
        with suppress(Exception):
            async for event in events:
                await queue.put(event)
                if is_terminal(event):
                    return
        await queue.put(None)

    reader = asyncio.get_running_loop().create_task(read())
    number = first_id
    try:
        while True:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if event is None:
                event = BROKEN_OFF
            yield encode_sse(json.dumps(event), id=str(number)).encode()
            number += 1
            if is_terminal(event):
                return
    finally:
        reader.cancel()
        await asyncio.wait({reader}, timeout=1)
        if reader.done():
            if not reader.cancelled():
                reader.exception()
            await aclose_source(events)


# reconnect_plan


def reconnect_plan__comes_back_after_204(status, content_type, closed_by_client, retry_ms):
    """A status of 2xx is a good one.

    Caught by: test_204_stops
    """
    plan = ("reconnect", DEFAULT_RETRY_MS if retry_ms is None else retry_ms)
    if closed_by_client:
        return ("stop", "closed")
    if status is None or status == 204:
        return plan
    if status != 200:
        return ("stop", "status")
    kind = (content_type or "").partition(";")[0].strip().lower()
    return plan if kind == "text/event-stream" else ("stop", "content type")


def reconnect_plan__stops_at_the_end(status, content_type, closed_by_client, retry_ms):
    """A stream that has ended with the status 200 was read to its end.

    Caught by: test_a_stream_that_is_over_is_wanted_again
    """
    if status is None:
        return ("reconnect", DEFAULT_RETRY_MS if retry_ms is None else retry_ms)
    if status == 204:
        return ("stop", "no content")
    if status != 200:
        return ("stop", "status")
    return ("stop", "closed")


def reconnect_plan__takes_0_for_nothing(status, content_type, closed_by_client, retry_ms):
    """`or` gives the default where there is no value.

    Caught by: test_without_a_wish_the_default
    """
    plan = ("reconnect", retry_ms or DEFAULT_RETRY_MS)
    if closed_by_client:
        return ("stop", "closed")
    if status is None:
        return plan
    if status == 204:
        return ("stop", "no content")
    if status != 200:
        return ("stop", "status")
    kind = (content_type or "").partition(";")[0].strip().lower()
    return plan if kind == "text/event-stream" else ("stop", "content type")


def reconnect_plan__compares_the_beginning(status, content_type, closed_by_client, retry_ms):
    """Anything that begins with the right type is of the right type.

    Caught by: test_the_type_is_compared_as_a_whole
    """
    plan = ("reconnect", DEFAULT_RETRY_MS if retry_ms is None else retry_ms)
    if closed_by_client:
        return ("stop", "closed")
    if status is None:
        return plan
    if status == 204:
        return ("stop", "no content")
    if status != 200:
        return ("stop", "status")
    good = (content_type or "").strip().lower().startswith("text/event-stream")
    return plan if good else ("stop", "content type")


def reconnect_plan__looks_at_the_type_first(status, content_type, closed_by_client, retry_ms):
    """A page in HTML is never a stream, whatever its status.

    Caught by: test_any_end
    """
    reconnect = ("reconnect", DEFAULT_RETRY_MS if retry_ms is None else retry_ms)
    if closed_by_client:
        return ("stop", "closed")
    if status is None:
        return reconnect
    if content_type and content_type.startswith("text/html"):
        return ("stop", "content type")
    if status == 204:
        return ("stop", "no content")
    if status != 200:
        return ("stop", "status")
    if (content_type or "").partition(";")[0].strip().lower() != "text/event-stream":
        return ("stop", "content type")
    return reconnect


def reconnect_plan__waits_a_day_at_most(status, content_type, closed_by_client, retry_ms):
    """No reader waits longer than a day.

    Caught by: test_any_end
    """
    if retry_ms is not None:
        retry_ms = min(retry_ms, 86_400_000)
    reconnect = ("reconnect", DEFAULT_RETRY_MS if retry_ms is None else retry_ms)
    if closed_by_client:
        return ("stop", "closed")
    if status is None:
        return reconnect
    if status == 204:
        return ("stop", "no content")
    if status != 200:
        return ("stop", "status")
    if (content_type or "").partition(";")[0].strip().lower() != "text/event-stream":
        return ("stop", "content type")
    return reconnect


# ReplayLog


class ReplayLog__one_queue:
    """A queue holds what has not been read yet.

    Caught by: test_a_late_reader_gets_everything
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id, self.last_id, self.finished = session_id, 0, False
        self.queue = asyncio.Queue()

    def append(self, event):
        if self.finished:
            raise RuntimeError("finished")
        self.last_id += 1
        self.queue.put_nowait((self.last_id, event))
        return self.last_id

    def finish(self):
        self.finished = True
        self.queue.put_nowait(None)

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        while (item := await self.queue.get()) is not None:
            if item[0] > last_event_id:
                yield item
        self.queue.put_nowait(None)


class ReplayLog__off_by_one:
    """The reader continues at the id that it has sent.

    Caught by: test_it_goes_on_after_the_last_id
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id, self.keep, self.finished = session_id, keep, False
        self.events, self.last_id, self.news = {}, 0, asyncio.Event()

    def append(self, event):
        if self.finished:
            raise RuntimeError("finished")
        self.last_id += 1
        self.events[self.last_id] = event
        self.events.pop(self.last_id - self.keep, None)
        self.wake()
        return self.last_id

    def finish(self):
        self.finished = True
        self.wake()

    def wake(self):
        self.news.set()
        self.news = asyncio.Event()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        wanted = max(1, last_event_id)
        while True:
            gone = self.last_id - len(self.events)
            if wanted <= gone or wanted > self.last_id + 1:
                wanted = gone + 1
                yield None, "stale"
            elif wanted <= self.last_id:
                yield wanted, self.events[wanted]
                wanted += 1
            elif self.finished:
                return
            else:
                await self.news.wait()


class ReplayLog__says_nothing_of_what_is_gone:
    """A reader who comes too late gets what there is.

    Caught by: test_what_is_gone_is_told
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id, self.keep, self.finished = session_id, keep, False
        self.events, self.last_id, self.news = {}, 0, asyncio.Event()

    def append(self, event):
        if self.finished:
            raise RuntimeError("finished")
        self.last_id += 1
        self.events[self.last_id] = event
        self.events.pop(self.last_id - self.keep, None)
        self.wake()
        return self.last_id

    def finish(self):
        self.finished = True
        self.wake()

    def wake(self):
        self.news.set()
        self.news = asyncio.Event()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        seen = last_event_id
        while True:
            seen = max(seen, self.last_id - len(self.events))
            if seen < self.last_id:
                seen += 1
                yield seen, self.events[seen]
            elif self.finished:
                return
            else:
                await self.news.wait()


class ReplayLog__wakes_nobody_at_the_end:
    """The end is not an event, so there is nothing to announce.

    Caught by: test_live_events_follow
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id, self.keep, self.finished = session_id, keep, False
        self.events, self.last_id, self.news = {}, 0, asyncio.Event()

    def append(self, event):
        if self.finished:
            raise RuntimeError("finished")
        self.last_id += 1
        self.events[self.last_id] = event
        self.events.pop(self.last_id - self.keep, None)
        self.news.set()
        self.news = asyncio.Event()
        return self.last_id

    def finish(self):
        self.finished = True

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        seen = last_event_id
        while True:
            gone = self.last_id - len(self.events)
            if not gone <= seen <= self.last_id:
                seen = gone
                yield None, "stale"
            elif seen < self.last_id:
                seen += 1
                yield seen, self.events[seen]
            elif self.finished:
                return
            else:
                await self.news.wait()


class ReplayLog__one_future_for_all:
    """All readers wait for the same, so they can wait for the same future.

    Caught by: test_one_that_stops_disturbs_nobody
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id, self.keep, self.finished = session_id, keep, False
        self.events, self.last_id, self.news = {}, 0, None

    def append(self, event):
        if self.finished:
            raise RuntimeError("finished")
        self.last_id += 1
        self.events[self.last_id] = event
        self.events.pop(self.last_id - self.keep, None)
        self.wake()
        return self.last_id

    def finish(self):
        self.finished = True
        self.wake()

    def wake(self):
        if self.news is not None and not self.news.done():
            self.news.set_result(None)
        self.news = None

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        seen = last_event_id
        while True:
            gone = self.last_id - len(self.events)
            if not gone <= seen <= self.last_id:
                seen = gone
                yield None, "stale"
            elif seen < self.last_id:
                seen += 1
                yield seen, self.events[seen]
            elif self.finished:
                return
            else:
                if self.news is None:
                    self.news = asyncio.get_running_loop().create_future()
                await self.news


class ReplayLog__lets_everybody_read:
    """Nobody can guess the address of a stream.

    Caught by: test_another_session_is_refused
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.keep, self.finished = keep, False
        self.events, self.last_id, self.news = {}, 0, asyncio.Event()

    def append(self, event):
        if self.finished:
            raise RuntimeError("finished")
        self.last_id += 1
        self.events[self.last_id] = event
        self.events.pop(self.last_id - self.keep, None)
        self.wake()
        return self.last_id

    def finish(self):
        self.finished = True
        self.wake()

    def wake(self):
        self.news.set()
        self.news = asyncio.Event()

    async def subscribe(self, session_id, last_event_id=0):
        seen = last_event_id
        while True:
            gone = self.last_id - len(self.events)
            if not gone <= seen <= self.last_id:
                seen = gone
                yield None, "stale"
            elif seen < self.last_id:
                seen += 1
                yield seen, self.events[seen]
            elif self.finished:
                return
            else:
                await self.news.wait()


class ReplayLog__ends_at_a_terminal_event:
    """After a terminal event there is nothing more.

    Caught by: test_any_course
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        self._session_id = session_id
        self._keep = keep
        self._last_id = 0
        self._kept = {}
        self._finished = False
        self._news = asyncio.Event()

    def append(self, event):
        if self._finished:
            raise RuntimeError("the log is finished")
        self._last_id += 1
        self._kept[self._last_id] = event
        self._kept.pop(self._last_id - self._keep, None)
        self._wake()
        return self._last_id

    def finish(self):
        self._finished = True
        self._wake()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self._session_id:
            raise WrongSession("this stream belongs to another session")
        seen = last_event_id
        while True:
            gone = self._last_id - len(self._kept)
            if not gone <= seen <= self._last_id:
                seen = gone
                yield None, "stale"
            elif seen < self._last_id:
                seen += 1
                event = self._kept[seen]
                yield seen, event
                if is_terminal(event):
                    return
            elif self._finished:
                return
            else:
                await self._news.wait()

    def _wake(self):
        self._news.set()
        self._news = asyncio.Event()


class ReplayLog__compares_sessions_without_case:
    """Capitals and whitespace in a session id are typing errors.

    Caught by: test_any_course
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        self._session_id = session_id
        self._keep = keep
        self._last_id = 0
        self._kept = {}
        self._finished = False
        self._news = asyncio.Event()

    def append(self, event):
        if self._finished:
            raise RuntimeError("the log is finished")
        self._last_id += 1
        self._kept[self._last_id] = event
        self._kept.pop(self._last_id - self._keep, None)
        self._wake()
        return self._last_id

    def finish(self):
        self._finished = True
        self._wake()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id.strip().lower() != self._session_id.lower():
            raise WrongSession("this stream belongs to another session")
        seen = last_event_id
        while True:
            gone = self._last_id - len(self._kept)
            if not gone <= seen <= self._last_id:
                seen = gone
                yield None, "stale"
            elif seen < self._last_id:
                seen += 1
                yield seen, self._kept[seen]
            elif self._finished:
                return
            else:
                await self._news.wait()

    def _wake(self):
        self._news.set()
        self._news = asyncio.Event()


class ReplayLog__checks_the_session_of_what_is_there:
    """In an empty log there is nothing to protect.

    Caught by: test_any_course
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        self._session_id = session_id
        self._keep = keep
        self._last_id = 0
        self._kept = {}
        self._finished = False
        self._news = asyncio.Event()

    def append(self, event):
        if self._finished:
            raise RuntimeError("the log is finished")
        self._last_id += 1
        self._kept[self._last_id] = event
        self._kept.pop(self._last_id - self._keep, None)
        self._wake()
        return self._last_id

    def finish(self):
        self._finished = True
        self._wake()

    async def subscribe(self, session_id, last_event_id=0):
        if self._kept and session_id != self._session_id:
            raise WrongSession("this stream belongs to another session")
        seen = last_event_id
        while True:
            gone = self._last_id - len(self._kept)
            if not gone <= seen <= self._last_id:
                seen = gone
                yield None, "stale"
            elif seen < self._last_id:
                seen += 1
                yield seen, self._kept[seen]
            elif self._finished:
                return
            else:
                await self._news.wait()

    def _wake(self):
        self._news.set()
        self._news = asyncio.Event()


class ReplayLog__says_stale_once_to_all:
    """That something is missing has been said.

    Caught by: test_any_course
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        self._session_id = session_id
        self._keep = keep
        self._last_id = 0
        self._kept = {}
        self._finished = False
        self._told = False
        self._news = asyncio.Event()

    def append(self, event):
        if self._finished:
            raise RuntimeError("the log is finished")
        self._last_id += 1
        self._kept[self._last_id] = event
        self._kept.pop(self._last_id - self._keep, None)
        self._wake()
        return self._last_id

    def finish(self):
        self._finished = True
        self._wake()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self._session_id:
            raise WrongSession("this stream belongs to another session")
        seen = last_event_id
        while True:
            gone = self._last_id - len(self._kept)
            if not gone <= seen <= self._last_id:
                seen = gone
                if not self._told:
                    self._told = True
                    yield None, "stale"
            elif seen < self._last_id:
                seen += 1
                yield seen, self._kept[seen]
            elif self._finished:
                return
            else:
                await self._news.wait()

    def _wake(self):
        self._news.set()
        self._news = asyncio.Event()


class ReplayLog__keeps_no_event_twice:
    """An event that equals the one before need not be kept.

    Caught by: test_a_late_reader_gets_everything
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        self._session_id = session_id
        self._keep = keep
        self._last_id = 0
        self._kept = {}
        self._finished = False
        self._news = asyncio.Event()

    def append(self, event):
        if self._finished:
            raise RuntimeError("the log is finished")
        if self._kept.get(self._last_id) == event:
            return self._last_id
        self._last_id += 1
        self._kept[self._last_id] = event
        self._kept.pop(self._last_id - self._keep, None)
        self._wake()
        return self._last_id

    def finish(self):
        self._finished = True
        self._wake()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self._session_id:
            raise WrongSession("this stream belongs to another session")
        seen = last_event_id
        while True:
            gone = self._last_id - len(self._kept)
            if not gone <= seen <= self._last_id:
                seen = gone
                yield None, "stale"
            elif seen < self._last_id:
                seen += 1
                yield seen, self._kept[seen]
            elif self._finished:
                return
            else:
                await self._news.wait()

    def _wake(self):
        self._news.set()
        self._news = asyncio.Event()


class ReplayLog__looks_every_second:
    """Readers look whether there is something new.

    Caught by: test_live_events_follow
    """

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        self._session_id = session_id
        self._keep = keep
        self._last_id = 0
        self._kept = {}
        self._finished = False
        self._news = asyncio.Event()

    def append(self, event):
        if self._finished:
            raise RuntimeError("the log is finished")
        self._last_id += 1
        self._kept[self._last_id] = event
        self._kept.pop(self._last_id - self._keep, None)
        self._wake()
        return self._last_id

    def finish(self):
        self._finished = True
        self._wake()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self._session_id:
            raise WrongSession("this stream belongs to another session")
        seen = last_event_id
        while True:
            gone = self._last_id - len(self._kept)
            if not gone <= seen <= self._last_id:
                seen = gone
                yield None, "stale"
            elif seen < self._last_id:
                seen += 1
                yield seen, self._kept[seen]
            elif self._finished:
                return
            else:
                await asyncio.sleep(1)

    def _wake(self):
        self._news.set()
        self._news = asyncio.Event()
