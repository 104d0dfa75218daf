"""What to read for a task. The table at the top of CONCEPTS.md is the one place that says it.

| `buffer_stream` | [Fewer, larger pieces](#fewer-larger-pieces) |
"""

from __future__ import annotations

from course.catalog import CourseError, Lesson, Task
from course.lesson.lesson_text import Heading, read


def sections_for(lesson: Lesson, task: Task) -> tuple[Heading, ...]:
    """Return the sections of CONCEPTS.md that a task needs, in the order of the table.

    There are none if the text is not there, or somebody is still writing it.
    """
    _, concepts, _ = lesson.texts
    try:
        text = read(concepts)
        headings = {heading.anchor: heading for heading in text.headings}
        anchors = [
            link.target.removeprefix("#")
            for link in text.links
            if f"`{task.name}`" in _first_cell(text.lines[link.line - 1])
        ]
    except (OSError, UnicodeDecodeError, CourseError):
        return ()
    return tuple(headings[anchor] for anchor in anchors if anchor in headings)


def _first_cell(line: str) -> str:
    """The first cell of a row; "" if the line is no row."""
    before, *cells = line.split("|")
    return cells[0] if cells and not before.strip() else ""
