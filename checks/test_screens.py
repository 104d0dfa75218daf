"""The grading screen in every situation, compared with the golden texts."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from course import catalog
from course.author import screens
from course.catalog import CourseError
from course.fakes.script import Pause
from course.fakes.sources import AsyncSource, Source
from course.grade import command
from course.grade.describe import describe
from course.grade.grader import Grader
from course.grade.said import MOST_SAID
from course.grade.screen import HEIGHT, WIDTH
from course.grade.wrap import wrap_value
from course.wording import as_from_make

LESSON = catalog.find("09")


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(LESSON, screens.SECONDS_PER_TEST) as made:
        yield made


@pytest.mark.sampled("golden screens", one_in=3)
@pytest.mark.parametrize("situation", [screens.STUB_DELETED, *screens.SITUATIONS])
def test_a_screen_is_the_golden_one(situation: str, grader: Grader) -> None:
    with as_from_make():
        shown = screens.text(grader, situation)
    golden = screens.FOLDER / f"{situation}.txt"
    assert shown == golden.read_text(encoding="utf-8"), "if the new one is better: make golden"


GOLDEN = sorted(screens.FOLDER.glob("*.txt"))


def test_each_situation_has_a_golden_screen() -> None:
    assert {path.stem for path in GOLDEN} == {screens.STUB_DELETED, *screens.SITUATIONS}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_screen_fits_and_does_not_show_the_runner(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= HEIGHT
    assert max(map(len, lines)) <= WIDTH
    for word in ("Traceback", "site-packages", "course/"):
        assert word not in text


@pytest.mark.sampled("lengths of what is printed", one_in=3)
@pytest.mark.parametrize(
    ("printed", "cut", "cut_with_v"), [(20, False, False), (600, True, False), (5_000, True, True)]
)
def test_a_screen_says_where_printed_text_is_cut(
    printed: int, cut: bool, cut_with_v: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.py"
    answers.write_bytes(
        screens.instead(
            "write_stream", f'{screens.WRITE_STREAM}    print("Q" * {printed}, end="")\n'
        )(LESSON)
    )
    for verbose, is_cut, kept in ((False, cut, min(printed, 150)), (True, cut_with_v, printed)):
        command.run(LESSON, answers=answers, verbose=verbose)
        shown = capsys.readouterr().out
        assert ("(cut here: " in shown) == is_cut
        assert abs(shown.count("Q") - min(kept, MOST_SAID)) < 10
        assert shown.count("-v shows more") == (is_cut and not verbose)


@pytest.mark.parametrize(
    ("situation", "status"),
    [("untouched_stub", 1), ("one_wrong_task", 1), ("syntax_error", 2), ("all_passed", 0)],
)
def test_the_exit_status(
    situation: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.py"
    answers.write_bytes(screens.SITUATIONS[situation](LESSON))
    assert command.run(LESSON, answers=answers) == status
    assert capsys.readouterr().out.startswith("Lesson 09  Streaming")


def test_the_outcome_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers, outcome = tmp_path / "answers.py", tmp_path / "outcome.json"
    answers.write_bytes(screens.SITUATIONS["four_tasks_done_and_one_wrong"](LESSON))
    assert command.run(LESSON, answers=answers, json_file=outcome) == 1
    data = json.loads(outcome.read_text(encoding="utf-8"))
    assert (data["lesson"], data["passed"], data["of"]) == ("09", 4, 12)
    outcomes = [task["outcome"] for task in data["tasks"]]
    assert outcomes == ["passed"] * 4 + ["wrong"] + ["not_started"] * 7
    assert [task["name"] for task in data["tasks"]] == [task.name for task in LESSON.tasks]
    assert "message" in data["tasks"][4]
    capsys.readouterr()
    assert command.run(LESSON, answers=answers, json_file=Path("-")) == 1
    assert json.loads(capsys.readouterr().out) == data


def test_answers_that_are_not_there(tmp_path: Path) -> None:
    for wrong in (tmp_path / "nowhere.py", tmp_path):
        with pytest.raises(CourseError, match="Name a file of answers"):
            command.run(LESSON, answers=wrong)


def test_another_seed_asks_with_other_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.py"
    answers.write_bytes(screens.SITUATIONS["one_wrong_task"](LESSON))
    texts = []
    for seed in (1, 1, 2):
        command.run(LESSON, answers=answers, seed=seed)
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


TEXTS = [
    "a few words and more, ",
    "it's one's own, ",
    'she said "no", it\'s \\',
    "tab\t and line\n",
    "é👋\u2028\x00",
    "w" * 100,
]


class TestWrappedValues:
    @pytest.mark.parametrize("width", [20, 37, 77])
    @pytest.mark.parametrize("text", TEXTS)
    def test_lines_can_be_pasted(self, text: str, width: int) -> None:
        for times in range(1, 12):
            value = [text * times, {"key": (text * times).encode()}, [text], 12, ()]
            for written in (repr(value), ascii(value)):
                lines = wrap_value(written, width)
                assert ast.literal_eval("\n".join(lines)) == value
                assert max(map(len, lines)) <= width

    def test_a_literal_is_broken_after_a_space(self) -> None:
        assert wrap_value(repr(["one two three four"]), 16) == ["['one two '", "'three four']"]

    def test_a_line_ends_after_a_comma_but_not_after_one_in_a_text(self) -> None:
        assert wrap_value("f(['one, two', 'three'], 4)", 20) == ["f(['one, two',", "'three'], 4)"]

    def test_words_get_no_quotation_marks(self) -> None:
        words = "the caller's own error, and not that of the model's answer"
        assert " ".join(wrap_value(words, 20)) == words
        assert wrap_value("", 20) == [""]
        assert wrap_value("7" * 50, 20) == ["7" * 20, "7" * 20, "7" * 10]


class TestCharacters:
    def test_many_are_shown_as_the_text_that_was_cut(self) -> None:
        text = "it's long"
        assert describe(list(text)) == repr(Source(text)) == repr(AsyncSource(text))
        assert describe(list(text)) == 'list("it\'s long")'
        assert describe([[*text]]) == '[list("it\'s long")]'

    def test_a_few_and_other_items_are_shown_one_by_one(self) -> None:
        few = list("seven!!")
        assert describe(few) == repr(Source(few)) == repr(few)
        mixed = [*"many more", "two"]
        assert describe(mixed) == repr(Source(mixed)) == repr(mixed)
        assert describe(list(range(9))) == repr(list(range(9)))
        assert repr(Source([*"many more", Pause(2)])).endswith("'e', <2 s>]")
