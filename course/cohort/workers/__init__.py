"""What does the grading: a crew of processes here, or workers on a cluster."""
