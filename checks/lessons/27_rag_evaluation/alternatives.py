"""Right answers to lesson 27 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""


# count_words


def count_words__by_character(tokens):
    """It looks at each character once, and counts where a word begins."""
    count, inside = 0, False
    for token in tokens:
        for letter in token:
            count += not inside and not letter.isspace()
            inside = not letter.isspace()
    return count
