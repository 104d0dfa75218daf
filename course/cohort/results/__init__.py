"""The results: the gradebook, marks for other programs, and the report."""
