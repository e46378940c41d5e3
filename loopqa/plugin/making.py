"""Making the objects of plugins: their options checked, what their constructors raise told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from loopqa.errors import DefinitionError, LoopQAError, Place, PluginError, UsageError
from loopqa.language import text
from loopqa.model.rubric import Indicator, Rubric
from loopqa.model.workflow import PluginSpec
from loopqa.plugin.analyser import Analyser
from loopqa.plugin.configuring import config_of
from loopqa.plugin.detector import Detector
from loopqa.plugin.loading import why
from loopqa.plugin.report_section import ReportSection
from loopqa.plugin.scoring import Scoring, ScoringContext

Made = TypeVar("Made")
Simple = TypeVar("Simple", Detector, Analyser, ReportSection)


def made(type_: str, make: Callable[[], Made]) -> Made:
    """The plugin's object; an unexpected exception of its constructor is the plugin's failure.

    Raises:
        PluginError: the constructor raised something that it should not.
    """
    try:
        return make()
    except LoopQAError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(
            text("plugin '{type}' failed: {why}", type=type_, why=why(error))
        ) from error


def simply_made(chosen: type[Simple], spec: PluginSpec) -> Simple:
    """An object that needs its options only.

    Raises:
        DefinitionError: they are wrong.
    """
    config = config_of(chosen, spec.options, place_of(spec))
    return made(chosen.type, lambda: chosen(config))


def scheme_of(chosen: type[Scoring], rubric: Rubric, indicator: Indicator) -> Scoring:
    """The scoring scheme of one indicator, with its options.

    Raises:
        UsageError: its options are wrong.
    """
    context = ScoringContext(
        scale=rubric.scale,
        boxes=rubric.boxes,
        measure=indicator.measure,
        target=indicator.target,
        unit=indicator.unit,
        aggregate=indicator.aggregate,
    )
    try:
        config = config_of(chosen, indicator.scheme.options)
    except DefinitionError as error:
        raise _as_usage(indicator, error) from None
    return made(chosen.type, lambda: chosen(config, context))


def place_of(spec: PluginSpec) -> Place | None:
    """Where a plugin is named."""
    return Place(spec.place) if spec.place else None


def _as_usage(indicator: Indicator, error: DefinitionError) -> UsageError:
    """The first thing that is wrong with a scheme's options, as the caller's mistake."""
    problem = error.problems[0]
    return UsageError(
        text(
            "scoring scheme '{type}' of indicator '{indicator}': {why}",
            type=indicator.scheme.type,
            indicator=indicator.id,
            why=problem.message,
        ),
        hint=problem.hint,
    )
