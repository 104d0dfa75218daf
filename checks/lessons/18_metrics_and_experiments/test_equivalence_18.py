"""Lesson 18 measures as numpy and LangChain do, but for what is listed.

* `percentile` is numpy's method "inverted_cdf"; numpy's default invents values in between.
* `ascii_histogram` counts as `numpy.histogram` with a last edge at infinity.
* `has_output` finds text, reasoning and tool calls where LangChain's `content_blocks` has them, but
  for blocks that are empty.
* `live_stats` counts words as `str.split` does with the text so far.
* `count_tokens` agrees with the sum of LangChain's `AIMessageChunk` where usage is reported once.
  It deviates where a provider reports what was needed so far, chunk after chunk: LangChain adds
  these reports, and so counts some tokens several times.
"""

from __future__ import annotations

import math
import random
from typing import Any

import numpy
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata, add_ai_message_chunks
from langchain_core.messages.tool import tool_call_chunk

from course import catalog
from course.lesson.variants import reference

SEEDS = range(200)

answers = reference(catalog.find("18"))


def reported(tokens: int, content: str = "") -> AIMessageChunk:
    usage = UsageMetadata(input_tokens=5, output_tokens=tokens, total_tokens=5 + tokens)
    return AIMessageChunk(content=content, usage_metadata=usage)


def test_percentiles_are_those_of_numpy() -> None:
    for seed in SEEDS:
        pick = random.Random(seed)
        values = [pick.uniform(0, 9) for _ in range(pick.randrange(1, 60))]
        percent = pick.choice((1, 25, 50, 90, 95, 99, 100))
        theirs = numpy.percentile(values, percent, method="inverted_cdf")
        assert answers.percentile(values, percent) == theirs, (seed, percent)


def test_histograms_count_like_numpy() -> None:
    for seed in SEEDS:
        pick = random.Random(seed)
        edges = sorted(pick.sample(range(50), pick.randrange(1, 8)))
        values = [pick.randrange(edges[0], 60) for _ in range(pick.randrange(80))]
        ours = [
            int(line.split()[-1]) for line in answers.ascii_histogram(values, edges).split("\n")
        ]
        theirs, _ = numpy.histogram(values, [*edges, math.inf])
        assert ours == theirs.tolist(), seed


def test_an_empty_block_is_no_output() -> None:
    for key in ("text", "reasoning"):
        for said in ("", "so"):
            chunk = AIMessageChunk(content=[{"type": key, key: said, "index": 0}])
            assert [block["type"] for block in chunk.content_blocks] == [key]
            assert answers.has_output(chunk) is bool(said)
    assert not answers.has_output(AIMessageChunk(content=[{"type": "reasoning", "index": 0}]))
    assert not answers.has_output(reported(3))
    call = tool_call_chunk(name="search", args="", id="call_1", index=0)
    assert answers.has_output(AIMessageChunk(content="", tool_call_chunks=[call]))
    image = {"type": "image", "base64": "AAAA", "mime_type": "image/png"}
    assert not answers.has_output(AIMessageChunk(content=[image]))


def test_words_are_counted_as_split_counts_them() -> None:
    for seed in SEEDS:
        pick = random.Random(seed)
        text = "".join(pick.choices("ab.! \n\u3000", k=60))
        cuts = sorted(pick.sample(range(1, 60), 12))
        tokens = [text[start:end] for start, end in zip([0, *cuts], [*cuts, 60], strict=True)]
        so_far = ""
        seen: list[Any] = []
        for token in answers.live_stats(tokens, 1, seen.append):
            so_far += token
            assert not so_far.split() or seen[-1].words == len(so_far.split()), seed
        assert len(seen) > 3, seed


def test_usage_that_is_reported_once_is_counted_alike() -> None:
    for tokens in (0, 1, 17):
        chunks = [AIMessageChunk(content="so"), reported(tokens), AIMessageChunk(content="")]
        merged = add_ai_message_chunks(*chunks).usage_metadata
        assert merged is not None
        assert answers.count_tokens(chunks).tokens == merged["output_tokens"] == tokens


def test_langchain_adds_reports_that_grow() -> None:
    chunks = [reported(tokens, "so ") for tokens in (1, 2, 3)]
    merged = add_ai_message_chunks(*chunks).usage_metadata
    assert merged is not None
    assert merged["output_tokens"] == 6
    assert answers.count_tokens(chunks).tokens == 3
