"""The audit chain: every entry is sealed by SHA-256 over its content and the seal before it.

Changing, removing or inserting an entry breaks the chain from there on; whoever keeps a copy of the
latest seal (reports print it) can also tell that the end was cut off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from loopqa.language import Text, text
from loopqa.model.cycle import AuditEntry
from loopqa.store.json_values import canonical, to_plain

GENESIS = "0" * 64  #: what the first entry names as the seal before it


@dataclass(frozen=True)
class BrokenLink:
    """The first entry of the chain that does not hold, and why."""

    entry: AuditEntry
    why: Text


def seal(entry: AuditEntry) -> str:
    """The hash of an entry: SHA-256 (hex) of its canonical JSON without the hash itself."""
    content = {name: value for name, value in to_plain(entry).items() if name != "hash"}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def sealed(entry: AuditEntry) -> AuditEntry:
    """The entry with its seal."""
    return replace(entry, hash=seal(entry))


def first_broken(entries: Iterable[AuditEntry]) -> BrokenLink | None:
    """The first entry (oldest first) that was altered, or that follows a gap; None if all hold."""
    previous, sequence = GENESIS, 0
    for entry in entries:
        if entry.sequence != sequence + 1 or entry.previous != previous:
            return BrokenLink(entry, text("an entry before it was removed, added or replaced"))
        if seal(entry) != entry.hash:
            return BrokenLink(entry, text("its content was changed after it was sealed"))
        previous, sequence = entry.hash, entry.sequence
    return None
