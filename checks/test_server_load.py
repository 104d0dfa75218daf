"""Many clients of the local server at once. `benchmarks/wire.py` measures the speed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from waiting import SECONDS_FOR_A_HANG

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.openai.server import LocalServer
from course.fakes.script import Pause, Reply

CLIENTS = 60
TOKENS = 30


def script() -> ScriptedChatModel:
    """Return a model with an answer for each client, whose tokens mix with those of the others."""
    return ScriptedChatModel(
        replies={
            f"client {number}.": Reply(
                *(part for at in range(TOKENS) for part in (Pause(0.002), f"{number}:{at} "))
            )
            for number in range(CLIENTS)
        }
    )


async def tokens(client: httpx.AsyncClient, number: int, most: int = TOKENS) -> list[str]:
    """Return the tokens that one client gets before it leaves."""
    message = {"role": "user", "content": f"I am client {number}."}
    request = {"model": "script", "stream": True, "messages": [message]}
    seen: list[str] = []
    async with client.stream("POST", "/chat/completions", json=request) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                choice: dict[str, Any] = json.loads(line[6:])["choices"][0]
                if text := choice["delta"].get("content"):
                    seen.append(text)
            if len(seen) == most < TOKENS:
                break
    return seen


def wanted(number: int) -> list[str]:
    """Return the tokens that are meant for one client."""
    return [f"{number}:{at} " for at in range(TOKENS)]


def client_of(server: LocalServer) -> httpx.AsyncClient:
    """Return a client with a connection for everybody."""
    return httpx.AsyncClient(
        base_url=server.url, timeout=SECONDS_FOR_A_HANG, limits=httpx.Limits(max_connections=None)
    )


async def test_none_sees_the_tokens_of_another() -> None:
    model = script()
    with LocalServer({"script": model}) as server:
        async with client_of(server) as client:
            seen = await asyncio.gather(*(tokens(client, number) for number in range(CLIENTS)))
    assert seen == [wanted(number) for number in range(CLIENTS)]
    assert [call.outcome for call in model.transcript] == ["exhausted"] * CLIENTS


async def test_those_who_leave_do_not_disturb_those_who_stay() -> None:
    model = script()
    with LocalServer({"script": model}) as server:
        async with client_of(server) as client:
            seen = await asyncio.gather(
                *(tokens(client, number, TOKENS if number % 2 else 3) for number in range(CLIENTS))
            )
        await asyncio.to_thread(server.settle)
    for number, got in enumerate(seen):
        assert got == (wanted(number) if number % 2 else wanted(number)[:3])
    ends = {str(call.messages[-1].text): call.outcome for call in model.transcript}
    assert len(ends) == CLIENTS
    for number in range(CLIENTS):
        assert ends[f"I am client {number}."] == ("exhausted" if number % 2 else "closed")
