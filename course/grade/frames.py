"""Where in a file a frame is."""

from __future__ import annotations

import types


def top_level_name(frame: types.FrameType) -> str:
    """Return the name of the function or class, at the top level of its file, that a frame is in.

    "ReplayLog" for a method of it, "buffer_stream" for a function inside of it.
    """
    return frame.f_code.co_qualname.partition(".")[0]
