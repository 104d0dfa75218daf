"""Where in a file a frame is, and where an error passed through."""

from __future__ import annotations

import traceback
import types


def top_level_name(frame: types.FrameType) -> str:
    """Return the name of the function or class, at the top level of its file, that a frame is in.

    It is "ReplayLog" for one of its methods, and "buffer_stream" for a function inside of it.
    """
    return frame.f_code.co_qualname.partition(".")[0]


def lines_in(error: BaseException, path: str) -> list[int]:
    """Return the lines of a file in the traceback of an error, the outermost first."""
    return [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == path
    ]
