"""The analyser ``slices``: in which segments a shortfall sits, beyond chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from loopqa.calc.analysis.slices import LEAST, Group, Low, Slice, Slices, look_into
from loopqa.calc.detection.cells import Estimate
from loopqa.calc.detection.findings import MergedCandidate
from loopqa.calc.intervals import spread
from loopqa.language import Text, text
from loopqa.model.analysis import Insight, Lead
from loopqa.model.cycle import Scope, scope_of, scope_text
from loopqa.model.rubric import Rubric
from loopqa.model.tally import CASE_SCALE, Moments, Tally, dimension_quantity
from loopqa.model.tally import Group as Values
from loopqa.plugin import AnalyseContext, Analyser, Options, hookimpl

MOST = 12  #: slices that are told; nobody reads more

ByRater = Mapping[str, Moments]
Key = tuple[tuple[str, str], ...]
"""Columns with one value each."""


#: of a group that is too small to be tested
_UNTOLD = Estimate(math.nan, 0.0, 1.0)


class SliceOptions(Options):
    """What is looked into."""

    pairs: bool = True  #: also look at every two segments together


class SlicesAnalyser(Analyser):
    """Every segment value, and every two together, against all other cases of the finding.

    Named are those that score lower beyond chance (one-sided Welch test, Benjamini-Hochberg at
    10 %), ordered by how much they lower the whole.
    """

    type = "slices"
    summary = text("where a finding sits: segments that score lower than the rest")
    Config = SliceOptions

    def analyse(self, context: AnalyseContext) -> Insight | None:
        """The slices of one finding."""
        if context.finding is None:
            return None
        groups = _groups(context.rubric, context.tally, context.window, context.finding)
        shares = _shares(context.rubric, groups.values())
        if not shares:
            return Insight(text("no cases with a score of their own: there is nothing to slice"))
        columns = _columns(context.tally, context.finding.scope)
        if not columns:
            return Insight(text("no further segment to look into"))
        sizes = (1, 2) if self.config.pairs else (1,)
        looked = look_into(_slices(groups, context.tally.by, columns, sizes, shares))
        return _insight(looked)


def _groups(
    rubric: Rubric, tally: Tally, window: str, finding: MergedCandidate
) -> dict[Values, dict[str, Moments]]:
    """Case scores of the finding's dimension by group and rater, inside its scope."""
    raters = {
        dimension_quantity(finding.dimension, rater): rater
        for rater in rubric.dimension(finding.dimension).raters
    }
    wanted = [(tally.by.index(column), set(values)) for column, values in finding.scope]
    found: dict[Values, dict[str, Moments]] = {}
    for one in tally.moments:
        rater = raters.get(one.quantity)
        inside = all(one.group[place] in values for place, values in wanted)
        if rater is not None and one.window == window and inside:
            scaled = Moments(one.n, one.total / CASE_SCALE, one.squares / CASE_SCALE**2)
            found.setdefault(one.group, {})[rater] = scaled
    return found


def _shares(rubric: Rubric, groups: Iterable[ByRater]) -> dict[str, float]:
    """What each rater's cases weigh: as in the blend, among those that have cases here."""
    present = dict.fromkeys(rater for one in groups for rater in one)
    weights = {rater: rubric.blend.weights.get(rater, 0.0) for rater in present}
    if not any(weights.values()):
        weights = dict.fromkeys(present, 1.0)
    total = sum(weights.values())
    return {rater: weight / total for rater, weight in weights.items() if weight > 0}


def _columns(tally: Tally, scope: Scope) -> list[str]:
    """Segments that can still tell the finding's cases apart."""
    settled = {column for column, values in scope if len(values) == 1}
    return [column for column in tally.by if column not in settled]


def _slices(
    groups: Mapping[Values, ByRater],
    by: Sequence[str],
    columns: Sequence[str],
    sizes: Sequence[int],
    shares: Mapping[str, float],
) -> Iterator[Slice]:
    """Every combination of values of one column, and of two; blank values are no place."""
    whole = _sum(groups.values(), shares)
    for chosen in (some for size in sizes for some in combinations(columns, size)):
        places = [by.index(column) for column in chosen]
        parts: dict[Values, list[ByRater]] = {}
        for group, moments in groups.items():
            parts.setdefault(tuple(group[place] for place in places), []).append(moments)
        for values, members in sorted(parts.items()):
            inside = _sum(members, shares)
            outside = {rater: _without(whole[rater], inside[rater]) for rater in shares}
            if all(values):
                scope = scope_of(dict(zip(chosen, values, strict=True)))
                yield Slice(scope, _group(inside, shares), _group(outside, shares))


def _sum(groups: Iterable[ByRater], shares: Mapping[str, float]) -> dict[str, Moments]:
    total = dict.fromkeys(shares, Moments())
    for one in groups:
        for rater in shares:
            total[rater] += one.get(rater, Moments())
    return total


def _without(whole: Moments, part: Moments) -> Moments:
    return Moments(whole.n - part.n, whole.total - part.total, whole.squares - part.squares)


def _group(moments: ByRater, shares: Mapping[str, float]) -> Group:
    """The blended mean of some cases; n is that of the rater who has fewest."""
    n = int(min(moments[rater].n for rater in shares))
    if n < LEAST:
        return Group(n, _UNTOLD)
    mean = math.fsum(share * moments[rater].mean for rater, share in shares.items())
    variance = math.fsum(
        share**2 * spread(moments[rater]) / moments[rater].n for rater, share in shares.items()
    )
    return Group(n, Estimate(mean, math.sqrt(variance), n - 1))


def _insight(looked: Slices) -> Insight:
    figures = {"tested": looked.tested, "found": looked.found, "skipped": looked.skipped}
    if not looked.tested:
        sentence = text("no slice has the {n} answers that a test takes", n=LEAST)
    elif not looked.found:
        sentence = text(
            "no place stands out: none of {tested} slices is lower than the rest beyond chance",
            tested=looked.tested,
        )
    else:
        sentence = text(
            "seen in {found} of {tested} slices tested", found=looked.found, tested=looked.tested
        )
    return Insight(sentence, tuple(map(_lead, looked.low[:MOST])), _notes(looked), figures)


def _notes(looked: Slices) -> tuple[Text, ...]:
    notes = []
    told = min(len(looked.low), MOST)
    if looked.found > told:
        notes.append(
            text("{n} more lie within these, or take less from the score", n=looked.found - told)
        )
    if looked.skipped:
        notes.append(
            text("{n} slices have fewer than {least} answers: not tested",
                 n=looked.skipped, least=LEAST)
        )  # fmt: skip
    if looked.found:
        notes.append(text("at most about one in ten of those named can be there by chance"))
    return tuple(notes)


def _lead(one: Low) -> Lead:
    return Lead(
        text(
            "{where}: {mean} against {rest} elsewhere (n = {n}); lowers the whole by {points}",
            where=scope_text(one.scope),
            mean=f"{one.mean:.2f}",
            rest=f"{one.rest:.2f}",
            n=one.n,
            points=f"{one.contribution:.2f}",
        ),
        one.scope,
        figures={
            "n": one.n,
            "mean": one.mean,
            "rest": one.rest,
            "shrunk": one.shrunk,
            "contribution": one.contribution,
            "p": one.p,
        },
    )


@hookimpl
def loopqa_analysers() -> Sequence[type[Analyser]]:
    """The analyser of this file."""
    return [SlicesAnalyser]
