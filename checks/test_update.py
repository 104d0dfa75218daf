"""`make update` in real clones: the newest course comes, and nothing that was written goes.

The course that they are clones of is small: the program and the first lesson. Its author works in
`upstream`, and the learner in `clone`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from course import backups, catalog
from course.catalog import ROOT, CourseError
from course.learn.update import command, plan
from course.learn.update.git import Git
from course.lesson.stubs import stub

LESSON = catalog.find("09")
EXERCISE = f"exercises/{LESSON.slug}.py"
TOML = f"lessons/{LESSON.slug}/lesson.toml"
COUNT = len(LESSON.tasks)
BODY = "    total = 0\n    for token in tokens:\n        out.write(token)\n    return total\n"
"""What the learner writes into `write_stream`."""

PROGRAM = (
    *("course/*.py", "course/learn/__init__.py", "course/learn/update/*.py"),
    *("course/grade/__init__.py", "course/grade/answer_file.py", "course/grade/said.py"),
    "course/grade/conflict_markers.py",
)
"""What the command needs of the course; less is faster."""

NEW_TASK = """

def extra(number: int) -> int:
    '''Return it.'''
    raise NotImplementedError("%s")
"""
ME = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.invalid"))
}


@dataclass(frozen=True)
class Place:
    """A repository, and what its owner does in it."""

    root: Path

    def git(self, *words: str, fails: bool = False) -> str:
        shell = {**os.environ, **ME, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        ran = subprocess.run(
            ["git", *words], cwd=self.root, env=shell, capture_output=True, text=True, check=False
        )
        assert (ran.returncode != 0) is fails, ran.stderr + ran.stdout
        return (ran.stdout + ran.stderr).strip()

    def commit(self, message: str = "more") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def read(self, path: str = EXERCISE) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def write(self, text: str, path: str = EXERCISE) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8", newline="")

    def change(self, before: str, after: str, path: str = EXERCISE) -> None:
        text = self.read(path)
        assert before in text, before
        self.write(text.replace(before, after), path)

    def solve(self, task: str, body: str = BODY) -> None:
        """Put a body where a task raises."""
        label = LESSON.task(task).label(COUNT)
        generator = f'    raise NotImplementedError("{label}")\n    {catalog.STUB_YIELD}\n'
        line = f'    raise NotImplementedError("{label}")\n'
        self.change(generator if generator in self.read() else line, body)

    def body_of(self, name: str) -> str:
        """The lines of a function from its docstring's end to the next top-level line."""
        after = self.read().split(f"def {name}(")[1].split('"""\n', 1)[1]
        return after.split("\n\n\n")[0]

    def backups(self) -> list[str]:
        folder = self.root / ".streamlings" / "backups"
        return [one.read_text(encoding="utf-8") for one in sorted(folder.glob("*"))]

    def update(self, path: str | None = None) -> tuple[int, str]:
        """Run the command; return its status and what it said."""
        shell = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        shell["MAKELEVEL"] = "1"
        if path is not None:
            shell["PATH"] = path
        ran = subprocess.run(
            [sys.executable, "-I", "course", "update"],
            cwd=self.root,
            env=shell,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in ran.stderr, ran.stderr
        assert all(len(line) <= 80 for line in ran.stdout.splitlines()), ran.stdout
        return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The course as it was when the learner cloned it."""
    place = Place(tmp_path_factory.mktemp("published"))
    program = [one for glob in PROGRAM for one in ROOT.glob(glob)]
    for path in program:
        place.write(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    for name in ("pyproject.toml", "constraints.txt", "README.md", ".gitignore", TOML):
        place.write((ROOT / name).read_text(encoding="utf-8"), name)
    place.write(stub(LESSON))
    place.git("init", "-q", "-b", "main")
    place.commit("The course")
    return place


@pytest.fixture
def upstream(published: Place, tmp_path: Path) -> Place:
    shutil.copytree(published.root, tmp_path / "upstream")
    return Place(tmp_path / "upstream")


@pytest.fixture
def clone(upstream: Place) -> Place:
    return clone_of(upstream, "clone")


def clone_of(upstream: Place, name: str) -> Place:
    place = Place(upstream.root.parent / name)
    upstream.git("clone", "-q", str(upstream.root), str(place.root))
    place.git("config", "user.name", "Ada")
    place.git("config", "user.email", "ada@example.invalid")
    return place


def next_edition(upstream: Place) -> None:
    """A task has another name, one another docstring, one is new, and a given class has changed."""
    upstream.change("def write_stream(", "def put_stream(")
    upstream.change(f"of {COUNT}: write_stream", f"of {COUNT}: put_stream")
    upstream.change("* Do not yield empty strings.", "* Never yield empty strings.")
    upstream.change("    chars: int = 0\n", "    chars: int = 0\n    words: int = 0\n")
    upstream.change(f"of {COUNT}:", f"of {COUNT + 1}:")
    upstream.write(upstream.read() + NEW_TASK % f"Task {COUNT + 1} of {COUNT + 1}: extra")
    upstream.change('name = "write_stream"', 'name = "put_stream"\nwas = "write_stream"', TOML)
    task = '\n[[tasks]]\nname = "extra"\ngoal = "Return it"\nminutes = 1\nhints = ["a", "b", "c"]\n'
    upstream.write(upstream.read(TOML) + task, TOML)
    upstream.write(upstream.read("README.md") + "Second edition.\n", "README.md")
    upstream.commit("Second edition")


def answered(clone: Place) -> None:
    """The learner has written two tasks, a helper, a constant, a class and an import."""
    clone.solve("write_stream")
    clone.solve("stream_tokens", "    # mine\n    yield from _texts(model.stream(prompt))\n")
    clone.change("import time\n", "import time\nimport itertools\n")
    own = "LIMIT = 3  # mine\n\n\nclass Mine(Exception):\n    pass\n\n\n"
    own += "def _texts(chunks):\n    return itertools.islice((c.text for c in chunks), LIMIT)\n\n\n"
    clone.change("def stream_tokens(", f"{own}def stream_tokens(")


class TestANewEdition:
    def test_every_answer_is_carried_over(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        before = clone.read()
        next_edition(upstream)
        status, said = clone.update()
        assert status == 0, said
        text = clone.read()
        compile(text, EXERCISE, "exec")
        assert clone.body_of("put_stream") == BODY.rstrip("\n")
        assert "def write_stream(" not in text
        for own in ("import itertools\n", "LIMIT = 3  # mine\n", "class Mine(", "def _texts("):
            assert own in text
        assert "* Never yield empty strings." in text
        assert "    words: int = 0\n" in text
        assert f"Task {COUNT + 1} of {COUNT + 1}: extra" in text
        assert f"of {COUNT}:" not in text
        mark, *body = clone.body_of("stream_tokens").splitlines()
        assert mark.startswith("    # CHANGED by make update: the docstring is new.")
        assert body == ["    # mine", "    yield from _texts(model.stream(prompt))"]
        assert clone.backups() == [before]
        assert clone.read("README.md").endswith("Second edition.\n")
        assert clone.git("status", "--short") == f"M {EXERCISE}"
        assert clone.git("rev-parse", "HEAD") == upstream.git("rev-parse", "HEAD")

    def test_it_says_what_has_changed(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        next_edition(upstream)
        _, said = clone.update()
        assert "up to date with origin/main: 1 commit newer than before" in said
        assert f"{EXERCISE}: 2 answers carried over" in said
        assert "before     .streamlings/backups/09_streaming-0001.py" in said
        assert "renamed    write_stream is called put_stream now" in said
        assert "check      stream_tokens: the docstring is new." in said
        assert "- * Do not yield empty strings." in said
        assert "+ * Never yield empty strings." in said
        assert "new        extra" in said
        assert said.endswith("Next: make status\n")

    def test_a_new_signature_is_shown_and_marked(self, upstream: Place, clone: Place) -> None:
        clone.solve("write_stream")
        upstream.change("out: TextIO) -> int", "out: TextIO, end: str) -> int")
        upstream.commit()
        status, said = clone.update()
        assert status == 0
        said = " ".join(said.split())
        assert "was write_stream(tokens: Iterable[str], out: TextIO) -> int" in said
        assert "now write_stream(tokens: Iterable[str], out: TextIO, end: str) -> int" in said
        assert "    # CHANGED by make update: the signature is new." in clone.read()
        assert BODY in clone.read()

    def test_twice_is_as_good_as_once(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        next_edition(upstream)
        clone.update()
        text, kept = clone.read(), clone.backups()
        assert clone.update() == (
            0,
            "The course is up to date with origin/main.\n\nNext: make status\n",
        )
        assert (clone.read(), clone.backups()) == (text, kept)

    def test_an_untouched_exercise_is_the_new_stub(self, upstream: Place, clone: Place) -> None:
        next_edition(upstream)
        status, said = clone.update()
        assert (status, "carried" in said) == (0, False)
        assert clone.read() == upstream.read()
        assert clone.git("status", "--short") == ""
        assert clone.backups() == []

    def test_what_the_course_leaves_alone_stays_to_the_last_blank(
        self, upstream: Place, clone: Place
    ) -> None:
        answered(clone)
        clone.write(clone.read() + "\n# a note   \n\n")
        before = clone.read()
        upstream.write("More.\n", "docs/more.md")
        upstream.commit()
        assert clone.update()[0] == 0
        assert clone.read() == before
        assert clone.read("docs/more.md") == "More.\n"

    def test_committed_answers_are_merged(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        clone.write("Notes\n", "notes.md")
        mine = clone.commit("My answers")
        next_edition(upstream)
        status, said = clone.update()
        assert status == 0, said
        assert clone.body_of("put_stream") == BODY.rstrip("\n")
        assert clone.git("status", "--short") == ""
        parents = clone.git("log", "-1", "--format=%P").split()
        assert parents == [mine, upstream.git("rev-parse", "HEAD")]
        assert clone.read("notes.md") == "Notes\n"

    def test_committed_ones_with_more_on_top(self, upstream: Place, clone: Place) -> None:
        clone.solve("write_stream")
        clone.commit("My answers")
        clone.solve("stream_tokens", "    yield 'later'\n")
        next_edition(upstream)
        assert clone.update()[0] == 0
        assert "yield 'later'" in clone.read()
        committed = clone.git("show", f"HEAD:{EXERCISE}")
        assert "return total" in committed
        assert "yield 'later'" not in committed

    def test_the_newest_course_may_be_upstream_of_a_fork(
        self, upstream: Place, clone: Place
    ) -> None:
        fork = clone_of(clone, "of-the-fork")
        fork.git("remote", "add", "upstream", str(upstream.root))
        fork.solve("write_stream")
        next_edition(upstream)
        status, said = fork.update()
        assert (status, "upstream/main: 1 commit" in said) == (0, True)
        assert fork.body_of("put_stream") == BODY.rstrip("\n")

    def test_answers_from_another_machine_come_along(self, upstream: Place, clone: Place) -> None:
        upstream.solve("stream_tokens", "    yield 'elsewhere'\n")
        upstream.commit()
        clone.solve("write_stream")
        assert clone.update()[0] == 0
        assert "yield 'elsewhere'" in clone.read()
        assert BODY in clone.read()


class TestWhatIsInTheFile:
    def test_one_that_does_not_parse_stays_and_is_named(
        self, upstream: Place, clone: Place
    ) -> None:
        clone.solve("write_stream", "    return (\n")
        before = clone.read()
        next_edition(upstream)
        status, said = clone.update()
        assert status == 1
        line = before[: before.index("return (")].count("\n") + 1
        assert f"{EXERCISE}:{line}: it does not parse" in said
        assert "The file was left as it is." in " ".join(said.split())
        assert clone.read() == before
        assert clone.backups() == [before]
        assert clone.read("README.md").endswith("Second edition.\n")
        clone.change("    return (\n", BODY)
        assert clone.update()[0] == 0
        assert clone.body_of("put_stream") == BODY.rstrip("\n")
        assert clone.update()[0] == 0
        assert len(clone.backups()) == 2

    def test_ends_of_lines_and_other_encodings(self, upstream: Place, clone: Place) -> None:
        clone.solve("write_stream", BODY.replace("total = 0", "total = 0  # é"))
        text = f"# -*- coding: cp1252 -*-\n{clone.read()}".replace("\n", "\r\n")
        (clone.root / EXERCISE).write_bytes(text.encode("cp1252"))
        next_edition(upstream)
        assert clone.update()[0] == 0
        content = (clone.root / EXERCISE).read_bytes()
        assert "total = 0  # é\r\n".encode() in content
        assert b"cp1252" not in content
        assert content.count(b"\n") == content.count(b"\r\n")

    def test_an_answer_to_no_task_stays(self, upstream: Place, clone: Place) -> None:
        clone.solve("write_stream")
        head, _, rest = upstream.read().partition("def write_stream(")
        upstream.write(head + rest.partition("\n\n\n")[2])
        toml = upstream.read(TOML)
        start = toml.index('[[tasks]]\nname = "write_stream"')
        upstream.write(toml[:start] + toml[toml.index("[[tasks]]", start + 1) :], TOML)
        upstream.commit()
        status, said = clone.update()
        assert (status, "no task    write_stream" in said) == (0, True)
        assert "# No longer a task of this lesson. make update has kept it.\ndef write_stream(" in (
            clone.read()
        )
        assert BODY in clone.read()

    def test_given_code_that_both_have_changed(self, upstream: Place, clone: Place) -> None:
        clone.solve("write_stream")
        clone.change("Event = dict[str, Any]", "Event = dict[str, str]  # mine")
        before = clone.read()
        upstream.change("Event = dict[str, Any]", "Event = dict[str, object]")
        upstream.commit()
        status, said = clone.update()
        assert (status, "given      Event: it is given, and you have both changed it" in said) == (
            0,
            True,
        )
        assert "Event = dict[str, object]" in clone.read()
        assert clone.backups() == [before]

    def test_given_code_that_only_the_learner_has_changed(
        self, upstream: Place, clone: Place
    ) -> None:
        clone.change("Event = dict[str, Any]", "Event = dict[str, str]  # mine")
        next_edition(upstream)
        assert clone.update()[0] == 0
        assert "Event = dict[str, str]  # mine" in clone.read()

    def test_a_lesson_that_is_gone(self, upstream: Place, clone: Place) -> None:
        clone.solve("write_stream")
        before = clone.read()
        (upstream.root / EXERCISE).unlink()
        upstream.commit()
        status, said = clone.update()
        assert status == 0
        assert "the lesson is no longer in the course" in " ".join(said.split())
        assert clone.read() == before
        assert clone.git("rev-parse", "HEAD") == upstream.git("rev-parse", "HEAD")

    def test_a_lesson_with_another_title(self, upstream: Place, clone: Place) -> None:
        clone.solve("write_stream")
        before = clone.read()
        upstream.git("mv", EXERCISE, "exercises/09_streams.py")
        upstream.git("mv", f"lessons/{LESSON.slug}", "lessons/09_streams")
        upstream.commit()
        assert clone.update()[0] == 0
        assert clone.read("exercises/09_streams.py") == before
        assert not (clone.root / EXERCISE).exists()
        assert clone.backups() == [before]

    def test_files_copied_from_an_old_folder(self, upstream: Place, clone: Place) -> None:
        """Who had no git copies the exercises into a fresh clone."""
        answered(clone)
        next_edition(upstream)
        fresh = clone_of(upstream, "fresh")
        fresh.write(clone.read())
        status, said = fresh.update()
        assert (status, "renamed    write_stream" in said) == (0, True)
        assert fresh.body_of("put_stream") == BODY.rstrip("\n")
        assert "* Never yield empty strings." in fresh.read()


class TestPullByHand:
    def conflict(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        clone.change("out.write(token)", "out.write(token)  # mine")
        next_edition(upstream)

    def settled(self, clone: Place) -> str:
        status, said = clone.update()
        assert status == 0, said
        text = clone.read()
        compile(text, EXERCISE, "exec")
        assert "<<<<<<<" not in text
        assert "out.write(token)  # mine" in clone.body_of("put_stream")
        assert "yield from _texts(" in clone.body_of("stream_tokens")
        assert "def extra(" in text
        assert "class Mine(" in text
        return said

    def test_a_merge(self, upstream: Place, clone: Place) -> None:
        self.conflict(upstream, clone)
        mine = clone.commit("My answers")
        clone.git("pull", "-q", "--no-rebase", fails=True)
        torn = clone.read()
        assert "<<<<<<< HEAD" in torn
        said = self.settled(clone)
        assert "git's conflict markers are gone; your side is kept" in said
        assert "The merge that git could not finish is finished." in said
        assert torn in clone.backups()
        assert mine in clone.git("log", "-1", "--format=%P")
        assert clone.git("status", "--short") == ""

    def test_a_stash(self, upstream: Place, clone: Place) -> None:
        self.conflict(upstream, clone)
        clone.git("stash")
        clone.git("pull", "-q")
        clone.git("stash", "pop", fails=True)
        assert ">>>>>>> Stashed changes" in clone.read()
        said = self.settled(clone)
        assert "git stash show -p" in said
        assert clone.git("status", "--short") == f"M {EXERCISE}"

    def test_a_rebase_is_named(self, upstream: Place, clone: Place) -> None:
        self.conflict(upstream, clone)
        clone.commit("My answers")
        clone.git("pull", "-q", "--rebase", fails=True)
        torn = clone.read()
        status, said = clone.update()
        assert status == 2
        assert "A git rebase is under way." in said
        assert clone.read() == torn
        clone.git("rebase", "--abort")
        self.settled(clone)

    def test_markers_that_were_committed(self, upstream: Place, clone: Place) -> None:
        self.conflict(upstream, clone)
        clone.commit("My answers")
        clone.git("pull", "-q", "--no-rebase", fails=True)
        clone.commit("Merged, I think")
        self.settled(clone)

    def test_markers_with_the_base_between(self, upstream: Place, clone: Place) -> None:
        self.conflict(upstream, clone)
        clone.commit("My answers")
        clone.git("config", "merge.conflictStyle", "diff3")
        clone.git("pull", "-q", "--no-rebase", fails=True)
        assert "|||||||" in clone.read()
        self.settled(clone)

    def test_markers_that_do_not_fit_together(self, upstream: Place, clone: Place) -> None:
        self.conflict(upstream, clone)
        clone.commit("My answers")
        clone.git("pull", "-q", "--no-rebase", fails=True)
        clone.write(clone.read().replace("=======\n", ""))
        torn = clone.read()
        status, said = clone.update()
        assert status == 2
        assert "git has left conflict markers in it" in said
        assert f"Fix {EXERCISE}" in said
        assert clone.read() == torn
        assert torn in clone.backups()

    def test_another_file_in_the_merge(self, upstream: Place, clone: Place) -> None:
        self.conflict(upstream, clone)
        clone.write(clone.read("README.md") + "Mine.\n", "README.md")
        clone.commit("My answers")
        clone.git("pull", "-q", "--no-rebase", fails=True)
        torn = clone.read()
        status, said = clone.update()
        assert status == 2
        assert "git could not put together README.md." in said
        assert clone.read() == torn
        clone.git("checkout", "--ours", "README.md")
        clone.git("add", "README.md")
        self.settled(clone)


class TestRefusals:
    """Each says in a sentence what to do, with status 2, and leaves everything as it was."""

    def refused(self, clone: Place, words: str) -> str:
        before = self.everything(clone)
        status, said = clone.update()
        assert status == 2, said
        assert words in said
        assert "Nothing was changed." in said
        assert self.everything(clone) == before
        assert len(said.splitlines()) == 1
        return said

    def everything(self, clone: Place) -> dict[str, bytes]:
        found = (one for one in clone.root.rglob("*") if one.is_file())
        return {
            one.relative_to(clone.root).as_posix(): one.read_bytes()
            for one in found
            if not {".git", "__pycache__"} & {*one.relative_to(clone.root).parts}
        }

    def test_a_local_change_that_is_in_the_way(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        next_edition(upstream)
        clone.write("Mine.\n", "README.md")
        head = clone.git("rev-parse", "HEAD")
        said = self.refused(clone, "You have changed README.md, and so has the course.")
        assert "git stash push --include-untracked -- README.md" in said
        assert clone.git("rev-parse", "HEAD") == head
        clone.git("stash", "push", "-q", "--include-untracked", "--", "README.md")
        assert clone.update()[0] == 0

    def test_a_new_file_that_is_in_the_way(self, upstream: Place, clone: Place) -> None:
        upstream.write("Course.\n", "docs/new.md")
        upstream.commit()
        clone.write("Mine.\n", "docs/new.md")
        self.refused(clone, "You have changed docs/new.md")

    def test_a_staged_change_that_is_in_the_way(self, upstream: Place, clone: Place) -> None:
        next_edition(upstream)
        text = clone.read("README.md")
        clone.write("Mine.\n", "README.md")
        clone.git("add", "README.md")
        clone.write(text, "README.md")
        self.refused(clone, "You have changed README.md")

    def test_one_that_is_not_stays(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        next_edition(upstream)
        clone.write(clone.read("constraints.txt") + "# mine\n", "constraints.txt")
        assert clone.update()[0] == 0
        assert clone.read("constraints.txt").endswith("# mine\n")

    def test_a_committed_change_to_the_same_lines(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        next_edition(upstream)
        clone.write(clone.read("README.md") + "Mine.\n", "README.md")
        clone.commit("Mine")
        self.refused(clone, "You have committed changes to README.md")

    def test_one_to_other_lines_is_merged(self, upstream: Place, clone: Place) -> None:
        next_edition(upstream)
        clone.write("Mine.\n" + clone.read("README.md"), "README.md")
        clone.commit("Mine")
        assert clone.update()[0] == 0
        text = clone.read("README.md")
        assert (text.startswith("Mine."), text.endswith("Second edition.\n")) == (True, True)

    def test_a_detached_head(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        next_edition(upstream)
        clone.git("checkout", "-q", "--detach")
        self.refused(clone, "git switch main.")

    def test_no_git(self, clone: Place, tmp_path: Path) -> None:
        answered(clone)
        before = clone.read()
        (tmp_path / "empty").mkdir()
        status, said = clone.update(path=str(tmp_path / "empty"))
        assert (status, clone.read()) == (2, before)
        assert said.startswith("git was not found")

    def test_no_checkout(self, clone: Place) -> None:
        shutil.rmtree(clone.root / ".git")
        said = self.refused(clone, "This folder is not a git checkout of its own")
        assert "copy your files from exercises into the clone" in said

    def test_a_checkout_of_something_else(self, clone: Place) -> None:
        shutil.rmtree(clone.root / ".git")
        Place(clone.root.parent).git("init", "-q")
        self.refused(clone, "This folder is not a git checkout of its own")

    def test_no_commit(self, clone: Place) -> None:
        shutil.rmtree(clone.root / ".git")
        clone.git("init", "-q", "-b", "main")
        self.refused(clone, "There is no commit in this checkout yet.")

    def test_no_origin(self, clone: Place) -> None:
        clone.git("remote", "rename", "origin", "elsewhere")
        self.refused(clone, "git remote add origin URL")

    def test_no_network(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        clone.git("remote", "set-url", "origin", "https://me:secret@127.0.0.1:9/course.git")
        said = self.refused(clone, "could not be fetched from origin (https://127.0.0.1:9/")
        assert "secret" not in said
        assert "Check that this machine is online" in said

    def test_no_common_history(self, upstream: Place, clone: Place) -> None:
        shutil.rmtree(upstream.root / ".git")
        upstream.git("init", "-q", "-b", "main")
        upstream.commit("Another one")
        self.refused(clone, "have no commit in common")

    def test_a_merge_under_way(self, upstream: Place, clone: Place) -> None:
        clone.write("Mine.\n", "mine.md")
        clone.commit("Mine")
        next_edition(upstream)
        clone.git("pull", "-q", "--no-rebase", "--no-commit")
        said = self.refused(clone, "A merge is under way.")
        assert "git merge --abort" in said
        clone.git("commit", "-q", "--no-edit")
        assert clone.update()[0] == 0

    def test_a_cherry_pick_under_way(self, upstream: Place, clone: Place) -> None:
        clone.solve("write_stream")
        clone.git("checkout", "-q", "-b", "side")
        theirs = clone.commit("Side")
        clone.git("checkout", "-q", "main")
        clone.solve("write_stream", "    return 1\n")
        clone.commit("Main")
        clone.git("cherry-pick", theirs, fails=True)
        self.refused(clone, "A git cherry-pick is under way.")

    def test_another_git_at_work(self, clone: Place) -> None:
        clone.write("", ".git/index.lock")
        self.refused(clone, "delete ")

    def test_a_branch_that_follows_another_one(self, upstream: Place, clone: Place) -> None:
        upstream.git("branch", "spring")
        clone.git("fetch", "-q")
        clone.git("checkout", "-q", "-b", "answers", "origin/spring")
        next_edition(upstream)
        status, said = clone.update()
        assert status == 0
        assert "up to date with origin/spring." in said
        assert "origin/main has more" in said


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


STEPS = ("back_up_once", "write_atomically", "update-index", "read-tree -m -u", "update-ref")


class TestAKill:
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("step", STEPS)
    def test_nothing_is_lost_and_the_next_one_goes_on(
        self,
        upstream: Place,
        clone: Place,
        step: str,
        after: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        answered(clone)
        before = clone.read()
        next_edition(upstream)
        whole = clone_of(upstream, "whole")
        whole.write(before)
        whole.update()
        with monkeypatch.context() as patches:
            patches.setattr(catalog, "ROOT", clone.root)
            die_at(step, after, patches)
            with pytest.raises(Killed):
                command.run()
        assert before in (clone.read(), *clone.backups())
        assert clone.update()[0] == 0
        assert clone.read() == whole.read()
        assert clone.git("status", "--short") == f"M {EXERCISE}"
        assert clone.git("rev-parse", "HEAD") == upstream.git("rev-parse", "HEAD")
        assert before in clone.backups()

    def test_git_was_killed_while_it_wrote(self, upstream: Place, clone: Place) -> None:
        answered(clone)
        upstream.write("New.\n" * 9, "docs/new.md")
        next_edition(upstream)
        text = upstream.read("README.md")
        clone.write(text[: len(text) - 5], "README.md")
        clone.write("New.\n", "docs/new.md")
        (clone.root / TOML).unlink()
        clone.write(upstream.read("constraints.txt"), "constraints.txt")
        assert clone.update()[0] == 0
        assert clone.git("status", "--short") == f"M {EXERCISE}"
        for name in ("README.md", "docs/new.md", TOML):
            assert clone.read(name) == upstream.read(name)

    def test_a_save_in_the_meantime_is_kept(
        self, upstream: Place, clone: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answered(clone)
        next_edition(upstream)
        monkeypatch.setattr(catalog, "ROOT", clone.root)
        really = backups.back_up_once

        def saved_first(path: Path) -> Path:
            clone.write(clone.read() + "# just saved\n")
            return really(path)

        monkeypatch.setattr(plan, "back_up_once", saved_first)
        with pytest.raises(CourseError, match="was saved in the meantime"):
            command.run()
        assert clone.read().endswith("# just saved\n")


def die_at(step: str, after: bool, patches: pytest.MonkeyPatch) -> None:
    """Raise right before or right after a step."""

    def dying(really: Callable[..., object]) -> Callable[..., object]:
        def call(*words: object, **named: object) -> object:
            if after:
                really(*words, **named)
            raise Killed

        return call

    if step in ("back_up_once", "write_atomically"):
        patches.setattr(plan, step, dying(getattr(plan, step)))
        return
    really = Git.output

    def output(git: Git, *words: str, **named: object) -> bytes:
        elsewhere = "GIT_INDEX_FILE" in git._variables
        if " ".join(words).startswith(step) and not elsewhere:
            dying(really)(git, *words, **named)
        return really(git, *words, **named)  # type: ignore[arg-type]

    patches.setattr(Git, "output", output)
