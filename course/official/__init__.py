"""Official grading: the answers run in a contained process, apart from their tests."""
