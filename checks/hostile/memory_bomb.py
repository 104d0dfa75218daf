"""Takes more memory than there is.

Expect: 0 of 12
Expect: not flagged
"""


def write_stream(tokens, out):
    return len([bytearray(2**28) for _ in range(64)])


def collect_response(tokens, on_token=None):
    return "x" * 2**40
