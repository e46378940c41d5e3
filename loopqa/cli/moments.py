"""Instants as people of the workspace read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace


def local_minute(ws: Workspace, moment: datetime) -> str:
    """An instant on the clocks of the workspace, to the minute: 2026-12-04 06:00."""
    return f"{moment.astimezone(ZoneInfo(ws.settings.time_zone)):%Y-%m-%d %H:%M}"
