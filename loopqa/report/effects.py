"""Section 4: before and after, with what can and can't be put down to the action."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.model.cycle import action_ref, verdict_ref
from loopqa.model.units import QUANTILE_WORDS
from loopqa.model.verdict import Outcome
from loopqa.report import numbers
from loopqa.report.blocks import Cell, ChangePlot, ChangeRow, Column, Figure, Row, Table
from loopqa.report.privacy import is_small
from loopqa.report.responding import response_words
from loopqa.report.theme import BAND, BEFORE
from loopqa.report.vocabulary import MOVES, OUTCOMES, Mark, design_words
from loopqa.report.words import joined, named, plain, scope_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loopqa.language import Text
    from loopqa.model.cycle import Action, Verdict
    from loopqa.model.verdict import BesideQuantile, Judgement, Side
    from loopqa.report.report_input import ReportInput


@dataclass(frozen=True)
class VerdictCard:
    """One verdict in words."""

    ref: str
    action: str
    title: Text
    mark: Mark
    lead: Text  #: what was seen, in one sentence
    facts: tuple[tuple[Text, Text], ...]
    assumptions: tuple[Text, ...]


def effect_figure(source: ReportInput) -> Figure | None:
    """The last round of every judged action; what is told in a unit of its own follows by itself.

    Where nothing is told in points of the scale, the first of the other figures takes its place.
    """
    figures = _figures(source)
    return replace(figures[0], table=effect_table(source), data_in="") if figures else None


def unit_figures(source: ReportInput) -> tuple[Figure, ...]:
    """The figures after the first: one for each unit in which verdicts are told."""
    return tuple(_figures(source)[1:])


def _figures(source: ReportInput) -> list[Figure]:
    groups: dict[Told, list[Verdict]] = {}
    for verdict in _named(source.latest_verdicts):
        groups.setdefault(_told(source, verdict.judgement), []).append(verdict)
    ordered = sorted(groups.items(), key=lambda group: bool(group[0].change_unit))
    return [_figure_of(source, at, *group) for at, group in enumerate(ordered)]


@dataclass(frozen=True)
class Told:
    """What verdicts have to share to be drawn in one figure."""

    unit: str
    change_unit: str
    ratio: bool
    material: float  #: the smallest change that matters


def _told(source: ReportInput, judgement: Judgement) -> Told:
    material = source.rubric.decide.material_change
    if judgement.material is not None:
        material = judgement.material
    return Told(judgement.unit, judgement.change_unit, judgement.ratio, material)


def _figure_of(source: ReportInput, number: int, told: Told, verdicts: Sequence[Verdict]) -> Figure:
    rows = tuple(_change_row(source, verdict) for verdict in verdicts)
    caption = text(
        "Left: mean before and after. Right: the change put down to the action, with its "
        "interval; an effect is shown only if the whole interval lies on one side of zero."
    )
    if told.ratio:
        caption = text(
            "Left: geometric mean before and after. Right: the change put down to the action in "
            "percent of what was before, with its interval."
        )
    return Figure(
        f"figure-effects-{number + 1}" if number else "figure-effects",
        effect_title(source, verdicts),
        caption,
        ChangePlot(rows, _span(source, told, rows), _band(told)),
        None,
        data_in="figure-effects",
        legend=(
            (BEFORE, text("before, or inconclusive")),
            (BAND, _margin_words(told)),
        ),
    )


def _band(told: Told) -> tuple[float, float]:
    """Where a change is not material: of a ratio as far down as up, 1/1.1 and 1.1."""
    if told.ratio:
        return 100 * (1 / (1 + told.material / 100) - 1), told.material
    return -told.material, told.material


def _margin_words(told: Told) -> Text:
    margin = numbers.aimed(told.material, told.change_unit)
    return text("no material change: within ±{margin}", margin=margin)


_SCALES = {"pp": (0.0, 100.0), "NPS points": (-100.0, 100.0)}


def _span(source: ReportInput, told: Told, rows: Sequence[ChangeRow]) -> tuple[float, float]:
    """The scale of the means: the rubric's, that of a percentage, or what holds the means."""
    if told.change_unit in _SCALES:
        return _SCALES[told.change_unit]
    scale = source.rubric.scale
    means = [mean for row in rows for mean in (row.before, row.after) if mean is not None]
    inside = all(scale.low <= mean <= scale.high for mean in means)
    if (not told.change_unit and inside) or not means:
        return scale.low, scale.high
    room = (max(means) - min(means)) / 4 or abs(means[0]) / 4 or 1.0
    return min(means) - room, max(means) + room


def _named(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [one for one in verdicts if one.judgement.primary]


def effect_title(source: ReportInput, verdicts: Sequence[Verdict]) -> Text:
    """What came out, in a headline: one verdict by its name, several counted."""
    if len(verdicts) == 1:
        only = verdicts[0]
        name = judged_name(source, only.judgement)
        return text("{name}: {outcome}", name=name, outcome=OUTCOMES[only.outcome].word)
    return text("Verdicts: {counts}", counts=outcome_counts(verdicts))


def outcome_counts(verdicts: Sequence[Verdict]) -> Text:
    """How many of each outcome, those that occur."""
    found = Counter(verdict.outcome for verdict in verdicts)
    return joined(
        text("{outcome} {n}", n=found[outcome], outcome=OUTCOMES[outcome].word)
        for outcome in Outcome
        if found[outcome]
    )


def _change_row(source: ReportInput, verdict: Verdict) -> ChangeRow:
    judgement = verdict.judgement
    name = judged_name(source, judgement)
    hidden = _is_hidden(judgement)
    return ChangeRow(
        joined((plain(action_ref(verdict.action)), name), " "),
        OUTCOMES[judgement.outcome],
        _mean(judgement.before),
        _mean(judgement.after),
        None if hidden else judgement.estimate,
        None if hidden else judgement.interval,
    )


def _mean(side: Side) -> float | None:
    return None if is_small(side.n) else side.mean


def effect_table(source: ReportInput) -> Table:
    """Every standing verdict on a named dimension, with its figures."""
    note = text(
        "Difference: after minus before with its 95% interval. Effect size: probability that "
        "an answer after is better than one before (50%: no difference)."
    )
    verdicts = _named(source.standing_verdicts)
    return _table(source, text("Before and after in figures"), verdicts, note)


def secondary_table(source: ReportInput) -> Table | None:
    """What else moved: the dimensions that no action had named, of the last rounds."""
    verdicts = [one for one in source.latest_verdicts if not one.judgement.primary]
    if not verdicts:
        return None
    note = text(
        "Not named before the re-survey, so they decide nothing about an action. Of those marked "
        "as moved at most one in ten is chance."
    )
    return _table(source, text("Also looked at"), verdicts, note)


def _table(source: ReportInput, caption: Text, verdicts: Sequence[Verdict], note: Text) -> Table:
    columns = (
        Column(text("Action")),
        Column(text("Dimension")),
        Column(text("Before"), number=True),
        Column(text("After"), number=True),
        Column(text("Difference"), number=True),
        Column(text("Estimated effect"), number=True),
        Column(text("Effect size"), number=True),
        Column(text("Verdict")),
    )
    rows = tuple(_effect_row(source, verdict) for verdict in verdicts)
    return Table(caption, columns, rows, (note,))


def _effect_row(source: ReportInput, verdict: Verdict) -> Row:
    judgement = verdict.judgement
    hidden = _is_hidden(judgement)
    change, size, unit = judgement.change, judgement.effect_size, judgement.change_unit
    cells = (
        Cell(
            plain(action_ref(verdict.action)),
            notes=(text("round {n}", n=verdict.round),),
            link=action_ref(verdict.action),
        ),
        Cell(judged_name(source, judgement)),
        _side(judgement.before, judgement.unit),
        _side(judgement.after, judgement.unit),
        _figure(
            numbers.changed(change.difference, unit),
            numbers.changed_interval(change.interval, unit),
            hidden,
        ),
        _figure(
            numbers.changed(judgement.estimate, unit),
            numbers.changed_interval(judgement.interval, unit),
            hidden,
        ),
        _figure(
            plain(numbers.share(size.p_superiority)), plain(_share_interval(size.interval)), hidden
        ),
        Cell.mark(OUTCOMES[judgement.outcome]),
    )
    return Row(cells)


def _is_hidden(judgement: Judgement) -> bool:
    return is_small(judgement.before.n) or is_small(judgement.after.n)


def judged_name(source: ReportInput, judgement: Judgement) -> Text:
    """The title of what was judged: the dimension, or with it one of its indicators."""
    name = source.dimension_name(judgement.dimension)
    if not judgement.split or judgement.indicator is None:
        return name
    key = judgement.indicator.partition(".")[2]
    indicator = source.indicator(judgement.dimension, key)
    return joined((name, named(indicator.title) if indicator else plain(key)), " – ")


def _side(side: Side, unit: str) -> Cell:
    if is_small(side.n):
        return Cell(text("not shown"), notes=(text("n under 5"),))
    return Cell(numbers.level(side.mean, unit), notes=(plain(f"n {numbers.count(side.n)}"),))


def _figure(value: Text, bounds: Text, hidden: bool) -> Cell:
    if hidden:
        return Cell(text("not shown"))
    return Cell(value, notes=(bounds,) if bounds != value else ())


def _share_interval(bounds: tuple[float, float] | None) -> str:
    if bounds is None:
        return numbers.share(None)
    return f"[{numbers.share(bounds[0])},{numbers.NO_BREAK}{numbers.share(bounds[1])}]"


def verdict_cards(source: ReportInput) -> tuple[VerdictCard, ...]:
    """The last round of every judged action, in words."""
    actions = {action.id: action for action in source.actions}
    named = _named(source.latest_verdicts)
    return tuple(_card(source, one, actions.get(one.action)) for one in named)


def _card(source: ReportInput, verdict: Verdict, action: Action | None) -> VerdictCard:
    judgement = verdict.judgement
    title = plain(action.title) if action else plain(action_ref(verdict.action))
    name = judged_name(source, judgement)
    return VerdictCard(
        verdict_ref(verdict.id),
        action_ref(verdict.action),
        text("{dimension}: {action}", dimension=name, action=title),
        OUTCOMES[judgement.outcome],
        _lead(verdict),
        tuple(_facts(source, verdict, action)),
        judgement.assumptions,
    )


def _lead(verdict: Verdict) -> Text:
    judgement = verdict.judgement
    moved = MOVES[judgement.score_change]
    hidden = _is_hidden(judgement)
    if hidden:
        return text("Fewer than 5 answers on one side: the figures are not shown.")
    if judgement.estimate is None or judgement.interval is None:
        return text("{moved}; the effect of the action could not be estimated.", moved=moved)
    unit = judgement.change_unit
    if not unit:
        return text(
            "{moved}; estimated effect of the action: {estimate} points, {percent}% interval "
            "{interval}.",
            moved=moved,
            estimate=numbers.signed(judgement.estimate),
            percent=_two_sided(judgement.confidence),
            interval=numbers.interval(judgement.interval, plus=True),
        )
    return text(
        "{moved}; estimated effect of the action: {estimate}, {percent}% interval {interval}.",
        moved=moved,
        estimate=numbers.changed(judgement.estimate, unit),
        percent=_two_sided(judgement.confidence),
        interval=numbers.changed_interval(judgement.interval, unit),
    )


def _two_sided(confidence: float) -> str:
    """A one-sided confidence as the percentage of the interval with that on both ends."""
    return f"{(2 * confidence - 1) * 100:g}" if confidence < 1 else "100"


def _facts(source: ReportInput, verdict: Verdict, action: Action | None) -> list[tuple[Text, Text]]:
    judgement = verdict.judgement
    facts = []
    if judgement.found and not _is_hidden(judgement):
        facts.append((text("Found"), judgement.found))
    if judgement.certainty and not _is_hidden(judgement):
        facts.append((text("How sure"), judgement.certainty))
    if judgement.reason:
        facts.append((text("Why"), judgement.reason))
    if judgement.remedy:
        facts.append((text("What would help"), judgement.remedy))
    if judgement.quantile is not None and not _is_hidden(judgement):
        beside = judgement.quantile
        facts.append((QUANTILE_WORDS[beside.name], _quantiles(beside)))
    if verdict.target_met is not None and not _is_hidden(judgement):
        facts.append((text("Target"), _target(verdict)))
    others = _beside(source, verdict)
    if others:
        facts.append((text("Also moved"), others))
    if judgement.response and not _is_hidden(judgement):
        facts.append((text("Response"), response_words(judgement.response)))
    if judgement.design:
        facts.append((text("Design"), joined(design_words(judgement.design))))
    if action and action.scope:
        facts.append((text("Scope"), scope_words(action.scope)))
    return facts


def _quantiles(beside: BesideQuantile) -> Text:
    return text(
        "before {before} {first}, after {after} {second} (95% intervals)",
        before=numbers.level(beside.before.value, beside.unit),
        first=numbers.interval(beside.before.interval),
        after=numbers.level(beside.after.value, beside.unit),
        second=numbers.interval(beside.after.interval),
    )


def _beside(source: ReportInput, verdict: Verdict) -> Text | None:
    """The dimensions beside the named ones that moved in the same round."""
    others = [
        one
        for one in source.latest_verdicts
        if one.action == verdict.action and not one.judgement.primary
    ]
    moved = [
        joined((source.dimension_name(one.judgement.dimension), OUTCOMES[one.outcome].word), " ")
        for one in others
        if one.outcome in (Outcome.IMPROVED, Outcome.WORSENED) and not _is_hidden(one.judgement)
    ]
    if moved:
        return joined(moved)
    return text("none of {n} other dimensions beyond chance", n=len(others)) if others else None


def _target(verdict: Verdict) -> Text:
    after = numbers.score(verdict.score_after)
    if verdict.target_met:
        return text("reached, score {score} afterwards", score=after)
    return text("not reached, score {score} afterwards", score=after)
