"""Landings: rows of an incremental input that were read once and are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loopqa.model.score import RejectedRow


@dataclass(frozen=True)
class Landing:
    """One file of landed rows, and how far the source had been read when it was complete.

    Landings of an input are numbered without gaps; nothing ever changes in one. One that begins
    anew has no rows: those before it do not count any more, and the source is read from the start.
    """

    id: int
    workflow: str
    input: str
    sequence: int  #: from 1
    landed_at: datetime
    file: str = ""  #: its name in the folder of the input's landed rows; "": no rows
    sha256: str = ""
    read: int = 0  #: rows that came from the source; loaded + rejected
    loaded: int = 0  #: rows in the file
    rejected: int = 0
    columns: tuple[str, ...] = ()  #: source columns that were asked for
    source: str = ""  #: identifies the source's options, but for secrets
    bookmark: Mapping[str, Any] | None = None
    refused: tuple[RejectedRow, ...] = ()  #: the first rejected rows
    anew: bool = False
