"""The source ``sql`` keeps the rules that third parties are held to, also read incrementally."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from loopqa.model.window import Window
from loopqa.plugin import builtin_host
from loopqa.testing import Failing, SourceSuite

SEEN = [
    {"id": 1, "at": "2026-01-31 23:30:00", "speed": 4, "changed": 10},
    {"id": 2, "at": "2026-02-10 08:00:00", "speed": 2, "changed": 10},
    {"id": 3, "at": "2026-02-28 22:00:00", "speed": 5, "changed": 20},
    {"id": 4, "at": "2026-05-01 00:00:00", "speed": 1, "changed": 30},
]


class SqlSuite(SourceSuite):
    """The same rows, read whole or incrementally."""

    plugin = builtin_host().source("sql")
    rows = SEEN
    at = "at"
    window = Window(date(2026, 2, 1), date(2026, 2, 28))
    failing = {
        "a table that is not there": Failing({"table": "nowhere"}),
        "a server that is not there": Failing(
            {"url": "postgresql://li:opensesame@127.0.0.1:1/x"}, retryable=True
        ),
    }

    @pytest.fixture
    def table(self, root: Path) -> Mapping[str, Any]:
        with sqlite3.connect(root / "x.db") as one:
            one.execute("CREATE TABLE ratings (id integer PRIMARY KEY, at text, speed, changed)")
            one.executemany("INSERT INTO ratings VALUES (:id, :at, :speed, :changed)", SEEN)
        one.close()
        return {"url": "sqlite:///x.db", "table": "ratings"}


class TestSql(SqlSuite):
    @pytest.fixture
    def options(self, table: Mapping[str, Any]) -> Mapping[str, Any]:
        return table


class TestSqlReadOn(SqlSuite):
    @pytest.fixture
    def options(self, table: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**table, "incremental": {"column": "changed", "id": "id"}}
