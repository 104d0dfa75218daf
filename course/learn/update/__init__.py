"""`make update`: the newest course, with every answer in it."""
