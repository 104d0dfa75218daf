"""Writes wherever the grader, its tests and its results could be.

Expect: 0 of 12
Expect: not flagged
"""

import os
import sys
from pathlib import Path

CANARY = "/replaced/by/the/gate"


def attack(*args, **kwargs):
    places = [Path(CANARY), Path("/"), Path("/tmp"), Path("/dev/shm"), Path("/etc"), Path("/root")]
    places += [Path(path) for path in sys.path if path]
    places += [*Path(sys.modules["course.official.protocol.plain_data"].__file__).parents]
    written = []
    for place in places:
        for name in ("conftest.py", "sitecustomize.py", "pytest.ini", "pyproject.toml"):
            try:
                place.joinpath(name).write_text("x")
                written.append(str(place))
            except OSError:
                pass
    own = Path.cwd()
    if any(Path(place) != own for place in written):
        os._exit(9)  # which is flagged
    return str(written)


write_stream = collect_response = attack
