"""What the prompt of lesson 25 offers: `make play-25`.

Every name here can be used there. TRY has a line for each task.
"""

from course.fakes.stage import tokens

TRY = {
    "count_words": "count_words(tokens())",
}
