"""Talking to systemd, where it started us: ready, still alive, stopping (``sd_notify(3)``)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def notify(state: str) -> bool:
    """Send one state such as ``READY=1`` or ``WATCHDOG=1``; False where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return False
    with (
        suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line,
    ):
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.sendall(state.encode())
        return True
    return False
