"""The analyser ``drivers``: which dimensions go along with the outcome, and which fall short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from loopqa.calc.analysis.drivers import (
    LEAST,
    Driver,
    Drivers,
    Joint,
    drivers_of_composite,
    drivers_of_outcome,
    moments,
)
from loopqa.calc.analysis.importance import Placed, Quarter, placed
from loopqa.language import Text, text
from loopqa.model.analysis import Insight, Lead
from loopqa.model.rubric import Dimension, Rubric
from loopqa.model.score import DimensionScore
from loopqa.model.tally import COMPOSITE, CrossCount, Tally
from loopqa.model.words import listed
from loopqa.plugin import AnalyseContext, Analyser, Options, hookimpl

_ADVICE = {
    Quarter.FIRST: text("work on this first"),
    Quarter.KEEP: text("keep this up"),
    Quarter.LATER: text("falls short, but matters less"),
    Quarter.ENOUGH: text("good enough"),
}


class DriverOptions(Options):
    """What is explained."""

    outcome: str | None = None  #: a dimension; None: the only one of weight 0, else the composite


@dataclass(frozen=True)
class Found:
    """The drivers of one input's scores."""

    outcome: str  #: dimension id, or "composite"
    drivers: Drivers
    left_out: tuple[str, ...]  #: dimensions with too few answers beside the outcome's


class DriversAnalyser(Analyser):
    """Johnson's relative weights of the dimensions on the outcome, with bootstrap intervals.

    From 200 cases on; below that the order would be mostly chance, and none is given. Beside each
    share stands whether the dimension meets its aim (importance and performance).
    """

    type = "drivers"
    summary = text("what goes along with the overall outcome, dimension by dimension")
    Config = DriverOptions
    per_finding = False

    def analyse(self, context: AnalyseContext) -> Insight | None:
        """The drivers of a wave."""
        outcome = self.config.outcome or _marked(context.rubric)
        joint = _joint(context.tally, context.window, outcome)
        if joint is None:
            return Insight(text("no input has two dimensions and the outcome side by side"))
        usable = _usable(joint, outcome)
        if len(usable) < 2 + (outcome != COMPOSITE):
            return Insight(
                text(
                    "no ranking: under {least} cases have the outcome and two dimensions",
                    least=LEAST,
                ),
                figures={"n": int(joint.counts.sum())},
            )
        kept = joint.only(usable)
        found = Found(outcome, _drivers(context, kept, outcome), _missing(joint, usable))
        return _insight(context, found)


def _marked(rubric: Rubric) -> str:
    """The outcome the rubric marks: the only dimension that is measured and not counted in."""
    beside = [one.id for one in rubric.dimensions if one.weight == 0]
    return beside[0] if len(beside) == 1 else COMPOSITE


def _joint(tally: Tally, window: str, outcome: str) -> Joint | None:
    """The scores of the input that has most dimensions beside the outcome."""
    inputs: dict[tuple[str, ...], list[CrossCount]] = {}
    for one in tally.cross:
        names = tuple(quantity.partition("@")[0] for quantity in one.quantities)
        if one.window == window and (outcome in names or outcome == COMPOSITE):
            inputs.setdefault(names, []).append(one)
    largest = max(inputs, key=len, default=())
    distinct = len(set(largest)) == len(largest)
    if len(largest) < 2 + (outcome != COMPOSITE) or not distinct:
        return None
    return _table(largest, inputs[largest])


def _table(names: tuple[str, ...], rows: Sequence[CrossCount]) -> Joint:
    import numpy as np  # noqa: PLC0415 - heavy

    values = [[np.nan if one is None else one / 100 for one in row.values] for row in rows]
    return Joint(names, np.array(values), np.array([row.n for row in rows]))


def _usable(joint: Joint, outcome: str) -> list[str]:
    """Scores that differ between cases and stand in enough of them beside all the others.

    The rarest score goes first, until every two stand side by side in enough cases.
    """
    found = moments(joint.values, joint.counts)
    kept = [at for at in range(len(joint.names)) if found.sd[at] > 0]
    while len(kept) > 1:
        rarest = min(
            (at for at in kept if joint.names[at] != outcome),
            key=lambda at: (min(found.n[at][other] for other in kept), -at),
        )
        if min(found.n[one][other] for one in kept for other in kept) >= LEAST:
            break
        kept.remove(rarest)
    names = [joint.names[at] for at in kept]
    return names if outcome in (*names, COMPOSITE) else []


def _missing(joint: Joint, usable: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in joint.names if name not in usable)


def _drivers(context: AnalyseContext, joint: Joint, outcome: str) -> Drivers:
    if outcome != COMPOSITE:
        return drivers_of_outcome(joint, outcome, context.random)
    weights = [context.rubric.dimension(name).weight for name in joint.names]
    return drivers_of_composite(joint, weights, context.random)


def _insight(context: AnalyseContext, found: Found) -> Insight:
    leads = tuple(_leads(context, found.drivers))
    leading = listed([text("'{name}'", name=one.name) for one in found.drivers.leading])
    outcome = text("'{name}'", name=found.outcome)
    if len(found.drivers.leading) == 1:
        sentence = text(
            "{leading} goes along most with {outcome}", leading=leading, outcome=outcome
        )
    else:
        sentence = text(
            "{leading} go along most with {outcome}; which of them comes first, chance decides",
            leading=leading,
            outcome=outcome,
        )
    figures = {"n": found.drivers.n, "r2": found.drivers.r2, "equal": 1 / len(leads)}
    about = None if found.outcome == COMPOSITE else found.outcome
    return Insight(sentence, leads, tuple(_notes(found)), figures, about)


def _notes(found: Found) -> Iterator[Text]:
    yield text("this is correlation: whether changing one changes the other, only an action shows")
    if found.outcome == COMPOSITE:
        yield text("the composite is computed from these dimensions, so they explain all of it")
    if found.left_out:
        yield text(
            "left out, for too few answers or none that differ: {names}",
            names=", ".join(found.left_out),
        )


def _leads(context: AnalyseContext, found: Drivers) -> Iterator[Lead]:
    equal = 1 / len(found.drivers)
    for one in found.drivers:
        dimension, score = context.rubric.dimension(one.name), context.card.dimension(one.name)
        aim = _aim(context.rubric, dimension)
        where = _placed(one, equal, score, aim)
        yield Lead(
            _sentence(one, where),
            dimension=one.name,
            figures={**_figures(one), **_standing(score, aim, where)},
        )


def _aim(rubric: Rubric, dimension: Dimension) -> float | None:
    """What the score should reach: the target, or the threshold of findings."""
    target = dimension.target
    if target is not None and target.operator in {">=", ">"}:
        return target.value
    return rubric.finding.below


def _placed(one: Driver, equal: float, score: DimensionScore, aim: float | None) -> Placed | None:
    if score.score is None or aim is None:
        return None
    return placed(one.share, one.interval, equal, score.score, score.interval, aim)


def _figures(one: Driver) -> dict[str, float | None]:
    low, high = one.interval
    return {"share": one.share, "low": low, "high": high, "rank": one.rank}


def _standing(
    score: DimensionScore, aim: float | None, where: Placed | None
) -> Mapping[str, float | None]:
    low, high = score.interval or (None, None)
    return {
        "score": score.score,
        "score_low": low,
        "score_high": high,
        "aim": aim,
        "borderline": None if where is None else float(where.borderline),
    }


def _sentence(one: Driver, where: Placed | None) -> Text:
    low, high = one.interval
    share = text(
        "{name}: {share} % of what is explained ({low} to {high} %)",
        name=one.name,
        share=f"{100 * one.share:.0f}",
        low=f"{100 * low:.0f}",
        high=f"{100 * high:.0f}",
    )
    if where is None:
        return share
    if where.borderline:
        return text("{share}; {advice}, borderline", share=share, advice=_ADVICE[where.quarter])
    return text("{share}; {advice}", share=share, advice=_ADVICE[where.quarter])


@hookimpl
def loopqa_analysers() -> Sequence[type[Analyser]]:
    """The analyser of this file."""
    return [DriversAnalyser]
