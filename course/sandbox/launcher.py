"""Stands between the grader and what it contains: `python -I -S launcher.py PLAN`.

`course.sandbox.sandbox` starts it, and makes the plan. It runs as two or three processes:

    supervisor    outside. Ends all the others when it gets SIGTERM, when the grader dies, and
                  when the contained program ends.
    first         process 1 of the new process namespace. Gives up all rights and waits. It ends
                  with the program or the supervisor, and the kernel then ends everything left in
                  the namespace.
    the program   what `Sandbox.start` was asked for.

At the level "limits" there is no namespace, and no first process.

It uses only the standard library, and little of it: each import costs time at every start. Problems
before the program runs are reported on standard error, which the program does not get.
"""

# pathlib and contextlib would be imported for this alone
# ruff: noqa: PTH102, PTH103, PTH106, PTH110, PTH112, PTH120, PTH123, PTH208, PTH211, SIM105

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import select
import signal
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypedDict

    class Plan(TypedDict):
        """What to start, and how it is contained. Paths are absolute."""

        stage: str  # "supervise", or "enter" for the part that bubblewrap starts
        level: str
        grader: int  # the process that has to stay alive
        argv: list[str]
        environment: dict[str, str]
        work: str
        mounts: list[tuple[str, str]]  # source, and where it is seen; sorted by depth
        devices: list[str]
        links: list[tuple[str, str]]  # its target, and where it is
        bubblewrap: list[str]  # its command, up to the program to run
        users: tuple[int, int] | None  # the first unused one, and how many; None to stay who we are
        user: int | None  # the one that the supervisor picks
        killer: int | None  # one more that nobody is
        alive: int  # a pipe whose other end closes when the supervisor is gone
        limits: dict[str, int]
        seccomp: str  # the filter, in base 64; empty if this processor has none


CANNOT_START = 125
"""The exit status when the program could not be started."""

ON_LINUX = sys.platform == "linux"
INSIDE = 65534
"""The user inside a user namespace."""
MOST_FILES = 10_000
"""Files and folders in the work folder; each takes kernel memory, even an empty one."""

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 22, 24, 36
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND = 1, 2, 4, 8, 4096
MS_REC, MS_PRIVATE, MNT_DETACH = 16384, 1 << 18, 2
AT_RECURSIVE, MOUNT_SETATTR, PIVOT_ROOT = 0x8000, 442, {"x86_64": 155, "aarch64": 41}
CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000

library = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: int | str | bytes | None) -> int:
    """Calls a function of the C library. Raises OSError, with the name, if it fails."""
    words = [
        ctypes.c_ulong(one) if isinstance(one, int) else os.fsencode(one) if one else None
        for one in arguments
    ]
    status: int = getattr(library, name)(*words)
    if status < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return status


def supervise(plan: Plan) -> int:
    """Runs the plan until it ends, or has to. Returns the exit status: 128 + N for signal N."""
    awake = wake_at_signals()
    ending: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ending.append(number))
    events = select.poll()
    events.register(awake, select.POLLIN)
    if ON_LINUX:
        call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        grader = os.pidfd_open(plan["grader"])
        events.register(grader, select.POLLIN)
    pick_user(plan)
    if plan["level"] == "namespaces":
        leave_processes(plan)
    plan["alive"], self_alive = os.pipe()
    program = os.fork()
    if program == 0:
        os.close(self_alive)
        run(plan)
    os.close(plan["alive"])
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    status = 128 + signal.SIGKILL
    while not ending and os.getppid() == plan["grader"]:
        ready = [one for one, _ in events.poll(None if ON_LINUX else 200)]
        if ON_LINUX and grader in ready:
            break
        if awake in ready:
            os.read(awake, 4096)
        ended = reap()
        if program in ended:
            status = ended[program]
            break
    end(plan, program)
    return status


def wake_at_signals() -> int:
    """A pipe that can be read from as soon as a child has ended."""
    awake, waker = os.pipe()
    os.set_blocking(awake, False)
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return awake


def pick_user(plan: Plan) -> None:
    """Picks a separate user for the program, so that it shares no counts and no rights."""
    if plan["users"] is None:
        return
    first, count = plan["users"]
    user = first + 2 * (os.getpid() % (count // 2))
    plan["user"], plan["killer"] = user, user + 1
    if plan["level"] == "limits":
        os.chown(plan["work"], user, user)


def reap() -> dict[int, int]:
    """The processes that have ended by now, with their status."""
    ended = {}
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = status_of(found[1])
    except ChildProcessError:
        pass
    return ended


def status_of(wait_status: int) -> int:
    status = os.waitstatus_to_exitcode(wait_status)
    return status if status >= 0 else 128 - status


def end(plan: Plan, program: int) -> None:
    """Kills everything below this process, and returns when it is gone.

    When process 1 of a namespace is killed, all others in it are too. Without a namespace, the
    children of what is killed become children of this process, and are killed next.
    """
    while True:
        if plan["level"] == "limits":
            kill_user(plan)
        for process in children() if ON_LINUX else [program]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
        reap()


def kill_user(plan: Plan) -> None:
    """Kills all processes of the contained user at once, faster than they can fork.

    The process that does it becomes that user only in effect: they cannot signal it in turn.
    """
    user, killer = plan["user"], plan["killer"]
    if not user or not killer or not ON_LINUX:
        return
    process = os.fork()
    if process == 0:
        try:
            os.setgroups([])
            os.setresgid(killer, killer, killer)
            os.setresuid(killer, user, killer)
            if os.getresuid() == (killer, user, killer):
                os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(process, 0)


def children() -> list[int]:
    """The processes whose parent is this one."""
    me, found = os.getpid(), []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb") as stream:
                    parent = int(stream.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError):  # it has ended in the meantime
                continue
            if parent == me:
                found.append(int(name))
    return found


def run(plan: Plan) -> None:
    """The child of the supervisor: contains itself and becomes the program. Does not return."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if ON_LINUX:
            offer_to_be_killed()
        if plan["level"] == "bubblewrap":
            inner = {**plan, "stage": "enter"}
            os.set_inheritable(plan["alive"], True)
            command = plan["bubblewrap"]
            os.execv(command[0], [*command, json.dumps(inner)])
        if plan["level"] == "namespaces":
            make_root(plan)
        enter(plan)
    except BaseException as problem:
        os.write(2, f"{problem}\n".encode(errors="replace"))
    os._exit(CANNOT_START)


def leave_processes(plan: Plan) -> None:
    """Puts the next child into a new process namespace, of which it is process 1."""
    flags = CLONE_NEWPID
    me, group = os.geteuid(), os.getegid()
    if plan["user"] is None:
        flags |= CLONE_NEWUSER
    call("unshare", flags)
    if plan["user"] is None:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{INSIDE} {me} 1"),
            ("gid_map", f"{INSIDE} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as stream:
                stream.write(text)


def make_root(plan: Plan) -> None:
    """Leaves the host's network and files: the new root holds what the plan lists, read-only."""
    call("unshare", CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
    call("mount", None, "/", None, MS_REC | MS_PRIVATE, None)
    base = plan["work"]
    call("mount", "tmpfs", base, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755")
    os.chdir(base)
    os.mkdir("host")
    call("syscall", PIVOT_ROOT[os.uname().machine], ".", "host")
    os.chdir("/")
    for source, path in plan["mounts"]:
        show(f"/host{source}", path, MS_RDONLY | MS_NOSUID | MS_NODEV)
    for path in plan["devices"]:
        show(f"/host{path}", path, MS_RDONLY | MS_NOSUID | MS_NOEXEC)
    for target, path in plan["links"]:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    os.makedirs(base, exist_ok=True)
    call("umount2", "/host", MNT_DETACH)
    os.rmdir("/host")
    set_flags("/", MS_RDONLY, 0)


def show(source: str, path: str, flags: int) -> None:
    """Makes a file or folder visible at `path`, with everything that is mounted below it."""
    if os.path.isdir(source):
        os.makedirs(path, exist_ok=True)
    elif not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    call("mount", source, path, None, MS_BIND | MS_REC, None)
    set_flags(path, flags, AT_RECURSIVE)


def set_flags(path: str, flags: int, how: int) -> None:
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)
    call("syscall", MOUNT_SETATTR, -1, path, how, attributes, len(attributes))


def enter(plan: Plan) -> None:
    """Gives up all rights and starts the program. Returns only if that fails."""
    namespace = plan["level"] != "limits"
    nothing = os.open(os.devnull, os.O_RDWR)
    user, work = plan["user"], plan["work"]
    if namespace:
        owner = INSIDE if user is None else user
        size = f"size={plan['limits']['written_bytes']},nr_inodes={MOST_FILES}"
        how = f"{size},mode=0700,uid={owner},gid={owner}"
        call("mount", "tmpfs", work, "tmpfs", MS_NOSUID | MS_NODEV, how)
    set_limits(plan["limits"])
    if ON_LINUX:
        for capability in range(64):
            library.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    os.chdir(work)
    if ON_LINUX:
        give_up_rights(plan)
    awake = wake_at_signals()
    program = os.fork() if namespace else 0
    if program == 0:
        os.setsid()
        os.set_inheritable(plan["alive"], False)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        trouble = os.dup(2)
        os.dup2(nothing, 2)
        try:
            os.execve(plan["argv"][0], plan["argv"], plan["environment"])
        except OSError as problem:
            who = "" if user is None else f" (tried as user {user}, not as the grader's)"
            text = f"{plan['argv'][0]}: {problem.strerror}{who}\n"
            os.write(trouble, text.encode(errors="replace"))
        os._exit(CANNOT_START)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    events = select.poll()
    events.register(awake, select.POLLIN)
    events.register(plan["alive"], 0)
    while True:
        ready = [one for one, _ in events.poll()]
        if plan["alive"] in ready:
            os._exit(CANNOT_START)
        os.read(awake, 4096)
        ended = reap()
        if program in ended:
            os._exit(ended[program])


def offer_to_be_killed() -> None:
    """If the machine runs out of memory, the kernel ends this first, not the grader."""
    with open("/proc/self/oom_score_adj", "w") as stream:
        stream.write("1000")


def set_limits(limits: dict[str, int]) -> None:
    for name, value in (
        ("CORE", 0),
        ("MEMLOCK", 0),
        ("MSGQUEUE", 0),
        ("AS", limits["memory_bytes"]),
        ("NPROC", limits["processes"]),
        ("NOFILE", limits["open_files"]),
        ("FSIZE", limits["written_bytes"]),
        ("CPU", limits["cpu_seconds"]),
    ):
        kind = getattr(resource, f"RLIMIT_{name}", None)  # not every system has every one
        if kind is None:
            continue
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            value = min(value, most)
        # Over the first of the two, SIGXCPU asks to end; over the second, the kernel ends it.
        grace = int(name == "CPU" and value != most)
        resource.setrlimit(kind, (value, value + grace))


def give_up_rights(plan: Plan) -> None:
    """Drops all capabilities for good, loads the filter, and ties this process to its parent."""
    library.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    call("capset", struct.pack("Ii", 0x20080522, 0), bytes(24))
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a change of user resets it
    check = select.poll()
    check.register(plan["alive"], 0)
    if check.poll(0):
        os._exit(CANNOT_START)  # the parent was gone before that
    if plan["seccomp"]:
        text = ctypes.create_string_buffer(base64.b64decode(plan["seccomp"]))
        length = (len(text) - 1) // 8
        load = struct.pack("HxxxxxxP", length, ctypes.addressof(text))
        call("prctl", PR_SET_SECCOMP, 2, load, 0, 0)


def main() -> None:
    plan: Plan = json.loads(sys.argv[1])
    if plan["stage"] == "supervise":
        sys.exit(supervise(plan))
    try:
        enter(plan)
    except BaseException as problem:
        os.write(2, f"{problem}\n".encode(errors="replace"))
    os._exit(CANNOT_START)


if __name__ == "__main__":
    main()
