"""Lesson 06: Advanced Tools.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, and `text` makes words that differ from seed to seed. What the tests look at is what a
model was shown and what it could choose, which tools have run, and when somebody was asked. Without
`from __future__ import annotations`: a schema is made of real types.
"""

import json
from collections import defaultdict
from contextlib import suppress
from functools import cache
from typing import Annotated, Any, ClassVar

from hypothesis import strategies as st
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import InjectedToolArg, StructuredTool, ToolException

from course.fakes.held import held_model
from course.fakes.script import Reasoning, Reply, ToolCall, ToolCallPiece
from course.grade.expect import Words, check, keeps
from course.grade.model_checks import check_paired
from course.grade.scenarios import FEW_TEXTS, LIKE_CODE, LONG, any_text, each
from course.grade.value_checks import Explained, times, unchanged

BRACED = "{x} & <b>"
"""What templates, pages and tags would take for their own."""


SOME_TEXTS = (*FEW_TEXTS, LONG)
"""Texts that code may shorten, strip or read as something else."""


def odd(text):
    """A text with characters that code may take for something else."""
    return f" {text.word()} {{{text.word()}}} & <{text.word()}>\n"


def doubled(text):
    """A text that a template can read, and that it would change."""
    return f"{text.word()} {{{{{text.word()}}}}}?"


# Calls and tools


def a_call(name, args=None, key="k1"):
    """A call as a model makes it."""
    return {"name": name, "args": dict(args or {}), "id": key, "type": "tool_call"}


def a_given_tool(name, run=None):
    """A tool of the test; what it does matters only if it runs."""
    return StructuredTool.from_function(
        run or (lambda: "done"), name=name, description="Do something."
    )


@cache
def a_known_tool(name):
    """The same, made once for each name: to make a tool takes long."""
    return a_given_tool(name)


def listed(names):
    """Names, to be shown."""
    return Words(", ".join(map(str, names)) or "none")


def kind_of(value):
    """What a value is, to be shown."""
    return Words("None" if value is None else f"a {type(value).__name__}")


def a_tool(made, name, parameter):
    """Check that this is a tool of that name with one parameter, and return it."""
    check(
        hasattr(made, "invoke") and hasattr(made, "args"),
        "what comes back is no tool",
        why="A function becomes a tool only by @tool, or StructuredTool.from_function. And the "
        "tool has to be returned: not run, and not its class.",
        wanted=Words(f'a tool called "{name}"'),
        got=kind_of(made),
    )
    check(
        made.name == name,
        "the tool has another name",
        why="The model asks for a tool by its name. It is that of the function, or what @tool is "
        "given; the variable in which you keep it does not count.",
        wanted=name,
        got=made.name,
    )
    check(
        parameter in made.args,
        "the tool takes other parameters",
        why="The parameters of the function are those of the tool, and the model writes their "
        "names. So they have to be called as the docstring says.",
        wanted=[parameter],
        got=list(made.args),
    )
    return made


def must_be_result(got, key):
    """Check that this is a ToolMessage that answers the call with this id."""
    check(
        isinstance(got, ToolMessage),
        "what comes back is no ToolMessage",
        why="The model needs a ToolMessage for its call. tool.invoke gives one if it gets the "
        'whole call, with "type": "tool_call" in it, and not only the arguments.',
        wanted=Words("a ToolMessage"),
        got=kind_of(got),
    )
    check(
        got.tool_call_id == key,
        "the message answers another call",
        why="Only the id says which call a message answers. It is that of the call.",
        wanted=Words(f"tool_call_id={key!r}"),
        got=Words(f"tool_call_id={got.tool_call_id!r}"),
    )


MANY = tuple(f"tool_{number}" for number in range(15))


def filled(needed):
    """The same in a dict that puts in what it is asked for and does not have."""
    return defaultdict(list, needed)


class TestAllowedTools(Explained):
    """A tool is only for those who are named."""

    WHY: ClassVar = {
        "a tool that was given to nobody is given to all": "What nobody thought of has to be "
        "forbidden. A tool that is not in needed has no roles at all.",
        "a tool that needed does not name breaks it": "Such a tool is for nobody. A dict has get() "
        "for names that may be missing.",
        "it looks for a tool where names stand": "The keys of needed are names: one.name.",
        "a tool without roles is given to somebody": "An empty list of roles means: nobody.",
        "a role that is only part of another one is let in": '"clerk" is not "head clerk". Ask '
        "whether the role is one of the roles, not whether it is in their text.",
        "a role is let in because of what it is called": "Whoever may do more is named in needed. "
        "A name such as admin is a text like any other.",
        "upper and lower case are taken for the same": "Roles are compared as a whole, and as they "
        "are written.",
        "a role that only looks like another one is let in": "Compare whole texts, as they are: "
        "with a blank more it is another role, and a star is a character like any other.",
        "a tool that is allowed is missing": "The role is among its roles: ask with `in`. A text "
        "never equals a collection that has it.",
        "the tools are in another order": "They stand in the order of `tools`.",
        "what comes back is no list": "Return a list. An iterator can be read only once.",
        "what comes back are no tools": "The tools themselves, neither their names nor anything "
        "made from them.",
        "it changes the tools it is given": "That list belongs to the caller, who needs it for the "
        "next user. Make a new one.",
        "it gives back the very list it was given": "Whoever changes the result would change the "
        "list of the caller, too. Make a new one.",
        "an iterator is used up": "An iterator can be read only once. Go through it a single time, "
        "or make a list of it first.",
        "what needed gives for a tool may be any collection": "A list, a set, a tuple or the keys "
        "of a dict: ask with `in`, which works with each of them.",
    }

    @keeps(3)
    def test_a_tool_that_is_not_named(self, answers, text):
        name, other, role = text.word(), text.word(), text.word()
        likes = ({name.upper(): [role]}, {f" {name}": [role]}, {"*": [role]})
        for needed in ({other: [role]}, {}, {role: [role]}, *likes):
            tools = [a_given_tool(name), a_given_tool(other)]
            wanted = [other] if other in needed else []
            try:
                got = answers.allowed_tools(tools, role, needed)
            except (LookupError, TypeError) as error:
                must = self.against(listed(wanted), Words(type(error).__name__))
                must("unhashable" not in str(error), "it looks for a tool where names stand")
                missing = isinstance(error, LookupError) or "NoneType" in str(error)
                must(not missing, "a tool that needed does not name breaks it")
                raise
            names = self.names(got)
            self.must(
                name not in names,
                "a tool that was given to nobody is given to all",
                listed(wanted),
                listed(names),
            )

    @keeps(2)
    def test_a_role_is_compared_as_a_whole(self, answers, text):
        role = text.word()
        part = "a role that is only part of another one is let in"
        case = "upper and lower case are taken for the same"
        like = "a role that only looks like another one is let in"
        for roles, problem in (
            ([f"head {role}"], part),
            ([f"{role}s", role[:-1], role * 2], part),
            ([role.upper(), role.title()], case),
            ([f" {role}", f"{role} ", f"{role}\n"], like),
            (["*", f"{role[:2]}*", ".*", "?" * len(role)], like),
            ([], "a tool without roles is given to somebody"),
        ):
            got = answers.allowed_tools([a_given_tool("find")], role, {"find": roles})
            self.must(not self.names(got), problem, listed([]), listed(self.names(got)))

    @keeps(2)
    def test_no_role_is_special(self, answers, text):
        tools = [a_given_tool(name) for name in ("find", "refund")]
        needed = {"find": ["guest"], "refund": ["clerk"]}
        for role in ("admin", "root", "superuser", "owner", "*", "", text.word()):
            got = answers.allowed_tools(tools, role, needed)
            problem = "a role is let in because of what it is called"
            self.must(not self.names(got), problem, listed([]), listed(self.names(got)))
        for role in (" guest", "guest\n", "g*", "GUEST"):
            got = answers.allowed_tools(tools, role, needed)
            problem = "a role that only looks like another one is let in"
            self.must(not self.names(got), problem, listed([]), listed(self.names(got)))

    @keeps(1)
    def test_the_allowed_ones_in_order(self, answers, text):
        role, other = text.word(), text.word()
        names = [text.word() for _ in range(5)]
        needed = dict(zip(names, ([role], [other], [other, role], [role, other], []), strict=True))
        for kind in (list, set, tuple, frozenset, dict.fromkeys):
            roles = {name: kind(some) for name, some in reversed(needed.items())}
            self.check_tools(answers, names, role, roles, list)
        for given in (names[::-1], names[1:2], []):
            self.check_tools(answers, given, role, needed, list)

    @keeps(4)
    def test_what_was_given_stays(self, answers, text):
        names, role = [text.word() for _ in range(4)], text.word()
        for allowed, kind in ((names[::2], dict), (names, dict), (names[:2], filled)):
            needed = kind({name: [role] for name in allowed})
            tools = [a_given_tool(name) for name in names]
            problem = "a tool that needed does not name breaks it"
            with unchanged(needed=needed), self.never((LookupError, TypeError), problem):
                got = answers.allowed_tools(tools, role, needed)
            left = [one.name for one in tools]
            self.must(
                left == names, "it changes the tools it is given", listed(names), listed(left)
            )
            problem = "it gives back the very list it was given"
            self.must(got is not tools, problem, Words("a new list"), Words("the list of tools"))
            self.check_tools(answers, names, role, needed, iter)

    def test_any_roles(self, search):
        roles = ("guest", "clerk", "admin", "cler", "", "head clerk")

        def promise(answers, names, role, needed):
            self.check_tools(answers, names, role, needed, list)

        always = (
            *each(role=roles, names=["b", "a", "c"], needed={"a": [*roles], "b": ["clerk"]}),
            *each(needed=tuple({"a": [one], "b": []} for one in roles), names=["b", "a"], role=""),
            {"names": [], "role": "guest", "needed": {"a": ["guest"]}},
            {"names": [*MANY], "role": "clerk", "needed": dict.fromkeys(MANY, ("clerk",))},
            {"names": ["a", "b"], "role": "guest", "needed": {}},
            {"names": ["a", "guest"], "role": "guest", "needed": {"a": {}, "guest": ("guest",)}},
        )
        some_roles = st.lists(st.sampled_from(roles), max_size=3, unique=True)
        search(
            promise,
            *always,
            names=st.lists(st.sampled_from("abcdef"), max_size=6, unique=True),
            role=st.sampled_from(roles),
            needed=st.dictionaries(
                st.sampled_from("abcdef"), some_roles | some_roles.map(set), max_size=5
            ),
        )

    def names(self, got):
        """The names of the tools that came back."""
        self.must(isinstance(got, list), "what comes back is no list", got=kind_of(got))
        tools = all(hasattr(one, "invoke") and hasattr(one, "name") for one in got)
        self.must(tools, "what comes back are no tools", Words("tools"))
        return [one.name for one in got]

    def check_tools(self, answers, names, role, needed, kind):
        """Check the result for tools of these names."""
        tools = {name: a_known_tool(name) for name in names}
        wanted = [name for name in names if role in needed.get(name, ())]
        odd_kind = "what needed gives for a tool may be any collection"
        with self.never((TypeError, AttributeError), odd_kind, listed(wanted)):
            got = answers.allowed_tools(kind(tools.values()), "".join(role), needed)
        came = self.names(got)
        must = self.against(listed(wanted), listed(came))
        must({*came} <= {*needed}, "a tool that was given to nobody is given to all")
        wrong = [name for name in came if name not in wanted]
        must(
            not wrong or needed[wrong[0]],
            "a tool without roles is given to somebody",
        )
        must(not wrong, "a role that is only part of another one is let in")
        must(kind is list or {*came} >= {*wanted}, "an iterator is used up")
        must({*came} >= {*wanted}, "a tool that is allowed is missing")
        must(came == wanted, "the tools are in another order")
        must(all(one is tools[one.name] for one in got), "what comes back are no tools")


class Desk:
    """Tools that note when they run.

    Attributes:
        tools: by name.
        log: what has happened, in order: ("run", the name, what it was given).
    """

    def __init__(self, *names):
        self.log = []
        self.tools = {name: self.make(name) for name in names}

    def make(self, name):
        def run(query: str = "") -> str:
            self.log.append(("run", name, query))
            return f"{query} in {name}"

        return a_given_tool(name, run)


class TestForceCall(Explained):
    """The model has to call the tool, and what it writes is only read."""

    WHY: ClassVar = {
        "the model was asked, not told": "A request in a prompt is a request. tool_choice, with "
        "the name of the tool, leaves the model no choice: model.bind_tools(tools, tool_choice=...)"
        ", written just so. It does not change the model: ask what it returns.",
        "the model may choose another tool": 'With "any", it has to call one tool, and it picks '
        "which. tool_choice takes the name of the one that you want.",
        "the model is forced to call another tool": "The tool that it has to call is the one "
        "called `name`, wherever it stands in `tools`.",
        "the model does not know all tools": "Bind all `tools`, not only the one that it has to "
        "call.",
        "the question is not what the model sees": "It sees the question, unchanged.",
        "the model is not asked": "Ask what bind_tools returns, with invoke.",
        "it asks again until the model obeys": "Each question costs, and a model that does not "
        "call at all would be asked for ever. Ask once, and raise NotCalled.",
        "the whole call comes back": "A call has a name, an id and arguments. Return the "
        'arguments: call["args"].',
        "what comes back is no dict": 'The arguments are a dict already: call["args"]. There is '
        "nothing to parse, and nothing to turn into text.",
        "the arguments are those of another call": "Find the first call whose name is `name`. It "
        "need not be the first of all calls.",
        "arguments are missing or changed": "Return what the model has written, all of it.",
        "an empty dict is taken for no call": "A tool without parameters is called with {}. That "
        "is a call. Ask whether there is one, not whether its arguments are true.",
        "no call of the tool, and no NotCalled": "The caller needs arguments, and there are none. "
        "Words are no arguments, and neither are those for another tool: raise NotCalled.",
        "it breaks if there is no call": "Then raise NotCalled. An empty list has no first item.",
        "a call of the tool is not found": "It stands in message.tool_calls, and its name equals "
        "`name`: compare with ==. If a call has another name, go on to the next one.",
        "a tool runs": "What the model writes is only read here. Whether it is done is somebody "
        "else's decision.",
    }

    @keeps(1)
    def test_the_model_has_no_choice(self, answers, play, text):
        names = [text.word() for _ in range(3)]
        for name in (names[1], names[0], names[2]):
            desk = Desk(*names)
            model = play(Reply(ToolCall(name, {"query": "a"})), "b")
            answers.force_call(model, list(desk.tools.values()), name, text.sentence("?"))
            self.check_bound(model, name, names)

    @keeps(2)
    def test_the_question_is_asked_once(self, answers, play, text):
        name = text.word()
        desk = Desk(name, text.word())
        for question in (odd(text), doubled(text)):
            model = play(Reply(ToolCall(name, {"query": "a"})), "b")
            answers.force_call(model, list(desk.tools.values()), name, question)
            self.check_asked(model, question)
            self.check_nothing_ran(desk)
        words = Reply(text.sentence())
        model = play(words, words, Reply(ToolCall(name, {"query": "later"})))
        with suppress(Exception):  # what comes of it is another promise
            answers.force_call(model, list(desk.tools.values()), name, question)
        self.check_asked(model, question)

    @keeps(3)
    def test_the_arguments_of_the_first_call(self, answers, play, text):
        name, other = text.word(), text.word()
        first, second = {"query": odd(text), "limit": 2}, {"query": text.word()}
        for reply in (
            Reply(ToolCall(name, first)),
            Reply(text.sentence(), ToolCall(name, first), ToolCall(name, second)),
            Reply(ToolCall(other, second), ToolCall(name, first)),
        ):
            self.check_arguments(answers, play(reply), name, other, first, second)
        empty = Reply(ToolCall(name, {}), ToolCall(name, second))
        self.check_arguments(answers, play(empty), name, other, {}, second)
        deep = {"lines": [{"order": text.word(), "count": None}], "gift": False, "note": ""}
        self.check_arguments(answers, play(Reply(ToolCall(name, deep))), name, other, deep)

    @keeps(4)
    def test_no_call_of_this_tool(self, answers, play, text):
        name, other = text.word(), text.word()
        desk = Desk(name, other)
        broken = ToolCallPiece('{"query": lamp}', name=name, id="k1")
        for reply in (
            Reply(text.sentence()),
            Reply(json.dumps({"name": name, "args": {"query": "a"}})),
            Reply(ToolCall(other, {"query": name})),
            Reply(text.word(), ToolCall(other, {}), ToolCall(other, {"name": name})),
            Reply(ToolCall(name.upper(), {}), ToolCall(f"{name}_2", {}), ToolCall(name[1:], {})),
            Reply(broken),
        ):
            model = play(reply, reply, Reply(ToolCall(name, {"query": "later"})))
            tools = list(desk.tools.values())
            self.check_not_called(answers, model, tools, name, text.sentence("?"))
        self.check_nothing_ran(desk)

    def test_any_calls(self, search):
        desk = Desk("find", "refund", "cancel")

        def promise(answers, calls, words, question, name):
            desk.log.clear()
            asked = [ToolCall(one, dict(args), id=f"k{n}") for n, (one, args) in enumerate(calls)]
            model = held_model(Reply(*([words] if words else []), *asked))
            wanted = next((dict(args) for one, args in calls if one == name), None)
            tools = list(desk.tools.values())
            if wanted is None:
                self.check_not_called(answers, model, tools, name, question)
            else:
                with self.found(answers, wanted):
                    got = answers.force_call(model, tools, name, question)
                self.check_got(got, wanted, [dict(args) for _, args in calls])
            self.check_bound(model, name, desk.tools)
            self.check_asked(model, question)
            self.check_nothing_ran(desk)

        names = st.sampled_from(("find", "refund", "cancel"))
        some = ({}, {"query": ""}, {"query": "a"}, {"query": "b", "n": 0}, {"query": None})
        plain = {"words": "", "question": "a", "name": "refund"}
        always = (
            *each(
                calls=tuple([("find", {"query": "z"}), ("refund", one)] for one in some), **plain
            ),
            *each(question=SOME_TEXTS, calls=[("refund", {"query": "a"})], words="", name="refund"),
            *each(words=("refund", "{}", "[]"), calls=[], question="a", name="refund"),
        )
        search(
            promise,
            *always,
            calls=st.lists(st.tuples(names, st.sampled_from(some)), max_size=3),
            words=any_text(),
            question=any_text(),
            name=names,
        )

    def check_bound(self, model, name, names):
        """Check what the model could choose from."""
        self.must(model.transcript, "the model is not asked", got=Words("no call of the model"))
        call = model.transcript[0]
        wanted, got = Words(f"tool_choice={name!r}"), Words(f"tool_choice={call.tool_choice!r}")
        must = self.against(wanted, got)
        must(call.tool_choice not in ("auto", "none", None), "the model was asked, not told")
        must(call.tool_choice not in ("any", "required"), "the model may choose another tool")
        must(call.tool_choice == name, "the model is forced to call another tool")
        known = [one["function"]["name"] for one in call.tools]
        problem = "the model does not know all tools"
        self.must(sorted(known) == sorted(names), problem, listed(names), listed(known))

    def check_asked(self, model, question):
        """Check what the model saw, and how often."""
        seen = model.transcript[0].messages if model.transcript else []
        said = [one.text for one in seen if one.type == "human"]
        self.must(said == [question], "the question is not what the model sees", [question], said)
        asked = len(model.transcript)
        self.in_words(
            asked == 1,
            "it asks again until the model obeys",
            "asked once",
            f"asked {times(asked)}",
        )

    def check_not_called(self, answers, model, tools, name, question):
        """Check what is raised if the model does not call the tool."""
        try:
            with self.never(
                (LookupError, TypeError, AttributeError), "it breaks if there is no call"
            ):
                got = answers.force_call(model, tools, name, question)
        except answers.NotCalled:
            self.check_asked(model, question)
            return
        problem = "no call of the tool, and no NotCalled"
        self.must(False, problem, Words("NotCalled"), got)

    def check_nothing_ran(self, desk):
        """Check that no tool has run."""
        ran = [name for _, name, _ in desk.log]
        self.must(not ran, "a tool runs", listed([]), listed(ran))

    def check_arguments(self, answers, model, name, other, wanted, *others):
        """Check the arguments that come back."""
        tools = [a_given_tool(one) for one in (other, name)]
        with self.found(answers, wanted):
            got = answers.force_call(model, tools, "".join(name), "Help!")  # equal, not the same
        self.check_got(got, wanted, others)

    def found(self, answers, wanted):
        """Say so if a call with these arguments is overlooked."""
        empty, other = "an empty dict is taken for no call", "a call of the tool is not found"
        return self.never(answers.NotCalled, other if wanted else empty, wanted)

    def check_got(self, got, wanted, others=()):
        """Check a result; others are the arguments of other calls."""
        must = self.against(wanted, got)
        passed_over = got is None or got in others
        must(wanted or got == {} or not passed_over, "an empty dict is taken for no call")
        must(isinstance(got, dict), "what comes back is no dict")
        whole = {"name", "args", "id"} <= {*got} and got["args"] == wanted
        must(not whole, "the whole call comes back")
        must(got == wanted or got not in others, "the arguments are those of another call")
        must(got == wanted, "arguments are missing or changed")


ORDERS = (
    *("red lamp", "Red LAMP", "lampshade", "Ärmel 2", "green tea", "tea {x} & <b>", "a.b*", "[x]"),
    *("50 % off", "None-0", "lamp, tea", "ann's lamp", "\\n", " lamp ", "{{x}}"),
)
"""What users have ordered. Upper and lower case have the same length in each of them."""

WORDS_TO_FIND = (
    *("lamp", "LAMP", "Lamp", "tea", "d l", "p", "ä", "Ä", "{x}", "{X}", "&", ".", "[x]", "%"),
    *("zebra", "a.b*", "x", "none", "red lamps", "2", "lamp, tea", "'", "\\n", " lamp", "p "),
)

SPOOFS = ("user_id", "user", "customer", "runtime", "config", "context", "owner")
"""Arguments that a model may make up."""


class AboutOrders(Explained):
    """What is said in two tasks about whose orders a model sees."""

    SAID: ClassVar = {
        "the model can choose whose orders it sees": "The user is a parameter, so the model writes "
        "it, and may write any. Your program knows the user already: the function inside can use "
        "what the outer one was given.",
        "the model sees more parameters than word": "What is in tool.args, the model sees and "
        "writes. The tool needs only the word.",
        "the model is told who the user is": "It need not know that, so it stands neither in the "
        "description nor in a result nor in a prompt. What is told, a stranger can ask for.",
    }

    def must_show_word_only(self, shown, problem="the model can choose whose orders it sees"):
        """Check which parameters a model sees."""
        self.must_show_no_user(shown, problem)
        must = self.against(listed(["word"]), listed(shown))
        problem = "the model sees more parameters than word"
        must([*shown] == ["word"], problem, why=self.SAID[problem])

    def must_show_no_user(self, shown, problem="the model can choose whose orders it sees"):
        """Check that no parameter that a model sees says who the user is."""
        people = [name for name in shown if "user" in name.lower() or name in SPOOFS]
        must = self.against(listed(["word"]), listed(shown))
        must(not people, problem, why=self.SAID[problem])

    def must_not_name(self, user, told, where):
        """Check that a user is not named."""
        problem = "the model is told who the user is"
        wanted = Words(f"{where} without {user!r}")
        self.must(user not in str(told), problem, wanted, told, why=self.SAID[problem])


def found(orders, user, word):
    """What a user's tool finds."""
    return [order for order in orders.get(user, ()) if word.lower() in order.lower()]


class TestMakeOrdersTool(AboutOrders):
    """The tool knows its user, and no argument changes that."""

    WHY: ClassVar = {
        "a hidden argument lets the model choose the user": "InjectedToolArg hides a parameter. It "
        "does not protect it: what the call contains is taken. So the tool should have no such "
        "parameter at all.",
        "orders of another user are found": "Only those of user_id, each tool for its own user.",
        "a tool that is made later changes an earlier one": "Each tool belongs to the user it was "
        "made for. What is kept outside of make_orders_tool, all tools share.",
        "upper and lower case matter": "Compare both in lower case: the word, and each order.",
        "the orders are not shown as they are": "Compare in lower case, but show the order as it "
        "is written.",
        "a word is found only if it is the whole order": "The order contains the word: `in`.",
        "an order is missing": "All orders that contain the word: also in a longer word, and also "
        "if two orders are equal.",
        "only the first order is found": "Collect all of them, and return after the loop.",
        "the orders are not one a line": '"\\n".join(...) puts a line break between them: no '
        "marks, and none at the end.",
        "the orders are in another order": "They stand in the order of the list.",
        "something is found that does not contain the word": "Only orders that contain the "
        "word. A dot is a dot, and a bracket a bracket: ask with `in`.",
        "the tool returns nothing": "What a tool prints, no model ever sees. Return the text.",
        "the tool returns something else than a text": "It returns a text, with one order a line: "
        '"\\n".join(...) makes it of a list.',
        "an order comes more than once": "Each call begins from nothing: what an earlier one has "
        "found must not come again. Make the list inside of the tool.",
        "nothing found is no sentence": "An empty text tells a model nothing. Say that there is "
        "none.",
        "nothing found is an error": "That nothing is there is a result like any other. So it is "
        "for a user without orders: get() of a dict helps.",
        "right values are refused": "A word is a str, and may be any.",
    }

    @keeps(4)
    def test_the_model_sees_no_user(self, answers, text):
        ann = text.secret()
        made = a_tool(answers.make_orders_tool({ann: ["tea"]}, ann), *TOOL)
        self.must_show_no_user(made.args)
        self.must_not_name(ann, made.description or "", "a description")
        self.must_not_name(ann, json.dumps(made.args, default=str), "a schema")

    @keeps(1)
    def test_it_takes_a_word(self, answers, text):
        ann = text.word()
        made = a_tool(answers.make_orders_tool({ann: [text.word()]}, ann), *TOOL)
        problem = "the model sees more parameters than word"
        shown = listed(["word"]), listed(made.args)
        self.must([*made.args] == ["word"], problem, *shown, why=self.SAID[problem])

    @keeps(2)
    def test_orders_that_contain_the_word(self, answers, text):
        ann, word = text.secret(), text.word()
        mine = [
            f"{word.upper()} 2",
            text.word(),
            f"a {word} & <b>",
            f"{{x}} {word.title()}s",
            f"a {word} & <b>",
        ]
        orders = {text.secret(): [f"my {word}"], ann: mine}
        made = a_tool(answers.make_orders_tool(orders, ann), *TOOL)
        for one in (word, word.upper(), word.title(), word[1:-1], mine[0], "{x}", "& <b>"):
            self.check_found(made, orders, ann, one)
        made = a_tool(answers.make_orders_tool({ann: ["a.b", "axb", "[x]"]}, ann), *TOOL)
        for one in (".", "a.b", "[x]", "["):
            self.check_found(made, {ann: ["a.b", "axb", "[x]"]}, ann, one)
        many = {"": [f"{word} {number}" for number in range(40)]}
        self.check_found(a_tool(answers.make_orders_tool(many, ""), *TOOL), many, "", word)

    @keeps(2)
    def test_two_users_at_once(self, answers, text):
        ann, bob = text.secret(), text.secret()
        orders = {
            ann: [f"lamp {text.word()}", "tea"],
            bob: [f"lamp {text.word()}", f"lamp {text.word()}"],
        }
        first = a_tool(answers.make_orders_tool(orders, ann), *TOOL)
        second = a_tool(answers.make_orders_tool(orders, bob), *TOOL)
        for made, user, other in ((first, ann, bob), (second, bob, ann), (first, ann, bob)):
            got = self.run(made, "lamp", found(orders, user, "lamp"))
            must = self.against("\n".join(found(orders, user, "lamp")), got)
            swapped = got == "\n".join(found(orders, other, "lamp"))
            must(
                not (swapped and made is first), "a tool that is made later changes an earlier one"
            )
            must(not any(one in got for one in orders[other]), "orders of another user are found")
            self.check_found(made, orders, user, "lamp")

    @keeps(4)
    def test_the_model_cannot_choose_the_user(self, answers, text):
        ann, bob = text.secret(), text.secret()
        mine, theirs = f"lamp {text.word()}", f"lamp {text.word()}"
        made = a_tool(answers.make_orders_tool({ann: [mine], bob: [theirs]}, ann), *TOOL)
        self.must_show_no_user(made.args)
        for word in ("lamp", "zebra"):
            got = tried(made, {"word": word})
            self.must(theirs not in got, "orders of another user are found", mine, got)
            self.must_not_name(ann, got, "a result")
        spoofs = {*SPOOFS, *every_parameter(made)} - {"word"}
        problem = "a hidden argument lets the model choose the user"
        for name in sorted(spoofs):
            for args in ({"word": "lamp", name: bob}, {"word": "lamp", name: {"user_id": bob}}):
                got = tried(made, args)
                self.must(theirs not in got, problem, mine, got)

    @keeps(3)
    def test_nothing_is_found(self, answers, text):
        ann, bob, word = text.secret(), text.secret(), text.word()
        theirs = {bob: [f"{word} 2"]}
        for orders in ({ann: [text.word()], **theirs}, {ann: [], **theirs}, theirs, {}):
            made = a_tool(answers.make_orders_tool(orders, ann), *TOOL)
            self.check_found(made, orders, ann, word)

    def test_any_orders(self, search):
        def promise(answers, mine, theirs, word):
            orders = {"user-1": mine, "user-2": theirs}
            made = a_tool(answers.make_orders_tool(orders, "user-1"), *TOOL)
            self.must_show_word_only(made.args)
            self.check_found(made, orders, "user-1", word)

        always = (
            *each(word=WORDS_TO_FIND, mine=[*ORDERS], theirs=["zebra"]),
            *each(mine=((), ["lamp"] * 3, ["lamp", "LAMP", "lamp"]), theirs=["lamp"], word="lamp"),
        )
        some = st.lists(st.sampled_from(ORDERS), max_size=5)
        search(promise, *always, mine=some, theirs=some, word=st.sampled_from(WORDS_TO_FIND))

    def run(self, made, word, wanted):
        """Run the tool, and return its text."""
        self.must_show_word_only(made.args)
        text = "\n".join(wanted) if wanted else Words("a sentence")
        broken = ValueError if wanted else (LookupError, TypeError, ValueError)
        problem = "right values are refused" if wanted else "nothing found is an error"
        with self.never(broken, problem, text):
            got = made.invoke({"word": word})
        self.must(got is not None, "the tool returns nothing", text, got)
        self.must(isinstance(got, str), "the tool returns something else than a text", text, got)
        return got

    def check_found(self, made, orders, user, word):
        """Check what a user's tool finds."""
        mine, wanted = orders.get(user, ()), found(orders, user, word)
        got = self.run(made, word, wanted)
        must = self.against("\n".join(wanted) if wanted else Words("a sentence"), got)
        if wanted and got == "\n".join(wanted):
            return
        others = [one for some in orders.values() for one in some if one not in mine]
        strange = [one for one in others if one in got and one.lower() not in word.lower()]
        must(not strange, "orders of another user are found")
        lines = [line for line in got.split("\n") if line in (*mine, *map(str.lower, mine))]
        apart = wanted and not lines and all(one in got for one in wanted)
        must(not apart, "the orders are not one a line")
        for problem, reading in self.readings(mine, word):
            must(lines != reading or reading == wanted, problem)
        must({*lines} <= {*wanted}, "something is found that does not contain the word")
        if not wanted:
            must(got.strip() not in ("", "[]", "None", "False"), "nothing found is no sentence")
            self.must_not_name(user, got, "a sentence")
            return
        must(sorted(lines) != sorted(wanted) or lines == wanted, "the orders are in another order")
        must(len(lines) <= len(wanted), "an order comes more than once")
        must(len(lines) == len(wanted), "an order is missing")
        must(False, "the orders are not one a line")

    def readings(self, mine, word):
        """What would be found by those who have misread the docstring, and how."""
        low, case = word.lower(), "upper and lower case matter"
        yield case, [one for one in mine if word in one]
        yield case, [one for one in mine if low in one]
        yield case, [one for one in mine if word in one.lower()]
        wanted = [one for one in mine if low in one.lower()]
        yield "the orders are not shown as they are", [one.lower() for one in wanted]
        whole = "a word is found only if it is the whole order"
        yield whole, [one for one in mine if one.lower() == low]
        yield whole, [one for one in mine if one == word]
        yield "only the first order is found", wanted[:1]


TOOL = ("find_order", "word")


def tried(made, args):
    """What a tool shows with these arguments: nothing if it refuses them."""
    try:
        return str(made.invoke(args))
    except Exception:
        return ""


def every_parameter(made):
    """The names of all parameters, also of those that no model sees."""
    try:
        return [*made.get_input_jsonschema()["properties"]]
    except Exception:  # some hidden parameters cannot be described
        return []


class Cancelling:
    """A tool with a hidden user. It notes what it gets.

    Attributes:
        got: the arguments of each run.
    """

    def __init__(self, result="done"):
        self.got = []

        def cancel(
            order: str,
            user_id: Annotated[str, InjectedToolArg],
            reasons: list[Any] | None = None,
            note: str | None = "",
            user_note: str = "",
        ) -> str:
            """Cancel an order."""
            got = {"order": order, "user_id": user_id, "reasons": reasons, "note": note}
            self.got.append({**got, "user_note": user_note})
            return result

        self.tool = StructuredTool.from_function(cancel)


def for_anybody(result):
    """A tool with a hidden user that also runs if nobody fills it in."""

    def cancel(order: str, user_id: Annotated[str, InjectedToolArg] = "nobody") -> str:
        """Cancel an order."""
        return result

    return StructuredTool.from_function(cancel)


def one_that_ends(result):
    """A tool with a hidden user that ends so, and a list of its runs.

    Args:
        result: a text and an artifact, or an error. The tool makes a message of a ToolException.
    """
    ran = []

    def cancel(order: str, user_id: Annotated[str, InjectedToolArg] = "nobody") -> Any:
        """Cancel an order."""
        ran.append(order)
        if isinstance(result, Exception):
            raise result
        return result

    form = {"response_format": "content_and_artifact", "handle_tool_error": True}
    return ran, StructuredTool.from_function(cancel, **form)


class TestCallForUser(Explained):
    """The tool runs for this user, whatever the call says."""

    WHY: ClassVar = {
        "the model has written itself another user": "InjectedToolArg hides a parameter, and that "
        "is all. If the arguments have a user_id, the tool takes it. So put yours among the "
        'arguments, under the key "user_id", whether or not one is there.',
        "the tool gets no user": 'Nothing fills in a hidden parameter for you. Put "user_id" among '
        "the arguments: not beside them in the call.",
        "the tool gets no arguments": 'The tool reads the arguments in call["args"]. A new call '
        "needs them, and the user with them.",
        "the tool gets other arguments": "All that the model has written goes to the tool as it "
        "is, but for the user.",
        "the call is taken for the arguments": 'tool.invoke knows a call by its "type": '
        '"tool_call". Any other dict is the arguments. {**call, ...} keeps all that a call has.',
        "the tool does not run exactly once": "Each run cancels something. Run it once, and return "
        "that result.",
        "the content is not what the tool returned": "Return the message that tool.invoke gives, "
        "as it is.",
        "it looks like an error": "The tool has run, and all is well.",
        "the message is not the one of the tool": "A message has more than a text: the tool may "
        "have given it an artifact, or the status of an error. Return what tool.invoke gives.",
    }

    @keeps(3)
    def test_the_message_answers_the_call(self, answers, text):
        for key in (text.secret(), "k1"):
            result = odd(text)
            call = a_call("cancel", {"order": text.word()}, key)
            got = self.run(answers, for_anybody(result), call, text.word())
            self.check_message(got, key, result)

    @keeps(1)
    def test_the_user_in_the_call_does_not_count(self, answers, text):
        ann, order = text.secret(), text.word()
        for other in ("admin", text.secret(), "", None, {"user_id": ann}):
            self.check_user(answers, ann, {"user_id": other, "order": order})
        self.check_user(answers, ann, {"order": order, "user_id": "root"})

    @keeps(1)
    def test_the_user_is_filled_in(self, answers, text):
        self.check_user(answers, text.secret(), {"order": text.word()})

    @keeps(2)
    def test_the_other_arguments_stay(self, answers, text):
        for args in (
            {"order": BRACED, "note": odd(text), "reasons": [{"a": [1, None]}, "user_id"]},
            {"order": "admin", "note": "admin", "reasons": [{"user_id": "admin", "a": ["admin"]}]},
            {"order": "", "note": "user_id", "reasons": []},
        ):
            self.check_run(answers, text.secret(), args, args)
            self.check_run(answers, text.secret(), {**args, "user_id": "admin"}, args)

    @keeps(4)
    def test_the_call_stays_as_it_is(self, answers, text):
        for args in (
            {"order": text.word()},
            {"order": text.word(), "user_id": "admin", "reasons": [[1], {"a": 1}]},
        ):
            call = a_call("cancel", args, text.secret())
            with unchanged(call=call):
                self.run(answers, for_anybody("done"), call, text.secret())

    @keeps(2, 3)
    def test_whatever_comes_of_it_is_the_message(self, answers, text):
        artifact, said = [text.word(), {"a": None}], text.word()
        for result, wanted in (
            ((said, artifact), {"artifact": artifact, "status": "success"}),
            (ToolException(said), {"artifact": None, "status": "error"}),
        ):
            ran, tool = one_that_ends(result)
            got = self.run(answers, tool, a_call("cancel", {"order": said}, "k1"), text.secret())
            self.check_runs(ran)
            must_be_result(got, "k1")
            came = {"artifact": got.artifact, "status": got.status}
            problem = "the message is not the one of the tool"
            self.must(came == wanted, problem, wanted, came)
            self.equal(got.content, said, "the content is not what the tool returned")

    @keeps(2)
    def test_it_runs_once_also_if_it_fails(self, answers, text):
        for error in (ConnectionError(text.word()), ValueError(text.word())):
            ran, tool = one_that_ends(error)
            try:
                answers.call_for_user(tool, a_call("cancel", {"order": "a"}), text.secret())
            except NotImplementedError:
                raise
            except Exception:
                pass  # what comes of it is left open
            self.check_runs(ran)

    def test_any_call(self, search):
        def promise(answers, user, written, order, rest, key):
            args = {**written, "order": order, **rest}
            self.check_run(answers, user, args, {"order": order, **rest}, key)

        users = ("ann", "admin", "", " ", "None", "user_id", "ann@example.com", "{x}", "0")
        written = tuple({"user_id": one} for one in (*users, None, 0, [], {}))
        reasons = ([], ["a"], [{}], [None, 0], [["user_id"]])
        plain = {"order": "lamp", "rest": {}, "key": "k1"}
        always = (
            *each(user=users, written={"user_id": "bob"}, **plain),
            *each(written=({}, *written), user="ann", **plain),
            *each(order=SOME_TEXTS, user="ann", written={}, rest={"note": "a"}, key="k1"),
            *each(key=("", " k1 ", "K1"), user="ann", written={}, order="lamp", rest={}),
            *each(
                rest=({"note": None}, {"user_note": "ann"}),
                written={},
                user="ann",
                order="a",
                key="k1",
            ),
        )
        search(
            promise,
            *always,
            user=st.sampled_from(users),
            written=st.sampled_from(({}, {}, *written)),
            order=any_text(),
            rest=st.fixed_dictionaries(
                {}, optional={"note": any_text(), "reasons": st.sampled_from(reasons)}
            ),
            key=st.sampled_from(("k1", "call_2", "{x}")),
        )

    def run(self, answers, tool, call, user):
        """Run a call, and return what came back."""
        try:
            return answers.call_for_user(tool, call, user)
        except ValueError as error:
            found = [one for one in errors_of(error) if one["type"] == "missing"]
            missing = {one["loc"][0] for one in found}
            must = self.against(Words(f"a run for {user!r}"), Words(type(error).__name__))
            given = [one["input"] for one in found if isinstance(one["input"], dict)]
            taken = any("args" in one for one in given)
            must(not taken, "the call is taken for the arguments")
            must("user_id" not in missing or "order" in missing, "the tool gets no user")
            must("order" not in missing, "the tool gets no arguments")
            raise

    def check_user(self, answers, user, args):
        """Run a call with these arguments, and check for whom the tool runs."""
        given = Cancelling()
        self.run(answers, given.tool, a_call("cancel", args), user)
        for ran in given.got[:1]:
            must = self.against({**ran, "user_id": user}, ran)
            must(ran["user_id"] == user, "the model has written itself another user")

    def check_run(self, answers, user, args, wanted, key="k1"):
        """Run a call with these arguments, and check what the tool gets and what comes back."""
        given, result = Cancelling(f"{BRACED} done"), f"{BRACED} done"
        got = self.run(answers, given.tool, a_call("cancel", args, key), user)
        self.check_runs(given.got)
        [ran] = given.got
        wanted = {"reasons": None, "note": "", "user_note": "", **wanted, "user_id": user}
        must = self.against(wanted, ran)
        must(ran["user_id"] == user, "the model has written itself another user")
        must(ran == wanted, "the tool gets other arguments")
        self.check_message(got, key, result)

    def check_runs(self, ran):
        """Check that the tool has run once."""
        problem, came = "the tool does not run exactly once", f"the tool ran {times(len(ran))}"
        self.in_words(len(ran) == 1, problem, "one run", came)

    def check_message(self, got, key, result):
        """Check the message that came back."""
        must_be_result(got, key)
        must = self.against(result, got.content)
        must(got.content == result, "the content is not what the tool returned")
        self.must(got.status == "success", "it looks like an error", "success", got.status)


def errors_of(error):
    """What pydantic has found wrong, or nothing if the error is another one."""
    return error.errors() if hasattr(error, "errors") else []


RECORDS = (
    {"title": "Tea", "body": "secret-1"},
    {"title": "{x} & <b>", "body": "secret-2", "price": 2.5},
    {"body": "secret-3", "title": "Lamp", "tags": ["a", {"b": None}]},
    {"title": "Tea", "body": "secret-4"},
    {"title": "None", "id": 0},
    {"title": "title", "body": ""},
    {"title": "", "body": "secret-5"},
    {"title": " {{x}} ", "body": "secret-6"},
)


class TestMakeLookupTool(Explained):
    """The model gets titles, and the program everything."""

    WHY: ClassVar = {
        "the model gets the whole records": "All of the content is read by the model, paid for in "
        "each round, and may come out in an answer. Give it the titles.",
        "the pair is shown to the model": "Without response_format, two values are a result like "
        'any other, and become text. @tool(response_format="content_and_artifact") takes them '
        "apart.",
        "the program gets nothing": "The artifact of the message is None. It has room for what the "
        "model does not need: all records.",
        "the program gets less than all records": "The artifact is the list of records, as find "
        "gave it: whole and in order. An iterator that has been read is empty.",
        "find is called more than once": "A search costs, and may give something else the second "
        "time. Keep what it gives in a variable.",
        "find is not called with the query": "find(query): the query as the model has written it.",
        "nothing found is no sentence": "An empty text tells a model nothing. Say that there is "
        "none.",
        "without records there is no list": "No records are an empty list. Whoever loops over the "
        "artifact need not ask first.",
        "nothing found is an error": "That nothing is there is a result like any other.",
        "the titles are not one a line": "The titles alone, each on a line of its own, in order.",
        "a title is missing": "Each record has its line, also if its title is empty, or the same "
        "as another one.",
        "find is not called again for the same query": "What there is may have changed since. Ask "
        "find in each call of the tool.",
        "the titles are in another order": "They stand in the order of the records.",
        "the content and the artifact are mixed up": "The first of the two is for the model, the "
        "second for the program.",
        "the tool does not return two things": "With content_and_artifact, a tool returns a text "
        "and what goes into the artifact, each time: return text, records.",
        "the tool asks for more than a query": "What is in tool.args, the model has to write. It "
        "can only know the query.",
    }

    @keeps(1)
    def test_it_takes_a_query(self, answers, text):
        made = a_tool(answers.make_lookup_tool(lambda query: []), *LOOKUP)
        extra = [one for one in made.args if one != "query"]
        self.must(
            not extra, "the tool asks for more than a query", listed(["query"]), listed(made.args)
        )
        asked, records = [], [{"title": text.word()}]

        def find(query):
            asked.append(query)
            return records

        made = a_tool(answers.make_lookup_tool(find), *LOOKUP)
        first = text.word()
        for query in (first, odd(text)):
            asked.clear()
            self.invoke(made, query, records)
            self.check_asked(asked, query)
        asked.clear()
        self.invoke(made, first, records)
        shown = Words(f"find({first!r})"), Words("find not called")
        self.must(asked, "find is not called again for the same query", *shown)
        self.check_asked(asked, first)

    @keeps(2, 3)
    def test_nothing_is_no_error(self, answers, text):
        self.run(answers, text.word(), [])

    @keeps(2)
    def test_the_model_gets_titles_only(self, answers, text):
        secret = text.secret()
        records = [
            {"title": text.word(), "body": secret, "source": text.secret()},
            {"title": BRACED, "body": text.secret()},
        ]
        for some in (records, records[::-1] + records[:1], []):
            message, _ = self.run(answers, text.word(), some)
            self.check_content(message, some)

    @keeps(3)
    def test_the_program_gets_all(self, answers, text):
        records = [
            {"title": text.word(), "body": text.secret(), "tags": [text.word(), {"deep": None}]},
            {"id": 0, "title": text.word()},
        ]
        for some in (records, records[::-1], records[:1], []):
            message, _ = self.run(answers, text.word(), some)
            self.check_artifact(message, some)

    def test_any_records(self, search):
        def promise(answers, numbers, query):
            self.check_lookup(answers, query, [dict(RECORDS[number]) for number in numbers])

        everything = tuple(range(len(RECORDS)))
        always = (
            *each(numbers=tuple([one] for one in everything), query="a"),
            *each(query=SOME_TEXTS, numbers=[0, 1]),
            *each(numbers=([*everything], [*everything] * 6, [0, 3, 0], [0, 6, 1], []), query="a"),
        )
        search(
            promise,
            *always,
            numbers=st.lists(st.sampled_from(everything), max_size=5),
            query=any_text(),
        )

    def check_asked(self, asked, query):
        """Check what find was asked."""
        calls = Words(", ".join(f"find({one!r})" for one in asked) or "find not called")
        must = self.against(Words(f"find({query!r})"), calls)
        must(not asked or {*map(repr, asked)} == {repr(query)}, "find is not called with the query")
        must(asked, "find is not called with the query")
        must(len(asked) == 1, "find is called more than once")

    def check_lookup(self, answers, query, records):
        """Run the tool, and check all that comes of it."""
        message, asked = self.run(answers, query, records)
        self.check_content(message, records)
        self.check_artifact(message, records)
        self.check_asked(asked, query)

    def run(self, answers, query, records):
        """Run the tool, and return its message, and what find was asked."""
        asked = []

        def find(query):
            asked.append(query)
            return records

        made = a_tool(answers.make_lookup_tool(find), *LOOKUP)
        return self.invoke(made, query, records), asked

    def invoke(self, made, query, records):
        """Run the tool, and return its message."""
        try:
            message = made.invoke(a_call("lookup", {"query": query}, "k7"))
        except (LookupError, TypeError, ValueError) as error:
            must = self.against(Words("a message"), Words(type(error).__name__))
            must("two-tuple" not in str(error), "the tool does not return two things")
            must(records, "nothing found is an error")
            raise
        must_be_result(message, "k7")
        return message

    def check_content(self, message, records):
        """Check what the model gets."""
        content, artifact = message.content, message.artifact
        titles = [record["title"] for record in records]
        wanted = "\n".join(titles) if records else Words("a sentence")
        must = self.against(wanted, content)
        pair = artifact is None and is_pair(content)
        must(not pair, "the pair is shown to the model")
        must(artifact != wanted, "the content and the artifact are mixed up")
        more = [str(x) for record in records for key, x in record.items() if key != "title" and x]
        must(not any(one in str(content) for one in more), "the model gets the whole records")
        if not titles:
            blank = str(content).strip() in ("", "[]", "None", '""')
            must(isinstance(content, str) and not blank, "nothing found is no sentence")
            return
        if titles == [""]:  # whether that is a title or none is left open
            return
        lines = content.split("\n") if isinstance(content, str) else content
        must({*titles} <= {*lines} or {*titles} - {*lines} == {*titles}, "a title is missing")
        must(lines == titles or sorted(lines) != sorted(titles), "the titles are in another order")
        must(not ({*lines} == {*titles} and len(lines) < len(titles)), "a title is missing")
        must(lines == titles, "the titles are not one a line")

    def check_artifact(self, message, records):
        """Check what the program gets."""
        artifact = message.artifact
        must = self.against(records, artifact)
        must(artifact is not None or not records, "the program gets nothing")
        must(artifact is not None or records, "without records there is no list")
        must(artifact == records, "the program gets less than all records")


LOOKUP = ("lookup", "query")


def is_pair(content):
    """Whether a text is a list of two, as JSON or as Python writes it."""
    try:
        found = json.loads(content)
    except (TypeError, ValueError):
        return str(content).startswith(("(", '["')) and str(content).endswith(("])", "]]"))
    return isinstance(found, list) and len(found) == 2 and isinstance(found[1], list)


class Person:
    """Somebody who is asked about calls, and says yes or no.

    Attributes:
        log: what has happened, in order: ("ask", the id of the call, what was asked).
    """

    def __init__(self, log, *refused):
        self.log = log
        self.refused = refused

    def approve(self, call):
        key = call.get("id") if isinstance(call, dict) else None
        self.log.append(("ask", key, call))
        return key not in self.refused


LIKE_NAMES = ["other", "REFUND", " find", "*"]
"""Names of no tool: what looks like one is another name."""


class TestRunWithApproval(Explained):
    """A person says yes or no right before something risky happens."""

    WHY: ClassVar = {
        "a refused call gets no answer": "The model waits for an answer to each call, and a "
        "provider refuses a conversation in which one is missing. A refusal is an answer, too.",
        "a call that nobody refused gets no answer": "Each call is answered, whether or not "
        "somebody was asked.",
        "the tool of a refused call has run": "Ask first. What is done cannot be undone.",
        "a refused call runs all the same": "No means that the tool does not run. Such a call gets "
        "a message about the refusal, and nothing else.",
        "a refusal ends everything": "No is an answer like any other. The call gets an error "
        "message, and the rest goes on.",
        "the refused call looks like a success": 'A ToolMessage has status="success" if you do not '
        'say otherwise. The model would believe that it is done: status="error".',
        "the refusal says nothing": "The model has to learn that a person has said no. Otherwise "
        "it tries again.",
        "a person gets something else than the call": "Whoever decides has to see what is about to "
        "happen: approve(call), with the arguments.",
        "nobody is asked about a risky call": "Its name is in risky, so a person decides. Look for "
        'the name, call["name"], and call approve with the whole call.',
        "somebody is asked about a harmless call": "Who is asked about everything soon says yes to "
        "everything. Ask only if the name is in risky.",
        "somebody is asked twice about a call": "Keep what was said. The second answer may be "
        "another one.",
        "one answer counts for other calls": "Yes to one refund is not yes to all. Ask about each "
        "call on its own.",
        "somebody is asked too early": "Ask right before the tool would run. What the calls before "
        "it have done may change the answer.",
        "somebody is asked too late": "Ask first. What is done cannot be undone.",
        "the calls run in another order": "They run in the order of the message.",
        "a tool runs more than once": "Run it once, and return that result.",
        "a call that was allowed does not run": "Yes means: run it, as if nobody had been asked.",
        "an allowed call looks like an error": "It has run. Return the message of the tool.",
        "the answers are in another order": "An answer for each call, in the order of the calls.",
        "the content is not what the tool returned": "Return the message that tool.invoke gives, "
        "as it is.",
        "what comes back is no list": "Return a list of messages.",
        "an answer has an id that no call has": "The id of the call says whose answer it is: "
        'tool_call_id=call["id"].',
        "there are more answers than calls": "One answer for each call.",
    }

    @keeps(2)
    def test_who_is_asked_and_when(self, answers, text):
        names = ("find", "refund", "find")
        calls = [(name, text.word(), text.secret()) for name in names]
        _, desk = self.run(answers, calls, ["refund"])
        self.check_events(desk, calls, ["refund"], [])
        names = ("refund", "find", "cancel", "refund", "find")
        calls = [(name, odd(text), text.secret()) for name in names]
        for kind in (list, set, tuple, dict.fromkeys):
            for risky in (["refund"], ["refund", "cancel"], ["find"], LIKE_NAMES, []):
                _, desk = self.run(answers, calls, kind(risky))
                self.check_events(desk, calls, risky, [])

    @keeps(3)
    def test_a_refused_call_does_not_run(self, answers, text):
        calls = [(name, text.word(), text.secret()) for name in ("find", "refund", "find")]
        refused = [calls[1][2]]
        _, desk = self.run(answers, calls, ["refund"], *refused)
        self.check_events(desk, calls, ["refund"], refused, in_order=False)

    @keeps(2)
    def test_yes_and_no_for_one_tool(self, answers, text):
        calls = [("refund", text.word(), text.secret()) for _ in range(4)]
        ids = [key for _, _, key in calls]
        for refused in (ids[:1], ids[1:2], ids[::2], ids[3:], ids):
            _, desk = self.run(answers, calls, {"refund"}, *refused)
            self.check_events(desk, calls, {"refund"}, refused)

    @keeps(1)
    def test_an_answer_for_each_call(self, answers, text):
        for names in ((), ("find",), ("find", "refund", "find")):
            calls = [(name, text.word(), text.secret()) for name in names]
            refused = [key for name, _, key in calls if name == "refund"]
            got, _ = self.run(answers, calls, ["refund"], *refused)
            self.check_ids(got, calls, ["refund"], refused)
            self.check_results(got, calls, ["refund"], refused)

    @keeps(3)
    def test_a_refused_call_gets_an_answer(self, answers, text):
        calls = [(name, text.word(), text.secret()) for name in ("find", "refund", "find")]
        refused = [calls[1][2]]
        got, _ = self.run(answers, calls, ["refund"], *refused)
        self.check_answers(got, calls, ["refund"], refused)
        self.must(got[1].text.strip(), "the refusal says nothing", Words("a sentence"), got[1].text)

    def test_any_calls(self, search):
        desk = Desk("find", "refund", "cancel")

        def promise(answers, asked, risky, refused):
            calls = [(name, query, f"k{n}") for n, (name, query) in enumerate(asked)]
            ids = [f"k{n}" for n in refused]
            desk.log.clear()
            got, _ = self.run(answers, calls, risky, *ids, desk=desk)
            self.check_all(got, desk, calls, risky, ids)

        names = ("find", "refund", "cancel")
        always = (
            *each(refused=((), (0,), (1,), (0, 1)), asked=[("refund", "a")] * 2, risky=["refund"]),
            *each(
                asked=tuple([("refund", one)] for one in FEW_TEXTS), risky={"refund"}, refused=()
            ),
            *each(
                risky=((), names, ("fin", "refunds")), asked=[(n, "a") for n in names], refused=()
            ),
            {"asked": [], "risky": names, "refused": ()},
            {"asked": [("refund", "a"), ("find", "b")] * 6, "risky": ["refund"], "refused": (2, 6)},
            *each(asked=tuple([("find", one)] for one in LIKE_CODE), risky={"refund"}, refused=()),
        )
        search(
            promise,
            *always,
            asked=st.lists(st.tuples(st.sampled_from(names), any_text()), max_size=4),
            risky=st.lists(st.sampled_from(names), max_size=3, unique=True),
            refused=st.lists(st.sampled_from(range(4)), max_size=3, unique=True),
        )

    def run(self, answers, calls, risky, *refused, desk=None):
        """Call the task."""
        desk = desk or Desk("find", "refund", "cancel")
        person = Person(desk.log, *refused)
        asked = [a_call(name, {"query": query}, key) for name, query, key in calls]
        message = AIMessage("", tool_calls=asked)
        try:
            got = answers.run_with_approval(message, desk.tools, risky, person.approve)
        except NotImplementedError:
            raise
        except Exception as error:
            for _, key, told in (one for one in desk.log if one[0] == "ask"):
                self.check_told(told, calls, key)
            of_answer = not isinstance(error, TypeError | AttributeError | NameError | LookupError)
            if of_answer and any(one[0] == "ask" and one[1] in refused for one in desk.log):
                came = Words(type(error).__name__)
                self.must(
                    False, "a refusal ends everything", Words("an answer for each call"), came
                )
            raise
        self.must(isinstance(got, list), "what comes back is no list", got=kind_of(got))
        return got, desk

    def check_told(self, told, calls, key):
        """Check what a person was shown."""
        shown = [a_call(name, {"query": query}, one) for name, query, one in calls if one == key]
        whole = Words("the call: a dict with its name, its arguments and its id")
        self.must(
            [told] == shown,
            "a person gets something else than the call",
            shown[0] if shown else whole,
            told,
        )

    def check_all(self, got, desk, calls, risky, refused):
        """Check what has happened, and what came back."""
        self.check_events(desk, calls, risky, refused)
        self.check_answers(got, calls, risky, refused)

    def check_answers(self, got, calls, risky, refused):
        """Check what came back."""
        self.check_ids(got, calls, risky, refused)
        for name, _, key in calls:
            status = next(one.status for one in got if one.tool_call_id == key)
            must = self.against(Words('status="error"'), Words(f"status={status!r}"))
            lost = name in risky and key in refused
            must(not lost or status == "error", "the refused call looks like a success")
        self.check_results(got, calls, risky, refused)

    def check_ids(self, got, calls, risky, refused):
        """Check that each call has its answer."""
        by_id = {getattr(one, "tool_call_id", None): one for one in got}
        shown = listed(f"{key} ({name})" for name, _, key in calls)
        came = listed(map(str, by_id))
        wanted = [key for _, _, key in calls]
        problem = "an answer has an id that no call has"
        self.must({*by_id} <= {*wanted}, problem, listed(wanted), came)
        for name, _, key in calls:
            lost = key in refused and name in risky
            problem = "a refused call" if lost else "a call that nobody refused"
            self.must(key in by_id, f"{problem} gets no answer", shown, came)
        self.must(len(got) <= len(calls), "there are more answers than calls", shown, came)
        self.must([*by_id] == wanted, "the answers are in another order", listed(wanted), came)
        for one, key in zip(got, wanted, strict=True):
            must_be_result(one, key)

    def check_results(self, got, calls, risky, refused=()):
        """Check the answers to the calls that have run."""
        for (name, query, key), one in zip(calls, got, strict=True):
            if name in risky and key in refused:
                continue
            must = self.against(Words('status="success"'), Words(f"status={one.status!r}"))
            must(one.status == "success", "an allowed call looks like an error")
            result = f"{query} in {name}"
            self.equal(one.content, result, "the content is not what the tool returned")

    def check_events(self, desk, calls, risky, refused, in_order=True):
        """Check who was asked about what, and what has run, in order."""
        for kind, key, told in desk.log:
            if kind == "ask":
                self.check_told(told, calls, key)
        events = events_of(desk.log)
        wanted = []
        for name, query, key in calls:
            if name in risky:
                wanted.append(f"asked about {key}")
            if name not in risky or key not in refused:
                wanted.append(f"{name}({query!r:.20}) runs")
        must = self.against(listed(wanted), listed(events))
        if events == wanted or (not in_order and sorted(events) == sorted(wanted)):
            return
        asked = [one for one in events if one.startswith("asked")]
        to_ask = [one for one in wanted if one.startswith("asked")]
        ran = [one for one in events if not one.startswith("asked")]
        to_run = [one for one in wanted if not one.startswith("asked")]
        must({*asked} <= {*to_ask}, "somebody is asked about a harmless call")
        for name, query, key in calls:
            run, question = f"{name}({query!r:.20}) runs", f"asked about {key}"
            if run in ran and run not in to_run:  # so it was refused
                must(question in asked, "nobody is asked about a risky call")
                first = events.index(question) < events.index(run)
                must(not first, "a refused call runs all the same")
                must(False, "the tool of a refused call has run")
        no = events and events[-1] in [f"asked about {key}" for key in refused]
        must(not (no and events == wanted[: len(events)]), "a refusal ends everything")
        partly = asked and {*asked} < {*to_ask}
        must(not (partly and len(risky) == 1), "one answer counts for other calls")
        must({*asked} >= {*to_ask}, "nobody is asked about a risky call")
        must(len(asked) <= len(to_ask), "somebody is asked twice about a call")
        must({*ran} >= {*to_run}, "a call that was allowed does not run")
        must(len(ran) <= len(to_run), "a tool runs more than once")
        must(ran == to_run and asked == to_ask, "the calls run in another order")
        for name, query, key in calls:
            run, question = f"{name}({query!r:.20}) runs", f"asked about {key}"
            early = name in risky and run in ran and events.index(run) < events.index(question)
            must(not early, "somebody is asked too late")
        must(False, "somebody is asked too early")


def events_of(log):
    """What has happened, in words."""
    return [
        f"asked about {one[1]}" if one[0] == "ask" else f"{one[1]}({one[2]!r:.20}) runs"
        for one in log
    ]


class TestAskAs(AboutOrders):
    """The agent answers for one user, whatever the model writes."""

    WHY: ClassVar = {
        "another user's orders reached the model": "What the model has seen, it can tell. So the "
        "tool itself has to know whose orders they are. It must not read that in a call, nor in a "
        "variable that all calls share.",
        "orders of an earlier call reach the model": "The next call may be for the same user, with "
        "other orders. Make a new tool in each call, or hand its data over in the context.",
        "the tool does not learn who the user is": "create_agent fills in a ToolRuntime, and "
        "nothing that is marked with InjectedToolArg. A tool that was made for the user needs "
        "neither.",
        "the orders do not reach the model": "The tool finds the orders of user_id, and what it "
        "finds goes back to the model. What else stands in a call changes nothing. If it reads "
        "runtime.context, the agent needs context=... when it is asked.",
        "create_agent gets no list of tools": "Also a single tool stands in a list: [...].",
        "the model gets the function that makes the tool": "make_orders_tool(orders, user_id) "
        "gives the tool. Call it, and hand over what it gives.",
        "the model does not know find_order": "The agent has one tool, the one that "
        "make_orders_tool makes.",
        "the model does not see the question": "It sees the question, unchanged, in a message of "
        "the user.",
        "the model is not asked": "Make an agent in each call, and ask it: agent.invoke({...}). "
        "One that is kept asks the model of an earlier call.",
        "it gives something else than a text": "The agent gives a dict. Its last message is under "
        '"messages", and the text of a message is message.text.',
        "the answer is not the text of the last message": "The text that the model answers with in "
        "the end, unchanged.",
        "it ends before the model is done": "As long as the model calls the tool, it is not done.",
        "the model is asked again after its answer": "A message without calls is the answer.",
    }

    @keeps(1)
    def test_it_goes_on_until_the_model_is_done(self, answers, play, text):
        user, question = text.secret(), odd(text)
        orders = {user: ["red lamp", "green tea"], text.secret(): ["blue lamp"]}
        for rounds in ([], [["lamp"]], [["lamp", "tea"], ["zebra"], ["green"]]):
            words = odd(text)
            calls = [[finding(one) for one in some] for some in rounds]
            model = play(*(Reply("Let me look.", *some) for some in calls), words, text.word())
            got = self.ask(answers, model, orders, user, question)
            self.check_known(model)
            self.check_answer(model, got, words, rounds)
            self.check_results(model, orders, user, [one for some in rounds for one in some])

    @keeps(1)
    def test_it_may_take_many_rounds(self, answers, play, text):
        user, words, rounds = text.secret(), text.word(), [["lamp"]] * 30
        model = play(*(Reply(finding("lamp")) for _ in rounds), words, text.word())
        got = self.ask(answers, model, {user: ["red lamp"]}, user, text.sentence("?"))
        self.check_answer(model, got, words, rounds)
        self.check_results(model, {user: ["red lamp"]}, user, ["lamp"] * 30)

    @keeps(2)
    def test_what_the_model_sees(self, answers, play, text):
        ann, bob = text.secret(), text.secret()
        orders = {bob: [f"lamp {text.word()}"], ann: [f"lamp {text.word()}", "tea"]}
        for user in (ann, bob, text.secret()):
            words = text.word()
            model = play(Reply(finding("lamp")), words)
            self.ask(answers, model, orders, user, odd(text))
            self.check_seen(model, user)

    @keeps(4)
    def test_one_user_after_the_other(self, answers, play, text):
        users = [text.secret() for _ in range(3)]
        orders = {user: [f"lamp {text.word()}"] for user in users}
        for user in (*users, users[0], text.secret(), users[1]):
            model = play(Reply(finding("lamp")), text.word())
            self.ask(answers, model, orders, user, text.sentence("?"))
            self.check_results(model, orders, user, ["lamp"])
        same = play(*[Reply(finding("lamp")), text.word()] * 3)
        for user in users:
            answers.ask_as(same, orders, user, text.sentence("?"))
            self.check_results(same, orders, user, ["lamp"], since=2 * users.index(user))
        other = {user: [f"lamp {text.word()}"] for user in users}
        earlier = [one for some in orders.values() for one in some]
        model = play(Reply(finding("lamp")), text.word())
        self.ask(answers, model, other, users[0], text.sentence("?"))
        self.check_results(model, other, users[0], ["lamp"], earlier)

    @keeps(3)
    def test_arguments_that_are_made_up(self, answers, play, text):
        ann, bob = text.secret(), text.secret()
        mine, theirs = f"lamp {text.word()}", f"lamp {text.word()}"
        orders = {bob: [theirs], ann: [mine], "admin": [f"lamp {theirs}"]}
        context = {"user_id": bob, "user": bob, "context": bob}
        for spoof in (
            *({name: bob} for name in SPOOFS),
            {"user_id": "admin", "role": "admin"},
            {"runtime": {"context": bob}, "user_id": bob},
            {"runtime": {"context": context}, "config": {"configurable": context}},
            {"context": context, "orders": {ann: [theirs]}},
        ):
            model = play(Reply(finding("lamp", **spoof)), text.word())
            self.ask(answers, model, orders, ann, text.sentence("?"))
            self.check_results(model, orders, ann, ["lamp"])

    def test_the_question_is_unchanged(self, answers, play, text):
        for question in (odd(text), doubled(text), text.sentence("?")):
            model = play(Reply(finding("lamp")), text.word())
            self.ask(answers, model, {}, text.secret(), question)
            self.check_question(model, question)

    def test_any_answer(self, search):
        def promise(answers, question, words, parts):
            model = held_model(Reply(*parts, words, blocks=bool(parts)))
            words = "".join(one for one in parts if isinstance(one, str)) + words
            got = self.ask(answers, model, {"user-1": ["red lamp"]}, "user-1", question)
            self.check_answer(model, got, words, [])
            self.check_question(model, question)
            self.check_seen(model, "user-1")

        always = (
            *each(words=SOME_TEXTS, question="a", parts=()),
            *each(question=(*LIKE_CODE, LONG), words="a", parts=()),
            *each(parts=(["one"], ["one", Reasoning("x")]), words="two", question="a"),
        )
        question = any_text().filter(bool)
        some = st.sampled_from(((), (Reasoning("x"),), ("a", Reasoning("b"))))
        search(promise, *always, runs=12, question=question, words=any_text(), parts=some)

    def test_any_orders(self, search):
        def promise(answers, mine, theirs, rounds, spoof):
            orders = {"user-1": mine, "user-2": theirs}
            calls = [[finding(one, **spoof) for one in some] for some in rounds]
            model = held_model(*(Reply(*some) for some in calls), "b")
            got = self.ask(answers, model, orders, "user-1", "a")
            self.check_answer(model, got, "b", rounds)
            self.check_seen(model, "user-1")
            asked = [one for some in rounds for one in some]
            self.check_results(model, orders, "user-1", asked)

        spoofs = ({}, {"user_id": "user-2"}, {"runtime": {"context": "user-2"}}, {"user": "user-2"})
        always = each(spoof=spoofs, mine=["red lamp"], theirs=["blue lamp"], rounds=[["lamp"]])
        some_words = st.lists(st.sampled_from(("lamp", "TEA", "x")), min_size=1, max_size=2)
        search(
            promise,
            *always,
            runs=20,
            mine=st.lists(st.sampled_from(("red lamp", "green tea", "Lamp 2")), max_size=2),
            theirs=st.sampled_from(([], ["blue lamp"], ["black tea", "lamp 3"])),
            rounds=st.lists(some_words, max_size=2),
            spoof=st.sampled_from(spoofs),
        )

    def ask(self, answers, model, orders, user, question):
        """Call the task."""
        given = {name: [*some] for name, some in orders.items()}
        try:
            return answers.ask_as(model, given, user, question)
        except ValueError as error:
            no_tool = "tool decorator" in str(error)
            came = Words(type(error).__name__)
            self.must(not no_tool, "create_agent gets no list of tools", Words("an answer"), came)
            raise

    def check_seen(self, model, user):
        """Check what the model saw of the tool, and that nobody told it who the user is."""
        self.must(model.transcript, "the model is not asked", got=Words("no call of the model"))
        for call in model.transcript:
            for one in call.tools:
                problem = "the model sees more parameters than word"
                shown = listed(["word"]), listed(parameters_of(one))
                self.must(parameters_of(one) == ["word"], problem, *shown, why=self.SAID[problem])
                told = json.dumps(one, ensure_ascii=False)
                self.must_not_name(user, told, "a schema")
            for message in call.messages:
                where = "a result" if message.type == "tool" else "a prompt"
                self.must_not_name(user, message.text, where)
                more = {name: str(value) for name, value in message if name != "content"}
                named = {name: value for name, value in more.items() if user in value}
                self.must_not_name(user, named, where)

    def check_known(self, model):
        """Check which tools the model knows."""
        for call in model.transcript:
            for one in call.tools:
                problem = "the model gets the function that makes the tool"
                shown = parameters_of(one)
                maker = {*shown} == {"orders", "user_id"}
                self.must(not maker, problem, listed(["word"]), listed(shown))
                self.must_show_no_user(shown)
            known = [one["function"]["name"] for one in call.tools]
            problem = "the model does not know find_order"
            self.must(known == ["find_order"], problem, listed(["find_order"]), listed(known))

    def check_results(self, model, orders, user, words, earlier=(), since=0):
        """Check which orders the model has seen, in its calls since one."""
        self.check_known(model)
        seen = model.transcript[-1].messages if model.transcript else []
        results = [one.text for one in seen if one.type == "tool"]
        wanted = ["\n".join(found(orders, user, word)) or Words("a sentence") for word in words]
        must = self.against(wanted, results)
        mine = orders.get(user, ())
        others = [one for some in orders.values() for one in some if one not in mine]
        calls = list(model.transcript)[since:]
        told = "\n".join(one.text for call in calls for one in call.messages)
        must(not any(one in told for one in others), "another user's orders reached the model")
        must(
            not any(one in told for one in earlier),
            "orders of an earlier call reach the model",
        )
        must(
            not any("Field required" in one for one in results),
            "the tool does not learn who the user is",
        )
        check_paired(seen)
        must(len(results) == len(wanted), "the orders do not reach the model")
        for result, right, word in zip(results, wanted, words, strict=True):
            lines = [] if isinstance(right, Words) else result.lower().split("\n")
            ours = [one.lower() for one in mine]
            theirs = [one for one in lines if word in one and not any(x in one for x in ours)]
            must(not theirs, "another user's orders reached the model")
            must(
                isinstance(right, Words) or result == right,
                "the orders do not reach the model",
            )

    def check_question(self, model, question):
        """Check that the model saw the question each time."""
        for call in model.transcript:
            said = [one.text for one in call.messages if one.type == "human"]
            problem = "the model does not see the question"
            self.must(said == [question], problem, [question], said)

    def check_answer(self, model, got, words, rounds):
        """Check what comes back, and how often the model was asked."""
        asked = len(model.transcript)
        must = self.against(words, got)
        must(asked, "the model is not asked")
        must(isinstance(got, str), "it gives something else than a text")
        must(asked > len(rounds), "it ends before the model is done")
        must(asked == len(rounds) + 1, "the model is asked again after its answer")
        must(got == words, "the answer is not the text of the last message")


def parameters_of(tool):
    """The names of the parameters that a model was shown."""
    return [*tool["function"].get("parameters", {}).get("properties", {})]


def finding(word, **more):
    """A call of find_order."""
    return ToolCall("find_order", {"word": word, **more})
