"""Grades the one submission that Gradescope has put into a container.

    python -m course.cohort.results.gradescope_results SUBMISSION RESULTS

SUBMISSION is a folder. RESULTS is the file in which Gradescope looks for the marks.
`run_autograder`, in the package that `make gradescope-09` creates, calls this. The package has only
one lesson: the one to grade.
"""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import replace
from pathlib import Path

from course import catalog, environment
from course.catalog import Lesson
from course.cohort.intake.submissions import Submission
from course.cohort.results import exports
from course.cohort.results.gradebook import Gradebook, Grading
from course.cohort.workers.crew import Crew, grade
from course.cohort.workers.worker import GraderFactory
from course.files import write_atomically
from course.official.marking import OfficialGrader
from course.sandbox.levels import WEAK, in_words
from course.temporary import TemporaryFolder

LEARNER = "submission"
FAILED = (
    "The autograder itself failed, so there is no mark. That says nothing about your answers. "
    "Tell your instructor.\n"
)


def run(
    submission: Path, results: Path, lesson: Lesson, make: GraderFactory = OfficialGrader
) -> None:
    """Grade a submission, and write its marks whatever happens.

    Args:
        submission: the folder that Gradescope put it into.
        results: the file to write.
        lesson: the lesson to grade.
        make: makes the grader.

    Raises:
        OSError: if the marks cannot be written.
    """
    lesson = lesson.for_marks
    try:
        grading = _graded(submission, lesson, make)
    except Exception as error:
        traceback.print_exc()  # Gradescope shows this only to the instructor
        grading = Grading(LEARNER, "", "", "not_graded", reason=str(error), feedback=FAILED)
    told = exports.gradescope(_with_containment(grading), grading.outcome(lesson))
    write_atomically(results, json.dumps(told, indent=2) + "\n")


def _graded(submission: Path, lesson: Lesson, make: GraderFactory) -> Grading:
    """Grade as a cohort of one, with words and times that nobody knows in advance."""
    with (
        TemporaryFolder() as folder,
        Gradebook(folder / "gradebook.sqlite") as gradebook,
        Crew(lesson, make, workers=1) as crew,
    ):
        handed_in = [Submission(LEARNER, submission)]
        (step,) = grade(handed_in, lesson, gradebook, crew, gradebook.seed(lesson))
    return step.grading


def _with_containment(grading: Grading) -> Grading:
    """Tell the instructor how the answers were contained; if weakly, say it with the mark, too."""
    level = grading.level
    if not level:  # they did not run
        return grading
    said = in_words(level)
    print(said, flush=True)
    return replace(grading, feedback=f"{grading.feedback}\n{said}\n") if level in WEAK else grading


def main(submission: str, results: str) -> None:
    """Grade the submission in a folder."""
    environment.keep_private()
    run(Path(submission), Path(results), catalog.find(None))


if __name__ == "__main__":
    main(*sys.argv[1:])
