"""Incremental inputs: every row lands once, and what has landed is never asked for again."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from loopqa.engine import landing
from loopqa.engine.run import run_workflow
from loopqa.errors import DataError, PluginError
from tests.engine.ticketing import Tickets, build, rows


@pytest.fixture
def tickets(tmp_path: Path) -> Tickets:
    """The workspace, with three months of ratings."""
    return build(tmp_path)


def run(tickets: Tickets, day: str, **options: Any) -> Any:
    """Run the workflow as on a day."""
    with tickets.on(day) as ws:
        return run_workflow(ws, "tickets", **options)


def landings(tickets: Tickets) -> list[tuple[int, int, int]]:
    """Sequence, rows loaded and rejected of each landing."""
    with tickets.on("2026-12-01") as ws, ws.reading() as reader:
        assert reader.verify_audit() is None
        found = reader.landings("tickets", "ratings")
        return [(one.sequence, one.loaded, one.rejected) for one in found]


def test_a_run_lands_what_is_new_and_scores_what_has_landed(tickets: Tickets) -> None:
    first = run(tickets, "2026-10-02")
    assert first.rows.to_dict() == {"read": 120, "loaded": 120, "rejected": 0}
    assert len(first.backfilled) == 2
    assert [one.dimension for one in first.opened] == ["speed", "speed", "speed"]
    tickets.write(rows(10, changed=10))
    tickets.forget()
    tickets.write(rows(10, changed=10))
    second = run(tickets, "2026-11-02")
    assert second.rows.read == 160
    assert landings(tickets) == [(1, 120, 0), (2, 40, 0)]


def test_a_second_run_finds_nothing_new_and_writes_no_file(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    before = tickets.landed
    assert run(tickets, "2026-10-02").unchanged
    assert run(tickets, "2026-10-02", again=True).unchanged
    assert tickets.landed == before


def test_late_and_corrected_rows_make_a_new_revision(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    tickets.write(rows(9, n=5, first=100, changed=11))  # late
    tickets.write(rows(9, n=10, changed=12, speed=5))  # corrected
    late = run(tickets, "2026-10-05", again=True)
    assert (late.wave.revision, late.rows.read) == (2, 125)
    (speed, _) = late.wave.scores["dimensions"]
    assert (speed["n"], speed["mean"]) == (45, pytest.approx((35 * 2 + 10 * 5) / 45))


def test_customers_are_pseudonyms_and_other_columns_stay_outside(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    (file,) = tickets.landed
    table = pq.read_table(file)
    assert set(table.column_names) == {
        "_id", "_version", "ticket", "caller", "day", "channel", "speed", "attitude",
    }  # fmt: skip
    assert len(table.column("caller").unique()) == 25
    everything = b"".join(
        one.read_bytes() for one in tickets.root.glob(".loopqa/**/*") if one.is_file()
    )
    assert b"caller-" not in everything
    assert b"example.com" not in everything


def test_pseudonyms_are_those_of_every_other_input(tickets: Tickets) -> None:
    """Pairs of answers must be found whichever way a customer's rows came in."""
    run(tickets, "2026-10-02")
    with tickets.on("2026-10-02") as ws:
        with ws.reading() as reader:
            landed = reader.latest_wave("tickets").snapshots[0]
        tickets.change("    incremental: {column: changed, id: ticket}\n", "")
        again = run_workflow(ws, "tickets", again=True)
    assert again.unchanged  # read row by row, the digest with all pseudonyms is the same
    assert landed.digest


def test_a_column_that_never_landed_is_asked_for_in_words(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    tickets.change(
        "  attitude: {weight: 50%, column: attitude}",
        "  attitude: {weight: 30%, column: attitude}\n  solved: {weight: 20%, column: solution}",
        "rubrics/desk.yaml",
    )
    with pytest.raises(DataError) as caught:
        run(tickets, "2026-10-02", again=True)
    assert str(caught.value) == (
        "120 rows of input 'ratings' landed without solution\n"
        "  hint: `loopqa run tickets --land-anew` reads all rows again"
    )
    assert run(tickets, "2026-10-02", anew=True).wave.revision == 2
    assert landings(tickets) == [(3, 120, 0)]  # number 2 says that it began anew
    run(tickets, "2026-10-02", again=True)
    assert len(tickets.landed) == 1  # what had landed before is gone


def test_a_source_that_fails_while_it_lands_anew_loses_nothing(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    tickets.change("table: ratings", "table: rating")
    with pytest.raises(PluginError, match="no such table"):
        run(tickets, "2026-10-02", anew=True)
    assert landings(tickets) == [(1, 120, 0)]
    assert len(tickets.landed) == 1


def test_another_query_is_not_mixed_with_what_landed(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    tickets.change("table: ratings", "query: select * from ratings where speed > 3")
    with pytest.raises(DataError, match="the options of input 'ratings' are not those"):
        run(tickets, "2026-10-02", again=True)


def test_a_wider_scale_takes_in_rows_that_were_off_the_old_one(tickets: Tickets) -> None:
    """Landing judges nothing: a row that the rubric refuses today may be fine tomorrow."""
    tickets.write(rows(9, n=3, first=200, changed=9, speed=7))
    assert run(tickets, "2026-10-02").rows.to_dict() == {"read": 123, "loaded": 120, "rejected": 3}
    tickets.change("high: 5", "high: 7", "rubrics/desk.yaml")
    assert run(tickets, "2026-10-02", again=True).rows.rejected == 0


def test_rows_that_no_bookmark_can_reach_are_told_every_time(tickets: Tickets) -> None:
    tickets.write(rows(9, n=1, first=300, changed=None))
    for _ in range(2):
        report = run(tickets, "2026-10-02", again=True)
        assert report.rows.rejected == 1
    assert landings(tickets) == [(1, 120, 0)]


def test_a_row_rejected_by_the_source_stays_counted(tickets: Tickets) -> None:
    tickets.write(rows(9, n=1, first=300, changed=9, speed=b"\xff"))
    for _ in range(2):
        report = run(tickets, "2026-10-02", again=True)
        assert report.rows.rejected == (0 if report.unchanged and not report.rows.read else 1)
    tickets.write(rows(10, changed=10))
    assert run(tickets, "2026-11-02").rows.to_dict() == {
        "read": 161, "loaded": 160, "rejected": 1,
    }  # fmt: skip
    assert landings(tickets) == [(1, 120, 1), (2, 40, 0)]


def test_a_dry_run_lands_nothing(tickets: Tickets) -> None:
    report = run(tickets, "2026-10-02", dry_run=True)
    assert report.rows.read == 120
    assert not (tickets.root / ".loopqa").exists()


def test_a_large_table_lands_in_several_files(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "LANDED_ROWS", 10_000)
    tickets.write(rows(9, n=12_000, first=400, changed=9, speed=3))
    assert run(tickets, "2026-10-02").rows.read == 12_120
    assert [one[1] for one in landings(tickets)] == [10_000, 2_120]


def test_a_landed_file_that_was_altered_is_refused(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    (file,) = tickets.landed
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(DataError, match="gone or were altered"):
        run(tickets, "2026-10-02", again=True)


def test_files_without_a_record_are_ignored_and_removed(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    (file,) = tickets.landed
    lost = file.with_name("000001-lost.parquet")
    lost.write_bytes(file.read_bytes())
    under_way = file.with_name("000002-another.parquet")  # somebody may be about to record it
    under_way.write_bytes(file.read_bytes())
    assert run(tickets, "2026-10-02", again=True).rows.read == 120
    assert tickets.landed == [file, under_way]


PLUGIN = """
from loopqa.language import text
from loopqa.plugin import Bookmark, Options, Secret, Source, hookimpl, revealed

class Feed(Source):
    type = "feed"
    summary = text("an exchange that repeats itself")
    incremental = True

    class Config(Options):
        token: Secret

    def check(self):
        revealed(self.config.token, self.root)

    def read(self, context):
        assert revealed(self.config.token, self.root) == "geheim"
        done = context.state["line"] if context.state else 0
        lines = (self.root / "feed.txt").read_text().split()
        for number in range(max(0, done - 2), len(lines)):  # two lines overlap: at least once
            ticket, version, speed = lines[number].split(",")
            yield [{"_id": ticket, "_version": int(version), "ticket": ticket, "day": "2026-09-05",
                    "caller": "x" + ticket, "channel": "chat", "speed": speed, "attitude": 4}]
            yield Bookmark({"line": number + 1})

@hookimpl
def loopqa_sources():
    return [Feed]
"""


def test_a_plugin_may_repeat_rows_and_the_latest_version_counts(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_TOKEN", "geheim")
    (tickets.root / "plugins").mkdir()
    (tickets.root / "plugins" / "feed.py").write_text(PLUGIN)
    tickets.change(
        """    type: sql
    url: sqlite:///crm.db
    table: ratings
    incremental: {column: changed, id: ticket}
""",
        """    type: feed
    token: ${env:FEED_TOKEN}
""",
    )
    feed = tickets.root / "feed.txt"
    feed.write_text("1,1,2\n2,1,2\n3,10,5\n3,9,1\n")
    assert _speed(run(tickets, "2026-10-02")) == (3, 3.0)
    feed.write_text(feed.read_text() + "2,2,5\n4,1,4\n")
    assert _speed(run(tickets, "2026-10-02", again=True)) == (4, 4.0)
    before = tickets.landed
    assert run(tickets, "2026-10-02", again=True).unchanged
    assert tickets.landed == before
    assert [one[1] for one in landings(tickets)] == [3, 3]  # 2 and 4, and the old 3 again


def _speed(report: Any) -> tuple[int, float]:
    speed = report.wave.scores["dimensions"][0]
    return speed["n"], speed["mean"]


def test_the_database_leaves_out_no_row_whose_day_stands_before_its_month(
    tickets: Tickets,
) -> None:
    tickets.change("    incremental: {column: changed, id: ticket}\n", "    dates: '%Y-%d-%m'\n")
    turned = [
        (*row[:2], f"2026-{row[2][8:]}-{row[2][5:7]}", *row[3:])
        for month in (7, 8, 9)
        for row in rows(month)
    ]
    tickets.write(turned)
    assert run(tickets, "2026-10-02").wave.scores["composite"]["n"] == 40
    again = run(tickets, "2026-10-02", again=True)
    assert (again.unchanged, again.rows.read) == (True, 120)
    tickets.change("'%Y-%d-%m'", "'%Y-%m-%d'")
    tickets.write(row for month in (7, 8, 9) for row in rows(month))
    assert run(tickets, "2026-10-02", again=True).rows.read < 120  # July was left out


EVENTS = """\
    type: sql
    url: sqlite:///log.db
    table: events
    incremental: {column: line}
    rater: customer
    collapse: {key: number, who: {earliest: caller, by: line}, came: {first: at}}
    map: {customer: who, at: came}
"""


def test_events_land_before_they_become_cases_and_callers_are_hidden(tickets: Tickets) -> None:
    flow = (tickets.root / "workflows" / "tickets.yaml").read_text(encoding="utf-8")
    start, end = flow.index("    type: sql"), flow.index("segments:")
    tickets.change(flow[start:end], EVENTS)
    base = sqlite3.connect(tickets.root / "log.db")
    columns = "line INTEGER, number TEXT, caller TEXT, at TEXT, channel TEXT, speed, attitude"
    base.execute(f"CREATE TABLE events ({columns})")
    for line in range(80):
        at = f"2026-09-{1 + line % 28:02}"
        row = (line + 1, f"N{line // 2}", f"caller-{line // 2}", at, "chat", 2 + line % 2, 4)
        base.execute("INSERT INTO events VALUES (?,?,?,?,?,?,?)", row)
    base.commit()
    assert _speed(run(tickets, "2026-10-02")) == (40, 3.0)
    base.execute("INSERT INTO events VALUES (81, 'N7', 'caller-7', '2026-09-30', 'chat', 5, 4)")
    base.commit()
    base.close()
    assert _speed(run(tickets, "2026-10-02", again=True)) == (40, 3.05)
    everything = b"".join(
        one.read_bytes() for one in tickets.root.glob(".loopqa/**/*") if one.is_file()
    )
    assert b"caller-" not in everything


def test_runs_at_once_land_every_row_once(tickets: Tickets) -> None:
    with tickets.on("2026-10-02") as ws:
        assert ws.key  # made before
        assert ws.store
    problems: list[BaseException] = []

    def one() -> None:
        try:
            run(tickets, "2026-10-02", again=True)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(one).__name__ for one in problems} <= {"StaleVersion"}  # the wave was added
    assert [one[1] for one in landings(tickets)] == [120]
    ids = Counter(pq.read_table(tickets.landed[-1]).column("_id").to_pylist())
    assert set(ids.values()) == {1}
