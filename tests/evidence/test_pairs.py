"""The same customers in two windows."""

from __future__ import annotations

from typing import Any

import pytest

from loopqa.evidence.backend import shared_backend
from loopqa.evidence.tallying import Part, tally
from loopqa.model.tally import PairCount, PairSum, Tally
from loopqa.model.window import Window
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of
from tests.evidence.making import cases_of

STANDARD = rubric(dimension("tone", indicator("tone")))
MARCH, APRIL = Window.parse("2026-03-01..2026-03-31"), Window.parse("2026-04-01..2026-04-30")


def row(day: str, customer: str, tone: Any, team: str = "T1") -> dict[str, Any]:
    return {"at": f"2026-{day}", "who": customer, "tone": tone, "team": team}


ROWS = [
    row("03-02", "ann", 2),
    row("03-20", "ann", 5, "T2"),
    row("04-01", "ann", 4),
    row("03-05", "bob", 1),
    row("04-09", "bob", ""),
    row("04-10", "bob", 2),
    row("04-11", "bob", 3),
    row("03-07", "only before", 1),
    row("04-07", "only after", 1),
    row("03-08", "", 1),
    row("04-08", "", 1),
]


def paired(**more: Any) -> Tally:
    cases = cases_of(STANDARD, ROWS, need_at=True, customer="who", keep=("team",))
    parts = [Part("before", None, cases.within(MARCH)), Part("after", None, cases.within(APRIL))]
    return tally(
        shared_backend(),
        STANDARD,
        schemes_of(STANDARD),
        parts,
        by=("team",),
        pairs=("before", "after"),
        **more,
    )


def of_tone(records: tuple[Any, ...]) -> list[Any]:
    return [one for one in records if one.quantity == "tone@customer"]


def test_pairs_count_each_customers_latest_answers() -> None:
    assert of_tone(paired().pairs) == [
        PairCount("tone@customer", ("T1",), 100, 300, 1),
        PairCount("tone@customer", ("T2",), 500, 400, 1),
    ]


def test_pair_sums_take_each_customers_mean() -> None:
    assert of_tone(paired().pair_sums) == [
        PairSum("tone@customer", ("T1",), 1, 1.0, 2.5, 1.0, 6.25, 2.5),
        PairSum("tone@customer", ("T2",), 1, 3.5, 4.0, 12.25, 16.0, 14.0),
    ]


@pytest.mark.parametrize(("cut", "teams"), [(1, ["T1"]), (3.4, ["T1"]), (3.5, ["T1", "T2"])])
def test_only_low_scorers_are_paired_where_only_they_were_asked(
    cut: float, teams: list[str]
) -> None:
    got = paired(low_at_most=cut)
    assert [one.group for one in of_tone(got.pair_sums)] == [(team,) for team in teams]
    assert [one.group for one in of_tone(got.pairs)] == [(team,) for team in teams]
