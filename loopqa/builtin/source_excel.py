"""Source ``excel``: one sheet of Excel (xlsx, xlsm, xlsb, xls) or OpenDocument (ods) workbooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from loopqa.builtin.file_search import FoundFile
from loopqa.builtin.file_source import FileSource, Paths, chosen_columns, folded, with_origin
from loopqa.builtin.workbook import cells, open_sheet, sheet_sizes
from loopqa.errors import DataError, Place
from loopqa.language import text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.options import Options
from loopqa.plugin.source import BATCH_ROWS, Item, ReadContext, Source

if TYPE_CHECKING:
    import pyarrow as pa


#: Excel keeps 15 significant digits; further ones are noise of the binary representation.
DIGITS = 15


class ExcelOptions(Options):
    """Options of the source ``excel``."""

    path: Paths
    sheet: str | None = None  #: None: the first visible sheet
    header_row: Annotated[int, Field(ge=1)] = 1  #: row of the sheet that holds the column names


class Excel(FileSource):
    """Reads one sheet a workbook; cells that hold an error count as empty."""

    type = "excel"
    summary = text("a sheet of Excel or OpenDocument workbooks")
    Config = ExcelOptions
    config: ExcelOptions

    def tables(self) -> tuple[tuple[str, int], ...]:
        """The visible sheets of the first workbook with the number of their cells."""
        return sheet_sizes(self.files()[0])

    def header(self, file: FoundFile) -> Sequence[str]:
        """The column names of one workbook."""
        sheet = open_sheet(file, self.config.sheet)
        return self._names(file, cells(file, sheet, self.config.header_row))

    def read_file(self, file: FoundFile, context: ReadContext) -> Iterator[Item]:
        """The rows of one workbook's sheet; rows without any value are none."""
        grid = cells(file, open_sheet(file, self.config.sheet))
        place = Place(file.name, self.config.header_row)
        columns = chosen_columns(self._names(file, grid), context.columns, place)
        first = self.config.header_row + 1
        rows = [
            (number, row) for number, row in enumerate(grid[first - 1 :], first) if any_value(row)
        ]
        dates = {name for name, at in columns.items() if _holds_dates(row[at] for _, row in rows)}
        for start in range(0, max(1, len(rows)), BATCH_ROWS):
            part = rows[start : start + BATCH_ROWS]
            numbers = [number for number, _ in part]
            yield with_origin(_batch(part, columns, dates), file.name, numbers)
            context.progress(file.name, start + len(part), len(rows))

    def _names(self, file: FoundFile, grid: list[list[Any]]) -> list[str]:
        row = self.config.header_row
        names = [folded(cell_text(cell)) for cell in grid[row - 1]] if len(grid) >= row else []
        if not any(names):
            raise DataError(
                text("there are no column names in this row"),
                place=Place(file.name, row),
                hint=text("say which row holds them: 'header_row: 3'"),
            )
        return names


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source ``excel``."""
    return [Excel]


def any_value(row: list[Any]) -> bool:
    """Whether any cell of the row holds something."""
    return any(cell != "" for cell in row)


def _holds_dates(column: Iterator[Any]) -> bool:
    """Whether a column holds dates and nothing else."""
    values = [cell for cell in column if cell != ""]
    return bool(values) and all(isinstance(cell, date) for cell in values)


def _batch(
    rows: list[tuple[int, list[Any]]], columns: dict[str, int], dates: set[str]
) -> pa.RecordBatch:
    """Columns of dates keep their type, all others become text as people see it."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    arrays = [
        pa.array([_instant(row[at]) for _, row in rows], pa.timestamp("us"))
        if name in dates
        else pa.array([cell_text(row[at]) for _, row in rows], pa.string())
        for name, at in columns.items()
    ]
    if not arrays:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * len(rows), pa.struct([])))
    return pa.RecordBatch.from_arrays(arrays, list(columns))


def _instant(cell: Any) -> datetime | None:
    if isinstance(cell, datetime):
        return cell
    return datetime.combine(cell, time.min) if isinstance(cell, date) else None


def cell_text(cell: Any) -> str:
    """A cell as people see it: 5 (not 5.0), 2026-03-01, 09:30:00, TRUE.

    >>> [cell_text(cell) for cell in (5.0, 0.1 + 0.2, date(2026, 3, 1), True, timedelta(hours=30))]
    ['5', '0.3', '2026-03-01', 'TRUE', '30:00:00']
    """
    match cell:
        case str():
            return cell
        case bool():
            return str(cell).upper()
        case int():
            return str(cell)
        case float():
            return str(int(cell)) if cell.is_integer() else f"{cell:.{DIGITS}g}"
        case datetime():
            return cell.isoformat(" ")
        case timedelta():
            return _duration(cell)
        case _:
            return str(cell)


def _duration(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{sign}{hours:02}:{minute:02}:{second:02}"
