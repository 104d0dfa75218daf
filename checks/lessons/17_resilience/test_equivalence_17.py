"""Lesson 17 waits as tenacity and OpenAI's client do, but for what is listed.

Known deviations of OpenAI's client (`BaseClient._parse_retry_after_header` and the limits that
`_calculate_retry_timeout` sets on it):

* a wait of 0 is of no use to it, and a wait up to 120 seconds is;
* a number in `retry-after-ms` that is of no use hides `retry-after`.

Known deviations of tenacity: none, within the arguments that the contract allows.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx
import httpx2
import openai
import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from tenacity import RetryCallState, wait_exponential, wait_random_exponential

from course import catalog
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.openai.server import LocalServer
from course.lesson.variants import reference

CASES = 300

answers = reference(catalog.find("17"))


def attempt(number: int) -> RetryCallState:
    """What tenacity looks at: how many tries there were."""
    return cast(RetryCallState, SimpleNamespace(attempt_number=number))


def test_waits_are_those_of_tenacity() -> None:
    for seed in range(CASES):
        pick = random.Random(seed)
        base, cap = pick.choice((0.1, 0.5, 1.0, 3.0)), pick.choice((0.05, 1.0, 30.0, 1e6))
        retries = pick.choice((0, 1, 5, 40, 1500))
        waits = wait_exponential(multiplier=base, max=cap)
        theirs = [waits(attempt(number)) for number in range(1, retries + 1)]
        assert answers.backoff_delays(retries, base, cap) == pytest.approx(theirs)


def test_jitter_is_that_of_tenacity(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = wait_random_exponential(multiplier=0.5, max=20.0)
    for seed in range(CASES):
        monkeypatch.setattr(random, "uniform", random.Random(seed).uniform)
        theirs = [waits(attempt(number)) for number in range(1, 8)]
        assert answers.backoff_delays(7, 0.5, 20.0, random.Random(seed)) == pytest.approx(theirs)


def value(pick: random.Random) -> str:
    """A value of a header, good or bad."""
    date = datetime.fromtimestamp(time.time() + pick.randrange(-90, 90), UTC)
    return pick.choice(
        (
            str(pick.randrange(-5, 90)),
            f"{pick.uniform(-1, 70):.3f}",
            format_datetime(date, usegmt=True),
            pick.choice((format_datetime(date.replace(tzinfo=None)), date.ctime())),
            pick.choice(("", "soon", "nan", "inf", "-inf", "1e999", "12 seconds")),
        )
    )


def theirs(client: Any, headers: dict[str, str]) -> float | None:
    """What OpenAI's client reads, within the limits of the contract."""
    wait = client._parse_retry_after_header(httpx2.Headers(headers))
    return wait if wait is not None and 0 <= wait <= answers.LONGEST_WAIT else None


def test_headers_are_read_as_by_openai() -> None:
    client = openai.OpenAI(api_key="none", base_url="http://localhost")
    useful = 0
    with virtual_time():
        for seed in range(CASES):
            pick = random.Random(seed)
            name = pick.choice(("retry-after", "Retry-After", "RETRY-AFTER"))
            headers = {name: value(pick)}
            if pick.random() < 0.3:
                headers["Retry-After-Ms"] = pick.choice(("250", "59000", "0", "soon", ""))
            wait = answers.retry_after(headers, time.time())
            assert wait == pytest.approx(theirs(client, headers)), headers
            useful += wait is not None
    assert CASES * 0.2 < useful < CASES * 0.8


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_transport_errors_are_known_by_their_base_classes(library: Any) -> None:
    kinds = {kind for kind in vars(library).values() if _is_an_error(kind)}
    assert len(kinds) > 20
    for kind in kinds:
        wanted = "connection" if issubclass(kind, library.TransportError) else "fatal"
        wanted = "timeout" if issubclass(kind, library.TimeoutException) else wanted
        assert answers.classify_error(kind.__new__(kind)) == wanted, kind


def _is_an_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Exception)


async def test_an_error_event_before_the_first_token_is_retried() -> None:
    script = ScriptedChatModel(replies=["It is free."] * 2)
    names, waits = iter(["shop+error-after-0", "shop"]), []

    async def answer(url: str) -> AsyncIterator[str]:
        model = ChatOpenAI(model=next(names), base_url=url, api_key=SecretStr("none"))
        async for chunk in model.astream("May I return it?"):
            yield chunk.text

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    with LocalServer({"shop": script}, speed=0) as server:
        stream = answers.stream_with_retry(lambda: answer(server.url), sleep=sleep)
        assert "".join([token async for token in stream]) == "It is free."
    assert waits == [1.0]


def test_the_deviations_are_as_listed() -> None:
    client: Any = openai.OpenAI(api_key="none", base_url="http://localhost")
    options: Any = SimpleNamespace(get_max_retries=lambda most: most)
    for seconds, obeyed in (("0", False), ("100", True), ("121", False)):
        headers = httpx2.Headers({"retry-after": seconds})
        wait = client._calculate_retry_timeout(2, options, headers)
        assert (wait == float(seconds)) is obeyed
    both = {"retry-after-ms": "-1", "retry-after": "7"}
    assert theirs(client, both) is None
    assert answers.retry_after(both, 0.0) == 7.0
