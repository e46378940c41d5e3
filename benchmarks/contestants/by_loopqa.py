"""LoopQA: the same functions that ``run``, ``score`` and ``compare`` go through."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from time import process_time
from typing import Any

# LoopQA loads its engine when it first counts, and DuckDB looks for pandas: imports all the same.
import ibis.backends.duckdb  # noqa: F401
import numpy as np
import pandas as pd  # noqa: F401
from contestants.cases import (
    AFTER,
    BEFORE,
    DIMENSIONS,
    KEY,
    SAMPLE_SHARE,
    SEGMENTS,
    WEIGHTS,
)
from contestants.outcome import MISSING, NOT_APPLICABLE, PERMUTATION, Outcome, Row

from loopqa.engine.feeds import feeds_of_data
from loopqa.engine.reading import Wanted, read_feeds
from loopqa.engine.standard import standard
from loopqa.evidence.backend import Backend
from loopqa.evidence.tallying import Part, tally
from loopqa.model.coding import State
from loopqa.model.window import Window

RUBRIC = (
    "rubric: bench\n"
    'version: "1"\n'
    "scale: {low: 1, high: 5}\n"
    "defaults: {rater: customer, score: {type: rating}, missing: [''], not_applicable: [0]}\n"
    "dimensions:\n"
    + "".join(
        f"  {name}: {{weight: {weight}%, column: {name}}}\n"
        for name, weight in zip(DIMENSIONS, WEIGHTS, strict=True)
    )
    + "  recommend:\n"
    "    weight: 0\n"
    "    indicators:\n"
    "      nps: {measure: {column: recommend, low: 0, high: 10, not_applicable: []},"
    " weight: 0, score: {type: nps}}\n"
    "  resolution:\n"
    "    weight: 0\n"
    "    indicators:\n"
    "      minutes: {measure: {minutes: {from: opened, to: closed}}, score: none}\n"
)
_STATES = {State.MISSING: MISSING, State.NOT_APPLICABLE: NOT_APPLICABLE}


def evaluate(path: Path) -> Outcome:
    """The whole evaluation."""
    rubric = path.parent / "bench.yaml"
    rubric.write_text(RUBRIC, encoding="utf-8")
    used = standard(rubric)
    started = process_time()
    wanted = Wanted(
        keep=SEGMENTS, at="opened", customer="customer", need_at=True, need_customer=True
    )
    feeds = feeds_of_data(path, used.host)
    ((_, cases),) = read_feeds(feeds, used.rubric, used.schemes, wanted, key=KEY)
    read = process_time()
    windows = {month: cases.within(_month(month)) for month in range(1, 13)}
    parts = [Part(str(month), None, part) for month, part in windows.items()]
    with Backend() as backend:
        counts = tally(
            backend,
            used.rubric,
            used.schemes,
            parts,
            by=SEGMENTS,
            values=False,
            pairs=(str(BEFORE), str(AFTER)),
        )
        tallied = process_time()
        cross = tally(
            backend, used.rubric, used.schemes, parts[AFTER - 1 :], values=False, cross=True
        ).cross
    crossed = process_time()
    sample, pseudonyms = _drawn(cases)
    more = {"read": read - started, "tally": tallied - read, "cross": crossed - tallied}
    return Outcome(
        rows=cases.n,
        levels=_levels(counts),
        minutes=_moments(counts, "resolution.minutes"),
        composite=_moments(counts, "composite"),
        slices=_slices(counts),
        cross=[(*one.values, one.n) for one in cross],
        pairs=[(_name(one.quantity), *one.group, *one[2:]) for one in counts.pairs],
        pair_sums=[
            (
                _name(one.quantity),
                *one.group,
                one.n,
                *(round(value * 10**6) for value in one[3:5]),
                *(round(value * 1000) for value in one[5:]),
            )
            for one in counts.pair_sums
        ],
        sample=sample,
        pseudonyms=pseudonyms,
        more=more | {"sample": process_time() - crossed},
    )


def _month(number: int) -> Window:
    first = np.datetime64(f"2025-{number:02}")
    return Window.parse(f"{first}-01..{(first + 1).astype('datetime64[D]') - 1}")


def _name(quantity: str) -> str:
    return quantity.partition("@")[0]


def _levels(counts: Any) -> Iterator[Row]:
    for one in counts.levels:
        name = one.indicator.partition(".")[0]
        if name != "resolution":
            level = int(one.level) if one.level is not None else _STATES[one.state]
            yield (int(one.window), *one.group, name, level, one.n)


def _moments(counts: Any, quantity: str) -> Iterator[Row]:
    for one in counts.moments:
        if one.quantity == quantity:
            yield (int(one.window), *one.group, one.n, one.total, one.squares)


def _slices(counts: Any) -> list[Row]:
    sums: dict[Row, list[int]] = {}
    choices = [chosen for size in (1, 2) for chosen in combinations(range(3), size)]
    for one in counts.moments:
        name = _name(one.quantity)
        if one.window == str(AFTER) and name in DIMENSIONS:
            for chosen in choices:
                values = (one.group[at] for at in chosen)
                into = sums.setdefault((*(SEGMENTS[at] for at in chosen), *values, name), [0] * 3)
                for at, more in enumerate((one.n, one.total, one.squares)):
                    into[at] += more
    return [(*key, *into) for key, into in sums.items()]


def _drawn(cases: Any) -> tuple[Row, Row]:
    """The sample by a permutation of the row numbers, and a sum over everybody's pseudonyms."""
    factor, offset, modulus = PERMUTATION
    drawn, all_of_them = np.zeros(3, np.int64), np.zeros(2, np.int64)
    for batch in _batches(cases):
        rows = batch.column("row").to_numpy()
        first = _first_bytes(batch.column("customer"))
        chosen = (rows * factor + offset) % modulus < modulus * SAMPLE_SHARE // 100
        drawn += chosen.sum(), rows[chosen].sum(), first[chosen].sum()
        all_of_them += first.sum(), len(first)
    return tuple(drawn.tolist()), tuple(all_of_them.tolist())


def _batches(cases: Any) -> Iterator[Any]:
    return cases.batches(["row", "customer"])


def _first_bytes(pseudonyms: Any) -> np.ndarray:
    array = pseudonyms.combine_chunks()
    raw = np.frombuffer(array.buffers()[1], ">u4").reshape(-1, 4)
    return raw[array.offset : array.offset + len(array), 0].astype(np.int64)
