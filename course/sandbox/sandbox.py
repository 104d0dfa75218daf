"""Containment for learner code: what a contained program can see, use and do.

There are three levels. `PROMISES` says what each of them keeps, and `SECURITY.md` shows it.

    bubblewrap    new namespaces, set up by the program `bwrap`
    namespaces    the same, set up by the course itself
    limits        limits, another user if the grader is root, and refused system calls

A contained program has nothing but its three streams, a fixed environment and an empty work
folder. The processes that stand between it and the grader are described in `launcher.py`.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from course.sandbox import seccomp
from course.sandbox.levels import LEVELS, Level

if TYPE_CHECKING:
    from course.sandbox.launcher import Plan

Kept = Literal["yes", "no", "as root", "with seccomp"]
"""Whether a promise is kept: always, never, if the grader runs as root, or if the kernel can
refuse system calls (Linux on x86_64 or aarch64)."""

PROMISES: dict[str, tuple[Kept, Kept, Kept]] = {
    "The environment is a fixed one": ("yes", "yes", "yes"),
    "No open file is inherited but the three streams": ("yes", "yes", "yes"),
    "There is no terminal": ("yes", "yes", "yes"),
    "It is not root, and can gain no rights": ("yes", "yes", "yes"),
    "System calls that it has no use for are refused": ("yes", "yes", "with seccomp"),
    "The network is out of reach, this machine included": ("yes", "yes", "with seccomp"),
    "Files that only the grader's user may read cannot be read": ("yes", "yes", "as root"),
    "Files that everybody may read cannot be read": ("yes", "yes", "no"),
    "Nothing can be written outside the work folder": ("yes", "yes", "no"),
    "Other processes cannot be seen": ("yes", "yes", "no"),
    "Other processes cannot be signaled": ("yes", "yes", "as root"),
    "The number of processes is limited": ("yes", "yes", "yes"),
    "CPU time and memory of each process are limited": ("yes", "yes", "yes"),
    "The size of each file is limited": ("yes", "yes", "yes"),
    "The size and the number of all files are limited": ("yes", "yes", "no"),
    "All that it started is gone when it is ended": ("yes", "yes", "as root"),
    "All that it started is gone when the grader dies": ("yes", "yes", "as root"),
}
"""What is promised -> whether each of `LEVELS` keeps it."""

DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom"))

_LAUNCHER = Path(__file__).with_name("launcher.py")
_SECONDS_TO_END = 60.0
_SECONDS_TO_TRY = 120.0
_UNUSED_USERS = (0x7000_0000, 1 << 23)
"""Numbers that no system gives to its users: the first, and how many."""


class CannotContain(Exception):
    """Learner code cannot be contained as asked on this machine; the text says why."""


@dataclass(frozen=True)
class Limits:
    """What a contained program may use. A program can lower them for its own children.

    Attributes:
        cpu_seconds: of each process.
        memory_bytes: address space of each process.
        processes: processes and threads, all together.
        open_files: of each process.
        written_bytes: of each file; except at the level "limits" also of all files together.
    """

    cpu_seconds: int = 600
    memory_bytes: int = 2 * 2**30
    processes: int = 32
    open_files: int = 128
    written_bytes: int = 64 * 2**20


class Sandbox:
    """Starts contained programs at one level.

    Args:
        level: how to contain; None means the strongest that works here.
        limits: what each program may use.

    Raises:
        CannotContain: the level does not work on this machine.
    """

    def __init__(self, level: Level | None = None, *, limits: Limits | None = None) -> None:
        self.level: Level = strongest() if level is None else level
        self.limits = limits or Limits()
        if reason := why_not(self.level):
            raise CannotContain(f"{self.level}: {reason}")

    def start(
        self,
        argv: Sequence[str],
        *,
        readable: Sequence[Path],
        work: Path,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a program and returns at once.

        Standard input and output of the process that is returned are pipes to the program.
        Standard error is a pipe too, but not the program's, whose own leads nowhere: it says
        why the program could not be started, in one line, and is empty if all went well. The exit
        status is the program's, or 128 + N if signal N ended it.

        Args:
            argv: the program, by its absolute path, and its arguments.
            readable: files and folders that the program sees, read-only, in addition to Python and
                the packages of the course. Users other than the grader must be able to read them.
            work: an existing, empty folder: the current, home and temporary folder. Above the level
                "limits", the program sees memory of limited size in its place, and the folder
                itself stays empty. At "limits", the folder is given to another user.
            variables: of its environment, in addition to those that say where things are.

        Raises:
            FileNotFoundError: a file or folder is not there.
        """
        for path in (*readable, work):
            if not path.exists():
                raise FileNotFoundError(f"{path}: there is no such file or folder")
        return _start(self.level, self.limits, argv, readable, work, variables or {})

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        """Ends a program that `start` returned, and all that it started. Waits until they are gone.

        At the level "limits", a program may have escaped, unless the grader is root.
        """
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def strongest() -> Level:
    """The strongest level that works on this machine. Each is tried once, by using it.

    Raises:
        CannotContain: none does.
    """
    for level in LEVELS:
        if not why_not(level):
            return level
    raise CannotContain("; ".join(f"{level}: {why_not(level)}" for level in LEVELS))


def why_not(level: Level) -> str:
    """Why a level does not work on this machine; empty if it does. Found by trying, once."""
    return _try(level, sys.executable)


@functools.cache
def _try(level: Level, python: str) -> str:
    if level != "limits" and sys.platform != "linux":
        return "it needs Linux"
    if level != "limits" and not _filter():
        return f"there is no list of system calls for {platform.machine()}"
    if level == "bubblewrap" and not shutil.which("bwrap"):
        return "the program bwrap is not installed"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        argv = [python, "-S", "-c", "import json; print('ready')"]
        process = _start(level, Limits(), argv, (), Path(folder).resolve(), {})
        try:
            output, trouble = process.communicate(timeout=_SECONDS_TO_TRY)
        except subprocess.TimeoutExpired:
            Sandbox.kill(process)
            return f"Python did not start within {_SECONDS_TO_TRY:.0f} seconds"
    if output.strip() == b"ready":
        return ""
    lines = (trouble or b"").decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"Python ended with exit status {process.returncode}"


def promises_table() -> str:
    """`PROMISES` as a table in Markdown."""
    lines = [f"| Promise | {' | '.join(LEVELS)} |", f"|---|{'---|' * len(LEVELS)}"]
    lines += [f"| {promise} | {' | '.join(kept)} |" for promise, kept in PROMISES.items()]
    return "\n".join(lines) + "\n"


def _start(
    level: Level,
    limits: Limits,
    argv: Sequence[str],
    readable: Sequence[Path],
    work: Path,
    variables: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    environment = _environment(work, variables)
    pipe = subprocess.PIPE
    if os.name == "nt":  # no limits either: the level only keeps the environment fixed
        return subprocess.Popen(argv, stdin=pipe, stdout=pipe, cwd=work, env=environment)
    plan = _plan(level, limits, argv, readable, work, environment)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(plan)],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd="/",
        env=environment,
        start_new_session=True,
    )


def _environment(work: Path, variables: Mapping[str, str]) -> dict[str, str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        **variables,
        "HOME": str(work),
        "TMPDIR": str(work),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if os.name == "nt":
        environment["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")
    return environment


def _plan(
    level: Level,
    limits: Limits,
    argv: Sequence[str],
    readable: Sequence[Path],
    work: Path,
    environment: Mapping[str, str],
) -> Plan:
    users = _users()
    mounts: list[tuple[str, str]] = []
    links: list[tuple[str, str]] = []
    if level != "limits":
        mounts, links = _visible([*_python(), *readable])
    amounts = asdict(limits)
    if level == "limits" and users is None:
        amounts["processes"] += _running()
    plan: Plan = {
        "stage": "supervise",
        "level": level,
        "grader": os.getpid(),
        "argv": list(argv),
        "environment": dict(environment),
        "work": str(work),
        "mounts": mounts,
        "devices": [path for path in DEVICES if Path(path).exists()],
        "links": links,
        "bubblewrap": [],
        "users": users,
        "user": None,
        "killer": None,
        "alive": -1,
        "limits": amounts,
        "seccomp": base64.b64encode(_filter()).decode(),
    }
    if level == "bubblewrap":
        plan["bubblewrap"] = _bubblewrap(plan)
    return plan


def _bubblewrap(plan: Plan) -> list[str]:
    command = [shutil.which("bwrap") or "bwrap", "--die-with-parent", "--as-pid-1"]
    command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    command += ["--unshare-cgroup-try"]
    if plan["users"] is None:
        # The launcher needs the right to mount, and drops it again.
        command += ["--unshare-user", "--uid", "65534", "--gid", "65534"]
        command += ["--cap-add", "CAP_SYS_ADMIN"]
    shown = [("--ro-bind", *mount) for mount in plan["mounts"]]
    shown += [("--dev-bind", path, path) for path in plan["devices"]]
    shown += [("--symlink", *link) for link in plan["links"]]
    for option, source, path in shown:
        # By itself, bwrap would create the parent folders for the grader's user alone.
        for folder in reversed(Path(path).parents[:-1]):
            command += ["--dir", str(folder)]
        command += [option, source, path]
    command += ["--dir", plan["work"], "--remount-ro", "/", "--chdir", "/"]
    return [*command, "--", sys.executable, "-I", "-S", str(_LAUNCHER)]


@functools.cache
def _filter() -> bytes:
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return b""
    return seccomp.program(platform.machine())


def _users() -> tuple[int, int] | None:
    """Unused users, if this process may become them: the first, and how many."""
    if os.geteuid() != 0:
        return None
    if sys.platform != "linux":
        return _UNUSED_USERS
    # In a container there may be fewer: lines of inside, outside, count.
    lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    ranges = [(int(first), int(count)) for first, _, count in map(str.split, lines)]
    first, count = max(ranges, key=lambda one: one[1])
    if first + count > sum(_UNUSED_USERS):
        return _UNUSED_USERS
    if count < 4096:
        return None
    return first + count // 2, count // 4


def _running() -> int:
    """The threads that this user has running: the limit counts them too."""
    found, me = 0, os.geteuid()
    for folder in Path("/proc").glob("[0-9]*/task"):
        with contextlib.suppress(OSError):  # it has ended in the meantime
            if folder.stat().st_uid == me:
                found += sum(1 for _ in folder.iterdir())
    return found


@functools.cache
def _python() -> tuple[Path, ...]:
    """What Python needs to run: itself, its libraries, the packages, and the launcher."""
    paths = sysconfig.get_paths()
    base = Path(sys.base_prefix)
    found = [Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [Path(sys.executable), Path(sys.prefix) / "pyvenv.cfg", _LAUNCHER]
    if base != Path("/usr"):
        found += [base / "lib"]
    kind = sysconfig.get_config_var("MULTIARCH") or ""
    for folder in (Path("/lib"), Path("/usr/lib")):
        # If libraries have their own folder, the others stay out of sight.
        found += [folder / kind, *folder.glob("ld-*")] if (folder / kind).is_dir() else [folder]
    found += [Path("/lib64"), Path("/usr/lib64"), Path("/etc/ld.so.cache")]
    return tuple(path for path in found if path.exists())


def _visible(paths: Sequence[Path]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What to mount where, and the links to make, so that each path is found at its own place."""
    mounts: dict[str, str] = {}
    links: dict[str, str] = {}
    for path in paths:
        path = path.absolute()
        while path.is_symlink() and not path.is_dir():
            target = path.readlink()
            links[str(path)] = str(target)
            path = Path(os.path.normpath(path.parent / target))
        mounts[str(path)] = str(path.resolve())
    # What is in a folder that is shown is already there. Parents come first.
    shown: list[tuple[str, str]] = []
    for place, source in sorted(mounts.items()):
        above = [one for one in shown if Path(place).is_relative_to(one[1])]
        if not any(Path(source) == Path(one[0], os.path.relpath(place, one[1])) for one in above):
            shown.append((source, place))
    folders = [place for _, place in shown]
    missing = {
        place: target
        for place, target in links.items()
        if not any(Path(place).is_relative_to(folder) for folder in folders)
    }
    return shown, [(target, place) for place, target in missing.items()]
