"""What analysers may look at behind a finding: its comments and its lowest cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from loopqa.calc.themes.low_answers import low_scores
from loopqa.engine.continuity import rater_of
from loopqa.evidence.behind import Behind
from loopqa.evidence.commented import comments_of
from loopqa.evidence.lowest import lowest_of
from loopqa.evidence.pushdown import was_counted
from loopqa.language import Text, text
from loopqa.model.behind import Comments, RatedCases

if TYPE_CHECKING:
    from loopqa.calc.detection.findings import MergedCandidate
    from loopqa.engine.standard import Standard
    from loopqa.evidence.backend import Backend
    from loopqa.evidence.cases import Cases
    from loopqa.model.workflow import Workflow


class Providers(TypedDict, total=False):
    """The fields of an ``AnalyseContext`` that look into the evidence when they are called."""

    comments: Callable[[], Comments]
    cases: Callable[[int], RatedCases]


@dataclass(frozen=True)
class Voices:
    """The single cases of one window, for the analysers that ask for some of them."""

    backend: Backend
    used: Standard
    cases: Mapping[str, Cases]  #: by input
    seed: str  #: of samples; hangs on workflow and window alone

    def of(self, cell: MergedCandidate) -> Providers:
        """What lies behind one finding."""
        return {"comments": partial(self._comments, cell), "cases": partial(self._cases, cell)}

    def _comments(self, cell: MergedCandidate) -> Comments:
        low_is = low_scores(self.used.rubric)
        inputs = self._inputs(cell)
        mapped = {name: one for name, one in inputs.items() if "comment" in self._map(name)}
        low, rest = comments_of(list(mapped.values()), low_is, self.seed)
        return Comments(
            low_is=low_is,
            low=low.comments,
            rest=rest.comments,
            low_in_all=low.in_all,
            rest_in_all=rest.in_all,
            cut=low.cut + rest.cut,
            silent=(*self._counted(), *(() if mapped else _unmapped(inputs))),
        )

    def _cases(self, cell: MergedCandidate, most: int) -> RatedCases:
        found = lowest_of(self._inputs(cell), self._workflow.segments, most)
        return RatedCases(found, tuple(self._counted()))

    def _inputs(self, cell: MergedCandidate) -> dict[str, Behind]:
        """The inputs whose single cases have a score in the finding's dimension."""
        every = {
            name: Behind(
                self.backend,
                self.used.rubric,
                self.used.schemes,
                rater_of(self._workflow, name),
                cases,
                cell.dimension,
                cell.scope,
            )
            for name, cases in self.cases.items()
            if cases.n and not was_counted(cases)
        }
        return {name: one for name, one in every.items() if one.shape is not None}

    def _counted(self) -> Iterator[Text]:
        for name, cases in self.cases.items():
            if was_counted(cases):
                yield text(
                    "input '{input}' was counted in its database: no single case of it is known",
                    input=name,
                )

    def _map(self, name: str) -> Mapping[str, tuple[str, ...]]:
        return self._workflow.input(name).map

    @property
    def _workflow(self) -> Workflow:
        workflow = self.used.workflow
        assert workflow is not None, "only workflows have analysers"
        return workflow


def _unmapped(names: Iterable[str]) -> Iterator[Text]:
    for name in names:
        yield text("input '{input}' has no comments: its `map` names no column of them", input=name)
