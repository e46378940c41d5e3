"""Snapshots: the frozen cases of one input in one wave, as a Parquet file that proves itself."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from loopqa.errors import DataError, Place, RunFailed
from loopqa.evidence.cases import Cases
from loopqa.evidence.spool import PAGE_ROWS, SpooledTable, evened
from loopqa.language import text
from loopqa.model.cycle import Snapshot
from loopqa.model.score import Rows

_DIGEST_IN_NAME = 12
_BLOCK = 1 << 20


def write_snapshot(cases: Cases, folder: Path, *, input: str, stem: str) -> Snapshot:
    """Freeze cases as ``<stem>-<input>-<digest>.parquet`` in ``folder``.

    The file appears complete or not at all. Its name carries the digest, so other cases never
    replace frozen ones, and writing the same cases again changes nothing.

    Raises:
        RunFailed: the file can't be written.
    """
    digest = cases.digest()
    path = folder / f"{stem}-{input}-{digest[:_DIGEST_IN_NAME]}.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_table(cases.table, path)
        sha256 = sha256_of(path)
    except OSError as error:
        raise RunFailed(
            text("the snapshot can't be written: {reason}", reason=error.strerror or str(error)),
            place=Place(str(path)),
        ) from error
    rows = cases.rows
    return Snapshot(input, path.name, sha256, digest, rows.read, rows.loaded, rows.rejected)


def write_table(table: Any, path: Path) -> None:
    """Write a Parquet file that appears complete under its name, or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        _write_pages(table, fresh)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync_folder(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def _write_pages(table: Any, path: Path) -> None:
    if not isinstance(table, SpooledTable):
        pq.write_table(table, path, compression="zstd")
        return
    writer = None
    try:
        for page in table.batches():
            page = evened(page)
            writer = writer or pq.ParquetWriter(path, page.schema, compression="zstd")
            writer.write_table(page, row_group_size=PAGE_ROWS)
        if writer is None:
            pq.write_table(table.select(table.column_names), path, compression="zstd")
    finally:
        if writer is not None:
            writer.close()


class FrozenPage:
    """A row group of a snapshot, read whenever it is needed."""

    def __init__(self, path: Path, group: int, rows: int, columns: tuple[str, ...]) -> None:
        self._path, self._group = path, group
        self.rows = rows
        self.columns = columns

    @cached_property
    def span(self) -> tuple[Any, Any]:
        """Earliest and latest ``at``."""
        extremes = pc.min_max(self.read(["at"]).column("at"))
        return extremes["min"], extremes["max"]

    def read(self, columns: Sequence[str]) -> Any:
        """These columns, as an Arrow table."""
        with pq.ParquetFile(self._path) as file:
            return file.read_row_group(self._group, columns=list(columns))


def _read(path: Path) -> Any:
    """The cases of a snapshot; those of large ones stay in the file."""
    with pq.ParquetFile(path) as file:
        about = file.metadata
        if about.num_rows <= PAGE_ROWS:
            return file.read()
        columns = tuple(file.schema_arrow.names)
        sizes = [about.row_group(group).num_rows for group in range(about.num_row_groups)]
    return SpooledTable(
        tuple(FrozenPage(path, group, rows, columns) for group, rows in enumerate(sizes))
    )


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; only POSIX can open a folder."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def read_snapshot(folder: Path, snapshot: Snapshot) -> Cases:
    """The frozen cases, after the file was found to be what was frozen.

    Raises:
        DataError: the file is gone, or was altered since.
    """
    path = folder / snapshot.path
    if not path.is_file():
        raise DataError(
            text("the snapshot of input '{input}' is gone", input=snapshot.input),
            place=Place(str(path)),
            hint=text("restore the evidence folder from a backup"),
        )
    if sha256_of(path) != snapshot.sha256:
        raise _altered(path, snapshot)
    try:
        table = _read(path)
    except pa.ArrowException as error:
        raise _altered(path, snapshot) from error
    return Cases(table, Rows(snapshot.read, snapshot.loaded, snapshot.rejected))


def _altered(path: Path, snapshot: Snapshot) -> DataError:
    return DataError(
        text(
            "the snapshot of input '{input}' was altered: its SHA-256 is not {sha256} any more",
            input=snapshot.input,
            sha256=snapshot.sha256[:_DIGEST_IN_NAME],
        ),
        place=Place(str(path)),
        hint=text("restore the evidence folder from a backup"),
    )
