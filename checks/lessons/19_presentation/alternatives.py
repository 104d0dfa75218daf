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


# spinner


@asynccontextmanager
async def spinner__event(message, out, interval=0.1):
    """The first picture is drawn before the body, and an event ends the task."""
    from itertools import count

    if interval <= 0:
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
        print("\r" + " " * (len(message) + 2), end="\r", file=out, flush=True)


# render_live


def render_live__explicit_stop(tokens, console, refresh=8.0):
    """Live is started and stopped by hand, and the end of the text is cut by hand, row by row."""
    if refresh <= 0:
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
    if refresh <= 0:
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
                        language = fence["info"].strip().partition(" ")[0]
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
