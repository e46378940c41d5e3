"""What could not be done is told with its reason; a workspace comes before the library."""

from __future__ import annotations

from pathlib import Path


def test_status_says_why_a_re_survey_could_not_be_compared(loopqa, at, monkeypatch):
    at("closed", "2026-04-01")
    assert loopqa("tick").code == 0
    at_hand = Path("data/ratings.csv")
    kept = at_hand.read_text(encoding="utf-8").splitlines()
    at_hand.write_text("\n".join(row for row in kept if ",2026-04-" not in row), encoding="utf-8")
    monkeypatch.setenv("LOOPQA_NOW", "2026-05-04")
    assert loopqa("tick").code == 3
    assert loopqa("status").lines[0] == (
        "! R-1 could not be compared: workflow 'hotline' has no case in 2026-04-01..2026-04-30"
    )
    (pending,) = loopqa("status", "--json").json["resurveys"]
    assert pending["failure"].startswith("workflow 'hotline' has no case")


def test_a_due_re_survey_without_its_workflow_is_told_once_however_often_the_clock_ticks(
    loopqa, at
):
    at("closed", "2026-04-01")
    Path("workflows/hotline.yaml").unlink()
    assert [loopqa("tick").code for _ in range(3)] == [3, 0, 0]
    assert "R-1 failed and is tried again from 2026-04-01 " in loopqa("tick").err
    assert "! R-1 could not be compared: there is no workflow 'hotline'" in loopqa("status").out
    head = loopqa("audit", "head").out
    loopqa("tick")
    assert loopqa("audit", "head").out == head


def test_status_shows_the_first_of_many_and_says_where_the_others_are(loopqa, at, monkeypatch):
    at("closed", "2026-04-01")
    assert "R-1  round 1, scheduled" in loopqa("status").out
    monkeypatch.setattr("loopqa.cli.status.MOST_LINES", 0)
    assert "... and 1 more: `loopqa resurvey list`" in loopqa("status").lines


def test_a_rubric_of_the_workspace_is_shown_before_the_shipped_one_of_its_name(loopqa, at):
    at("new")
    own = Path("rubrics/hotline.yaml")
    own.write_text(own.read_text(encoding="utf-8").replace('"2026-01"', '"2026-77"'), "utf-8")
    assert 'version: "2026-77"' in loopqa("rubric", "show", "hotline").lines
    shown = loopqa("rubric", "show", "hotline", "--json").json
    assert (shown["schema"], shown["id"], shown["version"]) == (
        "loopqa.rubric/1",
        "hotline",
        "2026-77",
    )


def test_a_folder_that_can_not_be_made_is_told_without_a_traceback(loopqa, at):
    at("new")
    Path("taken").write_text("a file", encoding="utf-8")
    answer = loopqa("init", "taken/desk", "--template", "hotline")
    assert answer.code == 3
    assert answer.err.startswith("error: taken/desk/")
    assert "the file can't be written: " in answer.err


def test_a_run_whose_report_can_not_be_written_keeps_what_it_evaluated(loopqa, at):
    at("new", "2026-02-05")
    Path("reports").write_text("a file", encoding="utf-8")
    answer = loopqa("run")
    assert answer.code == 3
    assert "the report can't be written: " in answer.err
    assert loopqa("finding", "list", "--json").json["total"] == 1


def test_check_warns_of_what_a_run_would_refuse(loopqa, at):
    at("new")
    flow = Path("workflows/hotline.yaml")
    written = flow.read_text(encoding="utf-8")
    flow.write_text(written.replace("from: ratings", "from: survey"), encoding="utf-8")
    answer = loopqa("check")
    assert answer.code == 0
    assert answer.lines == [
        "warning: workflows/hotline.yaml: `loopqa run` can't carry this out yet: "
        "re_evaluate: from: survey"
    ]
    assert loopqa("run").code == 2


def test_a_folder_does_not_hide_the_shipped_rubric_of_its_name(loopqa, at):
    data = at("new") / "data" / "ratings.csv"
    Path("hotline").mkdir()
    assert loopqa("score", "hotline", str(data)).code == 0


def test_lists_mark_what_late_data_has_overtaken(loopqa, at):
    at("judged", "2026-05-04")
    data = Path("data/ratings.csv")
    january = [row for row in data.read_text(encoding="utf-8").splitlines() if ",2026-01-" in row]
    with data.open("a", encoding="utf-8") as file:
        file.writelines(f"late{row}\n" for row in january[:30])
    assert loopqa("run", "--window", "2026-01-01..2026-01-31", "--again").code == 0
    (verdict,) = [line for line in loopqa("verdict", "list").lines if line.startswith("V-1")]
    assert verdict.endswith("improved ▲, late data since")
    assert loopqa("finding", "list", "--state", "all", "--json").json["total"] == 1
