"""Lesson 08: System Prompts.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, and `text` makes words that differ from seed to seed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from contextlib import contextmanager
from itertools import accumulate
from typing import Any, ClassVar
from xml.etree import ElementTree

from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    ToolMessage,
)
from langchain_core.prompts import PromptTemplate

from course.fakes.chat_models import FakeChatModel, ScriptedChatModel
from course.fakes.script import Fail, Pause, Reasoning, Reply
from course.grade.expect import Words, WrongAnswer, in_process, keeps
from course.grade.scenarios import EACH_TEXT, TEXTS, Stranger, any_text, any_tokens, each
from course.grade.stream_checks import joined, passes_on, same
from course.grade.value_checks import Explained, in_calls, unchanged

NETWORK = "a network has errors of its own"
TIME = "time is virtual only here"
KEYED = "the model chooses its reply by the question"

ERRORS = (ValueError, TimeoutError, KeyError, Stranger)
"""What a call may fail with."""

BRACES = ("{x}", "{", "}", "{}", "{{x}}", "{{{", "}{", '{"a": {"b": 1}}', "a{b}c")
"""Texts that mean something in a template."""

MARKUP = ("<b>", "&", "&lt;", "&amp;lt;", '"', "'", "</document>", "]]>", "<!--", "a > b", "<?x?>")
"""Texts that mean something in XML."""


# What holds for several tasks.


def strange(text):
    """A text with characters in it that mean something elsewhere."""
    return f" {text.word()} {{x}} {{{{y}}}} & <{text.word()}> {text.sentence()}\n"


def in_roles(messages):
    """Messages, to be shown: the role and the text of each."""
    shown = [
        f"{one.type}: {one.text!r}" if isinstance(one, BaseMessage) else repr(one)
        for one in messages
    ]
    return Words(", ".join(shown) or "no messages")


def pairs(messages):
    """The role and the text of each message."""
    return [(one.type, str(one.text)) for one in messages]


def any_of(*special):
    """Texts of all kinds, often with one of these in it."""
    one = st.sampled_from(("", *special))
    return st.builds(lambda first, middle, last: first + middle + last, any_text(), one, any_text())


ANY_BRACES = any_of(*BRACES)


class TestEscapeBraces(Explained):
    """A template gives the text back as it was."""

    WHY: ClassVar = {
        "braces are lost": "They belong to the text. Write each of them twice: a template makes "
        "one brace of two.",
        "braces become something else": "A template gives back what is in it. Only a brace that "
        "is written twice comes out as one brace.",
        "only one kind of brace is doubled": "Opening and closing braces both need it. If you do "
        "it in two steps, the second one goes on with what the first one gave.",
        "only the first of the braces is doubled": "Each brace means something to a template, "
        "wherever it stands. str.replace replaces all of them if you do not give it a number.",
        "braces that are double already stay as they are": "Two braces come out as one. For two of "
        "them to come out, four have to go in: double each single brace, whatever stands next to "
        "it.",
        "no brace is doubled": "What comes out is the text itself. Hand out the text with double "
        "braces: it is the template that makes single ones of them, later.",
        "braces are there too often": "A template makes one brace of two. Write each brace twice, "
        "and no more often.",
        "something else is changed": "Only braces mean something to a template. The rest of the "
        "text stays as it is.",
        "the template does not give the text back": "Double each brace, and nothing else.",
    }

    def look(self, answers, text):
        """Check what a template makes of a text that was escaped."""
        wanted = text.replace("{", "{{").replace("}", "}}")
        got = answers.escape_braces(text)
        must = self.against(wanted, got)
        must(isinstance(got, str), "the template does not give the text back")
        must(got != text, "no brace is doubled")
        opened, closed = (str(got).count(one) - text.count(one) for one in "{}")
        often = opened > text.count("{") or closed > text.count("}")
        must(not often, "braces are there too often")
        must(
            opened >= 0 or [one for one in got if one not in "{}()[]<>"] != _plain(text),
            "braces are lost" if len(got) < len(text) else "braces become something else",
        )
        must(opened >= 0 and closed >= 0, "braces are lost")
        must(
            opened + closed == 0 or bool(opened) == bool("{" in text),
            "only one kind of brace is doubled",
        )
        must(
            opened + closed == 0 or bool(closed) == bool("}" in text),
            "only one kind of brace is doubled",
        )
        return got, wanted, must

    @keeps(1, 2)
    def test_each_brace_is_doubled(self, answers, text):
        word, other = text.word(), text.word()
        for given in (f'{{"{word}": 1}} {{}} {{{other}}}', f"a {{{word}}} b {{{other}}}"):
            got, wanted, must = self.look(answers, given)
            once = given.replace("{", "{{", 1).replace("}", "}}", 1)
            must(got != once, "only the first of the braces is doubled")
            plain = [one for one in got if one not in "{}"]
            must(plain == _plain(given), "something else is changed")
            must(got == wanted, "the template does not give the text back")

    @keeps(2)
    def test_braces_that_are_double_already(self, answers, text):
        given = f"{{{{{text.word()}}}}} and {{{text.word()}}}"
        got, wanted, must = self.look(answers, given)
        must(
            got == wanted or "{{{{" in got,
            "braces that are double already stay as they are",
        )
        must(got == wanted, "the template does not give the text back")

    @keeps(2)
    def test_single_braces_without_a_partner(self, answers, text):
        for given in (f"{{ {text.word()}", f"{text.word()} }}", f"}} {text.word()} {{"):
            got, wanted, must = self.look(answers, given)
            must(got == wanted, "the template does not give the text back")

    @keeps(2)
    def test_nothing_else_is_changed(self, answers, text):
        for given in ("", f" {text.sentence()}\n", f"[{text.word()}] (<&>) \\ %s $x"):
            got = answers.escape_braces(given)
            self.must(got == given, "something else is changed", given, got)

    def test_any_text(self, search):
        def promise(answers, text):
            got = answers.escape_braces(text)
            try:
                back: Any = PromptTemplate.from_template(got).format()
            except (LookupError, ValueError) as error:
                back = Words(f"the template raises {type(error).__name__}")
            self.must(back == text, "the template does not give the text back", text, back)

        often = (one * times for one in BRACES for times in (2, 20))
        always = each(text=(*BRACES, *TEXTS, *often))
        search(promise, *always, text=ANY_BRACES)


def _plain(text):
    return [one for one in text if one not in "{}()[]<>"]


class TestMissingValues(Explained):
    """What a template needs and has not got."""

    WHY: ClassVar = {
        "escaped braces are taken for a name": "A template makes {x} of {{x}}: that is text, and "
        "needs no value. A template of LangChain knows which names it has: input_variables.",
        "None or an empty text counts as no value": "Whoever gives it has decided so. What counts "
        "is whether the name is in values, not what it stands for.",
        "only one of the missing names comes back": "Whoever reads it wants to mend all of it at "
        "once, not one name for each try.",
        "the names are not sorted": "sorted(...) gives a sorted list.",
        "a name is there more than once": "A name may stand in the template twice. One value is "
        "enough for both, so name it once. A set has each name once.",
        "the format counts as a part of the name": "In {price:.2f} and {price!r}, the name is "
        "price. What follows says how to write the value.",
        "values that the template does not need are named": "More values do no harm. Name what the "
        "template needs and values does not have, not the other way round.",
        "a name that has a value is named": "Name only what values does not have. The names are "
        "its keys: `name in values` asks for them.",
        "something is named that is no name in the template": "Return the names themselves, as "
        "they stand between single braces.",
        "it is not a list": "Return a list of names. sorted(...) makes one.",
        "a name is missing from the list": "Name all that the template needs and values does not "
        "have.",
        "values is changed": "It belongs to the caller.",
    }

    def look(self, answers, template, values, wanted):
        """Check which names come back."""
        got = answers.missing_values(template, values)
        must = self.against(wanted, got)
        must(isinstance(got, list), "it is not a list")
        formats = any({*name} & {*":!"} for name in got)
        must(not formats, "the format counts as a part of the name")
        must(len(set(got)) == len(got), "a name is there more than once")
        must(
            set(got) - set(values) == set(got) or set(got) & set(wanted) or not values,
            "values that the template does not need are named"
            if {*got} - {*_names(template)}
            else "a name that has a value is named",
        )
        return got, must

    @keeps(1)
    def test_all_missing_names_come_sorted_and_once(self, answers, text):
        names = [text.word() + mark for mark in "abc"]
        template = " ".join(f"{{{name}}}" for name in (*sorted(names)[::-1], *names))
        got, must = self.look(answers, template, {}, sorted(names))
        must({*got} <= {*names}, "something is named that is no name in the template")
        must(len(got) != 1, "only one of the missing names comes back")
        must({*got} == {*names}, "a name is missing from the list")
        must(got == sorted(names), "the names are not sorted")

    @keeps(2)
    def test_escaped_braces_are_text(self, answers, text):
        name, other = text.word() + "a", text.word() + "b"
        for template in (f"{{{name}}} {{{{{other}}}}}", f'{{{name}}} {{{{"{other}": 1}}}}'):
            got, must = self.look(answers, template, {}, [name])
            must(not any(other in one for one in got), "escaped braces are taken for a name")
            must({*got} <= {name}, "something is named that is no name in the template")
            must(got == [name], "a name is missing from the list")
        template = f"{{{{{name}}}}} {{{{{other}}}}}"
        got, must = self.look(answers, template, {}, [])
        must(got == [], "escaped braces are taken for a name")

    @keeps(3)
    def test_none_and_nothing_are_values(self, answers, text):
        name = text.word() + "a"
        got = answers.missing_values(f"{{{name}}} {{b}}", {name: text.sentence()})
        self.must(name not in got, "a name that has a value is named", ["b"], got)
        for nothing in (None, "", 0, False, []):
            name = text.word() + "a"
            got = answers.missing_values(f"{{{name}}} {{b}}", {name: nothing})
            must = self.against(["b"], got)
            must(name not in got, "None or an empty text counts as no value")
            must(got == ["b"], "a name is missing from the list")

    @keeps(2)
    def test_a_format_is_no_part_of_the_name(self, answers, text):
        name = text.word() + "a"
        for template in (
            f"{{{name}:.2f}}",
            f"{{{name}:>8}} and {{{name}}}",
            f"{{{name}!r}}",
            f"{{{name}!s:>8}} and {{{name}:}}",
        ):
            got, must = self.look(answers, template, {}, [name])
            must(got == [name], "a name is missing from the list")
            got = answers.missing_values(template, {name: 1.5})
            self.must(got == [], "a name that has a value is named", [], got)

    @keeps(3)
    def test_more_values_do_no_harm(self, answers, text):
        name, other, more = (text.word() + mark for mark in "abc")
        values = {other: text.word(), more: text.word()}
        for given in (values, defaultdict(str, values)):
            with unchanged(values=given):
                got = answers.missing_values(f"{{{name}}} {{{other}}}", given)
            must = self.against([name], got)
            must(more not in got, "values that the template does not need are named")
            must(other not in got, "a name that has a value is named")
            must(got == [name], "a name is missing from the list")

    @keeps(1)
    def test_nothing_is_missing(self, answers, text):
        for template, values in ((text.sentence(), {}), ("{a}", {"a": "b"}), ("", {"a": 1})):
            got = answers.missing_values(template, values)
            must = self.against([], got)
            must(isinstance(got, list), "it is not a list")
            must(got == [], "a name that has a value is named")

    def test_any_template(self, search):
        def promise(answers, parts, given):
            template = "".join(before + after for before, _, after in map(SLOTS.get, parts))
            needed = {name for _, name, _ in map(SLOTS.get, parts) if name}
            wanted = sorted(needed - {*given})
            got = answers.missing_values(template, given)
            must = self.against(wanted, got)
            must(isinstance(got, list), "it is not a list")
            must(not {*got} & {*given}, "a name that has a value is named")
            must({*got} <= needed, "escaped braces are taken for a name")
            must({*got} == {*wanted}, "a name is missing from the list")
            must(len(got) == len(wanted), "a name is there more than once")
            must(got == wanted, "the names are not sorted")

        each_slot = tuple([one, *rest] for one in SLOTS for rest in ([], ["b"], [one]))
        always = (
            *each(parts=each_slot, given={}),
            *each(parts=["b", "a", "c"], given=({"a": None}, {"b": ""}, {"d": 1}, {"c": 0})),
        )
        search(
            promise,
            *always,
            parts=st.lists(st.sampled_from([*SLOTS]), max_size=6),
            given=st.dictionaries(
                st.sampled_from(["a", "b", "c", "d", "x"]), st.sampled_from([None, "", 0, "v"])
            ),
        )


SLOTS = {
    "a": ("{a}", "a", " "),
    "b": (" {b}", "b", ""),
    "c": ("{c:.2f}", "c", "\n"),
    "converted": ("{e!r}", "e", " "),
    "text": ("a b", "", " & <c>"),
    "escaped": ("{{x}}", "", ""),
    "escaped name": ("{{a}}", "", " "),
    "in braces": ("{{{d}}}", "d", ""),
    "json": ('{{"a": {{"b": 1}}}}', "", ""),
    "blank": (" ", "", "\n"),
}
"""Parts of templates: what they are, the name in them, and what follows."""


def _names(template):
    return PromptTemplate.from_template(template).input_variables


class Conversation(Explained):
    """What two tasks have in common: a list of messages that begins with the rules."""

    def look(self, got, wanted):
        """Check the kinds of messages before anything else."""
        must = self.against(in_roles(wanted))
        must(isinstance(got, list), "it is not a list of messages")
        must = self.against(in_roles(wanted), in_roles(got))
        must(all(isinstance(one, BaseMessage) for one in got), "it is not a list of messages")
        return must


AFTER = "the examples come after the question"


def few(rules, examples, question):
    """The messages of the contract."""
    shown = [HumanMessage, AIMessage]
    said = [kind(part) for one in examples for kind, part in zip(shown, one, strict=True)]
    return [SystemMessage(rules), *said, HumanMessage(question)]


class TestFewShot(Conversation):
    """Examples are a conversation that the model has had, so to say."""

    WHY: ClassVar = {
        "it is not a list of messages": "Return a list. A SystemMessage, HumanMessage or AIMessage "
        "in it says who has written the text.",
        "the model reads its examples as rules": "An example is a conversation: the question comes "
        "from a person, and the answer from the model. Make messages of them, after the rules.",
        "a person seems to have given the answers": "The answer of an example is what the model "
        "would have said: an AIMessage.",
        "an answer does not follow its question": "One example after the other: a question, then "
        "its answer, then the next question.",
        AFTER: "The model answers what comes last. So the question comes last.",
        "the question is not the last message": "The model answers what comes last.",
        "the rules are not the first message": "The rules hold for all that follows: a "
        "SystemMessage, first.",
        "braces are taken for variables": "Nothing here is a template. A message takes its text "
        "as it is: HumanMessage(text).",
        "an example is left out": "Each example gives two messages.",
        "the examples are a part of the question": "The model would answer all of it. An example "
        "is a question of a person and an answer of the model: two messages of its own.",
        "a message holds a whole example": "An example is a pair of a question and an answer. "
        "Take it apart, such as in `for asked, answer in examples`. Each has its own message.",
        "the question is another text": "The last message has the question that was given. If a "
        "loop uses the name question for something else, the question is lost.",
        "the question is there more than once": "It comes once, after all examples, so not in "
        "their loop.",
        "a text is changed": "All texts stay as they are: HumanMessage(text) takes them unchanged.",
        "the messages are not those of the contract": "The rules, then a question and an answer "
        "for each example, then the question.",
    }

    def try_it(self, answers, rules, examples, question):
        """Check the messages for these texts."""
        wanted = few(rules, examples, question)
        given = list(examples)
        braces = (KeyError, ValueError) if "{" in str(pairs(wanted)) else ()
        with (
            unchanged(examples=given),
            self.never(braces, "braces are taken for variables", in_roles(wanted)),
        ):
            got = answers.few_shot(rules, given, question)
        must = self.look(got, wanted)
        if pairs(got) == pairs(wanted):
            return
        whole = all(isinstance(one.content, str) for one in got)
        must(whole, "a message holds a whole example")
        self.check_question(got, wanted, question, must)
        asks = "human", question
        roles = [one.type for one in got]
        shown = [part for example in examples for part in example]
        inside = {rules, question} & {*shown}
        if examples and not inside and all(shown):
            ruled = joined(str(one.text) for one in got if one.type == "system")
            must(not all(one in ruled for one in shown), "the model reads its examples as rules")
            last = str(got[-1].text) if got else ""
            must(not all(one in last for one in shown), "the examples are a part of the question")
            asked, answered = zip(*examples, strict=True)
            people = [str(one.text) for one in got if one.type == "human"]
            from_people = {*answered} <= {*people} and not {*answered} & {*asked}
            must(not from_people, "a person seems to have given the answers")
        must(got and roles[0] == "system", "the rules are not the first message")
        last = got[-1]
        must(last.type == "human" or asks not in pairs(got[1:2]), AFTER)
        must(last.type == "human", "the question is not the last message")
        if roles != [one.type for one in wanted]:
            must(
                sorted(roles) != sorted(x.type for x in wanted),
                "an answer does not follow its question",
            )
            must(len(got) >= len(wanted), "an example is left out")
        must(roles == [one.type for one in wanted], "the messages are not those of the contract")
        turned = sorted(pairs(got)) == sorted(pairs(wanted))
        must(not turned, "an answer does not follow its question")
        must(False, "a text is changed")

    def check_question(self, got, wanted, question, must):
        """Check that the question is there once, and no other in its place."""
        others = pairs(got)[:-1] == pairs(wanted)[:-1] and got[-1].type == "human"
        must(
            not others or pairs(got)[-1] not in pairs(got)[:-1],
            "the question is another text",
        )
        asks = "human", question
        must(
            pairs(got).count(asks) <= pairs(wanted).count(asks),
            "the question is there more than once",
        )

    @keeps(1)
    def test_the_rules_first_and_the_question_last(self, answers, text):
        rules, question = text.sentence(), text.sentence("?")
        examples = [(text.sentence("?"), text.sentence()) for _ in range(2)]
        got = answers.few_shot(rules, examples, question)
        wanted = few(rules, examples, question)
        must = self.look(got, wanted)
        self.check_question(got, wanted, question, must)
        must(got and got[0].type == "system", "the rules are not the first message")
        last = "the question is not the last message"
        must(got[-1].type == "human" or ("human", question) not in pairs(got[1:2]), AFTER)
        must(got[-1].type == "human" and question in str(got[-1].content), last)

    @keeps(2)
    def test_examples_are_a_conversation(self, answers, text):
        for count in (2, 3, 1):
            examples = [(text.sentence("?"), text.sentence()) for _ in range(count)]
            self.try_it(answers, text.sentence(), examples, text.sentence("?"))

    @keeps(3)
    def test_texts_stay_as_they_are(self, answers, text):
        examples = [(strange(text), strange(text)) for _ in range(2)]
        self.try_it(answers, strange(text), examples, strange(text))

    @keeps(2)
    def test_examples_may_be_alike(self, answers, text):
        example = (text.sentence("?"), text.sentence())
        self.try_it(answers, text.sentence(), [example, example], text.sentence("?"))
        self.try_it(answers, text.sentence(), [example, example], example[0])

    def test_without_examples(self, answers, text):
        self.try_it(answers, text.sentence(), [], strange(text))

    def test_any_examples(self, search):
        def promise(answers, rules, texts, question):
            self.try_it(answers, rules, [*zip(texts[::2], texts[1::2], strict=False)], question)

        always = (
            *each(rules="r", texts=EACH_TEXT[:40], question="q"),
            *each(rules=("", *BRACES), texts=["a", "b"], question="q"),
            *each(rules="r", texts=["{x}", "{y}"], question=("", *BRACES)),
        )
        search(
            promise,
            *always,
            rules=ANY_BRACES,
            texts=st.lists(ANY_BRACES, max_size=6),
            question=ANY_BRACES,
        )


def a_history(text, *, rules=True):
    """A conversation with a tool call in it, and with rules at its beginning and in its middle."""
    call = {"name": "search", "args": {"q": text.word()}, "id": text.word(), "type": "tool_call"}
    system = [SystemMessage(strange(text), id=text.word()) for _ in range(2)] if rules else []
    return [
        *system[:1],
        HumanMessage(strange(text), id=text.word()),
        AIMessage("", tool_calls=[call], id=text.word()),
        *system[1:],
        ToolMessage(text.sentence(), tool_call_id=call["id"], name="search", id=text.word()),
        AIMessage(text.sentence(), id=text.word()),
    ]


class TestChatMessages(Conversation):
    """One set of rules, first; then what was said; then the question."""

    WHY: ClassVar = {
        "it is not a list of messages": "Return a list of messages. A str in it has no role.",
        "two sets of rules are sent": "Old rules may contradict the new ones, and the model does "
        "not know which ones hold. Leave out each SystemMessage of the history: "
        "isinstance(message, SystemMessage) is true for them.",
        "the system messages stay and the others go": "It is the other way round. Keep what is "
        "no SystemMessage: not isinstance(message, SystemMessage).",
        "no rules are sent": "The rules come first, as a SystemMessage.",
        "the rules are not those that were given": "What is in the history is over. Send `rules`.",
        "the rules do not come first": "Models read what comes first as what holds for all that "
        "follows, and some providers refuse rules in another place.",
        "the question is left out": "The history ends before the question. Add it, as the last "
        "message.",
        "the question does not come last": "The model answers what comes last.",
        "the question comes from somebody else": "A person asks it: HumanMessage(question).",
        "a part of the history is lost": "Without it, the model does not know what was said, and "
        "a tool result without its call is refused. Leave out the system messages, and only them.",
        "the history comes in another order": "What was said first comes first.",
        "a message has become another one": "Take the messages over as they are: the id and the "
        "tool calls belong to them.",
        "braces are taken for variables": "Nothing here is a template. A message takes its text "
        "as it is: HumanMessage(text).",
        "a text is changed": "All texts stay as they are.",
    }

    def messages(self, answers, rules, history, question):
        """Return what is to be sent, and how to check it."""
        said = [one for one in history if one.type != "system"]
        wanted = [SystemMessage(rules), *said, HumanMessage(question)]
        problem = "braces are taken for variables"
        with self.never((KeyError, ValueError), problem, in_roles(wanted)):
            got = answers.chat_messages(rules, [*history], question)
        return got, self.look(got, wanted)

    def check_rules(self, got, must, history, rules):
        """Check the system messages."""
        ruled = [one.text for one in got if one.type == "system"]
        old = [one for one in history if one.type == "system"]
        must(not old or got[1:-1] != old, "the system messages stay and the others go")
        must(len(ruled) <= 1, "two sets of rules are sent")
        must(ruled, "no rules are sent")
        must(
            ruled[0] == rules or rules in [one.text for one in history],
            "the rules are not those that were given"
            if ruled[0] in [one.text for one in history]
            else "a text is changed",
        )
        must(got[0].type == "system", "the rules do not come first")

    def check_question(self, got, must, history, question):
        """Check what comes last."""
        said = [one for one in history if one.type != "system"]
        rest = [one for one in got if one.type != "system"]
        must(rest and rest != said, "the question is left out")
        must(
            ("human", question) == pairs(rest)[-1] or ("human", question) not in pairs(rest),
            "the question does not come last",
        )
        must(
            rest[-1].type == "human" or rest[-1].text != question,
            "the question comes from somebody else",
        )

    def try_it(self, answers, rules, history, question):
        """Check the messages for these texts."""
        got, must = self.messages(answers, rules, history, question)
        said = [one for one in history if one.type != "system"]
        wanted = [SystemMessage(rules), *said, HumanMessage(question)]
        self.check_rules(got, must, history, rules)
        self.check_question(got, must, history, question)
        must(len(got) >= len(wanted), "a part of the history is lost")
        must(
            got == wanted
            or pairs(got) == pairs(wanted)
            or sorted(pairs(got)) != sorted(pairs(wanted)),
            "the history comes in another order",
        )
        must(pairs(got) == pairs(wanted), "a text is changed")
        must(got[1:-1] == said, "a message has become another one")

    @keeps(4)
    def test_the_history_is_not_changed(self, answers, text):
        for history in (a_history(text), a_history(text, rules=False), [SystemMessage("a")]):
            with unchanged(history=history):
                answers.chat_messages(text.sentence(), history, text.sentence("?"))

    @keeps(3)
    def test_the_question_comes_last(self, answers, text):
        said = text.sentence("?")
        old = [HumanMessage(said, id=text.word()), AIMessage(text.sentence())]
        for question, history in ((text.sentence("?"), old), (said, old), (said, [])):
            got, must = self.messages(answers, text.sentence(), history, question)
            self.check_question(got, must, history, question)

    @keeps(1)
    def test_old_rules_are_left_out(self, answers, text):
        rules = text.sentence()
        for history in (
            a_history(text),
            [SystemMessage(text.sentence()), *a_history(text, rules=False)],
            [],
            [SystemMessage(text.sentence())],
            [SystemMessage(rules), HumanMessage("a")],
        ):
            got, must = self.messages(answers, rules, history, text.sentence("?"))
            self.check_rules(got, must, history, rules)

    @keeps(2)
    def test_the_history_comes_as_it_is(self, answers, text):
        self.try_it(answers, text.sentence(), a_history(text), text.sentence("?"))
        history = [*a_history(text, rules=False), *a_history(text, rules=False)]
        self.try_it(answers, text.sentence(), history, text.sentence("?"))

    def test_texts_stay_as_they_are(self, answers, text):
        self.try_it(answers, strange(text), a_history(text), strange(text))
        self.try_it(answers, strange(text), [], strange(text))

    def test_any_history(self, search):
        def promise(answers, rules, kinds, question):
            history = [KINDS[kind](number) for number, kind in enumerate(kinds)]
            with unchanged(history=history):
                self.try_it(answers, rules, history, question)

        always = (
            *each(
                rules="r", kinds=(*([one] for one in KINDS), [*KINDS], [*KINDS] * 3), question="q"
            ),
            *each(rules=BRACES, kinds=["system", "human"], question="q"),
            *each(rules="r", kinds=["human", "ai"], question=(*BRACES, *TEXTS)),
            {"rules": "r", "kinds": ["ai", "human"], "question": KINDS["human"](1).text},
        )
        search(
            promise,
            *always,
            rules=ANY_BRACES,
            kinds=st.lists(st.sampled_from([*KINDS]), max_size=7),
            question=ANY_BRACES,
        )


KINDS = {
    "human": lambda number: HumanMessage(f"{{x}} {number}", id=f"h{number}"),
    "ai": lambda number: AIMessage(f"<{number}>", id=f"a{number}"),
    "system": lambda number: SystemMessage(f"old {number}", id=f"s{number}"),
    "call": lambda number: AIMessage(
        "", tool_calls=[{"name": "f", "args": {}, "id": f"k{number}", "type": "tool_call"}]
    ),
    "result": lambda number: ToolMessage(f"{number}", tool_call_id=f"k{number}"),
    "empty": lambda number: AIMessage("", id=f"e{number}"),
    "chunk": lambda number: AIMessageChunk(content=f"{number}", id=f"c{number}"),
    "human chunk": lambda number: HumanMessageChunk(content=f"{number}", id=f"d{number}"),
    "other role": lambda number: ChatMessage(f"{number}", role="system", id=f"o{number}"),
    "nameless": lambda number: HumanMessage("Hi"),
}
"""Messages of each kind."""


class TestQuoteDocument(Explained):
    """Nothing in a document can end it."""

    WHY: ClassVar = {
        "the document can end itself, and what follows reads like yours": "A stranger may write "
        "</document> in the text, and orders after it. Escape the text: &lt; in place of <.",
        "the title can end its tag": "The title is a stranger's text, too. Escape it, quotation "
        "marks as well: &quot; in place of one.",
        "it is not one XML element": "`<`, `&` and, in the title, quotation marks mean something "
        "in XML. Escape them in the title and in the text. html.escape does all of them.",
        "the text is escaped twice": "A reader undoes it once: then &lt; would still stand there. "
        "Escape each text exactly once.",
        "what is escaped already is not escaped": "The text may be about XML, and say &lt;. A "
        "reader has to find just that, so its & is escaped like any other.",
        "a part of the text is lost": "Escape what is dangerous, and do not remove it: the reader "
        "wants the text unchanged.",
        "a part of the title is lost": "Escape what is dangerous, and do not remove it: the reader "
        "wants the title unchanged.",
        "the title is not an attribute": 'It stands in the opening tag: <document title="...">.',
        "the element is not called document": 'It is <document title="...">, and </document>.',
        "the tags do not stand on lines of their own": "A line break after the opening tag, and "
        "one before the closing tag.",
        "white space around the text is lost": "It belongs to the text: the reader wants the text "
        "unchanged.",
        "white space around the title is lost": "It belongs to the title: the reader wants the "
        "title unchanged.",
        "the text has changed": "An XML reader has to find the text as it was, between the two "
        "line breaks.",
        "the title has changed": "An XML reader has to find the title as it was.",
        "the tags are escaped, too": "They are yours, and mean what they mean. Escape the title "
        "and the text, and put the tags around what comes out.",
        "there are no quotation marks around the title": 'It stands between them: title="...".',
        "title and text have changed places": "The title stands in the opening tag, and the text "
        "between the tags.",
        "there are spaces before a tag": "In a text that goes over several lines, spaces at the "
        "beginning of a line belong to the text.",
        "it is not a text": "Return one str, with a line break between the parts.",
        "what stands in braces is not filled in": "Only an f-string fills it in: it has an f "
        "before its quotation mark.",
        "there is something around the element": "Only the element, and no line break before or "
        "after it. One next to triple quotation marks would belong to the text.",
    }

    def try_it(self, answers, title, text):
        """Check what an XML reader finds."""
        got = answers.quote_document(title, text)
        wanted = Words("one element, with this title and this text")
        must = self.against(wanted, got)
        must(isinstance(got, str), "it is not a text")
        must("{" not in got or "{" in title + text, "what stands in braces is not filled in")
        must("<document" in got or "&lt;document" not in got, "the tags are escaped, too")
        if "</document>" in text:
            ends = got.count("</document>")
            must(ends == 1, "the document can end itself, and what follows reads like yours")
        try:
            found = ElementTree.fromstring(got)
        except ElementTree.ParseError:
            bare = f"title={title}>" in got
            must(not bare, "there are no quotation marks around the title")
            stranger = [one for one in '<>"&' if one in title]
            stays = stranger and _reads(got, title, text)
            must(not stays, "the title can end its tag")
            must(False, "it is not one XML element")
        must(found.tag == "document", "the element is not called document")
        must(len(found) == 0, "it is not one XML element")
        must("title" in found.attrib, "the title is not an attribute")
        must(len(found.attrib) == 1, "the title can end its tag")
        inside, named = found.text or "", found.attrib["title"]
        places = title == text or inside.strip() != title or named.split() != text.split()
        must(places, "title and text have changed places")
        lines = got.split("\n")
        spaced = lines[-1] != "</document>" and lines[-1].strip() == "</document>"
        must(not spaced, "there are spaces before a tag")
        plain = inside.strip("\n") if text == text.strip("\n") else inside
        for wanted, came, what in ((text, plain, "text"), (title, named, "title")):
            must = self.against(wanted, came)
            must(came == wanted or "&" in wanted or "&" not in came, "the text is escaped twice")
            must(
                came == wanted or came.replace("&lt;", "<").replace("&amp;", "&") != wanted,
                "the text is escaped twice",
            )
            must(
                came == wanted or wanted.replace("&lt;", "<").replace("&amp;", "&") != came,
                "what is escaped already is not escaped",
            )
            bare = came != wanted and came.strip() == wanted.strip() and len(came) < len(wanted)
            must(not bare, f"white space around the {what} is lost")
            must(len(came) >= len(wanted), f"a part of the {what} is lost")
        must = self.against(Words("three parts, each on lines of its own"), got)
        first, last = lines[0], lines[-1]
        tags = first.startswith("<document") and first.endswith(">") and last == "</document>"
        must(
            tags and inside != text,
            "there is something around the element"
            if got != got.strip()
            else "the tags do not stand on lines of their own",
        )
        self.must(named == title, "the title has changed", title, named)
        self.must(inside == f"\n{text}\n", "the text has changed", f"\n{text}\n", inside)

    @keeps(1)
    def test_the_tags_stand_on_lines_of_their_own(self, answers, text):
        for given in (text.sentence(), f"{text.sentence()}\n\n{text.sentence()}", text.word()):
            self.try_it(answers, text.sentence(), given)

    @keeps(2, 3)
    def test_the_text_cannot_end_the_document(self, answers, text):
        for end in ("</document>", "</document>\n<document title='x'>"):
            given = f"{text.sentence()}{end}\n{text.sentence()}"
            self.try_it(answers, text.word(), given)

    @keeps(2, 3)
    def test_the_title_cannot_end_its_tag(self, answers, text):
        word, other = text.word(), text.word()
        for title in (f'{word}" {other}="1', f'{word}">{other}', f'"{word}" & <{other}>'):
            self.try_it(answers, title, text.sentence())

    @keeps(3)
    def test_it_is_escaped_once(self, answers, text):
        for given in (f"{text.word()} & {text.word()}", f"1 < {text.word()} > 2"):
            self.try_it(answers, text.word(), given)
            self.try_it(answers, given, text.word())

    @keeps(3)
    def test_what_is_escaped_already(self, answers, text):
        given = f"{text.word()} &lt; {text.word()} &amp;amp; {text.word()}"
        self.try_it(answers, text.word(), given)
        self.try_it(answers, given, text.word())

    @keeps(3)
    def test_white_space_and_braces_stay(self, answers, text):
        for given in (f"\n  {strange(text)}\n", f"{text.sentence()}\n\n {text.sentence()} ", ""):
            self.try_it(answers, f"{text.word()} {{x}}", given)

    def test_any_document(self, search):
        def promise(answers, title, text):
            self.try_it(answers, title, text)

        odd = tuple(one for one in (*MARKUP, *BRACES, *TEXTS) if _in_xml(one))
        always = (
            *each(title="t", text=(*odd, *(f"a{one}b" for one in odd))),
            *each(title=tuple(one for one in odd if _one_line(one)), text="a"),
        )
        one = any_of(*MARKUP, *BRACES)
        search(promise, *always, title=one.filter(_one_line), text=one.filter(_in_xml))


def _in_xml(text):
    """Whether a text is one that the contract speaks of."""
    return all(one == "\n" or unicodedata.category(one) != "Cc" for one in text)


def _one_line(text):
    return _in_xml(text) and not {*"\n\u2028\u2029"} & {*text}


def _reads(got, title, text):
    """Whether an element could be read if its title were a plain word."""
    try:
        ElementTree.fromstring(got.replace(title, "x"))
    except (ElementTree.ParseError, ValueError):
        return False
    return True


class TestCacheablePrompt(Explained):
    """What stays the same comes first."""

    WHY: ClassVar = {
        "what changes stands before what stays": "A provider reuses what two prompts have in "
        "common from their first character on. With the facts on top, two users have nothing in "
        "common. Put the rules first.",
        "the same facts give another text": "A dict has the order in which it was filled. Sort "
        "the facts by name, so that the same facts always give the same text.",
        "the facts are not sorted by name": "sorted(facts.items()) sorts the pairs by their first "
        "part, which is the name.",
        "the rules come in another order": "Only the facts are sorted. The order of the rules is "
        "that of the caller.",
        "two calls give different texts": "A date, a number or anything else that is new each time "
        "makes each prompt a new one.",
        "a fact is not written as name: value": "A line for each fact: its name, a colon, a "
        "space, its value.",
        "a rule is lost": "A line for each rule, as it is, also if it is there twice.",
        "a fact is lost": "A line for each fact, also if its value is empty.",
        "there is an empty line": "The lines follow each other, with nothing in between.",
        "two lines have nothing between them": 'A line break stands between each two: "\\n".join '
        "of one list with all lines does that.",
        "there is a line break at the end": "Line breaks stand between lines. join does just that.",
        "there is more than the rules and the facts": "A line for each rule, a line for each "
        "fact, and nothing else: no heading, no bullets.",
        "it is not a text": 'Return one str: "\\n".join(lines).',
        "a backslash and an n stand between the lines": 'Write "\\n" with one backslash, and '
        "without an r before the quotation mark: that is a line break.",
        "the lines are not those of the contract": "The rules in their order, then name: value for "
        "each fact, sorted by name.",
    }

    def try_it(self, answers, rules, facts):
        """Check the text of these rules and facts."""
        lines = [*rules, *(f"{name}: {facts[name]}" for name in sorted(facts))]
        wanted = "\n".join(lines)
        with unchanged(rules=rules, facts=facts):
            got = answers.cacheable_prompt(rules, facts)
        must = self.against(wanted, got)
        must(isinstance(got, str), "it is not a text")
        typed = "\\n" not in got or "\\n" in wanted
        must(typed, "a backslash and an n stand between the lines")
        came = got.split("\n") if got else []
        turned = rules and facts and sorted(came) == sorted(lines) and came[-len(rules) :] == rules
        must(not turned or got == wanted, "what changes stands before what stays")
        must(got.rstrip("\n") == got or wanted.endswith("\n"), "there is a line break at the end")
        must("" not in came or "" in lines, "there is an empty line")
        close = len(came) < len(lines) and "".join(came) == "".join(lines)
        must(not close, "two lines have nothing between them")
        must(
            came[: len(rules)] == rules or sorted(came[: len(rules)]) != sorted(rules),
            "the rules come in another order",
        )
        below = came[len(rules) :]
        must(
            below == lines[len(rules) :] or sorted(below) != sorted(lines[len(rules) :]),
            "the facts are not sorted by name",
        )
        lost = [rule for rule in rules if rule not in came]
        more = "there is more than the rules and the facts"
        must(not lost or not all(rule in got for rule in lost), more)
        must(all(came.count(rule) >= rules.count(rule) for rule in rules), "a rule is lost")
        apart = [one for one in facts.items() if ": ".join(one) not in came]
        in_one_line = (
            all(part and part in line for part in one) for one in apart for line in below
        )
        must(not any(in_one_line), "a fact is not written as name: value")
        must(len(came) >= len(lines), "a fact is lost")
        must(
            len(came) != len(lines) or below == lines[len(rules) :],
            "a fact is not written as name: value",
        )
        must(len(came) <= len(lines), "there is more than the rules and the facts")
        must(got == wanted, "the lines are not those of the contract")

    def twice(self, answers, rules, facts):
        """Return the text of these rules and facts, which is the same each time."""
        with unchanged(rules=rules, facts=facts):
            first, again = (answers.cacheable_prompt(rules, facts) for _ in range(2))
        self.must(again == first, "two calls give different texts", first, again)
        return first

    def rules(self, text, count=3):
        """Some rules, not in the order of the alphabet."""
        found = sorted((text.sentence() for _ in range(count)), reverse=True)
        return [f"{rule} {{x}} & <y>" for rule in found]

    def facts(self, text, count=3):
        """Some facts, whose values have another order in the alphabet than their names."""
        names = [mark + text.word() for mark in "cba"[:count]]
        return dict(zip(names, sorted(text.word() for _ in names), strict=True))

    @keeps(3)
    def test_there_is_nothing_else(self, answers, text):
        rule, name, value = text.sentence(), text.word(), text.word()
        for rules, facts in (([rule], {name: value}), ([rule], {}), ([], {name: value}), ([], {})):
            wanted = "\n".join([*rules, *map(": ".join, facts.items())])
            got = self.twice(answers, rules, facts)
            must = self.against(wanted, got)
            must(isinstance(got, str), "it is not a text")
            must(not got.endswith("\n"), "there is a line break at the end")
            lines = got.split("\n") if got else []
            must("" not in lines, "there is an empty line")
            more = "there is more than the rules and the facts"
            must(len(lines) <= max(2, len(rules) + len(facts)), more)
            must(rule not in got or rule in lines or value in got.replace(rule, ""), more)

    @keeps(1)
    def test_two_users_have_the_rules_in_common(self, answers, text):
        rules = self.rules(text)
        with unchanged(rules=rules):
            first = self.twice(answers, rules, {"auser": f"x{text.word()}"})
        second = answers.cacheable_prompt(rules, {"auser": f"y{text.word()}"})
        length = next(
            (
                number
                for number, (one, other) in enumerate(zip(first, second, strict=False))
                if one != other
            ),
            min(len(first), len(second)),
        )
        self.in_words(
            all(rule in first[:length] for rule in rules),
            "what changes stands before what stays",
            "two users' prompts begin with the same rules",
            f"they have the first {length} characters in common",
        )

    @keeps(1)
    def test_a_line_for_each_rule_and_each_fact(self, answers, text):
        for count in (3, 1, 0):
            self.twice(answers, self.rules(text, count), {})
            self.try_it(answers, self.rules(text, count), self.facts(text, 1))
            self.try_it(answers, self.rules(text, count), {})
        rule, other = text.sentence(), text.sentence()
        self.try_it(answers, [rule, other, rule], self.facts(text, 1))
        self.try_it(answers, self.rules(text), {"a": text.word(), "b": ""})

    @keeps(2)
    def test_the_same_facts_give_the_same_text(self, answers, text):
        rules, facts = self.rules(text), self.facts(text)
        other = dict(reversed(facts.items()))
        first, second = (self.twice(answers, rules, one) for one in (facts, other))
        self.must(first == second, "the same facts give another text", second, first)
        self.try_it(answers, rules, facts)

    def test_any_rules_and_facts(self, search):
        def promise(answers, rules, facts):
            self.try_it(answers, rules, facts)

        line = ANY_BRACES.filter(lambda one: one.splitlines() == [one])
        flat = tuple(one for one in (*TEXTS, *BRACES) if one.splitlines() == [one])
        always = (
            *each(rules=tuple(["b", one, "a"] for one in flat), facts={"b": "1", "a": "2"}),
            *each(rules=["b", "a"], facts=tuple({"b": one, "a": one} for one in flat)),
            {"rules": ["a"], "facts": {"user2": "1", "user": "2"}},  # their lines sort otherwise
        )
        search(
            promise,
            *always,
            rules=st.lists(line, max_size=5),
            facts=st.dictionaries(st.text("abxyz", min_size=1, max_size=3), line, max_size=5),
        )


class TestAnswerChain(Explained):
    """A chain of a prompt, a model and a parser."""

    WHY: ClassVar = {
        "braces in the rules are taken for variables": "The rules are no template. Put them into "
        "the prompt as a message that is done, SystemMessage(rules), or as a value.",
        "braces in the question are taken for variables": "The question is a value of the "
        "template, never a part of it: values may have braces.",
        "it is a function and not a chain": "A function can only be called. A chain can also "
        "stream and do batches: put a prompt, the model and a parser together with |.",
        "it gives an answer and not a chain": "Return the chain itself. Whoever gets it asks.",
        "a part of the chain is no Runnable": "A list of messages cannot stand in a chain. "
        "ChatPromptTemplate([...]) makes a part of it that can.",
        "the parser does not get a message": "What comes out of one part goes into the next one. "
        "So the order is: prompt, model, parser.",
        "a class stands in the chain": "A chain calls it with what comes. Put an object of it "
        "there: StrOutputParser(), with parentheses and nothing in them.",
        "the template does not ask for the question": 'What comes in is {"question": ...}. So the '
        "name in the template is {question}.",
        "a message is not filled in": "A message is done: its braces are text. In a "
        'ChatPromptTemplate, the pair ("human", "{question}") is filled in.',
        "it is no chain": "Return something with invoke, stream and batch: a prompt, the model and "
        "a parser, put together with |.",
        "the model is asked while the chain is made": "Nobody has asked anything yet. A call "
        "costs money.",
        "it gives the message, not its text": "StrOutputParser() as the last part makes texts of "
        "messages.",
        "it shows the whole message": "str() of a message shows all of its fields. "
        "StrOutputParser() as the last part takes only the text.",
        "the answer is not the text of the model": "Return what the model wrote, unchanged.",
        "the rules are not sent as a system message": "Rules come from you: SystemMessage(rules).",
        "the question is a part of the rules": "The question comes from somebody else: it is a "
        "HumanMessage of its own, after the rules.",
        "the model reads something else than the rules and the question": "Two messages: the "
        "rules as a SystemMessage, and the question as a HumanMessage, both as they are.",
        "the answer comes in one piece": "A plain function in a chain waits for the whole answer. "
        "StrOutputParser() hands on each piece as it comes.",
        "the pieces come late": "Hand on each piece as it comes: StrOutputParser() does that.",
        "the pieces are not those of the model": "Joined, the pieces are the text of the answer.",
        "a batch mixes up the answers": "An answer for each question, in order.",
        "an earlier question is sent again": "Each call stands alone. Keep nothing in between.",
        "the model is not asked": "It is a part of the chain, between the prompt and the parser. "
        "The operator | puts them together.",
        "it asks more than once": "One call of the chain is one call of the model.",
    }

    @contextmanager
    def parts_fit(self, wanted, *texts):
        """Say what is wrong if the parts of a chain do not go together."""
        try:
            yield
        except (KeyError, TypeError, ValueError) as error:
            came, said = Words(type(error).__name__), str(error)
            must = self.against(Words(wanted), came)
            must("Expected a Runnable" not in said, "a part of the chain is no Runnable")
            must("error for Generation" not in said, "the parser does not get a message")
            must("takes 1 positional argument but 2" not in said, "a class stands in the chain")
            must(
                "missing variables" not in said or "{" in "".join(texts),
                "the template does not ask for the question",
            )
            raise

    def made(self, answers, model, rules):
        """Return the chain, which has asked nothing."""
        problem = "braces in the rules are taken for variables"
        braces = (KeyError, ValueError) if {*rules} & {*"{}"} else ()
        must = self.against(Words("a chain, and no call of the model"))
        try:
            with self.never(braces, problem, Words("a chain")), self.parts_fit("a chain", rules):
                chain = answers.answer_chain(model, rules)
        except Exception:
            must(not list(model.transcript), "the model is asked while the chain is made")
            raise
        asked = len(list(model.transcript))
        must(not isinstance(chain, str), "it gives an answer and not a chain")
        must(not asked, "the model is asked while the chain is made")
        able = all(hasattr(chain, name) for name in ("invoke", "stream", "batch"))
        must(able or not callable(chain), "it is a function and not a chain")
        must(able, "it is no chain")
        return chain

    def look(self, model, *wanted):
        """Check what the model has read, in its newest calls."""
        calls = list(model.transcript)
        said = in_calls(len(wanted)), in_calls(len(calls))
        self.in_words(len(calls) >= len(wanted), "the model is not asked", *said)
        self.in_words(len(calls) == len(wanted), "it asks more than once", *said)
        for call, (rules, question) in zip(calls, wanted, strict=True):
            expected = [SystemMessage(rules), HumanMessage(question)]
            must = self.against(in_roles(expected), in_roles(call.messages))
            got = pairs(call.messages)
            ruled = [text for role, text in got if role == "system"]
            must(ruled, "the rules are not sent as a system message")
            must(
                question in rules or not any(question in one for one in ruled),
                "the question is a part of the rules",
            )
            must(
                ("human", "{question}") not in got or "{question}" in (rules, question),
                "a message is not filled in",
            )
            must(len(got) <= 2, "an earlier question is sent again")
            must(
                got == pairs(expected),
                "the model reads something else than the rules and the question",
            )

    @keeps(4)
    def test_making_it_asks_nothing(self, answers, play, text):
        model = play(Reply(text.word()))
        try:
            answers.answer_chain(model, text.sentence())
        except NotImplementedError:
            raise
        except Exception:
            pass  # what is made is another promise
        asked = len(list(model.transcript))
        said = in_calls(0), in_calls(asked)
        self.in_words(not asked, "the model is asked while the chain is made", *said)

    @keeps(3)
    def test_it_is_a_chain(self, answers, play, text):
        self.made(answers, play(Reply(text.word())), text.sentence())

    @keeps(1)
    def test_the_model_reads_rules_and_question(self, answers, play, text):
        rules, question = text.sentence(), text.sentence("?")
        model = play(Reply(text.word()))
        chain = self.made(answers, model, rules)
        with self.parts_fit("an answer", rules, question):
            chain.invoke({"question": question})
        self.look(model, (rules, question))

    def test_it_gives_the_text_of_the_answer(self, answers, play, text):
        for wanted in (f" {text.sentence()}\n", "", text.word()):
            rules, question = text.sentence(), text.sentence("?")
            model = play(Reply.of(wanted))
            chain = self.made(answers, model, rules)
            with self.parts_fit("an answer", rules, question):
                got = chain.invoke({"question": question})
            must = self.against(wanted, got)
            must(not isinstance(got, BaseMessage), "it gives the message, not its text")
            shown = not str(got).startswith("content=")
            must(shown, "it shows the whole message", got=Words("all fields of the message"))
            self.look(model, (rules, question))
            must(got == wanted, "the answer is not the text of the model")

    @keeps(2)
    def test_braces_in_the_rules_are_text(self, answers, play, text):
        for rules in (
            *(f"Answer as {{{text.word()}}}.", '{"a": {"b": 1}}', "{}", "{{x}} }"),
            *("Never repeat {question}.", "{rules} {input} {model} {{question}}"),
        ):
            model, question, wanted = play(Reply(text.word())), text.sentence("?"), "x"
            chain = self.made(answers, model, rules)
            problem = "braces in the rules are taken for variables"
            with self.never((KeyError, ValueError), problem, Words("an answer")):
                wanted = chain.invoke({"question": question})
            self.look(model, (rules, question))
            assert wanted is not None

    @keeps(2)
    def test_the_question_is_sent_as_it_is(self, answers, play, text):
        for question in (strange(text), f"{{question}} {text.word()}", "{", "{{x}}", "{rules}"):
            rules, model = strange(text), play(Reply(text.word()))
            chain = self.made(answers, model, rules)
            problem = "braces in the question are taken for variables"
            with self.never((KeyError, ValueError), problem, Words("an answer")):
                chain.invoke({"question": question})
            self.look(model, (rules, question))

    @keeps(3)
    @in_process(TIME)
    def test_it_streams_as_the_model_writes(self, answers, play, text, clock):
        words = [text.word(), f" {text.word()}", f" {text.word()}"]
        wanted = [part for word in words for part in (word, Pause(2.0))]
        model = play(Reply(*wanted))
        stream = self.made(answers, model, text.sentence()).stream({"question": "Why?"})
        got, moments = [], []
        for piece in stream:
            if piece:
                got.append(piece)
                moments.append(clock.elapsed)
        must = self.against(words, got)
        must(
            not any(isinstance(one, BaseMessage) for one in got),
            "it gives the message, not its text",
        )
        must(got != ["".join(words)], "the answer comes in one piece")
        must(joined(got) == "".join(words), "the pieces are not those of the model")
        must(same(moments[0], 0.0), "the pieces come late")
        must(got == words, "the pieces are not those of the model")
        self.came_at(moments, [0.0, 2.0, 4.0], "the pieces come late")

    @keeps(3)
    @in_process(KEYED)
    def test_it_does_batches(self, answers, text):
        rules = text.sentence()
        questions = [f"{mark} {text.word()}?" for mark in "abc"]
        model = ScriptedChatModel(replies={one: Reply(f"{one} Yes.") for one in questions})
        chain = self.made(answers, model, rules)
        got = chain.batch([{"question": one} for one in questions])
        wanted = [f"{one} Yes." for one in questions]
        messages = any(isinstance(one, BaseMessage) for one in got)
        self.must(not messages, "it gives the message, not its text", wanted, got)
        self.must(list(got) == wanted, "a batch mixes up the answers", wanted, got)

    @keeps(1)
    def test_it_can_be_asked_again(self, answers, play, text):
        rules, questions = text.sentence(), [text.sentence("?") for _ in range(3)]
        model = play(*[Reply(text.word()) for _ in range(3)])
        chain = self.made(answers, model, rules)
        for question in questions:
            chain.invoke({"question": question})
        self.look(model, *((rules, question) for question in questions))

    @keeps(4)
    @in_process(NETWORK)
    def test_errors_pass(self, answers, play, text):
        for kind in ERRORS:
            error = kind("of the model")
            chain = self.made(answers, play(Reply("a", Fail(error))), text.sentence())
            with passes_on(error, "the model"):
                chain.invoke({"question": text.sentence("?")})

    def test_any_rules_and_question(self, search):
        def promise(answers, rules, question, tokens):
            model = ScriptedChatModel(replies=[Reply(*tokens), Reply(*tokens)])
            chain = self.made(answers, model, rules)
            wanted = "".join(tokens)
            problem = "braces in the rules are taken for variables"
            with self.never((KeyError, ValueError), problem, wanted):
                got = chain.invoke({"question": question})
            self.must(got == wanted, "the answer is not the text of the model", wanted, got)
            came = [piece for piece in chain.stream({"question": question}) if piece]
            pieces = [token for token in tokens if token]
            self.must(came == pieces, "the pieces are not those of the model", pieces, came)
            self.look(model, (rules, question), (rules, question))

        always = (
            *each(rules=(*BRACES, *MARKUP), question="Why?", tokens=["a", " b"]),
            *each(rules="r", question=(*BRACES, *MARKUP, *TEXTS), tokens=["a", " b"]),
        )
        filled = ANY_BRACES.map(lambda one: f"{one}.")
        search(promise, *always, rules=filled, question=ANY_BRACES, tokens=any_tokens(4))


class Bench(FakeChatModel):
    """A model that answers each question under each prompt as a table says."""

    table: dict[tuple[str, str], Reply]

    @property
    def _llm_type(self) -> str:
        return "bench"

    def _reply(self, call):
        texts = [str(message.text) for message in call.messages]
        return self.table.get((texts[0], texts[-1])) or Reply("?")


class TestScorePrompts(Explained):
    """Each prompt meets each case, and a share of passed cases comes out."""

    WHY: ClassVar = {
        "a prompt that makes the model fail gets a better mark": "A case whose call fails is not "
        "passed, and still counts: divide by the number of all cases.",
        "one failed call ends it": "The other cases still have to be tried. Catch Exception around "
        "each call.",
        "a call that fails is taken for a passed case": "There is no answer, so nothing is in it.",
        "it looks for whole words only": "must_contain may be inside of a word. Ask with in.",
        "the answer has to be equal to must_contain": "It is enough if must_contain is somewhere "
        "in the answer. With `in`, the longer text stands on the right.",
        "the text is not the one of the answer": "An answer may be a list of blocks, and not only "
        "of texts. answer.text is the text in it.",
        "no case is passed": "Some answers have must_contain in them. Is it the text that you look "
        "into, answer.text? And what does your except hide?",
        "only one case of a prompt is counted": "The count of a prompt begins with 0 before the "
        "loop over the cases, not in it, and goes on to the last case.",
        "capital and small letters make a difference": "Compare both texts in small letters.",
        "without cases there is a score": "Nothing was measured, and 0.0 would look like a bad "
        "prompt. Raise ValueError.",
        "without cases the model is asked": "Look at the cases first: a call costs money.",
        "it names the best prompt and not all scores": "Return a dict with the share of each "
        "prompt. The caller decides.",
        "the names are not those of the prompts": "A share for each name in prompts, also if it "
        "is 0.",
        "it counts and does not divide": "A share is the number of passed cases divided by the "
        "number of cases.",
        "it gives percent": "A share is a number from 0 to 1: passed cases divided by all cases.",
        "it gives truth and not a share": "Return a number from 0 to 1 for each prompt.",
        "a share is cut to a whole number": "// drops what comes after the point, and so do int() "
        "and round(). / keeps it.",
        "the count goes on from prompt to prompt": "The number of passed cases belongs to one "
        "prompt. It begins with 0 for each, so in the loop over the prompts.",
        "a prompt has no share": "A share for each name in prompts, also if it is 0. A return in "
        "the loop over them ends it with the first one.",
        "the name of a prompt is sent": "The model reads the prompt itself. A loop over a dict "
        "gives only its keys: prompts.items() gives pairs of name and prompt.",
        "a method is not called": "Without parentheses, text.lower is the method itself. "
        "text.lower() gives a text.",
        "the share is wrong": "Divide the number of cases that this prompt has passed by the "
        "number of all cases.",
        "a conversation goes on from case to case": "Each call has two messages: the prompt and "
        "the question. What was said before would change the answer.",
        "the prompt is not sent as a system message": "The prompt is the rules: "
        "SystemMessage(prompt). The question is a HumanMessage.",
        "a prompt does not meet each case once": "One call for each prompt and each case, also "
        "for a case that stands there twice, and after a call that has failed. If calls are "
        "missing, look at what your except hides.",
        "the model reads something else than prompt and question": "Send both as they are. "
        "Nothing here is a template.",
        "braces are taken for variables": "Nothing here is a template. A message takes its text as "
        "it is: SystemMessage(prompt).",
        "cases or prompts are changed": "They belong to the caller.",
    }

    def look(self, got, wanted, total):
        """Check the shares."""
        must = self.against(wanted, got)
        must(not isinstance(got, str), "it names the best prompt and not all scores")
        must(isinstance(got, dict), "the names are not those of the prompts")
        must(not {*got} < {*wanted}, "a prompt has no share")
        must({*got} == {*wanted}, "the names are not those of the prompts")
        must(
            not any(isinstance(share, bool) for share in got.values()),
            "it gives truth and not a share",
        )
        for name, share in wanted.items():
            came = got[name]
            must(
                same(came, share) or not same(came, share * total), "it counts and does not divide"
            )
            must(same(came, share) or abs(came - share * 100) > 1, "it gives percent")
        right = all(same(got[name], share) for name, share in wanted.items())
        whole = all(
            type(got[name]) is int and got[name] in (int(share), round(share))
            for name, share in wanted.items()
        )
        must(right or not whole, "a share is cut to a whole number")
        on = [
            same(got[name], sum_)
            for name, sum_ in zip(wanted, accumulate(wanted.values()), strict=True)
        ]
        must(right or not all(on), "the count goes on from prompt to prompt")
        return must

    def shares(self, must, got, wanted, total):
        """Check the shares, once it is known what was asked."""
        right = all(same(got[name], share) for name, share in wanted.items())
        must(right or any(got.values()) or not any(wanted.values()), "no case is passed")
        counts = [round(got[name] * total, 3) for name in wanted]
        single = len(wanted) > 1 and total > 2 and all(count in (0, 1) for count in counts)
        must(right or not single, "only one case of a prompt is counted")
        must(right, "the share is wrong")

    @contextmanager
    def calls(self, wanted):
        """Say so if a method of a text is not called."""
        try:
            yield
        except TypeError as error:
            named = "'builtin_function_or_method'" in str(error)
            self.must(not named, "a method is not called", wanted, Words("TypeError"))
            raise

    def asked(self, model, prompts, cases):
        """Check what was asked, in whatever order."""
        wanted = sorted((prompt, case.question) for prompt in prompts.values() for case in cases)
        calls = [call.messages for call in list(model.transcript)]
        for messages in calls:
            shown = Words("a system message and a question"), in_roles(messages)
            self.must(len(messages) <= 2, "a conversation goes on from case to case", *shown)
            self.must(
                [one.type for one in messages] == ["system", "human"],
                "the prompt is not sent as a system message",
                *shown,
            )
        sent = {str(messages[0].text) for messages in calls}
        named = sent and sent <= {*prompts} - {*prompts.values()}
        shown = Words("the prompts"), Words(", ".join(sorted(sent)))
        self.must(not named, "the name of a prompt is sent", *shown)
        said = in_calls(len(wanted)), in_calls(len(calls))
        self.in_words(len(calls) == len(wanted), "a prompt does not meet each case once", *said)
        got = sorted((str(one.text), str(other.text)) for one, other in calls)
        changed = "the model reads something else than prompt and question"
        self.must(got == wanted, changed, wanted, got)

    def score(self, answers, prompts, cases, table, wanted):
        """Score prompts, and return what came out, the model and the cases."""
        model = Bench(table=table)
        cases = [answers.Case(question, contains) for question, contains in cases]
        problem = "one failed call ends it"
        with unchanged(prompts=prompts), self.never(ERRORS, problem, wanted), self.calls(wanted):
            got = answers.score_prompts(model, prompts, cases)
        return got, model, cases

    def try_it(self, answers, prompts, cases, table, wanted):
        """Score prompts, check what was asked, and return how to check what came out."""
        got, model, cases = self.score(answers, prompts, cases, table, wanted)
        self.asked(model, prompts, cases)
        must = self.look(got, wanted, len(cases))
        return got, must, model, cases

    def test_the_share_of_each_prompt(self, answers, text):
        prompts = {f"{mark}{text.word()}": text.sentence() + mark for mark in "abc"}
        questions = [f"{mark} {text.word()}?" for mark in "abc"]
        contains = text.word()
        passed = dict(zip(prompts, (3, 1, 0), strict=True))
        table = {
            (prompts[name], question): Reply(contains if number < passed[name] else "No.")
            for name in prompts
            for number, question in enumerate(questions)
        }
        wanted = {name: count / 3 for name, count in passed.items()}
        cases = [(question, contains) for question in questions]
        got, model, made = self.score(answers, prompts, cases, table, wanted)
        must = self.look(got, wanted, len(made))
        try:
            self.asked(model, prompts, made)
        except WrongAnswer:
            return  # the next test says so
        self.shares(must, got, wanted, len(made))

    @keeps(1)
    def test_each_prompt_meets_each_case_once(self, answers, text):
        prompts = {f"{mark}{text.word()}": strange(text) + mark for mark in "abc"}
        questions = [f"{mark} {strange(text)}" for mark in "ab"]
        cases = [(question, text.word()) for question in (*questions, questions[0])]
        wanted = Words("a share for each prompt")
        with self.never((KeyError, ValueError), "braces are taken for variables", wanted):
            _, model, made = self.score(answers, prompts, cases, {}, wanted)
        self.asked(model, prompts, made)

    @keeps(3)
    def test_a_call_that_fails_is_a_case_not_passed(self, answers, text):
        for kind in ERRORS:
            good, bad = text.sentence(), text.sentence()
            questions = [f"{mark} {text.word()}?" for mark in "abc"]
            contains = text.word()
            table = {(prompt, one): Reply(contains) for prompt in (good, bad) for one in questions}
            table[bad, questions[1]] = Reply("no", Fail(kind("of the model")))
            cases = [(one, contains) for one in questions]
            wanted = {"good": 1.0, "bad": 2 / 3}
            got, must, model, made = self.try_it(
                answers, {"good": good, "bad": bad}, cases, table, wanted
            )
            better = "a prompt that makes the model fail gets a better mark"
            must(not same(got["bad"], 1.0), better)
            self.asked(model, {"good": good, "bad": bad}, made)
            self.shares(must, got, wanted, len(made))
        table = {(bad, one): Reply(Fail(TimeoutError("slow"))) for one in questions}
        got, must, *_ = self.try_it(answers, {"bad": bad}, cases, table, {"bad": 0.0})
        must(same(got["bad"], 0.0), "a call that fails is taken for a passed case")

    @keeps(2)
    def test_the_answer_contains_it(self, answers, text):
        contains, prompt = text.word(), text.sentence()
        questions = [f"{mark} {text.word()}?" for mark in "abcd"]
        replies = [f"It is {contains}, {text.word()}.", contains, f"in{contains}ed", "No."]
        table = {(prompt, one): Reply.of(two) for one, two in zip(questions, replies, strict=True)}
        cases = [(one, contains) for one in questions]
        got, must, *_ = self.try_it(answers, {"a": prompt}, cases, table, {"a": 3 / 4})
        must(not same(got["a"], 1 / 4), "the answer has to be equal to must_contain")
        must(not same(got["a"], 2 / 4), "it looks for whole words only")
        self.shares(must, got, {"a": 3 / 4}, len(cases))

    @keeps(2)
    def test_in_capital_or_small_letters(self, answers, text):
        contains, prompt = text.word().lower(), text.sentence()
        table = {
            (prompt, "a?"): Reply(f"{contains.upper()}!"),
            (prompt, "b?"): Reply(f"{contains.capitalize()}."),
            (prompt, "c?"): Reply(f"the {contains}"),
        }
        cases = [("a?", contains), ("b?", contains), ("c?", contains.upper())]
        got, must, *_ = self.try_it(answers, {"a": prompt}, cases, table, {"a": 1.0})
        must(same(got["a"], 1.0), "capital and small letters make a difference")

    @keeps(2)
    def test_the_answer_may_come_in_blocks(self, answers, text):
        prompt, first, second = text.sentence(), text.word(), text.word()
        blocks = Reply(first, Reasoning("I see."), second)
        table = {(prompt, one): blocks for one in ("a?", "b?", "c?", "d?")}
        cases = [("a?", f"{first}{second}"), ("b?", "type"), ("c?", "text"), ("d?", "I see.")]
        got, must, *_ = self.try_it(answers, {"a": prompt}, cases, table, {"a": 1 / 4})
        must(same(got["a"], 1 / 4), "the text is not the one of the answer")

    @keeps(4)
    def test_without_cases_there_is_no_score(self, answers, text):
        model = Bench(table={})
        for prompts in ({"a": text.sentence()}, {}):
            with self.raises(ValueError, "without cases there is a score"):
                answers.score_prompts(model, prompts, [])
        calls = len(list(model.transcript))
        self.in_words(calls == 0, "without cases the model is asked", in_calls(0), in_calls(calls))

    def test_without_prompts(self, answers, text):
        got = answers.score_prompts(Bench(table={}), {}, [answers.Case("a?", text.word())])
        self.must(got == {}, "the names are not those of the prompts", {}, got)

    def test_a_case_may_stand_there_twice(self, answers, text):
        contains, prompt = text.word(), text.sentence()
        table = {(prompt, "a?"): Reply(contains)}
        cases = [("a?", contains), ("a?", contains), ("b?", contains)]
        got, must, model, made = self.try_it(answers, {"a": prompt}, cases, table, {"a": 2 / 3})
        self.asked(model, {"a": prompt}, made)
        self.shares(must, got, {"a": 2 / 3}, len(cases))

    def test_any_prompts_and_cases(self, search):
        def promise(answers, texts, count, passing, failing):
            prompts = {f"p{number}": f"{number} {one}" for number, one in enumerate(texts)}
            questions = [f"{number}?" for number in range(count)]
            table = {}
            for number, one in enumerate((p, q) for p in prompts.values() for q in questions):
                table[one] = Reply("so x, yes" if number in passing else "no")
                if number in failing:
                    table[one] = Reply("x", Fail(failing[number]("of the model")))
            passed = {
                name: sum("so x" in str(table[prompt, one].parts) for one in questions)
                for name, prompt in prompts.items()
            }
            wanted = {name: number / count for name, number in passed.items()}
            cases = [(one, "X" if number % 2 else "x") for number, one in enumerate(questions)]
            got, must, model, made = self.try_it(answers, prompts, cases, table, wanted)
            self.asked(model, prompts, made)
            self.shares(must, got, wanted, len(made))

        always = (
            *each(texts=tuple([one, "a"] for one in BRACES), count=2, passing={0, 2}, failing={}),
            *each(texts=["a", "b"], count=3, passing=(set(), {0}, {*range(9)}), failing={}),
            *each(texts=["a"], count=2, passing={0, 1}, failing=({0: KeyError}, {1: Stranger})),
        )
        number = st.integers(0, 8)
        search(
            promise,
            *always,
            texts=st.lists(ANY_BRACES, max_size=3),
            count=st.integers(1, 4),
            passing=st.sets(number),
            failing=st.dictionaries(number, st.sampled_from(ERRORS), max_size=3),
        )
