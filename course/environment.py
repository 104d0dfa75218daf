"""The course's own Python environment: created, kept up to date and entered automatically.

It lives in `.venv`, or in the folder that the variable STREAMLINGS_VENV names. Next to what pip
puts there, it holds four files of ours:

    streamlings.ready    what is installed; written last, so without it nothing counts as ready
    streamlings.before   the same, set aside while an installation is under way
    streamlings.lock     locked by the one process that installs
    streamlings.log      everything that pip said

Standard library only. What only an installation needs is imported there, because
`Environment.is_ready` runs before every command.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from course import pins, variables
from course.versions import OLDEST_PYTHON, TESTED_PYTHONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import IO

    Run = Callable[[list[str], IO[bytes], int], int]
    """Runs a command and returns its exit status. Takes its words, a log and the lock to hold."""

ROOT = Path(__file__).resolve().parents[1]
ON_WINDOWS = os.name == "nt"
PROGRAM = "py -m course" if ON_WINDOWS else "python3 -m course"
LEARNER = "learner"
"""The group of `[project] dependencies`; the others are optional dependencies by name."""

_ENTERED = "STREAMLINGS_ENTERED"
_CHANGES_THE_ENVIRONMENT = (b"Creating the environment", b"Installing collected packages")
"""What the log says before the first change that an interruption would leave half done."""

_PIP_ELSEWHERE = (
    *("PIP_PYTHON", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"),
    *("PIP_REQUIRE_VIRTUALENV", "PIP_NO_DEPS", "PIP_DRY_RUN"),
)
"""Variables that would make pip install somewhere else, or not everything."""

_ROOM = 50_000_000  # bytes; less than this free after a failure explains it
_ADVICE = (
    (
        ("no space left", "errno 28", "not enough space"),
        ("The disk is full.", "free about 1 GB and try again"),
    ),
    (
        ("ensurepip is not available", "no module named", "python3-venv"),
        (
            "This Python cannot create environments: its venv module is incomplete.",
            "on Debian and Ubuntu: sudo apt-get install python3-venv",
        ),
    ),
    (
        ("dependencies for socks",),
        (
            "pip cannot use a SOCKS proxy, and ALL_PROXY or HTTPS_PROXY names one.",
            "set HTTPS_PROXY to a proxy that speaks HTTP",
            "if the package index needs no proxy, unset the variable",
        ),
    ),
    (
        ("permission denied", "read-only", "access is denied", "file exists", "not a directory"),
        (
            "The folder of the environment is not writable.",
            "move the checkout to a folder of yours, or name one in STREAMLINGS_VENV",
        ),
    ),
    (
        (
            "newconnectionerror",
            "connection to ",
            "connection broken",
            "connection reset",
            "name resolution",
            "name or service not known",
            "getaddrinfo failed",
            "network is unreachable",
            "timed out",
            "proxyerror",
            "sslerror",
            "certificate_verify_failed",
        ),
        (
            "The package index could not be reached.",
            "check that this machine is online",
            "behind a proxy, set HTTPS_PROXY; with your own package index, set PIP_INDEX_URL",
            "behind a proxy that re-signs traffic, set PIP_CERT to its certificate",
        ),
    ),
    (
        ("resolutionimpossible",),
        (
            "The packages have no versions that fit together.",
            "check whether pyproject.toml or constraints.txt was changed: git diff",
            "check that PIP_INDEX_URL names a complete package index",
        ),
    ),
    (
        ("no matching distribution", "could not find a version"),
        (
            "The package index does not have a version that the course requires.",
            "check that PIP_INDEX_URL names a complete package index",
            f"try another version of Python; the course was tested with {TESTED_PYTHONS}",
        ),
    ),
)


class SetUpError(Exception):
    """The environment could not be made ready. The text says why, and what to try."""


class Environment:
    """A virtual environment and what the course installed into it.

    Args:
        root: folder of the checkout, with `pyproject.toml` and `constraints.txt`.
        folder: folder of the environment.
        run: runs the commands that create and install; tests pass their own.
        say: takes each line about the progress.
        log: file for everything that pip says; by default it is in the folder.
        python: the interpreter that it is created from; by default the one that runs this.
    """

    def __init__(
        self,
        root: Path = ROOT,
        folder: Path | None = None,
        run: Run | None = None,
        say: Callable[[str], None] | None = None,
        log: Path | None = None,
        python: Path | None = None,
    ) -> None:
        self.root = root
        named = Path(os.environ.get("STREAMLINGS_VENV") or ".venv")
        self.folder = folder or root / named.expanduser()
        self.interpreter = self.folder / ("Scripts/python.exe" if ON_WINDOWS else "bin/python")
        self.log = log or self.folder / "streamlings.log"
        self._ready = self.folder / "streamlings.ready"
        self._before = self.folder / "streamlings.before"
        self._lock = self.folder / "streamlings.lock"
        self._run = run or _run
        self._say = say or _say
        self._python = str(python or getattr(sys, "_base_executable", None) or sys.executable)

    # What is there

    def is_current(self) -> bool:
        """Whether this process itself runs in the environment, and the shell adds no modules."""
        return bool(sys.flags.isolated) and Path(sys.prefix).resolve() == self.folder.resolve()

    def is_ready(self, groups: Iterable[str]) -> bool:
        """Whether the groups are installed as `pyproject.toml` and `constraints.txt` now ask."""
        stamp = self._read_stamp()
        try:
            unchanged = stamp.get("source") == self._source_hash()
        except OSError:
            return False
        return (
            unchanged
            and not self.was_changed()
            and stamp.get("python") == self.base_interpreter() != ""
            and all(group in stamp for group in groups)
        )

    def was_changed(self) -> bool:
        """Whether another program, such as `uv sync`, has since installed packages here."""
        return self._read_stamp().get("installed") not in (None, self._installed_hash())

    def base_interpreter(self) -> str:
        """Return the Python that the environment was created from; "" if it is gone."""
        if ON_WINDOWS:  # its interpreter there is a copy that starts the other one
            base = Path(self._configuration().get("home", ""), "python.exe")
        else:
            base = Path(os.path.realpath(self.interpreter))
        return str(base) if base.is_file() and self.interpreter.is_file() else ""

    def package_folders(self) -> list[Path]:
        """Return where packages are installed."""
        patterns = ("lib/python*/site-packages", "Lib/site-packages")
        return [path for pattern in patterns for path in self.folder.glob(pattern)]

    def requirements(self) -> dict[str, list[str]]:
        """Return the packages of each group, from `pyproject.toml`.

        Raises:
            SetUpError: if that file is missing or does not parse.
        """
        import tomllib

        try:
            project = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))["project"]
            return {LEARNER: project["dependencies"], **project["optional-dependencies"]}
        except (OSError, ValueError, KeyError) as error:
            raise SetUpError(
                f"pyproject.toml cannot be read: {error!r}.\n"
                "To get it back as it was: git checkout pyproject.toml"
            ) from None

    # Making it ready

    def prepare(self, groups: Iterable[str]) -> bool:
        """Install what the groups are missing, and return whether anything was rebuilt.

        Raises:
            SetUpError: if the environment could not be made ready.
        """
        groups = list(groups)
        if self.is_ready(groups):
            return False
        try:
            self._refuse_a_folder_of_someone_else()
            self.folder.mkdir(parents=True, exist_ok=True)
            with Lock(self._lock, self._wait_for_the_other) as lock:
                if self._settle():
                    self._say("The last setup was interrupted. Starting over.")
                works = self.interpreter_works()
                if not works:
                    self._build(lock)
                self._install(groups, lock)
                return not works
        except OSError as error:
            raise SetUpError(_explain(str(error), [str(error)], self.log)) from None

    def resolve(self, constraints: Path) -> dict[str, str]:
        """Return the versions that pip picks for all groups together, and install nothing.

        Args:
            constraints: the file of constraints for pip.

        Raises:
            SetUpError: if nothing fits, or the package index could not be asked.
        """
        import json

        self.prepare(())
        report = self.folder / "streamlings.report"
        packages = [name for group in self.requirements().values() for name in group]
        asked = ["--dry-run", "--ignore-installed", "--report", str(report)]
        with Lock(self._lock, self._wait_for_the_other) as lock:
            self._pip([*asked, "-c", str(constraints), *packages], lock)
            found = json.loads(report.read_text("utf-8"))["install"]
            report.unlink()
        return {one["metadata"]["name"]: one["metadata"]["version"] for one in found}

    def _refuse_a_folder_of_someone_else(self) -> None:
        """A wrong STREAMLINGS_VENV must not cost a folder full of other things."""
        entries = {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()
        if entries and not entries & {"pyvenv.cfg", self._lock.name}:
            raise SetUpError(
                f"{self.folder} is not an environment, and it is not empty.\n"
                "Name another folder in STREAMLINGS_VENV, or move this one away."
            )

    def _wait_for_the_other(self) -> None:
        self._say("Another command is setting up right now. Waiting for it.")

    def _settle(self) -> bool:
        """Clean up an unfinished installation; return whether everything had to be removed."""
        if not self._before.exists():
            return False
        log = self.log.read_bytes() if self.log.exists() else _CHANGES_THE_ENVIRONMENT[0]
        if any(words in log for words in _CHANGES_THE_ENVIRONMENT):
            self._clear()
            self._before.unlink()
            return True
        self._before.replace(self._ready)
        return False

    def _begin(self) -> None:
        """From here until `_finish` the environment counts as unfinished."""
        if self._before.exists():
            return
        self.log.write_bytes(b"")
        if self._ready.exists():
            self._ready.replace(self._before)
        else:
            self._before.write_bytes(b"")

    def _finish(self, stamp: dict[str, str]) -> None:
        temporary = self._ready.with_suffix(".new")
        lines = [f"{name} {value}\n" for name, value in stamp.items()]
        temporary.write_text("".join(lines), encoding="utf-8")
        temporary.replace(self._ready)
        self._before.unlink(missing_ok=True)

    def interpreter_works(self) -> bool:
        """After an upgrade of Python, the link may be dead or lead to a Python without pip."""
        if not self.base_interpreter():
            return False
        import subprocess

        question = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
        try:
            command = [str(self.interpreter), "-I", "-c", question]
            answer = subprocess.run(command, capture_output=True)
        except OSError:
            return False
        return answer.returncode == 0

    def _clear(self) -> None:
        import shutil

        for path in self.folder.iterdir():
            if path.name.startswith("streamlings."):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _build(self, lock: int) -> None:
        self._begin()
        with self.log.open("ab") as log:
            log.write(_CHANGES_THE_ENVIRONMENT[0] + b"\n")
        if (self.folder / "pyvenv.cfg").exists():
            self._say("The environment has lost its Python.")
        self._say(f"Creating an environment in {self.folder}")
        self._clear()
        self._execute([self._python, "-Im", "venv", str(self.folder)], lock)

    def _install(self, groups: list[str], lock: int) -> None:
        wanted = self._wanted()
        stamp = {
            name: value for name, value in self._read_stamp().items() if wanted.get(name) == value
        }
        requirements = self.requirements()
        if self.was_changed():
            self._say("Another program has changed the packages here: back to the pinned versions.")
            groups, stamp = list({*groups, *stamp}), {}
        missing = [group for group in groups if group not in stamp]
        if missing:
            packages = [package for group in missing for package in requirements[group]]
            self._say(f"Setting up (once, about a minute): {', '.join(packages)}")
            self._begin()
            self._pip(["-c", str(self.root / "constraints.txt"), *packages], lock)
            self._say("Set up.")
        source = {
            "source": self._source_hash(),
            "installed": self._installed_hash(),
            "python": self.base_interpreter(),
        }
        self._finish(source | stamp | {group: wanted[group] for group in missing})

    def _pip(self, words: list[str], lock: int) -> None:
        pip = [str(self.interpreter), "-Im", "pip", "install"]
        quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        self._execute([*pip, *quiet, *words], lock)

    def _execute(self, command: list[str], lock: int) -> None:
        with self.log.open("ab") as log:
            log.write(f"$ {' '.join(command)}\n".encode())
            log.flush()
            status = self._run(command, log, lock)
        if status == 0:
            return
        text = self.log.read_text(encoding="utf-8", errors="replace")
        self._settle()
        raise SetUpError(_explain(text, _last_lines(text), self.log))

    # The stamp

    def _read_stamp(self) -> dict[str, str]:
        return self._pairs(self._ready, " ")

    def _configuration(self) -> dict[str, str]:
        return self._pairs(self.folder / "pyvenv.cfg", "=")

    def _pairs(self, path: Path, separator: str) -> dict[str, str]:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        pairs = [line.partition(separator) for line in lines]
        return {name.strip(): value.strip() for name, _, value in pairs}

    def _source_hash(self) -> str:
        return _hash(self._read("pyproject.toml"), self._read("constraints.txt"))

    def _installed_hash(self) -> str:
        """Return a hash of the versions that `constraints.txt` pins."""
        pinned = pins.versions(self._read("constraints.txt").decode("utf-8", "replace"))
        found = sorted(
            path.name
            for folder in self.package_folders()
            for path in folder.glob("*.dist-info")
            if pins.normal(path.name.partition("-")[0]) in pinned
        )
        return _hash("\n".join(found).encode())

    def _wanted(self) -> dict[str, str]:
        """Return for each group a hash of everything that decides what gets installed."""
        constraints = self._read("constraints.txt")
        return {
            group: _hash("\n".join(packages).encode(), constraints)
            for group, packages in self.requirements().items()
        }

    def _read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()


def enter(groups: Iterable[str], environment: Environment | None = None) -> None:
    """Return only if this process runs in an environment that has the groups.

    Otherwise the same command in the right interpreter replaces the process. Windows cannot do
    that. There, it waits for that command and exits with its status.

    Raises:
        SetUpError: if the environment could not be made ready.
    """
    environment = environment or Environment()
    built = environment.prepare(groups)
    entered = os.environ.pop(_ENTERED, None)
    utf8 = ("-X", "utf8") if os.environ.get("PYTHONUTF8") == "1" else ()
    variables.remove(os.environ, variables.PYTHON)
    if environment.is_current() and not built:
        return
    if entered:
        raise SetUpError(
            f"{environment.interpreter} does not run in its own environment.\n"
            f"Delete the folder {environment.folder} and try again."
        )
    os.environ[_ENTERED] = "1"
    course = str(ROOT / "course")
    command = [str(environment.interpreter), "-I", *utf8, course, *sys.argv[1:]]
    if not ON_WINDOWS:
        os.execv(command[0], command)
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:  # it got the same key press and decides for itself
            continue


def keep_private(reaches_out: bool = False) -> None:
    """Keep what learners do on this machine, for this process and those it starts.

    Tracing to LangSmith stays off, no matter what the shell says. Requests to the loopback address
    never go through a proxy.

    Args:
        reaches_out: whether the process may talk to other machines, as the shell says: a package
            index, or a model that the learner names.
    """
    if not reaches_out:
        variables.remove(os.environ, (*variables.MODELS, *variables.NETWORK))
    variables.stop_tracing(os.environ)
    variables.bypass_proxies(os.environ)


class Lock:
    """Held by one process at a time; the system releases it when that process dies."""

    def __init__(self, path: Path, on_wait: Callable[[], None]) -> None:
        self._path = path
        self._on_wait = on_wait

    def __enter__(self) -> int:
        self._file = self._path.open("ab")
        number = self._file.fileno()
        if not _try_to_lock(number):
            self._on_wait()
            _wait_for_lock(number)
        return number

    def __exit__(self, *_: object) -> None:
        self._file.close()


if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(number: int) -> bool:
        try:
            os.lseek(number, 0, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait_for_lock(number: int) -> None:
        import time

        while not _try_to_lock(number):
            time.sleep(0.2)

else:
    import fcntl

    def _try_to_lock(number: int) -> bool:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # some network drives have no locks: going without beats not going
            return True
        return True

    def _wait_for_lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX)


def _run(command: list[str], log: IO[bytes], lock: int) -> int:
    """Run the command, and let it hold the lock in case it outlives this process."""
    import subprocess

    # pip in the environment must not see the packages or the home of another Python
    outside = (*variables.PYTHON, *_PIP_ELSEWHERE)
    shell = variables.without(os.environ, outside)
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**shell, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "PIP_USER": "0"},
        pass_fds=() if ON_WINDOWS else (lock,),
    ).returncode


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _last_lines(text: str, limit: int = 4) -> list[str]:
    """Return the errors that pip reported; if there are none, the end of its output."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines)[-limit:]


def _explain(text: str, lines: list[str], log: Path) -> str:
    """Return what to say about a failure; `text` is all the output about it."""
    import shutil

    lowered = text.lower()
    if log.parent.is_dir() and shutil.disk_usage(log.parent).free < _ROOM:
        lowered += _ADVICE[0][0][0]  # not every program says so when the disk is full
    for signs, advice in _ADVICE:
        if any(sign in lowered for sign in signs):
            what, *attempts = advice
            break
    else:
        what, attempts = "The setup failed.", ["run the same command again"]
    shown = [line if len(line) <= 200 else line[:197] + "..." for line in lines]
    return "\n".join(
        [
            what,
            *(f"    {line}" for line in shown),
            "What to try:",
            *(f"  - {attempt}" for attempt in attempts),
            *([f"The full output is in {log}"] if log.exists() else []),
        ]
    )
