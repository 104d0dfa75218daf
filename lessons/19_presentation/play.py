"""What the prompt of lesson 19 offers: `make play-19`.

Every name here can be used there. TRY has a line for each task.
"""

import asyncio
import sys

from rich.console import Console

from course.fakes.stage import PROMPT, model, tokens
from course.fakes.terminal import Terminal

MARKDOWN = """\
Add the numbers:

```python
total = sum([1, 2, 3])
```

It is 6.
"""


async def during(context, seconds=2):
    """Wait inside of an `async with`."""
    async with context:
        await asyncio.sleep(seconds)


TRY = {
    "choose_strategy": 'choose_strategy("Write a function in Python", [])',
    "close_markdown": r'print(close_markdown("```python\nprint(1)"))',
    "interactive": "show(interactive(tokens(), 5, input))",
    "spinner": 'await during(spinner("Searching ...", sys.stdout))',
    "render_live": "render_live(tokens(MARKDOWN), Console())",
    "segment_stream": "show(segment_stream(tokens(MARKDOWN)))",
    "compare_modes": "await compare_modes(model, PROMPT)",
}
