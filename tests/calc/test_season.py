"""The same months of earlier years."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from loopqa.calc.effect.drift import Point
from loopqa.calc.effect.season import deseasoned, season
from loopqa.calc.verdict.judgement import judge
from loopqa.language import speaking
from loopqa.model.rubric import Decide
from loopqa.model.tally import Moments
from loopqa.model.verdict import Outcome, Period, Question, Stream

MONTH = 365.25 / 12


def points(levels: list[float]) -> list[Point]:
    """Monthly windows up to the month before the baseline."""
    return [
        Point(round(MONTH * (k - len(levels))), level, 0.01, 0.2) for k, level in enumerate(levels)
    ]


def wave(month: int) -> float:
    return 3.0 + 0.5 * math.sin(2 * math.pi * month / 12 + 1)


@pytest.mark.parametrize("lag", [30, 91, 183])
def test_a_yearly_wave_is_known_from_the_year_before(lag):
    found = season(points([wave(k) for k in range(-14, 0)]), lag)
    after = round(lag / MONTH)
    assert found.change == pytest.approx(wave(after) - wave(0))
    assert (found.years, found.chance, found.crowding) == (1, 0.02, 0.4)
    assert found.sampling(0.1) == pytest.approx(0.06)


def test_two_years_are_averaged():
    levels = [0.0] * 25
    levels[1], levels[4] = 1.0, 2.0  # 24 and 21 months before the baseline
    levels[13], levels[16] = 1.0, 5.0  # 12 and 9
    found = season(points(levels), 91)
    assert (found.change, found.years) == (2.5, 2)
    assert found.chance == pytest.approx(2 * 0.02 / 4)


@pytest.mark.parametrize("windows", [6, 8, 11])
def test_less_than_a_year_shows_no_season(windows):
    assert season(points([3.0] * windows), 91) is None


def test_an_unknown_lag_is_the_usual_one():
    year = points([wave(k) for k in range(-12, 0)])
    assert season(year, 0) == season(year, 91)


def test_the_wave_is_taken_out_by_least_squares():
    random = np.random.default_rng(3)
    series = points([wave(k) + random.normal(0, 0.1) for k in range(-15, 0)])
    angle = np.array([2 * np.pi * one.day / 365.25 for one in series])
    design = np.column_stack([np.ones(15), np.sin(angle), np.cos(angle)])
    fit = sm.OLS([one.level for one in series], design).fit()
    left = [one.level for one in deseasoned(series)]
    assert left == pytest.approx(list(fit.resid * math.sqrt(15 / 12)))


def test_three_windows_are_left_as_they_are():
    assert deseasoned(points([1.0, 2.0, 3.0])) == points([1.0, 2.0, 3.0])


def period(mean: float, day: int) -> Period:
    teams = {f"T{k}": Moments(40, 40 * mean, 39 * 1.1**2 + 40 * mean**2) for k in range(6)}
    return Period(teams, day=day)


def question(windows: int) -> Question:
    """Every year three points are 3.0 but for a peak of 4.0 in the month of the follow-up."""

    def level(month: int) -> float:
        return 4.0 if month % 12 == 3 else 3.0

    return Question(
        "speed",
        {
            "customer": Stream(
                period(level(0), 0),
                period(level(3), 91),
                tuple(period(level(k), round(k * MONTH)) for k in range(-windows, 0)),
            )
        },
        flagged="named",
        window_days_apart=91,
        cluster_name="team",
    )


def test_a_yearly_peak_is_no_effect_where_the_history_shows_it():
    short, long = (judge([question(windows)], Decide())[0] for windows in (8, 14))
    assert short.outcome is Outcome.IMPROVED  # nothing in eight months tells of the peak
    assert short.estimate == pytest.approx(1.0)
    assert long.outcome is not Outcome.IMPROVED
    assert long.estimate == pytest.approx(0.0)


def test_the_verdict_says_whether_a_season_was_taken_off():
    with speaking("en"):
        short, long = (
            " ".join(str(one) for one in judge([question(windows)], Decide())[0].assumptions)
            for windows in (8, 14)
        )
    assert "fewer than 12 months of history" in short
    assert "as the season (years seen: 1)" in long


def test_windows_without_dates_are_months():
    asked = question(14)
    stream = asked.streams["customer"]
    undated = replace(
        stream,
        before=replace(stream.before, day=None),
        after=replace(stream.after, day=None),
        history=tuple(replace(one, day=None) for one in stream.history),
    )
    plain = judge([asked], Decide())[0]
    blind = replace(asked, streams={"customer": undated}, window_days_apart=0)
    assert judge([blind], Decide())[0].estimate == pytest.approx(plain.estimate)
