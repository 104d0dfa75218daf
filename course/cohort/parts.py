"""A part of a cohort, which can be graded for itself, on any machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from course.catalog import CourseError
from course.cohort.intake.names import digest
from course.cohort.intake.submissions import Submission


@dataclass(frozen=True)
class Part:
    """One of several parts of a cohort.

    Attributes:
        number: which one, from 1.
        of: how many there are.
    """

    number: int
    of: int

    @staticmethod
    def read(text: str) -> Part:
        """Read a part as it is written, such as "3/10".

        Raises:
            CourseError: if there is no such part.
        """
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text, re.ASCII)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise CourseError(f"{text[:20]!r} is not a part of a cohort. The third of ten is 3/10.")
        return Part(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def take(self, submissions: Iterable[Submission]) -> list[Submission]:
        """Return the submissions of this part.

        Which part one is in depends on its own name alone: a submission that is added, or goes,
        moves no other one to another part. So parts are only about equally large.
        """
        return [one for one in submissions if self._has(one.name or one.learner)]

    def _has(self, name: str) -> bool:
        return int(digest(name), 16) % self.of == self.number - 1
