"""The cases that all contestants evaluate: one year of a service desk, written once.

A customer has about three cases, teams belong to regions, answers hang together by customer, some
are left blank and some do not apply (0). Rows stand in the order of time, as a log is written.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

FOLDER = Path(gettempdir()) / "loopqa-benchmark"
CHUNK = 500_000
SEED = 7

DIMENSIONS = ("attitude", "speed", "expertise", "solution", "experience")
WEIGHTS = (30, 20, 20, 20, 10)  #: of the dimensions in the composite, in percent
CHANNELS = ("chat", "mail", "phone", "shop")
REGIONS = ("center", "east", "islands", "north", "south", "west")
TEAMS = tuple(f"T{number:02}" for number in range(1, 49))  #: eight in each region
SEGMENTS = ("channel", "region", "team")
BEFORE, AFTER = 11, 12  #: months whose customers are paired
SAMPLE_SHARE = 10  #: percent

KEY = bytes(range(32))  #: of the pseudonyms

_START = np.datetime64("2025-01-01T00:00", "m")
_MINUTES = 365 * 24 * 60


def path_of(rows: int, form: str) -> Path:
    """The file of so many cases, ``parquet`` or ``csv``, written unless it is there."""
    path = FOLDER / f"cases-{rows}.{form}"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        _write(fresh, rows, form)
        fresh.replace(path)
    return path


def _write(path: Path, rows: int, form: str) -> None:
    kinds = {"parquet": pyarrow.parquet.ParquetWriter, "csv": pyarrow.csv.CSVWriter}
    sizes = [min(CHUNK, rows - first) for first in range(0, rows, CHUNK)]
    with kinds[form](path, _chunk(rows, 0, 1).schema) as writer:
        for number, size in enumerate(sizes):
            writer.write_table(_chunk(rows, number, size))


def _chunk(rows: int, number: int, size: int) -> pa.Table:
    """Some of the cases; the same number gives the same ones."""
    random = np.random.default_rng([SEED, rows, number])
    share = number * CHUNK / rows, (number * CHUNK + size) / rows
    opened = np.sort(random.integers(int(share[0] * _MINUTES), int(share[1] * _MINUTES) + 1, size))
    minutes = np.ceil(random.lognormal(5, 1.2, size)).astype(np.int64)
    team = random.integers(0, len(TEAMS), size)
    customer = random.integers(0, max(1, rows // 3), size)
    mood = ((customer * 2_654_435_761) % 1000) / 500 - 1  # of the customer, -1 to 1
    columns = {
        "customer": pa.array(customer).cast(pa.string()),
        "opened": pa.array((_START + np.minimum(opened, _MINUTES - 1)).astype("datetime64[s]")),
        "closed": _with_gaps(
            (_START + opened + minutes).astype("datetime64[s]"), random.random(size) < 0.02
        ),
        "channel": _texts(CHANNELS, random.integers(0, len(CHANNELS), size)),
        "region": _texts(REGIONS, team // 8),
        "team": _texts(TEAMS, team),
    }
    columns["customer"] = pa.compute.binary_join_element_wise("C", columns["customer"], "-")
    for each in DIMENSIONS:
        answer = np.clip(np.rint(random.normal(3.4 + mood, 1.0)), 1, 5).astype(np.int32)
        answer[random.random(size) < 0.03] = 0
        columns[each] = _with_gaps(answer, random.random(size) < 0.08)
    likely = np.clip(np.rint(random.normal(7 + 2 * mood, 2.0)), 0, 10).astype(np.int32)
    columns["recommend"] = _with_gaps(likely, random.random(size) < 0.3)
    return pa.table(columns)


def _texts(names: tuple[str, ...], codes: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names)).cast(pa.string())


def _with_gaps(values: np.ndarray, gaps: np.ndarray) -> pa.Array:
    return pa.array(values, mask=gaps)
