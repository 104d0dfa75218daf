"""A process of answers that only says what a test lets it say, and the channel to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from course.grade.patience import Limits
from course.official.trusted.channel import Channel

SOURCE = "\n" * 7 + "# line 7 is above\n"
"""Answers that parse."""

LONG = Limits(cpu=600, asleep=600, wall=600)
"""More than any of these tests takes."""


class FakeProcess:
    """Two pipes, and what the other side has written into one of them."""

    pid = 2**30  # nobody has that number
    returncode = None

    def __init__(self) -> None:
        there, us = os.pipe()
        self.stdin = os.fdopen(us, "wb", buffering=0)
        self.reads = os.fdopen(there, "rb", buffering=0)
        there, us = os.pipe()
        self.stdout = os.fdopen(there, "rb", buffering=0)
        self.writes = os.fdopen(us, "wb", buffering=0)

    def says(self, *lines: bytes | dict[str, Any]) -> None:
        for line in lines:
            text = line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
            self.writes.write(text)

    def close(self) -> None:
        for end in (self.stdin, self.reads, self.stdout, self.writes):
            end.close()


@pytest.fixture
def process() -> Iterator[FakeProcess]:
    made = FakeProcess()
    yield made
    made.close()


@pytest.fixture
def channel(process: FakeProcess) -> Channel:
    made = Channel(process, "answers.py")  # type: ignore[arg-type]
    process.says({"up": True})
    made.wait_until_up()
    made.allow(LONG)
    return made
