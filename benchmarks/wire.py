"""What the local server can bear: many clients at once, and the cost of a token.

The server runs in a process of its own, and the clients in this one. They read raw sockets, so
that what is measured is the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import Progress

from benchmarks.measure import Result
from course.catalog import ROOT

CLIENTS = 200
TOKENS = 100
"""Of each answer."""

PAUSE = 0.04
"""Seconds between tokens of one client at speed 1: 200 clients together get 5,000 in a second."""

MOST_GROWTH = 64
"""MiB that 200 streams may take: a third of one for each."""

ALONE = 60_000
"""Tokens of the answer whose cost is measured: a request may not be much longer."""

SERVE = "import sys; from course.fakes.openai.serve import run; sys.exit(run({port}, {speed}))"
"""What `make serve` does."""

BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route
events = open(sys.argv[1], "rb").read().split(b"\\n\\n")
async def stream():
    for event in events:
        yield event + b"\\n\\n"
async def answer(request):
    await request.json()
    return StreamingResponse(stream(), media_type="text/event-stream")
app = Starlette(routes=[Route("/v1/chat/completions", answer, methods=["POST"])])
uvicorn.run(app, port={port}, log_level="critical", access_log=False, ws="none")
"""
"""The least that a Starlette app can do to send these bytes."""


def measure(progress: Progress) -> list[Result]:
    """Stream to one client and to 200, and compare the server with one that does nothing else."""
    step = progress.add_task("Wire", total=4)
    with running(SERVE, speed=1) as server:
        before = server.memory()
        alone = asyncio.run(stream_to(server.port, 1))
        progress.advance(step)
        many = asyncio.run(stream_to(server.port, CLIENTS))
        growth = server.peak() - before
        progress.advance(step)
    wrong = sum(reader.text != reader.wanted for reader in many)
    gap, gap_alone = gap_of(many), gap_of(alone)
    fast_many, fast_alone = at_full_speed()
    progress.advance(step)
    own, bare = cost_of_tokens()
    progress.advance(step)
    return [
        Result(f"wire: answers of {CLIENTS} that are not their own", wrong, 0, "answers"),
        Result(
            f"wire: median gap of {CLIENTS} / of one, in step",
            gap / gap_alone,
            2.0,
            note=f"{gap * 1e3:.1f} ms",
        ),
        Result(
            f"wire: time per token of {CLIENTS} / of one, at full speed",
            fast_many / fast_alone,
            2.0,
            note=f"{1 / fast_many:,.0f} tokens/s",
        ),
        Result(f"wire: memory for {CLIENTS} streams", growth / 1024, MOST_GROWTH, "MiB"),
        Result(
            "wire: server's time per token / bare StreamingResponse",
            own / bare,
            3.0,
            note=f"{own * 1e6:.0f} µs",
        ),
    ]


def at_full_speed() -> tuple[float, float]:
    """Return the seconds per token of 200 clients together, and of one alone, without pauses."""
    rates = []
    with running(SERVE, speed=0) as server:
        for clients, tokens in ((CLIENTS, ALONE // CLIENTS), (1, ALONE)):
            asyncio.run(stream_to(server.port, 1))
            start = time.perf_counter()
            asyncio.run(stream_to(server.port, clients, tokens))
            rates.append((time.perf_counter() - start) / (clients * tokens))
    return rates[0], rates[1]


def cost_of_tokens(rounds: int = 3) -> tuple[float, float]:
    """Return the processor's seconds per token, of our server and of a bare one."""
    ours: list[float] = []
    others: list[float] = []
    with running(SERVE, speed=0) as server, tempfile.TemporaryDirectory() as folder:
        events = Path(folder, "events")
        body = asyncio.run(stream_to(server.port, 1, ALONE))[0].body
        events.write_bytes(body)
        with running(BARE, str(events)) as bare:
            assert asyncio.run(stream_to(bare.port, 1))[0].body == body
            for number in range(rounds + 1):
                for one, seconds in ((server, ours), (bare, others)):
                    start = one.processor()
                    asyncio.run(stream_to(one.port, 1, ALONE))
                    if number:  # the first round warms up
                        seconds.append((one.processor() - start) / ALONE)
    return statistics.median(ours), statistics.median(others)


# Clients


class Reader(asyncio.Protocol):
    """One client: asks for an answer that only it can get, and notes when tokens come.

    Args:
        number: which client it is.
        tokens: how many tokens its answer has.
    """

    def __init__(self, number: int, tokens: int) -> None:
        self.wanted = f"client{number} " + " ".join(f"w{number}x{at}" for at in range(tokens - 2))
        self.wanted += "."
        self.number = number
        self.times: list[float] = []
        self.parts: list[bytes] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        text = f"{self.wanted} What of client{self.number}?"
        messages = [{"role": "user", "content": text}]
        body = json.dumps({"model": "quoting", "stream": True, "messages": messages}).encode()
        head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        transport.write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        """Note the time of each token."""
        self.parts.append(data)
        self.times += [time.perf_counter()] * data.count(b'"delta":{"content"')

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end."""
        if not self.done.done():
            self.done.set_result(None)

    @property
    def body(self) -> bytes:
        """The events, as the server has written them."""
        return b"".join(re.findall(rb"data: .*\n\n", b"".join(self.parts)))

    @property
    def text(self) -> str:
        """The whole answer."""
        found = re.findall(rb'"delta":\{"content":("[^"]*")\}', self.body)
        return "".join(json.loads(piece) for piece in found)


async def stream_to(port: int, clients: int, tokens: int = TOKENS) -> list[Reader]:
    """Let clients stream at once, each an answer of its own, and return them."""
    loop = asyncio.get_running_loop()
    readers = [Reader(number, tokens) for number in range(clients)]
    for reader in readers:
        await loop.create_connection(functools.partial(_itself, reader), "127.0.0.1", port)
    await asyncio.wait_for(asyncio.gather(*(reader.done for reader in readers)), 60)
    return readers


def _itself(reader: Reader) -> Reader:
    return reader


def gap_of(readers: list[Reader]) -> float:
    """Return the median of the seconds between two tokens of the same client."""
    gaps = [
        later - earlier
        for reader in readers
        for earlier, later in zip(reader.times, reader.times[1:], strict=False)
    ]
    return statistics.median(gaps)


# Servers


class Server:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self._id = process.pid

    def processor(self) -> float:
        """Return the seconds for which it has kept a processor busy."""
        fields = Path(f"/proc/{self._id}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return the KiB that it has in memory now."""
        return self._status("VmRSS")

    def peak(self) -> float:
        """Return the KiB that it had in memory at most."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        text = Path(f"/proc/{self._id}/status").read_text("utf-8")
        return float(text.partition(f"{name}:")[2].split()[0])


@contextmanager
def running(program: str, *words: str, speed: float = 0) -> Iterator[Server]:
    """Run a server for as long as the block runs."""
    port = free_port()
    code = program.replace("{port}", str(port)).replace("{speed}", str(speed))
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(port, process)
            yield Server(process, port)
        finally:
            process.terminate()


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return as soon as a server listens.

    Raises:
        RuntimeError: it does not.
    """
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("the server does not start")
