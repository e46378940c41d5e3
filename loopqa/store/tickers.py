"""Signs of life of those who tick; no part of the audit chain, they change nothing."""

from __future__ import annotations

from loopqa.model.timetable import Ticker
from loopqa.store.outbox import Outbox
from loopqa.store.record_kinds import TICKER
from loopqa.store.tables import TickerRow


class Tickers(Outbox):
    """Signs of life."""

    def beat(self, ticker: Ticker) -> None:
        """Keep a sign of life; it replaces the one before it."""
        self._session.merge(TickerRow(id=ticker.id, **TICKER.columns(ticker)))
