"""The tally of one comparison, sorted once by what the questions need."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from loopqa.calc.effect.contrast import pooled
from loopqa.calc.question.amounts import Smallest
from loopqa.calc.question.arms import Arms, Cell
from loopqa.calc.question.by_strata import Totals, by_strata
from loopqa.calc.question.histograms import amounts, histograms
from loopqa.calc.question.reading_sums import sums
from loopqa.calc.question.readings import Reading
from loopqa.calc.question.request import Request
from loopqa.calc.question.responses import ByArm, responses
from loopqa.model.surveyed import SurveyMean
from loopqa.model.tally import CASE_SCALE, Moments, PairSum, Tally
from loopqa.model.verdict import Arm, JointMoments, Levels, PairMoments, Period

Key = TypeVar("Key")


class _Addable(Protocol):
    def __add__(self, other: Self, /) -> Self: ...


Sum = TypeVar("Sum", bound=_Addable)


@dataclass(frozen=True)
class EvidenceIndex:
    """Everything a request needs of a tally, found by key."""

    request: Request
    arms: Arms
    clusters: Mapping[tuple[str, str, Arm], Mapping[str, Moments]]
    """(quantity, window, arm) → cluster → sums."""
    cells: Mapping[str, Mapping[Cell, Moments]]  #: quantity → cell → sums of the baseline
    pairs: Mapping[tuple[str, Arm], Mapping[str, PairMoments]]  #: (quantity, arm) → cluster → sums
    retests: Mapping[str, PairMoments]  #: by quantity
    counts: Mapping[tuple[str, str, Arm], Mapping[float, float]]
    """(quantity, window, arm) → points → answers, where they are known one by one."""
    amounts: Mapping[tuple[str, str], Mapping[str, Mapping[float, float]]]
    """(indicator, window) → cluster → amount → answers in the scope, for quantiles."""
    smallest: Mapping[str, Smallest]  #: by indicator
    joint: Mapping[tuple[str, str, str], Mapping[Arm, Mapping[str, JointMoments]]]
    """(quantity, other quantity, window) → arm → cluster → sums of cases with both."""
    low_pairs: Mapping[str, PairMoments]  #: of the scope's low scorers, by quantity
    responses: Mapping[str, ByArm]  #: by rater, where it is known who was invited
    surveyed: Mapping[tuple[str, str], SurveyMean]
    """(quantity, window) → the scope's mean, where the sample was drawn by strata."""
    by_strata: frozenset[str]  #: quantities of answers that were drawn by strata

    def period(self, quantity: str, window: str) -> Period:
        """One window of a quantity, by arm and cluster."""
        return Period(
            self.clusters.get((quantity, window, Arm.SCOPE), {}),
            self.clusters.get((quantity, window, Arm.COMPARISON), {}),
            self.request.day(window),
        )

    def answers(self, quantity: str) -> tuple[float, float]:
        """Answers in the scope, before and after."""
        request = self.request
        before = pooled(self.clusters.get((quantity, request.before, Arm.SCOPE), {}))
        after = pooled(self.clusters.get((quantity, request.after, Arm.SCOPE), {}))
        return before.n, after.n

    def scope_means(self, quantity: str) -> tuple[SurveyMean, SurveyMean] | None:
        """The scope's means before and after, where both samples were drawn by strata."""
        request = self.request
        before = self.surveyed.get((quantity, request.before))
        after = self.surveyed.get((quantity, request.after))
        return (before, after) if before and after else None

    def levels(self, quantity: str, arm: Arm) -> Levels:
        """Single answers of one arm, where they are known."""
        history: Counter[float] = Counter()
        for label in self.request.history:
            history.update(self.counts.get((quantity, label, arm), {}))
        before = self.counts.get((quantity, self.request.before, arm), {})
        return Levels(before, self.counts.get((quantity, self.request.after, arm), {}), history)


def indexed(
    tally: Tally,
    request: Request,
    wanted: Sequence[Reading],
    retest: Tally | None,
    smallest: Mapping[str, Smallest],
) -> EvidenceIndex:
    """Go through the tally once."""
    # Sorted, so that the last digit of a verdict does not depend on the order of a tally.
    rows = sorted(sums(tally, wanted, smallest), key=lambda row: (*row[:3], row[3].n, row[3].total))
    present = {request.before, request.after}
    arms = Arms(request, tally.by, (group for _, window, group, _ in rows if window in present))
    strata = by_strata(tally, rows, wanted)
    clusters: dict[tuple[str, str, Arm], dict[str, Moments]] = defaultdict(dict)
    cells: dict[str, dict[Cell, Moments]] = defaultdict(dict)
    for row in rows:
        quantity, window, group, _ = row
        seat, moments = arms.seat(group), strata.weighted(row)
        if window == request.before:
            _add(cells[quantity], seat.cell, moments)
        if seat.arm is not None:
            _add(clusters[quantity, window, seat.arm], seat.cluster, moments)
    rates = kish_rates(tally, wanted, arms, strata.totals(rows, arms))
    signs = {one.quantity: -1.0 for one in wanted if one.own and one.yardstick.lower_is_better}
    return EvidenceIndex(
        request,
        arms,
        {key: _rescaled(sums, rates.get(key, 1.0)) for key, sums in clusters.items()},
        {
            quantity: _rescaled(sums, rates.get((quantity, request.before, Arm.SCOPE), 1.0))
            for quantity, sums in cells.items()
        },
        _pairs(tally, arms, signs),
        _retests(retest, signs),
        histograms(tally, request, wanted, arms, smallest, strata, rates),
        amounts(tally, request, arms, wanted, strata, rates),
        smallest,
        _joint(tally, arms),
        _low_pairs(tally, request, arms),
        responses(tally, request, arms),
        strata.scope_means(rows, arms),
        strata.quantities,
    )


def kish_rates(
    tally: Tally, wanted: Sequence[Reading], arms: Arms, by_strata: Totals
) -> dict[tuple[str, str, Arm], float]:
    """(quantity, window, arm) → what turns weights into effective answers: sum w / sum w^2.

    So all answers of an arm together count as Kish's (sum w)^2 / sum w^2 of them, and a cluster
    as its share of the weights. ``by_strata``: sums of weights that strata make.
    """
    weighted = {one.indicator: one.quantity for one in wanted if one.weighted and one.indicator}
    totals: dict[tuple[str, str, Arm], tuple[float, float]] = dict(by_strata)
    for row in sorted(tally.levels, key=lambda row: row[:3]) if weighted else ():
        arm = arms.seat(row.group).arm
        if row.level is None or row.indicator not in weighted or arm is None:
            continue
        key = (weighted[row.indicator], row.window, arm)
        if key not in by_strata:
            first, second = totals.get(key, (0.0, 0.0))
            totals[key] = first + row.weight, second + row.weight2
    return {key: first / second for key, (first, second) in totals.items() if second > 0}


Place = TypeVar("Place")


def _rescaled(sums: Mapping[Place, Moments], rate: float) -> Mapping[Place, Moments]:
    if rate == 1.0:
        return sums
    return {
        place: Moments(rate * one.n, rate * one.total, rate * one.squares)
        for place, one in sums.items()
    }


def _add(into: dict[Key, Sum], key: Key, more: Sum) -> None:
    known = into.get(key)
    into[key] = more if known is None else known + more


def _pairs(
    tally: Tally, arms: Arms, signs: Mapping[str, float]
) -> dict[tuple[str, Arm], dict[str, PairMoments]]:
    found: dict[tuple[str, Arm], dict[str, PairMoments]] = defaultdict(dict)
    for row in sorted(tally.pair_sums):
        seat = arms.seat(row.group)
        if seat.arm is not None:
            _add(found[row.quantity, seat.arm], seat.cluster, _turned(row, signs))
    return found


def _joint(
    tally: Tally, arms: Arms
) -> dict[tuple[str, str, str], dict[Arm, dict[str, JointMoments]]]:
    found: dict[tuple[str, str, str], dict[Arm, dict[str, JointMoments]]] = {}
    for row in sorted(tally.joint):
        seat = arms.seat(row.group)
        if seat.arm is not None:
            by_arm = found.setdefault((row.first, row.second, row.window), {})
            sums = (row.firsts / CASE_SCALE, row.seconds / CASE_SCALE)
            moments = JointMoments(row.n, *sums, row.products / CASE_SCALE**2)
            _add(by_arm.setdefault(seat.arm, {}), seat.cluster, moments)
    return found


def _turned(row: PairSum, signs: Mapping[str, float]) -> PairMoments:
    """The sums of one row with more being better; squares and products stay."""
    sign = signs.get(row.quantity, 1.0)
    return PairMoments(row.n, sign * row.before, sign * row.after, *row[5:])


def _low_pairs(tally: Tally, request: Request, arms: Arms) -> dict[str, PairMoments]:
    """Low scorers of the scope who answered both times, by their latest answers.

    Where only they were asked again, all pairs are theirs.
    """
    cut = round(request.low_at_most * CASE_SCALE)
    found: dict[str, PairMoments] = {}
    for row in tally.pairs:
        if row.before <= cut and arms.seat(row.group).arm is Arm.SCOPE:
            before, after = row.before / CASE_SCALE, row.after / CASE_SCALE
            sums = (before, after, before**2, after**2, before * after)
            _add(found, row.quantity, PairMoments(row.n, *(row.n * one for one in sums)))
    return found


def _retests(retest: Tally | None, signs: Mapping[str, float]) -> dict[str, PairMoments]:
    found: dict[str, PairMoments] = {}
    for row in sorted(retest.pair_sums) if retest else ():
        _add(found, row.quantity, _turned(row, signs))
    return found
