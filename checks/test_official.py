"""Official grading: the answers run in another process, and the marks are the same."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Graders, OfficialGraders
from fake_process import LONG, SOURCE, FakeProcess
from fake_process import channel as channel  # a fixture
from fake_process import process as process  # a fixture
from langchain_core.messages import AIMessage
from sampled import Variants, each_lesson, each_round
from waiting import until

from course import catalog
from course.fakes.clock import VirtualClock, virtual_time
from course.fakes.sources import Source
from course.grade import patience
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.died import LOOPS, TOO_BUSY, WAITS, ContainedDied, Death
from course.grade.outcome import LessonOutcome, TaskOutcome, TestOutcome
from course.grade.patience import Activity, Limits
from course.lesson.variants import (
    Variant,
    alternatives,
    may_be_wrong,
    mistakes,
    rounds,
    together,
)
from course.official.marking import OfficialGrader, OfficialOutcome, counted, expected_tests
from course.official.protocol.plain_data import Codec, NotPlainError
from course.official.trusted.channel import MOST_BYTES, Channel
from course.official.trusted.process import AnswersInside, ContainedProcess
from course.official.trusted.session import ContainedAnswers
from course.sandbox.sandbox import strongest

LESSONS = catalog.lessons()
LESSON = catalog.find("09")

Round = tuple[Variant, ...]


def name(lesson: catalog.Lesson) -> str:
    """Return how a lesson is called in the name of a test."""
    return lesson.slug


def wrong_tasks(verdict: OfficialOutcome | LessonOutcome) -> dict[str, TaskOutcome]:
    outcome = verdict.outcome if isinstance(verdict, OfficialOutcome) else verdict
    return {task.task.name: task for task in outcome.tasks if task.verdict != "passed"}


# The same marks


def marked(variants: Variants) -> Variants:
    """Of the variants of a lesson, those of tasks that carry a mark."""

    return lambda lesson: variants(lesson.for_marks)


@pytest.mark.sampled("alternatives graded officially")
@pytest.mark.parametrize(
    ("lesson", "dealt"), each_round(marked(alternatives), "official alternatives", 3)
)
def test_alternatives_pass(
    lesson: catalog.Lesson,
    dealt: Round,
    official_graders: OfficialGraders,
    write: Callable[[str], Path],
) -> None:
    verdict = official_graders(lesson).grade(write(together(lesson, dealt)))
    assert {name: task.feedback for name, task in wrong_tasks(verdict).items()} == {}
    assert verdict.flags == ()


UNSEEN_ACROSS = {
    "stream_with_timeout__pulls_once_more_when_total_is_over": "a pull that is cancelled at once "
    "does not reach the source",
    "sse_body__marks_what_was_sent": "an item of a source is a copy: it may be what a test expects",
    "guard_tool__changes_the_message": "what a handler gives is a copy",
    "chunk_documents__shares_metadata": "documents are copies, with all that is in them",
    "chunk_documents__one_copy_for_all": "documents are copies, with all that is in them",
    "chunk_documents__changes_the_document": "documents are copies, with all that is in them",
    "FolderLoader__changes_the_document": "documents are copies, with all that is in them",
    "CachedEmbeddings__stores_the_list_that_came": "what embeddings give is a copy",
    "SqliteVectorStore__one_thread": "answers have one thread there",
    "paired_bootstrap__global_seed": "the random numbers of the tests are in another process",
    "SqliteVectorStore__metadata_in_the_store": "documents are copies, with all that is in them",
    "SqliteVectorStore__marks_documents": "documents are copies, with all that is in them",
    "rerank__changes_the_document": "documents are copies, with all that is in them",
    "rerank__shallow_copy": "documents are copies, with all that is in them",
    "ParentRetriever__hands_out_the_parents": "documents are copies, with all that is in them",
    "ParentRetriever__shallow_copies": "documents are copies, with all that is in them",
    "compress_documents__shares_metadata": "documents are copies, with all that is in them",
}
"""Mistakes that only the local grader sees, and what of them does not cross to the tests."""

TOLD_OTHERWISE_ACROSS = {
    "safe_call__changes_the_tool": "a tool that is handed in refuses to be changed",
    "safe_call__lets_the_tool_handle_it": "a tool that is handed in refuses to be changed",
    "ask_many__groups_errors": "a group that answers make is no ExceptionGroup for the tests",
    "standalone_question__blank_is_searched": "an error that they hide themselves is seen there",
    "standalone_question__blank_before_quotes": "an error that they hide themselves is seen there",
}
"""Mistakes that are rejected there for another reason than here, and for which."""


def seen_across(lesson: catalog.Lesson) -> tuple[Variant, ...]:
    """The mistakes in tasks with a mark that official grading can see."""
    return tuple(one for one in marked(mistakes)(lesson) if one.name not in UNSEEN_ACROSS)


def test_what_is_unseen_is_a_known_mistake() -> None:
    known = {one.name for lesson in catalog.lessons() for one in mistakes(lesson)}
    assert {*UNSEEN_ACROSS, *TOLD_OTHERWISE_ACROSS} <= known


@pytest.mark.sampled("lists of what does not cross")
@pytest.mark.parametrize("lesson", each_lesson(3, "what does not cross"))
def test_what_is_unseen_is_really_unseen(
    lesson: catalog.Lesson, official_graders: OfficialGraders, write: Callable[[str], Path]
) -> None:
    """So that the list becomes shorter when more crosses."""
    listed = [one for one in marked(mistakes)(lesson) if one.name in UNSEEN_ACROSS]
    for dealt in rounds(listed):
        verdict = official_graders(lesson).grade(write(together(lesson, dealt)))
        assert (wrong_tasks(verdict), verdict.flags) == ({}, ())


@pytest.mark.sampled("mistakes graded officially")
@pytest.mark.parametrize(("lesson", "dealt"), each_round(seen_across, "official"))
def test_mistakes_are_rejected(
    lesson: catalog.Lesson,
    dealt: Round,
    official_graders: OfficialGraders,
    graders: Graders,
    write: Callable[[str], Path],
) -> None:
    """One for each task, together in a file: it is a file that costs the time."""
    path = write(together(lesson, dealt))
    verdict = official_graders(lesson).grade(path)
    wrong = wrong_tasks(verdict)
    tasks = {mistake.task for mistake in dealt}
    assert tasks <= {*wrong} <= may_be_wrong(lesson, dealt)
    assert verdict.flags == (), "a mistake is nothing suspicious"
    usually = wrong_tasks(graders(lesson).grade(path))
    for mistake in dealt:
        said, usual = wrong[mistake.task].feedback, usually[mistake.task].feedback
        assert said is not None
        assert usual is not None
        is_told_otherwise = (said.problem, said.test) != (usual.problem, usual.test)
        assert is_told_otherwise == (mistake.name in TOLD_OTHERWISE_ACROSS), mistake.name


@pytest.mark.sampled("references graded officially")
@pytest.mark.parametrize("lesson", each_lesson(3, "official references"))
def test_all_tasks_are_graded_officially(
    lesson: catalog.Lesson, official_graders: OfficialGraders
) -> None:
    official = official_graders(lesson)
    assert official.level == strongest()
    assert official.grade(lesson.solution).outcome.all_passed
    stub = official.grade(lesson.exercise)
    assert {task.verdict for task in stub.outcome.tasks} == {"not_started"}
    graded = [task.task for task in stub.outcome.tasks]
    assert graded == [task for task in lesson.tasks if not task.unmarked]
    assert stub.flags == ()


def test_what_is_graded_in_one_process_with_its_tests_carries_no_mark(
    official_graders: OfficialGraders,
) -> None:
    lesson = catalog.find("10")
    verdict = official_graders(lesson).grade(lesson.solution)
    graded = [one.task.name for one in verdict.outcome.tasks]
    assert {"chat_graph", "stream_thread"}.isdisjoint(graded)
    assert graded
    with pytest.raises(catalog.UnknownTask):
        lesson.for_marks.task("chat_graph")


# The list of expected tests


@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_the_expected_tests_are_those_that_run(lesson: catalog.Lesson, graders: Graders) -> None:
    expected = expected_tests(lesson)
    for task in graders(lesson).grade(lesson.solution).tasks:
        assert {test.test.partition("[")[0] for test in task.tests} == expected[task.task.name]


def passing(*tests: str) -> LessonOutcome:
    task = LESSON.tasks[0]
    found = tuple(TestOutcome(test, task.name, "passed") for test in tests)
    return LessonOutcome(LESSON, (TaskOutcome(task, found),), 1)


@pytest.mark.parametrize(
    ("ran", "reported", "verdict"),
    [
        (["a", "b"], {"a": 1, "b": 1}, "passed"),
        (["a"], {"a": 1}, "wrong"),
        ([], {}, "wrong"),
        (["a", "b"], {"a": 1, "b": 2}, "wrong"),
        (["a", "b"], {"a": 1}, "wrong"),
        (["a", "b", "c"], {"a": 1, "b": 1, "c": 1}, "wrong"),
    ],
    ids=["each once", "one is missing", "none", "one is doubled", "one is silent", "one too many"],
)
def test_a_task_is_passed_if_each_test_was_once(
    ran: list[str], reported: dict[str, int], verdict: str
) -> None:
    expected = {LESSON.tasks[0].name: frozenset({"a", "b"})}
    outcome = counted(passing(*ran), expected, reported)
    assert outcome.tasks[0].verdict == verdict


# What learners are told


def test_what_is_printed_is_kept(
    official_graders: OfficialGraders, write: Callable[[str], Path]
) -> None:
    source = "def write_stream(tokens, out):\n    print('so far', so_good := 1)\n    return 0\n"
    verdict = official_graders(LESSON).grade(write(source))
    task = wrong_tasks(verdict)["write_stream"]
    assert task.printed == "so far 1\n"


def test_the_line_of_an_error_is_told(
    official_graders: OfficialGraders, write: Callable[[str], Path]
) -> None:
    source = "def write_stream(tokens, out):\n    for token in tokens:\n        token.no_such()\n"
    feedback = wrong_tasks(official_graders(LESSON).grade(write(source)))["write_stream"].feedback
    assert feedback is not None
    assert feedback.line == 3
    assert dict(feedback.rows)["raised"].startswith("AttributeError")


def test_a_generator_may_be_given_for_a_list(
    graders: Graders, official_graders: OfficialGraders, write: Callable[[str], Path]
) -> None:
    """The other side reads it while we wait for its answer."""
    source = LESSON.solution.read_text(encoding="utf-8")
    right = "tokens = generate(query, documents)"
    assert right in source
    path = write(source.replace(right, "tokens = generate(query, (one for one in documents))"))
    verdict = official_graders(LESSON).grade(path)
    assert verdict.flags == ()
    assert [*wrong_tasks(verdict)] == [*wrong_tasks(graders(LESSON).grade(path))]


@pytest.fixture(scope="module")
def impatient() -> Iterator[OfficialGrader]:
    """One grader for all: what one file of answers does must not reach the next."""
    with OfficialGrader(LESSON, seconds_per_test=1.0) as made:
        yield made


CELL = "next(o for o in __import__('gc').get_objects() if type(o).__name__ == 'Cell')"
NAP = "__import__('threading').Event().wait(60)"


@pytest.mark.parametrize(
    ("source", "problem", "suspicious"),
    [
        ("def f(:\n", "SyntaxError", ""),
        ("x = 1\nreturn x\n", "SyntaxError: 'return' outside function.", ""),
        ("import no_such_module\n", "ModuleNotFoundError", ""),
        ("1 / 0\n", "ZeroDivisionError: division by zero", ""),
        ("while True: pass\n", "it never finishes being imported.", ""),
        ("raise SystemExit\n", "it ends the program while it is imported.", "ends the program"),
        ("import os; os._exit(0)\n", "it ended its process with exit status 0", "exit status 0"),
        ("import os; os.abort()\n", "it ended its process with signal 6", "signal 6"),
        (f"{CELL}.say([])\n", "it writes into the channel", "it writes into the channel: b'[]'"),
        (f"{CELL}.say({{'reply': 1}})\n", "it sends nonsense", "it sends nonsense"),
        (
            f"import os\nif not os.fork(): {NAP}\n1 / 0\n",
            "ZeroDivisionError",
            "it left a process running",
        ),
    ],
)
def test_what_cannot_be_imported_says_why(
    source: str,
    problem: str,
    suspicious: str,
    impatient: OfficialGrader,
    write: Callable[[str], Path],
) -> None:
    with pytest.raises(CannotLoad) as caught:
        impatient.grade(write(source))
    assert problem in caught.value.problem
    assert suspicious in caught.value.suspicious
    assert bool(suspicious) == bool(caught.value.suspicious)
    assert impatient.grade(LESSON.solution).outcome.all_passed


# Loops, ends, and what is left

LOOP = "def {}(*args, **kwargs):\n    while True: pass\n"
KILL = "def {}(*args, **kwargs):\n    import os; os.kill(os.getppid(), 9)\n"


def below(parent: int) -> set[int]:
    """The processes that a process has started, and those that these have."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found: set[int] = set()
    new = {parent}
    while new:
        new = {one for one, above in parents.items() if above in new} - found
        found |= new
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks into /proc")
def test_loops_cost_their_own_task_and_leave_nothing(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    for folder in (temporary, *temporary.parents[:2]):
        folder.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    before, threads = below(os.getpid()), threading.active_count()
    source = LESSON.solution.read_text(encoding="utf-8")
    with OfficialGrader(LESSON, seconds_per_test=1.0) as grader:
        spoiled = source + LOOP.format("write_stream") + KILL.format("dispatch_events")
        verdict = grader.grade(write(spoiled))
        wrong = wrong_tasks(verdict)
        assert [*wrong] == ["write_stream", "dispatch_events"]
        feedback = wrong["write_stream"].feedback
        assert feedback is not None
        assert (feedback.problem, feedback.line) == (LOOPS, len(source.splitlines()) + 2)
        assert [flag.task for flag in verdict.flags] == ["dispatch_events"]
        assert grader.grade(LESSON.solution).outcome.all_passed
        assert below(os.getpid()) > before
    until(lambda: below(os.getpid()) == before, "what was started has ended")
    assert [*temporary.iterdir()] == []
    assert threading.active_count() == threads


# The channel


def dying(channel: Channel) -> Death:
    with pytest.raises(ContainedDied) as caught:
        channel.hear()
    return caught.value.death


@pytest.mark.parametrize(
    "line",
    [
        b"no json\n",
        b'{"reply": \n',
        b"[]\n",
        b"7\n",
        b"null\n",
        b"\xff\xfe\n",
        b'{"reply": ' + b"[" * 60_000 + b"\n",
        b'{"reply": ' + b"9" * 60_000 + b"}\n",
        b'{"gone": 0, "trace": "", "left": 0, "word": ""}\n',
        b'{"gone": 1, "trace": "Timeout (0:00:05)!"}\n',
    ],
    ids=["words", "half", "list", "number", "null", "bytes", "deep", "digits", "gone", "timeout"],
)
def test_a_line_that_is_no_message_is_flagged(
    line: bytes, process: FakeProcess, channel: Channel
) -> None:
    process.says(line)
    assert dying(channel).suspicious


def test_a_line_without_end_is_flagged(process: FakeProcess, channel: Channel) -> None:
    writer = threading.Thread(target=process.writes.write, args=(b"x" * (MOST_BYTES + 200_000),))
    writer.start()
    assert dying(channel).suspicious == "it sends a message without end"
    process.stdout.close()
    writer.join()


@pytest.mark.parametrize(
    ("limits", "cpu", "is_asleep", "problem", "is_busy"),
    [
        (Limits(cpu=-1, asleep=9, wall=99), 1.0, False, LOOPS, False),
        (Limits(cpu=9, asleep=0, wall=99), 1.0, True, WAITS, False),
        (Limits(cpu=9, asleep=9, wall=0), 0.0, False, TOO_BUSY, True),
    ],
    ids=["work", "sleep", "no processor"],
)
def test_silence_ends(
    limits: Limits,
    cpu: float,
    is_asleep: bool,
    problem: str,
    is_busy: bool,
    process: FakeProcess,
    channel: Channel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "activity", lambda _: Activity(cpu, is_asleep, ()))
    channel.allow(limits)
    death = dying(channel)
    assert (death.problem, death.is_busy) == (problem, is_busy)
    assert bool(death.suspicious) != is_busy
    with pytest.raises(ContainedDied):  # nor is it waited for if it does not read
        channel.say({"do": "x" * 200_000})


def test_words_without_end_use_up_the_time_as_silence_does(
    process: FakeProcess, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "activity", lambda _: Activity(1.0, False, ()))
    monkeypatch.setattr(patience, "GLANCE", 0.0)
    channel.allow(Limits(cpu=-1, asleep=9, wall=99))
    process.says({"idle": None})
    assert dying(channel).problem == LOOPS


def test_only_the_first_process_can_say_that_a_child_is_gone(
    process: FakeProcess, channel: Channel
) -> None:
    process.says({"ready": True})
    channel.start(1.0, SOURCE)
    told = [json.loads(process.reads.readline()) for _ in range(2)]
    assert told[0]["do"] == "start"
    gone = {"gone": 0, "trace": "", "left": 2}
    process.says({**gone, "word": "guessed"}, {**gone, "word": told[1]["word"]})
    assert channel.end()
    assert channel.left == 2
    process.says({**gone, "word": told[1]["word"]})
    assert dying(channel).suspicious == "it pretends to be gone"


@pytest.mark.parametrize(
    ("status", "trace", "suspicious"),
    [
        (86, 'at work\nFile "answers.py", line 7\n', False),
        (86, 'waiting\nFile "answers.py", line 7\n', False),
        (-24, 'Stack (most recent call first):\n  File "answers.py", line 7 in f\n', False),
        (86, "", True),
        (1, "", True),
        (0, "at work\n", True),
        (-9, "", True),
    ],
    ids=["work", "sleep", "work in C", "no trace", "exit", "forged trace", "killed"],
)
def test_an_end_is_suspicious_unless_time_ran_out(
    status: int, trace: str, suspicious: bool, process: FakeProcess, channel: Channel
) -> None:
    process.says({"ready": True})
    channel.start(1.0, SOURCE)
    word = [json.loads(process.reads.readline()) for _ in range(2)][1]["word"]
    process.says({"gone": status, "trace": trace, "left": 0, "word": word})
    death = dying(channel)
    assert bool(death.suspicious) == suspicious
    assert death.line == (None if suspicious else 7)


def test_a_child_that_does_not_end_is_noticed(
    process: FakeProcess, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "activity", lambda _: Activity(0.0, True, ()))
    monkeypatch.setattr("course.official.trusted.channel.TO_END", Limits(cpu=9, asleep=0, wall=99))
    process.says({"ready": True})
    channel.start(1.0, SOURCE)
    process.says({"gone": 0, "trace": "", "left": 0, "word": ""}, {"bye": True})
    assert not channel.end()


# The trusted side, when the other one sends nonsense


@pytest.fixture
def answers(process: FakeProcess, channel: Channel) -> ContainedAnswers:
    parameters = [["tokens", 1, False], ["out", 1, False]]
    process.says({"ready": True}, {"loaded": {"write_stream": parameters}})
    given = types.ModuleType("given")
    made = ContainedAnswers(channel, LESSON, AnswerFile("", LESSON.solution), given, 1.0)
    channel.allow(LONG)
    return made


CALL = {"ask": "next", "thread": False}
NONSENSE: dict[str, Any] = {
    "no reply": {"passed": True},
    "an unknown kind": {"reply": {"$": "pickle", "v": ""}},
    "no kind": {"reply": {}},
    "no item, and yet again": {"reply": {"$": "again", "v": {"$": "list", "v": []}}},
    "a list": {"reply": [1]},
    "a kind that is no name": {"reply": {"$": ["list"]}},
    "a number never given": {"reply": {"$": "back", "n": 7}},
    "an error that is none": {"error": 7},
    "an error that is a list": {"error": {"$": "list", "v": []}},
    "an error never given": {"error": {"$": "back", "n": 1}},
    "a proxy of no kind": {"reply": {"$": "live", "n": 1, "kind": "model", "known": None}},
    "unhashable keys": {"reply": {"$": "dict", "v": [[{"$": "list", "v": []}, 1]]}},
    "a message of no type": {"reply": {"$": "message", "v": {"$": "dict", "v": []}}},
    "frames that are none": {"error": {"$": "error", "n": 1, "frames": 7}},
    "a question that is none": {"ask": "__init__", "v": [], "thread": False},
    "a question about nothing": {**CALL, "v": [99]},
    "a question about no number": {**CALL, "v": ["x"]},
    "no arguments": {"ask": "next"},
    "the end of no call": {"done": 1, "v": None},
    "the end of a list": {"done": [], "v": None},
    "a service outside of a loop": {"later": 1, "n": 1, "method": "__anext__", "v": []},
    "a service of another kind": {"later": 1, "n": 1, "method": "close", "v": []},
    "a drop of a list": {"drop": []},
    "a wait for what was never given": {"later": 1, "n": 9, "method": "__await__", "v": []},
    "a change of what was never given": {"ask": "splice", "v": [9, 0, 0, {"$": "list", "v": []}]},
    "a change of what is no list": {"ask": "rekey", "v": [1, [], []]},
    "a record of no class": {"reply": {"$": "record", "type": "X", "v": {}}},
    "a member of no class": {"reply": {"$": "member", "type": "int", "name": "real"}},
    "an object of no kind": {"reply": {"$": "live", "n": 1, "kind": "object", "known": {}}},
    "an object that equals all": {
        "reply": {
            "$": "live",
            "n": 1,
            "kind": "object",
            "known": {"type": "T", "own": True, "can": ["__eq__"], "methods": {}},
        }
    },
    "a function without a name": {"reply": {"$": "live", "n": 1, "kind": "function", "known": 7}},
    "a class": {"reply": {"$": "live", "n": 1, "kind": "class", "known": {"name": "int"}}},
    "bytes that are none": {"reply": {"$": "bytes", "v": "?"}},
    "a date that is none": {"reply": {"$": "date", "type": "datetime", "v": "today"}},
    "a date of no type": {"reply": {"$": "date", "type": "__class__", "v": ""}},
    "a length of time that is none": {"reply": {"$": "timedelta", "v": [1e300]}},
    "a set of lists": {"reply": {"$": "set", "v": [{"$": "list", "v": []}]}},
    "characters that are none": {"reply": {"$": "surrogates", "v": [-1]}},
    "idle at once": {"idle": 1.0},
    "ready again": {"ready": True},
}


@pytest.mark.parametrize("message", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_flagged(
    message: dict[str, Any], process: FakeProcess, answers: ContainedAnswers
) -> None:
    process.says(message)
    with virtual_time(), pytest.raises(ContainedDied) as caught:
        answers.answers.write_stream([], None)
    assert caught.value.death.suspicious
    assert answers.died is caught.value
    with pytest.raises(ContainedDied):  # and it stays dead
        answers.end_test()


@pytest.mark.parametrize("until", ["x", [], float("nan"), float("inf"), {}])
def test_a_moment_that_is_none_is_flagged(
    until: Any, process: FakeProcess, answers: ContainedAnswers
) -> None:
    async def call() -> None:
        answers.answers.write_stream([], None)

    process.says({"reply": 0}, {"idle": until})
    clock = VirtualClock()
    with virtual_time(clock), pytest.raises(ContainedDied) as caught:
        clock.run(call())
    assert caught.value.death.suspicious


@pytest.mark.parametrize("reply", [7, None, {"$": "list", "v": []}, {"$": "x"}])
def test_only_text_can_be_printed(
    reply: Any, process: FakeProcess, answers: ContainedAnswers
) -> None:
    process.says({"reply": reply})
    with pytest.raises(ContainedDied) as caught:
        answers.end_test()
    assert caught.value.death.suspicious


def test_methods_with_hidden_names_are_not_made(
    process: FakeProcess, answers: ContainedAnswers
) -> None:
    names = ("__eq__", "_answers", "__class__", "no name", "feed")
    known = {"type": "T", "own": True, "can": [], "methods": {key: [] for key in names}}
    process.says({"reply": {"$": "live", "n": 1, "kind": "object", "known": known}})
    with virtual_time():
        made = answers.answers.write_stream([], None)
    assert [name for name in vars(type(made)) if name in names] == ["feed"]
    assert made != 7


@pytest.mark.parametrize("ask", ["get", "set"])
@pytest.mark.parametrize("name", ["_items", "model_fields", "pretty_print", 7])
def test_only_fields_of_a_message_can_be_changed(
    ask: str, name: Any, process: FakeProcess, answers: ContainedAnswers
) -> None:
    message = AIMessage("text")
    process.says({"ask": ask, "v": [1, name, 1][: 3 if ask == "set" else 2]}, {"reply": 0})
    with virtual_time(), contextlib.suppress(ContainedDied):
        answers.answers.write_stream(message, None)
    assert message == AIMessage("text")
    assert b'"answer"' not in process.reads.read(60_000)


def test_a_list_that_was_not_given_as_an_argument_cannot_be_changed(
    process: FakeProcess, answers: ContainedAnswers
) -> None:
    secret = [1]
    change = [1, 0, 1, {"$": "list", "v": []}]
    process.says({"ask": "next", "v": [1]}, {"ask": "splice", "v": change}, {"reply": 0})
    with virtual_time(), pytest.raises(ContainedDied):
        answers.answers.write_stream(iter([secret]), None)
    assert secret == [1]


def test_a_hidden_attribute_is_not_given(process: FakeProcess, answers: ContainedAnswers) -> None:
    source = Source(["secret"])
    process.says({"ask": "get", "v": [1, "_items"], "thread": False}, {"reply": 0})
    with virtual_time(), pytest.raises(ContainedDied):
        answers.answers.write_stream(source, None)
    assert b"secret" not in process.reads.read(60_000)


def test_a_sleep_cannot_take_back_another(process: FakeProcess, answers: ContainedAnswers) -> None:
    async def call() -> None:
        answers.answers.write_stream([], None)

    ask = {"ask": "sleep", "thread": False}
    process.says({**ask, "v": [5.0, {"$": "list", "v": []}]})
    process.says({**ask, "v": [-5.0, {"$": "list", "v": []}]}, {"reply": 0}, {"idle": None})
    clock = VirtualClock()
    with virtual_time(clock):
        clock.run(call())
    assert clock.blocked == 5.0


# The codec


class Plain(Codec):
    """A codec without live objects."""

    def kind_of(self, value: object) -> tuple[str, Any] | None:
        return None


def nested(depth: int) -> Any:
    data: Any = {"$": "list", "v": []}
    for _ in range(depth):
        data = {"$": "list", "v": [data]}
    return data


@pytest.mark.parametrize(
    "data",
    [
        nested(100),
        {"$": "dict", "v": [[number, 0] for number in range(10_001)]},
        {
            "$": "chunk",
            "v": Plain().encode(
                {"content": "", "tool_call_chunks": [{"args": "[" * 9_000, "index": 0}]}
            ),
        },
        {"$": "opaque"},
        {"$": "document", "v": None},
    ],
    ids=["deep", "a large dict", "a long tool call", "opaque", "document"],
)
def test_what_is_too_much_is_refused(data: Any) -> None:
    with pytest.raises(NotPlainError):
        Plain().decode(data)


def test_names_from_there_are_only_names() -> None:
    sent = {
        "$": "error",
        "n": 1,
        "text": "x" * 9_999,
        "args": {"$": "list", "v": []},
        "cause": None,
        "context": None,
    }
    kept = {"$": "dict", "v": [["__class__", 1], ["_number", 7], ["kind", "idle"], [3, 4]]}
    for type_name in ("Skipped", "KeyboardInterrupt", "SystemExit", "no name", "ContainedDied"):
        error = Plain().decode({**sent, "type": type_name, "attributes": kept})
        assert isinstance(error, Exception), type_name
        assert len(str(error)) < 9_999
        assert vars(error)["kind"] == "idle"


def test_what_is_forgotten_is_given_a_new_number() -> None:
    codec = Plain()
    value = object()
    first = codec.keep(value)
    codec.forget(first)
    assert codec.keep(value) != first


def test_a_process_is_restarted_after_it_was_disturbed() -> None:
    """Also when the answers are used without a grader."""
    told: list[dict[str, Any]] = []
    process = ContainedProcess()
    try:
        process.wait_until_up()
        inside = AnswersInside(
            process, LESSON, AnswerFile(KILL.format("f"), LESSON.solution), 1.0, told.append
        )
        inside.load()
        inside.for_test(LESSON, LESSON.solution)
        inside.close()
        assert (inside.is_clean, told) == (True, [])
        process.restart()
        process.wait_until_up()
        again = AnswersInside(
            process, LESSON, AnswerFile("x = 1\n", LESSON.solution), 1.0, told.append
        )
        again.load()
        again.close()
        assert (again.is_clean, told) == (True, [])
    finally:
        process.close()
