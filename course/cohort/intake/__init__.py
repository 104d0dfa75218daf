"""What was handed in: submissions, archives, names, and which lesson they are for."""
