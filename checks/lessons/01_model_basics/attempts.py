"""What beginners write first for lesson 01: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# ask


def ask__prints(model, question):
    """The learner takes printing for returning."""
    print(model.invoke(question).text)


def ask__forgets_to_return(model, question):
    """The learner has overlooked that a value has to be returned."""
    message = model.invoke(question)
    message.text


def ask__calls_the_model(model, question):
    """The learner believes that a model is called like a function."""
    return model(question).text


def ask__indexes_the_message(model, question):
    """The learner believes that a message is a dict."""
    return model.invoke(question)["text"]


def ask__awaits_nothing(model, question):
    """The learner has overlooked that ainvoke gives a coroutine."""
    return model.ainvoke(question).text


async def ask__is_async(model, question):
    """The learner believes that whatever asks a model has to be async."""
    message = await model.ainvoke(question)
    return message.text


def ask__misspells_an_attribute(model, question):
    """The learner has overlooked that the attribute is called text."""
    return model.invoke(question).txt


def ask__makes_a_str_of_the_message(model, question):
    """The learner believes that str() of a message is its text."""
    return str(model.invoke(question))


def ask__leaves_out_the_question(model, question):
    """The learner has overlooked that invoke takes the question."""
    return model.invoke().text


def ask__quotes_the_name(model, question):
    """The learner has put quotes around the name of a variable."""
    return model.invoke("question").text


def ask__makes_its_own_model(model, question):
    """The learner believes that a model has to be made before it is asked."""
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="gpt-4o-mini")
    return model.invoke(question).text


def ask__hides_str(model, question):
    """The learner has given a variable the name of a function of Python."""
    str = model.invoke(question).text
    return str(str)


# answer_in_pieces


def answer_in_pieces__yields(model, question):
    """The learner believes that pieces are handed out with yield."""
    for chunk in model.stream(question):
        if chunk.text:
            yield chunk.text


def answer_in_pieces__returns_in_the_loop(model, question):
    """The learner has overlooked that return ends the loop in its first round."""
    pieces = []
    for chunk in model.stream(question):
        if chunk.text:
            pieces.append(chunk.text)
        return pieces


def answer_in_pieces__empties_the_list(model, question):
    """The learner has overlooked that the list is made anew in each round."""
    for chunk in model.stream(question):
        pieces = []
        if chunk.text:
            pieces.append(chunk.text)
    return pieces


def answer_in_pieces__extends(model, question):
    """The learner believes that += adds one text to a list."""
    pieces = []
    for chunk in model.stream(question):
        pieces += chunk.text
    return pieces


def answer_in_pieces__returns_what_append_returns(model, question):
    """The learner believes that append returns the list."""
    pieces = []
    for chunk in model.stream(question):
        if chunk.text:
            pieces = pieces.append(chunk.text)
    return pieces


def answer_in_pieces__returns_the_stream(model, question):
    """The learner believes that a stream is a list."""
    return model.stream(question)


def answer_in_pieces__tests_for_none(model, question):
    """The learner believes that a chunk without text has None."""
    pieces = []
    for chunk in model.stream(question):
        if chunk.text is not None:
            pieces.append(chunk.text)
    return pieces


def answer_in_pieces__loops_over_a_message(model, question):
    """The learner believes that a message can be looped over for its pieces."""
    pieces = []
    for chunk in model.invoke(question):
        if chunk.text:
            pieces.append(chunk.text)
    return pieces


# tokens_used


def tokens_used__uses_dots(answers):
    """The learner believes that the entries of a dict are attributes."""
    tokens = silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
        else:
            tokens += answer.usage_metadata.total_tokens
    return TokenReport(tokens, silent)


def tokens_used__has_no_first_value(answers):
    """The learner has overlooked that a counter needs a first value."""
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
        else:
            tokens += answer.usage_metadata["total_tokens"]
    return TokenReport(tokens, silent)


def tokens_used__assigns_plus(answers):
    """The learner has written =+ for +=."""
    tokens = 0
    silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent = +1
        else:
            tokens = +answer.usage_metadata["total_tokens"]
    return TokenReport(tokens, silent)


def tokens_used__returns_a_tuple(answers):
    """The learner believes that two values are as good as the record that has them."""
    tokens = silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
        else:
            tokens += answer.usage_metadata["total_tokens"]
    return tokens, silent


def tokens_used__changes_a_frozen_record(answers):
    """The learner believes that a record can be filled in step by step."""
    report = TokenReport(0, 0)
    for answer in answers:
        if answer.usage_metadata is None:
            report.silent += 1
        else:
            report.tokens += answer.usage_metadata["total_tokens"]
    return report


def tokens_used__swaps_the_figures(answers):
    """The learner has mixed up the order of the two figures."""
    tokens = silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
        else:
            tokens += answer.usage_metadata["total_tokens"]
    return TokenReport(silent, tokens)


def tokens_used__misspells_a_key(answers):
    """The learner has overlooked how the key is written."""
    tokens = silent = 0
    for answer in answers:
        if answer.usage_metadata is None:
            silent += 1
        else:
            tokens += answer.usage_metadata["total"]
    return TokenReport(tokens, silent)


def tokens_used__counts_anew(answers):
    """The learner has begun the count inside of the loop."""
    for answer in answers:
        tokens = 0
        silent = 0
        if answer.usage_metadata:
            tokens += answer.usage_metadata["total_tokens"]
        else:
            silent += 1
    return TokenReport(tokens, silent)


# ask_in_full


def ask_in_full__returns_the_error(model, question):
    """The learner believes that an error is returned."""
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        return AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__raises_the_class(model, question):
    """The learner has overlooked that the error takes the text that came."""
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) in CUT_OFF:
        raise AnswerCutOff
    return answer.text


def ask_in_full__compares_with_the_set(model, question):
    """The learner believes that == finds a text in a set."""
    answer = model.invoke(question)
    said = answer.response_metadata
    if (said.get("finish_reason") or said.get("stop_reason")) == CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__asks_for_an_attribute(model, question):
    """The learner believes that finish_reason is an attribute of the message."""
    answer = model.invoke(question)
    if answer.finish_reason in CUT_OFF:
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__ors_two_texts(model, question):
    """The learner believes that == "a" or "b" compares with both."""
    answer = model.invoke(question)
    if answer.response_metadata.get("finish_reason") == "length" or "max_tokens":
        raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__asks_in_of_the_last(model, question):
    """The learner believes that `in` is asked of both sides of `or`."""
    response = model.invoke(question)
    if (
        response.response_metadata.get("finish_reason")
        or response.response_metadata.get("stop_reason") in CUT_OFF
    ):
        raise AnswerCutOff(response.text)
    return response.text


def ask_in_full__catches_its_own(model, question):
    """The learner has overlooked that the except catches the error that is raised above it."""
    response = model.invoke(question)
    try:
        if response.response_metadata["finish_reason"] in CUT_OFF:
            raise AnswerCutOff(response.text)
    except Exception:
        pass
    return response.text


def ask_in_full__finds_the_reason_in_the_message(model, question):
    """The learner believes that the reason for the end is an attribute of the message."""
    response = model.invoke(question)
    if response.finish_reason == "length":
        raise AnswerCutOff()
    return response.text


# ask_many


def ask_many__takes_the_text_of_a_list(model, questions):
    """The learner believes that a list of messages has a text."""
    return model.batch(questions).text


def ask_many__spreads_the_questions(model, questions):
    """The learner believes that batch takes each question as an argument of its own."""
    return [answer.text for answer in model.batch(*questions)]


def ask_many__returns_the_first(model, questions):
    """The learner has overlooked that return ends the loop in its first round."""
    for answer in model.batch(list(questions)):
        return [answer.text]


def ask_many__awaits_nothing(model, questions):
    """The learner has overlooked that abatch gives a coroutine."""
    return [answer.text for answer in model.abatch(list(questions))]


# ask_each


def ask_each__misspells_the_keyword(model, questions):
    """The learner has overlooked how the keyword is written."""
    outcomes = []
    answers = model.batch(list(questions), return_exception=True)
    for question, answer in zip(questions, answers):
        if isinstance(answer, Exception):
            outcomes.append(Outcome(question, error=answer))
        else:
            outcomes.append(Outcome(question, answer=answer.text))
    return outcomes


def ask_each__expects_only_messages(model, questions):
    """The learner has overlooked that an exception has no text."""
    answers = model.batch(list(questions), return_exceptions=True)
    return [Outcome(question, answer.text) for question, answer in zip(questions, answers)]


def ask_each__compares_the_type(model, questions):
    """The learner believes that each error is exactly an Exception."""
    outcomes = []
    answers = model.batch(list(questions), return_exceptions=True)
    for question, answer in zip(questions, answers):
        if type(answer) == Exception:
            outcomes.append(Outcome(question, error=answer))
        else:
            outcomes.append(Outcome(question, answer=answer.text))
    return outcomes


def ask_each__changes_a_frozen_outcome(model, questions):
    """The learner believes that an Outcome can be filled in later."""
    outcomes = [Outcome(question) for question in questions]
    answers = model.batch(list(questions), return_exceptions=True)
    for outcome, answer in zip(outcomes, answers):
        if isinstance(answer, Exception):
            outcome.error = answer
        else:
            outcome.answer = answer.text
    return outcomes


def ask_each__gives_the_error_second(model, questions):
    """The learner has overlooked that the second field of an Outcome is the answer."""
    outcomes = []
    answers = model.batch(list(questions), return_exceptions=True)
    for question, answer in zip(questions, answers):
        if isinstance(answer, Exception):
            outcomes.append(Outcome(question, answer))
        else:
            outcomes.append(Outcome(question, answer.text))
    return outcomes


def ask_each__pairs_two_lists(model, questions):
    """The learner believes that a loop over two lists in parentheses gives pairs."""
    answers = model.batch(questions, return_exceptions=True)
    return [Outcome(q, a.text) for q, a in (questions, answers)]


# ask_again


def ask_again__catches_a_list(model, question, attempts=3):
    """The learner believes that except takes a list of errors."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except [ConnectionError, TimeoutError]:
            if number == attempts - 1:
                raise


def ask_again__raises_at_once(model, question, attempts=3):
    """The learner has overlooked that raise ends the loop."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT as error:
            raise error


def ask_again__counts_to_the_end(model, question, attempts=3):
    """The learner believes that range(attempts) goes up to attempts."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            if number == attempts:
                raise


def ask_again__returns_the_error(model, question, attempts=3):
    """The learner believes that an error is returned."""
    if attempts < 1:
        return ValueError("attempts must be at least 1")
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            if number == attempts - 1:
                raise


def ask_again__raises_a_text(model, question, attempts=3):
    """The learner believes that a text can be raised."""
    if attempts < 1:
        raise "attempts must be at least 1"
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            if number == attempts - 1:
                raise


def ask_again__tries_around_the_loop(model, question, attempts=3):
    """The learner has overlooked that an error leaves a loop that is inside of the try."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    try:
        for _ in range(attempts):
            return model.invoke(question).text
    except TRANSIENT:
        return model.invoke(question).text


def ask_again__never_counts(model, question, attempts=3):
    """The learner has overlooked that the counter has to be counted down."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    while attempts > 0:
        try:
            return model.invoke(question).text
        except TRANSIENT:
            continue


def ask_again__catches_one_or_the_other(model, question, attempts=3):
    """The learner believes that `or` names two errors in an except."""
    if attempts < 1:
        raise ValueError
    try:
        return model.invoke(question).text
    except ConnectionError or TimeoutError:
        return ask_again(model, question, attempts)


def ask_again__calls_itself_without_return(
    model: BaseChatModel, question: str, attempts: int = 3
) -> str:
    """Calling the function again from inside hands its result on by itself (return forgotten)."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    try:
        return model.invoke(question).text
    except TRANSIENT:
        if attempts == 1:
            raise
        ask_again(model, question, attempts - 1)
