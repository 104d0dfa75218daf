"""Live demos of lesson 07. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function with the name of a task is the demo of that task. The
demos show the reference solution on models that play a script, in real time. Each of them stands
on its own, so that it can be changed and run again in front of a class.
"""

import json

from course import plots
from course.fakes.chat_models import FakeChatModel, ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.script import Reply, ToolCall
from course.notebook import arrivals, open_lesson

reference = open_lesson("07").reference


def extract() -> None:
    """The same mail, and three answers: one that fits, one with a wrong value, and words. Change
    the values, and see which of them pydantic accepts."""
    values = {"title": "Lost parcel", "priority": "high", "minutes": 15}
    wrong = {**values, "priority": "very high"}
    for answer in (json.dumps(values), json.dumps(wrong), "Which parcel do you mean?"):
        model = ScriptedChatModel(replies=[answer])
        try:
            print("ticket:", reference.extract(model, "My parcel is lost!"))
        except ValueError as error:
            print("error: ", str(error).splitlines()[0][:70])


def check_booking() -> None:
    """The rule runs inside of the class: each Booking that is made has been checked. Look at what a
    model would get to read."""
    for guests, first, last in (
        (2, "2027-01-31", "2027-02-01"),
        (1, "2027-03-01", "2027-03-01"),
        (0, "2027-03-01", "2027-03-02"),
        (2, "2027-03-02", "2027-03-01"),
    ):
        try:
            booking = reference.Booking(guests=guests, first_night=first, last_night=last)
            print("sound:", booking)
        except ValueError as error:
            print("wrong:", error.errors()[0]["msg"])


def extract_by_call() -> None:
    """A model that makes a call, and one that asks back. First what LangChain gives, then what
    the task makes of it."""
    call = ToolCall("Ticket", {"title": "Lost parcel", "priority": "high", "minutes": 15})
    for reply in (Reply(call), Reply("Which parcel do you mean?")):
        plain = ScriptedChatModel(replies=[reply]).with_structured_output(
            reference.Ticket, method="function_calling"
        )
        print("LangChain:", plain.invoke("My parcel is lost!"))
        try:
            model = ScriptedChatModel(replies=[reply])
            print("extract_by_call:", reference.extract_by_call(model, "My parcel is lost!"))
        except reference.NotValid as error:
            print("extract_by_call: NotValid,", error.problems)


def read_ticket() -> None:
    """Four answers and what each has cost. The last one does not say. The ones that do not fit have
    cost as much as the one that does."""
    values = {"title": "Lost parcel", "priority": "high", "minutes": 15}
    for reply in (
        Reply(ToolCall("Ticket", values)),
        Reply(ToolCall("Ticket", {**values, "minutes": -5})),
        Reply("Which parcel do you mean?"),
        Reply("I do not know.", usage=None),
    ):
        model = ScriptedChatModel(replies=[reply])
        reading = reference.read_ticket(model, "My parcel is lost!")
        problem = " ".join((reading.problem or "none").split())
        print(f"tokens {reading.tokens}, {'a' if reading.value else 'no'} ticket")
        print(f"  problem: {problem[:80]}")


def extract_items() -> None:
    """The same list, whole and cut off. LangChain gives a list each time, and both are valid."""
    items = ["tea", "milk", "bread", "salt"]
    for count, reason in ((4, "stop"), (2, "length")):
        reply = Reply(ToolCall("Shopping", {"items": items[:count]}), finish_reason=reason)
        plain = ScriptedChatModel(replies=[reply]).with_structured_output(
            reference.Shopping, method="function_calling"
        )
        print("LangChain:", plain.invoke("Tea, milk, bread and salt."))
        try:
            model = ScriptedChatModel(replies=[reply])
            print("extract_items:", reference.extract_items(model, "Tea, milk, bread and salt."))
        except reference.AnswerCutOff as error:
            print("extract_items:", type(error).__name__)


def valid_before_it_is_whole() -> None:
    """### Valid long before it is whole

    A list of six items is streamed, one token in a tenth of a second. Each time that what has come
    so far validates, LangChain hands out an object. The number is how many items are in it: all of
    these lists are valid, and only the last one is whole. (It runs in virtual time, so it is the
    same each time.)
    """
    text = json.dumps({"items": ["tea", "milk", "bread", "salt", "rice", "eggs"]})
    model = ScriptedChatModel(replies=[Reply.of(text, pause=0.1)])
    asked = model.with_structured_output(reference.Shopping)

    def sizes():
        for shopping in asked.stream("What do I need?"):
            yield f"{len(shopping.items)} "

    with virtual_time():
        came = arrivals(sizes())
    plots.arrivals_by_source({"items": came}, "Lists that validate, while one is written")


def sort_request() -> None:
    """The model says which kind it is. Once it leaves the kind out, and once it makes one up: both
    are errors, and no guess."""

    class Sorter(FakeChatModel):
        kind: str

        @property
        def _llm_type(self):
            return "sorter"

        def _reply(self, call):
            values = {"order": "17", "text": "came broken"}
            if self.kind:
                values["kind"] = self.kind
            tools = [tool["function"] for tool in call.tools]
            if tools:
                schema = tools[0]["parameters"]
            else:
                schema = (call.response_format or {}).get("json_schema", {}).get("schema", {})
            fields = list(schema.get("properties", {}))
            if len(fields) == 1:  # the form has one field, which is one of two forms
                values = {fields[0]: values}
            return Reply(ToolCall(tools[0]["name"], values) if tools else json.dumps(values))

    for kind in ("refund", "complaint", "", "praise"):
        try:
            found = reference.sort_request(Sorter(kind=kind), "Order 17 came broken.")
            print(f"{kind!r:12} {type(found).__name__}")
        except ValueError as error:
            print(f"{kind!r:12} {type(error).__name__}")


def extract_with_retry() -> None:
    """A model that needs three attempts. Look at what it gets to read each time: the wrong answer,
    and what is wrong with it. Then the same with two attempts."""
    values = {"title": "Lost parcel", "priority": "high", "minutes": 15}
    wrong = [{**values, "priority": "very high"}, {**values, "minutes": "a few"}]
    for attempts in (3, 2):
        model = ScriptedChatModel(replies=[json.dumps(one) for one in (*wrong, values)])
        try:
            print(reference.extract_with_retry(model, "My parcel is lost!", attempts))
        except reference.NotValid as error:
            print("NotValid:", len(error.problems), "problems")
        for number, call in enumerate(model.transcript, 1):
            print(f"  question {number}: {' '.join(one.type for one in call.messages)}")
