"""The side of the tests: what is handed out, what may be asked of it, and the channel."""
