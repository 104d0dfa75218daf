"""What the prompt of lesson 01 offers: `make play-01`.

Every name here can be used there. TRY has a line for each task.
"""

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Fail, Reply
from course.fakes.stage import PROMPT, answering, model

QUESTIONS = ["What is the refund policy?", "Where is my order?", "Who pays for postage?"]

cut_short = ScriptedChatModel(
    replies={"": Reply("Returns are free for", finish_reason="length")},
)
"""A model whose answers are cut off: `ask_in_full(cut_short, PROMPT)` raises an error."""

one_fails = ScriptedChatModel(
    replies={"order": Reply(Fail(TimeoutError("too slow"))), "": Reply("It is free.")}
)
"""A model that fails when it is asked for an order."""

TRY = {
    "ask": "ask(model, PROMPT)",
    "answer_in_pieces": "answer_in_pieces(model, PROMPT)",
    "tokens_used": "tokens_used([model.invoke(PROMPT), AIMessage(ANSWER)])",
    "ask_in_full": "ask_in_full(model, PROMPT)",
    "ask_many": "ask_many(model, QUESTIONS)",
    "ask_each": "ask_each(one_fails, QUESTIONS)",
    "ask_again": 'ask_again(answering("It", " is", " free."), PROMPT)',
}
