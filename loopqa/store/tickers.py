"""Signs of life of those who tick; no part of the audit chain, they change nothing."""

from __future__ import annotations

from datetime import timedelta

from loopqa.model.timetable import Ticker
from loopqa.store.leases import has_died
from loopqa.store.lookups import FORGET_TICKER
from loopqa.store.outbox import Outbox
from loopqa.store.record_kinds import TICKER
from loopqa.store.tables import TickerRow

KEPT = timedelta(days=7)  #: how long the row of a silent worker of another machine is kept


class Tickers(Outbox):
    """Signs of life."""

    def beat(self, ticker: Ticker) -> None:
        """Keep a sign of life; it replaces the one before it."""
        columns = TICKER.columns(ticker)
        if not self._update(TICKER, [(ticker.id, None, columns)]):
            self._append(TickerRow, [{"id": ticker.id, **columns}])

    def forget_tickers(self) -> None:
        """Remove rows of processes that are known to be gone, or have been silent for a week."""
        for row in self._rows(TickerRow).all():
            kind, _, process = row.id.partition(":")
            gone = kind == "worker" and has_died(process)
            if gone or self._now - row.beat_at > KEPT:
                self._asked(FORGET_TICKER, ticker=row.id)
