"""The table of commands. Each calls one function, and its arguments are that function's parameters.

Standard library only. The function is imported when it is called, after what it needs is installed.
What follows `*` in its signature is for other callers.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from course.arguments import (
    ALL,
    ANY_LESSON,
    CHECK,
    COHORT,
    GRADED_PARTS,
    GRADING,
    LESSON,
    MARKS,
    NAMED_LESSON,
    NEW_LESSON,
    ONE_LESSON,
    OPEN,
    PACKAGE,
    PIN,
    PYTHONS,
    RUN_NOTEBOOKS,
    SERVE,
    SITE_FOLDER,
    SPEED,
    TASK,
    YES,
    Argument,
    port,
)
from course.environment import LEARNER


class Command(NamedTuple):
    """One word of the command line.

    Attributes:
        name: the word.
        summary: what it does, one line.
        calls: "module:function", which does it and returns the exit status.
        arguments: what may follow the word.
        groups: what has to be installed. If empty, nothing is set up for it.
        more: the groups that some arguments need in addition.
        usage: what follows the word, in short.
        details: what else `--help` says, in lines.
        examples: what to type after the program's name; if empty, the word alone.
        make: an example for make, if that is typed differently.
        passes_on: whether words that are not ours go to another program. The function gets them as
            `arguments`.
        reaches_out: whether it may talk to other machines, as the shell says.
        ends: what an exit status says that is no failure of the command, as a sentence begins. make
            calls it an error, so it is said before.
    """

    name: str
    summary: str
    calls: str
    arguments: Sequence[Argument] = ()
    groups: Sequence[str] = (LEARNER,)
    more: Callable[[argparse.Namespace], Sequence[str]] = lambda given: ()
    usage: str = ""
    details: str = ""
    examples: Sequence[str] = ()
    make: str = ""
    passes_on: bool = False
    reaches_out: bool = False
    ends: Mapping[int, str] = {}

    def function(self) -> Callable[..., int]:
        """Import what it calls, and return it."""
        import pkgutil

        found: Callable[..., int] = pkgutil.resolve_name(self.calls)
        return found


def _for_prompt(given: argparse.Namespace) -> Sequence[str]:
    from course.lesson import needed_groups

    return needed_groups.of_prompt(given.lesson)


def _for_demos(given: argparse.Namespace) -> Sequence[str]:
    from course.lesson import needed_groups

    return () if given.lesson.number == "09" else needed_groups.of_demos(given.lesson)


WEB = (LEARNER, "web")
MARKING = (LEARNER, "cohort")
AUTHOR = (LEARNER, "web", "libraries", "notebooks", "cohort", "cluster", "develop")
GRADED = {1: "Not everything has passed yet", 2: "This file cannot be graded yet"}
LEARNING = (
    Command(
        "test",
        "Grade a lesson's exercise",
        "course.grade.command:run",
        arguments=(LESSON, TASK, *GRADING),
        more=lambda given: ("web",) if given.rung == "wire" else (),
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
        ends=GRADED,
    ),
    Command(
        "watch",
        "Grade again after each save",
        "course.learn.watch:run",
        arguments=(LESSON,),
        usage="[LESSON]",
        details="Keys, in a terminal: h hint, n next task, r run again, s solution of a passed\n"
        "task, q quit. Ctrl-C ends it, too.",
        examples=("watch 09", "watch"),
        ends=GRADED,
    ),
    Command(
        "hint",
        "Show the next hint for the task that you are at",
        "course.learn.hints:run",
        arguments=(LESSON, TASK),
        usage="[LESSON] [--task NAME]",
        details="That is the first wrong task, or else the first one that is not written.\n"
        "Hints go from a nudge to nearly the solution. Each call shows one more.",
        examples=("hint 09", "hint 09 --task buffer_stream"),
        ends=GRADED,
    ),
    Command(
        "debug",
        "Step through one task in Python's debugger while its tests run",
        "course.learn.debug:run",
        arguments=(LESSON, TASK),
        usage="[LESSON] --task NAME",
        details="It stops where your file calls breakpoint(), otherwise at each call of the task.\n"
        "There is no time limit. docs/debugging.md says more.",
        examples=("debug 09 --task buffer_stream",),
        ends=GRADED,
    ),
    Command("status", "Show how far you are in each lesson", "course.learn.status:run"),
    Command("lessons", "List the lessons", "course.learn.lessons:run"),
    Command(
        "reset",
        "Start a lesson's exercise over",
        "course.learn.reset:run",
        arguments=(LESSON, YES),
        usage="[LESSON] [--yes]",
        details="Your answers are kept in a backup, and you are told where.",
        examples=("reset 09",),
    ),
    Command(
        "update",
        "Fetch the newest course and keep every answer",
        "course.learn.update.command:run",
        groups=(),
        details="Your answers are carried over into the new exercises, and backed up first. If a\n"
        "task asks for something else now, your code is kept and marked. docs/updating.md says\n"
        "more. Status 0: all carried over. 1: not all. 2: it could not be done.",
        reaches_out=True,
    ),
    Command(
        "solution",
        "Compare your answers with the reference solution",
        "course.learn.reveal:run",
        arguments=(LESSON, TASK, YES),
        usage="[LESSON] [--task NAME] [--yes]",
        details="Before they have passed, it asks first. With --task, it shows that task only.",
        examples=("solution 09", "solution 09 --task buffer_stream"),
        ends=GRADED,
    ),
    Command(
        "setup",
        "Install everything that learners need, at once",
        "course.learn.setup:run",
        groups=(LEARNER, "web", "notebooks"),
        details="Otherwise each command installs what it needs when it is first called.",
    ),
    Command(
        "doctor",
        "Say what is wrong with this machine and how to fix it",
        "course.learn.doctor:run",
        groups=(),
        details="Changes nothing and installs nothing. Status 1 if it finds a serious problem.",
    ),
)
ALIVE = (
    Command(
        "play",
        "Open a Python prompt with the lesson's functions and a model",
        "course.learn.play:run",
        arguments=(LESSON,),
        more=_for_prompt,
        usage="[LESSON]",
        details="The functions are yours where they are written, and the reference's elsewhere.\n"
        "A table says which, with a line to try each. show(...) plays a stream at a pace that\n"
        "you can follow. await works. Your file is read again when you save it.",
        examples=("play 09", "play streaming"),
    ),
    Command(
        "demo",
        "Watch your own functions work with a model",
        "course.learn.demo:run",
        arguments=(LESSON,),
        more=_for_demos,
        usage="[LESSON]",
        details="Where yours is not written yet or fails, the reference's is shown, and marked.\n"
        "In lesson 09 the model is a rule on this machine, and nothing is sent anywhere.\n"
        "If you set OPENAI_API_KEY or OPENAI_BASE_URL, the model that OPENAI_MODEL names answers\n"
        "instead. Other lessons show the demos of their notebook, in which models play a script.",
        examples=("demo 09", "demo 12"),
        reaches_out=True,
        ends={1: "Not everything is written yet, or something failed"},
    ),
    Command(
        "chat",
        "Serve a page on which your own stream_rag_response answers questions",
        "course.web.app:run",
        arguments=(port(8001), OPEN),
        groups=WEB,
        usage="[--port N] [--open]",
        details="On this machine only. Ctrl-C ends it.",
        examples=("chat --port 8080", "chat"),
        make="make chat PORT=8080",
    ),
    Command(
        "serve",
        "Serve the fake models as OpenAI's API, faults included",
        "course.fakes.openai.serve:run",
        arguments=(port(8000), SPEED),
        groups=WEB,
        usage="[--port N] [--speed X]",
        details="On this machine only. Ctrl-C ends it. docs/server.md lists the faults.",
        examples=("serve --port 9000 --speed 0", "serve"),
        make="make serve PORT=9000",
    ),
    Command(
        "site",
        "Build the course as static files, to be read and graded in a browser",
        "course.site.command:run",
        arguments=(SITE_FOLDER, RUN_NOTEBOOKS, SERVE, port(8002), OPEN),
        groups=(LEARNER, "site"),
        more=lambda given: ("notebooks",) if given.run_notebooks else (),
        usage="[--out FOLDER] [--notebooks] [--serve] [--port N] [--open]",
        details="It needs node and npm, and the first time the network. The site needs neither.\n"
        "To run the notebooks takes minutes, once: what they print and draw is kept.\n"
        "With --serve, it is served on this machine only. Ctrl-C ends that.",
        examples=("site --out public --notebooks", "site --serve --open"),
        make="make site NOTEBOOKS=1 OUT=public",
        reaches_out=True,
    ),
)
TEACHING = (
    Command(
        "grade",
        "Grade a cohort officially, contained, and write marks and a report",
        "course.cohort.command:run",
        groups=MARKING,
        arguments=(*COHORT, *MARKS),
        more=lambda given: () if given.scheduler is None else ("cluster",),
        usage="FOLDER [--lesson LESSON] [--out FOLDER] [OPTIONS]",
        details="The name of a file or folder identifies the learner. Submissions that have not\n"
        "changed are not regraded.",
        examples=(
            "grade submissions --lesson 09 --out marks",
            "grade submissions --part 3/10 --seed 4711 --workers 2",
            "grade submissions --scheduler tcp://10.0.0.5:8786",
        ),
        make="make grade SUBMISSIONS=folder LESSON=09",
    ),
    Command(
        "join",
        "Combine the parts of a cohort that were graded with --part",
        "course.cohort.join:run",
        groups=MARKING,
        arguments=(GRADED_PARTS, *MARKS),
        usage="FOLDER ... [--lesson LESSON] [--out FOLDER]",
        details="Writes one gradebook, and the marks and a report of everyone. The parts stay\n"
        "unchanged.",
        examples=("join part-1 part-2 part-3 --lesson 09 --out marks",),
    ),
    Command(
        "gradescope",
        "Write a lesson's autograder as the zip that Gradescope asks for",
        "course.author.gradescope:run",
        arguments=(NAMED_LESSON, PACKAGE),
        groups=(),
        usage="LESSON [--out FILE]",
        details="It contains no solution. docs/grading-at-scale.md says how to use it.",
        examples=("gradescope 09", "gradescope 09 --out autograder.zip"),
    ),
    Command(
        "notebook",
        "Open a lesson's notebook in Jupyter",
        "course.author.notebooks:open_in_jupyter",
        arguments=(LESSON,),
        groups=(LEARNER, "web", "libraries", "notebooks", "jupyter"),
        usage="[LESSON] [OPTIONS OF JUPYTER ...]",
        details="Opens your own copy in my-notebooks, which git ignores.",
        examples=("notebook 09", "notebook 09 --no-browser --ip=0.0.0.0"),
        passes_on=True,
        reaches_out=True,
    ),
    Command(
        "new",
        "Begin a lesson: write every file, with one small task as a sample",
        "course.author.new_lesson:run",
        arguments=NEW_LESSON,
        groups=AUTHOR,
        usage="NUMBER --title TITLE [--part PART] [--level LEVEL]",
        details="What only its author can write is marked there. CONTRIBUTING.md says how it is\n"
        "done, and how a lesson is taken out again.",
        examples=('new 29 --title "Token Budgets"',),
        make='make new-29 TITLE="Token Budgets"',
    ),
    Command(
        "missing",
        "List what a lesson lacks, in the order of work",
        "course.author.missing:run",
        arguments=(ANY_LESSON,),
        groups=AUTHOR,
        usage="[LESSON]",
        details="Status 0: nothing. 1: something.",
        examples=("missing 09", "missing"),
    ),
    Command(
        "notebooks",
        "Write the notebooks from the lessons",
        "course.author.notebooks:run",
        arguments=(CHECK,),
        groups=AUTHOR,
        usage="[--check]",
    ),
    Command(
        "stubs",
        "Write the exercises from the solutions",
        "course.author.exercises:run",
        arguments=(CHECK,),
        groups=AUTHOR,
        usage="[--check]",
    ),
    Command(
        "readme",
        "Write the generated parts of pages, and the pins for uv",
        "course.author.readme:run",
        arguments=(CHECK,),
        groups=AUTHOR,
        usage="[--check]",
    ),
    Command(
        "golden",
        "Write what learners are told about each common mistake",
        "course.author.golden:run",
        arguments=(ANY_LESSON, CHECK),
        groups=AUTHOR,
        usage="[LESSON] [--check]",
        examples=("golden 09", "golden"),
    ),
    Command(
        "picture",
        "Take the picture of the chat page in docs/teaching.md",
        "course.author.picture:run",
        groups=AUTHOR,
        details="It needs Chromium. The times on it are real, so no two pictures are the same.",
    ),
    Command(
        "mutants",
        "Show which small changes to a solution no test notices",
        "course.author.mutation:run",
        arguments=(ONE_LESSON,),
        groups=AUTHOR,
        usage="[LESSON]",
        details="Takes a few minutes. Changes that may go unnoticed are listed in mutants.toml,\n"
        "each with its reason. Status 1 if any other goes unnoticed, or a listed one does not.",
        examples=("mutants 09",),
    ),
    Command(
        "check",
        "Run every gate of the course: lint, format, types, and all checks",
        "course.author.gates:run",
        groups=AUTHOR,
        usage="[PYTEST ARGUMENTS ...]",
        details="The arguments go to pytest. Combinatorial checks are sampled. A lesson that has\n"
        "changed since the last prove is checked in full, one of them if there are several, and\n"
        "so is what you name with a path or with -k.",
        examples=("check", "check -k environment -x"),
        passes_on=True,
        reaches_out=True,
    ),
    Command(
        "prove",
        "Run every gate on everything, and certify what passed",
        "course.author.gates:prove",
        groups=AUTHOR,
        details="Takes more than an hour. If it is interrupted, the next run goes on from there.\n"
        "Once everything has passed and is committed, it writes the certificate,\n"
        "checks/proved.json. From that, check knows which lessons have changed.",
        reaches_out=True,
    ),
    Command(
        "fresh",
        "Try the course with the newest version of every package",
        "course.author.fresh:run",
        arguments=(PIN,),
        groups=(),
        usage="[--pin]",
        details="Shows which versions differ from the pinned ones, and which lessons they break.\n"
        "Everything happens in a temporary folder. Status 0: all passed. 1: not all passed.\n"
        "2: it could not be tried, for example because there is no package index.",
        examples=("fresh", "fresh --pin"),
    ),
    Command(
        "pythons",
        "Run the graders' own checks on other Pythons",
        "course.author.pythons:run",
        arguments=(PYTHONS, ALL),
        groups=(),
        usage="[PYTHON ...] [--all]",
        details="Runs a sample of them, as check does. With --all, it runs all of them.\n"
        "Looks for one of each minor version on PATH and in the folder of pyenv. Each\n"
        "gets an environment below .streamlings, which is kept for next time.\n"
        "Status 0: all passed, or there is no other Python. 1: not all passed. 2: one that you\n"
        "named cannot be used.",
        examples=("pythons", "pythons --all /opt/python3.14/bin/python3"),
    ),
    Command(
        "bench",
        "Measure how fast grading and streaming are",
        "course.author.gates:bench",
        groups=AUTHOR,
        usage="[ARGUMENTS ...]",
        details="The arguments go to the benchmarks.",
        passes_on=True,
        reaches_out=True,
    ),
    Command(
        "format",
        "Format the code and fix what lint can fix",
        "course.author.gates:tidy",
        groups=AUTHOR,
    ),
    Command("clean", "Remove caches, and nothing else", "course.author.gates:clean", groups=()),
)
COMMANDS = {command.name: command for command in (*LEARNING, *ALIVE, *TEACHING)}
