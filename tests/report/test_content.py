"""What the report says: figures, order, marks, and what it keeps to itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from loopqa.language import LANGUAGES, Text
from loopqa.model.cycle import Action, ActionState, Rollout, Step, WaveKind
from loopqa.model.rubric import Boxes, FindingRule, Scale
from loopqa.model.verdict import Outcome
from loopqa.model.workflow import RolloutRule
from loopqa.report import content as content_module
from loopqa.report.blocks import ChangePlot, DistributionPlot, Table, TrendPlot
from loopqa.report.content import content
from loopqa.report.html import render
from loopqa.report.privacy import hidden_groups
from loopqa.report.report_input import ReportInput
from loopqa.report.scores import score_table

CATALOGUE = Path(content_module.__file__).parents[1] / "locale" / "zh" / "report.json"


def words(table: Table, language: str = "en") -> list[list[str]]:
    return [[cell.words.render(language) for cell in row.cells] for row in table.rows]


def heads(table: Table) -> list[str]:
    return [column.title.render("en") for column in table.columns]


def test_the_summary_is_one_sentence_that_says_what_changed(rich: ReportInput) -> None:
    assert content(rich).summary.render("en") == (
        "In October 2026 the composite score is 3.50, 0.08 higher than in the window before; "
        "not solved yet: Communication with the customer, Problem resolution, Process compliance; "
        "verdicts on actions: improved 1, worsened 1, inconclusive 2."
    )
    assert content(rich).summary.render("zh") == (
        "2026年10月：综合得分 3.50，较上期高 0.08；尚未解决的问题：客户沟通体验、问题解决效果、"
        "流程规范性；改进措施验证：改善 1 项、恶化 1 项、尚无定论 2 项。"
    )


def test_shares_of_levels_are_not_explained_where_the_scale_has_no_levels(
    rich: ReportInput,
) -> None:
    def explained(source: ReportInput) -> bool:
        return any("High share" in note.render("en") for note in score_table(source).notes)

    assert explained(rich)
    assert not explained(replace(rich, rubric=replace(rich.rubric, boxes=Boxes((), ()))))


def test_the_summary_of_an_empty_evaluation_promises_nothing(empty: ReportInput) -> None:
    assert content(empty).summary.render("en") == (
        "For 2026-10-05 to 2026-10-20 there is no composite score; nothing is left to be solved; "
        "no action has been verified yet."
    )


def test_four_tiles_lead_to_their_sections(rich: ReportInput) -> None:
    shown = [
        (tile.label.render("en"), tile.value.render("en"), tile.note.render("en"), tile.link)
        for tile in content(rich).tiles
    ]
    assert shown == [
        ("Composite score", "3.50", "lowest: Communication with the customer 2.72", "results"),
        ("Unsolved findings", "3", "1 confirmed, 1 carried over", "findings"),
        ("Actions to be done", "2", "1 late", "actions"),
        ("Verdicts", "4", "▲1  ▼1  =0  ?2", "effects"),
    ]


def test_the_score_table_shows_all_figures_of_a_dimension(rich: ReportInput) -> None:
    table = content(rich).scores
    assert heads(table) == [
        "Dimension", "n", "Mean", "High share", "Low share", "Score", "Target", "Gap", "Change",
        "Target met?",
    ]  # fmt: skip
    assert words(table)[3] == [
        "Communication with the customer", "296", "2.72", "26.4%", "45.3%", "2.72", "≥ 3.5",
        "−0.78", "+0.11", "missed",
    ]  # fmt: skip
    assert words(table)[-1] == ["Composite", "300", "", "", "", "3.50", "", "", "+0.08", ""]


def test_columns_that_hold_nothing_are_left_out(three: ReportInput) -> None:
    assert heads(content(three).scores) == [
        "Dimension", "n", "Mean", "High share", "Low share", "Score",
    ]  # fmt: skip


def test_indicators_are_shown_in_their_own_units(rich: ReportInput) -> None:
    table = content(rich).indicators
    assert table is not None
    assert words(table)[1] == [
        "First response time", "48", "19.00 min", "≤ 15 min", "+4.00 min", "0.00 min", "3.90",
        "missed",
    ]  # fmt: skip
    assert words(table, "zh")[3] == [
        "首次解决率", "50", "73.00%", "≥ 80%", "−7.00 个百分点", "0.00 个百分点", "2.90",
        "无法确定",
    ]  # fmt: skip
    assert table.rows[3].cells[0].notes[0].render("zh") == "问题解决效果 · 内部质检"


def test_a_dimension_with_four_answers_shows_neither_figures_nor_n(nine: ReportInput) -> None:
    source = replace(nine, previous=nine.wave)
    row = words(content(source).scores)[3]
    assert row == ["Communication with the customer", "under 5", "—", "—", "—", "—", "—"]
    distribution = content(source).distribution
    assert distribution is not None
    assert isinstance(distribution.plot, DistributionPlot)
    labels = [one.label.render("en") for one in distribution.plot.rows]
    assert "Communication with the customer" not in labels


def test_a_group_that_subtraction_would_give_away_is_hidden_too(rich: ReportInput) -> None:
    (table,) = content(rich).segments
    assert [row[:2] for row in words(table)] == [
        ["phone", "3.61"],
        ["online", "3.20"],
        ["app", "not shown"],
        ["on-site", "not shown"],
    ]


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [([40, 12], set()), ([40, 3], {0, 1}), ([3], {0}), ([2, 2, 9], {0, 1, 2}), ([0, 9, 8], {0})],
)
def test_hidden_groups_can_not_be_worked_out(sizes: list[int], hidden: set[int]) -> None:
    assert hidden_groups(sizes) == hidden


def test_findings_come_unsettled_and_surest_first_with_their_lineage(rich: ReportInput) -> None:
    cards = content(rich).findings
    assert [card.ref for card in cards] == ["F-12", "F-13", "F-14", "F-3"]
    assert [line.render("zh") for line in cards[0].lineage] == [
        "第 2 个周期：由未解决的 F-3 转入。",
        "此后又有 2 次评价发现该问题。",
    ]
    assert cards[0].actions == ("A-7", "A-8", "A-9")
    assert cards[2].lineage[0].render("en") == "Has come back: F-5 had been resolved."


def test_beyond_twelve_findings_the_rest_gets_a_line_each(rich: ReportInput) -> None:
    many = tuple(replace(rich.findings[1], id=number) for number in range(20, 35))
    shown = content(replace(rich, findings=many))
    assert [card.ref for card in shown.findings] == [f"F-{number}" for number in range(20, 32)]
    assert shown.more_findings is not None
    assert words(shown.more_findings)[0] == [
        "F-32", "Problem resolution", "all cases", "2.97", "296", "observed", "open",
    ]  # fmt: skip
    assert 'id="F-34"' in render(shown, "en")


def test_a_segment_table_with_many_dimensions_has_them_as_rows(nine: ReportInput) -> None:
    segments = [{"by": {"channel": name}, **nine.wave.scores} for name in ("phone", "online")]
    wave = replace(nine.wave, scores={**nine.wave.scores, "segments": segments})
    (table,) = content(replace(nine, wave=wave)).segments
    assert heads(table) == ["Dimension", "phone", "online"]
    assert words(table)[0] == ["Composite", "3.30", "3.30"]
    assert words(table)[4] == ["Communication with the customer", "not shown", "not shown"]


def test_a_finding_on_fewer_than_five_answers_keeps_its_figures_back(rich: ReportInput) -> None:
    card = content(rich).findings[2]
    assert [(name.render("en"), value.render("en")) for name, value in card.facts[:2]] == [
        ("Score", "—"),
        ("n", "under 5"),
    ]
    assert [one.render("en") for _, one in card.reasons] == ["fewer than 5 answers: not shown"]


def test_an_action_that_was_drawn_by_lot_shows_where_it_begins_when(rich: ReportInput) -> None:
    many = tuple(f"T{number:02}" for number in range(3, 18))
    steps = (Step(("T01",), date(2026, 9, 7)), Step(("T02",), None), Step(many, date(2026, 10, 1)))
    drawn = replace(rich.actions[0], rollout=Rollout(RolloutRule("team", steps=2), steps))
    (row,) = content(replace(rich, actions=(drawn,))).actions.rows
    said = [note.render("en") for note in row.cells[0].notes]
    at = said.index("team, drawn by lot:")
    assert said[at + 1 : at + 3] == ["from 2026-09-07: T01", "held out: T02"]
    assert said[at + 3].endswith("T14, … (15)")
    undrawn = replace(drawn, rollout=Rollout(RolloutRule("team", steps=2)))
    (row,) = content(replace(rich, actions=(undrawn,))).actions.rows
    assert not any("lot" in note.render("en") for note in row.cells[0].notes)


def test_late_actions_come_first_and_are_marked(rich: ReportInput) -> None:
    table = content(rich).actions
    assert [row.anchor for row in table.rows] == ["A-8", "A-10", "A-9", "A-7"]
    due = table.rows[0].cells[2]
    assert (due.words.render("en"), due.sign, due.warning) == (
        "2026-11-10", "!", Text("{days} days late", {"days": 12}),
    )  # fmt: skip
    assert [note.render("en") for note in table.rows[2].cells[3].notes] == [
        "done 2026-11-21",
        "re-survey R-3 (round 1), due 2026-12-22: scheduled",
        "picked up 2 days late",
    ]


def test_an_action_is_late_from_the_day_after_its_due_date_in_the_workspace_zone(
    rich: ReportInput,
) -> None:
    def warning(now: datetime) -> Text | None:
        due = replace(rich.actions[1], due=date(2026, 11, 22))
        source = replace(rich, actions=(due,), generated_at=now)
        return content(source).actions.rows[0].cells[2].warning

    assert warning(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)) is None
    assert warning(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == Text(
        "{days} days late", {"days": 1}
    )


def test_an_illustrative_action_says_so(rich: ReportInput) -> None:
    table = content(rich).actions
    assert table.rows[-1].cells[0].warning == Text("illustrative")
    assert table.notes == (
        Text("Illustrative: made up for this demonstration; nobody has carried it out."),
    )


def test_a_verdict_tells_outcome_effect_reason_remedy_and_assumptions(rich: ReportInput) -> None:
    cards = {card.ref: card for card in content(rich).verdicts}
    assert cards["V-1"].lead.render("en").replace("\xa0", " ") == (
        "The score rose; estimated effect of the action: +0.42 points, 90% interval [+0.15, +0.69]."
    )
    assert (cards["V-1"].mark.sign, cards["V-1"].mark.word.render("zh")) == ("▲", "改善")
    assert [one.render("en") for one in cards["V-1"].assumptions] == [
        "No event hit the scope alone"
    ]
    facts = {name.render("en"): value.render("en") for name, value in cards["V-4"].facts}
    assert facts == {
        "Why": "too few answers",
        "What would help": "ask 120 customers",
        "Target": "not reached, score 3.20 afterwards",
        "Design": "the same customers again, with comparison group",
    }


def test_a_verdict_on_three_answers_shows_no_figure(rich: ReportInput) -> None:
    figure = content(rich).effects
    assert figure is not None
    assert isinstance(figure.plot, ChangePlot)
    row = next(row for row in figure.plot.rows if row.label.render("en").startswith("A-3"))
    assert (row.after, row.estimate, row.interval) == (None, None, None)
    assert figure.table is not None
    assert words(figure.table)[-1][3:] == [*["not shown"] * 4, "inconclusive"]


def test_the_headline_counts_only_dimensions_named_before(rich: ReportInput) -> None:
    figure = content(rich).effects
    assert figure is not None
    assert figure.title.render("en") == "Verdicts: improved 1, worsened 1, inconclusive 2"


def test_of_two_rounds_the_later_one_is_drawn_and_both_are_tabled(rich: ReportInput) -> None:
    first = rich.verdicts[0]
    again = replace(
        first, id=9, round=2, judgement=replace(first.judgement, outcome=Outcome.NO_CHANGE)
    )
    shown = content(replace(rich, verdicts=(first, again)))
    assert [card.ref for card in shown.verdicts] == ["V-9"]
    assert shown.effects is not None
    assert shown.effects.table is not None
    assert len(shown.effects.table.rows) == 2


def test_a_verdict_overturned_by_late_data_is_not_shown(rich: ReportInput) -> None:
    stale = tuple(replace(one, stale=True) for one in rich.verdicts)
    shown = content(replace(rich, verdicts=stale))
    assert (shown.effects, shown.verdicts) == (None, ())


def test_the_trend_leaves_out_stale_waves_and_the_future_and_prefers_routine_waves(
    rich: ReportInput,
) -> None:
    extra = (
        replace(rich.waves[0], kind=WaveKind.RE_SURVEY, revision=5, scores={}),
        replace(rich.waves[1], stale=True, revision=5),
        replace(rich.wave, window=type(rich.wave.window)(date(2026, 11, 1), date(2026, 11, 30))),
    )
    figure = content(replace(rich, waves=(*rich.waves, *extra))).trend
    assert figure is not None
    assert isinstance(figure.plot, TrendPlot)
    assert figure.plot.ticks == (
        "2026-03", "2026-04", "2026-05", "2026-07", "2026-08", "2026-09", "2026-10",
    )  # fmt: skip
    assert figure.plot.panels[0].values[0] == 3.3
    assert figure.plot.closings == (
        date(2026, 8, 28).toordinal(),
        date(2026, 11, 21).toordinal(),
    )


def test_one_wave_is_no_trend(rich: ReportInput) -> None:
    assert content(replace(rich, waves=())).trend is None


def test_rejected_rows_are_counted_by_reason_without_their_values(rich: ReportInput) -> None:
    table = content(rich).rejected
    assert table is not None
    assert words(table) == [["data/ratings-10.csv", "attitude", "no answer", "2"]]
    assert "13800138000" not in render(content(rich), "en")


def test_the_method_names_window_rubric_raters_and_rules(rich: ReportInput) -> None:
    facts = {name.render("zh"): value.render("zh") for name, value in content(rich).method}
    assert facts == {
        "评价周期": "2026年10月 (2026-10-01 – 2026-10-31)",
        "评价类型": "例行评价",
        "评价标准": "售后服务质量，版本 2026-Q4",
        "评价方": "客户评价 60%、内部质检 40%",
        "评分范围": "1 – 5",
        "问题判定": "得分低于 3；样本少于 30 份时仅列为待观察",
        "结论判定": "单侧置信水平 95%；±0.25 以内的变化视为无实质变化",
        "标准修订期限": "2026-12-31",
    }


def test_a_scorecard_of_0_to_100_has_scores_but_no_distribution(three: ReportInput) -> None:
    rubric = replace(three.rubric, scale=Scale(0, 100), finding=FindingRule())
    shown = content(replace(three, rubric=rubric))
    assert shown.distribution is None
    assert shown.score_figure is not None
    assert "<figure" in render(shown, "en")


def test_missing_values_are_dashes(three: ReportInput) -> None:
    scores = json.loads(json.dumps(three.wave.scores))
    for key in ("mean", "sd", "top_share", "bottom_share", "interval", "score"):
        scores["dimensions"][0][key] = None
    scores["composite"]["score"] = None
    shown = content(replace(three, wave=replace(three.wave, scores=scores)))
    assert words(shown.scores)[0] == ["Responsiveness", "72", "—", "—", "—", "—"]
    for language in LANGUAGES:
        assert "None" not in render(shown, language)


def test_a_wave_without_a_score_document_makes_a_page(empty: ReportInput) -> None:
    shown = content(replace(empty, wave=replace(empty.wave, scores={})))
    assert "This evaluation has no scores." in render(shown, "en")


@pytest.mark.parametrize("state", list(ActionState))
def test_every_action_state_can_be_shown(rich: ReportInput, state: ActionState) -> None:
    def at(action: Action) -> Action:
        return replace(action, state=state)

    assert content(replace(rich, actions=tuple(map(at, rich.actions)))).actions.rows


def test_other_rooms_say_the_same_for_the_same_template() -> None:
    own = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    assert {key: Text(key).render("zh") for key in own if "{" not in key} == {
        key: chinese for key, chinese in own.items() if "{" not in key
    }
