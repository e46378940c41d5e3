"""Who ticks: signs of life are left by workers and by ``loopqa tick``, and judged in status."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.ticking import Ticking, who_ticks
from loopqa.errors import LoopQAError
from loopqa.model.timetable import Ticker

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.store.door import Reader


@contextmanager
def sign_left(ws: Workspace) -> Iterator[None]:
    """Leave a sign that this machine has ticked, by hand or by cron, and what it could not do.

    Not under a clock that was set by hand: that does not say who ticks in truth.
    """
    try:
        yield
    except LoopQAError as error:
        _leave(ws, first_line(error))
        raise
    _leave(ws, None)


def _leave(ws: Workspace, problem: str | None) -> None:
    if ws.clock.pinned:
        return
    now = ws.now()
    row = Ticker(f"tick:{socket.gethostname()}", now, now, now, problem=problem)
    # The tick has done its work, or says itself why it could not.
    with suppress(LoopQAError), ws.writing() as writer:
        if problem is not None:
            before = {one.id: one.ticked_at for one in writer.tickers()}
            row = replace(row, ticked_at=before.get(row.id))
        writer.forget_tickers()
        writer.beat(row)


def first_line(error: LoopQAError) -> str:
    """The first problem of an error with its place, without its hint."""
    return str(error).partition("\n")[0]


def ticking(reader: Reader, now: datetime, *, tried: bool = False) -> Ticking:
    """Who ticks at this moment, and what waits for the clock; reads a few rows only.

    ``tried``: what waits was tried already; see :func:`~loopqa.calc.loop.ticking.who_ticks`.
    """
    return who_ticks(reader.tickers(), reader.next_due(now), now, tried=tried)


def ticking_document(seen: Ticking) -> dict[str, Any]:
    """The part ``ticking`` of the document ``loopqa.status/1``."""
    return {
        "nobody": seen.nobody,
        "last_tick": _iso(seen.last_tick),
        "waiting_since": _iso(seen.due.waiting),
        "next_due": _iso(seen.due.coming),
        "workers": [
            {
                "id": worker_name(one),
                "since": one.started_at.isoformat(),
                "last_sign": one.beat_at.isoformat(),
                "last_tick": _iso(one.ticked_at),
                "interval": one.interval,
                "alive": one in seen.living,
                "problem": one.problem,
            }
            for one in (*seen.living, *([seen.lost] if seen.lost else []))
        ],
    }


def worker_name(ticker: Ticker) -> str:
    """How people know a worker: host and process."""
    return ticker.id.partition(":")[2]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
