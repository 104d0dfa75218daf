"""Calls git in the checkout of the course."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from course import variables
from course.catalog import CourseError
from course.wording import command

NOTHING_CHANGED = "Nothing was changed."


class GitFailed(Exception):
    """git has refused. The text is what it said, in one line."""


class Git:
    """git, in one folder, undisturbed by variables that send it elsewhere.

    Args:
        root: the folder of the checkout.
        index: another index than the checkout's, which then stays as it is.
    """

    def __init__(self, root: Path, index: Path | None = None) -> None:
        self.root = root
        self._variables = variables.without(os.environ, variables.GIT_ELSEWHERE)
        self._variables["LC_ALL"] = "C"
        if index is not None:
            self._variables["GIT_INDEX_FILE"] = str(index)

    def output(
        self,
        *words: str,
        put_in: bytes | None = None,
        more: Mapping[str, str] | None = None,
        accepts: Sequence[int] = (0,),
    ) -> bytes:
        """Run a command of git and return what it prints.

        Args:
            words: what follows "git".
            put_in: what it reads.
            more: variables that it gets in addition.
            accepts: the exit statuses that are no failure.

        Raises:
            GitFailed: if it fails.
            CourseError: if git is not installed.
        """
        try:
            ran = subprocess.run(
                ["git", *words],
                cwd=self.root,
                env={**self._variables, **(more or {})},
                input=put_in if put_in is not None else b"",
                capture_output=True,
            )
        except FileNotFoundError as error:
            raise CourseError(
                f"git was not found, and {command('update')} needs it. Install it from "
                f"https://git-scm.com, then run the command again. {NOTHING_CHANGED}"
            ) from error
        if ran.returncode not in accepts:
            raise GitFailed(_said(ran.stderr.decode("utf-8", "replace")))
        return ran.stdout

    def text(self, *words: str, put_in: bytes | None = None) -> str:
        """Run a command of git and return what it prints, without the last line feed."""
        return self.output(*words, put_in=put_in).decode("utf-8", "replace").rstrip("\n")

    def ask(self, *words: str) -> str:
        """Return what a command prints, or "" if it fails."""
        try:
            return self.text(*words)
        except GitFailed:
            return ""

    def list(self, *words: str) -> list[str]:
        """Return what a command prints with -z."""
        return [os.fsdecode(one) for one in self.output(*words).split(b"\0") if one]

    def content(self, blob: str) -> bytes:
        """Return the content of a blob, by its name or as "HEAD:path"."""
        return self.output("cat-file", "blob", blob)

    def keep(self, content: bytes) -> str:
        """Store a content as a blob, and return its name."""
        return self.text("hash-object", "-w", "--stdin", put_in=content)


def _said(stderr: str) -> str:
    """Return the line that says why: the first that says "fatal" or "error", or the last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    why = [line for line in lines if line.startswith(("fatal: ", "error: ", "ERROR: "))]
    return (why or lines[-1:] or ["it did not say why"])[0].partition(": ")[2] or "\n".join(lines)
