"""The worker of official grading: tests here, answers in a contained process.

It serves the same requests as `course.grade.worker`. `"contained"` is the level at which answers
are contained, and one more event may come:

    {"event": "flag", "task": ..., "reason": ...}   something is suspicious
"""

from __future__ import annotations

import sys
from typing import IO, Any, TextIO

from course.catalog import Lesson
from course.grade import plugin, worker
from course.grade.answer_file import AnswerFile
from course.grade.patience import of_tests_apart
from course.official.trusted.process import AnswersInside, ContainedProcess, imported


class Server(worker.Server):
    """Serves requests, and keeps a contained process for them."""

    def __init__(self, requests: TextIO, events: IO[str]) -> None:
        super().__init__(requests, events)
        self._contained: ContainedProcess | None = None

    def get_ready(self, lesson: Lesson, request: dict[str, Any]) -> None:
        if self._contained is None:
            self._contained = ContainedProcess(request["contained"], imported(lesson))
        self._contained.wait_until_up()

    def start_anew(self) -> None:
        assert self._contained is not None
        self._contained.restart()

    def close(self) -> None:
        if self._contained is not None:
            self._contained.close()

    def running(self, lesson: Lesson, file: AnswerFile, request: dict[str, Any]) -> AnswersInside:
        assert self._contained is not None
        inside = AnswersInside(self._contained, lesson, file, request["seconds"], self.tell)
        plugin.grading.contained = inside.for_test
        return inside

    def patience(self, seconds: float) -> float:
        return of_tests_apart(seconds)


if __name__ == "__main__":
    sys.exit(worker.main(sys.argv[1:], Server))
