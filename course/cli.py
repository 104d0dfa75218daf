"""The command line: `python -m course COMMAND`, which is also what make calls.

Standard library only. What a command needs is imported when it is called. So starting, `--help`
and a typo cost nothing, and they work before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn

from course import environment, wording
from course.arguments import LESSON, TASK
from course.commands import ALIVE, COMMANDS, LEARNING, TEACHING, Command
from course.environment import PROGRAM

if TYPE_CHECKING:
    from course.catalog import Lesson

LOOP = """\
Streamlings: small exercises for streaming LLM applications.

  1  {program} lessons       choose a lesson
  2  {program} test 01       see its tasks, and which one is first
  3  edit exercises/01_model_basics.py; read lessons/01_model_basics/ alongside
  4  {program} watch 01      get the verdict after each save
  5  {program} hint 01       when stuck
  6  {program} solution 01   when done, compare with the reference

Without a number, it is the lesson that you worked on last.
"""
EXIT_STATUS = "Exit status: 0 all passed, 1 not all passed, 2 invalid request, 3 the course failed."

Enter = Callable[[Iterable[str]], None]


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


def parser_of(command: Command) -> Parser:
    """Return the parser of what follows the word."""
    examples = [f"{PROGRAM} {example}" for example in command.examples or (command.name,)]
    shown = "\n".join(f"  {example}" for example in examples)
    parser = Parser(
        prog=f"{PROGRAM} {command.name}",
        usage=f"{PROGRAM} {command.name} {command.usage}".rstrip(),
        description="\n\n".join(filter(None, [f"{command.summary}.", command.details])),
        epilog=f"for example:\n{shown}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.examples = [command.make] if command.make and wording.names_make() else examples
    for argument in command.arguments:
        parser.add_argument(*argument.names, **argument.settings)
    return parser


def parse(
    command: Command, words: Sequence[str], say: Callable[[str], object] = lambda said: None
) -> argparse.Namespace:
    """Return what the command's function is called with.

    A mistake in the form of the words ends the process with status 2.

    Args:
        command: the command.
        words: what follows its name.
        say: called with a sentence if the words leave something to the course: which lesson.

    Raises:
        CourseError: if something that they name does not exist, such as a lesson.
    """
    given = _read(command, words)
    if TASK in command.arguments and not given.task:
        given.lesson, given.task = _task_at_the_end(given.lesson)
    for argument in command.arguments:
        read = getattr(given, argument.parameter)
        setattr(given, argument.parameter, argument.meaning(read))
    if LESSON in command.arguments and given.lesson is None:
        given.lesson = _lesson_meant(command, given, say)
    if getattr(given, "task", None):
        given.task = given.lesson.task(given.task).name
    return given


def _task_at_the_end(words: Sequence[str]) -> tuple[list[str], str | None]:
    """Tell the name of a task from the words that name a lesson: "09 buffer_stream"."""
    from course import catalog

    *named, last = " ".join(words).split() or [""]
    known = {task.name for lesson in catalog.lessons() for task in lesson.tasks}
    head, whole = " ".join(named), " ".join([*named, last])
    slip = not last.isdecimal() and _names_a_lesson(head) and not _names_a_lesson(whole)
    return (named, last) if last in known or slip else ([*words], None)


def _lesson_meant(
    command: Command, given: argparse.Namespace, say: Callable[[str], object]
) -> Lesson:
    """Return the lesson that is meant where none is named.

    Raises:
        CourseError: if the learner agrees in advance to what is done to it: it may be another one.
    """
    from course import current_lesson
    from course.catalog import CourseError

    meant = current_lesson.meant(getattr(given, "task", None))
    if getattr(given, "yes", False):
        named = wording.command(command.name, meant.lesson.number)
        yes = "YES=1" if wording.names_make() else "--yes"
        raise CourseError(f"Which lesson? To agree in advance, name it: {named} {yes}")
    say(str(meant))
    return meant.lesson


def _read(command: Command, words: Sequence[str]) -> argparse.Namespace:
    parser = parser_of(command)
    if command.passes_on:
        given, rest = parser.parse_known_args(words)
        given.arguments = rest
        return given
    _refuse_empty(parser, words)
    return parser.parse_args(words)


def _refuse_empty(parser: Parser, words: Sequence[str]) -> None:
    """End the process if a word is empty, as when a variable is not set."""
    before = ""
    for word in words:
        name, equals, value = word.partition("=")
        if not word.strip() or (name.startswith("--") and equals and not value.strip()):
            option = name if equals else before
            parser.error(f"{option} has no value" if option else "an argument is empty")
        before = word if word.startswith("--") else ""


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
            parser_of(COMMANDS[rest[0]]).print_help()
            return 0
        if not rest:
            print(overview())
            return 0
        word, rest = rest[0], ()
    said: list[str] = []
    if word not in COMMANDS and _names_a_lesson(word):
        said.append(f"Taken as: {wording.command('test', word)}")
        word, rest = "test", words
    if word not in COMMANDS:
        sys.stderr.write(_unknown(word, rest) + "\n")
        return 2
    command = COMMANDS[word]
    given = parse(command, rest, said.append)
    if command.groups:
        enter((*command.groups, *command.more(given)))
        environment.keep_private(command.reaches_out)
    for sentence in said:  # after the set-up, which starts this process anew
        sys.stderr.write(f"{sentence}\n")
    status = command.function()(**vars(given))
    _calm_before_make(command, status)
    return status


def _names_a_lesson(word: str) -> bool:
    from course import catalog

    try:
        catalog.find(word)
    except catalog.UnreadableLesson:
        return True
    except catalog.UnknownLesson:
        return word.isdecimal()
    return True


def _calm_before_make(command: Command, status: int) -> None:
    """make calls every status but 0 an error, and says so in its own last line."""
    if wording.names_make() and status in command.ends:
        sys.stdout.flush()
        sys.stderr.write(f"\n{command.ends[status]}, which make reports like this:\n")


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
    import re

    name, _, lesson = word.partition("-")
    if glued := re.fullmatch(r"([a-z]+)_?(\d+)", word):  # test09 and test_09 are test-09
        name, lesson = glued.groups()
    close = [name] if name in COMMANDS else difflib.get_close_matches(name, COMMANDS, n=1)
    through_make = wording.names_make()
    meant = ""
    if close:
        following = () if through_make else rest
        meant = " ".join([wording.command(close[0], lesson), *following])
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
