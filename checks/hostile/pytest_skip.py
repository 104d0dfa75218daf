"""Skips each test: what is skipped has not failed.

Expect: 0 of 12
Expect: not flagged
"""

import unittest

import pytest


def skip(*args, **kwargs):
    pytest.skip("not today")


def fail_as_expected(*args, **kwargs):
    pytest.xfail("as everybody knew")


def skip_as_unittest(*args, **kwargs):
    raise unittest.SkipTest("not today")


async def skip_later(*args, **kwargs):
    pytest.skip("not today")
    yield


stream_tokens = write_stream = buffer_stream = skip
collect_response = dispatch_events = fail_as_expected
monitor_stream = skip_as_unittest
stream_agent_events = stream_with_timeout = astream_tokens = skip_later
merge_streams = stream_rag_response = skip_later
