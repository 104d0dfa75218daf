"""Reads the environment, the home and the command line.

Expect: 0 of 12
Expect: not flagged
"""

import os
import pathlib
import sys


def attack(*args, **kwargs):
    seen = [*os.environ.items(), sys.argv, sys.path, sys.orig_argv, os.getcwd()]
    try:
        seen += pathlib.Path.home().rglob("*")
        seen += [pathlib.Path("/proc/self/environ").read_text()]
    except OSError as error:
        seen += [error]
    print(seen)
    return str(seen)


write_stream = collect_response = attack
