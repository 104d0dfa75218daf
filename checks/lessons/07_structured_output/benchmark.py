"""What is sent through the reference solutions of lesson 07 to measure them.

A list is filled in with `FIELDS` items at a time. For the others, so many count as one call of a
model.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply, ToolCall

FIELDS = 50
"""Fields for one call of a model."""

PASS_THROUGH: tuple[str, ...] = ()
"""The tasks that promise constant memory."""

TICKET = {"title": "a", "priority": "low", "minutes": 1}
REFUND = {"request": {"kind": "refund", "order": "a", "text": "a"}}


def runs(answers: Any) -> dict[str, Callable[[int], object]]:
    """Return for each task a function that sends a number of fields through it."""

    def forms(ask: Callable[[ScriptedChatModel], object], reply: Reply) -> Callable[[int], None]:
        def run(count: int) -> None:
            for _ in range(count // FIELDS):
                ask(ScriptedChatModel(replies=[reply]))

        return run

    def check_booking(count: int) -> None:
        booking = answers.Booking(guests=1, first_night="2027-01-01", last_night="2027-01-01")
        for _ in range(count):
            answers.check_booking(booking)

    def extract_items(count: int) -> None:
        reply = Reply(ToolCall("Shopping", {"items": ["a"] * FIELDS}))
        forms(lambda model: answers.extract_items(model, "a"), reply)(count)

    call, text = Reply(ToolCall("Ticket", TICKET)), Reply(json.dumps(TICKET))
    return {
        "extract": forms(lambda model: answers.extract(model, "a"), text),
        "check_booking": check_booking,
        "extract_by_call": forms(lambda model: answers.extract_by_call(model, "a"), call),
        "read_ticket": forms(lambda model: answers.read_ticket(model, "a"), call),
        "extract_items": extract_items,
        "sort_request": forms(
            lambda model: answers.sort_request(model, "a"), Reply(json.dumps(REFUND))
        ),
        "extract_with_retry": forms(lambda model: answers.extract_with_retry(model, "a"), text),
    }
