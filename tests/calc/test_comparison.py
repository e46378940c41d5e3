"""Verdicts on questions made by hand: every row of the decision table, and what holds for all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from loopqa.calc.verdict.judgement import judge
from loopqa.language import speaking
from loopqa.model.rubric import Decide
from loopqa.model.tally import Moments
from loopqa.model.verdict import (
    Arm,
    Asked,
    ModeChanged,
    Outcome,
    PairMoments,
    Period,
    Question,
    ScoreChange,
    Stream,
)
from loopqa.model.yardstick import Kind, Yardstick
from tests.calc.handmade import TEAMS, arm, level, question

DECIDE = Decide()


def one(of: Question, decide: Decide = DECIDE):
    return judge([of], decide)[0]


TABLE = [
    (Asked.RANDOM, True, 8, "random+comparison+history", 0.95),
    (Asked.RANDOM, True, 0, "random+comparison", 0.95),
    (Asked.RANDOM, False, 8, "random+history", 0.975),
    (Asked.SAME, True, 8, "same+comparison+history", 0.95),
    (Asked.SAME, True, 0, "same+comparison", 0.95),
    (Asked.SAME, False, 8, "same+history", 0.975),
    (Asked.LOW, True, 8, "low+comparison+history", 0.95),
    (Asked.LOW, True, 0, "low+comparison", 0.95),
    (Asked.LOW, False, 8, "low+history", 0.975),
]


@pytest.mark.parametrize(("asked", "comparison", "windows", "design", "confidence"), TABLE)
@pytest.mark.parametrize(
    ("after", "outcomes"),
    [
        (4.4, {Outcome.IMPROVED}),
        (1.6, {Outcome.WORSENED}),
        (2.92, {Outcome.INCONCLUSIVE, Outcome.NO_CHANGE}),
    ],
)
def test_every_row_of_the_table_decides(
    asked, comparison, windows, design, confidence, after, outcomes
):
    verdict = one(question(after, asked=asked, comparison=comparison, windows=windows))
    assert verdict.outcome in outcomes
    assert verdict.design == design
    assert verdict.confidence == confidence
    low, high = verdict.interval
    assert low <= verdict.estimate <= high
    assert verdict.assumptions
    assert (verdict.reason is None) == (verdict.outcome is not Outcome.INCONCLUSIVE)
    assert (verdict.remedy is None) == (verdict.outcome is not Outcome.INCONCLUSIVE)


def test_a_change_shown_to_be_immaterial_is_no_change():
    verdict = one(question(2.92, n=8000))
    assert verdict.outcome is Outcome.NO_CHANGE
    assert -0.25 < verdict.interval[0] < verdict.interval[1] < 0.25


def test_the_comparisons_movement_is_taken_off():
    moved = question(3.3)
    stream = moved.streams["customer"]
    after = replace(stream.after, comparison=arm(3.7, 400))
    both = replace(moved, streams={"customer": replace(stream, after=after)})
    assert one(moved).outcome is Outcome.IMPROVED
    assert one(both).outcome is not Outcome.IMPROVED
    assert one(both).score_change is ScoreChange.UP


def test_the_change_is_welchs_without_clusters():
    before = [1.0, 2.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 3.0, 5.0, 4.0]
    after = [3.0, 3.0, 4.0, 2.0, 5.0, 4.0, 4.0, 5.0, 3.0, 4.0, 2.0, 5.0]
    stream = Stream(Period({"": Moments.of(before)}), Period({"": Moments.of(after)}))
    change = one(Question("speed", {"customer": stream})).change
    expected = stats.ttest_ind(after, before, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert change.p == pytest.approx(expected.pvalue, abs=1e-9)
    assert change.interval == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_clusters_that_move_apart_widen_the_change():
    calm = question(3.3).streams["customer"]
    scope = {
        name: level(3.3 + shift, 100)
        for name, shift in zip(TEAMS, (-0.6, -0.2, 0.2, 0.6), strict=True)
    }
    apart = replace(calm, after=replace(calm.after, scope=scope))
    narrow, wide = (
        one(replace(question(3.3), streams={"customer": stream})).change for stream in (calm, apart)
    )
    assert wide.difference == pytest.approx(narrow.difference)
    assert wide.interval[1] - wide.interval[0] > 2 * (narrow.interval[1] - narrow.interval[0])


def test_the_change_of_the_same_customers_is_the_paired_t():
    before = [1, 2, 2, 3, 4, 3, 2, 1, 3, 5, 4, 2]
    after = [3, 3, 2, 4, 5, 4, 3, 3, 3, 4, 5, 3]
    sums = PairMoments(
        12,
        sum(before),
        sum(after),
        sum(x * x for x in before),
        sum(y * y for y in after),
        sum(x * y for x, y in zip(before, after, strict=True)),
    )
    stream = Stream(
        Period({"": level(3.0, 60)}), Period({"": level(3.4, 12)}), pairs={Arm.SCOPE: {"": sums}}
    )
    verdict = one(Question("speed", {"customer": stream}, asked=Asked.SAME))
    expected = stats.ttest_rel(after, before)
    assert verdict.change.p == pytest.approx(expected.pvalue, abs=1e-9)
    assert verdict.change.interval == pytest.approx(
        tuple(expected.confidence_interval(0.95)), abs=1e-9
    )
    assert verdict.after.mean - verdict.before.mean == pytest.approx(verdict.change.difference)


def small_comparison() -> Question:
    """A question whose comparison has eight answers after the action."""
    asked = question(4.4, windows=0)
    stream = asked.streams["customer"]
    after = replace(stream.after, comparison=arm(3.3, 8))
    return replace(asked, streams={"customer": replace(stream, after=after)})


REASONS = {
    "few": (
        question(4.4, n=8),
        "only 8 answers by customer in the scope after the action; the least is 10",
    ),
    "neither": (
        question(4.4, comparison=False, windows=5),
        "without a comparison and without 6 earlier windows a change can't be put down to the "
        "action, because scores also move by themselves",
    ),
    "everything": (
        question(4.4, comparison=False, windows=0, whole_population=True),
        "the scope is everything there is, and fewer than 6 earlier windows are known",
    ),
    "small comparison": (
        small_comparison(),
        "the comparison has only 8 answers in one of the periods, the least is 10, and fewer than "
        "6 earlier windows are known",
    ),
    "low alone": (
        question(4.4, asked=Asked.LOW, comparison=False, windows=0),
        "only low scorers were asked, without comparison or history: they rise by 0.36 to 0.96 "
        "points even if nothing is done (regression to the mean)",
    ),
    "mode": (
        question(4.4, mode_changed=ModeChanged.SCOPE),
        "the survey's mode or wording changed in the scope only",
    ),
    "mode, nothing beside": (
        question(4.4, mode_changed=ModeChanged.BOTH, comparison=False),
        "the survey's mode or wording changed and there is no comparison",
    ),
    "mode, low": (
        question(4.4, mode_changed=ModeChanged.BOTH, asked=Asked.LOW),
        "the survey's mode or wording changed and only low scorers were asked",
    ),
    "two teams": (
        question(4.4, windows=0, teams=(1, 1), team_name="team"),
        "one team against one other, without history: whatever else hit one team can't be told "
        "from an effect",
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_can_not_be_known_is_inconclusive_and_says_why(name):
    asked, reason = REASONS[name]
    verdict = one(asked)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.estimate is None
    assert verdict.interval is None
    assert verdict.score_change is ScoreChange.UP
    with speaking("en"):
        assert str(verdict.reason) == reason
        assert str(verdict.remedy)


def test_low_scorers_who_can_not_be_matched_decide_nothing():
    asked = replace(question(4.4), asked=Asked.LOW)
    verdict = one(asked)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    with speaking("en"):
        assert "answer higher the next time even if nothing is done" in str(verdict.reason)


def test_the_same_customers_without_ids_are_taken_as_two_samples():
    verdict = one(replace(question(4.4), asked=Asked.SAME))
    assert verdict.design == "same-unpaired+comparison+history"
    assert verdict.outcome is Outcome.IMPROVED
    assert "no customer ids" in " ".join(assumption.template for assumption in verdict.assumptions)


def test_low_scorers_who_only_regressed_have_not_improved():
    verdict = one(question(2.9, asked=Asked.LOW))
    assert verdict.score_change is ScoreChange.UP
    assert verdict.outcome is not Outcome.IMPROVED
    assert verdict.estimate == pytest.approx(0.0, abs=0.05)


def test_a_scope_of_one_team_is_judged_at_half_the_error_and_says_so():
    verdict = one(question(4.4, teams=(1, 4), team_name="team"))
    assert verdict.confidence == 0.975
    with speaking("en"):
        shock = "a shock to it (whatever else hit this team alone) can't be told from an effect"
        assert f"only one team: {shock}" in [str(assumption) for assumption in verdict.assumptions]


def test_the_same_customers_are_judged_at_half_the_error_where_local_shocks_were_measured():
    calm = question(4.4, asked=Asked.SAME)
    stream = calm.streams["customer"]
    shaken = tuple(
        replace(period, scope=arm(2.95 + 0.5 * (-1) ** number))
        for number, period in enumerate(stream.history)
    )
    restless = replace(calm, streams={"customer": replace(stream, history=shaken)})
    assert one(calm).confidence == 0.95
    assert one(restless).confidence == 0.975


def test_the_flag_takes_improved_away_but_never_makes_worsened():
    lucky = question(3.3, windows=0)
    named = one(replace(lucky, flagged="named"))
    flagged = one(replace(lucky, baseline_cells=(2.9, *[3.3] * 5, *[3.2, 3.4] * 5)))
    assert flagged.estimate < named.estimate
    assert flagged.interval[0] < named.interval[0]
    assert flagged.interval[1] > named.estimate


def test_an_allowed_shock_grows_with_the_time_between_the_windows():
    """A drop that tells after a quarter may be drift after a year, without history to say so."""
    fall = question(2.5, windows=0, n=4000)
    after_a_year = replace(fall, window_days_apart=365)
    (soon,) = judge([fall], DECIDE)
    (late,) = judge([after_a_year], DECIDE)
    assert soon.outcome is Outcome.WORSENED
    assert late.outcome is Outcome.INCONCLUSIVE
    assert soon.interval is not None
    assert late.interval is not None
    assert late.interval[0] < soon.interval[0] < soon.interval[1] < late.interval[1]
    assert late.estimate == pytest.approx(soon.estimate)


@pytest.mark.parametrize("cells", [(), (2.9,), (2.9, 2.95), (2.9, 2.92, 3.4, 3.1)])
def test_few_cells_are_judged_given_that_the_lowest_was_picked(cells):
    plain = one(question(3.25, windows=0, flagged="named"))
    picked = one(question(3.25, windows=0, baseline_cells=cells))
    low, high = picked.interval
    assert low <= picked.estimate <= high
    assert low <= plain.interval[0] + 1e-9
    assert high == pytest.approx(plain.interval[1])


def test_several_dimensions_together_need_more_than_one_alone():
    faint = next(
        asked
        for asked in (replace(question(2.9 + step / 100), dimension="a") for step in range(100))
        if one(asked).outcome is Outcome.IMPROVED
    )
    others = [replace(question(2.9), dimension=name) for name in "bcde"]
    alone, together = one(faint), judge([faint, *others], DECIDE)[0]
    assert alone.interval == together.interval
    assert together.outcome is Outcome.INCONCLUSIVE
    with speaking("en"):
        assert "would stand alone, but 5 dimensions were judged together" in str(together.reason)
    primary = judge([faint, *others], DECIDE, primary=["a"])
    assert [verdict.primary for verdict in primary] == [True, False, False, False, False]
    assert primary[0].outcome is Outcome.IMPROVED


def test_a_blend_adds_up_differences_and_variances():
    single = question(3.5)
    stream = single.streams["customer"]
    blend = replace(
        single,
        streams={
            "customer": replace(stream, weight=0.6),
            "internal": replace(stream, weight=0.4),
        },
    )
    alone, both = one(single), one(blend)
    assert both.estimate == pytest.approx(alone.estimate)
    assert both.change.difference == pytest.approx(alone.change.difference)
    width = alone.interval[1] - alone.interval[0]
    assert 0.7 * width < both.interval[1] - both.interval[0] < width
    assert both.effect_size.p_superiority is None


def test_a_fall_is_an_improvement_where_lower_is_better():
    """Inside, more is always better; the figures are turned back for people."""
    risen = one(question(4.4, yardstick=Yardstick(Kind.AMOUNT, "min", lower_is_better=True)))
    plain = one(question(4.4))
    assert (risen.outcome, risen.score_change) == (Outcome.IMPROVED, ScoreChange.DOWN)
    assert risen.estimate == -plain.estimate
    assert risen.interval == (-plain.interval[1], -plain.interval[0])
    assert (risen.before.mean, risen.after.mean) == (-plain.before.mean, -plain.after.mean)
    assert (risen.unit, risen.change_unit, plain.change_unit) == ("min", "min", "")


def test_a_remedy_names_how_many_answers_would_tell():
    verdict = one(question(3.0, n=80))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.answers_needed > 80
    with speaking("en"):
        assert str(verdict.remedy) == (
            f"about {verdict.answers_needed} answers in the scope after the action, instead of 80, "
            "would show a change of 0.25"
        )


def test_where_drift_hides_the_effect_the_remedy_is_not_more_answers():
    verdict = one(question(3.0, comparison=False), replace(DECIDE, material_change=0.1))
    assert verdict.answers_needed is None
    with speaking("en"):
        assert str(verdict.remedy).startswith(
            "more follow-up answers alone do not help: a comparison"
        )


def test_a_high_comparison_is_warned_of():
    asked = question(3.3)
    stream = asked.streams["customer"]
    happy = replace(
        asked,
        streams={"customer": replace(stream, before=replace(stream.before, comparison=arm(4.3)))},
    )
    warning = "near the better end of the scale"
    assert warning in " ".join(a.template for a in one(happy).assumptions)
    assert warning not in " ".join(a.template for a in one(asked).assumptions)


def shifted(of: Question, factor: float, offset: float) -> Question:
    """The same question on another scale."""

    def move(moments: Moments) -> Moments:
        n, total, squares = moments.n, moments.total, moments.squares
        return Moments(
            n,
            factor * total + offset * n,
            factor**2 * squares + 2 * factor * offset * total + offset**2 * n,
        )

    def period(one: Period) -> Period:
        return Period(
            {name: move(m) for name, m in one.scope.items()},
            {name: move(m) for name, m in one.comparison.items()},
            one.day,
        )

    stream = of.streams["customer"]
    moved = replace(
        stream,
        before=period(stream.before),
        after=period(stream.after),
        history=tuple(period(one) for one in stream.history),
    )
    return replace(
        of,
        streams={"customer": moved},
        baseline_cells=tuple(factor * cell + offset for cell in of.baseline_cells),
        flag_cut=factor * 3.0 + offset,
        scale=(factor + offset, 5 * factor + offset),
        unit=factor,
    )


@pytest.mark.parametrize(("comparison", "windows"), [(True, 8), (True, 0), (False, 8)])
def test_another_scale_gives_the_same_verdict_in_its_own_points(comparison, windows):
    asked = question(3.4, comparison=comparison, windows=windows)
    plain, moved = one(asked), one(shifted(asked, 25.0, -25.0))
    assert moved.outcome is plain.outcome
    assert moved.estimate == pytest.approx(25 * plain.estimate)
    assert moved.interval == pytest.approx([25 * bound for bound in plain.interval])


def test_names_of_clusters_and_their_order_do_not_matter():
    asked = question(3.3)
    names = dict(zip(TEAMS, ("Z", "B", "Y", "A"), strict=True))

    def rename(of: Period) -> Period:
        return Period(
            {names[name]: of.scope[name] for name in reversed(of.scope)},
            {names[name]: of.comparison[name] for name in reversed(of.comparison)},
            of.day,
        )

    stream = asked.streams["customer"]
    renamed = replace(
        stream,
        before=rename(stream.before),
        after=rename(stream.after),
        history=tuple(rename(period) for period in stream.history),
    )
    plain, other = one(asked), one(replace(asked, streams={"customer": renamed}))
    assert other.outcome is plain.outcome
    assert other.interval == pytest.approx(plain.interval)


cells = st.lists(st.integers(1, 5).map(float), max_size=14).map(Moments.of)
clusters = st.dictionaries(st.sampled_from(["T1", "T2", "T3"]), cells, max_size=3)
periods = st.builds(Period, clusters, clusters)
two = st.tuples(st.integers(1, 5), st.integers(1, 5))


@st.composite
def pair_sums(draw) -> PairMoments:
    rows = draw(st.lists(two, max_size=14))
    return sum((PairMoments(1, x, y, x * x, y * y, x * y) for x, y in rows), PairMoments())


streams = st.builds(
    Stream,
    before=periods,
    after=periods,
    history=st.lists(periods, max_size=8).map(tuple),
    pairs=st.dictionaries(
        st.sampled_from(list(Arm)), st.dictionaries(st.sampled_from(["T1", "T2"]), pair_sums())
    ),
    retest=pair_sums(),
)
strange = st.builds(
    Question,
    dimension=st.just("speed"),
    streams=st.dictionaries(st.sampled_from(["customer", "internal"]), streams, max_size=2),
    baseline_cells=st.lists(st.floats(1, 5), max_size=12).map(tuple),
    asked=st.sampled_from(list(Asked)),
    flagged=st.sampled_from(["lowest", "below", "named"]),
    flag_cut=st.none() | st.just(3.0),
    mode_changed=st.sampled_from(list(ModeChanged)),
    window_days_apart=st.integers(0, 400),
    cluster_name=st.sampled_from(["", "team"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(strange, max_size=3))
def test_no_evidence_however_odd_makes_it_fail(questions):
    for verdict in judge(questions, DECIDE):
        assert verdict.to_dict()["verdict"] in {"improved", "worsened", "no_change", "inconclusive"}
        if verdict.interval is not None:
            low, high = verdict.interval
            assert low <= verdict.estimate <= high
        assert (verdict.outcome is Outcome.INCONCLUSIVE) == (verdict.reason is not None)
