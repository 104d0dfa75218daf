"""Wrong answers to lesson 01 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821, RET503


# ask


def ask__returns_the_message(model, question):
    """What invoke gives is the answer.

    Caught by: test_the_text_of_the_answer_comes_back
    """
    return model.invoke(question)


def ask__takes_content_for_text(model, question):
    """The text of a message is its content.

    Caught by: test_content_may_be_a_list
    """
    return model.invoke(question).content


def ask__makes_a_string_of_content(model, question):
    """Whatever content is, str() turns it into text.

    Caught by: test_content_may_be_a_list
    """
    return str(model.invoke(question).content)


def ask__calls_text(model, question):
    """Text is a method.

    Caught by: test_the_text_of_the_answer_comes_back
    """
    return model.invoke(question).text()


def ask__takes_the_first_block(model, question):
    """Content is a list of blocks, and the first one is the text.

    Caught by: test_the_text_of_the_answer_comes_back
    """
    return model.invoke(question).content[0]["text"]


def ask__joins_all_blocks(model, question):
    """Every block is a part of the text.

    Caught by: test_content_may_be_a_list
    """
    content = model.invoke(question).content
    if isinstance(content, str):
        return content
    return "".join(block.get("text") or block.get("reasoning") or "" for block in content)


def ask__strips_the_answer(model, question):
    """Spaces around an answer are dirt.

    Caught by: test_white_space_is_text
    """
    return model.invoke(question).text.strip()


def ask__replaces_nothing(model, question):
    """An empty answer means that something has failed.

    Caught by: test_nothing_is_an_answer
    """
    return model.invoke(question).text or "No answer"


def ask__insists_on_an_answer(model, question):
    """If nothing comes, one more try does no harm.

    Caught by: test_nothing_is_an_answer
    """
    return model.invoke(question).text or model.invoke(question).text


def ask__asks_for_each_look(model, question):
    """invoke looks the answer up, so it may be called as often as it is needed.

    Caught by: test_the_text_of_the_answer_comes_back
    """
    if isinstance(model.invoke(question).content, str):
        return model.invoke(question).content
    return model.invoke(question).text


def ask__adds_good_manners(model, question):
    """A model answers better if it is told what to do.

    Caught by: test_the_text_of_the_answer_comes_back
    """
    return model.invoke(f"Answer this question: {question}").text


def ask__adds_rules(model, question):
    """A model needs rules before the question.

    Caught by: test_the_text_of_the_answer_comes_back
    """
    return model.invoke([("system", "Be kind."), ("human", question)]).text


def ask__takes_a_tuple_for_a_message(model, question):
    """A tuple of a role and a text is one message.

    Caught by: test_the_text_of_the_answer_comes_back
    """
    return model.invoke(("human", question)).text


def ask__sends_a_template(model, question):
    """A prompt is a template, and it is filled in.

    Caught by: test_the_text_of_the_answer_comes_back
    """
    from langchain_core.prompts import ChatPromptTemplate

    prompt = ChatPromptTemplate.from_messages([("human", question)])
    return model.invoke(prompt.invoke({"x": "x"}).to_messages()).text


def ask__hides_errors(model, question):
    """A program must not crash, so an error becomes a polite text.

    Caught by: test_errors_pass
    """
    try:
        return model.invoke(question).text
    except Exception:
        return "Sorry, something went wrong."


def ask__wraps_errors(model, question):
    """An error of one's own says more.

    Caught by: test_errors_pass
    """
    try:
        return model.invoke(question).text
    except Exception as error:
        raise RuntimeError("the model has failed") from error


def ask__knows_no_plain_texts_in_a_list(model, question):
    """What stands in a list is a dict.

    Caught by: test_content_may_be_a_list
    """
    content = model.invoke(question).content
    if isinstance(content, str):
        return content
    return "".join(
        block["text"] for block in content if isinstance(block, dict) and block["type"] == "text"
    )


def ask__takes_whatever_has_a_text(model, question):
    """A block that has a text is a part of the answer.

    Caught by: test_content_may_be_a_list
    """
    content = model.invoke(question).content
    if isinstance(content, str):
        return content
    return "".join(block if isinstance(block, str) else block.get("text", "") for block in content)


def ask__remembers_answers(model, question, known={}):  # noqa: B006
    """A question that was answered need not be asked again.

    Caught by: test_each_call_asks_anew
    """
    key = id(model), question
    if key not in known:
        known[key] = model, model.invoke(question).text
    return known[key][1]


# answer_in_pieces


def answer_in_pieces__keeps_empty_chunks(model, question):
    """Every chunk has text.

    Caught by: test_chunks_without_text_are_left_out
    """
    return [chunk.text for chunk in model.stream(question)]


def answer_in_pieces__returns_chunks(model, question):
    """A chunk is a string.

    Caught by: test_each_chunk_gives_its_text
    """
    return [chunk for chunk in model.stream(question) if chunk.text]


def answer_in_pieces__takes_content_for_text(model, question):
    """The text of a chunk is its content.

    Caught by: test_reasoning_is_no_text
    """
    return [chunk.content for chunk in model.stream(question) if chunk.content]


def answer_in_pieces__gives_letters(model, question):
    """A piece is a letter.

    Caught by: test_each_chunk_gives_its_text
    """
    return list("".join(chunk.text for chunk in model.stream(question)))


def answer_in_pieces__joins_first(model, question):
    """First everything is collected, then it is returned.

    Caught by: test_each_chunk_gives_its_text
    """
    text = ""
    for chunk in model.stream(question):
        text += chunk.text
    return [text]


def answer_in_pieces__splits_the_whole(model, question):
    """The pieces of an answer are its words.

    Caught by: test_each_chunk_gives_its_text
    """
    return model.invoke(question).text.split()


def answer_in_pieces__strips_pieces(model, question):
    """Spaces are added when the words are put together again.

    Caught by: test_each_chunk_gives_its_text
    """
    return [chunk.text.strip() for chunk in model.stream(question) if chunk.text.strip()]


def answer_in_pieces__leaves_out_blanks(model, question):
    """A piece of white space has no text.

    Caught by: test_white_space_is_a_piece
    """
    return [chunk.text for chunk in model.stream(question) if chunk.text.strip()]


def answer_in_pieces__drops_the_last_chunk(model, question):
    """Only the last chunk is empty.

    Caught by: test_chunks_without_text_are_left_out
    """
    return [chunk.text for chunk in model.stream(question)][:-1]


def answer_in_pieces__stops_at_an_empty_chunk(model, question):
    """An empty chunk is the end.

    Caught by: test_chunks_without_text_are_left_out
    """
    pieces = []
    for chunk in model.stream(question):
        if not chunk.text:
            break
        pieces.append(chunk.text)
    return pieces


def answer_in_pieces__leaves_out_repetitions(model, question):
    """The same piece twice is a mistake of the provider.

    Caught by: test_any_answer
    """
    pieces = []
    for chunk in model.stream(question):
        if chunk.text and chunk.text not in pieces[-1:]:
            pieces.append(chunk.text)
    return pieces


def answer_in_pieces__asks_twice(model, question):
    """The whole is needed to know whether there is an answer at all.

    Caught by: test_it_asks_once
    """
    if not model.invoke(question).text:
        return []
    return [chunk.text for chunk in model.stream(question) if chunk.text]


def answer_in_pieces__keeps_what_came(model, question):
    """What came before an error is better than nothing.

    Caught by: test_errors_pass
    """
    pieces = []
    try:
        for chunk in model.stream(question):
            if chunk.text:
                pieces.append(chunk.text)
    except Exception:
        pass
    return pieces


def answer_in_pieces__gives_each_block(model, question):
    """A piece is a block.

    Caught by: test_a_chunk_may_have_several_blocks
    """
    pieces = []
    for chunk in model.stream(question):
        content = [chunk.content] if isinstance(chunk.content, str) else chunk.content
        for block in content:
            if isinstance(block, str):
                pieces.append(block)
            elif block["type"] == "text":
                pieces.append(block["text"])
    return [piece for piece in pieces if piece]


def answer_in_pieces__glues_combining_characters(model: BaseChatModel, question: str) -> list[str]:
    """What joins the letter before it is no piece of its own.

    Caught by: test_any_answer
    """
    import unicodedata

    pieces: list[str] = []
    for chunk in model.stream(question):
        if not chunk.text:
            continue
        if pieces and unicodedata.combining(chunk.text[0]):
            pieces[-1] += chunk.text
        else:
            pieces.append(chunk.text)
    return pieces


# tokens_used


def tokens_used__counts_the_silent_as_zero(answers):
    """What is not reported is 0.

    Caught by: test_who_reports_nothing_is_counted
    """
    tokens = 0
    for answer in answers:
        tokens += (answer.usage_metadata or {}).get("total_tokens", 0)
    return TokenReport(tokens, 0)


def tokens_used__expects_a_report(answers):
    """Every answer reports its tokens.

    Caught by: test_who_reports_nothing_is_counted
    """
    tokens = sum(answer.usage_metadata["total_tokens"] for answer in answers)
    return TokenReport(tokens, 0)


def tokens_used__counts_words(answers):
    """A token is a word.

    Caught by: test_the_total_of_each_answer_is_added
    """
    tokens = silent = 0
    for answer in answers:
        tokens += len(answer.text.split())
        silent += answer.usage_metadata is None
    return TokenReport(tokens, silent)


def tokens_used__estimates_the_silent(answers):
    """Where nothing is reported, a good guess is better than nothing.

    Caught by: test_who_reports_nothing_is_counted
    """
    tokens = silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
            tokens += len(answer.text) // 4
        else:
            tokens += answer.usage_metadata["total_tokens"]
    return TokenReport(tokens, silent)


def tokens_used__adds_what_was_sent(answers):
    """What I sent is what I pay.

    Caught by: test_the_total_of_each_answer_is_added
    """
    tokens = silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
        else:
            tokens += answer.usage_metadata["input_tokens"]
    return TokenReport(tokens, silent)


def tokens_used__adds_what_came_back(answers):
    """Only what the model writes costs something.

    Caught by: test_the_total_of_each_answer_is_added
    """
    reported = [answer.usage_metadata for answer in answers]
    known = [usage["output_tokens"] for usage in reported if usage is not None]
    return TokenReport(sum(known), len(reported) - len(known))


def tokens_used__adds_both_parts(answers):
    """The total is what was sent and what came back.

    Caught by: test_the_total_of_each_answer_is_added
    """
    tokens = silent = 0
    for answer in answers:
        usage = answer.usage_metadata
        if usage is None:
            silent += 1
        else:
            tokens += usage["input_tokens"] + usage["output_tokens"]
    return TokenReport(tokens, silent)


def tokens_used__takes_zero_for_silence(answers):
    """Who reports 0 tokens reports nothing.

    Caught by: test_a_reported_zero_is_a_report
    """
    tokens = silent = 0
    for answer in answers:
        used = (answer.usage_metadata or {}).get("total_tokens")
        tokens += used or 0
        silent += not used
    return TokenReport(tokens, silent)


def tokens_used__looks_in_the_metadata(answers):
    """The figure is in response_metadata, if it is not in usage_metadata.

    Caught by: test_only_usage_metadata_counts
    """
    tokens = silent = 0
    for answer in answers:
        usage = answer.usage_metadata or answer.response_metadata.get("token_usage")
        if usage is None:
            silent += 1
        else:
            tokens += usage["total_tokens"]
    return TokenReport(tokens, silent)


def tokens_used__counts_first(answers):
    """Some answers are a list: first they are counted.

    Caught by: test_the_answers_are_read_once
    """
    count = len(list(answers))
    known = [a.usage_metadata["total_tokens"] for a in answers if a.usage_metadata is not None]
    return TokenReport(sum(known), count - len(known))


def tokens_used__counts_in_a_second_loop(answers):
    """The silent ones are counted after the others.

    Caught by: test_the_answers_are_read_once
    """
    reports = (one.usage_metadata for one in answers if one.usage_metadata)
    tokens = sum(report["total_tokens"] for report in reports)
    return TokenReport(tokens, sum(one.usage_metadata is None for one in answers))


def tokens_used__asks_for_the_length(answers):
    """Everything that can be looped over has a length.

    Caught by: test_the_answers_are_read_once
    """
    tokens = known = 0
    for number in range(len(answers)):
        usage = answers[number].usage_metadata
        if usage is not None:
            tokens += usage["total_tokens"]
            known += 1
    return TokenReport(tokens, len(answers) - known)


def tokens_used__returns_the_sum(answers):
    """What is asked for is a number.

    Caught by: test_the_total_of_each_answer_is_added
    """
    return sum(answer.usage_metadata["total_tokens"] for answer in answers if answer.usage_metadata)


def tokens_used__stops_at_the_first_silent_one(answers):
    """If one answer reports nothing, none does.

    Caught by: test_who_reports_nothing_is_counted
    """
    tokens = silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
            break
        tokens += answer.usage_metadata["total_tokens"]
    return TokenReport(tokens, silent)


def tokens_used__fills_in_the_class(answers):
    """The class is the report.

    Caught by: test_the_total_of_each_answer_is_added
    """
    TokenReport.tokens = TokenReport.silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            TokenReport.silent += 1
        else:
            TokenReport.tokens += answer.usage_metadata["total_tokens"]
    return TokenReport


def tokens_used__counts_a_repetition_once(answers):
    """Equal reports are the same report.

    Caught by: test_each_report_counts
    """
    tokens = silent = 0
    last = None
    for answer in answers:
        usage = answer.usage_metadata
        if usage is None:
            silent += 1
        elif usage != last:
            tokens += usage["total_tokens"]
            last = usage
    return TokenReport(tokens, silent)


def tokens_used__mends_a_zero(answers):
    """A total of 0 is wrong if the two parts are not 0.

    Caught by: test_a_reported_zero_is_the_total
    """
    tokens = silent = 0
    for answer in answers:
        usage = answer.usage_metadata
        if usage is None:
            silent += 1
        else:
            tokens += usage["total_tokens"] or usage["input_tokens"] + usage["output_tokens"]
    return TokenReport(tokens, silent)


def tokens_used__counts_an_id_once(answers):
    """Answers with the same id are one answer.

    Caught by: test_each_report_counts
    """
    seen, tokens, silent = set(), 0, 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
        elif answer.id is None or answer.id not in seen:
            tokens += answer.usage_metadata["total_tokens"]
            seen.add(answer.id)
    return TokenReport(tokens, silent)


def tokens_used__counts_the_silent_by_id(answers):
    """Silent answers with the same id are one answer.

    Caught by: test_each_silent_answer_counts
    """
    silent, tokens = {}, 0
    for number, answer in enumerate(answers):
        if answer.usage_metadata is None:
            silent[answer.id or number] = True
        else:
            tokens += answer.usage_metadata["total_tokens"]
    return TokenReport(tokens, len(silent))


def tokens_used__knows_no_chunks(answers):
    """An answer has the type AIMessage, and nothing else reports.

    Caught by: test_each_report_counts
    """
    tokens = silent = 0
    for answer in answers:
        if type(answer) is not AIMessage or answer.usage_metadata is None:
            silent += 1
        else:
            tokens += answer.usage_metadata["total_tokens"]
    return TokenReport(tokens, silent)


# ask_in_full


def ask_in_full__returns_the_half(model, question):
    """Half an answer is better than nothing.

    Caught by: test_half_an_answer_is_refused
    """
    return model.invoke(question).text


def ask_in_full__knows_one_key(model, question):
    """All providers say finish_reason.

    Caught by: test_the_reason_may_be_under_another_key
    """
    answer = model.invoke(question)
    if answer.response_metadata.get("finish_reason") in CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__knows_the_other_key(model, question):
    """All providers say stop_reason.

    Caught by: test_half_an_answer_is_refused
    """
    answer = model.invoke(question)
    if answer.response_metadata.get("stop_reason") in CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__knows_one_word(model, question):
    """A limit is always called length.

    Caught by: test_the_reason_may_be_under_another_key
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if "length" in (said.get("finish_reason"), said.get("stop_reason")):
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__pairs_word_and_key(model, question):
    """Who says finish_reason says length, and who says stop_reason says max_tokens.

    Caught by: test_the_reason_may_be_under_another_key
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if said.get("finish_reason") == "length" or said.get("stop_reason") == "max_tokens":
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__expects_the_key(model, question):
    """The key is always there.

    Caught by: test_a_key_may_be_missing
    """
    answer = model.invoke(question)
    if answer.response_metadata["finish_reason"] in CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__warns(model, question):
    """A warning is enough.

    Caught by: test_half_an_answer_is_refused
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        print("Warning: the answer was cut off.")
    return answer.text


def ask_in_full__raises_without_the_part(model, question):
    """The caller knows what came.

    Caught by: test_half_an_answer_is_refused
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        raise AnswerCutOff("")
    return answer.text


def ask_in_full__hands_over_the_message(model, question):
    """The more the error has, the better: it gets the whole message.

    Caught by: test_half_an_answer_is_refused
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        error = AnswerCutOff(answer.text)
        error.partial = answer
        raise error
    return answer.text


def ask_in_full__returns_none(model, question):
    """Without a whole answer there is None.

    Caught by: test_half_an_answer_is_refused
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        return None
    return answer.text


def ask_in_full__looks_at_the_text(model, question):
    """A text that does not end with a mark was cut off.

    Caught by: test_half_an_answer_is_refused
    """
    answer = model.invoke(question)
    if not answer.text.rstrip().endswith((".", "!", "?")):
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__wants_stop(model, question):
    """Only "stop" means that an answer is whole.

    Caught by: test_a_key_may_be_missing
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) != "stop":
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__refuses_other_reasons(model, question):
    """An answer that was filtered is no whole answer either.

    Caught by: test_other_reasons_are_no_cuts
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    reason = said.get("finish_reason") or said.get("stop_reason")
    if reason in CUT_OFF or reason == "content_filter":
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__searches_everything(model, question):
    """It says length somewhere in the message.

    Caught by: test_a_whole_answer_comes_back
    """
    answer = model.invoke(question)
    if any(word in str(answer) for word in CUT_OFF):
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__asks_for_the_rest(model, question):
    """If the sheet was full, the rest can be asked for.

    Caught by: test_half_an_answer_is_refused
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        return answer.text + model.invoke("Go on.").text
    return answer.text


def ask_in_full__strips_the_text(model, question):
    """A whole answer has no white space around it.

    Caught by: test_a_whole_answer_comes_back
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text.strip()


def ask_in_full__lets_none_hide_a_reason(model, question):
    """The second argument of get takes the place of None.

    Caught by: test_a_reason_may_be_none
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    if said.get("finish_reason", said.get("stop_reason")) in CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__knows_reasons_in_any_case(model, question):
    """Capitals and spaces make no difference.

    Caught by: test_other_reasons_are_no_cuts
    """
    answer = model.invoke(question)
    said = answer.response_metadata
    reason = said.get("finish_reason") or said.get("stop_reason") or ""
    if reason.strip().lower() in CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__brings_only_dicts(model, question):
    """What stands in a list is a dict.

    Caught by: test_the_text_may_come_in_blocks
    """
    answer = model.invoke(question)
    said, text = answer.response_metadata, answer.content
    if not isinstance(text, str):
        text = "".join(one.get("text", "") for one in text if isinstance(one, dict))
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        raise AnswerCutOff(text)
    return text


# ask_many


def ask_many__asks_in_a_loop(model, questions):
    """batch is only a shorter way to write a loop.

    Caught by: test_all_are_asked_at_the_same_time
    """
    return [model.invoke(question).text for question in questions]


def ask_many__is_polite(model, questions):
    """One must not be a burden to the provider.

    Caught by: test_all_are_asked_at_the_same_time
    """
    answers = model.batch(list(questions), config={"max_concurrency": 1})
    return [answer.text for answer in answers]


def ask_many__is_careful(model, questions):
    """Two at a time are quick enough.

    Caught by: test_all_are_asked_at_the_same_time
    """
    answers = model.batch(list(questions), config={"max_concurrency": 2})
    return [answer.text for answer in answers]


def ask_many__takes_what_comes_first(model, questions):
    """First come, first served.

    Caught by: test_the_order_is_that_of_the_questions
    """
    return [answer.text for _, answer in model.batch_as_completed(list(questions))]


def ask_many__returns_messages(model, questions):
    """batch gives the answers.

    Caught by: test_the_order_is_that_of_the_questions
    """
    return model.batch(list(questions))


def ask_many__keeps_a_dict(model, questions):
    """One question, one answer: a dict knows which belongs to which.

    Caught by: test_equal_questions_are_two
    """
    unique = list(dict.fromkeys(questions))
    found = dict(zip(unique, model.batch(unique), strict=True))
    return [answer.text for answer in found.values()]


def ask_many__asks_twins_once(model, questions):
    """The same question gets the same answer.

    Caught by: test_equal_questions_are_two
    """
    unique = list(dict.fromkeys(questions))
    found = dict(zip(unique, model.batch(unique), strict=True))
    return [found[question].text for question in questions]


def ask_many__sends_one_prompt(model, questions):
    """One call is cheaper than many.

    Caught by: test_all_are_asked_at_the_same_time
    """
    if not questions:
        return []
    return model.invoke("\n".join(questions)).text.split("\n")


def ask_many__leaves_out_failures(model, questions):
    """A call that fails has no answer, so it is left out.

    Caught by: test_an_error_passes
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [answer.text for answer in answers if not isinstance(answer, Exception)]


def ask_many__writes_the_failure_down(model, questions):
    """An error is an answer, too.

    Caught by: test_an_error_passes
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [str(a) if isinstance(a, Exception) else a.text for a in answers]


def ask_many__needs_a_question(model, questions):
    """There is at least one question, and it is a good idea to look at its answer first.

    Caught by: test_without_questions_nothing_is_asked
    """
    answers = model.batch(list(questions))
    first, *rest = answers
    return [first.text, *(answer.text for answer in rest)]


def ask_many__tries_the_model_first(model, questions):
    """Before many calls, one tries whether the model is there.

    Caught by: test_without_questions_nothing_is_asked
    """
    if not questions:
        model.invoke("ping")
        return []
    return [answer.text for answer in model.batch(list(questions))]


def ask_many__strips_answers(model, questions):
    """A list of texts looks better without white space around them.

    Caught by: test_the_order_is_that_of_the_questions
    """
    return [answer.text.strip() for answer in model.batch(list(questions))]


def ask_many__groups_errors(model, questions):
    """Several errors need a group, so that none is lost.

    Caught by: test_one_of_several_errors_passes
    """
    found = model.batch(list(questions), return_exceptions=True)
    errors = [one for one in found if isinstance(one, Exception)]
    if len(errors) > 1:
        raise ExceptionGroup("several calls failed", errors)
    if errors:
        raise errors[0]
    return [one.text for one in found]


def ask_many__asks_ten_at_a_time(model, questions):
    """More than ten calls at a time are too many.

    Caught by: test_all_are_asked_at_the_same_time
    """
    found = model.batch(list(questions), config={"max_concurrency": 10})
    return [answer.text for answer in found]


def ask_many__raises_what_is_behind(model, questions):
    """What an error was raised from says more.

    Caught by: test_an_error_passes
    """
    found = model.batch(list(questions), return_exceptions=True)
    for one in found:
        if isinstance(one, Exception):
            raise one.__cause__ or one
    return [one.text for one in found]


def ask_many__takes_content_for_text(model, questions):
    """The text of a message is its content.

    Caught by: test_the_texts_may_come_in_blocks
    """
    return [answer.content for answer in model.batch(list(questions))]


def ask_many__remembers_answers(model, questions, known={}):  # noqa: B006
    """Questions that were answered need not be asked again.

    Caught by: test_each_call_asks_anew
    """
    key = id(model), tuple(questions)
    if key not in known:
        known[key] = model, [answer.text for answer in model.batch(list(questions))]
    return list(known[key][1])


# ask_each


def ask_each__lets_one_failure_take_all(model, questions):
    """batch keeps the good ones.

    Caught by: test_one_failure_costs_no_other_answer
    """
    answers = model.batch(list(questions))
    return [Outcome(q, answer=a.text) for q, a in zip(questions, answers, strict=True)]


def ask_each__catches_around_the_batch(model, questions):
    """A try around batch gives every question its error.

    Caught by: test_one_failure_costs_no_other_answer
    """
    try:
        answers = model.batch(list(questions))
    except Exception as error:
        return [Outcome(question, error=error) for question in questions]
    return [Outcome(q, answer=a.text) for q, a in zip(questions, answers, strict=True)]


def ask_each__keeps_the_text_of_the_error(model, questions):
    """The text of the error will do.

    Caught by: test_each_error_is_kept_as_it_is
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(q, error=str(a)) if isinstance(a, Exception) else Outcome(q, answer=a.text)
        for q, a in zip(questions, answers, strict=True)
    ]


def ask_each__wraps_the_error(model, questions):
    """All errors should be of one kind.

    Caught by: test_each_error_is_kept_as_it_is
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(q, error=RuntimeError(str(a)))
        if isinstance(a, Exception)
        else Outcome(q, answer=a.text)
        for q, a in zip(questions, answers, strict=True)
    ]


def ask_each__leaves_out_failures(model, questions):
    """Questions that failed are not wanted.

    Caught by: test_one_failure_costs_no_other_answer
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(q, answer=a.text)
        for q, a in zip(questions, answers, strict=True)
        if not isinstance(a, Exception)
    ]


def ask_each__gives_failures_an_empty_answer(model, questions):
    """An answer that failed is empty.

    Caught by: test_one_failure_costs_no_other_answer
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(q, answer="", error=a) if isinstance(a, Exception) else Outcome(q, answer=a.text)
        for q, a in zip(questions, answers, strict=True)
    ]


def ask_each__puts_the_error_in_the_answer(model, questions):
    """What batch gives is the answer, whatever it is.

    Caught by: test_one_failure_costs_no_other_answer
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(q, answer=a if isinstance(a, Exception) else a.text)
        for q, a in zip(questions, answers, strict=True)
    ]


def ask_each__stops_after_a_failure(model, questions):
    """After a failure it is over.

    Caught by: test_one_failure_costs_no_other_answer
    """
    outcomes = []
    for question in questions:
        try:
            outcomes.append(Outcome(question, answer=model.invoke(question).text))
        except Exception as error:
            outcomes.append(Outcome(question, error=error))
            break
    return outcomes


def ask_each__asks_in_a_loop(model, questions):
    """A try in a loop is what return_exceptions does.

    Caught by: test_all_are_asked_at_the_same_time
    """
    outcomes = []
    for question in questions:
        try:
            outcomes.append(Outcome(question, answer=model.invoke(question).text))
        except Exception as error:
            outcomes.append(Outcome(question, error=error))
    return outcomes


def ask_each__asks_again(model, questions):
    """If batch fails, the questions can be asked one by one.

    Caught by: test_all_are_asked_at_the_same_time
    """
    try:
        answers = model.batch(list(questions))
        return [Outcome(q, answer=a.text) for q, a in zip(questions, answers, strict=True)]
    except Exception:
        outcomes = []
        for question in questions:
            try:
                outcomes.append(Outcome(question, answer=model.invoke(question).text))
            except Exception as error:
                outcomes.append(Outcome(question, error=error))
        return outcomes


def ask_each__keeps_the_message(model, questions):
    """The answer is what the model gave.

    Caught by: test_one_failure_costs_no_other_answer
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(q, error=a) if isinstance(a, Exception) else Outcome(q, answer=a)
        for q, a in zip(questions, answers, strict=True)
    ]


def ask_each__takes_empty_for_failed(model, questions):
    """No text means that the call has failed.

    Caught by: test_an_empty_answer_is_an_answer
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(q, answer=a.text)
        if not isinstance(a, Exception) and a.text
        else Outcome(q, error=a if isinstance(a, Exception) else ValueError("nothing came"))
        for q, a in zip(questions, answers, strict=True)
    ]


def ask_each__makes_none_of_empty(model, questions):
    """Nothing is None.

    Caught by: test_an_empty_answer_is_an_answer
    """
    answers = model.batch(list(questions), return_exceptions=True)
    return [
        Outcome(q, error=a) if isinstance(a, Exception) else Outcome(q, answer=a.text or None)
        for q, a in zip(questions, answers, strict=True)
    ]


def ask_each__sorts_by_success(model, questions):
    """First the answers, then the errors: that is easier to read.

    Caught by: test_one_failure_costs_no_other_answer
    """
    answers = model.batch(list(questions), return_exceptions=True)
    outcomes = [
        Outcome(q, error=a) if isinstance(a, Exception) else Outcome(q, answer=a.text)
        for q, a in zip(questions, answers, strict=True)
    ]
    return sorted(outcomes, key=lambda outcome: outcome.error is not None)


def ask_each__takes_what_comes_first(model, questions):
    """What is finished first can be shown first.

    Caught by: test_the_order_is_that_of_the_questions
    """
    outcomes = []
    for number, a in model.batch_as_completed(list(questions), return_exceptions=True):
        if isinstance(a, Exception):
            outcomes.append(Outcome(questions[number], error=a))
        else:
            outcomes.append(Outcome(questions[number], answer=a.text))
    return outcomes


def ask_each__asks_twins_once(model, questions):
    """The same question has the same outcome.

    Caught by: test_equal_questions_are_asked_twice
    """
    unique = list(dict.fromkeys(questions))
    found = dict(zip(unique, model.batch(unique, return_exceptions=True), strict=True))
    return [
        Outcome(q, error=found[q])
        if isinstance(found[q], Exception)
        else Outcome(q, answer=found[q].text)
        for q in questions
    ]


def ask_each__keeps_only_timeouts(model, questions):
    """Only what is transient is an outcome; the rest is a bug.

    Caught by: test_one_failure_costs_no_other_answer
    """
    answers = model.batch(list(questions), return_exceptions=True)
    outcomes = []
    for question, answer in zip(questions, answers, strict=True):
        if isinstance(answer, TRANSIENT):
            outcomes.append(Outcome(question, error=answer))
        elif isinstance(answer, Exception):
            raise answer
        else:
            outcomes.append(Outcome(question, answer=answer.text))
    return outcomes


def ask_each__keyed_by_question(model, questions):
    """Equal questions have equal outcomes.

    Caught by: test_each_of_equal_questions_has_its_outcome
    """
    results = model.batch(list(questions), return_exceptions=True)
    outcomes = {
        question: Outcome(question, error=result)
        if isinstance(result, Exception)
        else Outcome(question, answer=result.text)
        for question, result in zip(questions, results, strict=True)
    }
    return [outcomes[question] for question in questions]


def ask_each__takes_what_is_behind(model, questions):
    """What an error was raised from says more.

    Caught by: test_each_error_is_kept_as_it_is
    """
    return [
        Outcome(question, error=found.__cause__ or found)
        if isinstance(found, Exception)
        else Outcome(question, found.text)
        for question, found in zip(
            questions, model.batch(list(questions), return_exceptions=True), strict=True
        )
    ]


def ask_each__takes_content_for_text(model, questions):
    """The text of a message is its content.

    Caught by: test_the_texts_may_come_in_blocks
    """
    return [
        Outcome(question, error=found)
        if isinstance(found, Exception)
        else Outcome(question, found.content)
        for question, found in zip(
            questions, model.batch(list(questions), return_exceptions=True), strict=True
        )
    ]


# ask_again


def ask_again__retries_every_error(model, question, attempts=3):
    """Every error is worth a retry.

    Caught by: test_other_errors_pass_at_once
    """
    if attempts < 1:
        raise ValueError
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except Exception:
            if number == attempts - 1:
                raise


def ask_again__uses_the_defaults(model, question, attempts=3):
    """with_retry knows what to retry.

    Caught by: test_other_errors_pass_at_once
    """
    if attempts < 1:
        raise ValueError
    return model.with_retry(stop_after_attempt=attempts).invoke(question).text


def ask_again__waits(model, question, attempts=3):
    """Between two attempts one waits.

    Caught by: test_it_does_not_wait
    """
    if attempts < 1:
        raise ValueError
    asking = model.with_retry(retry_if_exception_type=TRANSIENT, stop_after_attempt=attempts)
    return asking.invoke(question).text


def ask_again__sleeps(model, question, attempts=3):
    """A model that has failed needs a rest.

    Caught by: test_it_does_not_wait
    """
    import time

    if attempts < 1:
        raise ValueError
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            if number == attempts - 1:
                raise
            time.sleep(2**number)


def ask_again__says_nothing(model, question, attempts=3):
    """When nothing helps, there is no answer: None.

    Caught by: test_it_asks_so_many_times_and_no_more
    """
    if attempts < 1:
        raise ValueError
    for _ in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            pass
    return None


def ask_again__raises_its_own_error(model, question, attempts=3):
    """In the end there is an error of one's own that says how often it was tried.

    Caught by: test_it_asks_so_many_times_and_no_more
    """
    if attempts < 1:
        raise ValueError
    for _ in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT as error:
            last = error
    raise ConnectionError(f"{attempts} attempts have failed") from last


def ask_again__raises_the_first_error(model, question, attempts=3):
    """The first error is the cause of all.

    Caught by: test_it_asks_so_many_times_and_no_more
    """
    if attempts < 1:
        raise ValueError
    errors = []
    for _ in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT as error:
            errors.append(error)
    raise errors[0]


def ask_again__knows_only_timeouts(model, question, attempts=3):
    """Only a timeout may be gone the next moment.

    Caught by: test_it_asks_again
    """
    if attempts < 1:
        raise ValueError
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except TimeoutError:
            if number == attempts - 1:
                raise


def ask_again__catches_os_errors(model, question, attempts=3):
    """Both kinds are an OSError, so that is what to catch.

    Caught by: test_other_errors_pass_at_once
    """
    if attempts < 1:
        raise ValueError
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except OSError:
            if number == attempts - 1:
                raise


def ask_again__compares_types(model, question, attempts=3):
    """An error is of a kind if its type is that kind.

    Caught by: test_it_asks_again
    """
    if attempts < 1:
        raise ValueError
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except Exception as error:
            if type(error) not in TRANSIENT or number == attempts - 1:
                raise


def ask_again__does_not_stop(model, question, attempts=3):
    """Ctrl-C is an error like others.

    Caught by: test_other_errors_pass_at_once
    """
    if attempts < 1:
        raise ValueError
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except:  # noqa: E722
            if number == attempts - 1:
                raise


def ask_again__takes_ctrl_c_for_transient(model, question, attempts=3):
    """An interruption may be gone the next moment, too.

    Caught by: test_ctrl_c_stops_it
    """
    if attempts < 1:
        raise ValueError
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except (*TRANSIENT, KeyboardInterrupt):
            if number == attempts - 1:
                raise


def ask_again__counts_each_kind(model, question, attempts=3):
    """Each kind of failure has a count of its own.

    Caught by: test_it_asks_so_many_times_and_no_more
    """
    if attempts < 1:
        raise ValueError
    failures = dict.fromkeys(TRANSIENT, 0)
    while True:
        try:
            return model.invoke(question).text
        except TRANSIENT as error:
            kind = next(one for one in TRANSIENT if isinstance(error, one))
            failures[kind] += 1
            if failures[kind] == attempts:
                raise


def ask_again__counts_repetitions(model, question, attempts=3):
    """The first call is no attempt: attempts says how often it is asked again.

    Caught by: test_it_asks_so_many_times_and_no_more
    """
    if attempts < 1:
        raise ValueError
    for _ in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            pass
    return model.invoke(question).text


def ask_again__gives_up_early(model, question, attempts=3):
    """The loop ends one before the last.

    Caught by: test_it_asks_again
    """
    if attempts < 1:
        raise ValueError
    for number in range(1, attempts + 1):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            if number >= attempts - 1:
                raise


def ask_again__always_asks_three_times(model, question, attempts=3):
    """Three is the number of attempts.

    Caught by: test_it_asks_so_many_times_and_no_more
    """
    if attempts < 1:
        raise ValueError
    for number in range(3):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            if number == 2:
                raise


def ask_again__accepts_no_attempt(model, question, attempts=3):
    """One call is always allowed.

    Caught by: test_there_is_at_least_one_attempt
    """
    for _ in range(attempts - 1):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            continue
    return model.invoke(question).text


def ask_again__checks_at_the_end(model, question, attempts=3):
    """If it worked, it does not matter how many attempts were allowed.

    Caught by: test_there_is_at_least_one_attempt
    """
    number = 1
    while True:
        try:
            text = model.invoke(question).text
        except TRANSIENT:
            if number >= attempts:
                raise
            number += 1
        else:
            break
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    return text


def ask_again__takes_empty_for_failed(model, question, attempts=3):
    """An empty answer is a failure that may pass.

    Caught by: test_one_answer_is_enough
    """
    if attempts < 1:
        raise ValueError
    text = ""
    for number in range(attempts):
        try:
            text = model.invoke(question).text
        except TRANSIENT:
            if number == attempts - 1:
                raise
        if text:
            break
    return text


def ask_again__goes_on_after_an_answer(model, question, attempts=3):
    """The loop goes round as often as attempts says, and the last answer counts.

    Caught by: test_it_asks_again
    """
    if attempts < 1:
        raise ValueError
    text = None
    for number in range(attempts + 1):
        try:
            text = model.invoke(question).text
        except TRANSIENT:
            if number >= attempts - 1:
                raise
    return text


def ask_again__stops_at_another_kind(model, question, attempts=3):
    """A failure of another kind than the first is something new.

    Caught by: test_it_asks_so_many_times_and_no_more
    """
    if attempts < 1:
        raise ValueError
    first = None
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT as error:
            first = first or type(error)
            if type(error) is not first or number == attempts - 1:
                raise


def ask_again__looks_behind_errors(model, question, attempts=3):
    """What was raised from an error that may be gone may be gone, too.

    Caught by: test_other_errors_pass_at_once
    """
    if attempts < 1:
        raise ValueError(attempts)
    for left in reversed(range(attempts)):
        try:
            return model.invoke(question).text
        except Exception as error:
            may_pass = isinstance(error, TRANSIENT) or isinstance(error.__cause__, TRANSIENT)
            if not may_pass or not left:
                raise


def ask_again__looks_into_groups(model, question, attempts=3):
    """A group of errors that may be gone may be gone, too.

    Caught by: test_other_errors_pass_at_once
    """
    if attempts < 1:
        raise ValueError(attempts)
    for left in reversed(range(attempts)):
        try:
            return model.invoke(question).text
        except Exception as error:
            inside = getattr(error, "exceptions", [error])
            if not all(isinstance(one, TRANSIENT) for one in inside) or not left:
                raise


def ask_again__has_a_limit_of_its_own(model, question, attempts=3):
    """Nobody needs more than twenty attempts.

    Caught by: test_any_failures
    """
    if attempts < 1:
        raise ValueError(attempts)
    for left in reversed(range(min(attempts, 20))):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            if not left:
                raise


def ask_again__takes_content_for_text(model, question, attempts=3):
    """The text of a message is its content.

    Caught by: test_the_text_may_come_in_blocks
    """
    if attempts < 1:
        raise ValueError(attempts)
    for left in reversed(range(attempts)):
        try:
            return model.invoke(question).content
        except TRANSIENT:
            if not left:
                raise
