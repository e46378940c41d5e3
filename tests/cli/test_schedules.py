"""``loopqa schedule``, and what ``tick`` and ``status`` say of schedules."""

from __future__ import annotations

import json
import re

import pytest

from tests.engine.scheduled_desk import Desk, build


@pytest.fixture
def desk(loopqa, tmp_path, monkeypatch) -> Desk:
    """The desk, with a month as its window, as the current folder."""
    made = build(tmp_path / "desk")
    made.file.write_text(made.file.read_text().replace("previous: day", "previous: month"))
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def loopqa(loopqa, monkeypatch):
    """Runs a command at a moment in UTC: exit code, stdout, stderr."""

    def call(*arguments: str, now: str) -> tuple[int, str, str]:
        monkeypatch.setenv("LOOPQA_NOW", f"{now}+00:00")
        said = loopqa(*arguments)
        return said.code, said.out, said.err

    return call


def test_coming_runs_are_told_with_their_windows_and_without_any_state(desk, loopqa):
    code, said, _ = loopqa("schedule", "next", "--count", "2", now="2026-11-29T07:00")
    assert code == 0
    assert said.splitlines() == [
        "workflow  due                   window",
        "daily     2026-11-30 06:00 UTC  2026-10-01..2026-10-31",
        "daily     2026-12-01 06:00 UTC  2026-11-01..2026-11-30",
    ]
    assert not (desk.root / ".loopqa").exists()


def test_coming_runs_as_a_document(desk, loopqa):
    _, said, _ = loopqa(
        "schedule", "next", "daily", "--count", "1", "--json", now="2026-11-29T07:00"
    )
    assert json.loads(said) == {
        "schema": "loopqa.schedule.next/1",
        "time_zone": "UTC",
        "items": [
            {
                "workflow": "daily",
                "due": "2026-11-30T06:00:00+00:00",
                "wall": "2026-11-30 06:00",
                "window": "2026-10-01..2026-10-31",
            }
        ],
        "broken": [],
    }


def test_several_workflows_are_told_by_instant(desk, loopqa):
    other = desk.file.read_text().replace("workflow: daily", "workflow: hourly")
    (desk.root / "workflows" / "hourly.yaml").write_text(other.replace("0 6 * * *", "0 * * * *"))
    _, said, _ = loopqa("schedules", "next", "--count", "2", now="2026-11-29T05:30")
    assert [line.split()[0] for line in said.splitlines()[1:]] == [
        *("daily", "hourly", "hourly", "daily")
    ]


def test_a_broken_file_is_told_beside_the_others(desk, loopqa):
    (desk.root / "workflows" / "zzz.yaml").write_text("workflow: [\n")
    code, said, complained = loopqa("schedule", "next", now="2026-11-29T07:00")
    assert (code, len(said.splitlines())) == (2, 4)
    assert "zzz.yaml:" in complained


def test_a_workflow_without_a_schedule_is_named(desk, loopqa):
    desk.schedule(None)
    code, _, complained = loopqa("schedule", "next", "daily", now="2026-11-29T07:00")
    assert (code, complained) == (
        2,
        "error: workflow 'daily' has no schedule\n"
        "  hint: write one: `schedule: {every: month, day: 4}`\n",
    )
    assert loopqa("schedule", "next", now="2026-11-29T07:00")[2] == "no workflow has a schedule\n"
    code, _, complained = loopqa("schedule", "next", "dayly", now="2026-11-29T07:00")
    assert code == 2
    assert "its workflows are daily" in complained


def test_slots_are_listed_with_what_came_of_them(desk, loopqa):
    loopqa("tick", now="2026-11-29T07:00")
    code, said, _ = loopqa("tick", now="2026-12-01T09:00")
    assert (code, said.splitlines()) == (
        0,
        [
            "T-2: daily evaluated 2026-11-01..2026-11-30; findings opened: 0",
            "T-1 of daily, due at 2026-11-30 06:00: skipped "
            "(nobody ticked in time; only the latest missed run is made up for)",
        ],
    )
    _, said, tail = loopqa("schedule", "list", now="2026-12-01T09:00")
    assert [line.split()[:5] for line in said.splitlines()[1:]] == [
        ["T-1", "daily", "2026-11-30", "06:00", "UTC"],
        ["T-2", "daily", "2026-12-01", "06:00", "UTC"],
        ["T-3", "daily", "2026-12-02", "06:00", "UTC"],
    ]
    assert "done     180 min  2026-11-01..2026-11-30  W-1" in said
    assert tail == "3 of 3 · --state all, --json\n"


def test_slots_are_listed_by_state_as_a_document(desk, loopqa):
    loopqa("tick", now="2026-11-29T07:00")
    loopqa("tick", now="2026-12-01T09:00")
    _, said, _ = loopqa("schedule", "list", "--state", "done", "--json", now="2026-12-01T09:00")
    assert json.loads(said) == {
        "schema": "loopqa.schedule.list/1",
        "total": 3,
        "items": [
            {
                "id": "T-2",
                "workflow": "daily",
                "due": "2026-12-01T06:00:00+00:00",
                "wall": "2026-12-01 06:00",
                "state": "done",
                "attempts": 1,
                "next": None,
                "late_seconds": 10800,
                "window": "2026-11-01..2026-11-30",
                "wave": 1,
                "reason": None,
            }
        ],
    }


def test_a_run_that_fails_ends_the_tick_with_3_and_is_seen_in_list_and_status(desk, loopqa):
    loopqa("tick", now="2026-11-29T07:00")
    code, said, complained = loopqa("tick", now="2026-11-30T06:00")
    assert (code, said) == (3, "")
    assert re.match(
        "T-1 of daily, due at 2026-11-30 06:00 UTC, could not be run; "
        r"it is tried again from 2026-11-30 06:0\d UTC\n"
        r"error: workflow 'daily' has no case in 2026-10-01\.\.2026-10-31\n",
        complained,
    )
    _, said, _ = loopqa("schedule", "list", "--state", "pending", now="2026-11-30T06:00")
    assert "no case in 2026-10-01..2026-10-31 (tries: 1; again from 2026-11-30 06:0" in said
    assert said.splitlines()[1].endswith(" UTC)")
    _, said, _ = loopqa("status", now="2026-11-30T06:00")
    assert said.splitlines()[:3] == [
        "daily: last window -",
        "! T-1 of daily, due at 2026-11-30 06:00, can't be run: "
        "workflow 'daily' has no case in 2026-10-01..2026-10-31",
        "daily: runs by itself on 2026-12-01 06:00 UTC",
    ]
    code, said, _ = loopqa("tick", "--json", now="2026-12-01T06:00")
    told = json.loads(said)
    assert (code, [one["state"] for one in told["slots"]]) == (0, ["done", "failed"])


def test_status_tells_what_was_skipped_since_the_last_run(desk, loopqa):
    desk.schedule('{cron: "0 6 * * *", catch_up: none}')
    loopqa("tick", now="2026-11-20T07:00")
    loopqa("tick", now="2026-11-21T06:00")
    loopqa("tick", now="2026-11-23T12:00")
    _, said, _ = loopqa("status", now="2026-11-23T12:00")
    assert said.splitlines()[1:3] == [
        "! daily: 2 slots were skipped or given up since the last run, the latest one of "
        "2026-11-23 06:00: nobody ticked in time, and this schedule makes up for nothing",
        "daily: runs by itself on 2026-11-24 06:00 UTC",
    ]


def test_a_list_stays_short_unless_all_is_asked_for(desk, loopqa):
    desk.schedule('"0 * * * *"')
    loopqa("tick", now="2026-11-20T07:30")
    loopqa("tick", now="2026-11-21T07:30")
    _, said, tail = loopqa("schedule", "list", now="2026-11-21T07:30")
    assert (len(said.splitlines()), tail) == (1 + 10 + 1, "11 of 25 · --state all, --json\n")
    _, said, _ = loopqa("schedule", "list", "--state", "all", now="2026-11-21T07:30")
    assert len(said.splitlines()) == 26


def test_in_chinese(desk, loopqa):
    loopqa("tick", now="2026-11-29T07:00")
    loopqa("tick", now="2026-12-01T09:00")
    _, said, _ = loopqa("schedule", "list", "--lang", "zh", now="2026-12-01T09:00")
    assert "已跳过" in said
    assert "当时没有定时运行；只补最近错过的一次" in said
