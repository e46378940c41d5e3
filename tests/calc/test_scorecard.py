"""From counts to scores: the order of operations, blends, states, targets and the composite."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from loopqa.calc.scoring.scorecard import scorecard
from loopqa.calc.scoring.segments import segments
from loopqa.model.coding import State
from loopqa.model.rubric import (
    Blend,
    ColumnMeasure,
    Critical,
    FindingRule,
    Rubric,
    WhenMissing,
)
from loopqa.model.score import Grade, ScoreCard
from loopqa.model.tally import Tally
from tests.calc.small_rubrics import (
    HUNDRED,
    NOW,
    Case,
    answers,
    blend,
    dimension,
    indicator,
    rubric,
    schemes_of,
    spread_out,
    tally_of,
    target,
)
from tests.shared_data import expected, needs_shared


def card_of(standard: Rubric, cases: list[Case]) -> ScoreCard:
    return scorecard(standard, schemes_of(standard), tally_of(standard, cases), window=NOW)


def two_raters(**more: object) -> Rubric:
    internal = indicator("review", rater="internal")
    return rubric(dimension("care", indicator(), internal), blend=blend(), **more)  # type: ignore[arg-type]


def test_the_statistics_of_one_dimension() -> None:
    standard = rubric(dimension("speed"))
    score = card_of(standard, spread_out("speed.rating", {1: 10, 2: 25, 3: 45, 4: 15, 5: 5}))
    speed = score.dimension("speed")
    values = [v for v, n in {1: 10, 2: 25, 3: 45, 4: 15, 5: 5}.items() for _ in range(n)]
    assert (speed.n, speed.mean, speed.score) == (100, 2.8, 2.8)
    assert (speed.top_share, speed.bottom_share) == (0.2, 0.35)
    assert speed.sd == pytest.approx(stats.tstd(values), rel=1e-12)
    assert speed.interval == pytest.approx(DescrStatsW(values).tconfint_mean(), rel=1e-9)
    assert speed.by_rater == {"customer": 2.8}
    assert score.composite.to_dict() == {"score": 2.8, "n": 100, "minimum": 2.8}


def test_all_five_states_are_counted() -> None:
    measure = ColumnMeasure(
        ("rating",), not_applicable=frozenset({"6"}), refused=frozenset({"no comment"})
    )
    standard = rubric(dimension("speed", indicator(measure=measure)))
    card = card_of(standard, answers("speed.rating", 5, 4, None, "", 6, "no comment"))
    found = card.dimension("speed").indicators[0]
    assert found.states == {
        "answered": 2,
        "missing": 2,
        "not_applicable": 1,
        "refused": 1,
        "pending": 0,
    }
    assert found.n == 2
    assert found.counts == {4.0: 1, 5.0: 1}
    assert set(found.states) == {state.value for state in State}


def test_a_window_without_answers_has_no_scores() -> None:
    standard = rubric(dimension("speed", target=target(">= 3.8")))
    card = scorecard(standard, schemes_of(standard), Tally(), window=NOW)
    speed = card.dimension("speed")
    assert (speed.n, speed.mean, speed.sd, speed.interval, speed.score) == (
        0,
        None,
        None,
        None,
        None,
    )
    assert (speed.top_share, speed.bottom_share, speed.gap) == (None, None, None)
    assert speed.grade is Grade.NONE
    assert card.composite.to_dict() == {"score": None, "n": 0, "minimum": None}


def test_only_the_window_asked_for_is_scored() -> None:
    standard = rubric(dimension("speed"))
    cases = [*answers("speed.rating", 5, 5), *answers("speed.rating", 1, window="before")]
    assert card_of(standard, cases).dimension("speed").score == 5


def test_groups_can_be_picked() -> None:
    standard = rubric(dimension("speed"))
    cases = [
        *answers("speed.rating", 5, 4, channel="phone"),
        *answers("speed.rating", 1, channel="chat"),
    ]
    counts = tally_of(standard, cases, by=("channel",))
    card = scorecard(
        standard, schemes_of(standard), counts, window=NOW, group=lambda one: one == ("phone",)
    )
    assert card.dimension("speed").score == 4.5


# Blends


@pytest.mark.parametrize(
    ("customer", "internal", "score"), [(5, 5, 5.0), (4, 3, 3.6), (2, 4, 2.8), (3, 3, 3.0)]
)
def test_customer_and_internal_are_blended(customer: int, internal: int, score: float) -> None:
    cases = [*answers("care.rating", customer), *answers("care.review", internal)]
    care = card_of(two_raters(), cases).dimension("care")
    assert care.score == score
    assert care.by_rater == {"customer": customer, "internal": internal}


def test_a_blend_of_exactly_three_is_not_below_three() -> None:
    cases = [*answers("care.rating", 3, 4), *answers("care.review", 2, 2, 2, 3)]
    care = card_of(two_raters(), cases).dimension("care")
    assert care.by_rater == {"customer": 3.5, "internal": 2.25}
    assert care.score == 3.0


def test_a_missing_side_leaves_no_score_but_shows_the_other() -> None:
    care = card_of(two_raters(), answers("care.review", 4)).dimension("care")
    assert (care.score, care.mean, care.interval, care.n) == (None, None, None, 0)
    assert care.by_rater == {"customer": None, "internal": 4.0}


def test_the_present_side_takes_the_weight_where_the_rubric_says_so() -> None:
    standard = replace(two_raters(), blend=blend(when_missing=WhenMissing.USE_PRESENT))
    care = card_of(standard, answers("care.review", 4, 5)).dimension("care")
    assert (care.score, care.mean, care.n) == (4.5, 4.5, 2)


def test_a_rater_without_an_indicator_in_a_dimension_has_no_say_in_it() -> None:
    standard = rubric(dimension("speed"), blend=blend())
    assert card_of(standard, answers("speed.rating", 2)).dimension("speed").score == 2


def test_a_rater_with_unscored_indicators_only_has_no_say() -> None:
    shown = indicator("review", rater="internal", score={"type": "none"}, weight=0.0)
    standard = rubric(dimension("care", indicator(), shown), blend=blend())
    care = card_of(standard, answers("care.rating", 4)).dimension("care")
    assert (care.score, care.by_rater) == (4.0, {"customer": 4.0})


def test_without_a_blend_raters_share_equally() -> None:
    standard = replace(two_raters(), blend=Blend())
    cases = [*answers("care.rating", 5), *answers("care.review", 2)]
    assert card_of(standard, cases).dimension("care").score == 3.5


def test_the_interval_of_a_blend_combines_the_variances_of_its_samples() -> None:
    customer, internal = {1: 30, 3: 20, 5: 50}, {2: 10, 4: 20}
    cases = [*spread_out("care.rating", customer), *spread_out("care.review", internal)]
    care = card_of(two_raters(), cases).dimension("care")
    first = DescrStatsW([1, 3, 5], weights=[30, 20, 50])
    second = DescrStatsW([2, 4], weights=[10, 20])
    error = math.sqrt(0.36 * first.std_mean**2 + 0.16 * second.std_mean**2)
    half = stats.t.ppf(0.975, 29) * error
    assert care.mean == pytest.approx(0.6 * first.mean + 0.4 * second.mean)
    assert care.interval == pytest.approx((care.score - half, care.score + half))  # type: ignore[operator]
    assert (care.n, care.sd) == (30, None)


# Indicators within a rater


def test_indicators_are_weighted_within_their_rater() -> None:
    standard = rubric(
        dimension("care", indicator("tone", weight=0.75), indicator("words", weight=0.25))
    )
    cases = [{"care.tone": 4, "care.words": 2}]
    assert card_of(standard, cases).dimension("care").score == 3.5


def test_an_unanswered_indicator_leaves_its_weight_to_the_others() -> None:
    standard = rubric(
        dimension("care", indicator("tone", weight=0.75), indicator("words", weight=0.25))
    )
    assert card_of(standard, [{"care.tone": 4}]).dimension("care").score == 4


def test_box_shares_are_pooled_over_indicators_on_the_rubrics_scale() -> None:
    likely = indicator(
        "likely",
        measure=ColumnMeasure(("likely",), low=0, high=10),
        score={"type": "nps"},
        weight=0.0,
    )
    standard = rubric(
        dimension("care", indicator("tone", weight=0.5), indicator("words", weight=0.5), likely)
    )
    cases = [{"care.tone": 5, "care.words": 1, "care.likely": 1}, {"care.tone": 4, "care.words": 3}]
    care = card_of(standard, cases).dimension("care")
    assert (care.top_share, care.bottom_share) == (0.5, 0.25)


def test_an_auto_fail_caps_the_score_case_by_case() -> None:
    """Counts alone can't tell; the mean of the capped case scores is taken."""
    critical = indicator("rude", critical=Critical(at_most=1, caps="dimension", to=1.0))
    standard = rubric(dimension("care", critical))
    counts = tally_of(standard, answers("care.rude", 1, 5))
    capped = replace(
        counts,
        moments=tuple(
            one._replace(total=200, squares=20_000) if one.quantity == "care@customer" else one
            for one in counts.moments
        ),
    )
    card = scorecard(standard, schemes_of(standard), capped, window=NOW)
    assert card.dimension("care").score == 1.0


def test_an_auto_fail_caps_the_composite_case_by_case() -> None:
    critical = indicator("rude", critical=Critical(at_most=1, caps="composite", to=1.0))
    standard = rubric(dimension("care", critical, weight=0.5), dimension("speed", weight=0.5))
    counts = tally_of(standard, [{"care.rude": 1, "speed.rating": 5}])
    capped = replace(
        counts,
        moments=tuple(
            one._replace(total=100, squares=10_000) if one.quantity == "composite" else one
            for one in counts.moments
        ),
    )
    card = scorecard(standard, schemes_of(standard), capped, window=NOW)
    assert card.composite.to_dict() == {"score": 1.0, "n": 1, "minimum": 1.0}


# Targets


def test_targets_are_met_missed_or_not_shown_by_the_interval() -> None:
    def grade_of(written: str, counts: dict[int, int]) -> Grade:
        standard = rubric(dimension("speed", target=target(written)))
        return card_of(standard, spread_out("speed.rating", counts)).dimension("speed").grade

    many = {3: 200, 4: 600, 5: 200}
    few = {3: 2, 4: 6, 5: 2}
    assert grade_of(">= 3.8", many) is Grade.MET
    assert grade_of(">= 4.2", many) is Grade.MISSED
    assert grade_of(">= 3.8", few) is Grade.NOT_SHOWN
    assert grade_of("<= 4.2", many) is Grade.MET
    assert grade_of("< 3.5", many) is Grade.MISSED
    assert grade_of(">= 3.8", {4: 1}) is Grade.NOT_SHOWN


def test_answers_without_any_spread_are_believed_when_there_are_enough() -> None:
    standard = rubric(dimension("speed", target=target(">= 4.5")))
    fives = card_of(standard, spread_out("speed.rating", {5: 4054})).dimension("speed")
    assert (fives.mean, fives.sd, fives.interval, fives.grade) == (5, 0, None, Grade.MET)
    two = card_of(standard, spread_out("speed.rating", {5: 2})).dimension("speed")
    assert two.grade is Grade.NOT_SHOWN


def test_the_gap_is_exact() -> None:
    standard = rubric(dimension("speed", target=target(">= 3.8")))
    assert card_of(standard, answers("speed.rating", 3, 4)).dimension("speed").gap == -0.3


# Composite


def test_the_composite_is_the_weighted_mean_of_the_dimensions() -> None:
    standard = rubric(dimension("speed", weight=0.4), dimension("care", weight=0.6))
    card = card_of(standard, [{"speed.rating": 4, "care.rating": 3}])
    assert card.composite.to_dict() == {"score": 3.4, "n": 1, "minimum": 3.0}


def test_a_dimension_nobody_answered_leaves_its_weight_to_the_others() -> None:
    standard = rubric(dimension("speed", weight=0.4), dimension("care", weight=0.6))
    card = card_of(standard, answers("speed.rating", 4))
    assert card.composite.to_dict() == {"score": 4.0, "n": 1, "minimum": 4.0}


def test_a_dimension_of_weight_zero_is_beside_the_composite() -> None:
    standard = rubric(dimension("speed"), dimension("overall", weight=0.0))
    card = card_of(standard, [{"speed.rating": 4, "overall.rating": 1}])
    assert (card.dimension("overall").score, card.composite.score) == (1.0, 4.0)
    assert card.composite.minimum == 4.0


def test_with_several_raters_the_composite_rests_on_the_smallest_dimension() -> None:
    standard = rubric(
        dimension("speed", weight=0.5),
        dimension("care", indicator("review", rater="internal"), weight=0.5),
    )
    cases = [*answers("speed.rating", 4, 4, 4), *answers("care.review", 2)]
    assert card_of(standard, cases).composite.n == 1


# Segments


def test_segments_are_put_together_by_the_columns_asked_for() -> None:
    standard = rubric(dimension("speed"))
    cases = [
        *answers("speed.rating", 5, channel="phone", team="A"),
        *answers("speed.rating", 3, channel="phone", team="B"),
        *answers("speed.rating", 1, channel="chat", team="A"),
        *answers("speed.rating", 2, team="A"),
    ]
    counts = tally_of(standard, cases, by=("channel", "team"))
    schemes = schemes_of(standard)
    by_channel = segments(standard, schemes, counts, window=NOW, by=("channel",))
    assert [(dict(one.by), one.card.dimension("speed").score) for one in by_channel] == [
        ({"channel": ""}, 2.0),
        ({"channel": "chat"}, 1.0),
        ({"channel": "phone"}, 4.0),
    ]
    both = segments(standard, schemes, counts, window=NOW, by=("team", "channel"))
    assert [tuple(one.by.values()) for one in both] == [
        ("A", ""),
        ("A", "chat"),
        ("A", "phone"),
        ("B", "phone"),
    ]


CASES = st.lists(
    st.fixed_dictionaries(
        {"speed.rating": st.sampled_from([None, 1, 2, 3, 4, 5]), "team": st.sampled_from("ABC")}
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(CASES)
def test_segments_add_up_to_the_whole(cases: list[Case]) -> None:
    standard = rubric(dimension("speed"))
    counts = tally_of(standard, cases, by=("team",))
    schemes = schemes_of(standard)
    whole = scorecard(standard, schemes, counts, window=NOW).dimension("speed")
    parts = [
        one.card.dimension("speed")
        for one in segments(standard, schemes, counts, window=NOW, by=("team",))
    ]
    assert sum(part.n for part in parts) == whole.n
    summed: Counter[float] = Counter()
    for part in parts:
        summed.update(part.indicators[0].counts)
    assert dict(summed) == dict(whole.indicators[0].counts)
    if whole.n:
        total = math.fsum((part.mean or 0) * part.n for part in parts)
        assert whole.mean == pytest.approx(total / whole.n)
        assert whole.score == whole.mean


@settings(deadline=None, max_examples=60)
@given(CASES, st.integers(2, 4))
def test_scores_do_not_depend_on_how_often_everything_was_counted(
    cases: list[Case], times: int
) -> None:
    standard = rubric(dimension("speed"))
    once = card_of(standard, cases).dimension("speed")
    often = card_of(standard, cases * times).dimension("speed")
    assert (once.score, once.top_share, once.bottom_share) == (
        often.score,
        often.top_share,
        often.bottom_share,
    )


# Worked examples of the requirement documents


@needs_shared
def test_the_after_sales_example_has_the_printed_composites() -> None:
    document = expected("golden_cases")["S1"]
    names = [f"d{number}" for number in range(5)]
    standard = rubric(*(dimension(name, weight=0.2) for name in names))
    cases = [
        {f"{name}.rating": score for name, score in zip(names, one["scores"], strict=True)}
        for one in document["customers"]
    ]
    for case, customer in zip(cases, document["customers"], strict=True):
        assert card_of(standard, [case]).composite.score == customer["composite_S1"]
    card = card_of(standard, cases)
    shares = document["derived_high_low_share"]
    for name, title in zip(names, document["dimensions"], strict=True):
        found = card.dimension(name)
        assert found.score == pytest.approx(document["derived_dimension_means"][title], abs=1e-12)
        assert [found.top_share, found.bottom_share] == pytest.approx(shares[title])
    assert card.composite.score == document["derived_overall_mean"]


@needs_shared
def test_the_blends_of_the_golden_cases() -> None:
    for one in expected("golden_cases")["S1"]["blend"]["own_cases"]:
        parts = [(0.6, one["customer"]), (0.4, one["qa"])]
        standard = rubric(
            dimension(
                "care",
                *(
                    indicator(
                        rater,
                        rater=rater,
                        measure=ColumnMeasure((rater,), low=1, high=5.5),
                    )
                    for rater in ("customer", "internal")
                ),
            ),
            blend=blend(),
            scale=replace(HUNDRED, low=1, high=5.5),
        )
        cases = [
            {f"care.{rater}": value}
            for rater, (_, value) in zip(("customer", "internal"), parts, strict=True)
            if value is not None
        ]
        assert card_of(standard, cases).dimension("care").score == one["blend"]


@needs_shared
def test_the_scorecard_of_the_assessment_report_adds_up() -> None:
    document = expected("golden_cases")["S2"]
    standard = rubric(
        *(
            dimension(
                f"d{number}",
                indicator(measure=ColumnMeasure(("rating",)), score={"type": "rating"}),
                weight=line["weight"],
            )
            for number, line in enumerate(document["scorecard"])
        ),
        scale=HUNDRED,
    )
    cases = [
        {f"d{number}.rating": line["score"] for number, line in enumerate(document["scorecard"])}
    ]
    assert card_of(standard, cases).composite.score == document["total_S1"]


@needs_shared
@pytest.mark.parametrize("year", [2014, 2015, 2016, 2017])
def test_the_airport_survey_has_the_expected_statistics(year: int) -> None:
    document = expected(f"sfo_{year}")
    names = list(document["dimensions"])
    standard = rubric(*(dimension(name) for name in names))
    cases: list[Case] = []
    for name in names:
        counts = {int(level): n for level, n in document["dimensions"][name]["hist"].items()}
        cases += spread_out(f"{name}.rating", counts)
    card = card_of(standard, cases)
    for name in names:
        found, wanted = card.dimension(name), document["dimensions"][name]
        assert found.n == wanted["n"]
        assert found.mean == pytest.approx(wanted["mean"], abs=1e-6)
        assert found.score == pytest.approx(wanted["mean"], abs=1e-6)
        assert found.sd == pytest.approx(wanted["sd_sample"], abs=1e-6)
        assert found.top_share == pytest.approx(wanted["high_share"], abs=1e-6)
        assert found.bottom_share == pytest.approx(wanted["low_share"], abs=1e-6)
        assert (found.score is not None and found.score < 3) is wanted["below_3"]


def test_the_finding_rule_sets_when_answers_without_spread_are_believed() -> None:
    standard = rubric(
        dimension("speed", target=target(">= 4.5")), finding=FindingRule(below=3, min_n=2)
    )
    speed = card_of(standard, spread_out("speed.rating", {5: 2})).dimension("speed")
    assert speed.grade is Grade.MET
