"""Right answers to lesson 27 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# ranking_metrics


def ranking_metrics__running_sums(qrels, run, k):
    """Sums that grow with each question, and no rows."""
    if k <= 0:
        raise ValueError(k)
    recall = precision = mrr = ndcg = 0.0
    queries = 0
    for question in qrels:
        gains = {name: max(grade, 0) for name, grade in qrels[question].items()}
        relevant = sum(gain > 0 for gain in gains.values())
        if relevant == 0:
            continue
        queries += 1
        ranking = list(run[question]) if question in run else []
        if sorted(set(ranking)) != sorted(ranking):
            raise ValueError("twice")
        found = 0
        gained = 0.0
        for place, name in enumerate(ranking[:k]):
            gain = gains.get(name, 0)
            if gain and not found:
                mrr += 1 / (place + 1)
            found += gain > 0
            gained += gain / math.log2(place + 2)
        best = sorted(gains.values())[::-1][:k]
        ndcg += gained / sum(gain / math.log2(place + 2) for place, gain in enumerate(best))
        recall += found / relevant
        precision += found / k
    if not queries:
        raise ValueError("nothing to measure")
    return Metrics(recall / queries, precision / queries, mrr / queries, ndcg / queries, queries)


def ranking_metrics__a_function_for_each(qrels, run, k):
    """One function for each measure, over the same list of gains."""
    if k < 1:
        raise ValueError("k")

    def gains_of(question):
        ranking = run.get(question, [])
        if len(ranking) != len(set(ranking)):
            raise ValueError(question)
        return [max(0, qrels[question].get(name, 0)) for name in ranking][:k]

    def best_of(question):
        return sorted((grade for grade in qrels[question].values() if grade > 0), reverse=True)

    def dcg(gains):
        return math.fsum(
            gain / math.log2(1 + rank) for rank, gain in zip(range(1, k + 1), gains, strict=False)
        )

    def hits(question):
        return sum(1 for gain in gains_of(question) if gain)

    def first(question):
        ranks = [rank for rank, gain in enumerate(gains_of(question), start=1) if gain]
        return 1 / ranks[0] if ranks else 0

    questions = [question for question in qrels if best_of(question)]
    if not questions:
        raise ValueError("no questions")
    return Metrics(
        recall=fmean(hits(one) / len(best_of(one)) for one in questions),
        precision=fmean(hits(one) / k for one in questions),
        mrr=fmean(first(one) for one in questions),
        ndcg=fmean(dcg(gains_of(one)) / dcg(best_of(one)) for one in questions),
        queries=len(questions),
    )


# check_quotes


def check_quotes__find(answer, documents):
    """str.find, and a look at the characters beside what it has found."""

    def plain(text):
        text = normalize("NFC", text)
        for odd, usual in (("“", '"'), ("”", '"'), ("\u2019", "'"), ("\u2018", "'")):
            text = text.replace(odd, usual)
        return " ".join(text.split())

    def is_word(character):
        return character.isalnum() or character == "_"

    def after(text, part, start):
        """The place after the first find that cuts no word, or -1."""
        place = text.find(part, start)
        while place >= 0:
            end = place + len(part)
            cut_before = place > 0 and is_word(part[0]) and is_word(text[place - 1])
            cut_after = end < len(text) and is_word(part[-1]) and is_word(text[end])
            if not cut_before and not cut_after:
                return end
            place = text.find(part, place + 1)
        return -1

    def has(text, parts):
        place = 0
        for part in parts:
            place = after(text, part, place)
            if place < 0:
                return False
        return True

    known = {name: plain(text) for name, text in documents.items()}
    lists = {"supported": [], "missing": [], "misplaced": [], "uncited": []}
    for found in re.finditer(
        r'“([^“”]*)”(\s*\[([^\[\]]*)\])?|"([^"]*)"(\s*\[([^\[\]]*)\])?', answer
    ):
        quotation = found[1] if found[1] is not None else found[4]
        name = found[3] if found[3] is not None else found[6]
        parts = [plain(one) for one in quotation.replace("...", "…").split("…") if one.strip()]
        if not parts:
            continue
        having = {one for one, text in known.items() if has(text, parts)}
        if name is None:
            lists["uncited"].append(quotation)
        elif name in having:
            lists["supported"].append(quotation)
        else:
            lists["misplaced" if having else "missing"].append(quotation)
    return QuoteReport(**lists)


def check_quotes__one_pattern(answer, documents):
    """The parts of a quotation become one pattern, with anything in between."""

    def plain(text):
        return re.sub(
            r"\s+", " ", normalize("NFC", text).translate(str.maketrans("“”\u2018\u2019", "\"\"''"))
        ).strip()

    def bordered(part):
        left = r"(?<!\w)" if re.match(r"\w", part[0]) else ""
        right = r"(?!\w)" if re.match(r"\w", part[-1]) else ""
        return f"{left}{re.escape(part)}{right}"

    report = QuoteReport([], [], [], [])
    pattern = r"(“[^“”]*”|\"[^\"]*\")(?:\s*\[([^\[\]]*)\])?"
    for marked, name in re.findall(pattern, answer.replace("[]", "[\0]")):
        quotation = marked[1:-1]
        parts = [plain(one) for one in re.split(r"\.{3}|…", quotation)]
        wanted = re.compile(".*?".join(bordered(one) for one in parts if one), re.DOTALL)
        if not any(parts):
            continue
        having = [one for one, text in documents.items() if wanted.search(plain(text))]
        if not name:
            report.uncited.append(quotation)
        elif name in having:
            report.supported.append(quotation)
        elif having:
            report.misplaced.append(quotation)
        else:
            report.missing.append(quotation)
    return report


# answer_score


def answer_score__precision_and_recall(answer, references):
    """F1 by its usual formula, with words that are crossed out."""
    if len(references) == 0:
        return AnswerScore(True, 1.0) if is_refusal(answer) else AnswerScore(False, 0.0)
    if is_refusal(answer):
        return AnswerScore(False, 0.0)
    given = tuple(filter(lambda word: word not in ARTICLES, words_of(answer)))
    best = AnswerScore(False, 0.0)
    for reference in references:
        left = [word for word in words_of(reference) if word not in ARTICLES]
        right, shared = tuple(left), 0
        for word in given:
            if word in left:
                left.remove(word)
                shared += 1
        if not given and not right:
            f1 = 1.0
        elif shared == 0:
            f1 = 0.0
        else:
            precision, recall = shared / len(given), shared / len(right)
            f1 = 2 * precision * recall / (precision + recall)
        best = AnswerScore(best.exact or given == right, max(best.f1, f1))
    return best


def answer_score__counters(answer, references):
    """Counters all the way: what is in both, and the totals."""

    def count(text):
        counter = Counter(words_of(text))
        for article in ARTICLES:
            del counter[article]
        return counter

    def order(text):
        return [word for word in words_of(text) if word not in ARTICLES]

    refused = is_refusal(answer)
    if not references:
        return AnswerScore(refused, 1.0 if refused else 0.0)
    own, scores, exact = count(answer), [], False
    for one in references:
        other = count(one)
        total = sum(own.values()) + sum(other.values())
        scores.append(2 * sum(min(n, other[w]) for w, n in own.items()) / total if total else 1.0)
        exact = exact or order(answer) == order(one)
    return AnswerScore(False, 0.0) if refused else AnswerScore(exact, max(scores))


# judge_pair


async def judge_pair__at_the_same_time(judge, question, first, second):
    """Both readings at once."""
    import asyncio

    if first == second:
        return Verdict(winner="tie", consistent=True)
    orders = ((first, second), (second, first))
    prompts = [JUDGE_PROMPT.format(question=question, first=a, second=b) for a, b in orders]
    replies = await asyncio.gather(*map(judge.ainvoke, prompts), return_exceptions=True)
    readings = []
    for reply, names in zip(replies, (("first", "second"), ("second", "first")), strict=True):
        if isinstance(reply, Exception):
            return Verdict(None, None)
        lines = reply.text.strip().split("\n")
        last = lines[-1].strip().lower()
        meant = {"winner: 1": names[0], "winner: 2": names[1], "winner: tie": "tie"}
        readings.append(meant.get(last))
    if None in readings:
        return Verdict(None, None)
    one, other = readings
    return Verdict(one, True) if one == other else Verdict("tie", False)


async def judge_pair__loop(judge, question, first, second):
    """A loop over both orders, and a list of what was meant."""
    meant = []
    for one, other in [] if first == second else [(first, second), (second, first)]:
        prompt = JUDGE_PROMPT.replace("{question}", question, 1)
        before, _, rest = JUDGE_PROMPT.partition("{question}")
        middle, _, rest = rest.partition("{first}")
        between, _, end = rest.partition("{second}")
        prompt = "".join((before, question, middle, one, between, other, end))
        try:
            text = (await judge.ainvoke(prompt)).text
        except Exception:
            return Verdict(None, None)
        found = re.search(
            r"(?:\A|\n)[^\S\n]*winner: (1|2|tie)\s*\Z", text.replace("\r", ""), re.IGNORECASE
        )
        if not found:
            return Verdict(None, None)
        said = found[1].lower()
        meant.append(said if said == "tie" else one if said == "1" else other)
    if not meant:
        return Verdict("tie", True)
    if meant[0] != meant[1]:
        return Verdict("tie", False)
    names = {first: "first", second: "second"}
    return Verdict("tie" if meant[0] == "tie" and "tie" not in names else names[meant[0]], True)


# paired_bootstrap


def paired_bootstrap__indexes(base, new, rounds=2000, level=0.95, seed=0):
    """Indexes are drawn, and the borders are interpolated."""
    if set(base) != set(new) or len(base) == 0:
        raise ValueError("questions")
    if rounds < 100 or not (level > 0 and level < 1):
        raise ValueError("rounds or level")
    questions = sorted(base)
    if any(math.isnan(base[one]) or math.isnan(new[one]) for one in questions):
        raise ValueError("NaN")
    generator, means, count = random.Random(f"seed {seed}"), [], len(questions)
    gains = [new[one] - base[one] for one in questions]
    for _ in range(rounds):
        means.append(sum(gains[int(generator.random() * count)] for _ in gains) / count)
    means.sort()

    def at(share):
        place = share * (rounds - 1)
        below = math.floor(place)
        above = min(below + 1, rounds - 1)
        return means[below] + (means[above] - means[below]) * (place - below)

    return Interval(sum(gains) / count, at((1 - level) / 2), at((1 + level) / 2))


def paired_bootstrap__numpy(base, new, rounds=2000, level=0.95, seed=0):
    """All samples at once, in an array."""
    import numpy as np

    if not base or base.keys() ^ new.keys() or rounds < 100 or not 0 < level < 1:
        raise ValueError("these cannot be compared")
    gains = np.array([new[one] - base[one] for one in sorted(base)], dtype=float)
    if np.isnan(gains).any():
        raise ValueError("a score is missing")
    drawn = np.random.default_rng(seed).integers(len(gains), size=(rounds, len(gains)))
    low, high = np.quantile(gains[drawn].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(gains.mean()), float(low), float(high))


# regression_gate


def regression_gate__findings(base, new, tolerance, slices, seed=0):
    """A list of findings with their outcome, and the worst of them."""
    order = ("passed", "unsure", "failed")
    for metric in tolerance:
        if tolerance[metric] < 0 or metric not in base:
            raise ValueError(metric)
        for questions in slices.values():
            if len(questions) == 0 or any(one not in base[metric] for one in questions):
                raise ValueError("slice")

    def look(metric, questions):
        old = {one: base[metric][one] for one in questions}
        fresh = {one: new.get(metric, {}).get(one) for one in questions}
        if any(score is None or score != score for score in fresh.values()):
            return "failed", "missing"
        found = paired_bootstrap(old, fresh, seed=seed)
        if found.high < 0 and found.difference < -tolerance[metric]:
            return "failed", f"worse by {-found.difference}"
        return ("unsure" if found.low < -tolerance[metric] else "passed"), f"low is {found.low}"

    findings = []
    for metric in sorted(tolerance):
        findings.append((*look(metric, list(base[metric])), metric, "all"))
        findings += [(*look(metric, one), metric, name) for name, one in sorted(slices.items())]
    worst = max((order.index(outcome) for outcome, *_ in findings), default=0)
    reasons = [
        f"[{name}] {metric}: {why}"
        for outcome, why, metric, name in findings
        if outcome != "passed"
    ]
    return Gate(order[worst], reasons)


def regression_gate__three_passes(base, new, tolerance, slices, seed=0):
    """First what is missing, then what is worse, then what is unsure."""
    if any(metric not in base for metric in tolerance) or min(tolerance.values(), default=0) < 0:
        raise ValueError("tolerance")
    known = [set(base[metric]) for metric in tolerance]
    if any(
        not set(one) or not all(set(one) <= names for names in known) for one in slices.values()
    ):
        raise ValueError("slices")
    pairs = {
        (metric, name): questions
        for metric in tolerance
        for name, questions in (("all", base[metric]), *slices.items())
    }
    gone = [
        (metric, name)
        for (metric, name), questions in pairs.items()
        if any(math.isnan(new.get(metric, {}).get(one, math.nan)) for one in questions)
    ]
    found = {
        (metric, name): paired_bootstrap(
            {one: base[metric][one] for one in questions},
            {one: new[metric][one] for one in questions},
            seed=seed,
        )
        for (metric, name), questions in pairs.items()
        if (metric, name) not in gone
    }
    worse = [
        one for one, how in found.items() if how.high < 0 and how.difference < -tolerance[one[0]]
    ]
    unsure = [
        one for one, how in found.items() if one not in worse and how.low < -tolerance[one[0]]
    ]
    outcome = "failed" if gone or worse else "unsure" if unsure else "passed"
    return Gate(outcome, [f"{metric} in {name}" for metric, name in gone + worse + unsure])


# find_leaks


def find_leaks__each_with_each(train, test, threshold=0.8):
    """Sets for all texts first, and then each with each."""
    if threshold <= 0 or not threshold <= 1:
        raise ValueError(threshold)

    def rows(text):
        words = tuple(words_of(text))
        if len(words) < 3:
            return frozenset([words] if words else [])
        return frozenset(words[n : n + 3] for n in range(len(words) - 2))

    known = [*map(rows, train)]
    leaks = []
    for number, own in enumerate(map(rows, test)):
        best = None
        for index, other in enumerate(known):
            union = len(own | other)
            similarity = len(own & other) / union if union else 0.0
            if similarity >= threshold and (best is None or similarity > best.similarity):
                best = Leak(number, index, similarity)
        if best is not None:
            leaks.append(best)
    return leaks


def find_leaks__joined_rows(train, test, threshold=0.8):
    """Rows of words are texts, and max finds the best."""
    if not (threshold > 0 and threshold <= 1):
        raise ValueError("threshold")

    def rows(text):
        words = words_of(text)
        count = max(len(words) - 2, 1)
        return {"\n".join(words[n : n + 3]) for n in range(count)} if words else set()

    having = {}
    sizes = []
    for index, text in enumerate(train):
        found = rows(text)
        sizes.append(len(found))
        for row in found:
            having.setdefault(row, []).append(index)
    leaks = []
    for number, text in enumerate(test):
        own, shared = rows(text), {}
        for row in own:
            for index in having.get(row, []):
                shared[index] = shared.get(index, 0) + 1
        scores = {i: n / (len(own) + sizes[i] - n) for i, n in sorted(shared.items())}
        if scores:
            best = max(scores, key=scores.__getitem__)
            if scores[best] >= threshold:
                leaks.append(Leak(test=number, train=best, similarity=scores[best]))
    return leaks
