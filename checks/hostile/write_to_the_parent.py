"""Writes into the memory of the process that starts others.

Expect: 0 of 12
Expect: not flagged
"""

import ctypes
import os

LIBRARY = ctypes.CDLL(None, use_errno=True)


def collect_response(tokens, on_token=None):
    parent, done = os.getppid(), []
    for process in (parent, 1):
        for name in ("mem", "maps", "environ", "fd/0"):
            try:
                os.close(os.open(f"/proc/{process}/{name}", os.O_RDONLY))
                done.append(name)
            except OSError:
                pass
        if LIBRARY.ptrace(16, process, 0, 0) == 0:
            done.append("ptrace")
        if LIBRARY.process_vm_readv(process, b"", 0, b"", 0, 0) == 0:
            done.append("process_vm_readv")
    if done:
        os._exit(9)  # which is flagged
    return ""
