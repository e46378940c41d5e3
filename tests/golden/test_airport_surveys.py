"""Scores and comparisons of the real airport surveys agree with an independent computation."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopqa import compare, score
from loopqa.model.verdict import Outcome
from tests.shared_data import SHARED, expected, needs_shared

pytestmark = needs_shared

YEARS = (2014, 2015, 2016, 2017)
PAIRS = ((2014, 2015), (2015, 2016), (2016, 2017))
AREAS = "ABCDEFG"
WEIGHTS = Path(__file__).parent / "workflows" / "airport-survey-weights.yaml"


def survey(year: int) -> Path:
    return SHARED / "data" / "sfo" / f"sfo_{year}.csv"


def area(year: int) -> str:
    """The survey of 2014 calls the boarding area by another name."""
    return "AREA" if year == 2014 else "BAREA"


def near(value):
    return pytest.approx(value, abs=1e-6, rel=0)


@pytest.mark.parametrize("year", YEARS)
def test_every_dimension_has_the_expected_answers_mean_and_shares(rubric, year):
    wanted = expected(f"sfo_{year}")
    result = score(rubric("airport-survey"), survey(year))
    assert result.rows.to_dict() == {
        "read": wanted["rows"],
        "loaded": wanted["rows"],
        "rejected": 0,
    }
    assert [one.id for one in result.card.dimensions] == list(wanted["dimensions"])
    for dimension in result.card.dimensions:
        figures = wanted["dimensions"][dimension.id]
        (indicator,) = dimension.indicators
        unanswered = sum(n for state, n in indicator.states.items() if state != "answered")
        assert dimension.n == figures["n"]
        assert {f"{level:g}": n for level, n in indicator.counts.items()} == figures["hist"]
        assert unanswered == wanted["missing_or_na"][dimension.id]
        assert dimension.mean == dimension.score == near(figures["mean"])
        assert dimension.sd == near(figures["sd_sample"])
        assert dimension.top_share == near(figures["high_share"])
        assert dimension.bottom_share == near(figures["low_share"])


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("column", ["BAREA", "STRATA"])
def test_every_segment_has_the_expected_answers_mean_and_shares(rubric, year, column):
    wanted = expected(f"sfo_{year}")["segments"][column]
    name = area(year) if column == "BAREA" else column
    result = score(rubric("airport-survey"), survey(year), by=name)
    got = {one.by[name]: one.card for one in result.segments if one.by[name] in wanted}
    assert set(got) == set(wanted)
    for segment, dimensions in wanted.items():
        for dimension in got[segment].dimensions:
            figures = dimensions[dimension.id]
            assert dimension.n == figures["n"]
            assert dimension.mean == near(figures["mean"])
            assert dimension.top_share == near(figures["high_share"])
            assert dimension.bottom_share == near(figures["low_share"])


@pytest.mark.parametrize("year", YEARS)
def test_weighted_means_use_the_survey_s_own_weights(rubric, year):
    wanted = expected(f"sfo_{year}")["dimensions"]
    card = score(rubric("airport-survey-weighted"), survey(year), workflow=WEIGHTS).card
    for dimension in card.dimensions:
        assert dimension.n == wanted[dimension.id]["n"]
        assert dimension.score == near(wanted[dimension.id]["weighted_mean"])


def test_the_net_promoter_score_of_2017_overall_and_by_boarding_area(rubric):
    wanted = expected("sfo_2017")
    result = score(rubric("recommendation"), survey(2017), by="BAREA")
    cards = {"": result.card} | {one.by["BAREA"]: one.card for one in result.segments}
    for name, figures in {"": wanted["nps"], **wanted["nps_by_BAREA"]}.items():
        indicator = cards[name].dimension("loyalty").indicators[0]
        assert indicator.n == figures["n"]
        assert indicator.value == near(figures["nps"])
        promoters = sum(n for level, n in indicator.counts.items() if level >= 9)
        detractors = sum(n for level, n in indicator.counts.items() if level <= 6)
        assert promoters == figures["promoters_9_10"]
        assert detractors == figures["detractors_0_6"]


def assert_change(judged, figures):
    assert (judged.before.n, judged.after.n) == (figures["n_before"], figures["n_after"])
    assert judged.before.mean == near(figures["mean_before"])
    assert judged.after.mean == near(figures["mean_after"])
    assert judged.change.difference == near(figures["diff"])
    assert judged.change.interval == near(tuple(figures["welch_ci95"]))
    assert judged.change.p == pytest.approx(figures["welch_p"], rel=1e-6, abs=0)
    assert judged.effect_size.p_superiority == near(figures["prob_superiority_after"])


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_every_change_agrees_with_welch(rubric, before, after):
    wanted = expected(f"sfo_compare_{before}_{after}")["all"]["dimensions"]
    result = compare(rubric("airport-survey"), before=survey(before), after=survey(after))
    assert [one.dimension for one in result.verdicts] == list(wanted)
    for judged in result.verdicts:
        assert_change(judged, wanted[judged.dimension])


@pytest.mark.parametrize(("before", "after"), PAIRS[1:])
def test_every_change_of_a_boarding_area_agrees_with_welch(rubric, before, after):
    wanted = expected(f"sfo_compare_{before}_{after}")["by_BAREA_Q7ALL"]
    for name in AREAS:
        result = compare(
            rubric("airport-survey"),
            before=survey(before),
            after=survey(after),
            scope={"BAREA": name},
            comparison=False,
            dimensions="Q7ALL",
        )
        (judged,) = (one for one in result.verdicts if one.dimension == "Q7ALL")
        assert_change(judged, wanted[name])


def test_a_renamed_segment_column_is_matched_by_the_rows_of_each_survey(rubric, tmp_path):
    wanted = expected("sfo_compare_2014_2015")["by_BAREA_Q7ALL"]
    renamed = tmp_path / "sfo_2014.csv"
    header, rest = survey(2014).read_text(encoding="utf-8-sig").split("\n", 1)
    columns = ["BAREA" if one == "AREA" else one for one in header.split(",")]
    renamed.write_text(",".join(columns) + "\n" + rest, encoding="utf-8")
    for name in AREAS:
        result = compare(
            rubric("airport-survey"),
            before=renamed,
            after=survey(2015),
            scope={"BAREA": name},
            comparison=False,
        )
        (judged,) = (one for one in result.verdicts if one.dimension == "Q7ALL")
        assert_change(judged, wanted[name])


@pytest.mark.parametrize(("before", "after"), PAIRS[1:])
@pytest.mark.parametrize("name", ["", *AREAS])
def test_years_without_a_known_action_bring_no_improved_and_no_worsened(
    rubric, before, after, name
):
    result = compare(
        rubric("airport-survey"),
        before=survey(before),
        after=survey(after),
        scope={"BAREA": name} if name else None,
    )
    claimed = [
        (one.dimension, one.outcome)
        for one in result.verdicts
        if one.outcome in {Outcome.IMPROVED, Outcome.WORSENED}
    ]
    assert claimed == []
    assert len(result.verdicts) == 15
