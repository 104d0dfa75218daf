"""What `make test` runs is drawn from what there is, and what was proved is remembered."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sampled
from conftest import described
from sampled import Params, each_lesson, each_part, each_round, each_variant, one_in

from course import catalog
from course.author import proof, sampling
from course.author.sampling import Contents, Sample
from course.catalog import CourseError, Lesson
from course.lesson.variants import mistakes

LESSONS = catalog.lessons()
LESSON = LESSONS[0]
NAMES = [f"name {number}" for number in range(40)]
PROVED = Contents(
    "machinery",
    {lesson.slug: lesson.title for lesson in LESSONS},
    {room: room.upper() for room in sampling.ROOMS},
)


def drawn_for(seed: object, now: Contents = PROVED) -> Sample:
    """A sample of another tree for each seed."""
    return Sample(now, PROVED, str(seed))


def with_change_in(lesson: Lesson) -> Contents:
    return replace(PROVED, lessons={**PROVED.lessons, lesson.slug: "changed"})


@pytest.fixture
def is_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has changed."""
    use(monkeypatch, drawn_for(1))


def use(monkeypatch: pytest.MonkeyPatch, drawn: Sample) -> None:
    monkeypatch.setattr(sampled, "sample", lambda: drawn)


def kept(params: Params) -> Params:
    """The parameters that are in the sample."""
    return [one for one in params if not one.marks]


def values(params: Params) -> list[tuple[Any, ...]]:
    """The values of each of the parameters."""
    return [tuple(one.values) for one in params]


# What is drawn


def test_the_same_tree_gives_the_same_sample_whatever_the_order() -> None:
    assert drawn_for(1).part(NAMES, "a", 8) == drawn_for(1).part(NAMES[::-1], "a", 8)
    assert drawn_for(1).part(NAMES, "a", 8) != drawn_for(1).part(NAMES, "b", 8)
    assert drawn_for(1).part(NAMES, "a", 8) != drawn_for(2).part(NAMES, "a", 8)


def test_it_is_the_same_in_another_process() -> None:
    program = "from course.author.sampling import sample; print(sample().seed)"
    seeds = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=catalog.ROOT,
            env={**os.environ, "PYTHONHASHSEED": number},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for number in ("1", "2")
    }
    assert seeds == {f"{sampling.sample().seed}\n"}


@pytest.mark.parametrize(("names", "several"), [(40, 5), (41, 6), (8, 1), (1, 1), (0, 0)])
def test_a_part_has_its_size_and_is_not_empty(names: int, several: int) -> None:
    every = [str(number) for number in range(names)]
    assert len(drawn_for(1).part(every, "a", 8)) == several


def test_that_the_machinery_has_changed_is_known() -> None:
    changed = drawn_for(1, replace(PROVED, machinery="changed"))
    assert (changed.machinery_changed, changed.changed) == (True, frozenset())
    assert changed.has_changed_much


def test_over_many_trees_everything_has_its_turn() -> None:
    seen: set[str] = set()
    for tree in range(200):
        seen |= drawn_for(tree).part(NAMES, "a", 8)
    assert seen == {*NAMES}
    wrong = mistakes(LESSON)
    seen = set()
    for tree in range(400):
        seen |= drawn_for(tree).of_each_task(LESSON, wrong, "a")
    assert seen == {one.name for one in wrong}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_each_task_has_one(lesson: Lesson) -> None:
    wrong = mistakes(lesson)
    for tree in range(20):
        drawn = drawn_for(tree).of_each_task(lesson, wrong, "a")
        tasks = sorted(one.task for one in wrong if one.name in drawn)
        assert tasks == sorted(task.name for task in lesson.tasks)


# What checks are parametrized with


def test_one_mistake_for_each_task_is_in_the_sample(is_sample: None) -> None:
    every = [(lesson.slug, task.name) for lesson in LESSONS for task in lesson.tasks]
    of_variants = kept(each_variant(mistakes, "a"))
    assert [(one[0].slug, one[1].task) for one in values(of_variants)] == every
    under_seeds = kept(each_variant(mistakes, "a", (1, 2, 3)))
    assert [(one[0].slug, one[1].task) for one in values(under_seeds)] == every
    in_rounds = {
        (one[0].slug, mistake.task)
        for one in values(kept(each_round(mistakes, "a")))
        for mistake in one[1]
    }
    assert in_rounds == {*every}


def test_all_is_there_in_the_sample_or_not(is_sample: None) -> None:
    every = sorted(one.name for lesson in LESSONS for one in mistakes(lesson))
    assert sorted(one[1].name for one in values(each_variant(mistakes, "a"))) == every
    dealt = [mistake.name for one in values(each_round(mistakes, "a")) for mistake in one[1]]
    assert sorted(dealt) == every
    assert len(each_part(range(3), 4, "a")) == 3 * len(LESSONS)
    assert len(each_lesson(4, "a")) == len(LESSONS)
    assert [one.values[0] for one in one_in(NAMES, 8, "a")] == NAMES
    assert len(kept(one_in(NAMES, 8, "a"))) == 5


def test_all_of_a_changed_lesson_is_in_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = LESSONS[3]
    use(monkeypatch, drawn_for(1, with_change_in(changed)))
    for every in (
        each_variant(mistakes, "a"),
        each_variant(mistakes, "a", (1, 2, 3)),
        each_round(mistakes, "a"),
        each_part(range(3), 100, "a"),
        each_lesson(100, "a"),
    ):
        own = [one for one in every if one.values[0] == changed]
        assert kept(own) == own != []
        others = [one for one in every if one.values[0] != changed]
        assert kept(others) != others


@pytest.mark.parametrize("room", sampling.ROOMS)
def test_all_tests_of_a_changed_room_are(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = replace(PROVED, rooms={**PROVED.rooms, room: "changed"})
    use(monkeypatch, drawn_for(1, changed))
    for name in sampling.ROOMS:
        assert sampled.of_room(name).kwargs == {"one_in": 1 if name == room else 3}


def test_what_a_sample_is_said_to_be() -> None:
    counts = {"mistakes": (11, 614)}
    rooms = {**PROVED.rooms, "server": "changed"}
    changed = replace(with_change_in(LESSON), machinery="changed", rooms=rooms)
    assert described(drawn_for(1), counts) == [
        "What has changed since the last make prove, all of each: nothing.",
        "Of 614 mistakes 11 ran.",
        "All of it: make prove",
    ]
    assert described(drawn_for(1, changed), counts)[:3] == [
        f"What has changed since the last make prove, all of each: {LESSONS[0].number}, server.",
        "The graders or their checks have changed, too.",
        "Run make prove before long.",
    ]


def test_of_many_lessons_that_have_changed_one_runs_whole() -> None:
    slugs = [lesson.slug for lesson in LESSONS]
    one = drawn_for(1, with_change_in(LESSON))
    assert one.whole == one.changed == {LESSON.slug}
    assert not one.has_changed_much
    many = drawn_for(1, replace(PROVED, lessons=dict.fromkeys(slugs, "")))
    assert len(many.whole) == sampling.MOST_WHOLE < len(many.changed)
    assert many.whole < many.changed
    rest = ", ".join(sorted(slug[:2] for slug in many.changed - many.whole))
    lines = described(many, {})
    assert lines[1] == f"These have changed, too, and only a sample of each ran: {rest}."
    assert "Run make prove before long." in lines
    seen = {
        slug
        for seed in range(400)
        for slug in drawn_for(seed, replace(PROVED, lessons=dict.fromkeys(slugs, ""))).whole
    }
    assert seen == {*slugs}


# What is compared


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with a few files."""
    for name in ("a.py", "b.py", "sub/c.py"):
        (tmp_path / ".clone" / "house" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".clone" / "house" / name).write_text(f"# {name}\n", encoding="utf-8")
    return tmp_path / ".clone" / "house"


def print_of(folder: Path) -> str:
    return sampling.fingerprint([folder], folder.parent)


@pytest.mark.parametrize("change", ["write", "rename", "delete", "add"])
def test_a_change_changes_the_hash(change: str, house: Path) -> None:
    before = print_of(house)
    match change:
        case "write":
            (house / "sub" / "c.py").write_text("# d.py\n", encoding="utf-8")
        case "rename":
            (house / "a.py").rename(house / "d.py")
        case "delete":
            (house / "a.py").unlink()
        case "add":
            (house / "sub" / "d.py").touch()
    assert print_of(house) != before


def test_caches_line_ends_and_times_do_not(house: Path) -> None:
    before = print_of(house)
    (house / "__pycache__").mkdir()
    (house / "__pycache__" / "a.pyc").write_bytes(b"\0")
    (house / ".a.py.swp").write_bytes(b"\0")
    (house / "a.py").write_bytes(b"# a.py\r\n")
    assert print_of(house) == before


def test_a_lesson_is_known_by_its_own_files() -> None:
    now = sampling.contents()
    assert {*now.lessons} == {lesson.slug for lesson in LESSONS}
    assert len({*now.lessons.values()}) == len(LESSONS)
    for lesson in LESSONS:
        missing = {path for path in sampling.files_of(lesson) if not path.exists()}
        assert missing <= {lesson.mutants}, "only that there may be none"
    of_rooms = [name for names in sampling.ROOMS.values() for name in names]
    for name in (*sampling.MACHINERY, *sampling.TREE, *of_rooms):
        assert (catalog.ROOT / name).exists(), name


# The certificate


def test_a_certificate_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "proved.json"
    sampling.certify(PROVED, path)
    assert sampling.certified(path) == PROVED
    assert [*tmp_path.iterdir()] == [path]


def test_without_a_certificate_everything_has_changed(tmp_path: Path) -> None:
    drawn = Sample(PROVED, sampling.certified(tmp_path / "nothing.json"), "1")
    assert drawn.changed == {*PROVED.lessons}
    assert drawn.changed_rooms == {*PROVED.rooms}
    assert drawn.machinery_changed


@pytest.mark.parametrize("text", ["", "{", "[]", "7", json.dumps({"machinery": ""})])
def test_what_is_no_certificate_says_what_to_do(text: str, tmp_path: Path) -> None:
    path = tmp_path / "proved.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match="replace it: make prove"):
        sampling.certified(path)


# A proof that goes on where it was


TESTS = """
import os, pytest

@pytest.mark.parametrize("number", range(3))
def test_number(number):
    if number == 1 and "KILL" in os.environ:
        os._exit(1)

@pytest.fixture
def breaks():
    yield
    assert "KILL" not in os.environ

def test_what_breaks_afterwards(breaks): ...
def test_what_fails(): assert "KILL" not in os.environ
"""


def prove(path: Path, *words: str, **variables: str) -> str:
    """Run some tests as make prove does, and return what is said of them."""
    path.write_text(TESTS, encoding="utf-8")
    words = ("-m", "pytest", "-q", "-p", "course.author.proof", "--proof", "notes.txt", *words)
    finished = subprocess.run(
        [sys.executable, *words, "--rootdir=.", "-p", "no:cacheprovider", path.name],
        cwd=path.parent,
        env={**os.environ, **variables, "PYTHONPATH": str(catalog.ROOT)},
        capture_output=True,
        text=True,
    )
    return f"{finished.stdout} status {finished.returncode}"


def test_what_has_passed_does_not_run_again(tmp_path: Path) -> None:
    path = tmp_path / "test_some.py"
    assert "1 passed, 4 deselected, 1 error" in prove(path, "-k", "afterwards", KILL="1")
    assert "1 failed" in prove(path, "-k", "fails", KILL="1")
    prove(path, "-k", "number", KILL="1")
    assert proof.noted(tmp_path / "notes.txt") == {"test_some.py::test_number[0]"}
    assert "4 passed, 1 deselected" in prove(path)
    assert re.search("5 deselected.* status 0", prove(path), re.DOTALL)


def test_no_process_of_several_runs_it_again(tmp_path: Path) -> None:
    path = tmp_path / "test_some.py"
    assert "3 passed" in prove(path, "-n", "2", "-k", "number")
    assert "2 passed" in prove(path, "-n", "2")


def test_a_line_that_a_kill_has_cut_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "test_some.py"
    (tmp_path / "notes.txt").write_text("test_some.py::test_number[0]", encoding="utf-8")
    assert "5 passed" in prove(path)
    assert len(proof.noted(tmp_path / "notes.txt")) == 5
    assert "5 deselected" in prove(path)


# What is run in the background


@pytest.mark.skipif(not shutil.which("sh"), reason="there is no shell")
def test_what_is_started_in_the_background_can_be_interrupted() -> None:
    child = "import signal; print(signal.getsignal(signal.SIGINT).__name__)"
    program = (
        "import subprocess, sys\n"
        "from interruptions import let_children_be_interrupted\n"
        "let_children_be_interrupted()\n"
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)\n"
    )
    finished = subprocess.run(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
    )
    assert (finished.stdout, finished.stderr) == ("default_int_handler\n", "")
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
