"""An independent account of what should have happened, against the bare tables of the state.

Nothing of LoopQA's own readers is used: what people did is remembered by the caller, due days are
counted anew, and the rows are read by plain SQL.
"""

from __future__ import annotations

import calendar
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.reliability.ground import Ground

ZONE = ZoneInfo("Asia/Shanghai")  #: of the grounds


@dataclass(frozen=True)
class Table:
    """The rows of the state that the account needs."""

    resurveys: list[Mapping[str, object]]
    verdicts: list[Mapping[str, object]]
    notices: list[Mapping[str, object]]
    messages: list[Mapping[str, object]]
    audit: list[Mapping[str, object]]
    slots: list[Mapping[str, object]]


@dataclass
class Account:
    """What the outer world knows: which actions were closed on which day, and who was killed."""

    closed: dict[int, date] = field(default_factory=dict)
    kills: int = 0

    def complaints(self, ground: Ground, now: datetime) -> list[str]:
        """All that was lost, done twice, or done early; empty where everything holds."""
        table = read_table(ground)
        return [
            *self._of_resurveys(table, now),
            *self._of_times(table),
            *self._of_messages(table),
        ]

    def _of_resurveys(self, table: Table, now: datetime) -> Iterator[str]:
        rounds = Counter((one["action"], one["round"]) for one in table.resurveys)
        judged = Counter(
            (one["action"], one["round"])
            for one in table.verdicts
            if as_json(one["judgement"])["primary"]
        )
        events = Counter((one["event"], one["about"]) for one in table.audit)
        rows = {one["action"]: one for one in table.resurveys}
        for action, day in self.closed.items():
            if rounds[action, 1] != 1:
                yield f"A-{action} has {rounds[action, 1]} re-surveys"
                continue
            row = rows[action]
            due = a_month_later(day)
            if str(row["due_on"]) != str(due):
                yield f"A-{action} was closed on {day} but is due on {row['due_on']}, not {due}"
            ready = row["ready_at"]
            if ready is not None and moment(ready) <= now:
                if row["state"] != "done" or judged[action, 1] != 1:
                    yield f"A-{action}: {row['state']}, {judged[action, 1]} verdicts"
                for event in ("resurvey.scheduled", "resurvey.asking", "resurvey.done"):
                    times = events[event, f"R-{row['id']}"]
                    if times != 1:
                        yield f"R-{row['id']}: {times} times {event}"
            elif ready is None and start_of(due) <= now:
                yield f"R-{row['id']} fell due on {due} but was never begun"
        for action, _ in rounds:
            if action not in self.closed:
                yield f"A-{action} has a re-survey but nobody closed it"

    def _of_times(self, table: Table) -> Iterator[str]:
        rows = {f"R-{one['id']}": one for one in table.resurveys}
        for entry in table.audit:
            row = rows.get(str(entry["about"]))
            if row is None:
                continue
            at = moment(entry["at"])
            if entry["event"] == "resurvey.asking" and at < start_of(row["due_on"]):
                yield f"{entry['about']} was begun early, at {at}"
            if entry["event"] == "resurvey.comparing" and at < moment(row["ready_at"]):
                yield f"{entry['about']} was compared early, at {at}"

    def _of_messages(self, table: Table) -> Iterator[str]:
        keys = Counter(str(one["key"]) for one in table.notices)
        for key, times in keys.items():
            if times > 1:
                yield f"notice {key} was written {times} times"
        for action in {one["action"] for one in table.verdicts}:
            told = sum(key.startswith(f"verdict.reached:{action}:1:") for key in keys)
            if told != 1 or keys[f"resurvey.due:{action}:1"] != 1:
                yield f"A-{action}: people were told {told} times of its verdict"


def read_table(ground: Ground) -> Table:
    """Read the bare tables."""
    engine = create_engine(_plain_url(ground))
    try:
        with engine.connect() as connection:

            def rows(name: str) -> list[Mapping[str, object]]:
                return [dict(one) for one in connection.execute(text(name)).mappings()]

            return Table(
                rows("SELECT * FROM resurvey ORDER BY id"),
                rows("SELECT action, round, judgement FROM verdict"),
                rows("SELECT key, event FROM notice"),
                rows("SELECT key, state, notifier, recipient, attempts FROM outbox"),
                rows("SELECT at, event, about FROM audit ORDER BY sequence"),
                rows("SELECT due_at, state, late_seconds, attempts FROM slot ORDER BY due_at"),
            )
    finally:
        engine.dispose()


def _plain_url(ground: Ground) -> str:
    url = make_url(ground.url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{ground.root / str(url.database)}"
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def a_month_later(day: date) -> date:
    """The same day of the next month, or its last.

    >>> a_month_later(date(2027, 1, 31))
    datetime.date(2027, 2, 28)
    """
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def start_of(day: object) -> datetime:
    """The instant at which a day (a date, or ISO text) begins in the workspace."""
    return datetime.combine(date.fromisoformat(str(day)), time(), ZONE).astimezone(UTC)


def moment(value: object) -> datetime:
    """An instant as either database gives it."""
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def as_json(value: object) -> Any:
    """A JSON column as either database gives it."""
    return json.loads(value) if isinstance(value, str) else value
