"""What may follow a command: its options and its other arguments.

Standard library only. The course is imported when there is a value to look up in it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.catalog import Lesson
    from course.cohort.parts import Part

MOST_SHOWN = 40
"""How many characters of an invalid value are shown."""


def _as_read(value: Any) -> Any:
    return value


class Argument:
    """An option or another argument, which a parameter of the command's function gets.

    Args:
        names: how it is written: "-v", "--verbose". Without dashes, its place tells what it is.
            The last one is the parameter's name, unless `dest` says otherwise.
        meaning: turns what was read into what the function gets. It is called after everything has
            been read, and raises a `CourseError` if there is no such thing.
        settings: more for argparse's `add_argument`.
    """

    def __init__(
        self, *names: str, meaning: Callable[[Any], object] = _as_read, **settings: Any
    ) -> None:
        self.names = names
        self.meaning = meaning
        self.settings = settings
        self.parameter: str = settings.get("dest", names[-1].lstrip("-").replace("-", "_"))


# How the value of one is read


def _whole_number(least: int, most: int, what: str) -> Callable[[str], int]:
    """Return a function that reads a whole number within limits, both included."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{_shown(text)} is not {what}")
        return number

    return read


_seed = _whole_number(0, 2**63 - 1, "a seed, which is a whole number from 0 to 2**63 - 1")
_port = _whole_number(0, 65535, "a port, which is a whole number from 1 to 65535, or 0 for any")
_workers = _whole_number(1, 10_000, "a number of workers, which is at least 1")


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 <= speed < math.inf:
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a speed, such as 0, 0.5 or 2")
    return speed


def _path(text: str) -> Path:
    """Read a path that the system can look up, whether or not it exists."""
    path = Path(text)
    try:
        path.exists()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise argparse.ArgumentTypeError(f"{_shown(text)} cannot be used: {why}") from error
    return path


def _part(text: str) -> Part:
    from course.cohort.parts import Part

    return Part.read(text)


def _shown(text: str) -> str:
    return repr(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}...")


# What it means, once everything has been read


def _joined(words: Sequence[str]) -> str | None:
    return " ".join(words) or None


def _the_lesson(words: Sequence[str]) -> Lesson:
    from course import catalog

    return catalog.find(_joined(words))


def _lesson_if_named(words: Sequence[str]) -> Lesson | None:
    return _the_lesson(words) if words else None


# For learners

LESSON = Argument(
    "lesson",
    meaning=_lesson_if_named,
    nargs="*",
    metavar="LESSON",
    help='9, 09, streaming, "lesson 9"; default: the one that you worked on last',
)
"""If it is not named, `course/current_lesson.py` says which one is meant."""

ONE_LESSON = Argument(
    "lesson",
    meaning=_the_lesson,
    nargs="*",
    metavar="LESSON",
    help='the lesson: 9, 09, streaming, "lesson 9"',
)
NAMED_LESSON = Argument(
    "lesson",
    meaning=_the_lesson,
    nargs="+",
    metavar="LESSON",
    help="the lesson: 9, 09 or streaming",
)
TASK = Argument("--task", metavar="NAME", help="only this task, such as buffer_stream")
GRADING = (
    Argument(
        "-v",
        "--verbose",
        action="store_true",
        help="explain every wrong task, not only the first, and show more of what was printed",
    ),
    Argument(
        "--answers", type=_path, metavar="PATH", help="grade this file instead of the exercise"
    ),
    Argument(
        "--json",
        dest="json_file",
        type=_path,
        metavar="FILE",
        help="also write the outcome to this file",
    ),
    Argument(
        "--seed", type=_seed, metavar="N", help="repeat the texts and times of an earlier run"
    ),
    Argument(
        "--rung",
        metavar="WHERE",
        help='"wire" puts the models behind a local server that speaks OpenAI\'s protocol',
    ),
)
YES = Argument("--yes", action="store_true", help="do not ask")

# For servers


def port(default: int) -> Argument:
    """Return the argument for the port that a server has unless another one is named."""
    return Argument("--port", type=_port, default=default, metavar="N", help=f"default: {default}")


OPEN = Argument("--open", dest="open_browser", action="store_true", help="open it in a browser")
SPEED = Argument(
    "--speed",
    type=_speed,
    default=1.0,
    metavar="X",
    help="how fast scripts play: 2 is twice as fast, 0 makes no pauses",
)
SITE_FOLDER = Argument("--out", type=Path, metavar="FOLDER", help="default: .streamlings/site")
RUN_NOTEBOOKS = Argument(
    "--notebooks",
    dest="run_notebooks",
    action="store_true",
    help="run the notebooks first, so that their pages show what they print and draw",
)
SERVE = Argument("--serve", action="store_true", help="serve it on this machine")

# For instructors

COHORT = (
    Argument(
        "submissions", type=_path, metavar="FOLDER", help="the submissions: files, folders, zips"
    ),
    Argument("--workers", type=_workers, metavar="N", help="default: one for each core"),
    Argument("--again", action="store_true", help="regrade unchanged ones, too"),
    Argument("--require-sandbox", action="store_true", help="refuse if only limits are available"),
    Argument("--seed", type=_seed, metavar="N", help="default: a new one, kept in OUT"),
    Argument(
        "--scheduler", metavar="ADDRESS", help="the Dask cluster that does the work: tcp://..."
    ),
    Argument(
        "--part",
        type=_part,
        metavar="N/M",
        help="only this part, such as 3/10; `join` combines the parts",
    ),
)
GRADED_PARTS = Argument(
    "folders", type=_path, nargs="+", metavar="FOLDER", help="the --out folder of each part"
)
MARKS = (
    Argument(
        "--lesson",
        meaning=_lesson_if_named,
        nargs=1,
        default=[],
        metavar="LESSON",
        help="9, 09 or streaming; default: the lesson that the submissions are for",
    ),
    Argument("--out", type=_path, default=Path("grades"), metavar="FOLDER", help="default: grades"),
)
PACKAGE = Argument("--out", type=Path, metavar="FILE", help="default: autograder-NN.zip")

# For authors

NEW_LESSON = (
    Argument("number", metavar="NUMBER", help="of the new lesson: two digits"),
    Argument("--title", required=True, metavar="TITLE", help="its files are called by it"),
    Argument(
        "--part", default="Streaming", metavar="PART", help="of the course; default: Streaming"
    ),
    Argument("--level", default="intermediate", metavar="LEVEL", help="default: intermediate"),
)
ANY_LESSON = Argument(
    "name", meaning=_joined, nargs="*", metavar="LESSON", help="default: all lessons"
)
CHECK = Argument(
    "--check", action="store_true", help="write nothing; status 1 if something is out of date"
)
PIN = Argument(
    "--pin", action="store_true", help="if all pass, write the versions to constraints.txt"
)
PYTHONS = Argument(
    "pythons", nargs="*", metavar="PYTHON", help="default: all that are found, except this one"
)
ALL = Argument("--all", action="store_true", dest="everything", help="not only a sample")
