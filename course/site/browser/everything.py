"""Imports what the pages of all lessons need: the site compiles it, and a browser remembers it."""

from __future__ import annotations

import gc

from course import catalog
from course.grade import importing
from course.grade.warm import imported
from course.learn import play, reveal  # noqa: F401
from course.site.browser import bridge  # noqa: F401
from course.site.browser.grading import BrowserGrader

lessons = catalog.lessons()
importing.import_once(sorted({name for lesson in lessons for name in imported(lesson)}))
with BrowserGrader(lessons[0], lambda event: None, lambda: None) as grader:
    grader.warm_up()
gc.unfreeze()  # what was only of use to this lesson
del grader
gc.collect()
