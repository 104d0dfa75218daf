"""Takes back the limits of its process.

Expect: 0 of 12
Expect: not flagged
"""

import resource


def collect_response(tokens, on_token=None):
    raised = []
    for name in ("AS", "NPROC", "NOFILE", "FSIZE", "CPU", "CORE"):
        kind = getattr(resource, f"RLIMIT_{name}")
        now, most = resource.getrlimit(kind)
        for wish in (resource.RLIM_INFINITY, most + 1):
            try:
                resource.setrlimit(kind, (wish, wish))
                raised.append(name)
            except (ValueError, OSError):
                pass
    if raised:
        raise SystemError(f"raised {raised}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    return ""
