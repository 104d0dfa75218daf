"""`python3 -m course join FOLDER ...`: make one gradebook of those of several parts."""

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
    known: KnownMistakes = known_by_headline,
) -> int:
    """Join gradebooks, and write marks and a report of all.

    The gradings that count are added to the gradebook in `out`; those that it has already are
    not added again. Who is in none of the parts any more is marked as gone.

    Args:
        folders: where the parts were graded to.
        lesson: what was graded; None if the gradebooks tell.
        out: the folder for the joined gradebook, the report and the files for other programs.
        known: says to the report which mistakes are known.

    Returns:
        The exit status: 0 all have a mark, 1 not all.

    Raises:
        CourseError: if there is no gradebook in a folder, nothing of this lesson in any, a
            learner in two of them, or not the same seed in all.
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
                f"There is no {GRADEBOOK} in {place(folder)}. Name what --out was for each part."
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
        raise CourseError(f"None of the gradebooks has anything of lesson {lesson.number}.")
    if len(seeds) > 1:
        raise CourseError(
            "The parts were graded with different seeds: "
            f"{', '.join(map(str, sorted(seeds)))}. Grade them again with one --seed."
        )
