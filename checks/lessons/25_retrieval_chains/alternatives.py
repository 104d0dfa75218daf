"""Right answers to lesson 25 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# format_context


def format_context__by_replacing(documents):
    """It replaces each character, the ampersand first."""

    def safe(text):
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    context = ""
    for document in documents:
        if context:
            context += "\n\n"
        number = context.count("<document") + 1
        source = safe(document.metadata.get("source", "unknown")).replace('"', "&quot;")
        context += f'<document id="{number}" source="{source}">\n'
        context += safe(document.page_content) + "\n</document>"
    return context


def format_context__with_a_table(documents):
    """It translates the characters with a table."""
    table = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
    quoted = {**table, ord('"'): "&quot;"}

    def lines():
        for at, document in enumerate(documents):
            source = document.metadata.get("source", "unknown")
            yield from [""] * (at > 0)
            yield f'<document id="{at + 1}" source="{source.translate(quoted)}">'
            yield document.page_content.translate(table)
            yield "</document>"

    return "\n".join(lines())


# fit_context


def fit_context__with_a_trial_list(documents, limit, count):
    """It makes a list for each trial, and keeps it if it fits."""
    if not limit >= 0:
        raise ValueError(limit)
    kept, texts = [], set()
    for document in documents:
        trial = [*kept, document]
        if document.page_content in texts or count(format_context(trial)) > limit:
            continue
        kept = trial
        texts.add(document.page_content)
    return kept


def fit_context__recursive(documents, limit, count):
    """It fits the others first, and then asks for the last one."""
    if limit < 0:
        raise ValueError(f"{limit} is below 0")
    if not documents:
        return []
    *others, last = documents
    kept = fit_context(others, limit, count)
    if last.page_content in [one.page_content for one in kept]:
        return kept
    fits = count(format_context([*kept, last])) <= limit
    return [*kept, last] if fits else kept


# find_citations


def find_citations__scanner(answer, known):
    """It goes through the answer character by character."""

    def number_of(text):
        text = text.strip(" ")
        right = 1 <= len(text) <= 3 and text.isascii() and text.isdigit()
        return int(text) if right else None

    def inside(text):
        numbers = []
        for entry in text.split(","):
            ends = [number_of(end) for end in entry.replace("\u2013", "-").split("-")]
            if None in ends or len(ends) > 2 or not 0 <= ends[-1] - ends[0] <= 19:
                return []
            numbers.extend(range(ends[0], ends[-1] + 1))
        return numbers

    cited, unknown, at, before = [], [], 0, ""
    while at < len(answer):
        if answer[at] == "`":
            rest = answer[at:].lstrip("`")
            row = len(answer) - at - len(rest)
            ends = [m for m in re.finditer("`+", rest) if len(m[0]) == row]
            if ends:
                at += row + ends[0].end()
            elif row >= 3:
                break
            else:
                at += row
            before = "`"
            continue
        end = answer.find("]", at)
        open_to_it = answer[at] == "[" and end > 0
        glued = before == ")" or before == "_" or (before.isascii() and before.isalnum())
        if open_to_it and not glued and answer[end + 1 : end + 2] != "(":
            for number in inside(answer[at + 1 : end]):
                into = cited if 0 < number <= known else unknown
                if number not in into:
                    into.append(number)
        before = answer[at]
        at += 1
    return Citations(cited, unknown)


def find_citations__blanks_for_code(answer, known):
    """It puts something else in place of the code, and sorts the numbers into two lists."""
    pieces, at = [], 0
    while row := re.compile("`+").search(answer, at):
        pieces.append(answer[at : row.start()])
        end = re.compile(f"(?<!`){row[0]}(?!`)").search(answer, row.end())
        at = end.end() if end else len(answer) if len(row[0]) > 2 else row.end()
        pieces.append(" ")
    text = "".join([*pieces, answer[at:]])
    lists = {True: [], False: []}
    around = r"(?=(^|[\s\S])\[([-\u2013, 0-9]*)\]([\s\S]|$))"
    for before, written, after in re.findall(around, text):
        if re.fullmatch("[A-Za-z0-9_)]", before) or after == "(":
            continue
        ranges = re.findall("(?:^|,) *([0-9]{1,3}) *(?:[-\u2013] *([0-9]{1,3}) *)?(?=,|$)", written)
        if len(ranges) != written.count(",") + 1:
            continue
        ends = [(int(first), int(last or first)) for first, last in ranges]
        if all(first <= last < first + 20 for first, last in ends):
            for first, last in ends:
                for number in range(first, last + 1):
                    found = lists[1 <= number <= known]
                    if number not in found:
                        found.append(number)
    return Citations(lists[True], lists[False])


# stream_citations


async def stream_citations__by_character(tokens, known):
    """It goes through each token character by character."""
    cited, held = [], ""
    try:
        async for token in tokens:
            for character in token:
                if held and character == "]" and len(held) > 1:
                    number, marker, held = int(held[1:]), held + character, ""
                    if not 0 < number <= known:
                        continue
                    if number not in cited:
                        cited.append(number)
                        yield {"type": "citation", "id": number}
                    yield {"type": "token", "content": marker}
                elif held and character in "0123456789" and len(held) < 4:
                    held += character
                else:
                    if held:
                        yield {"type": "token", "content": held}
                        held = ""
                    if character == "[":
                        held = character
                    else:
                        yield {"type": "token", "content": character}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__citations_before_all(tokens, known):
    """It tells the citations of a token before any of its text."""
    told, waiting = {}, ""
    marker = re.compile(r"\[([0-9]{1,3})\]")

    def kept(found):
        return found[0] if 1 <= int(found[1]) <= known else ""

    try:
        async for token in tokens:
            waiting += token
            size = next((n for n in (1, 2, 3, 4) if re.fullmatch(r"\[[0-9]*", waiting[-n:])), 0)
            text = waiting[: len(waiting) - size]
            waiting = waiting[len(waiting) - size :]
            for number in map(int, marker.findall(text)):
                if number in range(1, known + 1) and number not in told:
                    told[number] = True
                    yield {"type": "citation", "id": number}
            if shown := marker.sub(kept, text):
                yield {"type": "token", "content": shown}
        if waiting:
            yield {"content": waiting, "type": "token"}
    finally:
        await aclose_source(tokens)


# standalone_question


async def standalone_question__loop(model, history, question):
    """It goes back through the history, and streams."""
    said, human = [], False
    for message in reversed(history):
        if message.type not in ("human", "ai") or not message.text.strip():
            continue
        human = human or message.type == "human"
        kind = HumanMessage if message.type == "human" else AIMessage
        if len(said) < MOST_MESSAGES:
            said.insert(0, kind(content=message.text))
    if not human:
        return question
    written = ""
    try:
        async for chunk in model.astream(
            [SystemMessage(REWRITE_PROMPT), *said, HumanMessage(question)]
        ):
            written += chunk.text
    except Exception:
        return question
    words = " ".join(written.split())
    for _ in range(len(words)):
        for left, right in QUOTES:
            inside = words[1:-1]
            around = words.startswith(left) and words.endswith(right) and len(words) >= 2
            if around and left not in inside and right not in inside:
                words = inside.strip()
    too_long = len(words) > 4 * len(question) + 400
    return question if not words or too_long else words


async def standalone_question__a_function_for_quotes(model, history, question):
    """A function of its own takes the quotes away, again and again."""

    def unquoted(text):
        found = re.fullmatch("(.)([\\s\\S]*)(.)", text)
        if not found or found[1] + found[3] not in QUOTES:
            return text
        if found[1] in found[2] or found[3] in found[2]:
            return text
        return unquoted(found[2].strip())

    said = []
    for message in history:
        if isinstance(message, HumanMessage) and message.text.strip():
            said.append(HumanMessage(message.text))
        elif isinstance(message, AIMessage) and message.text.strip():
            said.append(AIMessage(message.text))
    if "human" not in {message.type for message in said}:
        return question
    del said[:-MOST_MESSAGES]
    try:
        messages = [SystemMessage(REWRITE_PROMPT), *said, HumanMessage(question)]
        text = unquoted(" ".join((await model.ainvoke(messages)).text.split()))
    except Exception:
        text = ""
    return text if 0 < len(text) <= 400 + 4 * len(question) else question


# answer_with_sources


async def answer_with_sources__states(question, search, model, limit, count):
    """It has a state for the hold, and a function for the sentinel."""

    def undecided(text):
        text = text.lstrip()
        return SENTINEL[: len(text)] == text or text.rstrip() == SENTINEL

    if limit < 0:
        raise ValueError("limit")
    tokens = None
    try:
        kept = fit_context(await search(question), limit, count)
        yield {
            "type": "sources",
            "sources": [
                {"id": at + 1, "source": one.metadata.get("source", "unknown")}
                for at, one in enumerate(kept)
            ],
        }
        if not kept:
            yield {"type": "token", "content": NOT_FOUND}
            yield {"type": "complete", "answered": False}
            return
        tokens = model.astream(messages_for(format_context(kept), question))
        waiting, state = "", "undecided"
        async for chunk in tokens:
            text = chunk.text
            if state == "decided":
                if text:
                    yield {"type": "token", "content": text}
                continue
            waiting += text
            if not undecided(waiting):
                state = "decided"
                yield {"type": "token", "content": waiting}
        no = state == "undecided" and waiting.strip() == SENTINEL
        if state == "undecided" and (no or waiting):
            yield {"type": "token", "content": NOT_FOUND if no else waiting}
        yield {"type": "complete", "answered": not no}
    except Exception:
        yield {"type": "error", "message": "That did not work. Please try again."}
    finally:
        await aclose_source(tokens)


async def answer_with_sources__pieces_in_a_list(question, search, model, limit, count):
    """It keeps what waits in a list, and shows the pieces as they were."""
    if limit < 0:
        raise ValueError("limit")
    stream = None
    try:
        found = await search(question)
        kept = fit_context(found, limit, count)
        names = [one.metadata.get("source", "unknown") for one in kept]
        pairs = zip(range(1, len(names) + 1), names, strict=False)
        yield {"type": "sources", "sources": [{"id": n, "source": name} for n, name in pairs]}
        pieces, open_, answered = [], True, bool(kept)
        if kept:
            stream = model.astream(messages_for(format_context(kept), question))
            async for chunk in stream:
                if not chunk.text:
                    continue
                pieces.append(chunk.text)
                said = "".join(pieces).lstrip() if open_ else ""
                if open_ and (SENTINEL.startswith(said) or said.strip() == SENTINEL):
                    continue
                open_ = False
                while pieces:
                    yield {"type": "token", "content": pieces.pop(0)}
            if open_ and "".join(pieces).strip() == SENTINEL:
                answered = False
        for piece in pieces if answered else [NOT_FOUND]:
            yield {"type": "token", "content": piece}
        last = {"type": "complete", "answered": answered}
    except Exception:
        last = {"type": "error", "message": "An error has happened."}
    finally:
        await aclose_source(stream)
    yield last


# build_chain


def build_chain__generator(search, model):
    """A generator makes the pieces itself."""
    from langchain_core.runnables import RunnableGenerator
    from langchain_core.runnables.utils import AddableDict

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    asking = RunnableLambda(prompt) | model | StrOutputParser()

    def pieces(inputs):
        given = {}
        for one in inputs:
            given |= one
        given["documents"] = search(given["question"])
        yield AddableDict(given)
        for text in asking.stream(given):
            yield AddableDict(answer=text)

    async def apieces(inputs):
        given = {}
        async for one in inputs:
            given |= one
        given["documents"] = search(given["question"])
        yield AddableDict(given)
        async for text in asking.astream(given):
            yield AddableDict(answer=text)

    return RunnableGenerator(pieces, apieces)


def build_chain__with_a_messages_key(search, model):
    """The messages are a part of their own, and are left out of the result."""

    def find(given):
        return search(given["question"])

    def messages(given):
        return messages_for(format_context(given["documents"]), given["question"])

    answer = RunnableLambda(messages).pipe(model, StrOutputParser())
    chain = RunnablePassthrough.assign(documents=find)
    return chain.pipe(RunnablePassthrough.assign(answer=answer))
