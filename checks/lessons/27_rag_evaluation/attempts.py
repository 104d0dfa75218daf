"""What beginners write first for lesson 27: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# count_words


def count_words__prints(tokens):
    """The learner takes printing for returning."""
    print(len("".join(tokens).split()))


def count_words__returns_in_the_loop(tokens):
    """The learner has overlooked that return ends the loop after its first round."""
    text = ""
    for token in tokens:
        text += token
        return len(text.split())


def count_words__gives_the_words(tokens):
    """The learner gives what was to be counted, not how many there are."""
    return "".join(tokens).split()


def count_words__splits_a_list(tokens):
    """The learner believes that a list of texts has the methods of a text."""
    return len(list(tokens).split())


def count_words__gives_text(tokens):
    """The learner takes the text of a number for the number."""
    return str(len("".join(tokens).split()))
