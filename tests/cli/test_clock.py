"""LOOPQA_NOW sets the clock of a command, and the audit chain says so."""

from __future__ import annotations

import sqlite3

import pytest


def audit_entries(folder):
    """(event, pinned clock) of every entry, in order."""
    database = sqlite3.connect(folder / ".loopqa" / "state.db")
    (table,) = database.execute(
        "select name from sqlite_master where type = 'table' and name like 'audit%'"
    ).fetchone()
    rows = database.execute(f"select event, pinned_clock from {table} order by sequence").fetchall()
    database.close()
    return rows


def test_entries_written_under_a_set_clock_are_marked(loopqa, at, monkeypatch):
    folder = at("found", "2026-02-05")
    assert loopqa("finding", "assign", "F-1", "Li Wei").code == 0
    monkeypatch.delenv("LOOPQA_NOW")
    assert loopqa("finding", "assign", "F-1", "Wang Fang").code == 0
    entries = audit_entries(folder)
    assert [event for event, _ in entries[-2:]] == ["finding.assigned", "finding.assigned"]
    assert [bool(pinned) for _, pinned in entries] == [True] * (len(entries) - 1) + [False]


@pytest.mark.parametrize(
    ("moment", "started"),
    [
        ("2026-02-10", "2026-02-10"),
        ("2026-02-10T23:30", "2026-02-10"),
        ("2026-02-10T17:00Z", "2026-02-11"),  # already tomorrow in Shanghai
        ("2026-02-10T00:30+08:00", "2026-02-10"),
    ],
)
def test_days_are_those_of_the_workspace_s_time_zone(loopqa, at, moment, started):
    at("opened", moment)
    assert loopqa("action", "start", "A-1").out == f"A-1 started on {started}\n"


def test_a_window_becomes_complete_at_midnight_of_the_workspace(loopqa, at, monkeypatch):
    at("closed", "2026-04-01")
    loopqa("tick")
    monkeypatch.setenv("LOOPQA_NOW", "2026-04-30T23:59+08:00")
    early = loopqa("resurvey", "now", "R-1")
    assert (early.code, early.err) == (
        1,
        "error: window 2026-04-01..2026-04-30 of R-1 is not complete before 2026-05-01\n",
    )
    monkeypatch.setenv("LOOPQA_NOW", "2026-05-01T00:00+08:00")
    assert loopqa("resurvey", "now", "R-1").out.startswith("V-1  responsiveness: improved")


def test_closing_at_the_end_of_a_month_is_followed_up_at_the_end_of_a_shorter_one(loopqa, at):
    at("started", "2026-03-31")
    answer = loopqa("action", "close", "A-1", "--evidence", "minutes")
    assert answer.lines[-1] == "re-survey R-1 due 2026-04-30"
