"""Starts a program that can see, use and do nothing else. It knows nothing of the course."""
