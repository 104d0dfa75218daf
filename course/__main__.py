"""Start of `python -m course`. Everything is imported after the version of Python is known."""

import sys

from course.versions import too_old


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
