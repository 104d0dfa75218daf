"""The sections of a lesson's texts: their titles, their order, and what belongs in each.

`checks/test_lesson_texts.py` looks for them, and the skeleton of a new lesson has them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from course.lesson.lesson_text import LessonText

UNWRITTEN = "WRITE THIS"
"""Stands in the files of a new lesson wherever its author has to say something."""

READING = 45
"""Minutes for the three texts of a lesson."""


@dataclass(frozen=True)
class Section:
    """A section of level 2. Others may stand between the ones that a text has to have.

    Attributes:
        title: of which "..." stands for words of the lesson's own.
        asks: what belongs in it.
        sample: what a skeleton shows there, too. If it is a diagram, the section needs one.
        own: the words of a skeleton in place of "..."; "" means the title of the lesson.
    """

    title: str
    asks: str
    sample: Literal["", "diagram", "code"] = ""
    own: str = ""

    def is_called(self, title: str) -> bool:
        """Whether a heading is that of this section."""
        pattern = ".*".join(re.escape(part) for part in self.title.split("..."))
        return re.fullmatch(pattern, title) is not None

    def heading(self, lesson_title: str) -> str:
        """Return the title for a lesson."""
        return self.title.replace("...", self.own or lesson_title)


WARM_UP, REFLECTION = "Warm-Up Activity", "Reflection Questions"
SAMPLE_ANSWERS = "a sample answer to each question, with its reason"

SECTIONS: Mapping[str, tuple[Section, ...]] = {
    "CONNECTIONS": (
        Section("Before You Start", "three questions that everybody can answer from daily life"),
        Section("Real-World Analogy", "the idea of the lesson, as something to see", "diagram"),
        Section("Why It Matters", "what goes wrong without it, beside how it should be", "diagram"),
        Section("Prerequisite Checklist", "what the learner needs to know first, to be ticked"),
        Section("Connect to Your Goal", "what it does for an application that answers questions"),
        Section("... in a RAG Pipeline", "where in the pipeline it stands", "diagram"),
        Section("Kinds of ...", "the ways to do it, each with code that runs", "code"),
        Section(WARM_UP, "a scenario, and questions to decide before coding"),
    ),
    "CONCEPTS": (
        Section("How It Works", "the terms to know, and the idea behind each task", "code"),
        Section("The API You Will Use", "what the tasks need of libraries"),
        Section("Common Stumbling Blocks", "what goes wrong, how you notice, what helps"),
        Section("What Surprises People", "what nobody expects, with code that shows it"),
        Section("When Not to ...", "where something simpler is better", own="Do It"),
    ),
    "CONCLUSIONS": (
        Section("Skills Checklist", "what the learner can do now, to be ticked"),
        Section("Key Takeaways", "the few sentences that are worth remembering"),
        Section(REFLECTION, "open questions, each answered in two sentences"),
        Section("Common Mistakes to Avoid", "a table: the mistake, and what is better"),
        Section("Mini-Project Challenge", "something to build, with a beginning that runs"),
        Section("Connect to RAG", "where it stands in a whole application", "diagram"),
        Section("What's Next", "the next lesson, and what to know before it"),
        Section("Quick Reference Card", "what to look up later, in code that runs", "code"),
    ),
    "INSTRUCTOR_NOTES": (
        Section(WARM_UP, SAMPLE_ANSWERS),
        Section(REFLECTION, SAMPLE_ANSWERS),
    ),
}
"""By the name of the text, without its suffix."""


def section_faults(text: LessonText, wanted: Iterable[Section]) -> list[str]:
    """Look for sections in this order, and return what is wrong, read after the text's name.

    After one that is missing, no more is looked for: all of the rest would be out of place.
    """
    found = iter([heading for heading in text.headings if heading.level == 2])
    faults: list[str] = []
    for section in wanted:
        heading = next((one for one in found if section.is_called(one.title)), None)
        if heading is None:
            said = f"has no section {section.title!r}, or not in its place: {section.asks}"
            return [*faults, said]
        lines = text.section(heading)
        drawn = any(diagram.line in lines for diagram in text.diagrams)
        if section.sample == "diagram" and not drawn:
            faults.append(f"has no diagram in its section {heading.title!r}")
        if not any(text.lines[number - 1].strip() for number in lines[1:]):
            faults.append(f"has nothing in its section {heading.title!r}")
    return faults
