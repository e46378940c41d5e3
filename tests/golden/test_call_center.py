"""The call centre's workbook: bands, blend, shares, a scale on which every value is 5."""

from __future__ import annotations

import pytest

from loopqa import compare, score
from loopqa.model.verdict import Outcome, ScoreChange
from tests.shared_data import SHARED, expected, needs_shared

pytestmark = needs_shared

WORKBOOK = SHARED / "data" / "call_center_pwc" / "Call-Center-Dataset.xlsx"
JANUARY = "2021-01-01..2021-01-31"
MARCH = "2021-03-01..2021-03-31"


@pytest.fixture(scope="module")
def wanted():
    return expected("pwc_call_center")


def near(value):
    return pytest.approx(value, abs=1e-6, rel=0)


def assert_figures(dimension, figures):
    (indicator,) = dimension.indicators
    answered = {level: n for level, n in figures["hist"].items() if n}
    assert dimension.n == figures["n"]
    assert {f"{level:g}": n for level, n in indicator.counts.items() if n} == answered
    assert dimension.mean == dimension.score == near(figures["mean"])
    assert dimension.sd == near(figures["sd_sample"])
    assert dimension.top_share == near(figures["high_share"])
    assert dimension.bottom_share == near(figures["low_share"])


def assert_card(card, figures):
    answered, resolved = card.dimension("rates").indicators
    assert_figures(card.dimension("rating"), figures["rating"])
    assert_figures(card.dimension("speed"), figures["speed_score_seconds_rule"])
    assert card.dimension("service").score == near(figures["blend_60_40"])
    assert (answered.n, resolved.n) == (figures["calls"], figures["calls"])
    assert answered.value == near(100 * figures["answer_rate"])
    assert resolved.value == near(100 * figures["resolved_rate_all"])


def test_ratings_bands_blend_and_rates_of_all_calls(rubric, wanted):
    result = score(rubric("call-center"), WORKBOOK)
    assert result.rows.to_dict() == {"read": 5000, "loaded": 5000, "rejected": 0}
    assert_card(result.card, wanted["all"])
    assert result.card.dimension("service").score == near(2.9914158855)


@pytest.mark.parametrize(("column", "group"), [("Agent", "by_agent"), ("Topic", "by_topic")])
def test_the_same_by_agent_and_by_topic(rubric, wanted, column, group):
    result = score(rubric("call-center"), WORKBOOK, by=column)
    cards = {one.by[column]: one.card for one in result.segments}
    assert set(cards) == set(wanted[group])
    for name, figures in wanted[group].items():
        assert_card(cards[name], figures)


def test_a_scale_on_which_every_value_is_5_scores_5_with_no_spread(rubric, wanted):
    dimension = score(rubric("ceiling"), WORKBOOK).card.dimension("responsiveness")
    assert_figures(dimension, wanted["S1_minutes_score"])
    # No spread says nothing about how far the mean may be off: there is no interval.
    assert (dimension.score, dimension.sd, dimension.interval) == (5.0, 0.0, None)


@pytest.mark.parametrize("scope", [None, {"Agent": "Joe"}])
def test_a_scale_on_which_every_value_is_5_is_compared_without_a_claim(rubric, wanted, scope):
    result = compare(
        rubric("ceiling"), WORKBOOK, before=JANUARY, after=MARCH, at="Date", scope=scope
    )
    (judged,) = result.verdicts
    assert (judged.before.mean, judged.after.mean) == (5.0, 5.0)
    assert judged.change.difference == 0.0
    assert judged.score_change is ScoreChange.UNCLEAR
    assert judged.outcome not in {Outcome.IMPROVED, Outcome.WORSENED}
    assert judged.effect_size.p_superiority == 0.5


def test_ratings_of_january_and_march_by_agent(rubric, wanted):
    figures = wanted["compare_rating_2021_01_to_2021_03"]
    cases = {None: figures["all"], **figures["by_agent"]}
    for agent, one in cases.items():
        result = compare(
            rubric("call-center"),
            WORKBOOK,
            before=JANUARY,
            after=MARCH,
            at="Date",
            scope={"Agent": agent} if agent else None,
            comparison=False,
            dimensions="rating",
        )
        (judged,) = (each for each in result.verdicts if each.dimension == "rating")
        assert (judged.before.n, judged.after.n) == (one["n_before"], one["n_after"])
        assert judged.before.mean == near(one["mean_before"])
        assert judged.after.mean == near(one["mean_after"])
        assert judged.change.difference == near(one["diff"])
        assert judged.change.interval == near(tuple(one["welch_ci95"]))
        assert judged.change.p == pytest.approx(one["welch_p"], rel=1e-6, abs=0)
        assert judged.effect_size.p_superiority == near(one["prob_superiority_after"])
        assert judged.outcome is Outcome.INCONCLUSIVE


SPEED = """\
rubric: speed-of-answer
version: "1"
title: {en: Speed of answer}
scale: {low: 1, high: 5}
dimensions:
  speed:
    title: {en: Speed}
    indicators:
      seconds:
        measure: {column: Speed of answer in seconds}
        unit: s
        aggregate: median
        target: "<= 60"
        score: none
"""


def test_speed_of_answer_is_compared_by_its_ratio(tmp_path):
    """Nothing was done for any agent: geometric means as scipy has them, and no effect."""
    from python_calamine import CalamineWorkbook
    from scipy.stats import gmean

    path = tmp_path / "speed.yaml"
    path.write_text(SPEED, encoding="utf-8")
    header, *rows = CalamineWorkbook.from_path(str(WORKBOOK)).get_sheet_by_index(0).to_python()
    places = [header.index(name) for name in ("Agent", "Date", "Speed of answer in seconds")]
    calls = [tuple(row[place] for place in places) for row in rows if row[places[2]] != ""]
    agents = sorted({agent for agent, _, _ in calls})
    for agent in agents:
        (judged,) = compare(
            path, WORKBOOK, before=JANUARY, after=MARCH, at="Date", scope={"Agent": agent}
        ).verdicts
        for side, month in ((judged.before, "01"), (judged.after, "03")):
            seconds = [s for who, day, s in calls if who == agent and str(day)[5:7] == month]
            assert side.n == len(seconds)
            assert side.mean == pytest.approx(gmean(seconds), rel=5e-4)
        assert (judged.unit, judged.change_unit, judged.ratio) == ("s", "%", True)
        assert judged.outcome in {Outcome.INCONCLUSIVE, Outcome.NO_CHANGE}
