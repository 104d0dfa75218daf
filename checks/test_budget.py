"""A submission has a budget: what all its tests together may take."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_process import SOURCE, FakeProcess
from fake_process import channel as channel  # a fixture
from fake_process import process as process  # a fixture
from test_official import CALL as ASK
from test_official import Plain

from course import catalog
from course.cohort.workers import worker
from course.fakes.clock import virtual_time
from course.grade import died, patience
from course.grade.answer_file import AnswerFile
from course.grade.died import COSTLY, SPENT, ContainedDied
from course.grade.outcome import LessonOutcome, TaskOutcome, TestOutcome
from course.grade.patience import (
    OF_A_SUBMISSION,
    SECONDS_FOR_OTHERS,
    Activity,
    Budget,
    Limits,
    activity,
)
from course.official import marking as official
from course.official.marking import OfficialGrader, _CountingGrader
from course.official.protocol.plain_data import MOST_TOOL_ARGS, NotPlainError
from course.official.trusted import scout
from course.official.trusted import session as trusted
from course.official.trusted.channel import Channel
from course.official.trusted.session import ContainedAnswers

LESSON = catalog.find("09")
SMALL = Limits(cpu=600, asleep=scout.SECONDS + 1, wall=600)
"""Little sleep is left once the answers were searched by themselves, and all the rest."""

NAP = "\n\ndef write_stream(tokens, out):\n    import threading\n    threading.Event().wait(60)\n"

needs_proc = pytest.mark.skipif(activity(1) is None, reason="nobody can tell what processes do")


# What is counted


class Observed:
    """Processes that do what a test says, and the time in which they do so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.own: dict[tuple[int, str], float] = {(1, "a"): 7.0}
        self.is_asleep = False
        monkeypatch.setattr(patience, "REAL_TIME", lambda: self.now)
        monkeypatch.setattr(patience, "activity", self.activity)
        self.budget = Budget(Limits(cpu=10, asleep=3, wall=100))
        self.budget.count(1)

    def activity(self, process: int) -> Activity:
        return Activity(sum(self.own.values()), self.is_asleep, (1,), {**self.own})

    def look(self) -> str:
        self.now += patience.GLANCE
        return self.budget.look()


@pytest.fixture
def observed(monkeypatch: pytest.MonkeyPatch) -> Observed:
    return Observed(monkeypatch)


def test_what_was_used_before_does_not_count(observed: Observed) -> None:
    observed.look()
    assert observed.budget.used == 0


def test_what_is_gone_has_been_used_all_the_same(observed: Observed) -> None:
    """The kernel adds it to nobody if nobody has waited for it."""
    for number in range(4):
        observed.own = {(1, "a"): 7.0, (number + 2, "b"): 3.0}
        assert observed.look() == ("loops" if number == 3 else "")
    assert observed.budget.used == 12


def test_a_number_that_is_given_again_is_another_process(observed: Observed) -> None:
    observed.own[2, "b"] = 4.0
    observed.look()
    observed.own = {(1, "a"): 7.0, (2, "c"): 4.0}
    observed.look()
    assert observed.budget.used == 8


def test_another_process_counts_from_when_it_is_needed(observed: Observed) -> None:
    observed.own = {(5, "e"): 2.0}
    observed.budget.count(5)
    observed.own = {(5, "e"): 3.0}
    observed.look()
    assert observed.budget.used == 1


def test_sleep_is_summed_up_over_all_tests(observed: Observed) -> None:
    observed.is_asleep = True
    found = [observed.look() for _ in range(40)]
    assert {*found[:29]} == {""}
    assert {*found[31:]} == {"waits"}


def test_who_gets_no_processor_is_not_to_blame(observed: Observed) -> None:
    observed.now = 101
    assert died.spent(observed.look(), observed.budget.limits).is_busy  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("finding", "words"),
    [("loops", "its 45 s of CPU time"), ("waits", "the 40 s in which it may sleep")],
)
def test_it_is_told_as_what_it_is(finding: Any, words: str) -> None:
    death = died.spent(finding, OF_A_SUBMISSION)
    assert death.problem == SPENT.format(words)
    assert words in death.suspicious
    assert not death.is_busy


def test_many_tasks_may_be_endless_and_each_is_told_so() -> None:
    """After the first loop, the limit of a test is smaller."""
    grader = _CountingGrader(LESSON, 5.0, "limits")
    grader.begin(budget := Budget())
    limits = []
    for _ in range(6):
        limits.append(grader._seconds_for_next)
        budget._cpu += limits[-1] + 2 * patience.GLANCE  # it is seen a little later
    grader.close()
    assert limits == [5.0, *[SECONDS_FOR_OTHERS] * 5]
    assert budget.used <= min(OF_A_SUBMISSION.cpu, OF_A_SUBMISSION.asleep)


# What is left over


def test_what_is_left_over_is_wrong() -> None:
    one, two, three, *_ = LESSON.tasks
    expected = {task.name: frozenset({"a", "b"}) for task in LESSON.tasks}
    passed = [TestOutcome(name, one.name, "passed") for name in ("a", "b")]
    outcome = LessonOutcome(
        LESSON,
        (
            TaskOutcome(one, tuple(passed)),
            TaskOutcome(two, (TestOutcome("a", two.name, "passed"),)),
            TaskOutcome(three, (TestOutcome("a", three.name, "wrong"),)),
            *(TaskOutcome(task, ()) for task in LESSON.tasks[3:]),
        ),
        1,
    )
    death = died.spent("loops", OF_A_SUBMISSION)
    found = official._left_over(outcome, expected, death)
    assert [task.verdict for task in found.tasks] == [
        "passed",
        *["wrong"] * (len(LESSON.tasks) - 1),
    ]
    told = [task.feedback.problem if task.feedback else "" for task in found.tasks]
    assert death.problem not in (told[0], told[2])
    assert {told[1], *told[3:]} == {death.problem}


@pytest.fixture(scope="module")
def grader() -> Iterator[OfficialGrader]:
    with OfficialGrader(LESSON) as one:
        yield one


@needs_proc
def test_a_submission_without_budget_gets_what_it_has_earned_and_a_flag(
    grader: OfficialGrader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = LESSON.solution.read_text(encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(official, "Budget", lambda: Budget(SMALL))
        reply = worker._grade(grader, LESSON, (source + NAP).encode(), 1)
    assert reply["event"] == "graded", "so nobody pays for it again"
    said = died.spent("waits", SMALL)
    assert reply["flags"] == [[None, said.suspicious]]
    assert said.problem in reply["feedback"]
    tests = [TestOutcome.from_data(test) for test in reply["tests"]]
    passed = {test.task for test in tests} - {t.task for t in tests if t.verdict != "passed"}
    before = [
        task.name for task in LESSON.tasks if task.number < LESSON.task("write_stream").number
    ]
    assert passed == {*before}, "what was tried before"
    assert {test.feedback.problem for test in tests if test.feedback} == {said.problem}
    (tmp_path / "next.py").write_text(source, encoding="utf-8")
    verdict = grader.grade(tmp_path / "next.py")
    assert (verdict.outcome.all_passed, verdict.flags) == (True, ())


# What costs the tests, and not the answers


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let this process have worked for so long."""
    used = [time.process_time()]
    monkeypatch.setattr(time, "process_time", lambda: used[0])

    def add(seconds: float) -> None:
        used[0] += seconds

    return add


def dying(channel: Channel) -> died.Death:
    with pytest.raises(ContainedDied) as caught:
        channel.hear()
    return caught.value.death


def test_between_two_messages_we_look_at_our_own_work(
    process: FakeProcess, channel: Channel, work: Callable[[float], None]
) -> None:
    channel.allow(Limits(600, 600, 600), ours=5)
    process.says(*[{"reply": 0}] * 9)
    channel.hear()
    work(4)
    channel.hear()
    work(4)
    assert dying(channel) == COSTLY
    channel.allow(Limits(600, 600, 600), ours=5)
    assert channel.hear() == {"reply": 0}


CHUNK = {"$": "chunk", "v": {"$": "dict", "v": [["content", "x"]]}}


def test_within_a_message_too(
    process: FakeProcess,
    channel: Channel,
    work: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import types

    process.says({"ready": True}, {"loaded": {"write_stream": []}})
    made = ContainedAnswers(
        channel, LESSON, AnswerFile(SOURCE, LESSON.solution), types.ModuleType("given"), 1
    )
    make = trusted.ContainedAnswers.about_to_make
    seen: list[int] = []

    def about_to_make(self: ContainedAnswers) -> None:
        seen.append(1)
        work(0.3)
        make(self)

    monkeypatch.setattr(ContainedAnswers, "about_to_make", about_to_make)
    process.says({"reply": {"$": "list", "v": [CHUNK] * 50}})
    with virtual_time(), pytest.raises(ContainedDied) as caught:
        vars(made.answers.module)["write_stream"]()
    assert caught.value.death == COSTLY
    assert len(seen) < 9
    assert made.died is caught.value, "it stays dead"


def test_what_is_asked_is_read_no_further_either(
    process: FakeProcess, channel: Channel, work: Callable[[float], None]
) -> None:
    channel.allow(Limits(600, 600, 600), ours=1)
    process.says(*[{**ASK, "v": [1]}] * 3)
    channel.hear()
    work(2)
    assert dying(channel) == COSTLY


@pytest.mark.parametrize("pieces", [1, 2, 230])
def test_all_pieces_of_a_chunk_share_a_limit(pieces: int) -> None:
    piece = {"name": "x", "args": "[" * (MOST_TOOL_ARGS // pieces + 1), "id": "1"}
    fields = {"content": "", "tool_call_chunks": [{**piece, "index": n} for n in range(pieces)]}
    with pytest.raises(NotPlainError, match="without end"):
        Plain().decode({"$": "chunk", "v": Plain().encode(fields)})
    for one in fields["tool_call_chunks"]:
        one["args"] = one["args"][: MOST_TOOL_ARGS // pieces]  # type: ignore[index]
    assert Plain().decode({"$": "chunk", "v": Plain().encode(fields)})


# Sources


def test_a_source_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    source = LESSON.solution.read_text(encoding="utf-8") + "\n# another one\n" + NAP
    file = AnswerFile(source + "# yield  # replace this line", Path("answers.py"))
    parse, read = ast.parse, []

    def counted(source: Any, *args: Any, **kwargs: Any) -> Any:
        read.append(1)
        return parse(source, *args, **kwargs)

    monkeypatch.setattr(ast, "parse", counted)
    for task in LESSON.tasks:
        assert file.line_of(task.name)
        file.line_left_from_stub(task.name)
    assert len(read) == 1
    for line in range(1, 9):
        died.loop_line(source, [line])
    assert len(read) == 2


def test_a_source_is_split_into_lines_once() -> None:
    """A function may have tens of thousands of them."""
    splits = []

    class Text(str):
        def split(self, *args: Any, **kwargs: Any) -> list[str]:
            splits.append(1)
            return super().split(*args, **kwargs)

    file = AnswerFile(Text("def f():\n" + "    1\n" * 99), Path("answers.py"))
    assert file.line_left_from_stub("f") is None
    assert file.line(2) == "    1"
    assert len(splits) == 1


def test_a_source_that_nobody_can_parse_has_no_lines() -> None:
    deep = "def f():\n    return " + "+".join(["1"] * 30_000)
    for source in ("def (", deep):
        file = AnswerFile(source, Path("answers.py"))
        assert file.line_of("g") is None
        assert file.line_left_from_stub("g") is None
