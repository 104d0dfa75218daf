"""Cannot be imported, for a reason of a million characters, none of which is long by itself.

Expect: cannot load
Expect: not flagged
"""

raise ValueError(*["<b>A</b>,=1+1 " * 130] * 520)
