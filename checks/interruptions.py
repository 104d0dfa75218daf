"""Children that Ctrl-C can end, also in `make test &`."""

from __future__ import annotations

import signal


def let_children_be_interrupted() -> None:
    """Keep a SIGINT that is ignored here from being ignored by the processes that we start.

    A shell without job control has what it runs in the background ignore it, and a program that
    is started inherits that. A handler is not inherited: the system sets it back.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: None)
