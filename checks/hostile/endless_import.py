"""Never ends to be imported.

Expect: cannot load
"""

while True:
    pass
