"""Wrong answers to lesson 19 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to prove it wrong.
"""
# Names come from the solution.
# ruff: noqa: F821


# choose_strategy


def choose_strategy__gives_none_for_what_it_does_not_know(message, history, requested="auto"):
    """A value that matches no branch needs no branch.

    Caught by: test_an_unknown_strategy_raises
    """
    if requested in STRATEGIES:
        return requested
    if requested == "auto":
        words = re.findall(r"\w+", message.lower())
        last = history[-1] if history else None
        if last and last.stopped:
            return "interactive"
        if STRUCTURED.intersection(words):
            return "analyzed"
        if last and last.strategy == "analyzed" and len(words) <= FOLLOW_UP:
            return "analyzed"
        return "fast"
    return None


def choose_strategy__ignores_the_history(message, history, requested="auto"):
    """The message says it all.

    Caught by: test_who_stopped_the_last_answer_is_asked
    """
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    words = re.findall(r"\w+", message.lower())
    return "fast" if STRUCTURED.isdisjoint(words) else "analyzed"


def choose_strategy__finds_words_in_words(message, history, requested="auto"):
    """`in` finds words.

    Caught by: test_a_part_of_a_word_is_no_word
    """
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    if history and history[-1].stopped:
        return "interactive"
    if any(word in message.lower() for word in STRUCTURED):
        return "analyzed"
    if history and history[-1].strategy == "analyzed" and len(message.split()) <= FOLLOW_UP:
        return "analyzed"
    return "fast"


def choose_strategy__counts_all_turns(message, history, requested="auto"):
    """Somebody who stopped an answer once wants to be asked forever.

    Caught by: test_who_stopped_the_last_answer_is_asked
    """
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    words = re.findall(r"\w+", message.lower())
    if any(turn.stopped for turn in history):
        return "interactive"
    if STRUCTURED.intersection(words):
        return "analyzed"
    if history and history[-1].strategy == "analyzed" and len(words) <= FOLLOW_UP:
        return "analyzed"
    return "fast"


def choose_strategy__goes_on_as_before(message, history, requested="auto"):
    """What was right for the last answer is right for the next one.

    Caught by: test_a_short_message_goes_on
    """
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    words = re.findall(r"\w+", message.lower())
    if history and history[-1].stopped:
        return "interactive"
    if STRUCTURED.intersection(words):
        return "analyzed"
    return history[-1].strategy if history else "fast"


def choose_strategy__forgives_the_spelling(message, history, requested="auto"):
    """Capitals and spaces around a request do not change what is meant.

    Caught by: test_an_unknown_strategy_raises
    """
    requested = requested.strip().lower() or "auto"
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    words = re.findall(r"\w+", message.lower())
    last = history[-1] if history else None
    if last and last.stopped:
        return "interactive"
    if STRUCTURED.intersection(words):
        return "analyzed"
    if last and last.strategy == "analyzed" and len(words) <= FOLLOW_UP:
        return "analyzed"
    return "fast"


def choose_strategy__uses_up_the_history(message, history, requested="auto"):
    """The last turn can be taken off the end.

    Caught by: test_any_question
    """
    if requested in STRATEGIES:
        return requested
    if requested != "auto":
        raise ValueError(requested)
    words = re.findall(r"\w+", message.lower())
    last = history.pop() if history else None
    if last and last.stopped:
        return "interactive"
    if STRUCTURED.intersection(words):
        return "analyzed"
    if last and last.strategy == "analyzed" and len(words) <= FOLLOW_UP:
        return "analyzed"
    return "fast"


# close_markdown


def close_markdown__counts_backticks(text):
    """An odd number of fences means that one is open.

    Caught by: test_only_the_right_marks_close
    """
    if text.count("```") % 2 == 0:
        return text
    return text + ("" if text.endswith("\n") else "\n") + "```"


def close_markdown__always_closes(text):
    """One extra fence does no harm.

    Caught by: test_what_is_closed_stays_as_it_is
    """
    return text + ("" if text.endswith("\n") else "\n") + "```"


def close_markdown__forgets_the_line_feed(text):
    """The marks close the fence, wherever they are.

    Caught by: test_an_open_fence_is_closed
    """
    opened = ""
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if fence and not opened:
            opened = fence["marks"]
        elif fence and fence["marks"].startswith(opened) and not fence["info"].strip(" \t"):
            opened = ""
    return text + opened


def close_markdown__any_fence_closes(text):
    """Each line with marks at its beginning opens or closes.

    Caught by: test_a_line_with_more_than_marks_closes_nothing
    """
    opened = ""
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if fence and not opened:
            opened = fence["marks"]
        elif fence and fence["marks"].startswith(opened):
            opened = ""
    if not opened:
        return text
    return text + ("" if text.endswith("\n") else "\n") + opened


def close_markdown__splitlines(text):
    """splitlines cuts a text into its lines.

    Caught by: test_only_a_line_feed_ends_a_line
    """
    opened = ""
    for line in text.splitlines():
        fence = FENCE.match(line)
        if fence and not opened:
            opened = fence["marks"]
        elif fence and fence["marks"].startswith(opened) and not fence["info"].strip(" \t"):
            opened = ""
    if not opened:
        return text
    return text + ("" if text.endswith("\n") else "\n") + opened


def close_markdown__shows_half_a_fence(text):
    """What is not a closing line is code.

    Caught by: test_a_closing_line_that_has_begun_is_finished
    """
    opened = ""
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if fence and not opened:
            opened = fence["marks"]
        elif fence and fence["marks"].startswith(opened) and not fence["info"].strip(" \t"):
            opened = ""
    if not opened:
        return text
    return text + ("" if text.endswith("\n") else "\n") + opened


def close_markdown__drops_half_a_fence(text):
    """Half a closing line is better not shown at all.

    Caught by: test_a_closing_line_that_has_begun_is_finished
    """
    opened = ""
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if fence and not opened:
            opened = fence["marks"]
        elif fence and fence["marks"].startswith(opened) and not fence["info"].strip(" \t"):
            opened = ""
    if not opened:
        return text
    if line.strip(" ") and opened.startswith(line.strip(" ")) and line.strip(" ") != opened:
        text = text.removesuffix(line)
    return text + ("" if text.endswith("\n") else "\n") + opened


def close_markdown__counts_marks_at_the_end(text):
    """The marks at the end of the text are the beginning of the fence's end.

    Caught by: test_a_line_of_code_may_look_like_marks
    """
    opened = ""
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if fence and not opened:
            opened = fence["marks"]
        elif fence and fence["marks"].startswith(opened) and not fence["info"].strip(" \t"):
            opened = ""
    if not opened:
        return text
    there = len(text) - len(text.rstrip(opened[0]))
    if 0 < there < len(opened):
        return text + opened[there:]
    return text + ("" if re.search(r"(^|\n) {0,3}$", text) else "\n") + opened


def close_markdown__strips_all_white_space(text):
    """Nothing but white space may follow the marks.

    Caught by: test_any_lines
    """
    opened = ""
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if fence and not opened:
            opened = fence["marks"]
        elif fence and fence["marks"].startswith(opened) and not fence["info"].strip():
            opened = ""
    if not opened:
        return text
    begun = re.fullmatch(rf" {{0,3}}({re.escape(opened[0])}*)", line)
    if begun and len(begun[1]) < len(opened):
        return text + opened[len(begun[1]) :]
    return f"{text}\n{opened}"


# interactive


def interactive__asks_at_the_beginning(tokens, every, ask):
    """Each multiple of `every` is a pause.

    Caught by: test_it_asks_before_it_pulls
    """
    if every < 1:
        raise ValueError(every)
    shown = []
    pulling = iter(tokens)
    try:
        while True:
            if len(shown) % every == 0:
                question = QUESTION
                while True:
                    try:
                        answer = ask(question).strip().lower()
                    except EOFError:
                        return
                    if answer == "n":
                        return
                    if answer == "y":
                        break
                    question = QUESTION
                    if answer == "s":
                        question = summarize("".join(shown)) + "\n" + QUESTION
            while not (token := next(pulling, None)):
                if token is None:
                    return
            shown.append(token)
            yield token
    finally:
        close_source(tokens)


def interactive__pulls_and_then_asks(tokens, every, ask):
    """The next token is the time to ask whether it is wanted.

    Caught by: test_it_asks_before_it_pulls
    """
    if every < 1:
        raise ValueError(every)
    shown = []
    try:
        for token in tokens:
            if not token:
                continue
            if shown and len(shown) % every == 0:
                question = QUESTION
                while True:
                    try:
                        answer = ask(question).strip().lower()
                    except EOFError:
                        return
                    if answer == "n":
                        return
                    if answer == "y":
                        break
                    question = QUESTION
                    if answer == "s":
                        question = summarize("".join(shown)) + "\n" + QUESTION
            shown.append(token)
            yield token
    finally:
        close_source(tokens)


def interactive__counts_chunks_like_the_guide(tokens, every, ask):
    """A summary is shown and the stream continues; whatever comes is counted.

    Caught by: test_s_shows_a_summary_and_asks_again
    """
    if every < 1:
        raise ValueError(every)
    shown = []
    try:
        for number, token in enumerate(tokens, start=1):
            shown.append(token)
            yield token
            if number % every == 0:
                answer = ask(QUESTION).strip().lower()
                if answer == "n":
                    break
                if answer == "s":
                    print(summarize("".join(shown)))
    finally:
        close_source(tokens)


def interactive__counts_empty_tokens(tokens, every, ask):
    """Each token is one.

    Caught by: test_empty_tokens_do_not_count
    """
    if every < 1:
        raise ValueError(every)
    text = ""
    try:
        for number, token in enumerate(tokens, start=1):
            if token:
                text += token
                yield token
            if number % every:
                continue
            question = QUESTION
            while True:
                try:
                    answer = ask(question).strip().lower()
                except EOFError:
                    return
                if answer == "n":
                    return
                if answer == "y":
                    break
                question = summarize(text) + "\n" + QUESTION if answer == "s" else QUESTION
    finally:
        close_source(tokens)


def interactive__expects_an_answer(tokens, every, ask):
    """There is always somebody to answer.

    Caught by: test_when_nobody_is_there_it_stops
    """
    if every < 1:
        raise ValueError(every)
    shown = []
    try:
        for token in filter(None, tokens):
            shown.append(token)
            yield token
            if len(shown) % every == 0:
                question = QUESTION
                while (answer := ask(question).strip().lower()) not in ("y", "n"):
                    question = QUESTION
                    if answer == "s":
                        question = summarize("".join(shown)) + "\n" + QUESTION
                if answer == "n":
                    return
    finally:
        close_source(tokens)


def interactive__looks_at_the_first_letter(tokens, every, ask):
    """People who mean yes write "yes", too.

    Caught by: test_other_answers_are_asked_again
    """
    if every < 1:
        raise ValueError(every)
    shown = []
    try:
        for token in filter(None, tokens):
            shown.append(token)
            yield token
            if len(shown) % every == 0:
                question = QUESTION
                while True:
                    try:
                        answer = ask(question).strip().lower()
                    except EOFError:
                        return
                    if answer.startswith("n"):
                        return
                    if answer.startswith("y"):
                        break
                    question = QUESTION
                    if answer == "s":
                        question = summarize("".join(shown)) + "\n" + QUESTION
    finally:
        close_source(tokens)


def interactive__takes_an_interrupt_for_a_no(tokens, every, ask):
    """A user who presses Ctrl+C at a question does not want to continue.

    Caught by: test_ctrl_c_is_no_answer
    """
    if every < 1:
        raise ValueError(every)
    shown = []
    try:
        for token in filter(None, tokens):
            shown.append(token)
            yield token
            if len(shown) % every == 0:
                question = QUESTION
                while True:
                    try:
                        answer = ask(question).strip().lower()
                    except (EOFError, KeyboardInterrupt):
                        return
                    if answer == "n":
                        return
                    if answer == "y":
                        break
                    question = QUESTION
                    if answer == "s":
                        question = summarize("".join(shown)) + "\n" + QUESTION
    finally:
        close_source(tokens)


def interactive__skips_repetitions(tokens, every, ask):
    """The same token twice in a row is one that was sent twice.

    Caught by: test_yes_goes_on_and_nothing_is_lost
    """
    if every < 1:
        raise ValueError(every)
    shown = []
    try:
        for token in tokens:
            if not token or [token] == shown[-1:]:
                continue
            shown.append(token)
            yield token
            question = QUESTION
            while len(shown) % every == 0:
                try:
                    answer = ask(question).strip().lower()
                except EOFError:
                    return
                if answer == "n":
                    return
                if answer == "y":
                    break
                question = QUESTION
                if answer == "s":
                    question = summarize("".join(shown)) + "\n" + QUESTION
    finally:
        close_source(tokens)


def interactive__does_not_show_blanks(tokens, every, ask):
    """White space alone shows nothing, so it is empty.

    Caught by: test_any_conversation
    """
    if every < 1:
        raise ValueError(every)
    shown = []
    try:
        for token in tokens:
            if not token.strip():
                continue
            shown.append(token)
            yield token
            question = QUESTION
            while len(shown) % every == 0:
                try:
                    answer = ask(question).strip().lower()
                except EOFError:
                    return
                if answer == "n":
                    return
                if answer == "y":
                    break
                question = QUESTION
                if answer == "s":
                    question = summarize("".join(shown)) + "\n" + QUESTION
    finally:
        close_source(tokens)


# spinner


@asynccontextmanager
async def spinner__seed(message, out, interval=0.1):
    """It turns once, and then the work begins.

    Caught by: test_the_work_decides_how_long_it_takes
    """
    if not interval > 0:
        raise ValueError(interval)
    if out.isatty():
        for frame in FRAMES:
            out.write(f"\r{frame} {message}")
            out.flush()
            time.sleep(interval)
    yield


@asynccontextmanager
async def spinner__never_clears(message, out, interval=0.1):
    """What is written next covers it.

    Caught by: test_the_line_is_clear_afterwards
    """
    if not interval > 0:
        raise ValueError(interval)
    if not out.isatty():
        yield
        return

    async def spin():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    spinning = asyncio.create_task(spin())
    try:
        yield
    finally:
        spinning.cancel()
        await asyncio.gather(spinning, return_exceptions=True)


@asynccontextmanager
async def spinner__cleans_up_when_all_went_well(message, out, interval=0.1):
    """What comes after the yield is the end.

    Caught by: test_an_error_leaves_nothing_behind
    """
    if not interval > 0:
        raise ValueError(interval)
    if not out.isatty():
        yield
        return

    async def spin():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    spinning = asyncio.create_task(spin())
    yield
    spinning.cancel()
    await asyncio.gather(spinning, return_exceptions=True)
    out.write("\r\x1b[2K")
    out.flush()


@asynccontextmanager
async def spinner__hides_errors(message, out, interval=0.1):
    """Whatever happens, the terminal has to be in order.

    Caught by: test_an_error_leaves_nothing_behind
    """
    if not interval > 0:
        raise ValueError(interval)
    if not out.isatty():
        yield
        return

    async def spin():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    spinning = asyncio.create_task(spin())
    try:
        yield
    except Exception as error:
        out.write(f"\r{error}\n")
    finally:
        spinning.cancel()
        await asyncio.gather(spinning, return_exceptions=True)
        out.write("\r\x1b[2K")
        out.flush()


@asynccontextmanager
async def spinner__draws_anywhere(message, out, interval=0.1):
    """Every stream is a screen.

    Caught by: test_a_file_gets_nothing
    """
    if not interval > 0:
        raise ValueError(interval)

    async def spin():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    spinning = asyncio.create_task(spin())
    try:
        yield
    finally:
        spinning.cancel()
        await asyncio.gather(spinning, return_exceptions=True)
        out.write("\r\x1b[2K")
        out.flush()


@asynccontextmanager
async def spinner__leaves_the_end_in_a_buffer(message, out, interval=0.1):
    """What was written is seen.

    Caught by: test_the_line_is_clear_afterwards
    """
    if not interval > 0:
        raise ValueError(interval)
    if not out.isatty():
        yield
        return

    async def spin():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    spinning = asyncio.create_task(spin())
    try:
        yield
    finally:
        spinning.cancel()
        await asyncio.gather(spinning, return_exceptions=True)
        out.write("\r\x1b[2K")


@asynccontextmanager
async def spinner__takes_nan_for_a_pause(message, out, interval=0.1):
    """What is 0 or less is wrong, and everything else is right.

    Caught by: test_any_wrong_interval
    """
    if interval <= 0:
        raise ValueError(interval)
    if not out.isatty():
        yield
        return

    async def spin():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    spinning = asyncio.create_task(spin())
    try:
        yield
    finally:
        spinning.cancel()
        await asyncio.gather(spinning, return_exceptions=True)
        out.write("\r\x1b[2K")
        out.flush()


@asynccontextmanager
async def spinner__formats_the_message(message, out, interval=0.1):
    """A template with a place for the frame is made once.

    Caught by: test_any_work
    """
    if not interval > 0:
        raise ValueError(interval)
    if not out.isatty():
        yield
        return
    template = "\r{} " + message

    async def spin():
        for frame in cycle(FRAMES):
            out.write(template.format(frame))
            out.flush()
            await asyncio.sleep(interval)

    spinning = asyncio.create_task(spin())
    try:
        yield
    finally:
        spinning.cancel()
        await asyncio.gather(spinning, return_exceptions=True)
        out.write("\r\x1b[2K")
        out.flush()


@asynccontextmanager
async def spinner__clears_as_many_columns_as_characters(message, out, interval=0.1):
    """A space covers a character.

    Caught by: test_the_line_is_clear_afterwards
    """
    if not interval > 0:
        raise ValueError(interval)
    if not out.isatty():
        yield
        return

    async def spin():
        for frame in cycle(FRAMES):
            out.write(f"\r{frame} {message}")
            out.flush()
            await asyncio.sleep(interval)

    spinning = asyncio.create_task(spin())
    try:
        yield
    finally:
        spinning.cancel()
        await asyncio.gather(spinning, return_exceptions=True)
        out.write("\r" + " " * (len(message) + 2) + "\r")
        out.flush()


# render_live


def render_live__seed(tokens, console, refresh=8.0):
    """Live shows a string as it is.

    Caught by: test_brackets_are_text
    """
    if not refresh > 0:
        raise ValueError(refresh)
    parts = []
    try:
        with Live(console=console, auto_refresh=False) as live:
            for token in tokens:
                parts.append(token)
                live.update("".join(parts), refresh=True)
    finally:
        close_source(tokens)
    return "".join(parts)


def render_live__draws_each_token(tokens, console, refresh=8.0):
    """Live itself keeps to the rate.

    Caught by: test_it_does_not_draw_for_each_token
    """
    if not refresh > 0:
        raise ValueError(refresh)
    parts = []
    live = Live(console=console, auto_refresh=False, refresh_per_second=refresh)
    try:
        with live:
            try:
                for token in tokens:
                    parts.append(token)
                    rows = Text("".join(parts)).wrap(console, console.width)[-console.height :]
                    live.update(Text("\n").join(rows), refresh=True)
            finally:
                live.update(Text("".join(parts)))
    finally:
        close_source(tokens)
    return "".join(parts)


def render_live__shows_the_beginning(tokens, console, refresh=8.0):
    """Live scrolls.

    Caught by: test_the_end_of_a_long_text_is_on_the_screen
    """
    if not refresh > 0:
        raise ValueError(refresh)
    parts = []
    due = 0.0
    try:
        with Live(console=console, auto_refresh=False) as live:
            try:
                for token in tokens:
                    parts.append(token)
                    if time.monotonic() >= due:
                        due = time.monotonic() + 1 / refresh
                        live.update(Text("".join(parts)), refresh=True)
            finally:
                live.update(Text("".join(parts)))
    finally:
        close_source(tokens)
    return "".join(parts)


def render_live__draws_more_rows_than_there_are(tokens, console, refresh=8.0):
    """With vertical_overflow="visible" all of it can be seen, so all is well.

    Caught by: test_a_long_text_is_whole_at_the_end
    """
    if not refresh > 0:
        raise ValueError(refresh)
    parts = []
    due = 0.0
    try:
        with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
            try:
                for token in tokens:
                    parts.append(token)
                    if time.monotonic() >= due:
                        due = time.monotonic() + 1 / refresh
                        live.update(Text("".join(parts)), refresh=True)
            finally:
                live.update(Text("".join(parts)))
    finally:
        close_source(tokens)
    return "".join(parts)


def render_live__stops_when_all_went_well(tokens, console, refresh=8.0):
    """Live is stopped at the end.

    Caught by: test_an_error_leaves_the_terminal_in_order
    """
    if not refresh > 0:
        raise ValueError(refresh)
    parts = []
    due = 0.0
    live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
    live.start()
    try:
        for token in tokens:
            parts.append(token)
            if time.monotonic() >= due:
                due = time.monotonic() + 1 / refresh
                rows = Text("".join(parts)).wrap(console, console.width)[-console.height :]
                live.update(Text("\n").join(rows), refresh=True)
        live.update(Text("".join(parts)))
        live.stop()
    finally:
        close_source(tokens)
    return "".join(parts)


def render_live__expects_errors_only(tokens, console, refresh=8.0):
    """Anything that can go wrong is an Exception.

    Caught by: test_an_error_leaves_the_terminal_in_order
    """
    if not refresh > 0:
        raise ValueError(refresh)
    parts = []
    due = 0.0
    try:
        with Live(console=console, auto_refresh=False) as live:
            try:
                for token in tokens:
                    parts.append(token)
                    if time.monotonic() >= due:
                        due = time.monotonic() + 1 / refresh
                        rows = Text("".join(parts)).wrap(console, console.width)[-console.height :]
                        live.update(Text("\n").join(rows), refresh=True)
            except Exception:
                live.update(Text("".join(parts)))
                raise
            live.update(Text("".join(parts)))
    finally:
        close_source(tokens)
    return "".join(parts)


def render_live__joins_with_spaces(tokens, console, refresh=8.0):
    """Tokens are words.

    Caught by: test_it_grows_while_the_tokens_come
    """
    if not refresh > 0:
        raise ValueError(refresh)
    parts = []
    due = 0.0
    try:
        with Live(console=console, auto_refresh=False) as live:
            try:
                for token in tokens:
                    parts.append(token)
                    if time.monotonic() >= due:
                        due = time.monotonic() + 1 / refresh
                        rows = Text(" ".join(parts)).wrap(console, console.width)[-console.height :]
                        live.update(Text("\n").join(rows), refresh=True)
            finally:
                live.update(Text("".join(parts)))
    finally:
        close_source(tokens)
    return "".join(parts)


def render_live__reads_the_date(tokens, console, refresh=8.0):
    """time.time() tells the time.

    Caught by: test_setting_the_date_changes_nothing
    """
    if not refresh > 0:
        raise ValueError(refresh)
    text, due = "", 0.0
    try:
        with Live(console=console, auto_refresh=False) as live:
            try:
                for token in tokens:
                    text += token
                    if time.time() >= due:
                        due = time.time() + 1 / refresh
                        rows = Text(text).wrap(console, console.width)
                        live.update(Text("\n").join(rows[-console.height :]), refresh=True)
            finally:
                live.update(Text(text))
    finally:
        close_source(tokens)
    return text


def render_live__closes_what_breaks(tokens, console, refresh=8.0):
    """A stream that has ended by itself need not be closed.

    Caught by: test_at_the_end_all_is_in_order
    """
    if not refresh > 0:
        raise ValueError(refresh)
    text, due = "", 0.0
    try:
        with Live(console=console, auto_refresh=False) as live:
            try:
                for token in tokens:
                    text += token
                    if time.monotonic() >= due:
                        due = time.monotonic() + 1 / refresh
                        rows = Text(text).wrap(console, console.width)
                        live.update(Text("\n").join(rows[-console.height :]), refresh=True)
            finally:
                live.update(Text(text))
    except BaseException:
        close_source(tokens)
        raise
    return text


def render_live__counts_from_the_end_of_a_drawing(tokens, console, refresh=8.0):
    """The pause begins when something has been drawn.

    Caught by: test_a_drawing_may_take_time
    """
    if not refresh > 0:
        raise ValueError(refresh)
    text, due = "", 0.0
    try:
        with Live(console=console, auto_refresh=False) as live:
            try:
                for token in tokens:
                    text += token
                    if time.monotonic() >= due:
                        rows = Text(text).wrap(console, console.width)
                        live.update(Text("\n").join(rows[-console.height :]), refresh=True)
                        due = time.monotonic() + 1 / refresh
            finally:
                live.update(Text(text))
    finally:
        close_source(tokens)
    return text


def render_live__returns_what_was_shown(tokens, console, refresh=8.0):
    """A Text is a text.

    Caught by: test_the_text_comes_back_unchanged
    """
    if not refresh > 0:
        raise ValueError(refresh)
    shown, due = Text(), 0.0
    try:
        with Live(console=console, auto_refresh=False) as live:
            try:
                for token in tokens:
                    shown.append(token)
                    if (now := time.monotonic()) >= due:
                        due = now + 1 / refresh
                        rows = shown.wrap(console, console.width)
                        live.update(Text("\n").join(rows[-console.height :]), refresh=True)
            finally:
                live.update(shown)
    finally:
        close_source(tokens)
    return shown.plain


# segment_stream


def segment_stream__looks_at_tokens(tokens):
    """A fence comes in one token.

    Caught by: test_marks_in_several_tokens
    """
    block, kind, language = -1, "", ""
    try:
        for token in tokens:
            for line in token.splitlines(keepends=True):
                before = kind
                found = FENCE.match(line.rstrip("\n"))
                if kind == "code":
                    yield {"type": kind, "block": block, "language": language, "content": line}
                    if found:
                        kind = ""
                    continue
                if found:
                    kind, language = "code", found["info"].strip()
                else:
                    kind = "text"
                if kind != before:
                    block += 1
                if kind == "code":
                    yield {"type": kind, "block": block, "language": language, "content": line}
                else:
                    yield {"type": kind, "block": block, "content": line}
    finally:
        close_source(tokens)


def segment_stream__drops_the_fences(tokens):
    """The type says that it is code, so the marks are not needed anymore.

    Caught by: test_text_and_code
    """
    block, kind, language, opened = -1, "", "", ""
    try:
        for line in "".join(tokens).splitlines(keepends=True):
            found = FENCE.match(line.rstrip("\n"))
            if opened:
                if found and found["marks"].startswith(opened):
                    opened = kind = ""
                else:
                    yield {"type": "code", "block": block, "language": language, "content": line}
                continue
            if found:
                block, kind, opened = block + 1, "code", found["marks"]
                language = found["info"].strip()
                continue
            now = "table" if line.startswith("|") else "text"
            if now != kind:
                block, kind = block + 1, now
            yield {"type": now, "block": block, "content": line}
    finally:
        close_source(tokens)


def segment_stream__collects_all_first(tokens):
    """Whole lines can be told apart, so whole lines have to come first.

    Caught by: test_text_comes_at_once
    """
    block, kind, language, opened = -1, "", "", ""
    try:
        for line in re.findall(r"[^\n]*\n|[^\n]+", "".join(tokens)):
            found = FENCE.match(line.rstrip("\n"))
            closes = False
            if opened == "$$":
                closes = MATH.fullmatch(line.rstrip("\n"))
            elif opened:
                closes = (
                    found and found["marks"].startswith(opened) and not found["info"].strip(" \t")
                )
            else:
                before = kind
                if found:
                    kind, opened = "code", found["marks"]
                    language = (found["info"].split() or [""])[0]
                elif MATH.fullmatch(line.rstrip("\n")):
                    kind, opened = "math", "$$"
                else:
                    kind = "table" if line.startswith("|") else "text"
                if opened or kind != before:
                    block += 1
            segment = {"type": kind, "block": block, "content": line}
            yield {**segment, "language": language} if kind == "code" else segment
            if closes:
                opened = kind = ""
    finally:
        close_source(tokens)


def segment_stream__takes_money_for_mathematics(tokens):
    """Where there is a dollar sign, there is mathematics.

    Caught by: test_money_is_no_mathematics
    """
    block, kind, language, opened = -1, "", "", ""
    held = ""
    try:
        for token in [*tokens, "\0"]:
            held += token
            while "\n" in held or (held.endswith("\0") and held != "\0"):
                line, feed, held = held.rstrip("\0").partition("\n")
                held += "\0" if token == "\0" else ""
                found = FENCE.match(line)
                closes = False
                if opened == "$$":
                    closes = "$$" in line
                elif opened:
                    closes = found and found["marks"].startswith(opened)
                    closes = closes and not found["info"].strip(" \t")
                else:
                    before = kind
                    if found:
                        kind, opened = "code", found["marks"]
                        language = (found["info"].split() or [""])[0]
                    elif "$" in line:
                        kind, opened = "math", "$$" if line.count("$$") == 1 else ""
                    else:
                        kind = "table" if line.startswith("|") else "text"
                    if opened or kind != before:
                        block += 1
                segment = {"type": kind, "block": block, "content": line + feed}
                yield {**segment, "language": language} if kind == "code" else segment
                if closes:
                    opened = kind = ""
    finally:
        close_source(tokens)


def segment_stream__forgets_what_never_closes(tokens):
    """The last line ends with a line feed, as all lines do.

    Caught by: test_what_never_closes_is_kept
    """
    block, kind, language, opened = -1, "", "", ""
    held, is_text = "", False
    try:
        for token in tokens:
            for part in re.findall(r"[^\n]*\n|[^\n]+", token):
                held += part
                ends = part.endswith("\n")
                waits = opened or held.startswith("|") or UNDECIDED.match(held)
                if not is_text and not ends and waits:
                    continue
                line, closes = held.rstrip("\n"), False
                found = FENCE.match(line)
                if is_text:
                    pass
                elif opened == "$$":
                    closes = MATH.fullmatch(line)
                elif opened:
                    closes = found and found["marks"].startswith(opened)
                    closes = closes and not found["info"].strip(" \t")
                else:
                    before = kind
                    if found:
                        kind, opened = "code", found["marks"]
                        language = (found["info"].split() or [""])[0]
                    elif MATH.fullmatch(line):
                        kind, opened = "math", "$$"
                    else:
                        kind = "table" if line.startswith("|") else "text"
                    if opened or kind != before:
                        block += 1
                segment = {"type": kind, "block": block, "content": held}
                yield {**segment, "language": language} if kind == "code" else segment
                if closes:
                    opened = kind = ""
                held, is_text = "", not ends
    finally:
        close_source(tokens)


def segment_stream__lets_few_marks_close(tokens):
    """A fence ends where marks of its kind appear again.

    Caught by: test_all_kinds_of_blocks_however_they_are_cut
    """
    from itertools import chain

    block, kind, language, opened = -1, "", "", ""
    held, is_text = "", False
    try:
        for token in chain(tokens, [None]):
            rest = [""] if held else []
            for part in rest if token is None else re.findall(r"[^\n]*\n|[^\n]+", token):
                held += part
                ends = part.endswith("\n")
                waits = opened or held.startswith("|") or UNDECIDED.match(held)
                if token is not None and not is_text and not ends and waits:
                    continue
                line, closes = held.rstrip("\n"), False
                found = FENCE.match(line)
                if is_text:
                    pass
                elif opened == "$$":
                    closes = MATH.fullmatch(line)
                elif opened:
                    closes = found and found["marks"][0] == opened[0]
                    closes = closes and not found["info"].strip(" \t")
                else:
                    before = kind
                    if found:
                        kind, opened = "code", found["marks"]
                        language = (found["info"].split() or [""])[0]
                    elif MATH.fullmatch(line):
                        kind, opened = "math", "$$"
                    else:
                        kind = "table" if line.startswith("|") else "text"
                    if opened or kind != before:
                        block += 1
                segment = {"type": kind, "block": block, "content": held}
                yield {**segment, "language": language} if kind == "code" else segment
                if closes:
                    opened = kind = ""
                held, is_text = "", not ends
    finally:
        close_source(tokens)


def segment_stream__writes_languages_small(tokens):
    """Py and py are the same language.

    Caught by: test_any_markdown
    """
    block, kind, language = -1, "", ""
    opened = ""  # the marks of the code or the mathematics that is open
    held = ""  # of a line, what was not handed out yet
    is_text = False  # the beginning of this line was handed out as text

    def begin(line: str) -> None:
        """Find out which block a line that is not in code or mathematics belongs to."""
        nonlocal block, kind, language, opened
        before = kind
        if fence := FENCE.match(line):
            kind, opened = "code", fence["marks"]
            language = (fence["info"].split() or [""])[0].lower()
        elif MATH.fullmatch(line):
            kind, opened = "math", "$$"
        else:
            kind = "table" if line.startswith("|") else "text"
        if kind != before:
            block += 1

    def closes(line: str) -> bool:
        if opened == "$$":
            return MATH.fullmatch(line) is not None
        fence = FENCE.match(line)
        return bool(fence and fence["marks"].startswith(opened) and not fence["info"].strip(" \t"))

    def segment(content: str) -> Segment:
        match kind:
            case "code":
                return {"type": "code", "block": block, "language": language, "content": content}
            case "math":
                return {"type": "math", "block": block, "content": content}
            case "table":
                return {"type": "table", "block": block, "content": content}
        return {"type": "text", "block": block, "content": content}

    def whole(line: str) -> Segment:
        """Return the segment of a line that has come to its end."""
        nonlocal opened, kind
        if not opened:
            begin(line.rstrip("\n"))
            return segment(line)
        found = segment(line)
        if closes(line.rstrip("\n")):
            opened = kind = ""
        return found

    try:
        for token in tokens:
            for part in re.findall(r"[^\n]*\n|[^\n]+", token):
                held += part
                ends = part.endswith("\n")
                if is_text:
                    yield segment(held)
                elif ends:
                    yield whole(held)
                elif opened or held.startswith("|") or UNDECIDED.match(held):
                    continue
                else:
                    begin(held)
                    yield segment(held)
                held, is_text = "", not ends
        if held:
            yield whole(held)
    finally:
        close_source(tokens)


def segment_stream__closes_what_breaks(tokens):
    """A stream that has ended by itself need not be closed.

    Caught by: test_stopping_and_errors
    """
    block, kind, language = -1, "", ""
    opened = ""  # the marks of the code or the mathematics that is open
    held = ""  # of a line, what was not handed out yet
    is_text = False  # the beginning of this line was handed out as text

    def begin(line: str) -> None:
        """Find out which block a line that is not in code or mathematics belongs to."""
        nonlocal block, kind, language, opened
        before = kind
        if fence := FENCE.match(line):
            kind, opened = "code", fence["marks"]
            language = (fence["info"].split() or [""])[0]
        elif MATH.fullmatch(line):
            kind, opened = "math", "$$"
        else:
            kind = "table" if line.startswith("|") else "text"
        if kind != before:
            block += 1

    def closes(line: str) -> bool:
        if opened == "$$":
            return MATH.fullmatch(line) is not None
        fence = FENCE.match(line)
        return bool(fence and fence["marks"].startswith(opened) and not fence["info"].strip(" \t"))

    def segment(content: str) -> Segment:
        match kind:
            case "code":
                return {"type": "code", "block": block, "language": language, "content": content}
            case "math":
                return {"type": "math", "block": block, "content": content}
            case "table":
                return {"type": "table", "block": block, "content": content}
        return {"type": "text", "block": block, "content": content}

    def whole(line: str) -> Segment:
        """Return the segment of a line that has come to its end."""
        nonlocal opened, kind
        if not opened:
            begin(line.rstrip("\n"))
            return segment(line)
        found = segment(line)
        if closes(line.rstrip("\n")):
            opened = kind = ""
        return found

    try:
        for token in tokens:
            for part in re.findall(r"[^\n]*\n|[^\n]+", token):
                held += part
                ends = part.endswith("\n")
                if is_text:
                    yield segment(held)
                elif ends:
                    yield whole(held)
                elif opened or held.startswith("|") or UNDECIDED.match(held):
                    continue
                else:
                    begin(held)
                    yield segment(held)
                held, is_text = "", not ends
        if held:
            yield whole(held)
    except BaseException:
        close_source(tokens)
        raise


def segment_stream__tab_belongs_to_the_language(tokens):
    """Words are what stands between spaces.

    Caught by: test_any_markdown
    """
    block = -1
    kind = None
    marks = ""
    language = ""
    line = ""
    known = False

    def segment(content):
        if kind == "code":
            return {"type": "code", "block": block, "language": language, "content": content}
        return {"type": kind, "block": block, "content": content}

    def begin(new):
        nonlocal block, kind
        block += 1
        kind = new

    def whole(content):
        # One line that is whole: returns its segment.
        nonlocal kind, marks, language
        body = content.removesuffix("\n")
        if marks:
            result = segment(content)
            if kind == "math":
                closed = MATH.fullmatch(body)
            else:
                found = re.fullmatch(r" {0,3}(`+|~+)[ \t]*", body)
                closed = found and found[1][0] == marks[0] and len(found[1]) >= len(marks)
            if closed:
                marks = ""
                kind = None
            return result
        if found := FENCE.match(body):
            begin("code")
            marks = found["marks"]
            words = found["info"].strip(" \t").split(" ")
            language = words[0]
        elif MATH.fullmatch(body):
            begin("math")
            marks = "$$"
        elif body.startswith("|"):
            if kind != "table":
                begin("table")
        elif kind != "text":
            begin("text")
        return segment(content)

    try:
        for token in tokens:
            for piece in re.findall(r"[^\n]*\n|[^\n]+", token):
                line += piece
                ended = piece.endswith("\n")
                if known:
                    yield segment(piece)
                    if ended:
                        line = ""
                        known = False
                elif ended:
                    content, line = line, ""
                    yield whole(content)
                elif not marks and not line.startswith("|") and not UNDECIDED.match(line):
                    if kind != "text":
                        begin("text")
                    known = True
                    yield segment(line)
        if line and not known:
            yield whole(line)
    finally:
        close_source(tokens)


# compare_modes


async def compare_modes__reuses_the_answer(model, prompt, clock=time.monotonic):
    """The text is the same anyway.

    Caught by: test_each_mode_has_its_own_answer
    """
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    first_visible = None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text and first_visible is None:
                first_visible = clock() - start
    finally:
        await aclose_source(stream)
    streaming = Timing(text, first_visible, clock() - start)
    return Comparison(Timing(text, total if text else None, total), streaming)


async def compare_modes__starts_once(model, prompt, clock=time.monotonic):
    """Both are measured from the same start.

    Caught by: test_only_the_first_visible_time_differs
    """
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    parts = []
    first_visible = None
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                if first_visible is None:
                    first_visible = clock() - start
                parts.append(chunk.text)
    finally:
        await aclose_source(stream)
    streaming = Timing("".join(parts), first_visible, clock() - start)
    return Comparison(Timing(text, total if text else None, total), streaming)


async def compare_modes__counts_the_first_chunk(model, prompt, clock=time.monotonic):
    """The first chunk is the first thing that is seen.

    Caught by: test_what_cannot_be_seen_does_not_count
    """
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    parts = []
    first_visible = None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if first_visible is None:
                first_visible = clock() - start
            parts.append(chunk.text)
    finally:
        await aclose_source(stream)
    streaming = Timing("".join(parts), first_visible, clock() - start)
    return Comparison(Timing(text, total, total), streaming)


async def compare_modes__asks_both_at_once(model, prompt, clock=time.monotonic):
    """Side by side means at the same time.

    Caught by: test_one_after_the_other
    """

    async def block():
        start = clock()
        text = (await model.ainvoke(prompt)).text
        total = clock() - start
        return Timing(text, total if text else None, total)

    async def stream():
        parts = []
        first_visible = None
        start = clock()
        chunks = model.astream(prompt)
        try:
            async for chunk in chunks:
                if chunk.text:
                    if first_visible is None:
                        first_visible = clock() - start
                    parts.append(chunk.text)
        finally:
            await aclose_source(chunks)
        return Timing("".join(parts), first_visible, clock() - start)

    return Comparison(*await asyncio.gather(block(), stream()))


async def compare_modes__asks_for_another_answer(model, prompt, clock=time.monotonic):
    """A stream needs to be told to be a stream.

    Caught by: test_the_model_is_asked_twice_the_same
    """
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    parts = []
    first_visible = None
    start = clock()
    stream = model.astream(f"{prompt} Answer step by step.")
    try:
        async for chunk in stream:
            if chunk.text:
                if first_visible is None:
                    first_visible = clock() - start
                parts.append(chunk.text)
    finally:
        await aclose_source(stream)
    streaming = Timing("".join(parts), first_visible, clock() - start)
    return Comparison(Timing(text, total if text else None, total), streaming)


async def compare_modes__one_total_for_both(model, prompt, clock=time.monotonic):
    """Streaming makes nothing faster, so both take the same time.

    Caught by: test_one_after_the_other
    """
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    parts = []
    first_visible = None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                if first_visible is None:
                    first_visible = clock() - start
                parts.append(chunk.text)
    finally:
        await aclose_source(stream)
    streaming = Timing("".join(parts), first_visible, total)
    return Comparison(Timing(text, total if text else None, total), streaming)


async def compare_modes__takes_the_content(model, prompt, clock=time.monotonic):
    """The content of a message is its text.

    Caught by: test_what_cannot_be_seen_does_not_count
    """
    start = clock()
    text = (await model.ainvoke(prompt)).content
    total = clock() - start
    answer = ""
    first_visible = None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.content:
                if first_visible is None:
                    first_visible = clock() - start
                answer = f"{answer}{chunk.content}"
    finally:
        await aclose_source(stream)
    streaming = Timing(answer, first_visible, clock() - start)
    return Comparison(Timing(text, total if text else None, total), streaming)


async def compare_modes__waits_for_visible_text(model, prompt, clock=time.monotonic):
    """White space cannot be seen, so it is no text.

    Caught by: test_any_answers
    """
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    blocking = Timing(text, total if text.strip() else None, total)
    parts, first = [], None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if first is None and chunk.text.strip():
                first = clock() - start
            parts.append(chunk.text)
        total = clock() - start
    finally:
        await aclose_source(stream)
    return Comparison(blocking, Timing("".join(parts), first, total))


async def compare_modes__asks_in_a_thread(model, prompt, clock=time.monotonic):
    """What blocks goes into a thread.

    Caught by: test_any_answers
    """
    start = clock()
    text = (await asyncio.to_thread(model.invoke, prompt)).text
    total = clock() - start
    blocking = Timing(text, total if text else None, total)
    parts, first = [], None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if first is None and chunk.text:
                first = clock() - start
            parts.append(chunk.text)
        total = clock() - start
    finally:
        await aclose_source(stream)
    return Comparison(blocking, Timing("".join(parts), first, total))


async def compare_modes__closes_after_exceptions(model, prompt, clock=time.monotonic):
    """What goes wrong is an Exception.

    Caught by: test_the_stream_is_closed_whatever_breaks
    """
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    blocking = Timing(text, total if text else None, total)
    text, first = "", None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text and first is None:
                first = clock() - start
            text += chunk.text
        total = clock() - start
    except Exception:
        await aclose_source(stream)
        raise
    await aclose_source(stream)
    return Comparison(blocking, Timing(text, first, total))


async def compare_modes__takes_zero_for_not_yet(model, prompt, clock=time.monotonic):
    """As long as nothing can be seen, the time is nothing.

    Caught by: test_any_answers
    """
    start = clock()
    text = (await model.ainvoke(prompt)).text
    total = clock() - start
    blocking = Timing(text, total if text else None, total)
    text, first = "", None
    start = clock()
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                first = first or clock() - start
            text += chunk.text
        total = clock() - start
    finally:
        await aclose_source(stream)
    return Comparison(blocking, Timing(text, first, total))
