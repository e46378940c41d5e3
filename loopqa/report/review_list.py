"""The list that reviewers fill in: drawn cases, and an empty column for everything they judge.

The columns are called as the input of the reviews reads them, so that the filled list is that
input's file.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from loopqa.errors import Place, RunFailed, UsageError
from loopqa.language import Text, text

FORMATS = (".xlsx", ".csv")

_MOST_IN_A_MENU = 255  #: characters of a drop-down list, as Excel allows
_WIDEST, _NARROWEST = 40, 10  #: characters of a column


@dataclass(frozen=True)
class ListColumn:
    """One column of the list."""

    name: str  #: as the input of the reviews reads it
    values: tuple[Any, ...] = ()  #: texts and times; empty: to be filled in
    note: Text | None = None  #: what is asked, and by which scale
    allowed: tuple[str, ...] = ()  #: answers to choose from; empty: anything

    @property
    def asked(self) -> bool:
        """Whether reviewers fill it in."""
        return not self.values


@dataclass(frozen=True)
class ReviewList:
    """A list of cases to be reviewed."""

    title: Text
    lines: tuple[Text, ...]  #: what the reader has to know
    columns: tuple[ListColumn, ...]
    n: int  #: cases
    dates: str | None = None  #: strptime format of times in texts; None: ISO 8601
    sheet: str | None = None  #: name of the sheet that the input reads
    header_row: int = 1


def write_list(shown: ReviewList, path: Path) -> Path:
    """Write the list as a workbook or a CSV file, complete or not at all.

    Raises:
        UsageError: the file is of another kind, or is there already: it may hold reviews.
        RunFailed: it can't be written.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise UsageError(
            text("can't write a list as '{path}'", path=str(path)),
            hint=text("name a file that ends in .xlsx or .csv"),
        )
    write = _write_workbook if kind == ".xlsx" else _write_csv
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _publish(path, lambda fresh: write(shown, fresh))
    except FileExistsError as error:
        raise UsageError(
            text("'{path}' is there already and may hold reviews", path=str(path)),
            hint=text("name another file, or move that one away"),
        ) from error
    except OSError as error:
        raise RunFailed(
            text("the list can't be written: {reason}", reason=error.strerror or str(error)),
            place=Place(str(path)),
        ) from error
    return path


def _publish(path: Path, write: Callable[[Path], None]) -> None:
    """Write under another name, then take the real one, which nobody may have yet."""
    if path.exists():
        raise FileExistsError(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".list-") as folder:
        fresh = Path(folder) / f"list{path.suffix.lower()}"
        write(fresh)
        os.link(fresh, path)


def _write_csv(shown: ReviewList, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        rows = csv.writer(file)
        rows.writerow([column.name for column in shown.columns])
        for at in range(shown.n):
            rows.writerow([_as_text(column, at, shown.dates) for column in shown.columns])


def _as_text(column: ListColumn, at: int, dates: str | None) -> str:
    value = column.values[at] if column.values else ""
    if isinstance(value, datetime):
        return value.strftime(dates) if dates else value.isoformat(sep=" ")
    return "" if value is None else str(value)


def _write_workbook(shown: ReviewList, path: Path) -> None:
    import xlsxwriter  # noqa: PLC0415 - only needed here

    # What customers wrote stays text: no formula, no link, no number.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, plain) as book:
        _cases_sheet(book, shown)
        _questions_sheet(book, shown)


def _cases_sheet(book: Any, shown: ReviewList) -> None:
    sheet = book.add_worksheet(shown.sheet or str(text("cases")))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    asked = book.add_format({"bold": True, "bottom": 1, "bg_color": "#e8eff6", "valign": "top"})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    above = shown.header_row - 1
    if above:
        sheet.write_string(0, 0, str(shown.title), book.add_format({"bold": True}))
    for row, line in zip(range(1, above), shown.lines, strict=False):
        sheet.write_string(row, 0, str(line))
    for at, column in enumerate(shown.columns):
        sheet.write_string(above, at, column.name, asked if column.asked else head)
        sheet.set_column(at, at, _width(column))
        if column.note is not None:
            sheet.write_comment(above, at, str(column.note), {"x_scale": 2, "y_scale": 2})
        for row, value in enumerate(column.values, above + 1):
            _write_cell(sheet, row, at, value, time)
        _offer(sheet, column, above + 1, at, shown.n)
    sheet.freeze_panes(above + 1, 1)
    sheet.autofilter(above, 0, above + max(shown.n, 1), len(shown.columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_cell(sheet: Any, row: int, at: int, value: Any, time: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(row, at, value, time)
    elif value:
        sheet.write_string(row, at, str(value))


def _offer(sheet: Any, column: ListColumn, row: int, at: int, n: int) -> None:
    """A drop-down list of the answers, where there are some and they fit."""
    if not n or not column.allowed or len(",".join(column.allowed)) > _MOST_IN_A_MENU:
        return
    numbers = all(one.isdecimal() for one in column.allowed)
    menu = [int(one) if numbers else one for one in column.allowed]
    sheet.data_validation(row, at, row + n - 1, at, {"validate": "list", "source": menu})


def _width(column: ListColumn) -> int:
    longest = max((len(str(one)) for one in column.values[:1000]), default=0)
    return min(_WIDEST, max(_NARROWEST, len(column.name) + 2, longest + 1))


def _questions_sheet(book: Any, shown: ReviewList) -> None:
    """What is asked in which column, for those who print it or see no comments."""
    sheet = book.add_worksheet(str(text("how to fill in")))
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    rows = [(str(shown.title), ""), *(("", str(line)) for line in shown.lines)]
    rows += [(one.name, str(one.note)) for one in shown.columns if one.note is not None]
    for row, (name, words) in enumerate(rows):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, words, wrap)
