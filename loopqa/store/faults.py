"""Named places at which a process can be made to die, to prove that nothing is left half-done.

``LOOPQA_FAULT=<name>`` makes the process kill itself (SIGKILL: no clean-up, as in a power cut)
when it first passes ``fault("<name>")``. Names say where: ``after-wave-added``. The store's own are
``before-commit``, ``after-commit`` and ``inside-migration``; the engine has more. Without the
variable a fault point costs one look-up. A simulator of many processes in one puts its own strike
in place of the kill.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def fault(name: str) -> None:
    """Die here if ``LOOPQA_FAULT`` says so."""
    strike(name)


def _kill_where_asked(name: str) -> None:
    if os.environ.get("LOOPQA_FAULT") == name:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


strike: Callable[[str], None] = _kill_where_asked  #: what happens at a fault point
