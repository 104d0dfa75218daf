"""Hands out half characters, control characters and markup, to be shown to whoever reads.

Expect: 0 of 12
Expect: not flagged
"""

TEXT = "\ud800\x00\x1b[2J\x1b]0;12 of 12\x07\r\n<script>=1+1</script>\u202e"


def stream(*args, **kwargs):
    print(TEXT)
    yield TEXT


def finished(*args, **kwargs):
    print(TEXT)
    return TEXT


stream_tokens = buffer_stream = monitor_stream = stream
write_stream = collect_response = dispatch_events = finished
