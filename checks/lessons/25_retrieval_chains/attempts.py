"""What beginners write first for lesson 25: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: B006, B018, B026, F821, F841, PLW0127, RET503, RET504, SIM118


# format_context


def format_context__prints(documents):
    """The learner takes printing for returning."""
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    print("\n\n".join(blocks))


def format_context__returns_in_the_loop(documents):
    """The learner has overlooked that return ends the loop after its first round."""
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
        return "\n\n".join(blocks)


def format_context__returns_a_list(documents):
    """The learner has forgotten to join the blocks."""
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return blocks


def format_context__metadata_in_brackets(documents):
    """The learner believes that every document has a source."""
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata["source"], quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__document_as_text(documents):
    """The learner believes that a document is its text."""
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(str(document), quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__replace_forgotten(documents):
    """The learner believes that replace changes the text itself."""
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


# fit_context


def fit_context__no_return(documents, limit, count):
    """The learner has forgotten to return the list."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any((document.page_content == other.page_content for other in kept))
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    kept


def fit_context__returns_in_the_loop(documents, limit, count):
    """The learner has overlooked that return ends the loop after its first round."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any((document.page_content == other.page_content for other in kept))
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
        return kept


def fit_context__counts_the_list(documents, limit, count):
    """The learner believes that count takes documents."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any((document.page_content == other.page_content for other in kept))
        if not known and count([*kept, document]) <= limit:
            kept.append(document)
    return kept


def fit_context__len_of_it(documents, limit, count):
    """The learner takes the characters for the tokens."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any((document.page_content == other.page_content for other in kept))
        if not known and len(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__returns_the_error(documents, limit, count):
    """The learner returns the error."""
    if limit < 0:
        return ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any((document.page_content == other.page_content for other in kept))
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__removes_in_the_loop(documents, limit, count):
    """The learner takes documents out of the list while the loop goes through it."""
    if limit < 0:
        raise ValueError("limit")
    for document in documents:
        if count(format_context(documents)) > limit:
            documents.remove(document)
    return documents


def fit_context__appends_text(documents, limit, count):
    """The learner keeps the texts."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any((document.page_content == other for other in kept))
        if not known and count(format_context([*map(Document, kept), document])) <= limit:
            kept.append(document.page_content)
    return kept


# find_citations


def find_citations__texts_of_numbers(answer, known):
    """The learner takes the digits for the number."""
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = {}
    for brackets in re.finditer(citation, text):
        numbers = []
        for entry in brackets[1].split(","):
            first, *rest = map(int, re.findall("[0-9]+", entry))
            last = rest[0] if rest else first
            if not 0 <= last - first < 20:
                break
            numbers += map(str, range(first, last + 1))
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= int(number) <= known],
        [number for number in found if not 1 <= int(number) <= known],
    )


def find_citations__a_tuple(answer, known):
    """The learner returns the two lists alone."""
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = {}
    for brackets in re.finditer(citation, text):
        numbers = []
        for entry in brackets[1].split(","):
            first, *rest = map(int, re.findall("[0-9]+", entry))
            last = rest[0] if rest else first
            if not 0 <= last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return (
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__prints(answer, known):
    """The learner takes printing for returning."""
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = {}
    for brackets in re.finditer(citation, text):
        numbers = []
        for entry in brackets[1].split(","):
            first, *rest = map(int, re.findall("[0-9]+", entry))
            last = rest[0] if rest else first
            if not 0 <= last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    print(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__match_at_the_start(answer, known):
    """The learner takes match for a search."""
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = {}
    for brackets in filter(None, [re.match(citation, text)]):
        numbers = []
        for entry in brackets[1].split(","):
            first, *rest = map(int, re.findall("[0-9]+", entry))
            last = rest[0] if rest else first
            if not 0 <= last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__int_of_all(answer, known):
    """The learner believes that int reads a list of numbers."""
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = {}
    for brackets in re.finditer(citation, text):
        numbers = []
        for entry in brackets[1].split(","):
            first, rest = int(entry), []
            last = rest[0] if rest else first
            if not 0 <= last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__returns_in_the_loop(answer, known):
    """The learner has overlooked that return ends the loop after its first round."""
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = {}
    for brackets in re.finditer(citation, text):
        numbers = []
        for entry in brackets[1].split(","):
            first, *rest = map(int, re.findall("[0-9]+", entry))
            last = rest[0] if rest else first
            if not 0 <= last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
        return Citations(
            [n for n in found if 1 <= n <= known], [n for n in found if not 1 <= n <= known]
        )
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


# stream_citations


async def stream_citations__plain_for(tokens, known):
    """The learner has overlooked that the tokens are asynchronous."""
    held, cited = ("", set[int]())
    try:
        for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if 1 <= number <= known:
                    shown += marker[0]
                    if number not in cited:
                        cited.add(number)
                        before = shown[: -len(marker[0])]
                        if before:
                            yield {"type": "token", "content": before}
                        yield {"type": "citation", "id": number}
                        shown = marker[0]
            rest = text[at:]
            unfinished = re.search("\\[[0-9]{0,3}\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__missing_await(tokens, known):
    """The learner has forgotten an await."""
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if 1 <= number <= known:
                    shown += marker[0]
                    if number not in cited:
                        cited.add(number)
                        before = shown[: -len(marker[0])]
                        if before:
                            yield {"type": "token", "content": before}
                        yield {"type": "citation", "id": number}
                        shown = marker[0]
            rest = text[at:]
            unfinished = re.search("\\[[0-9]{0,3}\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        aclose_source(tokens)


async def stream_citations__returns_a_list(tokens, known):
    """The learner collects the events and returns them."""
    events = []
    async for token in tokens:
        events.append({"type": "token", "content": token})
    return events


async def stream_citations__yields_text(tokens, known):
    """The learner yields the text alone."""
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if 1 <= number <= known:
                    shown += marker[0]
                    if number not in cited:
                        cited.add(number)
                        before = shown[: -len(marker[0])]
                        if before:
                            yield {"type": "token", "content": before}
                        yield {"type": "citation", "id": number}
                        shown = marker[0]
            rest = text[at:]
            unfinished = re.search("\\[[0-9]{0,3}\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield shown
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__held_never_emptied(tokens, known):
    """The learner has forgotten to empty what waits."""
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if 1 <= number <= known:
                    shown += marker[0]
                    if number not in cited:
                        cited.add(number)
                        before = shown[: -len(marker[0])]
                        if before:
                            yield {"type": "token", "content": before}
                        yield {"type": "citation", "id": number}
                        shown = marker[0]
            rest = text[at:]
            unfinished = re.search("\\[[0-9]{0,3}\\Z", rest)
            held += unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__shared_set(tokens, known, cited=set()):
    """The learner takes a default for something new in each call."""
    held = ""
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if 1 <= number <= known:
                    shown += marker[0]
                    if number not in cited:
                        cited.add(number)
                        before = shown[: -len(marker[0])]
                        if before:
                            yield {"type": "token", "content": before}
                        yield {"type": "citation", "id": number}
                        shown = marker[0]
            rest = text[at:]
            unfinished = re.search("\\[[0-9]{0,3}\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__joins_first(tokens, known):
    """The learner believes that join takes an asynchronous stream."""
    text = "".join(tokens)
    yield {"type": "token", "content": text}


# standalone_question


async def standalone_question__missing_await(model, history, question):
    """The learner has forgotten an await."""
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any((isinstance(message, HumanMessage) for message in said)):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__returns_the_message(model, history, question):
    """The learner takes the message for its text."""
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any((isinstance(message, HumanMessage) for message in said)):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        return await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__invoke_in_async(model, history, question):
    """The learner calls the model without waiting for it."""
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any((isinstance(message, HumanMessage) for message in said)):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.invoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__list_in_list(model, history, question):
    """The learner has forgotten the star."""
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any((isinstance(message, HumanMessage) for message in said)):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__texts_as_messages(model, history, question):
    """The learner sends texts instead of messages."""
    said = [
        message.text
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any((isinstance(message, HumanMessage) for message in history)):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


# answer_with_sources


async def answer_with_sources__missing_await(question, search, model, limit, count):
    """The learner has forgotten that a search has to be awaited."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
        yield {"type": "sources", "sources": named}
        held, waits = ("" if kept else SENTINEL, True)
        if kept:
            stream = model.astream(messages_for(format_context(kept), question))
            async for chunk in stream:
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held.strip() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__chunk_as_text(question, search, model, limit, count):
    """The learner takes the chunk for its text."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
        yield {"type": "sources", "sources": named}
        held, waits = ("" if kept else SENTINEL, True)
        if kept:
            stream = model.astream(messages_for(format_context(kept), question))
            async for chunk in stream:
                held += chunk
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held.strip() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__sources_as_list(question, search, model, limit, count):
    """The learner yields the sources alone."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
        yield named
        held, waits = ("" if kept else SENTINEL, True)
        if kept:
            stream = model.astream(messages_for(format_context(kept), question))
            async for chunk in stream:
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held.strip() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__plain_for(question, search, model, limit, count):
    """The learner has overlooked that the model streams asynchronously."""
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
        yield {"type": "sources", "sources": named}
        held, waits = ("" if kept else SENTINEL, True)
        if kept:
            stream = model.astream(messages_for(format_context(kept), question))
            for chunk in stream:
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held.strip() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__returns_events(question, search, model, limit, count):
    """The learner returns a list of events."""
    kept = fit_context(await search(question), limit, count)
    answer = await model.ainvoke(messages_for(format_context(kept), question))
    return [{"type": "token", "content": answer.text}, {"type": "complete", "answered": True}]


# build_chain


def build_chain__returns_the_result(search, model):
    """The learner runs the chain instead of returning it."""

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    chain = RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)
    return chain.invoke({"question": ""})


def build_chain__list_in_chain(search, model):
    """The learner puts a list of messages into the chain."""

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = [HumanMessage("{question}")] | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__class_of_parser(search, model):
    """The learner puts a class into the chain."""

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__no_return(search, model):
    """The learner has forgotten to return the chain."""

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    chain = RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__search_called(search, model):
    """The learner calls the search while the chain is made."""

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=search("question")) | RunnablePassthrough.assign(
        answer=answer
    )


def build_chain__and_for_pipe(search, model):
    """The learner takes "and" for the operator that joins parts."""

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) and RunnablePassthrough.assign(answer=answer)
