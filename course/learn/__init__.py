"""The learner's loop: watch, hints, progress, reset, the reference solution, and the doctor."""
