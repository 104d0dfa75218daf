"""Which Pythons the course supports, and which it is tested with.

This file sticks to the syntax of Python 3.6, as do `course/__init__.py` and `course/__main__.py`.
So an old Python can read them and say what is missing.
"""

OLDEST_PYTHON = (3, 11)
NEWEST_TESTED_PYTHON = (3, 14)
TESTED_PYTHONS = "{}.{} to {}.{}".format(*OLDEST_PYTHON, *NEWEST_TESTED_PYTHON)


def too_old(version: "tuple[int, int]", interpreter: str) -> str:
    """Return one sentence about a Python that is too old, or "" if it is new enough."""
    if version >= OLDEST_PYTHON:
        return ""
    wanted, found = ("{}.{}".format(*pair) for pair in (OLDEST_PYTHON, version))
    return f"Streamlings needs Python {wanted} or newer, and {interpreter} is Python {found}."
