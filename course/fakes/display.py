"""A screen that shows only what has been flushed."""

from __future__ import annotations

import io


class Display(io.StringIO):
    """A text stream that knows what people would see.

    Attributes:
        visible: what had been written at the last flush.
    """

    visible = ""

    def seekable(self) -> bool:
        """Return False: what is on a screen stays there."""
        return False

    def tell(self) -> int:
        """Refuse, as a terminal does.

        Raises:
            io.UnsupportedOperation: always.
        """
        raise io.UnsupportedOperation("a display has no position")

    def flush(self) -> None:
        """Show what has been written so far."""
        super().flush()
        self.visible = self.getvalue()

    def __repr__(self) -> str:
        return "out"
