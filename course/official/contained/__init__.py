"""The side of the answers: all that runs in the process in which a stranger's code runs."""
