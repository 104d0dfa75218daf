"""`make grade SUBMISSIONS=folder`: grade a cohort, and write the gradebook, marks and report."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from course.catalog import ROOT, CourseError, Lesson
from course.cohort.intake.submissions import Submission, clashes, find
from course.cohort.intake.which_lesson import lesson_of
from course.cohort.parts import Part
from course.cohort.progress_bar import Tally, Watched
from course.cohort.results import exports, report
from course.cohort.results.gradebook import Gradebook
from course.cohort.results.known_mistakes import KnownMistakes, known_by_headline
from course.cohort.workers import crew as grading
from course.cohort.workers.worker import GraderFactory
from course.official.marking import OfficialGrader
from course.sandbox.levels import WEAK, in_words
from course.wording import place

if TYPE_CHECKING:
    from course.cohort.workers.cluster import Cluster

GRADEBOOK = "gradebook.sqlite"

MOST_NAMES = 5
"""How many names a line lists."""


def run(
    submissions: Path,
    lesson: Lesson | None,
    out: Path,
    workers: int | None = None,
    again: bool = False,
    require_sandbox: bool = False,
    seed: int | None = None,
    scheduler: str | None = None,
    part: Part | None = None,
    *,
    make: GraderFactory = OfficialGrader,
    known: KnownMistakes = known_by_headline,
) -> int:
    """Grade all submissions in a folder.

    Args:
        submissions: the folder, with one file, folder or zip for each learner.
        lesson: the lesson to grade; None to tell it from the submissions.
        out: the folder for the gradebook, the report and the files for other programs.
        workers: how many processes grade; by default, one per processor. A cluster brings its own
            workers.
        again: also regrade unchanged submissions.
        require_sandbox: refuse to run without a real sandbox.
        seed: of the tests; by default, the one in the gradebook, or a random one at first.
        scheduler: the address of a cluster that does the work instead of this machine.
        part: grade only this part of the submissions.
        make: makes the grader of a worker; by default an official one.
        known: tells the report which mistakes are known.

    Returns:
        The exit status: 0 if all are graded, 1 if not, 2 if it was refused.

    Raises:
        CourseError: if there are no submissions, their lesson is unclear, or `out` or the cluster
            cannot be used.
    """
    if workers is not None and scheduler is not None:
        raise CourseError("A cluster brings its own workers. Leave out --workers.")
    if workers is not None and workers < 1:
        raise CourseError(f"There must be at least one worker, not {workers}.")
    _refuse_mixing(submissions, out)
    found = find(submissions)
    lesson = (lesson or lesson_of(found)).for_marks
    learners = [one.learner for one in found]
    if part is not None:
        if seed is None:
            raise CourseError("All parts of a cohort need the same seed. Set it with --seed.")
        found = part.take(found)
    if not found:
        with Gradebook(out / GRADEBOOK) as gradebook:  # joining the parts needs it
            _say(f"There are no submissions in part {part}.")
            leave_out_others(gradebook, lesson, learners)
            return 1 if _told(write_marks(gradebook, lesson, out, known)) else 0
    if scheduler is not None:
        from course.cohort.workers.cluster import Cluster  # its packages are optional

        team: grading.Crew | Cluster = Cluster(lesson, make, scheduler, len(found))
    else:
        team = grading.Crew(lesson, make, min(workers or _processors(), len(found)))
    with Gradebook(out / GRADEBOOK) as gradebook:
        return _run(
            found, learners, lesson, out, team, again, require_sandbox, seed, known, gradebook
        )


def _run(
    found: list[Submission],
    learners: list[str],
    lesson: Lesson,
    out: Path,
    team: grading.Crew | Cluster,
    again: bool,
    require_sandbox: bool,
    seed: int | None,
    known: KnownMistakes,
    gradebook: Gradebook,
) -> int:
    watched = None
    try:
        with team:
            _say(in_words(team.level))
            if require_sandbox and team.level in WEAK:
                print(
                    "Refused: a sandbox is required, and neither bubblewrap nor namespaces work "
                    f"on {team.place}. Install bubblewrap, or leave out --require-sandbox.",
                    file=sys.stderr,
                )
                return 2
            leave_out_others(gradebook, lesson, learners)
            _told(map(_clash, clashes(found)))
            number = gradebook.seed(lesson, seed)
            _say(
                f"Lesson {lesson.number}, {_count(len(found), 'submission')}, "
                f"{_count(team.count, 'worker')} on {team.place}, seed {number}."
            )
            with Watched(lesson, len(found)) as watched:
                for step in grading.grade(found, lesson, gradebook, team, number, again):
                    watched.add(step)
        problems = write_marks(gradebook, lesson, out, known)
    except KeyboardInterrupt:
        done = watched.tally.done if watched else 0
        _say(f"\nStopped. {done} of {len(found)} are in the gradebook {place(gradebook.path)}.")
        _say("Run the same command again to continue.")
        return 1
    return finish(watched.tally, out, problems)


def leave_out_others(gradebook: Gradebook, lesson: Lesson, learners: Iterable[str]) -> None:
    """Mark everyone as gone who is no longer among these learners, and say who they are.

    Raises:
        CourseError: if the gradebook cannot be written.
    """
    try:
        gone = gradebook.keep_only(lesson, learners)
    except sqlite3.Error as error:
        raise CourseError(f"{place(gradebook.path)} cannot be written: {error}.") from error
    if gone:
        _say(f"Gone since the last run, and left out of the marks: {_names(gone)}.")


def write_marks(gradebook: Gradebook, lesson: Lesson, out: Path, known: KnownMistakes) -> list[str]:
    """Write everything that is made from a gradebook; return what could not be written."""
    _say("Writing the report.")
    problems = exports.write(gradebook, lesson, out)
    return problems + report.write(gradebook, lesson, out, known)


def finish(tally: Tally, out: Path, problems: list[str]) -> int:
    """Say what was done; return the exit status: 0 all have a mark, 1 not all."""
    _told([*tally.problems, *problems])
    _say(f"{tally.done} submissions: {tally.as_text().plain}.")
    if tally.unchanged:
        _say(f"Unchanged, so not regraded: {tally.unchanged}.")
    if tally.missing:
        _say(
            f"Without a mark: {tally.missing}. The report says why. The next run tries them again."
        )
    _say(f"Report:    {place(out / report.NAME)}")
    _say(f"Marks:     {place(out / 'grades.csv')}")
    _say(f"Gradebook: {place(out / GRADEBOOK)}")
    return 1 if tally.missing or tally.problems or problems else 0


def _refuse_mixing(submissions: Path, out: Path) -> None:
    """Refuse to take the course, or what is written, for submissions."""
    if submissions.resolve() == ROOT:
        raise CourseError(
            "That is the course's own folder. Name the one that holds the submissions, "
            "for example: make grade SUBMISSIONS=folder"
        )
    if out.resolve() == submissions.resolve() or submissions.resolve() in out.resolve().parents:
        raise CourseError(
            f"{place(out)} is inside the submissions folder. Choose another one with --out."
        )


def _clash(alike: list[Submission]) -> str:
    """Say which names are used for submissions that share a name."""
    return (
        f"{_names([one.entry for one in alike])} have the same name. They are graded as "
        f"{_names([one.learner for one in alike])}, and flagged. Keep one of them."
    )


def _names(names: Sequence[str]) -> str:
    """Name some of them: "a", "a and b", "a, b, c and 7 more"."""
    shown = [*names] if len(names) <= MOST_NAMES + 1 else [*names[:MOST_NAMES]]
    shown += [f"{len(names) - MOST_NAMES} more"] if len(shown) < len(names) else []
    *others, last = shown
    return f"{', '.join(others)} and {last}" if others else last


def _processors() -> int:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _told(problems: Iterable[str]) -> bool:
    """Print the problems. Return whether there were any."""
    told = [*problems]
    for problem in told:
        print(problem, file=sys.stderr)
    return bool(told)


def _say(text: str) -> None:
    print(text, flush=True)
