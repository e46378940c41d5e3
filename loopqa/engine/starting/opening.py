"""Open a data file that nobody has described yet: its kind, its sheet, the row of its header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.calc.scoring.answers import read_number
from loopqa.engine.feeds import source_type
from loopqa.errors import DataError, LoopQAError, Place, UsageError
from loopqa.language import text
from loopqa.model.workflow import PluginSpec

if TYPE_CHECKING:
    from loopqa.plugin import PluginHost, Source

WESTERN = "cp1252"  #: what Excel writes as CSV in Western Europe and America
MOST_ACCENTS = 0.15  #: of the bytes of a Western text
_SIGNS = frozenset("€–—‘’“”•…°§ß«»£".encode("cp1252"))
_LOOKED_AT = 1 << 20  #: bytes

DEEPEST = 10  #: rows that are tried as the header


@dataclass(frozen=True)
class Opened:
    """A data file as a source, with the options that it takes to read it."""

    path: Path
    type: str
    source: Source
    names: tuple[str, ...]
    sheet: str | None = None
    sheets: tuple[str, ...] = ()  #: all of them, where there are several
    header_row: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)  #: of the source beside its path


def open_data(path: Path, host: PluginHost, sheet: str | None = None) -> Opened:
    """Find out how a file is read.

    Where a workbook has several sheets and none is named, the largest is taken.

    Raises:
        UsageError: it is a folder, or of a kind that LoopQA does not read.
        DataError: there is no such file, or it can't be read.
    """
    if path.is_dir():
        raise UsageError(
            text("'{path}' is a folder, not a file", path=str(path)),
            hint=text("name one file: loopqa init --from FILE"),
        )
    _refuse_pdf(path)
    type_ = source_type(str(path))
    sheets = _sheets(path, type_, host)
    if sheet is not None and type_ != "excel":
        raise UsageError(text("only workbooks have sheets"), hint=text("leave --sheet out"))
    chosen = sheet or (max(sheets, key=lambda name: sheets[name]) if len(sheets) > 1 else None)
    options: dict[str, Any] = {"sheet": chosen} if chosen else {}
    if type_ == "csv":
        options |= _encoding(path, host)
    row, names = _header(path, type_, host, options)
    if row > 1:
        options["header_row"] = row
    source = _source(path, type_, host, options)
    many = tuple(sheets) if len(sheets) > 1 else ()
    return Opened(path, type_, source, names, chosen, many, row, options)


def _refuse_pdf(path: Path) -> None:
    """A PDF, whatever it is called: as text it would be one strange column."""
    if _beginning(path).startswith(b"%PDF-"):
        raise DataError(
            text("the file is a PDF, which holds no table"),
            place=Place(path.name),
            hint=text("export the table as CSV or Excel"),
        )


def _encoding(path: Path, host: PluginHost) -> dict[str, str]:
    """The option for a text of Western Excel; nothing where the source finds out by itself."""
    try:
        _source(path, "csv", host, {}).columns()
    except DataError:
        return {"encoding": WESTERN} if western(_beginning(path)) else {}
    return {}


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LOOKED_AT)
    except OSError:
        return b""  # the source says what is wrong with it


def western(octets: bytes) -> bool:
    """Whether a text that is neither UTF-8 nor GB18030 is windows-1252: ASCII with some accents.

    >>> western("Name;Gelöst;Beträge\\nJörg;ja;5 €".encode("cp1252"))
    True
    >>> western("名前;評価".encode("shift-jis")), western("Имя;Оценка".encode("cp1251"))
    (False, False)
    """
    beside = octets.translate(None, bytes(range(128)))
    if b"\0" in octets or not beside or len(beside) > MOST_ACCENTS * len(octets):
        return False
    known = sum(chr(one).isalpha() or one in _SIGNS for one in beside)
    return known >= 0.95 * len(beside)


def _source(path: Path, type_: str, host: PluginHost, options: Mapping[str, Any]) -> Source:
    spec = PluginSpec(type_, {"path": path.name, **options})
    return host.make_source(spec, root=path.resolve().parent)


def _sheets(path: Path, type_: str, host: PluginHost) -> dict[str, int]:
    return dict(_source(path, type_, host, {}).tables())


def _header(
    path: Path, type_: str, host: PluginHost, options: Mapping[str, Any]
) -> tuple[int, tuple[str, ...]]:
    """The row that holds the column names: the first that is about as wide as the widest."""
    first = _names(path, type_, host, options, 1)
    if (_sound(first) and len(first) > 2) or type_ == "parquet":
        return 1, first
    rows = {1: first}
    for row in range(2, DEEPEST + 1):
        try:
            rows[row] = _names(path, type_, host, options, row)
        except LoopQAError:
            continue
    widest = max(len(names) for names in rows.values())
    wide = [row for row, names in rows.items() if len(names) >= 0.8 * widest and _sound(names)]
    row = wide[0] if wide and widest > len(first) else 1
    if len(rows[row]) < 2:
        raise DataError(
            text("the file has a single column, '{name}'", name=next(iter(rows[row]), "")),
            place=Place(path.name),
            hint=text("it takes a table: a column for each question, a row for each answer"),
        )
    return row, rows[row]


def _names(
    path: Path, type_: str, host: PluginHost, options: Mapping[str, Any], row: int
) -> tuple[str, ...]:
    wanted = {**options, "header_row": row} if row > 1 else options
    try:
        return _source(path, type_, host, wanted).columns() or ()
    except DataError:
        if row > 1 or type_ == "parquet":
            raise
        return _empty_first(path, type_, host, options)


def _empty_first(
    path: Path, type_: str, host: PluginHost, options: Mapping[str, Any]
) -> tuple[str, ...]:
    """Nothing where the first row is empty; any other trouble is told."""
    try:
        _source(path, type_, host, {**options, "header_row": 2}).columns()
    except DataError:
        _source(path, type_, host, options).columns()
    return ()


def _sound(names: tuple[str, ...]) -> bool:
    """Whether these can be column names: no numbers."""
    return bool(names) and all(read_number(name) is None for name in names)
