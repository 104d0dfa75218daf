"""Starts a program that can see, use and do only what it is given. Knows nothing of the course."""
