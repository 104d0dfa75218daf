"""Contained code keeps to what `course.sandbox.sandbox` promises, at every level that works here.

Each promise has an attack below. It has to fail where the promise is kept, and to succeed where
`PROMISES` says that it is not, so that the table stays honest.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import sysconfig
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sampled import of_room
from waiting import SECONDS_FOR_A_HANG

from course import catalog
from course.grade import FIXED_VARIABLES
from course.sandbox import sandbox, seccomp
from course.sandbox.levels import LEVELS, WEAK, Level, in_words, strength
from course.sandbox.sandbox import PROMISES, CannotContain, Kept, Limits, Sandbox

pytestmark = [
    of_room("sandbox"),
    pytest.mark.skipif(sys.platform != "linux", reason="containment needs Linux"),
]

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
MACHINE = platform.machine()
SMALL = Limits(memory_bytes=512 * 2**20, processes=20, written_bytes=2**16)
OTHER_PYTHON = Path("/usr/bin/python3")
"""The most that a contained program may take here."""

Holds = Callable[[Level], bool]
"""Attacks at a level, and says whether the promise held."""


@pytest.fixture(autouse=True)
def _python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the level "limits" another user has to reach Python, wherever this one lives."""
    callspec = getattr(request.node, "callspec", None)
    level = callspec.params.get("level") if callspec else None
    if level is None:
        return
    reason = sandbox.why_not(level)
    if reason and level == "limits" and OTHER_PYTHON.exists():
        monkeypatch.setattr(sys, "executable", str(OTHER_PYTHON))
        reason = sandbox.why_not(level)
    if reason:
        pytest.skip(f"{level}: {reason}")


@contextlib.contextmanager
def _folder(mode: int = 0o755) -> Iterator[Path]:
    """A folder that other users can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(mode)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(
    level: Level, code: str, *words: object, limits: Limits = SMALL, readable: Sequence[Path] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A contained program: Python code, with `words` in `sys.argv[1:]`."""
    argv = [sys.executable, "-c", code, *map(str, words)]
    with _folder() as work:
        process = Sandbox(level, limits=limits).start(
            argv, readable=readable, work=work, variables=FIXED_VARIABLES
        )
        try:
            yield process
        finally:
            Sandbox.kill(process)
            for stream in (process.stdin, process.stdout, process.stderr):
                assert stream is not None
                stream.close()


def _ask(level: Level, code: str, *words: object, **more: Any) -> Any:
    """What the contained code prints, as JSON."""
    with _running(level, code, *words, **more) as process:
        output, trouble = process.communicate(timeout=SECONDS_FOR_A_HANG)
        assert output, trouble.decode() or f"exit status {process.returncode}"
        return json.loads(output)


def _expected(kept: Kept) -> bool:
    return {
        "yes": True,
        "no": False,
        "as root": AS_ROOT,
        "with seccomp": MACHINE in seccomp.ARCHITECTURES,
    }[kept]


def environment(level: Level) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_SECRET", "of the grader")
        found = _ask(level, "import json, os; print(json.dumps([dict(os.environ), os.getcwd()]))")
    variables, work = found
    fixed = {
        "PATH": "/usr/bin:/bin",
        **FIXED_VARIABLES,
        "HOME": work,
        "TMPDIR": work,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return bool(variables == fixed)


OPEN_FILES = """
import json, os
def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
print(json.dumps([number for number in range(128) if is_open(number)]))
"""


def open_files(level: Level) -> bool:
    leaks = [os.open(os.devnull, os.O_RDONLY) for _ in range(5)]
    for leak in leaks:
        os.set_inheritable(leak, True)
    try:
        return bool(_ask(level, OPEN_FILES) == [0, 1, 2])
    finally:
        for leak in leaks:
            os.close(leak)


TERMINAL = """
import json, os
try:
    os.open("/dev/tty", os.O_RDWR)
except OSError:
    print(json.dumps(os.getsid(0) == os.getpid()))
else:
    print("false")
"""


def terminal(level: Level) -> bool:
    return bool(_ask(level, TERMINAL))


RIGHTS = """
import ctypes, json, os, struct
library = ctypes.CDLL(None)
rights = ctypes.create_string_buffer(24)
read = library.capget(struct.pack("Ii", 0x20080522, 0), rights)
def become(function):
    try:
        function(0)
    except OSError:
        return False
    return True
print(json.dumps({
    "users": sorted({*os.getresuid(), *os.getresgid()}),
    "rights": [read, rights.raw.strip(b"\\0").hex()],
    "no_new": library.prctl(39, 0, 0, 0, 0),
    "became": [become(os.setuid), become(os.setgid)],
}))
"""


def rights(level: Level) -> bool:
    found = _ask(level, RIGHTS)
    at_home = level == "limits" and not AS_ROOT
    assert (found["users"] == sorted({os.getuid(), os.getgid()})) == at_home
    del found["users"]
    return bool(found == {"rights": [0, ""], "no_new": 1, "became": [False, False]})


SYSTEM_CALLS = """
import ctypes, json, sys
library = ctypes.CDLL(None, use_errno=True)
def call(number, *words):
    ctypes.set_errno(0)
    status = library.syscall(*(ctypes.c_long(word) for word in (number, *words)))
    return ctypes.get_errno() if status == -1 else 0
numbers, clone, prlimit = json.loads(sys.argv[1])
found = {name: call(number, 0, 0, 0, 0, 0, 0) for name, number in numbers.items()}
found["a new user namespace"] = call(clone, 0x10000000 | 17, 0, 0, 0, 0)
found["limits of others"] = call(prlimit, 1, 7, 0, 0)
found["clone3"] = call(435, 0, 0)
print(json.dumps(found))
"""


def system_calls(level: Level) -> bool:
    if MACHINE not in seccomp.ARCHITECTURES:
        return False
    column = list(seccomp.ARCHITECTURES).index(MACHINE)
    numbers = {name: both[column] for name, both in seccomp.REFUSED.items()}
    words = json.dumps([numbers, (56, 220)[column], (302, 261)[column]])
    found = _ask(level, SYSTEM_CALLS, words)
    assert found.pop("clone3") == errno.ENOSYS
    assert len(found) == len(numbers) + 2
    return {name for name, error in found.items() if error != errno.EPERM} == set()


NETWORK = """
import asyncio, json, socket, sys
port, path = int(sys.argv[1]), sys.argv[2]
reached = []
def reach(name, *socket_type, to=None):
    try:
        one = socket.socket(*socket_type)
        if to is not None:
            one.connect(to)
    except OSError:
        return
    reached.append(name)
reach("IPv4", socket.AF_INET, to=("127.0.0.1", port))
reach("UDP", socket.AF_INET, socket.SOCK_DGRAM, to=("127.0.0.1", port))
reach("IPv6", socket.AF_INET6)
reach("path", socket.AF_UNIX, to=path)
reach("name", socket.AF_UNIX, to="\\0" + path)
for family in (16, 17, 38, 40):
    reach(family, family, socket.SOCK_RAW)
    reach(family, family, socket.SOCK_DGRAM)
    reach(family, family, socket.SOCK_SEQPACKET)
try:
    socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    reached.append("datagrams")
except OSError:
    pass
asyncio.run(asyncio.sleep(0))
print(json.dumps(reached))
"""


def network(level: Level) -> bool:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_folder(0o777))
        path = folder / "socket"
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0)))]
        for name in (str(path), f"\0{path}"):
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(name)
            server.listen()
            servers.append(server)
        path.chmod(0o777)
        port = servers[0].getsockname()[1]
        reached = _ask(level, NETWORK, port, path)
        for server in servers:
            server.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                server.accept()
                reached.append("a server")
        return not reached


READ = """
import json, sys
def can_read(path):
    try:
        open(path, "rb").close()
    except OSError:
        return False
    return True
print(json.dumps([path for path in sys.argv[1:] if can_read(path)]))
"""


def private_files(level: Level) -> bool:
    with _folder() as folder:
        secret = folder / "secret"
        secret.write_text("of the grader", encoding="utf-8")
        secret.chmod(0o600)
        return not _ask(level, READ, secret, "/etc/shadow", f"/proc/{os.getpid()}/environ")


def public_files(level: Level) -> bool:
    with _folder() as folder:
        secret = folder / "secret"
        secret.write_text("of the course", encoding="utf-8")
        solutions = sorted((catalog.ROOT / "solutions").glob("*.py"))
        assert solutions
        return not _ask(level, READ, secret, "/etc/passwd", *solutions)


WRITE = """
import json, os, sys
def can_write(folder):
    name = os.path.join(folder, "streamlings-was-here")
    try:
        open(name, "x").close()
    except OSError:
        return False
    os.unlink(name)
    return True
print(json.dumps([folder for folder in sys.argv[1:] if can_write(folder)]))
"""


def writing(level: Level) -> bool:
    with _folder(0o777) as folder:
        places = [folder, "/", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/etc", "/srv"]
        places += [sys.prefix, sys.base_prefix, Path(json.__file__).parent, catalog.ROOT, "/proc"]
        places += [folder.parent, Path(sys.executable).parent, "/usr/lib", "/host"]
        return not _ask(level, WRITE, *places, readable=[folder])


def seeing(level: Level) -> bool:
    code = "import json, os, sys; print(json.dumps(os.path.exists(f'/proc/{sys.argv[1]}')))"
    return not _ask(level, code, os.getpid())


SIGNAL = """
import json, os, signal, sys
def can_kill(process):
    try:
        os.kill(process, signal.SIGKILL)
    except OSError:
        return False
    return True
processes = [int(word) for word in sys.argv[1:] if int(word) != os.getpid()]
print(json.dumps([process for process in processes if can_kill(process)]))
"""


def signals(level: Level) -> bool:
    code = "import sys; sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    try:
        killed = _ask(level, SIGNAL, other.pid)
    finally:
        other.communicate()
    assert bool(killed) == (other.returncode == -signal.SIGKILL)
    return not killed


FORK_BOMB = """
import json, os, signal, sys, threading
def until_refused(start, most):
    for count in range(most):
        try:
            start()
        except (OSError, RuntimeError):
            return count
    return most
def fork():
    if os.fork() == 0:
        signal.pause()
most = int(sys.argv[1])
print(json.dumps(until_refused(fork, most)), flush=True)
signal.pause()
"""


def processes(level: Level) -> bool:
    most = 5 * SMALL.processes
    with _running(level, FORK_BOMB, most) as process:
        assert process.stdout is not None
        forked = json.loads(process.stdout.readline())
    assert forked > 3, "a few forks have to be possible"
    # Where the limit counts the user's other processes too, some of those may have ended.
    slack = SMALL.processes if level == "limits" and not AS_ROOT else 0
    return bool(forked <= SMALL.processes + slack)


MEMORY_BOMB = """
import json
blocks = []
try:
    while len(blocks) < 100:
        blocks.append(bytearray(2**24))
except MemoryError:
    pass
print(len(blocks))
"""


def cpu_and_memory(level: Level) -> bool:
    blocks = _ask(level, MEMORY_BOMB)
    assert blocks > 3
    with _running(level, "while True: pass", limits=Limits(cpu_seconds=1)) as process:
        ended = process.wait(SECONDS_FOR_A_HANG)
    return bool(blocks * 2**24 <= SMALL.memory_bytes) and ended == 128 + signal.SIGXCPU


LARGE_FILE = """
import json, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open("large", "wb", buffering=0) as stream:
    try:
        for _ in range(100):
            stream.write(bytes(4096))
    except OSError:
        pass
    print(json.dumps(stream.tell()))
"""


def file_size(level: Level) -> bool:
    size = _ask(level, LARGE_FILE)
    assert size, "the work folder is writable"
    return bool(size <= SMALL.written_bytes)


MANY_FILES = """
import json, os, sys
def until_refused(content, most):
    written = 0
    for number in range(most):
        try:
            with open(f"file-{number}", "wb", buffering=0) as stream:
                written += stream.write(content) if content else 1
        except OSError:
            break
    for name in os.listdir():
        os.unlink(name)
    return written
written = until_refused(bytes(4096), 100)
print(json.dumps([written, until_refused(b"", 12_000 if written <= int(sys.argv[1]) else 1)]))
"""


def all_files(level: Level) -> bool:
    size, count = _ask(level, MANY_FILES, SMALL.written_bytes)
    return bool(size <= SMALL.written_bytes and count < 12_000)


DAEMON = """
import os, signal, sys
supervisor = os.getppid()
inside, outside = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    os.write(outside, b"x")
    while True:
        signal.pause()
os.read(inside, 1)
print("started", flush=True)
if sys.stdin.readline():
    try:
        os.kill(supervisor, signal.SIGKILL)
    except OSError:
        pass
signal.pause()
"""


def _with_word(word: str) -> dict[int, int]:
    """The processes with `word` in their command line, each with a handle of it."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found[int(path.parent.name)] = os.pidfd_open(int(path.parent.name))
    return found


def _gone(handles: dict[int, int], seconds: float) -> bool:
    """Whether all processes end within the time. What has not is killed."""
    try:
        for handle in handles.values():
            events = select.poll()
            events.register(handle, select.POLLIN)
            if not events.poll(seconds * 1000):
                return False
        return True
    finally:
        for handle in handles.values():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)


def daemons(level: Level) -> bool:
    word = uuid.uuid4().hex
    with _running(level, DAEMON, word) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        handles = _with_word(word)
        assert len(handles) > 2, "the daemon runs"
        process.stdin.write(b"attack the supervisor\n")
        process.stdin.flush()
        if not _expected(PROMISES[GONE][LEVELS.index(level)]):
            process.wait(SECONDS_FOR_A_HANG)
        Sandbox.kill(process)
        return _gone(handles, seconds=0)  # now, and not some time later


SECONDS_TO_ESCAPE = 5
"""For which it lives on where its end is not promised."""

GRADER = """
import sys
from pathlib import Path
from course.sandbox.sandbox import Sandbox
level, work, code, *words = sys.argv[1:]
process = Sandbox(level).start([sys.executable, "-c", code, *words], readable=[], work=Path(work))
print(process.stdout.readline().decode(), end="", flush=True)
if sys.stdin.readline():
    process.stdin.write(b"attack the supervisor\\n")
    process.stdin.flush()
    process.wait()
    print("over", flush=True)
    sys.stdin.readline()
"""


def _grader_dies(level: Level, *, attacked: bool) -> bool:
    word = uuid.uuid4().hex
    pipe = subprocess.PIPE
    with _folder() as work:
        argv = [sys.executable, "-c", GRADER, level, str(work), DAEMON, word]
        environment = {**os.environ, "PYTHONPATH": str(catalog.ROOT)}
        grader = subprocess.Popen(argv, stdin=pipe, stdout=pipe, env=environment)
        assert grader.stdin is not None
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"started\n"
        handles = _with_word(word)
        assert len(handles) > 3, "the daemon runs"
        if attacked:
            grader.stdin.write(b"go\n")
            grader.stdin.flush()
            assert grader.stdout.readline() == b"over\n"
        grader.kill()
        grader.communicate()
        return _gone(handles, SECONDS_TO_ESCAPE if attacked else SECONDS_FOR_A_HANG)


def orphans(level: Level) -> bool:
    held = _grader_dies(level, attacked=False)
    assert held
    return _expected(PROMISES[ORPHANED][LEVELS.index(level)]) or _grader_dies(level, attacked=True)


GONE = "All that it started is gone when it is ended"
ORPHANED = "All that it started is gone when the grader dies"
ATTACKS: dict[str, Holds] = {
    "The environment is a fixed one": environment,
    "No open file is inherited but the three streams": open_files,
    "There is no terminal": terminal,
    "It is not root, and can gain no rights": rights,
    "System calls that it has no use for are refused": system_calls,
    "The network is out of reach, this machine included": network,
    "Files that only the grader's user may read cannot be read": private_files,
    "Files that everybody may read cannot be read": public_files,
    "Nothing can be written outside the work folder": writing,
    "Other processes cannot be seen": seeing,
    "Other processes cannot be signaled": signals,
    "The number of processes is limited": processes,
    "CPU time and memory of each process are limited": cpu_and_memory,
    "The size of each file is limited": file_size,
    "The size and the number of all files are limited": all_files,
    GONE: daemons,
    ORPHANED: orphans,
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise(promise: str, level: Level) -> None:
    assert ATTACKS[promise](level) == _expected(PROMISES[promise][LEVELS.index(level)])


def test_the_promises_stand_in_the_security_policy() -> None:
    text = (catalog.ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert sandbox.promises_table() in text


WHAT_ANSWERS_NEED = """
import json, os, resource, threading
from pathlib import Path
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
child = os.fork()
if child == 0:
    resource.setrlimit(resource.RLIMIT_CPU, (3, 3))
    os._exit(resource.getrlimit(resource.RLIMIT_CPU)[0])
Path("note").write_text("kept")
print(json.dumps([
    os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]),
    Path("note").read_text(),
    Path(os.devnull).write_bytes(b"x"),
    len(os.urandom(3)),
]))
"""


@pytest.mark.parametrize("level", LEVELS)
class TestAnyLevel:
    def test_threads_forks_files_and_lower_limits_work(self, level: Level) -> None:
        assert _ask(level, WHAT_ANSWERS_NEED) == [3, "kept", 1, 3]

    def test_what_is_readable_is_read_and_imported(self, level: Level) -> None:
        with _folder() as folder, _folder() as work:
            (folder / "answers.py").write_text("NAME = __file__", encoding="utf-8")
            process = Sandbox(level).start(
                [sys.executable, "-c", "import answers; print(answers.NAME)"],
                readable=[folder],
                work=work,
                variables={"PYTHONPATH": str(folder)},
            )
            output, _ = process.communicate(timeout=SECONDS_FOR_A_HANG)
            assert output.decode().strip() == str(folder / "answers.py")
            assert [path.name for path in folder.iterdir()] == ["answers.py"]

    def test_langchain_is_imported(self, level: Level) -> None:
        packages = Path(sysconfig.get_path("purelib"))
        if not packages.is_dir() or not (packages / "langchain_core").is_dir():
            pytest.skip("the packages of the course are installed elsewhere")
        if sys.executable == str(OTHER_PYTHON):
            pytest.skip("another Python stands in for one that others cannot reach")
        code = "import langchain_core.language_models as it; print(len(it.__all__))"
        assert _ask(level, code, limits=Limits()) > 0

    def test_the_exit_status_is_told(self, level: Level) -> None:
        for code, status in (
            ("raise SystemExit(3)", 3),
            ("import ctypes; ctypes.string_at(0)", 128 + signal.SIGSEGV),
            ("import os; os.kill(os.getpid(), 9)", 128 + signal.SIGKILL),
        ):
            with _running(level, code) as process:
                assert process.communicate(timeout=SECONDS_FOR_A_HANG) == (b"", b"")
                assert process.returncode == status

    def test_a_program_that_is_not_there(self, level: Level) -> None:
        with _folder() as work:
            process = Sandbox(level).start(["/no/such/program"], readable=[], work=work)
            output, trouble = process.communicate(timeout=SECONDS_FOR_A_HANG)
        assert output == b""
        assert trouble.startswith(b"/no/such/program: No such file")
        assert process.returncode == 125

    def test_a_path_that_is_not_there(self, level: Level) -> None:
        with _folder() as work, pytest.raises(FileNotFoundError, match=r"/no/such/folder"):
            Sandbox(level).start([sys.executable], readable=[Path("/no/such/folder")], work=work)

    def test_an_endless_output_is_ended(self, level: Level) -> None:
        code = "import os\nwhile True: os.write(1, bytes(65536))"
        with _running(level, code) as process:
            assert process.stdout is not None
            assert len(process.stdout.read(2**20)) == 2**20
            Sandbox.kill(process)
            assert len(process.stdout.read()) <= 2**20, "no more than a pipe holds is left"

    def test_its_own_errors_lead_nowhere(self, level: Level) -> None:
        code = "import sys; sys.stderr.write('x' * 2**20); print('done')"
        with _running(level, code) as process:
            assert process.communicate(timeout=SECONDS_FOR_A_HANG) == (b"done\n", b"")

    def test_it_can_be_ended_twice_and_at_once(self, level: Level) -> None:
        with _running(level, "import signal; signal.pause()") as process:
            Sandbox.kill(process)
            Sandbox.kill(process)
            assert process.poll() is not None

    def test_neighbours_are_apart(self, level: Level) -> None:
        if level == "limits" and not AS_ROOT:
            pytest.skip("at this level all run as the user who grades")
        code = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
        with _running(level, code) as first:
            assert first.stdout is not None
            first.stdout.readline()
            handles = _with_word(code)
            assert handles
            for handle in handles.values():
                os.close(handle)
            assert _ask(level, SIGNAL, *handles) == []
            assert first.poll() is None


RESTLESS = """
import os, signal, sys
def fork():
    while True:
        try:
            return os.fork()
        except BlockingIOError:  # those that have ended still count until they are noticed
            pass
for _ in range(4):
    if fork() == 0:
        while True:
            if fork():
                os._exit(0)
print("started", flush=True)
signal.pause()
"""


@pytest.mark.parametrize("level", LEVELS)
def test_no_process_gets_away_by_forking_and_ending(level: Level) -> None:
    if level == "limits" and not AS_ROOT:
        pytest.skip("at this level one can get away")
    word = uuid.uuid4().hex
    for _ in range(3):
        with _running(level, RESTLESS, word) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"started\n"
            Sandbox.kill(process)
            assert process.returncode >= 0, "it ended in time, and was not killed itself"
            assert _gone(_with_word(word), seconds=0)


WITH_NAMESPACES: tuple[Level, ...] = ("bubblewrap", "namespaces")


@pytest.mark.parametrize("level", WITH_NAMESPACES)
class TestNamespaces:
    def test_all_ends_when_the_supervisor_is_killed(self, level: Level) -> None:
        word = uuid.uuid4().hex
        with _running(level, DAEMON, word) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"started\n"
            handles = _with_word(word)
            assert len(handles) > 3
            process.kill()
            assert _gone(handles, SECONDS_FOR_A_HANG)

    def test_nothing_else_is_in_the_root(self, level: Level) -> None:
        code = "import json, os; print(json.dumps([os.listdir('/'), os.getcwd()]))"
        found, work = _ask(level, code)
        needed = [*sandbox._python(), Path(sys.executable).resolve(), Path(work), Path("/dev")]
        assert set(found) == {path.parts[1] for path in needed}

    @pytest.mark.skipif(not AS_ROOT, reason="the tests above run as an ordinary user already")
    def test_an_ordinary_user_can_do_the_same(self, level: Level) -> None:
        if not OTHER_PYTHON.exists():
            pytest.skip("there is no Python that an ordinary user can reach for sure")
        with _folder() as folder, _folder(0o777) as work:
            course = folder / "course"
            course.mkdir()
            (course / "__init__.py").touch()
            shutil.copytree(catalog.ROOT / "course" / "sandbox", course / "sandbox")
            for path in folder.rglob("*"):
                path.chmod(0o755)
            for code, words, expected in (
                (RIGHTS, [], {"rights": [0, ""], "no_new": 1, "became": [False, False]}),
                (WRITE, ["/", "/dev", work.parent, folder], []),
                (READ, ["/etc/passwd", "/host/etc/passwd"], []),
                (OPEN_FILES, [], [0, 1, 2]),
            ):
                ran = subprocess.run(
                    [OTHER_PYTHON, "-B", "-c", GRADER, level, work, code, *map(str, words)],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    user=31_000,
                    group=31_000,
                    extra_groups=[],
                    env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)},
                    timeout=SECONDS_FOR_A_HANG,
                    check=False,
                )
                if b"CannotContain" in ran.stderr:
                    pytest.skip(ran.stderr.decode().splitlines()[-1])
                found = json.loads(ran.stdout)
                if code == RIGHTS:
                    assert found.pop("users") == [65534]
                assert found == expected


def test_the_strongest_level_works() -> None:
    level = sandbox.strongest()
    assert sandbox.why_not(level) == ""
    assert all(sandbox.why_not(one) for one in LEVELS[: LEVELS.index(level)])
    assert Sandbox().level == level


def test_a_level_that_does_not_work_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox._try.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    try:
        with pytest.raises(CannotContain, match="bubblewrap: the program bwrap is not installed"):
            Sandbox("bubblewrap")
        assert sandbox.strongest() != "bubblewrap"
        monkeypatch.setattr(sandbox, "_start", _cannot_start)
        sandbox._try.cache_clear()
        with pytest.raises(CannotContain, match="limits: that cannot be done"):
            sandbox.strongest()
    finally:
        sandbox._try.cache_clear()


def _cannot_start(*_: object) -> subprocess.Popen[bytes]:
    code = "import sys; sys.exit('that cannot be done')"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe)


class TestFilter:
    """The program for the kernel, run here for both processors."""

    @staticmethod
    def run(machine: str, architecture: int, number: int, *arguments: int) -> int:
        words = (number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
        data = struct.pack("=iIQ6Q", *words)
        program = list(struct.iter_unpack("HBBI", seccomp.program(machine)))
        place = value = 0
        while True:
            code, if_true, if_false, k = program[place]
            place += 1
            if code == 0x06:
                return int(k)
            if code == 0x20:
                (value,) = struct.unpack_from("I", data, k)
            elif code == 0x54:
                value &= k
            else:
                holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
                place += if_true if holds else if_false

    @pytest.mark.parametrize("machine", seccomp.ARCHITECTURES)
    def test_what_it_refuses(self, machine: str) -> None:
        allow, refuse, kill = 0x7FFF_0000, 0x0005_0000 | errno.EPERM, 0x8000_0000
        here = seccomp.ARCHITECTURES[machine]
        column = list(seccomp.ARCHITECTURES).index(machine)
        for numbers in seccomp.REFUSED.values():
            assert self.run(machine, here, numbers[column]) == refuse
        clone, ioctl, socketpair = [(56, 16, 53), (220, 29, 199)][column]
        read, write, prlimit = [(0, 1, 302), (63, 64, 261)][column]
        assert self.run(machine, here, read) == self.run(machine, here, write) == allow
        assert self.run(machine, here, 435) == 0x0005_0000 | errno.ENOSYS
        assert self.run(machine, here, clone, 17) == allow
        for bit in (17, 25, 26, 27, 28, 29, 30):
            assert self.run(machine, here, clone, 17 | 1 << bit) == refuse
        assert self.run(machine, here, ioctl, 0, 0x5401) == allow
        assert self.run(machine, here, ioctl, 0, 0x5412) == refuse
        assert self.run(machine, here, socketpair, 1, 1 | 0o2000000) == allow
        assert self.run(machine, here, socketpair, 1, 2) == refuse
        assert self.run(machine, here, socketpair, 2, 1) == refuse
        assert self.run(machine, here, prlimit, 0) == allow
        assert self.run(machine, here, prlimit, 77) == refuse
        assert self.run(machine, 0x4000_0003, read) == kill

    def test_the_second_numbers_of_x86_are_refused(self) -> None:
        here = seccomp.ARCHITECTURES["x86_64"]
        assert self.run("x86_64", here, 0x4000_0000 | 39) == 0x0005_0000 | errno.EPERM

    def test_no_number_stands_twice(self) -> None:
        for column in (0, 1):
            numbers = [both[column] for both in seccomp.REFUSED.values()]
            assert len(set(numbers)) == len(numbers)

    def test_an_unknown_processor_has_none(self) -> None:
        assert seccomp.program("vax") == b""


def test_the_work_folder_stays_empty_above_limits() -> None:
    level = sandbox.strongest()
    if level == "limits":
        pytest.skip("at this level the folder itself is written to")
    with _folder() as work:
        before = stat.S_IMODE(work.stat().st_mode), work.stat().st_uid
        process = Sandbox(level).start(
            [sys.executable, "-c", "open('file', 'w').write('x'); print('written')"],
            readable=[],
            work=work,
        )
        assert process.communicate(timeout=SECONDS_FOR_A_HANG)[0] == b"written\n"
        assert list(work.iterdir()) == []
        assert (stat.S_IMODE(work.stat().st_mode), work.stat().st_uid) == before


def test_each_level_is_told_in_words() -> None:
    told = {in_words(level) for level in (*LEVELS, "none")}
    assert len(told) == len(LEVELS) + 1
    assert not any("unknown" in words for words in told)
    assert in_words("a later one") == "Containment: a later one: unknown."


def test_what_is_weak_is_weaker_than_all_others() -> None:
    strong = {*LEVELS} - {*WEAK}
    assert strong
    assert max(map(strength, WEAK)) < min(map(strength, strong))
