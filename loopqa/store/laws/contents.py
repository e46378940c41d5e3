"""Every value of the records that people decide on, held against what the audit chain tells.

A record's first entry holds all of it, each later one what changed: folded, they are the row.
Memory stays small: some records at a time, in the order of their names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, cast, select
from sqlalchemy import Text as SqlText
from sqlmodel import col

from loopqa.language import text
from loopqa.store.json_values import canonical, to_plain
from loopqa.store.laws.breach import Breach
from loopqa.store.laws.checking import MOST
from loopqa.store.reader import Reader
from loopqa.store.tables import ActionRow, AuditRow, FindingRow, VerdictRow, WaveRow

_SOME = 500  #: records compared at a time
_TABLES: Mapping[str, Any] = {"F": FindingRow, "A": ActionRow, "V": VerdictRow, "W": WaveRow}


def check_contents(reader: Reader) -> tuple[Breach, ...]:
    """Findings, actions, verdicts and waves that are not what the audit chain tells; at most
    :data:`~loopqa.store.laws.checking.MOST`.

    It reads the whole chain in another order than it was written: a minute for a million entries.
    """
    breaches = (
        breach
        for letter, table in _TABLES.items()
        for breach in _unlike(reader._connection, letter, table.__table__)
    )
    return tuple(islice(breaches, MOST))


def _unlike(connection: Connection, letter: str, table: Any) -> Iterator[Breach]:
    told = _told(connection, letter)
    while some := dict(islice(told, _SOME)):
        rows = select(table).where(table.columns["id"].in_(some)).order_by(table.columns["id"])
        for row in connection.execute(rows).mappings():
            ref = f"{letter}-{row['id']}"
            for name in _differences(row, some[row["id"]]):
                said = text("{ref}: {name} is not what the audit chain tells", ref=ref, name=name)
                yield Breach("contents", ref, said)


def _told(connection: Connection, letter: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each record's number with all that was told of it, the latest last."""
    details = cast(col(AuditRow.details), SqlText)
    entries = (
        select(col(AuditRow.about), details)
        .where(col(AuditRow.about).startswith(f"{letter}-", autoescape=True))
        .order_by(col(AuditRow.about), col(AuditRow.sequence))
    )
    with connection.execute(entries.execution_options(yield_per=2000)) as found:
        for about, group in groupby(found, key=lambda entry: entry[0]):
            number = about.partition("-")[2]
            if number.isdecimal():
                yield int(number), _folded(written for _, written in group)


def _folded(entries: Iterator[str]) -> dict[str, Any]:
    """What entries add up to; remarks and analyses are about a record, but no part of it."""
    whole: dict[str, Any] = {}
    for written in entries:
        try:
            details = json.loads(written)
        except ValueError:
            continue  # the seal finds it
        if isinstance(details, dict) and (not whole or details.keys() <= whole.keys()):
            whole.update(details)
    return whole


def _differences(row: Any, told: Mapping[str, Any]) -> Iterator[str]:
    for name, value in told.items():
        if name == "window":
            written = {"start": to_plain(row["window_start"]), "end": to_plain(row["window_end"])}
            same = value == written
        elif name == "scores_sha256":
            same = value == hashlib.sha256(canonical(row["scores"]).encode()).hexdigest()
        elif name == "resurvey":
            same = value == (row[name] or None)  # 0 stands for none
        else:
            same = name not in row or name == "id" or _same(row[name], value)
        if not same:
            yield name


def _same(held: Any, told: Any) -> bool:
    if isinstance(held, datetime) and isinstance(told, str):
        return held == datetime.fromisoformat(told)
    return bool(to_plain(held) == told)
