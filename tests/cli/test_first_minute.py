"""``loopqa init --from``: what it says, what it asks, what it refuses; and the first run."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

ROWS = [
    ("ticket", "day", "channel", "attitude", "speed"),
    *(
        (f"T{number}", f"2026-03-{1 + number % 28:02d}", "phone" if number % 2 else "chat",
         3 + number % 3, 1 + number % 2 if number % 2 == 0 else 4 + number % 3 % 2)
        for number in range(200)
    ),
]  # fmt: skip


def written(path: Path, rows=ROWS, before: str = "") -> Path:
    lines = [",".join(str(cell) for cell in row) for row in rows]
    path.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An empty folder to stand in, with a file of ratings of March 2026."""
    monkeypatch.setenv("LOOPQA_NOW", "2026-11-22")
    written(tmp_path / "ratings.csv")
    return tmp_path


def test_it_says_what_each_column_is_taken_for(loopqa, desk):
    answer = loopqa("init", "desk", "--from", "ratings.csv")
    assert answer.code == 0
    assert answer.out == (
        "column    taken for           why\n"
        "day       date of the case    2026-03-01 to 2026-03-28\n"
        "attitude  rating              1-5 in 200 of 200 rows\n"
        "speed     rating              1-5 in 200 of 200 rows\n"
        "ticket    number of the case  different in every row\n"
        "channel   segment             2 different values\n"
        "evaluated by the month; the last one with enough cases is 2026-03-01..2026-03-31\n"
        "\n"
        "desk/rubrics/ratings.yaml\n"
        "desk/workflows/ratings.yaml\n"
        "desk/loopqa.yaml\n"
    )
    assert answer.err == "next: cd desk && loopqa run\n"
    assert sorted(path.name for path in (desk / "desk").iterdir()) == [
        *("loopqa.yaml", "rubrics", "workflows")
    ]


def test_the_first_run_goes_back_to_where_the_data_end_and_later_ones_do_not(loopqa, desk):
    assert loopqa("init", "--from", "ratings.csv").code == 0
    rehearsed = loopqa("run", "--dry-run")
    assert rehearsed.code == 2
    first = loopqa("run")
    assert first.code == 0
    assert (
        "no case lies in 2026-10-01..2026-10-31: this first run evaluates "
        "2026-03-01..2026-03-31, the last window with enough cases\n"
    ) in first.err
    assert "ratings 2026-03-01..2026-03-31: new findings: 2, seen again: 0" in first.lines
    second = loopqa("run")
    assert second.code == 2
    assert "error: workflow 'ratings' has no case in 2026-10-01..2026-10-31\n" in second.err
    assert loopqa("run", "--window", "2026-03-01..2026-03-31").code == 0


def test_a_named_window_without_cases_is_never_swapped_for_another(loopqa, desk):
    assert loopqa("init", "--from", "ratings.csv").code == 0
    assert loopqa("run", "--window", "2026-05-01..2026-05-31").code == 2


def test_all_rows_of_an_input_with_a_day_count_for_it(loopqa, desk):
    assert loopqa("init", "--from", "ratings.csv").code == 0
    flow = desk / "workflows" / "ratings.yaml"
    words = flow.read_text(encoding="utf-8")
    both = words.replace("    map:", "    day: 2026-10-07\n    map:")
    flow.write_text(both, encoding="utf-8")
    refused = loopqa("check")
    assert refused.code == 2
    assert "cases have one day: here 'day' and 'map: at' both tell it" in refused.out + refused.err
    flow.write_text(both.replace("      at: day\n", ""), encoding="utf-8")
    assert loopqa("check").code == 0
    assert loopqa("run", "--json").json["window"] == "2026-10-01..2026-10-31"


def test_a_file_without_dates_counts_for_the_day_it_was_last_changed(loopqa, desk):
    rows = [(*row[:1], *row[2:]) for row in ROWS]
    file = written(desk / "answers.csv", rows)
    moment = time.mktime((2026, 10, 5, 12, 0, 0, 0, 0, 0))
    os.utime(file, (moment, moment))
    answer = loopqa("init", "--from", "answers.csv")
    assert (
        "no column holds dates: all rows count for 2026-10-05; correct `day` in the workflow"
    ) in answer.lines
    assert loopqa("run", "--json").json["window"] == "2026-10-05..2026-10-05"


def test_the_largest_sheet_is_taken_and_the_others_are_named(loopqa, desk):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["for", "March"])
    sheet = book.create_sheet("Ratings")
    for row in [("Ratings of March",), (), *ROWS]:
        sheet.append(row)
    book.save(desk / "book.xlsx")
    answer = loopqa("init", "--from", "book.xlsx")
    assert answer.lines[:2] == [
        "sheet 'Ratings' of several; not read: Notes",
        "the column names stand in row 3",
    ]
    assert loopqa("check").code == 0
    assert loopqa("run", "--json").json["rows"]["loaded"] == 200


def test_columns_of_one_name_are_left_out_and_said(loopqa, desk):
    rows = [(*row, row[2], row[2]) for row in ROWS]
    rows[0] = (*ROWS[0], "kind", "kind")
    written(desk / "twice.csv", rows)
    answer = loopqa("init", "--from", "twice.csv")
    assert "not used (1), several columns of this name: kind" in answer.lines
    assert loopqa("run").code == 0


def test_a_csv_of_western_excel_is_read_as_such_and_said(loopqa, desk):
    lines = ["Datum;Filiale;Zufriedenheit;Gelöst"]
    lines += [
        f"{day:02}.09.2026;{'Köln' if day % 2 else 'Ulm'};{day % 5 + 1};ja" for day in range(1, 31)
    ]
    (desk / "west.csv").write_text("\n".join(lines), encoding="cp1252")
    answer = loopqa("init", "--from", "west.csv")
    assert "the text is not UTF-8: read as Western European (windows-1252)" in answer.lines
    assert loopqa("check").code == 0
    assert (
        loopqa("run", "--window", "2026-09-01..2026-09-30", "--json").json["rows"]["loaded"] == 30
    )
    assert "encoding: cp1252" in (desk / "workflows" / "west.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "there is no file 'none.csv'"),
        ("empty.csv", b"", "empty.csv: the file is empty"),
        ("one.csv", b"rating\n5\n4\n", "one.csv: the file has a single column, 'rating'"),
        ("head.csv", b"a,b\n", "head.csv: the file has column names, but no rows"),
        ("words.csv", b"a,b\nx,y\nz,y\n", "words.csv: no column of this file can be scored"),
        (
            "same.csv",
            b"day,score,score\n2026-03-01,5,4\n2026-03-02,4,3\n2026-03-03,3,2\n",
            "same.csv: no column of this file can be scored; several columns are called score",
        ),
        ("raw.csv", bytes(range(128, 256)) * 9, "raw.csv:1: the text is not UTF-8"),
        ("raw.xlsx", b"PK nothing", "raw.xlsx: the file is not an Excel or OpenDocument workbook"),
        ("scan.pdf", b"%PDF-1.7\n", "scan.pdf: the file is a PDF, which holds no table"),
        ("scan.csv", b"%PDF-1.7\n", "scan.csv: the file is a PDF, which holds no table"),
        ("notes.docx", b"PK", "can't tell what kind of file 'notes.docx' is"),
        (
            "two.csv",
            b"when,score\n3/4/2026,5\n5/6/2026,4\n1/2/2026,3\n",
            "two.csv:when: '3/4/2026'",
        ),
    ],
)
def test_what_can_not_be_read_is_refused_in_words_and_nothing_is_written(
    loopqa, desk, name, content, said
):
    if content is not None:
        (desk / name).write_bytes(content)
    answer = loopqa("init", "new", "--from", name)
    assert answer.code == 2
    assert answer.err.startswith(f"error: {said}")
    assert "\n  hint: " in answer.err
    assert not (desk / "new").exists()


def test_dates_that_read_in_two_ways_are_settled_by_an_option(loopqa, desk):
    (desk / "two.csv").write_text("when,score\n3/4/2026,5\n5/6/2026,4\n1/2/2026,3\n")
    assert 'hint: say which: --dates "%d/%m/%Y" (day first)' in (
        loopqa("init", "--from", "two.csv").err
    )
    assert loopqa("init", "--from", "two.csv", "--dates", "%m/%d/%Y").code == 0
    flow = (desk / "workflows" / "two.yaml").read_text(encoding="utf-8")
    assert 'dates: "%m/%d/%Y"' in flow


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--from", "ratings.csv", "--template", "hotline"],
            "--from and --template exclude each other",
        ),
        (["--sheet", "A"], "--sheet, --rating and --dates belong to --from"),
        (["--from", "ratings.csv", "--sheet", "A"], "only workbooks have sheets"),
        (["--from", "."], "'.' is a folder, not a file"),
        (["--from", "ratings.csv", "--rating", "atitude"], "there is no column 'atitude'"),
        (["--from", "ratings.csv", "--rating", "channel"], "column 'channel' holds no ratings"),
        (
            ["taken", "--from", "ratings.csv"],
            "taken/loopqa.yaml exists already; nothing was written",
        ),
    ],
)
def test_wishes_that_make_no_sense_are_refused(loopqa, desk, arguments, said):
    (desk / "taken").mkdir()
    (desk / "taken" / "loopqa.yaml").write_text("")
    answer = loopqa("init", *arguments)
    assert (answer.code, said in answer.err) == (2, True), answer.err
    assert not (desk / "loopqa.yaml").exists()


def test_ratings_can_be_named(loopqa, desk):
    assert loopqa("init", "--from", "ratings.csv", "--rating", "speed").code == 0
    rubric = (desk / "rubrics" / "ratings.yaml").read_text(encoding="utf-8")
    assert "  speed:\n" in rubric
    assert "  attitude:\n" not in rubric


def talk(folder: Path, arguments: list[str], answers: list[str]) -> str:
    """Run a command on a terminal and answer its questions; what the screen showed."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "LOOPQA_LANG": "en", "TERM": "dumb", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-m", "loopqa", *arguments],
        cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown, left = "", list(answers)
    while True:
        ready, _, _ = select.select([ours], [], [], 60)
        try:
            piece = os.read(ours, 4096).decode() if ready else ""
        except OSError:
            piece = ""
        if not piece:
            break
        shown += piece
        if left and shown.endswith(": "):
            os.write(ours, (left.pop(0) + "\n").encode())
    os.close(ours)
    assert process.wait() == 0, shown
    return shown.replace("\r\n", "\n")


def test_on_a_terminal_it_asks_and_enter_takes_the_guess(desk):
    shown = talk(desk, ["init", "--from", "ratings.csv"], ["", "", "", ""])
    assert "which columns are ratings? [attitude, speed]: " in shown
    assert "which column is the date? [day]: " in shown
    assert shown.count("taken for") == 1
    assert (desk / "loopqa.yaml").exists()


def test_on_a_terminal_other_answers_are_taken_and_slips_asked_again(desk):
    answers = ["sped", "speed", "-", "ticket", "-"]
    shown = talk(desk, ["init", "--from", "ratings.csv"], answers)
    assert "there is no 'sped'; did you mean 'speed'?" in shown
    flow = (desk / "workflows" / "ratings.yaml").read_text(encoding="utf-8")
    assert "customer: ticket" in flow
    assert "    day: 20" in flow
    assert "segments:" not in flow


def test_with_yes_nothing_is_asked_on_a_terminal(desk):
    assert "?" not in talk(desk, ["init", "--from", "ratings.csv", "--yes"], [])


def test_indicators_of_one_name_are_told_apart_in_the_table_of_a_run(loopqa, desk):
    rows = [(f"2026-03-{1 + n % 28:02d}", "Pass", "Fail" if n % 3 else "Pass") for n in range(60)]
    rows += [(f"2026-03-{1 + n % 28:02d}", "Fail", "Pass") for n in range(20)]
    written(desk / "checks.csv", [("day", "greeting", "closing"), *rows])
    loopqa("init", "--from", "checks.csv")
    shown = [line.split()[0] for line in loopqa("run").lines[:3]]
    assert shown == ["indicator", "greeting.rating", "closing.rating"]
