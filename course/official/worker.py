"""The worker of official grading: tests here, answers in a contained process.

It serves the same requests as `course.grade.worker`. `"contained"` is the level at which answers
are contained. `"scout"` means that answers are searched in their own process and no test runs, and
`"kept"` are the searches in which nothing was found there. Two more events may come:

    {"event": "flag", "task": ..., "reason": ...}   something is suspicious
    {"event": "kept", "test": ...}                  a search in which nothing was found
"""

from __future__ import annotations

import sys
from typing import IO, Any, TextIO

import pytest

from course.catalog import Lesson
from course.grade import plugin, worker
from course.grade.answer_file import AnswerFile
from course.grade.patience import of_tests_apart
from course.grade.warm import imported, warm_up
from course.official.trusted.process import AnswersInside, ContainedProcess
from course.official.trusted.scout import Scout, has_searches


class Server(worker.Server):
    """Serves requests, and keeps a contained process for them."""

    def __init__(self, requests: TextIO, events: IO[str]) -> None:
        super().__init__(requests, events)
        self._contained: ContainedProcess | None = None

    def warm_up(self, lesson: Lesson) -> None:
        warm_up(lesson)  # the packages of answers are imported where they run

    def get_ready(self, lesson: Lesson, request: dict[str, Any]) -> None:
        if self._contained is None:
            searched = lesson if has_searches(lesson) else None
            self._contained = ContainedProcess(request["contained"], imported(lesson), searched)
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
        plugin.grading.kept = request["kept"]
        return inside

    def _run(self, session: pytest.Session, request: dict[str, Any]) -> bool:
        if not request["scout"]:
            return super()._run(session, request)
        assert self._contained is not None
        session.config.option.seed = request["seed"]
        lesson = plugin.lesson_of(session.items[0])
        assert lesson is not None
        searches = [
            (plugin.name_of(item), plugin.task_of(item, lesson) or "", plugin.seed_of(item))
            for item in worker.wanted(session, lesson, request)
            if "search" in getattr(item, "fixturenames", ())
        ]
        channel = self._contained.channel
        return Scout(channel, request["source"], request["seconds"], self.tell).look(searches)

    def patience(self, seconds: float) -> float:
        return of_tests_apart(seconds)


if __name__ == "__main__":
    sys.exit(worker.main(sys.argv[1:], Server))
