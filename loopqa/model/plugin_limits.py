"""How much a plugin of a third party may take before it is ended."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_SEND = 80.0  #: seconds; the outbox itself waits for no notifier much longer


@dataclass(frozen=True)
class PluginLimits:
    """Of one use of a source or a notifier that runs in a process of its own."""

    silent: float = 600.0  #: seconds of a reading without rows and without progress
    check: float = 30.0  #: seconds to tell whether a source can be read, or its columns
    send: float = 60.0  #: seconds to send one message
    rows: int = 100_000_000  #: of one reading, rejected ones included
    volume: int = 100_000_000_000  #: bytes of one reading
    memory: int = 2_000_000_000  #: bytes of the process, where the system can hold it to that
