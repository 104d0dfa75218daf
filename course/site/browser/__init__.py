"""What runs in the reader's browser, in Python compiled to WebAssembly.

There, the course lies in one folder as in a checkout, and is graded by its own tests and plugin.
What is here makes up for what a browser lacks: processes, threads and sockets.
"""
