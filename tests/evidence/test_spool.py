"""Inputs too large for memory: pages in files must say what one table in memory says."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from loopqa.evidence import ingest as ingest_module
from loopqa.evidence import paging, snapshots, tallying
from loopqa.evidence.backend import shared_backend
from loopqa.evidence.cases import Cases
from loopqa.evidence.ingest import ingest
from loopqa.evidence.snapshots import read_snapshot, write_snapshot
from loopqa.evidence.spool import SpooledPage, SpooledTable
from loopqa.evidence.tallying import Part, tally
from loopqa.model.rubric import DurationMeasure
from loopqa.model.tally import Tally
from loopqa.model.window import Window
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of
from tests.evidence.making import KEY, plan_of

STANDARD = rubric(
    dimension("speed", indicator("wait", weight=0.25), indicator("reply", weight=0.75)),
    dimension("tone", indicator("tone")),
)
MARCH, APRIL = Window.parse("2026-03-01..2026-03-31"), Window.parse("2026-04-01..2026-04-30")
WISHES = {
    "need_at": True,
    "customer": "who",
    "keep": ("team",),
    "input_map": {"case": ("no",), "comment": ("said",)},
}
PAGE = 50


def rows(n: int = 330) -> list[dict[str, Any]]:
    dice = random.Random(5)
    answers = ["1", "2", "3", "4", "5", None, " 5.0 "]
    return [
        {
            "at": f"2026-0{dice.choice((3, 3, 4, 4, 5))}-{dice.randint(1, 28):02}",
            "who": dice.choice([*(f"c{number}" for number in range(60)), ""]),
            "team": f"T{dice.randint(1, 3)}" if row < 200 else f"late {row % 200}",
            "no": f"n{row % 300}",
            "said": dice.choice([None, "慢", "fine"]),
            "wait": dice.choice(answers),
            "reply": dice.choice(answers),
            "tone": "7" if row % 97 == 5 else dice.choice(answers),
        }
        for row in range(n)
    ]


def read(given: list[dict[str, Any]]) -> Cases:
    batches = [given[first : first + 20] for first in range(0, len(given), 20)]
    return ingest(batches, plan_of(STANDARD, **WISHES), name="answers.csv", key=KEY)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (ingest_module, paging, snapshots, tallying):
        monkeypatch.setattr(module, "PAGE_ROWS", PAGE)


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> tuple[Cases, Cases]:
    """The same input in memory and in pages."""
    given = rows()
    in_memory = read(given)
    for module in (ingest_module, paging, snapshots, tallying):
        monkeypatch.setattr(module, "PAGE_ROWS", PAGE)
    spooled = read(given)
    assert isinstance(in_memory.table, pa.Table)
    assert isinstance(spooled.table, SpooledTable)
    return in_memory, spooled


def plain(cases: Cases) -> list[dict[str, Any]]:
    return [row for batch in cases.batches() for row in batch.to_pylist()]


WAYS: list[Callable[[Cases], Cases]] = [
    lambda cases: cases,
    lambda cases: cases.within(MARCH),
    lambda cases: cases.where({"team": ["T1", "late 5"]}),
    lambda cases: cases.within(APRIL).where({"team": "T2"}).told_apart(3),
    lambda cases: cases.renamed({"tone.tone": "tone.voice"}).within(MARCH),
    lambda cases: cases.thinned(40),
    lambda cases: cases.where({"team": "nobody"}),
    lambda cases: cases.widened(["team", "mood"]).within(MARCH),
]


@pytest.mark.parametrize("way", WAYS)
def test_pages_hold_the_same_cases_as_a_table(
    both: tuple[Cases, Cases], way: Callable[[Cases], Cases]
) -> None:
    in_memory, spooled = (way(one) for one in both)
    assert plain(spooled) == plain(in_memory)
    assert spooled.n == in_memory.n
    assert spooled.digest() == in_memory.digest()
    assert spooled.last_day == in_memory.last_day
    assert spooled.indicators == in_memory.indicators
    assert spooled.values("team") == in_memory.values("team")
    assert spooled.table.column("team").to_pylist() == in_memory.table.column("team").to_pylist()


def test_what_was_rejected_and_what_repeats_is_told_alike(both: tuple[Cases, Cases]) -> None:
    in_memory, spooled = both
    assert spooled.rows == in_memory.rows
    assert spooled.rejected == in_memory.rejected
    assert spooled.warnings == in_memory.warnings
    assert in_memory.rejected
    assert in_memory.warnings


def counted(cases: Cases) -> Tally:
    parts = [
        Part("before", None, cases.within(MARCH)),
        Part("after", None, cases.within(APRIL)),
    ]
    wishes: dict[str, Any] = {"by": ("team",), "cross": True, "responses": True, "joint": True}
    return tally(
        shared_backend(), STANDARD, schemes_of(STANDARD), parts, pairs=("before", "after"), **wishes
    )


def test_pages_are_tallied_like_a_table(both: tuple[Cases, Cases]) -> None:
    in_memory, spooled = (counted(one) for one in both)
    assert replace(spooled, levels=()) == replace(in_memory, levels=())
    assert sorted(spooled.levels, key=repr) == sorted(in_memory.levels, key=repr)
    assert in_memory.pairs
    assert in_memory.cross


def test_customers_paired_a_few_at_a_time_are_paired_like_all_at_once(
    both: tuple[Cases, Cases], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = counted(both[0])
    monkeypatch.setattr("loopqa.evidence.pairing.AT_ONCE", 4)
    few = counted(both[0])
    assert (few.pairs, few.pair_sums) == (at_once.pairs, at_once.pair_sums)


def test_a_large_snapshot_is_the_same_evidence_and_stays_in_its_file(
    both: tuple[Cases, Cases], tmp_path: Path
) -> None:
    in_memory, spooled = both
    frozen = write_snapshot(spooled, tmp_path, input="ratings", stem="x")
    assert frozen.digest == in_memory.digest()
    thawed = read_snapshot(tmp_path, frozen)
    assert isinstance(thawed.table, SpooledTable)
    assert plain(thawed) == plain(in_memory)
    assert counted(thawed).moments == counted(in_memory).moments


def test_a_window_without_a_case_can_be_frozen(both: tuple[Cases, Cases], tmp_path: Path) -> None:
    nothing = both[1].where({"team": "nobody"})
    frozen = write_snapshot(nothing, tmp_path, input="ratings", stem="x")
    assert read_snapshot(tmp_path, frozen).n == 0


def test_pages_leave_nothing_behind_and_hold_no_customer_as_it_is_called(
    small_pages: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    given = [{**row, "who": "Frau Ungewöhnlich"} for row in rows()]
    cases = read(given)
    assert isinstance(cases.table, SpooledTable)
    assert os.listdir(tmp_path) == []
    for page in cases.table.pages:
        assert isinstance(page, SpooledPage)
        # Texts are packed: what they were packed from is what the columns hold.
        told = page.read(page.columns).to_pylist()
        assert "Ungewöhnlich" not in str(told)


def test_one_large_batch_is_cut_into_pages(small_pages: None) -> None:
    given = rows()
    whole = ingest([given], plan_of(STANDARD, **WISHES), name="answers.csv", key=KEY)
    assert isinstance(whole.table, SpooledTable)
    assert len(whole.table.pages) > 3
    assert whole.digest() == read(given).digest()


def test_times_stay_open_as_of_an_instant_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    standard = rubric(
        dimension(
            "speed",
            indicator(
                "reply",
                score={"type": "none"},
                measure=DurationMeasure("hours", "at", "done", open="pending"),
            ),
        )
    )
    given = [
        {"at": f"2026-03-{day:02} 10:00:00", "done": f"2026-03-{day + 2:02} 10:00:00"}
        for day in range(1, 25)
        for _ in range(10)
    ]
    until = MARCH.first_instant.replace(day=15)

    def as_of() -> list[Any]:
        cases = ingest(
            [given[at : at + 20] for at in range(0, len(given), 20)],
            plan_of(standard, need_at=True),
            name="x",
            key=KEY,
        )
        stood = cases.within(MARCH, until.replace(tzinfo=UTC))
        return [row["i:speed.reply"] for row in plain(stood)]

    in_memory = as_of()
    monkeypatch.setattr(paging, "PAGE_ROWS", PAGE)
    assert as_of() == in_memory
    assert None in in_memory
    assert 48.0 in in_memory


def test_levels_counted_from_codes_are_what_the_query_counts(both: tuple[Cases, Cases]) -> None:
    part = Part("now", None, both[0])
    schemes = schemes_of(STANDARD)
    ours = tally(shared_backend(), STANDARD, schemes, [part], by=("team",))
    weighty = replace(
        both[0], table=both[0].table.append_column("weight", pa.array([1.0] * both[0].n))
    )
    theirs = tally(shared_backend(), STANDARD, schemes, [Part("now", None, weighty)], by=("team",))
    assert sorted(ours.levels, key=repr) == sorted(theirs.levels, key=repr)
    assert ours.moments == theirs.moments
