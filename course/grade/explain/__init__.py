"""Why an answer is wrong: looks at its code, and at what its errors mean.

Nothing here gives a verdict. A test has failed by then, and `feedback.py` asks for the cause.
"""
