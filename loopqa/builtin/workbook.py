"""Opening Excel and OpenDocument workbooks: guarded, and with errors in words."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from loopqa.builtin.file_search import FoundFile
from loopqa.builtin.repeated_rows import repeated_values
from loopqa.builtin.shared_text import repeated_text
from loopqa.builtin.sheet_extent import sparse_corner
from loopqa.errors import DataError
from loopqa.hints import near_or_all
from loopqa.language import text

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Made = TypeVar("Made")

#: A part of a workbook may unpack to this size, and to this many times its packed size above it.
#: Real sheets shrink 5 to 50 times; a zip bomb up to 1,000 times.
LARGE = 50_000_000
RATIO = 100

#: No workbook that people made unpacks to more than this.
LARGEST = 4_000_000_000


def open_sheet(file: FoundFile, sheet: str | None) -> CalamineSheet:
    """The sheet called ``sheet``, or the first visible one.

    Raises:
        DataError: the file is no workbook, is protected or a zip bomb, or has no such sheet.
    """
    _weigh(file)
    workbook = _open(file)
    name = sheet if sheet is not None else _first_visible(file, workbook)
    if name not in workbook.sheet_names:
        raise DataError(
            text("there is no sheet '{sheet}'", sheet=name),
            place=file.place,
            hint=near_or_all(name, workbook.sheet_names),
        )
    return _sheet(file, workbook, name)


def _weigh(file: FoundFile) -> None:
    """Refuse a file that would fill the memory, before anything of it is read."""
    if not zipfile.is_zipfile(file.path):
        return
    try:
        with zipfile.ZipFile(file.path) as packed:
            _refuse_bomb(file, packed.infolist())
            corner, size = sparse_corner(packed), repeated_text(packed)
            times = repeated_values(packed)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise _no_workbook(file) from error
    if times is not None:
        raise DataError(
            text("a row or cell with a value is repeated {n} times", n=times),
            place=file.place,
            hint=text("delete what stands below the table, or save the table as CSV"),
        )
    if size is not None:
        raise DataError(
            text("the cells hold {size} MB of repeated text", size=size // 1_000_000),
            place=file.place,
            hint=text("leave out the column of long texts, or save the table as CSV"),
        )
    if corner is not None:
        raise DataError(
            text("a nearly empty sheet reaches to cell {cell}", cell=corner),
            place=file.place,
            hint=text("delete what stands far from the table, or save the table as CSV"),
        )


def _refuse_bomb(file: FoundFile, parts: list[zipfile.ZipInfo]) -> None:
    bomb = any(part.file_size > max(LARGE, RATIO * part.compress_size) for part in parts)
    if bomb or sum(part.file_size for part in parts) > LARGEST:
        raise DataError(
            text("the workbook would unpack to {size} MB", size=_megabytes(parts)),
            place=file.place,
            hint=text("this looks like a zip bomb; save what is needed as CSV"),
        )


def _megabytes(parts: list[zipfile.ZipInfo]) -> int:
    return sum(part.file_size for part in parts) // 1_000_000


def _open(file: FoundFile) -> CalamineWorkbook:
    import python_calamine  # noqa: PLC0415 - only needed where a workbook is read

    return _guarded(file, lambda: python_calamine.load_workbook(str(file.path)))


def _guarded(file: FoundFile, act: Callable[[], Made]) -> Made:
    """Do something with calamine; what it can't read becomes one clear error.

    On some damaged files its Rust code panics, with an exception that is not an ``Exception``.
    """
    import python_calamine  # noqa: PLC0415 - only needed where a workbook is read

    try:
        return act()
    except python_calamine.PasswordError as error:
        raise DataError(
            text("the workbook is protected by a password"),
            place=file.place,
            hint=text("save a copy without password"),
        ) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _no_workbook(file) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise _no_workbook(file) from error
        raise


def _no_workbook(file: FoundFile) -> DataError:
    return DataError(
        text("the file is not an Excel or OpenDocument workbook, or it is damaged"),
        place=file.place,
        hint=text("save it again, or name its right type: csv, parquet"),
    )


def _first_visible(file: FoundFile, workbook: CalamineWorkbook) -> str:
    for name in _visible(workbook):
        return name
    raise DataError(text("the workbook has no visible sheet with cells"), place=file.place)


def _visible(workbook: CalamineWorkbook) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 - see above

    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def sheet_sizes(file: FoundFile) -> tuple[tuple[str, int], ...]:
    """The visible sheets with the number of their cells.

    Raises:
        DataError: as :func:`open_sheet`.
    """
    _weigh(file)
    workbook = _open(file)
    sheets = [(name, _sheet(file, workbook, name)) for name in _visible(workbook)]
    return tuple((name, one.total_height * one.total_width) for name, one in sheets)


def _sheet(file: FoundFile, workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    return _guarded(file, lambda: workbook.get_sheet_by_name(name))


def cells(file: FoundFile, sheet: CalamineSheet, rows: int | None = None) -> list[list[Any]]:
    """The cells of the first ``rows`` rows of a sheet (None: all), row 1 of the sheet first."""
    return _guarded(file, lambda: sheet.to_python(skip_empty_area=False, nrows=rows))
