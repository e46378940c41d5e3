"""A digest of a table that does not depend on row order, chunking, encoding or file format."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.spool import batches

#: Where a row stood is not what it says.
_PLACE_COLUMNS = frozenset({"row", "file"})

_SEEDS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)
_LANE = 1 << 64
_NULL = b"\x00null"


def table_digest(table: Any) -> str:
    """SHA-256 (hex) over column names, number of rows and the multiset of rows.

    Every value is hashed (BLAKE2b) once per distinct value, a row's hashes are mixed in the order
    of the column names into two lanes of 64 bits, and the rows' lanes are added up, so that equal
    rows count as often as they occur.
    """
    names = sorted(name for name in table.column_names if name not in _PLACE_COLUMNS)
    sums, rows = [0, 0], 0
    for batch in batches(table, names):
        rows += batch.num_rows
        for lane, more in enumerate(_lanes(batch, names)):
            sums[lane] = (sums[lane] + more) % _LANE
    written = "\n".join((*names, str(rows), *map(str, sums)))
    return hashlib.sha256(written.encode()).hexdigest()


def _lanes(table: Any, names: list[str]) -> list[int]:
    """The sums of both lanes over some of the rows."""
    lanes = [np.full(table.num_rows, seed, dtype=np.uint64) for seed in _SEEDS]
    for name in names:
        hashes, codes = _hashes(table.column(name))
        for lane in (0, 1):
            lanes[lane] = _mixed(lanes[lane] ^ hashes[lane][codes])
    return [int(lane.sum(dtype=np.uint64)) for lane in lanes]


def _mixed(values: Any) -> Any:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014), on whole arrays."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _hashes(column: Any) -> tuple[Any, Any]:
    """Two 64-bit hashes per distinct value, and each row's distinct value."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(array.type):
        array = pc.cast(array, array.type.value_type)
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us")).cast(pa.int64())
    encoded = array.dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    made = _of_bytes if pa.types.is_fixed_size_binary(encoded.dictionary.type) else _of_any
    digests = made(encoded.dictionary.to_pylist()) + _of_any([None])
    pairs = np.frombuffer(digests, dtype="<u8").reshape(-1, 2)
    return (pairs[:, 0], pairs[:, 1]), codes


def _of_any(values: list[Any]) -> bytes:
    return b"".join(hashlib.blake2b(_bytes(one), digest_size=16).digest() for one in values)


def _of_bytes(values: list[bytes]) -> bytes:
    """The same for pseudonyms, in little more than half the time: most values are some."""
    begun = hashlib.blake2b(_bytes(b""), digest_size=16)

    def digest(value: bytes) -> bytes:
        one = begun.copy()
        one.update(value)
        return one.digest()

    return b"".join(map(digest, values))


def _bytes(value: Any) -> bytes:
    if value is None:
        return _NULL
    if isinstance(value, bytes):
        return b"b" + value
    return (f"f{value!r}" if isinstance(value, float) else f"s{value}").encode()
