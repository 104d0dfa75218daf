"""Limits count what answers use, and not the clock on the wall."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course import catalog
from course.author.screens import SITUATIONS, instead
from course.grade import died, grader, patience
from course.grade.died import ENDS, LOOPS, TOO_BUSY, WAITS
from course.grade.grader import Grader, TooBusy
from course.grade.outcome import LessonOutcome
from course.grade.patience import Activity, Finding, Limits, Patience, activity
from course.lesson.variants import spliced
from course.official.marking import OfficialGrader

LESSON = catalog.find("09")
FILE = "answers.py"

needs_proc = pytest.mark.skipif(activity(1) is None, reason="nobody can tell what processes do")


# What a process does


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are ended after the test, with all that they have started."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def start(code: str, started: list[subprocess.Popen[bytes]]) -> int:
    """Start a Python that runs `code`; return its number as soon as it has said something."""
    words = [sys.executable, "-S", "-c", f"print('here', flush=True); {code}"]
    pipe = subprocess.PIPE
    started.append(subprocess.Popen(words, stdin=pipe, stdout=pipe, start_new_session=True))
    out = started[-1].stdout
    assert out is not None
    out.readline()
    return started[-1].pid


@needs_proc
def test_who_waits_is_asleep_and_uses_nothing(started: list[subprocess.Popen[bytes]]) -> None:
    process = start("input()", started)
    while not (seen := activity(process)) or not seen.is_asleep:
        pass  # it is about to
    used = seen.cpu
    seen = activity(process)
    assert seen == Activity(used, True, (process,))


@needs_proc
def test_who_loops_is_awake_and_uses_more_and_more(started: list[subprocess.Popen[bytes]]) -> None:
    process = start("exec('while True: pass')", started)
    first = activity(process)
    assert first is not None
    assert not first.is_asleep
    while (seen := activity(process)) and seen.cpu <= first.cpu:
        assert not seen.is_asleep


@needs_proc
@pytest.mark.parametrize(
    "code",
    [
        "import subprocess, sys; subprocess.call([sys.executable, '-c', 'while True: pass'])",
        "import threading; exec('def f():\\n while True: pass'); t = threading.Thread(target=f); "
        "t.start(); t.join()",
    ],
    ids=["process", "thread"],
)
def test_what_it_has_started_counts(code: str, started: list[subprocess.Popen[bytes]]) -> None:
    process = start(code, started)
    used = 0.0
    while used < 0.2:
        seen = activity(process)
        assert seen is not None
        used = seen.cpu
    assert seen is not None
    assert seen.processes[0] == process


def test_who_has_ended_does_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    assert activity(process.pid) is None


# When it is enough


class Observed:
    """A process that does what a test says, and the time in which it does so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.cpu = 100.0
        monkeypatch.setattr(patience, "REAL_TIME", lambda: self.now)
        monkeypatch.setattr(patience, "activity", lambda process: self.seen)
        self.seen: Activity | None = None
        self.limits = Limits(cpu=2, asleep=3, wall=100)
        self.patience = Patience(1, self.limits)

    def looks(
        self, seconds: float, cpu: float, asleep: bool, is_awaited: bool = True
    ) -> list[Finding]:
        """What is found in so many seconds in which the process uses `cpu` seconds."""
        found: list[Finding] = []
        steps = round(seconds / patience.GLANCE)
        for _ in range(steps):
            self.now += patience.GLANCE
            self.cpu += cpu / steps
            self.seen = Activity(self.cpu, asleep, (1,))
            found.append(self.patience.look(is_awaited))
        return found


@pytest.fixture
def observed(monkeypatch: pytest.MonkeyPatch) -> Observed:
    return Observed(monkeypatch)


def test_cpu_time_is_limited(observed: Observed) -> None:
    found = observed.looks(50, cpu=5, asleep=False)
    assert {*found[:200]} == {""}, "used 2 s of the 5"
    assert {*found[220:]} == {"loops"}


def test_sleep_is_limited(observed: Observed) -> None:
    found = observed.looks(10, cpu=0, asleep=True)
    assert {*found[:29]} == {""}
    assert {*found[31:]} == {"waits"}


def test_sleep_counts_only_while_it_is_awaited(observed: Observed) -> None:
    assert {*observed.looks(50, cpu=0, asleep=True, is_awaited=False)} == {""}


def test_who_gets_no_processor_is_not_to_blame(observed: Observed) -> None:
    found = observed.looks(110, cpu=0.1, asleep=False)
    assert {*found[:990]} == {""}
    assert {*found[1010:]} == {"busy"}


def test_the_last_resort_blames_who_has_slept(
    observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    observed.patience.renew(Limits(cpu=2, asleep=80, wall=100))
    assert {*observed.looks(60, cpu=0, asleep=True)} == {""}
    assert observed.looks(45, cpu=0, asleep=False)[-1] == "waits"


def test_where_nobody_can_tell_only_the_last_resort_is_left(observed: Observed) -> None:
    observed.now = 19
    assert observed.patience.look() == ""
    observed.now = 21
    assert observed.patience.look() == "waits"


def test_each_thing_begins_with_nothing_used(observed: Observed) -> None:
    for _ in range(4):
        assert {*observed.looks(2, cpu=1.5, asleep=True)} == {""}
        observed.patience.renew(observed.limits)


# What is said of an end

SOURCE = """\
def task(tokens):
    for token in tokens:
        while True:
            for letter in token:
                letter.upper()


def other():
    sum(endless)
"""


@pytest.mark.parametrize(
    ("status", "trace", "problem", "line"),
    [
        (86, 'at work\nFile "answers.py", line 5', LOOPS, 3),
        (86, 'at work\nFile "answers.py", line 4\nFile "other.py", line 9', LOOPS, 3),
        (86, 'at work\nFile "answers.py", line 3', LOOPS, 3),
        (86, 'at work\nFile "answers.py", line 9\nFile "answers.py", line 2', LOOPS, 2),
        (86, 'at work\nFile "answers.py", line 9', LOOPS, 9),
        (86, "at work\n", LOOPS, None),
        (-24, 'Stack (most recent call first):\n  File "answers.py", line 9 in other', LOOPS, 9),
        (1, 'Timeout (0:01:00)!\n  File "answers.py", line 9 in other', LOOPS, 9),
        (86, 'waiting\nFile "queue.py", line 1\nFile "answers.py", line 5', WAITS, 5),
        (86, "", f"{ENDS} (exit status 86)", None),
        (0, 'at work\nFile "answers.py", line 5', f"{ENDS} (exit status 0)", None),
        (3, "", f"{ENDS} (exit status 3)", None),
        (-9, "", f"{ENDS} (signal 9)", None),
    ],
)
def test_an_end_is_explained(status: int, trace: str, problem: str, line: int | None) -> None:
    death = died.of(status, trace, FILE, SOURCE)
    assert (death.problem, death.line) == (problem, line)
    assert bool(death.suspicious) == problem.startswith(ENDS)


def test_the_line_is_told_also_of_what_does_not_parse() -> None:
    assert died.loop_line("def (", [3, 2]) == 2


# Real answers

LOOP = "    n = 0\n    while True:\n        n += 1\n        n -= 1\n"
BODIES: dict[str, tuple[str, str, int]] = {
    "a loop": (LOOP, LOOPS, 2),
    "a loop that prints": ("    while True:\n        print('x')\n", LOOPS, 1),
    "a loop in C": ("    import itertools\n    return sum(itertools.count())\n", LOOPS, 2),
    "a lock": ("    import threading\n    threading.Event().wait()\n", WAITS, 2),
    "a pipe": ("    import os\n    there, here = os.pipe()\n    os.read(there, 1)\n", WAITS, 3),
    "many naps": (
        "    import threading\n    while True:\n        threading.Event().wait(0.01)\n",
        WAITS,
        3,
    ),
    "a thread that loops": (
        "    import threading\n\n    def work():\n        while True:\n            pass\n\n"
        "    thread = threading.Thread(target=work, daemon=True)\n    thread.start()\n"
        "    thread.join()\n",
        LOOPS,
        4,
    ),
}
SPIN = """\
async def astream_tokens(model, prompt):
    while True:
        await asyncio.sleep(0)
    yield
"""
SPINS = ("astream_tokens", "it never ends", LESSON.signatures["astream_tokens"].line + 2)


def wrong(outcome: LessonOutcome) -> list[tuple[str, str, int | None]]:
    tasks = [(one.task.name, one.feedback) for one in outcome.tasks]
    return [(name, said.problem, said.line) for name, said in tasks if said]


@pytest.fixture(scope="module")
def local() -> Iterator[Grader]:
    with Grader(LESSON, seconds_per_test=1.0) as one:
        yield one


@pytest.fixture(scope="module")
def official() -> Iterator[OfficialGrader]:
    with OfficialGrader(LESSON, seconds_per_test=1.0) as one:
        yield one


@needs_proc
@pytest.mark.sampled("answers that never end, in both graders", one_in=3)
@pytest.mark.parametrize(("body", "problem", "line"), BODIES.values(), ids=BODIES.keys())
def test_both_graders_say_the_same_of_what_never_ends(
    body: str, problem: str, line: int, local: Grader, official: OfficialGrader, tmp_path: Path
) -> None:
    path = tmp_path / "answers.py"
    path.write_bytes(instead("write_stream", f"def write_stream(tokens, out):\n{body}")(LESSON))
    first = LESSON.signatures["write_stream"].line
    said = [("write_stream", problem, first + line)]
    assert wrong(local.grade(path)) == said
    marked = official.grade(path)
    assert wrong(marked.outcome) == said
    assert marked.flags == ()


@pytest.mark.sampled("limits of CPU time", one_in=3)
@pytest.mark.parametrize("seconds", [5.0, 1.0, 0.6])
def test_what_spins_is_told_the_same_whatever_the_limit(seconds: float, tmp_path: Path) -> None:
    path = tmp_path / "answers.py"
    path.write_text(spliced(LESSON, {"astream_tokens": SPIN}), encoding="utf-8")
    with Grader(LESSON, seconds) as one:
        assert wrong(one.grade(path, only="astream_tokens")) == [SPINS]


def test_what_spins_is_told_the_same_officially(official: OfficialGrader, tmp_path: Path) -> None:
    path = tmp_path / "answers.py"
    path.write_text(spliced(LESSON, {"astream_tokens": SPIN}), encoding="utf-8")
    assert wrong(official.grade(path).outcome) == [SPINS]


# A machine that is too busy


def test_a_machine_that_is_too_busy_is_not_taken_for_a_wrong_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first test is not run to its end, time and again: nothing is known, and that is said."""
    monkeypatch.setattr(grader, "for_a_test", lambda seconds: Limits(cpu=99, asleep=99, wall=0))
    path = tmp_path / "answers.py"
    path.write_bytes(SITUATIONS["endless_loop"](LESSON))
    monkeypatch.setattr(patience, "activity", lambda process: Activity(0.0, False, (process,)))
    with Grader(LESSON, seconds_per_test=60.0) as one, pytest.raises(TooBusy) as caught:
        one.grade(path, only="write_stream")
    assert str(caught.value).startswith(TOO_BUSY.capitalize())


def test_a_test_is_run_again_when_the_machine_was_too_busy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Once it gets no processor; the next time it does."""
    one = Grader(LESSON, seconds_per_test=1.0)
    asked: list[set[str]] = []
    events = one._events

    def busy_once(request):  # type: ignore[no-untyped-def]
        asked.append({*request["skip_tests"]})
        for event in events(request):
            yield event
            if len(asked) == 1 and event.get("test", "").startswith("TestWriteStream"):
                one._stop()
                yield {"event": "busy"}
                yield {"event": "exit", "status": 0, "finding": "", "spent": ""}
                return

    monkeypatch.setattr(one, "_events", busy_once)
    with one:
        assert one.grade(LESSON.solution).all_passed
    assert len(asked) == 2
    assert asked[1] > asked[0], "what was known is not asked again"
