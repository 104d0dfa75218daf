"""What the prompt of lesson 27 offers: `make play-27`.

Every name here can be used there. TRY has a line for each task.
"""

from course.fakes.stage import tokens

TRY = {
    "count_words": "count_words(tokens())",
}
