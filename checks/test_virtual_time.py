"""Virtual time: nothing sleeps, all clocks agree, and what never ends is found out."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import until

from course.catalog import ROOT
from course.fakes import clock
from course.fakes.clock import EPOCH, LONGEST, START, Stuck, VirtualClock, hang, virtual_time


@pytest.fixture
def virtual() -> Iterator[VirtualClock]:
    with virtual_time() as active:
        yield active


class TestClocks:
    def test_all_of_them_tell_the_same_time(self, virtual: VirtualClock) -> None:
        async def main() -> None:
            await asyncio.sleep(2.5)
            loop = asyncio.get_running_loop()
            assert loop.time() == time.monotonic() == time.perf_counter() == START + 2.5
            assert time.monotonic_ns() == time.perf_counter_ns() == int((START + 2.5) * 1e9)
            assert time.time() == EPOCH + 2.5
            assert time.time_ns() == int((EPOCH + 2.5) * 1e9)

        virtual.run(main())
        assert virtual.elapsed == 2.5

    def test_only_the_date_can_be_set(self, virtual: VirtualClock) -> None:
        virtual.date -= 3600
        assert (time.time(), time.time_ns()) == (EPOCH - 3600, int((EPOCH - 3600) * 1e9))
        assert time.monotonic() == time.perf_counter() == START

    def test_they_are_real_again_afterwards(self) -> None:
        before = time.monotonic()
        with virtual_time() as active:
            active.advance(3600)
            assert time.monotonic() == START + 3600
        real = getattr(time.monotonic, "__wrapped__", time.monotonic)
        assert before <= time.monotonic() <= real()

    def test_a_clock_inside_of_another_is_one_of_its_own(self, virtual: VirtualClock) -> None:
        virtual.advance(5)
        with virtual_time():
            assert time.monotonic() == START
        assert time.monotonic() == START + 5

    def test_timers_ring_in_their_order(self, virtual: VirtualClock) -> None:
        rang: list[tuple[str, float]] = []

        async def ring(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            rang.append((name, virtual.elapsed))

        async def main() -> None:
            await asyncio.gather(ring("late", 30), ring("early", 0.5), ring("middle", 20))

        virtual.run(main())
        assert rang == [("early", 0.5), ("middle", 20), ("late", 30)]

    def test_a_timeout_comes_when_it_should(self, virtual: VirtualClock) -> None:
        async def main() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(3):
                    await asyncio.sleep(4)
            assert virtual.elapsed == 3

        virtual.run(main())


class TestLoops:
    """A loop that a plain function starts lives in virtual time, too."""

    async def wait(self) -> list[None]:
        return await asyncio.gather(*(asyncio.sleep(seconds) for seconds in (1, 3, 2)))

    def test_one_that_is_run(self, virtual: VirtualClock) -> None:
        assert asyncio.run(self.wait()) == [None] * 3
        assert (virtual.elapsed, virtual.blocked) == (3, 0)

    def test_one_that_is_made(self, virtual: VirtualClock) -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(self.wait())
        loop.close()
        assert virtual.elapsed == 3

    def test_it_is_found_out_if_it_never_ends(self, virtual: VirtualClock) -> None:
        with pytest.raises(Stuck, match="never comes"):
            asyncio.run(never())

    def test_it_is_an_ordinary_one_in_real_time(self) -> None:
        loop = asyncio.new_event_loop()
        loop.close()
        assert not isinstance(loop, clock.VirtualEventLoop)

    def test_so_it_is_in_a_real_thread(self, virtual: VirtualClock) -> None:
        made: list[asyncio.AbstractEventLoop] = []
        thread = threading.Thread(target=lambda: made.append(asyncio.new_event_loop()))
        thread.start()
        thread.join()
        made[0].close()
        assert not isinstance(made[0], clock.VirtualEventLoop)


class TestSets:
    """asyncio returns sets. Their order is no accident of memory, nor one to be relied on."""

    async def order(self) -> list[int]:
        async def number(which: int) -> int:
            return which

        kept = [object() for _ in range(random.randrange(100))]  # moves what comes after it
        tasks = [asyncio.ensure_future(number(which)) for which in range(9)]
        done, _ = await asyncio.wait(tasks)
        del kept
        return [task.result() for task in done]

    async def order_of_futures(self) -> list[int]:
        loop = asyncio.get_running_loop()
        kept = [object() for _ in range(random.randrange(100))]
        futures = [loop.create_future() for _ in range(9)]
        del kept
        return [futures.index(future) for future in {*futures}]

    @pytest.mark.parametrize("order", [order, order_of_futures])
    def test_the_order_is_always_the_same(
        self, virtual: VirtualClock, order: Callable[[TestSets], Coroutine[Any, Any, list[int]]]
    ) -> None:
        orders = [asyncio.run(order(self)) for _ in range(20)]
        assert orders == [orders[0]] * 20
        assert sorted(orders[0]) == [*range(9)] != orders[0]

    def test_each_is_still_a_task_and_a_future_of_asyncio(self, virtual: VirtualClock) -> None:
        async def kinds() -> tuple[object, object]:
            return asyncio.current_task(), asyncio.get_running_loop().create_future()

        task, future = asyncio.run(kinds())
        assert isinstance(task, asyncio.Task)
        assert isinstance(future, asyncio.Future)
        assert "<Task finished" in repr(task)


class TestBlocking:
    def test_sleep_takes_its_time_without_a_loop(self, virtual: VirtualClock) -> None:
        time.sleep(7)
        assert (virtual.elapsed, virtual.blocked) == (7, 0)

    def test_it_is_noted_when_a_loop_has_to_wait(self, virtual: VirtualClock) -> None:
        async def main() -> None:
            other = asyncio.create_task(asyncio.sleep(1))
            await asyncio.sleep(0)
            time.sleep(2)
            await other
            assert virtual.elapsed == 2

        virtual.run(main())
        assert virtual.blocked == 2
        assert virtual.blocked_lines[0][0] == __file__

    def test_a_thread_blocks_nobody(self, virtual: VirtualClock) -> None:
        async def main() -> None:
            slow = asyncio.create_task(asyncio.to_thread(time.sleep, 2))
            await asyncio.sleep(1)
            assert not slow.done()
            await slow
            assert virtual.elapsed == 2

        virtual.run(main())
        assert virtual.blocked == 0

    def test_an_error_in_a_thread_arrives(self, virtual: VirtualClock) -> None:
        async def main() -> None:
            with pytest.raises(ZeroDivisionError):
                await asyncio.to_thread(lambda: 1 // 0)
            with pytest.raises(RuntimeError, match="StopIteration"):
                await asyncio.to_thread(next, iter(()))

        virtual.run(main())


async def never() -> None:
    await asyncio.Event().wait()


async def spin() -> None:
    while True:
        await asyncio.sleep(0)


async def wait_for_weeks() -> None:
    while True:
        await asyncio.sleep(3600)


async def wait_for_a_dead_connection() -> None:
    hang()


class TestStuck:
    @pytest.mark.parametrize(
        ("task", "said"),
        [
            (never, "waits for something that never comes"),
            (spin, "keeps looping"),
            (wait_for_weeks, "after a day"),
            (wait_for_a_dead_connection, "a source that never answers"),
        ],
    )
    def test_it_is_found_and_named(
        self, virtual: VirtualClock, task: Callable[[], Awaitable[None]], said: str
    ) -> None:
        async def main() -> None:
            await task()

        with pytest.raises(Stuck, match=said):
            virtual.run(main())
        assert virtual.elapsed <= LONGEST + 3600

    def test_the_waiting_line_is_known(self, virtual: VirtualClock) -> None:
        with pytest.raises(Stuck) as stuck:
            virtual.run(never())
        first = never.__code__.co_firstlineno
        assert (__file__, first + 1) in stuck.value.lines

    def test_it_cannot_be_swallowed_as_an_exception(self) -> None:
        assert not issubclass(Stuck, Exception)


class TestThreads:
    def test_the_loop_waits_for_one_that_the_code_has_started(self, virtual: VirtualClock) -> None:
        async def main() -> None:
            loop, called = asyncio.get_running_loop(), asyncio.Event()
            may_call = threading.Event()

            def call() -> None:
                may_call.wait()
                loop.call_soon_threadsafe(called.set)

            loop.call_soon(may_call.set)
            threading.Thread(target=call).start()
            await called.wait()

        virtual.run(main())

    def test_it_waits_for_one_that_gets_no_processor(
        self, virtual: VirtualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        may_call = threading.Event()
        looks = iter(range(20))

        def is_awake(thread: threading.Thread) -> bool:
            if next(looks) == 19:
                may_call.set()
            return True

        async def main() -> None:
            loop, called = asyncio.get_running_loop(), asyncio.Event()

            def call() -> None:
                may_call.wait()
                loop.call_soon_threadsafe(called.set)

            threading.Thread(target=call).start()
            async with asyncio.timeout(60):
                await called.wait()

        monkeypatch.setattr(clock, "_is_awake", is_awake)
        virtual.run(main())

    @pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="nobody can tell")
    def test_a_thread_is_awake_while_it_works(self) -> None:
        done, asleep = threading.Event(), threading.Event()

        def work() -> None:
            while not done.is_set():
                pass

        waiting, working = threading.Thread(target=asleep.wait), threading.Thread(target=work)
        waiting.start()
        working.start()
        try:
            until(lambda: clock._is_awake(working), "the thread is seen at work")
            until(lambda: not clock._is_awake(waiting), "the thread is seen asleep")
        finally:
            done.set()
            asleep.set()
            waiting.join()
            working.join()
        assert not clock._is_awake(working), "it has ended"

    def test_it_waits_for_none_that_was_there_before(self) -> None:
        """Runners of tests have such threads; a real wait at each step would cost them minutes."""
        script = """\
            import asyncio, selectors, threading

            waits = []
            select = selectors.SelectSelector.select

            def watched(selector, timeout=None):
                waits.append(timeout)
                return select(selector, timeout)

            selectors.SelectSelector.select = watched
            def start_a_thread():
                threading.Thread(target=threading.Event().wait, daemon=True).start()

            start_a_thread()
            from course.fakes.clock import virtual_time

            for _ in range(2):
                with virtual_time() as clock:
                    clock.run(asyncio.sleep(5))
                assert waits and not any(waits), waits
                start_a_thread()
            with virtual_time() as clock:
                start_a_thread()
                clock.run(asyncio.sleep(5))
            assert any(waits)
            waits.clear()
            with virtual_time() as clock:
                clock.run(asyncio.sleep(5))
            assert any(waits), "what was started in virtual time may still wake somebody"
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, check=True)
