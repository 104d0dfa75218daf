"""Every command in the texts for people runs as it is written there.

What ends within seconds is run, in a copy of the course with some submissions in it. What goes on
until somebody stops it is started, and stopped when it says that it is ready. What takes minutes,
or needs a machine that is not here, is only parsed: `make -n` and the program's own parser.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from cohort_fakes import FakeGrader, nothing_is_known
from copied_course import Copy, copy_of_the_course

from course import catalog, cli
from course.catalog import ROOT
from course.cohort import command as cohort_command
from course.commands import COMMANDS
from course.fakes.openai.server import LocalServer
from course.fakes.quoting import QuotingChatModel
from course.lesson.stubs import stub
from course.sandbox.levels import WEAK
from course.sandbox.sandbox import Sandbox

TEXTS = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    ROOT / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
SHELL = ("", "sh", "bash", "shell", "console")
BLOCK = re.compile(r"(?ms)^ *```([^\n]*)\n(.*?)^ *```$")

PARSED = {
    r"make (test|prove|golden|bench|fresh|pythons)\b(?!-)": "takes minutes",
    r"python3 -m course (check|bench|mutants)\b": "takes minutes",
    r"make setup": "takes minutes",
    r"make notebook-": "opens a browser",
    r"make (site|play)\b(?!-)": "needs node and a network: see test_site.py",
    r"python3 -m course picture\b": "needs a browser: see test_chat_page.py",
    r"(make debug-|python3 -m course debug )": "waits for the learner: see test_debug.py",
    r".* SCHEDULER=": "needs a cluster",
}
"""Commands of the course that are not run here, and why."""

ELSEWHERE = {
    "curl": "needs a server: see TestCurl",
    "python3 -m benchmarks": "takes minutes",
    "python3 -m benchmarks browser": "takes minutes",
    "python3 -m benchmarks.costly": "takes minutes",
    ".venv/bin/python exercises/09_streaming.py": "the copy has no environment of its own",
    "git": "needs a clone that has an origin: see test_update.py",
    "uv": "needs uv and a package index: see test_first_steps.py",
    "kubectl": "needs Kubernetes",
    "apt-get": "changes the machine",
    "sudo": "changes the machine",
    ".ci/debian-pythons": "needs the Pythons of Debian",
    ".venv/bin/python -m distributed.cli.dask_worker": "needs a cluster",
    "python3 -m distributed.cli.dask_scheduler": "needs a cluster",
}
"""Commands of other programs, and why they are not run here."""

ENDLESS = {
    r"make watch\b": "Watching exercises/",
    r"make chat\b": "Streaming RAG chat: http://",
    r"make serve\b": "base_url",
    r"python3 -m course serve\b": "base_url",
}
"""What ends only when it is stopped, and what it says when it is ready."""

STATUS = {
    r"make test-\d\d": 1,  # the exercise is the stub
    r"python3 -m course test \d\d$": 1,
    r"make update$": 2,  # the copy is no clone: see test_update.py
    r"make missing-29$": 1,  # it was begun, and nobody has written into it
    r"make golden-29$": 2,  # a sentence names it; the tour has removed its lesson again
    r"make solution-\d\d$": 2,  # it asks first, and nobody can answer
    r"make grade$": 2,  # a sentence names it; the folder is missing
}
"""How others end than with status 0."""

PROGRAMS = ("make", "python3", "python", "py", "pip", "uv", "git", "docker", *ELSEWHERE)


@dataclass(frozen=True)
class Script:
    """Commands that belong together, in their order."""

    where: str
    lines: tuple[str, ...]


def scripts() -> Iterator[Script]:
    """Give the blocks of commands, and the commands in the middle of a sentence."""
    seen: set[str] = set()
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        for kind, block in BLOCK.findall(text):
            lines = tuple(commands_of(kind, block))
            if lines and not seen.issuperset(lines):
                yield Script(f"{path.name}: {lines[0]}"[:70], lines)
            seen.update(lines)
        for words in re.findall(r"`([^`]+)`", BLOCK.sub("", text)):
            line = as_python3(" ".join(words.split()))
            program, *rest = line.split() or [""]
            if program in PROGRAMS and (rest or "/" in program) and line not in seen:
                seen.add(line)
                yield Script(f"{path.name}: {line}"[:70], (line,))


def commands_of(kind: str, block: str) -> Iterator[str]:
    """Give the commands in a block of a text, with what a shell has to know for them."""
    if kind not in (*SHELL, "dockerfile"):
        return
    for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines():
        if kind == "dockerfile":
            line = line.strip().removeprefix("RUN ") if line.strip().startswith("RUN ") else ""
        line = re.sub(r"(^|\s+)#.*", "", line).strip()
        for part in line.split(" && ") if kind == "dockerfile" else [line]:
            if part and not part.startswith("rm "):
                yield as_python3(part)


def as_python3(line: str) -> str:
    """Name Python as it is called here: Windows has `py`."""
    return re.sub(r"^(py|python) ", "python3 ", line)


SCRIPTS = list(scripts())


def known(line: str, table: dict[str, str]) -> str | None:
    """Return what a table says about a command, or None."""
    return next((said for start, said in table.items() if re.match(start, line)), None)


def is_assignment(line: str) -> bool:
    return bool(re.match(r"[A-Z_]+=", line)) and len(shlex.split(line)) == 1


def on_any_port(line: str) -> str:
    """Let a server take any free port: another check may have the one that the text names."""
    if line.startswith("make watch"):
        return line
    line = re.sub(r"( --port| PORT=) ?\d+", "", line)
    return f"{line} PORT=0" if line.startswith("make") else f"{line} --port 0"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copied = Copy(copy_of_the_course(tmp_path_factory.mktemp("texts") / "course"))
    folder = copied.folder
    lesson = catalog.find("09")
    shutil.copy(lesson.solution, folder / "somebody.py")
    for name in ("folder", "submissions"):
        (folder / name).mkdir()
        (folder / name / "pat.py").write_text(stub(lesson), encoding="utf-8")  # is in part 3/10
    for number, learner in ((1, "ana"), (2, "eve")):
        graded = tmp_path_factory.mktemp("graded")
        (graded / f"{learner}.py").write_text("passed=3\n", encoding="utf-8")
        out = folder / f"part-{number}"
        known = nothing_is_known
        cohort_command.run(graded, lesson, out, 1, seed=4711, make=FakeGrader, known=known)
    return copied


needs_make = pytest.mark.skipif(
    not (shutil.which("make") and hasattr(os, "killpg")), reason="it needs make and POSIX"
)


def test_there_are_commands_in_each_text() -> None:
    places = {script.where.partition(":")[0] for script in SCRIPTS}
    tables = {"dependencies.md", "seeds.md", "tasks.md"}
    assert places >= {path.name for path in TEXTS} - tables
    lines = {line for script in SCRIPTS for line in script.lines}
    assert len(lines) > 40


def test_no_reason_is_left_over() -> None:
    lines = [line for script in SCRIPTS for line in script.lines]
    for table in (PARSED, ENDLESS, STATUS):
        for start in table:
            assert any(re.match(start, line) for line in lines), start


@needs_make
@pytest.mark.sampled("commands in the texts", one_in=4)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.where)
def test_a_script(script: Script, copy: Copy) -> None:
    for line in script.lines:
        if is_assignment(line) or any(line.startswith(other) for other in ELSEWHERE):
            continue
        if line in copy.run_already:
            continue
        copy.run_already.add(line)
        if known(line, PARSED):
            parse(line, copy)
        elif ready := known(line, ENDLESS):
            said = copy.start_and_stop(on_any_port(line), ready)
            assert ready in said, said
            assert "Traceback" not in said
        else:
            status, said = copy.run(line)
            assert is_as_expected(line, status, said), f"{line} ended with {status}: {said}"
            assert "Traceback" not in said


def is_as_expected(line: str, status: int, said: str) -> bool:
    if "doctor" in line:  # what it finds is about the machine
        return status in (0, 1)
    if "--require-sandbox" in line and Sandbox().level in WEAK:
        return "Refused: a sandbox is required" in said
    wanted = next((number for start, number in STATUS.items() if re.match(start, line)), 0)
    return status == wanted


def parse(line: str, copy: Copy) -> None:
    """See that a command is one of the course, with arguments that it takes."""
    if line.startswith("make"):
        status, shown = copy.run(line.replace("make ", "make -n ", 1))
        assert status == 0, shown
        line = shown.replace("\\\n", " ")
    found = re.search(r" (?:-m|-I) course (.*)", line, re.DOTALL)
    assert found, line
    rest = found[1]
    word, *words = shlex.split(rest)
    cli.parse(COMMANDS[word], words)  # which ends the test if they make no sense


def test_another_program_is_named_with_its_reason() -> None:
    """Each command is of the course, of a shell, or is told why it is not run."""
    for script in SCRIPTS:
        for line in script.lines:
            ours = re.match(r"make |python3 -[mI] course\b|python3 -c 'from course", line)
            known_ones = (line.startswith(f"{other} ") or line == other for other in ELSEWHERE)
            assert ours or is_assignment(line) or any(known_ones), line


def test_programs_of_the_course_are_there() -> None:
    lines = [line for script in SCRIPTS for line in script.lines]
    for line in lines:
        if line.startswith(".ci/"):
            assert os.access(ROOT / line.split()[0], os.X_OK)
        if found := re.search(r"-m (distributed\.[\w.]+)(.*)", line):
            told = subprocess.run(
                [sys.executable, "-m", found[1], "--help"], capture_output=True, text=True
            )
            for option in re.findall(r"--[\w-]+", found[2]):
                assert option.removeprefix("--") in told.stdout


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("```sh\nmake a  # why\n\n# only why\nmake b \\\n  C=1\n```\n", ["make a", "make b C=1"]),
        ("```\nmake a | b\n```\n", ["make a | b"]),
        ("```python\nmake(a)\n```\n", []),
        ("  ```dockerfile\n  FROM x\n  RUN python3 -m a && rm -rf b\n  ```\n", ["python3 -m a"]),
    ],
)
def test_what_is_taken_for_a_command(text: str, lines: list[str]) -> None:
    assert [line for kind, block in BLOCK.findall(text) for line in commands_of(kind, block)] == (
        lines
    )


@pytest.mark.parametrize(
    "line",
    [
        "make grad SUBMISSIONS=folder",
        "make test-99",
        "make test-09 TASK=nope",
        "python3 -m course grade folder --lesson 77",
        "python3 -m course lessons --all",
        "make grade OUT=marks",
    ],
)
@needs_make
def test_what_would_fail_fails_here(line: str, copy: Copy) -> None:
    status, said = copy.run(line)
    assert not is_as_expected(line, status, said)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer({"quoting": QuotingChatModel(pause=0)}, speed=0) as started:
        yield started


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl on this machine")
class TestCurl:
    """The lines for curl are run against the same server, which makes no pauses here."""

    STATUS: ClassVar = {"drop-after": 18, "stall-after": 28}
    LINES: ClassVar = [line for s in SCRIPTS for line in s.lines if line.startswith("curl ")]
    VARIABLES: ClassVar = [line for s in SCRIPTS for line in s.lines if is_assignment(line)]

    @pytest.mark.parametrize("line", LINES)
    def test_a_line(self, line: str, server: LocalServer) -> None:
        script = "\n".join([*self.VARIABLES, line])
        script = script.replace("http://127.0.0.1:8000/v1", server.url)
        script = script.replace("--max-time 5", "--max-time 1")
        ran = subprocess.run(["sh", "-c", script], capture_output=True, check=False)
        wanted = next((n for fault, n in self.STATUS.items() if fault in line), 0)
        assert ran.returncode == wanted, ran.stderr
        assert ran.stdout
        assert b"invalid_request_error" not in ran.stdout
