"""Lesson 19: Presentation.

One class for each task. A `Terminal` knows what a person sees on it, `text` makes words that differ
from seed to seed, and time is virtual.
"""

from __future__ import annotations

import asyncio
import io
import re
import threading
import time
from itertools import accumulate, pairwise, product
from typing import ClassVar

from hypothesis import strategies as st
from pydantic import Field
from rich.console import Console

from course.fakes.display import Display
from course.fakes.held import HeldModel
from course.fakes.script import Fail, Hang, Pause, Reasoning, Reply, split_tokens
from course.fakes.sources import Source
from course.fakes.terminal import Terminal
from course.grade.expect import Words, check, in_process, keeps, raises
from course.grade.model_checks import aended
from course.grade.scenarios import (
    EACH_ASYNC_ENDING,
    EACH_ENDING,
    ERRORS,
    INTERRUPTS,
    TEXTS,
    Ending,
    Stop,
    any_ending,
    any_limit,
    each,
    not_above_zero,
    repeated,
)
from course.grade.search import EARLIER_CALL, WHY_EARLIER_CALL
from course.grade.stream_checks import (
    CLOSE,
    SAME_ERROR,
    check_lazy,
    check_not_ahead,
    check_nothing_runs_on,
    joined,
    passes_on,
    same,
    seconds,
)
from course.grade.stream_promises import NOT_BY_ITSELF
from course.grade.value_checks import Explained, against, refused, unchanged

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧"
OTHER_MARKS = "\u2028\x0b\x0c\x85"
"""Characters at which `str.splitlines` cuts, and Markdown does not."""

MARKUP = "Live takes a str for markup. Hand it a rich.text.Text, which is only text."


async def check_cancelled(task):
    """Cancel a task that is waiting, and pass if that ends it."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and task.exception() is not None:
        raise task.exception()
    check(
        task.cancelled(),
        "it swallows a cancellation",
        why="asyncio.CancelledError is how a task is told to stop. Clean up in finally, and let "
        "it pass.",
        wanted=Words("CancelledError for the one who cancels"),
        got=Words("a normal end"),
    )


class TestChooseStrategy(Explained):
    """Rules say how an answer is shown, and a request overrides them."""

    WHY: ClassVar = {
        "it does not do what is requested": "A strategy that is asked for is used. The rules are "
        'for "auto" only.',
        "somebody who stopped the last answer is not asked": "This is the first rule: it comes "
        "before the words of the message.",
        "an answer that was stopped long ago counts": "Only the last turn counts. It is at the end "
        "of the history.",
        "a question for code or a table is not analyzed": "Look for the words of STRUCTURED in the "
        "message: without the marks around them, and in lowercase.",
        "a simple question is not answered fast": "If no other rule fits, the last one does. What "
        "was interactive before need not be interactive again.",
        "it changes the history it is given": "It belongs to the caller. Only read it.",
        "an unknown strategy is accepted": "A misspelling should be noticed at once. None, or any "
        "strategy, hides the mistake.",
    }

    @keeps(1)
    def test_what_is_requested_comes(self, answers, text):
        history = [answers.Turn(text.sentence(), "analyzed", stopped=True)]
        for wanted in ("fast", "analyzed", "interactive"):
            for message, turns in ((f"Write code for a {text.word()}.", history), ("Hi", [])):
                got = answers.choose_strategy(message, turns, wanted)
                self.must(got == wanted, "it does not do what is requested", wanted)

    @keeps(2)
    def test_an_unknown_strategy_raises(self, answers, text):
        for wrong in (text.word(), "Fast", ""):
            with self.raises(ValueError, "an unknown strategy is accepted"):
                answers.choose_strategy(text.sentence(), [], wrong)

    @keeps(3)
    def test_who_stopped_the_last_answer_is_asked(self, answers, text):
        plain = f"Tell me more about the {text.word()} and the {text.word()}, please"
        stopped = answers.Turn(text.sentence(), "fast", stopped=True)
        finished = answers.Turn(text.sentence(), "fast")
        for message in (plain, f"Show me a TABLE of every {text.word()}"):
            got = answers.choose_strategy(message, [finished, stopped])
            self.must(
                got == "interactive",
                "somebody who stopped the last answer is not asked",
                "interactive",
            )
        got = answers.choose_strategy(plain, [stopped, finished])
        self.must(got == "fast", "an answer that was stopped long ago counts", "fast")

    @keeps(4)
    def test_words_that_ask_for_structure(self, answers, text):
        for word in ("code", "function", "table", "formula", "SQL", "Csv"):
            message = f"Please give me the {word}, for a {text.word()} or a {text.word()}"
            got = answers.choose_strategy(message, [])
            self.must(
                got == "analyzed", "a question for code or a table is not analyzed", "analyzed"
            )
        for words in ("(table)", "code/comments", "an sql-query", "what a function() does"):
            message = f"Please show me {words} for every {text.word()} and {text.word()}"
            got = answers.choose_strategy(message, [])
            self.must(
                got == "analyzed",
                "a word that touches other marks is not found",
                "analyzed",
                why=r"Words are what \w+ finds, no matter what is around them. Not only spaces "
                "separate them.",
            )

    @keeps(4)
    def test_a_part_of_a_word_is_no_word(self, answers, text):
        parts = ("decode", "vegetables", "functional", "description", "codes")
        for word in (*parts, "décode", "code_path", "sql2"):
            message = f"Please say what {word} means to a {text.word()} or a {text.word()}"
            got = answers.choose_strategy(message, [])
            self.must(
                got == "fast",
                "a part of a word is taken for a word",
                "fast",
                why='`in` finds "code" inside "decode", too. Make a list of words first: all '
                r"that \w+ finds, where letters of all scripts, digits and _ belong to a word.",
            )

    @keeps(5)
    def test_a_short_message_goes_on(self, answers, text):
        short = f"And - in {text.word()} - please?"
        longer = f"What's {text.word()}'s {text.word()}?"
        analyzed = answers.Turn(text.sentence(), "analyzed")
        fast = answers.Turn(text.sentence(), "fast")
        for message, history, wanted in (
            (short, [fast, analyzed], "analyzed"),
            (short, [analyzed], "analyzed"),
            (longer, [fast, analyzed], "fast"),
            (short, [analyzed, fast], "fast"),
            (short, [analyzed, analyzed, fast], "fast"),
            (short, [], "fast"),
        ):
            got = answers.choose_strategy(message, history)
            self.must(
                got == wanted,
                "a short message does not continue as before"
                if wanted == "analyzed"
                else "it continues as before without a reason",
                wanted,
                why="A message of four words or fewer continues the last answer, and only "
                '"analyzed" is carried over. A longer one stands on its own. Words are what '
                r"\w+ finds.",
            )

    @keeps(6)
    def test_without_a_reason_it_is_fast(self, answers, text):
        history = [answers.Turn(text.sentence(), "interactive")]
        message = f"Why does the {text.word()} wait for the {text.word()}?"
        for turns in ([], history):
            got = answers.choose_strategy(message, turns, "auto")
            self.must(got == "fast", "a simple question is not answered fast", "fast")

    def test_any_question(self, search):
        def promise(answers, questions):
            choose_strategy = answers.choose_strategy
            for message, turns, requested in questions:
                history = [answers.Turn(*turn) for turn in turns]
                before = [*history]
                wanted = _strategy(message, turns, requested)
                if wanted is None:
                    with self.raises(ValueError, "an unknown strategy is accepted"):
                        choose_strategy(message, history, requested)
                    continue
                got = choose_strategy(message, history, requested)
                self.must(history == before, "it changes the history it is given", before, history)
                reason = _reason(message, turns, requested)
                self.must(
                    got == wanted, f"it does not follow the rules: {reason}", wanted, why=RULES
                )

        last = [("x", "analyzed"), ("x", "fast", True), ("x", "interactive"), ("x", "fast")]
        histories = ([], *([turn] for turn in last), [last[1], last[0]], [last[0], last[3]])
        messages = (
            *("one two three four", "one two three four five", "a-b c_d é!", "", "?! - ...", "1 2"),
            *("one's two three", "ask for code now please", "no decode_code 2sql code7 or recode"),
        )
        words = [
            f"please, {sign}{word}{sign} what do you see"
            for word in STRUCTURED
            for sign in ("", "(", "\n", "\u00a0", "-")
        ]
        words += [
            f"please what do you see {form}"
            for word in STRUCTURED
            for form in (word.upper(), word.title(), f"{word}s", f"_{word}", f"{word}1")
        ]
        wrong = ("Fast", " fast", "AUTO", "", "fas", "None", "fast analyzed", "slow")
        always = (
            *each(questions=tuple([(m, h, "auto")] for m in messages for h in histories)),
            {"questions": [(message, [], "auto") for message in words]},
            {
                "questions": [
                    ("sql", [last[1]], kind) for kind in ("fast", "analyzed", "interactive")
                ]
            },
            *each(questions=tuple([("hi", [last[0]], kind)] for kind in wrong)),
        )
        some = st.lists(st.sampled_from((*"abc", "code", "SQL", "it's", "?", "décode")), max_size=6)
        turns = st.lists(st.sampled_from([*product("x", STRATEGIES, (False, True))]), max_size=3)
        question = st.tuples(some.map(" ".join), turns, st.just("auto"))
        search(promise, *always, questions=st.lists(question, min_size=1, max_size=3))


STRATEGIES = ("fast", "analyzed", "interactive")
STRUCTURED = (*("code", "function", "script", "table", "formula", "equation", "csv", "sql"),)
RULES = (
    "The first rule that applies decides: the last answer was stopped; a word of the message is in "
    "STRUCTURED; the message is short and the last answer was analyzed; fast."
)


def _reason(message, turns, requested):
    """The rule that decides, in words."""
    words = re.findall(r"\w+", message.lower())
    if requested != "auto":
        return "what is requested comes"
    if turns and (*turns[-1], False)[2]:
        return "the last answer was stopped"
    if found := [word for word in words if word in STRUCTURED]:
        return f"{found[0]!r} is one of the words"
    if len(words) <= 4 and turns and turns[-1][1] == "analyzed":
        return f"{len(words)} words continue what was analyzed"
    return "no other rule applies, so it is fast"


def _strategy(message, turns, requested):
    """What has to come, or None for an error."""
    reason = _reason(message, turns, requested)
    if requested != "auto":
        return requested if requested in STRATEGIES else None
    for part, strategy in (("stopped", "interactive"), ("so it is fast", "fast")):
        if reason.endswith(part):
            return strategy
    return "analyzed"


class TestCloseMarkdown(Explained):
    """An open fence is closed, and nothing else is touched."""

    WHY: ClassVar = {
        "an open fence stays open": "What comes below the answer would be shown as code, too.",
        "the closing marks are on a line with code": "Only a line of its own closes a fence. Add "
        "a line feed if one is missing.",
        "an open fence is not closed as it was opened": "The text, a line feed if it does not end "
        "with one, and the marks.",
        "Markdown that needs nothing is changed": "Close a fence only if one is open at the end: "
        "follow each line, and keep in mind what is open.",
        "the wrong marks close a fence": "A fence of four is closed by four or more, and one of "
        "tildes by tildes. What is in between is code.",
        "the closing marks are not those that opened": "Keep the marks that the fence opened with: "
        "the same kind, and as many, without the spaces before them.",
        "marks that open nothing are closed": "A fence is a line that FENCE matches from its "
        "beginning. Marks elsewhere, or with backticks after them on the line, are inline; that is "
        "for others to repair.",
        "a line of code is taken for the closing line": "A closing line has up to three spaces, "
        "the marks, and nothing after them but spaces or tabs. With a word after them, it would be "
        "an opening line.",
        "half of the closing line is shown as code": "The closing line comes in pieces, too. A "
        "moment later its marks are gone from the code: it flickers. If the last line may become "
        "the closing line, put the missing marks right after it.",
        "a closing line that has begun is not finished": "The marks that its last line lacks come "
        "right after the text, and no more.",
        "a line of code is finished as if it were a closing line": "A closing line that has begun "
        "is up to three spaces and then marks of the right kind, fewer than it takes, and nothing "
        "else. And the line that opened the fence does not close it.",
        "the text itself is changed": "Something is added after the text, or nothing. The text is "
        "the model's.",
        "something is added where no fence is open": "Follow each line: here, nothing opens a "
        "fence, or the last one is closed.",
        "the beginning of an answer is not closed correctly": "The answer grows, and each of its "
        "beginnings is shown. From the third mark on, the fence is open, until three marks are "
        "alone on a line.",
    }

    @keeps(4)
    def test_an_open_fence_is_closed(self, answers, text):
        before, code = text.sentence(), text.word()
        for whole in (f"{before}\n\n```python\n{code}", f"```\n{code}\n", f"{before}\n```"):
            wanted = whole + ("" if whole.endswith("\n") else "\n") + "```"
            got = answers.close_markdown(whole)
            must = self.against(wanted)
            must(got != whole, "an open fence stays open")
            must(got != f"{whole}```" or got == wanted, "the closing marks are on a line with code")
            must(got == wanted, "an open fence is not closed as it was opened")

    @keeps(3)
    def test_what_is_closed_stays_as_it_is(self, answers, text):
        word = text.word()
        for whole in (
            text.sentences(2),
            "",
            f"```python\n{word}\n```",
            f"~~~\n{word}\n~~~~  \n{text.sentence()}\n",
            f"```\n{word}\n```\n\n```js\n{word}\n   ```\t",
        ):
            got = answers.close_markdown(whole)
            self.must(got == whole, "Markdown that needs nothing is changed", whole)

    @keeps(2)
    def test_only_the_right_marks_close(self, answers, text):
        word = text.word()
        for whole, marks in (
            (f"~~~\n{word}", "~~~"),
            (f"~~~\n```\n{word}\n```\n", "~~~"),
            (f"````md\n```\n{word}\n```\n", "````"),
            (f"```\n~~~\n{word}\n", "```"),
            (f"~~~~~\n{word}\n~~~\n~~~~\n", "~~~~~"),
            (f"   ```py\n{word}\n", "```"),
        ):
            wanted = whole + ("" if whole.endswith("\n") else "\n") + marks
            got = answers.close_markdown(whole)
            must = self.against(wanted)
            must(got != whole, "the wrong marks close a fence")
            must(got == wanted, "the closing marks are not those that opened")

    @keeps(1)
    def test_marks_inside_a_line_are_no_fence(self, answers, text):
        word = text.word()
        for whole in (
            f"Begin with ``` and end with {word}",
            f"    ```\n    {word}",
            f"```{word}``` is a word",
            f"Write `{word} and **{word}",
            f"``\n{word}",
        ):
            got = answers.close_markdown(whole)
            self.must(got == whole, "marks that open nothing are closed", whole)

    @keeps(2)
    def test_a_line_with_more_than_marks_closes_nothing(self, answers, text):
        word = text.word()
        for whole in (
            f"```\n{word}\n``` {word}\n",
            f"```\n{word}\n    ```\n",
            f"```\n{word} ```\n",
        ):
            got = answers.close_markdown(whole)
            self.must(
                got == f"{whole}```", "a line of code is taken for the closing line", f"{whole}```"
            )

    def test_only_a_line_feed_ends_a_line(self, answers, text):
        for mark in OTHER_MARKS:
            inside = f"{text.random.choice('xyz')}{mark}```"
            for whole, wanted in (
                (f"{inside}\n", f"{inside}\n"),
                (f"```\n{inside}\n", f"```\n{inside}\n```"),
            ):
                got = answers.close_markdown(whole)
                self.must(
                    got == wanted,
                    f"{mark!a} is taken for the end of a line",
                    wanted,
                    why='str.splitlines cuts at more than line feeds. split("\\n") does not.',
                )

    @keeps(5)
    def test_a_closing_line_that_has_begun_is_finished(self, answers, text):
        word, spaces = text.word(), " " * text.random.randint(1, 2)
        for whole, marks, missing in (
            (f"```\n{word}\n``", "```", "`"),
            (f"```py\n{word}\n`", "```", "``"),
            (f"~~~\n{word}\n{spaces}~", "~~~", "~~"),
            (f"`````\n{word}\n```\n````", "`````", "`"),
            (f"```\n{word}\n   ``", "```", "`"),
            (f"```\n{word}\n{spaces}", "```", "```"),
        ):
            got = answers.close_markdown(whole)
            must = self.against(whole + missing)
            must(got != f"{whole}\n{marks}", "half of the closing line is shown as code")
            must(got == whole + missing, "a closing line that has begun is not finished")

    @keeps(5)
    def test_a_line_of_code_may_look_like_marks(self, answers, text):
        word = text.word()
        for whole, marks in (
            (f"```\n{word}\n~~", "```"),
            (f"~~~\n{word}\n``", "~~~"),
            (f"```\n{word} ``", "```"),
            (f"```\n{word}\n`` ", "```"),
            (f"```\n{word}\n`{word}", "```"),
            (f"```\n{word}\n    ``", "```"),
            (f"```\n{word}\n    ", "```"),
            (f"~~~\n{word}\n\t~~", "~~~"),
            ("  ~~~~", "~~~~"),
        ):
            wanted = f"{whole}\n{marks}"
            got = answers.close_markdown(whole)
            self.must(
                got == wanted, "a line of code is finished as if it were a closing line", wanted
            )

    def test_every_beginning_of_an_answer(self, answers, text):
        before = f"{text.sentence()}\n\n"
        opening, code = "```python\n", f"{text.word()} = `{text.word()}`\n"
        after = f"\n{text.sentence()}\n"
        whole = f"{before}{opening}{code}```{after}"
        first = len(before) + len("```")
        last = len(before) + len(opening) + len(code) + len("```")
        for end in range(len(whole) + 1):
            part = whole[:end]
            wanted = part
            if first <= end < last:
                closing = part[len(before + opening + code) :]
                begun = closing or part.endswith("\n")
                wanted += "```".removeprefix(closing) if begun else "\n```"
            got = answers.close_markdown(part)
            must = self.against(wanted)
            must(got.startswith(part), "the text itself is changed")
            must(got == wanted, "the beginning of an answer is not closed correctly")

    def test_any_lines(self, search):
        def promise(answers, lines):
            text = "\n".join(lines)
            got = answers.close_markdown(text)
            added = _missing(text)
            must = self.against(text + added)
            must(got.startswith(text), "the text itself is changed")
            must(added or got == text, "something is added where no fence is open")
            must(not added or got != text, "an open fence stays open")
            must(got == text + added, "an open fence is not closed as it was opened")

        always = (
            *each(lines=tuple([first, line] for first in ("```", "~~~~ x") for line in LINES)),
            *each(lines=tuple(["```", line, ""] for line in LINES)),
            *each(lines=tuple([line] for line in LINES)),
            *each(lines=tuple([line, "b"] for line in LINES)),
            {"lines": ["```", "a", "```", "b"] * 50},
            {"lines": ["```", *["a"] * 200, "``"]},
            {"lines": ["`" * 40, "`" * 39, ""]},
        )
        search(promise, *always, lines=st.lists(st.sampled_from(LINES), max_size=7))


LINES = (
    *("a", "", "```", "~~~", "````", "~~~~", "``", "`", "~~", "~", "```py", "~~~ py", "``` a b"),
    *(" ```", "   ```", "    ```", "\t```", "```  ", "```\t ", "```\u00a0", "```\x0b", "~~~ `a`"),
    *(
        "``` `a",
        "```a```",
        "~~~a~~~",
        " ",
        "   ",
        "    ",
        "\t",
        "   `",
        "    `",
        "` ",
        "``a",
        "a```",
    ),
    *("`a`", "**b", "$$", "| a |", "``~", "```~", "~~~`", "\u2028```", "a\x85~~~", "> a"),
)
"""Lines that open or close a fence, and those that only look like it."""


def _missing(text):
    """What closes the fence that is open at the end of a text."""
    marks = ""
    for line in text.split("\n"):
        bare = line.removeprefix(" ").removeprefix(" ").removeprefix(" ")
        first = bare[:1]
        run = len(bare) - len(bare.lstrip(first)) if first in ("`", "~") else 0
        rest = bare[run:]
        if marks:
            if first == marks[0] and run >= len(marks) and not rest.strip(" \t"):
                marks = ""
        elif run >= 3 and not (first == "`" and "`" in rest):
            marks, line = first * run, "the opening line"
    if not marks:
        return ""
    begun = re.fullmatch(f" {{0,3}}({marks[0]}*)", line)
    return marks[len(begun[1]) :] if begun else f"\n{marks}"


class Asked:
    """Answers questions from a list, and notes what was asked, and how much was pulled by then."""

    def __init__(self, replies, source=None):
        self.replies = list(replies)
        self.source = source
        self.questions = []
        self.pulled = []

    def ask(self, question):
        self.questions.append(question)
        if self.source is not None:
            self.pulled.append(self.source.pulled)
        reply = self.replies.pop(0) if self.replies else "n"
        if isinstance(reply, BaseException):
            raise reply
        return reply


class TestInteractive(Explained):
    """Every few tokens it asks whether to go on."""

    WHY: ClassVar = {
        "it never asks": "After every three tokens, before the next one is pulled, call "
        "ask(QUESTION).",
        "it asks before anything was shown": "0 is a multiple of every number. Count first, then "
        "ask.",
        "it pulls a token and only then asks whether to go on": "The answer may be no, and then "
        "the token was made for nothing. Ask after the yield, before the next round of the loop.",
        "it asks in the wrong places": "One question after every three tokens. The last one may "
        "come when nothing follows: nobody can know that without pulling.",
        "it does not ask QUESTION": "The user must be told which answers there are, "
        "and QUESTION says that: ask(QUESTION).",
        "tokens are lost or changed at a pause": 'A pause changes nothing: after a "y", in '
        "uppercase or lowercase and with whitespace around it, the next token comes.",
        "it asks too often, or not often enough": "Count the tokens that were handed out. One "
        "question comes after every `every` of them, and none before the first token.",
        "it asks before the token is shown": "Yield the token first. The question comes between "
        "it and the next one.",
        "it goes on after a no": 'After an "n", in uppercase or lowercase, nothing more comes.',
        "after a no, its source goes on": "Nobody wants the rest. Do not pull any more, and close "
        "the tokens in finally.",
        "asking for a summary costs tokens, or ends them": 'An "s" asks for a summary and decides '
        "nothing: ask again, and pull nothing.",
        "it does not ask again after a summary": "The question is still open. Ask it again at "
        'once, until there is a "y" or "n".',
        "the summary is not shown, or not after an s": 'After an "s" the question is the summary, '
        'a line feed, and QUESTION. Without an "s" it is QUESTION alone.',
        "the question is missing after the summary": 'ask(summary + "\\n" + QUESTION)',
        "the summary is not one of all that was shown": "summarize takes the whole text since the "
        'beginning, not since the last pause, and just as it was handed out: "".join of all tokens '
        "so far.",
        "something other than y or n is taken for an answer": 'Only "y" and "n" decide, alone. Ask '
        "again after anything else.",
        "an old summary is shown again": 'Only the question directly after an "s" has the summary '
        "before it.",
        "it breaks when nobody is there": "input() raises EOFError when no answer will ever come. "
        'Treat it as an "n".',
        "it goes on when nobody is there": "EOFError says that no answer will ever come. Treat it "
        'as an "n".',
        "empty tokens are handed out": "Nobody can see them. Skip them.",
        "empty tokens are counted": "Count what was shown, not what the model sent.",
        "an EOFError of the tokens is taken for an answer": "Nobody was asked. Only an EOFError of "
        "`ask` says that nobody is there: put the `try` around that call, and around nothing else.",
        "an error is replaced": SAME_ERROR,
        "an error is hidden": SAME_ERROR,
        "an error comes where none should": "Nothing has failed here.",
        "it does not ask where it should": "After every `every` tokens that were handed out, and "
        "after each answer but y and n, a question comes next.",
        "it asks where it should not": "A question comes only after `every` more tokens, and after "
        "an answer that decides nothing.",
        "it asks another question": 'QUESTION, or after an "s" the summary of all that was handed '
        "out, a line feed, and QUESTION.",
        "it pulls more than it needs": "A question comes before anything is pulled, and each token "
        "is handed out before the next one is pulled.",
        "it goes on where it should stop": 'Only "y" goes on. "n" and EOFError end it.',
        "it stops too early": 'Only "n" and EOFError end it before the tokens do.',
        "its source stays open": NOT_BY_ITSELF,
        "KeyboardInterrupt is taken for a no": "Ctrl+C stops the program, not only this answer. "
        "Catch EOFError, and let everything else pass through.",
    }

    @keeps(2)
    def test_it_asks_before_it_pulls(self, answers, text):
        source = Source([text.word() for _ in range(9)])
        asked = Asked(["y", "y", "n"], source)
        list(answers.interactive(source, 3, asked.ask))
        self.in_words(
            asked.pulled, "it never asks", "questions with 3, 6 and 9 tokens pulled", "no question"
        )
        self.in_words(
            asked.pulled[0] != 0,
            "it asks before anything was shown",
            "the first question after 3 tokens",
            f"after {asked.pulled}",
        )
        self.in_words(
            asked.pulled[0] != 4,
            "it pulls a token and only then asks whether to go on",
            "3 pulled at the first question",
            "4 pulled",
        )
        self.in_words(
            asked.pulled == [3, 6, 9],
            "it asks in the wrong places",
            "questions with 3, 6 and 9 tokens pulled",
            f"with {asked.pulled} pulled",
        )
        self.must(
            {*asked.questions} == {answers.QUESTION},
            "it does not ask QUESTION",
            answers.QUESTION,
            asked.questions[0],
        )

    @keeps(3)
    def test_yes_goes_on_and_nothing_is_lost(self, answers, text):
        tokens = [*(text.word() for _ in range(4)), *[text.word()] * 3]
        asked = Asked(["y", "Y ", " y\n"])
        got = list(answers.interactive(tokens, 2, asked.ask))
        self.must(got == tokens, "tokens are lost or changed at a pause", tokens)
        self.in_words(
            len(asked.questions) == 3,
            "it asks too often, or not often enough",
            "3 questions for 7 tokens, one after every two",
            f"{len(asked.questions)} questions",
        )

    def test_an_earlier_call_changes_nothing(self, answers, text):
        tokens, seen = [text.word() for _ in range(4)], []
        for _ in range(2):
            asked = Asked(["s", "y", "n"])
            list(answers.interactive(tokens[:3], 2, asked.ask))
            stream = answers.interactive(tokens, 3, asked.ask)
            next(stream), stream.close()
            seen.append(asked.questions)
        self.must(seen[0] == seen[1], EARLIER_CALL, *seen, why=WHY_EARLIER_CALL)

    @keeps(2)
    def test_the_question_waits_until_more_is_wanted(self, answers, text):
        source = Source([text.word() for _ in range(5)])
        asked = Asked(["y", "y"], source)
        stream = answers.interactive(source, 2, asked.ask)
        check_lazy(source, "it reads before anybody asks for a token")
        next(stream), next(stream)
        self.in_words(
            not asked.questions,
            "it asks before the token is shown",
            "no question yet after 2 tokens",
            "a question",
        )
        next(stream)
        self.must(len(asked.questions) == 1, "it does not ask", why="Now a third token is wanted.")

    @keeps(4)
    def test_n_closes_the_stream(self, answers, text):
        for no in ("n", " N\n"):
            source = Source([text.word() for _ in range(6)])
            asked = Asked([no], source)
            got = list(answers.interactive(source, 3, asked.ask))
            self.must(got == source.tokens[:3], "it goes on after a no", source.tokens[:3])
            self.in_words(
                (source.pulled, source.closed) == (3, True),
                "after a no, its source goes on",
                "3 pulled, and the source closed",
                f"{source.pulled} pulled, {'closed' if source.closed else 'open'}",
            )

    @keeps(5)
    def test_s_shows_a_summary_and_asks_again(self, answers, text):
        words = [text.word() for _ in range(4)]
        tokens = [words[0][:3], words[0][3:], *(f" {word}" for word in words[1:])]
        source = Source(tokens)
        asked = Asked(["s", "S", "y", "s", "y"], source)
        got = list(answers.interactive(source, 2, asked.ask))
        self.must(got == tokens, "asking for a summary costs tokens, or ends them", tokens)
        self.in_words(
            asked.pulled == [2, 2, 2, 4, 4],
            "it does not ask again after a summary",
            "3 questions with 2 tokens pulled, and 2 with 4",
            f"questions with {asked.pulled} pulled",
        )
        plain = asked.questions[0]
        wanted = [plain, *[f"[1 words so far]\n{plain}"] * 2, plain, f"[3 words so far]\n{plain}"]
        must = self.against(wanted, asked.questions)
        must(
            ["words" in question for question in asked.questions] == [0, 1, 1, 0, 1],
            "the summary is not shown, or not after an s",
        )
        must(
            all(question.endswith(plain) for question in asked.questions),
            "the question is missing after the summary",
        )
        must(asked.questions == wanted, "the summary is not one of all that was shown")

    @keeps(6)
    def test_other_answers_are_asked_again(self, answers, text):
        tokens = [text.word() for _ in range(3)]
        asked = Asked(["", text.word(), "s", "?", "no", "yes", "yn", "y"])
        got = list(answers.interactive(tokens, 2, asked.ask))
        self.in_words(
            len(asked.questions) == 8 and got == tokens,
            "something other than y or n is taken for an answer",
            "asked 8 times, and then all tokens",
            f"asked {len(asked.questions)} times, {len(got)} of 3 tokens",
        )
        self.equal(asked.questions[4], asked.questions[0], "an old summary is shown again")

    @keeps(4)
    def test_when_nobody_is_there_it_stops(self, answers, text):
        source = Source([text.word() for _ in range(5)])
        try:
            got = list(answers.interactive(source, 2, Asked([EOFError()], source).ask))
        except EOFError:
            got = None
        must = self.against(source.tokens[:2])
        must(got is not None, "it breaks when nobody is there", got=Words("EOFError"))
        must(got == source.tokens[:2] and source.closed, "it goes on when nobody is there")
        with self.raises(EOFError, "an EOFError of the tokens is taken for an answer"):
            list(answers.interactive(Source([text.word(), EOFError()]), 2, Asked([]).ask))

    @keeps(1)
    def test_empty_tokens_do_not_count(self, answers, text):
        words = [text.word() for _ in range(4)]
        asked = Asked(["y"] * 9)
        tokens = ["", words[0], "", "", words[1], words[2], "", words[3]]
        got = list(answers.interactive(tokens, 3, asked.ask))
        self.must(got == words, "empty tokens are handed out", words)
        self.in_words(
            len(asked.questions) == 1,
            "empty tokens are counted",
            "1 question for 4 words, after the third",
            f"{len(asked.questions)} questions",
        )

    @keeps(7)
    def test_ctrl_c_is_no_answer(self, answers, text):
        source = Source([text.word(), text.word()])
        with self.raises(KeyboardInterrupt, "KeyboardInterrupt is taken for a no"):
            list(answers.interactive(source, 1, Asked([KeyboardInterrupt()]).ask))
        self.must(source.closed, "its source stays open after an interrupt", why=CLOSE)

    @keeps(7)
    def test_stopping_and_errors(self, answers, text):
        source = Source([text.word(), text.word()])
        stream = answers.interactive(source, 5, Asked([]).ask)
        next(stream)
        stream.close()
        self.must(source.closed, "its source stays open when the caller stops", why=CLOSE)
        error = ConnectionError(text.word())
        for tokens, reply, of in (
            ([text.word(), text.word()], error, "ask"),
            ([text.word(), error], "y", "the source"),
        ):
            source = Source(tokens)
            with passes_on(error, of):
                list(answers.interactive(source, 1, Asked([reply], source).ask))
            self.must(source.closed, "its source stays open after an error", why=CLOSE)
        source = Source([text.word()])
        list(answers.interactive(source, 5, Asked([]).ask))
        self.must(source.closed, "its source stays open at the end", why=CLOSE)

    def test_every_must_be_positive(self, answers, text):
        for wrong in (0, -1):
            with refused(f"every={wrong}", "A pause after no tokens would ask forever"):
                next(answers.interactive([text.word()], wrong, Asked([]).ask))

    def test_any_conversation(self, search):
        def promise(answers, tokens, every, replies, ending):
            source = Source([*tokens, *([ending.error] if ending.error else [])])
            left, got, shown = list(replies), [], 0

            def ask(question):
                got.append(("asked", question, source.asked))
                reply = left.pop(0) if left else "n"
                if isinstance(reply, BaseException):
                    raise reply
                return reply

            stream = answers.interactive(source, every, ask)
            check_lazy(source, "it reads before anybody asks for a token")
            wanted, error = _conversation(tokens, every, replies, ending)
            try:
                for token in stream:
                    got.append(("shown", token, source.asked))
                    shown += 1
                    if shown == ending.stop_after:
                        stream.close()
                        break
            except BaseException as raised:
                if isinstance(raised, NotImplementedError):
                    raise
                self.must(
                    raised is error,
                    "an error is replaced" if error else "an error comes where none should",
                    Words(type(error).__name__ if error else "no error"),
                    Words(f"{type(raised).__name__}: {raised}"),
                )
            else:
                self.must(error is None, "an error is hidden", Words(type(error).__name__))
            self.check_events(got, wanted)
            self.must(source.closed, "its source stays open", why=NOT_BY_ITSELF)

        plain = {"tokens": ["a", "b", "", "c", "c"], "ending": Ending()}
        errors = tuple(kind("of ask") for kind in (*ERRORS, *INTERRUPTS))
        answers = (
            *([reply, "y", "n"] for reply in REPLIES),
            *(["s", reply, "n"] for reply in REPLIES),
            *([error] for error in errors),
            *(["y", "s", error] for error in errors[:2]),
            ["s", "s", "x", "s", "y", "y", "s", "n"],
        )
        always = (
            *each(replies=answers, every=2, **plain),
            *each(every=(1, 2, 3, 4, 5, 10**9), replies=["y"] * 9, **plain),
            *each(ending=EACH_ENDING, tokens=["a", "b", "c"], every=2, replies=["y"] * 3),
            *each(ending=EACH_ENDING, tokens=["a", "b", "c"], every=5, replies=["y"] * 3),
            {
                "tokens": [*TEXTS, *TEXTS],
                "every": 7,
                "replies": ["s", "y"] * 50,
                "ending": Ending(),
            },
            {"tokens": ["", ""], "every": 1, "replies": [], "ending": Ending()},
            {"tokens": [], "every": 1, "replies": [], "ending": Ending()},
        )
        search(
            promise,
            *always,
            tokens=repeated(st.sampled_from(("a", "", "b c", " ", "\n", "n")), 5),
            every=any_limit(4),
            replies=st.lists(st.sampled_from(("y", *REPLIES[:6])), max_size=5),
            ending=any_ending(4),
        )

    def check_events(self, got, wanted):
        """Check what was shown and what was asked, in order, and how much was pulled by then."""
        for came, should in zip(got, wanted, strict=False):
            text = [f"{kind} {what!r} with {asked} pulled" for kind, what, asked in (should, came)]
            must = self.against(*map(Words, text))
            kinds = (should[0], came[0])
            must(kinds != ("asked", "shown"), "it does not ask where it should")
            must(kinds != ("shown", "asked"), "it asks where it should not")
            must(
                came[1] == should[1] or kinds[0] == "asked", "tokens are lost or changed at a pause"
            )
            must(came[1] == should[1], "it asks another question")
            must(came[2] == should[2], "it pulls more than it needs")
        self.in_words(
            len(got) == len(wanted),
            "it goes on where it should stop" if len(got) > len(wanted) else "it stops too early",
            f"{len(wanted)} tokens and questions",
            f"{len(got)}",
        )

    def test_any_wrong_every(self, search):
        def promise(answers, every):
            with refused(f"every={every}", "A pause after no tokens would ask forever"):
                next(answers.interactive(["a"], every, lambda question: "y"))

        search(promise, *each(every=(0, -1, -5)), every=st.integers(-9, 0), runs=3)


QUESTION = "[Continue? y/n/s for a summary] "
REPLIES = (
    *("y", "n", "s", "x", "", " Y\n", "\tN ", "S ", "yes", "no", "y y", "yn", "0", "None"),
    EOFError("of ask"),
)


def _conversation(tokens, every, replies, ending):
    """What happens in order, each with how much has been asked of the source, and the error."""
    left, events, shown = list(replies), [], []
    for number in range(1, len(tokens) + 2):
        if shown and len(shown) % every == 0 and events[-1][0] == "shown":
            question = QUESTION
            while True:
                events.append(("asked", question, number - 1))
                reply = left.pop(0) if left else "n"
                if isinstance(reply, BaseException) and not isinstance(reply, EOFError):
                    return events, reply
                reply = "n" if isinstance(reply, EOFError) else reply.strip().lower()
                if reply == "n":
                    return events, None
                if reply == "y":
                    break
                words = len("".join(shown).split())
                question = f"[{words} words so far]\n{QUESTION}" if reply == "s" else QUESTION
        if number > len(tokens):
            return events, ending.error
        if tokens[number - 1]:
            shown.append(tokens[number - 1])
            events.append(("shown", shown[-1], number))
            if len(shown) == ending.stop_after:
                return events, None
    raise AssertionError("unreachable")


def check_clean(out, before=""):
    """Pass if nothing of a spinner is left on a terminal."""
    check(
        out.screen == before.strip(),
        "the line is not clear afterwards",
        why="What comes next is written over the rest of the picture. Erase the line in finally: "
        '"\\r\\x1b[2K", or write spaces over it: as many as there are columns. A wide character, '
        "such as a Japanese one, takes two of them.",
        wanted=Words(f"on the screen: {before.strip()!r}"),
        got=Words(f"on the screen: {out.screen!r}"),
    )
    check(
        out.column == 0,
        "the cursor stays in the middle of the line",
        why='"\\r" takes it to the beginning, where the next text belongs.',
        wanted=Words("the cursor in column 0"),
        got=Words(f"in column {out.column}"),
    )
    seen = out.drawings[-1][1] if out.drawings else ""
    check(
        seen == out.screen,
        "the clear line is not flushed",
        why="What was written may wait in a buffer, and the picture stays until something else is "
        "flushed. Flush once more when the line is clear.",
        wanted=Words(f"seen: {out.screen!r}"),
        got=Words(f"seen: {seen!r}"),
    )


class TestSpinner(Explained):
    """A picture turns while the work runs, and then nothing of it is left."""

    WHY: ClassVar = {
        "the work has to wait for the spinner": "It shows its pictures first, and then the work "
        "begins, without any. Start a task that draws, and yield at once.",
        "it holds up the work": "Await asyncio.sleep between two pictures, because time.sleep "
        "stops everything. When the work is done, cancel the task; do not wait until it is done.",
        "each picture has a line of its own": '"\\r" goes back to the beginning of the line: the '
        "next picture covers the last.",
        "the pictures are not the right ones": "One of FRAMES, a space and the message; "
        "then the next frame, and after the last one the first again.",
        "the pictures do not come at the interval": "The first one comes at once, and each of the "
        "others `interval` seconds after the one before.",
        "without `interval` it is not a tenth of a second": "The signature says what the default "
        "is.",
        "it keeps turning when the work is done": "Cancel the task in finally, await it, and clear "
        "the line after that.",
        "it draws into a file": "In a log, each picture is a line of garbage. Check out.isatty(), "
        "and write nothing if it is false; the line need not be cleared either.",
    }

    @keeps(1)
    async def test_the_work_decides_how_long_it_takes(self, answers, text, clock):
        out, work, interval = Terminal(), text.seconds(), text.seconds(0.1, 0.5)
        async with answers.spinner(text.word(), out, interval):
            began = clock.elapsed
            await asyncio.sleep(work)
        self.in_words(
            began == 0,
            "the work has to wait for the spinner",
            "the work begins after 0 s",
            f"after {began:g} s",
        )
        self.in_words(
            same(clock.elapsed, work) and not clock.blocked,
            "it holds up the work",
            f"{work:g} s, as long as the work",
            f"{clock.elapsed:g} s, the loop blocked for {clock.blocked:g} s",
        )

    @keeps(2)
    async def test_it_turns_while_the_work_runs(self, answers, text, clock):
        message, interval = f"{text.word()} ...", text.seconds()
        out, start = Terminal(), time.monotonic()
        async with answers.spinner(message, out, interval):
            await asyncio.sleep(interval * 10.5)
        shown = [(when - start, what) for when, what in out.drawings if what]
        frames = FRAMES + FRAMES[:3]
        wanted = [f"{frame} {message}" for frame in frames]
        must = self.against(wanted, [what for _, what in shown])
        must(
            len(shown) > 1,
            "nothing turns" if shown else "nothing is shown",
            why="Write a picture, flush it, wait for the interval, and go on with the next one, in "
            "a task of its own.",
        )
        must(
            "\n" not in out.screen and all("\n" not in what for _, what in shown),
            "each picture has a line of its own",
        )
        must([what for _, what in shown] == wanted, "the pictures are not the right ones")
        expected = [interval * number for number in range(11)]
        self.came_at(
            [when for when, _ in shown], expected, "the pictures do not come at the interval"
        )
        out, start = Terminal(), time.monotonic()
        async with answers.spinner(message, out):
            await asyncio.sleep(0.25)
        moments = [when - start for when, what in out.drawings if what]
        self.came_at(moments, [0, 0.1, 0.2], "without `interval` it is not a tenth of a second")

    @keeps(3)
    async def test_the_line_is_clear_afterwards(self, answers, text, clock):
        for message in (text.sentence(), "検索しています ..."):
            out, before = Terminal(), f"{text.sentence()}\n"
            out.write(before)
            out.flush()
            async with answers.spinner(message, out, 0.1):
                await asyncio.sleep(0.35)
            check_clean(out, before)
            drawn = len(out.drawings)
            await asyncio.sleep(5)
            self.in_words(
                len(out.drawings) == drawn,
                "it keeps turning when the work is done",
                "nothing more is drawn",
                f"{len(out.drawings) - drawn} pictures more",
            )
            check_nothing_runs_on(answers)

    @keeps(4)
    async def test_an_error_leaves_nothing_behind(self, answers, text, clock):
        out, error = Terminal(), ConnectionError(text.word())
        with passes_on(error, "the work"):
            async with answers.spinner(text.word(), out, 0.1):
                await asyncio.sleep(0.25)
                raise error
        check_nothing_runs_on(answers)
        check_clean(out)

    @keeps(4)
    async def test_a_cancellation_leaves_nothing_behind(self, answers, text, clock):
        out = Terminal()

        async def work():
            async with answers.spinner(text.word(), out, 0.1):
                await asyncio.sleep(100)

        working = asyncio.create_task(work())
        await asyncio.sleep(0.25)
        await check_cancelled(working)
        check_nothing_runs_on(answers)
        check_clean(out)

    @keeps(5)
    async def test_a_file_gets_nothing(self, answers, text, clock):
        out, done = Display(), False
        async with answers.spinner(text.word(), out, 0.1):
            await asyncio.sleep(1)
            done = True
        self.must(done, "without a terminal the work is not done", why="Yield once in any case.")
        self.must(out.getvalue() == "", "it draws into a file", "", out.getvalue())

    @keeps(3)
    async def test_work_without_waiting(self, answers, text, clock):
        out = Terminal()
        async with answers.spinner(text.word(), out, 0.1):
            pass
        await asyncio.sleep(1)
        check_nothing_runs_on(answers)
        check_clean(out)

    async def test_the_interval_must_be_positive(self, answers, text, clock):
        for wrong, out in ((0, Terminal()), (-1, Terminal()), (0, Display())):
            with raises(
                ValueError,
                f"interval={wrong} is accepted",
                why="It would draw without a pause: raise ValueError. Do so for a file as well, or "
                "the mistake shows up only on a terminal.",
            ):
                async with answers.spinner(text.word(), out, wrong):
                    await asyncio.sleep(0.01)

    def test_any_work(self, search):
        async def promise(answers, clock, message, interval, waits, error, is_terminal):
            out, other = (Terminal() if is_terminal else Display()), Terminal()
            start, began = time.monotonic(), []

            async def work():
                async with answers.spinner(message, out, interval):
                    began.append(time.monotonic() - start)
                    for wait in waits:
                        await asyncio.sleep(wait * interval)
                    if isinstance(error, asyncio.CancelledError):
                        await asyncio.sleep(1_000)
                    if error is not None:
                        raise error

            async def beside():
                await asyncio.sleep(interval / 4)
                async with answers.spinner("other", other, interval):
                    await asyncio.sleep(interval * 2.5)

            passed = sum(waits) * interval
            another = asyncio.create_task(beside())
            working = asyncio.create_task(work())
            if isinstance(error, asyncio.CancelledError):
                await asyncio.sleep(passed + interval / 8)
                passed += interval / 8
                await check_cancelled(working)
            elif error is not None:
                with passes_on(error, "the work"):
                    await working
            else:
                await working
            ended = time.monotonic() - start
            written = out.getvalue()
            await another
            await asyncio.sleep(interval * 20)
            self.came_at(began, [0], "the work has to wait for the spinner")
            self.came_at([ended], [passed], "it holds up the work")
            self.must(
                out.getvalue() == written,
                "it keeps turning when the work is done",
                written,
                out.getvalue(),
            )
            check_nothing_runs_on(answers)
            if not is_terminal:
                self.must(written == "", "it draws into a file", "", written)
                return
            self.check_pictures(
                out,
                message,
                [interval * n for n in range(int(passed / interval) + 1)],
                start,
                bool(waits),
            )
            self.check_pictures(
                other, "other", [interval * (n + 0.25) for n in range(3)], start, True
            )

        plain = {
            "message": "Searching ...",
            "interval": 0.1,
            "waits": [0.5, 9.25],
            "is_terminal": True,
        }
        stops = tuple(kind("of the work") for kind in (*ERRORS, asyncio.CancelledError))
        always = (
            *each(error=stops, **plain),
            *each(
                message=MESSAGES, error=None, **{k: v for k, v in plain.items() if k != "message"}
            ),
            *each(error=stops[:2], **{**plain, "is_terminal": False}),
            *each(
                interval=(0.01, 1, 2.5, 60.0),
                error=None,
                **{k: v for k, v in plain.items() if k != "interval"},
            ),
        )
        search(
            promise,
            *always,
            message=st.sampled_from(MESSAGES),
            interval=st.sampled_from((0.1, 0.5, 3)),
            waits=st.sampled_from(([], [0.25], [2.5], [0.75, 0.5, 1.25, 0], [0, 20.5])),
            error=st.sampled_from((None, *stops)),
            is_terminal=st.sampled_from((True, True, True, False)),
        )

    def check_pictures(self, out, message, moments, start, has_waited):
        """Check what was shown, and when, and that nothing of it is left."""
        shown = [(when - start, what) for when, what in out.drawings if what]
        if not has_waited and not shown:
            return
        wanted = [f"{FRAMES[n % len(FRAMES)]} {message}".rstrip() for n in range(len(moments))]
        pictures = [what for _, what in shown]
        self.must(
            pictures[: len(wanted)] == wanted[: len(pictures)],
            "the pictures are not the right ones",
            wanted,
            pictures,
        )
        self.came_at(
            [when for when, _ in shown], moments, "the pictures do not come at the interval"
        )
        check_clean(out)
        self.must(
            "\n" not in out.getvalue(), "each picture has a line of its own", got=out.getvalue()
        )

    def test_any_wrong_interval(self, search):
        async def promise(answers, clock, interval, is_terminal):
            out, body = (Terminal() if is_terminal else Display()), []
            with refused(f"interval={interval}", "It is not greater than 0, whatever out is"):
                async with answers.spinner("a", out, interval):
                    body.append("ran")
                    await asyncio.sleep(0.01)
            self.must(not body, "the work runs though the interval is wrong", why="Check it first.")

        wrong = (0, -1, 0.0, -0.5, float("nan"), float("-inf"))
        always = ({"interval": one, "is_terminal": tty} for one in wrong for tty in (True, False))
        search(promise, *always, interval=not_above_zero(), is_terminal=st.booleans(), runs=3)


MESSAGES = (
    *("a", "", "two words", "{x} {} %s %d", "[bold]b[/bold]", "é", "\\n", "x" * 78, " a"),
    *("検索中", "e\u0301\u0301", "漢" * 39),
)


class SlowTerminal(Terminal):
    """A terminal that takes a quarter of a second for each drawing."""

    def flush(self):
        before = len(self.drawings)
        super().flush()
        if len(self.drawings) > before:
            time.sleep(0.25)


def console_on(out, width=40, height=8):
    """A console that draws on a terminal, whatever the environment says."""
    return Console(
        file=out,
        width=width,
        height=height,
        force_terminal=out.isatty(),
        force_jupyter=False,
        color_system=None,
        _environ={},
    )


def check_in_order(out, source):
    """Pass if the terminal can be used again, and the source is closed."""
    check(
        out.cursor_visible,
        "the cursor stays hidden",
        why="Live hides it, and shows it again when it stops. `with Live(...)` always stops it.",
        wanted=Words("the cursor visible"),
        got=Words("hidden"),
    )
    check(source.closed, "its source stays open", why=CLOSE)


class TestRenderLive(Explained):
    """An answer grows on the terminal, as it is."""

    WHY: ClassVar = {
        "it does not return the whole text": "Return all tokens joined, just as they are.",
        "it shows each token alone": "What is drawn takes the place of what was drawn before. Draw "
        "all text so far.",
        "the whole text is not there at the end": "Update the display once more when the "
        "tokens are over, and let it stay.",
        "brackets of the answer are parsed as markup": MARKUP,
        "tokens are not drawn when they come": "These come slowly: draw each of them at once, with "
        "refresh=True. Collecting them first shows nothing for the whole time.",
        "what is drawn while it grows is not the text": "Each drawing shows all that has come, "
        "joined as it is: with its line feeds, and with nothing in between.",
        "it draws too often": "Drawing costs far more than a token. Look at time.monotonic(), and "
        "draw only if the last drawing is 1 / refresh seconds ago.",
        "it does not draw often enough": "Tokens come all the time, so it can draw `refresh` times "
        "a second.",
        "it draws at the wrong moments": "Without `refresh` it is 8 drawings a second. So the next "
        "one may begin 1 / 8 second after the last one, even at exactly that moment, but not "
        "before. It begins with the first token that comes from then on.",
        "the time that a drawing takes is not counted": "The time runs from the beginning of a "
        "drawing. Read the clock before you draw: on a slow terminal the drawing itself may take "
        "most of 1 / refresh seconds.",
        "what it returns is not what the tokens say": "What is shown leaves control characters "
        "out, such as the carriage return. Return the tokens joined, and not what you have shown.",
        "setting the date changes when it draws": "time.time() is the date, which can be set. "
        "Measure with time.monotonic().",
        "its source stays open": NOT_BY_ITSELF,
        "a thread draws at the same time": "Live starts one unless it is told not to: Live(..., "
        "auto_refresh=False). It draws by a clock of its own, while your code is doing something "
        "else.",
        "the end of a long text is not shown": "Live shows the first rows of what is higher than "
        'the screen, and "...". Give it the last rows only: as many as the console has.',
        "it does not show the end of a long text": "The last rows of the text belong "
        "on the screen, in order, and as many of them as fit.",
        "it returns what is on the screen, and not the whole text": "Return all tokens joined, "
        "just as they are.",
        "a long text is not whole at the end, or has remains above it": "When the tokens are over, "
        "update with all of the text. Rows that were drawn while it grew and have left the screen "
        "at the top cannot be erased: never draw more rows than the screen has before the end.",
        "text that came before an error is lost": "It was not drawn yet, because the last drawing "
        "was only a moment ago. Update once more in a finally, before Live stops: a "
        "KeyboardInterrupt is not an Exception.",
        "a file does not get the text once, and nothing else": "On a console that is not a "
        "terminal, Live writes only what it shows last. Leave that to Live, and write nothing "
        "yourself.",
    }

    @keeps(4)
    def test_the_whole_text_stands_there_at_the_end(self, answers, text, clock):
        out, words = Terminal(40, 8), [text.word() for _ in range(3)]
        tokens = [words[0], "\n", f"{words[1]} ", words[2]]
        got = answers.render_live(tokens, console_on(out))
        must = self.against(joined(tokens))
        must(got == joined(tokens), "it does not return the whole text")
        must(out.everything != words[2], "it shows each token alone", got=out.everything)
        must(
            out.everything == joined(tokens),
            "the whole text is not there at the end",
            got=out.everything,
        )

    @keeps(1)
    def test_brackets_are_text(self, answers, text, clock):
        word = text.word()
        for marked in (f"list[int] {word}", f"[bold]{word}[/bold]", f"a[/{word}]", ":smile: x"):
            out = Terminal(40, 8)
            try:
                answers.render_live(Source(split_tokens(marked)), console_on(out))
            except Exception as error:
                self.must(
                    type(error).__name__ != "MarkupError",
                    "brackets of the answer are parsed as markup",
                    marked,
                    Words(f"MarkupError: {error}"),
                )
                raise
            self.equal(out.everything, marked, "brackets of the answer are parsed as markup")

    @keeps(3)
    def test_it_grows_while_the_tokens_come(self, answers, text, clock):
        out, words, wait = Terminal(40, 8), [text.word() for _ in range(4)], text.seconds(0.5, 2)
        tokens = [f"{words[0]} ", f"{words[1]}\n", f"\n{words[2]} ", words[3]]
        source = Source([item for token in tokens for item in (Pause(wait), token)])
        start = time.monotonic()
        answers.render_live(source, console_on(out), 4)
        shown = {}
        for when, what in out.drawings:
            for word in words:
                if word in what:
                    shown.setdefault(word, when - start)
        moments = [shown.get(word, -1.0) for word in words]
        wanted = [wait * number for number in range(1, 5)]
        self.came_at(moments, wanted, "tokens are not drawn when they come")
        for number in range(1, 5):
            seen = [what for when, what in out.drawings if when - start < wait * number + 0.1][-1]
            wanted = joined(tokens[:number]).rstrip()
            self.must(seen == wanted, "what is drawn while it grows is not the text", wanted, seen)

    @keeps(2)
    def test_it_does_not_draw_for_each_token(self, answers, text, clock):
        word = text.word()
        source = Source([item for n in range(200) for item in (Pause(0.01), f"{word}{n} ")])
        for refresh in (4, 10):
            source = Source([item for n in range(200) for item in (Pause(0.01), f"{n} ")])
            out = Terminal(40, 30)
            answers.render_live(source, console_on(out, height=30), refresh)
            drawn = len(out.drawings)
            must = self.against(got=Words(f"{drawn} drawings"))
            must(
                drawn <= 2 * refresh + 2,
                "it draws too often",
                wanted=Words(f"at most {2 * refresh + 2} drawings for 200 tokens in 2 s"),
            )
            must(
                drawn >= 2 * refresh - 2,
                "it does not draw often enough",
                wanted=Words(f"about {2 * refresh} drawings for 200 tokens in 2 s"),
            )

    @keeps(2)
    def test_the_rate_is_kept_exactly(self, answers, text, clock):
        for pause, drawn in ((0.125, [1, 2, 3, 4, 5, 6]), (0.12, [1, 3, 5, 6])):
            out, start = Terminal(40, 8), time.monotonic()
            tokens = [f"{text.word()} " for _ in range(6)]
            source = Source([item for token in tokens for item in (Pause(pause), token)])
            answers.render_live(source, console_on(out))
            moments = sorted({when - start for when, _ in out.drawings})
            wanted = [pause * number for number in drawn]
            self.came_at(moments, wanted, "it draws at the wrong moments")

    @keeps(2)
    def test_a_drawing_may_take_time(self, answers, text, clock):
        out, start = SlowTerminal(40, 8), time.monotonic()
        tokens = [f"{text.word()} " for _ in range(4)]
        source = Source([item for token in tokens for item in (Pause(0.3), token)])
        answers.render_live(source, console_on(out), 2)
        moments = [when - start for when, _ in out.drawings][:4]
        wanted = [0.3 + 0.55 * number for number in range(4)]
        self.came_at(moments, wanted, "the time that a drawing takes is not counted")

    @keeps(7)
    def test_the_text_comes_back_unchanged(self, answers, text, clock):
        tokens = [f"{text.word()}\r\n", "\x07", f"\t{text.word()}  ", "e\u0301\n"]
        for out in (Terminal(40, 8), io.StringIO()):
            got = answers.render_live(tokens, console_on(out))
            problem = "what it returns is not what the tokens say"
            self.must(got == joined(tokens), problem, joined(tokens), got)

    def test_no_other_thread_draws(self, answers, text, clock):
        drawing = []

        def tokens():
            for _ in range(3):
                drawing.extend(
                    one for one in threading.enumerate() if type(one).__module__ == "rich.live"
                )
                yield text.word()

        answers.render_live(tokens(), console_on(Terminal(40, 8)))
        self.in_words(
            not drawing,
            "a thread draws at the same time",
            "drawings only when you say so",
            "a thread of rich.live",
        )

    @keeps(3)
    def test_the_end_of_a_long_text_is_on_the_screen(self, answers, text, clock):
        for line_feed in ("\n", " "):
            out, start, whole = Terminal(20, 5), time.monotonic(), ""
            items = [item for n in range(100, 160) for item in (Pause(1), f"line {n}{line_feed}")]
            answers.render_live(Source(items), console_on(out, 20, 5), 2)
            for number in range(60):
                whole += f"line{100 + number}"
                live = [what for when, what in out.drawings if when - start < number + 1.5]
                shown = live[-1] if live else ""
                self.in_words(
                    "..." not in shown,
                    "the end of a long text is not shown",
                    f"line {100 + number} on the screen after {number + 1} s",
                    repr(shown),
                )
                self.in_words(
                    f"{100 + number}" in shown.replace("\n", ""),
                    "the end of a long text is not shown",
                    f"line {100 + number} on the screen after {number + 1} s",
                    repr(shown),
                    why="People read at the end of the text, where it grows. Give Live the last "
                    "rows only: as many as the console has.",
                )
                is_end = whole.endswith("".join(shown.split()))
                self.in_words(
                    is_end and (number < 10 or shown.count("\n") >= 2),
                    "it does not show the end of a long text",
                    f"the rows up to line {100 + number}",
                    repr(shown),
                )

    @keeps(4)
    def test_a_long_text_is_whole_at_the_end(self, answers, text, clock):
        out, before = Terminal(20, 5), text.word()
        console = console_on(out, 20, 5)
        console.print(before)
        lines = [f"{text.word()} {number}" for number in range(17)]
        tokens = [item for line in lines for item in (Pause(0.1), line, "\n")][:-1]
        got = answers.render_live(Source(tokens), console, 5)
        self.must(
            got == "\n".join(lines),
            "it returns what is on the screen, and not the whole text",
            "\n".join(lines),
        )
        self.equal(
            out.everything.split("\n"),
            [before, *lines],
            "a long text is not whole at the end, or has remains above it",
        )

    @keeps(5)
    def test_an_error_leaves_the_terminal_in_order(self, answers, text, clock):
        for error in (ConnectionError(text.word()), KeyboardInterrupt()):
            out = Terminal(40, 8)
            source = Source([f"{text.word()} ", f"{text.word()} ", text.word(), error])
            kind, problem = type(error), "an error of the source is hidden"
            with raises(kind, problem, why=SAME_ERROR) as caught:
                answers.render_live(source, console_on(out), 1)
            problem = "an error of the source is replaced"
            self.must(kind is KeyboardInterrupt or caught.error is error, problem, why=SAME_ERROR)
            check_in_order(out, source)
            self.equal(
                out.everything, joined(source.tokens), "text that came before an error is lost"
            )

    @keeps(6)
    def test_at_the_end_all_is_in_order(self, answers, text, clock):
        for tokens in ([text.word(), text.word()], []):
            out, source = Terminal(40, 8), Source(tokens)
            got = answers.render_live(source, console_on(out))
            check_in_order(out, source)
            self.must(
                got == joined(tokens),
                "it does not return the whole text",
                joined(tokens),
                why='All tokens joined. If none has come, that is "".',
            )

    def test_a_file_gets_only_the_text(self, answers, text, clock):
        out, words = io.StringIO(), [text.word() for _ in range(3)]
        answers.render_live(Source([f"{word}\n" for word in words]), console_on(out))
        self.equal(
            out.getvalue().split(), words, "a file does not get the text once, and nothing else"
        )

    def test_refresh_must_be_positive(self, answers, text, clock):
        for wrong in (0, -1):
            with raises(
                ValueError, f"refresh={wrong} is accepted", why="Then it could never draw."
            ):
                answers.render_live([text.word()], console_on(Terminal()), wrong)

    def test_setting_the_date_changes_nothing(self, answers, text, clock):
        for step in (3600, -3600):
            out, start, words = Terminal(40, 8), time.monotonic(), [text.word() for _ in range(4)]

            def tokens(words=words, step=step):
                for word in words:
                    clock.date += step
                    time.sleep(0.4)
                    yield f"{word} "

            answers.render_live(tokens(), console_on(out), 2)
            moments = [when - start for when, what in out.drawings if what]
            self.came_at(
                moments,
                [0.4, 1.2, 1.6] if same(moments[-1], 1.6) else [0.4, 1.2],
                "setting the date changes when it draws",
            )

    def test_any_answer(self, search):
        def promise(answers, tokens, waits, refresh, error, is_terminal):
            out = Terminal(300, 30) if is_terminal else io.StringIO()
            pauses = [waits[number % len(waits)] for number in range(len(tokens))]
            items = [one for pair in zip(map(Pause, pauses), tokens, strict=True) for one in pair]
            source = Source([*items, Pause(0.01), *([error] if error else [])])
            start, whole = time.monotonic(), "".join(tokens)
            console = console_on(out, 300, 30)
            if error:
                with passes_on(error):
                    answers.render_live(source, console, refresh)
            else:
                got = answers.render_live(source, console, refresh)
                self.must(got == whole, "it does not return the whole text", whole)
            self.must(source.closed, "its source stays open", why=NOT_BY_ITSELF)
            if not is_terminal:
                once = _visible(out.getvalue())
                self.must(
                    once == _visible(whole),
                    "a file does not get the text once, and nothing else",
                    _visible(whole),
                    once,
                )
                return
            self.must(
                out.everything == _visible(whole),
                "text that came before an error is lost"
                if error
                else "the whole text is not there at the end",
                _visible(whole),
                out.everything,
            )
            check_in_order(out, source)
            if "" not in tokens:  # whether empty ones draw is up to the answer
                self.check_timing(out, tokens, [*accumulate(pauses)], refresh, start)

        plain = {"waits": [0.2], "refresh": 2, "error": None, "is_terminal": True}
        errors = tuple(kind("of the source") for kind in (*ERRORS, *INTERRUPTS))
        words = ["a ", "b", "b", "\n", "[/c]"]
        always = (
            *each(tokens=tuple([text] for text in MARKUPS), **plain),
            {**plain, "tokens": ["", "a", "", "", "b"]},
            *each(tokens=words, **{**plain, "is_terminal": (True, False)}),
            *each(tokens=words, **{**plain, "error": errors}),
            {**plain, "tokens": words, "error": errors[0], "is_terminal": False},
            *each(tokens=words * 3, **{**plain, "refresh": (0.5, 1, 5.0, 100, 1e9)}),
            *each(tokens=words * 3, **{**plain, "waits": ([0], [0, 0.5], [0.25], [0.1, 1.9])}),
        )
        search(
            promise,
            *always,
            tokens=repeated(st.sampled_from(("a", "b ", "\n", "[b]", " ", *MARKUPS)), 5),
            waits=st.sampled_from(([0.3], [0, 0.5], [0.25])),
            refresh=st.sampled_from((2, 4, 1.0)),
            error=st.none(),
            is_terminal=st.just(True),
        )

    def check_timing(self, out, tokens, moments, refresh, start):
        """Check what could be seen after each moment at which tokens came, except the last one."""
        due, seen, expected = 0.0, "", {}
        for number, when in enumerate(moments, 1):
            if when >= due - 1e-9:
                due, seen = when + 1 / refresh, "".join(tokens[:number])
            expected[when] = seen
        growing = {_visible(text) for text in accumulate(["", *tokens])}
        for when, seen in expected.items():
            then = [what for at, what in out.drawings if at - start < when + 1e-6]
            self.must(
                not then or then[-1] in growing,
                "what is drawn while it grows is not the text",
                _visible(seen),
                then[-1:],
            )
            self.in_words(
                (then[-1] if then else "") == _visible(seen),
                "it draws at the wrong moments",
                f"{_visible(seen)!r} on the screen when {when:g} s have passed",
                repr(then[-1] if then else ""),
                why="Draw at once when a token comes, unless the last drawing began less than 1 / "
                "refresh seconds ago. A drawing shows all that has come.",
            )

    def test_any_long_answer(self, search):
        def promise(answers, lines, width, height, refresh):
            out, start = Terminal(width + 7, height), time.monotonic()
            console = console_on(out, width, height)
            console.print("before")
            tokens = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
            items = [one for token in tokens for one in (Pause(1), token)]
            whole = "".join(tokens)
            got = answers.render_live(Source([*items, Pause(1)]), console, refresh)
            self.must(got == whole, "it does not return the whole text", whole)
            for number in range(1, len(tokens) + 1):
                so_far = "".join("".join(tokens[:number]).split())
                then = [what for at, what in out.drawings if at - start < number + 0.5][-1]
                came = "".join(then.removeprefix("before").split())
                rows = sum(max(1, -(-len(line) // width)) for line in lines[:number])
                self.in_words(
                    so_far.endswith(came) and then.count("\n") + 2 >= min(rows, height),
                    "it does not show the end of a long text",
                    f"the rows up to {lines[number - 1][-20:]!r}",
                    repr(then),
                )
            cut = [line[at : at + width] for line in lines for at in range(0, len(line), width)]
            self.equal(
                out.everything.split("\n"),
                ["before", *cut],
                "a long text is not whole at the end, or has remains above it",
            )

        rows = [f"row {number}" for number in range(12)]
        long = ["x" * 45, "y" * 8, "z" * 33, "w" * 70]
        always = (
            *each(lines=rows, width=20, height=(2, 3, 5, 11, 12, 13), refresh=2),
            *each(lines=long, width=10, height=(3, 6), refresh=2),
        )
        line = st.sampled_from(("a", "bc", "d" * 9, "e" * 10, "f" * 11, "g" * 40))
        search(
            promise,
            *always,
            lines=st.lists(line, min_size=1, max_size=9),
            width=st.just(10),
            height=st.sampled_from((5, 3, 8)),
            refresh=st.sampled_from((2, 10)),
        )

    def test_any_wrong_refresh(self, search):
        def promise(answers, refresh):
            with refused(f"refresh={refresh}", "It is not greater than 0"):
                answers.render_live(["a"], console_on(Terminal()), refresh)

        wrong = (0, -1, 0.0, -0.5, float("nan"), float("-inf"))
        search(promise, *each(refresh=wrong), refresh=not_above_zero(), runs=3)


MARKUPS = (
    *("list[int]", "[bold]b[/bold]", "[/x]", ":smile:", "[red]", "\\[a]", "[link=x]y[/]", "{x}"),
    *("%s", "...", "…", "1 + 'a'", "http://a.b", "<a>", "# a", "*b*", "&amp;", "é", "a  b", "[]"),
)


def _visible(text):
    """A text as it is seen on a wide terminal."""
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


def blocks(segments):
    """The blocks of some segments: `(type, language, content)`, by their numbers."""
    found = {}
    for segment in segments:
        kind, language, content = found.get(segment["block"], (segment["type"], None, ""))
        check(
            kind == segment["type"],
            "a block changes its type",
            why="A block has one type. A different type begins a new block, with the next number.",
            wanted=kind,
            got=segment["type"],
        )
        content += segment["content"]
        found[segment["block"]] = (kind, segment.get("language", language), content)
    return found


def check_blocks(got, wanted):
    """Pass if the segments make these blocks, in this order, and are numbered from 0."""
    whole = joined(content for _, _, content in wanted)
    text = joined(segment["content"] for segment in got)
    must = against(whole, text)
    must(
        text == whole or not whole.startswith(text),
        "the end of the text is lost",
        "What is held when the tokens are over is a line, too: a last line without a line feed, or "
        "code that was never closed.",
    )
    must(
        text == whole,
        "the text has changed",
        "Joined, the contents are the tokens joined. Fences, marks and line feeds belong to the "
        "content of their block.",
    )
    found = blocks(got)
    check(
        [kind for kind, _, _ in found.values()] == [kind for kind, _, _ in wanted],
        "the blocks are not those of the text",
        why="The first line of a block says what it is. Code and mathematics last to their closing "
        "line, tables and text as long as their lines go on.",
        wanted=[kind for kind, _, _ in wanted],
        got=[kind for kind, _, _ in found.values()],
    )
    for number, (block, right) in enumerate(zip(found.values(), wanted, strict=True)):
        must = against({number: right}, {number: block})
        must(
            right[0] != "code" or block[2] == right[2] or not right[2].startswith(block[2]),
            "code ends before its closing line",
            "Only marks like those that opened it close a fence: of the same kind, as many or "
            "more, and nothing after them. Too few marks close nothing.",
        )
        must(
            block == right,
            "a block does not have the lines, or the language, that it should have",
            "Opening and closing lines belong to their block. The language of code is the first "
            "word after the opening marks; other blocks have none.",
        )
    check(
        [*found] == list(range(len(found))),
        "the blocks are not numbered from 0",
        why="The first block has the number 0, and each one after it has one more.",
        wanted=list(range(len(found))),
        got=[*found],
    )
    check(
        all(segment["content"] for segment in got),
        "a segment is empty",
        why="Yield only what has text in it. A token may be empty, too.",
    )
    several = [segment["content"] for segment in got if "\n" in segment["content"][:-1]]
    check(
        not several,
        "a segment has text from two lines",
        why="A token may have several lines in it. Cut it at its line feeds first, and keep them.",
        wanted=several[0].splitlines(keepends=True) if several else [],
        got=several[:1],
    )
    parts = [
        segment["content"]
        for segment in got[:-1]
        if segment["type"] != "text" and not segment["content"].endswith("\n")
    ]
    check(
        not parts,
        "a line of code, of a table or of mathematics comes in parts",
        why="Each of their lines is one segment, with its line feed. Only text is not waited for.",
        wanted=Words("whole lines"),
        got=parts,
    )


def cut_at_random(whole, text):
    """The text, cut at a third of all places."""
    places = sorted(text.random.sample(range(1, len(whole)), len(whole) // 3))
    return [whole[start:end] for start, end in pairwise([0, *places, len(whole)])]


def an_answer(text):
    """The blocks of an answer that has one of each."""
    word = text.word
    return [
        ("text", None, f"{text.sentence()}\nIt costs $5, or ${word()}$.\n\n"),
        ("code", "python", f"```python {word()}\nif {word()}:\n\n    `x`\n~~~\n| a |\n$$\n```\n"),
        ("text", None, f"\n`{word()}` and ``{word()}``\n$$ {word()} $$\n"),
        ("table", None, f"| {word()} | {word()} |\n|---|---|\n| 1 | 2 |\n"),
        ("math", None, f"$$\n{word()} + 1\n| x |\n```\n  $$ \n"),
        ("code", "", f"~~~~\n{word()}\n~~~\n```\n ~~~~~\t\n"),
        ("code", "js", f"``` js\n``` {word()}\n```\n"),
        ("text", None, f"```{word()}``` is no fence, ``\n~~ nor this.\n"),
    ]


class TestSegmentStream(Explained):
    """A stream of Markdown is cut into blocks, and each of them says what it is."""

    WHY: ClassVar = {
        "a fence that comes in several tokens is not seen": "Where a token ends is chance. Look at "
        "lines: hold what has come of one until it is decided.",
        "text is taken for mathematics, or for a table": "Mathematics begins with a line that MATH "
        "matches as a whole, a table with a line whose first character is a bar. Everything else "
        "is text.",
        "it holds back text that can no longer be a mark": "A line that has begun with a letter is "
        "text. Hand out what has come at once; hold only what may still become a fence or "
        "mathematics.",
        "text comes in the wrong pieces": "While UNDECIDED matches what has come of a line, hold "
        "it. Then hand out all of it, and the rest of the line as it comes.",
        "an error of the source is hidden": SAME_ERROR,
        "its source stays open": NOT_BY_ITSELF,
        "it hands out what is not decided yet": "Of code, mathematics and tables, only whole "
        "lines come. Of a line that UNDECIDED matches, nothing comes before its end.",
        "it holds back what can be handed out": "A line of code, of mathematics or of a table "
        "comes with its line feed; text comes as soon as UNDECIDED no longer matches its line.",
        "a segment does not have the right parts": "Each has type, block and content, and code has "
        "its language. Nothing else, and no other segment has a language.",
        "a number of a block is not an int": "Count from 0.",
        "code or a table does not come line by line": "Each line is one segment. Waiting for the "
        "end of the block delays all of it.",
    }

    @keeps(1)
    def test_text_and_code(self, answers, text):
        wanted = [
            ("text", None, f"{text.sentence()}\n"),
            ("code", "python", f"```python\n{text.word()} = 1\n```\n"),
            ("text", None, text.sentence()),
        ]
        lines = joined(content for _, _, content in wanted).splitlines(keepends=True)
        check_blocks(list(answers.segment_stream(lines)), wanted)

    @keeps(4)
    def test_marks_in_several_tokens(self, answers, text):
        word = text.word()
        wanted = [("code", "sql", f"```sql\n{word}\n```\n"), ("text", None, "So?")]
        tokens = ["`", "", "``s", "ql", "\n", word[:2], f"{word[2:]}\n`", "`", "`\nSo", "", "?"]
        got = list(answers.segment_stream(tokens))
        self.must(
            any(segment["type"] == "code" for segment in got),
            "a fence that comes in several tokens is not seen",
            wanted,
            [*blocks(got).values()],
        )
        check_blocks(got, wanted)

    @keeps(3)
    def test_what_never_closes_is_kept(self, answers, text):
        before = ("text", None, f"{text.word()}\n")
        for block in (
            ("code", "py", f"```py\n{text.word()}\n``"),
            ("code", "py", "~~~py"),
            ("math", None, f"$$\n{text.word()}\n$"),
            ("table", None, f"|a|\n|{text.word()}"),
        ):
            whole = before[2] + block[2]
            for tokens in ([whole], list(whole)):
                check_blocks(list(answers.segment_stream(tokens)), [before, block])

    @keeps(2)
    def test_money_is_no_mathematics(self, answers, text):
        for whole in (
            f"$5 and $6 for a {text.word()}\n$$ {text.word()} $$\n",
            f"$x$\n$${text.word()}$$\n$",
            f"a | b\n | {text.word()} |",
        ):
            for tokens in ([whole], list(whole)):
                got = list(answers.segment_stream(tokens))
                self.must(
                    {segment["type"] for segment in got} == {"text"},
                    "text is taken for mathematics, or for a table",
                    ["text"],
                    sorted({segment["type"] for segment in got}),
                )
                check_blocks(got, [("text", None, whole)])

    def test_only_a_line_feed_ends_a_line(self, answers, text):
        for mark in OTHER_MARKS:
            word = text.random.choice("xyz")
            wanted = [
                ("text", None, f"{word}{mark}```\n{word}{mark}| a |\n"),
                ("code", "", f"```\n{word}{mark}```\n```\n"),
            ]
            whole = joined(content for _, _, content in wanted)
            for tokens in ([whole], list(whole)):
                got = list(answers.segment_stream(tokens))
                kinds = [kind for kind, _, _ in blocks(got).values()]
                self.equal(
                    kinds,
                    ["text", "code"],
                    f"{mark!a} is taken for the end of a line",
                    why="str.splitlines cuts at more than line feeds, and then marks are found "
                    "where none are. Cut at line feeds only.",
                )
                check_blocks(got, wanted)

    @keeps(2, 4)
    def test_all_kinds_of_blocks_however_they_are_cut(self, answers, text):
        wanted = an_answer(text)
        whole = joined(content for _, _, content in wanted)
        for tokens in ([whole], list(whole), cut_at_random(whole, text), split_tokens(whole)):
            check_blocks(list(answers.segment_stream(tokens)), wanted)

    @keeps(5)
    def test_text_comes_at_once(self, answers, text):
        words = [text.word() for _ in range(4)]
        tokens = [words[0], f" {words[1]}", f"`{words[2]}", "\n", "`", f"{words[3]}`", "!"]
        source = Source([*tokens, "\n$", "5 ", "\n  ", "~~a", f"b\nc\n{words[0]}"])
        stream = answers.segment_stream(source)
        check_lazy(source, "it reads before anybody asks for a segment")
        for content, pulled in (
            (words[0], 1),
            (f" {words[1]}", 2),
            (f"`{words[2]}", 3),
            ("\n", 4),
            (f"`{words[3]}`", 6),
            ("!", 7),
            ("\n", 8),
            ("$5 ", 9),
            ("\n", 10),
            ("  ~~a", 11),
            ("b\n", 12),
            ("c\n", 12),
            (words[0], 12),
        ):
            come = ""
            while come != content:
                come += next(stream)["content"]
                self.in_words(
                    source.pulled <= pulled,
                    "it holds back text that can no longer be a mark",
                    f"{content!r} after {pulled} tokens",
                    f"{come!r} after {source.pulled}",
                )
                self.in_words(
                    source.pulled == pulled and content.startswith(come),
                    "text comes in the wrong pieces",
                    f"{content!r} after {pulled} tokens",
                    f"{come!r} after {source.pulled}",
                )

    def test_a_list_stays_as_it_is(self, answers, text):
        tokens = [text.word(), "\n```\n", text.word()]
        with unchanged(tokens=tokens):
            list(answers.segment_stream(tokens))

    @keeps(6)
    def test_code_comes_line_by_line(self, answers, text):
        lines = ["```py\n", f"{text.word()}\n", "\n", f"{text.word()}\n", "```\n", "|a|\n", "|b|\n"]
        tokens = [piece for line in lines for piece in (line[:1], line[1:]) if piece]
        source = Source(tokens)
        stream = answers.segment_stream(source)
        pulled = 0
        for line in lines:
            pulled += 1 if line == "\n" else 2
            segment = next(stream)
            self.equal(segment["content"], line, "code or a table does not come line by line")
            check_not_ahead(
                source.pulled, pulled, "The line is whole with its line feed. Hand it out then."
            )

    @keeps(7)
    def test_stopping_and_errors(self, answers, text):
        source = Source([text.word(), text.word()])
        stream = answers.segment_stream(source)
        next(stream)
        stream.close()
        self.must(source.closed, "its source stays open when the caller stops", why=CLOSE)
        source = Source([text.word()])
        list(answers.segment_stream(source))
        self.must(source.closed, "its source stays open at the end", why=CLOSE)
        error = ConnectionError(text.word())
        source = Source([text.word(), error])
        with passes_on(error):
            list(answers.segment_stream(source))
        self.must(source.closed, "its source stays open after an error", why=CLOSE)

    def test_any_markdown(self, search):
        def promise(answers, tokens, ending):
            source = Source([*tokens, *([ending.error] if ending.error else [])])
            stream, got, raised = answers.segment_stream(source), [], None
            check_lazy(source, "it reads before anybody asks for a segment")
            try:
                for segment in stream:
                    got.append((source.asked, segment))
                    if len(got) == ending.stop_after:
                        stream.close()
                        break
            except BaseException as error:
                if error is not ending.error:
                    raise
                raised = error
            stopped = len(got) == ending.stop_after
            self.must(
                stopped or raised is ending.error,
                "an error of the source is hidden",
                why=SAME_ERROR,
            )
            self.must(source.closed, "its source stays open", why=NOT_BY_ITSELF)
            self.check_arrival(tokens, got, stopped, raised is not None)
            if not stopped and raised is None:
                for _, segment in got:
                    self.check_form(segment)
                check_blocks([segment for _, segment in got], _blocks("".join(tokens)))

        plain = {"ending": Ending()}
        lines = ["text\n", "```py\n", "a\n", "```\n", "|b|\n", "end"]
        always = (
            *each(tokens=tuple(["a\n", f"{line}\n", "b\n"] for line in STARTS), **plain),
            *each(tokens=tuple(["```py\n", f"{line}\n", "b"] for line in STARTS), **plain),
            *each(
                tokens=tuple(["$$\n", f"{line}\n", "b"] for line in STARTS if "$" in line), **plain
            ),
            *each(tokens=tuple([*line, " ", "c", "\n", line] for line in STARTS), **plain),
            *each(tokens=tuple(["```\n", f"```{x}\n", "b"] for x in OTHER_MARKS), **plain),
            *each(tokens=lines, ending=EACH_ENDING),
            *each(tokens=["a", "\n", "``", "`\n", "x"], ending=EACH_ASYNC_ENDING),
            *each(tokens=tuple(["|a|\n", line, "\n|b|"] for line in ("", "|c|", " |c|")), **plain),
            {"tokens": ["```\na\n```\n$$\nb\n$$\n|c|\nd\n"] * 3, **plain},
            {"tokens": ["```\na\n```\n```\na\n```\n", "$$\n$$\n$$\n$$"], **plain},
            {"tokens": [], **plain},
        )
        pieces = (
            "a",
            "`",
            "```",
            "\n",
            "~~~",
            "$$",
            "$",
            "|",
            " ",
            "``",
            "py",
            "~",
            "",
            "```\n",
            "\n\n",
        )
        search(
            promise,
            *always,
            tokens=repeated(st.sampled_from((*pieces, *(f"\n{line}\n" for line in STARTS))), 9),
            ending=any_ending(),
        )

    def check_arrival(self, tokens, got, stopped, failed):
        """Check what has come by the time each token was asked for."""
        text, out = "".join(tokens), 0
        last = got[-1][0] if got else 0
        for asked in range(1, len(tokens) + 2):
            before = out
            out += sum(len(segment["content"]) for count, segment in got if count == asked)
            if (failed and asked > len(tokens)) or (stopped and asked > last):
                return
            known = "".join(tokens[:asked])
            wanted = len(known) if asked > len(tokens) else _decided(known)
            must = self.against(
                Words(f"{text[before:wanted]!r} when {asked} have been asked for"),
                Words(repr(text[before:out])),
            )
            must(out <= wanted, "it hands out what is not decided yet")
            must(
                out == wanted or (stopped and asked == last),
                "it holds back what can be handed out",
            )

    def check_form(self, segment):
        """Check what a segment has."""
        wanted = ["block", "content", *(["language"] if segment["type"] == "code" else []), "type"]
        self.equal(sorted(segment), wanted, "a segment does not have the right parts")
        self.must(
            type(segment["block"]) is int, "a number of a block is not an int", 0, segment["block"]
        )


STARTS = (
    *(
        "```",
        "```js",
        "``` Py  x",
        "```\tc",
        "````",
        "~~~",
        "~~~~ sql",
        "~~~py\ttitle",
        "~~~ `a`",
        "``` `a`",
        "```a```",
    ),
    *(
        "   ```",
        "    ```",
        "\t```",
        "``",
        "`a`",
        "``a",
        "~~",
        "~~a",
        "> ```",
        "- a",
        "# a",
        "",
        " ",
        "   ",
    ),
    *(
        "$$",
        "$$ ",
        " $$\t",
        "    $$",
        "$$$",
        "$$a$$",
        "$$ a",
        "$a$",
        "$",
        "$5",
        "|",
        "| a |",
        " | a",
        "a | b",
    ),
    *("\u2028```", "a\x0b$$", "é", "```\u00e9", "\\```", "~~~~~", "```  ", "``` ```"),
)
"""Lines that begin a block, and those that only look like it."""


def _blocks(text):
    """The blocks of a text: `(type, language, content)`."""
    found, opened, fresh = [], "", True
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.removesuffix("\n")
        if opened:
            kind, language, content = found[-1]
            found[-1] = (kind, language, content + line)
            run = re.fullmatch(r" {0,3}(`+|~+|\$\$)[ \t]*", bare)
            if run and run[1].startswith(opened):
                opened, fresh = "", True
            continue
        language = None
        if fence := re.fullmatch(r" {0,3}(?:(`{3,})([^`]*)|(~{3,})(.*))", bare, re.DOTALL):
            kind, opened = "code", fence[1] or fence[3]
            language = re.split("[ \t]+", (fence[2] or fence[4] or "").strip(" \t"))[0]
        elif re.fullmatch(r" {0,3}\$\$[ \t]*", bare):
            kind, opened = "math", "$$"
        else:
            kind = "table" if line.startswith("|") else "text"
        if opened or fresh or found[-1][0] != kind:
            found.append((kind, language, line))
        else:
            found[-1] = (kind, None, found[-1][2] + line)
        fresh = False
    return found


def _decided(text):
    """How much of a text can be handed out when no more of it has come."""
    whole, feed, line = text.rpartition("\n")
    whole += feed
    lines = _blocks(whole + "?")  # a line that is text, unless code or mathematics are open
    is_open = not lines or lines[-1][0] in ("code", "math")
    undecided = re.match(r" {0,3}((`{0,2}|~{0,2}|\$?)\Z|```|~~~|\$\$)", line)
    return len(whole) if is_open or line.startswith("|") or undecided else len(text)


def moment(when):
    """A time, or None, to be shown."""
    return Words("None" if when is None else f"{when:g} s")


class TestCompareModes(Explained):
    """The same question twice: what differs is when something can be seen."""

    WHY: ClassVar = {
        "the texts are not those of the answers": "Both modes give the whole text: of a message, "
        "and of all chunks joined.",
        "the first visible time of the stream is wrong": "It ends when the first chunk with text "
        "has come, not when all have; and it starts directly before the stream, not before the "
        "first answer.",
        "the answer in one piece is seen too early or too late": "Nothing of it can be seen before "
        "all of it is there.",
        "the totals are wrong": "Each answer has a start of its own, directly before the model is "
        "asked, and ends with its last piece. Streaming makes nothing faster.",
        "it blocks the event loop": "Use ainvoke and astream; the others block everything else.",
        "the model is not asked the same thing twice": "Once with ainvoke, once with astream, and "
        "both times with the prompt as it is. Otherwise it is not a comparison.",
        "the model is asked in a thread": "A model can be asked without blocking: "
        "await model.ainvoke(prompt).",
        "both answers are made at the same time": "Two answers at once share the server and slow "
        "each other down. Wait for the first one, and then ask for the second.",
        "both answers have the same total": "Each of them takes its own time: read the clock at "
        "the end of each.",
        "the stream is asked before the answer in one piece": "First ainvoke, then astream.",
        "one answer is used for both modes": "A model need not say the same thing twice, and a "
        "comparison should show that.",
        "it reads a clock other than the given one": "Tests and slow-motion replays pass in a "
        "clock of their own. Read the time only there.",
        "an empty chunk counts as visible": "Many models begin with a chunk without text. The "
        "first one with text counts.",
        "reasoning is taken for text": "The content of such a message is a list of blocks, and not "
        "all of them are text. `.text` is the text, of a message and of a chunk.",
        "an answer without text is visible": "If no text comes, nothing is ever seen: "
        "first_visible is None, in both modes.",
        **{
            f"{what} of {mode} is wrong": why
            for mode in ("blocking", "streaming")
            for what, why in (
                ("the text", "All of the text, as it came: white space, too."),
                (
                    "first_visible",
                    "The time until there is text to show, be it only white space; "
                    "None if no text comes. An answer in one piece is seen when it is whole.",
                ),
                ("total", "From directly before the model is asked to the end of its answer."),
            )
        },
        "the model's stream stays open after a cancellation": CLOSE,
        "the model's stream stays open after an error": CLOSE,
        "the model's stream stays open after an error that is no Exception": "Such as "
        "asyncio.CancelledError and KeyboardInterrupt. Close the stream in finally, and not in an "
        "except clause.",
    }

    @keeps(2, 3)
    @in_process("the times are exact")
    async def test_only_the_first_visible_time_differs(self, answers, play, text, clock):
        tokens, think, wait = text.tokens(5), text.seconds(), text.seconds()
        reply = Reply(Pause(think), *(item for token in tokens for item in (token, Pause(wait))))
        result = await answers.compare_modes(play(reply, reply), text.sentence())
        total = think + 5 * wait
        self.must(
            (result.blocking.text, result.streaming.text) == (joined(tokens), joined(tokens)),
            "the texts are not those of the answers",
            [joined(tokens)] * 2,
            [result.blocking.text, result.streaming.text],
        )
        self.must(
            result.streaming.first_visible is not None
            and same(result.streaming.first_visible, think),
            "the first visible time of the stream is wrong",
            Words(f"{think:g} s"),
            moment(result.streaming.first_visible),
        )
        self.must(
            result.blocking.first_visible is not None
            and same(result.blocking.first_visible, total),
            "the answer in one piece is seen too early or too late",
            Words(f"{total:g} s"),
            moment(result.blocking.first_visible),
        )
        self.came_at(
            [result.blocking.total, result.streaming.total], [total, total], "the totals are wrong"
        )
        self.in_words(
            not clock.blocked, "it blocks the event loop", "0 s blocked", f"{clock.blocked:g} s"
        )

    @keeps(1)
    async def test_the_model_is_asked_twice_the_same(self, answers, play, text):
        prompt = f"Tell me about {text.word()}."
        reply = Reply(*text.tokens(3))
        model = play(reply, reply, reply)
        await answers.compare_modes(model, prompt)
        asked = [[message.text for message in call.messages] for call in model.transcript]
        self.equal(asked, [[prompt]] * 2, "the model is not asked the same thing twice")

    @keeps(1)
    @in_process("the times are exact")
    async def test_one_after_the_other(self, answers, play, text, clock):
        waits = [text.seconds(), text.seconds(3, 5)]
        model = play(*(Reply(Pause(wait), text.word()) for wait in waits))
        result = await answers.compare_modes(model, text.word())
        first, second = model.transcript
        self.in_words(
            same(second.ended_at - first.ended_at, waits[1]),
            "both answers are made at the same time",
            f"the second ends {waits[1]:g} s after the first",
            f"{second.ended_at - first.ended_at:g} s after it",
        )
        got = [result.blocking.total, result.streaming.total]
        self.came_at(got, waits, "both answers have the same total")

    @keeps(1)
    async def test_each_mode_has_its_own_answer(self, answers, play, text):
        first, second = text.tokens(4), text.tokens(5)
        result = await answers.compare_modes(play(Reply(*first), Reply(*second)), text.word())
        wanted = [joined(first), joined(second)]
        got = [result.blocking.text, result.streaming.text]
        must = self.against(wanted, got)
        must(got != wanted[::-1], "the stream is asked before the answer in one piece")
        must(
            got == wanted and result.same_text == (wanted[0] == wanted[1]),
            "one answer is used for both modes",
        )

    @keeps(4)
    @in_process("the times are exact")
    async def test_the_given_clock_is_used(self, answers, play, text, clock):
        wait = text.seconds()
        reply = Reply(Pause(wait), text.word(), Pause(wait), text.word())
        model = play(reply, reply)
        result = await answers.compare_modes(
            model, text.word(), clock=lambda: 100 + 1000 * clock.elapsed
        )
        got = [result.streaming.first_visible, result.streaming.total, result.blocking.total]
        wanted = [1000 * wait, 2000 * wait, 2000 * wait]
        self.must(
            None not in got and all(abs(a - b) < 0.01 for a, b in zip(got, wanted, strict=True)),
            "it reads a clock other than the given one",
            seconds(wanted),
            Words(str(got)),
        )

    @keeps(3)
    @in_process("the times are exact")
    async def test_what_cannot_be_seen_does_not_count(self, answers, play, text, clock):
        wait, word = text.seconds(), text.word()
        late = Reply("", Pause(wait), word, Pause(wait))
        result = await answers.compare_modes(play(late, late), text.word())
        self.must(
            result.streaming.first_visible is not None
            and same(result.streaming.first_visible, wait),
            "an empty chunk counts as visible",
            Words(f"{wait:g} s"),
            moment(result.streaming.first_visible),
        )
        thinks = Reply(Reasoning(text.secret()), Pause(wait), word)
        result = await answers.compare_modes(play(thinks, thinks), text.word())
        got = [result.blocking.text, result.streaming.text, result.streaming.first_visible]
        self.must(
            got[:2] == [word, word] and got[2] is not None and same(got[2], wait),
            "reasoning is taken for text",
            [word, word, wait],
            got,
        )
        silent = Reply("", Pause(wait), "")
        result = await answers.compare_modes(play(silent, silent), text.word())
        self.must(
            result.blocking.first_visible is None and result.streaming.first_visible is None,
            "an answer without text is visible",
            [None, None],
            [result.blocking.first_visible, result.streaming.first_visible],
        )

    @keeps(5)
    async def test_errors_and_cancellation(self, answers, play, text):
        reply = Reply(*text.tokens(3))
        error = ConnectionError(text.word())
        model = play(reply, Reply(text.word(), Fail(error)))
        with raises(Exception, "an error of the model is hidden", why=SAME_ERROR):
            await answers.compare_modes(model, text.word())
        model = play(reply, Reply(text.word(), Hang()))
        comparing = asyncio.create_task(answers.compare_modes(model, text.word()))
        await asyncio.sleep(2)
        await check_cancelled(comparing)
        self.in_words(
            await aended(model.transcript[-1]),
            "the model's stream stays open after a cancellation",
            "the stream closed",
            "still open",
        )

    @keeps(5)
    @in_process("the clock looks at the model")
    async def test_the_stream_is_closed_whatever_breaks(self, answers, play, text):
        for kind in (ZeroDivisionError, Stop):
            reply, error = Reply(*text.tokens(3)), kind(text.word())
            model = play(reply, reply)

            def clock(model=model, error=error):
                if len(model.transcript) == 2 and model.transcript[1].pulled:
                    raise error
                return 0.0

            with raises(kind, "an error of the clock is hidden", why=SAME_ERROR):
                await answers.compare_modes(model, text.word(), clock)
            problem = "the model's stream stays open after an error"
            if kind is Stop:
                problem += " that is no Exception"
            self.in_words(model.transcript[1].closed, problem, "the stream closed", "still open")

    def test_any_answers(self, search):
        async def promise(answers, clock, whole, pieces, tick, error):
            first = Reply(*_script(whole), *([Fail(error[1])] if error and error[0] == 1 else []))
            second = Reply(*_script(pieces), *([Fail(error[1])] if error and error[0] == 2 else []))
            model = Watched(replies=[first, second])
            start = time.monotonic()
            scale, base = tick
            options = (
                {} if not scale else {"clock": lambda: scale * (time.monotonic() - start) + base}
            )
            if error:
                with passes_on(error[1], "the model"):
                    await answers.compare_modes(model, "a prompt", **options)
                self.equal(
                    len(model.transcript), error[0], "the model is not asked the same thing twice"
                )
                return
            got = await answers.compare_modes(model, "a prompt", **options)
            asked = [[message.text for message in call.messages] for call in model.transcript]
            self.equal(asked, [["a prompt"]] * 2, "the model is not asked the same thing twice")
            self.must(not model.blocking, "the model is asked in a thread", got=Words("invoke"))
            for name, items in (("blocking", whole), ("streaming", pieces)):
                timing = getattr(got, name)
                ends = [*accumulate(wait for wait, _ in items)]
                visible = [at for at, (_, text) in zip(ends, items, strict=True) if text]
                total = ends[-1] if ends else 0
                text = "".join(text for _, text in items)
                self.must(timing.text == text, f"the text of {name} is wrong", text, timing.text)
                seen = (visible[0] if name == "streaming" else total) if visible else None
                for figure, should in (("first_visible", seen), ("total", total)):
                    came, wanted = getattr(timing, figure), (should or 0) * (scale or 1)
                    self.must(
                        came is None if should is None else came is not None and same(came, wanted),
                        f"{figure} of {name} is wrong",
                        moment(None if should is None else wanted),
                        moment(came),
                    )
            check_nothing_runs_on(answers)

        text = [(1.0, "a"), (0.5, " b"), (0.25, "")]
        blank = [(1.0, ""), (2.0, " "), (0.5, "a"), (1 / 3, "")]
        plain = {"tick": [0, 0], "error": None}
        errors = tuple((call, kind("of the model")) for call in (1, 2) for kind in ERRORS[:-1])
        always = (
            *each(whole=text, pieces=(text, blank, [(0, "a"), (1.0, "a")], [(1.0, "")]), **plain),
            *each(
                whole=([(1.0, "")], [(0, "a")], [(2.0, " ")], [(3.0, "\n")]), pieces=text, **plain
            ),
            *each(
                whole=text, pieces=blank, tick=([1, 0], [1000, 5], [1, -1000], [0.5, 7]), error=None
            ),
            *each(whole=text, pieces=text, tick=[0, 0], error=errors),
        )
        piece = st.sampled_from([*product((0.5, 0, 1 / 3, 2.0), ("a", "", " ", "b c", "\n"))])
        search(
            promise,
            *always,
            whole=st.lists(piece, max_size=3),
            pieces=st.lists(piece, max_size=4),
            tick=st.sampled_from(([0, 0], [1, 0], [1000, 3])),
            error=st.none(),
        )


class Watched(HeldModel):
    """A model that notes whether somebody asks it in the way that blocks.

    Attributes:
        blocking: one for each time.
    """

    blocking: list[str] = Field(default_factory=list)

    def _stream(self, *args, **options):
        self.blocking.append("invoke")
        return super()._stream(*args, **options)


def _script(items):
    """The parts of a reply in which each text comes after a pause."""
    return [one for wait, text in items for one in (Pause(wait), text)]
