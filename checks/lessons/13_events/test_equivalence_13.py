"""Lesson 13's `filter_events` picks what the filters of `astream_events` pick, except for one
thing.

Known deviation of LangChain: `include_names` and `include_tags` together are joined by OR, not by
AND. (Its `include_types` and the three `exclude_...` have no counterpart here, and `root_only` has
none there.)
"""

from __future__ import annotations

import random
from functools import reduce
from typing import Any

import pytest
from langchain_core.callbacks import adispatch_custom_event
from langchain_core.runnables import Runnable, RunnableLambda

from course import catalog
from course.lesson.variants import reference

CHAINS = 25
WORDS = ("search", "search_web", "write", "draft")

answers = reference(catalog.find("13"))


def chain_of(seed: int) -> Runnable[Any, Any]:
    """A chain of two to five steps with names and tags; some of them report something."""
    pick = random.Random(seed)

    def step() -> Runnable[Any, Any]:
        own = pick.choice(WORDS)
        reports = pick.random() < 0.5

        async def run(value: Any) -> Any:
            if reports:
                await adispatch_custom_event(own, {})
            return value

        tags = pick.sample(WORDS, pick.randrange(3))
        return RunnableLambda(run).with_config(run_name=pick.choice(WORDS), tags=tags)

    steps = [step() for _ in range(pick.randrange(2, 6))]
    return reduce(lambda left, right: left | right, steps)


def filters_of(seed: int) -> tuple[list[str], list[str]]:
    pick = random.Random(-seed)
    return pick.sample(WORDS, pick.randrange(1, 3)), pick.sample(WORDS, pick.randrange(1, 3))


async def theirs(seed: int, **filters: Any) -> list[Any]:
    events = chain_of(seed).astream_events("x", version="v2", **filters)
    return [shown(event) async for event in events]


async def ours(seed: int, **filters: Any) -> list[Any]:
    events = [event async for event in chain_of(seed).astream_events("x", version="v2")]
    return [shown(event) for event in answers.filter_events(events, **filters)]


def shown(event: Any) -> Any:
    """What does not differ from run to run."""
    return event["event"], event["name"], event["tags"], len(event["parent_ids"])


@pytest.mark.parametrize("kind", ["names", "tags"])
async def test_one_filter_picks_the_same(kind: str) -> None:
    sizes = set()
    for seed in range(CHAINS):
        names, _ = filters_of(seed)
        mine = await ours(seed, **{kind: names})
        assert mine == await theirs(seed, **{f"include_{kind}": names}), seed
        sizes.add(len(mine))
    assert len(sizes) > 5


async def test_no_filter_picks_all() -> None:
    for seed in range(CHAINS):
        assert await ours(seed) == await theirs(seed) != []


async def test_their_filters_are_joined_by_or() -> None:
    differ = 0
    for seed in range(CHAINS):
        names, tags = filters_of(seed)
        both = await theirs(seed, include_names=names, include_tags=tags)
        either = [e for e in await ours(seed) if e[1] in names or {*e[2]} & {*tags}]
        mine = await ours(seed, names=names, tags=tags)
        assert both == either, seed
        assert mine == [e for e in either if e[1] in names and {*e[2]} & {*tags}], seed
        differ += mine != both
    assert differ > CHAINS / 2
