"""The source ``excel`` on workbooks as people make them, and on hostile ones."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.builtin.hostile_files import complaint, items, rows, source


def workbook(folder: Path, sheets: dict[str, list[list[Any]]], name: str = "qa.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(folder / name)
    return folder


def test_cells_are_read_as_people_see_them(tmp_path: Path) -> None:
    workbook(
        tmp_path,
        {
            "QA": [
                ["id", "满意度\n(1-5)", "ratio", "at", "day", "clock", "talk", "ok", "text"],
                [
                    1,
                    5.0,
                    0.1 + 0.2,
                    datetime.fromisoformat("2026-03-01T10:05:07"),
                    date(2026, 3, 2),
                    time(9, 30),
                    timedelta(hours=30, minutes=2),
                    True,
                    " 007 ",
                ],
            ]
        },
    )
    assert rows(source(tmp_path, "excel", "qa.xlsx")) == [
        {
            "id": "1",
            "满意度 (1-5)": "5",
            "ratio": "0.3",
            "at": datetime.fromisoformat("2026-03-01T10:05:07"),
            "day": datetime.fromisoformat("2026-03-02"),
            "clock": "09:30:00",
            "talk": "30:02:00",
            "ok": "TRUE",
            "text": " 007 ",
            "_file": "qa.xlsx",
            "_row": 2,
        }
    ]


def test_a_column_of_dates_and_texts_is_text(tmp_path: Path) -> None:
    workbook(tmp_path, {"QA": [["at"], [datetime.fromisoformat("2026-03-01T08:00")], ["unknown"]]})
    found = rows(source(tmp_path, "excel", "qa.xlsx"))
    assert [row["at"] for row in found] == ["2026-03-01 08:00:00", "unknown"]


def test_empty_cells_and_empty_rows(tmp_path: Path) -> None:
    workbook(
        tmp_path,
        {"QA": [[], ["Report"], ["a", "b"], [1, None], [None, None], [None, date(2026, 1, 2)]]},
    )
    assert rows(source(tmp_path, "excel", "qa.xlsx", header_row=3)) == [
        {"a": "1", "b": None, "_file": "qa.xlsx", "_row": 4},
        {"a": "", "b": datetime.fromisoformat("2026-01-02"), "_file": "qa.xlsx", "_row": 6},
    ]


def test_a_sheet_is_chosen_by_name_and_the_first_by_default(tmp_path: Path) -> None:
    workbook(tmp_path, {"QA": [["a"], [1]], "质检": [["a"], [2]]})
    assert [row["a"] for row in rows(source(tmp_path, "excel", "qa.xlsx"))] == ["1"]
    assert [row["a"] for row in rows(source(tmp_path, "excel", "qa.xlsx", sheet="质检"))] == ["2"]


def test_a_wrong_sheet_lists_the_sheets(tmp_path: Path) -> None:
    workbook(tmp_path, {"Quality": [["a"]], "质检": [["a"]]})
    assert complaint(tmp_path, "excel", "qa.xlsx", sheet="Qualty") == (
        "qa.xlsx: there is no sheet 'Qualty'\n  hint: did you mean 'Quality'?"
    )
    assert complaint(tmp_path, "excel", "qa.xlsx", sheet="X") == (
        "qa.xlsx: there is no sheet 'X'\n  hint: known ones: Quality, 质检"
    )


def test_only_hidden_sheets_are_an_error_unless_one_is_named(tmp_path: Path) -> None:
    workbook(tmp_path, {"first": [["a"], [1]], "second": [["a"], [2]]})
    book = openpyxl.load_workbook(tmp_path / "qa.xlsx")
    book["first"].sheet_state = "hidden"
    book.save(tmp_path / "qa.xlsx")
    assert [row["a"] for row in rows(source(tmp_path, "excel", "qa.xlsx"))] == ["2"]
    assert [row["a"] for row in rows(source(tmp_path, "excel", "qa.xlsx", sheet="first"))] == ["1"]


def test_an_empty_sheet_has_no_column_names(tmp_path: Path) -> None:
    workbook(tmp_path, {"QA": []})
    assert complaint(tmp_path, "excel", "qa.xlsx") == (
        "qa.xlsx:1: there are no column names in this row\n"
        "  hint: say which row holds them: 'header_row: 3'"
    )


def test_a_sheet_of_only_a_header_yields_an_empty_batch(tmp_path: Path) -> None:
    workbook(tmp_path, {"QA": [["a", "b"]]})
    (batch,) = items(source(tmp_path, "excel", "qa.xlsx"))
    assert (batch.num_rows, batch.schema.names) == (0, ["a", "b", "_file", "_row"])


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"PK\x03\x04junk", b"\xd0\xcf\x11\xe0junk"]
)
def test_what_is_no_workbook_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "qa.xlsx").write_bytes(content)
    assert complaint(tmp_path, "excel", "qa.xlsx") == (
        "qa.xlsx: the file is not an Excel or OpenDocument workbook, or it is damaged\n"
        "  hint: save it again, or name its right type: csv, parquet"
    )


def test_damaged_workbooks_never_end_in_anything_but_a_clear_error(tmp_path: Path) -> None:
    workbook(tmp_path, {"QA": [["a", "b"], *[[n, "x" * n] for n in range(50)]]})
    whole = (tmp_path / "qa.xlsx").read_bytes()
    for cut in range(0, len(whole), len(whole) // 20):
        (tmp_path / "cut.xlsx").write_bytes(whole[:cut])
        assert "not an Excel" in complaint(tmp_path, "excel", "cut.xlsx")
    with zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook><sheets><sheet/></sheets>")
    assert "not an Excel" in complaint(tmp_path, "excel", "odd.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    workbook(tmp_path, {"QA": [["a"]]})
    with zipfile.ZipFile(tmp_path / "qa.xlsx", "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet9.xml", b" " * 80_000_000)
    assert complaint(tmp_path, "excel", "qa.xlsx") == (
        "qa.xlsx: the workbook would unpack to 80 MB\n"
        "  hint: this looks like a zip bomb; save what is needed as CSV"
    )


def test_a_lonely_cell_far_away_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    workbook(tmp_path, {"QA": [["a"], [1]]})
    book = openpyxl.load_workbook(tmp_path / "qa.xlsx")
    book["QA"]["XFD1048576"] = "x"
    book.save(tmp_path / "qa.xlsx")
    assert complaint(tmp_path, "excel", "qa.xlsx") == (
        "qa.xlsx: a nearly empty sheet reaches to cell XFD1048576\n"
        "  hint: delete what stands far from the table, or save the table as CSV"
    )


def test_many_rows_come_in_batches(tmp_path: Path) -> None:
    workbook(tmp_path, {"QA": [["a"], *[[n] for n in range(10_001)]]})
    batches = items(source(tmp_path, "excel", "qa.xlsx"))
    assert [batch.num_rows for batch in batches] == [10_000, 1]
    assert batches[1].to_pylist() == [{"a": "10000", "_file": "qa.xlsx", "_row": 10_002}]
