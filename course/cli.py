"""The command line: `python -m course COMMAND`, which is also what make calls.

Standard library only. Each command imports what it needs when it is called. So starting, `--help`
and a typo cost nothing, and they work before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from course import environment
from course.environment import LEARNER, PROGRAM

LOOP = """\
Streamlings: small exercises for streaming LLM applications.

  1  {program} lessons       choose a lesson
  2  {program} test 09       see its tasks, and which one is first
  3  edit exercises/09_streaming.py; read lessons/09_streaming/ alongside
  4  {program} watch 09      get the verdict after each save
  5  {program} hint 09       when stuck
  6  {program} solution 09   when done, compare with the reference
"""
EXIT_STATUS = "Exit status: 0 all passed, 1 not all passed, 2 invalid request, 3 the course failed."

Enter = Callable[[Iterable[str]], None]

MOST_SHOWN = 40
"""How many characters of an invalid value are shown."""


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, and what would be right."""

    examples: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        """End the process with status 2."""
        said = message.removeprefix("argument ").rstrip(".")
        option = said.split()[0].rstrip(":")
        fitting = [example for example in self.examples if f" {option} " in example]
        example = (*fitting, *self.examples)[0]
        self.exit(2, f"{self.prog}: {said}. For example: {example}\n")


class Command:
    """One word of the command line.

    Args:
        name: the word.
        summary: what it does, one line.
        run: does it, and returns the exit status.
        groups: what has to be installed. If empty, nothing is set up for it.
        more: the groups that some options need in addition.
        arguments: adds the options and the other arguments.
        usage: what follows the word, in short.
        details: what else `--help` says, in lines.
        examples: what to type after the program's name.
        make: an example for make, if that is typed differently.
        passes_on: whether options that are not ours go to another program.
        reaches_out: whether it may talk to other machines, as the shell says.
        tells_lesson: whether it finds out on its own which lesson is meant.
    """

    def __init__(
        self,
        name: str,
        summary: str,
        run: Callable[[argparse.Namespace], int],
        groups: Sequence[str] = (LEARNER,),
        more: Callable[[argparse.Namespace], Sequence[str]] = lambda options: (),
        arguments: Sequence[Callable[[argparse.ArgumentParser], object]] = (),
        usage: str = "",
        details: str = "",
        examples: Sequence[str] = (),
        make: str = "",
        passes_on: bool = False,
        reaches_out: bool = False,
        tells_lesson: bool = False,
    ) -> None:
        self.name = name
        self.summary = summary
        self.run = run
        self.groups = groups
        self.more = more
        self.arguments = arguments
        self.usage = usage
        self.details = details
        self.examples = examples or (name,)
        self.make = make
        self.passes_on = passes_on
        self.reaches_out = reaches_out
        self.tells_lesson = tells_lesson

    def parser(self) -> Parser:
        """Return the parser of what follows the word."""
        shown = "\n".join(f"  {PROGRAM} {example}" for example in self.examples)
        parser = Parser(
            prog=f"{PROGRAM} {self.name}",
            usage=f"{PROGRAM} {self.name} {self.usage}".rstrip(),
            description="\n\n".join(filter(None, [f"{self.summary}.", self.details])),
            epilog=f"for example:\n{shown}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        through_make = self.make and "MAKELEVEL" in os.environ
        ours = [f"{PROGRAM} {example}" for example in self.examples]
        parser.examples = [self.make] if through_make else ours
        for add in self.arguments:
            add(parser)
        return parser

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Return the options; an error in them ends the process with status 2."""
        if not self.passes_on:
            return _refusing_empty(self.parser(), words).parse_args(words)
        options, rest = self.parser().parse_known_args(words)
        options.rest = rest
        return options


def _refusing_empty(parser: Parser, words: Sequence[str]) -> Parser:
    """Return the parser, unless a word is empty, as when a variable is not set."""
    before = ""
    for word in words:
        name, equals, value = word.partition("=")
        if not word.strip() or (name.startswith("--") and equals and not value.strip()):
            option = name if equals else before
            parser.error(f"{option} has no value" if option else "an argument is empty")
        before = word if word.startswith("--") else ""
    return parser


# What may follow the word


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


SEED = _whole_number(0, 2**63 - 1, "a seed, which is a whole number from 0 to 2**63 - 1")
PORT = _whole_number(0, 65535, "a port, which is a whole number from 1 to 65535, or 0 for any")
WORKERS = _whole_number(1, 10_000, "a number of workers, which is at least 1")


def _path(text: str) -> Path:
    """Read a path that the system can look up, whether or not it exists."""
    path = Path(text)
    try:
        path.exists()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise argparse.ArgumentTypeError(f"{_shown(text)} cannot be used: {why}") from error
    return path


def _part(text: str) -> object:
    from course.cohort.parts import Part

    return Part.read(text)


def _speed_factor(text: str) -> float:
    import math

    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 <= speed < math.inf:
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a speed, such as 0, 0.5 or 2")
    return speed


def _shown(text: str) -> str:
    return repr(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}...")


def _lesson(parser: argparse.ArgumentParser) -> None:
    _add_lesson(parser, "*", 'the lesson: 9, 09, streaming, "lesson 9"')


def _named_lesson(parser: argparse.ArgumentParser) -> None:
    _add_lesson(parser, "+", "the lesson: 9, 09 or streaming")


def _add_lesson(parser: argparse.ArgumentParser, count: str, explanation: str) -> None:
    parser.add_argument("lesson", nargs=count, metavar="LESSON", help=explanation)


def _task(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", metavar="NAME", help="only this task, such as buffer_stream")


def _grading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="explain every wrong task, not only the first, and show more of what was printed",
    )
    parser.add_argument(
        "--answers", type=_path, metavar="PATH", help="grade this file instead of the exercise"
    )
    parser.add_argument(
        "--json", type=_path, metavar="FILE", help="also write the outcome to this file"
    )
    parser.add_argument(
        "--seed", type=SEED, metavar="N", help="repeat the texts and times of an earlier run"
    )
    parser.add_argument(
        "--rung",
        metavar="WHERE",
        help='"wire" puts the models behind a local server that speaks OpenAI\'s protocol',
    )


def _yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="write nothing; status 1 if something is out of date"
    )


def _pin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pin", action="store_true", help="if all pass, write the versions to constraints.txt"
    )


def _pythons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "pythons", nargs="*", metavar="PYTHON", help="default: all that are found, except this one"
    )


def _port(default: int) -> Callable[[argparse.ArgumentParser], object]:
    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=PORT, default=default, metavar="N", help=f"default: {default}"
        )

    return add


def _cohort(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "submissions", type=_path, metavar="FOLDER", help="the submissions: files, folders, zips"
    )
    parser.add_argument("--workers", type=WORKERS, metavar="N", help="default: one for each core")
    parser.add_argument("--again", action="store_true", help="regrade unchanged ones, too")
    parser.add_argument(
        "--require-sandbox", action="store_true", help="refuse if only limits are available"
    )
    parser.add_argument("--seed", type=SEED, metavar="N", help="default: a new one, kept in OUT")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="the Dask cluster that does the work: tcp://..."
    )
    parser.add_argument(
        "--part",
        type=_part,
        metavar="N/M",
        help="only this part, such as 3/10; `join` combines the parts",
    )


def _graded_parts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders", type=_path, nargs="+", metavar="FOLDER", help="the --out folder of each part"
    )


def _marks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lesson",
        nargs=1,
        default=[],
        metavar="LESSON",
        help="9, 09 or streaming; default: the lesson that the submissions are for",
    )
    parser.add_argument(
        "--out", type=_path, default=Path("grades"), metavar="FOLDER", help="default: grades"
    )


def _package(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: autograder-NN.zip")


def _new_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help="of the new lesson: two digits")


def _about_it(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--title", required=True, metavar="TITLE", help="its files are called by it"
    )
    parser.add_argument(
        "--part", default="Streaming", metavar="PART", help="of the course; default: Streaming"
    )
    parser.add_argument(
        "--level", default="intermediate", metavar="LEVEL", help="default: intermediate"
    )


def _any_lesson(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("which", nargs="*", metavar="LESSON", help="default: all lessons")


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--open", action="store_true", help="open it in a browser")


def _speed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--speed",
        type=_speed_factor,
        default=1.0,
        metavar="X",
        help="how fast scripts play: 2 is twice as fast, 0 makes no pauses",
    )


# What the commands do


def _run_test(options: argparse.Namespace) -> int:
    from course.grade.command import run

    return run(
        options.lesson,
        answers=options.answers,
        verbose=options.verbose,
        json_file=options.json,
        seed=options.seed,
        task=options.task,
        rung=options.rung,
    )


def _run_watch(options: argparse.Namespace) -> int:
    from course.learn.watch import run

    return run(options.lesson)


def _run_hint(options: argparse.Namespace) -> int:
    from course.learn.hints import run

    return run(options.lesson, options.task)


def _run_debug(options: argparse.Namespace) -> int:
    from course.learn.debug import run

    return run(options.lesson, options.task)


def _run_status(options: argparse.Namespace) -> int:
    from course.learn.status import run

    return run()


def _run_lessons(options: argparse.Namespace) -> int:
    from course.learn.lessons import run

    return run()


def _run_reset(options: argparse.Namespace) -> int:
    from course.learn.reset import run

    return run(options.lesson, options.yes)


def _run_solution(options: argparse.Namespace) -> int:
    from course.learn.reveal import run

    return run(options.lesson, options.yes)


def _run_doctor(options: argparse.Namespace) -> int:
    from course.learn.doctor import run

    return run()


def _run_demo(options: argparse.Namespace) -> int:
    from course.learn.demo import run

    return run(options.lesson)


def _run_grade(options: argparse.Namespace) -> int:
    from course.cohort.command import run

    return run(
        options.submissions,
        options.lesson,
        options.out,
        options.workers,
        options.again,
        options.require_sandbox,
        options.seed,
        options.scheduler,
        part=options.part,
    )


def _run_join(options: argparse.Namespace) -> int:
    from course.cohort.join import run

    return run(options.folders, options.lesson, options.out)


def _run_gradescope(options: argparse.Namespace) -> int:
    from course.author.gradescope import run

    return run(options.lesson, options.out)


def _run_serve(options: argparse.Namespace) -> int:
    from course.fakes.openai.serve import run

    return run(options.port, options.speed)


def _run_chat(options: argparse.Namespace) -> int:
    from course.web.app import run

    return run(options.port, options.open)


def _run_notebook(options: argparse.Namespace) -> int:
    from course.author.notebooks import open_in_jupyter

    return open_in_jupyter(options.lesson, options.rest)


def _run_new(options: argparse.Namespace) -> int:
    from course.author.new_lesson import run

    return run(options.number, options.title, options.part, options.level)


def _run_missing(options: argparse.Namespace) -> int:
    from course.author.missing import run

    return run(" ".join(options.which) or None)


def _run_notebooks(options: argparse.Namespace) -> int:
    from course.author.notebooks import run

    return run(options.check)


def _run_stubs(options: argparse.Namespace) -> int:
    from course.author.exercises import run

    return run(options.check)


def _run_readme(options: argparse.Namespace) -> int:
    from course.author.readme import run

    return run(options.check)


def _run_golden(options: argparse.Namespace) -> int:
    from course.author.golden import run

    return run(options.check)


def _run_picture(options: argparse.Namespace) -> int:
    from course.author.picture import run

    return run()


def _run_mutants(options: argparse.Namespace) -> int:
    from course.author.mutation import run

    return run(options.lesson)


def _run_check(options: argparse.Namespace) -> int:
    from course.author.gates import run

    return run(options.rest)


def _run_prove(options: argparse.Namespace) -> int:
    from course.author.gates import prove

    return prove()


def _run_fresh(options: argparse.Namespace) -> int:
    from course.author.fresh import run

    return run(options.pin)


def _run_pythons(options: argparse.Namespace) -> int:
    from course.author.pythons import run

    return run(options.pythons)


def _run_bench(options: argparse.Namespace) -> int:
    from course.author.gates import bench

    return bench(options.rest)


def _run_format(options: argparse.Namespace) -> int:
    from course.author.gates import tidy

    return tidy()


def _run_clean(options: argparse.Namespace) -> int:
    from course.author.gates import clean

    return clean()


WEB = (LEARNER, "web")
AUTHOR = (LEARNER, "web", "notebooks", "cluster", "develop")
LEARNING = (
    Command(
        "test",
        "Grade a lesson's exercise",
        _run_test,
        more=lambda options: ("web",) if options.rung == "wire" else (),
        arguments=(_lesson, _task, _grading),
        usage="[LESSON] [OPTIONS]",
        details="The first wrong task is explained.\n"
        "Status 0: all tasks passed. 1: not all passed. 2: nothing could be graded, for example\n"
        "because the file does not parse.",
        examples=(
            "test 09",
            "test 09 --task buffer_stream --seed 7",
            "test 09 --answers mine.py --json outcome.json",
        ),
        make="make test-09 TASK=buffer_stream SEED=7",
    ),
    Command(
        "watch",
        "Grade again after each save",
        _run_watch,
        arguments=(_lesson,),
        usage="[LESSON]",
        details="Ctrl-C ends it.",
        examples=("watch 09",),
    ),
    Command(
        "hint",
        "Show the next hint for the first task that has not passed",
        _run_hint,
        arguments=(_lesson, _task),
        usage="[LESSON] [--task NAME]",
        details="Hints go from a nudge to nearly the solution. Each call shows one more.",
        examples=("hint 09", "hint 09 --task buffer_stream"),
    ),
    Command(
        "debug",
        "Step through one task in Python's debugger while its tests run",
        _run_debug,
        arguments=(_lesson, _task),
        usage="[LESSON] --task NAME",
        details="It stops where your file calls breakpoint(), otherwise at each call of the task.\n"
        "There is no time limit. docs/debugging.md says more.",
        examples=("debug 09 --task buffer_stream",),
    ),
    Command("status", "Show how far you are in each lesson", _run_status),
    Command("lessons", "List the lessons", _run_lessons),
    Command(
        "reset",
        "Start a lesson's exercise over",
        _run_reset,
        arguments=(_named_lesson, _yes),
        usage="LESSON [--yes]",
        details="Your answers are kept in a backup, and you are told where.",
        examples=("reset 09",),
    ),
    Command(
        "solution",
        "Compare your answers with the reference solution",
        _run_solution,
        arguments=(_named_lesson, _yes),
        usage="LESSON [--yes]",
        details="If not all tasks have passed, it asks first.",
        examples=("solution 09",),
    ),
    Command(
        "doctor",
        "Say what is wrong with this machine and how to fix it",
        _run_doctor,
        groups=(),
        details="Changes nothing and installs nothing. Status 1 if it finds a serious problem.",
    ),
)
ALIVE = (
    Command(
        "demo",
        "Watch your own functions work with a model",
        _run_demo,
        more=lambda options: () if options.lesson.number == "09" else ("web", "notebooks"),
        arguments=(_lesson,),
        usage="[LESSON]",
        details="In lesson 09 the model is a rule on this machine, and nothing is sent anywhere.\n"
        "If you set OPENAI_API_KEY or OPENAI_BASE_URL, the model that OPENAI_MODEL names answers\n"
        "instead. Other lessons show the demos of their notebook, in which models play a script.",
        examples=("demo 09", "demo 12"),
        reaches_out=True,
    ),
    Command(
        "chat",
        "Serve a page on which your own stream_rag_response answers questions",
        _run_chat,
        groups=WEB,
        arguments=(_port(8001), _open),
        usage="[--port N] [--open]",
        details="On this machine only. Ctrl-C ends it.",
        examples=("chat --port 8080", "chat"),
        make="make chat PORT=8080",
    ),
    Command(
        "serve",
        "Serve the fake models as OpenAI's API, faults included",
        _run_serve,
        groups=WEB,
        arguments=(_port(8000), _speed),
        usage="[--port N] [--speed X]",
        details="On this machine only. Ctrl-C ends it. docs/server.md lists the faults.",
        examples=("serve --port 9000 --speed 0", "serve"),
        make="make serve PORT=9000",
    ),
)
TEACHING = (
    Command(
        "grade",
        "Grade a cohort officially, contained, and write marks and a report",
        _run_grade,
        more=lambda options: () if options.scheduler is None else ("cluster",),
        arguments=(_cohort, _marks),
        usage="FOLDER [--lesson LESSON] [--out FOLDER] [OPTIONS]",
        details="The name of a file or folder identifies the learner. Submissions that have not\n"
        "changed are not regraded.",
        examples=(
            "grade submissions --lesson 09 --out marks",
            "grade submissions --part 3/10 --seed 4711 --workers 2",
            "grade submissions --scheduler tcp://10.0.0.5:8786",
        ),
        make="make grade SUBMISSIONS=folder LESSON=09",
        tells_lesson=True,
    ),
    Command(
        "join",
        "Combine the parts of a cohort that were graded with --part",
        _run_join,
        arguments=(_graded_parts, _marks),
        usage="FOLDER ... [--lesson LESSON] [--out FOLDER]",
        details="Writes one gradebook, and the marks and a report of everyone. The parts stay\n"
        "unchanged.",
        examples=("join part-1 part-2 part-3 --lesson 09 --out marks",),
        tells_lesson=True,
    ),
    Command(
        "gradescope",
        "Write a lesson's autograder as the zip that Gradescope asks for",
        _run_gradescope,
        groups=(),
        arguments=(_named_lesson, _package),
        usage="LESSON [--out FILE]",
        details="It contains no solution. docs/grading-at-scale.md says how to use it.",
        examples=("gradescope 09", "gradescope 09 --out autograder.zip"),
    ),
    Command(
        "notebook",
        "Open a lesson's notebook in Jupyter",
        _run_notebook,
        groups=(LEARNER, "notebooks", "jupyter"),
        arguments=(_lesson,),
        usage="[LESSON] [OPTIONS OF JUPYTER ...]",
        details="Opens your own copy in my-notebooks, which git ignores.",
        examples=("notebook 09", "notebook 09 --no-browser --ip=0.0.0.0"),
        passes_on=True,
        reaches_out=True,
    ),
    Command(
        "new",
        "Begin a lesson: write every file, with one small task as a sample",
        _run_new,
        groups=AUTHOR,
        arguments=(_new_number, _about_it),
        usage="NUMBER --title TITLE [--part PART] [--level LEVEL]",
        details="What only its author can write is marked there. CONTRIBUTING.md says how it is\n"
        "done, and how a lesson is taken out again.",
        examples=('new 29 --title "Token Budgets"',),
        make='make new-29 TITLE="Token Budgets"',
    ),
    Command(
        "missing",
        "List what a lesson lacks, in the order of work",
        _run_missing,
        groups=AUTHOR,
        arguments=(_any_lesson,),
        usage="[LESSON]",
        details="Status 0: nothing. 1: something.",
        examples=("missing 09", "missing"),
    ),
    Command(
        "notebooks",
        "Write the notebooks from the lessons",
        _run_notebooks,
        groups=AUTHOR,
        arguments=(_check,),
        usage="[--check]",
    ),
    Command(
        "stubs",
        "Write the exercises from the solutions",
        _run_stubs,
        groups=AUTHOR,
        arguments=(_check,),
        usage="[--check]",
    ),
    Command(
        "readme",
        "Write the tables of the README",
        _run_readme,
        groups=AUTHOR,
        arguments=(_check,),
        usage="[--check]",
    ),
    Command(
        "golden",
        "Write what learners are told about each common mistake",
        _run_golden,
        groups=AUTHOR,
        arguments=(_check,),
        usage="[--check]",
    ),
    Command(
        "picture",
        "Take the picture of the chat page in docs/teaching.md",
        _run_picture,
        groups=AUTHOR,
        details="It needs Chromium. The times on it are real, so no two pictures are the same.",
    ),
    Command(
        "mutants",
        "Show which small changes to a solution no test notices",
        _run_mutants,
        groups=AUTHOR,
        arguments=(_lesson,),
        usage="[LESSON]",
        details="Takes a few minutes. Changes that may go unnoticed are listed in mutants.toml,\n"
        "each with its reason. Status 1 if any other goes unnoticed, or a listed one does not.",
        examples=("mutants 09",),
    ),
    Command(
        "check",
        "Run every gate of the course: lint, format, types, and all checks",
        _run_check,
        groups=AUTHOR,
        usage="[PYTEST ARGUMENTS ...]",
        details="The arguments go to pytest. Combinatorial checks are sampled. A lesson that has\n"
        "changed since the last prove is checked in full, and so is what you name with a path\n"
        "or with -k.",
        examples=("check", "check -k environment -x"),
        passes_on=True,
        reaches_out=True,
    ),
    Command(
        "prove",
        "Run every gate on everything, and certify what passed",
        _run_prove,
        groups=AUTHOR,
        details="Takes most of an hour. Once everything has passed and is committed, it writes\n"
        "the certificate, checks/proved.json. From that, check knows which lessons have changed.",
        reaches_out=True,
    ),
    Command(
        "fresh",
        "Try the course with the newest version of every package",
        _run_fresh,
        groups=(),
        arguments=(_pin,),
        usage="[--pin]",
        details="Shows which versions differ from the pinned ones, and which lessons they break.\n"
        "Everything happens in a temporary folder. Status 0: all passed. 1: not all passed.\n"
        "2: it could not be tried, for example because there is no package index.",
        examples=("fresh", "fresh --pin"),
    ),
    Command(
        "pythons",
        "Run the graders' own checks on other Pythons",
        _run_pythons,
        groups=(),
        arguments=(_pythons,),
        usage="[PYTHON ...]",
        details="Looks for one of each minor version on PATH and in the folder of pyenv. Each\n"
        "gets an environment below .streamlings, which is kept for next time.\n"
        "Status 0: all passed, or there is no other Python. 1: not all passed. 2: one that you\n"
        "named cannot be used.",
        examples=("pythons", "pythons /opt/python3.14/bin/python3"),
    ),
    Command(
        "bench",
        "Measure how fast grading and streaming are",
        _run_bench,
        groups=AUTHOR,
        usage="[ARGUMENTS ...]",
        details="The arguments go to the benchmarks.",
        passes_on=True,
        reaches_out=True,
    ),
    Command("format", "Format the code and fix what lint can fix", _run_format, groups=AUTHOR),
    Command("clean", "Remove caches, and nothing else", _run_clean, groups=()),
)
COMMANDS = {command.name: command for command in (*LEARNING, *ALIVE, *TEACHING)}


def main(words: Sequence[str], enter: Enter = environment.enter) -> int:
    """Run one command.

    Args:
        words: what follows `python -m course`.
        enter: makes sure that the process runs where the groups are installed.

    Returns:
        The exit status: 0 all passed, 1 not all passed, 2 invalid request, 3 the course failed,
        130 interrupted, 141 when nobody reads the output anymore.
    """
    _write_utf8()
    try:
        status = _dispatch(words, enter)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130
    except BrokenPipeError:
        # Python flushes stdout once more at exit, which would complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except environment.SetUpError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except Exception as error:
        return _report(error)


def _dispatch(words: Sequence[str], enter: Enter) -> int:
    if not words:
        print(LOOP.format(program=PROGRAM))
        print(f"All commands: {PROGRAM} --help")
        return 0
    word, rest = words[0], words[1:]
    if word in ("-h", "--help", "help"):
        if rest and rest[0] in COMMANDS:
            COMMANDS[rest[0]].parser().print_help()
            return 0
        if not rest:
            print(overview())
            return 0
        word, rest = rest[0], ()
    if word not in COMMANDS:
        sys.stderr.write(_unknown(word, rest) + "\n")
        return 2
    command = COMMANDS[word]
    options = command.parse(rest)
    if "lesson" in options:
        from course import catalog

        words = " ".join(options.lesson)
        tells = command.tells_lesson and not words
        options.lesson = None if tells else catalog.find(words or None)
        if getattr(options, "task", None):
            options.lesson.task(options.task)
    if command.groups:
        enter((*command.groups, *command.more(options)))
        environment.keep_private(command.reaches_out)
    return command.run(options)


def overview() -> str:
    """Return what `--help` shows: every command with one line."""
    width = max(map(len, COMMANDS)) + 2

    def rows(commands: Iterable[Command]) -> list[str]:
        return [f"  {command.name:{width}}{command.summary}" for command in commands]

    return "\n".join(
        [
            f"usage: {PROGRAM} COMMAND [...]",
            "\nfor learners:",
            *rows(LEARNING),
            "\nto see it alive:",
            *rows(ALIVE),
            "\nfor instructors and authors:",
            *rows(TEACHING),
            f"\nMore about one: {PROGRAM} COMMAND --help",
            EXIT_STATUS,
        ]
    )


def _unknown(word: str, rest: Sequence[str]) -> str:
    """Answer a word that is not a command: a typo, a make target, or something else."""
    import difflib

    through_make = "MAKELEVEL" in os.environ
    name, dash, lesson = word.partition("-")
    close = [name] if name in COMMANDS else difflib.get_close_matches(name, COMMANDS, n=1)
    meant = ""
    if close and through_make:
        meant = f"make {close[0]}{dash}{lesson}".rstrip("-")
    elif close:
        meant = " ".join([PROGRAM, close[0], *filter(None, [lesson]), *rest])
    every = "make help" if through_make else f"{PROGRAM} --help"
    return (
        f"There is no command {word!r}."
        + (f" Did you mean: {meant}" if meant else "")
        + f"\nAll commands: {every}"
    )


def _report(error: Exception) -> int:
    from course.catalog import CourseError

    if isinstance(error, CourseError):
        sys.stderr.write(f"{error}\n")
        return 2
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing and missing.split(".")[0] in ("course", "benchmarks"):
        sys.stderr.write(f"This checkout has no {missing}. To see what is missing: git status\n")
        return 3
    import traceback

    traceback.print_exception(error)
    sys.stderr.write(
        "\nThis is a bug in the course, not in your answer. "
        f"To see whether this machine is the cause: {PROGRAM} doctor\n"
    )
    return 3


def _write_utf8() -> None:
    """Windows consoles and pipes have code pages that lack what learners print.

    PYTHONUTF8 counts, although an isolated Python does not read it.
    """
    wanted = environment.ON_WINDOWS or os.environ.get("PYTHONUTF8") == "1"
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure and wanted:
            reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
        elif reconfigure:
            reconfigure(errors="replace", line_buffering=True)
