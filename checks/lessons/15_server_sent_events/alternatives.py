"""Right answers to lesson 15 that are built differently from the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution, and so do the parameters.
# ruff: noqa: A002, F821


# encode_sse


def encode_sse__with_crlf(data, event=None, id=None, retry=None):
    """Lines end with CRLF, the data comes first, and the ends are made equal by replacing."""
    lines = [f"data: {line}" for line in data.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if event is not None:
        lines.append(f"event: {event}")
    if id is not None:
        lines.append(f"id: {id}")
    if {*"\r\n\0"} & {*(event or ""), *(id or "")}:
        raise ValueError("not fit for a field")
    if retry is not None:
        if retry < 0:
            raise ValueError(f"{retry} ms")
        lines.append(f"retry: {retry}")
    return "".join(f"{line}\r\n" for line in [*lines, ""])


def encode_sse__substitutes(data, event=None, id=None, retry=None):
    """`data: ` is put after each line end; an empty field has no space; lines end with CR."""

    def field(name, value):
        if any(ord(character) in (0, 10, 13) for character in value):
            raise ValueError(value)
        return f"{name}: {value}\r" if value else f"{name}\r"

    if retry is not None and retry < 0:
        raise ValueError(retry)
    given = (("id", id), ("event", event), ("retry", None if retry is None else f"{retry}"))
    head = "".join(field(name, value) for name, value in given if value is not None)
    return head + "data: " + re.sub("\r\n?|\n", "\rdata: ", data) + "\r\r"


# SSEDecoder


class SSEDecoder__byte_by_byte:
    """A machine that takes one byte after the other; a line is decoded when it is whole."""

    def __init__(self):
        self.last_event_id = ""
        self.retry = None
        self.line = bytearray()
        self.previous = 0
        self.first_line = True
        self.block = {"data": None, "event": "", "id": ""}

    def feed(self, chunk):
        events = []
        for byte in chunk:
            previous, self.previous = self.previous, byte
            if byte == 10 and previous == 13:
                continue
            if byte not in (10, 13):
                self.line.append(byte)
                continue
            line = bytes(self.line)
            self.line.clear()
            if self.first_line:
                line = line.removeprefix(b"\xef\xbb\xbf")
                self.first_line = False
            if line:
                self.field(line.decode("utf-8", "replace"))
            else:
                events += self.end()
        return events

    def field(self, line):
        name, colon, value = line.partition(":")
        if colon and value[:1] == " ":
            value = value[1:]
        match name:
            case "data":
                before = self.block["data"]
                self.block["data"] = value if before is None else f"{before}\n{value}"
            case "event":
                self.block["event"] = value
            case "id" if "\0" not in value:
                self.block["id"] = value
            case "retry" if value.isascii() and value.isdigit() and len(value) < 10:
                self.retry = int(value)

    def end(self):
        self.last_event_id = self.block["id"]
        data, event = self.block["data"], self.block["event"] or "message"
        self.block |= {"data": None, "event": ""}
        return [] if data is None else [{"event": event, "data": data, "id": self.last_event_id}]


class SSEDecoder__with_a_generator:
    """The state is that of a generator, which receives the lines through send."""

    def __init__(self):
        self.last_event_id = ""
        self.retry = None
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self.reader = self.read()
        next(self.reader)
        self.waiting = ""
        self.skip = False

    def feed(self, chunk):
        text = self.decoder.decode(chunk)
        if self.skip:
            text = text.removeprefix("\n")
        if chunk:
            self.skip = chunk.endswith(b"\r")
        events, start = [], 0
        for end in re.finditer("\r\n|\n|\r", text):
            line, self.waiting = self.waiting + text[start : end.start()], ""
            start = end.end()
            event = self.reader.send(line)
            if event:
                events.append(event)
        self.waiting += text[start:]
        return events

    def read(self):
        event = None
        last_id = ""
        while True:
            kind, lines = "", []
            while (line := (yield event)) != "":
                event = None
                name, value = (*line.split(":", 1), "")[:2]
                value = value.removeprefix(" ")
                if name == "data":
                    lines += [value]
                if name == "event":
                    kind = value
                if name == "id" and value.count("\0") == 0:
                    last_id = value
                if name == "retry" and value and set(value) <= set("0123456789"):
                    with suppress(ValueError):  # for thousands of digits
                        self.retry = int(value)
            self.last_event_id = last_id
            event = None
            if lines:
                event = {"id": last_id, "event": kind or "message", "data": "\n".join(lines)}


# sse_headers


def sse_headers__in_small_letters():
    """Lowercase letters, more headers, and the encoding in words."""
    headers = {"content-type": "text/event-stream; charset=UTF-8", "connection": "keep-alive"}
    headers |= {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}
    return headers


# last_event_id


def last_event_id__by_characters(headers):
    """A lowercase dictionary, and a look at each character."""
    value = {name.casefold(): value for name, value in headers.items()}.get("last-event-id", "")
    digits = value.strip()
    if not 0 < len(digits) <= 18 or any(digit not in "0123456789" for digit in digits):
        return 0
    return int(digits)


def last_event_id__isdecimal(headers):
    """The first header that matches; isascii and isdecimal."""
    found = next((v for n, v in headers.items() if n.upper() == "LAST-EVENT-ID"), "0")
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 19 else 0


# sse_body


async def sse_body__one_pull_at_a_time(events, heartbeat=15.0, first_id=1):
    """A task for each pull, kept until it is done; the data is JSON on several lines."""
    if not heartbeat > 0:
        raise ValueError("heartbeat")
    number = first_id
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(events))
            await asyncio.wait({pull}, timeout=heartbeat)
            if not pull.done():
                yield b":\n\n"
                continue
            event = BROKEN_OFF if pull.exception() else pull.result()
            pull = None
            payload = json.dumps(event, ensure_ascii=False, indent=1)
            yield encode_sse(payload, event=event["type"], id=f"{number}").encode("utf-8")
            number += 1
            if event["type"] in ("complete", "error"):
                return
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(events)


async def sse_body__shielded(events, heartbeat=15.0, first_id=1):
    """A shield keeps the timeout from cancelling the pull; a retry is sent with each event."""
    if heartbeat <= 0:
        raise ValueError(heartbeat)
    pull = None
    try:
        for number in range(first_id, 10**18):
            pull = asyncio.ensure_future(anext(events, None))
            event = None
            while not pull.done():
                try:
                    async with asyncio.timeout(heartbeat):
                        await asyncio.shield(pull)
                except TimeoutError:
                    if not pull.done():
                        yield b": beat\r\n\r\n"
                except Exception:
                    break
            try:
                event = pull.result()
            except Exception:
                event = None
            event = event or {"type": "error", "message": "Sorry."}
            yield encode_sse(json.dumps(event), id=str(number), retry=1000).encode()
            if is_terminal(event):
                return
    finally:
        if pull is not None and not pull.done():
            pull.cancel()
            await asyncio.wait([pull])
        await aclose_source(events)


# reconnect_plan


def reconnect_plan__match(status, content_type, closed_by_client, retry_ms):
    """One match over all cases."""
    kind, _, _ = (content_type or "-").partition(";")
    match closed_by_client, status, kind.strip().casefold():
        case True, _, _:
            return ("stop", "closed")
        case _, None, _:
            pass
        case _, 204, _:
            return ("stop", "no content")
        case _, 200, "text/event-stream":
            pass
        case _, 200, _:
            return ("stop", "content type")
        case _:
            return ("stop", "status")
    return ("reconnect", retry_ms if retry_ms is not None else DEFAULT_RETRY_MS)


# ReplayLog


class ReplayLog__queue_for_each:
    """Each reader has its own queue, which is filled with what there is at the beginning."""

    def __init__(self, session_id, keep=1000):
        from collections import deque

        if keep <= 0:
            raise ValueError(keep)
        self.owner = session_id
        self.kept = deque(maxlen=keep)
        self.count = 0
        self.over = False
        self.queues = set()

    def append(self, event):
        if self.over:
            raise RuntimeError("over")
        self.count += 1
        item = (self.count, event)
        self.kept.append(item)
        for queue in self.queues:
            queue.put_nowait(item)
        return self.count

    def finish(self):
        self.over = True
        for queue in self.queues:
            queue.put_nowait(None)

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.owner:
            raise WrongSession
        queue = asyncio.Queue()
        oldest = self.count - len(self.kept)
        stale = last_event_id < oldest or last_event_id > self.count
        if stale:
            queue.put_nowait((None, "stale"))
        for item in self.kept:
            if stale or item[0] > last_event_id:
                queue.put_nowait(item)
        if self.over:
            queue.put_nowait(None)
        self.queues.add(queue)
        try:
            while (item := await queue.get()) is not None:
                yield item
        finally:
            self.queues.discard(queue)


class ReplayLog__futures:
    """Each reader that waits leaves a future; the session is rejected at the call."""

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError("keep")
        self.session_id, self.keep = session_id, keep
        self.items, self.first, self.finished = [], 1, False
        self.waiting = []

    def append(self, event):
        if self.finished:
            raise RuntimeError
        self.items.append(event)
        if len(self.items) > self.keep:
            del self.items[0]
            self.first += 1
        self.wake()
        return self.first + len(self.items) - 1

    def finish(self):
        if not self.finished:
            self.finished = True
            self.wake()

    def wake(self):
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(f"not of {session_id}")
        return self.follow(last_event_id + 1)

    async def follow(self, wanted):
        while True:
            end = self.first + len(self.items)
            if wanted < self.first or wanted > end:
                wanted = self.first
                yield (None, "stale")
            elif wanted < end:
                event = self.items[wanted - self.first]
                wanted += 1
                yield (wanted - 1, event)
            elif self.finished:
                break
            else:
                future = asyncio.get_running_loop().create_future()
                self.waiting.append(future)
                await future


class ReplayLog__hands_out_what_there_is:
    """Each reader copies all that is new to it at once; one event is set and cleared."""

    def __init__(self, session_id, keep=1000):
        if keep < 1:
            raise ValueError(keep)
        self.session_id, self.keep, self.finished = session_id, keep, False
        self.items, self.gone = [], 0
        self.news = asyncio.Event()

    def append(self, event):
        if self.finished:
            raise RuntimeError("finished")
        number = self.gone + len(self.items) + 1
        self.items.append((number, event))
        if len(self.items) > self.keep:
            self.items.pop(0)
            self.gone += 1
        self.tell()
        return number

    def finish(self):
        self.finished = True
        self.tell()

    def tell(self):
        self.news.set()
        self.news.clear()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession(session_id)
        seen = last_event_id
        while True:
            if not self.gone <= seen <= self.gone + len(self.items):
                yield None, "stale"
                seen = self.gone
            new = self.items[seen - self.gone :]
            for seen, event in new:
                yield seen, event
            if not new:
                if self.finished:
                    return
                await self.news.wait()
