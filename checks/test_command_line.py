"""The command line and the Makefile: words, help, exit statuses, and answers to slips."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

from course import catalog, cli, current_lesson
from course.arguments import Argument
from course.author import gates, sampling
from course.author.sampling import certify as sampling_certify
from course.cohort.parts import Part
from course.commands import COMMANDS, Command
from course.current_lesson import Meant
from course.environment import PROGRAM, ROOT, SetUpError

LESSON = catalog.find("09")


class Entrance:
    """Stands in for the set-up and notes which groups were asked for."""

    def __init__(self) -> None:
        self.groups: list[str] | None = None

    def __call__(self, groups: Iterable[str]) -> None:
        self.groups = list(groups)


@pytest.fixture
def entrance(monkeypatch: pytest.MonkeyPatch) -> Entrance:
    monkeypatch.setattr("course.environment.keep_private", lambda reaches_out: None)
    monkeypatch.delenv("MAKELEVEL", raising=False)
    return Entrance()


def stand_in(command: Command, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a function of the same signature in place of what a command calls."""
    function = create_autospec(command.function(), return_value=1)
    monkeypatch.setattr(command.calls.replace(":", "."), function)
    return function


TASK = LESSON.tasks[0].name
GRADING = {"answers": None, "verbose": False, "json_file": None, "seed": None, "rung": None}
CALLS: list[tuple[str, dict[str, object]]] = [
    ("test lesson 9", {"lesson": LESSON, "task": None, **GRADING}),
    (
        f"test 9 -v --answers 'a b.py' --json o.json --seed 7 --task {TASK} --rung wire",
        {
            "lesson": LESSON,
            "task": TASK,
            "answers": Path("a b.py"),
            "verbose": True,
            "json_file": Path("o.json"),
            "seed": 7,
            "rung": "wire",
        },
    ),
    ("watch 9", {"lesson": LESSON}),
    ("hint 09", {"lesson": LESSON, "task": None}),
    ("hint 09 buffer_stream", {"lesson": LESSON, "task": "buffer_stream"}),
    ("hint lesson 9 buffer_stream", {"lesson": LESSON, "task": "buffer_stream"}),
    ("hint dispatch_events", {"lesson": LESSON, "task": "dispatch_events"}),
    ("hint 09 --task 3", {"lesson": LESSON, "task": "write_stream"}),
    (f"debug 09 --task {TASK}", {"lesson": LESSON, "task": TASK}),
    ("status", {}),
    ("lessons", {}),
    ("setup", {}),
    ("update", {}),
    ("reset 09", {"lesson": LESSON, "yes": False}),
    ("reset 09 --yes", {"lesson": LESSON, "yes": True}),
    (f"solution {LESSON.slug}", {"lesson": LESSON, "task": None, "yes": False}),
    (f"solution 9 --task {TASK}", {"lesson": LESSON, "task": TASK, "yes": False}),
    ("doctor", {}),
    ("play 9", {"lesson": LESSON}),
    ("demo 9", {"lesson": LESSON}),
    ("chat", {"port": 8001, "open_browser": False}),
    ("chat --port 0 --open", {"port": 0, "open_browser": True}),
    (
        "site",
        {"out": None, "run_notebooks": False, "serve": False, "port": 8002, "open_browser": False},
    ),
    (
        "site --out o --serve --port 0 --open",
        {"out": Path("o"), "run_notebooks": False, "serve": True, "port": 0, "open_browser": True},
    ),
    ("serve", {"port": 8000, "speed": 1.0}),
    ("serve --port 0 --speed .5", {"port": 0, "speed": 0.5}),
    (
        "grade folder",
        {
            "submissions": Path("folder"),
            "lesson": None,
            "out": Path("grades"),
            "workers": None,
            "again": False,
            "require_sandbox": False,
            "seed": None,
            "scheduler": None,
            "part": None,
        },
    ),
    (
        "grade folder --lesson 9 --out o --workers 2 --again --seed 7 --require-sandbox "
        "--scheduler tcp://a:1 --part 3/10",
        {
            "submissions": Path("folder"),
            "lesson": LESSON,
            "out": Path("o"),
            "workers": 2,
            "again": True,
            "require_sandbox": True,
            "seed": 7,
            "scheduler": "tcp://a:1",
            "part": Part.read("3/10"),
        },
    ),
    ("join a b", {"folders": [Path("a"), Path("b")], "lesson": None, "out": Path("grades")}),
    ("join a --lesson 9 --out o", {"folders": [Path("a")], "lesson": LESSON, "out": Path("o")}),
    ("gradescope 9", {"lesson": LESSON, "out": None}),
    ("gradescope 9 --out a.zip", {"lesson": LESSON, "out": Path("a.zip")}),
    ("notebook 09", {"lesson": LESSON, "arguments": []}),
    (
        "notebook 09 --no-browser --ip=::",
        {"lesson": LESSON, "arguments": ["--no-browser", "--ip=::"]},
    ),
    (
        "new 29 --title 'A b'",
        {"number": "29", "title": "A b", "part": "Streaming", "level": "intermediate"},
    ),
    ("missing lesson 9", {"name": "lesson 9"}),
    ("missing", {"name": None}),
    ("notebooks", {"check": False}),
    ("notebooks --check", {"check": True}),
    ("stubs --check", {"check": True}),
    ("readme --check", {"check": True}),
    ("golden --check", {"name": None, "check": True}),
    ("golden 09", {"name": "09", "check": False}),
    ("picture", {}),
    ("mutants 9", {"lesson": LESSON}),
    ("check -x -k 'a b'", {"arguments": ["-x", "-k", "a b"]}),
    ("prove", {}),
    ("fresh", {"pin": False}),
    ("fresh --pin", {"pin": True}),
    ("pythons", {"pythons": [], "everything": False}),
    ("pythons a b --all", {"pythons": ["a", "b"], "everything": True}),
    ("bench", {"arguments": []}),
    ("format", {}),
    ("clean", {}),
]
WITHOUT_SET_UP = ("doctor", "update", "gradescope", "fresh", "pythons", "clean")


class TestCommands:
    @pytest.mark.parametrize(("words", "expected"), CALLS)
    def test_calls(
        self,
        words: str,
        expected: dict[str, object],
        entrance: Entrance,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        name, *rest = shlex.split(words)
        function = stand_in(COMMANDS[name], monkeypatch)
        assert cli.main([name, *rest], entrance) == 1
        function.assert_called_once_with(**expected)
        if name in WITHOUT_SET_UP:
            assert entrance.groups is None
        else:
            assert entrance.groups is not None
            assert "learner" in entrance.groups

    def test_each_command_was_tried(self) -> None:
        assert {words.split()[0] for words, _ in CALLS} == COMMANDS.keys()

    @pytest.mark.parametrize(
        "words", ["test", "watch", "hint", "demo", "solution", "reset", "notebook", "debug"]
    )
    def test_one_that_names_no_lesson_is_about_the_current_one(
        self,
        words: str,
        entrance: Entrance,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        last = catalog.lessons()[3]
        monkeypatch.setattr(current_lesson, "meant", lambda task: Meant(last, "it is the last"))
        function = stand_in(COMMANDS[words], monkeypatch)
        assert cli.main([words], entrance) == 1
        assert function.call_args.kwargs["lesson"] is last
        said = f"Lesson {last.number}, {last.title}: it is the last.\n"
        assert capsys.readouterr().err == said

    @pytest.mark.parametrize("words", [["9"], ["09"], ["streaming"], ["09", "--task", TASK]])
    def test_a_lesson_alone_is_graded(
        self,
        words: list[str],
        entrance: Entrance,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        function = stand_in(COMMANDS["test"], monkeypatch)
        assert cli.main(words, entrance) == 1
        assert function.call_args.kwargs["lesson"] == LESSON
        assert function.call_args.kwargs["task"] == (TASK if TASK in words else None)
        assert capsys.readouterr().err == f"Taken as: {PROGRAM} test {words[0]}\n"

    @pytest.mark.parametrize(
        ("words", "status", "through_make", "calm"),
        [
            ("test 09", 1, True, "Not everything has passed yet, which make reports like this:"),
            ("test 09", 2, True, "This file cannot be graded yet, which make reports like this:"),
            ("test 09", 0, True, ""),
            ("test 09", 1, False, ""),
            ("demo 09", 1, True, "Not everything is written yet, or something failed, which make"),
            ("clean", 1, True, ""),
        ],
    )
    def test_what_make_calls_an_error_is_put_into_words_first(
        self,
        words: str,
        status: int,
        through_make: bool,
        calm: str,
        entrance: Entrance,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        if through_make:
            monkeypatch.setenv("MAKELEVEL", "1")
        stand_in(COMMANDS[words.split()[0]], monkeypatch).return_value = status
        assert cli.main(words.split(), entrance) == status
        said = capsys.readouterr().err
        assert said.startswith(f"\n{calm}") if calm else said == ""

    @pytest.mark.parametrize(
        ("words", "groups"),
        [
            ("test 09", ["learner"]),
            ("test 09 --rung process", ["learner"]),
            ("test 09 --rung wire", ["learner", "web"]),
            ("demo 09", ["learner"]),
            ("demo 12", ["learner"]),
            ("demo 17", ["learner", "web"]),
            ("play 09", ["learner", "web"]),
            ("play 12", ["learner", "libraries"]),
            ("grade folder --lesson 09", ["learner", "cohort"]),
            ("grade folder --lesson 09 --scheduler tcp://a:1", ["learner", "cohort", "cluster"]),
            ("notebook 09", ["learner", "web", "libraries", "notebooks", "jupyter"]),
        ],
    )
    def test_needs(
        self, words: str, groups: list[str], entrance: Entrance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stand_in(COMMANDS[words.split()[0]], monkeypatch)
        assert cli.main(words.split(), entrance) == 1
        assert entrance.groups == groups


def disagreements(command: Command) -> set[str]:
    """Return in which parameters a row of the table and the function that it names disagree.

    Parameters after `*` are for other callers, so they need a default.
    """
    signature = inspect.signature(command.function())
    arguments = {one.dest: one for one in cli.parser_of(command)._actions if one.dest != "help"}
    names = {*arguments, *(["arguments"] if command.passes_on else [])}
    wrong = set() if signature.return_annotation == "int" else {"return"}
    for parameter in signature.parameters.values():
        name, default = parameter.name, parameter.default
        if parameter.kind is parameter.KEYWORD_ONLY:
            fits = default is not parameter.empty
        elif name in arguments:
            fits = default is parameter.empty or is_default(arguments[name], default)
            names.remove(name)
        else:
            fits = name in names
            names.discard(name)
        if not fits:
            wrong.add(name)
    return wrong | names


def is_default(argument: argparse.Action, value: object) -> bool:
    """Whether an argument may be left out, and has this value then."""
    may_be_left_out = argument.option_strings and not argument.required
    return bool(may_be_left_out and argument.default == value)


class TestTable:
    @pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
    def test_a_row_agrees_with_its_function(self, command: Command) -> None:
        assert not disagreements(command)

    @pytest.mark.parametrize(
        ("name", "changes", "wrong"),
        [
            ("fresh", {"arguments": [Argument("--pins")]}, {"pin", "pins"}),
            ("fresh", {"arguments": [Argument("--pin", dest="pins")]}, {"pin", "pins"}),
            ("fresh", {"arguments": [Argument("--pin", action="store_true")]}, set()),
            ("fresh", {"arguments": [Argument("--pin", default=True)]}, {"pin"}),
            ("fresh", {"arguments": [Argument("--pin", default=False, required=True)]}, {"pin"}),
            ("fresh", {"arguments": [Argument("pin", default=False)]}, {"pin"}),
            ("fresh", {"arguments": []}, {"pin"}),
            ("watch", {"arguments": [Argument("lesson"), Argument("--pause")]}, {"pause"}),
            ("status", {"passes_on": True}, {"arguments"}),
            ("bench", {"passes_on": False}, {"arguments"}),
            ("status", {"calls": "course.learn.status:_row"}, {"lesson", "progress", "return"}),
        ],
    )
    def test_a_disagreement_is_found(
        self, name: str, changes: dict[str, Any], wrong: set[str]
    ) -> None:
        assert disagreements(COMMANDS[name]._replace(**changes)) == wrong

    @pytest.mark.parametrize("calls", ["course.learn.status:ran", "course.learn.statistics:run"])
    def test_a_function_that_is_not_there_is_found(self, calls: str) -> None:
        with pytest.raises((AttributeError, ModuleNotFoundError)):
            disagreements(COMMANDS["status"]._replace(calls=calls))


READS_EXAMPLES = """
import shlex, sys
sys.path.append(sys.argv[1])
from course import cli
from course.commands import COMMANDS
for command in COMMANDS.values():
    for example in command.examples or (command.name,):
        name, *words = shlex.split(example)
        cli.parse(command, words)
    print(name)
"""
"""Without site-packages, in a process of its own."""


class TestHelp:
    def test_alone_it_shows_the_way(
        self, entrance: Entrance, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main([], entrance) == 0
        shown = capsys.readouterr().out
        order = [shown.index(word) for word in ("lessons", "test 01", "watch 01", "hint 01")]
        assert order == sorted(order)
        assert entrance.groups is None

    @pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
    def test_overview_has_every_command(
        self, words: list[str], entrance: Entrance, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(words, entrance) == 0
        shown = capsys.readouterr().out
        for command in COMMANDS.values():
            assert re.search(rf"^  {command.name} +{re.escape(command.summary)}$", shown, re.M)
        assert max(map(len, shown.splitlines())) <= 88

    @pytest.mark.parametrize("name", COMMANDS)
    def test_each_command(
        self, name: str, entrance: Entrance, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as stopped:
            cli.main([name, "--help"], entrance)
        assert stopped.value.code == 0
        assert entrance.groups is None
        shown = capsys.readouterr().out
        assert shown.startswith(f"usage: {PROGRAM} {name}")
        assert COMMANDS[name].summary in shown
        assert max(map(len, shown.splitlines())) <= 88
        for option in cli.parser_of(COMMANDS[name])._actions:
            assert option.help

    @pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
    def test_examples_are_right(self, command: Command) -> None:
        for example in command.examples or (command.name,):
            name, *words = shlex.split(example)
            assert name == command.name
            cli.parse(command, words)

    def test_they_are_read_before_anything_is_installed(self) -> None:
        words = [sys.executable, "-I", "-S", "-c", READS_EXAMPLES, str(ROOT)]
        finished = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout.split() == [*COMMANDS]


class TestQuestionIsWrong:
    @pytest.mark.parametrize(
        ("words", "suggestion"),
        [
            (["tset", "09"], "test 09"),
            (["tset-09"], "test 09"),
            (["test-09"], "test 09"),
            (["statsu"], "status"),
            (["xyzzy"], None),
        ],
    )
    def test_unknown_command(
        self,
        words: list[str],
        suggestion: str | None,
        entrance: Entrance,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert cli.main(words, entrance) == 2
        said = capsys.readouterr().err
        assert f"There is no command {words[0]!r}." in said
        if suggestion:
            assert f"Did you mean: {PROGRAM} {suggestion}\n" in said
        else:
            assert "Did you mean" not in said
        assert entrance.groups is None

    @pytest.mark.parametrize("words", [["test", "99"], ["test", LESSON.number, "--task", "nope"]])
    def test_unknown_lesson_or_task_is_said_before_any_set_up(
        self, words: list[str], entrance: Entrance, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(words, entrance) == 2
        said = capsys.readouterr().err
        assert said.startswith(("There is no lesson", f"Lesson {LESSON.number} has no task"))
        assert "Traceback" not in said
        assert entrance.groups is None

    @pytest.mark.parametrize(
        "words",
        [["test", "--sed", "1"], ["test", "--seed", "x"], ["gradescope"], ["status", "09"]],
    )
    def test_options(
        self, words: list[str], entrance: Entrance, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as stopped:
            cli.main(words, entrance)
        assert stopped.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"{PROGRAM} {words[0]}: ")
        assert f"For example: {PROGRAM} {words[0]}" in line


class TestEnding:
    def end_with(self, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
        stand_in(COMMANDS["status"], monkeypatch).side_effect = error
        return cli.main(["status"], lambda groups: None)

    @pytest.mark.parametrize(
        "error",
        [catalog.CourseError("Look here."), SetUpError("Look here.")],
        ids=["ours", "set-up"],
    )
    def test_known_error_is_its_text(
        self,
        error: Exception,
        entrance: Entrance,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert self.end_with(error, monkeypatch) == 2
        assert capsys.readouterr().err == "Look here.\n"

    def test_interruption_is_quiet(
        self,
        entrance: Entrance,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert self.end_with(KeyboardInterrupt(), monkeypatch) == 130
        assert capsys.readouterr().err == "\n"

    def test_unexpected_error_shows_where_and_what_to_do(
        self,
        entrance: Entrance,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert self.end_with(ZeroDivisionError("oops"), monkeypatch) == 3
        said = capsys.readouterr().err
        assert "ZeroDivisionError: oops" in said
        assert f"{PROGRAM} doctor" in said

    def test_missing_part_of_the_course_is_named(
        self,
        entrance: Entrance,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        astray = COMMANDS["status"]._replace(calls="course.learn.nothing:run")
        monkeypatch.setitem(COMMANDS, "status", astray)
        assert cli.main(["status"], entrance) == 3
        assert "course.learn.nothing" in capsys.readouterr().err

    @pytest.mark.skipif(os.name == "nt", reason="closed pipes are another error there")
    def test_reader_that_stops_reading_is_no_error(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        finished = subprocess.run(
            [sys.executable, "-m", "course", "--help"],
            cwd=ROOT,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(writing)
        assert finished.returncode == 141
        assert finished.stderr == ""


class FakeBeside:
    """A gate that would run beside pytest, and what it would say."""

    says = ""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __enter__(self) -> FakeBeside:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def problems(self) -> str:
        return self.says


class TestGates:
    @pytest.fixture
    def started(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        names: list[str] = []

        def python(*words: str) -> int:
            names.append(" ".join(words))
            return 0

        def passes(name: str, words: Sequence[str]) -> bool:
            names.append(name)
            return True

        monkeypatch.setattr(gates, "_python", python)
        monkeypatch.setattr(gates, "_passes", passes)
        monkeypatch.setattr(gates, "_Beside", FakeBeside)
        monkeypatch.setattr(gates, "_a_lesson_lacks_something", lambda: False)
        return names

    def test_all_run_and_pytest_is_last(self, started: list[str]) -> None:
        assert gates.run(["-x"]) == 0
        assert started[:2] == ["ruff check", "ruff format"]
        assert re.fullmatch(r"-m pytest .*--durations=10 .*--sample checks -x", started[2])

    def test_path_replaces_the_folder(self, started: list[str]) -> None:
        gates.run(["checks/test_command_line.py::TestGates"])
        assert started[-1].endswith(" checks/test_command_line.py::TestGates")
        assert " checks " not in started[-1]

    @pytest.mark.parametrize(
        "named", [["-k", "screens"], ["-kscreens"], ["checks/test_screens.py"]]
    )
    def test_what_is_named_is_run_whole(self, named: list[str], started: list[str]) -> None:
        gates.run(named)
        assert "--sample" not in started[-1]
        assert started[-1].endswith(" ".join(named))

    def test_an_incomplete_lesson_is_all_that_is_told(
        self, started: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gates, "_a_lesson_lacks_something", lambda: True)
        assert gates.run([]) == gates.prove() == 1
        assert started == []
        assert gates.run(["-k", "screens"]) == 0

    @pytest.mark.parametrize("failing", ["ruff check", "ruff format"])
    def test_one_failure_fails_all_and_hides_none(
        self,
        failing: str,
        started: list[str],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(gates, "_passes", lambda name, words: name != failing)
        assert gates.run([]) == 1
        assert started[-1].startswith("-m pytest")
        assert capsys.readouterr().err == f"Not passed: {failing}\n"

    def test_what_fails_beside_pytest_is_told_after_it(
        self,
        started: list[str],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(FakeBeside, "says", "cli.py:1: error: no")
        assert gates.run([]) == 1
        assert started[-1].startswith("-m pytest")
        assert capsys.readouterr().err == "cli.py:1: error: no\nNot passed: mypy\n"

    def test_failing_checks_fail(self, started: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gates, "_python", lambda *words: 5)
        assert gates.run([]) == 1

    def test_bytecode_is_kept_whatever_the_shell_says(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        assert gates._python("-c", "import sys; sys.exit(sys.dont_write_bytecode)") == 0

    @pytest.mark.parametrize(
        ("program", "said"),
        [("pass", ""), ("print('no'); exit(1)", "no"), ("exit(1)", "it failed")],
    )
    def test_a_gate_beside_others_says_what_is_wrong(self, program: str, said: str) -> None:
        with gates._Beside("-c", program) as gate:
            assert gate.problems() == said


class TestProve:
    @pytest.fixture
    def certificate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Where the certificate would be. All gates pass, and all is committed."""
        path = tmp_path / "proved.json"
        monkeypatch.setattr(sampling, "certify", lambda found: sampling_certify(found, path))
        monkeypatch.setattr(gates, "_run_gates", lambda *words: 0)
        monkeypatch.setattr(gates, "_is_committed", lambda: True)
        monkeypatch.setattr(gates, "_a_lesson_lacks_something", lambda: False)
        monkeypatch.setattr(gates, "NOTES_OF_PROOF", tmp_path / "proof")
        return path

    def test_what_passed_is_certified(
        self, certificate: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert gates.prove() == 0
        assert sampling.certified(certificate) == sampling.contents()
        said = "Certified in checks/proved.json. Commit it.\n"
        assert capsys.readouterr().err == said

    def test_it_leaves_nothing_out(
        self, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[tuple[str, ...]] = []

        def run(*words: str) -> int:
            asked.append(words)
            return 0

        monkeypatch.setattr(gates, "_run_gates", run)
        gates.prove()
        assert [words[-1] for words in asked] == ["checks"]
        assert "--sample" not in asked[0]

    def test_what_has_passed_is_noted_for_these_very_files(
        self, certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        noted: list[bool] = []

        def run(*words: str) -> int:
            path = Path(words[words.index("--proof") + 1])
            path.parent.mkdir(exist_ok=True)
            noted.append(path.exists())
            path.touch()
            return int(len(noted) < 4)

        monkeypatch.setattr(gates, "_run_gates", run)
        for tree in ("a", "a", "b", "b", "b"):
            monkeypatch.setattr(sampling, "fingerprint", lambda paths, tree=tree: tree)
            gates.prove()
        assert noted == [False, True, False, True, False]

    def test_what_failed_is_not(self, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gates, "_run_gates", lambda *words: 1)
        assert gates.prove() == 1
        assert not certificate.exists()

    def test_what_is_not_committed_is_not(
        self,
        certificate: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(gates, "_is_committed", lambda: False)
        assert gates.prove() == 0
        assert not certificate.exists()
        assert "uncommitted" in capsys.readouterr().err

    def test_what_changes_meanwhile_is_not(
        self,
        certificate: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        found = iter([sampling.Contents("before", {}), sampling.Contents("after", {})])
        monkeypatch.setattr(sampling, "contents", lambda: next(found))
        assert gates.prove() == 0
        assert not certificate.exists()
        assert "have changed" in capsys.readouterr().err

    @pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
    def test_git_knows_what_is_committed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gates, "ROOT", tmp_path)
        monkeypatch.setattr(sampling, "CERTIFICATE", tmp_path / "proved.json")
        subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
        assert gates._is_committed()
        (tmp_path / "proved.json").touch()
        assert gates._is_committed()
        (tmp_path / "other").touch()
        assert not gates._is_committed()


class TestClean:
    def test_clean_removes_caches_only(self, tmp_path: Path) -> None:
        for name in ("exercises/__pycache__", ".mypy_cache", ".venv/__pycache__", ".streamlings"):
            (tmp_path / name).mkdir(parents=True)
            (tmp_path / name / "file").touch()
        (tmp_path / "exercises" / "09_streaming.py").touch()
        assert gates.clean(root=tmp_path) == 0
        left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
        assert left == {
            os.path.normpath(".venv/__pycache__/file"),
            os.path.normpath(".streamlings/file"),
            os.path.normpath("exercises/09_streaming.py"),
        }


@pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")
class TestMake:
    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        from_outside = ("MAKEFLAGS", "MAKELEVEL", "TASK", "V", "ANSWERS", "JSON", "SEED")
        environment = {
            name: value for name, value in os.environ.items() if name not in from_outside
        }
        return subprocess.run(
            ["make", *words, f"PYTHON={sys.executable}"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )

    @pytest.mark.parametrize(
        ("words", "command"),
        [
            (["test"], "check"),
            (["test-9"], 'test "9"'),
            (
                ["test-09", "TASK=a", "V=1", "ANSWERS=my file.py", "JSON=o.json", "SEED=4"],
                'test "09" --task "a" -v --answers "my file.py" --json "o.json" --seed "4"',
            ),
            (["hint-09", "TASK=a"], 'hint "09" --task "a"'),
            (["hint-09", "task=a"], 'hint "09" --task "a"'),
            (["test-09", "v=1", "seed=4"], 'test "09" -v --seed "4"'),
            (["hint-09", "a_task"], 'hint "09" "a_task"'),
            (["watch-09", "a_task"], 'watch "09" "a_task"'),
            (["debug-09", "TASK=a"], 'debug "09" --task "a"'),
            (
                ["grade", "SUBMISSIONS=my folder", "LESSON=09", "SCHEDULER=tcp://a:1"],
                'grade "my folder" --lesson "09" --scheduler "tcp://a:1"',
            ),
            (
                ["grade", "SUBMISSIONS=a", "REQUIRE_SANDBOX=1", "SEED=4", "PART=3/10"],
                'grade "a" --seed "4" --part "3/10" --require-sandbox',
            ),
            (["grade"], "grade"),
            (["notebook-09"], 'notebook "09"'),
            *[([f"{name}-09"], f'{name} "09"') for name in ("watch", "reset", "solution", "play")],
            *[
                ([name], name)
                for name in ("watch", "status", "setup", "update", "lessons", "doctor")
            ],
            *[
                ([name], name)
                for name in ("notebooks", "stubs", "readme", "golden", "bench", "format", "clean")
            ],
            (["missing-29"], 'missing "29"'),
            (["test", "09", "TASK=a"], 'test "09" --task "a"'),
            (["test", "lesson", "9"], 'test "lesson 9"'),
            (["hint", "09", "TASK=a"], 'hint "09" --task "a"'),
            (["new", "29", "TITLE=A b"], 'new "29" --title "A b"'),
            *[([name, "09"], f'{name} "09"') for name in ("watch", "demo", "reset", "solution")],
            *[([name], name) for name in ("hint", "demo", "solution", "reset", "debug")],
            (["solution-09", "TASK=a", "YES=1"], 'solution "09" --task "a" --yes'),
            (["solution", "TASK=a"], 'solution --task "a"'),
            (["mutants-29"], 'mutants "29"'),
            (["golden-29"], 'golden "29"'),
            (["new-29", "TITLE=A b", "LEVEL=c"], 'new "29" --title "A b" --level "c"'),
            (["new-29"], 'new "29"'),
            (["fresh"], "fresh"),
            (["fresh", "PIN=1"], "fresh --pin"),
            (["pythons", "ALL=1"], "pythons --all"),
        ],
    )
    def test_target(self, words: list[str], command: str) -> None:
        finished = self.make("-n", *words)
        assert finished.stderr == ""
        shown = finished.stdout.replace("\\\n", " ")
        assert shown.split() == f'"{sys.executable}" -I course {command}'.split()
        assert command.split()[0] in COMMANDS

    @pytest.mark.parametrize(
        ("words", "commands"),
        [
            (["09", "TASK=a"], ['"09" --task "a"']),
            (["test-09", "hint-09"], ['test "09"', 'hint "09"']),
            (["stubs", "readme"], ["stubs", "readme"]),
            (["test", "prove"], ["check", "prove"]),
        ],
    )
    def test_targets_that_are_no_command_or_several(
        self, words: list[str], commands: list[str]
    ) -> None:
        shown = self.make("-n", *words).stdout.splitlines()
        start = f'"{sys.executable}" -I course '
        assert [" ".join(line.removeprefix(start).split()) for line in shown] == commands

    def test_a_grading_that_is_not_green_does_not_read_like_a_crash(self) -> None:
        finished = self.make("test-09", f"ANSWERS={LESSON.tests}")
        assert finished.returncode == 2
        *_, calm, from_make = finished.stderr.splitlines()
        assert calm.endswith("which make reports like this:")
        assert from_make.startswith("make: ***")

    def test_a_variable_that_no_command_knows_is_refused(self) -> None:
        finished = self.make("test-09", "TAKS=buffer_stream")
        assert finished.returncode == 2
        assert finished.stdout == ""
        assert "No command knows TAKS=." in finished.stderr

    def test_each_variable_is_known(self) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
        (known,) = re.findall(r"(?m)^VARIABLES := (.*)$", makefile)
        told = set(re.findall(r"\b([A-Z_]+)=", self.make("help").stdout))
        assert told > {"TASK", "V", "SUBMISSIONS", "TITLE"}
        assert told <= {*known.split()}
        assert {*known.split()} <= {*re.findall(r"\$\(([A-Z_]+)\)", makefile)}

    def test_help_names_targets_that_exist(self) -> None:
        shown = self.make().stdout
        targets = set(re.findall(r"make ([a-z]+)(?:-09)?\b", shown))
        assert targets > {"test", "watch", "hint", "solution", "reset", "status", "doctor"}
        assert targets <= set(COMMANDS)

    @pytest.mark.parametrize(
        ("slip", "answer"),
        [
            ("tset-09", "Did you mean: make test-09"),
            ("test09", "Did you mean: make test-09"),
            ("hint_09", "Did you mean: make hint-09"),
            ("lesson", "Did you mean: make lessons"),
            ("test-99", "There is no lesson '99'."),
            ("hint-09 no_such_task", "Lesson 09 has no task called 'no_such_task'."),
            ("checks", "Did you mean: make check"),
        ],
    )
    def test_slip_is_answered(self, slip: str, answer: str) -> None:
        finished = self.make(*slip.split())
        assert finished.returncode == 2
        assert answer in finished.stderr
        said = [one for one in finished.stderr.splitlines() if not one.startswith("  ")]
        assert len(said) <= 3


def test_each_command_about_a_lesson_may_be_followed_by_its_number() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    with_a_number = set(re.findall(r"(?m)^([a-z]+)-%:", makefile))
    (listed,) = re.findall(r"(?m)^OF_A_LESSON := (.*)$", makefile)
    assert {*listed.split()} == with_a_number
