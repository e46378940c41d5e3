"""pandas, as an analyst would write it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from contestants.cases import AFTER, BEFORE, DIMENSIONS, SAMPLE_SHARE, SEGMENTS, WEIGHTS
from contestants.outcome import MISSING, NOT_APPLICABLE, PERMUTATION, Outcome, signer

GROUP = ["month", *SEGMENTS]
QUESTIONS = (*DIMENSIONS, "recommend")


def evaluate(path: Path) -> Outcome:
    """The whole evaluation."""
    cases = _cases(path)
    grouped = cases.groupby(GROUP, observed=True)
    levels = [
        (*at[:4], name, at[4], n)
        for name in QUESTIONS
        for at, n in cases.groupby([*GROUP, name], observed=True).size().items()
    ]
    last = cases[cases.month == AFTER]
    return Outcome(
        rows=len(cases),
        levels=levels,
        minutes=_moments(grouped, "minutes"),
        composite=_moments(grouped, "composite"),
        slices=_slices(last),
        cross=_cross(last),
        sample=_sample(cases),
        pseudonyms=(int(cases["first"].sum()), len(cases)),
        **_pairs(cases[cases.month.isin((BEFORE, AFTER))]),
    )


def _cases(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        cases = pd.read_csv(path, parse_dates=["opened", "closed"])
        cases["row"] = np.arange(2, len(cases) + 2)
    else:
        cases = pd.read_parquet(path)
        cases["row"] = np.arange(1, len(cases) + 1)
    sign = signer()
    codes, ids = pd.factorize(cases.pop("customer"))
    hashed = np.array([sign(one) for one in ids], dtype="S16")
    cases["customer"] = codes
    cases["first"] = hashed.view("S16").view(">u4").reshape(-1, 4)[:, 0].astype(np.int64)[codes]
    cases["month"] = cases.opened.dt.month.astype(np.int8)
    cases["minutes"] = (cases.closed - cases.opened).dt.total_seconds() / 60 * 1000
    for name in SEGMENTS:
        cases[name] = cases[name].astype("category")
    total = share = 0
    for name, weight in zip(DIMENSIONS, WEIGHTS, strict=True):
        known = cases[name].fillna(MISSING).replace(0, NOT_APPLICABLE).astype(np.int8)
        cases[name] = known
        total = total + np.where(known > 0, known.astype(np.int64) * 100 * weight, 0)
        share = share + np.where(known > 0, weight, 0)
    cases["recommend"] = cases.recommend.fillna(MISSING).astype(np.int8)
    rounded = (2 * total + share) // np.where(share > 0, 2 * share, 1)
    cases["composite"] = np.where(share > 0, rounded, np.nan)
    return cases


def _moments(grouped: Any, name: str) -> list[tuple[Any, ...]]:
    found = grouped[name].agg(["count", "sum"])
    squares = (grouped.obj[name] ** 2).groupby([grouped.obj[one] for one in GROUP], observed=True)
    found["squares"] = squares.sum()
    found = found[found["count"] > 0]
    return [(*row[0], *map(round, row[1:])) for row in found.itertuples()]


def _slices(last: pd.DataFrame) -> list[tuple[Any, ...]]:
    found = []
    for size in (1, 2):
        for columns in combinations(SEGMENTS, size):
            for name in DIMENSIONS:
                answered = last[last[name] > 0]
                scores = answered[name].astype(np.int64) * 100
                table = pd.DataFrame({"n": scores, "t": scores, "q": scores * scores})
                sums = table.groupby([answered[one] for one in columns], observed=True).agg(
                    {"n": "count", "t": "sum", "q": "sum"}
                )
                for row in sums.itertuples():
                    values = row[0] if size > 1 else (row[0],)
                    found.append((*columns, *values, name, *row[1:]))
    return found


def _cross(last: pd.DataFrame) -> list[tuple[Any, ...]]:
    counted = last[last.composite.notna()].groupby(list(DIMENSIONS)).size()
    sums: dict[tuple[Any, ...], int] = {}
    for values, n in counted.items():
        key = tuple(100 * value if value > 0 else None for value in values)
        sums[key] = sums.get(key, 0) + n
    return [(*key, n) for key, n in sums.items()]


def _sample(cases: pd.DataFrame) -> tuple[int, ...]:
    factor, offset, modulus = PERMUTATION
    drawn = cases[(cases.row * factor + offset) % modulus < modulus * SAMPLE_SHARE // 100]
    return len(drawn), int(drawn.row.sum()), int(drawn["first"].sum())


def _pairs(cases: pd.DataFrame) -> dict[str, Any]:
    pairs: list[tuple[Any, ...]] = []
    sums: list[tuple[Any, ...]] = []
    cases = cases.sort_values(["opened", "row"])
    for name in (*DIMENSIONS, "composite"):
        known = cases[cases[name] > 0]
        known = known.assign(
            score=known[name].astype(np.int64) * (1 if name == "composite" else 100)
        )
        early, late = (known[known.month == one].groupby("customer") for one in (BEFORE, AFTER))
        both = (
            early[[*SEGMENTS, "score"]].last().join(late.score.last().rename("after"), how="inner")
        )
        for side, months in (("before", early), ("late", late)):
            summed = months.score.agg(["sum", "count"]).loc[both.index]
            n, t = summed["count"], summed["sum"]
            both[f"mean_{side}"] = (2 * t * 10_000 + n) // (2 * n)
        b, a = both.mean_before, both.mean_late
        both["b"], both["a"], both["bb"], both["aa"], both["ba"] = b, a, b * b, a * a, b * a
        counted = both.groupby([*SEGMENTS, "score", "after"], observed=True).size()
        pairs += [(name, *at, n) for at, n in counted.items() if n]
        groups = both.groupby(list(SEGMENTS), observed=True)
        added = groups[["b", "a", "bb", "aa", "ba"]].sum()
        for row, n in zip(added.itertuples(), groups.size(), strict=True):
            squares = (round(int(one) / 10**9) for one in row[3:])
            sums.append((name, *row[0], n, *map(int, row[1:3]), *squares))
    return {"pairs": pairs, "pair_sums": sums}
