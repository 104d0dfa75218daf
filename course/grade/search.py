"""Search for the smallest scenario in which an answer breaks a promise.

Hypothesis draws the scenarios, and shrinks the first one that fails. Each runs in virtual time of
its own, as if it were a test of its own. A seed draws the same scenarios on every machine.
"""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.internal import constants_ast
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

from course.fakes.clock import Stuck, virtual_time
from course.grade.answers import Answers
from course.grade.died import ContainedDied
from course.grade.expect import WrongAnswer
from course.grade.scenarios import Together
from course.grade.stream_checks import (
    EARLIER_CALL,
    WHY_EARLIER_CALL,
    check_not_blocked,
)

# Otherwise Hypothesis reads the constants in the learner's file, and draws them more often.
providers._get_local_constants = constants_ast.Constants

SCENARIOS = 50
"""How many are tried in one search: those that come with every seed, and the rest is drawn."""

FEWEST_DRAWN = 10
"""So many are drawn however many come with every seed: only they combine what is strange."""

RUNS_TO_SHRINK = 200
"""How many smaller scenarios are tried once one has failed."""

COST_OF_WAITING = 20
"""As how many of them one counts that waits forever, which takes long to find out."""


Always = Mapping[str, Any] | Together
"""What is tried with every seed."""


@dataclass(frozen=True)
class Extent:
    """How much of a search is done.

    Attributes:
        always: the most scenarios of those that come with every seed.
        drawn: the most that are drawn.
        shrinks: whether what fails is made smaller, or the first that fails is enough.
    """

    always: float = math.inf
    drawn: float = math.inf
    shrinks: bool = True


WHOLE = Extent()

UNTIL_ONE_FAILS = Extent(shrinks=False)
"""For those who only want to know whether there is something to be found."""

SPOT_CHECK = Extent(always=4, drawn=1)
"""For answers in another process, which takes longer, once they have kept the promise there."""


class _Broken(Exception):
    """What Hypothesis sees of an error, of whatever kind it is."""


class Search:
    """Tries a promise in many scenarios: `search(promise, tokens=lists(words), n=integers(1, 9))`.

    Args:
        answers: the functions to be graded.
        seed: which scenarios are drawn.
        imported_again: imports the same answers once more, if that can be done here.
        extent: how much is tried.
    """

    def __init__(
        self,
        answers: Answers,
        seed: int | str,
        imported_again: Callable[[], Answers] | None = None,
        extent: Extent = WHOLE,
    ) -> None:
        self._answers = answers
        self._seed = seed
        self._imported_again = imported_again
        self._extent = extent

    def __call__(
        self,
        promise: Callable[..., Any],
        *always: Always,
        runs: int | None = None,
        **drawn: SearchStrategy[Any],
    ) -> None:
        """Pass if a promise is kept in every scenario.

        Args:
            promise: takes the answers and, by name, what is drawn; if it is a coroutine function,
                the clock comes second. It raises what a test raises.
            always: scenarios that are tried first, with every seed.
            runs: how many are drawn; by default as many as `SCENARIOS` leaves.
            drawn: from what each argument is drawn.

        Raises:
            WrongAnswer: for the smallest scenario that was found. So does any other error.
        """
        trial = _Trial(promise, self._answers, RUNS_TO_SHRINK if self._extent.shrinks else 0)
        try:
            for scenario in _chosen(always, self._extent.always):
                _try(trial, scenario)
            runs = runs or max(SCENARIOS - sum(map(_count, always)), FEWEST_DRAWN)
            self._draw(trial, drawn, int(min(runs, self._extent.drawn)))
        except (_Broken, hypothesis.errors.Flaky):
            pass
        if trial.failed is None:
            return
        scenario, error = trial.failed
        if self._imported_again and not isinstance(error, Stuck | NotImplementedError):
            self._check_state(promise, scenario)
        if self._extent.shrinks and not isinstance(error, ContainedDied):
            _run(promise, self._answers, scenario)  # so that it is the last call that is recorded
        raise error

    def _check_state(self, promise: Callable[..., Any], scenario: Mapping[str, Any]) -> None:
        """Pass if a scenario also fails in answers that have not been called before."""
        assert self._imported_again
        try:
            _run(promise, self._imported_again(), scenario)
        except BaseException:
            return
        raise WrongAnswer(EARLIER_CALL, WHY_EARLIER_CALL)

    def _draw(self, trial: _Trial, drawn: Mapping[str, SearchStrategy[Any]], runs: int) -> None:
        settings = hypothesis.settings(
            max_examples=runs,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )
        drawing = hypothesis.given(**drawn)(trial.__call__)
        with virtual_time():  # Hypothesis reads clocks, too
            hypothesis.seed(self._seed)(settings(drawing))()


class _Trial:
    """Runs one scenario after another, and only a limited number after one that failed.

    Attributes:
        failed: the smallest scenario that failed, and what it raised.
    """

    def __init__(self, promise: Callable[..., Any], answers: Answers, most: int) -> None:
        self._promise = promise
        self._answers = answers
        self._left = most
        self.failed: tuple[Mapping[str, Any], BaseException] | None = None

    def __call__(self, **scenario: Any) -> None:
        if self.failed is not None and self._left <= 0:
            return
        try:
            _run(self._promise, self._answers, scenario)
        except BaseException as error:
            if self.failed is None or len(repr(scenario)) <= len(repr(self.failed[0])):
                self.failed = scenario, error
            self._left -= _cost(error)
            raise _Broken from None
        if self.failed is not None:
            self._left -= 1


def _chosen(always: Sequence[Always], most: float) -> Sequence[Always]:
    """Return at most so many scenarios, from all parts of a list."""
    if math.isinf(most):
        return always
    single = [
        one for some in always for one in (some.parts if isinstance(some, Together) else (some,))
    ]
    return single[:: math.ceil(len(single) / most) or 1]


def _try(trial: _Trial, scenario: Always) -> None:
    if not isinstance(scenario, Together):
        trial(**scenario)
        return
    try:
        trial(**scenario.whole)
    except _Broken:
        for part in scenario.parts:
            trial(**part)
        raise


def _count(scenario: Always) -> int:
    return len(scenario.parts) if isinstance(scenario, Together) else 1


def _cost(error: BaseException) -> int:
    if isinstance(error, Stuck):
        return COST_OF_WAITING
    return RUNS_TO_SHRINK if isinstance(error, ContainedDied | NotImplementedError) else 1


def _run(promise: Callable[..., Any], answers: Answers, scenario: Mapping[str, Any]) -> None:
    """Run a promise in a copy of a scenario, as if it were a test of its own."""
    scenario = copy.deepcopy(dict(scenario))
    answers.calls.clear()
    if answers.contained is not None:
        answers.contained.end_test()
    with virtual_time() as clock:
        if inspect.iscoroutinefunction(promise):
            clock.run(promise(answers, clock, **scenario))
        else:
            promise(answers, **scenario)
    check_not_blocked(clock)
