"""What the source ``inbound_webhook`` reads from a spool."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loopqa.model.workflow import PluginSpec
from loopqa.plugin import PluginHost, ReadContext, Source


def source(root: Path, inbox: str) -> Source:
    """The source of an inbox, as a workspace would make it."""
    spec = PluginSpec("inbound_webhook", {"inbox": inbox})
    return PluginHost(root).make_source(spec, root=root)


def items(root: Path, inbox: str, state: Mapping[str, Any] | None = None) -> list[Any]:
    """Everything that it yields behind a bookmark."""
    return list(source(root, inbox).read(ReadContext(state=state)))


def rows(root: Path, inbox: str, state: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows among them."""
    return [row for one in items(root, inbox, state) if isinstance(one, list) for row in one]
