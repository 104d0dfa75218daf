"""What is to be done with an exercise, and doing it without losing anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course.backups import back_up_once, failed
from course.catalog import CourseError
from course.files import write_atomically
from course.learn.update.carrying import CannotCarry, Carried
from course.learn.update.checkout import EXERCISES, Checkout, Entry, Tree, is_exercise
from course.learn.update.exercise import Tasks, carried, decoded, encoded
from course.wording import command, place


@dataclass(frozen=True)
class Plan:
    """What is to be done with one exercise that has answers in it.

    Attributes:
        source: where the answers are.
        path: where they go.
        content: what is in the file now.
        carried: what comes of it; None if it stays as it is.
        problem: why it stays, if something is wrong with it.
        line: in which line.
    """

    source: Path
    path: Path
    content: bytes
    carried: Carried | None
    problem: str = ""
    line: int | None = None

    @property
    def result(self) -> bytes:
        """What the file is to hold."""
        return encoded(self.carried.text, self.content) if self.carried else self.content

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.result != self.content or self.source != self.path

    def write(self) -> Path | None:
        """Write the file if it changes, and return its backup.

        Raises:
            CourseError: if it cannot be written, or was saved in the meantime.
        """
        if not self.changes and not self.problem:
            return None
        backup = back_up_once(self.source)
        if backup.read_bytes() != self.content:
            again = f"Run {command('update')} again."
            raise CourseError(f"{place(self.source)} was saved in the meantime. {again}")
        if not self.changes:
            return backup
        try:
            write_atomically(self.path, self.result)
            if self.source != self.path:
                self.source.unlink()
        except OSError as error:
            raise failed(self.path, "written", error) from error
        return backup


@dataclass(frozen=True)
class Planner:
    """Plans how exercises get into a version of the course.

    Attributes:
        checkout: where they are.
        commit: the version.
        course: its files.
        before: the files of the version that the checkout was made from.
    """

    checkout: Checkout
    commit: str
    course: Tree
    before: Tree

    @classmethod
    def to(cls, checkout: Checkout, commit: str) -> Planner:
        """Return one for a commit."""
        before = checkout.tree(checkout.common(commit))
        return cls(checkout, commit, checkout.tree(commit), before)

    def plans(self) -> tuple[list[Plan], list[str]]:
        """Return a plan for each exercise that the learner has changed.

        The paths of those whose lesson is no longer in the course come apart.
        """
        root, committed = self.checkout.root, self.checkout.tree("HEAD")
        found = {one for one in {*committed, *self.checkout.index()} if is_exercise(one)}
        found |= {f"{EXERCISES}{one.name}" for one in (root / EXERCISES).glob("[0-9]*.py")}
        plans, gone = [], []
        for path, blob in self.checkout.blobs(sorted(found)).items():
            old, new = self.before.get(path), self.course.get(path)
            if new and blob == new.blob:
                continue  # there is nothing in it, or it was put there before
            if old and blob == old.blob and committed.get(path, old).blob == old.blob:
                continue
            if self.goes_to(path):
                plans.append(self.plan(path))
            elif old:
                gone.append(path)
        return plans, gone

    def plan(self, path: str) -> Plan:
        """Return the plan for one exercise."""
        source = self.checkout.root / path
        content = source.read_bytes()
        try:
            found = self._carried(path, content)
        except CannotCarry as error:
            return Plan(source, source, content, None, str(error), error.line)
        return Plan(source, self.checkout.root / self.goes_to(path), content, found)

    def in_a_commit(self, gone: list[str]) -> dict[str, Entry | None]:
        """Return what exercises are in a commit that joins both lines of work.

        What the learner has committed is carried over, too.
        """
        entries: dict[str, Entry | None] = dict.fromkeys(gone)
        for path, entry in self.checkout.tree("HEAD").items():
            to = self.goes_to(path) if is_exercise(path) else ""
            if not to or entry == self.before.get(path):
                continue
            try:
                found = self._carried(path, self.checkout.git.content(entry.blob))
            except CannotCarry:
                entries[path] = entry
                continue
            blob = self.checkout.git.keep(encoded(found.text, b""))
            entries |= {path: None, to: Entry(self.course[to].mode, blob)}
        return entries

    def goes_to(self, path: str) -> str:
        """Return where an exercise is in the newest course: the number is the lesson's name."""
        if path in self.course:
            return path
        number = path.removeprefix(EXERCISES)[:2]
        same = [one for one in self.course if one.startswith(EXERCISES + number)]
        return same[0] if same and number.isdecimal() and is_exercise(same[0]) else ""

    def _carried(self, path: str, content: bytes) -> Carried:
        git, shown, to = self.checkout.git, self.checkout.root / path, self.goes_to(path)
        mine = decoded(content, shown)
        stub = decoded(git.content(self.course[to].blob), shown)
        slug = Path(to).stem
        toml = self.course.get(f"lessons/{slug}/lesson.toml")
        tasks = Tasks.of(slug, git.content(toml.blob) if toml else b"", stub)
        old = [self.before[path].blob] if path in self.before else []
        versions = []
        for blob in dict.fromkeys([*old, *self.checkout.versions(self.commit, path)]):
            try:
                versions.append(decoded(git.content(blob), shown))
            except CannotCarry:
                continue  # nobody has made an answer from that
        return carried(mine, stub, versions, tasks)
