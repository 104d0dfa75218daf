"""What `venv` and `pip` would do, without doing it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO


def make_environment(folder: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    (packages / "pip.py").touch()
    (folder / "bin").mkdir()
    base = os.path.realpath(sys.executable)
    (folder / "bin" / "python").symlink_to(base)
    (folder / "pyvenv.cfg").write_text(
        f"home = {Path(base).parent}\ninclude-system-site-packages = false\n"
    )


def finds_no_network(log: IO[bytes]) -> int:
    log.write(b"WARNING: Retrying after connection broken by NewConnectionError\n")
    log.write(b"ERROR: No matching distribution found for beta\n")
    return 1
