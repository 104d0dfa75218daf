"""What the prompt of lesson 07 offers: `make play-07`.

Every name here can be used there. TRY has a line for each task.
"""

import json

from course.fakes.chat_models import FakeChatModel, ScriptedChatModel
from course.fakes.script import Reply, ToolCall

MAIL = "My parcel is lost! Please look for it."
DAY = "2027-03-01"
TICKET = {"title": "Lost parcel", "priority": "high", "minutes": 15}


def clerk():
    """Return a new model that fills in a Ticket, whichever method it is asked by."""
    return ScriptedChatModel(replies=[Reply(json.dumps(TICKET), ToolCall("Ticket", TICKET))])


def chatty():
    """Return a new model that asks a question in place of filling in a form."""
    return ScriptedChatModel(replies=["Which parcel do you mean?"])


def shopper():
    """Return a new model that fills in a Shopping."""
    return ScriptedChatModel(replies=[Reply(ToolCall("Shopping", {"items": ["tea", "milk"]}))])


def hasty():
    """Return a new model that gets it right the second time."""
    wrong = {**TICKET, "priority": "very high"}
    return ScriptedChatModel(replies=[json.dumps(wrong), json.dumps(TICKET)])


class Sorter(FakeChatModel):
    """A model that takes everything for a refund, and fills in the form that it is asked for."""

    @property
    def _llm_type(self):
        return "sorter"

    def _reply(self, call):
        values = {"kind": "refund", "order": "17", "text": "came broken"}
        form, name = call.response_format, ""
        if call.tools:
            name = call.tools[0]["function"]["name"]
            schema = call.tools[0]["function"]["parameters"]
        else:
            schema = form["json_schema"]["schema"] if form and "json_schema" in form else {}
        fields = list(schema.get("properties", {}))
        if len(fields) == 1:  # the form has one field, which is one of two forms
            values = {fields[0]: values}
        return Reply(ToolCall(name, values)) if name else Reply(json.dumps(values))


def sorter():
    """Return a new model that says that it is a refund."""
    return Sorter()


TRY = {
    "extract": "extract(clerk(), MAIL)",
    "check_booking": "check_booking(Booking(guests=2, first_night=DAY, last_night=DAY))",
    "extract_by_call": "extract_by_call(clerk(), MAIL)",
    "read_ticket": "read_ticket(chatty(), MAIL)",
    "extract_items": 'extract_items(shopper(), "Get tea and milk.")',
    "sort_request": 'sort_request(sorter(), "Order 17 came broken.")',
    "extract_with_retry": "extract_with_retry(hasty(), MAIL)",
}
