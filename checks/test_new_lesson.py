"""A lesson is begun with one command, says what it lacks until it is whole, and goes again."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from copied_course import Copy, copy_of_the_course

from course import catalog, wording
from course.author import missing as lacking
from course.author import new_lesson, notebook_cells, readme
from course.author.missing import missing
from course.author.sections import UNWRITTEN
from course.catalog import ROOT, CourseError, IncompleteLesson, Lesson, UnreadableLesson
from course.environment import PROGRAM
from course.files import write_atomically

SLUG = "29_token_budgets"
NEW = 'python3 -m course new 29 --title "Token Budgets"'
REMOVE = re.search(r"^rm -r .*29_.*$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)

SECOND_TASK = {
    f"solutions/{SLUG}.py": '''

def longest_word(tokens: Iterable[str]) -> str:
    """Return the longest word of a text that comes in tokens; the first one of several."""
    return max("".join(tokens).split(), key=len)
''',
    f"tests/test_{SLUG}.py": '''

class TestLongestWord:
    """The longest word is found, wherever the tokens end."""

    def test_it_may_come_in_pieces(self, answers, text):
        words = [text.word(), text.word() + "s", text.word()]
        got = answers.longest_word(list(" ".join(words)))
        check(got == words[1], "it finds another word", why="Join the tokens.", wanted=words[1])
''',
    f"checks/lessons/{SLUG}/mistakes.py": '''

# longest_word


def longest_word__of_tokens(tokens):
    """A token is a word.

    Caught by: test_it_may_come_in_pieces
    """
    return max(tokens, key=len)


def longest_word__the_last(tokens):
    """The last word is the longest.

    Caught by: test_it_may_come_in_pieces
    """
    return "".join(tokens).split()[-1]
''',
    f"checks/lessons/{SLUG}/attempts.py": '''

# longest_word


def longest_word__prints(tokens):
    """The learner takes printing for returning."""
    print(max("".join(tokens).split(), key=len))


def longest_word__gives_its_length(tokens):
    """The learner gives the length of the word, not the word."""
    return max(map(len, "".join(tokens).split()))


def longest_word__gives_a_list(tokens):
    """The learner gives a list with the word in it."""
    return sorted("".join(tokens).split(), key=len)[-1:]


def longest_word__without_key(tokens):
    """The learner believes that the greatest text is the longest."""
    return max("".join(tokens).split())


def longest_word__sorts_in_place(tokens):
    """The learner believes that list.sort gives the sorted list."""
    return "".join(tokens).split().sort(key=len)[-1]
''',
    f"checks/lessons/{SLUG}/alternatives.py": '''

# longest_word


def longest_word__sorted(tokens):
    """It sorts all words."""
    return sorted("".join(tokens).split(), key=len, reverse=True)[0]
''',
    f"lessons/{SLUG}/lesson.toml": """
[[tasks]]
name = "longest_word"
goal = "Find the longest word of a text in tokens"
minutes = 5
hints = [
    "What is the longest word of the text, and what is the longest token of it?",
    "As with count_words, only the whole text has words: which function joins them?",
    "There is a function that finds the greatest of several things by a key.",
]
""",
}
IN_THE_MIDDLE = {
    f"lessons/{SLUG}/lesson.toml": ("minutes = 50", "minutes = 55"),
    f"lessons/{SLUG}/CONCEPTS.md": ("| `count_words` |", "| `count_words`, `longest_word` |"),
    f"checks/lessons/{SLUG}/benchmark.py": (
        "(tokens(n))}",
        '(tokens(n)),\n        "longest_word": lambda n: answers.longest_word(tokens(n))}',
    ),
    f"lessons/{SLUG}/play.py": (
        'tokens())",\n',
        'tokens())",\n    "longest_word": "longest_word(tokens())",\n',
    ),
    f"lessons/{SLUG}/demo.py": (
        "def when_the",
        'def longest_word() -> None:\n    """Try another text."""\n'
        '    print(reference.longest_word(["a lo", "ng", " word"]))\n\n\ndef when_the',
    ),
}


def begun(folder: Path) -> Copy:
    copy = Copy(copy_of_the_course(folder))
    status, said = copy.run(NEW)
    assert status == 0, said
    return copy


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A course with a new lesson that nobody has written into."""
    return begun(tmp_path_factory.mktemp("new") / "course")


@pytest.fixture
def lesson(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lesson]:
    """The new lesson, in this process."""
    for module in (catalog, wording, notebook_cells):
        monkeypatch.setattr(module, "ROOT", copy.folder)
    monkeypatch.setattr(readme, "README", copy.folder / "README.md")
    monkeypatch.setattr(readme, "TASKS", copy.folder / "docs" / "tasks.md")
    monkeypatch.delenv("MAKELEVEL", raising=False)
    catalog.lessons.cache_clear()
    yield catalog.find("29")
    catalog.lessons.cache_clear()


def files_of(copy: Copy) -> list[str]:
    """The files of the new lesson, as far as they are there."""
    paths = (path for path in copy.folder.rglob("*") if path.is_file())
    names = (path.relative_to(copy.folder).as_posix() for path in paths)
    return sorted(name for name in names if SLUG in name and "__pycache__" not in name)


# Begun


def test_it_is_graded(copy: Copy) -> None:
    status, said = copy.run("python3 -m course test 29")
    assert (status, "0 of 1 tasks" in said, "todo     count_words" in said) == (1, True, True)
    status, said = copy.run(f"python3 -m course test 29 --answers solutions/{SLUG}.py")
    assert status == 0, said


def test_it_lacks_only_what_its_author_has_to_say(lesson: Lesson) -> None:
    lacks = [str(one) for one in missing(lesson)]
    assert [line for line in lacks if f" says {UNWRITTEN}: " not in line] == []
    named = {line.partition(":")[0].rpartition("/")[2] for line in lacks}
    texts = {path.name for path in (*lesson.texts, lesson.notes)}
    assert named == {*texts, f"{SLUG}.py", "lesson.toml", "demo.py"}


GATES = ("lesson_texts", "house", "benchmarks", "graders", "notebooks")


@pytest.mark.sampled("gates on a new lesson", one_in=len(GATES))
@pytest.mark.parametrize("name", GATES)
def test_its_gates_pass(name: str, copy: Copy) -> None:
    which = f"{SLUG} or 29- or astray" + (" and not runs_offline" if name == "notebooks" else "")
    status, said = copy.run(f"python3 -m pytest -q checks/test_{name}.py -k '{which}'")
    failed = re.findall(r"^FAILED \S+", said, re.MULTILINE)
    assert [one for one in failed if "lacks_nothing" not in one] == []
    assert status == (1 if failed else 0), said


def test_the_skeleton_is_clean(copy: Copy) -> None:
    ours = [name for name in files_of(copy) if re.match(r"(?!exercises).*\.py$", name)]
    assert len(ours) == 8
    for words in ("check --no-cache", "format --no-cache --check"):
        status, said = copy.run(f"python3 -m ruff {words} {' '.join(ours)}")
        assert status == 0, said


# What it lacks


PROOF = ("mistakes", "alternatives", "attempts", "benchmark")
MADE_BY = (
    ("exercises", "stubs"),
    ("golden", "golden"),
    ("attempts.txt", "golden"),
    ("ipynb", "notebooks"),
)


@pytest.mark.parametrize(
    "name",
    [
        *(f"lessons/{SLUG}/{name}.md" for name in ("CONNECTIONS", "CONCEPTS", "CONCLUSIONS")),
        *(f"lessons/{SLUG}/{name}" for name in ("INSTRUCTOR_NOTES.md", "demo.py", "lesson.toml")),
        f"lessons/{SLUG}/play.py",
        *(f"checks/lessons/{SLUG}/{name}.py" for name in PROOF),
        f"checks/lessons/{SLUG}/attempts.txt",
        f"checks/lessons/{SLUG}/golden/count_words.txt",
        *(f"{folder}/{SLUG}.py" for folder in ("exercises", "solutions")),
        f"tests/test_{SLUG}.py",
        f"notebooks/{SLUG}.ipynb",
    ],
)
def test_a_file_that_is_not_there_is_named(
    name: str, copy: Copy, lesson: Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy.folder / name
    away = path.rename(path.with_suffix(".away"))
    catalog.lessons.cache_clear()
    try:
        assert lacking.run("29") == 1
    finally:
        away.rename(path)
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith(f"  {name} is not there")]
    assert len(told) == 1, lines
    assert lines[0] == "Lesson 29 is not complete. It lacks, in the order of work:"
    makes = next((command for part, command in MADE_BY if part in name), None)
    assert ("Run:" in told[0]) is (makes is not None)
    assert makes is None or told[0].endswith(f"Run: python3 -m course {makes}")


def test_a_lesson_of_which_only_the_entries_are_there(copy: Copy, lesson: Lesson) -> None:
    others = [copy.folder / name for name in files_of(copy) if not name.endswith(".toml")]
    kept = {path: path.read_bytes() for path in others}
    for path in others:
        path.unlink()
    try:
        lacks = [one.where for one in missing(lesson)]
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    order = [f"solutions/{SLUG}.py", f"tests/test_{SLUG}.py", f"checks/lessons/{SLUG}/mistakes.py"]
    assert sorted(order, key=lacks.index) == order
    assert lacks.index(order[-1]) < lacks.index(f"lessons/{SLUG}/CONNECTIONS.md")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (f"solutions/{SLUG}.py", "stubs"),
        (f"lessons/{SLUG}/demo.py", "notebooks"),
        (f"lessons/{SLUG}/CONNECTIONS.md", "readme"),
        (f"checks/lessons/{SLUG}/mistakes.py", "golden"),
    ],
)
def test_what_is_made_from_it_says_which_file_it_needs(name: str, command: str, copy: Copy) -> None:
    path = copy.folder / name
    away = path.rename(path.with_suffix(".away"))
    try:
        status, said = copy.run(f"python3 -m course {command} --check")
    finally:
        away.rename(path)
    assert status == 2
    lacks = "To see all that lesson 29 lacks: python3 -m course missing 29"
    assert said.splitlines()[-1] == f"{name} is not there. {lacks}"


@pytest.mark.parametrize(
    "error",
    [
        lambda: IncompleteLesson("29", ROOT / "solutions" / f"{SLUG}.py", "is not there"),
        lambda: UnreadableLesson(SLUG, "is not there"),
    ],
    ids=["incomplete", "unreadable"],
)
def test_the_rest_is_found_with_a_command_named_as_the_caller_names_them(
    error: Callable[[], CourseError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)
    assert str(error()).endswith(f"lesson 29 lacks: {PROGRAM} missing 29")
    with wording.as_from_make():
        assert str(error()).endswith("lesson 29 lacks: make missing-29")
    monkeypatch.setenv("MAKELEVEL", "1")
    assert str(error()).endswith("lesson 29 lacks: make missing-29")


def test_it_is_said_before_any_gate(copy: Copy) -> None:
    status, said = copy.run("python3 -m course check")
    assert status == 1
    assert said.startswith("Lesson 29 is not complete. It lacks, in the order of work:\n")
    assert [line for line in said.splitlines()[1:] if UNWRITTEN not in line] == []


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ("title = ", "cannot be read: Invalid value"),
        ('title = "A"\ntasks = []', "cannot be read: it has no part, level, minutes, prereq"),
    ],
)
def test_entries_that_cannot_be_read_disturb_no_other_lesson(
    entries: str, problem: str, lesson: Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lesson.folder / "lesson.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(entries, encoding="utf-8")
    catalog.lessons.cache_clear()
    try:
        assert catalog.find("09").number == "09"
        with pytest.raises(UnreadableLesson, match=problem):
            catalog.find("token_budgets")
        assert lacking.run("29") == 1
    finally:
        path.write_text(before, encoding="utf-8")
    assert f"  lessons/{SLUG}/lesson.toml {problem}" in capsys.readouterr().out


# Written, and taken out again


def test_it_is_filled_in_and_goes_again(tmp_path: Path) -> None:
    copy = begun(tmp_path / "course")
    fill_in(copy)
    status, said = copy.run("python3 -m course missing 29")
    assert status == 1
    for command in ("stubs", "golden", "notebooks", "readme"):
        assert said.count(f" Run: python3 -m course {command}\n") >= 1, said
    assert len(said.splitlines()) == 7, said
    for made in ("stubs", "notebooks", "readme", "golden 29"):
        status, told = copy.run(f"python3 -m course {made}")
        assert status == 0, told
    status, said = copy.run("python3 -m course missing 29")
    assert (status, said.startswith("Lesson 29 lacks nothing.")) == (0, True), said
    tasks = (copy.folder / "docs" / "tasks.md").read_text("utf-8")
    assert "| 29 | `longest_word` | Find the longest" in tasks
    notebook = (copy.folder / f"notebooks/{SLUG}.ipynb").read_text("utf-8")
    assert 'show_mistake(\\"longest_word__the_last\\")' in notebook
    status, said = copy.run(f"python3 -m course test 29 --answers solutions/{SLUG}.py")
    assert status == 0, said
    if hasattr(os, "killpg"):
        said = copy.start_and_stop("python3 -m course watch 29", "0 of 2 tasks")
        assert "Traceback" not in said
    assert REMOVE
    for line in (REMOVE[0], "python3 -m course readme"):
        assert copy.run(line)[0] == 0
    assert files_of(copy) == []
    for page in ("README.md", "docs/tasks.md"):
        assert (copy.folder / page).read_bytes() == (ROOT / page).read_bytes()


def fill_in(copy: Copy) -> None:
    """Write what the author has to say, and a second task."""
    for name in files_of(copy):
        path = copy.folder / name
        if not name.startswith(("exercises", "notebooks")) and path.suffix != ".txt":
            text = re.sub(f"{UNWRITTEN}: ?", "", path.read_text(encoding="utf-8"))
            was, now = IN_THE_MIDDLE.get(name, ("", ""))
            text = text.replace(was, now, 1) + SECOND_TASK.get(name, "")
            path.write_text(text, encoding="utf-8")


# Nothing by halves


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A course without lessons, in this process."""
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    monkeypatch.setattr(new_lesson, "_make_the_rest", lambda lesson: None)
    catalog.lessons.cache_clear()
    yield tmp_path
    catalog.lessons.cache_clear()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_nothing_half_is_left(
    error: BaseException, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, content: str) -> None:
        if path.name == "CONCEPTS.md":
            raise error
        write_atomically(path, content)

    monkeypatch.setattr(new_lesson, "write_atomically", write)
    with pytest.raises((KeyboardInterrupt, CourseError)) as raised:
        new_lesson.run("29", "Token Budgets")
    if isinstance(error, OSError):
        assert str(raised.value).endswith("No space left on device. Nothing was changed.")
    assert [path for path in empty.rglob("*") if SLUG in path.name] == []
    monkeypatch.undo()


def test_what_a_run_has_left_that_was_killed_is_in_nobody_s_way(empty: Path) -> None:
    new_lesson.run("29", "Token Budgets")
    (empty / "lessons" / SLUG / "lesson.toml").unlink()
    shutil.rmtree(empty / "lessons" / SLUG)
    catalog.lessons.cache_clear()
    new_lesson.run("29", "Token Budgets")
    assert catalog.find("29").title == "Token Budgets"


def test_a_file_in_the_way_is_named(empty: Path) -> None:
    (empty / "tests").mkdir()
    (empty / "tests" / f"test_{SLUG}.py").write_text("mine\n", encoding="utf-8")
    with pytest.raises(CourseError, match=rf"test_{SLUG}\.py already exists\. Move it away"):
        new_lesson.run("29", "Token Budgets")
    assert [path.name for path in empty.rglob("*.*")] == [f"test_{SLUG}.py"]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Token Budgets", "token_budgets"),
        ("Chunks & Text", "chunks_and_text"),
        ("What's Next", "whats_next"),
        ("Caf\u00e9 2", "cafe_2"),
    ],
)
def test_files_are_called_by_the_title(title: str, slug: str, empty: Path) -> None:
    new_lesson.run("29", title, "Agents", "advanced")
    lesson = catalog.find("29")
    assert (lesson.slug, lesson.title) == (f"29_{slug}", title)
    assert (lesson.part, lesson.level) == ("Agents", "advanced")
