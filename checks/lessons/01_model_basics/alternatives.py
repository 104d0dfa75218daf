"""Right answers to lesson 01 that are written in another way than the reference.

`course/lesson/variants.py` explains how these functions are used.
"""
# Names come from the solution, and a loop may end without a return.
# ruff: noqa: F821, RET503


# ask


def ask__joins_the_text_blocks(model, question):
    """The blocks of text are found by hand."""
    content = model.invoke(question).content
    blocks = [content] if isinstance(content, str) else content
    texts = []
    for block in blocks:
        if isinstance(block, str):
            texts.append(block)
        elif block["type"] == "text":
            texts.append(block["text"])
    return "".join(texts)


def ask__joins_a_stream(model, question):
    """The answer is read as a stream, and joined."""
    return "".join(chunk.text for chunk in model.stream(question))


def ask__sends_a_message(model, question):
    """The question is made a message first."""
    from langchain_core.messages import HumanMessage

    message = model.invoke([HumanMessage(question)])
    return str(message.text)


def ask__asks_a_batch_of_one(model, question):
    """One question is a batch of one."""
    [message] = model.batch([question])
    return message.text


# answer_in_pieces


def answer_in_pieces__appends(model, question):
    """A loop that appends."""
    pieces = []
    for chunk in model.stream(question):
        if chunk.text != "":
            pieces.append(chunk.text)
    return pieces


def answer_in_pieces__filters(model, question):
    """Two lazy steps, and a list of what is left."""
    texts = (chunk.text for chunk in model.stream(question))
    return list(filter(None, texts))


def answer_in_pieces__takes_out_the_empty_ones(model, question):
    """The empty texts are taken out afterward."""
    pieces = [str(chunk.text) for chunk in model.stream(question)]
    while "" in pieces:
        pieces.remove("")
    return pieces


# tokens_used


def tokens_used__makes_a_list(answers):
    """A list first, then two sums."""
    reports = [answer.usage_metadata for answer in answers]
    known = [usage for usage in reports if usage is not None]
    return TokenReport(sum(usage["total_tokens"] for usage in known), len(reports) - len(known))


def tokens_used__counts_in_a_try(answers):
    """A missing report is noticed by its error."""
    tokens, silent = 0, 0
    for answer in answers:
        try:
            tokens = tokens + answer.usage_metadata["total_tokens"]
        except TypeError:
            silent = silent + 1
    return TokenReport(tokens=tokens, silent=silent)


def tokens_used__reduces(answers):
    """One report for each answer, and all of them added."""
    total = TokenReport(0, 0)
    for answer in list(answers):
        usage = answer.usage_metadata
        one = TokenReport(0, 1) if usage is None else TokenReport(usage["total_tokens"], 0)
        total = TokenReport(total.tokens + one.tokens, total.silent + one.silent)
    return total


# ask_in_full


def ask_in_full__loops_over_keys(model, question):
    """A loop over both keys."""
    answer = model.invoke(question)
    for key in ("finish_reason", "stop_reason"):
        if answer.response_metadata.get(key) in CUT_OFF:
            raise AnswerCutOff(answer.text)
    return answer.text


def ask_in_full__intersects(model, question):
    """The reasons are a set, and it is compared with the other one."""
    message = model.invoke(question)
    metadata = message.response_metadata
    reasons = {metadata.get(key) for key in ("stop_reason", "finish_reason")}
    if reasons & CUT_OFF:
        raise AnswerCutOff(partial=message.text)
    return message.text


def ask_in_full__looks_for_the_key(model, question):
    """Which key is there is looked up first."""
    answer = model.invoke(question)
    said = answer.response_metadata
    reason = None
    if "finish_reason" in said:
        reason = said["finish_reason"]
    if reason is None and "stop_reason" in said:
        reason = said["stop_reason"]
    if reason is not None and reason in CUT_OFF:
        raise AnswerCutOff(str(answer.text))
    return str(answer.text)


# ask_many


def ask_many__maps_in_a_pool(model, questions):
    """A pool of threads keeps the order by itself."""
    from concurrent.futures import ThreadPoolExecutor

    if not questions:
        return []
    with ThreadPoolExecutor(max_workers=len(questions)) as pool:
        return [answer.text for answer in pool.map(model.invoke, questions)]


def ask_many__puts_answers_in_place(model, questions):
    """The answers come in any order, and each is put in its place."""
    texts = [""] * len(questions)
    for number, answer in model.batch_as_completed(list(questions)):
        texts[number] = answer.text
    return texts


def ask_many__loops_over_the_batch(model, questions):
    """A loop that appends."""
    texts = []
    for message in model.batch([*questions]):
        texts.append(message.text)
    return texts


# ask_each


def ask_each__puts_outcomes_in_place(model, questions):
    """The answers come in any order, and each is put in its place."""
    outcomes = [None] * len(questions)
    found = model.batch_as_completed(list(questions), return_exceptions=True)
    for number, answer in found:
        question = questions[number]
        if isinstance(answer, Exception):
            outcomes[number] = Outcome(question, error=answer)
        else:
            outcomes[number] = Outcome(question, answer=answer.text)
    return outcomes


def ask_each__tries_in_threads(model, questions):
    """Each thread catches the error of its own question."""
    from concurrent.futures import ThreadPoolExecutor

    def outcome(question):
        try:
            return Outcome(question, model.invoke(question).text, None)
        except Exception as error:
            return Outcome(question, None, error)

    with ThreadPoolExecutor(max_workers=max(1, len(questions))) as pool:
        return list(pool.map(outcome, questions))


def ask_each__asks_each_future(model, questions):
    """Each future knows its result or its error."""
    from concurrent.futures import ThreadPoolExecutor

    if len(questions) == 0:
        return []
    pool = ThreadPoolExecutor(len(questions))
    futures = [pool.submit(model.invoke, question) for question in questions]
    pool.shutdown()
    outcomes = []
    for question, future in zip(questions, futures, strict=True):
        if future.exception() is not None:
            outcomes.append(Outcome(question=question, error=future.exception()))
        else:
            outcomes.append(Outcome(question=question, answer=str(future.result().text)))
    return outcomes


def ask_each__looks_for_messages(model, questions):
    """What is a message is an answer, and the rest is an error."""
    outcomes = []
    answers = model.batch(list(questions), return_exceptions=True)
    for number in range(len(questions)):
        if isinstance(answers[number], AIMessage):
            outcomes.append(Outcome(questions[number], answer=answers[number].text))
        else:
            outcomes.append(Outcome(questions[number], error=answers[number]))
    return outcomes


# ask_again


def ask_again__raises_in_the_last_round(model, question, attempts=3):
    """The last round of the loop lets its error pass."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    for number in range(attempts):
        try:
            return model.invoke(question).text
        except TRANSIENT:
            if number == attempts - 1:
                raise


def ask_again__calls_itself(model, question, attempts=3):
    """Each failure leaves one attempt less."""
    if attempts < 1:
        raise ValueError("there are no attempts left")
    try:
        return model.invoke(question).text
    except TRANSIENT:
        if attempts == 1:
            raise
    return ask_again(model, question, attempts - 1)


def ask_again__uses_with_retry(model, question, attempts=3):
    """LangChain's own way, with all of its arguments."""
    if attempts < 1:
        raise ValueError(attempts)
    asking = model.with_retry(
        retry_if_exception_type=TRANSIENT,
        stop_after_attempt=attempts,
        wait_exponential_jitter=False,
    )
    return asking.invoke(question).text


def ask_again__keeps_the_last_error(model, question, attempts=3):
    """The last error is kept, and raised after the loop."""
    if attempts <= 0:
        raise ValueError("attempts")
    last = None
    while attempts > 0:
        attempts -= 1
        try:
            message = model.invoke(question)
        except (ConnectionError, TimeoutError) as error:
            last = error
        else:
            return message.text
    raise last
