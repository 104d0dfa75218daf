"""The course as a folder of static files: read, written and graded in a browser."""
