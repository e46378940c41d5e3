"""The plan of a draw holds what it says: measured in simulated teams."""

from __future__ import annotations

import numpy as np
import pytest

from loopqa.calc.effect.randomisation import Panel, drawn, prior
from loopqa.calc.verdict.lots_outlook import LotsOutlook
from loopqa.model.workflow import RolloutRule
from tests.calc.dealing import exposed

SD, SHOCK, EARLIER = 1.1, 0.1, 5


def found(lots, n, effect, worlds=150):
    """Share of worlds in which an effect is found by the lots."""
    hits = 0
    for seed in range(worlds):
        random = np.random.default_rng(seed)
        groups = random.permutation(np.repeat(np.arange(len(lots.sizes)), lots.sizes))
        exposure = exposed(groups, len(lots.sizes) - 1, EARLIER)
        noise = np.sqrt(SHOCK**2 + SD**2 * lots.clusters / n)
        level = random.normal(0, 0.4, (lots.clusters, 1))
        means = level + random.normal(0, noise, exposure.shape) + effect * exposure
        sampling = np.full(exposure.shape, SD**2 * lots.clusters / n)
        past = prior(means[:, :EARLIER], sampling[:, :EARLIER], 0.0025, 0.01)
        hits += drawn(Panel(means, sampling, exposure), past, 1).test.p_up() <= 0.05
    return hits / worlds


@pytest.mark.parametrize(
    ("clusters", "steps", "holdout"), [(12, 1, 0.5), (10, 1, 0.2), (12, 3, 0.0), (8, 2, 0.25)]
)
def test_the_change_that_is_said_to_be_seen_is_found_in_about_four_of_five_worlds(
    clusters, steps, holdout
):
    lots = LotsOutlook(clusters, RolloutRule("team", steps, holdout=holdout))
    effect = lots.detects(40 * clusters, SD, SHOCK, EARLIER, 0.05)
    assert 0.68 <= found(lots, 40 * clusters, effect) <= 0.93


def test_more_clusters_more_answers_and_more_history_see_more():
    def sees(clusters=12, n=300, windows=1):
        lots = LotsOutlook(clusters, RolloutRule("team", steps=3))
        return lots.detects(n, SD, SHOCK, windows, 0.05)

    assert sees(clusters=24, n=600) < sees()
    assert sees(n=600) < sees()
    assert sees(windows=7) < sees()


def test_a_draw_that_can_fall_in_fewer_than_twenty_ways_decides_nothing():
    assert not LotsOutlook(19, RolloutRule("team", holdout=0.01)).decides(0.05)
    assert LotsOutlook(20, RolloutRule("team", holdout=0.01)).decides(0.05)
    assert not LotsOutlook(2, RolloutRule("team", steps=3)).decides(0.05)
