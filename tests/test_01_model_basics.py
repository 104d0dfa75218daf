"""Lesson 01: Model Basics.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, and `text` makes words that differ from seed to seed.
"""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Content, Fail, Pause, Reasoning, Reply
from course.fakes.sources import Source
from course.grade.differences import check_same
from course.grade.expect import Words, check, in_process, keeps, raises
from course.grade.scenarios import EACH_TEXT, TEXTS, Stranger, any_text, any_tokens, each
from course.grade.stream_checks import SAME_ERROR, joined, passes_on, same
from course.grade.value_checks import Explained, in_calls, unchanged

NETWORK = "a network has errors of its own"
BLOCKS = "the server of the course sends no such blocks"
METADATA = "the server of the course says it in one way only"
TIME = "time is virtual only here"

WRONG = (ValueError, KeyError, PermissionError)
"""Errors that no second call would cure; the last one is a kind of OSError, as those below are."""

PASSING = (ConnectionError, TimeoutError, ConnectionResetError)
"""Errors that may be gone a moment later; the last one is a kind of the first."""


# What holds for several tasks.


def question_of(text):
    """A question with characters in it that mean something elsewhere."""
    return f"{text.word()} {{x}} & <{text.word()}>?"


def answering(replies):
    """A model that knows the reply to each question, in whatever order they come."""
    return ScriptedChatModel(replies=replies)


def asked(model):
    """The texts of all calls of a model, in any order."""
    return sorted(
        " / ".join(str(message.text) for message in call.messages) for call in seen(model)
    )


def seen(model):
    return list(model.transcript)


def check_asked_once(model, question):
    """Pass if a model was asked once, and this, and nothing else."""
    calls = seen(model)
    check(
        len(calls) <= 1,
        "it asks more than once",
        why="Each call costs as much as the first, and may answer something else. Keep the message "
        "in a variable: you can look at it as often as you like.",
        wanted=in_calls(1),
        got=in_calls(len(calls)),
    )
    check(
        len(calls) == 1,
        "it does not ask the model",
        why="The answer comes from the model that is handed in.",
        wanted=in_calls(1),
        got=in_calls(0),
    )
    messages = calls[0].messages
    check(
        len(messages) == 1 and isinstance(messages[0], HumanMessage),
        "it sends more than the question",
        why="Hand the question over as it is: a str alone becomes one message from a person.",
        wanted=Words("one message, the question"),
        got=Words(" and ".join(f"{message.type}: {message.text!r}" for message in messages)),
    )
    check(
        messages[0].text == question,
        "the question is changed on its way",
        why="Hand it over as it is. Whatever is in it, braces or spaces, belongs to it.",
        wanted=question,
        got=str(messages[0].text),
    )


def check_each_asked_once(model, questions):
    """Pass if a model was asked each of these in a call of its own."""
    got, wanted = asked(model), sorted(questions)
    must = {"wanted": in_calls(len(wanted)), "got": in_calls(len(got))}
    check(
        not (len(got) == 1 < len(wanted) and got[0] not in wanted),
        "it asks everything in one call",
        why="One prompt with all questions gets one answer to all of them, and nobody can tell "
        "which part belongs to which. Each question is a call of its own.",
        **must,
    )
    check(
        len(got) >= len(wanted),
        "a question is not asked",
        why="Each question is asked, also if it stands there twice, and whatever becomes of the "
        "others.",
        **must,
    )
    check(
        len(got) <= len(wanted),
        "a question is asked more than once",
        why="Each call costs as much as the first. Who wants another try says so.",
        **must,
    )
    check(
        got == wanted,
        "a question is changed on its way",
        why="Hand each of them over as it is.",
        wanted=wanted,
        got=got,
    )


def check_asked_anew(call, question, read=lambda got: got):
    """Pass if a question that was asked before is asked again: `read` finds the text of it."""
    model = answering([Reply("one"), Reply("two"), Reply("No.")])
    for wanted in ("one", "two"):
        got = read(call(model, question))
        check(
            got == wanted,
            "an answer is kept for the next call",
            why="Whoever calls twice asks twice: a model may answer something else each time. "
            "Nothing outlives the call.",
            wanted=Words(f"the answer of this call: {wanted!r}"),
            got=got,
        )


def in_blocks(first, second, secret):
    """Replies of the same text in blocks of each form, without the secret that is no text."""
    thought = {"type": "thinking", "text": secret}
    return [
        Reply(first, second, blocks=True),
        Reply(Reasoning(secret), first, second),
        Reply(first, Reasoning(secret), second),
        Reply(Content(first, a_block(second))),
        Reply(Content(thought, a_block(first), second)),
    ]


def a_block(text):
    return {"type": "text", "text": text}


def check_text_of_blocks(got, wanted):
    """Pass if what comes back is the text of blocks, by whichever task."""
    check(
        got == wanted,
        "it does not return the text in the blocks",
        why="The content of a message may be a list: of blocks, of plain texts, and of what is no "
        "text. message.text is the text in all of them.",
        wanted=wanted,
        got=got,
    )


def check_errors_pass(call, play, question):
    """Pass if the errors of a model come through a call, and not what is behind them."""
    for kind in (*WRONG, *PASSING):
        error = kind("of the model")
        error.__cause__ = LookupError("behind it")
        model = play(Reply("Hel", Fail(error)), Reply("Hello"))
        with passes_on(error, "the model"):
            call(model, question)
        check_asked_once(model, question)


ANY_QUESTION = any_text().map(lambda text: f"{text} {{x}}?")


class TestAsk(Explained):
    """One question, one call, and the text of the answer."""

    WHY: ClassVar = {
        "it gives the message, not its text": "invoke returns a message: the text, and much about "
        "it. The text is its attribute: message.text.",
        "it shows the whole message": "str() or an f-string of a message shows all of its fields. "
        "Its text alone is message.text.",
        "spaces or line breaks are lost": "They are part of the answer. Do not strip or clean it.",
        "the text is changed": "Return message.text as it is: nothing added, nothing removed.",
        "an empty answer is replaced": 'A model may answer nothing. Then the text is "", which is '
        "an answer like any other: the caller decides what to do about it.",
        "it returns the blocks and not their text": "message.content is a list here: some models "
        "send blocks. message.text is the text in them, always as a str.",
        "it shows how Python writes the blocks": "str() of a list gives brackets, braces and all. "
        "message.text is the text in the blocks.",
        "it shows the model's reasoning": "What a model thinks is not what it answers. It is in "
        "another kind of block, which message.text leaves out.",
        "only a part of the text comes back": "The text may come in several blocks, behind others. "
        "message.text is all of it.",
        "what comes back is not the text of the answer": "Return message.text, unchanged.",
    }

    @keeps(1)
    def test_the_text_of_the_answer_comes_back(self, answers, play, text):
        question, wanted = question_of(text), text.sentence()
        model = play(Reply.of(wanted), Reply("No."))
        got = answers.ask(model, question)
        must = self.against(wanted)
        must(not isinstance(got, AIMessage), "it gives the message, not its text")
        shown = f"{str(got)[:30]!r} and so on"
        must(not str(got).startswith("content="), "it shows the whole message", got=Words(shown))
        check_asked_once(model, question)
        must(got == wanted, "what comes back is not the text of the answer")

    @keeps(2)
    def test_white_space_is_text(self, answers, play, text):
        for wanted in (f" {text.word()}\n\n", f"\t{text.word()} ", "\n", " "):
            got = answers.ask(play(Reply(wanted)), question_of(text))
            must = self.against(wanted)
            must(got != wanted.strip(), "spaces or line breaks are lost")
            must(got == wanted, "the text is changed")

    @keeps(2)
    def test_nothing_is_an_answer(self, answers, play, text):
        question, model = question_of(text), play(Reply(""), Reply(""))
        got = answers.ask(model, question)
        self.must(got == "", "an empty answer is replaced", "")
        check_asked_once(model, question)

    @in_process(BLOCKS)
    def test_content_may_be_a_list(self, answers, play, text):
        secret, first, second = text.secret(), text.word(), f" {text.word()}"
        for reply in in_blocks(first, second, secret):
            got = answers.ask(play(reply), question_of(text))
            must = self.against(first + second)
            must(not isinstance(got, list), "it returns the blocks and not their text")
            must("{" not in str(got), "it shows how Python writes the blocks")
            must(secret not in str(got), "it shows the model's reasoning")
            must(got not in (first, second, ""), "only a part of the text comes back")
            must(got == first + second, "what comes back is not the text of the answer")

    @keeps(1)
    def test_each_call_asks_anew(self, answers, text):
        check_asked_anew(answers.ask, question_of(text))

    @keeps(3)
    @in_process(NETWORK)
    def test_errors_pass(self, answers, play, text):
        check_errors_pass(answers.ask, play, question_of(text))

    def test_any_answer(self, search):
        def promise(answers, tokens, question, blocks):
            model = answering([Reply(*tokens, blocks=blocks), Reply("No.")])
            got = answers.ask(model, question)
            wanted = "".join(tokens)
            self.must(
                isinstance(got, str) and got == wanted,
                "what comes back is not the text of the answer",
                wanted,
            )
            check_asked_once(model, question)

        always = (
            *each(tokens=EACH_TEXT, question="a?", blocks=False),
            *each(tokens=tuple([text] for text in TEXTS), question="a?", blocks=True),
            *each(tokens=["a"], question=tuple(f"{text}?" for text in TEXTS), blocks=False),
        )
        search(promise, *always, tokens=any_tokens(), question=ANY_QUESTION, blocks=st.booleans())


class TestAnswerInPieces(Explained):
    """The texts of the chunks, as they came."""

    WHY: ClassVar = {
        "it returns the chunks and not their texts": "A chunk is an object with a text and more in "
        "it. Its text is chunk.text.",
        "the pieces are joined into one": "Return what came, piece by piece: one entry in the list "
        "for each chunk with text. model.stream gives the chunks; model.invoke only the whole.",
        "it cuts the text into letters": "A loop over a str gives its characters. Loop over "
        "model.stream(question): that gives the chunks.",
        "it splits the text at spaces": "Where a piece ends is up to the model. Loop over "
        "model.stream(question): each chunk is a piece.",
        "an empty chunk is taken for the end": "A chunk without text may come at any place. The "
        "for loop ends by itself.",
        "it keeps chunks without text": "A chunk may carry something else, or only say that the "
        "answer is over. Its text is empty: leave it out.",
        "a piece of white space is left out": "A space or a line break is text: without it, words "
        "would run together. Only a chunk whose text is empty is left out.",
        "spaces or line breaks are lost": "The spaces belong to the pieces. Do not strip them: "
        "nobody can add them again later.",
        "it shows the model's reasoning": "What a model thinks is not what it answers. chunk.text "
        "leaves it out.",
        "without text it does not return an empty list": "No chunk has text, so there is no piece: "
        "return [].",
        "a chunk becomes several pieces": "A chunk may have several blocks. chunk.text is the text "
        "of all of them, and that is one piece.",
        "the pieces are not the texts of the chunks": "For each chunk with text there is one "
        "entry, unchanged and in order.",
    }

    @keeps(1)
    def test_it_asks_once(self, answers, play, text):
        question = question_of(text)
        model = play(Reply(text.word()), Reply("No."))
        try:
            answers.answer_in_pieces(model, question)
        except Exception:
            if not seen(model):
                raise  # otherwise, what comes back is another promise
        check_asked_once(model, question)

    @keeps(3)
    def test_chunks_without_text_are_left_out(self, answers, play, text):
        first, second = text.word(), f" {text.word()}"
        for parts in (["", first, second], [first, "", second], [first, second, ""]):
            got = answers.answer_in_pieces(play(*[Reply(*parts)] * 2), question_of(text))
            must = self.against([first, second])
            must("" not in got, "it keeps chunks without text")
            before = [one for one in parts[: parts.index("")] if one]
            must(got != before or len(before) == 2, "an empty chunk is taken for the end")

    @keeps(2)
    def test_each_chunk_gives_its_text(self, answers, play, text):
        wanted = [text.word(), f" {text.word()} {text.word()}", f"{text.word()}\n", "!"]
        question = question_of(text)
        model = play(Reply(*wanted), Reply("No."))
        got = answers.answer_in_pieces(model, question)
        must = self.against(wanted)
        must(all(isinstance(one, str) for one in got), "it returns the chunks and not their texts")
        check_asked_once(model, question)
        must(got != [joined(wanted)], "the pieces are joined into one")
        must(got != list(joined(wanted)), "it cuts the text into letters")
        must(got != joined(wanted).split(), "it splits the text at spaces")
        must([one for one in got if one] == got, "it keeps chunks without text")
        must(
            got == wanted or got != [one.strip() for one in wanted],
            "spaces or line breaks are lost",
        )
        must(got == wanted, "the pieces are not the texts of the chunks")

    @keeps(3)
    def test_white_space_is_a_piece(self, answers, play, text):
        wanted = [text.word(), " ", text.word(), "\n\n", text.word(), " "]
        got = answers.answer_in_pieces(play(*[Reply(*wanted)] * 2), question_of(text))
        must = self.against(wanted)
        without = [one for one in wanted if one.strip()]
        must(got != without, "a piece of white space is left out")

    @keeps(3)
    def test_an_empty_answer_has_no_pieces(self, answers, play, text):
        got = answers.answer_in_pieces(play(Reply("")), question_of(text))
        self.must(got == [], "without text it does not return an empty list", [])

    @keeps(2)
    @in_process(BLOCKS)
    def test_reasoning_is_no_text(self, answers, play, text):
        secret, wanted = text.secret(), [text.word(), f" {text.word()}"]
        model = play(Reply(Reasoning(secret), *wanted))
        got = answers.answer_in_pieces(model, question_of(text))
        must = self.against(wanted)
        must(secret not in joined(got), "it shows the model's reasoning")
        must(all(isinstance(one, str) for one in got), "it returns the chunks and not their texts")
        must("" not in got, "it keeps chunks without text")
        must(got, "an empty chunk is taken for the end")
        must(got == wanted, "the pieces are not the texts of the chunks")

    @keeps(2)
    @in_process(BLOCKS)
    def test_a_chunk_may_have_several_blocks(self, answers, play, text):
        words, secret = [text.word() for _ in range(5)], text.secret()
        chunks = (
            Content(a_block(words[0]), a_block(words[1])),
            Content({"type": "thinking", "text": secret}),
            Content(words[2], a_block(words[3]), words[4]),
        )
        wanted = [words[0] + words[1], joined(words[2:])]
        got = answers.answer_in_pieces(play(Reply(*chunks)), question_of(text))
        must = self.against(wanted)
        must(secret not in map(str, got), "it shows the model's reasoning")
        must(got != words, "a chunk becomes several pieces")
        must(got == wanted, "the pieces are not the texts of the chunks")

    @keeps(1)
    def test_each_call_asks_anew(self, answers, text):
        check_asked_anew(answers.answer_in_pieces, question_of(text), joined)

    @in_process(NETWORK)
    def test_errors_pass(self, answers, play, text):
        check_errors_pass(answers.answer_in_pieces, play, question_of(text))

    def test_any_answer(self, search):
        def promise(answers, tokens, question, blocks):
            model = answering([Reply(*tokens, blocks=blocks), Reply("No.")])
            got = answers.answer_in_pieces(model, question)
            check_same(got, [token for token in tokens if token])
            check_asked_once(model, question)

        always = (
            *each(tokens=EACH_TEXT, question="a?", blocks=False),
            *each(tokens=["a"], question=tuple(f"{text}?" for text in TEXTS), blocks=False),
        )
        search(promise, *always, tokens=any_tokens(), question=ANY_QUESTION, blocks=st.booleans())


def reporting(total, text="", given=None, kind=AIMessage, **fields):
    """An answer that reports how many tokens it has used; None reports nothing."""
    usage = None
    if total is not None:
        given = given or (total, 0)
        usage = {"input_tokens": given[0], "output_tokens": given[1], "total_tokens": total}
    return kind(text, usage_metadata=usage, **fields)


class TestTokensUsed(Explained):
    """What is reported is added up, and what is not is said."""

    WHY: ClassVar = {
        "an answer that reports nothing counts as 0 tokens": "It did use tokens, only nobody knows "
        "how many. Count it in silent, so that the reader knows that the sum is too small.",
        "it expects a report in each answer": "usage_metadata is None if the provider reports "
        "nothing. Look at that first.",
        "it counts words or characters": "A token is not a word. Only the provider knows how many "
        'there were: usage_metadata["total_tokens"].',
        "it adds up only a part of the total": "What was sent is paid for, and so is what came "
        'back. The sum of it is "total_tokens".',
        "it adds up something else than the total": 'The total may be more than "input_tokens" and '
        '"output_tokens" together, or 0. Take "total_tokens" as it is.',
        "a reported 0 counts as no report": "0 is a figure that was reported. Only None means that "
        "there is none.",
        "it takes a figure from somewhere else": "What counts is usage_metadata. If that is None, "
        "the answer is silent, whatever else it has.",
        "it needs more than one look at the answers": "An iterator can be read only once: len, "
        "list or sum leave nothing of it. Do everything in one loop, or make a list first.",
        "an answer counts only once": "Each entry counts, also one that equals another or has its "
        "id. Do not look for what they have in common.",
        "without answers there is something": "Nothing was reported, and nobody was silent: both "
        "are 0.",
        "the sum of the tokens is wrong": 'Add up usage_metadata["total_tokens"] of all answers '
        "that have usage_metadata.",
        "it gives the class, and no report": "A report is made by calling the class: "
        "TokenReport(tokens, silent).",
        "the number of silent answers is wrong": "Count the answers whose usage_metadata is None.",
    }

    def look(self, report, tokens, silent):
        """Check both figures of a report."""
        must = self.against(Words(f"tokens={tokens}, silent={silent}"), report)
        must(not isinstance(report, type), "it gives the class, and no report")
        must(report.silent == silent, "the number of silent answers is wrong")
        must(report.tokens == tokens, "the sum of the tokens is wrong")

    @keeps(1)
    def test_the_total_of_each_answer_is_added(self, answers, text):
        pick = text.random.randint
        parts = [(pick(100, 199), pick(20, 80)) for _ in range(3)]
        thought = pick(300, 400)  # tokens that are in no other figure
        messages = [reporting(sum(given) + thought, text.sentence(), given) for given in parts]
        read, written = (sum(figures) for figures in zip(*parts, strict=True))
        wanted = read + written + 3 * thought
        words = sum(len(message.text.split()) for message in messages)
        report = answers.tokens_used(messages)
        must = self.against(Words(f"tokens={wanted}, silent=0"), report)
        must(report.tokens != words, "it counts words or characters")
        must(report.tokens not in (read, written), "it adds up only a part of the total")
        must(report.tokens != read + written, "it adds up something else than the total")
        self.look(report, wanted, 0)

    @keeps(2)
    def test_who_reports_nothing_is_counted(self, answers, text):
        totals = [text.random.randint(5, 99), None, text.random.randint(5, 99), None, None]
        wanted = sum(total for total in totals if total)
        messages = [reporting(total, text.sentence()) for total in totals]
        with self.never(TypeError, "it expects a report in each answer", Words("silent=3")):
            report = answers.tokens_used(messages)
        must = self.against(Words(f"tokens={wanted}, silent=3"), report)
        must(report.silent != 0, "an answer that reports nothing counts as 0 tokens")
        self.look(report, wanted, 3)

    @keeps(2)
    def test_a_reported_zero_is_a_report(self, answers, text):
        total = text.random.randint(5, 99)
        report = answers.tokens_used([reporting(0), reporting(total)])
        wanted = Words(f"tokens={total}, silent=0")
        self.must(report.silent != 1, "a reported 0 counts as no report", wanted, report)
        self.look(report, total, 0)

    def test_a_reported_zero_is_the_total(self, answers, text):
        total = text.random.randint(5, 99)
        report = answers.tokens_used([reporting(0, given=(3, 4)), reporting(total)])
        problem = "it adds up something else than the total"
        wanted = Words(f"tokens={total}, silent=0")
        self.must(report.tokens != total + 7, problem, wanted, report)
        self.look(report, total, 0)

    @keeps(1)
    def test_each_report_counts(self, answers, text):
        total, said = text.random.randint(5, 99), {"text": text.word(), "id": text.secret()}
        for kind in (AIMessage, AIMessageChunk):
            one, twin = (reporting(total, kind=kind, **said) for _ in range(2))
            report = answers.tokens_used([one, twin, one])
            must = self.against(Words(f"tokens={3 * total}, silent=0"), report)
            must(report.tokens not in (total, 2 * total), "an answer counts only once")
            self.look(report, 3 * total, 0)

    @keeps(2)
    def test_each_silent_answer_counts(self, answers, text):
        said = {"text": text.word(), "id": text.secret()}
        for kind in (AIMessage, AIMessageChunk):
            one, twin = (reporting(None, kind=kind, **said) for _ in range(2))
            report = answers.tokens_used([one, twin, one])
            must = self.against(Words("tokens=0, silent=3"), report)
            must(report.silent not in (1, 2), "an answer counts only once")
            self.look(report, 0, 3)

    @keeps(2)
    def test_only_usage_metadata_counts(self, answers, text):
        total = text.random.randint(5, 99)
        elsewhere = {"token_usage": {"total_tokens": 7}, "usage": {"total_tokens": 7}}
        silent = AIMessage(text.sentence(), response_metadata=elsewhere)
        report = answers.tokens_used([silent, reporting(total)])
        wanted = Words(f"tokens={total}, silent=1")
        self.must(
            report.tokens not in (7, total + 7),
            "it takes a figure from somewhere else",
            wanted,
            report,
        )
        self.look(report, total, 1)

    @keeps(3)
    def test_the_answers_are_read_once(self, answers, text):
        pick = text.random.randint
        for totals in ([pick(5, 99), pick(5, 99)], [pick(5, 99), None, pick(5, 99)], []):
            given = [reporting(total) for total in totals]
            wanted = answers.tokens_used(given)
            with self.never(TypeError, "it needs more than one look at the answers", wanted):
                report = answers.tokens_used(Source(given))
            self.equal(report, wanted, "it needs more than one look at the answers")

    @keeps(1, 2)
    def test_without_answers_both_are_0(self, answers):
        report = answers.tokens_used([])
        self.must(
            (report.tokens, report.silent) == (0, 0),
            "without answers there is something",
            Words("tokens=0, silent=0"),
            report,
        )

    def test_any_answers(self, search):
        def promise(answers, totals):
            messages = [reporting(total, "a b") for total in totals]
            with unchanged(answers=messages):
                report = answers.tokens_used(messages)
            reported = [total for total in totals if total is not None]
            self.look(report, sum(reported), len(totals) - len(reported))

        always = each(totals=([], [0], [None], [5], [5, 5], [None, None], [0, 0, None], [1] * 40))
        search(promise, *always, totals=st.lists(st.none() | st.integers(0, 9999), max_size=9))


KEYS = ("finish_reason", "stop_reason")
LIMITS = ("length", "max_tokens")
DONE = (
    *("stop", "end_turn", "tool_calls", "content_filter", "full_length", "STOP"),
    *("LENGTH", "MAX_TOKENS", "length ", " max_tokens", "lengthy", ""),
)


def ending(*tokens, **reasons):
    """A reply that says under each key why it ended."""
    first = reasons.pop("finish_reason", None)
    return Reply(*tokens, finish_reason=first, metadata=reasons or None)


class TestAskInFull(Explained):
    """Half an answer is an error that brings what came."""

    WHY: ClassVar = {
        "half an answer is sold as a whole one": 'The provider says that it was cut off: its "'
        'finish_reason" is in CUT_OFF. Who reads the text cannot know. Raise AnswerCutOff.',
        "it overlooks how some providers say it": "They have two keys, and CUT_OFF has two words. "
        "Any of these words may be under any of these keys.",
        "it expects the key in each answer": "Either key may be missing, or both. A dict raises "
        "KeyError then; its method get gives None.",
        "the error does not bring the text that came": "The caller may want to show it, marked as "
        "cut off. Hand it over: AnswerCutOff(text).",
        "a whole answer is taken for half of one": "Only a reason that is in CUT_OFF means that it "
        "was cut off: not any other reason, and not the text.",
        "without a reason, the answer is taken for half of one": "Some servers never say why. "
        "Nobody knows then, and the answer counts as whole.",
        "a reason of None hides the other one": "A key may be there and hold None. get gives None "
        "then, too, whatever its second argument is. Look under the other key.",
        "the text is changed": "Return the text as it is.",
    }

    def cut(self, answers, model, problem, part, reasons=""):
        """Ask, and check that the answer is refused, with the part that came."""
        wanted = Words(f"AnswerCutOff: {reasons}" if reasons else "AnswerCutOff")
        with self.raises(answers.AnswerCutOff, problem, wanted) as caught:
            answers.ask_in_full(model, "Why?")
        self.must(
            caught.error.partial == part,
            "the error does not bring the text that came",
            part,
            caught.error.partial,
        )

    def whole(self, answers, model, problem, wanted):
        """Ask, and check that the answer comes back."""
        with self.never(answers.AnswerCutOff, problem, wanted):
            got = answers.ask_in_full(model, "Why?")
        self.must(got == wanted, "the text is changed", wanted)

    @keeps(3)
    def test_half_an_answer_is_refused(self, answers, play, text):
        # The text does not tell: this one looks complete.
        part = f"{text.sentence('.')}"
        model = play(Reply.of(part, finish_reason="length"), Reply("No."))
        self.cut(answers, model, "half an answer is sold as a whole one", part)
        check_asked_once(model, "Why?")

    @keeps(1)
    def test_a_whole_answer_comes_back(self, answers, play, text):
        for wanted in (text.sentence("."), f" The length of {text.word()} and", ""):
            model = play(Reply(wanted), Reply("No."))
            self.whole(answers, model, "a whole answer is taken for half of one", wanted)
            check_asked_once(model, "Why?")

    @keeps(4)
    @in_process(METADATA)
    def test_a_key_may_be_missing(self, answers, play, text):
        wanted = text.sentence()
        for reply in (ending(wanted, stop_reason="end_turn"), ending(wanted)):
            with self.never(KeyError, "it expects the key in each answer", wanted):
                self.whole(
                    answers,
                    play(reply),
                    "without a reason, the answer is taken for half of one",
                    wanted,
                )

    @keeps(2, 3)
    @in_process(METADATA)
    def test_the_reason_may_be_under_another_key(self, answers, play, text):
        model = play(Reply.of("Half", finish_reason="length"))
        self.cut(answers, model, "half an answer is sold as a whole one", "Half")
        for limit in LIMITS:
            for keys in (("stop_reason",), ("finish_reason",), KEYS):
                part, reasons = text.sentence(), dict.fromkeys(keys, limit)
                model = play(ending(part, **reasons))
                said = " and ".join(f"{key} is {limit!r}" for key in keys)
                self.cut(answers, model, "it overlooks how some providers say it", part, said)

    @keeps(2, 4)
    @in_process(METADATA)
    def test_a_reason_may_be_none(self, answers, play, text):
        for key, other in (KEYS, KEYS[::-1]):
            for limit in LIMITS:
                part, reasons = text.sentence(), {key: None, other: limit}
                model = play(Reply(part, finish_reason=None, metadata=reasons))
                said = f"{key} is None and {other} is {limit!r}"
                self.cut(answers, model, "a reason of None hides the other one", part, said)
            wanted, reasons = text.sentence(), {key: None, other: "stop"}
            model = play(Reply(wanted, finish_reason=None, metadata=reasons))
            self.whole(answers, model, "a whole answer is taken for half of one", wanted)
        wanted, reasons = text.sentence(), dict.fromkeys(KEYS)
        model = play(Reply(wanted, finish_reason=None, metadata=reasons))
        problem = "without a reason, the answer is taken for half of one"
        self.whole(answers, model, problem, wanted)

    @keeps(1, 3)
    @in_process(BLOCKS)
    def test_the_text_may_come_in_blocks(self, answers, text):
        first, second = text.word(), f" {text.word()}"
        for reply in in_blocks(first, second, text.secret()):
            got = answers.ask_in_full(answering([reply]), "Why?")
            check_text_of_blocks(got, first + second)
            model = answering([Reply(*reply.parts, blocks=True, finish_reason="length")])
            problem = "half an answer is sold as a whole one"
            self.cut(answers, model, problem, first + second)

    @keeps(1)
    def test_each_call_asks_anew(self, answers, text):
        check_asked_anew(answers.ask_in_full, question_of(text))

    @keeps(1)
    @in_process(METADATA)
    def test_other_reasons_are_no_cuts(self, answers, play, text):
        for reason in DONE:
            for keys in (("stop_reason",), ("finish_reason",), KEYS):
                wanted = f"{text.word()} length max_tokens"
                model = play(ending(wanted, **dict.fromkeys(keys, reason)))
                self.whole(answers, model, "a whole answer is taken for half of one", wanted)

    @in_process(NETWORK)
    def test_errors_pass(self, answers, play, text):
        check_errors_pass(answers.ask_in_full, play, question_of(text))

    def test_any_answer(self, search):
        def promise(answers, tokens, reason, keys):
            reasons = dict.fromkeys(keys, reason)
            model = answering([ending(*tokens, **reasons), Reply("No.")])
            if reason in LIMITS and keys:
                self.cut(answers, model, "half an answer is sold as a whole one", joined(tokens))
            else:
                problem = "a whole answer is taken for half of one"
                self.whole(answers, model, problem, joined(tokens))
            check_asked_once(model, "Why?")

        all_keys = ((), KEYS[:1], KEYS[1:], KEYS)
        always = (
            *each(tokens=EACH_TEXT, reason="stop", keys=KEYS[:1]),
            *each(tokens=EACH_TEXT, reason="length", keys=[*KEYS[:1]]),
        )
        search(
            promise,
            *always,
            tokens=any_tokens(),
            reason=st.sampled_from((*LIMITS, *DONE)),
            keys=st.sampled_from(all_keys),
        )


def script(questions, waits=(), failing=()):
    """Replies by question, with a pause before each; those that fail have no text."""
    replies = {}
    for number, question in enumerate(questions):
        pause = [Pause(waits[number])] if waits else []
        last = Fail(failing[question]) if question in failing else answer_to(question)
        replies[question] = Reply(*pause, last)
    return replies


def few_and_many(text, few):
    """Some questions, and then more than anybody would ask at once by chance."""
    some = [question_of(text) for _ in range(few)]
    return some, [f"{some[0]} {number:02}" for number in range(20)]


def answer_to(question):
    return f" To {question}\n"


class TestAskMany(Explained):
    """Several questions at once, and their answers in order."""

    WHY: ClassVar = {
        "it asks one after the other": "While one call waits, the others could already be on their "
        "way. model.batch(questions) sends them all, and takes as long as the slowest.",
        "not all are asked at the same time": "Some wait for others. Do not limit how many are on "
        "their way: batch without more does that here.",
        "the answers come in the order in which they were finished": "The place in the "
        "list tells which answer belongs to which question. Keep the order of the questions.",
        "questions that are equal share an answer": "Each place in the list is a question of its "
        "own. A dict or a set has equal ones only once.",
        "spaces or line breaks are lost": "They are part of the answers. Do not strip them.",
        "it returns messages and not texts": "batch gives a message for each question. Take the "
        "text of each.",
        "without questions it does not return an empty list": "No questions, no answers: [].",
        "without questions the model is asked": "Nothing was asked, so nothing has to be paid for.",
        "an error of the model is hidden": SAME_ERROR,
        "several errors become another one": "If several calls fail, one of their errors passes, "
        "as it is. Who catches a TimeoutError looks for no other class.",
        "the answers are not those of the questions": "One text for each question, unchanged, in "
        "the order of the questions.",
    }

    @keeps(2)
    def test_all_are_asked_at_the_same_time(self, answers, text, clock):
        for questions in few_and_many(text, 3):
            # If one has to wait, the slowest shows it.
            waits = sorted(text.seconds() for _ in questions)
            model = answering(script(questions, waits))
            before = clock.elapsed
            answers.ask_many(model, questions)
            took = clock.elapsed - before
            check_each_asked_once(model, questions)
            said = f"{max(waits):g} s, as the slowest", f"{took:g} s"
            self.in_words(not same(took, sum(waits)), "it asks one after the other", *said)
            self.in_words(same(took, max(waits)), "not all are asked at the same time", *said)

    @keeps(1)
    def test_the_order_is_that_of_the_questions(self, answers, text):
        questions = [question_of(text) for _ in range(4)]
        waits = [4.0, 3.0, 2.0, 1.0]
        wanted = [answer_to(question) for question in questions]
        model = answering(script(questions, waits))
        got = answers.ask_many(model, questions)
        must = self.against(wanted)
        must(
            not any(isinstance(one, AIMessage) for one in got), "it returns messages and not texts"
        )
        must(got != wanted[::-1], "the answers come in the order in which they were finished")
        must(got != [one.strip() for one in wanted], "spaces or line breaks are lost")
        must(got == wanted, "the answers are not those of the questions")

    @keeps(1)
    def test_equal_questions_are_two(self, answers, text):
        twin, other = question_of(text), question_of(text)
        model = answering({twin: [Reply("one"), Reply("two")], other: Reply("three")})
        got = answers.ask_many(model, [twin, other, twin])
        must = self.against(Words("'one' and 'two' for the two that are equal, and 'three'"))
        must(len(got) == 3 and len({*got}) == 3, "questions that are equal share an answer")
        must(
            got[1] == "three" and {*got} == {"one", "two", "three"},
            "the answers are not those of the questions",
        )

    @keeps(3)
    def test_without_questions_nothing_is_asked(self, answers):
        model = answering([Reply("No.")])
        got = answers.ask_many(model, [])
        calls = len(seen(model))
        self.in_words(
            calls == 0, "without questions the model is asked", in_calls(0), in_calls(calls)
        )
        must = self.against([])
        must(got == [], "without questions it does not return an empty list")

    @keeps(4)
    def test_an_error_passes(self, answers, text):
        for failing in range(3):
            questions = [question_of(text) for _ in range(3)]
            error = text.random.choice((*WRONG, *PASSING))("of the model")
            error.__cause__ = LookupError("behind it")
            model = answering(script(questions, failing={questions[failing]: error}))
            with passes_on(error, "the model"):
                answers.ask_many(model, questions)

    @keeps(4)
    def test_one_of_several_errors_passes(self, answers, text):
        for kinds in ((TimeoutError, TimeoutError), (None, KeyError, ConnectionError), WRONG):
            questions = [question_of(text) for _ in kinds]
            failing = {
                question: kind("of the model")
                for question, kind in zip(questions, kinds, strict=True)
                if kind
            }
            model = answering(script(questions, failing=failing))
            replaced = "several errors become another one"
            wanted = Words(" or ".join(dict.fromkeys(kind.__name__ for kind in kinds if kind)))
            any_error = (*WRONG, *PASSING, ExceptionGroup)
            with self.raises(any_error, "an error of the model is hidden", wanted) as caught:
                answers.ask_many(model, questions)
            self.must(
                any(caught.error is error for error in failing.values()),
                replaced,
                wanted,
                Words(type(caught.error).__name__),
            )

    @keeps(1)
    @in_process(BLOCKS)
    def test_the_texts_may_come_in_blocks(self, answers, text):
        first, second = text.word(), f" {text.word()}"
        replies = dict(enumerate(in_blocks(first, second, text.secret())))
        questions = [f"{number}. {question_of(text)}" for number in replies]
        model = answering(dict(zip(questions, replies.values(), strict=True)))
        for got in answers.ask_many(model, tuple(questions)):
            check_text_of_blocks(got, first + second)

    @keeps(1)
    def test_each_call_asks_anew(self, answers, text):
        def ask(model, question):
            return answers.ask_many(model, [question])

        check_asked_anew(ask, question_of(text), joined)

    def test_any_questions(self, search):
        def promise(answers, words):
            questions = [f"#{number} {word}?" for number, word in enumerate(words)]
            model = answering(script(questions))
            got = answers.ask_many(model, questions)
            check_each_asked_once(model, questions)
            check_same(got, [answer_to(question) for question in questions])

        always = (
            *each(words=tuple([text, "a"] for text in TEXTS)),
            *each(words=([], ["a"], ["a"] * 5)),
        )
        search(promise, *always, words=any_tokens(most=3))


class TestAskEach(Explained):
    """Each question has an outcome: an answer or an error."""

    WHY: ClassVar = {
        "one failed question takes the answers of the others along": "batch raises the first "
        "error, and all other answers are lost although they were paid for. With "
        "return_exceptions=True it puts the errors in the list.",
        "the error is not the exception itself": "Neither its text nor another error will do, such "
        "as what it was raised from. The "
        "caller wants this exception: to look at its type, or to raise it again.",
        "a failed question is left out": "The caller wants to know of it. There is one Outcome for "
        "each question.",
        "a failed question has an answer": 'It has none: answer stays None. "" would be an answer '
        "that says nothing.",
        "after a failed question it is over": "Each question has an Outcome, whatever became of "
        "the ones before it.",
        "a question that was answered has an error": "Its call has not failed: error stays None.",
        "an empty answer is taken for a failure": '"" is an answer. A failure is an exception.',
        "an outcome has another question": "Each Outcome has its own question, as it was asked.",
        "the answer is not the text": "An Outcome has the text of the answer, not the message.",
        "it asks one after the other": "While one call waits, the others could already be on their "
        "way. model.batch(questions) sends them all.",
        "the order is not that of the questions": "The first Outcome is that of the first "
        "question, whatever was finished first.",
        "two equal questions have one outcome": "Each is a call of its own, and has an Outcome of "
        "its own: one may have failed.",
        "the outcomes are not those of the questions": "An Outcome for each question, in order: "
        "with the text of its answer, or with its error.",
    }

    def look(self, got, questions, failing, errors=True):
        """Check the outcomes of questions, some of which have failed."""
        wanted = (
            f"error={type(failing[question]).__name__}"
            if question in failing
            else f"answer={answer_to(question)!r}"
            for question in questions
        )
        must = self.against(Words(", ".join(wanted) or "no outcomes"))
        found = [one.question for one in got]
        missing = [question for question in questions if question not in found]
        must(isinstance(got, list), LOST)
        must(not missing or {*missing} - {*failing}, "a failed question is left out")
        must(not missing or not failing, "after a failed question it is over")
        must(len(got) == len(questions), LOST)
        must(
            found == questions or sorted(found) != sorted(questions),
            "the order is not that of the questions",
        )
        must(
            not all(one.error for one in got) or len(failing) == len(questions),
            "one failed question takes the answers of the others along",
        )
        for one, question in zip(got, questions, strict=True):
            must(one.question == question, "an outcome has another question")
            if question not in failing:
                must(one.error is None, "a question that was answered has an error")
                must(not isinstance(one.answer, AIMessage), "the answer is not the text")
                must(one.answer == answer_to(question), LOST)
                continue
            error = failing[question]
            must(one.answer is None, "a failed question has an answer")
            is_it = type(one.error) is type(error) and one.error.args == error.args
            must(is_it or not errors, "the error is not the exception itself")

    @keeps(1)
    def test_one_failure_costs_no_other_answer(self, answers, text):
        for place, kinds in enumerate((WRONG, PASSING, WRONG)):
            questions = [question_of(text) for _ in range(3)]
            error = text.random.choice(kinds)("of the model")
            failing = {questions[place]: error}
            model = answering(script(questions, failing=failing))
            with self.never(
                type(error), "one failed question takes the answers of the others along"
            ):
                got = answers.ask_each(model, questions)
            self.look(got, questions, failing, errors=False)

    @keeps(1)
    def test_the_order_is_that_of_the_questions(self, answers, text):
        questions = [question_of(text) for _ in range(3)]
        model = answering(script(questions, [2.0, 1.0, 3.0], {}))
        self.look(answers.ask_each(model, questions), questions, {})

    @keeps(2)
    def test_each_error_is_kept_as_it_is(self, answers, text):
        questions = [question_of(text) for _ in range(4)]
        kinds = text.random.sample((*WRONG, *PASSING), 4)
        failing = {
            question: kind(text.secret()) for question, kind in zip(questions, kinds, strict=True)
        }
        for error in failing.values():
            error.__cause__ = LookupError("behind it")
        model = answering(script(questions, failing=failing))
        problem = "one failed question takes the answers of the others along"
        with self.never(Exception, problem):
            got = answers.ask_each(model, questions)
        self.look(got, questions, failing)

    @keeps(1)
    def test_an_empty_answer_is_an_answer(self, answers, text):
        question = question_of(text)
        (got,) = answers.ask_each(answering({question: Reply("")}), [question])
        must = self.against(Words("answer='', error=None"), got)
        must(got.error is None, "an empty answer is taken for a failure")
        must(got.answer == "", "an empty answer is taken for a failure")

    @keeps(3)
    def test_all_are_asked_at_the_same_time(self, answers, text, clock):
        for questions in few_and_many(text, 4):
            waits = [2.0, 1.0, *(3.0 for _ in questions[3:]), 4.0]
            failing = {questions[1]: TimeoutError("of the model")}
            model = answering(script(questions, waits, failing))
            problem = "one failed question takes the answers of the others along"
            before = clock.elapsed
            with self.never(TimeoutError, problem):
                answers.ask_each(model, questions)
            took = clock.elapsed - before
            check_each_asked_once(model, questions)
            said = "4 s, as the slowest", f"{took:g} s"
            self.in_words(same(took, 4.0), "it asks one after the other", *said)

    @keeps(3)
    def test_equal_questions_are_asked_twice(self, answers, text):
        twin = question_of(text)
        model = answering({twin: [Reply(answer_to(twin))] * 4})
        got = answers.ask_each(model, [twin, twin])
        check_each_asked_once(model, [twin, twin])
        self.look(got, [twin, twin], {})

    @keeps(1)
    def test_each_of_equal_questions_has_its_outcome(self, answers, text):
        twin, error = question_of(text), ValueError("of the model")
        model = answering({twin: [Reply(Fail(error)), Reply(answer_to(twin))]})
        got = answers.ask_each(model, [twin, twin])
        must = self.against(Words("one answer and one error"), Words(f"{got!r}"))
        must([one.error for one in got].count(None) == 1, TWINS)
        must([one.answer for one in got].count(None) == 1, TWINS)

    @keeps(1)
    @in_process(BLOCKS)
    def test_the_texts_may_come_in_blocks(self, answers, text):
        first, second = text.word(), f" {text.word()}"
        for reply in in_blocks(first, second, text.secret()):
            (got,) = answers.ask_each(answering([reply]), (question_of(text),))
            check_text_of_blocks(got.answer, first + second)

    @keeps(3)
    def test_each_call_asks_anew(self, answers, text):
        def ask(model, question):
            return answers.ask_each(model, [question])

        check_asked_anew(ask, question_of(text), lambda got: got[0].answer)

    def test_without_questions_nothing_is_asked(self, answers):
        model = answering([Reply("No.")])
        got = answers.ask_each(model, [])
        self.must(got == [] and not seen(model), LOST, [])

    def test_any_questions(self, search):
        def promise(answers, words, kinds):
            questions = [f"#{number} {word}?" for number, word in enumerate(words)]
            failing = {
                question: kind(*["of the model"][: number % 2])  # an error may say nothing
                for number, (question, kind) in enumerate(zip(questions, kinds, strict=False))
                if kind
            }
            model = answering(script(questions, failing=failing))
            got = answers.ask_each(model, questions)
            self.look(got, questions, failing)
            check_each_asked_once(model, questions)

        kind = st.none() | st.sampled_from((*WRONG, *PASSING, Stranger))
        always = (
            *each(words=tuple([text, "a"] for text in TEXTS), kinds=[ValueError]),
            *each(words=["a", "b", "c"], kinds=([], [ValueError] * 3, [None, KeyError, None])),
        )
        search(promise, *always, words=any_tokens(most=3), kinds=st.lists(kind, max_size=4))


LOST = "the outcomes are not those of the questions"
TWINS = "two equal questions have one outcome"


def several(said):
    """An error made of others, which is none of them."""
    return ExceptionGroup(said, [ConnectionError(said)])


class TestAskAgain(Explained):
    """A failure that may pass is tried again; another one is not."""

    WHY: ClassVar = {
        "it gives up although the next call would succeed": "Both kinds in TRANSIENT may be gone "
        "the next moment. Catch them, and ask again while there are attempts left.",
        "a question that is wrong is asked again and again": "Only the errors in TRANSIENT may be "
        "gone the next moment. Any other error comes again each time: let it pass at once.",
        "Ctrl-C does not stop it": "KeyboardInterrupt is how somebody stops the program. Catch "
        "only what is in TRANSIENT.",
        "it asks more often than it may": "`attempts` is the number of all calls, whatever they "
        "fail with, the first one included.",
        "it asks less often than it may": "`attempts` is the number of all calls, the first one "
        "included.",
        "the last error does not come out": "When the last call has failed, the caller has to "
        "know. Let its error pass: no None, no empty text.",
        "another error comes out than the last": "Let the error of the last call pass as it is: "
        "`raise` alone, in the except branch, does that.",
        "it goes on although it has an answer": "The first answer is the one. Return it.",
        "the answer is not returned": "Return the text of the first call that succeeds.",
        "it waits before it asks again": "This task asks again at once. (Programs that retry over "
        "a network wait a little; that is in CONCEPTS.md.)",
        "fewer than one attempt is accepted": "Without an attempt there is no answer. Raise "
        "ValueError, before you ask anything.",
        "it asks before it looks at attempts": "Check the argument first: a call costs money.",
    }

    def fails(self, *kinds):
        """Errors, each an object of its own, and what the model does with them.

        What is behind an error is of the other kind. It does not count.
        """
        errors = [kind(f"failure {number}") for number, kind in enumerate(kinds, start=1)]
        for error in errors:
            behind = KeyError if isinstance(error, PASSING) else ConnectionError
            error.__cause__ = behind("behind it")
        return errors, [Reply("Hel", Fail(error)) for error in errors]

    @keeps(3)
    @in_process(NETWORK)
    def test_other_errors_pass_at_once(self, answers, play, text):
        for kind in (*WRONG, several):
            (error, *_), replies = self.fails(*[kind] * 5)
            model = play(*replies)
            problem = "a question that is wrong is asked again and again"
            with self.raises(type(error), problem) as caught:
                answers.ask_again(model, question_of(text))
            calls = len(seen(model))
            self.in_words(calls == 1, problem, in_calls(1), in_calls(calls))
            check(caught.error is error, problem, why=self.WHY[problem])

    @keeps(3)
    @in_process(NETWORK)
    def test_ctrl_c_stops_it(self, answers, play, text):
        _, replies = self.fails(*[KeyboardInterrupt] * 5)
        model = play(*replies)
        with self.raises(KeyboardInterrupt, "Ctrl-C does not stop it"):
            answers.ask_again(model, question_of(text))
        calls = len(seen(model))
        self.in_words(calls == 1, "Ctrl-C does not stop it", in_calls(1), in_calls(calls))

    @keeps(1)
    @in_process(NETWORK)
    def test_it_asks_again(self, answers, play, text):
        for kind in PASSING:
            wanted = text.sentence()
            errors, replies = self.fails(kind, kind)
            model = play(*replies, Reply.of(wanted), Reply("No."))
            gives_up = "it gives up although the next call would succeed"
            with self.never(type(errors[0]), gives_up, wanted):
                got = answers.ask_again(model, question_of(text))
            must = self.against(wanted)
            must(len(seen(model)) <= 3, "it goes on although it has an answer")
            must(got == wanted, "the answer is not returned")

    @keeps(2)
    @in_process(NETWORK)
    def test_it_asks_so_many_times_and_no_more(self, answers, play, text):
        for attempts in (None, 1, 2, 5):
            given = [] if attempts is None else [attempts]
            errors, replies = self.fails(*[ConnectionError, TimeoutError] * 14)
            last = errors[(attempts or 3) - 1]
            model = play(*replies, Reply("No."))
            with suppress(ConnectionError, TimeoutError):
                answers.ask_again(model, question_of(text), *given)
            calls, most = len(seen(model)), attempts or 3
            said = in_calls(most), in_calls(calls)
            self.in_words(calls <= most, "it asks more often than it may", *said)
            self.in_words(calls >= most, "it asks less often than it may", *said)
            with raises(
                (ConnectionError, TimeoutError),
                "the last error does not come out",
                why=self.WHY["the last error does not come out"],
                wanted=Words(type(last).__name__),
            ) as caught:
                answers.ask_again(play(*replies), question_of(text), *given)
            self.must(
                caught.error is last,
                "another error comes out than the last",
                Words(f"{type(last).__name__}: {last}"),
                Words(f"{type(caught.error).__name__}: {caught.error}"),
            )

    @keeps(1)
    @in_process(BLOCKS)
    def test_the_text_may_come_in_blocks(self, answers, text):
        first, second = text.word(), f" {text.word()}"
        for reply in in_blocks(first, second, text.secret()):
            got = answers.ask_again(answering([reply]), question_of(text))
            check_text_of_blocks(got, first + second)

    @keeps(1)
    def test_each_call_asks_anew(self, answers, text):
        check_asked_anew(answers.ask_again, question_of(text))

    @keeps(1)
    @in_process(TIME)
    def test_it_does_not_wait(self, answers, play, text, clock):
        _, replies = self.fails(ConnectionError, TimeoutError)
        answers.ask_again(play(*replies, Reply(text.word())), question_of(text))
        waits = "it waits before it asks again"
        self.in_words(clock.elapsed == 0, waits, "no time passes", "some time passes")

    @keeps(4)
    def test_there_is_at_least_one_attempt(self, answers, play, text):
        for attempts in (0, -1):
            model = play(Reply(text.word()), Reply(text.word()))
            with self.raises(ValueError, "fewer than one attempt is accepted"):
                answers.ask_again(model, question_of(text), attempts)
            calls = len(seen(model))
            asks = "it asks before it looks at attempts"
            self.in_words(calls == 0, asks, in_calls(0), in_calls(calls))

    @keeps(1)
    def test_one_answer_is_enough(self, answers, play, text):
        question = question_of(text)
        for wanted in (text.sentence(), ""):
            model = play(Reply(wanted), Reply("No."), Reply("No."))
            got = answers.ask_again(model, question)
            self.must(len(seen(model)) <= 1, "it goes on although it has an answer", in_calls(1))
            self.must(got == wanted, "the answer is not returned", wanted)
            check_asked_once(model, question)

    def test_any_failures(self, search):
        def promise(answers, kinds, attempts):
            errors, replies = self.fails(*kinds)
            model = answering([*replies, Reply("yes"), *[Reply("No.")] * 9])
            most = next(
                (number for number, kind in enumerate(kinds, 1) if kind not in PASSING),
                len(kinds) + 1,
            )
            calls = min(most, attempts)
            wanted = errors[calls - 1] if calls <= len(kinds) else None
            got = came = None
            try:
                got = answers.ask_again(model, "Why?", attempts)
            except (*WRONG, *PASSING, Stranger) as error:
                came = error
            said = in_calls(calls), in_calls(len(seen(model)))
            few, many = "it asks less often than it may", "it asks more often than it may"
            self.in_words(len(seen(model)) >= calls, few, *said)
            self.in_words(len(seen(model)) <= calls, many, *said)
            if wanted is None:
                self.must(got == "yes", "the answer is not returned", "yes")
                return
            self.must(
                came is not None, "the last error does not come out", Words(type(wanted).__name__)
            )
            self.must(
                came is wanted,
                "another error comes out than the last",
                Words(f"{type(wanted).__name__}: {wanted}"),
                Words(f"{type(came).__name__}: {came}"),
            )

        always = (
            *each(
                kinds=(
                    [],
                    [ConnectionError],
                    [TimeoutError] * 2,
                    [ValueError],
                    [*PASSING, KeyError],
                ),
                attempts=4,
            ),
            {"kinds": [ConnectionError] * 30, "attempts": 25},
        )
        kind = st.sampled_from((*PASSING, *PASSING, *WRONG, Stranger))
        search(
            promise,
            *always,
            kinds=st.lists(kind, max_size=5),
            attempts=st.integers(1, 6),
        )
