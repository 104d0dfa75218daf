"""What beginners write first for lesson 19: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# choose_strategy


def choose_strategy__last_of_nothing(message, history, requested="auto"):
    """The learner has overlooked that there may be no turns yet."""
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    if history[-1].stopped:
        return "interactive"
    words = re.findall(r"\w+", message.lower())
    if STRUCTURED & set(words):
        return "analyzed"
    if len(words) <= FOLLOW_UP and history[-1].strategy == "analyzed":
        return "analyzed"
    return "fast"


def choose_strategy__turn_is_a_dict(message, history, requested="auto"):
    """The learner takes a turn for a dict."""
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    if history and history[-1]["stopped"]:
        return "interactive"
    return "fast"


def choose_strategy__lower_of_a_list(message, history, requested="auto"):
    """The learner believes that a list of words can be written in small letters at once."""
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    if history and history[-1].stopped:
        return "interactive"
    words = re.findall(r"\w+", message).lower()
    if any(word in STRUCTURED for word in words):
        return "analyzed"
    return "fast"


def choose_strategy__or_between_texts(message, history, requested="auto"):
    """The learner believes that 'or' between texts asks about each of them."""
    if requested == "fast" or "analyzed" or "interactive":
        return requested
    if requested != "auto":
        raise ValueError(requested)
    return "fast"


def choose_strategy__lower_ignored(message, history, requested="auto"):
    """The learner believes that lower changes the text itself."""
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    if history and history[-1].stopped:
        return "interactive"
    message.lower()
    words = re.findall(r"\w+", message)
    if any(word in STRUCTURED for word in words):
        return "analyzed"
    if len(words) <= FOLLOW_UP and history and history[-1].strategy == "analyzed":
        return "analyzed"
    return "fast"


def choose_strategy__letters_for_words(
    message: str, history: Sequence[Turn], requested: str = "auto"
) -> Strategy:
    """Looping over a message gives its words."""
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError("no such strategy")
    if history and history[-1].stopped:
        return "interactive"
    for word in message:
        if word.lower() in STRUCTURED:
            return "analyzed"
    words = re.findall(r"\w+", message)
    if len(words) <= FOLLOW_UP and history and history[-1].strategy == "analyzed":
        return "analyzed"
    return "fast"


# close_markdown


def close_markdown__group_of_none(text):
    """The learner has overlooked that a line that does not match gives None."""
    marks = ""
    for line in text.split("\n"):
        found = FENCE.match(line)["marks"]
        if not marks:
            marks = found
        elif found[0] == marks[0] and len(found) >= len(marks):
            marks = ""
    return text + "\n" + marks if marks else text


def close_markdown__nothing_if_closed(text):
    """The learner has forgotten what comes back when no fence is open."""
    if FENCE.match(text.split("\n")[-1]) is None and "```" in text and text.count("```") % 2:
        return text.removesuffix("\n") + "\n```"


def close_markdown__match_for_text(text):
    """The learner adds a match to a text."""
    opened = None
    for line in text.split("\n"):
        match = FENCE.match(line)
        if match:
            opened = None if opened else match
    return text + "\n" + opened if opened else text


def close_markdown__strips_the_text(text):
    """The learner has overlooked that strip changes what was said."""
    marks = ""
    for line in text.strip().split("\n"):
        match = FENCE.match(line)
        if not match:
            continue
        if not marks:
            marks = match["marks"]
        elif match["marks"].startswith(marks) and not match["info"].strip(" \t"):
            marks = ""
    return text.strip() + "\n" + marks if marks else text.strip()


def close_markdown__reads_letters(text):
    """The learner believes that a loop over a text gives its lines."""
    opened = None
    for line in text:
        if FENCE.match(line):
            opened = line
    if opened:
        return text + "\n" + opened
    return text


def close_markdown__expects_a_match(text):
    """The learner has overlooked that match() may give None."""
    lines = text.split("\n")
    for line in lines:
        m = FENCE.match(line)
        marks = m.marks
    return text + marks


# interactive


def interactive__asks_with_input(tokens, every, ask):
    """The learner calls input and not the function that was given."""
    if every < 1:
        raise ValueError(every)
    try:
        for number, token in enumerate(tokens, 1):
            yield token
            if number % every == 0 and input(QUESTION) != "y":
                return
    finally:
        close_source(tokens)


def interactive__ask_without_its_argument(tokens, every, ask):
    """The learner has overlooked that ask wants the question."""
    if every < 1:
        raise ValueError(every)
    count = 0
    try:
        for token in tokens:
            if token:
                yield token
                count += 1
                if count % every == 0 and ask() == "n":
                    return
    finally:
        close_source(tokens)


def interactive__answer_is_a_bool(tokens, every, ask):
    """The learner believes that the answer no is false."""
    if every < 1:
        raise ValueError(every)
    count = 0
    try:
        for token in tokens:
            if token:
                yield token
                count += 1
                if count % every == 0 and not ask(QUESTION):
                    return
    finally:
        close_source(tokens)


def interactive__prints(tokens, every, ask):
    """The learner prints the tokens that a generator should yield."""
    for number, token in enumerate(tokens, 1):
        print(token, end="")
        if number % every == 0 and ask(QUESTION) == "n":
            break


def interactive__lower_is_not_called(tokens, every, ask):
    """The learner has forgotten the parentheses after lower."""
    if every < 1:
        raise ValueError(every)
    count, text = 0, ""
    try:
        for token in tokens:
            if not token:
                continue
            yield token
            count += 1
            text += token
            if count % every:
                continue
            question = QUESTION
            while True:
                try:
                    answer = ask(question).strip().lower
                except EOFError:
                    return
                if answer == "n":
                    return
                if answer == "y":
                    break
                question = summarize(text) + "\n" + QUESTION if answer == "s" else QUESTION
    finally:
        close_source(tokens)


# spinner


@asynccontextmanager
async def spinner__blocks(message, out, interval=0.1):
    """The learner draws all frames before the body can begin."""
    if not interval > 0:
        raise ValueError(interval)
    for frame in FRAMES:
        out.write(f"\r{frame} {message}")
        await asyncio.sleep(interval)
    yield


@asynccontextmanager
async def spinner__never_yields(message, out, interval=0.1):
    """The learner has overlooked that the body runs at the yield."""
    if interval <= 0:
        raise ValueError(interval)
    if out.isatty():
        out.write(f"\r{FRAMES[0]} {message}")
        out.flush()


async def spinner__without_its_decorator(message, out, interval=0.1):
    """The learner has left out the decorator that makes a context manager."""
    if interval <= 0:
        raise ValueError(interval)

    async def draw():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    task = asyncio.create_task(draw())
    try:
        yield
    finally:
        task.cancel()
        out.write("\r\x1b[2K")
        out.flush()


@asynccontextmanager
async def spinner__coroutine_never_started(message, out, interval=0.1):
    """The learner believes that calling a coroutine function starts it."""
    if interval <= 0:
        raise ValueError(interval)

    async def draw():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    if not out.isatty():
        yield
        return
    draw()
    try:
        yield
    finally:
        out.write("\r\x1b[2K")
        out.flush()


@asynccontextmanager
async def spinner__sleeps_without_await(message, out, interval=0.1):
    """The learner has forgotten the await before sleep."""
    if interval <= 0:
        raise ValueError(interval)

    async def draw():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            asyncio.sleep(interval)

    if not out.isatty():
        yield
        return
    task = asyncio.create_task(draw())
    try:
        yield
    finally:
        task.cancel()
        out.write("\r\x1b[2K")
        out.flush()


@asynccontextmanager
async def spinner__time_sleep(message, out, interval=0.1):
    """The learner sleeps with time.sleep, which stops everything else."""
    if interval <= 0:
        raise ValueError(interval)

    async def draw():
        for frame in FRAMES:
            out.write(f"\r{frame} {message}")
            out.flush()
            time.sleep(interval)

    if not out.isatty():
        yield
        return
    task = asyncio.create_task(draw())
    try:
        yield
    finally:
        task.cancel()
        out.write("\r\x1b[2K")
        out.flush()


# render_live


def render_live__update_gets_another_keyword(tokens, console, refresh=8.0):
    """The learner hands update a keyword that it does not have."""
    if refresh <= 0:
        raise ValueError(refresh)
    text = ""
    try:
        with Live(console=console, auto_refresh=False) as live:
            for token in tokens:
                text += token
                live.update(Text(text), redraw=True)
    finally:
        close_source(tokens)
    return text


def render_live__not_entered(tokens, console, refresh=8.0):
    """The learner has overlooked that Live has to be started with 'with'."""
    if refresh <= 0:
        raise ValueError(refresh)
    text = ""
    live = Live(console=console, auto_refresh=False)
    try:
        for token in tokens:
            text += token
            live.update(Text(text), refresh=True)
    finally:
        close_source(tokens)
    return text


def render_live__returns_a_text_object(tokens, console, refresh=8.0):
    """The learner returns the Text that is drawn and not the str."""
    if refresh <= 0:
        raise ValueError(refresh)
    text = Text()
    try:
        with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
            for token in tokens:
                text.append(token)
                live.update(text, refresh=True)
    finally:
        close_source(tokens)
    return text


def render_live__markup(tokens, console, refresh=8.0):
    """The learner has overlooked that Live takes a str for markup."""
    if refresh <= 0:
        raise ValueError(refresh)
    text = ""
    try:
        with Live(console=console, auto_refresh=False) as live:
            for token in tokens:
                text += token
                live.update(text, refresh=True)
    finally:
        close_source(tokens)
    return text


def render_live__yields(tokens, console, refresh=8.0):
    """The learner yields the tokens and returns no text."""
    if refresh <= 0:
        raise ValueError(refresh)
    text = ""
    with Live(console=console, auto_refresh=False) as live:
        for token in tokens:
            text += token
            live.update(Text(text), refresh=True)
            yield token


def render_live__draws_each_token(
    tokens: Iterable[str], console: Console, refresh: float = 8.0
) -> str:
    """The display adds each token to what it shows."""
    if refresh <= 0:
        raise ValueError("refresh is not greater than 0")
    text = ""
    last = None
    try:
        with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
            for token in tokens:
                text += token
                now = time.monotonic()
                due = last is None or now - last >= 1 / refresh
                if due:
                    last = now
                live.update(Text(token), refresh=due)
    finally:
        close_source(tokens)
    return text


# segment_stream


def segment_stream__yields_text(tokens):
    """The learner yields the text and not a dict."""
    try:
        for token in tokens:
            yield token
    finally:
        close_source(tokens)


def segment_stream__one_dict_changed(tokens):
    """The learner has overlooked that a dict that was handed out must not change."""
    segment = {"type": "text", "block": 0, "content": ""}
    try:
        for token in tokens:
            for line in token.splitlines(keepends=True):
                segment["content"] = line
                yield segment
    finally:
        close_source(tokens)


def segment_stream__list_returned(tokens):
    """The learner returns a list where the segments should be yielded."""
    segments = []
    for line in "".join(tokens).splitlines(keepends=True):
        segments.append({"type": "text", "block": 0, "content": line})
    return segments


def segment_stream__language_of_an_empty_list(tokens):
    """The learner has overlooked that there may be no word after the marks."""
    block, fence = -1, ""
    kind = ""
    try:
        for line in "".join(tokens).splitlines(keepends=True):
            match = FENCE.match(line.rstrip("\n"))
            if fence:
                yield {"type": "code", "block": block, "language": language, "content": line}
                if match and match["marks"].startswith(fence) and not match["info"].strip():
                    fence, kind = "", ""
            elif match:
                block += 1
                fence, kind = match["marks"], "code"
                language = match["info"].split()[0]
                yield {"type": "code", "block": block, "language": language, "content": line}
            else:
                now = "table" if line.startswith("|") else "text"
                if kind != now:
                    block += 1
                    kind = now
                yield {"type": now, "block": block, "content": line}
    finally:
        close_source(tokens)


def segment_stream__type_misspelt(tokens):
    """The learner has misspelt a key of the segments."""
    try:
        for token in tokens:
            if token:
                yield {"typ": "text", "block": 0, "content": token}
    finally:
        close_source(tokens)


# compare_modes


async def compare_modes__invoke_never_awaited(model, prompt, clock=time.monotonic):
    """The learner has forgotten the await before ainvoke."""
    start = clock()
    message = model.ainvoke(prompt)
    total = clock() - start
    blocking = Timing(message.text, total, total)
    return Comparison(blocking, blocking)


async def compare_modes__blocks(model, prompt, clock=time.monotonic):
    """The learner calls the methods that block in a coroutine."""
    start = clock()
    text = model.invoke(prompt).text
    total = clock() - start
    blocking = Timing(text, total, total)
    start = clock()
    first, text = None, ""
    for chunk in model.stream(prompt):
        text += chunk.text
        if first is None and chunk.text:
            first = clock() - start
    return Comparison(blocking, Timing(text, first, clock() - start))


async def compare_modes__for_without_async(model, prompt, clock=time.monotonic):
    """The learner reads an asynchronous stream with an ordinary loop."""
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    blocking = Timing(text, total, total)
    start = clock()
    first, text = None, ""
    for chunk in model.astream(prompt):
        text += chunk.text
        if first is None and chunk.text:
            first = clock() - start
    return Comparison(blocking, Timing(text, first, clock() - start))


async def compare_modes__chunk_for_text(model, prompt, clock=time.monotonic):
    """The learner adds a chunk to a text."""
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    blocking = Timing(text, total, total)
    start = clock()
    first, text = None, ""
    async for chunk in model.astream(prompt):
        text += chunk
        if first is None and chunk:
            first = clock() - start
    return Comparison(blocking, Timing(text, first, clock() - start))


async def compare_modes__message_for_text(model, prompt, clock=time.monotonic):
    """The learner puts the message where its text is wanted."""
    start = clock()
    message = await model.ainvoke(prompt)
    total = clock() - start
    blocking = Timing(message, total, total)
    start = clock()
    first, text = None, ""
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            text += chunk.text
            if first is None and chunk.text:
                first = clock() - start
    finally:
        await aclose_source(stream)
    return Comparison(blocking, Timing(text, first, clock() - start))


async def compare_modes__clock_not_called(model, prompt, clock=time.monotonic):
    """The learner has forgotten the parentheses after clock."""
    start = clock
    text = (await model.ainvoke(prompt)).text
    total = clock - start
    return Comparison(Timing(text, total, total), Timing(text, total, total))


async def compare_modes__the_class(model, prompt, clock=time.monotonic):
    """The learner sets values in the class and returns it."""
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    Comparison.blocking = Timing(text, total, total)
    Comparison.streaming = Timing(text, total, total)
    return Comparison
