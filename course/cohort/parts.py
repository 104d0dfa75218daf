"""A part of a cohort, which can be graded by itself, on any machine."""

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
        number: which one, starting at 1.
        of: how many there are.
    """

    number: int
    of: int

    @staticmethod
    def read(text: str) -> Part:
        """Read a part from a text such as "3/10".

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

        The part depends only on the submission's own name: adding or removing a submission never
        moves another one. So the parts are only roughly equal in size.
        """
        return [one for one in submissions if self._has(one.name or one.learner)]

    def _has(self, name: str) -> bool:
        return int(digest(name), 16) % self.of == self.number - 1
