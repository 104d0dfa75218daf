"""A file of answers gets the same verdict in each way in which it can be graded."""

from __future__ import annotations

import codecs
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from course import catalog
from course.catalog import Lesson
from course.cohort.workers import worker
from course.grade import command
from course.grade.answer_file import MOST_BYTES, AnswerFile, CannotLoad
from course.grade.answers import ONE_FILE
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome
from course.learn import watch
from course.lesson.variants import spliced
from course.notebook import open_lesson
from course.official.marking import OfficialGrader

LESSON = catalog.find("11")
RIGHT = LESSON.solution.read_text(encoding="utf-8").encode("ascii", "replace").decode()
"""Every encoding can say it. Only in its examples are other letters."""
LINES = RIGHT.count("\n")
ALL = len(LESSON.tasks)

SECONDS = 1.0
"""Of CPU time for what never ends: what is right takes some milliseconds."""


def written(text: str, encoding: str = "utf-8", end: str = "\n") -> bytes:
    return text.replace("\n", end).encode(encoding)


def named(encoding: str, line: str = "# -*- coding: {} -*-\n") -> bytes:
    """Right answers with words that are other bytes in each encoding."""
    return written(f"{line.format(encoding)}{RIGHT}\nassert len('größer') == 6\n", encoding)


def tried(code: str) -> bytes:
    """Right answers with something below them that runs at once."""
    return written(f"{RIGHT}\n{code}\n")


def instead(function: str) -> bytes:
    return written(spliced(LESSON, {"chunk_text": function}))


LOOP = "import asyncio\nasync def main():\n    await asyncio.sleep(30)\n"

RIGHT_ANSWERS: dict[str, bytes] = {
    "plain": written(RIGHT),
    # bytes
    "byte order mark": written(RIGHT, "utf-8-sig"),
    "line ends of Windows": written(RIGHT, end="\r\n"),
    "line ends of old Macs": written(RIGHT, end="\r"),
    "mark and line ends": written(RIGHT, "utf-8-sig", "\r\n"),
    "mixed line ends": written(RIGHT[:500], end="\r\n") + written(RIGHT[500:], end="\r"),
    "no last line end": written(RIGHT.rstrip()),
    "latin-1": named("latin-1"),
    "cp1252 as vim says it": named("cp1252", "# vim: set fileencoding={} :\n"),
    "in the second line": named("iso-8859-15", "#!/usr/bin/env python3\n# coding={}\n"),
    "as Emacs says it": named("latin-1", "# -*- coding: {}-unix -*-\n"),
    "mac-roman with its line ends": named("mac-roman").replace(b"\n", b"\r"),
    "koi8-r": written(f"# coding: koi8-r\n{RIGHT}\nA = 'привет'", "koi8-r"),
    "shift_jis": written(f"# coding: shift_jis\n{RIGHT}\nA = '表示'", "shift_jis"),
    "a mark and another name": codecs.BOM_UTF8 + named("utf-8", "# coding: latin-1\n"),
    "two marks": codecs.BOM_UTF8 + written(RIGHT, "utf-8-sig"),
    "UTF-8 by name": named("UTF-8"),
    "lines within a text": tried("A = 'a\u2028b\x0cc\x85'\n\x0c\nassert len(A) == 6"),
    "an escape that warns": tried("import re\nA = re.compile('\\d')"),
    # code at import
    "asyncio.run": tried(f"{LOOP}asyncio.run(main())"),
    "a loop of one's own": tried(f"{LOOP}asyncio.new_event_loop().run_until_complete(main())"),
    "sleep": tried("import time\ntime.sleep(3600)"),
    "a wait that looks at the clock": tried(
        "import time\nend = time.time() + 5\nwhile time.time() < end: pass"
    ),
    "a measurement": tried("import time\nt = time.monotonic()\n1 / (time.monotonic() - t)"),
    "print": tried("print(chunk_text.__doc__)"),
    "assert": tried("assert False is not True"),
    "arguments": tried("import argparse\nargparse.ArgumentParser().parse_args()"),
    "a file for a log": tried(
        "import logging\nlogging.basicConfig(filename='debug.log')\nlogging.error('!')"
    ),
    "a thread": tried(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    ),
    # itself
    "its own text": tried(
        "from pathlib import Path\n"
        "assert 'def chunk_text' in Path(__file__).read_text(encoding='utf-8')\n"
        "assert [one.name for one in Path(__file__).parent.iterdir()] == ['answers.py']"
    ),
    "its own source": tried(
        "import inspect\nassert inspect.getsource(chunk_text).startswith('def chunk_text')"
    ),
    # others, where they do no harm
    "a main part": tried('if __name__ == "__main__":\n    from course.fakes import held'),
    "types only": tried(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from exercises.helpers import x"
    ),
    "with a way out": tried(
        "try:\n    from course.fakes import clock\nexcept ImportError:\n    clock = None\n"
        "assert clock is None"
    ),
}
"""Files whose tasks are all passed."""

NO_MODULE = "ModuleNotFoundError: No module named {!r}."
END = LINES + 2
"""The line of what is tried."""

NOT_LOADED: dict[str, tuple[bytes, str, int | None]] = {
    "UTF-16": (written(RIGHT, "utf-16"), "it is UTF-16 text, not UTF-8.", None),
    "UTF-32": (written(RIGHT, "utf-32"), "it is UTF-32 text, not UTF-8.", None),
    "UTF-16 without a mark": (written(RIGHT, "utf-16-le"), "it contains a null byte.", 1),
    "a null byte": (tried("A = '\0'"), "it contains a null byte.", END),
    "another encoding": (tried("A = 'ä'").decode().encode("latin-1"), "it is not UTF-8 text.", END),
    "an unknown encoding": (
        b"# coding: latin-one\n" + written(RIGHT),
        "it names the encoding 'latin-one', which is not for source code.",
        1,
    ),
    "an encoding of Windows alone": (
        b"\n# coding: mbcs\n" + written(RIGHT),
        "it names the encoding 'mbcs', which is not for source code.",
        2,
    ),
    "an encoding that is none of texts": (
        b"# coding: unicode_escape\n" + written(RIGHT),
        "it names the encoding 'unicode_escape', which is not for source code.",
        1,
    ),
    "too large": (tried("#" * MOST_BYTES), "it has more than 100,000 bytes.", None),
    "a slip": (tried("def f(:"), "SyntaxError: invalid syntax.", END),
    "what git leaves of a conflict": (
        tried("<<<<<<< HEAD\nA = 1\n=======\nA = 2\n>>>>>>> origin/main"),
        "it has conflict markers of git.",
        END,
    ),
    "one half of that": (
        tried("=======\nA = 2\n>>>>>>> origin/main"),
        "it has conflict markers of git.",
        END + 2,
    ),
    "a slip that only a compiler finds": (
        tried("return 1"),
        "SyntaxError: 'return' outside function.",
        END,
    ),
    "the course": (tried("import course"), NO_MODULE.format("course"), END),
    "a part of the course": (
        tried("from course.fakes.clock import virtual_time"),
        NO_MODULE.format("course.fakes.clock"),
        END,
    ),
    "a helper": (
        tried("from exercises.helpers import joined"),
        NO_MODULE.format("exercises.helpers"),
        END,
    ),
    "the solution": (
        tried("import importlib\nimportlib.import_module('solutions.11_chunks_and_text')"),
        NO_MODULE.format("solutions"),
        END + 1,
    ),
    "a helper in the same folder": (
        tried("import sys\nsys.path.insert(0, __file__[:-11])\nimport helpers"),
        NO_MODULE.format("helpers"),
        END + 2,
    ),
    "a relative import": (
        tried("from . import helpers"),
        "ImportError: attempted relative import with no known parent package.",
        END,
    ),
    "a file beside it": (
        tried("open('helpers.py')"),
        "FileNotFoundError: [Errno 2] No such file or directory: 'helpers.py'.",
        END,
    ),
    "breakpoint": (
        tried("breakpoint()"),
        "it calls a debugger while it is imported, with breakpoint().",
        END,
    ),
    "a question": (
        tried("input()"),
        "it fails while it is imported, with EOFError: EOF when reading a line.",
        END,
    ),
    "an end": (tried("exit()"), "it ends the program while it is imported.", END),
    "a loop": (tried("while True: pass"), "it never finishes being imported.", END),
    "a wait for ever": (
        tried(f"{LOOP.replace('sleep(30)', 'Event().wait()')}asyncio.run(main())"),
        "it never finishes being imported.",
        END + 3,
    ),
    "sleeping for ever": (
        tried("import time\nwhile True: time.sleep(60)"),
        "it never finishes being imported.",
        END + 1,
    ),
}
"""Files that cannot be loaded, with what is said and the line."""

WRONG: dict[str, tuple[bytes, str, int]] = {}
"""Files in which `chunk_text` is wrong, with what is said and the line within the function."""
for call in (
    "breakpoint()",
    "import pdb; pdb.set_trace()",
    "from pdb import set_trace; set_trace()",
    "import pdb; pdb.Pdb().set_trace()",
):
    WRONG[call] = (
        instead(f"def chunk_text(chunk):\n    try:\n        {call}\n    except Exception: pass\n"),
        "a debugger is left in it",
        2,
    )
for statement in ("import course.fakes.clock", "from exercises import helpers", "open('a.py')"):
    WRONG[statement] = (
        instead(f"def chunk_text(chunk):\n    {statement}\n    return chunk.text\n"),
        "it needs another file",
        1,
    )

Said = dict[str, Any]
"""What came of a file: the verdicts, or why it was not loaded; and the first problem."""

Way = Callable[[bytes], Said]


def graded(outcome: LessonOutcome) -> Said:
    feedback = [task.feedback for task in outcome.tasks if task.feedback]
    return {
        "passed": outcome.passed,
        "problem": feedback[0].problem if feedback else "",
        "line": feedback[0].line if feedback else None,
    }


@pytest.fixture(scope="module")
def local() -> Iterator[Grader]:
    with Grader(LESSON, SECONDS) as grader:
        yield grader


@pytest.fixture(scope="module")
def official() -> Iterator[OfficialGrader]:
    with OfficialGrader(LESSON, seconds_per_test=SECONDS) as grader:
        yield grader


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of answers, with another one beside it."""
    (tmp_path / "helpers.py").write_text("joined = ''.join\n", encoding="utf-8")
    return tmp_path / LESSON.exercise.name


@pytest.fixture
def in_the_terminal(local: Grader, file: Path) -> Way:
    def way(content: bytes) -> Said:
        file.write_bytes(content)
        try:
            return graded(local.grade(file))
        except CannotLoad as error:
            return {"cannot_load": error.problem, "line": error.line}

    return way


@pytest.fixture
def for_marks(official: OfficialGrader) -> Way:
    """As in `make grade` here, in the workflow and on a cluster."""

    def way(content: bytes) -> Said:
        said = worker._grade(official, LESSON, content, 9)
        if said["event"] == "cannot_load":
            where = re.match(r"(?:line (\d+): )?(.*)", said["reason"])
            assert where is not None
            return {"cannot_load": where[2], "line": where[1] and int(where[1])}
        assert said["flags"] == []
        wrong = next((test["feedback"] for test in said["tests"] if test["feedback"]), None)
        failed = {test["task"] for test in said["tests"] if test["verdict"] != "passed"}
        return {
            "passed": ALL - len(failed),
            "problem": wrong["problem"] if wrong else "",
            "line": wrong["line"] if wrong else None,
        }

    return way


@pytest.fixture
def watched(local: Grader, file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], str]:
    """The screen of `make watch`."""
    monkeypatch.setattr("course.learn.progress.folder", lambda: file.parent / "progress")
    monkeypatch.setattr(watch, "Grader", lambda _: local)

    def way(content: bytes) -> str:
        file.write_bytes(content)
        out = io.StringIO()
        with monkeypatch.context() as patched:
            patched.setattr(Lesson, "exercise", property(lambda _: file))
            watch.Watch(LESSON, Console(file=out, highlight=False, soft_wrap=True)).look()
        return out.getvalue()

    return way


@pytest.fixture
def pasted(
    local: Grader, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[bytes], str]:
    """The screen below a cell of a notebook into which the text was pasted."""
    opened = open_lesson(LESSON.number)
    monkeypatch.setitem(vars(opened), "_grader", local)

    def way(content: bytes) -> str:
        opened.grade(AnswerFile.of(content, Path("a.py")).source)
        return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)

    return way


def flat(text: str) -> str:
    return " ".join(text.split())


class TestRightAnswers:
    @pytest.mark.sampled("files of answers in all ways", one_in=6)
    @pytest.mark.parametrize("content", RIGHT_ANSWERS.values(), ids=RIGHT_ANSWERS)
    def test_pass_everywhere(
        self,
        content: bytes,
        in_the_terminal: Way,
        for_marks: Way,
        watched: Callable[[bytes], str],
        pasted: Callable[[bytes], str],
    ) -> None:
        passed = {"passed": ALL, "problem": "", "line": None}
        assert in_the_terminal(content) == passed
        assert for_marks(content) == passed
        assert f"{ALL} of {ALL} tasks" in watched(content)
        assert f"{ALL} of {ALL} tasks" in pasted(content)


class TestWhatCannotBeLoaded:
    @pytest.mark.sampled("files of answers in all ways", one_in=6)
    @pytest.mark.parametrize(("content", "problem", "line"), NOT_LOADED.values(), ids=NOT_LOADED)
    def test_is_told_alike_everywhere(
        self,
        content: bytes,
        problem: str,
        line: int | None,
        in_the_terminal: Way,
        for_marks: Way,
        watched: Callable[[bytes], str],
    ) -> None:
        said = {"cannot_load": problem, "line": line}
        assert in_the_terminal(content) == said
        assert for_marks(content) == said
        assert problem in flat(watched(content))

    def test_conflict_markers_come_with_what_to_do(self, watched: Callable[[bytes], str]) -> None:
        screen = flat(watched(NOT_LOADED["what git leaves of a conflict"][0]))
        assert "course update: it keeps yours." in screen
        assert "<<<<<<< HEAD" in screen
        assert "SyntaxError" not in screen

    def test_conflict_markers_in_a_text_are_no_reason(self, in_the_terminal: Way) -> None:
        text = "A = '''\n<<<<<<< HEAD\n=======\n>>>>>>> origin/main\n'''"
        assert in_the_terminal(tried(text))["passed"] == ALL

    @pytest.mark.parametrize("name", ["the course", "a helper", "a file beside it"])
    def test_the_first_message_says_that_one_file_is_graded(
        self, name: str, watched: Callable[[bytes], str]
    ) -> None:
        assert ONE_FILE in flat(watched(NOT_LOADED[name][0]))


class TestAnEditorsTestPanel:
    """It runs pytest, in one process."""

    def run(self, file: Path, content: bytes) -> subprocess.CompletedProcess[str]:
        file.write_bytes(content)
        words = ["-m", "pytest", "-q", f"--answers={file}", str(LESSON.tests)]
        return subprocess.run(
            [sys.executable, *words], cwd=catalog.ROOT, capture_output=True, text=True
        )

    def test_right_answers_pass(self, file: Path) -> None:
        below = ["asyncio.run", "sleep", "its own text", "its own source", "a main part"]
        parts = [RIGHT_ANSWERS[name].decode().removeprefix(RIGHT) for name in below]
        finished = self.run(file, written("".join([RIGHT, *parts]), "utf-8-sig", "\r\n"))
        assert finished.returncode == 0, finished.stdout

    def test_what_cannot_be_loaded_is_told_alike(self, file: Path) -> None:
        content, problem, line = NOT_LOADED["a helper"]
        finished = self.run(file, content)
        assert finished.returncode == 1
        assert f"{file}:{line}: {problem} {ONE_FILE}" in finished.stdout


class TestWrongAnswers:
    @pytest.mark.sampled("files of answers in all ways", one_in=6)
    @pytest.mark.parametrize(("content", "problem", "line"), WRONG.values(), ids=WRONG)
    def test_are_told_alike_everywhere(
        self, content: bytes, problem: str, line: int, in_the_terminal: Way, for_marks: Way
    ) -> None:
        first = LESSON.signatures["chunk_text"].line
        said = {"passed": ALL - 1, "problem": problem}
        for way in (in_the_terminal, for_marks):
            found = way(content)
            assert found.pop("line") == first + line
            assert found.items() >= said.items()


def test_a_line_is_shown_in_its_own_encoding(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(written("# coding: latin-1\nA = 'größer' +\n", "latin-1"))
    assert command.run(LESSON, file) == 2
    assert "  A = 'größer' +\n" in capsys.readouterr().out


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_in_an_editor(end: str) -> None:
    content = written(f"A = 'a\u2028b\x0cc'\n\n{RIGHT}", "utf-8-sig", end)
    found = AnswerFile.of(content, Path("a.py"))
    assert found.line(1) == "A = 'a\u2028b\x0cc'"
    assert found.line_of("chunk_text") == LESSON.signatures["chunk_text"].line + 2
    assert found.line(0) == found.line(None) == found.line(10_000) == ""
