"""What PostgreSQL counts is what reading its rows one by one would count, to the last digit."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopqa.calc.question.readings import own_scores
from loopqa.engine.standard import standard
from loopqa.evidence import pushdown
from loopqa.evidence.backend import shared_backend
from loopqa.evidence.cell_query import NotCountable
from loopqa.evidence.ingest import ingest
from loopqa.evidence.planning import plan_cases
from loopqa.evidence.pushdown import count_there
from loopqa.evidence.snapshots import read_snapshot, write_snapshot
from loopqa.evidence.tallying import Part, tally
from loopqa.model.window import Window
from loopqa.model.workflow import PluginSpec
from loopqa.plugin.source import ReadContext, Relation
from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

RUBRIC = """\
rubric: desk
version: "1"
scale: {low: 1, high: 5}
raters: {customer: {}, internal: {}}
blend: {customer: 60%, internal: 40%, when_missing: none}
defaults: {missing: ["", Blank], not_applicable: ["0"]}
scales: {words: {很好: 5, 好: 4, 一般: 3, 差: 2, 很差: 1}}
dimensions:
  tone:
    weight: 40%
    indicators:
      rating: {measure: {column: tone}, score: {type: rating}}
      checked: {rater: internal, measure: {column: checked}, score: {type: rating}}
      polite:
        rater: internal
        measure: {column: polite, values: {"yes": 5, "no": 1}}
        score: {type: rating}
        critical: {at_most: 1, to: 1, caps: dimension}
  speed:
    weight: 40%
    indicators:
      answer:
        measure: {minutes: {from: opened, to: answered, open: pending}, valid: ">= 0"}
        score: {type: bands, bands: {5: "<= 15", 4: "<= 120", 3: "<= 480", 1: "> 480"}}
      solved:
        measure: {hours: {from: opened, to: solved}, valid: ">= 0"}
        score: {type: attainment, target: 8, floor: 48, direction: lower_is_better}
      visit:
        measure: {column: visit, values: words}
        score: {type: rating}
        when: {channel: [shop, 上门]}
  loyalty:
    weight: 20%
    indicators:
      nps:
        measure: {column: nps, low: 0, high: 10}
        score: {type: nps}
        weight: 0
      price: {measure: {column: price}, score: {type: attainment, target: 10, floor: 0}}
"""

TABLE = """
CREATE TABLE cases (
    at timestamptz, customer text, channel text, team varchar(20), tone text, checked integer,
    polite boolean, opened timestamp, answered timestamp, solved timestamp, visit text,
    nps smallint, price numeric, weight double precision
)
"""
NAMES = TABLE.partition("(")[2].rpartition(")")[0].replace("(20)", "").split(",")
COLUMNS = tuple(one.split()[0] for one in NAMES)

MAY = Window(date(2026, 5, 1), date(2026, 5, 31))
JUNE = Window(date(2026, 6, 1), date(2026, 6, 30))
MAP = {"at": ("at",), "weight": ("weight",)}
ZONE = "Asia/Shanghai"
START = datetime(2026, 5, 31, 23, 30, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    path = tmp_path_factory.mktemp("rubric") / "desk.yaml"
    path.write_text(RUBRIC.replace('polite, values: {"yes": 5, "no": 1}', POLITE), "utf-8")
    return standard(path)


POLITE = 'polite, values: {"true": 5, "false": 1}'


def case(dice: random.Random) -> tuple[object, ...]:
    """A case as messy as real ones, off the scale and without a date now and then."""
    at = datetime(2026, 4, 20, tzinfo=UTC) + timedelta(minutes=dice.randrange(80 * 24 * 60))
    opened = at.replace(tzinfo=None) - timedelta(minutes=dice.randrange(3000))
    return (
        at if dice.random() > 0.02 else None,
        f"c{dice.randrange(500)}",
        dice.choice(["phone", "Ｐｈｏｎｅ", " phone ", "shop", "上门", "", None]),
        dice.choice(["T1", "T2", "Ｔ１", None]),
        dice.choice(
            ["1", "2", "3", "4", "5", "5.0", "５", " 4 ", "", "Blank", "0", None, "9", "?"]
        ),
        dice.choice([1, 2, 3, 4, 5, 5, 5, None, 0, 7]),
        dice.choice([True, True, False, None]),
        opened if dice.random() > 0.05 else None,
        opened + timedelta(minutes=dice.randrange(-20, 2000)) if dice.random() > 0.1 else None,
        opened + timedelta(seconds=dice.randrange(400_000)) if dice.random() > 0.1 else None,
        dice.choice(["很好", "好", "一般", "差", "很差", "", None, "еще"]),
        dice.choice([*range(11), None]),
        dice.choice([Decimal("3.10"), Decimal("3.1"), Decimal(7), Decimal("-2"), None]),
        dice.choice([1.0, 0.5, 2.25]) if dice.random() > 0.01 else -1.0,
    )


def fill(url: str, rows: list[tuple[object, ...]]) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS cases")
        cursor.execute(TABLE)
        with cursor.copy(f"COPY cases ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def source_of(used, url: str, query: str):
    """The source as a workflow has it."""
    return used.host.make_source(PluginSpec("sql", {"url": url, "query": query}), root=Path())


def plan(used, **wishes):
    settings = {
        "rater": None,
        "input_map": MAP,
        "keep": ("channel", "team"),
        "dates": None,
        "zone": ZONE,
        "need_at": True,
        "need_customer": False,
    }
    return plan_cases(used.rubric, used.schemes, **(settings | wishes))


def both(used, url, query="SELECT * FROM cases", **wishes):
    """The cases of a query: counted by the server, and read row by row."""
    planned = plan(used, **wishes)
    windows = (JUNE, MAY)
    source = source_of(used, url, query)
    counted = count_there(source.relation(), planned, name="cases", windows=windows)
    rows = source.read(ReadContext(columns=planned.columns))
    read = ingest(rows, planned, name="cases", key=bytes(32))
    return counted, read


def tallied(used, cases, by):
    parts = [Part(str(one), None, cases.within(one)) for one in (MAY, JUNE)]
    return tally(
        shared_backend(),
        used.rubric,
        used.schemes,
        parts,
        by=by,
        cross=True,
        joint=True,
        responses=True,
        own=own_scores(used.rubric, used.schemes, points=False),
    )


def assert_alike(used, counted, read, by=("channel", "team")):
    assert counted.rows == read.rows
    assert _reasons(counted) == _reasons(read)
    assert counted.last_day == read.last_day
    for window in (MAY, JUNE):
        assert counted.within(window).n == read.within(window).n
    ours, theirs = tallied(used, counted, by), tallied(used, read, by)
    for name in ours.__dataclass_fields__:
        if name == "by":
            continue
        assert sorted(getattr(ours, name), key=repr) == sorted(getattr(theirs, name), key=repr), (
            name
        )


def _reasons(cases):
    return {(one.column, one.value, one.reason) for one in cases.rejected}


def test_every_count_and_sum_is_the_same(used, postgres_url):
    dice = random.Random(7)
    fill(postgres_url, [case(dice) for _ in range(4000)])
    counted, read = both(used, postgres_url)
    assert 0 < read.rows.rejected < read.rows.read
    assert_alike(used, counted, read)
    assert_alike(used, counted, read, by=())


def test_a_query_and_times_without_a_zone_and_days_count_the_same(used, postgres_url):
    dice = random.Random(8)
    fill(postgres_url, [case(dice) for _ in range(600)])
    for kind in ("date", "timestamp"):
        query = f"SELECT at::{kind} AS day, channel || '' AS channel, * FROM cases;"
        with pytest.raises(NotCountable, match="two columns have the same name"):
            both(used, postgres_url, query, at="day")
        names = ", ".join(one for one in COLUMNS if one != "at")
        query = f"SELECT at::{kind} AS day, {names} FROM cases WHERE team <> 'a;b' OR team IS NULL"
        counted, read = both(used, postgres_url, query, at="day", input_map={})
        assert_alike(used, counted, read)


def test_times_at_clock_changes_count_the_same(used, postgres_url):
    night = datetime(2026, 10, 24, 22, tzinfo=UTC).replace(tzinfo=None)  # clocks go back at 3
    walls = [night + timedelta(minutes=10 * step) for step in range(60)]
    spring = [one - timedelta(days=210) for one in walls]  # and forward at 2
    at = datetime(2026, 5, 3, tzinfo=UTC)
    rows = [
        (at, "c", "phone", "T1", "4", 4, True, walls[number % 50], end, one, "", 9, None, 1.0)
        for number, (end, one) in enumerate(zip(walls + spring, spring + walls, strict=True))
    ]
    fill(postgres_url, rows)
    for zone in ("Europe/Berlin", "America/New_York", "UTC"):
        assert_alike(used, *both(used, postgres_url, zone=zone))


def test_a_table_is_named_and_an_empty_one_counts_nothing(used, postgres_url):
    fill(postgres_url, [])
    planned = plan(used)
    counted = count_there(Relation(postgres_url, "cases"), planned, name="x", windows=(MAY,))
    assert (counted.n, counted.rows.read) == (0, 0)


def test_a_column_that_is_nowhere_is_told_as_ever(used, postgres_url):
    fill(postgres_url, [case(random.Random(1))])
    query = "SELECT at, channel, team, weight, tone FROM cases"
    with pytest.raises(Exception, match="no columns checked"):
        both(used, postgres_url, query)


def test_only_rows_around_a_window_are_looked_at(used, postgres_url):
    dice = random.Random(9)
    fill(postgres_url, [case(dice) for _ in range(900)])
    near = count_there(
        Relation(postgres_url, "cases"), plan(used), name="x", windows=(MAY,), around=MAY
    )
    far = count_there(Relation(postgres_url, "cases"), plan(used), name="x", windows=(MAY,))
    assert near.rows.read < far.rows.read
    assert near.within(MAY).n == far.within(MAY).n


@pytest.mark.parametrize(
    ("query", "wishes", "why"),
    [
        ("SELECT at::text AS day, * FROM cases", {"at": "day"}, "column 'day' holds no dates"),
        (
            "SELECT '{}'::jsonb AS area, * FROM cases",
            {"keep": ("area",)},
            "column 'area' has a type of its own",
        ),
        ("SELECT * FROM cases", {"need_customer": True}, "customers have to be told apart"),
        (
            "SELECT * FROM cases",
            {"input_map": {**MAP, "customer": ("customer",)}, "keep": ("customer",)},
            "customers have to be told apart",
        ),
        (
            "SELECT * FROM cases",
            {"input_map": {**MAP, "stratum": ("team",), "population": ("nps",)}},
            "it is a sample that was drawn by strata",
        ),
        ("SELECT 1/0 AS x, * FROM cases", {"keep": ("x",)}, "the server refused to count"),
        ("SELECT * FROM nowhere", {}, "the server refused to count"),
    ],
)
def test_what_has_to_be_read_row_by_row_is_told(used, postgres_url, query, wishes, why):
    fill(postgres_url, [case(random.Random(3))])
    with pytest.raises(NotCountable) as told:
        count_there(Relation(postgres_url, query), plan(used, **wishes), name="x", windows=(MAY,))
    assert str(told.value.why).startswith(why)


def test_too_many_different_cases_are_read_row_by_row(used, postgres_url, monkeypatch):
    monkeypatch.setattr(pushdown, "MOST_CELLS", 100)
    dice = random.Random(4)
    fill(postgres_url, [case(dice) for _ in range(300)])
    with pytest.raises(NotCountable, match="there are more than 100 different cases"):
        both(used, postgres_url)


def test_a_snapshot_of_counted_cases_is_small_and_says_what_was_counted(
    used, postgres_url, tmp_path: Path
):
    import pyarrow.parquet as pq

    at = datetime(2026, 5, 4, tzinfo=UTC)
    row = (at, "c", "phone", "T1", "4", 4, True, None, None, None, "", 9, Decimal(3), 1.0)
    fill(postgres_url, [row] * 20_000)
    cases = count_there(Relation(postgres_url, "cases"), plan(used), name="x", windows=(MAY,))
    kept = write_snapshot(cases.within(MAY), tmp_path, input="ratings", stem="may")
    file = tmp_path / kept.path
    assert file.stat().st_size < 20_000
    said = pq.read_schema(file).metadata[b"loopqa.counted"].decode()
    assert '"engine": "PostgreSQL 1' in said
    assert '"query": "SELECT * FROM \\"cases\\"", "cells": 1' in said
    assert read_snapshot(tmp_path, kept).digest() == cases.within(MAY).digest() == kept.digest


MESSY = st.sampled_from(
    ["", " ", "1", "１", "1.0", "2", "5", "6", "x", "Blank", "0", "-0", "4.50", None]
)


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.none() | st.datetimes(START - timedelta(32), START + timedelta(32)),
            st.sampled_from(["phone", "Ｐhone", "上门", "shop", "", None])
            | st.text("aＡ　 \t\n", max_size=3),
            st.text("ab\u0301é", max_size=3),
            MESSY,
            st.none() | st.integers(-1, 6),
            st.none() | st.booleans(),
            st.none() | st.integers(-10, 3000),
            st.none() | st.integers(-(10**12), 10**12),
            st.none() | st.decimals(-5, 20, places=2),
            st.sampled_from([1.0, 0.25, -1.0, 3.0]),
        ),
        max_size=25,
    )
)
def test_any_table_counts_the_same(used, postgres_url, rows):
    start = START
    fill(
        postgres_url,
        [
            (
                at and at.replace(tzinfo=UTC), "c", channel, team, tone, checked, polite, start,
                None if wait is None else start + timedelta(minutes=wait),
                None if span is None else start + timedelta(microseconds=span),
                tone, checked, price, weight,
            )
            for at, channel, team, tone, checked, polite, wait, span, price, weight in rows
        ],
    )  # fmt: skip
    if rows:
        assert_alike(used, *both(used, postgres_url))
