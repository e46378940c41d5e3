"""A small made-up service, evaluated: what detectors, analysers and report sections are shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from pathlib import Path
from random import Random

from loopqa.calc.detection.findings import MergedCandidate
from loopqa.calc.scoring.scorecard import scorecard
from loopqa.calc.scoring.segments import segments
from loopqa.language import text
from loopqa.model.behind import Comment, Comments, RatedCase, RatedCases
from loopqa.model.coding import State
from loopqa.model.cycle import FindingGrade, Reason, Scope, Wave, WaveKind, WaveState, scope_of
from loopqa.model.rubric import (
    Boxes,
    ColumnMeasure,
    Condition,
    Dimension,
    FindingRule,
    Indicator,
    Label,
    Rubric,
    Scale,
    SchemeSpec,
)
from loopqa.model.tally import (
    CASE_SCALE,
    COMPOSITE,
    CrossCount,
    LevelCount,
    MomentSum,
    Tally,
    dimension_quantity,
)
from loopqa.model.window import Window
from loopqa.model.workflow import Workflow
from loopqa.plugin.analyser import AnalyseContext
from loopqa.plugin.detector import DetectContext, PastScore
from loopqa.plugin.host import builtin_host
from loopqa.plugin.report_section import ReportContext

NOW, BEFORE = "2026-03-01..2026-03-31", "2026-02-01..2026-02-28"
DIMENSIONS = ("speed", "tone")
CHANNELS = ("phone", "chat", "mail")

#: What no insight may repeat: how to reach somebody.
PERSONAL = ("13812345678", "li.wei@example.com")

WINDOW = Window(date(2026, 3, 1), date(2026, 3, 31))
_QUANTITIES = (*(dimension_quantity(one, "customer") for one in DIMENSIONS), COMPOSITE)


@dataclass(frozen=True)
class _Case:
    window: str
    channel: str
    levels: tuple[int, ...]  #: one for each dimension


def rubric(*, strict: bool = True) -> Rubric:
    """Two dimensions with a rating each; with thresholds and targets, or without any."""
    return Rubric(
        id="specimen",
        version="1",
        title=_label("specimen"),
        scale=Scale(1, 5),
        boxes=Boxes((4.0, 5.0), (1.0, 2.0)),
        dimensions=tuple(_dimension(one, strict) for one in DIMENSIONS),
        hash="0" * 64,
        raters={"customer": {}},
        finding=FindingRule(3.0, 30, 0.3) if strict else FindingRule(),
    )


def _dimension(name: str, strict: bool) -> Dimension:
    rating = Indicator(
        "rating", "customer", _label(name), ColumnMeasure((name,)), SchemeSpec("rating"), 1.0
    )
    target = Condition(">=", 3.8) if strict else None
    keywords = {"en": ("slow", "wait"), "zh": ("慢", "等")}
    return Dimension(name, _label(name), 0.5, (rating,), target, keywords=keywords)


def _label(name: str) -> Label:
    return Label(name, name)


def _cases(many: int) -> list[_Case]:
    """Answers of two months; callers wait longest, and in the second month longer still."""
    dice = Random(4)
    return [
        _Case(window, channel, tuple(_level(dice, mean) for mean in means))
        for window, channel in product((BEFORE, NOW), CHANNELS)
        for means in [(2.4 if channel == "phone" else 3.6 - 0.4 * (window == NOW), 3.9)]
        for _ in range(many)
    ]


def _level(dice: Random, mean: float) -> int:
    return min(5, max(1, round(dice.gauss(mean, 1.0))))


@cache
def tally(many: int = 120) -> Tally:
    """The counts of so many answers a channel and month."""
    levels: Counter[tuple[str, str, tuple[str, ...], int]] = Counter()
    scores: Counter[tuple[str, str, tuple[str, ...], int]] = Counter()
    cross: Counter[tuple[str, tuple[int, ...]]] = Counter()
    for case in _cases(many):
        group = (case.channel,)
        for name, level in zip(DIMENSIONS, case.levels, strict=True):
            levels[case.window, f"{name}.rating", group, level] += 1
        points = [level * CASE_SCALE for level in case.levels]
        worth = (*points, sum(points) // len(points))
        cross[case.window, worth[:-1]] += 1
        for quantity, value in zip(_QUANTITIES, worth, strict=True):
            scores[case.window, quantity, group, value] += 1
    return Tally(
        by=("channel",),
        levels=tuple(
            LevelCount(window, key, group, State.ANSWERED, float(level), n, float(n), float(n))
            for (window, key, group, level), n in sorted(levels.items())
        ),
        moments=_sums(scores),
        cross=tuple(
            CrossCount(window, _QUANTITIES[:-1], worth, n)
            for (window, worth), n in sorted(cross.items())
        ),
    )


def _sums(scores: Counter[tuple[str, str, tuple[str, ...], int]]) -> tuple[MomentSum, ...]:
    found: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    for (window, quantity, group, value), n in sorted(scores.items()):
        sums = found.setdefault((window, quantity, group), [0, 0, 0])
        for place, add in enumerate((n, n * value, n * value * value)):
            sums[place] += add
    return tuple(MomentSum(*key, *sums) for key, sums in found.items())


def detect_context(
    *, strict: bool = True, many: int = 120, first: bool = False, many_windows: int = 12
) -> DetectContext:
    """One window; ``first``: nothing came before it; ``many=0``: nobody answered."""
    standard, counts = rubric(strict=strict), tally(many)
    schemes = builtin_host().schemes(standard)

    now = scorecard(standard, schemes, counts, window=NOW)
    before = None if first else scorecard(standard, schemes, counts, window=BEFORE)
    parts = [
        segments(standard, schemes, counts, window=window, by=counts.by) for window in (NOW, BEFORE)
    ]
    past = tuple(PastScore(f"W{at}", 360, 3.4 + 0.05 * (at % 3), 0.2) for at in range(many_windows))
    history: dict[tuple[str, Scope], tuple[PastScore, ...]] = {}
    if not first:
        history = {(one, ()): past for one in DIMENSIONS}
    return DetectContext(
        standard, now, parts[0], before, () if first else parts[1], counts, NOW, history
    )


def analyse_context(*, per_finding: bool, many: int = 120, seed: int = 1) -> AnalyseContext:
    """The same window with a finding about callers, and what they wrote."""
    import numpy as np  # noqa: PLC0415 - heavy

    seen = detect_context(many=many)
    return AnalyseContext(
        rubric=seen.rubric,
        card=seen.card,
        segments=seen.segments,
        tally=seen.tally,
        window=NOW,
        finding=_finding(many) if per_finding else None,
        random=np.random.default_rng(seed),
        comments=lambda: _comments(many),
        cases=lambda most: RatedCases(_rated(many)[:most]),
    )


def _finding(many: int) -> MergedCandidate:
    reason = Reason("specimen", FindingGrade.CONFIRMED, text("score"))
    scope = scope_of({"channel": "phone"})
    return MergedCandidate(
        "speed", "speed", scope, FindingGrade.CONFIRMED, (reason,), many, 2.4 if many else None
    )


def _comments(many: int) -> Comments:
    words = ("waited too long", "等了很久，打 {0} 没人接", "so slow, write to {1}", "nobody called")
    low = tuple(
        Comment(words[at % 4].format(*PERSONAL), f"{at:032x}", 1.0) for at in range(min(many, 60))
    )
    rest = tuple(Comment("friendly and quick", f"{at:032x}", 5.0) for at in range(min(many, 60)))
    return Comments(Condition("<", 3.0), low, rest, len(low), len(rest))


def _rated(many: int) -> tuple[RatedCase, ...]:
    said = f"call me: {PERSONAL[0]}, {PERSONAL[1]}"
    return tuple(
        RatedCase(
            "ratings", 1.0, f"T{at}", datetime(2026, 3, 2), f"{at:032x}",  # noqa: DTZ001 - wall time
            (("channel", "phone"),), {"speed.rating": "1"}, said,
        )
        for at in range(min(many, 20))
    )  # fmt: skip


def report_context(*, many: int = 120) -> ReportContext:
    """The report of that window, before anything was done about it."""
    seen = detect_context(many=many)
    wave = Wave(
        1, "specimen", WaveKind.ROUTINE, WINDOW, 1, WaveState.DONE, "0" * 64, "0" * 64, (),
        {"schema": "loopqa.score/1", **seen.card.to_dict()}, datetime(2026, 4, 4, tzinfo=UTC),
    )  # fmt: skip
    workflow = Workflow(
        "specimen", "specimen", (), _label("specimen"), Path("workflows/specimen.yaml"), "0" * 64
    )
    return ReportContext(
        seen.rubric, workflow, wave, None, (wave,), (), (), (), (), (), (), date(2026, 4, 4)
    )
