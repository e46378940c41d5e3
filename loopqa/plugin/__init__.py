"""The public plugin interface: everything a plugin needs is a name of this module.

A plugin is a Python file (in a workspace's ``plugins/`` folder, or behind an entry point of the
group ``loopqa``) with hook functions that return classes::

    from loopqa.plugin import Options, Scoring, hookimpl

    class Effort(Scoring):
        ...

    @hookimpl
    def loopqa_scorings():
        return [Effort]

The names are loaded on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loopqa.calc.detection.findings import MergedCandidate
    from loopqa.calc.themes.masking import excerpt
    from loopqa.errors import DataError, LoopQAError, Place, PluginError, UsageError
    from loopqa.language import Text, text
    from loopqa.model.analysis import Analysis, Insight, Lead
    from loopqa.model.behind import Comment, Comments, RatedCase, RatedCases
    from loopqa.model.coding import Coding, Histogram, LevelCoding, NumberCoding, Score, State
    from loopqa.model.cycle import (
        Action,
        ActionState,
        AuditEntry,
        Candidate,
        Finding,
        FindingGrade,
        FindingState,
        Note,
        Reason,
        ReSurvey,
        Scope,
        Verdict,
        Wave,
        scope_of,
        scope_text,
    )
    from loopqa.model.rubric import (
        Boxes,
        ColumnMeasure,
        Condition,
        Dimension,
        DurationMeasure,
        Indicator,
        Label,
        Measure,
        RepeatMeasure,
        Rubric,
        Scale,
    )
    from loopqa.model.score import (
        Composite,
        DimensionScore,
        Grade,
        IndicatorScore,
        Interval,
        ScoreCard,
        Segment,
    )
    from loopqa.model.tally import Moments, Tally
    from loopqa.model.verdict import Judgement, Outcome
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow
    from loopqa.plugin.analyser import AnalyseContext, Analyser
    from loopqa.plugin.batching import gathered
    from loopqa.plugin.configuring import config_of
    from loopqa.plugin.detector import DetectContext, Detector, PastScore
    from loopqa.plugin.hookspecs import hookimpl, hookspec
    from loopqa.plugin.host import PluginHost, builtin_host
    from loopqa.plugin.loading import PluginFailure
    from loopqa.plugin.notifier import Delivery, Notifier, Outgoing
    from loopqa.plugin.options import Options
    from loopqa.plugin.program import lines, running
    from loopqa.plugin.records import fields_of, natural
    from loopqa.plugin.report_section import Page, ReportContext, ReportSection
    from loopqa.plugin.scoring import Scoring, ScoringContext
    from loopqa.plugin.secrecy import Secrets
    from loopqa.plugin.secret import Secret, looked_up, revealed
    from loopqa.plugin.source import (
        BATCH_ROWS,
        BadRow,
        Batch,
        Bookmark,
        Item,
        Progress,
        ReadContext,
        Rejected,
        Relation,
        Source,
        in_batches,
    )

LOOPQA_API = "1.0"
"""Version of this interface; a plugin names the one it was written for in ``LOOPQA_API``."""

__all__ = [
    "BATCH_ROWS",
    "LOOPQA_API",
    "Action",
    "ActionState",
    "AnalyseContext",
    "Analyser",
    "Analysis",
    "AuditEntry",
    "BadRow",
    "Batch",
    "Bookmark",
    "Boxes",
    "Candidate",
    "Coding",
    "ColumnMeasure",
    "Comment",
    "Comments",
    "Composite",
    "Condition",
    "DataError",
    "Delivery",
    "DetectContext",
    "Detector",
    "Dimension",
    "DimensionScore",
    "DurationMeasure",
    "Finding",
    "FindingGrade",
    "FindingState",
    "Grade",
    "Histogram",
    "Indicator",
    "IndicatorScore",
    "Insight",
    "Interval",
    "Item",
    "Judgement",
    "Label",
    "Lead",
    "LevelCoding",
    "LoopQAError",
    "Measure",
    "MergedCandidate",
    "Moments",
    "Note",
    "Notifier",
    "NumberCoding",
    "Options",
    "Outcome",
    "Outgoing",
    "Page",
    "PastScore",
    "Place",
    "PluginError",
    "PluginFailure",
    "PluginHost",
    "Progress",
    "RatedCase",
    "RatedCases",
    "ReSurvey",
    "ReadContext",
    "Reason",
    "Rejected",
    "Relation",
    "RepeatMeasure",
    "ReportContext",
    "ReportSection",
    "Rubric",
    "Scale",
    "Scope",
    "Score",
    "ScoreCard",
    "Scoring",
    "ScoringContext",
    "Secret",
    "Secrets",
    "Segment",
    "Source",
    "State",
    "Tally",
    "Text",
    "UsageError",
    "Verdict",
    "Wave",
    "Window",
    "Workflow",
    "builtin_host",
    "config_of",
    "excerpt",
    "fields_of",
    "gathered",
    "hookimpl",
    "hookspec",
    "in_batches",
    "lines",
    "looked_up",
    "natural",
    "revealed",
    "running",
    "scope_of",
    "scope_text",
    "text",
]

#: module → the public names that it defines
_NAMES = {
    "loopqa.calc.detection.findings": "MergedCandidate",
    "loopqa.errors": "DataError LoopQAError Place PluginError UsageError",
    "loopqa.language": "Text text",
    "loopqa.calc.themes.masking": "excerpt",
    "loopqa.model.analysis": "Analysis Insight Lead",
    "loopqa.model.behind": "Comment Comments RatedCase RatedCases",
    "loopqa.model.coding": "Coding Histogram LevelCoding NumberCoding Score State",
    "loopqa.model.cycle": (
        "Action ActionState AuditEntry Candidate Finding FindingGrade FindingState Note "
        "Reason ReSurvey Scope Verdict Wave scope_of scope_text"
    ),
    "loopqa.model.rubric": (
        "Boxes ColumnMeasure Condition Dimension DurationMeasure Indicator Label Measure "
        "RepeatMeasure Rubric Scale"
    ),
    "loopqa.model.score": (
        "Composite DimensionScore Grade IndicatorScore Interval ScoreCard Segment"
    ),
    "loopqa.model.tally": "Moments Tally",
    "loopqa.model.verdict": "Judgement Outcome",
    "loopqa.model.window": "Window",
    "loopqa.model.workflow": "Workflow",
    "loopqa.plugin.analyser": "AnalyseContext Analyser",
    "loopqa.plugin.batching": "gathered",
    "loopqa.plugin.configuring": "config_of",
    "loopqa.plugin.detector": "DetectContext Detector PastScore",
    "loopqa.plugin.hookspecs": "hookimpl hookspec",
    "loopqa.plugin.host": "PluginHost builtin_host",
    "loopqa.plugin.loading": "PluginFailure",
    "loopqa.plugin.notifier": "Delivery Notifier Outgoing",
    "loopqa.plugin.options": "Options",
    "loopqa.plugin.program": "lines running",
    "loopqa.plugin.records": "fields_of natural",
    "loopqa.plugin.report_section": "Page ReportContext ReportSection",
    "loopqa.plugin.scoring": "Scoring ScoringContext",
    "loopqa.plugin.secrecy": "Secrets",
    "loopqa.plugin.secret": "Secret looked_up revealed",
    "loopqa.plugin.source": (
        "BATCH_ROWS BadRow Batch Bookmark Item Progress ReadContext Rejected Relation Source "
        "in_batches"
    ),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Load the module that a public name lives in."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'loopqa.plugin' has no attribute {name!r}")
