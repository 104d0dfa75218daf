"""The items that make up the output of a response, and the events that report each of them."""

from __future__ import annotations

import json
import secrets
from abc import ABC, abstractmethod

from course.fakes.openai.reply import Json


class OutputItem(ABC):
    """One item of the output, as it grows.

    Args:
        place: its number in the output.

    Attributes:
        status: "in_progress", and at the end "completed" or "incomplete".
    """

    prefix: str

    def __init__(self, place: int) -> None:
        self.place = place
        self.id = f"{self.prefix}_{secrets.token_hex(12)}"
        self.status = "in_progress"
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """All pieces so far, joined."""
        return "".join(self._parts)

    def add(self, text: str) -> Json:
        """Add a piece, and return the event that reports it."""
        self._parts.append(text)
        return self._grown(text)

    def start(self) -> list[Json]:
        """Return the events that start the item."""
        return [self._whole("added"), *self._started()]

    def end(self, status: str = "completed") -> list[Json]:
        """End the item, and return the events that report it."""
        self.status = status
        return [*self._ended(), self._whole("done")]

    @property
    def value(self) -> Json:
        """The item as it is now."""
        return {"id": self.id, "status": self.status, **self._value}

    @property
    @abstractmethod
    def _value(self) -> Json: ...

    @abstractmethod
    def _started(self) -> list[Json]: ...

    @abstractmethod
    def _grown(self, text: str) -> Json: ...

    @abstractmethod
    def _ended(self) -> list[Json]: ...

    def _about(self, kind: str, **more: object) -> Json:
        return {"type": kind, "item_id": self.id, "output_index": self.place, **more}

    def _whole(self, what: str) -> Json:
        kind = f"response.output_item.{what}"
        return {"type": kind, "output_index": self.place, "item": self.value}


class Message(OutputItem):
    """A message with one part of text."""

    prefix = "msg"

    @property
    def _value(self) -> Json:
        content = [] if self.status == "in_progress" else [self._part()]
        return {"type": "message", "role": "assistant", "content": content}

    def _started(self) -> list[Json]:
        return [self._about("response.content_part.added", content_index=0, part=self._part())]

    def _grown(self, text: str) -> Json:
        return self._of_text("delta", delta=text)

    def _ended(self) -> list[Json]:
        part_done = self._about("response.content_part.done", content_index=0, part=self._part())
        return [self._of_text("done", text=self.text), part_done]

    def _part(self) -> Json:
        return {"type": "output_text", "text": self.text, "annotations": [], "logprobs": []}

    def _of_text(self, what: str, **more: object) -> Json:
        return self._about(f"response.output_text.{what}", content_index=0, logprobs=[], **more)


class Reasoning(OutputItem):
    """What the model thinks, as a summary in one part."""

    prefix = "rs"

    @property
    def _value(self) -> Json:
        summary = [] if self.status == "in_progress" else [self._part()]
        return {"type": "reasoning", "summary": summary}

    def _started(self) -> list[Json]:
        return [self._of_summary("part.added", part=self._part())]

    def _grown(self, text: str) -> Json:
        return self._of_summary("text.delta", delta=text)

    def _ended(self) -> list[Json]:
        return [
            self._of_summary("text.done", text=self.text),
            self._of_summary("part.done", part=self._part()),
        ]

    def _part(self) -> Json:
        return {"type": "summary_text", "text": self.text}

    def _of_summary(self, what: str, **more: object) -> Json:
        return self._about(f"response.reasoning_summary_{what}", summary_index=0, **more)


class FunctionCall(OutputItem):
    """A call to a tool.

    Args:
        place: its number in the output.
        name: the part of the tool's name that is in the first piece.
        call_id: the call's id. If there is none, it gets one, since a response needs one.
    """

    prefix = "fc"

    def __init__(self, place: int, name: str | None, call_id: str | None) -> None:
        super().__init__(place)
        self.name = name or ""
        self.call_id = call_id or f"call_{self.id}"

    @property
    def is_whole(self) -> bool:
        """Whether the arguments are complete."""
        try:
            return isinstance(json.loads(self.text), dict)
        except (ValueError, RecursionError):
            return False

    @property
    def _value(self) -> Json:
        called = {"name": self.name, "arguments": self.text, "call_id": self.call_id}
        return {"type": "function_call", **called}

    def _started(self) -> list[Json]:
        return []

    def _grown(self, text: str) -> Json:
        return self._about("response.function_call_arguments.delta", delta=text)

    def _ended(self) -> list[Json]:
        return [self._about("response.function_call_arguments.done", arguments=self.text)]
