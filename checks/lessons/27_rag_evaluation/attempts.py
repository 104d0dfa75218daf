"""What beginners write first for lesson 27: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: B018, C416, F821, F841, RET503, RET504, RUF059


# ranking_metrics


def ranking_metrics__prints(qrels, run, k):
    """The learner takes printing for returning."""
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    print(Metrics(recall, precision, mrr, ndcg, len(rows)))


def ranking_metrics__a_tuple(qrels, run, k):
    """The learner returns the numbers and not Metrics."""
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return recall, precision, mrr, ndcg, len(rows)


def ranking_metrics__subscripts_the_run(qrels, run, k):
    """The learner has overlooked that a key may be missing."""
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run[question]
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__loops_over_the_keys(qrels, run, k):
    """The learner believes that a loop over a dict gives pairs."""
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels:
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__returns_in_the_loop(qrels, run, k):
    """The learner has put the return into the loop."""
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next((1 / rank for rank, grade in enumerate(grades, 1) if grade), 0.0)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
        return Metrics(*rows[0], len(rows))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


def ranking_metrics__next_of_nothing(qrels, run, k):
    """The learner has overlooked that next needs something to take."""
    if k < 1:
        raise ValueError(f"at least one document has to count, not {k}")

    def dcg(grades):
        return sum((grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))

    rows = []
    for question, graded in qrels.items():
        relevant = {document: grade for document, grade in graded.items() if grade > 0}
        ranking = run.get(question, ())
        if not relevant:
            continue
        if len({*ranking}) < len(ranking):
            raise ValueError(f"a document comes twice for {question}")
        grades = [relevant.get(document, 0) for document in ranking[:k]]
        found = len([grade for grade in grades if grade])
        first = next(1 / rank for rank, grade in enumerate(grades, 1) if grade)
        ideal = sorted(relevant.values(), reverse=True)[:k]
        rows.append((found / len(relevant), found / k, first, dcg(grades) / dcg(ideal)))
    if not rows:
        raise ValueError("no question has a relevant document")
    recall, precision, mrr, ndcg = map(fmean, zip(*rows, strict=True))
    return Metrics(recall, precision, mrr, ndcg, len(rows))


# check_quotes


def check_quotes__sorts_into_a_dict(answer, documents):
    """The learner returns a dict and not a QuoteReport."""
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any((is_in(parts, text) for text in texts.values())):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return vars(report)


def check_quotes__shares_one_list(answer, documents):
    """The learner believes that * makes four lists."""
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport(*[[]] * 4)
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any((is_in(parts, text) for text in texts.values())):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__assigns_to_frozen(answer, documents):
    """The learner assigns to an object that is frozen."""
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited = [*report.uncited, quotation]
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any((is_in(parts, text) for text in texts.values())):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__findall_of_groups(answer, documents):
    """The learner takes what findall gives for matches."""
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.findall(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any((is_in(parts, text) for text in texts.values())):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__iterates_the_names(answer, documents):
    """The learner looks for the quotation in the name."""
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any((is_in(parts, text) for text in texts)):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__none_in_the_pattern(answer, documents):
    """The learner has overlooked that a group may be None."""
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "(?<!\\w)" if re.match("\\w", part) else ""
            after = "(?!\\w)" if re.search("\\w\\Z", part) else ""
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly.strip() or plainly.strip()
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any((is_in(parts, text) for text in texts.values())):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


def check_quotes__forgets_r(answer, documents):
    """The learner has forgotten the r before a pattern."""
    straight = str.maketrans("“”„\u2018\u2019", '"""\'\'')

    def plain(text):
        return " ".join(normalize("NFC", text).translate(straight).split())

    def is_in(parts, text):
        place = 0
        for part in parts:
            before = "\b"
            after = "\b"
            found = re.compile(before + re.escape(part) + after).search(text, place)
            if found is None:
                return False
            place = found.end()
        return True

    texts = {name: plain(text) for name, text in documents.items()}
    report = QuoteReport([], [], [], [])
    claim = re.compile('(?:“([^“”]*)”|\\"([^\\"]*)\\")(?:\\s*\\[([^\\[\\]]*)\\])?')
    for curly, plainly, name in (found.groups() for found in claim.finditer(answer)):
        quotation = curly if curly is not None else plainly
        parts = [*filter(None, map(plain, re.split("…|\\.\\.\\.", quotation)))]
        if not parts:
            continue
        if name is None:
            report.uncited.append(quotation)
        elif name in texts and is_in(parts, texts[name]):
            report.supported.append(quotation)
        elif any((is_in(parts, text) for text in texts.values())):
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


# answer_score


def answer_score__subtracts_counters(answer, references):
    """The learner takes minus for what two have in common."""
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) - Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max((f1(given, one) for one in right)))


def answer_score__len_of_a_counter(answer, references):
    """The learner takes the number of keys for that of words."""
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = len(Counter(one) & Counter(other))
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max((f1(given, one) for one in right)))


def answer_score__max_of_nothing(answer, references):
    """The learner has overlooked that there may be no references."""
    if is_refusal(answer) and references:
        return AnswerScore(False, 0.0)

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = (Counter(one) & Counter(other)).total()
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max((f1(given, one) for one in right)))


def answer_score__and_of_lists(answer, references):
    """The learner takes & for what two lists have in common."""
    if not references or is_refusal(answer):
        is_right = not references and is_refusal(answer)
        return AnswerScore(is_right, float(is_right))

    def words(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    def f1(one, other):
        shared = len(one & other)
        return 2 * shared / (len(one) + len(other)) if one or other else 1.0

    given, right = (words(answer), [words(reference) for reference in references])
    return AnswerScore(given in right, max((f1(given, one) for one in right)))


# judge_pair


async def judge_pair__forgets_await(judge, question, first, second):
    """The learner has forgotten the await before the judge."""

    async def reading(one, other):
        reply = judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__forgets_await_of_its_own(judge, question, first, second):
    """The learner has forgotten the await before its own function."""

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (reading(first, second), reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__reply_as_text(judge, question, first, second):
    """The learner takes the message for its text."""

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__last_of_nothing(judge, question, first, second):
    """The learner has overlooked that a reply may be empty."""

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold())
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except ConnectionError:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__group_of_none(judge, question, first, second):
    """The learner has overlooked that a pattern may not match."""

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1]

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except ConnectionError:
        return Verdict(None, None)
    winners = {"1": "first", "2": "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


async def judge_pair__compares_with_a_number(judge, question, first, second):
    """The learner compares a text with a number."""

    async def reading(one, other):
        reply = await judge.ainvoke(JUDGE_PROMPT.format(question=question, first=one, second=other))
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        found = re.fullmatch("winner: (1|2|tie)", lines[-1].casefold()) if lines else None
        return found[1] if found else None

    if first == second:
        return Verdict("tie", True)
    try:
        said, turned = (await reading(first, second), await reading(second, first))
    except Exception:
        return Verdict(None, None)
    winners = {1: "first", 2: "second", "tie": "tie"}
    winners_turned = {"1": "second", "2": "first", "tie": "tie"}
    if said is None or turned is None:
        return Verdict(None, None)
    if winners[said] != winners_turned[turned]:
        return Verdict("tie", False)
    return Verdict(winners[said], True)


# paired_bootstrap


def paired_bootstrap__sort_returns_none(base, new, rounds=2000, level=0.95, seed=0):
    """The learner believes that sort returns the list."""
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = [fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds)].sort()
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__index_is_a_float(base, new, rounds=2000, level=0.95, seed=0):
    """The learner takes a float for an index."""
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted((fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds)))
    outside = (1 - level) / 2 * rounds
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__subtracts_dicts(base, new, rounds=2000, level=0.95, seed=0):
    """The learner believes that dicts can be subtracted."""
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = new - base
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted((fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds)))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__choice_for_choices(base, new, rounds=2000, level=0.95, seed=0):
    """The learner takes choice for choices."""
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if any(map(math.isnan, differences)):
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted((fmean(numbers.choice(differences, k=len(differences))) for _ in range(rounds)))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


def paired_bootstrap__compares_with_nan(base, new, rounds=2000, level=0.95, seed=0):
    """The learner believes that NaN is equal to itself."""
    if base.keys() != new.keys() or not base or rounds < 100 or (not 0 < level < 1):
        raise ValueError("the same questions, 100 rounds and a level between 0 and 1 are wanted")
    differences = [new[question] - base[question] for question in sorted(base)]
    if math.nan in differences:
        raise ValueError("a score is not a number")
    numbers = random.Random(seed)
    means = sorted((fmean(numbers.choices(differences, k=len(differences))) for _ in range(rounds)))
    outside = int((1 - level) / 2 * rounds)
    return Interval(fmean(differences), means[outside], means[-1 - outside])


# regression_gate


def regression_gate__extends_with_a_text(base, new, tolerance, slices, seed=0):
    """The learner believes that += adds a text to a list."""
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"] += said
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__arguments_in_order(base, new, tolerance, slices, seed=0):
    """The learner hands over the seed as the number of rounds."""
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__key_not_there(base, new, tolerance, slices, seed=0):
    """The learner has overlooked that a metric may be missing."""
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new[metric]
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = next((outcome for outcome, said in reasons.items() if said), "passed")
    return Gate(worst, reasons["failed"] + reasons["unsure"])


def regression_gate__overwrites_the_outcome(base, new, tolerance, slices, seed=0):
    """The learner keeps the last outcome."""
    for metric, allowed in tolerance.items():
        if metric not in base or not allowed >= 0:
            raise ValueError(f"{metric} is unknown, or may change by {allowed}")
        for name, questions in slices.items():
            if not questions or not {*questions} <= base[metric].keys():
                raise ValueError(f"the slice {name} has no questions, or unknown ones")
    reasons = {"failed": [], "unsure": []}
    for metric, allowed in tolerance.items():
        scores = new.get(metric, {})
        for name, questions in {"all": base[metric].keys(), **slices}.items():
            missing = [one for one in questions if math.isnan(scores.get(one, math.nan))]
            if missing:
                said = f"{metric}, {name}: {len(missing)} scores are missing"
                reasons["failed"].append(said)
                continue
            found = paired_bootstrap(
                {one: base[metric][one] for one in questions},
                {one: scores[one] for one in questions},
                seed=seed,
            )
            said = (
                f"{metric}, {name}: {found.difference:+.3f} ({found.low:+.3f}..{found.high:+.3f})"
            )
            if found.high < 0 and found.difference < -allowed:
                reasons["failed"].append(said)
            elif found.low < -allowed:
                reasons["unsure"].append(said)
    worst = "passed"
    for outcome, said in reasons.items():
        if said:
            worst = outcome
    return Gate(worst, reasons["failed"] + reasons["unsure"])


# find_leaks


def find_leaks__lists_in_a_set(train, test, threshold=0.8):
    """The learner puts lists into a set."""
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {list(row) for row in rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter((index for mark in own for index in having.get(mark, ())))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__min_of_nothing(train, test, threshold=0.8):
    """The learner has overlooked that nothing may be shared."""
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter((index for mark in own for index in having.get(mark, ())))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__changes_the_index(train, test, threshold=0.8):
    """The learner has overlooked that a defaultdict grows when it is asked."""
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = {}
    for index, found in enumerate(known):
        for mark in found:
            having[mark] += [index]
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter((index for mark in own for index in having[mark]))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append(Leak(number, index, -similarity))
    return leaks


def find_leaks__yields(train, test, threshold=0.8):
    """The learner hands out each leak with yield."""
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter((index for mark in own for index in having.get(mark, ())))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            yield Leak(number, index, -similarity)


def find_leaks__tuples(train, test, threshold=0.8):
    """The learner hands out tuples and not leaks."""
    if not 0 < threshold <= 1:
        raise ValueError(f"a similarity is above 0 and at most 1, not {threshold}")

    def marks(text):
        words = words_of(text)
        rows = zip(words, words[1:], words[2:], strict=False)
        return {*rows} if len(words) > 2 else {tuple(words)} - {()}

    known = [marks(text) for text in train]
    having = defaultdict(list)
    for index, found in enumerate(known):
        for mark in found:
            having[mark].append(index)
    leaks = []
    for number, text in enumerate(test):
        own = marks(text)
        shared = Counter((index for mark in own for index in having.get(mark, ())))
        alike = [(-count / len(own | known[index]), index) for index, count in shared.items()]
        if alike and -min(alike)[0] >= threshold:
            similarity, index = min(alike)
            leaks.append((number, index, -similarity))
    return leaks
