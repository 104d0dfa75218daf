"""The program behind make: grades answers, watches files, gives hints, and builds the course."""
