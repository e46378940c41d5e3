"""Samples drawn from an incremental input: from its landed rows, as runs count them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from loopqa.engine.drawing import Drawing, draw_sample
from loopqa.engine.run import run_workflow
from tests.engine.ticketing import Tickets, build, rows

REVIEWED = """\
  reviews: {type: csv, path: reviews.csv, rater: internal, map: {case: ticket, at: day}}
segments: []
sample: {draw_from: ratings, for: reviews, strata: [group], share: 50%, at_least: 5}
"""


@pytest.fixture
def tickets(tmp_path: Path) -> Tickets:
    """The ratings of three months; what nobody judges but reviewers comes by a file."""
    made = build(tmp_path)
    made.change("segments: [channel]\n", REVIEWED)
    made.change("at: day}\n  reviews", "at: day, group: channel}\n  reviews")
    made.change(
        "  attitude: {weight: 50%, column: attitude}",
        "  attitude: {weight: 50%, indicators: {a: {rater: internal, measure: {column: mark}}}}",
        "rubrics/desk.yaml",
    )
    made.change("{weight: 50%, column: speed}", "{weight: 50%, indicators: {s: {rater: customer, "
                "measure: {column: speed}}}}", "rubrics/desk.yaml")  # fmt: skip
    (tmp_path / "reviews.csv").write_text("ticket,day,mark\n")
    return made


def draw(tickets: Tickets, day: str) -> Drawing:
    """Draw as on a day."""
    with tickets.on(day) as ws:
        return draw_sample(ws, "tickets")


def run(tickets: Tickets, day: str) -> None:
    """Run as on a day; the sample of its window is drawn, too."""
    with tickets.on(day) as ws:
        run_workflow(ws, "tickets", again=True)


def files(tickets: Tickets) -> list[set[str]]:
    """The columns of each landed file."""
    return [set(pq.read_schema(one).names) for one in tickets.landed]


def test_what_the_database_deleted_can_still_be_drawn(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    tickets.forget()
    again = draw(tickets, "2026-10-03")
    assert (again.fresh, again.sample.population, again.sample.drawn) == (False, 40, 20)


def test_a_draw_lands_late_cases_with_the_columns_that_runs_need(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    tickets.write(rows(9, n=10, first=100, changed=11))
    late = draw(tickets, "2026-10-03")
    assert (late.sample.population, late.sample.revision) == (50, 2)
    assert [one >= {"speed", "channel", "caller"} for one in files(tickets)] == [True, True]
    run(tickets, "2026-10-04")
    assert len(tickets.landed) == 2


def test_strata_land_though_no_segment_has_them(tickets: Tickets) -> None:
    tickets.change("at: day, group: channel}", "at: day}")
    tickets.change("strata: [group]", "strata: [channel]")
    run(tickets, "2026-10-02")
    tickets.forget()
    assert [one.stratum for one in draw(tickets, "2026-10-03").sample.quotas] == ["chat", "phone"]


def test_where_nothing_landed_yet_a_draw_lands_nothing(tickets: Tickets) -> None:
    first = draw(tickets, "2026-10-02")
    assert (first.sample.population, tickets.landed) == (40, [])
    run(tickets, "2026-10-03")
    assert not draw(tickets, "2026-10-03").fresh


def test_rows_that_landed_without_a_stratum_are_read_from_the_database(tickets: Tickets) -> None:
    run(tickets, "2026-10-02")
    tickets.change("strata: [group]", "strata: [solution]")
    other = draw(tickets, "2026-10-03")
    assert [(one.stratum, one.population) for one in other.sample.quotas] == [("5", 40)]
    assert len(files(tickets)) == 1
