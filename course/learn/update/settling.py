"""Ends what `git pull` has left half done: conflicts in exercises, and the merge around them."""

from __future__ import annotations

from course.catalog import CourseError
from course.learn.update import told
from course.learn.update.checkout import Checkout, is_exercise
from course.learn.update.git import NOTHING_CHANGED
from course.learn.update.plan import Planner
from course.wording import command, place


def settle(checkout: Checkout) -> None:
    """Resolve the conflicts that git has left in exercises, and end the merge.

    Raises:
        CourseError: if there are others.
    """
    merging, unmerged = checkout.is_merging(), checkout.unmerged()
    if not merging and not unmerged:
        return
    planner = Planner.to(checkout, "MERGE_HEAD" if merging else "HEAD")
    others = [path for path in unmerged if not _is_ours(planner, path)]
    if others or not unmerged:
        raise CourseError(_refusal(others, merging))
    plans = [planner.plan(path) for path in unmerged]
    torn = [plan for plan in plans if plan.problem]
    for plan in torn or plans:
        told.show(plan, plan.write())
    if torn:
        raise CourseError(
            f"\nFix {place(torn[0].path)}: keep your version, and delete the lines with <<<<<<<, "
            f"======= and >>>>>>>. Then run {command('update')} again."
        )
    if merging:
        checkout.conclude_merge(unmerged)
        print("\nThe merge that git could not finish is finished.\n")
        return
    checkout.git.text("reset", "-q", "--", *unmerged)
    print("\nThe conflicts that git could not resolve are resolved.")
    if checkout.git.ask("stash", "list"):
        print("git has kept what you put aside, too. To see it: git stash show -p")
    print()


def _is_ours(planner: Planner, path: str) -> bool:
    there = (planner.checkout.root / path).is_file()
    return is_exercise(path) and path in planner.course and there


def _refusal(others: list[str], merging: bool) -> str:
    give_up = ", or give it up: git merge --abort" if merging else ""
    then = f"Then run {command('update')}. {NOTHING_CHANGED}"
    if not others:
        return f"A merge is under way. Finish it: git commit --no-edit{give_up}. {then}"
    return (
        f"git could not put together {', '.join(others)}. Fix the lines between <<<<<<< and "
        f">>>>>>>, then git add {'it' if len(others) == 1 else 'them'}{give_up}. {then}"
    )
