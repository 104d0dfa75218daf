"""What the search that records its questions promises."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.documents import Document

from course.fakes import clock
from course.fakes.script import Fail, Hang, Pause
from course.fakes.sources import SearchSource

ONE, TWO = Document("One."), Document("Two.")


async def test_it_gives_the_very_documents_in_a_new_list() -> None:
    search = SearchSource({"refund": [ONE, TWO]})
    first, second = await search("refund"), await search("refund")
    assert first == second
    assert first is not second
    assert [id(document) for document in first] == [id(ONE), id(TWO)]
    assert search.questions == search.finished == ["refund", "refund"]


async def test_what_it_does_not_know_it_does_not_find() -> None:
    search = SearchSource({"refund": [ONE]})
    assert await search("Refund") == []
    assert search.questions == ["Refund"]


async def test_it_counts_what_runs_at_the_same_time() -> None:
    search = SearchSource({"refund": [ONE], "lamp": [TWO]})
    for question in ("refund", "lamp", "refund"):
        await search(question)
    assert search.peak == 1
    one, two, none = await asyncio.gather(search("refund"), search("lamp"), search("x"))
    assert (one, two, none) == ([ONE], [TWO], [])
    await search("refund")
    assert (search.peak, search.running) == (3, 0)


def test_each_question_has_its_own_delay() -> None:
    async def both() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        slow, fast = await asyncio.gather(search("slow"), search("fast"))
        assert (slow, fast) == ([ONE], [TWO])
        return loop.time() - began

    search = SearchSource({"slow": [Pause(2), ONE, Pause(3)], "fast": [Pause(1), TWO]})
    with clock.virtual_time():
        assert asyncio.run(both()) == 5
    assert search.questions == ["slow", "fast"]
    assert search.finished == ["fast", "slow"]


async def test_a_fault_is_raised_as_it_is() -> None:
    error = ConnectionError("gone")
    search = SearchSource({"refund": [ONE, Fail(error), TWO]})
    with pytest.raises(ConnectionError) as raised:
        await search("refund")
    assert raised.value is error
    assert (search.failed, search.finished, search.cancelled) == (["refund"], [], [])
    assert search.running == 0


async def test_it_knows_what_was_cancelled() -> None:
    search = SearchSource({"never": [ONE, Hang()], "refund": [TWO]})
    running = asyncio.create_task(search("never"))
    assert await search("refund") == [TWO]
    assert search.running == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert search.cancelled == ["never"]
    assert (search.failed, search.finished, search.running) == ([], ["refund"], 0)
