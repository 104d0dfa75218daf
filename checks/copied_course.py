"""A copy of the course in which commands are run, and files are changed."""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest
from waiting import SECONDS_FOR_A_HANG, until

from course import catalog
from course.catalog import ROOT
from course.lesson.stubs import stub


@dataclass
class Copy:
    """A copy of the course, with stubs as exercises, in which commands are run."""

    folder: Path
    run_already: set[str] = field(default_factory=set)

    KEPT: ClassVar = ("HOME", "LANG", "TMPDIR", "TERM")

    @functools.cached_property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in self.KEPT if name in os.environ}
        programs = self.folder.parent / "bin"
        programs.mkdir()
        for name in ("python3", "python"):
            (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', "utf-8")
            (programs / name).chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        return {**kept, "PATH": path, "STREAMLINGS_VENV": sys.prefix}

    def run(self, line: str) -> tuple[int, str]:
        """Run a command; return its status, as the course's program has it, and what it said."""
        ran = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS_FOR_A_HANG,
            check=False,
        )
        said = ran.stdout + ran.stderr
        inner = re.search(r"make: \*\*\* .* Error (\d+)$", ran.stderr, re.MULTILINE)
        return int(inner[1]) if inner else ran.returncode, said

    def start_and_stop(self, line: str, ready: str) -> str:
        """Start a command, stop it as Ctrl-C does when it is ready, and return what it said."""
        log = self.folder.parent / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["sh", "-c", line],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

        def has_begun() -> bool:
            return ready in log.read_text("utf-8") or process.poll() is not None

        try:
            until(has_begun, f"{line} says {ready!r}")
            os.killpg(process.pid, signal.SIGINT)
            process.wait(SECONDS_FOR_A_HANG)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return log.read_text("utf-8")


def copy_of_the_course(folder: Path) -> Path:
    """Copy what git knows into a folder, with stubs as exercises; skip where that cannot be."""
    if not (Path(sys.prefix) / "streamlings.ready").exists():
        pytest.skip("the checks do not run in an environment that the course has made")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for one in catalog.lessons():
        path = folder / one.exercise.relative_to(ROOT)
        path.write_text(stub(one), encoding="utf-8")
    return folder
