"""Landed rows: made pseudonymous at the door, kept as Parquet, each record once when read back.

The rows keep the source's columns and values, so that a later rubric judges them anew. Customers
are pseudonyms from here on; columns that nobody asked for never get in.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from loopqa.calc.scoring.answers import normalise
from loopqa.errors import DataError, Place, RunFailed
from loopqa.evidence.batches import Raw, raw_of
from loopqa.evidence.keys import pseudonyms
from loopqa.evidence.snapshots import sha256_of, write_table
from loopqa.evidence.texts import as_strings, texts_of
from loopqa.language import text
from loopqa.model.landing import Landing
from loopqa.model.score import RejectedRow

ID = "_id"
VERSION = "_version"

NO_ID = text("the source gave the row no _id").template

#: Versions are numbers below this, or text; with it five times added, all have 31 digits.
_LARGEST = Decimal(10) ** 30
_EXACT = Context(prec=60)


@dataclass(frozen=True)
class Door:
    """What is let in of an incremental input, and how."""

    name: str  #: of the input
    key: bytes
    columns: frozenset[str]  #: source columns that may be needed
    customers: Collection[str]  #: those of them that name customers
    nobody: frozenset[str] = frozenset()  #: normalised texts that name none

    def admit(self, batch: Any, first_row: int) -> tuple[Any, list[RejectedRow]]:
        """The rows of a batch as a table that can land, and those without an ``_id``."""
        raw = raw_of(batch, name=self.name, first_row=first_row)
        wanted = {normalise(name) for name in self.columns}
        secret = {normalise(name) for name in self.customers}
        columns = {ID: self._ids(raw), VERSION: _versions(raw)}
        for name, array in raw.columns.items():
            if normalise(name) in wanted and name not in columns:
                columns[name] = self._hidden(array) if normalise(name) in secret else _kept(array)
        table = pa.table(columns)
        if not table.column(ID).null_count:
            return table, []
        missing = pc.is_null(table.column(ID)).to_numpy(zero_copy_only=False)
        numbers = raw.rows.to_numpy(zero_copy_only=False)[missing]
        refused = [RejectedRow(raw.file, int(row), ID, None, NO_ID) for row in numbers]
        return table.filter(pa.array(~missing)), refused

    def _ids(self, raw: Raw) -> Any:
        """Which record each row is, as a hash that tells nobody else."""
        if ID not in raw.columns:
            return pa.nulls(raw.length, pa.string())
        encoded = as_strings(raw.columns[ID]).dictionary_encode()
        marked = [f"{ID}\0{one}" for one in encoded.dictionary.to_pylist()]
        return _hex(marked, self.key).take(encoded.indices)

    def _hidden(self, array: Any) -> Any:
        """A column of customers as the pseudonyms that they have in every input."""
        texts = texts_of(array).without(self.nobody)
        return _hex(texts.values, self.key).take(pa.array(texts.codes))


def _hex(identities: list[str], key: bytes) -> Any:
    made = pseudonyms(identities, key).to_pylist()
    return pa.array([one.hex() if one else None for one in made], pa.string())


def _kept(array: Any) -> Any:
    """A column that Parquet can hold and that reads back as the same values."""
    kind = array.type
    return as_strings(array) if pa.types.is_nested(kind) or pa.types.is_binary(kind) else array


def _versions(raw: Raw) -> Any:
    if VERSION not in raw.columns:
        return pa.repeat(pa.scalar(""), raw.length)
    return pa.array([sortable(one) for one in raw.columns[VERSION].to_pylist()], pa.string())


def sortable(version: Any) -> str:
    """A version as text that sorts like the versions: none, then numbers and times, then texts.

    >>> sorted(map(sortable, ["b", 10, 9, None])) == [sortable(one) for one in (None, 9, 10, "b")]
    True
    """
    if version is None:
        return ""
    if isinstance(version, datetime):
        return f"n{version.isoformat(timespec='microseconds')}"
    if isinstance(version, date):
        return f"n{version.isoformat()}"
    try:
        number = Decimal(str(version))
    except InvalidOperation:
        return f"t{version}"
    inside = number.is_finite() and abs(number) < _LARGEST
    return f"n{_EXACT.add(number, 5 * _LARGEST):.12f}" if inside else f"t{version}"


def merged(tables: Sequence[Any]) -> list[Any]:
    """The tables without rows that others replace: of each ``_id``, the highest version stays.

    Among equal versions the last row stays, by the order of the tables and within them.
    """
    stays = _staying([one.select([ID, VERSION]) for one in tables])
    return [table.filter(mask) for table, mask in zip(tables, stays, strict=True)]


def unseen(tables: Sequence[Any], folder: Path, landings: Sequence[Landing]) -> list[Any]:
    """The tables without rows that have landed before: same ``_id``, same ``_version``.

    Rows without a version may have changed, so they land again. Tables without rows are left out.
    """
    fresh = [pc.equal(one.column(VERSION), "") for one in tables]
    marks = [_marks(one) for one in tables]
    known = [pa.repeat(pa.scalar(False), one.num_rows) for one in tables]
    for landing in landings if tables else ():
        if landing.file:
            there = _marks(pq.read_table(folder / landing.file, columns=[ID, VERSION]))
            known = [
                pc.or_(old, pc.is_in(mark, value_set=there.combine_chunks()))
                for old, mark in zip(known, marks, strict=True)
            ]
    kept = [
        table.filter(pc.or_(new, pc.invert(old)))
        for table, new, old in zip(tables, fresh, known, strict=True)
    ]
    return [one for one in kept if one.num_rows]


def _marks(table: Any) -> Any:
    return pc.binary_join_element_wise(table.column(ID), table.column(VERSION), " ")


def _staying(keys: Sequence[Any]) -> list[Any]:
    """For each table of ids and versions, a flag per row: nothing replaces it."""
    if not keys:
        return []
    joined = pa.concat_tables(keys)
    if pc.count_distinct(joined.column(ID)).as_py() == joined.num_rows:
        stays = np.ones(joined.num_rows, dtype=bool)
    else:
        stays = _last_of_each(joined)
    starts = np.cumsum([0, *(one.num_rows for one in keys)])
    return [
        pa.array(stays[start : start + one.num_rows])
        for one, start in zip(keys, starts, strict=False)
    ]


def _last_of_each(keys: Any) -> Any:
    """A flag per row: nothing with the same id has a higher version, or the same further down."""
    codes = keys.column(ID).combine_chunks().dictionary_encode().indices
    numbered = pa.table({ID: codes, VERSION: keys.column(VERSION), "n": np.arange(keys.num_rows)})
    order = pc.sort_indices(
        numbered, sort_keys=[(name, "ascending") for name in (ID, VERSION, "n")]
    ).to_numpy()
    ids = codes.to_numpy()[order]
    last = np.append(ids[1:] != ids[:-1], True)
    stays = np.zeros(keys.num_rows, dtype=bool)
    stays[order[last]] = True
    return stays


def write_landed(tables: Sequence[Any], folder: Path, sequence: int) -> tuple[str, str, int]:
    """Write rows as one file: its name, its SHA-256 and how many rows it has.

    The file appears complete or not at all. Two processes that land the same number write two
    files, of which only one will be recorded.

    Raises:
        RunFailed: the file can't be written.
        FileNotFoundError: another process, which has landed this number, removed it.
    """
    table = pa.concat_tables(_alike(merged(tables)), promote_options="default")
    path = folder / f"{sequence:06}-{secrets.token_hex(6)}.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_table(table, path)
    except OSError as error:
        raise RunFailed(
            text("landed rows can't be written: {reason}", reason=error.strerror or str(error)),
            place=Place(str(folder)),
        ) from error
    return path.name, sha256_of(path), table.num_rows


def _alike(tables: Sequence[Any]) -> list[Any]:
    """The tables with one type a column: text, where batches had several."""
    kinds: dict[str, set[Any]] = {}
    for field in (field for one in tables for field in one.schema):
        kinds.setdefault(field.name, set()).add(field.type)
    mixed = {name: found - {pa.null()} for name, found in kinds.items() if len(found) > 1}
    return [_converted(one, mixed) for one in tables]


def _converted(table: Any, mixed: Mapping[str, set[Any]]) -> Any:
    for at, name in enumerate(table.column_names):
        if name in mixed:
            column = table.column(name)
            only = next(iter(mixed[name])) if len(mixed[name]) == 1 else None
            table = table.set_column(at, name, column.cast(only) if only else as_strings(column))
    return table


def remove_unrecorded(folder: Path, landings: Sequence[Landing], last: int) -> None:
    """Remove files that no landing names, up to number ``last``; a later one may be under way."""
    known = {one.file for one in landings}
    for file in folder.glob("*.parquet"):
        number = file.name.partition("-")[0]
        if file.name not in known and number.isdigit() and int(number) <= last:
            file.unlink(missing_ok=True)


def read_landed(folder: Path, landings: Sequence[Landing]) -> Iterator[Any]:
    """All landed rows, each record once, a file at a time, once all were found to be what landed.

    Raises:
        DataError: a file is gone, or was altered since.
    """
    files = [_found(folder / one.file, one) for one in landings if one.file]
    stays = _staying([pq.read_table(file, columns=[ID, VERSION]) for file in files])
    for file, mask in zip(files, stays, strict=True):
        yield pq.read_table(file).filter(mask)


def _found(path: Path, landing: Landing) -> Path:
    if not path.is_file() or sha256_of(path) != landing.sha256:
        raise _lost(path, landing)
    return path


def _lost(path: Path, landing: Landing) -> DataError:
    return DataError(
        text("landed rows of input '{input}' are gone or were altered", input=landing.input),
        place=Place(str(path)),
        hint=text("restore the evidence folder from a backup, or `loopqa run --land-anew`"),
    )
