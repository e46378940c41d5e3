"""DuckDB by hand: ``tuned`` as well as the authors can write it, ``plain`` as it is mostly written.

Both hash every distinct customer once in Python, join the pseudonyms, and read everything else from
one table of coded cases. ``tuned`` counts by grouping sets over one scan and pairs only customers
who came in both months; ``plain`` filters and counts one level, slice and question after the other.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
import pyarrow as pa
from contestants.cases import (
    AFTER,
    BEFORE,
    DIMENSIONS,
    SAMPLE_SHARE,
    SEGMENTS,
    WEIGHTS,
)
from contestants.outcome import MISSING, NOT_APPLICABLE, PERMUTATION, Outcome, signer

QUESTIONS = (*DIMENSIONS, "recommend")
GROUP = f"month, {', '.join(SEGMENTS)}"

_LEVELS = {name: range(1, 6) for name in DIMENSIONS} | {"recommend": range(11)}

#: The composite in hundredths, rounded half up: scores are never negative.
_SHARE = " + ".join(
    f"CASE WHEN {name} > 0 THEN {weight} ELSE 0 END"
    for name, weight in zip(DIMENSIONS, WEIGHTS, strict=True)
)
_TOTAL = " + ".join(
    f"CASE WHEN {name} > 0 THEN {weight * 100}::BIGINT * {name} ELSE 0 END"
    for name, weight in zip(DIMENSIONS, WEIGHTS, strict=True)
)
_COMPOSITE = f"(2 * ({_TOTAL}) + ({_SHARE})) // nullif(2 * ({_SHARE}), 0)"
_MINUTES = "date_diff('minute', opened, closed)::BIGINT * 1000"


def tuned(path: Path) -> Outcome:
    """The whole evaluation with few scans."""
    connection = _cases(path)
    rows = connection.execute
    sets = ", ".join(f"({GROUP}, {name})" for name in QUESTIONS)
    names = ", ".join(QUESTIONS)
    marks = ", ".join(f"grouping({name}) = 0 AS g_{name}" for name in QUESTIONS)
    counted = rows(
        f"SELECT {GROUP}, {names}, {marks}, count(*) FROM cases GROUP BY GROUPING SETS ({sets})"
    ).fetchall()
    levels = [
        (
            *row[:4],
            *next((q, row[4 + at]) for at, q in enumerate(QUESTIONS) if row[10 + at]),
            row[16],
        )
        for row in counted
    ]
    numbers = rows(
        f"SELECT {GROUP}, count(composite), sum(composite), sum(composite * composite), "
        "count(minutes), sum(minutes), sum(minutes * minutes) FROM cases GROUP BY ALL"
    ).fetchall()
    return Outcome(
        rows=_one(connection, "SELECT count(*) FROM cases")[0],
        levels=levels,
        minutes=[(*row[:4], *row[7:]) for row in numbers if row[7]],
        composite=[row[:7] for row in numbers if row[4]],
        slices=_slices_of_levels(levels),
        **_the_rest(connection, both=True),
    )


def plain(path: Path) -> Outcome:
    """The whole evaluation, one question after the other."""
    connection = _cases(path)
    rows = connection.execute
    levels = []
    for name in QUESTIONS:
        values = (MISSING, NOT_APPLICABLE, *_LEVELS[name])
        counts = ", ".join(f"count(*) FILTER ({name} = {value})" for value in values)
        for row in rows(f"SELECT {GROUP}, {counts} FROM cases GROUP BY ALL").fetchall():
            pairs = zip(values, row[4:], strict=True)
            levels += [(*row[:4], name, value, n) for value, n in pairs if n]
    found: dict[str, Any] = {}
    for part in ("minutes", "composite"):
        found[part] = rows(
            f"SELECT {GROUP}, count({part}), sum({part}), sum({part} * {part}) FROM cases "
            f"WHERE {part} IS NOT NULL GROUP BY ALL"
        ).fetchall()
    return Outcome(
        rows=_one(connection, "SELECT count(*) FROM cases")[0],
        levels=levels,
        slices=_slices_one_by_one(connection),
        **found,
        **_the_rest(connection, both=False),
    )


def _cases(path: Path) -> Any:
    """A connection with the table of coded, pseudonymised cases."""
    folder = mkdtemp(prefix="loopqa-benchmark-")
    connection = duckdb.connect(f"{folder}/cases.db", config={"memory_limit": "2GB"})
    source = f"read_parquet('{path}', file_row_number = true)"
    number = "file_row_number + 1"
    if path.suffix == ".csv":
        source, number = f"read_csv('{path}', header = true)", "row_number() OVER () + 1"
    sign = signer()
    ids = connection.sql(f"SELECT DISTINCT customer FROM {source}").to_arrow_table()
    texts = ids.column("customer").to_pylist()
    hashed = pa.array([sign(one) for one in texts], pa.binary(16))
    connection.register("ids", pa.table({"customer": ids.column("customer"), "pseudonym": hashed}))
    coded = ", ".join(
        f"CASE WHEN {name} IS NULL THEN {MISSING} ELSE {name} END::TINYINT AS {name}"
        if name == "recommend"
        else f"CASE WHEN {name} IS NULL THEN {MISSING} WHEN {name} = 0 THEN {NOT_APPLICABLE} "
        f"ELSE {name} END::TINYINT AS {name}"
        for name in QUESTIONS
    )
    connection.execute(
        f"CREATE TABLE cases AS WITH coded AS (SELECT {number} AS row, customer, opened, "
        f"month(opened)::TINYINT AS month, {', '.join(SEGMENTS)}, {coded}, {_MINUTES} AS minutes "
        f"FROM {source}) "
        f"SELECT coded.* EXCLUDE customer, ids.pseudonym, ({_COMPOSITE})::INTEGER AS composite "
        "FROM coded JOIN ids USING (customer)"
    )
    connection.unregister("ids")
    return connection


def _the_rest(connection: Any, *, both: bool) -> dict[str, Any]:
    factor, offset, modulus = PERMUTATION
    cross = ", ".join(f"CASE WHEN {name} > 0 THEN 100::BIGINT * {name} END" for name in DIMENSIONS)
    first = "('0x' || hex(pseudonym)[1:8])::BIGINT"
    drawn = f"(row * {factor} + {offset}) % {modulus} < {modulus * SAMPLE_SHARE // 100}"
    return {
        "cross": connection.execute(
            f"SELECT {cross}, count(*) FROM cases WHERE month = {AFTER} AND composite IS NOT NULL "
            "GROUP BY ALL"
        ).fetchall(),
        "sample": _one(
            connection, f"SELECT count(*), sum(row), sum({first}) FROM cases WHERE {drawn}"
        ),
        "pseudonyms": _one(connection, f"SELECT sum({first}), count(pseudonym) FROM cases"),
        **_pairs(connection, both=both),
    }


def _one(connection: Any, query: str) -> tuple[int, ...]:
    return tuple(int(one) for one in connection.execute(query).fetchone())


def _pairs(connection: Any, *, both: bool) -> dict[str, Any]:
    came = (
        "AND pseudonym IN (SELECT pseudonym FROM cases WHERE month = "
        f"{BEFORE} INTERSECT SELECT pseudonym FROM cases WHERE month = {AFTER})"
    )
    connection.execute(
        f"CREATE TEMP TABLE paired AS SELECT *, opened AS o, month = {BEFORE} AS early "
        f"FROM cases WHERE month IN ({BEFORE}, {AFTER}) {came if both else ''}"
    )
    pairs, sums = [], []
    scores = {name: f"CASE WHEN {name} > 0 THEN 100::BIGINT * {name} END" for name in DIMENSIONS}
    for name, score in (scores | {"composite": "composite"}).items():
        groups = ", ".join(f"arg_max({one}, (o, row)) FILTER (early) AS {one}" for one in SEGMENTS)
        mean = "((2 * t * 10000 + n) // (2 * n))"
        found = connection.execute(
            f"WITH scored AS (SELECT *, ({score})::BIGINT AS score FROM paired), "
            f"each AS (SELECT {groups}, "
            "arg_max(score, (o, row)) FILTER (early) AS b, "
            "arg_max(score, (o, row)) FILTER (NOT early) AS a, "
            "count(*) FILTER (early) AS nb, count(*) FILTER (NOT early) AS na, "
            "(sum(score) FILTER (early))::BIGINT AS tb, "
            "(sum(score) FILTER (NOT early))::BIGINT AS ta "
            "FROM scored WHERE score IS NOT NULL GROUP BY pseudonym), "
            f"means AS (SELECT *, {mean.replace('t ', 'tb ').replace('n', 'nb')} AS mb, "
            f"{mean.replace('t ', 'ta ').replace('n', 'na')} AS ma "
            "FROM each WHERE nb > 0 AND na > 0) "
            f"SELECT {', '.join(SEGMENTS)}, b, a, count(*), sum(mb), sum(ma), sum(mb * mb), "
            "sum(ma * ma), sum(mb * ma) FROM means GROUP BY ALL"
        ).fetchall()
        pairs += [(name, *row[:6]) for row in found]
        sums += _added(name, found)
    return {"pairs": pairs, "pair_sums": sums}


def _added(name: str, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    sums: dict[tuple[Any, ...], list[int]] = {}
    for row in found:
        into = sums.setdefault(row[:3], [0] * 6)
        for at, more in enumerate(row[5:]):
            into[at] += int(more)
    return [
        (name, *at, *into[:3], *(round(one / 10**9) for one in into[3:]))
        for at, into in sums.items()
    ]


def _slices_of_levels(levels: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Every segment and pair of segments of the last month, added up from the counts."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    for month, *values, name, level, n in levels:
        if month == AFTER and level > 0 and name in DIMENSIONS:
            for chosen in _CHOICES:
                key = (*(SEGMENTS[at] for at in chosen), *(values[at] for at in chosen), name)
                into = sums.setdefault(key, [0, 0, 0])
                into[0] += n
                into[1] += n * 100 * level
                into[2] += n * 10_000 * level * level
    return [(*key, *into) for key, into in sums.items()]


_CHOICES = tuple(chosen for size in (1, 2) for chosen in combinations(range(len(SEGMENTS)), size))


def _slices_one_by_one(connection: Any) -> list[tuple[Any, ...]]:
    found = []
    for chosen in _CHOICES:
        columns = [SEGMENTS[at] for at in chosen]
        for name in DIMENSIONS:
            rows = connection.execute(
                f"SELECT {', '.join(columns)}, count(*), sum(100 * {name}::BIGINT), "
                f"sum(10000 * {name}::BIGINT * {name}) FROM cases "
                f"WHERE month = {AFTER} AND {name} > 0 GROUP BY ALL"
            ).fetchall()
            width = len(columns)
            found += [(*columns, *row[:width], name, *map(int, row[width:])) for row in rows]
    return found
