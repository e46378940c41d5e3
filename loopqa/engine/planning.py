"""What can be seen with how many answers, before any work is done."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from loopqa.calc.effect.available import LEAST_ANSWERS
from loopqa.calc.effect.drift import FLOOR, LEAST_WINDOWS
from loopqa.calc.effect.regression import correlation
from loopqa.calc.question.readings import readings
from loopqa.calc.scoring.scorecard import scorecard
from loopqa.calc.verdict.lots_outlook import LotsOutlook
from loopqa.calc.verdict.planning import Outlook
from loopqa.engine.evaluate import Columns, scope_from
from loopqa.engine.parts import feeds_at_hand, read_parts, windowed_parts
from loopqa.engine.plans import Plan, PlanResult
from loopqa.engine.prospects import AnswerDate, answer_date
from loopqa.engine.reading import Progress, Wanted
from loopqa.engine.standard import Standard, standard
from loopqa.errors import UsageError
from loopqa.evidence.backend import shared_backend
from loopqa.evidence.tallying import Part, tally
from loopqa.language import Text, text
from loopqa.model.rubric import Dimension, Rubric
from loopqa.model.score import DimensionScore
from loopqa.model.tally import Tally
from loopqa.model.verdict import Asked, PairMoments
from loopqa.model.workflow import RolloutRule, Workflow
from loopqa.model.yardstick import Kind

USUAL_SD = 1.14 / 4  #: of one answer, as a share of the scale's width
USUAL_RETEST = 0.45  #: correlation of a customer's two answers

NOW, EARLIER = "now", "earlier"


def plan(
    rubric: Rubric | Path | str,
    data: Any = None,
    *,
    n: int | None = None,
    change: float | None = None,
    sd: float | None = None,
    retest: float | None = None,
    comparison: bool = True,
    history: int = 0,
    asked: str = "random",
    design_effect: float = 1.0,
    invited: int | None = None,
    response: float | None = None,
    clusters: int | None = None,
    steps: int = 1,
    holdout: float = 0.0,
    population: int | None = None,
    scope: Columns | None = None,
    at: str | None = None,
    window: str | None = None,
    earlier: str | None = None,
    customer: str | None = None,
    workflow: Workflow | Path | str | None = None,
    closing: date | None = None,
    progress: Progress | None = None,
) -> PlanResult:
    """Say which change a re-survey can see, and how many answers a change worth seeing needs.

    Args:
        rubric: a path, the name of a shipped rubric, or a loaded one.
        data: answers of one period, from which ``n`` and ``sd`` are taken dimension by dimension.
        n: answers in the scope in each period, instead of those in the data.
        change: worth seeing, in points; None: the rubric's ``decide.material_change``.
        sd: of one answer, in points; None: from the data, or 1.14 on a scale of 1-5.
        retest: correlation of a customer's answers; None: from the data, or 0.45.
        comparison: cases outside the scope are surveyed alike, with as many answers.
        history: earlier windows with about as many answers; six are needed to count.
        asked: ``random`` (a fresh sample), ``same`` (the baseline's customers again) or ``low``
            (its low scorers again; ``n`` counts them).
        design_effect: 1 + (answers per cluster - 1) * intraclass correlation.
        invited: customers invited in the scope; with ``response`` they give ``n``.
        response: share of those invited who answer, 0..1.
        clusters, steps, holdout: lots among so many teams will decide which of them begin with
            which step, and which share waits; ``n`` then counts the answers of all of them.
        population: customers there are; sampling alone needs fewer answers of few customers.
        scope: the cases of the data to be counted, e.g. ``{"channel": "phone"}``.
        at, window: date column, and the period of the data to be counted.
        earlier, customer: an earlier period and the customers' column, to measure ``retest``.
        workflow: says how columns are called, and when a re-survey follows.
        closing: the day the action will be closed; with ``workflow`` it tells when the verdict
            will be known.

    Raises:
        DefinitionError: the rubric is wrong.
        DataError: the data can't be read or lacks a column.
        UsageError: the arguments are out of range or contradict each other.
    """
    _refuse_impossible(
        n=n, change=change, sd=sd, history=history, asked=asked, design_effect=design_effect,
        response=response, retest=retest, invited=invited, population=population,
    )  # fmt: skip
    used = standard(rubric, workflow=workflow)
    answer = _answer(used, closing)
    decide, scale = used.rubric.decide, used.rubric.scale
    width = scale.high - scale.low
    outlook = Outlook(
        Asked(asked),
        comparison,
        history,
        USUAL_SD * width if sd is None else sd,
        USUAL_RETEST if retest is None else retest,
        decide.confidence,
        decide.local_drift,
        FLOOR * width / 4,
        design_effect,
        _lots(clusters, steps, holdout, decide.confidence),
        population,
    )
    if n is None and invited is not None:
        n = int(invited * (response or 0.0))
    _refuse_more_than_all(n, population)
    blank = Plan(None, n, outlook, decide.material_change if change is None else change)
    given = Given(n is not None, sd is not None, retest is not None)
    if data is None and used.workflow is None:
        notes = (*_notes(blank, given), *_notes_on_units(used, blank))
        return PlanResult(used.rubric.id, (blank,), response, notes, answer)
    counts = _counted(used, data, scope, at, {NOW: window, EARLIER: earlier}, customer, progress)
    plans = _of_data(used, counts, blank, given)
    measured = replace(given, sd=True, retest=given.retest or earlier is not None)
    notes = (*_notes(plans[0], measured), *_notes_on_units(used, *plans))
    return PlanResult(used.rubric.id, plans, response, notes, answer)


def _answer(used: Standard, closing: date | None) -> AnswerDate | None:
    if closing is None:
        return None
    if used.workflow is None:
        raise UsageError(
            text("when the answer is known depends on a workflow"),
            hint=text("name it with --workflow"),
        )
    return answer_date(used.workflow, closing)


@dataclass(frozen=True)
class Given:
    """What need not be taken from the data, or assumed."""

    n: bool
    sd: bool
    retest: bool


def _refuse_impossible(
    *,
    asked: str,
    history: int,
    response: float | None,
    retest: float | None,
    invited: int | None,
    **positive: float | None,
) -> None:
    for name, value in positive.items():
        if value is not None and not value > 0:
            raise UsageError(
                text("{name} must be more than 0, not {value}", name=name, value=value)
            )
    if asked not in list(Asked):
        raise UsageError(
            text(
                "{name} can't be '{value}'; it is one of {allowed}",
                name="asked",
                value=asked,
                allowed=", ".join(Asked),
            )
        )
    if history < 0:
        raise UsageError(text("history can't be negative"))
    if response is not None and not 0 < response <= 1:
        raise UsageError(
            text("response must lie between 0 and 1, not {value}", value=response),
            hint=text("write 28 % as 0.28"),
        )
    if retest is not None and not 0 <= retest < 1:
        raise UsageError(text("retest must lie between 0 and 1, not {value}", value=retest))
    if invited is not None and response is None:
        raise UsageError(
            text("how many of those invited answer is not known"),
            hint=text("give the response rate, e.g. --response 0.28"),
        )


def _refuse_more_than_all(n: int | None, population: int | None) -> None:
    if n is not None and population is not None and n > population:
        raise UsageError(
            text(
                "{n} answers can't come from a population of {population}",
                n=n,
                population=population,
            ),
            hint=text("--population counts all customers, also those who are not asked"),
        )


def _lots(
    clusters: int | None, steps: int, holdout: float, confidence: float
) -> LotsOutlook | None:
    if clusters is None and steps == 1 and not holdout:
        return None
    if clusters is None or clusters < 2 or steps < 1 or (steps == 1 and not 0 < holdout < 1):
        raise UsageError(
            text("a roll-out is planned among clusters, in two steps or with a hold-out"),
            hint=text("give --clusters 12 --steps 3, or --clusters 12 --holdout 20%"),
        )
    lots = LotsOutlook(clusters, RolloutRule("", steps, holdout=holdout))
    if not lots.decides(1 - confidence):
        raise UsageError(
            text(
                "lots among {n} clusters in groups of {sizes} can fall in {ways} ways; a verdict "
                "takes at least {least}",
                n=clusters,
                sizes=", ".join(map(str, lots.sizes)),
                ways=lots.ways,
                least=math.ceil(1 / (1 - confidence) - 1e-9),
            ),
            hint=text("plan with more clusters or more steps"),
        )
    return lots


def _counted(
    used: Standard,
    data: Any,
    scope: Columns | None,
    at: str | None,
    windows: Mapping[str, str | None],
    customer: str | None,
    progress: Progress | None,
) -> Tally:
    """The tally of the period planned from, paired with the earlier one where that is given."""
    chosen = scope_from(scope)
    wanted = Wanted(
        keep=tuple(dict.fromkeys(column for column, _ in chosen)),
        at=at,
        customer=customer,
        need_customer=customer is not None,
    )
    dated = {label: one for label, one in windows.items() if one is not None}
    if EARLIER in dated and (NOW not in dated or customer is None):
        raise UsageError(
            text("an earlier period measures the retest correlation only with customers"),
            hint=text("give the window and the customers' column as well"),
        )
    parts = (
        windowed_parts(used, data, dated, wanted, progress)
        if dated
        else read_parts(used, feeds_at_hand(used, data), wanted, NOW, progress)[0]
    )
    kept: Sequence[Part] = [replace(part, cases=part.cases.where(chosen)) for part in parts]
    pairs = (EARLIER, NOW) if EARLIER in dated else None
    return tally(shared_backend(), used.rubric, used.schemes, kept, pairs=pairs)


def _of_data(used: Standard, counts: Tally, blank: Plan, given: Given) -> tuple[Plan, ...]:
    card = scorecard(used.rubric, used.schemes, counts, window=NOW)
    plans = []
    for one in card.dimensions:
        if one.score is None or not one.n:
            continue
        outlook = blank.outlook
        if not given.sd and one.sd:
            outlook = replace(outlook, sd=one.sd)
        measured = None if given.retest else _retest(counts, one.id)
        if measured is not None:
            outlook = replace(outlook, retest=min(max(measured, 0.0), 0.95))
        plans.append(
            replace(blank, dimension=one.id, n=blank.n or _answers(one, outlook), outlook=outlook)
        )
    if not plans:
        raise UsageError(
            text("no dimension of the data has a score"),
            hint=text("check the scope and the window, or give --n instead of data"),
        )
    return tuple(plans)


def _answers(one: DimensionScore, outlook: Outlook) -> int:
    """Answers to be expected: as many as in the data, or as many as scored low there."""
    if outlook.asked is not Asked.LOW or one.bottom_share is None:
        return one.n
    return round(one.n * one.bottom_share)


def _retest(counts: Tally, dimension: str) -> float | None:
    rows = [row for row in counts.pair_sums if row.quantity.startswith(f"{dimension}@")]
    return correlation(sum((PairMoments(*row[2:]) for row in rows), PairMoments()))


def _notes_on_lots(lots: LotsOutlook, shock: float) -> Iterator[Text]:
    yield text(
        "answers are those of all {n} clusters in each window; those drawn: {sizes}",
        n=lots.clusters,
        sizes=", ".join(map(str, lots.sizes)),
    )
    yield text(
        "a cluster is taken to move by {shock} points by itself in a window",
        shock=f"{shock:.2f}",
    )


def _notes_on_units(used: Standard, *plans: Plan) -> Iterator[Text]:
    """Which of the planned dimensions will be judged in a unit of their own."""
    planned = {one.dimension for one in plans}
    own = [
        dimension.id
        for dimension in used.rubric.dimensions
        if planned & {None, dimension.id} and _in_own_unit(used, dimension)
    ]
    if own:
        yield text(
            "{dimensions}: planned here in points of the score, but judged in a unit of its own "
            "(percent, percentage points, minutes), so take this as a rough guide",
            dimensions=", ".join(own),
        )


def _in_own_unit(used: Standard, dimension: Dimension) -> bool:
    asked = readings(used.rubric, used.schemes, dimension)
    return any(one.yardstick.kind is not Kind.POINTS for parts in asked for one in parts)


def _notes(first: Plan, given: Given) -> Iterator[Text]:
    """What the reader has to know before he believes the numbers."""
    outlook = first.outlook
    if outlook.lots is not None:
        yield from _notes_on_lots(outlook.lots, outlook.allowance)
    elif outlook.design is None:
        yield text(
            "with neither a comparison nor {windows} earlier windows every verdict will be "
            "inconclusive, however many answer",
            windows=LEAST_WINDOWS,
        )
    if first.n is not None and first.n < LEAST_ANSWERS and outlook.lots is None:
        yield text(
            "fewer than {least} answers decide nothing, however large the change",
            least=LEAST_ANSWERS,
        )
    if 0 < outlook.windows < LEAST_WINDOWS and outlook.lots is None:
        yield text("fewer than {windows} earlier windows do not count", windows=LEAST_WINDOWS)
    if outlook.comparison and outlook.lots is None:
        yield text("the comparison brings as many answers as the scope, in every period")
    if outlook.asked is Asked.LOW:
        yield text("answers are those of low scorers who answer again")
    if not given.sd:
        yield text("the spread of answers is taken to be {sd} points", sd=f"{outlook.sd:.2f}")
    if not given.retest and outlook.asked is not Asked.RANDOM:
        yield text("the retest correlation is taken to be {retest}", retest=outlook.retest)
    if outlook.design is not None:
        limit = outlook.verdict_limit()
        yield text(
            "no number of answers shows less than {limit} points, because scopes move by "
            "themselves",
            limit="-" if limit is None else f"{limit:.2f}",
        )
