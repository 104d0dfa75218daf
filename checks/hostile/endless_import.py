"""Never ends to be imported.

Expect: cannot load
Expect: not flagged
"""

while True:
    pass
