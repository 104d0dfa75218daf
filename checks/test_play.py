"""`make play-09`: a prompt with the lesson's functions, and `show`, which plays streams."""

from __future__ import annotations

import ast
import asyncio
import builtins
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from course import catalog
from course.catalog import CourseError, IncompleteLesson, Lesson
from course.fakes import stage
from course.fakes.clock import VirtualEventLoop, virtual_time
from course.fakes.sources import AsyncSource, Source
from course.learn import play
from course.learn.filled_answers import OWN, REFERENCE, FilledAnswers
from course.learn.prompt import Prompt
from course.learn.show import Show
from course.lesson import lesson_text, play_file, stubs
from course.lesson.variants import spliced

LESSONS = catalog.lessons()
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
NINE = catalog.find("09")
MINE = "def write_stream(tokens, out):\n    return sum(map(out.write, tokens))\n"
STUB_OF = '    raise NotImplementedError("Task 3 of 12: write_stream")\n'


@contextmanager
def at_prompt(lesson: Lesson, answers: Path) -> Iterator[Callable[[str], None]]:
    """Give a function that types at the prompt. Time is virtual."""
    with virtual_time(), asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
        table = play.Table(lesson, runner.run, answers)
        prompt = Prompt(table.names, runner.run, table.refresh)

        def types(line: str) -> None:
            assert not prompt.push(line), f"it waits for more: {line}"

        yield types


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """The stub of lesson 09, with one task written."""
    path = tmp_path / "answers.py"
    path.write_text(stub_with(NINE, STUB_OF, "    return sum(map(out.write, tokens))\n"), "utf-8")
    return path


def stub_with(lesson: Lesson, raising: str, body: str) -> str:
    stub = stubs.stub(lesson)
    assert raising in stub
    return stub.replace(raising, body)


def stub_of(lesson: Lesson, folder: Path) -> Path:
    path = folder / "stub.py"
    path.write_text(stubs.stub(lesson), encoding="utf-8")
    return path


def test_there_are_lessons() -> None:
    assert LESSONS


@EACH
class TestPlayFile:
    def test_each_line_works_with_the_reference(
        self,
        lesson: Lesson,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(builtins, "input", lambda asked: "y")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)  # a spinner wants a terminal
        with at_prompt(lesson, stub_of(lesson, tmp_path)) as types:
            for task, line in play_file.read(lesson).lines.items():
                types(line)
                shown = capsys.readouterr()
                assert shown.err == "", f"{task}: {line}"
                assert shown.out.strip(), f"{task} shows nothing: {line}"
                assert "(0 items" not in shown.out, f"{task}: {line}"
                assert "has to be called first" not in shown.out, f"{task}: {line}"

    def test_what_it_offers_hides_nothing(self, lesson: Lesson, tmp_path: Path) -> None:
        offered = play_file.read(lesson)
        own = FilledAnswers(lesson, stub_of(lesson, tmp_path)).names()
        for name, value in {**offered.names, **stage.OFFERED}.items():
            assert own.get(name, value) is value, f"{name} is something else in the stub"
        assert not {"show", "tasks"} & {*own, *offered.names}

    def test_everything_that_it_makes_is_used(self, lesson: Lesson) -> None:
        source = lesson.play.read_text(encoding="utf-8")
        lines = "\n".join(play_file.read(lesson).lines.values())
        for name in play_file.read(lesson).defined:
            assert name in lines or source.count(name) > 1, f"no line uses {name}"

    def test_its_page_says_how_to_run_its_blocks(self, lesson: Lesson) -> None:
        text = lesson_text.read(lesson.folder / "CONCEPTS.md")
        first = next(heading.line for heading in text.headings if heading.level == 2)
        assert f"paste it at the prompt of `make play-{lesson.number}`" in " ".join(
            text.lines[: first - 1]
        ).replace("\n", " ")


class TestRefusedPlayFile:
    @pytest.mark.parametrize(
        ("tries", "said"),
        [
            ("", "needs TRY"),
            ("TRY = {'other': 'other()'}", "needs TRY"),
            ("TRY = dict.fromkeys(TASKS, 'show()')", "needs a line for visible_text"),
            ("TRY = {name: f'{name}(' + 70 * '1' + ')' for name in TASKS}", "at most 66"),
        ],
    )
    def test_what_is_wrong_with_it(
        self, tries: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "play.py"
        path.write_text(f"TASKS = {[task.name for task in NINE.tasks]}\n{tries}\n", "utf-8")
        monkeypatch.setattr(Lesson, "play", path)
        with pytest.raises(IncompleteLesson, match=said):
            play_file.read(NINE)


class TestWhose:
    def test_what_is_written_is_the_learners(self, answers: Path) -> None:
        filled = FilledAnswers(NINE, answers)
        assert [task.name for task in NINE.tasks if filled.whose(task.name) == OWN] == [
            "write_stream"
        ]

    @pytest.mark.parametrize(
        "body",
        [
            STUB_OF,
            f"{STUB_OF}    return 1\n",
            "    yield\n",
        ],
    )
    def test_what_is_not(self, body: str, answers: Path) -> None:
        answers.write_text(stub_with(NINE, STUB_OF, body), encoding="utf-8")
        assert FilledAnswers(NINE, answers).whose("write_stream") == REFERENCE

    def test_a_task_with_another_name_is_not_there(self, answers: Path) -> None:
        text = answers.read_text(encoding="utf-8").replace("def write_stream", "def write")
        answers.write_text(text, encoding="utf-8")
        assert FilledAnswers(NINE, answers).whose("write_stream") == REFERENCE

    def test_a_class_is_the_learners_as_soon_as_one_method_is_written(self, tmp_path: Path) -> None:
        lesson = catalog.find("18")
        path = tmp_path / "answers.py"
        raising = next(
            line
            for line in stubs.stub(lesson).splitlines(True)
            if "SessionLog" in line and "raise" in line
        )
        path.write_text(stubs.stub(lesson).replace(raising, "        self.all = []\n", 1), "utf-8")
        assert FilledAnswers(lesson, path).whose("SessionLog") == OWN

    def test_both_raise_the_same_classes(self, answers: Path) -> None:
        module = FilledAnswers(NINE, answers).module
        with pytest.raises(module.StreamInterrupted):
            module.collect_response(Source(["a", ValueError("no")]))

    def test_what_calls_another_task_gets_the_reference(self, answers: Path) -> None:
        body = "    return len(''.join(buffer_stream(tokens)))\n"
        answers.write_text(stub_with(NINE, STUB_OF, body), encoding="utf-8")
        assert FilledAnswers(NINE, answers).module.write_stream(["ab", "c"], None) == 3

    def test_what_cannot_be_loaded_is_said_in_one_sentence(self, answers: Path) -> None:
        answers.write_text("\ndef (", encoding="utf-8")
        with pytest.raises(CourseError, match=r"answers\.py:2: SyntaxError: invalid syntax\.$"):
            play.run(NINE, answers=answers)
        answers.unlink()
        with pytest.raises(CourseError, match=r"is not there\. To get the stub back: .* reset"):
            play.run(NINE, answers=answers)

    def test_the_table_says_it(self, answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with at_prompt(NINE, answers) as types:
            types("tasks()")
        rows = capsys.readouterr().out.splitlines()
        assert len(rows) == len(NINE.tasks)
        assert rows[0].startswith("  reference  show(visible_text(")
        assert rows[2].startswith("  yours      write_stream(")

    @EACH
    def test_it_fits_a_terminal(
        self, lesson: Lesson, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with asyncio.Runner() as runner:
            play.Table(lesson, runner.run, stub_of(lesson, tmp_path)).greet()
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == f"Lesson {lesson.number}  {lesson.title}"
        where = str(tmp_path)  # long, and no path of a learner
        assert max(len(line) for line in lines if where not in line) < 80
        assert len(lines) < 24


class TestPrompt:
    def test_await_works(self, answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with at_prompt(NINE, answers) as types:
            types("import asyncio; await asyncio.sleep(3600, 'done')")
            types("[token async for token in atokens('a b')]")
        assert capsys.readouterr().out == "'done'\n['a', ' b']\n"

    def test_a_pasted_block_is_run_as_a_whole(
        self, answers: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with at_prompt(NINE, answers) as types:
            types(
                "async def f():\n    x = 1\n\n    return x\n\nfor _ in range(2):\n    1\nawait f()"
            )
            types("    x = 2\n    print(x)\n")
            types("y = 5\nz = (")
        shown = capsys.readouterr()
        assert shown.out == "1\n2\n"
        assert "SyntaxError" in shown.err

    def test_the_blocks_of_a_page_run_there(
        self, answers: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = lesson_text.read(NINE.folder / "CONCEPTS.md")
        with at_prompt(NINE, answers) as types:
            for block in text.code[:12]:
                types(f"{block.source}\n\n")
                assert "Traceback" not in capsys.readouterr().err, f"line {block.line}"

    def test_a_traceback_has_only_the_learners_lines(
        self, answers: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        body = "    raise ValueError(tokens)\n"
        answers.write_text(stub_with(NINE, STUB_OF, body), encoding="utf-8")
        with at_prompt(NINE, answers) as types:
            types("write_stream('a', None)")
            types("show(atokens([KeyError('b')]))")
        shown = capsys.readouterr().err
        assert "    raise ValueError(tokens)\n" in shown
        assert "KeyError: 'b'" in shown
        assert "prompt.py" not in shown
        assert "show.py" not in shown
        assert "asyncio" not in shown

    def test_a_stream_that_is_not_played_says_how(
        self, answers: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with at_prompt(NINE, answers) as types:
            types("stream_tokens(model, PROMPT)")
            types("show(_)")
        shown = capsys.readouterr().out
        assert "To play it: show(_)" in shown
        assert "Returns| are|" in shown

    def test_it_ends_when_told_to(self, answers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for typed in (["1", "exit()"], ["2"]):
            lines = iter(typed)

            def read(asked: object = "", lines: Iterator[str] = lines) -> str:
                try:
                    return next(lines)
                except StopIteration:
                    raise EOFError from None

            monkeypatch.setattr(builtins, "input", read)
            assert play.run(NINE, answers=answers) == 0


class TestRefresh:
    def test_a_saved_file_is_read_again(
        self, answers: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with at_prompt(NINE, answers) as types:
            answers.write_text(stub_with(NINE, STUB_OF, "    return 42\n"), encoding="utf-8")
            types("write_stream([], None)")
            assert "was read again.\n42\n" in capsys.readouterr().out.replace("\nwas", " was")
            answers.write_text(stubs.stub(NINE), encoding="utf-8")
            types("write_stream([], None)")
            shown = " ".join(capsys.readouterr().out.split())
            assert "Now the reference's: write_stream. 0" in shown

    def test_what_is_broken_changes_nothing(
        self, answers: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with at_prompt(NINE, answers) as types:
            answers.write_text("def (", encoding="utf-8")
            types("type(write_stream).__name__")
            shown = " ".join(capsys.readouterr().out.split())
            assert "SyntaxError" in shown
            assert "the functions are those from before. 'function'" in shown
            types("1")
            assert capsys.readouterr().out == "1\n"


class TestShow:
    @pytest.fixture
    def show(self) -> Iterator[Callable[..., Any]]:
        with virtual_time(), asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
            yield Show(runner.run)

    @pytest.mark.parametrize("source", [Source, AsyncSource, list, iter])
    def test_the_end_of_each_item_is_visible(
        self, source: Any, show: Show, capsys: pytest.CaptureFixture[str]
    ) -> None:
        show(source(["a", "", " b\n"]))
        assert capsys.readouterr().out == "a|| b\n|\n(3 items, 0.1 s)\n"

    def test_other_items_have_a_line_each_and_their_time(
        self, show: Show, capsys: pytest.CaptureFixture[str]
    ) -> None:
        show(stage.tokens([{"a": 1}, "x", ("b", 2)], pause=1.0))
        assert capsys.readouterr().out.splitlines() == [
            "  1.0 s  {'a': 1}",
            "x|",
            "  3.0 s  ('b', 2)",
            "(3 items, 3.0 s)",
        ]

    def test_a_stream_that_is_quick_is_played_slowly(
        self, show: Show, capsys: pytest.CaptureFixture[str]
    ) -> None:
        show(["ab", "cd"], pause=2.0)
        assert "(2 items, 4.0 s)" in capsys.readouterr().out

    def test_the_source_is_closed(self, show: Show, capsys: pytest.CaptureFixture[str]) -> None:
        sources = Source(["a"]), AsyncSource(["a"]), Source([ValueError()])
        show(sources[0])
        show(sources[1])
        with pytest.raises(ValueError):  # noqa: PT011
            show(sources[2])
        assert [source.closed for source in sources] == [True] * 3

    def test_an_error_comes_after_what_had_come(
        self, show: Show, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for source in (Source, AsyncSource):
            with pytest.raises(ZeroDivisionError):
                show(source(["a", ZeroDivisionError()]))
            assert capsys.readouterr().out.endswith("a|\n(ZeroDivisionError after 1 item, 0.0 s)\n")

    def test_ctrl_c_stops_it(self, show: Show, capsys: pytest.CaptureFixture[str]) -> None:
        source = Source(["a", KeyboardInterrupt()])
        show(source)
        assert source.closed
        assert "a|\n(stopped after 1 item" in capsys.readouterr().out

    def test_what_is_awaited_is_shown(self, show: Show, capsys: pytest.CaptureFixture[str]) -> None:
        async def answer() -> list[str]:
            return ["a", "b"]

        show(answer())
        assert "a|b|" in capsys.readouterr().out

    def test_in_code_that_awaits(self, answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with at_prompt(NINE, answers) as types:
            types("import asyncio; await show(atokens(['a']))")
            types("await show(tokens(['b']))")
            types("show(atokens([await asyncio.sleep(0, 'c')]))")
            types("show([await asyncio.sleep(0, 'd')])")
        shown = capsys.readouterr()
        assert [line for line in shown.out.splitlines() if "|" in line] == ["a|", "b|", "c|", "d|"]
        assert shown.err == ""

    @pytest.mark.parametrize(
        ("what", "said"),
        [
            (None, "This is None. Does the function return or yield what it makes?"),
            (len, "len has to be called first: show(len(...))"),
            (dict, "dict has to be called first: show(dict(...))"),
        ],
    )
    def test_what_is_no_stream(
        self, what: object, said: str, show: Show, capsys: pytest.CaptureFixture[str]
    ) -> None:
        show(what)
        assert capsys.readouterr().out == f"{said}\n"

    @pytest.mark.parametrize("one", ["some text", {"a": 1}, 7, b"ab"])
    def test_what_is_one_thing_is_one_item(
        self, one: object, show: Show, capsys: pytest.CaptureFixture[str]
    ) -> None:
        show(one)
        assert "(1 item, " in capsys.readouterr().out

    def test_of_a_message_only_what_it_says(
        self, show: Show, capsys: pytest.CaptureFixture[str]
    ) -> None:
        show(stage.model.stream("Hello"))
        first, *_, last, _ = capsys.readouterr().out.splitlines()
        assert first == "  0.1 s  AIMessageChunk('Returns')"
        assert "finish_reason" in last

    def test_half_of_a_character_is_shown(
        self, show: Show, capsys: pytest.CaptureFixture[str]
    ) -> None:
        show(["\ud83d"])
        assert "\\ud83d|" in capsys.readouterr().out

    def test_an_async_generator_that_is_stopped_is_closed(self, show: Show) -> None:
        ended = []

        async def stream() -> AsyncIterator[str]:
            try:
                yield "a"
                raise KeyboardInterrupt
            finally:
                ended.append(True)

        show(stream())
        assert ended == [True]


@EACH
class TestRunAsAProgram:
    """Who runs an exercise as a program is told what to do, with any Python."""

    def test_it_says_how_to_grade_and_play(self, lesson: Lesson, tmp_path: Path) -> None:
        bare = [sys.executable, "-I", "-S"]  # without packages
        ran = subprocess.run(
            [*bare, stub_of(lesson, tmp_path)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 1
        assert f"make test-{lesson.number}" in ran.stderr
        assert f"make play-{lesson.number}" in ran.stderr
        assert len(ran.stderr.splitlines()) == 1

    def test_nothing_else_gets_there(self, lesson: Lesson) -> None:
        """The condition is the whole difference, and stands above everything that can fail."""
        tree = ast.parse(stubs.stub(lesson))
        guards = [at for at, node in enumerate(tree.body) if isinstance(node, ast.If)]
        at = guards[0]
        assert ast.unparse(tree.body[at].test) == "__name__ == '__main__'"  # type: ignore[attr-defined]
        docstring, *above = tree.body[:at]
        assert isinstance(docstring, ast.Expr)
        assert [*map(ast.unparse, above)] in ([], ["from __future__ import annotations"])
        del tree.body[at]
        whole = ast.parse(lesson.solution.read_text(encoding="utf-8")).body
        without = [node for node in whole if not getattr(node, "name", "").startswith("_")]
        assert [type(node) for node in tree.body] == [type(node) for node in without]


def test_the_program_is_not_what_is_graded(answers: Path) -> None:
    """An answer in a stub is loaded below the guard."""
    text = spliced(NINE, {"write_stream": MINE})
    assert "SystemExit" not in text
    module = FilledAnswers(NINE, answers).module
    assert module.__name__ != "__main__"
