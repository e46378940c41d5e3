"""Changes near the top of the scale: the latent scale, and verdicts that must hold on both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from loopqa.calc.verdict.judgement import judge
from loopqa.calc.verdict.latent import latent_scale, moved
from loopqa.language import speaking
from loopqa.model.rubric import Decide
from loopqa.model.verdict import Arm, Levels, Outcome, Period
from tests.calc.handmade import TEAMS, level, question

CUTS = np.array([-1.6, -0.7, 0.2, 1.1])


def shares(place: float) -> np.ndarray:
    """Shares of the answers 1-5 of people who stand at ``place``."""
    return np.diff(stats.norm.cdf(np.concatenate([[-np.inf], CUTS - place, [np.inf]])))


def answers(place: float, n: int = 10_000) -> dict[float, int]:
    """Answers that are as many as they are likely to be."""
    return {float(points): round(n * share) for points, share in enumerate(shares(place), 1)}


def drawn(place: float, n: int, dice: np.random.Generator) -> dict[float, int]:
    counts = dice.multinomial(n, shares(place))
    return {float(points): int(count) for points, count in enumerate(counts, 1)}


def test_the_fit_is_the_ordered_probit_of_statsmodels():
    dice = np.random.default_rng(3)
    groups = [drawn(place, 300, dice) for place in (0.0, 0.4, 1.3, 1.9)]
    scale = latent_scale(groups)
    rows = pd.DataFrame(
        [
            (points, number)
            for number, group in enumerate(groups)
            for points, n in group.items()
            for _ in range(n)
        ],
        columns=["answer", "group"],
    )
    dummies = pd.get_dummies(rows["group"], drop_first=True).astype(float)
    model = OrderedModel(rows["answer"], dummies, distr="probit")
    fitted = model.fit(method="bfgs", disp=0, gtol=1e-8)
    cuts = model.transform_threshold_params(fitted.params.to_numpy()[3:])[1:-1]
    assert scale.places == pytest.approx((0.0, *fitted.params.to_numpy()[:3]), abs=1e-4)
    assert scale.cuts == pytest.approx(tuple(cuts), abs=1e-4)


def test_an_equal_shift_is_no_difference_on_the_latent_scale():
    """The latent shift .4 moves a mean of 3.0 by .5 and one of 4.5 by .2."""
    scope, comparison = Levels(answers(0.0), answers(0.4)), Levels(answers(2.0), answers(2.4))
    found = moved(scope, comparison, history=False)
    assert found.latent == pytest.approx(0.0, abs=0.01)
    assert found.seen < 0.5 * found.there
    assert found.stretch == pytest.approx(found.there / found.seen, rel=0.05)


def test_at_the_same_place_nothing_is_moved():
    both = Levels(answers(0.5), answers(0.9))
    found = moved(both, both, history=False)
    assert found.there == pytest.approx(found.seen)
    assert found.stretch == pytest.approx(1.0)


@pytest.mark.parametrize(
    "groups",
    [
        [{}, {1.0: 3, 2.0: 4}],
        [{5.0: 9}, {4.0: 3, 5.0: 4}],
        [{3.0: 5}, {3.0: 7}],
        [{float(k): 2 for k in range(20)}, {float(k): 3 for k in range(20)}],
    ],
)
def test_what_has_no_place_on_the_scale_is_left_alone(groups):
    assert latent_scale(groups) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), min_size=5, max_size=5), min_size=4, max_size=4))
def test_any_answers_are_fitted_or_refused_and_never_crash(tables):
    groups = [{float(at): n for at, n in enumerate(row, 1)} for row in tables]
    found = moved(Levels(*groups[:2]), Levels(*groups[2:]), history=False)
    if found is not None:
        assert np.isfinite([found.latent, found.seen, found.there]).all()


def near_the_top(shift: float, own: float = 0.4):
    """A scope at 3.0 that moves by ``own``, and a comparison at 4.5 that moves by ``shift``."""
    places = {Arm.SCOPE: (0.0, own), Arm.COMPARISON: (2.0, 2.0 + shift)}
    levels = {arm: Levels(*(answers(place, 2000) for place in of)) for arm, of in places.items()}

    def teams(counts: dict[float, int]):
        n = sum(counts.values())
        mean = sum(points * count for points, count in counts.items()) / n
        spread = sum(count * (points - mean) ** 2 for points, count in counts.items()) / n
        return {name: level(mean, n // 4, spread**0.5) for name in TEAMS}

    before, after = (
        Period(*(teams(getattr(levels[arm], when)) for arm in (Arm.SCOPE, Arm.COMPARISON)))
        for when in ("before", "after")
    )
    asked = question(2.9, windows=0, flagged="named")
    stream = replace(asked.streams["customer"], before=before, after=after, levels=levels)
    return replace(asked, streams={"customer": stream})


def test_a_gain_on_a_comparison_near_the_top_that_improved_as_much_is_not_claimed():
    asked = near_the_top(shift=0.4)
    (verdict,) = judge([asked], Decide(local_drift=0.02))
    blind = replace(asked.streams["customer"], levels={})
    (naive,) = judge([replace(asked, streams={"customer": blind})], Decide(local_drift=0.02))
    assert naive.outcome is Outcome.IMPROVED
    assert verdict.outcome is not Outcome.IMPROVED
    assert verdict.interval[0] < 0 < verdict.interval[1]
    with speaking("en"):
        assert str(verdict.reason).startswith("the comparison is at 4.")
        assert any("counts as" in str(one) for one in verdict.assumptions)
        assert any("near the better end of the scale" in str(one) for one in naive.assumptions)


def test_a_gain_on_both_scales_is_claimed():
    (verdict,) = judge([near_the_top(shift=0.0, own=0.8)], Decide(local_drift=0.02))
    assert verdict.outcome is Outcome.IMPROVED


def test_worsened_is_not_claimed_where_the_scope_gained_on_the_latent_scale():
    """Opinion in the comparison fell a little: much less there than it would have here."""
    asked = near_the_top(shift=-0.25, own=-0.25)
    (verdict,) = judge([asked], Decide(local_drift=0.02))
    assert verdict.outcome is not Outcome.WORSENED
