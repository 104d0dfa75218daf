"""What came of it: the gradebook, marks for other programs, and the report."""
