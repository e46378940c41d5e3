"""Verdicts on KPIs in simulated worlds with clusters, shocks and known truth; and their laws."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.calc.question.amounts import quantile_of, smallest_of
from loopqa.calc.question.questions import Request, questions
from loopqa.calc.verdict.judgement import judge
from loopqa.model.coding import LevelCoding, NumberCoding, State
from loopqa.model.rubric import Condition, Decide, Indicator
from loopqa.model.tally import (
    BIN_RATIO,
    NEGATIVE_BIN,
    NUMBER_SCALE,
    ZERO_BIN,
    BinCount,
    LevelCount,
    MomentSum,
    Tally,
)
from loopqa.model.verdict import Outcome
from loopqa.model.yardstick import Kind
from tests.calc.counting import FixedScheme, rubric

KEY = "speed.rating_customer"
CHANNELS = {"phone": 4, "chat": 4, "mail": 4}
MONTHS = tuple(f"m{month}" for month in range(8))
NPS = LevelCoding(
    {float(level): 100.0 if level >= 9 else -100.0 if level <= 6 else 0.0 for level in range(11)},
    scored=False,
)


def binned(values, window="before", group=("phone", "T1"), within=None):
    """Bins and sums of amounts, as the engine counts them."""
    thousandths = np.rint(np.asarray(values, float) * NUMBER_SCALE).astype(int)
    places = [
        math.floor(math.log(v) / math.log(BIN_RATIO)) if v > 0 else NEGATIVE_BIN if v else ZERO_BIN
        for v in thousandths
    ]
    rows = []
    for place in sorted(set(places)):
        here = [int(v) for v, at in zip(thousandths, places, strict=True) if at == place]
        met = sum(within.holds(v / NUMBER_SCALE) for v in here) if within else 0
        rows.append(BinCount(window, KEY, group, place, len(here), sum(here), met))
    return rows


def summed(values, window="before", group=("phone", "T1")):
    whole = [round(value * NUMBER_SCALE) for value in values]
    return MomentSum(window, KEY, group, len(whole), sum(whole), sum(v * v for v in whole))


def of(coding, **indicator):
    """A rubric with one indicator of this coding, and its scheme."""
    plain = rubric(["speed"])
    dimension = plain.dimensions[0]
    only: Indicator = replace(dimension.indicators[0], **indicator)
    made = replace(plain, dimensions=(replace(dimension, indicators=(only,)),))
    return made, {KEY: FixedScheme(coding, indicator.get("unit", ""))}


TIMES = of(NumberCoding(scored=False), unit="min", target=Condition("<=", 15.0))
NET = of(NPS)


def times_world(seed, effect=0.0, history=True, n=30):
    """Response times: log t = 3 - .8 z, z with channel x month and team x month shocks."""
    random = np.random.default_rng(seed)
    bins, moments = [], []
    for window in (*(MONTHS if history else ()), "before", "after"):
        for channel, teams in CHANNELS.items():
            shock = random.normal(0, 0.06)
            for team in range(teams):
                helped = effect if (channel, window) == ("phone", "after") else 0.0
                z = random.normal(shock + random.normal(0, 0.08) + helped, 1, n)
                group = (channel, f"{channel}{team}")
                bins += binned(np.exp(3 - 0.8 * z), window, group)
    return Tally(by=("channel", "team"), bins=tuple(bins), moments=tuple(moments))


def net_world(seed, effect=0.0, history=True, n=30):
    """Answers from 0 to 10 with the same shocks."""
    random = np.random.default_rng(seed)
    levels = []
    for window in (*(MONTHS if history else ()), "before", "after"):
        for channel, teams in CHANNELS.items():
            shock = random.normal(0, 0.06)
            for team in range(teams):
                helped = effect if (channel, window) == ("phone", "after") else 0.0
                z = random.normal(shock + random.normal(0, 0.08) + helped, 1, n)
                answers = np.clip(np.rint(7.4 + 2.2 * z), 0, 10)
                for level, count in zip(*np.unique(answers, return_counts=True), strict=True):
                    k = int(count)
                    group = (channel, f"{channel}{team}")
                    state = State.ANSWERED
                    levels.append(LevelCount(window, KEY, group, state, float(level), k, k, k))
    return Tally(by=("channel", "team"), levels=tuple(levels))


SCOPE = (("channel", ("phone",)),)


def judged(tally, standard, history=True, **request):
    asked = Request(
        scope=SCOPE,
        cluster=("team",),
        flagged="named",
        history=MONTHS if history else (),
        **request,
    )
    return judge(questions(*standard, tally, asked), Decide())[0]


WORLDS = 150


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize(("world", "standard"), [(times_world, TIMES), (net_world, NET)])
def test_an_action_without_effect_is_seldom_called_one(world, standard, history):
    outcomes = [
        judged(world(seed, history=history), standard, history).outcome for seed in range(WORLDS)
    ]
    # 5 % nominal; 15 of 150 is 2.8 standard errors above it.
    assert outcomes.count(Outcome.IMPROVED) < 15
    assert outcomes.count(Outcome.WORSENED) < 15


def test_the_interval_of_a_ratio_covers_the_true_one_and_large_effects_are_found():
    truth = 100 * math.expm1(-0.8 * 0.6)
    verdicts = [judged(times_world(1000 + seed, effect=0.6), TIMES) for seed in range(80)]
    covered = sum(one.interval[0] <= truth <= one.interval[1] for one in verdicts)
    assert covered >= 66  # nominal 90 %
    assert sum(one.outcome is Outcome.IMPROVED for one in verdicts) >= 60
    assert not any(one.outcome is Outcome.WORSENED for one in verdicts)
    bias = np.mean([math.log1p(one.estimate / 100) for one in verdicts]) - math.log1p(truth / 100)
    assert abs(bias) < 0.03


def test_the_log_sums_of_bins_are_those_of_the_single_values():
    random = np.random.default_rng(5)
    values = np.round(np.exp(random.normal(3, 0.9, 400)), 3)
    tally = Tally(by=("channel", "team"), bins=tuple(binned(values)))
    (question,) = questions(*TIMES, tally, Request(scope=SCOPE))
    sums = question.streams["customer"].before.scope[""]
    logs = -100 * np.log(values)
    assert sums.n == 400
    assert abs(sums.mean - logs.mean()) < 0.03  # percent
    assert sums.variance == pytest.approx(logs.var(ddof=1), rel=1e-3)


@given(st.lists(st.sampled_from([1.0, 2.0, 5.0, 20.0, 400.0]), min_size=2, max_size=40))
def test_bins_with_one_value_each_are_exact(values):
    tally = Tally(by=("channel", "team"), bins=tuple(binned(values)))
    (question,) = questions(*TIMES, tally, Request(scope=SCOPE))
    sums = question.streams["customer"].before.scope[""]
    assert sums.mean == pytest.approx(-100 * np.mean(np.log(values)))
    rows = binned(values)
    counts = {row.total / row.n / NUMBER_SCALE: row.n for row in rows}
    assert quantile_of([counts], 0.5).value == pytest.approx(np.median(values))


def test_the_contrast_on_log_times_is_weighted_least_squares_on_the_teams():
    statsmodels = pytest.importorskip("statsmodels.api")
    random = np.random.default_rng(8)
    bins, deltas, weights, inside = [], [], [], []
    for channel, teams in CHANNELS.items():
        for team in range(teams):
            sizes = random.integers(20, 60, 2)
            pair = [np.exp(random.normal(3, 0.8, size)).round(3) for size in sizes]
            for window, values in zip(("before", "after"), pair, strict=True):
                bins += binned(values, window, (channel, f"{channel}{team}"))
            deltas.append(100 * (np.log(pair[0]).mean() - np.log(pair[1]).mean()))
            weights.append(1 / (1 / sizes[0] + 1 / sizes[1]))
            inside.append(float(channel == "phone"))
    fit = statsmodels.WLS(deltas, statsmodels.add_constant(inside), weights=weights).fit()
    tally = Tally(by=("channel", "team"), bins=tuple(bins))
    verdict = judged(tally, TIMES, history=False)
    assert verdict.estimate == pytest.approx(100 * math.expm1(-fit.params[1] / 100), abs=0.05)
    assert verdict.change_unit == "%"


def test_minutes_and_hours_give_the_same_ratio():
    def ratio(factor: float, unit: str):
        random = np.random.default_rng(3)
        bins = []
        for window, faster in (("before", 0.0), ("after", 0.3)):
            for channel in CHANNELS:
                for team in "AB":
                    values = np.exp(random.normal(9 - faster, 0.7, 40)).round(0)
                    bins += binned(values * factor, window, (channel, channel + team))
        tally = Tally(by=("channel", "team"), bins=tuple(bins))
        standard = of(NumberCoding(scored=False), unit=unit, target=Condition("<=", 15.0))
        return judged(tally, standard, history=False)

    minutes, hours = ratio(60.0, "min"), ratio(1.0, "h")
    assert minutes.estimate == pytest.approx(hours.estimate, abs=0.1)
    assert minutes.interval == pytest.approx(hours.interval, abs=0.2)
    assert minutes.before.mean == pytest.approx(60 * hours.before.mean, rel=1e-3)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.001, 1.0, 1.0, 30.0, 1e6]), max_size=12),
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.0, 30.0]), max_size=12),
)
def test_any_amounts_can_be_judged(before, after):
    """None, one, two, all alike, zeros, negatives: never an exception, never a NaN."""
    rows = [*binned(before), *binned(after, "after")]
    moments = [summed(before), summed(after, "after")]
    tally = Tally(
        by=("channel", "team"), bins=tuple(rows), moments=tuple(m for m in moments if m.n)
    )
    verdict = judged(tally, TIMES, history=False)
    numbers = [verdict.before.mean, verdict.after.mean, verdict.change.difference]
    assert not any(number is not None and math.isnan(number) for number in numbers)
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_a_few_zeros_count_as_the_smallest_amount_and_many_keep_the_mean_itself():
    few, many = [0.0] + [2.0, 4.0] * 20, [0.0] * 10 + [2.0, 4.0] * 20
    for values, kind in ((few, Kind.RATIO), (many, Kind.AMOUNT)):
        tally = Tally(by=("channel", "team"), bins=tuple(binned(values)), moments=(summed(values),))
        (question,) = questions(*TIMES, tally, Request(scope=SCOPE))
        assert question.yardstick.kind is kind
        assert any("are 0" in note.template or "of 0" in note.template for note in question.notes)
    least = smallest_of(binned(few))
    assert (least.least, least.zeros) == (2.0, 1)
    assert smallest_of(binned([0.0, 0.001, *[100.0] * 9])).least == pytest.approx(0.1)


def test_a_p90_is_judged_by_the_share_within_its_target():
    target = Condition("<=", 30.0)
    standard = of(NumberCoding(scored=False), unit="min", target=target, aggregate="p90")
    values = [10.0, 20.0, 30.0, 31.0]
    tally = Tally(by=("channel", "team"), bins=tuple(binned(values, within=target)))
    (question,) = questions(*standard, tally, Request(scope=SCOPE))
    before = question.streams["customer"].before.scope[""]
    assert (before.n, before.mean) == (4, 75.0)
    assert (question.yardstick.change_unit, question.material) == ("pp", 5.0)
    assert question.quantile.name == "p90"
    # 30 and 31 fall in one bin, which is known by its mean
    assert question.quantile.before.value == pytest.approx(np.quantile(values, 0.9), rel=0.025)


def test_the_median_is_shown_with_the_wider_of_two_intervals():
    random = np.random.default_rng(2)
    alike = [dict.fromkeys(np.exp(random.normal(3, 0.5, 50)), 1) for _ in range(6)]
    apart = [dict.fromkeys(np.exp(random.normal(m, 0.5, 50)), 1) for m in (2, 2.5, 3, 3.5, 4, 4.5)]
    together = quantile_of([{v: 1 for one in apart for v in one}], 0.5)
    assert quantile_of(apart, 0.5).value == pytest.approx(together.value)
    assert quantile_of(apart, 0.5).interval[1] > together.interval[1]
    low, high = quantile_of(alike, 0.5).interval
    draws = random.choice([v for one in alike for v in one], (2000, 300))
    boot = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    assert high - low > 0.85 * (boot[1] - boot[0])


def test_a_difference_of_net_promoters_is_that_of_a_bootstrap():
    tally = net_world(7, history=False)
    change = judge(questions(*NET, tally, Request(scope=SCOPE)), Decide())[0].change
    random = np.random.default_rng(1)
    codes = {}
    for window in ("before", "after"):
        rows = [row for row in tally.levels if row.window == window and row.group[0] == "phone"]
        codes[window] = np.repeat([NPS.points[r.level] for r in rows], [r.n for r in rows])
    means = {w: random.choice(c, (4000, len(c))).mean(axis=1) for w, c in codes.items()}
    boot = np.quantile(means["after"] - means["before"], [0.025, 0.975])
    assert change.difference == pytest.approx(codes["after"].mean() - codes["before"].mean())
    assert change.interval == pytest.approx(boot, abs=2.5)


def test_relabelling_and_order_change_nothing():
    tally = times_world(4)
    bins = (row._replace(group=(row.group[0], f"x{row.group[1]}")) for row in tally.bins)
    renamed = replace(tally, bins=tuple(bins))
    plain = judged(tally, TIMES).to_dict()
    again = judged(renamed, TIMES)
    assert again.estimate == pytest.approx(plain["estimate"])
    assert list(again.interval) == pytest.approx(plain["interval"])
    assert again.outcome.value == plain["verdict"]
    backward = replace(tally, bins=tally.bins[::-1])
    assert judged(backward, TIMES).to_dict() == plain


def test_cells_of_kpis_are_not_pooled_with_ratings():
    plain = rubric(["speed", "care"])
    times = plain.dimensions[0]
    only = replace(times.indicators[0], unit="min", target=Condition("<=", 15.0))
    made = replace(plain, dimensions=(replace(times, indicators=(only,)), plain.dimensions[1]))
    schemes = {
        KEY: FixedScheme(NumberCoding(scored=False), "min"),
        "care.rating_customer": FixedScheme(LevelCoding({float(k): float(k) for k in range(1, 6)})),
    }
    ratings = tuple(
        LevelCount("before", "care.rating_customer", (c, c), State.ANSWERED, 3.0, 20, 20, 20)
        for c in CHANNELS
    )
    tally = replace(times_world(1, history=False), levels=ratings)
    speed, care = questions(made, schemes, tally, Request(scope=SCOPE))
    assert len(speed.baseline_cells) == len(care.baseline_cells) == 3
    assert set(care.baseline_cells) == {3.0}
