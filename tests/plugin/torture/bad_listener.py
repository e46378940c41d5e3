"""A listener that ends the process as often as a file says."""

import os

from loopqa.plugin import hookimpl


@hookimpl
def loopqa_event(event, root):
    if (root / "end_me").exists():
        os._exit(11)
    if (root / "raise").exists():
        raise KeyError(event.event)
