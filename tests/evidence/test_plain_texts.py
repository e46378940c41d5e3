"""What passes as a normal form without a look at its signs must be one."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.scoring.answers import normalise
from loopqa.evidence.texts import normal_codes, normal_strings

TEXT = st.text(st.sampled_from("aZ09.-+ ~!\x7f\t０慢"), max_size=4)


@given(st.lists(TEXT, min_size=1, max_size=5), st.integers(0, 2))
def test_identities_are_in_their_normal_form(written: list[str], skipped: int) -> None:
    column = pa.array([*written, None], pa.string()).slice(skipped)
    expected = [normalise(one) if one else "" for one in [*written, None][skipped:]]
    assert [one or "" for one in normal_strings(column).to_pylist()] == expected
    decoded = normal_codes(column).dictionary_decode().to_pylist()
    assert [one or "" for one in decoded] == expected
