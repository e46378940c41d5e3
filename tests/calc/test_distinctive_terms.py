"""Which terms stand out: formulas against plain ones, and false ones held back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from loopqa.calc.themes.distinctive import (
    PRIOR,
    RATE,
    Uses,
    distinctive,
    fisher,
    log_odds_z,
)


def plain_log_odds(low: int, rest: int, n_low: int, n_rest: int) -> float:
    """Monroe, Colaresi & Quinn 2008: difference of log-odds over its standard error."""
    share = (low + rest) / (n_low + n_rest)
    alpha, beta = PRIOR * share, PRIOR * (1 - share)
    one = (low + alpha, n_low - low + beta)
    two = (rest + alpha, n_rest - rest + beta)
    delta = math.log(one[0] / one[1]) - math.log(two[0] / two[1])
    return delta / math.sqrt(sum(1 / count for count in (*one, *two)))


SIDES = st.tuples(st.integers(1, 400), st.integers(1, 400)).flatmap(
    lambda n: st.tuples(st.just(n[0]), st.just(n[1]), st.integers(0, n[0]), st.integers(0, n[1]))
)


@given(SIDES)
def test_log_odds_are_those_of_the_paper(sides: tuple[int, int, int, int]) -> None:
    n_low, n_rest, low, rest = sides
    z = log_odds_z(np.array([float(low)]), np.array([float(rest)]), n_low, n_rest)[0]
    if 0 < low + rest < n_low + n_rest:
        assert z == pytest.approx(plain_log_odds(low, rest, n_low, n_rest), abs=1e-9)
    else:
        assert z == 0  # a word of nobody, or of everybody, tells nobody apart


@given(SIDES)
def test_p_is_that_of_the_hypergeometric_distribution(sides: tuple[int, int, int, int]) -> None:
    n_low, n_rest, low, rest = sides
    p = fisher(np.array([float(low)]), np.array([float(rest)]), n_low, n_rest)[0]
    if low * n_rest > rest * n_low:
        expected = hypergeom.sf(low - 1, n_low + n_rest, low + rest, n_low)
        assert p == pytest.approx(expected, rel=1e-6, abs=1e-300)
    else:
        assert p == 1


@given(SIDES)
def test_more_users_among_the_low_ones_never_make_a_word_less_telling(
    sides: tuple[int, int, int, int],
) -> None:
    n_low, n_rest, low, rest = sides
    if low < n_low:
        few, more = np.array([float(low)]), np.array([low + 1.0])
        other = np.array([float(rest)])
        assert fisher(more, other, n_low, n_rest)[0] <= fisher(few, other, n_low, n_rest)[0] + 1e-12


def test_nothing_is_claimed_from_few_comments() -> None:
    uses = {"queue": Uses(19, 0)}
    assert distinctive(uses, 19, 500, 5).found == ()
    assert distinctive(uses, 500, 19, 5).found == ()
    assert [one.term for one in distinctive(uses, 20, 500, 5).found] == ["queue"]


def test_a_word_of_four_customers_is_not_told() -> None:
    assert distinctive({"queue": Uses(4, 0)}, 20, 2000, 5).tested == 0
    assert distinctive({"queue": Uses(4, 1)}, 20, 20000, 5).found == ()


def test_of_words_that_lie_within_each_other_the_most_telling_is_told() -> None:
    uses = {
        "call": Uses(30, 40), "call back": Uses(30, 2), "recall": Uses(12, 1),
        "态度": Uses(30, 70), "态度差": Uses(20, 0),
    }  # fmt: skip
    found = distinctive(uses, 100, 400, 5).found
    assert {one.term for one in found} == {"call back", "recall", "态度差"}


def test_where_scores_have_nothing_to_do_with_words_hardly_any_word_stands_out() -> None:
    """Shuffled worlds: a word is named in at most about one of ten."""
    dice = np.random.default_rng(20261122)
    shares = dice.beta(0.5, 8, size=150)
    fooled = 0
    for _ in range(200):
        said = dice.random((260, 150)) < shares
        low = dice.permutation(260) < 90
        uses = {
            f"w{at}": Uses(int(said[low, at].sum()), int(said[~low, at].sum())) for at in range(150)
        }
        fooled += bool(distinctive(uses, 90, 170, 5).found)
    assert fooled / 200 <= RATE


def test_words_that_are_used_more_are_found_in_a_world_where_some_are() -> None:
    dice = np.random.default_rng(5)
    shares = dice.beta(0.5, 8, size=150)
    hits, false = 0, 0
    for _ in range(40):
        low_shares = shares.copy()
        low_shares[:5] = 0.30
        rest_shares = shares.copy()
        rest_shares[:5] = 0.06
        low = (dice.random((120, 150)) < low_shares).sum(axis=0)
        rest = (dice.random((300, 150)) < rest_shares).sum(axis=0)
        uses = {f"w{at}": Uses(int(low[at]), int(rest[at])) for at in range(150)}
        found = {one.term for one in distinctive(uses, 120, 300, 5).found}
        planted = {f"w{at}" for at in range(5)}
        hits += len(found & planted)
        false += len(found - planted)
    assert hits >= 0.95 * 200
    assert false <= RATE * (hits + false)
