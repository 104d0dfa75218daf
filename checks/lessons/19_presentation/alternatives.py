"""Right answers to lesson 19 that are built differently from the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# choose_strategy


def choose_strategy__table_of_rules(message, history, requested="auto"):
    """The rules are a table, and a regular expression looks for the words."""
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    last = history[-1] if len(history) else Turn("", "fast")
    words = re.compile(rf"\b({'|'.join(STRUCTURED)})\b", re.IGNORECASE)
    is_short = len(re.findall(r"\w+", message)) <= FOLLOW_UP
    rules = (
        (last.stopped, "interactive"),
        (words.search(message) is not None, "analyzed"),
        (is_short and last.strategy == "analyzed", "analyzed"),
        (True, "fast"),
    )
    return next(strategy for fits, strategy in rules if fits)


def choose_strategy__first_that_fits(message, history, requested="auto"):
    """A generator of the strategies that fit, of which the first one counts."""

    def fitting():
        words = [word.casefold() for word in re.findall(r"\w+", message)]
        last = list(history)[-1:]
        yield from ("interactive" for turn in last if turn.stopped)
        yield from ("analyzed" for word in words if word in STRUCTURED)
        if len(words) < FOLLOW_UP + 1:
            yield from (turn.strategy for turn in last if turn.strategy == "analyzed")
        yield "fast"

    match requested:
        case "auto":
            return next(fitting())
        case "fast" | "analyzed" | "interactive":
            return requested
    raise ValueError(f"{requested} is unknown")


def choose_strategy__sets(message, history, requested="auto"):
    """A set of words, and a pattern for the last turn."""
    if requested != "auto":
        return STRATEGIES[STRATEGIES.index(requested)]
    words = [found[0] for found in re.finditer(r"\w+", message.lower())]
    match [*history]:
        case [*_, Turn(stopped=True)]:
            return "interactive"
        case _ if STRUCTURED & {*words}:
            return "analyzed"
        case [*_, Turn(strategy="analyzed")] if len(words) <= FOLLOW_UP:
            return "analyzed"
    return "fast"


# close_markdown


def close_markdown__by_a_parser(text):
    """markdown-it finds the fences; the last one is open if it takes in what is added after it."""
    from markdown_it import MarkdownIt

    fences = [token for token in MarkdownIt().parse(f"{text}\n\nx") if token.type == "fence"]
    if not fences or fences[-1].map[1] < len(f"{text}\n\nx".split("\n")):
        return text
    marks = fences[-1].markup
    there = re.fullmatch(" {0,3}(`*|~*)", text.split("\n")[-1])
    if there and marks.startswith(there[1]) and there[1] != marks:
        return text + marks.removeprefix(there[1])
    return f"{text}\n{marks}"


def close_markdown__one_expression(text):
    """One regular expression matches a whole block of code, closed or not."""
    block = re.compile(
        r"^ {0,3}(?P<marks>(?P<one>`)``+(?=[^`\n]*$)|(?P<two>~)~~+)[^\n]*"
        r"(?:\n(?! {0,3}(?P=marks)(?:(?(one)`|~))*[ \t]*$)[^\n]*)*"
        r"(?P<end>\n {0,3}(?P=marks)(?:(?(one)`|~))*[ \t]*$)?",
        re.MULTILINE,
    )
    for found in block.finditer(text):
        if not found["end"]:
            marks = found["marks"]
            begun = re.search(rf"\n {{0,3}}(?P<marks>{marks[0]}{{0,{len(marks) - 1}}})\Z", text)
            return text + (marks[len(begun["marks"]) :] if begun else f"\n{marks}")
    return text


def close_markdown__recursive(text):
    """Each call looks at what comes before the first fence, and hands on the rest."""

    def closing(lines):
        for number, line in enumerate(lines):
            if opening := FENCE.match(line):
                return inside(lines[number + 1 :], opening["marks"])
        return ""

    def inside(lines, marks):
        ends = re.compile(rf" {{0,3}}{marks}{re.escape(marks[0])}*[ \t]*")
        for number, line in enumerate(lines):
            if ends.fullmatch(line):
                return closing(lines[number + 1 :])
        begun = re.fullmatch(rf" {{0,3}}({re.escape(marks[0])}*)", lines[-1]) if lines else None
        return marks[len(begun[1]) :] if begun else "\n" + marks

    return text + closing(text.split("\n"))


# interactive


def interactive__counts_down(tokens, every, ask):
    """A counter that goes down, a generator without a function inside, and asking at the top."""
    if every < 1:
        raise ValueError("every must be positive")

    def stream():
        text, left, question = "", every, QUESTION
        pulling = iter(tokens)
        try:
            while True:
                if left == 0:
                    try:
                        answer = ask(question).strip().casefold()
                    except EOFError:
                        answer = "n"
                    if answer == "n":
                        break
                    question = QUESTION
                    if answer == "y":
                        left = every
                    elif answer == "s":
                        question = f"{summarize(text)}\n{QUESTION}"
                    continue
                try:
                    token = next(pulling)
                except StopIteration:
                    break
                if token != "":
                    text, left = text + token, left - 1
                    yield token
        finally:
            close_source(tokens)

    return stream()


def interactive__batches(tokens, every, ask):
    """`islice` takes so many tokens at a time, and a generator of questions decides."""
    from contextlib import closing
    from itertools import islice

    if every < 1:
        raise ValueError(every)

    class Closed:
        def close(self):
            close_source(tokens)

    def goes_on(shown):
        question = QUESTION
        while True:
            try:
                reply = ask(question)
            except EOFError:
                return False
            match reply.strip().upper():
                case "Y":
                    return True
                case "N":
                    return False
                case "S":
                    question = summarize("".join(shown)) + "\n" + QUESTION
                case _:
                    question = QUESTION

    def stream():
        shown = []
        with closing(Closed()):
            visible = filter(None, iter(tokens))
            while True:
                came = 0
                for token in islice(visible, every):
                    came += 1
                    shown.append(token)
                    yield token
                if came < every or not goes_on(shown):
                    return

    return stream()


def interactive__iterator(tokens, every, ask):
    """A class with `__next__` and `close`."""
    if every < 1:
        raise ValueError(every)

    class Conversation:
        def __init__(self):
            self.source, self.text, self.count, self.over = None, "", 0, False

        def __iter__(self):
            return self

        def __next__(self):
            if self.over:
                raise StopIteration
            try:
                return self.take()
            except BaseException:
                self.close()
                raise

        def take(self):
            if self.source is None:
                self.source = iter(tokens)
            if self.count == every:
                self.wait()
                self.count = 0
            token = next(self.source)
            while not token:
                token = next(self.source)
            self.count += 1
            self.text += token
            return token

        def wait(self):
            question = QUESTION
            while (answer := self.answer(question)) != "y":
                if answer == "n":
                    raise StopIteration
                question = f"{summarize(self.text)}\n{QUESTION}" if answer == "s" else QUESTION

        def answer(self, question):
            try:
                return ask(question).strip().lower()
            except EOFError:
                return "n"

        def close(self):
            self.over = True
            close_source(tokens)

    return Conversation()


# spinner


@asynccontextmanager
async def spinner__event(message, out, interval=0.1):
    """The first picture is drawn before the body, and an event ends the task."""
    from itertools import count

    from rich.cells import cell_len

    if not interval > 0:
        raise ValueError("interval must be positive")
    if not out.isatty():
        yield
        return
    done = asyncio.Event()

    def draw(number):
        print("\r" + FRAMES[number % len(FRAMES)], message, end="", file=out, flush=True)

    async def turn():
        for number in count(1):
            try:
                await asyncio.wait_for(done.wait(), interval)
                return
            except TimeoutError:
                draw(number)

    draw(0)
    turning = asyncio.ensure_future(turn())
    try:
        yield
    finally:
        done.set()
        await turning
        print("\r" + " " * (cell_len(message) + 2), end="\r", file=out, flush=True)


@asynccontextmanager
async def spinner__task_group(message, out, interval=0.1):
    """A task group holds the task, and an exit stack clears the line."""
    from contextlib import ExitStack

    if not interval > 0:
        raise ValueError("interval must be positive")
    if not out.isatty():
        yield
        return

    def clear():
        out.write("\r\x1b[K")
        out.flush()

    async def turn():
        number = 0
        while True:
            out.write(f"\r{FRAMES[number % len(FRAMES)]} {message}")
            out.flush()
            number += 1
            await asyncio.sleep(interval)

    with ExitStack() as stack:
        stack.callback(clear)
        turning = asyncio.get_running_loop().create_task(turn())
        try:
            yield
        finally:
            turning.cancel()
            await asyncio.wait([turning])


class spinner__class:
    """An asynchronous context manager that is a class."""

    def __init__(self, message, out, interval=0.1):
        if not interval > 0:
            raise ValueError("interval must be positive")
        self.message, self.out, self.interval = message, out, interval
        self.turning = None

    async def turn(self):
        for frame in cycle(FRAMES):
            self.show(f"\r{frame} {self.message}")
            await asyncio.sleep(self.interval)

    def show(self, text):
        self.out.write(text)
        self.out.flush()

    async def __aenter__(self):
        if self.out.isatty():
            self.turning = asyncio.create_task(self.turn())

    async def __aexit__(self, *error):
        if self.turning is not None:
            self.turning.cancel()
            await asyncio.wait([self.turning])
            self.show("\r\x1b[2K")


# render_live


def render_live__explicit_stop(tokens, console, refresh=8.0):
    """Live is started and stopped by hand, and the end of the text is cut by hand, row by row."""
    if not refresh > 0:
        raise ValueError("refresh must be positive")
    text = ""
    last = None
    live = Live(console=console, auto_refresh=False)

    def end_of(text):
        rows = []
        for line in text.split("\n")[-console.height :]:
            rows += [line[at : at + console.width] for at in range(0, len(line), console.width)]
            rows += [""] * (not line)
        return Text("\n".join(rows[-console.height :]), overflow="crop", no_wrap=True)

    live.start()
    try:
        for token in tokens:
            text += token
            now = time.monotonic()
            if last is None or now - last >= 1 / refresh:
                last = now
                live.update(end_of(text), refresh=True)
        return text
    finally:
        live.update(Text(text))
        live.stop()
        close_source(tokens)


def render_live__transient(tokens, console, refresh=8.0):
    """Live erases what it has drawn, and the whole text is printed in its place."""
    if not refresh > 0:
        raise ValueError("refresh must be positive")
    text = ""
    last = float("-inf")
    try:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            for token in tokens:
                text += token
                if time.monotonic() - last >= 1 / refresh:
                    last = time.monotonic()
                    rows = Text(text.rstrip("\n")).wrap(console, console.width)
                    live.update(Text("\n").join(rows[-console.height :]), refresh=True)
            live.update("")
    finally:
        if text:
            console.print(Text(text))
        close_source(tokens)
    return text


def render_live__renderable(tokens, console, refresh=8.0):
    """A renderable that makes the Text when Live asks for it."""
    if not refresh > 0:
        raise ValueError("refresh must be positive")

    class Answer:
        text, is_whole = "", False

        def __rich_console__(self, console, options):
            if self.is_whole:
                yield Text(self.text)
                return
            rows = Text(self.text).wrap(console, options.max_width)
            yield Text("\n").join(rows[-console.height :])

    answer, drawn = Answer(), None
    try:
        with Live(answer, console=console, auto_refresh=False) as live:
            try:
                for token in tokens:
                    answer.text += token
                    now = time.monotonic()
                    if drawn is None or now >= drawn + 1 / refresh:
                        drawn = now
                        live.refresh()
            finally:
                answer.is_whole = True
    finally:
        close_source(tokens)
    return answer.text


# segment_stream


def segment_stream__character_by_character(tokens):
    """A machine that takes one character at a time and collects what it may yield."""

    def machine():
        block, kind, language, opened = -1, None, "", ""

        def made(content):
            found = {"type": kind, "block": block, "content": content}
            return found | {"language": language} if kind == "code" else found

        line, sent = "", 0
        pieces = []
        while True:
            character = yield pieces
            pieces = []
            if character is not None:
                line += character
            ends = character in (None, "\n")
            bare = line.rstrip("\n")
            if sent == 0 and line and (ends or not (opened or line[0] == "|")):
                fence = FENCE.match(bare)
                if ends and opened:
                    pieces.append(made(line))
                    sent = len(line)
                    if opened == "$$":
                        closes = MATH.fullmatch(bare)
                    else:
                        closes = (
                            fence
                            and fence["marks"].startswith(opened)
                            and not fence["info"].strip(" \t")
                        )
                    if closes:
                        opened, kind = "", None
                elif ends or not UNDECIDED.match(line):
                    if fence and ends:
                        now, opened = "code", fence["marks"]
                        language = [*fence["info"].split(), ""][0]
                    elif ends and MATH.fullmatch(bare):
                        now, opened = "math", "$$"
                    else:
                        now = "table" if line[0] == "|" else "text"
                    if opened or now != kind:
                        block, kind = block + 1, now
                    pieces.append(made(line))
                    sent = len(line)
            elif sent and line[sent:]:
                pieces.append(made(line[sent:]))
                sent = len(line)
            if ends:
                line, sent = "", 0

    def joined_pieces(found):
        """What one token adds to one line is one segment."""
        if found:
            yield {**found[0], "content": "".join(piece["content"] for piece in found)}

    take = machine()
    next(take)
    try:
        for token in tokens:
            found = []
            for character in token:
                found += take.send(character)
                if character == "\n":
                    yield from joined_pieces(found)
                    found = []
            yield from joined_pieces(found)
        yield from take.send(None)
    finally:
        close_source(tokens)


def segment_stream__lines_first(tokens):
    """A first stream cuts lines into what is decided at once; a second one names the blocks."""

    def pieces(state):
        line = ""
        for token in tokens:
            start = 0
            while start < len(token):
                end = token.find("\n", start) + 1 or len(token)
                part, start = token[start:end], end
                ends = part.endswith("\n")
                if line and state["text"]:
                    yield part, False
                    line = "" if ends else line
                    state["text"] = not ends
                    continue
                line += part
                if ends:
                    yield line, True
                    line = ""
                elif not (state["marks"] or line.startswith("|") or UNDECIDED.match(line)):
                    state["text"] = True
                    yield line, True
        if line and not state["text"]:
            yield line, True

    def named():
        state = {"text": False, "marks": ""}
        number, kind, language = -1, "", ""
        for piece, is_first in pieces(state):
            bare = piece.removesuffix("\n")
            fence = FENCE.match(bare)
            is_math = MATH.fullmatch(bare)
            ends = False
            if not is_first:
                pass
            elif state["marks"] == "$$":
                ends = bool(is_math)
            elif state["marks"]:
                ends = bool(
                    fence
                    and fence["marks"].startswith(state["marks"])
                    and not fence["info"].strip(" \t")
                )
            else:
                before = kind
                if state["text"]:
                    kind = "text"
                elif fence:
                    kind, state["marks"] = "code", fence["marks"]
                    language = (re.findall(r"[^ \t]+", fence["info"]) or [""])[0]
                elif is_math:
                    kind, state["marks"] = "math", "$$"
                else:
                    kind = "table" if piece.startswith("|") else "text"
                number += kind != before
            segment = {"type": kind, "block": number}
            if kind == "code":
                segment["language"] = language
            if ends:
                kind, state["marks"] = "", ""
            yield {**segment, "content": piece}

    def closing():
        try:
            yield from named()
        finally:
            close_source(tokens)

    return closing()


def segment_stream__single_characters(tokens):
    """Text is handed out character by character once its line is decided."""

    def cut(segments):
        for segment in segments:
            if segment["type"] != "text":
                yield segment
                continue
            for character in segment["content"]:
                yield {**segment, "content": character}

    def stream():
        block, kind, language, opened, line, is_text = -1, "", "", "", "", False

        def named(content):
            found = {"type": kind, "block": block, "content": content}
            return {**found, "language": language} if kind == "code" else found

        def whole(content):
            nonlocal block, kind, language, opened
            bare = content.rstrip("\n")
            fence, math = FENCE.match(bare), MATH.fullmatch(bare)
            if opened:
                found = named(content)
                if opened == "$$" and math:
                    opened = kind = ""
                bare_marks = fence and not fence["info"].strip(" \t")
                if bare_marks and fence["marks"].startswith(opened):
                    opened = kind = ""
                return found
            before = kind
            if fence:
                kind, opened = "code", fence["marks"]
                language = [*fence["info"].split(), ""][0]
            elif math:
                kind, opened = "math", "$$"
            else:
                kind = "table" if content[0] == "|" else "text"
            block += kind != before
            return named(content)

        for token in tokens:
            for part in token.splitlines(keepends=True) if token.isascii() else [*token]:
                line += part
                if part[-1] == "\n":
                    yield named(line) if is_text else whole(line)
                    line, is_text = "", False
                elif is_text:
                    yield named(line)
                    line = ""
                elif not (opened or line[0] == "|" or UNDECIDED.match(line)):
                    yield whole(line)
                    line, is_text = "", True
        if line:
            yield whole(line)

    try:
        yield from cut(stream())
    finally:
        close_source(tokens)


# compare_modes


async def compare_modes__one_function_for_both(model, prompt, clock=time.monotonic):
    """Both modes are streams of texts; an answer in one piece is a stream of one."""
    from contextlib import aclosing

    async def whole():
        yield (await model.ainvoke(prompt)).text

    async def pieces():
        async with aclosing(model.astream(prompt)) as chunks:
            async for chunk in chunks:
                yield chunk.text

    async def timing(texts):
        start, text, first = clock(), "", None
        async with aclosing(texts):
            async for piece in texts:
                if piece and first is None:
                    first = clock() - start
                text += piece
        return Timing(text, first, clock() - start)

    return Comparison(blocking=await timing(whole()), streaming=await timing(pieces()))


async def compare_modes__accumulates(model, prompt, clock=time.monotonic):
    """Chunks are added up, and a list of moments says when there was text."""
    asked = clock()
    message = await model.ainvoke(prompt)
    took = clock() - asked
    whole = Timing(text=message.text, first_visible=took if message.text else None, total=took)
    moments, came = [], []
    asked = clock()
    chunks = model.astream(prompt)
    try:
        while True:
            try:
                chunk = await anext(chunks)
            except StopAsyncIteration:
                break
            came.append(chunk.text)
            moments.append((clock() - asked, bool(chunk.text)))
        total = clock() - asked
    finally:
        await chunks.aclose()
    first = next((at for at, is_visible in moments if is_visible), None)
    return Comparison(whole, Timing("".join(came), first, total))


async def compare_modes__reads_the_clock_with_each_chunk(model, prompt, clock=time.monotonic):
    """The last chunk comes at the end of the answer."""
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    blocking = Timing(text, total if text else None, total)
    text, first = "", None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            total = clock() - start
            if chunk.text and first is None:
                first = total
            text += chunk.text
    finally:
        await aclose_source(stream)
    return Comparison(blocking, Timing(text, first, total))
