"""Instants as people of the workspace read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace


def local_minute(ws: Workspace, moment: datetime) -> str:
    """An instant on the clocks of the workspace: 2026-12-04 06:00 Asia/Shanghai."""
    return on_clocks(moment, ws.settings.time_zone)


def on_clocks(moment: datetime, zone: str) -> str:
    """An instant on the clocks of a time zone, to the minute, with the zone's name."""
    return f"{bare_minute(moment, zone)} {zone}"


def bare_minute(moment: datetime, zone: str) -> str:
    """The same where a table has no room for the zone: 2026-12-04 06:00."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
