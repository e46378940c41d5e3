"""The compiled coding against its pure twin."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.calc.scoring.answers import code, normalise
from loopqa.evidence.backend import Backend, shared_backend
from loopqa.evidence.coding import TEXTS, coded_texts
from loopqa.evidence.lexicon import encoded_texts
from loopqa.evidence.shapes import decoded_state
from loopqa.evidence.shaping import reading_of
from loopqa.evidence.tallying import Part, tally
from loopqa.model.coding import LevelCoding, NumberCoding, State
from loopqa.model.rubric import ColumnMeasure, Condition, DurationMeasure
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of
from tests.evidence.making import cases_of

FIVE = {float(level): float(level) for level in range(1, 6)}
MEASURE = ColumnMeasure(
    ("x",),
    values={"good": 5.0, "bad": 1.0},
    missing=frozenset({"Blank"}),
    not_applicable=frozenset({"0", "6"}),
    refused=frozenset({"won't say"}),
)
BANDS = tuple((6.0 - at, Condition("<=", cut)) for at, cut in enumerate((15, 120, 480), 1))
CODINGS = {
    "levels": (MEASURE, LevelCoding(FIVE, MEASURE.values)),
    "bands": (
        ColumnMeasure(("x",), valid=Condition(">=", 0)),
        LevelCoding(FIVE, bands=(*BANDS, (1.0, Condition(">", 480)))),
    ),
    "valid levels": (ColumnMeasure(("x",), valid=Condition("<", 5)), LevelCoding(FIVE)),
    "numbers": (
        ColumnMeasure(("x",), values={"none": 0.0}, valid=Condition(">", -50)),
        NumberCoding({"none": 0.0}, low=-100, high=2000),
    ),
}

TEXT = st.one_of(
    st.sampled_from(
        ["", "Blank", "0", "6", "won't say", "good", "bad", "none", "05", "+5", "5.", ".5", "-0"]
    ),
    st.integers(-120, 2100).map(str),
    st.decimals(-120, 2100, places=4, allow_nan=False).map(str),
    st.floats(0, 2000).map(lambda number: f"{number:.3f}"),
)


def twin(text: str, name: str) -> tuple[State, float | None] | None:
    try:
        return code(text, *CODINGS[name])
    except ValueError:
        return None


def compiled(backend: Backend, texts: list[str], name: str) -> list[tuple[State, float | None]]:
    """What the engine makes of all texts, the ones that the definition names included."""
    reading = reading_of(*CODINGS[name])
    table = pa.table({"position": pa.array(range(len(texts))), "text": texts})
    found = backend.column({TEXTS: table}, ("test", reading), lambda: coded_texts(reading))
    values = found.sort_by("position").column("value").to_pylist()
    assert values == encoded_texts(backend, reading, texts).tolist()
    return [decoded(value, reading) for value in values]


def decoded(value: int, reading: Any) -> tuple[State, float | None]:
    state = decoded_state(value, number=reading.number)
    if state is not State.ANSWERED:
        return state, None
    return state, value / 1000 if reading.number else reading.levels[value]


@pytest.mark.parametrize("name", CODINGS)
@settings(max_examples=60, deadline=None)
@given(raw=st.lists(TEXT, min_size=1, max_size=40, unique_by=normalise))
def test_the_engine_codes_texts_like_the_pure_twin(name: str, raw: list[str]) -> None:
    texts = [text for text in map(normalise, raw) if twin(text, name) is not None]
    for text, got in zip(texts, compiled(shared_backend(), texts, name), strict=True):
        state, value = twin(text, name) or (State.MISSING, None)
        assert got[0] is state, text
        assert (got[1] is None) == (value is None)
        assert value is None or math.isclose(got[1] or 0.0, value, abs_tol=0.0005001)


@settings(max_examples=30, deadline=None)
@given(
    minutes=st.lists(
        st.one_of(st.none(), st.integers(-3, 600), st.sampled_from([15, 120, 480])), min_size=1
    )
)
def test_the_engine_codes_durations_like_the_pure_twin(minutes: list[int | None]) -> None:
    measure = DurationMeasure("minutes", "opened", "responded", "pending", Condition(">=", 0))
    bands = {"5": "<= 15", "4": "<= 120", "3": "<= 480", "1": "> 480"}
    first = indicator("first", measure=measure, score={"type": "bands", "bands": bands})
    standard = rubric(dimension("speed", first))
    rows = [{"opened": "2026-03-01 12:00:00", "responded": clock(m)} for m in minutes]
    counts = tally(
        shared_backend(),
        standard,
        schemes_of(standard),
        [Part("now", None, cases_of(standard, rows))],
    )
    coding = schemes_of(standard)["speed.first"].code()
    expected: dict[Any, int] = {}
    for one in minutes:
        key = code(None if one is None else str(one), measure, coding)
        expected[key] = expected.get(key, 0) + 1
    assert {(count.state, count.level): count.n for count in counts.levels} == expected


def clock(minutes: int | None) -> str | None:
    if minutes is None:
        return None
    hour, minute = divmod(12 * 60 + minutes, 60)
    return f"2026-03-{1 + hour // 24:02d} {hour % 24:02d}:{minute:02d}:00"
