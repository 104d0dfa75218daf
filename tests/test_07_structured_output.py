"""Lesson 07: Structured Output.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, and `text` makes words that differ from seed to seed. What the tests look at is what comes
back, and how the model was asked. Without `from __future__ import annotations`: forms are made of
real types.
"""

import json
from contextlib import contextmanager
from datetime import date, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.messages import BaseMessage
from pydantic import ValidationError

from course.fakes.chat_models import FakeChatModel
from course.fakes.held import HoldsStreams, held_model
from course.fakes.script import Fail, Reasoning, Reply, ToolCall, ToolCallPiece
from course.grade.differences import same_value
from course.grade.expect import Words, WrongAnswer, in_process, keeps
from course.grade.scenarios import FEW_TEXTS, LIKE_CODE, LONG, Stranger, any_text, each
from course.grade.stream_checks import passes_on
from course.grade.value_checks import Explained, in_calls, times

NETWORK = "a network has errors of its own"
METADATA = "the server of the course says it in one way only"
FORMS = "the form that is asked for decides what is sent"

TICKET_FIELDS = ("title", "priority", "minutes")
PRIORITIES = ("low", "normal", "high")
FINE = {"title": "a", "priority": "low", "minutes": 5}
MISSING = ...
"""In place of a value: the field is left out."""

WRONG = (
    ({"priority": "urgent"}, ["priority"]),
    ({"minutes": -1}, ["minutes"]),
    ({"title": ""}, ["title"]),
    ({"priority": MISSING}, ["priority"]),
    ({"minutes": "many"}, ["minutes"]),
    ({"title": None}, ["title"]),
    ({"priority": "LOW", "minutes": -30}, ["priority", "minutes"]),
    ({"title": MISSING, "minutes": 2.5}, ["title", "minutes"]),
    ({"priority": "High"}, ["priority"]),
    ({"priority": " low"}, ["priority"]),
    ({"title": 17}, ["title"]),
)
"""What spoils a ticket, and which fields are wrong then."""

CUTS = ("length", "max_tokens")
DONE = ("stop", "tool_calls", "end_turn", "tool_use", "content_filter", None)

SOME_WORDS = (*(one for one in FEW_TEXTS if one), LONG)
METHODS = ("json_schema", "function_calling")
"""How models are asked if nobody says how: providers differ."""


# What is asked.


def odd(text):
    """A text with characters that code may take for something else."""
    return f" {text.sentence()} {{{text.secret()}}} & <{text.secret()}>\n"


def spoiled(values, wrong):
    """The values of a form, with some of them wrong or missing."""
    changed = {**values, **wrong}
    return {name: value for name, value in changed.items() if value is not MISSING}


def without(wrong):
    """What is wrong, in words."""
    return ", ".join(
        f"no {name}" if value is MISSING else f"{name}={value!r}" for name, value in wrong.items()
    )


# What a model answers.


def written(form, values, **options):
    """A reply that has the values as text and as a call: it fits each method."""
    return Reply(json.dumps(values), ToolCall(form, values), **options)


def called(form, values, **options):
    """A reply that makes a call."""
    return Reply(ToolCall(form, values, id="k1"), **options)


def broken(form, text, **options):
    """A reply with a call that ends in the middle of its JSON."""
    return Reply(ToolCallPiece(text, name=form, id="k1"), **options)


class Clerk(HoldsStreams, FakeChatModel):
    """A model that fills in the form that it is asked for, whatever that is called.

    Attributes:
        values: what it fills in; or a text, which it says in place of that.
    """

    values: object

    @property
    def _llm_type(self):
        return "clerk"

    def _reply(self, call):
        if isinstance(self.values, str):
            return Reply(self.values)
        if call.tools:
            tool = self.choose([one["function"] for one in call.tools])
            return Reply(ToolCall(tool["name"], self.fill(tool.get("parameters", {}))))
        schema = (call.response_format or {}).get("json_schema", {}).get("schema", {})
        return Reply(json.dumps(self.fill(schema)))

    def choose(self, tools):
        """The tool of the kind that is filled in."""
        kind = str(self.values.get("kind"))
        return next((one for one in tools if kind in one["name"].lower()), tools[0])

    def fill(self, schema):
        """The values, inside of the one field that a form has around them."""
        names = [*schema.get("properties", {})]
        return {names[0]: self.values} if len(names) == 1 else self.values


# What came.


def is_replaced(value, changes):
    """Whether an object has other values in place of those that are wrong."""
    return any(
        name in vars(value) and vars(value)[name] != wrong
        for name, wrong in dict(changes).items()
        if hasattr(value, "__dict__")
    )


def form_of(call):
    """Which form a model was asked for, to be shown."""
    if call.tools:
        return Words("a form with other fields")
    if call.response_format is None:
        return Words("no form")
    is_json = call.response_format["type"] == "json_object"
    return Words("JSON, without its fields" if is_json else "a form with other fields")


def outcome(value):
    """What came of a call, to be shown."""
    if isinstance(value, dict):
        return Words(f"a dict with {', '.join(map(str, value)) or 'nothing'}")
    if isinstance(value, BaseMessage):  # its id is another one each time
        return Words(f"an {type(value).__name__}")
    return Words("nothing (None)" if value is None else f"{' '.join(repr(value).split()):.200}")


def raised(error):
    """An error in short, to be shown."""
    return Words(f"{type(error).__name__}: {' '.join(str(error).split()):.100}")


def sent(messages):
    """Messages in short, to be shown."""
    return Words(", ".join(f"{one.type}: {str(one.text)!r:.40}" for one in messages) or "nothing")


class AboutForms(Explained):
    """What is said in several tasks about how a model is asked, and what it gives."""

    SAID: ClassVar = {
        "it does not ask the model": "The answer comes from the model that is handed in.",
        "it asks more than once": "Each call costs as much as the first, and may answer something "
        "else. Keep what came in a variable: you can look at it as often as you like.",
        "the model does not see the text": "Hand it over as it is. Whatever is in it, braces or "
        "spaces, belongs to it.",
        "the model is not told the form": "A model knows no class of yours. "
        "model.with_structured_output(...) sends along what fields there are, and which values "
        "they may have. It makes another model, and the one to ask is what it returns.",
        "it asks by another method": "The docstring names the method. Each has ways of its own to "
        "fail: pass method= by name.",
        "it gives None": "Nobody is told that there is no answer, and who calls this next fails "
        "far from here. LangChain gives None when a model makes no call that can be read. Look for "
        "it, and raise an error.",
        "it gives a dict": "A dict is not checked: any key may be missing, any value be of another "
        "type. Give with_structured_output the class itself, and it returns an object of the "
        "class.",
        "it gives something else than the object": "What is read from the answer is an object of "
        "the class. Return that.",
        "a value is not the one in the answer": "Return what the model has filled in, unchanged.",
        "an answer that fits is refused": "All fields are there, and their values are allowed. "
        "What has raised this error?",
        "a wrong value is replaced": "The model has not said that. What the value should have been "
        "is not yours to decide: raise a ValueError.",
        "a wrong value is accepted": "Only an object of pydantic that is validated is checked. "
        "Neither a dict, nor model_construct, looks at values.",
        "NotValid is raised in place of a ValueError": "NotValid is no ValueError: whoever catches "
        "ValueError does not catch it. Raise a ValueError.",
    }

    def because(self, problem):
        """The reason, from the table of the task or the one above."""
        return {**self.SAID, **getattr(self, "WHY", {})}[problem]

    def check(self, holds, problem, wanted, got):
        """Check one fact, with a reason from either table."""
        self.must(holds, problem, wanted, got, self.because(problem))

    @contextmanager
    def asking(self, model, text, most=1):
        """Check how a model is asked in the block. That comes before whatever else is wrong."""
        try:
            yield
        except NotImplementedError:
            raise
        except BaseException:
            if model.transcript:
                self.check_asked(model, text, most)
            raise
        self.check_asked(model, text, most)

    def ask(self, model, text, call, most=1):
        """Check how a model is asked, whatever comes of it."""
        try:
            call()
        except Exception:
            if not model.transcript:
                raise  # otherwise, what comes is another promise
        self.check_asked(model, text, most)

    def check_asked(self, model, text, most=1):
        """Check how a model was asked."""
        calls = list(model.transcript)
        self.check(calls, "it does not ask the model", in_calls(1), in_calls(0))
        for call in calls[:1]:
            self.check_form(call, text)
            self.check(
                any(text in str(one.text) for one in call.messages),
                "the model does not see the text",
                text,
                sent(call.messages),
            )
        self.check(
            len(calls) <= most, "it asks more than once", in_calls(most), in_calls(len(calls))
        )

    def check_form(self, call, text):
        """Check that the model is told the form."""
        said = json.dumps([call.tools, call.response_format])
        said += " ".join(str(one.text).replace(text, "") for one in call.messages)
        self.check(
            all(name in said for name in self.fields),
            "the model is not told the form",
            Words(f"a form with {', '.join(self.fields)}"),
            form_of(call),
        )

    def check_object(self, got, kind, values):
        """Check that an object came, with these values."""
        wanted = Words(f"a {kind.__name__} with {values}")
        came = outcome(got)
        self.check(got is not None, "it gives None", wanted, came)
        self.check(not isinstance(got, dict), "it gives a dict", wanted, came)
        is_one = isinstance(got, kind)
        self.check(is_one, "it gives something else than the object", wanted, came)
        fields = {name: getattr(got, name, None) for name in values}
        self.check(same_value(fields, values), "a value is not the one in the answer", wanted, came)

    @contextmanager
    def fitting(self, answers, model, wanted, problem="an answer that fits is refused"):
        """Check that an answer that fits is not refused; an error before it passes."""
        try:
            yield
        except (ValueError, answers.NotValid) as error:
            if model.transcript:
                shown = wanted if isinstance(wanted, Words) else Words(f"an object with {wanted}")
                self.check(False, problem, shown, raised(error))
            raise

    def refused(self, call, kind, problem, wanted, changes=()):
        """Check that a call raises an error, and return it.

        Args:
            changes: the values that are wrong, if some are.
        """
        came = []
        try:
            with self.raises(kind, problem, Words(wanted), self.because(problem)) as caught:
                came.append(call())
        except WrongAnswer:
            if not came:
                raise
            if came == [None]:
                problem = "it gives None"
            elif is_replaced(came[0], changes):
                problem = "a wrong value is replaced"
            else:
                raise
            raise WrongAnswer(
                problem, self.because(problem), Words(wanted), wants_error=True
            ) from None
        except Exception as error:
            problem = "NotValid is raised in place of a ValueError"
            is_other = kind is ValueError and type(error).__name__ == "NotValid"
            self.check(not is_other, problem, Words(wanted), raised(error))
            raise
        return caught.error


class AboutTickets(AboutForms):
    """What is said about tickets."""

    fields = TICKET_FIELDS


class ByCall(AboutTickets):
    """A form that is filled in by a call."""

    def check_form(self, call, text):
        """Check that the form is a tool."""
        known = [one["function"] for one in call.tools]
        self.check(
            known or call.response_format is None,
            "it asks by another method",
            Words("function_calling: the form is a tool"),
            Words("the form as a response_format"),
        )
        fields = [{*one.get("parameters", {}).get("properties", {})} for one in known]
        self.check(
            any({*self.fields} <= one for one in fields),
            "the model is not told the form",
            Words(f"a form with {', '.join(self.fields)}"),
            Words("a form with other fields" if known else "no form"),
        )


def any_ticket():
    """The values of a ticket that is fine."""
    return st.fixed_dictionaries(
        {
            "title": st.sampled_from(SOME_WORDS),
            "priority": st.sampled_from(PRIORITIES),
            "minutes": st.sampled_from((0, 1, 15, 2**40)),
        }
    )


def any_wrong():
    """What spoils it; mostly nothing."""
    return st.sampled_from((({}, []), ({}, []), *WRONG))


EACH_TICKET = (
    *each(values=tuple({**FINE, "title": one} for one in SOME_WORDS), wrong=({}, []), text="a"),
    *each(text=(*LIKE_CODE, LONG), values=FINE, wrong=({}, [])),
    *({"values": FINE, "wrong": wrong, "text": "a"} for wrong in WRONG),
)
"""Each text as a title, and each wrong value: to be tried with every seed."""


class TestExtract(AboutTickets):
    """What a model reads in a text becomes a Ticket, or an error."""

    WHY: ClassVar = {
        "words are taken for a ticket": "The model has not filled in the form. There is no ticket "
        "to return: raise a ValueError.",
    }

    @keeps(1)
    def test_the_model_is_told_the_form(self, answers, play, text):
        model, mail = play(*[written("Ticket", FINE)] * 2), odd(text)
        self.ask(model, mail, lambda: answers.extract(model, mail))

    @keeps(2)
    def test_it_gives_a_ticket(self, answers, play, text):
        for number, priority in enumerate(PRIORITIES):
            values = {"title": odd(text), "priority": priority, "minutes": 15 * number}
            model, mail = play(*[written("Ticket", values)] * 2), odd(text)
            with self.asking(model, mail), self.fitting(answers, model, values):
                got = answers.extract(model, mail)
            self.check_object(got, answers.Ticket, values)

    @keeps(3)
    def test_wrong_values_are_refused(self, answers, play, text):
        for wrong, _ in WRONG:
            values = spoiled({**FINE, "title": text.secret()}, wrong)
            model, mail = play(*[written("Ticket", values)] * 2), text.sentence()
            with self.asking(model, mail):
                self.refused(
                    lambda model=model, mail=mail: answers.extract(model, mail),
                    ValueError,
                    "a wrong value is accepted",
                    f"a ValueError for {without(wrong)}",
                    wrong,
                )

    @keeps(3)
    def test_words_are_no_ticket(self, answers, play, text):
        for words in (text.sentence("?"), ""):
            model, mail = play(words, words), text.sentence()
            with self.asking(model, mail):
                self.refused(
                    lambda model=model, mail=mail: answers.extract(model, mail),
                    ValueError,
                    "words are taken for a ticket",
                    f"a ValueError for the answer {words!r}",
                )

    def test_any_ticket(self, search):
        def promise(answers, values, wrong, text, method=METHODS[0]):
            changes, names = wrong
            model = Clerk(values=spoiled(values, changes), structured_method=method)
            with self.asking(model, text):
                if names:
                    self.refused(
                        lambda: answers.extract(model, text),
                        ValueError,
                        "a wrong value is accepted",
                        f"a ValueError for {without(changes)}",
                        changes,
                    )
                    return
                with self.fitting(answers, model, values):
                    got = answers.extract(model, text)
            self.check_object(got, answers.Ticket, values)

        search(
            promise,
            *({**one, "method": METHODS[n % 2]} for n, one in enumerate(EACH_TICKET)),
            values=any_ticket(),
            wrong=any_wrong(),
            text=st.sampled_from(SOME_WORDS),
            method=st.sampled_from(METHODS),
        )


DAY = date(2027, 3, 14)


class TestCheckBooking(Explained):
    """A sound booking comes back, and what is wrong with another one is named."""

    WHY: ClassVar = {
        "it gives nothing back": "A check that is passed returns the booking, so that it can be "
        "used right away. return booking.",
        "it gives True or False": "A check that says False is easily overlooked. Return the "
        "booking, or raise a ValueError.",
        "it gives something else than the booking": "Return the booking that you were given.",
        "the booking is changed": "A booking that has been put right is another booking, and "
        "nobody has asked for it. Return it as it is, or raise.",
        "a booking of one night is refused": "Who stays for one night has it as the first and the "
        "last one. Only a last night before the first one is wrong.",
        "a sound booking is refused": "It has guests, and the last night is not before the first "
        "one. Compare the dates as they are: their days alone do not tell which is earlier, since "
        "the 1st may come after the 31st.",
        "a booking without guests is accepted": "There has to be at least 1 guest.",
        "a booking that ends before it begins is accepted": "Compare the dates as they are: "
        "last_night has to be first_night, or later.",
        "the model cannot tell what to mend": "The text of the error is all that the model gets to "
        "read. Write the name of the wrong field into it.",
    }

    @keeps(1)
    def test_a_sound_booking_comes_back(self, answers, text):
        for nights in (1, 3, 400):
            self.sound(answers, 2, DAY, DAY + timedelta(nights), "a sound booking is refused")

    @keeps(1)
    def test_one_night_is_enough(self, answers):
        self.sound(answers, 1, DAY, DAY, "a booking of one night is refused")

    @keeps(1)
    def test_a_month_may_end(self, answers, text):
        for first in (date(2027, 1, 31), date(2027, 12, 20)):
            for nights in (1, 12, 15):
                last = first + timedelta(nights)
                self.sound(answers, 2, first, last, "a sound booking is refused")

    @keeps(2)
    def test_guests_are_at_least_one(self, answers, text):
        for guests in (0, -1, -text.random.randint(2, 9)):
            self.wrong(answers, guests, DAY, DAY, "guests", "a booking without guests is accepted")

    @keeps(3)
    def test_it_ends_when_or_after_it_begins(self, answers, text):
        for first, nights in ((DAY, 1), (DAY, 400), (date(2027, 2, 1), 3), (date(2028, 1, 2), 9)):
            last = first - timedelta(nights)
            problem = "a booking that ends before it begins is accepted"
            self.wrong(answers, 2, first, last, "last_night", problem)

    def test_any_booking(self, search):
        def promise(answers, guests, first, nights):
            last = first + timedelta(nights)
            if guests < 1:
                problem = "a booking without guests is accepted"
                self.wrong(answers, guests, first, last, "guests" if nights >= 0 else "", problem)
            elif nights < 0:
                problem = "a booking that ends before it begins is accepted"
                self.wrong(answers, guests, first, last, "last_night", problem)
            else:
                self.sound(answers, guests, first, last, "a sound booking is refused")

        nights = (0, 1, 2, 27, 28, 30, 31, 365, -1, -2, -28, -31, -365)
        always = (
            *each(nights=nights, guests=1, first=date(2027, 1, 31)),
            *each(nights=nights, guests=2, first=date(2028, 3, 1)),
            *each(guests=(0, 1, 2, 100, -1, 2**40), first=DAY, nights=1),
            *each(guests=1, first=(date(1999, 12, 31), date(2099, 12, 31)), nights=1),
            *each(guests=1, first=(date(1, 1, 1), date(9999, 12, 30)), nights=1),
            *each(guests=1, first=(date(1, 1, 2), date(9999, 12, 31)), nights=-1),
        )
        search(
            promise,
            *always,
            guests=st.sampled_from((1, 2, 7, 0, -1)),
            first=st.dates(date(1999, 1, 1), date(2099, 12, 31)),
            nights=st.sampled_from(nights),
        )

    def sound(self, answers, guests, first, last, problem):
        """Check that a booking comes back as it is."""
        values = {"guests": guests, "first_night": first, "last_night": last}
        given = answers.Booking.model_construct(**values)
        wanted = Words(f"the booking: {given!r}")
        try:
            got = answers.check_booking(given)
        except ValueError as error:
            self.must(False, problem, wanted, raised(error))
        must = self.against(wanted, outcome(got))
        must(got is not None, "it gives nothing back")
        must(not isinstance(got, bool), "it gives True or False")
        must(isinstance(got, answers.Booking), "it gives something else than the booking")
        must({**vars(got)} == values and {**vars(given)} == values, "the booking is changed")

    def wrong(self, answers, guests, first, last, field, problem):
        """Check that a booking is refused, and that the error names the field."""
        values = {"guests": guests, "first_night": first, "last_night": last}
        given = answers.Booking.model_construct(**values)
        with self.raises(ValueError, problem, Words(f"a ValueError for {given!r}")) as caught:
            got = answers.check_booking(given)
            wanted = Words("a ValueError")
            self.must(not isinstance(got, bool), "it gives True or False", wanted, outcome(got))
            is_same = not isinstance(got, answers.Booking) or {**vars(got)} == values
            self.must(is_same, "the booking is changed", wanted, outcome(got))
        self.in_words(
            field in str(caught.error),
            "the model cannot tell what to mend",
            f"an error with {field!r} in its text",
            f"an error with the text {str(caught.error)!r}",
        )


class TestExtractByCall(ByCall):
    """A call becomes a Ticket. Words in its place, or wrong values, become errors."""

    WHY: ClassVar = {
        "words are taken for a ticket": "The model has made no call. There is nothing to return: "
        "raise NotValid with its words.",
        "the words of the model are lost": "They say why there is no call: often it is a question. "
        'With include_raw=True, the message itself stands under "raw". Put its text into '
        "problems.",
        "problems is no list of texts": "NotValid takes a list, also if there is only one problem: "
        "NotValid([words]).",
        "a call that cannot be read is accepted": "Its arguments are no JSON, so there is no "
        "ticket. Raise a ValueError or NotValid.",
    }

    @keeps(1)
    def test_it_gives_a_ticket(self, answers, play, text):
        for priority in PRIORITIES:
            values = {"title": odd(text), "priority": priority, "minutes": 20}
            for words in ((), (text.sentence(),)):
                reply = Reply(*words, ToolCall("Ticket", values, id="k1"))
                model, mail = play(reply, reply), odd(text)
                with self.asking(model, mail), self.fitting(answers, model, values):
                    got = answers.extract_by_call(model, mail)
                self.check_object(got, answers.Ticket, values)
        model, mail = play(text.sentence(), text.sentence()), text.sentence()
        self.ask(model, mail, lambda: answers.extract_by_call(model, mail))

    @keeps(2)
    def test_words_are_no_call(self, answers, play, text):
        for words in (odd(text), text.sentence("?"), json.dumps(FINE), ""):
            model, mail = play(words, words), text.sentence()
            with self.asking(model, mail):
                self.not_valid(answers, model, mail, words)

    @keeps(2)
    def test_words_may_come_in_blocks(self, answers, text):
        first, second = text.word(), text.word()
        reply = Reply(first, Reasoning("Hm."), second)
        model, mail = held_model(reply, reply), text.sentence()
        with self.asking(model, mail):
            self.not_valid(answers, model, mail, f"{first}{second}")

    @keeps(3)
    def test_wrong_values_are_refused(self, answers, play, text):
        for wrong, _ in WRONG:
            values = spoiled({**FINE, "title": text.secret()}, wrong)
            model, mail = play(*[called("Ticket", values)] * 2), text.sentence()
            with self.asking(model, mail):
                self.refused(
                    lambda model=model, mail=mail: answers.extract_by_call(model, mail),
                    ValueError,
                    "a wrong value is accepted",
                    f"a ValueError for {without(wrong)}",
                    wrong,
                )

    def test_a_call_may_be_broken(self, answers, play, text):
        reply = broken("Ticket", json.dumps(FINE)[:-9])
        model, mail = play(reply, reply), text.sentence()
        with self.asking(model, mail):
            self.refused(
                lambda: answers.extract_by_call(model, mail),
                (ValueError, answers.NotValid),
                "a call that cannot be read is accepted",
                "a ValueError or NotValid",
            )

    def test_any_answer(self, search):
        def promise(answers, values, wrong, text, words):
            changes, names = wrong
            call = called("Ticket", spoiled(values, changes))
            model = held_model(*[call if words is None else Reply(words)] * 2)
            with self.asking(model, text):
                if words is not None:
                    self.not_valid(answers, model, text, words)
                    return
                if names:
                    self.refused(
                        lambda: answers.extract_by_call(model, text),
                        ValueError,
                        "a wrong value is accepted",
                        f"a ValueError for {without(changes)}",
                        changes,
                    )
                    return
                with self.fitting(answers, model, values):
                    got = answers.extract_by_call(model, text)
            self.check_object(got, answers.Ticket, values)

        search(
            promise,
            *({**one, "words": None} for one in EACH_TICKET),
            *each(words=FEW_TEXTS, values=FINE, wrong=({}, []), text="a"),
            values=any_ticket(),
            wrong=any_wrong(),
            text=st.sampled_from(SOME_WORDS),
            words=st.one_of(st.none(), any_text()),
        )

    def not_valid(self, answers, model, mail, words):
        """Check that words are handed on."""
        problem = "words are taken for a ticket"
        wanted = f"NotValid with {words!r} in problems"
        try:
            error = self.refused(
                lambda: answers.extract_by_call(model, mail), answers.NotValid, problem, wanted
            )
        except ValueError as other:
            got = f"{type(other).__name__}: {str(other)!r:.80}"
            self.in_words(False, "the words of the model are lost", wanted, got)
        problems = error.problems
        got = f"problems is a {type(problems).__name__}"
        if isinstance(problems, list):
            got = f"problems is a list of {', '.join(type(one).__name__ for one in problems)}"
        elif isinstance(problems, str):
            got = "problems is a text"
        is_list = isinstance(problems, list) and all(isinstance(one, str) for one in problems)
        self.in_words(is_list, "problems is no list of texts", wanted, got)
        is_told = any(words in one for one in problems)
        got = f"problems={problems!r:.200}"
        self.in_words(is_told, "the words of the model are lost", wanted, got)


USAGES = (
    {"input_tokens": 30, "output_tokens": 12, "total_tokens": 42},
    {"input_tokens": 1, "output_tokens": 0, "total_tokens": 1},
)


class TestReadTicket(ByCall):
    """A report says what was read, what is wrong, and what it has cost."""

    WHY: ClassVar = {
        "it gives something else than a Reading": "Put the three together: Reading(value, problem, "
        "tokens).",
        "neither a value nor a problem": 'If the model makes no call, both "parsed" and '
        '"parsing_error" are None. That is a problem, too: say so in a text.',
        "a value and a problem": "If there is a ticket, nothing is wrong: problem is None.",
        "a wrong answer comes as a value": "It does not fit the form. The value is None, and the "
        "problem says why.",
        "the value is no Ticket": "An object of the class Ticket, or None. Reading takes value, "
        "problem and tokens, in this order.",
        "the problem is no text": 'What stands under "parsing_error" is an exception. str(...) '
        "makes a text of it.",
        "the problem is an empty text": "A model that makes no call may have written nothing at "
        "all. Say in your own words that there was no call.",
        "the problem is the text of None": 'str(None) is the text "None", and says nothing. '
        'If the model makes no call, both "parsed" and "parsing_error" are None: say so in your '
        "own words.",
        "the problem does not name the field": "Which field is wrong? The text of pydantic's error "
        "names each.",
        "the problem does not say why": "The name of a field alone does not say what is wrong with "
        "it. The text of pydantic's error says both.",
        "the problem is the same, whatever is wrong": "An empty title and a negative number are "
        "wrong for different reasons. The text of pydantic's error says why, for each field.",
        "a wrong answer raises an error": "It is no error to be told that an answer does not fit: "
        "it belongs into the report, as its problem. With include_raw=True, nothing is raised.",
        "tokens are not those of the call": 'The message under "raw" has usage_metadata, and there '
        "is the total.",
        "the tokens of an answer that does not fit are lost": "It has cost as much as one that "
        'fits. The message under "raw" is there in each case.',
        "the tokens of the call are lost": "The message of the model has them. With "
        'include_raw=True, it stands under "raw".',
        "a reported 0 is taken for no report": "0 is what the model says. Only None says that "
        "nothing is known. Ask whether there is a usage_metadata, not whether the number is true.",
        "a call that reports no tokens gets a number": "usage_metadata is None then, and so is "
        "tokens. 0 would say that it was free.",
        "an answer without a report of tokens breaks it": "usage_metadata may be None. Ask first.",
    }

    @keeps(1)
    def test_a_ticket_is_a_value(self, answers, play, text):
        for priority, usage in zip(PRIORITIES, (*USAGES, USAGES[0]), strict=True):
            values = {"title": odd(text), "priority": priority, "minutes": 3}
            model, mail = play(*[called("Ticket", values, usage=usage)] * 2), odd(text)
            self.report(answers, model, mail, values, [])

    @keeps(1)
    def test_words_are_a_problem(self, answers, play, text):
        for words in (text.sentence("?"), json.dumps(FINE), ""):
            reply = Reply(words, usage=USAGES[0])
            model, mail = play(reply, reply), text.sentence()
            self.report(answers, model, mail, None, [])

    @keeps(2)
    def test_wrong_values_are_a_problem(self, answers, play, text):
        for wrong, names in WRONG:
            values = spoiled({**FINE, "title": text.secret()}, wrong)
            model, mail = play(*[called("Ticket", values, usage=USAGES[0])] * 2), text.sentence()
            self.report(answers, model, mail, None, names)

    @keeps(2)
    def test_each_field_has_a_reason_of_its_own(self, answers, play, text):
        reasons = []
        for changes, names in (({"title": ""}, ["title"]), ({"minutes": -1}, ["minutes"])):
            reply = called("Ticket", spoiled(FINE, changes))
            got = self.report(answers, play(reply, reply), text.sentence(), None, names)
            reasons.append(got.problem)
        problem = "the problem is the same, whatever is wrong"
        self.must(unnamed(reasons[0]) != unnamed(reasons[1]), problem, got=reasons[0])

    @keeps(1)
    def test_a_broken_call_is_a_problem(self, answers, play, text):
        reply = broken("Ticket", json.dumps(FINE)[:-9], usage=USAGES[0])
        model, mail = play(reply, reply), text.sentence()
        self.report(answers, model, mail, None, [])

    @keeps(3)
    def test_the_tokens_of_each_call(self, answers, play, text):
        for usage in USAGES:
            for reply, fits in (
                (called("Ticket", FINE, usage=usage), FINE),
                (called("Ticket", spoiled(FINE, {"minutes": -1}), usage=usage), None),
                (Reply(text.sentence(), usage=usage), None),
            ):
                self.read(answers, play(reply, reply), text.sentence(), fits, [], usage)

    @in_process("the server of the course always counts tokens")
    @keeps(3)
    def test_tokens_may_be_unknown(self, answers, play, text):
        for values in (FINE, spoiled(FINE, {"minutes": -1}), None):
            for usage in (None, {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}):
                call = Reply("No.", usage=usage)
                if values is not None:
                    call = called("Ticket", values, usage=usage)
                model, mail = play(call, call), text.sentence()
                fits = values if values is FINE else None
                problem = "an answer without a report of tokens breaks it"
                with self.never((TypeError, KeyError, AttributeError), problem):
                    self.read(answers, model, mail, fits, [], usage)

    @in_process("the server of the course adds up tokens by itself")
    @keeps(3)
    def test_the_total_is_the_reported_one(self, answers, play, text):
        usage = {"input_tokens": 5, "output_tokens": 7, "total_tokens": 30}
        call = called("Ticket", FINE, usage=usage)
        self.read(answers, play(call, call), text.sentence(), FINE, [], usage)

    @in_process(NETWORK)
    @keeps(4)
    def test_errors_pass(self, answers, play, text):
        for kind in (ConnectionError, ValueError, PermissionError, Stranger):
            error = kind("of the model")
            model = play(Reply(Fail(error)), called("Ticket", FINE))
            with passes_on(error, "the model"):
                answers.read_ticket(model, text.word())

    def test_any_answer(self, search):
        def promise(answers, values, wrong, text, words, usage):
            changes, names = wrong
            reply = called("Ticket", spoiled(values, changes), usage=usage)
            if words is not None:
                reply, names = Reply(words, usage=usage), []
            fits = None if words is not None or changes else values
            self.read(answers, held_model(reply, reply), text, fits, names, usage)

        always = (
            *({**one, "words": None, "usage": USAGES[0]} for one in EACH_TICKET),
            *each(words=FEW_TEXTS, values=FINE, wrong=({}, []), text="a", usage=USAGES[1]),
            *({**one, "words": None, "usage": None} for one in EACH_TICKET[-len(WRONG) :]),
            *each(usage=None, text=("a",), values=FINE, wrong=({}, []), words=None),
        )
        search(
            promise,
            *always,
            values=any_ticket(),
            wrong=any_wrong(),
            text=st.sampled_from(SOME_WORDS),
            words=st.one_of(st.none(), any_text()),
            usage=st.sampled_from((*USAGES, None)),
        )

    def read(self, answers, model, mail, values, names, usage):
        """Read an answer, and check the report and the tokens in it."""
        got = self.report(answers, model, mail, values, names)
        self.check_tokens(got.tokens, usage, values)

    def report(self, answers, model, mail, values, names):
        """Read an answer, and return the report, once its value and its problem are checked.

        Args:
            values: those of the ticket, or None if there is none.
            names: the fields that are wrong.
        """
        shown = Words(f"a ticket with {values}" if values else "a problem")
        with self.asking(model, mail):
            problem = "a wrong answer raises an error"
            if values:
                problem = "an answer that fits is refused"
            with self.fitting(answers, model, shown, problem):
                got = answers.read_ticket(model, mail)
        must = self.against(shown, outcome(got))
        must(isinstance(got, answers.Reading), "it gives something else than a Reading")
        is_none = got.value is None
        must(not is_none or got.problem is not None, "neither a value nor a problem")
        must(is_none or isinstance(got.value, answers.Ticket), "the value is no Ticket")
        must(is_none or values, "a wrong answer comes as a value")
        must(is_none or got.problem is None, "a value and a problem")
        if values:
            self.check_object(got.value, answers.Ticket, values)
        else:
            self.check_problem(got.problem, names, must)
        return got

    def check_problem(self, problem, names, must):
        """Check that a text says what is wrong."""
        must(isinstance(problem, str), "the problem is no text")
        must(problem.strip(), "the problem is an empty text")
        must(problem != "None", "the problem is the text of None")
        left = problem
        for name in names:
            must(name in problem, "the problem does not name the field")
            left = left.replace(name, "")
        must(any(one.isalpha() for one in left), "the problem does not say why")

    def check_tokens(self, tokens, usage, values):
        """Check what the call has cost."""
        wanted = usage and usage["total_tokens"]
        must = self.against(Words(f"tokens={wanted}"), Words(f"tokens={tokens!r}"))
        must(usage or tokens is None, "a call that reports no tokens gets a number")
        must(tokens is not None or wanted != 0, "a reported 0 is taken for no report")
        must(
            values or tokens is not None or wanted is None,
            "the tokens of an answer that does not fit are lost",
        )
        must(tokens is not None or wanted is None, "the tokens of the call are lost")
        must(same_value(tokens, wanted), "tokens are not those of the call")


def whole(items, **options):
    """A reply with these items."""
    return called("Shopping", {"items": items}, **options)


def torn(items, count):
    """A reply with these items, without its last characters."""
    text = json.dumps({"items": items})
    return broken("Shopping", text[: len(text) - count], finish_reason="length")


class TestExtractItems(ByCall):
    """All items of a list come out, and never only some of them."""

    fields = ("items",)

    WHY: ClassVar = {
        "half a list is taken for a whole one": "A list that was cut off is a list: nothing in it "
        "shows that more should follow. Only the reason tells why the answer has ended. Look at it "
        "before you look at the items.",
        "an answer that was cut off is taken for one that does not fit": "Nothing is wrong with "
        "the form: the answer has reached its limit. Ask for the reason first, and then for what "
        "could be read.",
        "it overlooks how some providers say it": "Some providers call it finish_reason, others "
        "stop_reason. One of them in CUT_OFF is enough.",
        "a whole list is taken for half of one": "Only the reasons in CUT_OFF say that it was cut. "
        "All others are none, and what stands in the items does not count.",
        "it expects a reason in each answer": "Either key may be missing. .get(key) gives None "
        "then.",
        "no call is taken for an empty list": "The model has not said that there is nothing to "
        "buy. It has made no call: raise NotValid or a ValueError.",
        "an empty list is taken for none": "The model has made a call, and it says that there is "
        "nothing to buy. [] is a list like any other: ask whether there is a Shopping, not whether "
        "there are items.",
        "no call is taken for a list": "There are no items: raise NotValid or a ValueError.",
        "an answer that does not fit is accepted": "The items have to be a list of texts. The "
        "class Shopping checks it.",
        "it gives the Shopping, not its items": "What is asked for is the list: .items.",
        "it gives something else than a list": "The items of the Shopping, as they are.",
        "the items are not those of the answer": "All of them, in order, and unchanged. Two equal "
        "ones are two.",
    }

    @keeps(1)
    def test_all_items_come_back(self, answers, play, text):
        for items in ([odd(text), text.word(), "milk", "milk"], [text.word()], []):
            self.complete(answers, play(whole(items), whole(items)), odd(text), items)

    @keeps(2)
    def test_half_a_list_is_none(self, answers, play, text):
        for items in ([text.word(), text.word()], []):
            reply = whole(items, finish_reason="length")
            self.cut(answers, play(reply, reply), text.sentence())

    @keeps(2)
    def test_it_may_be_cut_anywhere(self, answers, play, text):
        items = [text.word(), text.word()]
        for reply in (
            *(torn(items, count) for count in (1, 2, 5, 14)),
            torn([], 1),
            *(called("Shopping", one, finish_reason="length") for one in UNFIT),
        ):
            problem = "an answer that was cut off is taken for one that does not fit"
            self.cut(answers, play(reply, reply), text.sentence(), problem)

    @keeps(2)
    def test_it_may_be_cut_before_the_call(self, answers, play, text):
        reply = Reply(text.sentence(), finish_reason="length")
        problem = "an answer that was cut off is taken for one that does not fit"
        self.cut(answers, play(reply, reply), text.sentence(), problem)

    @in_process(METADATA)
    @keeps(2)
    def test_the_reason_may_be_under_another_key(self, answers, play, text):
        problem = "it overlooks how some providers say it"
        for limit in CUTS:
            for said in ({"stop_reason": limit}, {"finish_reason": limit}):
                for other in (
                    {},
                    {"finish_reason": None, "stop_reason": "stop"},
                    {"finish_reason": "stop", "stop_reason": "end_turn"},
                ):
                    both = {**other, **said}
                    model = play(*[ended([text.word()], both)] * 2)
                    with self.never((KeyError, TypeError), "it expects a reason in each answer"):
                        self.cut(answers, model, text.sentence(), problem)

    @in_process(METADATA)
    @keeps(1, 2)
    def test_other_reasons_are_no_cuts(self, answers, play, text):
        for reason in DONE:
            for keys in (("finish_reason",), ("stop_reason",), ()):
                items = ["length", text.word(), "max_tokens"]
                model = play(*[ended(items, dict.fromkeys(keys, reason))] * 2)
                with self.never((KeyError, TypeError), "it expects a reason in each answer", items):
                    self.complete(answers, model, text.sentence(), items)

    @keeps(3)
    def test_words_are_no_list(self, answers, play, text):
        for words in (text.sentence("?"), ""):
            model, mail = play(words, words), text.sentence()
            with self.asking(model, mail):
                self.no_list(answers, model, mail, "no call is taken for a list")

    @keeps(3)
    def test_what_does_not_fit_is_refused(self, answers, play, text):
        for values in UNFIT:
            model, mail = play(*[called("Shopping", values)] * 2), text.sentence()
            with self.asking(model, mail):
                self.no_list(answers, model, mail, "an answer that does not fit is accepted")

    def test_any_list(self, search):
        def promise(answers, items, said, text):
            model = held_model(*[ended(items, said)] * 2)
            if {*said.values()} & {*CUTS}:
                self.cut(answers, model, text)
            else:
                self.complete(answers, model, text, items)

        reasons = st.sampled_from((*CUTS, *DONE))
        always = (
            *each(items=tuple(["a", one, "b"] for one in FEW_TEXTS), said={}, text="a"),
            *each(items=(["a"], [], ["a"] * 40), said={"finish_reason": "length"}, text="a"),
            *each(said=tuple({"stop_reason": one} for one in DONE), items=["a"], text="a"),
            *each(items=(["a"] * 40, [LONG]), said={}, text="a"),
            *each(text=(*LIKE_CODE, LONG), items=["a"], said={}),
        )
        search(
            promise,
            *always,
            items=st.lists(any_text(), max_size=6),
            said=st.dictionaries(
                st.sampled_from(("finish_reason", "stop_reason")), reasons, max_size=2
            ),
            text=st.sampled_from(SOME_WORDS),
        )

    def complete(self, answers, model, mail, items):
        """Check that all items come back."""
        with self.asking(model, mail):
            problem = "a whole list is taken for half of one"
            with (
                self.never(answers.AnswerCutOff, problem, items),
                self.fitting(answers, model, items),
            ):
                try:
                    got = answers.extract_items(model, mail)
                except (ValueError, answers.NotValid) as error:
                    is_empty = model.transcript and not items
                    problem = "an empty list is taken for none"
                    self.must(not is_empty, problem, items, raised(error))
                    raise
        must = self.against(items, outcome(got))
        must(not isinstance(got, answers.Shopping), "it gives the Shopping, not its items")
        must(isinstance(got, list), "it gives something else than a list")
        must(same_value(got, items), "the items are not those of the answer")

    def cut(self, answers, model, mail, problem="half a list is taken for a whole one"):
        """Check that an answer that was cut off is refused."""
        other = "an answer that was cut off is taken for one that does not fit"
        with (
            self.asking(model, mail),
            self.never((ValueError, answers.NotValid), other, Words("AnswerCutOff")),
        ):
            self.refused(
                lambda: answers.extract_items(model, mail),
                answers.AnswerCutOff,
                problem if problem != other else "half a list is taken for a whole one",
                "AnswerCutOff",
            )

    def no_list(self, answers, model, mail, problem):
        """Check that what is no list raises an error."""
        wanted = "a ValueError or NotValid"
        kinds = (ValueError, answers.NotValid)

        def call():
            got = answers.extract_items(model, mail)
            empty = "no call is taken for an empty list"
            is_empty = got == [] and problem == "no call is taken for a list"
            self.check(not is_empty, empty, Words(wanted), outcome(got))
            return got

        self.refused(call, kinds, problem, wanted)


UNFIT = ({"items": "milk"}, {"items": [{"a": 1}]}, {"items": ["milk", 2]}, {}, {"item": ["a"]})
"""What is no list of texts under the name items."""


def ended(items, said):
    """A reply with these items, and these reasons."""
    return whole(items, finish_reason=None, metadata=said)


KINDS = ("refund", "complaint")


class TestSortRequest(AboutForms):
    """The model says which of two forms it has filled in."""

    fields = ("order", "text", *KINDS)

    WHY: ClassVar = {
        "the model is not told the form": "It has to know both forms, to choose one of them. A "
        "class of your own, a BaseModel with a field of the type Refund | Complaint, tells it of "
        "both.",
        "what it asks for is no form": "with_structured_output takes one class. A list of classes "
        "is none, nor is Refund | Complaint. But that can be the type of a field, in a class of "
        "your own.",
        "it gives the wrapper": "The object that is asked for is inside of it.",
        "it gives a refund for a complaint": "kind in the model's answer says which of the two it "
        "is. Your own reading of the text does not count.",
        "it gives a complaint for a refund": "kind in the model's answer says which of the two it "
        "is. Your own reading of the text does not count.",
        "an answer without kind becomes a guess": "Each class has its own name as the default of "
        "kind, so an answer without kind fits both of them. Which one came out is chance, and not "
        "what the model has said. A discriminator makes pydantic look at kind, and at nothing "
        "else.",
        "an unknown kind becomes a guess": "It is neither of the two. Raise a ValueError: which "
        "one it should be is not yours to decide.",
        "an answer that does not fit is accepted": "A field is missing, or has a wrong value. The "
        "class checks it, so raise what it raises.",
        "words are taken for a request": "The model has filled in no form. Raise a ValueError.",
    }

    def values(self, text, kind):
        """What the model fills in."""
        return {"kind": kind, "order": text.secret(), "text": odd(text)}

    @keeps(1)
    def test_the_model_is_told_both_forms(self, answers, text):
        model, mail = Clerk(values=self.values(text, KINDS[0])), odd(text)
        self.ask(model, mail, lambda: self.sort(answers, model, mail))

    @keeps(2)
    def test_it_gives_an_object_of_that_class(self, answers, text):
        for kind in KINDS * 2:
            self.sorted(answers, self.values(text, kind), odd(text))

    @keeps(2)
    def test_the_model_decides(self, answers, text):
        mails = ("I want my money back, a refund.", "A complaint. I do not want any money.")
        for mail in mails:
            for kind in KINDS:
                self.sorted(answers, self.values(text, kind), mail)

    @keeps(3)
    def test_without_a_kind_nothing_is_guessed(self, answers, text):
        for values in (
            {"order": text.secret(), "text": text.sentence()},
            {"order": text.secret(), "text": "a complaint"},
        ):
            problem = "an answer without kind becomes a guess"
            self.is_refused(answers, values, problem, "no kind")

    @keeps(3)
    def test_another_kind_is_none_of_them(self, answers, text):
        others = (text.word(), "", "Refund", "Complaint", None, "refund or complaint", " refund")
        for kind in others:
            problem = "an unknown kind becomes a guess"
            self.is_refused(answers, self.values(text, kind), problem, f"kind={kind!r}")

    @keeps(4)
    def test_fields_are_checked(self, answers, text):
        for kind in KINDS:
            for wrong in (
                *({"order": MISSING}, {"text": MISSING}, {"order": ["a"]}, {"text": None}),
                *({"order": 17}, {"text": 2.5}),
            ):
                values = spoiled(self.values(text, kind), wrong)
                problem = "an answer that does not fit is accepted"
                self.is_refused(answers, values, problem, without(wrong))

    @keeps(4)
    def test_words_are_no_request(self, answers, text):
        for words in (text.sentence("?"), "refund", ""):
            problem = "words are taken for a request"
            self.is_refused(answers, words, problem, f"the answer {words!r}")

    def test_any_request(self, search):
        def promise(answers, kind, order, words, mail):
            values = spoiled({"kind": kind, "order": order, "text": words}, {})
            if kind in KINDS:
                self.sorted(answers, values, mail)
            elif kind is MISSING:
                problem = "an answer without kind becomes a guess"
                self.is_refused(answers, values, problem, "no kind", mail)
            else:
                problem = "an unknown kind becomes a guess"
                self.is_refused(answers, values, problem, f"kind={kind!r}", mail)

        always = (
            *each(words=FEW_TEXTS, kind="refund", order="a", mail="a"),
            *each(order=FEW_TEXTS[::2], kind="complaint", words="a", mail="a"),
            *each(mail=(*LIKE_CODE, LONG), kind="complaint", words="a", order="a"),
        )
        search(
            promise,
            *always,
            kind=st.sampled_from((*KINDS, *KINDS, "praise", "")),
            order=any_text(),
            words=any_text(),
            mail=st.sampled_from((*SOME_WORDS, "a refund", "a complaint")),
        )

    def sort(self, answers, model, mail):
        """Call the task."""
        try:
            return answers.sort_request(model, mail)
        except ValueError as error:
            is_asked = model.transcript or "Unsupported" not in str(error)
            problem = "what it asks for is no form"
            self.must(is_asked, problem, Words("one form"), raised(error))
            raise

    def sorted(self, answers, values, mail):
        """Check that the right object comes back."""
        model, kind = Clerk(values=values), values["kind"]
        classes = dict(zip(KINDS, (answers.Refund, answers.Complaint), strict=True))
        with self.asking(model, mail), self.fitting(answers, model, values):
            got = self.sort(answers, model, mail)
        [other] = {*KINDS} - {kind}
        is_other = isinstance(got, classes[other])
        must = self.against(Words(f"a {kind}: {values}"), outcome(got))
        must(not is_other, f"it gives a {other} for a {kind}")
        is_wrapped = not isinstance(got, dict) and "kind=" in repr(got)
        must(isinstance(got, classes[kind]) or not is_wrapped, "it gives the wrapper")
        self.check_object(got, classes[kind], values)

    def is_refused(self, answers, values, problem, wrong, mail="Is it free?"):
        """Check that nothing is guessed, however the model is asked."""
        for method in METHODS:
            model = Clerk(values=values, structured_method=method)
            with self.asking(model, mail):
                self.refused(
                    lambda model=model: self.sort(answers, model, mail),
                    ValueError,
                    problem,
                    f"a ValueError for {wrong}",
                )


def as_text(answer):
    """What a model writes: words, or values as JSON."""
    return answer if isinstance(answer, str) else json.dumps(answer)


def unnamed(reason):
    """A reason without the names of fields."""
    for name in TICKET_FIELDS:
        reason = reason.replace(name, "")
    return reason


SEVERAL = ({"title": "", "minutes": -1, "priority": "huge"}, ["title", "minutes", "priority"])
"""As in WRONG, but with several faults in one answer."""


def names_in(reason, faults):
    """What a text says, without the answers that it repeats: they have all the names in them."""
    for answer, _ in faults:
        for text in (as_text(answer), json.dumps(answer, ensure_ascii=False)):
            reason = reason.replace(text, "")
    return reason


def is_slip(error):
    """Whether an error is not about an answer, but about a message that cannot be made."""
    return isinstance(error, ValidationError) and error.title.endswith("Message")


def as_json(text):
    """What a text says, however it is written."""
    try:
        return json.loads(text)
    except ValueError:
        return text


class TestExtractWithRetry(AboutTickets):
    """The model is told what is wrong, and corrects itself."""

    WHY: ClassVar = {
        "the model is not told the form": "json_mode tells it to write JSON, and no more. Which "
        "fields there are stands in FORM: send it.",
        "FORM is not the system message": "Two messages: SystemMessage(FORM), HumanMessage(text).",
        "the text is not the question": "Two messages: SystemMessage(FORM), HumanMessage(text). "
        "The text as it is, and nothing in between.",
        "it does not ask again": "The first answer does not fit. Send it back with the reason, as "
        "long as there are attempts left.",
        "the same question again gets the same answer": "The model has to see what it has written, "
        "and what is wrong with it. Otherwise it will write it again.",
        "the model does not see FORM and the text again": "A model has no memory. Send both each "
        "time.",
        "the model does not see its wrong answer": "Put it in between, as an AIMessage. "
        'With include_raw=True, it stands under "raw".',
        "the model sees an older answer in place of the newest": "The answer to be mended is the "
        "one that came last.",
        "the reason does not come last, from a person": "The reason is what the model has to react "
        "to: a HumanMessage, behind the wrong answer.",
        "the model is not told which field is wrong": '"Try again" says nothing new. Write into '
        "the HumanMessage which fields are wrong. The text of the error has it.",
        "the model is told the same, whatever is wrong": "An empty title and a negative number are "
        "wrong for different reasons. The text of pydantic's error says why, for each field.",
        "the model is not told why": "The name of a field alone does not say what is wrong with "
        "it. The text of the error says both.",
        "it asks more often than it may": "At most `attempts` calls in all. The first one counts.",
        "it gives up too early": "There are attempts left, and the next answer would fit.",
        "it asks again although the answer fits": "Return the first answer that fits.",
        "it gives up without saying so": "There is no ticket. Raise NotValid with all problems.",
        "an answer that does not fit is accepted": "Do not put it right yourself: only "
        "the model has read the text. Tell it what is wrong, as long as there are attempts left, "
        "and raise NotValid then.",
        "it raises something else than NotValid": "When the attempts are used up, raise NotValid. "
        "Its problems say what was wrong with each answer.",
        "it does not give one problem for each answer": "Keep a list, and put in a text for each "
        "answer that does not fit. NotValid takes the list.",
        "without an argument, it asks another number of times": "attempts is 3, as the signature "
        "says.",
        "a call that has failed is repeated": "That is no answer that does not fit: there is none. "
        "Its error passes.",
    }

    @keeps(1)
    def test_how_it_asks(self, answers, play, text):
        model, mail = play(*[as_text(FINE)] * 2), odd(text)
        self.ask(model, mail, lambda: answers.extract_with_retry(model, mail), 9)
        self.check_questions(answers, model, mail, [])

    def test_the_first_answer_may_fit(self, answers, play, text):
        for attempts in (1, 2, 3):
            values = {"title": odd(text), "priority": "high", "minutes": 7}
            replies = [Reply(json.dumps(values))] * 3
            self.mended(answers, play(*replies), odd(text), [], values, attempts)

    @keeps(2)
    def test_the_model_is_told_what_is_wrong(self, answers, play, text):
        for wrong, names in WRONG:
            bad = spoiled({**FINE, "title": text.secret()}, wrong)
            values = {**FINE, "title": text.secret()}
            model = play(*(Reply(json.dumps(one)) for one in (bad, values, values)))
            self.mended(answers, model, odd(text), [(bad, names)], values, 3)

    @keeps(2)
    def test_each_answer_has_faults_of_its_own(self, answers, play, text):
        for attempts in (4, 5):
            first, second = (
                (spoiled({**FINE, "title": text.secret()}, wrong), names)
                for wrong, names in (WRONG[0], WRONG[1])
            )
            values = {**FINE, "title": text.secret()}
            faults = [first, second] if attempts == 4 else [(text.sentence(), []), second]
            model = play(*(as_text(bad) for bad, _ in faults), *[as_text(values)] * 2)
            self.mended(answers, model, text.sentence(), faults, values, attempts)

    @keeps(2)
    def test_it_may_be_no_json(self, answers, play, text):
        for words in (text.sentence("?"), "", "[]"):
            model = play(words, *[Reply(json.dumps(FINE))] * 2)
            self.mended(answers, model, text.sentence(), [(words, [])], FINE, 3)

    @keeps(2)
    def test_each_field_has_a_reason_of_its_own(self, answers, play, text):
        faults = [
            (spoiled(FINE, changes), [name])
            for name, changes in (("title", {"title": ""}), ("minutes", {"minutes": -1}))
        ]
        model = play(*(as_text(bad) for bad, _ in faults), *[as_text(FINE)] * 2)
        self.mended(answers, model, text.sentence(), faults, FINE, 4)
        said = [str(call.messages[-1].text) for call in model.transcript[1:3]]
        first, second = (unnamed(names_in(one, faults)) for one in said)
        problem = "the model is told the same, whatever is wrong"
        self.must(first != second, problem, got=said[0])

    @keeps(3)
    def test_it_gives_up(self, answers, play, text):
        for attempts in (1, 2, 4):
            faults = [
                (spoiled({**FINE, "title": text.secret()}, wrong), names)
                for wrong, names in (WRONG * 2)[:attempts]
            ]
            fine = Reply(json.dumps(FINE))
            model = play(*(Reply(json.dumps(bad)) for bad, _ in faults), fine, fine)
            self.given_up(answers, model, text.sentence(), faults, attempts)

    @keeps(3)
    def test_three_attempts_if_nobody_says_how_many(self, answers, play, text):
        bad = Reply(json.dumps(spoiled(FINE, {"minutes": -1})))
        model = play(bad, bad, bad, bad, bad)
        problem = "it gives up without saying so"
        with self.raises(answers.NotValid, problem):
            answers.extract_with_retry(model, text.sentence())
        self.in_words(
            len(model.transcript) == 3,
            "without an argument, it asks another number of times",
            "asked 3 times",
            f"asked {times(len(model.transcript))}",
        )

    @in_process(NETWORK)
    @keeps(4)
    def test_errors_pass(self, answers, play, text):
        bad = json.dumps(spoiled(FINE, {"minutes": -1}))
        for kind in (ConnectionError, ValueError, PermissionError, Stranger):
            for before in ((), (bad,)):
                error = kind("of the model")
                model = play(*before, Reply(Fail(error)), Reply(json.dumps(FINE)))
                with passes_on(error, "the model"):
                    try:
                        answers.extract_with_retry(model, text.word())
                    finally:
                        self.in_words(
                            len(model.transcript) <= len(before) + 1,
                            "a call that has failed is repeated",
                            "no call after the one that failed",
                            f"{len(model.transcript) - len(before) - 1} more",
                        )

    def test_any_faults(self, search):
        def promise(answers, wrong, values, text, attempts):
            faults = [(spoiled(values, changes), names) for changes, names in wrong]
            says = [*(bad for bad, _ in faults[:attempts]), values, values]
            model = held_model(*(Reply(json.dumps(one)) for one in says))
            if len(faults) < attempts:
                self.mended(answers, model, text, faults, values, attempts)
            else:
                self.given_up(answers, model, text, faults[:attempts], attempts)

        always = (
            *each(text=SOME_WORDS[::2], wrong=[WRONG[0]], values=FINE, attempts=2),
            *each(wrong=tuple([one, one] for one in WRONG), values=FINE, text="a", attempts=3),
            *each(attempts=(1, 2, 5), wrong=[*WRONG[:5]], values=FINE, text="a"),
            {"attempts": 13, "wrong": [WRONG[0]] * 12, "values": FINE, "text": "a"},
            {"attempts": 1, "wrong": [SEVERAL], "values": FINE, "text": "a"},
        )
        search(
            promise,
            *always,
            wrong=st.lists(st.sampled_from(WRONG), max_size=4),
            values=any_ticket(),
            text=st.sampled_from(SOME_WORDS),
            attempts=st.sampled_from((1, 2, 3, 5)),
        )

    def check_form(self, call, text):
        """Check that the first question is FORM and the text, and asks for JSON."""
        wanted = Words("json_mode")
        got = Words("a tool" if call.tools else f"{call.response_format!r:.60}")
        is_json = (call.response_format or {}).get("type") == "json_object"
        self.check(is_json, "it asks by another method", wanted, got)

    def mended(self, answers, model, mail, faults, values, attempts):
        """Check that a model is told about each fault, until it gets it right."""
        with self.asking(model, mail, len(faults) + 9):
            try:
                got = answers.extract_with_retry(model, mail, attempts)
            except (ValueError, answers.NotValid) as error:
                if is_slip(error):
                    raise
                self.check_questions(answers, model, mail, faults)
                count = len(model.transcript)
                came = Words(f"{type(error).__name__} after {count} of {attempts} attempts")
                wanted = Words(f"a ticket at attempt {len(faults) + 1}")
                problem = "it does not ask again" if faults and count == 1 else ""
                problem = problem or "it gives up too early"
                self.check(count > len(faults), problem, wanted, came)
                self.check(False, "an answer that fits is refused", wanted, came)
        self.check_questions(answers, model, mail, faults)
        shown = Words(f"a ticket at attempt {len(faults) + 1}")
        count = len(model.transcript)
        must = self.against(shown, outcome(got))
        must(got is None or count > len(faults), "an answer that does not fit is accepted")
        must(count > len(faults), "it does not ask again")
        self.check_object(got, answers.Ticket, values)
        self.in_words(
            count == len(faults) + 1,
            "it asks again although the answer fits",
            f"asked {times(len(faults) + 1)}",
            f"asked {times(count)}",
        )

    def given_up(self, answers, model, mail, faults, attempts):
        """Check that it raises NotValid with all problems when the attempts are used up."""
        wanted = Words(f"NotValid with {attempts} problem{'s' * (attempts > 1)}")
        with self.asking(model, mail, attempts + 9):
            try:
                with self.raises(answers.NotValid, "it gives up without saying so", wanted) as c:
                    got = answers.extract_with_retry(model, mail, attempts)
                    self.check_questions(answers, model, mail, faults)
                    self.check_count(model, attempts)
                    problem = "an answer that does not fit is accepted"
                    self.must(got is None, problem, wanted, outcome(got))
            except ValueError as error:
                if is_slip(error):
                    raise
                self.check_questions(answers, model, mail, faults)
                came = Words(f"{type(error).__name__} after {len(model.transcript)} attempts")
                is_early = len(model.transcript) < attempts
                must = self.against(wanted, came)
                must(not is_early, "it does not ask again")
                must(False, "it raises something else than NotValid")
        self.check_questions(answers, model, mail, faults)
        self.check_count(model, attempts)
        problems = c.error.problems
        must = self.against(wanted, Words(f"problems={problems!r:.200}"))
        must(
            isinstance(problems, list)
            and len(problems) == attempts
            and all(isinstance(one, str) and one.strip() for one in problems),
            "it does not give one problem for each answer",
        )

    def check_count(self, model, attempts):
        """Check how often the model was asked."""
        count = len(model.transcript)
        wanted, got = f"asked {times(attempts)}", f"asked {times(count)}"
        self.in_words(count <= attempts, "it asks more often than it may", wanted, got)
        self.in_words(count >= attempts, "it gives up too early", wanted, got)

    def check_questions(self, answers, model, mail, faults):
        """Check what the model saw each time."""
        calls = list(model.transcript)
        beginning = [("system", answers.FORM), ("human", mail)]
        for number, call in enumerate(calls[: len(faults) + 1]):
            seen = [(one.type, str(one.text)) for one in call.messages]
            got = sent(call.messages)
            wanted = Words("system: FORM, human: the text")
            must = self.against(wanted, got)
            if number == 0:
                said = [text for _, text in seen]
                must(any(answers.FORM in one for one in said), "the model is not told the form")
                must(seen[:1] == beginning[:1], "FORM is not the system message")
                must(seen == beginning, "the text is not the question")
                continue
            wanted = Words("system: FORM, human: the text, ai: the wrong answer, human: the reason")
            must = self.against(wanted, got)
            bad, names = faults[number - 1]
            must(seen != beginning, "the same question again gets the same answer")
            must(seen[:2] == beginning, "the model does not see FORM and the text again")
            kinds = [kind for kind, _ in seen[2:]]
            must(kinds[-1:] == ["human"], "the reason does not come last, from a person")
            must("ai" in kinds, "the model does not see its wrong answer")
            self.check_answer_sent(seen[2:], as_text(bad), faults[: number - 1], must)
            self.check_reason(seen[-1][1], names, faults)

    def check_answer_sent(self, rest, bad, older, must):
        """Check that the wrong answer stands right before the reason."""
        before = rest[-2]
        texts = [as_text(one) for one, _ in older]
        is_older = before[0] == "ai" and before[1] in texts and before[1] != bad
        must(not is_older, "the model sees an older answer in place of the newest")
        is_bad = before[0] == "ai" and as_json(before[1]) == as_json(bad)
        must(is_bad, "the model does not see its wrong answer")

    def check_reason(self, reason, names, faults):
        """Check that a text names the fields that are wrong, and says why."""
        wanted = Words(f"the reason names {' and '.join(names) or 'what is wrong'}")
        must = self.against(wanted, Words(f"{reason!r:.120}"))
        left = names_in(reason, faults)
        for name in names:
            must(name in left, "the model is not told which field is wrong")
            left = left.replace(name, "")
        must(any(one.isalpha() for one in left), "the model is not told why")
