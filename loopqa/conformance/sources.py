"""What every source keeps to, read through the eyes of the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loopqa.conformance import common
from loopqa.conformance.bookmarks import BOOKMARK_CHECKS
from loopqa.conformance.checking import CannotTell, Check
from loopqa.conformance.rows import Reading, differing, key_of, latest, reading_of, said
from loopqa.conformance.source_case import SourceCase, whole_reading
from loopqa.conformance.watching import living_in, watched
from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.plugin.loading import why
from loopqa.plugin.source import BATCH_ROWS, ReadContext, Source

LARGEST_BATCH = 10 * BATCH_ROWS
NATURAL = (str, int, float, bool, Decimal, date, datetime, time, timedelta)
_EAST, _WEST = "Asia/Shanghai", "America/New_York"


def yields_what_it_may(case: SourceCase) -> Iterator[Text]:
    """Batches, rejected rows and bookmarks; natural values under text names."""
    found = whole_reading(case)
    for item in found.strange:
        yield text("it yields {what}, which is no batch", what=type(item).__name__)
    for row in found.rows:
        cells: Mapping[Any, Any] = row
        for name, value in cells.items():
            if not isinstance(name, str):
                yield text("a column is called {name}, which is no text", name=repr(name))
            elif value is not None and not isinstance(value, NATURAL):
                kind = type(value).__name__
                yield text("column '{column}' holds a {kind}", column=name, kind=kind)


def yields_bounded_batches(case: SourceCase) -> Iterator[Text]:
    """No batch holds more than a bounded number of rows."""
    largest = max(reading_of(case.made()).sizes, default=0)
    if largest > LARGEST_BATCH:
        yield text("a batch has {n} rows; at most {most} are good", n=largest, most=LARGEST_BATCH)


def leaves_batches_alone(case: SourceCase) -> Iterator[Text]:
    """A batch that was handed over is not changed afterwards."""
    kept: list[tuple[list[Any], list[Any]]] = []
    for item in case.made().read(ReadContext()):
        if isinstance(item, list):
            kept.append((item, [dict(row) for row in item]))
        if len(kept) > 100:
            break
    if any(item != then for item, then in kept):
        yield text("a batch is changed after it was handed over: begin a new list each time")


def yields_the_expected_rows(case: SourceCase) -> Iterator[Text]:
    """All rows that are there, each once."""
    expected = case.rows
    if expected is None:
        raise CannotTell(text("it is not known which rows to expect"))
    reading = whole_reading(case)
    found = latest(reading.rows)
    if isinstance(expected, int):
        if len(found) != expected:
            yield text("{expected} rows are there, it yields {n}", expected=expected, n=len(found))
        return
    yield from different(expected, found)


def different(expected: Sequence[Any], found: Sequence[Any]) -> Iterator[Text]:
    """What one reading has and the other lacks, in words."""
    for side, row in differing(expected, found):
        if side == "lacking":
            yield text("a row is lacking: {row}", row=said(row))
        else:
            yield text("a row is there that should not be, or too often: {row}", row=said(row))


def reads_the_same_again(case: SourceCase) -> Iterator[Text]:
    """Reading twice, with one object or two, gives the same rows."""
    one = case.made()
    readings = [_finished(reading_of(source)) for source in (one, one, case.made())]
    for again in readings[1:]:
        yield from different(latest(readings[0].rows), latest(again.rows))


def _finished(reading: Reading) -> Reading:
    if not reading.whole:
        raise CannotTell(text("it has more rows than are compared"))
    return reading


def pages_without_a_gap(case: SourceCase) -> Iterator[Text]:
    """However much is fetched at a time, the rows are the same."""
    if not case.paging:
        raise CannotTell(text("no options were named that change the size of a page"))
    usual = latest(whole_reading(case).rows)
    for options in case.paging:
        found = latest(_finished(reading_of(case.made(**options))).rows)
        for complaint in different(usual, found):
            yield text(
                "with {options}: {complaint}", options=_written(options), complaint=complaint
            )


def _written(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in options.items())


def gives_wanted_columns(case: SourceCase) -> Iterator[Text]:
    """Asked for one column, it yields that one, with the same values in every row."""
    usual = whole_reading(case)
    names = sorted({name for row in usual.rows for name in row if not name.startswith("_")})
    if not names:
        raise CannotTell(text("it yields no rows"))
    for name in (names[0], names[-1]):
        asked = ReadContext(columns=frozenset({name}))
        found = _finished(reading_of(case.made(), asked))
        wanted = [{name: row.get(name)} for row in latest(usual.rows)]
        got = [{name: row.get(name)} for row in latest(found.rows)]
        if any(differing(wanted, got)):
            yield text("asked for column '{column}' only, it yields other values", column=name)


def tells_its_columns(case: SourceCase) -> Iterator[Text]:
    """``columns()`` names every column that rows have, or says that it can't."""
    told = case.made().columns()
    if told is None:
        raise CannotTell(text("its columns can't be told without reading"))
    found = {name for row in whole_reading(case).rows for name in row if not name.startswith("_")}
    lacking = found - set(told)
    if lacking:
        yield text("columns() does not name {names}", names=", ".join(sorted(lacking)))


def keeps_the_window(case: SourceCase) -> Iterator[Text]:
    """Asked for a window, it leaves out no row of it, and makes none up."""
    if case.window is None or case.at is None:
        raise CannotTell(text("no window was named, or not which column tells the time"))
    usual = latest(whole_reading(case).rows)
    asked = ReadContext(window=case.window, at=(case.at,))
    found = latest(_finished(reading_of(case.made(), asked)).rows)
    for side, key in differing(usual, found):
        if side == "more":
            yield text("a row is there that should not be, or too often: {row}", row=said(key))
    present = {key_of(row) for row in found}
    for row in usual:
        if _inside(row.get(case.at), case) and key_of(row) not in present:
            yield text("a row of the window is lacking: {row}", row=said(key_of(row)))


def _inside(value: Any, case: SourceCase) -> bool:
    """Whether a time lies in the window for sure: the days at its ends depend on the zone."""
    day = _day(value)
    window = case.window
    return day is not None and window is not None and window.start <= day <= window.end


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def knows_no_local_time(case: SourceCase) -> Iterator[Text]:
    """The machine's time zone changes nothing; a column's times all have a zone, or none has."""
    readings = []
    for zone in (_EAST, _WEST):
        try:
            with living_in(zone):
                readings.append(latest(_finished(reading_of(case.made())).rows))
        except OSError:
            raise CannotTell(text("this system has no way to change its time zone")) from None
    if any(differing(*readings)):
        yield text("rows depend on the machine's time zone: give times a zone, or leave them text")
    yield from _mixed_times(readings[0])


def _mixed_times(rows: Sequence[Any]) -> Iterator[Text]:
    kinds: dict[str, set[bool]] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, datetime):
                kinds.setdefault(name, set()).add(value.utcoffset() is None)
    for name, found in kinds.items():
        if len(found) > 1:
            yield text("column '{column}' holds times with a zone and times without", column=name)


def checks_cheaply(case: SourceCase) -> Iterator[Text]:
    """``check()`` finds nothing wrong, twice, and leaves nothing behind."""
    source = case.made()
    with watched() as seen:
        source.check()
        source.check()
    for path in filter(Path.exists, seen.written):
        yield text("check() writes {path}", path=path.name)


def fails_in_words_where_nothing_is(case: SourceCase) -> Iterator[Text]:
    """In an empty folder it reads on, or says what is missing."""
    with TemporaryDirectory() as folder:
        source = type(case)(case.plugin, case.options, Path(folder)).made()
        for call in (source.check, lambda: reading_of(source)):
            try:
                call()
            except LoopQAError:
                continue
            except Exception as error:
                yield text("where its files are missing, it fails with {error}", error=why(error))


def reads_alike_apart(case: SourceCase) -> Iterator[Text]:
    """In the process of its own that the host gives third parties, it yields the same."""
    if case.apart is None:
        raise CannotTell(text("it is not asked to work in a process of its own"))
    here, there = whole_reading(case), reading_of(case.apart())
    for what, one, other in (
        (text("rows"), len(here.rows), len(there.rows)),
        (text("rejected rows"), len(here.rejected), len(there.rejected)),
        (text("bookmarks"), len(here.marks), len(there.marks)),
    ):
        if one != other:
            yield text(
                "in a process of its own it yields {other} {what} instead of {one}",
                what=what,
                one=one,
                other=other,
            )


def fails_in_words(case: SourceCase) -> Iterator[Text]:
    """Each of the case's own failures is told in words."""
    return common.refuses_in_words(case, _read_on)


def survives_a_lost_network(case: SourceCase) -> Iterator[Text]:
    """Without a network, another try may help."""
    return common.survives_a_lost_network(case, _read_on)


def _read_on(source: Source) -> None:
    source.check()
    reading_of(source)


def rejects_in_words(case: SourceCase) -> Iterator[Text]:
    """Rows that it could not read are told with their place, and with a reason."""
    reading = whole_reading(case)
    if not reading.rejected:
        raise CannotTell(text("it rejects no row"))
    for one in reading.rejected:
        if not one.reason or not one.file:
            yield text("a rejected row has no reason, or no file")


SOURCE_CHECKS = (
    *common.WITHOUT_OPTIONS,
    *common.WITH_OPTIONS,
    Check("check", text("check() finds it readable and leaves nothing behind"), checks_cheaply),
    Check("items", text("it yields batches of natural values"), yields_what_it_may),
    Check("bounded-batches", text("batches are bounded"), yields_bounded_batches),
    Check("own-batches", text("a batch stays as it was handed over"), leaves_batches_alone),
    Check("rows", text("all rows are there, each once"), yields_the_expected_rows),
    Check("again", text("a second reading gives the same rows"), reads_the_same_again),
    Check("paging", text("the size of a page changes no row"), pages_without_a_gap),
    Check("columns", text("one wanted column comes with all its values"), gives_wanted_columns),
    Check("column-names", text("columns() names every column"), tells_its_columns),
    Check("window", text("no row of a wanted window is lacking"), keeps_the_window),
    Check("time-zones", text("the machine's time zone changes nothing"), knows_no_local_time),
    Check("rejected", text("rejected rows are told with place and reason"), rejects_in_words),
    *BOOKMARK_CHECKS,
    Check("apart", text("it works in a process of its own"), reads_alike_apart),
    Check(
        "missing-files", text("missing files are told in words"), fails_in_words_where_nothing_is
    ),
    Check("lost-network", text("a lost network may be tried again"), survives_a_lost_network),
    Check("failures", text("failures are told in words"), fails_in_words),
)
