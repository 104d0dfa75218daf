"""What the prompt of lesson 12 offers: `make play-12`.

Every name here can be used there. TRY has a line for each task.
"""

from course.fakes.stage import PROMPT, atokens, model, tokens

EVENTS = [
    {"type": "token", "id": "a", "content": "Let me"},
    {"type": "token", "id": "a", "content": " look."},
    {"type": "tool_start", "name": "search"},
    {"type": "tool_end", "name": "search"},
    {"type": "token", "id": "b", "content": "It is"},
    {"type": "token", "id": "b", "content": " free."},
    {"type": "complete"},
]

TRY = {
    "buffer_by_count": "show(buffer_by_count(tokens(), 5))",
    "first_then_batch": "show(first_then_batch(tokens(), 4))",
    "smooth_words": 'show(smooth_words(tokens(["Ret", "urns a", "re fr", "ee."])))',
    "sentence_stream": 'show(sentence_stream(tokens("Ask Dr. Lee. She knows it!")))',
    "flush_on_event": "show(flush_on_event(EVENTS, max_chars=40))",
    "debounce": "show(debounce(atokens(pause=0.1), interval=0.35))",
}
