"""Wrong answers to lesson 25 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution, and some of them are not used.
# ruff: noqa: F821, F841


# format_context


def format_context__only_texts(documents):
    """The model needs the texts and nothing else.

    Caught by: test_blocks_are_numbered
    """
    return "\n\n".join(document.page_content for document in documents)


def format_context__counts_from_0(documents):
    """enumerate numbers things as it should be.

    Caught by: test_blocks_are_numbered
    """
    blocks = []
    for number, document in enumerate(documents):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__one_line_break(documents):
    """A line break separates blocks.

    Caught by: test_blocks_are_numbered
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n".join(blocks)


def format_context__line_break_at_the_end(documents):
    """Each block is followed by an empty line.

    Caught by: test_blocks_are_numbered
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "".join(block + "\n\n" for block in blocks)


def format_context__on_one_line(documents):
    """White space between tags makes no difference.

    Caught by: test_blocks_are_numbered
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">{text}</document>')
    return "\n\n".join(blocks)


def format_context__without_source(documents):
    """The number is enough.

    Caught by: test_blocks_are_numbered
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__source_or_unknown(documents):
    """or gives the default where there is no source.

    Caught by: test_a_source_may_be_missing
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source") or "unknown", quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__source_of_none(documents):
    """get gives something that can be shown.

    Caught by: test_a_source_may_be_missing
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(str(document.metadata.get("source")), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__text_as_it_is(documents):
    """A model can tell text and markup apart.

    Caught by: test_a_text_cannot_end_its_block
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = document.page_content
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__only_its_own_tag(documents):
    """Only </document> is dangerous.

    Caught by: test_a_text_cannot_end_its_block
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = document.page_content.replace("</document>", "&lt;/document&gt;")
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__removes_brackets(documents):
    """What looks like a tag can be left out.

    Caught by: test_a_text_cannot_end_its_block
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = document.page_content.replace("<", "").replace(">", "").replace("&", "&amp;")
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__no_ampersand(documents):
    """Without < and > nobody can write a tag, so & is harmless.

    Caught by: test_an_ampersand_is_written_as_an_entity
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = document.page_content.replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__ampersand_last(documents):
    """The order of the replacements makes no difference.

    Caught by: test_a_text_cannot_end_its_block
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = document.page_content.replace("<", "&lt;").replace(">", "&gt;").replace("&", "&amp;")
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__source_as_it_is(documents):
    """A source is a file name, and harmless.

    Caught by: test_a_source_cannot_end_its_attribute
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = document.metadata.get("source", "unknown")
        pass
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__source_keeps_quotes(documents):
    """Texts and sources are escaped alike.

    Caught by: test_a_source_cannot_end_its_attribute
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        pass
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__source_escaped_wholly(documents):
    """html.escape does what a source needs.

    Caught by: test_a_source_cannot_end_its_attribute
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"))
        pass
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__text_escaped_wholly(documents):
    """html.escape does what a text needs.

    Caught by: test_a_text_cannot_end_its_block
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__strips(documents):
    """White space at the ends of a text means nothing.

    Caught by: test_nothing_else_is_changed
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content.strip(), quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__doubles_braces(documents):
    """Braces have to be doubled for a template.

    Caught by: test_nothing_else_is_changed
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False).replace("{", "{{").replace("}", "}}")
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__leaves_out_blank_texts(documents):
    """A document without text needs no block.

    Caught by: test_nothing_else_is_changed
    """
    blocks = []
    for number, document in enumerate([d for d in documents if d.page_content.strip()], 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks)


def format_context__says_that_there_are_none(documents):
    """The model should know that nothing was found.

    Caught by: test_no_documents
    """
    blocks = []
    for number, document in enumerate(documents, 1):
        source = escape(document.metadata.get("source", "unknown"), quote=False)
        source = source.replace('"', "&quot;")
        text = escape(document.page_content, quote=False)
        blocks.append(f'<document id="{number}" source="{source}">\n{text}\n</document>')
    return "\n\n".join(blocks) or "(no documents)"


# fit_context


def fit_context__counts_texts(documents, limit, count):
    """What costs tokens is the text.

    Caught by: test_the_blocks_count
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count("\n\n".join(d.page_content for d in [*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__adds_blocks(documents, limit, count):
    """The tokens of the blocks add up.

    Caught by: test_counts_do_not_add
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and sum(count(format_context([d])) for d in [*kept, document]) <= limit:
            kept.append(document)
    return kept


def fit_context__stops_at_the_first(documents, limit, count):
    """The documents come best first, so what comes after one that does not fit is not needed.

    Caught by: test_a_shorter_one_may_come
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
        elif not known:
            break
    return kept


def fit_context__less_than_limit(documents, limit, count):
    """The limit itself is too much.

    Caught by: test_the_blocks_count
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context([*kept, document])) < limit:
            kept.append(document)
    return kept


def fit_context__counts_before(documents, limit, count):
    """If there is room left, one more may come.

    Caught by: test_the_blocks_count
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context(kept)) <= limit:
            kept.append(document)
    return kept


def fit_context__keeps_twins(documents, limit, count):
    """What the search finds twice is important.

    Caught by: test_a_text_is_kept_once
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__one_for_each_source(documents, limit, count):
    """Two documents of one source say the same.

    Caught by: test_a_text_is_kept_once
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(
            document.metadata.get("source") == other.metadata.get("source") for other in kept
        )
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__whole_documents_compared(documents, limit, count):
    """Twins are documents that are equal.

    Caught by: test_a_text_is_kept_once
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document == other for other in kept)
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__nearly_equal_texts(documents, limit, count):
    """Case and white space make no difference.

    Caught by: test_a_text_is_kept_once
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(
            document.page_content.strip().lower() == other.page_content.strip().lower()
            for other in kept
        )
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__seen_is_kept(documents, limit, count):
    """A text that was seen needs no second look.

    Caught by: test_what_did_not_fit_may_fit_later
    """
    if limit < 0:
        raise ValueError("limit")
    kept, seen = [], set()
    for document in documents:
        if document.page_content in seen:
            continue
        seen.add(document.page_content)
        if count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__cuts_the_text(documents, limit, count):
    """A part of a document is better than nothing.

    Caught by: test_the_blocks_count
    """
    if limit < 0:
        raise ValueError("limit")
    kept = []
    for document in documents:
        if any(document.page_content == other.page_content for other in kept):
            continue
        text = document.page_content
        while (
            text
            and count(format_context([*kept, Document(text, metadata=document.metadata)])) > limit
        ):
            text = text[:-1]
        if text == document.page_content:
            if count(format_context([*kept, document])) <= limit:
                kept.append(document)
        elif text:
            kept.append(Document(text, metadata=document.metadata))
    return kept


def fit_context__shortest_first(documents, limit, count):
    """The more documents fit, the better.

    Caught by: test_the_blocks_count
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in sorted(documents, key=lambda one: len(one.page_content)):
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__in_order_of_source(documents, limit, count):
    """Documents of one file belong together.

    Caught by: test_the_blocks_count
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return sorted(kept, key=lambda one: one.metadata.get("source", ""))


def fit_context__without_ids(documents, limit, count):
    """Only text and metadata are needed.

    Caught by: test_documents_stay_as_they_are
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(Document(document.page_content, metadata=document.metadata))
    return kept


def fit_context__leaves_out_blank_texts(documents, limit, count):
    """A blank text is nothing to keep.

    Caught by: test_a_text_is_kept_once
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if (
            not known
            and document.page_content.strip()
            and count(format_context([*kept, document])) <= limit
        ):
            kept.append(document)
    return kept


def fit_context__any_limit(documents, limit, count):
    """Nothing fits into a limit below 0 anyway.

    Caught by: test_limits
    """
    if False:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__limit_checked_with_documents(documents, limit, count):
    """Without documents, the limit does not matter.

    Caught by: test_limits
    """
    if documents and limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


def fit_context__limit_of_0_refused(documents, limit, count):
    """A limit has to be positive.

    Caught by: test_limits
    """
    if limit <= 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    kept = []
    for document in documents:
        known = any(document.page_content == other.page_content for other in kept)
        if not known and count(format_context([*kept, document])) <= limit:
            kept.append(document)
    return kept


# find_citations


def find_citations__one_number_only(answer, known):
    """A citation is one number in brackets.

    Caught by: test_numbers_in_brackets
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part})\\](?!\\()"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__no_spaces(answer, known):
    """Nobody writes spaces in brackets.

    Caught by: test_numbers_in_brackets
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = "[0-9]{1,3}(?:[-\u2013][0-9]{1,3})?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:, ?{part})*)\\](?!\\()"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__any_white_space(answer, known):
    """A space is white space.

    Caught by: test_numbers_in_brackets
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = "\\s*[0-9]{1,3}\\s*(?:[-\u2013]\\s*[0-9]{1,3}\\s*)?"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__ends_of_a_range(answer, known):
    """A range names two documents.

    Caught by: test_ranges
    """
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
            numbers += [first, last]
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__no_ranges(answer, known):
    """Ranges are not citations.

    Caught by: test_ranges
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__only_hyphens(answer, known):
    """A range has a hyphen.

    Caught by: test_ranges
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:- *[0-9]{1,3} *)?"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__range_without_its_end(answer, known):
    """range has all numbers of a range.

    Caught by: test_ranges
    """
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
            numbers += range(first, max(last, first + 1))
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__unknown_are_lost(answer, known):
    """What does not exist is not cited.

    Caught by: test_known_and_unknown
    """
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
    return Citations([number for number in found if 1 <= number <= known], [])


def find_citations__last_is_unknown(answer, known):
    """Numbers below known are known.

    Caught by: test_known_and_unknown
    """
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
        [number for number in found if 1 <= number < known],
        [number for number in found if not 1 <= number < known],
    )


def find_citations__zero_is_cited(answer, known):
    """Numbers up to known are known.

    Caught by: test_known_and_unknown
    """
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
        [number for number in found if number <= known],
        [number for number in found if not number <= known],
    )


def find_citations__every_time(answer, known):
    """Each citation counts.

    Caught by: test_known_and_unknown
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = []
    for brackets in re.finditer(citation, text):
        numbers = []
        for entry in brackets[1].split(","):
            first, *rest = map(int, re.findall("[0-9]+", entry))
            last = rest[0] if rest else first
            if not 0 <= last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found += numbers
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__sorted(answer, known):
    """Numbers belong in order.

    Caught by: test_numbers_in_brackets
    """
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
        [number for number in sorted(found) if 1 <= number <= known],
        [number for number in sorted(found) if not 1 <= number <= known],
    )


def find_citations__a_set(answer, known):
    """A set keeps each number once.

    Caught by: test_numbers_in_brackets
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = set()
    for brackets in re.finditer(citation, text):
        numbers = []
        for entry in brackets[1].split(","):
            first, *rest = map(int, re.findall("[0-9]+", entry))
            last = rest[0] if rest else first
            if not 0 <= last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= {*numbers}
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__all_digits(answer, known):
    """\\d takes the digits.

    Caught by: test_digits
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *\\d{1,3} *(?:[-\u2013] *\\d{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer, flags=re.DOTALL)
    found = {}
    for brackets in re.finditer(citation, text):
        numbers = []
        for entry in brackets[1].split(","):
            first, *rest = map(int, re.findall("\\d+", entry))
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


def find_citations__long_numbers(answer, known):
    """A number may have any length.

    Caught by: test_digits
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]+ *(?:[-\u2013] *[0-9]+ *)?"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__two_digits(answer, known):
    """Nobody has a hundred documents.

    Caught by: test_known_and_unknown
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,2} *(?:[-\u2013] *[0-9]{1,2} *)?"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__code_counts(answer, known):
    """Backticks are characters like others.

    Caught by: test_code
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = answer
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__only_single_backticks(answer, known):
    """Code is between two backticks.

    Caught by: test_code
    """
    code = "`[^`]*`"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__code_on_one_line(answer, known):
    """Code does not go over a line end.

    Caught by: test_code
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\()"
    text = re.sub(code, "`", answer)
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__open_fence_is_text(answer, known):
    """What never ends is not code.

    Caught by: test_code
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`))"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__open_backtick_is_code(answer, known):
    """What begins with a backtick is code.

    Caught by: test_code
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|.*)"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__ends_with_more(answer, known):
    """Code ends where as many backticks come.

    Caught by: test_code
    """
    code = "(?<!`)(`+)(?!`)(?:.*?\\1|(?<=```).*)"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__index_counts(answer, known):
    """What stands before the bracket does not matter.

    Caught by: test_an_index
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"\\[({part}(?:,{part})*)\\](?!\\()"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__index_of_a_call_counts(answer, known):
    """An index follows a name.

    Caught by: test_an_index
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_])\\[({part}(?:,{part})*)\\](?!\\()"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__any_letter_before(answer, known):
    """Letters are letters in all languages.

    Caught by: test_an_index
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![\\w)])\\[({part}(?:,{part})*)\\](?!\\()"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__needs_a_space(answer, known):
    """There is a space before a citation.

    Caught by: test_numbers_in_brackets
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<!\\S)\\[({part}(?:,{part})*)\\](?!\\()"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__links_count(answer, known):
    """The text of a link is text.

    Caught by: test_a_link
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\]"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__space_before_address(answer, known):
    """A link may have a space before its address.

    Caught by: test_a_link
    """
    code = "(?<!`)(`+)(?!`)(?:.*?(?<!`)\\1(?!`)|(?<=```).*)"
    part = " *[0-9]{1,3} *(?:[-\u2013] *[0-9]{1,3} *)?"
    citation = f"(?<![A-Za-z0-9_)])\\[({part}(?:,{part})*)\\](?!\\s*\\()"
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
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__backwards_is_empty(answer, known):
    """A range that runs backwards has no numbers, and the rest counts.

    Caught by: test_bad_ranges
    """
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
            if not last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__skips_the_bad_range(answer, known):
    """Only the bad range is left out.

    Caught by: test_bad_ranges
    """
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
                continue
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__backwards_is_turned_round(answer, known):
    """[3-1] means [1-3].

    Caught by: test_bad_ranges
    """
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
            first, last = min(first, last), max(first, last)
            if not 0 <= last - first < 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__any_range(answer, known):
    """A range may have any length.

    Caught by: test_bad_ranges
    """
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
            if not last - first >= 0:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__twentyone(answer, known):
    """At most 20 more than the first.

    Caught by: test_bad_ranges
    """
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
            if not 0 <= last - first <= 20:
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


def find_citations__no_range_of_one(answer, known):
    """A range has two numbers.

    Caught by: test_bad_ranges
    """
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
            if rest and (not 0 < last - first < 20):
                break
            numbers += range(first, last + 1)
        else:
            found |= dict.fromkeys(numbers)
    return Citations(
        [number for number in found if 1 <= number <= known],
        [number for number in found if not 1 <= number <= known],
    )


# stream_citations


async def stream_citations__each_token_alone(tokens, known):
    """A marker comes in one token.

    Caught by: test_text_is_shown_at_once
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (token, "", 0)
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
            held = ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__whole_answer(tokens, known):
    """Citations are known when the answer is.

    Caught by: test_text_is_passed_on
    """
    text, cited = "", []
    try:
        async for token in tokens:
            text += token
        at = 0
        for marker in re.finditer(r"\[([0-9]{1,3})\]", text):
            number = int(marker[1])
            if marker.start() > at:
                yield {"type": "token", "content": text[at : marker.start()]}
            at = marker.end()
            if 1 <= number <= known:
                if number not in cited:
                    cited.append(number)
                    yield {"type": "citation", "id": number}
                yield {"type": "token", "content": marker[0]}
        if text[at:]:
            yield {"type": "token", "content": text[at:]}
    finally:
        await aclose_source(tokens)


async def stream_citations__holds_any_bracket(tokens, known):
    """After a bracket, one has to wait for the other one.

    Caught by: test_text_is_shown_at_once
    """
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
            unfinished = re.search("\\[[^\\]]*\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__holds_many_digits(tokens, known):
    """A number may have any length.

    Caught by: test_text_is_shown_at_once
    """
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
            unfinished = re.search("\\[[0-9]*\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__holds_two_digits(tokens, known):
    """The third digit is followed by the bracket.

    Caught by: test_any_cut
    """
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
            unfinished = re.search("\\[[0-9]{0,2}\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__holds_with_a_digit(tokens, known):
    """A bracket alone is no marker.

    Caught by: test_text_is_shown_at_once
    """
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
            unfinished = re.search("\\[[0-9]{1,3}\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__two_digits(tokens, known):
    """Nobody has a hundred documents.

    Caught by: test_markers_that_stay_and_go
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,2})\\]", text):
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


async def stream_citations__long_numbers(tokens, known):
    """All numbers are citations.

    Caught by: test_any_cut
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]+)\\]", text):
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


async def stream_citations__all_digits(tokens, known):
    """\\d takes the digits.

    Caught by: test_what_only_looks_like_a_marker
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[(\\d{1,3})\\]", text):
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


async def stream_citations__loses_the_rest(tokens, known):
    """What waits is not finished, so it is not shown.

    Caught by: test_what_waits_comes_out_at_the_end
    """
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
        pass
    finally:
        await aclose_source(tokens)


async def stream_citations__empty_token(tokens, known):
    """At the end, the rest comes out.

    Caught by: test_text_is_passed_on
    """
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
        yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__empty_tokens(tokens, known):
    """Each token gives an event.

    Caught by: test_text_is_passed_on
    """
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
            if True:
                yield {"type": "token", "content": shown}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__unknown_stay(tokens, known):
    """The text of a model is not to be changed.

    Caught by: test_markers_that_stay_and_go
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if not 1 <= number <= known:
                    shown += marker[0]
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


async def stream_citations__known_go(tokens, known):
    """A citation is an event, so it need not be in the text.

    Caught by: test_markers_that_stay_and_go
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if 1 <= number <= known:
                    pass
                    if number not in cited:
                        cited.add(number)
                        before = shown
                        if before:
                            yield {"type": "token", "content": before}
                        yield {"type": "citation", "id": number}
                        shown = ""
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


async def stream_citations__known_has_0(tokens, known):
    """Numbers up to known are known.

    Caught by: test_markers_that_stay_and_go
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if number <= known:
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


async def stream_citations__last_is_unknown(tokens, known):
    """Numbers below known are known.

    Caught by: test_markers_that_stay_and_go
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if 1 <= number < known:
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


async def stream_citations__every_time(tokens, known):
    """Each citation is told.

    Caught by: test_markers_that_stay_and_go
    """
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
                    if True:
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


async def stream_citations__tells_unknown(tokens, known):
    """The program should know of all citations.

    Caught by: test_markers_that_stay_and_go
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            for marker in re.finditer("\\[([0-9]{1,3})\\]", text):
                number = int(marker[1])
                shown += text[at : marker.start()]
                at = marker.end()
                if not 1 <= number <= known:
                    yield {"type": "citation", "id": number}
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


async def stream_citations__after_its_text(tokens, known):
    """First the text, and then what it means.

    Caught by: test_markers_that_stay_and_go
    """
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
                        yield {"type": "token", "content": shown}
                        yield {"type": "citation", "id": number}
                        shown = ""
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


async def stream_citations__at_the_end(tokens, known):
    """Citations are a list below the answer.

    Caught by: test_markers_that_stay_and_go
    """
    found = []
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
                        found.append(number)
                        shown = marker[0]
            rest = text[at:]
            unfinished = re.search("\\[[0-9]{0,3}\\Z", rest)
            held = unfinished[0] if unfinished else ""
            shown += rest[: len(rest) - len(held)]
            if shown:
                yield {"type": "token", "content": shown}
        for number in found:
            yield {"type": "citation", "id": number}
        if held:
            yield {"type": "token", "content": held}
    finally:
        await aclose_source(tokens)


async def stream_citations__last_token_only(tokens, known):
    """A citation is told when it is the same as the one before.

    Caught by: test_each_citation_once
    """
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
                        cited = {number}
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


async def stream_citations__number_as_text(tokens, known):
    """The digits are the number.

    Caught by: test_markers_that_stay_and_go
    """
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
                        yield {"type": "citation", "id": marker[1]}
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


async def stream_citations__strips(tokens, known):
    """White space at the ends of a token means nothing.

    Caught by: test_text_is_passed_on
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token.strip(), "", 0)
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


async def stream_citations__never_closed(tokens, known):
    """A stream that was read to its end is closed.

    Caught by: test_errors_and_ends
    """
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
        pass


async def stream_citations__closed_at_the_end(tokens, known):
    """A stream is closed after the loop.

    Caught by: test_errors_and_ends
    """
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
        await aclose_source(tokens)
    finally:
        pass


async def stream_citations__error_swallowed(tokens, known):
    """What was shown stays, so an error is just an end.

    Caught by: test_errors_and_ends
    """
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
    except Exception:
        pass
    finally:
        await aclose_source(tokens)


async def stream_citations__looks_again(tokens, known):
    """After a marker is taken out, there may be another one.

    Caught by: test_what_only_looks_like_a_marker
    """
    held, cited = ("", set[int]())
    try:
        async for token in tokens:
            text, shown, at = (held + token, "", 0)
            while True:
                gone = re.sub(
                    r"\[([0-9]{1,3})\]",
                    lambda one: one[0] if 1 <= int(one[1]) <= known else "",
                    text,
                )
                if gone == text:
                    break
                text = gone
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


# standalone_question


async def standalone_question__always(model, history, question):
    """A model can only make a question better.

    Caught by: test_a_first_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if False:
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


async def standalone_question__any_message_counts(model, history, question):
    """If something was said, it is a follow-up question.

    Caught by: test_a_first_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not said:
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


async def standalone_question__any_human_message_counts(model, history, question):
    """A human message is a question.

    Caught by: test_a_first_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in history):
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


async def standalone_question__human_messages_only(model, history, question):
    """What the model has said is known to it.

    Caught by: test_a_follow_up_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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


async def standalone_question__cuts_first(model, history, question):
    """The last six messages of the history are sent.

    Caught by: test_a_first_question
    """
    said = [
        type(message)(message.text)
        for message in history[-MOST_MESSAGES:]
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in history):
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


async def standalone_question__all_messages(model, history, question):
    """The more it knows, the better.

    Caught by: test_the_last_messages
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said, HumanMessage(question)]
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


async def standalone_question__first_messages(model, history, question):
    """The beginning says what it is about.

    Caught by: test_the_last_messages
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[:MOST_MESSAGES], HumanMessage(question)]
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


async def standalone_question__seven(model, history, question):
    """At most six before the question is one more.

    Caught by: test_the_last_messages
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES - 1 :], HumanMessage(question)]
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


async def standalone_question__blank_messages(model, history, question):
    """A message without text does no harm.

    Caught by: test_a_first_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage)
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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


async def standalone_question__human_in_the_last(model, history, question):
    """A question that is long ago does not count.

    Caught by: test_the_last_messages
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said[-MOST_MESSAGES:]):
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


async def standalone_question__messages_as_they_are(model, history, question):
    """A message can be sent again as it is.

    Caught by: test_only_the_text
    """
    said = [
        message
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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


async def standalone_question__tools_too(model, history, question):
    """Results of tools are a part of the conversation.

    Caught by: test_the_last_messages
    """
    said = [
        message for message in history if isinstance(message, BaseMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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


async def standalone_question__without_prompt(model, history, question):
    """The model sees what is wanted.

    Caught by: test_a_follow_up_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [*said[-MOST_MESSAGES:], HumanMessage(question)]
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


async def standalone_question__prompt_last(model, history, question):
    """The instruction comes where it is read last.

    Caught by: test_a_follow_up_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [*said[-MOST_MESSAGES:], HumanMessage(question), SystemMessage(REWRITE_PROMPT)]
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


async def standalone_question__without_question(model, history, question):
    """The question is the last message of the history.

    Caught by: test_a_follow_up_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:]]
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


async def standalone_question__question_stripped(model, history, question):
    """White space at the ends means nothing.

    Caught by: test_a_follow_up_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question.strip())]
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


async def standalone_question__appends_to_history(model, history, question):
    """The question belongs to the conversation.

    Caught by: test_a_follow_up_question
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    history.append(HumanMessage(question))
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


async def standalone_question__only_stripped(model, history, question):
    """A question is one line.

    Caught by: test_the_answer_is_cleaned
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = answer.text.strip()
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__quotes_stay(model, history, question):
    """A model writes what was asked for.

    Caught by: test_the_answer_is_cleaned
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while False:
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__one_pair(model, history, question):
    """There is one pair of quotes at most.

    Caught by: test_the_answer_is_cleaned
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    if len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]}):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__straight_quotes(model, history, question):
    """Quotes are those on the keyboard.

    Caught by: test_the_answer_is_cleaned
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1
        and text[0] + text[-1] in QUOTES[:2]
        and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__strips_quotes(model, history, question):
    """strip takes quotes away.

    Caught by: test_the_answer_is_cleaned
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split()).strip('"')
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__any_quotes_around(model, history, question):
    """If both ends are quotes, they are a pair.

    Caught by: test_quotes_inside_stay
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while len(text) > 1 and text[0] + text[-1] in QUOTES:
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__half_a_pair(model, history, question):
    """Any two quotes are a pair.

    Caught by: test_quotes_inside_stay
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1
        and {text[0], text[-1]} <= {*"".join(QUOTES)}
        and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__not_stripped_in_quotes(model, history, question):
    """White space is stripped once.

    Caught by: test_the_answer_is_cleaned
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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
        text = text[1:-1]
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__blank_is_searched(model, history, question):
    """The model knows what it writes.

    Caught by: test_a_blank_answer
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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
    return text if len(text) <= 4 * len(question) + 400 else question


async def standalone_question__blank_before_quotes(model, history, question):
    """What is not blank is a question.

    Caught by: test_a_blank_answer
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        return question
    text = " ".join(answer.text.split())
    if not text:
        return question
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if len(text) <= 4 * len(question) + 400 else question


async def standalone_question__any_length(model, history, question):
    """The model knows how long a question is.

    Caught by: test_a_long_answer
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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
    return text if text else question


async def standalone_question__shorter_than(model, history, question):
    """The limit itself is too long.

    Caught by: test_a_long_answer
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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
    return text if text and len(text) < 4 * len(question) + 400 else question


async def standalone_question__length_before_cleaning(model, history, question):
    """The length is that of the answer.

    Caught by: test_a_long_answer
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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
    return text if text and len(answer.text) <= 4 * len(question) + 400 else question


async def standalone_question__fixed_length(model, history, question):
    """A question has at most 400 characters.

    Caught by: test_a_long_answer
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
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
    return text if text and len(text) <= 400 else question


async def standalone_question__error_passes(model, history, question):
    """The caller has to know of errors.

    Caught by: test_an_error_of_the_model
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except ZeroDivisionError:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__connection_errors(model, history, question):
    """What goes wrong is the connection.

    Caught by: test_an_error_of_the_model
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except OSError:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__tries_again(model, history, question):
    """A second try may work.

    Caught by: test_an_error_of_the_model
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except Exception:
        answer = await model.ainvoke(asked)
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


async def standalone_question__cancellation_hidden(model, history, question):
    """Whatever goes wrong, there is a question.

    Caught by: test_a_cancellation
    """
    said = [
        type(message)(message.text)
        for message in history
        if isinstance(message, HumanMessage | AIMessage) and message.text.strip()
    ]
    if not any(isinstance(message, HumanMessage) for message in said):
        return question
    asked = [SystemMessage(REWRITE_PROMPT), *said[-MOST_MESSAGES:], HumanMessage(question)]
    try:
        answer = await model.ainvoke(asked)
    except BaseException:
        return question
    text = " ".join(answer.text.split())
    while (
        len(text) > 1 and text[0] + text[-1] in QUOTES and (not {*text[1:-1]} & {text[0], text[-1]})
    ):
        text = text[1:-1].strip()
    return text if text and len(text) <= 4 * len(question) + 400 else question


# answer_with_sources


async def answer_with_sources__sources_at_the_end(question, search, model, limit, count):
    """Sources stand below an answer.

    Caught by: test_sources_of_what_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
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
        yield {"type": "sources", "sources": named}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__sources_of_all(question, search, model, limit, count):
    """What was found is a source.

    Caught by: test_sources_of_what_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        found = await search(question)
        kept = fit_context(found, limit, count)
        sources = [document.metadata.get("source", "unknown") for document in found]
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


async def answer_with_sources__everything_fits(question, search, model, limit, count):
    """The search finds what is needed.

    Caught by: test_sources_of_what_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = await search(question)
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


async def answer_with_sources__no_sources_no_event(question, search, model, limit, count):
    """Without sources, there is nothing to show.

    Caught by: test_nothing_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
        if named:
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


async def answer_with_sources__source_of_none(question, search, model, limit, count):
    """get gives something that can be shown.

    Caught by: test_sources_of_what_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source") for document in kept]
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


async def answer_with_sources__counts_from_0(question, search, model, limit, count):
    """enumerate numbers things as it should be.

    Caught by: test_sources_of_what_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources)]
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


async def answer_with_sources__one_for_each_source(question, search, model, limit, count):
    """A file is shown once.

    Caught by: test_any_answer
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [
            {"id": number, "source": source}
            for number, source in enumerate(dict.fromkeys(sources), 1)
        ]
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


async def answer_with_sources__asked_too_early(question, search, model, limit, count):
    """The model should begin as soon as possible.

    Caught by: test_sources_come_before_the_model_is_asked
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
        if kept:
            stream = model.astream(messages_for(format_context(kept), question))
            first = await anext(stream)
        yield {"type": "sources", "sources": named}
        held, waits = ("" if kept else SENTINEL, True)
        if kept:
            rest, stream = stream, None
            stream = rest
            held = first.text
            if not SENTINEL.startswith(held.strip()):
                waits = False
                yield {"type": "token", "content": held}
                held = ""
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


async def answer_with_sources__searches_twice(question, search, model, limit, count):
    """A second search is for the sources.

    Caught by: test_sources_of_what_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [
            document.metadata.get("source", "unknown")
            for document in fit_context(await search(question), limit, count)
        ]
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


async def answer_with_sources__asks_without_context(question, search, model, limit, count):
    """The model says itself that there is nothing.

    Caught by: test_nothing_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        kept = fit_context(await search(question), limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
        yield {"type": "sources", "sources": named}
        held, waits = ("" if kept else SENTINEL, True)
        held = ""
        if True:
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


async def answer_with_sources__found_nothing_is_answered(question, search, model, limit, count):
    """There was an answer.

    Caught by: test_nothing_fits
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held.strip() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": True}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__question_alone(question, search, model, limit, count):
    """The model knows the documents.

    Caught by: test_sources_of_what_fits
    """
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
            stream = model.astream([HumanMessage(question)])
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


async def answer_with_sources__context_of_all(question, search, model, limit, count):
    """The model reads what was found.

    Caught by: test_sources_of_what_fits
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    try:
        found = await search(question)
        kept = fit_context(found, limit, count)
        sources = [document.metadata.get("source", "unknown") for document in kept]
        named = [{"id": number, "source": source} for number, source in enumerate(sources, 1)]
        yield {"type": "sources", "sources": named}
        held, waits = ("" if kept else SENTINEL, True)
        if kept:
            stream = model.astream(messages_for(format_context(found), question))
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


async def answer_with_sources__texts_as_context(question, search, model, limit, count):
    """The texts are the context.

    Caught by: test_sources_of_what_fits
    """
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
            stream = model.astream(
                messages_for("\n\n".join(document.page_content for document in kept), question)
            )
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


async def answer_with_sources__whole_answer(question, search, model, limit, count):
    """The answer has to be complete before it is judged.

    Caught by: test_text_comes_as_it_is_written
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if False:
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


async def answer_with_sources__sentinel_shown(question, search, model, limit, count):
    """The sentinel comes in one piece.

    Caught by: test_the_sentinel
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (begun.rstrip() == SENTINEL)
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


async def answer_with_sources__sentinel_never(question, search, model, limit, count):
    """The model answers.

    Caught by: test_the_sentinel
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = not kept and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
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


async def answer_with_sources__sentinel_anywhere(question, search, model, limit, count):
    """If the sentinel is in the answer, there is none.

    Caught by: test_what_begins_like_the_sentinel
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.startswith(SENTINEL))
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = SENTINEL not in held
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__any_beginning_is_no(question, search, model, limit, count):
    """Who begins with NOT has no answer.

    Caught by: test_what_begins_like_the_sentinel
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and SENTINEL.startswith(held.strip()) and held.strip() != "")
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__in_small_letters(question, search, model, limit, count):
    """Case makes no difference.

    Caught by: test_what_begins_like_the_sentinel
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (
                    SENTINEL.startswith(begun.upper()) or begun.rstrip().upper() == SENTINEL
                )
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held.strip().upper() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__without_white_space(question, search, model, limit, count):
    """A model writes the sentinel and nothing else.

    Caught by: test_the_sentinel
    """
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
                held += chunk.text
                begun = held
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__not_after_it(question, search, model, limit, count):
    """After the sentinel comes nothing.

    Caught by: test_the_sentinel
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun))
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


async def answer_with_sources__holds_a_prefix_with_white_space(
    question, search, model, limit, count
):
    """White space makes no difference.

    Caught by: test_text_is_held_back_no_longer
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun.rstrip()))
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


async def answer_with_sources__holds_n(question, search, model, limit, count):
    """What begins with N may be it.

    Caught by: test_text_comes_as_it_is_written
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (len(begun) < len(SENTINEL) or begun.rstrip() == SENTINEL)
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


async def answer_with_sources__waits_again(question, search, model, limit, count):
    """Any text may become the sentinel.

    Caught by: test_text_comes_as_it_is_written
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = bool(SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
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


async def answer_with_sources__beginning_is_lost(question, search, model, limit, count):
    """What begins like the sentinel is not shown.

    Caught by: test_what_begins_like_the_sentinel
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held.strip() == SENTINEL)
        if not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__strips(question, search, model, limit, count):
    """White space at the beginning is not shown.

    Caught by: test_sources_of_what_fits
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {
                        "type": "token",
                        "content": held.lstrip() if waits is None else held.strip() or held,
                    }
                    held = ""
        answered = not (waits and held.strip() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__empty_tokens(question, search, model, limit, count):
    """Each chunk gives an event.

    Caught by: test_sources_of_what_fits
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if not waits:
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


async def answer_with_sources__skips_blank(question, search, model, limit, count):
    """Blank text is no text.

    Caught by: test_text_comes_as_it_is_written
    """
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
                held += chunk.text if chunk.text.strip() else ""
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


async def answer_with_sources__says_the_error(question, search, model, limit, count):
    """The user should know what went wrong.

    Caught by: test_an_error_of_the_search
    """
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
    except Exception as error:
        yield {"type": "error", "message": str(error)}
    finally:
        await aclose_source(stream)


async def answer_with_sources__error_passes(question, search, model, limit, count):
    """The caller has to know of errors.

    Caught by: test_an_error_of_the_search
    """
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
    except ZeroDivisionError:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__search_outside(question, search, model, limit, count):
    """Only the model goes wrong.

    Caught by: test_an_error_of_the_search
    """
    if limit < 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    stream = None
    kept = fit_context(await search(question), limit, count)
    try:
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


async def answer_with_sources__connection_errors(question, search, model, limit, count):
    """What goes wrong is the connection.

    Caught by: test_an_error_of_the_search
    """
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
    except OSError:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__error_and_complete(question, search, model, limit, count):
    """Every answer ends with complete.

    Caught by: test_an_error_of_the_search
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        answered = not (waits and held.strip() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
        answered = False
    finally:
        pass
    yield {"type": "complete", "answered": answered}
    if True:
        await aclose_source(stream)


async def answer_with_sources__not_found_after_error(question, search, model, limit, count):
    """An error is an answer that was not found.

    Caught by: test_an_error_of_the_search
    """
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
        yield {"type": "token", "content": NOT_FOUND}
        yield {"type": "complete", "answered": False}
    finally:
        await aclose_source(stream)


async def answer_with_sources__everything_caught(question, search, model, limit, count):
    """No error may reach the user.

    Caught by: test_sources_come_before_the_model_is_asked
    """
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
    except BaseException:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        await aclose_source(stream)


async def answer_with_sources__never_closed(question, search, model, limit, count):
    """The stream closes itself.

    Caught by: test_the_caller_stops
    """
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
        pass


async def answer_with_sources__closed_at_the_end(question, search, model, limit, count):
    """A stream is closed after the loop.

    Caught by: test_the_caller_stops
    """
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
                held += chunk.text
                begun = held.lstrip()
                waits = waits and (SENTINEL.startswith(begun) or begun.rstrip() == SENTINEL)
                if held and (not waits):
                    yield {"type": "token", "content": held}
                    held = ""
        await aclose_source(stream)
        answered = not (waits and held.strip() == SENTINEL)
        if held or not answered:
            yield {"type": "token", "content": held if answered else NOT_FOUND}
        yield {"type": "complete", "answered": answered}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    finally:
        pass


async def answer_with_sources__any_limit(question, search, model, limit, count):
    """fit_context looks at the limit.

    Caught by: test_it_begins_when_it_is_read
    """
    if False:
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


# build_chain


def build_chain__searches_twice(search, model):
    """Each key is made of the question.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(format_context(search(given["question"])), given["question"])

    find = RunnableLambda(lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__only_two_keys(search, model):
    """The result is a new dict.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(
        answer=answer
    ).pick(["documents", "answer"])


def build_chain__only_three_keys(search, model):
    """The question, the documents and the answer are the result.

    Caught by: test_other_keys_are_kept
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(
        answer=answer
    ).pick(["question", "documents", "answer"])


def build_chain__only_the_answer(search, model):
    """A chain gives the answer.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | answer


def build_chain__message_as_answer(search, model):
    """The answer is what the model gives.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__context_as_documents(search, model):
    """The documents are what the model reads.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(given["documents"], given["question"])

    find = RunnableLambda(lambda given: format_context(search(given["question"])))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__texts_as_documents(search, model):
    """The texts are the documents.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(
            format_context([Document(t) for t in given["documents"]]), given["question"]
        )

    find = RunnableLambda(lambda given: [d.page_content for d in search(given["question"])])
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__asks_in_a_function(search, model):
    """A function calls the model.

    Caught by: test_other_keys_are_kept
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(lambda given: model.invoke(prompt(given)).text)
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__one_function(search, model):
    """A chain is a function.

    Caught by: test_other_keys_are_kept
    """

    def answer(given):
        documents = search(given["question"])
        messages = messages_for(format_context(documents), given["question"])
        return {**given, "documents": documents, "answer": model.invoke(messages).text}

    return RunnableLambda(answer)


def build_chain__stripped(search, model):
    """White space at the ends means nothing.

    Caught by: test_other_keys_are_kept
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser() | (lambda text: text.strip())
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__a_function_after_it(search, model):
    """A function may stand anywhere in a chain.

    Caught by: test_other_keys_are_kept
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser() | (lambda text: text)
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__template_of_context(search, model):
    """A prompt is a template.

    Caught by: test_what_the_model_reads
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = (
        RunnableLambda(
            lambda given: (
                __import__("langchain_core.prompts", fromlist=["x"])
                .ChatPromptTemplate([(m.type, m.text) for m in prompt(given)])
                .invoke(given)
                .to_messages()
            )
        )
        | model
        | StrOutputParser()
    )
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__whole_dict_searched(search, model):
    """The search gets what comes in.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__question_alone(search, model):
    """The model knows the documents.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return [HumanMessage(given["question"])]

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__texts_as_context(search, model):
    """The texts are the context.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(
            "\n\n".join(d.page_content for d in given["documents"]), given["question"]
        )

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__nothing_found_is_not_asked(search, model):
    """Without documents, there is no answer.

    Caught by: test_what_the_model_reads
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    asking = RunnableLambda(prompt) | model | StrOutputParser()
    answer = RunnableLambda(lambda given: asking if given["documents"] else NOT_FOUND)
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__errors_become_answers(search, model):
    """An error is an answer, too.

    Caught by: test_errors_pass
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    answer = answer.with_fallbacks([RunnableLambda(lambda given: NOT_FOUND)])
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__asked_when_made(search, model):
    """A first question makes the connection.

    Caught by: test_documents_and_answer
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    search("")
    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    return RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)


def build_chain__answer_first(search, model):
    """The order of the keys makes no difference.

    Caught by: test_other_keys_are_kept
    """

    def prompt(given):
        return messages_for(format_context(given["documents"]), given["question"])

    find = RunnableLambda[dict[str, Any], list[Document]](lambda given: search(given["question"]))
    answer = RunnableLambda(prompt) | model | StrOutputParser()
    both = RunnablePassthrough.assign(documents=find) | RunnablePassthrough.assign(answer=answer)

    def turned(pieces):
        late = []
        for piece in pieces:
            if "documents" in piece:
                late.append(piece)
            else:
                yield piece
        yield from late

    from langchain_core.runnables import RunnableGenerator

    return both | RunnableGenerator(turned)
