"""An event log on the command line: a workspace from the template, and what is said of its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def desk(loopqa: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The template for event logs, a week into June."""
    assert loopqa("init", "desk", "--template", "service-desk").code == 0
    monkeypatch.chdir(tmp_path / "desk")
    monkeypatch.setenv("LOOPQA_NOW", "2026-06-06")
    return tmp_path / "desk"


def edit(file: Path, old: str, new: str) -> None:
    written = file.read_text("utf-8")
    assert old in written
    file.write_text(written.replace(old, new), "utf-8")


def test_events_and_cases_are_told_apart(loopqa: Any, desk: Path) -> None:
    assert loopqa("check").err == "all definitions are sound\n"
    ran = loopqa("run", "--json")
    rows = {"read": 2062, "loaded": 2062, "rejected": 0, "cases": 640}
    assert ran.json["rows"] == rows
    assert ran.json["backfilled"] == ["2026-03-01..2026-03-31", "2026-04-01..2026-04-30"]
    page = (desk / "reports" / "service-desk_2026-05-01_2026-05-31.zh.html").read_text("utf-8")
    assert "载入的行合成 640 个个案。" in page
    again = loopqa("run", "--dry-run", "--window", "2026-04")
    assert again.code == 2
    dry = loopqa("run", "--dry-run", "--window", "2026-04-01..2026-04-30")
    assert dry.err.startswith("2062 rows read, 2062 loaded as 640 cases, 0 rejected\n")


def test_an_event_without_its_key_is_rejected_with_its_line(
    loopqa: Any, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(desk / "data" / "events.csv", "INC00001,Active", ",Active")
    said = loopqa("run", "--dry-run").err
    assert said.startswith("2062 rows read, 2061 loaded as 640 cases, 1 rejected\n")
    assert "data/events.csv:3:number: the key of the case is missing\n" in said
    monkeypatch.setenv("LOOPQA_LANG", "zh")
    assert "data/events.csv:3:number: 缺少个案的编号（key）\n" in loopqa("run", "--dry-run").err


def test_a_case_that_can_t_be_used_takes_its_events_along(loopqa: Any, desk: Path) -> None:
    edit(desk / "data" / "events.csv", "01/03/2026 06:32,01/03/2026 06:3", "?,01/03/2026 06:3")
    document = loopqa("run", "--dry-run", "--json").json
    assert document["rows"] == {"read": 2062, "loaded": 2062, "rejected": 0, "cases": 640}
    edit(desk / "data" / "events.csv", "01/03/2026 06:32,01/03/2026 10:43", "?,01/03/2026 10:43")
    document = loopqa("run", "--dry-run", "--json").json
    assert document["rows"] == {"read": 2062, "loaded": 2059, "rejected": 3, "cases": 639}
    (rejected,) = document["rejected"]
    assert (rejected["row"], rejected["column"]) == (2, "opened")
    assert rejected["reason"] == "the date is missing"


def test_a_mark_for_an_empty_cell_is_asked_for(loopqa: Any, desk: Path) -> None:
    edit(desk / "workflows" / "service-desk.yaml", '    missing: "?"', "    #")
    edit(desk / "rubrics" / "service-desk.yaml", 'missing: ["", "?"]', 'missing: [""]')
    ran = loopqa("run", "--json")
    assert ran.json["rows"]["rejected"] > 0
    assert (
        "'?' is no date; if it stands for an empty cell, say so: missing: \"?\""
        in ran.json["warnings"]
    )


def test_what_takes_time_is_warned_of_where_nothing_settles(loopqa: Any, desk: Path) -> None:
    edit(desk / "workflows" / "service-desk.yaml", ", settle: 5 days", "")
    assert (
        "warning: workflows/service-desk.yaml:6:1: what response.time, resolution.time, "
        "lasting.repeat_contact tells takes time, but windows are read as soon as they are over\n"
    ) in loopqa("check").out
    edit(
        desk / "workflows" / "service-desk.yaml",
        "{previous: month}",
        "{previous: month, settle: 0 days}",
    )
    assert loopqa("check").out == ""
