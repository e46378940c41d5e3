"""How the same customers' scores repeat themselves, measured in the history."""

from __future__ import annotations

import pyarrow as pa
import pytest

from loopqa.calc.question.request import Request
from loopqa.engine.parts import windowed_parts
from loopqa.engine.reading import Wanted
from loopqa.engine.retest import retest
from loopqa.engine.standard import standard
from loopqa.evidence.backend import shared_backend
from loopqa.model.tally import PairSum

CUSTOMERS = 20


def month(number: int) -> pa.Table:
    """The ratings of the same customers in one month: customer c rates 1 + (c + month) % 5."""
    ratings = [1 + (customer + number) % 5 for customer in range(CUSTOMERS)]
    names = ("attitude", "responsiveness", "solution")
    return pa.table(
        {"customer": [f"K{customer}" for customer in range(CUSTOMERS)]}
        | dict.fromkeys(names, ratings)
    )


def pairs_of(months: int) -> list[PairSum] | None:
    """Pair sums of one dimension over a history of so many months."""
    used = standard("hotline")
    windows = {f"history-{number}": month(number) for number in range(months)}
    wanted = Wanted(customer="customer", need_customer=True)
    parts = windowed_parts(used, None, windows, wanted, None)
    found = retest(shared_backend(), used, parts, Request(history=tuple(windows)))
    if found is None:
        return None
    assert (found.levels, found.moments) == ((), ())
    return [one for one in found.pair_sums if one.quantity.startswith("attitude@")]


@pytest.mark.parametrize(("months", "couples"), [(2, 1), (3, 1), (8, 4), (9, 4)])
def test_every_two_neighbouring_windows_are_paired_and_no_answer_is_used_twice(months, couples):
    (found,) = pairs_of(months)
    assert found.n == couples * CUSTOMERS
    assert found.before == found.after == couples * CUSTOMERS * 3
    # Each later rating is the earlier one plus 1, or 1 after 5: four products of (1..5) by that.
    assert found.products == couples * 4 * (1 * 2 + 2 * 3 + 3 * 4 + 4 * 5 + 5 * 1)


@pytest.mark.parametrize("months", [0, 1])
def test_one_window_alone_shows_no_repetition(months):
    assert pairs_of(months) is None
