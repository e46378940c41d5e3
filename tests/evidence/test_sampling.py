"""The draw itself: recomputable by hand, without replacement, whatever the order of rows."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.errors import DataError
from loopqa.evidence.backend import Backend
from loopqa.evidence.cases import Cases
from loopqa.evidence.sampling import BLANK, WHOLE, draw, population_of
from loopqa.model.score import Rows

BACKEND = Backend()
Row = tuple[str | None, int, str, str]


def cases(rows: Sequence[Row]) -> Cases:
    """(case number, day of September, kind, team)."""
    numbers, days, kinds, teams = zip(*rows, strict=True) if rows else ((), (), (), ())
    table = pa.table(
        {
            "case": pa.array(numbers, pa.string()),
            "at": pa.array([date(2026, 9, day) for day in days], pa.date32()).cast(
                pa.timestamp("us")
            ),
            "kind": pa.array(kinds, pa.string()).dictionary_encode(),
            "team": pa.array(teams, pa.string()).dictionary_encode(),
        }
    )
    return Cases(table, Rows(len(rows), len(rows), 0))


def some(n: int) -> list[Row]:
    return [(f"T{i:04d}", 1 + i % 28, "ab"[i % 5 == 0], f"team{i % 3}") for i in range(n)]


def drawn(rows: Sequence[Row], quotas: dict[str, int], seed: int = 7) -> list[tuple[str, str]]:
    population = population_of(BACKEND, cases(rows), ["kind"])
    table = draw(BACKEND, population, quotas, seed).table
    return list(zip(table["stratum"].to_pylist(), table["case"].to_pylist(), strict=True))


def test_a_draw_can_be_recomputed_with_sha256_alone():
    rows = some(200)

    def key(number: str) -> str:
        return hashlib.sha256(f"7:{number}".encode()).hexdigest()

    wanted = []
    for stratum, n in (("a", 12), ("b", 5)):
        numbers = [number for number, _, kind, _ in rows if kind == stratum]
        wanted += [(stratum, one) for one in sorted(numbers, key=key)[:n]]
    assert drawn(rows, {"a": 12, "b": 5}) == wanted
    table = draw(BACKEND, population_of(BACKEND, cases(rows), ["kind"]), {"b": 2}, 7).table
    assert table["draw:key"].to_pylist() == [key(one) for one in table["case"].to_pylist()]
    assert table["draw:position"].to_pylist() == [1, 2]
    assert table["population"].to_pylist() == [40, 40]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 160), st.integers(0, 40))
def test_neither_order_nor_engine_threads_change_a_draw_and_no_case_comes_twice(shuffle, a, b):
    rows = some(200)
    first = drawn(rows, {"a": a, "b": b})
    random.Random(shuffle).shuffle(rows)
    assert drawn(rows, {"a": a, "b": b}) == first
    assert len(set(first)) == len(first) == a + b


def test_another_seed_draws_other_cases():
    rows = some(400)
    assert set(drawn(rows, {"a": 40}, 7)) != set(drawn(rows, {"a": 40}, 8))


def test_every_case_is_drawn_equally_often_over_many_seeds():
    """Chi-square of 40 cases over 200 draws of 10: expected 50 each, 39 degrees of freedom."""
    rows = [(f"T{i}", 1, "a", "x") for i in range(40)]
    population = population_of(BACKEND, cases(rows), ["kind"])
    counts = dict.fromkeys((number for number, *_ in rows), 0)
    for seed in range(200):
        for number in draw(BACKEND, population, {"a": 10}, seed).table["case"].to_pylist():
            counts[number] += 1
    chi = sum((n - 50) ** 2 for n in counts.values()) / (50 * 0.75)
    assert chi < 72.1  # 99.9 % of chi-square with 39 degrees of freedom


def test_late_cases_displace_at_most_as_many_as_come_in():
    early, late = some(300), [(f"L{i}", 28, "a", "x") for i in range(12)]
    before, after = (set(drawn(rows, {"a": 30})) for rows in (early, early + late))
    newcomers = {case for _, case in after - before}
    assert newcomers <= {number for number, *_ in late}
    assert len(before - after) == len(newcomers) <= 4


def test_a_case_with_several_rows_counts_once_as_its_latest_row_says():
    rows = [("T1", 3, "a", "x"), ("T1", 9, "b", "x"), ("T2", 5, "a", "x"), (None, 5, "a", "x")]
    population = population_of(BACKEND, cases(rows), ["kind"])
    assert population.sizes == {"a": 1, "b": 1}
    assert (population.repeated, population.unnumbered) == (1, 1)
    assert population_of(BACKEND, cases(rows[::-1]), ["kind"]).digest() == population.digest()


def test_strata_of_two_columns_stay_apart_and_empty_values_have_a_name():
    rows = [("1", 1, "a / b", "c"), ("2", 1, "a", "b / c"), ("3", 1, "", "c")]
    sizes = population_of(BACKEND, cases(rows), ["kind", "team"]).sizes
    assert sizes == {"a/b / c": 1, "a / b/c": 1, f"{BLANK} / c": 1}
    assert population_of(BACKEND, cases(rows), []).sizes == {WHOLE: 3}


def test_cases_without_numbers_cannot_be_drawn():
    with pytest.raises(DataError, match="no case has a number"):
        population_of(BACKEND, cases([(None, 1, "a", "x"), ("", 1, "a", "x")]), ["kind"])
