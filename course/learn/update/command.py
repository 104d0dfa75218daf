"""The command: settles what git has left half done, fetches, carries the answers over, moves.

Nothing is written before everything was looked at. Then each file of answers is backed up and
replaced in one step, and last of all git moves the rest. Wherever that is stopped, the next
`make update` finds answers that are carried over already, and goes on.

Standard library only: it has to work where the newest course needs packages that are not here yet.
"""

from __future__ import annotations

from pathlib import Path

from course import catalog
from course.catalog import CourseError
from course.learn.update import told
from course.learn.update.checkout import Checkout, Source, is_exercise
from course.learn.update.git import GitFailed
from course.learn.update.plan import Planner
from course.learn.update.settling import settle
from course.wording import command

INSTALLED = ("pyproject.toml", "constraints.txt")
"""What says which packages the course needs."""


def run() -> int:
    """Bring the course up to date, and keep every answer.

    Returns:
        The exit status: 0, or 1 if a file with answers could not be carried over.

    Raises:
        CourseError: if it cannot be done. The answers are as they were.
    """
    try:
        checkout = Checkout(catalog.ROOT)
        checkout.refuse_what_is_under_way()
        settle(checkout)
        return _update(checkout, checkout.fetch())
    except GitFailed as error:
        raise CourseError(
            f"git has failed: {error}. What you have written is in exercises, and in "
            f".streamlings/backups if it was changed. Run {command('update')} again."
        ) from error


def _update(checkout: Checkout, source: Source) -> int:
    git = checkout.git
    head, new = git.text("rev-parse", "HEAD"), git.text("rev-parse", source.branch)
    base = checkout.common(new)
    planner = Planner.to(checkout, new)
    plans, gone = planner.plans()
    move = None
    if base != new:
        to = new if base == head else checkout.merged(base, new, planner.in_a_commit(gone))
        paths = [path for plan in plans for path in (plan.source, plan.path)]
        ours = {path.relative_to(checkout.root).as_posix() for path in paths}
        move = checkout.ready_to_move(to, {*ours, *gone})
    count = git.text("rev-list", "--count", f"{head}..{new}")
    backups = [plan.write() for plan in plans]
    if move:
        move.go()
        commits = "1 commit" if count == "1" else f"{count} commits"
        print(f"The course is up to date with {source.branch}: {commits} newer than before.")
        _say_what_is_new(planner)
    else:
        print(f"The course is up to date with {source.branch}.")
    for plan, backup in zip(plans, backups, strict=True):
        told.show(plan, backup)
    for path in gone:
        told.show_no_lesson(checkout.root / path)
    if source.elsewhere:
        print(f"\nYou follow {source.branch}, and {source.elsewhere} has more. To follow that:")
        print(f"  git branch -u {source.elsewhere}")
    print(f"\nNext: {command('status')}")
    return 1 if any(plan.problem for plan in plans) else 0


def _say_what_is_new(planner: Planner) -> None:
    before, course = planner.before, planner.course
    new = sorted(path for path in course if is_exercise(path) and path not in before)
    if new:
        print(f"New lessons: {', '.join(Path(path).stem for path in new)}")
    if any(before.get(path) != course.get(path) for path in INSTALLED):
        print("The next command sets up other versions of packages (once, about a minute).")
