"""Starts `python -m course`, and `python -I course`, which nothing from outside disturbs.

Everything is imported after the version of Python is known.
"""

import os
import sys


def look_here_last() -> None:
    """Keep the learner's files from taking the place of modules.

    Python looks for modules first where it was started (`python -m course`) or in this very folder
    (`python course`), and then where PYTHONPATH says.
    """
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - imports nothing
    root = os.path.dirname(here)  # noqa: PTH120
    outside = [here, root]
    outside += filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    outside = [os.path.abspath(folder) for folder in outside]  # noqa: PTH100
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) not in outside]  # noqa: PTH100
    sys.path.append(root)


def main() -> int:
    """Run the command line and return its exit status."""
    from course.versions import too_old

    problem = too_old(sys.version_info[:2], sys.executable)
    if problem:
        sys.stderr.write(problem + "\n")
        return 2
    from course import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    look_here_last()
    sys.exit(main())
