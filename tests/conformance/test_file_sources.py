"""The built-in sources that read files keep the rules that third parties are held to."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from loopqa.model.window import Window
from loopqa.plugin import builtin_host
from loopqa.testing import Failing, SourceSuite

SEEN = [
    {"ticket": "T1", "at": "2026-01-31", "speed": "4", "remark": "等了很久"},
    {"ticket": "T2", "at": "2026-02-10", "speed": "2", "remark": ""},
    {"ticket": "T3", "at": "2026-02-28", "speed": "5", "remark": "thanks, all fine"},
    {"ticket": "T4", "at": "2026-05-01", "speed": "1", "remark": "nobody called"},
]
MISSING = {"a file that is not there": Failing({"path": "nowhere.*"})}


class FileSuite(SourceSuite):
    """What all of them are given."""

    at = "at"
    window = Window(date(2026, 2, 1), date(2026, 2, 28))
    failing = MISSING
    rows = SEEN


class TestCsv(FileSuite):
    plugin = builtin_host().source("csv")

    @pytest.fixture
    def options(self, root: Path) -> Mapping[str, Any]:
        lines = [
            "ticket,at,speed,remark",
            *('{ticket},{at},{speed},"{remark}"'.format(**one) for one in SEEN),
        ]
        (root / "a.csv").write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
        (root / "b.csv").write_text("\n".join([lines[0], *lines[3:]]) + "\n", encoding="utf-8")
        return {"path": "*.csv"}


class TestJsonl(FileSuite):
    plugin = builtin_host().source("jsonl")

    @pytest.fixture
    def options(self, root: Path) -> Mapping[str, Any]:
        lines = "".join(json.dumps(one) + "\n" for one in SEEN)
        with gzip.open(root / "a.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write(lines + "not json\n")
        return {"path": ["a.jsonl.gz"]}


class TestExcel(FileSuite):
    plugin = builtin_host().source("excel")

    @pytest.fixture
    def options(self, root: Path) -> Mapping[str, Any]:
        with xlsxwriter.Workbook(root / "a.xlsx") as book:
            sheet = book.add_worksheet("QA")
            for number, row in enumerate([list(SEEN[0]), *(list(one.values()) for one in SEEN)]):
                sheet.write_row(number, 0, row)
        return {"path": "a.xlsx"}


class TestParquet(FileSuite):
    plugin = builtin_host().source("parquet")

    @pytest.fixture
    def options(self, root: Path) -> Mapping[str, Any]:
        pq.write_table(pa.Table.from_pylist(SEEN), root / "a.parquet")
        return {"path": "a.parquet"}
