"""The laws that hold in every sound state, asked of a ground."""

from __future__ import annotations

from datetime import datetime

from loopqa.store.laws import check_laws
from tests.reliability.ground import Ground


def broken_laws(ground: Ground, now: datetime) -> list[str]:
    """Every law that a state breaks at an instant, in words; empty where all hold."""
    with ground.at(now) as ws, ws.reading() as reader:
        return [f"{one.law}: {one.about} {one.said}" for one in check_laws(reader, now)]
