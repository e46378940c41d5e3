"""Read a file once, whole, and count what its columns hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from loopqa.calc.starting.columns import Changing, Column, Table
from loopqa.calc.starting.events import event_key
from loopqa.errors import DataError, Place
from loopqa.evidence.batches import raw_of
from loopqa.evidence.texts import texts_of
from loopqa.language import text
from loopqa.model.score import RejectedRow
from loopqa.plugin import ReadContext
from loopqa.plugin.source import unheard

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.starting.opening import Opened

MOST_ROWS = 1_000_000  #: read; what stands below them is not looked at
MOST_DISTINCT = 200_000  #: values of one column that are counted
KEPT_ROWS = 300_000  #: in memory, to see which rows belong together


def profile(opened: Opened, progress: Progress = unheard) -> Table:
    """The table of a file: every column with its values, and how often each occurs.

    Raises:
        DataError: the file can't be read, or has no rows.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    names = list(opened.names)
    counts: dict[str, Counter[str]] = {}
    typed: dict[str, bool] = {}
    kept: list[Any] = []
    rows = 0
    for raw in _batches(opened, names, progress):
        rows += raw.length
        for name, array in raw.columns.items():
            _count(counts.setdefault(name, Counter()), array)
            typed[name] = typed.get(name, True) and _holds_times(array)
        if sum(len(one) for one in kept) < KEPT_ROWS:
            kept.append(pa.table({name: _texts(array) for name, array in raw.columns.items()}))
        if rows >= MOST_ROWS:
            break
    if not rows:
        raise DataError(
            text("the file has column names, but no rows"),
            place=Place(opened.path.name),
            hint=text("export it with its rows"),
        )
    columns = tuple(
        Column(name, found, rows, typed[name], len(found) >= MOST_DISTINCT)
        for name, found in counts.items()
    )
    key = event_key(columns)
    changing = _within(pa.concat_tables(kept), key, columns) if key else {}
    twice = tuple(one for one in opened.names if one not in names)
    return Table(columns, rows, key, changing, twice)


def _batches(opened: Opened, names: list[str], progress: Progress) -> Iterator[Any]:
    """Batches of the columns; one whose name comes twice can't be meant and is left out."""
    while True:
        context = ReadContext(columns=frozenset(names), progress=progress)
        try:
            for item in opened.source.read(context):
                if not isinstance(item, RejectedRow):
                    yield raw_of(item, name=opened.path.name, first_row=1)
            return
        except DataError as error:
            twice = error.problems[0].message.params.get("name")
            if twice not in names:
                raise
            names.remove(str(twice))


def _count(counter: Counter[str], array: Any) -> None:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if len(counter) >= MOST_DISTINCT:
        return
    texts = texts_of(array)
    codes = pa.array(texts.codes).value_counts()
    for code, n in zip(codes.field(0).to_pylist(), codes.field(1).to_pylist(), strict=True):
        if texts.values[code]:
            counter[texts.values[code]] += n


def _texts(array: Any) -> Any:
    return texts_of(array).strings()


def _holds_times(array: Any) -> bool:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    return bool(pa.types.is_timestamp(array.type) or pa.types.is_date(array.type))


def _within(table: Any, key: str, columns: Sequence[Column]) -> dict[str, Changing]:
    """Whether each column says the same in all rows of a case, and what first rows say."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    keys = table.column(key).combine_chunks().dictionary_encode().indices
    cases = len(keys.unique())
    found: dict[str, Changing] = {}
    for column in columns:
        values = table.column(column.name).combine_chunks()
        pairs = pa.table({"key": keys, "value": values})
        distinct = pairs.group_by(["key", "value"]).aggregate([]).num_rows
        first = pairs.group_by("key", use_threads=False).aggregate([("value", "first")])
        said = Counter(one for one in first.column("value_first").to_pylist() if one)
        most = next((one for one, _ in said.most_common(1)), "")
        found[column.name] = Changing(distinct == cases, most, said)
    return found
