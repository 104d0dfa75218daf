"""What a test says: `check` a fact, and explain like a teacher when it does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

Test = TypeVar("Test")

NOTHING: Any = object()


class WrongAnswer(AssertionError):
    """A task did something else than its contract says.

    Attributes:
        problem: the misconception in a few words, to be read after the task's name.
        why: what to understand or try next, in a sentence or two.
        wanted: what should have come, or `NOTHING`.
        got: what came instead, or `NOTHING`: then the recorded call says it.
        lines: `(file name, line number)` of the place in question, the innermost first.
        wants_error: whether an error should have come instead of anything else.
    """

    def __init__(
        self,
        problem: str,
        why: str,
        wanted: object = NOTHING,
        got: object = NOTHING,
        lines: list[tuple[str, int]] | None = None,
        wants_error: bool = False,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.why = why
        self.wanted = wanted
        self.got = got
        self.lines = lines or []
        self.wants_error = wants_error


class Words(str):
    """Text to be shown as it is, not as a Python value."""

    __slots__ = ()


def check(
    holds: object,
    problem: str,
    *,
    why: str,
    wanted: object = NOTHING,
    got: object = NOTHING,
) -> None:
    """Pass if `holds` is true.

    Args:
        holds: the fact.
        problem: what is wrong when it does not hold, read after the task's name:
            "the end of the text is lost".
        why: what the learner should understand or try.
        wanted: what should have come; `Words` are shown as they are.
        got: what came; by default what the last recorded call returned or yielded.

    Raises:
        WrongAnswer: if `holds` is false.
    """
    if not holds:
        raise WrongAnswer(problem, why, wanted, got)


class Caught:
    """Holds the error that was raised, once the block has ended."""

    error: Any = None


@contextmanager
def raises(
    kind: type[BaseException],
    problem: str,
    *,
    why: str,
    wanted: object = NOTHING,
) -> Iterator[Caught]:
    """Pass if the block raises `kind`. Another error passes through, and notes what was wanted.

    Raises:
        WrongAnswer: if the block raises nothing.
    """
    caught = Caught()
    try:
        yield caught
    except kind as error:
        caught.error = error
    except Exception as error:
        with suppress(AttributeError):
            error.wanted_instead = kind.__name__  # type: ignore[attr-defined]
        raise
    else:
        wanted = wanted if wanted is not NOTHING else Words(kind.__name__)
        raise WrongAnswer(problem, why, wanted, wants_error=True)


def keeps(*promises: int) -> Callable[[Test], Test]:
    """Say to which promises of the docstring a test belongs: `course/lesson/contract.py` reads it.

    Args:
        promises: the numbers of the bullets, counted from 1. A test without this belongs to the
            fine print.
    """
    assert all(number >= 1 for number in promises)
    return lambda test: test


def in_process(reason: str) -> Callable[[Test], Test]:
    """Mark a test whose model stays in this process also on the rung "wire".

    Args:
        reason: what of the contract does not hold over a network.
    """

    def mark(test: Test) -> Test:
        test.in_process = reason  # type: ignore[attr-defined]
        return test

    return mark
