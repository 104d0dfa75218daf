"""`python3 -m course join FOLDER ...`: make one gradebook from those of several parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from course.catalog import CourseError, Lesson
from course.cohort.command import GRADEBOOK, finish, leave_out_others, write_marks
from course.cohort.intake.which_lesson import lesson_graded
from course.cohort.progress_bar import Tally
from course.cohort.results.gradebook import Gradebook
from course.cohort.results.known_mistakes import KnownMistakes, known_by_headline
from course.cohort.workers.crew import Step
from course.wording import place


def run(
    folders: Sequence[Path],
    lesson: Lesson | None,
    out: Path,
    *,
    known: KnownMistakes = known_by_headline,
) -> int:
    """Join gradebooks, and write the marks and a report for all of them.

    The gradings that count are added to the gradebook in `out`, unless it already has them.
    Learners who are no longer in any part are marked as gone.

    Args:
        folders: the folders that the parts were graded into.
        lesson: the lesson; None to tell it from the gradebooks.
        out: the folder for the joined gradebook, the report and the files for other programs.
        known: tells the report which mistakes are known.

    Returns:
        The exit status: 0 if all have a mark, 1 if not.

    Raises:
        CourseError: if a folder has no gradebook, no gradebook has marks for this lesson, a learner
            is in two of them, or their seeds differ.
    """
    _refuse_what_is_no_part(folders, out)
    lesson = (lesson or lesson_graded(map(_lessons, folders))).for_marks
    _refuse_unlike_parts(folders, lesson)
    tally = Tally(lesson)
    learners: list[str] = []
    with Gradebook(out / GRADEBOOK) as gradebook:
        for folder in folders:
            with Gradebook(folder / GRADEBOOK) as part:
                for grading in part.gradings(lesson):
                    gradebook.seed(lesson, grading.seed)
                    if gradebook.last(lesson, grading.learner) != grading:
                        gradebook.record(lesson, grading)
                    tally.add(Step(grading))
                    learners.append(grading.learner)
        leave_out_others(gradebook, lesson, learners)
        problems = write_marks(gradebook, lesson, out, known)
    return finish(tally, out, problems)


def _lessons(folder: Path) -> set[str]:
    with Gradebook(folder / GRADEBOOK) as part:
        return part.lessons()


def _refuse_what_is_no_part(folders: Sequence[Path], out: Path) -> None:
    for number, folder in enumerate(folders):
        if folder.resolve() in [other.resolve() for other in folders[:number]]:
            raise CourseError(f"{place(folder)} is named twice. Name each part once.")
        if folder.resolve() == out.resolve():
            raise CourseError(f"{place(out)} is one of the parts. Name another folder with --out.")
        if not (folder / GRADEBOOK).is_file():
            raise CourseError(
                f"There is no {GRADEBOOK} in {place(folder)}. Name the --out folder of each part."
            )


def _refuse_unlike_parts(folders: Sequence[Path], lesson: Lesson) -> None:
    whose: dict[str, Path] = {}
    seeds: set[int] = set()
    for folder in folders:
        with Gradebook(folder / GRADEBOOK) as part:
            for grading in part.gradings(lesson):
                seeds.add(grading.seed)
                other = whose.setdefault(grading.learner, folder)
                if other is not folder:
                    raise CourseError(
                        f"{grading.learner} is in two gradebooks: "
                        f"in {place(other)} and in {place(folder)}."
                    )
    if not whose:
        raise CourseError(f"None of the gradebooks has any marks for lesson {lesson.number}.")
    if len(seeds) > 1:
        raise CourseError(
            "The parts were graded with different seeds: "
            f"{', '.join(map(str, sorted(seeds)))}. Grade them again with the same --seed."
        )
