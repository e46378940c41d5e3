"""A Singer tap from PyPI, as a workspace uses it: installed, checked, run, killed, run again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace
from tests.plugin.fake_taps import Taps, reading
from tests.plugin.real_taps import SPREADSHEETS, installed

pytestmark = pytest.mark.timeout(600)  # the first test may have to install the tap

ROOT = Path(__file__).parents[2]

RUBRIC = """\
rubric: desk
version: "1"
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 20}
dimensions:
  speed: {weight: 50%, column: speed}
  attitude: {weight: 50%, column: attitude}
"""

WORKFLOW = """\
workflow: desk
rubric: desk
window: {previous: month}
inputs:
  ratings:
    type: singer
    tap: tap-spreadsheets
    config:
      files:
        - path: "${env:EXPORTS}/*.csv"
          format: csv
          table_name: ratings
          primary_keys: [ticket]
          schema_overrides:
            ticket: {type: [integer]}
            day: {format: date}
            speed: {type: ["null", integer]}
            attitude: {type: ["null", integer]}
            cost: {type: ["null", number]}
    stream: ratings
    select: [customer, day, channel, speed, attitude, cost, remark]
    rater: customer
    map: {case: ticket, customer: customer, at: day, comment: remark}
segments: [channel]
detect: [{type: below_threshold}]
"""

HEADER = "ticket,customer,day,channel,speed,attitude,cost,remark,phone_number\n"
REMARKS = ("等了很久，没有人接", "很快就解决了", "态度好，但是慢")


@dataclass(frozen=True)
class Desk:
    """The workspace, and the folder that somebody exports ratings to."""

    root: Path

    def export(self, month: int, first: int, n: int = 30, second: int = 0) -> None:
        """Write a file of ratings as of a month; ``second`` tells its age."""
        lines = [
            f"{ticket},C{ticket % 20},2026-{month:02}-{1 + ticket % 28:02},"
            f"{('电话', '聊天')[ticket % 2]},{2 + ticket % 2},{4 + ticket % 2},{ticket}.10,"
            f"{REMARKS[ticket % 3]},+86 555 {ticket}\n"
            for ticket in range(first, first + n)
        ]
        file = self.root / "exports" / f"2026-{month:02}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text(HEADER + "".join(lines), encoding="utf-8")
        written = datetime(2026, month, 28, tzinfo=UTC).timestamp() + second
        os.utime(file, (written, written))

    def run(self, day: str, fault: str = "") -> int:
        """``loopqa run`` as on a day, in a process of its own, and how that ends."""
        surroundings = {"LOOPQA_NOW": day, "LOOPQA_FAULT": fault, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", "loopqa", "run"],
            cwd=self.root,
            env={**os.environ, "EXPORTS": "exports", **surroundings},
        ).returncode

    def on(self, day: str) -> Workspace:
        """The workspace as on a day, in this process."""
        clock = Clock(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC))
        return Workspace.open(self.root, clock=clock, actor="li")

    @property
    def landed(self) -> list[pa.Table]:
        """What landed, one table a landing."""
        with self.on("2026-04-01") as ws, ws.reading() as reader:
            found = reader.landings("desk", "ratings")
        folder = self.root / ".loopqa" / "evidence" / "landed" / "desk" / "ratings"
        return [pq.read_table(folder / one.file) for one in found if one.file]


@pytest.fixture(scope="module")
def tap() -> Path:
    return installed("tap-spreadsheets", SPREADSHEETS)


def desk_in(root: Path, tap: Path) -> Desk:
    """A workspace with the plugin and the tap, and the ratings of January."""
    made = Desk(root)
    for name, written in (("rubrics", RUBRIC), ("workflows", WORKFLOW)):
        (root / name).mkdir(parents=True)
        (root / name / "desk.yaml").write_text(written, encoding="utf-8")
    (root / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\n")
    (root / "plugins").mkdir()
    shutil.copy(ROOT / "plugins" / "singer.py", root / "plugins")
    (root / ".taps").mkdir()
    (root / ".taps" / "tap-spreadsheets").symlink_to(tap)
    made.export(1, first=1)
    return made


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, tap: Path) -> Desk:
    """January was evaluated, then February, at the second try: the first was killed."""
    made = desk_in(tmp_path_factory.mktemp("real") / "desk", tap)
    assert made.run("2026-02-04") == 0
    made.export(2, first=31)
    assert made.run("2026-03-04", fault="after-landed-file") == -signal.SIGKILL
    assert made.run("2026-03-04") == 0
    return made


def tickets(table: pa.Table) -> Sequence[int]:
    return sorted(table.column("ticket").to_pylist())


def test_rows_in_between_come_once_though_a_run_was_killed_while_they_landed(desk: Desk) -> None:
    january, february = desk.landed
    assert (tickets(january), tickets(february)) == ([*range(1, 31)], [*range(31, 61)])


def test_text_numbers_and_dates_arrive_as_they_were_exported(desk: Desk) -> None:
    row = next(one for one in desk.landed[0].to_pylist() if one["ticket"] == 2)
    assert (row["remark"], row["channel"]) == ("态度好，但是慢", "电话")
    assert (row["day"], row["speed"], row["attitude"]) == (date(2026, 1, 3), 2, 4)
    assert "phone_number" not in row
    assert row["customer"] != "C2"


def test_findings_are_opened_on_what_a_tap_delivers(desk: Desk) -> None:
    with desk.on("2026-03-04") as ws, ws.reading() as reader:
        wave = reader.latest_wave("desk")
        assert {one.dimension for one in reader.findings()} == {"speed"}
    assert [one["n"] for one in wave.scores["dimensions"]] == [30, 30]
    assert [one["mean"] for one in wave.scores["dimensions"]] == [2.5, 4.5]


def test_a_file_that_grew_is_read_again_but_its_rows_count_once(
    tmp_path: Path, tap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPORTS", "exports")
    desk = desk_in(tmp_path / "desk", tap)
    with desk.on("2026-02-04") as ws:
        assert run_workflow(ws, "desk").rows.to_dict()["loaded"] == 30
        desk.export(1, first=1, n=35, second=60)
        assert run_workflow(ws, "desk", again=True).rows.to_dict() == {
            "read": 35, "loaded": 35, "rejected": 0,
        }  # fmt: skip


def test_a_tap_tells_numbers_exactly_and_only_columns_that_were_asked_for(
    tmp_path: Path, tap: Path
) -> None:
    root = desk_in(tmp_path / "desk", tap).root
    overrides = {"cost": {"type": ["null", "number"]}, "day": {"format": "date"}}
    file = {"path": "exports/*.csv", "format": "csv", "table_name": "ratings"}
    files = [{**file, "primary_keys": ["ticket"], "schema_overrides": overrides}]
    options = {"config": {"files": files}, "stream": "ratings", "select": ["cost", "day"]}
    read = reading(Taps(root).source(tap="tap-spreadsheets", **options))
    row = read.rows[0]
    assert (row["cost"], row["day"], row["_id"]) == (Decimal("1.1"), date(2026, 1, 2), "1")
    assert row["_version"] == datetime(2026, 1, 28, tzinfo=UTC)
    assert {"remark", "phone_number", "customer"}.isdisjoint(row)
    (seen,) = read.states[-1]["singer"]["bookmarks"].values()
    assert seen["replication_key_value"] == "2026-01-28T00:00:00+00:00"
