"""The analyser ``cases``: a few of the lowest cases of a finding, to look at one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from loopqa.calc.themes.masking import excerpt
from loopqa.calc.themes.reading import folded
from loopqa.language import Text, text
from loopqa.model.analysis import Insight, Lead
from loopqa.model.behind import RatedCase
from loopqa.model.cycle import Scope, scope_of, scope_text
from loopqa.model.tally import dimension_quantity
from loopqa.plugin import AnalyseContext, Analyser, Options, hookimpl

FEWEST = 5  #: cases that must share what a case is told by
_SPARE = 4  #: times as many cases are looked at, as some say the same


class CaseOptions(Options):
    """How many are told."""

    count: int = Field(default=3, ge=1, le=20)  #: cases


class CasesAnalyser(Analyser):
    """The lowest cases of a finding, at most one a customer.

    Of equally low ones those with a comment come first, then the latest. Segments are told as far
    as five cases of the window share them; e-mail addresses and long numbers are masked.
    """

    type = "cases"
    summary = text("typical cases: the lowest ones, with their answers and what was said")
    Config = CaseOptions
    reads_cases = True

    def analyse(self, context: AnalyseContext) -> Insight | None:
        """The cases of one finding."""
        if context.finding is None:
            return None
        found = context.cases(_SPARE * self.config.count)
        chosen = _different(found.cases)[: self.config.count]
        if not chosen or context.finding.n < FEWEST:
            return Insight(text("no single case to show"), notes=found.silent)
        shared = _Shared(context, context.finding.dimension)
        return Insight(
            text("{n} of the lowest cases, at most one a customer", n=len(chosen)),
            tuple(_lead(one, shared.told(one)) for one in chosen),
            (
                text("single cases show what went wrong, not how often"),
                text("e-mail addresses and long numbers are masked; names are not recognised"),
                *found.silent,
            ),
            {"shown": len(chosen)},
        )


def _different(cases: Sequence[RatedCase]) -> list[RatedCase]:
    """The same cases without those whose comment repeats that of an earlier one."""
    said: set[str] = set()
    kept = []
    for one in cases:
        comment = folded(one.comment or "").strip()
        if not comment or comment not in said:
            kept.append(one)
        said.add(comment)
    return kept


class _Shared:
    """Which segments of a case many others have, too."""

    def __init__(self, context: AnalyseContext, dimension: str) -> None:
        raters = context.rubric.dimension(dimension).raters
        quantities = {dimension_quantity(dimension, rater) for rater in raters}
        self.by = context.tally.by
        self.groups = [
            (one.quantity, one.group, one.n)
            for one in context.tally.moments
            if one.window == context.window and one.quantity in quantities
        ]

    def told(self, case: RatedCase) -> Scope:
        """Segments of the case, one after the other, as long as enough cases share them all."""
        chosen: dict[str, str] = {}
        for column, value in case.segments:
            wider = {**chosen, column: value}
            if value and column in self.by and self._cases(wider) >= FEWEST:
                chosen = wider
        return scope_of(chosen)

    def _cases(self, values: dict[str, str]) -> float:
        """Cases with these values; of several raters, by the one who saw most."""
        places = {self.by.index(column): value for column, value in values.items()}
        counts: dict[str, float] = {}
        for quantity, group, n in self.groups:
            if all(group[at] == value for at, value in places.items()):
                counts[quantity] = counts.get(quantity, 0) + n
        return max(counts.values(), default=0)


def _lead(case: RatedCase, shared: Scope) -> Lead:
    details = dict(_details(case))
    whole = _called(case)
    for part in _told(case, shared, details):
        whole = text("{one}; {two}", one=whole, two=part)
    return Lead(whole, shared, figures={"score": case.score}, details=details)


def _called(case: RatedCase) -> Text:
    score = f"{case.score:.2f}"
    if case.case:
        return text("case {case}, score {score}", case=case.case, score=score)
    return text("a case, score {score}", score=score)


def _told(case: RatedCase, shared: Scope, details: Mapping[str, str]) -> Iterator[str]:
    """When and where a case was, what was answered and what was said."""
    if "at" in details:
        yield details["at"]
    if shared:
        yield scope_text(shared)
    if case.answers:
        yield ", ".join(f"{key} {value}" for key, value in case.answers.items())
    if "comment" in details:
        yield f"“{details['comment']}”"


def _details(case: RatedCase) -> Iterator[tuple[str, str]]:
    yield "input", case.input
    if case.case:
        yield "case", case.case
    if case.at is not None:
        yield "at", case.at.isoformat(" ", "minutes").removesuffix(" 00:00")
    if case.customer:
        yield "customer", case.customer[:8]
    yield from case.answers.items()
    if case.comment and (said := excerpt(case.comment)):
        yield "comment", said


@hookimpl
def loopqa_analysers() -> Sequence[type[Analyser]]:
    """The analyser of this file."""
    return [CasesAnalyser]
