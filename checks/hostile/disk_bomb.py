"""Fills the folder that it can write to, with one large file, many small ones, and deep folders.

Expect: 0 of 12
Expect: may be flagged
"""

import os
from pathlib import Path


def write_stream(tokens, out):
    try:
        with open("large", "wb") as file:
            for _ in range(128):
                file.write(bytes(2**20))
    except OSError:
        pass
    try:
        for number in range(12_000):
            Path(f"small-{number}").touch()
    except OSError:
        pass
    return 0


def collect_response(tokens, on_token=None):
    try:
        for _ in range(300):
            os.mkdir("deep")
            os.chdir("deep")
    except OSError:
        pass
    return ""
