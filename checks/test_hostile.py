"""Official grading keeps its promises while it is attacked.

Each file in `checks/hostile` is an attack, and says in its docstring what is to come of it, and for
which lesson it is, if not for lesson 09. After each one, an honest submission still gets its right
score, and nothing is left of the attack.

All of them run at the strongest level of containment that works here, unless that is "limits". The
harmless ones run at the level "limits" too.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import os
import re
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sampled import one_in
from waiting import until

from benchmarks.costly import MOST_CPU, counting, source_of
from course import catalog
from course.catalog import Lesson
from course.cohort.intake.submissions import Submission, read
from course.grade.answer_file import CannotLoad
from course.grade.outcome import TaskOutcome
from course.lesson.variants import mistakes, spliced
from course.official.marking import OfficialGrader, OfficialOutcome
from course.sandbox.sandbox import CannotContain, strongest, why_not

HOSTILE = Path(__file__).with_name("hostile")
LESSON = catalog.find("09")
SECONDS_PER_TEST = 1.0
SECONDS_IN_OTHER_LESSONS = 5.0
"""The attacks on lesson 09 loop. Those on others do not, and there a test may take longer."""
FEWEST = 80
ONE_IN = 12
"""One attack of so many is in the sample that `make test` runs."""
MOST_MEMORY = 300 * 2**20
"""Bytes by which this process may grow: the answers are not even compiled in it."""

HARMLESS = (
    "base_exceptions",
    "endless_import",
    "equal_to_everything",
    "forged_done",
    "forged_end",
    "forged_loaded",
    "forged_replies",
    "frames",
    "garbage_collector",
    "os_exit",
    "os_exit_after_the_answer",
    "os_exit_at_import",
    "os_exit_between_tests",
    "patch_json",
    "patch_pytest",
    "patch_the_grader",
    "patch_time",
    "printed_results",
    "pytest_exit",
    "pytest_skip",
    "raise_at_import",
    "sys_exit",
    "sys_exit_at_import",
    "thread_that_writes",
    "threads_without_end",
    "write_at_import",
)
"""Attacks that start no process, signal none, write no file and use up nothing."""

OTHER_PYTHON = Path("/usr/bin/python3")
"""One that every user may run."""

NOT_WANTED = ("write_stream", "dispatch_events", "astream_tokens")
"""The tasks of lesson 09 that are wrong in the submission that is half right. In another lesson it
is the first one."""

Graders = Callable[[Lesson], OfficialGrader]
HalfRight = Callable[[Lesson], Path]


def _level() -> str:
    try:
        return strongest()
    except CannotContain:
        return "none"


needs_a_sandbox = pytest.mark.skipif(
    _level() not in ("bubblewrap", "namespaces"), reason="the level in force does not stop attacks"
)


@dataclass(frozen=True)
class Expected:
    """What an attack says is to come of it.

    Attributes:
        lesson: the lesson as an answer to which it is handed in.
        can_load: whether it can be graded at all.
        flagged: whether a person is told to look at it; None if either will do.
    """

    lesson: Lesson
    can_load: bool
    flagged: bool | None


def expected_of(path: Path) -> Expected:
    """Read the lines `Lesson: …` and `Expect: …` of an attack."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    said = re.findall(r"^Expect: (.+)$", docstring, re.MULTILINE)
    score, flagged = said
    numbers = re.findall(r"^Lesson: (.+)$", docstring, re.MULTILINE)
    lesson = catalog.find(*numbers) if numbers else LESSON
    nothing = f"0 of {len(lesson.tasks)}"
    assert score in (nothing, "cannot load"), f"{path.name}: no attack gets a point"
    known = {"flagged": True, "not flagged": False, "may be flagged": None}
    return Expected(lesson, score != "cannot load", known[flagged])


FILES = sorted(HOSTILE.glob("*.py"))
FOLDERS = sorted(path for path in (HOSTILE / "folders").iterdir() if path.is_dir())


@dataclass
class Place:
    """What an attack could reach if it got out: a listener, and a folder with a secret in it."""

    port: int
    canary: Path
    secret: str
    listener: socket.socket

    def state(self) -> list[tuple[str, bytes]]:
        """What is in the folder."""
        files = [path for path in sorted(self.canary.rglob("*")) if path.is_file()]
        return [(str(path), path.read_bytes()) for path in files]

    def was_reached(self) -> bool:
        """Whether somebody has connected."""
        try:
            self.listener.accept()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    canary = tmp_path_factory.mktemp("canary")
    secret = os.urandom(8).hex()
    (canary / "secret.txt").write_text(secret, encoding="utf-8")
    for path in (canary, *canary.parents[:3], canary / "secret.txt"):
        path.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Place(listener.getsockname()[1], canary, secret, listener)


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of our own for temporary files."""
    tmp_path_factory.getbasetemp()  # that one stays where it is
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        Path(name).chmod(0o755)
        patch.setenv("TMPDIR", name)
        patch.setattr(tempfile, "tempdir", None)
        yield Path(name)


@pytest.fixture(scope="module")
def graders(temporary: Path) -> Iterator[Graders]:
    """The warm grader of a lesson."""
    warm: dict[str, OfficialGrader] = {}
    with contextlib.ExitStack() as stack:

        def grader_of(lesson: Lesson) -> OfficialGrader:
            if lesson.slug not in warm:
                seconds = SECONDS_PER_TEST if lesson == LESSON else SECONDS_IN_OTHER_LESSONS
                one = OfficialGrader(lesson, seconds_per_test=seconds)
                warm[lesson.slug] = stack.enter_context(one)
                one.grade(lesson.solution)
            return warm[lesson.slug]

        yield grader_of
    assert [*temporary.iterdir()] == []


@pytest.fixture(scope="module")
def half_right(tmp_path_factory: pytest.TempPathFactory) -> HalfRight:
    """The reference solution of a lesson with some tasks gone wrong."""

    def half_right_of(lesson: Lesson) -> Path:
        wrong = {mistake.task: mistake.function for mistake in mistakes(lesson)}
        source = spliced(lesson, {task: wrong[task] for task in _not_wanted(lesson)})
        path = tmp_path_factory.mktemp("half") / "answers.py"
        path.write_text(source, encoding="utf-8")
        return path

    return half_right_of


def _not_wanted(lesson: Lesson) -> tuple[str, ...]:
    return NOT_WANTED if lesson == LESSON else (lesson.tasks[0].name,)


def test_there_are_attacks() -> None:
    assert len(FILES) >= FEWEST
    assert FOLDERS
    for path in FILES:
        expected_of(path)


MODULE_AIMED_AT = re.compile(r'(?:(\w+) = )?sys\.modules\["([\w.]+)"\](?:\.(\w+))?')
CLASS_AIMED_AT = re.compile(r'__name__ == "(\w+)"')


def not_there(source: str) -> list[str]:
    """Return what an attack aims at in the contained process, and what is not there."""
    missing = []
    for name, module, attribute in MODULE_AIMED_AT.findall(source):
        words = "course.official.contained.__main__" if module == "__main__" else module
        path = catalog.ROOT.joinpath(*words.split(".")).with_suffix(".py")
        wanted = {attribute} if attribute else {*re.findall(rf"\b{name}\.(\w+)", source)}
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if not text or "course" not in words:
            missing.append(module)
        ours = sorted(wanted - {"__file__"})
        missing += [one for one in ours if not re.search(rf"\b{one}\b", text)]
    return missing + [
        one for one in CLASS_AIMED_AT.findall(source) if not re.search(rf"\bclass {one}\b", code())
    ]


@functools.cache
def code() -> str:
    """All code of the rooms that attacks aim at."""
    rooms = (catalog.ROOT / "course" / room for room in ("fakes", "grade", "official"))
    return "".join(
        path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py")
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_attack_aims_at_what_is_there(path: Path) -> None:
    """When code moves, an attack on it must follow: it would be harmless, and pass as beaten."""
    assert not_there(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ('sys.modules["__main__"].Gone = 1', ["Gone"]),
        ('there = sys.modules["course.gone"]', ["course.gone"]),
        ('there = sys.modules["__main__"]\nthere.Cell\nthere.Gone', ["Gone"]),
        ('type(one).__name__ == "Gone"', ["Gone"]),
    ],
)
def test_a_target_that_has_moved_is_found(source: str, missing: list[str]) -> None:
    assert not_there(source) == missing


@needs_a_sandbox
@pytest.mark.sampled("attacks")
@pytest.mark.parametrize("path", one_in(FILES, ONE_IN, "attacks", lambda path: path.stem))
def test_an_attack_gets_nothing(
    path: Path, graders: Graders, place: Place, half_right: HalfRight, tmp_path: Path
) -> None:
    _attack(_aimed(path, place, tmp_path), expected_of(path), graders, place, half_right)


@needs_a_sandbox
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_what_lies_beside_the_answers_is_not_taken(
    folder: Path, graders: Graders, place: Place, half_right: HalfRight, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.py"
    answers.write_bytes(read(Submission(folder.name, folder), LESSON))
    _attack(answers, expected_of(answers), graders, place, half_right)


class TestOnlyLimits:
    @pytest.fixture(scope="class")
    @classmethod
    def graders(cls, temporary: Path) -> Iterator[Graders]:
        """A grader at the level "limits", in a Python that the answers' user can reach."""
        with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
            if why_not("limits"):
                Path(folder).chmod(0o755)
                python = _reachable_python(Path(folder))
                patch.setattr(sys, "executable", str(python))
            if reason := why_not("limits"):
                pytest.skip(f"limits: {reason}")
            with OfficialGrader(
                LESSON, sandbox_level="limits", seconds_per_test=SECONDS_PER_TEST
            ) as one:
                one.grade(LESSON.solution)
                yield lambda lesson: one

    @pytest.mark.sampled('attacks at the level "limits"')
    @pytest.mark.parametrize("name", one_in(HARMLESS, ONE_IN, "limits"))
    def test_a_harmless_attack_gets_nothing(
        self, name: str, graders: Graders, place: Place, half_right: HalfRight, tmp_path: Path
    ) -> None:
        path = HOSTILE / f"{name}.py"
        assert graders(LESSON).level == "limits"
        _attack(_aimed(path, place, tmp_path), expected_of(path), graders, place, half_right)


def _reachable_python(folder: Path) -> Path:
    """Make an environment of the system's Python, with our packages; return its Python."""
    reason = f"limits: {why_not('limits')}, and "
    packages = Path(sysconfig.get_path("purelib")).resolve()
    if not all(above.stat().st_mode & 0o001 for above in packages.parents):
        pytest.skip(f"{reason}other users cannot reach {packages}")
    if not OTHER_PYTHON.exists():
        pytest.skip(f"{reason}there is no {OTHER_PYTHON}")
    subprocess.run([OTHER_PYTHON, "-m", "venv", "--without-pip", folder], check=True)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    theirs = folder / "lib" / version / "site-packages"
    if not theirs.is_dir():
        pytest.skip(f"{reason}{OTHER_PYTHON} is no {version}")
    (theirs / "course.pth").write_text(f"{packages}\n", encoding="utf-8")
    return folder / "bin" / "python"


def _aimed(path: Path, place: Place, folder: Path) -> Path:
    """Return a copy of an attack that is aimed at a place."""
    text = source_of(path, SECONDS_PER_TEST)
    text = re.sub(r"^PORT = 9$", f"PORT = {place.port}", text, flags=re.MULTILINE)
    answers = folder / "answers.py"
    answers.write_text(text.replace("/replaced/by/the/gate", str(place.canary)), encoding="utf-8")
    return answers


def _attack(
    answers: Path, expected: Expected, graders: Graders, place: Place, half_right: HalfRight
) -> None:
    lesson = expected.lesson
    grader, next_one = graders(lesson), half_right(lesson)
    processes, folders, files = _processes(), _temporary_files(), _precious_files()
    in_canary, threads, memory = place.state(), threading.active_count(), _most_memory()
    said: CannotLoad | OfficialOutcome
    try:
        with counting() as counted:
            said = grader.grade(answers)
    except CannotLoad as error:
        said = error
        suspicious = bool(said.suspicious)
    else:
        suspicious = bool(said.flags)
        assert said.outcome.passed == 0, [task.task.name for task in _passed(said)]
        assert len(said.outcome.tasks) == len(lesson.tasks)
        flagged = {flag.task for flag in said.flags}
        assert flagged.isdisjoint(task.task.name for task in _passed(said))
    assert counted.used <= MOST_CPU, "seconds of CPU time"
    assert expected.can_load == isinstance(said, OfficialOutcome)
    assert place.secret not in repr(vars(said))
    assert expected.flagged in (None, suspicious), said
    half = grader.grade(next_one)
    wrong = [task.task.name for task in half.outcome.tasks if task.verdict != "passed"]
    assert (wrong, half.flags) == ([*_not_wanted(lesson)], ())
    assert _most_memory() - memory < MOST_MEMORY
    assert not place.was_reached()
    assert place.state() == in_canary
    assert _precious_files() == files
    assert _temporary_files() == folders
    assert threading.active_count() == threads
    until(lambda: _processes() == processes, "what was started has ended")


def _passed(verdict: OfficialOutcome) -> list[TaskOutcome]:
    return [task for task in verdict.outcome.tasks if task.verdict == "passed"]


def _most_memory() -> int:
    """The most bytes of memory that this process has had."""
    import resource  # not every system has it

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _processes() -> list[str]:
    """The names of all processes that this one has started, and of those that these have."""
    parents, names = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = stat.read_text(encoding="utf-8", errors="replace").partition(" (")
        except OSError:  # it has ended meanwhile
            continue
        name, _, fields = rest.rpartition(") ")
        parents[int(number)], names[int(number)] = int(fields.split()[1]), name
    found: set[int] = set()
    new = {os.getpid()}
    while new:
        new = {number for number, parent in parents.items() if parent in new} - found
        found |= new
    return sorted(names[number] for number in found)


def _temporary_files() -> int:
    """How many temporary files and folders there are."""
    return len([*Path(tempfile.gettempdir()).iterdir()])


def _precious_files() -> dict[str, tuple[int, int]]:
    """What must never change: size and time of change of each file."""
    places = [catalog.ROOT / name for name in ("tests", "solutions", "exercises", "lessons")]
    places += [HOSTILE]
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for place in places
        for path in place.rglob("*")
        if path.exists() and not re.search(r"__pycache__|(^|/)\.", str(path.relative_to(place)))
    }
