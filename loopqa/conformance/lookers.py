"""What detectors and analysers keep to: pure, of known form, and calm where there is nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from loopqa.conformance import common, specimen
from loopqa.conformance.checking import CannotTell, Check
from loopqa.conformance.simple_case import SimpleCase
from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.model.analysis import Insight
from loopqa.model.cycle import Candidate, FindingGrade
from loopqa.plugin.analyser import AnalyseContext
from loopqa.plugin.loading import why

_DIMENSIONS = frozenset({*specimen.DIMENSIONS, "composite"})


def detects_purely(case: SimpleCase) -> Iterator[Text]:
    """The same scores have the same candidates, whatever was looked at before."""
    context, kept = specimen.detect_context(), specimen.detect_context()
    used = case.made()
    first = list(used.detect(context))
    list(used.detect(specimen.detect_context(many=30)))
    if not first == list(used.detect(context)) == list(case.made().detect(context)):
        yield text("the same scores have different candidates")
    if context != kept:
        yield text("it changes what it is shown")


def proposes_candidates(case: SimpleCase) -> Iterator[Text]:
    """Candidates name a dimension of the rubric, and say why in figures and words."""
    found = list(case.made().detect(specimen.detect_context()))
    for one in found:
        if not isinstance(one, Candidate):
            yield text("it yields {what}, which is no Candidate", what=type(one).__name__)
            continue
        if one.dimension not in _DIMENSIONS:
            yield text("it names a dimension that there is not: {name}", name=repr(one.dimension))
        reason: Any = one.reason
        if reason.detector != case.plugin.type:
            yield text("a reason names another detector: {name}", name=repr(reason.detector))
        if not isinstance(reason.text, Text) or not isinstance(reason.grade, FindingGrade):
            yield text("a reason has no Text, or no FindingGrade")
        yield from _unfit_figures(reason.figures)


def _unfit_figures(figures: Mapping[Any, Any]) -> Iterator[Text]:
    for name, value in figures.items():
        number = isinstance(value, (int, float)) and math.isfinite(value)
        if value is not None and not number:
            yield text("the figure '{name}' is {value}", name=str(name), value=repr(value))


def detects_calmly(case: SimpleCase) -> Iterator[Text]:
    """Without answers, without a past, without thresholds it fails on nothing."""
    shown = (
        (text("without answers"), specimen.detect_context(many=0)),
        (text("with one answer a cell"), specimen.detect_context(many=1)),
        (text("in the first window"), specimen.detect_context(first=True)),
        (text("with a rubric without thresholds"), specimen.detect_context(strict=False)),
    )
    return _calm(shown, lambda context: list(case.made().detect(context)))


def _calm(shown: Iterable[tuple[Text, Any]], look: Callable[[Any], Any]) -> Iterator[Text]:
    for where, context in shown:
        try:
            look(context)
        except LoopQAError as error:
            yield text("{where} it refuses: {error}", where=where, error=error.problems[0].message)
        except Exception as error:
            yield text("{where} it fails with {error}", where=where, error=why(error))


def _context(case: SimpleCase, **more: Any) -> AnalyseContext:
    return specimen.analyse_context(per_finding=case.plugin.per_finding, **more)


def analyses_purely(case: SimpleCase) -> Iterator[Text]:
    """The same window and the same random numbers have the same insight."""
    used = case.made()
    first = used.analyse(_context(case))
    used.analyse(_context(case, many=30))
    if not first == used.analyse(_context(case)) == case.made().analyse(_context(case)):
        yield text("the same window has different insights")


def says_what_it_found(case: SimpleCase) -> Iterator[Text]:
    """An insight is made of sentences and finite figures, about known dimensions."""
    found: Any = case.made().analyse(_context(case))
    if found is None:
        raise CannotTell(text("it has nothing to say about the specimen"))
    if not isinstance(found, Insight):
        yield text("it returns {what}, which is no Insight", what=type(found).__name__)
        return
    sentences: list[Any] = [found.text, *found.notes, *(lead.text for lead in found.leads)]
    for sentence in sentences:
        if not isinstance(sentence, Text):
            yield text("{what} stands where a Text should be", what=repr(sentence))
    about: tuple[Any, ...] = (found, *found.leads)
    for lead in about:
        if lead.dimension not in {None, *_DIMENSIONS}:
            yield text("it names a dimension that there is not: {name}", name=repr(lead.dimension))
        yield from _unfit_figures(lead.figures)


def shows_nobody(case: SimpleCase) -> Iterator[Text]:
    """No telephone number and no address of a comment stands in an insight."""
    if not case.plugin.reads_cases:
        raise CannotTell(text("it reads no comments and no cases"))
    told = repr(case.made().analyse(_context(case)))
    for one in specimen.PERSONAL:
        if one in told:
            yield text("it repeats what reaches a person: mask texts with excerpt()")
            return


def analyses_calmly(case: SimpleCase) -> Iterator[Text]:
    """Without answers, or with very few, it fails on nothing."""
    shown = (
        (text("without answers"), _context(case, many=0)),
        (text("with one answer a cell"), _context(case, many=1)),
    )
    return _calm(shown, lambda context: case.made().analyse(context))


_COMMON = (*common.WITHOUT_OPTIONS, *common.WITH_OPTIONS)

DETECTOR_CHECKS = (
    *_COMMON,
    Check("pure", text("the same scores have the same candidates"), detects_purely),
    Check("candidates", text("candidates are whole"), proposes_candidates),
    Check("calm", text("it fails on no lack of data"), detects_calmly),
)

ANALYSER_CHECKS = (
    *_COMMON,
    Check("pure", text("the same window has the same insight"), analyses_purely),
    Check("insight", text("insights are sentences and finite figures"), says_what_it_found),
    Check("privacy", text("nobody can be reached by what it says"), shows_nobody),
    Check("calm", text("it fails on no lack of data"), analyses_calmly),
)
