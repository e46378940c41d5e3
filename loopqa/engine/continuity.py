"""Evidence and findings of earlier definitions, as today's definitions mean them.

Between a baseline and its verdict a dimension may get another name, an input another id. What was
frozen stays as it is; it is read under the names of today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from loopqa.errors import DataError
from loopqa.language import text
from loopqa.model.cycle import Finding, Wave, WaveKind, finding_ref
from loopqa.model.rubric import indicator_key
from loopqa.model.window import windows_alike

if TYPE_CHECKING:
    from loopqa.model.rubric import Dimension, Indicator, Rubric
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow


def dimension_of(rubric: Rubric, finding: Finding) -> Dimension:
    """The dimension a finding is about, under the id it has now.

    Raises:
        DataError: no dimension of the rubric is it, or continues it.
    """
    for dimension in rubric.dimensions:
        if dimension.lineage == finding.lineage:
            return dimension
    for dimension in rubric.dimensions:
        if finding.dimension in (dimension.id, dimension.was):
            return dimension
    raise DataError(
        text(
            "rubric '{rubric}' has no dimension '{name}' any more, which {finding} is about",
            rubric=rubric.id,
            name=finding.dimension,
            finding=finding_ref(finding.id),
        ),
        hint=text(
            "where it has a new name, write `was: {name}` there; else cancel the re-survey",
            name=finding.lineage,
        ),
    )


def renamed_indicators(pinned: Mapping[str, Any], rubric: Rubric) -> dict[str, str]:
    """Indicators that have another key now: key under the pinned rubric → key of today.

    ``pinned`` is the document of :func:`loopqa.define.canonical.rubric_form`.
    """
    today = dict(_keys_by_lineage(rubric.indicators))
    then = _pinned_keys_by_lineage(pinned)
    return {key: today[name] for name, key in then if today.get(name, key) != key}


def _keys_by_lineage(
    indicators: Iterable[tuple[Dimension, Indicator]],
) -> Iterator[tuple[tuple[str, str], str]]:
    for dimension, indicator in indicators:
        lineage = (dimension.lineage, indicator.was or indicator.id)
        yield lineage, indicator_key(dimension, indicator)


def _pinned_keys_by_lineage(pinned: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    for dimension, part in pinned["dimensions"].items():
        for indicator, detail in part["indicators"].items():
            lineage = (part.get("was") or dimension, detail.get("was") or indicator)
            yield lineage, f"{dimension}.{indicator}"


def rater_of(workflow: Workflow, input_id: str) -> str | None:
    """The rater of an input; of one that is gone, the rater that all others share, if they do."""
    raters = {one.id: one.rater for one in workflow.inputs if one.role == "cases"}
    if input_id in raters:
        return raters[input_id]
    shared = set(raters.values())
    return shared.pop() if len(shared) == 1 else None


def apart(waves: Iterable[Wave], like: Window) -> tuple[Wave, ...]:
    """Waves of windows as long as ``like`` that do not overlap, oldest first.

    No answer counts twice: of windows that overlap, whole periods of the workflow come before
    windows that somebody named, and later ones before earlier ones; of one window the newest wave.
    """
    by_rank = sorted(
        (wave for wave in waves if windows_alike(wave.window, like)),
        key=lambda wave: (wave.kind is not WaveKind.SPECIAL, wave.window.end, wave.id),
        reverse=True,
    )
    taken: list[Wave] = []
    for wave in by_rank:
        if not any(_overlap(wave.window, one.window) for one in taken):
            taken.append(wave)
    return tuple(sorted(taken, key=lambda wave: wave.window))


def _overlap(one: Window, other: Window) -> bool:
    return one.start <= other.end and other.start <= one.end
