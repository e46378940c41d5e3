"""A workflow: which rubric is applied to which inputs, when, and what happens afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.model.collapse import Collapse
from loopqa.model.plugin_limits import PluginLimits
from loopqa.model.rubric import Label

if TYPE_CHECKING:
    from loopqa.model.derived import Derived

#: What the columns of an input can stand for; other keys of ``map`` name segments or measures.
ROLES = ("case", "customer", "at", "agent", "comment", "weight", "stratum", "population")


@dataclass(frozen=True)
class PluginSpec:
    """A plugin by its YAML ``type`` and the remaining keys as written, for its own Config."""

    type: str
    options: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""  #: file:line:column, for messages


@dataclass(frozen=True)
class Input:
    """One source as a workflow uses it."""

    id: str
    source: PluginSpec
    rater: str | None = None  #: None: serves every rater
    role: str = "cases"  #: cases or contacts
    dates: str | None = None  #: strptime format; None: ISO 8601 and unambiguous forms only
    map: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: our name -> source columns
    missing: frozenset[str] | None = None  #: normalised texts that stand for an empty cell
    collapse: Collapse | None = None  #: None: every row is a case
    day: date | None = None  #: of all cases, where no column tells it


@dataclass(frozen=True)
class Period:
    """A calendar period: week, month, quarter or year."""

    unit: str  #: day, week, month, quarter, year
    count: int = 1


@dataclass(frozen=True)
class WindowRule:
    """Which window a routine run evaluates: the previous whole period, after some settling days."""

    previous: Period = Period("month")
    settle_days: int = 0


@dataclass(frozen=True)
class Schedule:
    """When a workflow runs by itself: a cron line, or a calendar rule."""

    cron: str | None = None
    every: str | None = None  #: day, week, month, quarter, year
    day: int | None = None
    at: str = "06:00"
    catch_up: str = "latest"  #: latest, all or none, for slots missed


@dataclass(frozen=True)
class Sample:
    """Which share of cases is drawn for review."""

    draw_from: str
    for_input: str
    strata: tuple[str, ...] = ()
    share: float = 0.10
    at_least: int = 30
    per: str = "stratum"  #: stratum or total
    seed: int = 0


@dataclass(frozen=True)
class RolloutRule:
    """How an action begins: in clusters that lots choose, the others later or not before the end.

    With one step there must be a hold-out, or nobody would be left to compare with.
    """

    by: str  #: column whose values are the clusters
    steps: int = 1
    seed: int = 0
    every: Period | None = None  #: from one step to the next; None: one window
    holdout: float = 0.0  #: share of the clusters that get nothing until the verdict


@dataclass(frozen=True)
class Improve:
    """Defaults of improvement actions."""

    open: str = "propose"  #: propose or none
    due_in_days: int = 30
    remind_days: int = 3  #: before it is due
    escalate_days: int = 7  #: after it was due
    rollout: RolloutRule | None = None  #: None: everywhere at once


@dataclass(frozen=True)
class ReEvaluate:
    """How the effect of a closed action is checked."""

    after: Period = Period("month", 1)  #: counted from the closing date, clamped at month ends
    source: str | None = None  #: an input's id, or "survey"; None: every input again
    asked: str = "random"  #: random or same; what kind of follow-up the source delivers
    comparison: str = "outside_scope"  #: or none
    rounds: int = 2
    ask: Mapping[str, Any] | None = None  #: survey only


@dataclass(frozen=True)
class ReportRule:
    """Which reports a run leaves behind."""

    formats: tuple[str, ...] = ("html",)
    languages: tuple[str, ...] = ("en",)
    sign_off: tuple[str, ...] = ()
    sections: tuple[PluginSpec, ...] = ()  #: further ones, by plugins


@dataclass(frozen=True)
class Workflow:
    """One closed loop: inputs, windows, detection, analysis, improvement, re-evaluation."""

    id: str
    rubric: str
    inputs: tuple[Input, ...]
    title: Label
    path: Path  #: the file it was read from; relative data paths start at the workspace
    hash: str
    window: WindowRule = WindowRule()
    history: Period | None = None  #: how far back the first run fills in earlier windows
    schedule: Schedule | None = None
    segments: tuple[str, ...] = ()
    derive: Mapping[str, Derived] = field(default_factory=dict)  #: columns made from others
    cluster: tuple[str, ...] = ()  #: coarse to fine
    sample: Sample | None = None
    detect: tuple[PluginSpec, ...] = ()
    analyse: tuple[PluginSpec, ...] = ()
    improve: Improve = Improve()
    re_evaluate: ReEvaluate = ReEvaluate()
    notify: tuple[Mapping[str, Any], ...] = ()
    report: ReportRule = ReportRule()

    def input(self, input_id: str) -> Input:
        """The input with this id.

        Raises:
            KeyError: the workflow has none.
        """
        for one in self.inputs:
            if one.id == input_id:
                return one
        raise KeyError(input_id)


@dataclass(frozen=True)
class Settings:
    """``loopqa.yaml``: what holds for the whole workspace; every field has a default."""

    root: Path
    time_zone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    state: str = "sqlite:///.loopqa/state.db"  #: SQLAlchemy URL; relative SQLite paths from root
    evidence: str = ".loopqa/evidence"
    backend: str = "duckdb"
    memory_limit: str = "2GB"
    key_file: str = ".loopqa/pseudonym.key"
    mail: Mapping[str, Any] | None = None
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  #: options by name
    block_plugins: tuple[str, ...] = ()
    plugin_limits: PluginLimits = field(default_factory=PluginLimits)
