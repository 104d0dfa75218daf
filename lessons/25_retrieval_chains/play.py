"""What the prompt of lesson 25 offers: `make play-25`.

Every name here can be used there. TRY has a line for each task.
"""

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage

from course.fakes.quoting import QuotingChatModel
from course.fakes.stage import answering, atokens

DOCUMENTS = [
    Document("Returns are free for 30 days.", metadata={"source": "refunds.md"}),
    Document("A test ride takes an hour & needs a <card>.", metadata={"source": "rides.md"}),
    Document("Bells are loud.", metadata={}),
]
HISTORY = [HumanMessage("Can I hire a tandem?"), AIMessage("Yes [1].")]
MODEL = QuotingChatModel()
WRITER = answering("What does a tandem cost?")


def find(question):
    """Find the same documents for each question."""
    return list(DOCUMENTS)


async def search(question):
    """The same, for a search that is awaited."""
    return list(DOCUMENTS)


TRY = {
    "format_context": "print(format_context(DOCUMENTS))",
    "fit_context": "fit_context(DOCUMENTS, 200, len)",
    "find_citations": 'find_citations("Free [1], see `a[2]` and [2-4].", 3)',
    "stream_citations": 'show(stream_citations(atokens("Free [1] for 30 days [7]."), 3))',
    "standalone_question": 'await standalone_question(WRITER, HISTORY, "The price?")',
    "answer_with_sources": 'show(answer_with_sources("Is it free?", search, MODEL, 999, len))',
    "build_chain": 'build_chain(find, MODEL).invoke({"question": "Is it free?"})',
}
