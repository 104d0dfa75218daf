"""The side of the answers: everything in the process that runs a stranger's code."""
