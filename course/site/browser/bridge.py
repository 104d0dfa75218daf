"""What the page's worker calls. Values go in and out as JSON; what happens meanwhile is posted."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from course import catalog
from course.catalog import CourseError
from course.grade import screen
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.outcome import LessonOutcome, Verdict, next_open
from course.learn import reveal
from course.learn.play import Table
from course.learn.prompt import Prompt
from course.site.browser.grading import BrowserGrader
from course.wording import as_from_make

Line = list[tuple[str, str]]
"""A line of a screen: its pieces, each with its style."""


class Desk:
    """One lesson, and all that can be done with answers to it.

    Args:
        number: which lesson.
        post: sends a message to the page, as JSON.
    """

    def __init__(self, number: str, post: Callable[[str], None]) -> None:
        self._post = post
        self._lesson = catalog.find(number)
        self._grader = BrowserGrader(self._lesson, self._tell, _wait_for_the_end)

    def warm_up(self) -> None:
        """Import everything, so that the first verdict comes quickly."""
        self._grader.warm_up()

    def grade(self, source: str, recorded: str, only: str, width: int) -> str:
        """Grade answers.

        Args:
            source: the answers.
            recorded: the events that were told about them before Python had to be ended, as JSON.
            only: the name of a task, or "" for all.
            width: the most characters in a line of the screen.

        Returns:
            The screen, the verdicts and the line to mark, as JSON.
        """
        self._grader.resume(json.loads(recorded))
        path = self._lesson.exercise
        with as_from_make():
            try:
                file = AnswerFile.of_text(source, path)
                outcome = self._grader.grade(file, only=only or None)
            except CannotLoad as error:
                lines = screen.cannot_load(self._lesson, path, error, width)
                return json.dumps(
                    {
                        "screen": _styled(lines),
                        "line": error.line,
                        "column": error.column,
                        "said": f"Not graded: {error.problem}",
                        "mark": error.problem,
                    }
                )
            lines = screen.verdict(outcome, file, width=width)
        about = next_open(outcome.verdicts)
        found = {task.task.name: task.feedback for task in outcome.tasks}
        feedback = found.get(about or "")
        return json.dumps(
            {
                "screen": _styled(lines),
                "tasks": _states(outcome),
                "line": feedback.line if feedback else None,
                "mark": feedback.problem if feedback else "",
                "said": _said(outcome, about, feedback.problem if feedback else ""),
            }
        )

    def solution(self, source: str, verdicts: str, task: str) -> str:
        """Return how answers differ from the reference, in one task or in all, as a screen."""
        known: dict[str, Verdict] = {one.name: "not_started" for one in self._lesson.tasks}
        known.update(json.loads(verdicts))
        tasks = (self._lesson.task(task),) if task else self._lesson.tasks
        file = AnswerFile.of_text(source, self._lesson.exercise)
        with as_from_make():
            try:
                lines = reveal.comparison(self._lesson, file, known, tasks)
            except SyntaxError as error:
                lines = [Text(f"Line {error.lineno} does not parse: {error.msg}.", "red")]
        return json.dumps({"screen": _styled(lines)})

    def run(self, source: str, code: str) -> None:
        """Run code with the learner's own functions, as at the prompt of `make play-09`."""
        self._lesson.exercise.write_text(source, encoding="utf-8")
        printed = Printed(lambda text: self._post(json.dumps({"kind": "printed", "text": text})))
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            asyncio.Runner() as runner,
        ):
            try:
                table = Table(self._lesson, runner.run, self._lesson.exercise)
            except CourseError as error:
                print(error)
                return
            if not code.strip():
                table.tell()
                return
            Prompt(table.names, runner.run, lambda: None).run_block(code)

    def _tell(self, event: dict[str, Any]) -> None:
        self._post(json.dumps({"kind": "event", "event": event}))


class Printed(io.TextIOBase):
    """Posts what is printed, as soon as it is."""

    def __init__(self, post: Callable[[str], None]) -> None:
        self._post = post

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._post(text)
        return len(text)


def _wait_for_the_end() -> None:
    """The page ends Python as soon as it has heard why."""
    while True:
        pass


def _states(outcome: LessonOutcome) -> dict[str, dict[str, Any]]:
    states = {}
    for task in outcome.tasks:
        promises = outcome.promises(task)
        states[task.task.name] = {
            "verdict": task.verdict,
            "kept": sum(one.state == "kept" for one in promises),
            "of": len(promises),
        }
    return states


def _said(outcome: LessonOutcome, about: str | None, problem: str) -> str:
    """The verdict in one sentence, as a screen reader says it."""
    passed = f"{outcome.passed} of {len(outcome.tasks)} tasks passed."
    return f"{passed} {about}: {problem}." if problem else passed


def _styled(lines: Sequence[Text]) -> list[Line]:
    console = Console(file=io.StringIO(), color_system="truecolor", force_terminal=True)
    return [
        [
            (part.text, str(part.style or ""))
            for part in line.render(console)
            if part.text and part.text != "\n"
        ]
        for line in lines
    ]
