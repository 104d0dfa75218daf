"""Wrong answers to lesson 21 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution.
# ruff: noqa: F821


# merge_findings


def merge_findings__adds(left, right):
    """A reducer adds the new findings to the old ones.

    Caught by: test_a_step_that_runs_again
    """
    return left + right


def merge_findings__extends(left, right):
    """It is cheaper to extend the list that is there.

    Caught by: test_the_id_says_what_it_is
    """
    known = {one.id: at for at, one in enumerate(left)}
    for one in right:
        if one.id not in known:
            left.append(one)
        elif one.version > left[known[one.id]].version:
            left[known[one.id]] = one
    return left


def merge_findings__last_wins(left, right):
    """What comes later is newer.

    Caught by: test_the_id_says_what_it_is
    """
    return list({one.id: one for one in [*left, *right]}.values())


def merge_findings__last_of_equals(left, right):
    """Of equal versions, the later one is newer.

    Caught by: test_the_id_says_what_it_is
    """
    found = {}
    for one in [*left, *right]:
        if one.id not in found or one.version >= found[one.id].version:
            found[one.id] = one
    return list(found.values())


def merge_findings__first_wins(left, right):
    """An id that is known is not looked at again.

    Caught by: test_the_id_says_what_it_is
    """
    found = {}
    for one in [*left, *right]:
        found.setdefault(one.id, one)
    return list(found.values())


def merge_findings__whole_records(left, right):
    """Two findings are the same if all of their fields are.

    Caught by: test_the_id_says_what_it_is
    """
    return list(dict.fromkeys([*left, *right]))


def merge_findings__sorted(left, right):
    """The result is sorted, so that it does not depend on which branch was quicker.

    Caught by: test_an_old_version_comes_late
    """
    found = {}
    for one in [*left, *right]:
        if one.id not in found or one.version > found[one.id].version:
            found[one.id] = one
    return [found[key] for key in sorted(found)]


def merge_findings__moves_to_the_end(left, right):
    """A newer version is the latest finding, so it stands last.

    Caught by: test_the_id_says_what_it_is
    """
    found = {}
    for one in [*left, *right]:
        known = found.get(one.id)
        if known is None or one.version > known.version:
            found.pop(one.id, None)
            found[one.id] = one
    return list(found.values())


def merge_findings__same_list_without_news(left, right):
    """Without news, the old list is good enough.

    Caught by: test_it_is_a_new_list
    """
    if not right:
        return left
    found = {}
    for one in [*left, *right]:
        if one.id not in found or one.version > found[one.id].version:
            found[one.id] = one
    return list(found.values())


def merge_findings__first_list_is_fine(left, right):
    """The old list was merged before, so only the new one has to be looked at.

    Caught by: test_an_id_comes_twice_in_one_list
    """
    merged = list(left)
    places = {one.id: at for at, one in enumerate(left)}
    for one in right:
        if one.id not in places:
            places[one.id] = len(merged)
            merged.append(one)
        elif one.version > merged[places[one.id]].version:
            merged[places[one.id]] = one
    return merged


def merge_findings__second_list_is_fine(left, right):
    """What a branch sends has each id once.

    Caught by: test_an_id_comes_twice_in_one_list
    """
    kept = {
        one.id: one for one in left if all(one.version >= x.version for x in left if x.id == one.id)
    }
    news = [one for one in right if one.id not in kept]
    for one in right:
        if one.id in kept and one.version > kept[one.id].version:
            kept[one.id] = one
    return [*kept.values(), *news]


def merge_findings__versions_as_text(left, right):
    """Versions can be compared as texts, too.

    Caught by: test_an_old_version_comes_late
    """
    found = {}
    for one in [*left, *right]:
        if one.id not in found or str(one.version) > str(found[one.id].version):
            found[one.id] = one
    return list(found.values())


def merge_findings__version_0_is_none(left, right):
    """A version of 0 means that there is none, so there is nothing to compare.

    Caught by: test_an_old_version_comes_late
    """
    found = {}
    for one in [*left, *right]:
        known = found.get(one.id)
        if known is None or not known.version or not one.version or one.version > known.version:
            found[one.id] = one
    return list(found.values())


def merge_findings__keeps_all_in_a_global(left, right, everything={}):  # noqa: B006
    """A reducer collects, so it keeps what it has seen.

    Caught by: test_a_step_that_runs_again
    """
    for one in [*left, *right]:
        if one.id not in everything or one.version > everything[one.id].version:
            everything[one.id] = one
    return list(everything.values())


# run_chain


async def run_chain__gate_at_the_end(steps, check, text, tries=2):
    """It is enough to check the last output.

    Caught by: test_steps_run_in_order
    """
    if tries < 1:
        raise ValueError(tries)
    feedback, partial = "", text
    name = ""
    for _ in range(tries):
        output = text
        for name in steps:
            output = await steps[name](output, feedback)
        feedback = check(name, output) if steps else None
        if feedback is None:
            return output
    raise GateError(name, feedback, partial)


async def run_chain__whole_chain_again(steps, check, text, tries=2):
    """A refusal sends the text back to the start.

    Caught by: test_a_refused_output_does_not_go_on
    """
    if tries < 1:
        raise ValueError(tries)
    feedback = ""
    for _ in range(tries):
        current = text
        for name, step in steps.items():
            output = await step(current, feedback)
            feedback = check(name, output)
            if feedback is not None:
                break
            current, feedback = output, ""
        else:
            return current
    raise GateError(name, feedback, current)


async def run_chain__refused_output_is_the_input(steps, check, text, tries=2):
    """The next try works on what the last one has written.

    Caught by: test_a_refused_output_does_not_go_on
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback, before = "", text
        for _ in range(tries):
            text = await step(text, feedback)
            feedback = check(name, text)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, before)
    return text


async def run_chain__reason_not_told(steps, check, text, tries=2):
    """The step only has to try again.

    Caught by: test_a_refused_output_does_not_go_on
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        for _ in range(tries):
            output = await step(text, "")
            reason = check(name, output)
            if reason is None:
                break
        else:
            raise GateError(name, reason, text)
        text = output
    return text


async def run_chain__tries_after_the_first(steps, check, text, tries=2):
    """`tries` are the repetitions after the first time.

    Caught by: test_each_number_of_tries
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries + 1):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__one_try_too_few(steps, check, text, tries=2):
    """range(1, tries) has all tries.

    Caught by: test_a_refused_output_does_not_go_on
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        output = await step(text, "")
        reason = check(name, output)
        for _ in range(2, tries):
            if reason is None:
                break
            output = await step(text, reason)
            reason = check(name, output)
        if reason is not None:
            raise GateError(name, reason, text)
        text = output
    return text


async def run_chain__truth_of_the_reason(steps, check, text, tries=2):
    """An empty reason is none.

    Caught by: test_a_reason_may_be_empty
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output)
            if not feedback:
                break
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__feedback_stays(steps, check, text, tries=2):
    """What the gate has said holds for all that follows.

    Caught by: test_a_refused_output_does_not_go_on
    """
    if tries < 1:
        raise ValueError(tries)
    feedback = ""
    for name, step in steps.items():
        for _ in range(tries):
            output = await step(text, feedback)
            reason = check(name, output)
            if reason is None:
                break
            feedback = reason
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__all_reasons(steps, check, text, tries=2):
    """A step should know all that was wrong so far.

    Caught by: test_each_step_has_its_own_feedback
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        reasons = []
        for _ in range(tries):
            output = await step(text, "\n".join(reasons))
            reason = check(name, output)
            if reason is None:
                break
            reasons.append(reason)
        else:
            raise GateError(name, reasons[-1], text)
        text = output
    return text


async def run_chain__first_reason_stays(steps, check, text, tries=2):
    """The first reason is the one that counts.

    Caught by: test_each_step_has_its_own_feedback
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback = None
        for _ in range(tries):
            output = await step(text, feedback or "")
            reason = check(name, output)
            if reason is None:
                break
            feedback = feedback if feedback is not None else reason
        else:
            raise GateError(name, reason, text)
        text = output
    return text


async def run_chain__gives_up_softly(steps, check, text, tries=2):
    """After the last try, a bad text is better than none.

    Caught by: test_each_number_of_tries
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        text = output
    return text


async def run_chain__partial_is_the_refused_text(steps, check, text, tries=2):
    """`partial` is what the step has written last.

    Caught by: test_each_number_of_tries
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, output)
        text = output
    return text


async def run_chain__first_reason_in_the_error(steps, check, text, tries=2):
    """The error says why the step was refused in the first place.

    Caught by: test_each_number_of_tries
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        reasons = [""]
        for _ in range(tries):
            output = await step(text, reasons[-1])
            reason = check(name, output)
            if reason is None:
                break
            reasons.append(reason)
        else:
            raise GateError(name, reasons[1], text)
        text = output
    return text


async def run_chain__partial_is_the_first_input(steps, check, text, tries=2):
    """If a chain fails, nothing of it has passed.

    Caught by: test_each_number_of_tries
    """
    if tries < 1:
        raise ValueError(tries)
    first = text
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, first)
        text = output
    return text


async def run_chain__errors_count_as_refusals(steps, check, text, tries=2):
    """A step that raises an error has failed its try.

    Caught by: test_errors_pass_through
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            try:
                output = await step(text, feedback)
                feedback = check(name, output)
            except Exception as error:
                feedback = str(error)
                continue
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__checks_when_passed_only(steps, check, text, tries=2):
    """The last try need not be checked: there is no other one.

    Caught by: test_a_refused_output_does_not_go_on
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback = ""
        for at in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output) if at < tries - 1 or at == 0 else None
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__checks_twice(steps, check, text, tries=2):
    """To ask the gate costs nothing.

    Caught by: test_steps_run_in_order
    """
    if tries < 1:
        raise ValueError(tries)
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            if check(name, output) is None:
                break
            feedback = check(name, output)
        else:
            raise GateError(name, feedback, text)
        text = output
        check(name, text)
    return text


async def run_chain__accepts_0_tries(steps, check, text, tries=2):
    """Without tries there is nothing to do.

    Caught by: test_wrong_arguments
    """
    for name, step in steps.items():
        feedback = ""
        output = text
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            if tries > 0:
                raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__at_least_one_try(steps, check, text, tries=2):
    """No try at all cannot be meant.

    Caught by: test_wrong_arguments
    """
    for name, step in steps.items():
        feedback = ""
        for _ in range(max(tries, 1)):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__strips_the_text(steps, check, text, tries=2):
    """White space at the ends of a text is of no use.

    Caught by: test_any_chain
    """
    if tries < 1:
        raise ValueError(tries)
    text = text.strip()
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = (await step(text, feedback)).strip()
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


# pick_route


def pick_route__in(answer, routes, default):
    """`in` says whether a route is named.

    Caught by: test_a_part_of_a_word_is_another_word
    """
    named = [route for route in routes if route.lower() in answer.lower()]
    return named[0] if len(named) == 1 else default


def pick_route__equal(answer, routes, default):
    """The model says the name and nothing else.

    Caught by: test_a_part_of_a_word_is_another_word
    """
    for route in routes:
        if answer.strip().lower() == route.lower():
            return route
    return default


def pick_route__first_that_is_named(answer, routes, default):
    """The first route that is named is the one.

    Caught by: test_several_are_named
    """
    for route in routes:
        pattern = rf"(?<![\w-]){re.escape(route)}(?![\w-])"
        if re.search(pattern, answer, re.IGNORECASE):
            return route
    return default


def pick_route__last_in_the_answer(answer, routes, default):
    """A model thinks first and says its choice at the end.

    Caught by: test_several_are_named
    """
    found = [
        (match.end(), route)
        for route in routes
        for match in re.finditer(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE)
    ]
    return max(found)[1] if found else default


def pick_route__word_boundary(answer, routes, default):
    r"""\b is where a word ends.

    Caught by: test_hyphens_join_words
    """
    named = [
        route for route in routes if re.search(rf"\b{re.escape(route)}\b", answer, re.IGNORECASE)
    ]
    return named[0] if len(named) == 1 else default


def pick_route__no_escape(answer, routes, default):
    """A route is a text like any other, so it can stand in a pattern.

    Caught by: test_signs_in_a_route
    """
    named = [
        route
        for route in routes
        if re.search(rf"(?<![\w-])(?:{route})(?![\w-])", answer, re.IGNORECASE)
    ]
    return named[0] if len(named) == 1 else default


def pick_route__splits_words(answer, routes, default):
    """The words of the answer are what stands between spaces.

    Caught by: test_what_stands_around_it
    """
    words = [word.strip('.,!?*`"').lower() for word in answer.split()]
    named = [route for route in routes if route.lower() in words]
    return named[0] if len(named) == 1 else default


def pick_route__finds_words(answer, routes, default):
    """A regular expression takes the answer apart into names.

    Caught by: test_signs_in_a_route
    """
    words = [word.lower() for word in re.findall(r"[\w-]+", answer)]
    named = [route for route in routes if route.lower() in words]
    return named[0] if len(named) == 1 else default


def pick_route__capitals_count(answer, routes, default):
    """A route is spelled as it is.

    Caught by: test_capitals_do_not_matter
    """
    named = [
        route for route in routes if re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer)
    ]
    return named[0] if len(named) == 1 else default


def pick_route__answer_in_small_letters(answer, routes, default):
    """If the answer is in small letters, capitals do not matter.

    Caught by: test_capitals_do_not_matter
    """
    named = [
        route
        for route in routes
        if re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer.lower())
    ]
    return named[0] if len(named) == 1 else default


def pick_route__as_in_the_answer(answer, routes, default):
    """What the model has said is the route.

    Caught by: test_capitals_do_not_matter
    """
    named = {}
    for route in routes:
        match = re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE)
        if match:
            named[route] = match[0]
    return next(iter(named.values())) if len(named) == 1 else default


def pick_route__in_small_letters(answer, routes, default):
    """A route is returned in small letters.

    Caught by: test_capitals_do_not_matter
    """
    named = [
        route.lower()
        for route in routes
        if re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE)
    ]
    return named[0] if len(named) == 1 else default


def pick_route__counts_places(answer, routes, default):
    """If there is more than one place, nobody knows which one is meant.

    Caught by: test_one_is_named_often
    """
    found = [
        route
        for route in routes
        for _ in re.finditer(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE)
    ]
    return found[0] if len(found) == 1 else default


def pick_route__first_place_only(answer, routes, default):
    """find says where a route stands.

    Caught by: test_it_stands_as_a_whole_later
    """

    def is_named(route):
        at = answer.lower().find(route.lower())
        if at < 0:
            return False
        edges = answer[max(at - 1, 0) : at] + answer[at + len(route) : at + len(route) + 1]
        return not any(one.isalnum() or one in "_-" for one in edges)

    named = [route for route in routes if is_named(route)]
    return named[0] if len(named) == 1 else default


def pick_route__only_ascii_letters(answer, routes, default):
    """Letters are a to z.

    Caught by: test_a_part_of_a_word_is_another_word
    """
    named = [
        route
        for route in routes
        if re.search(
            rf"(?<![A-Za-z0-9_-]){re.escape(route)}(?![A-Za-z0-9_-])", answer, re.IGNORECASE
        )
    ]
    return named[0] if len(named) == 1 else default


def pick_route__digits_are_no_letters(answer, routes, default):
    """Only letters make a word longer.

    Caught by: test_a_part_of_a_word_is_another_word
    """

    def is_open(edge):
        return not edge.isalpha() and edge not in ("_", "-")

    named = []
    for route in routes:
        low, small = answer.lower(), route.lower()
        for at in range(len(low)):
            end = at + len(small)
            if low[at:end] == small and is_open(low[at - 1 : at]) and is_open(low[end : end + 1]):
                named.append(route)
                break
    return named[0] if len(named) == 1 else default


def pick_route__spaces_around_it(answer, routes, default):
    """A word stands between spaces.

    Caught by: test_hyphens_join_words
    """
    named = [
        route
        for route in routes
        if re.search(rf"(?<!\S){re.escape(route)}(?!\S)", answer, re.IGNORECASE)
    ]
    return named[0] if len(named) == 1 else default


def pick_route__raises(answer, routes, default):
    """What is not clear is an error.

    Caught by: test_a_part_of_a_word_is_another_word
    """
    named = [
        route
        for route in routes
        if re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE)
    ]
    if len(named) > 1:
        return default
    return named[0]


def pick_route__longest(answer, routes, default):
    """If several are named, the longest says the most.

    Caught by: test_several_are_named
    """
    named = [
        route
        for route in routes
        if re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE)
    ]
    return max(named, key=len) if named else default


# assign_work


def assign_work__nothing_to_do(sections, done, limit):
    """If nothing is left to do, the list is empty.

    Caught by: test_the_end_is_told
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    ready = [one for one in left if all(need in done for need in one.needs)]
    if left and not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__joins_if_nothing_is_ready(sections, done, limit):
    """If nothing can be written, it is over.

    Caught by: test_a_circle_is_told
    """
    if limit < 1:
        raise ValueError(limit)
    ready = [
        one for one in sections if one.id not in done and all(need in done for need in one.needs)
    ]
    if not ready:
        return "join"
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__whole_context(sections, done, limit):
    """A worker writes better if it knows everything.

    Caught by: test_what_can_be_written
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [Assignment(one.id, one.title, dict(done)) for one in ready[:limit]]


def assign_work__one_context_for_all(sections, done, limit):
    """One dict with all needs is enough for all workers.

    Caught by: test_needs_come_first
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)][:limit]
    if not ready:
        raise ValueError([one.id for one in left])
    context = {need: done[need] for one in ready for need in one.needs}
    return [Assignment(one.id, one.title, context) for one in ready]


def assign_work__equal_contexts_are_shared(sections, done, limit):
    """Two sections with the same needs can have the same dict.

    Caught by: test_workers_share_nothing
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    contexts = {}
    for one in ready:
        contexts.setdefault(one.needs, {need: done[need] for need in one.needs})
    return [Assignment(one.id, one.title, contexts[one.needs]) for one in ready[:limit]]


def assign_work__assigned_counts_as_done(sections, done, limit):
    """What was assigned in this batch can be needed by the next one.

    Caught by: test_needs_come_first
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    known, ready = set(done), []
    for one in left:
        if all(need in known for need in one.needs) and len(ready) < limit:
            ready.append(one)
            known.add(one.id)
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done.get(need, "") for need in one.needs})
        for one in ready
    ]


def assign_work__ignores_needs(sections, done, limit):
    """The sections stand in the order in which they can be written.

    Caught by: test_needs_come_first
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs if need in done})
        for one in left[:limit]
    ]


def assign_work__any_need(sections, done, limit):
    """One of its needs is enough to begin.

    Caught by: test_needs_come_first
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if not one.needs or any(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs if need in done})
        for one in ready[:limit]
    ]


def assign_work__done_ones_again(sections, done, limit):
    """What is ready is what has all that it needs.

    Caught by: test_what_can_be_written
    """
    if limit < 1:
        raise ValueError(limit)
    if all(one.id in done for one in sections):
        return "join"
    ready = [one for one in sections if all(need in done for need in one.needs)]
    left = [one.id for one in sections if one.id not in done]
    if all(one.id in done for one in ready):
        raise ValueError(left)
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__empty_is_not_done(sections, done, limit):
    """A section without a text is not done.

    Caught by: test_an_empty_text_is_done
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if not done.get(one.id)]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__no_limit(sections, done, limit):
    """All that can be written is written at once.

    Caught by: test_the_limit_holds
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs}) for one in ready
    ]


def assign_work__limit_first(sections, done, limit):
    """The first sections that are left are looked at.

    Caught by: test_the_limit_holds
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left[:limit] if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs}) for one in ready
    ]


def assign_work__limit_is_one_more(sections, done, limit):
    """A slice contains its end.

    Caught by: test_the_limit_holds
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[: limit + 1]
    ]


def assign_work__any_that_waits_is_a_circle(sections, done, limit):
    """A need that nobody writes is an error at once.

    Caught by: test_the_limit_holds
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    known = {one.id for one in sections} | {*done}
    for one in left:
        if not {*one.needs} <= known:
            raise ValueError(f"{one.id} waits")
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__names_the_first(sections, done, limit):
    """The error names the section that waits.

    Caught by: test_a_circle_is_told
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError(f"{left[0].id} waits forever")
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__says_nothing(sections, done, limit):
    """An error says that something is wrong.

    Caught by: test_a_circle_is_told
    """
    if limit < 1:
        raise ValueError(limit)
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError("The plan has a circle.")
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__joins_when_as_many_are_done(sections, done, limit):
    """As many texts as sections: all is done.

    Caught by: test_a_worker_gets_what_it_needs
    """
    if limit < 1:
        raise ValueError(limit)
    if len(done) >= len(sections):
        return "join"
    left = [one for one in sections if one.id not in done]
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__accepts_limit_0(sections, done, limit):
    """At least one section is always written.

    Caught by: test_wrong_arguments
    """
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[: max(limit, 1)]
    ]


def assign_work__checks_the_limit_late(sections, done, limit):
    """If all is done, the limit does not matter.

    Caught by: test_wrong_arguments
    """
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    if limit < 1:
        raise ValueError(limit)
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


# improve


async def improve__last_one(draft, evaluate, revise, max_rounds=3):
    """The last revision is the best.

    Caught by: test_the_best_is_kept
    """
    seen, text, rounds, got = set(), draft, 0, None
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            got = Best(text, verdict.score, verdict.accepted, rounds)
            if verdict.accepted:
                return got
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if got is None:
            raise
    return replace(got, rounds=rounds)


async def improve__until_accepted(draft, evaluate, revise, max_rounds=3):
    """It goes on until the judge is content.

    Caught by: test_the_best_is_kept
    """
    text, rounds = draft, 0
    while True:
        verdict = await evaluate(text)
        if verdict.accepted:
            return Best(text, verdict.score, True, rounds)
        rounds += 1
        text = await revise(text, verdict.feedback)


async def improve__one_round_too_many(draft, evaluate, revise, max_rounds=3):
    """The first round is the draft's own.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds > max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__one_round_too_few(draft, evaluate, revise, max_rounds=3):
    """max_rounds is how often something is judged.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds >= max_rounds - 1:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__last_revision_not_judged(draft, evaluate, revise, max_rounds=3):
    """After the last round, there is no need to judge.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        for _ in range(max(max_rounds, 1)):
            if text in seen:
                break
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if max_rounds:
                rounds += 1
                text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__last_of_equals(draft, evaluate, revise, max_rounds=3):
    """Of equal texts, the newer one has more work in it.

    Caught by: test_of_equal_ones_the_first_is_kept
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score >= best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__best_of_all_although_accepted(draft, evaluate, revise, max_rounds=3):
    """The highest score counts, accepted or not.

    Caught by: test_accepted_whatever_its_score
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, verdict.accepted, rounds)
            if verdict.accepted or rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__all_rounds_always(draft, evaluate, revise, max_rounds=3):
    """More rounds are better, so all of them are used.

    Caught by: test_an_accepted_text_ends_it
    """
    judged, seen, text, rounds = [], set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            judged.append((text, verdict))
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if not judged:
            raise
    for one, verdict in judged:
        if verdict.accepted:
            return Best(one, verdict.score, True, rounds)
    one, verdict = max(judged, key=lambda pair: pair[1].score)
    return Best(one, verdict.score, False, rounds)


async def improve__revises_the_best(draft, evaluate, revise, max_rounds=3):
    """It is best to go on from the best text.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(best.text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__always_revises_the_draft(draft, evaluate, revise, max_rounds=3):
    """Each round gives the draft another chance.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(draft, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__feedback_of_the_best(draft, evaluate, revise, max_rounds=3):
    """The feedback of the best text is the most useful.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds, feedback = None, set(), draft, 0, ""
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best, feedback = Best(text, verdict.score, False, rounds), verdict.feedback
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__circles(draft, evaluate, revise, max_rounds=3):
    """The number of rounds is bound enough.

    Caught by: test_a_circle_ends_it
    """
    best, text, rounds = None, draft, 0
    try:
        while True:
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__compares_with_the_last_only(draft, evaluate, revise, max_rounds=3):
    """A circle is a text that does not change any more.

    Caught by: test_a_circle_ends_it
    """
    best, before, text, rounds = None, None, draft, 0
    try:
        while text != before:
            before = text
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__asks_for_another_revision(draft, evaluate, revise, max_rounds=3):
    """A text that was there before is not judged, but revised once more.

    Caught by: test_a_circle_ends_it
    """
    best, seen, text, rounds = None, {}, draft, 0
    try:
        while True:
            verdict = seen.get(text) or await evaluate(text)
            seen[text] = verdict
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__rough_comparison(draft, evaluate, revise, max_rounds=3):
    """Two texts that differ in white space and capitals only are the same.

    Caught by: test_a_circle_ends_it
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text.strip().lower() not in seen:
            seen.add(text.strip().lower())
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__rounds_of_the_best(draft, evaluate, revise, max_rounds=3):
    """`rounds` says after how many rounds the best text came.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return best


async def improve__failed_round_not_counted(draft, evaluate, revise, max_rounds=3):
    """A round counts when it is over.

    Caught by: test_an_error_ends_it
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            text = await revise(text, verdict.feedback)
            rounds += 1
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__errors_pass(draft, evaluate, revise, max_rounds=3):
    """An error is for the caller.

    Caught by: test_an_error_ends_it
    """
    best, seen, text, rounds = None, set(), draft, 0
    while text not in seen:
        seen.add(text)
        verdict = await evaluate(text)
        if verdict.accepted:
            return Best(text, verdict.score, True, rounds)
        if best is None or verdict.score > best.score:
            best = Best(text, verdict.score, False, rounds)
        if rounds == max_rounds:
            break
        rounds += 1
        text = await revise(text, verdict.feedback)
    return replace(best, rounds=rounds)


async def improve__only_revise_may_fail(draft, evaluate, revise, max_rounds=3):
    """Only the writer can fail; an error of the judge is for the caller.

    Caught by: test_an_error_ends_it
    """
    best, seen, text, rounds = None, set(), draft, 0
    while text not in seen:
        seen.add(text)
        verdict = await evaluate(text)
        if verdict.accepted:
            return Best(text, verdict.score, True, rounds)
        if best is None or verdict.score > best.score:
            best = Best(text, verdict.score, False, rounds)
        if rounds == max_rounds:
            break
        rounds += 1
        try:
            text = await revise(text, verdict.feedback)
        except Exception:
            break
    return replace(best, rounds=rounds)


async def improve__draft_after_an_error(draft, evaluate, revise, max_rounds=3):
    """If the judge is not there, the draft is good enough.

    Caught by: test_an_error_before_the_first_verdict
    """
    best, seen, text, rounds = Best(draft, float("-inf"), False, 0), set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        pass
    return replace(best, rounds=rounds)


async def improve__tries_again_after_an_error(draft, evaluate, revise, max_rounds=3):
    """An error in one round does not end the others.

    Caught by: test_an_error_ends_it
    """
    best, seen, text, rounds = None, set(), draft, 0
    verdict = await evaluate(text)
    while True:
        seen.add(text)
        if verdict.accepted:
            return Best(text, verdict.score, True, rounds)
        if best is None or verdict.score > best.score:
            best = Best(text, verdict.score, False, rounds)
        if rounds == max_rounds:
            break
        rounds += 1
        try:
            newer = await revise(text, verdict.feedback)
            if newer in seen:
                break
            verdict, text = await evaluate(newer), newer
        except Exception:
            continue
    return replace(best, rounds=rounds)


async def improve__bare_except(draft, evaluate, revise, max_rounds=3):
    """Whatever happens, the best so far is returned.

    Caught by: test_it_can_be_stopped
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except BaseException:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__starts_at_score_0(draft, evaluate, revise, max_rounds=3):
    """A score is at least 0.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds = Best(draft, 0, False, 0), set(), draft, 0
    judged = False
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            judged = True
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if not judged:
            raise
    return replace(best, rounds=rounds)


async def improve__max_rounds_0_judges_nothing(draft, evaluate, revise, max_rounds=3):
    """Without rounds there is nothing to do.

    Caught by: test_each_number_of_rounds
    """
    if not max_rounds:
        return Best(draft, 0, False, 0)
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


async def improve__gives_up_when_it_gets_worse(draft, evaluate, revise, max_rounds=3):
    """If a revision is worse, the next one will be worse, too.

    Caught by: test_the_best_is_kept
    """
    best, seen, text, rounds = None, set(), draft, 0
    try:
        while text not in seen:
            seen.add(text)
            verdict = await evaluate(text)
            if verdict.accepted:
                return Best(text, verdict.score, True, rounds)
            if best is not None and verdict.score < best.score:
                break
            if best is None or verdict.score > best.score:
                best = Best(text, verdict.score, False, rounds)
            if rounds == max_rounds:
                break
            rounds += 1
            text = await revise(text, verdict.feedback)
    except Exception:
        if best is None:
            raise
    return replace(best, rounds=rounds)


# run_with_human


async def run_with_human__starts_again(start, resume, decide, max_pauses=10):
    """After the answers, the run is started once more.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {one.id: await decide(one.value) for one in state.questions}
        await resume(answers)
        state = await start()
    return state.value


async def run_with_human__resumes_for_each_question(start, resume, decide, max_pauses=10):
    """Each answer resumes the run.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        for one in state.questions:
            state = await resume({one.id: await decide(one.value)})
    return state.value


async def run_with_human__list_of_answers(start, resume, decide, max_pauses=10):
    """The answers stand in the order of the questions.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        state = await resume([await decide(one.value) for one in state.questions])
    return state.value


async def run_with_human__by_value(start, resume, decide, max_pauses=10):
    """The value of a question says which answer belongs to it.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        state = await resume({str(one.value): await decide(one.value) for one in state.questions})
    return state.value


async def run_with_human__one_decision_for_equal_values(start, resume, decide, max_pauses=10):
    """Nobody is asked the same thing twice.

    Caught by: test_equal_values_are_two_questions
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        known, answers = [], {}
        for one in state.questions:
            found = next((answer for value, answer in known if value == one.value), None)
            answers[one.id] = await decide(one.value) if found is None else found
            known.append((one.value, answers[one.id]))
        state = await resume(answers)
    return state.value


async def run_with_human__only_true_answers(start, resume, decide, max_pauses=10):
    """An answer that is empty is none.

    Caught by: test_any_answer_is_an_answer
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {}
        for one in state.questions:
            answer = await decide(one.value)
            if answer:
                answers[one.id] = answer
        state = await resume(answers)
    return state.value


async def run_with_human__default_answer(start, resume, decide, max_pauses=10):
    """Who says nothing says no.

    Caught by: test_any_answer_is_an_answer
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {one.id: await decide(one.value) or "no" for one in state.questions}
        state = await resume(answers)
    return state.value


async def run_with_human__asks_until_answered(start, resume, decide, max_pauses=10):
    """None means that nobody has answered yet.

    Caught by: test_any_answer_is_an_answer
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {}
        for one in state.questions:
            answers[one.id] = await decide(one.value)
            while answers[one.id] is None:
                answers[one.id] = await decide(one.value)
        state = await resume(answers)
    return state.value


async def run_with_human__no_bound(start, resume, decide, max_pauses=10):
    """A run ends some day.

    Caught by: test_each_number_of_pauses
    """
    state = await start()
    while isinstance(state, Pause):
        answers = {one.id: await decide(one.value) for one in state.questions}
        state = await resume(answers)
    return state.value


async def run_with_human__asks_before_it_counts(start, resume, decide, max_pauses=10):
    """The pauses are counted when they are answered.

    Caught by: test_each_number_of_pauses
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        answers = {one.id: await decide(one.value) for one in state.questions}
        pauses += 1
        if pauses > max_pauses:
            raise TooManyPauses
        state = await resume(answers)
    return state.value


async def run_with_human__one_pause_too_few(start, resume, decide, max_pauses=10):
    """The last pause that is allowed is already too many.

    Caught by: test_each_number_of_pauses
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        pauses += 1
        if pauses >= max_pauses:
            raise TooManyPauses
        answers = {one.id: await decide(one.value) for one in state.questions}
        state = await resume(answers)
    return state.value


async def run_with_human__one_pause_too_many(start, resume, decide, max_pauses=10):
    """One pause more does no harm.

    Caught by: test_each_number_of_pauses
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses > max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {one.id: await decide(one.value) for one in state.questions}
        state = await resume(answers)
    return state.value


async def run_with_human__counts_questions(start, resume, decide, max_pauses=10):
    """max_pauses is how often a person may be asked.

    Caught by: test_each_number_of_pauses
    """
    state, asked = await start(), 0
    while isinstance(state, Pause):
        answers = {}
        for one in state.questions:
            if asked == max_pauses:
                raise TooManyPauses
            asked += 1
            answers[one.id] = await decide(one.value)
        state = await resume(answers)
    return state.value


async def run_with_human__all_at_once(start, resume, decide, max_pauses=10):
    """The questions can be asked at the same time.

    Caught by: test_all_questions_are_answered_at_once
    """
    from asyncio import gather

    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        given = await gather(*(decide(one.value) for one in state.questions))
        state = await resume(
            {one.id: answer for one, answer in zip(state.questions, given, strict=True)}
        )
    return state.value


async def run_with_human__collects_all_answers(start, resume, decide, max_pauses=10):
    """The run needs all answers that were ever given.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses, answers = await start(), 0, {}
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        for one in state.questions:
            answers[one.id] = await decide(one.value)
        state = await resume(dict(answers))
    return state.value


async def run_with_human__one_dict(start, resume, decide, max_pauses=10):
    """One dict is enough, if it is emptied in between.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses, answers = await start(), 0, {}
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers.clear()
        for one in state.questions:
            answers[one.id] = await decide(one.value)
        state = await resume(answers)
    return state.value


async def run_with_human__gives_the_question(start, resume, decide, max_pauses=10):
    """The person gets the whole question.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        state = await resume({one.id: await decide(one) for one in state.questions})
    return state.value


async def run_with_human__returns_done(start, resume, decide, max_pauses=10):
    """Done is the result.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        state = await resume({one.id: await decide(one.value) for one in state.questions})
    return state


async def run_with_human__loops_while_there_is_no_value(start, resume, decide, max_pauses=10):
    """A run is over when it has a value.

    Caught by: test_the_value_of_done
    """
    state, pauses = await start(), 0
    while not getattr(state, "value", None):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        questions = getattr(state, "questions", ())
        state = await resume({one.id: await decide(one.value) for one in questions})
    return state.value


async def run_with_human__error_is_the_answer(start, resume, decide, max_pauses=10):
    """If a person fails, the answer is None.

    Caught by: test_errors_pass_through
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {}
        for one in state.questions:
            try:
                answers[one.id] = await decide(one.value)
            except Exception:
                answers[one.id] = None
        state = await resume(answers)
    return state.value


async def run_with_human__resumes_in_finally(start, resume, decide, max_pauses=10):
    """The run has to go on, whatever the person does.

    Caught by: test_errors_pass_through
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {}
        try:
            for one in state.questions:
                answers[one.id] = await decide(one.value)
        finally:
            state = await resume(answers)
    return state.value


async def run_with_human__reversed(start, resume, decide, max_pauses=10):
    """The last question is the most urgent one.

    Caught by: test_all_questions_are_answered_at_once
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {one.id: await decide(one.value) for one in reversed(state.questions)}
        state = await resume(answers)
    return state.value


async def run_with_human__answers_as_text(start, resume, decide, max_pauses=10):
    """What a person says is a text.

    Caught by: test_any_answer_is_an_answer
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {one.id: str(await decide(one.value)) for one in state.questions}
        state = await resume(answers)
    return state.value


async def run_with_human__wraps_errors(start, resume, decide, max_pauses=10):
    """The caller should know that a person was asked.

    Caught by: test_errors_pass_through
    """
    state, pauses = await start(), 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        try:
            answers = {one.id: await decide(one.value) for one in state.questions}
        except Exception as error:
            raise RuntimeError("nobody has answered") from error
        state = await resume(answers)
    return state.value


# stream_workflow


async def stream_workflow__every_node_speaks(parts, speaker):
    """All tokens are for the user.

    Caught by: test_only_the_speaker_speaks
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, _ = part
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__part_of_the_name(parts, speaker):
    """`in` says whether a node is the speaker.

    Caught by: test_only_the_speaker_speaks
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"].lower() not in speaker.lower():
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__whole_messages_again(parts, speaker):
    """A whole message is what the node says, so it is shown.

    Caught by: test_a_whole_message_after_its_chunks
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage):
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__chunks_only(parts, speaker):
    """What a model says comes in chunks.

    Caught by: test_a_whole_message_that_is_new
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                else:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__none_is_an_id(parts, speaker):
    """A message without an id is like all others without one.

    Caught by: test_a_whole_message_that_is_new
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__after_any_chunk(parts, speaker):
    """Once there were chunks, whole messages only repeat them.

    Caught by: test_a_whole_message_that_is_new
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or in_chunks:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__ids_of_all_nodes(parts, speaker):
    """An id that was in chunks was seen, no matter which node has streamed it.

    Caught by: test_a_whole_message_that_is_new
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__compares_texts(parts, speaker):
    """A whole message is new if its text was not in the chunks.

    Caught by: test_a_whole_message_that_is_new
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.text)
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or (
                    message.text in in_chunks or message.id in in_chunks - {None}
                ):
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__ids_of_texts_only(parts, speaker):
    """A chunk without text says nothing, not even its id.

    Caught by: test_a_whole_message_after_its_chunks
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    if not message.text:
                        continue
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__last_id_only(parts, speaker):
    """The whole message comes right after its chunks.

    Caught by: test_a_whole_message_after_its_chunks
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks = {message.id}
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__all_kinds(parts, speaker):
    """All that the speaker's node gives is shown.

    Caught by: test_messages_of_other_kinds
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__content(parts, speaker):
    """The content of a message is its text.

    Caught by: test_content_of_other_kinds
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.content:
                    yield {"type": "token", "content": message.content}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__empty_tokens(parts, speaker):
    """A token is a token, even without text.

    Caught by: test_each_token_comes
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__blank_tokens(parts, speaker):
    """A token of white space shows nothing.

    Caught by: test_each_token_comes
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text.strip():
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__equal_tokens(parts, speaker):
    """A token like the one before is a repetition.

    Caught by: test_each_token_comes
    """
    before = None
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text and message.text != before:
                    before = message.text
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__updates_have_the_text(parts, speaker):
    """The texts of a node are in its update.

    Caught by: test_updates_are_not_read
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
                        if isinstance(update, dict):
                            for message in update.get("messages", ()):
                                yield {"type": "token", "content": message.text}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__empty_updates(parts, speaker):
    """A node that returns nothing has done nothing.

    Caught by: test_each_step_is_told
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    elif update:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__first_of_the_updates(parts, speaker):
    """An update is about one node.

    Caught by: test_each_step_is_told
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in list(part.items())[:1]:
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__interrupt_is_a_step(parts, speaker):
    """An interrupt is a step, too.

    Caught by: test_a_question_is_asked
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__first_question(parts, speaker):
    """A pause has one question.

    Caught by: test_a_question_is_asked
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update[:1]:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__complete_after_a_pause(parts, speaker):
    """Nothing more comes, so it is complete.

    Caught by: test_a_question_is_asked
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__ends_at_a_question(parts, speaker):
    """A run that asks has nothing more to say.

    Caught by: test_a_question_is_asked
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        await aclose_source(parts)
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__question_without_id(parts, speaker):
    """The user only needs the question.

    Caught by: test_a_question_is_asked
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__only_texts_are_questions(parts, speaker):
    """A question is a text.

    Caught by: test_a_question_is_asked
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": str(item.value)}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__progress_without_a_key(parts, speaker):
    """What a node writes is an event already.

    Caught by: test_progress_is_passed_on
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield part if isinstance(part, dict) else {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__only_true_progress(parts, speaker):
    """Progress that is empty says nothing.

    Caught by: test_progress_is_passed_on
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom" and part:
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__others_are_progress(parts, speaker):
    """What is left is progress.

    Caught by: test_other_modes
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            else:
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__others_are_errors(parts, speaker):
    """A mode that nobody knows is a mistake.

    Caught by: test_other_modes
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
            else:
                raise ValueError(mode)
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__error_passes(parts, speaker):
    """An error is for the caller.

    Caught by: test_an_error_is_told
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__shows_the_error(parts, speaker):
    """The user should know what went wrong.

    Caught by: test_an_error_is_told
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception as error:
        last = {"type": "error", "message": str(error) or "?"}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__shows_the_kind_of_error(parts, speaker):
    """The name of an error gives nothing away.

    Caught by: test_an_error_is_told
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception as error:
        last = {"type": "error", "message": type(error).__name__}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__says_nothing(parts, speaker):
    """The type says that it is an error.

    Caught by: test_an_error_is_told
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": ""}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__error_then_complete(parts, speaker):
    """The last event is always complete.

    Caught by: test_an_error_is_told
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__only_connection_errors(parts, speaker):
    """What can go wrong is the connection.

    Caught by: test_an_error_is_told
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except (OSError, ValueError):
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__bare_except(parts, speaker):
    """Whatever goes wrong, the page hears of it.

    Caught by: test_what_is_no_exception_passes
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except BaseException as error:
        if isinstance(error, GeneratorExit):
            raise
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__in_finally(parts, speaker):
    """The last event always comes, so it stands in finally.

    Caught by: test_it_is_lazy
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
        yield last


async def stream_workflow__not_closed(parts, speaker):
    """The loop closes its source.

    Caught by: test_it_is_closed
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    yield last


async def stream_workflow__closed_at_the_end(parts, speaker):
    """The source is closed after the loop.

    Caught by: test_it_is_closed
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    await aclose_source(parts)
    yield last


async def stream_workflow__closed_after_the_last_event(parts, speaker):
    """The source is closed when all is said.

    Caught by: test_it_is_closed
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    yield last
    await aclose_source(parts)


async def stream_workflow__reads_all_first(parts, speaker):
    """First read everything, then translate.

    Caught by: test_it_is_lazy
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        for mode, part in [one async for one in parts]:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__must_be_closable(parts, speaker):
    """Every stream can be closed.

    Caught by: test_what_cannot_be_closed
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await parts.aclose()
    yield last


async def stream_workflow__ids_in_a_global(parts, speaker):
    """The ids are kept, for a message may come again later.

    Caught by: test_a_whole_message_that_is_new
    """
    in_chunks = stream_workflow.__dict__.setdefault("seen", set())
    last = {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    yield last


async def stream_workflow__no_complete(parts, speaker):
    """The end of the stream is its end.

    Caught by: test_only_the_speaker_speaks
    """
    in_chunks, last = set(), {"type": "complete"}
    try:
        async for mode, part in parts:
            if mode == "messages":
                message, metadata = part
                if metadata["langgraph_node"] != speaker:
                    continue
                if isinstance(message, AIMessageChunk):
                    in_chunks.add(message.id)
                elif not isinstance(message, AIMessage) or message.id in in_chunks - {None}:
                    continue
                if message.text:
                    yield {"type": "token", "content": message.text}
            elif mode == "updates":
                for name, update in part.items():
                    if name == "__interrupt__":
                        for item in update:
                            yield {"type": "question", "id": item.id, "value": item.value}
                            last = {"type": "paused"}
                    else:
                        yield {"type": "step", "name": name}
            elif mode == "custom":
                yield {"type": "progress", "data": part}
    except Exception:
        last = {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(parts)
    if last["type"] != "complete":
        yield last
