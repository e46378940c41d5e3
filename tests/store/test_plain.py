"""Plain values: whatever a record holds comes back from JSON as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loopqa.language import Text, text
from loopqa.store.json_values import canonical, from_plain, to_plain


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Inner:
    numbers: Mapping[float, int]
    names: tuple[tuple[str, tuple[str, ...]], ...]
    colour: Colour = Colour.RED


@dataclass(frozen=True)
class Outer:
    label: str
    bounds: tuple[float, float] | None
    day: date | None
    instant: datetime
    inner: tuple[Inner, ...]
    said: Text | None
    yes: bool


NUMBERS = st.floats(allow_nan=False)
OUTER = st.builds(
    Outer,
    bounds=st.none() | st.tuples(NUMBERS, NUMBERS),
    inner=st.lists(
        st.builds(
            Inner,
            numbers=st.dictionaries(NUMBERS, st.integers(), max_size=3),
            names=st.lists(
                st.tuples(st.text(), st.lists(st.text(), max_size=3).map(tuple)), max_size=3
            ).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    instant=st.datetimes(timezones=st.just(UTC)),
    said=st.none()
    | st.builds(lambda word, n: text("{a} {b}", a=text(word), b=n), st.text(), st.integers()),
)


@given(OUTER)
def test_a_record_comes_back_from_json_as_it_was(record):
    assert from_plain(Outer, json.loads(canonical(to_plain(record)))) == record


def test_a_field_that_was_not_stored_takes_its_default():
    assert from_plain(Inner, {"numbers": {}, "names": []}) == Inner({}, (), Colour.RED)


def test_numbers_of_numpy_become_plain_ones():
    assert to_plain([np.float64(0.5), np.int64(3), np.float64("inf")]) == [0.5, 3, "inf"]


def test_the_canonical_text_has_sorted_keys_and_keeps_chinese():
    assert canonical({"b": 1, "a": "满意"}) == '{"a":"满意","b":1}'
