"""The figures in a report about a cohort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median, median_high

from course.catalog import Lesson, Task
from course.cohort.results.gradebook import Grading
from course.cohort.results.known_mistakes import Headline
from course.lesson.contract import PromiseState
from course.lesson.variants import SEPARATOR, Variant
from course.official.marking import Flag

Cell = str
"""A task's verdict, or "none" if the submission has not been graded."""

CELLS = ("passed", "wrong", "not_started", "none")


@dataclass(frozen=True)
class Line:
    """One learner.

    Attributes:
        cells: what each task came to.
        promises: for each task, the promises of its contract; none unless the task is wrong.
    """

    learner: str
    entry: str
    status: str
    reason: str
    passed: int
    cells: tuple[Cell, ...]
    promises: tuple[tuple[PromiseState, ...], ...]
    flags: tuple[Flag, ...]
    seconds: float

    @staticmethod
    def of(grading: Grading, lesson: Lesson) -> Line:
        outcome = grading.outcome(lesson)
        graded = grading.status == "graded"
        cells = tuple(task.verdict if graded else "none" for task in outcome.tasks)
        promises = tuple(
            outcome.promises(task) if cell == "wrong" else ()
            for task, cell in zip(outcome.tasks, cells, strict=True)
        )
        return Line(
            grading.learner,
            grading.entry,
            grading.status,
            grading.reason,
            outcome.passed,
            cells,
            promises,
            grading.flags,
            grading.seconds,
        )


@dataclass(frozen=True)
class Mistake:
    """What several learners got wrong in the same way.

    Attributes:
        learners: how many got it wrong.
        problem: what the grader says.
        known: the known mistakes that it says the same about; none for "other".
    """

    learners: int
    problem: str
    known: tuple[Variant, ...]

    @property
    def name(self) -> str:
        """ "loses the tail", or "other"."""
        return self._first.name.partition(SEPARATOR)[2].replace("_", " ") if self.known else "other"

    @property
    def belief(self) -> str:
        """What such a learner believes, or ""."""
        return self._first.note if self.known else ""

    @property
    def _first(self) -> Variant:
        """The one whose name says most: one called seed has no name of its own."""
        named = [one for one in self.known if not one.name.endswith(f"{SEPARATOR}seed")]
        return (named or self.known)[0]


@dataclass
class Cohort:
    """All learners, the best first, and what was said about wrong tasks."""

    lesson: Lesson
    lines: list[Line] = field(default_factory=list)
    headlines: dict[str, Counter[Headline]] = field(default_factory=dict)
    levels: set[str] = field(default_factory=set)
    seeds: set[int] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)

    @staticmethod
    def of(lesson: Lesson, gradings: Iterable[Grading], learners: Iterable[str] = ()) -> Cohort:
        """Make the figures of a cohort.

        Args:
            lesson: the lesson.
            gradings: those that count.
            learners: everyone who ever submitted something. Those not in `gradings` are gone.
        """
        made = Cohort(lesson)
        for grading in gradings:
            made._add(grading)
        made.gone = sorted(set(learners) - {line.learner for line in made.lines})
        order = {cell: place for place, cell in enumerate(CELLS)}
        made.lines.sort(
            key=lambda line: (-line.passed, [order[cell] for cell in line.cells], line.learner)
        )
        return made

    def _add(self, grading: Grading) -> None:
        self.lines.append(Line.of(grading, self.lesson))
        if grading.level:
            self.levels.add(grading.level)
        self.seeds.add(grading.seed)
        if grading.status != "graded":
            return
        for task in grading.outcome(self.lesson).tasks:
            if task.feedback:
                said = self.headlines.setdefault(task.task.name, Counter())
                said[task.feedback.test, task.feedback.problem] += 1

    @property
    def gradable(self) -> list[Line]:
        """Those who have a mark."""
        return [line for line in self.lines if line.status in ("graded", "cannot_load")]

    def with_status(self, *statuses: str) -> list[Line]:
        """Those with one of these, in the order of their names."""
        found = [line for line in self.lines if line.status in statuses]
        return sorted(found, key=lambda line: line.learner)

    @property
    def flagged(self) -> list[Line]:
        """Those that a person should look at, in the order of their names."""
        found = [line for line in self.lines if line.flags]
        return sorted(found, key=lambda line: line.learner)

    def distribution(self) -> list[int]:
        """How many have 0, 1, 2, ... tasks."""
        scores = Counter(line.passed for line in self.gradable)
        return [scores[score] for score in range(len(self.lesson.tasks) + 1)]

    def median(self) -> float:
        """The middle score, or the mean of the two in the middle; 0 if there is none."""
        return median([line.passed for line in self.gradable] or [0])

    def reached_by_half(self) -> int:
        """The highest score that at least half of the learners reach; 0 if there is none."""
        return median_high([line.passed for line in self.gradable] or [0])

    def cells_of(self, task: Task) -> list[Cell]:
        """How each learner did on a task, the best learner first."""
        return [line.cells[task.number - 1] for line in self.lines]

    def broken(self, task: Task) -> Counter[str]:
        """The promises of a task's contract, with how many learners broke each."""
        promises = (one for line in self.lines for one in line.promises[task.number - 1])
        return Counter(one.text for one in promises if one.state == "broken")

    def mistakes(self, task: Task, known: Mapping[Headline, list[Variant]]) -> list[Mistake]:
        """The mistakes in a task, the most common first, the unknown ones last."""
        found: list[Mistake] = []
        other: Counter[str] = Counter()
        by_problem: dict[tuple[str, tuple[str, ...]], tuple[int, tuple[Variant, ...]]] = {}
        for headline, count in self.headlines.get(task.name, Counter()).items():
            variants = tuple(known.get(headline, ()))
            if not variants:
                other[headline[1]] += count
                continue
            key = (headline[1], tuple(variant.name for variant in variants))
            before = by_problem.get(key, (0, variants))[0]
            by_problem[key] = (before + count, variants)
        for (problem, _), (count, variants) in by_problem.items():
            found.append(Mistake(count, problem, variants))
        found.sort(key=lambda mistake: (-mistake.learners, mistake.problem, mistake.name))
        if other:
            said = sorted(other, key=lambda problem: (-other[problem], problem))
            found.append(Mistake(other.total(), "; ".join(said[:3]), ()))
        return found

    def slowest(self, count: int) -> list[Line]:
        """Those that took the longest, the slowest first."""
        timed = [line for line in self.lines if line.seconds]
        return sorted(timed, key=lambda line: (-line.seconds, line.learner))[:count]
