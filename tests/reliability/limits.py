"""What is taken away from a process before it runs a command: room on the disk, or its rights."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import run
from typing import Any

from sqlalchemy import Engine, event

_CAPABILITIES = 0x20080522  #: version of the call that takes two words of each kind
_OVERRIDES = (1 << 1) | (1 << 2)  #: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def few_pages(more: int) -> None:
    """SQLite files may grow by so many pages, as on a disk that is nearly full."""

    def limit(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={max(1, pages + more)}")

    event.listen(Engine, "connect", limit)


def small_files(most: int) -> None:
    """No file may grow beyond so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def no_overrides() -> None:
    """Root obeys permissions like everybody else (Linux); others do so anyway."""
    if os.geteuid() != 0:
        return
    library = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0)
    words = (ctypes.c_uint32 * 6)()
    library.capget(header, words)
    for place in (0, 1):  # effective, permitted
        words[place] &= ~_OVERRIDES & 0xFFFFFFFF
    if library.capset(header, words) != 0:
        raise OSError(ctypes.get_errno(), "capset")


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """A file system of its own of so many MB at ``folder``; False where mounting is forbidden."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
    try:
        mounted = run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill the disk of ``folder`` but for so many bytes; the file that does so."""
    filler = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    filler.write_bytes(b"\0" * max(0, free - leave))
    return filler
