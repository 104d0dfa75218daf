"""The tasks that cannot be graded in a browser, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

NOT_HERE: Mapping[str, Mapping[str, str]] = {
    "24": {"search_where": "LangChain's store in memory needs numpy, which a browser lacks."},
}
"""The reasons, by the numbers of lessons and the names of tasks."""
