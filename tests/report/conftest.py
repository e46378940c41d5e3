"""Hand-made records for reports: a rich one, an empty one, and the awkward shapes in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from loopqa.language import Text
from loopqa.model.beside import Recovery, ResponseChange, ResponseRates, Responses
from loopqa.model.cycle import (
    Action,
    ActionState,
    Finding,
    FindingGrade,
    FindingState,
    Note,
    Reason,
    ReSurvey,
    ReSurveyState,
    Snapshot,
    Verdict,
    Wave,
    WaveKind,
    WaveState,
)
from loopqa.model.rubric import (
    Blend,
    Boxes,
    ColumnMeasure,
    Condition,
    Decide,
    Dimension,
    FindingRule,
    Indicator,
    Label,
    Rubric,
    Scale,
    SchemeSpec,
)
from loopqa.model.score import (
    Composite,
    DimensionScore,
    Grade,
    IndicatorScore,
    RejectedRow,
    Rows,
    ScoreCard,
    ScoreResult,
    Segment,
)
from loopqa.model.verdict import Change, EffectSize, Judgement, Outcome, ScoreChange, Side
from loopqa.model.window import Window
from loopqa.model.workflow import Workflow
from loopqa.report.report_input import ReportInput
from loopqa.report.words import Named

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
TITLES = {
    "responsiveness": Label("Responsiveness", "响应及时性"),
    "resolution": Label("Problem resolution", "问题解决效果"),
    "professionalism": Label("Professionalism", "服务专业性"),
    "communication": Label("Communication with the customer", "客户沟通体验"),
    "compliance": Label("Process compliance", "流程规范性"),
    "empathy": Label(
        "Empathy and personal attention in difficult conversations on the telephone",
        "面对情绪激动客户时的共情能力与个性化关怀服务水平",
    ),
    "channel": Label("Channel experience", "渠道体验"),
    "recovery": Label("Donaudampfschifffahrtsgesellschaftskapitänsmütze", "服务补救"),
    "trust": Label("Brand trust", "品牌信任"),
}
SCALE = Scale(
    1,
    5,
    {
        "en": ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
        "zh": ("非常不满意", "不满意", "一般", "满意", "非常满意"),
    },
)


def indicator(name: str, rater: str, title: Label, **more: Any) -> Indicator:
    return Indicator(name, rater, title, ColumnMeasure((name,)), SchemeSpec("rating"), 1.0, **more)


def dimension(name: str, **more: Any) -> Dimension:
    rating = indicator("rating", "customer", Label("Rating", "评分"))
    return Dimension(name, TITLES[name], 0.2, more.pop("indicators", (rating,)), **more)


def rubric(dimensions: Sequence[Dimension], **more: Any) -> Rubric:
    return Rubric(
        "after-sales",
        "2026-Q4",
        Label("After-sales service quality", "售后服务质量"),
        more.pop("scale", SCALE),
        Boxes((4, 5), (1, 2)),
        tuple(dimensions),
        "9f2c" * 16,
        **more,
    )


def workflow(title: Label | None = None) -> Workflow:
    return Workflow(
        "after-sales-monthly",
        "after-sales",
        (),
        title or Label("After-sales service, monthly", "售后服务月度评价"),
        Path("workflows/after-sales-monthly.yaml"),
        "ab" * 32,
    )


def rated(name: str, counts: Sequence[int], **more: Any) -> DimensionScore:
    """A dimension with one customer rating of these counts on 1..5."""
    levels = {float(at + 1): n for at, n in enumerate(counts)}
    n = sum(counts)
    mean = sum(level * number for level, number in levels.items()) / n if n else None
    states = {"answered": n, "missing": 7, "not_applicable": 3, "refused": 1, "pending": 0}
    own = IndicatorScore("rating", "customer", n, mean, "", mean, states, levels)
    score = more.pop("score", mean)
    target = more.get("target")
    half = 1.9 / n**0.5 if n else 0.0
    return DimensionScore(
        id=name,
        n=n,
        mean=mean,
        sd=1.1 if n else None,
        top_share=(counts[3] + counts[4]) / n if n else None,
        bottom_share=(counts[0] + counts[1]) / n if n else None,
        interval=(mean - half, mean + half) if mean is not None and n > 1 else None,
        score=score,
        target=target,
        gap=score - target if score is not None and target is not None else None,
        grade=more.pop("grade", Grade.NONE),
        indicators=(own, *more.pop("indicators", ())),
    )


def card(dimensions: Sequence[DimensionScore], score: float | None, n: int) -> ScoreCard:
    scores = [one.score for one in dimensions if one.score is not None]
    return ScoreCard(tuple(dimensions), Composite(score, n, min(scores, default=None)))


def document(
    scored: ScoreCard,
    *,
    segments: Sequence[Segment] = (),
    rejected: Sequence[RejectedRow] = (),
) -> Mapping[str, Any]:
    rows = Rows(1_256, 1_240, 16)
    result = ScoreResult(
        "after-sales", "2026-Q4", "9f2c" * 16, rows, scored, tuple(segments), tuple(rejected)
    )
    return result.to_dict()


def wave(window: str, scores: Mapping[str, Any], **more: Any) -> Wave:
    return Wave(
        id=more.pop("id", 9),
        workflow="after-sales-monthly",
        kind=more.pop("kind", WaveKind.ROUTINE),
        window=Window.parse(window),
        revision=more.pop("revision", 1),
        state=WaveState.DONE,
        rubric_hash="9f2c" * 16,
        digest="d1" * 32,
        snapshots=more.pop("snapshots", ()),
        scores=scores,
        created_at=NOW,
        **more,
    )


SNAPSHOTS = (
    Snapshot("ratings", "w9/ratings.parquet", "5a" * 32, "77" * 32, 1_206, 1_190, 16),
    Snapshot("reviews", "w9/reviews.parquet", "6b" * 32, "88" * 32, 50, 50, 0),
)
FIRST_RESPONSE = indicator(
    "first_response",
    "internal",
    Label("First response time", "首次响应时长"),
    unit="min",
    target=Condition("<=", 15),
)
SOLVED = indicator(
    "fcr",
    "internal",
    Label("First-contact resolution", "首次解决率"),
    unit="%",
    target=Condition(">=", 80),
)


def rich_rubric() -> Rubric:
    rating = indicator("rating", "customer", Label("Rating", "评分"))
    return rubric(
        (
            dimension(
                "responsiveness",
                indicators=(rating, FIRST_RESPONSE),
                target=Condition(">=", 3.8),
                was="speed",
            ),
            dimension("resolution", indicators=(rating, SOLVED), target=Condition(">=", 3.5)),
            dimension("professionalism", target=Condition(">=", 3.8)),
            dimension("communication", target=Condition(">=", 3.5)),
            dimension("compliance"),
        ),
        raters={"customer": {}, "internal": {}},
        blend=Blend({"customer": 0.6, "internal": 0.4}),
        finding=FindingRule(3.0, 30, 0.3),
        decide=Decide(),
        review_by=date(2026, 12, 31),
    )


def rich_card(shift: int = 0) -> ScoreCard:
    counted = {"missing": 4, "not_applicable": 0, "refused": 0, "pending": 6}
    first_response = IndicatorScore(
        "first_response", "internal", 48, 19.0, "min", 3.9, {"answered": 48, **counted},
        target=15.0, gap=4.0, grade=Grade.MISSED,
    )  # fmt: skip
    solved = IndicatorScore(
        "fcr", "internal", 50, 73.0, "%", 2.9, {"answered": 50, **counted},
        target=80.0, gap=-7.0, grade=Grade.NOT_SHOWN,
    )  # fmt: skip
    return card(
        (
            rated("responsiveness", (9, 21, 60 - shift, 130, 80 + shift), target=3.8,
                  grade=Grade.MET, indicators=(first_response,)),
            rated("resolution", (30, 52, 88, 90 - shift, 40 + shift), target=3.5,
                  grade=Grade.NOT_SHOWN, indicators=(solved,)),
            rated("professionalism", (4, 12, 50, 150, 84), target=3.8, grade=Grade.MET),
            rated("communication", (62 - shift, 80, 84, 50, 20 + shift), target=3.5,
                  grade=Grade.MISSED),
            rated("compliance", (1, 4, 11, 22, 12)),
        ),
        3.42 + shift / 100,
        300,
    )  # fmt: skip


def rich_segments() -> tuple[Segment, ...]:
    def part(channel: str, n: int, score: float) -> Segment:
        names = ("responsiveness", "resolution", "professionalism", "communication")
        scored = [rated(name, (0, 0, n, 0, 0), score=score) for name in names]
        few = rated("compliance", (0, 0, min(n, 3), 0, 0), score=score)
        return Segment({"channel": channel}, card([*scored, few], score, n))

    return (
        part("phone", 180, 3.61),
        part("online", 96, 3.2),
        part("app", 22, 3.9),
        part("on-site", 4, 2.1),
    )


def finding(number: int, name: str, state: FindingState, **more: Any) -> Finding:
    return Finding(
        id=number,
        workflow="after-sales-monthly",
        dimension=name,
        lineage=name,
        scope=more.pop("scope", (("channel", ("phone",)),)),
        grade=more.pop("grade", FindingGrade.CONFIRMED),
        state=state,
        reasons=more.pop("reasons", ()),
        wave=9,
        window=Window.parse("2026-10-01..2026-10-31"),
        n=more.pop("n", 296),
        score=more.pop("score", 2.61),
        opened_at=NOW,
        version=1,
        **more,
    )


def both(english: str, chinese: str) -> Text:
    return Named(english, zh=chinese)


def reason(grade: FindingGrade, english: str, chinese: str) -> Reason:
    return Reason("below_threshold", grade, both(english, chinese))


def action(number: int, title: str, state: ActionState, **more: Any) -> Action:
    return Action(
        id=number,
        workflow="after-sales-monthly",
        title=title,
        state=state,
        findings=more.pop("findings", (12,)),
        scope=more.pop("scope", (("channel", ("phone",)),)),
        dimensions=more.pop("dimensions", ("communication",)),
        opened_at=NOW,
        version=1,
        **more,
    )


RECOVERY = Recovery(
    "customer", 2.0, 41, 1.62, 2.49, 3.05, (0.2, 0.7), False, (0.43, 1.14), 0.08, (-0.45, 0.61)
)
RESPONSE = ResponseChange(Responses(420, 142), Responses(400, 127))


def verdict(number: int, action_id: int, outcome: Outcome, **more: Any) -> Verdict:
    before, after = more.pop("before", Side(142, 2.61)), more.pop("after", Side(127, 3.08))
    estimate, interval = more.pop("estimate", 0.42), more.pop("interval", (0.15, 0.69))
    moved = None if before.mean is None or after.mean is None else after.mean - before.mean
    judgement = Judgement(
        dimension=more.pop("dimension", "communication"),
        outcome=outcome,
        score_change=more.pop("score_change", ScoreChange.UP),
        before=before,
        after=after,
        change=Change(moved, (moved - 0.26, moved + 0.26) if moved is not None else None, 0.001),
        estimate=estimate,
        interval=interval,
        confidence=0.95,
        effect_size=EffectSize(0.61, (0.54, 0.68)) if moved else EffectSize(None, None),
        design=more.pop("design", "random+comparison+history"),
        assumptions=more.pop("assumptions", ()),
        reason=more.pop("reason", None),
        remedy=more.pop("remedy", None),
        primary=more.pop("primary", True),
        found=more.pop("found", None),
        certainty=more.pop("certainty", None),
        response=more.pop("response", None),
        recovery=more.pop("recovery", None),
    )
    return Verdict(
        id=number,
        action=action_id,
        resurvey=number,
        round=more.pop("round", 1),
        judgement=judgement,
        score_after=after.mean,
        target_met=more.pop("target_met", True),
        baseline=8,
        wave=9,
        reached_at=NOW,
        **more,
    )


def resurvey(number: int, action_id: int, state: ReSurveyState, **more: Any) -> ReSurvey:
    return ReSurvey(
        id=number,
        action=action_id,
        round=more.pop("round", 1),
        state=state,
        due_at=datetime(2026, 12, 21, 16, tzinfo=UTC),
        due_on=date(2026, 12, 22),
        version=1,
        **more,
    )


def rich_input() -> ReportInput:
    rejected = [
        RejectedRow("data/ratings-10.csv", 41, "attitude", "9", "no answer"),
        RejectedRow("data/ratings-10.csv", 77, "attitude", "13800138000", "no answer"),
    ]
    scores = document(rich_card(8), segments=rich_segments(), rejected=rejected)
    now = wave("2026-10-01..2026-10-31", scores, snapshots=SNAPSHOTS)
    history = [
        wave(f"2026-{month:02}-01..2026-{month:02}-{30 if month in (4, 6, 9) else 31}",
             document(rich_card(-shift)), id=month, kind=WaveKind.BACKFILL)
        for month, shift in ((3, 12), (4, 20), (5, 15), (6, -4), (7, 3), (8, 9), (9, 0))
        if month != 6
    ]  # fmt: skip
    return ReportInput(
        rubric=rich_rubric(),
        workflow=workflow(),
        wave=now,
        previous=history[-1],
        waves=tuple(history),
        audit_head="c0ffee" * 10 + "c0de",
        generated_at=NOW,
        command="loopqa report make after-sales-monthly --wave 9",
        languages=("zh", "en"),
        time_zone="Asia/Shanghai",
        findings=(
            finding(
                12, "communication", FindingState.IN_ACTION, carried_from=3, cycle=2, owner="李娜",
                reasons=(
                    reason(FindingGrade.CONFIRMED, "Score 2.61 is below 3", "得分 2.61，低于 3"),
                    reason(FindingGrade.OBSERVED, "Low share above 30%", "低分占比高于 30%"),
                ),
                seen_in=(8, 9),
            ),
            finding(13, "resolution", FindingState.OPEN, grade=FindingGrade.OBSERVED, score=2.97,
                    scope=(), reasons=(reason(FindingGrade.OBSERVED, "Below 3", "低于 3"),)),
            finding(14, "compliance", FindingState.OPEN, grade=FindingGrade.WATCH, n=4, score=2.2,
                    scope=(("channel", ("online",)), ("team", ("T1", "T2"))), recurs=5),
            finding(3, "communication", FindingState.CARRIED_OVER, score=2.55),
        ),
        actions=(
            action(7, "与班组一起重写通话脚本", ActionState.VERIFIED,
                   owner="李娜", department="服务中心", due=date(2026, 8, 31),
                   metric="沟通体验均值", target=">= 3.5", horizon="short",
                   cost="1.2 万元", benefit="投诉量 −15%", closed_on=date(2026, 8, 28),
                   started_on=date(2026, 8, 3), evidence="2026-08 培训记录", illustrative=True),
            action(8, "增设投诉专线", ActionState.STARTED, findings=(12, 13),
                   owner="王芳", department="运营部", due=date(2026, 11, 10),
                   horizon="long", cost="30 万元", started_on=date(2026, 10, 8)),
            action(9, "师带徒计划", ActionState.CLOSED, due=date(2026, 11, 30), scope=(),
                   closed_on=date(2026, 11, 21), owner="赵磊"),
            action(10, "每周案例复盘", ActionState.OPEN, findings=()),
        ),
        resurveys=(
            resurvey(1, 7, ReSurveyState.DONE, window=Window.parse("2026-10-01..2026-10-31")),
            resurvey(3, 9, ReSurveyState.SCHEDULED, late_days=2),
        ),
        verdicts=(
            verdict(1, 7, Outcome.IMPROVED, recovery=RECOVERY,
                    found=both("the action improved this", "这项措施带来了改善"),
                    certainty=both("at most 5 of 100", "100 次中至多 5 次"),
                    response=ResponseRates("customer", RESPONSE, RESPONSE),
                    assumptions=(both("No event hit the scope alone", "没有仅影响该范围的事件"),)),
            verdict(2, 7, Outcome.NO_CHANGE, dimension="responsiveness", primary=False,
                    before=Side(142, 3.81), after=Side(127, 3.86), estimate=0.03,
                    interval=(-0.12, 0.18), score_change=ScoreChange.UNCLEAR, target_met=None),
            verdict(3, 5, Outcome.WORSENED, dimension="professionalism", before=Side(90, 4.1),
                    after=Side(85, 3.66), estimate=-0.41, interval=(-0.7, -0.12),
                    score_change=ScoreChange.DOWN, target_met=False),
            verdict(4, 4, Outcome.INCONCLUSIVE, dimension="resolution", before=Side(20, 3.0),
                    after=Side(18, 3.2), estimate=0.11, interval=(-0.52, 0.74),
                    score_change=ScoreChange.UNCLEAR, target_met=False, design="same+comparison",
                    reason=both("too few answers", "样本太少"),
                    remedy=both("ask 120 customers", "再邀请 120 位客户")),
            verdict(5, 3, Outcome.INCONCLUSIVE, dimension="compliance", before=Side(30, 3.0),
                    after=Side(3, 4.9), estimate=None, interval=None, target_met=None),
        ),
        notes=(Note("F-12", "三位班组长已确认", "li.na", NOW),
               Note("A-8", "专线号码已申请", "wang.fang", NOW)),
    )  # fmt: skip


def empty_input(**more: Any) -> ReportInput:
    only = {"rubric": rubric((dimension("responsiveness"),)), "workflow": workflow()}
    scores = document(card((), None, 0))
    return ReportInput(
        **{**only, "wave": wave("2026-10-05..2026-10-20", scores), **more},
        audit_head="0" * 64,
        generated_at=NOW,
        command="loopqa report make after-sales-monthly",
    )


def plain_input(names: Sequence[str], counts: Sequence[Sequence[int]], **more: Any) -> ReportInput:
    """Dimensions with these counts on 1..5 and nothing else."""
    scored = [rated(name, own) for name, own in zip(names, counts, strict=True)]
    return empty_input(
        rubric=rubric([dimension(name) for name in names], **more),
        wave=wave("2026-10-01..2026-12-31", document(card(scored, 3.3, 120))),
    )


NINE = (
    (3, 9, 20, 30, 10), (0, 0, 0, 0, 50), (50, 0, 0, 0, 0), (1, 1, 1, 0, 0), (10, 10, 10, 10, 10),
    (20, 40, 20, 10, 5), (0, 12, 0, 12, 0), (0, 0, 30, 0, 0), (0, 0, 0, 0, 0),
)  # fmt: skip


@pytest.fixture
def rich() -> ReportInput:
    return rich_input()


@pytest.fixture
def empty() -> ReportInput:
    return empty_input()


@pytest.fixture
def three() -> ReportInput:
    return plain_input(tuple(TITLES)[:3], NINE[:3])


@pytest.fixture
def nine() -> ReportInput:
    return plain_input(tuple(TITLES), NINE, finding=FindingRule(3.0))
