"""What the source ``inbound_webhook`` reads from a spool."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loopqa.plugin import PluginHost, ReadContext, Source, config_of


def source(root: Path, inbox: str) -> Source:
    """The source of an inbox, read in this process."""
    kind = PluginHost(root).source("inbound_webhook")
    return kind(config_of(kind, {"inbox": inbox}), root=root)


def items(root: Path, inbox: str, state: Mapping[str, Any] | None = None) -> list[Any]:
    """Everything that it yields behind a bookmark."""
    return list(source(root, inbox).read(ReadContext(state=state)))


def rows(root: Path, inbox: str, state: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows among them."""
    return [row for one in items(root, inbox, state) if isinstance(one, list) for row in one]
