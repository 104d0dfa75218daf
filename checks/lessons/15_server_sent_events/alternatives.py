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


def encode_sse__string_io(data, event=None, id=None, retry=None):
    """io.StringIO translates line ends; a dictionary of fields; only what is asked for is built."""
    import io

    text = io.StringIO(newline=None)
    text.write(data)
    fields = {"id": id, "event": event, "retry": retry}
    if not {"\n", "\r", "\0"}.isdisjoint(f"{id}{event}"):
        raise ValueError("id or event")
    if retry is not None and int(retry) < 0:
        raise ValueError("retry")
    out = io.StringIO()
    for line in text.getvalue().split("\n"):
        print("data:", line, file=out)
    for name, value in fields.items():
        if value is not None:
            print(f"{name}:", value, file=out)
    print(file=out)
    return out.getvalue()


def encode_sse__with_itertools(data, event=None, id=None, retry=None):
    """Lines are what lies between the places where the data ends one."""
    from itertools import chain, pairwise

    for text in filter(None, (id, event)):
        if "\n" in text or "\r" in text or "\0" in text:
            raise ValueError(text)
    if retry is not None and not retry >= 0:
        raise ValueError(retry)
    ends = [(0, 0), *(found.span() for found in re.finditer("\r?\n|\r", data))]
    places = pairwise([*ends, (len(data), len(data))])
    lines = (data[after:before] for (_, after), (before, _) in places)
    head = ((name, value) for name, value in (("event", event), ("id", id)) if value is not None)
    wait = () if retry is None else (("retry", str(retry)),)
    fields = chain(head, wait, (("data", line) for line in lines))
    return "".join(map("{0[0]}: {0[1]}\n".format, fields)) + "\n"


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


class SSEDecoder__keeps_the_block:
    """It keeps the lines of a block, and reads them only when the block is whole."""

    def __init__(self):
        self.last_event_id = ""
        self.text, self.lines, self.skips = "", [], False
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.begins, self.id, self.numbers = True, "", []

    @property
    def retry(self):
        return self.numbers[-1] if self.numbers else None

    def feed(self, chunk):
        text = self.decoder.decode(chunk)
        if text and self.begins:
            self.begins = False
            text = text[1:] if text[0] == "\ufeff" else text
        for character in text:
            skips, self.skips = self.skips, character == "\r"
            if character not in "\r\n":
                self.text += character
            elif not (skips and character == "\n"):
                self.lines.append(self.text)
                found = re.fullmatch("retry: ?([0-9]{1,9})", self.text)
                self.numbers += [int(found[1])] if found else []
                self.text = ""
        return list(self.whole_blocks())

    def whole_blocks(self):
        while "" in self.lines:
            end = self.lines.index("")
            block, self.lines = self.lines[:end], self.lines[end + 1 :]
            fields = {"data": [], "event": ["message"], "id": [self.id]}
            for line in block:
                name, _, value = line.partition(":")
                value = value[1:] if value.startswith(" ") else value
                if not (name == "id" and "\0" in value):
                    fields.setdefault(name, []).append(value)
            self.id = self.last_event_id = fields["id"][-1]
            if fields["data"]:
                kind = fields["event"][-1] or "message"
                yield {"event": kind, "data": "\n".join(fields["data"]), "id": self.id}


class SSEDecoder__with_methods_for_fields:
    """A method for each field, found by name; bytes are cut into lines before they are decoded."""

    def __init__(self):
        self.last_event_id, self.retry = "", None
        self.rest, self.is_first = b"", True
        self.kind, self.number, self.data = "", "", None

    def feed(self, chunk):
        events = []
        self.rest += chunk
        while (found := re.search(rb"\r|\n", self.rest)) is not None:
            line, self.rest = self.rest[: found.start()], self.rest[found.end() :]
            if found[0] == b"\n" and line == b"" and getattr(self, "after_cr", False):
                self.after_cr = False
                continue
            self.after_cr = found[0] == b"\r"
            if self.is_first:
                line, self.is_first = line.removeprefix(codecs.BOM_UTF8), False
            events.extend(self.take(line.decode(errors="replace")))
        if self.rest:
            self.after_cr = False
        return events

    def take(self, line):
        if line == "":
            self.last_event_id = self.number
            if self.data is not None:
                yield SSEEvent(
                    event=self.kind or "message", data=self.data[:-1], id=self.last_event_id
                )
            self.kind, self.data = "", None
        name, _, value = line.partition(":")
        if name in ("data", "event", "id", "retry"):
            getattr(self, f"on_{name}")(value[1:] if value[:1] == " " else value)

    def on_data(self, value):
        self.data = f"{self.data or ''}{value}\n"

    def on_event(self, value):
        self.kind = value

    def on_id(self, value):
        self.number = self.number if "\0" in value else value

    def on_retry(self, value):
        if value and not value.strip("0123456789"):
            self.retry = int(value[-9:])


# sse_headers


def sse_headers__in_small_letters():
    """Lowercase letters, more headers, and the encoding in words."""
    headers = {"content-type": "text/event-stream; charset=UTF-8", "connection": "keep-alive"}
    headers |= {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}
    return headers


def sse_headers__as_a_mail():
    """A message of the standard library; spaces around the semicolon, several directives."""
    from email.message import Message

    message = Message()
    message["CONTENT-TYPE"] = "Text/Event-Stream ; charset=utf-8"
    message["CACHE-CONTROL"] = "private,no-store , max-age=0"
    message["X-ACCEL-BUFFERING"] = "NO"
    return dict(message.items())


def sse_headers__zipped():
    """Names and values in two tuples, and headers that others need."""
    names = ("X-Accel-Buffering", "Cache-Control", "Content-Type", "Access-Control-Allow-Origin")
    values = ("no", "no-cache, no-store", "text/event-stream;charset=utf-8", "*")
    return dict(zip(names, values, strict=True))


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


def last_event_id__recursive(headers):
    """It looks at the first header, and then at the rest; digits become a number one by one."""

    def first_of(pairs):
        if not pairs:
            return ""
        (name, value), *others = pairs
        return value if name.lower().split("-") == ["last", "event", "id"] else first_of(others)

    number, value = 0, first_of([*headers.items()])
    for digit in value:
        if not "0" <= digit <= "9":
            return 0
        number = number * 10 + ord(digit) - ord("0")
    return number if len(value) < 19 else 0


def last_event_id__from_bytes(headers):
    """A header is made of bytes, and bytes know ASCII digits only."""
    for name in headers:
        if name.swapcase().lower() == "last-event-id":
            value = headers[name].encode("utf-8", "replace").strip()
            return int(value) if value.isdigit() and len(value) in range(1, 19) else 0
    return 0


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
    if not heartbeat > 0:
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


def sse_body__as_a_class(events, heartbeat=15.0, first_id=1):
    """An iterator with a task that fills a queue, and with a method that ends it."""
    if not heartbeat > 0:
        raise ValueError(f"{heartbeat} s")

    class Body:
        def __init__(self):
            self.queue, self.reader, self.number = asyncio.Queue(4), None, first_id
            self.is_over = self.was_last = False

        def __aiter__(self):
            return self

        async def fill(self):
            try:
                async for event in events:
                    await self.queue.put(event)
                    if is_terminal(event):
                        return
            except Exception:
                await self.tell()
            else:
                await self.tell()

        async def tell(self):
            if not self.is_over:
                await self.queue.put(BROKEN_OFF)

        async def __anext__(self):
            if self.was_last:
                await self.aclose()
            if self.is_over:
                raise StopAsyncIteration
            if self.reader is None:
                self.reader = asyncio.create_task(self.fill())
            try:
                async with asyncio.timeout(heartbeat):
                    event = await self.queue.get()
            except TimeoutError:
                return b":\r\r"
            except BaseException:
                await self.aclose()
                raise
            self.was_last = is_terminal(event)
            number, self.number = self.number, self.number + 1
            return encode_sse(json.dumps(event), id=f"{number}").encode()

        async def aclose(self):
            if not self.is_over:
                self.is_over = True
                if self.reader is not None:
                    self.reader.cancel()
                    await asyncio.wait([self.reader])
                await aclose_source(events)

    return Body()


async def sse_body__task_group(events, heartbeat=15.0, first_id=1):
    """A deque of at most eight events, two asyncio.Event, and a task group for the reader."""
    from collections import deque

    if not heartbeat > 0:
        raise ValueError("heartbeat")
    came, has_room, waiting = asyncio.Event(), asyncio.Event(), deque()
    has_room.set()

    async def read():
        try:
            async for event in events:
                await has_room.wait()
                waiting.append(event)
                came.set()
                if len(waiting) == 8:
                    has_room.clear()
                if is_terminal(event):
                    break
            else:
                waiting.append(BROKEN_OFF)
        except Exception:
            waiting.append(BROKEN_OFF)
        came.set()

    async def watch():
        async with asyncio.TaskGroup() as group:
            group.create_task(read())

    reader = asyncio.create_task(watch())
    number = first_id - 1
    try:
        while True:
            if not waiting:
                came.clear()
                waiter = asyncio.ensure_future(came.wait())
                try:
                    await asyncio.wait([waiter], timeout=heartbeat)
                finally:
                    waiter.cancel()
                if not waiting:
                    yield b": nothing yet\n\n"
                    continue
            event = waiting.popleft()
            has_room.set()
            number += 1
            yield bytes(encode_sse(json.dumps(event), event["type"], str(number)), "utf-8")
            if is_terminal(event):
                break
    finally:
        reader.cancel()
        await asyncio.wait([reader])
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


def reconnect_plan__table(status, content_type, closed_by_client, retry_ms):
    """A list of conditions and plans; the first that holds is taken."""
    again = "reconnect", (DEFAULT_RETRY_MS, retry_ms)[retry_ms is not None]
    is_stream = re.match(r"\s*text/event-stream\s*(;|$)", content_type or "", re.IGNORECASE)
    rules = (
        (closed_by_client, ("stop", "closed")),
        (status is None, again),
        (status == 204, ("stop", "no content")),
        (status != 200, ("stop", "status")),
        (not is_stream, ("stop", "content type")),
    )
    return next((plan for holds, plan in rules if holds), again)


def reconnect_plan__email(status, content_type, closed_by_client, retry_ms):
    """The standard library reads the type; the reason to stop is found first."""
    from email.message import Message

    message = Message()
    message["Content-Type"] = content_type or "none"
    reason = None
    if closed_by_client:
        reason = "closed"
    elif status is not None and status != 200:
        reason = "no content" if status == 204 else "status"
    elif status is not None and message.get_content_type() != "text/event-stream":
        reason = "content type"
    if reason:
        return "stop", reason
    return "reconnect", DEFAULT_RETRY_MS if retry_ms is None else retry_ms


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


class ReplayLog__linked:
    """Events are linked: a reader holds the last one that it has got, and waits for the next."""

    def __init__(self, session_id, keep=1000):
        from collections import deque

        if keep < 1:
            raise ValueError("keep")
        self.session_id, self.kept, self.is_over = session_id, deque(maxlen=keep + 1), False
        self.last = {"id": 0, "event": None, "next": None, "has_news": asyncio.Event()}
        self.kept.append(self.last)  # the one before the first that is kept

    def append(self, event):
        if self.is_over:
            raise RuntimeError
        link = {"id": self.last["id"] + 1, "event": event, "next": None}
        link["has_news"] = asyncio.Event()
        self.last["next"] = link
        self.last["has_news"].set()
        self.last = link
        self.kept.append(link)
        return link["id"]

    def finish(self):
        self.is_over = True
        self.last["has_news"].set()

    async def subscribe(self, session_id, last_event_id=0):
        if session_id != self.session_id:
            raise WrongSession
        link = next((one for one in self.kept if one["id"] == last_event_id), None)
        if link is None:
            link = self.kept[0]
            yield (None, "stale")
        while True:
            await link["has_news"].wait()
            if link["next"] is None:
                return
            link = link["next"]
            yield link["id"], link["event"]


class ReplayLog__readers_as_objects:
    """Each reader is an iterator with an asyncio.Event of its own; the log knows who waits."""

    def __init__(self, session_id, keep=1000):
        if not keep >= 1:
            raise ValueError(keep)
        self.session_id, self.keep = session_id, keep
        self.events, self.first, self.is_finished, self.waiting = [], 1, False, set()

    @property
    def end(self):
        return self.first + len(self.events)

    def append(self, event):
        if self.is_finished:
            raise RuntimeError("finished")
        self.events = [*self.events, event][-self.keep :]
        self.first = self.count() - len(self.events) + 1
        self.wake()
        return self.end - 1

    def count(self):
        self.total = getattr(self, "total", 0) + 1
        return self.total

    def finish(self):
        self.is_finished = True
        self.wake()

    def wake(self):
        for event in self.waiting:
            event.set()

    def subscribe(self, session_id, last_event_id=0):
        log = self

        class Reader:
            wanted, stopped = last_event_id + 1, False

            def __aiter__(self):
                return self

            async def __anext__(self):
                if session_id != log.session_id:
                    raise WrongSession(session_id)
                while log.first <= self.wanted == log.end and not log.is_finished:
                    news = asyncio.Event()
                    log.waiting.add(news)
                    try:
                        await news.wait()
                    finally:
                        log.waiting.discard(news)
                if self.stopped or self.wanted == log.end:
                    raise StopAsyncIteration
                if not log.first <= self.wanted < log.end:
                    self.wanted = log.first
                    return (None, "stale")
                self.wanted += 1
                return self.wanted - 1, log.events[self.wanted - 1 - log.first]

            async def aclose(self):
                self.stopped = True

        return Reader()
