"""The cases of a window, where those of one input are reviews of a drawn sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loopqa.calc.coverage import shortfalls
from loopqa.calc.loop.cadence import pace_of
from loopqa.calc.loop.calendar import settled_instant
from loopqa.engine.continuity import rater_of
from loopqa.engine.drawing import drawn_cases, standing_sample
from loopqa.engine.pacing import evidence_of, span_of
from loopqa.engine.waves import workflow_of
from loopqa.evidence.reviewing import Reviewed, count_cases, reviewed, together
from loopqa.evidence.sampling import CASE
from loopqa.language import Text, text
from loopqa.model.rubric import indicator_key
from loopqa.model.sample import Coverage, DrawnSample, StratumCoverage

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.engine.waves import Read
    from loopqa.engine.workspace import Workspace
    from loopqa.model.cycle import Wave
    from loopqa.model.window import Window

NAMED = 20  #: reviews outside the sample that are named; all are counted


def in_window(
    ws: Workspace, used: Standard, read: Read, window: Window, *, by_cadence: bool = True
) -> Read:
    """What was read, cut to a window; reviews only of cases that were drawn for it.

    ``by_cadence``: inputs of what is measured over a longer period, cut to all of that.

    Reviews carry the stratum of their case and its size, so that scores are weighted back to all
    cases. Where no sample was drawn for the window, they are counted as they came.

    Raises:
        DataError: the file of the drawn cases is gone or was altered.
    """
    cut = evidence_of(used, read, window) if by_cadence else read.within(window)
    rule = workflow_of(used).sample
    if rule is None:
        return cut
    with ws.reading() as reader:
        sample = standing_sample(reader, workflow_of(used).id, window)
        drawn = reader.samples(workflow_of(used).id)
    if sample is None or sample.rule.for_input not in read.cases:
        return cut
    name = sample.rule.for_input
    until = settled_instant(window, read.rule, read.zone)
    cases = read.cases[name] if until is None else read.cases[name].as_of(until)
    found = reviewed(cases, drawn_cases(ws, sample), window)
    shared = _shared(used, name, cut)
    span = span_of(cases, pace_of(used.rubric, window)) if by_cadence else window
    before = earlier_samples(drawn, span, window)
    counted = together(
        found.cases,
        {one.window: reviewed(cases, drawn_cases(ws, one), one.window).cases for one in before},
    )
    counted = counted.unweighted() if shared else counted
    return replace(
        cut,
        warnings=(*cut.warnings, *_undrawn_days(span, [sample, *before])),
        cases={**cut.cases, name: counted},
        coverage=_coverage(sample, found, _outside(ws, sample, found), _late(cut, sample), shared),
    )


def earlier_samples(
    drawn: Sequence[DrawnSample], span: Window, window: Window
) -> list[DrawnSample]:
    """The samples of the days of ``span`` before ``window``, none of which overlap.

    They count where something that reviewers judge is measured over more than the window.
    """
    latest: dict[Window, DrawnSample] = {}
    for one in sorted(drawn, key=lambda one: one.revision):
        if span.start <= one.window.start and one.window.end < window.start:
            latest[one.window] = one
    chosen: list[DrawnSample] = []
    for one in sorted(latest.values(), key=lambda one: one.window.end, reverse=True):
        if not chosen or one.window.end < chosen[-1].window.start:
            chosen.append(one)
    return chosen


def _undrawn_days(span: Window, samples: Sequence[DrawnSample]) -> tuple[Text, ...]:
    """A warning where a part of what is measured has no sample: its reviews stand for nobody."""
    if sum(one.window.days for one in samples) >= span.days:
        return ()
    windows = ", ".join(sorted(str(one.window) for one in samples))
    return (
        text(
            "of the reviews in {span}, only those of drawn cases count: samples were drawn for "
            "{windows}",
            span=str(span),
            windows=windows,
        ),
    )


def _shared(used: Standard, name: str, read: Read) -> str | None:
    """A dimension that the reviews' rater is heard on by another input, too, where none is drawn.

    What was drawn and what was not can't be added up, so its reviews go without weights.
    """
    raters = {indicator_key(*pair): pair[1].rater for pair in used.rubric.indicators}
    workflow = workflow_of(used)

    def heard(one: str) -> set[tuple[str, str]]:
        rater = rater_of(workflow, one)
        keys = (key for key in read.cases[one].indicators if raters.get(key) is not None)
        return {
            (key.partition(".")[0], raters[key]) for key in keys if rater in (None, raters[key])
        }

    others = [one for one, cases in read.cases.items() if one != name and cases.n]
    return min((both for one in others for both, _ in heard(one) & heard(name)), default=None)


def _outside(ws: Workspace, sample: DrawnSample, found: Reviewed) -> tuple[str, ...]:
    """Cases reviewed in the window that were drawn for none."""
    outside = set(found.outside)
    if not outside:
        return ()
    with ws.reading() as reader:
        others = [one for one in reader.samples(sample.workflow) if one.window != sample.window]
    for one in others:
        outside.difference_update(drawn_cases(ws, one).column(CASE).to_pylist())
    return tuple(sorted(outside))


def _late(cut: Read, sample: DrawnSample) -> int:
    """How many more cases the population has now than when the sample was drawn."""
    population = cut.cases.get(sample.rule.draw_from)
    return max(0, count_cases(population) - sample.population) if population else 0


def _coverage(
    sample: DrawnSample, found: Reviewed, outside: tuple[str, ...], late: int, shared: str | None
) -> Coverage:
    rule = sample.rule
    return Coverage(
        sample=sample.id,
        revision=sample.revision,
        draw_from=rule.draw_from,
        for_input=rule.for_input,
        per=rule.per,
        at_least=rule.at_least,
        promised=rule.share,
        strata=tuple(
            StratumCoverage(
                one.stratum, one.population, one.drawn, found.by_stratum.get(one.stratum, 0)
            )
            for one in sample.quotas
        ),
        outside=len(outside),
        outside_cases=outside[:NAMED],
        repeated=found.repeated,
        late=late,
        unweighted=shared,
    )


def coverage_of(ws: Workspace, sample: DrawnSample) -> Coverage | None:
    """How much of a sample was reviewed when its window was evaluated last; None before that."""
    with ws.reading() as reader:
        waves = reader.waves(sample.workflow, window=sample.window)
    for wave in sorted(waves, key=lambda one: one.id, reverse=True):
        coverage = coverage_in(wave)
        if coverage is not None and coverage.sample == sample.id:
            return coverage
    return None


def coverage_in(wave: Wave) -> Coverage | None:
    """What a wave says of the sample of its window; None where none was drawn for it."""
    document = wave.scores.get("sample")
    return Coverage.from_dict(document) if document else None


def not_drawn(used: Standard, read: Read) -> tuple[Text, ...]:
    """A warning where reviews were counted without having been drawn."""
    rule = workflow_of(used).sample
    if rule is None or read.coverage is not None or not read.cases[rule.for_input].n:
        return ()
    return (
        text(
            "the reviews of input '{input}' were made before a sample was drawn: "
            "they count as they came, without weights",
            input=rule.for_input,
        ),
    )


def sample_warnings(used: Standard, read: Read) -> tuple[Text, ...]:
    """What weakens the reviews of a window."""
    return (*not_drawn(used, read), *(shortfalls(read.coverage) if read.coverage else ()))
