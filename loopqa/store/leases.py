"""Leases: who works on a row, until when, and whether that process is known to be gone.

A row that can be claimed has the columns ``lease_owner`` and ``lease_until``. The lease only says
when somebody else may try; what makes work happen once is the record's version, the fence.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from loopqa.calc.loop.backoff import next_instant

LEASE = timedelta(minutes=10)  #: how long a claim holds unless it is given another length
_OF_THE_HOST = 0xEFFFFFFC  #: Linux's first pid namespace (PROC_PID_INIT_INO)


class Leased(Protocol):
    """A row that one process at a time may work on."""

    lease_owner: str | None
    lease_until: datetime | None


FREE: Mapping[str, None] = {"lease_owner": None, "lease_until": None}
"""The columns of a row that nobody holds."""


def held(now: datetime, lease: timedelta = LEASE) -> dict[str, Any]:
    """The columns of a row that this process holds."""
    return {"lease_owner": this_process(), "lease_until": now + lease}


def is_lost(row: Leased, now: datetime) -> bool:
    """Whether a row's lease ran out, or its process has died on this machine."""
    return row.lease_until is None or row.lease_until <= now or has_died(row.lease_owner)


def after_loss(now: datetime, number: int, attempts: int) -> datetime | None:
    """Until when a row waits whose claim was lost in its ``attempts``-th try; None: not at all.

    The first loss may be nobody's fault. After that each one waits: work that kills its process
    must not keep all other work from being done.
    """
    return next_instant(now, number, attempts - 1) if attempts > 1 else None


def this_process() -> str:
    """The owner that this process writes into leases: machine and process id."""
    return f"{this_machine()}:{os.getpid()}"


def this_machine() -> str:
    """The host, and in a container also where its processes are numbered.

    Containers may share the host's name; the number of a process says nothing in another one.
    """
    try:
        numbering = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        numbering = _OF_THE_HOST
    host = socket.gethostname()
    return host if numbering == _OF_THE_HOST else f"{host}/{numbering}"


def has_died(owner: str | None) -> bool:
    """Whether the process is known to be gone; one on another machine never is.

    A wrong answer does no harm: the fence refuses the second of two that finish.
    """
    host, _, process = (owner or "").rpartition(":")
    if host != this_machine() or os.name != "posix":
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
