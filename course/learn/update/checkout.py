"""The checkout as git knows it: what is there, where it comes from, and how it moves.

The learner's exercises are never written by git. Before it moves to another commit, they count as
what that commit has; so git leaves them alone, and everything else is looked at first.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from course.catalog import CourseError
from course.learn.update.git import NOTHING_CHANGED, Git, GitFailed
from course.wording import command

EXERCISES = "exercises/"
_NO_BLOB = "0" * 40

UNDER_WAY = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
"""Files in the folder of git, and the command that has left them."""


class Entry(NamedTuple):
    """A file in a commit or in the index."""

    mode: str
    blob: str


Tree = Mapping[str, Entry]
"""Files by path."""


class Source(NamedTuple):
    """Where the newest course comes from.

    Attributes:
        remote: the name of the remote.
        branch: its branch, as git names it here: "origin/main".
        elsewhere: the remote's main branch if that is another one and has more, or "".
    """

    remote: str
    branch: str
    elsewhere: str


def is_exercise(path: str) -> bool:
    """Whether a path is that of an exercise."""
    return path.startswith(EXERCISES) and path.endswith(".py") and path.count("/") == 1


class Checkout:
    """The checkout of the course.

    Args:
        root: its folder.

    Raises:
        CourseError: if it was not made by git, or git does not work there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git = Git(root)
        try:
            top = self.git.text("rev-parse", "--show-toplevel")
        except GitFailed as error:
            if (root / ".git").exists():
                raise CourseError(
                    f"git cannot read this checkout: {error}. {NOTHING_CHANGED}"
                ) from None
            top = ""
        if not top or not Path(top).samefile(root):
            raise CourseError(
                "This folder is not a git checkout of its own, so there is nothing to fetch from. "
                "Clone the course, copy your files from exercises into the clone, and run "
                f"{command('update')} there. {NOTHING_CHANGED}"
            )

    # What is there

    def refuse_what_is_under_way(self) -> None:
        """Refuse to work in the middle of another command of git, or without a branch.

        Raises:
            CourseError: it says how to end that.
        """
        for name, what in UNDER_WAY.items():
            if self._path(name).exists():
                raise CourseError(
                    f"A git {what} is under way. End it: git {what} --continue, or "
                    f"git {what} --abort, which puts back what was there before. Then run "
                    f"{command('update')}. {NOTHING_CHANGED}"
                )
        if self._path("index.lock").exists():
            raise CourseError(
                "Another git command is at work here, or was killed. If none is running, delete "
                f"{self._path('index.lock')}. Then run {command('update')}. {NOTHING_CHANGED}"
            )
        if not self.git.ask("rev-parse", "--verify", "-q", "HEAD"):
            raise CourseError(f"There is no commit in this checkout yet. {NOTHING_CHANGED}")
        if not self.branch():
            raise CourseError(
                "No branch is checked out (git calls that a detached HEAD). Go back to yours: "
                f"git switch {self._some_branch()}. Then run {command('update')}. "
                f"{NOTHING_CHANGED}"
            )

    def branch(self) -> str:
        """Return the branch that is checked out, or ""."""
        return self.git.ask("symbolic-ref", "-q", "--short", "HEAD")

    def is_merging(self) -> bool:
        """Whether a merge was begun and not committed."""
        return self._path("MERGE_HEAD").exists()

    def unmerged(self) -> list[str]:
        """Return the files that git could not put together."""
        lines = self.git.list("ls-files", "-u", "-z")
        return sorted({line.partition("\t")[2] for line in lines})

    def tree(self, commit: str) -> Tree:
        """Return the files of a commit."""
        lines = self.git.list("ls-tree", "-r", "-z", commit)
        return {path: Entry(*about.split()[::2]) for about, _, path in _split(lines)}

    def index(self) -> Tree:
        """Return the files of the index."""
        lines = self.git.list("ls-files", "-s", "-z")
        return {path: Entry(*about.split()[:2]) for about, _, path in _split(lines)}

    def blobs(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the blobs that files would be; those that are not there are left out."""
        there = [path for path in paths if (self.root / path).is_file() and "\n" not in path]
        asked = "".join(f"{path}\n" for path in there).encode()
        named = self.git.text("hash-object", "--stdin-paths", put_in=asked).split()
        return dict(zip(there, named, strict=True))

    def versions(self, commit: str, path: str, most: int = 40) -> list[str]:
        """Return the blobs that a file has been, the newest first."""
        words = ("log", f"-{most}", "--format=", "--raw", "--no-abbrev", "--no-renames")
        lines = self.git.ask(*words, commit, "--", path).splitlines()
        found = [blob for line in lines for blob in line.split()[2:4] if blob.strip("0")]
        return list(dict.fromkeys(reversed(found)))[::-1] if found else []

    # Where it comes from

    def fetch(self) -> Source:
        """Fetch what is new, and return where it is.

        A remote called `upstream` comes first: that is the course if `origin` is a fork.

        Raises:
            CourseError: if there is no remote, or it cannot be reached.
        """
        remotes = self.git.text("remote").split()
        remote = next((one for one in ("upstream", "origin") if one in remotes), "")
        if not remote:
            raise CourseError(
                "This checkout does not know where the course comes from: it has no remote called "
                "origin. Name it: git remote add origin URL. Then run "
                f"{command('update')}. {NOTHING_CHANGED}"
            )
        url = _public(self.git.ask("remote", "get-url", remote))
        slow = ("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60")
        try:
            self.git.text(*slow, "fetch", "--quiet", "--no-tags", remote)
        except GitFailed as error:
            raise CourseError(
                f"The newest course could not be fetched from {remote} ({url}): "
                f"{_public(str(error))}. Check that this machine is online, then run "
                f"{command('update')} again. {NOTHING_CHANGED}"
            ) from None
        return self._source(remote)

    def _source(self, remote: str) -> Source:
        main = next(filter(None, map(self._remote_branch, self._main_branches(remote))), "")
        followed = self.git.ask("rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}")
        mine = followed if followed.startswith(f"{remote}/") else ""
        mine = mine if self._remote_branch(mine) else ""
        if not (mine or main):
            raise CourseError(f"{remote} has no branch to update from. {NOTHING_CHANGED}")
        branch = mine or main
        more = main != branch and self.git.ask("rev-list", "-1", main, "--not", branch, "HEAD")
        return Source(remote, branch, main if more else "")

    def _main_branches(self, remote: str) -> Iterator[str]:
        yield self.git.ask("rev-parse", "--abbrev-ref", f"{remote}/HEAD")
        yield f"{remote}/main"
        yield f"{remote}/master"
        yield f"{remote}/{self.branch()}"

    def _remote_branch(self, name: str) -> str:
        exists = name and self.git.ask("rev-parse", "-q", "--verify", f"refs/remotes/{name}")
        return name if exists else ""

    def common(self, commit: str) -> str:
        """Return the newest commit that this checkout and another commit share.

        Raises:
            CourseError: if there is none.
        """
        found = self.git.ask("merge-base", "HEAD", commit)
        if not found:
            raise CourseError(
                "This checkout and the newest course have no commit in common. Clone the course "
                "again, copy your files from exercises into the clone, and run "
                f"{command('update')} there. {NOTHING_CHANGED}"
            )
        return found

    # How it moves

    def merged(self, base: str, theirs: str, exercises: Mapping[str, Entry | None]) -> str:
        """Commit what comes of both lines of work, without touching a file; return the commit.

        Args:
            base: the commit that both come from.
            theirs: the newest course.
            exercises: what certain files are in it; None if they are not.

        Raises:
            CourseError: if both have changed the same lines of another file.
        """
        with self._other_index() as git:
            git.text("read-tree", "-i", "-m", "--aggressive", base, "HEAD", theirs)
            git.output("update-index", "-z", "--index-info", put_in=_info(exercises))
            stages: dict[str, dict[str, Entry]] = {}
            for about, _, path in _split(git.list("ls-files", "-u", "-z")):
                mode, blob, stage = about.split()
                stages.setdefault(path, {})[stage] = Entry(mode, blob)
            put = {path: self._merged_file(git, versions) for path, versions in stages.items()}
            if torn := sorted(path for path, entry in put.items() if entry is None):
                raise CourseError(
                    f"You have committed changes to {_several(torn)}, where the course has "
                    f"changed, too. Merge by hand first: git merge {theirs[:10]}. Then run "
                    f"{command('update')}. {NOTHING_CHANGED}"
                )
            git.output("update-index", "-z", "--index-info", put_in=_info(put))
            tree = git.text("write-tree")
        words = ("commit-tree", tree, "-p", "HEAD", "-p", theirs, "-m", "Merge the newest course")
        return self.git.output(*words, more=self._committer()).decode().strip()

    def conclude_merge(self, resolved: Sequence[str]) -> None:
        """Commit the merge that is under way, with files that are resolved."""
        self.git.text("add", "--", *resolved)
        words = ("commit", "--quiet", "--no-edit", "--no-verify")
        self.git.output(*words, more=self._committer())

    def _merged_file(self, git: Git, versions: Mapping[str, Entry]) -> Entry | None:
        if versions.keys() != {"1", "2", "3"}:
            return None
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, stage) for stage in ("2", "1", "3")]
            for path in paths:
                path.write_bytes(git.content(versions[path.name].blob))
            try:
                content = git.output("merge-file", "-p", "-q", *map(str, paths))
            except GitFailed:
                return None
        return Entry(versions["2"].mode, git.keep(content))

    def _committer(self) -> dict[str, str]:
        """Return who commits: the committer of the last commit, if git does not know."""
        if self.git.ask("var", "GIT_COMMITTER_IDENT") and self.git.ask("var", "GIT_AUTHOR_IDENT"):
            return {}
        name, email = self.git.text("log", "-1", "--format=%cn%n%ce").split("\n")
        return {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", email))
        }

    def ready_to_move(self, to: str, ours: Collection[str]) -> Move:
        """Look whether the checkout can move to a commit, and prepare that. Changes nothing.

        Args:
            to: the commit.
            ours: the files that are written apart from git.

        Raises:
            CourseError: if a file is in the way.
        """
        head, new, index = self.tree("HEAD"), self.tree(to), self.index()
        aside: dict[str, Entry | None] = {path: new.get(path) for path in ours}
        changed = {path for path in {*head, *new} if head.get(path) != new.get(path)} - {*ours}
        blobs = self.blobs(changed)
        again: dict[str, Entry | None] = {}
        broken, in_the_way = [], []
        for path in sorted(changed):
            old, wanted = head.get(path), new.get(path)
            blob, staged = blobs.get(path), index.get(path)
            if staged not in (old, wanted):
                in_the_way.append(path)
            elif wanted and blob == wanted.blob:
                aside[path] = wanted
            elif blob is None:
                again[path] = old
            elif old and blob == old.blob and staged == old:
                continue
            elif wanted and self._is_begun(path, wanted):
                again[path] = old
                broken.append(path)
            else:
                in_the_way.append(path)
        if in_the_way:
            raise CourseError(
                f"You have changed {_several(in_the_way)}, and so has the course. Put your changes "
                "aside: git stash push --include-untracked -- "
                f"{' '.join(in_the_way)}. Then run {command('update')}. {NOTHING_CHANGED}"
            )
        with self._other_index() as git:
            git.text("read-tree", "HEAD")
            git.output("update-index", "-z", "--index-info", put_in=_info(aside))
            start = git.text("write-tree")
        return Move(self, to, start, {**aside, **again}, broken)

    def _is_begun(self, path: str, entry: Entry) -> bool:
        """Whether a file has the first bytes of what is to come: an update was stopped there."""
        there = (self.root / path).read_bytes().replace(b"\r\n", b"\n")
        return self.git.content(entry.blob).replace(b"\r\n", b"\n").startswith(there)

    @contextmanager
    def _other_index(self) -> Iterator[Git]:
        """Give git an index of its own, so that the checkout's stays as it is."""
        folder = Path(tempfile.mkdtemp())
        try:
            yield Git(self.root, folder / "index")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self.root / self.git.text("rev-parse", "--git-path", name)

    def _some_branch(self) -> str:
        branches = self.git.ask("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
        return "main" if "main" in branches or not branches else branches[0]


class Move(NamedTuple):
    """A move to another commit that has been looked at.

    Attributes:
        checkout: what moves.
        to: the commit.
        start: the tree that it moves from: HEAD, with what is left alone as `to` has it.
        entries: what goes into the index first: what is left alone, and what is written again.
        broken: files that an interrupted update has begun to write.
    """

    checkout: Checkout
    to: str
    start: str
    entries: Mapping[str, Entry | None]
    broken: list[str]

    def go(self) -> None:
        """Move. If it is stopped anywhere, another update goes on.

        Raises:
            CourseError: if git refuses.
        """
        git = self.checkout.git
        try:
            before = git.text("rev-parse", "HEAD")
            for path in self.broken:
                (self.checkout.root / path).unlink()
            git.output("update-index", "-z", "--index-info", put_in=_info(self.entries))
            git.text("read-tree", "-m", "-u", self.start, self.to)
            git.text("update-ref", "-m", "make update", "HEAD", self.to, before)
        except GitFailed as error:
            raise CourseError(
                f"git could not bring the course up to date: {error}. Your answers are safe in "
                f"exercises and in .streamlings/backups. Then run {command('update')} again."
            ) from error
        git.ask("update-index", "-q", "--refresh")


def _split(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    return (line.partition("\t") for line in lines)


def _info(entries: Mapping[str, Entry | None]) -> bytes:
    """Return entries in the form that `git update-index --index-info` reads."""
    lines = [
        f"{entry.mode} {entry.blob}\t{path}" if entry else f"0 {_NO_BLOB}\t{path}"
        for path, entry in entries.items()
    ]
    return "".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape")


def _public(text: str) -> str:
    """Return a text without the names and passwords in its addresses."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", text)


def _several(paths: list[str], most: int = 4) -> str:
    shown = ", ".join(paths[:most])
    return f"{shown} and {len(paths) - most} more" if len(paths) > most else shown
