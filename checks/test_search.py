"""The search for the smallest scenario that breaks a promise, and the names it finds for that."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from inspect import signature
from types import ModuleType
from typing import Any

import pytest
from hypothesis.strategies import integers, just, lists

from course import catalog
from course.fakes.clock import Stuck, VirtualClock, active_clock
from course.fakes.sources import AsItem, AsyncSource, Source
from course.fakes.text import TextMaker
from course.grade import search as searching
from course.grade.answer_file import AnswerFile
from course.grade.answers import Answers, load
from course.grade.differences import check_same, same_value
from course.grade.expect import WrongAnswer, check
from course.grade.scenarios import (
    EACH_ASYNC_ENDING,
    EACH_ENDING,
    EACH_TEXT,
    EACH_VALUE,
    Ending,
    any_ending,
    any_items,
    any_tokens,
    each,
    together,
)
from course.grade.search import RUNS_TO_SHRINK, SCENARIOS, SPOT_CHECK, UNTIL_ONE_FAILS, Search
from course.grade.stream_checks import EARLIER_CALL
from course.grade.stream_promises import AT_THE_END, StreamPromises, one_by_one

LESSON = catalog.find("09")
KEEPS = StreamPromises()


@pytest.fixture
def answers() -> Answers:
    return load(AnswerFile.read(LESSON.solution), LESSON)


def a_search(answers: Answers, seed: int = 1, again: Callable[[], Answers] | None = None) -> Search:
    return Search(answers, seed, again or (lambda: answers))


class TestSearch:
    def test_a_promise_that_is_kept(self, answers: Answers) -> None:
        seen: list[int] = []
        a_search(answers)(lambda _, n: seen.append(n), n=integers(0, 10**6))
        assert len(seen) == SCENARIOS

    def test_it_draws_the_same_for_a_seed(self, answers: Answers) -> None:
        def drawn(seed: int) -> list[Any]:
            seen: list[Any] = []
            a_search(answers, seed)(lambda _, tokens: seen.append(tokens), tokens=any_tokens())
            return seen

        assert drawn(1) == drawn(1) != drawn(2)

    def test_a_spot_check_takes_some_of_all_parts(self, answers: Answers) -> None:
        seen: list[list[int]] = []
        search = Search(answers, 1, extent=SPOT_CHECK)
        one_by_one = [{"n": [n]} for n in range(100)]
        joined = together(n=tuple([n] for n in range(100, 200)))
        search(lambda _, n: seen.append(n), *one_by_one, joined, n=lists(integers(500, 10**6)))
        *always, drawn = seen
        assert always == [[0], [50], [100], [150]]
        assert drawn not in always

    def test_the_first_that_fails_can_be_enough(self, answers: Answers) -> None:
        seen: list[int] = []

        def promise(_: Answers, n: int) -> None:
            seen.append(n)
            check(n < 3, "it is too much", why="")

        for always in ([{"n": n} for n in range(9)], []):
            seen.clear()
            with pytest.raises(WrongAnswer):
                Search(answers, 1, extent=UNTIL_ONE_FAILS)(promise, *always, n=integers(0, 10**6))
            assert [n >= 3 for n in seen].count(True) == 1

    def test_constants_in_the_answers_are_not_drawn(self, answers: Answers) -> None:
        from hypothesis.internal.conjecture import providers

        assert not [*providers._get_local_constants().set_for_type("integer")]

    def test_what_fails_is_made_smaller(self, answers: Answers) -> None:
        def promise(_: Answers, tokens: list[str], n: int) -> None:
            check(len(tokens) < 3 or n < 2, "it is too long", why="", got=(tokens, n))

        with pytest.raises(WrongAnswer) as caught:
            a_search(answers)(promise, tokens=any_tokens(), n=integers(0, 50))
        assert caught.value.got == (["a", "a", "a"], 2)

    def test_what_always_comes_is_tried_first(self, answers: Answers) -> None:
        seen: list[int] = []
        a_search(answers)(lambda _, n: seen.append(n), *each(n=(7, 8)), n=just(1))
        assert seen[:2] == [7, 8]

    @pytest.mark.parametrize("kind", [Stuck, KeyboardInterrupt, ZeroDivisionError, SystemExit])
    def test_any_error_comes_out_as_it_is(
        self, answers: Answers, kind: type[BaseException]
    ) -> None:
        error = Stuck("", []) if kind is Stuck else kind("this one")
        runs: list[int] = []

        def promise(_: Answers, n: int) -> None:
            runs.append(n)
            if n > 5:
                raise error

        with pytest.raises(kind) as caught:
            a_search(answers)(promise, n=integers(0, 10**6))
        assert caught.value is error
        assert len(runs) < SCENARIOS + RUNS_TO_SHRINK + 2

    def test_the_number_of_runs_is_limited(self, answers: Answers) -> None:
        runs: list[int] = []

        def promise(_: Answers, n: int) -> None:
            runs.append(n)
            check(n % 2, "it is even", why="")

        with pytest.raises(WrongAnswer):
            a_search(answers)(promise, n=integers(10**6, 10**12))
        assert len(runs) <= SCENARIOS + RUNS_TO_SHRINK + 1

    def test_an_argument_that_is_changed_comes_whole_again(self, answers: Answers) -> None:
        def promise(_: Answers, tokens: list[str]) -> None:
            assert tokens == ["a", "b"]
            tokens.clear()

        a_search(answers)(promise, {"tokens": ["a", "b"]}, tokens=just(["a", "b"]))

    def test_what_an_earlier_call_has_left_is_named(self) -> None:
        source = (
            "def buffer_stream(tokens, max_chars=50, marks=(), held=[]):\n"
            "    held.extend(tokens)\n    yield from held\n"
        )
        file = AnswerFile.of_text(source, LESSON.exercise)

        def promise(answers: Answers, tokens: list[str]) -> None:
            check_same(list(answers.buffer_stream(tokens)), tokens)

        search = a_search(load(file, LESSON), again=lambda: load(file, LESSON))
        with pytest.raises(WrongAnswer, match=EARLIER_CALL):
            search(promise, {"tokens": ["a"]}, {"tokens": ["b"]}, tokens=any_tokens())

    def test_each_run_has_time_of_its_own(self, answers: Answers) -> None:
        clocks = []

        def promise(_: Answers, n: int) -> None:
            clock = active_clock()
            assert clock is not None
            assert clock.elapsed == 0
            clocks.append(clock)
            clock.sleep(3600)

        a_search(answers)(promise, n=integers())
        assert len({*map(id, clocks)}) == SCENARIOS

    def test_a_coroutine_gets_the_clock(self, answers: Answers) -> None:
        async def promise(_: Answers, clock: VirtualClock, n: int) -> None:
            await asyncio.sleep(n)
            check(clock.elapsed < 3, "it takes too long", why="", got=n)

        with pytest.raises(WrongAnswer) as caught:
            a_search(answers)(promise, n=integers(0, 100))
        assert caught.value.got == 3

    def test_blocking_the_event_loop_is_seen(self, answers: Answers) -> None:
        async def promise(_: Answers, clock: VirtualClock, n: int) -> None:
            clock.sleep(1)

        with pytest.raises(WrongAnswer, match="it blocks the event loop"):
            a_search(answers)(promise, n=integers())


def passed_on(source: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from source
    finally:
        source.close() if hasattr(source, "close") else None


def open_after_its_end(source: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from source
    except GeneratorExit:
        source.close()  # type: ignore[attr-defined]
        raise


def all_at_once(source: Iterable[Any]) -> Iterator[Any]:
    items = list(source)
    source.close()  # type: ignore[attr-defined]
    yield from items


def with_hidden_errors(source: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from source
    except Exception:
        pass
    finally:
        source.close()  # type: ignore[attr-defined]


def without_repetitions(source: Iterable[Any]) -> Iterator[Any]:
    seen: list[Any] = []
    try:
        for item in source:
            if seen[-1:] != [item]:
                yield item
            seen.append(item)
    finally:
        source.close() if hasattr(source, "close") else None


class TestStreamPromises:
    @pytest.mark.parametrize("items", [*EACH_TEXT, *EACH_VALUE], ids=repr)
    def test_a_right_stream(self, items: list[Any]) -> None:
        for ending in EACH_ENDING:
            KEEPS.check(passed_on, items, ending, one_by_one)

    @pytest.mark.parametrize(
        ("read", "ending", "problem"),
        [
            (open_after_its_end, Ending(), "its source stays open at its end"),
            (
                open_after_its_end,
                Ending(error=ValueError()),
                "its source stays open after an error of the source",
            ),
            (iter, Ending(), "its source stays open at its end"),
            (all_at_once, Ending(), "it reads ahead of its caller"),
            (with_hidden_errors, Ending(error=ValueError()), "an error of the source is hidden"),
            (
                without_repetitions,
                Ending(),
                "an item that equals the one before it is lost",
            ),
        ],
    )
    def test_a_wrong_one(
        self, read: Callable[[Any], Iterator[Any]], ending: Ending, problem: str
    ) -> None:
        with pytest.raises(WrongAnswer) as caught:
            KEEPS.check(read, ["a", "a", "b"], ending, one_by_one)
        assert caught.value.problem == problem

    def test_what_is_left_open_before_an_error(self) -> None:
        def pieces(items: list[Any]) -> list[tuple[Any, int]]:
            return [("".join(items), AT_THE_END)]

        def joined(source: Iterable[Any]) -> Iterator[str]:
            try:
                yield "".join(source)
            finally:
                source.close() if hasattr(source, "close") else None

        for ending in (Ending(), Ending(error=ValueError())):
            KEEPS.check(joined, ["a", "b"], ending, pieces)

    async def test_asynchronous_ones(self, answers: Answers) -> None:
        async def passed_on(source: AsyncSource) -> AsyncIterator[Any]:
            try:
                async for item in source:
                    yield item
            finally:
                await source.aclose()

        async def left_open(source: AsyncSource) -> AsyncIterator[Any]:
            async for item in source:
                yield item

        for ending in EACH_ASYNC_ENDING:
            await KEEPS.acheck(answers, passed_on, [1, 2, 3], ending, one_by_one)
            with pytest.raises(WrongAnswer, match="its source stays open"):
                await KEEPS.acheck(answers, left_open, [1, 2, 3], ending, one_by_one)

    def test_a_search_with_them(self, answers: Answers) -> None:
        def promise(_: Answers, items: list[Any], ending: Ending) -> None:
            KEEPS.check(passed_on, items, ending, one_by_one)

        a_search(answers)(promise, items=any_items(), ending=any_ending())


class TestDifferences:
    @pytest.mark.parametrize(
        ("got", "wanted", "problem"),
        [
            (["a"], ["a", "a"], "an item that equals the one before it is lost"),
            (["a", "b"], ["a", " ", "b"], "white space is lost"),
            ([1, 2], [1, 0, 2], "an item that counts as false is lost"),
            ([1, 2], [1, None, 2], "None as an item is lost"),
            (["a"], ["a", "", "b", "c"], "it takes an item that counts as false for the end"),
            (["a"], ["a", " ", "b", "c"], "it takes white space for the end"),
            ([2, 3], [1, 2, 3], "the first item is lost"),
            ([1, 2], [1, 2, 3], "the last item is lost"),
            ([1], [1, 2, 3, 4], "it ends too early"),
            ([1, 2, 3, 4], [1, 2, 3], "something comes after what should be the last item"),
            ([2, 1], [1, 2], "the order is another one"),
            ([1.0], [1], "an item has another type"),
            ([(1, 2)], [[1, 2]], "what comes is not what the docstring says"),
            (["ab", "c"], ["a", "bc"], "the text is cut in other places"),
        ],
    )
    def test_how_they_are_called(self, got: list[Any], wanted: list[Any], problem: str) -> None:
        with pytest.raises(WrongAnswer) as caught:
            check_same(got, wanted, wanted)
        assert caught.value.problem == problem

    def test_what_is_the_same(self) -> None:
        nan = float("nan")
        for value in (1, "a", [nan, {"a": (1,)}], None, ValueError("x")):
            assert same_value(value, value)
        assert same_value(ValueError("x"), ValueError("x"))
        for one, other in ((1, True), (1, 1.0), ([1], (1,)), ("", None), (0, False), (b"", "")):
            assert not same_value(one, other)
        assert not same_value(ValueError("x"), ValueError("y"))


def test_a_source_stays_open_until_somebody_closes_it() -> None:
    source = Source(["a", ValueError()])
    assert next(source) == "a"
    with pytest.raises(ValueError):  # noqa: PT011
        next(source)
    assert [*source] == []
    assert not source.closed
    source.close()
    assert source.closed


def test_an_exception_may_be_an_item() -> None:
    error = ValueError("an item")
    source = Source([AsItem(error)])
    assert [*source] == [error]
    assert repr(source) == "[ValueError('an item')]"


class CountingSearch(Search):
    """Counts the scenarios that are tried."""

    tried = 0

    def __call__(self, promise: Callable[..., Any], *always: Any, **more: Any) -> None:
        run = searching._run
        self.tried += sum(map(searching._count, always)) - len(always)

        def counted(*arguments: Any) -> None:
            self.tried += 1
            run(*arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(searching, "_run", counted)
            super().__call__(promise, *always, **more)


COSTLY = {"chat_graph": 3, "stream_thread": 20}
"""In LangGraph, one scenario takes as long as twenty others."""


@pytest.mark.parametrize("lesson", catalog.lessons(), ids=lambda lesson: lesson.slug)
def test_each_task_is_searched(lesson: catalog.Lesson) -> None:
    """A search needs only what can be made in a contained process, too."""
    tests = imported(lesson)
    answers = load(AnswerFile.read(lesson.solution), lesson)
    too_few = {}
    for task in lesson.tasks:
        search = CountingSearch(answers, 1, lambda: answers)
        given = {"search": search, "answers": answers, "text": TextMaker(task.name)}
        of_task = getattr(tests, task.test_class)
        for name, test in vars(of_task).items():
            needed = [*signature(test).parameters][1:] if name.startswith("test_") else []
            if "search" in needed:
                getattr(of_task(), name)(**{one: given[one] for one in needed})
        wanted = COSTLY.get(task.name, SCENARIOS)
        if lesson.signatures[task.name].parameters and search.tried < wanted:
            too_few[task.name] = search.tried
    assert too_few == {}


def imported(lesson: catalog.Lesson) -> ModuleType:
    """The tests of a lesson, as a module of their own."""
    spec = spec_from_file_location("tests_of_a_lesson", lesson.tests)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_error_is_copied_without_its_traceback_also_beside_a_cluster() -> None:
    """Otherwise one that was raised often is too deep to be copied."""
    pytest.importorskip("distributed")
    error = ValueError("it is raised again and again")
    for _ in range(1_000):
        with contextlib.suppress(ValueError):
            raise error
    assert copy.deepcopy(error).__traceback__ is None
