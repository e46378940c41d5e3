"""Section 4: before and after, with what can and can't be put down to the action."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.model.cycle import action_ref, verdict_ref
from loopqa.model.verdict import Outcome
from loopqa.report import numbers
from loopqa.report.blocks import Cell, ChangePlot, ChangeRow, Column, Figure, Row, Table
from loopqa.report.privacy import is_small
from loopqa.report.theme import BAND, BEFORE
from loopqa.report.vocabulary import MOVES, OUTCOMES, Mark, design_words
from loopqa.report.words import joined, plain, scope_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loopqa.language import Text
    from loopqa.model.cycle import Action, Verdict
    from loopqa.model.verdict import Judgement, Side
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
    """The last round of every judged action."""
    verdicts = source.latest_verdicts
    if not verdicts:
        return None
    scale, margin = source.rubric.scale, source.rubric.decide.material_change
    rows = tuple(_change_row(source, verdict) for verdict in verdicts)
    return Figure(
        "figure-effects",
        effect_title(source, [one for one in verdicts if one.judgement.primary] or verdicts),
        text(
            "Left: mean before and after. Right: the change put down to the action, with its "
            "interval; an effect is shown only if the whole interval lies on one side of zero."
        ),
        ChangePlot(rows, (scale.low, scale.high), margin),
        effect_table(source),
        legend=(
            (BEFORE, text("before, or inconclusive")),
            (BAND, text("no material change: within ±{margin}", margin=f"{margin:g}")),
        ),
    )


def effect_title(source: ReportInput, verdicts: Sequence[Verdict]) -> Text:
    """What came out, in a headline: one verdict by its name, several counted."""
    if len(verdicts) == 1:
        only = verdicts[0]
        name = source.dimension_name(only.judgement.dimension)
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
    name = source.dimension_name(judgement.dimension)
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
    """Every standing verdict with its figures."""
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
    rows = tuple(_effect_row(source, verdict) for verdict in source.standing_verdicts)
    notes = [
        text(
            "Difference: after minus before with its 95% interval. Effect size: probability that "
            "a score after is higher than one before (50%: no difference)."
        )
    ]
    if any(not verdict.judgement.primary for verdict in source.standing_verdicts):
        notes.append(text("Secondary: not named before the re-survey; it never decides an action."))
    return Table(text("Before and after in figures"), columns, rows, tuple(notes))


def _effect_row(source: ReportInput, verdict: Verdict) -> Row:
    judgement = verdict.judgement
    hidden = _is_hidden(judgement)
    change, size = judgement.change, judgement.effect_size
    cells = (
        Cell(
            plain(action_ref(verdict.action)),
            notes=(text("round {n}", n=verdict.round),),
            link=action_ref(verdict.action),
        ),
        Cell(
            source.dimension_name(judgement.dimension),
            notes=() if judgement.primary else (text("secondary"),),
        ),
        _side(judgement.before),
        _side(judgement.after),
        _figure(
            numbers.signed(change.difference), numbers.interval(change.interval, plus=True), hidden
        ),
        _figure(
            numbers.signed(judgement.estimate),
            numbers.interval(judgement.interval, plus=True),
            hidden,
        ),
        _figure(numbers.share(size.p_superiority), _share_interval(size.interval), hidden),
        Cell.mark(OUTCOMES[judgement.outcome]),
    )
    return Row(cells)


def _is_hidden(judgement: Judgement) -> bool:
    return is_small(judgement.before.n) or is_small(judgement.after.n)


def _side(side: Side) -> Cell:
    if is_small(side.n):
        return Cell(text("not shown"), notes=(text("n under 5"),))
    return Cell(plain(numbers.score(side.mean)), notes=(plain(f"n {numbers.count(side.n)}"),))


def _figure(value: str, bounds: str, hidden: bool) -> Cell:
    if hidden:
        return Cell(text("not shown"))
    return Cell(plain(value), notes=(plain(bounds),) if bounds != value else ())


def _share_interval(bounds: tuple[float, float] | None) -> str:
    if bounds is None:
        return numbers.share(None)
    return f"[{numbers.share(bounds[0])},{numbers.NO_BREAK}{numbers.share(bounds[1])}]"


def verdict_cards(source: ReportInput) -> tuple[VerdictCard, ...]:
    """The last round of every judged action, in words."""
    actions = {action.id: action for action in source.actions}
    return tuple(_card(source, one, actions.get(one.action)) for one in source.latest_verdicts)


def _card(source: ReportInput, verdict: Verdict, action: Action | None) -> VerdictCard:
    judgement = verdict.judgement
    title = plain(action.title) if action else plain(action_ref(verdict.action))
    name = source.dimension_name(judgement.dimension)
    return VerdictCard(
        verdict_ref(verdict.id),
        action_ref(verdict.action),
        text("{dimension}: {action}", dimension=name, action=title),
        OUTCOMES[judgement.outcome],
        _lead(verdict),
        tuple(_facts(verdict, action)),
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
    return text(
        "{moved}; estimated effect of the action: {estimate} points, {percent}% interval "
        "{interval}.",
        moved=moved,
        estimate=numbers.signed(judgement.estimate),
        percent=_two_sided(judgement.confidence),
        interval=numbers.interval(judgement.interval, plus=True),
    )


def _two_sided(confidence: float) -> str:
    """A one-sided confidence as the percentage of the interval with that on both ends."""
    return f"{(2 * confidence - 1) * 100:g}" if confidence < 1 else "100"


def _facts(verdict: Verdict, action: Action | None) -> list[tuple[Text, Text]]:
    judgement = verdict.judgement
    facts = []
    if not judgement.primary:
        facts.append((text("Role"), text("secondary: decides nothing about the action")))
    if judgement.reason:
        facts.append((text("Why"), judgement.reason))
    if judgement.remedy:
        facts.append((text("What would help"), judgement.remedy))
    if verdict.target_met is not None and not _is_hidden(judgement):
        facts.append((text("Target"), _target(verdict)))
    if judgement.design:
        facts.append((text("Design"), joined(design_words(judgement.design))))
    if action and action.scope:
        facts.append((text("Scope"), scope_words(action.scope)))
    return facts


def _target(verdict: Verdict) -> Text:
    after = numbers.score(verdict.score_after)
    if verdict.target_met:
        return text("reached, score {score} afterwards", score=after)
    return text("not reached, score {score} afterwards", score=after)
