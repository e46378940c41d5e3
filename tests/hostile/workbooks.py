"""Workbooks that people, office programs and attackers make."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from tests.hostile.hostile import HEADER, Hostile, lines, raw

EXCEL = "type: excel, path: data.xlsx"
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def _table(n: int = 20) -> list[list[Any]]:
    """The sound lines of data, as cells of their own types."""
    header, *rest = (one.split(",") for one in lines(n))
    return [header, *([a, b, date.fromisoformat(day), c, int(d)] for a, b, day, c, d in rest)]


def _book(act: Callable[[Any, Any], object] = lambda book, sheet: None, n: int = 20) -> bytes:
    """A sound workbook that ``act`` may change; it gets the workbook and its sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in _table(n):
        sheet.append(row)
    act(book, sheet)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def made(name: str, act: Callable[[Any, Any], object], **expected: Any) -> Hostile:
    """A workbook changed by openpyxl."""
    return raw(name, _book(act), "data.xlsx", input=expected.pop("input", EXCEL), **expected)


def _shared() -> bytes:
    """The sound workbook as Excel writes it: texts in a part of their own."""
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(_table()):
        sheet.write_row(number, 0, row)
    book.close()
    return packed.getvalue()


def _repacked(
    change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None
) -> bytes:
    """A sound workbook with the content of its parts changed, and further parts."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_shared())) as sound,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for part in sound.namelist():
            changed.writestr(part, change(part, sound.read(part)))
        for part, content in (extra or {}).items():
            changed.writestr(part, content)
    return packed.getvalue()


def patched(name: str, change: Callable[[str, bytes], bytes], **expected: Any) -> Hostile:
    """A workbook whose XML was changed by hand."""
    return raw(name, _repacked(change), "data.xlsx", input=EXCEL, **expected)


def _in(part: str, old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        assert name != part or re.search(old, content), part
        return re.sub(old, lambda _: new, content, count=1) if name == part else content

    return change


def _bomb(folder: Path) -> None:
    padding = b"<row>" + b" " * 90_000_000 + b"</row>"
    content = _repacked(_in(SHEET, b"</sheetData>", padding + b"</sheetData>"))
    (folder / "data.xlsx").write_bytes(content)


def _lying_bomb(folder: Path) -> None:
    """A bomb among the strings whose size is given as 1,000 bytes."""
    content = bytearray(_repacked(_in(STRINGS, b"</sst>", b" " * 150_000_000 + b"</sst>")))
    for signature, size_at, name_at in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            if content[at + name_at :].startswith(STRINGS.encode()):
                struct.pack_into("<I", content, at + size_at, 1000)
    (folder / "data.xlsx").write_bytes(content)


def _string_everywhere(folder: Path) -> None:
    """One string of 30,000 letters in 40,000 cells: 60 KB on disk, 1.2 GB of cells."""
    book = xlsxwriter.Workbook(folder / "data.xlsx")
    sheet = book.add_worksheet()
    for number, row in enumerate([[*HEADER.split(","), "remark"]] + [["x" * 30_000] * 6] * 7_000):
        sheet.write_row(number, 0, row)
    book.close()


def _cached(folder: Path) -> None:
    """Scores that are formulas: with the value that the office program saw."""
    book = xlsxwriter.Workbook(folder / "data.xlsx", {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(_table()):
        sheet.write_row(number, 0, row[:-1])
        if number:
            sheet.write_formula(number, 4, f"=1+{row[-1] - 1}", None, row[-1])
        else:
            sheet.write(0, 4, row[-1])
    book.close()


def _chart_first(folder: Path) -> None:
    book = xlsxwriter.Workbook(folder / "data.xlsx", {"default_date_format": "yyyy-mm-dd"})
    book.add_chartsheet("Chart").set_chart(chart := book.add_chart({"type": "line"}))
    sheet = book.add_worksheet("Data")
    chart.add_series({"values": "=Data!$E$2:$E$21"})
    for number, row in enumerate(_table()):
        sheet.write_row(number, 0, row)
    book.close()


def _written(act: Callable[[Path], object], name: str, **expected: Any) -> Hostile:
    return Hostile(name, act, input=EXCEL, **expected)


def _errors(book: Any, sheet: Any) -> None:
    sheet["E3"], sheet["E4"], sheet["E5"] = "#N/A", "#DIV/0!", "#REF!"


def _header_in_3(book: Any, sheet: Any) -> None:
    sheet.insert_rows(1, 2)
    sheet["A1"] = "Export"


def _hide(book: Any, sheet: Any) -> None:
    sheet.sheet_state = "hidden"
    book.create_sheet("Empty").append(["nothing here"])


def _very_hidden_beside(book: Any, sheet: Any) -> None:
    hidden = book.create_sheet("Hidden", 0)
    hidden.append(["x"])
    hidden.sheet_state = "veryHidden"


def _serials(book: Any, sheet: Any) -> None:
    for row in range(2, 22):
        sheet.cell(row, 3).value = 46023 + row
        sheet.cell(row, 3).number_format = "General"


def _mac_years(book: Any, sheet: Any) -> None:
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904


def _merge(book: Any, sheet: Any) -> None:
    sheet.merge_cells("D2:D6")
    sheet.merge_cells("E7:E8")


def _odd_dates(book: Any, sheet: Any) -> None:
    sheet["C3"], sheet["C4"], sheet["C5"] = "2026-02-30", "soon", timedelta(days=400)


def _far_row(book: Any, sheet: Any) -> None:
    sheet["A1048576"] = "x"


def _far_cell(book: Any, sheet: Any) -> None:
    sheet["XFD1048576"] = "x"


def _many_sheets(book: Any, sheet: Any) -> None:
    for number in range(150):
        book.create_sheet(f"s{number}")


def _mixed(book: Any, sheet: Any) -> None:
    sheet["E3"], sheet["E4"], sheet["E5"] = 3.5, True, datetime(2026, 1, 1)  # noqa: DTZ001
    sheet["E6"], sheet["E7"] = "５", 1e300


BILLION = (
    b'<!DOCTYPE l [<!ENTITY a "xxxxxxxxxx">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)
SOUND = _book()

CASES = (
    _written(_bomb, "a-zip-bomb", place="data.xlsx"),
    _written(_lying_bomb, "a-zip-bomb-that-lies-about-its-size", place="data.xlsx"),
    _written(_string_everywhere, "one-long-string-in-every-cell", place="data.xlsx"),
    made("a-cell-at-the-end-of-the-sheet", _far_cell, place="data.xlsx", says="XFD1048576"),
    made("a-cell-in-the-last-row", _far_row, place="data.xlsx", says="1048576"),
    made("merged-cells", _merge, rows=(20, 20, 0)),
    made("header-in-row-3", _header_in_3, place="data.xlsx"),
    made(
        "header-in-row-3-as-it-was-said",
        _header_in_3,
        rows=(20, 20, 0),
        input=EXCEL + ", header_row: 3",
    ),
    made(
        "header-row-beyond-the-end",
        lambda b, s: None,
        place="data.xlsx:99",
        input=EXCEL + ", header_row: 99",
    ),
    _written(_cached, "formulas-with-their-values", rows=(20, 20, 0)),
    made(
        "formulas-without-values",
        lambda b, s: [s.cell(r, 5).__setattr__("value", "=1+1") for r in range(2, 22)],
        rows=(20, 20, 0),
    ),
    made("cells-that-hold-an-error", _errors, rows=(20, 20, 0)),
    made(
        "values-of-all-kinds",
        _mixed,
        rows=(20, 16, 4),
        rejected=((3, "score"), (4, "score"), (5, "score"), (7, "score")),
    ),
    made("dates-as-serial-numbers", _serials, place="data.xlsx:2:day"),
    made("years-counted-from-1904", _mac_years, rows=(20, 20, 0)),
    made("dates-that-never-were", _odd_dates, rows=(20, 18, 2), rejected=((3, "day"), (4, "day"))),
    made("only-the-hidden-sheet-has-data", _hide, place="data.xlsx"),
    made("a-very-hidden-sheet-first", _very_hidden_beside, rows=(20, 20, 0)),
    made(
        "a-sheet-that-is-not-there",
        lambda b, s: None,
        place="data.xlsx",
        says="no sheet",
        input=EXCEL + ", sheet: QA",
    ),
    made("a-hundred-and-fifty-sheets", _many_sheets, rows=(20, 20, 0)),
    made("the-same-column-twice", lambda b, s: s.__setitem__("D1", "score"), place="data.xlsx:1"),
    made("no-cell-at-all", lambda b, s: s.delete_rows(1, 99), place="data.xlsx:1"),
    made("only-a-header", lambda b, s: s.delete_rows(2, 99), place="data.xlsx"),
    _written(_chart_first, "a-chart-sheet-first", rows=(20, 20, 0)),
    raw("cut-short", SOUND[: len(SOUND) // 2], "data.xlsx", input=EXCEL, place="data.xlsx"),
    raw(
        "a-csv-called-xlsx",
        "\n".join(lines()).encode(),
        "data.xlsx",
        input=EXCEL,
        place="data.xlsx",
    ),
    raw(
        "a-page-called-xls",
        b"<html><table><tr><td>1</td></tr></table></html>",
        "data.xls",
        input="type: excel, path: data.xls",
        place="data.xls",
    ),
    raw(
        "an-old-workbook-of-rubbish",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096),
        "data.xlsx",
        input=EXCEL,
        place="data.xlsx",
    ),
    raw("an-empty-zip", b"PK\x05\x06" + bytes(18), "data.xlsx", input=EXCEL, place="data.xlsx"),
    raw("nothing", b"", "data.xlsx", input=EXCEL, place="data.xlsx"),
    patched(
        "a-billion-laughs",
        lambda n, c: (
            re.sub(rb"<sst", BILLION + b"<sst", re.sub(rb"<t>phone</t>", b"<t>&j;</t>", c), count=1)
            if n == STRINGS
            else c
        ),
        place="data.xlsx",
    ),
    patched(
        "a-file-from-outside",
        lambda n, c: (
            c.replace(
                b"<sst", b'<!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst', 1
            ).replace(b"<t>phone</t>", b"<t>&e;</t>")
            if n == STRINGS
            else c
        ),
        place="data.xlsx",
    ),
    patched(
        "a-string-that-is-not-there",
        _in(SHEET, rb'<c r="A2" t="s"><v>\d+</v>', b'<c r="A2" t="s"><v>999999</v>'),
        place="data.xlsx",
    ),
    patched("a-cell-with-no-place", _in(SHEET, rb'r="A2"', b'r="2A"'), place="data.xlsx"),
    patched(
        "a-cell-beyond-the-sheet", _in(SHEET, rb'r="A2"', b'r="ZZZZZ99999999"'), place="data.xlsx"
    ),
    patched("xml-that-ends-too-soon", _in(SHEET, rb"</sheetData>.*", b""), place="data.xlsx"),
    patched(
        "a-sheet-without-its-part",
        lambda n, c: (
            c if n != "xl/_rels/workbook.xml.rels" else c.replace(b"sheet1.xml", b"sheet7.xml")
        ),
        place="data.xlsx",
    ),
)
