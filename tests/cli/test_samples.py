"""Samples as people meet them: drawn, shown, handed out as a workbook, and read back."""

from __future__ import annotations

import csv
import os
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from loopqa.engine.run import run_workflow
from tests.cli.chinese import english
from tests.engine.reviewed_desk import ReviewedDesk, build

STRATA = ["stratum    cases  drawn", "complaint    100     30", "enquiry      600     60"]


@pytest.fixture
def desk(tmp_path: Path, loopqa, monkeypatch: pytest.MonkeyPatch) -> ReviewedDesk:
    made = build(tmp_path / "desk")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("LOOPQA_NOW", "2026-10-02T12:00:00+00:00")
    return made


def test_draw_says_how_many_of_which_stratum_and_how_to_get_the_list(desk, loopqa):
    drawn = loopqa("sample", "draw")
    first = "S-1 desk 2026-09-01..2026-09-30: 90 of 700 cases are to be reviewed"
    assert (drawn.code, drawn.lines) == (0, [first, *STRATA])
    assert drawn.err == "the reviewers' list: loopqa sample show S-1 --out cases.xlsx\n"
    again = loopqa("sample", "draw", "desk").lines
    assert again == ["S-1 holds: nothing changed since it was drawn", first, *STRATA]
    assert (
        loopqa("samples", "show").lines
        == loopqa("sample", "show", "s1").lines
        == [
            first,
            *STRATA,
        ]
    )


def test_the_documents_hold_the_rule_the_strata_and_every_case(desk, loopqa):
    drawn = loopqa("sample", "draw", "--json").json
    assert (drawn["schema"], drawn["fresh"], drawn["replaces"]) == (
        "loopqa.sample.draw/1",
        True,
        None,
    )
    shown = loopqa("sample", "show", "S-1", "--json").json
    assert shown["schema"] == "loopqa.sample/1"
    assert shown["strata"][0] == {"stratum": "complaint", "population": 100, "drawn": 30}
    assert len(shown["cases"]) == shown["drawn"] == 90
    case = shown["cases"][0]
    assert (case["stratum"], case["position"], case["population"]) == ("complaint", 1, 100)
    assert (case["columns"], len(case["key"])) == ({"kind": "complaint"}, 64)
    assert {name: shown[name] for name in drawn["sample"]} == drawn["sample"]


def test_the_workbook_can_be_filled_in_and_is_read_back_as_it_is(desk, loopqa):
    desk.change("type: csv, path: data/reviews.csv", "type: excel, path: qa.xlsx, sheet: QA")
    desk.change("sheet: QA", "sheet: QA, header_row: 3")
    assert loopqa("sample", "draw", "--out", "list.xlsx").lines[-1] == "list list.xlsx"
    book = openpyxl.load_workbook("list.xlsx")
    sheet = book["QA"]
    head = [cell.value for cell in sheet[3]]
    assert head == ["number", "served", "kind", "tone"]
    assert sheet["D3"].comment.text.splitlines() == [
        "Attitude · tone",
        "Was the tone friendly?",
        "1 = very poor",
        "2 = poor",
        "3 = fair",
        "4 = good",
        "5 = very good",
    ]
    assert sheet.data_validations.dataValidation[0].formula1 == '"1,2,3,4,5"'
    assert book["how to fill in"]["A4"].value == "tone"
    for row in sheet.iter_rows(min_row=4):
        row[3].value = 2 if row[2].value == "complaint" else 4
    book.save("qa.xlsx")
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
    assert report.wave.scores["sample"]["reviewed"] == 90


def test_what_tickets_hold_never_becomes_a_formula_a_link_or_a_number(desk, loopqa):
    tickets = Path("data/tickets.csv")
    hostile = ['=HYPERLINK("http://x")', "+1", "@SUM(A1)", "00012", "http://example.org"]
    with tickets.open("a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        for name in hostile:
            rows.writerow([name, "Jane", "2026-09-03", "=1+1", 4])
    loopqa("sample", "draw", "--out", "list.xlsx")
    book = openpyxl.load_workbook("list.xlsx")
    cells = [cell for row in book["cases"].iter_rows(min_row=2) for cell in row if cell.value]
    kinds = {cell.data_type for cell in cells}
    assert kinds == {"s", "d"}
    assert not any(cell.hyperlink for cell in cells)
    assert {"00012", "=1+1"} <= {cell.value for cell in cells}


def test_a_list_that_is_there_is_never_overwritten(desk, loopqa):
    loopqa("sample", "draw")
    Path("list.csv").write_text("reviews of a whole week")
    refused = loopqa("sample", "show", "--out", "list.csv")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.splitlines() == [
        "error: 'list.csv' is there already and may hold reviews",
        "  hint: name another file, or move that one away",
    ]
    assert Path("list.csv").read_text() == "reviews of a whole week"
    assert [name for name in os.listdir() if name.startswith(".list-")] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show"], "workflow 'desk' has no sample yet"),
        (["show", "S-4"], "there is no sample S-4"),
        (["show", "dask"], "there is no workflow 'dask' in this workspace"),
        (["draw", "--out", "list.pdf"], "can't write a list as 'list.pdf'"),
        (["draw", "--window", "2026-01-01"], "input 'tickets' has no case in 2026-01-01"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_way_out(desk, loopqa, arguments, message):
    refused = loopqa("sample", *arguments)
    assert (refused.code, refused.out) == (2, "")
    first, hint = refused.err.splitlines()
    assert message in first
    assert hint.startswith("  hint: ")


def test_a_run_draws_and_says_where_the_list_is(desk, loopqa):
    ran = loopqa("run")
    assert "S-1 desk 2026-09-01..2026-09-30: 90 of 700 cases are to be reviewed" in ran.lines
    assert "the reviewers' list: loopqa sample show S-1 --out cases.xlsx" in ran.err
    assert loopqa("run", "--json").json["sample"]["id"] == "S-1"


def test_show_says_how_much_is_reviewed_once_a_run_has_looked(desk, loopqa):
    filled = desk.draw("2026-10-02", "list.csv")
    desk.review([filled], lambda case, kind: 2 if kind == "complaint" else None)
    ran = loopqa("run", "--json").json
    assert (ran["coverage"]["reviewed"], ran["coverage"]["drawn"]) == (30, 90)
    shown = loopqa("sample", "show")
    assert shown.lines[1:] == [
        "stratum    cases  drawn  reviewed",
        "complaint    100     30        30",
        "enquiry      600     60         0",
    ]
    assert "warning: 30 of 90 drawn cases are reviewed" in shown.err
    assert loopqa("sample", "show", "--json").json["coverage"] == ran["coverage"]
    assert loopqa("run", "--json").json["coverage"] == ran["coverage"]


def test_a_draw_of_a_month_that_goes_on_says_so(desk, loopqa):
    desk.open_tickets(date(2026, 10, 1), {"enquiry": 40})
    drawn = loopqa("sample", "draw", "--window", "2026-10-01..2026-10-31")
    assert "warning: 2026-10-01..2026-10-31 is not over: draw again when it is" in drawn.err


def test_samples_speak_chinese(desk, loopqa):
    desk.review([], lambda *_: None)
    answers = [
        loopqa("sample", "draw", "--lang", "zh"),
        loopqa("sample", "draw", "--lang", "zh"),
        loopqa("sample", "show", "--out", "清单.xlsx", "--lang", "zh"),
    ]
    for answer in answers:
        said = (answer.out + answer.err).replace("complaint", "").replace("enquiry", "")
        assert english(said.replace("cases.xlsx", "").replace("desk", "")) == []
    book = openpyxl.load_workbook("清单.xlsx")
    assert book.sheetnames == ["个案", "填写说明"]
    assert "服务态度" in book["个案"]["D1"].comment.text
