"""What is said of answers that end the process in which they run."""

from __future__ import annotations

LOOPS = "it loops without end, or takes far too long"
LOOPS_WHY = (
    "It was at work for seconds where others take milliseconds. What ends the loop? If something "
    "does: is everything done anew for each token?"
)
ENDS = "it ended the whole program"
ENDS_WHY = "Let it return or raise an exception; nothing in a task may end the process."


class ContainedDied(BaseException):  # no Exception: no test may take it for an answer
    """The contained process has ended in the middle of a test, or is of no more use.

    Attributes:
        problem: what happened, for the learner.
        why: what the learner should try.
        suspicious: why a person should look at it, or "".
        line: the learner's line where it happened, or None.
    """

    def __init__(
        self, problem: str, why: str = ENDS_WHY, suspicious: str = "", line: int | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.why = why
        self.suspicious = suspicious
        self.line = line
