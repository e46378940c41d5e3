"""``loopqa verdict``: whether actions worked, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

import click

from loopqa.cli.options import Ref, json_option, workspace
from loopqa.cli.output import table, tail, tell, tell_json
from loopqa.language import Text, text
from loopqa.model.beside import Recovery, ResponseChange, ResponseRates
from loopqa.model.cycle import Verdict, action_ref, verdict_ref
from loopqa.model.units import (
    QUANTILE_WORDS,
    change_words,
    interval_words,
    level_words,
)
from loopqa.model.verdict import BesideQuantile, Judgement, Outcome, Quantile
from loopqa.model.words import word

VERDICT = Ref("V")
GLYPHS = {
    Outcome.IMPROVED: "▲",
    Outcome.WORSENED: "▼",
    Outcome.NO_CHANGE: "=",
    Outcome.INCONCLUSIVE: "?",
}


@click.group()
def command() -> None:
    """List and show verdicts."""


@command.command("list")
@click.option("--action", "action_id", type=Ref("A"), help="Only verdicts on this action.")
@click.option("--secondary", is_flag=True, help="Also on dimensions that no action named.")
@json_option
def list_verdicts(action_id: int | None, secondary: bool, as_json: bool) -> None:
    """List verdicts, the oldest first."""
    from loopqa.engine.documents import listing, verdict_document

    with workspace() as ws, ws.reading() as reader:
        everything = reader.verdicts()
    counted = [one for one in everything if secondary or one.judgement.primary]
    shown = [one for one in counted if action_id in (None, one.action)]
    if as_json:
        tell_json(listing("verdict", [verdict_document(one) for one in shown], len(counted)))
        return
    if shown:
        headings = [
            text("id"),
            text("action"),
            text("dimension"),
            text("before"),
            text("after"),
            text("estimate"),
            text("interval"),
            text("verdict"),
        ]
        table(headings, [_row(one) for one in shown], right=(3, 4, 5, 6), free=(2,))
    tail(len(shown), len(counted), "--action A-1, --secondary, --json")


def _row(verdict: Verdict) -> list[object]:
    judged = verdict.judgement
    return [
        verdict_ref(verdict.id),
        action_ref(verdict.action),
        judged.about,
        level_text(judged.before.mean, judged.unit),
        level_text(judged.after.mean, judged.unit),
        change_text(judged.estimate, judged.change_unit),
        interval_text(judged.interval, judged.change_unit),
        text("{word}, late data since", word=outcome_line(judged))
        if verdict.stale
        else outcome_line(judged),
    ]


def level_text(value: float | None, unit: str) -> str:
    """A mean with its unit."""
    return "-" if value is None else str(level_words(value, unit))


def change_text(value: float | None, unit: str) -> str:
    """A difference with its sign and unit: ``+0.35``, ``-12.4%``, ``+6.1 pp``."""
    return "-" if value is None else str(change_words(value, unit))


def interval_text(interval: tuple[float, float] | None, unit: str = "") -> str:
    """An interval as ``[-0.10, +0.35]``, with its unit."""
    return "-" if interval is None else str(interval_words(interval, unit))


def outcome_line(judgement: Judgement) -> str:
    """The verdict in words, with its sign."""
    return f"{word(judgement.outcome)} {GLYPHS[judgement.outcome]}"


def verdict_line(verdict: Verdict) -> Text:
    """One line on a verdict."""
    judged = verdict.judgement
    return text(
        "{verdict}  {dimension}: {outcome}  estimate {estimate} {interval}",
        verdict=verdict_ref(verdict.id),
        dimension=judged.about,
        outcome=outcome_line(judged),
        estimate=change_text(judged.estimate, judged.change_unit),
        interval=interval_text(judged.interval, judged.change_unit),
    )


@command.command()
@click.argument("verdict_id", type=VERDICT)
@json_option
def show(verdict_id: int, as_json: bool) -> None:
    """Show VERDICT_ID: figures, assumptions, and what would make it conclusive."""
    from loopqa.engine.documents import showing, verdict_document

    with workspace() as ws, ws.reading() as reader:
        verdict = reader.verdict(verdict_id)
        others = reader.verdicts(action=verdict.action)
    secondary = [one for one in others if one.round == verdict.round and not one.judgement.primary]
    if as_json:
        beside = [verdict_document(one) for one in secondary if one.id != verdict.id]
        tell_json(showing("verdict", verdict_document(verdict), secondary=beside))
        return
    tell(verdict_line(verdict))
    if not verdict.judgement.primary:
        action = action_ref(verdict.action)
        tell(
            text("looked at beside {action}, which did not name it: decides nothing", action=action)
        )
    show_judgement(verdict.judgement)
    if secondary and verdict.judgement.primary:
        tell(moved_line([one.judgement for one in secondary]))
    if verdict.stale:
        tell(text("late data has replaced the evidence it rests on"))


def moved_line(secondary: Sequence[Judgement]) -> Text:
    """Which of the dimensions that were not named moved."""
    moved = [one for one in secondary if one.outcome in (Outcome.IMPROVED, Outcome.WORSENED)]
    if not any(one.estimate is not None for one in secondary):
        return text("the {n} other dimensions can't be judged, either", n=len(secondary))
    if not moved:
        return text("none of {n} other dimensions moved beyond chance", n=len(secondary))
    told = "; ".join(
        f"{one.about} {outcome_line(one)} {change_text(one.estimate, one.change_unit)} "
        f"{interval_text(one.interval, one.change_unit)}"
        for one in moved
    )
    return text(
        "also moved, of {n} other dimensions: {moved}; at most one in ten of such is chance",
        n=len(secondary),
        moved=told,
    )


def show_judgement(judged: Judgement, *, after: Judgement | None = None) -> None:
    """The figures of a judgement in plain words; what the one ``after`` it said is not repeated."""
    if judged.found is not None:
        tell(text("found: {found}", found=judged.found))
    if judged.certainty is not None:
        tell(text("how sure: {certainty}", certainty=judged.certainty))
    if judged.reason is not None:
        tell(text("why: {reason}", reason=judged.reason))
    if judged.remedy is not None:
        tell(text("what would help: {remedy}", remedy=judged.remedy))
    first, second, unit = judged.before, judged.after, judged.unit
    tell(text("before: mean {mean}, n {n}", mean=level_text(first.mean, unit), n=first.n))
    tell(text("after: mean {mean}, n {n}", mean=level_text(second.mean, unit), n=second.n))
    if judged.quantile is not None:
        tell(_quantiles(judged.quantile))
    change = judged.change
    if change.difference is not None:
        tell(
            text(
                "the score moved by {difference}, 95 % interval {interval}: {direction}",
                difference=change_text(change.difference, judged.change_unit),
                interval=interval_text(change.interval, judged.change_unit),
                direction=word(judged.score_change),
            )
        )
    if judged.estimate is not None:
        tell(
            text(
                "put down to the action: {estimate}, interval {interval} ({confidence} one-sided)",
                estimate=change_text(judged.estimate, judged.change_unit),
                interval=interval_text(judged.interval, judged.change_unit),
                confidence=f"{100 * judged.confidence:g} %",
            )
        )
    if judged.effect_size.p_superiority is not None:
        tell(
            text(
                "a later answer is better than an earlier one with probability {p}",
                p=_plain(judged.effect_size.p_superiority),
            )
        )
    if judged.response is not None:
        tell(response_line(judged.response))
    if judged.recovery is not None:
        for line in recovery_lines(judged.recovery):
            tell(line)
    if after is not None and after.assumptions == judged.assumptions:
        return
    tell(text("design: {design}", design=design_text(judged.design)))
    for assumption in judged.assumptions:
        tell(f"- {assumption}")


def _quantiles(beside: BesideQuantile) -> Text:
    return text(
        "{name}: before {before} {first}, after {after} {second} (95 % intervals)",
        name=QUANTILE_WORDS[beside.name],
        before=level_text(beside.before.value, beside.unit),
        first=_bounds(beside.before),
        after=level_text(beside.after.value, beside.unit),
        second=_bounds(beside.after),
    )


def _bounds(one: Quantile) -> str:
    return "[-]" if one.interval is None else f"[{one.interval[0]:.2f}, {one.interval[1]:.2f}]"


def response_line(rates: ResponseRates) -> Text:
    """Response rates before and after."""
    scope = _rates(rates.scope)
    if rates.comparison is None:
        return text("response: {scope}", scope=scope)
    return text(
        "response: {scope}; in the comparison {comparison}",
        scope=scope,
        comparison=_rates(rates.comparison),
    )


def _rates(change: ResponseChange) -> Text:
    return text(
        "{before} of {invited_before} before, {after} of {invited_after} after",
        before=f"{change.before.rate:.0%}",
        invited_before=change.before.invited,
        after=f"{change.after.rate:.0%}",
        invited_after=change.after.invited,
    )


def recovery_lines(recovery: Recovery) -> tuple[Text, ...]:
    """Service recovery: what became of the low scorers, apart from the verdict."""
    least, most = recovery.expected
    first = text(
        "service recovery (never part of the verdict): {n} customers at {low} or below went from "
        "{before} to {after}, {gain}; doing nothing brings {least} to {most}",
        n=recovery.n,
        low=f"{recovery.low_at_most:g}",
        before=_plain(recovery.before),
        after=_plain(recovery.after),
        gain=change_text(recovery.gain, ""),
        least=change_text(least, ""),
        most=change_text(most, ""),
    )
    if recovery.interval is None:
        return (first,)
    beyond = text(
        "  beyond that: {beyond}, 95 % interval {interval}",
        beyond=change_text(recovery.beyond, ""),
        interval=interval_text(recovery.interval, ""),
    )
    return first, beyond


def design_text(design: str) -> str:
    """What the verdict rests on, in the reader's language, from ``random+comparison+history``."""
    words: dict[str, Text] = {
        "random": text("random"),
        "same": text("same customers"),
        "same-unpaired": text("same customers, unpaired"),
        "low": text("low scorers"),
        "comparison": text("comparison"),
        "history": text("history"),
        "rollout": text("steps drawn by lot"),
        "holdout": text("hold-out drawn by lot"),
    }
    return "+".join(str(words.get(part, part)) for part in design.split("+"))


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
