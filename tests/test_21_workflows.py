"""Lesson 21: Workflows.

One class for each task. `answers` are the functions to be graded, `text` makes words that differ
from seed to seed, and time is virtual. Steps, judges and runs are played by functions of the tests,
which note what they are asked.
"""

from __future__ import annotations

import asyncio
import inspect
import string
from typing import Any, ClassVar

from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from course.fakes.script import Hang
from course.fakes.sources import AsyncSource
from course.fakes.text import WORDS
from course.grade.differences import same_value
from course.grade.expect import Words, keeps
from course.grade.scenarios import (
    FEW_TEXTS,
    LONG,
    TEXTS,
    VALUES,
    Ending,
    Stop,
    Stranger,
    any_text,
    any_value,
    each,
)
from course.grade.stream_checks import (
    cancel_while_it_waits,
    cancelled_while_it_waits,
    check_closed,
    check_lazy,
    check_not_ahead,
    check_nothing_runs_on,
)
from course.grade.stream_promises import AT_THE_END, StreamPromises, acheck_apart
from course.grade.value_checks import Explained, check_repeats, unchanged

KEEPS = StreamPromises()
STOPPED = "CancelledError is how a task is told to stop. Catch Exception, and nothing wider."
SAME_ERROR = "An error passes as it is: not wrapped, not replaced and not turned into a result."
TOO_OFTEN = 40
"""How often one function may be called in one test. More is a loop without a bound."""


def word(text):
    """One of a few words: a test may need more of them than `text` has."""
    return text.random.choice(WORDS)


async def outcome(awaitable):
    """What it returns, and what it raises."""
    try:
        return await awaitable, None
    except NotImplementedError:
        raise
    except (Exception, Stop, asyncio.CancelledError) as error:
        return None, error


def same_error(came, wanted):
    """Whether an error is this one; it may have been copied on its way."""
    return type(came) is type(wanted) and came.args == wanted.args


DOUBLE = "a step that is run again leaves its findings twice"
RECORDS = "two findings with one id are both kept, since their texts differ"
EARLIER = "an old version that comes late replaces the newer one"
NEWER = "a newer version does not replace the old one"
EQUAL = "of two equal versions, the later one stays"
ORDER = "the ids are not in the order in which they first came"
MOVED = "a newer version does not stand where the old one stood"


class TestMergeFindings(Explained):
    """Each id stays once, in its newest version, where it first came."""

    WHY: ClassVar = {
        "it gives no list of findings": "A reducer gives what the state holds: a list.",
        DOUBLE: "After a pause a step may run a second time, with the same findings. Join by id.",
        RECORDS: "The id says what a finding is about. Its text may change.",
        EARLIER: "Branches do not end in the order of their versions. Compare the versions before "
        "you replace anything.",
        NEWER: "The highest version stays, wherever it comes from.",
        EQUAL: "The one that came first stays: replace it only if the new version is higher.",
        "an id that comes twice in one list is not joined": "The same rule holds within a list: "
        "look at all findings of both lists, one by one.",
        "a finding is lost": "Each id of both lists is in the result.",
        "a finding comes that was in neither list": "Findings are handed on as they are.",
        ORDER: "First the ids of `left`, in their order, then new ones of `right`.",
        MOVED: "A dict keeps a key where it first came, if only its value is replaced.",
        "the result is the list that it was given": "The next step adds to the result. It must not "
        "change what others still hold. Make a new list.",
        "two calls share one list": "Each call is on its own: make a new list in each.",
        "it depends on the grouping": "Branches are joined in any grouping, so it must not matter.",
    }

    def model(self, findings):
        """What should come of (id, text, version): slow, but easy to see."""
        ids = [
            id_
            for at, (id_, *_) in enumerate(findings)
            if id_ not in next(zip(*findings[:at], strict=True), ())
        ]
        chosen = []
        for id_ in ids:
            mine = [one for one in findings if one[0] == id_]
            highest = max(version for *_, version in mine)
            chosen.append(next(one for one in mine if one[2] == highest))
        return chosen

    def merge(self, answers, left, right, problem=""):
        """Merge (id, text, version), and check what comes."""
        wanted = self.model([*left, *right])
        one, other = ([answers.Finding(*item) for item in some] for some in (left, right))
        with unchanged(left=one, right=other):
            got = answers.merge_findings(one, other)
        is_list = isinstance(got, list) and all(isinstance(x, answers.Finding) for x in got)
        self.must(is_list, "it gives no list of findings", Words("a list of findings"), got)
        found = [(x.id, x.text, x.version) for x in got]
        right_one = [answers.Finding(*item) for item in wanted]
        must = self.against(right_one, got)
        ids, all_ids = [id_ for id_, *_ in found], [id_ for id_, *_ in wanted]
        must(set(all_ids) <= set(ids), problem or "a finding is lost")
        same = len(set(found)) < len(found)
        must(len(set(ids)) == len(ids), problem or (DOUBLE if same else RECORDS))
        must(set(ids) <= set(all_ids), "a finding comes that was in neither list")
        by_id = {item[0]: item for item in wanted}
        for item in found:
            mine = by_id[item[0]]
            must(item[2] >= mine[2], problem or (NEWER if mine in right else EARLIER))
            must(item[1] == mine[1] or item[2] != mine[2], problem or EQUAL)
            must(item == mine, "a finding comes that was in neither list")
        twice = {id_ for id_ in ids if [x for x, *_ in (*left, *right)].count(id_) > 1}
        others = [[x for x in some if x not in twice] for some in (ids, all_ids)]
        is_moved = others[0] == others[1] and ids != sorted(ids)
        must(ids == all_ids, MOVED if is_moved else ORDER)
        return got

    @keeps(1)
    def test_a_step_that_runs_again(self, answers, text):
        left = [("a", word(text), 1), ("b", word(text), 0)]
        right = [("c", word(text), 0), ("d", word(text), 2)]
        self.merge(answers, [*left, *right], right, DOUBLE)
        self.merge(answers, left, left, DOUBLE)

    @keeps(1)
    def test_the_id_says_what_it_is(self, answers, text):
        left = [("a", word(text) + "1", 1), ("b", word(text), 1)]
        self.merge(answers, left, [("a", word(text) + "2", 1)])
        got = self.merge(answers, left, [("a", word(text) + "3", 4)])
        self.must(len(got) == 2, RECORDS)

    @keeps(3)
    def test_it_is_a_new_list(self, answers, text):
        for left, right in ((1, 0), (0, 1), (0, 0), (2, 2)):
            one, other = (
                [answers.Finding(f"{name}{n}", word(text)) for n in range(count)]
                for name, count in (("a", left), ("b", right))
            )
            got = answers.merge_findings(one, other)
            self.must(isinstance(got, list), "it gives no list of findings", Words("a list"), got)
            got.append(answers.Finding("new", word(text)))
            is_new = (len(one), len(other)) == (left, right)
            problem = "the result is the list that it was given"
            self.in_words(is_new, problem, "a new list", "one of the two lists")
            again, third = (answers.merge_findings(one, other) for _ in range(2))
            third.append(answers.Finding("new", word(text)))
            self.must(len(again) == left + right, "two calls share one list", [*one, *other], again)

    @keeps(1)
    def test_an_old_version_comes_late(self, answers, text):
        for high, low in ((2, 1), (1, 0), (0, -1), (10, 9), (10**9, 3)):
            new, old = ("a", word(text) + "1", high), ("a", word(text) + "2", low)
            self.merge(answers, [new], [old], EARLIER)
            self.merge(answers, [("b", "b", 0), new], [("c", "c", 5), old], EARLIER)

    @keeps(1)
    def test_a_newer_version_replaces(self, answers, text):
        for low, high in ((0, 1), (9, 10), (-2, -1), (3, 7)):
            old, new = ("a", word(text) + "1", low), ("a", word(text) + "2", high)
            self.merge(answers, [old], [new], NEWER)

    @keeps(1)
    def test_an_id_comes_twice_in_one_list(self, answers, text):
        problem = "an id that comes twice in one list is not joined"
        twice = [("a", word(text) + "1", 1), ("b", "b", 0), ("a", word(text) + "2", 3)]
        for left, right in ((twice, []), ([], twice), ([("c", "c", 0)], twice), (twice, twice)):
            self.merge(answers, left, right, problem)

    @keeps(1)
    def test_equal_versions(self, answers, text):
        for version in (0, 1, 7):
            first, second = (("a", f"{word(text)}{n}", version) for n in (2, 1))
            self.merge(answers, [first], [second], EQUAL)
            self.merge(answers, [first, second], [], EQUAL)
            self.merge(answers, [("a", "old", version - 1)], [first, second], EQUAL)

    @keeps(2)
    def test_the_order_stays(self, answers, text):
        letters = text.random.sample(string.ascii_letters, 6)
        found = [(letter, word(text), 0) for letter in letters]
        self.merge(answers, found[:3], found[3:])
        self.merge(answers, found[3:], found[:3])
        for at in range(3):
            newer = (letters[at], word(text) + "!", 5)
            self.merge(answers, found[:4], [newer, *found[4:]])
        self.merge(answers, [], [*found, (letters[0], "new", 1)])

    @keeps(3)
    def test_nothing_is_kept(self, answers, text):
        one, other = (
            [answers.Finding(name, word(text), version) for name in "abc"] for version in (0, 3)
        )
        check_repeats(lambda left: answers.merge_findings(left, []), one, other)

    def test_any_findings(self, search):
        def promise(answers, left, right, more):
            merged = self.merge(answers, left, right)
            again = [answers.Finding(*item) for item in right]
            self.equal(answers.merge_findings(merged, again), merged, DOUBLE)
            last = [answers.Finding(*item) for item in more]
            first = [answers.Finding(*item) for item in left]
            grouped = answers.merge_findings(merged, last)
            tail = answers.merge_findings(again, last)
            other = answers.merge_findings(first, tail)
            self.equal(other, grouped, "it depends on the grouping")

        texts = st.sampled_from(("x", "y", ""))
        ids = st.sampled_from(("a", "b", "A", "", "a ", "10", "9"))
        finding = st.tuples(ids, texts, st.sampled_from((0, 0, 1, 2, -1)))
        some = st.lists(finding, max_size=8)
        always = (
            *each(left=tuple([(x, "1", 0), ("b", "2", 1)] for x in FEW_TEXTS), right=[], more=[]),
            *each(left=[("a", "1", 0)], right=tuple([("a", x, 1)] for x in FEW_TEXTS), more=[]),
            {"left": [(str(n), "x", n) for n in range(300)], "right": [], "more": []},
        )
        search(promise, *always, left=some, right=some, more=some)


GATE = "an output that the gate has refused is passed on"
INPUT = "the next try gets another input"
AGAIN = "after a refusal, steps that have passed run again"
REASON = "a step is not told why its output was refused"
OLD_REASON = "a step is told a reason that is not about its last output"
EMPTY = 'the reason "" lets an output through'
TRIES = "a step is asked more often than `tries` times"
FEW = "a step is not asked as often as it may be"
NAME_CALLED = "the name of a step is called in place of the step"


class TestRunChain(Explained):
    """Steps run one after the other, and none goes on with what its gate has refused."""

    WHY: ClassVar = {
        "a step does not get what the step before it gave": "The output that has passed is the "
        "input of the next step; the first one gets `text`.",
        "the steps do not run in order": "steps.items() has names and steps in their order.",
        NAME_CALLED: "A mapping in a loop gives its keys, which are the names. steps.items() gives "
        "the functions, too.",
        "a step is left out": "Each step runs, if all before it have passed.",
        "the result is not what the last step gave": "Return the last output that has passed; "
        "without steps, that is `text`.",
        "an output is not checked, or checked more than once": "Ask check(name, output) once after "
        "each try: a gate may cost money, too.",
        "the gate is asked about something else": "It gets the name of the step and its output.",
        GATE: "Ask the same step again. Only an output that has passed goes on.",
        INPUT: "The step gets the same text as before. Only its feedback is new.",
        AGAIN: "What has passed stays. Only the step whose output was refused is asked again.",
        REASON: "What check says is the feedback of the next try.",
        OLD_REASON: "Feedback is about the last output of this very step. On its first try it is "
        "empty.",
        EMPTY: "Only None lets an output through. Compare with `is None`.",
        TRIES: "The first time counts: tries=1 means that there is no second one.",
        FEW: "A step is asked again until it has passed, at most `tries` times in all.",
        "a chain goes on, or ends well, after its last refusal": "What was refused is not used. "
        "Raise GateError.",
        "a step runs after the chain has failed": "GateError ends the chain.",
        "GateError has another step": "`step` is the name of the step that was refused.",
        "GateError has another reason": "`reason` is what the gate said last.",
        "GateError has the refused text": "`partial` is what can be used: the last text that has "
        "passed, which is the input of this step.",
        "an error of a step or of the gate does not pass": SAME_ERROR,
        "a cancellation is swallowed": STOPPED,
        "a wrong number of tries is accepted": "Less than one try asks nobody. Raise ValueError "
        "before any step runs.",
        "a step is asked before the arguments are checked": "Look at `tries` first.",
    }

    def play(self, plan, log):
        """Steps and a gate for a plan: for each name, the reasons for its first outputs."""
        counts: dict[str, int] = dict.fromkeys((name for name, _ in plan), 0)
        checked = dict(counts)
        reasons = dict(plan)

        def step_of(name):
            async def step(text, feedback):
                self.must(len(log) < TOO_OFTEN * 2, TRIES, Words("an end"), Words("no end"))
                counts[name] += 1
                output = f"{text}/{name}{counts[name]}"
                log.append(("step", name, text, feedback, output))
                await asyncio.sleep(0)
                return output

            return step

        def check(name, output):
            log.append(("check", name, output))
            at = checked.get(name, 0)
            checked[name] = at + 1
            return reasons[name][at] if at < len(reasons.get(name, ())) else None

        return {name: step_of(name) for name, _ in plan}, check

    def course(self, plan, text, tries):
        """What happens, as the contract says it: the log, the result, and what GateError has."""
        log = []
        for name, reasons in plan:
            feedback = ""
            for at in range(tries):
                output = f"{text}/{name}{at + 1}"
                log += [("step", name, text, feedback, output), ("check", name, output)]
                if at >= len(reasons):
                    text = output
                    break
                feedback = reasons[at]
            else:
                return log, None, (name, feedback, text)
        return log, text, None

    async def run(self, answers, plan, text, tries=None, problem=""):
        """Run a chain, and compare all that happens with the contract."""
        log = []
        steps, check = self.play(plan, log)
        options = {} if tries is None else {"tries": tries}
        wanted, result, refusal = self.course(plan, text, tries or 2)
        with unchanged(steps=steps):
            got, error = await outcome(answers.run_chain(steps, check, text, **options))
        called = isinstance(error, TypeError) and "'str' object is not callable" in str(error)
        self.must(not called, NAME_CALLED, Words("a call of the step"), Words(str(error)))
        if error is not None and not isinstance(error, answers.GateError):
            raise error
        self.look(log, wanted, problem)
        if refusal is None:
            if error is not None:
                raise error
            self.equal(got, result, "the result is not what the last step gave")
            return
        name, reason, partial = refusal
        over = "a chain goes on, or ends well, after its last refusal"
        came = Words("GateError") if error else got
        self.must(error is not None, over, Words("GateError"), came)
        self.equal(error.step, name, "GateError has another step")
        self.equal(error.reason, reason, "GateError has another reason")
        self.equal(error.partial, partial, "GateError has the refused text")

    def look(self, log, wanted, problem):
        """Compare what was asked, and name the difference."""
        if log == wanted:
            return
        calls = [one[1:4] for one in log if one[0] == "step"]
        right = [one[1:4] for one in wanted if one[0] == "step"]

        def shown(calls):
            return Words("; ".join(f"{name}({text!r}, {said!r})" for name, text, said in calls))

        must = self.against(shown(right), shown(calls))
        passed = {text for _, text, _ in right}
        outputs = {one[-1] for one in wanted if one[0] == "step"}
        for at, (name, text, feedback) in enumerate(calls):
            asked = [one for one, *_ in calls[:at]]
            if at >= len(right):
                must(name not in asked[:-1] or name == asked[-1], problem or AGAIN)
                must(not asked or name != asked[-1], problem or TRIES)
                must(False, problem or "a step runs after the chain has failed")
            wanted_name, wanted_text, wanted_said = right[at]
            if (name, text, feedback) == (wanted_name, wanted_text, wanted_said):
                continue
            if name != wanted_name:
                must(name not in asked or name == asked[-1], problem or AGAIN)
                must(name not in asked, problem or TRIES)
                is_next = asked and asked[-1] == wanted_name
                must(not is_next, problem or (GATE if text in outputs - passed else FEW))
                must(False, problem or "the steps do not run in order")
            if text != wanted_text:
                refused = text in outputs - passed
                must(not refused or not asked or asked[-1] != name, problem or INPUT)
                must(not refused, problem or GATE)
                must(not asked or asked[-1] != name, problem or INPUT)
                must(False, problem or "a step does not get what the step before it gave")
            if feedback != wanted_said:
                must(not wanted_said or feedback == wanted_said or feedback, problem or REASON)
                must(False, problem or OLD_REASON)
        if len(calls) < len(right):
            asked = [one for one, *_ in calls]
            must(right[len(calls)][0] not in asked, problem or FEW)
            must(False, problem or "a step is left out")
        checks = [one[1:] for one in log if one[0] == "check"]
        right_checks = [one[1:] for one in wanted if one[0] == "check"]
        must = self.against(right_checks, checks)
        must(
            len(checks) == len(right_checks), "an output is not checked, or checked more than once"
        )
        must(checks == right_checks, "the gate is asked about something else")
        must(False, "an output is not checked, or checked more than once")

    def names(self, text, count):
        return text.random.sample(string.ascii_lowercase, count)

    @keeps(1)
    async def test_steps_run_in_order(self, answers, text):
        for count in (1, 3, 5):
            plan = [(name, []) for name in self.names(text, count)]
            await self.run(answers, plan, word(text))
        await self.run(answers, [], text.sentence())
        await self.run(answers, [], "")

    @keeps(2, 3)
    async def test_a_refused_output_does_not_go_on(self, answers, text):
        one, two, three = self.names(text, 3)
        reason = text.sentence()
        await self.run(answers, [(one, [reason]), (two, []), (three, [])], word(text))
        await self.run(answers, [(one, []), (two, [reason]), (three, [])], word(text))
        await self.run(answers, [(one, []), (two, []), (three, [reason])], word(text))

    @keeps(3)
    async def test_a_reason_may_be_empty(self, answers, text):
        one, two = self.names(text, 2)
        for reason in ("", " ", "0", "None"):
            problem = EMPTY if not reason else ""
            await self.run(answers, [(one, [reason]), (two, [])], word(text), problem=problem)

    @keeps(3)
    async def test_each_step_has_its_own_feedback(self, answers, text):
        one, two, three = self.names(text, 3)
        reasons = [f"{text.sentence()} {number}" for number in range(4)]
        plan = [(one, reasons[:2]), (two, []), (three, reasons[2:])]
        await self.run(answers, plan, word(text), 3)

    @keeps(3, 4)
    async def test_each_number_of_tries(self, answers, text):
        one, two, three = self.names(text, 3)
        for tries in (None, 1, 2, 3, 5):
            most = tries or 2
            reasons = [f"{word(text)} {number}" for number in range(most + 2)]
            for count in (most - 1, most, most + 1):
                plan = [(one, []), (two, reasons[:count]), (three, [])]
                await self.run(answers, plan, word(text), tries)

    @keeps(4)
    async def test_the_first_and_the_last_step_may_fail(self, answers, text):
        one, two = self.names(text, 2)
        reasons = [word(text) + "1", word(text) + "2"]
        await self.run(answers, [(one, reasons), (two, [])], word(text))
        await self.run(answers, [(one, []), (two, reasons)], word(text))
        await self.run(answers, [(one, reasons[:1]), (two, reasons)], word(text))

    @keeps(5)
    async def test_errors_pass_through(self, answers, text):
        errors = [kind(word(text)) for kind in (ConnectionError, ValueError, Stranger, Stop)]
        for error in (*errors, asyncio.CancelledError()):
            for place in ("step", "check"):
                asked = []

                async def step(given, feedback, asked=asked, error=error, place=place):
                    asked.append(given)
                    self.must(len(asked) < TOO_OFTEN, TRIES, Words("an end"), Words("no end"))
                    if place == "step":
                        raise error
                    return given

                def check(name, output, error=error, place=place):
                    if place == "check":
                        raise error

                _, came = await outcome(answers.run_chain({"a": step}, check, word(text), 3))
                problem = "an error of a step or of the gate does not pass"
                once = len(asked) == 1
                same = same_error(came, error) and once
                shown = repr(came) if once else Words(f"the step is asked {len(asked)} times")
                self.must(same, problem, repr(error), shown)

    @keeps(5)
    async def test_it_can_be_cancelled(self, answers, text):
        async def step(given, feedback):
            await asyncio.sleep(60)
            return given

        running = answers.run_chain({"a": step}, lambda name, output: None, word(text))
        passed = await cancelled_while_it_waits(running)
        self.must(passed, "a cancellation is swallowed", Words("CancelledError"))

    async def test_wrong_arguments(self, answers, text):
        for tries in (0, -1, -10):
            for plan in ([("a", []), ("b", [])], []):
                log = []
                steps, check = self.play(plan, log)
                _, error = await outcome(answers.run_chain(steps, check, word(text), tries))
                problem = "a step is asked before the arguments are checked"
                self.must(not log, problem, Words("ValueError"), Words("a call of a step"))
                if error is not None and not isinstance(error, ValueError):
                    raise error
                problem = "a wrong number of tries is accepted"
                self.must(error is not None, problem, Words("ValueError"), Words("no error"))

    def test_any_chain(self, search):
        async def promise(answers, clock, plan, tries, text):
            named = [(f"s{number}", reasons) for number, reasons in enumerate(plan)]
            await self.run(answers, named, text, tries)
            if len(named) > 1:
                await self.run(answers, named[::-1], text, tries)

        reason = st.sampled_from(("", "too long", "no", " ", "too long"))
        reasons = st.lists(reason, max_size=4)
        plans = st.lists(reasons, max_size=4)
        always = (
            *each(plan=[[], ["no"], []], tries=2, text=FEW_TEXTS),
            *each(plan=tuple([[], [one] * 2, []] for one in FEW_TEXTS), tries=3, text="a"),
            {"plan": [[]] * 30, "tries": 1, "text": LONG},
        )
        search(promise, *always, plan=plans, tries=st.integers(1, 4), text=any_text())


WITHIN = "part of a longer word is taken for a route"
BEHIND_HYPHEN = "part of a name with - or _ is taken for a route"
PATTERN = "a character of a route has a meaning of its own"
FIRST = "several routes are named, and one of them is taken"
AROUND = "a route is not found in what the model has put around it"
CAPITALS = "capitals make a difference"


class TestPickRoute(Explained):
    """One route is named and taken, or it is the default."""

    WHY: ClassVar = {
        WITHIN: "`in` finds a text in the middle of a word. Look at the characters before and "
        "behind it.",
        BEHIND_HYPHEN: r"For \b, a word ends at a hyphen. Here, `refund-policy` is another name.",
        PATTERN: "In a regular expression, `.` and `+` mean something else. re.escape takes care "
        "of that.",
        FIRST: "Nobody knows which one was meant. That is what the default is for.",
        AROUND: "Models write sentences, quotes, lists and JSON. Everything may stand around a "
        "name, but for letters, digits, `_` and `-`.",
        "a route that is named several times is not taken": "It is still one route.",
        CAPITALS: "Compare without regard to capitals, on both sides.",
        "the route is not spelled as in `routes`": "A graph knows its nodes by their exact names.",
        "no route is named, and the default is not taken": "Without a route, return `default`.",
        "a route that is next to a sign is not found": r"\b asks for a letter at the edge of the "
        "route. A route may begin and end with a sign.",
        "an error is raised": "An edge of a graph must lead somewhere. Return `default`.",
        "only the first place is looked at": "A route may stand in a longer word first, and as a "
        "whole later.",
        "the answer is not what the docstring says": "Look at the characters before and behind "
        "each place where a route stands.",
    }

    def model(self, answer, routes, default):
        """One place after the other, one character before and one behind."""

        def is_open(edge):
            return not edge or not (edge.isalnum() or edge in "_-")

        low = answer.lower() if answer.isascii() else answer
        named = []
        for route in routes:
            small = route.lower() if answer.isascii() else route
            for at in range(len(low)):
                behind = at + len(small)
                before, after = low[at - 1 : at] if at else "", low[behind : behind + 1]
                if low[at:behind] == small and is_open(before) and is_open(after):
                    named.append(route)
                    break
        return named[0] if len(named) == 1 else default

    def pick(self, answers, answer, routes, wanted, problem, default="other"):
        """Pick a route, and compare."""
        with unchanged(routes=routes), self.never(Exception, "an error is raised", wanted):
            got = answers.pick_route(answer, routes, default)
        if wanted != default and got != wanted and str(got).lower() == str(wanted).lower():
            problem = "the route is not spelled as in `routes`"
        if got == default != wanted and problem in (WITHIN, BEHIND_HYPHEN, PATTERN):
            problem = AROUND
        self.equal(got, wanted, problem)

    @keeps(1)
    def test_a_part_of_a_word_is_another_word(self, answers, text):
        name = word(text)
        for answer in (f"{name}s", f"x{name}", f"The {name}ing", f"{name}2", f"7{name}"):
            self.pick(answers, answer, [name, "shipping"], "other", WITHIN)
        for answer in (f"{name}é", f"ß{name}", f"{name}漢", f"{name}²", f"ж{name}", f"{name}œ"):
            self.pick(answers, answer, [name, "shipping"], "other", WITHIN)
        self.pick(answers, "start", ["art", "star", "tar"], "other", WITHIN)
        self.pick(answers, "Please start", ["art", "start", "tar"], "start", WITHIN)

    @keeps(1)
    def test_hyphens_join_words(self, answers, text):
        name = word(text)
        for answer in (f"{name}-x", f"x-{name}", f"{name}_x", f"_{name}", f"{name}-", f"-{name}"):
            self.pick(answers, answer, [name, "shipping"], "other", BEHIND_HYPHEN)
        routes = [name, f"{name}-status", f"{name}_status"]
        for route in routes:
            self.pick(answers, f"It is {route}.", routes, route, BEHIND_HYPHEN)

    @keeps(1)
    def test_what_stands_around_it(self, answers, text):
        name = word(text)
        for form in ("{}", "**{}**", "`{}`", '"{}"', '{{"route": "{}"}}', "Route: {}.", "\n{}\n"):
            self.pick(answers, form.format(name), [name, "shipping"], name, AROUND)
        for form in (
            "# {}",
            "({})",
            "- {}",
            "/{}/",
            "«{}»",
            "“{}”",
            "「{}」",
            "{}!",
            "1.{}",
            "—{}—",
        ):
            self.pick(answers, form.format(name), [name, "shipping"], name, AROUND)
        for form in ("\u00a0{}\u00a0", "{}\u0301", "\u200b{}\u200b", "\t{}\r\n", "{}👋", "x\x00{}"):
            self.pick(answers, form.format(name), [name, "shipping"], name, AROUND)

    @keeps(1)
    def test_signs_in_a_route(self, answers, text):
        name = word(text)
        for route, answer in (
            (f"{name}.v2", f"{name}xv2"),
            (f"{name}+", name),
            (f"{name}*", name[:-1]),
            (f"({name})", name),
            (f"[{name}]", name[0]),
            (f"a|{name}", "a"),
            (f"^{name}", name),
            (f"{name}?", name),
        ):
            self.pick(answers, f"I say {answer}.", [route, "shipping"], "other", PATTERN)
            self.pick(answers, f"I say {route}!", [route, "shipping"], route, PATTERN)
        problem = "a route that is next to a sign is not found"
        for route in ("c++", "q&a", ".net", "#1", "a b", "+", "?!", "\\d", "(", "[a"):
            self.pick(answers, f"Try {route} now", [route, "zzz"], route, problem)
            self.pick(answers, f"Try x{route}x now", [route, "zzz"], "other", WITHIN)

    @keeps(1)
    def test_it_stands_as_a_whole_later(self, answers, text):
        name = word(text)
        problem = "only the first place is looked at"
        for answer in (f"{name}s, {name}", f"x{name} {name}", f"{name}-a, {name}-b, ({name})"):
            self.pick(answers, answer, [name, "shipping"], name, problem)

    @keeps(2)
    def test_capitals_do_not_matter(self, answers, text):
        name = word(text)
        for route in (name, name.upper(), name.title()):
            for answer in (name, name.upper(), name.title(), name.swapcase()):
                self.pick(answers, f"So: {answer}", [route, "x y"], route, CAPITALS)
        self.pick(answers, "QA.V2", ["qa.v2"], "qa.v2", CAPITALS)
        self.pick(answers, "HÉROS-Z", ["Z"], "other", BEHIND_HYPHEN)

    @keeps(3, 4)
    def test_several_are_named(self, answers, text):
        one, two, three = "billing", "shipping", "repair"
        routes = [one, two, three]
        text.random.shuffle(routes)
        for answer in (f"{one} or {two}", f"not {one}, but {two}", f"{three}/{one}/{two}"):
            self.pick(answers, answer, routes, "other", FIRST)
        self.pick(answers, f"{one.upper()}, {two}", routes, "other", FIRST)
        self.pick(answers, "c++", ["c", "c++"], "other", FIRST)
        self.pick(answers, f"{one} {two}", [f"{one} {two}", one], "other", FIRST)

    @keeps(3)
    def test_one_is_named_often(self, answers, text):
        name = word(text)
        problem = "a route that is named several times is not taken"
        for answer in (f"{name}, {name}", f"{name.upper()}: yes, {name}!", f"{name} " * 9):
            self.pick(answers, answer, [name, "shipping"], name, problem)

    @keeps(4)
    def test_none_is_named(self, answers, text):
        problem = "no route is named, and the default is not taken"
        for answer in ("", " ", "\n", "I do not know.", "{}", "null", "*", "[", "\\", "other"):
            self.pick(answers, answer, ["billing", "shipping"], "other", problem)
            self.pick(answers, answer, [], "other", problem)
        default = text.secret()
        self.pick(answers, text.sentence(), ["q&a"], default, problem, default)
        self.pick(answers, "nothing", ["billing"], "", problem, "")
        self.pick(answers, "billing", ["billing", "shipping"], "billing", AROUND, "shipping")
        self.pick(answers, "nothing", ["billing", "shipping"], "shipping", problem, "shipping")

    def test_any_answer(self, search):
        def promise(answers, parts, routes):
            answer = "".join(parts)
            wanted = self.model(answer, routes, "no")
            self.pick(
                answers, answer, routes, wanted, "the answer is not what the docstring says", "no"
            )

        known = ("art", "Start", "c++", "c", "a b", "q.a", "qxa", "x_y", "re-do", ".", "b")
        around = (" ", "-", "_", "x", "7", ".", "+", ", ", "\n", "*", "(", ")", '"', "  ", "/")
        strange = ("é", "漢", "\u0301", "👋", "\u00a0", "²", "ж")
        parts = st.lists(st.sampled_from((*known, *known, *around, *around, *strange)), max_size=7)
        routes = st.lists(st.sampled_from(known), max_size=4, unique_by=str.lower)
        edges = (*around, *strange, "\x00", "\u200b", "—", "'", "`", "Z", "A", "0", "")
        always = (
            *each(parts=tuple([edge, "art"] for edge in edges), routes=["art", "b"]),
            *each(parts=tuple(["art", edge] for edge in edges), routes=["art", "b"]),
            {"parts": ["art", "x "] * 2000, "routes": ["art", "b"]},
            {"parts": ["x art"] * 2000 + [" art"], "routes": ["b", "art"]},
        )
        search(promise, *always, parts=parts, routes=routes)


NO_JOIN = "nothing is left to do, and the graph would end without its last step"
TOO_EARLY = "a section is assigned although it needs what is not done"
TWICE = "a section that is done is assigned again"
LIMIT = "more is assigned than the limit allows"
MISSING = "a section that could be written is left out"
CONTEXT = "a worker gets more than what its section needs"
CIRCLE = "some sections wait forever, and nobody is told"


class TestAssignWork(Explained):
    """What can be written now is assigned, and the end is told from a circle."""

    WHY: ClassVar = {
        NO_JOIN: 'An edge that gives an empty list ends the graph without an error. Return "join".',
        "it joins although sections are left": 'Only if each section is in `done`, return "join".',
        "it gives neither a list nor a word": "Return a list of Assignments, or the word join.",
        "the list has something else than Assignments": "A worker needs id, title and context. "
        "Make an Assignment of each section.",
        TOO_EARLY: "What is only assigned is not done: it has no text yet. Look into `done`.",
        TWICE: "Workers cost money. What is in `done` has its text, even if that is empty.",
        LIMIT: "Take only the first `limit` of those that can be written.",
        MISSING: "All that can be written now is assigned, up to the limit.",
        "the assignments are not in the order of the sections": "Keep the order of `sections`.",
        "an assignment is not that of its section": "It has the id and the title of its section.",
        CONTEXT: "Each text costs tokens, and what a worker does not know it cannot mix up. Make a "
        "dict with the needs of this section.",
        "a worker does not get what its section needs": "`context` has the text of each need, by "
        "its id.",
        "two calls share one list": "Each call is on its own: make a new list in each.",
        "two workers share one dict": "Workers run at the same time: what one of them changes, the "
        "other one reads. Make a dict for each Assignment.",
        CIRCLE: "If nothing can be written and something is left, the plan is wrong. Raise "
        "ValueError.",
        "the error does not name all that wait": "Somebody has to find the circle: put the "
        "id of each section that is left into the text.",
        "an error is raised although a section can be written": "Others may wait as long as one "
        "can be written.",
        "a wrong limit is accepted": "With a limit of less than 1 nothing would ever be written: "
        "raise ValueError, whatever is left.",
        "a report does not come to its end": "Assign, write, ask again: each section is written "
        "once.",
    }

    def ready(self, plan, done):
        """What can be written, as (id, title, needs)."""
        return [one for one in plan if one[0] not in done and all(n in done for n in one[2])]

    def assign(self, answers, plan, done, limit, problem=""):
        """Assign, and compare with the contract. Return what has come."""
        sections = [answers.Section(id_, title, tuple(needs)) for id_, title, needs in plan]
        left = [one for one in plan if one[0] not in done]
        ready = self.ready(plan, done)
        with unchanged(sections=sections, done=done):
            try:
                got = answers.assign_work(sections, done, limit)
            except ValueError as error:
                if not left:
                    raise
                self.in_words(
                    not ready,
                    "an error is raised although a section can be written",
                    f"{[one[0] for one in ready]}",
                    f"ValueError: {error}",
                )
                named = all(one[0] in str(error) for one in left)
                told = "the error does not name all that wait"
                ids = ", ".join(one[0] for one in left)
                self.must(named, told, Words(f"an error with {ids}"), Words(str(error)))
                return None
        if not left:
            self.must(got != [], NO_JOIN, "join", got)
            self.must(not isinstance(got, list), TWICE, "join", got)
            self.equal(got, "join", problem or NO_JOIN)
            return got
        self.must(ready or not isinstance(got, list), CIRCLE, Words("ValueError"), got)
        self.must(got != "join", "it joins although sections are left", [x[0] for x in ready], got)
        self.must(ready, CIRCLE, Words("ValueError"), got)
        is_list, wanted = isinstance(got, list), Words("a list of Assignments")
        self.must(is_list, "it gives neither a list nor a word", wanted, got)
        others = [one for one in got if not isinstance(one, answers.Assignment)]
        self.must(not others, "the list has something else than Assignments", wanted, got)
        ids, wanted = [one.id for one in got], [one[0] for one in ready[:limit]]
        must = self.against(wanted, ids)
        must(not {*ids} & {*done}, problem or TWICE)
        must({*ids} <= {one[0] for one in ready}, problem or TOO_EARLY)
        must(len(ids) <= limit, problem or LIMIT)
        must(len(ids) >= len(wanted), problem or MISSING)
        must(ids == wanted, problem or "the assignments are not in the order of the sections")
        by_id = {one[0]: one for one in plan}
        for one in got:
            _, title, needs = by_id[one.id]
            self.equal(one.title, title, "an assignment is not that of its section")
            context = {need: done[need] for need in needs}
            must = self.against(context, one.context)
            must(isinstance(one.context, dict), "a worker does not get what its section needs")
            must({*one.context} >= {*context}, "a worker does not get what its section needs")
            must({*one.context} <= {*context}, CONTEXT)
            must(one.context == context, "a worker does not get what its section needs")
        return got

    def plan(self, text, *shape):
        """A plan from ("b", "a"): each with the ids that it needs."""
        return [(one[0], text.sentence(), one[1:]) for one in shape]

    def texts(self, text, ids):
        return {id_: text.sentence() for id_ in ids}

    @keeps(1)
    def test_the_end_is_told(self, answers, text):
        self.assign(answers, [], {}, 3)
        plan = self.plan(text, "a", "ba", "cab")
        self.assign(answers, plan, self.texts(text, "abc"), 1)
        self.assign(answers, plan, self.texts(text, "xcab"), 9)
        self.assign(answers, [], self.texts(text, "x"), 1)

    @keeps(2)
    def test_what_can_be_written(self, answers, text):
        plan = self.plan(text, "a", "b", "c")
        for done in ("", "b", "ac", "x"):
            self.assign(answers, plan, self.texts(text, done), 9)

    @keeps(2)
    def test_needs_come_first(self, answers, text):
        plan = self.plan(text, "a", "ba", "cb", "dbc")
        for done in ("", "a", "ab", "b"):
            self.assign(answers, plan, self.texts(text, done), 9, TOO_EARLY)
        diamond = self.plan(text, "dbc", "ca", "ba", "a")
        for done in ("", "a", "ab", "abc"):
            self.assign(answers, diamond, self.texts(text, done), 9, TOO_EARLY)

    @keeps(2)
    def test_an_empty_text_is_done(self, answers, text):
        plan = self.plan(text, "a", "ba", "c")
        self.assign(answers, plan, {"a": ""}, 9, TWICE)
        self.assign(answers, plan, {"a": "", "b": "", "c": ""}, 9)

    @keeps(2)
    def test_the_limit_holds(self, answers, text):
        plan = self.plan(text, "a", "b", "c", "d", "e")
        for limit in (1, 2, 4, 5, 6, 100):
            self.assign(answers, plan, {}, limit)
            self.assign(answers, plan, self.texts(text, "ac"), limit)
        waiting = self.plan(text, "bx", "cx", "a", "d")
        for limit in (1, 2):
            self.assign(answers, waiting, {}, limit, MISSING)

    @keeps(3)
    def test_a_worker_gets_what_it_needs(self, answers, text):
        plan = self.plan(text, "c", "da", "eba", "fx", "g")
        self.assign(answers, plan, self.texts(text, "abxyz"), 9)
        self.assign(answers, [("a", word(text), ("b", "b"))], self.texts(text, "bc"), 9)
        self.assign(answers, self.plan(text, "ab"), {"b": "", "c": "x"}, 9)

    @keeps(3)
    def test_workers_share_nothing(self, answers, text):
        plan = self.plan(text, "ax", "bx", "c", "d")
        done = self.texts(text, "x")
        before = dict(done)
        got = self.assign(answers, plan, done, 9)
        contexts = [dict(one.context) for one in got]
        got[0].context["spoiled"] = word(text)
        got[2].context["spoiled"] = word(text)
        problem = "two workers share one dict"
        for at in (1, 3):
            self.equal(got[at].context, contexts[at], problem)
        self.equal(done, before, problem)
        again, third = (self.assign(answers, plan, done, 9) for _ in range(2))
        third.clear()
        self.must(len(again) == len(contexts), "two calls share one list", contexts, again)

    @keeps(4)
    def test_a_circle_is_told(self, answers, text):
        for shape in (["ab", "ba"], ["aa"], ["ab", "bc", "ca"], ["ax"], ["a", "bc", "cb"]):
            plan = self.plan(text, *shape)
            done = self.texts(text, "a" if shape[0] == "a" else "y")
            self.in_words(
                self.assign(answers, plan, done, 3) is None, CIRCLE, "ValueError", "no error"
            )

    @keeps(4)
    def test_each_that_waits_is_named(self, answers, text):
        ids = [text.secret() for _ in range(4)]
        plan = [(one, word(text), (ids[0],)) for one in ids]
        for limit in (1, 2, 9):
            self.assign(answers, plan, {}, limit)

    @keeps(4)
    def test_others_may_wait(self, answers, text):
        for shape in (["ab", "ba", "c"], ["c", "aa"], ["ax", "c"]):
            got = self.assign(answers, self.plan(text, *shape), {}, 3)
            self.must(got, "an error is raised although a section can be written")

    def test_wrong_arguments(self, answers, text):
        for limit in (0, -1, -5):
            for shape, done in ((["a", "ba"], ""), (["a"], "a"), ([], "")):
                plan = [answers.Section(*one) for one in self.plan(text, *shape)]
                problem = "a wrong limit is accepted"
                with self.raises(ValueError, problem, Words("ValueError")):
                    answers.assign_work(plan, self.texts(text, done), limit)

    @keeps(1, 2)
    def test_a_report_comes_to_its_end(self, answers, text):
        plan = self.plan(text, "fde", "a", "ba", "cab", "d", "ea")
        self.drive(answers, plan, 2)

    def drive(self, answers, plan, limit):
        """Assign and write until the end, or until a circle."""
        done: dict[str, str] = {}
        for _ in range(len(plan) + 2):
            got = self.assign(answers, plan, done, limit)
            if got is None or got == "join":
                wanted = len(plan) if got else len(done)
                self.must(len(done) == wanted, "a report does not come to its end")
                return
            done |= {one.id: f"text of {one.id}" for one in got}
        self.must(False, "a report does not come to its end", Words("join"), Words("no end"))

    def test_any_plan(self, search):
        def promise(answers, needs, done, limit):
            plan = [(f"s{at}", f"Title {at}", tuple(mine)) for at, mine in enumerate(needs)]
            self.assign(answers, plan, done, limit)
            self.drive(answers, plan, limit)

        names = [f"s{at}" for at in range(6)]
        need = st.lists(st.sampled_from((*names, "x")), max_size=3)
        early = st.lists(st.sampled_from(names[:3]), max_size=2)
        needs = st.one_of(st.lists(need, max_size=6), st.lists(early, max_size=6))
        done = st.dictionaries(st.sampled_from((*names, "x", "y")), st.sampled_from(("t", "", " ")))
        always = (
            *each(needs=[[], ["s0"], ["s1"]], done=tuple({"s0": x} for x in FEW_TEXTS), limit=2),
            *each(needs=[[], ["s0"], [], ["s2"]], done={}, limit=tuple(range(1, 7))),
            *each(needs=([["s1"], ["s0"]], [["s0"]], [[], ["x"]], []), done={}, limit=1),
            {"needs": [[]] + [[f"s{n}"] for n in range(40)], "done": {}, "limit": 3},
        )
        search(promise, *always, needs=needs, done=done, limit=st.integers(1, 5))


LAST = "the last draft is returned, and an earlier one was better"
LATEST_EQUAL = "of two equal drafts, the later one is returned"
NO_BOUND = "it revises more often than it may"
FEW_ROUNDS = "it gives up before all rounds are used"
NOT_JUDGED = "the last revision is not judged"
GOES_ON = "it goes on although a text is accepted"
CIRCLES = "it goes round in circles"
NOT_USED = "what revise returns is not used"
OTHER_TEXT = "another text than the newest is revised"
OTHER_SAID = "a text is revised with the feedback of another one"


class TestImprove(Explained):
    """A draft is improved in a few rounds, and nothing good gets lost."""

    WHY: ClassVar = {
        "the draft is not judged first": "Judge the draft before anything is revised.",
        LAST: "A revision may be worse than what it came from. Keep the best so far.",
        LATEST_EQUAL: "Of equal scores, the first stays. Replace the best only by a better one.",
        NO_BOUND: "A judge may never be content. Count the calls of revise.",
        FEW_ROUNDS: "With max_rounds=3, three revisions are made and judged.",
        NOT_JUDGED: "A revision that nobody has judged can be neither accepted nor the best.",
        GOES_ON: "What is accepted is good enough. Return it.",
        CIRCLES: "A text that was there before would get the same verdict again. It ends the loop.",
        NOT_USED: "revise changes nothing: it returns a new text. Keep it, and judge it.",
        OTHER_TEXT: "The newest text is revised, whether or not it is the best.",
        OTHER_SAID: "Feedback belongs to the text that it was given for.",
        "the accepted text is not returned": "Accepted is accepted, whatever its score.",
        "a text is called accepted that is not": "`accepted` is what the judge said of this text.",
        "the score is that of another text": "`score` is what the judge gave for this text.",
        "another text is returned than the best": "Without an accepted text, the highest score "
        "counts.",
        "`rounds` is not how often revise was called": "Count each call of revise, also one that "
        "fails or brings nothing new.",
        "an error throws away what was good": "After the first verdict there is something to "
        "return. An Exception only ends the loop.",
        "an error before the first verdict is hidden": "Then there is nothing to return: let it "
        "pass.",
        "a cancellation is swallowed": STOPPED,
        "what is no Exception does not pass": STOPPED,
        "it gives no Best": "Return Best(text, score, accepted, rounds).",
        "what is asked is not what the docstring says": "Compare the calls one by one.",
    }

    def play(self, answers, texts, verdicts, fails, log):
        """A judge and a writer. The writer gives `texts` one after the other.

        `fails` says which call raises: ("revise", 2, error).
        """
        counts = {"evaluate": 0, "revise": 0}

        def note(kind, *asked):
            log.append((kind, *asked))
            counts[kind] += 1
            self.must(counts[kind] < TOO_OFTEN, NO_BOUND, Words("an end"), Words("no end"))
            if fails and fails[:2] == (kind, counts[kind]):
                raise fails[2]

        async def evaluate(text):
            note("evaluate", text)
            await asyncio.sleep(0)
            return answers.Verdict(*verdicts.get(text, (0, False, "unknown")))

        async def revise(text, feedback):
            note("revise", text, feedback)
            await asyncio.sleep(0)
            at = counts["revise"]
            return texts[at] if at < len(texts) else f"{texts[-1]}{at}"

        return evaluate, revise

    def course(self, texts, verdicts, most, fails):
        """The calls, and (text, score, accepted, rounds), as the contract says it."""
        log, judged, rounds, text = [], [], 0, texts[0]

        def best():
            first = max(judged, key=lambda one: one[1])
            return (*first, False, rounds)

        for at in range(most + 1):
            log.append(("evaluate", text))
            if fails and fails[:2] == ("evaluate", at + 1):
                stops = isinstance(fails[2], Exception) and judged
                return log, best() if stops else fails[2]
            score, accepted, feedback = verdicts.get(text, (0, False, "unknown"))
            if accepted:
                return log, (text, score, True, rounds)
            judged.append((text, score))
            if at == most:
                break
            rounds += 1
            log.append(("revise", text, feedback))
            if fails and fails[:2] == ("revise", rounds):
                return log, best() if isinstance(fails[2], Exception) else fails[2]
            text = texts[rounds] if rounds < len(texts) else f"{texts[-1]}{rounds}"
            if text in [one for one, _ in judged]:
                break
        return log, best()

    async def improve(self, answers, texts, verdicts, most=None, fails=None, problem=""):
        """Improve a draft, and compare with the contract."""
        log = []
        options = {} if most is None else {"max_rounds": most}
        evaluate, revise = self.play(answers, texts, verdicts, fails, log)
        wanted, end = self.course(texts, verdicts, 3 if most is None else most, fails)
        got, error = await outcome(answers.improve(texts[0], evaluate, revise, **options))
        mine = error is not None and fails is not None and same_error(error, fails[2])
        fails_too = isinstance(end, BaseException)
        if error is not None and not mine and log == wanted[: len(log)]:
            raise error
        self.look(log, wanted, problem if problem == GOES_ON else "", fails)
        if fails_too:
            is_error = isinstance(end, Exception)
            hidden = "an error before the first verdict is hidden"
            problem = hidden if is_error else "what is no Exception does not pass"
            self.must(mine, problem, repr(end), repr(error) if error else got)
            return
        lost = "an error throws away what was good"
        best = answers.Best(*end)
        self.must(not mine, lost, best, Words(type(error).__name__))
        if error is not None:
            raise error
        self.must(isinstance(got, answers.Best), "it gives no Best", best, got)
        must = self.against(best, got)
        if best.accepted:
            must(got.text == best.text, problem or "the accepted text is not returned")
        scores = {text: verdicts.get(text, (0,))[0] for text in texts}
        if got.text != best.text:
            equal = scores.get(got.text) == best.score
            must(not equal, problem or LATEST_EQUAL)
            judged = [one[1] for one in log if one[0] == "evaluate"]
            must(not judged or got.text != judged[-1], problem or LAST)
            must(False, problem or "another text is returned than the best")
        must(got.score == best.score, "the score is that of another text")
        must(got.accepted is best.accepted, "a text is called accepted that is not")
        must(got.rounds == best.rounds, "`rounds` is not how often revise was called")

    def look(self, log, wanted, problem, fails):
        """Compare the calls, and name the difference."""
        if log == wanted:
            return

        def shown(calls):
            said = (f"{name}({', '.join(map(repr, rest))})" for name, *rest in calls[:8])
            return Words("; ".join(said) or "no call")

        must = self.against(shown(wanted), shown(log))
        at = next(
            (n for n, pair in enumerate(zip(log, wanted, strict=False)) if pair[0] != pair[1]),
            min(len(log), len(wanted)),
        )
        came = log[at] if at < len(log) else None
        right = wanted[at] if at < len(wanted) else None
        must(at or came is None or came[0] == "evaluate", "the draft is not judged first")
        if came is None:
            must(not fails or at <= 0, "what is asked is not what the docstring says")
            must(right[0] != "revise", problem or FEW_ROUNDS)
            must(False, problem or NOT_JUDGED)
        if right is None:
            before = [one[1] for one in log[:at] if one[0] == "evaluate"]
            again = came[0] == "evaluate" and came[1] in before
            must(not again, problem or CIRCLES)
            must(came[0] == "evaluate" or log[at - 1][0] != "revise", problem or CIRCLES)
            must(False, problem or NO_BOUND)
        if came[0] != right[0]:
            must(came[0] == "evaluate", problem or NOT_JUDGED)
            before = [one[1] for one in log[:at] if one[0] == "evaluate"]
            must(came[1] not in before, problem or CIRCLES)
        if came[0] == right[0] == "evaluate":
            must(came[1] not in [one[1] for one in log[:at]], NOT_USED)
        if came[0] == right[0] == "revise":
            must(came[1] == right[1], problem or OTHER_TEXT)
            must(False, problem or OTHER_SAID)
        must(False, problem or "what is asked is not what the docstring says")

    def scored(self, text, *scores, accepted=None):
        """Texts, and their verdicts with these scores; one of them may be accepted."""
        texts = [f"{word(text)} {at}" for at in range(len(scores))]
        verdicts = {
            one: (score, at == accepted, f"{word(text)} {at}!")
            for at, (one, score) in enumerate(zip(texts, scores, strict=True))
        }
        return texts, verdicts

    @keeps(3)
    async def test_the_best_is_kept(self, answers, text):
        for scores in ((1, 5, 2, 3), (4, 3, 2, 1), (0.1, 0.2, 0.9, 0.3), (-3, -1, -2, -9)):
            await self.improve(answers, *self.scored(text, *scores), problem=LAST)
        await self.improve(answers, *self.scored(text, 1, 2, 3, 4))

    @keeps(3)
    async def test_of_equal_ones_the_first_is_kept(self, answers, text):
        for scores in ((2, 2, 2, 2), (1, 7, 7, 3), (0, 0, 0, 0), (-1, -1, -5, -1)):
            await self.improve(answers, *self.scored(text, *scores))

    @keeps(1)
    async def test_an_accepted_text_ends_it(self, answers, text):
        for accepted in range(4):
            scored = self.scored(text, 3, 4, 5, 6, accepted=accepted)
            await self.improve(answers, *scored, problem=GOES_ON if accepted < 3 else "")

    @keeps(3)
    async def test_accepted_whatever_its_score(self, answers, text):
        for scores, accepted in (((9, 5, 1, 0), 2), ((9, 0), 1), ((5, 5), 1), ((1, -4), 1)):
            await self.improve(answers, *self.scored(text, *scores, accepted=accepted))

    @keeps(1)
    async def test_each_number_of_rounds(self, answers, text):
        for most in (None, 0, 1, 2, 3, 5, 8):
            scores = [*range(10)]
            await self.improve(answers, *self.scored(text, *scores), most)
            at = 3 if most is None else most
            await self.improve(answers, *self.scored(text, *scores, accepted=at), most)
            await self.improve(answers, *self.scored(text, *scores, accepted=at + 1), most)

    @keeps(1)
    async def test_the_newest_text_and_its_feedback(self, answers, text):
        await self.improve(answers, *self.scored(text, 9, 1, 5, 2, 7), 4)
        texts, verdicts = self.scored(text, 2, 1, 0)
        empty = {one: (score, False, "") for one, (score, *_) in verdicts.items()}
        await self.improve(answers, texts, empty)

    @keeps(2)
    async def test_a_circle_ends_it(self, answers, text):
        (a, b, c, *_), verdicts = self.scored(text, 3, 1, 2, 0)
        for texts in ([a, a], [a, b, b], [a, b, a], [a, b, c, b], [a, b, c, a, b]):
            await self.improve(answers, texts, verdicts, 9)
            await self.improve(answers, texts, verdicts, len(texts) - 1)
        for other in (f"{a} ", a.upper(), f" {a}"):
            await self.improve(answers, [a, other, b, c], verdicts, 3)

    @keeps(4)
    async def test_an_error_ends_it(self, answers, text):
        for kind, at in (("revise", 1), ("revise", 2), ("evaluate", 2), ("evaluate", 3)):
            for error in (ConnectionError(word(text)), Stranger(word(text)), ValueError("no")):
                for scores in ((5, 2, 9, 1), (1, 2, 3, 4)):
                    fails = (kind, at, error)
                    await self.improve(answers, *self.scored(text, *scores), 3, fails)

    @keeps(4)
    async def test_an_error_before_the_first_verdict(self, answers, text):
        for error in (ConnectionError(word(text)), Stranger(word(text)), ValueError("no")):
            await self.improve(answers, *self.scored(text, 1, 2), 3, ("evaluate", 1, error))

    async def test_it_can_be_stopped(self, answers, text):
        for kind, at in (("evaluate", 1), ("evaluate", 2), ("revise", 1), ("revise", 2)):
            for error in (Stop(word(text)), asyncio.CancelledError()):
                fails = (kind, at, error)
                await self.improve(answers, *self.scored(text, 1, 2, 3), 3, fails)

        async def evaluate(given):
            return answers.Verdict(1, False, "")

        async def revise(given, feedback):
            await asyncio.sleep(60)
            return "late"

        passed = await cancelled_while_it_waits(answers.improve(word(text), evaluate, revise))
        self.must(passed, "a cancellation is swallowed", Words("CancelledError"))

    def test_any_loop(self, search):
        async def promise(answers, clock, texts, scores, accepted, most, fails):
            verdicts = {
                one: (score, one in accepted, f"about {one}")
                for one, score in zip("abcde", scores, strict=True)
            }
            await self.improve(answers, texts, verdicts, most, fails)

        texts = st.lists(st.sampled_from("abcde"), min_size=1, max_size=6)
        score = st.sampled_from((0, 1, 2, -1, 0.5))
        scores = st.lists(score, min_size=5, max_size=5)
        kinds = st.sampled_from((ConnectionError, Stranger, Stop))
        failing = st.builds(
            lambda kind, at, error: (kind, at, error("it")),
            st.sampled_from(("evaluate", "revise")),
            st.integers(1, 3),
            kinds,
        )
        fails = st.one_of(st.none(), st.none(), failing)
        many = [*"abcde"]
        always = (
            *each(
                texts=tuple([x, "b", "c"] for x in FEW_TEXTS),
                scores=[1] * 5,
                accepted="",
                most=2,
                fails=None,
            ),
            *each(
                texts=many, scores=[1, 3, 2, 3, 0], accepted="", most=tuple(range(7)), fails=None
            ),
            *each(texts=many, scores=[5, 4, 3, 2, 1], accepted=tuple("abcde"), most=4, fails=None),
            {
                "texts": [LONG, "a", LONG],
                "scores": [1] * 5,
                "accepted": "",
                "most": 5,
                "fails": None,
            },
        )
        search(
            promise,
            *always,
            texts=texts,
            scores=scores,
            accepted=st.sampled_from(("", "", "e", "d", "b")),
            most=st.integers(0, 5),
            fails=fails,
        )


HALF = "a run with two open questions is resumed after the first answer"
AFRESH = "the run is started again after a pause"
FALSY = "an answer that is false or empty is taken for none"
BY_ID = "the answers are not given by the ids of the questions"
TOGETHER = "the next question is asked before the one before it is answered"
NOT_AWAITED = "an answer is handed on before anybody has given it"
NOT_KEPT = "what resume returns is not used"
SECOND = "a pause that follows another one is taken for the end"
NOBODY = "somebody is asked about the pause that is too many"


class TestRunWithHuman(Explained):
    """A run is resumed with all answers of a pause, until it is done."""

    WHY: ClassVar = {
        "the run is not started once": "Call start once, at the beginning, and await it.",
        AFRESH: "What happened before the pause would happen twice, mails included. Go on with "
        "resume.",
        "nobody is asked, or somebody twice": "Ask decide once for each question of a pause.",
        "decide gets something else than the value of the question": "A person reads the value; "
        "the id is for the machine.",
        "the questions are not asked in order": "Ask them as they stand in the pause.",
        TOGETHER: "One person sits there. Await each answer before you ask the next question.",
        HALF: "The run waits for all of its questions. Collect the answers first, and resume once.",
        NOT_AWAITED: "A call of decide only makes a coroutine. Write await before it.",
        NOT_KEPT: "resume returns the next state of the run: a Pause or a Done. Keep it.",
        SECOND: "A run may pause again and again. Go on as long as its state is a Pause.",
        BY_ID: "Two questions may have the same value, and only the id tells them apart.",
        FALSY: "No is an answer, and so are 0, nothing and an empty text. Do not test whether an "
        "answer is true.",
        "an answer is another one than what was decided": "Hand on what decide returns, as it is.",
        "answers of an earlier pause are given again": "Make a new dict for each pause.",
        "the dict of an earlier pause is changed": "Make a new dict for each pause: the first one "
        "still belongs to whom it was given.",
        "the run is not resumed although all have answered": "After the answers, call resume.",
        "the result is not the value of Done": "Return done.value, whatever it is.",
        "it goes on after the run is done": "Done is the end.",
        NOBODY: "Count before you ask: the answer would be thrown away.",
        "a run may pause as often as it likes": "After max_pauses pauses that were answered, the "
        "next one raises TooManyPauses.",
        "a run may not pause as often as it should": "Exactly max_pauses pauses are answered.",
        "an error does not pass": SAME_ERROR,
        "the run is resumed although decide has failed": "Half of the answers are no answers. The "
        "run stays as it is.",
        "a cancellation is swallowed": STOPPED,
    }

    def play(self, answers, pauses, end, given, fails, log):
        """A run with these pauses, each with (id, value) of its questions, and a person.

        The person gives `given` one after the other. `fails` says which call raises.
        """
        states = [
            answers.Pause(tuple(answers.Question(*one) for one in questions))
            for questions in pauses
        ]
        states.append(answers.Done(end))
        decided, busy = iter(given), []
        counts = {"start": 0, "resume": 0, "decide": 0}

        def note(kind, *asked):
            log.append((kind, *asked))
            counts[kind] += 1
            self.must(len(log) < TOO_OFTEN * 2, AFRESH, Words("an end"), Words("no end"))
            if fails and fails[:2] == (kind, counts[kind]):
                raise fails[2]

        async def start():
            note("start")
            await asyncio.sleep(0)
            return states[0]

        async def resume(found):
            note("resume", dict(found) if isinstance(found, dict) else found)
            log[-1] += (found,)
            await asyncio.sleep(0)
            return states[min(counts["resume"], len(states) - 1)]

        async def decide(value):
            self.must(not busy, TOGETHER, Words("one question"), Words("two questions at once"))
            note("decide", value)
            busy.append(value)
            await asyncio.sleep(1)
            busy.clear()
            return next(decided, None)

        return start, resume, decide

    def course(self, pauses, end, given, most, fails):
        """What happens, as the contract says it, and how it ends."""
        log, decided = [("start",)], iter(given)
        asked = 0
        if fails and fails[:2] == ("start", 1):
            return log, fails[2]
        for at, questions in enumerate(pauses):
            if at == most:
                return log, "too many"
            found = {}
            for id_, value in questions:
                asked += 1
                log.append(("decide", value))
                if fails and fails[:2] == ("decide", asked):
                    return log, fails[2]
                found[id_] = next(decided, None)
            log.append(("resume", found))
            if fails and fails[:2] == ("resume", at + 1):
                return log, fails[2]
        return log, ("done", end)

    async def run(self, answers, pauses, end, given, most=None, fails=None, problem=""):
        """Run with a human, and compare with the contract."""
        log = []
        options = {} if most is None else {"max_pauses": most}
        functions = self.play(answers, pauses, end, given, fails, log)
        wanted, ending = self.course(pauses, end, given, 10 if most is None else most, fails)
        got, error = await outcome(answers.run_with_human(*functions, **options))
        mine = fails is not None and error is not None and same_error(error, fails[2])
        too_many = isinstance(error, answers.TooManyPauses)
        came = [one[:2] for one in log]
        ends = isinstance(error, AttributeError) and "'Pause' object has no" in str(error)
        self.must(
            not (ends and "resume" in [one[0] for one in log]),
            SECOND,
            Words("a Pause that is answered"),
            Words(str(error)),
        )
        if error is not None and not (mine or too_many) and same_value(came, wanted[: len(came)]):
            raise error
        self.look(came, wanted, problem, ending)
        kept = [one for one in log if one[0] == "resume" and len(one) == 3]
        for _, then, now in kept:
            problem_here = "the dict of an earlier pause is changed"
            self.must(same_value(then, now), problem_here, then, now)
        if isinstance(ending, BaseException):
            self.must(mine, "an error does not pass", repr(ending), repr(error) if error else got)
        elif ending == "too many":
            often = "a run may pause as often as it likes"
            self.must(too_many, often, Words("TooManyPauses"), Words("no error"))
        else:
            seldom = "a run may not pause as often as it should"
            self.must(not too_many, seldom, Words("no error"), Words("TooManyPauses"))
            if error is not None:
                raise error
            problem = "the result is not the value of Done"
            self.must(same_value(got, end), problem, end, got)

    def look(self, log, wanted, problem, ending):
        """Compare what happened, and name the difference."""
        if same_value(log, wanted):
            return

        def shown(calls):
            said = (f"{name}({', '.join(map(repr, rest))})" for name, *rest in calls[:9])
            return Words("; ".join(said) or "nothing")

        must = self.against(shown(wanted), shown(log))
        pairs = enumerate(zip(log, wanted, strict=False))
        at = next((n for n, (a, b) in pairs if not same_value(a, b)), min(len(log), len(wanted)))
        came = log[at] if at < len(log) else (None,)
        right = wanted[at] if at < len(wanted) else (None,)
        must(right[0] != "start", "the run is not started once")
        must(came[0] != "start", AFRESH)
        if right[0] is None:
            first = next((one for one in wanted if one[0] == "decide"), None)
            must(
                came[0] != "decide" or ending == "too many" or not same_value(came, first), NOT_KEPT
            )
            must(ending != "too many", NOBODY)
            must(
                not isinstance(ending, BaseException) or came[0] != "resume",
                "the run is resumed although decide has failed",
            )
            must(False, "it goes on after the run is done")
        if came[0] is None:
            must(
                right[0] != "resume", problem or "the run is not resumed although all have answered"
            )
            must(False, problem or "nobody is asked, or somebody twice")
        if right[0] == "decide":
            given = came[1] if came[0] == "resume" and isinstance(came[1], dict) else {}
            must(not any(map(inspect.isawaitable, given.values())), NOT_AWAITED)
            must(came[0] != "resume", HALF)
            values = [one[1] for one in wanted if one[0] == "decide"]
            among = any(same_value(came[1], value) for value in values)
            must(not among, "the questions are not asked in order")
            must(False, "decide gets something else than the value of the question")
        must(came[0] == "resume", "nobody is asked, or somebody twice")
        given, right_ones = came[1], right[1]
        is_dict = isinstance(given, dict)
        must(is_dict, BY_ID)
        falsy = [key for key, value in right_ones.items() if not value]
        lost = any(key not in given or not same_value(given[key], right_ones[key]) for key in falsy)
        kept = all(key in falsy or key in given for key in right_ones)
        must(not (lost and kept and falsy), problem or FALSY)
        more = set(given) - set(right_ones)
        earlier = {key for one in wanted[:at] if one[0] == "resume" for key in one[1]}
        must(not more or not more <= earlier, "answers of an earlier pause are given again")
        must(set(given) == set(right_ones), BY_ID)
        must(False, problem or "an answer is another one than what was decided")

    def questions(self, text, *counts):
        """Pauses with so many questions; no two ids are equal."""
        numbers = iter(range(100))
        return [
            [(f"{word(text)}{next(numbers)}", text.sentence()) for _ in range(count)]
            for count in counts
        ]

    def words(self, text, count=20):
        return [f"{word(text)} {number}" for number in range(count)]

    @keeps(3)
    async def test_all_questions_are_answered_at_once(self, answers, text):
        await self.run(answers, self.questions(text, 2), word(text), self.words(text))
        await self.run(answers, self.questions(text, 3, 1, 2), word(text), self.words(text))

    @keeps(1)
    async def test_it_is_started_once(self, answers, text):
        for counts in ((), (1,), (1, 1), (1, 1, 1)):
            await self.run(answers, self.questions(text, *counts), word(text), self.words(text))

    @keeps(1)
    async def test_the_value_of_done(self, answers, text):
        for value in VALUES:
            await self.run(answers, self.questions(text, 1), value, self.words(text))
            await self.run(answers, [], value, [])

    @keeps(2)
    async def test_equal_values_are_two_questions(self, answers, text):
        value = text.sentence()
        pauses = [[("a", value), ("b", value)], [("a", value)], [("c", value), ("a", value)]]
        await self.run(answers, pauses, word(text), self.words(text))

    @keeps(2)
    async def test_values_of_any_kind(self, answers, text):
        for value in VALUES:
            await self.run(answers, [[("a", value), ("b", "why?")]], "end", self.words(text))

    @keeps(4)
    async def test_any_answer_is_an_answer(self, answers, text):
        for value in (False, 0, "", None, [], {}, 0.0):
            pauses = self.questions(text, 1, 2)
            await self.run(answers, pauses, "end", [value, value, "yes"], problem=FALSY)
            await self.run(answers, pauses, "end", ["yes", "no", value], problem=FALSY)

    @keeps(3)
    async def test_each_pause_has_its_own_answers(self, answers, text):
        await self.run(answers, self.questions(text, 1, 1, 1), "end", self.words(text))
        pauses = [[("a", "1"), ("b", "2")], [("b", "3")], [("a", "4")]]
        await self.run(answers, pauses, "end", self.words(text))

    @keeps(5)
    async def test_each_number_of_pauses(self, answers, text):
        for most in (None, 0, 1, 2, 5):
            count = 10 if most is None else most
            for pauses in (count, count + 1, count + 3):
                if pauses >= 0:
                    some = self.questions(text, *[1] * pauses)
                    await self.run(answers, some, word(text), self.words(text), most)
        await self.run(answers, self.questions(text, 3, 3), "end", self.words(text), 2)

    @keeps(6)
    async def test_errors_pass_through(self, answers, text):
        places = (
            ("start", 1),
            ("decide", 1),
            ("decide", 2),
            ("decide", 3),
            ("resume", 1),
            ("resume", 2),
        )
        for kind, at in places:
            errors = [one(word(text)) for one in (ConnectionError, ValueError, Stranger, Stop)]
            for error in (*errors, TimeoutError("late"), asyncio.CancelledError()):
                pauses = self.questions(text, 2, 2)
                await self.run(answers, pauses, "end", self.words(text), None, (kind, at, error))

    @keeps(6)
    async def test_it_can_be_cancelled(self, answers, text):
        async def start():
            return answers.Pause((answers.Question("a", word(text)),))

        async def resume(found):
            return answers.Done(None)

        async def decide(value):
            await asyncio.sleep(60)

        running = answers.run_with_human(start, resume, decide)
        passed = await cancelled_while_it_waits(running)
        self.must(passed, "a cancellation is swallowed", Words("CancelledError"))

    def test_any_run(self, search):
        async def promise(answers, clock, pauses, end, given, most, fails):
            named = [[(f"q{at}", value) for at, value in enumerate(values)] for values in pauses]
            await self.run(answers, named, end, given, most, fails)

        values = st.lists(any_value(), min_size=1, max_size=3)
        failing = st.builds(
            lambda kind, at, error: (kind, at, error("it")),
            st.sampled_from(("start", "decide", "resume")),
            st.integers(1, 3),
            st.sampled_from((ConnectionError, Stranger, Stop)),
        )
        always = (
            *each(
                pauses=[["a", "b"], ["c"]], end=VALUES, given=["x", "y", "z"], most=3, fails=None
            ),
            *each(pauses=[["a"]] * 4, end="end", given=[*"xyz"], most=tuple(range(6)), fails=None),
            *each(
                pauses=[["a", "a"]],
                end=1,
                given=tuple([x, "y"] for x in VALUES),
                most=3,
                fails=None,
            ),
        )
        search(
            promise,
            *always,
            pauses=st.lists(values, max_size=4),
            end=any_value(),
            given=st.lists(any_value(), max_size=12),
            most=st.integers(0, 4),
            fails=st.one_of(st.none(), st.none(), failing),
        )


JUDGE = "the user sees what the judge thinks"
REPEATED = "a whole message is shown again after its chunks"
WHOLE = "a whole message that nobody has seen yet is not shown"
OTHER_KIND = "a message that no model has written is shown"
FROM_UPDATES = "an update is taken for more than a step"
AFTER_PAUSE = "a run that waits for an answer is called complete"
SECRET = "the user reads what the exception says"


class Told:
    """A stream of events in which the message of an error is left out, once it was looked at."""

    def __init__(self, stream, look=lambda message: None):
        self._stream = stream
        self._look = look

    def __aiter__(self):
        return self

    async def __anext__(self):
        event = await anext(self._stream)
        if isinstance(event, dict) and event.get("type") == "error":
            self._look(event.get("message"))
            return {name: value for name, value in event.items() if name != "message"}
        return event

    async def aclose(self):
        await self._stream.aclose()


def spoken(message, node):
    """What a graph streams of a message in the mode "messages"."""
    return "messages", (message, {"langgraph_node": node, "langgraph_step": 1})


def chunk(text, key=None, node="writer"):
    return spoken(AIMessageChunk(text, id=key), node)


def whole(text, key=None, node="writer"):
    return spoken(AIMessage(text, id=key), node)


def token(text):
    return {"type": "token", "content": text}


def step(name):
    return {"type": "step", "name": name}


def progress(data):
    return {"type": "progress", "data": data}


COMPLETE, PAUSED, ERROR = {"type": "complete"}, {"type": "paused"}, {"type": "error"}


class TestStreamWorkflow(Explained):
    """A graph speaks in several modes, and a page reads one stream of events."""

    WHY: ClassVar = {
        JUDGE: "The mode messages has each node that asks a model. Only the speaker talks to the "
        'user: look at metadata["langgraph_node"].',
        REPEATED: "The node returns the message whose chunks were shown. It has the same id: "
        "remember the ids of the speaker's chunks.",
        WHOLE: "A node may write a message itself, or ask a model that does not stream. If no "
        "chunk had its id, its text is new.",
        "what another node has streamed keeps a message from being shown": "Only what the speaker "
        "has streamed was shown. Remember the ids of its chunks.",
        OTHER_KIND: "Questions, instructions and the results of tools come by in the same mode. "
        "Only an AIMessage is the model's own.",
        "a token is lost or changed": "The text of each chunk of the speaker is a token, as it is.",
        "a piece without text makes a token": "There is nothing to show. Leave it out.",
        "parts of a message that are not text disturb it": "message.text has the text alone, also "
        "if the content is a list.",
        FROM_UPDATES: "An update says that a node is done. Its texts have come as messages, and "
        "what it holds may be anything.",
        "a step is lost": "Each entry of the updates is a node that is done, whatever it returned.",
        "a question is lost or changed": "Each item of the interrupt is a question, with its id "
        "and its value.",
        "an interrupt is taken for a node": "The entry __interrupt__ holds questions.",
        "progress is lost or changed": "What a node writes with the mode custom is passed on.",
        "a mode that nobody knows is shown": "Other modes are for others. Ignore them.",
        "a mode that nobody knows is an error": "Other modes are for others. Ignore them.",
        AFTER_PAUSE: "A run that waits is not over. Remember that there was a question.",
        "the last event is missing": "A page has to know that nothing more comes: complete, paused "
        "or error.",
        "there is more than one last event": "Only one of complete, paused and error comes.",
        "the last event is another one": "error after an Exception, else paused after a question, "
        "else complete.",
        "an error of the graph comes out of the stream": "The page reads events. Catch the "
        "Exception, and say in your own words that it went wrong.",
        SECRET: "An exception may hold addresses, keys and passwords. Use words of your own.",
        "an error has no message": '"message" is a text for the user. It is not empty.',
        "what comes before an error is lost": "What came before the error was good.",
        "what is no Exception does not pass": STOPPED,
        "an event is not what the docstring says": "Compare its keys with the docstring.",
    }

    def events(self, parts, speaker="writer"):
        """The events that have to come, each with the number of parts that it takes."""
        seen, found, asked = set(), [], False
        for number, part in enumerate(parts, 1):
            if isinstance(part, BaseException):
                return [*found, (ERROR, AT_THE_END)]
            mode, what = part
            if mode == "messages" and what[1]["langgraph_node"] == speaker:
                message = what[0]
                is_piece = isinstance(message, AIMessageChunk)
                if is_piece and message.id is not None:
                    seen.add(message.id)
                shown = is_piece or (isinstance(message, AIMessage) and message.id not in seen)
                if shown and message.text:
                    found.append((token(str(message.text)), number))
            elif mode == "updates":
                for name, update in what.items():
                    if name == "__interrupt__":
                        asked = asked or len(update) > 0
                        found += [
                            ({"type": "question", "id": one.id, "value": one.value}, number)
                            for one in update
                        ]
                    else:
                        found.append((step(name), number))
            elif mode == "custom":
                found.append((progress(what), number))
        return [*found, (PAUSED if asked else COMPLETE, AT_THE_END)]

    def look(self, message, secrets=()):
        """Look at the message of an error."""
        told = isinstance(message, str) and message.strip()
        self.must(told, "an error has no message", Words("some words"), message)
        hidden = not any(secret in message for secret in secrets)
        self.must(hidden, SECRET, Words("words of your own"), message)

    async def see(self, answers, parts, problem, speaker="writer"):
        """Read a workflow, and compare the events."""
        wanted = [event for event, _ in self.events(parts, speaker)]
        source = AsyncSource(parts)
        got = []
        async for event in Told(answers.stream_workflow(source, speaker), self.look):
            got.append(event)
        must = self.against(wanted, got)
        last = [
            x
            for x in got
            if isinstance(x, dict) and x.get("type") in ("complete", "paused", "error")
        ]
        if same_value(got[:-1], wanted[:-1]) and len(got) == len(wanted):
            must(same_value(got[-1], wanted[-1]), "the last event is another one")
            return
        must(last, "the last event is missing")
        must(last != got[-1:] or len(last) == 1, "there is more than one last event")
        body = [x for x in got if x not in last]
        must(body == wanted[:-1], problem)
        must(False, "there is more than one last event")

    @keeps(1)
    async def test_only_the_speaker_speaks(self, answers, text):
        for others in (("judge",), ("planner", "judge"), ("writers",), ("Writer", ""), ("write",)):
            parts = []
            for number in range(3):
                parts += [chunk(word(text), f"m{number}{other}", other) for other in others]
                parts.append(chunk(word(text), "m"))
            parts += [whole(text.sentence(), None, other) for other in others]
            await self.see(answers, parts, JUDGE)
        speaker = text.secret()
        parts = [chunk(word(text), "m", speaker), chunk(word(text), "n", "writer")]
        await self.see(answers, parts, JUDGE, speaker)

    @keeps(1)
    async def test_each_token_comes(self, answers, text):
        tokens = [*text.tokens(6), "a", "a", " ", "\n", "a"]
        parts = [chunk(one, "m") for one in tokens]
        await self.see(answers, parts, "a token is lost or changed")
        parts = [chunk(one) for one in tokens]
        await self.see(answers, parts, "a token is lost or changed")
        problem = "a piece without text makes a token"
        await self.see(
            answers, [chunk("", "m"), chunk("a", "m"), chunk("", "m"), whole("")], problem
        )

    @keeps(1)
    async def test_a_whole_message_after_its_chunks(self, answers, text):
        words = [word(text) for _ in range(4)]
        parts = [*(chunk(one, "m") for one in words), whole("".join(words), "m")]
        await self.see(answers, parts, REPEATED)
        between = chunk(word(text), "n")
        parts = [chunk(words[0], "m"), between, ("updates", {"x": {"a": 1}}), whole(words[0], "m")]
        await self.see(answers, [*parts, whole(words[1], "n")], REPEATED)
        parts = [chunk("", "m"), whole(words[0], "m")]
        await self.see(answers, parts, REPEATED)

    @keeps(1)
    async def test_a_whole_message_that_is_new(self, answers, text):
        one, other = text.sentence(), text.sentence()
        for parts in (
            [whole(one, "m")],
            [whole(one)],
            [chunk(one, "m"), whole(other, "n")],
            [chunk(one, "m"), whole(one, "n")],
            [chunk(one, "m"), whole(other)],
            [chunk(one), whole(other)],
            [chunk(one), whole(one)],
            [whole(one), whole(one)],
        ):
            await self.see(answers, parts, WHOLE)
        problem = "what another node has streamed keeps a message from being shown"
        await self.see(answers, [chunk(one, "m", "judge"), whole(one, "m")], problem)

    @keeps(1)
    async def test_messages_of_other_kinds(self, answers, text):
        for message in (
            HumanMessage(text.sentence()),
            SystemMessage(text.sentence()),
            ToolMessage(text.sentence(), tool_call_id="k1"),
            HumanMessage(text.sentence(), id="m"),
        ):
            parts = [chunk("a", "m"), spoken(message, "writer"), chunk("b", "m")]
            await self.see(answers, parts, OTHER_KIND)

    @keeps(1)
    async def test_content_of_other_kinds(self, answers, text):
        problem = "parts of a message that are not text disturb it"
        said = word(text)
        blocks = [{"type": "reasoning", "reasoning": word(text)}, {"type": "text", "text": said}]
        call = {"name": "search", "args": "{}", "id": "k1", "index": 0, "type": "tool_call_chunk"}
        parts = [
            chunk(blocks, "m"),
            chunk([{"type": "reasoning", "reasoning": word(text)}], "m"),
            spoken(AIMessageChunk("", tool_call_chunks=[call], id="m"), "writer"),
            chunk([], "m"),
            whole(blocks, "n"),
        ]
        await self.see(answers, parts, problem)

    @keeps(2)
    async def test_each_step_is_told(self, answers, text):
        problem = "a step is lost"
        one, other = word(text) + "1", word(text) + "2"
        parts = [
            ("updates", {one: {"text": "a"}}),
            ("updates", {other: None}),
            ("updates", {one: {}}),
        ]
        await self.see(answers, parts, problem)
        await self.see(
            answers, [("updates", {one: None, other: {"a": 1}}), ("updates", {})], problem
        )
        for value in VALUES:
            await self.see(answers, [("updates", {one: value, "writer": value})], problem)

    @keeps(2)
    async def test_updates_are_not_read(self, answers, text):
        message = AIMessage(text.sentence(), id="m")
        parts = [("updates", {"writer": {"messages": [message]}}), ("updates", {"x": [message]})]
        await self.see(answers, parts, FROM_UPDATES)
        asked = {"__interrupt__": word(text), "question": word(text), "type": "token"}
        await self.see(answers, [("updates", {"writer": asked})], FROM_UPDATES)

    @keeps(3, 6)
    async def test_a_question_is_asked(self, answers, text):
        def interrupt(*values):
            some = [answers.Question(f"q{at}", value) for at, value in enumerate(values)]
            return "updates", {"__interrupt__": tuple(some)}

        one, other = text.sentence(), text.sentence()
        before = ("updates", {"writer": None})
        problem = "a question is lost or changed"
        for parts in (
            [interrupt(one)],
            [before, interrupt(one, other)],
            [interrupt(one, one), before],
            [interrupt(one), interrupt(other)],
            [interrupt(None), chunk("a", "m")],
        ):
            source = AsyncSource(parts)
            got = [event async for event in answers.stream_workflow(source, "writer")]
            wanted = [event for event, _ in self.events(parts)]
            must = self.against(wanted, got)
            must(step("__interrupt__") not in got, "an interrupt is taken for a node")
            must(COMPLETE not in got, AFTER_PAUSE)
            must(got[: len(wanted) - 1] == wanted[:-1], problem)
            must(PAUSED in got, "the last event is missing")
            must(got == wanted, "the last event is another one")
        for value in VALUES:
            await self.see(answers, [interrupt(value, "why?")], problem)

    @keeps(4)
    async def test_progress_is_passed_on(self, answers, text):
        problem = "progress is lost or changed"
        for value in VALUES:
            await self.see(answers, [("custom", value), ("custom", value)], problem)
        await self.see(answers, [("custom", {"type": "complete", "name": word(text)})], problem)

    @keeps(5)
    async def test_other_modes(self, answers, text):
        parts = [
            *(("values", {"text": text.sentence()}), ("debug", {"type": "task"})),
            *(("tasks", {"name": "writer"}), ("checkpoints", {}), ("", None), ("Messages", ())),
            *(("update", {"writer": None}), ("customs", "a"), chunk("a", "m")),
        ]
        problem = "a mode that nobody knows is an error"
        errors = (KeyError, ValueError, TypeError, AttributeError)
        with self.never(errors, problem, [token("a"), COMPLETE]):
            await self.see(answers, parts, "a mode that nobody knows is shown")

    @keeps(6)
    async def test_there_is_one_last_event(self, answers, text):
        question = ("updates", {"__interrupt__": (answers.Question("q", word(text)),)})
        for parts in (
            [],
            [chunk("a", "m")],
            [("updates", {"a": None})],
            [question],
            [question] * 2,
        ):
            await self.see(answers, parts, "an event is not what the docstring says")

    @keeps(7)
    async def test_it_is_lazy(self, answers, text):
        parts = [chunk(word(text), "m"), ("custom", 1), ("updates", {"a": None, "b": None})]
        source = AsyncSource([*parts, chunk(word(text), "m")])
        stream = answers.stream_workflow(source, "writer")
        await asyncio.sleep(0)
        check_lazy(source)
        for pulled in (1, 2, 3, 3, 4):
            await anext(stream)
            check_not_ahead(source.asked, pulled)
        await stream.aclose()

    @keeps(6)
    async def test_an_error_is_told(self, answers, text):
        question = ("updates", {"__interrupt__": (answers.Question("q", word(text)),)})
        for kind in (ConnectionError, ValueError, KeyError, Stranger, RuntimeError, TimeoutError):
            for before in ([], [chunk(word(text), "m")], [chunk(word(text), "m"), question]):
                secret, other = text.secret(), text.secret()
                error = kind(f"no connection to {secret}")
                error.__cause__ = OSError(other)
                parts = [*before, error]
                got = []
                came = "an error of the graph comes out of the stream"
                with self.never(kind, came, [event for event, _ in self.events(parts)]):
                    async for event in answers.stream_workflow(AsyncSource(parts), "writer"):
                        got.append(event)
                wanted = [event for event, _ in self.events(before)][:-1]
                must = self.against([*wanted, {"type": "error", "message": "..."}], got)
                must(got and isinstance(got[-1], dict), "the last event is missing")
                types = [event.get("type") for event in got]
                must(
                    "complete" not in types and "paused" not in types,
                    "the last event is another one",
                )
                must(types[-1:] == ["error"], "the last event is missing")
                self.look(got[-1].get("message"), (secret, other, "no connection", kind.__name__))
                must(got[:-1] == wanted, "what comes before an error is lost")
                must({*got[-1]} == {"type", "message"}, "an event is not what the docstring says")

    @keeps(7)
    async def test_it_is_closed(self, answers, text):
        parts = [chunk(word(text), "m"), ("updates", {"a": None}), ("custom", 1)]
        for count in (1, 2, 3, 4):
            source = AsyncSource(parts)
            stream = answers.stream_workflow(source, "writer")
            for _ in range(count):
                await anext(stream)
            await stream.aclose()
            check_closed(source)
            check_nothing_runs_on(answers)
        for error in (ConnectionError("no"), None):
            source = AsyncSource([*parts, *([error] if error else [])])
            async for _ in answers.stream_workflow(source, "writer"):
                pass
            check_closed(source, "after an error of the source" if error else "at its end")

    @keeps(7)
    async def test_what_is_no_exception_passes(self, answers, text):
        for error in (Stop(word(text)), asyncio.CancelledError()):
            source = AsyncSource([chunk(word(text), "m"), error])
            got = []
            try:
                async for event in answers.stream_workflow(source, "writer"):
                    got.append(event)
                came = None
            except (Stop, asyncio.CancelledError) as raised:
                came = raised
            problem = "what is no Exception does not pass"
            self.must(same_error(came, error), problem, Words(type(error).__name__), got)
            check_closed(source, "after an error of the source")
        source = AsyncSource([chunk(word(text), "m"), Hang()])
        await cancel_while_it_waits(answers.stream_workflow(source, "writer"))
        check_closed(source, "after a cancellation")

    async def test_what_cannot_be_closed(self, answers, text):
        parts = [chunk(word(text), "m"), ("custom", 1)]
        source = AsyncSource(parts)

        class Bare:
            def __aiter__(self):
                return self

            async def __anext__(self):
                return await anext(source)

        got = [event async for event in answers.stream_workflow(Bare(), "writer")]
        self.equal(got, [event for event, _ in self.events(parts)], "the last event is missing")

    async def test_each_call_is_a_stream_of_its_own(self, answers, text):
        items = [
            chunk(word(text), "m"),
            ("updates", {"a": None}),
            whole(word(text), "n"),
            ("custom", 1),
        ]
        question = ("updates", {"__interrupt__": (answers.Question("q", word(text)),)})
        others = [chunk(word(text), "n"), question, whole(word(text), "m")]
        await acheck_apart(lambda source: answers.stream_workflow(source, "writer"), items, others)

    def test_any_parts(self, search):
        async def promise(answers, clock, parts, ending):
            items = [
                part
                if part[0] != "ask"
                else (
                    "updates",
                    {
                        "__interrupt__": tuple(
                            answers.Question(f"q{n}", x) for n, x in enumerate(part[1])
                        )
                    },
                )
                for part in parts
            ]

            def read(source):
                return Told(answers.stream_workflow(source, "writer"), self.look)

            if isinstance(ending.error, Exception):
                items, ending = [*items, ending.error], Ending()
            await KEEPS.acheck(answers, read, items, ending, self.events)

        nodes, ids = ("writer", "writer", "judge"), ("m", "n", None)
        texts = ("a", "a", "b", "", " ", "no")
        pool = [
            *(
                make(x, key, node)
                for make in (chunk, chunk, whole)
                for x in texts
                for key in ids
                for node in nodes
            ),
            *(
                ("updates", {name: value})
                for name in ("writer", "judge")
                for value in (None, {"a": 1})
            ),
            *(("custom", value) for value in VALUES),
            *(("ask", values) for values in (["a"], ["a", "a"], [None], [0, "", False])),
            *((mode, None) for mode in ("values", "debug", "tasks", "")),
            *(spoken(kind("a"), "writer") for kind in (HumanMessage, SystemMessage)),
        ]
        part: Any = st.sampled_from(pool)
        endings = st.sampled_from(
            (
                *(Ending(), Ending()),
                *(Ending(error=kind("of the graph")) for kind in (ConnectionError, Stranger, Stop)),
                *(Ending(stop_after=count) for count in (1, 2, 3)),
            )
        )
        always = (
            *each(
                parts=tuple([chunk("a", "m"), chunk(x, "m"), whole(x, "n")] for x in TEXTS),
                ending=Ending(),
            ),
            {"parts": [chunk(LONG, "m"), ("custom", LONG)] * 9, "ending": Ending()},
        )
        search(promise, *always, parts=st.lists(part, max_size=7), ending=endings)
