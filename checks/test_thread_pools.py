"""Thread pools in virtual time: jobs sleep side by side, and are over in the order of time."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from contextvars import ContextVar
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel
from langchain_core.tools import tool

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import START, Stuck, VirtualClock, hang, virtual_time
from course.fakes.script import Pause, Reply, ToolCall


@pytest.fixture
def virtual() -> Iterator[VirtualClock]:
    with virtual_time() as active:
        yield active


def sleep(seconds: float) -> float:
    """Sleep, and return when that is over."""
    time.sleep(seconds)
    return time.monotonic() - START


class TestTime:
    @pytest.mark.parametrize(("workers", "seconds"), [(None, 3), (3, 3), (2, 4), (1, 6)])
    def test_it_passes_once_for_all_that_sleep_together(
        self, virtual: VirtualClock, workers: int | None, seconds: float
    ) -> None:
        with ThreadPoolExecutor(workers) as pool:
            assert [*pool.map(sleep, [1, 2, 3])][-1] == seconds
        assert virtual.elapsed == seconds
        assert not virtual.blocked

    def test_it_does_not_depend_on_how_many_processors_there_are(
        self, virtual: VirtualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "cpu_count", lambda: 1)
        with ThreadPoolExecutor() as pool:
            assert [*pool.map(sleep, [1] * 20)] == [1] * 20

    def test_waiting_for_one_takes_as_long_as_that_one(self, virtual: VirtualClock) -> None:
        with ThreadPoolExecutor() as pool:
            slow, fast = pool.submit(sleep, 5), pool.submit(sleep, 2)
            assert (fast.result(), virtual.elapsed) == (2, 2)
            assert (fast.done(), slow.done(), slow.running()) == (True, False, True)
            assert (slow.exception(), virtual.elapsed) == (None, 5)
        assert virtual.elapsed == 5

    def test_what_is_left_behind_takes_no_time(self, virtual: VirtualClock) -> None:
        pool = ThreadPoolExecutor()
        pool.submit(sleep, 5)
        pool.shutdown(wait=False)
        assert virtual.elapsed == 0

    def test_it_passes_for_jobs_while_the_caller_sleeps(self, virtual: VirtualClock) -> None:
        pool = ThreadPoolExecutor(1)
        first, second = pool.submit(sleep, 1), pool.submit(sleep, 1)
        time.sleep(1.5)
        assert (first.done(), second.done(), virtual.elapsed) == (True, False, 1.5)
        while not second.done():
            time.sleep(0.125)
        assert (second.result(), virtual.elapsed) == (2, 2)

    def test_a_pool_in_a_job_of_another_lives_in_its_time(self, virtual: VirtualClock) -> None:
        def nested(seconds: float) -> list[float]:
            time.sleep(1)
            with ThreadPoolExecutor() as pool:
                return [*pool.map(sleep, [seconds, seconds])]

        with ThreadPoolExecutor() as pool:
            assert [*pool.map(nested, [2, 3])] == [[3, 3], [4, 4]]
        assert virtual.elapsed == 4

    def test_a_job_waits_for_one_that_began_before_it(self, virtual: VirtualClock) -> None:
        with ThreadPoolExecutor() as pool:
            first = pool.submit(sleep, 3)
            second = pool.submit(lambda: first.result() + sleep(1))
            assert (second.result(), virtual.elapsed) == (7, 4)

    def test_what_a_job_leaves_behind_goes_on(self, virtual: VirtualClock) -> None:
        inner = ThreadPoolExecutor()
        with ThreadPoolExecutor() as pool:
            left = pool.submit(lambda: inner.submit(sleep, 7)).result()
            assert virtual.elapsed == 0
            assert left.result() == virtual.elapsed == 7


class TestOrder:
    def test_they_are_completed_in_the_order_of_time(self, virtual: VirtualClock) -> None:
        with ThreadPoolExecutor() as pool:
            asked = [pool.submit(sleep, seconds) for seconds in (3, 1, 2, 1)]
            came = [(asked.index(one), virtual.elapsed) for one in as_completed(asked)]
        assert came == [(1, 1), (3, 1), (2, 2), (0, 3)]

    def test_waiting_ends_with_the_first(self, virtual: VirtualClock) -> None:
        with ThreadPoolExecutor() as pool:
            slow, fast = pool.submit(sleep, 3), pool.submit(sleep, 1)
            assert wait([slow, fast], return_when=FIRST_COMPLETED) == ({fast}, {slow})
            assert virtual.elapsed == 1
            assert wait([slow], timeout=0.5) == (set(), {slow})
            assert virtual.elapsed == 1.5
            assert wait([slow, fast]) == ({slow, fast}, set())

    def test_those_who_want_to_know_are_called_then(self, virtual: VirtualClock) -> None:
        called: list[float] = []
        with ThreadPoolExecutor() as pool:
            pool.submit(sleep, 2).add_done_callback(lambda _: called.append(virtual.elapsed))
            assert called == []
        assert called == [2]


class TestEnds:
    def test_a_result_can_be_waited_for_in_vain(self, virtual: VirtualClock) -> None:
        with ThreadPoolExecutor() as pool:
            slow = pool.submit(sleep, 5)
            with pytest.raises(TimeoutError):
                slow.result(timeout=2)
            assert virtual.elapsed == 2
            with pytest.raises(TimeoutError):
                [*as_completed([slow], timeout=1)]
            with pytest.raises(TimeoutError):
                [*pool.map(sleep, [9], timeout=1)]
            assert virtual.elapsed == pytest.approx(4)
        assert virtual.elapsed == pytest.approx(12)

    @pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(2)])
    def test_an_error_arrives_with_the_result(
        self, virtual: VirtualClock, error: BaseException
    ) -> None:
        def fail() -> None:
            time.sleep(1)
            raise error

        with ThreadPoolExecutor() as pool:
            failed = pool.submit(fail)
            assert virtual.elapsed == 0
            with pytest.raises(type(error)) as caught:
                failed.result()
            assert caught.value is failed.exception() is error
            assert pool.submit(sleep, 1).result() == 2

    def test_jobs_that_wait_for_a_worker_can_be_cancelled(self, virtual: VirtualClock) -> None:
        done: list[float] = []
        with ThreadPoolExecutor(1) as pool:
            first, second, third = (pool.submit(lambda: done.append(sleep(1))) for _ in range(3))
            assert (first.cancel(), second.cancel()) == (False, True)
            with pytest.raises(CancelledError):
                second.result()
            pool.shutdown(cancel_futures=True)
            assert third.cancelled()
            with pytest.raises(RuntimeError, match="after shutdown"):
                pool.submit(sleep, 1)
        assert (done, virtual.elapsed) == ([1], 1)

    def test_a_job_that_waits_forever_is_found(self, virtual: VirtualClock) -> None:
        with ThreadPoolExecutor() as pool:
            pool.submit(sleep, 1)
            with pytest.raises(Stuck, match="it waits in a thread for a source that never"):
                pool.submit(hang)

    def test_it_is_what_is_told(self, virtual: VirtualClock) -> None:
        with pytest.raises(Stuck, match="never answers"), ThreadPoolExecutor(2) as pool:
            [*pool.map(lambda call: call(), [lambda: sleep(1), hang, hang])]

    def test_so_is_one_who_waits_for_a_job_that_nobody_does(self, virtual: VirtualClock) -> None:
        with ThreadPoolExecutor(1) as pool, pytest.raises(Stuck, match="never comes"):
            pool.submit(lambda: pool.submit(sleep, 1).result())


class TestThreads:
    def test_a_job_has_context_variables_of_its_own(self, virtual: VirtualClock) -> None:
        name = ContextVar("name", default="nobody")
        name.set("caller")
        with ThreadPoolExecutor() as pool:
            assert pool.submit(name.get).result() == "nobody"
            pool.submit(name.set, "job").result()
        assert name.get() == "caller"

    def test_they_are_real_in_real_time(self) -> None:
        with ThreadPoolExecutor() as pool:
            assert pool.submit(threading.get_ident).result() != threading.get_ident()

    def test_they_are_real_beside_a_running_loop(self, virtual: VirtualClock) -> None:
        async def main() -> None:
            with ThreadPoolExecutor() as pool:
                assert pool.submit(threading.get_ident).result() != threading.get_ident()

        virtual.run(main())

    def test_they_are_real_in_a_real_thread(self, virtual: VirtualClock) -> None:
        found: list[int] = []

        def work() -> None:
            with ThreadPoolExecutor() as pool:
                found.append(pool.submit(threading.get_ident).result())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert found[0] not in (thread.ident, threading.get_ident())

    def test_they_are_real_if_they_have_to_be_prepared(self, virtual: VirtualClock) -> None:
        prepared: list[int] = []
        with ThreadPoolExecutor(
            1, initializer=lambda: prepared.append(threading.get_ident())
        ) as pool:
            assert [pool.submit(threading.get_ident).result()] == prepared
        assert prepared != [threading.get_ident()]

    def test_they_are_real_if_one_only_waits_for_others(self, virtual: VirtualClock) -> None:
        event = threading.Event()
        with ThreadPoolExecutor() as pool:
            before = pool.submit(sleep, 2)
            waits = pool.submit(event.wait)
            assert (before.done(), virtual.elapsed) == (True, 2)
            pool.submit(event.set)
            assert waits.result() is True

    def test_a_pool_goes_from_one_time_to_another(self) -> None:
        pool = ThreadPoolExecutor()
        for _ in range(2):
            with virtual_time() as active:
                assert pool.submit(sleep, 2).result() == active.elapsed == 2
        assert pool.submit(threading.get_ident).result() != threading.get_ident()
        pool.shutdown()


@tool
def look_up(word: str) -> str:
    """Look up a word."""
    time.sleep(2)
    return f"{word} at {time.monotonic() - START}"


class TestLangChain:
    """What it does in threads takes as long as it would."""

    def model(self) -> ScriptedChatModel:
        return ScriptedChatModel(
            replies={name: [Reply(Pause(n), name)] for n, name in enumerate("abc", start=1)}
        )

    @pytest.mark.parametrize(("most", "seconds"), [(None, 3), (2, 4), (1, 6)])
    def test_a_batch(self, virtual: VirtualClock, most: int | None, seconds: float) -> None:
        found = self.model().batch(["a", "b", "c"], config={"max_concurrency": most})
        assert ([one.text for one in found], virtual.elapsed) == (["a", "b", "c"], seconds)

    def test_a_batch_as_it_is_completed(self, virtual: VirtualClock) -> None:
        came = [(n, virtual.elapsed) for n, _ in self.model().batch_as_completed(["c", "a", "b"])]
        assert came == [(1, 1), (2, 2), (0, 3)]

    def test_branches(self, virtual: VirtualClock) -> None:
        branches: dict[str, Callable[[float], float]] = {
            "slow": lambda n: sleep(2 * n),
            "fast": lambda n: sleep(n),
        }
        parallel: RunnableParallel[float] = RunnableParallel(
            {k: RunnableLambda(v) for k, v in branches.items()}
        )
        assert (parallel.invoke(2), virtual.elapsed) == ({"slow": 4, "fast": 2}, 4)

    def test_a_stream_of_branches(self, virtual: VirtualClock) -> None:
        def asks(name: str) -> Runnable[str, Any]:
            return RunnableLambda[str, str](lambda _: name) | self.model()

        parallel = RunnableParallel[str](c=asks("c"), a=asks("a"))
        pieces = [(*piece, virtual.elapsed) for piece in parallel.stream("")]
        assert sorted(set(pieces)) == [("a", 1.0), ("c", 3.0)]

    def test_the_tools_of_an_agent(self, virtual: VirtualClock) -> None:
        calls = [ToolCall("look_up", {"word": word}, id=word) for word in ("x", "y")]
        model = ScriptedChatModel(replies=[Reply(*calls), "done"])
        found = create_agent(model, [look_up]).invoke({"messages": [HumanMessage("look")]})
        texts = [message.text for message in found["messages"]]
        assert (texts[2:], virtual.elapsed) == (["x at 2.0", "y at 2.0", "done"], 2)

    def test_an_agent_whose_tokens_are_streamed(self, virtual: VirtualClock) -> None:
        agent = create_agent(ScriptedChatModel(replies=[Reply("do", Pause(2), "ne")]), [])
        stream = agent.stream({"messages": [HumanMessage("go")]}, stream_mode="messages")
        chunks: list[Any] = [chunk for chunk, _ in stream]
        assert "".join(chunk.text for chunk in chunks) == "done"

    def test_a_thread_beside_a_loop(self, virtual: VirtualClock) -> None:
        async def main() -> AIMessage:
            return await asyncio.to_thread(self.model().invoke, "b")

        assert (virtual.run(main()).text, virtual.elapsed) == ("b", 2)
