"""The worked examples of the requirement come out exactly, from rubric file and CSV to score."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from loopqa import score
from loopqa.define.rubric import load_rubric
from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace
from loopqa.model.score import Grade
from loopqa.plugin.host import builtin_host
from tests.shared_data import expected, needs_shared

pytestmark = needs_shared

WORKFLOW = """\
workflow: inspection
rubric: five-dimensions
window: {{previous: month}}
inputs:
  ratings: {{type: csv, path: {path}, rater: customer, map: {{case: 客户, at: 日期}}}}
segments: [类型]
detect: [{{type: below_threshold}}]
"""

IDS = ("responsiveness", "resolution", "professionalism", "communication", "compliance")


@pytest.fixture(scope="module")
def golden():
    return expected("golden_cases")


@pytest.fixture
def three_customers(golden, write_csv):
    inspection = golden["S1"]
    return write_csv(
        "inspection.csv",
        ["客户", "日期", "类型", *inspection["dimensions"]],
        [[one["id"], "2026-03-09", one["type"], *one["scores"]] for one in inspection["customers"]],
    )


def test_three_customers_score_4_8_and_2_2_and_4_4(golden, rubric, three_customers):
    result = score(rubric("five-dimensions"), three_customers, by="客户")
    composites = {one.by["客户"]: one.card.composite.score for one in result.segments}
    assert composites == {one["id"]: one["composite_S1"] for one in golden["S1"]["customers"]}
    assert composites == {"C001": 4.8, "C002": 2.2, "C003": 4.4}


def test_the_dimensions_of_all_three_together(golden, rubric, three_customers):
    inspection = golden["S1"]
    card = score(rubric("five-dimensions"), three_customers).card
    names = dict(zip(inspection["dimensions"], IDS, strict=True))
    for name, mean in inspection["derived_dimension_means"].items():
        dimension = card.dimension(names[name])
        top, bottom = inspection["derived_high_low_share"][name]
        assert dimension.n == 3
        assert dimension.score == pytest.approx(mean, abs=1e-9)
        assert dimension.top_share == pytest.approx(top, abs=1e-9)
        assert dimension.bottom_share == pytest.approx(bottom, abs=1e-9)
    assert card.composite.score == pytest.approx(inspection["derived_overall_mean"], abs=1e-9)


def test_complaints_fall_short_in_three_dimensions_and_the_whole_in_none(
    golden, rubric, three_customers
):
    inspection = golden["S1"]
    names = dict(zip(IDS, inspection["dimensions"], strict=True))
    result = score(rubric("five-dimensions"), three_customers, by=["类型"])
    limit = load_rubric(rubric("five-dimensions"), builtin_host()).finding.below

    def short(card):
        return [names[one.id] for one in card.dimensions if one.score < limit]

    by_type = {one.by["类型"]: short(one.card) for one in result.segments}
    assert short(result.card) == inspection["derived_findings_all"]
    assert by_type["投诉"] == inspection["derived_findings_segment_投诉"]
    assert by_type["咨询"] == by_type["维修"] == []


def test_a_run_opens_findings_for_exactly_these_dimensions_of_complaints(
    golden, rubric, three_customers, tmp_path
):
    root = tmp_path / "workspace"
    for folder in ("rubrics", "workflows"):
        (root / folder).mkdir(parents=True)
    (root / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\n", encoding="utf-8")
    (root / "rubrics" / "five-dimensions.yaml").write_bytes(rubric("five-dimensions").read_bytes())
    (root / "workflows" / "inspection.yaml").write_text(
        WORKFLOW.format(path=three_customers), encoding="utf-8"
    )
    with Workspace.open(root, clock=Clock(datetime(2026, 4, 8, tzinfo=UTC)), actor="li") as ws:
        opened = run_workflow(ws, "inspection").opened
    names = dict(zip(IDS, golden["S1"]["dimensions"], strict=True))
    found = [(one.scope, names[one.dimension], one.score, one.n) for one in opened]
    complaints = (("类型", ("投诉",)),)
    assert sorted(found) == sorted(
        (complaints, name, float(points), 1)
        for name, points in zip(
            golden["S1"]["dimensions"], golden["S1"]["customers"][1]["scores"], strict=True
        )
        if name in golden["S1"]["derived_findings_segment_投诉"]
    )


def test_the_scorecard_of_four_parts_is_78_09(golden, rubric, write_csv):
    scorecard = golden["S2"]["scorecard"]
    data = write_csv(
        "scorecard.csv", [one["dim"] for one in scorecard], [[one["score"] for one in scorecard]]
    )
    weights = {
        one.title.zh: one.weight
        for one in load_rubric(rubric("hundred"), builtin_host()).dimensions
    }
    card = score(rubric("hundred"), data).card
    scores = dict(zip(weights, (one.score for one in card.dimensions), strict=True))
    parts = {name: scores[name] * weights[name] for name in weights}
    assert scores == {one["dim"]: one["score"] for one in scorecard}
    assert parts == {one["dim"]: pytest.approx(one["weighted_S1"], abs=1e-9) for one in scorecard}
    assert card.composite.score == golden["S2"]["total_S1"] == 78.09


def test_response_times_at_every_boundary(golden, rubric, write_csv):
    boundaries = golden["S1"]["response_threshold"]["boundary_cases_minutes_to_score"]
    opened = datetime(2026, 3, 1, 9, 0)  # noqa: DTZ001 - wall time, as files hold it
    data = write_csv(
        "tickets.csv",
        ["ticket", "opened", "responded"],
        [
            [
                number,
                opened.isoformat(),
                None if minutes is None else _later(opened, minutes).isoformat(),
            ]
            for number, (minutes, _) in enumerate(boundaries)
        ],
    )
    result = score(rubric("response-time"), data, by="ticket")
    got = {
        int(one.by["ticket"]): one.card.dimension("responsiveness").score for one in result.segments
    }
    assert got == {number: level for number, (_, level) in enumerate(boundaries)}
    states = result.card.dimension("responsiveness").indicators[0].states
    assert (states["answered"], states["pending"], states["missing"]) == (10, 1, 1)


def _later(start: datetime, minutes: float) -> datetime:
    """Exact to the microsecond: 15.0001 minutes are 15 min 0.006 s."""
    return start + timedelta(microseconds=round(Fraction(str(minutes)) * 60_000_000))


def test_gaps_are_actual_minus_target_in_the_metric_s_own_unit(golden, rubric, write_csv):
    nps = [10] * 44 + [8] * 36 + [3] * 20
    data = write_csv(
        "metrics.csv",
        ["seconds", "solved", "satisfaction", "recommend"],
        [
            [19, "是" if row < 73 else "否", 4 + row % 2 if row < 78 else 3, nps[row]]
            for row in range(100)
        ],
    )
    indicators = score(rubric("metrics"), data).card.dimension("all").indicators
    got = {one.id: (one.value, one.target, one.gap, one.unit) for one in indicators}
    names = dict(
        zip(("first_response", "first_contact", "csat", "nps"), golden["S2"]["gaps"], strict=True)
    )
    units = {"first_response": "s", "first_contact": "%", "csat": "%", "nps": "points"}
    assert got == {
        name: (
            pytest.approx(wanted["actual"], abs=1e-9),
            wanted["target"],
            pytest.approx(wanted["actual"] - wanted["target"], abs=1e-9),
            units[name],
        )
        for name, wanted in names.items()
    }
    assert [round(got[name][2]) for name in names] == [4, -7, -7, -16]


def test_a_gap_against_a_target_of_less_is_better_is_a_miss(rubric, write_csv):
    data = write_csv(
        "metrics.csv",
        ["seconds", "solved", "satisfaction", "recommend"],
        [[18 + row % 3, "是", 5, 10] for row in range(60)],
    )
    indicators = score(rubric("metrics"), data).card.dimension("all").indicators
    grades = {one.id: one.grade for one in indicators}
    assert grades["first_response"] is Grade.MISSED
    assert grades["csat"] is Grade.MET


def test_net_promoter_score_cases(golden, rubric, write_csv):
    for number, case in enumerate(golden["S2"]["definitions"]["NPS_cases"]):
        answers = case.get("scores")
        if answers is None:
            answers = [9] * case["promoters"] + [7] * case["passives"] + [6] * case["detractors"]
        # Codes for "no answer" stand beside the answers: they must change nothing.
        data = write_csv(f"nps{number}.csv", ["NETPRO"], [[one] for one in [*answers, 11, None]])
        indicator = score(rubric("recommendation"), data).card.dimension("loyalty").indicators[0]
        assert indicator.n == len(answers)
        assert indicator.states["missing"] == 2
        assert indicator.value == (
            None if case["nps"] is None else pytest.approx(case["nps"], abs=1e-9)
        )


def test_mean_2_8_with_35_percent_low_and_20_percent_high_answers(golden, rubric, write_csv):
    wanted = golden["S0"]["own_consistent_histogram"]
    levels = [level for level, n in wanted["hist"].items() for _ in range(n)]
    header = golden["S1"]["dimensions"]
    data = write_csv("survey.csv", header, [[level] * 5 for level in levels])
    card = score(rubric("five-dimensions"), data).card
    for dimension in card.dimensions:
        assert dimension.n == wanted["n"]
        assert dimension.mean == pytest.approx(wanted["mean"], abs=1e-12)
        assert dimension.bottom_share == pytest.approx(wanted["low_share"], abs=1e-12)
        assert dimension.top_share == pytest.approx(wanted["high_share"], abs=1e-12)
        assert {f"{k:g}": n for k, n in dimension.indicators[0].counts.items()} == wanted["hist"]


def test_sixty_forty_blends_and_the_missing_side(golden, rubric, write_csv):
    for number, case in enumerate(golden["S1"]["blend"]["own_cases"]):
        ratings = write_csv(f"ratings{number}.csv", ["rating"], _answers(case["customer"]))
        reviews = write_csv(f"reviews{number}.csv", ["review"], _answers(case["qa"]))
        data = [f"customer={ratings}", f"internal={reviews}"]
        card = score(rubric("blend"), data).card
        service = card.dimension("service")
        assert service.by_rater == {"customer": case["customer"], "internal": case["qa"]}
        if case["blend"] is None:
            assert service.score is None
            assert card.composite.score is None
        else:
            assert service.score == pytest.approx(case["blend"], abs=1e-12)
            assert (service.score < 3) == (case["blend"] < 3)


def _answers(mean: float | None) -> list[list[int | None]]:
    """A hundred answers on the two levels around ``mean``, or one empty one."""
    if mean is None:
        return [[None]]
    low, high = int(mean), int(mean) + 1
    above = round((mean - low) * 100)
    return [[high]] * above + [[low]] * (100 - above)
