"""A workflow file and ``loopqa.yaml`` as people write them; the JSON Schemas come from here too."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from loopqa.define.collapsing import CollapsePart
from loopqa.define.fields import (
    Day,
    Id,
    Language,
    Part,
    Positive,
    RawList,
    Share,
    Whole,
    WordList,
    Words,
    listed,
    one_of,
)
from loopqa.define.indicator_document import Title

Role = Annotated[str, one_of("cases", "contacts")]
Unit = Annotated[str, one_of("day", "week", "month", "quarter", "year")]
CatchUp = Annotated[str, one_of("latest", "all", "none")]
Per = Annotated[str, one_of("stratum", "total")]
Opening = Annotated[str, one_of("propose", "none")]
Who = Annotated[str, one_of("random", "same", "low")]
Comparison = Annotated[str, one_of("outside_scope", "none")]
Security = Annotated[str, one_of("starttls", "tls", "none")]
Format = Annotated[str, one_of("html", "xlsx", "json")]
WhoList = Annotated[
    tuple[Who, ...], BeforeValidator(listed, json_schema_input_type=str | list[str])
]


class InputPart(Part):
    """A source as the workflow uses it; further keys are options of the source's type."""

    model_config = ConfigDict(extra="allow")
    type: Words
    rater: Words | None = None
    role: Role = "cases"
    dates: Words | None = None
    map: dict[str, WordList] = Field(default_factory=dict)
    missing: RawList = ()
    collapse: CollapsePart | None = None
    day: Day | None = None


class DerivePart(Part):
    """A column made from another one: bands of a date's age or of a number, or groups of words."""

    source: Words = Field(alias="from")
    bands: dict[str, Words] | None = None
    values: dict[str, RawList] | None = None
    otherwise: Words | None = None
    missing: Words = "unknown"
    dates: Words | None = None


def _cron(value: Any) -> Any:
    return {"cron": value} if isinstance(value, str) else value


class SchedulePart(Part):
    """When the workflow runs by itself."""

    cron: Words | None = None
    every: Unit | None = None
    day: Positive | None = None
    at: Words = "06:00"
    catch_up: CatchUp = "latest"


def _previous(value: Any) -> Any:
    return {"previous": value} if isinstance(value, str) else value


class WindowPart(Part):
    """Which window a routine run evaluates."""

    previous: Words = "month"
    settle: Words = "0 days"


class SamplePart(Part):
    """Which share of cases is drawn for review."""

    draw_from: Words
    for_input: Words = Field(alias="for")
    strata: WordList = ()
    share: Share = 0.10
    at_least: Whole = 30
    per: Per = "stratum"
    seed: Whole = 0


class PluginPart(Part):
    """A detector or analyser; the keys beside ``type`` are its own options."""

    model_config = ConfigDict(extra="allow")
    type: Words


def _named(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


Plugin = Annotated[PluginPart, BeforeValidator(_named, json_schema_input_type=str | PluginPart)]


class RolloutPart(Part):
    """In which clusters an action begins first; lots decide."""

    by: Words | None = None
    steps: Positive = 1
    seed: Whole = 0
    every: Words | None = None


class ImprovePart(Part):
    """Defaults of improvement actions."""

    open: Opening = "propose"
    due_in: Words = "30 days"
    remind: Words = "3 days"
    escalate: Words = "7 days"
    rollout: RolloutPart | None = None
    holdout: Share = 0.0


class AskPart(Part):
    """Who is asked in a survey."""

    who: WhoList = ("random",)
    served_since: Words | None = None
    at_most: Positive | None = None


class ReEvaluatePart(Part):
    """How the effect of a closed action is checked."""

    after: Words = "1 month"
    source: Words | None = Field(default=None, alias="from")
    asked: Who | None = None
    ask: AskPart | None = None
    comparison: Comparison = "outside_scope"
    rounds: Positive = 2


class NotifyPart(Part):
    """Which events are told to whom; further keys are options of the notifier's type."""

    model_config = ConfigDict(extra="allow")
    on: WordList
    type: Words


class ReportPart(Part):
    """Which reports a run leaves behind."""

    formats: Annotated[tuple[Format, ...], BeforeValidator(listed)] = ("html",)
    languages: Annotated[tuple[Language, ...], BeforeValidator(listed)] = ("en",)
    sign_off: WordList = ()
    sections: list[Plugin] = Field(default_factory=list)


class WorkflowPart(Part):
    """A workflow file."""

    workflow: Id
    rubric: Words
    title: Title | None = None
    schedule: (
        Annotated[SchedulePart, BeforeValidator(_cron, json_schema_input_type=str | SchedulePart)]
        | None
    ) = None
    window: Annotated[
        WindowPart, BeforeValidator(_previous, json_schema_input_type=str | WindowPart)
    ] = WindowPart()
    history: Words | None = None
    inputs: Annotated[dict[Id, InputPart], Field(min_length=1)]
    segments: WordList = ()
    derive: dict[Id, DerivePart] = Field(default_factory=dict)
    cluster: WordList = ()
    sample: SamplePart | None = None
    detect: list[Plugin] | None = None
    analyse: list[Plugin] = Field(default_factory=list)
    improve: ImprovePart = ImprovePart()
    re_evaluate: ReEvaluatePart = ReEvaluatePart()
    notify: list[NotifyPart] = Field(default_factory=list)
    report: ReportPart = ReportPart()


class MailPart(Part):
    """The mail server; rules of ``notify`` with ``type: email`` may say otherwise."""

    host: Words
    port: Positive | None = None
    security: Security = "starttls"
    user: Words | None = None
    password: Words | None = None
    sender: Words = Field(alias="from")
    timeout: Positive = 30


class PluginLimitsPart(Part):
    """``plugin_limits``: how much a source or notifier of a third party may take."""

    silent: Words = "10 minutes"
    check: Words = "30 seconds"
    send: Words = "60 seconds"
    rows: Words = "100 million"
    volume: Words = "100 GB"
    memory: Words = "2 GB"


class SettingsPart(Part):
    """``loopqa.yaml``: what holds for the whole workspace."""

    time_zone: Words = "UTC"
    languages: Annotated[tuple[Language, ...], BeforeValidator(listed)] = ("en",)
    state: Words = "sqlite:///.loopqa/state.db"
    evidence: Words = ".loopqa/evidence"
    backend: Words = "duckdb"
    memory_limit: Words = "2GB"
    key_file: Words = ".loopqa/pseudonym.key"
    mail: MailPart | None = None
    plugins: dict[Words, dict[str, Any]] = Field(default_factory=dict)
    block_plugins: RawList = ()
    plugin_limits: PluginLimitsPart = PluginLimitsPart()
