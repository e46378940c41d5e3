"""Polars, lazily where it pays."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from contestants.cases import AFTER, BEFORE, DIMENSIONS, SAMPLE_SHARE, SEGMENTS, WEIGHTS
from contestants.outcome import MISSING, NOT_APPLICABLE, PERMUTATION, Outcome, signer

GROUP = ("month", *SEGMENTS)
QUESTIONS = (*DIMENSIONS, "recommend")


def evaluate(path: Path) -> Outcome:
    """The whole evaluation."""
    cases = _cases(path)
    levels = [
        (*row[:4], name, *row[4:])
        for name in QUESTIONS
        for row in cases.group_by(*GROUP, name).len().rows()
    ]
    last = cases.filter(pl.col("month") == AFTER)
    scores = [
        pl.when(pl.col(name) > 0).then(pl.col(name).cast(pl.Int64) * 100).alias(name)
        for name in DIMENSIONS
    ]
    return Outcome(
        rows=len(cases),
        levels=levels,
        minutes=_moments(cases, "minutes", GROUP),
        composite=_moments(cases, "composite", GROUP),
        slices=_slices(last.with_columns(*scores)),
        cross=last.filter(pl.col("composite").is_not_null())
        .select(*scores)
        .group_by(*DIMENSIONS)
        .len()
        .rows(),
        sample=_sample(cases),
        pseudonyms=(cases["first"].sum(), len(cases)),
        **_pairs(cases.filter(pl.col("month").is_in((BEFORE, AFTER))), scores),
    )


def _cases(path: Path) -> pl.DataFrame:
    if path.suffix == ".csv":
        cases = pl.read_csv(path, try_parse_dates=True).with_row_index("row", offset=2)
    else:
        cases = pl.read_parquet(path).with_row_index("row", offset=1)
    sign = signer()
    ids = cases["customer"].unique()
    hashed = [sign(one) for one in ids.to_list()]
    first = np.array(hashed, dtype="S16").view(">u4").reshape(-1, 4)[:, 0].astype(np.int64)
    known = pl.DataFrame({"customer": ids, "pseudonym": hashed, "first": first})
    cases = cases.join(known, on="customer", how="left", maintain_order="left").drop("customer")
    answers = [
        pl.when(pl.col(name) == 0)
        .then(NOT_APPLICABLE)
        .otherwise(pl.col(name).fill_null(MISSING))
        .cast(pl.Int8)
        .alias(name)
        for name in DIMENSIONS
    ]
    cases = cases.with_columns(
        *answers,
        pl.col("recommend").fill_null(MISSING).cast(pl.Int8),
        pl.col("opened").dt.month().alias("month"),
        ((pl.col("closed") - pl.col("opened")).dt.total_minutes() * 1000).alias("minutes"),
        *(pl.col(name).cast(pl.Categorical) for name in SEGMENTS),
        pl.col("row").cast(pl.Int64),
    )
    known_ones = [
        (pl.col(name).cast(pl.Int64), weight)
        for name, weight in zip(DIMENSIONS, WEIGHTS, strict=True)
    ]
    total = sum(
        pl.when(one > 0).then(one * 100 * weight).otherwise(0) for one, weight in known_ones
    )
    share = sum(pl.when(one > 0).then(weight).otherwise(0) for one, weight in known_ones)
    rounded = (2 * total + share) // (2 * share)
    return cases.with_columns(pl.when(share > 0).then(rounded).alias("composite"))


def _moments(cases: pl.DataFrame, name: str, by: tuple[str, ...]) -> list[tuple[Any, ...]]:
    value = pl.col(name)
    sums = cases.group_by(*by).agg(
        value.count().alias("n"), value.sum().alias("t"), (value * value).sum().alias("q")
    )
    return sums.filter(pl.col("n") > 0).rows()


def _slices(last: pl.DataFrame) -> list[tuple[Any, ...]]:
    return [
        (*columns, *row[:size], name, *row[size:])
        for size in (1, 2)
        for columns in combinations(SEGMENTS, size)
        for name in DIMENSIONS
        for row in _moments(last, name, columns)
    ]


def _sample(cases: pl.DataFrame) -> tuple[int, ...]:
    factor, offset, modulus = PERMUTATION
    place = (pl.col("row") * factor + offset) % modulus
    drawn = cases.filter(place < modulus * SAMPLE_SHARE // 100)
    return len(drawn), drawn["row"].sum(), drawn["first"].sum()


def _pairs(cases: pl.DataFrame, scores: list[pl.Expr]) -> dict[str, Any]:
    cases = cases.with_columns(*scores).sort("opened", "row")
    pairs: list[tuple[Any, ...]] = []
    sums: list[tuple[Any, ...]] = []
    n, t, score = pl.col("n"), pl.col("t"), pl.col("score")
    for name in (*DIMENSIONS, "composite"):
        known = cases.rename({name: "score"}).filter(score.is_not_null())
        sides = [
            known.filter(pl.col("month") == month)
            .group_by("pseudonym")
            .agg(
                *(pl.col(one).last() for one in SEGMENTS),
                last=score.last(),
                n=score.count(),
                t=score.sum(),
            )
            .with_columns(mean=(2 * t * 10_000 + n) // (2 * n))
            for month in (BEFORE, AFTER)
        ]
        both = sides[0].join(sides[1], on="pseudonym", suffix="_after")
        counted = both.group_by(*SEGMENTS, "last", "last_after").len()
        pairs += [(name, *row) for row in counted.rows()]
        b, a = pl.col("mean"), pl.col("mean_after")
        added = both.group_by(*SEGMENTS).agg(
            n=pl.len(), b=b.sum(), a=a.sum(), bb=(b * b).sum(), aa=(a * a).sum(), ba=(b * a).sum()
        )
        sums += [(name, *row[:6], *(round(one / 10**9) for one in row[6:])) for row in added.rows()]
    return {"pairs": pairs, "pair_sums": sums}
