"""What the prompt of lesson 11 offers: `make play-11`.

Every name here can be used there. TRY has a line for each task.
"""

from langchain_core.messages import AIMessageChunk

from course.fakes.stage import PROMPT, model, tokens

TRY = {
    "chunk_text": "show(map(chunk_text, model.stream(PROMPT)))",
    "to_snapshots": "show(to_snapshots(tokens()))",
    "to_deltas": 'show(to_deltas(["Returns", "Returns are", "Returns are free"]))',
    "decode_utf8": r'show(decode_utf8([b"Stra\xc3", b"\x9fe", b" 5"]))',
    "join_surrogates": r'show(join_surrogates(["so \ud83d", "\ude00", " good"]))',
    "merge_chunks": "show(merge_chunks(model.stream(PROMPT)))",
}
