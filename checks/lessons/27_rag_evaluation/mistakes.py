"""Wrong answers to lesson 27 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""


# count_words


def count_words__each_token_alone(tokens):
    """The words of a text are those of its tokens.

    Caught by: test_a_word_may_come_in_pieces
    """
    return sum(len(token.split()) for token in tokens)


def count_words__counts_spaces(tokens):
    """Between two words there is one space.

    Caught by: test_white_space_may_be_long
    """
    return "".join(tokens).count(" ") + 1
