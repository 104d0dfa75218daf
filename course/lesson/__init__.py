"""The parts of a lesson as data: stubs, variants of the solution, texts."""
