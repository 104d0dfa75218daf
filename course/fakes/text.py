"""Text that differs from seed to seed, so that a memorized answer does not pass."""

from __future__ import annotations

import random
import re

from course.fakes.script import split_tokens

SUBJECTS = ("The refund", "A stream", "The order", "Every parcel", "Our guide", "The warehouse")
VERBS = ("arrives", "starts", "waits", "ends", "changes", "returns")
PLACES = ("in Lübeck", "on Monday", "after lunch", "at the desk", "by train", "in the archive")
ENDS = (".", "!", "?")
WORDS: list[str] = re.findall(
    r"\w+",
    "basket candle garden harbor kettle ladder lemons letter marble mirror needle orange pencil "
    "pillow planet pocket rabbit ribbon saddle silver spring stream summer temple ticket timber "
    "tunnel valley velvet violet walnut window winter wonder yellow zipper",
)


class TextMaker:
    """Makes sentences and tokens from a seed."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)
        self._words = self.random.sample(WORDS, len(WORDS))

    def sentence(self, end: str | None = None) -> str:
        """Return a sentence such as "The order waits on Monday."."""
        pick = self.random.choice
        return f"{pick(SUBJECTS)} {pick(VERBS)} {pick(PLACES)}{end or pick(ENDS)}"

    def sentences(self, count: int) -> str:
        """Return `count` sentences with a space between them."""
        return " ".join(self.sentence() for _ in range(count))

    def tokens(self, count: int) -> list[str]:
        """Return `count` tokens as a model would stream them; none of them is a mark."""
        words = split_tokens(self.sentence() + " " + self.sentences(count))
        return [word for word in words if word not in ENDS][:count]

    def word(self) -> str:
        """Return a word of six letters, a different one each time."""
        return self._words.pop()

    def secret(self) -> str:
        """Return a text that nobody can guess and that appears nowhere else."""
        return f"key-{self.random.randrange(16**8):08x}"

    def seconds(self, least: float = 0.2, most: float = 2.0) -> float:
        """Return a duration in seconds, in steps of 0.05."""
        return round(self.random.uniform(least, most) * 20) / 20
