"""The system calls that the kernel refuses to learner code: a program for seccomp.

Nearly all of them need a privilege that contained code lacks anyway. Refusing them keeps it away
from the parts of the kernel in which such checks have failed before. Ordinary Python, with
threads, forks and an event loop, needs none of them.
"""

from __future__ import annotations

import errno
import struct

ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
"""The processors that this module has numbers for, with the kernel's number of each."""

REFUSED: dict[str, tuple[int, int]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # namespaces and the tree of files
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "acct": (163, 89),
    # large parts of the kernel that answers have no use for
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    # the machine
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "syslog": (103, 116),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "personality": (135, 92),
    "vhangup": (153, 58),
    # memory that counts for no process, or stays when all processes have ended
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # the network; `socketpair` is enough for an event loop
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
}
"""System call -> its number on x86_64 and on aarch64."""

_ONLY_X86 = {"iopl": 172, "ioperm": 173, "modify_ldt": 154, "uselib": 134}
_CLONE3 = 435
_X32 = 0x4000_0000
"""Where the second set of numbers for the same calls begins on x86_64."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
"""The instructions of BPF that are used here."""
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Where the kernel puts them, in bytes; each argument has 8, the lower half first."""
_ALLOW, _KILL, _REFUSE = 0x7FFF_0000, 0x8000_0000, 0x0005_0000


_NEW_NAMESPACES = 0x7E02_0000
"""All `CLONE_NEW...` flags that `clone` knows."""
_AF_UNIX, _SOCK_STREAM, _TIOCSTI = 1, 1, 0x5412
_ALL_BITS = 0xFFFF_FFFF

_BY_ARGUMENT: tuple[tuple[tuple[int, int], int, int, int, int, bool], ...] = (
    ((56, 220), 0, _ALL_BITS, _ANY_BIT, _NEW_NAMESPACES, False),  # clone
    ((16, 29), 1, _ALL_BITS, _EQUAL, _TIOCSTI, False),  # ioctl, to type into a terminal
    ((53, 199), 0, _ALL_BITS, _EQUAL, _AF_UNIX, True),  # socketpair
    ((53, 199), 1, 0xF, _EQUAL, _SOCK_STREAM, True),  # datagrams could go elsewhere
    ((302, 261), 0, _ALL_BITS, _EQUAL, 0, True),  # prlimit, of another process
)
"""Refused because of an argument: numbers, position, mask, test, value, wanted or unwanted."""


def program(machine: str) -> bytes:
    """The filter as the kernel reads it: an array of `struct sock_filter`.

    Args:
        machine: the processor as `platform.machine()` calls it.

    Returns:
        The program. It is empty for a processor that is not in `ARCHITECTURES`.
    """
    if machine not in ARCHITECTURES:
        return b""
    column = list(ARCHITECTURES).index(machine)
    refused = [numbers[column] for numbers in REFUSED.values()]
    if machine == "x86_64":
        refused += _ONLY_X86.values()
    refuse = _REFUSE | errno.EPERM
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, refuse)]
    for number in refused:
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, refuse)]
    # The flags of clone3 are in memory, which a filter cannot read. Without it, clone is used.
    lines += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _REFUSE | errno.ENOSYS)]
    for numbers, argument, mask, test, value, wanted in _BY_ARGUMENT:
        lines += [
            (_EQUAL, 0, 5, numbers[column]),
            (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
            (_AND, 0, 0, mask),
            (test, int(wanted), int(not wanted), value),
            (_RETURN, 0, 0, refuse),
            (_LOAD, 0, 0, _NUMBER),
        ]
    lines += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)
