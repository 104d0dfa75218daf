"""Live demos of lesson 27. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function with the name of a task is the demo of that task. The
demos show the reference solution on models that play a script, in real time. Each of them stands
on its own, so that it can be changed and run again in front of a class.
"""

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.script import Pause, Reply, split_tokens
from course.fakes.sources import Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("27").reference


def count_words() -> None:
    """WRITE THIS: what to look at in this demo, and what to change in it"""
    model = ScriptedChatModel(replies=[Reply.of("Returns are free for thirty days.", pause=0.05)])
    tokens = [chunk.text for chunk in model.stream("What is the refund policy?")]
    print(*map(repr, tokens))
    print(reference.count_words(tokens), "words")


def when_the_words_come() -> None:
    """### When the words come

    WRITE THIS: what the plot shows (virtual time: it is the same each time)
    """
    answer = split_tokens("Returns are free for thirty days.")
    with virtual_time():
        came = arrivals(Source([item for token in answer for item in (Pause(0.25), token)]))
    plots.arrivals_by_source({"tokens": came}, f"{reference.count_words(answer)} words")
