"""From tallies to questions: arms, clusters, cells, raters, scales and pairs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from loopqa.calc.question.questions import Request, questions
from loopqa.calc.verdict.judgement import judge
from loopqa.model.coding import LevelCoding, NumberCoding, State
from loopqa.model.rubric import Blend, Condition, Decide, WhenMissing
from loopqa.model.tally import LevelCount, MomentSum, PairCount, PairSum, Tally
from loopqa.model.verdict import Arm, Asked, PairMoments
from loopqa.model.yardstick import Kind, Yardstick
from tests.calc.counting import Count, FixedScheme, rating_schemes, rubric

PHONE = (("channel", ("phone",)),)
CHANNELS = {"phone": ("T1", "T2"), "chat": ("T3", "T4"), "mail": ("T5", "T6")}


def cases(
    seed: int = 1, per_team: int = 12, windows=("before", "after"), dimensions=("speed", "care")
):
    """Random ratings of three channels with two teams of two agents each."""
    random = np.random.default_rng(seed)
    return [
        (
            window,
            (channel, team, agent),
            {name: float(random.integers(1, 6)) for name in dimensions},
        )
        for window in windows
        for channel, teams in CHANNELS.items()
        for team in teams
        for agent in (f"{team}a", f"{team}b")
        for _ in range(per_team)
    ]


BY = ("channel", "team", "agent")
RUBRIC = rubric(["speed", "care"])
SCHEMES = rating_schemes(RUBRIC)


def ask(request: Request, rows=None, of=RUBRIC, **more):
    return questions(
        of, rating_schemes(of), Count(BY).add(rows or cases()).tally(), request, **more
    )


def test_scope_and_comparison_are_split_by_cluster():
    speed, care = ask(Request(scope=PHONE, cluster=("team",)))
    stream = speed.streams["customer"]
    assert (speed.dimension, care.dimension) == ("speed", "care")
    assert set(stream.before.scope) == {"T1", "T2"}
    assert set(stream.after.comparison) == {"T3", "T4", "T5", "T6"}
    expected = [s["speed"] for w, g, s in cases() if w == "before" and g[1] == "T1"]
    assert stream.before.scope["T1"].n == len(expected)
    assert stream.before.scope["T1"].mean == pytest.approx(np.mean(expected))
    assert stream.before.scope["T1"].variance == pytest.approx(np.var(expected, ddof=1))
    assert (speed.cluster_name, speed.teams) == ("team", (2, 4))


def test_only_the_dimensions_asked_about_are_answered():
    assert [q.dimension for q in ask(Request(dimensions=("care",)))] == ["care"]


def test_without_a_scope_everything_is_the_scope():
    speed, _ = ask(Request())
    assert speed.whole_population
    assert speed.streams["customer"].before.comparison == {}
    assert len(speed.baseline_cells) == 2


def test_without_a_comparison_the_rest_is_left_out():
    speed, _ = ask(Request(scope=PHONE, comparison=False))
    assert not speed.whole_population
    assert speed.streams["customer"].after.comparison == {}


def test_segments_where_another_action_ran_leave_the_comparison():
    request = Request(scope=PHONE, exclude=(("team", ("T3", "T5")),), cluster=("team",))
    speed, _ = ask(request)
    assert set(speed.streams["customer"].after.comparison) == {"T4", "T6"}
    assert len(speed.baseline_cells) == 6


def test_a_scope_may_name_several_values_and_columns():
    scope = (("channel", ("chat", "phone")), ("team", ("T1", "T3")))
    speed, _ = ask(Request(scope=scope, cluster=("team",)))
    assert set(speed.streams["customer"].before.scope) == {"T1", "T3"}


def test_agents_are_the_clusters_where_there_are_fewer_than_four_teams():
    few = [row for row in cases() if row[1][1] in {"T1", "T3", "T5"}]
    speed, _ = ask(Request(scope=PHONE, cluster=("team", "agent")), few)
    assert set(speed.streams["customer"].before.scope) == {"T1/T1a", "T1/T1b"}
    assert (speed.cluster_name, speed.team_name, speed.teams) == ("agent", "team", (1, 2))
    many, _ = ask(Request(scope=PHONE, cluster=("team", "agent")))
    assert many.cluster_name == "team"


def test_segments_are_the_clusters_where_none_are_named_and_there_are_four():
    scope = (("team", ("T1",)),)
    natural, _ = ask(Request(scope=scope))
    assert natural.natural_clusters
    assert (natural.cluster_name, natural.teams) == ("team", (1, 5))
    three, _ = ask(Request(scope=PHONE))
    assert not three.natural_clusters
    assert (three.cluster_name, three.teams) == ("", None)


def test_baseline_cells_are_all_dimensions_in_all_segments():
    speed, care = ask(Request(scope=PHONE))
    means = [
        np.mean([s[name] for w, g, s in cases() if w == "before" and g[0] == channel])
        for name in ("speed", "care")
        for channel in CHANNELS
    ]
    assert sorted(speed.baseline_cells) == pytest.approx(sorted(means))
    assert speed.baseline_cells == care.baseline_cells
    assert speed.flag_cut == 3.0


def test_history_windows_know_their_days_by_their_labels_or_by_the_request():
    labels = ("2026-01-01..2026-01-31", "2026-02-01..2026-02-28")
    rows = cases(windows=("before", "after", *labels))
    speed, _ = ask(Request(scope=PHONE, history=labels), rows)
    first, second = speed.streams["customer"].history
    assert second.day - first.day == 31
    starts = {"before": date(2026, 3, 1), "after": date(2026, 6, 1)}
    dated, _ = ask(Request(scope=PHONE, history=labels, starts=starts), rows)
    assert [period.day for period in dated.streams["customer"].history] == [-59, -28]
    assert dated.window_days_apart == 92


def test_histograms_count_the_scopes_answers():
    speed, _ = ask(Request(scope=PHONE))
    after = [s["speed"] for w, g, s in cases() if w == "after" and g[0] == "phone"]
    assert speed.streams["customer"].histogram_after == {
        float(level): after.count(level) for level in sorted(set(after))
    }
    assert judge([speed], Decide())[0].effect_size.interval is not None


BLENDED = rubric(
    ["speed"], ["customer", "internal"], blend=Blend({"customer": 0.6, "internal": 0.4})
)


def blended(when_missing: WhenMissing, internal_windows: tuple[str, ...]):
    of = replace(BLENDED, blend=replace(BLENDED.blend, when_missing=when_missing))
    count = Count(BY).add(cases(dimensions=("speed",)))
    count.add([r for r in cases(2, dimensions=("speed",)) if r[0] in internal_windows], "internal")
    return questions(of, rating_schemes(of), count.tally(), Request(scope=PHONE))[0]


def test_raters_are_blended_with_the_rubrics_weights():
    both = blended(WhenMissing.NONE, ("before", "after"))
    assert {rater: stream.weight for rater, stream in both.streams.items()} == {
        "customer": 0.6,
        "internal": 0.4,
    }
    verdict = judge([both], Decide())[0]
    assert verdict.estimate is not None or verdict.reason is not None


def test_a_rater_without_any_answer_is_left_out_and_named():
    asked = blended(WhenMissing.NONE, ())
    assert {rater: stream.weight for rater, stream in asked.streams.items()} == {"customer": 1.0}
    assert asked.absent == ("internal",)


def test_a_rater_who_fell_silent_is_replaced_only_where_the_blend_says_so():
    assert set(blended(WhenMissing.NONE, ("before",)).streams) == {"customer", "internal"}
    assert set(blended(WhenMissing.USE_PRESENT, ("before",)).streams) == {"customer"}


def test_pairs_go_to_their_arm_and_cluster():
    count = Count(BY).add(cases())
    count.pair_sums = [
        PairSum("speed@customer", ("phone", "T1", "T1a"), 2, 4.0, 6.0, 8.0, 18.0, 12.0),
        PairSum("speed@customer", ("phone", "T1", "T1b"), 1, 3.0, 4.0, 9.0, 16.0, 12.0),
        PairSum("speed@customer", ("mail", "T5", "T5a"), 1, 5.0, 4.0, 25.0, 16.0, 20.0),
    ]
    pairs = (
        PairCount("speed@customer", ("phone", "T1", "T1a"), 200, 300, 2),
        PairCount("speed@customer", ("mail", "T5", "T5a"), 500, 400, 1),
    )
    tally = replace(count.tally(), pairs=pairs)
    request = Request(scope=PHONE, asked=Asked.SAME, cluster=("team",))
    stream = questions(RUBRIC, SCHEMES, tally, request, retest=tally)[0].streams["customer"]
    assert stream.pairs[Arm.SCOPE] == {"T1": PairMoments(3, 7.0, 10.0, 17.0, 34.0, 24.0)}
    assert stream.pairs[Arm.COMPARISON] == {"T5": PairMoments(1, 5.0, 4.0, 25.0, 16.0, 20.0)}
    assert stream.retest.n == 4
    assert stream.histogram_before == {2.0: 2}
    assert stream.histogram_after == {3.0: 2}


ON_THE_PHONE = Request(scope=PHONE)


def lone(coding, rows: dict, request=ON_THE_PHONE, **target):
    """The question on a dimension with one indicator of this coding."""
    of = rubric(["loyalty"])
    dimension = replace(of.dimensions[0], **target)
    of = replace(of, dimensions=(dimension,))
    tally = Tally(by=("channel",), **rows)
    schemes = {"loyalty.rating_customer": FixedScheme(coding)}
    return questions(of, schemes, tally, request)[0]


def test_an_unscored_indicator_is_judged_in_its_own_points():
    nps = LevelCoding(points={0.0: -100.0, 8.0: 0.0, 10.0: 100.0}, scored=False)
    levels = tuple(
        LevelCount(w, "loyalty.rating_customer", (c,), State.ANSWERED, level, n, n, n)
        for w in ("before", "after")
        for c in CHANNELS
        for level, n in ((0.0, 10), (8.0, 20), (10.0, 30))
    )
    asked = lone(nps, {"levels": levels})
    assert asked.scale == (-100.0, 100.0)
    before = asked.streams["customer"].before.scope[""]
    assert asked.width == pytest.approx(3.6 * before.variance**0.5)
    assert asked.unit == asked.width / 4
    assert (asked.yardstick.kind, asked.material, asked.flag_cut) == (Kind.NPS, 10.0, None)
    assert before.mean == pytest.approx(2000 / 60)
    assert before.squares == 400_000


def test_an_unscored_number_is_judged_on_its_spread_and_in_the_targets_direction():
    rows = tuple(
        MomentSum(window, "loyalty.rating_customer", (channel,), 3, 12_000, 50_000_000)
        for window in ("before", "after")
        for channel in CHANNELS
    )
    asked = lone(NumberCoding(scored=False), {"moments": rows}, target=Condition("<=", 3.0))
    assert asked.yardstick == Yardstick(Kind.AMOUNT, lower_is_better=True)
    before = asked.streams["customer"].before.scope[""]
    assert (before.n, before.mean) == (3, -4.0)
    assert asked.flag_cut == -3.0
    low, high = asked.scale
    assert (low + high) / 2 == pytest.approx(-4.0)
    assert high - low == pytest.approx(3.6 * before.variance**0.5)


def test_low_scorers_are_judged_in_points():
    """Who scored low is a matter of points, so a number on a line is told in them."""
    rows = (MomentSum("before", "loyalty.rating_customer", ("phone",), 2, 30_000, 500_000_000),)
    coding = NumberCoding(line=(5.0, -0.1))
    asked = lone(coding, {"moments": rows}, Request(scope=PHONE, asked=Asked.LOW))
    before = asked.streams["customer"].before.scope[""]
    assert before.mean == pytest.approx(5 - 0.1 * 15)
    assert before.squares == pytest.approx(sum((5 - 0.1 * x) ** 2 for x in (10, 20)))
    assert asked.scale == (1, 5)


def test_a_scored_number_alone_is_judged_in_its_own_unit():
    rows = (MomentSum("before", "loyalty.rating_customer", ("phone",), 2, 30_000, 500_000_000),)
    asked = lone(NumberCoding(line=(5.0, -0.1)), {"moments": rows})
    before = asked.streams["customer"].before.scope[""]
    assert (before.n, before.total, before.squares) == (2, -30.0, 500.0)
    assert asked.yardstick.lower_is_better
    assert asked.flag_cut == pytest.approx(-20.0)  # worth 3 points, the rubric's threshold


def test_the_order_of_rows_does_not_matter():
    request = Request(scope=PHONE, cluster=("team",))
    forward = judge(ask(request), Decide())
    backward = judge(ask(request, cases()[::-1]), Decide())
    assert [v.to_dict() for v in forward] == [v.to_dict() for v in backward]
