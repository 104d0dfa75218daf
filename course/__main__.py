"""Start of `python -m course`.

This file and `course/__init__.py` keep to the syntax of Python 3.6, so that an old Python reads
them and can say what is missing. Everything else is imported after the version is known.
"""

import sys

OLDEST_PYTHON = (3, 11)


def too_old(version: "tuple[int, int]", interpreter: str) -> str:
    """Return one sentence about a Python that is too old, or "" for one that will do."""
    if version >= OLDEST_PYTHON:
        return ""
    wanted, found = ("{}.{}".format(*pair) for pair in (OLDEST_PYTHON, version))
    return f"Streamlings needs Python {wanted} or newer, and {interpreter} is Python {found}."


def main() -> int:
    """Run the command line and return its exit status."""
    problem = too_old(sys.version_info[:2], sys.executable)
    if problem:
        sys.stderr.write(problem + "\n")
        return 2
    from course import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
