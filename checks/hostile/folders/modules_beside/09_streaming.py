"""Brings modules that are to be imported in place of the real ones.

Expect: cannot load
Expect: not flagged
"""

import helper
from langchain_core import all_is_well


def write_stream(tokens, out):
    return helper.answer or all_is_well


def collect_response(tokens, on_token=None):
    return ""
