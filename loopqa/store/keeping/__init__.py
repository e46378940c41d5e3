"""Keeping a state safe: backups, restoring, upgrading, and checking what is there."""

from loopqa.store.keeping.backup import Backup, back_up
from loopqa.store.keeping.inspection import Inspection, inspecting, state_file
from loopqa.store.keeping.restoring import (
    Content,
    Restored,
    content_of,
    not_empty,
    replace_unreadable,
    restore,
)
from loopqa.store.keeping.upgrading import Upgrade, upgrade

__all__ = [
    "Backup",
    "Content",
    "Inspection",
    "Restored",
    "Upgrade",
    "back_up",
    "content_of",
    "inspecting",
    "not_empty",
    "replace_unreadable",
    "restore",
    "state_file",
    "upgrade",
]
